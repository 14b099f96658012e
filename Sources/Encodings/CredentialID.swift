/// 80 random bits that name a credential, as 16 characters and 2 check characters in Crockford's base 32 (no I, L, O,
/// U).
///
/// The check is the number modulo 1021, a prime: it catches every single wrong character and every swap of neighbours.
public struct CredentialID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public static let randomBytes = 10

  private let number: UInt128

  /// Precondition: exactly 10 bytes, from a cryptographic random source.
  public init(random: [UInt8]) {
    precondition(random.count == Self.randomBytes)
    number = random.reduce(0) { $0 << 8 | UInt128($1) }
  }

  /// The random bytes, as an index keeps them; nil unless there are 10.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.randomBytes else { return nil }
    self.init(random: bytes)
  }

  /// Its 10 random bytes.
  public var bytes: [UInt8] { (0..<Self.randomBytes).map { UInt8(truncatingIfNeeded: number >> (72 - 8 * $0)) } }

  /// Folds case and drops hyphens where `display` writes them. I, L, O and U are not read as look-alikes: one id, one
  /// spelling.
  public init(reading text: String) throws(CredentialIDRejection) { try self.init(reading: Array(text.utf8)) }

  /// Reads what a person typed or a link holds: 18 characters in any case, with or without the four hyphens.
  public init(reading text: some Collection<UInt8>) throws(CredentialIDRejection) {
    guard text.count <= 22 else { throw .malformed }
    var values: [UInt8] = []
    var afterHyphen = false
    for byte in text {
      if byte == UInt8(ascii: "-") {
        guard !afterHyphen, [4, 8, 12, 16].contains(values.count) else { throw .malformed }
        afterHyphen = true
      } else {
        let value = Self.values[Int(byte)]
        guard value != 0xFF else { throw .malformed }
        values.append(value)
        afterHyphen = false
      }
    }
    guard values.count == 18 else { throw .malformed }
    number = values[..<16].reduce(0) { $0 << 5 | UInt128($1) }
    guard UInt128(values[16]) << 5 | UInt128(values[17]) == number % 1021 else { throw .checkCharactersWrong }
  }

  /// 18 characters, upper case: the form of links, file names and databases.
  public var description: String {
    let check = number % 1021
    var out: [UInt8] = []
    for shift in stride(from: 75, through: 0, by: -5) { out.append(Self.digits[Int(number >> shift & 31)]) }
    out.append(Self.digits[Int(check >> 5)])
    out.append(Self.digits[Int(check & 31)])
    return String(decoding: out, as: UTF8.self)
  }

  /// For people: `7Q2M-4XW9-K3PD-T5HB-PA`.
  public var display: String {
    var out: [UInt8] = []
    for (index, byte) in description.utf8.enumerated() {
      if index > 0, index % 4 == 0 { out.append(UInt8(ascii: "-")) }
      out.append(byte)
    }
    return String(decoding: out, as: UTF8.self)
  }

  public static func < (left: CredentialID, right: CredentialID) -> Bool { left.number < right.number }

  private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 0xFF, count: 256)
    for (value, digit) in digits.enumerated() {
      table[Int(digit)] = UInt8(value)
      table[Int(ASCII.lower(digit))] = UInt8(value)
    }
    return table
  }()
}

/// Why a text is no certificate number. Wrong check characters mean a typing error: worth saying to a person.
public enum CredentialIDRejection: Error, Hashable, Sendable { case malformed, checkCharactersWrong }
