import Encodings
import Testing

@testable import Storefronts

private let link = "<a href=\(badgeHref)>x</a>"

/// The page tricks of the attack catalogue, by number.
@Suite struct LinkScannerAttackTests {
  @Test("A2 the official picture without a link is no badge") func a2OfficialPictureWithoutLink() throws {
    let picture = "<img src=https://khatm.example/badge/7Q2M4XW9K3PDT5HBPA.svg alt=x>"
    let alone = try scanned(picture)
    #expect(alone.badges.isEmpty && alone.noteCodes == ["official_image_without_link"])
    let linked = try scanned("<a href=\(badgeHref)>\(picture)</a>")
    #expect(linked.badges.count == 1 && linked.noteCodes.isEmpty)
  }

  @Test("A3 look-alikes of the verify host") func a3LookalikeHosts() throws {
    for host in ["khatrn.example", "khatmm.example", "xn--khtm-53d.example"] {
      let scan = try scanned("<a href=https://\(host)/c/7Q2M4XW9K3PDT5HBPA>x</a>")
      #expect(scan.only?.lookalikeHost == Array(host.utf8), "\(host)")
      #expect(scan.only?.reading == .other && scan.badges.isEmpty && scan.lookalikes.count == 1)
    }
    #expect(try scanned("<a href='https://khаtm.example/c/7Q2M4XW9K3PDT5HBPA'>x</a>").only?.lookalikeHost != nil)
    for host in ["unrelated.example", "shop.example"] {
      #expect(try scanned("<a href=https://\(host)/c/7Q2M4XW9K3PDT5HBPA>x</a>").links.isEmpty)
    }
  }

  @Test("A4 a cloned check page of the shop's own") func a4OwnVerifyPage() throws {
    let words: [Text] = ["Trusted Membership", "عضوية موثوقة"]
    for html in [
      "<a href=/verify.html>Our trusted\n membership</a>", "<img alt='TRUSTED&#32;MEMBERSHIP'>", "<p>عضوية موثوقة",
    ] {
      let html = html.replacing("\n ", with: "\n")
      #expect(try scanned(html, words: words).noteCodes == ["claim_text_without_link"], "\(html)")
    }
    #expect(try scanned("<p>trusted membership</p>" + link, words: words).noteCodes.isEmpty)
    #expect(
      try scanned("<template>trusted membership</template><!-- trusted membership -->", words: words).noteCodes.isEmpty
    )
  }

  @Test("A5 one badge five thousand times") func a5OneBadgeManyTimes() throws {
    let same = try scanned(String(repeating: link, count: 5_000))
    #expect(same.only?.occurrences == 5_000 && same.noteCodes.isEmpty)
    let many = try scanned(
      (UInt8(0)..<60).map { "<a href=\(BadgeLink.url(id($0), host: "khatm.example"))>x</a>" }.joined()
    )
    #expect(many.badges.count == 50 && many.pageNotes == [.truncated(kept: 50, found: 60)])
  }

  @Test("A9 a handler may send the click elsewhere") func a9EventHandler() throws {
    let found = try #require(try scanned("<a href=\(badgeHref) ONCLICK=x onfocus>x</a>").only)
    #expect(found.notes == [.linkHasEventHandler(events: ["onclick", "onfocus"])] && found.counts)
  }

  @Test("A14 a stranger's badge in a review", arguments: ["ugc", "nofollow", "sponsored", "noopener UGC"])
  func a14VisitorsLink(rel: String) throws {
    let visitor = try scanned("<a rel='\(rel)' href=\(badgeHref)>x</a>")
    #expect(visitor.only?.notes == [.userContentPossible] && visitor.badges.isEmpty)
    // The owner's own link to the same badge counts, in either order.
    #expect(try scanned("<a rel='\(rel)' href=\(badgeHref)>x</a>" + link).badges.count == 1)
    #expect(try scanned(link + "<a rel='\(rel)' href=\(badgeHref)>x</a>").badges.count == 1)
  }

  @Test(
    "A15 a badge behind a comment",
    arguments: ["<!-- x --!>", "<!-->", "<!--->", "<!-- -- -->", "<!x>", "<?x>", "</ x>"]
  )
  func a15LinkAfterComment(comment: String) throws {
    #expect(try scanned(comment + link).only?.context == .document)
    #expect(try scanned("<!--" + link).only?.context == .comment)
  }

  @Test("A16 CDATA in HTML ends at its first bracket") func a16CDATAInHTML() throws {
    #expect(try scanned("<![CDATA[>" + link).only?.context == .document)
    #expect(try scanned("<svg><![CDATA[" + link + "]]>").only?.context == .cdata)
    #expect(try scanned("<svg><desc><p><![CDATA[>" + link).only?.live == true)
    #expect(try scanned("<math><mi><![CDATA[" + link + "]]>").only?.context == .cdata)
    #expect(try scanned("<svg></svg><![CDATA[>" + link).only?.context == .document)
  }

  @Test("A17 templates and shadow roots") func a17Templates() throws {
    #expect(try scanned("<template>" + link + "</template>").only?.context == .template)
    for mode in ["open", "closed", "OPEN"] {
      #expect(
        try scanned("<div><template shadowrootmode=\(mode)>" + link + "</template></div>").only?.context == .shadow
      )
      #expect(
        try scanned("<my-card><template shadowrootmode=\(mode)>" + link + "</template></my-card>").only?.context
          == .shadow
      )
    }
    // No shadow root: a wrong mode, a parent that cannot have one, a second one, one inside an inert template.
    for html in [
      "<div><template shadowrootmode=x>",
      "<table><template shadowrootmode=open>",
      "<select><template shadowrootmode=open>",
      "<div><template shadowrootmode=open></template><template shadowrootmode=open>",
      "<template><div><template shadowrootmode=open>",
      "<head><template shadowrootmode=open>",
    ] {
      #expect(try scanned(html + link).only?.context == .template, "\(html)")
    }
    for html in [
      "<template></template>",
      "<template><svg></template>",
      "<template><table></template>",
      "<template><template></template></template>",
    ] {
      #expect(try scanned(html + link).only?.context == .document, "\(html)")
    }
    #expect(try scanned("<template><svg><title>" + link).only?.context == .template)
  }

  @Test("A18 a badge that is only text") func a18Text() throws {
    for (html, context) in [
      ("<textarea>", LinkContext.rcdata),
      ("<title>", .rcdata),
      ("<xmp>", .rawText),
      ("<iframe>", .rawText),
      ("<noembed>", .rawText),
      ("<noframes>", .rawText),
      ("<style>", .rawText),
      ("<plaintext>", .plaintext),
      ("<script>x='", .script),
      ("<textarea></text>", .rcdata),
      ("<script><!--<script></script>", .script),
      ("<plaintext></plaintext>", .plaintext),
      ("<script type=text/x-template>", .script),
      ("<table><textarea>", .rcdata),
      ("<select><textarea>", .rcdata),
      ("<STYLE>", .rawText),
    ] {
      let scan = try scanned(html + link)
      #expect(scan.only?.context == context, "\(html)")
      #expect(scan.badges.isEmpty)
    }
    // The same names in SVG and MathML are elements like any other, and break-out tags end the SVG before them.
    for html in [
      "<svg><textarea>", "<svg><style>", "<svg><script>", "<math><xmp>", "<svg><plaintext>", "<math><noframes>",
    ] {
      #expect(try scanned(html + link).only?.context == .foreign, "\(html)")
    }
    for html in [
      "<svg><p><style>",
      "<svg></p><style>",
      "<math><font color=x><xmp>",
      "<svg><foreignObject><style>",
      "<math><mtext><style>",
    ] {
      #expect(try scanned(html + link).only?.context == .rawText, "\(html)")
    }
    #expect(try scanned("<svg><font><style>" + link).only?.context == .foreign)
  }

  @Test("A19 noscript alone is never enough") func a19Noscript() throws {
    let alone = try #require(try scanned("<noscript>" + link + "</noscript>").only)
    #expect(alone.context == .noscript && alone.notes == [.noscriptOnly] && alone.counts)
    #expect(try scanned("<head><noscript>" + link + "</noscript>").only?.context == .noscript)
    // A live link beats it, in either order.
    #expect(try scanned("<noscript>" + link + "</noscript>" + link).only?.notes == [])
    #expect(try scanned(link + "<noscript>" + link + "</noscript>").only?.notes == [])
    // Browsers that run scripts end it at the first end tag, wherever that stands.
    for inside in ["<!--", "<textarea>", "<a title='", "<script>", "<plaintext>", "<svg><![CDATA["] {
      #expect(try scanned("<noscript>" + inside + "</noscript>" + link).only?.context == .document, "\(inside)")
    }
    #expect(try scanned("<noscript><!--" + link + "--></noscript>").only?.context == .comment)
    #expect(try scanned("<template><noscript>" + link).only?.context == .template)
    #expect(try scanned("<noscript><noscript>" + link).only?.context == .noscript)
    #expect(try scanned("<svg><noscript>" + link).only?.context == .foreign)
  }

  @Test("A20 href twice") func a20DuplicateHref() throws {
    let good = badgeHref
    let evil = "https://evil.example/"
    for attributes in ["href=\(good) href=\(evil)", "HREF=\(good) href=\(evil)"] {
      let found = try #require(try scanned("<a \(attributes)>x</a>").only)
      #expect(found.text == good && found.notes == [.duplicateAttribute(name: "href")] && found.live)
    }
    for attributes in [
      "href=\(evil) href=\(good)",
      "href=\(evil) HREF='&#104;ttps://khatm.example/c/7Q2M4XW9K3PDT5HBPA'",
      "href=/x href=\(good)",
    ] {
      let scan = try scanned("<a \(attributes)>x</a>")
      #expect(scan.badges.isEmpty && scan.only?.context == .otherTarget, "\(attributes)")
      #expect(scan.only?.noteCodes == ["duplicate_attribute", "suspicious_markup"], "\(attributes)")
    }
    #expect(
      try scanned("<a href=\(good) href=\(good)>x</a>").only?.noteCodes == ["duplicate_attribute", "suspicious_markup"]
    )
  }

  @Test(
    "A21 character references in the address",
    arguments: [
      "&#104;ttps://khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "&#x68;ttps://khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "https&colon;&sol;&sol;khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "&#104ttps://khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "https://khatm&period;example/c/7Q2M4XW9K3PDT5HBPA",
      "https://khatm.example/c/&#55;Q2M4XW9K3PDT5HBPA",
      " \(badgeHref)\n",
      "HTTPS://KHATM.EXAMPLE/C/7Q2M-4XW9-K3PD-T5HB-PA",
      "https://khatm.example:443/c/7Q2M4XW9K3PDT5HBPA?lang=ar#x",
      "//khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "https://khatm.example/x/../c/7Q2M4XW9K3PDT5HBPA",
    ]
  )
  func a21Spellings(href: String) throws {
    let scan = try scanned("<a href='\(href)'>x</a>")
    #expect(scan.badges.count == 1 && scan.only?.notes == [], "\(scan.links)")
  }

  @Test(
    "A22 backslashes and tabs in the address",
    arguments: [
      "ht&Tab;tps://khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "ht\ttps://khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "/\r/khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "https:\\\\khatm.example\\c\\7Q2M4XW9K3PDT5HBPA",
      "\\\\khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "https:khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "https:///khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "https:/khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "https://k%68atm.example/c/7Q2M4XW9K3PDT5HBPA",
      "https://ｋhatm.example/c/7Q2M4XW9K3PDT5HBPA",
    ]
  )
  func a22UnusualSpellings(href: String) throws {
    // A missing slash leads away only from a page of the other scheme.
    let needsOtherScheme = href.hasPrefix("https:k") || href.hasPrefix("https:/k")
    let scan = try scanned(
      "<a href='\(href)'>x</a>",
      page: needsOtherScheme ? "http://shop.example/" : "https://shop.example/"
    )
    #expect(scan.badges.count == 1 && scan.only?.noteCodes == ["unusual_url_form"], "\(scan.links)")
  }

  @Test("A23 base to another host") func a23Base() throws {
    let moved = try scanned("<base href=https://evil.example/><a href=/c/7Q2M4XW9K3PDT5HBPA>x</a>")
    #expect(
      moved.badges.isEmpty && moved.only?.context == .otherTarget
        && moved.only?.text == "https://evil.example/c/7Q2M4XW9K3PDT5HBPA"
    )
    #expect(moved.noteCodes == ["base_element"])
    // The base also moves links before it; a whole address stays.
    for html in [
      "<base href=https://khatm.example/x><a href=/c/7Q2M4XW9K3PDT5HBPA>",
      "<a href=c/7Q2M4XW9K3PDT5HBPA></a><base href=//khatm.example>",
    ] {
      #expect(try scanned(html).only?.noteCodes == ["base_element"], "\(html)")
      #expect(try scanned(html).badges.count == 1, "\(html)")
    }
    #expect(try scanned("<base href=https://evil.example/>" + link).only?.notes == [])
    // Never these; only the first valid one.
    for base in [
      "<base href=javascript:x>",
      "<base href=data:,x>",
      "<base>",
      "<base target=x>",
      "<base href='https://['>",
      "<template><base href=//evil.example></template>",
      "<svg><base href=//evil.example></svg>",
      "<noscript><base href=//evil.example></noscript>",
    ] {
      #expect(
        try scanned(base + "<base href=https://khatm.example/><a href=c/7Q2M4XW9K3PDT5HBPA>").badges.count == 1,
        "\(base)"
      )
    }
    #expect(
      try scanned("<base href=//a.example><base href=//khatm.example><a href=c/7Q2M4XW9K3PDT5HBPA>").badges.isEmpty
    )
  }

  @Test("A24 meta refresh is not followed") func a24MetaRefresh() throws {
    for content in [
      "0;url=https://evil.example/",
      "0; URL='//evil.example/'",
      "5,https://evil.example/",
      "0 url = \"https://evil.example/\"x",
    ] {
      let scan = try scanned("<meta http-equiv=Refresh content='\(content.replacing("'", with: "&apos;"))'>" + link)
      #expect(scan.pageNotes == [.metaRefresh(to: Array("https://evil.example/".utf8))], "\(content)")
      #expect(scan.badges.count == 1)
    }
    #expect(try scanned("<meta http-equiv=refresh content=30>").pageNotes.isEmpty)
    #expect(try scanned("<template><meta http-equiv=refresh content='0;url=//x.example'></template>").pageNotes.isEmpty)
  }

  @Test("A25 SVG and MathML") func a25Foreign() throws {
    for html in [
      "<svg><a xlink:href=\(badgeHref)>",
      "<svg><a href=\(badgeHref)>",
      "<svg><foreignObject><p>" + link,
      "<math><mtext>" + link,
      "<svg><g><a XLINK:HREF='\(badgeHref)'/>",
      "<math><annotation-xml encoding=text/html><div>" + link,
    ] {
      let found = try scanned(html).only
      #expect(found?.context == .foreign && found?.notes == [], "\(html)")
    }
    #expect(try scanned("<math><a href=\(badgeHref)>").only?.notes == [.parserDependent(construct: "math")])
    #expect(try scanned("<a xlink:href=\(badgeHref)>x</a>").badges.isEmpty)
    // href wins over xlink:href in SVG.
    #expect(try scanned("<svg><a xlink:href=\(badgeHref) href=https://evil.example/>").badges.isEmpty)
    // The SVG ends here: HTML again.
    for html in [
      "<svg></svg>",
      "<svg><p>",
      "<svg></p>",
      "<div><svg></div>",
      "<svg><br>",
      "<svg><foreignObject></svg>",
      "<table><td><svg><foreignObject></table>",
      "<svg/>",
    ] {
      #expect(try scanned(html + link).only?.context == .document, "\(html)")
    }
    for html in ["<svg><foreignObject><div></svg>", "<svg></div>", "<svg><desc></td>"] {
      #expect(try scanned(html + link).only?.context == .foreign, "\(html)")
    }
  }

  @Test("A26 frames are not followed") func a26Frames() throws {
    let scan = try scanned("<iframe src=\(badgeHref)></iframe><iframe srcdoc='x'></iframe>")
    #expect(scan.pageNotes == [.framesNotExamined(count: 2)] && scan.notExamined.frames == 2 && scan.badges.isEmpty)
    // A frameset takes the place of the body, its links with it.
    for html in [
      "<frameset><frame src=x>" + link,
      "<a href=\(badgeHref)></a><frameset><frame src=x>",
      "<frameset></frameset><noframes>" + link,
    ] {
      #expect(try scanned(html).badges.isEmpty, "\(html)")
    }
    #expect(try scanned("x<frameset>" + link).badges.count == 1)
    #expect(try scanned("<body><frameset>" + link).badges.count == 1)
    #expect(try scanned("<template><frameset></template>" + link).badges.count == 1)
    #expect(try scanned("<frameset><style></frameset><style>" + link).links.isEmpty)
  }

  @Test("A27 area, link, form") func a27OtherPlaces() throws {
    #expect(try scanned("<map><area href=\(badgeHref)></map>").only?.kind == .area)
    let record = "https://khatm.example/v1/credentials/7Q2M4XW9K3PDT5HBPA"
    for href in [record, badgeHref] {
      let head = try scanned("<link rel='x ALTERNATE' type='application/vc+jwt' href=\(href)>")
      #expect(head.only?.kind == .headLink && head.badges.count == 1)
    }
    #expect(try scanned("<link rel=alternate type=text/html href=\(record)>").badges.isEmpty)
    #expect(try scanned("<link rel=stylesheet type='application/vc+jwt' href=\(record)>").badges.isEmpty)
    #expect(try scanned("<a href=\(record)>x</a>").only?.reading == .hostOnly)
    for html in [
      "<form action=\(badgeHref)>",
      "<a href=/x ping=\(badgeHref)>",
      "<q cite=\(badgeHref)>",
      "<p onclick=\"location='\(badgeHref)'\">",
      "<button formaction=\(badgeHref)>",
      "<object data=\(badgeHref)>",
      "<input value='<a href=\(badgeHref)>'>",
    ] {
      let scan = try scanned(html)
      #expect(scan.badges.isEmpty && scan.only?.context == .attributeValue, "\(html)")
    }
    #expect(try scanned("<p>\(badgeHref)</p>").links.isEmpty)
    #expect(try scanned("<a title=\(badgeHref)>").only?.context == .noHref)
  }

  @Test("A27 JSON-LD") func a27JSONLD() throws {
    func block(_ json: String, type: String = "application/ld+json") -> String {
      "<script type='\(type)'>\(json)</script>"
    }
    let certification = #"{"@type":"Certification","url":"https:\/\/khatm.example\/c\/7Q2M4XW9K3PDT5HBPA"}"#
    for json in [
      #"{"hasCertification":\#(certification)}"#,
      #"[{"hasCertification":[{"url":"https://x.example/"},\#(certification)]}]"#,
      #"{"@graph":[{"a":{"hasCertification":\#(certification)}}]}"#,
    ] {
      let scan = try scanned(block(json))
      #expect(scan.only?.kind == .jsonLD && scan.badges.count == 1 && scan.notExamined.scripts == 0, "\(json)")
    }
    for json in [
      #"{"hasCertification":\#(certification),}"#,
      certification,
      #"{"hasCertification":"https://khatm.example/c/7Q2M4XW9K3PDT5HBPA"}"#,
      #"{"a":1,"a":2,"hasCertification":\#(certification)}"#,
      #"{"hasCertification":\#(certification),"p":"\#(String(repeating: "x", count: 65_536))"}"#,
    ] {
      #expect(try scanned(block(json)).badges.isEmpty, "\(json.prefix(80))")
    }
    // A visible link beats the hint.
    #expect(try scanned(block(#"{"hasCertification":\#(certification)}"#) + link).only?.kind == .anchor)
    #expect(try scanned("<template>" + block(#"{"hasCertification":\#(certification)}"#)).badges.isEmpty)
    #expect(try scanned(block(String(repeating: "[", count: 60_000) + "\"hasCertification\"")).links.isEmpty)
  }

  @Test("A27 an inline token") func a27InlineToken() throws {
    let scan = try scanned("<script type=' application/vc+JWT '>\n eyJh.eyJi.c2ln \n</script>")
    #expect(
      scan.only?.token == Array("eyJh.eyJi.c2ln".utf8) && scan.only?.live == true && scan.notExamined.scripts == 0
    )
    #expect(scan.only?.counts == true && scan.badges.isEmpty)
    #expect(try isEmpty("<script type=application/vc+jwt>\(String(repeating: "x", count: 16_385))</script>"))
    #expect(try isEmpty("<script type=application/vc+jwt>a b</script>"))
    #expect(try isEmpty("<template><script type=application/vc+jwt>eyJh.eyJi.c2ln</script></template>"))
  }

  @Test("A30 a vertical tab behind an attribute") func a30VerticalTab() throws {
    #expect(try scanned("<div a=\"b\"\u{B}>" + link).badges.count == 1)
    #expect(try scanned("<a href=\"\(badgeHref)\"\u{B}>x</a>").badges.count == 1)
    #expect(try scanned("<a\u{B}href=\(badgeHref)>x</a>").badges.isEmpty)
    #expect(try scanned("<a\u{C}href=\(badgeHref)\u{C}>x</a>").badges.count == 1)
  }

  @Test(
    "A32 a tag cut off at the end",
    arguments: [
      "<a href=\(badgeHref)", "<a href='\(badgeHref)'", "<a href='\(badgeHref)", "<p x='><a href=\(badgeHref)>x</a>",
    ]
  )
  func a32UnfinishedTag(html: String) throws {
    let scan = try scanned(html)
    #expect(scan.badges.isEmpty && scan.only?.context == .unfinishedTag)
  }

  private func isEmpty(_ html: String) throws -> Bool { try scanned(html).links.isEmpty }

  private func id(_ number: UInt8) -> CredentialID { CredentialID(random: [number] + [UInt8](repeating: 7, count: 9)) }
}

/// What markup alone says about being seen, and the other notes.
@Suite struct LinkScannerNoteTests {
  @Test func hidden() throws {
    for (before, how) in [
      ("<div hidden>", "hidden"),
      ("<div HIDDEN=until-found>", "hidden"),
      ("<p style='display:none'>", "display:none"),
      ("<p style='Display : NONE !important'>", "display:none"),
      ("<p style='color:red;visibility:hidden'>", "visibility:hidden"),
      ("<p style='opacity:0'>", "opacity:0"),
      ("<p style='opacity: 0.0%'>", "opacity:0"),
      ("<p style='opacity:-1'>", "opacity:0"),
      ("<p style='d\\69splay:none'>", "display:none"),
      ("<p style='dis/**/play:block;display:/*x*/none'>", "display:none"),
      ("<p style='display&colon;none'>", "display:none"),
      ("<p style='display:none;display:bogus'>", "display:none"),
      ("<p style='display:none!important;display:block'>", "display:none"),
      ("<details>", "details"),
      ("<dialog>", "dialog"),
      ("<object>", "object"),
      ("<svg><title>", "svg"),
      ("<svg><defs>", "svg"),
      ("<svg display=none>", "display:none"),
      ("<body hidden>", "hidden"),
      ("<div hidden><p><b>", "hidden"),
      ("<details><div><summary>", "details"),
      ("<details><summary>s</summary><summary>", "details"),
      ("<details open><details>", "details"),
    ] {
      #expect(try scanned(before + link).only?.notes == [.hiddenByMarkup(how: how)], "\(before)")
    }
    #expect(try scanned("<a href=\(badgeHref) style=display:none>x</a>").only?.noteCodes == ["hidden_by_markup"])
  }

  @Test(arguments: [
    "<div hidden></div>",
    "<p hidden><div>",
    "<p style='display:none;display:block'>",
    "<p style='x:\"display:none\"'>",
    "<p style='background:url(data:;display:none)'>",
    "<p style='--display:none'>",
    "<p style='opacity:0.01'>",
    "<p style='opacity:none'>",
    "<p style='visibility:hidden'><b style='visibility:visible'>",
    "<details open>",
    "<details><summary>",
    "<dialog open>",
    "<p style='left:-9999px'>",
    "<style>p{display:none}</style><p>",
    "<svg hidden>",
    "<p display=none>",
    "<a hidden href=x>",
    "<b hidden><p></b>",
    "<table hidden><tr><div>",
    "<li hidden><li>",
    "<button hidden><button>",
    "<h1 hidden></h2>",
    "<option hidden><option>",
    "<p inert>",
  ])
  func notHidden(before: String) throws {
    let notes = try #require(try scanned(before + link).only).notes
    #expect(notes == [])
  }

  @Test func select() throws {
    #expect(try scanned("<select><option>" + link).only?.notes == [.parserDependent(construct: "select")])
    #expect(try scanned("<select><select>" + link).only?.notes == [])
    #expect(try scanned("<select><input>" + link).only?.notes == [])
  }

  @Test func linksToTheHost() throws {
    let host = "https://khatm.example"
    let scan = try scanned("<a href=\(host)/>x</a><a href=\(host)/about>y</a><a href=\(host)/>z</a>")
    #expect(scan.links.count == 2 && scan.links.allSatisfy { $0.reading == .hostOnly && $0.live })
    #expect(scan.pageNotes == [.linkToAuthorityWithoutCredential(href: Array("https://khatm.example/".utf8))])
    #expect(
      try scanned("<a href=https://khatm.example/c/7Q2M4XW9K3PDT5HBPB>").links.first?.reading == .checkCharactersWrong
    )
    for href in [
      "http://khatm.example:8080/c/7Q2M4XW9K3PDT5HBPA",
      "https://u@khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "https://khatm.example:8443/c/7Q2M4XW9K3PDT5HBPA",
      "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA/x",
    ] {
      let found = try scanned("<a href=\(href)>")
      #expect(found.links.first?.reading == .hostOnly && found.badges.isEmpty, "\(href)")
    }
    // What mail programs and marketplaces do to a link does not take the badge away.
    for href in [
      "http://khatm.example/c/7Q2M4XW9K3PDT5HBPA", "\(badgeHref)?utm_source=shop&fbclid=x", "\(badgeHref)/",
      "\(badgeHref)?page=https://evil.example/",
    ] {
      #expect(try scanned("<a href=\(href)>").badges.count == 1, "\(href)")
    }
    for href in [
      "https://khatm.example.evil.org/",
      "https://evil.org/https://khatm.example/c/7Q2M4XW9K3PDT5HBPA",
      "mailto:khatm.example",
      "javascript://khatm.example/c/7Q2M4XW9K3PDT5HBPA",
    ] {
      #expect(try scanned("<a href=\(href)>").badges.isEmpty, "\(href)")
    }
  }

  @Test("A8 scripts are counted, not run") func notExamined() throws {
    let scan = try scanned(
      """
      <link rel=stylesheet href=a><style></style><script></script><script src=x></script><script type=module></script>
      <script type=application/json>{}</script><script type=importmap>{}</script><svg><script/><style></style></svg>
      <template><script></script><style></style><iframe></iframe></template><noscript><style></style>\
      </noscript><iframe></iframe>
      """
    )
    #expect(scan.notExamined == .init(scripts: 4, frames: 1, styleSheets: 3))
    #expect(scan.pageNotes == [.scriptsPresent(count: 4), .framesNotExamined(count: 1)])
  }

  @Test func notInSource() throws {
    #expect(try scanned("<script>x='\(badgeHref)'</script>").noteCodes == ["scripts_present", "not_in_source"])
    let escaped = #"<script>x="https:\/\/khatm.example\/c\/7Q2M4XW9K3PDT5HBPA"</script>"#
    #expect(try scanned(escaped).noteCodes == ["scripts_present", "not_in_source"])
    #expect(try scanned("<script>x='\(badgeHref)'</script>" + link).noteCodes == ["scripts_present"])
    #expect(try scanned("<script type=text/template>x='\(badgeHref)'</script>").noteCodes == [])
  }

  @Test func lines() throws {
    let scan = try scanned(
      "<p>\n<a\nhref=\(badgeHref)>\r\n</a>\r<a href=https://khatm.example/a>\n\n<!-- \n\(badgeHref) -->"
    )
    #expect(scan.links.map(\.line) == [2, 5, 8])
  }
}
