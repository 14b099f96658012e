import Encodings
import Testing

@testable import Storefronts

private let link = "<a href=\(badgeHref)>x</a>"

/// Limits, and work that grows with the page and with nothing else.
@Suite struct LinkScannerLimitTests {
  @Test("A28 a hundred thousand open elements") func a28HundredThousandOpenElements() throws {
    let (open, close) = (String(repeating: "<div>", count: 100_000), String(repeating: "</div>", count: 100_000))
    let scan = try scanned(open + link + close + "<a href=https://khatm.example/>y</a>")
    #expect(scan.badges.count == 1 && scan.links.count == 2)
    #expect(scan.pageNotes == [.structureLimit(depth: 512)])
    for element in [
      "b",
      "svg",
      "template",
      "table",
      "svg><foreignObject",
      "math><mi",
      "p",
      "ul><li",
      "table><tr><td",
      "x-y",
      "select",
      "font",
    ] {
      _ = try scanned(String(repeating: "<\(element)>", count: 5_000) + link)
    }
    // Foreign roots and templates keep their meaning below the limit.
    let deep = String(repeating: "<div>", count: 600)
    #expect(try scanned(deep + "<template>" + link).badges.isEmpty)
    #expect(try scanned(deep + "<template></template>" + link).badges.count == 1)
    #expect(try scanned(deep + "<svg><style>" + link).only?.context == .foreign)
    #expect(try scanned(deep + "<textarea>" + link).badges.isEmpty)
  }

  @Test("A29 twenty thousand attributes") func a29Attributes() throws {
    func tag(_ count: Int) -> String { "<p " + (0..<count).map { "a\($0)=1" }.joined(separator: " ") + ">" }
    #expect(throws: PageRejection.tooComplex(.attributes)) { try scanned(tag(20_000) + link) }
    #expect(throws: PageRejection.tooComplex(.attributes)) { try scanned(tag(257) + link) }
    #expect(try scanned(tag(256) + link).badges.count == 1)
    // An end tag's attributes mean nothing.
    #expect(try scanned("</p " + String(repeating: "a ", count: 20_000) + ">" + link).badges.count == 1)
  }

  @Test("A29 a value of megabytes") func a29LongValues() throws {
    let long = String(repeating: "x", count: 5 << 20)
    #expect(try scanned("<img src='data:\(long)'>" + link).badges.count == 1)
    // Skipped whole, never compared in part.
    #expect(try scanned("<a href='\(badgeHref)#\(long)'>x</a>").links.isEmpty)
    #expect(try scanned("<a href='\(badgeHref)#\(String(repeating: "x", count: 1_900))'>x</a>").badges.count == 1)
    #expect(try scanned("<p style='\(long);display:none'>" + link).only?.notes == [])
  }

  @Test func pageTooLarge() throws {
    let page = [UInt8](repeating: 0x20, count: 8 << 20)
    #expect(try scanned(bytes: page).links.isEmpty)
    #expect(throws: PageRejection.tooLarge(limit: 8 << 20)) { try scanned(bytes: page + [0x20]) }
    #expect(
      PageRejection.tooLarge(limit: 1).code == "page_too_large"
        && PageRejection.tooComplex(.tags).code == "page_too_complex"
    )
  }

  @Test func tooManyTags() throws {
    #expect(try scanned(String(repeating: "<b>", count: 119_999) + link).badges.count == 1)
    #expect(throws: PageRejection.tooComplex(.tags)) { try scanned(String(repeating: "<b>", count: 120_000) + link) }
    let parsed = "<a href=//khatm.example/%41><a href=//khatm.example/%42>"
    #expect(throws: PageRejection.tooComplex(.addresses)) { try scanned(String(repeating: parsed, count: 1_251)) }
    #expect(throws: PageRejection.tooComplex(.addresses)) { try scanned(String(repeating: link, count: 5_001)) }
    // Links that cannot lead to us cost nothing of that, moved by a base or not.
    #expect(
      try scanned("<base href=/x/>" + String(repeating: "<a href=abc/d>", count: 25_000) + link).badges.count == 1
    )
    #expect(throws: PageRejection.tooComplex(.hosts)) {
      try scanned((0...2_001).map { "<a href=//h\($0).example/>" }.joined())
    }
  }

  /// Shapes that make naive readers quadratic. Work is bytes and stack entries, so a machine's speed plays no part.
  @Test(arguments: [
    "<div>",
    "<p>",
    "<b>",
    "</b>",
    "</p>",
    "</x>",
    "<b></i>",
    "<a href=x>",
    "<li>",
    "<dd>",
    "<!--",
    "<!-",
    "<!-- --",
    "<![CDATA[",
    "]]>",
    "<",
    "</",
    "&",
    "&am",
    "<svg>",
    "<svg><p>",
    "</svg>",
    "<table>",
    "<table><tr><td>",
    "</table>",
    "<tr>",
    "<template>",
    "</template>",
    "<select>",
    "<x a='",
    "<x a=\"b\" ",
    "<script>",
    "<script><!--<script>",
    "<textarea>",
    "</textarea",
    "<noscript>",
    "<noscript><!--</noscript>",
    "<button>",
    "<h1>",
    "<form>",
    "</form>",
    "<b><div></b>",
    "<b><p>",
    "<a><div>",
    "<nobr>",
    "<math><mi>",
    "<svg><foreignObject>",
    "<title>",
    "<object>",
    "<body style=display:none>",
    "khatm.example/c/",
    "<a href=//khatm.example/c/7Q2M4XW9K3PDT5HBPA>",
    "<option>",
    "<p hidden>",
    "<p style='display:none'>",
    "<ul><li>",
    "\r",
    "<a href=&#104;>",
    "<!DOCTYPE a PUBLIC \"",
    "<plaintext>",
    "<frameset>",
    "<a href=x href=y>",
    "<table><a>",
    "<details><summary>",
  ])
  func workIsLinear(unit: String) throws {
    func work(_ size: Int) throws -> Int {
      do { return try scanned(String(repeating: unit, count: size / unit.utf8.count)).work } catch let rejection
        as PageRejection
      {
        #expect(
          rejection == .tooComplex(.tags) || rejection == .tooComplex(.addresses) || rejection == .tooComplex(.work),
          "\(rejection)"
        )
        return 0
      }
    }
    let (small, large) = (try work(16 << 10), try work(64 << 10))
    #expect(large <= 6 * small + 20_000, "\(unit): \(small) at 16 KiB, \(large) at 64 KiB")
    #expect(small <= 24 * (16 << 10), "\(unit): \(small) at 16 KiB")
  }
}
