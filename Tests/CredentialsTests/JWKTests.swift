import Credentials
import Encodings
import PKI
import Testing

/// Public keys as JSON.
@Suite struct JWKTests {
  static func error(_ json: JSONObject) -> JWKRejection? {
    do throws(JWKRejection) {
      _ = try JWK(json)
    } catch {
      return error
    }
    return nil
  }

  // RFC 7638 section 3.1.
  @Test func thumbprintOfTheRFC() throws {
    let key = try JWK([
      "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
      "n": """
      0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi\
      FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZg\
      nYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniI\
      qbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw
      """,
    ])
    #expect(key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    #expect(key.keyID == "2011-04-29")
    #expect(key.algorithm == .rs256)
  }

  @Test(arguments: [KeyKind.p256, .p384, .ed25519, .rsa(bits: 2048)])
  func everyKindComesBack(_ kind: KeyKind) throws {
    let key = try PrivateKey.generate(kind).publicKey
    let written = JWK(publicKey: key, keyID: "a#b")
    let read = try JWK(written.json)
    #expect(read == written)
    #expect(read.publicKey == key)
    #expect(read.thumbprint == JWK.thumbprint(of: key))
    #expect(Base64URL.decode(read.thumbprint)?.count == 32)
  }

  @Test func whatIsRefused() throws {
    let good = JWK(publicKey: try PrivateKey.generate(.p256).publicKey).json
    func changed(_ name: Text, _ value: JSON?) -> JSONObject {
      var json = good
      json[name] = value
      return json
    }
    #expect(Self.error(good) == nil)
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] as [Text] {
      #expect(Self.error(changed(name, "AA")) == .privateMember(name.string))
    }
    #expect(Self.error(["kty": "oct", "k": "AAAA"]) == .privateMember("k"))
    #expect(Self.error(["kty": "oct"]) == .unsupported("oct"))
    #expect(Self.error([:]) == .member("kty"))
    #expect(Self.error(changed("kty", "ec")) == .unsupported("ec"))
    #expect(Self.error(changed("kty", 1)) == .member("kty"))
    #expect(Self.error(changed("crv", "P-521")) == .unsupported("P-521"))
    #expect(Self.error(changed("crv", "secp256k1")) == .unsupported("secp256k1"))
    #expect(Self.error(changed("crv", nil)) == .member("crv"))
    #expect(Self.error(changed("x", nil)) == .member("x"))
    #expect(Self.error(changed("y", "")) == .member("y"))
    #expect(Self.error(changed("y", "A=")) == .member("y"))
    #expect(Self.error(changed("x", "AA")) == .key(.malformed))
    #expect(Self.error(changed("x", JSON(Base64URL.encode([UInt8](repeating: 0, count: 32))))) == .key(.offCurve))
    #expect(Self.error(changed("crv", "P-384")) == .key(.malformed))
    #expect(Self.error(changed("use", "enc")) == .notForSignatures)
    #expect(Self.error(changed("use", "sig")) == nil)
    #expect(Self.error(changed("key_ops", ["verify"])) == nil)
    #expect(Self.error(changed("key_ops", ["sign"])) == .notForSignatures)
    #expect(Self.error(changed("key_ops", [])) == .notForSignatures)
    #expect(Self.error(changed("key_ops", ["verify", "verify"])) == .member("key_ops"))
    #expect(Self.error(changed("key_ops", "verify")) == .member("key_ops"))
    #expect(Self.error(changed("key_ops", ["verify", 1])) == .member("key_ops"))
    #expect(Self.error(changed("alg", "ES256")) == nil)
    #expect(Self.error(changed("alg", "ES384")) == .algorithmDoesNotFit("ES384"))
    #expect(Self.error(changed("alg", "none")) == .unsupported("none"))
    #expect(Self.error(changed("alg", "es256")) == .unsupported("es256"))
    #expect(Self.error(changed("kid", 7)) == .member("kid"))
    #expect(Self.error(changed("kid", JSON(String(repeating: "k", count: 1_025)))) == .member("kid"))
    #expect(Self.error(changed("unknown", ["anything": 1])) == nil)
  }

  @Test func bothNamesOfEd25519() throws {
    let key = try PrivateKey.generate(.ed25519).publicKey
    for name in ["EdDSA", "Ed25519"] {
      var json = JWK(publicKey: key).json
      json["alg"] = JSON(name)
      #expect(try JWK(json).algorithm == .eddsa)
    }
    #expect(SignatureAlgorithm(joseName: "ed25519") == nil)
    #expect(SignatureAlgorithm(joseName: "Ed448") == nil)
  }

  @Test func weakRSA() throws {
    let key = try PrivateKey.generate(.rsa(bits: 2048)).publicKey
    guard case .rsa(let modulus, _) = key.material else {
      Issue.record("not RSA")
      return
    }
    func rsa(_ n: [UInt8], _ e: [UInt8]) -> JSONObject {
      ["kty": "RSA", "n": JSON(Base64URL.encode(n)), "e": JSON(Base64URL.encode(e))]
    }
    #expect(Self.error(rsa(modulus, [1, 0, 1])) == nil)
    #expect(Self.error(rsa(modulus, [1])) == .key(.weak))
    #expect(Self.error(rsa(modulus, [2])) == .key(.weak))
    #expect(Self.error(rsa([0] + modulus, [1, 0, 1])) == .key(.nonCanonical))
    #expect(Self.error(rsa(modulus, [0, 1, 0, 1])) == .key(.nonCanonical))
    #expect(Self.error(rsa(Array(modulus.prefix(127)) + [0xFD], [1, 0, 1])) == .key(.tooShort(bits: 1024)))
  }

  @Test func setsHaveNoTwoKeysOfOneName() throws {
    let a = JWK(publicKey: try PrivateKey.generate(.p256).publicKey, keyID: "a").json
    let b = JWK(publicKey: try PrivateKey.generate(.p256).publicKey, keyID: "b").json
    #expect(try JWK.set(["keys": [.object(a), .object(b)]]).count == 2)
    #expect(throws: JWKRejection.duplicateKeyID("a")) { try JWK.set(["keys": [.object(a), .object(a)]]) }
    #expect(throws: JWKRejection.unsupported("oct")) { try JWK.set(["keys": [.object(a), ["kty": "oct"]]]) }
    #expect(throws: JWKRejection.member("keys")) { try JWK.set([:]) }
  }
}
