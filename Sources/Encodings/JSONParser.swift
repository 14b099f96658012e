extension JSON {
  /// Strict JSON (RFC 8259, I-JSON of RFC 7493): UTF-8 without a byte order mark, names unique after unescaping, no lone
  /// surrogates, integers within ±(2^53 - 1), finite numbers, nothing after the value.
  public static func parse(_ bytes: [UInt8], limits: JSONLimits = .credential) throws(JSONError) -> JSON {
    guard bytes.count <= limits.maxBytes else { throw JSONError(kind: .tooLarge, offset: limits.maxBytes) }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw JSONError(kind: .byteOrderMark, offset: 0) }
    return try bytes.withUnsafeBufferPointer { (bytes) throws(JSONError) -> JSON in
      var parser = JSONParser(bytes: bytes, limits: limits)
      parser.skipSpace()
      let value = try parser.value(depth: 0)
      parser.skipSpace()
      guard parser.at == bytes.count else { throw JSONError(kind: .trailingBytes, offset: parser.at) }
      return value
    }
  }
}

extension JSONObject {
  /// As `JSON.parse`; anything but an object is `notAnObject`.
  public static func parse(_ bytes: [UInt8], limits: JSONLimits = .credential) throws(JSONError) -> JSONObject {
    guard case .object(let object) = try JSON.parse(bytes, limits: limits) else { throw JSONError(kind: .notAnObject, offset: 0) }
    return object
  }
}

/// Recursive over objects and arrays only, and never deeper than the limit.
private struct JSONParser {
  /// The exact decimal form of a double never needs more than 1,075 digits.
  static let maxNumberLength = 1_100

  let bytes: UnsafeBufferPointer<UInt8>
  let limits: JSONLimits
  var at = 0

  init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) { (self.bytes, self.limits) = (bytes, limits) }

  func failure(_ kind: JSONError.Kind) -> JSONError { JSONError(kind: kind, offset: at) }

  mutating func skipSpace() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x20, 0x09, 0x0A, 0x0D: at += 1
      default: return
      }
    }
  }

  func next() throws(JSONError) -> UInt8 {
    guard at < bytes.count else { throw failure(.unexpectedEnd) }
    return bytes[at]
  }

  mutating func value(depth: Int) throws(JSONError) -> JSON {
    switch try next() {
    case UInt8(ascii: "{"):
      guard depth < limits.maxDepth else { throw failure(.tooDeep) }
      return .object(try object(depth: depth + 1))
    case UInt8(ascii: "["):
      guard depth < limits.maxDepth else { throw failure(.tooDeep) }
      return .array(try array(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), 0x30...0x39: return try number()
    case UInt8(ascii: "t"): try word("true"); return .bool(true)
    case UInt8(ascii: "f"): try word("false"); return .bool(false)
    case UInt8(ascii: "n"): try word("null"); return .null
    default: throw failure(.unexpectedByte)
    }
  }

  mutating func word(_ word: StaticString) throws(JSONError) {
    for index in 0..<word.utf8CodeUnitCount {
      guard try next() == word.utf8Start[index] else { throw failure(.unexpectedByte) }
      at += 1
    }
  }

  mutating func array(depth: Int) throws(JSONError) -> [JSON] {
    at += 1
    var items: [JSON] = []
    skipSpace()
    if try next() == UInt8(ascii: "]") { at += 1; return items }
    while true {
      skipSpace()
      items.append(try value(depth: depth))
      skipSpace()
      let byte = try next()
      guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") else { throw failure(.unexpectedByte) }
      at += 1
      if byte == UInt8(ascii: "]") { return items }
    }
  }

  mutating func object(depth: Int) throws(JSONError) -> JSONObject {
    let start = at
    at += 1
    var members: [JSONObject.Member] = []
    var sorted = true
    skipSpace()
    if try next() == UInt8(ascii: "}") { at += 1; return JSONObject() }
    while true {
      skipSpace()
      guard try next() == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
      guard members.count < limits.maxMembers else { throw failure(.tooManyMembers) }
      let name = try string()
      skipSpace()
      guard try next() == UInt8(ascii: ":") else { throw failure(.unexpectedByte) }
      at += 1
      skipSpace()
      let value = try value(depth: depth)
      if let last = members.last, !CanonicalOrder.precedes(last.name.bytes, name.bytes) { sorted = false }
      members.append(.init(name: name, value: value))
      skipSpace()
      let byte = try next()
      guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") else { throw failure(.unexpectedByte) }
      at += 1
      if byte == UInt8(ascii: "}") { break }
    }
    if !sorted {
      // Sorting positions moves words instead of members; after it duplicates are neighbours.
      let order = members.indices.sorted { CanonicalOrder.precedes(members[$0].name.bytes, members[$1].name.bytes) }
      members = order.map { members[$0] }
      for index in members.indices.dropFirst() where members[index].name == members[index - 1].name {
        throw JSONError(kind: .duplicateName, offset: start)
      }
    }
    return JSONObject(sorted: members)
  }

  mutating func string() throws(JSONError) -> Text {
    at += 1
    let start = at
    // Most strings hold no escape: one pass, one copy.
    try plainRun()
    if try next() == UInt8(ascii: "\"") { at += 1; return Text(checked: Array(bytes[start..<(at - 1)])) }
    var unescaped = Array(bytes[start..<at])
    while true {
      if try next() == UInt8(ascii: "\"") { at += 1; return Text(checked: unescaped) }
      try escape(into: &unescaped)
      let from = at
      try plainRun()
      unescaped.append(contentsOf: bytes[from..<at])
    }
  }

  /// Moves to the next quote, backslash or end.
  mutating func plainRun() throws(JSONError) {
    while at < bytes.count {
      // Tokens are thousands of plain bytes.
      if bytes.count - at >= 8, PlainBytes.all8(bytes, at) { at += 8; continue }
      let byte = bytes[at]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
      if byte < 0x20 { throw failure(.controlCharacter) }
      if byte < 0x80 { at += 1; continue }
      let length = UTF8Bytes.sequenceLength(bytes, at)
      if length == 0 { throw failure(.notUTF8) }
      at += length
    }
  }

  mutating func escape(into out: inout [UInt8]) throws(JSONError) {
    at += 1
    let byte = try next()
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
    case UInt8(ascii: "b"): out.append(0x08)
    case UInt8(ascii: "f"): out.append(0x0C)
    case UInt8(ascii: "n"): out.append(0x0A)
    case UInt8(ascii: "r"): out.append(0x0D)
    case UInt8(ascii: "t"): out.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexUnit()
      if code & 0xFC00 == 0xD800 {
        guard bytes.count - at >= 6, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else { throw failure(.loneSurrogate) }
        at += 2
        let second = try hexUnit()
        guard second & 0xFC00 == 0xDC00 else { throw failure(.loneSurrogate) }
        code = 0x10000 + (code - 0xD800) << 10 + (second - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw failure(.loneSurrogate) }
      out.append(contentsOf: UTF8.encode(scalar)!)  // a scalar always has a UTF-8 form
    default: throw JSONError(kind: .badEscape, offset: at - 1)
    }
  }

  mutating func hexUnit() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Hex.value(of: try next()) else { throw failure(.badEscape) }
      code = code << 4 | UInt32(digit)
      at += 1
    }
    return code
  }

  mutating func number() throws(JSONError) -> JSON {
    let start = at
    let negative = bytes[at] == UInt8(ascii: "-")
    if negative { at += 1 }
    let firstDigit = at
    try digits()
    if bytes[firstDigit] == 0x30, at - firstDigit > 1 { throw JSONError(kind: .malformedNumber, offset: start) }
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
        throw JSONError(kind: .integerTooLarge, offset: start)
      }
      return .integer(negative ? -magnitude : magnitude)
    }
    guard at - start <= Self.maxNumberLength else { throw JSONError(kind: .malformedNumber, offset: start) }
    // The grammar was checked above; Double rounds to the nearest. A value that becomes 0 or infinite was lost: refused.
    guard let value = Double(String(decoding: bytes[start..<at], as: UTF8.self)) else {
      throw JSONError(kind: .malformedNumber, offset: start)
    }
    guard value.isFinite, !(value == 0 && significant) else { throw JSONError(kind: .numberOutOfRange, offset: start) }
    // Canonically a whole number below 10^21 is plain digits (RFC 8785 3.2.2.3), and of those we read none above 2^53 - 1.
    guard value.magnitude <= Double(JSON.largestInteger) || value.magnitude >= 1e21 else { throw JSONError(kind: .integerTooLarge, offset: start) }
    return .number(value)
  }

  mutating func digits() throws(JSONError) {
    guard at < bytes.count, ASCII.isDigit(bytes[at]) else { throw failure(at < bytes.count ? .malformedNumber : .unexpectedEnd) }
    while at < bytes.count, ASCII.isDigit(bytes[at]) { at += 1 }
  }
}
