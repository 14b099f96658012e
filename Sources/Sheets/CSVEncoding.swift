internal import Encodings

/// Recognises what officers send by mistake, so that the message can say what to do instead.
enum CSVEncoding {
  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  static func check(_ bytes: [UInt8]) throws(CellRejection) {
    if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      throw CellRejection(row: 1, .spreadsheetFile, params: ["kind": "workbook (.xlsx, .ods)"])
    }
    if bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) {
      throw CellRejection(row: 1, .spreadsheetFile, params: ["kind": "workbook (.xls)"])
    }
    if bytes.starts(with: Array("%PDF-".utf8)) {
      throw CellRejection(row: 1, .spreadsheetFile, params: ["kind": "PDF document"])
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw CellRejection(row: 1, .notUTF8, params: ["looksLike": "UTF-16 (\"Unicode Text\")"])
    }
    if Text(validating: bytes) == nil { throw notUTF8(bytes) }
    if let nul = bytes.firstIndex(of: 0) { throw CellRejection(row: lineNumber(bytes, at: nul), .nulByte) }
  }

  /// Names the first line that is not UTF-8, and the encoding the file probably has.
  private static func notUTF8(_ bytes: [UInt8]) -> CellRejection {
    var line = 1
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: CSVReader.lineFeed).map { $0 + 1 } ?? bytes.count
      if Text(validating: bytes[start..<end]) == nil { break }
      start = end
      line += 1
    }
    return CellRejection(
      row: line,
      .notUTF8,
      params: looksLikeWindows1256(bytes) ? ["looksLike": "Windows-1256 (Arabic)"] : [:]
    )
  }

  /// Arabic text in Windows-1256 has nearly all its bytes above 0x7F among the Arabic letters, and many of them: the
  /// two commonest Arabic letters, alef (C7) and lam (E1), stand in every line. Western European text has few and
  /// others.
  private static func looksLikeWindows1256(_ bytes: [UInt8]) -> Bool {
    var high = 0
    var letters = 0
    var alefOrLam = 0
    for byte in bytes where byte >= 0x80 {
      high += 1
      if byte == 0xC7 || byte == 0xE1 { alefOrLam += 1 }
      if (0xC1...0xDF).contains(byte) || byte == 0xE1 || (0xE3...0xE6).contains(byte) || byte == 0xEC || byte == 0xED {
        letters += 1
      }
    }
    return high > 0 && letters * 10 >= high * 9 && alefOrLam * 6 >= high
  }

  private static func lineNumber(_ bytes: [UInt8], at place: Int) -> Int {
    1 + bytes[..<place].lazy.filter { $0 == CSVReader.lineFeed }.count
  }
}
