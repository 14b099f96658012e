import Encodings
import Registry
internal import Sheets
import Testing

@testable import Issuance

/// Names and pages that a buyer would take for an authority's.
@Suite struct ReservedNameTests {
  /// The codes of the faults that a sheet of one member has.
  private func faults(_ change: (inout [String]) -> Void) throws -> [String] {
    let test = try TestHome()
    let sheet = TestHome.sheet([77]) { change(&$1) }
    return try test.session().members.importMembers(Array(sheet.utf8)).faults.map(\.code)
  }

  @Test(arguments: [
    "Dubai Chamber (sample)", "DUBAI CHAMBER SAMPLE Trading LLC", "Verified Membership LLC", "Gulf khatm.example LLC",
    "Tests (sample) Holding", "Ajmаn Chamber (sample)",
  ])
  func whatOnlyAnAuthorityMaySay(_ name: String) throws {
    let codes = try faults { $0[2] = name }
    #expect(codes == ["name_reserved_phrase"] || codes == ["name_confusable"], "\(codes)")
  }

  @Test(arguments: ["Palm Trading LLC ✓", "Palm ® LLC", "Palm™ LLC", "Palm 🏅 LLC", "Palm ⠀ LLC", "√ Palm LLC"])
  func signsAreNoLetters(_ name: String) throws {
    let codes = try faults { $0[2] = name }
    #expect(codes.count == 1 && ["name_symbol", "name_confusable", "name_invisible"].contains(codes[0]), "\(codes)")
  }

  @Test(
    arguments: ["N° 5 Palm & Sons LLC", "Palm № 5 LLC", "Palm “Royal” LLC", "Palm+ LLC", "Palm Chamber Music LLC"]
  )
  func whatNamesAreWrittenWith(_ name: String) throws {
    #expect(try faults { $0[2] = name } == [])
  }

  /// An honest company may be called so; an approver says that it is.
  @Test func someWordsWaitForAnApprover() throws {
    let test = try TestHome()
    let sheet = TestHome.sheet([77, 78]) { $1[2] = $0 == 77 ? "Official Palm Trading LLC" : "Officially Yours LLC" }
    #expect(try test.session().members.importMembers(Array(sheet.utf8)).imported == 2)
    #expect(try test.session("amal").issuer.issue([78]).issued.count == 1, "a longer word is another word")
    let asked = try test.session("amal").issuer.issue([77])
    let request = try #require(asked.refused.first?.request)
    #expect(asked.issued.isEmpty && asked.refused[0].refusal.code == .secondOfficerRequired)
    #expect(
      try refusal { _ = try test.session("omar").approvals.approve(request, acceptsNames: false) } == "name_confusable"
    )
    _ = try test.session("omar").approvals.approve(request, acceptsNames: true)
    guard case .issue(let outcome) = try test.session("omar").runner.run(request) else {
      Issue.record("another act")
      return
    }
    #expect(outcome.issued.count == 1)
  }

  @Test(arguments: [
    "https://khatm.example/shop", "https://www.khatm.example/", "https://dubai-chamber.example/members/1",
    "https://khatrn.example/",
  ])
  func pagesOfAuthoritiesAreNobodys(_ address: String) throws {
    #expect(try faults { $0[10] = address } == ["binding_is_authority"])
  }
}
