import Credentials
import Encodings
import Fixtures
import Messages
import PKI
import Testing

@testable import Verification

/// Documents with embedded proofs, envelopes and presentations.
@Suite struct DocumentAndInputTests {
  /// The list with the chamber's Ed25519 key in it.
  private func list(
    _ authority: TestAuthority,
    purpose: TrustList.Key.Purpose? = .credential,
    change: (inout TrustList.Service) -> Void = { _ in }
  ) throws -> [UInt8] {
    try authority.trustList { chamber, service in
      service.keys += [
        TrustList.Key(
          chamber.proofKey.publicKey,
          keyID: chamber.proofKeyID,
          algorithm: .eddsa,
          purpose: purpose,
          notBefore: chamber.signer.notBefore,
          expires: chamber.signer.notAfter
        )
      ]
      if chamber.slug == "dubai" { change(&service) }
    }
  }

  private func document(
    _ authority: TestAuthority,
    _ chamber: TestChamber? = nil,
    created: Instant = now.adding(days: -30),
    key: PrivateKey? = nil,
    method: Text? = nil,
    edit: (inout JSONObject) -> Void = { _ in }
  ) throws -> JSONObject {
    let chamber = chamber ?? authority.dubai
    var payload = authority.credential(chamber).payload
    for claim: Text in ["iss", "sub", "iat", "exp"] { payload[claim] = nil }
    edit(&payload)
    return try DataIntegrity.sign(
      document: payload,
      key: key ?? chamber.proofKey,
      verificationMethod: method ?? chamber.proofKeyID,
      created: created
    )
  }

  private func ask(_ document: JSONObject, change: (inout Question) throws -> Void = { _ in }) throws -> Decision {
    let authority = try TestAuthority.get()
    return try Question(authority, page: shop).with {
      $0.trustList = try list(authority)
      $0.document = document
      try change(&$0)
    }.decide()
  }

  @Test func aDocumentIsAsGoodAsAToken() throws {
    let authority = try TestAuthority.get()
    let good = try document(authority)
    let decision = try ask(good)
    #expect(decision.verdict == .confirmed, "\(decision.summary)")
    #expect(
      decision.credential?.issuerName == "Chamber of dubai" && decision.credential?.registerID == "NTRAE+DU-1256001"
    )
    #expect(try ask(good) { $0.page = "https://thief.example/" }.verdict == .otherPage)
    #expect(try ask(good) { $0.lists = try authority.statusLists(revoked: [94_567]) }.verdict == .notInForce)
    #expect(try ask(good) { $0.lists = [:] }.verdict == .cannotTell)
    #expect(try ask(good) { $0.expected = TestAuthority.id(1) }.verdict == .confirmed)
    #expect(try ask(good) { $0.expected = TestAuthority.id(2) }.codes == [.issuerMismatch])
    // The log commits to the token.
    #expect(try ask(good) { $0.log = .unavailable }.summary == "cannot_tell log_unavailable")
    #expect(try ask(good) { $0.log = .absent }.summary == "not_genuine not_in_log")
    #expect(try ask(good) { $0.trustList = nil }.verdict == .cannotTell)
  }

  @Test func theKeyMustBeListed() throws {
    let authority = try TestAuthority.get()
    let good = try document(authority)
    #expect(try ask(good) { $0.trustList = try authority.trustList() }.codes == [.keyUnknown])
    #expect(try ask(good) { $0.trustList = try list(authority, purpose: .answer) }.codes == [.keyNotForPurpose])
    #expect(try ask(good) { $0.trustList = try list(authority, purpose: .statusList) }.codes == [.keyNotForPurpose])
    #expect(
      try ask(good) { $0.trustList = try list(authority) { $0.keys = $0.keys.map { $0.until(now.adding(days: -31)) } } }
        .codes == [.keyOutsideValidity]
    )
    // A key document of one's own proves nothing: a did:key, a stranger's did:web.
    let own = try PrivateKey.generate(.ed25519)
    let method = Text("did:key:\(try Multikey.encode(own.publicKey))#\(try Multikey.encode(own.publicKey))")
    #expect(try ask(document(authority, key: own, method: method)).codes == [.issuerUnknown])
    #expect(try ask(document(authority, key: own)).codes == [.signatureInvalid])
    #expect(try ask(document(authority, key: own, method: "did:web:evil.example#1")).codes == [.issuerUnknown])
    // Another chamber's key.
    #expect(
      try ask(document(authority, key: authority.chambers[1].proofKey, method: authority.chambers[1].proofKeyID)).codes
        == [
          .issuerMismatch
        ]
    )
    // A key of another kind than the suite.
    #expect(try ask(document(authority, method: authority.dubai.keyID)).codes == [.algorithmRefused])
  }

  @Test func documentsThatWereChanged() throws {
    let authority = try TestAuthority.get()
    let good = try document(authority)
    func changed(_ edit: (inout JSONObject) -> Void) throws -> [ReasonCode] {
      var copy = good
      edit(&copy)
      return try ask(copy).codes
    }
    #expect(try changed { $0["name"] = "Another name" } == [.signatureInvalid])
    #expect(try changed { $0["validUntil"] = "2027-11-21T23:59:59Z" } == [.signatureInvalid])
    #expect(try changed { $0["exp"] = 1 } == [.signatureInvalid])
    #expect(try changed { $0["proof"] = nil } == [.malformed])
    #expect(try changed { $0["proof"] = [] } == [.malformed])
    func proof(_ edit: (inout JSONObject) -> Void) throws -> [ReasonCode] {
      try changed { object in
        var proof = object["proof"]?.object ?? JSONObject()
        edit(&proof)
        object["proof"] = .object(proof)
      }
    }
    #expect(try proof { $0["created"] = nil } == [.signatureInvalid])
    #expect(try proof { $0["cryptosuite"] = "eddsa-rdfc-2022" } == [.algorithmRefused])
    #expect(try proof { $0["proofPurpose"] = "authentication" } == [.malformed])
    #expect(try proof { $0["proofValue"] = "z1" } == [.malformed])
    #expect(try proof { $0["verificationMethod"] = "did:web:trust.dubai.example#other" } == [.keyUnknown])
    // What is signed and contradicts itself.
    #expect(try ask(document(authority) { $0["exp"] = 1 }).codes == [.malformed])
    #expect(try ask(document(authority) { $0["iss"] = "did:web:evil.example" }).codes == [.malformed])
    #expect(try ask(document(authority) { $0["validUntil"] = nil }).codes == [.malformed])
    #expect(try ask(document(authority, created: now.adding(seconds: 61))).codes == [.notYetValid])
  }

  @Test func aProofMayEndBeforeTheCredential() throws {
    let authority = try TestAuthority.get()
    // A proof with `expires`, signed as such: made by hand, since the writer has no such member.
    var payload = try document(authority)
    payload["proof"] = nil
    var configuration = JSONObject([
      "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "created": JSON(now.adding(days: -30).description),
      "expires": JSON(now.description),
      "verificationMethod": .string(authority.dubai.proofKeyID), "proofPurpose": "assertionMethod",
      "@context": payload["@context"],
    ])
    let input = SHA2.sha256(configuration.canonical()) + SHA2.sha256(payload.canonical())
    configuration["proofValue"] = JSON("z" + Base58.encode(try authority.dubai.proofKey.sign(input, algorithm: .eddsa)))
    payload["proof"] = .object(configuration)
    #expect(try ask(payload).verdict == .confirmed)
    #expect(try ask(payload) { $0.at = now.adding(seconds: 1) }.codes == [.expired])
  }

  @Test func inputs() throws {
    let authority = try TestAuthority.get()
    let question = try Question(authority).with { $0.trustList = try list(authority) }
    let verifier = question.verifier
    let good = question.token
    let other = try authority.token(authority.chambers[1], number: 2)
    var forged = other
    forged[forged.count - 20] ^= 1
    func ask(_ bytes: [UInt8]) -> [Verdict] {
      verifier.verify(input: bytes, lists: question.lists, at: now).map(\.verdict)
    }
    func enveloped(_ token: [UInt8], _ kind: String = "EnvelopedVerifiableCredential", _ media: String = "vc+jwt")
      -> JSON
    {
      [
        "@context": "https://www.w3.org/ns/credentials/v2", "type": JSON(kind),
        "id": JSON("data:application/\(media)," + String(decoding: token, as: UTF8.self)),
      ]
    }
    #expect(ask(good) == [.genuine])
    #expect(ask(Array("\n ".utf8) + good + [0x0A]) == [.genuine])
    #expect(ask(enveloped(good).canonical()) == [.genuine])
    #expect(ask(enveloped(forged).canonical()) == [.notGenuine])
    #expect(ask(try JSON.object(document(authority)).canonical()) == [.genuine])
    let presentation: JSON = [
      "@context": ["https://www.w3.org/ns/credentials/v2"], "type": "VerifiablePresentation",
      "verifiableCredential": [enveloped(good), enveloped(forged), .object(try document(authority)), enveloped(other)],
    ]
    #expect(ask(presentation.canonical()) == [.genuine, .notGenuine, .genuine, .genuine])
    // Who presents it is not asked: the presentation's own signature says nothing about the credentials in it.
    let holder = try PrivateKey.generate(.p256)
    let token = try CompactJWS.sign(
      header: ["typ": "vp+jwt"],
      payload: presentation.canonical(),
      key: holder,
      algorithm: .es256
    )
    #expect(ask(token) == [.genuine, .notGenuine, .genuine, .genuine])
    #expect(
      ask(enveloped(token, "EnvelopedVerifiablePresentation", "vp+jwt").canonical()) == [
        .genuine, .notGenuine, .genuine, .genuine,
      ]
    )
    for bytes in [
      [], Array("{}".utf8), Array("[]".utf8), Array("{\"type\":\"VerifiablePresentation\"}".utf8), Array("hello".utf8),
      enveloped([]).canonical(),
      JSON.object(["type": "VerifiablePresentation", "verifiableCredential": [presentation]]).canonical(),
    ] {
      #expect(ask(bytes) == [.notGenuine], "\(String(decoding: bytes.prefix(60), as: UTF8.self))")
    }
    #expect(
      verifier.verify(CredentialInput(items: [], isPresentation: true), at: now).map(\.verdict) == [.notGenuine]
    )
    // A token given as a credential that is a presentation, a status list, a statement.
    #expect(try question.with { $0.token = token }.decide(verifier).codes == [.malformed])
    #expect(
      try question.with { $0.token = try authority.statusList(authority.dubai, "revocation") }.decide(verifier).verdict
        == .notGenuine
    )
    #expect(
      try question.with { $0.token = try authority.statement(authority.dubai, "revoked") }.decide(verifier).codes == [
        .malformed
      ]
    )
  }
}
