import Encodings
import Sheets
import Testing

/// One cell of an otherwise good row: what is taken and what is refused, with its code.
struct CellTests {
  /// A cell, and the code of its rejection.
  struct Case: Sendable, CustomTestStringConvertible {
    let column: String
    let value: String
    let code: String
    init(_ column: String, _ value: String, _ code: String) {
      self.column = column
      self.value = value
      self.code = code
    }
    var testDescription: String { "\(column) \(value.prefix(30))" }
  }

  static let refused: [Case] = [
    Case("chamber", "", "value_missing"), Case("chamber", "sharja", "unknown_chamber"),
    Case("chamber", "Dubai", "unknown_chamber"),
    Case("chamber", "dubai ", "unknown_chamber"), Case("chamber", "=dubai", "formula"),
    Case("member_number", "", "value_missing"), Case("member_number", "49 56", "member_number_invalid"),
    Case("member_number", "495/656", "member_number_invalid"), Case("member_number", "٤٩٥", "member_number_invalid"),
    Case("member_number", "4956-", "member_number_invalid"), Case("member_number", "4--9", "member_number_invalid"),
    Case("member_number", String(repeating: "1", count: 21), "member_number_invalid"),
    Case("member_number", "-49", "formula"),
    Case("name_en", "", "name_missing"), Case("name_en", "شركة النور", "name_en_not_latin"),
    Case("name_en", "Al Noor ", "space_around"),
    Case("name_en", "Аl Nооr Trading LLC", "name_confusable"), Case("name_en", "Al\u{202E}Noor", "name_bidi_control"),
    Case("name_en", "Al\u{200B}Noor", "name_invisible"), Case("name_en", "Al\nNoor", "control_character"),
    Case("name_en", String(repeating: "A", count: 201), "name_length"), Case("name_en", "@Noor", "formula"),
    Case("name_ar", "", "name_missing"), Case("name_ar", "Al Noor", "name_ar_not_arabic"),
    Case("name_ar", "شركة\u{202B}النور", "name_bidi_control"),
    Case("legal_form", "", "value_missing"), Case("legal_form", "Ltd?", "legal_form_unknown"),
    Case("legal_form", "llc", "legal_form_unknown"),
    Case("legal_form", "SARL", "legal_form_unknown"),
    Case("licence_number", "", "value_missing"), Case("licence_number", "12 34", "licence_number_invalid"),
    Case("licence_number", "12\u{A0}34", "licence_number_invalid"), Case("licence_number", "=1+1", "formula"),
    Case("licence_number", String(repeating: "1", count: 31), "licence_number_invalid"),
    Case("licence_authority", "", "value_missing"), Case("licence_authority", "=cmd", "formula"),
    Case("licence_authority", "Dubai\u{202E}", "name_bidi_control"),
    Case("licence_authority", "Dubai\tDED", "control_character"),
    Case("licence_authority", String(repeating: "x", count: 401), "text_too_long"),
    Case("jurisdiction", "", "value_missing"), Case("jurisdiction", "AE-DUB", "jurisdiction_unknown"),
    Case("jurisdiction", "ae-du", "jurisdiction_unknown"), Case("jurisdiction", "AE-AJ", "jurisdiction_mismatch"),
    Case("jurisdiction", "AE-SH", "jurisdiction_unknown"), Case("jurisdiction", "MA-CAS", "jurisdiction_unknown"),
    Case("member_since", "", "value_missing"), Case("member_since", "2026-02-30", "date_invalid"),
    Case("member_since", "2025-02-29", "date_invalid"),
    Case("member_since", "2026-13-01", "date_invalid"), Case("member_since", "03/04/2019", "date_format"),
    Case("member_since", "2019-3-4", "date_format"),
    Case("member_since", "2019-03-04T00:00:00Z", "date_format"), Case("member_since", "٢٠١٩-٠٣-٠٤", "date_format"),
    Case("member_since", "43528", "date_format"), Case("member_since", "1066-10-14", "date_implausible"),
    Case("member_since", "2062-11-22", "date_implausible"),
    Case("fees_paid_until", "2026-02-30", "date_invalid"), Case("fees_paid_until", "31.12.2027", "date_format"),
    Case("fees_paid_until", "2127-12-31", "date_implausible"),
    Case("storefront", "http://127.0.0.1/", "host_is_ip"),
    Case("storefront", "https://alibaba.com/", "binding_too_wide"),
    Case("storefront", "https://*.example.com/", "binding_too_wide"),
    Case("storefront", "https://good.example\\@evil.example/", "url_ambiguous"),
    Case("storefront", "http://www.alnoor.example/", "insecure_transport"),
    Case("storefront", "www.alnoor.example", "scheme_refused"),
    Case("storefront", "https://a@b.example/", "url_userinfo_refused"),
    Case("storefront", "https://bit.ly/x", "binding_is_redirector"),
    Case("storefront", "https://myshopify.com/", "binding_too_wide"),
    Case("storefront", "https://www.alnoor.example/#/acme", "binding_not_provable"),
    Case("storefront", "https://www.alnoor.example:99999/", "port_refused"),
    Case("storefront", "https://localhost/", "host_invalid"),
    Case("storefront", " https://www.alnoor.example/", "url_ambiguous"), Case("storefront", "@alnoor", "formula"),
    Case("platform", "aliexpress", "platform_unknown"), Case("platform", "alibaba", "platform_mismatch"),
    Case("platform", "none", "platform_mismatch"),
    Case("website", "javascript:alert(1)", "scheme_refused"), Case("website", "https://10.0.0.1/", "host_is_ip"),
    Case("contact_email", "not-an-address", "email_invalid"), Case("contact_email", "a@b", "email_invalid"),
    Case("contact_email", "a@@b.example", "email_invalid"),
    Case("contact_email", "a b@c.example", "email_invalid"), Case("contact_email", ".a@c.example", "email_invalid"),
    Case("contact_email", "a..b@c.example", "email_invalid"),
    Case("contact_email", "a@-c.example", "email_invalid"), Case("contact_email", "a@c..example", "email_invalid"),
    Case("contact_email", "a@127.0.0.1", "email_invalid"),
    Case("contact_email", "a@c.example\n", "email_invalid"), Case("contact_email", "سالم@c.example", "email_invalid"),
    Case("contact_phone", "0501234567", "phone_invalid"), Case("contact_phone", "+971 50 1234567", "phone_invalid"),
    Case("contact_phone", "+0501234567", "phone_invalid"),
    Case("contact_phone", "+9715012345678901", "phone_invalid"), Case("contact_phone", "=1", "phone_invalid"),
    Case("contact_name", "=Fatima", "formula"), Case("contact_name", "Fatima\u{202E}", "name_bidi_control"),
  ]

  @Test(arguments: refused) func aBadCellIsNamed(_ example: Case) throws {
    let sheet = try TestRules.read([example.column: example.value])
    #expect(sheet.faults.map { "\($0.row) \($0.column ?? "-") \($0.code)" } == ["2 \(example.column) \(example.code)"])
    #expect(sheet.rows.isEmpty && sheet.rowCount == 1)
    // Contact data and anything that moves a terminal stay out of what is printed.
    let message = sheet.faults.first?.message ?? ""
    #expect(
      message.unicodeScalars.allSatisfy {
        $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
      }
    )
    if example.column.hasPrefix("contact_") { #expect(!message.contains(example.value)) }
  }

  static let taken: [(String, String)] = [
    ("member_number", "A-17"), ("member_number", "0007"), ("name_en", "Oud, Amber & \"Co\" LLC"),
    ("name_en", "Café 3 LLC"), ("licence_number", "CN-1234/56"),
    ("legal_form", "PJSC"), ("legal_form", "Est."), ("legal_form", "Sole Establishment"), ("legal_form", "FZE"),
    ("legal_form", "FZCO"),
    ("fees_paid_until", ""), ("fees_paid_until", "2024-02-29"), ("member_since", "2027-01-01"), ("storefront", ""),
    ("storefront", "https://www.alnoor.example/shop"),
    ("website", ""), ("website", "http://www.alnoor.example/"), ("contact_name", ""), ("contact_email", ""),
    ("contact_phone", ""),
    ("contact_email", "first.last+tag@mail.alnoor.example"), ("contact_name", "عائشة محمد"),
  ]

  @Test(arguments: taken) func aGoodCellIsTaken(column: String, value: String) throws {
    let sheet = try TestRules.read([column: value])
    #expect(sheet.faults == [] && sheet.rows.count == 1)
  }
}

/// Rows of members: good, refused, repeated.
struct MemberSheetTests {
  @Test func theRowIsAWholeValue() throws {
    let row = try #require(
      try TestRules.read(["storefront": "https://alnoor.en.alibaba.com/", "platform": "alibaba"]).rows.first
    )
    #expect(row.key == "dubai/495656" && row.row == 2 && row.legalForm == "LLC" && row.licenceNumber == "1256293")
    #expect(
      row.nameEn == "Al Noor Trading LLC" && row.nameAr == "شركة النور للتجارة ذ.م.م" && row.jurisdiction == "AE-DU"
    )
    #expect(row.memberSince.description == "2019-03-04" && row.feesPaidUntil?.description == "2027-12-31")
    #expect(
      row.storefront == "https://alnoor.en.alibaba.com/" && row.platform == "alibaba"
        && row.website == "https://www.alnoor.example/"
    )
    #expect(
      row.contactName == "Fatima Hassan" && row.contactEmail == "office@alnoor.example"
        && row.contactPhone == "+971501234567"
    )
    #expect(row.membership == .member && row.extra.isEmpty)
  }

  /// The platform is what the address is, also where the column says nothing.
  @Test func thePlatformComesFromTheAddress() throws {
    #expect(
      try TestRules.read(["storefront": "https://alnoor.en.made-in-china.com/"]).rows.first?.platform == "made-in-china"
    )
    #expect(try TestRules.read([:]).rows.first?.platform == nil)
    let none = try #require(try TestRules.read(["storefront": "", "platform": "none"]).rows.first)
    #expect(none.storefront == nil && none.platform == nil)
    #expect(try TestRules.read(["storefront": "", "platform": "alibaba"]).faults.map(\.code) == ["storefront_missing"])
    #expect(
      try TestRules.read(["storefront": "https://alnoor.en.made-in-china.com/", "platform": "alibaba"]).faults.map(
        \.code
      ) == ["platform_mismatch"]
    )
  }

  @Test func feesAreNoFault() throws {
    let day = try #require(CivilDate("2026-11-22"))
    let unpaid = try #require(try TestRules.read(["fees_paid_until": "2025-12-31"]).rows.first)
    #expect(!unpaid.feesPaid(on: day))
    let never = try #require(try TestRules.read(["fees_paid_until": ""]).rows.first)
    let lastDay = try #require(try TestRules.read(["fees_paid_until": "2026-11-22"]).rows.first)
    #expect(!never.feesPaid(on: day) && lastDay.feesPaid(on: day))
  }

  @Test func companiesFromElsewhereAreEMembers() throws {
    let abroad = ["jurisdiction": "MA-CAS", "legal_form": "SARL"]
    let row = try #require(try TestRules.read(abroad, membership: "e-member").rows.first)
    #expect(row.membership == .eMember && row.jurisdiction == "MA-CAS" && row.legalForm == "SARL")
    for region in ["RW-01", "AE-SH", "AE-AJ", "IN-MH", "FR-75C"] {
      #expect(try TestRules.read(["jurisdiction": region], membership: "e-member").faults == [], "\(region)")
    }
    func codes(_ changes: [String: String], _ membership: String) throws -> [String] {
      try TestRules.read(changes, membership: membership).faults.map { "\($0.column ?? "-") \($0.code)" }
    }
    #expect(try codes(["jurisdiction": "AE-DU"], "e-member") == ["jurisdiction jurisdiction_inside"])
    #expect(try codes(["jurisdiction": "AE-DUB"], "e-member") == ["jurisdiction jurisdiction_unknown"])
    for wrong in ["XX-01", "MA", "MA-", "MA-CASA", "ma-CAS", "MA-CÁ", "MACAS-"] {
      #expect(try codes(["jurisdiction": wrong], "e-member") == ["jurisdiction jurisdiction_unknown"], "\(wrong)")
    }
    #expect(try codes([:], "friend") == ["membership membership_unknown"])
    #expect(try codes(abroad, "member") == ["legal_form legal_form_unknown", "jurisdiction jurisdiction_unknown"])
    #expect(try TestRules.read([:], membership: "").rows.first?.membership == .member)
  }

  @Test func allFaultsOfARowAreFound() throws {
    let sheet = try TestRules.read([
      "chamber": "sharja", "name_en": "", "member_since": "x", "storefront": "ftp://a.example/", "contact_phone": "1",
      "legal_form": "Ltd?",
    ])
    #expect(
      sheet.faults.map { "\($0.column ?? "-") \($0.code)" } == [
        "chamber unknown_chamber", "name_en name_missing", "legal_form legal_form_unknown", "member_since date_format",
        "storefront scheme_refused", "contact_phone phone_invalid",
      ]
    )
  }

  // MARK: rows against each other

  private func sheet(_ rows: [[String: String]], confirmedNames: Set<String> = []) throws -> MemberSheet {
    var bytes = TestRules.sheet(rows[0])
    for row in rows.dropFirst() { bytes += TestRules.sheet(row).drop { $0 != 0x0A }.dropFirst() }
    return MemberSheet.read(bytes, rules: try TestRules.make(confirmedNames: confirmedNames))
  }

  /// What Excel is told about the separator is no heading, and lines keep their numbers.
  @Test func aSeparatorLineOfExcelIsPassedOver() throws {
    let rules = try TestRules.make()
    let line = Array("sep=,\r\n".utf8)
    let good = MemberSheet.read(line + TestRules.sheet([:]), rules: rules)
    #expect(good.faults == [] && good.rowCount == 1)
    let faulty = MemberSheet.read(line + TestRules.sheet(["legal_form": "Ltd?"]), rules: rules)
    #expect(faulty.faults.map(\.row) == [3])
  }

  @Test func aNumberStandsOnceInAChamber() throws {
    let twice = try sheet([[:], ["member_number": "2"], [:]])
    #expect(twice.faults.map { "\($0.row) \($0.column ?? "-") \($0.code)" } == ["4 member_number duplicate_member"])
    #expect(twice.faults.first?.params == ["existing": "dubai/495656", "line": "2"])
    // The same number in another chamber is another member.
    #expect(try sheet([[:], ["chamber": "ajman", "jurisdiction": "AE-AJ"]]).faults == [])
    // A number repeated under the neighbour's chamber: one fault, not a second one for the territory that follows from
    // it.
    #expect(try sheet([[:], ["jurisdiction": "AE-AJ"]]).faults.map(\.code) == ["duplicate_member"])
  }

  @Test("A100 a name in disguise") func aDisguisedNameIsFoundAnEqualOneIsNot() throws {
    #expect(try sheet([[:], ["member_number": "2"]]).faults == [])
    let twin = try sheet([[:], ["member_number": "2", "name_en": "AI Noor Trading LLC"]])  // a capital i
    #expect(twin.faults.map { "\($0.row) \($0.column ?? "-") \($0.code)" } == ["3 name_en name_confusable"])
    #expect(twin.faults.first?.params["line"] == "2")
    // Openly the same: nobody is deceived by capitals or a full stop.
    #expect(
      try sheet([
        [:], ["member_number": "2", "name_en": "AL NOOR TRADING LLC"],
        ["member_number": "3", "name_en": "Al Noor Trading (LLC)"],
      ]).faults == []
    )
    // Every row with the disguise is named, also when it stands twice.
    let more = try sheet([
      [:], ["member_number": "2", "name_en": "AI Noor Trading LLC"],
      ["member_number": "3", "name_en": "AI Noor Trading LLC"],
    ])
    #expect(more.faults.map(\.row) == [3, 4])
  }

  @Test func anOfficerCanConfirmANameButNotMixedAlphabets() throws {
    let twin = ["member_number": "2", "name_en": "AI Noor Trading LLC"]
    #expect(try sheet([[:], twin], confirmedNames: ["dubai/2"]).faults == [])
    #expect(
      try sheet([[:], twin], confirmedNames: ["dubai/495656", "ajman/2"]).faults.map(\.code) == ["name_confusable"]
    )
    #expect(
      try sheet([["name_en": "Аl Noor LLC"]], confirmedNames: ["dubai/495656"]).faults.map(\.code) == [
        "name_confusable"
      ]
    )
  }

  // MARK: headings

  private func faults(heading: String) throws -> [String] {
    MemberSheet.read(
      Array((heading + "\n" + String(repeating: "x,", count: 15) + "x\n").utf8),
      rules: try TestRules.make()
    ).faults
      .map { "\($0.row) \($0.column ?? "-") \($0.code)" }
  }

  @Test func headingsAreNamed() throws {
    let good = TestRules.heading
    #expect(try faults(heading: good.replacing("platform,", with: "")) == ["1 platform heading_missing"])
    #expect(try faults(heading: good + ",notes") == ["1 notes heading_unknown"])
    #expect(try faults(heading: good + ",") == ["1  heading_unknown"])
    #expect(try faults(heading: good + ",chamber") == ["1 chamber heading_duplicate"])
    #expect(
      try faults(heading: good.replacing("name_en", with: "Name_EN")) == [
        "1 Name_EN heading_unknown", "1 name_en heading_missing",
      ]
    )
    #expect(try faults(heading: good.replacing(",", with: ";")) == ["1 - separator"])
    #expect(try faults(heading: good.replacing(",", with: "\t")) == ["1 - separator"])
  }

  @Test func columnsMayStandInAnyOrder() throws {
    let heading = TestRules.heading.split(separator: ",").reversed().joined(separator: ",")
    let sheet = MemberSheet.read(TestRules.sheet([:], heading: heading), rules: try TestRules.make())
    #expect(sheet.faults == [] && sheet.rows.first?.key == "dubai/495656")
  }

  @Test func columnsOfLaterProgrammesAreKept() throws {
    let rules = try TestRules.make(extraColumns: ["course", "completed_on"])
    let bytes = TestRules.sheet(
      ["course": "Selling online", "completed_on": ""],
      heading: TestRules.heading + ",course,completed_on"
    )
    let sheet = MemberSheet.read(bytes, rules: rules)
    #expect(sheet.faults == [] && sheet.rows.first?.extra == ["course": "Selling online"])
    let bad = TestRules.sheet(["course": "=1"], heading: TestRules.heading + ",course")
    #expect(MemberSheet.read(bad, rules: rules).faults.map { "\($0.column ?? "-") \($0.code)" } == ["course formula"])
    // Nobody asked for them: unknown.
    #expect(
      MemberSheet.read(bytes, rules: try TestRules.make()).faults.map(\.code) == ["heading_unknown", "heading_unknown"]
    )
  }

  @Test func raggedRowsAreNamed() throws {
    let good = TestRules.sheet([:])
    let rules = try TestRules.make()
    #expect(
      MemberSheet.read(good + Array("dubai,999999,Short Row LLC\n".utf8), rules: rules).faults
        == [CellRejection(row: 3, .columnsMissing, params: ["found": "3", "expected": "16"])]
    )
    let long = MemberSheet.read(good + Array((String(repeating: "x,", count: 16) + "x\n").utf8), rules: rules)
    #expect(long.faults == [CellRejection(row: 3, .columnsExtra, params: ["found": "17", "expected": "16"])])
    #expect(long.rowCount == 2 && long.rows.count == 1)
  }

  /// A fault of the file ends the reading, after the faults that were found before it.
  @Test func aFaultOfTheFileEndsTheReading() throws {
    let bytes = TestRules.sheet(["member_since": "x"]) + Array("dubai,1,\"open\n".utf8)
    let sheet = MemberSheet.read(bytes, rules: try TestRules.make())
    #expect(sheet.faults.map { "\($0.row) \($0.code)" } == ["2 date_format", "3 quote_unclosed"])
    #expect(MemberSheet.read([], rules: try TestRules.make()).faults.map(\.code) == ["file_empty"])
    #expect(MemberSheet.read(Array((TestRules.heading + "\r\n").utf8), rules: try TestRules.make()).faults == [])
  }

  /// Whatever bytes come, an answer comes, and rows only without faults of their own.
  @Test func anyBytesAreJudged() throws {
    let rules = try TestRules.make()
    var random = SystemRandomNumberGenerator()
    let good = TestRules.sheet([:])
    for _ in 0..<1_500 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0...3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        default: bytes.removeLast(min(bytes.count - 1, 9))
        }
      }
      let sheet = MemberSheet.read(bytes, rules: rules)
      #expect(sheet.rows.count <= sheet.rowCount)
      #expect(sheet.faults.isEmpty || sheet.rows.count < sheet.rowCount || sheet.rowCount <= 1)
    }
  }
}
