internal import Storage
package import Vocabulary

/// A person of a chamber who acts. Nothing of this changes but `removedAt`.
package struct Officer: Sendable, Equatable {
  package private(set) var seq: Int64 = 0
  package let name: String, chamber: String
  package let roles: [OfficerRole]
  /// SubjectPublicKeyInfo, DER: Ed25519.
  package let publicKey: [UInt8]
  package let addedAt: Int64
  package private(set) var removedAt: Int64?
  package init(name: String, chamber: String, roles: [OfficerRole], publicKey: [UInt8], addedAt: Int64) {
    self.name = name
    self.chamber = chamber
    self.roles = OfficerRole.allCases.filter(roles.contains)
    self.publicKey = publicKey
    self.addedAt = addedAt
  }
}

extension Officer: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "officer"
    case seq, name, chamber, isClerk, isApprover, isAuditor, publicKey, state, addedAt, removedAt
    // Of the query for approvals, which reads an officer with each.
    case approved, approvalSignature, accepts, approvedAt
  }

  init(row: TypedRow<Column>) {
    let flags: [(OfficerRole, Bool)] = [
      (.clerk, row.flag(.isClerk)), (.approver, row.flag(.isApprover)), (.auditor, row.flag(.isAuditor)),
    ]
    self.init(
      name: row.text(.name),
      chamber: row.text(.chamber),
      roles: flags.filter(\.1).map(\.0),
      publicKey: row.blob(.publicKey),
      addedAt: row.integer(.addedAt)
    )
    seq = row.integer(.seq)
    removedAt = row.optionalInteger(.removedAt)
  }
}

/// The people who act.
package struct OfficerStore: Sendable {
  let database: RegistryDatabase

  package func all() throws(RegistryFailure) -> [Officer] {
    try database.read { try $0.all(Officer.self, "SELECT * FROM officer ORDER BY seq") }
  }

  package func find(_ name: String) throws(RegistryFailure) -> Officer? {
    try database.read { try $0.first(Officer.self, "SELECT * FROM officer WHERE name = ?", with: .text(name)) }
  }

  package func add(_ officer: Officer, audit: AuditRecord) throws(RegistryFailure) {
    try database.write { transaction in
      try transaction.execute(
        """
        INSERT INTO officer (name, chamber, is_clerk, is_approver, is_auditor, public_key, added_at) VALUES (?, ?, \
        ?, ?, ?, ?, ?)
        """,
        .text(officer.name),
        .text(officer.chamber),
        .flag(officer.roles.contains(.clerk)),
        .flag(officer.roles.contains(.approver)),
        .flag(officer.roles.contains(.auditor)),
        .blob(officer.publicKey),
        .integer(officer.addedAt)
      )
      try transaction.insert(audit)
    }
  }

  /// Ends an officer's rights: from this commit on none of the approvals under open requests counts, and own open
  /// requests are ended.
  /// - Returns: the requests that ended.
  package func remove(_ name: String, at now: Int64, audit: AuditRecord) throws(RegistryFailure) -> [Int64] {
    try database.write { transaction in
      try transaction.execute(
        "UPDATE officer SET state = 'removed', removed_at = ? WHERE name = ? AND state = 'active'",
        .integer(now),
        .text(name)
      )
      guard transaction.changes == 1 else { throw RegistryFailure.refused(rule: .officerUnknown) }
      let ended = try transaction.integers(
        "SELECT seq FROM request WHERE state = 'open' AND requested_by = ?",
        .text(name)
      )
      try transaction.execute(
        "UPDATE request SET state = 'ended', closed_at = ?, closed_by = ? WHERE state = 'open' AND requested_by = ?",
        .integer(now),
        .text(audit.officer),
        .text(name)
      )
      try transaction.insert(audit)
      return ended
    }
  }
}
