internal import Storage
package import Vocabulary

/// One page of a certificate as the register knows it. Times are whole seconds.
package struct BindingRecord: Sendable, Equatable {
  package let credential: Int64
  package let key: String
  package var state: BindingState
  package var since: Int64
  package var method: BindingMethod?
  /// For the next proof.
  package var code: String
  package var provedAt: Int64?, reproveBy: Int64?, unreachableSince: Int64?, contradictedAt: Int64?

  package init(
    credential: Int64,
    key: String,
    state: BindingState,
    since: Int64,
    code: String
  ) {
    self.credential = credential
    self.key = key
    self.state = state
    self.since = since
    self.code = code
  }
}

extension BindingRecord: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "binding"
    case credential, key, state, since, method, code, provedAt, reproveBy, unreachableSince, contradictedAt
  }

  init(row: TypedRow<Column>) throws {
    self.init(
      credential: row.integer(.credential),
      key: row.text(.key),
      state: try row.value(BindingState.self, .state),
      since: row.integer(.since),
      code: row.text(.code)
    )
    method = try row.optionalValue(BindingMethod.self, .method)
    provedAt = row.optionalInteger(.provedAt)
    reproveBy = row.optionalInteger(.reproveBy)
    unreachableSince = row.optionalInteger(.unreachableSince)
    contradictedAt = row.optionalInteger(.contradictedAt)
  }
}

/// What was done to a page, and found.
package struct BindingAct: Sendable, Equatable {
  package let key: String, event: BindingEvent, detail: String
  package init(key: String, event: BindingEvent, detail: String) {
    self.key = key
    self.event = event
    self.detail = detail
  }
}

/// The signed statement about the pages of one certificate, and its entry in the log.
package struct BindingStatementRecord: Sendable, Equatable {
  package let credential: Int64, statement: [UInt8], leaf: Int64
}

extension BindingStatementRecord: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "binding_statement"
    case credential, statement, leaf, published
  }

  init(row: TypedRow<Column>) {
    credential = row.integer(.credential)
    statement = row.blob(.statement)
    leaf = row.integer(.leaf)
  }
}

/// What is known of the pages that certificates name.
package struct BindingStore: Sendable {
  let database: RegistryDatabase

  package func all(of credential: Int64) throws(RegistryFailure) -> [BindingRecord] {
    try database.read {
      try $0.all(
        BindingRecord.self,
        "SELECT * FROM binding WHERE credential = ? ORDER BY key",
        with: .integer(credential)
      )
    }
  }

  /// The signed statement as it was last made.
  package func statement(of credential: Int64) throws(RegistryFailure) -> [UInt8]? {
    try database.read {
      try $0.blob("SELECT statement FROM binding_statement WHERE credential = ?", .integer(credential))
    }
  }

  /// Statements by credential: those that `public/` does not have yet, or all.
  package func statements(all: Bool) throws(RegistryFailure) -> [BindingStatementRecord] {
    try database.read {
      try $0.all(
        BindingStatementRecord.self,
        "SELECT * FROM binding_statement\(all ? "" : " WHERE published = 0") ORDER BY credential"
      )
    }
  }

  /// Writes what was found of a certificate's pages, in one transaction.
  /// - Parameter statement: the signed statement, and the append whose first leaf tells of it.
  package func record(
    _ bindings: [BindingRecord],
    acts: [BindingAct],
    of credential: Int64,
    statement: (bytes: [UInt8], log: LogAppend)?,
    audit: AuditRecord
  ) throws(RegistryFailure) {
    try database.write { transaction in
      for binding in bindings { try transaction.put(binding, of: credential) }
      for act in acts { try transaction.insert(act, of: credential, at: audit.at, officer: audit.officer) }
      if let statement {
        try transaction.append(statement.log)
        try transaction.put(statement.bytes, leaf: statement.log.previousSize, of: credential)
      }
      try transaction.insert(audit)
    }
  }

  /// Notes what `public/` has now. A statement that was made in between stays unpublished: its leaf is another.
  package func markPublished(_ statements: [BindingStatementRecord]) throws(RegistryFailure) {
    try database.write { transaction in
      for statement in statements {
        try transaction.execute(
          "UPDATE binding_statement SET published = 1 WHERE credential = ? AND leaf = ?",
          .integer(statement.credential),
          .integer(statement.leaf)
        )
      }
    }
  }
}

extension Transaction {
  func put(_ binding: BindingRecord, of credential: Int64) throws {
    try execute(
      """
      INSERT INTO binding (credential, key, state, since, method, code, proved_at, reprove_by, unreachable_since, \
      contradicted_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (credential, key) DO UPDATE SET state = excluded.state, since = excluded.since, method = \
      excluded.method, code = excluded.code,
        proved_at = excluded.proved_at, reprove_by = excluded.reprove_by, unreachable_since = \
      excluded.unreachable_since,
        contradicted_at = excluded.contradicted_at
      """,
      .integer(credential),
      .text(binding.key),
      .word(binding.state),
      .integer(binding.since),
      .optional(binding.method?.rawValue),
      .text(binding.code),
      .optional(binding.provedAt),
      .optional(binding.reproveBy),
      .optional(binding.unreachableSince),
      .optional(binding.contradictedAt)
    )
  }

  func insert(_ act: BindingAct, of credential: Int64, at: Int64, officer: String) throws {
    try execute(
      "INSERT INTO binding_act (credential, key, kind, at, officer, detail) VALUES (?, ?, ?, ?, ?, ?)",
      .integer(credential),
      .text(act.key),
      .word(act.event),
      .integer(at),
      .text(officer),
      .text(act.detail)
    )
  }

  func put(_ statement: [UInt8], leaf: Int64, of credential: Int64) throws {
    try execute(
      """
      INSERT INTO binding_statement (credential, statement, leaf) VALUES (?, ?, ?)
      ON CONFLICT (credential) DO UPDATE SET statement = excluded.statement, leaf = excluded.leaf, published = 0
      """,
      .integer(credential),
      .blob(statement),
      .integer(leaf)
    )
  }
}
