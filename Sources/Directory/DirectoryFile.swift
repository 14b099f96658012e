public import Encodings
internal import Foundation
internal import GRDB
internal import Storage

/// Why the directory could not be read or written: about us, never about a credential.
public enum DirectoryFailure: Error, Equatable, Sendable, CustomStringConvertible {
  case missing(path: String)
  case unusable(path: String, why: String)

  public var description: String {
    switch self {
    case .missing(let path): "there is no \(path)"
    case .unusable(let path, let why): "\(path) cannot be used: \(why)"
    }
  }
}

/// What `public/directory.sqlite` holds of one credential. Nothing in it is believed because it stands here: the token,
/// the statement and the status lists are signed, and `Verification` checks them.
public struct PublicRecord: Sendable, Equatable {
  public let id: String
  /// The decoded parts of the token.
  public let header: [UInt8]
  public let payload: [UInt8]
  public let signature: [UInt8]
  public let chamber: String
  public let programme: String
  public let registerID: String
  public let names: [String]
  public let validUntil: Int64
  /// Chamber-signed statement of the last change of state; nil while nothing changed.
  public let statement: [UInt8]?
  /// Place in the transparency log, and the salt of its commitment.
  public let leaf: Int64?
  public let salt: [UInt8]
  public let replacedBy: String?
  /// Page keys it is bound to.
  public let pageKeys: [String]
  /// Chamber-signed statement about the proofs of its pages; nil while there is none.
  public let bindings: [UInt8]?
  public init(
    id: String,
    header: [UInt8],
    payload: [UInt8],
    signature: [UInt8],
    chamber: String,
    programme: String,
    registerID: String,
    names: [String],
    validUntil: Int64,
    statement: [UInt8]?,
    leaf: Int64?,
    salt: [UInt8],
    replacedBy: String?,
    pageKeys: [String],
    bindings: [UInt8]? = nil
  ) {
    self.id = id
    self.header = header
    self.payload = payload
    self.signature = signature
    self.chamber = chamber
    self.programme = programme
    self.registerID = registerID
    self.names = names
    self.validUntil = validUntil
    self.statement = statement
    self.leaf = leaf
    self.salt = salt
    self.replacedBy = replacedBy
    self.pageKeys = pageKeys
    self.bindings = bindings
  }

  /// The names that a certificate is found by, people's first, from the payload of its token.
  public static func names(in payload: JSONObject) -> [String] {
    let subject = payload["credentialSubject"]?.object
    let organization = subject?["memberOrganization"]?.object
    let person = subject?["memberPerson"]?.object
    let people = [person?["personName"]?.string, person?["representativeName"]?.string].compactMap { $0 }
    return people + (organization?["legalNameText"]?.array ?? []).compactMap { $0.object?["@value"]?.string }
  }

  /// The compact token.
  public var token: [UInt8] { Base64URL.join(header, payload, signature) }
}

/// The public projection of the register, a file beside the signed ones. `khatm` writes it in short transactions
/// (rollback journal, never WAL: see docs/DESIGN.md); readers open it for reading only.
public struct DirectoryFile: Sendable {
  /// Its own lock; the transactions of one file follow each other.
  private let queue: any DatabaseWriter & Sendable

  private static var schema: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 directory") { db in
      try db.execute(
        sql: """
          CREATE TABLE header (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL UNIQUE) STRICT;
          CREATE TABLE credential (
            seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, header INTEGER NOT NULL REFERENCES header, payload BLOB \
          NOT NULL, signature BLOB NOT NULL,
            chamber TEXT NOT NULL, programme TEXT NOT NULL, register_id TEXT NOT NULL, names TEXT NOT NULL, \
          valid_until INTEGER NOT NULL,
            statement BLOB, leaf INTEGER, salt BLOB NOT NULL, replaced_by TEXT
          ) STRICT;
          CREATE INDEX credential_register ON credential (register_id);
          CREATE TABLE page (key TEXT NOT NULL, credential INTEGER NOT NULL REFERENCES credential, PRIMARY KEY (key, \
          credential)) STRICT, WITHOUT ROWID;
          CREATE INDEX page_credential ON page (credential);
          CREATE VIRTUAL TABLE search USING fts5(words, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3');
          """
      )
    }
    // From an entry of the log to its credential: the change feed asks for each.
    migrator.registerMigration("2 leaf") { db in
      try db.execute(sql: "CREATE INDEX credential_leaf ON credential (leaf)")
    }
    migrator.registerMigration("3 bindings") { db in
      try db.execute(
        sql:
          """
          ALTER TABLE credential ADD COLUMN bindings BLOB; CREATE INDEX credential_bound ON credential (id) WHERE \
          bindings IS NOT NULL
          """
      )
    }
    migrator.registerMigration("4 statements") { db in
      try db.execute(sql: "CREATE INDEX credential_stated ON credential (id) WHERE statement IS NOT NULL")
    }
    return migrator
  }

  private static func configuration(readOnly: Bool) -> Configuration {
    var configuration = Configuration.plain(busy: 5)
    configuration.readonly = readOnly
    configuration.maximumReaderCount = 4
    configuration.prepareDatabase { db in
      // The pages of a thousand records stay in memory until the commit; so does what a single statement would need to
      // be undone.
      if !readOnly {
        try db.execute(sql: "PRAGMA synchronous=EXTRA; PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY")
      }
    }
    return configuration
  }

  private static func guarded<T>(_ path: String, _ body: () throws -> T) throws(DirectoryFailure) -> T {
    do {
      return try body()
    } catch let failure as DirectoryFailure {
      throw failure
    } catch {
      throw .unusable(path: path, why: "\(error)")
    }
  }

  /// Opens for writing; makes an empty directory where there is none.
  public static func writable(at path: String) throws(DirectoryFailure) -> DirectoryFile {
    try guarded(path) {
      let queue = try DatabaseQueue(path: path, configuration: configuration(readOnly: false))
      guard
        try queue.writeWithoutTransaction({ try String.fetchOne($0, sql: "PRAGMA journal_mode=DELETE") }) == "delete"
      else {
        throw DirectoryFailure.unusable(path: path, why: "it is in write-ahead mode")
      }
      try schema.migrate(queue)
      return DirectoryFile(queue: queue)
    }
  }

  /// Opens for reading. Several readers work at once.
  public static func readable(at path: String) throws(DirectoryFailure) -> DirectoryFile {
    guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
    return try guarded(path) {
      do {
        let pool = try DatabasePool(path: path, configuration: configuration(readOnly: true))
        _ = try pool.read { try Int.fetchOne($0, sql: "SELECT 1 FROM credential LIMIT 1") }
        return DirectoryFile(queue: pool)
      } catch {
        // A writer that was killed inside a commit leaves a journal to roll back, which a read-only connection cannot
        // do. Rolling back only completes what that writer had begun; where the folder is not ours to write, the answer
        // stays "cannot tell".
        let queue = try DatabaseQueue(path: path, configuration: configuration(readOnly: false))
        _ = try queue.read { try Int.fetchOne($0, sql: "SELECT 1 FROM credential LIMIT 1") }
        return DirectoryFile(queue: queue)
      }
    }
  }

  // MARK: writing

  /// Adds or replaces records, all or none.
  public func put(_ records: [PublicRecord]) throws(DirectoryFailure) {
    try Self.guarded("directory.sqlite") {
      try queue.write { db in
        // Equal for all of one signer: compared with the one before, not hashed.
        var header: (bytes: [UInt8], id: Int64?)?
        var words: [(seq: Int64, words: String)] = []
        let find = try db.cachedStatement(sql: "SELECT seq FROM credential WHERE id = ?")
        let write = try db.cachedStatement(
          sql: """
            INSERT INTO credential (seq, id, header, payload, signature, chamber, programme, register_id, names, \
            valid_until, statement, leaf, salt, replaced_by, bindings)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET header = excluded.header, payload = excluded.payload, signature = \
            excluded.signature,
              statement = excluded.statement, leaf = excluded.leaf, salt = excluded.salt, replaced_by = \
            excluded.replaced_by,
              bindings = ifnull(excluded.bindings, bindings)
            """
        )
        let bind = try db.cachedStatement(sql: "INSERT OR IGNORE INTO page VALUES (?, ?)")
        for record in records {
          if header?.bytes != record.header {
            try db.execute(sql: "INSERT OR IGNORE INTO header (bytes) VALUES (?)", arguments: [Data(record.header)])
            header = (
              record.header,
              try Int64.fetchOne(db, sql: "SELECT id FROM header WHERE bytes = ?", arguments: [Data(record.header)])
            )
          }
          let known = try find.first(.text(record.id)) { $0.integer(0) }
          try write.run(
            .optional(known),
            .text(record.id),
            .optional(header?.id),
            .blob(record.payload),
            .blob(record.signature),
            .text(record.chamber),
            .text(record.programme),
            .text(record.registerID),
            .text(record.names.joined(separator: "\n")),
            .integer(record.validUntil),
            .optional(record.statement),
            .optional(record.leaf),
            .blob(record.salt),
            .optional(record.replacedBy),
            .optional(record.bindings)
          )
          guard known == nil else { continue }  // pages and words stand in the token, and a token never changes
          let seq = db.lastInsertedRowID
          for key in record.pageKeys { try bind.run(.text(key), .integer(seq)) }
          words.append((seq, SearchWords.fold(record.names.joined(separator: " ") + " " + record.registerID)))
        }
        // Last: from the first of them on, each statement on another table that might have to be undone would make FTS5
        // write out what it holds.
        let learn = try db.cachedStatement(sql: "INSERT INTO search (rowid, words) VALUES (?, ?)")
        for line in words { try learn.run(.integer(line.seq), .text(line.words)) }
      }
    }
  }

  // MARK: reading

  private static let select = "SELECT c.*, h.bytes AS header_bytes FROM credential c JOIN header h ON h.id = c.header "

  private static func record(_ row: Row, in db: Database) throws -> PublicRecord {
    let seq: Int64 = row["seq"]
    let keys = try String.fetchAll(
      db.cachedStatement(sql: "SELECT key FROM page WHERE credential = ? ORDER BY key"),
      arguments: [seq]
    )
    let names: String = row["names"]
    return PublicRecord(
      id: row["id"],
      header: Array(row["header_bytes"] as Data),
      payload: Array(row["payload"] as Data),
      signature: Array(row["signature"] as Data),
      chamber: row["chamber"],
      programme: row["programme"],
      registerID: row["register_id"],
      names: names.split(separator: "\n").map(String.init),
      validUntil: row["valid_until"],
      statement: (row["statement"] as Data?).map { Array($0) },
      leaf: row["leaf"],
      salt: Array(row["salt"] as Data),
      replacedBy: row["replaced_by"],
      pageKeys: keys,
      bindings: (row["bindings"] as Data?).map { Array($0) }  // a copy from before has no such column
    )
  }

  /// The record of a certificate; nil where there is none of this number.
  public func record(id: String) throws(DirectoryFailure) -> PublicRecord? {
    try Self.guarded("directory.sqlite") {
      try queue.read { db in
        try Row.fetchOne(db.cachedStatement(sql: Self.select + "WHERE c.id = ?"), arguments: [id]).map {
          try Self.record($0, in: db)
        }
      }
    }
  }

  /// Numbers of which a chamber said something since the issue: of their state, or of their pages. A copy from before
  /// has no place for pages.
  public func idsWithStatements() throws(DirectoryFailure) -> Set<String> {
    try Self.guarded("directory.sqlite") {
      try queue.read { db in
        let bound = try db.columns(in: "credential").contains { $0.name == "bindings" }
        return try String.fetchSet(
          db,
          sql: "SELECT id FROM credential WHERE statement IS NOT NULL"
            + (bound ? " UNION SELECT id FROM credential WHERE bindings IS NOT NULL" : "")
        )
      }
    }
  }

  /// The credential that an entry of the log issued.
  public func record(leaf: Int64) throws(DirectoryFailure) -> PublicRecord? {
    try Self.guarded("directory.sqlite") {
      try queue.read { db in
        try Row.fetchOne(db.cachedStatement(sql: Self.select + "WHERE c.leaf = ?"), arguments: [leaf]).map {
          try Self.record($0, in: db)
        }
      }
    }
  }

  /// Credentials bound to any of the page's match keys (`docs/DESIGN.md`, page address and page key), newest first.
  public func records(pageKeys: [String], limit: Int) throws(DirectoryFailure) -> [PublicRecord] {
    try Self.guarded("directory.sqlite") {
      try queue.read { db in
        var found: [PublicRecord] = []
        var seen: Set<String> = []
        for key in pageKeys {
          let rows = try Row.fetchAll(
            db.cachedStatement(
              sql: Self.select + "JOIN page p ON p.credential = c.seq WHERE p.key = ? ORDER BY c.seq DESC LIMIT ?"
            ),
            arguments: [key, limit]
          )
          for row in rows where seen.insert(row["id"]).inserted { found.append(try Self.record(row, in: db)) }
        }
        return Array(found.prefix(limit))
      }
    }
  }

  /// Credentials of the member with this register number, newest first.
  public func records(registerID: String, limit: Int) throws(DirectoryFailure) -> [PublicRecord] {
    try Self.guarded("directory.sqlite") {
      try queue.read { db in
        try Row.fetchAll(
          db.cachedStatement(sql: Self.select + "WHERE c.register_id = ? ORDER BY c.seq DESC LIMIT ?"),
          arguments: [registerID, limit]
        )
        .map { try Self.record($0, in: db) }
      }
    }
  }

  /// Credentials whose names or number hold all of the words, in no order.
  public func search(_ words: String, limit: Int) throws(DirectoryFailure) -> [PublicRecord] {
    guard let pattern = SearchWords.pattern(words) else { return [] }
    return try Self.guarded("directory.sqlite") {
      try queue.read { db in
        try Row.fetchAll(
          db.cachedStatement(sql: Self.select + "JOIN search s ON s.rowid = c.seq WHERE search MATCH ? LIMIT ?"),
          arguments: [pattern, limit]
        )
        .map { try Self.record($0, in: db) }
      }
    }
  }

  /// How many credentials there are.
  public func count() throws(DirectoryFailure) -> Int {
    try Self.guarded("directory.sqlite") {
      try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM credential") ?? 0 }
    }
  }

  /// Tokens and ids in the order of their making, for an index of known tokens.
  public func forEachToken(_ body: (PublicRecord) -> Void) throws(DirectoryFailure) {
    try Self.guarded("directory.sqlite") {
      try queue.read { db in
        let rows = try Row.fetchCursor(db, sql: Self.select + "ORDER BY c.seq")
        while let row = try rows.next() { body(try Self.record(row, in: db)) }
      }
    }
  }
}
