import Encodings
import Testing

@testable import Storefronts

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// The parts of the scanner on their own.
@Suite struct LinkScannerPartsTests {
  @Test func firstLookAtAnAddress() {
    var hosts = HostClassifier(verifyHost: bytes("khatm.example"))
    func classify(_ value: String) -> HostClassifier.Target {
      let value = bytes(value)
      return value.withUnsafeBufferPointer { hosts.classify($0, 0..<value.count) }
    }
    for value in ["", "x", "/x", "?x", "#x", "./x", "../c/1", "x/y:z", "1:2", "é", "a b:c", "http", "-http://x"] {
      #expect(classify(value) == .relative, "\(value)")
    }
    for value in [
      "mailto:a@b.example",
      "javascript:x",
      "tel:1",
      "httpx://khatm.example/",
      "ftp://khatm.example/",
      "https://evil.example",
      "https://evil.example/",
      "https://evil.example:8443/x",
      "//evil.example?x",
      "HTTP://EVIL.EXAMPLE#x",
      " https://evil.example/",
      "https://my_host.example/",
    ] {
      #expect(classify(value) == .elsewhere, "\(value)")
    }
    for value in [
      "https://khatm.example",
      "http://KHATM.example/x",
      "//khatm.example:1/",
      "\t https://khatm.example?x",
      "&#104;ttps://khatm.example/",
    ] {
      #expect(classify(value) == .here, "\(value)")
    }
    for value in ["https://khatrn.example/", "//khatmm.example", "https://khatm.example.org/"] {
      #expect(classify(value) == .lookalike, "\(value)")
    }
    for value in [
      "https:khatm.example",
      "https:/khatm.example",
      "https:///khatm.example",
      "//",
      "https://",
      "https://u@khatm.example/",
      "https://%6bhatm.example",
      "\\\\khatm.example",
      "/\\khatm.example",
      "/\t/khatm.example",
      "ht\ntps://khatm.example",
      "https://khatm.example:x/",
      "https://[::1]/",
      "https://bücher.example/",
      "https://kha\ttm.example",
    ] {
      #expect(classify(value) == .unclear, "\(value)")
    }
  }

  @Test func hostOfAnAddress() {
    for (url, host) in [
      ("https://a.example/x", "a.example"),
      ("https://a.example", "a.example"),
      ("https://u:p@a.example:8443/x@y", "a.example"),
      ("https://a.example?x@b", "a.example"),
      ("https://a.example#x", "a.example"),
    ] {
      #expect(HostClassifier.host(of: bytes(url)) == bytes(host), "\(url)")
    }
    #expect(HostClassifier.host(of: bytes("mailto:x")) == nil)
    #expect(HostClassifier.host(of: []) == nil)
  }

  @Test func byteSearch() {
    func find(_ pattern: String, in text: String) -> Int? {
      let text = bytes(text)
      return text.withUnsafeBufferPointer { ByteSearch(bytes(pattern)).first(in: $0, from: 0, to: text.count) }
    }
    #expect(find("abc", in: "xxabcabc") == 2)
    #expect(find("ABC", in: "xxaBc") == 2)
    #expect(find("abc", in: "ab") == nil)
    #expect(find("abc", in: "ababab") == nil)
    #expect(find("aab", in: "aaaab") == 2)
    #expect(find("a b", in: "xa\nb") == 1)
    #expect(find("a", in: "a") == 0)
    #expect(find("عضوية", in: "x عضوية") == 2)
    #expect(find("[", in: "{") == nil)
    // Against the plain way, over every text of two letters up to length 9.
    for length in 1...9 {
      for number in 0..<(1 << length) {
        let text = (0..<length).map { number >> $0 & 1 == 0 ? "a" : "b" }.joined()
        for pattern in ["a", "ab", "ba", "aab", "abab", "bbb"] {
          let naive = (0..<length).first { bytes(text)[$0...].starts(with: bytes(pattern)) }
          #expect(find(pattern, in: text) == naive, "\(pattern) in \(text)")
        }
      }
    }
  }

  @Test func mentions() {
    func badge(_ text: String) -> Int? {
      let text = bytes(text)
      return text.withUnsafeBufferPointer { HostMentions($0, host: bytes("khatm.example")).badge(in: 0..<text.count) }
    }
    for text in [
      "khatm.example/c/",
      "xKHATM.EXAMPLE/C/7",
      #"khatm.example\/c\/7"#,
      #"khatm.example\\c\\7"#,
      "khatm.example/v1/credentials/7",
    ] {
      #expect(badge(text) != nil, "\(text)")
    }
    for text in [
      "khatm.example",
      "khatm.example/",
      "khatm.example/c",
      "khatm.example/cx/",
      "khatm.example/badge/",
      "khatm.example/v1/x/",
      "khatm.examplec/",
    ] {
      #expect(badge(text) == nil, "\(text)")
    }
    let two = bytes("khatm.example/c/1 khatm.example/c/2 khatm.example/badge/")
    two.withUnsafeBufferPointer {
      let mentions = HostMentions($0, host: bytes("khatm.example"))
      #expect(mentions.badge(in: 1..<two.count) == 18)
      #expect(mentions.badge(in: 19..<two.count) == nil)
      #expect(mentions.badge(in: 0..<1) == 0)
      #expect(mentions.badge(in: 0..<0) == nil)
      #expect(mentions.picture(in: 0..<two.count) && !mentions.picture(in: 0..<30))
    }
  }

  @Test func metaRefresh() {
    for (content, target) in [
      ("0;url=x", "x"),
      ("0; URL = x", "x"),
      (" 12.5 , url='x y'z", "x y"),
      ("0 url=x", "x"),
      ("0;x", "x"),
      ("0;url x", "url x"),
      ("0;url=\"x", "x"),
      (".5;url=x", "x"),
      ("0;'x'", "x"),
    ] {
      #expect(MetaRefresh.target(bytes(content)) == bytes(target), "\(content)")
    }
    for content in ["", "5", "5;", "5; ", "url=x", "x;url=y", "5x", ";url=x", "0;url=", "0;url=''"] {
      #expect(MetaRefresh.target(bytes(content)) == nil, "\(content)")
    }
  }

  @Test func inlineStyle() {
    func style(_ css: String) -> InlineStyle {
      let css = bytes(css)
      var style = InlineStyle()
      css.withUnsafeBufferPointer { style.read($0, 0..<css.count) }
      return style
    }
    #expect(style("display:none").flags == .displayNone)
    #expect(style("display:none;visibility:hidden;opacity:0").flags == [.displayNone, .visibilityHidden, .opacityZero])
    #expect(style("visibility:visible").visibility == false)
    #expect(style("visibility:hidden;visibility:visible").visibility == false)
    #expect(style("visibility:collapse").visibility == nil)
    for css in [
      "",
      ";",
      ":",
      "display",
      "display:",
      "display:none none",
      "display none",
      "xdisplay:none",
      "display:'none'",
      "content:';display:none'",
      "background:url(x;display:none)",
      "display:block!important;display:none",
      "{display:none}",
    ] {
      #expect(style(css).flags == [], "\(css)")
    }
    for css in [
      "DISPLAY:NONE",
      "\tdisplay\n:\nnone\n",
      ";;display:none",
      "color:red;display:none;",
      "x:(;display:block);display:none",
      "display:none ! important",
    ] {
      #expect(style(css).flags == .displayNone, "\(css)")
    }
    for (value, isZero) in [
      ("0", true),
      ("0.0", true),
      (".0", true),
      ("0%", true),
      ("-0.5", true),
      ("+0", true),
      ("0e5", true),
      ("1", false),
      ("0.1", false),
      (".5%", false),
    ] {
      #expect(CSSText.isZero(bytes(value)) == isZero, "\(value)")
    }
    for value in ["", "%", ".", "x", "calc(0)", "0px", "-"] { #expect(CSSText.isZero(bytes(value)) == nil, "\(value)") }
    for (css, plain) in [
      ("a/*b*/c", "ac"),
      ("a/*b", "a"),
      ("\\64 isplay", "display"),
      ("\\000064isplay", "display"),
      ("\\d\\69splay", "\risplay"),
      ("\\:", ":"),
      ("a\\", "a\\"),
      ("\\110000 x", "\u{FFFD}x"),
    ] {
      #expect(CSSText.plain(bytes(css)) == bytes(plain), "\(css)")
    }
  }

  @Test func jsonLDAddresses() {
    func urls(_ json: String) -> [String] {
      JSONLDCertifications.urls(bytes(json)).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(urls(#"{"hasCertification":{"url":"a"}}"#) == ["a"])
    #expect(
      urls(#"[{"hasCertification":[{"url":"a"},[{"url":"b"}]]},{"x":{"hasCertification":{"url":"c"}}}]"#) == [
        "a", "b", "c",
      ]
    )
    #expect(urls(#"{"hasCertification":{"url":"a","x":{"url":"b"}}}"#) == ["a"])
    #expect(urls(#"{"hasCertification":{"url":["a"]},"url":"b"}"#) == [])
    #expect(urls(#"{"hascertification":{"url":"a"}}"#) == [])
    #expect(urls("") == [] && urls("{") == [] && urls("null") == [])
    #expect(urls(String(repeating: "[", count: 33) + String(repeating: "]", count: 33)) == [])
    #expect(
      urls("{\"hasCertification\":[" + Array(repeating: #"{"url":"a"}"#, count: 80).joined(separator: ",") + "]}").count
        == 50
    )
  }

  @Test func scriptTypes() {
    func type(_ tag: String) -> TagFacts.ScriptType {
      let tag = bytes(tag)
      return tag.withUnsafeBufferPointer { buffer in
        var tokenizer = HTMLTokenizer(buffer, range: 0..<tag.count, maxAttributes: 256)
        _ = tokenizer.next()
        var hosts = HostClassifier(verifyHost: bytes("khatm.example"))
        return TagFacts(
          tokenizer.bytes,
          name: tokenizer.name,
          attributes: tokenizer.attributes,
          element: .script,
          hosts: &hosts
        ).scriptType(buffer)
      }
    }
    for tag in [
      "<script>",
      "<script type>",
      "<script type=' '>",
      "<script type=module>",
      "<script type='Text/JavaScript; charset=x'>",
      "<script type=application/x-ecmascript>",
    ] {
      #expect(type(tag) == .program, "\(tag)")
    }
    #expect(type("<script type='application/LD+json'>") == .jsonLD)
    #expect(type("<script type=application/vc&plus;jwt>") == .token)
    for tag in [
      "<script type=application/json>",
      "<script type=importmap>",
      "<script type=text/template>",
      "<script type=\(String(repeating: "x", count: 300))>",
    ] {
      #expect(type(tag) == .data, "\(tag)")
    }
    #expect(type("<script type=text/template TYPE=module>") == .data)
  }

  @Test func elementNames() {
    func element(_ name: String) -> HTMLElement {
      let name = bytes(name)
      return name.withUnsafeBufferPointer {
        HTMLElementNames.shared.element($0[...], key: HTMLElementNames.key($0[...]))
      }
    }
    for known in HTMLElement.allCases where known != .other {
      #expect(element(known.name) == known)
      #expect(element(known.name.uppercased()) == known)
      #expect(
        element(known.name + "x") == .other || known == .a || known == .b || known == .i || known == .s || known == .p
          || known == .u
      )
      #expect(element("x-" + known.name) == .other)
    }
    #expect(element("") == .other && element("\u{0}") == .other && element("a\u{0}") == .other)
    #expect(HTMLElement.allCases.count <= 128)
  }

  @Test func merging() {
    func link(_ kind: FoundLink.Kind, _ context: LinkContext, notes: [LinkNote], id: UInt8 = 1) -> FoundLink {
      let id = CredentialID(random: [id] + [UInt8](repeating: 0, count: 9))
      let href = bytes(BadgeLink.url(id, host: "khatm.example"))
      return FoundLink(
        kind: kind,
        href: href,
        context: context,
        notes: notes,
        line: 1,
        reading: .badge(BadgeLink(id: id))
      )
    }
    // Worst to best: each one later takes the place, none earlier gives it up.
    let order = [
      link(.jsonLD, .document, notes: []),
      link(.anchor, .noscript, notes: [.noscriptOnly, .userContentPossible]),
      link(.anchor, .document, notes: [.userContentPossible]),
      link(.anchor, .noscript, notes: [.noscriptOnly]),
      link(.anchor, .document, notes: [.hiddenByMarkup(how: "hidden")]),
      link(.anchor, .document, notes: []),
    ]
    for (first, one) in order.enumerated() {
      for (second, other) in order.enumerated() {
        var merger = LinkMerger()
        merger.add(one)
        merger.add(other)
        #expect(merger.links.count == 1 && merger.links[0].occurrences == 2 && merger.badgesFound == 1)
        #expect(
          merger.links[0].notes == order[max(first, second)].notes
            && merger.links[0].kind == order[max(first, second)].kind
        )
      }
    }
    var merger = LinkMerger()
    for number in UInt8(0)..<80 { merger.add(link(.anchor, .document, notes: [], id: number)) }
    #expect(merger.links.count == 50 && merger.badgesFound == 80)
  }

  @Test func codes() {
    #expect(Set(LinkContext.allCases.filter(\.isLive)) == [.document, .shadow, .foreign, .noscript])
    let notes: [LinkNote] = [
      .duplicateAttribute(name: "href"),
      .suspiciousMarkup(what: "dropped_href"),
      .unusualURLForm(form: "backslash"),
      .hiddenByMarkup(how: "hidden"),
      .linkHasEventHandler(events: []),
      .parserDependent(construct: "math"),
      .noscriptOnly,
      .userContentPossible,
      .baseElement(href: []),
    ]
    #expect(Set(notes.map(\.code)).count == notes.count)
    let pageNotes: [PageNote] = [
      .baseElement(href: []),
      .metaRefresh(to: []),
      .scriptsPresent(count: 1),
      .framesNotExamined(count: 1),
      .officialImageWithoutLink(src: []),
      .linkToAuthorityWithoutCredential(href: []),
      .claimTextWithoutLink(text: "x"),
      .notInSource,
      .structureLimit(depth: 512),
      .truncated(kept: 50, found: 51),
    ]
    #expect(Set(pageNotes.map(\.code)).count == pageNotes.count)
  }
}
