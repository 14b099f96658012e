/// A pull reader for the part of XML 1.0 (5th edition) with namespaces that pictures use.
///
/// Strict: UTF-8, well-formed to the last byte, every reference one of the five or numeric, no internal subset, nothing
/// fetched. Works on bytes and keeps its own stack, so that neither depth nor combining characters can surprise it.
struct XMLReader {
  /// 256 KiB: a badge of ours has at most 8 kB, and 16 KiB of credential.
  static let maxBytes = 256 << 10
  /// As deep as the JSON of a credential may be.
  static let maxDepth = 64
  /// SVG knows fewer than 60 presentation attributes.
  static let maxAttributes = 128

  /// An expanded name. Two names are equal when namespace and local part are, byte by byte.
  struct Name: Hashable { let namespace: [UInt8], local: [UInt8] }

  /// A start tag with its places in the file.
  struct Element {
    let name: Name
    /// Without the namespace declarations.
    let attributes: [Name: [UInt8]]
    /// 1 is the root.
    let depth: Int
    let isEmpty: Bool
    /// Behind the `<`, behind the name, behind the `>`.
    let start: Int, nameEnd: Int, end: Int
  }

  /// What `next` found. Comments and processing instructions are checked and passed over.
  enum Event {
    case start(Element)
    case end(depth: Int)
    case text([UInt8], at: Int)
  }

  private let bytes: [UInt8]
  private var position = 0
  private var open: [(name: ArraySlice<UInt8>, bindings: Int)] = []
  private var namespaces = XMLNamespaces()
  private var pendingEnd: Int?
  private var seenRoot = false, seenDoctype = false

  /// Checks size, encoding and characters, and reads the XML declaration.
  init(_ bytes: [UInt8]) throws(BakingRejection) {
    guard bytes.count <= Self.maxBytes else { throw BakingRejection(.pictureTooLarge, at: Self.maxBytes) }
    guard String(validating: bytes, as: UTF8.self) != nil else { throw BakingRejection(.xmlNotUTF8, at: 0) }
    self.bytes = bytes
    for (offset, byte) in bytes.enumerated() where byte < 0x20 || byte == 0xEF {
      let isSpace = BakedContent.isSpace(byte)
      let isNoncharacter = byte == 0xEF && bytes[offset + 1] == 0xBF && bytes[offset + 2] >= 0xBE  // U+FFFE, U+FFFF
      if byte == 0xEF ? isNoncharacter : !isSpace { throw BakingRejection(.xmlCharacter, at: offset) }
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    if has("<?xml"), position + 5 < bytes.count, BakedContent.isSpace(bytes[position + 5]) { try readDeclaration() }
  }

  /// The namespace a prefix is bound to where the reader stands; nil: none.
  func namespace(of prefix: [UInt8]) -> [UInt8]? { namespaces.namespace(of: prefix) }

  /// The next event, or nil at the end of a document that was well-formed.
  mutating func next() throws(BakingRejection) -> Event? {
    if let depth = pendingEnd {
      pendingEnd = nil
      return .end(depth: depth)
    }
    while position < bytes.count {
      if bytes[position] != UInt8(ascii: "<") {
        let start = position
        if !open.isEmpty { return .text(try readText(), at: start) }
        // Outside the root white space stands as itself or not at all.
        guard skipSpace() else { throw BakingRejection(seenRoot ? .trailingBytes : .xmlMarkup, at: start) }
      } else if has("<!--") {
        try skipComment()
      } else if has("<![CDATA[") {
        guard !open.isEmpty else { throw BakingRejection(.xmlMarkup, at: position) }
        return .text(try readCharacterData(), at: position)
      } else if has("<!") {
        try skipDoctype()
      } else if has("<?") {
        try skipInstruction()
      } else if has("</") {
        return try readEndTag()
      } else {
        return try readStartTag()
      }
    }
    guard open.isEmpty, seenRoot else { throw BakingRejection(.xmlCutOff, at: position) }
    return nil
  }
}

// MARK: - Tags

extension XMLReader {
  private mutating func readStartTag() throws(BakingRejection) -> Event {
    let start = position + 1
    guard !(seenRoot && open.isEmpty) else { throw BakingRejection(.trailingBytes, at: position) }
    guard open.count < Self.maxDepth else { throw BakingRejection(.xmlTooDeep, at: position) }
    position = start
    let name = try readName()
    let nameEnd = position
    let outerBindings = namespaces.count
    let attributes = try readAttributes()
    let isEmpty = take("/")
    guard take(">") else { throw BakingRejection(position == bytes.count ? .xmlCutOff : .xmlMarkup, at: position) }
    try namespaces.declare(attributes)
    let element = Element(
      name: try namespaces.expand(name, defaulted: true),
      attributes: try namespaces.expand(attributes),
      depth: open.count + 1,
      isEmpty: isEmpty,
      start: start,
      nameEnd: nameEnd,
      end: position
    )
    seenRoot = true
    if isEmpty {
      namespaces.leave(outer: outerBindings)
      pendingEnd = element.depth
    } else {
      open.append((name, outerBindings))
    }
    return .start(element)
  }

  private mutating func readEndTag() throws(BakingRejection) -> Event {
    let start = position
    position += 2
    let name = try readName()
    skipSpace()
    guard take(">") else { throw BakingRejection(position == bytes.count ? .xmlCutOff : .xmlMarkup, at: position) }
    guard let opened = open.popLast(), opened.name.elementsEqual(name) else {
      throw BakingRejection(.xmlNesting, at: start)
    }
    namespaces.leave(outer: opened.bindings)
    return .end(depth: open.count + 1)
  }

  private mutating func readAttributes() throws(BakingRejection) -> [XMLNamespaces.Attribute] {
    var attributes: [XMLNamespaces.Attribute] = []
    var names: Set<ArraySlice<UInt8>> = []
    while true {
      let spaced = skipSpace()
      guard position < bytes.count, bytes[position] != UInt8(ascii: ">"), bytes[position] != UInt8(ascii: "/") else {
        return attributes
      }
      guard spaced else { throw BakingRejection(.xmlAttribute, at: position) }
      let start = position
      let name = try readName()
      skipSpace()
      guard take("=") else { throw BakingRejection(.xmlAttribute, at: position) }
      skipSpace()
      let value = try readAttributeValue()
      guard names.insert(name).inserted else { throw BakingRejection(.xmlDuplicateAttribute, at: start) }
      attributes.append((name, value))
      guard attributes.count <= Self.maxAttributes else { throw BakingRejection(.xmlTooManyAttributes, at: start) }
    }
  }

  /// Between quotes, with references replaced and white space as spaces (XML 3.3.3). `<` is not allowed.
  private mutating func readAttributeValue() throws(BakingRejection) -> [UInt8] {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'") else {
      throw BakingRejection(.xmlAttribute, at: position)
    }
    let quote = bytes[position]
    position += 1
    var value: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case quote:
        position += 1
        return value
      case UInt8(ascii: "<"): throw BakingRejection(.xmlAttribute, at: position)
      case UInt8(ascii: "&"): value += try readReference()
      // one line end, one space
      case 0x0D where position + 1 < bytes.count && bytes[position + 1] == 0x0A: position += 1
      default:
        value.append(BakedContent.isSpace(byte) ? 0x20 : byte)
        position += 1
      }
    }
    throw BakingRejection(.xmlCutOff, at: position)
  }
}

// MARK: - Text, references, everything between tags

extension XMLReader {
  /// Up to the next `<`; references replaced, line ends as LF.
  private mutating func readText() throws(BakingRejection) -> [UInt8] {
    var text: [UInt8] = []
    while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
      if bytes[position] == UInt8(ascii: "&") {
        text += try readReference()
      } else if has("]]>") {
        throw BakingRejection(.xmlMarkup, at: position)
      } else {
        appendFoldingLineEnd(to: &text)
      }
    }
    return text
  }

  private mutating func readCharacterData() throws(BakingRejection) -> [UInt8] {
    position += 9
    var text: [UInt8] = []
    while position < bytes.count {
      if has("]]>") {
        position += 3
        return text
      }
      appendFoldingLineEnd(to: &text)
    }
    throw BakingRejection(.xmlCutOff, at: position)
  }

  private mutating func appendFoldingLineEnd(to text: inout [UInt8]) {
    if bytes[position] != 0x0D {
      text.append(bytes[position])
    } else if position + 1 == bytes.count || bytes[position + 1] != 0x0A {
      text.append(0x0A)
    }
    position += 1
  }

  /// One of the five entities every XML has, or a character by its number. There is nothing else to expand, so nothing
  /// can explode.
  private mutating func readReference() throws(BakingRejection) -> [UInt8] {
    let fault = BakingRejection(.xmlReference, at: position)
    // The longest is `&#x0010FFFF;`, leading zeros beyond that are refused with it.
    guard let end = bytes[position...].prefix(14).firstIndex(of: UInt8(ascii: ";")) else { throw fault }
    let body = Array(bytes[(position + 1)..<end])
    position = end + 1
    if body.first != UInt8(ascii: "#") {
      guard let entity = Self.entities.first(where: { body.elementsEqual($0.name.utf8) }) else { throw fault }
      return [entity.value]
    }
    let isHex = body.count > 1 && body[1] == UInt8(ascii: "x")
    let base: UInt32 = isHex ? 16 : 10
    var value: UInt32 = 0
    let digits = body.dropFirst(isHex ? 2 : 1)
    guard !digits.isEmpty else { throw fault }
    for byte in digits {
      guard let digit = Self.digit(byte), digit < base else { throw fault }
      value = value * base + digit
      guard value <= 0x10FFFF else { throw fault }
    }
    let isCharacter = value >= 0x20 ? !(0xFFFE...0xFFFF).contains(value) : [0x09, 0x0A, 0x0D].contains(value)
    guard isCharacter, let scalar = UnicodeScalar(value) else { throw fault }
    return Array(String(scalar).utf8)
  }

  private static let entities: [(name: String, value: UInt8)] = [
    ("lt", UInt8(ascii: "<")), ("gt", UInt8(ascii: ">")), ("amp", UInt8(ascii: "&")), ("apos", UInt8(ascii: "'")),
    ("quot", UInt8(ascii: "\"")),
  ]

  private static func digit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x30...0x39: UInt32(byte) - 0x30
    case 0x41...0x46: UInt32(byte) - 0x37
    case 0x61...0x66: UInt32(byte) - 0x57
    default: nil
    }
  }

  private mutating func skipComment() throws(BakingRejection) {
    position += 4
    while position < bytes.count {
      if has("--") {
        position += 2
        guard take(">") else { throw BakingRejection(.xmlMarkup, at: position) }
        return
      }
      position += 1
    }
    throw BakingRejection(.xmlCutOff, at: position)
  }

  private mutating func skipInstruction() throws(BakingRejection) {
    let start = position
    position += 2
    let target = try readName()
    // `xml` in any case is reserved, and a declaration stands only in the first place.
    let isReserved = target.count == 3 && zip(target, "xml".utf8).allSatisfy { $0 | 0x20 == $1 }
    guard !isReserved, !target.contains(UInt8(ascii: ":")) else { throw BakingRejection(.xmlDeclaration, at: start) }
    guard has("?>") || skipSpace() else { throw BakingRejection(.xmlMarkup, at: position) }
    while position < bytes.count {
      if has("?>") {
        position += 2
        return
      }
      position += 1
    }
    throw BakingRejection(.xmlCutOff, at: position)
  }

  /// `<!DOCTYPE svg PUBLIC "…" "…">` of old drawing programs: read over, never followed. An internal subset is refused
  /// unread.
  private mutating func skipDoctype() throws(BakingRejection) {
    let fault = BakingRejection(.xmlDoctype, at: position)
    guard has("<!DOCTYPE"), !seenRoot, !seenDoctype else { throw fault }
    seenDoctype = true
    position += 9
    guard skipSpace() else { throw fault }
    _ = try readName()
    let spaced = skipSpace()
    if has("PUBLIC") || has("SYSTEM") {
      let literals = has("PUBLIC") ? 2 : 1
      position += 6
      guard spaced else { throw fault }
      for left in (0..<literals).reversed() { guard skipSpace(), skipLiteral(isPublic: left == 1) else { throw fault } }
      skipSpace()
    }
    guard take(">") else { throw fault }
  }

  /// A public identifier is of a few ASCII characters (XML 2.3), an address of any.
  private mutating func skipLiteral(isPublic: Bool) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'"),
      let end = bytes[(position + 1)...].firstIndex(of: bytes[position])
    else { return false }
    let allowed = { (byte: UInt8) in
      (0x41...0x5A).contains(byte & 0xDF) || (0x30...0x39).contains(byte)
        || " \r\n-'()+,./:=?;!*#@$_%".utf8.contains(byte)
    }
    guard !isPublic || bytes[(position + 1)..<end].allSatisfy(allowed) else { return false }
    position = end + 1
    return true
  }

  /// `<?xml version="1.0" encoding="UTF-8" standalone="…"?>`: version 1.0 only, no other encoding.
  private mutating func readDeclaration() throws(BakingRejection) {
    let fault = BakingRejection(.xmlDeclaration, at: position)
    position += 5
    let attributes = try readDeclarationPairs()
    guard has("?>") else { throw fault }
    position += 2
    var expected = ["version", "encoding", "standalone"][...]
    for (name, value) in attributes {
      guard let place = expected.firstIndex(where: { name.elementsEqual($0.utf8) }) else { throw fault }
      expected = expected[(place + 1)...]
      let allowed = place == 0 ? ["1.0"] : place == 1 ? ["utf-8"] : ["yes", "no"]
      let folded = place == 1 ? value.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } : value
      guard allowed.contains(where: { folded.elementsEqual($0.utf8) }) else { throw fault }
    }
    guard let first = attributes.first, first.name.elementsEqual("version".utf8) else { throw fault }
  }

  private mutating func readDeclarationPairs() throws(BakingRejection) -> [XMLNamespaces.Attribute] {
    var pairs: [XMLNamespaces.Attribute] = []
    while pairs.count < 4, skipSpace(), !has("?>") {
      let name = try readName()
      skipSpace()
      guard take("=") else { throw BakingRejection(.xmlDeclaration, at: position) }
      skipSpace()
      pairs.append((name, try readAttributeValue()))
    }
    return pairs
  }
}

// MARK: - Names and bytes

extension XMLReader {
  /// Name (XML 2.3), colons included; what follows a colon begins like a name (Namespaces 4).
  private mutating func readName() throws(BakingRejection) -> ArraySlice<UInt8> {
    let start = position
    while position < bytes.count,
      let length = nameCharacterLength(isFirst: position == start || bytes[position - 1] == UInt8(ascii: ":"))
    {
      position += length
    }
    guard position > start else { throw BakingRejection(position == bytes.count ? .xmlCutOff : .xmlName, at: start) }
    guard bytes[position - 1] != UInt8(ascii: ":") else { throw BakingRejection(.xmlName, at: start) }
    return bytes[start..<position]
  }

  private func nameCharacterLength(isFirst: Bool) -> Int? {
    let byte = bytes[position]
    if byte < 0x80 {
      let isStart = (0x41...0x5A).contains(byte & 0xDF) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
      return isStart || (!isFirst && Self.isInnerOnly(byte)) ? 1 : nil
    }
    // The text is known to be UTF-8: the lead byte tells the length.
    let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
    let lead = UInt32(byte) & (0x7F >> UInt32(length))
    let scalar = bytes[(position + 1)..<(position + length)].reduce(lead) { $0 << 6 | UInt32($1 & 0x3F) }
    let ranges = isFirst ? Self.nameStart : Self.nameStart + Self.nameInner
    return ranges.contains { $0.contains(scalar) } ? length : nil
  }

  private static func isInnerOnly(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }

  private static let nameStart: [ClosedRange<UInt32>] = [
    0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF, 0x200C...0x200D, 0x2070...0x218F,
    0x2C00...0x2FEF,
    0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD, 0x10000...0xEFFFF,
  ]

  private static let nameInner: [ClosedRange<UInt32>] = [0xB7...0xB7, 0x300...0x36F, 0x203F...0x2040]

  private func has(_ text: StaticString) -> Bool {
    bytes[position...].starts(with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  @discardableResult private mutating func skipSpace() -> Bool {
    let start = position
    while position < bytes.count, BakedContent.isSpace(bytes[position]) { position += 1 }
    return position > start
  }
}
