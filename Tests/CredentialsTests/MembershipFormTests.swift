import Encodings
import Foundation
import PKI
import TestSupport
import Testing

@testable import Credentials

/// The programmes of the sample.
enum Programme: CaseIterable {
  case membership, training, representative, businessCard

  /// A credential of this programme with every claim it may have.
  func credential() throws -> MembershipCredential {
    var credential = try Sample.credential()
    credential.organization.authorizedOrigins = ["https://a.example"]
    credential.organization.legalFormCode = "ABCD"
    credential.organization.taxRegistrationNumber = "VATAE-100000000000003"
    credential.organization.leiCode = "984500EXAMPLE0000122"
    switch self {
    case .membership: return credential
    case .training:
      credential.type = "ChamberTrainingCredential"
      credential.organization = .init()
      credential.person = [
        .personName: "Aisha", .courseName: "Online trade", .courseHours: "16", .completedOn: "2026-11-20",
      ]
    case .representative:
      credential.type = "ChamberRepresentativeCredential"
      credential.person = [
        .representativeName: "Omar", .representativeRole: "agent", .scope: "sales",
        .onPlatform: "https://www.souk.example/",
        .actsUntil: "2027-05-31",
      ]
    case .businessCard:
      credential.type = "ChamberBusinessCardCredential"
      credential.organization.storefronts = []
      credential.person = [
        .personName: "Li Wei", .jobTitle: "Manager", .workEmail: "li@a.example", .workPhone: "+971 4 000 0000",
      ]
    }
    return credential
  }
}

/// The JSON-LD terms that stand in force at each place of a payload. A term that no context defines would be dropped by
/// readers that follow JSON-LD, and the document that they verify would be another one.
@Suite struct ContextTermTests {
  /// Terms by the class on which the contexts of W3C and Open Badges 3.0.3 scope them; the empty name: everywhere.
  static let w3c: [String: Set<String>] = [
    "": ["id", "type", "name", "description", "mediaType", "digestSRI", "iss", "sub", "iat", "nbf", "exp"],
    "VerifiableCredential": [
      "credentialSchema", "credentialStatus", "credentialSubject", "issuer", "relatedResource", "validFrom",
      "validUntil",
    ],
    "BitstringStatusListEntry": ["statusListCredential", "statusListIndex", "statusPurpose"], "JsonSchema": [],
  ]
  static let openBadges: [String: Set<String>] = [
    "OpenBadgeCredential": ["awardedDate", "credentialSubject", "issuer"],
    "AchievementSubject": ["achievement", "identifier", "licenseNumber"],
    "Achievement": ["achievementType", "criteria", "description", "name"], "Profile": ["name", "url"],
    "IdentityObject": ["hashed", "identityHash", "identityType"],
  ]

  /// Visits every member of a payload.
  struct Walk {
    let ours: JSONObject
    private(set) var unknown: Set<String> = []
    private(set) var used: Set<String> = []

    init(ours: JSONObject) { self.ours = ours }

    mutating func walk(_ value: JSON, at path: String, scoped: Set<String>) {
      if let items = value.array { for item in items { walk(item, at: path, scoped: scoped) } }
      guard let object = value.object else { return }
      var terms = ContextTermTests.w3c[""] ?? []
      terms.formUnion(scoped)
      let types = object["type"]?.array?.compactMap(\.string) ?? [object["type"]?.string].compactMap { $0 }
      for type in types {
        let scope = [ContextTermTests.w3c[type], ContextTermTests.openBadges[type]].compactMap { $0 }
        if scope.isEmpty, ours[Text(type)] == nil { unknown.insert("\(path) type \(type)") }
        for more in scope { terms.formUnion(more) }
        used.insert(type)
      }
      for member in object.members where member.name != "@context" {
        let name = member.name.string
        if ["@value", "@language", "@direction"].contains(name) { continue }
        let own = ours[member.name]?.object
        guard terms.contains(name) || ours[member.name] != nil else {
          unknown.insert("\(path).\(name)")
          continue
        }
        if ours[member.name] != nil { used.insert(name) }
        var inside = Set((own?["@context"]?.object?.names ?? []).map(\.string))
        if name == "criteria" { inside.insert("narrative") }
        walk(member.value, at: "\(path).\(name)", scoped: inside)
      }
    }
  }

  private func context() throws -> JSONObject {
    try #require(JSONObject.parse(MembershipContext.bytes(host: "khatm.example"))["@context"]?.object)
  }

  @Test func everyTermOfEveryProgrammeIsDefined() throws {
    var used: Set<String> = []
    for programme in Programme.allCases {
      let credential = try programme.credential()
      for payload in [credential.payload, try #require(OpenBadge.payload(of: credential))] {
        var walk = Walk(ours: try context())
        walk.walk(.object(payload), at: "", scoped: [])
        #expect(walk.unknown.isEmpty, "\(programme): \(walk.unknown)")
        used.formUnion(walk.used)
      }
    }
    // And the reverse: nothing of ours is defined that no programme says.
    let defined = Set(try context().names.map(\.string)).subtracting(["@protected", "km"])
    #expect(defined.subtracting(used).isEmpty, "\(defined.subtracting(used))")
  }

  @Test func theWalkSeesWhatIsNotDefined() throws {
    let payload = try Programme.membership.credential().payload
    for (path, value, found) in [
      ("credentialSubject.memberOrganization.owner", "x", ".credentialSubject.memberOrganization.owner"),
      ("notATerm", 1, ".notATerm"),
      ("credentialSubject.kind", "host", ".credentialSubject.kind"),  // scoped to storefronts
      ("credentialSubject.type.1", "Unknown", ".credentialSubject type Unknown"),
      ("issuer.narrative", "x", ".issuer.narrative"),
    ] as [(String, JSON, String)] {
      var walk = Walk(ours: try context())
      let changed = try #require(
        TrustListTests.changed(.object(payload), path.split(separator: ".").map(String.init)[...], new: value)
      )
      walk.walk(changed, at: "", scoped: [])
      #expect(walk.unknown == [found], "\(walk.unknown)")
    }
  }

  /// The table above against the context itself, and no term of ours over one that is protected there.
  @Test func theTableIsThatOfW3C() throws {
    guard let folder = VectorSet.folder("contexts-and-schemas") else { return }
    let file = Array(try Data(contentsOf: folder.appending(path: "credentials-v2.jsonld")))
    let theirs = try #require(JSONObject.parse(file)["@context"]?.object)
    var checked = 0
    for (name, terms) in Self.w3c {
      let scope = name.isEmpty ? theirs : theirs[Text(name)]?.object?["@context"]?.object ?? [:]
      #expect(name.isEmpty || theirs[Text(name)] != nil, "\(name)")
      for term in terms {
        #expect(scope[Text(term)] != nil, "\(name) \(term)")
        checked += 1
      }
    }
    for name in try context().names where name != "@protected" { #expect(theirs[name] == nil, "\(name)") }
    VectorSet.ran("contexts-and-schemas: terms of the v2 context", cases: checked, passed: checked)
  }

  @Test func theContextItself() throws {
    let own = try context()
    #expect(own["@protected"] == true && own["km"] == "https://khatm.example/ns/membership/v1#")
    #expect(MembershipContext.bytes(host: "a.example") != MembershipContext.bytes(host: "b.example"))
    #expect(MembershipContext.bytes(host: "a.example") == MembershipContext.bytes(host: "a.example"))
    for (term, type) in [
      ("registrationAuthority", "@id"), ("authorizedOrigin", "@id"),
      ("memberSince", "http://www.w3.org/2001/XMLSchema#dateTime"), ("jti", "@id"),
    ]
      as [(Text, JSON)]
    { #expect(own[term]?.object?["@type"] == type, "\(term)") }
    for name in own.names where name != "@protected" && name != "km" && name != "jti" {
      #expect(own[name]?.object?["@id"] == JSON("km:\(name)"), "\(name)")
    }
    #expect(own["storefronts"]?.object?["@context"]?.object?["@protected"] == true)
  }
}

/// Every member of the payload: missing, of another kind, too long, unknown.
@Suite struct MembershipFormTests {
  private func error(_ payload: JSONObject, _ path: String, value: JSON?) throws -> DocumentRejection? {
    let changed = try #require(
      TrustListTests.changed(.object(payload), path.split(separator: ".").map(String.init)[...], new: value)?.object
    )
    do throws(DocumentRejection) {
      _ = try MembershipCredential(payload: changed)
      return nil
    } catch { return error }
  }

  /// As errors write it.
  private func written(_ path: String) -> String {
    path.split(separator: ".").reduce("") {
      Int($1) == nil ? ($0.isEmpty ? String($1) : "\($0).\($1)") : "\($0)[\($1)]"
    }
  }

  /// What is written straight away is canonical, with and without each member that may be left out.
  @Test func writtenAsItIsSigned() throws {
    var whole = try Programme.membership.credential()
    whole.organization.authorizedOrigins = ["https://a.example"]
    whole.organization.leiCode = "LEIXG-5493001KJTIIGC8Y1R12"
    whole.organization.taxRegistrationNumber = "100\"2\\3"
    whole.organization.names.append(LocalizedText("ش\u{6}ركة", language: "ar", direction: .rtl))
    whole.achievement.criteriaID = "https://a.example/criteria"
    whole.person = [.personName: "Amal", .completedOn: "2026-11-20"]
    whole.licenseNumber = "1"
    let changes: [(inout MembershipCredential) -> Void] = [
      { _ in }, { $0.awardedDate = nil }, { $0.schema = nil }, { $0.issuedAt = nil }, { $0.issuer.url = nil },
      { $0.contextDigest = nil }, { $0.achievement.criteriaID = nil },
      { $0.organization.organizationIdentifier = nil }, { $0.licenseNumber = nil }, { $0.organization = .init() },
      { $0.person = [:] }, { $0.organization.names = [] }, { $0.organization.storefronts = [] },
      { $0.organization.authorizedOrigins = [] }, { $0.organization.memberSince = nil },
      { $0.organization.legalFormCode = "8888" }, { $0.statuses = [] },
    ]
    for (place, change) in changes.enumerated() {
      var credential = whole
      change(&credential)
      #expect(try JSONObject.parse(credential.canonicalPayload).canonical() == credential.canonicalPayload, "\(place)")
      #expect(credential.payload.canonical() == credential.canonicalPayload, "\(place)")
    }
  }

  @Test func everyProgrammeComesBack() throws {
    for programme in Programme.allCases {
      let credential = try programme.credential()
      let bytes = credential.payload.canonical()
      let read = try MembershipCredential(payload: try JSONObject.parse(bytes))
      #expect(read == credential && read.payload.canonical() == bytes, "\(programme)")
      let types = credential.payload["credentialSubject"]?.object?["type"]
      #expect(
        types == JSON(["AchievementSubject", "ChamberMember"] + (programme == .membership ? [] : ["MemberPerson"]))
      )
    }
  }

  private static let limits: [(String, Int)] = [
    ("name", 512), ("issuer.name", 512), ("credentialSubject.licenseNumber", 64),
    ("credentialSubject.achievement.achievementType", 64),
    ("credentialSubject.achievement.name", 256), ("credentialSubject.achievement.description", 8_000),
    ("credentialSubject.achievement.criteria.narrative", 8_000),
    ("credentialSubject.memberOrganization.registrationNumber", 64),
    ("credentialSubject.memberOrganization.jurisdictionCode", 6),
    ("credentialSubject.memberOrganization.legalFormText", 256),
    ("credentialSubject.memberOrganization.legalFormCode", 4),
    ("credentialSubject.memberOrganization.taxRegistrationNumber", 64),
    ("credentialSubject.memberOrganization.leiCode", 26), ("credentialSubject.memberOrganization.membershipNumber", 64),
    ("credentialSubject.memberOrganization.membershipTier", 64),
    ("credentialSubject.memberOrganization.storefronts.0.display", 2_048),
    ("credentialSubject.memberPerson.personName", 1_024), ("credentialSubject.memberPerson.jobTitle", 1_024),
  ]

  @Test func textsAtTheirLimits() throws {
    let payload = try Programme.membership.credential().payload
    for (path, max) in Self.limits {
      let place = written(path)
      #expect(try error(payload, path, value: JSON(String(repeating: "a", count: max))) == nil, "\(path)")
      #expect(
        try error(payload, path, value: JSON(String(repeating: "a", count: max + 1)))
          == DocumentRejection(place, .tooLong(maxBytes: max)),
        "\(path)"
      )
      #expect(
        try error(payload, path, value: JSON("غ" + String(repeating: "a", count: max - 1)))
          == DocumentRejection(place, .tooLong(maxBytes: max))
      )  // bytes
      #expect(try error(payload, path, value: "") == DocumentRejection(place, .empty), "\(path)")
      for value in [1, .null, .array(["a"])] as [JSON] {
        #expect(try error(payload, path, value: value) != nil, "\(path) \(value)")
      }
    }
  }

  /// A name that is shown may not turn the sentence it stands in.
  @Test func charactersThatAreNotShown() throws {
    let payload = try Programme.membership.credential().payload
    for (path, _) in Self.limits
    where !path.hasSuffix("achievementType") && !path.hasSuffix("legalFormCode") && !path.hasSuffix("jurisdictionCode")
    {
      for scalar in [
        UInt32(0), 9, 0x0D, 0x7F, 0x85, 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2066, 0x2069, 0xFEFF,
        0xFFFE,
      ] {
        let text = "a" + String(Character(try #require(UnicodeScalar(scalar))))
        #expect(
          try error(payload, path, value: JSON(text)) == DocumentRejection(written(path), .forbiddenCharacter(scalar)),
          "\(path) \(scalar)"
        )
      }
    }
    #expect(try error(payload, "name", value: "a\u{200D}\u{0301}😀 غ") == nil)
  }

  @Test func listsAtTheirLimits() throws {
    let payload = try Programme.membership.credential().payload
    let organization = "credentialSubject.memberOrganization"
    let page: JSON = .object(["kind": "host", "key": "site/a.example", "display": "a.example"])
    for (path, item, max) in [
      ("\(organization).storefronts", page, 64), ("\(organization).authorizedOrigin", "https://a.example", 64),
      ("\(organization).legalNameText", "a", 8),
      ("credentialSubject.identifier", .object(["identityType": "other"]), 8),
      ("credentialStatus", .object(["type": "Other"]), 64),
      ("relatedResource", .null, 64), ("credentialSchema", .null, 64), ("evidence", .object(["type": "E"]), 64),
      ("type", "T", 64),
    ] as [(String, JSON, Int)] {
      #expect(
        try error(payload, path, value: .array([JSON](repeating: item, count: max + 1)))
          == DocumentRejection(written(path), .tooMany(max: max)),
        "\(path)"
      )
      #expect(
        try error(payload, path, value: .array([JSON](repeating: item, count: max)))?.what != .tooMany(max: max),
        "\(path)"
      )
    }
    #expect(try error(payload, "\(organization).storefronts", value: []) == nil)
    #expect(
      try error(payload, "\(organization).authorizedOrigin", value: [])
        == DocumentRejection("\(organization).authorizedOrigin", .empty)
    )
  }

  /// What each kind of binding may name.
  @Test func keysOfBindings() throws {
    let payload = try Programme.membership.credential().payload
    let path = "credentialSubject.memberOrganization.storefronts.0"
    for (kind, good, bad) in [
      (
        "host", ["site/a.example", "site/a.example:8443"],
        ["site", "site/a.example/b", "domain/a.example", "SITE/a.example"]
      ),
      ("domain", ["domain/a.example"], ["domain/a.example/b", "site/a.example", "domain"]),
      ("platform", ["platform/souk/alnoor"], ["platform/souk", "platform/souk/a/b", "site/souk/alnoor"]),
      (
        "path", ["site/a.example/b", "site/a.example/b/c/d/e"],
        ["site/a.example", "site/a.example/b/c/d/e/f", "domain/a.example/b"]
      ),
    ] {
      func binding(_ key: String) -> JSON { .object(["kind": JSON(kind), "key": JSON(key), "display": "x"]) }
      for key in good { #expect(try error(payload, path, value: binding(key)) == nil, "\(kind) \(key)") }
      for key in bad + ["", "\(good[0])/", "\(good[0]) ", "\(good[0])\u{7F}", good[0] + "é"] {
        #expect(try error(payload, path, value: binding(key))?.where == written("\(path).key"), "\(kind) \(key)")
      }
    }
    for kind in ["Host", "site", "", "host "] {
      #expect(try error(payload, "\(path).kind", value: JSON(kind))?.where == written("\(path).kind"), "\(kind)")
    }
  }

  @Test func languagesAndDirections() throws {
    let payload = try Programme.membership.credential().payload
    let path = "credentialSubject.memberOrganization.legalNameText"
    for direction in LocalizedText.Direction.allCases {
      let name = LocalizedText("x", language: "ar-AE", direction: direction)
      #expect(try Fields.read(["name": name.json]) { try LocalizedText($0.value("name")) } == name)
      #expect(try error(payload, path, value: name.json) == nil)
    }
    #expect(LocalizedText("x").json == .object(["@value": "x"]))
    for (member, value, what) in [
      ("@value", nil, DocumentRejection.What.missing), ("@value", "", .empty),
      ("@value", 1, .wrongKind(expected: "a text")),
      ("@language", "", .empty),
      ("@language", "ar_AE", .notAllowed(value: "ar_AE")), ("@language", "é", .notAllowed(value: "é")),
      ("@direction", "LTR", .notAllowed(value: "LTR")),
      ("@language", JSON(String(repeating: "a", count: 36)), .tooLong(maxBytes: 35)),
      ("@direction", .null, .wrongKind(expected: "a text")),
      ("@type", "x", .unknownMember),
    ] as [(Text, JSON?, DocumentRejection.What)] {
      var object: JSONObject = ["@value": "x", "@language": "ar"]
      object[member] = value
      #expect(
        try error(payload, path, value: .object(object)) == DocumentRejection("\(path).\(member)", what),
        "\(member)"
      )
    }
    var organization = MembershipCredential.Organization()
    #expect(organization.name(in: "ar") == nil)
    organization.names = [.init("a", language: "en-GB"), .init("b", language: "AR-ae"), .init("c")]
    for (language, wanted) in [
      ("en", "a"), ("ar", "b"), ("AR", "b"), ("e", "a"), ("zh", "a"), ("en-GB", "a"), ("", "a"),
    ] {
      #expect(organization.name(in: language)?.value == Text(wanted), "\(language)")
    }
  }

  /// Open Badges 3.0: what its schema and section 8.2 require of the second envelope.
  @Test func membersOpenBadgesRequires() throws {
    for programme in Programme.allCases {
      let credential = try programme.credential()
      let payload = try #require(OpenBadge.payload(of: credential))
      func object(_ value: JSON?) throws -> JSONObject { try #require(value?.object) }
      func has(_ json: JSONObject, _ names: [Text]) -> [Text] { names.filter { json[$0] == nil } }
      let subject = try object(payload["credentialSubject"])
      let achievement = try object(subject["achievement"])
      #expect(
        has(
          payload,
          [
            "@context", "id", "type", "credentialSubject", "issuer", "validFrom", "name", "iss", "jti", "nbf", "sub",
            "exp",
          ]
        ) == []
      )
      #expect(
        has(subject, ["type", "achievement"]) == []
          && has(achievement, ["id", "type", "criteria", "description", "name"]) == []
      )
      #expect(has(try object(payload["issuer"]), ["id", "type", "name"]) == [])
      #expect(has(try object(achievement["criteria"]), ["narrative"]) == [])
      #expect(
        payload["@context"]?.array?.prefix(2) == [
          "https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ]
      )
      #expect(
        payload["iss"] == payload["issuer"]?.object?["id"] && payload["sub"] == subject["id"]
          && payload["jti"] == payload["id"]
      )
      if let identifier = subject["identifier"]?.array?.first {
        #expect(has(try object(identifier), ["type", "hashed", "identityHash", "identityType"]) == [])
      } else {
        #expect(programme == .training)
      }
      #expect(try object(payload["credentialStatus"])["statusPurpose"] == "suspension")
      for absent in ["iat", "credentialSchema", "vc"] as [Text] { #expect(payload[absent] == nil) }
    }
  }

  /// The statement says since when; a reader takes it apart by these members and no others.
  @Test func statementsOfAState() throws {
    let at = try #require(Instant(rfc3339: "2026-11-22T09:15:03Z"))
    let plain = StatusStatement(
      issuer: "did:web:a.example",
      subject: "https://khatm.example/c/1",
      state: "suspended",
      at: at,
      replacedBy: nil
    )
    #expect(
      String(decoding: plain.payload.canonical(), as: UTF8.self)
        == #"{"at":"2026-11-22T09:15:03Z","iat":\#(at.seconds),"iss":"did:web:a.example","state":"suspended","#
        + #""sub":"https://khatm.example/c/1"}"#
    )
    let replaced = StatusStatement(
      issuer: plain.issuer,
      subject: plain.subject,
      state: "superseded",
      at: at,
      replacedBy: "https://khatm.example/c/2"
    )
    #expect(
      replaced.payload["by"] == "https://khatm.example/c/2"
        && replaced.payload.names == ["at", "by", "iat", "iss", "state", "sub"]
    )
    #expect(plain != replaced && StatusStatement.tokenType == "khatm-status+jwt")
    let half = StatusStatement(
      issuer: "a:b",
      subject: "c:d",
      state: "active",
      at: Instant(seconds: 5, nanoseconds: 500_000_000),
      replacedBy: nil
    )
    #expect(half.payload["iat"] == 5 && half.payload["at"] == "1970-01-01T00:00:05.5Z")
    let key = try PrivateKey.generate(.p256)
    let token = try CompactJWS.sign(
      header: ["typ": JSON(StatusStatement.tokenType)],
      payload: plain.payload.canonical(),
      key: key,
      algorithm: .es256
    )
    let jws = try CompactJWS.parse(token)
    #expect(
      try jws.hasType(StatusStatement.tokenType) && jws.isSigned(by: key.publicKey)
        && jws.payloadObject() == plain.payload
    )
  }
}
