internal import GRDB
internal import Storage

/// Why the register could not be opened or refused a write.
public enum RegistryFailure: Error, Equatable, Sendable {
  /// No file at the path; `khatm init` makes one.
  case missing(path: String)
  /// Something other than a register stands at the path, or it was made by a newer program.
  case notARegister(path: String, why: String)
  /// A reader met a register of an older version; the next command that writes brings it up to date.
  case outdated(path: String)
  /// The file is in WAL mode or has a `-wal` beside it: not durable with the SQLite of this distribution (see
  /// docs/DESIGN.md).
  case writeAheadLog(path: String)
  /// A setting that the promise of durability rests on did not hold after opening.
  case durability(setting: String, found: String)
  /// The transaction was rolled back.
  case diskFull
  /// The rule of the schema that refused the write: `illegal_transition`, `registry_immutable`, `registry_tampered`, or
  /// SQLite's own words.
  case refused(rule: String)
  case storage(String)
}

/// The private register: one writing connection, and each writing method one transaction that keeps the rules of
/// `Schema`.
///
/// Only `khatm` opens it, and only under the lock of `Issuance.Home`; it holds no key and knows no clock.
public struct Registry: Sendable {
  /// Private on purpose: nobody writes past the methods of this type.
  let queue: DatabaseQueue

  /// Creates an empty register. - Throws: `.notARegister` when something stands there already.
  public static func create(at path: String, exists: Bool) throws(RegistryFailure) -> Registry {
    guard !exists else { throw .notARegister(path: path, why: "a file is already there") }
    return try connect(path)
  }

  /// Opens an existing register. Whoever holds the writer's lock brings its schema up to date; a reader holds none and
  /// refuses an older one.
  /// - Parameter head: the first bytes of the file (at least 20), read by the caller; nil when there is no file.
  /// - Parameter companions: names of files beside it, to notice a write-ahead log.
  public static func open(at path: String, head: [UInt8]?, companions: [String], migrating: Bool = true)
    throws(RegistryFailure) -> Registry
  {
    guard let head else { throw .missing(path: path) }
    let magic = Array("SQLite format 3".utf8) + [0]
    guard head.count >= 20, Array(head[..<16]) == magic else {
      throw .notARegister(path: path, why: "it is not an SQLite file")
    }
    guard head[18] == 1, head[19] == 1, !companions.contains(where: { $0.hasSuffix("-wal") || $0.hasSuffix("-shm") })
    else {
      throw .writeAheadLog(path: path)
    }
    // A backup is put back by `Issuance`, which checks it; used as it lies there it would fork the log.
    guard RegisterMark(head: head) != .backup else {
      throw .notARegister(path: path, why: "it is a backup, which must be put back (khatm restore)")
    }
    return try connect(path, migrating: migrating)
  }

  /// A register in memory, for tests of the schema.
  public static func inMemory() throws(RegistryFailure) -> Registry {
    try wrap {
      let registry = Registry(queue: try DatabaseQueue(configuration: settings));
      try Schema.migrator.migrate(registry.queue); return registry
    }
  }

  private static var settings: Configuration {
    var configuration = Configuration.plain(busy: 10)
    configuration.prepareDatabase { db in
      // What a single statement would need to be undone is kept in memory: it is of no use after a crash, and in a file
      // it is most of all writes.
      try db.execute(sql: "PRAGMA temp_store=MEMORY")
      // Recursive triggers: without them INSERT OR REPLACE deletes a row and no trigger that keeps rows sees it.
      try db.execute(sql: "PRAGMA synchronous=EXTRA; PRAGMA recursive_triggers=ON; PRAGMA cache_size=-65536")
    }
    return configuration
  }

  private static func connect(_ path: String, migrating: Bool = true) throws(RegistryFailure) -> Registry {
    let registry = Registry(queue: try wrap { try DatabaseQueue(path: path, configuration: settings) })
    let found = try wrap {
      try registry.queue.writeWithoutTransaction { db in
        (
          try String.fetchOne(db, sql: "PRAGMA journal_mode=DELETE"), try Int.fetchOne(db, sql: "PRAGMA synchronous"),
          try Int.fetchOne(db, sql: "PRAGMA foreign_keys")
        )
      }
    }
    guard found.0 == "delete" else { throw .durability(setting: "journal_mode", found: found.0 ?? "none") }
    guard found.1 == 3 else { throw .durability(setting: "synchronous", found: "\(found.1 ?? -1)") }
    guard found.2 == 1 else { throw .durability(setting: "foreign_keys", found: "\(found.2 ?? -1)") }
    try wrap {
      if try registry.queue.read({ try Schema.migrator.hasBeenSuperseded($0) }) {
        throw RegistryFailure.notARegister(path: path, why: "it was written by a newer version")
      }
      guard try !registry.queue.read({ try Schema.migrator.hasCompletedMigrations($0) }) else { return }
      guard migrating else { throw RegistryFailure.outdated(path: path) }
      try Schema.migrator.migrate(registry.queue)
    }
    return registry
  }

  /// Turns GRDB's errors into ours; the words of a RAISE in a trigger are the rule's name.
  static func wrap<T>(_ body: () throws -> T) throws(RegistryFailure) -> T {
    do {
      return try body()
    } catch let failure as RegistryFailure {
      throw failure
    } catch let error as DatabaseError {
      if error.resultCode == .SQLITE_FULL { throw .diskFull }
      if error.resultCode == .SQLITE_CONSTRAINT { throw .refused(rule: error.message ?? "constraint") }
      throw .storage("\(error.extendedResultCode): \(error.message ?? "")")
    } catch { throw .storage("\(error)") }
  }

  /// One state of the register for the whole body. Not `queue.read`: the setting by which that forbids writes makes
  /// SQLite compile every statement anew.
  func read<T>(_ body: (Database) throws -> T) throws(RegistryFailure) -> T {
    try Self.wrap {
      try queue.inDatabase { db in
        try db.beginTransaction(.deferred)
        let result = Result { try body(db) }
        try db.rollback()
        return try result.get()
      }
    }
  }
  func write<T>(_ body: (Database) throws -> T) throws(RegistryFailure) -> T { try Self.wrap { try queue.write(body) } }

  /// SQLite's own examination of the file and of all references. Empty when all is well.
  public func integrityComplaints() throws(RegistryFailure) -> [String] {
    try read { db in
      var complaints = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
      complaints += try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").map { "foreign key: \($0)" }
      return complaints
    }
  }
}
