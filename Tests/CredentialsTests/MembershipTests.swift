import Credentials
import Encodings
import PKI
import Testing

/// A credential with everything in it.
enum Sample {
  static let host = "khatm.example"
  static func credential() throws -> MembershipCredential {
    var organization = MembershipCredential.Organization()
    organization.names = [
      LocalizedText("Al Noor Trading LLC", language: "en"),
      LocalizedText("شركة النور للتجارة ذ.م.م", language: "ar", direction: .rtl),
    ]
    organization.organizationIdentifier = "NTRAE+DU-1256293"
    organization.registrationNumber = "1256293"
    organization.registrationAuthority = "https://register.example/"
    organization.jurisdictionCode = "AE-DU"
    organization.legalFormText = "Limited Liability Company"
    organization.membershipNumber = "495656"
    organization.membershipTier = "trusted"
    organization.memberSince = Instant(seconds: 1_551_657_600)
    organization.storefronts = [
      StorefrontBinding(.host, key: "site/alnoor.example", display: "https://alnoor.example/"),
      StorefrontBinding(.platform, key: "platform/souk/alnoor", display: "https://www.souk.example/en/s/alnoor"),
      StorefrontBinding(.path, key: "site/mall.example/shops/alnoor", display: "https://mall.example/shops/alnoor"),
      StorefrontBinding(.domain, key: "domain/alnoor.example", display: "alnoor.example"),
    ]
    let id = try CredentialID(reading: "7Q2M4XW9K3PDT5HBPA")
    return MembershipCredential(
      id: MembershipCredential.id(id, host: host),
      name: "Trusted Membership - Al Noor Trading LLC",
      context: Text("https://\(host)/ns/membership/v1"),
      contextDigest: MembershipContext.digestSRI(host: Text(host)),
      issuer: .init(id: "did:web:trust.chamber.example", name: "Example Chamber", url: "https://www.chamber.example/"),
      validFrom: Instant(seconds: 1_795_305_600),
      validUntil: Instant(seconds: 1_826_841_599),
      awardedDate: Instant(seconds: 1_795_305_600),
      subject: "https://trust.chamber.example/org/495656",
      achievement: .init(
        id: "https://trust.chamber.example/achievements/trusted-membership/v1",
        type: "Membership",
        name: "Trusted Membership",
        description: "A member in good standing.",
        criteria: "Licence, fees and premises were checked.",
        criteriaID: "https://trust.chamber.example/criteria/trusted-membership/v1"
      ),
      licenseNumber: "DCC-495656",
      organization: organization,
      statuses: [
        StatusEntry(purpose: "revocation", index: 94_567, list: "https://trust.chamber.example/status/revocation/3"),
        StatusEntry(purpose: "suspension", index: 23_452, list: "https://trust.chamber.example/status/suspension/3"),
      ],
      schema: "https://khatm.example/schemas/membership/v1.json",
      issuedAt: 1_795_335_300
    )
  }
}

/// What a payload says, and that it comes back.
@Suite struct MembershipTests {
  @Test func comesBack() throws {
    let credential = try Sample.credential()
    let bytes = credential.payload.canonical()
    let read = try MembershipCredential(payload: try JSONObject.parse(bytes))
    #expect(read == credential)
    #expect(read.payload.canonical() == bytes)
    #expect(read.credentialID?.description == "7Q2M4XW9K3PDT5HBPA")
    #expect(read.programme == "trusted-membership")
    #expect(
      read.bindings.map(\.key) == [
        "site/alnoor.example", "platform/souk/alnoor", "site/mall.example/shops/alnoor", "domain/alnoor.example",
      ]
    )
    #expect(read.organization.name(in: "ar")?.direction == .rtl)
    #expect(read.organization.name(in: "fr")?.value == "Al Noor Trading LLC")
    #expect(read.statusEntries.map(\.purpose) == ["revocation", "suspension"])
  }

  @Test func aPersonsCredential() throws {
    var credential = try Sample.credential()
    credential.type = "ChamberTrainingCredential"
    credential.organization = .init()
    credential.person = [
      .personName: "Aisha", .courseName: "Online trade", .courseHours: "16", .completedOn: "2026-11-20",
    ]
    let read = try MembershipCredential(payload: try JSONObject.parse(credential.payload.canonical()))
    #expect(read == credential)
    #expect(read.bindings.isEmpty)
  }

  @Test func onlyOurIdsAreIds() throws {
    var credential = try Sample.credential()
    for (id, found) in [
      ("https://khatm.example/c/7Q2M4XW9K3PDT5HBPA", true), ("https://khatm.example/c/7q2m4xw9k3pdt5hbpa", false),
      ("https://khatm.example/c/7Q2M-4XW9-K3PD-T5HB-PA", false),
      ("https://khatm.example/c/7Q2M4XW9K3PDT5HBPB", false), ("https://khatm.example/c/", false),
      ("https://khatm.example/credentials/8f2d6c1e-3b0a-4e57-9c41-6a7d90b1f2e4", false),
    ] {
      credential.id = Text(id)
      #expect((credential.credentialID != nil) == found, "\(id)")
    }
  }

  @Test(
    arguments: [
      ("https://a.example/achievements/trusted-membership/v1", "trusted-membership"),
      ("https://a.example/x/achievements/e-membership/v1", "e-membership"), ("https://a.example/achievements//v1", nil),
      ("https://a.example/achievements/Trusted/v1", nil), ("https://a.example/achievements/trusted/v2", nil),
      ("https://a.example/badges/trusted/v1", nil), ("https://a.example/achievements/trusted/v1/", nil), ("", nil),
    ] as [(String, String?)]
  )
  func programmes(_ id: String, _ programme: String?) throws {
    var credential = try Sample.credential()
    credential.achievement.id = Text(id)
    #expect(credential.programme?.string == programme)
  }

  /// Every rule by the member it is about. A value of nil removes the member.
  static let refused: [(String, JSON?, String)] = [
    ("@context", nil, "@context"), ("@context", "https://www.w3.org/ns/credentials/v2", "@context"),
    ("@context", [], "@context"), ("@context.0", "https://www.w3.org/2018/credentials/v1", "@context[0]"),
    ("@context.0", "https://www.w3.org/ns/credentials/v2/", "@context[0]"),
    ("@context.1", "https://www.w3.org/ns/credentials/examples/v2", "@context[1]"),
    ("@context.2", "https://khatm.example/ns/other/v1", "@context[2]"),
    ("@context.3", "https://evil.example/ctx", "@context"), ("@context.2", .object([:]), "@context[2]"),
    ("@context.2", "http://khatm.example/ns/membership/v1", "@context[2]"),
    ("id", nil, "id"), ("id", ["https://khatm.example/c/7Q2M4XW9K3PDT5HBPA"], "id"), ("id", "7Q2M4XW9K3PDT5HBPA", "id"),
    ("id", "http://khatm.example/c/7Q2M4XW9K3PDT5HBPA", "id"), ("id", "https://khatm.example/c/x?y", "id"),
    ("type", nil, "type"), ("type", "VerifiableCredential", "type"), ("type.0", "OpenBadgeCredential", "type"),
    ("type.3", "AnotherCredential", "type"), ("type.1", "Other", "type"), ("type.2", 1, "type[2]"),
    ("vc", .object([:]), "vc"), ("vp", .object([:]), "vp"), ("issuanceDate", "2026-11-22T00:00:00Z", "issuanceDate"),
    ("expirationDate", "2026-11-22T00:00:00Z", "expirationDate"),
    ("issuer", nil, "issuer"), ("issuer", "did:web:trust.chamber.example", "issuer"),
    ("issuer", [.object(["id": "did:web:trust.chamber.example"])], "issuer"), ("issuer.id", nil, "issuer.id"),
    ("issuer.id", "chamber", "issuer.id"),
    ("issuer.name", nil, "issuer.name"), ("issuer.name", "Cham\u{202E}ber", "issuer.name"),
    ("issuer.name", "a\nb", "issuer.name"), ("name", ["a", "b"], "name"), ("name", nil, "name"),
    ("name", .object(["@value": "x", "extra": 1]), "name.extra"),
    ("description", .object(["@value": "x", "@direction": "up"]), "description.@direction"),
    ("description", .object(["@value": "x", "@language": "e n"]), "description.@language"),
    ("description", 7, "description"),
    ("validFrom", nil, "validFrom"), ("validUntil", nil, "validUntil"),
    ("validFrom", ["2026-11-22T00:00:00Z"], "validFrom"), ("validFrom", "2026-11-22", "validFrom"),
    ("validFrom", "2026-11-22T00:00:00", "validFrom"),
    ("validFrom", "2026-02-30T00:00:00Z", "validFrom"), ("validFrom", "2026-11-22T24:00:00Z", "validFrom"),
    ("validFrom", "2026-11-22T23:59:60Z", "validFrom"), ("validFrom", "10000-01-01T00:00:00Z", "validFrom"),
    ("validFrom", "2028-01-01T00:00:00Z", "validUntil"), ("awardedDate", "yesterday", "awardedDate"),
    ("credentialSubject", nil, "credentialSubject"), ("credentialSubject", [], "credentialSubject"),
    ("credentialSubject", .object([:]), "credentialSubject"),
    ("credentialSubject", .object(["id": "https://a.example/"]), "credentialSubject"),
    ("credentialSubject.id", nil, "credentialSubject.id"),
    ("credentialSubject.id", "https://trust.chamber.example/org/1", "sub"),
    ("credentialSubject.achievement", nil, "credentialSubject.achievement"),
    ("credentialSubject.achievement.id", "https://trust.chamber.example/a", "credentialSubject.achievement.id"),
    ("credentialSubject.achievement.criteria", nil, "credentialSubject.achievement.criteria"),
    ("credentialSubject.memberOrganization", nil, "credentialSubject.identifier[0].identityHash"),
    ("credentialSubject.memberOrganization.legalNameText", nil, "credentialSubject.memberOrganization.legalNameText"),
    (
      "credentialSubject.memberOrganization.legalNameText.0.@value", "Al\u{2066}Noor",
      "credentialSubject.memberOrganization.legalNameText[0].@value"
    ),
    (
      "credentialSubject.memberOrganization.organizationIdentifier", "NTRAE+DU-2",
      "credentialSubject.identifier[0].identityHash"
    ), ("credentialSubject.identifier.0.hashed", true, "credentialSubject.identifier[0].hashed"),
    ("credentialSubject.memberOrganization.membershipTier", nil, "credentialSubject.memberOrganization.membershipTier"),
    ("credentialSubject.memberOrganization.ownerName", "x", "credentialSubject.memberOrganization.ownerName"),
    (
      "credentialSubject.memberOrganization.registrationAuthority", "register",
      "credentialSubject.memberOrganization.registrationAuthority"
    ), ("credentialSubject.memberOrganization.memberSince", "2019", "credentialSubject.memberOrganization.memberSince"),
    (
      "credentialSubject.memberOrganization.authorizedOrigin", ["http://a.example"],
      "credentialSubject.memberOrganization.authorizedOrigin[0]"
    ),
    (
      "credentialSubject.memberOrganization.authorizedOrigin", ["https://a.example/"],
      "credentialSubject.memberOrganization.authorizedOrigin[0]"
    ),
    (
      "credentialSubject.memberOrganization.authorizedOrigin", ["https://A.example"],
      "credentialSubject.memberOrganization.authorizedOrigin[0]"
    ),
    (
      "credentialSubject.memberOrganization.authorizedOrigin", ["https://*.example"],
      "credentialSubject.memberOrganization.authorizedOrigin[0]"
    ),
    (
      "credentialSubject.memberOrganization.storefronts.0.kind", "site",
      "credentialSubject.memberOrganization.storefronts[0].kind"
    ),
    (
      "credentialSubject.memberOrganization.storefronts.0.key", "domain/alnoor.example",
      "credentialSubject.memberOrganization.storefronts[0].key"
    ),
    (
      "credentialSubject.memberOrganization.storefronts.0.key", "site/alnoor.example/",
      "credentialSubject.memberOrganization.storefronts[0].key"
    ),
    (
      "credentialSubject.memberOrganization.storefronts.0.key", "site/a.example/b",
      "credentialSubject.memberOrganization.storefronts[0].key"
    ),
    (
      "credentialSubject.memberOrganization.storefronts.1.key", "platform/souk",
      "credentialSubject.memberOrganization.storefronts[1].key"
    ),
    (
      "credentialSubject.memberOrganization.storefronts.2.key", "site/mall.example",
      "credentialSubject.memberOrganization.storefronts[2].key"
    ),
    (
      "credentialSubject.memberOrganization.storefronts.0.provedBy", "dns",
      "credentialSubject.memberOrganization.storefronts[0].provedBy"
    ), ("credentialSubject.memberPerson", .object(["passport": "1"]), "credentialSubject.memberPerson.passport"),
    ("credentialStatus.0.statusListIndex", 94_567, "credentialStatus[0].statusListIndex"),
    ("credentialStatus.0.statusListIndex", " 94567", "credentialStatus[0].statusListIndex"),
    ("credentialStatus.0.type", nil, "credentialStatus[0].type"),
    ("credentialStatus.0.id", "https://trust.chamber.example/status/revocation/3", "credentialStatus[0].id"),
    ("credentialStatus", "none", "credentialStatus"), ("credentialSchema.0.id", nil, "credentialSchema[0].id"),
    ("credentialSchema.0.type", nil, "credentialSchema[0].type"),
    ("relatedResource.0.digestSRI", nil, "relatedResource[0].digestSRI"),
    ("relatedResource.0.id", nil, "relatedResource[0].id"), ("evidence", .object(["id": "x"]), "evidence.type"),
    ("termsOfUse", [1], "termsOfUse[0]"),
    ("iss", nil, "iss"), ("iss", "did:web:other.example", "iss"), ("sub", nil, "sub"),
    ("sub", "https://trust.chamber.example/org/2", "sub"), ("jti", "https://khatm.example/c/other", "jti"),
    ("exp", nil, "exp"), ("exp", 1_826_841_600, "exp"),
    ("exp", "1826841599", "exp"), ("exp", .number(1_826_841_599), "exp"), ("iat", nil, "iat"), ("iat", -1, "iat"),
    ("nbf", 1, "nbf"),
  ]

  @Test func whatIsRefusedAndWhere() throws {
    let good = try Sample.credential().payload
    for (path, value, place) in Self.refused {
      let changed =
        TrustListTests.changed(.object(good), path.split(separator: ".").map(String.init)[...], new: value)?.object
        ?? [:]
      #expect(changed != good, "\(path)")
      do throws(DocumentRejection) {
        _ = try MembershipCredential(payload: changed)
        Issue.record("accepted \(path) = \(String(describing: value))")
      } catch { #expect(error.where == place, "\(path) = \(String(describing: value)): \(error)") }
    }
  }

  @Test func whatIsAllowed() throws {
    let good = try Sample.credential().payload
    func read(_ path: String, _ value: JSON?) throws -> MembershipCredential {
      try MembershipCredential(
        payload: TrustListTests.changed(.object(good), path.split(separator: ".").map(String.init)[...], new: value)?
          .object
          ?? [:]
      )
    }
    // Unknown members and claims are ignored at the top (VC-JOSE-COSE 1.0 section 3).
    _ = try read("somethingElse", .object(["a": 1]))
    _ = try read("cnf", .object(["jwk": .object([:])]))
    // A status we cannot read is kept as such: never a good one.
    #expect(
      try read("credentialStatus.0.type", "StatusList2021Entry").statuses.first
        == .unsupported(type: "StatusList2021Entry")
    )
    #expect(
      try read("credentialStatus.0.statusSize", 2).statuses.first == .unsupported(type: "BitstringStatusListEntry")
    )
    #expect(try read("credentialStatus", nil).statuses.isEmpty)
    #expect(try read("relatedResource", nil).contextDigest == nil)
    let origins = try read(
      "credentialSubject.memberOrganization.authorizedOrigin",
      ["https://a.example", "https://b.example:8443"]
    )
    #expect(origins.bindings.prefix(2).map(\.key) == ["site/a.example", "site/b.example:8443"])
    #expect(origins.bindings.prefix(2).allSatisfy { $0.kind == .host })
  }

  @Test func foreignCredentials() throws {
    let foreign: JSONObject = [
      "@context": ["https://www.w3.org/ns/credentials/v2", .object(["@vocab": "https://a.example/"])],
      "type": ["VerifiableCredential", "Diploma"], "issuer": "https://a.example/issuer",
      "validFrom": "2026-11-22T00:00:00",
      "credentialSubject": [.object(["name": "x"]), .object(["id": "did:example:1", "name": "y"])],
    ]
    let credential = try VerifiableCredential(payload: foreign)
    #expect(credential.validFrom == Instant(seconds: 1_795_305_600))
    #expect(credential.subjects.count == 2)
    #expect(credential.id == nil)
    #expect(throws: DocumentRejection.self) { try MembershipCredential(payload: foreign) }
  }

  @Test func theContextDefinesEveryTerm() throws {
    let bytes = MembershipContext.bytes(host: "khatm.example")
    let context = try #require(JSONObject.parse(bytes)["@context"]?.object)
    #expect(MembershipContext.digestSRI(host: "khatm.example") == Text("sha384-" + Base64.encode(SHA2.sha384(bytes))))
    var credential = try Sample.credential()
    credential.organization.authorizedOrigins = ["https://a.example"]
    credential.organization.legalFormCode = "ABCD"
    credential.organization.taxRegistrationNumber = "VATAE-100000000000003"
    credential.organization.leiCode = "984500EXAMPLE0000122"
    for claim in PersonClaim.allCases { credential.person[claim] = "x" }
    let payload = try #require(OpenBadge.payload(of: credential))
    let subject = try #require(payload["credentialSubject"]?.object)
    var used: [Text] = ["jti"]
    for name in ["memberOrganization", "memberPerson"] as [Text] {
      used += [name] + (try #require(subject[name]?.object)).names
    }
    for term in used where term != "type" { #expect(context[term] != nil, "\(term)") }
    for type in ["ChamberMembershipCredential", "ChamberMember", "MemberPerson", "RegisteredOrganization"] as [Text] {
      #expect(context[type] != nil, "\(type)")
    }
    let scoped = try #require(context["storefronts"]?.object?["@context"]?.object)
    for term in ["kind", "key", "display"] as [Text] { #expect(scoped[term] != nil) }
    // What the other two contexts define must not be defined again: they are protected.
    for term in [
      "id", "type", "name", "issuer", "validFrom", "iss", "sub", "iat", "exp", "nbf", "achievement", "licenseNumber",
      "identifier", "awardedDate",
    ] as [Text] { #expect(context[term] == nil) }
  }
}

/// The envelope of Open Badges.
@Suite struct OpenBadgeTests {
  @Test func theEnvelope() throws {
    let credential = try Sample.credential()
    let key = try PrivateKey.generate(.rsa(bits: 2048))
    let keyURL = OpenBadge.keyURL(key.publicKey, host: "trust.chamber.example")
    let token = try #require(try OpenBadge.sign(credential, keyURL: keyURL, key: key, algorithm: .rs256))
    let jws = try CompactJWS.parse(token)
    #expect(jws.header.names == ["alg", "kid", "typ"])
    #expect(jws.keyID == keyURL)
    #expect(try jws.isSigned(by: key.publicKey))
    let payload = try jws.payloadObject()
    #expect(payload["credentialStatus"]?.object?["statusPurpose"] == "suspension")
    #expect(payload["iat"] == nil && payload["credentialSchema"] == nil)
    #expect(
      payload["jti"] == .string(credential.id) && payload["nbf"] == 1_795_305_600 && payload["exp"] == 1_826_841_599
    )
    let read = try OpenBadge.read(jws)
    #expect(read.organization == credential.organization)
    #expect(read.statusEntries.count == 1)
    #expect(read.issuedAt == nil)
  }

  @Test func refusals() throws {
    let key = try PrivateKey.generate(.p256)
    let payload = try #require(OpenBadge.payload(of: try Sample.credential()))
    func read(_ header: JSONObject, _ change: (inout JSONObject) -> Void = { _ in }) throws -> MembershipCredential {
      var payload = payload
      change(&payload)
      return try OpenBadge.read(
        try CompactJWS.parse(
          try CompactJWS.sign(header: header, payload: payload.canonical(), key: key, algorithm: .es256)
        )
      )
    }
    _ = try read(["kid": "https://a.example/k", "typ": "JWT"])
    #expect(throws: OpenBadgeRejection.headerMember("cty")) { try read(["cty": "vc"]) }
    #expect(throws: OpenBadgeRejection.headerMember("x5c")) { try read(["x5c": ["AQ=="]]) }
    #expect(throws: OpenBadgeRejection.headerMember("typ")) { try read(["typ": "vc+jwt"]) }
    for name in ["iss", "sub", "jti", "nbf", "exp"] as [Text] {
      #expect(throws: OpenBadgeRejection.document(DocumentRejection(name.string, .missing))) {
        try read([:]) { $0[name] = nil }
      }
    }
    var without = try Sample.credential()
    without.statuses = []
    #expect(OpenBadge.payload(of: without) == nil)
  }
}

/// What is found in an input.
@Suite struct CredentialInputTests {
  static let token = CompactJWSTests.token(#"{"alg":"ES256","typ":"vc+jwt"}"#)
  static func envelope(
    _ token: [UInt8],
    type: String = "EnvelopedVerifiableCredential",
    prefix: String = "data:application/vc+jwt,"
  ) -> JSON {
    .object([
      "@context": "https://www.w3.org/ns/credentials/v2", "type": JSON(type),
      "id": JSON(prefix + String(decoding: token, as: UTF8.self)),
    ])
  }
  static func presentation(_ items: [JSON]) -> JSONObject {
    ["type": ["VerifiablePresentation"], "verifiableCredential": .array(items)]
  }

  @Test func whatIsInside() throws {
    let alone = CredentialInput(items: [.token(Self.token)], isPresentation: false)
    let shown = CredentialInput(items: [.token(Self.token)], isPresentation: true)
    #expect(try CredentialInput.read(Self.token) == alone)
    #expect(try CredentialInput.read([0x20, 0x0A] + Self.token + [0x0D, 0x0A]) == alone)
    #expect(try CredentialInput.read(Self.envelope(Self.token)) == alone)
    #expect(try CredentialInput.read(Self.envelope(Self.token).canonical()) == alone)
    #expect(try CredentialInput.read(Self.presentation([Self.envelope(Self.token)]).canonical()) == shown)
    let vp = CompactJWSTests.token(
      #"{"alg":"ES256","typ":"vp+jwt"}"#,
      String(decoding: Self.presentation([Self.envelope(Self.token)]).canonical(), as: UTF8.self)
    )
    #expect(try CredentialInput.read(vp) == shown)
    #expect(
      try CredentialInput.read(
        Self.envelope(vp, type: "EnvelopedVerifiablePresentation", prefix: "data:application/vp+jwt,")
      ) == shown
    )
    let document: JSONObject = ["type": ["VerifiableCredential"], "proof": .object([:])]
    #expect(
      try CredentialInput.read(document.canonical())
        == CredentialInput(items: [.document(document)], isPresentation: false)
    )
  }

  @Test func whatIsRefused() throws {
    #expect(throws: CredentialInputRejection.empty) { try CredentialInput.read(Array(" \n".utf8)) }
    #expect(throws: CredentialInputRejection.token(.parts(1))) { try CredentialInput.read(Array("hello".utf8)) }
    #expect(throws: CredentialInputRejection.json(JSONRejection(kind: .duplicateName, offset: 0))) {
      try CredentialInput.read(Array(#"{"type":"a","type":"b"}"#.utf8))
    }
    #expect(throws: CredentialInputRejection.self) { try CredentialInput.read(JSON.integer(1)) }
    #expect(throws: CredentialInputRejection.self) { try CredentialInput.read(JSON.object([:])) }
    for prefix in ["data:application/vc+jwt;base64,", "data:application/jwt,", "DATA:application/vc+jwt,", ""] {
      #expect(throws: CredentialInputRejection.self) {
        try CredentialInput.read(Self.envelope(Self.token, prefix: prefix))
      }
    }
    #expect(throws: CredentialInputRejection.self) { try CredentialInput.read(Self.presentation([]).canonical()) }
    #expect(throws: CredentialInputRejection.self) {
      try CredentialInput.read(Self.presentation([JSON](repeating: Self.envelope(Self.token), count: 17)).canonical())
    }
    #expect(throws: CredentialInputRejection.nestedTooDeep) {
      try CredentialInput.read(Self.presentation([.object(Self.presentation([Self.envelope(Self.token)]))]).canonical())
    }
    #expect(throws: CredentialInputRejection.self) {
      try CredentialInput.read([UInt8](repeating: UInt8(ascii: "a"), count: CompactJWS.maxTokenBytes + 1))
    }
  }
}
