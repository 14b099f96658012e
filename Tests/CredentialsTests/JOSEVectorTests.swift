import Credentials
import Encodings
import Foundation
import PKI
import TestSupport
import Testing

/// Vectors of the JOSE cookbook and of VC-JOSE-COSE.
@Suite struct JOSEVectorTests {
  /// What became of one token: the closed set of outcomes.
  enum Outcome: Equatable { case verified, notVerified, keyRefused, tokenRefused }

  static func outcome(_ token: [UInt8], keys: () throws(JWKRejection) -> [JWK]) throws -> Outcome {
    let known: [JWK]
    do throws(JWKRejection) {
      known = try keys()
    } catch {
      return .keyRefused
    }
    let jws: CompactJWS
    do throws(CompactTokenRejection) {
      jws = try CompactJWS.parse(token)
    } catch {
      return .tokenRefused
    }
    // One key is used whatever the kid says; of a set the kid chooses.
    let candidates = known.count == 1 ? known : known.filter { $0.keyID == jws.keyID }
    for key in candidates where try jws.isSigned(by: key) { return .verified }
    return .notVerified
  }

  static func document(_ url: URL) throws -> JSON {
    try JSON.parse([UInt8](try Data(contentsOf: url)), limits: .document)
  }

  /// Algorithms outside the allow-list are refused whatever `result` says; in the groups of RFC 7520 the key says PS256
  /// and the header PS384.
  @Test(arguments: [("json_web_signature_test", 401), ("json_web_crypto_test", 83), ("json_web_key_test", 26)])
  func wycheproof(_ name: String, _ expected: Int) throws {
    guard let folder = VectorSet.folder("wycheproof") else { return }
    let allowed: Set<Text> = ["ES256", "ES384", "EdDSA", "Ed25519", "RS256", "PS256"]
    var cases = 0
    var verified = 0
    var unsupported = 0
    var wrong: [String] = []
    for group in try #require(Self.document(folder.appending(path: "\(name).json")).object?["testGroups"]?.array) {
      let group = try #require(group.object)
      let key = try #require((group["public"] ?? group["private"])?.object)
      for test in try #require(group["tests"]?.array) {
        let test = try #require(test.object)
        let id = try #require(test["tcId"]?.int)
        cases += 1
        // JSON serialisation and JWE have another member or another kind: neither is a compact token.
        let token = (test["jws"] ?? test["jwe"])?.text?.bytes ?? (test["jws"] ?? test["jwe"])?.canonical() ?? []
        let outcome = try Self.outcome(token) { () throws(JWKRejection) in
          key["keys"] == nil ? [try JWK(key)] : try JWK.set(key)
        }
        let valid = test["result"]?.text == "valid"
        let names = (key["keys"]?.array?.compactMap { $0.object?["alg"]?.text } ?? [key["alg"]?.text].compactMap { $0 })
        let supported = names.allSatisfy(allowed.contains) && Self.headerAlgorithm(token).map(allowed.contains) == true
        if outcome == .verified { verified += 1 }
        if valid, !supported { unsupported += 1 }
        if (outcome == .verified) != (valid && supported) {
          wrong.append("\(id) \(group["comment"]?.string ?? ""): \(outcome), \(test["comment"]?.string ?? "")")
        }
      }
    }
    #expect(wrong == [])
    #expect(cases == expected)
    VectorSet.ran(
      "wycheproof \(name) (\(verified) verified)",
      cases: cases,
      passed: cases - wrong.count,
      exceptions: unsupported
    )
  }

  static func headerAlgorithm(_ token: [UInt8]) -> Text? {
    do {
      return try JSONObject.parse(Base64URL.decode(token.prefix { $0 != 0x2E }) ?? [])["alg"]?.text
    } catch {
      return nil
    }
  }

  @Test func specificationExamples() throws {
    guard let folder = VectorSet.folder("vc-jose-cose") else { return }
    var cases = 0
    var passed = 0
    var credentials = 0
    for item in try #require(Self.document(folder.appending(path: "spec-example-jwts.json")).array) {
      let item = try #require(item.object)
      cases += 1
      let jws = try CompactJWS.parse(try #require(item["jwt"]?.text?.bytes))
      let key = try JWK(try #require(item["publicKeyJwk"]?.object))
      #expect(jws.type == nil)
      #expect(jws.algorithm.rawValue == item["alg"]?.string)
      // The kid of W3C's examples is the thumbprint of another key: never the way to choose.
      #expect(jws.keyID?.string != key.thumbprint)
      if try jws.isSigned(by: key) { passed += 1 }
      let payload = try jws.payloadObject()
      #expect(payload == item["payload"]?.object)
      let types = payload["type"]?.array?.compactMap(\.text) ?? [payload["type"]?.text].compactMap { $0 }
      if payload["_sd"] == nil, types.contains("VerifiableCredential") {
        let credential = try VerifiableCredential(payload: payload)
        #expect(credential.contexts.count == 2)
        // Example contexts, so never one of ours.
        #expect(throws: DocumentRejection.self) { try MembershipCredential(payload: payload) }
        credentials += 1
      }
    }
    #expect(passed == cases)
    #expect(cases == 26)
    #expect(credentials == 11)
    VectorSet.ran("vc-jose-cose tokens (\(credentials) whole credentials)", cases: cases, passed: passed)
  }

  @Test func presentationsOfTheSpecification() throws {
    guard let folder = VectorSet.folder("vc-jose-cose") else { return }
    var presentations = 0
    for item in try #require(Self.document(folder.appending(path: "spec-example-jwts.json")).array) {
      let payload = try #require(item.object?["payload"]?.object)
      let types = payload["type"]?.array?.compactMap(\.text) ?? [payload["type"]?.text].compactMap { $0 }
      guard payload["_sd"] == nil, !types.contains("VerifiableCredential") else { continue }
      let input = try CredentialInput.read(payload.canonical())
      #expect(input.isPresentation)
      #expect(input.items.count == 1)
      // The specification's own example joins two tokens in one `data:` URL, which is no credential.
      for case .token(let token) in input.items {
        #expect(throws: CompactTokenRejection.parts(5)) { try CompactJWS.parse(token) }
      }
      presentations += 1
    }
    #expect(presentations == 2)
  }

  @Test func rfc7515Example() throws {
    guard let folder = VectorSet.folder("vc-jose-cose") else { return }
    let items = try #require(Self.document(folder.appending(path: "rfc-jws-vectors.json")).array)
    for item in items {
      let jws = try CompactJWS.parse(try #require(item.object?["jws"]?.text?.bytes))
      let key = try JWK(try #require(item.object?["publicKeyJwk"]?.object))
      #expect(try jws.isSigned(by: key))
      // The other payloads of the suite are written without spaces: this one has line ends, and is verified as
      // received.
      #expect(try jws.payloadObject()["iss"] == "joe")
    }
    #expect(items.count == 1)
    VectorSet.ran("RFC 7515 A.3", cases: items.count, passed: items.count)
  }
}
