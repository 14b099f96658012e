/// The one folding under which names are stored for search and looked up, in the register and in the public directory.
///
/// FTS5's own tokenizer folds nothing in Arabic: harakat, tatweel and the variants of alef, ya and ta marbuta would
/// hide a company from the buyer who types its name as it is usually typed.
public enum SearchWords {
  /// Lower-case words separated by single spaces.
  public static func fold(_ text: String) -> String {
    var folded = String.UnicodeScalarView()
    var gap = false
    for scalar in text.unicodeScalars {
      guard let letter = fold(scalar) else { continue }
      if letter == " " {
        gap = !folded.isEmpty
        continue
      }
      if gap {
        folded.append(" ")
        gap = false
      }
      folded.append(letter)
    }
    return String(folded)
  }

  /// The words of a question, folded; the first sixteen.
  public static func words(_ text: String) -> [Substring] { Array(fold(text).split(separator: " ").prefix(16)) }

  /// An FTS5 expression that wants every word of `text` as the beginning of a word; nil when `text` has no word.
  public static func pattern(_ text: String) -> String? {
    let words = words(text)
    return words.isEmpty ? nil : words.map { "\"\($0)\"*" }.joined(separator: " ")  // folding leaves no quotation mark
  }

  /// nil: leave out; a space: a gap between words.
  private static func fold(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar.value {
    case 0x30...0x39, 0x61...0x7A: return scalar
    case 0x41...0x5A: return Unicode.Scalar(scalar.value + 0x20)
    case 0x27, 0x2019, 0x02BC: return nil  // O'Brien is found as obrien
    case 0..<0x80: return " "
    case 0x0640, 0x064B...0x065F, 0x0670, 0x06D6...0x06ED, 0x0610...0x061A: return nil
    case 0x0622, 0x0623, 0x0625, 0x0671: return "\u{0627}"
    case 0x0649, 0x06CC: return "\u{064A}"
    case 0x0629, 0x06C1, 0x06D5: return "\u{0647}"
    case 0x06A9: return "\u{0643}"
    case 0x0624: return "\u{0648}"
    case 0x0626: return "\u{064A}"
    case 0x0660...0x0669: return Unicode.Scalar(scalar.value - 0x0660 + 0x30)
    case 0x06F0...0x06F9: return Unicode.Scalar(scalar.value - 0x06F0 + 0x30)
    case 0x00C0...0x00C5, 0x00E0...0x00E5: return "a"
    case 0x00C7, 0x00E7: return "c"
    case 0x00C8...0x00CB, 0x00E8...0x00EB: return "e"
    case 0x00CC...0x00CF, 0x00EC...0x00EF: return "i"
    case 0x00D1, 0x00F1: return "n"
    case 0x00D2...0x00D6, 0x00F2...0x00F6: return "o"
    case 0x00D9...0x00DC, 0x00F9...0x00FC: return "u"
    case 0x0300...0x036F, 0x200B...0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: return nil
    default:
      let properties = scalar.properties
      if properties.isAlphabetic || properties.numericType != nil {
        return properties.lowercaseMapping.unicodeScalars.first ?? scalar
      }
      return properties.isDiacritic ? nil : " "
    }
  }
}
