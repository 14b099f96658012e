extension JSON {
  /// Strict JSON (RFC 8259, I-JSON of RFC 7493): UTF-8 without a byte order mark, names unique after unescaping, no
  /// lone surrogates, integers within ±(2^53 - 1), finite numbers, nothing after the value.
  public static func parse(_ bytes: [UInt8], limits: JSONLimits = .credential) throws(JSONRejection) -> JSON {
    try FlatJSON.parse(bytes, limits: limits).tree
  }
}

extension JSONObject {
  /// As `JSON.parse`; anything but an object is `notAnObject`.
  public static func parse(_ bytes: [UInt8], limits: JSONLimits = .credential) throws(JSONRejection) -> JSONObject {
    guard case .object(let object) = try FlatJSON.object(bytes, limits: limits).tree else {
      throw JSONRejection(kind: .notAnObject, offset: 0)
    }
    return object
  }
}

/// Recursive over objects and arrays only, and never deeper than the limit.
struct JSONParser {
  /// The exact decimal form of a double never needs more than 1,075 digits.
  static let maxNumberLength = 1_100

  let bytes: UnsafeBufferPointer<UInt8>
  let limits: JSONLimits
  var at = 0
  var nodes: [FlatJSON.Node] = []
  /// Texts that stand escaped, as they are meant; their places count on from the end of `bytes`.
  var unescaped: [UInt8] = []

  init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
    self.bytes = bytes
    self.limits = limits
    nodes.reserveCapacity(bytes.count / 16 + 8)  // what a credential has, and some
  }

  func failure(_ kind: JSONRejection.Kind) -> JSONRejection { JSONRejection(kind: kind, offset: at) }

  /// One value and white space to the last byte.
  mutating func document() throws(JSONRejection) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw JSONRejection(kind: .byteOrderMark, offset: 0) }
    skipSpace()
    try value(depth: 0)
    skipSpace()
    guard at == bytes.count else { throw failure(.trailingBytes) }
  }

  mutating func skipSpace() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x20, 0x09, 0x0A, 0x0D: at += 1
      default: return
      }
    }
  }

  func next() throws(JSONRejection) -> UInt8 {
    guard at < bytes.count else { throw failure(.unexpectedEnd) }
    return bytes[at]
  }

  /// `depth` counts arrays and objects around it; recursion stops at the limit, long before the stack ends.
  mutating func value(depth: Int) throws(JSONRejection) {
    switch try next() {
    case UInt8(ascii: "{"):
      guard depth < limits.maxDepth else { throw failure(.tooDeep) }
      try object(depth: depth + 1)
    case UInt8(ascii: "["):
      guard depth < limits.maxDepth else { throw failure(.tooDeep) }
      try array(depth: depth + 1)
    case UInt8(ascii: "\""): nodes.append(try string())
    case UInt8(ascii: "-"), 0x30...0x39: nodes.append(try number())
    case UInt8(ascii: "t"):
      try word("true")
      nodes.append(.true)
    case UInt8(ascii: "f"):
      try word("false")
      nodes.append(.false)
    case UInt8(ascii: "n"):
      try word("null")
      nodes.append(.null)
    default: throw failure(.unexpectedByte)
    }
  }

  mutating func word(_ word: StaticString) throws(JSONRejection) {
    for index in 0..<word.utf8CodeUnitCount {
      guard try next() == word.utf8Start[index] else { throw failure(.unexpectedByte) }
      at += 1
    }
  }

  /// What was begun at a node ends here.
  mutating func close(_ node: Int, _ kind: FlatJSON.Kind, count: Int) {
    nodes[node] = FlatJSON.Node(kind, UInt64(count), span: nodes.count - node)
  }

  mutating func array(depth: Int) throws(JSONRejection) {
    let node = nodes.count
    nodes.append(.null)
    at += 1
    skipSpace()
    if try next() == UInt8(ascii: "]") {
      at += 1
      return close(node, .array, count: 0)
    }
    var count = 0
    while true {
      skipSpace()
      try value(depth: depth)
      count += 1
      skipSpace()
      let byte = try next()
      guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") else { throw failure(.unexpectedByte) }
      at += 1
      if byte == UInt8(ascii: "]") { return close(node, .array, count: count) }
    }
  }

  /// Writes the members in the order of RFC 8785, whatever order they came in. A name that comes twice is refused.
  mutating func object(depth: Int) throws(JSONRejection) {
    let start = at
    let node = nodes.count
    nodes.append(.null)
    at += 1
    skipSpace()
    if try next() == UInt8(ascii: "}") {
      at += 1
      return close(node, .object, count: 0)
    }
    var count = 0
    var sorted = true
    var last: FlatJSON.Node?
    while true {
      skipSpace()
      guard try next() == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
      guard count < limits.maxMembers else { throw failure(.tooManyMembers) }
      let name = try string()
      if let last, compare(last, name) >= 0 { sorted = false }
      last = name
      nodes.append(name)
      count += 1
      skipSpace()
      guard try next() == UInt8(ascii: ":") else { throw failure(.unexpectedByte) }
      at += 1
      skipSpace()
      try value(depth: depth)
      skipSpace()
      let byte = try next()
      guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") else { throw failure(.unexpectedByte) }
      at += 1
      if byte == UInt8(ascii: "}") { break }
    }
    close(node, .object, count: count)
    if !sorted, !sort(node) { throw JSONRejection(kind: .duplicateName, offset: start) }
  }

  /// Puts the members of an object in the order of RFC 8785. False: a name stands twice.
  mutating func sort(_ object: Int) -> Bool {
    var members: [Range<Int>] = []
    var member = object + 1
    while member < nodes.count {
      let end = member + 1 + Int(nodes[member + 1].span)
      members.append(member..<end)
      member = end
    }
    members.sort { compare(nodes[$0.lowerBound], nodes[$1.lowerBound]) < 0 }
    for index in members.indices.dropFirst()
    where compare(nodes[members[index - 1].lowerBound], nodes[members[index].lowerBound]) == 0 { return false }
    nodes.replaceSubrange((object + 1)..., with: members.flatMap { nodes[$0] })
    return true
  }

  /// Below 0: the left name comes first (RFC 8785 3.2.3). 0: the same name.
  func compare(_ left: FlatJSON.Node, _ right: FlatJSON.Node) -> Int {
    func whole(_ node: FlatJSON.Node) -> UnsafeBufferPointer<UInt8>? {
      node.start < bytes.count ? .init(rebasing: bytes[node.start..<(node.start + node.length)]) : nil
    }
    func bytesOf(_ node: FlatJSON.Node) -> [UInt8] {
      node.start < bytes.count
        ? Array(whole(node)!) : Array(unescaped[(node.start - bytes.count)...].prefix(node.length))
    }
    if let left = whole(left), let right = whole(right) { return CanonicalOrder.compare(left, right) }
    return bytesOf(left).withUnsafeBufferPointer { left in
      bytesOf(right).withUnsafeBufferPointer { CanonicalOrder.compare(left, $0) }
    }
  }

  /// A text without escapes is copied at once; its node names the place.
  mutating func string() throws(JSONRejection) -> FlatJSON.Node {
    at += 1
    let start = at
    // Most strings hold no escape: they stay where they are.
    try plainRun()
    if try next() == UInt8(ascii: "\"") {
      at += 1
      return .text(start, at - 1 - start)
    }
    let place = unescaped.count
    unescaped.append(contentsOf: bytes[start..<at])
    while true {
      if try next() == UInt8(ascii: "\"") {
        at += 1
        return .text(bytes.count + place, unescaped.count - place)
      }
      try escape()
      let from = at
      try plainRun()
      unescaped.append(contentsOf: bytes[from..<at])
    }
  }

  /// Moves to the next quote, backslash or end.
  mutating func plainRun() throws(JSONRejection) {
    while at < bytes.count {
      // Tokens are thousands of plain bytes.
      if bytes.count - at >= 32, PlainBytes.all32(bytes, at) {
        at += 32
        continue
      }
      if bytes.count - at >= 8 {
        let plain = PlainBytes.count8(bytes, at)
        at += plain
        if plain == 8 { continue }
      }
      let byte = bytes[at]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
      if byte < 0x20 { throw failure(.controlCharacter) }
      if byte < 0x80 {
        at += 1
        continue
      }
      let length = UTF8Bytes.sequenceLength(bytes, at)
      if length == 0 { throw failure(.notUTF8) }
      at += length
    }
  }

  /// One escape, the backslash already read. Surrogates must come as a pair.
  mutating func escape() throws(JSONRejection) {
    at += 1
    let byte = try next()
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
    case UInt8(ascii: "b"): unescaped.append(0x08)
    case UInt8(ascii: "f"): unescaped.append(0x0C)
    case UInt8(ascii: "n"): unescaped.append(0x0A)
    case UInt8(ascii: "r"): unescaped.append(0x0D)
    case UInt8(ascii: "t"): unescaped.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexUnit()
      if code & 0xFC00 == 0xD800 {
        guard bytes.count - at >= 6, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
          throw failure(.loneSurrogate)
        }
        at += 2
        let second = try hexUnit()
        guard second & 0xFC00 == 0xDC00 else { throw failure(.loneSurrogate) }
        code = 0x10000 + (code - 0xD800) << 10 + (second - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw failure(.loneSurrogate) }
      unescaped.append(contentsOf: UTF8.encode(scalar)!)  // a scalar always has a UTF-8 form
    default: throw JSONRejection(kind: .badEscape, offset: at - 1)
    }
  }

  mutating func hexUnit() throws(JSONRejection) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Hex.value(of: try next()) else { throw failure(.badEscape) }
      code = code << 4 | UInt32(digit)
      at += 1
    }
    return code
  }

  /// Integers up to 2^53 - 1 exactly; with a fraction or an exponent a double. A value that a double loses is refused.
  mutating func number() throws(JSONRejection) -> FlatJSON.Node {
    let start = at
    let negative = bytes[at] == UInt8(ascii: "-")
    if negative { at += 1 }
    let firstDigit = at
    try digits()
    if bytes[firstDigit] == 0x30, at - firstDigit > 1 { throw JSONRejection(kind: .malformedNumber, offset: start) }
    var plain = true
    var significant = bytes[firstDigit..<at].contains { $0 != 0x30 }
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      plain = false
      at += 1
      let fraction = at
      try digits()
      significant = significant || bytes[fraction..<at].contains { $0 != 0x30 }
    }
    if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
      plain = false
      at += 1
      if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
      try digits()
    }
    if plain, !(negative && !significant) {
      guard let magnitude = ASCII.decimal(bytes[firstDigit..<at]), magnitude <= JSON.largestInteger else {
        throw JSONRejection(kind: .integerTooLarge, offset: start)
      }
      return FlatJSON.Node(.integer, UInt64(bitPattern: negative ? -magnitude : magnitude))
    }
    guard at - start <= Self.maxNumberLength else { throw JSONRejection(kind: .malformedNumber, offset: start) }
    // The grammar was checked above; Double rounds to the nearest. A value that becomes 0 or infinite was lost:
    // refused.
    guard let value = Double(String(decoding: bytes[start..<at], as: UTF8.self)) else {
      throw JSONRejection(kind: .malformedNumber, offset: start)
    }
    guard value.isFinite, !(value == 0 && significant) else {
      throw JSONRejection(kind: .numberOutOfRange, offset: start)
    }
    // Canonically a whole number below 10^21 is plain digits (RFC 8785 3.2.2.3), and of those we read none above 2^53 -
    // 1.
    guard value.magnitude <= Double(JSON.largestInteger) || value.magnitude >= 1e21 else {
      throw JSONRejection(kind: .integerTooLarge, offset: start)
    }
    return FlatJSON.Node(.number, value.bitPattern)
  }

  mutating func digits() throws(JSONRejection) {
    guard at < bytes.count, ASCII.isDigit(bytes[at]) else {
      throw failure(at < bytes.count ? .malformedNumber : .unexpectedEnd)
    }
    while at < bytes.count, ASCII.isDigit(bytes[at]) { at += 1 }
  }
}
