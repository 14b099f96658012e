internal import Storage

/// Another authority whose list ours points to, one hop.
package struct Recognition: Sendable, Equatable {
  package let host: String, name: String, location: String
  /// The root certificate, DER, and its SHA-256.
  package let root: [UInt8], rootSHA256: [UInt8]
  package let since: Int64
  package private(set) var until: Int64?
  package init(host: String, name: String, location: String, root: [UInt8], rootSHA256: [UInt8], since: Int64) {
    self.host = host
    self.name = name
    self.location = location
    self.root = root
    self.rootSHA256 = rootSHA256
    self.since = since
  }
}

extension Recognition: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "recognition"
    case seq, host, name, location, root, rootSha256, since, until
  }

  init(row: TypedRow<Column>) {
    self.init(
      host: row.text(.host),
      name: row.text(.name),
      location: row.text(.location),
      root: row.blob(.root),
      rootSHA256: row.blob(.rootSha256),
      since: row.integer(.since)
    )
    until = row.optionalInteger(.until)
  }
}

/// Authorities of other countries that ours recognises.
package struct RecognitionStore: Sendable {
  let database: RegistryDatabase

  /// Oldest first; withdrawn ones included.
  package func all() throws(RegistryFailure) -> [Recognition] {
    try database.read { try $0.all(Recognition.self, "SELECT * FROM recognition ORDER BY seq") }
  }

  package func add(_ other: Recognition, audit: AuditRecord) throws(RegistryFailure) {
    try database.write { transaction in
      try transaction.execute(
        "INSERT INTO recognition (host, name, location, root, root_sha256, since) VALUES (?,?,?,?,?,?)",
        .text(other.host),
        .text(other.name),
        .text(other.location),
        .blob(other.root),
        .blob(other.rootSHA256),
        .integer(other.since)
      )
      try transaction.insert(audit)
    }
  }

  package func withdraw(host: String, at now: Int64, audit: AuditRecord) throws(RegistryFailure) {
    try database.write { transaction in
      try transaction.execute(
        "UPDATE recognition SET until = ? WHERE host = ? AND until IS NULL",
        .integer(now),
        .text(host)
      )
      try transaction.insert(audit)
    }
  }
}
