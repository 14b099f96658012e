internal import Encodings
internal import Storage
package import Vocabulary

/// A company as a chamber's register has it. Dates are `YYYY-MM-DD`; empty text where the chamber has nothing.
package struct Member: Sendable, Equatable {
  package var rowID: Int64 = 0
  package let chamber: String, number: String
  package var nameEn = "", nameAr = "", legalForm = "", licenceNumber = "", licenceAuthority = "", jurisdiction = ""
  package var memberSince = "", feesPaidUntil = "", storefront = "", platform = "", website = ""
  package var membership = MembershipKind.member
  /// The forms in which look-alike names are equal, as the register has them.
  package var skeletonEn = "", skeletonAr = ""
  /// Which look-alike names an officer has accepted beside this member's own; nil where none was looked at.
  package var nameAccepted: String?
  /// Whether the person the chamber writes to was erased on request.
  package var erased = false
  package var key: String { "\(chamber)/\(number)" }
  package init(chamber: String, number: String) {
    self.chamber = chamber
    self.number = number
  }
}

extension Member: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "member"
    case id, chamber, number, nameEn, nameAr, legalForm, licenceNumber, licenceAuthority, jurisdiction, memberSince
    case feesPaidUntil, storefront, platform, website, membership, skeletonEn, skeletonAr, nameAccepted, erasedAt
  }

  static let select = """
    SELECT m.id, m.chamber, m.number, m.name_en, m.name_ar, m.legal_form, m.licence_number, m.licence_authority, \
    m.jurisdiction, m.member_since, m.fees_paid_until,
      m.storefront, m.platform, m.website, m.membership, m.skeleton_en, m.skeleton_ar, m.name_accepted, m.erased_at
    FROM member m

    """

  init(row: TypedRow<Column>) throws {
    self.init(chamber: row.text(.chamber), number: row.text(.number))
    rowID = row.integer(.id)
    nameEn = row.text(.nameEn)
    nameAr = row.text(.nameAr)
    legalForm = row.text(.legalForm)
    licenceNumber = row.text(.licenceNumber)
    licenceAuthority = row.text(.licenceAuthority)
    jurisdiction = row.text(.jurisdiction)
    memberSince = row.text(.memberSince)
    feesPaidUntil = row.text(.feesPaidUntil)
    storefront = row.text(.storefront)
    platform = row.text(.platform)
    website = row.text(.website)
    membership = try row.value(MembershipKind.self, .membership)
    skeletonEn = row.text(.skeletonEn)
    skeletonAr = row.text(.skeletonAr)
    nameAccepted = row.optionalText(.nameAccepted)
    erased = !row.isNull(.erasedAt)
  }
}

/// The person a chamber writes to. Never leaves the register.
package struct Contact: Sendable, Equatable {
  package let name: String, email: String, phone: String
  package init(name: String, email: String, phone: String) {
    self.name = name
    self.email = email
    self.phone = phone
  }
}

extension Contact: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "contact"
    case name, email, phone
  }

  init(row: TypedRow<Column>) { self.init(name: row.text(.name), email: row.text(.email), phone: row.text(.phone)) }
}

/// What an import did.
package struct ImportCounts: Sendable, Equatable {
  /// A known member as it was and as the sheet has it; both equal where only the contact changed.
  package struct Update: Sendable, Equatable { package let before: Member, after: Member }
  static let mostUpdates = 3

  package var added = 0, changed = 0, unchanged = 0
  /// The first few of those that changed, for people.
  package var updates: [Update] = []
  package init() {}
}

/// Another member's name that looks like this one's.
private struct Lookalike: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "member"
    case key, name
  }
  let key: String, name: String
  init(row: TypedRow<Column>) {
    key = row.text(.key)
    name = row.text(.name)
  }
}

/// Words of an officer as `member_search` is asked for them: the beginning of each by its index, and of the few that
/// are left those that go on as the word does.
struct WordSearch {
  /// The longest beginnings that are indexed (`Schema.search`).
  private static let indexed = 6
  private(set) var condition = "member_search MATCH ?"
  private(set) var arguments: [Bound]

  /// Nil when there is no word in it.
  init?(_ text: String) {
    let words = SearchWords.words(text)
    guard !words.isEmpty else { return nil }
    // folding leaves no quotation mark
    arguments = [
      .text(words.map { "\"\(String($0.unicodeScalars.prefix(Self.indexed)))\"*" }.joined(separator: " "))
    ]
    for word in words where word.unicodeScalars.count > Self.indexed {
      condition += " AND instr(' ' || s.words, ?) > 0"
      arguments.append(.text(" \(word)"))
    }
  }
}

/// The companies of the chambers, and whom the chambers write to.
package struct MemberStore: Sendable {
  let database: RegistryDatabase
  private static let byNumber = Member.select + "WHERE m.chamber = ? AND m.number = ?"

  package func find(chamber: String, number: String) throws(RegistryFailure) -> Member? {
    try database.read { try $0.first(Member.self, Self.byNumber, with: .text(chamber), .text(number)) }
  }

  package func find(rowID: Int64) throws(RegistryFailure) -> Member? {
    try database.read { try $0.first(Member.self, Member.select + "WHERE m.id = ?", with: .integer(rowID)) }
  }

  /// Many in one read, in their order; nil where there is none.
  package func find(_ keys: [(chamber: String, number: String)]) throws(RegistryFailure) -> [Member?] {
    try database.read { transaction in
      let find = try transaction.prepare(Self.byNumber)
      return try keys.map { try find.first(Member.self, [.text($0.chamber), .text($0.number)]) }
    }
  }

  package func all(chamber: String? = nil, limit: Int = .max) throws(RegistryFailure) -> [Member] {
    try database.read {
      try $0.all(
        Member.self,
        Member.select + "WHERE ?1 IS NULL OR m.chamber = ?1 ORDER BY m.chamber, m.number LIMIT ?2",
        with: .optional(chamber),
        .count(limit)
      )
    }
  }

  /// Members whose names, numbers or addresses begin with the words asked for, in Arabic or English, folded
  /// (`SearchWords`).
  package func search(_ words: String, limit: Int) throws(RegistryFailure) -> [Member] {
    guard let search = WordSearch(words) else { return [] }
    let sql =
      Member.select + "JOIN member_search s ON m.id = s.rowid WHERE \(search.condition) ORDER BY s.rowid LIMIT ?"
    return try database.read { try $0.prepare(sql).all(Member.self, search.arguments + [.count(limit)]) }
  }

  package func count() throws(RegistryFailure) -> Int {
    try database.read { Int(try $0.integer("SELECT count(*) FROM member") ?? 0) }
  }

  package func contact(of member: Int64) throws(RegistryFailure) -> Contact? {
    try database.read { try MemberRows(transaction: $0).contact(of: member) }
  }

  // MARK: names that look alike

  /// Other members' names with the same skeleton, spelled differently; in any chamber.
  package func lookalikes(of member: Member) throws(RegistryFailure) -> [(key: String, name: String)] {
    try database.read { transaction in
      var found: [(String, String)] = []
      for (column, skeleton, name) in [
        ("en", member.skeletonEn, member.nameEn), ("ar", member.skeletonAr, member.nameAr),
      ] where !skeleton.isEmpty {
        found += try transaction.all(
          Lookalike.self,
          """
          SELECT min(chamber || '/' || number) AS key, name_\(column) AS name FROM member
          WHERE skeleton_\(column) = ? AND name_\(column) <> ? AND id <> ? GROUP BY name_\(column) LIMIT 20
          """,
          with: .text(skeleton),
          .text(name),
          .integer(member.rowID)
        ).map { ($0.key, $0.name) }
      }
      return found
    }
  }

  /// Skeletons under which more than one spelling is registered: what a whole sheet is compared with.
  package func ambiguousSkeletons() throws(RegistryFailure) -> Set<String> {
    try database.read { transaction in
      var found: Set<String> = []
      for column in ["en", "ar"] {
        found.formUnion(
          try transaction.texts(
            """
            SELECT skeleton_\(column) FROM member WHERE skeleton_\(column) <> '' GROUP BY skeleton_\(column) HAVING \
            min(name_\(column)) <> max(name_\(column))
            """
          )
        )
      }
      return found
    }
  }

  /// An officer's word that a name which resembles another's is the member's own. `names` is what was looked at.
  package func acceptName(of member: Int64, names: String) throws(RegistryFailure) {
    try database.write {
      try $0.execute("UPDATE member SET name_accepted = ? WHERE id = ?", .text(names), .integer(member))
    }
  }

  // MARK: import

  /// Adds companies and brings known ones up to date, all or none.
  package func importRows(_ rows: [(Member, Contact)], at now: Int64, audit: AuditRecord) throws(RegistryFailure)
    -> ImportCounts
  {
    try database.write { transaction in
      let store = MemberRows(transaction: transaction)
      var counts = ImportCounts()
      let find = try transaction.prepare(Self.byNumber)
      var words: [Int64: (words: String, isKnown: Bool)] = [:]
      for (member, contact) in rows {
        let known = try find.first(Member.self, [.text(member.chamber), .text(member.number)])
        let id: Int64
        if let known {
          id = known.rowID
          guard try !store.holds(member, contact, as: known) else {
            counts.unchanged += 1
            continue
          }
          counts.changed += 1
          if counts.updates.count < ImportCounts.mostUpdates {
            counts.updates.append(.init(before: known, after: member))
          }
          try store.update(member, id: id, at: now)
        } else {
          counts.added += 1
          id = try store.insert(member, at: now)
        }
        // An erased person does not come back with an old sheet; the chamber enters a new contact by hand.
        if known?.erased != true { try store.put(contact, of: id) }
        words[id] = (member.searchWords, words[id]?.isKnown ?? (known != nil))
      }
      // Last: from the first of them on, each statement on another table that might have to be undone would make FTS5
      // write out what it holds.
      let forget = try transaction.prepare("DELETE FROM member_search WHERE rowid = ?")
      let learn = try transaction.prepare("INSERT INTO member_search (rowid, words) VALUES (?, ?)")
      for (id, member) in words.sorted(by: { $0.key < $1.key }) {
        if member.isKnown { try forget.run(.integer(id)) }
        try learn.run(.integer(id), .text(member.words))
      }
      try transaction.insert(audit)
      return counts
    }
  }

  // MARK: people

  /// Erases the person a chamber writes to. The bytes are overwritten, not only unlinked. Certificates, log and audit
  /// trail stay as they are: they never held them.
  package func eraseContact(of member: Int64, at now: Int64, audit: AuditRecord) throws(RegistryFailure) {
    try RegistryDatabase.translating {
      try database.connection.withoutTransaction { try $0.script("PRAGMA secure_delete=ON") }
    }
    try database.write { transaction in
      try transaction.execute(
        "UPDATE contact SET name = '', email = '', phone = '' WHERE member = ?",
        .integer(member)
      )
      try transaction.execute("DELETE FROM contact WHERE member = ?", .integer(member))
      try transaction.execute(
        "UPDATE member SET erased_at = ?, changed_at = ? WHERE id = ?",
        .integer(now),
        .integer(now),
        .integer(member)
      )
      try transaction.insert(audit)
    }
  }

  /// A contact entered by hand. A member whose contact was erased stays marked: only another entry by hand changes it,
  /// no sheet.
  package func setContact(_ contact: Contact, of member: Int64, at now: Int64, audit: AuditRecord)
    throws(RegistryFailure)
  {
    try database.write { transaction in
      try MemberRows(transaction: transaction).put(contact, of: member)
      try transaction.execute("UPDATE member SET changed_at = ? WHERE id = ?", .integer(now), .integer(member))
      try transaction.insert(audit)
    }
  }
}

extension Member {
  /// What a search finds the member by.
  fileprivate var searchWords: String {
    SearchWords.fold("\(nameEn) \(nameAr) \(number) \(licenceNumber) \(storefront) \(website)")
  }
}

/// Reads and writes members and contacts within one transaction.
private struct MemberRows {
  let transaction: Transaction

  func contact(of member: Int64) throws -> Contact? {
    try transaction.first(
      Contact.self,
      "SELECT name, email, phone FROM contact WHERE member = ?",
      with: .integer(member)
    )
  }

  func put(_ contact: Contact, of member: Int64) throws {
    try transaction.execute(
      "INSERT OR REPLACE INTO contact VALUES (?, ?, ?, ?)",
      .integer(member),
      .text(contact.name),
      .text(contact.email),
      .text(contact.phone)
    )
  }

  /// Whether the register says of a known member, and of its contact, what a row of a sheet says.
  func holds(_ member: Member, _ contact: Contact, as known: Member) throws -> Bool {
    var same = member
    same.rowID = known.rowID
    same.nameAccepted = known.nameAccepted
    same.erased = known.erased
    guard same == known else { return false }
    return try known.erased || self.contact(of: known.rowID) == contact
  }

  func update(_ member: Member, id: Int64, at now: Int64) throws {
    try transaction.execute(
      """
      UPDATE member SET name_en=?, name_ar=?, legal_form=?, licence_number=?, licence_authority=?, \
      jurisdiction=?, member_since=?,
        fees_paid_until=?, storefront=?, platform=?, website=?, membership=?, skeleton_en=?, skeleton_ar=?, \
      changed_at=? WHERE id=?
      """,
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
      .word(member.membership),
      .text(member.skeletonEn),
      .text(member.skeletonAr),
      .integer(now),
      .integer(id)
    )
  }

  /// - Returns: its row.
  func insert(_ member: Member, at now: Int64) throws -> Int64 {
    try transaction.execute(
      """
      INSERT INTO member (name_en, name_ar, legal_form, licence_number, licence_authority, jurisdiction, \
      member_since,
        fees_paid_until, storefront, platform, website, membership, skeleton_en, skeleton_ar, changed_at, \
      created_at, chamber, number)
      VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
      """,
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
      .word(member.membership),
      .text(member.skeletonEn),
      .text(member.skeletonAr),
      .integer(now),
      .integer(now),
      .text(member.chamber),
      .text(member.number)
    )
    return transaction.lastInsertedRowID
  }
}
