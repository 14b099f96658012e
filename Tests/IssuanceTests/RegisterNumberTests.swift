import Encodings
import Registry
import Testing

@testable import Issuance

/// Numbers of companies in public registers, and the names of members.
@Suite struct RegisterNumberTests {
  @Test(arguments: [
    ("AE-DU", "1256293", "NTRAE+DU-1256293"), ("AE", "77", "NTRAE-77"), ("DE-BE-1", "HRB 5", "NTRDE+BE-1-HRB 5"),
    ("", "5", "NTR-5"),
  ])
  func identifiers(_ jurisdiction: String, _ licence: String, _ expected: String) {
    #expect(RegisterNumbers.organizationIdentifier(jurisdiction: jurisdiction, licence: licence) == expected)
    #expect(expected.hasPrefix(RegisterNumbers.prefix(jurisdiction: jurisdiction)))
  }

  @Test(arguments: [
    ("Dubai Department of Economy and Tourism", "dubai-department-of-economy-and-tourism"), ("DMCC", "dmcc"),
    ("  A & B  ", "a-b"), ("هيئة", "register"), ("", "register"), ("---", "register"), ("Zone 51!", "zone-51"),
    ("[a]z{", "a-z"), (String(repeating: "a", count: 100), String(repeating: "a", count: 80)),
  ])
  func slugs(_ text: String, _ expected: String) { #expect(RegisterNumbers.slug(text) == expected) }

  @Test(arguments: [
    ("name_en", "Palm \u{202E}x", ActRejection.NameProblem.bidiControl, 6),
    ("name_en", "Palm\u{200B}", .invisible, 5), ("name_en", "P\u{0430}lm", .mixedAlphabets, 2),
    ("name_en", "", .length, 1), ("name_en", "=Palm", .length, 1), ("name_en", "شركة", .length, 1),
    ("name_en", String(repeating: "x", count: 201), .length, 1), ("name_ar", "Palm", .length, 1),
    ("name_ar", "شركة\u{2067}", .bidiControl, 5),
  ])
  func namesThatMayNotStand(
    _ field: String,
    _ name: String,
    _ problem: ActRejection.NameProblem,
    _ at: Int
  ) throws {
    var member = Member(chamber: "dubai", number: "1")
    (member.nameEn, member.nameAr) = ("Palm", "شركة")
    try NamePolicy.permit(member)
    if field == "name_en" { member.nameEn = name } else { member.nameAr = name }
    do {
      try NamePolicy.permit(member)
      Issue.record("\(name) may stand")
    } catch let rejection as ActRejection {
      #expect(rejection.code.rawValue == rejectionCode(problem) && rejection.subject == "dubai/1")
      guard case .memberName(let found, let named, let place) = rejection.reason else {
        Issue.record("\(rejection)")
        return
      }
      #expect(found == problem && named == field)
      #expect(place == at || problem == .mixedAlphabets)
    }
  }

  private func rejectionCode(_ problem: ActRejection.NameProblem) -> String {
    switch problem {
    case .bidiControl: "name_bidi_control"
    case .invisible: "name_invisible"
    case .length: "name_length"
    case .mixedAlphabets: "name_confusable"
    case .symbol: "name_symbol"
    }
  }

  @Test(arguments: [
    ("Amal Hassan", 200, nil), ("", 200, "a text is expected"), ("@cmd", 200, "it begins like a spreadsheet formula"),
    ("a\u{0007}", 200, "it holds a hidden character"), ("a\u{00A0}b", 200, "it holds an odd space"),
    ("شركة", 200, nil), ("abcd", 3, "at most 3 characters"), ("abc", 3, nil),
  ])
  func aTextInWords(_ text: String, _ longest: Int, _ expected: String?) {
    #expect(NamePolicy.rejection(Text(text), longest: longest) == expected)
  }

  /// Companies of one name are common: only another spelling that looks the same deceives.
  @Test func oneNameWrittenTwiceIsNoLookalike() throws {
    let desk = try Desk()
    for (number, name) in [
      (41, "PALM TRADING 1 LLC"), (42, "Palm Tráding 1 L.L.C."), (43, "Palm Trading I LLC"), (44, "Palm Trading 7 LLC"),
    ] {
      try desk.importMembers([number]) { _, cells in (cells[2], cells[3]) = (name, "شركة رقم \(number) للتجارة") }
    }
    let session = try desk.session()
    let found = try NamePolicy.lookalikes(of: try session.member(1), in: session.registry)
    #expect(found == ["dubai/43 Palm Trading I LLC"])
    let other = try NamePolicy.lookalikes(of: try session.member(43), in: session.registry)
    #expect(other.contains("dubai/1 Palm Trading 1 LLC") && other == other.sorted())
    #expect(try NamePolicy.lookalikes(of: try session.member(44), in: session.registry).isEmpty)
  }
}
