/// SubjectPublicKeyInfo (RFC 5280 4.1.2.7) of the kinds Khatm knows, read and written without OpenSSL's decoder: that
/// one costs five times the import of a point, accepts several spellings, and does not scale over threads.
enum SubjectPublicKeyInfo {
  /// The key as it stands there. A point has not been checked against its curve.
  enum Contents {
    case point(EllipticCurve, [UInt8])
    case material(KeyMaterial)
  }

  /// Strict: one spelling for each key. Named curves only.
  static func read(_ der: ArraySlice<UInt8>) throws(KeyRejection) -> Contents {
    guard let outer = DERReader.only(der, DERTag.sequence) else { throw .malformed }
    var reader = DERReader(outer.content)
    guard var algorithm = reader.enter(DERTag.sequence), let keyBits = reader.next(DERTag.bitString), reader.isAtEnd,
      keyBits.content.first == 0, let oid = algorithm.next(DERTag.oid).flatMap({ OID(content: $0.content) })
    else { throw .malformed }
    let key = keyBits.content.dropFirst()
    switch oid {
    case .ecPublicKey:
      // Parameters written out instead of a named curve (CVE-2020-0601, CVE-2022-0778) are a SEQUENCE and end here.
      guard let named = algorithm.next(DERTag.oid).flatMap({ OID(content: $0.content) }), algorithm.isAtEnd else {
        throw .unsupportedKind
      }
      if named == .p256 { return .point(.p256, Array(key)) }
      if named == .p384 { return .point(.p384, Array(key)) }
      throw .unsupportedKind
    case .ed25519:
      guard algorithm.isAtEnd else { throw .malformed }  // RFC 8410 3: parameters absent
      return .material(.ed25519(Array(key)))
    case .rsaEncryption:
      // RFC 3279 2.3.1
      guard let null = algorithm.next(DERTag.null), null.content.isEmpty, algorithm.isAtEnd else { throw .malformed }
      guard let pair = DERReader.only(key, DERTag.sequence) else { throw .malformed }
      var numbers = DERReader(pair.content)
      guard let modulus = numbers.next(DERTag.integer)?.unsignedDigits,
        let exponent = numbers.next(DERTag.integer)?.unsignedDigits,
        numbers.isAtEnd
      else { throw .malformed }
      return .material(.rsa(modulus: Array(modulus), exponent: Array(exponent)))
    default: throw .unsupportedKind
    }
  }

  /// What `read` reads; points uncompressed.
  static func write(_ material: KeyMaterial) -> [UInt8] {
    switch material {
    case .ec(let curve, let x, let y):
      DER.sequence(
        DER.sequence(OID.ecPublicKey.element, (curve == .p256 ? OID.p256 : OID.p384).element),
        DER.bits([4] + x + y)
      )
    case .ed25519(let key): DER.sequence(DER.sequence(OID.ed25519.element), DER.bits(key))
    case .rsa(let modulus, let exponent):
      DER.sequence(
        DER.sequence(OID.rsaEncryption.element, DER.null),
        DER.bits(DER.sequence(DER.unsigned(modulus), DER.unsigned(exponent)))
      )
    }
  }
}
