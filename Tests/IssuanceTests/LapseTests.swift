import Encodings
import Profiles
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// What ends by itself, and reports of misuse that are closed.
@Suite struct LapseTests {
  private static let day: Int64 = 86_400
  /// 2027-11-21T23:59:59Z, the end of what is issued for a year at `TestHome.start`.
  private static let end: Int64 = 1_826_841_599

  @Test func afterTheTimeOfGraceToTheSecond() throws {
    let desk = try Desk()
    let ids = try desk.issue([1, 2])
    _ = try desk.session().lifecycle.change(ids[1], .suspend, reason: "other", note: "")
    #expect(try desk.session(at: Self.end + 30 * Self.day).lifecycle.lapse() == 0)
    let size = try desk.logSize()
    let late = try desk.session(at: Self.end + 30 * Self.day + 1)
    #expect(try late.lifecycle.lapse() == 2)
    #expect(try ids.map { try desk.record($0).state } == [.lapsed, .lapsed])
    let event = try #require(try late.registry.credentials.events(of: desk.record(ids[0]).seq).last)
    #expect(
      event.event == .lapsed && event.reason == "not_renewed" && event.leaf == nil && event.officer == "registrar"
    )
    #expect(event.at == Self.end + 30 * Self.day + 1)
    let row = try desk.lastAudit()
    #expect(row.action == .lapse && row.subject == "2 credentials")
    #expect(row.detail == "{\"programme\":\"verified-membership\"}")
    #expect(try desk.logSize() == size, "the certificate has said so itself")
    #expect(try late.lifecycle.lapse() == 0 && desk.lastAudit() == row)
  }

  /// Each programme has a time of its own.
  @Test func aProgrammeWithoutGrace() throws {
    let desk = try Desk()
    let session = try desk.session()
    let programme = try #require(session.profiles.programme("training-completion"))
    let claims: JSONObject = [
      "personName": "Amal Hassan", "courseName": "Customs", "courseHours": 12, "completedOn": "2026-11-20",
    ]
    try desk.issue([1])
    let order = IssueOrder(member: try session.member(1), claims: claims)
    let id = try #require(try session.issuer.issue([order], programme: programme).issued.first?.id)
    #expect(try desk.session(at: Self.end).lifecycle.lapse() == 0)
    #expect(try desk.session(at: Self.end + 1).lifecycle.lapse() == 1)
    #expect(try session.registry.credentials.find(id: id)?.state == .lapsed)
  }

  @Test func publishingFinishesWhatIsDue() throws {
    let desk = try Desk()
    let id = try desk.issue([1])[0]
    try desk.session(at: Self.end + 31 * Self.day).publisher.finishAndPublish(everything: false)
    #expect(try desk.record(id).state == .lapsed)
  }

  @Test(arguments: MisuseOutcome.allCases)
  func aReportOfMisuseIsClosedWithAReason(_ outcome: MisuseOutcome) throws {
    let desk = try Desk()
    let id = try desk.issue([1])[0]
    func close(_ officer: String, _ id: CredentialID) throws {
      try desk.session(officer).lifecycle.recordMisuseClosed(
        "r-1",
        credential: id,
        kind: "forged",
        digest: [1, 2],
        outcome: outcome,
        note: "looked into"
      )
    }
    for officer in ["amal", "omar", "registrar"] {
      try close(officer, id)
      let row = try desk.lastAudit()
      #expect(row.action == .misuseClose && row.subject == "r-1" && row.officer == officer && row.outcome == .done)
      #expect(
        try JSONObject.parse(Array(row.detail.utf8)) == [
          "certificate": JSON(id.description), "kind": "forged", "note": "looked into",
          "reason": JSON(outcome.rawValue), "report": "0102",
        ]
      )
    }
    // A number of no chamber here is the registrar's.
    let stranger = CredentialID(random: [UInt8](repeating: 9, count: 10))
    #expect(try desk.rejection { try close("amal", stranger) }?.reason == .registrarOnly(act: .misuseClose))
    try close("registrar", stranger)
  }

  @Test func misuseIsTheChambersOwnBusiness() throws {
    let desk = try Desk()
    try desk.add("noor", of: "ajman", [.clerk, .approver])
    try desk.add("zaid", [.auditor])
    let id = try desk.issue([1])[0]
    for (officer, code) in [("noor", "issuer_not_authorised"), ("zaid", "role_missing")] {
      let rejection = try desk.rejection {
        try desk.session(officer).lifecycle.recordMisuseClosed(
          "r-1",
          credential: id,
          kind: "forged",
          digest: [],
          outcome: .spam,
          note: ""
        )
      }
      #expect(rejection?.code.rawValue == code && rejection?.subject == "r-1")
    }
  }
}
