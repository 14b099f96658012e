import Glibc

/// The tokenizer of the HTML standard (section 13.2.5) over UTF-8, as a loop that hands out one token at a time.
///
/// Tokens are ranges of the input; nothing is copied and nothing is decoded until somebody asks (`HTMLText`). Every
/// byte is passed once, so the time is linear whatever the input. The caller plays the tree builder: after a start tag
/// it may call `enter(_:)` to read the element's content as raw text, and it says whether `<![CDATA[` opens a CDATA
/// section.
struct HTMLTokenizer {
  /// What `next` found.
  enum Kind { case text, startTag, endTag, comment, doctype, unfinishedTag, end }

  /// How the next bytes are read; the names of the standard's states.
  enum State { case data, rcdata, rawText, scriptData, plaintext, cdataSection }

  /// One attribute as written. A tag may hold several of one name: the first counts (13.2.5.33).
  struct Attribute {
    var name: Range<Int>
    var value: Range<Int>
  }

  let bytes: UnsafeBufferPointer<UInt8>
  private let end: Int
  private(set) var position: Int
  private(set) var state: State = .data
  /// Whether the adjusted current node is an element outside the HTML namespace (13.2.5.42).
  var cdataAllowed = false
  /// Lower-case name of the element whose end tag closes the raw text; empty: nothing closes it.
  private var endName: [UInt8] = []
  private var endTagIsNext = false

  // The current token.
  private(set) var start = 0
  /// Tag: its name. DOCTYPE: unused.
  private(set) var name = 0..<0
  private(set) var attributes: ContiguousArray<Attribute> = []
  private(set) var attributesLeftOut = 0
  private(set) var selfClosing = false
  /// Text and comment: the data. Unfinished tag: all of it.
  private(set) var data = 0..<0
  /// The state in which the text was read: it decides how character references and NUL are decoded.
  private(set) var textState: State = .data
  private(set) var doctype = Doctype()

  /// Places of the parts of a DOCTYPE.
  struct Doctype {
    var name: Range<Int>?
    var publicID: Range<Int>?
    var systemID: Range<Int>?
    var forceQuirks = false
  }

  /// Attributes kept of one tag; further ones are only counted.
  let maxAttributes: Int

  init(_ bytes: UnsafeBufferPointer<UInt8>, range: Range<Int>, maxAttributes: Int) {
    self.bytes = bytes
    self.end = range.upperBound
    self.position = range.lowerBound
    self.maxAttributes = maxAttributes
  }

  /// Reads what follows the start tag just returned as the content of that element.
  mutating func enter(_ state: State) {
    enter(state, endName: bytes[name].map(HTMLByte.lower))
  }

  /// Reads what follows as the content of an element that ends at `</endName`.
  mutating func enter(_ state: State, endName: [UInt8]) {
    self.state = state
    self.endName = endName
  }

  /// The next token; its places stand in the properties until the call after. Never fails: every byte string is HTML.
  mutating func next() -> Kind {
    if endTagIsNext {
      endTagIsNext = false
      return tag(isEnd: true)
    }
    guard position < end else { return .end }
    switch state {
    case .data: return nextInData()
    case .rcdata, .rawText: return nextInRawText()
    case .scriptData: return nextInScript()
    case .plaintext: return text(upTo: end)
    case .cdataSection: return nextInCDATA()
    }
  }

  // MARK: Text

  private mutating func nextInData() -> Kind {
    var at = position
    while true {
      at = find(0x3C, from: at)  // <
      guard at < end else { return text(upTo: end) }
      switch peek(at + 1) {
      case let c where HTMLByte.isLetter(c):
        return at > position ? text(upTo: at) : tag(isEnd: false)
      case 0x2F:  // </
        let c = peek(at + 2)
        if c < 0 { return text(upTo: end) }
        if at > position { return text(upTo: at) }
        if HTMLByte.isLetter(c) { return tag(isEnd: true) }
        if c == 0x3E {  // "</>" is nothing at all
          at += 3
          position = at
          guard at < end else { return .end }
          continue
        }
        return bogusComment(from: at + 2)
      case 0x21:
        return at > position ? text(upTo: at) : markupDeclaration()
      case 0x3F:
        return at > position ? text(upTo: at) : bogusComment(from: at + 1)
      default:
        at += 1
      }
    }
  }

  private mutating func nextInRawText() -> Kind {
    var at = position
    while true {
      at = find(0x3C, from: at)
      guard at < end else { return text(upTo: end) }
      if isEndTag(at) { return textThenEndTag(at) }
      at += 1
    }
  }

  private mutating func nextInCDATA() -> Kind {
    var at = position
    while true {
      at = find(0x5D, from: at)  // ]
      guard at < end else { return text(upTo: end) }
      if peek(at + 1) == 0x5D, peek(at + 2) == 0x3E {
        let kind = text(upTo: at)
        position = at + 3
        state = .data
        return kind
      }
      at += 1
    }
  }

  /// Script data with its two escaped states (13.2.5.15 to 13.2.5.31): `<!--` hides nothing, but `<!--<script>` makes
  /// the next `</script>` part of the text.
  private mutating func nextInScript() -> Kind {
    /// How deep in `<!--` and `<script` the script is (HTML 13.2.5.18 to 31).
    enum Escape { case none, single, double }
    var escape = Escape.none
    var dashes = 0
    var at = position
    while at < end {
      if escape == .none {
        at = find(0x3C, from: at)
        guard at < end else { break }
        if isEndTag(at) { return textThenEndTag(at) }
        if peek(at + 1) == 0x21, peek(at + 2) == 0x2D, peek(at + 3) == 0x2D {
          escape = .single
          dashes = 2
          at += 4
        } else {
          at += 1
        }
        continue
      }
      let c = bytes[at]
      switch c {
      case 0x2D:
        dashes += 1
        at += 1
      case 0x3E where dashes >= 2:
        escape = .none
        at += 1
      case 0x3C:
        dashes = 0
        if escape == .single, isEndTag(at) { return textThenEndTag(at) }
        // In the single state a start tag called script, in the double state its end tag, changes the state.
        let nameAt = escape == .single ? at + 1 : at + 2
        if escape == .double, peek(at + 1) != 0x2F {
          at += 1
        } else if isName(HTMLTokenizer.script, at: nameAt), HTMLByte.endsTagName(peek(nameAt + 6)) {
          escape = escape == .single ? .double : .single
          at = nameAt + 7
        } else {
          at += 1
        }
      default:
        dashes = 0
        at += 1
      }
    }
    return text(upTo: end)
  }

  private static let script = Array("script".utf8)
  private static let doctypeKeyword = Array("doctype".utf8)
  private static let publicKeyword = Array("public".utf8)
  private static let systemKeyword = Array("system".utf8)

  private mutating func text(upTo stop: Int) -> Kind {
    start = position
    data = position..<stop
    textState = state
    position = stop
    return .text
  }

  private mutating func textThenEndTag(_ at: Int) -> Kind {
    if at > position {
      endTagIsNext = true
      return text(upTo: at)
    }
    return tag(isEnd: true)
  }

  /// An appropriate end tag token starts here (13.2.5.1): `</`, the name, and a byte that ends a tag name.
  private func isEndTag(_ at: Int) -> Bool {
    guard !endName.isEmpty, peek(at + 1) == 0x2F, isName(endName, at: at + 2) else { return false }
    return HTMLByte.endsTagName(peek(at + 2 + endName.count))
  }

  private func isName(_ name: [UInt8], at: Int) -> Bool {
    guard name.count <= end - at else { return false }
    for i in 0..<name.count where HTMLByte.lower(bytes[at + i]) != name[i] { return false }
    return true
  }

  // MARK: Tags

  private mutating func tag(isEnd: Bool) -> Kind {
    start = position
    attributes.removeAll(keepingCapacity: true)
    attributesLeftOut = 0
    selfClosing = false
    let nameStart = start + (isEnd ? 2 : 1)
    var at = nameStart
    while at < end, !HTMLByte.endsTagName(Int(bytes[at])) { at += 1 }
    name = nameStart..<at
    while at < end {
      let c = bytes[at]
      if HTMLByte.isSpace(c) {
        at += 1
      } else if c == 0x2F {
        at += 1
        if peek(at) == 0x3E { selfClosing = true }
      } else if c == 0x3E {
        position = at + 1
        state = .data
        return isEnd ? .endTag : .startTag
      } else {
        guard let next = attribute(at) else { break }
        at = next
      }
    }
    data = start..<end
    position = end
    return .unfinishedTag
  }

  /// Reads one attribute; the place after it, or nil at the end of the input.
  @inline(__always)
  private mutating func attribute(_ nameStart: Int) -> Int? {
    var at = nameStart + 1  // the first byte may be "=" (13.2.5.32)
    while at < end, !HTMLByte.endsAttributeName(bytes[at]) { at += 1 }
    let name = nameStart..<at
    while at < end, HTMLByte.isSpace(bytes[at]) { at += 1 }
    guard at < end else { return nil }
    guard bytes[at] == 0x3D else {
      keep(Attribute(name: name, value: at..<at))
      return at
    }
    at += 1
    while at < end, HTMLByte.isSpace(bytes[at]) { at += 1 }
    guard at < end else { return nil }
    let quote = bytes[at]
    if quote == 0x22 || quote == 0x27 {
      let close = find(quote, from: at + 1)
      guard close < end else { return nil }
      keep(Attribute(name: name, value: at + 1..<close))
      return close + 1
    }
    let valueStart = at
    while at < end, bytes[at] != 0x3E, !HTMLByte.isSpace(bytes[at]) { at += 1 }
    guard at < end else { return nil }
    keep(Attribute(name: name, value: valueStart..<at))
    return at
  }

  @inline(__always)
  private mutating func keep(_ attribute: Attribute) {
    if attributes.count < maxAttributes { attributes.append(attribute) } else { attributesLeftOut += 1 }
  }

  // MARK: Comments and declarations

  private mutating func markupDeclaration() -> Kind {
    let at = position + 2
    if peek(at) == 0x2D, peek(at + 1) == 0x2D { return comment(from: at + 2) }
    if isName(Self.doctypeKeyword, at: at) { return readDoctype(from: at + 7) }
    if cdataAllowed, at + 7 <= end, bytes[at..<at + 7].elementsEqual("[CDATA[".utf8) {
      position = at + 7
      state = .cdataSection
      return position < end ? nextInCDATA() : .end
    }
    return bogusComment(from: at)
  }

  private mutating func bogusComment(from dataStart: Int) -> Kind {
    let close = find(0x3E, from: dataStart)
    return comment(dataStart..<close, then: min(close + 1, end))
  }

  /// After `<!--`. A comment ends at `-->` or `--!>`, at once at `>` or `->`, or at the end of the input.
  private mutating func comment(from dataStart: Int) -> Kind {
    if peek(dataStart) == 0x3E { return comment(dataStart..<dataStart, then: dataStart + 1) }
    if peek(dataStart) == 0x2D, peek(dataStart + 1) == 0x3E {
      return comment(dataStart..<dataStart, then: dataStart + 2)
    }
    var at = dataStart
    while true {
      at = find(0x2D, from: at)
      guard at < end else { return comment(dataStart..<end, then: end) }
      guard peek(at + 1) == 0x2D else {
        if at + 1 == end { return comment(dataStart..<at, then: end) }
        at += 1
        continue
      }
      at += 2
      while peek(at) == 0x2D { at += 1 }
      let dataEnd = at - 2
      switch peek(at) {
      case 0x3E: return comment(dataStart..<dataEnd, then: at + 1)
      case 0x21:
        if peek(at + 1) == 0x3E { return comment(dataStart..<dataEnd, then: at + 2) }
        if at + 1 == end { return comment(dataStart..<dataEnd, then: end) }
        at += 1
      case -1: return comment(dataStart..<dataEnd, then: end)
      default: break
      }
    }
  }

  private mutating func comment(_ data: Range<Int>, then next: Int) -> Kind {
    start = position
    self.data = data
    position = next
    return .comment
  }

  /// After `<!DOCTYPE` (13.2.5.53 to 13.2.5.68).
  private mutating func readDoctype(from first: Int) -> Kind {
    start = position
    doctype = Doctype()
    var at = skipSpace(first)
    let nameStart = at
    while at < end, bytes[at] != 0x3E, !HTMLByte.isSpace(bytes[at]) { at += 1 }
    if at > nameStart { doctype.name = nameStart..<at }
    at = skipSpace(at)
    guard at > nameStart, at < end else { return endDoctype(at, quirks: true) }
    if bytes[at] == 0x3E { return endDoctype(at, quirks: false) }
    let isPublic = isName(Self.publicKeyword, at: at)
    guard isPublic || isName(Self.systemKeyword, at: at) else { return endDoctype(at, quirks: true) }
    at = skipSpace(at + 6)
    if isPublic {
      let (id, next) = quoted(at)
      doctype.publicID = id
      guard let next else { return endDoctype(id?.upperBound ?? at, quirks: true) }
      at = skipSpace(next)
      guard at < end else { return endDoctype(at, quirks: true) }
      if bytes[at] == 0x3E { return endDoctype(at, quirks: false) }
    }
    let (id, next) = quoted(at)
    doctype.systemID = id
    guard let next else { return endDoctype(id?.upperBound ?? at, quirks: true) }
    at = skipSpace(next)
    return endDoctype(at, quirks: at == end)
  }

  /// A quoted identifier: its range, and the place after the closing quote; no place when `>` or the end came first.
  private func quoted(_ at: Int) -> (Range<Int>?, Int?) {
    let quote = peek(at)
    guard quote == 0x22 || quote == 0x27 else { return (nil, nil) }
    var close = at + 1
    while close < end, Int(bytes[close]) != quote, bytes[close] != 0x3E { close += 1 }
    return (at + 1..<close, peek(close) == quote ? close + 1 : nil)
  }

  private mutating func endDoctype(_ at: Int, quirks: Bool) -> Kind {
    doctype.forceQuirks = quirks
    position = min(find(0x3E, from: at) + 1, end)
    return .doctype
  }

  // MARK: Bytes

  private func skipSpace(_ from: Int) -> Int {
    var at = from
    while at < end, HTMLByte.isSpace(bytes[at]) { at += 1 }
    return at
  }

  @inline(__always)
  private func peek(_ at: Int) -> Int { at < end ? Int(bytes[at]) : -1 }

  /// The first such byte at or after `from`, or the end.
  @inline(__always)
  private func find(_ byte: UInt8, from: Int) -> Int {
    guard from < end, let base = bytes.baseAddress, let hit = memchr(base + from, Int32(byte), end - from) else {
      return end
    }
    return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
  }
}

/// The byte classes of the tokenizer. A CR counts as the LF it becomes (13.2.3.5).
enum HTMLByte {
  @inline(__always) static func isSpace(_ c: UInt8) -> Bool {
    c == 0x20 || c == 0x0A || c == 0x09 || c == 0x0D || c == 0x0C
  }
  @inline(__always) static func isLetter(_ c: Int) -> Bool {
    c >= 0 && UInt8(truncatingIfNeeded: c | 0x20) &- 0x61 < 26 && c < 0x80
  }
  @inline(__always) static func isLetter(_ c: UInt8) -> Bool { (c | 0x20) &- 0x61 < 26 }
  @inline(__always) static func isDigit(_ c: UInt8) -> Bool { c &- 0x30 < 10 }
  @inline(__always) static func lower(_ c: UInt8) -> UInt8 { c &- 0x41 < 26 ? c | 0x20 : c }
  /// Space, `/` or `>`; not the end of the input.
  @inline(__always) static func endsTagName(_ c: Int) -> Bool {
    c == 0x3E || c == 0x2F || (c >= 0 && isSpace(UInt8(truncatingIfNeeded: c)))
  }
  @inline(__always) static func endsAttributeName(_ c: UInt8) -> Bool {
    c == 0x3E || c == 0x3D || c == 0x2F || isSpace(c)
  }
}
