import Credentials
import Encodings
import Fixtures
import Messages
import PKI
import Storefronts
import Testing

@testable import Verification

/// Every verdict and every value of every axis has a question that gives it.
@Suite struct VerdictTests {
  @Test func confirmed() throws {
    let decision = try Question(TestAuthority.get(), page: shop).decide()
    #expect(decision.verdict == .confirmed, "\(decision.summary)")
    #expect(
      decision.axes.authenticity == .genuine && decision.axes.status == .active && decision.axes.binding == .proved
        && decision.axes.freshness == .live
    )
    #expect(decision.reasons.isEmpty)
    #expect(decision.pageKey == "site/alnoor.example" && decision.pageAsked == shop)
    #expect(decision.answerNotAfter == now.adding(seconds: 300))
    #expect(decision.recognisedBy == nil && decision.log == nil)
  }

  @Test func genuine() throws {
    let decision = try Question(TestAuthority.get()).decide()
    #expect(decision.verdict == .genuine && decision.axes.binding == .notStated)
    #expect(decision.codes == [.pageNotStated])
    let credential = try #require(decision.credential)
    #expect(
      credential.id == TestAuthority.id(1).description
        && credential.url == "https://khatm.example/c/\(TestAuthority.id(1))"
    )
    #expect(credential.issuerName == "Chamber of dubai", "the name comes from the trust list")
    #expect(
      credential.names.map(\.language) == ["en", "ar"] && credential.registerID == "NTRAE+DU-1256001"
        && credential.country == "AE"
    )
    #expect(credential.programme == "trusted-membership" && credential.membershipNumber == "1")
    #expect(
      credential.tokenDigest == Hex.encode(SHA2.sha256(try TestAuthority.get().token(TestAuthority.get().dubai)))
        || credential.tokenDigest.utf8.count == 64
    )
  }

  @Test("A1 a genuine badge on a stranger's page") func otherPage() throws {
    let decision = try Question(TestAuthority.get(), page: "https://alnoor-deals.example/").decide()
    #expect(decision.verdict == .otherPage && decision.axes.binding == .noMatch && decision.codes == [.bindingNoMatch])
    #expect(decision.credential != nil, "whose it is is told, so that a buyer sees whom the thief imitates")
    #expect(decision.answerNotAfter == now.adding(seconds: 900))
  }

  @Test func notInForce() throws {
    let authority = try TestAuthority.get()
    let decision = try Question(authority, page: shop).with {
      $0.lists = try authority.statusLists(suspended: [94_567])
    }
    .decide()
    #expect(decision.verdict == .notInForce && decision.axes.status == .suspended && decision.axes.binding == .proved)
  }

  @Test func cannotTell() throws {
    let decision = try Question(TestAuthority.get(), page: shop).with { $0.lists = [:] }.decide()
    #expect(decision.verdict == .cannotTell && decision.axes.status == .unknown && decision.axes.freshness == .stale)
    #expect(decision.axes.authenticity == .genuine && decision.axes.binding == .proved)
    #expect(decision.answerNotAfter == now.adding(seconds: 60))
  }

  @Test func notGenuine() throws {
    let authority = try TestAuthority.get()
    var token = try authority.token(authority.dubai)
    token[token.count - 10] = token[token.count - 10] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
    let decision = try Question(authority, token: token, page: shop).decide()
    #expect(decision.verdict == .notGenuine && decision.credential == nil && decision.axes.authenticity == .notGenuine)
    #expect(
      decision.axes.status == .unknown && decision.axes.binding == .notChecked,
      "nothing is said of what nobody issued"
    )
  }

  /// `no_badge` is for pages; a credential never gets it.
  @Test func noBadgeIsNotAVerdictOnACredential() {
    for authenticity in Authenticity.allCases {
      for status in Status.allCases {
        for binding in BindingResult.allCases {
          for freshness in Freshness.allCases {
            var axes = Axes()
            (axes.authenticity, axes.status, axes.binding, axes.freshness) = (authenticity, status, binding, freshness)
            #expect(Decision.judge(axes, []) != .noBadge)
          }
        }
      }
    }
  }

  @Test func authenticityMalformed() throws {
    #expect(try Question(TestAuthority.get(), token: [1, 2, 3]).decide().axes.authenticity == .malformed)
  }

  @Test func authenticityUnknownIssuer() throws {
    let stranger = try TestAuthority.other.get()
    let decision = try Question(TestAuthority.get(), token: stranger.token(stranger.chambers[0])).decide()
    #expect(decision.axes.authenticity == .unknownIssuer && decision.verdict == .notGenuine)
  }

  @Test func authenticityUnknownCredential() throws {
    let decision = try Question(TestAuthority.get()).verifier.plain.unknown(TestAuthority.id(99), at: now)
    #expect(
      decision.axes.authenticity == .unknownCredential && decision.verdict == .notGenuine
        && decision.askedID == TestAuthority.id(99)
    )
  }

  @Test func authenticityNotChecked() throws {
    let decision = try Question(TestAuthority.get()).with { $0.trustList = nil }.decide()
    #expect(decision.axes.authenticity == .notChecked && decision.verdict == .cannotTell)
  }

  @Test func statusOfEveryKind() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    func status(_ token: [UInt8], revoked: [Int64] = [], suspended: [Int64] = [], statement: [UInt8]? = nil) throws -> (
      Status, Verdict
    ) {
      let decision = try Question(authority, token: token, page: shop).with {
        $0.lists = try authority.statusLists(revoked: revoked, suspended: suspended)
        $0.statement = statement
      }.decide()
      return (decision.axes.status, decision.verdict)
    }
    let good = try authority.token(dubai)
    #expect(try status(good) == (.active, .confirmed))
    #expect(try status(good, revoked: [94_567]) == (.revoked, .notInForce))
    #expect(
      try status(good, revoked: [94_567], statement: authority.statement(dubai, "superseded", by: TestAuthority.id(2)))
        == (
          .superseded, .notInForce
        )
    )
    #expect(try status(good, suspended: [94_567]) == (.suspended, .notInForce))
    #expect(try status(authority.token(dubai) { $0.validUntil = now.adding(days: -1) }) == (.expired, .notInForce))
    #expect(
      try status(
        authority.token(dubai) {
          $0.validFrom = now.adding(days: 1)
          $0.validUntil = now.adding(days: 20)
        }
      ) == (.notYetValid, .notInForce)
    )
    #expect(try status(authority.token(dubai, edit: { $0["credentialStatus"] = nil })) == (.unknown, .cannotTell))
    #expect(
      try status(good, revoked: [94_566, 94_568], suspended: [94_566, 94_568]) == (.active, .confirmed),
      "neighbours are others"
    )
    // What is final goes before what may end, and that before the calendar.
    let over = try authority.token(dubai) { $0.validUntil = now.adding(days: -1) }
    #expect(try status(over, suspended: [94_567]).0 == .suspended)
    #expect(try status(over, revoked: [94_567]).0 == .revoked)
  }

  @Test func bindingOfEveryKindThatThisModuleGives() throws {
    let authority = try TestAuthority.get()
    let question = try Question(authority, page: shop)
    #expect(try question.decide().axes.binding == .proved)
    #expect(try question.with { $0.page = "https://other.example/" }.decide().axes.binding == .noMatch)
    #expect(try question.with { $0.page = nil }.decide().axes.binding == .notStated)
    #expect(try question.with { $0.platforms = nil }.decide().axes.binding == .notChecked)
    // `stale` and `not_provable` come from whoever holds the proofs of control; they are never better than "cannot
    // tell".
    for binding in [BindingResult.stale, .notChecked] {
      var axes = Axes()
      (axes.authenticity, axes.status, axes.binding, axes.freshness) = (.genuine, .active, binding, .live)
      #expect(Decision.judge(axes, []) == .cannotTell)
    }
  }

  @Test func freshnessLiveCachedStale() throws {
    let authority = try TestAuthority.get()
    func freshness(_ age: Int64) throws -> (Freshness, Verdict) {
      let decision = try Question(authority).with {
        $0.lists = try authority.statusLists(made: now.adding(seconds: -age))
      }
      .decide()
      return (decision.axes.freshness, decision.verdict)
    }
    #expect(try freshness(0) == (.live, .genuine))
    #expect(try freshness(300) == (.live, .genuine))
    #expect(try freshness(301) == (.cached, .genuine))
    #expect(try freshness(86_400) == (.cached, .genuine))
    #expect(try freshness(86_401) == (.stale, .cannotTell))
    let decision = try Question(authority).with {
      $0.lists = try authority.statusLists(made: now.adding(seconds: -86_300))
    }
    .decide()
    #expect(decision.answerNotAfter == now.adding(seconds: 100), "an answer never outlives its lists")
    #expect(decision.statusAsOf == now.adding(seconds: -86_300))
  }

  @Test("A6 nothing is inherited between companies or pages") func bindingsOfEveryKind() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    func verdict(_ storefronts: [StorefrontBinding], origins: [Text] = [], _ page: String) throws -> Verdict {
      let token = try authority.token(dubai) {
        $0.organization.storefronts = storefronts
        $0.organization.authorizedOrigins = origins
      }
      return try Question(authority, token: token, page: page).decide().verdict
    }
    let host = StorefrontBinding(.host, key: "site/alnoor.example", display: "https://alnoor.example/")
    let path = StorefrontBinding(.path, key: "site/mall.example/al-noor", display: "https://mall.example/al-noor")
    let domain = StorefrontBinding(.domain, key: "domain/alnoor.example", display: "https://alnoor.example/")
    let platform = StorefrontBinding(
      .platform,
      key: "platform/souk/alnoor",
      display: "https://www.souk.example/en/s/alnoor"
    )
    #expect(try verdict([host], "https://alnoor.example/any/page?x=1#y") == .confirmed)
    #expect(try verdict([host], "https://www.alnoor.example/") == .otherPage)
    #expect(try verdict([host], "https://alnoor.example:8443/") == .otherPage)
    #expect(try verdict([path], "https://mall.example/al-noor/shoes") == .confirmed)
    #expect(try verdict([path], "https://mall.example/al-noor-evil") == .otherPage)
    #expect(try verdict([path], "https://mall.example/") == .otherPage)
    #expect(try verdict([domain], "https://shop.alnoor.example/") == .confirmed)
    #expect(try verdict([domain], "https://evilalnoor.example/") == .otherPage)
    #expect(try verdict([platform], "https://www.souk.example/ar/s/AlNoor") == .confirmed)
    #expect(try verdict([platform], "https://www.souk.example/ar/s/alnoor2") == .otherPage)
    #expect(try verdict([], origins: ["https://shop.alnoor.example"], "https://shop.alnoor.example/") == .confirmed)
    #expect(try verdict([], "https://alnoor.example/") == .otherPage, "no page at all is no page of this one")
    // The same key twice is one storefront.
    let twice = try Question(
      authority,
      token: authority.token(dubai) {
        $0.organization.storefronts = [host, host]
        $0.organization.authorizedOrigins = ["https://alnoor.example"]
      },
      page: shop
    ).decide()
    #expect(twice.verdict == .confirmed && twice.credential?.storefronts.count == 1)
  }

  /// People read the display, machines the key: one that names another page is not shown.
  @Test func displaysThatLieAreNotShown() throws {
    let authority = try TestAuthority.get()
    func shown(_ storefront: StorefrontBinding) throws -> String? {
      try Question(authority, token: authority.token(authority.dubai) { $0.organization.storefronts = [storefront] })
        .decide()
        .credential?.storefronts.first?.display
    }
    #expect(
      try shown(.init(.host, key: "site/evil.example", display: "https://famous.example/")) == "site/evil.example"
    )
    #expect(
      try shown(.init(.host, key: "site/evil.example", display: "https://evil.example.famous.example/"))
        == "site/evil.example"
    )
    #expect(try shown(.init(.host, key: "site/evil.example", display: "Famous Store")) == "site/evil.example")
    #expect(
      try shown(.init(.host, key: "site/alnoor.example", display: "https://alnoor.example/"))
        == "https://alnoor.example/"
    )
    #expect(
      try shown(.init(.host, key: "site/alnoor.example", display: "https://alnoor.example")) == "https://alnoor.example"
    )
    #expect(
      try shown(.init(.path, key: "site/mall.example/a/b", display: "https://mall.example/a/b"))
        == "https://mall.example/a/b"
    )
    #expect(
      try shown(.init(.platform, key: "platform/souk/alnoor", display: "https://www.souk.example/en/s/alnoor"))
        == "https://www.souk.example/en/s/alnoor"
    )
    #expect(
      try shown(.init(.platform, key: "platform/souk/alnoor", display: "https://www.souk.example/en/s/evil"))
        == "platform/souk/alnoor"
    )
    #expect(
      try shown(.init(.platform, key: "platform/souk/alnoor", display: "https://famous.example/"))
        == "platform/souk/alnoor"
    )
  }
}
