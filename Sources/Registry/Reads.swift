internal import Encodings
internal import Foundation
internal import GRDB
internal import Storage

extension Member {
  /// Columns by their places: looking each up by name costs a tenth of a bulk run.
  static let select = """
    SELECT m.id, m.chamber, m.number, m.name_en, m.name_ar, m.legal_form, m.licence_number, m.licence_authority, \
    m.jurisdiction, m.member_since, m.fees_paid_until,
      m.storefront, m.platform, m.website, m.membership, m.skeleton_en, m.skeleton_ar, m.name_accepted, m.erased_at
    FROM member m

    """
  /// The same from a statement that is asked for many members, one after the other.
  init(_ row: Columns) {
    self.init(
      rowID: row.integer(0),
      chamber: row.text(1),
      number: row.text(2),
      nameEn: row.text(3),
      nameAr: row.text(4),
      legalForm: row.text(5),
      licenceNumber: row.text(6),
      licenceAuthority: row.text(7),
      jurisdiction: row.text(8),
      memberSince: row.text(9),
      feesPaidUntil: row.text(10),
      storefront: row.text(11),
      platform: row.text(12),
      website: row.text(13),
      membership: row.text(14)
    )
    skeletonEn = row.text(15); skeletonAr = row.text(16); nameAccepted = row.isNull(17) ? nil : row.text(17)
    erased = !row.isNull(18)
  }

  init(row: Row) {
    self.init(
      rowID: row[0],
      chamber: row[1],
      number: row[2],
      nameEn: row[3],
      nameAr: row[4],
      legalForm: row[5],
      licenceNumber: row[6],
      licenceAuthority: row[7],
      jurisdiction: row[8],
      memberSince: row[9],
      feesPaidUntil: row[10],
      storefront: row[11],
      platform: row[12],
      website: row[13],
      membership: row[14]
    )
    skeletonEn = row[15]; skeletonAr = row[16]; nameAccepted = row[17]
    erased = (row[18] as Int64?) != nil
  }
}

extension CredentialRecord {
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
    _ db: Database,
    _ rest: String,
    _ arguments: StatementArguments = [],
    from source: String = "credential c"
  ) throws -> [CredentialRecord] {
    var headers: [Int64: [UInt8]] = [:], found: [CredentialRecord] = []
    let rows = try Row.fetchCursor(db.cachedStatement(sql: query(rest, from: source)), arguments: arguments)
    while let row = try rows.next() {
      if let id: Int64 = row[24], headers[id] == nil {
        headers[id] = try Data.fetchOne(
          db.cachedStatement(sql: "SELECT header FROM token_header WHERE id = ?"),
          arguments: [id]
        ).map { Array($0) }
      }
      found.append(CredentialRecord(row: row, headers: headers))
    }
    return found
  }

  private init(row: Row, headers: [Int64: [UInt8]]) {
    let chamber: String = row[3], number: String = row[4]
    var parts: TokenParts?
    if let id: Int64 = row[24], let header = headers[id], let payload: Data = row[25], let signature: Data = row[26] {
      parts = TokenParts(header: header, payload: Array(payload), signature: Array(signature))
    }
    self.init(
      seq: row[0],
      id: row[1],
      member: row[2],
      memberKey: "\(chamber)/\(number)",
      chamber: chamber,
      programme: row[5],
      subject: row[6],
      state: row[7],
      stateSince: row[8],
      validFrom: row[9],
      validUntil: row[10],
      issuedAt: row[11],
      revocationSeries: row[12],
      revocationIndex: row[13],
      suspensionSeries: row[14],
      suspensionIndex: row[15],
      salt: Array(row[16] as Data),
      contentDigest: Array(row[17] as Data),
      leaf: row[18],
      request: row[19],
      requestRow: row[20],
      replacedBy: row[21],
      replaces: row[22],
      replacementReason: row[23],
      parts: parts,
      statement: (row[27] as Data?).map { Array($0) }
    )
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

/// Words of an officer as `member_search` is asked for them: the beginning of each by its index, and of the few that
/// are left those that go on as the word does.
struct WordSearch {
  /// The longest beginnings that are indexed (`Schema.search`).
  private static let indexed = 6
  private(set) var condition = "member_search MATCH ?"
  private(set) var arguments: [(any DatabaseValueConvertible)?]

  /// Nil when there is no word in it.
  init?(_ text: String) {
    let words = SearchWords.words(text)
    guard !words.isEmpty else { return nil }
    // folding leaves no quotation mark
    arguments = [words.map { "\"\(String($0.unicodeScalars.prefix(Self.indexed)))\"*" }.joined(separator: " ")]
    for word in words where word.unicodeScalars.count > Self.indexed {
      condition += " AND instr(' ' || s.words, ?) > 0"
      arguments.append(" \(word)")
    }
  }
}

extension Registry {
  public func authority() throws(RegistryFailure) -> Authority? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM authority").map {
        Authority(name: $0["name"], host: $0["host"], createdAt: $0["created_at"])
      }
    }
  }

  public func chambers() throws(RegistryFailure) -> [Chamber] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM chamber ORDER BY created_at, slug").map {
        Chamber(
          slug: $0["slug"],
          domain: $0["domain"],
          nameEn: $0["name_en"],
          nameAr: $0["name_ar"],
          jurisdiction: $0["jurisdiction"],
          status: $0["status"],
          statusSince: $0["status_since"]
        )
      }
    }
  }

  /// Recognition, oldest first.
  public func statusHistory(of chamber: String) throws(RegistryFailure) -> [(status: String, since: Int64)] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT status, since FROM chamber_status WHERE chamber = ? ORDER BY since",
        arguments: [chamber]
      )
      .map { ($0["status"], $0["since"]) }
    }
  }

  /// Keys of a chamber (nil: of the authority), newest first; retired and revoked ones included.
  public func keys(chamber: String?) throws(RegistryFailure) -> [SigningKeyRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM signing_key WHERE chamber IS ? ORDER BY id DESC", arguments: [chamber])
        .map {
          SigningKeyRecord(
            chamber: $0["chamber"],
            purpose: $0["purpose"],
            kid: $0["kid"],
            publicKey: Array($0["public_key"] as Data),
            certificate: ($0["certificate"] as Data?).map { Array($0) },
            notBefore: $0["not_before"],
            notAfter: $0["not_after"],
            state: $0["state"],
            revokedAt: $0["revoked_at"],
            file: $0["file"]
          )
        }
    }
  }

  // MARK: members

  public func member(chamber: String, number: String) throws(RegistryFailure) -> Member? {
    try read { db in
      try Row.fetchOne(
        db.cachedStatement(sql: Member.select + "WHERE m.chamber = ? AND m.number = ?"),
        arguments: [chamber, number]
      ).map(Member.init(row:))
    }
  }

  public func member(rowID: Int64) throws(RegistryFailure) -> Member? {
    try read { db in
      try Row.fetchOne(db.cachedStatement(sql: Member.select + "WHERE m.id = ?"), arguments: [rowID]).map(
        Member.init(row:)
      )
    }
  }

  /// The same for many in one read, in their order; nil where there is none.
  public func members(_ keys: [(chamber: String, number: String)]) throws(RegistryFailure) -> [Member?] {
    try read { db in
      let find = try db.cachedStatement(sql: Member.select + "WHERE m.chamber = ? AND m.number = ?")
      return try keys.map { try find.first(.text($0.chamber), .text($0.number)) { Member($0) } }
    }
  }

  public func contact(of member: Int64) throws(RegistryFailure) -> Contact? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM contact WHERE member = ?", arguments: [member])
        .map { Contact(name: $0["name"], email: $0["email"], phone: $0["phone"]) }
    }
  }

  public func members(chamber: String? = nil, limit: Int = .max) throws(RegistryFailure) -> [Member] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: Member.select + "WHERE ?1 IS NULL OR m.chamber = ?1 ORDER BY m.chamber, m.number LIMIT ?2",
        arguments: [chamber, Int64(clamping: limit)]
      ).map(Member.init(row:))
    }
  }

  /// Members whose names, numbers or addresses begin with the words asked for, in Arabic or English, folded
  /// (`SearchWords`).
  public func search(_ words: String, limit: Int) throws(RegistryFailure) -> [Member] {
    guard let search = WordSearch(words) else { return [] }
    return try read { db in
      try Row.fetchAll(
        db,
        sql: Member.select
          + "JOIN member_search s ON m.id = s.rowid WHERE \(search.condition) ORDER BY s.rowid LIMIT ?",
        arguments: StatementArguments(search.arguments) + [limit]
      ).map(Member.init(row:))
    }
  }

  public func memberCount() throws(RegistryFailure) -> Int {
    try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM member") ?? 0 }
  }

  // MARK: credentials

  public func credential(id: String) throws(RegistryFailure) -> CredentialRecord? {
    try read { db in
      try CredentialRecord.all(db, "WHERE c.id = ?", [id]).first
    }
  }

  public func credential(seq: Int64) throws(RegistryFailure) -> CredentialRecord? {
    try read { db in
      try CredentialRecord.all(db, "WHERE c.seq = ?", [seq]).first
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
      guard let search = WordSearch(words) else { return [] }
      conditions.append(search.condition)
      arguments += search.arguments
    }
    narrow("c.state IN ('active', 'suspended') AND c.valid_until <= ?", filter.runsOutBefore)
    narrow("c.valid_until >= ?", filter.runsOutAfter)
    narrow("c.issued_at >= ?", filter.issuedFrom)
    narrow("c.issued_at < ?", filter.issuedBefore)
    narrow("c.member IN (SELECT id FROM member WHERE fees_paid_until < ?)", filter.feesPaidBefore)
    narrow("c.request = ?", filter.request)
    arguments.append(Int64(clamping: filter.limit))
    // The words lead: a search stops at its limit instead of gathering every member that has them.
    let order = filter.runsOutBefore != nil ? "c.valid_until, c.seq" : filter.words != nil ? "s.rowid, c.seq" : "c.seq"
    let source = filter.words == nil ? "credential c" : "member_search s CROSS JOIN credential c ON c.member = s.rowid"
    return try read { db in
      try CredentialRecord.all(
        db,
        "WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(order) LIMIT ?",
        StatementArguments(arguments),
        from: source
      )
    }
  }

  /// Credentials of a member in one programme that were issued and are neither revoked nor replaced, newest first;
  /// lapsed ones included.
  public func standing(member: Int64, programme: String) throws(RegistryFailure) -> [CredentialRecord] {
    try read { db in
      try CredentialRecord.all(
        db,
        "WHERE c.member = ? AND c.programme = ? AND c.state IN ('active', 'suspended', 'lapsed') ORDER BY c.seq DESC",
        [member, programme]
      )
    }
  }

  /// The same for all members at once, as a sheet needs it: what decides, without the tokens.
  public struct StandingRow: Sendable {
    public let seq: Int64, member: Int64; public let id: String, subject: String, state: String;
    public let validFrom: Int64, validUntil: Int64; public let contentDigest: [UInt8]
    public init(
      seq: Int64,
      member: Int64,
      id: String,
      subject: String,
      state: String,
      validFrom: Int64,
      validUntil: Int64,
      contentDigest: [UInt8]
    ) {
      self.seq = seq; self.member = member; self.id = id; self.subject = subject; self.state = state;
      self.validFrom = validFrom
      self.validUntil = validUntil; self.contentDigest = contentDigest
    }
  }

  public func standing(programme: String) throws(RegistryFailure) -> [Int64: [StandingRow]] {
    try read { db in
      var found: [Int64: [StandingRow]] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT seq, member, id, subject, state, valid_from, valid_until, content_digest FROM credential
          WHERE programme = ? AND state IN ('active', 'suspended', 'lapsed') ORDER BY seq DESC
          """,
        arguments: [programme]
      )
      while let row = try rows.next() {
        found[row[1], default: []].append(
          StandingRow(
            seq: row[0],
            member: row[1],
            id: row[2],
            subject: row[3],
            state: row[4],
            validFrom: row[5],
            validUntil: row[6],
            contentDigest: Array(row[7] as Data)
          )
        )
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
        EventRecord(
          kind: $0["kind"],
          officer: $0["officer"],
          reason: $0["reason"],
          note: $0["note"],
          at: $0["at"],
          leaf: $0["leaf"],
          request: $0["request"]
        )
      }
    }
  }

  /// Reservations that no token followed: a crash between reserving and signing.
  public func unfinished() throws(RegistryFailure) -> [CredentialRecord] {
    try read { db in try CredentialRecord.all(db, "WHERE c.state = 'reserved'") }
  }

  // MARK: status lists and publication

  public struct StatusListRecord: Sendable, Equatable {
    public let id: Int64, series: Int64; public let chamber: String, purpose: String
  }

  public func statusLists() throws(RegistryFailure) -> [StatusListRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM status_list ORDER BY id").map {
        StatusListRecord(id: $0["id"], series: $0["series"], chamber: $0["chamber"], purpose: $0["purpose"])
      }
    }
  }

  /// Indices whose bit is set. A revoked or superseded credential has both bits set, so that a reader of one list alone
  /// is safe.
  public func setIndices(of list: StatusListRecord) throws(RegistryFailure) -> [Int] {
    let states = list.purpose == "revocation" ? "('revoked', 'superseded')" : "('revoked', 'superseded', 'suspended')"
    // By the index of states (`+` keeps it from the list's, which holds everybody): few of a list are ever withdrawn.
    return try read { db in
      try Int.fetchAll(
        db,
        sql:
          """
          SELECT \(list.purpose)_index FROM credential WHERE +\(list.purpose)_list = ? AND state IN \(states) AND \
          state NOT IN ('active', 'reserved')
          """,
        arguments: [list.id]
      )
    }
  }

  /// Credentials whose public record is out of date, and the newest event among the reasons.
  /// - Parameter written: credentials whose record was made public as they were issued; of these only what changed
  ///   since.
  public func unpublished(besides written: Set<Int64> = []) throws(RegistryFailure) -> (
    credentials: [CredentialRecord], newest: Int64?
  ) {
    try read { db in
      let newest = try Int64.fetchOne(db, sql: "SELECT max(event) FROM unpublished")
      guard newest != nil else { return ([], nil) }
      guard !written.isEmpty else {
        return (
          try CredentialRecord.all(db, "WHERE c.seq IN (SELECT credential FROM unpublished) ORDER BY c.seq"), newest
        )
      }
      var wanted: Set<Int64> = []
      let rows = try Row.fetchCursor(
        db,
        sql: "SELECT u.credential, e.kind = 'issued' FROM unpublished u JOIN event e ON e.seq = u.event"
      )
      while let row = try rows.next() { if row[1] == false || !written.contains(row[0]) { wanted.insert(row[0]) } }
      return (try wanted.sorted().flatMap { try CredentialRecord.all(db, "WHERE c.seq = ?", [$0]) }, newest)
    }
  }

  public func publication(of path: String) throws(RegistryFailure) -> (at: Int64, due: Int64)? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT at, due FROM publication WHERE path = ?", arguments: [path]).map {
        ($0["at"], $0["due"])
      }
    }
  }

  public func counter(_ name: String) throws(RegistryFailure) -> Int64 {
    try read { db in try Int64.fetchOne(db, sql: "SELECT value FROM counter WHERE name = ?", arguments: [name]) ?? 0 }
  }

  // MARK: log and audit

  public struct LogHead: Sendable, Equatable {
    public let size: Int64, at: Int64; public let frontier: [UInt8]; public let note: String
  }

  public func logHead() throws(RegistryFailure) -> LogHead? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM checkpoint ORDER BY size DESC LIMIT 1").map {
        LogHead(size: $0["size"], at: $0["at"], frontier: Array($0["frontier"] as Data), note: $0["note"])
      }
    }
  }

  public func leafHashes(_ range: Range<Int64>) throws(RegistryFailure) -> [[UInt8]] {
    try read { db in
      try Data.fetchAll(
        db,
        sql: "SELECT hash FROM log_leaf WHERE leaf >= ? AND leaf < ? ORDER BY leaf",
        arguments: [range.lowerBound, range.upperBound]
      ).map { Array($0) }
    }
  }

  public func logEntries(_ range: Range<Int64>) throws(RegistryFailure) -> [[UInt8]] {
    try read { db in
      try Data.fetchAll(
        db,
        sql: "SELECT entry FROM log_leaf WHERE leaf >= ? AND leaf < ? ORDER BY leaf",
        arguments: [range.lowerBound, range.upperBound]
      ).map { Array($0) }
    }
  }

  public func tileRoots(level: Int, _ range: Range<Int64>) throws(RegistryFailure) -> [[UInt8]] {
    try read { db in
      try Data.fetchAll(
        db,
        sql: "SELECT hash FROM log_tile_root WHERE level = ? AND position >= ? AND position < ? ORDER BY position",
        arguments: [level, range.lowerBound, range.upperBound]
      ).map { Array($0) }
    }
  }

  public func lastAudit() throws(RegistryFailure) -> AuditRecord? {
    try read { try Row.fetchOne($0, sql: "SELECT * FROM audit ORDER BY seq DESC LIMIT 1").map(AuditRecord.init(row:)) }
  }

  public func audit(after seq: Int64, limit: Int) throws(RegistryFailure) -> [AuditRecord] {
    try read {
      try Row.fetchAll($0, sql: "SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", arguments: [seq, limit]).map(
        AuditRecord.init(row:)
      )
    }
  }
}

extension AuditRecord {
  init(row: Row) {
    self.init(
      seq: row["seq"],
      at: row["at"],
      officer: row["officer"],
      act: row["act"],
      subject: row["subject"],
      outcome: row["outcome"],
      detail: row["detail"],
      previous: Array(row["previous"] as Data),
      digest: Array(row["digest"] as Data),
      signature: (row["signature"] as Data?).map { Array($0) }
    )
  }
}
