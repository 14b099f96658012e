import Encodings
import Storefronts
import Testing

/// Addresses put together at random from pieces that matter, the same ones in each run.
struct AddressMaker {
  var state: UInt64
  private static let pieces = [
    "https:", "http:", "//", "/", "\\", "?", "#", "@", ":", "443", "80", "8443", "65536", "acme.example",
    "EVIL.example", ".", "..", "%2e",
    "%2f", "%5c", "%00", "%25", "%41", "%e2%80%ae", "%C3%A9", "%zz", "%", "\u{E9}", "e\u{301}", "\u{DF}", "\u{430}",
    "\u{645}\u{62A}", "\u{661}",
    "\u{200C}", "\u{200D}", "\u{AD}", "\u{3002}", "\u{FF0E}", "\u{FF10}", "\u{2460}", "\u{FB01}", "\u{212A}",
    "xn--mnchen-3ya", "xn--a", "xn--",
    "\u{1F4A9}", "127.0.0.1", "0x7f.1", "2130706433", "[::1]", "a", "b-", "-c", "a_b", "shop", "store?shop=acme", " ",
    "\t", "\u{0}", "\u{202E}",
    ";", "&", "=", "'", "\"", "<", "|", "*", "~", "acme.en.alibaba.com", "www.bazaar.example", "souk.example/s/",
    "localhost",
  ]
  mutating func next(_ bound: Int) -> Int {
    // SplitMix64.
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(bound))
  }
  mutating func address() -> String {
    var out = ["", "https://", "http://", "https://acme.example/", "https://www.bazaar.example/store?"][next(5)]
    for _ in 0...next(7) { out += Self.pieces[next(Self.pieces.count)] }
    return out
  }
  mutating func bytes() -> [UInt8] {
    var out = Array(address().utf8)
    for _ in 0..<next(3) where !out.isEmpty { out[next(out.count)] = UInt8(next(256)) }
    return out
  }
}

/// What holds for every address that is accepted.
@Suite struct AddressProperties {
  /// Reading gives the same answer twice; what was accepted reads back to itself from each of its canonical forms; a
  /// browser's parser sees the same host and port; and every key can be read as a key.
  @Test func acceptedAddressesAreStable() throws {
    let table = try shippedTable()
    var maker = AddressMaker(state: 20_261_120)
    var accepted = 0
    for _ in 0..<20_000 {
      let bytes = maker.bytes()
      #expect(reading(bytes, table) == reading(bytes, table))
      // refusals have no more to show
      guard let page = try? PageAddress.read(bytes, platforms: table) else { continue }
      accepted += 1
      for form in [page.display, page.requestURL] where form.bytes.count <= PageAddress.maxBytes {
        let again = try PageAddress.read(form.bytes, platforms: table)
        #expect(
          again.key == page.key && again.host == page.host && again.port == page.port && again.display == page.display,
          "\(page.display)"
        )
      }
      let browser = try #require(URLResolver.absolute(bytes), "\(page.display)")
      #expect(browser.port == page.port && browser.scheme == page.scheme && !browser.hasUserinfo)
      #expect(browser.host == page.host || browser.host.bytes == page.host.bytes + [0x2E], "\(page.display)")
      if page.scheme == .https { #expect(PageKey(reading: page.key.text) == page.key) }
      #expect(page.key.text.bytes.allSatisfy { (0x21...0x7E).contains($0) })
      #expect(page.matchKeys.count <= 5 + 127)
    }
    #expect(accepted > 800)
  }

  /// No input may end the process, and a browser's result reads back to itself.
  @Test func resolvingIsIdempotent() throws {
    let base = try #require(URLResolver.absolute(Array("https://shop.example/a/b?q=1#f".utf8)))
    var maker = AddressMaker(state: 7)
    var resolved = 0
    for _ in 0..<20_000 {
      guard let url = URLResolver.resolve(maker.bytes(), base: base) else { continue }
      resolved += 1
      let again = try #require(URLResolver.absolute(url.bytes), "\(String(decoding: url.bytes, as: UTF8.self))")
      #expect(again.bytes == url.bytes)
      #expect(url.bytes.allSatisfy { (0x21...0x7E).contains($0) })
    }
    #expect(resolved > 5_000)
  }
}
