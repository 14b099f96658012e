import Artwork
import Encodings
import Messages
import Testing

/// The snippet for a shop's page, read back by an HTML reader.
@Suite struct EmbedCodeTests {
  @Test("A11 the badge opens no window") func linkAndPicture() throws {
    #expect(
      try EmbedCode.html(Samples.short(), language: .en) == """
        <a href="https://khatm.example/c/7Q2M4XW9K3PDT5HBPA" rel="noopener" referrerpolicy="origin"><img
         src="https://khatm.example/badge/7Q2M4XW9K3PDT5HBPA.svg" width="200" height="64"
         alt="Example Chamber member certificate 7Q2M-4XW9-K3PD-T5HB-PA: check it"></a>

        """
    )
  }

  @Test func otherFormsAndLanguages() throws {
    let arabic = try EmbedCode.html(Samples.short(), form: .wide, language: .ar)
    #expect(arabic.contains("src=\"https://khatm.example/badge/7Q2M4XW9K3PDT5HBPA.svg?form=wide&amp;lang=ar\""))
    #expect(arabic.contains("lang=\"ar\" dir=\"rtl\"") && arabic.contains("غرفة المثال"))
    // The link stays the same in every language: it is the one form of a badge link.
    for language in Language.allCases {
      let html = try EmbedCode.html(Samples.short(), language: language)
      #expect(
        html.hasPrefix(
          "<a href=\"https://khatm.example/c/7Q2M4XW9K3PDT5HBPA\" rel=\"noopener\" referrerpolicy=\"origin\">"
        )
      )
      #expect(!html.contains("<script") && !html.contains("onclick") && !html.contains("target="))
    }
    let wide = try Badge.draw(Samples.short(), form: .wide, language: .ar)
    #expect(arabic.contains("height=\"\(wide.height)\""))
  }

  @Test("A86 a chamber's name cannot leave its attribute", arguments: NameTests.injections) func injection(
    _ name: String
  ) throws {
    let facts = try BadgeFacts(
      chamberNames: Samples.names(("en", name)),
      id: Samples.id(),
      verifyHost: "khatm.example",
      memberNames: Samples.names(("en", name)),
      registered: []
    )
    let html = try EmbedCode.html(facts, language: .en)
    // By bytes: a quote under a combining mark is not a `Character` quote.
    #expect(
      html.utf8.filter { $0 == UInt8(ascii: "<") }.count == 3 && html.utf8.filter { $0 == UInt8(ascii: ">") }.count == 3
    )
    #expect(html.utf8.filter { $0 == UInt8(ascii: "\"") }.count == 14)
    let json = try EmbedCode.jsonLD(facts, site: "https://alnoor.example/")
    #expect(
      json.utf8.filter { $0 == UInt8(ascii: "<") }.count == 2 && json.utf8.filter { $0 == UInt8(ascii: "&") }.count == 0
    )
    let body = Array(
      json.utf8.dropFirst("<script type=\"application/ld+json\">".utf8.count).dropLast("</script>\n".utf8.count)
    )
    let object = try #require(try JSON.parse(body).object)
    #expect(object["name"]?.text == Text(name))
    #expect(object["hasCertification"]?.object?["issuedBy"]?.object?["name"]?.text == Text(name))
    #expect(object["hasCertification"]?.object?["url"]?.string == "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA")
    #expect(object["hasCertification"]?.object?["certificationIdentification"]?.string == "7Q2M4XW9K3PDT5HBPA")
  }

  @Test func headLink() throws {
    #expect(
      try EmbedCode.headLink(Samples.id(), verifyHost: "khatm.example")
        == """
        <link rel=\"alternate\" type=\"application/vc+jwt\" \
        href=\"https://khatm.example/v1/credentials/7Q2M4XW9K3PDT5HBPA\">\n
        """
    )
    #expect(throws: ArtworkRejection.addressRefused(field: "verifyHost")) {
      try EmbedCode.headLink(Samples.id(), verifyHost: "k\"")
    }
  }

  @Test func inlineToken() throws {
    #expect(
      try EmbedCode.inlineToken(Array("eyJh.eyJp._-A".utf8))
        == "<script type=\"application/vc+jwt\">eyJh.eyJp._-A</script>\n"
    )
    for bad in ["", "a.b", "a.b.c.d", "a.b.</script>", "a.b.c=", "a.b.c\n", "a.b.\u{E9}"] {
      #expect(throws: ArtworkRejection.tokenRefused) { try EmbedCode.inlineToken(Array(bad.utf8)) }
    }
    #expect(throws: ArtworkRejection.tokenRefused) {
      try EmbedCode.inlineToken([UInt8](repeating: 0x61, count: 16_400) + Array(".b.c".utf8))
    }
  }

  @Test func theSitesOwnWord() throws {
    let word = try EmbedCode.wellKnown([Samples.id()], verifyHost: "khatm.example", proof: "k1-5r0c2q")
    let object = try #require(try JSON.parse(Array(word.dropLast())).object)
    #expect(object["v"] == .integer(1) && object["proof"]?.string == "k1-5r0c2q")
    #expect(object["credentials"] == .array([.string("https://khatm.example/c/7Q2M4XW9K3PDT5HBPA")]))
    #expect(object.members.count == 3 && word.last == 0x0A)
    #expect(
      try #require(try JSON.parse(Array(EmbedCode.wellKnown([], verifyHost: "khatm.example").dropLast())).object)[
        "proof"
      ] == nil
    )
    #expect(throws: ArtworkRejection.addressRefused(field: "proof")) {
      try EmbedCode.wellKnown([], verifyHost: "khatm.example", proof: "a b")
    }
  }

  /// What we write, our own reader of links takes.
  @Test func everyAddressIsABadgeLink() throws {
    for host in ["khatm.example", "verify.chambers.example"] {
      let link = BadgeLink.url(try Samples.id(), host: host)
      #expect(BadgeLink.read(Array(link.utf8), host: host) == .badge(BadgeLink(id: try Samples.id())))
    }
  }
}
