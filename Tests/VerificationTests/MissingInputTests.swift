import Credentials
import Encodings
import Fixtures
import Messages
import PKI
import Testing

@testable import Verification

/// Everything that may be missing, damaged or old, one by one and in pairs: never positive, and for an honest
/// credential never "false".
@Suite struct MissingInputTests {
  struct Loss: Sendable {
    let name: String
    let apply: @Sendable (inout Question, TestAuthority) throws -> Void
    init(_ name: String, _ apply: @escaping @Sendable (inout Question, TestAuthority) throws -> Void) {
      self.name = name
      self.apply = apply
    }
  }

  static let losses: [Loss] = [
    Loss("no trust list") { question, _ in question.trustList = nil },
    Loss("a trust list cut off") { question, _ in question.trustList = question.trustList?.dropLast(40) },
    Loss("a trust list that is none") { question, _ in question.trustList = Array("<html>".utf8) },
    Loss("a trust list past its end") { question, authority in
      question.trustList = try authority.trustList(edit: {
        $0.expires = now.seconds
        $0.nextUpdate = now.adding(days: -3)
      })
    },
    Loss("a trust list rolled back") { question, _ in question.newestSequence = 8 },
    Loss("no anchor") { question, _ in question.anchors = [] },
    Loss("no revocation lists") { question, _ in question.crls = [] },
    Loss("no revocation list of the root") { question, _ in question.crls = Array(question.crls.dropFirst()) },
    Loss("no revocation list of the chamber") { question, _ in
      if question.crls.count > 1 { question.crls.remove(at: 1) }
    },
    Loss("old revocation lists") { question, authority in
      question.crls = try authority.crls(nextUpdate: now.seconds - 1)
    },
    Loss("damaged revocation lists") { question, _ in question.crls = question.crls.map { Array($0.dropLast()) } },
    Loss("no platform table") { question, _ in question.platforms = nil },
    Loss("another platform table") { question, _ in
      question.platforms = Array(TestAuthority.platforms.dropLast(1)) + Array(" }".utf8)
    },
    Loss("no revocation status") { question, authority in
      question.lists[authority.dubai.listURL("revocation", of: authority.host)] = nil
    },
    Loss("no suspension status") { question, authority in
      question.lists[authority.dubai.listURL("suspension", of: authority.host)] = nil
    },
    Loss("no status at all") { question, _ in question.lists = [:] },
    Loss("a damaged status list") { question, authority in
      question.lists[authority.dubai.listURL("revocation", of: authority.host)]?[700] ^= 1
    },
    Loss("a status list of another chamber") { question, authority in
      question.lists[authority.dubai.listURL("revocation", of: authority.host)] =
        question.lists[authority.chambers[1].listURL("revocation", of: authority.host)]
    },
    Loss("a status list of another purpose") { question, authority in
      question.lists[authority.dubai.listURL("revocation", of: authority.host)] =
        question.lists[authority.dubai.listURL("suspension", of: authority.host)]
    },
    Loss("old status lists") { question, authority in
      question.lists = try authority.statusLists(made: now.adding(days: -2))
    },
    Loss("status lists rolled back") { question, authority in
      for url in question.lists.keys { question.newest[url] = now }
    },
    Loss("status lists of tomorrow") { question, authority in
      question.lists = try authority.statusLists(made: now.adding(days: 1))
    },
    Loss("a log that cannot be read") { question, _ in question.log = .unavailable },
    Loss("a signed word of a revocation the lists do not know") { question, authority in
      question.statement = try authority.statement(authority.dubai, "revoked")
    },
  ]

  @Test(arguments: losses.indices) func alone(_ index: Int) throws {
    let authority = try TestAuthority.get()
    let loss = Self.losses[index]
    let decision = try Question(authority, page: shop).with { try loss.apply(&$0, authority) }.decide()
    #expect(decision.verdict == .cannotTell, "\(loss.name): \(decision.summary)")
    #expect(!decision.reasons.isEmpty, "\(loss.name) says why")
  }

  @Test func inPairs() throws {
    let authority = try TestAuthority.get()
    let base = try Question(authority, page: shop)
    for (index, first) in Self.losses.enumerated() {
      for second in Self.losses[index...].dropFirst() {
        let question = try base.with {
          try first.apply(&$0, authority)
          try second.apply(&$0, authority)
        }
        let decision = try question.decide()
        #expect(decision.verdict == .cannotTell, "\(first.name) and \(second.name): \(decision.summary)")
      }
    }
  }

  /// The same when the token names its certificates by key id alone.
  @Test func withoutCertificates() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let token = try authority.sign(
      authority.credential(dubai).payload,
      dubai,
      header: ["typ": "vc+jwt", "kid": .string(dubai.keyID)]
    )
    let question = try Question(authority, token: token, page: shop)
    #expect(try question.decide().verdict == .confirmed)
    let bare = try question.with { $0.certificates = [] }.decide()
    #expect(bare.verdict == .cannotTell && bare.codes == [.trustDataUnavailable])
    // Files that anybody could have put there: the same key in a certificate of a stranger's CA, and rubbish.
    let stranger = try TestAuthority.other.get().makeChamber(ChamberPlan("dubai"))
    let bogus = try CertificateAuthority.issue(
      .signer(
        subject: DistinguishedName(country: "AE", organization: "Chamber of dubai", commonName: "bogus"),
        notBefore: now.adding(days: -300).seconds,
        notAfter: now.adding(days: 900).seconds,
        serial: TestAuthority.serial(200),
        host: dubai.host,
        did: nil,
        policies: TestAuthority.policies,
        crlURL: nil,
        caIssuersURL: nil
      ),
      subjectKey: dubai.signerKey.publicKey,
      issuer: stranger.ca,
      issuerKey: stranger.caKey
    )
    #expect(
      try question.with { $0.certificates += [bogus.der, [1, 2, 3]] }.decide().verdict == .confirmed,
      "what a stranger adds proves nothing"
    )
    #expect(try question.with { $0.certificates = [bogus.der] + $0.certificates }.decide().verdict == .confirmed)
    let only = try question.with { $0.certificates = [bogus.der, stranger.ca.der] }.decide()
    #expect(only.verdict == .cannotTell && only.codes == [.trustDataUnavailable], "\(only.summary)")
    // A withdrawn key is withdrawn by whatever way it came.
    #expect(
      try question.with { $0.crls = try authority.crls(revoked: [dubai.signer.serial]) }.decide().codes == [
        .signerRevoked
      ]
    )
    for loss in Self.losses {
      let decision = try question.with { try loss.apply(&$0, authority) }.decide()
      #expect(decision.verdict == .cannotTell, "\(loss.name): \(decision.summary)")
    }
  }

  /// Losses never make a bad answer good, and never hide that a page is a thief's or a credential over.
  @Test func whatIsBadStaysBad() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let over = try Question(
      authority,
      token: authority.token(dubai) { $0.validUntil = now.adding(days: -1) },
      page: shop
    )
    let thief = try Question(authority, page: "https://thief.example/")
    let revoked = try Question(authority, page: shop).with { $0.lists = try authority.statusLists(revoked: [94_567]) }
    let forged = try Question(
      authority,
      token: CompactJWS.sign(
        header: authority.header(dubai),
        payload: authority.credential(dubai).payload.canonical(),
        key: PrivateKey.generate(.p256),
        algorithm: .es256
      ),
      page: shop
    )
    for (name, question) in [("over", over), ("thief", thief), ("revoked", revoked), ("forged", forged)] {
      #expect(try [.notInForce, .otherPage, .notGenuine].contains(question.decide().verdict))
      for loss in Self.losses {
        let decision = try question.with { try loss.apply(&$0, authority) }.decide()
        #expect(!decision.verdict.isPositive, "\(name) with \(loss.name): \(decision.summary)")
      }
    }
    // Without the trust list a forgery is still one when its own certificates show it.
    #expect(try forged.with { $0.trustList = nil }.decide().codes == [.signatureInvalid])
    let elsewhere = try TestAuthority.other.get()
    #expect(
      try Question(authority, token: elsewhere.token(elsewhere.chambers[0])).with { $0.trustList = nil }.decide().codes
        == [
          .chainInvalid
        ]
    )
  }

  /// A list that is not in force proves nothing by what it leaves out.
  @Test func whatAnOldListDoesNotSay() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let newcomer = try authority.makeChamber(ChamberPlan("alain", "AZ"))
    let token = try authority.sign(authority.credential(newcomer).payload, newcomer)
    let cases: [(String, [UInt8], (TestChamber, inout TrustList.Service) -> Void)] = [
      ("issuer_unknown", token, { _, _ in }),
      ("key_unknown", try authority.sign(authority.credential(dubai).payload, try dubai.renewed()), { _, _ in }),
      ("issuer_not_authorised", try authority.token(dubai), { $1.tiers = [] }),
      ("key_outside_validity", try authority.token(dubai), { $1.keys = $1.keys.map { $0.from(now.adding(days: -2)) } }),
    ]
    for (code, token, change) in cases {
      let inForce = try Question(authority, token: token).with {
        $0.trustList = try authority.trustList(change: change)
      }
      .decide()
      #expect(inForce.summary == "not_genuine \(code)")
      let over = try Question(authority, token: token).with {
        $0.trustList = try authority.trustList(
          change: change,
          edit: {
            $0.expires = now.seconds
            $0.nextUpdate = now.adding(days: -1)
          }
        )
      }.decide()
      #expect(over.summary == "cannot_tell trust_list_stale", "\(code): \(over.summary)")
      let rolled = try Question(authority, token: token).with {
        $0.trustList = try authority.trustList(change: change)
        $0.newestSequence = 9
      }.decide()
      #expect(rolled.summary == "cannot_tell trust_list_rollback", "\(code): \(rolled.summary)")
    }
  }
}
