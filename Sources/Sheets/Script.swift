/// The writing systems that can be told apart in a name. Only what a company of this register may be named in has an
/// own case; the rest is `other` and mixes with nothing.
enum Script: Hashable {
  case latin, arabic, cyrillic, greek, armenian, hebrew, indic, han, kana, hangul, thai, ethiopic, other

  /// nil: digits, punctuation, symbols and marks, which belong to the script around them.
  static func of(_ scalar: Unicode.Scalar) -> Script? {
    switch scalar.value {
    case 0x41...0x5A, 0x61...0x7A: .latin
    case 0..<0xAA: nil
    case 0x0621...0x063F, 0x0641...0x064A, 0x066E...0x066F, 0x0671...0x06D3, 0x06EE...0x06EF, 0x06FA...0x06FF: .arabic
    case 0x0600...0x06FF: nil  // tatweel, harakat, digits, punctuation
    default: ofLetter(scalar)
    }
  }

  private static func ofLetter(_ scalar: Unicode.Scalar) -> Script? {
    guard scalar.properties.isAlphabetic, !scalar.properties.generalCategory.isMark else { return nil }
    return switch scalar.value {
    case 0xAA...0x024F, 0x1E00...0x1EFF, 0x2C60...0x2C7F, 0xA720...0xA7FF, 0xAB30...0xAB64: .latin
    case 0x0370...0x03FF, 0x1F00...0x1FFF: .greek
    case 0x0400...0x052F, 0x1C80...0x1C8F, 0x2DE0...0x2DFF, 0xA640...0xA69F: .cyrillic
    case 0x0530...0x058F: .armenian
    case 0x0590...0x05FF: .hebrew
    case 0x0750...0x077F, 0x0870...0x08FF: .arabic
    case 0x0900...0x0DFF: .indic
    case 0x0E00...0x0E7F: .thai
    case 0x1200...0x139F, 0x2D80...0x2DDF: .ethiopic
    case 0x1100...0x11FF, 0x3130...0x318F, 0xAC00...0xD7FF: .hangul
    case 0x3040...0x30FF, 0x31F0...0x31FF: .kana
    case 0x2E80...0x2FDF, 0x3005...0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF: .han
    default: .other
    }
  }

  /// Whether two scripts may stand in one word: Chinese and Japanese brand names mix with Latin letters, and look like
  /// nothing else.
  static func mayMix(_ one: Script, _ two: Script) -> Bool {
    if one == two { return true }
    let together: Set<Script> = [.han, .kana, .latin]
    return (together.contains(one) && together.contains(two)) || (Set([one, two]) == [.han, .hangul])
  }

  /// Scripts whose letters are taken for Latin ones: they may not stand in one name with Latin, not even in other
  /// words.
  var imitatesLatin: Bool {
    switch self {
    case .cyrillic, .greek, .armenian, .other: true
    default: false
    }
  }

  /// Styled copies of letters and digits: full width, mathematical, enclosed, superscript, Arabic presentation forms.
  /// They come from pictures, PDF files and disguises; the plain letter is meant.
  static func isStyledCopy(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0xAA, 0xB2, 0xB3, 0xB9, 0xBA: true
    case 0x0250...0x02FF: true  // phonetic and modifier letters
    case 0x1D00...0x1DBF, 0x2070...0x209F, 0x2150...0x218B: true
    case 0x2100...0x2115, 0x2117...0x2121, 0x2123...0x214F: true  // letterlike, except № and ™
    case 0x2460...0x24FF, 0x3200...0x33FF, 0xA770...0xA778: true
    case 0xFB00...0xFDFF, 0xFE70...0xFEFE, 0xFF01...0xFFEF: true
    case 0x1D400...0x1D7FF, 0x1EE00...0x1EEFF, 0x1F100...0x1F1FF: true
    default: false
    }
  }
}

extension Unicode.GeneralCategory {
  var isMark: Bool { self == .nonspacingMark || self == .spacingMark || self == .enclosingMark }
}
