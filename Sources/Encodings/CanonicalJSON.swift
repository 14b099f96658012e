/// RFC 8785, JSON Canonicalization Scheme.
extension JSON {
  /// The one spelling of this value. Precondition: every number is finite, which holds for whatever `parse` returned.
  public func canonical() -> [UInt8] {
    var out: [UInt8] = []
    CanonicalWriter.write(self, into: &out)
    return out
  }
}

extension JSONObject {
  /// The bytes of RFC 8785: what is hashed, signed and compared.
  public func canonical() -> [UInt8] {
    var out: [UInt8] = []
    CanonicalWriter.write(self, into: &out)
    return out
  }
}

/// Names sort by UTF-16 code units (section 3.2.3).
///
/// On UTF-8 bytes that is plain byte order with one exception: characters above U+FFFF begin with a surrogate in
/// UTF-16, which is smaller than U+E000...U+FFFF, but with 0xF0 or more in UTF-8, which is larger than the 0xEE or 0xEF
/// those begin with.
enum CanonicalOrder {
  static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.withUnsafeBufferPointer { left in right.withUnsafeBufferPointer { compare(left, $0) < 0 } }
  }

  /// Below 0: the left one comes first. 0: the same bytes.
  static func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
    for at in 0..<min(left.count, right.count) {
      let a = left[at]
      let b = right[at]
      if a == b { continue }
      if a >= 0xF0, b == 0xEE || b == 0xEF { return -1 }
      if b >= 0xF0, a == 0xEE || a == 0xEF { return 1 }
      return a < b ? -1 : 1
    }
    return left.count - right.count
  }
}

/// Canonical JSON as it is written, without its tree: for answers that are given ten thousand times a second.
///
/// The caller names the members of an object in their order (section 3.2.3) and each once; tests read what was written
/// again and compare.
public struct CanonicalJSONWriter {
  public private(set) var bytes: [UInt8] = []
  private var follows = false

  public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  private mutating func begin() {
    if follows { bytes.append(UInt8(ascii: ",")) }
    follows = true
  }

  public mutating func openObject() { open(UInt8(ascii: "{")) }
  public mutating func closeObject() { close(UInt8(ascii: "}")) }
  public mutating func openArray() { open(UInt8(ascii: "[")) }
  public mutating func closeArray() { close(UInt8(ascii: "]")) }
  private mutating func open(_ bracket: UInt8) {
    begin()
    bytes.append(bracket)
    follows = false
  }
  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    follows = true
  }

  /// A name of ours: ASCII without anything to escape. Its value follows.
  public mutating func name(_ name: StaticString) {
    begin()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    follows = false
  }

  public mutating func value(_ text: String) {
    begin()
    var text = text
    text.withUTF8 { CanonicalWriter.write(quoted: $0, into: &bytes) }
  }
  public mutating func value(_ text: Text) {
    begin()
    CanonicalWriter.write(text, into: &bytes)
  }
  /// Nil is `null`.
  public mutating func value(_ instant: Instant?) {
    begin()
    guard let instant else { return bytes.append(contentsOf: CanonicalWriter.null) }
    bytes.append(UInt8(ascii: "\""))
    instant.append(to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }
  public mutating func value(_ json: JSON) {
    begin()
    CanonicalWriter.write(json, into: &bytes)
  }
  /// Canonical JSON that is there already: one value, or several members.
  public mutating func raw(_ written: [UInt8]) {
    begin()
    bytes.append(contentsOf: written)
  }
}

/// The writer of RFC 8785. It appends to bytes that the caller owns and keeps nothing itself.
private enum CanonicalWriter {
  static let null: [UInt8] = [0x6E, 0x75, 0x6C, 0x6C]

  static func write(quoted text: UnsafeBufferPointer<UInt8>, into out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    write(text, into: &out)
    out.append(UInt8(ascii: "\""))
  }

  static func write(_ value: JSON, into out: inout [UInt8]) {
    switch value {
    case .null: out.append(contentsOf: null)
    case .bool(true): out.append(contentsOf: [0x74, 0x72, 0x75, 0x65])
    case .bool(false): out.append(contentsOf: [0x66, 0x61, 0x6C, 0x73, 0x65])
    case .integer(let number): out.append(contentsOf: String(number).utf8)
    case .number(let number): out.append(contentsOf: ECMAScriptNumber.digits(of: number))
    case .string(let text): write(text, into: &out)
    case .array(let items):
      out.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        write(item, into: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let object): write(object, into: &out)
    }
  }

  static func write(_ object: JSONObject, into out: inout [UInt8]) {
    out.append(UInt8(ascii: "{"))
    var first = true
    for member in object.members {
      if !first { out.append(UInt8(ascii: ",")) }
      first = false
      write(member.name, into: &out)
      out.append(UInt8(ascii: ":"))
      write(member.value, into: &out)
    }
    out.append(UInt8(ascii: "}"))
  }

  static func write(_ text: Text, into out: inout [UInt8]) {
    text.bytes.withUnsafeBufferPointer { write(quoted: $0, into: &out) }
  }

  private static func write(_ bytes: UnsafeBufferPointer<UInt8>, into out: inout [UInt8]) {
    var from = 0
    var at = -1
    while at + 1 < bytes.count {
      at += 1
      if bytes.count - at >= 8, PlainBytes.count8(bytes, at) == 8 {
        at += 7
        continue
      }
      let byte = bytes[at]
      if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
      out.append(contentsOf: bytes[from..<at])
      from = at + 1
      out.append(UInt8(ascii: "\\"))
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(byte)
      case 0x08: out.append(UInt8(ascii: "b"))
      case 0x09: out.append(UInt8(ascii: "t"))
      case 0x0A: out.append(UInt8(ascii: "n"))
      case 0x0C: out.append(UInt8(ascii: "f"))
      case 0x0D: out.append(UInt8(ascii: "r"))
      default: out.append(contentsOf: [0x75, 0x30, 0x30, Hex.digit(byte >> 4), Hex.digit(byte & 15)])
      }
    }
    out.append(contentsOf: bytes[from...])
  }
}

/// Number::toString of ECMAScript (section 3.2.2.3). Swift prints the same shortest digits in another layout.
enum ECMAScriptNumber {
  static func digits(of value: Double) -> [UInt8] {
    precondition(value.isFinite, "JSON has no such number")
    if value == 0 { return [0x30] }  // also -0
    // With value = 0.d1...dk × 10^n:
    var digits: [UInt8] = []
    var n = 0
    var exponent = 0
    var negativeExponent = false
    var seenPoint = false
    var inExponent = false
    for byte in value.magnitude.description.utf8 {
      switch byte {
      case UInt8(ascii: "."): seenPoint = true
      case UInt8(ascii: "e"): inExponent = true
      case UInt8(ascii: "+"): break
      case UInt8(ascii: "-"): negativeExponent = true
      default:
        if inExponent {
          exponent = exponent * 10 + Int(byte - 0x30)
        } else if digits.isEmpty, byte == 0x30 {
          if seenPoint { n -= 1 }
        } else {
          digits.append(byte)
          if !seenPoint { n += 1 }
        }
      }
    }
    n += negativeExponent ? -exponent : exponent
    while digits.last == 0x30 { digits.removeLast() }
    let k = digits.count
    var out: [UInt8] = value < 0 ? [UInt8(ascii: "-")] : []
    if k <= n, n <= 21 {
      out += digits + repeatElement(0x30, count: n - k)
    } else if n > 0, n <= 21 {
      out += digits[..<n] + [UInt8(ascii: ".")] + digits[n...]
    } else if n > -6, n <= 0 {
      out += [0x30, UInt8(ascii: ".")] + repeatElement(0x30, count: -n) + digits
    } else {
      out.append(digits[0])
      if k > 1 { out += [UInt8(ascii: ".")] + digits[1...] }
      out += [UInt8(ascii: "e"), UInt8(ascii: n > 0 ? "+" : "-")] + Array(String((n - 1).magnitude).utf8)
    }
    return out
  }
}
