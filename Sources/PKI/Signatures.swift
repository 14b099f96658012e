internal import COpenSSL

/// How a signature of an X.509 structure is made, named by the OID in it.
enum X509SignatureAlgorithm: Hashable, Sendable {
  case ecdsaSHA256, ecdsaSHA384, ecdsaSHA512, rsaSHA256, rsaSHA384, rsaSHA512, ed25519

  /// From an AlgorithmIdentifier. Parameters: none for ECDSA and Ed25519 (RFC 5758 3.2, 8410 3), NULL for RSA (RFC 4055
  /// 5). SHA-1, MD5, DSA, RSASSA-PSS in certificates: not known, so nil.
  init?(algorithmIdentifier: ArraySlice<UInt8>) {
    guard let outer = DERReader.only(algorithmIdentifier, DERTag.sequence) else { return nil }
    var reader = DERReader(outer.content)
    guard let oid = reader.next(DERTag.oid).flatMap({ OID(content: $0.content) }) else { return nil }
    switch oid {
    case .ecdsaSHA256: self = .ecdsaSHA256
    case .ecdsaSHA384: self = .ecdsaSHA384
    case .ecdsaSHA512: self = .ecdsaSHA512
    case .rsaSHA256: self = .rsaSHA256
    case .rsaSHA384: self = .rsaSHA384
    case .rsaSHA512: self = .rsaSHA512
    case .ed25519: self = .ed25519
    default: return nil
    }
    switch self {
    case .rsaSHA256, .rsaSHA384, .rsaSHA512:
      guard let null = reader.next(DERTag.null), null.content.isEmpty else { return nil }
    default: break
    }
    guard reader.isAtEnd else { return nil }
  }

  /// As it must stand in a certificate: RSA with a NULL (RFC 4055 5), the others without parameters (RFC 5758, 8410).
  var algorithmIdentifier: [UInt8] {
    switch self {
    case .ecdsaSHA256: DER.sequence(OID.ecdsaSHA256.element)
    case .ecdsaSHA384: DER.sequence(OID.ecdsaSHA384.element)
    case .ecdsaSHA512: DER.sequence(OID.ecdsaSHA512.element)
    case .rsaSHA256: DER.sequence(OID.rsaSHA256.element, DER.null)
    case .rsaSHA384: DER.sequence(OID.rsaSHA384.element, DER.null)
    case .rsaSHA512: DER.sequence(OID.rsaSHA512.element, DER.null)
    case .ed25519: DER.sequence(OID.ed25519.element)
    }
  }

  /// Whether a key of this kind makes such signatures.
  func fits(_ kind: KeyKind) -> Bool {
    switch (self, kind) {
    case (.ecdsaSHA256, .p256), (.ecdsaSHA256, .p384), (.ecdsaSHA384, .p256), (.ecdsaSHA384, .p384),
      (.ecdsaSHA512, .p256),
      (.ecdsaSHA512, .p384), (.rsaSHA256, .rsa), (.rsaSHA384, .rsa), (.rsaSHA512, .rsa), (.ed25519, .ed25519):
      true
    default: false
    }
  }

  /// What a certificate authority with this kind of key writes: the hash is as strong as the key.
  static func natural(_ kind: KeyKind) -> X509SignatureAlgorithm {
    switch kind {
    case .p256: .ecdsaSHA256
    case .p384: .ecdsaSHA384
    case .ed25519: .ed25519
    case .rsa: .rsaSHA256
    }
  }

  /// Nil for Ed25519, which hashes by itself.
  var digest: OpaquePointer? {
    switch self {
    case .ecdsaSHA256, .rsaSHA256: Digest.sha256
    case .ecdsaSHA384, .rsaSHA384: Digest.sha384
    case .ecdsaSHA512, .rsaSHA512: Digest.sha512
    case .ed25519: nil
    }
  }
}

extension PublicKey {
  /// Whether this key made `signature` over `message`. The signature is in JOSE form: ECDSA raw r ‖ s (64 or 96 bytes),
  /// Ed25519 64 bytes, RSA as long as the modulus; PS256 has MGF1 with SHA-256 and 32 bytes of salt (RFC 7518 3.3 to
  /// 3.5, RFC 8037).
  /// - Returns: false for a wrong signature, and for an algorithm that does not fit the key.
  /// - Throws: when OpenSSL itself fails; that says nothing about the signature.
  public func verifies(_ signature: [UInt8], over message: [UInt8], algorithm: SignatureAlgorithm)
    throws(OpenSSLFailure)
    -> Bool
  {
    try verifies(signature, over: message[...], algorithm: algorithm)
  }
  /// The same of a part of a token, without a copy.
  public func verifies(_ signature: [UInt8], over message: ArraySlice<UInt8>, algorithm: SignatureAlgorithm)
    throws(OpenSSLFailure) -> Bool
  {
    guard kind.fits(algorithm) else { return false }
    switch algorithm {
    case .es256:
      guard let der = ECDSASignature.der(raw: signature, curve: .p256) else { return false }
      return try digestVerify(der, message, digest: Digest.sha256)
    case .es384:
      guard let der = ECDSASignature.der(raw: signature, curve: .p384) else { return false }
      return try digestVerify(der, message, digest: Digest.sha384)
    case .eddsa: return try digestVerify(signature, message, digest: nil)
    case .rs256: return try digestVerify(signature, message, digest: Digest.sha256)
    case .ps256: return try digestVerify(signature, message, digest: Digest.sha256, pss: true)
    }
  }

  /// ES256 over a message of which the SHA-256 is at hand.
  public func verifies(_ signature: [UInt8], sha256 digest: [UInt8]) throws(OpenSSLFailure) -> Bool {
    guard kind.fits(.es256), digest.count == 32, let der = ECDSASignature.der(raw: signature, curve: .p256) else {
      return false
    }
    ERR_clear_error()
    defer { ERR_clear_error() }  // a wrong signature leaves entries too
    guard let context = EVP_PKEY_CTX_new(handle, nil) else { throw .drain("EVP_PKEY_CTX_new") }
    defer { EVP_PKEY_CTX_free(context) }
    guard EVP_PKEY_verify_init(context) == 1 else { throw .drain("EVP_PKEY_verify_init") }
    return EVP_PKEY_verify(context, der, der.count, digest, digest.count) == 1
  }

  /// The same for a signature as it stands in a certificate or CRL (ECDSA in DER).
  func verifies(_ signature: [UInt8], over message: [UInt8], algorithm: X509SignatureAlgorithm) throws(OpenSSLFailure)
    -> Bool
  {
    guard algorithm.fits(kind) else { return false }
    return try digestVerify(signature, message[...], digest: algorithm.digest)
  }

  private func digestVerify(
    _ signature: [UInt8],
    _ message: ArraySlice<UInt8>,
    digest: OpaquePointer?,
    pss: Bool = false
  ) throws(OpenSSLFailure) -> Bool {
    ERR_clear_error()
    defer { ERR_clear_error() }  // a wrong signature leaves entries too
    guard let context = EVP_MD_CTX_new() else { throw .drain("EVP_MD_CTX_new") }
    defer { EVP_MD_CTX_free(context) }
    var parameters: OpaquePointer?  // belongs to `context`
    guard EVP_DigestVerifyInit(context, &parameters, digest, nil, handle) == 1 else {
      throw .drain("EVP_DigestVerifyInit")
    }
    if pss { try PSS.set(parameters) }
    return message.withUnsafeBufferPointer {
      EVP_DigestVerify(context, signature, signature.count, $0.baseAddress, $0.count)
    } == 1
  }
}

/// RFC 7518 3.5: MGF1 with the hash of the message, a salt as long as the hash. On verification too: no other salt is
/// accepted.
enum PSS {
  static func set(_ parameters: OpaquePointer?) throws(OpenSSLFailure) {
    guard EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1,
      EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, Digest.sha256) == 1,
      EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 32) == 1
    else { throw .drain("EVP_PKEY_CTX_set_rsa_padding") }
  }
}
