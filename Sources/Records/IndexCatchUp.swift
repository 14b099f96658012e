internal import Dispatch
public import Encodings
internal import Storage
internal import Support
internal import Synchronization
public import TransparencyLog

extension ReaderIndex {
  /// Brings the index up to a checkpoint: reads what is newer than it, and tries the gaps again.
  ///
  /// The caller has compared the checkpoint with what was seen. Rows count only once their root is the checkpoint's.
  /// - Parameter host: of the signed trust list; the index of another host is thrown away.
  public func catchUp(with source: RecordSource, to checkpoint: VerifiedCheckpoint, host: Text) throws(IndexFailure)
    -> CatchUp
  {
    guard isWriter else { throw .readOnly }
    if path == nil, checkpoint.size > Self.maxEntriesInMemory { throw .stateNeeded(entries: checkpoint.size) }
    let result: Result<CatchUp, IndexFailure> = catchingUp.withLock { _ in
      do throws(IndexFailure) {
        do throws(IndexFailure) {
          return .success(try attempt(source, under: checkpoint, host: host))
        } catch {
          // In doubt the file is thrown away, once; what is wrong then is not the file.
          guard case .broken = error else { throw error }
          try rebuild()
          return .success(try attempt(source, under: checkpoint, host: host))
        }
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  private func attempt(_ source: RecordSource, under checkpoint: VerifiedCheckpoint, host: Text) throws(IndexFailure)
    -> CatchUp
  {
    let origin = checkpoint.checkpoint.origin
    if let meta = try read({ try IndexMeta.read($0) }), meta.host != host.string || meta.origin != origin.string {
      try rebuild()
    }
    return try translating {
      var work = try IndexWork(connections: now, source: source, checkpoint: checkpoint, host: host)
      try work.run()
      return work.report
    }
  }
}

/// One catch-up at work, on one thread; rows are written beside it.
struct IndexWork {
  /// Entries of one transaction, at most.
  static let step = 4_096

  let connection: StorageConnection
  let source: RecordSource
  let checkpoint: VerifiedCheckpoint
  var meta: IndexMeta
  /// Owned by whoever writes.
  var headers: HeaderRows
  /// Owned by whoever reads records.
  var dictionaries: BodyDictionaries
  var report = CatchUp()

  init(
    connections: ReaderIndex.Connections,
    source: RecordSource,
    checkpoint: VerifiedCheckpoint,
    host: Text
  ) throws {
    connection = connections.writer
    self.source = source
    self.checkpoint = checkpoint
    let empty = IndexMeta(
      format: IndexSchema.format,
      folding: IndexSchema.folding,
      host: host.string,
      origin: checkpoint.checkpoint.origin.string,
      size: 0,
      root: Merkle.emptyRoot,
      edge: [],
      at: nil,
      verified: 0,
      verifiedRoot: Merkle.emptyRoot,
      verifiedEdge: [],
      verifiedAt: nil
    )
    (meta, headers) = try connection.read { (try IndexMeta.read($0) ?? empty, try HeaderRows($0)) }
    dictionaries = BodyDictionaries(headers)
  }

  mutating func run() throws {
    defer { report.snapshot = snapshot }
    guard checkpoint.size >= meta.verified else {
      report.outcome = .older(verified: meta.verified)
      return
    }
    if checkpoint.size == meta.verified, checkpoint.root != meta.verifiedRoot {
      report.outcome = .fork(size: meta.verified, known: meta.verifiedRoot, offered: checkpoint.root)
      return
    }
    // A step of a run that was interrupted may be of another tree.
    if meta.size > checkpoint.size { try truncate() }
    if meta.verified < checkpoint.size, try !grow() { return }
    try retryGaps()
  }

  private var snapshot: IndexSnapshot? { meta.verified > 0 ? meta.snapshot : nil }

  // MARK: growing

  /// - Returns: whether the index is that of the checkpoint now.
  private mutating func grow() throws -> Bool {
    // Usually nothing but records is read: the root says whether all of them were right.
    if let stop = try readRecords(leaves: nil) {
      report.outcome = .stopped(at: stop)
      return false
    }
    if try accept() { return true }
    // Some entry is not the log's. The tiles say which; each is compared before it is used.
    try truncate()
    let leaves: TileReader
    do throws(LogRejection) {
      leaves = try TileReader(checkpoint, source: source.tiles)
      if meta.verified > 0 {
        let beginning = try Merkle.root(size: meta.verified, hashes: leaves.hashes)
        guard beginning == meta.verifiedRoot else {
          report.outcome = .fork(size: meta.verified, known: meta.verifiedRoot, offered: beginning)
          return false
        }
      }
    } catch {
      report.outcome = .recordsUnusable(why: "\(error)")
      return false
    }
    if let stop = try readRecords(leaves: leaves) {
      report.outcome = .stopped(at: stop)
      return false
    }
    guard try accept() else {
      try truncate()
      report.outcome = .recordsUnusable(why: "the entries do not make the tree of the checkpoint")
      return false
    }
    return true
  }

  /// Rows above `verified` count for no question until then.
  private mutating func accept() throws -> Bool {
    guard meta.size == checkpoint.size, meta.root == checkpoint.root else { return false }
    var next = meta
    (next.verified, next.verifiedRoot) = (meta.size, meta.root)
    (next.verifiedEdge, next.verifiedAt) = (meta.edge, meta.at)
    let (old, headers) = (meta.verified, headers)
    try connection.write { transaction in
      var rows = IndexRows(transaction, headers)
      try rows.eraseLogged(from: old, to: next.verified)
      try next.write(transaction)
    }
    meta = next
    return true
  }

  /// Reads and writes what is newer than `meta.size`, in steps: while one is written, the next is made ready on every
  /// core.
  /// - Returns: the first entry that cannot be had.
  private mutating func readRecords(leaves: TileReader?) throws -> UInt64? {
    guard var edge = IndexFile.edge(size: meta.size, peaks: meta.edge) else {
      throw IndexFailure.broken("the edge is malformed")
    }
    var feed = RecordFeed(source, size: checkpoint.size, leaves: leaves)
    var step: [PreparedEntry] = []
    var writing: BackgroundResult<WrittenStep>?
    func finish() throws {
      guard let written = try writing?.get() else { return }
      writing = nil
      meta = written.meta
      headers = written.headers
      report.note(written.changed)
    }
    func flush() throws {
      try finish()
      guard !step.isEmpty else { return }
      var next = meta
      next.size = edge.size
      next.root = edge.root
      next.edge = Array(edge.peaks.joined())
      next.at = step.reduce(meta.at) { newest, entry in
        guard let at = entry.reading.at?.seconds else { return newest }
        return max(newest ?? at, at)
      }
      report.read += UInt64(step.count)
      writing = BackgroundResult(on: .global(qos: .userInitiated)) { [connection, step, next, headers] in
        try WrittenStep.write(step, meta: next, headers: headers, to: connection)
      }
      step = []
    }
    let stop: UInt64?
    do {
      stop = try feed.run(from: meta.size) { items in
        for item in items {
          if case .success(let record) = item.record, let token = record.token { dictionaries.learn(token) }
        }
        let known = dictionaries
        let prepared = parallelMap(items) { item in PreparedEntry(item) { known.dictionary(for: $0) } }
        for entry in prepared { try edge.append(leafHash: entry.leafHash) }
        step += prepared
        if step.count + 256 > Self.step { try flush() }
      }
      try flush()
      try finish()
    } catch {
      _ = try? writing?.get()  // the error that came first is told
      throw error
    }
    report.note(feed.unusable)
    return stop
  }
}

/// A step that was written.
private struct WrittenStep: Sendable {
  let meta: IndexMeta
  let headers: HeaderRows
  let changed: Set<CredentialID>

  static func write(
    _ step: [PreparedEntry],
    meta: IndexMeta,
    headers: HeaderRows,
    to connection: StorageConnection
  ) throws -> WrittenStep {
    try connection.write { transaction in
      var rows = IndexRows(transaction, headers)
      for entry in step { try rows.add(entry) }
      try rows.finish()
      try meta.write(transaction)
      return WrittenStep(meta: meta, headers: rows.headers, changed: rows.changed)
    }
  }
}
