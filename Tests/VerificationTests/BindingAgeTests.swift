import Credentials
import Encodings
import Fixtures
import Messages
import PKI
import Storefronts
import Testing

@testable import Verification

/// Proofs of control: their age, their loss, and what a statement about them may not do.
@Suite struct BindingAgeTests {
  private func page(
    _ state: BindingStatement.State = .proved,
    key: Text = "site/alnoor.example",
    proved: Int64 = -10,
    by: Int64 = 80,
    since: Int64 = -10
  ) -> BindingStatement.Page {
    .init(
      key: key,
      state: state,
      since: now.adding(days: since),
      provedAt: now.adding(days: proved),
      reproveBy: now.adding(days: by),
      method: "well_known"
    )
  }

  private func statement(
    _ chamber: TestChamber,
    _ pages: [BindingStatement.Page],
    number: Int = 1,
    at: Instant = now.adding(days: -10),
    edit: (inout JSONObject) -> Void = { _ in }
  ) throws -> [UInt8] {
    let authority = try TestAuthority.get()
    var payload = BindingStatement(
      issuer: chamber.did,
      subject: MembershipCredential.id(TestAuthority.id(number), host: authority.host),
      at: at,
      pages: pages
    ).payload
    edit(&payload)
    return try authority.sign(
      payload,
      chamber,
      header: ["typ": JSON(BindingStatement.tokenType), "kid": .string(chamber.keyID)]
    )
  }

  private func ask(_ bindings: [UInt8]?, page asked: String? = shop, change: (inout Question) throws -> Void = { _ in })
    throws -> Decision
  {
    try Question(TestAuthority.get(), page: asked).with {
      $0.bindings = bindings
      $0.provesPages = false
      try change(&$0)
    }.decide()
  }

  @Test("A13 a page that had to be proved again is a doubt, one that was lost is another's") func ages() throws {
    let authority = try TestAuthority.get()
    let fresh = try ask(statement(authority.dubai, [page()]))
    #expect(
      fresh.verdict == .confirmed && fresh.reasons.isEmpty
        && fresh.bindings["site/alnoor.example"]?.provedAt == now.adding(days: -10)
    )
    let stale = try ask(statement(authority.dubai, [page(proved: -100, by: -10)]))
    #expect(
      stale.verdict == .cannotTell && stale.axes.binding == .stale && stale.codes == [.bindingStale],
      "\(stale.summary)"
    )
    let failed = try ask(statement(authority.dubai, [page(.failed, since: -3)]))
    #expect(
      failed.verdict == .otherPage && failed.axes.binding == .failed && failed.codes == [.bindingFailed],
      "\(failed.summary)"
    )
    let withdrawn = try ask(statement(authority.dubai, [page(.withdrawn, since: -3)]))
    #expect(withdrawn.verdict == .otherPage && withdrawn.codes == [.bindingWithdrawn], "\(withdrawn.summary)")
    // Without a page the certificate is as genuine as before; what is known of its pages is told.
    #expect(try ask(statement(authority.dubai, [page(.failed)]), page: nil).verdict == .genuine)
    // The last second of the proof counts, the next does not.
    #expect(try ask(statement(authority.dubai, [page(by: 0)])).verdict == .confirmed)
    #expect(
      try ask(statement(authority.dubai, [page(by: 0)])) { $0.at = now.adding(seconds: 1) }.codes == [.bindingStale]
    )
  }

  @Test func aPositiveAnswerDoesNotOutliveTheProof() throws {
    let authority = try TestAuthority.get()
    let end = now.adding(seconds: 40)
    let soon = BindingStatement.Page(
      key: "site/alnoor.example",
      state: .proved,
      since: now.adding(days: -89),
      provedAt: now.adding(days: -89),
      reproveBy: end,
      method: "officer"
    )
    #expect(try ask(statement(authority.dubai, [soon])).answerNotAfter == end)
  }

  /// What is not the chamber's word about this credential is not heard: the page is judged by its key, as without a
  /// statement.
  @Test func otherStatementsAreNotHeard() throws {
    let authority = try TestAuthority.get()
    let lost = [page(.failed)]
    let other = authority.chambers[1]
    #expect(try ask(nil).axes.binding == .declared)
    var cut = try statement(authority.dubai, lost)
    cut[cut.count - 5] ^= 1
    let deaf: [[UInt8]] = [
      try statement(authority.dubai, lost, number: 2), try statement(other, lost),
      try statement(authority.dubai, lost, at: now.adding(days: 1)), cut, Array("x.y.z".utf8),
      try statement(authority.dubai, lost) { $0["iss"] = .string(other.did) },
      try authority.statement(authority.dubai, "revoked"),
      try statement(authority.dubai, lost) {
        $0["pages"] = [["key": "site/alnoor.example", "state": "failed", "since": "yesterday"]]
      },
      try statement(authority.dubai, lost) {
        $0["pages"] = [["key": "site/alnoor.example", "state": "gone", "since": JSON(now.description)]]
      },
      try statement(authority.dubai, lost) {
        $0["pages"] = .array([$0["pages"]?.array?[0] ?? .null, $0["pages"]?.array?[0] ?? .null])
      },
      try statement(authority.dubai, lost) {
        $0["pages"] = [["key": "site/alnoor.example", "state": "proved", "since": JSON(now.description)]]
      },
    ]
    for (place, token) in deaf.enumerated() {
      let decision = try ask(token)
      #expect(
        decision.verdict == .genuine && decision.codes == [.pageDeclared] && decision.bindings.isEmpty,
        "\(place): \(decision.summary)"
      )
    }
  }

  /// Of several names that cover the page the best proof counts; a page that nothing was said of stays as the token has
  /// it.
  @Test func theBestOfSeveral() throws {
    let authority = try TestAuthority.get()
    let token = try authority.token(
      authority.dubai,
      change: { credential in
        credential.organization.storefronts = [
          StorefrontBinding(.host, key: "site/alnoor.example", display: "https://alnoor.example/"),
          StorefrontBinding(.path, key: "site/alnoor.example/shop", display: "https://alnoor.example/shop"),
        ]
      }
    )
    func ask(_ pages: [BindingStatement.Page], _ address: String) throws -> Decision {
      try self.ask(statement(authority.dubai, pages), page: address) { $0.token = token }
    }
    let site = page(proved: -100, by: -10)
    let part = page(key: "site/alnoor.example/shop")
    #expect(try ask([site, part], "https://alnoor.example/shop").verdict == .confirmed)
    #expect(try ask([site, part], "https://alnoor.example/about").codes == [.bindingStale])
    #expect(try ask([page(.withdrawn), part], "https://alnoor.example/about").codes == [.bindingWithdrawn])
    #expect(try ask([page(.withdrawn)], "https://alnoor.example/shop/1").axes.binding == .declared)
    #expect(
      try ask(
        [page(.failed), page(key: "site/alnoor.example/shop", proved: -100, by: -1)],
        "https://alnoor.example/shop"
      ).codes == [.bindingStale]
    )
  }

  @Test func theOperatorOfAMarketplaceIsNotItsShops() throws {
    let authority = try TestAuthority.get()
    for key: Text in ["site/www.souk.example", "domain/souk.example", "site/mall.souk.example/about"] {
      let kind: StorefrontBinding.Kind = key.hasPrefix("domain/") ? .domain : key.hasSuffix("about") ? .path : .host
      let token = try authority.token(
        authority.dubai,
        change: {
          $0.organization.storefronts = [StorefrontBinding(kind, key: key, display: "https://www.souk.example/")]
        }
      )
      let shop = try ask(nil, page: "https://www.souk.example/en/s/alnoor") { $0.token = token }
      #expect(
        shop.verdict == .otherPage && shop.codes == [.scopePlatformOperatorOnly, .bindingNoMatch],
        "\(key) \(shop.summary)"
      )
    }
    #expect(try ask(nil, page: "https://www.souk.example/en/s/alnoor").codes == [.bindingNoMatch])
    let lookalike = try authority.token(
      authority.dubai,
      change: {
        $0.organization.storefronts = [
          StorefrontBinding(.host, key: "site/notsouk.example", display: "https://notsouk.example/")
        ]
      }
    )
    #expect(
      try ask(nil, page: "https://www.souk.example/en/s/alnoor") { $0.token = lookalike }.codes == [.bindingNoMatch]
    )
  }

  /// The table is of 2026-11-20. What else would run out in half a year is made anew, as an authority at work does.
  @Test func anOldPlatformTable() throws {
    let authority = try TestAuthority.get()
    let day = CivilDate("2026-11-20")!.startOfDay
    func ask(_ days: Int64) throws -> Decision {
      let at = day.adding(days: days).adding(seconds: 1)
      return try self.ask(nil) { question in
        question.at = at
        question.provesPages = true
        question.lists = try authority.statusLists(made: at.adding(seconds: -10))
        question.trustList = try authority.trustList(edit: {
          $0.expires = at.adding(days: 20).seconds
          $0.nextUpdate = at.adding(days: 5)
        })
        question.crls = try authority.crls(nextUpdate: at.adding(days: 5).seconds)
      }
    }
    #expect(try ask(29).reasons.isEmpty)
    let due = try ask(30)
    #expect(
      due.verdict == .confirmed && due.codes == [.tableStale] && due.reasons[0].severity == .info,
      "\(due.summary)"
    )
    let over = try ask(180)
    #expect(
      over.verdict == .cannotTell && over.codes == [.tableStale] && over.axes.freshness == .stale,
      "\(over.summary)"
    )
  }
}
