internal import CSQLite
package import GRDB

/// A value for a statement that runs once for each row of a bulk act. It is bound as it is: boxing and unboxing the
/// values of a row, as `execute(arguments:)` does, costs as much as SQLite's own work on it.
package enum Bound {
  case integer(Int64), text(String), blob([UInt8]), null

  package static func optional(_ value: Int64?) -> Bound { value.map { .integer($0) } ?? .null }
  package static func optional(_ value: String?) -> Bound { value.map { .text($0) } ?? .null }
  package static func optional(_ value: [UInt8]?) -> Bound { value.map { .blob($0) } ?? .null }

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
  package func run(_ values: Bound...) throws { _ = try step(values) }

  /// Whether a query finds anything.
  package func finds(_ values: Bound...) throws -> Bool { try step(values) }

  /// The first row of a query, read as it lies there; nil when it finds none.
  package func first<T>(_ values: Bound..., read: (Columns) -> T) throws -> T? {
    var found: T?
    _ = try step(values) { found = read(Columns(statement: sqliteStatement)) }
    return found
  }

  private func step(_ values: [Bound], _ row: () -> Void = {}) throws -> Bool {
    let statement = sqliteStatement
    for (index, value) in values.enumerated() {
      let code = value.bind(to: statement, at: CInt(index + 1))
      if code != SQLITE_OK { throw failure(code) }
    }
    let code = sqlite3_step(statement)
    guard code == SQLITE_DONE || code == SQLITE_ROW else {
      let found = failure(code)
      sqlite3_reset(statement)
      throw found
    }
    if code == SQLITE_ROW { row() }
    sqlite3_reset(statement)
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
  fileprivate let statement: OpaquePointer

  package func integer(_ place: CInt) -> Int64 { sqlite3_column_int64(statement, place) }
  package func isNull(_ place: CInt) -> Bool { sqlite3_column_type(statement, place) == SQLITE_NULL }
  /// Empty for NULL.
  package func text(_ place: CInt) -> String {
    guard let start = sqlite3_column_text(statement, place) else { return "" }
    return String(
      decoding: UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, place))),
      as: UTF8.self
    )
  }
}
