internal import CSQLite

/// The columns of a query's result, named in the order in which the query gives them: reading a column by its place
/// costs nothing, while looking each up by its name costs a tenth of a bulk run. A test compares the names with those
/// of the table.
public protocol RowColumn: RawRepresentable, CaseIterable, Sendable where RawValue == Int32 {
  /// The table that is named when a value cannot be read.
  static var table: String { get }
}

/// The row that a query stands on. It is valid only within the call that hands it over.
public struct TypedRow<Column: RowColumn> {
  let statement: OpaquePointer

  public func isNull(_ column: Column) -> Bool { sqlite3_column_type(statement, column.rawValue) == SQLITE_NULL }

  /// 0 for NULL.
  public func integer(_ column: Column) -> Int64 { sqlite3_column_int64(statement, column.rawValue) }
  public func count(_ column: Column) -> Int { Int(integer(column)) }
  public func flag(_ column: Column) -> Bool { integer(column) != 0 }

  /// Empty for NULL.
  public func text(_ column: Column) -> String { columnText(statement, column.rawValue) }

  /// Empty for NULL.
  public func blob(_ column: Column) -> [UInt8] { columnBlob(statement, column.rawValue) }

  public func optionalInteger(_ column: Column) -> Int64? { isNull(column) ? nil : integer(column) }
  public func optionalText(_ column: Column) -> String? { isNull(column) ? nil : text(column) }
  public func optionalBlob(_ column: Column) -> [UInt8]? { isNull(column) ? nil : blob(column) }

  /// A stored word. One that this program does not know is never guessed at.
  /// - Throws: `StorageFailure.unreadable`
  public func value<Word: RawRepresentable>(_ type: Word.Type, _ column: Column) throws(StorageFailure) -> Word
  where Word.RawValue == String {
    let text = text(column)
    guard let word = Word(rawValue: text) else {
      let name = sqlite3_column_name(statement, column.rawValue).map { String(cString: $0) } ?? "\(column)"
      throw .unreadable(table: Column.table, column: name, value: text)
    }
    return word
  }

  public func optionalValue<Word: RawRepresentable>(_ type: Word.Type, _ column: Column) throws(StorageFailure) -> Word?
  where Word.RawValue == String {
    isNull(column) ? nil : try value(type, column)
  }
}

extension TypedRow {
  // MARK: of a file that somebody else may have written

  /// A value of another type is an error, never converted: for a file that is not trusted to be what we wrote.
  /// - Throws: `StorageFailure.unreadable`
  public func strictInteger(_ column: Column) throws(StorageFailure) -> Int64 {
    try demand(SQLITE_INTEGER, column)
    return integer(column)
  }

  public func strictText(_ column: Column) throws(StorageFailure) -> String {
    try demand(SQLITE_TEXT, column)
    return text(column)
  }

  public func strictBlob(_ column: Column) throws(StorageFailure) -> [UInt8] {
    try demand(SQLITE_BLOB, column)
    return blob(column)
  }

  public func strictOptionalInteger(_ column: Column) throws(StorageFailure) -> Int64? {
    isNull(column) ? nil : try strictInteger(column)
  }

  public func strictOptionalText(_ column: Column) throws(StorageFailure) -> String? {
    isNull(column) ? nil : try strictText(column)
  }

  public func strictOptionalBlob(_ column: Column) throws(StorageFailure) -> [UInt8]? {
    isNull(column) ? nil : try strictBlob(column)
  }

  private func demand(_ type: Int32, _ column: Column) throws(StorageFailure) {
    let found = sqlite3_column_type(statement, column.rawValue)
    guard found != type else { return }
    let name = sqlite3_column_name(statement, column.rawValue).map { String(cString: $0) } ?? "\(column)"
    throw .unreadable(table: Column.table, column: name, value: "a value of type \(found)")
  }
}

/// Empty for NULL.
func columnText(_ statement: OpaquePointer, _ place: Int32) -> String {
  guard let start = sqlite3_column_text(statement, place) else { return "" }
  let count = Int(sqlite3_column_bytes(statement, place))
  return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
}

/// Empty for NULL.
func columnBlob(_ statement: OpaquePointer, _ place: Int32) -> [UInt8] {
  guard let start = sqlite3_column_blob(statement, place) else { return [] }
  return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, place))))
}
