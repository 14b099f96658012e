/// What must hold of the numbers of a key before OpenSSL sees them.
enum KeyChecks {
  /// RFC 8032 5.1.3: y < p. OpenSSL 3.0 takes y modulo p. The eight points of small order are refused besides.
  static func ed25519(_ key: [UInt8]) throws(KeyRejection) {
    guard key.count == 32 else { throw .malformed }
    var y = key
    y[31] &= 0x7f  // the top bit is the sign of x
    // p = 2^255 - 19, little-endian ed ff … ff 7f
    if y[31] == 0x7f, y[0] >= 0xed, y[1..<31].allSatisfy({ $0 == 0xff }) { throw .nonCanonical }
    if lowOrderY.contains(y) { throw .lowOrder }
  }

  /// y of the points of order 1, 2, 4 and (two values) 8; each but the first two stands for x and -x.
  private static let lowOrderY: Set<[UInt8]> = [
    [1] + [UInt8](repeating: 0, count: 31),
    [0xec] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
    [UInt8](repeating: 0, count: 32),
    [
      0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
      0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    [
      0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
      0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
  ]

  /// Returns the size of the modulus in bits.
  static func rsa(modulus: [UInt8], exponent: [UInt8]) throws(KeyRejection) -> Int {
    guard let top = modulus.first, let exponentTop = exponent.first else { throw .malformed }
    guard top != 0, exponentTop != 0 else { throw .nonCanonical }
    let (whole, overflow) = modulus.count.multipliedReportingOverflow(by: 8)
    guard !overflow else { throw .malformed }
    let bits = whole - top.leadingZeroBitCount
    if bits < RSALimits.bits.lowerBound { throw .tooShort(bits: bits) }
    if bits > RSALimits.bits.upperBound { throw .tooLong(bits: bits) }
    guard bits % 8 == 0, modulus.last.map({ $0 & 1 }) == 1, exponent.count <= RSALimits.exponentBytes,
      exponent.last.map({ $0 & 1 }) == 1, exponent != [1], !isROCA(modulus)
    else { throw .weak }
    return bits
  }

  /// CVE-2017-15361: primes of the weak generator are k·M + (65537^a mod M), M the product of small primes, so the
  /// modulus is a power of 65537 modulo each of them. A good modulus is so by chance once in 2^27.
  static func isROCA(_ modulus: [UInt8]) -> Bool {
    for prime in rocaPrimes {
      let remainder = modulus.reduce(0) { ($0 << 8 | Int($1)) % prime }
      let generator = 65537 % prime
      var power = 1
      var found = false
      repeat {
        if power == remainder {
          found = true
          break
        }
        power = power * generator % prime
      } while power != 1
      if !found { return false }
    }
    return true
  }

  private static let rocaPrimes = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131,
    137, 139, 149, 151, 157, 163, 167,
  ]
}
