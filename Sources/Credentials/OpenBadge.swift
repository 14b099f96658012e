public import Encodings
public import PKI

/// The second envelope of the same data: a token as Open Badges 3.0 section 8.2 wants it.
///
/// Its profile contradicts VC-JOSE-COSE (`typ` `JWT`, `nbf` required, one status entry), so no token can be both.
public enum OpenBadge {
  public static let tokenType = "JWT"

  /// Exactly `alg`, `kid`, `typ`: other members are not allowed.
  /// - Parameter keyURL: an address that answers the one public key as a JWK.
  public static func header(keyURL: Text, algorithm: SignatureAlgorithm) -> JSONObject {
    ["alg": JSON(algorithm.rawValue), "kid": .string(keyURL), "typ": JSON(tokenType)]
  }

  /// `https://<host>/keys/<thumbprint>`.
  public static func keyURL(_ key: PublicKey, host: Text) -> Text {
    Text("https://\(host)/keys/\(JWK.thumbprint(of: key))")
  }

  /// `jti`, `nbf` and `exp` repeat `id` and the dates; no `iat`. Status is the suspension entry alone, as an object:
  /// revoking sets that bit too, and an array would break the schema and be skipped by older validators. The schema of
  /// the first envelope is left out. Nil when the credential has no suspension entry.
  public static func payload(of credential: MembershipCredential) -> JSONObject? {
    let suspension = credential.statusEntries.first { $0.purpose == StatusEntry.suspension }
    guard let status = suspension else { return nil }
    var payload = credential.payload
    payload["credentialStatus"] = .object(status.json)
    payload["credentialSchema"] = nil
    payload["iat"] = nil
    payload["jti"] = .string(credential.id)
    payload["nbf"] = .integer(credential.validFrom.seconds)
    payload["exp"] = .integer(credential.validUntil.seconds)
    return payload
  }

  /// The signed token, or nil without a suspension entry.
  public static func sign(
    _ credential: MembershipCredential,
    keyURL: Text,
    key: PrivateKey,
    algorithm: SignatureAlgorithm
  ) throws(OpenSSLFailure) -> [UInt8]? {
    guard let payload = payload(of: credential) else { return nil }
    return try CompactJWS.sign(
      header: header(keyURL: keyURL, algorithm: algorithm),
      payload: payload.canonical(),
      key: key,
      algorithm: algorithm
    )
  }

  /// The rules of this envelope on top of `MembershipCredential.init(payload:)`; the signature was verified before.
  public static func read(_ jws: CompactJWS) throws(OpenBadgeRejection) -> MembershipCredential {
    for name in jws.header.names where !["alg", "kid", "typ", "jwk"].contains(name) { throw .headerMember(name.string) }
    guard jws.type == nil || jws.hasType(tokenType) else { throw .headerMember("typ") }
    let payload: JSONObject
    do throws(CompactTokenRejection) {
      payload = try jws.payloadObject()
    } catch {
      throw .token(error)
    }
    do throws(DocumentRejection) {
      try Fields.read(payload) { (fields) throws(DocumentRejection) in
        for name in ["iss", "sub", "jti"] { _ = try fields.text(name) }
        for name in ["nbf", "exp"] { _ = try fields.seconds(name) }
      }
      return try MembershipCredential(payload: payload)
    } catch { throw .document(error) }
  }
}

/// Why a token is no Open Badge that we read.
public enum OpenBadgeRejection: Error, Hashable, Sendable {
  case headerMember(String)
  case token(CompactTokenRejection)
  case document(DocumentRejection)
}
