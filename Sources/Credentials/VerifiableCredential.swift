public import Encodings

/// The rules of the Verifiable Credentials Data Model 2.0 that hold for every credential, ours or another's, and the
/// claims of its token.
///
/// Read from a payload whose signature was verified. Says nothing about keys, status or time.
public struct VerifiableCredential: Hashable, Sendable {
  /// Counts as retrieved: the network is never asked.
  public static let contextURL: Text = "https://www.w3.org/ns/credentials/v2"
  static let maxItems = 64

  /// A JSON-LD context: its address, or an object, which is not read.
  public enum Context: Hashable, Sendable {
    case url(Text)
    case inline
  }

  /// A status that may be read, or one we cannot read. What cannot be read is never a good status.
  public enum Status: Hashable, Sendable {
    case bitstring(StatusEntry)
    case unsupported(type: Text)
  }

  /// A resource with its digest (VC Data Model 2.0 section 5.3). It is not fetched here.
  public struct RelatedResource: Hashable, Sendable {
    public let id: Text
    public let digestSRI: Text?
    public let digestMultibase: Text?
  }

  public let id: Text?
  public let contexts: [Context]
  public let types: [Text]
  public let issuer: Text
  public let validFrom: Instant?
  public let validUntil: Instant?
  /// The id of each subject, where it has one.
  public let subjects: [Text?]
  public let statuses: [Status]
  public let relatedResources: [RelatedResource]
  /// Claims of the token, in seconds.
  public let issuedAt: Int64?
  public let expires: Int64?
  public let notBefore: Int64?

  public init(payload: JSONObject) throws(DocumentRejection) { self = try Fields.read(payload, Self.init) }

  /// The members that every credential has; what the type adds is read by the type.
  init(_ fields: Fields) throws(DocumentRejection) {
    // VC-JOSE-COSE 1.1: the credential is the payload. VCDM 1.1: two dates of another name.
    try fields.refuse(["vc", "vp", "issuanceDate", "expirationDate"])
    contexts = try Self.contexts(fields)
    types = try fields.types()
    guard types.contains(where: { $0.equals("VerifiableCredential") }) else {
      throw fields.failure("type", .notAllowed(value: "no VerifiableCredential"))
    }
    id = try fields.optionalURL("id")
    // Section 4.7: one URL, or one object whose `id` is one.
    issuer = try fields.value("issuer").isObject ? fields.object("issuer").url("id") : fields.url("issuer")
    validFrom = try fields.optionalStamp("validFrom")
    validUntil = try fields.optionalStamp("validUntil")
    if let validFrom, let validUntil, validUntil < validFrom {
      throw fields.failure("validUntil", .conflict(with: "validFrom"))
    }
    var subjects: [Text?] = []
    for value in try fields.oneOrMore("credentialSubject", max: Self.maxItems) {
      let subject = try Fields(value)
      let id = try subject.optionalURL("id")
      guard value.count > (id == nil ? 0 : 1) else { throw DocumentRejection(value.path, .empty) }
      subjects.append(id)
    }
    self.subjects = subjects
    try Self.checkLanguageText(fields, "name")
    try Self.checkLanguageText(fields, "description")
    statuses = try Self.statuses(fields)
    for name in ["refreshService", "termsOfUse", "evidence", "credentialSchema", "proof"] {
      try Self.checkTyped(fields, name)
    }
    relatedResources = try Self.relatedResources(fields)
    issuedAt = try fields.optionalSeconds("iat")
    expires = try fields.optionalSeconds("exp")
    notBefore = try fields.optionalSeconds("nbf")
    try Self.checkClaims(fields, id: id, issuer: issuer, subjects: subjects)
  }

  /// Section 4.3: a list, the v2 context first.
  private static func contexts(_ fields: Fields) throws(DocumentRejection) -> [Context] {
    var contexts: [Context] = []
    for value in try fields.array("@context", max: maxItems) {
      contexts.append(value.isObject ? .inline : .url(try Fields.url(value)))
    }
    guard let first = contexts.first else { throw fields.failure("@context", .empty) }
    guard first == .url(contextURL) else {
      throw DocumentRejection(
        "@context[0]",
        .notAllowed(value: fields.object["@context"]?.items.first { _ in true }?.string ?? "an object")
      )
    }
    return contexts
  }

  /// Section 11.1: a text, a language object, or a list of these.
  private static func checkLanguageText(_ fields: Fields, _ name: String) throws(DocumentRejection) {
    for value in try fields.noneOrMore(name, max: maxItems) where !value.isText { _ = try LocalizedText(value) }
  }

  private static func checkTyped(_ fields: Fields, _ name: String) throws(DocumentRejection) {
    for value in try fields.noneOrMore(name, max: maxItems) {
      let item = try Fields(value)
      try item.checkTypes()
      if name == "credentialSchema" { try Fields.checkURL(try item.value("id")) }
    }
  }

  /// Section 4.10. A broken entry of the type we read is malformed; one of another type or size is unsupported.
  private static func statuses(_ fields: Fields) throws(DocumentRejection) -> [Status] {
    var statuses: [Status] = []
    for value in try fields.noneOrMore("credentialStatus", max: maxItems) {
      let item = try Fields(value)
      let oneBit = !item.has("statusMessage") && item.object["statusSize"].map { $0.int == 1 } ?? true
      let readable = try item.hasType(StatusEntry.typeName) && oneBit
      statuses.append(readable ? .bitstring(try StatusEntry(typed: item)) : .unsupported(type: try item.types()[0]))
    }
    return statuses
  }

  /// Section 5.3.
  private static func relatedResources(_ fields: Fields) throws(DocumentRejection) -> [RelatedResource] {
    var resources: [RelatedResource] = []
    for value in try fields.noneOrMore("relatedResource", max: maxItems) {
      let item = try Fields(value)
      let resource = RelatedResource(
        id: try item.url("id"),
        digestSRI: try item.optionalText("digestSRI", maxBytes: 256),
        digestMultibase: try item.optionalText("digestMultibase", maxBytes: 256)
      )
      guard resource.digestSRI != nil || resource.digestMultibase != nil else {
        throw item.failure("digestSRI", .missing)
      }
      if resources.contains(where: { $0.id == resource.id }) { throw item.failure("id", .duplicate) }
      resources.append(resource)
    }
    return resources
  }

  /// VC-JOSE-COSE 1.0 section 3: claims that say something else than the credential are refused.
  private static func checkClaims(_ fields: Fields, id: Text?, issuer: Text, subjects: [Text?])
    throws(DocumentRejection)
  {
    func differs(_ name: String, _ value: Text?) throws(DocumentRejection) -> Bool {
      guard fields.has(name) else { return false }
      let claim = try fields.check(name)
      return value.map { !claim.equals($0) } ?? false
    }
    if try differs("iss", issuer) { throw fields.failure("iss", .conflict(with: "issuer")) }
    if try differs("jti", id) { throw fields.failure("jti", .conflict(with: "id")) }
    var named = false
    var agrees = false
    for case let subject? in subjects {
      named = true
      agrees = try !differs("sub", subject) || agrees
    }
    if named ? !agrees : try differs("sub", nil) {
      throw fields.failure("sub", .conflict(with: "credentialSubject.id"))
    }
  }
}

/// A text with its language and direction (VCDM 2.0 section 11.1).
public struct LocalizedText: Hashable, Sendable {
  /// The base direction of a text (VC Data Model 2.0 section 11.1).
  public enum Direction: String, Hashable, Sendable, CaseIterable { case ltr, rtl, auto }
  public let value: Text
  /// BCP 47, as written; nil when the text has none.
  public let language: Text?
  public let direction: Direction?

  public init(_ value: Text, language: Text? = nil, direction: Direction? = nil) {
    self.value = value
    self.language = language
    self.direction = direction
  }

  /// A plain text, or a value object of JSON-LD.
  init(_ json: JSONView) throws(DocumentRejection) {
    if json.isText {
      self.init(try Fields.text(json))
      return
    }
    let fields = try Fields(json)
    try fields.onlyMembers(["@value", "@language", "@direction"])
    let language = try fields.optionalText("@language", maxBytes: 35)  // RFC 5646 4.4.1
    if let language {
      let shape = language.bytes.allSatisfy {
        ASCII.isDigit($0) || $0 == 0x2D || (0x61...0x7A).contains(ASCII.lower($0))
      }
      guard shape else { throw fields.failure("@language", .notAllowed(value: language.string)) }
    }
    var direction: Direction?
    if let name = try fields.optionalText("@direction") {
      direction = Direction.allCases.first { name.equals($0.rawValue) }
      guard direction != nil else { throw fields.failure("@direction", .notAllowed(value: name.string)) }
    }
    self.init(try fields.text("@value"), language: language, direction: direction)
  }

  /// Always as a value object.
  public var json: JSON {
    .object([
      "@value": .string(value), "@language": language.map { .string($0) },
      "@direction": direction.map { JSON($0.rawValue) },
    ])
  }
}
