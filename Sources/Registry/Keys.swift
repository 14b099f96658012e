internal import Storage
package import Vocabulary

/// The organisation that runs the register, and the one host on which certificates are checked.
package struct Authority: Sendable, Equatable {
  package let name: String, host: String
  package let createdAt: Int64
  package init(name: String, host: String, createdAt: Int64) {
    self.name = name
    self.host = host
    self.createdAt = createdAt
  }
}

extension Authority: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "authority"
    case one, name, host, createdAt
  }

  init(row: TypedRow<Column>) {
    self.init(name: row.text(.name), host: row.text(.host), createdAt: row.integer(.createdAt))
  }
}

/// A chamber of commerce under the authority.
package struct Chamber: Sendable, Equatable {
  package let slug: String, domain: String, nameEn: String, nameAr: String
  /// ISO 3166-2, for example `AE-DU`.
  package let jurisdiction: String
  package let status: RecognitionStatus
  package let statusSince: Int64
  package init(
    slug: String,
    domain: String,
    nameEn: String,
    nameAr: String,
    jurisdiction: String,
    status: RecognitionStatus,
    statusSince: Int64
  ) {
    self.slug = slug
    self.domain = domain
    self.nameEn = nameEn
    self.nameAr = nameAr
    self.jurisdiction = jurisdiction
    self.status = status
    self.statusSince = statusSince
  }
  package var did: String { "did:web:\(domain)" }
}

extension Chamber: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "chamber"
    case slug, domain, nameEn, nameAr, jurisdiction, status, statusSince, createdAt
  }

  init(row: TypedRow<Column>) throws {
    self.init(
      slug: row.text(.slug),
      domain: row.text(.domain),
      nameEn: row.text(.nameEn),
      nameAr: row.text(.nameAr),
      jurisdiction: row.text(.jurisdiction),
      status: try row.value(RecognitionStatus.self, .status),
      statusSince: row.integer(.statusSince)
    )
  }
}

/// From when on a chamber was recognised, or not.
package struct RecognitionPeriod: Sendable, Equatable {
  package let status: RecognitionStatus
  package let since: Int64
}

extension RecognitionPeriod: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "chamber_status"
    case status, since
  }

  init(row: TypedRow<Column>) throws {
    status = try row.value(RecognitionStatus.self, .status)
    since = row.integer(.since)
  }
}

/// One key's public half, its certificate, and the file that holds the encrypted private half.
package struct SigningKeyRecord: Sendable, Equatable {
  /// Nil for keys of the authority.
  package let chamber: String?
  package let purpose: KeyPurpose, kid: String
  /// SubjectPublicKeyInfo, DER.
  package let publicKey: [UInt8]
  package let certificate: [UInt8]?
  package let notBefore: Int64, notAfter: Int64
  package var state = KeyState.current
  package var revokedAt: Int64?
  package let file: String
  package init(
    chamber: String?,
    purpose: KeyPurpose,
    kid: String,
    publicKey: [UInt8],
    certificate: [UInt8]?,
    notBefore: Int64,
    notAfter: Int64,
    file: String
  ) {
    self.chamber = chamber
    self.purpose = purpose
    self.kid = kid
    self.publicKey = publicKey
    self.certificate = certificate
    self.notBefore = notBefore
    self.notAfter = notAfter
    self.file = file
  }
}

extension SigningKeyRecord: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "signing_key"
    case id, chamber, purpose, kid, publicKey, certificate, notBefore, notAfter, state, revokedAt, file
  }

  init(row: TypedRow<Column>) throws {
    self.init(
      chamber: row.optionalText(.chamber),
      purpose: try row.value(KeyPurpose.self, .purpose),
      kid: row.text(.kid),
      publicKey: row.blob(.publicKey),
      certificate: row.optionalBlob(.certificate),
      notBefore: row.integer(.notBefore),
      notAfter: row.integer(.notAfter),
      file: row.text(.file)
    )
    state = try row.value(KeyState.self, .state)
    revokedAt = row.optionalInteger(.revokedAt)
  }
}

/// Who signs: the authority, its chambers, and the public halves of their keys.
package struct KeyRecordStore: Sendable {
  let database: RegistryDatabase

  package func authority() throws(RegistryFailure) -> Authority? {
    try database.read { try $0.first(Authority.self, "SELECT * FROM authority") }
  }

  package func chambers() throws(RegistryFailure) -> [Chamber] {
    try database.read { try $0.all(Chamber.self, "SELECT * FROM chamber ORDER BY created_at, slug") }
  }

  /// Recognition, oldest first.
  package func recognitionHistory(of chamber: String) throws(RegistryFailure) -> [RecognitionPeriod] {
    try database.read {
      try $0.all(
        RecognitionPeriod.self,
        "SELECT status, since FROM chamber_status WHERE chamber = ? ORDER BY since",
        with: .text(chamber)
      )
    }
  }

  /// Keys of a chamber (nil: of the authority), newest first; retired and revoked ones included.
  package func all(chamber: String?) throws(RegistryFailure) -> [SigningKeyRecord] {
    try database.read {
      try $0.all(
        SigningKeyRecord.self,
        "SELECT * FROM signing_key WHERE chamber IS ? ORDER BY id DESC",
        with: .optional(chamber)
      )
    }
  }

  package func found(_ authority: Authority, keys: [SigningKeyRecord], audit: AuditRecord) throws(RegistryFailure) {
    try database.write { transaction in
      try transaction.execute(
        "INSERT INTO authority VALUES (1, ?, ?, ?)",
        .text(authority.name),
        .text(authority.host),
        .integer(authority.createdAt)
      )
      for key in keys { try transaction.insert(key) }
      try transaction.insert(audit)
    }
  }

  package func add(_ chamber: Chamber, keys: [SigningKeyRecord], log: LogAppend, audit: AuditRecord)
    throws(RegistryFailure)
  {
    try database.write { transaction in
      try transaction.execute(
        "INSERT INTO chamber VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        .text(chamber.slug),
        .text(chamber.domain),
        .text(chamber.nameEn),
        .text(chamber.nameAr),
        .text(chamber.jurisdiction),
        .word(chamber.status),
        .integer(chamber.statusSince),
        .integer(chamber.statusSince)
      )
      try transaction.execute(
        "INSERT INTO chamber_status VALUES (?, ?, ?)",
        .text(chamber.slug),
        .word(chamber.status),
        .integer(chamber.statusSince)
      )
      for key in keys { try transaction.insert(key) }
      try transaction.append(log)
      try transaction.insert(audit)
    }
  }

  package func setStatus(
    of chamber: String,
    to status: RecognitionStatus,
    since: Int64,
    log: LogAppend,
    audit: AuditRecord
  ) throws(RegistryFailure) {
    try database.write { transaction in
      try transaction.execute(
        "UPDATE chamber SET status = ?, status_since = ? WHERE slug = ?",
        .word(status),
        .integer(since),
        .text(chamber)
      )
      try transaction.execute(
        "INSERT INTO chamber_status VALUES (?, ?, ?)",
        .text(chamber),
        .word(status),
        .integer(since)
      )
      try transaction.append(log)
      try transaction.insert(audit)
    }
  }

  /// Names one more key of a chamber, together with the log entry that tells of it.
  package func add(_ key: SigningKeyRecord, log: LogAppend, audit: AuditRecord) throws(RegistryFailure) {
    try database.write { transaction in
      try transaction.insert(key)
      try transaction.append(log)
      try transaction.insert(audit)
    }
  }

  /// Retires a current key and puts another in its place, in one step: there is never none, and never two.
  package func replace(_ old: SigningKeyRecord, by new: SigningKeyRecord, log: LogAppend, audit: AuditRecord)
    throws(RegistryFailure)
  {
    try database.write { transaction in
      try transaction.execute(
        "UPDATE signing_key SET state = 'retired' WHERE kid = ? AND state = 'current'",
        .text(old.kid)
      )
      guard transaction.changes == 1 else { throw RegistryFailure.refused(rule: .illegalTransition) }
      try transaction.insert(new)
      try transaction.append(log)
      try transaction.insert(audit)
    }
  }
}

extension Transaction {
  func insert(_ key: SigningKeyRecord) throws {
    try execute(
      """
      INSERT INTO signing_key (chamber, purpose, kid, public_key, certificate, not_before, not_after, state, \
      revoked_at, file) VALUES (?,?,?,?,?,?,?,?,?,?)
      """,
      .optional(key.chamber),
      .word(key.purpose),
      .text(key.kid),
      .blob(key.publicKey),
      .optional(key.certificate),
      .integer(key.notBefore),
      .integer(key.notAfter),
      .word(key.state),
      .optional(key.revokedAt),
      .text(key.file)
    )
  }
}
