import Credentials
import Encodings
import Fixtures
import Messages
import PKI
import Storefronts
import Testing
import TransparencyLog

@testable import Verification

/// What would have been answered then, by what is known now.
@Suite struct PastTests {
  private static let issued = now.adding(days: -30)

  /// A certificate with its acts in the log.
  private struct Then {
    let question: Question, handle: CredentialHandle, proof: LogProof
    var acts: [LogEntry]
    init(_ change: (inout Question) throws -> Void = { _ in }) throws {
      let authority = try TestAuthority.get()
      var log = try TestLog(authority)
      question = try Question(authority, page: shop).with(change)
      handle = try CredentialHandle(
        salt: TestLog.salt,
        token: question.token,
        id: Text(TestAuthority.id(1).description)
      )
      let issue = try LogEntry(
        at: PastTests.issued,
        chamber: authority.dubai.did,
        event: .issue(handle, programme: TestAuthority.trusted)
      )
      proof = try log.prove(issue)
      acts = [issue]
    }
    mutating func act(_ event: (CredentialHandle) -> LogEntry.Event, daysAgo: Int64) throws {
      acts.append(
        try LogEntry(at: now.adding(days: -daysAgo), chamber: TestAuthority.get().dubai.did, event: event(handle))
      )
    }
    func decide(_ moment: Instant, at today: Instant = now, expected: CredentialID? = nil, known: Bool = true) throws
      -> Decision
    {
      let verifier = question.verifier
      let request = DecisionRequest(
        expected: expected,
        page: try verifier.caching.page(shop, under: verifier.snapshot),
        asOf: moment
      )
      return verifier.caching.verify(question.token, request, under: verifier.snapshot, at: today) { _, _ in
        var evidence = Evidence(under: verifier.snapshot)
        evidence.log = .parts(proof)
        evidence.history = known ? acts : nil
        return evidence
      }
    }
  }

  @Test func everyActCountsFromItsSecond() throws {
    var then = try Then()
    try then.act({ .suspend($0, programme: TestAuthority.trusted, reason: "other") }, daysAgo: 20)
    try then.act({ .reinstate($0, programme: TestAuthority.trusted, reason: "cleared") }, daysAgo: 15)
    try then.act({ .revoke($0, programme: TestAuthority.trusted, reason: "other") }, daysAgo: 5)
    for (days, seconds, expected) in [
      (30, 0, "genuine"), (20, -1, "genuine"), (20, 0, "not_in_force suspended"),
      (15, -1, "not_in_force suspended"), (15, 0, "genuine"),
      (5, -1, "genuine"), (5, 0, "not_in_force revoked"), (0, 0, "not_in_force revoked"),
    ] as [(Int64, Int64, String)] {
      let decision = try then.decide(now.adding(days: -days).adding(seconds: seconds))
      #expect(decision.summary == expected, "\(days) \(seconds)")
      #expect(
        decision.asOf == now.adding(days: -days).adding(seconds: seconds) && decision.checkedAt == now
          && decision.statusAsOf == decision.asOf
      )
    }
    #expect(try then.decide(now.adding(days: -10)).json().object?["asOf"] == JSON(now.adding(days: -10).description))
    // The list of chambers must be in force now, whatever moment is asked about.
    #expect(try then.decide(now.adding(days: -10), at: now.adding(days: 400)).verdict == .cannotTell)
  }

  @Test func beforeItsIssueNobodyKnewIt() throws {
    let then = try Then()
    let unknown = try then.decide(Self.issued.adding(seconds: -1), expected: TestAuthority.id(1))
    #expect(unknown.summary == "not_genuine credential_unknown" && unknown.credential == nil && unknown.log == nil)
    #expect(try then.decide(Self.issued.adding(seconds: -1)).summary == "not_genuine not_in_log")
    #expect(try then.decide(Self.issued, expected: TestAuthority.id(1)).verdict == .genuine)
  }

  @Test func withoutTheLogNothingIsTold() throws {
    var then = try Then()
    #expect(try then.decide(now.adding(days: -10), known: false).summary == "cannot_tell log_unavailable")
    then.acts = []
    #expect(try then.decide(now.adding(days: -10)).summary == "cannot_tell log_unavailable")
    // Acts that no log may hold.
    then = try Then()
    try then.act({ .reinstate($0, programme: TestAuthority.trusted, reason: "cleared") }, daysAgo: 20)
    #expect(try then.decide(now.adding(days: -10)).summary == "cannot_tell log_unavailable")
  }

  /// Withdrawn two days ago: what it had signed was genuine until then.
  @Test func aSignerThatWasRevokedSince() throws {
    let authority = try TestAuthority.get()
    let then = try Then { $0.crls = try authority.crls(revoked: [authority.dubai.signer.serial]) }
    #expect(try then.question.decide().codes == [.signerRevoked])
    #expect(try then.decide(now.adding(days: -3)).verdict == .genuine)
    #expect(try then.decide(now.adding(days: -2).adding(seconds: -1)).verdict == .genuine)
    #expect(try then.decide(now.adding(days: -2)).codes == [.signerRevoked])
  }

  @Test func recognitionAndDatesOfThen() throws {
    let authority = try TestAuthority.get()
    let pause: [TrustList.StatusChange] = [
      .init(.suspended, since: now.adding(days: -10)), .init(.granted, since: now.adding(days: -100)),
    ]
    let then = try Then {
      $0.trustList = try authority.trustList { _, service in
        service.status = pause[0]
        service.previous = [pause[1]]
      }
    }
    #expect(try then.decide(now.adding(days: -11)).verdict == .genuine)
    #expect(try then.decide(now.adding(days: -10)).codes.contains(.issuerSuspended))
  }
}
