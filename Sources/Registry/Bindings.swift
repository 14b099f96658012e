internal import Foundation
internal import GRDB

/// One page of a certificate as the register knows it. Times are whole seconds.
public struct BindingRecord: Sendable, Equatable {
  /// `asked`: a code was given, nothing proved yet.
  public enum State: String, Sendable { case asked, proved, failed, withdrawn }
  public let credential: Int64
  public let key: String
  public var state: State
  public var since: Int64
  public var method: String?
  /// For the next proof.
  public var code: String
  public var provedAt: Int64?, reproveBy: Int64?, unreachableSince: Int64?, contradictedAt: Int64?

  public init(
    credential: Int64,
    key: String,
    state: State,
    since: Int64,
    method: String? = nil,
    code: String,
    provedAt: Int64? = nil,
    reproveBy: Int64? = nil,
    unreachableSince: Int64? = nil,
    contradictedAt: Int64? = nil
  ) {
    (self.credential, self.key, self.state, self.since, self.method, self.code) = (
      credential, key, state, since, method, code
    )
    (self.provedAt, self.reproveBy, self.unreachableSince, self.contradictedAt) = (
      provedAt, reproveBy, unreachableSince, contradictedAt
    )
  }

  init(row: Row) {
    self.init(
      credential: row["credential"],
      key: row["key"],
      state: State(rawValue: row["state"]) ?? .asked,
      since: row["since"],
      method: row["method"],
      code: row["code"],
      provedAt: row["proved_at"],
      reproveBy: row["reprove_by"],
      unreachableSince: row["unreachable_since"],
      contradictedAt: row["contradicted_at"]
    )
  }
}

/// What was done to a page, and found.
public struct BindingAct: Sendable, Equatable {
  public enum Kind: String, Sendable { case asked, proved, unreachable, contradicted, failed, withdrawn }
  public let key: String, kind: Kind, detail: String
  public init(key: String, kind: Kind, detail: String) {
    self.key = key
    self.kind = kind
    self.detail = detail
  }
}

extension Registry {
  public func bindings(of credential: Int64) throws(RegistryFailure) -> [BindingRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM binding WHERE credential = ? ORDER BY key", arguments: [credential]).map(
        BindingRecord.init(row:)
      )
    }
  }

  /// The signed statement as it was last made.
  public func bindingStatement(of credential: Int64) throws(RegistryFailure) -> [UInt8]? {
    try read { db in
      try Data.fetchOne(
        db,
        sql: "SELECT statement FROM binding_statement WHERE credential = ?",
        arguments: [credential]
      ).map { Array($0) }
    }
  }

  /// Writes what was found of a certificate's pages, with the statement and its log entry where something public
  /// changed, in one transaction.
  public func record(
    _ bindings: [BindingRecord],
    acts: [BindingAct],
    of credential: Int64,
    statement: (bytes: [UInt8], leaf: Int64)?,
    log: LogAppend?,
    audit: AuditRecord
  ) throws(RegistryFailure) {
    try write { db in
      for binding in bindings { try Self.put(binding, of: credential, in: db) }
      for act in acts { try Self.insert(act, of: credential, at: audit.at, officer: audit.officer, in: db) }
      if let log { try Self.append(log, in: db) }
      if let statement { try Self.put(statement.bytes, leaf: statement.leaf, of: credential, in: db) }
      try Self.insert(audit, in: db)
    }
  }

  static func put(_ binding: BindingRecord, of credential: Int64, in db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO binding (credential, key, state, since, method, code, proved_at, reprove_by, unreachable_since, \
        contradicted_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (credential, key) DO UPDATE SET state = excluded.state, since = excluded.since, method = \
        excluded.method, code = excluded.code,
          proved_at = excluded.proved_at, reprove_by = excluded.reprove_by, unreachable_since = \
        excluded.unreachable_since,
          contradicted_at = excluded.contradicted_at
        """
    ).execute(arguments: [
      credential, binding.key, binding.state.rawValue, binding.since, binding.method, binding.code, binding.provedAt,
      binding.reproveBy,
      binding.unreachableSince, binding.contradictedAt,
    ])
  }

  static func insert(_ act: BindingAct, of credential: Int64, at: Int64, officer: String, in db: Database) throws {
    try db.cachedStatement(
      sql: "INSERT INTO binding_act (credential, key, kind, at, officer, detail) VALUES (?, ?, ?, ?, ?, ?)"
    )
    .execute(arguments: [credential, act.key, act.kind.rawValue, at, officer, act.detail])
  }

  static func put(_ statement: [UInt8], leaf: Int64, of credential: Int64, in db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO binding_statement (credential, statement, leaf) VALUES (?, ?, ?)
        ON CONFLICT (credential) DO UPDATE SET statement = excluded.statement, leaf = excluded.leaf, published = 0
        """,
      arguments: [credential, Data(statement), leaf]
    )
  }

  /// Statements by credential: those that `public/` does not have yet, or all.
  public func bindingStatements(all: Bool) throws(RegistryFailure) -> [(
    credential: Int64, statement: [UInt8], leaf: Int64
  )] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT * FROM binding_statement\(all ? "" : " WHERE published = 0") ORDER BY credential"
      )
      .map { ($0["credential"], Array($0["statement"] as Data), $0["leaf"]) }
    }
  }

  /// Notes what `public/` has now. A statement that was made in between stays unpublished: its leaf is another.
  public func bindingsPublished(_ statements: [(credential: Int64, leaf: Int64)]) throws(RegistryFailure) {
    try write { db in
      for statement in statements {
        try db.cachedStatement(sql: "UPDATE binding_statement SET published = 1 WHERE credential = ? AND leaf = ?")
          .execute(arguments: [statement.credential, statement.leaf])
      }
    }
  }

  /// Certificates in force, newest first, for whoever looks through their pages.
  public func credentialsInForce(chamber: String?) throws(RegistryFailure) -> [CredentialRecord] {
    try read { db in
      try CredentialRecord.all(
        db,
        "WHERE c.state IN ('active', 'suspended') AND (?1 IS NULL OR c.chamber = ?1) ORDER BY c.seq DESC",
        [chamber]
      )
    }
  }
}
