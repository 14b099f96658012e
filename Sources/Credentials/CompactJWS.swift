public import Encodings
public import PKI

/// A token in compact serialisation (RFC 7515 section 7.1): parsed, not verified.
///
/// Of the header only `alg`, `kid`, `typ`, `cty` and `x5c` are read. `jwk`, `jku` and `x5u` are never used: a token
/// cannot bring the key that makes it true.
public struct CompactJWS: Hashable, Sendable {
  public let header: JSONObject
  public let headerBytes: [UInt8]
  public let payload: [UInt8]
  public let signature: [UInt8]
  /// The bytes that are signed: the first two parts with the point between them.
  public let signingInput: [UInt8]
  /// As received.
  public let token: [UInt8]
  public let algorithm: SignatureAlgorithm
  public let keyID: Text?
  public let type: Text?
  public let contentType: Text?

  /// A credential with two certificates has about 5 kB.
  public static let maxTokenBytes = 256 << 10
  /// Five certificates of 8 kB in base64 twice over.
  public static let maxHeaderBytes = 80 << 10
  /// RFC 7515 4.1.6 has no limit; three certificates are the longest chain there is, root included.
  public static let maxCertificates = 5
  public static let maxCertificateBytes = 8_192

  /// - Throws: also for `crit` (no extension is known) and for an algorithm outside the allow-list.
  public static func parse(_ token: [UInt8], maxBytes: Int = maxTokenBytes) throws(CompactTokenRejection) -> CompactJWS
  {
    guard token.count <= maxBytes else { throw .tooLarge(bytes: token.count, max: maxBytes) }
    var points: [Int] = []
    for (index, byte) in token.enumerated() where byte == UInt8(ascii: ".") { points.append(index) }
    guard points.count == 2 else { throw .parts(points.count + 1) }
    guard points[0] <= maxHeaderBytes else { throw .tooLarge(bytes: points[0], max: maxHeaderBytes) }
    guard let headerBytes = Base64URL.decode(token[..<points[0]]) else { throw .encoding(.header) }
    guard let payload = Base64URL.decode(token[(points[0] + 1)..<points[1]]) else { throw .encoding(.payload) }
    guard let signature = Base64URL.decode(token[(points[1] + 1)...]) else { throw .encoding(.signature) }
    let header: JSONObject
    do throws(JSONRejection) {
      header = try JSONObject.parse(headerBytes)
    } catch {
      throw .header(error)
    }
    return try CompactJWS(
      header: header,
      headerBytes: headerBytes,
      payload: payload,
      signature: signature,
      token: token,
      secondPoint: points[1]
    )
  }

  private init(
    header: JSONObject,
    headerBytes: [UInt8],
    payload: [UInt8],
    signature: [UInt8],
    token: [UInt8],
    secondPoint: Int
  ) throws(CompactTokenRejection) {
    if header["crit"] != nil { throw .critical }
    if header["b64"] != nil { throw .unencodedPayload }
    guard let name = header["alg"]?.text else { throw .headerMember("alg") }
    guard let algorithm = SignatureAlgorithm(joseName: name) else { throw .algorithmRefused(name.string) }
    self.header = header
    self.headerBytes = headerBytes
    self.payload = payload
    self.signature = signature
    self.token = token
    signingInput = Array(token[..<secondPoint])
    self.algorithm = algorithm
    keyID = try Self.text(header, "kid")
    type = try Self.text(header, "typ")
    contentType = try Self.text(header, "cty")
  }

  private static func text(_ header: JSONObject, _ name: Text) throws(CompactTokenRejection) -> Text? {
    guard let value = header[name] else { return nil }
    guard let text = value.text, text.bytes.count <= JWK.maxKeyIDBytes else { throw .headerMember(name.string) }
    return text
  }

  /// Whether `typ` is this media type, with or without `application/` in front, in any case (RFC 7515 4.1.9).
  public func hasType(_ short: String) -> Bool {
    guard let type else { return false }
    return ASCII.equalFolded(type.bytes, Array(short.utf8))
      || ASCII.equalFolded(type.bytes, Array("application/\(short)".utf8))
  }

  /// `x5c` as DER, leaf first; nil when there is none. Base64 with padding, not base64url.
  public func certificateChain() throws(CompactTokenRejection) -> [[UInt8]]? {
    guard let value = header["x5c"] else { return nil }
    guard let items = value.array, (1...Self.maxCertificates).contains(items.count) else { throw .headerMember("x5c") }
    var chain: [[UInt8]] = []
    for item in items {
      guard let text = item.text, text.bytes.count <= (Self.maxCertificateBytes + 2) / 3 * 4,
        let der = Base64.decode(text.bytes),
        !der.isEmpty, der.count <= Self.maxCertificateBytes
      else { throw .headerMember("x5c") }
      chain.append(der)
    }
    return chain
  }

  /// The payload as the JSON object that every credential, list and answer is.
  public func payloadObject(limits: JSONLimits = .credential) throws(CompactTokenRejection) -> JSONObject {
    do throws(JSONRejection) {
      return try JSONObject.parse(payload, limits: limits)
    } catch {
      throw .payload(error)
    }
  }
  /// The same without a tree.
  public func flatPayload() throws(CompactTokenRejection) -> FlatJSON {
    do throws(JSONRejection) {
      return try FlatJSON.object(payload)
    } catch {
      throw .payload(error)
    }
  }

  /// False: a wrong signature, or an algorithm that is not the key's. The key decides, the header must agree.
  public func isSigned(by key: PublicKey) throws(OpenSSLFailure) -> Bool {
    guard key.kind.fits(algorithm) else { return false }
    return try key.verifies(signature, over: signingInput, algorithm: algorithm)
  }

  /// As above, and the `alg` of the JWK, where it has one, is the header's.
  public func isSigned(by key: JWK) throws(OpenSSLFailure) -> Bool {
    if let only = key.algorithm, only != algorithm { return false }
    return try isSigned(by: key.publicKey)
  }

  /// The token. `alg` is set from the algorithm, whatever the header says.
  /// - Throws: also when the algorithm does not fit the key, which is a mistake of the caller.
  public static func sign(header: JSONObject, payload: [UInt8], key: PrivateKey, algorithm: SignatureAlgorithm)
    throws(OpenSSLFailure) -> [UInt8]
  {
    var header = header
    header["alg"] = JSON(algorithm.rawValue)
    var token = Base64URL.encodeBytes(header.canonical())
    token.append(UInt8(ascii: "."))
    token += Base64URL.encodeBytes(payload)
    let signature = try key.sign(token, algorithm: algorithm)
    token.append(UInt8(ascii: "."))
    token += Base64URL.encodeBytes(signature)
    return token
  }
}

/// Why bytes are no compact JWS (RFC 7515) that we verify. Nothing here is about the signature itself.
public enum CompactTokenRejection: Error, Hashable, Sendable {
  /// The three parts between the full stops.
  public enum Part: String, Hashable, Sendable { case header, payload, signature }
  case tooLarge(bytes: Int, max: Int)
  /// Not exactly three.
  case parts(Int)
  /// Not base64url in its one spelling.
  case encoding(Part)
  case header(JSONRejection)
  case payload(JSONRejection)
  /// Missing, of the wrong kind or too long.
  case headerMember(String)
  case critical
  case unencodedPayload
  /// `none`, HS256, anything outside the allow-list.
  case algorithmRefused(String)
}
