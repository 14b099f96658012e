package import Encodings

/// One row as it stands in the file.
package struct CSVRow: Hashable, Sendable {
  /// The line of the file in which the row begins, from 1: cells may hold line breaks.
  package let line: Int
  package let cells: [Text]
}

/// Reads RFC 4180 as spreadsheets save it: UTF-8 with or without byte order mark, lines ending in CRLF or LF, the last
/// one also without; quoted cells may hold commas, line breaks and doubled quotation marks.
///
/// What would be read differently by different programs is a fault: a quotation mark inside a plain cell, text after a
/// closing one, a carriage return alone, another encoding. Lines and rows without any content are passed over.
package struct CSVReader: Sendable {
  /// 64 MiB: fifteen times the register of the largest chamber.
  package static let maxFileBytes = 64 << 20
  /// Longer than any address or name; a cell beyond it is a whole file in one quotation.
  package static let maxCellBytes = 10_000
  /// Three times what a member needs; keeps a row of a million commas from becoming a million cells.
  package static let maxColumns = 64

  private let bytes: [UInt8]
  private var at: Int
  private var line = 1

  /// Checks what concerns the file as a whole: size, kind, encoding.
  package init(_ bytes: [UInt8]) throws(CellRejection) {
    guard bytes.count <= Self.maxFileBytes else {
      throw CellRejection(row: 1, .fileTooLarge, params: ["bytes": "\(bytes.count)", "max": "\(Self.maxFileBytes)"])
    }
    try CSVEncoding.check(bytes)
    self.bytes = bytes
    at = bytes.starts(with: CSVEncoding.byteOrderMark) ? CSVEncoding.byteOrderMark.count : 0
    guard at < bytes.count else { throw CellRejection(row: 1, .fileEmpty) }
  }

  /// The next row with content; nil at the end. After a fault the place of the next row is unknown: stop there.
  package mutating func next() throws(CellRejection) -> CSVRow? {
    while at < bytes.count {
      let row = try readRow()
      if row.cells.contains(where: { !$0.isEmpty }) { return row }
    }
    return nil
  }

  private mutating func readRow() throws(CellRejection) -> CSVRow {
    let first = line
    var cells: [Text] = []
    cells.reserveCapacity(16)
    while true {
      guard cells.count < Self.maxColumns else {
        throw CellRejection(row: first, .tooManyColumns, params: ["max": "\(Self.maxColumns)"])
      }
      let place = cells.count + 1
      let cell = at < bytes.count && bytes[at] == Self.quote ? try readQuoted(place) : try readPlain(place)
      // The file is UTF-8 and cells end at ASCII, so a cell is UTF-8 too.
      guard let text = Text(validating: cell) else { throw CellRejection(row: line, .notUTF8) }
      cells.append(text)
      guard at < bytes.count else { break }
      let end = bytes[at]
      at += 1
      if end == Self.comma { continue }
      if end == Self.carriageReturn {
        guard at < bytes.count, bytes[at] == Self.lineFeed else { throw CellRejection(row: line, .lineEnding) }
        at += 1
      }
      line += 1
      break
    }
    return CSVRow(line: first, cells: cells)
  }

  /// Up to the next comma or line end, which is left in place.
  private mutating func readPlain(_ place: Int) throws(CellRejection) -> [UInt8] {
    let start = at
    while at < bytes.count {
      let byte = bytes[at]
      if byte == Self.comma || byte == Self.lineFeed || byte == Self.carriageReturn { break }
      if byte == Self.quote { throw CellRejection(row: line, .quoteMisplaced, params: ["cell": "\(place)"]) }
      at += 1
    }
    guard at - start <= Self.maxCellBytes else { throw tooLong(line, place) }
    return Array(bytes[start..<at])
  }

  /// From the opening quotation mark past the closing one.
  private mutating func readQuoted(_ place: Int) throws(CellRejection) -> [UInt8] {
    let opened = line
    var cell: [UInt8] = []
    at += 1
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      if byte == Self.quote {
        if at == bytes.count { return cell }
        switch bytes[at] {
        case Self.quote: at += 1
        case Self.comma, Self.lineFeed, Self.carriageReturn: return cell
        default: throw CellRejection(row: line, .quoteMisplaced, params: ["cell": "\(place)"])
        }
      }
      if byte == Self.lineFeed { line += 1 }
      cell.append(byte)
      guard cell.count <= Self.maxCellBytes else { throw tooLong(opened, place) }
    }
    throw CellRejection(row: opened, .quoteUnclosed, params: ["cell": "\(place)"])
  }

  private func tooLong(_ line: Int, _ place: Int) -> CellRejection {
    CellRejection(row: line, .cellTooLong, params: ["cell": "\(place)", "max": "\(Self.maxCellBytes)"])
  }

  static let quote = UInt8(ascii: "\""), comma = UInt8(ascii: ","), lineFeed = UInt8(ascii: "\n"),
    carriageReturn = UInt8(ascii: "\r")
}
