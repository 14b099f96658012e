import Messages
import Testing

/// Parameters and fixed literals in a text.
@Suite struct TemplateTests {
  @Test func segmentsKeepValuesUntouched() {
    let evil = "</bdi><script>\u{202E}"
    let segments = Catalogue.segments(
      ReasonCode.bindingNoMatch,
      params: [("asked", evil), ("registered", "site/alnoor.example")],
      language: .en
    )
    #expect(
      segments == [
        .text("It belongs to "), .param(name: "registered", value: "site/alnoor.example"), .text(", not to "),
        .param(name: "asked", value: evil),
        .text("."),
      ]
    )
  }

  @Test func valuesAreNotTemplates() {
    let sentence = Catalogue.sentence(
      ReasonCode.bindingNoMatch,
      params: [("asked", "{registered}"), ("registered", "`{asked}`")],
      language: .en
    )
    #expect(sentence == "It belongs to `{asked}`, not to {registered}.")
  }

  @Test func arabicIsolatesValues() {
    let sentence = Catalogue.sentence(ReasonCode.expired, params: [("at", "2027-10-31")], language: .ar)
    #expect(sentence == "انتهت صلاحيتها بتاريخ \u{2068}2027-10-31\u{2069}.")
    #expect(
      Catalogue.sentence(ReasonCode.expired, params: [("at", "2027-10-31")], language: .en) == "It ended on 2027-10-31."
    )
  }

  @Test func rightToLeftValuesAreIsolatedEverywhere() {
    let sentence = Catalogue.sentence(ReasonCode.issuerUnknown, params: [("issuer", "غرفة المثال")], language: .en)
    #expect(sentence == "\u{2068}غرفة المثال\u{2069} is not a chamber we know.")
  }

  @Test(arguments: [
    "\u{202E}", "\u{2069}", "\u{2068}", "\u{200F}", "\u{1B}", "\u{7}", "\n", "\u{9B}", "\u{2028}", "\u{FEFF}",
  ])
  func plainTextShowsControls(_ control: String) throws {
    for language in Language.allCases {
      let sentence = Catalogue.sentence(
        ReasonCode.issuerUnknown,
        params: [("issuer", "Acme" + control + "x")],
        language: language
      )
      let code = try #require(control.unicodeScalars.first).value
      #expect(sentence.contains("Acme\\u{" + String(code, radix: 16, uppercase: true) + "}x"))
      let isolates = sentence.unicodeScalars.filter { (0x2066...0x2069).contains($0.value) }.count
      #expect(isolates == (language == .ar ? 2 : 0))
    }
  }

  @Test func missingParametersLeaveAMark() {
    #expect(Catalogue.sentence(ReasonCode.expired, language: .en) == "It ended on ….")
    #expect(Catalogue.sentence(ReasonCode.expired, params: [("nonsense", "x")], language: .en) == "It ended on ….")
  }

  @Test func parameterNamesAreComparedAsBytes() {
    // "at" + U+0301 is another name than "at", and Swift's own comparison is not asked.
    #expect(Catalogue.sentence(ReasonCode.expired, params: [("at\u{301}", "x")], language: .en) == "It ended on ….")
  }

  @Test func literalsAreIsolated() {
    let segments = Catalogue.segments(ReasonCode.schemeRefused, language: .ar)
    #expect(segments.contains(.param(name: "literal", value: "https://")))
    #expect(Catalogue.sentence(ReasonCode.schemeRefused, language: .ar).contains("\u{2068}https://\u{2069}"))
    #expect(Catalogue.sentence(ReasonCode.schemeRefused, language: .en) == "The address must begin with https://.")
    #expect(
      Catalogue.sentence(ReasonCode.urlUserinfoRefused, language: .en)
        == "The address must not contain \"@\" before the path."
    )
  }

  @Test func knownDetailsHaveWords() {
    let sentence = Catalogue.sentence(ReasonCode.bindingTooWide, params: [("why", "platform_apex")], language: .en)
    #expect(sentence == "Such an address would cover other shops (the marketplace itself, not one shop).")
    #expect(
      Catalogue.sentence(ReasonCode.bindingTooWide, params: [("why", "other")], language: .en).hasSuffix("(other).")
    )
    // Only in the parameters that carry details: a company may be called "wildcard".
    #expect(
      Catalogue.sentence(ReasonCode.issuerUnknown, params: [("issuer", "wildcard")], language: .fr).hasPrefix(
        "wildcard "
      )
    )
  }
}

/// Which language a reader gets.
@Suite struct LanguageTests {
  @Test func directions() {
    #expect(Language.ar.direction.rawValue == "rtl")
    for language in [Language.en, .fr, .zh] { #expect(language.direction.rawValue == "ltr") }
    #expect(Set(Language.allCases.map(\.nativeName)).count == 4)
  }

  @Test(
    arguments: [
      ("ar", Language.ar), ("AR-ae", .ar), ("fr-CA,fr;q=0.9,en;q=0.8", .fr), ("de, zh-Hant-TW;q=0.5, en;q=0.4", .zh),
      ("en;q=0.1,ar;q=0.2", .ar),
      ("en , ar", .en), ("en;q=0,zh;q=0.001", .zh), ("ar;q=1.000", .ar),
    ] as [(String, Language)]
  )
  func preferred(_ field: String, _ expected: Language) {
    #expect(Language.preferred(acceptLanguage: field) == expected)
  }

  @Test(arguments: [
    "", "de", "*", "en;q=0", "en;q=abc", "en;q=2", "en;q=0.1234", "en;level=1;q=1", ",,,;;;", "ar\u{301}", ";q=1", "-",
  ])
  func noneAcceptable(_ field: String) {
    #expect(Language.preferred(acceptLanguage: field) == nil)
  }

  @Test func longFieldsAreCutShort() {
    #expect(Language.preferred(acceptLanguage: String(repeating: "xx,", count: 100_000) + "ar") == nil)
  }
}
