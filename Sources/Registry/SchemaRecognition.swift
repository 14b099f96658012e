internal import Foundation
internal import GRDB

extension Schema {
  /// Other authorities whose lists ours points to. A pointer is withdrawn, never changed or deleted: what was
  /// recognised when, stays known.
  static let recognition = """
    CREATE TABLE recognition (
      seq INTEGER PRIMARY KEY,
      host TEXT NOT NULL CHECK (length(host) BETWEEN 1 AND 253),
      name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 512),
      location TEXT NOT NULL,
      root BLOB NOT NULL, root_sha256 BLOB NOT NULL CHECK (length(root_sha256) = 32),
      since INTEGER NOT NULL, until INTEGER CHECK (until >= since)
    ) STRICT;
    CREATE UNIQUE INDEX recognition_once ON recognition (host) WHERE until IS NULL;
    CREATE UNIQUE INDEX recognition_root ON recognition (root_sha256) WHERE until IS NULL;
    CREATE TRIGGER recognition_fixed BEFORE UPDATE OF seq, host, name, location, root, root_sha256, since ON recognition
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER recognition_final BEFORE UPDATE OF until ON recognition WHEN OLD.until IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER recognition_kept BEFORE DELETE ON recognition BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    """
}

/// Another authority whose list ours points to, one hop.
public struct Recognition: Sendable, Equatable {
  public let host: String, name: String, location: String
  /// The root certificate, DER, and its SHA-256.
  public let root: [UInt8], rootSHA256: [UInt8]
  public let since: Int64, until: Int64?
  public init(
    host: String,
    name: String,
    location: String,
    root: [UInt8],
    rootSHA256: [UInt8],
    since: Int64,
    until: Int64? = nil
  ) {
    self.host = host; self.name = name; self.location = location; self.root = root; self.rootSHA256 = rootSHA256;
    self.since = since; self.until = until
  }
}

extension Registry {
  /// Oldest first; withdrawn ones included.
  public func recognitions() throws(RegistryFailure) -> [Recognition] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM recognition ORDER BY seq").map {
        Recognition(
          host: $0["host"],
          name: $0["name"],
          location: $0["location"],
          root: Array($0["root"] as Data),
          rootSHA256: Array($0["root_sha256"] as Data),
          since: $0["since"],
          until: $0["until"]
        )
      }
    }
  }

  public func recognise(_ other: Recognition, audit: AuditRecord) throws(RegistryFailure) {
    try write { db in
      try db.execute(
        sql: "INSERT INTO recognition (host, name, location, root, root_sha256, since) VALUES (?,?,?,?,?,?)",
        arguments: [other.host, other.name, other.location, Data(other.root), Data(other.rootSHA256), other.since]
      )
      try Self.insert(audit, in: db)
    }
  }

  public func withdrawRecognition(host: String, at now: Int64, audit: AuditRecord) throws(RegistryFailure) {
    try write { db in
      try db.execute(sql: "UPDATE recognition SET until = ? WHERE host = ? AND until IS NULL", arguments: [now, host])
      try Self.insert(audit, in: db)
    }
  }
}
