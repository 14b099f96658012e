internal import Encodings

/// Why a name is refused, with the place of the character (from 1) where one is to blame.
package enum NameRejection: Hashable, Sendable {
  case missing
  case length(Int)
  case formula
  case control(at: Int)
  case bidiControl(at: Int)
  case invisible(at: Int)
  case space
  case confusable(at: Int)
  /// A sign that passes as a letter or promises something: a check mark, an emoji, ®.
  case symbol(at: Int)
  case notLatin
  case notArabic
}

/// What a name must be so that a reader can trust what is shown: the same rules at import and before signing.
package enum NameRules {
  /// Visible graphemes (attack catalogue, A102).
  package static let maxVisible = 200
  /// Ten bytes for each grapheme: a letter of any script with its marks.
  package static let maxBytes = 2_000
  /// Marks upon one letter; Arabic with shadda and vowel has two, Vietnamese two.
  package static let maxMarks = 3

  /// The language a name is given in.
  package enum Language: Sendable { case arabic, english, any }

  /// The first rule the name breaks, nil when it breaks none. Does not compare with other names.
  package static func rejection(_ bytes: [UInt8], language: Language) -> NameRejection? {
    if bytes.isEmpty { return .missing }
    if bytes.count > maxBytes { return .length(bytes.count) }
    let name = String(decoding: bytes, as: UTF8.self)
    let scalars = Array(name.unicodeScalars)
    if Formula.begins(with: scalars[0].value) { return .formula }
    if let hidden = hiddenCharacter(scalars) { return hidden }
    let visible = name.count
    if visible > maxVisible { return .length(visible) }
    if hasOddSpace(scalars) { return .space }
    if let place = confusablePlace(scalars) { return .confusable(at: place + 1) }
    if let place = scalars.firstIndex(where: isSymbol) { return .symbol(at: place + 1) }
    switch language {
    case .english where !scalars.contains(where: { Script.of($0) == .latin }): return .notLatin
    case .arabic where !scalars.contains(where: { Script.of($0) == .arabic }): return .notArabic
    default: return nil
    }
  }

  /// Controls, direction controls, and whatever else takes part without being seen.
  private static func hiddenCharacter(_ scalars: [Unicode.Scalar]) -> NameRejection? {
    var marks = 0
    for (index, scalar) in scalars.enumerated() {
      let place = index + 1
      switch scalar.value {
      case 0x20..<0x7F: marks = 0
      case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029: return .control(at: place)
      case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: return .bidiControl(at: place)
      case 0x0621...0x063F, 0x0641...0x064A: marks = 0  // the Arabic alphabet, the common case
      case 0x200C where joins(scalars, at: index): marks = 0
      default:
        let properties = scalar.properties
        if properties.isDefaultIgnorableCodePoint { return .invisible(at: place) }
        switch properties.generalCategory {
        case .format, .control, .privateUse, .surrogate, .unassigned: return .invisible(at: place)
        case .nonspacingMark, .spacingMark, .enclosingMark:
          marks += 1
          // A mark without a letter joins the quotation mark or space before it; a pile of marks covers the line above.
          if marks > maxMarks || index == 0 || scalars[index - 1] == " " { return .invisible(at: place) }
        default: marks = 0
        }
      }
    }
    return nil
  }

  /// The zero-width non-joiner is spelling in Persian and Urdu where it parts two letters that would join (RFC 5892
  /// A.1, narrowed to Arabic letters side by side); anywhere else it only makes two names that look the same.
  private static func joins(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
    guard index > 0, index + 1 < scalars.count, Script.of(scalars[index - 1]) == .arabic,
      Script.of(scalars[index + 1]) == .arabic
    else { return false }
    switch scalars[index - 1].value {
    case 0x0621...0x0625, 0x0627, 0x0629, 0x062F...0x0632, 0x0648, 0x0671...0x0673, 0x0688...0x0699, 0x06C0,
      0x06C4...0x06CB, 0x06D2...0x06D3:
      return false  // letters that never join what follows
    default: return true
    }
  }

  /// Signs other than those that names are written with. Of the letters and marks of a script none is one.
  private static func isSymbol(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20..<0x7F: return false  // `+`, `^` and their like are on every keyboard
    case 0x00B0, 0x2116: return false  // degree and numero: "N° 5", "№ 5"
    case 0x00A9, 0x00AE, 0x2122, 0x2800, 0xFFFC, 0xFFFD: return true
    case 0x0600...0x06FF, 0x00C0...0x024F: return false  // the common case
    default: break
    }
    switch scalar.properties.generalCategory {
    case .otherSymbol, .mathSymbol, .modifierSymbol: return true
    default: return scalar.properties.isEmojiPresentation
    }
  }

  /// A space at either end, two in a row, or any kind but U+0020.
  private static func hasOddSpace(_ scalars: [Unicode.Scalar]) -> Bool {
    var before = true
    for scalar in scalars {
      let isSpace = scalar == " "
      if isSpace && before { return true }
      if isUnusualSpace(scalar.value) { return true }
      before = isSpace
    }
    return before
  }

  /// Unicode `White_Space` without U+0020 and the controls. Written out: asking the properties of every letter costs a
  /// tenth of an import.
  private static func isUnusualSpace(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0xA0, 0x1680, 0x2000...0x200A, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  /// The first letter that cannot stand with those before it, or is a styled copy of another.
  private static func confusablePlace(_ scalars: [Unicode.Scalar]) -> Int? {
    var word: Script?
    var name: Set<Script> = []
    for (index, scalar) in scalars.enumerated() {
      if scalar.value > 0x7F && Script.isStyledCopy(scalar.value) { return index }
      guard let script = Script.of(scalar) else {
        if scalar == " " || scalar == "-" || scalar == "/" || scalar == "(" || scalar == ")" || scalar == "&" {
          word = nil
        }
        continue
      }
      if let word, !Script.mayMix(word, script) { return index }
      if (script.imitatesLatin && name.contains(.latin)) || (script == .latin && name.contains(where: \.imitatesLatin))
      {
        return index
      }
      word = script
      name.insert(script)
    }
    return nil
  }
}
