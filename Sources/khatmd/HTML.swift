import Messages

/// Markup that is made in one piece. Tags and attribute names are literals of ours; everything else is escaped, byte by
/// byte: a quote with a combining mark behind it is one `Character`, and still a quote.
struct HTML {
  private(set) var bytes: [UInt8] = []

  mutating func raw(_ markup: StaticString) { markup.withUTF8Buffer { bytes.append(contentsOf: $0) } }

  mutating func text(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): raw("&amp;")
      case UInt8(ascii: "<"): raw("&lt;")
      case UInt8(ascii: ">"): raw("&gt;")
      case UInt8(ascii: "\""): raw("&quot;")
      case UInt8(ascii: "'"): raw("&#39;")
      default: bytes.append(byte)
      }
    }
  }

  typealias Attributes = [(name: StaticString, value: String)]

  mutating func open(_ tag: StaticString, _ attributes: Attributes = []) {
    raw("<")
    raw(tag)
    for attribute in attributes {
      raw(" ")
      raw(attribute.name)
      raw("=\"")
      text(attribute.value)
      raw("\"")
    }
    raw(">")
  }

  mutating func close(_ tag: StaticString) {
    raw("</")
    raw(tag)
    raw(">")
  }

  mutating func element(_ tag: StaticString, _ attributes: Attributes = [], content: (inout HTML) -> Void) {
    open(tag, attributes)
    content(&self)
    close(tag)
  }

  /// Addresses, numbers and dates: always left to right, whatever stands around them.
  mutating func isolated(_ value: String) { element("bdi", [("dir", "ltr")]) { $0.text(value) } }

  /// A name: its own direction, its own language where it is known.
  mutating func name(_ value: String, language: String = "") {
    var attributes: Attributes = []
    if !language.isEmpty { attributes.append((name: "lang", value: language)) }
    element("bdi", attributes) { $0.text(value) }
  }

  /// A message of the catalogue. Every parameter is isolated; `nested` writes a parameter that is a sentence itself.
  mutating func say(
    _ message: some Message,
    _ params: [(String, String)] = [],
    in language: Language,
    nested: ((inout HTML, String) -> Bool)? = nil
  ) {
    say(message.texts(knowing: params)[language].segments(params), nested: nested)
  }

  mutating func say(_ message: some Message, _ language: Language) { say(message, [], in: language) }

  mutating func say(_ segments: [Segment], nested: ((inout HTML, String) -> Bool)? = nil) {
    for segment in segments {
      switch segment {
      case .text(let text): self.text(text)
      case .param(let name, let value):
        if let nested, nested(&self, name) { continue }
        if Self.names.contains(name) { self.name(value) } else { isolated(value) }
      }
    }
  }

  /// Parameters that are names or words in some language; all others are addresses, numbers and codes.
  private static let names: Set<String> = [
    "authority", "chamber", "holder", "issuer", "member", "table", "what", "why", "with",
  ]

  mutating func append(_ other: HTML) { bytes += other.bytes }
}
