import Encodings
import Storefronts
import Testing

/// What an address was read as: the key with its notes, or the refusal's code.
func reading(_ address: String, _ table: PlatformTable = .empty) -> String { reading(Array(address.utf8), table) }
func reading(_ address: [UInt8], _ table: PlatformTable = .empty) -> String {
  do {
    let page = try PageAddress.read(address, platforms: table)
    return ([page.key.description] + page.notes.map(\.rawValue)).joined(separator: " ")
  } catch {
    return error.code
  }
}

/// Addresses and their keys.
@Suite struct PageAddressTests {
  @Test(
    "A35 path tricks",
    arguments: [
      ("https://acme.example/%2E%2E/%2e/x", "site/acme.example/x"),
      ("https://acme.example/a/b/..", "site/acme.example/a"),
      ("https://acme.example/a/.%2E/b", "site/acme.example/b"),
      ("https://acme.example/...", "site/acme.example/..."),
      ("https://acme.example/%41%5a%30%2D%5F%7e", "site/acme.example/AZ0-_~"),
      ("https://acme.example/%e2%82%ac", "site/acme.example/%E2%82%AC"),
      ("https://acme.example/a%3Fb%23c", "site/acme.example/a%3Fb%23c"),
      ("https://acme.example/!$&'()*+,=:@", "site/acme.example/!$&'()*+,=:@"),
      ("https://acme.example/?", "site/acme.example"),
      ("https://acme.example/#", "site/acme.example"),
      ("https://acme.example/a?b#c?d", "site/acme.example/a"),
      ("https://acme.example#/x", "site/acme.example"),
      ("https://acme.example/a%7Cb", "site/acme.example/a%7Cb"),
    ]
  )
  func paths(address: String, key: String) { #expect(reading(address) == key) }

  @Test(
    "A33, A35, A36 what two programs read differently",
    arguments: [
      "https://acme.example/%", "https://acme.example/%4", "https://acme.example/%G0", "https://acme.example/%0a",
      "https://acme.example/%7f",
      "https://acme.example/%c2%85", "https://acme.example/%E2%80%AE", "https://acme.example/%ff",
      "https://acme.example/%ed%a0%80",
      "https://acme.example/%f5%80%80%80", "https://acme.example/\u{e9}%80", "https://acme.example/%C3x",
      "https://acme.example/%5c..%5c",
      "https://acme.example/a;b", "https://acme.example/%3b", "https://acme.example/%25%32%66",
      "https://acme.example/%2541",
      "https://acme.example/%2%35", "https://acme.example//", "https://acme.example/a//b", "https://acme.example/./%2f",
      "https://acme.example/a|b", "https://acme.example/[a]", "https://acme.example/a`b",
      "https://acme.example/\u{2028}",
      "https://acme.example/\u{85}", "https://acme.example/\u{3000}", "https://acme.example/?q=\\",
      "https://acme.example/#\u{200E}",
      "https://acme.example/ ", "\u{FEFF} https://acme.example/", "https:/acme.example/", "https:acme.example",
      "https:////acme.example/",
      "https:///", "https://?x", "https://#x", "https://acme.example\u{2003}/", "https://\u{61C}acme.example/",
    ]
  )
  func ambiguous(address: String) { #expect(reading(address) == "url_ambiguous") }

  @Test(arguments: [
    ("https://[::1]/", "host_is_ip"), ("https://[::1%25eth0]/", "host_is_ip"),
    ("https://[::1]evil.example/", "host_is_ip"),
    ("https://[::1/", "host_invalid"), ("https://::1/", "host_invalid"), ("https://127.0.0.1/", "host_is_ip"),
    ("https://127.0.0.1./", "host_is_ip"), ("https://0x7f000001/", "host_is_ip"), ("https://0X7F.1/", "host_is_ip"),
    ("https://acme.0x/", "host_is_ip"), ("https://acme.0xg/", "site/acme.0xg"), ("https://acme.08/", "host_is_ip"),
    ("https://acme.example.1./", "host_is_ip"), ("https://256.256.256.256/", "host_is_ip"),
    ("https://1.2.3.4.5/", "host_is_ip"),
    ("https://\u{1F4A9}.\u{FF11}/", "host_is_ip"), ("https://127\u{3002}0\u{3002}0\u{3002}1/", "host_is_ip"),
    ("https://\u{661}.\u{662}/", "host_invalid"), ("https://1e3/", "host_invalid"),
    ("https://acme.1e3/", "site/acme.1e3"),
    ("https://0x7f.acme.example/", "site/0x7f.acme.example"),
  ])
  func addressesAreNoNames(address: String, outcome: String) { #expect(reading(address) == outcome) }

  @Test(
    "A42 a fake slash and other invalid hosts",
    arguments: [
      "https://acme/", "https://acme.localhost/", "https://LOCALHOST/", "https://x.onion/",
      "https://1.0.0.127.in-addr.arpa/",
      "https://acme.internal./", "https://acme..example/", "https://acme.example../", "https://./", "https://../",
      "https://.../",
      "https://-acme.example/", "https://acme-.example/", "https://ac--me.example/", "https://ab--.example/",
      "https://acme.ex_ample/",
      "https://acme!.example/", "https://acme%20.example/", "https://%61cme.example/", "https://acme.example:443:/",
      "https://xn--.example/", "https://xn--a-.example/", "https://xn--acme-.example/", "https://xn--abc.example/",
      "https://xn--99999999.example/", "https://XN--A.example/", "https://xn--mnchen-3ya-.example/",
      "https://xn--\u{e9}.example/",
      // Unmapped and mapped away: each is read by some programs as another name.
      "https://acme\u{200B}.example/", "https://acme\u{200D}x.example/", "https://a\u{200C}b.example/",
      "https://\u{FB01}sh.example/",
      "https://\u{2126}.example\u{FF0E}/", "https://\u{1E9E}.example/", "https://\u{2100}.example/",
      "https://\u{2474}.example/",
      "https://a\u{2024}b.example/", "https://\u{2488}b.example/", "https://acme\u{FF61}example/",
      "https://\u{FDFA}.example/",
      "https://\u{1D41A}cme.example/", "https://acme.example\u{FF1A}443/", "https://\u{301}acme.example/",
      "https://a_\u{e9}.example/",
      // Emoji, keycaps, joined emoji, flags.
      "https://\u{1F600}.example/", "https://i\u{2764}.example/", "https://1\u{FE0F}\u{20E3}.example/",
      "https://\u{1F468}\u{200D}\u{1F469}.example/", "https://\u{1F1E6}\u{1F1EA}.example/", "https://xn--ls8h.example/",
      // Bidi: within a label, and a digit first beside a right-to-left label.
      "https://\u{5D0}a.example/", "https://\u{661}\u{645}.example/",
      "https://3com.\u{645}\u{62A}\u{62C}\u{631}.example/",
      "https://\u{645}\u{661}\u{6F1}.example/",
      // Context rules: a middle dot and a katakana middle dot out of place.
      "https://a\u{B7}b.example/", "https://a\u{30FB}b.example/",
    ]
  )
  func invalidHosts(address: String) { #expect(reading(address) == "host_invalid") }

  @Test(
    "A41 international names",
    arguments: [
      ("https://XN--MNCHEN-3YA.example/", "site/xn--mnchen-3ya.example"),
      ("https://M\u{DC}NCHEN.example/", "site/xn--mnchen-3ya.example"),
      ("https://stra\u{DF}e.example/", "site/xn--strae-oqa.example"),
      ("https://\u{3C3}\u{3AF}\u{3B3}\u{3BC}\u{3B1}\u{3C2}.example/", "site/xn--kxaef0b5ab.example"),
      ("https://l\u{B7}l.example/", "site/xn--ll-0ea.example"),
      ("https://\u{915}\u{94D}\u{200D}\u{937}.example/", "site/xn--11b2ezcw70k.example"),
      ("https://\u{645}\u{62A}\u{62C}\u{631}\u{663}.example/", "site/xn--pgbep1fuh.example"),
      ("https://shop.\u{645}\u{62A}\u{62C}\u{631}.example/", "site/shop.xn--pgbep1f.example"),
      ("https://\u{963F}\u{91CC}.example/", "site/xn--0m4ap1g.example"),
      ("https://abc\u{65E5}\u{672C}\u{3042}\u{30A2}.example/", "site/xn--abc-m63byt425xo4b.example"),
      ("https://p\u{430}ypal.example/", "site/xn--pypal-4ve.example host_script_mixed"),
      ("https://xn--pypal-4ve.example/", "site/xn--pypal-4ve.example host_script_mixed"),
      ("https://\u{3B1}\u{430}.example/", "site/xn--mxa8w.example host_script_mixed"),
      ("https://shop.\u{43C}\u{430}\u{433}.example/", "site/shop.xn--80agz.example"),
      ("http://shop\u{E9}.example/", "site/xn--shop-epa.example insecure_transport"),
    ]
  )
  func internationalHosts(address: String, key: String) {
    #expect(reading(address) == key)
    // The A-label reads back to itself.
    let site = key.split(separator: " ")[0].dropFirst(5)
    #expect(reading("https://\(site)/").split(separator: " ")[0] == key.split(separator: " ")[0])
  }

  @Test func lengths() {
    let label = String(repeating: "a", count: 63)
    #expect(reading("https://\(label).example/") == "site/\(label).example")
    #expect(reading("https://\(label)a.example/") == "host_invalid")
    // 3 × 64 + 61 = 253 bytes, and one more.
    let longest = Array(repeating: label, count: 3).joined(separator: ".") + "." + String(repeating: "b", count: 61)
    #expect(longest.utf8.count == 253)
    #expect(reading("https://\(longest)/") == "site/\(longest)")
    #expect(reading("https://\(longest)./") == "site/\(longest)")
    #expect(reading("https://\(longest)c/") == "host_invalid")
    // A label may be short in letters and long in bytes.
    #expect(reading("https://\(String(repeating: "\u{E9}", count: 64)).example/") == "host_invalid")
    let stem = "https://acme.example/"
    #expect(reading(stem + String(repeating: "a", count: PageAddress.maxBytes - stem.utf8.count)).hasPrefix("site/"))
    #expect(reading(stem + String(repeating: "a", count: PageAddress.maxBytes - stem.utf8.count + 1)) == "url_too_long")
    #expect(reading(Array(repeating: 0xFF, count: 3_000)) == "url_too_long")
  }

  @Test(arguments: [
    ("https://acme.example:/x", "site/acme.example/x"), ("https://acme.example:00000000443/", "site/acme.example"),
    ("https://acme.example:1/", "site/acme.example:1"), ("https://acme.example:65535/", "site/acme.example:65535"),
    ("https://acme.example:80/", "site/acme.example:80"), ("https://acme.example:-1/", "port_refused"),
    ("https://acme.example:+443/", "port_refused"), ("https://acme.example:4 43/", "url_ambiguous"),
    ("https://acme.example:0x1bb/", "port_refused"),
    ("https://acme.example:99999999999999999999/", "port_refused"), ("https://acme.example:000/", "port_refused"),
    ("https://acme.example:\u{664}/", "port_refused"),
  ])
  func ports(address: String, outcome: String) { #expect(reading(address) == outcome) }

  @Test(arguments: [
    "", "acme.example", "/x", "//acme.example/", "?", "://acme.example/", ":", "javascript:alert(1)",
    "file:///etc/passwd", "https", "httpss://a.b/",
    "ht%74ps://acme.example/", "\u{17F}ttps://acme.example/", "HTTP+UNIX://x/", "blob:https://acme.example/",
    "mailto:a@b.example",
  ])
  func schemes(address: String) { #expect(reading(address) == "scheme_refused") }

  @Test func rulesApplyInOrder() {
    // Each address breaks several rules: the first one decides.
    #expect(reading("ftp://a b/") == "url_ambiguous")
    #expect(reading("https://a@[::1]:99999/%") == "url_userinfo_refused")
    #expect(reading("https://[::1]:99999/%") == "host_is_ip")
    #expect(reading("https://bad_host:99999/%") == "port_refused")
    #expect(reading("https://bad_host/%") == "host_invalid")
    #expect(reading("https://a%40b.example:0/") == "port_refused")
  }

  @Test func badUTF8IsAmbiguousWhereItStands() throws {
    for bytes in [[0xC0, 0xAF], [0xED, 0xA0, 0x80], [0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xC3]] as [[UInt8]] {
      #expect(throws: AddressRejection.ambiguous(at: 21)) {
        try PageAddress.read(Array("https://acme.example/".utf8) + bytes, platforms: .empty)
      }
    }
  }

  @Test func partsAreCanonical() throws {
    let page = try PageAddress.read(
      Array("HTTP://M\u{DC}NCHEN.example:8080/a/./b%7E/?q='\u{E9}'#f".utf8),
      platforms: .empty
    )
    #expect(page.scheme == .http)
    #expect(page.host == "xn--mnchen-3ya.example")
    #expect(page.port == 8080 && page.effectivePort == 8080)
    #expect(page.path == "/a/b~")
    #expect(page.requestTarget == "/a/b~/?q=%27%C3%A9%27")
    #expect(page.display == "http://xn--mnchen-3ya.example:8080/a/b~")
    #expect(page.requestURL == "http://xn--mnchen-3ya.example:8080/a/b~/?q=%27%C3%A9%27")
    #expect(page.notes == [.insecureTransport])
    let root = try PageAddress.read(Array("https://acme.example".utf8), platforms: .empty)
    #expect(root.path.isEmpty && root.requestTarget == "/" && root.display == "https://acme.example/")
  }

  @Test func matchKeys() throws {
    func keys(_ address: String) throws -> [String] {
      try PageAddress.read(Array(address.utf8), platforms: .empty).matchKeys.map(\.description)
    }
    #expect(
      try keys("https://a.b.example/1/2/3/4/5/") == [
        "site/a.b.example", "site/a.b.example/1", "site/a.b.example/1/2", "site/a.b.example/1/2/3",
        "site/a.b.example/1/2/3/4",
        "domain/a.b.example", "domain/b.example",
      ]
    )
    #expect(try keys("https://b.example:8443/x") == ["site/b.example:8443", "site/b.example:8443/x"])
    #expect(try keys("https://b.example") == ["site/b.example", "domain/b.example"])
  }

  @Test func keysAreReadOnlyInTheirOneSpelling() {
    for good in [
      "site/acme.example", "site/acme.example:8443/a/b", "site/xn--mnchen-3ya.example", "domain/acme.example",
      "platform/souk/a_b",
    ] {
      #expect(PageKey(reading: Text(good))?.description == good)
    }
    for bad in [
      "", "site", "site/", "site/acme.example/", "site/ACME.example", "site/acme.example:443", "site/acme.example/a?b",
      "site/acme.example#x",
      "site/acme.example/%41", "site/localhost", "site/127.0.0.1", "site/u@acme.example", "domain/acme.example/",
      "domain/acme", "domain/.acme.example",
      "platform/souk", "platform/souk/", "platform//a", "platform/souk/a/b", "platform/souk/a b", "Site/acme.example",
      "page/acme.example",
    ] {
      #expect(PageKey(reading: Text(bad)) == nil, "\(bad)")
    }
  }

  @Test func refusalsCarryEvidenceFitToShow() {
    #expect(AddressRejection.tooLong(bytes: 3000).params.names == ["bytes", "max"])
    do {
      _ = try PageAddress.read(
        Array("https://b\u{AD}\"<x>\(String(repeating: "y", count: 300))/".utf8),
        platforms: .empty
      )
      Issue.record("read")
    } catch {
      guard case .hostInvalid(let shown) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(shown.bytes.count <= 110 && shown.bytes.allSatisfy { (0x21...0x7E).contains($0) })
    }
  }
}
