internal import Encodings
internal import Foundation
internal import GRDB
internal import Storage

/// What is asked for before anything is signed.
public struct Reservation: Sendable {
  public let id: String
  public let member: Int64
  public let chamber: String, programme: String, subject: String
  public let validFrom: Int64, validUntil: Int64
  /// 32 bytes; keeps the log free of guessable digests.
  public let salt: [UInt8]
  /// SHA-256 of exactly what the officers approved.
  public let contentDigest: [UInt8]
  public let replaces: Int64?
  public let replacementReason: String?
  /// The request, and the row of it, that this is for: a row is issued once.
  public let request: Int64?, row: Int64?
  public init(
    id: String,
    member: Int64,
    chamber: String,
    programme: String,
    subject: String = "",
    validFrom: Int64,
    validUntil: Int64,
    salt: [UInt8],
    contentDigest: [UInt8],
    replaces: Int64? = nil,
    replacementReason: String? = nil,
    request: Int64? = nil,
    row: Int64? = nil
  ) {
    self.id = id; self.member = member; self.chamber = chamber; self.programme = programme; self.subject = subject;
    self.validFrom = validFrom
    self.validUntil = validUntil; self.salt = salt; self.contentDigest = contentDigest; self.replaces = replaces
    self.replacementReason = replacementReason; self.request = request; self.row = row
  }
}

/// The place in the status lists that a reservation was given.
public struct ReservedPlace: Sendable {
  public let seq: Int64, revocationSeries: Int64, revocationIndex: Int64, suspensionSeries: Int64,
    suspensionIndex: Int64
}

public struct IssuedCredential: Sendable {
  public let seq: Int64, issuedAt: Int64, leaf: Int64
  public let parts: TokenParts
  public init(seq: Int64, issuedAt: Int64, leaf: Int64, parts: TokenParts) {
    self.seq = seq; self.issuedAt = issuedAt; self.leaf = leaf; self.parts = parts
  }
}

public struct StateChange: Sendable {
  public let seq: Int64
  /// The state to reach, and the word for the event that leads there.
  public let state: String, event: String
  public let at: Int64, officer: String, reason: String, note: String
  public let leaf: Int64?
  /// Signed by the chamber: state and moment, for those who read only `public/`.
  public let statement: [UInt8]?
  public let replacedBy: Int64?
  /// The request that was agreed to, and the row of it.
  public let request: Int64?, row: Int64?
  public init(
    seq: Int64,
    state: String,
    event: String,
    at: Int64,
    officer: String,
    reason: String,
    note: String,
    leaf: Int64?,
    statement: [UInt8]?,
    replacedBy: Int64? = nil,
    request: Int64? = nil,
    row: Int64? = nil
  ) {
    self.request = request; self.row = row
    self.seq = seq; self.state = state; self.event = event; self.at = at; self.officer = officer; self.reason = reason
    self.note = note; self.leaf = leaf; self.statement = statement; self.replacedBy = replacedBy
  }
}

public struct ImportCounts: Sendable, Equatable {
  public var added = 0, changed = 0, unchanged = 0
  public init() {}
}

extension Registry {
  /// Bits in a status list, and how many of them are given out before the next list is begun: random places stay cheap
  /// to draw, and the herd that hides one credential stays large (Bitstring Status List 1.0, 3.1).
  static let statusListLength: Int64 = 131_072, statusListFill: Int64 = 98_304

  // MARK: the authority and its chambers

  public func found(_ authority: Authority, keys: [SigningKeyRecord], audit: AuditRecord) throws(RegistryFailure) {
    try write { db in
      try db.execute(
        sql: "INSERT INTO authority VALUES (1, ?, ?, ?)",
        arguments: [authority.name, authority.host, authority.createdAt]
      )
      for key in keys { try Self.insert(key, in: db) }
      try Self.insert(audit, in: db)
    }
  }

  public func add(_ chamber: Chamber, keys: [SigningKeyRecord], log: LogAppend, audit: AuditRecord)
    throws(RegistryFailure)
  {
    try write { db in
      try db.execute(
        sql: "INSERT INTO chamber VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        arguments: [
          chamber.slug, chamber.domain, chamber.nameEn, chamber.nameAr, chamber.jurisdiction, chamber.status,
          chamber.statusSince, chamber.statusSince,
        ]
      )
      try db.execute(
        sql: "INSERT INTO chamber_status VALUES (?, ?, ?)",
        arguments: [chamber.slug, chamber.status, chamber.statusSince]
      )
      for key in keys { try Self.insert(key, in: db) }
      try Self.append(log, in: db)
      try Self.insert(audit, in: db)
    }
  }

  public func setStatus(of chamber: String, to status: String, since: Int64, log: LogAppend, audit: AuditRecord)
    throws(RegistryFailure)
  {
    try write { db in
      try db.execute(
        sql: "UPDATE chamber SET status = ?, status_since = ? WHERE slug = ?",
        arguments: [status, since, chamber]
      )
      try db.execute(sql: "INSERT INTO chamber_status VALUES (?, ?, ?)", arguments: [chamber, status, since])
      try Self.append(log, in: db)
      try Self.insert(audit, in: db)
    }
  }

  /// Retires a current key and puts another in its place, in one step: there is never none, and never two.
  public func replaceKey(_ old: SigningKeyRecord, by new: SigningKeyRecord, log: LogAppend, audit: AuditRecord)
    throws(RegistryFailure)
  {
    try write { db in
      try db.execute(
        sql: "UPDATE signing_key SET state = 'retired' WHERE kid = ? AND state = 'current'",
        arguments: [old.kid]
      )
      guard db.changesCount == 1 else { throw RegistryFailure.refused(rule: "illegal_transition") }
      try Self.insert(new, in: db)
      try Self.append(log, in: db)
      try Self.insert(audit, in: db)
    }
  }

  static func insert(_ key: SigningKeyRecord, in db: Database) throws {
    try db.execute(
      sql:
        """
        INSERT INTO signing_key (chamber, purpose, kid, public_key, certificate, not_before, not_after, state, \
        revoked_at, file) VALUES (?,?,?,?,?,?,?,?,?,?)
        """,
      arguments: [
        key.chamber, key.purpose, key.kid, Data(key.publicKey), key.certificate.map { Data($0) }, key.notBefore,
        key.notAfter, key.state, key.revokedAt, key.file,
      ]
    )
  }

  // MARK: members

  /// Adds companies and brings known ones up to date, all or none.
  public func importMembers(_ rows: [(Member, Contact)], at now: Int64, audit: AuditRecord) throws(RegistryFailure)
    -> ImportCounts
  {
    try write { db in
      var counts = ImportCounts()
      let find = try db.cachedStatement(sql: Member.select + "WHERE m.chamber = ? AND m.number = ?")
      let add = try db.cachedStatement(
        sql: """
          INSERT INTO member (name_en, name_ar, legal_form, licence_number, licence_authority, jurisdiction, \
          member_since,
            fees_paid_until, storefront, platform, website, membership, skeleton_en, skeleton_ar, changed_at, \
          created_at, chamber, number)
          VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
          """
      )
      let reach = try db.cachedStatement(sql: "INSERT OR REPLACE INTO contact VALUES (?, ?, ?, ?)")
      var words: [Int64: (words: String, isKnown: Bool)] = [:]
      for (member, contact) in rows {
        let known = try find.first(.text(member.chamber), .text(member.number)) { Member($0) }
        var id = known?.rowID ?? 0
        if let known {
          var same = member; same.rowID = known.rowID; same.nameAccepted = known.nameAccepted;
          same.erased = known.erased
          let knownContact = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT name, email, phone FROM contact WHERE member = ?"),
            arguments: [id]
          )
          .map { Contact(name: $0[0], email: $0[1], phone: $0[2]) }
          if same == known && (knownContact == contact || known.erased) { counts.unchanged += 1; continue }
          counts.changed += 1
          try db.cachedStatement(
            sql: """
              UPDATE member SET name_en=?, name_ar=?, legal_form=?, licence_number=?, licence_authority=?, \
              jurisdiction=?, member_since=?,
                fees_paid_until=?, storefront=?, platform=?, website=?, membership=?, skeleton_en=?, skeleton_ar=?, \
              changed_at=? WHERE id=?
              """
          ).execute(arguments: [
            member.nameEn, member.nameAr, member.legalForm, member.licenceNumber, member.licenceAuthority,
            member.jurisdiction, member.memberSince,
            member.feesPaidUntil, member.storefront, member.platform, member.website, member.membership,
            member.skeletonEn, member.skeletonAr, now, id,
          ])
        } else {
          counts.added += 1
          try add.run(
            .text(member.nameEn),
            .text(member.nameAr),
            .text(member.legalForm),
            .text(member.licenceNumber),
            .text(member.licenceAuthority),
            .text(member.jurisdiction),
            .text(member.memberSince),
            .text(member.feesPaidUntil),
            .text(member.storefront),
            .text(member.platform),
            .text(member.website),
            .text(member.membership),
            .text(member.skeletonEn),
            .text(member.skeletonAr),
            .integer(now),
            .integer(now),
            .text(member.chamber),
            .text(member.number)
          )
          id = db.lastInsertedRowID
        }
        // An erased person does not come back with an old sheet; the chamber enters a new contact by hand.
        if known?.erased != true {
          try reach.run(.integer(id), .text(contact.name), .text(contact.email), .text(contact.phone))
        }
        words[id] = (
          SearchWords.fold(
            """
            \(member.nameEn) \(member.nameAr) \(member.number) \(member.licenceNumber) \(member.storefront) \
            \(member.website)
            """
          ),
          words[id]?.isKnown ?? (known != nil)
        )
      }
      // Last: from the first of them on, each statement on another table that might have to be undone would make FTS5
      // write out what it holds.
      let forget = try db.cachedStatement(sql: "DELETE FROM member_search WHERE rowid = ?")
      let learn = try db.cachedStatement(sql: "INSERT INTO member_search (rowid, words) VALUES (?, ?)")
      for (id, member) in words.sorted(by: { $0.key < $1.key }) {
        if member.isKnown { try forget.run(.integer(id)) }
        try learn.run(.integer(id), .text(member.words))
      }
      try Self.insert(audit, in: db)
      return counts
    }
  }

  // MARK: credentials

  /// Gives each reservation an id, two status indices and a row, before anything is signed (a crash while signing burns
  /// the reservation, never repeats it).
  /// - Parameter draw: a uniformly random number below 2^32, from the system's generator.
  public func reserve(_ reservations: [Reservation], at now: Int64, draw: () throws -> UInt32) throws(RegistryFailure)
    -> [ReservedPlace]
  {
    try write { try Self.reserve(reservations, at: now, in: $0, draw: draw) }
  }

  private static func reserve(_ reservations: [Reservation], at now: Int64, in db: Database, draw: () throws -> UInt32)
    throws -> [ReservedPlace]
  {
    guard !reservations.isEmpty else { return [] }
    try keepQuota(reservations, at: now, in: db)
    var lists: [String: ListPair] = [:]
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO credential (id, member, chamber, programme, subject, state, valid_from, valid_until, state_since, \
        revocation_list, revocation_index,
          suspension_list, suspension_index, salt, content_digest, replaces, replacement_reason, request, request_row)
        VALUES (?, ?, ?, ?, ?, 'reserved', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    )
    return try reservations.map { wanted in
      var pair = try lists[wanted.chamber] ?? openLists(of: wanted.chamber, in: db)
      if pair.used >= statusListFill { pair = try beginLists(of: wanted.chamber, series: pair.series + 1, in: db) }
      let revocation = try freeIndex(in: db, column: "revocation", list: pair.revocation, draw: draw)
      let suspension = try freeIndex(in: db, column: "suspension", list: pair.suspension, draw: draw)
      pair.used += 1
      lists[wanted.chamber] = pair
      try insert.run(
        .text(wanted.id),
        .integer(wanted.member),
        .text(wanted.chamber),
        .text(wanted.programme),
        .text(wanted.subject),
        .integer(wanted.validFrom),
        .integer(wanted.validUntil),
        .integer(now),
        .integer(pair.revocation),
        .integer(revocation),
        .integer(pair.suspension),
        .integer(suspension),
        .blob(wanted.salt),
        .blob(wanted.contentDigest),
        .optional(wanted.replaces),
        .optional(wanted.replacementReason),
        .optional(wanted.request),
        .optional(wanted.row)
      )
      return ReservedPlace(
        seq: db.lastInsertedRowID,
        revocationSeries: pair.series,
        revocationIndex: revocation,
        suspensionSeries: pair.series,
        suspensionIndex: suspension
      )
    }
  }

  /// The quota of each programme and chamber, counted in the same transaction that takes places of it. What replaces
  /// another takes none.
  private static func keepQuota(_ reservations: [Reservation], at now: Int64, in db: Database) throws {
    let groups = Dictionary(grouping: reservations.filter { $0.replaces == nil }) { [$0.chamber, $0.programme] }
    for (place, wanted) in groups {
      guard
        let quota = try Int.fetchOne(
          db,
          sql: "SELECT quota FROM programme WHERE id = ? ORDER BY seq DESC LIMIT 1",
          arguments: [place[1]]
        )
      else {
        throw RegistryFailure.refused(rule: "second_officer_required")  // rules the register does not know ask for two
      }
      guard try inForce(chamber: place[0], programme: place[1], at: now, in: db) + wanted.count <= quota else {
        throw RegistryFailure.refused(rule: "quota_reached")
      }
    }
  }

  /// Certificates that count against the quota: in force, suspended or about to be, and not ended by the clock.
  static func inForce(chamber: String, programme: String, at now: Int64, in db: Database) throws -> Int {
    let live =
      try Int.fetchOne(
        db,
        sql:
          """
          SELECT ifnull(sum(count), 0) FROM tally WHERE chamber = ? AND programme = ? AND state IN ('active', \
          'suspended', 'reserved')
          """,
        arguments: [chamber, programme]
      ) ?? 0
    let ended =
      try Int.fetchOne(
        db,
        sql:
          """
          SELECT count(*) FROM credential WHERE chamber = ? AND programme = ? AND state IN ('active', 'suspended') AND \
          valid_until < ?
          """,
        arguments: [chamber, programme, now]
      ) ?? 0
    return live - ended
  }

  private struct ListPair { var series: Int64, revocation: Int64, suspension: Int64, used: Int64 }

  private static func openLists(of chamber: String, in db: Database) throws -> ListPair {
    guard
      let series = try Int64.fetchOne(
        db,
        sql: "SELECT max(series) FROM status_list WHERE chamber = ?",
        arguments: [chamber]
      )
    else {
      return try beginLists(of: chamber, series: 1, in: db)
    }
    func id(_ purpose: String) throws -> Int64 {
      try Int64.fetchOne(
        db,
        sql: "SELECT id FROM status_list WHERE chamber = ? AND series = ? AND purpose = ?",
        arguments: [chamber, series, purpose]
      ) ?? 0
    }
    let revocation = try id("revocation")
    let used =
      try Int64.fetchOne(db, sql: "SELECT count(*) FROM credential WHERE revocation_list = ?", arguments: [revocation])
      ?? 0
    return ListPair(series: series, revocation: revocation, suspension: try id("suspension"), used: used)
  }

  private static func beginLists(of chamber: String, series: Int64, in db: Database) throws -> ListPair {
    var ids: [Int64] = []
    for purpose in ["revocation", "suspension"] {
      try db.execute(
        sql: "INSERT INTO status_list (chamber, series, purpose) VALUES (?, ?, ?)",
        arguments: [chamber, series, purpose]
      )
      ids.append(db.lastInsertedRowID)
    }
    return ListPair(series: series, revocation: ids[0], suspension: ids[1], used: 0)
  }

  /// A random free place. At most three quarters are ever taken, so a thousand tries fail only with a broken generator.
  private static func freeIndex(in db: Database, column: String, list: Int64, draw: () throws -> UInt32) throws -> Int64
  {
    let taken = try db.cachedStatement(sql: "SELECT 1 FROM credential WHERE \(column)_list = ? AND \(column)_index = ?")
    for _ in 0..<1_000 {
      let index = Int64(try draw()) % statusListLength  // 2^32 is a multiple of 2^17: no bias
      if try !taken.finds(.integer(list), .integer(index)) { return index }
    }
    throw RegistryFailure.refused(rule: "random_generator_repeats")
  }

  /// The moment of issue: token, log leaf, checkpoint and audit row in one transaction, together with the end of what
  /// is replaced and the rows of the request that are done with it.
  /// - Parameter next: what a later batch is to have, in the same transaction: it shares the commit, and nothing of it
  ///   is signed before.
  @discardableResult
  public func issue(
    _ credentials: [IssuedCredential],
    replacing: [StateChange] = [],
    outcomes: [ItemOutcome] = [],
    officer: String,
    reasons: [Int64: String] = [:],
    request: Int64? = nil,
    log: LogAppend,
    audit: AuditRecord,
    reserving next: [Reservation] = [],
    draw: () throws -> UInt32 = { 0 }
  )
    throws(RegistryFailure) -> [ReservedPlace]
  {
    try write { db in
      // Equal for all of one signer: the one before is compared, since hashing three kilobytes for each would cost more
      // than the row.
      var header: (bytes: [UInt8], id: Int64)?
      let update = try db.cachedStatement(
        sql: """
          UPDATE credential SET state = 'active', state_since = ?, issued_at = ?, header = ?, payload = ?, signature = \
          ?, leaf = ? WHERE seq = ?
          """
      )
      for credential in credentials {
        let known =
          try header.flatMap { $0.bytes == credential.parts.header ? $0.id : nil }
          ?? Self.headerID(credential.parts.header, in: db)
        header = (credential.parts.header, known)
        try update.run(
          .integer(credential.issuedAt),
          .integer(credential.issuedAt),
          .integer(known),
          .blob(credential.parts.payload),
          .blob(credential.parts.signature),
          .integer(credential.leaf),
          .integer(credential.seq)
        )
        guard db.changesCount == 1 else { throw RegistryFailure.refused(rule: "illegal_transition") }
        try Self.insertEvent(
          credential.seq,
          "issued",
          credential.issuedAt,
          officer,
          reasons[credential.seq] ?? "issue",
          "",
          credential.leaf,
          request,
          in: db
        )
      }
      try Self.change(replacing, in: db)
      try Self.settle(outcomes, by: officer, at: log.at, in: db)
      try Self.append(log, in: db)
      try Self.insert(audit, in: db)
      return try Self.reserve(next, at: log.at, in: db, draw: draw)
    }
  }

  static func headerID(_ header: [UInt8], in db: Database) throws -> Int64 {
    try db.execute(sql: "INSERT OR IGNORE INTO token_header (header) VALUES (?)", arguments: [Data(header)])
    return try Int64.fetchOne(db, sql: "SELECT id FROM token_header WHERE header = ?", arguments: [Data(header)]) ?? 0
  }

  /// Suspends, reinstates, revokes, lapses or abandons; the schema refuses every other step.
  public func apply(_ changes: [StateChange], outcomes: [ItemOutcome] = [], log: LogAppend?, audit: AuditRecord)
    throws(RegistryFailure)
  {
    try write { db in
      try Self.change(changes, in: db)
      try Self.settle(outcomes, by: audit.officer, at: audit.at, in: db)
      if let log { try Self.append(log, in: db) }
      try Self.insert(audit, in: db)
    }
  }

  private static func change(_ changes: [StateChange], in db: Database) throws {
    guard !changes.isEmpty else { return }
    // The statement is written with the state: a trigger sees the old and the new state of the same row.
    let update = try db.cachedStatement(
      sql: """
        UPDATE credential SET state = ?, state_since = ?, statement = ifnull(?, statement), replaced_by = ifnull(?, \
        replaced_by),
          replacement_reason = CASE WHEN ? = 'superseded' THEN ? ELSE replacement_reason END, decided_by = ? WHERE seq \
        = ? AND state <> ?
        """
    )
    for change in changes {
      try update.execute(arguments: [
        change.state, change.at, change.statement.map { Data($0) }, change.replacedBy, change.state, change.reason,
        change.request, change.seq, change.state,
      ])
      guard db.changesCount == 1 else { throw RegistryFailure.refused(rule: "illegal_transition") }
      try insertEvent(
        change.seq,
        change.event,
        change.at,
        change.officer,
        change.reason,
        change.note,
        change.leaf,
        change.request,
        in: db,
        isPublic: change.state != "abandoned" && change.state != "lapsed"
      )  // nothing of these is ever public
    }
  }

  static func insertEvent(
    _ seq: Int64,
    _ kind: String,
    _ at: Int64,
    _ officer: String,
    _ reason: String,
    _ note: String,
    _ leaf: Int64?,
    _ request: Int64?,
    in db: Database,
    isPublic: Bool = true
  ) throws {
    try db.cachedStatement(
      sql:
        "INSERT INTO event (credential, kind, at, officer, reason, note, leaf, request) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    )
    .run(
      .integer(seq),
      .text(kind),
      .integer(at),
      .text(officer),
      .text(reason),
      .text(note),
      .optional(leaf),
      .optional(request)
    )
    guard isPublic else { return }
    try db.cachedStatement(sql: "INSERT INTO unpublished VALUES (?, ?)").run(
      .integer(db.lastInsertedRowID),
      .integer(seq)
    )
  }

  // MARK: log, audit, publication

  /// Appends leaves with their checkpoint and nothing else (status-list versions, trust-list versions).
  public func append(_ log: LogAppend, audit: AuditRecord? = nil) throws(RegistryFailure) {
    try write { db in
      try Self.append(log, in: db)
      if let audit { try Self.insert(audit, in: db) }
    }
  }

  static func append(_ log: LogAppend, in db: Database) throws {
    guard !log.leaves.isEmpty else { return }
    let size = try Int64.fetchOne(db, sql: "SELECT ifnull(max(leaf) + 1, 0) FROM log_leaf") ?? 0
    guard size == log.previousSize else { throw RegistryFailure.refused(rule: "log_moved") }
    var next = size
    let insert = try db.cachedStatement(sql: "INSERT INTO log_leaf VALUES (?, ?, ?)")
    for leaf in log.leaves {
      try insert.run(.integer(next), .blob(leaf.entry), .blob(leaf.hash))
      next += 1
    }
    for root in log.tileRoots {
      try db.cachedStatement(sql: "INSERT INTO log_tile_root VALUES (?, ?, ?)").execute(arguments: [
        root.level, root.position, Data(root.hash),
      ])
    }
    try db.execute(
      sql: "INSERT INTO checkpoint VALUES (?, ?, ?, ?)",
      arguments: [next, log.at, Data(log.frontier), log.note]
    )
  }

  /// Records an act that changed nothing, above all a refused one.
  public func record(_ audit: AuditRecord) throws(RegistryFailure) { try write { try Self.insert(audit, in: $0) } }

  static func insert(_ audit: AuditRecord, in db: Database) throws {
    try db.cachedStatement(sql: "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").execute(arguments: [
      audit.seq, audit.at, audit.officer, audit.act, audit.subject, audit.outcome, audit.detail, Data(audit.previous),
      Data(audit.digest),
      audit.signature.map { Data($0) },
    ])
  }

  /// The next value of a counter that only grows, on disk before it is used.
  public func next(_ counter: String) throws(RegistryFailure) -> Int64 {
    try write { db in
      try Int64.fetchOne(
        db,
        sql: "INSERT INTO counter VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
        arguments: [counter]
      ) ?? 0
    }
  }

  /// Notes what `public/` holds now.
  /// - Parameter upTo: the newest event whose effect is in it; nil when none is new.
  public func published(_ entries: [(path: String, at: Int64, due: Int64)], upTo event: Int64?, at now: Int64)
    throws(RegistryFailure)
  {
    try write { db in
      for entry in entries {
        try db.execute(
          sql: "INSERT OR REPLACE INTO publication VALUES (?, ?, ?)",
          arguments: [entry.path, entry.at, entry.due]
        )
      }
      guard let event else { return }
      try db.execute(
        sql: "INSERT INTO published_event SELECT event, ? FROM unpublished WHERE event <= ?",
        arguments: [now, event]
      )
      try db.execute(sql: "DELETE FROM unpublished WHERE event <= ?", arguments: [event])
    }
  }
}
