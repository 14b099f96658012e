/// Something that can be said to a person in each of the four languages.
///
/// Conforming types are closed enums, so that a message without its four texts does not compile.
public protocol Message: Sendable {
  /// The code a program reads.
  var identifier: String { get }
  /// Every parameter the message may carry; a text need not use all of them.
  var parameters: [String] { get }
  var texts: FourTexts { get }
  /// What is said where a parameter of `texts` is not known, such as the day of a suspension; nil: nothing else.
  var undated: FourTexts? { get }
}

extension Message {
  public var undated: FourTexts? { nil }

  /// The texts whose parameters are among those given.
  public func texts(knowing params: [(String, String)]) -> FourTexts {
    guard let undated else { return texts }
    let known = Set(params.map(\.0))
    return known.isSuperset(of: texts[.en].placeholders) ? texts : undated
  }
}

/// One text in four languages, side by side, so that a reviewer sees at once when one of them says something else.
///
/// `{name}` is a parameter. Text between two backquotes is a fixed literal such as an address prefix; it is handed out
/// like a parameter, because inside Arabic it needs the same isolation.
public struct FourTexts: Sendable {
  let en, ar, fr, zh: String

  init(en: String, ar: String, fr: String, zh: String) {
    self.en = en
    self.ar = ar
    self.fr = fr
    self.zh = zh
  }

  public subscript(language: Language) -> Template {
    switch language {
    case .ar: Template(ar, language)
    case .en: Template(en, language)
    case .fr: Template(fr, language)
    case .zh: Template(zh, language)
    }
  }
}

/// A piece of a message. Pages wrap every parameter in `<bdi>` (and escape both kinds); nothing else may be done to
/// them.
public enum Segment: Hashable, Sendable {
  case text(String)
  /// `value` is what the caller gave, unchanged. The name of a fixed literal is `literal`.
  case param(name: String, value: String)
}

/// A text with places for parameters.
public struct Template: Sendable {
  public let source: String
  public let language: Language

  init(_ source: String, _ language: Language) {
    self.source = source
    self.language = language
  }

  /// What stands where a parameter was not given. A sentence with a gap is better than no sentence.
  public static let missing = "…"

  public var placeholders: [String] {
    pieces.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
  }

  /// For markup. Parameters the text does not name are left out; the values of `why`, `what` and `table` that `Detail`
  /// knows are put into words.
  public func segments(_ params: [(String, String)] = []) -> [Segment] {
    pieces.map { piece in
      switch piece {
      case .text(let text): return .text(text)
      case .literal(let text): return .param(name: "literal", value: text)
      case .placeholder(let name):
        guard let given = params.first(where: { $0.0.utf8.elementsEqual(name.utf8) })?.1 else {
          return .param(name: name, value: Template.missing)
        }
        return .param(name: name, value: Detail.words(for: given, parameter: name, language: language) ?? given)
      }
    }
  }

  /// For terminals and plain text. Control characters and bidi controls inside values are shown as `\u{…}`; values are
  /// isolated (U+2068 … U+2069) in Arabic text, and everywhere when they hold right-to-left letters.
  public func sentence(_ params: [(String, String)] = []) -> String {
    var result = ""
    for segment in segments(params) {
      switch segment {
      case .text(let text): result += text
      case .param(_, let value):
        let shown = PlainText.visible(value)
        let isolated = language.direction == .rightToLeft || PlainText.hasRightToLeftLetter(value)
        result += isolated ? "\u{2068}" + shown + "\u{2069}" : shown
      }
    }
    return result
  }

  /// A part of a template, before the parameters are put in.
  enum Piece: Equatable {
    case text(String)
    case literal(String)
    case placeholder(String)
  }

  /// Only our own texts come here, so an unclosed mark is simply text; a test refuses such a text.
  var pieces: [Piece] {
    var pieces: [Piece] = []
    var plain: [UInt8] = []
    var rest = Substring(source).utf8
    func flush() {
      if !plain.isEmpty { pieces.append(.text(String(decoding: plain, as: UTF8.self))) }
      plain = []
    }
    while let byte = rest.first {
      let closing: UInt8? = byte == UInt8(ascii: "{") ? UInt8(ascii: "}") : byte == UInt8(ascii: "`") ? byte : nil
      let after = rest.dropFirst()
      guard let closing, let end = after.firstIndex(of: closing) else {
        plain.append(byte)
        rest = after
        continue
      }
      flush()
      let inner = String(decoding: after[..<end], as: UTF8.self)
      pieces.append(byte == UInt8(ascii: "{") ? .placeholder(inner) : .literal(inner))
      rest = after[after.index(after: end)...]
    }
    flush()
    return pieces
  }
}

/// What a person reads, by (message, language).
public enum Catalogue {
  public static func template(_ message: some Message, _ language: Language) -> Template { message.texts[language] }

  /// For markup: see `Template.segments`.
  public static func segments(_ message: some Message, params: [(String, String)] = [], language: Language) -> [Segment]
  {
    message.texts(knowing: params)[language].segments(params)
  }

  /// For plain text: see `Template.sentence`.
  public static func sentence(_ message: some Message, params: [(String, String)] = [], language: Language) -> String {
    message.texts(knowing: params)[language].sentence(params)
  }
}

/// Outside text on a plain-text channel.
public enum PlainText {
  /// C0 and C1 controls, DEL, line and paragraph separators, bidi controls and the byte order mark become `\u{…}`.
  public static func visible(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isHidden(scalar.value) {
        result.append(contentsOf: ("\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}").unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  static func isHidden(_ value: UInt32) -> Bool {
    switch value {
    case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }

  /// Hebrew, Arabic, Syriac, Thaana and their presentation forms; wide on purpose, isolation never hurts.
  static func hasRightToLeftLetter(_ text: String) -> Bool {
    text.unicodeScalars.contains {
      (0x0590...0x08FF).contains($0.value) || (0xFB1D...0xFDFF).contains($0.value)
        || (0xFE70...0xFEFC).contains($0.value) || (0x10800...0x10FFF).contains($0.value)
        || (0x1E800...0x1EFFF).contains($0.value)
    }
  }
}
