public import Encodings

/// An `http` or `https` address as a browser ends up with it (WHATWG URL standard, "URL record").
///
/// This is for links *found* in pages: lenient, because browsers are. An address that is to be judged goes through
/// `PageAddress`.
public struct ResolvedURL: Hashable, Sendable {
  /// Spellings that no careful author writes; the parameter of `unusual_url_form`.
  public enum Form: String, Sendable, CaseIterable {
    case controls, backslash, slashes, userinfo
    case escapedHost = "escaped_host"
    case mappedHost = "mapped_host"
    case number
  }

  public let scheme: PageAddress.Scheme
  let username: [UInt8], password: [UInt8]
  /// A-labels, dotted decimal, or IPv6 in brackets.
  public let host: Text
  /// Nil for the scheme's default.
  public let port: UInt16?
  /// Begins with `/`.
  public let path: Text
  public let query: Text?
  public let fragment: Text?
  public let forms: [Form]

  public var unusual: Bool { !forms.isEmpty }
  public var hasUserinfo: Bool { !username.isEmpty || !password.isEmpty }

  /// The address as the browser would show it ("URL serializer").
  public var bytes: [UInt8] {
    var out = Array("\(scheme.rawValue)://".utf8)
    if hasUserinfo {
      out += username
      if !password.isEmpty { out += [0x3A] + password }
      out.append(0x40)
    }
    out += host.bytes + (port.map { Array(":\($0)".utf8) } ?? []) + path.bytes
    if let query { out += [0x3F] + query.bytes }
    if let fragment { out += [0x23] + fragment.bytes }
    return out
  }
}

extension ResolvedURL {
  /// The base for links in a page that was read from this address.
  public init(_ page: PageAddress) {
    let target = page.requestTarget.bytes
    let question = target.firstIndex(of: 0x3F)
    self.init(
      scheme: page.scheme,
      username: [],
      password: [],
      host: page.host,
      port: page.port,
      path: Text(ascii: target[..<(question ?? target.endIndex)]),
      query: question.map { Text(ascii: target[($0 + 1)...]) },
      fragment: nil,
      forms: []
    )
  }
}

/// The basic URL parser of the WHATWG URL standard, for the two schemes a badge link can have. One pass, no recursion.
public enum URLResolver {
  /// Browsers stop at 2 MiB; no badge link is longer than 100 bytes.
  public static let maxBytes = 64 << 10

  /// The address a link leads to. Nil when it is not `http(s)`, or browsers refuse it.
  public static func resolve(_ href: [UInt8], base: ResolvedURL) -> ResolvedURL? { parse(href, base: base) }

  /// An address that stands for itself. Nil when it is relative, not `http(s)`, or browsers refuse it.
  public static func absolute(_ address: [UInt8]) -> ResolvedURL? { parse(address, base: nil) }

  private static func isSlash(_ byte: UInt8) -> Bool { byte == 0x2F || byte == 0x5C }

  private static func parse(_ href: [UInt8], base: ResolvedURL?) -> ResolvedURL? {
    guard href.count <= maxBytes else { return nil }
    var forms: [ResolvedURL.Form] = []
    func note(_ form: ResolvedURL.Form) { if !forms.contains(form) { forms.append(form) } }

    // White space around an address is common and harmless; inside it is not.
    let trimmed = href.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed()
    let input = trimmed.filter { $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    if input.count != trimmed.count { note(.controls) }

    var rest = input[...]
    var scheme = base?.scheme
    if let first = rest.first, isLetter(first),
      let end = rest.firstIndex(where: { !(isAlphanumeric($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E) }),
      rest[end] == 0x3A
    {
      guard let named = PageAddress.Scheme(rawValue: String(decoding: folded(rest[..<end]), as: UTF8.self)) else {
        return nil
      }
      rest = rest[(end + 1)...]
      let slashes = rest.prefix(while: isSlash)
      if slashes.count != 2 { note(.slashes) }
      if slashes.count < 2, named == base?.scheme {
        // "https:path": a relative link with a needless scheme.
      } else {
        if slashes.contains(0x5C) { note(.backslash) }
        rest = rest.drop(while: isSlash)
        return authority(rest, scheme: named, forms: forms)
      }
      scheme = named
    }
    guard let base, let scheme else { return nil }
    if rest.prefix(2).count == 2, rest.prefix(2).allSatisfy(isSlash) {
      let slashes = rest.prefix(while: isSlash)
      if slashes.count != 2 { note(.slashes) }
      if slashes.contains(0x5C) { note(.backslash) }
      return authority(rest.drop(while: isSlash), scheme: scheme, forms: forms)
    }

    let (path, query, fragment) = split(rest)
    var segments: [[UInt8]] = []
    if path.first.map(isSlash) != true {
      segments = base.path.bytes.dropFirst().pieces(at: 0x2F).map { Array($0) }
      if !path.isEmpty { segments.removeLast() }
    }
    let keepsPath = path.isEmpty
    if path.contains(0x5C) { note(.backslash) }
    return ResolvedURL(
      scheme: scheme,
      username: base.username,
      password: base.password,
      host: base.host,
      port: base.port,
      path: keepsPath ? base.path : pathText(path, above: segments),
      query: query.map { queryText($0) } ?? (keepsPath ? base.query : nil),
      fragment: fragment.map { fragmentText($0) },
      forms: forms
    )
  }

  private static func authority(_ rest: ArraySlice<UInt8>, scheme: PageAddress.Scheme, forms: [ResolvedURL.Form])
    -> ResolvedURL?
  {
    var forms = forms
    let end = rest.firstIndex { isSlash($0) || $0 == 0x3F || $0 == 0x23 } ?? rest.endIndex
    var hostPort = rest[..<end]
    var username: [UInt8] = []
    var password: [UInt8] = []
    if let at = hostPort.lastIndex(of: 0x40) {
      let userinfo = hostPort[..<at]
      let colon = userinfo.firstIndex(of: 0x3A)
      username = encoded(userinfo[..<(colon ?? at)], userinfoSet)
      password = colon.map { encoded(userinfo[($0 + 1)...], userinfoSet) } ?? []
      hostPort = hostPort[(at + 1)...]
      forms.append(.userinfo)
    }
    // A colon inside brackets belongs to the IPv6 address.
    let bracket = hostPort.first == 0x5B ? hostPort.firstIndex(of: 0x5D) ?? hostPort.endIndex : hostPort.startIndex
    let colon = hostPort[bracket...].firstIndex(of: 0x3A)
    guard let (host, form) = URLHost.parse(hostPort[..<(colon ?? hostPort.endIndex)]) else { return nil }
    if let form { forms.append(form) }
    var port: UInt16?
    if let colon, colon + 1 < hostPort.endIndex {
      var value: UInt32 = 0
      for digit in hostPort[(colon + 1)...] {
        guard isDigit(digit) else { return nil }
        value = value * 10 + UInt32(digit - 0x30)
        guard value <= 65_535 else { return nil }
      }
      port = UInt16(value) == scheme.defaultPort ? nil : UInt16(value)
    }
    let (path, query, fragment) = split(rest[end...])
    if path.contains(0x5C), !forms.contains(.backslash) { forms.append(.backslash) }
    return ResolvedURL(
      scheme: scheme,
      username: username,
      password: password,
      host: Text(ascii: host),
      port: port,
      path: pathText(path, above: []),
      query: query.map { queryText($0) },
      fragment: fragment.map { fragmentText($0) },
      forms: forms
    )
  }

  private static func split(_ rest: ArraySlice<UInt8>) -> (
    path: ArraySlice<UInt8>, query: ArraySlice<UInt8>?, fragment: ArraySlice<UInt8>?
  ) {
    let hash = rest.firstIndex(of: 0x23)
    let question = rest[..<(hash ?? rest.endIndex)].firstIndex(of: 0x3F)
    return (
      rest[..<(question ?? hash ?? rest.endIndex)], question.map { rest[($0 + 1)..<(hash ?? rest.endIndex)] },
      hash.map { rest[($0 + 1)...] }
    )
  }

  /// "path state": backslashes are slashes, dot segments go, also when escaped; empty segments stay.
  private static func pathText(_ path: ArraySlice<UInt8>, above: [[UInt8]]) -> Text {
    var segments = above
    let parts = (path.first.map(isSlash) == true ? path.dropFirst() : path)
      .split(maxSplits: .max, omittingEmptySubsequences: false, whereSeparator: isSlash)
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      switch dots(part) {
      case 1: if isLast { segments.append([]) }
      case 2:
        if !segments.isEmpty { segments.removeLast() }
        if isLast { segments.append([]) }
      default: segments.append(encoded(part, pathSet))
      }
    }
    return Text(ascii: segments.isEmpty ? [0x2F] : segments.flatMap { [0x2F] + $0 })
  }

  /// How many dots a segment consists of, 1 or 2, escaped or not; else 0.
  private static func dots(_ segment: ArraySlice<UInt8>) -> Int {
    guard (1...6).contains(segment.count) else { return 0 }
    let decoded = percentDecoded(segment)
    return decoded.count <= 2 && decoded.allSatisfy { $0 == 0x2E } ? decoded.count : 0
  }

  // The percent-encode sets of the standard, on top of controls, DEL and everything above ASCII.
  private static let pathSet = Set(" \"#<>?`{}^".utf8)
  private static let querySet = Set(" \"#<>'".utf8)
  private static let fragmentSet = Set(" \"<>`".utf8)
  private static let userinfoSet = Set(" \"#<>?`{}^/:;=@[\\]|".utf8)

  private static func encoded(_ bytes: ArraySlice<UInt8>, _ set: Set<UInt8>) -> [UInt8] {
    bytes.flatMap { $0 < 0x20 || $0 > 0x7E || set.contains($0) ? percentEscape($0) : [$0] }
  }
  private static func queryText(_ bytes: ArraySlice<UInt8>) -> Text { Text(ascii: encoded(bytes, querySet)) }
  private static func fragmentText(_ bytes: ArraySlice<UInt8>) -> Text { Text(ascii: encoded(bytes, fragmentSet)) }
}
