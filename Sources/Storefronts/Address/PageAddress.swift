public import Encodings

/// A page address that every program reads alike, and the keys by which it is compared. Design section 5.
///
/// Addresses are read twice in the wild, by RFC 3986 libraries and by browsers (WHATWG URL). Where the two would
/// disagree on scheme, host, port or path, reading ends with `url_ambiguous`. All rules work on bytes and in the order
/// of the design, so each input has exactly one outcome.
public struct PageAddress: Hashable, Sendable {
  /// Design section 5, rule 1; browsers and servers agree up to there.
  public static let maxBytes = 2_048
  /// Segments of a path that a binding may name (design section 7).
  public static let maxBoundSegments = 4

  /// The schemes of pages. `http` is read, and noted as insecure.
  public enum Scheme: String, Sendable {
    case https, http
    var defaultPort: UInt16 { self == .https ? 443 : 80 }
  }
  /// What a reader of the answer must be told; both are codes of the reason table.
  public enum Note: String, Sendable, Hashable, CaseIterable {
    case insecureTransport = "insecure_transport"
    case hostScriptMixed = "host_script_mixed"
  }

  public let scheme: Scheme
  /// A-labels, lower case, no closing dot.
  public let host: Text
  /// Nil for the scheme's default.
  public let port: UInt16?
  /// Empty for the root, else `/` and segments; no closing slash.
  public let path: Text
  public let key: PageKey
  public let notes: [Note]
  /// What is asked of the server: the path with its closing slash if it had one, and the query.
  public let requestTarget: Text
  /// A query key that the platform table reads, and its value.
  let platformQuery: (name: Text, value: Text)?
  /// The part after `#`, which never reaches the server. Only binding looks at it.
  let hasFragment: Bool

  /// Reads an address as given by a person, a page or a redirect.
  public static func read(_ address: [UInt8], platforms: PlatformTable) throws(AddressRejection) -> PageAddress {
    try read(address, platforms: platforms, maxBytes: maxBytes)
  }

  /// `maxBytes`: a page key, in which every byte may be escaped, is longer than the address it came from.
  static func read(_ address: [UInt8], platforms: PlatformTable, maxBytes: Int) throws(AddressRejection) -> PageAddress
  {
    let parts = try AddressParts(address, maxBytes: maxBytes)
    let name: InternationalName
    do {
      name = try InternationalName(reading: parts.host)
    } catch {
      throw error == .isAddress
        ? .hostIsIP(AddressRejection.shown(parts.host)) : .hostInvalid(AddressRejection.shown(parts.host))
    }
    let path = try AddressPath(parts.path, offset: parts.path.startIndex)
    return try PageAddress(parts, name: name, path: path, platforms: platforms)
  }

  private init(_ parts: AddressParts, name: InternationalName, path: AddressPath, platforms: PlatformTable)
    throws(AddressRejection)
  {
    scheme = parts.scheme
    host = Text(ascii: name.bytes)
    port = parts.port == parts.scheme.defaultPort ? nil : parts.port
    self.path = Text(ascii: path.key)
    hasFragment = !(parts.fragment?.isEmpty ?? true)
    requestTarget = Text(ascii: path.target + (parts.query.map { [0x3F] + Self.requestQuery($0) } ?? []))
    let authority = name.bytes + (port.map { Array(":\($0)".utf8) } ?? [])
    if let platform = platforms.platform(ofHost: name.bytes) {
      guard port == nil, let shop = try platform.shop(host: name.bytes, path: path, query: parts.query) else {
        throw .platformUnknown(host: Text(ascii: name.bytes))
      }
      key = PageKey(platform: platform.id, account: shop.account)
      platformQuery = shop.query
    } else {
      key = PageKey(site: authority, path: path.key)
      platformQuery = nil
    }
    notes = (scheme == .http ? [.insecureTransport] : []) + (name.mixesScripts ? [.hostScriptMixed] : [])
  }

  /// Every key under which a binding may name this page. On a platform only the account counts; elsewhere the host, up
  /// to four segments of the path and, on the default port, the domains above.
  public var matchKeys: [PageKey] {
    if key.isPlatform { return [key] }
    let authority = host.bytes + (port.map { Array(":\($0)".utf8) } ?? [])
    var keys = [PageKey(site: authority)]
    var prefix: [UInt8] = []
    for segment in path.bytes.dropFirst().pieces(at: 0x2F).prefix(Self.maxBoundSegments) where !path.bytes.isEmpty {
      prefix += [0x2F] + segment
      keys.append(PageKey(site: authority, path: prefix))
    }
    if port == nil {
      let labels = host.bytes.pieces(at: 0x2E)
      for first in 0...max(0, labels.count - 2) {
        keys.append(PageKey(domain: labels[first...].joined(separator: [0x2E])))
      }
    }
    return keys
  }

  /// The address rebuilt from its checked parts, A-labels and escapes: what is shown to people. Query and fragment are
  /// gone, unless the platform keeps the shop in its query.
  public var display: Text {
    let origin = Array("\(scheme.rawValue)://".utf8) + host.bytes + (port.map { Array(":\($0)".utf8) } ?? [])
    let query = platformQuery.map { [0x3F] + $0.name.bytes + [0x3D] + $0.value.bytes } ?? []
    return Text(ascii: origin + (path.isEmpty ? [0x2F] : path.bytes) + query)
  }

  /// The address to ask for, rebuilt from its checked parts, with closing slash and query.
  public var requestURL: Text {
    Text(
      ascii: Array("\(scheme.rawValue)://".utf8) + host.bytes + (port.map { Array(":\($0)".utf8) } ?? [])
        + requestTarget.bytes
    )
  }

  /// The port to dial.
  public var effectivePort: UInt16 { port ?? scheme.defaultPort }

  /// WHATWG URL, special-query percent-encode set. Controls and white space were refused before.
  private static func requestQuery(_ query: some Sequence<UInt8>) -> [UInt8] {
    query.flatMap { byte -> [UInt8] in
      switch byte {
      case 0x80..., 0x22, 0x23, 0x27, 0x3C, 0x3E: percentEscape(byte)
      default: [byte]
      }
    }
  }

  public static func == (left: PageAddress, right: PageAddress) -> Bool {
    left.requestURL == right.requestURL && left.key == right.key
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(requestURL) }
}
