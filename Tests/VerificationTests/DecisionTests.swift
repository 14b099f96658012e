import Credentials
import Encodings
import Fixtures
import Messages
import PKI
import Storefronts
import TestSupport
import Testing

@testable import Verification

/// The one function that makes verdicts, over all its inputs.
@Suite struct DecisionTests {
  static var allAxes: [Axes] {
    var all: [Axes] = []
    for authenticity in Authenticity.allCases {
      for status in Status.allCases {
        for binding in BindingResult.allCases {
          for freshness in Freshness.allCases {
            var axes = Axes()
            (axes.authenticity, axes.status, axes.binding, axes.freshness) = (authenticity, status, binding, freshness)
            all.append(axes)
          }
        }
      }
    }
    return all
  }

  /// confirmed ⇔ genuine ∧ active ∧ proved or vouched ∧ not stale; genuine the same without a page, or
  /// with one that was only named.
  @Test func positiveExactlyWhenAllIsWell() {
    #expect(Self.allAxes.count == 6 * 7 * 9 * 3)
    for axes in Self.allAxes {
      let verdict = Decision.judge(axes, [])
      let isWell = axes.authenticity == .genuine && axes.status == .active && axes.freshness != .stale
      #expect((verdict == .confirmed) == (isWell && [.proved, .vouched].contains(axes.binding)))
      #expect((verdict == .genuine) == (isWell && [.declared, .notStated].contains(axes.binding)))
      if axes.authenticity != .genuine && axes.authenticity != .notChecked { #expect(verdict == .notGenuine) }
      if axes.authenticity == .genuine, [.noMatch, .failed, .withdrawn].contains(axes.binding) {
        #expect(verdict == .otherPage)
      }
    }
    #expect(Decision.judge(Axes(), []) == .cannotTell, "the beginning is not known")
  }

  /// No reason ever makes a verdict better, whatever stands beside it.
  @Test func reasonsOnlyMakeItWorse() {
    let reasons = ReasonCode.allCases.map { Reason($0) } + ReasonCode.allCases.map { Reason($0, severity: .warn) }
    for axes in Self.allAxes {
      let plain = Decision.judge(axes, [])
      for reason in reasons {
        let verdict = Decision.judge(axes, [reason])
        #expect(verdict <= plain, "\(reason.code) on \(axes)")
        if reason.severity == .error { #expect(!verdict.isPositive, "\(reason.code)") }
        if reason.severity == .warn, reason.code.axis != .note { #expect(!verdict.isPositive, "\(reason.code)") }
        if reason.severity == .info || reason.code.axis == .note && reason.severity != .error {
          #expect(verdict == plain, "\(reason.code)")
        }
      }
    }
  }

  @Test func reasonsOfTwo() {
    var generator = SeededGenerator(seed: 4)
    let codes = ReasonCode.allCases
    let all = Self.allAxes
    for _ in 0..<20_000 {
      let axes = all[Int.random(in: all.indices, using: &generator)]
      let pair = (0..<2).map { _ in Reason(codes[Int.random(in: codes.indices, using: &generator)]) }
      let verdict = Decision.judge(axes, pair)
      #expect(verdict == Decision.judge(axes, pair.reversed()), "the order of reasons decides nothing")
      #expect(verdict <= min(Decision.judge(axes, [pair[0]]), Decision.judge(axes, [pair[1]])))
    }
  }

  @Test func severityDecides() {
    var well = Axes()
    (well.authenticity, well.status, well.binding, well.freshness) = (.genuine, .active, .proved, .live)
    #expect(Decision.judge(well, [Reason(.notInLog)]) == .notGenuine)
    #expect(Decision.judge(well, [Reason(.bindingFailed)]) == .otherPage)
    #expect(Decision.judge(well, [Reason(.policyValidityTooLong)]) == .notInForce)
    #expect(Decision.judge(well, [Reason(.insecureTransport)]) == .cannotTell)
    #expect(Decision.judge(well, [Reason(.hiddenByMarkup)]) == .confirmed)
    #expect(Decision.judge(well, [Reason(.trustListDue)]) == .confirmed)
    #expect(Decision.judge(well, [Reason(.hostInvalid)]) == .cannotTell, "an input code inside an answer is a warning")
    #expect(Reason(.hostInvalid).severity == .warn)
    #expect(Verdict.allCases.sorted() == Verdict.allCases)
  }

  /// Callers may report what they found before there was a token; they cannot make anything good.
  @Test func callersCannotMakeAVerdictPositive() throws {
    let verifier = try Question(TestAuthority.get()).verifier
    for authenticity in Authenticity.allCases {
      for code in ReasonCode.allCases {
        let decision = verifier.plain.rejected(Reason(code, severity: .info), authenticity: authenticity, at: now)
        #expect(!decision.verdict.isPositive && decision.axes.authenticity != .genuine && decision.credential == nil)
      }
    }
  }

  /// http, mixed scripts, addresses the table cannot read: notes of the page.
  @Test func insecureTransport() throws {
    let authority = try TestAuthority.get()
    let plain = try Question(authority, page: "http://alnoor.example/").decide()
    #expect(plain.summary == "cannot_tell insecure_transport" && plain.axes.binding == .proved)
    #expect(try Question(authority, page: "http://thief.example/").decide().verdict == .otherPage)
    #expect(
      try Question(authority, page: "http://alnoor.example/").with {
        $0.lists = try authority.statusLists(revoked: [94_567])
      }
      .decide().verdict == .notInForce
    )
  }

  @Test func hostScriptMixed() throws {
    let authority = try TestAuthority.get()
    let page = "https://аlnoor.example/"  // the first letter is Cyrillic
    let decision = try Question(authority, page: page).decide()
    #expect(decision.verdict == .otherPage && decision.codes.contains(.hostScriptMixed))
  }

  @Test func pagesReadByAnotherTable() throws {
    let authority = try TestAuthority.get()
    // A credential with a key that our table would never give, and an address read without the table.
    let token = try authority.token(authority.dubai) {
      $0.organization.storefronts = [.init(.host, key: "site/www.souk.example", display: "https://www.souk.example/")]
    }
    let question = try Question(authority, token: token)
    let verifier = question.verifier
    let cases: [(String, [ReasonCode])] = [
      ("https://www.souk.example/en/s/evil", [.scopePlatformOperatorOnly, .bindingNoMatch]),
      ("https://www.souk.example/help", [.platformURLUnknown]),
    ]
    for (asked, codes) in cases {
      let page = RequestedPage(asked: asked, address: try PageAddress.read(Array(asked.utf8), platforms: .empty))
      let request = DecisionRequest(page: page)
      let snapshot = verifier.snapshot
      for _ in 0..<2 {
        let decision = verifier.caching.verify(token, request, under: snapshot, at: now) { credential, _ in
          question.evidence(for: credential, verifier.plain, verifier.caching.authentication)
        }
        #expect(!decision.verdict.isPositive && decision.codes == codes, "\(asked): \(decision.summary)")
      }
    }
  }

  @Test func answerObjects() throws {
    let authority = try TestAuthority.get()
    let json = try #require(try Question(authority, page: shop).decide().json().object)
    #expect(json["v"] == 1 && json["verdict"] == "confirmed" && json["reasons"] == [])
    #expect(json["axes"] == ["authenticity": "genuine", "status": "active", "binding": "proved", "freshness": "live"])
    #expect(
      json["page"]?.object?["key"] == "site/alnoor.example" && json["tables"]?.object?["platforms"] == "2026-11-20"
    )
    #expect(json["credential"]?.object?["issuer"]?.object?["name"] == "Chamber of dubai")
    #expect(
      json["answerNotAfter"] == "2026-11-22T09:20:03Z" && json["asked"] == nil && json["log"] == nil
        && json["recognisedBy"] == nil
    )
    let asked = try #require(try Question(authority).verifier.plain.unknown(TestAuthority.id(3), at: now).json().object)
    #expect(asked["credential"] == .null && asked["asked"]?.object?["id"] == JSON(TestAuthority.id(3).description))
    // Every answer is JSON that reads back, whatever stands in it.
    let hostile = try Question(
      authority,
      token: Array("\u{202E}\"\\\n{}".utf8),
      page: "https://alnoor.example/%C3%A9?\""
    )
    .decide().json()
    #expect(try JSON.parse(hostile.canonical()) == hostile)
    for decision in try [
      Question(authority, page: shop).decide(), Question(authority).with { $0.lists = [:] }.decide(),
    ] {
      for reason in decision.reasons { #expect(reason.words.map(\.0) == reason.params.map(\.name)) }
    }
  }

  /// A reason carries the parameters its sentence needs, by name.
  @Test func reasonsCarryTheirParameters() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let index: Int64 = 94_567
    var decisions: [Decision] = []
    let base = try Question(authority, page: shop)
    for loss in MissingInputTests.losses { decisions.append(try base.with { try loss.apply(&$0, authority) }.decide()) }
    decisions.append(try base.with { $0.lists = try authority.statusLists(revoked: [index]) }.decide())
    decisions.append(try base.with { $0.lists = try authority.statusLists(suspended: [index]) }.decide())
    decisions.append(
      try base.with {
        $0.lists = try authority.statusLists(revoked: [index])
        $0.statement = try authority.statement(dubai, "superseded", by: TestAuthority.id(3))
      }.decide()
    )
    decisions.append(
      try base.with { $0.token = try authority.token(dubai) { $0.validUntil = now.adding(days: -1) } }.decide()
    )
    decisions.append(
      try base.with { $0.token = try authority.token(dubai) { $0.validFrom = now.adding(days: 1) } }.decide()
    )
    decisions.append(
      try base.with { $0.token = try authority.token(dubai) { $0.validUntil = now.adding(days: 3_000) } }.decide()
    )
    decisions.append(try base.with { $0.token = [1] }.decide())
    decisions.append(try base.with { $0.page = "https://thief.example/" }.decide())
    decisions.append(try base.with { $0.log = .absent }.decide())
    decisions.append(try base.with { $0.log = .proof([1]) }.decide())
    decisions.append(try base.with { $0.crls = try authority.crls(revoked: [dubai.signer.serial]) }.decide())
    decisions.append(
      try base.with { $0.token = try authority.sign(authority.credential(dubai).payload, authority.chambers[1]) }
        .decide()
    )
    decisions.append(try base.with { $0.trustList = try authority.trustList { $1.tiers = [] } }.decide())
    decisions.append(try base.with { $0.trustList = try authority.trustList { $1.keys = [] } }.decide())
    decisions.append(
      try base.with {
        $0.trustList = try authority.trustList {
          $1.previous = [$1.status]
          $1.status = .init(.suspended, since: now)
        }
      }.decide()
    )
    var seen: Set<ReasonCode> = []
    for decision in decisions {
      for reason in decision.reasons {
        seen.insert(reason.code)
        #expect(
          Set(reason.params.map(\.name)) == Set(reason.code.parameters),
          "\(reason.code): \(reason.params.map(\.name))"
        )
        for language in Language.allCases {
          #expect(!Catalogue.sentence(reason.code, params: reason.words, language: language).isEmpty)
        }
      }
    }
    #expect(seen.count >= 21, "\(seen.count)")
  }
}
