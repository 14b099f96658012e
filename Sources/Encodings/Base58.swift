/// Base 58 with the Bitcoin alphabet, as multibase `z` has it (CID 1.0 section 2.4). Quadratic, so inputs are short.
public enum Base58 {
  /// Keys and signatures have at most 96 bytes.
  public static let defaultMaxBytes = 128

  private static let digits = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 0xFF, count: 256)
    for (value, digit) in digits.enumerated() { table[Int(digit)] = UInt8(value) }
    return table
  }()

  /// Each leading zero byte is one leading `1`; the rest is one number in base 58.
  public static func encode(_ bytes: [UInt8]) -> String {
    let zeros = bytes.prefix { $0 == 0 }.count
    var number: [UInt8] = []  // base 58, least significant digit first
    for byte in bytes.dropFirst(zeros) {
      var carry = UInt32(byte)
      for at in number.indices {
        carry += UInt32(number[at]) << 8
        number[at] = UInt8(carry % 58)
        carry /= 58
      }
      while carry > 0 {
        number.append(UInt8(carry % 58))
        carry /= 58
      }
    }
    let text = repeatElement(digits[0], count: zeros) + number.reversed().map { digits[Int($0)] }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nil for a foreign character or more than `maxBytes` bytes.
  public static func decode(_ text: some Collection<UInt8>, maxBytes: Int = defaultMaxBytes) -> [UInt8]? {
    guard text.count <= maxBytes * 138 / 100 + 1 else { return nil }  // log 256 / log 58 = 1.366
    let text = Array(text)
    let zeros = text.prefix { $0 == digits[0] }.count
    var number: [UInt8] = []  // base 256, least significant byte first
    for digit in text.dropFirst(zeros) {
      let value = values[Int(digit)]
      guard value != 0xFF else { return nil }
      var carry = UInt32(value)
      for at in number.indices {
        carry += UInt32(number[at]) * 58
        number[at] = UInt8(carry & 0xFF)
        carry >>= 8
      }
      if carry > 0 { number.append(UInt8(carry)) }
    }
    guard zeros + number.count <= maxBytes else { return nil }
    return repeatElement(0, count: zeros) + number.reversed()
  }
  public static func decode(_ string: String, maxBytes: Int = defaultMaxBytes) -> [UInt8]? {
    decode(Array(string.utf8), maxBytes: maxBytes)
  }
}
