import Storefronts
import Testing

/// Attacks on page addresses that stand beside others in the tables of `PageAddressTests`, each under its own id.
@Suite struct AddressAttackTests {
  @Test(
    "A34 a user name before the host",
    arguments: [
      "https://shop.example@evil.example/", "https://a:b@shop.example/", "https://@shop.example/",
      "https://shop.example:443@evil.example/",
    ]
  )
  func userinfo(_ address: String) { #expect(reading(address) == "url_userinfo_refused") }

  @Test(
    "A36 the query that names a shop stands once",
    arguments: [
      "?shop=acme&shop=evil", "?shop=acme&Shop=evil", "?shop=acme&sh%6Fp=evil", "?shop[]=acme", "?shop=acme&shop=",
    ]
  )
  func query(_ query: String) throws {
    #expect(reading("https://www.bazaar.example/store\(query)", try shippedTable()) == "url_ambiguous")
  }

  @Test("A37 another account of the same marketplace is another page") func accounts() throws {
    let table = try shippedTable()
    let own = reading("https://desertrose.en.alibaba.com/", table)
    #expect(own == "platform/alibaba/desertrose")
    for other in [
      "https://desertrose1.en.alibaba.com/", "https://desert-rose.en.alibaba.com/",
      "https://www.made-in-china.com/showroom/desertrose",
    ] { #expect(reading(other, table) != own, "\(other)") }
  }

  @Test("A38 another host of the account is the same page, an unknown one is none") func hosts() throws {
    let table = try shippedTable()
    for same in [
      "https://desertrose.m.en.alibaba.com/", "https://DesertRose.en.alibaba.com/product/1",
      "https://desertrose.arabic.alibaba.com/",
    ] {
      #expect(reading(same, table) == "platform/alibaba/desertrose", "\(same)")
    }
    for unknown in [
      "https://www.alibaba.com/", "https://login.alibaba.com/", "https://desertrose.alibaba.com/",
      "https://desertrose.en.alibaba.com:8443/", "https://alibaba.com/desertrose",
    ] {
      #expect(reading(unknown, table) == "platform_url_unknown", "\(unknown)")
    }
  }

  @Test(
    "A52 no scheme but the two of the web",
    arguments: [
      "http+unix://%2Fvar%2Frun%2Fdocker.sock/", "file:///etc/passwd", "ftp://shop.example/", "javascript:alert(1)",
      "data:text/html,x", "gopher://127.0.0.1/",
    ]
  )
  func schemes(_ address: String) { #expect(reading(address) == "scheme_refused") }
}
