import Encodings
import PKI
import Profiles
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// The register's rules of a programme follow its profile: stricter ones at once, laxer ones when two officers agree.
@Suite struct ProgrammeRuleTests {
  private static let id = "verified-membership"

  private func programme(_ session: AuthoritySession) throws -> Programme {
    try #require(session.profiles.programme(Self.id))
  }

  @Test func theRuleOfAProfile() throws {
    let desk = try Desk()
    let session = try desk.session()
    let rule = try session.approvals.rule(of: try programme(session))
    let bytes = try #require(try Files.read("\(desk.home.profilesPath)/\(Self.id).yaml", limit: 1 << 20))
    #expect(
      rule
        == ProgrammeRule(
          id: Self.id,
          digest: SHA2.sha256(bytes),
          issueApprovals: 1,
          reinstateApprovals: 1,
          issueBrake: 15_000,
          suspendBrake: 500,
          revokeBrake: 50,
          quota: 15_000
        )
    )
  }

  @Test func theFirstUseAndEveryStricterVersionAreAdopted() throws {
    let desk = try Desk()
    #expect(try desk.session().registry.requests.rule(of: Self.id) == nil)
    func sync() throws -> ProgrammeRule? {
      let session = try desk.session("amal")
      try session.approvals.syncRules(of: try programme(session))
      return try session.registry.requests.rule(of: Self.id)
    }
    let first = try #require(try sync())
    let row = try desk.lastAudit()
    #expect(row.action == .profile && row.subject == Self.id && row.officer == "amal")
    #expect(row.detail == "{\"sha256\":\"\(Hex.encode(first.digest))\"}")
    // Nothing changed: nothing is written.
    #expect(try sync() == first && desk.lastAudit() == row)
    for (old, new) in [
      ("issue: 1 ", "issue: 2 "), ("reinstate: 1", "reinstate: 2"), ("issue: 15000", "issue: 14999"),
      ("suspend: 500", "suspend: 499"), ("revoke: 50 ", "revoke: 49 "), ("quota: 15000", "quota: 100"),
      ("quota: 100", "quota: 20000"), ("# licences and fees", "# fees and licences"),
    ] {
      try desk.home.edit(Self.id, old, new)
      let before = try desk.session().registry.requests.rule(of: Self.id)
      let after = try sync()
      #expect(after != before && after?.digest != before?.digest, "\(new)")
    }
    let last = try #require(try desk.session().registry.requests.rule(of: Self.id))
    #expect(last.issueApprovals == 2 && last.reinstateApprovals == 2 && last.issueBrake == 14_999)
    #expect(last.suspendBrake == 499 && last.revokeBrake == 49 && last.quota == 20_000)
  }

  @Test(arguments: [
    ("issue: 2 ", "issue: 1 "), ("reinstate: 2 ", "reinstate: 1 "), ("issue: 25 ", "issue: 26 "),
    ("suspend: 25", "suspend: 26"), ("revoke: 10", "revoke: 11"),
  ])
  func laxerRulesAreRefusedAndRecorded(_ old: String, _ new: String) throws {
    let desk = try Desk()
    func sync() throws {
      let session = try desk.session("amal")
      try session.approvals.syncRules(of: try #require(session.profiles.programme("trusted-membership")))
    }
    try sync()
    let rule = try desk.session().registry.requests.rule(of: "trusted-membership")
    try desk.home.edit("trusted-membership", old, new)
    let rejection = try desk.rejection(recorded: true, sync)
    #expect(rejection?.code == .secondOfficerRequired && rejection?.subject == "trusted-membership")
    #expect(rejection?.reason.details["programme"] == "trusted-membership")
    #expect(try desk.lastAudit().action == .profile)
    #expect(try desk.session().registry.requests.rule(of: "trusted-membership") == rule)
    // And nothing is done under them.
    #expect(
      try refusal { _ = try desk.session("amal").issuer.issue([1], "trusted-membership") } == "second_officer_required"
    )
  }

  @Test func twoOfficersAdoptLaxerRules() throws {
    let desk = try Desk()
    let first = try desk.session()
    try first.approvals.syncRules(of: try programme(first))
    try desk.home.edit(Self.id, "revoke: 50 ", "revoke: 60 ")
    let registrar = try desk.session()
    #expect(
      try desk.rejection { _ = try registrar.approvals.requestProfile(try programme(registrar), note: "") }?.reason
        == .registeredOfficerRequired(act: .profile)
    )
    let omar = try desk.session("omar")
    #expect(
      try desk.rejection { _ = try omar.approvals.requestProfile(try programme(omar), note: "") }?.code == .roleMissing
    )
    let amal = try desk.session("amal")
    let view = try amal.approvals.requestProfile(try programme(amal), note: "more to do")
    #expect(view.record.act == .profile && view.record.needed == 2 && view.record.note == "more to do")
    #expect(view.record.chamber == "dubai" && view.agreed == 1 && view.items == [.waiting: 1])
    #expect(try desk.rejection { _ = try amal.runner.run(view.record.seq) }?.code == .secondOfficerRequired)
    #expect(try desk.session("omar").approvals.approve(view.record.seq, acceptsNames: false).agreed == 2)
    guard case .profile = try desk.session("omar").runner.run(view.record.seq) else {
      Issue.record("not adopted")
      return
    }
    let rule = try #require(try amal.registry.requests.rule(of: Self.id))
    #expect(try rule.revokeBrake == 60 && rule == amal.approvals.rule(of: programme(amal)))
    #expect(try amal.registry.requests.find(view.record.seq)?.state == .done)
    let row = try desk.lastAudit()
    #expect(row.action == .profile && row.officer == "omar")
    #expect(row.detail == "{\"request\":\(view.record.seq),\"sha256\":\"\(Hex.encode(rule.digest))\"}")
    #expect(try amal.reader.verifyAudit().complaints.isEmpty)
  }

  /// What was agreed to is this version, and no later one.
  @Test func anotherVersionIsNotAdopted() throws {
    let desk = try Desk()
    let first = try desk.session()
    try first.approvals.syncRules(of: try programme(first))
    try desk.home.edit(Self.id, "revoke: 50 ", "revoke: 60 ")
    let amal = try desk.session("amal")
    let request = try amal.approvals.requestProfile(try programme(amal), note: "").record.seq
    try desk.home.edit(Self.id, "revoke: 60 ", "revoke: 600 ")
    #expect(
      try refusal { _ = try desk.session("omar").approvals.approve(request, acceptsNames: false) } == "request_changed"
    )
    #expect(try amal.registry.requests.find(request)?.state == .ended)
    // Changed between agreement and adoption.
    let second = try desk.session("amal")
    let again = try second.approvals.requestProfile(try programme(second), note: "").record.seq
    _ = try desk.session("omar").approvals.approve(again, acceptsNames: false)
    try desk.home.edit(Self.id, "revoke: 600 ", "revoke: 601 ")
    let rejection = try desk.rejection { _ = try desk.session("omar").runner.run(again) }
    #expect(rejection == ActRejection(.requestChanged(row: 1), subject: "request \(again)"))
    #expect(try amal.registry.requests.rule(of: Self.id)?.revokeBrake == 50)
  }
}
