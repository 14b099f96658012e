import Foundation
import TestSupport
import Testing

@testable import Storefronts

/// How a page's bytes are read.
@Suite struct HTMLCharsetTests {
  private func decode(_ bytes: [UInt8], header: String? = nil) throws -> (String, String) {
    let (text, charset) = try HTMLCharset.decode(bytes, headerCharset: header)
    return (String(decoding: text, as: UTF8.self), charset)
  }

  @Test func order() throws {
    let meta = Array("<meta charset=windows-1256>\u{E9}".utf8)
    #expect(try decode([0xEF, 0xBB, 0xBF] + meta, header: "windows-1252").1 == "UTF-8")
    #expect(try decode(meta, header: " \"UTF-8\" ").1 == "UTF-8")
    #expect(try decode(meta).1 == "windows-1256")
    #expect(try decode(meta, header: "").1 == "windows-1256")
    #expect(try decode(Array("\u{E9}".utf8)).1 == "UTF-8")
    #expect(try decode([0xE9]) == ("\u{E9}", "windows-1252"))
    // Only the first 1,024 bytes are searched.
    #expect(
      try decode(Array((String(repeating: " ", count: 996) + "<meta charset=windows-1256>").utf8)).1 == "windows-1256"
    )
    #expect(try decode(Array((String(repeating: " ", count: 1_024) + "<meta charset=windows-1256>").utf8)).1 == "UTF-8")
  }

  @Test(arguments: [
    "utf-7", "iso-2022-jp", "iso-2022-kr", "iso-2022-cn", "utf-16", "koi8-r", "hz-gb-2312", "x-unknown",
  ])
  func unsupported(label: String) {
    #expect(throws: PageRejection.self) { try decode(Array("x".utf8), header: label) }
    #expect(PageRejection.charsetUnsupported(label).code == "charset_unsupported")
  }

  @Test func unsupportedMarks() {
    #expect(throws: PageRejection.charsetUnsupported("utf-16")) { try decode([0xFE, 0xFF, 0, 0x3C]) }
    #expect(throws: PageRejection.charsetUnsupported("utf-16")) { try decode([0xFF, 0xFE, 0x3C, 0]) }
    #expect(throws: PageRejection.charsetUnsupported("utf-7")) { try decode(Array("<meta charset=utf-7>".utf8)) }
    #expect(throws: Never.self) { try decode(Array("<meta charset=utf-16>".utf8)) }
  }

  @Test func singleBytes() throws {
    #expect(try decode([0x80, 0x81, 0xE9, 0xFF], header: "iso-8859-1").0 == "€\u{81}éÿ")
    #expect(try decode([0xDB, 0xD1, 0xDD, 0xC9], header: "windows-1256").0 == "\u{63A}\u{631}\u{641}\u{629}")
    #expect(try decode([0xDA, 0xC7, 0xE4, 0xA1], header: "iso-8859-6").0 == "\u{63A}\u{627}\u{644}\u{FFFD}")
    for table in [HTMLCharsetTables.windows1252, HTMLCharsetTables.windows1256, HTMLCharsetTables.iso88596] {
      #expect(table.count == 128)
    }
  }

  @Test func multiByte() throws {
    #expect(try decode([0xD6, 0xD0, 0xB9, 0xFA], header: "gb2312").0 == "中国")
    #expect(try decode([0x81, 0x30, 0x81, 0x30, 0x94, 0x39, 0xDA, 0x33], header: "gb18030").0 == "\u{80}\u{1F4A9}")
    #expect(try decode([0xA4, 0xA4, 0xA4, 0xE5], header: "big5").0 == "中文")
    #expect(try decode([0x93, 0xFA, 0x96, 0x7B, 0x5C], header: "shift_jis").0 == "日本\\")
    #expect(try decode([0xC7, 0xD1, 0xB1, 0xDB], header: "euc-kr").0 == "한글")
    // More than one block of output.
    let long = Array(repeating: [0xD6, 0xD0] as [UInt8], count: 100_000).flatMap { $0 }
    #expect(try decode(long, header: "gbk").0.utf8.count == 300_000)
  }

  /// Random bytes, and each pair behind a lead: the tables say what the system says of each sequence by itself.
  @Test(arguments: [("gb18030", "GB18030"), ("big5", "BIG5-HKSCS"), ("shift_jis", "CP932"), ("euc-kr", "CP949")])
  func tablesAgreeWithTheSystem(charset: String, system: String) throws {
    var random = SeededGenerator(seed: 91)
    var inputs: [[UInt8]] = (0x80...0xFF).map { lead in (0x20...0xFF).flatMap { [UInt8(lead), UInt8($0), 0x2E] } }
    for _ in 0..<20 {
      inputs.append(
        (0..<400).map { _ in UInt8.random(in: Bool.random(using: &random) ? 0x80...0xFF : 0x20...0xFF, using: &random) }
      )
      inputs.append((0..<400).map { UInt8.random(in: $0 % 2 == 0 ? 0x81...0xFE : 0x30...0x39, using: &random) })
    }
    let converter = iconv_open("UTF-8", system)
    defer { iconv_close(converter) }
    for (number, input) in inputs.enumerated() {
      let (text, _) = try HTMLCharset.decode(input, headerCharset: charset)
      let expected = bySystem(input, converter)
      let place = zip(text, expected).enumerated().first { $1.0 != $1.1 }?.offset
      #expect(place == nil && text.count == expected.count, "input \(number) differs at byte \(place ?? -1)")
    }
  }

  @Test func repairAgreesWithTheStandardLibrary() {
    var random = SeededGenerator(seed: 92)
    for _ in 0..<2_000 {
      let bytes = (0..<40).map { _ in
        [0x41, 0x80, 0xA0, 0xBF, 0xC1, 0xC3, 0xD8, 0xE0, 0xE2, 0xED, 0xF0, 0xF1, 0xF4, 0xF5].randomElement(
          using: &random
        )! as UInt8
      }  // the list is not empty
      #expect(HTMLCharset.repaired(bytes) == Array(String(decoding: bytes, as: UTF8.self).utf8), "\(bytes)")
    }
  }

  /// The shortest sequence at each place that the system converts whole, alone and from its first state; else U+FFFD
  /// for one byte. (In a stream, glibc passes over both bytes of some pairs that mean nothing, and reports the place
  /// behind them.)
  private func bySystem(_ body: [UInt8], _ converter: iconv_t?) -> [UInt8] {
    var out: [UInt8] = []
    var at = 0
    places: while at < body.count {
      for length in [1, 2, 4] where at + length <= body.count {
        var input = body[at..<(at + length)].map { CChar(bitPattern: $0) }
        var chunk = [CChar](repeating: 0, count: 32)
        let made = input.withUnsafeMutableBufferPointer { input in
          chunk.withUnsafeMutableBufferPointer { chunk -> [UInt8]? in
            var source = input.baseAddress
            var left = input.count
            var target = chunk.baseAddress
            var room = chunk.count
            iconv(converter, nil, nil, nil, nil)
            guard iconv(converter, &source, &left, &target, &room) != -1,
              iconv(converter, nil, nil, &target, &room) != -1, left == 0
            else { return nil }
            return chunk.prefix(chunk.count - room).map { UInt8(bitPattern: $0) }
          }
        }
        if let made, !made.isEmpty {
          out += made
          at += length
          continue places
        }
      }
      out += [0xEF, 0xBF, 0xBD]
      at += 1
    }
    return out
  }

  /// A lead byte must not swallow the markup behind it.
  @Test(arguments: ["utf-8", "gbk", "gb18030", "big5", "shift_jis", "euc-kr", "windows-1256", "iso-8859-6"])
  func brokenSequences(charset: String) throws {
    let link = Array("<a href=\(badgeHref)>x</a>".utf8)
    for lead: [UInt8] in [[0x81], [0xC3], [0xE4, 0xB8], [0xFE], [0xFF], [0xF0, 0x9F], [0xA2, 0xE8]] {
      let scan = try scanned(bytes: lead + link + lead, charset: charset)
      #expect(scan.badges.count == 1, "\(lead) in \(charset)")
    }
  }

  @Test func utf8IsChecked() {
    let good = ["", "a", "é", "€", "😀", "aaaaaaaaé", "\u{7FF}\u{800}\u{FFFF}\u{10FFFF}"]
    for text in good { #expect(HTMLCharset.isUTF8(Array(text.utf8))) }
    for bad: [UInt8] in [
      [0x80],
      [0xC0, 0x80],
      [0xC3],
      [0xE0, 0x80, 0x80],
      [0xED, 0xA0, 0x80],
      [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80],
      [0xF5],
      [0xE2, 0x82],
      [0xF0, 0x9F, 0x98],
      [0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0xC3],
    ] {
      #expect(!HTMLCharset.isUTF8(bad), "\(bad)")
    }
  }

  /// The prescan finds what the set expects. We stop at labels we do not read; the set goes on.
  @Test func html5libEncodings() throws {
    guard let folder = VectorSet.folder("html5lib-tests")?.appending(path: "encoding") else { return }
    var cases = 0
    var differing: Set<String> = []
    for file in ["tests1.dat", "tests2.dat", "test-yahoo-jp.dat"] {
      let data = try Data(contentsOf: folder.appending(path: file))
      // bytes as characters: some cases are not UTF-8
      let text = String(decoding: data.map { UInt16($0) }, as: UTF16.self)
      for (index, test) in ("\n" + text).components(separatedBy: "\n#data\n").dropFirst().enumerated() {
        let parts = test.components(separatedBy: "\n#encoding\n")
        guard parts.count == 2 else { continue }
        cases += 1
        let expected =
          parts[1].split(separator: "\n").first.map { $0.lowercased().replacing("iso8859", with: "iso-8859") } ?? ""
        let body = parts[0].unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        let mark = body.starts(with: [0xEF, 0xBB, 0xBF]) ? "utf-8" : nil
        let found = mark ?? HTMLCharsetPrescan.label(body.prefix(1_024)) ?? "windows-1252"
        let name = HTMLCharset.labels[found]?.name.lowercased() ?? found.replacing("iso8859", with: "iso-8859")
        if name != expected { differing.insert("\(file) \(index + 1)") }
      }
    }
    #expect(differing == Self.exceptions, "\(differing.sorted())")
    VectorSet.ran(
      "html5lib-tests/encoding, prescan",
      cases: cases,
      passed: cases - differing.count,
      exceptions: Self.exceptions.count
    )
  }

  /// Declared behind the first 1,024 bytes, where we do not look; and a label nobody knows, which we refuse and the set
  /// passes over.
  private static let exceptions: Set<String> = [
    "tests1.dat 48",
    "tests1.dat 49",
    "tests1.dat 50",
    "tests1.dat 51",
    "tests1.dat 52",
    "tests1.dat 53",
    "tests1.dat 54",
    "tests1.dat 59",
  ]
}
