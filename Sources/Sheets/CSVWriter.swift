/// Writes CSV that spreadsheets open as it is meant: UTF-8 with byte order mark, CRLF, quotation marks where needed,
/// and no cell that a spreadsheet would run.
package struct CSVWriter: Sendable {
  package private(set) var bytes: [UInt8] = CSVEncoding.byteOrderMark
  private let columns: Int

  package init(headings: [String]) {
    columns = headings.count
    append(headings)
  }

  /// One row. A row of another length than the headings is an error of ours and ends the program.
  package mutating func append(_ cells: [String]) {
    precondition(cells.count == columns, "a row of \(cells.count) cells under \(columns) headings")
    for (index, cell) in cells.enumerated() {
      if index > 0 { bytes.append(CSVReader.comma) }
      Self.write(Self.neutralised(cell), into: &bytes)
    }
    bytes += [CSVReader.carriageReturn, CSVReader.lineFeed]
  }

  /// An apostrophe goes before what a spreadsheet takes for the beginning of a formula, also in full width: `= + - @`,
  /// TAB, CR. It is visible: a report is for people, and what is read back by programs is JSON.
  package static func neutralised(_ cell: String) -> String {
    guard let first = cell.unicodeScalars.first else { return cell }
    return Formula.begins(with: first.value) ? "'" + cell : cell
  }

  private static func write(_ cell: String, into bytes: inout [UInt8]) {
    let special = cell.utf8.contains {
      $0 == CSVReader.quote || $0 == CSVReader.comma || $0 == CSVReader.lineFeed || $0 == CSVReader.carriageReturn
    }
    guard special || cell.utf8.first == 0x20 || cell.utf8.last == 0x20 else {
      bytes += cell.utf8
      return
    }
    bytes.append(CSVReader.quote)
    for byte in cell.utf8 {
      if byte == CSVReader.quote { bytes.append(CSVReader.quote) }
      bytes.append(byte)
    }
    bytes.append(CSVReader.quote)
  }
}

/// Cells that a spreadsheet would run instead of showing.
enum Formula {
  static func begins(with scalar: UInt32) -> Bool {
    switch scalar {
    case 0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D: true  // = + - @ TAB CR
    case 0xFF1D, 0xFF0B, 0xFF0D, 0xFF20: true  // the same in full width, which some spreadsheets fold
    default: false
    }
  }
}
