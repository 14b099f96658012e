import Credentials
import Encodings
import Fixtures
import Foundation
import Messages
import Repository
import Testing
import Verification

let now = Instant(seconds: 1_795_338_903)  // 2026-11-22T09:15:03Z

func open(_ sample: TestPublisher) throws -> PublishedRepository {
  try PublishedRepository(path: sample.path, anchor: sample.rootPEM)
}

extension PublishedRepository {
  func ask(_ subject: VerificationRequest.Subject, page: String? = nil, at moment: Instant = now) throws -> Decision {
    try verify(VerificationRequest(subject, page: page), at: moment).get()
  }
}

extension Decision {
  var codes: [ReasonCode] { reasons.map(\.code) }
}

/// Questions to a copy of what is published.
@Suite struct VerdictTests {
  @Test func oneCredentialAllVerdicts() throws {
    let sample = try TestPublisher(now: now)
    let good = try sample.issue()
    let folder = try open(sample)
    // A page that is only named is not confirmed; one that was proved is.
    let declared = try folder.ask(.id(good.id.description), page: "https://alnoor.example/")
    #expect(declared.verdict == .genuine && declared.codes == [.pageDeclared] && declared.state == .declared)
    try sample.prove(good, key: "site/alnoor.example", reproveIn: 20)
    let confirmed = try folder.ask(.id(good.id.description), page: "https://alnoor.example/")
    #expect(confirmed.verdict == .confirmed && confirmed.state == .confirmed, "\(confirmed.reasons)")
    #expect(confirmed.axes.freshness == .live)
    #expect(confirmed.credential?.issuerName == "Example Chamber")
    #expect(
      try folder.ask(.id(good.id.display.lowercased()), page: "https://www.souk.example/ar/s/AlNoor").verdict
        == .genuine
    )
    // A75: without a page never confirmed.
    #expect(try folder.ask(.id(good.id.description)).verdict == .genuine)
    #expect(try folder.ask(.token(good.token)).verdict == .genuine)
    #expect(
      try folder.ask(.link("https://khatm.example/c/\(good.id)"), page: "https://alnoor.example/shop").verdict
        == .confirmed
    )
    #expect(try folder.ask(.link("HTTPS://KHATM.EXAMPLE/C/\(good.id)")).verdict == .genuine)
    #expect(try folder.ask(.link("https://khatm.example/v1/credentials/\(good.id)")).verdict == .genuine)
    let stolen = try folder.ask(.id(good.id.description), page: "https://alnoor-deals.example/")
    #expect(stolen.verdict == .otherPage)
    #expect(stolen.codes == [.bindingNoMatch])

    var member = TestAuthority.Member()
    member.validUntil = -3
    let expired = try sample.issue(member)
    #expect(try folder.ask(.id(expired.id.description), page: "https://alnoor.example/").codes == [.expired])
    member.validFrom = 5
    member.validUntil = 100
    #expect(try folder.ask(.id(try sample.issue(member).id.description)).axes.status == .notYetValid)

    let suspended = try sample.issue()
    let revoked = try sample.issue()
    let replaced = try sample.issue()
    try sample.suspend(suspended)
    try sample.revoke(revoked)
    try sample.revoke(replaced, replacedBy: good.id)
    let pause = try folder.ask(.id(suspended.id.description))
    #expect(pause.axes.status == .suspended && pause.verdict == .notInForce)
    #expect(pause.stateSince == now.adding(days: -2))
    #expect(try folder.ask(.id(revoked.id.description), page: "https://alnoor.example/").axes.status == .revoked)
    let newer = try folder.ask(.token(replaced.token))
    #expect(newer.axes.status == .superseded, "a token alone gets its dates from the directory")
    #expect(newer.supersededBy == good.id.description)
    // The owner's status never describes a thief's page.
    #expect(try folder.ask(.id(revoked.id.description), page: "https://thief.example/").verdict == .otherPage)

    let forged = try sample.forge()
    let verdict = try folder.ask(.id(forged.id.description), page: "https://alnoor.example/")
    #expect(verdict.verdict == .notGenuine && verdict.credential == nil)
    #expect(verdict.codes == [.signatureInvalid])
    // A directory that hands out another token under a number.
    let other = CredentialID(random: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    try sample.put(good.token, under: other)
    #expect(try folder.ask(.id(other.description)).codes == [.issuerMismatch])
  }

  @Test func numbersThatAreNone() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let unknown = try folder.ask(.id("7Q2M4XW9K3PDT5HBPA"))
    #expect(unknown.verdict == .notGenuine && unknown.codes == [.credentialUnknown])
    let wrong = try folder.ask(.id("7Q2M4XW9K3PDT5HBPB"))
    #expect(wrong.verdict == .cannotTell && wrong.codes == [.checkCharactersWrong] && wrong.state == .mistyped)
    #expect(try folder.ask(.link("https://khatm.example/c/7Q2M4XW9K3PDT5HBPB")).codes == [.checkCharactersWrong])
    for text in ["", "x", "7Q2M4XW9K3PDT5HBP", "../../etc/passwd", "7Q2M4XW9K3PDT5HBPÄ"] {
      guard case .failure(let refusal) = folder.verify(VerificationRequest(.id(text)), at: now) else {
        Issue.record("\(text)")
        continue
      }
      #expect(refusal.field == "id" && refusal.code == .unreadable)
    }
    // As people write it: other hyphens, other widths.
    for text in ["7Q2M4-XW9K3PDT5HBPA", "７Q2M4XW9K3PDT5HBPA", "7Q2M 4XW9 K3PD T5HB PA."] {
      #expect(try folder.ask(.id(text)).codes == [.credentialUnknown])
    }
    #expect(try folder.ask(.link("https://khatrn.example/c/7Q2M4XW9K3PDT5HBPA")).codes == [.lookalikeVerifierHost])
    for text in [
      "https://alnoor.example/c/7Q2M4XW9K3PDT5HBPA", "https://khatm.example/", "khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "https://khatm.example@evil.example/c/7Q2M4XW9K3PDT5HBPA",
    ] {
      guard case .failure(let refusal) = folder.verify(VerificationRequest(.link(text)), at: now) else {
        Issue.record("\(text)")
        continue
      }
      #expect(refusal.field == "badge")
    }
  }

  @Test(arguments: [
    ("ftp://a.example/", ReasonCode.schemeRefused), ("https://user@a.example/", .urlUserinfoRefused),
    ("https://127.0.0.1/", .hostIsIP),
    ("https://a.example\\@b.example/", .urlAmbiguous), ("https://www.souk.example/", .platformURLUnknown),
    ("https://a.example:0/", .portRefused),
  ])
  func pagesThatCannotBeRead(_ page: String, _ code: ReasonCode) throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    guard
      case .failure(let refusal) = folder.verify(VerificationRequest(.id("7Q2M4XW9K3PDT5HBPA"), page: page), at: now)
    else {
      Issue.record("\(page)")
      return
    }
    #expect(refusal.code == code && refusal.field == "page")
    for language in Language.allCases { #expect(!refusal.sentence(language).isEmpty) }
  }

  @Test("A89 a stripped picture is no forgery") func pictures() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let good = try sample.issue()
    let svg = Array(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><rect width=\"9\" height=\"9\"/></svg>".utf8
    )
    #expect(
      try folder.ask(.picture(try BakingSVG.bake(token: good.token, into: svg)), page: "https://alnoor.example/")
        .verdict == .genuine
    )
    let empty = try folder.ask(.picture(svg))
    #expect(empty.verdict == .cannotTell && empty.codes == [.noBakedData], "a stripped picture is never a fake")
    #expect(try folder.ask(.picture([0xFF, 0xD8, 0xFF, 0xE0, 0, 1])).codes == [.noBakedData])
    let damaged = try folder.ask(.picture(Array("<svg xmlns=\"http://www.w3.org/2000/svg\"><rect></svg>".utf8)))
    #expect(damaged.verdict == .notGenuine && damaged.codes == [.bakedDataMalformed])
    guard case .failure(let refusal) = folder.verify(VerificationRequest(.picture([1, 2, 3])), at: now) else {
      Issue.record("bytes")
      return
    }
    #expect(refusal.field == "image")
  }

  @Test func lookups() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let good = try sample.issue()
    func look(_ question: LookupQuestion, limit: Int = 50) throws -> LookupAnswer {
      try folder.lookup(question, limit: limit, at: now).get()
    }
    let found = try look(.page("https://alnoor.example/products/1"))
    #expect(found.matches.map(\.decision.verdict) == [.genuine])
    #expect(found.pageKey == "site/alnoor.example/products/1")
    #expect(try look(.page("https://other.example/")).matches.isEmpty)
    #expect(try look(.register("NTRAE+DU-1256293")).matches.first?.decision.credential?.id == good.id.description)
    #expect(try look(.register("NTRAE+DU-125629")).matches.isEmpty)
    #expect(try look(.words("noor")).matches.count == 1)
    #expect(try look(.words("شركه النور")).matches.count == 1, "folded like the index")
    #expect(try look(.words("\" OR NEAR(")).matches.isEmpty)
    for _ in 0..<3 { try sample.issue() }
    let cut = try look(.words("noor"), limit: 2)
    #expect(cut.matches.count == 2 && cut.isTruncated)
  }
}
