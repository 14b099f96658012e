public import Encodings
public import PKI

/// A public key as JSON (RFC 7517, 7518 section 6, 8037), read strictly.
///
/// A member that belongs to a private key refuses the whole key: whoever publishes one has lost it. Members we do not
/// know are kept in `json` and mean nothing.
public struct JWK: Hashable, Sendable {
  public let publicKey: PublicKey
  /// `kid`: opaque, compared byte by byte.
  public let keyID: Text?
  /// `alg`: when present, the only algorithm this key verifies. `EdDSA` and `Ed25519` (RFC 9864) are one.
  public let algorithm: SignatureAlgorithm?
  /// As received, or as written by `init(publicKey:)`.
  public let json: JSONObject

  /// A `kid` is a URL with a thumbprint at most; longer ones are abuse.
  public static let maxKeyIDBytes = 1_024
  private static let privateMembers: [Text] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

  /// Reads a public key. Members of private keys are refused before anything else is looked at.
  public init(_ json: JSONObject) throws(JWKRejection) {
    for name in Self.privateMembers where json[name] != nil { throw .privateMember(name.string) }
    guard let type = json["kty"] else { throw .member("kty") }
    switch type.text {
    case "EC": publicKey = try Self.ellipticCurveKey(json)
    case "OKP": publicKey = try Self.octetKey(json)
    case "RSA": publicKey = try Self.rsaKey(json)
    case let other?: throw .unsupported(other.string)
    case nil: throw .member("kty")
    }
    if let use = json["use"], use.text != "sig" { throw .notForSignatures }
    if let operations = json["key_ops"] {
      guard let names = operations.array?.compactMap(\.text), names.count == operations.array?.count,
        Set(names).count == names.count
      else {
        throw .member("key_ops")
      }
      guard names.contains("verify") else { throw .notForSignatures }
    }
    if let kid = json["kid"] {
      guard let text = kid.text, text.bytes.count <= Self.maxKeyIDBytes else { throw .member("kid") }
      keyID = text
    } else {
      keyID = nil
    }
    if let alg = json["alg"] {
      guard let name = alg.text else { throw .member("alg") }
      guard let known = SignatureAlgorithm(joseName: name) else { throw .unsupported(name.string) }
      guard publicKey.kind.fits(known) else { throw .algorithmDoesNotFit(name.string) }
      algorithm = known
    } else {
      algorithm = nil
    }
    self.json = json
  }

  /// - Parameter algorithm: written as `alg`, with `use` = `sig`; left out when nil.
  public init(publicKey: PublicKey, keyID: Text? = nil, algorithm: SignatureAlgorithm? = nil) {
    var json = Self.requiredMembers(of: publicKey)
    json["kid"] = keyID.map { .string($0) }
    if let algorithm {
      json["alg"] = JSON(algorithm.rawValue)
      json["use"] = "sig"
    }
    self.publicKey = publicKey
    self.keyID = keyID
    self.algorithm = algorithm
    self.json = json
  }

  /// RFC 7638: base64url of SHA-256 over the required members, sorted.
  public var thumbprint: String { Self.thumbprint(of: publicKey) }
  public static func thumbprint(of key: PublicKey) -> String {
    Base64URL.encode(SHA2.sha256(requiredMembers(of: key).canonical()))
  }

  private static func requiredMembers(of key: PublicKey) -> JSONObject {
    func coded(_ bytes: [UInt8]) -> JSON { JSON(Base64URL.encode(bytes)) }
    return switch key.material {
    case .ec(let curve, let x, let y): ["kty": "EC", "crv": JSON(curve.rawValue), "x": coded(x), "y": coded(y)]
    case .ed25519(let bytes): ["kty": "OKP", "crv": "Ed25519", "x": coded(bytes)]
    case .rsa(let modulus, let exponent): ["kty": "RSA", "n": coded(modulus), "e": coded(exponent)]
    }
  }

  private static func bytes(_ json: JSONObject, _ name: Text) throws(JWKRejection) -> [UInt8] {
    guard let text = json[name]?.text, let bytes = Base64URL.decode(text.bytes), !bytes.isEmpty else {
      throw .member(name.string)
    }
    return bytes
  }

  private static func ellipticCurveKey(_ json: JSONObject) throws(JWKRejection) -> PublicKey {
    guard let name = json["crv"]?.string else { throw .member("crv") }
    guard let curve = EllipticCurve.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) else {
      throw .unsupported(name)
    }
    return try key(.ec(curve, x: try bytes(json, "x"), y: try bytes(json, "y")))
  }

  private static func octetKey(_ json: JSONObject) throws(JWKRejection) -> PublicKey {
    guard let name = json["crv"]?.text else { throw .member("crv") }
    guard name == "Ed25519" else { throw .unsupported(name.string) }
    return try key(.ed25519(try bytes(json, "x")))
  }

  private static func rsaKey(_ json: JSONObject) throws(JWKRejection) -> PublicKey {
    try key(.rsa(modulus: try bytes(json, "n"), exponent: try bytes(json, "e")))
  }

  private static func key(_ material: KeyMaterial) throws(JWKRejection) -> PublicKey {
    do throws(KeyRejection) {
      return try PublicKey(material)
    } catch {
      throw .key(error)
    }
  }
}

/// Why an object is no public JWK (RFC 7517) that we verify with.
public enum JWKRejection: Error, Hashable, Sendable {
  /// Missing, of the wrong kind, or not base64url.
  case member(String)
  /// A member of a private or symmetric key stands in it.
  case privateMember(String)
  /// A key type, curve or algorithm outside the allow-list.
  case unsupported(String)
  case algorithmDoesNotFit(String)
  /// `use` or `key_ops` say that this key verifies nothing.
  case notForSignatures
  case duplicateKeyID(String)
  case key(KeyRejection)
}

extension JWK {
  /// A JWK set (RFC 7517 section 5): every key must be good, and no two have one `kid`.
  public static func set(_ json: JSONObject) throws(JWKRejection) -> [JWK] {
    // 64: a service has a handful
    guard let items = json["keys"]?.array, items.count <= 64 else { throw .member("keys") }
    var keys: [JWK] = []
    for item in items {
      guard let object = item.object else { throw .member("keys") }
      let key = try JWK(object)
      if let id = key.keyID, keys.contains(where: { $0.keyID == id }) { throw .duplicateKeyID(id.string) }
      keys.append(key)
    }
    return keys
  }
}

extension SignatureAlgorithm {
  /// The allow-list by JOSE names, case-sensitive. `Ed25519` (RFC 9864) names what `EdDSA` (RFC 8037) means here.
  public init?(joseName name: Text) {
    if name == "Ed25519" {
      self = .eddsa
      return
    }
    guard let known = Self.allCases.first(where: { name.equals($0.rawValue) }) else { return nil }
    self = known
  }
}
