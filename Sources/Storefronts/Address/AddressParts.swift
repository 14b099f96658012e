/// Rules 1 to 4 of design section 5: from bytes to scheme, host, port, path, query and fragment, none of them decoded
/// yet.
struct AddressParts {
  let scheme: PageAddress.Scheme
  let host: ArraySlice<UInt8>
  let port: UInt16
  let path: ArraySlice<UInt8>
  let query: ArraySlice<UInt8>?
  let fragment: ArraySlice<UInt8>?

  /// Rules 1 to 4 of the design, in their order; the first that fails names the rejection.
  init(_ address: [UInt8], maxBytes: Int) throws(AddressRejection) {
    guard address.count <= maxBytes else { throw .tooLong(bytes: address.count) }
    if let at = Self.firstDoubtful(address) { throw .ambiguous(at: at) }

    // Rule 2. RFC 3986 section 3.1; "acme.example:443" has a scheme too, only not one of ours.
    let colon = address.firstIndex(of: 0x3A)
    let name = folded(address[..<(colon ?? 0)])
    guard let colon, let scheme = PageAddress.Scheme(rawValue: String(decoding: name, as: UTF8.self)) else {
      throw .schemeRefused(AddressRejection.shown(name.prefix(32)))
    }
    self.scheme = scheme

    // Rule 3.
    let start = colon + 3
    guard address[(colon + 1)...].starts(with: [0x2F, 0x2F]) else { throw .ambiguous(at: colon + 1) }
    let end = address[start...].firstIndex { $0 == 0x2F || $0 == 0x3F || $0 == 0x23 } ?? address.endIndex
    let authority = address[start..<end]
    guard !authority.isEmpty else { throw .ambiguous(at: start) }

    // Rule 4.
    if authority.contains(0x40) { throw .userinfoRefused }
    if authority.first == 0x5B {
      throw authority.contains(0x5D)
        ? .hostIsIP(AddressRejection.shown(authority)) : .hostInvalid(AddressRejection.shown(authority))
    }
    if let last = authority.lastIndex(of: 0x3A) {
      host = authority[..<last]
      port = try Self.port(authority[(last + 1)...], default: scheme.defaultPort)
    } else {
      host = authority
      port = scheme.defaultPort
    }
    // The first half of rule 5: what no mapping may see.
    if host.isEmpty || host.contains(0x25) { throw .hostInvalid(AddressRejection.shown(host)) }

    let hash = address[end...].firstIndex(of: 0x23)
    let question = address[end..<(hash ?? address.endIndex)].firstIndex(of: 0x3F)
    path = address[end..<(question ?? hash ?? address.endIndex)]
    query = question.map { address[($0 + 1)..<(hash ?? address.endIndex)] }
    fragment = hash.map { address[($0 + 1)...] }
  }

  /// Rule 1: not UTF-8, controls, white space, bidi controls, backslashes. Browsers strip, turn or stop at these;
  /// others do not.
  static func firstDoubtful(_ address: [UInt8]) -> Int? {
    // Printable ASCII, which most addresses are, needs no tables of Unicode.
    if address.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }) { return nil }
    guard let text = String(validating: address, as: UTF8.self) else { return firstBadUTF8(address) }
    var offset = 0
    for scalar in text.unicodeScalars {
      if scalar.isControl || scalar.properties.isWhitespace || scalar.isBidiControl || scalar == "\\" { return offset }
      offset += UTF8.width(scalar)
    }
    return nil
  }

  private static func firstBadUTF8(_ address: [UInt8]) -> Int {
    var decoder = UTF8()
    var offset = 0
    var bytes = address.makeIterator()
    while case .scalarValue(let scalar) = decoder.decode(&bytes) { offset += UTF8.width(scalar) }
    return offset
  }

  /// Leading zeros are harmless: every parser reads `0443` as 443.
  private static func port(_ digits: ArraySlice<UInt8>, default standard: UInt16) throws(AddressRejection) -> UInt16 {
    if digits.isEmpty { return standard }
    var value: UInt32 = 0
    for digit in digits {
      guard isDigit(digit) else { throw .portRefused(AddressRejection.shown(digits)) }
      value = value * 10 + UInt32(digit - 0x30)
      guard value <= 65_535 else { throw .portRefused(AddressRejection.shown(digits)) }
    }
    guard value > 0 else { throw .portRefused(AddressRejection.shown(digits)) }
    return UInt16(value)
  }
}

extension UTF8 {
  /// Bytes of a character in UTF-8.
  static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case ..<0x80: 1
    case ..<0x800: 2
    case ..<0x1_0000: 3
    default: 4
    }
  }
}

/// Rule 6 of design section 5: a path in its one spelling.
struct AddressPath {
  /// `/a/b`, or empty for the root.
  let key: [UInt8]
  /// What to ask for: `/a/b` or `/a/b/`.
  let target: [UInt8]
  let segments: [[UInt8]]

  /// `offset` is where the path begins in the address, for the evidence.
  init(_ path: ArraySlice<UInt8>, offset: Int) throws(AddressRejection) {
    var spelled: [UInt8] = []
    var decoded: [UInt8] = []
    var index = path.startIndex
    while index < path.endIndex {
      let byte = path[index]
      if byte == 0x25 {
        guard index + 2 < path.endIndex, let high = hexValue(path[index + 1]), let low = hexValue(path[index + 2])
        else {
          throw .ambiguous(at: index)
        }
        let value = high << 4 | low
        // Escaped slash, backslash, semicolon: one server splits there, the next does not. Controls end strings in
        // some.
        if value == 0x2F || value == 0x5C || value == 0x3B || value < 0x20 || value == 0x7F {
          throw .ambiguous(at: index)
        }
        spelled += isUnreserved(value) ? [value] : percentEscape(value)
        decoded.append(value)
        index += 3
        continue
      }
      guard byte >= 0x80 || Self.isPathByte(byte) else { throw .ambiguous(at: index) }
      if byte == 0x2F, index > path.startIndex, path[index - 1] == 0x2F { throw .ambiguous(at: index) }
      spelled += byte >= 0x80 ? percentEscape(byte) : [byte]
      decoded.append(byte)
      index += 1
    }
    // The escapes must be UTF-8, and must not hide what rule 1 refuses in the open.
    guard let text = String(validating: decoded, as: UTF8.self),
      !text.unicodeScalars.contains(where: { $0.isControl || $0.isBidiControl })
    else { throw .ambiguous(at: offset) }
    // Escaped twice. Looked for after decoding, since %25%32%66 becomes %252f.
    if Self.isEscapedTwice(spelled) { throw .ambiguous(at: offset) }

    var kept: [[UInt8]] = []
    var directory = true
    for segment in spelled.dropFirst().pieces(at: 0x2F) where !spelled.isEmpty {
      directory = true
      switch Array(segment) {
      case [0x2E], []: break
      case [0x2E, 0x2E]: if !kept.isEmpty { kept.removeLast() }
      case let name:
        kept.append(name)
        directory = false
      }
    }
    segments = kept
    key = kept.flatMap { [0x2F] + $0 }
    target = key + (directory ? [0x2F] : [])
  }

  /// RFC 3986 section 3.3: pchar and the slash; `;` is left out, since some servers cut parameters there.
  private static func isPathByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21, 0x24, 0x26...0x2C, 0x2F, 0x3A, 0x3D, 0x40: true  // ! $ &'()*+, / : = @
    default: isUnreserved(byte)
    }
  }

  private static func isEscapedTwice(_ spelled: [UInt8]) -> Bool {
    guard spelled.count >= 5 else { return false }
    return (0...(spelled.count - 5)).contains { at in
      spelled[at] == 0x25 && spelled[at + 1] == 0x32 && spelled[at + 2] == 0x35
        && hexValue(spelled[at + 3]) != nil && hexValue(spelled[at + 4]) != nil
    }
  }
}
