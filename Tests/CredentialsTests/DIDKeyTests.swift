import Encodings
import Foundation
import PKI
import Testing

@testable import Credentials

@Suite struct DIDKeyTests {
  private func refusal(_ text: String) -> DIDKeyRejection? {
    do {
      _ = try DIDKey.key(of: Text(text))
      return nil
    } catch { return error }
  }

  @Test(arguments: [KeyKind.ed25519, .p256, .p384]) func keysComeBack(_ kind: KeyKind) throws {
    let key = try PrivateKey.generate(kind).publicKey
    let method = try DIDKey.verificationMethod(of: key)
    #expect(try DIDKey.key(of: method) == key)
    #expect(method.string == "did:key:\(try Multikey.encode(key))#\(try Multikey.encode(key))")
  }

  @Test func theFragmentIsTheKey() throws {
    let one = try Multikey.encode(try PrivateKey.generate(.ed25519).publicKey)
    let other = try Multikey.encode(try PrivateKey.generate(.ed25519).publicKey)
    let cases: [(String, DIDKeyRejection)] = [
      ("did:key:\(one)", .wrongFragment), ("did:key:\(one)#", .wrongFragment), ("did:key:\(one)#0", .wrongFragment),
      ("did:key:\(one)#\(other)", .wrongFragment),
      ("did:key:\(one)#\(one)#\(one)", .wrongFragment), ("did:key:\(one)#\(one) ", .wrongFragment),
      ("did:key:\(one)#\(one)\u{301}", .wrongFragment),
      ("did:key:\(one)?versionId=1#\(one)", .wrongFragment), ("did:key:\(one)/a#\(one)", .wrongFragment),
      ("did:key:1.1:\(one)#\(one)", .wrongFragment),
      ("did:key:1.1:\(one)#1.1:\(one)", .multikey(.notBase58btc)), ("did:key:#", .multikey(.notBase58btc)),
      ("did:key:u\(one)#u\(one)", .multikey(.notBase58btc)),
      ("DID:key:\(one)#\(one)", .notThisMethod), ("did:KEY:\(one)#\(one)", .notThisMethod),
      ("did:web:a.example#\(one)", .notThisMethod),
      (one, .notThisMethod),
      (" did:key:\(one)#\(one)", .notThisMethod), ("", .notThisMethod),
    ]
    for (text, expected) in cases { #expect(refusal(text) == expected, "\(text)") }
  }

  @Test func rsaHasNone() throws {
    let key = try PrivateKey.generate(.rsa(bits: 2048)).publicKey
    #expect(throws: DIDKeyRejection.multikey(.unsupportedKind(.rsa(bits: 2048)))) {
      try DIDKey.verificationMethod(of: key)
    }
  }
}

@Suite struct DIDJWKTests {
  private func refusal(_ text: String) -> DIDKeyRejection? {
    do {
      _ = try DIDJWK.key(of: Text(text))
      return nil
    } catch { return error }
  }
  private func did(_ json: String) -> String { "did:jwk:" + Base64URL.encode(Array(json.utf8)) }

  @Test(arguments: [KeyKind.ed25519, .p256, .p384, .rsa(bits: 2048)]) func keysComeBack(_ kind: KeyKind) throws {
    let key = try PrivateKey.generate(kind).publicKey
    let jwk = JSON.object(JWK(publicKey: key).json).canonical()
    #expect(try DIDJWK.key(of: Text("did:jwk:\(Base64URL.encode(jwk))#0")) == key)
  }

  @Test func anythingElseIsRefused() throws {
    let key = try PrivateKey.generate(.ed25519).publicKey
    let jwk = JWK(publicKey: key).json
    let json = String(decoding: JSON.object(jwk).canonical(), as: UTF8.self)
    let good = did(json)
    var secret = jwk
    secret["d"] = .string(Text(Base64URL.encode([UInt8](repeating: 7, count: 32))))
    var long = jwk
    long["use"] = "sig"
    long["kid"] = .string(Text(String(repeating: "a", count: 3000)))
    let cases: [(String, DIDKeyRejection)] = [
      (good, .wrongFragment), (good + "#", .wrongFragment), (good + "#1", .wrongFragment),
      (good + "#00", .wrongFragment),
      (good + "#0#0", .wrongFragment), (good + "#\u{660}", .wrongFragment),
      (good + "=#0", .badJWK), (good + "?a#0", .badJWK), ("did:jwk:#0", .badJWK), ("did:jwk:e30#0", .badJWK),
      (did("[\(json)]") + "#0", .badJWK), (did(json + " x") + "#0", .badJWK),
      (did(json.replacingOccurrences(of: "\"kty\"", with: "\"kty\":\"OKP\",\"kty\"")) + "#0", .badJWK),
      (did(String(decoding: JSON.object(secret).canonical(), as: UTF8.self)) + "#0", .badJWK),
      (did(String(decoding: JSON.object(long).canonical(), as: UTF8.self)) + "#0", .badJWK),
      (did(#"{"kty":"oct","k":"AAAA"}"#) + "#0", .badJWK), ("did:key:x#0", .notThisMethod),
      ("did:JWK:e30#0", .notThisMethod),
    ]
    for (text, expected) in cases { #expect(refusal(text) == expected, "\(text)") }
    #expect(refusal(good + "#0") == nil)
  }
}
