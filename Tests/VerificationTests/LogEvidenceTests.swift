import Credentials
import Encodings
import Fixtures
import Messages
import PKI
import Testing
import TransparencyLog

@testable import Verification

/// A programme that must be logged, with every kind of evidence.
@Suite struct LogEvidenceTests {
  @Test func proofsThatHold() throws {
    let authority = try TestAuthority.get()
    let base = try Question(authority, page: shop)
    var log = try TestLog(authority)
    let proof = try log.prove(TestLog.entry(base.token, chamber: authority.dubai))
    for evidence in [LogEvidence.parts(proof), .proof(proof.bytes)] {
      let decision = try base.with { $0.log = evidence }.decide()
      #expect(decision.verdict == .confirmed, "\(decision.summary)")
      #expect(decision.log == .init(origin: "khatm.example/log", size: 7, leaf: 5))
      #expect(decision.json().object?["log"]?.object?["leaf"] == 5)
    }
    #expect(try base.decide().log == nil, "nobody asked")
  }

  @Test func notInLog() throws {
    let decision = try Question(TestAuthority.get(), page: shop).with { $0.log = .absent }.decide()
    #expect(decision.summary == "not_genuine not_in_log")
    #expect(
      decision.credential == nil && decision.axes.authenticity == .notGenuine && decision.axes.binding == .notChecked
    )
  }

  @Test func logUnavailable() throws {
    let authority = try TestAuthority.get()
    let base = try Question(authority, page: shop)
    #expect(try base.with { $0.log = .unavailable }.decide().summary == "cannot_tell log_unavailable")
    // The list names no log: then no proof proves anything.
    var log = try TestLog(authority)
    let proof = try log.prove(TestLog.entry(base.token, chamber: authority.dubai))
    for keys in [[], ["rubbish"]] as [[Text]] {
      let decision = try base.with {
        $0.log = .parts(proof)
        $0.trustList = try authority.trustList(edit: { $0.logKeys = keys })
      }.decide()
      #expect(decision.summary == "cannot_tell log_unavailable")
    }
    // The log commits to the token: another form of the same credential is not what was logged.
    let badge = try base.with {
      $0.token = try authority.openBadge(authority.dubai)
      $0.log = .parts(proof)
    }.decide()
    #expect(badge.summary == "cannot_tell log_unavailable")
  }

  @Test func programmesThatNeedNoLog() throws {
    let authority = try TestAuthority.get()
    for evidence in [LogEvidence.absent, .unavailable, .proof([1])] {
      let decision = try Question(authority, page: shop).with {
        $0.log = evidence
        $0.trustList = try authority.trustList(edit: { list in
          list.programmeRules = list.programmeRules.map {
            .init(id: $0.id, tier: $0.tier, policy: $0.policy, maxDays: 366, logged: false, title: $0.title)
          }
        })
      }.decide()
      #expect(decision.verdict == .confirmed && decision.log == nil)
    }
  }

  @Test func logProofInvalid() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let base = try Question(authority, page: shop)
    var log = try TestLog(authority)
    let good = try log.prove(TestLog.entry(base.token, chamber: dubai))
    let stranger = try NoteSigner(name: "khatm.example/log", kind: .ed25519, privateKey: PrivateKey.generate(.ed25519))
    let elsewhere = try NoteSigner(name: "evil.example/log", kind: .ed25519, privateKey: PrivateKey.generate(.ed25519))
    let salt = [UInt8](repeating: 1, count: 32)
    let wrong: [(String, LogProof)] = try [
      ("another token's", log.prove(TestLog.entry(authority.token(dubai, number: 2), number: 2, chamber: dubai))),
      ("another number's", log.prove(TestLog.entry(base.token, number: 2, chamber: dubai))),
      ("another chamber's", log.prove(TestLog.entry(base.token, chamber: authority.chambers[1]))),
      ("another programme's", log.prove(TestLog.entry(base.token, chamber: dubai, programme: "e-membership"))),
      ("another salt", log.prove(TestLog.entry(base.token, chamber: dubai), salt: salt)),
      ("another key of that name", log.prove(TestLog.entry(base.token, chamber: dubai), signer: stranger)),
      ("another log", log.prove(TestLog.entry(base.token, chamber: dubai), signer: elsewhere)),
      (
        "another place",
        LogProof(extra: good.extra, index: good.index + 1, path: good.path, checkpoint: good.checkpoint)
      ),
      (
        "a shorter path",
        LogProof(extra: good.extra, index: good.index, path: Array(good.path.dropLast()), checkpoint: good.checkpoint)
      ),
      (
        "a longer path",
        LogProof(extra: good.extra, index: good.index, path: good.path + [salt], checkpoint: good.checkpoint)
      ),
      ("no entry", LogProof(extra: nil, index: good.index, path: good.path, checkpoint: good.checkpoint)),
      ("no checkpoint", LogProof(extra: good.extra, index: good.index, path: good.path, checkpoint: [])),
      (
        "a revocation",
        log.prove(
          LogEntry(
            at: now.adding(days: -1),
            chamber: dubai.did,
            event: .revoke(
              CredentialHandle(salt: TestLog.salt, token: base.token, id: Text(TestAuthority.id(1).description)),
              programme: TestAuthority.trusted,
              reason: "other"
            )
          )
        )
      ),
    ]
    for (name, proof) in wrong {
      let decision = try base.with { $0.log = .parts(proof) }.decide()
      #expect(decision.summary == "not_genuine log_proof_invalid", "\(name): \(decision.summary)")
      #expect(decision.log == nil && decision.credential == nil && decision.axes.authenticity == .notGenuine)
    }
    for bytes in [
      [], Array("c2sp.org/tlog-proof@v1\n".utf8), Array(good.bytes.dropLast(3)),
      [UInt8](repeating: 0x41, count: 1 << 20),
    ] {
      #expect(try base.with { $0.log = .proof(bytes) }.decide().summary == "not_genuine log_proof_invalid")
    }
  }

  /// Every byte of a proof counts, but for lines of unknown keys, of which this one has none.
  @Test func flippedBitsOfProofs() throws {
    let authority = try TestAuthority.get()
    let base = try Question(authority, page: shop)
    let verifier = base.verifier
    var log = try TestLog(authority)
    let file = try log.prove(TestLog.entry(base.token, chamber: authority.dubai)).bytes
    for (byte, bit) in TamperTests.positions(of: file, seed: 40, sample: 800) {
      var changed = file
      changed[byte] ^= bit
      let decision = try base.with { $0.log = .proof(changed) }.decide(verifier)
      if decision.verdict != .notGenuine { Issue.record("byte \(byte), bit \(bit): \(decision.summary)") }
    }
  }

  /// An entry before the signature, or after the key's or the chamber's time.
  @Test func whenItWasLogged() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let base = try Question(authority, page: shop)
    let issued = now.adding(days: -30)
    func verdict(_ at: Instant, _ history: [TrustList.StatusChange]? = nil) throws -> String {
      var log = try TestLog(authority)
      let proof = try log.prove(TestLog.entry(base.token, chamber: dubai, at: at))
      return try base.with {
        $0.log = .parts(proof)
        if let history {
          $0.trustList = try authority.trustList { _, service in
            service.status = history[0]
            service.previous = Array(history.dropFirst())
          }
        }
      }.decide().summary
    }
    #expect(try verdict(issued) == "confirmed")
    #expect(try verdict(issued.adding(seconds: -60)) == "confirmed")
    #expect(try verdict(issued.adding(seconds: -61)) == "not_genuine key_outside_validity")
    let pause: [TrustList.StatusChange] = [
      .init(.granted, since: now.adding(days: -10)), .init(.suspended, since: now.adding(days: -20)),
      .init(.granted, since: now.adding(days: -100)),
    ]
    #expect(try verdict(issued, pause) == "confirmed")
    #expect(
      try verdict(now.adding(days: -15), pause) == "not_genuine issuer_not_authorised",
      "logged while the chamber was paused"
    )
    #expect(try verdict(now.adding(days: -5), pause) == "confirmed")
  }
}
