internal import Foundation
internal import GRDB
internal import Storage

extension Registry {
  // MARK: officers

  public func add(_ officer: Officer, audit: AuditRecord) throws(RegistryFailure) {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO officer (name, chamber, is_clerk, is_approver, is_auditor, public_key, added_at) VALUES (?, ?, \
          ?, ?, ?, ?, ?)
          """,
        arguments: [
          officer.name, officer.chamber, officer.roles.contains(.clerk), officer.roles.contains(.approver),
          officer.roles.contains(.auditor), Data(officer.publicKey), officer.addedAt,
        ]
      )
      try Self.insert(audit, in: db)
    }
  }

  /// Ends an officer's rights: from this commit on none of the approvals under open requests counts, and own open
  /// requests are ended.
  /// - Returns: the requests that ended.
  public func removeOfficer(_ name: String, at now: Int64, audit: AuditRecord) throws(RegistryFailure) -> [Int64] {
    try write { db in
      try db.execute(
        sql: "UPDATE officer SET state = 'removed', removed_at = ? WHERE name = ? AND state = 'active'",
        arguments: [now, name]
      )
      guard db.changesCount == 1 else { throw RegistryFailure.refused(rule: "officer_unknown") }
      let ended = try Int64.fetchAll(
        db,
        sql: "SELECT seq FROM request WHERE state = 'open' AND requested_by = ?",
        arguments: [name]
      )
      try db.execute(
        sql:
          "UPDATE request SET state = 'ended', closed_at = ?, closed_by = ? WHERE state = 'open' AND requested_by = ?",
        arguments: [now, audit.officer, name]
      )
      try Self.insert(audit, in: db)
      return ended
    }
  }

  // MARK: rules

  /// Makes a version of a programme's rules the one in force. Laxer rules are refused without an agreed request of the
  /// act `profile`.
  public func adopt(_ rule: ProgrammeRule, request: Int64?, at now: Int64, audit: AuditRecord) throws(RegistryFailure) {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO programme (id, digest, issue_approvals, reinstate_approvals, issue_brake, suspend_brake, \
          revoke_brake, quota, since, request)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          rule.id, Data(rule.digest), rule.issueApprovals, rule.reinstateApprovals, rule.issueBrake, rule.suspendBrake,
          rule.revokeBrake, rule.quota, now, request,
        ]
      )
      if let request { try Self.close(request, to: "done", by: audit.officer, at: now, in: db) }
      try Self.insert(audit, in: db)
    }
  }

  // MARK: requests

  /// Files a request with its rows, frozen, and the requester's own signature where the requester is an officer.
  /// - Returns: its number.
  public func file(
    _ request: RequestRecord,
    items: [RequestItem],
    signature: (officer: Int64, bytes: [UInt8])?,
    audit: AuditRecord
  ) throws(RegistryFailure) -> Int64 {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO request (act, chamber, programme, source, content, digest, needed, reason, note, requested_by, \
          requested_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          request.act.rawValue, request.chamber, request.programme, request.source.map { Data($0) }, request.content,
          Data(request.digest), request.needed, request.reason, request.note, request.requestedBy, request.requestedAt,
        ]
      )
      let seq = db.lastInsertedRowID
      let insert = try db.cachedStatement(
        sql:
          """
          INSERT INTO request_item (request, row, member, credential, content_digest, what, reason, claims) VALUES (?, \
          ?, ?, ?, ?, ?, ?, ?)
          """
      )
      for item in items {
        try insert.run(
          .integer(seq),
          .integer(item.row),
          .optional(item.member),
          .optional(item.credential),
          .blob(item.contentDigest),
          .text(item.what),
          .text(item.reason),
          .text(item.claims)
        )
      }
      try db.execute(sql: "UPDATE request SET sealed = 1 WHERE seq = ?", arguments: [seq])
      if let signature {
        try Self.insertApproval(
          seq,
          officer: signature.officer,
          digest: request.digest,
          accepts: "",
          at: request.requestedAt,
          signature: signature.bytes,
          in: db
        )
      }
      try Self.insert(audit, in: db)
      return seq
    }
  }

  /// Puts an officer's signature under a request.
  public func approve(
    _ request: Int64,
    officer: Int64,
    digest: [UInt8],
    accepts: String,
    at now: Int64,
    signature: [UInt8],
    audit: AuditRecord
  ) throws(RegistryFailure) {
    try write { db in
      try Self.insertApproval(
        request,
        officer: officer,
        digest: digest,
        accepts: accepts,
        at: now,
        signature: signature,
        in: db
      )
      try Self.insert(audit, in: db)
    }
  }

  private static func insertApproval(
    _ request: Int64,
    officer: Int64,
    digest: [UInt8],
    accepts: String,
    at now: Int64,
    signature: [UInt8],
    in db: Database
  ) throws {
    try db.execute(
      sql: "INSERT INTO approval (request, officer, digest, accepts, at, signature) VALUES (?, ?, ?, ?, ?, ?)",
      arguments: [request, officer, Data(digest), accepts, now, Data(signature)]
    )
  }

  /// Ends a request without doing it: `refused`, `withdrawn` or `ended`; `done` where nothing of it waits any longer.
  public func close(_ request: Int64, to state: String, by officer: String, at now: Int64, audit: AuditRecord)
    throws(RegistryFailure)
  {
    try write { db in
      try Self.close(request, to: state, by: officer, at: now, in: db)
      try Self.insert(audit, in: db)
    }
  }

  static func close(_ request: Int64, to state: String, by officer: String, at now: Int64, in db: Database) throws {
    try db.execute(
      sql: "UPDATE request SET state = ?, closed_at = ?, closed_by = ? WHERE seq = ? AND state = 'open'",
      arguments: [state, now, officer, request]
    )
    guard db.changesCount == 1 else { throw RegistryFailure.refused(rule: "illegal_transition") }
  }

  /// Rows of a request that a rule refused when they were to be carried out.
  public func settle(_ outcomes: [ItemOutcome], at now: Int64, audit: AuditRecord) throws(RegistryFailure) {
    try write { db in
      try Self.settle(outcomes, by: audit.officer, at: now, in: db)
      try Self.insert(audit, in: db)
    }
  }

  /// Notes how rows ended; a request of which no row waits is done.
  static func settle(_ outcomes: [ItemOutcome], by officer: String, at now: Int64, in db: Database) throws {
    guard !outcomes.isEmpty else { return }
    let update = try db.cachedStatement(
      sql: "UPDATE request_item SET outcome = ?, result = ?, refusal = ?, at = ? WHERE request = ? AND row = ?"
    )
    for outcome in outcomes {
      try update.run(
        .text(outcome.refusal == nil ? "done" : "refused"),
        .optional(outcome.result),
        .optional(outcome.refusal),
        .integer(now),
        .integer(outcome.request),
        .integer(outcome.row)
      )
      guard db.changesCount == 1 else { throw RegistryFailure.refused(rule: "illegal_transition") }
    }
    for request in Set(outcomes.map(\.request)) {
      let waits = try Bool.fetchOne(
        db,
        sql: "SELECT EXISTS (SELECT 1 FROM request_item WHERE request = ? AND outcome IS NULL)",
        arguments: [request]
      )
      if waits == false { try close(request, to: "done", by: officer, at: now, in: db) }
    }
  }

  // MARK: people and reminders

  /// Erases the person a chamber writes to. The bytes are overwritten, not only unlinked. Certificates, log and audit
  /// trail stay as they are: they never held them.
  public func eraseContact(of member: Int64, at now: Int64, audit: AuditRecord) throws(RegistryFailure) {
    try Self.wrap {
      try queue.inDatabase { try $0.execute(sql: "PRAGMA secure_delete=ON") }
      try queue.write { db in
        try db.execute(
          sql: "UPDATE contact SET name = '', email = '', phone = '' WHERE member = ?",
          arguments: [member]
        )
        try db.execute(sql: "DELETE FROM contact WHERE member = ?", arguments: [member])
        try db.execute(
          sql: "UPDATE member SET erased_at = ?, changed_at = ? WHERE id = ?",
          arguments: [now, now, member]
        )
        try Self.insert(audit, in: db)
      }
    }
  }

  /// A contact entered by hand. A member whose contact was erased stays marked: only another entry by hand changes it,
  /// no sheet.
  public func setContact(_ contact: Contact, of member: Int64, at now: Int64, audit: AuditRecord)
    throws(RegistryFailure)
  {
    try write { db in
      try db.execute(
        sql: "INSERT OR REPLACE INTO contact VALUES (?, ?, ?, ?)",
        arguments: [member, contact.name, contact.email, contact.phone]
      )
      try db.execute(sql: "UPDATE member SET changed_at = ? WHERE id = ?", arguments: [now, member])
      try Self.insert(audit, in: db)
    }
  }

  /// An officer's word that a name which resembles another's is the member's own. `names` is what was looked at.
  public func acceptName(of member: Int64, names: String) throws(RegistryFailure) {
    try write { try $0.execute(sql: "UPDATE member SET name_accepted = ? WHERE id = ?", arguments: [names, member]) }
  }

  public func reminded(_ reminders: [(credential: Int64, step: Int)], at now: Int64, audit: AuditRecord)
    throws(RegistryFailure)
  {
    try write { db in
      for reminder in reminders {
        try db.execute(
          sql: "INSERT OR IGNORE INTO reminder VALUES (?, ?, ?)",
          arguments: [reminder.credential, reminder.step, now]
        )
      }
      try Self.insert(audit, in: db)
    }
  }
}
