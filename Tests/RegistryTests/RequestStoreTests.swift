import Testing
import Vocabulary

@testable import Registry

@Suite struct RequestStoreTests {
  private let now = StoreFixture.now

  /// Two officers of Dubai: `amal` a clerk, `omar` an approver; a programme that asks for both.
  private struct Desk {
    let fixture: StoreFixture, amal: Int64, omar: Int64
    init() throws {
      fixture = try StoreFixture()
      try fixture.register.rule("trusted", issue: 2, reinstate: 2)
      amal = try fixture.register.officer("amal", approver: false)
      omar = try fixture.register.officer("omar", clerk: false)
    }

    func digest(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 32) }

    func request(
      _ number: UInt8,
      act: RequestAct = .issue,
      programme: String = "trusted",
      source: [UInt8]? = nil,
      by name: String = "amal"
    ) -> RequestRecord {
      var request = RequestRecord(
        act: act,
        chamber: "dubai",
        programme: programme,
        content: "{\"number\":\(number)}",
        digest: digest(number),
        needed: 2,
        requestedBy: name,
        requestedAt: StoreFixture.now
      )
      (request.source, request.reason, request.note) = (source, "reason \(number)", "note \(number)")
      return request
    }

    func items(_ rows: [Int64], member: Int64? = 1, content: UInt8 = 7) -> [RequestItem] {
      rows.map { RequestItem(row: $0, member: member, contentDigest: digest(content), disposition: .new) }
    }

    func file(_ request: RequestRecord, rows: [Int64] = [1]) throws -> Int64 {
      try fixture.requests.file(
        request,
        items: items(rows),
        signature: (amal, TestRegister.signature),
        audit: fixture.audit(.request, by: "amal")
      )
    }

    func approve(_ seq: Int64, _ number: UInt8, by officer: Int64? = nil, accepts: String = "") throws {
      try fixture.requests.approve(
        .init(
          request: seq,
          officer: officer ?? omar,
          digest: digest(number),
          accepts: accepts,
          signature: TestRegister.signature
        ),
        at: StoreFixture.now + 1,
        audit: fixture.audit(.approve, by: "omar")
      )
    }
  }

  @Test func aFiledRequestComesBackAsItWas() throws {
    let desk = try Desk()
    let filed = desk.request(1, source: desk.digest(9))
    var items = desk.items([4, 2])
    items.append(
      RequestItem(
        row: 3,
        member: 2,
        contentDigest: desk.digest(5),
        disposition: .changed,
        reason: "name_change"
      )
    )
    items[2].claims = "{\"a\":1}"
    let seq = try desk.fixture.requests.file(filed, items: items, signature: nil, audit: desk.fixture.audit(.request))
    let found = try #require(try desk.fixture.requests.find(seq))
    var expected = filed
    expected.seq = seq
    #expect(found == expected && found.state == .open && found.closedAt == nil && found.closedBy == nil)
    let rows = try desk.fixture.requests.items(of: seq)
    #expect(rows.map(\.row) == [2, 3, 4] && rows[1] == items[2])
    #expect(rows.allSatisfy { $0.outcome == .waiting && $0.result == nil && $0.refusal == nil })
    #expect(try desk.fixture.requests.approvals(of: seq).isEmpty && desk.fixture.requests.approvalCount(seq) == 0)
    #expect(try desk.fixture.requests.find(99) == nil && desk.fixture.requests.items(of: 99).isEmpty)
  }

  @Test func pagesOfRows() throws {
    let desk = try Desk()
    let seq = try desk.file(desk.request(1), rows: Array(1...5))
    let requests = desk.fixture.requests
    #expect(try requests.items(of: seq, limit: 2).map(\.row) == [1, 2])
    #expect(try requests.items(of: seq, after: 2, limit: 2).map(\.row) == [3, 4])
    #expect(try requests.items(of: seq, after: 5).isEmpty)
    try requests.recordOutcomes(
      [ItemOutcome(request: seq, row: 1, refusal: "fees_unpaid"), ItemOutcome(request: seq, row: 3)],
      at: now,
      audit: desk.fixture.audit(.run)
    )
    #expect(try requests.items(of: seq, waiting: true).map(\.row) == [2, 4, 5])
    #expect(try requests.items(of: seq, waiting: true, after: 2, limit: 1).map(\.row) == [4])
    #expect(try requests.itemCounts(of: seq) == [.refused: 1, .done: 1, .waiting: 3])
    #expect(try requests.itemCounts(of: 99).isEmpty)
  }

  @Test func openOnesAreFoundByTheirContentAndTheirSource() throws {
    let desk = try Desk()
    let requests = desk.fixture.requests
    let first = try desk.file(desk.request(1, source: desk.digest(9)))
    let second = try desk.file(desk.request(2, source: desk.digest(9)))
    let third = try desk.file(desk.request(3))
    #expect(try requests.open(digest: desk.digest(2))?.seq == second && requests.open(digest: desk.digest(4)) == nil)
    #expect(try requests.open(source: desk.digest(9)).map(\.seq) == [first, second])
    #expect(try requests.open(source: desk.digest(1)).isEmpty)
    #expect(throws: RegistryFailure.self, "the same content is asked for once") { try desk.file(desk.request(2)) }
    try requests.close(second, to: .withdrawn, by: "amal", at: now + 3, audit: desk.fixture.audit(.withdraw))
    #expect(
      try requests.open(digest: desk.digest(2)) == nil && requests.open(source: desk.digest(9)).map(\.seq) == [first]
    )
    let again = try desk.file(desk.request(2))
    #expect(try requests.matching(state: .open).map(\.seq) == [again, third, first], "newest first")
    #expect(try requests.matching(state: .withdrawn).map(\.seq) == [second])
    #expect(try requests.matching(state: nil, chamber: "dubai", limit: 2).map(\.seq) == [again, third])
    #expect(try requests.matching(state: nil, chamber: "ajman").isEmpty)
    let closed = try #require(try requests.find(second))
    #expect(closed.state == .withdrawn && closed.closedAt == now + 3 && closed.closedBy == "amal")
  }

  @Test func twoOfficersStandBehindIt() throws {
    let desk = try Desk()
    let seq = try desk.file(desk.request(1))
    let requests = desk.fixture.requests
    #expect(try requests.approvalCount(seq) == 1)
    try desk.approve(seq, 1, accepts: "name")
    #expect(try requests.approvalCount(seq) == 2)
    let approvals = try requests.approvals(of: seq)
    #expect(approvals.map(\.officer.name) == ["amal", "omar"] && approvals.map(\.accepts) == ["", "name"])
    #expect(approvals.map(\.at) == [now, now + 1])
    #expect(approvals.allSatisfy { $0.digest == desk.digest(1) && $0.signature == TestRegister.signature })
    #expect(try approvals[0].officer == desk.fixture.registry.officers.find("amal"))
    #expect(try desk.fixture.refusal { try desk.approve(seq, 1) } == .secondOfficerRequired)
  }

  @Test func whoseSignatureIsNotTaken() throws {
    let desk = try Desk()
    let fixture = desk.fixture
    let seq = try desk.file(desk.request(1))
    let sara = try fixture.register.officer("sara", chamber: "ajman")
    let clerk = try fixture.register.officer("huda", approver: false)
    #expect(try fixture.refusal { try desk.approve(seq, 2) } == .approvalOfOtherContent)
    #expect(try fixture.refusal { try desk.approve(seq, 1, by: sara) } == .issuerNotAuthorised)
    #expect(try fixture.refusal { try desk.approve(seq, 1, by: clerk) } == .roleMissing)
    #expect(try fixture.refusal { try desk.approve(99, 1) } == .illegalTransition)
    _ = try fixture.registry.officers.remove("omar", at: now, audit: fixture.audit(.officerRemove))
    #expect(try fixture.refusal { try desk.approve(seq, 1) } == .officerRemoved)
    try fixture.requests.close(seq, to: .refused, by: "huda", at: now, audit: fixture.audit(.refuse))
    let late = try fixture.register.officer("rami", clerk: false)
    #expect(try fixture.refusal { try desk.approve(seq, 1, by: late) } == .illegalTransition)
  }

  @Test func aRequestEndsOnce() throws {
    let desk = try Desk()
    let fixture = desk.fixture
    let seq = try desk.file(desk.request(1))
    try fixture.requests.close(seq, to: .refused, by: "omar", at: now, audit: fixture.audit(.refuse))
    for state in [RequestState.done, .withdrawn, .ended, .refused] {
      #expect(
        try fixture.refusal {
          try fixture.requests.close(seq, to: state, by: "omar", at: now, audit: fixture.audit(.refuse))
        } == .illegalTransition
      )
    }
    #expect(
      try fixture.refusal {
        try fixture.requests.close(99, to: .ended, by: "omar", at: now, audit: fixture.audit(.refuse))
      } == .illegalTransition
    )
  }

  @Test func theLastRowEndsTheRequest() throws {
    let desk = try Desk()
    let fixture = desk.fixture
    let seq = try desk.file(desk.request(1), rows: [1, 2])
    let other = try desk.file(desk.request(2), rows: [1])
    func outcome(_ outcomes: [ItemOutcome], at moment: Int64) throws {
      try fixture.requests.recordOutcomes(outcomes, at: moment, audit: fixture.audit(.run, by: "omar"))
    }
    try outcome([ItemOutcome(request: seq, row: 1, refusal: "quota_reached")], at: now + 1)
    #expect(try fixture.requests.find(seq)?.state == .open)
    #expect(
      try fixture.refusal { try outcome([ItemOutcome(request: seq, row: 1)], at: now + 2) } == .illegalTransition
    )
    #expect(
      try fixture.refusal {
        try outcome([ItemOutcome(request: seq, row: 2), ItemOutcome(request: seq, row: 3)], at: now + 2)
      } == .illegalTransition,
      "there is no third row"
    )
    try outcome([ItemOutcome(request: seq, row: 2)], at: now + 2)
    let done = try #require(try fixture.requests.find(seq))
    #expect(done.state == .done && done.closedAt == now + 2 && done.closedBy == "omar")
    let rows = try fixture.requests.items(of: seq)
    #expect(rows.map(\.outcome) == [.refused, .done] && rows.map(\.refusal) == ["quota_reached", nil])
    #expect(try fixture.requests.find(other)?.state == .open)
  }

  /// The whole way of one row: asked, agreed, reserved, issued, reported.
  @Test func aRowBecomesACertificate() throws {
    let desk = try Desk()
    let fixture = desk.fixture
    let source = desk.digest(9)
    let seq = try desk.file(desk.request(1, source: source), rows: [1, 2])
    var draft = fixture.draft(1, programme: "trusted")
    (draft.request, draft.row) = (seq, 1)
    let place = try fixture.reserve([draft])[0]
    let batch = IssueBatch(
      credentials: [fixture.signed(place)],
      outcomes: [ItemOutcome(request: seq, row: 1, result: place.seq)],
      request: seq
    )
    func issue() throws {
      try fixture.credentials.issue(batch, log: fixture.append(at: now + 2), audit: fixture.audit(by: "omar"))
    }
    #expect(try fixture.refusal(issue) == .secondOfficerRequired)
    try desk.approve(seq, 1)
    try issue()
    let found = try fixture.find(place.seq)
    #expect(found.state == .active && found.request == seq && found.requestRow == 1)
    #expect(try fixture.credentials.events(of: place.seq).map(\.request) == [seq])
    var filter = CredentialFilter()
    filter.request = seq
    #expect(try fixture.credentials.matching(filter).map(\.seq) == [place.seq])
    // The row is issued once.
    var twice = fixture.draft(2, programme: "trusted")
    (twice.request, twice.row) = (seq, 1)
    #expect(throws: RegistryFailure.self) { try fixture.reserve([twice]) }
    let report = try fixture.requests.reportRows(of: seq)
    #expect(report.map(\.row) == [1, 2] && report.map(\.member) == ["dubai/1", "dubai/1"])
    #expect(report.map(\.outcome) == [.done, .waiting] && report.map(\.id) == [TestRegister.number(1), nil])
    #expect(report.map(\.at) == [now + 2, nil] && report.allSatisfy { $0.replaces == nil && $0.disposition == .new })
    #expect(try fixture.requests.revokedRows(source: source).isEmpty)
    try fixture.change(place.seq, .revoked)
    #expect(try fixture.requests.revokedRows(source: source) == [1])
    #expect(try fixture.requests.revokedRows(source: desk.digest(1)).isEmpty)
  }

  /// Of a request about a certificate that is there, the report says whether it was changed or replaced.
  @Test func aReportNamesWhatWasReplaced() throws {
    let desk = try Desk()
    let fixture = desk.fixture
    let pair = try fixture.issue([fixture.draft(1), fixture.draft(2)])
    let items = [
      RequestItem(row: 1, member: 1, credential: pair[0], contentDigest: desk.digest(7), disposition: .suspend),
      RequestItem(row: 2, member: nil, credential: pair[0], contentDigest: desk.digest(7), disposition: .changed),
    ]
    let seq = try fixture.requests.file(
      desk.request(1, act: .suspend, programme: "plain"),
      items: items,
      signature: nil,
      audit: fixture.audit(.request)
    )
    try fixture.requests.recordOutcomes(
      [ItemOutcome(request: seq, row: 1, result: pair[0]), ItemOutcome(request: seq, row: 2, result: pair[1])],
      at: now,
      audit: fixture.audit(.run)
    )
    let report = try fixture.requests.reportRows(of: seq)
    #expect(report.map(\.id) == [TestRegister.number(1), TestRegister.number(2)])
    #expect(report.map(\.replaces) == [nil, TestRegister.number(1)] && report.map(\.member) == ["dubai/1", ""])
    #expect(report.map(\.disposition) == [.suspend, .changed])
  }

  @Test func reinstatingNeedsTheSameTwo() throws {
    let desk = try Desk()
    let fixture = desk.fixture
    let issued = try desk.file(desk.request(1))
    try desk.approve(issued, 1)
    var draft = fixture.draft(1, programme: "trusted")
    (draft.request, draft.row) = (issued, 1)
    let seq = try fixture.issue([draft])[0]
    try fixture.change(seq, .suspended)
    let asked = desk.request(2, act: .reinstate)
    let item = RequestItem(row: 1, member: 1, credential: seq, contentDigest: desk.digest(7), disposition: .reinstate)
    let request = try fixture.requests.file(
      asked,
      items: [item],
      signature: (desk.amal, TestRegister.signature),
      audit: fixture.audit(.request)
    )
    func reinstate() throws { try fixture.change(seq, .reinstated) { $0.request = request } }
    #expect(try fixture.refusal(reinstate) == .secondOfficerRequired)
    try desk.approve(request, 2)
    #expect(
      try fixture.refusal { try fixture.change(seq, .reinstated) } == .secondOfficerRequired,
      "no request is named"
    )
    try reinstate()
    #expect(try fixture.find(seq).state == .active)
    #expect(try fixture.credentials.events(of: seq).last?.request == request)
  }

  @Test func theNewestRulesAreInForce() throws {
    let desk = try Desk()
    let fixture = desk.fixture
    func rule(_ number: UInt8, approvals: Int, brake: Int = 10) -> ProgrammeRule {
      ProgrammeRule(
        id: "gold",
        digest: desk.digest(number),
        issueApprovals: approvals,
        reinstateApprovals: 1,
        issueBrake: brake,
        suspendBrake: 20,
        revokeBrake: 30,
        quota: 40
      )
    }
    func adopt(_ rule: ProgrammeRule, _ request: Int64? = nil) throws {
      try fixture.requests.adopt(rule, request: request, at: now, audit: fixture.audit(.profile, by: "omar"))
    }
    #expect(try fixture.requests.rule(of: "gold") == nil)
    try adopt(rule(1, approvals: 1))
    try adopt(rule(2, approvals: 2))
    #expect(try fixture.requests.rule(of: "gold") == rule(2, approvals: 2))
    for laxer in [rule(3, approvals: 1), rule(3, approvals: 2, brake: 11)] {
      #expect(try fixture.refusal { try adopt(laxer) } == .secondOfficerRequired)
    }
    let request = try fixture.requests.file(
      desk.request(3, act: .profile, programme: "gold"),
      items: [RequestItem(row: 1, member: nil, contentDigest: desk.digest(3), disposition: .profile)],
      signature: (desk.amal, TestRegister.signature),
      audit: fixture.audit(.request)
    )
    #expect(try fixture.refusal { try adopt(rule(3, approvals: 1), request) } == .secondOfficerRequired)
    try desk.approve(request, 3)
    #expect(
      try fixture.refusal { try adopt(rule(4, approvals: 1), request) } == .secondOfficerRequired,
      "two agreed to other rules"
    )
    try adopt(rule(3, approvals: 1), request)
    #expect(try fixture.requests.rule(of: "gold") == rule(3, approvals: 1))
    let closed = try #require(try fixture.requests.find(request))
    #expect(closed.state == .done && closed.closedBy == "omar")
    #expect(try fixture.requests.rule(of: "plain")?.issueBrake == 1_000)
  }

  @Test func aRequestThatCannotBeFiledLeavesNothing() throws {
    let desk = try Desk()
    let fixture = desk.fixture
    let before = try fixture.contents()
    for items in [desk.items([1, 1]), desk.items([1], member: 99)] {
      #expect(throws: RegistryFailure.self) {
        try fixture.requests.file(desk.request(1), items: items, signature: nil, audit: fixture.audit(.request))
      }
    }
    // The asker cannot sign as somebody without the role.
    #expect(
      try fixture.refusal {
        _ = try fixture.requests.file(
          desk.request(1, by: "omar"),
          items: desk.items([1]),
          signature: (desk.omar, TestRegister.signature),
          audit: fixture.audit(.request)
        )
      } == .roleMissing
    )
    #expect(try fixture.contents() == before)
  }
}

@Suite struct OfficerStoreTests {
  private let now = StoreFixture.now

  private func officer(_ name: String, _ roles: [OfficerRole], key: String? = nil) -> Officer {
    Officer(name: name, chamber: "dubai", roles: roles, publicKey: Array((key ?? name).utf8), addedAt: now)
  }

  @Test func rolesAndKeysComeBack() throws {
    let fixture = try StoreFixture()
    let officers = fixture.registry.officers
    for one in [officer("amal", [.clerk]), officer("omar", [.approver, .clerk]), officer("rami", [.auditor])] {
      try officers.add(one, audit: fixture.audit(.officerAdd))
    }
    #expect(try officers.all().map(\.name) == ["amal", "omar", "rami"])
    let omar = try #require(try officers.find("omar"))
    #expect(omar.roles == [.clerk, .approver] && omar.publicKey == Array("omar".utf8) && omar.addedAt == now)
    #expect(omar.removedAt == nil && omar.seq == 2 && omar.chamber == "dubai")
    #expect(try officers.find("rami")?.roles == [.auditor] && officers.find("nobody") == nil)
  }

  @Test func whoCannotBeAnOfficer() throws {
    let fixture = try StoreFixture()
    let officers = fixture.registry.officers
    try officers.add(officer("amal", [.clerk]), audit: fixture.audit(.officerAdd))
    let before = try fixture.contents()
    for (why, one) in [
      ("the name is taken", officer("amal", [.clerk], key: "other")),
      ("the key is taken", officer("omar", [.clerk], key: "amal")),
      ("no role", officer("omar", [])), ("an auditor with another role", officer("omar", [.auditor, .clerk])),
      ("the registrar", officer("registrar", [.clerk])), ("a short name", officer("o", [.clerk])),
      ("a long name", officer(String(repeating: "o", count: 41), [.clerk])), ("capitals", officer("Omar", [.clerk])),
      ("a space", officer("o mar", [.clerk])),
      (
        "another place",
        Officer(name: "omar", chamber: "sharjah", roles: [.clerk], publicKey: [1], addedAt: now)
      ),
    ] {
      #expect(throws: RegistryFailure.self, "\(why)") { try officers.add(one, audit: fixture.audit(.officerAdd)) }
    }
    #expect(try fixture.contents() == before)
  }

  @Test func whoLeavesTakesTheOpenRequestsAlong() throws {
    let fixture = try StoreFixture()
    let officers = fixture.registry.officers
    let amal = try fixture.register.officer("amal")
    let omar = try fixture.register.officer("omar")
    var filed: [Int64] = []
    for (number, name, officer) in [(UInt8(1), "amal", amal), (2, "omar", omar), (3, "amal", amal)] {
      let digest = [UInt8](repeating: number, count: 32)
      let request = RequestRecord(
        act: .suspend,
        chamber: "dubai",
        programme: "plain",
        content: "{}",
        digest: digest,
        needed: 2,
        requestedBy: name,
        requestedAt: now
      )
      filed.append(
        try fixture.requests.file(
          request,
          items: [],
          signature: (officer, TestRegister.signature),
          audit: fixture.audit(.request)
        )
      )
    }
    try fixture.requests.close(filed[2], to: .withdrawn, by: "amal", at: now, audit: fixture.audit(.withdraw))
    let approval = RequestStore.Approval(
      request: filed[1],
      officer: amal,
      digest: [UInt8](repeating: 2, count: 32),
      accepts: "",
      signature: TestRegister.signature
    )
    try fixture.requests.approve(approval, at: now, audit: fixture.audit(.approve))
    #expect(try fixture.requests.approvalCount(filed[1]) == 2)
    #expect(try officers.remove("amal", at: now + 5, audit: fixture.audit(.officerRemove)) == [filed[0]])
    #expect(try officers.find("amal")?.removedAt == now + 5)
    #expect(try fixture.requests.approvalCount(filed[1]) == 1, "the signature no longer counts, and is still there")
    #expect(try fixture.requests.approvals(of: filed[1]).map(\.officer.name) == ["omar", "amal"])
    let states = try filed.map { try fixture.requests.find($0)?.state }
    #expect(states == [.ended, .open, .withdrawn])
    let ended = try #require(try fixture.requests.find(filed[0]))
    #expect(ended.closedAt == now + 5 && ended.closedBy == "registrar")
    for name in ["amal", "nobody"] {
      #expect(
        try fixture.refusal { _ = try officers.remove(name, at: now, audit: fixture.audit(.officerRemove)) }
          == .officerUnknown
      )
    }
    #expect(throws: RegistryFailure.self, "a removed officer never returns") {
      try officers.add(officer("amal", [.clerk], key: "new"), audit: fixture.audit(.officerAdd))
    }
  }
}
