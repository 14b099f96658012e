import Credentials
import Encodings
import Fixtures
import Foundation
import Messages
import Repository
import Storefronts
import Testing
import Verification

/// Tricks of the page around a genuine badge.
@Suite struct PageAttackTests {
  private func address(_ text: String, _ folder: PublishedRepository) throws -> PageAddress {
    try PageAddress.read(Array(text.utf8), platforms: folder.trust.platforms ?? .empty)
  }

  private func read(_ folder: PublishedRepository, _ html: String, _ chain: String...) throws -> PageDecision {
    folder.verify(
      page: Array(html.utf8),
      chain: try chain.map { try address($0, folder) },
      asked: chain[0],
      headerCharset: "utf-8",
      reader: "test",
      at: now
    )
  }

  private func badge(_ issued: TestPublisher.Issued) -> String {
    """
    <a href=\"https://khatm.example/c/\(issued.id)\"><img src=\"https://khatm.example/badge/\(issued.id).svg\" \
    alt=x></a>
    """
  }

  @Test("A43, A44 a redirect is judged where it ends") func redirects() throws {
    let sample = try TestPublisher(now: now)
    let good = try sample.issue()
    let folder = try open(sample)
    // The registered page leads to a stranger's, who shows the badge.
    let away = try read(folder, badge(good), "https://alnoor.example/redirect?u=evil", "https://evil.example/")
    #expect(
      away.verdict == .otherPage && away.reasons.map(\.code).contains(.redirectedOtherSite)
        && away.reasons.map(\.code).contains(.redirectedFrom),
      "\(away.reasons)"
    )
    // A stranger's address that leads to the registered page: the page is theirs, and how we came is told.
    let home = try read(folder, badge(good), "https://short.example/x", "https://alnoor.example/shop")
    #expect(home.verdict == .genuine && home.reasons.map(\.code) == [.redirectedFrom])
    let inside = try read(folder, badge(good), "https://alnoor.example/a", "https://alnoor.example/b")
    #expect(inside.verdict == .genuine)
  }

  @Test("A45 what a page says of its own address is not believed") func canonical() throws {
    let sample = try TestPublisher(now: now)
    let good = try sample.issue()
    let folder = try open(sample)
    let html = """
      <link rel=canonical href="https://alnoor.example/"><meta property="og:url" \
      content="https://alnoor.example/"><meta name="twitter:url" content="https://alnoor.example/">
      <script type="application/ld+json">{"@context":"https://schema.org","@type":"Organization",\
      "url":"https://alnoor.example/"}</script><base href="https://alnoor.example/">\(badge(good))
      """
    let stolen = try read(folder, html, "https://alnoor-deals.example/")
    #expect(
      stolen.verdict == .otherPage && stolen.badges.first?.decision.reasons.map(\.code) == [.bindingNoMatch],
      "\(stolen.reasons)"
    )
  }

  @Test("A7 a page that tells its readers apart is believed in nothing") func cloaking() throws {
    let sample = try TestPublisher(now: now)
    let good = try sample.issue()
    let other = try sample.issue()
    let folder = try open(sample)
    let honest = try read(folder, badge(good), "https://alnoor.example/")
    #expect(honest.verdict == .genuine && honest.read?.bodySHA256.utf8.count == 64 && honest.read?.by == "test")
    func seen(_ html: String, _ address: String = "https://alnoor.example/") throws -> PageDecision {
      folder.compare(honest, with: try read(folder, html, address))
    }
    #expect(try seen("<p>new</p>" + badge(good)).verdict == .genuine, "only the badges are compared")
    for scam in ["<h1>Pay here</h1>", badge(good) + badge(other), badge(other)] {
      let answer = try seen(scam)
      #expect(answer.verdict == .cannotTell && answer.reasons.map(\.code).contains(.pageDiffersByClient), "\(scam)")
    }
    #expect(try seen(badge(good), "https://evil.example/").verdict == .cannotTell)
    // Refused as a browser: not the same page either.
    let blocked = PageDecision(
      asked: "https://alnoor.example/",
      reasons: [Reason(.pageBlockedUs)],
      checkedAt: now
    )
    #expect(folder.compare(honest, with: blocked).verdict == .cannotTell)
    // Worse stays worse.
    let stolen = try read(folder, badge(good), "https://thief.example/")
    #expect(folder.compare(stolen, with: try read(folder, "", "https://thief.example/")).verdict == .otherPage)
  }

  @Test("A13 the directory tells the age of a proof, for a number, a token and a page") func ages() throws {
    let sample = try TestPublisher(now: now)
    let good = try sample.issue()
    let folder = try open(sample)
    try sample.prove(good, key: "site/alnoor.example", reproveIn: 20)
    #expect(try folder.ask(.id(good.id.description), page: "https://alnoor.example/").verdict == .confirmed)
    #expect(try read(folder, badge(good), "https://alnoor.example/").verdict == .confirmed)
    try sample.prove(good, key: "site/alnoor.example", reproveIn: -1)
    for subject in [
      VerificationRequest.Subject.id(good.id.description), .token(good.token),
      .link("https://khatm.example/c/\(good.id)"),
    ] {
      let stale = try folder.ask(subject, page: "https://alnoor.example/")
      #expect(stale.verdict == .cannotTell && stale.codes == [.bindingStale])
    }
    #expect(try read(folder, badge(good), "https://alnoor.example/").verdict == .cannotTell)
    try sample.prove(good, key: "site/alnoor.example", reproveIn: -1, state: .failed)
    #expect(try folder.ask(.token(good.token), page: "https://alnoor.example/").codes == [.bindingFailed])
    // Its other page is not touched by that.
    #expect(try folder.ask(.token(good.token), page: "https://www.souk.example/en/s/alnoor").verdict == .genuine)
  }
}
