import Messages

/// A finished picture. Only this module makes one, so that only SVG drawn here is ever rendered.
package struct Drawing: Sendable, Hashable {
  /// Starts with `<svg …>`; a baked credential goes directly after that tag.
  package let svg: [UInt8]
  /// User units: CSS pixels, or points on paper.
  package let width: Int, height: Int
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

/// Where a rectangle stands, in user units from the top left corner.
struct Box {
  let x: Double, y: Double, width: Double, height: Double
}

/// How one line of text is written.
struct TextStyle {
  /// In user units.
  var size: Double
  var edge = Edge.left
  var face = TextFit.Face.sans
  var ink = Ink.text
  /// A checked tag or one of ours.
  var language: String?
  /// For text that programs will take out of a PDF again.
  var paper = false
}

/// A text over as many lines as it needs, below what stands above it.
struct TextBlock {
  /// Tried in order; the last one may cut the text after `lines` lines.
  let sizes: [Double]
  let lines: Int
  /// Space above.
  let gap: Double
  var face = TextFit.Face.sans
  var ink = Ink.text
}

/// A picture while it is drawn. Whoever draws owns it; it holds markup of ours and escaped text, nothing else.
struct Canvas {
  /// In user units; the height is known only when everything is drawn.
  let width: Double
  private var body = Markup()

  init(width: Double) { self.width = width }

  /// `fill` nil: only the outline.
  mutating func rect(_ box: Box, radius: Double = 0, fill: Ink?, stroke: Ink? = nil, line: Double = 1) {
    body.raw("<rect x=\"")
    body.number(box.x)
    body.raw("\" y=\"")
    body.number(box.y)
    body.raw("\" width=\"")
    body.number(box.width)
    body.raw("\" height=\"")
    body.number(box.height)
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
    rect(Box(x: x, y: y, width: width, height: 0.75), fill: ink)
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

  /// One line of text, its baseline at `y`.
  /// - Parameter rotate: degrees about the point at which it stands.
  mutating func text(_ text: String, x: Double, y: Double, style: TextStyle, rotate: Int? = nil) {
    let rightToLeft = Script.isRightToLeft(text)
    body.raw("<text x=\"")
    body.number(x)
    body.raw("\" y=\"")
    body.number(y)
    body.raw("\" font-size=\"")
    body.number(style.size)
    body.raw("\" font-family=\"")
    body.raw(Self.family(text, style, rightToLeft: rightToLeft))
    body.raw("\" fill=\"")
    body.text(style.ink.rawValue)
    if style.face == .bold { body.raw("\" font-weight=\"bold") }
    // In a right-to-left text "start" is the right end.
    switch (style.edge, rightToLeft) {
    case (.left, false), (.right, true): break
    case (.middle, _): body.raw("\" text-anchor=\"middle")
    case (.right, false), (.left, true): body.raw("\" text-anchor=\"end")
    }
    if rightToLeft { body.raw("\" direction=\"rtl") }
    if let language = style.language {
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
    body.text(style.paper ? Script.withoutNameLigature(text) : text)
    body.raw("</text>")
  }

  /// On paper Kufi: its lam-alef is two glyphs after a letter that does not join (الأعمال), so that text comes out of
  /// the PDF in order where the other Noto faces give one glyph, whose two letters some programs swap.
  ///
  /// The named fonts are those a build installs; a browser without them falls through to its own.
  private static func family(_ text: String, _ style: TextStyle, rightToLeft: Bool) -> StaticString {
    if rightToLeft {
      return style.paper
        ? "Noto Kufi Arabic,Noto Sans Arabic,Noto Sans,sans-serif" : "Noto Sans Arabic,Noto Sans,Tahoma,sans-serif"
    }
    if style.face == .mono { return "Noto Sans Mono,monospace" }
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
