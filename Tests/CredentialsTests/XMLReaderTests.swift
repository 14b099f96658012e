import TestSupport
import Testing

@testable import Credentials

/// The events of a document in short, one a line: `(uri|name a=v ...`, `text`, `)depth`.
private func events(_ text: String) throws(BakingRejection) -> [String] {
  func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
  func name(_ name: XMLReader.Name) -> String {
    name.namespace.isEmpty ? string(name.local) : "\(string(name.namespace))|\(string(name.local))"
  }
  var reader = try XMLReader(Array(text.utf8))
  var lines: [String] = []
  while let event = try reader.next() {
    switch event {
    case .start(let element):
      let attributes = element.attributes.map { " \(name($0.key))=[\(string($0.value))]" }.sorted().joined()
      lines.append("(\(name(element.name))\(attributes)\(element.isEmpty ? " /" : "")")
    case .text(let bytes, _): lines.append(string(bytes).replacing("\n", with: "\\n").replacing("\t", with: "\\t"))
    case .end(let depth): lines.append(")\(depth)")
    }
  }
  return lines
}

/// What is well-formed, and what is not.
@Suite struct XMLReaderTests {
  @Test func elementsTextAndEnds() throws {
    #expect(try events("<a><b x='1'/>t<c>u</c ></a>") == ["(a", "(b x=[1] /", ")2", "t", "(c", "u", ")2", ")1"])
    #expect(try events("<?xml version=\"1.0\"?><!-- c --><a/><?p i?>\n") == ["(a /", ")1"])
    #expect(try events("<a>x<!-- - -->y<?p?>z<![CDATA[<&]]></a>") == ["(a", "x", "y", "z", "<&", ")1"])
    #expect(try events("<a><![CDATA[]]]]><![CDATA[>]]></a>") == ["(a", "]]", ">", ")1"])
  }

  @Test func namespacesHoldWhereTheyAreDeclared() throws {
    // The prefix of an element may be declared on it, in any order, and ends with it.
    #expect(
      try events("<p:a q:x='1' xmlns:q='v' xmlns:p='u'><p:b xmlns:p='w'/><p:c/></p:a>") == [
        "(u|a v|x=[1]", "(w|b /", ")2", "(u|c /", ")2", ")1",
      ]
    )
    // The default namespace is for elements only, and can be taken back.
    #expect(
      try events("<a xmlns='u' x='1'><b xmlns=''><c/></b><d/></a>") == [
        "(u|a x=[1]", "(b", "(c /", ")3", ")2", "(u|d /", ")2", ")1",
      ]
    )
    #expect(throws: BakingRejection.self) { try events("<a><b xmlns:p='u'/><p:c/></a>") }
    #expect(throws: BakingRejection.self) { try events("<a><b xmlns:p='u'></b><p:c/></a>") }
    // `xml` is bound everywhere, and may be declared as what it is.
    let xml = "http://www.w3.org/XML/1998/namespace"
    #expect(try events("<a xmlns:xml='\(xml)' xml:lang='ar'/>") == ["(a \(xml)|lang=[ar] /", ")1"])
    // Same local name, other namespace: two attributes.
    #expect(try events("<a xmlns:p='u' xmlns:q='v' x='1' p:x='2' q:x='3'/>") == ["(a u|x=[2] v|x=[3] x=[1] /", ")1"])
    #expect(try events("<a xmlns:é='u' é:ü='1'/>") == ["(a u|ü=[1] /", ")1"])
  }

  @Test func valuesAndTextAreNormalised() throws {
    #expect(try events("<a x='1\n2\t3\r\n4\r5&#10;&#9;&#x20;'/>") == ["(a x=[1 2 3 4 5\n\t ] /", ")1"])
    #expect(try events("<a>1\r\n2\r3\n&#13;</a>") == ["(a", "1\\n2\\n3\\n\r", ")1"])
    #expect(
      try events("<a x='\"&apos;' y=\"'&quot;>\">&lt;&gt;&amp;]]&gt;&#x1F600;&#38;lt;</a>") == [
        "(a x=[\"'] y=['\">]", "<>&]]>😀&lt;", ")1",
      ]
    )
    #expect(try events("<a x='&#x000041;&#0000065;'/>") == ["(a x=[AA] /", ")1"])
  }

  @Test func namesAreThoseOfTheStandard() throws {
    for name in [
      "a", "_", "a1", "a-b", "a.b", "é", "غرفة", "名", "a\u{301}", "a\u{B7}", "a\u{203F}", "\u{10000}", "\u{EFFFF}",
      "\u{200C}a",
    ] {
      #expect(throws: Never.self, "\(name.debugDescription)") { try events("<\(name)/>") }
    }
    for name in [
      "", "1", "-a", ".a", "\u{301}", "\u{B7}a", "a\u{D7}b", "a\u{37E}", "a\u{2028}b", "a\u{F0000}", "a\u{3000}",
      "a b c", "a$", "a'", "@a",
    ] {
      #expect(throws: BakingRejection.self, "\(name.debugDescription)") { try events("<\(name)/>") }
    }
  }

  @Test func whereTheFaultIs() {
    let cases: [(String, BakingRejection.Kind, Int)] = [
      ("<a>\u{1}</a>", .xmlCharacter, 3), ("<a><b></a>", .xmlNesting, 6), ("<a>&x;</a>", .xmlReference, 3),
      ("<a/>x", .trailingBytes, 4),
      ("<a/><b/>", .trailingBytes, 4), ("<a x='1' x='2'/>", .xmlDuplicateAttribute, 9),
      ("<a><p:b/></a>", .xmlNamespace, 4),
      ("<a", .xmlCutOff, 2),
      ("<a>", .xmlCutOff, 3),
    ]
    for (text, kind, offset) in cases {
      #expect(throws: BakingRejection(kind, at: offset), "\(text)") { try events(text) }
    }
    #expect(BakingRejection(.xmlNesting, at: 6).description == "xmlNesting at byte 6")
    #expect(Set(BakingRejection.Kind.allCases.map(\.rawValue)).count == BakingRejection.Kind.allCases.count)
  }
}

/// Pictures cut off or changed at every byte.
@Suite struct DamagedPictureTests {
  private static let token = Array("eyJh.eyJp.c2ln".utf8)
  private static let pieces = [
    "<", ">", "/>", "\"", "'", "=", "&", "&#", "&lt;", "]]>", "<![CDATA[", "<!--", "-->", "<?", "?>", "<!DOCTYPE",
    "xmlns:o=\"u\"", "xmlns",
    ":", "\u{301}", "é", "\0",
    "\r\n", "<openbadges:credential/>", "verify='a.b.c'", "\u{FEFF}", "{}",
  ].map { Array($0.utf8) }

  /// Whatever comes in, an answer comes out: a crash of the reader would end the test run.
  @Test(.timeLimit(.minutes(allowedMinutes(1)))) func noDamageEndsTheProcess() throws {
    var random = SeededGenerator(seed: 7)
    let plain = Array(
      """
      <?xml version='1.0'?>\n<!DOCTYPE svg>\n<svg xmlns='http://www.w3.org/2000/svg' a=\"é\"><g>t &amp; u</g><!-- c \
      --></svg>\n
      """
      .utf8
    )
    let drawings = [
      try BakingSVG.bake(.token(Self.token), into: plain),
      try BakingSVG.bake(.document(Array("{\"a\":\"]]>\"}".utf8)), into: plain),
    ]
    var answers: [String: Int] = [:]
    for round in 0..<6000 {
      var bytes = drawings[round % 2]
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let at = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? [], at: at)
        case 1: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...6, using: &random)))
        case 2 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &random)
        default: bytes = Array(bytes[..<at])
        }
      }
      do {
        answers[try Picture.read(bytes)?.content == nil ? "none" : "found", default: 0] += 1
      } catch {
        answers[error.kind.rawValue, default: 0] += 1
      }
    }
    // The damage reaches deep into the reader, and not all of it is fatal.
    #expect(answers.count > 15 && answers["found", default: 0] > 50, "\(answers)")
  }

  @Test func noDamagedChunkEndsTheProcess() throws {
    var random = SeededGenerator(seed: 11)
    func number(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
    func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
      let body = Array(type.utf8) + data
      return number(UInt32(data.count)) + body + number(CRC32.of(body[...]))
    }
    for _ in 0..<4000 {
      // Chunks that are right on their own, with what they hold and their order left to chance.
      var file = BakingPNG.signature + chunk("IHDR", number(1) + number(1) + [8, 0, 0, 0, 0])
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        let type = ["iTXt", "tEXt", "IDAT", "PLTE", "IEND", "iTXt"].randomElement(using: &random) ?? "IDAT"
        let keyword =
          Bool.random(using: &random)
          ? BakingPNG.keyword : Array(BakingPNG.keyword.prefix(Int.random(in: 0...19, using: &random)))
        let fields = (0..<Int.random(in: 0...6, using: &random)).map { _ in UInt8.random(in: 0...1, using: &random) }
        file += chunk(type, type == "IEND" ? [] : keyword + fields + (Bool.random(using: &random) ? Self.token : []))
      }
      file += chunk("IEND", [])
      if Bool.random(using: &random) { file = Array(file[..<Int.random(in: 0...file.count, using: &random)]) }
      // What is found is exactly what was put in.
      if let picture = try? Picture.read(file), let content = picture.content { #expect(content == .token(Self.token)) }
    }
  }
}
