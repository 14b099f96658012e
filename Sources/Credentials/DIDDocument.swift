public import Encodings
public import PKI

/// A did:web name and the address of its document.
///
/// Host names are A-labels in lower case; ports are written `%3A`; path segments hold unreserved characters only. What
/// could be spelled in two ways (escapes, upper-case hosts, dots as segments) or names no public host (an IP address, a
/// single label) is refused.
public struct DIDWeb: Hashable, Sendable {
  public let did: Text
  public let host: Text
  /// Where the document is.
  public let documentURL: Text
  static let maxBytes = 512
  static let maxSegments = 8

  /// Reads `did:web:host[%3Aport][:segment…]` (did:web method, 3.2); every name in its one spelling.
  public init(_ did: Text) throws(DIDRejection) {
    guard let name = did.dropping(prefix: "did:web:"), did.bytes.count <= Self.maxBytes else {
      throw .notDIDWeb(did.string)
    }
    let parts = name.bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard let first = parts.first, parts.count <= Self.maxSegments + 1 else { throw .notDIDWeb(did.string) }
    var host = first
    var port: Int64?
    if let percent = first.firstIndex(of: UInt8(ascii: "%")) {
      host = first[..<percent]
      guard first[percent...].starts(with: "%3A".utf8), let number = ASCII.decimal(first[(percent + 3)...]),
        (1...65_535).contains(number), number != 443
      else { throw .hostRefused(did.string) }
      port = number
    }
    guard HostName.isOne(host), let hostText = Text(validating: host) else { throw .hostRefused(did.string) }
    for segment in parts.dropFirst() {
      let plain = segment.allSatisfy {
        ASCII.isDigit($0) || (0x61...0x7A).contains(ASCII.lower($0)) || "-._~".utf8.contains($0)
      }
      guard plain, !segment.isEmpty, !segment.allSatisfy({ $0 == UInt8(ascii: ".") }) else {
        throw .pathRefused(did.string)
      }
    }
    let path =
      parts.count == 1 ? "/.well-known" : parts.dropFirst().map { "/" + String(decoding: $0, as: UTF8.self) }.joined()
    self.did = did
    self.host = hostText
    documentURL = Text("https://\(hostText)\(port.map { ":\($0)" } ?? "")\(path)/did.json")
  }

  /// The DID of `https://host[:port][/a/b]`.
  public init(origin: Text) throws(DIDRejection) {
    guard let address = HTTPSAddress(origin) else { throw .hostRefused(origin.string) }
    let segments = address.path.bytes.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: ":") : $0 }
    let path = address.path == "/" ? "" : String(decoding: segments, as: UTF8.self)
    try self.init(Text("did:web:\(address.host)\(address.port.map { "%3A\($0)" } ?? "")\(path)"))
  }
}

/// Why a DID, its document or one of its keys cannot be used. `problem` is the error of Controlled Identifiers 1.0
/// section 3.5.
public enum DIDRejection: Error, Hashable, Sendable {
  case notDIDWeb(String)
  case hostRefused(String)
  case pathRefused(String)
  case json(JSONRejection)
  case document(DocumentRejection)
  /// The document's `id` is not the DID that was asked for.
  case otherDocument(found: String)
  /// The method's id is no DID URL with a fragment of this document.
  case methodURL(String)
  case methodUnknown(String)
  case method(DocumentRejection)
  case notForAssertion(String)

  /// The problem type, a URL.
  public var problem: String {
    let name =
      switch self {
      case .notDIDWeb, .hostRefused, .pathRefused: "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT_ID"
      case .otherDocument: "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT_ID"
      case .json, .document: "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT"
      case .methodURL: "INVALID_VERIFICATION_METHOD_URL"
      case .methodUnknown, .method: "INVALID_VERIFICATION_METHOD"
      case .notForAssertion: "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"
      }
    return "https://w3id.org/security#\(name)"
  }
}

/// The document of a did:web: the keys with which a chamber asserts.
///
/// Only what we use is read: `id`, `verificationMethod`, `assertionMethod`. Other members are allowed and mean nothing.
public struct DIDDocument: Hashable, Sendable {
  /// No key document is longer; a reader of strangers' documents stops there.
  public static let maxBytes = 64 << 10
  static let maxMethods = 64

  /// A key of the document (Controlled Identifiers 1.0 section 2.2). The controller is always the document's subject.
  public struct VerificationMethod: Hashable, Sendable {
    /// How the key is written.
    public enum Form: String, Hashable, Sendable, CaseIterable {
      case jsonWebKey = "JsonWebKey"
      case multikey = "Multikey"
    }
    /// Absolute: the DID, `#`, a fragment.
    public let id: Text
    public let form: Form
    public let key: PublicKey
    /// Only in the form `jsonWebKey`.
    public let jwk: JWK?

    /// A JsonWebKey method whose fragment is the thumbprint.
    public init(did: Text, jwk key: PublicKey, algorithm: SignatureAlgorithm) {
      let thumbprint = Text(JWK.thumbprint(of: key))
      id = Text("\(did)#\(thumbprint)")
      form = .jsonWebKey
      self.key = key
      jwk = JWK(publicKey: key, keyID: thumbprint, algorithm: algorithm)
    }

    /// A Multikey method whose fragment is the encoded key.
    public init(did: Text, multikey key: PublicKey) throws(MultikeyRejection) {
      id = Text("\(did)#\(try Multikey.encode(key))")
      form = .multikey
      self.key = key
      jwk = nil
    }

    init(id: Text, form: Form, key: PublicKey, jwk: JWK?) {
      self.id = id
      self.form = form
      self.key = key
      self.jwk = jwk
    }
  }

  public let id: Text
  public let alsoKnownAs: [Text]
  public let methods: [VerificationMethod]
  /// Ids of the methods that may assert.
  public let assertionMethods: [Text]
  /// Methods of a type or with a key we do not read. They are kept by name, so that asking for one says why it is
  /// refused.
  public let unreadable: [Text: DocumentRejection]

  public init(id: Text, alsoKnownAs: [Text] = [], methods: [VerificationMethod]) {
    self.id = id
    self.alsoKnownAs = alsoKnownAs
    self.methods = methods
    assertionMethods = methods.map(\.id)
    unreadable = [:]
  }

  /// The document as it is published.
  public var json: JSONObject {
    [
      "@context": [
        "https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1", "https://w3id.org/security/multikey/v1",
      ], "id": .string(id),
      "alsoKnownAs": alsoKnownAs.isEmpty ? nil : .array(alsoKnownAs.map { .string($0) }),
      "verificationMethod": .array(
        methods.map { method in
          .object([
            "id": .string(method.id), "type": JSON(method.form.rawValue), "controller": .string(id),
            "publicKeyJwk": method.jwk.map { .object($0.json) },
            "publicKeyMultibase": method.form == .multikey
              ? method.id.dropping(prefix: Text("\(id)#")).map { .string($0) } : nil,
          ])
        }
      ),
      "assertionMethod": .array(assertionMethods.map { .string($0) }),
    ]
  }

  /// The document of `did`, from the bytes its address answered.
  public init(_ bytes: [UInt8], of did: Text) throws(DIDRejection) {
    let object: JSONObject
    do throws(JSONRejection) {
      object = try JSONObject.parse(bytes, limits: JSONLimits(maxBytes: Self.maxBytes, maxDepth: 32, maxMembers: 1_000))
    } catch { throw .json(error) }
    do throws(DocumentRejection) {
      self = try Fields.read(object, Self.init)
    } catch {
      throw .document(error)
    }
    guard id == did else { throw .otherDocument(found: id.string) }
  }

  private init(_ fields: Fields) throws(DocumentRejection) {
    id = try fields.url("id")
    var names: [Text] = []
    for value in try fields.noneOrMore("alsoKnownAs") { names.append(try Fields.url(value)) }
    alsoKnownAs = names
    var methods: [VerificationMethod] = []
    var unreadable: [Text: DocumentRejection] = [:]
    var seen: Set<Text> = []
    for value in try fields.optionalArray("verificationMethod", max: Self.maxMethods) {
      try Self.read(Fields(value), of: id, into: &methods, unreadable: &unreadable, seen: &seen)
    }
    var assertions: [Text] = []
    for value in try fields.optionalArray("assertionMethod", max: Self.maxMethods) {
      if value.isObject {  // a method written in place
        assertions.append(try Self.read(Fields(value), of: id, into: &methods, unreadable: &unreadable, seen: &seen))
      } else {
        assertions.append(Self.absolute(try Fields.text(value, maxBytes: AbsoluteURL.maxBytes), in: id))
      }
    }
    self.methods = methods
    self.unreadable = unreadable
    assertionMethods = assertions
  }

  /// `#fragment` stands for the document's own.
  private static func absolute(_ text: Text, in document: Text) -> Text {
    text.bytes.first == UInt8(ascii: "#") ? Text("\(document)\(text)") : text
  }

  @discardableResult
  private static func read(
    _ fields: Fields,
    of document: Text,
    into methods: inout [VerificationMethod],
    unreadable: inout [Text: DocumentRejection],
    seen: inout Set<Text>
  ) throws(DocumentRejection) -> Text {
    let id = absolute(try fields.text("id", maxBytes: AbsoluteURL.maxBytes), in: document)
    guard seen.insert(id).inserted else { throw fields.failure("id", .duplicate) }
    do throws(DocumentRejection) {
      methods.append(try method(fields, id: id, of: document))
    } catch {
      unreadable[id] = error
    }
    return id
  }

  private static func method(_ fields: Fields, id: Text, of document: Text) throws(DocumentRejection)
    -> VerificationMethod
  {
    guard id.hasPrefix(Text("\(document)#")), id.bytes.count > document.bytes.count + 1 else {
      throw fields.failure("id", .notAllowed(value: id.string))
    }
    // CID 1.0 3.3: a method controlled by another document is that document's to publish.
    guard try fields.text("controller") == document else { throw fields.failure("controller", .conflict(with: "id")) }
    try fields.refuse(["publicKeyBase58", "publicKeyPem", "privateKeyJwk", "secretKeyMultibase"])
    let type = try fields.text("type")
    switch type {
    case "JsonWebKey":
      try fields.refuse(["publicKeyMultibase"])
      let object = try fields.object("publicKeyJwk")
      do throws(JWKRejection) {
        let jwk = try JWK(object.tree)
        return VerificationMethod(id: id, form: .jsonWebKey, key: jwk.publicKey, jwk: jwk)
      } catch { throw DocumentRejection(object.object.path, .key(error)) }
    case "Multikey":
      try fields.refuse(["publicKeyJwk"])
      let text = try fields.text("publicKeyMultibase")
      do throws(MultikeyRejection) {
        return VerificationMethod(id: id, form: .multikey, key: try Multikey.decode(text), jwk: nil)
      } catch { throw fields.failure("publicKeyMultibase", .multikey(error)) }
    default: throw fields.failure("type", .notAllowed(value: type.string))
    }
  }

  /// The method of this id, which must be listed to assert (CID 1.0 section 3.3).
  public func assertionMethod(_ id: Text) throws(DIDRejection) -> VerificationMethod {
    guard id.hasPrefix(Text("\(self.id)#")), id.bytes.count > self.id.bytes.count + 1 else {
      throw .methodURL(id.string)
    }
    if let error = unreadable[id] { throw .method(error) }
    guard let method = methods.first(where: { $0.id == id }) else { throw .methodUnknown(id.string) }
    guard assertionMethods.contains(id) else { throw .notForAssertion(id.string) }
    return method
  }
}
