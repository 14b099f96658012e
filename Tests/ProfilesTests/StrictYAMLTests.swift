import Profiles
import Testing

/// The strict reader of our own YAML.
struct StrictYAMLTests {
  private func yaml(_ text: String) throws(ProfileRejection) -> StrictYAML {
    try StrictYAML(file: "f.yaml", bytes: Array(text.utf8))
  }

  /// Words that other YAML readers turn into something else stay what was written.
  @Test func valuesStayTheTextThatWasWritten() throws {
    var map = try yaml("a: no\nb: 0235\nc: 2026-11-20\nd: '07'\ne: 1e3\nf: ~\n")
    #expect(try map.text("a") == "no")
    #expect(try map.text("b") == "0235")
    #expect(try map.text("c") == "2026-11-20")
    #expect(try map.text("d") == "07")
    #expect(try map.text("e") == "1e3")
    #expect(try map.text("f") == "~")
    try map.finish()
  }

  @Test(arguments: ["0", "7", "100"]) func numbers(text: String) throws {
    var map = try yaml("n: \(text)\n")
    #expect(try map.integer("n", in: 0...100) == Int(text))
  }

  @Test(arguments: ["", "'+5'", "-0", "007", "٣", "1.0", "0x10", "101", "99999999999999999999", "5 5", "[5]", "{a: 5}"])
  func whatIsNoPlainNumberIsRefused(text: String) throws {
    var map = try yaml("n: \(text)\n")
    #expect(throws: ProfileRejection.self) { try map.integer("n", in: 0...100) }
  }

  @Test(arguments: ["yes", "True", "TRUE", "1", "on", "''"]) func onlyTrueAndFalseAreFlags(text: String) throws {
    var map = try yaml("n: \(text)\n")
    #expect(throws: ProfileRejection.self) { try map.flag("n") }
  }

  @Test(arguments: [
    "- a\n- b\n", "text\n", "", "a: [1\n", "a: 1\n---\nb: 2\n", "a: 1\na: 2\n", "? [x]\n: 1\n", "a: *nowhere\n",
    "\ta: 1\n",
  ])
  func whatIsNotOneMappingIsRefused(text: String) {
    #expect(throws: ProfileRejection.self) { try yaml(text) }
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    #expect(throws: ProfileRejection.notUTF8(file: "f.yaml")) {
      try StrictYAML(file: "f.yaml", bytes: [0x61, 0x3A, 0x20, 0xE9, 0x0A])
    }
  }

  @Test func aFileGivenByMistakeIsNotRead() {
    let bytes = [UInt8](repeating: 0x23, count: StrictYAML.maxBytes + 1)
    #expect(throws: ProfileRejection.tooLarge(file: "f.yaml", bytes: bytes.count, max: StrictYAML.maxBytes)) {
      try StrictYAML(file: "f.yaml", bytes: bytes)
    }
  }

  @Test func controlCharactersAndEmptyTextAreRefused() throws {
    #expect(throws: ProfileRejection.self) { try yaml("a: \u{1}\n") }
    var map = try yaml("a: \"x\\u0007y\"\nb: ''\nc: \"x\\ny\"\n")
    #expect(throws: ProfileRejection.self) { try map.text("a") }
    #expect(throws: ProfileRejection.self) { try map.text("b") }
    #expect(throws: ProfileRejection.self) { try map.text("c") }
  }

  @Test func placesAreNamedDownToTheElement() throws {
    var map = try yaml("list:\n  - {a: 1}\n  - {a: 2, b: 3}\n")
    var items = try map.mappings("list")
    #expect(try items[0].integer("a", in: 0...9) == 1)
    try items[0].finish()
    _ = try items[1].integer("a", in: 0...9)
    #expect(throws: ProfileRejection.unknownKey(file: "f.yaml", line: 3, key: "list[1].b", known: ["a"])) {
      try items[1].finish()
    }
  }

  @Test func errorsReadLikeSentences() {
    #expect(
      ProfileRejection.missingKey(file: "a.yaml", line: 4, key: "quota").description
        == "a.yaml:4: the key 'quota' is missing"
    )
    #expect(
      ProfileRejection.unknownKey(file: "a.yaml", line: 2, key: "x", known: ["y", "z"]).description
        == "a.yaml:2: unknown key 'x'; known here: y, z"
    )
  }
}
