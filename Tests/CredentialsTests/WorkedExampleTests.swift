import Credentials
import Encodings
import Foundation
import PKI
import TestSupport
import Testing

/// One credential in every form, made by other programs than this one.
@Suite struct WorkedExampleTests {
  static func bytes(_ folder: URL, _ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  /// The key of the credential signer, as the chamber's document publishes it.
  static func signer(_ folder: URL, _ kid: Text?) throws -> PublicKey {
    let document = try DIDDocument(try bytes(folder, "did.json"), of: "did:web:trust.dubaichamber.example")
    return try document.assertionMethod(try #require(kid)).key
  }

  @Test func credential() throws {
    guard let folder = VectorSet.folder("worked-example") else { return }
    let jws = try CompactJWS.parse(try Self.bytes(folder, "credential.vc+jwt"))
    #expect(jws.hasType("vc+jwt") && jws.algorithm == .es256)
    #expect(try jws.isSigned(by: try Self.signer(folder, jws.keyID)))
    #expect(try jws.certificateChain()?.count == 2)
    #expect(jws.header == (try JSONObject.parse(try Self.bytes(folder, "credential-header.json"))))
    #expect(try jws.payloadObject() == JSONObject.parse(try Self.bytes(folder, "credential-payload.json")))
    let credential = try MembershipCredential(payload: try jws.payloadObject())
    #expect(credential.credentialID == nil)  // its id is a UUID, not one of ours
    #expect(credential.programme == "trusted-membership")
    #expect(credential.bindings.map(\.key) == ["site/www.alnoortrading.example", "site/shop.alnoortrading.example"])
    #expect(credential.statusEntries.map(\.index) == [94_567, 23_452])
    #expect(credential.organization.name(in: "ar")?.value == "شركة النور للتجارة ذ.م.م")
    #expect(credential.validUntil == Instant(rfc3339: "2027-11-21T23:59:59Z"))
    // Our writer says the same about the same data.
    #expect(credential.payload == (try jws.payloadObject()))
    VectorSet.ran("worked-example credential", cases: 1, passed: 1)
  }

  @Test func openBadge() throws {
    guard let folder = VectorSet.folder("worked-example") else { return }
    let jws = try CompactJWS.parse(try Self.bytes(folder, "credential-ob.jwt"))
    let key = try JWK(try JSONObject.parse(try Self.bytes(folder, "ob-key.jwk.json")))
    #expect(try jws.isSigned(by: key))
    #expect(jws.keyID == key.keyID)
    #expect(jws.keyID == OpenBadge.keyURL(key.publicKey, host: "trust.dubaichamber.example"))
    let badge = try OpenBadge.read(jws)
    #expect(badge.statusEntries.map(\.purpose) == ["suspension"])
    // Derived from the first envelope it is the same, but for the schema that we leave out.
    let first = try MembershipCredential(
      payload: try CompactJWS.parse(try Self.bytes(folder, "credential.vc+jwt")).payloadObject()
    )
    var theirs = try jws.payloadObject()
    theirs["credentialSchema"] = nil
    #expect(OpenBadge.payload(of: first) == theirs)
    VectorSet.ran("worked-example Open Badges envelope", cases: 1, passed: 1)
  }

  @Test func statusLists() throws {
    guard let folder = VectorSet.folder("worked-example") else { return }
    let expected: [(String, Text, [Int64])] = [
      ("status-revocation-3", "revocation", [17, 40_960]), ("status-suspension-3", "suspension", [17, 99, 40_960]),
      ("status-suspension-3-after-suspending", "suspension", [17, 99, 23_452, 40_960]),
    ]
    let credential = try MembershipCredential(
      payload: try CompactJWS.parse(try Self.bytes(folder, "credential.vc+jwt")).payloadObject()
    )
    for (name, purpose, indexes) in expected {
      let jws = try CompactJWS.parse(try Self.bytes(folder, "\(name).vc+jwt"))
      #expect(try jws.isSigned(by: try Self.signer(folder, jws.keyID)))
      let list = try StatusListCredential(payload: try jws.payloadObject())
      #expect(list.purposes == [purpose])
      #expect(list.list.setIndexes == indexes)
      #expect(list.ttl == 300_000)
      let entry = try #require(credential.statusEntries.first { $0.list == list.id })
      #expect(try list.status(of: entry) == indexes.contains(entry.index))
    }
    VectorSet.ran("worked-example status lists", cases: expected.count, passed: expected.count)
  }

  @Test func trustList() throws {
    guard let folder = VectorSet.folder("worked-example") else { return }
    let token = try Self.bytes(folder, "trust-list.jwt")
    let jws = try CompactJWS.parse(token)
    // The root comes from the x5c here because only the key is at hand in it; the product's comes from its
    // configuration.
    let certificate = try #require(try jws.certificateChain()?.first)
    let root = try PublicKey(subjectPublicKeyInfo: try #require(Self.publicKeyInfo(of: certificate)))
    let list = try TrustList.read(token, root: root, rootSHA256: SHA2.sha256(certificate))
    #expect(list.sequenceNumber == 42)
    #expect(list.entities.map(\.id) == ["did:web:trust.dubaichamber.example", "did:web:trust.ajmanchamber.example"])
    let service = try #require(list.entities.first?.services.first)
    #expect(service.keys.first?.jwk.publicKey == (try Self.signer(folder, service.keys.first?.keyID)))
    #expect(service.issuingCAs.first?.der != nil)
    let ajman = try #require(list.entities.last?.services.first)
    #expect(ajman.status(at: Instant(seconds: 1_794_000_000)) == .granted)  // 2026-11-06
    #expect(ajman.status(at: Instant(seconds: 1_795_305_600)) == .suspended)
    #expect(throws: TrustListRejection.otherRoot(jws.keyID?.string ?? "")) {
      try TrustList.read(token, root: root, rootSHA256: SHA2.sha256([]))
    }
    #expect(throws: TrustListRejection.signatureWrong) {
      try TrustList.read(token, root: try PrivateKey.generate(.p384).publicKey, rootSHA256: nil)
    }
    VectorSet.ran("worked-example trust list", cases: 1, passed: 1)
  }

  /// The P-384 SubjectPublicKeyInfo inside a certificate, found by its fixed first bytes.
  static func publicKeyInfo(of certificate: [UInt8]) -> [UInt8]? {
    let prefix = Hex.decode("3076301006072a8648ce3d020106052b81040022036200") ?? []
    guard let at = certificate.indices.first(where: { certificate[$0...].starts(with: prefix) }) else { return nil }
    return Array(certificate[at..<(at + 120)])
  }

  @Test func keyDocument() throws {
    guard let folder = VectorSet.folder("worked-example") else { return }
    let bytes = try Self.bytes(folder, "did.json")
    let did = try DIDWeb("did:web:trust.dubaichamber.example")
    let document = try DIDDocument(bytes, of: did.did)
    #expect(document.methods.map(\.form) == [.jsonWebKey, .multikey])
    #expect(document.unreadable.isEmpty)
    for method in document.methods {
      #expect(try document.assertionMethod(method.id) == method)
      if let jwk = method.jwk { #expect(method.id.hasSuffix(Text(jwk.thumbprint))) }
    }
    #expect(did.documentURL == "https://trust.dubaichamber.example/.well-known/did.json")
    #expect(throws: DIDRejection.otherDocument(found: "did:web:trust.dubaichamber.example")) {
      try DIDDocument(bytes, of: "did:web:other.example")
    }
    VectorSet.ran("worked-example key document", cases: 1, passed: 1)
  }

  @Test func pinnedContexts() throws {
    guard let folder = VectorSet.folder("worked-example"), let contexts = VectorSet.folder("contexts-and-schemas")
    else { return }
    let credential = try MembershipCredential(
      payload: try JSONObject.parse(try Self.bytes(folder, "credential-payload.json"))
    )
    let context = try Self.bytes(folder, "context-membership-v1.json")
    #expect(credential.contextDigest == Text("sha384-" + Base64.encode(SHA2.sha384(context))))
    #expect(credential.context == "https://trust.chambers.example/ns/membership/v1")
    // VC Data Model 2.0, B.1.
    #expect(
      Hex.encode(SHA2.sha256(try Self.bytes(contexts, "credentials-v2.jsonld")))
        == "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"
    )
    // Ours defines what theirs does, and jti.
    let theirs = try #require(JSONObject.parse(context)["@context"]?.object)
    let ours = try #require(JSONObject.parse(MembershipContext.bytes(host: "khatm.example"))["@context"]?.object)
    for name in theirs.names where name != "ms" && name != "TradeLicence" { #expect(ours[name] != nil, "\(name)") }
  }
}
