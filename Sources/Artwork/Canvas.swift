import Messages

/// A finished picture. Only this module makes one, so that only SVG drawn here is ever rendered.
public struct Drawing: Sendable, Hashable {
  /// Starts with `<svg …>`; a baked credential goes directly after that tag.
  public let svg: [UInt8]
  /// User units: CSS pixels, or points on paper.
  public let width: Int, height: Int
}

/// Where a text stands on its baseline: its physical left end, middle or right end, whatever its direction.
enum Edge { case left, middle, right }

/// Neutral ink on opaque ground; every pair used for text has a contrast above 7:1.
enum Ink: String {
  case text = "#1c1f23"
  case quiet = "#4a5057"
  case line = "#3a3f45"
  case hairline = "#c9ced4"
  case paper = "#ffffff"
  case band = "#2f3a45"
  case watermark = "#eceef0"
}

struct Canvas {
  let width: Double
  private var body = Markup()

  init(width: Double) { self.width = width }

  mutating func rect(
    x: Double,
    y: Double,
    width: Double,
    height: Double,
    radius: Double = 0,
    fill: Ink?,
    stroke: Ink? = nil,
    line: Double = 1
  ) {
    body.raw("<rect x=\"")
    body.number(x)
    body.raw("\" y=\"")
    body.number(y)
    body.raw("\" width=\"")
    body.number(width)
    body.raw("\" height=\"")
    body.number(height)
    if radius > 0 {
      body.raw("\" rx=\"")
      body.number(radius)
    }
    body.raw("\" fill=\"")
    body.text(fill?.rawValue ?? "none")
    if let stroke {
      body.raw("\" stroke=\"")
      body.text(stroke.rawValue)
      body.raw("\" stroke-width=\"")
      body.number(line)
    }
    body.raw("\"/>")
  }

  mutating func rule(x: Double, y: Double, width: Double, ink: Ink = .hairline) {
    rect(x: x, y: y, width: width, height: 0.75, fill: ink)
  }

  /// A shape of our own: `path` is made from numbers only.
  mutating func path(_ path: Markup, fill: Ink?, stroke: Ink? = nil, line: Double = 1) {
    body.raw("<path d=\"")
    body.append(path)
    body.raw("\" fill=\"")
    body.text(fill?.rawValue ?? "none")
    if let stroke {
      body.raw("\" stroke=\"")
      body.text(stroke.rawValue)
      body.raw("\" stroke-width=\"")
      body.number(line)
      body.raw("\" stroke-linecap=\"round")
    }
    body.raw("\"/>")
  }

  /// One line of text. `language` is a checked tag or one of ours. `paper`: text that programs will take out of a PDF
  /// again.
  mutating func text(
    _ text: String,
    x: Double,
    y: Double,
    size: Double,
    edge: Edge = .left,
    face: TextFit.Face = .sans,
    ink: Ink = .text,
    language: String? = nil,
    rotate: Int? = nil,
    paper: Bool = false
  ) {
    let rightToLeft = Script.isRightToLeft(text)
    body.raw("<text x=\"")
    body.number(x)
    body.raw("\" y=\"")
    body.number(y)
    body.raw("\" font-size=\"")
    body.number(size)
    body.raw("\" font-family=\"")
    body.raw(Self.family(text, face, rightToLeft, paper))
    body.raw("\" fill=\"")
    body.text(ink.rawValue)
    if face == .bold { body.raw("\" font-weight=\"bold") }
    // In a right-to-left text "start" is the right end.
    switch (edge, rightToLeft) {
    case (.left, false), (.right, true): break
    case (.middle, _): body.raw("\" text-anchor=\"middle")
    case (.right, false), (.left, true): body.raw("\" text-anchor=\"end")
    }
    if rightToLeft { body.raw("\" direction=\"rtl") }
    if let language {
      body.raw("\" xml:lang=\"")
      body.text(language)
    }
    if let rotate {
      body.raw("\" transform=\"rotate(")
      body.number(rotate)
      body.raw(" ")
      body.number(x)
      body.raw(" ")
      body.number(y)
      body.raw(")")
    }
    body.raw("\">")
    body.text(paper ? Script.withoutNameLigature(text) : text)
    body.raw("</text>")
  }

  /// On paper Kufi: its lam-alef is two glyphs after a letter that does not join (الأعمال), so that text comes out of
  /// the PDF in order where the other Noto faces give one glyph, whose two letters some programs swap.
  ///
  /// The named fonts are those a build installs; a browser without them falls through to its own.
  private static func family(_ text: String, _ face: TextFit.Face, _ rightToLeft: Bool, _ paper: Bool) -> StaticString {
    if rightToLeft {
      return paper
        ? "Noto Kufi Arabic,Noto Sans Arabic,Noto Sans,sans-serif" : "Noto Sans Arabic,Noto Sans,Tahoma,sans-serif"
    }
    if face == .mono { return "Noto Sans Mono,monospace" }
    if text.unicodeScalars.contains(where: { Script.isEastAsian($0.value) }) {
      return "Noto Sans CJK SC,Noto Sans SC,Noto Sans,sans-serif"
    }
    return "Noto Sans,Noto Sans Arabic,Noto Sans CJK SC,sans-serif"
  }

  mutating func append(_ other: Canvas) { body.append(other.body) }

  /// - Parameter title: what a screen reader says. Its id must differ for two pictures written into one page.
  func drawing(height: Double, title: String, language: String, maxBytes: Int) throws(ArtworkRejection) -> Drawing {
    var whole = Markup()
    whole.raw(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:openbadges=\"https://purl.imsglobal.org/ob/v3p0\" width=\""
    )
    whole.number(width)
    whole.raw("\" height=\"")
    whole.number(height)
    whole.raw("\" viewBox=\"0 0 ")
    whole.number(width)
    whole.raw(" ")
    whole.number(height)
    whole.raw("\" role=\"img\" aria-labelledby=\"t\" xml:lang=\"")
    whole.text(language)
    whole.raw("\">\n<title id=\"t\">")
    whole.text(title)
    whole.raw("</title>\n")
    whole.append(body)
    whole.raw("</svg>\n")
    guard whole.bytes.count <= maxBytes else { throw .tooLarge(what: "svg", size: whole.bytes.count, max: maxBytes) }
    return Drawing(svg: whole.bytes, width: Int(width), height: Int(height))
  }
}

extension Message {
  /// A sentence for a picture: values stand as they are, without isolates. Every value was checked to hold no control.
  func printed(_ language: Language, _ params: [(String, String)] = []) -> String {
    Catalogue.segments(self, params: params, language: language).map { segment in
      switch segment {
      case .text(let text): text
      case .param(_, let value): value
      }
    }.joined()
  }
}
