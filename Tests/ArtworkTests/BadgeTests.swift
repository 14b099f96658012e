import Artwork
import Encodings
import Foundation
import Messages
import Testing

/// Badges of both forms: what stands in them, what is never cut, what is refused.
@Suite struct BadgeTests {
  @Test func everyPictureIsWellFormedAndPlain() throws {
    let elements: Set = ["svg", "title", "rect", "path", "text"]
    let attributes: Set = [
      "xmlns", "xmlns:openbadges", "width", "height", "viewBox", "role", "aria-labelledby", "xml:lang", "id", "x", "y",
      "rx", "d", "fill",
      "stroke", "stroke-width", "stroke-linecap", "font-size", "font-family", "font-weight", "text-anchor", "direction",
      "transform",
    ]
    for (name, drawing) in try Samples.everything() {
      let parsed = try #require(ParsedSVG(drawing.svg), "\(name) is not well-formed")
      let root = try #require(parsed.elements.first)
      #expect(
        root.name == "svg" && root.attributes["role"] == "img" && root.attributes["aria-labelledby"] == "t",
        "\(name)"
      )
      #expect(
        root.attributes["width"] == String(drawing.width) && root.attributes["height"] == String(drawing.height),
        "\(name)"
      )
      #expect(
        parsed.elements[1].name == "title" && parsed.elements[1].attributes["id"] == "t"
          && !parsed.elements[1].text.isEmpty,
        "\(name)"
      )
      for element in parsed.elements {
        #expect(elements.contains(element.name), "\(name): <\(element.name)>")
        for (attribute, value) in element.attributes {
          #expect(attributes.contains(attribute), "\(name): \(attribute)")
          guard !attribute.hasPrefix("xmlns") else { continue }
          #expect(!value.contains(":") && !value.contains("url"), "\(name): \(attribute)=\(value)")
        }
      }
      #expect(!String(decoding: drawing.svg, as: UTF8.self).contains("<!"), "\(name): a declaration")
    }
  }

  @Test(arguments: Language.allCases) func sizes(_ language: Language) throws {
    for facts in [try Samples.short(), try Samples.long()] {
      let compact = try Badge.draw(facts, form: .compact, language: language)
      #expect(compact.width == 200 && compact.height == 64)
      let wide = try Badge.draw(facts, form: .wide, language: language)
      #expect(wide.width == 400 && (120...420).contains(wide.height))
      #expect(compact.svg.count <= 2_500 && wide.svg.count <= Badge.maxBytes)
      #expect(try Badge.svg(facts, form: .wide, language: language) == wide.svg)
    }
  }

  @Test func theNumberTheHostAndTheNamesAreThere() throws {
    for form in BadgeForm.allCases {
      for language in Language.allCases {
        let parsed = try #require(ParsedSVG(Badge.svg(Samples.short(), form: form, language: language)))
        #expect(parsed.texts.contains("7Q2M-4XW9-K3PD-T5HB-PA"))
        #expect(parsed.texts.contains("Example Chamber") && parsed.texts.contains("غرفة المثال"))
        #expect(parsed.texts.contains(Catalogue.sentence(ArtworkText.check, language: language)))
        #expect(parsed.elements[1].text.contains("khatm.example"), "the title says who can be asked")
        if form == .wide {
          #expect(parsed.texts.contains("Al Noor Trading LLC") && parsed.texts.contains("شركة النور للتجارة ذ.م.م"))
          #expect(parsed.texts.contains("https://alnoor.example/"))
        }
      }
    }
  }

  /// A picture that named a state would be an oracle while it is cached, and a forgery once it is copied.
  @Test func noStateNoDateNoTick() throws {
    for language in Language.allCases {
      for form in BadgeForm.allCases {
        let drawn = String(decoding: try Badge.svg(Samples.short(), form: form, language: language), as: UTF8.self)
          .lowercased()
        for word in [
          "valid", "verified", "genuine", "active", "confirm", "✓", "✔", "☑", "سارية", "صالحة", "موثق", "有效", "已确认",
          "en vigueur", "202",
        ] {
          #expect(!drawn.contains(word), "\(word)")
        }
      }
    }
  }

  @Test func arabicIsDrawnRightToLeft() throws {
    let parsed = try #require(ParsedSVG(Badge.svg(Samples.short(), form: .wide, language: .ar)))
    for element in parsed.elements where element.name == "text" {
      let arabic = element.text.unicodeScalars.contains { (0x0600...0x06FF).contains($0.value) }
      #expect((element.attributes["direction"] == "rtl") == arabic, "\(element.text)")
    }
    #expect(parsed.elements.contains { $0.text == "غرفة المثال" && $0.attributes["xml:lang"] == "ar" })
  }

  @Test func aHostIsNeverShortened() throws {
    for facts in [try Samples.short(), try Samples.long()] {
      for language in Language.allCases {
        let drawings = [
          try Badge.draw(facts, form: .wide, language: language), try QRCard.draw(facts, language: language),
        ]
        for drawing in drawings {
          let parsed = try #require(ParsedSVG(drawing.svg))
          let printed = parsed.elements.filter { $0.attributes["font-family"]?.hasPrefix("Noto Sans Mono") == true }
            .map(\.text).joined()
          #expect(printed.contains(facts.registered[0]))
          #expect(!printed.contains("…"))
        }
        // A full sheet may have to count an address instead, but what it prints is whole.
        let page = try #require(
          ParsedSVG(MembershipCertificate.page(Samples.certificate(facts), language: language).svg)
        )
        let lines = page.elements.filter { $0.attributes["font-family"]?.hasPrefix("Noto Sans Mono") == true }.map(
          \.text
        )
        #expect(lines.joined().contains(BadgeLink.url(facts.id, host: facts.verifyHost)))
        #expect(
          lines.filter { $0.hasPrefix("http") }.dropLast().allSatisfy { first in
            facts.registered.contains { $0.hasPrefix(first) }
          }
        )
        #expect(facts.registered.contains { lines.joined().contains($0) })
        // The strip of the card: the sentence with its host, to the last letter.
        let card = try #require(ParsedSVG(QRCard.draw(facts, language: language).svg)).texts.joined().filter {
          $0 != " "
        }
        let sentence = Catalogue.segments(
          ArtworkText.addressMustBegin,
          params: [("host", facts.verifyHost)],
          language: language
        ).map {
          switch $0 {
          case .text(let text): text
          case .param(_, let value): value
          }
        }
        #expect(card.contains(sentence.joined().filter { $0 != " " }))
      }
    }
  }

  /// WCAG 2.2, 1.4.3: 4.5:1 for text. Light text stands on the dark foot, dark text on white.
  @Test func contrast() throws {
    func luminance(_ colour: String) throws -> Double {
      let value = try #require(UInt32(colour.dropFirst(), radix: 16))
      let parts = [16, 8, 0].map { shift in
        let part = Double(value >> UInt32(shift) & 255) / 255
        return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
    for (name, drawing) in try Samples.everything() {
      for element in try #require(ParsedSVG(drawing.svg)).elements
      where element.name == "text" && element.attributes["transform"] == nil {
        let ink = try luminance(#require(element.attributes["fill"]))
        let ground = try luminance(ink > 0.5 ? "#2f3a45" : "#ffffff")
        let ratio = (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05)
        #expect(ratio >= 7, "\(name): \(element.text)")
      }
    }
  }

  @Test func sameFactsSameBytes() throws {
    let first = try Samples.everything()
    let second = try Samples.everything()
    for (one, two) in zip(first, second) { #expect(one.1.svg == two.1.svg, "\(one.0)") }
  }

  /// Baking puts its element directly after the start tag; the prefix is already declared.
  @Test func aCredentialFitsIn() throws {
    let svg = try Badge.svg(Samples.short(), form: .compact, language: .en)
    let end = try #require(svg.firstIndex(of: UInt8(ascii: ">"))) + 1
    #expect(svg.starts(with: Array("<svg ".utf8)))
    let baked =
      svg[..<end] + Array("<openbadges:credential verify=\"e30.e30.AA\"></openbadges:credential>".utf8) + svg[end...]
    let parsed = try #require(ParsedSVG(Array(baked)))
    #expect(
      parsed.elements[1].name == "openbadges:credential" && parsed.elements[1].attributes["verify"] == "e30.e30.AA"
    )
    #expect(parsed.elements[0].attributes["xmlns:openbadges"] == "https://purl.imsglobal.org/ob/v3p0")
  }
}

/// Names that may not be printed.
@Suite struct NameTests {
  static let injections = [
    "</text><script>alert(1)</script>", "</title><script/>", "\"\u{301} onload=\"alert(1)", "'\u{301} x='",
    "<\u{301}script>", "&\u{64B}lt;",
    "\"\u{200D}>", "'\u{FE0F}><", "]]>", "<!--", "<?xml?>", "<![CDATA[", "&amp;", "&#x3c;", "\u{A0}x",
    "a & b < c > d \" e ' f",
  ]

  @Test("A86 markup in a name is text", arguments: injections) func injection(_ name: String) throws {
    let facts = try Samples.short(member: name)
    for language in [Language.en, .ar] {
      let drawings = [
        try Badge.draw(facts, form: .wide, language: language), try QRCard.draw(facts, language: language),
        try MembershipCertificate.page(Samples.certificate(facts), language: language),
      ]
      for drawing in drawings {
        let parsed = try #require(ParsedSVG(drawing.svg))
        #expect(Set(parsed.elements.map(\.name)).isSubset(of: ["svg", "title", "rect", "path", "text"]))
        #expect(
          parsed.elements.allSatisfy { element in !element.attributes.keys.contains { $0.hasPrefix("on") || $0 == "x=" }
          }
        )
        // On the Arabic side the other name of the same direction is not repeated.
        if language == .en { #expect(parsed.texts.contains { Array($0.utf8) == Array(name.utf8) }, "\(parsed.texts)") }
        #expect(!(try Renderer.png(drawing)).isEmpty)
      }
    }
  }

  @Test("A86, A99 controls are refused", arguments: [0x00, 0x07, 0x0A, 0x1B, 0x7F, 0x85, 0x2028] as [UInt32])
  func controls(_ value: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(value))
    #expect(throws: ArtworkRejection.textRefused(field: "name", why: .control, at: 4)) {
      try PrintedName("Acme\(scalar)Trading", language: "en")
    }
  }

  static let bidi: [UInt32] = [
    0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069,
  ]

  @Test("A99 bidi controls are refused", arguments: bidi)
  func bidiControls(_ value: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(value))
    #expect(throws: ArtworkRejection.textRefused(field: "member", why: .bidiControl, at: 0)) {
      try PrintedName("\(scalar)Acme", language: "en", field: "member")
    }
  }

  @Test(arguments: [0xFFFE, 0xFFFF, 0xFEFF, 0xFDD0, 0x1FFFE, 0x10FFFF] as [UInt32]) func whatXMLCannotHold(
    _ value: UInt32
  ) throws {
    let scalar = try #require(Unicode.Scalar(value))
    #expect(throws: ArtworkRejection.textRefused(field: "name", why: .notXML, at: 1)) {
      try PrintedName("A\(scalar)", language: "en")
    }
  }

  @Test("A102 length and visibility") func lengths() throws {
    #expect(throws: ArtworkRejection.textRefused(field: "name", why: .empty, at: 0)) {
      try PrintedName("", language: "en")
    }
    #expect(throws: ArtworkRejection.textRefused(field: "name", why: .empty, at: 0)) {
      try PrintedName(" \u{3000}\u{200B}\u{2060}", language: "en")
    }
    #expect(throws: ArtworkRejection.self) { try PrintedName(String(repeating: "a", count: 201), language: "en") }
    #expect(throws: ArtworkRejection.self) {
      try PrintedName("a" + String(repeating: "\u{301}", count: 900), language: "en")
    }
    _ = try PrintedName(String(repeating: "ش", count: 200), language: "ar")
  }

  @Test(arguments: ["", "e", "en\"", "en us", "ar\u{301}", "x-123456789012345678901234567890123456"]) func languageTags(
    _ tag: String
  ) {
    #expect(throws: ArtworkRejection.languageTagRefused(field: "name")) { try PrintedName("Acme", language: tag) }
  }

  @Test(arguments: [
    "", "Khatm.example", "khatm.example/", "khatm example", "خاتم.example", "khatm.example\u{301}", "a@b",
    String(repeating: "a", count: 254),
  ])
  func hosts(_ host: String) throws {
    #expect(throws: ArtworkRejection.addressRefused(field: "verifyHost")) {
      try BadgeFacts(
        chamberNames: Samples.names(("en", "C")),
        id: Samples.id(),
        verifyHost: host,
        memberNames: Samples.names(("en", "M")),
        registered: []
      )
    }
  }

  @Test(arguments: [
    "", "https://النور.example/", "https://a.example/\u{202E}", "https://a.example/ b", "https://a.example/\n",
  ])
  func addresses(_ address: String) throws {
    #expect(throws: ArtworkRejection.addressRefused(field: "registered")) {
      try BadgeFacts(
        chamberNames: Samples.names(("en", "C")),
        id: Samples.id(),
        verifyHost: "khatm.example",
        memberNames: Samples.names(("en", "M")),
        registered: [address]
      )
    }
  }

  /// A company with one name only, in any script, still gets every picture.
  @Test(arguments: [
    ("ar", "شركة النور"), ("en", "Al Noor"), ("zh", "努尔贸易"), ("ur", "نور ٹریڈنگ"), ("ru", "Нур Трейдинг"),
    ("hi", "नूर ट्रेडिंग"),
  ])
  func oneNameOnly(_ language: String, _ name: String) throws {
    let facts = try BadgeFacts(
      chamberNames: Samples.names((language, name)),
      id: Samples.id(),
      verifyHost: "khatm.example",
      memberNames: Samples.names((language, name)),
      registered: []
    )
    for language in Language.allCases {
      for form in BadgeForm.allCases {
        #expect(try #require(ParsedSVG(Badge.svg(facts, form: form, language: language))).texts.contains(name))
      }
      #expect(try #require(ParsedSVG(QRCard.draw(facts, language: language).svg)).texts.contains(name))
    }
  }
}
