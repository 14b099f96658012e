public import Encodings

/// The public suffix list: under which names strangers can register theirs. Used when a certificate is issued and
/// nowhere else; the decision then stands in the certificate, so two programs with different lists still agree (A40).
///
/// Rules and matching: publicsuffix.org/list, "Algorithm". Names are A-labels.
public struct PublicSuffixes: Sendable {
  /// The two parts of the list.
  public enum Section: Sendable, Hashable {
    /// Delegated registries: `com`, `co.uk`.
    case icann
    /// Companies that let customers use names under theirs: `myshopify.com`.
    case `private`
  }

  /// What the list says of one name; several lines may name it.
  private struct Rules: OptionSet {
    let rawValue: UInt8
    static let plain = Rules(rawValue: 1), wildcard = Rules(rawValue: 2), exception = Rules(rawValue: 4),
      isPrivate = Rules(rawValue: 8)
  }
  /// Twice the list of 2026: enough for years, and bounded.
  static let maxBytes = 1 << 20, maxRules = 40_000

  private var rules: [[UInt8]: Rules] = [:]
  /// Names with suffixes under them, such as `amazonaws.com` and `kawasaki.jp`: a domain binding there would cover
  /// other people's hosts.
  private var aboveSuffixes: Set<[UInt8]> = []

  /// Reads `public_suffix_list.dat`. Nil when it is too large or holds no rule of both sections.
  public init?(list: [UInt8]) {
    guard list.count <= Self.maxBytes else { return nil }
    var section = Section.icann
    var counts: [Section: Int] = [:]
    for line in list.pieces(at: 0x0A) {
      // A rule ends at the first white space.
      let rule = line.prefix { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
      if line.starts(with: Array("// ===BEGIN PRIVATE DOMAINS===".utf8)) { section = .private }
      if line.starts(with: Array("// ===END PRIVATE DOMAINS===".utf8)) { section = .icann }
      if rule.isEmpty || rule.starts(with: [0x2F, 0x2F]) { continue }
      guard rules.count < Self.maxRules else { return nil }
      add(rule, section)
      counts[section, default: 0] += 1
    }
    guard counts[.icann] != nil, counts[.private] != nil else { return nil }
  }

  public init(icann: [String], private others: [String]) {
    for name in icann { add(Array(name.utf8)[...], .icann) }
    for name in others { add(Array(name.utf8)[...], .private) }
  }

  /// For installations without the list (Debian: `publicsuffix`): the registries of the Gulf and the largest
  /// second-level ones, and the best known shop builders and hosts. It misses most of the world; the default rule
  /// covers plain top levels only.
  public static let fallback = PublicSuffixes(
    icann: [
      "ae", "co.ae", "net.ae", "org.ae", "sch.ae", "ac.ae", "gov.ae", "mil.ae", "com", "net", "org", "info", "biz",
      "shop", "store",
      "sa", "com.sa", "net.sa", "org.sa", "qa", "com.qa", "om", "com.om", "co.om", "kw", "com.kw", "bh", "com.bh", "eg",
      "com.eg",
      "in", "co.in", "net.in", "org.in", "firm.in", "pk", "com.pk", "cn", "com.cn", "net.cn", "org.cn", "hk", "com.hk",
      "tw", "com.tw",
      "uk", "co.uk", "org.uk", "me.uk", "ltd.uk", "plc.uk", "jp", "co.jp", "ne.jp", "or.jp", "kr", "co.kr", "sg",
      "com.sg", "my", "com.my",
      "au", "com.au", "net.au", "nz", "co.nz", "za", "co.za", "br", "com.br", "tr", "com.tr", "id", "co.id", "th",
      "co.th", "vn", "com.vn",
      "de", "fr", "it", "es", "nl", "ch", "at", "be", "pl", "com.pl", "ru", "ua", "com.ua", "io", "co", "com.co", "ly",
      "com.ly",
    ],
    private: [
      "myshopify.com", "github.io", "gitlab.io", "wixsite.com", "blogspot.com", "wordpress.com", "weebly.com",
      "webflow.io", "netlify.app",
      "vercel.app", "pages.dev", "workers.dev", "herokuapp.com", "firebaseapp.com", "web.app", "appspot.com",
      "azurewebsites.net",
      "cloudfront.net", "s3.amazonaws.com", "square.site", "mybigcommerce.com", "jimdosite.com", "strikingly.com",
      "odoo.com", "surge.sh",
    ]
  )

  private mutating func add(_ rule: ArraySlice<UInt8>, _ section: Section) {
    var name = rule
    var kind = Rules.plain
    if name.first == 0x21 {
      name = name.dropFirst()
      kind = .exception
    }
    if name.starts(with: [0x2A, 0x2E]) {
      name = name.dropFirst(2)
      kind = .wildcard
    }
    // A star elsewhere is in the format but in no list; such a rule is left out.
    guard !name.isEmpty, !name.contains(0x2A), let canonical = Self.canonical(name) else { return }
    rules[canonical, default: []].formUnion(section == .private ? [kind, .isPrivate] : kind)
    if kind == .exception { return }
    if kind == .wildcard { aboveSuffixes.insert(canonical) }
    var rest = canonical[...]
    while let dot = rest.firstIndex(of: 0x2E) {
      rest = rest[(dot + 1)...]
      aboveSuffixes.insert(Array(rest))
    }
  }

  private static func canonical(_ name: ArraySlice<UInt8>) -> [UInt8]? {
    let labels = folded(name).pieces(at: 0x2E).map { Array($0) }
    var out: [[UInt8]] = []
    for label in labels {
      guard let ascii = InternationalName.isASCII(label) ? label : InternationalName.mapped(label), !ascii.isEmpty
      else { return nil }
      out.append(ascii)
    }
    return Array(out.joined(separator: [0x2E]))
  }

  /// The public suffix of a canonical host: the longest rule that fits; an exception cuts its first label; else the
  /// last label.
  public func suffix(of host: Text) -> (name: Text, section: Section) {
    let labels = host.bytes.pieces(at: 0x2E)
    for first in labels.indices {
      let name = Array(labels[first...].joined(separator: [0x2E]))
      let above = first + 1 < labels.count ? Array(labels[(first + 1)...].joined(separator: [0x2E])) : []
      let rule = rules[name] ?? []
      let parent = rules[above] ?? []
      if rule.contains(.exception) { return (Text(ascii: above), rule.contains(.isPrivate) ? .private : .icann) }
      if rule.contains(.plain) { return (Text(ascii: name), rule.contains(.isPrivate) ? .private : .icann) }
      if parent.contains(.wildcard) { return (Text(ascii: name), parent.contains(.isPrivate) ? .private : .icann) }
    }
    return (Text(ascii: labels.last ?? []), .icann)
  }

  public func isSuffix(_ host: Text) -> Bool { suffix(of: host).name == host }

  /// The suffix and one label more: what somebody registered. Nil for a suffix itself.
  public func registrableDomain(of host: Text) -> Text? {
    let suffix = suffix(of: host).name.bytes
    guard host.bytes.count > suffix.count + 1 else { return nil }
    let labels = host.bytes.pieces(at: 0x2E).count
    let kept = suffix.pieces(at: 0x2E).count + 1
    return Text(ascii: host.bytes.pieces(at: 0x2E)[(labels - kept)...].joined(separator: [0x2E]))
  }

  /// Whether a domain binding at this name would cover hosts of strangers: the name lies under a private suffix, or
  /// above any.
  public func isMultiTenant(domain host: Text) -> Bool {
    suffix(of: host).section == .private || aboveSuffixes.contains(host.bytes)
  }
}
