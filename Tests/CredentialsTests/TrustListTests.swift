import Credentials
import Encodings
import PKI
import Testing

/// The list of chambers: signed, read, spoiled.
@Suite struct TrustListTests {
  static func make() throws -> TrustList {
    let key = try PrivateKey.generate(.p256).publicKey
    let answer = try PrivateKey.generate(.p256).publicKey
    var service = TrustList.Service(status: .init(.suspended, since: Instant(seconds: 1_794_000_000)))
    service.previous = [.init(.granted, since: Instant(seconds: 1_793_491_200))]
    service.credentialTypes = ["ChamberMembershipCredential"]
    service.programmes = ["trusted-membership"]
    service.tiers = ["trusted"]
    service.subjectIdentifierPrefixes = ["NTRAE+DU-"]
    service.issuingCAs = [.init([1, 2, 3])]
    service.keys = [
      .init(key, keyID: "did:web:trust.a.example#k", algorithm: .es256, purpose: .credential, notBefore: 1, expires: 2)
    ]
    service.statusLists = ["https://trust.a.example/status/"]
    var list = TrustList(
      issuer: "https://khatm.example",
      subject: "https://khatm.example/trust-list",
      issuedAt: 1_795_305_600,
      expires: 1_797_897_600,
      sequenceNumber: 42,
      nextUpdate: Instant(seconds: 1_795_910_400)
    )
    list.schemeName = "Example"
    list.schemeTerritory = "AE"
    list.policy = "https://khatm.example/policy/v1"
    list.entities = [
      .init(id: "did:web:trust.a.example", name: "غرفة المثال", jurisdiction: "AE-DU", services: [service])
    ]
    list.answerKeys = [.init(answer, keyID: "answer-1", algorithm: .es256, purpose: .answer, notBefore: 1, expires: 2)]
    list.logKeys = ["khatm.example/log+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"]
    list.pointers = [.init(location: "https://other.example/list.jwt", signerSHA256: [UInt8](repeating: 7, count: 32))]
    list.programmeRules = [
      .init(
        id: "trusted-membership",
        tier: "trusted",
        policy: "1.3.6.1.4.1.32473.2.2",
        maxDays: 366,
        logged: true,
        title: ["ar": "عضوية موثوقة", "en": "Trusted Membership", "fr": "Membre de confiance", "zh": "可信会员"]
      )
    ]
    list.platforms = .init(version: "2026-11-20", sha256: [UInt8](repeating: 8, count: 32))
    return list
  }

  @Test func comesBack() throws {
    let list = try Self.make()
    #expect(try TrustList(payload: try JSONObject.parse(list.payload.canonical())) == list)
    let service = try #require(list.entity("did:web:trust.a.example")?.services.first)
    #expect(service.status(at: Instant(seconds: 1_793_491_199)) == nil)
    #expect(service.status(at: Instant(seconds: 1_793_491_200)) == .granted)
    #expect(service.status(at: Instant(seconds: 1_793_999_999)) == .granted)
    #expect(service.status(at: Instant(seconds: 1_794_000_000)) == .suspended)
    #expect(list.entity("did:web:trust.b.example") == nil)
    #expect(list.programme("trusted-membership")?.maxDays == 366)
    #expect(list.programme("e-membership") == nil)
  }

  @Test func signedByTheConfiguredRootOnly() throws {
    let root = try PrivateKey.generate(.p384)
    let other = try PrivateKey.generate(.p384)
    let certificate: [UInt8] = [0x30, 1, 2]
    let list = try Self.make()
    let token = try list.sign(root: root, rootCertificate: certificate)
    let hash = SHA2.sha256(certificate)
    #expect(try TrustList.read(token, root: root.publicKey, rootSHA256: hash) == list)
    #expect(try TrustList.read(token, root: root.publicKey, rootSHA256: nil) == list)
    #expect(throws: TrustListRejection.signatureWrong) {
      try TrustList.read(token, root: other.publicKey, rootSHA256: hash)
    }
    #expect(throws: TrustListRejection.otherRoot(Base64URL.encode(hash))) {
      try TrustList.read(token, root: root.publicKey, rootSHA256: SHA2.sha256([1]))
    }
    let bytes = list.payload.canonical()
    let kid = JSON(Base64URL.encode(hash))
    let wrongType = try CompactJWS.sign(
      header: ["typ": "vc+jwt", "kid": kid],
      payload: bytes,
      key: root,
      algorithm: .es384
    )
    #expect(throws: TrustListRejection.wrongType("vc+jwt")) {
      try TrustList.read(wrongType, root: root.publicKey, rootSHA256: hash)
    }
    let small = try PrivateKey.generate(.p256)
    let wrongAlgorithm = try CompactJWS.sign(
      header: ["typ": JSON(TrustList.tokenType), "kid": kid],
      payload: bytes,
      key: small,
      algorithm: .es256
    )
    #expect(throws: TrustListRejection.wrongAlgorithm("ES256")) {
      try TrustList.read(wrongAlgorithm, root: small.publicKey, rootSHA256: hash)
    }
    let noKid = try CompactJWS.sign(
      header: ["typ": JSON(TrustList.tokenType)],
      payload: bytes,
      key: root,
      algorithm: .es384
    )
    #expect(throws: TrustListRejection.otherRoot("")) {
      try TrustList.read(noKid, root: root.publicKey, rootSHA256: hash)
    }
    #expect(throws: TrustListRejection.token(.payload(JSONRejection(kind: .unexpectedEnd, offset: 0)))) {
      try TrustList.read(
        try CompactJWS.sign(header: ["typ": JSON(TrustList.tokenType)], payload: [], key: root, algorithm: .es384),
        root: root.publicKey,
        rootSHA256: nil
      )
    }
  }

  /// P-384 verification is slow: one bit of every byte, another one each time.
  @Test func flippedBits() throws {
    let root = try PrivateKey.generate(.p384)
    let token = try Self.make().sign(root: root, rootCertificate: [1])
    for at in stride(from: 0, to: token.count, by: 7) {
      var flipped = token
      flipped[at] ^= 1 << UInt8(at % 8)
      #expect(throws: TrustListRejection.self) { try TrustList.read(flipped, root: root.publicKey, rootSHA256: nil) }
    }
  }

  /// Sets or removes the member at a path of names and positions.
  static func changed(_ value: JSON, _ path: ArraySlice<String>, new: JSON?) -> JSON? {
    guard let first = path.first else { return new }
    if var object = value.object {
      object[Text(first)] = changed(object[Text(first)] ?? .object([:]), path.dropFirst(), new: new)
      return .object(object)
    }
    guard var items = value.array, let at = Int(first) else { return value }
    if at == items.count {
      items.append(new ?? .null)
    } else if let item = changed(items[at], path.dropFirst(), new: new) {
      items[at] = item
    } else {
      items.remove(at: at)
    }
    return .array(items)
  }

  @Test func whatIsRefused() throws {
    let good = try Self.make().payload
    let entity = try #require(good["entities"]?.array?.first)
    let s = "entities.0.services.0"
    let bad: [(String, JSON?)] = [
      ("iss", nil), ("iss", "khatm"), ("iat", nil), ("exp", "1"), ("exp", 1), ("listSequenceNumber", nil),
      ("listSequenceNumber", "42"), ("listSequenceNumber", -1), ("listSequenceNumber", .number(42)),
      ("nextUpdate", "2026-11-29"), ("schemeName", ""), ("schemeName", "a\u{202E}b"), ("unknown", 1), ("entities", nil),
      ("entities", .object([:])), ("entities.1", entity),
      ("entities.0.id", "https://trust.a.example"), ("entities.0.id", "did:web:127.0.0.1"), ("entities.0.name", nil),
      ("entities.0.extra", 1), ("\(s).status", "GRANTED"), ("\(s).status", nil),
      ("\(s).statusStartingTime", nil), ("\(s).statusStartingTime", "2026-02-30T00:00:00Z"),
      ("\(s).previousStatus.0.statusStartingTime", "2026-12-01T00:00:00Z"), ("\(s).extra", 1),
      ("\(s).credentialTypes", nil), ("\(s).credentialTypes", ["a", "a"]), ("\(s).tiers", "trusted"),
      ("\(s).statusLists.0", "https://trust.a.example/status"),
      ("\(s).statusLists.0", "http://trust.a.example/status/"),
      ("\(s).issuingCA.0.x5t#S256", "AAAA"), ("\(s).issuingCA.0.x5c", "AQID!"), ("\(s).issuingCA.0.x5c", "BAUG"),
      ("\(s).keys.0.kid", nil), ("\(s).keys.0.alg", nil), ("\(s).keys.0.d", "AA"),
      ("\(s).keys.0.purpose", "everything"), ("\(s).keys.0.nbf", nil), ("\(s).keys.0.exp", 1),
      ("\(s).keys.0.use", "enc"), ("answerKeys.0.x", "AA"), ("logKeys", "one"), ("platforms.sha256", "AA"),
      ("programmes.0.id", nil), ("programmes.0.policy", nil), ("programmes.0.maxDays", 0),
      ("programmes.0.maxDays", "366"), ("programmes.0.logged", "yes"), ("programmes.0.logged", nil),
      ("programmes.0.title.zh", nil), ("programmes.0.title.ar", "\u{202E}"), ("programmes.0.more", 1),
      ("programmes.1", good["programmes"]?.array?.first),
      ("pointersToOtherLists.0.location", nil), ("pointersToOtherLists.0.more", 1),
    ]
    #expect(try TrustList(payload: good).entities.count == 1)
    for (path, value) in bad {
      let payload =
        Self.changed(.object(good), path.split(separator: ".").map(String.init)[...], new: value)?.object ?? [:]
      #expect(payload != good, "\(path)")
      #expect(throws: DocumentRejection.self, "\(path) = \(String(describing: value))") {
        try TrustList(payload: payload)
      }
    }
  }

  @Test func errorsNameTheMember() throws {
    let payload =
      Self.changed(.object(try Self.make().payload), ["entities", "0", "services", "0", "keys", "0", "nbf"], new: "x")?
      .object ?? [:]
    #expect(throws: DocumentRejection("entities[0].services[0].keys[0].nbf", .notAnInteger)) {
      try TrustList(payload: payload)
    }
  }
}
