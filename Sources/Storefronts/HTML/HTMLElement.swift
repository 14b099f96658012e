/// The element names that the rules of the tree construction stage ask about; every other name is `.other`.
enum HTMLElement: UInt8, CaseIterable {
  case other
  case html, head, body, title, base, basefont, bgsound, link, meta, noframes, script, style, template, noscript
  case address, article, aside, blockquote, center, details, dialog, dir, div, dl, fieldset, figcaption, figure, footer,
    header
  case hgroup, main, menu, nav, ol, p, search, section, summary, ul, h1, h2, h3, h4, h5, h6, pre, listing, form, li, dd,
    dt
  case plaintext, button, a, b, big, code, em, font, i, s, small, strike, strong, tt, u, nobr, applet, marquee, object
  case table, caption, colgroup, col, tbody, tfoot, thead, tr, td, th
  case area, br, embed, img, keygen, wbr, input, param, source, track, hr, image
  case textarea, xmp, iframe, noembed, select, option, optgroup, rb, rtc, rp, rt, ruby, math, svg, frame, frameset
  case mi, mo, mn, ms, mtext, annotationXML, mglyph, malignmark, foreignObject, desc
  case span, sub, sup, `var`, metadata, defs

  /// Lower case, as a tag name is compared.
  var name: String {
    switch self {
    case .other: ""
    case .annotationXML: "annotation-xml"
    case .foreignObject: "foreignobject"
    default: "\(self)"
    }
  }

  /// The special category (13.2.4.2), HTML elements only.
  var isSpecial: Bool {
    switch self {
    case .address, .applet, .area, .article, .aside, .base, .basefont, .bgsound, .blockquote, .body, .br, .button,
      .caption, .center,
      .col, .colgroup, .dd, .details, .dir, .div, .dl, .dt, .embed, .fieldset, .figcaption, .figure, .footer, .form,
      .frame, .frameset,
      .h1, .h2, .h3, .h4, .h5, .h6, .head, .header, .hgroup, .hr, .html, .iframe, .img, .input, .keygen, .li, .link,
      .listing, .main,
      .marquee, .menu, .meta, .nav, .noembed, .noframes, .noscript, .object, .ol, .p, .param, .plaintext, .pre, .script,
      .search,
      .section, .select, .source, .style, .summary, .table, .tbody, .td, .template, .textarea, .tfoot, .th, .thead,
      .title, .tr, .track,
      .ul, .wbr, .xmp:
      true
    default: false
    }
  }

  /// Elements that end a search "in scope" (13.2.4.2), HTML elements only.
  var endsScope: Bool {
    switch self {
    case .applet, .caption, .html, .table, .td, .th, .marquee, .object, .select, .template: true
    default: false
    }
  }

  /// Start tags that close an open paragraph and stand on the stack themselves (13.2.6.4.7).
  var isBlock: Bool {
    switch self {
    case .address, .article, .aside, .blockquote, .center, .details, .dialog, .dir, .div, .dl, .fieldset, .figcaption,
      .figure, .footer,
      .header, .hgroup, .main, .menu, .nav, .ol, .p, .search, .section, .summary, .ul:
      true
    default: false
    }
  }

  var isHeading: Bool {
    switch self {
    case .h1, .h2, .h3, .h4, .h5, .h6: true
    default: false
    }
  }

  /// Elements that the adoption agency moves about.
  var isFormatting: Bool {
    switch self {
    case .a, .b, .big, .code, .em, .font, .i, .nobr, .s, .small, .strike, .strong, .tt, .u: true
    default: false
    }
  }

  /// Start tags that never put an element on the stack.
  var isVoid: Bool {
    switch self {
    case .base, .basefont, .bgsound, .link, .meta, .area, .br, .embed, .img, .image, .keygen, .wbr, .input, .param,
      .source, .track, .hr,
      .col, .frame:
      true
    default: false
    }
  }

  /// Start tags that end an SVG or MathML element around them (13.2.6.5); `font` only with certain attributes.
  var breaksOutOfForeign: Bool {
    switch self {
    case .b, .big, .blockquote, .body, .br, .center, .code, .dd, .div, .dl, .dt, .em, .embed, .h1, .h2, .h3, .h4, .h5,
      .h6, .head, .hr,
      .i, .img, .li, .listing, .menu, .meta, .nobr, .ol, .p, .pre, .ruby, .s, .small, .span, .strong, .strike, .sub,
      .sup, .table, .tt,
      .u, .ul, .var:
      true
    default: false
    }
  }

  /// HTML elements that may carry a shadow root; so may every custom element (DOM 4.2.14).
  var canHostShadow: Bool {
    switch self {
    case .article, .aside, .blockquote, .body, .div, .footer, .h1, .h2, .h3, .h4, .h5, .h6, .header, .main, .nav, .p,
      .section, .span:
      true
    default: false
    }
  }
}

/// Finds the element of a tag name as written.
struct HTMLElementNames: Sendable {
  static let shared = HTMLElementNames()

  /// A name as a number: equal for equal names whatever their case. Names up to seven bytes are the number itself;
  /// longer ones are hashed, and only a name of the list is compared byte by byte.
  typealias Key = UInt64

  private static let slots = 512
  private var keys = [Key](repeating: 0, count: slots)
  private var elements = [HTMLElement](repeating: .other, count: slots)
  private var longNames: [HTMLElement: [UInt8]] = [:]

  private init() {
    for element in HTMLElement.allCases where element != .other {
      let name = Array(element.name.utf8)
      let key = name.withUnsafeBufferPointer { Self.key($0[...]) }
      var slot = Self.slot(key)
      while keys[slot] != 0 { slot = (slot + 1) % Self.slots }
      keys[slot] = key
      elements[slot] = element
      if name.count > 7 { longNames[element] = name }
    }
  }

  @inline(__always)
  private static func slot(_ key: Key) -> Int { Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 55) }

  /// Names up to seven letters are their own key; longer ones are hashed, and compared when they are found.
  @inline(__always)
  static func key(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Key {
    if name.count <= 7 {
      var key = Key(truncatingIfNeeded: name.count) << 56
      for c in name { key = key & 0xFF00_0000_0000_0000 | (key & 0xFFFF_FFFF_FFFF) << 8 | Key(HTMLByte.lower(c)) }
      return key
    }
    var hash: Key = 0xCBF2_9CE4_8422_2325
    for c in name { hash = (hash ^ Key(HTMLByte.lower(c))) &* 0x100_0000_01B3 }
    return hash | 0xFF00_0000_0000_0000
  }

  /// `other` for a name no rule speaks of.
  func element(_ name: Slice<UnsafeBufferPointer<UInt8>>, key: Key) -> HTMLElement {
    var slot = Self.slot(key)
    while keys[slot] != 0 {
      if keys[slot] == key {
        let element = elements[slot]
        if name.count <= 7 { return element }
        return longNames[element].map { $0.elementsEqual(name.lazy.map(HTMLByte.lower)) } == true ? element : .other
      }
      slot = (slot + 1) % Self.slots
    }
    return .other
  }
}
