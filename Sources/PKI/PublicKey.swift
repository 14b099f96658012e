internal import COpenSSL

/// A public key that passed every check: kind, size, on the curve, canonical. Two keys are equal when their numbers
/// are.
public final class PublicKey: @unchecked Sendable {  // EVP_PKEY: used at once by many, never changed
  let handle: OpaquePointer
  public let kind: KeyKind
  public let material: KeyMaterial

  /// Takes ownership of `handle`.
  private init(handle: OpaquePointer, kind: KeyKind, material: KeyMaterial) {
    self.handle = handle
    self.kind = kind
    self.material = material
  }

  deinit { EVP_PKEY_free(handle) }

  /// From numbers, as a JWK has them. Costs 25 to 40 µs for an EC key.
  /// - Throws: everything in `KeyRejection` but the cases of private keys.
  public convenience init(_ material: KeyMaterial) throws(KeyRejection) {
    switch material {
    case .ec(let curve, let x, let y):
      guard x.count == curve.coordinateBytes, y.count == curve.coordinateBytes else { throw .malformed }
      self.init(handle: try PublicKey.importPoint(curve, [4] + x + y), kind: curve.kind, material: material)
    case .ed25519(let key):
      try KeyChecks.ed25519(key)
      ERR_clear_error()
      guard let handle = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, key, key.count) else {
        throw .drain("EVP_PKEY_new_raw_public_key_ex")
      }
      self.init(handle: handle, kind: .ed25519, material: material)
    case .rsa(let modulus, let exponent):
      let bits = try KeyChecks.rsa(modulus: modulus, exponent: exponent)
      ERR_clear_error()
      guard let handle = khatm_rsa_public(modulus, modulus.count, exponent, exponent.count) else {
        throw .drain("EVP_PKEY_fromdata")
      }
      self.init(handle: handle, kind: .rsa(bits: bits), material: material)
    }
  }

  /// From a point: 0x04 ‖ x ‖ y, or compressed (0x02 or 0x03 ‖ x) as Multikey has it.
  public convenience init(curve: EllipticCurve, point: [UInt8]) throws(KeyRejection) {
    let size = curve.coordinateBytes
    switch (point.first, point.count) {
    case (4, 1 + 2 * size):
      try self.init(.ec(curve, x: Array(point[1...size]), y: Array(point[(1 + size)...])))
    case (2, 1 + size), (3, 1 + size):
      let handle = try PublicKey.importPoint(curve, point)
      var x = [UInt8](repeating: 0, count: size)
      var y = x
      guard khatm_ec_coordinates(handle, &x, &y, Int32(size)) == 1 else {
        EVP_PKEY_free(handle)
        throw .drain("EVP_PKEY_get_bn_param")
      }
      self.init(handle: handle, kind: curve.kind, material: .ec(curve, x: x, y: y))
    default: throw .malformed
    }
  }

  /// From the DER of an X.509 SubjectPublicKeyInfo; trailing bytes and lax DER are refused.
  public convenience init(subjectPublicKeyInfo der: [UInt8]) throws(KeyRejection) {
    try self.init(subjectPublicKeyInfo: der[...])
  }

  /// From a slice of a certificate, without a copy.
  convenience init(subjectPublicKeyInfo der: ArraySlice<UInt8>) throws(KeyRejection) {
    switch try SubjectPublicKeyInfo.read(der) {
    case .point(let curve, let point): try self.init(curve: curve, point: point)
    case .material(let material): try self.init(material)
    }
  }

  /// From a PEM block `PUBLIC KEY`.
  public convenience init(pem: [UInt8]) throws(KeyRejection) {
    guard let block = PEM.decode(pem), block.isLabelled("PUBLIC KEY") else { throw .malformed }
    try self.init(subjectPublicKeyInfo: block.der)
  }

  private static func importPoint(_ curve: EllipticCurve, _ point: [UInt8]) throws(KeyRejection) -> OpaquePointer {
    ERR_clear_error()
    defer { ERR_clear_error() }
    // The only thing left to go wrong with a point of the right length and prefix.
    guard let handle = khatm_ec_public(nil, curve.rawValue, point, point.count) else { throw .offCurve }
    return handle
  }

  /// DER of X.509's SubjectPublicKeyInfo, points uncompressed.
  public func subjectPublicKeyInfo() -> [UInt8] { SubjectPublicKeyInfo.write(material) }
  public var pem: String { PEM.encode("PUBLIC KEY", subjectPublicKeyInfo()) }
}

extension PublicKey: Hashable {
  public static func == (left: PublicKey, right: PublicKey) -> Bool { left.material == right.material }
  public func hash(into hasher: inout Hasher) { hasher.combine(material) }
}

extension EllipticCurve {
  var kind: KeyKind { self == .p256 ? .p256 : .p384 }
}
