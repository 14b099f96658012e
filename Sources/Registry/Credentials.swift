internal import Storage
package import Vocabulary

/// A bit of a status list: the series of the list, and the place in it.
package struct StatusIndex: Sendable, Equatable {
  package let series: Int64, index: Int64
  package init(series: Int64, index: Int64) {
    self.series = series
    self.index = index
  }
}

/// What a reservation was given: its row, and its places in the two status lists.
package struct StatusPlacement: Sendable, Equatable {
  package let seq: Int64
  package let revocation: StatusIndex, suspension: StatusIndex
}

/// What is asked for before anything is signed.
package struct CredentialDraft: Sendable {
  package let id: String
  package let member: Int64
  package let chamber: String, programme: String
  /// Empty for the company itself; a digest that tells its people apart.
  package var subject = ""
  package let validFrom: Int64, validUntil: Int64
  /// 32 bytes; keeps the log free of guessable digests.
  package let salt: [UInt8]
  /// SHA-256 of exactly what the officers approved.
  package let contentDigest: [UInt8]
  package var replaces: Int64?
  package var replacementReason: String?
  /// The request, and the row of it, that this is for: a row is issued once.
  package var request: Int64?, row: Int64?
  package init(
    id: String,
    member: Int64,
    chamber: String,
    programme: String,
    validFrom: Int64,
    validUntil: Int64,
    salt: [UInt8],
    contentDigest: [UInt8]
  ) {
    self.id = id
    self.member = member
    self.chamber = chamber
    self.programme = programme
    self.validFrom = validFrom
    self.validUntil = validUntil
    self.salt = salt
    self.contentDigest = contentDigest
  }
}

/// Header bytes, payload bytes and signature of a compact JWS: the token is `base64url` of each, joined by dots, so
/// nothing is lost and the header, equal for all credentials of one signer, is stored once.
package struct TokenParts: Sendable, Equatable {
  package let header: [UInt8], payload: [UInt8], signature: [UInt8]
  package init(header: [UInt8], payload: [UInt8], signature: [UInt8]) {
    self.header = header
    self.payload = payload
    self.signature = signature
  }
}

/// A credential as the register holds it.
package struct CredentialRecord: Sendable, Equatable {
  package let seq: Int64
  package let id: String
  package let member: Int64
  package let memberKey: String, chamber: String, programme: String
  /// Empty for the company itself; a digest that tells its people apart.
  package let subject: String
  package let state: CredentialState
  package let stateSince: Int64, validFrom: Int64, validUntil: Int64
  package let issuedAt: Int64?
  package let revocation: StatusIndex, suspension: StatusIndex
  package let salt: [UInt8], contentDigest: [UInt8]
  package let leaf: Int64?, request: Int64?, requestRow: Int64?
  package let replacedBy: String?, replaces: String?, replacementReason: String?
  /// Nil until it is signed.
  package let parts: TokenParts?
  package let statement: [UInt8]?
}

extension CredentialRecord {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "credential"
    case seq, id, member, chamber, number, programme, subject, state, stateSince, validFrom, validUntil, issuedAt
    case revocationSeries, revocationIndex, suspensionSeries, suspensionIndex, salt, contentDigest, leaf, request
    case requestRow, replacedBy, replaces, replacementReason, header, payload, signature, statement
  }

  private static let select = """
    SELECT c.seq, c.id, c.member, c.chamber, m.number, c.programme, c.subject, c.state, c.state_since, c.valid_from, \
    c.valid_until, c.issued_at,
      rl.series, c.revocation_index, sl.series, c.suspension_index, c.salt, c.content_digest, c.leaf, c.request, \
    c.request_row,
      (SELECT id FROM credential WHERE seq = c.replaced_by), (SELECT id FROM credential WHERE seq = c.replaces), \
    c.replacement_reason,
      c.header, c.payload, c.signature, c.statement

    """
  private static let joins = """
     JOIN member m ON m.id = c.member JOIN status_list rl ON rl.id = c.revocation_list JOIN status_list sl ON sl.id = \
    c.suspension_list

    """

  /// - Parameter source: where the rows come from; the planner keeps this order.
  static func query(_ rest: String, from source: String = "credential c") -> String {
    select + "FROM \(source)" + joins + rest
  }

  /// Records with their headers, each of which is read once: it is equal for all that one signer signed.
  static func all(
    _ transaction: Transaction,
    _ rest: String,
    with values: [Bound] = [],
    from source: String = "credential c"
  ) throws -> [CredentialRecord] {
    var headers: [Int64: [UInt8]] = [:]
    var found: [CredentialRecord] = []
    try transaction.prepare(query(rest, from: source)).forEach(values) { (row: TypedRow<Column>) in
      if let id = row.optionalInteger(.header), headers[id] == nil {
        headers[id] = try transaction.blob("SELECT header FROM token_header WHERE id = ?", .integer(id))
      }
      found.append(try CredentialRecord(row: row, headers: headers))
    }
    return found
  }

  private init(row: TypedRow<Column>, headers: [Int64: [UInt8]]) throws {
    seq = row.integer(.seq)
    id = row.text(.id)
    member = row.integer(.member)
    chamber = row.text(.chamber)
    memberKey = "\(chamber)/\(row.text(.number))"
    programme = row.text(.programme)
    subject = row.text(.subject)
    state = try row.value(CredentialState.self, .state)
    stateSince = row.integer(.stateSince)
    validFrom = row.integer(.validFrom)
    validUntil = row.integer(.validUntil)
    issuedAt = row.optionalInteger(.issuedAt)
    revocation = StatusIndex(series: row.integer(.revocationSeries), index: row.integer(.revocationIndex))
    suspension = StatusIndex(series: row.integer(.suspensionSeries), index: row.integer(.suspensionIndex))
    salt = row.blob(.salt)
    contentDigest = row.blob(.contentDigest)
    leaf = row.optionalInteger(.leaf)
    request = row.optionalInteger(.request)
    requestRow = row.optionalInteger(.requestRow)
    replacedBy = row.optionalText(.replacedBy)
    replaces = row.optionalText(.replaces)
    replacementReason = row.optionalText(.replacementReason)
    if let header = row.optionalInteger(.header).flatMap({ headers[$0] }), let payload = row.optionalBlob(.payload),
      let signature = row.optionalBlob(.signature)
    {
      parts = TokenParts(header: header, payload: payload, signature: signature)
    } else {
      parts = nil
    }
    statement = row.optionalBlob(.statement)
  }
}

/// A credential that decides about a new one for the same member, without its token: a sheet looks at all of them.
package struct CurrentCredential: Sendable {
  package let seq: Int64, member: Int64
  package let id: String, subject: String
  package let state: CredentialState
  package let validFrom: Int64, validUntil: Int64
  package let contentDigest: [UInt8]

  package init(_ record: CredentialRecord) {
    seq = record.seq
    member = record.member
    id = record.id
    subject = record.subject
    state = record.state
    validFrom = record.validFrom
    validUntil = record.validUntil
    contentDigest = record.contentDigest
  }
}

extension CurrentCredential: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "credential"
    case seq, member, id, subject, state, validFrom, validUntil, contentDigest
  }

  init(row: TypedRow<Column>) throws {
    seq = row.integer(.seq)
    member = row.integer(.member)
    id = row.text(.id)
    subject = row.text(.subject)
    state = try row.value(CredentialState.self, .state)
    validFrom = row.integer(.validFrom)
    validUntil = row.integer(.validUntil)
    contentDigest = row.blob(.contentDigest)
  }
}

/// What to look for; empty fields do not narrow the search.
package struct CredentialFilter: Sendable {
  package var chamber: String?, programme: String?
  package var state: CredentialState?
  /// `CHAMBER/NUMBER`.
  package var member: String?
  /// Words of names, numbers and addresses, as in a search for members.
  package var words: String?
  /// Ends on or before this moment (and is still active or suspended).
  package var runsOutBefore: Int64?, runsOutAfter: Int64?
  package var issuedFrom: Int64?, issuedBefore: Int64?
  /// Of members whose fees are paid until a day before this one (`YYYY-MM-DD`), or not at all.
  package var feesPaidBefore: String?
  package var request: Int64?
  package var limit: Int = .max
  package init() {}
}

/// One thing that happened to a credential.
package struct EventRecord: Sendable, Equatable {
  package let event: CredentialEvent
  package let officer: String, reason: String, note: String
  package let at: Int64
  package let leaf: Int64?, request: Int64?
}

extension EventRecord: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "event"
    case seq, credential, kind, at, officer, reason, note, leaf, request
  }

  init(row: TypedRow<Column>) throws {
    event = try row.value(CredentialEvent.self, .kind)
    officer = row.text(.officer)
    reason = row.text(.reason)
    note = row.text(.note)
    at = row.integer(.at)
    leaf = row.optionalInteger(.leaf)
    request = row.optionalInteger(.request)
  }
}

/// A signed credential on its way into the register. Its leaf follows from its place in the batch, and the moment of
/// issue from the log: the first leaf of the append belongs to the first of a batch.
package struct SignedCredential: Sendable {
  package let seq: Int64
  package let parts: TokenParts
  /// Why it was issued, for its history.
  package let reason: String
  package init(seq: Int64, parts: TokenParts, reason: String = "issue") {
    self.seq = seq
    self.parts = parts
    self.reason = reason
  }
}

/// A batch that one transaction issues, with the end of what it replaces and the rows of the request that are done
/// with it.
package struct IssueBatch: Sendable {
  package let credentials: [SignedCredential]
  package let replaced: [StateChange]
  package let outcomes: [ItemOutcome]
  package let request: Int64?
  package init(
    credentials: [SignedCredential],
    replaced: [StateChange] = [],
    outcomes: [ItemOutcome] = [],
    request: Int64? = nil
  ) {
    self.credentials = credentials
    self.replaced = replaced
    self.outcomes = outcomes
    self.request = request
  }
}

/// One step of a credential's life. The state that it leads to follows from the event.
package struct StateChange: Sendable {
  package let seq: Int64
  package let event: CredentialEvent
  package let at: Int64, officer: String, reason: String
  package var note = ""
  package var leaf: Int64?
  /// Signed by the chamber: state and moment, for those who read only `public/`.
  package var statement: [UInt8]?
  package var replacedBy: Int64?
  /// The request that was agreed to, and the row of it.
  package var request: Int64?, row: Int64?
  package init(seq: Int64, event: CredentialEvent, at: Int64, officer: String, reason: String) {
    self.seq = seq
    self.event = event
    self.at = at
    self.officer = officer
    self.reason = reason
  }
}

/// How many certificates of a chamber and programme are in a state.
package struct Tally: Sendable, Equatable {
  package let chamber: String, programme: String
  package let state: CredentialState
  package let count: Int
}

extension Tally: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "tally"
    case chamber, programme, state, count
  }

  init(row: TypedRow<Column>) throws {
    chamber = row.text(.chamber)
    programme = row.text(.programme)
    state = try row.value(CredentialState.self, .state)
    count = row.count(.count)
  }
}

/// How often something happened within a report's time.
package struct EventCount: Sendable, Equatable {
  package let chamber: String, programme: String
  package let event: CredentialEvent
  package let reason: String
  package let count: Int
}

extension EventCount: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "event"
    case chamber, programme, kind, reason, n
  }

  init(row: TypedRow<Column>) throws {
    chamber = row.text(.chamber)
    programme = row.text(.programme)
    event = try row.value(CredentialEvent.self, .kind)
    reason = row.text(.reason)
    count = row.count(.n)
  }
}

/// The number of a certificate, and the salt of its entries in the log.
package struct CredentialSalt: Sendable {
  package let id: String, salt: [UInt8]
}

extension CredentialSalt: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "credential"
    case id, salt
  }

  init(row: TypedRow<Column>) {
    id = row.text(.id)
    salt = row.blob(.salt)
  }
}
