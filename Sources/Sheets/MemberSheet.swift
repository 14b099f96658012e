internal import Encodings
internal import Support

/// A member sheet, read and judged as a whole. Rows are good only together: `rows` is for use when `faults` is empty.
package struct MemberSheet: Sendable {
  /// The rows without a fault, in the order of the file.
  package let rows: [MemberRow]
  /// Every fault of every row, by line, within a line in the order of the columns.
  package let faults: [CellRejection]
  /// Rows with content below the heading, good or not.
  package let rowCount: Int

  /// A sheet with more is another kind of file; the officer is told of the first ones.
  package static let maxFaults = 100_000

  /// Reads a file. Never throws: a file that cannot be read at all has one fault that says so.
  package static func read(_ bytes: [UInt8], rules: SheetRules) -> MemberSheet {
    var reading = Reading(rules: rules)
    do throws(CellRejection) {
      var reader = try CSVReader(bytes)
      var first = try reader.next()
      // Programs that write for Excel say in a line before the headings what separates the columns.
      if first?.cells == ["sep=", ""] { first = try reader.next() }
      guard let heading = first else { throw CellRejection(row: 1, .fileEmpty) }
      if try reading.takeHeading(heading) { try reading.takeAll(&reader) }
    } catch {
      reading.faults.append(error)
    }
    return MemberSheet(rows: reading.rows, faults: reading.faults, rowCount: reading.rowCount)
  }

  /// What has been seen of the file so far.
  private struct Reading {
    let rules: SheetRules
    var rows: [MemberRow] = []
    var faults: [CellRejection] = []
    var rowCount = 0
    private var columns: [MemberColumn: Int] = [:]
    private var extra: [(heading: String, place: Int)] = []
    private var width = 0
    private var members: [MemberKey: Int] = [:]
    private var names = NameTwins()

    init(rules: SheetRules) { self.rules = rules }

    /// False when the headings are at fault: the rows below them would only repeat it.
    mutating func takeHeading(_ row: CSVRow) throws(CellRejection) -> Bool {
      if row.cells.count == 1, let found = Separator.instead(ofCommaIn: row.cells[0]) {
        throw CellRejection(row: row.line, .separator, params: ["found": found])
      }
      let known = MemberColumn.allCases.map(\.rawValue) + rules.extraColumns
      var seen: [Text: Int] = [:]
      for (place, heading) in row.cells.enumerated() {
        let shown = quoted(heading.bytes)
        guard let name = known.first(where: { Text($0) == heading }) else {
          faults.append(
            CellRejection(
              row: row.line,
              column: shown,
              .headingUnknown,
              params: ["heading": "'\(shown)'", "known": known.joined(separator: ", ")]
            )
          )
          continue
        }
        guard seen.updateValue(place, forKey: heading) == nil else {
          faults.append(CellRejection(row: row.line, column: name, .headingDuplicate, params: ["heading": name]))
          continue
        }
        if let column = MemberColumn(rawValue: name) { columns[column] = place } else { extra.append((name, place)) }
      }
      for column in MemberColumn.allCases where !column.isOptional && columns[column] == nil {
        faults.append(
          CellRejection(row: row.line, column: column.rawValue, .headingMissing, params: ["heading": column.rawValue])
        )
      }
      width = row.cells.count
      return faults.isEmpty
    }

    /// Rows are read one after the other and judged on every core; what one row has to do with another is judged in
    /// their order.
    mutating func takeAll(_ reader: inout CSVReader) throws(CellRejection) {
      var rows: [CSVRow] = []
      var broken: CellRejection?
      do throws(CellRejection) {
        while let row = try reader.next() { rows.append(row) }
      } catch {
        broken = error
      }
      let (columns, rules, width) = (columns, rules, width)
      let judged = parallelMap(rows) { row in
        row.cells.count == width ? RowReader.ahead(of: row, columns: columns, rules: rules) : nil
      }
      for (row, ahead) in zip(rows, judged) {
        guard faults.count < maxFaults else {
          throw CellRejection(row: row.line, .tooManyFaults, params: ["max": "\(maxFaults)"])
        }
        take(row, ahead)
      }
      if let broken { throw broken }
    }

    private mutating func take(_ row: CSVRow, _ ahead: RowReader.Ahead?) {
      rowCount += 1
      guard row.cells.count == width, let ahead else {
        faults.append(
          CellRejection(
            row: row.line,
            row.cells.count < width ? .columnsMissing : .columnsExtra,
            params: ["found": "\(row.cells.count)", "expected": "\(width)"]
          )
        )
        return
      }
      var reader = RowReader(row: row, columns: columns, extra: extra, rules: rules, ahead: ahead)
      reader.read(members: &members, names: &names)
      if let member = reader.member { rows.append(member) }
      faults += reader.faults
    }
  }
}

/// Names that look alike but are spelled with other letters. Companies of one name are common and no fault, also where
/// case or punctuation differ: the number tells them apart. A name that only looks like another's is a disguise.
struct NameTwins {
  private var first: [[UInt8]: (name: Text, line: Int)] = [:]
  /// Names seen before, with the line of the twin each was found to have.
  private var seen: [Text: Int?] = [:]

  /// The line of a name that looks the same, nil when there is none.
  mutating func twin(of name: Text, line: Int, skeleton bones: [UInt8]) -> Int? {
    if let answer = seen[name] { return answer }
    var answer: Int?
    if let other = first[bones] {
      answer = Text(SearchWords.fold(other.name.string)) == Text(SearchWords.fold(name.string)) ? nil : other.line
    } else {
      first[bones] = (name, line)
    }
    seen[name] = .some(answer)
    return answer
  }
}

/// What spreadsheets of other countries put between columns.
enum Separator {
  static func instead(ofCommaIn heading: Text) -> String? {
    for (byte, name) in [(UInt8(ascii: ";"), "semicolons"), (0x09, "tabs"), (UInt8(ascii: "|"), "bars")]
    where heading.bytes.contains(byte) { return name }
    return nil
  }
}
