/// Strict DER (X.690): definite, minimal lengths, one-byte tags. The reader never recurses; callers go down level by
/// level.
struct DERReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  /// One value as it stands in the bytes, which it does not copy.
  struct Element {
    let tag: UInt8
    /// The contents alone.
    let content: ArraySlice<UInt8>
    /// Tag, length and contents.
    let whole: ArraySlice<UInt8>
  }

  var isAtEnd: Bool { position == bytes.endIndex }
  var nextTag: UInt8? { isAtEnd ? nil : bytes[position] }

  /// Nil when what follows is not one whole element of strict DER.
  mutating func next() -> Element? {
    let start = position
    guard bytes.endIndex - start >= 2 else { return nil }
    let tag = bytes[start]
    guard tag & 0x1f != 0x1f else { return nil }
    var cursor = start + 2
    var length = Int(bytes[start + 1])
    if length >= 0x80 {
      let digits = length & 0x7f
      // Four digits are 4 GiB; nothing we read is near.
      guard (1...4).contains(digits), bytes.endIndex - cursor >= digits, bytes[cursor] != 0 else { return nil }
      length = bytes[cursor..<cursor + digits].reduce(0) { $0 << 8 | Int($1) }
      guard length >= 0x80 else { return nil }
      cursor += digits
    }
    guard bytes.endIndex - cursor >= length else { return nil }
    position = cursor + length
    return Element(tag: tag, content: bytes[cursor..<position], whole: bytes[start..<position])
  }

  /// The next element if it has this tag; otherwise nil and nothing is consumed.
  mutating func next(_ tag: UInt8) -> Element? {
    guard nextTag == tag else { return nil }
    return next()
  }

  /// Reads the inside of the next element if it has this tag.
  mutating func enter(_ tag: UInt8) -> DERReader? { next(tag).map { DERReader($0.content) } }

  /// The one element that `bytes` is, with nothing after it.
  static func only(_ bytes: ArraySlice<UInt8>, _ tag: UInt8) -> Element? {
    var reader = DERReader(bytes)
    guard let element = reader.next(tag), reader.isAtEnd else { return nil }
    return element
  }
}

/// Identifier octets of X.690 that certificates use.
enum DERTag {
  static let boolean: UInt8 = 0x01, integer: UInt8 = 0x02, bitString: UInt8 = 0x03, octetString: UInt8 = 0x04,
    null: UInt8 = 0x05
  static let oid: UInt8 = 0x06, enumerated: UInt8 = 0x0a, utf8String: UInt8 = 0x0c, printableString: UInt8 = 0x13
  static let utcTime: UInt8 = 0x17, generalizedTime: UInt8 = 0x18, sequence: UInt8 = 0x30, set: UInt8 = 0x31
  static func context(_ number: UInt8) -> UInt8 { 0x80 | number }
  static func constructed(_ number: UInt8) -> UInt8 { 0xa0 | number }
}

/// Writing. Each function returns one whole element.
enum DER {
  /// Tag, length in its shortest form, contents.
  static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    var out: [UInt8] = [tag]
    if content.count < 0x80 {
      out.append(UInt8(content.count))
    } else {
      var digits: [UInt8] = []
      var rest = content.count
      while rest > 0 {
        digits.insert(UInt8(rest & 0xff), at: 0)
        rest >>= 8
      }
      out.append(0x80 | UInt8(digits.count))
      out += digits
    }
    return out + content
  }

  static func sequence(_ parts: [UInt8]...) -> [UInt8] { element(DERTag.sequence, parts.flatMap { $0 }) }
  static func sequence(of parts: [[UInt8]]) -> [UInt8] { element(DERTag.sequence, parts.flatMap { $0 }) }
  static func octets(_ bytes: [UInt8]) -> [UInt8] { element(DERTag.octetString, bytes) }
  static func bits(_ bytes: [UInt8], unused: UInt8 = 0) -> [UInt8] { element(DERTag.bitString, [unused] + bytes) }
  static let null: [UInt8] = [DERTag.null, 0]
  static let yes: [UInt8] = [DERTag.boolean, 1, 0xff]

  /// A number that is not negative, from big-endian digits.
  static func unsigned(_ digits: [UInt8]) -> [UInt8] {
    var digits = Array(digits.drop { $0 == 0 })
    if digits.isEmpty || digits[0] >= 0x80 { digits.insert(0, at: 0) }
    return element(DERTag.integer, digits)
  }

  static func unsigned(_ value: UInt64) -> [UInt8] {
    unsigned((0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) })
  }
}

extension DERReader.Element {
  /// Digits of a number that is not negative, minimally encoded, without a sign octet; nil otherwise.
  var unsignedDigits: ArraySlice<UInt8>? {
    guard tag == DERTag.integer || tag == DERTag.enumerated || tag & 0xc0 == 0x80 else { return nil }
    guard let first = content.first, first < 0x80 else { return nil }
    guard content.count > 1, first == 0 else { return content }
    let rest = content.dropFirst()
    return rest[rest.startIndex] >= 0x80 ? rest : nil
  }

  /// A small number that is not negative.
  var smallNumber: Int? {
    guard let digits = unsignedDigits, digits.count <= 4 else { return nil }
    return digits.reduce(0) { $0 << 8 | Int($1) }
  }
}
