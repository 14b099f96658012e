import Encodings
import Sheets
import Testing

/// All rows, or the fault that ended the reading.
private func read(_ text: String) throws(CellRejection) -> [[String]] { try read(Array(text.utf8)) }

private func read(_ bytes: [UInt8]) throws(CellRejection) -> [[String]] {
  var reader = try CSVReader(bytes)
  var rows: [[String]] = []
  while let row = try reader.next() { rows.append(row.cells.map(\.string)) }
  return rows
}

private func fault(_ bytes: [UInt8]) -> CellRejection? {
  do throws(CellRejection) {
    _ = try read(bytes)
    return nil
  } catch {
    return error
  }
}

private func fault(_ text: String) -> CellRejection? { fault(Array(text.utf8)) }

/// Rows and cells.
struct CSVReaderTests {
  @Test func plainRows() throws {
    #expect(try read("a,b\r\n1,2\r\n") == [["a", "b"], ["1", "2"]])
    #expect(try read("a,b\n1,2\n") == [["a", "b"], ["1", "2"]])
    #expect(try read("a,b\n1,2") == [["a", "b"], ["1", "2"]])
    #expect(try read("a") == [["a"]])
    #expect(try read(",\na,") == [["a", ""]])
    #expect(try read("a,,c\n") == [["a", "", "c"]])
  }

  @Test func theByteOrderMarkIsNoContent() throws {
    #expect(try read([0xEF, 0xBB, 0xBF] + Array("a,b\n".utf8)) == [["a", "b"]])
    #expect(try read([0xEF, 0xBB, 0xBF] + Array("\"a\",b\n".utf8)) == [["a", "b"]])
    // Only at the very beginning: a second one is a character of the cell.
    #expect(try read([0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF] + Array("a\n".utf8)) == [["\u{FEFF}a"]])
  }

  @Test func quotedCells() throws {
    #expect(try read("\"a,b\",c\n") == [["a,b", "c"]])
    #expect(try read("\"a \"\"b\"\" c\"\n") == [["a \"b\" c"]])
    #expect(try read("\"\"\"\"\n") == [["\""]])
    #expect(try read("\"\",x\n") == [["", "x"]])
    #expect(try read("x,\"\"") == [["x", ""]])
    #expect(try read("\"a\r\nb\",c\r\n") == [["a\r\nb", "c"]])
    #expect(try read("\"شركة النور, ذ.م.م\",c\n") == [["شركة النور, ذ.م.م", "c"]])
    #expect(try read("\"a\rb\"\n") == [["a\rb"]])
  }

  @Test func linesAreCountedAsTheyStandInTheFile() throws {
    var reader = try CSVReader(Array("h\r\n\"two\r\nthree\"\r\n\r\n,\nsix\n".utf8))
    var lines: [Int] = []
    while let row = try reader.next() { lines.append(row.line) }
    #expect(lines == [1, 2, 6])
  }

  @Test func rowsWithoutContentArePassedOver() throws {
    #expect(try read("a,b\n,\n\n1,2\n,,,,\n\n") == [["a", "b"], ["1", "2"]])
  }

  @Test(arguments: [
    ("a,b\"c\n", 1, "quote_misplaced"), ("a,b\n\"x\" ,y\n", 2, "quote_misplaced"),
    ("a,b\n\"x\"y,z\n", 2, "quote_misplaced"),
    ("a\n \"x\"\n", 2, "quote_misplaced"), ("a\n1\n\"never closed\n4\n5\n", 3, "quote_unclosed"),
    ("\"", 1, "quote_unclosed"),
    ("a\rb\r", 1, "line_ending"), ("a,b\nc\rd\n", 2, "line_ending"), ("a\r", 1, "line_ending"),
    ("\"a\"\rb", 1, "line_ending"),
    ("a,b\nc,\0\n", 2, "nul_byte"),
  ])
  func whatProgramsReadDifferentlyIsAFault(text: String, line: Int, code: String) {
    #expect(fault(text).map { [$0.code, "\($0.row)"] } == [code, "\(line)"])
  }

  @Test func anEmptyFileSaysSo() {
    #expect(fault("")?.code == "file_empty")
    #expect(fault([0xEF, 0xBB, 0xBF])?.code == "file_empty")
  }

  @Test func aLongCellIsNamed() throws {
    let long = String(repeating: "x", count: CSVReader.maxCellBytes)
    #expect(try read("a,\(long)\n") == [["a", long]])
    #expect(try read("a,\"\(long)\"\n") == [["a", long]])
    #expect(fault("a\nb\nc,\(long)y\n") == CellRejection(row: 3, .cellTooLong, params: ["cell": "2", "max": "10000"]))
    #expect(fault("a\n\"\n\n\(long)\"\n")?.row == 2)
  }

  @Test func aRowOfCommasStops() throws {
    #expect(
      try read(String(repeating: ",", count: CSVReader.maxColumns - 1) + "x\n").first?.count == CSVReader.maxColumns
    )
    #expect(fault("h\n" + String(repeating: ",", count: 1_000_000))?.code == "too_many_columns")
  }

  @Test func aFileTooLargeIsRefusedUnread() {
    #expect(fault([UInt8](repeating: 0x22, count: CSVReader.maxFileBytes + 1))?.code == "file_too_large")
  }
}

/// Sheets in other encodings.
struct CSVEncodingTests {
  /// "شركة النور للتجارة" as Windows-1256 has it.
  private static let arabic1256: [UInt8] = [
    0xD4, 0xD1, 0xDF, 0xC9, 0x20, 0xC7, 0xE1, 0xE4, 0xE6, 0xD1, 0x20, 0xE1, 0xE1, 0xCA, 0xCC, 0xC7, 0xD1, 0xC9,
  ]

  @Test func windows1256IsRecognised() throws {
    let found = try #require(fault(Array("name\nAl Noor\n".utf8) + Self.arabic1256 + [0x0A]))
    #expect(found.code == "not_utf8" && found.row == 3 && found.params["looksLike"] == "Windows-1256 (Arabic)")
    #expect(found.message.contains("CSV UTF-8"))
  }

  @Test func otherEncodingsAreNotCalledArabic() throws {
    let french = try #require(
      fault(Array("nom\nSoci".utf8) + [0xE9, 0x74, 0xE9] + Array(" G".utf8) + [0xE9] + Array("n\n".utf8))
    )
    #expect(french.code == "not_utf8" && french.row == 2 && french.params["looksLike"] == nil)
  }

  @Test(
    arguments: [
      [0x61, 0x0A, 0xC3, 0x28], [0x61, 0x0A, 0xED, 0xA0, 0x80], [0x61, 0x0A, 0xC0, 0xAF],
      [0x61, 0x0A, 0xF4, 0x90, 0x80, 0x80], [0x61, 0x0A, 0xE2, 0x82],
    ] as [[UInt8]]
  )
  func brokenUTF8IsNamedWithItsLine(bytes: [UInt8]) {
    let found = fault(bytes)
    #expect(found?.code == "not_utf8" && found?.row == 2)
  }

  @Test func unicodeTextIsRecognised() {
    #expect(fault([0xFF, 0xFE, 0x61, 0x00])?.params["looksLike"]?.hasPrefix("UTF-16") == true)
    #expect(fault([0xFE, 0xFF, 0x00, 0x61])?.params["looksLike"]?.hasPrefix("UTF-16") == true)
    #expect(fault([0x61, 0x00, 0x2C, 0x00])?.code == "nul_byte")
  }

  @Test func otherFilesAreNamed() {
    #expect(fault([0x50, 0x4B, 0x03, 0x04, 0x14])?.code == "spreadsheet_file")
    #expect(fault([0xD0, 0xCF, 0x11, 0xE0])?.code == "spreadsheet_file")
    #expect(fault("%PDF-1.7\n")?.code == "spreadsheet_file")
  }
}

/// What is written is read back.
struct CSVWriterTests {
  @Test func whatIsWrittenIsReadBack() throws {
    let rows = [["id", "name"], ["1", "Oud, Amber \"& Co\""], ["2", "شركة\nالنور"], ["", " x "], ["3", "a\r\nb"]]
    var writer = CSVWriter(headings: rows[0])
    for row in rows.dropFirst() { writer.append(row) }
    #expect(Array(writer.bytes.prefix(3)) == [0xEF, 0xBB, 0xBF])
    #expect(try read(writer.bytes) == rows)
  }

  @Test(
    "A98 formulas in a sheet",
    arguments: ["=1+1", "+971", "-1", "@SUM(A1)", "\tx", "\rx", "\u{FF1D}1", "\u{FF20}x", "=", "=\u{301}x"]
  )
  func formulasAreNeutralised(cell: String) throws {
    var writer = CSVWriter(headings: ["a", "b"])
    writer.append([cell, "x"])
    let row = try #require(try read(writer.bytes).last)
    #expect(Array(row[0].utf8) == [0x27] + Array(cell.utf8))
  }

  @Test(arguments: ["", "a=b", "1-2", "'=1", " =1", "x@y.example"]) func whatIsNoFormulaStaysAsItIs(cell: String) throws
  {
    #expect(CSVWriter.neutralised(cell) == cell)
  }

  /// Random tables, whatever they hold, come back as they were (but for the apostrophes).
  @Test func anyTableIsReadBack() throws {
    var random = SystemRandomNumberGenerator()
    let pieces = ["", "a", ",", "\"", "\r\n", "\n", " ", "شركة", "=", "'", "\u{FEFF}", "🙂", "é"]
    for _ in 0..<300 {
      var rows = [["h1", "h2", "h3"]]
      for _ in 0..<Int.random(in: 0...5, using: &random) {
        rows.append(
          (0..<3).map { index in
            (index == 0 ? "k" : "")
              + (0..<Int.random(in: 0...4, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
              .joined()
          }
        )
      }
      var writer = CSVWriter(headings: rows[0])
      for row in rows.dropFirst() { writer.append(row) }
      let expected = rows.map { $0.map { Array(CSVWriter.neutralised($0).utf8) } }
      #expect(try read(writer.bytes).map { $0.map { Array($0.utf8) } } == expected)
    }
  }
}
