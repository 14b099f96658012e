internal import Credentials
internal import Directory
internal import Encodings
internal import PKI
internal import Storefronts
internal import TransparencyLog

/// The comparison behind a monitor: first every entry, then the lists, then every published credential.
struct MonitorCheck {
  /// An entry by which a credential was issued.
  private struct Issue {
    let index: UInt64
    let entry: LogEntry
    let handle: CredentialHandle
  }

  private let trust: LogTrust, settings: LogMonitor.Settings, now: Instant
  private let watched: [(name: String, skeleton: Text)]
  /// Entries from this index on are new to the watcher.
  var fresh: UInt64 = 0
  private var replay = LogReplay()
  private var issues: [UInt64: Issue] = [:]
  private var lists: [Text: StatusListCredential] = [:]
  private var live: [Text: [Text: Int]] = [:]
  private(set) var findings: [LogFinding] = []
  private(set) var issued = 0, published = 0, kinds: [String: Int] = [:]
  private(set) var count: UInt64 = 0
  private var dropped = 0

  /// Evidence of the first thousand is enough to act on; the rest is counted.
  static let maxFindings = 1_000
  /// Between signing a token and writing its entry: one command, with a clock read once.
  static let signingSeconds: Int64 = 300

  init(trust: LogTrust, settings: LogMonitor.Settings, now: Instant) {
    self.trust = trust
    self.settings = settings
    self.now = now
    watched = settings.watch.map { ($0, Skeleton.of(Text($0))) }.filter { !$0.1.isEmpty }
  }

  mutating func add(_ finding: LogFinding) {
    if findings.count < Self.maxFindings { findings.append(finding) } else { dropped += 1 }
  }

  // MARK: entries

  mutating func take(_ bytes: [UInt8]) {
    let index = count
    count += 1
    let entry: LogEntry
    do throws(LogRejection) {
      entry = try LogEntry.parse(bytes)
    } catch {
      return add(LogFinding("entry_malformed", index: index, "\(error)"))
    }
    if index >= fresh { kinds[entry.kind.rawValue, default: 0] += 1 }
    do throws(LogRejection) {
      try replay.apply(entry)
    } catch {
      if case .outOfOrder = error {
        add(LogFinding("entry_out_of_order", index: index, "\(error)"))
      } else {
        add(LogFinding("illegal_entry", index: index, "\(error)"))
      }
    }
    if entry.at > now.adding(seconds: Self.signingSeconds) {
      add(LogFinding("entry_in_future", index: index, "it is dated \(entry.at)"))
    }
    guard case .issue(let handle, let programme) = entry.event else { return }
    issued += 1
    issues[index] = Issue(index: index, entry: entry, handle: handle)
    checkPermission(entry, programme, index: index)
  }

  /// Was the chamber recognised for this programme when it issued?
  private mutating func checkPermission(_ entry: LogEntry, _ programme: Text, index: UInt64) {
    guard let entity = trust.list.entity(entry.chamber) else {
      return add(LogFinding("chamber_unknown", index: index, "\(entry.chamber) is not in the list of chambers"))
    }
    let services = entity.services.filter { $0.programmes.isEmpty || $0.programmes.contains(programme) }
    if services.isEmpty {
      return add(LogFinding("programme_not_allowed", index: index, "\(entity.name) may not issue \(programme)"))
    }
    if !services.contains(where: { $0.status(at: entry.at) == .granted }) {
      add(LogFinding("chamber_not_recognised", index: index, "\(entity.name) was not recognised at \(entry.at)"))
    }
    if !trust.list.programmeRules.isEmpty, trust.rule(programme) == nil {
      add(LogFinding("programme_unknown", index: index, "\(programme) has no rules"))
    }
  }

  // MARK: lists

  /// Every status list and the trust list are the versions that were logged last.
  mutating func files(_ source: PublicSource) throws(FollowFailure) {
    for (url, digest) in replay.statusLists.sorted(by: { $0.key < $1.key }) {
      guard let path = PublicFiles.statusPath(of: url, host: trust.host) else {
        add(LogFinding("list_elsewhere", "a status list at \(url)"))
        continue
      }
      guard let bytes = try source.read(path, limit: PublicFiles.maxListBytes) else {
        add(LogFinding("list_missing", "there is no \(path)"))
        continue
      }
      guard SHA2.sha256(bytes) == digest else {
        add(LogFinding("file_not_as_logged", "\(path) is not the version that was logged last"))
        continue
      }
      do {
        let jws = try CompactJWS.parse(bytes, maxBytes: PublicFiles.maxListBytes)
        let list = try StatusListCredential(payload: try jws.payloadObject(limits: .document))
        if list.id == url {
          lists[url] = list
        } else {
          add(LogFinding("list_elsewhere", "\(path) is the list of \(list.id)"))
        }
      } catch { add(LogFinding("list_malformed", "\(path): \(error)")) }
    }
    if let sequence = replay.trustListSequence, sequence != trust.list.sequenceNumber {
      add(
        LogFinding(
          "file_not_as_logged",
          "the published list of chambers has number \(trust.list.sequenceNumber), the log says \(sequence)"
        )
      )
    }
  }

  // MARK: credentials

  mutating func take(_ record: PublicRecord) {
    published += 1
    guard let leaf = record.leaf.flatMap({ UInt64(exactly: $0) }), let issue = issues.removeValue(forKey: leaf) else {
      return add(
        LogFinding(
          "not_in_log",
          index: record.leaf.flatMap { UInt64(exactly: $0) },
          id: record.id,
          "it is published, and no entry issues it"
        )
      )
    }
    func wrong(_ code: String, _ detail: String) -> LogFinding { LogFinding(code, index: leaf, id: record.id, detail) }
    do throws(LogRejection) {
      guard try CredentialHandle(salt: record.salt, token: record.token, id: Text(record.id)) == issue.handle else {
        return add(wrong("credential_not_as_logged", "the entry commits to another token or number"))
      }
    } catch { return add(wrong("credential_not_as_logged", "\(error)")) }
    let credential: MembershipCredential
    do {
      credential = try MembershipCredential(payload: try JSONObject.parse(record.payload))
    } catch {
      return add(wrong("credential_malformed", "\(error)"))
    }
    if credential.credentialID?.description != record.id {
      add(wrong("credential_not_as_logged", "it names itself \(credential.id)"))
    }
    if credential.issuer.id != issue.entry.chamber {
      add(wrong("issuer_mismatch", "\(credential.issuer.id) signed it, \(issue.entry.chamber) logged it"))
    }
    guard case .issue(_, let programme) = issue.entry.event else { return }
    if credential.programme != programme {
      add(wrong("programme_mismatch", "it says \(credential.programme?.string ?? "nothing"), the log \(programme)"))
    }
    for finding in checkRules(credential, issue, programme: programme, id: record.id) { add(finding) }
    for finding in checkStates(credential, issue, id: record.id) { add(finding) }
    for finding in checkNames(credential, leaf, id: record.id) { add(finding) }
  }

  /// The programme's rules, and back-dating: the log knows when it was signed.
  private mutating func checkRules(
    _ credential: MembershipCredential,
    _ issue: Issue,
    programme: Text,
    id: String
  ) -> [LogFinding] {
    var found: [LogFinding] = []
    func wrong(_ code: String, _ detail: String) { found.append(LogFinding(code, index: issue.index, id: id, detail)) }
    let at = issue.entry.at
    if let rule = trust.rule(programme) {
      let seconds = credential.validUntil.seconds - credential.validFrom.seconds
      if seconds > rule.maxDays * 86_400 {
        wrong("validity_too_long", "\(seconds / 86_400) days; \(rule.maxDays) are allowed")
      }
      if credential.organization.membershipTier != rule.tier {
        wrong("tier_mismatch", "\(credential.organization.membershipTier?.string ?? "no tier") in \(programme)")
      }
    }
    if let signed = credential.issuedAt, abs(signed - at.seconds) > Self.signingSeconds {
      wrong("dated_otherwise", "it says it was signed at \(Instant(seconds: signed)), the log says \(at)")
    }
    if credential.validFrom < at.adding(seconds: -Self.signingSeconds) {
      wrong("back_dated", "it counts from \(credential.validFrom), and was logged at \(at)")
    }
    let state = replay.credentials[issue.handle.ref]?.state
    if state == .inForce || state == .suspended, credential.validUntil >= now {
      live[issue.entry.chamber, default: [:]][programme, default: 0] += 1
    }
    return found
  }

  /// The bits of the lists say what the log says. A revoked or replaced credential has both.
  private func checkStates(_ credential: MembershipCredential, _ issue: Issue, id: String) -> [LogFinding] {
    guard let state = replay.credentials[issue.handle.ref]?.state else { return [] }
    func isRevocation(_ entry: StatusEntry) -> Bool { entry.purpose.equals("revocation") }
    var found: [LogFinding] = []
    for entry in credential.statusEntries where isRevocation(entry) || entry.purpose.equals("suspension") {
      guard let list = lists[entry.list] else {
        found.append(
          LogFinding("list_missing", index: issue.index, id: id, "no version of \(entry.list) was logged and published")
        )
        continue
      }
      let isOver = state == .revoked || state == .superseded
      let expected = isRevocation(entry) ? isOver : isOver || state == .suspended
      do throws(StatusRejection) {
        guard try list.status(of: entry) != expected else { continue }
        found.append(
          LogFinding(
            "status_differs",
            index: issue.index,
            id: id,
            "the log says \(CredentialHistory.word(state)), the list of \(entry.purpose) does not"
          )
        )
      } catch {
        found.append(LogFinding("status_differs", index: issue.index, id: id, "its place in \(entry.list): \(error)"))
      }
    }
    return found
  }

  /// Names that look like a watched one: equal after folding, or one with further words behind it.
  private func checkNames(_ credential: MembershipCredential, _ leaf: UInt64, id: String) -> [LogFinding] {
    guard leaf >= fresh, !settings.known.contains(id) else { return [] }
    var found: [LogFinding] = []
    for name in credential.organization.names {
      let skeleton = Skeleton.of(name.value)
      guard let hit = watched.first(where: { Self.resembles(skeleton, $0.skeleton) }) else { continue }
      let isAlike = name.value != Text(hit.name)
      found.append(
        LogFinding(
          isAlike ? "lookalike_name" : "watched_name",
          index: leaf,
          id: id,
          "issued to “\(name.value)”; “\(hit.name)” is watched",
          isAlarm: isAlike
        )
      )
    }
    return found
  }

  static func resembles(_ name: Text, _ watched: Text) -> Bool {
    if name == watched || withoutSpaces(name) == withoutSpaces(watched) { return true }
    // “Al Noor Trading” and “Al Noor Trading LLC”; one word alone would hit half of a register.
    guard watched.bytes.contains(0x20) else { return false }
    return name.hasPrefix(Text(watched.string + " "))
  }

  private static func withoutSpaces(_ text: Text) -> [UInt8] { text.bytes.filter { $0 != 0x20 } }

  // MARK: the end

  mutating func finish() {
    for issue in issues.values.sorted(by: { $0.index < $1.index }) {
      add(
        LogFinding(
          "credential_not_published",
          index: issue.index,
          "\(issue.entry.chamber) issued a \(issue.entry.programme?.string ?? "certificate") that nobody can see"
        )
      )
    }
    for (chamber, programmes) in live.sorted(by: { $0.key < $1.key }) {
      for (programme, count) in programmes.sorted(by: { $0.key < $1.key }) {
        if let quota = settings.quotas[programme.string], count > quota {
          add(LogFinding("quota_exceeded", "\(chamber) has \(count) live \(programme); \(quota) are allowed"))
        }
      }
    }
    if dropped > 0 { findings.append(LogFinding("more_findings", "\(dropped) further findings are not listed")) }
  }
}
