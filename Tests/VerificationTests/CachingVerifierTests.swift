import Credentials
import Dispatch
import Encodings
import Fixtures
import Messages
import PKI
import Storefronts
import Synchronization
import Testing

@testable import Verification

/// What was verified once is not verified again, and is never believed longer than what it rests on.
@Suite struct CachingVerifierTests {
  @Test func theSecondAnswerIsTheSame() throws {
    let authority = try TestAuthority.get()
    for token in try [authority.token(authority.dubai), authority.openBadge(authority.dubai)] {
      for page in [nil, shop, "https://thief.example/", "http://alnoor.example/"] {
        let question = try Question(authority, token: token, page: page)
        let verifier = question.verifier
        let first = try question.decide(verifier)
        let second = try question.decide(verifier)
        let cold = try question.decide()
        #expect(first.json() == second.json() && first.json() == cold.json())
      }
    }
  }

  @Test func whatDependsOnTheQuestionIsAskedAgain() throws {
    let authority = try TestAuthority.get()
    let question = try Question(authority, page: shop)
    let verifier = question.verifier
    #expect(try question.decide(verifier).verdict == .confirmed && verifier.knownTokens == 1)
    #expect(
      try question.with { $0.lists = try authority.statusLists(revoked: [94_567]) }.decide(verifier).axes.status
        == .revoked
    )
    #expect(try question.with { $0.lists = [:] }.decide(verifier).verdict == .cannotTell)
    #expect(try question.with { $0.page = "https://thief.example/" }.decide(verifier).verdict == .otherPage)
    #expect(try question.with { $0.expected = TestAuthority.id(9) }.decide(verifier).codes == [.issuerMismatch])
    #expect(try question.with { $0.log = .absent }.decide(verifier).codes == [.notInLog])
    // Time: the credential's own end, the trust list's, the revocation lists'.
    #expect(try question.with { $0.at = now.adding(days: 301) }.decide(verifier).axes.status == .expired)
    let crls = try question.with {
      $0.at = now.adding(days: 8)
      $0.lists = try authority.statusLists(made: now.adding(days: 8))
    }.decide(verifier)
    #expect(
      crls.verdict == .cannotTell && crls.codes == [.trustDataUnavailable, .trustListDue]
        || Set(crls.codes) == [.trustDataUnavailable, .trustListDue],
      "\(crls.summary)"
    )
    #expect(try question.with { $0.at = now.adding(days: 29) }.decide(verifier).codes.contains(.trustListStale))
    #expect(try question.decide(verifier).verdict == .confirmed, "and back")
  }

  /// A new version of any part is a new snapshot, under which nothing is known yet.
  @Test func anotherVersionForgets() throws {
    let authority = try TestAuthority.get()
    let question = try Question(authority, page: shop)
    #expect(try question.decide(question.verifier).verdict == .confirmed)
    let revoked = try question.with { $0.crls = try authority.crls(revoked: [authority.dubai.signer.serial]) }.verifier
    #expect(revoked.knownTokens == 0)
    #expect(try question.decide(revoked).codes == [.signerRevoked] && revoked.knownTokens == 0)
  }

  @Test func onlyWhatVerifiedIsKept() throws {
    let authority = try TestAuthority.get()
    let question = try Question(authority)
    let verifier = question.verifier
    var forged = question.token
    forged[forged.count - 5] ^= 1
    _ = try question.with { $0.token = forged }.decide(verifier)
    let stranger = try TestAuthority.other.get()
    _ = try question.with { $0.token = try stranger.token(stranger.chambers[0]) }.decide(verifier)
    _ = try question.with {
      $0.token = try authority.token(authority.dubai) { $0.organization.membershipTier = "gold" }
    }
    .decide(verifier)
    #expect(verifier.knownTokens == 0)
    // With a doubt about the chain nothing is kept: the next question may have better data, and worse.
    let doubtful = question.with { $0.crls = [] }.verifier
    #expect(try question.decide(doubtful).verdict == .cannotTell && doubtful.knownTokens == 0)
    // A suspended or expired credential is as authentic as ever.
    _ = try question.with { $0.token = try authority.token(authority.dubai) { $0.validUntil = now.adding(days: -1) } }
      .decide(
        verifier
      )
    #expect(verifier.knownTokens == 1)
  }

  @Test func capacity() throws {
    let authority = try TestAuthority.get()
    let tokens = try (1...30).map { try authority.token(authority.dubai, number: $0) }
    let base = try Question(authority)
    for capacity in [0, 1, 2, 8, 100] {
      let verifier = TestVerifier(snapshot: base.snapshot, caching: CachingVerifier(knownTokens: capacity))
      for token in tokens + tokens.reversed() {
        #expect(try base.with { $0.token = token }.decide(verifier).verdict == .genuine)
      }
      #expect(verifier.knownTokens <= capacity)
      if capacity >= 100 { #expect(verifier.knownTokens == 30) }
    }
  }

  /// Two tokens with the same end: the place is shared, the bytes decide.
  @Test func tokensThatEndAlike() throws {
    let authority = try TestAuthority.get()
    let question = try Question(authority)
    let verifier = question.verifier
    #expect(try question.decide(verifier).verdict == .genuine)
    let snapshot = verifier.snapshot
    let tokens = verifier.caching.tokens
    let known = try #require(tokens.find(question.token, generation: snapshot.generation))
    let end = Array(question.token.suffix(64))
    let alike = [UInt8](repeating: 0x41, count: question.token.count - 64) + end
    #expect(!verifier.knows(alike))
    tokens.keep(known.claims, of: alike, under: snapshot)
    #expect(!verifier.knows(question.token), "one place, one token: the other is verified again")
    #expect(try question.decide(verifier).verdict == .genuine)
  }

  /// The same header over another payload: the chain is known, the signature is not.
  @Test func knownHeaders() throws {
    let authority = try TestAuthority.get()
    let question = try Question(authority, page: shop)
    let verifier = question.verifier
    #expect(try question.decide(verifier).verdict == .confirmed)
    let headers = verifier.caching.authentication.headers
    let generation = verifier.snapshot.generation
    #expect(headers.find(question.token, generation: generation) != nil)
    #expect(headers.find(question.token, generation: generation + 1) == nil)
    let other = try authority.token(authority.dubai, number: 2)
    #expect(headers.find(other, generation: generation)?.end == question.token.firstIndex(of: 0x2E))
    #expect(try question.with { $0.token = other }.decide(verifier).verdict == .confirmed)
    let parts = question.token.split(separator: 0x2E).map(Array.init)
    let others = other.split(separator: 0x2E).map(Array.init)
    for mixed in [
      [parts[0], others[1], parts[2]], [parts[0], parts[1], others[2]], [parts[0], others[2], others[1]],
      [parts[0], [], others[2]], [parts[0], parts[1]], [parts[0], parts[1], parts[2], parts[2]],
    ] {
      let decision = try question.with { $0.token = Array(mixed.joined(separator: [0x2E])) }.decide(verifier)
      #expect(decision.verdict == .notGenuine && decision.credential == nil, "\(decision.summary)")
    }
    // What the header's own chain no longer carries is found the long way.
    let later = try question.with {
      $0.at = now.adding(days: 8)
      $0.token = other
      $0.lists = try authority.statusLists(made: now.adding(days: 8))
    }.decide(verifier)
    #expect(later.codes.contains(.trustDataUnavailable) && later.verdict == .cannotTell)
  }

  @Test func manyThreads() throws {
    let authority = try TestAuthority.get()
    let question = try Question(authority, page: shop)
    let verifier = question.verifier
    let tokens = try (1...8).map { try authority.token(authority.dubai, number: $0) }
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 4) { worker in
      for turn in 0..<60 {
        var token = tokens[(turn + worker) % tokens.count]
        let isForged = turn % 3 == 0
        if isForged { token[token.count - 1 - turn % 50] ^= 1 }
        let decision = try? question.with { $0.token = token }.decide(verifier)
        if decision?.verdict != (isForged ? .notGenuine : .confirmed) { wrong.withLock { $0 += 1 } }
      }
    }
    #expect(wrong.withLock { $0 } == 0)
  }
}
