public import Encodings

extension MembershipCredential {
  /// What is signed, as a tree.
  // what is written here is JSON: see the tests
  public var payload: JSONObject { (try? JSONObject.parse(canonicalPayload)) ?? [:] }

  /// What is signed (RFC 8785): written straight away, for twelve thousand credentials at a time. Members stand in
  /// their order.
  public var canonicalPayload: [UInt8] {
    var out = CanonicalJSONWriter(capacity: 4_096)
    out.openObject()
    out.list("@context", [VerifiableCredential.contextURL, Self.openBadgesContext, context])
    out.optional("awardedDate", awardedDate)
    if let schema {
      out.name("credentialSchema")
      out.openArray()
      out.openObject()
      out.optional("id", schema)
      out.optional("type", Self.schemaType)
      out.closeObject()
      out.closeArray()
    }
    out.name("credentialStatus")
    out.openArray()
    for entry in statusEntries { out.value(.object(entry.json)) }
    out.closeArray()
    out.name("credentialSubject")
    writeSubject(to: &out)
    out.name("exp")
    out.value(.integer(validUntil.seconds))
    if let issuedAt {
      out.name("iat")
      out.value(.integer(issuedAt))
    }
    out.optional("id", id)
    out.optional("iss", issuer.id)
    out.name("issuer")
    out.openObject()
    out.optional("id", issuer.id)
    out.optional("name", issuer.name)
    out.list("type", [Self.profileType])
    out.optional("url", issuer.url)
    out.closeObject()
    out.optional("name", name)
    if let contextDigest {
      out.name("relatedResource")
      out.openArray()
      out.openObject()
      out.optional("digestSRI", contextDigest)
      out.optional("id", context)
      out.optional("mediaType", Self.contextMediaType)
      out.closeObject()
      out.closeArray()
    }
    out.optional("sub", subject)
    out.list("type", [Self.credentialType, Self.openBadgeType, type])
    out.optional("validFrom", validFrom)
    out.optional("validUntil", validUntil)
    out.closeObject()
    return out.bytes
  }

  private static let schemaType: Text = "JsonSchema", profileType: Text = "Profile",
    contextMediaType: Text = "application/ld+json"
  private static let credentialType: Text = "VerifiableCredential", openBadgeType: Text = "OpenBadgeCredential",
    achievementType: Text = "Achievement"
  private static let identityType: Text = "ext:organizationIdentifier", identityObject: Text = "IdentityObject"
  private static let subjectTypes: [Text] = ["AchievementSubject", "ChamberMember"], personType: Text = "MemberPerson"

  private func writeSubject(to out: inout CanonicalJSONWriter) {
    out.openObject()
    out.name("achievement")
    out.openObject()
    out.optional("achievementType", achievement.type)
    out.name("criteria")
    out.openObject()
    out.optional("id", achievement.criteriaID)
    out.optional("narrative", achievement.criteria)
    out.closeObject()
    out.optional("description", achievement.description)
    out.optional("id", achievement.id)
    out.optional("name", achievement.name)
    out.list("type", [Self.achievementType])
    out.closeObject()
    out.optional("id", subject)
    if let identifier = organization.organizationIdentifier {
      out.name("identifier")
      out.openArray()
      out.openObject()
      out.name("hashed")
      out.value(false)
      out.optional("identityHash", identifier)
      out.optional("identityType", Self.identityType)
      out.optional("type", Self.identityObject)
      out.closeObject()
      out.closeArray()
    }
    out.optional("licenseNumber", licenseNumber)
    if organization != Organization() {
      out.name("memberOrganization")
      organization.write(to: &out)
    }
    if !person.isEmpty {
      out.name("memberPerson")
      out.value(.object(person.reduce(into: JSONObject()) { $0[Text($1.key.rawValue)] = .string($1.value) }))
    }
    out.list("type", Self.subjectTypes + (person.isEmpty ? [] : [Self.personType]))
    out.closeObject()
  }
}

extension MembershipCredential.Organization {
  private static let type: Text = "RegisteredOrganization"

  fileprivate func write(to out: inout CanonicalJSONWriter) {
    out.openObject()
    if !authorizedOrigins.isEmpty { out.list("authorizedOrigin", authorizedOrigins) }
    out.optional("jurisdictionCode", jurisdictionCode)
    out.optional("legalFormCode", legalFormCode)
    out.optional("legalFormText", legalFormText)
    if !names.isEmpty {
      out.name("legalNameText")
      out.openArray()
      for name in names { out.value(name.json) }
      out.closeArray()
    }
    out.optional("leiCode", leiCode)
    out.optional("memberSince", memberSince)
    out.optional("membershipNumber", membershipNumber)
    out.optional("membershipTier", membershipTier)
    out.optional("organizationIdentifier", organizationIdentifier)
    out.optional("registrationAuthority", registrationAuthority)
    out.optional("registrationNumber", registrationNumber)
    if !storefronts.isEmpty {
      out.name("storefronts")
      out.openArray()
      for page in storefronts {
        out.openObject()
        out.optional("display", page.display)
        out.optional("key", page.key)
        out.name("kind")
        out.value(page.kind.rawValue)
        out.closeObject()
      }
      out.closeArray()
    }
    out.optional("taxRegistrationNumber", taxRegistrationNumber)
    out.list("type", [Self.type])
    out.closeObject()
  }
}

extension CanonicalJSONWriter {
  fileprivate mutating func optional(_ name: StaticString, _ text: Text?) {
    guard let text else { return }
    self.name(name)
    value(text)
  }
  fileprivate mutating func optional(_ name: StaticString, _ instant: Instant?) {
    guard let instant else { return }
    self.name(name)
    value(instant)
  }
  fileprivate mutating func list(_ name: StaticString, _ texts: [Text]) {
    self.name(name)
    openArray()
    for text in texts { value(text) }
    closeArray()
  }
}

// MARK: - Reading

extension MembershipCredential {
  /// From the payload of a `vc+jwt` or of the Open Badges envelope, after its signature was verified.
  ///
  /// On top of the rules of VCDM 2.0: the three contexts in order, dates with offsets, claims that agree with the
  /// credential. Members we do not know are allowed at the top, as the standard wants, and refused inside what we
  /// define ourselves.
  public init(payload: JSONObject) throws(DocumentRejection) {
    self = try Fields.read(payload, Self.init)
  }

  /// The same without a tree.
  public init(payload: FlatJSON) throws(DocumentRejection) {
    self = try payload.read { (view) throws(DocumentRejection) in try Self(Fields(view)) }
  }

  private init(_ fields: Fields) throws(DocumentRejection) {
    let credential = try VerifiableCredential(fields)
    context = try Self.context(credential)
    contextDigest = credential.relatedResources.first { [context] in $0.id == context }?.digestSRI
    type = try Self.type(credential)
    guard let id = credential.id else { throw fields.failure("id", .missing) }
    guard HTTPSAddress.isOne(id) else { throw fields.failure("id", .notAURL) }
    self.id = id
    name = try fields.shownText("name", maxBytes: 512)
    guard try fields.value("issuer").isObject else {
      throw fields.failure("issuer", .wrongKind(expected: "an object with id and name"))
    }
    let issuerFields = try fields.object("issuer")
    issuer = Issuer(
      id: credential.issuer,
      name: try issuerFields.shownText("name", maxBytes: 512),
      url: try issuerFields.optionalURL("url")
    )
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

  private static func context(_ credential: VerifiableCredential) throws(DocumentRejection) -> Text {
    guard credential.contexts.count == 3 else {
      throw DocumentRejection("@context", .notAllowed(value: "\(credential.contexts.count) contexts"))
    }
    guard credential.contexts[1] == .url(openBadgesContext) else {
      throw DocumentRejection("@context[1]", .notAllowed(value: "another context"))
    }
    guard case .url(let own) = credential.contexts[2], HTTPSAddress.isOne(own, path: contextPath) else {
      throw DocumentRejection("@context[2]", .notAllowed(value: "another context"))
    }
    return own
  }

  private static func type(_ credential: VerifiableCredential) throws(DocumentRejection) -> Text {
    let types = credential.types
    func isKnown(_ type: Text) -> Bool {
      type.equals("VerifiableCredential") || type.equals("OpenBadgeCredential") || type.equals("AchievementCredential")
    }
    guard types.count == 3, types[0] != types[1], types[1] != types[2], types[0] != types[2],
      types.count(where: isKnown) == 2,
      let own = types.first(where: { !isKnown($0) })
    else { throw DocumentRejection("type", .notAllowed(value: "another list of types")) }
    return own
  }

  private static func person(_ fields: Fields) throws(DocumentRejection) -> [PersonClaim: Text] {
    try fields.onlyMembers(PersonClaim.allCases.map(\.rawValue))
    var claims: [PersonClaim: Text] = [:]
    for claim in PersonClaim.allCases { claims[claim] = try fields.optionalShownText(claim.rawValue, maxBytes: 1_024) }
    return claims
  }

  /// Open Badges wants the identifier once more; the two must be the same.
  private func checkIdentifier(_ fields: Fields) throws(DocumentRejection) {
    for value in try fields.noneOrMore("identifier", max: 8) {
      let item = try Fields(value)
      guard try item.check("identityType").equals("ext:organizationIdentifier") else { continue }
      guard item.object["hashed"]?.bool == false else {
        throw item.failure("hashed", .notAllowed(value: "other than false"))
      }
      let hash = try item.check("identityHash")
      guard let identifier = organization.organizationIdentifier, hash.equals(identifier) else {
        throw item.failure(
          "identityHash",
          .conflict(with: fields.object.path("memberOrganization.organizationIdentifier"))
        )
      }
    }
  }

  /// `iss` and `jti` against the credential were compared by VCDM's rules; here they must exist and end with it.
  private func checkClaims(_ fields: Fields, _ credential: VerifiableCredential) throws(DocumentRejection) {
    _ = try fields.check("iss")
    guard try fields.check("sub").equals(subject) else {
      throw fields.failure("sub", .conflict(with: "credentialSubject.id"))
    }
    guard try fields.seconds("exp") == validUntil.seconds else {
      throw fields.failure("exp", .conflict(with: "validUntil"))
    }
    if let notBefore = credential.notBefore, notBefore != validFrom.seconds {
      throw fields.failure("nbf", .conflict(with: "validFrom"))
    }
    if credential.notBefore == nil, issuedAt == nil { throw fields.failure("iat", .missing) }
  }

  /// What a buyer is told about a member must be there.
  private func checkMembership(_ fields: Fields) throws(DocumentRejection) {
    func missing(_ name: String) -> DocumentRejection { fields.failure("memberOrganization." + name, .missing) }
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

  /// Throws unless the id names a programme: readers find the programme's rules by it.
  init(_ fields: Fields) throws(DocumentRejection) {
    let id = try fields.url("id")
    guard MembershipCredential.programmeName(ofAchievement: id) != nil else {
      throw fields.failure("id", .notAllowed(value: id.string))
    }
    let criteria = try fields.object("criteria")
    self.init(
      id: id,
      type: try fields.text("achievementType", maxBytes: 64),
      name: try fields.shownText("name", maxBytes: 256),
      description: try fields.shownText("description", maxBytes: Self.maxTextBytes),
      criteria: try criteria.shownText("narrative", maxBytes: Self.maxTextBytes),
      criteriaID: try criteria.optionalURL("id")
    )
  }
}

extension MembershipCredential.Organization {
  /// Throws for a member it does not know: what is signed must be understood whole.
  init(_ fields: Fields) throws(DocumentRejection) {
    try fields.onlyMembers([
      "authorizedOrigin", "jurisdictionCode", "legalFormCode", "legalFormText", "legalNameText", "leiCode",
      "memberSince", "membershipNumber", "membershipTier",
      "organizationIdentifier", "registrationAuthority", "registrationNumber", "storefronts", "taxRegistrationNumber",
      "type",
    ])
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
      guard let address = HTTPSAddress(origin), address.path.isEmpty else {
        throw DocumentRejection(value.path, .notAllowed(value: origin.string))
      }
      authorizedOrigins.append(origin)
    }
    for value in try fields.optionalArray("storefronts", max: MembershipCredential.maxBindings) {
      storefronts.append(try StorefrontBinding(try Fields(value)))
    }
  }
}

extension StorefrontBinding {
  /// Throws unless the key is of the stated kind.
  init(_ fields: Fields) throws(DocumentRejection) {
    try fields.onlyMembers(["kind", "key", "display"])
    let name = try fields.check("kind")
    guard let kind = Kind.allCases.first(where: { name.equals($0.rawValue) }) else {
      throw fields.failure("kind", .notAllowed(value: name.string ?? ""))
    }
    let key = try fields.text("key", maxBytes: AbsoluteURL.maxBytes)
    // A key of another kind would widen the binding: `domain/` where the officer proved one host.
    let prefix =
      switch kind {
      case .platform: "platform/"
      case .host, .path: "site/"
      case .domain: "domain/"
      }
    let slashes = key.bytes.count { $0 == UInt8(ascii: "/") }
    let depth =
      switch kind {
      case .platform: slashes == 2
      case .host, .domain: slashes == 1
      case .path: (2...5).contains(slashes)
      }
    guard key.bytes.starts(with: prefix.utf8), key.bytes.last != UInt8(ascii: "/"), depth,
      key.bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else {
      throw fields.failure("key", .notAllowed(value: key.string))
    }
    self.init(kind, key: key, display: try fields.shownText("display", maxBytes: AbsoluteURL.maxBytes))
  }
}
