internal import Storage
package import Vocabulary

/// One version of a programme's rules, as far as the register itself enforces them.
package struct ProgrammeRule: Sendable, Equatable {
  package let id: String
  /// SHA-256 of the profile's file.
  package let digest: [UInt8]
  package let issueApprovals: Int, reinstateApprovals: Int
  package let issueBrake: Int, suspendBrake: Int, revokeBrake: Int, quota: Int
  package init(
    id: String,
    digest: [UInt8],
    issueApprovals: Int,
    reinstateApprovals: Int,
    issueBrake: Int,
    suspendBrake: Int,
    revokeBrake: Int,
    quota: Int
  ) {
    self.id = id
    self.digest = digest
    self.issueApprovals = issueApprovals
    self.reinstateApprovals = reinstateApprovals
    self.issueBrake = issueBrake
    self.suspendBrake = suspendBrake
    self.revokeBrake = revokeBrake
    self.quota = quota
  }
}

extension ProgrammeRule: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "programme"
    case seq, id, digest, issueApprovals, reinstateApprovals, issueBrake, suspendBrake, revokeBrake, quota, since
    case request
  }

  init(row: TypedRow<Column>) {
    self.init(
      id: row.text(.id),
      digest: row.blob(.digest),
      issueApprovals: row.count(.issueApprovals),
      reinstateApprovals: row.count(.reinstateApprovals),
      issueBrake: row.count(.issueBrake),
      suspendBrake: row.count(.suspendBrake),
      revokeBrake: row.count(.revokeBrake),
      quota: row.count(.quota)
    )
  }
}

/// What somebody asks for, frozen.
package struct RequestRecord: Sendable, Equatable {
  package var seq: Int64 = 0
  package let act: RequestAct
  package let chamber: String, programme: String
  /// SHA-256 of the file or search it came from; nil for one asked for by name.
  package var source: [UInt8]?
  /// Canonical JSON; `digest` is its SHA-256, and what approvals sign.
  package let content: String, digest: [UInt8]
  package let needed: Int
  package var reason = "", note = ""
  package let requestedBy: String
  package let requestedAt: Int64
  package private(set) var state = RequestState.open
  package private(set) var closedAt: Int64?, closedBy: String?
  package init(
    act: RequestAct,
    chamber: String,
    programme: String,
    content: String,
    digest: [UInt8],
    needed: Int,
    requestedBy: String,
    requestedAt: Int64
  ) {
    self.act = act
    self.chamber = chamber
    self.programme = programme
    self.content = content
    self.digest = digest
    self.needed = needed
    self.requestedBy = requestedBy
    self.requestedAt = requestedAt
  }
}

extension RequestRecord: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "request"
    case seq, act, chamber, programme, source, content, digest, needed, reason, note, requestedBy, requestedAt, sealed
    case state, closedAt, closedBy
  }

  init(row: TypedRow<Column>) throws {
    self.init(
      act: try row.value(RequestAct.self, .act),
      chamber: row.text(.chamber),
      programme: row.text(.programme),
      content: row.text(.content),
      digest: row.blob(.digest),
      needed: row.count(.needed),
      requestedBy: row.text(.requestedBy),
      requestedAt: row.integer(.requestedAt)
    )
    seq = row.integer(.seq)
    source = row.optionalBlob(.source)
    reason = row.text(.reason)
    note = row.text(.note)
    state = try row.value(RequestState.self, .state)
    closedAt = row.optionalInteger(.closedAt)
    closedBy = row.optionalText(.closedBy)
  }
}

/// One row of a request.
package struct RequestItem: Sendable, Equatable {
  package let row: Int64
  package let member: Int64?
  /// The certificate that is changed or replaced.
  package let credential: Int64?
  package let contentDigest: [UInt8]
  package let disposition: RowDisposition
  /// Why a certificate is replaced; empty where none is.
  package let reason: String
  /// Canonical JSON of the claims about a person; `{}` where there are none.
  package var claims = "{}"
  package private(set) var outcome = RowOutcome.waiting
  package private(set) var result: Int64?, refusal: String?
  package init(
    row: Int64,
    member: Int64?,
    credential: Int64? = nil,
    contentDigest: [UInt8],
    disposition: RowDisposition,
    reason: String = ""
  ) {
    self.row = row
    self.member = member
    self.credential = credential
    self.contentDigest = contentDigest
    self.disposition = disposition
    self.reason = reason
  }
}

extension RequestItem: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "request_item"
    case request, row, member, credential, contentDigest, what, reason, claims, outcome, result, refusal, at
  }

  init(row: TypedRow<Column>) throws {
    self.init(
      row: row.integer(.row),
      member: row.optionalInteger(.member),
      credential: row.optionalInteger(.credential),
      contentDigest: row.blob(.contentDigest),
      disposition: try row.value(RowDisposition.self, .what),
      reason: row.text(.reason)
    )
    claims = row.text(.claims)
    outcome = try row.optionalValue(RowOutcome.self, .outcome) ?? .waiting
    result = row.optionalInteger(.result)
    refusal = row.optionalText(.refusal)
  }
}

/// One officer's signature under a request.
package struct ApprovalRecord: Sendable, Equatable {
  package let officer: Officer
  package let digest: [UInt8], signature: [UInt8]
  package let accepts: String
  package let at: Int64
}

extension ApprovalRecord: RowDecodable {
  init(row: TypedRow<Officer.Column>) {
    officer = Officer(row: row)
    digest = row.blob(.approved)
    signature = row.blob(.approvalSignature)
    accepts = row.text(.accepts)
    at = row.integer(.approvedAt)
  }
}

/// How a row of a request ended.
package struct ItemOutcome: Sendable {
  package let request: Int64, row: Int64
  package let result: Int64?
  /// The code of the rule that refused it; nil: done.
  package let refusal: String?
  package init(request: Int64, row: Int64, result: Int64? = nil, refusal: String? = nil) {
    self.request = request
    self.row = row
    self.result = result
    self.refusal = refusal
  }
}

/// A row of a request with the names a report shows.
package struct ReportRow: Sendable {
  package let row: Int64
  package let member: String
  package let disposition: RowDisposition
  package let reason: String
  package let outcome: RowOutcome
  /// The certificate that was made or changed, and the one it took the place of.
  package let id: String?, replaces: String?
  package let refusal: String?
  package let at: Int64?
}

extension ReportRow: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "request_item"
    case row, member, what, reason, outcome, id, replaces, refusal, at
  }

  init(row: TypedRow<Column>) throws {
    self.row = row.integer(.row)
    member = row.text(.member)
    disposition = try row.value(RowDisposition.self, .what)
    reason = row.text(.reason)
    outcome = try row.value(RowOutcome.self, .outcome)
    id = row.optionalText(.id)
    replaces = row.optionalText(.replaces)
    refusal = row.optionalText(.refusal)
    at = row.optionalInteger(.at)
  }
}

/// How many rows of a request ended in one way.
private struct OutcomeCount: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "request_item"
    case outcome, n
  }
  let outcome: RowOutcome, count: Int
  init(row: TypedRow<Column>) throws {
    outcome = try row.value(RowOutcome.self, .outcome)
    count = row.count(.n)
  }
}

/// What officers ask for and agree to, and the rules of the programmes.
package struct RequestStore: Sendable {
  let database: RegistryDatabase

  /// The rules in force; nil for a programme nothing was ever done with.
  package func rule(of programme: String) throws(RegistryFailure) -> ProgrammeRule? {
    try database.read {
      try $0.first(
        ProgrammeRule.self,
        "SELECT * FROM programme WHERE id = ? ORDER BY seq DESC LIMIT 1",
        with: .text(programme)
      )
    }
  }

  /// Makes a version of a programme's rules the one in force. Laxer rules are refused without an agreed request of the
  /// act `profile`.
  package func adopt(_ rule: ProgrammeRule, request: Int64?, at now: Int64, audit: AuditRecord) throws(RegistryFailure)
  {
    try database.write { transaction in
      try transaction.execute(
        """
        INSERT INTO programme (id, digest, issue_approvals, reinstate_approvals, issue_brake, suspend_brake, \
        revoke_brake, quota, since, request)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        .text(rule.id),
        .blob(rule.digest),
        .count(rule.issueApprovals),
        .count(rule.reinstateApprovals),
        .count(rule.issueBrake),
        .count(rule.suspendBrake),
        .count(rule.revokeBrake),
        .count(rule.quota),
        .integer(now),
        .optional(request)
      )
      if let request { try transaction.close(request, to: .done, by: audit.officer, at: now) }
      try transaction.insert(audit)
    }
  }

  // MARK: requests

  package func find(_ seq: Int64) throws(RegistryFailure) -> RequestRecord? {
    try database.read { try $0.first(RequestRecord.self, "SELECT * FROM request WHERE seq = ?", with: .integer(seq)) }
  }

  /// The open request for exactly this content.
  package func open(digest: [UInt8]) throws(RegistryFailure) -> RequestRecord? {
    try database.read {
      try $0.first(
        RequestRecord.self,
        "SELECT * FROM request WHERE digest = ? AND state = 'open'",
        with: .blob(digest)
      )
    }
  }

  /// Open requests made from this file or search.
  package func open(source: [UInt8]) throws(RegistryFailure) -> [RequestRecord] {
    try database.read {
      try $0.all(
        RequestRecord.self,
        "SELECT * FROM request WHERE source = ? AND state = 'open' ORDER BY seq",
        with: .blob(source)
      )
    }
  }

  package func matching(state: RequestState?, chamber: String? = nil, limit: Int = 1_000) throws(RegistryFailure)
    -> [RequestRecord]
  {
    try database.read {
      try $0.all(
        RequestRecord.self,
        """
        SELECT * FROM request WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR chamber = ?2) ORDER BY seq DESC \
        LIMIT ?3
        """,
        with: .optional(state?.rawValue),
        .optional(chamber),
        .count(limit)
      )
    }
  }

  package func items(of request: Int64, waiting: Bool = false, after row: Int64 = .min, limit: Int = .max)
    throws(RegistryFailure) -> [RequestItem]
  {
    try database.read {
      try $0.all(
        RequestItem.self,
        """
        SELECT * FROM request_item WHERE request = ? AND row > ? \(waiting ? "AND outcome IS NULL" : "") ORDER BY \
        row LIMIT ?
        """,
        with: .integer(request),
        .integer(row),
        .count(limit)
      )
    }
  }

  package func reportRows(of request: Int64) throws(RegistryFailure) -> [ReportRow] {
    try database.read {
      try $0.all(
        ReportRow.self,
        """
        SELECT i.row AS row, ifnull(m.chamber || '/' || m.number, '') AS member, i.what AS what, i.reason AS reason, \
        ifnull(i.outcome, 'waiting') AS outcome, c.id AS id,
          CASE WHEN o.seq IS NOT c.seq THEN o.id END AS replaces, i.refusal AS refusal, i.at AS at
        FROM request_item i LEFT JOIN member m ON m.id = i.member LEFT JOIN credential c ON c.seq = i.result LEFT \
        JOIN credential o ON o.seq = i.credential
        WHERE i.request = ? ORDER BY i.row
        """,
        with: .integer(request)
      )
    }
  }

  /// Rows of all requests from one file whose certificate was issued and has been revoked since.
  package func revokedRows(source: [UInt8]) throws(RegistryFailure) -> Set<Int> {
    try database.read {
      Set(
        try $0.integers(
          """
          SELECT i.row FROM request r JOIN request_item i ON i.request = r.seq JOIN credential c ON c.seq = i.result
          WHERE r.source = ? AND i.outcome = 'done' AND c.state = 'revoked'
          """,
          .blob(source)
        ).map(Int.init)
      )
    }
  }

  /// How many rows ended in each way.
  package func itemCounts(of request: Int64) throws(RegistryFailure) -> [RowOutcome: Int] {
    try database.read {
      let counts = try $0.all(
        OutcomeCount.self,
        "SELECT ifnull(outcome, 'waiting') AS outcome, count(*) AS n FROM request_item WHERE request = ? GROUP BY 1",
        with: .integer(request)
      )
      return Dictionary(uniqueKeysWithValues: counts.map { ($0.outcome, $0.count) })
    }
  }

  /// Who signed, oldest first; removed officers included.
  package func approvals(of request: Int64) throws(RegistryFailure) -> [ApprovalRecord] {
    try database.read {
      try $0.all(
        ApprovalRecord.self,
        """
        SELECT o.*, a.digest AS approved, a.signature AS approval_signature, a.accepts, a.at AS approved_at
        FROM approval a JOIN officer o ON o.seq = a.officer WHERE a.request = ? ORDER BY a.seq
        """,
        with: .integer(request)
      )
    }
  }

  /// How many different officers in office stand behind a request.
  package func approvalCount(_ request: Int64) throws(RegistryFailure) -> Int {
    try database.read {
      Int(try $0.integer("SELECT agreed FROM request_standing WHERE request = ?", .integer(request)) ?? 0)
    }
  }

  /// Files a request with its rows, frozen, and the requester's own signature where the requester is an officer.
  /// - Returns: its number.
  package func file(
    _ request: RequestRecord,
    items: [RequestItem],
    signature: (officer: Int64, bytes: [UInt8])?,
    audit: AuditRecord
  ) throws(RegistryFailure) -> Int64 {
    try database.write { transaction in
      try transaction.execute(
        """
        INSERT INTO request (act, chamber, programme, source, content, digest, needed, reason, note, requested_by, \
        requested_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        .word(request.act),
        .text(request.chamber),
        .text(request.programme),
        .optional(request.source),
        .text(request.content),
        .blob(request.digest),
        .count(request.needed),
        .text(request.reason),
        .text(request.note),
        .text(request.requestedBy),
        .integer(request.requestedAt)
      )
      let seq = transaction.lastInsertedRowID
      let insert = try transaction.prepare(
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
          .word(item.disposition),
          .text(item.reason),
          .text(item.claims)
        )
      }
      try transaction.execute("UPDATE request SET sealed = 1 WHERE seq = ?", .integer(seq))
      if let signature {
        let approval = Approval(
          request: seq,
          officer: signature.officer,
          digest: request.digest,
          accepts: "",
          signature: signature.bytes
        )
        try transaction.insert(approval, at: request.requestedAt)
      }
      try transaction.insert(audit)
      return seq
    }
  }

  /// An officer's signature to be put under a request.
  package struct Approval: Sendable {
    package let request: Int64, officer: Int64
    package let digest: [UInt8]
    /// `name`: names that resemble other members' are accepted as they are.
    package let accepts: String
    package let signature: [UInt8]
    package init(request: Int64, officer: Int64, digest: [UInt8], accepts: String, signature: [UInt8]) {
      self.request = request
      self.officer = officer
      self.digest = digest
      self.accepts = accepts
      self.signature = signature
    }
  }

  /// Puts an officer's signature under a request.
  package func approve(_ approval: Approval, at now: Int64, audit: AuditRecord) throws(RegistryFailure) {
    try database.write { transaction in
      try transaction.insert(approval, at: now)
      try transaction.insert(audit)
    }
  }

  /// Ends a request without doing it; `done` where nothing of it waits any longer.
  package func close(
    _ request: Int64,
    to state: RequestState,
    by officer: String,
    at now: Int64,
    audit: AuditRecord
  ) throws(RegistryFailure) {
    try database.write { transaction in
      try transaction.close(request, to: state, by: officer, at: now)
      try transaction.insert(audit)
    }
  }

  /// Rows of a request that a rule refused when they were to be carried out.
  package func recordOutcomes(_ outcomes: [ItemOutcome], at now: Int64, audit: AuditRecord) throws(RegistryFailure) {
    try database.write { transaction in
      try transaction.record(outcomes, by: audit.officer, at: now)
      try transaction.insert(audit)
    }
  }
}

extension Transaction {
  func insert(_ approval: RequestStore.Approval, at now: Int64) throws {
    try execute(
      "INSERT INTO approval (request, officer, digest, accepts, at, signature) VALUES (?, ?, ?, ?, ?, ?)",
      .integer(approval.request),
      .integer(approval.officer),
      .blob(approval.digest),
      .text(approval.accepts),
      .integer(now),
      .blob(approval.signature)
    )
  }

  func close(_ request: Int64, to state: RequestState, by officer: String, at now: Int64) throws {
    try execute(
      "UPDATE request SET state = ?, closed_at = ?, closed_by = ? WHERE seq = ? AND state = 'open'",
      .word(state),
      .integer(now),
      .text(officer),
      .integer(request)
    )
    guard changes == 1 else { throw RegistryFailure.refused(rule: .illegalTransition) }
  }

  /// Notes how rows ended; a request of which no row waits is done.
  func record(_ outcomes: [ItemOutcome], by officer: String, at now: Int64) throws {
    guard !outcomes.isEmpty else { return }
    let update = try prepare(
      "UPDATE request_item SET outcome = ?, result = ?, refusal = ?, at = ? WHERE request = ? AND row = ?"
    )
    for outcome in outcomes {
      try update.run(
        .word(outcome.refusal == nil ? RowOutcome.done : .refused),
        .optional(outcome.result),
        .optional(outcome.refusal),
        .integer(now),
        .integer(outcome.request),
        .integer(outcome.row)
      )
      guard changes == 1 else { throw RegistryFailure.refused(rule: .illegalTransition) }
    }
    for request in Set(outcomes.map(\.request)) {
      let waits = try integer(
        "SELECT EXISTS (SELECT 1 FROM request_item WHERE request = ? AND outcome IS NULL)",
        .integer(request)
      )
      if waits == 0 { try close(request, to: .done, by: officer, at: now) }
    }
  }
}
