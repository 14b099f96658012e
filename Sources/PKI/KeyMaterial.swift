/// JOSE signature algorithms Khatm knows (RFC 7518, 8037). Never `none`, HS*, ES256K, RS384 and longer.
public enum SignatureAlgorithm: String, Sendable, CaseIterable {
  case es256 = "ES256"
  case es384 = "ES384"
  case eddsa = "EdDSA"
  case rs256 = "RS256"
  case ps256 = "PS256"
}

/// The curves of FIPS 186-5 that Khatm signs and verifies with.
public enum EllipticCurve: String, Hashable, Sendable, CaseIterable {
  case p256 = "P-256"
  case p384 = "P-384"

  /// Bytes of a coordinate, and of r and s.
  public var coordinateBytes: Int { self == .p256 ? 32 : 48 }
}

/// What a key is, and so which signatures it can have made.
public enum KeyKind: Hashable, Sendable {
  case p256, p384, ed25519
  case rsa(bits: Int)

  /// Whether a key of this kind makes signatures of `algorithm`.
  public func fits(_ algorithm: SignatureAlgorithm) -> Bool {
    switch (algorithm, self) {
    case (.es256, .p256), (.es384, .p384), (.eddsa, .ed25519), (.rs256, .rsa), (.ps256, .rsa): true
    default: false
    }
  }
}

/// The numbers of a public key, big-endian. EC coordinates have exactly the length of the field; RSA numbers no leading
/// zero.
public enum KeyMaterial: Hashable, Sendable {
  case ec(EllipticCurve, x: [UInt8], y: [UInt8])
  case ed25519([UInt8])
  case rsa(modulus: [UInt8], exponent: [UInt8])
}

/// Why bytes, or a file, are no key we use. `openSSL` alone is about us.
public enum KeyRejection: Error, Hashable, Sendable {
  /// Wrong length, wrong prefix, or not the DER of a key.
  case malformed
  /// The point is not on the curve.
  case offCurve
  /// A second spelling of the same number: a leading zero, y >= p (RFC 8032 5.1.3), DER that is not minimal.
  case nonCanonical
  /// An Ed25519 key of order 1, 2, 4 or 8: signatures by it verify for many messages at once.
  case lowOrder
  /// Another algorithm, curve, or curve parameters written out.
  case unsupportedKind
  /// RSA below 2048 bits.
  case tooShort(bits: Int)
  /// RSA above 8192 bits.
  case tooLong(bits: Int)
  /// RSA: a modulus that is even or no whole number of bytes, an exponent that is even, below 3 or above 64 bits, or a
  /// modulus of the ROCA generator (CVE-2017-15361).
  case weak
  case wrongPassphrase
  case emptyPassphrase
  /// The file holds a private key in the clear, or one in a form other than PKCS#8.
  case notEncrypted
  case openSSL(call: String, reason: String)

  static func drain(_ call: String) -> KeyRejection {
    .openSSL(call: call, reason: OpenSSLFailure.drainReasons().joined(separator: "; "))
  }
}

/// Limits of an RSA key. Longer keys only cost the reader; OpenSSL itself wants at most 64 bits of exponent above 3072
/// bits.
enum RSALimits {
  static let bits = 2048...8192
  static let exponentBytes = 8
}
