/// Base64 with the URL alphabet and without padding (RFC 4648 section 5, as RFC 7515 section 2 wants it).
public enum Base64URL {
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: encodeBytes(Array(bytes)), as: UTF8.self)
  }
  public static func encodeBytes(_ bytes: [UInt8]) -> [UInt8] {
    Base64Coding.encode(bytes, Base64Coding.urlDigits, padded: false)
  }

  /// Parts with points between them: the compact serialisation of RFC 7515 section 7.1.
  public static func join(_ parts: [UInt8]...) -> [UInt8] {
    var token: [UInt8] = []
    for (place, part) in parts.enumerated() {
      if place > 0 { token.append(UInt8(ascii: ".")) }
      token += encodeBytes(part)
    }
    return token
  }

  /// Nil for padding, white space, `+`, `/`, an impossible length, or unused bits that are not zero.
  public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    Base64Coding.decode(Array(text), Base64Coding.urlValues)
  }
  /// The same without a copy, for a part of a token.
  public static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? { Base64Coding.decode(text, Base64Coding.urlValues) }
  public static func decode(_ string: String) -> [UInt8]? { decode(Array(string.utf8)) }
}

/// Base64 with padding (RFC 4648 section 4), one spelling per value.
public enum Base64 {
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Base64Coding.encode(Array(bytes), Base64Coding.standardDigits, padded: true), as: UTF8.self)
  }

  /// Nil for missing padding, white space, `-`, `_`, or unused bits that are not zero.
  public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    var text = Array(text)
    guard text.count % 4 == 0 else { return nil }
    for _ in 0..<2 where text.last == UInt8(ascii: "=") { text.removeLast() }
    return Base64Coding.decode(text, Base64Coding.standardValues)
  }
  public static func decode(_ string: String) -> [UInt8]? { decode(Array(string.utf8)) }
}

/// The two alphabets of RFC 4648 and the loops both share. Strict: one spelling for each byte string.
private enum Base64Coding {
  static let standardDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  static let urlDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  static let standardValues = Values(standardDigits)
  static let urlValues = Values(urlDigits)

  /// Three bytes at a time; the last group with `=` where `padded`.
  static func encode(_ bytes: [UInt8], _ digits: [UInt8], padded: Bool) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count + 2) / 3 * 4)
    var at = 0
    while bytes.count - at >= 3 {
      let group = UInt32(bytes[at]) << 16 | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2])
      out.append(digits[Int(group >> 18)])
      out.append(digits[Int(group >> 12 & 63)])
      out.append(digits[Int(group >> 6 & 63)])
      out.append(digits[Int(group & 63)])
      at += 3
    }
    if bytes.count - at == 1 {
      out += [digits[Int(bytes[at] >> 2)], digits[Int(bytes[at] & 3) << 4]]
      if padded { out += [UInt8(ascii: "="), UInt8(ascii: "=")] }
    } else if bytes.count - at == 2 {
      let group = UInt32(bytes[at]) << 8 | UInt32(bytes[at + 1])
      out += [digits[Int(group >> 10)], digits[Int(group >> 4 & 63)], digits[Int(group & 15) << 2]]
      if padded { out.append(UInt8(ascii: "=")) }
    }
    return out
  }

  static func decode(_ text: [UInt8], _ values: Values) -> [UInt8]? { decode(text[...], values) }

  /// Nil for a character outside the alphabet, a length that cannot be, or bits set where padding is: each byte string
  /// has one spelling.
  static func decode(_ text: ArraySlice<UInt8>, _ values: Values) -> [UInt8]? {
    let rest = text.count % 4
    guard rest != 1 else { return nil }
    var isValid = true
    // One byte more: whole groups are written four bytes at a time.
    let out = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3 + 4) { out, count in
      text.withUnsafeBufferPointer { text in
        values.places.withUnsafeBufferPointer { values in
          var at = 0
          var wrong: UInt32 = 0
          while text.count - at >= 4 {
            let group =
              values[Int(text[at])] << 18 | values[Int(text[at + 1])] << 12 | values[Int(text[at + 2])] << 6
              | values[Int(text[at + 3])]
            wrong |= group
            // there is room: see above
            UnsafeMutableRawPointer(out.baseAddress! + count).storeBytes(of: (group << 8).bigEndian, as: UInt32.self)
            at += 4
            count += 3
          }
          if rest >= 2 {
            let a = values[Int(text[at])]
            let b = values[Int(text[at + 1])]
            let c = rest == 3 ? values[Int(text[at + 2])] : 0
            let group = a << 18 | b << 12 | c << 6
            wrong |= group
            out[count] = UInt8(truncatingIfNeeded: group >> 16)
            count += 1
            if rest == 3 {
              out[count] = UInt8(truncatingIfNeeded: group >> 8)
              count += 1
            }
            // The bits of the last digit that no byte uses: one spelling per value.
            if rest == 3 ? c & 3 != 0 : b & 15 != 0 { isValid = false }
          }
          if wrong & Values.above != 0 { isValid = false }
        }
      }
    }
    return isValid ? out : nil
  }

  /// The value of each digit. What is no digit has all bits above it, of which some stay above the 24 bits of a group
  /// wherever it stands.
  struct Values {
    static let none: UInt32 = 0xFFFF_FFC0, above: UInt32 = 0xFF00_0000
    var places = [UInt32](repeating: none, count: 256)
    init(_ digits: [UInt8]) { for (value, digit) in digits.enumerated() { places[Int(digit)] = UInt32(value) } }
  }
}

/// Hexadecimal digits, for hashes that people compare.
public enum Hex {
  /// Lower case.
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var out: [UInt8] = []
    for byte in bytes {
      out.append(digit(byte >> 4))
      out.append(digit(byte & 15))
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Both cases of letters; nil for an odd length or anything else.
  public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    let text = Array(text)
    guard text.count % 2 == 0 else { return nil }
    var out: [UInt8] = []
    out.reserveCapacity(text.count / 2)
    for at in stride(from: 0, to: text.count, by: 2) {
      guard let high = value(of: text[at]), let low = value(of: text[at + 1]) else { return nil }
      out.append(high << 4 | low)
    }
    return out
  }
  public static func decode(_ string: String) -> [UInt8]? { decode(Array(string.utf8)) }

  static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
  static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }
}
