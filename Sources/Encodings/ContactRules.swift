/// An address that mail programs agree on: dot-atom (RFC 5322 section 3.2.3) at a host name, ASCII. No quoted local
/// part, no comment, no address literal.
public enum EmailAddress {
  public static func isValid(_ bytes: [UInt8]) -> Bool {
    guard bytes.count <= 254, let at = bytes.firstIndex(of: UInt8(ascii: "@")), (1...64).contains(at) else {
      return false
    }
    let atoms = bytes[..<at].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return atoms.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtomText) }
      && HostName.isValid(bytes[(at + 1)...].map(ASCII.lower))
  }

  private static let signs = Set("!#$%&'*+/=?^_`{|}~-".utf8)
  private static func isAtomText(_ byte: UInt8) -> Bool {
    ASCII.isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || signs.contains(byte)
  }
}

/// A number of ITU-T E.164 with its plus: 8 to 15 digits without spaces, the first of them, which begins the country
/// code, not zero.
public enum PhoneNumber {
  public static func isValid(_ bytes: [UInt8]) -> Bool {
    (9...16).contains(bytes.count) && bytes[0] == UInt8(ascii: "+") && bytes[1] != UInt8(ascii: "0")
      && bytes[1...].allSatisfy(ASCII.isDigit)
  }
}
