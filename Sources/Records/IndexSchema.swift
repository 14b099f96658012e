internal import Encodings
internal import Storage

/// The tables of a reader's index. Rows are only added, but for an erasure; each question asks for leaves below the
/// size of its snapshot.
enum IndexSchema {
  /// Of what is written here and of how bodies are packed. Another one: thrown away and built anew.
  static let format: Int64 = 1
  /// Of `SearchWords` and `RegisterNumber`.
  static let folding: Int64 = 1
  /// "KhI1"
  static let applicationID: Int64 = 0x4B68_4931

  static let sql = """
    CREATE TABLE meta (
      id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL, folding INTEGER NOT NULL, host TEXT NOT NULL,
      origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, edge BLOB NOT NULL, at INTEGER,
      verified INTEGER NOT NULL, verified_root BLOB NOT NULL, verified_edge BLOB NOT NULL, verified_at INTEGER
    ) STRICT;
    CREATE TABLE header (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, dictionary BLOB NOT NULL) STRICT;
    CREATE TABLE certificate (
      leaf INTEGER PRIMARY KEY, number BLOB, badge BLOB, header INTEGER, body BLOB, salt BLOB, ref BLOB NOT NULL,
      commitment BLOB NOT NULL, chamber TEXT NOT NULL, programme TEXT NOT NULL, at INTEGER NOT NULL, register TEXT,
      member TEXT, valid_from INTEGER, valid_until INTEGER, erased INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX certificate_number ON certificate (number) WHERE number IS NOT NULL;
    CREATE INDEX certificate_ref ON certificate (ref);
    CREATE INDEX certificate_register ON certificate (register) WHERE register IS NOT NULL;
    CREATE INDEX certificate_member ON certificate (member) WHERE member IS NOT NULL;
    CREATE TABLE act (
      leaf INTEGER PRIMARY KEY, certificate INTEGER, kind TEXT NOT NULL, at INTEGER NOT NULL, entry BLOB NOT NULL,
      statement BLOB
    ) STRICT;
    CREATE INDEX act_certificate ON act (certificate, leaf);
    CREATE TABLE page (
      key TEXT NOT NULL, certificate INTEGER NOT NULL, PRIMARY KEY (key, certificate)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE list (
      url TEXT NOT NULL, leaf INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (url, leaf)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE trust (leaf INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
    CREATE TABLE files (leaf INTEGER PRIMARY KEY, digest BLOB NOT NULL) STRICT;
    CREATE TABLE gap (
      leaf INTEGER PRIMARY KEY, certificate INTEGER, is_issue INTEGER NOT NULL, why TEXT NOT NULL, entry BLOB NOT NULL
    ) STRICT;
    CREATE VIRTUAL TABLE search USING fts5(words, content = '', columnsize = 0, tokenize = 'ascii', detail = 'none');
    """

  /// Every statement of the schema, as SQLite keeps it.
  static func statements(in transaction: Transaction) throws -> [String] {
    try transaction.texts(
      "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY type, name"
    )
  }
}

/// The one row of `meta`.
struct IndexMeta: Sendable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    case format, folding, host, origin, size, root, edge, at, verified, verifiedRoot, verifiedEdge, verifiedAt
    static let table = "meta"
  }

  static let select = """
    SELECT format, folding, host, origin, size, root, edge, at, verified, verified_root, verified_edge, verified_at \
    FROM meta
    """

  let format, folding: Int64
  let host, origin: String
  /// Entries that were read, their right edge, and the greatest time among them.
  var size: UInt64
  var root, edge: [UInt8]
  var at: Int64?
  /// The same of the entries whose root was that of a checkpoint. Only these count.
  var verified: UInt64
  var verifiedRoot, verifiedEdge: [UInt8]
  var verifiedAt: Int64?
}

extension IndexMeta {
  /// What counts.
  var snapshot: IndexSnapshot {
    IndexSnapshot(size: verified, root: verifiedRoot, newest: verifiedAt.map { Instant(seconds: $0) })
  }

  init(row: TypedRow<Column>) throws {
    func size(_ column: Column) throws -> UInt64 {
      let value = try row.strictInteger(column)
      guard let size = UInt64(exactly: value) else {
        throw StorageFailure.unreadable(table: Column.table, column: "\(column)", value: "\(value)")
      }
      return size
    }
    self.init(
      format: try row.strictInteger(.format),
      folding: try row.strictInteger(.folding),
      host: try row.strictText(.host),
      origin: try row.strictText(.origin),
      size: try size(.size),
      root: try row.strictBlob(.root),
      edge: try row.strictBlob(.edge),
      at: try row.strictOptionalInteger(.at),
      verified: try size(.verified),
      verifiedRoot: try row.strictBlob(.verifiedRoot),
      verifiedEdge: try row.strictBlob(.verifiedEdge),
      verifiedAt: try row.strictOptionalInteger(.verifiedAt)
    )
  }

  /// Nil where there is no row: nothing was read yet.
  static func read(_ transaction: Transaction) throws -> IndexMeta? {
    try transaction.prepare(select).first([]) { (row: TypedRow<Column>) in try IndexMeta(row: row) }
  }

  func write(_ transaction: Transaction) throws {
    try transaction.execute(
      """
      INSERT OR REPLACE INTO meta (id, format, folding, host, origin, size, root, edge, at, verified, verified_root, \
      verified_edge, verified_at) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      .integer(format),
      .integer(folding),
      .text(host),
      .text(origin),
      .integer(Int64(size)),
      .blob(root),
      .blob(edge),
      .optional(at),
      .integer(Int64(verified)),
      .blob(verifiedRoot),
      .blob(verifiedEdge),
      .optional(verifiedAt)
    )
  }
}
