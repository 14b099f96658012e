internal import Storage
internal import Synchronization

/// The rows of `header`: each header with the dictionary for the payloads under it. A header has two rows at most, one
/// without a dictionary, for certificates that came before there was one.
final class IndexHeaders: Sendable {
  /// A row.
  struct Row: Sendable {
    let header: JWSHeader
    let dictionary: [UInt8]
  }

  /// Owned by `row`; forgotten when it is large.
  private let known = Mutex<[Int64: Row]>([:])
  private static let capacity = 1_024

  /// What the query gives, in its order.
  private enum Column: Int32, RowColumn {
    case bytes, dictionary
    static let table = "header"
  }

  func row(_ id: Int64, _ transaction: Transaction) throws -> Row {
    if let row = known.withLock({ $0[id] }) { return row }
    let found = try transaction.prepare("SELECT bytes, dictionary FROM header WHERE id = ?")
      .first([.integer(id)]) { (row: TypedRow<Column>) in
        Row(header: JWSHeader(try row.strictBlob(.bytes)), dictionary: try row.strictBlob(.dictionary))
      }
    guard let found else { throw StorageFailure.unreadable(table: "header", column: "id", value: "\(id)") }
    known.withLock { known in
      if known.count >= Self.capacity { known = [:] }
      known[id] = found
    }
    return found
  }
}

/// What certificates under one header have in common.
final class BodyDictionary: Hashable, Sendable {
  let bytes: [UInt8]
  /// It is looked up for every certificate.
  private let hashed: Int
  static let empty = BodyDictionary([])

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    hashed = Records.hash(of: bytes)
  }

  static func == (left: BodyDictionary, right: BodyDictionary) -> Bool {
    left === right || left.hashed == right.hashed && left.bytes == right.bytes
  }
  func hash(into hasher: inout Hasher) { hasher.combine(hashed) }
}

/// The dictionaries that new bodies are packed with.
struct BodyDictionaries: Sendable {
  private var dictionaries: [JWSHeader: BodyDictionary]
  /// A payload under each header that has no dictionary yet.
  private var samples: [JWSHeader: [UInt8]] = [:]
  /// Tokens that were compared with the sample: those of one company alone give no dictionary.
  private var attempts: [JWSHeader: Int] = [:]
  private static let maxAttempts = 256

  /// What the file has.
  init(_ rows: HeaderRows) { dictionaries = rows.dictionaries }

  /// Empty as long as there is none.
  func dictionary(for header: JWSHeader) -> BodyDictionary { dictionaries[header] ?? .empty }

  /// Looks at tokens before they are packed.
  mutating func learn(_ token: RecordedJWS) {
    guard dictionaries[token.header] == nil else { return }
    guard let sample = samples[token.header] else {
      samples[token.header] = token.payload
      return
    }
    let attempt = attempts[token.header, default: 0]
    attempts[token.header] = attempt + 1
    guard attempt < Self.maxAttempts,
      let dictionary = PackedBody.dictionary(of: sample, and: token.payload)
    else { return }
    dictionaries[token.header] = BodyDictionary(dictionary)
    samples[token.header] = nil
  }
}

/// The rows of `header` while a catch-up adds to them: those of the file, and of the transaction that is open.
struct HeaderRows: Sendable {
  private var rows: [JWSHeader: [BodyDictionary: Int64]] = [:]

  /// What the query gives, in its order.
  private enum Column: Int32, RowColumn {
    case id, bytes, dictionary
    static let table = "header"
  }

  init(_ transaction: Transaction) throws {
    try transaction.prepare("SELECT id, bytes, dictionary FROM header ORDER BY id")
      .forEach([]) { (row: TypedRow<Column>) in
        let header = JWSHeader(try row.strictBlob(.bytes))
        let dictionary = BodyDictionary(try row.strictBlob(.dictionary))
        rows[header, default: [:]][dictionary] = try row.strictInteger(.id)
      }
  }

  /// The newest of each header.
  var dictionaries: [JWSHeader: BodyDictionary] {
    rows.compactMapValues { rows in rows.filter { !$0.key.bytes.isEmpty }.max { $0.value < $1.value }?.key }
  }

  mutating func row(_ header: JWSHeader, _ dictionary: BodyDictionary, in transaction: Transaction) throws -> Int64 {
    if let id = rows[header]?[dictionary] { return id }
    try transaction.execute(
      "INSERT INTO header (bytes, dictionary) VALUES (?, ?)",
      .blob(header.bytes),
      .blob(dictionary.bytes)
    )
    let id = transaction.lastInsertedRowID
    rows[header, default: [:]][dictionary] = id
    return id
  }
}
