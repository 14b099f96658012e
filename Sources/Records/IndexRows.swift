internal import Encodings
internal import PKI
internal import Storage
internal import TransparencyLog

/// One entry with what the index keeps of it, made ready on any thread.
struct PreparedEntry: Sendable {
  let leaf: UInt64
  let bytes: [UInt8]
  let leafHash: [UInt8]
  let reading: EntryReading
  let record: Result<Prepared, RecordRejection>

  /// What its record gave.
  enum Prepared: Sendable {
    /// A certificate; its body is packed with this dictionary.
    case issue(IssuedRecord, body: [UInt8], dictionary: BodyDictionary)
    /// To be compared once the certificate is known.
    case act(LogRecord)
    case nothing
  }

  init(_ item: RecordFeed.Item, dictionary: (JWSHeader) -> BodyDictionary) {
    leaf = item.leaf
    bytes = item.entry
    leafHash = Merkle.leafHash(item.entry)
    reading = EntryReading.read(item.entry)
    record = item.record.flatMap { [reading] record in Self.prepare(record, reading, dictionary: dictionary) }
  }

  private static func prepare(_ record: LogRecord, _ reading: EntryReading, dictionary: (JWSHeader) -> BodyDictionary)
    -> Result<Prepared, RecordRejection>
  {
    guard case .known(let entry) = reading else { return .success(.nothing) }
    switch entry.event {
    case .issue:
      return RecordBinding.check(record, of: entry, issue: nil).flatMap { bound in
        guard case .issue(let issued) = bound else { return .failure(RecordRejection(.parts)) }
        guard let token = issued.token else { return .success(.issue(issued, body: [], dictionary: .empty)) }
        let dictionary = dictionary(token.header)
        do {
          return .success(
            .issue(issued, body: try PackedBody.pack(token, dictionary: dictionary.bytes), dictionary: dictionary)
          )
        } catch { return .failure(RecordRejection(.unusable)) }
      }
    case .suspend, .reinstate, .revoke, .supersede, .act, .binding: return .success(.act(record))
    case .abandoned, .statusList, .trustList, .key, .files, .erase:
      return RecordBinding.check(record, of: entry, issue: nil).map { _ in .nothing }
    }
  }
}

/// Writes entries into the tables, in the order of the log, within one transaction.
struct IndexRows {
  let transaction: Transaction
  private(set) var headers: HeaderRows
  /// Numbers of certificates of which something new is known.
  private(set) var changed: Set<CredentialID> = []
  /// Written last: from the first of them on, each statement on another table that might have to be undone would make
  /// FTS5 write out what it holds.
  private var words: [(leaf: Int64, words: String)] = []

  init(_ transaction: Transaction, _ headers: HeaderRows) {
    self.transaction = transaction
    self.headers = headers
  }

  mutating func add(_ prepared: PreparedEntry) throws {
    switch prepared.reading {
    case .unknown(let entry): try add(unknown: entry, prepared)
    case .known(let entry): try add(entry, prepared)
    }
  }

  mutating func finish() throws {
    for line in words {
      try transaction.execute(
        "INSERT INTO search (rowid, words) VALUES (?, ?)",
        .integer(line.leaf),
        .text(line.words)
      )
    }
    words = []
  }

  private mutating func add(_ entry: LogEntry, _ prepared: PreparedEntry) throws {
    let leaf = Int64(prepared.leaf)
    switch entry.event {
    case .issue(let handle, let programme):
      try transaction.execute(
        """
        INSERT INTO certificate (leaf, ref, commitment, chamber, programme, at, erased) VALUES (?, ?, ?, ?, ?, ?, 0)
        """,
        .integer(leaf),
        .blob(handle.ref),
        .blob(handle.commitment),
        .text(entry.chamber.string),
        .text(programme.string),
        .integer(entry.at.seconds)
      )
      try fill(prepared)
    case .suspend, .reinstate, .revoke, .supersede, .act, .binding, .erase:
      try add(act: entry, prepared)
    case .statusList(let url, let digest):
      try transaction.execute(
        "INSERT INTO list (url, leaf, digest) VALUES (?, ?, ?)",
        .text(url.string),
        .integer(leaf),
        .blob(digest)
      )
    case .trustList(let sequence, let digest):
      try transaction.execute(
        "INSERT INTO trust (leaf, sequence, digest) VALUES (?, ?, ?)",
        .integer(leaf),
        .integer(sequence),
        .blob(digest)
      )
    case .files(let digest):
      try transaction.execute("INSERT INTO files (leaf, digest) VALUES (?, ?)", .integer(leaf), .blob(digest))
    case .abandoned, .key: break
    }
  }

  // MARK: certificates

  /// The part of a certificate that its record gives; a gap where it gives none.
  mutating func fill(_ prepared: PreparedEntry) throws {
    let leaf = Int64(prepared.leaf)
    guard case .success(.issue(let issued, let body, let dictionary)) = prepared.record else {
      return try note(gap: prepared.record.gap ?? .parts, prepared, certificate: leaf, isIssue: true)
    }
    let facts = issued.facts
    let isErased = issued.token == nil
    let header = try issued.token.map { try headers.row($0.header, dictionary, in: transaction) }
    try transaction.execute(
      """
      UPDATE certificate SET number = ?, header = ?, body = ?, salt = ?, register = ?, member = ?, valid_from = ?, \
      valid_until = ?, erased = ? WHERE leaf = ?
      """,
      .blob(issued.number.bytes),
      .optional(header),
      .optional(isErased ? nil : body),
      .blob(issued.salt),
      .optional(facts?.registerNumber?.string),
      .optional(facts?.membershipNumber?.string),
      .optional(facts?.validFrom),
      .optional(facts?.validUntil),
      .flag(isErased),
      .integer(leaf)
    )
    for key in facts?.pageKeys ?? [] {
      try transaction.execute("INSERT INTO page (key, certificate) VALUES (?, ?)", .text(key.string), .integer(leaf))
    }
    if let found = facts?.words, !found.isEmpty { words.append((leaf, found)) }
    note(changed: issued.number)
  }

  // MARK: acts

  private mutating func add(act entry: LogEntry, _ prepared: PreparedEntry) throws {
    guard let handle = entry.handle else { return }
    let certificate = try IndexIssue.find(ref: handle.ref, before: prepared.leaf, transaction)
    try insert(act: prepared, kind: entry.kind.rawValue, at: entry.at.seconds, certificate: certificate?.leaf)
    guard let certificate else { return }  // about nothing that was issued: the monitor's business
    if let number = certificate.context?.number { note(changed: number) }
    // An erasure is carried out once the root is known to be the log's: it cannot be taken back.
    if entry.kind != .erase { try bind(act: entry, prepared, to: certificate) }
  }

  /// Carries out the erasures whose entries are among these leaves.
  mutating func eraseLogged(from first: UInt64, to end: UInt64) throws {
    try finish()
    let leaves = try transaction.integers(
      "SELECT leaf FROM act WHERE kind = ? AND leaf >= ? AND leaf < ? AND certificate IS NOT NULL ORDER BY leaf",
      .text(LogEntry.Kind.erase.rawValue),
      .integer(Int64(first)),
      .integer(Int64(end))
    )
    for leaf in leaves { try eraseLogged(by: leaf) }
  }

  private mutating func eraseLogged(by leaf: Int64) throws {
    guard let bytes = try transaction.blob("SELECT entry FROM act WHERE leaf = ?", .integer(leaf)),
      case .known(let entry) = EntryReading.read(bytes), let handle = entry.handle,
      let certificate = try IndexIssue.find(ref: handle.ref, before: UInt64(leaf), transaction),
      certificate.commitment == handle.commitment
    else { return }
    try erase(certificate)
  }

  /// The same for one certificate whose record came late.
  mutating func eraseIfLogged(_ leaf: Int64) throws {
    try finish()
    let acts = try transaction.integers(
      "SELECT leaf FROM act WHERE certificate = ? AND kind = ?",
      .integer(leaf),
      .text(LogEntry.Kind.erase.rawValue)
    )
    for act in acts { try eraseLogged(by: act) }
  }

  /// The statement of an act, compared with its entry; a gap where there is none that fits.
  mutating func bind(act entry: LogEntry, _ prepared: PreparedEntry, to certificate: IndexIssue) throws {
    let bound: Result<BoundRecord, RecordRejection> = prepared.record.flatMap { record in
      guard case .act(let record) = record else { return .failure(RecordRejection(.parts)) }
      return RecordBinding.check(record, of: entry, issue: certificate.context)
    }
    switch bound {
    case .success(.statement(let statement)):
      try transaction.execute(
        "UPDATE act SET statement = ? WHERE leaf = ?",
        .optional(statement?.compact),
        .integer(Int64(prepared.leaf))
      )
    case .success: break
    case .failure(let error):
      try note(gap: error.gap, prepared, certificate: certificate.leaf, isIssue: false)
    }
    if let number = certificate.context?.number { note(changed: number) }
  }

  private func insert(act prepared: PreparedEntry, kind: String, at: Int64, certificate: Int64?) throws {
    try transaction.execute(
      "INSERT INTO act (leaf, certificate, kind, at, entry) VALUES (?, ?, ?, ?, ?)",
      .integer(Int64(prepared.leaf)),
      .optional(certificate),
      .text(kind),
      .integer(at),
      .blob(prepared.bytes)
    )
  }

  /// Of a newer program, or of none. It may be about a certificate of which nobody knows the number.
  private mutating func add(unknown entry: UnknownLogEntry, _ prepared: PreparedEntry) throws {
    let certificate = try entry.ref.flatMap { try IndexIssue.find(ref: $0, before: prepared.leaf, transaction) }
    try insert(act: prepared, kind: IndexRows.unknown, at: entry.at?.seconds ?? 0, certificate: certificate?.leaf)
    if let number = certificate?.context?.number { note(changed: number) }
    if certificate == nil, entry.ref != nil || entry.isUnreadable {
      try note(gap: .unknown, prepared, certificate: nil, isIssue: true)
    }
  }

  /// In the place of a kind.
  static let unknown = "unknown"

  // MARK: erasure

  /// Everything that names the holder goes: out of the rows, and, with `secure_delete`, out of the file.
  private mutating func erase(_ certificate: IndexIssue) throws {
    if let facts = try certificate.facts(transaction) {
      if !facts.words.isEmpty {
        try transaction.execute(
          "INSERT INTO search (search, rowid, words) VALUES ('delete', ?, ?)",
          .integer(certificate.leaf),
          .text(facts.words)
        )
        // The words of what was deleted stay in the segments until they are merged.
        try transaction.execute("INSERT INTO search (search) VALUES ('optimize')")
      }
      for key in facts.pageKeys {
        try transaction.execute(
          "DELETE FROM page WHERE key = ? AND certificate = ?",
          .text(key.string),
          .integer(certificate.leaf)
        )
      }
    }
    try transaction.execute(
      """
      UPDATE certificate SET erased = 1, header = NULL, body = NULL, register = NULL, member = NULL, \
      valid_from = NULL, valid_until = NULL WHERE leaf = ?
      """,
      .integer(certificate.leaf)
    )
    try transaction.execute(
      "UPDATE act SET statement = NULL WHERE certificate = ? AND kind = ?",
      .integer(certificate.leaf),
      .text(LogEntry.Kind.binding.rawValue)
    )
    // A statement about pages that is gone is no gap any more.
    try transaction.execute(
      "DELETE FROM gap WHERE certificate = ? AND leaf IN (SELECT leaf FROM act WHERE certificate = ? AND kind = ?)",
      .integer(certificate.leaf),
      .integer(certificate.leaf),
      .text(LogEntry.Kind.binding.rawValue)
    )
  }

  // MARK: notes

  private func note(gap: RecordGap, _ prepared: PreparedEntry, certificate: Int64?, isIssue: Bool) throws {
    try transaction.execute(
      "INSERT OR REPLACE INTO gap (leaf, certificate, is_issue, why, entry) VALUES (?, ?, ?, ?, ?)",
      .integer(Int64(prepared.leaf)),
      .optional(certificate),
      .flag(isIssue),
      .text(gap.rawValue),
      .blob(prepared.bytes)
    )
  }

  private mutating func note(changed number: CredentialID) { changed.insert(number) }
}

extension Result where Failure == RecordRejection {
  /// Why there is nothing.
  var gap: RecordGap? { if case .failure(let error) = self { error.gap } else { nil } }
}
