/// The host parser of the WHATWG URL standard: percent-decoding, UTS 46, IPv4 in all its number forms, IPv6.
enum URLHost {
  /// "forbidden domain code point", as far as ASCII goes.
  private static let forbidden = Set(" #/:<>?@[\\]^|%".utf8).union(0...0x1F).union([0x7F])

  /// The host as it is serialised, and what was odd about its spelling. Nil when browsers refuse it.
  static func parse(_ input: ArraySlice<UInt8>) -> (host: [UInt8], form: ResolvedURL.Form?)? {
    if input.first == 0x5B {
      guard input.last == 0x5D, let address = IPv6Text.parse(input.dropFirst().dropLast()) else { return nil }
      return ([0x5B] + IPv6Text.serialised(address) + [0x5D], nil)
    }
    let decoded = percentDecoded(input)
    guard !decoded.isEmpty, let name = toASCII(decoded), !name.isEmpty,
      !name.contains(where: { forbidden.contains($0) })
    else { return nil }
    let form: ResolvedURL.Form? =
      if decoded.count != input.count { .escapedHost } else if !name.elementsEqual(folded(decoded)) { .mappedHost } else
      { nil }
    var labels = name.pieces(at: 0x2E)
    if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
    guard InternationalName.isNumber(Array(labels.last ?? [])) else { return (name, form) }
    guard let address = ipv4(labels) else { return nil }
    let text = Array((0..<4).map { String(address >> (24 - 8 * UInt32($0)) & 255) }.joined(separator: ".").utf8)
    return (text, text == folded(input) ? form : .number)
  }

  /// "domain to ASCII", not strict. Names without `xn--` and without non-ASCII letters are only folded.
  private static func toASCII(_ domain: [UInt8]) -> [UInt8]? {
    let lower = folded(domain)
    if lower.allSatisfy({ $0 < 0x80 }), !lower.pieces(at: 0x2E).contains(where: { $0.starts(with: Array("xn--".utf8)) })
    {
      return lower
    }
    guard String(validating: lower, as: UTF8.self) != nil else { return nil }
    var out: [[UInt8]] = []
    for label in lower.pieces(at: 0x2E).flatMap({ InternationalName.splitAtOtherStops(Array($0)) }) {
      if InternationalName.isASCII(label), !label.starts(with: Array("xn--".utf8)) {
        out.append(label)
      } else {
        guard let mapped = InternationalName.mapped(label) else { return nil }
        out.append(mapped)
      }
    }
    return Array(out.joined(separator: [0x2E]))
  }

  /// "IPv4 parser": 1 to 4 parts, decimal, octal (leading 0) or hexadecimal (0x); the last fills the rest.
  private static func ipv4(_ parts: [ArraySlice<UInt8>]) -> UInt32? {
    guard parts.count <= 4 else { return nil }
    var numbers: [UInt64] = []
    for part in parts {
      guard let number = number(part) else { return nil }
      numbers.append(number)
    }
    guard let last = numbers.popLast(), numbers.allSatisfy({ $0 <= 255 }) else { return nil }
    let room = UInt64(1) << (8 * (4 - UInt64(numbers.count)))
    guard last < room else { return nil }
    var address = last
    for (index, number) in numbers.enumerated() { address += number << (8 * (3 - UInt64(index))) }
    return UInt32(address)
  }

  private static func number(_ part: ArraySlice<UInt8>) -> UInt64? {
    if part.isEmpty { return nil }
    var digits = part
    var radix: UInt64 = 10
    if digits.starts(with: [0x30, 0x78]) {
      digits = digits.dropFirst(2)
      radix = 16
    } else if digits.count > 1, digits.first == 0x30 {
      digits = digits.dropFirst()
      radix = 8
    }
    var value: UInt64 = 0
    for digit in digits {
      guard let digit = hexValue(digit), UInt64(digit) < radix else { return nil }
      value = min(value * radix + UInt64(digit), 1 << 40)  // beyond any address; only kept from overflowing
    }
    return value
  }
}

/// Text form of IPv6 addresses: WHATWG URL "IPv6 parser" (RFC 4291 section 2.2), written as RFC 5952 asks.
enum IPv6Text {
  /// 16 bytes, or nil.
  static func parse(_ input: some Collection<UInt8>) -> [UInt8]? {
    let text = Array(input)
    var groups: [UInt16] = []
    var gap: Int?
    var index = 0
    if text.starts(with: [0x3A, 0x3A]) {
      gap = 0
      index = 2
    } else if text.first == 0x3A {
      return nil
    }
    while index < text.count {
      guard groups.count < 8 else { return nil }
      if text[index] == 0x3A {
        guard gap == nil, index > 0 else { return nil }
        gap = groups.count
        index += 1
        continue
      }
      var value: UInt16 = 0
      var length = 0
      let start = index
      while index < text.count, length < 4, let digit = hexValue(text[index]) {
        value = value << 4 | UInt16(digit)
        index += 1
        length += 1
      }
      if index < text.count, text[index] == 0x2E {
        guard length > 0, groups.count <= 6, let tail = dotted(text[start...]) else { return nil }
        groups += tail
        index = text.count
        break
      }
      guard length > 0 else { return nil }
      groups.append(value)
      if index < text.count {
        guard text[index] == 0x3A, index + 1 < text.count else { return nil }
        index += 1
      }
    }
    if let gap {
      guard groups.count < 8 else { return nil }
      groups.insert(contentsOf: Array(repeating: 0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8 else { return nil }
    return groups.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
  }

  /// Four decimal numbers without leading zeros.
  private static func dotted(_ text: ArraySlice<UInt8>) -> [UInt16]? {
    let parts = text.pieces(at: 0x2E)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt16] = []
    for part in parts {
      guard (1...3).contains(part.count), part.allSatisfy(isDigit), part.count == 1 || part.first != 0x30 else {
        return nil
      }
      let value = part.reduce(0) { $0 * 10 + Int($1 - 0x30) }
      guard value <= 255 else { return nil }
      bytes.append(UInt16(value))
    }
    return [bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]]
  }

  /// The one spelling of RFC 5952, without brackets.
  static func serialised(_ bytes: [UInt8]) -> [UInt8] {
    let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    // The first longest run of at least two zero groups.
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start > max(1, best.count) { best = start..<end }
      start = max(end, start + 1)
    }
    func hex(_ range: Range<Int>) -> String { groups[range].map { String($0, radix: 16) }.joined(separator: ":") }
    return Array((best.isEmpty ? hex(0..<8) : hex(0..<best.lowerBound) + "::" + hex(best.upperBound..<8)).utf8)
  }
}
