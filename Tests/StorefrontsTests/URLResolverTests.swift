import Encodings
import Storefronts
import Testing

/// Against the WHATWG URL standard; the results are those of browsers.
@Suite struct URLResolverTests {
  private func resolve(_ href: String, base: String = "https://shop.example/a/b?q=1#f") -> String? {
    guard let base = URLResolver.absolute(Array(base.utf8)) else { return nil }
    return URLResolver.resolve(Array(href.utf8), base: base).map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  @Test(arguments: [
    ("", "https://shop.example/a/b?q=1"), ("#x", "https://shop.example/a/b?q=1#x"), ("?", "https://shop.example/a/b?"),
    ("?x y", "https://shop.example/a/b?x%20y"),
    ("c", "https://shop.example/a/c"), ("./c", "https://shop.example/a/c"), ("../c", "https://shop.example/c"),
    ("../../../c", "https://shop.example/c"),
    (".", "https://shop.example/a/"), ("..", "https://shop.example/"), ("%2e%2E/c", "https://shop.example/c"),
    (".%2e", "https://shop.example/"),
    ("/", "https://shop.example/"), ("/c/", "https://shop.example/c/"), ("//other.example", "https://other.example/"),
    ("///other.example/x", "https://other.example/x"),
    ("\\\\other.example\\x", "https://other.example/x"), ("/\\other.example", "https://other.example/"),
    ("\\c", "https://shop.example/c"), ("c\\d", "https://shop.example/a/c/d"),
    ("https:c", "https://shop.example/a/c"), ("https:/c", "https://shop.example/c"), ("https://c", "https://c/"),
    ("http:c", "http://c/"), ("http:/c", "http://c/"),
    ("https:\\\\c\\d", "https://c/d"), ("https:////c", "https://c/"),
    ("HTTPS://KHATM.EXAMPLE/C/7q", "https://khatm.example/C/7q"),
    ("ht\ntps://khat\tm.example/c/X", "https://khatm.example/c/X"),
    (" \u{0}https://a.example \u{1F}", "https://a.example/"), ("h\rttps://a.example", "https://a.example/"),
    ("https://a.example:443/", "https://a.example/"), ("https://a.example:/", "https://a.example/"),
    ("https://a.example:0/", "https://a.example:0/"),
    ("https://a.example:0000080/", "https://a.example:80/"), ("http://a.example:80", "http://a.example/"),
    ("https://u@a.example/", "https://u@a.example/"), ("https://u:p@a.example/", "https://u:p@a.example/"),
    ("https://@a.example/", "https://a.example/"),
    ("https://good.example@evil.example/", "https://good.example@evil.example/"),
    ("https://a@b@c.example/", "https://a%40b@c.example/"),
    ("https://:p@a.example/", "https://:p@a.example/"),
    ("https://good.example\\@evil.example/", "https://good.example/@evil.example/"),
    ("https://%6bhatm.example/", "https://khatm.example/"), ("https://khatm%2Eexample/", "https://khatm.example/"),
    ("https://KHATM\u{3002}EXAMPLE/", "https://khatm.example/"),
    ("https://khat\u{AD}m.example/", "https://khatm.example/"),
    ("https://\u{FF4B}hatm.example/", "https://khatm.example/"),
    ("https://\u{212A}hatm.example/", "https://khatm.example/"),
    ("https://m\u{FC}nchen.example/", "https://xn--mnchen-3ya.example/"),
    ("https://%C3%BC.example/", "https://xn--tda.example/"),
    ("https://fa\u{DF}.example/", "https://xn--fa-hia.example/"),
    ("https://a..b/", "https://a..b/"), ("https://a.example./", "https://a.example./"),
    ("https://a_b.example/", "https://a_b.example/"),
    ("https://127.1/", "https://127.0.0.1/"), ("https://2130706433/", "https://127.0.0.1/"),
    ("https://0x7f.1/", "https://127.0.0.1/"), ("https://0177.0.0.01/", "https://127.0.0.1/"),
    ("https://1.2.3/", "https://1.2.0.3/"), ("https://1.2.65535/", "https://1.2.255.255/"),
    ("https://0x/", "https://0.0.0.0/"), ("https://\u{2460}.0.0.\u{2460}./", "https://1.0.0.1/"),
    ("https://[::1]/", "https://[::1]/"), ("https://[0:0:0:0:0:0:0:1]:443/", "https://[::1]/"),
    ("https://[1:0:0:2:0:0:0:3]/", "https://[1:0:0:2::3]/"),
    ("https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/"),
    ("https://[1:2:3:4:5:6:7::]/", "https://[1:2:3:4:5:6:7:0]/"), ("https://[A:B::]/", "https://[a:b::]/"),
    ("https://a.example/a b\"<>`{}^|\u{E9}", "https://a.example/a%20b%22%3C%3E%60%7B%7D%5E|%C3%A9"),
    ("https://a.example/%zz%4", "https://a.example/%zz%4"),
    ("https://a.example//b//", "https://a.example//b//"), ("https://a.example/a;b/../c", "https://a.example/c"),
    ("https://a.example/a/./b/.", "https://a.example/a/b/"),
    ("https://a.example?x'\"<>#`y\"", "https://a.example/?x%27%22%3C%3E#%60y%22"),
    ("https://a.example#a b", "https://a.example/#a%20b"),
    ("https://a.example/?a\\b", "https://a.example/?a\\b"), ("javascript", "https://shop.example/a/javascript"),
    ("1https://x", "https://shop.example/a/1https://x"),
  ])
  func resolves(href: String, result: String) { #expect(resolve(href) == result) }

  @Test(arguments: [
    "javascript:alert(1)", "data:text/html,x", "mailto:a@b", "ftp://a/", "tel:1", "HTTPSX://a", "java\nscript:alert(1)",
    "https://", "https:///", "https://?", "https://#", "https://@/",
    "https://u@/", "https://:443/", "https://a:b/", "https://a:65536/", "https://a:99999999999999999999/",
    "https://a:\u{661}/", "https://a b/", "https://a<b/", "https://a|b/", "https://a^b/", "https://a%00b/",
    "https://a%2fb/", "https://a%40b/", "https://a%25b/", "https://%zz/", "https://a\u{FF0F}b/",
    "https://256.256.256.256/", "https://1.2.3.4.5/", "https://1..2/", "https://a.1/", "https://1.2.3.256/",
    "https://08.1/", "https://0xg.1/", "https://4294967296/", "https://[::1", "https://[::1]x/", "https://[::g]/",
    "https://[1::2::3]/", "https://[:1]/", "https://[1:]/", "https://[1:2:3:4:5:6:7:8:9]/",
    "https://[1:2:3:4:5:6:7:8::]/", "https://[::1.2.3]/", "https://[::01.2.3.4]/", "https://[::256.1.1.1]/",
    "https://[::1%25eth0]/", "https://[]/", "https://xn--a/", "https://xn--/", "https://\u{AD}/",
    "https://%ff/", "https://\u{200D}a\u{200D}/",
  ])
  func refuses(href: String) { #expect(resolve(href) == nil) }

  @Test(arguments: [
    ("https://khatm.example/c/X", ""), (" https://khatm.example/c/X\n", ""), ("/c/X", ""), ("//khatm.example/c/X", ""),
    ("HTTPS://KHATM.EXAMPLE/", ""), ("https:", "slashes"),
    ("ht\ntps://a.example", "controls"), ("https:\\\\a.example\\c", "backslash"), ("/\\a.example", "backslash"),
    ("https:///a.example", "slashes"), ("http:a.example", "slashes"),
    ("https://u@a.example", "userinfo"), ("https://%61.example", "escaped_host"),
    ("https://\u{FF41}.example", "mapped_host"), ("https://127.1", "number"), ("https://127.0.0.1", ""),
  ])
  func oddSpellings(href: String, forms: String) throws {
    let base = try #require(URLResolver.absolute(Array("https://shop.example/".utf8)))
    let url = try #require(URLResolver.resolve(Array(href.utf8), base: base))
    #expect(url.forms.map(\.rawValue).joined(separator: " ") == forms)
    #expect(url.unusual == !forms.isEmpty)
  }

  @Test func basesWithoutQueryOrWithUserinfo() {
    #expect(resolve("c", base: "https://shop.example") == "https://shop.example/c")
    #expect(resolve("", base: "https://u:p@shop.example/x?y") == "https://u:p@shop.example/x?y")
    #expect(resolve("/z", base: "http://shop.example:8080/x/") == "http://shop.example:8080/z")
    #expect(resolve("z", base: "http://shop.example:8080/x/") == "http://shop.example:8080/x/z")
    #expect(URLResolver.absolute(Array("/relative".utf8)) == nil)
    #expect(
      URLResolver.absolute(Array("https://a.example/".utf8) + Array(repeating: 0x61, count: URLResolver.maxBytes))
        == nil
    )
  }

  @Test func thePageIsTheBase() throws {
    let page = try PageAddress.read(Array("https://acme.example:8443/shop/?x=1".utf8), platforms: .empty)
    let link = try #require(URLResolver.resolve(Array("item".utf8), base: ResolvedURL(page)))
    #expect(String(decoding: link.bytes, as: UTF8.self) == "https://acme.example:8443/shop/item")
    #expect(ResolvedURL(page).query == "x=1")
  }
}
