/// The writing system of a character, as far as it matters for telling names apart.
///
/// Source: Unicode 14.0 `Scripts.txt`. Characters without a script of their own (Common, Inherited: digits, hyphen,
/// combining marks) are left out by `of(_:)`, so neighbouring ranges of one script are joined across them.
enum Script: Hashable, Sendable {
  case latin, bopomofo, greek, cyrillic, armenian, hebrew, arabic, syriac, thaana, devanagari, bengali, gurmukhi
  case gujarati, oriya, tamil, telugu, kannada, malayalam, sinhala, thai, lao, tibetan, myanmar, georgian
  case hangul, ethiopic, cherokee, khmer, mongolian, han, hiragana, katakana
  /// Any other writing system: one bucket, since none of them has a reason to stand beside another script in a label.
  case other

  /// Nil for what belongs to every script.
  static func of(_ scalar: Unicode.Scalar) -> Script? {
    let value = scalar.value
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .otherLetter, .modifierLetter, .letterNumber,
      .spacingMark:
      // Letters that Unicode lists as Common, or that two kana share.
      switch value {
      case 0xB5, 0x02B9...0x02DF, 0x02E5...0x02E9, 0x02EC...0x02FF, 0x0374, 0x0640, 0x1CE9...0x1CFA, 0x3006,
        0x3031...0x3035, 0x303C,
        0x30FC, 0xA717...0xA721, 0xA788...0xA78A, 0xFF70, 0xFF9E, 0xFF9F:
        return nil
      default: break
      }
    case .decimalNumber:
      if value < 0x80 { return nil }
      if (0x0660...0x0669).contains(value) { return .arabic }
    default: return nil
    }
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].1 < value { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].0 <= value ? ranges[low].2 : .other
  }

  /// Japanese is written in three scripts and carries Latin words: these four may stand in one label.
  static let japanese: Set<Script> = [.han, .hiragana, .katakana, .latin]

  /// Whether the characters come from scripts that nobody writes together.
  static func mixed(_ scalars: some Sequence<Unicode.Scalar>) -> Bool {
    var found: Set<Script> = []
    for scalar in scalars { if let script = of(scalar) { found.insert(script) } }
    return found.count > 1 && !found.isSubset(of: japanese)
  }

  private static let ranges: [(UInt32, UInt32, Script)] = [
    (0x0041, 0x02E4, .latin), (0x02EA, 0x02EB, .bopomofo), (0x0370, 0x03E1, .greek), (0x03F0, 0x03FF, .greek),
    (0x0400, 0x052F, .cyrillic), (0x0531, 0x058F, .armenian), (0x0591, 0x05F4, .hebrew), (0x0600, 0x06FF, .arabic),
    (0x0700, 0x074F, .syriac), (0x0750, 0x077F, .arabic), (0x0780, 0x07B1, .thaana), (0x0860, 0x086A, .syriac),
    (0x0870, 0x08FF, .arabic), (0x0900, 0x097F, .devanagari), (0x0980, 0x09FE, .bengali), (0x0A01, 0x0A76, .gurmukhi),
    (0x0A81, 0x0AFF, .gujarati), (0x0B01, 0x0B77, .oriya), (0x0B82, 0x0BFA, .tamil), (0x0C00, 0x0C7F, .telugu),
    (0x0C80, 0x0CF2, .kannada), (0x0D00, 0x0D7F, .malayalam), (0x0D81, 0x0DF4, .sinhala), (0x0E01, 0x0E5B, .thai),
    (0x0E81, 0x0EDF, .lao), (0x0F00, 0x0FDA, .tibetan), (0x1000, 0x109F, .myanmar), (0x10A0, 0x10FF, .georgian),
    (0x1100, 0x11FF, .hangul), (0x1200, 0x1399, .ethiopic), (0x13A0, 0x13FD, .cherokee), (0x1780, 0x17F9, .khmer),
    (0x1800, 0x18AA, .mongolian), (0x19E0, 0x19FF, .khmer), (0x1C80, 0x1C88, .cyrillic), (0x1C90, 0x1CBF, .georgian),
    (0x1D00, 0x1D25, .latin), (0x1D26, 0x1D2A, .greek), (0x1D2B, 0x1D2B, .cyrillic), (0x1D2C, 0x1D5C, .latin),
    (0x1D5D, 0x1D61, .greek),
    (0x1D62, 0x1D65, .latin), (0x1D66, 0x1D6A, .greek), (0x1D6B, 0x1D77, .latin), (0x1D78, 0x1D78, .cyrillic),
    (0x1D79, 0x1DBE, .latin),
    (0x1DBF, 0x1DBF, .greek), (0x1E00, 0x1EFF, .latin), (0x1F00, 0x1FFE, .greek), (0x2071, 0x209C, .latin),
    (0x2126, 0x2126, .greek),
    (0x212A, 0x2188, .latin), (0x2C60, 0x2C7F, .latin), (0x2D00, 0x2D2D, .georgian), (0x2D80, 0x2DDE, .ethiopic),
    (0x2DE0, 0x2DFF, .cyrillic), (0x2E80, 0x3029, .han), (0x302E, 0x302F, .hangul), (0x3038, 0x303B, .han),
    (0x3041, 0x309F, .hiragana),
    (0x30A1, 0x30FF, .katakana), (0x3105, 0x312F, .bopomofo), (0x3131, 0x318E, .hangul), (0x31A0, 0x31BF, .bopomofo),
    (0x31F0, 0x31FF, .katakana), (0x3200, 0x327E, .hangul), (0x32D0, 0x3357, .katakana), (0x3400, 0x9FFF, .han),
    (0xA640, 0xA69F, .cyrillic), (0xA722, 0xA7FF, .latin), (0xA8E0, 0xA8FF, .devanagari), (0xA960, 0xA97C, .hangul),
    (0xA9E0, 0xA9FE, .myanmar), (0xAA60, 0xAA7F, .myanmar), (0xAB01, 0xAB2E, .ethiopic), (0xAB30, 0xAB64, .latin),
    (0xAB65, 0xAB65, .greek), (0xAB66, 0xAB69, .latin), (0xAB70, 0xABBF, .cherokee), (0xAC00, 0xD7FB, .hangul),
    (0xF900, 0xFAD9, .han),
    (0xFB00, 0xFB06, .latin), (0xFB13, 0xFB17, .armenian), (0xFB1D, 0xFB4F, .hebrew), (0xFB50, 0xFDFF, .arabic),
    (0xFE2E, 0xFE2F, .cyrillic), (0xFE70, 0xFEFC, .arabic), (0xFF21, 0xFF5A, .latin), (0xFF66, 0xFF9D, .katakana),
    (0xFFA0, 0xFFDC, .hangul), (0x10140, 0x101A0, .greek), (0x10780, 0x107BA, .latin), (0x10E60, 0x10E7E, .arabic),
    (0x111E1, 0x111F4, .sinhala), (0x11660, 0x1166C, .mongolian), (0x11FC0, 0x11FFF, .tamil), (0x16FE2, 0x16FE3, .han),
    (0x16FF0, 0x16FF1, .han), (0x1AFF0, 0x1B000, .katakana), (0x1B001, 0x1B11F, .hiragana),
    (0x1B120, 0x1B122, .katakana),
    (0x1B150, 0x1B152, .hiragana), (0x1B164, 0x1B167, .katakana), (0x1D200, 0x1D245, .greek),
    (0x1DF00, 0x1DF1E, .latin),
    (0x1E7E0, 0x1E7FE, .ethiopic), (0x1EE00, 0x1EEF1, .arabic), (0x1F200, 0x1F200, .hiragana), (0x20000, 0x3134A, .han),
  ]
}
