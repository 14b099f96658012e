import Encodings
import Foundation
import Storefronts
import Testing

/// What may be bound.
@Suite struct BindingTests {
  private static let suffixes = PublicSuffixes(
    icann: ["com", "example", "ae", "co.ae", "uk", "co.uk", "ck", "*.ck", "!www.ck"],
    private: ["myshopify.com", "s3.cloud.example", "*.hosting.example"]
  )

  private func outcome(_ address: String, _ kind: Binding.Kind?) throws -> String {
    let rules = BindingRules(
      platforms: try shippedTable(),
      publicSuffixes: Self.suffixes,
      redirectors: ["bit.ly", "go.example"]
    )
    do {
      let binding = try Binding.forIssue(Array(address.utf8), kind: kind, rules: rules)
      return "\(binding.kind) \(binding.key)"
    } catch {
      return error.why.map { "\(error.code) \($0)" } ?? error.code
    }
  }

  @Test(
    arguments: [
      ("https://acme.example/", nil, "host site/acme.example"),
      ("https://acme.example/shop/", nil, "path site/acme.example/shop"),
      ("https://acme.example/shop", .host, "host site/acme.example"),
      ("https://acme.example:8443/", .host, "host site/acme.example:8443"),
      ("https://acme.example/1/2/3/4", .path, "path site/acme.example/1/2/3/4"),
      ("https://acme.example/1/2/3/4/5", .path, "binding_not_provable path_too_deep"),
      ("https://acme.example/", .path, "binding_not_provable path_missing"),
      ("https://acme.example/#/shop", nil, "binding_not_provable fragment"),
      ("https://acme.example/#", nil, "host site/acme.example"),
      ("https://shop.acme.example/", .domain, "domain domain/shop.acme.example"),
      ("https://acme.example:8443/", .domain, "port_refused"),
      ("https://acme.en.alibaba.com/", nil, "platform platform/alibaba/acme"),
      ("https://acme.en.alibaba.com/", .platform, "platform platform/alibaba/acme"),
      ("https://acme.en.alibaba.com/", .host, "binding_too_wide platform_apex"),
      ("https://acme.en.alibaba.com/x", .path, "binding_too_wide platform_apex"),
      ("https://acme.en.alibaba.com/", .domain, "binding_too_wide platform_apex"),
      ("https://alibaba.com/", nil, "binding_too_wide platform_apex"),
      ("https://www.alibaba.com/", nil, "binding_too_wide platform_apex"),
      ("https://en.alibaba.com/", nil, "binding_too_wide platform_apex"),
      ("https://m.en.alibaba.com/", nil, "binding_too_wide platform_apex"),
      ("https://login.alibaba.com/", nil, "binding_too_wide platform_apex"),
      ("https://www.made-in-china.com/showroom/", nil, "binding_too_wide platform_apex"),
      ("https://souk.example/s", .platform, "binding_too_wide platform_apex"),
      ("https://acme.klingon.alibaba.com/", nil, "platform_url_unknown"),
      ("https://acme.klingon.alibaba.com/", .host, "binding_too_wide platform_apex"),
      ("https://acme.example/", .platform, "platform_url_unknown"),
      ("https://*.acme.example/", nil, "binding_too_wide wildcard"), ("https://*/", nil, "binding_too_wide wildcard"),
      ("https://acme.example/*", nil, "binding_too_wide wildcard"),
      ("https://*.alibaba.com/", .platform, "binding_too_wide wildcard"),
      ("https://com/", .host, "host_invalid"), ("https://co.uk/", .host, "binding_too_wide public_suffix"),
      ("https://co.ae/x", .path, "binding_too_wide public_suffix"),
      ("https://anything.ck/", .host, "binding_too_wide public_suffix"), ("https://www.ck/", .host, "host site/www.ck"),
      ("https://a.anything.ck/", .domain, "domain domain/a.anything.ck"),
      ("https://myshopify.com/", .domain, "binding_too_wide public_suffix"),
      ("https://acme.myshopify.com/", .host, "host site/acme.myshopify.com"),
      ("https://acme.myshopify.com/", .domain, "binding_too_wide multi_tenant"),
      ("https://cloud.example/", .domain, "binding_too_wide multi_tenant"),
      ("https://cloud.example/", .host, "host site/cloud.example"),
      ("https://x.hosting.example/", .host, "binding_too_wide public_suffix"),
      ("https://acme.x.hosting.example/", .domain, "binding_too_wide multi_tenant"),
      ("https://go.example/acme", nil, "binding_is_redirector"),
      ("https://a.go.example/", nil, "binding_is_redirector"),
      ("https://ngo.example/", nil, "host site/ngo.example"), ("https://bit.ly./x", nil, "binding_is_redirector"),
      ("http://acme.example/", nil, "insecure_transport"), ("http://127.0.0.1/", nil, "host_is_ip"),
      ("https://[::1]/", nil, "host_is_ip"),
      ("https://localhost/", nil, "host_invalid"), ("https://good.example\\@evil.example/", nil, "url_ambiguous"),
      ("acme.example", nil, "scheme_refused"),
    ] as [(String, Binding.Kind?, String)]
  )
  func atIssue(address: String, kind: Binding.Kind?, expected: String) throws {
    #expect(try outcome(address, kind) == expected)
  }

  @Test func aBindingIsOfItsKind() throws {
    func made(_ kind: Binding.Kind, _ key: String) throws -> Bool {
      Binding(kind: kind, key: try #require(PageKey(reading: Text(key))), display: "x") != nil
    }
    #expect(
      try made(.host, "site/a.example") && made(.path, "site/a.example/1/2/3/4") && made(.domain, "domain/a.example")
        && made(.platform, "platform/x/y")
    )
    #expect(
      try !made(.host, "site/a.example/1") && !made(.path, "site/a.example") && !made(.path, "site/a.example/1/2/3/4/5")
    )
    #expect(try !made(.domain, "site/a.example") && !made(.platform, "site/a.example") && !made(.host, "platform/x/y"))
  }

  @Test(arguments: [
    ("site/acme.example", "https://acme.example/any/where?x", true),
    ("site/acme.example", "https://www.acme.example/", false),
    ("domain/acme.example", "https://www.acme.example/", true),
    ("domain/acme.example", "https://acme.example.evil.example/", false),
    ("domain/acme.example", "https://acme.example:8443/", false),
    ("site/acme.example/a/b", "https://acme.example/a/b/c/d/e", true),
    ("site/acme.example/a/b", "https://acme.example/a/bc", false),
    ("site/acme.example/a", "https://acme.example/A", false),
    ("platform/alibaba/acme", "https://acme.french.alibaba.com/x", true),
    ("platform/alibaba/acme", "https://acme2.en.alibaba.com/", false),
    ("domain/alibaba.com", "https://acme.en.alibaba.com/", false),
    ("site/acme.en.alibaba.com", "https://acme.en.alibaba.com/", false),
  ])
  func matching(key: String, address: String, matches: Bool) throws {
    let kind: Binding.Kind =
      key.hasPrefix("domain")
      ? .domain : key.hasPrefix("platform") ? .platform : key.dropFirst(5).contains("/") ? .path : .host
    // A key inside a platform's zone can still stand in an old certificate.
    let read = try #require(PageKey(reading: Text(key)))
    let binding = try #require(Binding(kind: kind, key: read, display: ""))
    #expect(binding.matches(try PageAddress.read(Array(address.utf8), platforms: try shippedTable())) == matches)
  }
}

/// The list of public suffixes.
@Suite struct PublicSuffixTests {
  private static let sample = """
    // VERSION: 1
    // ===BEGIN ICANN DOMAINS===
    com
    uk
    co.uk
    *.ck   // a comment after white space
    !www.ck
    \u{4E2D}\u{56FD}
    // ===END ICANN DOMAINS===
    // ===BEGIN PRIVATE DOMAINS===
    github.io
    *.compute.example.com
    // ===END PRIVATE DOMAINS===

    """

  @Test(
    "A40 the suffix list decides at issue only",
    arguments: [
      ("a.b.com", "com", "b.com"), ("com", "com", nil), ("x.co.uk", "co.uk", "x.co.uk"), ("co.uk", "co.uk", nil),
      ("y.x.ck", "x.ck", "y.x.ck"), ("x.ck", "x.ck", nil),
      ("www.ck", "ck", "www.ck"), ("a.www.ck", "ck", "www.ck"), ("a.unknown", "unknown", "a.unknown"),
      ("me.github.io", "github.io", "me.github.io"),
      ("a.xn--fiqs8s", "xn--fiqs8s", "a.xn--fiqs8s"),
      ("z.eu.compute.example.com", "eu.compute.example.com", "z.eu.compute.example.com"),
    ] as [(String, String, String?)]
  )
  func suffixes(host: String, suffix: String, domain: String?) throws {
    let list = try #require(PublicSuffixes(list: Array(Self.sample.utf8)))
    #expect(list.suffix(of: Text(host)).name == Text(suffix))
    #expect(list.registrableDomain(of: Text(host)) == domain.map { Text($0) })
  }

  @Test("A39 a host with many tenants") func tenants() throws {
    let list = try #require(PublicSuffixes(list: Array(Self.sample.utf8)))
    #expect(
      list.isMultiTenant(domain: "me.github.io") && list.isMultiTenant(domain: "compute.example.com")
        && list.isMultiTenant(domain: "example.com")
    )
    #expect(list.isMultiTenant(domain: "ck"))
    #expect(!list.isMultiTenant(domain: "acme.com") && !list.isMultiTenant(domain: "acme.co.uk"))
  }

  @Test func notAList() {
    #expect(PublicSuffixes(list: []) == nil)
    #expect(PublicSuffixes(list: Array("com\nnet\n".utf8)) == nil)
    #expect(PublicSuffixes(list: Array(repeating: 0x61, count: 2 << 20)) == nil)
  }

  /// The list that Debian installs.
  @Test func installedList() throws {
    guard let data = FileManager.default.contents(atPath: "/usr/share/publicsuffix/public_suffix_list.dat") else {
      print("skipped: public suffix list (install the package publicsuffix)")
      return
    }
    let list = try #require(PublicSuffixes(list: Array(data)))
    #expect(
      list.isSuffix("co.ae") && list.isSuffix("myshopify.com") && list.isSuffix("github.io")
        && !list.isSuffix("alibaba.com")
    )
    #expect(
      list.isMultiTenant(domain: "amazonaws.com") && list.isMultiTenant(domain: "x.myshopify.com")
        && !list.isMultiTenant(domain: "alibaba.com")
    )
    #expect(list.suffix(of: "www.ck").name == "ck")
  }

  @Test func fallbackKnowsTheCommonOnes() {
    let list = PublicSuffixes.fallback
    #expect(
      list.isSuffix("co.ae") && list.isSuffix("com.sa") && list.isSuffix("co.uk") && list.isSuffix("myshopify.com")
    )
    #expect(list.isMultiTenant(domain: "a.github.io") && !list.isMultiTenant(domain: "acme.ae"))
  }
}
