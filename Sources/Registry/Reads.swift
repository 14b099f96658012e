internal import Encodings
internal import Foundation
internal import GRDB

extension Member {
  init(row: Row) {
    self.init(rowID: row["id"], chamber: row["chamber"], number: row["number"], nameEn: row["name_en"], nameAr: row["name_ar"],
              legalForm: row["legal_form"], licenceNumber: row["licence_number"], licenceAuthority: row["licence_authority"],
              jurisdiction: row["jurisdiction"], memberSince: row["member_since"], feesPaidUntil: row["fees_paid_until"],
              storefront: row["storefront"], platform: row["platform"], website: row["website"], membership: row["membership"])
    skeletonEn = row["skeleton_en"]; skeletonAr = row["skeleton_ar"]; nameAccepted = row["name_accepted"]
    erased = (row["erased_at"] as Int64?) != nil
  }
}

extension CredentialRecord {
  static let select = """
    SELECT c.*, m.number AS number, h.header AS header_bytes, rl.series AS revocation_series, sl.series AS suspension_series,
      (SELECT id FROM credential WHERE seq = c.replaced_by) AS replaced_by_id, (SELECT id FROM credential WHERE seq = c.replaces) AS replaces_id
    FROM credential c JOIN member m ON m.id = c.member JOIN status_list rl ON rl.id = c.revocation_list
      JOIN status_list sl ON sl.id = c.suspension_list LEFT JOIN token_header h ON h.id = c.header

    """
  init(row: Row) {
    let chamber: String = row["chamber"], number: String = row["number"]
    var parts: TokenParts?
    if let header: Data = row["header_bytes"], let payload: Data = row["payload"], let signature: Data = row["signature"] {
      parts = TokenParts(header: Array(header), payload: Array(payload), signature: Array(signature))
    }
    self.init(seq: row["seq"], id: row["id"], member: row["member"], memberKey: "\(chamber)/\(number)", chamber: chamber,
              programme: row["programme"], subject: row["subject"], state: row["state"], stateSince: row["state_since"], validFrom: row["valid_from"],
              validUntil: row["valid_until"], issuedAt: row["issued_at"], revocationSeries: row["revocation_series"],
              revocationIndex: row["revocation_index"], suspensionSeries: row["suspension_series"], suspensionIndex: row["suspension_index"],
              salt: Array(row["salt"] as Data), contentDigest: Array(row["content_digest"] as Data), leaf: row["leaf"], request: row["request"],
              requestRow: row["request_row"], replacedBy: row["replaced_by_id"], replaces: row["replaces_id"],
              replacementReason: row["replacement_reason"], parts: parts, statement: (row["statement"] as Data?).map { Array($0) })
  }
}

/// What to look for; empty fields do not narrow the search.
public struct CredentialFilter: Sendable {
  public var chamber: String?, programme: String?, state: String?
  /// `CHAMBER/NUMBER`.
  public var member: String?
  /// Words of names, numbers and addresses, as in a search for members.
  public var words: String?
  /// Ends on or before this moment (and is still active or suspended).
  public var runsOutBefore: Int64?, runsOutAfter: Int64?
  public var issuedFrom: Int64?, issuedBefore: Int64?
  /// Of members whose fees are paid until a day before this one (`YYYY-MM-DD`), or not at all.
  public var feesPaidBefore: String?
  public var request: Int64?
  public var limit: Int = .max
  public init() {}
}

extension Registry {
  public func authority() throws(RegistryFailure) -> Authority? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM authority").map { Authority(name: $0["name"], host: $0["host"], createdAt: $0["created_at"]) }
    }
  }

  public func chambers() throws(RegistryFailure) -> [Chamber] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM chamber ORDER BY created_at, slug").map {
        Chamber(slug: $0["slug"], domain: $0["domain"], nameEn: $0["name_en"], nameAr: $0["name_ar"], jurisdiction: $0["jurisdiction"],
                status: $0["status"], statusSince: $0["status_since"])
      }
    }
  }

  /// Recognition, oldest first.
  public func statusHistory(of chamber: String) throws(RegistryFailure) -> [(status: String, since: Int64)] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT status, since FROM chamber_status WHERE chamber = ? ORDER BY since", arguments: [chamber])
        .map { ($0["status"], $0["since"]) }
    }
  }

  /// Keys of a chamber (nil: of the authority), newest first; retired and revoked ones included.
  public func keys(chamber: String?) throws(RegistryFailure) -> [SigningKeyRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM signing_key WHERE chamber IS ? ORDER BY id DESC", arguments: [chamber]).map {
        SigningKeyRecord(chamber: $0["chamber"], purpose: $0["purpose"], kid: $0["kid"], publicKey: Array($0["public_key"] as Data),
                         certificate: ($0["certificate"] as Data?).map { Array($0) }, notBefore: $0["not_before"], notAfter: $0["not_after"],
                         state: $0["state"], revokedAt: $0["revoked_at"], file: $0["file"])
      }
    }
  }

  // MARK: members

  public func member(chamber: String, number: String) throws(RegistryFailure) -> Member? {
    try read { db in
      try Row.fetchOne(db.cachedStatement(sql: "SELECT * FROM member WHERE chamber = ? AND number = ?"), arguments: [chamber, number]).map(Member.init(row:))
    }
  }

  public func member(rowID: Int64) throws(RegistryFailure) -> Member? {
    try read { db in try Row.fetchOne(db.cachedStatement(sql: "SELECT * FROM member WHERE id = ?"), arguments: [rowID]).map(Member.init(row:)) }
  }

  public func contact(of member: Int64) throws(RegistryFailure) -> Contact? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM contact WHERE member = ?", arguments: [member])
        .map { Contact(name: $0["name"], email: $0["email"], phone: $0["phone"]) }
    }
  }

  public func members(chamber: String? = nil, limit: Int = .max) throws(RegistryFailure) -> [Member] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM member WHERE ?1 IS NULL OR chamber = ?1 ORDER BY chamber, number LIMIT ?2",
                       arguments: [chamber, Int64(clamping: limit)]).map(Member.init(row:))
    }
  }

  /// Members whose names, numbers or addresses begin with the words asked for, in Arabic or English, folded (`SearchWords`).
  public func search(_ words: String, limit: Int) throws(RegistryFailure) -> [Member] {
    guard let pattern = SearchWords.pattern(words) else { return [] }
    return try read { db in
      try Row.fetchAll(db, sql: """
        SELECT m.* FROM member_search s JOIN member m ON m.id = s.rowid WHERE member_search MATCH ? LIMIT ?
        """, arguments: [pattern, limit]).map(Member.init(row:))
    }
  }

  public func memberCount() throws(RegistryFailure) -> Int { try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM member") ?? 0 } }

  // MARK: credentials

  public func credential(id: String) throws(RegistryFailure) -> CredentialRecord? {
    try read { db in
      try Row.fetchOne(db.cachedStatement(sql: CredentialRecord.select + "WHERE c.id = ?"), arguments: [id]).map(CredentialRecord.init(row:))
    }
  }

  public func credential(seq: Int64) throws(RegistryFailure) -> CredentialRecord? {
    try read { db in
      try Row.fetchOne(db.cachedStatement(sql: CredentialRecord.select + "WHERE c.seq = ?"), arguments: [seq]).map(CredentialRecord.init(row:))
    }
  }

  public func credentials(_ filter: CredentialFilter) throws(RegistryFailure) -> [CredentialRecord] {
    var conditions = ["c.state NOT IN ('reserved', 'abandoned')"], arguments: [(any DatabaseValueConvertible)?] = []
    func narrow(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
      guard let value else { return }
      conditions.append(condition)
      arguments.append(value)
    }
    narrow("c.chamber = ?", filter.chamber)
    narrow("c.programme = ?", filter.programme)
    narrow("c.state = ?", filter.state)
    if let member = filter.member {
      let parts = member.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { return [] }
      conditions.append("c.member = (SELECT id FROM member WHERE chamber = ? AND number = ?)")
      arguments += [parts[0], parts[1]]
    }
    if let words = filter.words {
      guard let pattern = SearchWords.pattern(words) else { return [] }
      narrow("c.member IN (SELECT rowid FROM member_search WHERE member_search MATCH ?)", pattern)
    }
    narrow("c.state IN ('active', 'suspended') AND c.valid_until <= ?", filter.runsOutBefore)
    narrow("c.valid_until >= ?", filter.runsOutAfter)
    narrow("c.issued_at >= ?", filter.issuedFrom)
    narrow("c.issued_at < ?", filter.issuedBefore)
    narrow("c.member IN (SELECT id FROM member WHERE fees_paid_until < ?)", filter.feesPaidBefore)
    narrow("c.request = ?", filter.request)
    arguments.append(Int64(clamping: filter.limit))
    let order = filter.runsOutBefore == nil ? "c.seq" : "c.valid_until, c.seq"
    return try read { db in
      try Row.fetchAll(db, sql: CredentialRecord.select + "WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(order) LIMIT ?",
                       arguments: StatementArguments(arguments)).map(CredentialRecord.init(row:))
    }
  }

  /// Credentials of a member in one programme that were issued and are neither revoked nor replaced, newest first; lapsed ones included.
  public func standing(member: Int64, programme: String) throws(RegistryFailure) -> [CredentialRecord] {
    try read { db in
      try Row.fetchAll(db.cachedStatement(sql: CredentialRecord.select + "WHERE c.member = ? AND c.programme = ? AND c.state IN ('active', 'suspended', 'lapsed') ORDER BY c.seq DESC"),
                       arguments: [member, programme]).map(CredentialRecord.init(row:))
    }
  }

  /// The same for all members at once, as a sheet needs it: what decides, without the tokens.
  public struct StandingRow: Sendable { public let seq: Int64, member: Int64; public let id: String, subject: String, state: String; public let validFrom: Int64, validUntil: Int64; public let contentDigest: [UInt8]
    public init(seq: Int64, member: Int64, id: String, subject: String, state: String, validFrom: Int64, validUntil: Int64, contentDigest: [UInt8]) {
      self.seq = seq; self.member = member; self.id = id; self.subject = subject; self.state = state; self.validFrom = validFrom
      self.validUntil = validUntil; self.contentDigest = contentDigest
    }
  }

  public func standing(programme: String) throws(RegistryFailure) -> [Int64: [StandingRow]] {
    try read { db in
      var found: [Int64: [StandingRow]] = [:]
      let rows = try Row.fetchCursor(db, sql: """
        SELECT seq, member, id, subject, state, valid_from, valid_until, content_digest FROM credential
        WHERE programme = ? AND state IN ('active', 'suspended', 'lapsed') ORDER BY seq DESC
        """, arguments: [programme])
      while let row = try rows.next() {
        found[row[1], default: []].append(StandingRow(seq: row[0], member: row[1], id: row[2], subject: row[3], state: row[4], validFrom: row[5], validUntil: row[6],
                                                      contentDigest: Array(row[7] as Data)))
      }
      return found
    }
  }

  public func count(chamber: String, programme: String, validAt now: Int64) throws(RegistryFailure) -> Int {
    try read { try Self.inForce(chamber: chamber, programme: programme, at: now, in: $0) }
  }

  public func events(of credential: Int64) throws(RegistryFailure) -> [EventRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM event WHERE credential = ? ORDER BY seq", arguments: [credential]).map {
        EventRecord(kind: $0["kind"], officer: $0["officer"], reason: $0["reason"], note: $0["note"], at: $0["at"], leaf: $0["leaf"], request: $0["request"])
      }
    }
  }

  /// Reservations that no token followed: a crash between reserving and signing.
  public func unfinished() throws(RegistryFailure) -> [CredentialRecord] {
    try read { db in try Row.fetchAll(db, sql: CredentialRecord.select + "WHERE c.state = 'reserved'").map(CredentialRecord.init(row:)) }
  }

  // MARK: status lists and publication

  public struct StatusListRecord: Sendable, Equatable { public let id: Int64, series: Int64; public let chamber: String, purpose: String }

  public func statusLists() throws(RegistryFailure) -> [StatusListRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM status_list ORDER BY id").map {
        StatusListRecord(id: $0["id"], series: $0["series"], chamber: $0["chamber"], purpose: $0["purpose"])
      }
    }
  }

  /// Indices whose bit is set. A revoked or superseded credential has both bits set, so that a reader of one list alone is safe.
  public func setIndices(of list: StatusListRecord) throws(RegistryFailure) -> [Int] {
    let states = list.purpose == "revocation" ? "('revoked', 'superseded')" : "('revoked', 'superseded', 'suspended')"
    return try read { db in
      try Int.fetchAll(db, sql: "SELECT \(list.purpose)_index FROM credential WHERE \(list.purpose)_list = ? AND state IN \(states)", arguments: [list.id])
    }
  }

  /// Credentials whose public record is out of date, and the newest event among the reasons.
  public func unpublished() throws(RegistryFailure) -> (credentials: [CredentialRecord], newest: Int64?) {
    try read { db in
      let newest = try Int64.fetchOne(db, sql: "SELECT max(event) FROM unpublished")
      guard newest != nil else { return ([], nil) }
      return (try Row.fetchAll(db, sql: CredentialRecord.select + "WHERE c.seq IN (SELECT credential FROM unpublished) ORDER BY c.seq").map(CredentialRecord.init(row:)), newest)
    }
  }

  public func publication(of path: String) throws(RegistryFailure) -> (at: Int64, due: Int64)? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT at, due FROM publication WHERE path = ?", arguments: [path]).map { ($0["at"], $0["due"]) }
    }
  }

  public func counter(_ name: String) throws(RegistryFailure) -> Int64 {
    try read { db in try Int64.fetchOne(db, sql: "SELECT value FROM counter WHERE name = ?", arguments: [name]) ?? 0 }
  }

  // MARK: log and audit

  public struct LogHead: Sendable, Equatable { public let size: Int64, at: Int64; public let frontier: [UInt8]; public let note: String }

  public func logHead() throws(RegistryFailure) -> LogHead? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM checkpoint ORDER BY size DESC LIMIT 1").map {
        LogHead(size: $0["size"], at: $0["at"], frontier: Array($0["frontier"] as Data), note: $0["note"])
      }
    }
  }

  public func leafHashes(_ range: Range<Int64>) throws(RegistryFailure) -> [[UInt8]] {
    try read { db in
      try Data.fetchAll(db, sql: "SELECT hash FROM log_leaf WHERE leaf >= ? AND leaf < ? ORDER BY leaf", arguments: [range.lowerBound, range.upperBound]).map { Array($0) }
    }
  }

  public func logEntries(_ range: Range<Int64>) throws(RegistryFailure) -> [[UInt8]] {
    try read { db in
      try Data.fetchAll(db, sql: "SELECT entry FROM log_leaf WHERE leaf >= ? AND leaf < ? ORDER BY leaf", arguments: [range.lowerBound, range.upperBound]).map { Array($0) }
    }
  }

  public func tileRoots(level: Int, _ range: Range<Int64>) throws(RegistryFailure) -> [[UInt8]] {
    try read { db in
      try Data.fetchAll(db, sql: "SELECT hash FROM log_tile_root WHERE level = ? AND position >= ? AND position < ? ORDER BY position",
                        arguments: [level, range.lowerBound, range.upperBound]).map { Array($0) }
    }
  }

  public func lastAudit() throws(RegistryFailure) -> AuditRecord? {
    try read { try Row.fetchOne($0, sql: "SELECT * FROM audit ORDER BY seq DESC LIMIT 1").map(AuditRecord.init(row:)) }
  }

  public func audit(after seq: Int64, limit: Int) throws(RegistryFailure) -> [AuditRecord] {
    try read { try Row.fetchAll($0, sql: "SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", arguments: [seq, limit]).map(AuditRecord.init(row:)) }
  }
}

extension AuditRecord {
  init(row: Row) {
    self.init(seq: row["seq"], at: row["at"], officer: row["officer"], act: row["act"], subject: row["subject"], outcome: row["outcome"],
              detail: row["detail"], previous: Array(row["previous"] as Data), digest: Array(row["digest"] as Data),
              signature: (row["signature"] as Data?).map { Array($0) })
  }
}
