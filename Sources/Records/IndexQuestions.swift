public import Encodings
internal import Storage
internal import TransparencyLog

extension ReaderIndex {
  /// Certificates of one answer, at most.
  public static let defaultLimit = 100

  /// The certificates that a question finds, newest first; for a number at most one.
  public func answer(_ question: RecordQuestion, at snapshot: IndexSnapshot, limit: Int = defaultLimit)
    throws(IndexFailure) -> [FoundCertificate]
  {
    let headers = now.headers
    return try read { transaction in
      let query = IndexQuery(transaction: transaction, size: snapshot.size, headers: headers)
      return try query.certificates(try query.leaves(question, limit: limit), limit: limit)
    }
  }

  /// The certificate that an entry issued; nil: it issued none, or there is no record of it.
  public func certificate(leaf: UInt64, at snapshot: IndexSnapshot) throws(IndexFailure) -> FoundCertificate? {
    let headers = now.headers
    return try read { transaction in
      guard leaf < snapshot.size else { return nil }
      let query = IndexQuery(transaction: transaction, size: snapshot.size, headers: headers)
      return try query.certificates([Int64(leaf)], limit: 1).first
    }
  }

  /// The certificate with this `ref`: of a successor, or of an entry.
  public func certificate(ref: [UInt8], at snapshot: IndexSnapshot) throws(IndexFailure) -> FoundCertificate? {
    let headers = now.headers
    return try read { transaction in
      let query = IndexQuery(transaction: transaction, size: snapshot.size, headers: headers)
      guard let issue = try IndexIssue.find(ref: ref, before: snapshot.size, transaction) else { return nil }
      return try query.certificates([issue.leaf], limit: 1).first
    }
  }

  /// Whether an entry issued a certificate with this `ref`, with a record or without.
  func hasIssue(ref: [UInt8], at snapshot: IndexSnapshot) throws(IndexFailure) -> Bool {
    try read { try IndexIssue.find(ref: ref, before: snapshot.size, $0) != nil }
  }

  /// Lists, trust list, files and gaps under a snapshot.
  public func facts(at snapshot: IndexSnapshot) throws(IndexFailure) -> LogFacts {
    try read { transaction in
      let query = IndexQuery(transaction: transaction, size: snapshot.size, headers: IndexHeaders())
      var facts = LogFacts(size: snapshot.size, newest: snapshot.newest)
      try query.gather(&facts)
      return facts
    }
  }

  /// The newest digest of one status list.
  public func list(_ url: Text, at snapshot: IndexSnapshot) throws(IndexFailure) -> [UInt8]? {
    try read { transaction in
      try transaction.blob(
        "SELECT digest FROM list WHERE url = ? AND leaf < ? ORDER BY leaf DESC LIMIT 1",
        .text(url.string),
        .integer(Int64(clamping: snapshot.size))
      )
    }
  }

  /// Entries whose records are missing or do not fit, the first ones, with the reason.
  public func gaps(at snapshot: IndexSnapshot, limit: Int = defaultLimit) throws(IndexFailure) -> [RecordGapPlace] {
    try read { transaction in
      var gaps: [RecordGapPlace] = []
      try transaction.prepare("SELECT leaf, why FROM gap WHERE leaf < ? ORDER BY leaf LIMIT ?")
        .forEach([.integer(Int64(clamping: snapshot.size)), .count(limit)]) { (row: TypedRow<GapColumn>) in
          gaps.append(
            RecordGapPlace(
              leaf: UInt64(clamping: try row.strictInteger(.leaf)),
              gap: try row.value(RecordGap.self, .why)
            )
          )
        }
      return gaps
    }
  }

  /// Numbers that more than one certificate claims: only a false log has any. The first counts.
  public func duplicateNumbers(at snapshot: IndexSnapshot, limit: Int = defaultLimit) throws(IndexFailure)
    -> [CredentialID]
  {
    try read { transaction in
      try transaction.blobs(
        """
        SELECT number FROM certificate WHERE number IS NOT NULL AND leaf < ? GROUP BY number HAVING count(*) > 1 LIMIT ?
        """,
        .integer(Int64(clamping: snapshot.size)),
        .count(limit)
      ).compactMap { CredentialID(bytes: $0) }
    }
  }
}

/// Where a record is missing.
public struct RecordGapPlace: Hashable, Sendable {
  public let leaf: UInt64
  public let gap: RecordGap
}

/// What the query gives, in its order.
private enum GapColumn: Int32, RowColumn {
  case leaf, why
  static let table = "gap"
}

/// One question under one snapshot.
private struct IndexQuery {
  let transaction: Transaction
  let size: UInt64
  let headers: IndexHeaders
  private var bound: Bound { .integer(Int64(clamping: size)) }

  init(transaction: Transaction, size: UInt64, headers: IndexHeaders) {
    self.transaction = transaction
    self.size = size
    self.headers = headers
  }

  // MARK: finding

  /// The certificates that a question finds, newest first. A false log may let two claim one number: some more than
  /// the limit, so that leaving those out makes no hole.
  func leaves(_ question: RecordQuestion, limit: Int) throws -> [Int64] {
    let most = Bound.count(limit + 64)
    switch question {
    case .number(let number):
      return try transaction.integers(
        "SELECT leaf FROM certificate WHERE number = ? AND leaf < ? ORDER BY leaf LIMIT 1",
        .blob(number.bytes),
        bound
      )
    case .pages(let keys):
      var found: Set<Int64> = []
      for key in Set(keys) {
        found.formUnion(
          try transaction.integers(
            "SELECT certificate FROM page WHERE key = ? AND certificate < ? ORDER BY certificate DESC LIMIT ?",
            .text(key.string),
            bound,
            most
          )
        )
      }
      return found.sorted(by: >)
    case .register(let number):
      return try transaction.integers(
        "SELECT leaf FROM certificate WHERE register = ? AND leaf < ? ORDER BY leaf DESC LIMIT ?",
        .text(RegisterNumber.folded(number).string),
        bound,
        most
      )
    case .membership(let number, nil):
      return try transaction.integers(
        "SELECT leaf FROM certificate WHERE member = ? AND leaf < ? ORDER BY leaf DESC LIMIT ?",
        .text(number.string),
        bound,
        most
      )
    case .membership(let number, let chamber?):
      return try transaction.integers(
        "SELECT leaf FROM certificate WHERE member = ? AND chamber = ? AND leaf < ? ORDER BY leaf DESC LIMIT ?",
        .text(number.string),
        .text(chamber.string),
        bound,
        most
      )
    case .words(let words):
      guard let pattern = SearchWords.pattern(words) else { return [] }
      return try transaction.integers(
        "SELECT rowid FROM search WHERE search MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
        .text(pattern),
        bound,
        most
      )
    }
  }

  /// The certificates of these leaves, without those that claim a number that an earlier one has.
  func certificates(_ leaves: [Int64], limit: Int) throws -> [FoundCertificate] {
    var found: [FoundCertificate] = []
    for leaf in leaves where found.count < limit {
      guard let certificate = try certificate(leaf) else { continue }
      let first = try transaction.integer(
        "SELECT min(leaf) FROM certificate WHERE number = ?",
        .blob(certificate.number.bytes)
      )
      if first == leaf { found.append(FoundCertificate(certificate, acts: try acts(leaf))) }
    }
    return found
  }

  // MARK: reading

  /// What the query gives, in its order.
  private enum Column: Int32, RowColumn {
    case number, badge, header, body, salt, ref, commitment, chamber, programme, at
    static let table = "certificate"
  }

  /// Nil where there is no record of it.
  private func certificate(_ leaf: Int64) throws -> RecordedCertificate? {
    let found = try transaction.prepare(
      """
      SELECT number, badge, header, body, salt, ref, commitment, chamber, programme, at FROM certificate WHERE leaf = ?
      """
    ).first([.integer(leaf)]) { (row: TypedRow<Column>) in try read(row, leaf) }
    return found ?? nil
  }

  private func read(_ row: TypedRow<Column>, _ leaf: Int64) throws -> RecordedCertificate? {
    guard let bytes = try row.strictOptionalBlob(.number) else { return nil }
    guard let number = CredentialID(bytes: bytes) else { throw unreadable("number", leaf) }
    var token: RecordedJWS?
    if let body = try row.strictOptionalBlob(.body) {
      let header = try headers.row(try row.strictInteger(.header), transaction)
      guard let found = PackedBody.unpack(body, header: header.header, dictionary: header.dictionary) else {
        throw unreadable("body", leaf)
      }
      token = found
    }
    return RecordedCertificate(
      leaf: UInt64(clamping: leaf),
      number: number,
      badge: try row.strictOptionalBlob(.badge).flatMap { CredentialID(bytes: $0) } ?? number,
      token: token,
      salt: try row.strictBlob(.salt),
      handle: CredentialHandle(commitment: try row.strictBlob(.commitment), ref: try row.strictBlob(.ref)),
      chamber: Text(try row.strictText(.chamber)),
      programme: Text(try row.strictText(.programme)),
      at: Instant(seconds: try row.strictInteger(.at))
    )
  }

  private func unreadable(_ column: String, _ leaf: Int64) -> StorageFailure {
    .unreadable(table: "certificate", column: column, value: "\(leaf)")
  }

  /// What the query gives, in its order.
  private enum ActColumn: Int32, RowColumn {
    case leaf, entry, statement, why
    static let table = "act"
  }

  private func acts(_ certificate: Int64) throws -> [RecordedAct] {
    var acts: [RecordedAct] = []
    try transaction.prepare(
      """
      SELECT act.leaf, act.entry, act.statement, gap.why FROM act LEFT JOIN gap ON gap.leaf = act.leaf \
      WHERE act.certificate = ? AND act.leaf < ? ORDER BY act.leaf
      """
    ).forEach([.integer(certificate), bound]) { (row: TypedRow<ActColumn>) in
      acts.append(
        RecordedAct(
          leaf: UInt64(clamping: try row.strictInteger(.leaf)),
          entry: EntryReading.read(try row.strictBlob(.entry)),
          statement: try row.strictOptionalBlob(.statement),
          gap: try row.optionalValue(RecordGap.self, .why)
        )
      )
    }
    return acts
  }

  /// What the query gives, in its order.
  private enum ListColumn: Int32, RowColumn {
    case url, digest
    static let table = "list"
  }

  /// What the query gives, in its order.
  private enum TrustColumn: Int32, RowColumn {
    case sequence, digest, leaf
    static let table = "trust"
  }

  func gather(_ facts: inout LogFacts) throws {
    var lists: [Text: [UInt8]] = [:]
    try transaction.prepare(
      // SQLite takes the bare column from the row that has the maximum (SELECT, section 2.5).
      "SELECT url, digest, max(leaf) FROM list WHERE leaf < ? GROUP BY url"
    ).forEach([bound]) { (row: TypedRow<ListColumn>) in
      lists[Text(try row.strictText(.url))] = try row.strictBlob(.digest)
    }
    facts.lists = lists
    facts.trustList = try transaction.prepare(
      "SELECT sequence, digest, leaf FROM trust WHERE leaf < ? ORDER BY sequence DESC, leaf DESC LIMIT 1"
    ).first([bound]) { (row: TypedRow<TrustColumn>) in
      LogFacts.TrustListEntry(
        sequence: try row.strictInteger(.sequence),
        digest: try row.strictBlob(.digest),
        leaf: UInt64(clamping: try row.strictInteger(.leaf))
      )
    }
    facts.files = try transaction.blob("SELECT digest FROM files WHERE leaf < ? ORDER BY leaf DESC LIMIT 1", bound)
    facts.missingIssues = Int(
      try transaction.integer("SELECT count(*) FROM gap WHERE is_issue = 1 AND leaf < ?", bound) ?? 0
    )
    facts.unknownEntries = Int(
      try transaction.integer(
        "SELECT count(*) FROM act WHERE kind = ? AND certificate IS NULL AND leaf < ?",
        .text(IndexRows.unknown),
        bound
      ) ?? 0
    )
  }
}
