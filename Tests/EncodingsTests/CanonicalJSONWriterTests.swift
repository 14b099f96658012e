import Encodings
import Testing

/// What is written without a tree is what the tree would have written.
@Suite struct CanonicalJSONWriterTests {
  @Test func asTheTreeWrites() throws {
    let texts = [
      "", "plain", "a \"quoted\" \\ line\n\t\u{1}", "الغرفة \u{1F58B} é", String(repeating: "x", count: 300) + "\u{7F}",
    ]
    for text in texts {
      let instant = Instant(seconds: 1_795_338_903, nanoseconds: UInt32(text.utf8.count) * 1_000)
      let tree: JSON = [
        "a": JSON(text), "b": ["c": JSON(text), "d": []], "e": [JSON(text), 7, .null], "f": JSON(instant.description),
        "g": .null, "h": 1, "i": "z",
      ]
      var out = CanonicalJSONWriter()
      out.openObject()
      out.name("a")
      out.value(text)
      out.name("b")
      out.openObject()
      out.name("c")
      out.value(Text(text))
      out.name("d")
      out.openArray()
      out.closeArray()
      out.closeObject()
      out.name("e")
      out.openArray()
      out.value(text)
      out.value(JSON.integer(7))
      out.value(JSON.null)
      out.closeArray()
      out.name("f")
      out.value(instant)
      out.name("g")
      out.value(nil as Instant?)
      out.raw(Array("\"h\":1,\"i\":\"z\"".utf8))
      out.closeObject()
      #expect(out.bytes == tree.canonical())
      #expect(try JSON.parse(out.bytes) == tree)
    }
  }

  @Test func momentsAsText() {
    for (seconds, text) in [
      (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
      (-62_167_219_200, "0000-01-01T00:00:00Z"),
      (1_709_210_096, "2024-02-29T12:34:56Z"),
    ] as [(Int64, String)] {
      #expect(Instant(seconds: seconds).description == text)
    }
    #expect(Instant(seconds: 0, nanoseconds: 120_000_000).description == "1970-01-01T00:00:00.12Z")
  }
}
