public import Encodings
internal import PKI

extension TrustList {
  /// The payload to be signed; reading it gives the same list.
  public var payload: JSONObject {
    [
      "iss": .string(issuer), "sub": .string(subject), "iat": .integer(issuedAt), "exp": .integer(expires),
      "jti": JSON("seq-\(sequenceNumber)"),
      "listSequenceNumber": .integer(sequenceNumber), "nextUpdate": JSON(nextUpdate.description),
      "schemeName": .string(schemeName),
      "schemeTerritory": .string(schemeTerritory), "policy": .string(policy),
      "entities": .array(entities.map { .object($0.json) }),
      "pointersToOtherLists": optional(
        pointers.map { ["location": .string($0.location), "x5t#S256": JSON(Base64URL.encode($0.signerSHA256))] }
      ),
      "answerKeys": optional(answerKeys.map { .object($0.json) }), "logKeys": optional(logKeys.map { .string($0) }),
      "programmes": optional(programmeRules.map { .object($0.json) }),
      "platforms": platforms.map { ["version": .string($0.version), "sha256": JSON(Base64URL.encode($0.sha256))] },
    ]
  }

  /// From a payload whose signature was verified.
  public init(payload: JSONObject) throws(DocumentRejection) { self = try Fields.read(payload, Self.init) }

  private init(_ fields: Fields) throws(DocumentRejection) {
    try fields.onlyMembers([
      "iss", "sub", "iat", "exp", "jti", "listSequenceNumber", "nextUpdate", "schemeName", "schemeTerritory", "policy",
      "entities", "pointersToOtherLists", "answerKeys", "logKeys", "platforms", "programmes",
    ])
    var entities: [Entity] = []
    for value in try fields.array("entities", max: Self.maxEntities) {
      let entity = try Entity(try Fields(value))
      // Two entries for one chamber would let a reader pick the better one.
      if entities.contains(where: { $0.id == entity.id }) { throw DocumentRejection(value.path("id"), .duplicate) }
      entities.append(entity)
    }
    self.init(
      issuer: try fields.url("iss"),
      subject: try fields.url("sub"),
      issuedAt: try fields.seconds("iat"),
      expires: try fields.seconds("exp"),
      sequenceNumber: try fields.integer("listSequenceNumber"),
      nextUpdate: try fields.instant("nextUpdate")
    )
    schemeName = try fields.shownText("schemeName")
    schemeTerritory = try fields.text("schemeTerritory", maxBytes: 6)
    policy = try fields.url("policy")
    self.entities = entities
    guard issuedAt < expires else { throw fields.failure("exp", .conflict(with: "iat")) }
    _ = try fields.optionalText("jti")
    for value in try fields.optionalArray("pointersToOtherLists", max: Self.maxItems) {
      let item = try Fields(value)
      try item.onlyMembers(["location", "x5t#S256"])
      pointers.append(Pointer(location: try item.url("location"), signerSHA256: try item.sha256("x5t#S256")))
    }
    answerKeys = try Key.list(fields, "answerKeys")
    logKeys = try fields.optionalTexts("logKeys", max: Self.maxItems)
    for value in try fields.optionalArray("programmes", max: Self.maxItems) {
      let rule = try ProgrammeRule(try Fields(value))
      if programmeRules.contains(where: { $0.id == rule.id }) { throw DocumentRejection(value.path("id"), .duplicate) }
      programmeRules.append(rule)
    }
    if let item = try fields.optionalObject("platforms") {
      try item.onlyMembers(["version", "sha256"])
      platforms = Platforms(version: try item.text("version", maxBytes: 64), sha256: try item.sha256("sha256"))
    }
  }
}

extension TrustList.ProgrammeRule {
  static let languages = ["ar", "en", "fr", "zh"]

  var json: JSONObject {
    var titles = JSONObject()
    for (language, text) in title { titles[Text(language)] = .string(text) }
    return [
      "id": .string(id), "tier": tier.map { .string($0) }, "policy": .string(policy), "maxDays": .integer(maxDays),
      "logged": .bool(logged),
      "title": .object(titles),
    ]
  }

  /// Throws for a programme without a title in each of the four languages.
  init(_ fields: Fields) throws(DocumentRejection) {
    try fields.onlyMembers(["id", "tier", "policy", "maxDays", "logged", "title"])
    guard let logged = fields.object["logged"]?.bool else {
      throw fields.failure("logged", .wrongKind(expected: "true or false"))
    }
    let titles = try fields.object("title")
    try titles.onlyMembers(Self.languages)
    var title: [String: Text] = [:]
    for language in Self.languages { title[language] = try titles.shownText(language, maxBytes: 512) }
    self.init(
      id: try fields.text("id", maxBytes: 64),
      tier: try fields.optionalText("tier", maxBytes: 64),
      policy: try fields.text("policy", maxBytes: 128),
      maxDays: try fields.integer("maxDays", in: 1...36_500),
      logged: logged,
      title: title
    )
  }
}

extension TrustList.Entity {
  var json: JSONObject {
    [
      "id": .string(id), "name": .string(name), "jurisdiction": .string(jurisdiction),
      "services": .array(services.map { .object($0.json) }),
    ]
  }

  /// Throws unless the id is a did:web: a chamber's host follows from it.
  init(_ fields: Fields) throws(DocumentRejection) {
    try fields.onlyMembers(["id", "name", "jurisdiction", "services"])
    let id = try fields.text("id", maxBytes: AbsoluteURL.maxBytes)
    do throws(DIDRejection) {
      _ = try DIDWeb(id)
    } catch {
      throw fields.failure("id", .notAllowed(value: id.string))
    }
    var services: [TrustList.Service] = []
    for value in try fields.array("services", max: TrustList.maxItems) {
      services.append(try TrustList.Service(try Fields(value)))
    }
    self.init(
      id: id,
      name: try fields.shownText("name", maxBytes: 512),
      jurisdiction: try fields.text("jurisdiction", maxBytes: 6),
      services: services
    )
  }
}

extension TrustList.StatusChange {
  var members: [(Text, JSON)] { [("status", JSON(status.rawValue)), ("statusStartingTime", JSON(since.description))] }

  /// A state we do not know is thrown out, never taken for `granted`.
  init(_ fields: Fields) throws(DocumentRejection) {
    let name = try fields.text("status")
    guard let status = TrustList.Status.allCases.first(where: { name.equals($0.rawValue) }) else {
      throw fields.failure("status", .notAllowed(value: name.string))
    }
    self.init(status, since: try fields.instant("statusStartingTime"))
  }
}

extension TrustList.Service {
  var json: JSONObject {
    var json: JSONObject = [
      "serviceType": .string(type), "credentialTypes": texts(credentialTypes), "tiers": texts(tiers),
      "programmes": programmes.isEmpty ? nil : texts(programmes),
      "subjectIdentifierPrefixes": texts(subjectIdentifierPrefixes),
      "issuingCA": .array(
        issuingCAs.map {
          .object(["x5t#S256": JSON(Base64URL.encode($0.sha256)), "x5c": $0.der.map { JSON(Base64.encode($0)) }])
        }
      ),
      "keys": .array(keys.map { .object($0.json) }), "statusLists": texts(statusLists),
      "previousStatus": optional(
        previous.map { change in
          var item = JSONObject()
          for (name, value) in change.members { item[name] = value }
          return .object(item)
        }
      ),
    ]
    for (name, value) in status.members { json[name] = value }
    return json
  }

  /// Each key id once, for the service's keys together.
  init(_ fields: Fields) throws(DocumentRejection) {
    try fields.onlyMembers([
      "serviceType", "status", "statusStartingTime", "previousStatus", "credentialTypes", "programmes", "tiers",
      "subjectIdentifierPrefixes", "issuingCA", "keys", "statusLists",
    ])
    self.init(status: try TrustList.StatusChange(fields))
    type = try fields.text("serviceType")
    for value in try fields.optionalArray("previousStatus", max: TrustList.maxItems) {
      let item = try Fields(value)
      try item.onlyMembers(["status", "statusStartingTime"])
      let change = try TrustList.StatusChange(item)
      guard change.since < status.since else {
        throw item.failure("statusStartingTime", .conflict(with: fields.object.path("statusStartingTime")))
      }
      // Two states from one moment on would let a reader pick the better one.
      if previous.contains(where: { $0.since == change.since }) { throw item.failure("statusStartingTime", .duplicate) }
      previous.append(change)
    }
    credentialTypes = try fields.texts("credentialTypes")
    programmes = try fields.optionalTexts("programmes")
    tiers = try fields.texts("tiers")
    subjectIdentifierPrefixes = try fields.texts("subjectIdentifierPrefixes")
    for value in try fields.array("issuingCA", max: TrustList.maxItems) {
      let item = try Fields(value)
      try item.onlyMembers(["x5t#S256", "x5c"])
      let hash = try item.sha256("x5t#S256")
      var der: [UInt8]?
      if let text = try item.optionalText("x5c", maxBytes: 11_000) {  // 8 kB in base64
        der = Base64.decode(text.bytes)
        guard let der, SHA2.sha256(der) == hash else {
          throw item.failure("x5c", .conflict(with: item.object.path("x5t#S256")))
        }
      }
      issuingCAs.append(.init(sha256: hash, der: der))
    }
    keys = try TrustList.Key.list(fields, "keys")
    for value in try fields.array("statusLists", max: TrustList.maxItems) {
      let prefix = try Fields.url(value)
      // Without the slash `…/status` would also allow `…/status-of-others`.
      guard let address = HTTPSAddress(prefix), address.path.hasSuffix("/") else {
        throw DocumentRejection(value.path, .notAllowed(value: prefix.string))
      }
      statusLists.append(prefix)
    }
  }
}

extension TrustList.Key {
  var json: JSONObject {
    var json = jwk.json
    json["kid"] = .string(keyID)
    json["nbf"] = .integer(notBefore)
    json["exp"] = .integer(expires)
    json["purpose"] = purpose.map { JSON($0.rawValue) }
    return json
  }

  /// Of a public key (RFC 7517 4, 7518 6), and ours.
  private static let members = [
    "kty", "crv", "x", "y", "n", "e", "kid", "alg", "use", "key_ops", "nbf", "exp", "purpose",
  ]

  /// A list of keys, in which each id stands once.
  static func list(_ fields: Fields, _ name: String) throws(DocumentRejection) -> [TrustList.Key] {
    var keys: [TrustList.Key] = []
    for value in try fields.optionalArray(name, max: TrustList.maxItems) {
      let key = try TrustList.Key(try Fields(value))
      if keys.contains(where: { $0.keyID == key.keyID }) { throw DocumentRejection(value.path("kid"), .duplicate) }
      keys.append(key)
    }
    return keys
  }

  /// A JWK with four members of its own.
  init(_ fields: Fields) throws(DocumentRejection) {
    let read: JWK
    do throws(JWKRejection) {
      read = try JWK(fields.tree)
    } catch {
      throw DocumentRejection(fields.object.path, .key(error))
    }
    try fields.onlyMembers(Self.members)
    guard let kid = read.keyID else { throw fields.failure("kid", .missing) }
    guard !kid.isEmpty else { throw fields.failure("kid", .empty) }
    guard let algorithm = read.algorithm else { throw fields.failure("alg", .missing) }
    keyID = kid
    jwk = JWK(publicKey: read.publicKey, keyID: kid, algorithm: algorithm)
    if let name = try fields.optionalText("purpose") {
      purpose = Purpose.allCases.first { name.equals($0.rawValue) }
      guard purpose != nil else { throw fields.failure("purpose", .notAllowed(value: name.string)) }
    } else {
      purpose = nil
    }
    notBefore = try fields.seconds("nbf")
    expires = try fields.seconds("exp")
    guard notBefore < expires else { throw fields.failure("exp", .conflict(with: fields.object.path("nbf"))) }
  }
}

extension Fields {
  /// base64url of 32 bytes.
  func sha256(_ name: String) throws(DocumentRejection) -> [UInt8] {
    guard let hash = Base64URL.decode(try text(name).bytes), hash.count == 32 else {
      throw failure(name, .wrongKind(expected: "base64url of a SHA-256"))
    }
    return hash
  }
}

private func texts(_ texts: [Text]) -> JSON { .array(texts.map { .string($0) }) }
private func optional(_ items: [JSON]) -> JSON? { items.isEmpty ? nil : .array(items) }
