import Messages
import Testing

/// Every text of the catalogue with the name it is known by.
private struct Entry: Sendable, CustomTestStringConvertible {
  let name: String
  let parameters: [String]?
  let texts: FourTexts
  var testDescription: String { name }
}

private func entries(_ messages: some Sequence<some Message>) -> [Entry] {
  messages.map { Entry(name: $0.identifier, parameters: $0.parameters, texts: $0.texts) }
}

private let pageEntries: [Entry] = AnswerState.allCases.flatMap { state in
  let texts = state.texts
  var parts: [(String, FourTexts)] = [("word", texts.word), ("advice", texts.advice)]
  if let emphasis = texts.emphasis { parts.append(("emphasis", emphasis)) }
  parts += texts.headings.enumerated().map { ("heading \($0)", $1) }
  parts += texts.lines.enumerated().map { ("line \($0)", $1) }
  return parts.map { Entry(name: "\(state.rawValue).\($0)", parameters: nil, texts: $1) }
}

private let undatedEntries: [Entry] = ReasonCode.allCases.compactMap { code in
  code.undated.map { Entry(name: "\(code.rawValue) undated", parameters: [], texts: $0) }
}

private let allEntries =
  entries(ReasonCode.allCases) + entries(ActRejectionText.allCases) + entries(Detail.allCases)
  + entries(PageText.allCases)
  + entries(SiteText.allCases) + entries(ArtworkText.allCases) + pageEntries + undatedEntries

private func letters(_ text: String, in range: ClosedRange<UInt32>) -> Int {
  text.unicodeScalars.filter { range.contains($0.value) }.count
}

/// Every sentence in every language.
@Suite struct CatalogueTests {
  @Test func namesAreUnique() {
    for group in [
      entries(ReasonCode.allCases), entries(ActRejectionText.allCases), entries(PageText.allCases), pageEntries,
    ] {
      #expect(Set(group.map(\.name)).count == group.count)
    }
    #expect(allEntries.count > 300)
  }

  @Test(arguments: allEntries)
  private func everyLanguageSaysTheSame(_ entry: Entry) {
    let english = Set(entry.texts[.en].placeholders)
    for language in Language.allCases {
      let template = entry.texts[language]
      #expect(!template.source.isEmpty)
      #expect(Set(template.placeholders) == english, "\(language): other placeholders than English")
      #expect(template.placeholders.count == english.count, "\(language): a placeholder stands twice")
      if let parameters = entry.parameters {
        #expect(english.isSubset(of: Set(parameters)), "a placeholder nobody fills")
      }
    }
  }

  @Test(arguments: allEntries)
  private func textsAreCleanText(_ entry: Entry) {
    for language in Language.allCases {
      let template = entry.texts[language]
      for scalar in template.source.unicodeScalars {
        let value = scalar.value
        #expect(value >= 0x20 && !(0x7F...0x9F).contains(value), "control character")
        #expect(![0x061C, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0xFEFF].contains(value), "invisible character")
        #expect(!(0x202A...0x202E).contains(value) && !(0x2066...0x2069).contains(value), "bidi control")
        #expect(!(0x0660...0x0669).contains(value) && !(0x06F0...0x06F9).contains(value), "digits are Western")
        #expect(!(0xFB50...0xFDFF).contains(value) && !(0xFE70...0xFEFE).contains(value), "Arabic presentation form")
      }
      for segment in template.segments() {
        guard case .text(let text) = segment else { continue }
        #expect(!text.utf8.contains { $0 == 0x7B || $0 == 0x7D || $0 == 0x60 }, "unbalanced mark: \(text)")
        #expect(!text.utf8.contains { $0 == 0x3C || $0 == 0x3E || $0 == 0x26 }, "markup in a text: \(text)")
      }
      #expect(!template.source.contains("  ") && template.source.first != " " && template.source.last != " ")
    }
  }

  @Test(arguments: allEntries)
  private func textsAreInTheirLanguage(_ entry: Entry) {
    func words(_ language: Language) -> String {
      entry.texts[language].segments().map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }
    guard !words(.en).isEmpty else { return }  // a text that is one parameter and nothing else
    #expect(letters(words(.ar), in: 0x0621...0x064A) >= 2)
    // Latin letters in Arabic and Chinese only as names of techniques, never a forgotten translation.
    #expect(letters(words(.ar), in: 0x41...0x7A) <= 7)
    #expect(letters(words(.zh), in: 0x4E00...0x9FFF) >= 1)
    #expect(letters(words(.zh), in: 0x41...0x7A) <= 7)
    #expect(letters(words(.ar), in: 0x4E00...0x9FFF) == 0 && letters(words(.zh), in: 0x0600...0x06FF) == 0)
    for language in [Language.en, .fr] {
      #expect(letters(words(language), in: 0x0600...0x06FF) == 0 && letters(words(language), in: 0x4E00...0x9FFF) == 0)
      #expect(letters(words(language), in: 0x41...0x7A) >= 2)
    }
  }

  @Test(arguments: allEntries)
  private func sentencesEndAlike(_ entry: Entry) {
    func ends(_ language: Language) -> Bool {
      entry.texts[language].source.unicodeScalars.last.map { [0x2E, 0x3002].contains($0.value) } ?? false
    }
    for language in Language.allCases { #expect(ends(language) == ends(.en), "\(language)") }
  }

  /// French puts a no-break space before `: ; ? !` and inside its quotation marks; an ordinary space would let the line
  /// break there.
  @Test(arguments: allEntries)
  private func frenchSpacing(_ entry: Entry) {
    let text = Array(entry.texts[.fr].source.unicodeScalars)
    for (index, scalar) in text.enumerated() where [":", ";", "?", "!", "»"].contains(scalar) && index > 0 {
      if text[index...].starts(with: "://".unicodeScalars) { continue }
      #expect(text[index - 1].value == 0xA0, "before \(scalar)")
    }
    for (index, scalar) in text.enumerated() where scalar == "«" { #expect(text[index + 1].value == 0xA0) }
    #expect(!text.contains("'"), "typewriter apostrophe")
  }
}
