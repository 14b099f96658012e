import Encodings
import Foundation
import Storefronts

/// The link scanner on one core: ordinary pages, and inputs of 2 MiB made to cost as much as they can.
extension Bench {
  static let pageBytes = 2 << 20

  static func scannerRates() throws {
    let ordinary = (0..<4).map { ordinaryPage(seed: $0) }
    var best = Double.infinity
    for _ in 0..<5 { best = min(best, try processorSeconds { for page in ordinary { try scan(page) } }) }
    let seconds = best / Double(ordinary.count)
    add("scan ordinary pages, one core", Double(pageBytes) / seconds / 1e6, "MB/s", limit: 100, "MB/s wanted")
    var ratios: [(name: String, ratio: Double)] = []
    for (name, page) in hostilePages() {
      var least = Double.infinity
      for _ in 0..<3 { least = min(least, try processorSeconds { try scan(page) }) }
      ratios.append((name, least / seconds))
    }
    for worst in ratios.sorted(by: { $0.ratio > $1.ratio }).prefix(3) {
      add("2 MiB against an ordinary page: \(worst.name)", worst.ratio, "times", limit: 4, "times allowed")
    }
  }

  /// A page that is refused is an answer too, and takes its time.
  private static func scan(_ page: [UInt8]) throws {
    let address = try PageAddress.read(Array("https://shop.example/".utf8), platforms: .empty)
    do throws(PageRejection) {
      _ = try LinkScanner.scan(
        page,
        options: ScanOptions(
          page: ResolvedURL(address),
          verifyHost: "khatm.example",
          programmeWords: ["Verified Membership", "عضوية موثقة"]
        )
      )
    } catch {}
  }

  /// As shops are: a head with scripts and styles, then products with pictures, links, prices, Arabic and English
  /// words.
  private static func ordinaryPage(seed: Int) -> [UInt8] {
    var page = Array(
      """
      <!DOCTYPE html><html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>متجر العينة - Sample \
      Shop</title><meta name="viewport" content="width=device-width">
      <link rel="stylesheet" href="/assets/site.css"><style>.product{display:grid;gap:1rem;grid-template-columns:1fr \
      2fr}.price::after{content:" AED"}</style>
      <script>window.dataLayer=window.dataLayer||[];function \
      gtag(){dataLayer.push(arguments)}if(1<2){document.title="x"}</script></head><body class="home page">\n
      """.utf8
    )
    var number = seed &* 7_919
    while page.count < pageBytes - 4_096 {
      number &+= 1
      page += Array(
        """
        <div class="product product-card col-md-4" id="product-\(number)" data-sku="SKU-\(number)" \
        data-category="perfumes">
          <a class="product-link" href="/ar/products/oud-\(number)?variant=\(number * 31)&amp;ref=list" title="Oud \
        &amp; Amber \(number)"><img class="lazy" src="/media/p\(number).jpg" srcset="/media/p\(number)-2x.jpg 2x" \
        width="320" height="320" loading="lazy" alt="Oud and amber perfume number \(number)"></a>
          <h3 class="name">عطر العود والعنبر رقم \(number)</h3><p class="description">A warm, resinous scent of aged \
        oud with amber, saffron and rose; bottled in Dubai and shipped within two working days. منتج طبيعي بالكامل \
        يُشحن خلال يومين.</p>
          <span class="price">\(number % 900 + 49).00</span><button type="button" class="btn btn-primary add" \
        aria-label="Add to cart">أضف إلى السلة</button>
        </div>\n
        """.utf8
      )
      if number % 40 == 0 {
        page += Array(
          """
          <script type=\"text/javascript\">/* <![CDATA[ */ var \
          item\(number)={\"id\":\(number),\"list\":[1,2,3,4,5,6,7,8,9],\"html\":\"<b>sale<\\/b>\"}; for(let \
          i=0;i<item\(number).list.length;i++){ console.log(i) } /* ]]> */</script>\n
          """
          .utf8
        )
      }
    }
    page += Array(
      """
      <footer><a href=\"https://khatm.example/c/7Q2M4XW9K3PDT5HBPA\" rel=noopener><img \
      src=\"https://khatm.example/badge/7Q2M4XW9K3PDT5HBPA.svg\" alt=x></a></footer></body></html>
      """
      .utf8
    )
    return page
  }

  private static func filled(_ unit: String, prefix: String = "", bytes: Int = pageBytes) -> [UInt8] {
    var page = Array(prefix.utf8)
    let unit = Array(unit.utf8)
    page.reserveCapacity(bytes)
    while page.count + unit.count <= bytes { page += unit }
    return page
  }

  /// Each does one thing the standard allows as often as it fits.
  private static func hostilePages() -> [(String, [UInt8])] {
    func repeated(_ piece: (Int) -> String) -> [UInt8] {
      var page = Array("<!doctype html>".utf8)
      var number = 0
      while page.count < pageBytes - 400 {
        page += Array(piece(number).utf8)
        number += 1
      }
      return page
    }
    let numbered = repeated { "<a href=https://khatm.example/c/7Q2M4XW9K3PDT5HBPA?lang=en#\($0)>x</a>" }
    let lookalikes = repeated { "<a href=https://kha\(String($0, radix: 36))tm.example/c/1>x</a>" }
    let foreign = repeated { "<a href=https://\u{43A}\u{4BB}\u{430}tm\($0).example/c/1>x</a>" }
    let punycode = repeated { "<a href=https://xn--khtm-\(String($0, radix: 36)).example/c/1>x</a>" }
    let bases = repeated { "<base href=/\($0)/><a href=../c/7Q2M4XW9K3PDT5HBPA>" }
    let ld = repeated {
      "<script type=application/ld+json>"
        + "{\"hasCertification\":[{\"url\":\"https://khatm.example/c/7Q2M4XW9K3PDT5HBPA\",\"n\":\($0),"
        + "\"a\":[[[[[[]]]]]]}]}</script>"
    }
    let signed = String(repeating: "A", count: 300)
    let tokens = repeated { _ in "<script type=application/vc+jwt>eyJhbGciOiJFUzI1NiJ9.\(signed).AAAA</script>" }
    let long = String(repeating: "a", count: 60_000)
    return [
      ("open brackets", filled("<")), ("ampersands", filled("&")),
      ("ampersands in an attribute", filled("&", prefix: "<a href='")),
      ("NUL", [UInt8](repeating: 0, count: pageBytes)),
      ("character references", filled("&notit;&#x41;&CounterClockwiseContourIntegral;")),
      ("references that are none", filled("&thisisnoreferenceatall")),
      ("references in values", filled("<a href='&amp;&#104;&Tab;&NewLine;&notin;x'>")), ("empty tags", filled("<a>")),
      ("end tags", filled("</p>")), ("end tags of nothing", filled("</b></i></table></svg>")),
      ("attributes", filled("a ", prefix: "<a ")),
      ("255 attributes a tag", filled("<a " + (0..<255).map { "a\($0)=1" }.joined(separator: " ") + ">")),
      ("one name 255 times", filled("<a " + String(repeating: "href=x ", count: 255) + ">")),
      ("values of 60 kB", filled("<a href='\(long)'>")), ("spaces in a value", filled("\n\t ", prefix: "<a href='")),
      ("tabs inside addresses", filled("<a href='h\tt\tt\tp\ts\t:/\t/khatm.example/\tc/x'>")),
      ("backslashes", filled("<a href='https:\\\\khatm.example\\c\\7Q2M4XW9K3PDT5HBPA'>x")),
      ("dot segments", filled("<a href='/" + String(repeating: "../a/./", count: 300) + "'>x")),
      ("a comment without end", filled("--!-", prefix: "<!--")), ("comments", filled("<!---->")),
      ("bogus comments", filled("<?>")), ("doctypes", filled("<!doctype a>")), ("CDATA", filled("<svg><![CDATA[]]]]>")),
      ("script escapes", filled("<!--<script></script>", prefix: "<script>")), ("scripts", filled("<script></script>")),
      ("a script without end", filled("</scrip", prefix: "<script>")), ("titles", filled("<title></title>")),
      ("textarea without end", filled("</textare", prefix: "<textarea>")),
      ("plaintext", filled("<", prefix: "<plaintext>")), ("nested divs", filled("<div>")),
      ("nested formatting", filled("<b><i><u>")),
      ("misnested formatting", filled("<b><i></b></i>")), ("nested templates", filled("<template>")),
      ("shadow roots", filled("<template shadowrootmode=open>")), ("tables", filled("<table><tr><td>")),
      ("foster parents", filled("<table><a>")),
      ("svg and math", filled("<svg><math><svg><mi>")), ("foreign and back", filled("<svg><foreignObject><p></svg>")),
      ("select", filled("<select><option><a>")), ("noscript", filled("<noscript><a>")),
      ("frames", filled("<iframe></iframe>")),
      ("badge links", numbered), ("look-alike links", lookalikes), ("hosts in Cyrillic", foreign),
      ("hosts in punycode", punycode), ("bases", bases), ("JSON-LD", ld), ("inline tokens", tokens),
      ("one JSON-LD block", filled("[", prefix: "<script type=application/ld+json>")),
      (
        "pictures without links",
        filled("<img src=https://khatm.example/badge/7Q2M4XW9K3PDT5HBPA.svg alt='Verified Membership'>")
      ), ("claims in text", filled("Verified Membershi Verified Membership ")),
      ("meta refresh", filled("<meta http-equiv=refresh content='0;url=https://evil.example/'>")),
      (
        "hidden ancestors",
        filled("<div hidden style='display:none'><a href=https://khatm.example/c/7Q2M4XW9K3PDT5HBPA>")
      ),
      ("event handlers", filled("<a onclick=x onmousedown=y href=https://khatm.example/c/7Q2M4XW9K3PDT5HBPA>")),
      ("broken UTF-8", [UInt8](repeating: 0xC3, count: pageBytes)), ("Arabic", filled("عطر العود والعنبر ")),
      (
        "GB18030",
        filled("\u{1}", prefix: "<meta charset=gb18030>", bytes: 64) + [UInt8](repeating: 0x81, count: pageBytes - 64)
      ), ("Shift_JIS", Array("<meta charset=shift_jis>".utf8) + [UInt8](repeating: 0x83, count: pageBytes - 64)),
      ("Big5", Array("<meta charset=big5>".utf8) + [UInt8](repeating: 0xA4, count: pageBytes - 64)),
      ("windows-1256", Array("<meta charset=windows-1256>".utf8) + [UInt8](repeating: 0xC7, count: pageBytes - 64)),
      (
        "bytes that mean nothing in Big5",
        Array("<meta charset=big5>".utf8) + [UInt8](repeating: 0xFF, count: pageBytes - 64)
      ),
      (
        "leads without seconds in Shift_JIS",
        Array("<meta charset=shift_jis>".utf8) + (0..<pageBytes - 64).map { $0 % 2 == 0 ? 0x83 : 0x20 }
      ),
      (
        "four bytes of GB18030",
        Array("<meta charset=gb18030>".utf8) + (0..<pageBytes - 64).map { [0x90, 0x30, 0x81, 0x30][$0 & 3] }
      ),
      ("half characters of UTF-8", (0..<pageBytes).map { [0xE2, 0x82][$0 & 1] }),
      ("Arabic and one wrong byte", filled("عطر العود والعنبر ") + [0xFF]),
      (
        "EUC-KR links",
        Array("<meta charset=euc-kr>".utf8)
          + filled("<a href=https://khatm.example/c/7Q2M4XW9K3PDT5HBPA>\u{AC00}", bytes: pageBytes - 64)
      ), ("look-alike text in alt", filled("<a href=/x><img alt='khatm.example'></a>")),
      ("international links", filled("<a href=https://\u{43A}\u{4BB}\u{430}tm.example/c/7Q2M4XW9K3PDT5HBPA>x</a>")),
    ]
  }
}
