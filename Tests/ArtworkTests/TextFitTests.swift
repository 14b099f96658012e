import Testing

@testable import Artwork

/// Lines that must not be wider than they are said to be.
@Suite struct TextFitTests {
  @Test(arguments: [
    "Gulf International Company for General Trading", "الشركة الخليجية الدولية للتجارة العامة والمقاولات",
    "海湾国际贸易承包与建筑材料进出口有限责任公司", "Al Noor (النور) 努尔 LLC",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", "a  b   c",
  ])
  func wrappingKeepsEveryCharacter(_ text: String) {
    for width in stride(from: 20.0, through: 400, by: 35) {
      let lines = TextFit.wrap(text, width: width, size: 12, face: .sans)
      #expect(lines.joined().filter { $0 != " " } == text.filter { $0 != " " })
      for line in lines where line.count > 1 { #expect(TextFit.width(line, 12, face: .sans) <= width) }
    }
  }

  @Test func addressesKeepEveryByte() {
    let address = "https://very-long-name-of-a-company.en.alibaba.example/shop/index.html?id=12345&lang=ar"
    for width in stride(from: 40.0, through: 700, by: 33) {
      let lines = TextFit.wrapAddress(address, width: width, size: 11)
      #expect(lines.joined() == address)
      #expect(lines.allSatisfy { !$0.isEmpty })
      // A hyphen at the end of a line could be taken for one of ours.
      #expect(lines.dropLast().filter { $0.hasSuffix("-") }.count <= lines.count / 2)
    }
    #expect(TextFit.wrapAddress("https://a.example/", width: 400, size: 11) == ["https://a.example/"])
  }

  @Test func largestSizeThatFits() {
    let fit = TextFit.fit("Example Chamber", width: 184, sizes: [13, 12, 11], lines: 1, face: .bold)
    #expect(fit.size == 13 && fit.lines == ["Example Chamber"])
    let long = TextFit.fit(
      String(repeating: "word ", count: 40),
      width: 184,
      sizes: [13, 12, 11],
      lines: 2,
      face: .sans
    )
    #expect(long.size == 11 && long.lines.count == 2 && long.lines[1].hasSuffix("…"))
    #expect(long.lines.allSatisfy { TextFit.width($0, 11, face: .sans) <= 184 })
  }

  @Test func marksTakeNoRoom() {
    #expect(TextFit.width("محمّد", 10, face: .sans) == TextFit.width("محمد", 10, face: .sans))
    #expect(TextFit.width("e\u{301}", 10, face: .sans) == TextFit.width("e", 10, face: .sans))
    #expect(TextFit.width("会员", 10, face: .sans) > TextFit.width("ab", 10, face: .sans))
  }

  @Test func directionIsThatOfTheFirstLetter() {
    #expect(Script.isRightToLeft("شركة Acme") && Script.isRightToLeft("(2000) النور") && Script.isRightToLeft("ذ.م.م"))
    #expect(
      !Script.isRightToLeft("Acme شركة") && !Script.isRightToLeft("2000") && !Script.isRightToLeft("努尔")
        && !Script.isRightToLeft("")
    )
  }
}
