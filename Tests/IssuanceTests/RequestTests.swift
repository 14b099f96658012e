import Encodings
import PKI
import Profiles
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// A request is frozen when it is filed: its digest covers all of it, and what was changed since is noticed.
@Suite struct RequestTests {
  private static let programme = "trusted-membership"

  private func item(_ row: Int64 = 1, _ digest: UInt8 = 1) -> RequestItem {
    RequestItem(
      row: row,
      member: row,
      contentDigest: [UInt8](repeating: digest, count: 32),
      disposition: .new,
      reason: ""
    )
  }

  private func asked(
    act: RequestAct = .issue,
    chamber: String = "dubai",
    programme: String = RequestTests.programme,
    items: [RequestItem]? = nil,
    needed: Int = 2
  ) -> RequestedAct {
    RequestedAct(act: act, chamber: chamber, programme: programme, items: items ?? [item()], needed: needed)
  }

  @Test func whatIsFrozen() throws {
    let desk = try Desk()
    let amal = try desk.session("amal")
    var request = asked(items: [item(1), item(2)])
    (request.reason, request.note, request.source) = ("renewal", "as agreed", [UInt8](repeating: 6, count: 32))
    request.until = Instant(seconds: TestHome.start + 60)
    request.lookalikes = ["dubai/9 Palm"]
    let record = try amal.approvals.fileRequest(request)
    let content = try JSONObject.parse(Array(record.content.utf8))
    #expect(
      content == [
        "v": 1, "act": "issue", "chamber": "dubai", "programme": "trusted-membership", "rows": 2,
        "items": JSON(Hex.encode(try ApprovalWorkflow.digest(of: request.items))), "reason": "renewal", "needed": 2,
        "profile": JSON(Hex.encode(try #require(amal.contents.profileDigests[Self.programme]))),
        "until": "2026-11-22T09:01:00Z", "lookalikes": ["dubai/9 Palm"],
      ]
    )
    #expect(record.digest == SHA2.sha256(Array(record.content.utf8)))
    let found = try #require(try amal.registry.requests.find(record.seq))
    #expect(found.digest == record.digest && found.content == record.content && found.needed == 2)
    #expect(found.requestedBy == "amal" && found.requestedAt == TestHome.start && found.state == .open)
    #expect(found.reason == "renewal" && found.note == "as agreed" && found.source == request.source)
    #expect(try amal.registry.requests.items(of: record.seq) == request.items)
    // Whoever asks signs, and counts as one.
    let approval = try #require(try amal.registry.requests.approvals(of: record.seq).first)
    #expect(approval.officer.name == "amal" && approval.digest == record.digest)
    let key = try amal.ownKey().publicKey
    #expect(
      try key.verifies(approval.signature, over: SigningContext.approval.message(record.digest), algorithm: .eddsa)
    )
    let row = try desk.lastAudit()
    #expect(row.action == .request && row.subject == "issue trusted-membership")
    #expect(
      try JSONObject.parse(Array(row.detail.utf8)) == [
        "digest": JSON(Hex.encode(record.digest)), "needed": 2, "rows": 2,
      ]
    )
    // The registrar asks, too, and counts for nobody.
    let other = try desk.session().approvals.fileRequest(asked(items: [item(3)]))
    #expect(try amal.registry.requests.approvals(of: other.seq).isEmpty && other.requestedBy == "registrar")
  }

  @Test func aRequestOfOneRowNamesItsMember() throws {
    let desk = try Desk()
    let session = try desk.session()
    func member(_ rows: Int64, _ keys: [Int64: String]) throws -> String? {
      var request = asked(items: (1...rows).map { item($0) })
      request.memberKeys = keys
      let record = try session.approvals.fileRequest(request)
      return try JSONObject.parse(Array(record.content.utf8))["member"]?.string
    }
    #expect(try member(1, [1: "dubai/7"]) == "dubai/7")
    #expect(try member(1, [2: "dubai/7"]) == nil)
    #expect(try member(2, [1: "dubai/7"]) == nil)
  }

  /// Every fact that officers agree to is under the digest.
  @Test func eachFieldMakesAnotherRequest() throws {
    let desk = try Desk()
    let session = try desk.session("amal")
    var changes: [(String, RequestedAct)] = [
      ("as it is", asked()), ("act", asked(act: .suspend)), ("programme", asked(programme: "verified-membership")),
      ("rows", asked(items: [item(), item(2)])), ("row", asked(items: [item(2)])),
      ("content", asked(items: [item(1, 2)])), ("needed", asked(needed: 1)),
    ]
    func with(_ name: String, _ change: (inout RequestedAct) -> Void) {
      var request = asked()
      change(&request)
      changes.append((name, request))
    }
    with("reason") { $0.reason = "x" }
    with("until") { $0.until = Instant(seconds: TestHome.start) }
    with("lookalikes") { $0.lookalikes = ["dubai/9 Palm"] }
    with("member") { $0.memberKeys = [1: "dubai/1"] }
    var digests: [[UInt8]: String] = [:]
    for (name, request) in changes {
      let record = try session.approvals.fileRequest(request)
      #expect(digests.updateValue(name, forKey: record.digest) == nil, "\(name) is not under the digest")
      // The same again is the same request, and nothing is written.
      let last = try desk.lastAudit()
      #expect(try session.approvals.fileRequest(request).seq == record.seq)
      #expect(try desk.lastAudit() == last)
    }
    // A note and the file it came from are no part of what is agreed to.
    var same = asked()
    (same.note, same.source) = ("another", [UInt8](repeating: 1, count: 32))
    let first = try session.approvals.fileRequest(asked())
    #expect(try session.approvals.fileRequest(same).seq == first.seq)
    // A closed one is never taken up again.
    _ = try session.approvals.decline(first.seq, note: "")
    #expect(try session.approvals.fileRequest(asked()).seq > first.seq)
  }

  @Test func theVersionOfTheProfileIsUnderTheDigest() throws {
    let desk = try Desk()
    let before = try desk.session().approvals.fileRequest(asked()).digest
    try desk.home.edit(Self.programme, "# nobody visits", "# nobody ever visits")
    #expect(try desk.session().approvals.fileRequest(asked()).digest != before)
  }

  /// A row's order, members, certificate, content, what it comes down to, reason and claims.
  @Test func theDigestOfRows() throws {
    let base = item()
    func row(
      row: Int64 = 1,
      member: Int64? = 1,
      credential: Int64? = nil,
      digest: UInt8 = 1,
      disposition: RowDisposition = .new,
      reason: String = "",
      claims: String = "{}"
    ) -> RequestItem {
      var item = RequestItem(
        row: row,
        member: member,
        credential: credential,
        contentDigest: [UInt8](repeating: digest, count: 32),
        disposition: disposition,
        reason: reason
      )
      item.claims = claims
      return item
    }
    let rows = [
      row(), row(row: 2), row(member: 2), row(member: nil), row(credential: 1), row(digest: 2),
      row(disposition: .renewed), row(reason: "x"), row(claims: "{\"a\":1}"),
    ]
    #expect(try Set(rows.map { try ApprovalWorkflow.digest(of: [$0]) }).count == rows.count)
    #expect(rows[0] == base)
    #expect(try ApprovalWorkflow.digest(of: [rows[0], rows[1]]) != ApprovalWorkflow.digest(of: [rows[1], rows[0]]))
    let line = "[1,1,0,\"\(String(repeating: "01", count: 32))\",\"new\",\"\",\"{}\"]\n"
    #expect(try ApprovalWorkflow.digest(of: [base]) == SHA2.sha256(Array(line.utf8)))
    #expect(try ApprovalWorkflow.digest(of: []) == SHA2.sha256([]))
  }

  // MARK: opened again

  /// A register edited by hand: whatever was changed, the request cannot be opened.
  @Test(arguments: [
    "UPDATE request SET content = replace(content, '\"rows\":1', '\"rows\":2')", "UPDATE request SET act = 'suspend'",
    "UPDATE request SET programme = 'verified-membership'", "UPDATE request SET chamber = 'ajman'",
    "UPDATE request SET needed = 1", "UPDATE request SET digest = zeroblob(32)",
    "UPDATE request_item SET member = 2", "UPDATE request_item SET content_digest = zeroblob(32)",
    "UPDATE request_item SET reason = 'x'", "UPDATE request_item SET claims = '{\"a\":1}'",
    "UPDATE request_item SET row = 5", "UPDATE request_item SET what = 'renewed'", "DELETE FROM request_item",
    "INSERT INTO request_item SELECT request, 9, member, credential, content_digest, what, reason, claims, NULL, NULL, "
      + "NULL, NULL FROM request_item",
  ])
  func aRequestEditedByHand(_ sql: String) throws {
    let desk = try Desk()
    let request = try desk.session("amal").approvals.fileRequest(asked()).seq
    _ = try desk.session().approvals.open(request, for: .run)
    try desk.tamper(
      sql,
      without: "request_fixed",
      "request_item_fixed",
      "request_item_kept",
      "request_item_sealed"
    )
    let expected = IssuanceFailure.registryTampered(table: "request", row: "\(request)")
    #expect(try failure { _ = try desk.session().approvals.open(request, for: .run) } == expected)
    #expect(try failure { _ = try desk.session("omar").approvals.approve(request, acceptsNames: false) } == expected)
    #expect(try failure { _ = try desk.session("omar").runner.run(request) } == expected)
    #expect(try failure { _ = try desk.session("omar").approvals.decline(request, note: "") } == expected)
  }

  @Test func whatIsNotOpen() throws {
    let desk = try Desk()
    #expect(
      try desk.rejection(recorded: false) { _ = try desk.session().approvals.open(7, for: .run) }
        == ActRejection(.requestUnknown, subject: "request 7")
    )
    #expect(try desk.rejection(recorded: false) { _ = try desk.session().reader.request(7) }?.code == .requestUnknown)
    let request = try desk.session("amal").approvals.fileRequest(asked()).seq
    _ = try desk.session("omar").approvals.decline(request, note: "no visit")
    let rejection = try desk.rejection { _ = try desk.session().approvals.open(request, for: .approve) }
    #expect(rejection == ActRejection(.requestClosed(state: .refused, by: "omar"), subject: "request \(request)"))
    #expect(try desk.lastAudit().action == .approve)
  }

  @Test func aRequestAsPeopleLookAtIt() throws {
    let desk = try Desk()
    var request = asked(items: [item(1), item(2)])
    request.lookalikes = ["dubai/9 Palm", "dubai/8 Palm"]
    let number = try desk.session("amal").approvals.fileRequest(request).seq
    let view = try desk.session().reader.request(number)
    #expect(view.record.seq == number && view.approvals.map(\.officer.name) == ["amal"] && view.agreed == 1)
    #expect(view.items == [.waiting: 2] && view.lookalikes == ["dubai/9 Palm", "dubai/8 Palm"])
  }
}
