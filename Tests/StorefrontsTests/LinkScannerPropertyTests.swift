import Encodings
import Testing

@testable import Storefronts

/// A small generator with a fixed seed: a failure repeats.
private struct Random {
  var state: UInt64

  mutating func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(limit))
  }

  mutating func pick(_ list: [String]) -> String { list[below(list.count)] }

  mutating func text(_ pieces: [String], upTo count: Int) -> String {
    (0...below(count)).map { _ in pick(pieces) }.joined()
  }
}

/// The short cuts must never disagree with the long way.
@Suite struct LinkScannerPropertyTests {
  private static let addressPieces = [
    "http", "https", "HTTPS", ":", "/", "//", "\\", "?", "#", "@", ".", "..", "%2e", "%6b", "khatm.example",
    "KHATM.example",
    "khatrn.example",
    "evil.example", "shop.example", "c/", "/c/", "7Q2M4XW9K3PDT5HBPA", "x", "k", "h", "s", "8443", ":443", ":80",
    "&#104;", "&amp;", "&",
    "&sol;", "&colon;",
    "&Tab;", "\t", "\n", "\r", " ", "\u{0}", "-", "_", "~", "é", "ｋ", "xn--", "[", "]", "127.0.0.1", "mailto:",
    "javascript:", ";", "=",
    "&period;",
  ]

  private func page(_ address: String) throws -> ResolvedURL { try #require(URLResolver.absolute(Array(address.utf8))) }

  /// What the first look at a value says holds for its full parse.
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func classifierAgreesWithResolver(seed: UInt64) throws {
    var random = Random(state: seed)
    let base = try page("https://shop.example/a/b")
    let verifyHost = Array("khatm.example".utf8)
    var hosts = HostClassifier(verifyHost: verifyHost)
    var seen: [String: Int] = [:]
    for _ in 0..<8_000 {
      let value =
        random.pick(["", "", "https://", "//", "https://khatm.example", "//khatrn.example"])
        + random.text(Self.addressPieces, upTo: 7)
      let bytes = Array(value.utf8)
      let decoded = bytes.withUnsafeBufferPointer { HTMLText.attribute($0[...]) }
      let host = URLResolver.resolve(decoded, base: base)?.host.bytes
      let target = bytes.withUnsafeBufferPointer { hosts.classify($0, 0..<bytes.count) }
      seen["\(target)", default: 0] += 1
      switch target {
      case .elsewhere:
        #expect(host != verifyHost, "\(value)")
        let imitates = host.map { hosts.imitates($0) } ?? false
        #expect(!imitates, "\(value)")
      case .relative: #expect(host == nil || host == base.host.bytes, "\(value)")
      case .here: #expect(host == nil || host == verifyHost, "\(value)")
      case .lookalike:
        let imitates = host.map { hosts.imitates($0) } ?? true
        #expect(imitates, "\(value)")
      case .unclear: break
      }
    }
    #expect(seen.count == 5, "\(seen)")
  }

  /// A plain address is what the full parse makes of it, and nothing unusual.
  @Test(arguments: [5, 6] as [UInt64])
  func plainAddressesResolveToThemselves(seed: UInt64) throws {
    var random = Random(state: seed)
    let pieces = [
      "/", ".", "..", "-", "~", "_", "c", "C", "7Q2M4XW9K3PDT5HBPA", "khatm.example", "KHATM.EXAMPLE", "x", "1", ":",
      "?",
      "%41", "xn--e1a", "0x1", "//",
    ]
    let base = try page("https://shop.example/a/b")
    var plain = 0
    for _ in 0..<20_000 {
      let value = Array(("https://" + random.text(pieces, upTo: 6)).utf8)
      guard let url = value.withUnsafeBufferPointer({ CandidateResolver.plain($0[...]) }) else { continue }
      // Only a link to our host takes the short cut to the end.
      guard HostClassifier.host(of: url) == Array("khatm.example".utf8) else { continue }
      plain += 1
      let full = try #require(URLResolver.resolve(value, base: base), "\(String(decoding: value, as: UTF8.self))")
      #expect(full.bytes == url && full.forms.isEmpty, "\(String(decoding: value, as: UTF8.self))")
    }
    #expect(plain > 100)
  }

  private static let markupPieces = [
    "<a href=\(badgeHref)>", "</a>", "<div>", "</div>", "<p hidden>", "</p>", "<table>", "<tr>", "<td>", "</td>",
    "</tr>", "</table>",
    "<caption>", "<col>",
    "<colgroup>", "<tbody>", "</tbody>", "<svg>", "</svg>", "<math>", "</math>", "<mi>", "<foreignObject>",
    "</foreignObject>", "<desc>",
    "<title>",
    "</title>", "<template>", "</template>", "<template shadowrootmode=open>", "<select>", "</select>", "<option>",
    "<script>",
    "</script>", "<!--", "-->",
    "--!>", "<![CDATA[", "]]>", "<textarea>", "</textarea>", "<style>", "</style>", "<noscript>", "</noscript>",
    "<plaintext>",
    "<frameset>", "<frame>",
    "<b>", "</b>", "<i>", "</i>", "<nobr>", "<li>", "<ul>", "</ul>", "<h1>", "</h2>", "<form>", "</form>", "<button>",
    "<object>",
    "</object>", "<br/>",
    "<annotation-xml encoding=text/html>", "<iframe>", "</iframe>", "<base href=/x>", "<x y='", "'", "\"", ">", "<",
    "</", "&amp",
    "\u{0}", "\r\n", " ", "text",
    "<details>", "<summary>", "</details>", "<my-x>", "<html hidden>", "<body style='display:none'>", "<!doctype html>",
    "<input>",
    "<hr>", "<image>",
    "<script type=application/ld+json>{\"hasCertification\":{\"url\":\"\(badgeHref)\"}}", "<font size=1>", "</br>",
    "<p/>", "<svg/>",
    "<a xlink:href=\(badgeHref)>",
  ]

  /// Any soup of markup: no crash, the same answer twice, every badge in a live context, and the steps stay in
  /// proportion.
  @Test(arguments: [7, 8, 9] as [UInt64])
  func soup(seed: UInt64) throws {
    var random = Random(state: seed)
    var live = 0
    var ignored = 0
    for _ in 0..<1_500 {
      let html = random.text(Self.markupPieces, upTo: 30) + "<a href=\(badgeHref)>"
      let scan = try scanned(html)
      #expect(try scanned(html) == scan)
      for link in scan.links {
        if link.live { live += 1 } else { ignored += 1 }
        #expect(link.line >= 1)
        if case .badge? = link.reading, link.kind != .jsonLD {
          #expect(link.text?.lowercased() == badgeHref.lowercased(), "\(html)")
        }
        if link.kind == .mention { #expect(!link.live && link.href == nil) }
      }
      #expect(scan.work < 60 * html.utf8.count + 1_000, "\(scan.work): \(html)")
    }
    #expect(live > 100 && ignored > 100, "\(live) live, \(ignored) ignored")
  }

  /// A page cut anywhere reads without a crash, and text behind the cut changes nothing that stands before an end tag.
  @Test func everyCut() throws {
    let html = """
      <!DOCTYPE html><base href="/x"><a href="\(badgeHref)" rel='nofollow' style="display:none">x</a><!-- c --!>
      <script type="application/vc+jwt">eyJ</script><noscript><a href=//khatm.example/></noscript>
      <svg><a xlink:href='&#104;ttps://khatm.example/c/7Q2M4XW9K3PDT5HBPA'/><![CDATA[x]]></svg>
      <meta http-equiv=refresh content="0;url='x"><template><template shadowrootmode=closed></template>
      """
    let bytes = Array(html.utf8)
    var badges = 0
    for count in 0...bytes.count {
      let now = try scanned(bytes: Array(bytes.prefix(count))).badges.count
      #expect(now >= badges || now == 0, "cut at \(count)")
      badges = now
    }
    #expect(badges == 1)
  }

  /// Whatever stands before it, text without markup never turns into a link.
  @Test func bytesOfEveryValue() throws {
    for byte in UInt8.min...UInt8.max {
      let scan = try scanned(bytes: [0x3C, byte] + Array("a href=\(badgeHref)>".utf8))
      // Text, a tag of another name, an end tag, a comment; only a second `<` begins a link.
      #expect(scan.badges.count == (byte == 0x3C ? 1 : 0), "\(byte)")
      let inside = try scanned(bytes: Array("<a".utf8) + [byte] + Array("href=\(badgeHref)>".utf8))
      #expect(inside.badges.count == ([0x09, 0x0A, 0x0C, 0x0D, 0x20, 0x2F].contains(byte) ? 1 : 0), "\(byte)")
      let quoted = try scanned(bytes: Array("<a href=\"\(badgeHref)\"".utf8) + [byte] + Array(">".utf8))
      #expect(quoted.badges.count == 1, "\(byte)")
    }
  }
}
