import Encodings
import Foundation
import PKI
import TestSupport
import Testing

@testable import Credentials

/// Keys that name themselves, as the vectors use them.
private func selfNamed(_ method: Text) -> DataIntegrity.Resolution {
  if case .some(let key?) = try? DIDKey.key(of: method) { return .key(key) }
  return .invalid
}

private func rejection(_ document: JSONObject, _ resolving: (Text) -> DataIntegrity.Resolution = selfNamed)
  -> DataIntegrityRejection?
{
  do {
    _ = try DataIntegrity.verify(document: document, resolving: resolving)
    return nil
  } catch {
    if case .failed = error { Issue.record("\(error)") }
    return error
  }
}

/// A signer with a key of its own; also makes the proofs that the product only verifies.
private struct Signer {
  let key: PrivateKey
  let method: Text

  init(_ kind: KeyKind) throws {
    key = try PrivateKey.generate(kind)
    method = try DIDKey.verificationMethod(of: key.publicKey)
  }

  func proof(over document: JSONObject, _ changes: (inout JSONObject) -> Void = { _ in }) throws -> JSONObject {
    let (suite, algorithm): (JSON, SignatureAlgorithm) =
      switch key.publicKey.kind {
      case .ed25519: ("eddsa-jcs-2022", .eddsa)
      case .p256: ("ecdsa-jcs-2019", .es256)
      default: ("ecdsa-jcs-2019", .es384)
      }
    var proof = JSONObject([
      "type": "DataIntegrityProof", "cryptosuite": suite, "created": "2026-11-22T08:15:00Z",
      "verificationMethod": .string(method),
      "proofPurpose": "assertionMethod", "@context": document["@context"],
    ])
    changes(&proof)
    var signed = document
    if let context = proof["@context"] { signed["@context"] = context }
    let input = ProofInput(document: signed, proofConfiguration: proof, kind: key.publicKey.kind)
    proof["proofValue"] = .string(Text("z" + Base58.encode(try key.sign(input.hashData, algorithm: algorithm))))
    return proof
  }

  func secure(_ document: JSONObject, _ changes: (inout JSONObject) -> Void = { _ in }) throws -> JSONObject {
    var secured = document
    secured["proof"] = .object(try proof(over: document, changes))
    return secured
  }
}

private let document = JSONObject([
  "@context": ["https://www.w3.org/ns/credentials/v2", "https://a.example/ns"], "id": "https://a.example/c/1",
  "type": ["VerifiableCredential"],
  "issuer": "did:web:a.example", "credentialSubject": ["name": "غرفة e\u{301}", "number": 7],
])

/// Embedded proofs: made, verified, spoiled.
@Suite struct DataIntegrityTests {
  @Test func whatIsSignedVerifies() throws {
    let signer = try Signer(.ed25519)
    let created = try #require(Instant(rfc3339: "2026-11-22T09:15:03Z"))
    let secured = try DataIntegrity.sign(
      document: document,
      key: signer.key,
      verificationMethod: signer.method,
      created: created
    )
    let verified = try DataIntegrity.verify(document: secured, resolving: selfNamed)
    #expect(verified.document == document && verified.unsupported.isEmpty && verified.proofs.count == 1)
    #expect(
      verified.proofs[0].created == created && verified.proofs[0].expires == nil
        && verified.proofs[0].suite == .eddsaJCS2022
    )
    #expect(verified.proofs[0].key == signer.key.publicKey && verified.proofs[0].verificationMethod == signer.method)
    let proof = try #require(secured["proof"]?.object)
    #expect(
      Set(proof.names) == [
        "type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "@context", "proofValue",
      ]
    )
    #expect(proof["@context"] == document["@context"] && proof["created"] == "2026-11-22T09:15:03Z")
    // The same after it went through text, in another order and with spaces.
    let text =
      "{ \"proof\" : " + String(decoding: JSON.object(proof).canonical(), as: UTF8.self) + " ,\n"
      + String(decoding: JSON.object(document).canonical(), as: UTF8.self).dropFirst()
    #expect(
      try DataIntegrity.verify(document: try #require(try JSON.parse(Array(text.utf8)).object), resolving: selfNamed)
        .document == document
    )
  }

  @Test func whatIsNotSigned() throws {
    let created = Instant(seconds: 1_795_335_300)
    let signer = try Signer(.ed25519)
    let elliptic = try Signer(.p256)
    func refused(_ document: JSONObject, _ key: PrivateKey, method: Text) -> DataIntegrityRejection? {
      do {
        _ = try DataIntegrity.sign(document: document, key: key, verificationMethod: method, created: created)
        return nil
      } catch {
        return error
      }
    }
    #expect(refused(document, elliptic.key, method: elliptic.method) == .keyDoesNotFitSuite(.p256))
    #expect(refused(try signer.secure(document), signer.key, method: signer.method) == .alreadySecured)
    #expect(refused(document, signer.key, method: "key-1") == .malformedProof("verificationMethod"))
    var bare = document
    bare["@context"] = nil
    let secured = try DataIntegrity.sign(
      document: bare,
      key: signer.key,
      verificationMethod: signer.method,
      created: created
    )
    #expect(secured["proof"]?.object?["@context"] == nil && rejection(secured) == nil)
  }

  @Test(arguments: [KeyKind.ed25519, .p256, .p384]) func everyChangeIsSeen(_ kind: KeyKind) throws {
    let signer = try Signer(kind)
    let secured = try signer.secure(document)
    #expect(rejection(secured) == nil)
    var changed = secured
    changed["credentialSubject"] = ["name": "غرفة \u{E9}", "number": 7]  // canonically the same to String, other bytes
    #expect(rejection(changed) == .signatureWrong)
    for name in secured.names where name != "proof" && name != "@context" {
      changed = secured
      changed[name] = nil
      #expect(rejection(changed) == .signatureWrong, "\(name)")
    }
    changed = secured
    changed["extra"] = .null
    #expect(rejection(changed) == .signatureWrong)
    let proof = try #require(secured["proof"]?.object)
    for (name, value) in [
      ("created", "2026-11-22T08:15:01Z"), ("id", "urn:uuid:1"), ("domain", "a.example"),
      ("expires", "2027-01-01T00:00:00Z"),
    ] as [(Text, JSON)] {
      var other = proof
      other[name] = value
      changed["proof"] = .object(other)
      changed["extra"] = nil
      #expect(rejection(changed) == .signatureWrong, "\(name)")
    }
    // Every bit of the signature.
    let value = try #require(proof["proofValue"]?.text)
    let signature = try #require(Base58.decode(value.bytes.dropFirst()))
    for bit in 0..<(signature.count * 8) {
      var flipped = signature
      var other = proof
      flipped[bit / 8] ^= 1 << (bit % 8)
      other["proofValue"] = .string(Text("z" + Base58.encode(flipped)))
      changed = secured
      changed["proof"] = .object(other)
      #expect(rejection(changed) == .signatureWrong)
    }
  }

  @Test func contextsAreThoseThatWereSigned() throws {
    let signer = try Signer(.ed25519)
    let secured = try signer.secure(document)
    // What was added behind the signed context is not signed, and is gone from the result.
    var longer = secured
    longer["@context"] = ["https://www.w3.org/ns/credentials/v2", "https://a.example/ns", "https://evil.example/ns"]
    #expect(try DataIntegrity.verify(document: longer, resolving: selfNamed).document == document)
    for context: JSON? in [
      ["https://a.example/ns", "https://www.w3.org/ns/credentials/v2"], ["https://www.w3.org/ns/credentials/v2"], [],
      "https://www.w3.org/ns/credentials/v2", nil,
      ["https://evil.example/ns", "https://www.w3.org/ns/credentials/v2", "https://a.example/ns"],
    ] {
      var other = secured
      other["@context"] = context
      #expect(rejection(other) == .contextMismatch)
    }
    // A proof without a context signs the document's own.
    let plain = try signer.secure(document) { $0["@context"] = nil }
    #expect(rejection(plain) == nil)
    var changed = plain
    changed["@context"] = longer["@context"]
    #expect(rejection(changed) == .signatureWrong)
    // One text and an array of one say the same, and the signed form is the one that is shown.
    var single = document
    single["@context"] = "https://www.w3.org/ns/credentials/v2"
    var arrayed = try signer.secure(single)
    arrayed["@context"] = ["https://www.w3.org/ns/credentials/v2"]
    #expect(try DataIntegrity.verify(document: arrayed, resolving: selfNamed).document == single)
  }

  @Test func proofsInBadForm() throws {
    let signer = try Signer(.ed25519)
    let cases: [(Text, JSON?, DataIntegrityRejection)] = [
      ("type", nil, .malformedProof("type")), ("type", ["DataIntegrityProof"], .malformedProof("type")),
      ("cryptosuite", nil, .malformedProof("cryptosuite")), ("cryptosuite", 7, .malformedProof("cryptosuite")),
      ("proofPurpose", nil, .malformedProof("proofPurpose")), ("proofPurpose", "authentication", .wrongPurpose),
      ("proofPurpose", "assertionmethod", .wrongPurpose),
      ("proofPurpose", ["assertionMethod"], .malformedProof("proofPurpose")),
      ("verificationMethod", nil, .malformedProof("verificationMethod")),
      ("verificationMethod", ["id": "did:key:z"], .malformedProof("verificationMethod")),
      ("verificationMethod", "http://a.example/k", .malformedProof("verificationMethod")),
      ("verificationMethod", "#key", .malformedProof("verificationMethod")),
      (
        "verificationMethod", .string(Text("did:key:" + String(repeating: "z", count: 5000))),
        .malformedProof("verificationMethod")
      ),
      ("created", "2026-02-30T00:00:00Z", .malformedProof("created")),
      ("created", "2026-11-22", .malformedProof("created")),
      ("created", 1_795_335_300, .malformedProof("created")),
      ("created", "2026-11-22T24:00:00Z", .malformedProof("created")), ("expires", "soon", .malformedProof("expires")),
    ]
    for (name, value, expected) in cases {
      #expect(rejection(try signer.secure(document) { $0[name] = value }) == expected, "\(name)")
    }
    for created: JSON? in [nil, "2026-11-22T08:15:00", "2026-11-22T08:15:00.125+04:00"] {
      #expect(rejection(try signer.secure(document) { $0["created"] = created }) == nil)
    }
    let good = try signer.proof(over: document)
    let value = try #require(good["proofValue"]?.text).string
    for bad: JSON? in [
      nil, "", "z", 7, .string(Text(String(value.dropFirst()))), .string(Text("u" + value.dropFirst())),
      .string(Text("z1" + value.dropFirst())), .string(Text(value + "0")),
      .string(Text("z" + Base58.encode([UInt8](repeating: 1, count: 63)))),
      .string(Text("z" + Base58.encode([UInt8](repeating: 1, count: 97)))),
      .string(Text("z" + String(repeating: "z", count: 100_000))),
    ] {
      var proof = good
      var secured = document
      proof["proofValue"] = bad
      secured["proof"] = .object(proof)
      #expect(rejection(secured) == .malformedProof("proofValue"))
    }
    for member: JSON? in [nil, []] {
      var secured = document
      secured["proof"] = member
      #expect(rejection(secured) == .noProof)
    }
    for member: JSON in [.null, "proof", 1, [[.object(good)]], [.object(good), .null]] {
      var secured = document
      secured["proof"] = member
      #expect(rejection(secured) == .malformedProof("proof"))
    }
  }

  @Test func theKeyDecides() throws {
    let signers = try [KeyKind.ed25519, .p256, .p384].map { try Signer($0) }
    let rsa = try PrivateKey.generate(.rsa(bits: 2048)).publicKey
    for signer in signers {
      let secured = try signer.secure(document)
      for other in signers where other.key.publicKey.kind != signer.key.publicKey.kind {
        let kind = other.key.publicKey.kind
        // Another curve under the same suite: the signature has the wrong length for it.
        let expected: DataIntegrityRejection =
          kind == .ed25519 || signer.key.publicKey.kind == .ed25519 ? .keyDoesNotFitSuite(kind) : .signatureWrong
        #expect(rejection(secured) { _ in .key(other.key.publicKey) } == expected)
      }
      let stranger = try Signer(signer.key.publicKey.kind).key.publicKey
      #expect(rejection(secured) { _ in .key(stranger) } == .signatureWrong)
      #expect(rejection(secured) { _ in .key(rsa) } == .keyDoesNotFitSuite(.rsa(bits: 2048)))
      #expect(rejection(secured) { _ in .invalid } == .verificationMethodInvalid(signer.method))
      #expect(rejection(secured) { _ in .notForAssertion } == .methodNotForAssertion(signer.method))
      #expect(rejection(secured) { _ in .unavailable } == .verificationMethodUnavailable(signer.method))
    }
  }

  @Test func suitesWeDoNotKnow() throws {
    let signer = try Signer(.ed25519)
    for suite in [
      "eddsa-rdfc-2022", "ecdsa-rdfc-2019", "ecdsa-sd-2023", "bbs-2023", "EDDSA-JCS-2022", "eddsa-jcs-2022 ",
      "eddsa-jcs-2022\u{301}",
      "none", "",
    ] {
      let secured = try signer.secure(document) { $0["cryptosuite"] = .string(Text(suite)) }
      #expect(
        rejection(secured) { _ in
          Issue.record("asked for a key")
          return .invalid
        } == .unsupportedSuites([Text(suite)])
      )
    }
    let old = try signer.secure(document) { $0["type"] = "Ed25519Signature2020" }
    #expect(rejection(old) == .unsupportedSuites(["Ed25519Signature2020"]))
    let long = try signer.secure(document) { $0["cryptosuite"] = .string(Text(String(repeating: "a", count: 1000))) }
    #expect(rejection(long) == .unsupportedSuites([""]))
    let chained = try signer.secure(document) { $0["previousProof"] = "urn:uuid:1" }
    #expect(rejection(chained) == .unsupportedSuites(["eddsa-jcs-2022"]))
  }

  @Test func proofSets() throws {
    let one = try Signer(.ed25519)
    let two = try Signer(.p384)
    func secured(_ proofs: JSONObject...) -> JSONObject {
      var result = document
      result["proof"] = .array(proofs.map { .object($0) })
      return result
    }
    let first = try one.proof(over: document)
    let second = try two.proof(over: document)
    let foreign = try one.proof(over: document) { $0["cryptosuite"] = "eddsa-rdfc-2022" }
    let chained = try one.proof(over: document) { $0["previousProof"] = "urn:uuid:1" }
    let narrower = try two.proof(over: document) { $0["@context"] = ["https://www.w3.org/ns/credentials/v2"] }
    var broken = second
    broken["created"] = "2020-01-01T00:00:00Z"

    let both = try DataIntegrity.verify(document: secured(first, second), resolving: selfNamed)
    #expect(both.proofs.map(\.suite) == [.eddsaJCS2022, .ecdsaJCS2019] && both.document == document)
    let mixed = try DataIntegrity.verify(document: secured(foreign, first, chained), resolving: selfNamed)
    #expect(mixed.proofs.count == 1)
    #expect(
      mixed.unsupported == [
        .init(suite: "eddsa-rdfc-2022", isChained: false), .init(suite: "eddsa-jcs-2022", isChained: true),
      ]
    )
    // One wrong proof spoils the set, wherever it stands.
    #expect(
      rejection(secured(first, broken)) == .signatureWrong && rejection(secured(broken, first)) == .signatureWrong
    )
    #expect(rejection(secured(foreign, chained)) == .unsupportedSuites(["eddsa-rdfc-2022", "eddsa-jcs-2022"]))
    #expect(rejection(secured(first, narrower)) == .contextMismatch)
    var alone = document
    alone["proof"] = .object(narrower)
    #expect(rejection(alone) == nil)
    var eight = document
    eight["proof"] = .array([JSON](repeating: .object(first), count: 8))
    #expect(rejection(eight) == nil)
    eight["proof"] = .array([JSON](repeating: .object(first), count: 9))
    #expect(
      rejection(eight) { _ in
        Issue.record("asked for a key")
        return .invalid
      } == .tooManyProofs(9)
    )
  }

  @Test func keysOfAControllersDocument() throws {
    let signer = try Signer(.ed25519)
    let stranger = try Signer(.ed25519)
    let method = try DIDDocument.VerificationMethod(did: "did:web:a.example", multikey: signer.key.publicKey)
    let written = DIDDocument(id: "did:web:a.example", methods: [method]).json
    let secured = try signer.secure(document) { $0["verificationMethod"] = .string(method.id) }
    func asked(_ changes: (inout JSONObject) -> Void) throws -> DataIntegrityRejection? {
      var json = written
      changes(&json)
      return rejection(secured, try DIDDocument(json.canonical(), of: "did:web:a.example").resolution(of:))
    }
    #expect(try asked { _ in } == nil)
    #expect(try asked { $0["assertionMethod"] = [] } == .methodNotForAssertion(method.id))
    #expect(try asked { $0["verificationMethod"] = [] } == .verificationMethodInvalid(method.id))
    let other = try DIDDocument.VerificationMethod(did: "did:web:a.example", multikey: stranger.key.publicKey)
    #expect(
      rejection(secured, DIDDocument(id: "did:web:a.example", methods: [other]).resolution(of:))
        == .verificationMethodInvalid(method.id)
    )
    #expect(
      rejection(secured, DIDDocument(id: "did:web:b.example", methods: [method]).resolution(of:))
        == .verificationMethodInvalid(method.id)
    )
  }

  @Test func problemTypes() {
    let expected: [(DataIntegrityRejection, String?)] = [
      (.signatureWrong, "https://w3id.org/security#PROOF_VERIFICATION_ERROR"),
      (.alreadySecured, "https://w3id.org/security#PROOF_GENERATION_ERROR"),
      (.verificationMethodInvalid("did:key:z"), "https://w3id.org/security#INVALID_VERIFICATION_METHOD"),
      (.methodNotForAssertion("did:key:z"), "https://w3id.org/security#INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"),
      (.unsupportedSuites([]), "https://w3id.org/security#PROOF_TRANSFORMATION_ERROR"),
      (.verificationMethodUnavailable("did:web:a"), nil),
    ]
    for (rejection, url) in expected { #expect(rejection.problem?.url == url) }
  }
}

// MARK: - Vectors

/// Vectors of the two cryptosuites.
@Suite struct DataIntegrityVectorTests {
  private func bytes(_ url: URL) throws -> [UInt8] { Array(try Data(contentsOf: url)) }
  private func object(_ url: URL) throws -> JSONObject { try #require(try JSON.parse(try bytes(url)).object) }
  private func text(_ url: URL) throws -> String {
    String(decoding: try bytes(url), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Every step of the trace, from the unsigned document to the signature.
  @Test func tracesStepByStep() throws {
    var cases = 0
    for (set, folder, suffix, kind) in [
      ("vc-di-eddsa", "eddsa-jcs-2022", "JCS", KeyKind.ed25519),
      ("vc-di-ecdsa", "ecdsa-jcs-2019-p256", "JCSECDSAP256", .p256),
      ("vc-di-ecdsa", "ecdsa-jcs-2019-p384", "JCSECDSAP384", .p384),
    ] {
      guard let root = VectorSet.folder(set)?.appending(path: "TestVectors") else { return }
      let trace = root.appending(path: folder)
      func file(_ name: String, _ ending: String = "txt") -> URL { trace.appending(path: "\(name)\(suffix).\(ending)") }
      let unsigned = try object(root.appending(path: "unsigned.json"))
      let configuration = try object(file("proofConfig", "json"))
      let input = ProofInput(document: unsigned, proofConfiguration: configuration, kind: kind)
      #expect(input.canonicalDocument == Array(try text(file("canonDoc")).utf8), "\(folder)")
      #expect(input.canonicalProof == Array(try text(file("proofCanon")).utf8), "\(folder)")
      #expect(Hex.encode(input.documentHash) == (try text(file("docHash"))), "\(folder)")
      #expect(Hex.encode(input.proofHash) == (try text(file("proofHash"))), "\(folder)")
      #expect(Hex.encode(input.hashData) == (try text(file("combinedHash"))), "\(folder)")
      let signature = try #require(Hex.decode(Array(try text(file("sigHex")).utf8)))
      #expect("z" + Base58.encode(signature) == (try text(file("sigBTC58"))), "\(folder)")
      let signed = try object(file("signed", "json"))
      #expect(signed["proof"]?.object?["proofValue"]?.string == (try text(file("sigBTC58"))))
      let verified = try DataIntegrity.verify(document: signed, resolving: selfNamed)
      #expect(verified.document == unsigned && verified.proofs.count == 1 && verified.proofs[0].key.kind == kind)
      var changed = signed
      changed["name"] = "Other"
      #expect(rejection(changed) == .signatureWrong)
      cases += 1
    }
    VectorSet.ran("vc-di-eddsa, vc-di-ecdsa: JCS traces", cases: cases, passed: cases)
    #expect(cases == 3)
  }

  /// Suites that need RDF, proof sets and chains of them, the suite of 2020: always unsupported, whatever their
  /// signature.
  @Test func everythingElseIsUnsupported() throws {
    var cases = 0
    for set in ["vc-di-eddsa", "vc-di-ecdsa"] {
      guard let root = VectorSet.folder(set) else { return }
      let files =
        FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
      for file in files
      where file.lastPathComponent.hasPrefix("signed") && file.pathExtension == "json" && !file.path.contains("-jcs-") {
        guard case .unsupportedSuites(let names)? = rejection(try object(file)) else {
          Issue.record("\(file.lastPathComponent)")
          continue
        }
        #expect(
          !names.isEmpty
            && names.allSatisfy { ["eddsa-rdfc-2022", "ecdsa-rdfc-2019", "Ed25519Signature2020"].contains($0.string) },
          "\(names)"
        )
        cases += 1
      }
    }
    VectorSet.ran("vc-di-eddsa, vc-di-ecdsa: other suites", cases: cases, passed: cases)
    #expect(cases == 11)
  }

  @Test func workedExample() throws {
    guard let folder = VectorSet.folder("worked-example") else { return }
    let keys = try DIDDocument(try bytes(folder.appending(path: "did.json")), of: "did:web:trust.dubaichamber.example")
    let resolve = keys.resolution(of:)

    let secured = try object(folder.appending(path: "credential-eddsa-jcs-2022.json"))
    let verified = try DataIntegrity.verify(document: secured, resolving: resolve)
    #expect(verified.proofs.map(\.created?.description) == ["2026-11-22T08:15:00Z"])
    #expect(verified.document["id"] == secured["id"] && verified.document["proof"] == nil)

    let picture = try #require(try Picture.read(try bytes(folder.appending(path: "badge-embedded-proof.png"))))
    guard case .document(let json)? = picture.content else {
      Issue.record("no document in the picture")
      return
    }
    let baked = try #require(try JSON.parse(json).object)
    #expect(try DataIntegrity.verify(document: baked, resolving: resolve).document == verified.document)

    var moved = secured
    moved["validUntil"] = "2028-11-21T23:59:59Z"
    #expect(rejection(moved, resolve) == .signatureWrong)
    VectorSet.ran("worked-example: embedded proofs", cases: 2, passed: 2)
  }
}
