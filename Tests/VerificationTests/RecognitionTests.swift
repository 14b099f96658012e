import Credentials
import Encodings
import Fixtures
import Messages
import PKI
import Testing

@testable import Verification

/// Another authority's chambers, through one pointer of our list and never further.
@Suite struct RecognitionTests {
  private struct Pair {
    let ours: TestAuthority, theirs: TestAuthority
    func trust(
      change: (TestChamber, inout TrustList.Service) -> Void = { _, _ in },
      edit: (inout TrustList) -> Void = { _ in }
    ) throws -> Trust {
      Trust(
        anchors: [theirs.root],
        files: TrustFiles(
          trustList: try theirs.trustList(change: change, edit: edit),
          certificates: theirs.certificates,
          crls: try theirs.crls(),
          platforms: TestAuthority.platforms
        )
      )
    }
    func pointing(_ certificates: [Certificate]) throws -> [UInt8] {
      try ours.trustList(edit: { list in
        list.pointers = certificates.map {
          .init(location: "https://kamar.example/.well-known/chamber-trust-list.jwt", signerSHA256: $0.sha256)
        }
      })
    }
    /// Our list points to theirs, and the caller has theirs.
    func question() throws -> Question {
      let muscat = theirs.chambers[0]
      return try Question(ours, token: theirs.token(muscat), page: shop).with {
        $0.trustList = try pointing([theirs.root])
        $0.recognised = [try trust()]
        $0.lists.merge(try theirs.statusLists()) { $1 }
      }
    }
  }
  private var pair: Pair { get throws { Pair(ours: try TestAuthority.get(), theirs: try TestAuthority.other.get()) } }

  @Test func oneHop() throws {
    let pair = try pair
    let decision = try pair.question().decide()
    #expect(decision.verdict == .confirmed, "\(decision.summary)")
    #expect(decision.recognisedBy == "https://kamar.example/.well-known/chamber-trust-list.jwt")
    #expect(
      decision.credential?.issuerName == "Chamber of muscat"
        && decision.credential?.url == "https://kamar.example/c/\(TestAuthority.id(1))"
    )
    #expect(decision.json().object?["recognisedBy"] != nil)
    // Our own chambers stay ours.
    let own = try pair.question().with { $0.token = try pair.ours.token(pair.ours.dubai) }.decide()
    #expect(own.verdict == .confirmed && own.recognisedBy == nil)
    #expect(try pair.question().with { $0.page = "https://thief.example/" }.decide().verdict == .otherPage)
    #expect(
      try pair.question().with { $0.lists.merge(try pair.theirs.statusLists(revoked: [94_567])) { $1 } }.decide()
        .verdict == .notInForce
    )
  }

  @Test func onlyWithAPointer() throws {
    let pair = try pair
    let question = try pair.question()
    #expect(try question.with { $0.trustList = try pair.ours.trustList() }.decide().codes == [.issuerUnknown])
    // A pointer whose list nobody has at hand: the chamber may be in it.
    #expect(
      try question.with { $0.trustList = try pair.pointing([pair.ours.root]) }.decide().summary
        == "cannot_tell trust_data_unavailable"
    )
    #expect(
      try question.with { $0.trustList = try pair.pointing([pair.theirs.chambers[0].ca]) }.decide().summary
        == "cannot_tell trust_data_unavailable"
    )
    #expect(try question.with { $0.recognised = [] }.decide().summary == "cannot_tell trust_data_unavailable")
    #expect(try question.with { $0.trustList = nil }.decide().verdict != .confirmed)
    // Their directory does not answer under our numbers.
    #expect(try question.with { $0.expected = TestAuthority.id(1) }.decide().codes == [.issuerMismatch])
  }

  @Test func neverTwoHops() throws {
    let pair = try pair
    let third = try TestAuthority(host: "najm.example", now: now, chambers: [ChamberPlan("doha", "DA")])
    let second = try pair.trust(edit: {
      $0.pointers = [.init(location: "https://najm.example/list", signerSHA256: third.root.sha256)]
    })
    let far = Trust(
      anchors: [third.root],
      files: TrustFiles(
        trustList: try third.trustList(),
        certificates: third.certificates,
        crls: try third.crls(),
        platforms: TestAuthority.platforms
      )
    )
    let decision = try pair.question().with {
      $0.token = try third.token(third.dubai)
      $0.recognised = [second, far]
      $0.lists.merge(try third.statusLists()) { $1 }
    }.decide()
    #expect(decision.codes == [.issuerUnknown])
    // The second list, asked first for itself, does not make the third ours.
    #expect(try pair.question().with { $0.recognised = [second, far] }.decide().verdict == .confirmed)
  }

  /// Ours speaks alone about every chamber it names.
  @Test func oursGoesFirst() throws {
    let pair = try pair
    let dubai = pair.ours.dubai
    // Their list names our suspended chamber, with its key.
    let generous = try pair.trust(edit: { list in list.entities.append(pair.ours.entity(dubai)) })
    let question = try pair.question().with {
      $0.token = try pair.ours.token(dubai)
      $0.recognised = [generous]
      $0.trustList = try pair.ours.trustList(
        change: { chamber, service in
          if chamber.slug == "dubai" {
            service.previous = [service.status]
            service.status = .init(.suspended, since: now.adding(days: -1))
          }
        },
        edit: { $0.pointers = [.init(location: "https://kamar.example/list", signerSHA256: pair.theirs.root.sha256)] }
      )
    }
    #expect(try question.decide().summary == "not_in_force issuer_suspended")
    // A key of our chamber that our list does not have, and theirs does.
    let next = try dubai.renewed()
    let more = try pair.trust(edit: { list in list.entities.append(pair.ours.entity(next)) })
    #expect(
      try pair.question().with {
        $0.token = try pair.ours.sign(pair.ours.credential(dubai).payload, next)
        $0.recognised = [more]
      }.decide().codes == [.keyUnknown]
    )
  }

  @Test func whatMayBeMissing() throws {
    let pair = try pair
    let question = try pair.question()
    let missing = Trust(anchors: [pair.theirs.root], files: TrustFiles())
    #expect(try question.with { $0.recognised = [missing] }.decide().summary == "cannot_tell trust_data_unavailable")
    let over = try pair.trust(edit: {
      $0.expires = now.seconds
      $0.nextUpdate = now.adding(days: -1)
    })
    #expect(try question.with { $0.recognised = [over] }.decide().verdict == .cannotTell)
    #expect(
      try question.with {
        $0.recognised = [over]
        $0.token = try pair.theirs.token(pair.theirs.chambers[0]) { $0.organization.membershipTier = "gold" }
      }.decide().summary == "cannot_tell trust_list_stale"
    )
    let noCRLs = Trust(
      anchors: [pair.theirs.root],
      files: TrustFiles(
        trustList: try pair.theirs.trustList(),
        certificates: [],
        crls: [],
        platforms: nil
      )
    )
    #expect(
      try question.with { $0.recognised = [noCRLs] }.decide().summary.hasPrefix("cannot_tell trust_data_unavailable")
    )
    // Our own list past its end points to nobody.
    let ours = try question.with {
      $0.trustList = try pair.ours.trustList(edit: {
        $0.pointers = [.init(location: "https://kamar.example/list", signerSHA256: pair.theirs.root.sha256)]
        $0.expires = now.seconds
        $0.nextUpdate = now.adding(days: -1)
      })
    }.decide()
    #expect(ours.summary == "cannot_tell trust_list_stale")
    // Their chamber, suspended by them.
    let suspended = try pair.trust { _, service in
      service.previous = [service.status]
      service.status = .init(.suspended, since: now.adding(days: -1))
    }
    #expect(try question.with { $0.recognised = [suspended] }.decide().summary == "not_in_force issuer_suspended")
    // A list of status read under another version of their trust data is not taken for this one's.
    let one = question.verifier
    let two = try question.with { $0.recognised = [try pair.trust()] }.verifier
    let credential = try one.plain.authenticate(question.token, at: now)
    var evidence = Evidence(under: one.snapshot)
    for url in credential.statusLists {
      evidence.statusLists[url] = question.lists[url].map { two.read(statusList: $0, url: url, at: now) }
    }
    let crossed = one.plain.decide(credential, DecisionRequest(), evidence: evidence, at: now)
    #expect(crossed.verdict == .cannotTell && Set(crossed.codes) == [.statusUnusable, .pageNotStated])
    // Nor a credential, nor the whole evidence.
    for (verifier, under) in [(two, one), (one, two), (two, two)] {
      let mixed = verifier.plain.decide(
        credential,
        DecisionRequest(),
        evidence: Evidence(under: under.snapshot),
        at: now
      )
      #expect(mixed.summary == "cannot_tell trust_data_unavailable" && mixed.credential == nil)
    }
  }
}
