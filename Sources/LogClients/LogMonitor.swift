internal import Credentials
internal import Directory
package import Encodings
internal import PKI
internal import Storefronts
internal import Support
package import TransparencyLog

/// Something that must not be in a log, or that the watcher asked to be told about.
package struct LogFinding: Hashable, Sendable {
  /// Stable: `log_fork`, `illegal_entry`, `credential_not_published`, `watched_name` …
  package let code: String
  /// The entry it concerns.
  package let index: UInt64?
  /// The certificate it concerns.
  package let id: String?
  /// For people; with what is needed to look it up.
  package let detail: String
  /// False for what the watcher asked about and may be quite right.
  package let isAlarm: Bool

  package init(_ code: String, index: UInt64? = nil, id: String? = nil, _ detail: String, isAlarm: Bool = true) {
    self.code = code
    self.index = index
    self.id = id
    self.detail = detail
    self.isAlarm = isAlarm
  }

  var json: JSON {
    .object(
      JSONObject([
        "code": JSON(code), "index": index.map { .integer(Int64(clamping: $0)) }, "credential": id.map { JSON($0) },
        "detail": JSON(detail), "alarm": .bool(isAlarm),
      ])
    )
  }
}

/// What one run of a monitor found.
package struct MonitorReport: Sendable {
  package var findings: [LogFinding] = []
  /// Nil when the log could not be followed at all.
  package var checkpoint: VerifiedCheckpoint?
  /// All entries of the tree, and those that are new since the last run.
  package var entries: UInt64 = 0, fresh: UInt64 = 0
  /// Issue entries, and credentials that are published.
  package var issued = 0, published = 0
  /// Of the new entries, by kind.
  package var kinds: [String: Int] = [:]

  package init(findings: [LogFinding] = []) { self.findings = findings }

  package var json: JSON {
    var counts = JSONObject()
    for (kind, count) in kinds { counts[Text(kind)] = .integer(Int64(count)) }
    return .object(
      JSONObject([
        "v": 1, "findings": .array(findings.map(\.json)), "events": .integer(Int64(clamping: fresh)),
        "kinds": .object(counts),
        "issued": .integer(Int64(issued)), "published": .integer(Int64(published)),
        "log": checkpoint.map {
          .object(
            JSONObject([
              "origin": .string($0.checkpoint.origin), "size": .integer(Int64(clamping: $0.size)),
              "root": JSON(Base64.encode($0.root)),
            ])
          )
        } ?? .null,
      ])
    )
  }
}

/// Follows a log and holds what it says against what is published, and against the rules.
///
/// Every entry is read again at each run and bound to the signed root; a run that finds something again says so again.
/// What a watcher of names is told about are only new entries.
package struct LogMonitor: Sendable {
  /// What a watcher wants to hear about.
  package struct Settings: Sendable {
    /// Names that a company wants to hear about; look-alikes count.
    package var watch: [String] = []
    /// Certificates of the watcher's own.
    package var known: Set<String> = []
    /// The most live credentials one chamber may have, by programme. Quotas are the authority's and not in its trust
    /// list.
    package var quotas: [String: Int] = [:]
    package init() {}
  }

  private let folder: String, statePath: String?, anchor: [UInt8]?, settings: Settings
  private let witnesses: [VerifierKey], quorum: Int

  /// - Parameters:
  ///   - folder: in the layout of `public/`; a mirror for a log that is elsewhere.
  ///   - state: file that keeps the last checkpoint between runs.
  package init(
    folder: String,
    state: String?,
    anchor: [UInt8]?,
    settings: Settings = Settings(),
    witnesses: [VerifierKey] = [],
    quorum: Int = 0
  ) {
    self.folder = folder
    statePath = state
    self.anchor = anchor
    self.settings = settings
    self.witnesses = witnesses
    self.quorum = quorum
  }

  /// Throws only what `isFailure`: then nothing can be told. Everything else is in the report.
  package func run(at now: Instant) throws(FollowFailure) -> MonitorReport {
    var report = MonitorReport()
    let lock: FileLock?
    if let statePath { lock = try DurableFiles.lock(statePath + ".lock") } else { lock = nil }
    defer { withExtendedLifetime(lock) {} }
    do throws(FollowFailure) {
      try follow(&report, at: now)
    } catch {
      guard !error.isFailure else { throw error }
      report.findings.append(LogFinding(error.code, error.description))
    }
    return report
  }

  private func follow(_ report: inout MonitorReport, at now: Instant) throws(FollowFailure) {
    let source = PublicSource.folder(folder)
    let trust = try LogTrust.read(source, anchor: anchor, witnesses: witnesses, quorum: quorum)
    if now.seconds >= trust.list.expires {
      report.findings.append(
        LogFinding("trust_list_stale", "the list of chambers ended at \(Instant(seconds: trust.list.expires))")
      )
    }
    let saved = try statePath.flatMap { (path) throws(FollowFailure) in
      try DurableFiles.read(path, limit: 2 * SignedNote.maxBytes)
    }
    let note = try source.checkpoint()
    var check = MonitorCheck(trust: trust, settings: settings, now: now)
    do throws(LogRejection) {
      var state =
        try saved.map { (bytes) throws(LogRejection) in try MonitorState(policy: trust.policy, saved: bytes) }
        ?? MonitorState(policy: trust.policy)
      let reader = try state.observe(note, source: source.tiles)
      report.checkpoint = state.last
      check.fresh = state.delivered
      report.fresh = reader.size - state.delivered
      // Again from the beginning, all of it under this root.
      for bundle in 0..<reader.bundleCount {
        for entry in try reader.entries(inBundle: bundle) { check.take(entry) }
      }
      report.entries = reader.size
      guard check.count == reader.size else {
        throw LogRejection.tileMissing(path: "entries \(check.count) of \(reader.size)")
      }
      while try !state.next(from: reader).isEmpty {}
      try hold(&check, against: source, report: &report)
      // Only now: a run that was cut off, or could not read something, hands out the same entries again.
      if let statePath {
        do throws(FollowFailure) {
          try DurableFiles.replace(statePath, with: state.saved)
        } catch {
          throw LogRejection.unreadable(what: statePath, reason: "\(error)")
        }
      }
    } catch { throw .log(error) }
  }

  private func hold(_ check: inout MonitorCheck, against source: PublicSource, report: inout MonitorReport)
    throws(LogRejection)
  {
    do throws(FollowFailure) {
      try check.files(source)
    } catch {
      guard !error.isFailure else { throw .unreadable(what: "status lists", reason: "\(error)") }
      check.add(LogFinding(error.code, error.description))
    }
    do throws(DirectoryFailure) {
      let directory = try DirectoryFile.readable(at: "\(folder)/\(PublicFiles.directory)")
      try directory.forEachToken { check.take($0) }
    } catch { throw .unreadable(what: PublicFiles.directory, reason: "\(error)") }
    check.finish()
    report.findings += check.findings
    (report.issued, report.published, report.kinds) = (check.issued, check.published, check.kinds)
  }
}
