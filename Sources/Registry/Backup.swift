internal import Foundation
internal import GRDB
internal import Storage

/// What kind of file a register is, by SQLite's application id: it stands in the first page, so a copy of the file
/// bears it too.
public enum RegisterMark: Int32, Sendable {
  case live = 0
  /// Made by `backup`; nobody works with it.
  case backup = 0x4B68_4231
  /// Put back from a backup, not yet compared with what was published.
  case restored = 0x4B68_5231

  /// From the first bytes of the file (SQLite file format, 1.3: offset 68, big-endian).
  init?(head: [UInt8]) {
    guard head.count >= 72 else { return nil }
    self.init(rawValue: Int32(bitPattern: head[68..<72].reduce(0) { $0 << 8 | UInt32($1) }))
  }
}

/// One credential as the published folder shows it, for a register that has forgotten it.
public struct AdoptedCredential: Sendable {
  public let id: String, memberChamber: String, memberNumber: String, programme: String, subject: String
  public let validFrom: Int64, validUntil: Int64, issuedAt: Int64, leaf: Int64
  public let revocationSeries: Int64, revocationIndex: Int64, suspensionSeries: Int64, suspensionIndex: Int64
  public let salt: [UInt8], contentDigest: [UInt8]
  public let parts: TokenParts
  /// The id of the one that it replaced.
  public let replaces: String?
  public init(
    id: String,
    memberChamber: String,
    memberNumber: String,
    programme: String,
    subject: String,
    validFrom: Int64,
    validUntil: Int64,
    issuedAt: Int64,
    leaf: Int64,
    revocationSeries: Int64,
    revocationIndex: Int64,
    suspensionSeries: Int64,
    suspensionIndex: Int64,
    salt: [UInt8],
    contentDigest: [UInt8],
    parts: TokenParts,
    replaces: String?
  ) {
    self.id = id; self.memberChamber = memberChamber; self.memberNumber = memberNumber; self.programme = programme;
    self.subject = subject
    self.validFrom = validFrom; self.validUntil = validUntil; self.issuedAt = issuedAt; self.leaf = leaf
    self.revocationSeries = revocationSeries; self.revocationIndex = revocationIndex;
    self.suspensionSeries = suspensionSeries
    self.suspensionIndex = suspensionIndex; self.salt = salt; self.contentDigest = contentDigest; self.parts = parts;
    self.replaces = replaces
  }
}

/// A change of state that the published log holds and the register does not.
public struct AdoptedChange: Sendable {
  public let id: String, state: String, event: String, reason: String
  public let at: Int64, leaf: Int64
  public let statement: [UInt8]?, replacedBy: String?
  public init(
    id: String,
    state: String,
    event: String,
    reason: String,
    at: Int64,
    leaf: Int64,
    statement: [UInt8]?,
    replacedBy: String?
  ) {
    self.id = id; self.state = state; self.event = event; self.reason = reason; self.at = at; self.leaf = leaf
    self.statement = statement; self.replacedBy = replacedBy
  }
}

/// What the published log last said of a certificate's pages, and the register does not know.
public struct AdoptedBindings: Sendable {
  public let id: String, statement: [UInt8], leaf: Int64
  /// Their `credential` is not looked at: it may only come into the register now.
  public let pages: [BindingRecord]
  public init(id: String, statement: [UInt8], leaf: Int64, pages: [BindingRecord]) {
    self.id = id
    self.statement = statement
    self.leaf = leaf
    self.pages = pages
  }
}

extension Registry {
  /// A consistent copy by SQLite's own backup interface, also while somebody writes: the copy holds what was committed
  /// when it began.
  /// - Parameter path: where no file may stand.
  public func backup(to path: String) throws(RegistryFailure) {
    try Self.wrap {
      let copy = try DatabaseQueue(path: path)
      try queue.backup(to: copy)
      try copy.writeWithoutTransaction {
        try $0.execute(sql: "PRAGMA application_id = \(RegisterMark.backup.rawValue)")
      }
      try copy.close()
    }
  }

  /// The register of a backup, for reading; its schema is left as it is.
  public static func openBackup(at path: String) throws(RegistryFailure) -> Registry {
    let queue = try wrap { () throws -> DatabaseQueue in
      var configuration = Configuration.plain(busy: 0)
      configuration.readonly = true
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      guard try queue.read({ try Int32.fetchOne($0, sql: "PRAGMA application_id") }) == RegisterMark.backup.rawValue
      else {
        throw RegistryFailure.notARegister(
          path: path,
          why: "it is a copy of a live register, not a backup: such a copy can be torn"
        )
      }
      return queue
    }
    return Registry(queue: queue)
  }

  /// Whether this register was put back and not yet compared with what was published.
  public func mark() throws(RegistryFailure) -> RegisterMark? {
    try read { RegisterMark(rawValue: try Int32.fetchOne($0, sql: "PRAGMA application_id") ?? 0) }
  }

  /// Ids and salts of all certificates, reservations included: what entries of the log refer to.
  public func saltsOfAll() throws(RegistryFailure) -> [(id: String, salt: [UInt8])] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT id, salt FROM credential").map { ($0["id"], Array($0["salt"] as Data)) }
    }
  }

  /// Turns the copy of a backup at `path` into a register that waits to be reconciled.
  public static func markRestored(at path: String) throws(RegistryFailure) {
    try wrap {
      let queue = try DatabaseQueue(path: path)
      try queue.writeWithoutTransaction { db in
        guard try Int32.fetchOne(db, sql: "PRAGMA application_id") == RegisterMark.backup.rawValue else {
          throw RegistryFailure.notARegister(path: path, why: "it is no backup")
        }
        try db.execute(sql: "PRAGMA synchronous=EXTRA; PRAGMA application_id = \(RegisterMark.restored.rawValue)")
      }
      try queue.close()
    }
  }

  /// Takes over what was published after the copy was made, all or nothing, and lets the register be worked with again.
  /// - Parameter counters: values below which the counters of these names must not be.
  public func reconcile(
    _ log: LogAppend?,
    adopting credentials: [AdoptedCredential],
    changes: [AdoptedChange],
    bindings: [AdoptedBindings],
    counters: [(name: String, value: Int64)],
    officer: String,
    at now: Int64,
    audit: AuditRecord
  ) throws(RegistryFailure) {
    try write { db in
      let size = try Int64.fetchOne(db, sql: "SELECT ifnull(max(leaf) + 1, 0) FROM log_leaf") ?? 0
      if let log { try Self.append(log, in: db) }
      try db.execute(
        sql: "INSERT INTO reconciliation (at, officer, from_size, size, adopted, changed) VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [now, officer, size, size + Int64(log?.leaves.count ?? 0), credentials.count, changes.count]
      )
      for credential in credentials { try Self.adopt(credential, officer, in: db) }
      for change in changes { try Self.adopt(change, officer, in: db) }
      for one in bindings { try Self.adopt(one, officer, in: db) }
      // What was carried out of a request that was open in the copy has just been taken over; going on with it would do
      // it a second time.
      try db.execute(
        sql: "UPDATE request SET state = 'ended', closed_at = ?, closed_by = ? WHERE state = 'open'",
        arguments: [now, officer]
      )
      for counter in counters {
        try db.execute(
          sql: "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
          arguments: [counter.name, counter.value]
        )
      }
      // Every list and file is made again: what the copy believes to have published may be older than what is there.
      try db.execute(sql: "DELETE FROM publication")
      try db.execute(sql: "UPDATE reconciliation SET closed = 1 WHERE closed = 0")
      try Self.insert(audit, in: db)
      try db.execute(sql: "PRAGMA application_id = \(RegisterMark.live.rawValue)")
    }
  }

  private static func adopt(_ credential: AdoptedCredential, _ officer: String, in db: Database) throws {
    guard
      let member = try Int64.fetchOne(
        db,
        sql: "SELECT id FROM member WHERE chamber = ? AND number = ?",
        arguments: [credential.memberChamber, credential.memberNumber]
      )
    else {
      throw RegistryFailure.refused(rule: "member_unknown")
    }
    func list(_ purpose: String, _ series: Int64) throws -> Int64 {
      let arguments: StatementArguments = [credential.memberChamber, series, purpose]
      try db.execute(
        sql: "INSERT OR IGNORE INTO status_list (chamber, series, purpose) VALUES (?, ?, ?)",
        arguments: arguments
      )
      return try Int64.fetchOne(
        db,
        sql: "SELECT id FROM status_list WHERE chamber = ? AND series = ? AND purpose = ?",
        arguments: arguments
      ) ?? 0
    }
    let replaces = try credential.replaces.flatMap {
      try Int64.fetchOne(db, sql: "SELECT seq FROM credential WHERE id = ?", arguments: [$0])
    }
    // A series exists for both purposes at once, whichever list this one stands in.
    _ = try list("suspension", credential.revocationSeries); _ = try list("revocation", credential.suspensionSeries)
    // Reserved when the copy was made, issued afterwards: the reservation becomes what it was made for.
    let reserved = try Int64.fetchOne(
      db,
      sql: "SELECT seq FROM credential WHERE id = ? AND state = 'reserved'",
      arguments: [credential.id]
    )
    if reserved == nil {
      try db.execute(
        sql: """
          INSERT INTO credential (id, member, chamber, programme, subject, state, valid_from, valid_until, \
          state_since, revocation_list, revocation_index,
            suspension_list, suspension_index, salt, content_digest, replaces)
          VALUES (?, ?, ?, ?, ?, 'reserved', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          credential.id, member, credential.memberChamber, credential.programme, credential.subject,
          credential.validFrom, credential.validUntil,
          credential.issuedAt, try list("revocation", credential.revocationSeries), credential.revocationIndex,
          try list("suspension", credential.suspensionSeries), credential.suspensionIndex, Data(credential.salt),
          Data(credential.contentDigest), replaces,
        ]
      )
    }
    let seq = reserved ?? db.lastInsertedRowID
    try db.execute(
      sql:
        """
        UPDATE credential SET state = 'active', state_since = ?, issued_at = ?, header = ?, payload = ?, signature = \
        ?, leaf = ? WHERE seq = ?
        """,
      arguments: [
        credential.issuedAt, credential.issuedAt, try headerID(credential.parts.header, in: db),
        Data(credential.parts.payload),
        Data(credential.parts.signature), credential.leaf, seq,
      ]
    )
    try insertEvent(seq, "issued", credential.issuedAt, officer, "reconciled", "", credential.leaf, nil, in: db)
  }

  private static func adopt(_ said: AdoptedBindings, _ officer: String, in db: Database) throws {
    guard let seq = try Int64.fetchOne(db, sql: "SELECT seq FROM credential WHERE id = ?", arguments: [said.id]) else {
      throw RegistryFailure.refused(rule: "credential_unknown")
    }
    for page in said.pages {
      let known = try Row.fetchOne(
        db,
        sql: "SELECT * FROM binding WHERE credential = ? AND key = ?",
        arguments: [seq, page.key]
      ).map(BindingRecord.init(row:))
      if let known, known.state == page.state, known.since == page.since, known.provedAt == page.provedAt,
        known.reproveBy == page.reproveBy
      {
        continue
      }
      try put(page, of: seq, in: db)
      if let at = page.provedAt, at != known?.provedAt {
        try insert(
          BindingAct(key: page.key, kind: .proved, detail: "reconciled"),
          of: seq,
          at: at,
          officer: officer,
          in: db
        )
      }
      if page.state != .proved, page.state != known?.state, let kind = BindingAct.Kind(rawValue: page.state.rawValue) {
        try insert(
          BindingAct(key: page.key, kind: kind, detail: "reconciled"),
          of: seq,
          at: page.since,
          officer: officer,
          in: db
        )
      }
    }
    try put(said.statement, leaf: said.leaf, of: seq, in: db)
  }

  private static func adopt(_ change: AdoptedChange, _ officer: String, in db: Database) throws {
    guard let seq = try Int64.fetchOne(db, sql: "SELECT seq FROM credential WHERE id = ?", arguments: [change.id])
    else {
      throw RegistryFailure.refused(rule: "credential_unknown")
    }
    let by = try change.replacedBy.flatMap {
      try Int64.fetchOne(db, sql: "SELECT seq FROM credential WHERE id = ?", arguments: [$0])
    }
    try db.execute(
      sql:
        """
        UPDATE credential SET state = ?, state_since = ?, statement = ifnull(?, statement), replaced_by = ifnull(?, \
        replaced_by) WHERE seq = ?
        """,
      arguments: [change.state, change.at, change.statement.map { Data($0) }, by, seq]
    )
    try insertEvent(
      seq,
      change.event,
      change.at,
      officer,
      change.reason,
      "reconciled",
      change.leaf,
      nil,
      in: db,
      isPublic: change.state != "abandoned"
    )
  }
}
