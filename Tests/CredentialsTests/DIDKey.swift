public import Encodings
public import PKI

/// Why a DID that carries its own key cannot be read.
public enum DIDKeyRejection: Error, Hashable, Sendable {
  /// Another method, or more than method, key and fragment.
  case notThisMethod
  /// No fragment, or one that is not the key itself (did:key) or `0` (did:jwk).
  case wrongFragment
  case multikey(MultikeyRejection)
  /// Not base64url, not JSON, not the JWK of a public key that we know, longer than `DIDJWK.maxBytes`.
  case badJWK
}

/// `did:key:z…#z…`. It names a key and nobody: good to verify with, never an issuer.
public enum DIDKey {
  private static let prefix: Text = "did:key:"

  /// The key of a verification method: the fragment must repeat the key byte for byte.
  public static func key(of verificationMethod: Text) throws(DIDKeyRejection) -> PublicKey {
    let (did, fragment) = try splitAtFragment(verificationMethod, prefix: prefix)
    guard fragment == did else { throw .wrongFragment }
    do throws(MultikeyRejection) {
      return try Multikey.decode(did)
    } catch {
      throw .multikey(error)
    }
  }

  /// The verification method of a key.
  public static func verificationMethod(of key: PublicKey) throws(DIDKeyRejection) -> Text {
    do throws(MultikeyRejection) {
      let multikey = try Multikey.encode(key)
      return Text("did:key:\(multikey)#\(multikey)")
    } catch { throw .multikey(error) }
  }
}

/// `did:jwk:<base64url JWK>#0`. Like did:key, never an issuer.
public enum DIDJWK {
  /// An RSA key of 8192 bits, the longest PKI takes, has 1.4 kB of modulus in base64url.
  public static let maxBytes = 2048
  private static let prefix: Text = "did:jwk:"

  public static func key(of verificationMethod: Text) throws(DIDKeyRejection) -> PublicKey {
    let (did, fragment) = try splitAtFragment(verificationMethod, prefix: prefix)
    guard fragment == "0" else { throw .wrongFragment }
    guard did.bytes.count <= maxBytes / 3 * 4, let bytes = Base64URL.decode(did.bytes) else { throw .badJWK }
    do {
      // The JWK reader refuses private members.
      guard let object = try JSON.parse(bytes, limits: .credential).object else { throw DIDKeyRejection.badJWK }
      return try JWK(object).publicKey
    } catch { throw .badJWK }
  }
}

/// What stands between the prefix and the `#`, and what behind it.
private func splitAtFragment(_ method: Text, prefix: Text) throws(DIDKeyRejection) -> (body: Text, fragment: Text) {
  guard let rest = method.dropping(prefix: prefix)?.bytes else { throw .notThisMethod }
  guard let hash = rest.firstIndex(of: UInt8(ascii: "#")) else { throw .wrongFragment }
  guard let body = Text(validating: rest[..<hash]), let fragment = Text(validating: rest[(hash + 1)...]) else {
    throw .notThisMethod
  }
  return (body, fragment)
}
