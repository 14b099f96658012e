internal import GRDB

/// One transaction on a connection. Statements that are run again are compiled once.
public struct Transaction {
  let db: Database

  /// Runs one statement that writes.
  public func execute(_ sql: String, _ values: Bound...) throws { try db.cachedStatement(sql: sql).run(values) }

  /// Runs several statements without values, as a migration does.
  public func script(_ sql: String) throws { try db.execute(sql: sql) }

  /// A statement for many rows, compiled once for the connection.
  public func prepare(_ sql: String) throws -> PreparedStatement {
    PreparedStatement(statement: try db.cachedStatement(sql: sql))
  }

  /// The first column of every row.
  public func integers(_ sql: String, _ values: Bound...) throws -> [Int64] {
    var found: [Int64] = []
    try db.cachedStatement(sql: sql).rows(values) { found.append(Columns(statement: $0).integer(0)) }
    return found
  }

  public func texts(_ sql: String, _ values: Bound...) throws -> [String] {
    var found: [String] = []
    try db.cachedStatement(sql: sql).rows(values) { found.append(columnText($0, 0)) }
    return found
  }

  public func blobs(_ sql: String, _ values: Bound...) throws -> [[UInt8]] {
    var found: [[UInt8]] = []
    try db.cachedStatement(sql: sql).rows(values) { found.append(columnBlob($0, 0)) }
    return found
  }

  /// The first column of the first row; nil where there is none, or NULL.
  public func integer(_ sql: String, _ values: Bound...) throws -> Int64? {
    try db.cachedStatement(sql: sql).first(values) { $0.isNull(0) ? nil : $0.integer(0) } ?? nil
  }

  public func text(_ sql: String, _ values: Bound...) throws -> String? {
    try db.cachedStatement(sql: sql).first(values) { $0.isNull(0) ? nil : $0.text(0) } ?? nil
  }

  public func blob(_ sql: String, _ values: Bound...) throws -> [UInt8]? {
    try db.cachedStatement(sql: sql).first(values) { $0.isNull(0) ? nil : columnBlob($0.statement, 0) } ?? nil
  }

  public var lastInsertedRowID: Int64 { db.lastInsertedRowID }
  /// Rows that the last statement changed.
  public var changes: Int { db.changesCount }
}

/// A compiled statement of one connection. It is used within the transaction that prepared it.
public struct PreparedStatement {
  let statement: Statement

  public func run(_ values: Bound...) throws { try statement.run(values) }
  /// Whether a query finds anything.
  public func finds(_ values: Bound...) throws -> Bool { try statement.first(values) { _ in true } ?? false }

  /// Reads every row as it lies there. The body must not run the same statement.
  public func forEach<Column: RowColumn>(_ values: [Bound], _ body: (TypedRow<Column>) throws -> Void) throws {
    try statement.rows(values) { try body(TypedRow(statement: $0)) }
  }

  /// Nil when the query finds nothing.
  public func first<Column: RowColumn, T>(_ values: [Bound], _ read: (TypedRow<Column>) throws -> T) throws -> T? {
    try statement.first(values) { try read(TypedRow(statement: $0.statement)) }
  }

  /// The names that the query gives its columns.
  package var columnNames: [String] { statement.columnNames }
}
