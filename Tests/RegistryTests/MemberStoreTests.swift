import Foundation
import Storage
import Testing
import Vocabulary

@testable import Registry

@Suite struct MemberStoreTests {
  private let contact = Contact(name: "Amal Hassan", email: "a@one.example", phone: "+97142281111")

  @Test func everyFieldOfARowComesBack() throws {
    let fixture = try StoreFixture()
    let member = fixture.member("500") {
      $0.storefront = "https://shop.example/"
      $0.platform = "souk"
      $0.website = "https://company.example/"
      $0.membership = .eMember
      $0.skeletonEn = "c0mpany 500"
      $0.skeletonAr = "شركه 500"
    }
    _ = try fixture.members.importRows([(member, contact)], at: 5, audit: try fixture.audit(.memberImport))
    let found = try #require(try fixture.members.find(chamber: "dubai", number: "500"))
    var expected = member
    expected.rowID = found.rowID
    #expect(found == expected && found.key == "dubai/500" && found.nameAccepted == nil && !found.erased)
    #expect(try fixture.members.find(rowID: found.rowID) == found)
    #expect(try fixture.members.contact(of: found.rowID) == contact)
    #expect(try fixture.register.value("SELECT created_at FROM member WHERE number = '500'") == 5)
  }

  @Test func nothingIsFoundUnderAnotherChamberOrNumber() throws {
    let fixture = try StoreFixture()
    #expect(try fixture.members.find(chamber: "ajman", number: "1") == nil)
    #expect(try fixture.members.find(chamber: "dubai", number: "01") == nil)
    #expect(try fixture.members.find(rowID: 99) == nil)
    #expect(try fixture.members.contact(of: 1) == nil)
    let many = try fixture.members.find([("dubai", "2"), ("ajman", "2"), ("ajman", "3"), ("dubai", "2")])
    #expect(many.map { $0?.key } == ["dubai/2", nil, "ajman/3", "dubai/2"])
  }

  @Test func theListIsInOrderAndEndsAtItsLimit() throws {
    let fixture = try StoreFixture()
    let more = ["10", "100", "9"].map { (fixture.member($0), contact) }
    _ = try fixture.members.importRows(more, at: 5, audit: try fixture.audit())
    #expect(try fixture.members.count() == 6)
    let all = ["ajman/3", "dubai/1", "dubai/10", "dubai/100", "dubai/2", "dubai/9"]
    #expect(try fixture.members.all().map(\.key) == all)
    #expect(try fixture.members.all(chamber: "ajman").map(\.key) == ["ajman/3"])
    #expect(try fixture.members.all(chamber: "sharjah").isEmpty)
    #expect(try fixture.members.all(chamber: "dubai", limit: 2).map(\.number) == ["1", "10"])
    #expect(try fixture.members.all(limit: 0).isEmpty)
  }

  @Test func anImportCountsWhatItDid() throws {
    let fixture = try StoreFixture()
    let rows = ["501", "502"].map { (fixture.member($0), contact) }
    var counts = try fixture.members.importRows(rows, at: 5, audit: try fixture.audit())
    #expect(counts.added == 2 && counts.changed == 0 && counts.unchanged == 0)
    // One as it was, one with another contact, one new.
    let other = Contact(name: "Omar", email: "o@one.example", phone: "")
    counts = try fixture.members.importRows(
      [rows[0], (rows[1].0, other), (fixture.member("503"), contact)],
      at: 6,
      audit: try fixture.audit()
    )
    #expect(counts.added == 1 && counts.changed == 1 && counts.unchanged == 1)
    func changedAt(_ number: String) throws -> Int64? {
      try fixture.register.value("SELECT changed_at FROM member WHERE number = '\(number)'")
    }
    #expect(try changedAt("501") == 5 && changedAt("502") == 6)
    let second = try #require(try fixture.members.find(chamber: "dubai", number: "502"))
    #expect(try fixture.members.contact(of: second.rowID) == other)
  }

  /// Every field counts, and what an officer said of the name does not.
  @Test func anyOtherFieldIsAChange() throws {
    let fixture = try StoreFixture()
    let base = fixture.member("501")
    _ = try fixture.members.importRows([(base, contact)], at: 5, audit: try fixture.audit())
    let row = try #require(try fixture.members.find(chamber: "dubai", number: "501")).rowID
    try fixture.members.acceptName(of: row, names: "both names")
    let edits: [(String, (inout Member) -> Void)] = [
      ("name", { $0.nameEn += "x" }), ("Arabic name", { $0.nameAr += "ا" }), ("form", { $0.legalForm = "FZE" }),
      ("licence", { $0.licenceNumber += "1" }), ("licensing office", { $0.licenceAuthority = "ADDED" }),
      ("place", { $0.jurisdiction = "AE-AJ" }), ("since", { $0.memberSince = "2019-05-02" }),
      ("fees", { $0.feesPaidUntil = "2029-12-31" }), ("shop", { $0.storefront = "https://s.example/" }),
      ("platform", { $0.platform = "souk" }), ("website", { $0.website = "https://w.example/" }),
      ("kind", { $0.membership = .eMember }), ("skeleton", { $0.skeletonEn = "s" }),
      ("Arabic skeleton", { $0.skeletonAr = "s" }),
    ]
    for (name, edit) in edits {
      var changed = base
      edit(&changed)
      var counts = try fixture.members.importRows([(changed, contact)], at: 6, audit: try fixture.audit())
      #expect(counts.changed == 1, "\(name)")
      var expected = changed
      (expected.rowID, expected.nameAccepted) = (row, "both names")
      #expect(try fixture.members.find(rowID: row) == expected, "\(name)")
      counts = try fixture.members.importRows([(changed, contact)], at: 7, audit: try fixture.audit())
      #expect(counts.unchanged == 1, "\(name)")
      _ = try fixture.members.importRows([(base, contact)], at: 8, audit: try fixture.audit())
    }
  }

  @Test func aRowThatCannotStandUndoesTheWholeSheet() throws {
    let fixture = try StoreFixture()
    let before = try fixture.contents()
    for bad in [
      fixture.member("502", chamber: "sharjah"), fixture.member(""), fixture.member("503") { $0.nameEn = "" },
      fixture.member("504") { $0.nameAr = "" }, fixture.member(String(repeating: "1", count: 41)),
    ] {
      #expect(throws: RegistryFailure.self, "\(bad.key)") {
        try fixture.members.importRows(
          [(fixture.member("501"), contact), (bad, contact)],
          at: 5,
          audit: try fixture.audit()
        )
      }
    }
    #expect(try fixture.contents() == before)
    #expect(try fixture.members.search("company", limit: 9).isEmpty)
  }

  @Test func lookalikesAreOthersWithTheSameSkeletonAndAnotherSpelling() throws {
    let fixture = try StoreFixture()
    let rows: [(String, String, String)] = [
      ("501", "Desert Rose", "desert rose"), ("502", "Desert R0se", "desert rose"),
      ("503", "Desert Rose", "desert rose"),
      ("504", "Other", "other"), ("505", "Empty", ""), ("506", "Empty too", ""),
    ]
    let members = rows.map { number, name, skeleton in
      fixture.member(number) {
        $0.nameEn = name
        $0.skeletonEn = skeleton
        $0.nameAr = "اسم"
        $0.skeletonAr = number == "504" ? "اسم" : ""
      }
    }
    let far = fixture.member("601", chamber: "ajman") {
      $0.nameEn = "DESERT ROSE"
      $0.skeletonEn = "desert rose"
      $0.skeletonAr = ""
    }
    _ = try fixture.members.importRows((members + [far]).map { ($0, contact) }, at: 5, audit: try fixture.audit())
    func found(_ member: Member) throws -> Set<String> {
      Set(try fixture.members.lookalikes(of: member).map { "\($0.key) \($0.name)" })
    }
    #expect(try found(members[0]) == ["dubai/502 Desert R0se", "ajman/601 DESERT ROSE"])
    // Of several members with one spelling the first is named.
    #expect(try found(members[1]) == ["dubai/501 Desert Rose", "ajman/601 DESERT ROSE"])
    #expect(try found(members[3]).isEmpty && found(members[4]).isEmpty)
    #expect(try fixture.members.ambiguousSkeletons() == ["desert rose"])
  }

  @Test func whatAnOfficerSaidOfANameIsKept() throws {
    let fixture = try StoreFixture()
    try fixture.members.acceptName(of: 2, names: "digest of both")
    #expect(try fixture.members.find(rowID: 2)?.nameAccepted == "digest of both")
    #expect(try fixture.members.find(rowID: 1)?.nameAccepted == nil)
  }

  /// An erased person does not come back with an old sheet.
  @Test func anErasedContactStaysAway() throws {
    let fixture = try StoreFixture()
    let member = fixture.member("501")
    _ = try fixture.members.importRows([(member, contact)], at: 5, audit: try fixture.audit())
    let row = try #require(try fixture.members.find(chamber: "dubai", number: "501")).rowID
    try fixture.members.eraseContact(of: row, at: 6, audit: try fixture.audit(.memberErase))
    #expect(try fixture.members.contact(of: row) == nil && fixture.members.find(rowID: row)?.erased == true)
    #expect(try fixture.register.value("SELECT erased_at FROM member WHERE id = \(row)") == 6)
    var counts = try fixture.members.importRows([(member, contact)], at: 7, audit: try fixture.audit())
    #expect(counts.unchanged == 1, "the sheet is as it was")
    counts = try fixture.members.importRows(
      [(fixture.member("501") { $0.legalForm = "FZE" }, contact)],
      at: 8,
      audit: try fixture.audit()
    )
    #expect(try counts.changed == 1 && fixture.members.contact(of: row) == nil)
    // By hand it does, and the mark stays.
    let other = Contact(name: "Sara", email: "s@one.example", phone: "1")
    try fixture.members.setContact(other, of: row, at: 9, audit: try fixture.audit(.memberContact))
    #expect(try fixture.members.contact(of: row) == other && fixture.members.find(rowID: row)?.erased == true)
    #expect(try fixture.register.value("SELECT changed_at FROM member WHERE id = \(row)") == 9)
    _ = try fixture.members.importRows([(member, contact)], at: 10, audit: try fixture.audit())
    #expect(try fixture.members.contact(of: row) == other)
  }

  @Test func theErasedBytesAreGoneFromTheFile() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "khatm-erase-\(UUID().uuidString).sqlite").path
    defer { try? FileManager.default.removeItem(atPath: path) }  // a temporary file
    let registry = try Registry.create(at: path, exists: false)
    let fixture = try StoreFixture()
    try registry.database.write {
      try $0.execute("INSERT INTO chamber VALUES ('dubai', 'dubai.example', 'D', 'د', 'AE-DU', 'granted', 1, 1)")
    }
    let person = Contact(name: "Person To Be Erased", email: "erased@one.example", phone: "")
    _ = try registry.members.importRows([(fixture.member("501"), person)], at: 5, audit: try fixture.audit())
    func holds() throws -> Bool { try Data(contentsOf: URL(filePath: path)).range(of: Data(person.name.utf8)) != nil }
    #expect(try holds())
    let audit = try registry.log.lastAudit()
    let next = AuditRecord(
      seq: 2,
      at: 6,
      officer: "registrar",
      act: "member-erase",
      subject: "",
      outcome: .done,
      detail: "{}",
      previous: audit?.digest ?? [],
      digest: TestRegister.digest,
      signature: TestRegister.signature
    )
    try registry.members.eraseContact(of: 1, at: 6, audit: next)
    #expect(try !holds())
  }

  @Test func aContactWithoutItsAuditRowIsNotKept() throws {
    let fixture = try StoreFixture()
    let audit = try fixture.audit()
    try fixture.registry.log.record(audit)
    // The same number again: the chain refuses it.
    #expect(
      try fixture.refusal { try fixture.members.setContact(contact, of: 1, at: 9, audit: audit) } == .tampered
    )
    #expect(try fixture.refusal { try fixture.members.eraseContact(of: 1, at: 9, audit: audit) } == .tampered)
    #expect(try fixture.members.contact(of: 1) == nil && fixture.members.find(rowID: 1)?.erased == false)
  }
}
