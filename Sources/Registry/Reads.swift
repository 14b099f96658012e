internal import Encodings
internal import Foundation
internal import GRDB

extension Member {
  init(row: Row) {
    self.init(rowID: row["id"], chamber: row["chamber"], number: row["number"], nameEn: row["name_en"], nameAr: row["name_ar"],
              legalForm: row["legal_form"], licenceNumber: row["licence_number"], licenceAuthority: row["licence_authority"],
              jurisdiction: row["jurisdiction"], memberSince: row["member_since"], feesPaidUntil: row["fees_paid_until"],
              storefront: row["storefront"], platform: row["platform"], website: row["website"], membership: row["membership"])
  }
}

extension CredentialRecord {
  static let select = """
    SELECT c.*, m.chamber AS chamber, m.number AS number, h.header AS header_bytes, rl.series AS revocation_series, sl.series AS suspension_series,
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
              programme: row["programme"], state: row["state"], stateSince: row["state_since"], validFrom: row["valid_from"],
              validUntil: row["valid_until"], issuedAt: row["issued_at"], revocationSeries: row["revocation_series"],
              revocationIndex: row["revocation_index"], suspensionSeries: row["suspension_series"], suspensionIndex: row["suspension_index"],
              salt: Array(row["salt"] as Data), leaf: row["leaf"], replacedBy: row["replaced_by_id"], replaces: row["replaces_id"],
              replacementReason: row["replacement_reason"], parts: parts, statement: (row["statement"] as Data?).map { Array($0) })
  }
}

/// What to look for; empty fields do not narrow the search.
public struct CredentialFilter: Sendable {
  public var chamber: String?, programme: String?, state: String?, member: String?
  /// Ends on or before this moment (and is still active or suspended).
  public var runsOutBefore: Int64?, runsOutAfter: Int64?
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
    if let chamber = filter.chamber { conditions.append("m.chamber = ?"); arguments.append(chamber) }
    if let programme = filter.programme { conditions.append("c.programme = ?"); arguments.append(programme) }
    if let member = filter.member { conditions.append("m.chamber || '/' || m.number = ?"); arguments.append(member) }
    if let state = filter.state { conditions.append("c.state = ?"); arguments.append(state) }
    if let before = filter.runsOutBefore { conditions.append("c.state IN ('active', 'suspended') AND c.valid_until <= ?"); arguments.append(before) }
    if let after = filter.runsOutAfter { conditions.append("c.valid_until >= ?"); arguments.append(after) }
    arguments.append(Int64(clamping: filter.limit))
    let order = filter.runsOutBefore == nil ? "c.seq" : "c.valid_until, c.seq"
    return try read { db in
      try Row.fetchAll(db, sql: CredentialRecord.select + "WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(order) LIMIT ?",
                       arguments: StatementArguments(arguments)).map(CredentialRecord.init(row:))
    }
  }

  /// Credentials of a member in one programme that are not final, newest first.
  public func liveCredentials(member: Int64, programme: String) throws(RegistryFailure) -> [CredentialRecord] {
    try read { db in
      try Row.fetchAll(db.cachedStatement(sql: CredentialRecord.select + "WHERE c.member = ? AND c.programme = ? AND c.state IN ('active', 'suspended') ORDER BY c.seq DESC"),
                       arguments: [member, programme]).map(CredentialRecord.init(row:))
    }
  }

  public func count(chamber: String, programme: String, validAt now: Int64) throws(RegistryFailure) -> Int {
    try read { db in
      try Int.fetchOne(db, sql: """
        SELECT count(*) FROM credential c JOIN member m ON m.id = c.member
        WHERE c.programme = ? AND c.state IN ('active', 'suspended', 'reserved') AND m.chamber = ? AND c.valid_until >= ?
        """, arguments: [programme, chamber, now]) ?? 0
    }
  }

  public func events(of credential: Int64) throws(RegistryFailure) -> [EventRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM event WHERE credential = ? ORDER BY seq", arguments: [credential]).map {
        EventRecord(kind: $0["kind"], officer: $0["officer"], reason: $0["reason"], note: $0["note"], at: $0["at"], leaf: $0["leaf"])
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

  public func unpublishedCredentials(limit: Int) throws(RegistryFailure) -> [CredentialRecord] {
    try read { db in
      try Row.fetchAll(db, sql: CredentialRecord.select + "WHERE c.seq IN (SELECT credential FROM unpublished ORDER BY credential LIMIT ?) ORDER BY c.seq", arguments: [limit])
        .map(CredentialRecord.init(row:))
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
