internal import CSQLite
package import GRDB

extension Configuration {
  /// Counting what is allocated serves limits that nothing here sets, and costs one lock for all connections of a
  /// process at each allocation. Those are many: Debian builds SQLite without the small stores of each connection. Has
  /// no effect once SQLite is in use; it stays correct.
  private static let uncounted: CInt = khatm_sqlite_without_memory_statistics()

  /// What a connection of ours begins with.
  /// - Parameter busy: seconds to wait for another that writes.
  package static func plain(busy: Double) -> Configuration {
    _ = uncounted
    var configuration = Configuration()
    configuration.busyMode = .timeout(busy)
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON") }
    return configuration
  }
}

/// Why the engine could not do what was asked.
public enum StorageFailure: Error, Equatable, Sendable {
  /// A constraint or a trigger of the schema refused a write, in its own words.
  case constraint(String)
  /// A stored word that this program does not know: the file is of a newer program, or damaged.
  case unreadable(table: String, column: String, value: String)
  case diskFull
  /// Another process kept the file for longer than we wait.
  case busy(String)
  case engine(String)
}

/// A numbered step of a schema. One that has shipped never changes.
public struct Migration: Sendable {
  let name: String
  let body: @Sendable (Transaction) throws -> Void
  public init(_ name: String, _ body: @escaping @Sendable (Transaction) throws -> Void) {
    self.name = name
    self.body = body
  }
}

/// One connection to an SQLite file; whoever uses it waits until nobody else does.
public final class StorageConnection: Sendable {
  package let queue: DatabaseQueue
  package init(queue: DatabaseQueue) { self.queue = queue }

  /// - Parameters:
  ///   - path: nil for one in memory.
  ///   - busy: seconds to wait for another process that writes.
  ///   - pragmas: what the connection begins with, besides the settings that all of ours have.
  public static func open(_ path: String?, readOnly: Bool = false, busy: Double, pragmas: [String] = []) throws
    -> StorageConnection
  {
    var configuration = Configuration.plain(busy: busy)
    configuration.readonly = readOnly
    for pragma in pragmas { configuration.prepareDatabase { try $0.execute(sql: pragma) } }
    return try translating {
      StorageConnection(
        queue: try path.map { try DatabaseQueue(path: $0, configuration: configuration) }
          ?? DatabaseQueue(configuration: configuration)
      )
    }
  }

  public func close() throws { try Self.translating { try queue.close() } }

  /// One state of the file for the whole body. Not `queue.read`: the setting by which that forbids writes makes SQLite
  /// compile every statement anew.
  public func read<T>(_ body: (Transaction) throws -> T) throws -> T {
    try Self.translating {
      try queue.inDatabase { db in
        try db.beginTransaction(.deferred)
        let result = Result { try body(Transaction(db: db)) }
        try db.rollback()
        return try result.get()
      }
    }
  }

  /// All or nothing.
  public func write<T>(_ body: (Transaction) throws -> T) throws -> T {
    try Self.translating { try queue.write { try body(Transaction(db: $0)) } }
  }

  /// For settings of the connection or the file, which take no part in a transaction.
  public func withoutTransaction<T>(_ body: (Transaction) throws -> T) throws -> T {
    try Self.translating { try queue.writeWithoutTransaction { try body(Transaction(db: $0)) } }
  }

  /// A consistent copy by SQLite's own backup interface, also while somebody writes.
  public func copy(to other: StorageConnection) throws { try Self.translating { try queue.backup(to: other.queue) } }

  // MARK: migrations

  /// - Parameter name: the last step to take; nil: all.
  public func migrate(_ migrations: [Migration], upTo name: String? = nil) throws {
    let migrator = Self.migrator(migrations)
    try Self.translating {
      if let name { try migrator.migrate(queue, upTo: name) } else { try migrator.migrate(queue) }
    }
  }

  /// Whether the file went through every one of them.
  public func isCurrent(_ migrations: [Migration]) throws -> Bool {
    try Self.translating { try queue.read { try Self.migrator(migrations).hasCompletedMigrations($0) } }
  }

  /// Whether the file went through others, of a newer program.
  public func isNewer(than migrations: [Migration]) throws -> Bool {
    try Self.translating { try queue.read { try Self.migrator(migrations).hasBeenSuperseded($0) } }
  }

  private static func migrator(_ migrations: [Migration]) -> DatabaseMigrator {
    var migrator = DatabaseMigrator()
    for migration in migrations {
      migrator.registerMigration(migration.name) { try migration.body(Transaction(db: $0)) }
    }
    return migrator
  }

  /// The engine's errors in our words; all others pass.
  package static func translating<T>(_ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as DatabaseError {
      if error.resultCode == .SQLITE_FULL { throw StorageFailure.diskFull }
      if error.resultCode == .SQLITE_CONSTRAINT { throw StorageFailure.constraint(error.message ?? "constraint") }
      if [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
        throw StorageFailure.busy("\(error.extendedResultCode): \(error.message ?? "")")
      }
      throw StorageFailure.engine("\(error.extendedResultCode): \(error.message ?? "")")
    }
  }
}
