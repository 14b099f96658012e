import Credentials
import Encodings
import Foundation
import Profiles
import Registry
import Sheets
import Testing
import Vocabulary

@testable import Issuance

/// Suspended, reinstated, revoked, lapsed.
@Suite struct LifecycleTests {
  @Test func supersedeLinksBothWaysInOneStep() throws {
    let test = try TestHome()
    let old = try CredentialID(reading: try test.session().issuer.issue([1]).issued[0].id)
    _ = try test.session().members.importMembers(
      Array(TestHome.sheet([1]) { _, cells in cells[2] = "Palm Holding 1 LLC" }.utf8)
    )
    let session = try test.session()
    let outcome = try session.issuer.supersede(old, reason: .nameChange, into: nil, until: nil, note: "")
    let new = try #require(outcome.issued.first)
    let before = try #require(try session.registry.credentials.find(id: old.description))
    let after = try #require(try session.registry.credentials.find(id: new.id))
    #expect(before.state == .superseded && before.replacedBy == new.id && before.replacementReason == "name_change")
    #expect(after.state == .active && after.replaces == old.description && after.replacementReason == "name_change")
    let kinds = try session.registry.log.entries(0..<200).map { try JSONObject.parse($0)["kind"]?.string ?? "" }
    #expect(kinds.filter { $0 == "supersede" }.count == 1)
    let payload = try #require(before.statement.flatMap { Base64URL.decode($0.split(separator: 0x2E)[1]) })
    #expect(try JSONObject.parse(payload)["by"]?.string == new.id)
    #expect(
      try refusal { _ = try session.issuer.supersede(old, reason: .error, into: nil, until: nil, note: "") }
        == "illegal_transition"
    )
  }

  @Test func amalgamationGoesToTheOneThatTakesOver() throws {
    let test = try TestHome()
    let old = try CredentialID(reading: try test.session().issuer.issue([1]).issued[0].id)
    let session = try test.session()
    #expect(
      try refusal { _ = try session.issuer.supersede(old, reason: .amalgamation, into: nil, until: nil, note: "") }
        == "member_needed"
    )
    let new = try session.issuer.supersede(
      old,
      reason: .amalgamation,
      into: try session.member(2),
      until: nil,
      note: ""
    ).issued
    #expect(new.map(\.member) == ["dubai/2"] && new.map(\.replaces) == [old.description])
  }

  @Test func renewedWhenAskedForAndSilentAfterwards() throws {
    let test = try TestHome()
    let day: Int64 = 86_400
    _ = try test.session().issuer.issue([1, 2])
    do {
      // Seventy days before the end nothing is renewed without being asked; within the asked time it is.
      let early = try test.session(at: TestHome.start + 295 * day)
      #expect(try early.issuer.issue([1]).unchanged.count == 1)
      var options = IssueOptions()
      options.renewWithin = 60
      #expect(try early.issuer.issue([1], "verified-membership", options).unchanged.count == 1)
      options.renewWithin = 80
      let renewed = try early.issuer.issue([1], "verified-membership", options)
      #expect(renewed.issued.map(\.disposition) == [.renewed] && renewed.issued.first?.replaces != nil)
      #expect(try early.members.dueReminders().isEmpty)
    }
    #expect(
      try test.session(at: TestHome.start + 320 * day).members.dueReminders().map {
        "\($0.credential.memberKey) \($0.step)"
      }
        == ["dubai/2 1"]
    )
  }

  @Test func whatIsNotRenewedLapsesAfterTheGrace() throws {
    let test = try TestHome()
    let day: Int64 = 86_400
    let id = try test.session().issuer.issue([1]).issued[0].id
    // In the time of grace a renewal is a renewal.
    do {
      let session = try test.session(at: TestHome.start + 380 * day)
      #expect(try session.lifecycle.lapse() == 0)
      #expect(try session.members.dueReminders().map(\.step) == [4])
    }
    // The signer of a year and a half is worn out by then; the register still lapses what ended.
    let late = try test.session(at: TestHome.start + 400 * day)
    #expect(try late.lifecycle.lapse() == 1)
    #expect(try late.registry.credentials.find(id: id)?.state == .lapsed)
    #expect(try late.lifecycle.lapse() == 0 && late.members.dueReminders().isEmpty)
    let member = try late.member(1)
    let programme = try #require(late.profiles.programme("verified-membership"))
    let assessed = try late.issuer.assess([IssueOrder(member: member)], programme: programme, options: IssueOptions())
    #expect(assessed.map(\.disposition) == [.returned] && assessed[0].item?.replaces?.id == id)
  }

  @Test func remindersAreWrittenOnceAStep() throws {
    let test = try TestHome()
    let day: Int64 = 86_400
    _ = try test.session().issuer.issue([1, 2])
    var steps: [[Int]] = []
    for days: Int64 in [200, 310, 311, 340, 360, 361, 370, 371] {
      let session = try test.session(at: TestHome.start + days * day)
      let due = try session.members.dueReminders()
      try session.members.wrote(due)
      steps.append(due.map(\.step))
    }
    #expect(steps == [[], [1, 1], [], [2, 2], [3, 3], [], [4, 4], []])
  }

  @Test func largeRevocationsStopAndAsk() throws {
    let test = try TestHome()
    let path = test.home.profilesPath + "/verified-membership.yaml"
    let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    try text.replacingOccurrences(of: "revoke: 50 ", with: "revoke: 3 ").write(
      toFile: path,
      atomically: true,
      encoding: .utf8
    )
    _ = try test.session().issuer.issue(Array(1...8))
    func ask() throws -> ChangeOutcome {
      let session = try test.session("amal")
      return try session.lifecycle.change(
        try session.registry.credentials.matching(CredentialFilter()),
        .revoke,
        reason: "membership_ended",
        note: "",
        source: [UInt8](repeating: 8, count: 32)
      )
    }
    let stopped = try ask()
    #expect(stopped.changed.isEmpty && stopped.waiting.count == 1)
    // Asked again by the same file it is the same request.
    #expect(try ask().waiting.map(\.request) == stopped.waiting.map(\.request))
    let request = try #require(stopped.waiting.first).request
    _ = try test.session("omar").approvals.approve(request, acceptsNames: false)
    guard case .change(let done) = try test.session("omar").runner.run(request) else {
      Issue.record("nothing was changed")
      return
    }
    #expect(done.changed.count == 8)
    // The brake looks at the day: even one more stops now.
    let next = try test.session().issuer.issue([9]).issued[0].id
    #expect(
      try refusal {
        _ = try test.session().lifecycle.change(try CredentialID(reading: next), .revoke, reason: "error", note: "")
      }
        == "second_officer_required"
    )
  }

  @Test func namesThatLookAlikeWaitForAWord() throws {
    let test = try TestHome()
    // Palm Trading 1 LLC, with a lower-case L for the one: a name of its own spelling that looks the same.
    let twin = TestHome.sheet([40]) { _, cells in
      cells[2] = "Palm Trading l LLC"
      cells[3] = "شركة أخرى للتجارة ذ.م.م"
    }
    #expect(try test.session().members.importMembers(Array(twin.utf8)).faults.isEmpty)
    let asked = try test.session("amal").issuer.issue([40])
    #expect(asked.issued.isEmpty && asked.refused.map(\.refusal.code.rawValue) == ["second_officer_required"])
    let request = try #require(asked.refused[0].request)
    #expect(try test.session().reader.request(request).lookalikes == ["dubai/1 Palm Trading 1 LLC"])
    #expect(
      try refusal { _ = try test.session("omar").approvals.approve(request, acceptsNames: false) } == "name_confusable"
    )
    #expect(try test.session("omar").approvals.approve(request, acceptsNames: true).agreed == 2)
    guard case .issue(let outcome) = try test.session("omar").runner.run(request) else {
      Issue.record("not issued")
      return
    }
    #expect(outcome.issued.count == 1)
  }

  @Test func contactsAreErasedAndNothingElse() throws {
    let test = try TestHome()
    _ = try test.session().issuer.issue([1])
    do {
      let session = try test.session()
      try session.members.eraseContact(of: try session.member(1), note: "")
      #expect(try session.registry.members.contact(of: try session.member(1).rowID) == nil)
      #expect(try session.registry.integrityComplaints().isEmpty)
      #expect(try session.reader.verifyAudit().complaints.isEmpty)
      // An old sheet does not bring it back.
      _ = try session.members.importMembers(Array(TestHome.sheet([1]).utf8))
      #expect(try session.registry.members.contact(of: try session.member(1).rowID) == nil)
    }
    let bytes = FileManager.default.contents(atPath: test.home.registryPath) ?? Data()
    #expect(
      bytes.range(of: Data("office@palm-1.example".utf8)) == nil
        && bytes.range(of: Data("office@palm-2.example".utf8)) != nil
    )
    // Another person can be entered by hand, gets letters, and is left alone by old sheets too.
    do {
      let session = try test.session()
      for (name, email, phone) in [
        ("", "a@b.example", ""), ("Huda \u{202E}Karim", "", ""), ("Huda Karim", "nobody", ""),
        ("Huda Karim", "", "04 228"), ("Huda Karim", "<script>@a..b", ""), ("Huda Karim", "", "+00000000000"),
      ] {
        #expect(
          try refusal {
            try session.members.setContact(name: name, email: email, phone: phone, of: try session.member(1))
          }
            == "contact_malformed"
        )
      }
      try session.members.setContact(
        name: "Huda Karim",
        email: "huda@palm-1.example",
        phone: "",
        of: try session.member(1)
      )
      _ = try session.members.importMembers(Array(TestHome.sheet([1]).utf8))
      #expect(try session.registry.members.contact(of: try session.member(1).rowID)?.name == "Huda Karim")
    }
    #expect(
      try test.session(at: TestHome.start + 320 * 86_400).members.dueReminders().map(\.contact.email) == [
        "huda@palm-1.example"
      ]
    )
  }

  @Test func certificatesAboutPeople() throws {
    let test = try TestHome()
    let session = try test.session()
    let programme = try #require(session.profiles.programme("training-completion"))
    let claims: JSONObject = [
      "personName": "Amal Hassan", "courseName": "Selling across borders", "courseHours": 12,
      "completedOn": "2026-11-20",
    ]
    func issue(_ claims: JSONObject) throws -> IssueOutcome {
      try session.issuer.issue([IssueOrder(member: try session.member(1), claims: claims)], programme: programme)
    }
    let first = try issue(claims)
    let id = try #require(first.issued.first?.id)
    let record = try #require(try session.registry.credentials.find(id: id))
    let parts = try #require(record.parts)
    let credential = try MembershipCredential(payload: try JSONObject.parse(parts.payload))
    #expect(
      credential.person[.personName] == "Amal Hassan" && credential.person[.courseHours] == "12"
        && credential.type == "ChamberTrainingCredential"
    )
    #expect(try issue(claims).unchanged.count == 1)
    var other = claims
    other["personName"] = "Omar Saleh"
    #expect(try issue(other).issued.count == 1)
    for (name, value, code) in [
      ("courseHours", JSON("many"), "claim_malformed"), ("completedOn", "20.11.2026", "claim_malformed"),
      ("shoeSize", "42", "claim_unknown"),
      ("personName", "Amal \u{202E}Hassan", "claim_malformed"), ("personName", .null, "claim_malformed"),
    ] {
      var bad = claims
      bad[Text(name)] = value
      #expect(try issue(bad).refused.map(\.refusal.code.rawValue) == [code], "\(name)")
    }
    var missing = claims
    missing["courseName"] = nil
    #expect(try issue(missing).refused.map(\.refusal.code.rawValue) == ["claim_missing"])
  }

  /// What a sheet would refuse goes into no signed certificate either.
  @Test(arguments: [
    ("workEmail", "<script>@a..b"), ("workEmail", "a@b@c.example"), ("workPhone", "+00000000000"),
    ("workPhone", "+971 4 2281111"),
  ])
  func contactsOfCardsKeepTheRuleOfTheSheet(claim: String, value: String) throws {
    let test = try TestHome()
    let session = try test.session()
    let programme = try #require(session.profiles.programme("business-card"))
    var claims: JSONObject = ["personName": "Layla Nasser", "jobTitle": "Export manager"]
    claims[Text(claim)] = JSON(value)
    let order = IssueOrder(member: try session.member(1), claims: claims)
    let outcome = try session.issuer.issue([order], programme: programme)
    #expect(outcome.refused.map(\.refusal.code.rawValue) == ["claim_malformed"])
  }

  @Test func eachRowIsJudgedWithItsOwnData() throws {
    let test = try TestHome()
    let session = try test.session()
    let faults: [(String, (inout [String]) -> Void)] = [
      ("name_en", { $0[2] = "" }), ("licence_number", { $0[5] = "12 34" }), ("jurisdiction", { $0[7] = "AE-AJ" }),
      ("member_since", { $0[8] = "2010-02-30" }),
      ("storefront", { $0[10] = "https://10.0.0.1/" }), ("contact_email", { $0[14] = "nobody" }),
      ("legal_form", { $0[4] = "Club" }), ("name_ar", { $0[3] = "Latin" }),
    ]
    for position in 1...200 {
      let (column, spoil) = faults[position % faults.count]
      let sheet = TestHome.sheet(1_001...1_200) { number, cells in if number == 1_000 + position { spoil(&cells) } }
      let read = try session.members.read(sheet: Array(sheet.utf8))
      #expect(read.faults.map(\.row) == [position + 1] && read.faults.map(\.column) == [column], "row \(position + 1)")
    }
    // Unpaid fees are each member's own, too: at every tenth place, seen when issuing.
    let sheet = TestHome.sheet(1_001...1_200) { number, cells in if number % 10 == 0 { cells[9] = "2024-12-31" } }
    #expect(try session.members.importMembers(Array(sheet.utf8)).faults.isEmpty)
    let outcome = try session.issuer.issue(Array(1_001...1_200))
    #expect(
      outcome.refused.map(\.member) == stride(from: 1_010, through: 1_200, by: 10).map { "dubai/\($0)" }
        && outcome.issued.count == 180
    )
  }
}
