import Messages

/// A name as it may stand in a picture: checked once, here.
///
/// C0 and C1 controls, bidi controls and what XML cannot hold are refused, not dropped: a name that has to be changed
/// before it can be printed is not the name that was vetted.
package struct PrintedName: Hashable, Sendable {
  /// BCP 47, for example `ar` or `zh-Hans`; goes into `xml:lang`, where it picks the right Han glyphs.
  package let language: String
  package let text: String

  /// The same limit as at issue: 200 visible characters; bytes are bounded too, for marks piled on one letter.
  package static let maxCharacters = 200
  package static let maxBytes = 1_600

  /// - Parameter field: the name of the field in errors.
  package init(_ text: String, language: String, field: String = "name") throws(ArtworkRejection) {
    guard Self.isLanguageTag(language) else { throw .languageTagRefused(field: field) }
    try Self.check(text, field: field)
    self.text = text
    self.language = language
  }

  /// Throws `textRefused` with the byte at which the text goes wrong.
  static func check(_ text: String, field: String) throws(ArtworkRejection) {
    guard text.utf8.count <= maxBytes, text.count <= maxCharacters else {
      throw .textRefused(field: field, why: .tooLong, at: maxBytes)
    }
    var offset = 0
    var visible = false
    for scalar in text.unicodeScalars {
      if let problem = problem(scalar) { throw .textRefused(field: field, why: problem, at: offset) }
      if !scalar.properties.isWhitespace && !scalar.properties.isDefaultIgnorableCodePoint { visible = true }
      offset += UTF8.width(scalar)
    }
    guard visible else { throw .textRefused(field: field, why: .empty, at: 0) }
  }

  private static func problem(_ scalar: Unicode.Scalar) -> TextRejection? {
    switch scalar.value {
    case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029: .control
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: .bidiControl
    case 0xFEFF, 0xFFF9...0xFFFB, 0xFDD0...0xFDEF: .notXML
    default: scalar.value & 0xFFFE == 0xFFFE ? .notXML : nil
    }
  }

  private static func isLanguageTag(_ tag: String) -> Bool {
    (2...35).contains(tag.utf8.count)
      && tag.utf8.allSatisfy {
        (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
      }
  }

  var isRightToLeft: Bool { Script.isRightToLeft(text) }

  /// By the primary subtag alone: `ar-AE` is Arabic.
  func isIn(_ wanted: Language) -> Bool {
    let primary = language.utf8.prefix { $0 != UInt8(ascii: "-") }
    return primary.elementsEqual(wanted.rawValue.utf8) { ($0 | 0x20) == $1 }
  }
}

extension [PrintedName] {
  /// The name for readers of a language: that language, else English, else the first.
  func best(for language: Language) -> PrintedName? {
    first { $0.isIn(language) } ?? first { $0.isIn(.en) } ?? first
  }

  /// The same company in the other script: Arabic beside everything else, English (or what there is) beside Arabic.
  func second(beside shown: PrintedName) -> PrintedName? {
    let others = filter { $0 != shown && $0.isRightToLeft != shown.isRightToLeft }
    return others.first { $0.isIn(shown.isRightToLeft ? .en : .ar) } ?? others.first
  }
}

/// What the letters of a text ask of its drawing.
enum Script {
  /// By the first strong character (Unicode Bidirectional Algorithm, P2 and P3), with blocks standing in for the
  /// property.
  static func isRightToLeft(_ text: String) -> Bool {
    for scalar in text.unicodeScalars {
      if isRightToLeft(scalar.value) { return true }
      if scalar.properties.isAlphabetic { return false }
    }
    return false
  }

  static func isRightToLeft(_ value: UInt32) -> Bool {
    (0x0590...0x08FF).contains(value) || (0xFB1D...0xFDFF).contains(value) || (0xFE70...0xFEFC).contains(value)
      || (0x10800...0x10FFF).contains(value) || (0x1E800...0x1EFFF).contains(value)
  }

  /// الله in one glyph comes out of a PDF with its letters swapped (هللا). A joiner keeps the three letters apart
  /// without changing how they join; it is drawn as nothing.
  static func withoutNameLigature(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    let scalars = Array(text.unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      let isLigature =
        scalar.value == 0x0647 && index >= 2 && scalars[index - 1].value == 0x0644 && scalars[index - 2].value == 0x0644
      if isLigature { result.append("\u{200D}") }
      result.append(scalar)
    }
    return String(result)
  }

  /// Written without spaces, so a line may break between any two.
  static func isEastAsian(_ value: UInt32) -> Bool {
    (0x2E80...0xA4CF).contains(value) || (0xAC00...0xD7A3).contains(value) || (0xF900...0xFAFF).contains(value)
      || (0xFE30...0xFE4F).contains(value) || (0xFF00...0xFF60).contains(value) || (0x20000...0x3FFFF).contains(value)
  }
}

/// Addresses and hosts as they are printed: visible ASCII (A-labels), never shortened.
enum PrintedAddress {
  /// RFC 1035, 2.3.4 allows 253 bytes of host; an address longer than this is no help to a person who compares it.
  static let maxBytes = 300

  /// Visible ASCII only: a printed address must be typable, and must hide nothing.
  static func check(_ address: String, field: String) throws(ArtworkRejection) {
    guard !address.isEmpty, address.utf8.count <= maxBytes, address.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw .addressRefused(field: field)
    }
  }

  /// Lower-case letters, digits, hyphens and full stops; a port may follow.
  static func checkHost(_ host: String, field: String) throws(ArtworkRejection) {
    let allowed = host.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0)
        || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":")].contains($0)
    }
    guard allowed, (1...253).contains(host.utf8.count) else { throw .addressRefused(field: field) }
  }
}
