public import Encodings

extension MembershipCredential {
  /// What is signed, as its canonical bytes: `payload.canonical()`.
  public var payload: JSONObject {
    ["@context": [.string(VerifiableCredential.contextURL), .string(Self.openBadgesContext), .string(context)],
      "id": .string(id), "type": ["VerifiableCredential", "OpenBadgeCredential", .string(type)], "name": .string(name),
      "issuer": .object(["id": .string(issuer.id), "type": ["Profile"], "name": .string(issuer.name), "url": issuer.url.map { .string($0) }]),
      "validFrom": JSON(validFrom.description), "validUntil": JSON(validUntil.description), "awardedDate": awardedDate.map { JSON($0.description) },
      "credentialSubject": .object(subjectJSON), "credentialStatus": .array(statusEntries.map { .object($0.json) }),
      "credentialSchema": schema.map { [.object(["id": .string($0), "type": "JsonSchema"])] },
      "relatedResource": contextDigest.map {
        [.object(["id": .string(context), "mediaType": "application/ld+json", "digestSRI": .string($0)])]
      },
      "iss": .string(issuer.id), "sub": .string(subject), "iat": issuedAt.map { .integer($0) }, "exp": .integer(validUntil.seconds)]
  }

  private var subjectJSON: JSONObject {
    let identifier = organization.organizationIdentifier.map {
      [.object(["type": "IdentityObject", "hashed": false, "identityHash": .string($0), "identityType": "ext:organizationIdentifier"])] as JSON
    }
    let types = ["AchievementSubject", "ChamberMember"] + (person.isEmpty ? [] : ["MemberPerson"])
    return ["id": .string(subject), "type": JSON(types), "identifier": identifier, "licenseNumber": licenseNumber.map { .string($0) },
      "achievement": .object(["id": .string(achievement.id), "type": ["Achievement"], "achievementType": .string(achievement.type),
        "name": .string(achievement.name), "description": .string(achievement.description),
        "criteria": .object(["id": achievement.criteriaID.map { .string($0) }, "narrative": .string(achievement.criteria)])]),
      "memberOrganization": organization == Organization() ? nil : .object(organization.json),
      "memberPerson": person.isEmpty ? nil : .object(personJSON)]
  }

  private var personJSON: JSONObject {
    var json = JSONObject()
    for (claim, text) in person { json[Text(claim.rawValue)] = .string(text) }
    return json
  }
}

extension MembershipCredential.Organization {
  var json: JSONObject {
    ["type": ["RegisteredOrganization"], "legalNameText": names.isEmpty ? nil : .array(names.map(\.json)),
      "organizationIdentifier": organizationIdentifier.map { .string($0) }, "registrationNumber": registrationNumber.map { .string($0) },
      "registrationAuthority": registrationAuthority.map { .string($0) }, "jurisdictionCode": jurisdictionCode.map { .string($0) },
      "legalFormText": legalFormText.map { .string($0) }, "legalFormCode": legalFormCode.map { .string($0) },
      "taxRegistrationNumber": taxRegistrationNumber.map { .string($0) }, "leiCode": leiCode.map { .string($0) },
      "membershipNumber": membershipNumber.map { .string($0) }, "membershipTier": membershipTier.map { .string($0) },
      "memberSince": memberSince.map { JSON($0.description) },
      "authorizedOrigin": authorizedOrigins.isEmpty ? nil : .array(authorizedOrigins.map { .string($0) }),
      "storefronts": storefronts.isEmpty ? nil : .array(storefronts.map {
        .object(["kind": JSON($0.kind.rawValue), "key": .string($0.key), "display": .string($0.display)])
      })]
  }
}

// MARK: - Reading

extension MembershipCredential {
  /// From the payload of a `vc+jwt` or of the Open Badges envelope, after its signature was verified.
  ///
  /// On top of the rules of VCDM 2.0: the three contexts in order, dates with offsets, claims that agree with the credential. Members we do
  /// not know are allowed at the top, as the standard wants, and refused inside what we define ourselves.
  public init(payload: JSONObject) throws(DocumentError) {
    self = try Fields.read(payload, Self.init)
  }

  /// The same without a tree.
  public init(payload: FlatJSON) throws(DocumentError) {
    self = try payload.read { (view) throws(DocumentError) in try Self(Fields(view)) }
  }

  private init(_ fields: Fields) throws(DocumentError) {
    let credential = try VerifiableCredential(fields)
    context = try Self.context(credential)
    contextDigest = credential.relatedResources.first { [context] in $0.id == context }?.digestSRI
    type = try Self.type(credential)
    guard let id = credential.id else { throw fields.failure("id", .missing) }
    guard HTTPSAddress.isOne(id) else { throw fields.failure("id", .notAURL) }
    self.id = id
    name = try fields.shownText("name", maxBytes: 512)
    guard try fields.value("issuer").isObject else { throw fields.failure("issuer", .wrongKind(expected: "an object with id and name")) }
    let issuerFields = try fields.object("issuer")
    issuer = Issuer(id: credential.issuer, name: try issuerFields.shownText("name", maxBytes: 512), url: try issuerFields.optionalURL("url"))
    validFrom = try fields.instant("validFrom")
    validUntil = try fields.instant("validUntil")
    awardedDate = try fields.optionalInstant("awardedDate")
    statuses = credential.statuses
    schema = try fields.noneOrMore("credentialSchema").first { _ in true }.flatMap { $0["id"]?.text }
    let subjectFields = try fields.object("credentialSubject")
    subject = try subjectFields.url("id")
    licenseNumber = try subjectFields.optionalShownText("licenseNumber", maxBytes: 64)
    achievement = try Achievement(try subjectFields.object("achievement"))
    organization = Organization()
    if let member = try subjectFields.optionalObject("memberOrganization") { organization = try Organization(member) }
    if let person = try subjectFields.optionalObject("memberPerson") { self.person = try Self.person(person) }
    issuedAt = credential.issuedAt
    try checkIdentifier(subjectFields)
    try checkClaims(fields, credential)
    if type == Self.membershipType { try checkMembership(subjectFields) }
  }

  private static func context(_ credential: VerifiableCredential) throws(DocumentError) -> Text {
    guard credential.contexts.count == 3 else { throw DocumentError("@context", .notAllowed(value: "\(credential.contexts.count) contexts")) }
    guard credential.contexts[1] == .url(openBadgesContext) else { throw DocumentError("@context[1]", .notAllowed(value: "another context")) }
    guard case .url(let own) = credential.contexts[2], HTTPSAddress.isOne(own, path: contextPath) else {
      throw DocumentError("@context[2]", .notAllowed(value: "another context"))
    }
    return own
  }

  private static func type(_ credential: VerifiableCredential) throws(DocumentError) -> Text {
    let types = credential.types
    func isKnown(_ type: Text) -> Bool { type.equals("VerifiableCredential") || type.equals("OpenBadgeCredential") || type.equals("AchievementCredential") }
    guard types.count == 3, types[0] != types[1], types[1] != types[2], types[0] != types[2], types.count(where: isKnown) == 2,
      let own = types.first(where: { !isKnown($0) })
    else { throw DocumentError("type", .notAllowed(value: "another list of types")) }
    return own
  }

  private static func person(_ fields: Fields) throws(DocumentError) -> [PersonClaim: Text] {
    try fields.onlyMembers(PersonClaim.allCases.map(\.rawValue))
    var claims: [PersonClaim: Text] = [:]
    for claim in PersonClaim.allCases { claims[claim] = try fields.optionalShownText(claim.rawValue, maxBytes: 1_024) }
    return claims
  }

  /// Open Badges wants the identifier once more; the two must be the same.
  private func checkIdentifier(_ fields: Fields) throws(DocumentError) {
    for value in try fields.noneOrMore("identifier", max: 8) {
      let item = try Fields(value)
      guard try item.check("identityType").equals("ext:organizationIdentifier") else { continue }
      guard item.object["hashed"]?.bool == false else { throw item.failure("hashed", .notAllowed(value: "other than false")) }
      let hash = try item.check("identityHash")
      guard let identifier = organization.organizationIdentifier, hash.equals(identifier) else {
        throw item.failure("identityHash", .conflict(with: fields.object.path("memberOrganization.organizationIdentifier")))
      }
    }
  }

  /// `iss` and `jti` against the credential were compared by VCDM's rules; here they must exist and end with it.
  private func checkClaims(_ fields: Fields, _ credential: VerifiableCredential) throws(DocumentError) {
    _ = try fields.check("iss")
    guard try fields.check("sub").equals(subject) else { throw fields.failure("sub", .conflict(with: "credentialSubject.id")) }
    guard try fields.seconds("exp") == validUntil.seconds else { throw fields.failure("exp", .conflict(with: "validUntil")) }
    if let notBefore = credential.notBefore, notBefore != validFrom.seconds { throw fields.failure("nbf", .conflict(with: "validFrom")) }
    if credential.notBefore == nil, issuedAt == nil { throw fields.failure("iat", .missing) }
  }

  /// What a buyer is told about a member must be there.
  private func checkMembership(_ fields: Fields) throws(DocumentError) {
    func missing(_ name: String) -> DocumentError { fields.failure("memberOrganization." + name, .missing) }
    if organization.names.isEmpty { throw missing("legalNameText") }
    if organization.organizationIdentifier == nil { throw missing("organizationIdentifier") }
    if organization.registrationNumber == nil { throw missing("registrationNumber") }
    if organization.registrationAuthority == nil { throw missing("registrationAuthority") }
    if organization.jurisdictionCode == nil { throw missing("jurisdictionCode") }
    if organization.membershipNumber == nil { throw missing("membershipNumber") }
    if organization.membershipTier == nil { throw missing("membershipTier") }
  }
}

extension MembershipCredential.Achievement {
  /// 2,000 characters, the longest text of a programme's profile, of four bytes each.
  static let maxTextBytes = 8_000

  init(_ fields: Fields) throws(DocumentError) {
    let id = try fields.url("id")
    guard MembershipCredential.programme(ofAchievement: id) != nil else { throw fields.failure("id", .notAllowed(value: id.string)) }
    let criteria = try fields.object("criteria")
    self.init(
      id: id, type: try fields.text("achievementType", maxBytes: 64), name: try fields.shownText("name", maxBytes: 256),
      description: try fields.shownText("description", maxBytes: Self.maxTextBytes),
      criteria: try criteria.shownText("narrative", maxBytes: Self.maxTextBytes), criteriaID: try criteria.optionalURL("id"))
  }
}

extension MembershipCredential.Organization {
  init(_ fields: Fields) throws(DocumentError) {
    try fields.onlyMembers(["type", "legalNameText", "organizationIdentifier", "registrationNumber", "registrationAuthority",
      "jurisdictionCode", "legalFormText", "legalFormCode", "taxRegistrationNumber", "leiCode", "membershipNumber", "membershipTier", "memberSince", "authorizedOrigin", "storefronts"])
    self.init()
    for value in try fields.noneOrMore("legalNameText", max: MembershipCredential.maxNames) {
      let name = try LocalizedText(value)
      _ = try Fields.shown(name.value, at: value.path("@value"))
      names.append(name)
    }
    organizationIdentifier = try fields.optionalShownText("organizationIdentifier", maxBytes: 128)
    registrationNumber = try fields.optionalShownText("registrationNumber", maxBytes: 64)
    registrationAuthority = try fields.optionalURL("registrationAuthority")
    jurisdictionCode = try fields.optionalShownText("jurisdictionCode", maxBytes: 6)  // ISO 3166-2
    legalFormText = try fields.optionalShownText("legalFormText", maxBytes: 256)
    legalFormCode = try fields.optionalShownText("legalFormCode", maxBytes: 4)  // ISO 20275
    taxRegistrationNumber = try fields.optionalShownText("taxRegistrationNumber", maxBytes: 64)
    leiCode = try fields.optionalShownText("leiCode", maxBytes: 26)  // the code, or LEIXG- and the code
    membershipNumber = try fields.optionalShownText("membershipNumber", maxBytes: 64)
    membershipTier = try fields.optionalShownText("membershipTier", maxBytes: 64)
    memberSince = try fields.optionalInstant("memberSince")
    for value in try fields.noneOrMore("authorizedOrigin", max: MembershipCredential.maxBindings) {
      let origin = try Fields.url(value)
      guard let address = HTTPSAddress(origin), address.path.isEmpty else { throw DocumentError(value.path, .notAllowed(value: origin.string)) }
      authorizedOrigins.append(origin)
    }
    for value in try fields.optionalArray("storefronts", max: MembershipCredential.maxBindings) {
      storefronts.append(try StorefrontBinding(try Fields(value)))
    }
  }
}

extension StorefrontBinding {
  init(_ fields: Fields) throws(DocumentError) {
    try fields.onlyMembers(["kind", "key", "display"])
    let name = try fields.check("kind")
    guard let kind = Kind.allCases.first(where: { name.equals($0.rawValue) }) else {
      throw fields.failure("kind", .notAllowed(value: name.string ?? ""))
    }
    let key = try fields.text("key", maxBytes: AbsoluteURL.maxBytes)
    // A key of another kind would widen the binding: `domain/` where the officer proved one host.
    let prefix = switch kind {
    case .platform: "platform/"
    case .host, .path: "site/"
    case .domain: "domain/"
    }
    let slashes = key.bytes.count { $0 == UInt8(ascii: "/") }
    let depth = switch kind {
    case .platform: slashes == 2
    case .host, .domain: slashes == 1
    case .path: (2...5).contains(slashes)
    }
    guard key.bytes.starts(with: prefix.utf8), key.bytes.last != UInt8(ascii: "/"), depth, key.bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw fields.failure("key", .notAllowed(value: key.string))
    }
    self.init(kind, key: key, display: try fields.shownText("display", maxBytes: AbsoluteURL.maxBytes))
  }
}
