/// The four languages in which a person can be answered.
public enum Language: String, CaseIterable, Hashable, Sendable {
  case ar, en, fr, zh

  /// The value of the `dir` attribute.
  public enum Direction: String, Sendable {
    case leftToRight = "ltr"
    case rightToLeft = "rtl"
  }

  public var direction: Direction { self == .ar ? .rightToLeft : .leftToRight }

  /// The language's name in itself, for the list of languages: a reader looks for her own word, not for ours.
  public var nativeName: String {
    switch self {
    case .ar: "العربية"
    case .en: "English"
    case .fr: "Français"
    case .zh: "中文"
    }
  }

  /// The best of the four for an `Accept-Language` field (RFC 9110, 12.5.4): highest weight first, first named wins a
  /// draw. Only the primary subtag counts (`zh-Hant-TW` is `zh`). Nil when none of the four is acceptable.
  public static func preferred(acceptLanguage field: String) -> Language? {
    var best: (language: Language, weight: Int)?
    // Sixteen ranges are more than any browser sends; the rest of a hostile field is not read.
    for range in field.utf8.split(separator: UInt8(ascii: ","), maxSplits: 16).prefix(16) {
      let parts = range.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { trimmed($0) }
      guard let tag = parts.first, let primary = tag.split(separator: UInt8(ascii: "-")).first else { continue }
      let folded = String(decoding: primary.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
      guard let language = Language(rawValue: folded) else { continue }
      let weight = parts.count == 1 ? 1000 : parts.count == 2 ? thousandths(parts[1]) : 0
      if weight > 0, weight > (best?.weight ?? 0) { best = (language, weight) }
    }
    return best?.language
  }

  private static func trimmed(_ bytes: Substring.UTF8View) -> [UInt8] {
    Array(bytes.drop { $0 == 0x20 || $0 == 0x09 }.reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed())
  }

  /// `q=0.8` as 800; anything that is not a quality value counts as 0.
  private static func thousandths(_ bytes: [UInt8]) -> Int {
    guard bytes.count >= 3, bytes.count <= 7, bytes[0] | 0x20 == UInt8(ascii: "q"), bytes[1] == UInt8(ascii: "=") else {
      return 0
    }
    guard bytes[2] == 0x30 || bytes[2] == 0x31, bytes.count == 3 || bytes[3] == UInt8(ascii: ".") else { return 0 }
    var value = Int(bytes[2] - 0x30)
    for place in 4..<7 {
      let digit = place < bytes.count ? bytes[place] : 0x30
      guard (0x30...0x39).contains(digit) else { return 0 }
      value = value * 10 + Int(digit - 0x30)
    }
    return min(value, 1000)
  }
}
