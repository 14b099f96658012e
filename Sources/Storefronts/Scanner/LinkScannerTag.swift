/// What the attributes of one start tag say, as far as a rule asks. The first attribute of a name counts.
struct TagFacts {
  private(set) var href: Range<Int>?
  private(set) var xlinkHref: Range<Int>?
  private(set) var rel: Range<Int>?
  private(set) var src: Range<Int>?
  private(set) var alt: Range<Int>?
  private(set) var content: Range<Int>?
  private(set) var httpEquiv: Range<Int>?
  private var type: Range<Int>?
  private var style: Range<Int>?
  private var encoding: Range<Int>?
  private var shadowRootMode: Range<Int>?
  private var presentation: [(InlineStyle.Property, Range<Int>)] = []
  private var isHidden = false
  private var isOpen = false
  private var hasFontAttribute = false
  /// Where `href` leads, for `a` and `area`.
  private(set) var target: HostClassifier.Target?
  /// An `href` that was dropped as a duplicate may lead to our host.
  private(set) var dropsSuspect = false
  private let bytes: UnsafeBufferPointer<UInt8>
  private let nameHasHyphen: Bool

  init(
    _ bytes: UnsafeBufferPointer<UInt8>,
    name: Range<Int>,
    attributes: ContiguousArray<HTMLTokenizer.Attribute>,
    element: HTMLElement,
    hosts: inout HostClassifier
  ) {
    self.bytes = bytes
    nameHasHyphen = element == .other && bytes[name].contains(0x2D)
    let isLink = element == .a || element == .area
    for attribute in attributes {
      let name = bytes[attribute.name]
      switch name.count {
      case 3:
        if Self.isName(name, "rel") {
          Self.set(&rel, attribute.value)
        } else if Self.isName(name, "src") {
          Self.set(&src, attribute.value)
        } else if Self.isName(name, "alt") {
          Self.set(&alt, attribute.value)
        }
      case 4:
        if Self.isName(name, "href") {
          if href == nil {
            href = attribute.value
            if isLink, attribute.value.count <= ScanLimits.attributeValue {
              target = hosts.classify(bytes, attribute.value)
            }
          } else {
            addDropped(attribute.value, &hosts)
          }
        } else if Self.isName(name, "type") {
          Self.set(&type, attribute.value)
        } else if Self.isName(name, "open") {
          isOpen = true
        } else if Self.isName(name, "face") || Self.isName(name, "size") {
          hasFontAttribute = true
        }
      case 5:
        if Self.isName(name, "style") {
          Self.set(&style, attribute.value)
        } else if Self.isName(name, "color") {
          hasFontAttribute = true
        }
      case 6: if Self.isName(name, "hidden") { isHidden = true }
      case 7:
        if Self.isName(name, "content") {
          Self.set(&content, attribute.value)
        } else if Self.isName(name, "display") {
          presentation.append((.display, attribute.value))
        } else if Self.isName(name, "opacity") {
          presentation.append((.opacity, attribute.value))
        }
      case 8: if Self.isName(name, "encoding") { Self.set(&encoding, attribute.value) }
      case 10:
        if Self.isName(name, "http-equiv") {
          Self.set(&httpEquiv, attribute.value)
        } else if Self.isName(name, "visibility") {
          presentation.append((.visibility, attribute.value))
        } else if Self.isName(name, "xlink:href") {
          if xlinkHref == nil { xlinkHref = attribute.value } else { addDropped(attribute.value, &hosts) }
        }
      case 14: if Self.isName(name, "shadowrootmode") { Self.set(&shadowRootMode, attribute.value) }
      default: break
      }
    }
  }

  private mutating func addDropped(_ value: Range<Int>, _ hosts: inout HostClassifier) {
    guard !dropsSuspect, value.count <= ScanLimits.attributeValue else { return }
    switch hosts.classify(bytes, value) {
    case .here, .unclear: dropsSuspect = true
    case .elsewhere, .relative, .lookalike: break
    }
  }

  @inline(__always)
  private static func set(_ slot: inout Range<Int>?, _ value: Range<Int>) { if slot == nil { slot = value } }

  /// Same length is known; ASCII case is folded.
  @inline(__always)
  static func isName(_ name: Slice<UnsafeBufferPointer<UInt8>>, _ expected: StaticString) -> Bool {
    var index = name.startIndex
    for offset in 0..<expected.utf8CodeUnitCount {
      if HTMLByte.lower(name[index]) != expected.utf8Start[offset] { return false }
      index += 1
    }
    return true
  }

  static func isHref(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    (name.count == 4 && isName(name, "href")) || (name.count == 10 && isName(name, "xlink:href"))
  }

  /// The tag as the tree asks for it.
  func startTag(_ element: HTMLElement, key: HTMLElementNames.Key, selfClosing: Bool) -> HTMLTree.StartTag {
    var tag = HTMLTree.StartTag(element: element, key: key, selfClosing: selfClosing)
    tag.isCustomElement = nameHasHyphen
    if isHidden { tag.own.insert(.hiddenAttribute) }
    if !presentation.isEmpty {
      var attributes = InlineStyle()
      for (property, value) in presentation { attributes.presentation(property, bytes[value]) }
      tag.presentation = attributes.flags
    }
    var inline = InlineStyle()
    if let style, style.count <= ScanLimits.attributeValue { inline.read(bytes, style) }
    tag.own.formUnion(inline.flags)
    tag.visibilityVisible = inline.visibility == false
    switch element {
    case .font: tag.fontBreaksOut = hasFontAttribute
    case .annotationXML:
      tag.encodingIsHTML = valueIs(encoding, "text/html") || valueIs(encoding, "application/xhtml+xml")
    case .input: tag.inputIsHidden = valueIs(type, "hidden")
    case .details, .dialog: tag.isOpen = isOpen
    case .template: tag.opensShadowRoot = valueIs(shadowRootMode, "open") || valueIs(shadowRootMode, "closed")
    default: break
    }
    return tag
  }

  private func valueIs(_ value: Range<Int>?, _ expected: String) -> Bool {
    guard let value, value.count <= 8 * expected.utf8.count else { return false }
    return HTMLText.attribute(bytes[value]).map(HTMLByte.lower).elementsEqual(expected.utf8)
  }

  /// What a script element holds; only programs run.
  enum ScriptType { case program, jsonLD, token, data }

  /// What a `script` element holds (HTML 4.12.1).
  func scriptType(_ bytes: UnsafeBufferPointer<UInt8>) -> ScriptType {
    guard let essence = typeEssence() else { return .program }
    if essence.isEmpty || essence.elementsEqual("module".utf8) { return .program }
    if essence.elementsEqual("application/ld+json".utf8) { return .jsonLD }
    if essence.elementsEqual("application/vc+jwt".utf8) { return .token }
    // JavaScript MIME types end so: text/javascript, application/x-ecmascript, text/jscript, text/livescript.
    let kind = essence.split(separator: 0x2F).last.map(Array.init) ?? []
    let programs = ["javascript", "ecmascript", "jscript", "livescript"].map { Array($0.utf8) }
    return programs.contains { kind == $0 || kind.starts(with: $0) || Array(kind.dropFirst(2)) == $0 }
      ? .program : .data
  }

  func typeIs(_ expected: String, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    typeEssence()?.elementsEqual(expected.utf8) == true
  }

  /// The type without parameters, lower case; nil when there is no attribute.
  private func typeEssence() -> [UInt8]? {
    guard let type else { return nil }
    guard type.count <= 256 else { return [0] }
    let value = HTMLText.attribute(bytes[type]).map(HTMLByte.lower)
    let trimmed = value.prefix { $0 != 0x3B }.drop(while: HTMLByte.isSpace)
    return Array(trimmed.reversed().drop(while: HTMLByte.isSpace).reversed())
  }
}

/// What an inline style says about being shown: `display`, `visibility`, `opacity`, the last valid declaration of each.
struct InlineStyle {
  /// The properties that can hide a link.
  enum Property { case display, visibility, opacity }

  private(set) var display = false
  /// True: hidden; false: visible said aloud, which undoes a hidden ancestor; nil: nothing said.
  private(set) var visibility: Bool?
  private(set) var opacity = false
  private var important: Set<Property> = []

  var flags: HTMLTree.Flags {
    var flags: HTMLTree.Flags = []
    if display { flags.insert(.displayNone) }
    if visibility == true { flags.insert(.visibilityHidden) }
    if opacity { flags.insert(.opacityZero) }
    return flags
  }

  /// Reads a `style` attribute; later declarations win, `!important` ones first.
  mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    let raw = bytes[range]
    // Escapes and comments are rare: only then is a copy made.
    if raw.contains(where: { $0 == 0x26 || $0 == 0x5C || $0 == 0x2A || $0 == 0 }) {
      CSSText.plain(HTMLText.attribute(raw)).withUnsafeBufferPointer { declarations($0) }
    } else {
      declarations(UnsafeBufferPointer(rebasing: raw))
    }
  }

  mutating func presentation(_ property: Property, _ value: Slice<UnsafeBufferPointer<UInt8>>) {
    set(property, UnsafeBufferPointer(rebasing: value)[...])
  }

  private mutating func declarations(_ css: UnsafeBufferPointer<UInt8>) {
    var at = 0
    while at < css.count {
      let start = at
      var colon: Int?
      var quote: UInt8 = 0
      var parentheses = 0
      while at < css.count {
        let c = css[at]
        if quote != 0 {
          if c == quote || c == 0x0A { quote = 0 }
        } else if c == 0x22 || c == 0x27 {
          quote = c
        } else if c == 0x28 {
          parentheses += 1
        } else if c == 0x29 {
          parentheses = max(0, parentheses - 1)
        } else if c == 0x3B, parentheses == 0 {
          break
        } else if c == 0x3A, colon == nil {
          colon = at
        }
        at += 1
      }
      if let colon, let property = property(css[start..<colon]) { set(property, css[(colon + 1)..<at]) }
      at += 1
    }
  }

  private func property(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Property? {
    let name = CSSText.trimmed(name)
    switch name.count {
    case 7: return TagFacts.isName(name, "display") ? .display : TagFacts.isName(name, "opacity") ? .opacity : nil
    case 10: return TagFacts.isName(name, "visibility") ? .visibility : nil
    default: return nil
    }
  }

  private mutating func set(_ property: Property, _ written: Slice<UnsafeBufferPointer<UInt8>>) {
    var value = Array(CSSText.trimmed(written).prefix(64)).map(HTMLByte.lower)
    var isImportant = false
    if let mark = value.lastIndex(of: 0x21), CSSText.words(value[(mark + 1)...]) == [Array("important".utf8)] {
      isImportant = true
      value = Array(value[..<mark])
      while let last = value.last, HTMLByte.isSpace(last) { value.removeLast() }
    }
    if important.contains(property), !isImportant { return }
    switch property {
    case .display:
      if value.elementsEqual("none".utf8) {
        display = true
      } else if CSSText.shows(value) {
        display = false
      } else {
        return
      }
    case .visibility:
      if value.elementsEqual("hidden".utf8) {
        visibility = true
      } else if value.elementsEqual("visible".utf8) {
        visibility = false
      } else {
        return
      }
    case .opacity:
      guard let isZero = CSSText.isZero(value) else { return }
      opacity = isZero
    }
    if isImportant { important.insert(property) }
  }
}

/// Small tools for declarations in a `style` attribute.
enum CSSText {
  static func trimmed(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Slice<UnsafeBufferPointer<UInt8>> {
    var text = text
    while let first = text.first, HTMLByte.isSpace(first) { text = text.dropFirst() }
    while let last = text.last, HTMLByte.isSpace(last) { text = text.dropLast() }
    return text
  }

  static func words(_ text: ArraySlice<UInt8>) -> [[UInt8]] {
    text.split(whereSeparator: HTMLByte.isSpace).map(Array.init)
  }

  /// Values of `display` that draw the element. An unknown value leaves the one before it in force.
  static func shows(_ value: [UInt8]) -> Bool {
    let known = [
      "block", "inline", "inline-block", "flex", "inline-flex", "grid", "inline-grid", "table", "inline-table",
      "table-cell", "table-row",
      "list-item", "contents", "flow-root", "initial", "revert", "unset",
    ]
    return known.contains { $0.utf8.elementsEqual(value) }
  }

  /// A number or percentage of `opacity` that comes to nothing; negative values are cut to zero. Nil: not a number.
  static func isZero(_ value: [UInt8]) -> Bool? {
    var digits = value[...]
    if digits.last == 0x25 { digits = digits.dropLast() }
    let negative = digits.first == 0x2D
    if negative || digits.first == 0x2B { digits = digits.dropFirst() }
    let mantissa = digits.prefix { $0 != 0x65 }
    guard mantissa.contains(where: HTMLByte.isDigit), mantissa.allSatisfy({ HTMLByte.isDigit($0) || $0 == 0x2E }) else {
      return nil
    }
    return negative || mantissa.allSatisfy { $0 == 0x30 || $0 == 0x2E }
  }

  /// The text without comments, escapes undone (CSS Syntax 4.3.7).
  static func plain(_ text: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var at = 0
    while at < text.count {
      let c = text[at]
      if c == 0x2F, at + 1 < text.count, text[at + 1] == 0x2A {
        at += 2
        while at < text.count, !(text[at] == 0x2A && at + 1 < text.count && text[at + 1] == 0x2F) { at += 1 }
        at = min(at + 2, text.count)
      } else if c == 0x5C, at + 1 < text.count {
        at += 1
        var value: UInt32 = 0
        let digits = text[at...].prefix(6).prefix { HTMLByte.isDigit($0) || ($0 | 0x20) &- 0x61 < 6 }
        for digit in digits {
          value = value << 4 | UInt32(HTMLByte.isDigit(digit) ? digit - 0x30 : (digit | 0x20) - 0x57)
        }
        if digits.isEmpty {
          out.append(text[at])
          at += 1
        } else {
          at += digits.count
          if at < text.count, HTMLByte.isSpace(text[at]) { at += 1 }
          HTMLText.append(value > 0x10FFFF || (0xD800...0xDFFF).contains(value) ? 0xFFFD : value, to: &out)
        }
      } else {
        out.append(c)
        at += 1
      }
    }
    return out
  }
}
