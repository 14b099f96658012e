import Sheets
import Testing

private func refusal(_ name: String, _ language: NameRules.Language = .any) -> NameRejection? {
  NameRules.rejection(Array(name.utf8), language: language)
}

/// Names that a member may and may not have.
struct NameRulesTests {
  @Test(arguments: [
    "Al Noor Trading LLC", "O'Brien & Partners 80 Steel Industries LLC", "Café Oasis", "Société Générale d'Import",
    "Ghaf Tree 29 (Branch)",
    "Müller GmbH", "Đông Á Trading", "Łódź Textiles", "3M Gulf", "Al-Noor / Dubai", "T恤 Shop", "東京カメラ Tokyo",
    "Al Noor شركة النور", "АО Восток",
    "ΑΘΗΝΑ",
  ])
  func goodNames(name: String) { #expect(refusal(name) == nil) }

  @Test(arguments: [
    "شركة النور للتجارة ذ.م.م", "مُؤَسَّسَة الرَّوْضَة", "شركة 33 للعطور", "می\u{200C}خواهم", "شرکت پارس", "ٱلْهِلَال",
    "شركة ABC للتجارة",
  ])
  func goodArabicNames(name: String) { #expect(refusal(name, .arabic) == nil) }

  @Test func missingAndTooLong() {
    #expect(refusal("") == .missing)
    #expect(refusal(String(repeating: "A", count: 200)) == nil)
    #expect(refusal(String(repeating: "A", count: 201)) == .length(201))
    #expect(refusal(String(repeating: "A", count: 10_000)) == .length(10_000))
    // Counted as seen, not as stored: 200 letters with two marks each are 200.
    #expect(refusal(String(repeating: "نَّ", count: 200)) == nil)
    #expect(refusal(String(repeating: "نَّ", count: 201)) == .length(201))
  }

  /// Each of Unicode's direction controls, anywhere in the name.
  @Test(
    arguments: [0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069]
      as [UInt32]
  )
  func directionControls(value: UInt32) throws {
    let control = String(try #require(Unicode.Scalar(value)))
    #expect(refusal("Al Noor\(control)CLL gnidarT") == .bidiControl(at: 8))
    #expect(refusal("\(control)Al Noor") == .bidiControl(at: 1))
    #expect(refusal("شركة\(control)النور", .arabic) == .bidiControl(at: 5))
  }

  @Test(
    arguments: [
      0x00AD, 0x034F, 0x115F, 0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0x2061, 0x206A, 0x3164, 0xFE0F, 0xFEFF, 0xFFA0,
      0xE000, 0xE0041,
    ] as [UInt32]
  )
  func invisibleCharacters(value: UInt32) throws {
    let hidden = String(try #require(Unicode.Scalar(value)))
    #expect(refusal("Al\(hidden) Noor") == .invisible(at: 3))
    #expect(refusal(hidden) == .invisible(at: 1))
  }

  @Test func zeroWidthNonJoinerOnlyWhereItParts() {
    #expect(refusal("می\u{200C}خواهم", .arabic) == nil)
    // ra does not join: it changes nothing that is seen
    #expect(refusal("دار\u{200C}السلام", .arabic) == .invisible(at: 4))
    #expect(refusal("شركة\u{200C} النور", .arabic) == .invisible(at: 5))
    #expect(refusal("می\u{200C}\u{200C}خواهم", .arabic) != nil)
    #expect(refusal("می\u{200D}خواهم", .arabic) == .invisible(at: 3))
  }

  @Test(arguments: [
    "Al\u{0}Noor", "Al\tNoor", "Al\nNoor", "Al\r\nNoor", "Al\u{1B}[2JNoor", "Al\u{7F}Noor", "Al\u{85}Noor",
    "Al\u{2028}Noor",
  ])
  func controls(name: String) { #expect(refusal(name) == .control(at: 3)) }

  @Test(arguments: ["=HYPERLINK(\"https://evil.example\")", "+1", "-2", "@x", "\tx", "\rx", "\u{FF1D}x"])
  func formulas(name: String) { #expect(refusal(name) == .formula) }

  @Test(arguments: [" Al Noor", "Al Noor ", "Al  Noor", "Al\u{A0}Noor", "Al\u{3000}Noor", "Al\u{2003}Noor", " "])
  func oddSpaces(name: String) { #expect(refusal(name) == .space) }

  @Test(arguments: [
    "Аl Nооr Trading LLC",  // Cyrillic A and o in Latin words
    "Acmе", "Αl Noor",  // Cyrillic e, Greek Alpha
    "Al Noor Сосо",  // a whole Cyrillic word beside a Latin one
    "Սafe Trading",  // Armenian
    "شركةABC", "Ａl Noor", "𝐀l Noor", "Al Noor ⓒⓞ", "Al Noorˢ", "ﺷﺮﻛﺔ", "№ꞏ Ⅳ", "Ɑl Ꭺcme",
    "𝐀𝐥 𝐍𝐨𝐨𝐫", "Ａｌ Ｎｏｏｒ", "ﷲ", "²³",  // nothing but styled copies
  ])
  func disguises(name: String) {
    guard case .confusable? = refusal(name) else {
      Issue.record("taken: \(name)")
      return
    }
  }

  @Test func marksWithoutALetterOrInAPile() {
    #expect(refusal("\u{301}Al") == .invisible(at: 1))
    #expect(refusal("Al \u{301}Noor") == .invisible(at: 4))
    #expect(refusal("A\u{301}\u{302}\u{303}l") == nil)
    #expect(refusal("A\u{301}\u{302}\u{303}\u{304}l") == .invisible(at: 5))
  }

  @Test func theLanguageMustBeThere() {
    #expect(refusal("Al Noor", .arabic) == .notArabic)
    #expect(refusal("123 456", .arabic) == .notArabic)
    #expect(refusal("٣٣", .arabic) == .notArabic)
    #expect(refusal("شركة النور", .english) == .notLatin)
    #expect(refusal("АО Восток", .english) == .notLatin)
    #expect(refusal("33", .english) == .notLatin)
  }

  /// Any bytes at all get an answer: import judges what outsiders wrote.
  @Test func anyTextIsJudged() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2_000 {
      let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      _ = NameRules.rejection(bytes, language: .english)
      var text = String.UnicodeScalarView()
      for _ in 0..<8 {
        if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &random)) { text.append(scalar) }
      }
      _ = NameRules.rejection(Array(String(text).utf8), language: .arabic)
    }
  }
}
