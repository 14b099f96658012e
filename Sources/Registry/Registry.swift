internal import Storage
package import Vocabulary

/// Why the register could not be opened or refused a write.
package enum RegistryFailure: Error, Equatable, Sendable {
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
  /// The rule of the schema, or of a store, that refused the write.
  case refused(rule: RegistryRule)
  /// A constraint of the schema that has no name of its own refused the write, in SQLite's words.
  case constraint(String)
  /// A stored word that this program does not know.
  case unreadable(table: String, column: String, value: String)
  case storage(String)
}

/// The private register: one writing connection, and nine stores on it. Each writing method of a store is one
/// transaction that keeps the rules of `Schema`.
///
/// Only `khatm` opens it, and only under the lock of `Issuance.Home`; it holds no key and knows no clock.
package struct Registry: Sendable {
  /// Private on purpose: nobody writes past the methods of the stores.
  let database: RegistryDatabase

  package var members: MemberStore { MemberStore(database: database) }
  package var credentials: CredentialStore { CredentialStore(database: database) }
  package var requests: RequestStore { RequestStore(database: database) }
  package var officers: OfficerStore { OfficerStore(database: database) }
  package var keys: KeyRecordStore { KeyRecordStore(database: database) }
  package var log: LogStore { LogStore(database: database) }
  package var publications: PublicationStore { PublicationStore(database: database) }
  package var bindings: BindingStore { BindingStore(database: database) }
  package var recognitions: RecognitionStore { RecognitionStore(database: database) }

  /// Creates an empty register. - Throws: `.notARegister` when something stands there already.
  package static func create(at path: String, exists: Bool) throws(RegistryFailure) -> Registry {
    guard !exists else { throw .notARegister(path: path, why: "a file is already there") }
    return try connect(path)
  }

  /// Opens an existing register. Whoever holds the writer's lock brings its schema up to date; a reader holds none and
  /// refuses an older one.
  /// - Parameter head: the first bytes of the file (at least 20), read by the caller; nil when there is no file.
  /// - Parameter companions: names of files beside it, to notice a write-ahead log.
  package static func open(at path: String, head: [UInt8]?, companions: [String], migrating: Bool = true)
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
  package static func inMemory() throws(RegistryFailure) -> Registry {
    try RegistryDatabase.translating {
      let connection = try StorageConnection.open(nil, busy: 10, pragmas: pragmas)
      try connection.migrate(Schema.migrations)
      return Registry(database: RegistryDatabase(connection: connection))
    }
  }

  private static let pragmas = [
    // What a single statement would need to be undone is kept in memory: it is of no use after a crash, and in a file
    // it is most of all writes.
    "PRAGMA temp_store=MEMORY",
    // Recursive triggers: without them INSERT OR REPLACE deletes a row and no trigger that keeps rows sees it.
    "PRAGMA synchronous=EXTRA; PRAGMA recursive_triggers=ON; PRAGMA cache_size=-65536",
  ]

  private static func connect(_ path: String, migrating: Bool = true) throws(RegistryFailure) -> Registry {
    let connection = try RegistryDatabase.translating {
      try StorageConnection.open(path, busy: 10, pragmas: pragmas)
    }
    let (journal, synchronous, references) = try RegistryDatabase.translating {
      try connection.withoutTransaction {
        (
          try $0.text("PRAGMA journal_mode=DELETE"), try $0.integer("PRAGMA synchronous"),
          try $0.integer("PRAGMA foreign_keys")
        )
      }
    }
    guard journal == "delete" else { throw .durability(setting: "journal_mode", found: journal ?? "none") }
    guard synchronous == 3 else { throw .durability(setting: "synchronous", found: "\(synchronous ?? -1)") }
    guard references == 1 else { throw .durability(setting: "foreign_keys", found: "\(references ?? -1)") }
    try RegistryDatabase.translating {
      if try connection.isNewer(than: Schema.migrations) {
        throw RegistryFailure.notARegister(path: path, why: "it was written by a newer version")
      }
      guard try !connection.isCurrent(Schema.migrations) else { return }
      guard migrating else { throw RegistryFailure.outdated(path: path) }
      try connection.migrate(Schema.migrations)
    }
    return Registry(database: RegistryDatabase(connection: connection))
  }

  /// SQLite's own examination of the file and of all references. Empty when all is well.
  package func integrityComplaints() throws(RegistryFailure) -> [String] {
    try database.read { transaction in
      let complaints = try transaction.texts("PRAGMA integrity_check").filter { $0 != "ok" }
      return complaints
        + (try transaction.all(BrokenReference.self, "PRAGMA foreign_key_check").map { "foreign key: \($0.words)" })
    }
  }
}

/// A row of `PRAGMA foreign_key_check`.
private struct BrokenReference: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "foreign_key_check"
    case child, rowid, parent, fkid
  }
  let words: String
  init(row: TypedRow<Column>) {
    let rowID = row.optionalInteger(.rowid).map { "\($0)" } ?? "NULL"
    words =
      "[table:\"\(row.text(.child))\" rowid:\(rowID) parent:\"\(row.text(.parent))\" fkid:\(row.integer(.fkid))]"
  }
}
