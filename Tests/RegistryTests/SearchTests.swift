import Foundation
import Storage
import Testing
import Vocabulary

@testable import Registry

/// What officers type against what the register has.
@Suite struct SearchTests {
  private static let companies: [(number: String, en: String, ar: String, licence: String, storefront: String)] = [
    ("101", "Desert Rose Trading LLC", "شركة وردة الصحراء للتجارة", "5123456", "https://desert-rose.example/"),
    ("102", "Desert Roads Logistics LLC", "شركة طُرُق الصَّحراء", "5123457", "https://roads.example/shop"),
    ("103", "Café Ørsted Internationale", "مقهى أورستد الدولية", "5123999", ""),
    ("104", "Cafeteria Al Noor", "كافتيريا النور", "777", "https://alnoor.example/"),
    ("105", "कंपनी Trading", "شركة كمباني", "42", ""),
  ]

  private func fill(_ registry: Registry) throws {
    let zero = [UInt8](repeating: 0, count: 32)
    _ = try registry.members.importRows(
      Self.companies.map { company in
        var member = Member(chamber: "dubai", number: company.number)
        member.nameEn = company.en
        member.nameAr = company.ar
        member.legalForm = "LLC"
        member.licenceNumber = company.licence
        member.licenceAuthority = "DET"
        member.jurisdiction = "AE-DU"
        member.memberSince = "2020-01-01"
        member.feesPaidUntil = "2030-12-31"
        member.storefront = company.storefront
        return (member, Contact(name: "Amal Hassan", email: "a@one.example", phone: ""))
      },
      at: TestRegister.now,
      audit: AuditRecord(
        seq: 1,
        at: TestRegister.now,
        officer: "registrar",
        act: "member-import",
        subject: "",
        outcome: .done,
        detail: "{}",
        previous: zero,
        digest: TestRegister.digest,
        signature: TestRegister.signature
      )
    )
  }

  private func check(_ registry: Registry) throws {
    for (words, numbers) in [
      ("desert", ["101", "102"]), ("DESERT ro", ["101", "102"]), ("desert ros", ["101"]), ("rose desert", ["101"]),
      // beginnings longer than the index knows, and too long
      ("logistics", ["102"]), ("logist", ["102"]), ("logistic", ["102"]), ("logistical", []),
      ("trading", ["101", "105"]), ("trading llc", ["101"]), ("esert", []),  // the middle of a word is no beginning
      ("5123456", ["101"]), ("512345", ["101", "102"]), ("51239", ["103"]), ("5123458", []), ("4", ["105"]),
      ("cafe", ["103", "104"]), ("café", ["103", "104"]), ("cafeteria", ["104"]), ("internationale", ["103"]),
      ("internationals", []),
      ("الصحرا", ["101", "102"]), ("الصَّحْراء", ["101", "102"]), ("طرق", ["102"]), ("وردة الصحراء", ["101"]),
      ("ورده", ["101"]), ("اورستد", ["103"]), ("أورستد", ["103"]),
      ("desert-rose.example", ["101"]), ("https://roads.example/shop", ["102"]), ("https://roads.example/shops", []),
      ("कंपनी", ["105"]), ("क", ["105"]), ("a", ["104"]), ("l", ["101", "102"]), ("", []), ("\" OR *", []), ("--", []),
    ] {
      #expect(try registry.members.search(words, limit: 50).map(\.number) == numbers, "\(words)")
    }
    #expect(try registry.members.search("trading", limit: 1).map(\.number) == ["101"])
  }

  @Test func beginningsOfWords() throws {
    let register = try TestRegister()
    try fill(register.registry)
    try check(register.registry)
  }

  /// A sheet may name a member that is there, under another name: the old one no longer finds it.
  @Test func aChangedNameIsFoundByTheNewOneAlone() throws {
    let register = try TestRegister()
    try fill(register.registry)
    var member = try #require(try register.registry.members.find(chamber: "dubai", number: "104"))
    member.nameEn = "Lantern House"
    let audit = AuditRecord(
      seq: 2,
      at: TestRegister.now,
      officer: "registrar",
      act: "member-import",
      subject: "",
      outcome: .done,
      detail: "{}",
      previous: TestRegister.digest,
      digest: [UInt8](repeating: 8, count: 32),
      signature: TestRegister.signature
    )
    // Twice in one import, as only a caller without a sheet could do it.
    let counts = try register.registry.members.importRows(
      [
        (member, Contact(name: "", email: "", phone: "")),
        (member, Contact(name: "", email: "b@one.example", phone: "")),
      ],
      at: TestRegister.now,
      audit: audit
    )
    #expect(counts.changed == 2)
    #expect(try register.registry.members.search("lantern", limit: 5).map(\.number) == ["104"])
    #expect(try register.registry.members.search("cafeteria", limit: 5).isEmpty)
  }

  /// A register of the version before finds the same once it was opened.
  @Test func anOlderRegisterIsSearchedTheSame() throws {
    let connection = try StorageConnection.open(nil, busy: 0)
    try connection.migrate(Schema.migrations, upTo: "5 binding")
    try connection.write {
      try $0.execute("INSERT INTO chamber VALUES ('dubai', 'dubai.example', 'Dubai', 'دبي', 'AE-DU', 'granted', 1, 1)")
    }
    let registry = Registry(database: RegistryDatabase(connection: connection))
    try fill(registry)
    try connection.migrate(Schema.migrations)
    try check(registry)
    #expect(try registry.integrityComplaints().isEmpty)
  }
}
