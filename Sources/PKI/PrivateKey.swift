internal import COpenSSL

/// A private key. It never leaves this class but encrypted, and what it signs goes out in JOSE form or inside a
/// certificate or CRL.
public final class PrivateKey: @unchecked Sendable {  // EVP_PKEY: used at once by many, never changed
  private let handle: OpaquePointer
  public let publicKey: PublicKey
  public var kind: KeyKind { publicKey.kind }

  /// Takes ownership of `handle`, also when it throws.
  private init(handle: OpaquePointer) throws(KeyRejection) {
    do {
      publicKey = try PublicKey(PrivateKey.publicMaterial(of: handle))
    } catch {
      EVP_PKEY_free(handle)
      throw error
    }
    self.handle = handle
  }

  deinit { EVP_PKEY_free(handle) }

  /// A fresh key. `rsa(bits:)` takes 2048 to 8192 in steps of 8; above 4096 it takes seconds.
  public static func generate(_ kind: KeyKind) throws(KeyRejection) -> PrivateKey {
    ERR_clear_error()
    let handle: OpaquePointer?
    switch kind {
    case .p256: handle = khatm_generate_ec("P-256")
    case .p384: handle = khatm_generate_ec("P-384")
    case .ed25519: handle = khatm_generate_ed25519()
    case .rsa(let bits):
      if bits < RSALimits.bits.lowerBound { throw .tooShort(bits: bits) }
      if bits > RSALimits.bits.upperBound { throw .tooLong(bits: bits) }
      guard bits % 8 == 0 else { throw .weak }
      handle = khatm_generate_rsa(bits)
    }
    guard let handle else { throw .drain("EVP_PKEY_Q_keygen") }
    return try PrivateKey(handle: handle)
  }

  /// The public numbers of a key OpenSSL holds.
  private static func publicMaterial(of handle: OpaquePointer) throws(KeyRejection) -> KeyMaterial {
    ERR_clear_error()
    if EVP_PKEY_is_a(handle, "EC") == 1 {
      var name = [CChar](repeating: 0, count: 64)
      var used = 0
      guard EVP_PKEY_get_group_name(handle, &name, name.count, &used) == 1 else { throw .unsupportedKind }
      let curve: EllipticCurve
      switch String(decoding: name[..<used].map { UInt8(bitPattern: $0) }, as: UTF8.self) {
      case "prime256v1", "P-256": curve = .p256
      case "secp384r1", "P-384": curve = .p384
      default: throw .unsupportedKind
      }
      var x = [UInt8](repeating: 0, count: curve.coordinateBytes)
      var y = x
      guard khatm_ec_coordinates(handle, &x, &y, Int32(x.count)) == 1 else { throw .drain("EVP_PKEY_get_bn_param") }
      return .ec(curve, x: x, y: y)
    }
    if EVP_PKEY_is_a(handle, "ED25519") == 1 {
      var key = [UInt8](repeating: 0, count: 32)
      var count = key.count
      guard EVP_PKEY_get_raw_public_key(handle, &key, &count) == 1, count == 32 else {
        throw .drain("EVP_PKEY_get_raw_public_key")
      }
      return .ed25519(key)
    }
    if EVP_PKEY_is_a(handle, "RSA") == 1 {
      var modulus = [UInt8](repeating: 0, count: RSALimits.bits.upperBound / 8 + 1)
      var exponent = [UInt8](repeating: 0, count: 64)
      var modulusCount = modulus.count
      var exponentCount = exponent.count
      guard khatm_rsa_numbers(handle, &modulus, &modulusCount, &exponent, &exponentCount) == 1 else {
        throw .unsupportedKind
      }
      return .rsa(modulus: Array(modulus[..<modulusCount]), exponent: Array(exponent[..<exponentCount]))
    }
    throw .unsupportedKind
  }
}

// MARK: - Signing

extension PrivateKey {
  /// Signs in JOSE form: ECDSA raw r ‖ s, PS256 with 32 bytes of salt.
  /// - Throws: also when `algorithm` does not fit the key, which is a mistake of the caller.
  public func sign(_ message: [UInt8], algorithm: SignatureAlgorithm) throws(OpenSSLFailure) -> [UInt8] {
    guard kind.fits(algorithm) else {
      throw OpenSSLFailure(call: "sign", reasons: ["\(algorithm.rawValue) does not fit the key"])
    }
    switch algorithm {
    case .es256: return try rawECDSA(message, Digest.sha256, curve: .p256)
    case .es384: return try rawECDSA(message, Digest.sha384, curve: .p384)
    case .eddsa: return try digestSign(message, nil)
    case .rs256: return try digestSign(message, Digest.sha256)
    case .ps256: return try digestSign(message, Digest.sha256, pss: true)
    }
  }

  /// For certificates and CRLs: ECDSA in DER.
  func sign(_ message: [UInt8], algorithm: X509SignatureAlgorithm) throws(OpenSSLFailure) -> [UInt8] {
    guard algorithm.fits(kind) else {
      throw OpenSSLFailure(call: "sign", reasons: ["the algorithm does not fit the key"])
    }
    return try digestSign(message, algorithm.digest)
  }

  private func rawECDSA(_ message: [UInt8], _ digest: OpaquePointer, curve: EllipticCurve) throws(OpenSSLFailure)
    -> [UInt8]
  {
    let der = try digestSign(message, digest)
    guard let raw = ECDSASignature.raw(der: der, curve: curve) else {
      throw OpenSSLFailure(call: "EVP_DigestSign", reasons: ["not DER"])
    }
    return raw
  }

  private func digestSign(_ message: [UInt8], _ digest: OpaquePointer?, pss: Bool = false) throws(OpenSSLFailure)
    -> [UInt8]
  {
    ERR_clear_error()
    guard let context = EVP_MD_CTX_new() else { throw .drain("EVP_MD_CTX_new") }
    defer { EVP_MD_CTX_free(context) }
    var parameters: OpaquePointer?  // belongs to `context`
    guard EVP_DigestSignInit(context, &parameters, digest, nil, handle) == 1 else { throw .drain("EVP_DigestSignInit") }
    if pss { try PSS.set(parameters) }
    var count = Int(EVP_PKEY_get_size(handle))  // the largest signature of this key
    var signature = [UInt8](repeating: 0, count: count)
    guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else {
      throw .drain("EVP_DigestSign")
    }
    return Array(signature[..<count])
  }
}

// MARK: - At rest

extension PrivateKey {
  /// PKCS#8 (RFC 5958), PBES2 with scrypt N = 2^14, r = 8, p = 8 (16 MiB, about 0.3 s a try) and AES-256-CBC. N = 2^15
  /// would pass OpenSSL's limit of 32 MiB, and no reader could open it.
  public func encryptedPEM(passphrase: [UInt8]) throws(KeyRejection) -> [UInt8] {
    guard !passphrase.isEmpty else { throw .emptyPassphrase }
    ERR_clear_error()
    guard let clear = EVP_PKEY2PKCS8(handle) else { throw .drain("EVP_PKEY2PKCS8") }
    defer { PKCS8_PRIV_KEY_INFO_free(clear) }
    guard let scheme = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nil, 16, nil, 1 << 14, 8, 8) else {
      throw .drain("PKCS5_pbe2_set_scrypt")
    }
    let sealed = passphrase.withUnsafeBytes {
      PKCS8_set0_pbe($0.bindMemory(to: CChar.self).baseAddress, Int32(clamping: $0.count), clear, scheme)
    }
    guard let sealed else {
      X509_ALGOR_free(scheme)
      throw .drain("PKCS8_set0_pbe")
    }
    defer { X509_SIG_free(sealed) }  // owns the scheme
    guard let bio = BIO_new(BIO_s_mem()) else { throw .drain("BIO_new") }
    defer { BIO_free(bio) }
    guard PEM_write_bio_PKCS8(bio, sealed) == 1 else { throw .drain("PEM_write_bio_PKCS8") }
    return PEM.contents(of: bio)
  }

  /// Opens what `encryptedPEM` wrote, or another encrypted PKCS#8 file of one of our key kinds. Never asks on the
  /// terminal.
  /// - Throws: `notEncrypted` for a key in the clear, `wrongPassphrase`, `malformed`, also when private and public half
  ///   do not fit.
  public convenience init(encryptedPEM: [UInt8], passphrase: [UInt8]) throws(KeyRejection) {
    guard let block = PEM.decode(encryptedPEM) else { throw .malformed }
    // A header means OpenSSL's old encryption of "EC PRIVATE KEY": MD5 as key derivation, so no better than none.
    guard block.isLabelled("ENCRYPTED PRIVATE KEY") else {
      throw block.label.suffix(11).elementsEqual("PRIVATE KEY".utf8) ? .notEncrypted : .malformed
    }
    ERR_clear_error()
    defer { ERR_clear_error() }
    let der = block.der
    let sealed: OpaquePointer? = der.withUnsafeBufferPointer { buffer in
      var cursor = buffer.baseAddress
      let sealed = d2i_X509_SIG(nil, &cursor, buffer.count)
      guard cursor == buffer.baseAddress.map({ $0 + buffer.count }) else {
        X509_SIG_free(sealed)
        return nil
      }
      return sealed
    }
    guard let sealed else { throw .malformed }
    defer { X509_SIG_free(sealed) }
    // A wrong passphrase shows as bad padding or, once in 256 times, as padding that fits around nonsense.
    let clear = passphrase.withUnsafeBytes {
      PKCS8_decrypt(sealed, $0.bindMemory(to: CChar.self).baseAddress, Int32(clamping: $0.count))
    }
    guard let clear else { throw .wrongPassphrase }
    defer { PKCS8_PRIV_KEY_INFO_free(clear) }
    guard let handle = EVP_PKCS82PKEY(clear) else { throw .malformed }
    try self.init(handle: handle)
    guard try signsForItsPublicKey() else { throw .malformed }
  }

  /// CBC keeps no checksum: damage inside the private number leaves a file that opens, and signatures that nobody can
  /// verify.
  private func signsForItsPublicKey() throws(KeyRejection) -> Bool {
    guard let algorithm = SignatureAlgorithm.allCases.first(where: { kind.fits($0) }) else { return false }
    do throws(OpenSSLFailure) {
      return try publicKey.verifies(try sign([], algorithm: algorithm), over: [], algorithm: algorithm)
    } catch { throw .openSSL(call: error.call, reason: error.reasons.joined(separator: "; ")) }
  }
}
