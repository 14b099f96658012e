import Credentials
import Encodings
import Fixtures
import Foundation
import Repository
import Testing
import Verification

/// The fast path answers only what is positive without remarks, and then as the whole way, which is asked by a reader
/// that knows nothing yet.
@Suite struct FastPathTests {
  private static let pages: [String?] = [
    nil, "https://alnoor.example/ar/shop?x=1", "http://alnoor.example/", "https://www.souk.example/en/s/alnoor",
    "https://www.souk.example/en/s/other",
  ]

  @Test func declinesOrSaysTheSame() throws {
    let sample = try TestPublisher(now: now)
    let ticks = Ticks()
    var short = TestAuthority.Member()
    var future = TestAuthority.Member()
    short.validUntil = 1
    future.validFrom = 1
    let all = try [
      sample.issue(), sample.issue(), sample.issue(short), sample.issue(future), sample.issue(),
      sample.issue(logged: false),
    ]
    let strangers = [try sample.forge().token, try sample.resign(all[0], TestAuthority.Member())]
    let service = try PublishedRepository(
      path: sample.path,
      anchor: sample.rootPEM,
      recheck: .atMostEvery { ticks.now }
    )
    var quick = 0
    var compared = 0
    func compare(_ what: String, at moments: [Instant] = [now]) throws {
      for moment in moments {
        ticks.pass(250_000_000)
        let fresh = try PublishedRepository(path: sample.path, anchor: sample.rootPEM)
        for token in all.map(\.token) + strangers {
          for page in Self.pages {
            let question = VerificationRequest(.token(token), page: page)
            let expected = try fresh.verify(question, at: moment).get()
            for round in 0..<2 {
              if let decision = service.cachedDecision(question, at: moment) {
                quick += 1
                #expect(
                  decision.verdict.isPositive && decision.canonical() == expected.canonical(),
                  "\(what), \(page ?? "no page"), \(moment), round \(round)"
                )
              }
              // The reasons may differ: what is missing now, the service may have read before.
              let said = try service.verify(question, at: moment).get().verdict
              #expect(
                said == expected.verdict,
                "\(what), \(page ?? "no page"), \(moment), round \(round): \(said), not \(expected.verdict)"
              )
              compared += 1
            }
          }
        }
      }
    }
    let day: Int64 = 86_400
    try compare(
      "nothing has happened",
      at: [
        now, now.adding(seconds: 301), now.adding(seconds: day - 11), now.adding(seconds: day), now.adding(days: -1),
        now.adding(days: 31),
      ]
    )
    let used = quick
    #expect(used > 20)
    // Whatever is not the very token is not known.
    for (number, token) in all.map(\.token).enumerated() {
      for turn in 0..<60 {
        var changed = token
        changed[(turn * 197 + number * 31) % changed.count] ^= 1 << UInt8(turn % 8)
        #expect(service.cachedDecision(VerificationRequest(.token(changed)), at: now) == nil)
      }
      #expect(service.cachedDecision(VerificationRequest(.token(Array(token.dropLast()))), at: now) == nil)
    }
    try sample.suspend(all[0])
    try compare("one is suspended")
    try sample.prove(all[1], key: "site/alnoor.example", reproveIn: 5)
    try compare("a page is proved", at: [now, now.adding(days: 6)])
    try sample.prove(all[4], key: "site/alnoor.example", reproveIn: 5, state: .withdrawn)
    try compare("a page is withdrawn")
    try sample.revoke(all[5])
    try compare("one is revoked")
    #expect(quick > used)
    let before = quick
    try sample.revoke(all[3])
    try sample.suspend(all[2])
    try compare("of every certificate something was said")
    #expect(quick == before, "what was said must be heard")
    for path in [
      "status/chamber/revocation/1", "platforms.json", ".well-known/chamber-trust-list.jwt", "checkpoint",
      "crl/chamber.crl", "directory.sqlite",
    ] {
      let bytes = try sample.read(path)
      try sample.remove(path)
      try compare("\(path) is missing")
      try sample.write(path, bytes)
    }
    sample.sequence += 1
    sample.chamberStatus = .suspended
    try sample.publishTrustList()
    try compare("the chamber is suspended")
    #expect(compared > 1_000)
  }
}
