/// GeneralName (RFC 5280 4.2.1.6): the forms Khatm reads, the others by tag.
enum GeneralName: Hashable, Sendable {
  case email([UInt8])
  case dns([UInt8])
  case uri([UInt8])
  case ip([UInt8])
  /// DER of the Name.
  case directory([UInt8])
  case other(UInt8)

  /// Nil when the next element is no well-formed GeneralName. What text says is judged where it is used.
  static func read(_ reader: inout DERReader) -> GeneralName? {
    guard let element = reader.next() else { return nil }
    let content = Array(element.content)
    func isASCII() -> Bool { content.allSatisfy { $0 < 0x80 } }
    switch element.tag {
    case DERTag.context(1): return isASCII() ? .email(content) : nil
    case DERTag.context(2): return isASCII() ? .dns(content) : nil
    case DERTag.context(6): return isASCII() ? .uri(content) : nil
    case DERTag.context(7): return .ip(content)
    case DERTag.constructed(4): return DistinguishedName.isWellFormed(element.content) ? .directory(content) : nil
    case DERTag.context(8): return OID(content: element.content) == nil ? nil : .other(8)
    case DERTag.constructed(0):
      var pair = DERReader(element.content)
      guard let oid = pair.next(DERTag.oid), OID(content: oid.content) != nil, pair.enter(DERTag.constructed(0)) != nil,
        pair.isAtEnd
      else { return nil }
      return .other(0)
    case DERTag.constructed(3), DERTag.constructed(5): return .other(element.tag & 0x1f)
    default: return nil
    }
  }

  /// GeneralNames: at least one.
  static func readAll(_ content: ArraySlice<UInt8>) -> [GeneralName]? {
    var reader = DERReader(content)
    var names: [GeneralName] = []
    while !reader.isAtEnd {
      guard let name = read(&reader) else { return nil }
      names.append(name)
    }
    return names.isEmpty ? nil : names
  }

  /// Whether a name in a subjectAltName has the one syntax we read: strict DNS names without wildcards, IPv4 or IPv6
  /// octets, plain mailboxes, absolute URIs.
  var isStrict: Bool {
    switch self {
    case .dns(let name): NameSyntax.isDNSName(name[...])
    case .ip(let octets): octets.count == 4 || octets.count == 16
    case .email(let mailbox): NameSyntax.isMailbox(mailbox[...])
    case .uri(let uri): NameSyntax.isURI(uri)
    case .directory, .other: true
    }
  }

  /// The same for the base of a name constraint (RFC 5280 4.2.1.10). A leading dot is for URIs and mail hosts only.
  var isStrictBase: Bool {
    switch self {
    case .dns(let name): NameSyntax.isDNSName(name[...])
    case .ip(let octets): (octets.count == 8 || octets.count == 32) && NameSyntax.isMask(octets[(octets.count / 2)...])
    case .email(let base):
      base.contains(UInt8(ascii: "@")) ? NameSyntax.isMailbox(base[...]) : NameSyntax.isDNSName(Self.afterDot(base))
    case .uri(let base): NameSyntax.isDNSName(Self.afterDot(base))
    case .directory, .other: true
    }
  }

  /// One leading dot, not several.
  private static func afterDot(_ base: [UInt8]) -> ArraySlice<UInt8> {
    base.first == UInt8(ascii: ".") ? base.dropFirst() : base[...]
  }
}

/// The spellings of names that we write and accept; a name of another spelling is never compared.
enum NameSyntax {
  /// RFC 1123 letters, digits and hyphens, lower case only, labels of 1 to 63, 253 in all; the last label is not a
  /// number, so no IP address passes. No wildcard, no underscore, no trailing dot.
  static func isDNSName(_ name: ArraySlice<UInt8>) -> Bool {
    guard (1...253).contains(name.count) else { return false }
    var last: ArraySlice<UInt8> = []
    for label in name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
      guard (1...63).contains(label.count), label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-"),
        label.allSatisfy({ (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") })
      else { return false }
      last = label
    }
    return !last.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// RFC 5280 4.2.1.6: Mailbox without quoting: dot-atom, `@`, host.
  static func isMailbox(_ mailbox: ArraySlice<UInt8>) -> Bool {
    let parts = mailbox.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...64).contains(parts[0].count) else { return false }
    let atoms = parts[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return atoms.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtomText) } && isDNSName(parts[1])
  }

  private static func isAtomText(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte | 0x20) || (0x30...0x39).contains(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
  }

  static let maximumURIBytes = 2048

  /// Visible ASCII with a scheme (RFC 5280 4.2.1.6: not relative).
  static func isURI(_ uri: [UInt8]) -> Bool {
    guard uri.count <= maximumURIBytes, uri.allSatisfy({ (0x21...0x7e).contains($0) }),
      let colon = uri.firstIndex(of: UInt8(ascii: ":")),
      colon + 1 < uri.count, let first = uri.first, (0x61...0x7a).contains(first | 0x20)
    else { return false }
    return uri[..<colon].allSatisfy {
      (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0)
    }
  }

  /// Ones, then zeros.
  static func isMask(_ mask: ArraySlice<UInt8>) -> Bool {
    let tail = mask.drop { $0 == 0xff }
    guard let edge = tail.first else { return true }
    return (~edge & (~edge &+ 1)) == 0 && tail.dropFirst().allSatisfy { $0 == 0 }
  }
}
