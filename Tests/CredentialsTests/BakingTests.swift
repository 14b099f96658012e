import Foundation
import TestSupport
import Testing

@testable import Credentials

private let token = Array("eyJhbGciOiJFUzI1NiJ9.eyJpZCI6IngifQ.c2ln".utf8)
private let document = Array(
  #"{"@context":["https://www.w3.org/ns/credentials/v2"],"name":"a ]]> b ]]]]>> & <c>"}"#.utf8
)

private func kind(_ body: () throws -> Any?) -> BakingRejection.Kind? {
  do {
    _ = try body()
    return nil
  } catch let error as BakingRejection { return error.kind } catch { return nil }
}

// MARK: - PNG

/// Small pictures, whole and broken.
private enum PNG {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  static func number(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

  static func chunk(_ type: String, _ data: [UInt8] = []) -> [UInt8] {
    let body = Array(type.utf8) + data
    return number(data.count) + body + number(Int(CRC32.of(body[...])))
  }

  static let header = chunk("IHDR", number(1) + number(1) + [8, 0, 0, 0, 0])
  static let imageData = chunk("IDAT", [0x78, 0x9C, 0x63, 0x60, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01])
  static let end = chunk("IEND")
  static func credential(_ text: [UInt8], keyword: String = "openbadgecredential", fields: [UInt8] = [0, 0, 0, 0, 0])
    -> [UInt8]
  {
    chunk("iTXt", Array(keyword.utf8) + fields + text)
  }
  static func file(_ chunks: [UInt8]...) -> [UInt8] { signature + chunks.joined() }
  static let plain = file(header, imageData, end)
}

/// Credentials in PNG.
@Suite struct BakingPNGTests {
  @Test func whatIsBakedComesOutAgain() throws {
    for content in [BakedContent.token(token), .document(document)] {
      let baked = try BakingPNG.bake(content, into: PNG.plain)
      #expect(try BakingPNG.extract(baked) == content)
      #expect(format(of: baked) == .png)
      #expect(kind { try BakingPNG.bake(content, into: baked) } == .alreadyBaked)
      #expect(baked.count == PNG.plain.count + 12 + 19 + 5 + content.bytes.count)
      #expect(
        baked.starts(with: PNG.signature + PNG.header)
          && baked.suffix((PNG.imageData + PNG.end).count).elementsEqual(PNG.imageData + PNG.end)
      )
    }
    #expect(
      try BakingPNG.bake(token: token, into: PNG.plain)
        == PNG.file(PNG.header, PNG.credential(token), PNG.imageData, PNG.end)
    )
  }

  @Test func aPictureWithoutACredentialIsNoFault() throws {
    #expect(try BakingPNG.extract(PNG.plain) == nil)
    let others = PNG.file(
      PNG.header,
      PNG.chunk("tEXt", Array("Comment\0openbadgecredential".utf8)),
      PNG.credential(token, keyword: "OpenBadgeCredential"),
      PNG.credential(token, keyword: "openbadgecredentials"),
      PNG.chunk("zTXt", Array("x\0\0y".utf8)),
      PNG.imageData,
      PNG.end
    )
    #expect(try BakingPNG.extract(others) == nil)
  }

  @Test func theOldKeywordIsNotedAndNotRead() throws {
    for type in ["iTXt", "tEXt"] {
      let picture = try #require(
        try Picture.read(
          PNG.file(
            PNG.header,
            PNG.chunk(type, Array("openbadges\0\0\0\0\0https://a.example/1".utf8)),
            PNG.imageData,
            PNG.end
          )
        )
      )
      #expect(picture.content == nil && picture.hasLegacyAssertion && picture.format == .png)
    }
    #expect(try Picture.read(PNG.plain)?.hasLegacyAssertion == false)
  }

  /// Attack A88, and what else can be wrong with the one chunk.
  @Test("A88 chunks of any other form") func credentialChunksOfAnyOtherForm() {
    let good = PNG.credential(token)
    let cases: [(String, [UInt8], BakingRejection.Kind)] = [
      ("two chunks", PNG.file(PNG.header, good, good, PNG.imageData, PNG.end), .severalCredentials),
      (
        "two different", PNG.file(PNG.header, good, PNG.credential(document), PNG.imageData, PNG.end),
        .severalCredentials
      ),
      ("after the image data", PNG.file(PNG.header, PNG.imageData, good, PNG.end), .credentialAfterImageData),
      (
        "second after the image data", PNG.file(PNG.header, good, PNG.imageData, good, PNG.end),
        .credentialAfterImageData
      ),
      ("after the end", PNG.plain + good, .trailingBytes),
      ("before the header", PNG.file(good, PNG.header, PNG.imageData, PNG.end), .pngOrder),
      (
        "compressed",
        PNG.file(PNG.header, PNG.credential([0x78, 0x9C], fields: [0, 1, 0, 0, 0]), PNG.imageData, PNG.end),
        .credentialCompressed
      ),
      (
        "unknown compression",
        PNG.file(PNG.header, PNG.credential(token, fields: [0, 0, 1, 0, 0]), PNG.imageData, PNG.end),
        .credentialFields
      ),
      (
        "language",
        PNG.file(PNG.header, PNG.credential(token, fields: Array("\0\0\0en\0\0".utf8)), PNG.imageData, PNG.end),
        .credentialFields
      ),
      (
        "translated keyword",
        PNG.file(PNG.header, PNG.credential(token, fields: Array("\0\0\0\0k\0".utf8)), PNG.imageData, PNG.end),
        .credentialFields
      ),
      (
        "no fields", PNG.file(PNG.header, PNG.credential([], fields: [0, 0]), PNG.imageData, PNG.end), .credentialFields
      ),
      (
        "keyword alone", PNG.file(PNG.header, PNG.credential([], fields: []), PNG.imageData, PNG.end), .credentialFields
      ),
      ("empty text", PNG.file(PNG.header, PNG.credential([]), PNG.imageData, PNG.end), .contentMissing),
      (
        "an address", PNG.file(PNG.header, PNG.credential(Array("https://a.example/1".utf8)), PNG.imageData, PNG.end),
        .contentUnknown
      ),
      ("two parts", PNG.file(PNG.header, PNG.credential(Array("aa.bb".utf8)), PNG.imageData, PNG.end), .contentUnknown),
      (
        "four parts", PNG.file(PNG.header, PNG.credential(token + Array(".x".utf8)), PNG.imageData, PNG.end),
        .contentUnknown
      ),
      (
        "empty signature", PNG.file(PNG.header, PNG.credential(Array("aa.bb.".utf8)), PNG.imageData, PNG.end),
        .contentUnknown
      ),
      ("white space", PNG.file(PNG.header, PNG.credential(token + [0x0A]), PNG.imageData, PNG.end), .contentUnknown),
      ("NUL in the text", PNG.file(PNG.header, PNG.credential(token + [0]), PNG.imageData, PNG.end), .contentUnknown),
      (
        "bad UTF-8",
        PNG.file(PNG.header, PNG.credential(Array("{\"".utf8) + [0xFF] + Array("\"}".utf8)), PNG.imageData, PNG.end),
        .contentUnknown
      ),
      (
        "too long",
        PNG.file(PNG.header, PNG.credential(token + [UInt8](repeating: 0x41, count: 16 << 10)), PNG.imageData, PNG.end),
        .contentTooLarge
      ),
      (
        "tEXt", PNG.file(PNG.header, PNG.chunk("tEXt", BakingPNG.keyword + [0] + token), PNG.imageData, PNG.end),
        .credentialInOtherChunk
      ),
      (
        "zTXt", PNG.file(PNG.header, PNG.chunk("zTXt", BakingPNG.keyword + [0, 0, 0x78]), PNG.imageData, PNG.end),
        .credentialInOtherChunk
      ),
    ]
    for (name, file, expected) in cases { #expect(kind { try BakingPNG.extract(file) } == expected, "\(name)") }
  }

  @Test func brokenFiles() {
    let huge = [UInt8](repeating: 0, count: BakingPNG.maxBytes)
    let twoGiB: [UInt8] = [0x7F, 0xFF, 0xFF, 0xFF] + PNG.credential(token).dropFirst(4)
    let fourGiB: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF] + PNG.credential(token).dropFirst(4)
    var wrongSum = PNG.credential(token)
    wrongSum[wrongSum.count - 1] ^= 1
    let many = [UInt8](
      PNG.signature + PNG.header + (0..<1100).flatMap { _ in PNG.chunk("tEXt", [0x61, 0]) } + PNG.imageData + PNG.end
    )
    let cases: [(String, [UInt8], BakingRejection.Kind)] = [
      ("empty", [], .notAPicture), ("cut signature", Array(PNG.signature.prefix(7)), .notAPicture),
      ("signature alone", PNG.signature, .pngCutOff), ("no end", PNG.file(PNG.header, PNG.imageData), .pngCutOff),
      ("2 GiB", PNG.file(PNG.header, twoGiB, PNG.imageData, PNG.end), .pngChunkLength),
      ("4 GiB", PNG.file(PNG.header, fourGiB, PNG.imageData, PNG.end), .pngChunkLength),
      ("checksum", PNG.file(PNG.header, wrongSum, PNG.imageData, PNG.end), .pngChecksum),
      ("HTML behind", PNG.plain + Array("<html>".utf8), .trailingBytes),
      ("one byte behind", PNG.plain + [0], .trailingBytes),
      ("too large", PNG.signature + huge, .pictureTooLarge), ("too many chunks", many, .pngTooManyChunks),
      ("two headers", PNG.file(PNG.header, PNG.header, PNG.imageData, PNG.end), .pngOrder),
      ("no image data", PNG.file(PNG.header, PNG.end), .pngNoImageData),
      (
        "image data in two runs",
        PNG.file(PNG.header, PNG.imageData, PNG.chunk("tEXt", [0x61, 0]), PNG.imageData, PNG.end), .pngOrder
      ),
      ("late palette", PNG.file(PNG.header, PNG.imageData, PNG.chunk("PLTE", [0, 0, 0]), PNG.end), .pngOrder),
      ("unknown critical chunk", PNG.file(PNG.header, PNG.chunk("ABCD"), PNG.imageData, PNG.end), .pngChunkType),
      ("type no letters", PNG.file(PNG.header, PNG.chunk("tE1t"), PNG.imageData, PNG.end), .pngChunkType),
      ("reserved bit", PNG.file(PNG.header, PNG.chunk("text"), PNG.imageData, PNG.end), .pngChunkType),
      ("end with data", PNG.file(PNG.header, PNG.imageData, PNG.chunk("IEND", [0])), .pngChunkLength),
      (
        "no width",
        PNG.file(PNG.chunk("IHDR", PNG.number(0) + PNG.number(1) + [8, 0, 0, 0, 0]), PNG.imageData, PNG.end), .pngHeader
      ),
      (
        "negative height",
        PNG.file(PNG.chunk("IHDR", PNG.number(1) + PNG.number(1 << 31) + [8, 0, 0, 0, 0]), PNG.imageData, PNG.end),
        .pngHeader
      ),
      (
        "depth and colour",
        PNG.file(PNG.chunk("IHDR", PNG.number(1) + PNG.number(1) + [4, 2, 0, 0, 0]), PNG.imageData, PNG.end), .pngHeader
      ),
      ("short header", PNG.file(PNG.chunk("IHDR", [0, 0, 0, 1]), PNG.imageData, PNG.end), .pngHeader),
    ]
    for (name, file, expected) in cases { #expect(kind { try BakingPNG.extract(file) } == expected, "\(name)") }
  }

  @Test func everyFlippedBitAndEveryCutIsSeen() throws {
    let baked = try BakingPNG.bake(token: token, into: PNG.plain)
    for byte in baked.indices {
      for bit in 0..<8 {
        var flipped = baked
        flipped[byte] ^= 1 << bit
        #expect(throws: BakingRejection.self) { try BakingPNG.extract(flipped) }
      }
      #expect(throws: BakingRejection.self) { try BakingPNG.extract(Array(baked[..<byte])) }
    }
  }

  @Test func theChecksumIsTheOneOfTheStandard() {
    #expect(CRC32.of(Array("123456789".utf8)[...]) == 0xCBF4_3926)
    #expect(CRC32.of(Array("IEND".utf8)[...]) == 0xAE42_6082)
    #expect(CRC32.of([]) == 0)
  }

  @Test func nothingIsBakedThatWouldNotBeRead() {
    for bad in [[], Array("a.b".utf8), Array("https://a.example/".utf8), token + [0x22]] {
      #expect(kind { try BakingPNG.bake(token: bad, into: PNG.plain) } != nil)
    }
    #expect(kind { try BakingPNG.bake(token: document, into: PNG.plain) } == .contentUnknown)
    #expect(kind { try BakingPNG.bake(token: token, into: Array(PNG.plain.dropLast())) } == .pngCutOff)
    #expect(kind { try Picture.bake(.token(token), into: Array("GIF89a".utf8)) } == .notAPicture)
  }
}

// MARK: - SVG

private let namespaces = #"xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0""#
private let tokenText = String(decoding: token, as: UTF8.self)
private func svg(_ inner: String, root: String = namespaces) -> [UInt8] {
  Array("<svg \(root) viewBox=\"0 0 1 1\">\(inner)</svg>".utf8)
}
private let good = "<openbadges:credential verify=\"\(tokenText)\"></openbadges:credential>"

/// Credentials in SVG.
@Suite struct BakingSVGTests {
  @Test func whatIsBakedComesOutAgain() throws {
    let plain = Array(
      """
      <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox='0 0 1 \
      1'><title>غرفة</title></svg>\n
      """
      .utf8
    )
    for content in [
      BakedContent.token(token), .document(document), .document(Array("{}".utf8)),
      .document(Array("{\"a\":\"]\"}".utf8)),
    ] {
      let baked = try BakingSVG.bake(content, into: plain)
      #expect(try BakingSVG.extract(baked) == content)
      #expect(format(of: baked) == .svg)
      #expect(kind { try BakingSVG.bake(content, into: baked) } == .alreadyBaked)
    }
    let text = String(decoding: try BakingSVG.bake(token: token, into: plain), as: UTF8.self)
    #expect(
      text.contains(
        """
        <svg xmlns:openbadges=\"https://purl.imsglobal.org/ob/v3p0\" xmlns=\"http://www.w3.org/2000/svg\" viewBox='0 0 \
        1 1'>\(good)<title>
        """
      )
    )
    #expect(try BakingSVG.extract(plain) == nil)
  }

  @Test func theNamespaceIsDeclaredOnceOrNotAtAll() throws {
    let declared = svg("<g/>")
    let baked = String(decoding: try BakingSVG.bake(token: token, into: declared), as: UTF8.self)
    #expect(baked.components(separatedBy: "xmlns:openbadges").count == 2)
    let taken = svg("<g/>", root: #"xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://a.example/""#)
    #expect(kind { try BakingSVG.bake(token: token, into: taken) } == .svgPrefixTaken)
    #expect(
      kind { try BakingSVG.bake(token: token, into: Array("<svg xmlns=\"http://www.w3.org/2000/svg\"/>".utf8)) }
        == .svgRoot
    )
    // JSON may hold what XML may not.
    #expect(kind { try BakingSVG.bake(.document(Array("{\"a\":\"\u{FFFE}\"}".utf8)), into: declared) } == .xmlCharacter)
  }

  @Test func otherSpellingsOfTheSame() throws {
    let ns = "https://purl.imsglobal.org/ob/v3p0"
    let cases: [(String, [UInt8])] = [
      ("as ours", svg(good)),
      (
        "other prefix",
        svg("<b:credential verify='\(tokenText)'/>", root: "xmlns='http://www.w3.org/2000/svg' xmlns:b='\(ns)'")
      ),
      ("default namespace", svg("<credential xmlns='\(ns)' verify='\(tokenText)'/>")),
      (
        "declared on the element",
        svg(
          "<x:credential xmlns:x=\"\(ns)\" verify=\"\(tokenText)\"></x:credential >",
          root: "xmlns=\"http://www.w3.org/2000/svg\""
        )
      ),
      (
        "prefix for SVG",
        Array(
          "<s:svg xmlns:s='http://www.w3.org/2000/svg' xmlns='\(ns)'><s:g/><credential verify='\(tokenText)'/></s:svg>"
            .utf8
        )
      ),
      ("not the first child", svg("<title>x</title>\n<g><rect/></g>" + good)),
      (
        "rebound inside", svg("<g xmlns:openbadges='https://a.example/'><openbadges:credential verify='x'/></g>" + good)
      ),
      ("references in the value", svg(good.replacingOccurrences(of: "eyJhbGci", with: "&#x65;&#121;JhbGci"))),
      ("references in the namespace", svg(good, root: namespaces.replacingOccurrences(of: "v3p0", with: "v3&#112;0"))),
      ("other attributes", svg(good.replacingOccurrences(of: " verify", with: " id='a' openbadges:verify='b' verify"))),
      ("white space between the tags", svg(good.replacingOccurrences(of: "></", with: ">\n <!-- x --> </"))),
      ("byte order mark", [0xEF, 0xBB, 0xBF] + svg(good)),
      ("declaration", Array("<?xml version='1.0' encoding='utf-8' standalone='no'?>".utf8) + svg(good)),
      ("doctype", Array("<!DOCTYPE svg>".utf8) + svg(good)),
      (
        "old doctype, never fetched",
        Array("<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\"\n \"http://127.0.0.1:9/svg11.dtd\" >\n".utf8)
          + svg(good)
      ),
      (
        "comments and instructions",
        Array("<!-- a --><?xml-stylesheet href='x'?>\n".utf8) + svg(good + "<?php x ?>") + Array("\n<!-- b -->\n".utf8)
      ),
      ("CDATA elsewhere", svg("<style><![CDATA[ <openbadges:credential verify='x'/> ]]></style>" + good)),
    ]
    for (name, file) in cases {
      do {
        #expect(try BakingSVG.extract(file) == .token(token), "\(name)")
      } catch {
        Issue.record("\(name): \(error)")
      }
    }
  }

  @Test func embeddedProofs() throws {
    let json = "{\"a\": \"<b> & ]]> c\"}"
    let forms = [
      "<![CDATA[" + json.replacingOccurrences(of: "]]>", with: "]]]]><![CDATA[>") + "]]>",
      "{\"a\": \"&lt;b> &amp; ]]&gt; c\"}",
      "{\"a\": <![CDATA[\"<b> & ]]]]>&gt; c\"<!-- -->}",
    ]
    for form in forms {
      #expect(
        try BakingSVG.extract(svg("<openbadges:credential>\(form)</openbadges:credential>"))
          == .document(Array(json.utf8))
      )
    }
    let spaced = try BakingSVG.extract(svg("<openbadges:credential>\r\n<![CDATA[\r{}\r\n]]>\n</openbadges:credential>"))
    #expect(spaced == .document(Array("\n\n{}\n\n".utf8)))
  }

  @Test func whatIsNotACredential() throws {
    let cases: [(String, [UInt8])] = [
      (
        "other namespace, our prefix",
        svg(good, root: #"xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://a.example/""#)
      ),
      ("namespace with a slash", svg(good, root: namespaces.replacingOccurrences(of: "v3p0\"", with: "v3p0/\""))),
      ("namespace in other case", svg(good, root: namespaces.replacingOccurrences(of: "purl", with: "PURL"))),
      ("other element", svg(good.replacingOccurrences(of: "credential", with: "Credential"))),
      ("no prefix", svg("<credential verify='\(tokenText)'/>")),
      ("in a comment", svg("<!-- \(good) -->")), ("in CDATA", svg("<text><![CDATA[\(good)]]></text>")),
      ("as text", svg("<text>&lt;openbadges:credential/></text>")),
    ]
    for (name, file) in cases {
      do {
        #expect(try BakingSVG.extract(file) == nil, "\(name)")
      } catch {
        Issue.record("\(name): \(error)")
      }
    }
    let legacy = try #require(
      try Picture.read(svg("<o:assertion xmlns:o='http://openbadges.org' verify='https://a.example/'/>"))
    )
    #expect(legacy.content == nil && legacy.hasLegacyAssertion && legacy.format == .svg)
  }

  @Test func credentialsOfAnyOtherForm() {
    let open = "<openbadges:credential"
    let close = "</openbadges:credential>"
    let cases: [(String, String, BakingRejection.Kind)] = [
      ("two", good + good, .severalCredentials),
      (
        "two with other prefixes", good + "<credential xmlns='https://purl.imsglobal.org/ob/v3p0' verify='a.b.c'/>",
        .severalCredentials
      ),
      ("deeper", "<g>\(good)</g>", .credentialMisplaced),
      ("second one deeper", good + "<g>\(good)</g>", .credentialMisplaced),
      ("nested", "\(open) verify='a.b.c'>\(good)\(close)", .credentialHasElements),
      ("element inside", "\(open)><b/>{}\(close)", .credentialHasElements),
      ("empty", "\(open)/>", .contentMissing), ("spaces", "\(open)> \n\(close)", .contentMissing),
      ("empty verify", "\(open) verify=''/>", .contentMissing),
      ("both", "\(open) verify='a.b.c'>{}\(close)", .credentialTwice),
      ("token as text", "\(open)>\(tokenText)\(close)", .contentUnknown),
      ("JSON as verify", "\(open) verify='{}'/>", .contentUnknown),
      ("an address", "\(open) verify='https://a.example/'/>", .contentUnknown),
      ("spaces around", "\(open) verify=' \(tokenText) '/>", .contentUnknown),
      ("verify in a namespace", "\(open) openbadges:verify='a.b.c'/>", .contentMissing),
      ("accent in the token", "\(open) verify='a.b\u{301}.c'/>", .contentUnknown),
      ("too long", "\(open) verify='a.b.\(String(repeating: "c", count: 16 << 10))'/>", .contentTooLarge),
      ("verify twice", "\(open) verify='a.b.c' verify='a.b.c'/>", .xmlDuplicateAttribute),
      ("twice by namespace", "<g xmlns:a='u' xmlns:b='u' a:x='1' b:x='2'/>", .xmlDuplicateAttribute),
      ("namespace declared twice", "<g xmlns:a='u' xmlns:a='u'/>", .xmlDuplicateAttribute),
    ]
    for (name, inner, expected) in cases { #expect(kind { try BakingSVG.extract(svg(inner)) } == expected, "\(name)") }
  }

  @Test func xmlThatIsNotWellFormed() {
    let cases: [(String, String, BakingRejection.Kind)] = [
      ("accent after a quote", "<g a=\"1\"\u{301} b=\"2\"/>", .xmlAttribute),
      ("accent after a name", "<g\u{301} a='1'></g>", .xmlNesting),
      ("accent after <", "<\u{301}g/>", .xmlName), ("accent after a colon", "<openbadges:\u{301}g/>", .xmlName),
      ("joiner after a quote", "<g a='1'\u{200D}/>", .xmlAttribute),
      ("crossed tags", "<a><b></a></b>", .xmlNesting),
      ("other prefix at the end", "<g xmlns:a='u' xmlns:b='u'><a:x></b:x></g>", .xmlNesting),
      ("end too many", "</svg></g>", .xmlNesting), ("unquoted value", "<g a=1/>", .xmlAttribute),
      ("no value", "<g a/>", .xmlAttribute),
      ("no space between", "<g a='1'b='2'/>", .xmlAttribute), ("< in a value", "<g a='<'/>", .xmlAttribute),
      ("slash inside", "<g / a='1'>", .xmlMarkup),
      ("]]> in text", "<g>]]></g>", .xmlMarkup), ("-- in a comment", "<!-- a -- b -->", .xmlMarkup),
      ("---> in a comment", "<!-- a --->", .xmlMarkup),
      ("open comment", "<!-- a", .xmlCutOff), ("open CDATA", "<![CDATA[ a", .xmlCutOff),
      ("open instruction", "<?a b", .xmlCutOff),
      ("open value", "<g a='1", .xmlAttribute), ("open tag", "<g a='1' ", .xmlName),
      ("declaration inside", "<?xml version='1.0'?>", .xmlDeclaration),
      ("its name in capitals", "<?XML x?>", .xmlDeclaration),
      ("unknown entity", "<g a='&nbsp;'/>", .xmlReference), ("bare ampersand", "<g>a & b</g>", .xmlReference),
      ("no semicolon", "<g>&lt</g>", .xmlReference),
      ("entity in capitals", "&LT;", .xmlReference), ("NUL by number", "&#0;", .xmlReference),
      ("control by number", "&#x1B;", .xmlReference), ("surrogate", "&#xD800;", .xmlReference),
      ("beyond Unicode", "&#x110000;", .xmlReference), ("overflow", "&#99999999999;", .xmlReference),
      ("no digits", "&#x;", .xmlReference),
      ("capital X", "&#X41;", .xmlReference),
      ("sign", "&#+65;", .xmlReference), ("hex in decimal", "&#6a;", .xmlReference),
      ("U+FFFE by number", "&#xFFFE;", .xmlReference),
      ("unbound prefix", "<a:g/>", .xmlNamespace), ("unbound attribute", "<g a:b='1'/>", .xmlNamespace),
      ("prefix undeclared", "<g xmlns:openbadges=''/>", .xmlNamespace),
      ("xmlns as prefix", "<g xmlns:xmlns='u'/>", .xmlNamespace), ("xml rebound", "<g xmlns:xml='u'/>", .xmlNamespace),
      ("xml under another name", "<g xmlns:a='http://www.w3.org/XML/1998/namespace'/>", .xmlNamespace),
      ("two colons", "<openbadges:a:b/>", .xmlName), ("colon first", "<:a/>", .xmlName),
      ("colon last", "<openbadges:/>", .xmlName),
      ("digit first", "<1a/>", .xmlName), ("digit after colon", "<openbadges:1/>", .xmlName),
      ("doctype inside", "<!DOCTYPE svg>", .xmlDoctype), ("lower case cdata", "<![cdata[x]]>", .xmlDoctype),
      ("NUL", "\0", .xmlCharacter), ("escape", "\u{1B}", .xmlCharacter), ("U+FFFF", "\u{FFFF}", .xmlCharacter),
    ]
    for (name, inner, expected) in cases { #expect(kind { try BakingSVG.extract(svg(inner)) } == expected, "\(name)") }
    #expect(
      kind { try BakingSVG.extract(svg("<g xml:space='preserve' data-a='\u{FFFD}' \u{E9}='1' b=\"\u{301}\"/>\u{301}")) }
        == nil
    )
  }

  @Test("A90 files that are two things") func filesThatAreSomethingElse() {
    let plain = String(decoding: svg(good), as: UTF8.self)
    let cases: [(String, [UInt8], BakingRejection.Kind)] = [
      ("empty", [], .notAPicture), ("text", Array("hello".utf8), .notAPicture), ("only spaces", [0x20], .notAPicture),
      ("only a comment", Array("<!-- -->".utf8), .xmlCutOff),
      ("HTML", Array("<html><body/></html>".utf8), .svgRoot), ("no namespace", Array("<svg/>".utf8), .svgRoot),
      ("svg of another namespace", Array("<svg xmlns='https://a.example/'/>".utf8), .svgRoot),
      ("reference for white space in front", Array("<!-- -->&#10;".utf8) + svg(good), .xmlMarkup),
      ("reference for white space behind", svg(good) + Array("&#10;".utf8), .trailingBytes),
      ("second root", Array((plain + "<svg/>").utf8), .trailingBytes),
      ("text behind", Array((plain + "x").utf8), .trailingBytes),
      ("reference behind", Array((plain + "&#32;x").utf8), .trailingBytes),
      ("ZIP behind", svg(good) + [0x50, 0x4B, 0x03, 0x04, 0, 0], .xmlCharacter),
      ("CDATA behind", Array((plain + "<![CDATA[ ]]>").utf8), .xmlMarkup),
      ("text in front", Array(("<!-- --> x" + plain).utf8), .xmlMarkup),
      ("cut", Array(plain.utf8.dropLast(3)), .xmlCutOff),
      ("space before the declaration", Array((" <?xml version='1.0'?>" + plain).utf8), .xmlDeclaration),
      ("version 1.1", Array(("<?xml version='1.1'?>" + plain).utf8), .xmlDeclaration),
      ("no version", Array(("<?xml encoding='UTF-8'?>" + plain).utf8), .xmlDeclaration),
      ("other encoding", Array(("<?xml version='1.0' encoding='ISO-8859-1'?>" + plain).utf8), .xmlDeclaration),
      ("UTF-7", Array(("<?xml version='1.0' encoding='UTF-7'?>" + plain).utf8), .xmlDeclaration),
      ("order", Array(("<?xml version='1.0' standalone='yes' encoding='UTF-8'?>" + plain).utf8), .xmlDeclaration),
      ("twice", Array(("<?xml version='1.0' version='1.0'?>" + plain).utf8), .xmlDeclaration),
      (
        "UTF-16", [0xFF, 0xFE] + Array(plain.utf16).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] },
        .notAPicture
      ),
      ("bad UTF-8", Array("<svg a='".utf8) + [0xC0, 0xAF] + Array("'/>".utf8), .xmlNotUTF8),
      ("internal subset", Array(("<!DOCTYPE svg [<!ENTITY a 'b'>]>" + plain).utf8), .xmlDoctype),
      ("public identifier", Array(("<!DOCTYPE svg PUBLIC '<' 'a'>" + plain).utf8), .xmlDoctype),
      ("encoding that is none", Array(("<?xml version='1.0' encoding='UTF8'?>" + plain).utf8), .xmlDeclaration),
      ("two doctypes", Array(("<!DOCTYPE svg><!DOCTYPE svg>" + plain).utf8), .xmlDoctype),
      (
        "external entity", Array(("<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + plain).utf8), .xmlDoctype
      ),
      ("doctype without a name", Array(("<!DOCTYPE>" + plain).utf8), .xmlDoctype),
      ("half a public identifier", Array(("<!DOCTYPE svg PUBLIC 'a'>" + plain).utf8), .xmlDoctype),
    ]
    for (name, file, expected) in cases { #expect(kind { try BakingSVG.extract(file) } == expected, "\(name)") }
    #expect(
      format(of: Array(plain.utf8)) == .svg && format(of: Array("<html/>".utf8)) == nil
        && format(of: []) == nil
    )
  }

  @Test(.timeLimit(.minutes(allowedMinutes(1)))) func bombsEndQuickly() {
    let laughs = "<!DOCTYPE svg [<!ENTITY a 'ha'>" + (0..<20).map { "<!ENTITY a\($0) '&a;&a;&a;'>" }.joined() + "]>"
    let deep = String(repeating: "<g>", count: 60_000)
    let wide = (0..<200).map { " a\($0)='1'" }.joined()
    let spaces = (0..<200).map { "<g xmlns:a\($0)='u'>" }.joined()
    let cases: [(String, [UInt8], BakingRejection.Kind)] = [
      ("billion laughs", Array(laughs.utf8) + svg("&a19;"), .xmlDoctype), ("deep", svg(deep), .xmlTooDeep),
      ("just too deep", svg(String(repeating: "<g>", count: 64) + String(repeating: "</g>", count: 64)), .xmlTooDeep),
      ("attributes", svg("<g\(wide)/>"), .xmlTooManyAttributes), ("namespaces", svg(spaces), .xmlTooDeep),
      (
        "namespaces on few elements",
        svg((0..<3).map { n in "<g" + (0..<60).map { " xmlns:a\(n)x\($0)='u'" }.joined() + ">" }.joined()),
        .xmlTooManyNamespaces
      ),
      ("too large", svg(String(repeating: " ", count: 256 << 10)), .pictureTooLarge),
    ]
    for (name, file, expected) in cases { #expect(kind { try BakingSVG.extract(file) } == expected, "\(name)") }
    let level63 = svg(String(repeating: "<g>", count: 63) + String(repeating: "</g>", count: 63))
    #expect(kind { try BakingSVG.extract(level63) } == nil)
    // As many elements, and as many references, as fit.
    #expect(kind { try BakingSVG.extract(svg(String(repeating: "<openbadges:a/>", count: 17_000))) } == nil)
    #expect(kind { try BakingSVG.extract(svg(String(repeating: "&lt;", count: 65_000))) } == nil)
  }

  @Test func noCutAndNoFlippedByteIsTakenForTheSame() throws {
    let baked = svg(good)
    for byte in baked.indices {
      #expect(throws: BakingRejection.self) { try BakingSVG.extract(Array(baked[..<byte])) }
      for bit in 0..<8 {
        var flipped = baked
        flipped[byte] ^= 1 << bit
        // Never a crash; never the same token from a changed token.
        let found = try? BakingSVG.extract(flipped)
        let inToken = String(decoding: baked[..<byte], as: UTF8.self).contains("verify=\"") && byte < baked.count - 33
        #expect(!inToken || found != .token(token), "byte \(byte) bit \(bit)")
      }
    }
  }
}

// MARK: - Vectors

/// Pictures that other people baked.
@Suite struct BakedVectorTests {
  @Test func picturesOfTheWorkedExample() throws {
    guard let folder = VectorSet.folder("worked-example") else { return }
    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: name))) }
    func trimmed(_ name: String) throws -> [UInt8] { Array(try bytes(name).reversed().drop { $0 == 0x0A }.reversed()) }
    let openBadge = BakedContent.token(try trimmed("credential-ob.jwt"))
    let primary = BakedContent.token(try trimmed("credential.vc+jwt"))
    let cases: [(String, Picture.Format, BakedContent?)] = [
      ("badge-ob-rs256.png", .png, openBadge), ("badge-ob-rs256.svg", .svg, openBadge),
      ("badge-vcjwt-es256.svg", .svg, primary),
      ("badge-embedded-proof.png", .png, nil),
    ]
    for (name, format, expected) in cases {
      let picture = try #require(try Picture.read(try bytes(name)), "\(name)")
      #expect(picture.format == format && !picture.hasLegacyAssertion)
      let content = try #require(picture.content)
      if let expected { #expect(content == expected, "\(name)") }
      // The same file again when the credential is taken out and baked in by us.
      guard format == .png else { continue }
      let file = try bytes(name)
      let length = 12 + 24 + content.bytes.count
      let bare = Array(file[..<33]) + Array(file[(33 + length)...])
      #expect(try BakingPNG.extract(bare) == nil)
      #expect(try BakingPNG.bake(content, into: bare) == file)
    }
    let embedded = try #require(try Picture.read(try bytes("badge-embedded-proof.png"))?.content)
    guard case .document(let json) = embedded else {
      Issue.record("not a document")
      return
    }
    let same = try JSONSerialization.jsonObject(with: Data(json)) as? NSDictionary
    #expect(
      same
        == (try JSONSerialization.jsonObject(with: Data(try bytes("credential-eddsa-jcs-2022.json"))) as? NSDictionary)
    )
    VectorSet.ran("worked-example pictures", cases: cases.count, passed: cases.count)
  }

  /// What other programs think of our files, where they are installed.
  @Test func otherReadersAcceptWhatWeBake() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "khatm-baking-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let png = folder.appending(path: "a.png")
    let drawing = folder.appending(path: "a.svg")
    try Data(try BakingPNG.bake(.document(document), into: PNG.plain)).write(to: png)
    try Data(try BakingSVG.bake(.document(document), into: svg("<g/>"))).write(to: drawing)
    for (tool, arguments) in [
      ("/usr/bin/pngcheck", ["-q", png.path]), ("/usr/bin/xmllint", ["--noout", "--nonet", drawing.path]),
    ] {
      guard FileManager.default.isExecutableFile(atPath: tool) else {
        print("skipped: \(tool) (not installed)")
        continue
      }
      let process = try Process.run(URL(filePath: tool), arguments: arguments)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(tool)")
    }
  }
}
