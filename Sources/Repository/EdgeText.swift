internal import Encodings

/// The marks of the way: what stands around a text that a person copied, typed or dictated, and what stands in for a
/// character of it.
enum EdgeText {
  /// UTF-8, or UTF-16 with its mark. Nil: neither.
  static func decoded(_ bytes: [UInt8]) -> String? {
    let isBig = bytes.starts(with: [0xFE, 0xFF])
    guard isBig || bytes.starts(with: [0xFF, 0xFE]) else { return String(validating: bytes, as: UTF8.self) }
    guard bytes.count % 2 == 0 else { return nil }
    let units = stride(from: 2, to: bytes.count, by: 2).map { (place: Int) -> UInt16 in
      let first = UInt16(bytes[place])
      let second = UInt16(bytes[place + 1])
      return isBig ? first << 8 | second : second << 8 | first
    }
    return String(validating: units, as: UTF16.self)
  }

  /// White space of any kind, marks of direction and of no width, at both ends.
  static func trimmed(_ text: String) -> String {
    var scalars = text.unicodeScalars[...]
    while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
    while let last = scalars.last, isBlank(last) { scalars.removeLast() }
    return String(scalars)
  }

  /// Blanks, one pair of quotation marks or brackets, closing punctuation; again until nothing changes, at most four
  /// times.
  static func stripped(_ text: String) -> String {
    var text = text
    for _ in 0..<4 {
      let next = withoutClosingMarks(unwrappedOnce(trimmed(text)))
      if next.unicodeScalars.elementsEqual(text.unicodeScalars) { break }
      text = next
    }
    return text
  }

  /// The same without touching punctuation.
  static func unwrapped(_ text: String) -> String {
    var text = text
    for _ in 0..<4 {
      let next = unwrappedOnce(trimmed(text))
      if next.unicodeScalars.elementsEqual(text.unicodeScalars) { break }
      text = next
    }
    return text
  }

  static func withoutClosingMarks(_ text: String) -> String {
    var scalars = text.unicodeScalars[...]
    while let last = scalars.last, closing.contains(last) || isBlank(last) { scalars.removeLast() }
    return String(scalars)
  }

  private static func unwrappedOnce(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard scalars.count > 2, let first = scalars.first, let last = scalars.last,
      pairs.contains(where: { $0.0 == first && $0.1 == last })
    else { return text }
    return String(scalars.dropFirst().dropLast())
  }

  /// A number in the letters of `CredentialID`: digits of other scripts and widths, hyphens and blanks of any kind, and
  /// the letters that are left out of the alphabet because they look like digits.
  static func number(_ text: String) -> [UInt8] {
    var out: [UInt8] = []
    for scalar in text.unicodeScalars where !isBlank(scalar) && !isDash(scalar) {
      let value: UInt32 =
        switch scalar.value {
        case 0x0660...0x0669: scalar.value - 0x0660 + 0x30
        case 0x06F0...0x06F9: scalar.value - 0x06F0 + 0x30
        case 0xFF01...0xFF5E: scalar.value - 0xFF01 + 0x21
        default: scalar.value
        }
      guard let byte = UInt8(exactly: value), byte < 0x80 else { return Array(text.utf8) }
      switch ASCII.upper(byte) {
      case UInt8(ascii: "O"): out.append(UInt8(ascii: "0"))
      case UInt8(ascii: "I"), UInt8(ascii: "L"): out.append(UInt8(ascii: "1"))
      case let upper: out.append(upper)
      }
    }
    return out
  }

  /// Mail and terminals break a token: line ends with the blanks behind them, and the `=` that quoted-printable puts
  /// before one.
  static func unfolded(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var place = 0
    out.reserveCapacity(bytes.count)
    while place < bytes.count {
      let byte = bytes[place]
      guard byte == 0x0A || byte == 0x0D else {
        out.append(byte)
        place += 1
        continue
      }
      while out.last == 0x20 || out.last == 0x09 { out.removeLast() }
      if out.last == UInt8(ascii: "=") { out.removeLast() }
      while place < bytes.count, [0x0A, 0x0D, 0x20, 0x09].contains(bytes[place]) { place += 1 }
    }
    return out
  }

  /// VCDM 2.0, 4.13: an enveloped credential is the rest of such an address.
  static func dataURL(_ bytes: [UInt8]) -> [UInt8]? {
    let prefix = Array("data:application/vc+jwt,".utf8)
    guard bytes.count > prefix.count, ASCII.equalFolded(bytes[..<prefix.count], prefix) else { return nil }
    return Array(bytes[prefix.count...])
  }

  /// In small letters; nil: the text begins with none.
  static func scheme(of text: String) -> String? {
    let letters = text.utf8.prefix { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
    let rest = text.utf8.dropFirst(letters.count)
    guard !letters.isEmpty, letters.count <= 10, rest.first == UInt8(ascii: ":"),
      rest.dropFirst().starts(with: "//".utf8) || letters.elementsEqual("data".utf8)
    else { return nil }
    return String(decoding: letters.map(ASCII.lower), as: UTF8.self)
  }

  /// A point between two characters before the first slash, and no blank: enough to say that a scheme is missing.
  static func looksLikeHost(_ text: String) -> Bool {
    let host = text.unicodeScalars.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let point = host.firstIndex(of: "."), point > host.startIndex, host.last != "." else { return false }
    return !text.unicodeScalars.contains(where: isBlank) && !host.contains("@")
  }

  static func percentDecoded(_ bytes: some Collection<UInt8>) -> String? {
    var out: [UInt8] = []
    var rest = Array(bytes)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        out.append(byte)
        continue
      }
      guard rest.count >= 2, let pair = Hex.decode(rest.prefix(2).map(ASCII.lower)) else { return nil }
      out += pair
      rest = rest.dropFirst(2)
    }
    return String(validating: out, as: UTF8.self)
  }

  /// White space; U+200B to U+200F, U+2060, U+FEFF, U+061C, the embeddings and isolates of direction; soft hyphens.
  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2064, 0x2066...0x2069, 0xFEFF, 0x061C, 0x00AD: true
    default: scalar.properties.isWhitespace
    }
  }

  private static func isDash(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x2D, 0x2010...0x2015, 0x2043, 0x2212, 0x0640, 0x06D4, 0xFE58, 0xFE63, 0xFF0D: true
    default: false
    }
  }

  private static let closing: Set<Unicode.Scalar> = [
    ".", ",", ";", ":", "!", "?", "。", "،", "؛", "؟", "，", "；", "：", "！", "？", "．",
  ]
  private static let pairs: [(Unicode.Scalar, Unicode.Scalar)] = [
    ("\"", "\""), ("'", "'"), ("“", "”"), ("„", "“"), ("”", "”"), ("‘", "’"), ("«", "»"), ("»", "«"), ("‹", "›"),
    ("<", ">"), ("(", ")"), ("（", "）"), ("《", "》"), ("「", "」"), ("`", "`"),
  ]
}
