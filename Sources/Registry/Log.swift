internal import Storage
package import Vocabulary

/// One act of an officer, linked to the one before by its digest (computed by `Issuance`).
package struct AuditRecord: Sendable, Equatable {
  package let seq: Int64, at: Int64
  /// `act` as it is stored: the trail is checked also where a row was tampered with, and then names an act that never
  /// was.
  package let officer: String, act: String, subject: String
  package let outcome: AuditOutcome
  package let detail: String
  package let previous: [UInt8]
  /// Over all of the above; empty until it is made.
  package var digest: [UInt8]
  package var signature: [UInt8]?
  package init(
    seq: Int64,
    at: Int64,
    officer: String,
    act: String,
    subject: String,
    outcome: AuditOutcome,
    detail: String,
    previous: [UInt8],
    digest: [UInt8] = [],
    signature: [UInt8]? = nil
  ) {
    self.seq = seq
    self.at = at
    self.officer = officer
    self.act = act
    self.subject = subject
    self.outcome = outcome
    self.detail = detail
    self.previous = previous
    self.digest = digest
    self.signature = signature
  }

  /// Nil for a word that this program does not know.
  package var action: AuditAction? { AuditAction(rawValue: act) }
}

extension AuditRecord: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "audit"
    case seq, at, officer, act, subject, outcome, detail, previous, digest, signature
  }

  init(row: TypedRow<Column>) throws {
    self.init(
      seq: row.integer(.seq),
      at: row.integer(.at),
      officer: row.text(.officer),
      act: row.text(.act),
      subject: row.text(.subject),
      outcome: try row.value(AuditOutcome.self, .outcome),
      detail: row.text(.detail),
      previous: row.blob(.previous),
      digest: row.blob(.digest),
      signature: row.optionalBlob(.signature)
    )
  }
}

/// Leaves to append and the checkpoint that covers them; `previousSize` is the compare of a compare-and-swap.
package struct LogAppend: Sendable {
  /// One entry, and the hash of its leaf.
  package struct Leaf: Sendable {
    package let entry: [UInt8], hash: [UInt8]
    package init(entry: [UInt8], hash: [UInt8]) {
      self.entry = entry
      self.hash = hash
    }
  }

  /// The root of a full tile, which the level above stores.
  package struct TileRoot: Sendable {
    package let level: Int, position: Int64
    package let hash: [UInt8]
    package init(level: Int, position: Int64, hash: [UInt8]) {
      self.level = level
      self.position = position
      self.hash = hash
    }
  }

  package let previousSize: Int64
  package let leaves: [Leaf]
  package let tileRoots: [TileRoot]
  package let at: Int64
  /// The right edge of the tree after the append, as `Issuance` encodes it.
  package let frontier: [UInt8]
  /// The signed checkpoint.
  package let note: String
  package init(previousSize: Int64, leaves: [Leaf], tileRoots: [TileRoot], at: Int64, frontier: [UInt8], note: String) {
    self.previousSize = previousSize
    self.leaves = leaves
    self.tileRoots = tileRoots
    self.at = at
    self.frontier = frontier
    self.note = note
  }
}

/// The newest checkpoint, with the right edge of the tree that it covers.
package struct LogHead: Sendable, Equatable {
  package let size: Int64, at: Int64
  package let frontier: [UInt8]
  package let note: String
}

extension LogHead: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "checkpoint"
    case size, at, frontier, note
  }

  init(row: TypedRow<Column>) {
    size = row.integer(.size)
    at = row.integer(.at)
    frontier = row.blob(.frontier)
    note = row.text(.note)
  }
}

/// How often an officer did something, or was refused it.
package struct ActCount: Sendable, Equatable {
  package let officer: String, act: String
  package let outcome: AuditOutcome
  package let count: Int
}

extension ActCount: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "audit"
    case officer, act, outcome, n
  }

  init(row: TypedRow<Column>) throws {
    officer = row.text(.officer)
    act = row.text(.act)
    outcome = try row.value(AuditOutcome.self, .outcome)
    count = row.count(.n)
  }
}

/// The two chains of the register: the transparency log and the audit trail.
package struct LogStore: Sendable {
  let database: RegistryDatabase

  package func head() throws(RegistryFailure) -> LogHead? {
    try database.read { try $0.first(LogHead.self, "SELECT * FROM checkpoint ORDER BY size DESC LIMIT 1") }
  }

  package func leafHashes(_ range: Range<Int64>) throws(RegistryFailure) -> [[UInt8]] {
    try database.read {
      try $0.blobs(
        "SELECT hash FROM log_leaf WHERE leaf >= ? AND leaf < ? ORDER BY leaf",
        .integer(range.lowerBound),
        .integer(range.upperBound)
      )
    }
  }

  package func entries(_ range: Range<Int64>) throws(RegistryFailure) -> [[UInt8]] {
    try database.read {
      try $0.blobs(
        "SELECT entry FROM log_leaf WHERE leaf >= ? AND leaf < ? ORDER BY leaf",
        .integer(range.lowerBound),
        .integer(range.upperBound)
      )
    }
  }

  package func tileRoots(level: Int, _ range: Range<Int64>) throws(RegistryFailure) -> [[UInt8]] {
    try database.read {
      try $0.blobs(
        "SELECT hash FROM log_tile_root WHERE level = ? AND position >= ? AND position < ? ORDER BY position",
        .count(level),
        .integer(range.lowerBound),
        .integer(range.upperBound)
      )
    }
  }

  /// Appends leaves with their checkpoint and nothing else (status-list versions, trust-list versions).
  package func append(_ log: LogAppend, audit: AuditRecord? = nil) throws(RegistryFailure) {
    try database.write { transaction in
      try transaction.append(log)
      if let audit { try transaction.insert(audit) }
    }
  }

  // MARK: audit trail

  /// Records an act that changed nothing, above all a refused one.
  package func record(_ audit: AuditRecord) throws(RegistryFailure) { try database.write { try $0.insert(audit) } }

  package func lastAudit() throws(RegistryFailure) -> AuditRecord? {
    try database.read { try $0.first(AuditRecord.self, "SELECT * FROM audit ORDER BY seq DESC LIMIT 1") }
  }

  package func audit(after seq: Int64, limit: Int) throws(RegistryFailure) -> [AuditRecord] {
    try database.read {
      try $0.all(
        AuditRecord.self,
        "SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?",
        with: .integer(seq),
        .count(limit)
      )
    }
  }

  package func actCounts(from: Int64, to: Int64) throws(RegistryFailure) -> [ActCount] {
    try database.read {
      try $0.all(
        ActCount.self,
        """
        SELECT officer, act, outcome, count(*) AS n FROM audit WHERE at >= ? AND at < ? GROUP BY 1, 2, 3 ORDER BY 1, \
        2, 3
        """,
        with: .integer(from),
        .integer(to)
      )
    }
  }

  /// Audit rows whose local hour lies outside `hours`, newest first.
  package func acts(from: Int64, to: Int64, outside hours: Range<Int64>, zone seconds: Int64, limit: Int)
    throws(RegistryFailure) -> [AuditRecord]
  {
    try database.read {
      try $0.all(
        AuditRecord.self,
        """
        SELECT * FROM audit WHERE at >= ? AND at < ? AND ((at + ?) / 3600 % 24 < ? OR (at + ?) / 3600 % 24 >= ?) \
        ORDER BY seq DESC LIMIT ?
        """,
        with: .integer(from),
        .integer(to),
        .integer(seconds),
        .integer(hours.lowerBound),
        .integer(seconds),
        .integer(hours.upperBound),
        .count(limit)
      )
    }
  }
}

extension Transaction {
  /// The compare-and-swap on the log: whoever made the leaves must have known its size.
  func append(_ log: LogAppend) throws {
    guard !log.leaves.isEmpty else { return }
    let size = try logSize()
    guard size == log.previousSize else { throw RegistryFailure.refused(rule: .logMoved) }
    var next = size
    let insert = try prepare("INSERT INTO log_leaf VALUES (?, ?, ?)")
    for leaf in log.leaves {
      try insert.run(.integer(next), .blob(leaf.entry), .blob(leaf.hash))
      next += 1
    }
    for root in log.tileRoots {
      try execute(
        "INSERT INTO log_tile_root VALUES (?, ?, ?)",
        .count(root.level),
        .integer(root.position),
        .blob(root.hash)
      )
    }
    try execute(
      "INSERT INTO checkpoint VALUES (?, ?, ?, ?)",
      .integer(next),
      .integer(log.at),
      .blob(log.frontier),
      .text(log.note)
    )
  }

  func logSize() throws -> Int64 { try integer("SELECT ifnull(max(leaf) + 1, 0) FROM log_leaf") ?? 0 }

  func insert(_ audit: AuditRecord) throws {
    try execute(
      "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      .integer(audit.seq),
      .integer(audit.at),
      .text(audit.officer),
      .text(audit.act),
      .text(audit.subject),
      .word(audit.outcome),
      .text(audit.detail),
      .blob(audit.previous),
      .blob(audit.digest),
      .optional(audit.signature)
    )
  }
}
