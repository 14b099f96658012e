internal import CSQLite
package import GRDB

/// A value for a statement that runs once for each row of a bulk act. It is bound as it is: boxing and unboxing the
/// values of a row, as `execute(arguments:)` does, costs as much as SQLite's own work on it.
public enum Bound {
  case integer(Int64)
  case text(String)
  case blob([UInt8])
  case null

  public static func count(_ value: Int) -> Bound { .integer(Int64(value)) }
  public static func flag(_ value: Bool) -> Bound { .integer(value ? 1 : 0) }
  /// A stored word of an enum.
  public static func word<Word: RawRepresentable>(_ value: Word) -> Bound where Word.RawValue == String {
    .text(value.rawValue)
  }
  public static func optional(_ value: Int64?) -> Bound { value.map { .integer($0) } ?? .null }
  public static func optional(_ value: String?) -> Bound { value.map { .text($0) } ?? .null }
  public static func optional(_ value: [UInt8]?) -> Bound { value.map { .blob($0) } ?? .null }

  /// SQLITE_TRANSIENT, a macro that is not imported: SQLite copies what is bound before the call returns.
  nonisolated(unsafe) private static let copied =  // a constant of C
    unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  fileprivate func bind(to statement: OpaquePointer, at place: CInt) -> CInt {
    switch self {
    case .null: return sqlite3_bind_null(statement, place)
    case .integer(let value): return sqlite3_bind_int64(statement, place, value)
    // An address of nothing would bind NULL.
    case .text(let value) where value.isEmpty: return sqlite3_bind_text(statement, place, "", 0, Self.copied)
    case .text(var value):
      return value.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) {
          sqlite3_bind_text(statement, place, $0.baseAddress, CInt($0.count), Self.copied)
        }
      }
    case .blob(let value) where value.isEmpty: return sqlite3_bind_zeroblob(statement, place, 0)
    case .blob(let value): return sqlite3_bind_blob(statement, place, value, CInt(value.count), Self.copied)
    }
  }
}

extension Statement {
  /// Runs a statement that writes.
  package func run(_ values: Bound...) throws { try run(values) }

  /// Whether a query finds anything.
  package func finds(_ values: Bound...) throws -> Bool { try first(values) { _ in true } ?? false }

  /// The first row of a query, read as it lies there; nil when it finds none.
  package func first<T>(_ values: Bound..., read: (Columns) throws -> T) throws -> T? { try first(values, read: read) }

  func run(_ values: [Bound]) throws {
    defer { sqlite3_reset(sqliteStatement) }
    try bind(values)
    _ = try step()
  }

  func first<T>(_ values: [Bound], read: (Columns) throws -> T) throws -> T? {
    defer { sqlite3_reset(sqliteStatement) }
    try bind(values)
    return try step() ? try read(Columns(statement: sqliteStatement)) : nil
  }

  /// Every row of a query, each read as it lies there.
  func rows(_ values: [Bound], _ body: (OpaquePointer) throws -> Void) throws {
    defer { sqlite3_reset(sqliteStatement) }
    try bind(values)
    while try step() { try body(sqliteStatement) }
  }

  private func bind(_ values: [Bound]) throws {
    for (index, value) in values.enumerated() {
      let code = value.bind(to: sqliteStatement, at: CInt(index + 1))
      if code != SQLITE_OK { throw failure(code) }
    }
  }

  /// Whether there is a row.
  private func step() throws -> Bool {
    let code = sqlite3_step(sqliteStatement)
    guard code == SQLITE_DONE || code == SQLITE_ROW else { throw failure(code) }
    return code == SQLITE_ROW
  }

  private func failure(_ code: CInt) -> DatabaseError {
    let connection = sqlite3_db_handle(sqliteStatement)
    return DatabaseError(
      resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
      message: String(cString: sqlite3_errmsg(connection))
    )
  }
}

/// The columns of the row that a statement stands on, by their places.
package struct Columns {
  let statement: OpaquePointer

  package func integer(_ place: CInt) -> Int64 { sqlite3_column_int64(statement, place) }
  package func isNull(_ place: CInt) -> Bool { sqlite3_column_type(statement, place) == SQLITE_NULL }
  /// Empty for NULL.
  package func text(_ place: CInt) -> String { columnText(statement, place) }
}
