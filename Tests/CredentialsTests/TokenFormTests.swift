import Credentials
import Encodings
import PKI
import Testing

/// A compact token has one spelling (RFC 7515 sections 2 and 7.1).
@Suite struct TokenFormTests {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private let parts = ["eyJhbGciOiJFUzI1NiJ9", "e30", "c2ln"]  // {"alg":"ES256"}, {}, sig

  private func error(_ parts: [String]) -> CompactTokenRejection? {
    CompactJWSTests.error(Array(parts.joined(separator: ".").utf8))
  }
  private func error(_ at: Int, _ text: String) -> CompactTokenRejection? {
    var changed = parts
    changed[at] = text
    return error(changed)
  }

  @Test func points() {
    #expect(error(parts) == nil)
    for (count, texts) in [
      (1, ["", "eyJhbGciOiJFUzI1NiJ9"]), (2, [".", "a.", ".a"]), (4, ["...", "a.b.c.", ".a.b.c", "a..b.c"]),
      (5, ["a.b.c.d.e"]),
    ] {
      for text in texts { #expect(CompactJWSTests.error(Array(text.utf8)) == .parts(count), "\(text)") }
    }
    let many = [UInt8](repeating: UInt8(ascii: "."), count: 10_000)
    #expect(CompactJWSTests.error(many) == .parts(10_001))
    #expect(error(0, "") == .header(JSONRejection(kind: .unexpectedEnd, offset: 0)))
    #expect(error(1, "") == nil && error(2, "") == nil)  // no payload and no signature are forms, and verify nothing
  }

  @Test func spellings() {
    for (at, name) in [CompactTokenRejection.Part.header, .payload, .signature].enumerated() {
      let good = parts[at]
      for bad in [
        good + "=", good + "==", " " + good, good + " ", good + "\n", "\t" + good, good + "\u{0}", good + "%",
        good + "é",
      ] {
        #expect(error(at, bad) == .encoding(name), "\(bad)")
      }
      for foreign in ["ab+d", "ab/d", "ab,d", "ab|d", "ab\"d", "ab\\d"] {
        #expect(error(at, foreign) == .encoding(name), "\(foreign)")
      }
    }
  }

  /// Where the last digit holds bits of no byte they are zero: 4 of 64 digits may stand after one, 16 after two, and
  /// one alone is nothing.
  @Test func bitsOfNoByte() {
    for (prefix, wanted) in [("", 0), ("A", 4), ("AA", 16), ("AAA", 64), ("AAAA", 0)] {
      var good: [UInt8] = []
      for digit in Self.alphabet where error(2, prefix + String(decoding: [digit], as: UTF8.self)) == nil {
        good.append(digit)
      }
      #expect(good.count == wanted, "\(prefix)")
      let step = wanted == 0 ? 64 : 64 / wanted
      #expect(
        good == Self.alphabet.enumerated().filter { wanted > 0 && $0.offset % step == 0 }.map(\.element),
        "\(prefix)"
      )
    }
    for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: ".") {
      let token = Array("\(parts[0]).\(parts[1]).AAA".utf8) + [byte]
      #expect((CompactJWSTests.error(token) == nil) == Self.alphabet.contains(byte), "\(byte)")
    }
  }

  @Test func sizesAtTheirLimits() throws {
    let token = Array(parts.joined(separator: ".").utf8)
    #expect(try CompactJWS.parse(token, maxBytes: token.count).token == token)
    #expect(throws: CompactTokenRejection.tooLarge(bytes: token.count, max: token.count - 1)) {
      try CompactJWS.parse(token, maxBytes: token.count - 1)
    }
    // A header of exactly the limit, padded with white space inside the JSON.
    let bytes = CompactJWS.maxHeaderBytes / 4 * 3
    let header = "{\"alg\":\"ES256\"" + String(repeating: " ", count: bytes - 15) + "}"
    #expect(CompactJWSTests.error(CompactJWSTests.token(header)) == nil)
    #expect(
      CompactJWSTests.error(CompactJWSTests.token(header + " "))
        == .tooLarge(bytes: CompactJWS.maxHeaderBytes + 2, max: CompactJWS.maxHeaderBytes)
    )
    for (name, limit) in [("kid", 1_024), ("typ", 1_024), ("cty", 1_024)] {
      let long = String(repeating: "k", count: limit)
      #expect(CompactJWSTests.error(CompactJWSTests.token("{\"alg\":\"ES256\",\"\(name)\":\"\(long)\"}")) == nil)
      #expect(
        CompactJWSTests.error(CompactJWSTests.token("{\"alg\":\"ES256\",\"\(name)\":\"\(long)k\"}"))
          == .headerMember(name)
      )
      for value in ["1", "null", "true", "[]", "{}"] {
        #expect(
          CompactJWSTests.error(CompactJWSTests.token("{\"alg\":\"ES256\",\"\(name)\":\(value)}"))
            == .headerMember(name),
          "\(name) \(value)"
        )
      }
    }
  }

  @Test func membersOfTheHeader() throws {
    let jws = try CompactJWS.parse(CompactJWSTests.token(#"{"cty":"a","kid":"b","typ":"c","alg":"Ed25519","x":1}"#))
    #expect(
      (jws.contentType, jws.keyID, jws.type) == ("a", "b", "c") && jws.algorithm == .eddsa && jws.header["x"] == 1
    )
    #expect(
      jws.headerBytes == Array(#"{"cty":"a","kid":"b","typ":"c","alg":"Ed25519","x":1}"#.utf8)
        && jws.payload == Array("{}".utf8)
    )
    #expect(jws.signingInput == Array(jws.token.dropLast(3)) && jws.signature == [1])
    let bare = try CompactJWS.parse(CompactJWSTests.token(#"{"alg":"ES256"}"#))
    #expect(bare.contentType == nil && bare.keyID == nil && bare.type == nil)
    // Folding is of ASCII letters: the Kelvin sign is no k.
    let kelvin = try CompactJWS.parse(CompactJWSTests.token("{\"alg\":\"ES256\",\"typ\":\"\u{212A}hatm\"}"))
    #expect(!kelvin.hasType("khatm"))
    #expect(try CompactJWS.parse(CompactJWSTests.token(#"{"alg":"ES256","typ":"KHATM"}"#)).hasType("khatm"))
  }

  @Test func whatIsWritten() throws {
    let key = try PrivateKey.generate(.ed25519)
    let header: JSONObject = ["typ": "b", "kid": "a", "alg": "HS256"]
    let token = try CompactJWS.sign(header: header, payload: [], key: key, algorithm: .eddsa)
    let jws = try CompactJWS.parse(token)
    #expect(jws.headerBytes == Array(#"{"alg":"EdDSA","kid":"a","typ":"b"}"#.utf8) && jws.payload.isEmpty)
    // Ed25519 signs alike each time
    #expect(try CompactJWS.sign(header: header, payload: [], key: key, algorithm: .eddsa) == token)
    #expect(throws: CompactTokenRejection.payload(JSONRejection(kind: .unexpectedEnd, offset: 0))) {
      try jws.payloadObject()
    }
    for algorithm in SignatureAlgorithm.allCases where algorithm != .eddsa {
      #expect(throws: OpenSSLFailure.self) {
        try CompactJWS.sign(header: [:], payload: [], key: key, algorithm: algorithm)
      }
    }
    let small = JSONLimits(maxBytes: 10, maxDepth: 1, maxMembers: 1)
    let two = try CompactJWS.parse(CompactJWSTests.token(#"{"alg":"ES256"}"#, #"{"a":1,"b":2}"#))
    #expect(throws: CompactTokenRejection.self) { try two.payloadObject(limits: small) }
    #expect(try two.payloadObject() == ["a": 1, "b": 2])
  }
}

/// Each member of a key, spoiled.
@Suite struct JWKMemberTests {
  /// RFC 8037 appendix A.3, and the EC key of RFC 7517 appendix A.1.
  @Test func thumbprintsOfKnownKeys() throws {
    let ed: JSONObject = ["kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"]
    let ec: JSONObject = [
      "kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
      "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    ]
    for (json, thumbprint) in [
      (ed, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"), (ec, "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"),
    ] {
      let key = try JWK(json)
      #expect(key.thumbprint == thumbprint && JWK(publicKey: key.publicKey).json == json)
      // What is not required does not count.
      var more = json
      for (name, value) in [("kid", "x"), ("use", "sig"), ("x5t", "y"), ("key_ops", ["verify"]), ("ext", true)]
        as [(Text, JSON)]
      { more[name] = value }
      let longer = try JWK(more)
      #expect(
        longer.thumbprint == thumbprint && longer.json == more && longer != key && longer.publicKey == key.publicKey
      )
    }
  }

  /// Each required member of each kind: missing, of every wrong kind, in a wrong spelling.
  @Test func everyMemberOfEveryKind() throws {
    for (kind, names) in [
      (KeyKind.p256, ["x", "y"]), (.p384, ["x", "y"]), (.ed25519, ["x"]), (.rsa(bits: 2048), ["n", "e"]),
    ] as [(KeyKind, [Text])] {
      let good = JWK(publicKey: try PrivateKey.generate(kind).publicKey).json
      for name in names {
        let text = try #require(good[name]?.string)
        let bad: [JSON?] = [
          nil, .null, 1, true, [], .object([:]), [JSON(text)], "", "=", JSON(text + "="), JSON(text + " "),
          JSON("+" + text.dropFirst()), JSON(text + "\n"),
        ]
        for value in bad {
          var json = good
          json[name] = value
          #expect(JWKTests.error(json) == .member(name.string), "\(kind) \(name) \(String(describing: value))")
        }
      }
      for (name, value, wanted) in [
        ("kty", nil, JWKRejection.member("kty")), ("kty", .null, .member("kty")), ("kty", "oct", .unsupported("oct")),
        ("kty", "AKP", .unsupported("AKP")),
        ("use", "enc", .notForSignatures), ("use", "", .notForSignatures), ("use", 1, .notForSignatures),
        ("key_ops", .null, .member("key_ops")),
        ("key_ops", ["sign", "decrypt"], .notForSignatures), ("alg", 1, .member("alg")),
        ("alg", "RS512", .unsupported("RS512")),
        ("kid", .null, .member("kid")),
        ("d", .null, .privateMember("d")), ("k", .null, .privateMember("k")),
      ] as [(Text, JSON?, JWKRejection)] {
        var json = good
        json[name] = value
        #expect(JWKTests.error(json) == wanted, "\(kind) \(name) \(String(describing: value))")
      }
      for algorithm in SignatureAlgorithm.allCases {
        var json = good
        json["alg"] = JSON(algorithm.rawValue)
        #expect(JWKTests.error(json) == (kind.fits(algorithm) ? nil : .algorithmDoesNotFit(algorithm.rawValue)))
      }
    }
  }

  @Test func curvesAndLengths() throws {
    let p256 = JWK(publicKey: try PrivateKey.generate(.p256).publicKey).json
    let ed = JWK(publicKey: try PrivateKey.generate(.ed25519).publicKey).json
    func changed(_ json: JSONObject, _ name: Text, new value: JSON?) -> JWKRejection? {
      var json = json
      json[name] = value
      return JWKTests.error(json)
    }
    for curve in ["P-224", "P-521", "secp256k1", "p-256", "P256", "P-256 ", "P-256\u{301}", "", "Ed25519"] {
      #expect(changed(p256, "crv", new: JSON(curve)) == .unsupported(curve))
    }
    for curve in ["Ed448", "X25519", "ed25519", "P-256", ""] {
      #expect(changed(ed, "crv", new: JSON(curve)) == .unsupported(curve))
    }
    for json in [p256, ed] {
      for value in [nil, 1, .null, ["P-256"]] as [JSON?] { #expect(changed(json, "crv", new: value) == .member("crv")) }
    }
    let x = try #require(Base64URL.decode(p256["x"]?.text?.bytes ?? []))
    for bytes in [Array(x.dropLast()), x + [0], [0] + x] {
      #expect(changed(p256, "x", new: JSON(Base64URL.encode(bytes))) == .key(.malformed))
    }
    for count in [31, 33, 57] {
      #expect(changed(ed, "x", new: JSON(Base64URL.encode([UInt8](repeating: 9, count: count)))) == .key(.malformed))
    }
    #expect(changed(ed, "x", new: JSON(Base64URL.encode([1] + [UInt8](repeating: 0, count: 31)))) == .key(.lowOrder))
    // members of another kind mean nothing
    #expect(changed(ed, "y", new: "AA") == nil && changed(p256, "n", new: "AA") == nil)
  }

  @Test func sets() throws {
    let key = try PrivateKey.generate(.ed25519).publicKey
    let bare = JSON.object(JWK(publicKey: key).json)
    // without names there is no clash
    #expect(try JWK.set(["keys": .array([JSON](repeating: bare, count: 64))]).count == 64)
    #expect(throws: JWKRejection.member("keys")) { try JWK.set(["keys": .array([JSON](repeating: bare, count: 65))]) }
    for keys in [.null, .object([:]), "", [.null], ["x"], [[bare]]] as [JSON] {
      #expect(throws: JWKRejection.member("keys")) { try JWK.set(["keys": keys]) }
    }
    #expect(try JWK.set(["keys": []]).isEmpty)
    let named = [Text("a"), "A", "a\u{301}", "á"].map { JSON.object(JWK(publicKey: key, keyID: $0).json) }
    #expect(try JWK.set(["keys": .array(named)]).map(\.keyID) == ["a", "A", "a\u{301}", "á"])  // compared byte by byte
    #expect(throws: JWKRejection.duplicateKeyID("A")) { try JWK.set(["keys": .array(named + [named[1]])]) }
  }

  @Test func whatIsWritten() throws {
    let key = try PrivateKey.generate(.p384).publicKey
    #expect(JWK(publicKey: key).json.names == ["crv", "kty", "x", "y"])
    let full = JWK(publicKey: key, keyID: "k", algorithm: .es384)
    #expect(
      full.json.names == ["alg", "crv", "kid", "kty", "use", "x", "y"] && full.json["use"] == "sig"
        && full.json["alg"] == "ES384"
    )
    #expect(try JWK(full.json) == full && full.algorithm == .es384)
  }
}
