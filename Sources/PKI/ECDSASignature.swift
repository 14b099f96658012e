/// ECDSA signatures in their two spellings: r ‖ s of fixed length (JOSE, RFC 7518 3.4) and DER (X.509, RFC 3279 2.2.3).
enum ECDSASignature {
  /// Nil when the length is wrong, or r or s is zero or not below the group order.
  static func der(raw: [UInt8], curve: EllipticCurve) -> [UInt8]? {
    let size = curve.coordinateBytes
    guard raw.count == 2 * size, isInRange(raw[..<size], curve), isInRange(raw[size...], curve) else { return nil }
    var out: [UInt8] = []
    out.reserveCapacity(2 * size + 8)
    out += [DERTag.sequence, 0]  // at most 104 bytes of contents: the length is one byte
    for half in [raw[..<size], raw[size...]] {
      let digits = half.drop { $0 == 0 }
      let pads = digits.first.map { $0 >= 0x80 } ?? true
      out += [DERTag.integer, UInt8(digits.count) + (pads ? 1 : 0)]
      if pads { out.append(0) }
      out += digits
    }
    out[1] = UInt8(out.count - 2)
    return out
  }

  /// Nil when `der` is no strict SEQUENCE of two numbers, both above zero and below the group order.
  static func raw(der: [UInt8], curve: EllipticCurve) -> [UInt8]? {
    guard let body = DERReader.only(der[...], DERTag.sequence) else { return nil }
    var reader = DERReader(body.content)
    guard let r = reader.next(DERTag.integer)?.unsignedDigits, let s = reader.next(DERTag.integer)?.unsignedDigits,
      reader.isAtEnd,
      r.count <= curve.coordinateBytes, s.count <= curve.coordinateBytes
    else { return nil }
    func padded(_ digits: ArraySlice<UInt8>) -> [UInt8] {
      [UInt8](repeating: 0, count: curve.coordinateBytes - digits.count) + digits
    }
    let (left, right) = (padded(r), padded(s))
    return isInRange(left[...], curve) && isInRange(right[...], curve) ? left + right : nil
  }

  private static func isInRange(_ number: ArraySlice<UInt8>, _ curve: EllipticCurve) -> Bool {
    number.lexicographicallyPrecedes(curve == .p256 ? orderP256 : orderP384) && number.contains { $0 != 0 }
  }

  // Group orders (SEC 2, FIPS 186-4 D.1.2)
  private static let orderP256: [UInt8] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
  ]
  private static let orderP384: [UInt8] =
    [UInt8](repeating: 0xff, count: 24) + [
      0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2,
      0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
    ]
}
