internal import Encodings
internal import Support
public import TransparencyLog

/// Answers read from the record files themselves, in one pass, without SQLite and without writing anything: for few
/// questions where there is no index, or for what is newer than one that another process writes.
public struct RecordScan: Sendable {
  /// Questions of one pass. More: an index in memory.
  public static let maxQuestions = 64
  /// Entries that are newer than an index; more: wait for whoever writes it.
  public static let maxTail: UInt64 = 65_536

  /// How far the pass came. Answers count only where it is complete.
  public enum Outcome: Hashable, Sendable {
    case complete
    /// The entry cannot be had, not even alone.
    case stopped(at: UInt64)
    /// The checkpoint is of a smaller tree than the base.
    case older(verified: UInt64)
    /// The base and the checkpoint are of different trees.
    case fork(size: UInt64, known: [UInt8], offered: [UInt8])
    case recordsUnusable(why: String)
  }

  public let outcome: Outcome
  /// For each question its certificates, newest first.
  public let answers: [[FoundCertificate]]
  public let facts: LogFacts

  /// An index, under one snapshot of it, that the pass begins behind.
  public struct Base: Sendable {
    let index: ReaderIndex
    public let snapshot: IndexSnapshot
    let edge: CompactRange

    /// Nil: nothing in it counts yet.
    public init?(_ index: ReaderIndex) throws(IndexFailure) {
      guard let state = try index.verifiedState() else { return nil }
      self.index = index
      (snapshot, edge) = state
    }
  }

  /// - Parameters:
  ///   - questions: at most 64.
  ///   - base: nil: from the first entry on.
  /// - Throws: `busy` where too much is newer than the base: whoever writes it is at work.
  public static func run(
    _ questions: [RecordQuestion],
    source: RecordSource,
    checkpoint: VerifiedCheckpoint,
    base: Base? = nil,
    limit: Int = ReaderIndex.defaultLimit
  ) throws(IndexFailure) -> RecordScan {
    precondition(questions.count <= maxQuestions)
    if let base {
      if checkpoint.size < base.snapshot.size {
        return RecordScan(.older(verified: base.snapshot.size), questions: questions.count)
      }
      if checkpoint.size - base.snapshot.size > maxTail { throw .busy }
    }
    return try translating {
      let fast = try ScanPass.run(questions, source, under: checkpoint.checkpoint, base: base, leaves: nil)
      if fast.isComplete(checkpoint) || fast.stop != nil { return RecordScan(fast, limit: limit) }
      // Some entry is not the log's. The tiles say which; each is compared before it is used.
      let leaves: TileReader
      do throws(LogRejection) {
        leaves = try TileReader(checkpoint, source: source.tiles)
        if let base {
          let beginning = try Merkle.root(size: base.snapshot.size, hashes: leaves.hashes)
          guard beginning == base.snapshot.root else {
            return RecordScan(
              .fork(size: base.snapshot.size, known: base.snapshot.root, offered: beginning),
              questions: questions.count
            )
          }
        }
      } catch {
        return RecordScan(.recordsUnusable(why: "\(error)"), questions: questions.count)
      }
      let slow = try ScanPass.run(questions, source, under: checkpoint.checkpoint, base: base, leaves: leaves)
      if slow.isComplete(checkpoint) || slow.stop != nil { return RecordScan(slow, limit: limit) }
      let why = "the entries do not make the tree of the checkpoint"
      return RecordScan(.recordsUnusable(why: why), questions: questions.count)
    }
  }

  private init(_ outcome: Outcome, questions: Int) {
    self.init(outcome, answers: Array(repeating: [], count: questions), facts: LogFacts(size: 0))
  }

  private init(_ outcome: Outcome, answers: [[FoundCertificate]], facts: LogFacts) {
    self.outcome = outcome
    self.answers = answers
    self.facts = facts
  }

  private init(_ pass: ScanPass, limit: Int) {
    if let stop = pass.stop {
      self.init(.stopped(at: stop), questions: pass.questions.count)
    } else {
      self.init(.complete, answers: pass.answers(limit: limit), facts: pass.facts)
    }
  }
}

/// One pass over the records of a log.
struct ScanPass {
  /// A certificate that a question finds.
  struct Candidate {
    let certificate: RecordedCertificate
    let context: IssueContext
    /// The places of those questions.
    let questions: Set<Int>
    var acts: [RecordedAct] = []
  }

  let questions: [ScanQuestion]
  let base: RecordScan.Base?
  private(set) var facts: LogFacts
  private(set) var stop: UInt64?
  private var edge: CompactRange
  private var candidates: [[UInt8]: Candidate] = [:]
  /// The beginnings of all numbers and of all `ref`s that were issued: random or pseudo-random bits, so that 64 of
  /// them tell them apart and a million take little room.
  private var numbers: Set<UInt64> = [], refs: Set<UInt64> = []

  static func run(
    _ questions: [RecordQuestion],
    _ source: RecordSource,
    under checkpoint: Checkpoint,
    base: RecordScan.Base?,
    leaves: TileReader?
  ) throws -> ScanPass {
    var pass = try ScanPass(questions, base: base, size: checkpoint.size)
    var feed = RecordFeed(source, size: checkpoint.size, leaves: leaves)
    let asked = pass.questions
    pass.stop = try feed.run(from: pass.edge.size) { items in
      for entry in parallelMap(items, { ScanEntry($0, asked) }) { try pass.take(entry) }
    }
    return pass
  }

  private init(_ questions: [RecordQuestion], base: RecordScan.Base?, size: UInt64) throws {
    self.questions = questions.map { ScanQuestion($0) }
    self.base = base
    edge = base?.edge ?? CompactRange()
    facts = LogFacts(size: size)
    guard let base else { return }
    facts = try base.index.facts(at: base.snapshot)
    facts.size = size
    for (place, question) in questions.enumerated() {
      for found in try base.index.answer(question, at: base.snapshot, limit: .max / 4) { add(found, place) }
    }
  }

  private mutating func add(_ found: FoundCertificate, _ question: Int) {
    let certificate = found.certificate
    let known = candidates[certificate.handle.ref]
    candidates[certificate.handle.ref] = Candidate(
      certificate: certificate,
      context: IssueContext(
        salt: certificate.salt,
        number: certificate.number,
        badge: certificate.badge,
        isErased: certificate.token == nil
      ),
      questions: (known?.questions ?? []).union([question]),
      acts: found.acts
    )
  }

  func isComplete(_ checkpoint: VerifiedCheckpoint) -> Bool {
    stop == nil && edge.size == checkpoint.size && edge.root == checkpoint.root
  }

  func answers(limit: Int) -> [[FoundCertificate]] {
    var answers = Array(repeating: [FoundCertificate](), count: questions.count)
    for candidate in candidates.values.sorted(by: { $0.certificate.leaf > $1.certificate.leaf }) {
      let found = FoundCertificate(candidate.certificate, acts: candidate.acts)
      for place in candidate.questions where answers[place].count < limit {
        // What names the holder of an erased certificate finds it no more.
        if found.erasure == .logged, !questions[place].isNumber { continue }
        answers[place].append(found)
      }
    }
    return answers
  }

  // MARK: entries

  private mutating func take(_ entry: ScanEntry) throws {
    try edge.append(leafHash: entry.leafHash)
    if let at = entry.reading.at { facts.newest = max(facts.newest ?? at, at) }
    switch entry.reading {
    case .unknown(let unknown): try take(unknown, entry)
    case .known(let known): try take(known, entry)
    }
  }

  private mutating func take(_ known: LogEntry, _ entry: ScanEntry) throws {
    switch known.event {
    case .issue(let handle, let programme): try take(issue: entry, handle, known, programme: programme)
    case .suspend, .reinstate, .revoke, .supersede, .act, .binding, .erase:
      guard let ref = known.ref, let candidate = candidates[ref] else { return }
      candidates[ref]?.acts.append(Self.act(known, entry, context: candidate.context))
    case .statusList(let url, let digest): facts.lists[url] = digest
    case .trustList(let sequence, let digest):
      if sequence >= facts.trustList?.sequence ?? 0 {
        facts.trustList = LogFacts.TrustListEntry(sequence: sequence, digest: digest, leaf: entry.leaf)
      }
    case .files(let digest): facts.files = digest
    case .abandoned, .key: break
    }
  }

  private mutating func take(issue entry: ScanEntry, _ handle: CredentialHandle, _ known: LogEntry, programme: Text)
    throws
  {
    refs.insert(Self.beginning(handle.ref))
    guard case .success(let issue) = entry.issue else {
      facts.missingIssues += 1
      return
    }
    // Of two that claim one number the first counts, and the second counts for nobody.
    guard numbers.insert(Self.beginning(issue.number.bytes)).inserted, let found = issue.found else { return }
    if let base {
      guard try base.index.answer(.number(issue.number), at: base.snapshot, limit: 1).isEmpty else { return }
    }
    candidates[handle.ref] = Candidate(
      certificate: RecordedCertificate(
        leaf: entry.leaf,
        number: issue.number,
        badge: issue.number,
        token: found.record.token,
        salt: found.record.salt,
        handle: handle,
        chamber: known.chamber,
        programme: programme,
        at: known.at
      ),
      context: IssueContext(
        salt: found.record.salt,
        number: issue.number,
        badge: issue.number,
        isErased: found.record.token == nil
      ),
      questions: found.questions
    )
  }

  private static func act(_ known: LogEntry, _ entry: ScanEntry, context: IssueContext) -> RecordedAct {
    var statement: [UInt8]?
    var gap: RecordGap?
    if known.kind != .erase {
      switch entry.record.flatMap({ RecordBinding.check($0, of: known, issue: context) }) {
      case .success(.statement(let found)): statement = found?.compact
      case .success: break
      case .failure(let error): gap = error.gap
      }
    }
    return RecordedAct(leaf: entry.leaf, entry: entry.reading, statement: statement, gap: gap)
  }

  /// Of a newer program, or of none. It may be about a certificate of which nobody knows the number.
  private mutating func take(_ unknown: UnknownLogEntry, _ entry: ScanEntry) throws {
    if let ref = unknown.ref {
      if candidates[ref] != nil {
        candidates[ref]?.acts.append(
          RecordedAct(leaf: entry.leaf, entry: entry.reading, statement: nil, gap: nil)
        )
        return
      }
      if refs.contains(Self.beginning(ref)) { return }
      if let base, try base.index.hasIssue(ref: ref, at: base.snapshot) { return }
    }
    facts.unknownEntries += 1
    if unknown.ref != nil || unknown.isUnreadable { facts.missingIssues += 1 }
  }

  private static func beginning(_ bytes: [UInt8]) -> UInt64 { bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
