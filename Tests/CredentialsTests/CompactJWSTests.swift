import Credentials
import Encodings
import PKI
import Testing

/// The form of a token; what no key can help.
@Suite struct CompactJWSTests {
  static func error(_ token: [UInt8]) -> CompactTokenRejection? {
    do throws(CompactTokenRejection) {
      _ = try CompactJWS.parse(token)
    } catch {
      return error
    }
    return nil
  }
  /// A token of any header, with a signature of our choosing.
  static func token(_ header: String, _ payload: String = "{}", signature: [UInt8] = [1]) -> [UInt8] {
    Array("\(Base64URL.encode(header.utf8)).\(Base64URL.encode(payload.utf8)).\(Base64URL.encode(signature))".utf8)
  }

  @Test(arguments: [
    (KeyKind.p256, SignatureAlgorithm.es256, 64), (.p384, .es384, 96), (.ed25519, .eddsa, 64),
    (.rsa(bits: 2048), .rs256, 256), (.rsa(bits: 2048), .ps256, 256),
  ])
  func signedAndVerified(_ kind: KeyKind, _ algorithm: SignatureAlgorithm, length: Int) throws {
    let key = try PrivateKey.generate(kind)
    let other = try PrivateKey.generate(kind)
    let token = try CompactJWS.sign(
      header: ["typ": "vc+jwt", "kid": "k", "alg": "none"],
      payload: Array(#"{"a":1}"#.utf8),
      key: key,
      algorithm: algorithm
    )
    let jws = try CompactJWS.parse(token)
    #expect(jws.algorithm == algorithm)
    #expect(jws.signature.count == length)
    #expect(jws.token == token)
    #expect(jws.keyID == "k")
    #expect(jws.hasType("vc+jwt"))
    #expect(try jws.isSigned(by: key.publicKey))
    #expect(try !jws.isSigned(by: other.publicKey))
    #expect(try jws.isSigned(by: JWK(publicKey: key.publicKey, algorithm: algorithm)))
    if algorithm == .ps256 { #expect(try !jws.isSigned(by: JWK(publicKey: key.publicKey, algorithm: .rs256))) }
    #expect(try jws.payloadObject() == ["a": 1])
  }

  @Test func algorithmConfusion() throws {
    let key = try PrivateKey.generate(.p256)
    // A61, A62: no signature; a MAC with the public key as its secret.
    #expect(Self.error(Self.token(#"{"alg":"none"}"#, signature: [])) == .algorithmRefused("none"))
    for secret in [Array(key.publicKey.pem.utf8), key.publicKey.subjectPublicKeyInfo()] {
      var token = Array(
        "\(Base64URL.encode(Array(#"{"alg":"HS256"}"#.utf8))).\(Base64URL.encode(Array("{}".utf8)))".utf8
      )
      token += Array(("." + Base64URL.encode(hmacSHA256(key: secret, message: token))).utf8)
      #expect(Self.error(token) == .algorithmRefused("HS256"))
    }
    for name in [
      "", "None", "NONE", "es256", "ES256 ", "ES256K", "ES512", "RS1", "RS384", "RS512", "PS384", "PS512", "HS384",
      "HS512", "Ed448", "ES256\u{0}",
    ] {
      #expect(
        Self.error(Self.token("{\"alg\":\(String(decoding: JSON(name).canonical(), as: UTF8.self))}"))
          == .algorithmRefused(name)
      )
    }
    #expect(Self.error(Self.token("{}")) == .headerMember("alg"))
    #expect(Self.error(Self.token(#"{"alg":null}"#)) == .headerMember("alg"))
    #expect(Self.error(Self.token(#"{"alg":["ES256"]}"#)) == .headerMember("alg"))
    // The right signature under a header that names another algorithm.
    let signature = try key.sign(Self.token(#"{"alg":"ES384"}"#).prefixOfTwoParts, algorithm: .es256)
    #expect(try !CompactJWS.parse(Self.token(#"{"alg":"ES384"}"#, signature: signature)).isSigned(by: key.publicKey))
  }

  @Test func extensionsAreRefused() {
    #expect(Self.error(Self.token(#"{"alg":"ES256","crit":["exp"]}"#)) == .critical)
    #expect(Self.error(Self.token(#"{"alg":"ES256","crit":[]}"#)) == .critical)
    #expect(Self.error(Self.token(#"{"alg":"none","crit":["b64"],"b64":false}"#)) == .critical)
    #expect(Self.error(Self.token(#"{"alg":"ES256","b64":false}"#)) == .unencodedPayload)
    #expect(Self.error(Self.token(#"{"alg":"ES256","b64":true}"#)) == .unencodedPayload)
  }

  @Test func keysInTheHeaderAreIgnored() throws {
    let key = try PrivateKey.generate(.p256)
    let attacker = try PrivateKey.generate(.p256)
    let header: JSONObject = [
      "jwk": .object(JWK(publicKey: attacker.publicKey).json), "jku": "http://127.0.0.1:1/keys",
      "x5u": "http://127.0.0.1:1/c.pem",
    ]
    let jws = try CompactJWS.parse(
      try CompactJWS.sign(header: header, payload: Array("{}".utf8), key: attacker, algorithm: .es256)
    )
    #expect(try !jws.isSigned(by: key.publicKey))
    #expect(jws.keyID == nil)
  }

  @Test func shape() throws {
    #expect(Self.error([]) == .parts(1))
    #expect(Self.error(Array("a.b".utf8)) == .parts(2))
    #expect(Self.error(Array("a.b.c.d".utf8)) == .parts(4))
    #expect(Self.error(Array("a.b.c.d.e".utf8)) == .parts(5))
    let good = String(decoding: Self.token(#"{"alg":"ES256"}"#), as: UTF8.self)
    let parts = good.split(separator: ".").map(String.init)
    #expect(Self.error(Array(good.utf8)) == nil)
    for bad in ["=", " ", "\n", "+", "/", "é"] {
      #expect(Self.error(Array("\(parts[0])\(bad).\(parts[1]).\(parts[2])".utf8)) == .encoding(.header))
      #expect(Self.error(Array("\(parts[0]).\(parts[1])\(bad).\(parts[2])".utf8)) == .encoding(.payload))
      #expect(Self.error(Array("\(parts[0]).\(parts[1]).\(parts[2])\(bad)".utf8)) == .encoding(.signature))
    }
    // The unused bits of the last digit: two spellings of one signature.
    #expect(Self.error(Array("\(parts[0]).\(parts[1]).AR".utf8)) == .encoding(.signature))
    for header in [
      "", "[]", "1", #"{"alg":"ES256","alg":"none"}"#, #"{"alg":"ES256","\u0061lg":"none"}"#, #"{"alg":"ES256"} x"#,
      "\u{FEFF}{\"alg\":\"ES256\"}", #"{"alg":"ES256",}"#,
    ] {
      guard case .header = Self.error(Self.token(header)) else {
        Issue.record("accepted \(header)")
        continue
      }
    }
    #expect(Self.error(Self.token(#"{"alg":"ES256","kid":7}"#)) == .headerMember("kid"))
    #expect(Self.error(Self.token(#"{"alg":"ES256","typ":["vc+jwt"]}"#)) == .headerMember("typ"))
    #expect(
      Self.error(Self.token("{\"alg\":\"ES256\",\"kid\":\"\(String(repeating: "k", count: 1_025))\"}"))
        == .headerMember("kid")
    )
    let long = [UInt8](repeating: UInt8(ascii: "A"), count: CompactJWS.maxTokenBytes + 1)
    #expect(Self.error(long) == .tooLarge(bytes: long.count, max: CompactJWS.maxTokenBytes))
    let header = [UInt8](repeating: UInt8(ascii: "A"), count: CompactJWS.maxHeaderBytes + 1)
    #expect(
      Self.error(header + Array(".e30.AA".utf8)) == .tooLarge(bytes: header.count, max: CompactJWS.maxHeaderBytes)
    )
  }

  @Test func payloadMustBeAnObjectWhereOneIsAsked() throws {
    for payload in ["", "[]", "1", #"{"a":1,"a":2}"#, #"{"exp":9007199254740993}"#] {
      let jws = try CompactJWS.parse(Self.token(#"{"alg":"ES256"}"#, payload))
      #expect(throws: CompactTokenRejection.self) { try jws.payloadObject() }
    }
  }

  @Test func types() throws {
    for (type, matches) in [
      ("vc+jwt", true), ("application/vc+jwt", true), ("VC+JWT", true), ("Application/VC+jwt", true), ("vp+jwt", false),
      ("JWT", false), ("vc+jwt ", false), ("application/application/vc+jwt", false),
    ] {
      #expect(try CompactJWS.parse(Self.token("{\"alg\":\"ES256\",\"typ\":\"\(type)\"}")).hasType("vc+jwt") == matches)
    }
    #expect(try !CompactJWS.parse(Self.token(#"{"alg":"ES256"}"#)).hasType("vc+jwt"))
  }

  @Test func certificateChain() throws {
    func chain(_ x5c: JSON) throws -> [[UInt8]]? {
      try CompactJWS.parse(
        Self.token(String(decoding: (["alg": "ES256", "x5c": x5c] as JSONObject).canonical(), as: UTF8.self))
      ).certificateChain()
    }
    #expect(try chain(["AQ==", "AgM="]) == [[1], [2, 3]])
    #expect(try CompactJWS.parse(Self.token(#"{"alg":"ES256"}"#)).certificateChain() == nil)
    let bad: [JSON] = [
      [], "AQ==", ["AQ"], ["AR=="], ["A_8="], [""], [1], ["AQ==\n"], ["AQ==", .null],
      .array([JSON](repeating: "AQ==", count: 6)),
      [JSON(Base64.encode([UInt8](repeating: 1, count: 8_193)))], [JSON(String(repeating: "A", count: 20_000))],
    ]
    for value in bad { #expect(throws: CompactTokenRejection.headerMember("x5c")) { try chain(value) } }
    #expect(
      try chain(.array([JSON](repeating: JSON(Base64.encode([UInt8](repeating: 1, count: 8_192))), count: 5)))?.count
        == 5
    )
  }

  @Test func signaturesInOtherForms() throws {
    let key = try PrivateKey.generate(.p256)
    let good = try CompactJWS.parse(
      try CompactJWS.sign(header: [:], payload: Array("{}".utf8), key: key, algorithm: .es256)
    )
    func verifies(_ signature: [UInt8]) throws -> Bool {
      try CompactJWS.parse(good.signingInput + [0x2E] + Base64URL.encodeBytes(signature)).isSigned(by: key.publicKey)
    }
    #expect(try verifies(good.signature))
    func integer(_ half: ArraySlice<UInt8>) -> [UInt8] {
      var digits = Array(half.drop { $0 == 0 })
      if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
      return [2, UInt8(digits.count)] + digits
    }
    let body = integer(good.signature[..<32]) + integer(good.signature[32...])
    #expect(try !verifies([0x30, UInt8(body.count)] + body))  // DER
    #expect(try !verifies([UInt8](repeating: 0, count: 64)))  // CVE-2022-21449
    #expect(try !verifies([]))
    #expect(try !verifies(good.signature + [0]))
    #expect(try !verifies(Array(good.signature.dropLast())))
    let order = try #require(Hex.decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"))
    #expect(try !verifies(order + order))
    #expect(try !verifies(order + good.signature[32...]))
  }

  /// Every single bit of a whole token: nothing but the token itself verifies.
  @Test func everyFlippedBit() throws {
    let key = try PrivateKey.generate(.p256)
    let token = try CompactJWS.sign(
      header: ["typ": "vc+jwt", "kid": "did:web:a.example#k"],
      payload: Array(#"{"sub":"x","exp":1}"#.utf8),
      key: key,
      algorithm: .es256
    )
    var refused = 0
    var failed = 0
    for at in token.indices {
      for bit in 0..<8 {
        var flipped = token
        flipped[at] ^= 1 << UInt8(bit)
        do throws(CompactTokenRejection) {
          let jws = try CompactJWS.parse(flipped)
          #expect(try !Self.verifies(jws, key.publicKey))
          failed += 1
        } catch { refused += 1 }
      }
    }
    #expect(refused + failed == token.count * 8)
    #expect(failed > 100 && refused > 100)
  }
  static func verifies(_ jws: CompactJWS, _ key: PublicKey) throws(CompactTokenRejection) -> Bool {
    do {
      return try jws.isSigned(by: key)
    } catch {
      throw .headerMember("\(error)")
    }
  }
}

extension [UInt8] {
  var prefixOfTwoParts: [UInt8] { Array(self[..<(lastIndex(of: 0x2E) ?? 0)]) }
}
