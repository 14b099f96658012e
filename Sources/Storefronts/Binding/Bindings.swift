public import Encodings

/// One storefront that a certificate names. Design section 7.
public struct Binding: Hashable, Sendable {
  /// How much of a site is bound: an account on a platform, a host, a path of one, or a domain with all hosts under it.
  public enum Kind: String, Sendable, CaseIterable { case platform, host, path, domain }

  public let kind: Kind
  public let key: PageKey
  /// For people; decides nothing.
  public let display: Text

  /// A binding as a credential states it. Nil when the key is not of the stated kind.
  public init?(kind: Kind, key: PageKey, display: Text) {
    let name = key.text.bytes
    let fits =
      switch kind {
      case .platform: key.isPlatform
      case .domain: key.text.hasPrefix("domain/")
      // "site/" and a host: no second slash. A path has at least one segment and at most four.
      case .host: key.text.hasPrefix("site/") && name.filter { $0 == 0x2F }.count == 1
      case .path:
        key.text.hasPrefix("site/")
          && (2...(PageAddress.maxBoundSegments + 1)).contains(name.filter { $0 == 0x2F }.count)
      }
    guard fits else { return nil }
    self.kind = kind
    self.key = key
    self.display = display
  }

  /// Byte for byte against the page's match keys. Says nothing about `insecure_transport`.
  public func matches(_ page: PageAddress) -> Bool { page.matchKeys.contains(key) }
}

/// Why a storefront cannot be bound when a certificate is issued.
public enum BindingRejection: Error, Hashable, Sendable {
  /// Why the binding would cover pages of strangers.
  public enum TooWide: String, Sendable {
    case publicSuffix = "public_suffix"
    case platformApex = "platform_apex"
    case wildcard
    case multiTenant = "multi_tenant"
  }
  /// Why nobody could prove control of the page later.
  public enum NotProvable: String, Sendable {
    case fragment
    case pathTooDeep = "path_too_deep"
    case pathMissing = "path_missing"
  }

  case address(AddressRejection)
  case insecureTransport
  case tooWide(TooWide)
  case redirector(host: Text)
  /// A host of the authority, its chambers or one that it recognises, below one of them, or an imitation.
  case authority(host: Text)
  case notProvable(NotProvable)

  /// The reason code; it never changes its meaning.
  public var code: String {
    switch self {
    case .address(let refusal): refusal.code
    case .insecureTransport: "insecure_transport"
    case .tooWide: "binding_too_wide"
    case .redirector: "binding_is_redirector"
    case .authority: "binding_is_authority"
    case .notProvable: "binding_not_provable"
    }
  }

  /// The parameter `why` of the reason, where it has one.
  public var why: String? {
    switch self {
    case .tooWide(let why): why.rawValue
    case .notProvable(let why): why.rawValue
    default: nil
    }
  }

  /// The parameters of the reason, as the reason table names them.
  public var params: JSONObject {
    switch self {
    case .address(let refusal): refusal.params
    case .redirector(let host), .authority(let host): JSONObject(["host": .string(host)])
    default: JSONObject(["why": why.map { JSON($0) }])
    }
  }
}

/// What decides at issue, besides the address itself.
public struct BindingRules: Sendable {
  public let platforms: PlatformTable
  public let publicSuffixes: PublicSuffixes
  /// Hosts, with everything under them, that only send visitors elsewhere.
  public let redirectors: Set<Text>

  /// Hosts of authorities: nobody's shop is there.
  public var ownHosts: Set<Text> = []

  public init(platforms: PlatformTable, publicSuffixes: PublicSuffixes, redirectors: Set<Text> = Self.knownRedirectors)
  {
    self.platforms = platforms
    self.publicSuffixes = publicSuffixes
    self.redirectors = redirectors
  }

  /// Shorteners and link pages in common use.
  public static let knownRedirectors: Set<Text> = [
    "bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "v.gd", "buff.ly", "rebrand.ly", "cutt.ly",
    "shorturl.at", "t.ly", "rb.gy",
    "tiny.cc", "bl.ink", "short.io", "lnkd.in", "fb.me", "m.me", "wa.me", "t.me", "youtu.be", "amzn.to", "amzn.eu",
    "a.co", "s.click.aliexpress.com",
    "linktr.ee", "linkin.bio", "lnk.bio", "bio.link", "taplink.cc", "qrco.de", "l.facebook.com", "l.instagram.com",
    "href.li", "dwz.cn", "url.cn",
    "t.cn", "suo.im", "adf.ly", "page.link", "app.link", "onelink.me", "smarturl.it", "trib.al", "dlvr.it", "s.id",
    "u.to", "x.co", "clck.ru",
  ]
}

extension Binding {
  /// The binding for an address a member gave. Without `kind`: the account on a platform, else the path, else the host.
  public static func forIssue(_ address: [UInt8], kind: Kind? = nil, rules: BindingRules) throws(BindingRejection)
    -> Binding
  {
    let page: PageAddress
    do {
      page = try PageAddress.read(address, platforms: rules.platforms)
    } catch {
      throw Self.rejection(for: error, kind: kind, rules: rules)
    }
    if page.notes.contains(.insecureTransport) { throw .insecureTransport }
    if page.hasFragment { throw .notProvable(.fragment) }
    if page.path.bytes.contains(0x2A) { throw .tooWide(.wildcard) }
    if page.key.isPlatform {
      guard kind == nil || kind == .platform else { throw .tooWide(.platformApex) }
      return Binding(.platform, key: page.key, display: page.display)
    }
    guard kind != .platform else { throw .address(.platformUnknown(host: page.host)) }
    if rules.redirectors.contains(where: { page.host.isOrIsBelow($0) }) {
      throw .redirector(host: page.host)
    }
    if rules.ownHosts.contains(where: { page.host.isOrIsBelow($0) || LookalikeHost.imitates(page.host, verifyHost: $0) }
    ) {
      throw .authority(host: page.host)
    }
    if rules.publicSuffixes.isSuffix(page.host) { throw .tooWide(.publicSuffix) }

    let segments = page.path.bytes.filter { $0 == 0x2F }.count
    let authority = page.host.bytes + (page.port.map { Array(":\($0)".utf8) } ?? [])
    let origin = Array("https://".utf8) + authority
    switch kind ?? (segments > 0 ? .path : .host) {
    case .platform, .host:
      return Binding(.host, key: PageKey(site: authority), display: Text(ascii: origin + [0x2F]))
    case .path:
      guard segments > 0 else { throw .notProvable(.pathMissing) }
      guard segments <= PageAddress.maxBoundSegments else { throw .notProvable(.pathTooDeep) }
      return Binding(.path, key: page.key, display: page.display)
    case .domain:
      // A domain binding is for the default port, and covers everything under the name.
      if let port = page.port { throw .address(.portRefused(Text(String(port)))) }
      if rules.platforms.touches(domain: page.host.bytes) { throw .tooWide(.platformApex) }
      if rules.publicSuffixes.isMultiTenant(domain: page.host) { throw .tooWide(.multiTenant) }
      return Binding(.domain, key: PageKey(domain: page.host.bytes), display: Text(ascii: origin + [0x2F]))
    }
  }

  private init(_ kind: Kind, key: PageKey, display: Text) {
    self.kind = kind
    self.key = key
    self.display = display
  }

  /// A refused address, in the words of somebody who wanted to bind it.
  private static func rejection(for error: AddressRejection, kind: Kind?, rules: BindingRules) -> BindingRejection {
    switch error {
    case .hostInvalid(let host) where host.bytes.contains(0x2A): return .tooWide(.wildcard)
    case .platformUnknown(let host):
      // No account: the platform itself, or (asked as host, path or domain) any part of it.
      let isApex = rules.platforms.platform(ofHost: host.bytes)?.isApex(host.bytes) ?? false
      return isApex || (kind != nil && kind != .platform) ? .tooWide(.platformApex) : .address(error)
    default: return .address(error)
    }
  }
}

extension Text {
  /// Of hosts: the same one, or a name under it.
  fileprivate func isOrIsBelow(_ host: Text) -> Bool { self == host || bytes.hasDotSuffix(host.bytes) }
}
