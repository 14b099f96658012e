internal import Storage
internal import Vocabulary

/// The connection of the register as the stores use it: every failure is a `RegistryFailure`.
struct RegistryDatabase: Sendable {
  let connection: StorageConnection

  func read<T>(_ body: (Transaction) throws -> T) throws(RegistryFailure) -> T {
    try Self.translating { try connection.read(body) }
  }

  /// All or nothing.
  func write<T>(_ body: (Transaction) throws -> T) throws(RegistryFailure) -> T {
    try Self.translating { try connection.write(body) }
  }

  /// Turns failures of the storage into ours; the words of a RAISE in a trigger are the rule's name.
  static func translating<T>(_ body: () throws -> T) throws(RegistryFailure) -> T {
    do {
      return try body()
    } catch let failure as RegistryFailure {
      throw failure
    } catch let failure as StorageFailure {
      switch failure {
      case .constraint(let words):
        if let rule = RegistryRule(rawValue: words) { throw .refused(rule: rule) }
        throw .constraint(words)
      case .unreadable(let table, let column, let value):
        throw .unreadable(table: table, column: column, value: value)
      case .diskFull: throw .diskFull
      case .engine(let words), .busy(let words): throw .storage(words)
      }
    } catch { throw .storage("\(error)") }
  }
}

/// A record that reads itself from a row.
protocol RowDecodable {
  associatedtype Column: RowColumn
  init(row: TypedRow<Column>) throws
}

extension Transaction {
  func all<Record: RowDecodable>(_ type: Record.Type, _ sql: String, with values: Bound...) throws -> [Record] {
    try prepare(sql).all(type, values)
  }

  func first<Record: RowDecodable>(_ type: Record.Type, _ sql: String, with values: Bound...) throws -> Record? {
    try prepare(sql).first(type, values)
  }
}

extension PreparedStatement {
  func all<Record: RowDecodable>(_ type: Record.Type, _ values: [Bound]) throws -> [Record] {
    var found: [Record] = []
    try forEach(values) { found.append(try Record(row: $0)) }
    return found
  }

  func first<Record: RowDecodable>(_ type: Record.Type, _ values: [Bound]) throws -> Record? {
    try first(values) { try Record(row: $0) }
  }
}
