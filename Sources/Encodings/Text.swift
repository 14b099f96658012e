internal import Glibc

/// Valid UTF-8, compared and hashed byte by byte.
///
/// `String` compares by canonical equivalence, so two names with different bytes (`é`, `e` + U+0301) can be equal to
/// it. Whatever was signed, is looked up or decides anything is a `Text`.
public struct Text: Hashable, Comparable, Sendable {
  public let bytes: [UInt8]

  /// Nil when the bytes are not UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF).
  public init?(validating bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    guard UTF8Bytes.areValid(bytes) else { return nil }
    self.bytes = bytes
  }

  public init(_ string: String) { bytes = Array(string.utf8) }

  /// For callers that have checked the bytes already.
  init(checked bytes: [UInt8]) { self.bytes = bytes }

  public static func == (left: Text, right: Text) -> Bool {
    left.bytes.count == right.bytes.count
      && left.bytes.withUnsafeBytes { left in
        right.bytes.withUnsafeBytes { right in
          left.count == 0 || memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0
        }  // not empty
      }
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(bytes.count)
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }

  public var string: String { String(decoding: bytes, as: UTF8.self) }
  public var isEmpty: Bool { bytes.isEmpty }

  /// Plain byte order, which is also the order of Unicode scalars.
  public static func < (left: Text, right: Text) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }

  /// The same bytes, without making a `Text` of a literal.
  public func equals(_ string: String) -> Bool {
    var string = string
    return string.withUTF8 { string in
      string.count == bytes.count
        // not empty
        && bytes.withUnsafeBytes { string.isEmpty || memcmp($0.baseAddress!, string.baseAddress!, string.count) == 0 }
    }
  }

  public func hasPrefix(_ other: Text) -> Bool { bytes.starts(with: other.bytes) }
  public func hasSuffix(_ other: Text) -> Bool {
    bytes.count >= other.bytes.count && bytes[(bytes.count - other.bytes.count)...].elementsEqual(other.bytes)
  }

  /// What follows the prefix, or nil when the text does not start with it. Also nil where the cut would split a
  /// character.
  public func dropping(prefix: Text) -> Text? {
    hasPrefix(prefix) ? Text(validating: bytes[prefix.bytes.count...]) : nil
  }
}

extension Text: ExpressibleByStringLiteral, CustomStringConvertible {
  public init(stringLiteral value: String) { self.init(value) }
  public var description: String { string }
}

/// The table of well-formed sequences (Unicode 15, table 3-7).
enum UTF8Bytes {
  static func areValid(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { bytes in
      var at = 0
      while at < bytes.count {
        if bytes[at] < 0x80 {
          at += 1
          continue
        }
        let length = sequenceLength(bytes, at)
        if length == 0 { return false }
        at += length
      }
      return true
    }
  }

  /// Length of the multi-byte sequence that starts here, 0 when there is none.
  static func sequenceLength(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
    let lead = bytes[at]
    var low: UInt8 = 0x80
    var high: UInt8 = 0xBF
    let length: Int
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0...0xEF:
      length = 3
      if lead == 0xE0 { low = 0xA0 } else if lead == 0xED { high = 0x9F }
    case 0xF0...0xF4:
      length = 4
      if lead == 0xF0 { low = 0x90 } else if lead == 0xF4 { high = 0x8F }
    default: return 0
    }
    guard bytes.count - at >= length, bytes[at + 1] >= low, bytes[at + 1] <= high else { return 0 }
    for next in (at + 2)..<(at + max(length, 2)) where bytes[next] & 0xC0 != 0x80 { return 0 }
    return length
  }
}

/// Bytes that stand in a JSON text as they are: printable ASCII without quote and backslash.
///
/// Eight bytes in one word: a byte below n borrows from its highest bit when n is subtracted. The borrow runs only into
/// bytes above, so the lowest one that is marked is special indeed.
enum PlainBytes {
  /// How many of the eight bytes from here on come before the first that is special.
  static func count8(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
    special(bytes, at).trailingZeroBitCount / 8
  }

  /// Whether none of the next 32 is special.
  static func all32(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    special(bytes, at) | special(bytes, at + 8) | special(bytes, at + 16) | special(bytes, at + 24) == 0
  }

  /// The highest bit of each special byte.
  @inline(__always)
  private static func special(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> UInt64 {
    // 8 bytes lie there: the caller counted
    let word = UInt64(littleEndian: UnsafeRawPointer(bytes.baseAddress! + at).loadUnaligned(as: UInt64.self))
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quote = word ^ (ones &* 0x22)
    let backslash = word ^ (ones &* 0x5C)
    return ((word &- (ones &* 0x20)) | (quote &- ones) | (backslash &- ones) | word) & (ones &* 0x80)
  }
}

/// Case folding of ASCII letters alone: `lowercased()` of Foundation or the standard library would also fold U+212A
/// into `k`.
public enum ASCII {
  public static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
  public static func upper(_ byte: UInt8) -> UInt8 { byte >= 0x61 && byte <= 0x7A ? byte & 0xDF : byte }
  public static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  public static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7A).contains(lower(byte)) }
  /// No controls, nothing above U+007E.
  public static func isPrintable(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var other: UInt8 = 0
    for byte in bytes { other |= byte &- 0x20 > 0x5E ? 1 : 0 }
    return other == 0
  }

  /// Equal after folding ASCII letters.
  public static func equalFolded(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { lower($0) == lower($1) }
  }

  /// A base-10 integer written the one way there is: digits, no sign, no space, no leading zero but in "0".
  /// Nil for anything else, also above `Int64.max`.
  public static func decimal(_ text: some Collection<UInt8>) -> Int64? {
    guard let first = text.first, first != 0x30 || text.count == 1 else { return nil }
    var value: Int64 = 0
    for byte in text {
      guard isDigit(byte) else { return nil }
      let (tens, tooBig) = value.multipliedReportingOverflow(by: 10)
      let (sum, tooBigToo) = tens.addingReportingOverflow(Int64(byte - 0x30))
      if tooBig || tooBigToo { return nil }
      value = sum
    }
    return value
  }
}
