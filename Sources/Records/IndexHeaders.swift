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

/// The dictionaries that new bodies are packed with: what certificates under one header have in common.
struct BodyDictionaries: Sendable {
  private var dictionaries: [JWSHeader: [UInt8]]
  /// A payload under each header that has no dictionary yet.
  private var samples: [JWSHeader: [UInt8]] = [:]
  /// Tokens that were compared with the sample: those of one company alone give no dictionary.
  private var attempts: [JWSHeader: Int] = [:]
  private static let maxAttempts = 256

  /// What the file has.
  init(_ rows: HeaderRows) { dictionaries = rows.dictionaries }

  /// Empty as long as there is none.
  func dictionary(for header: JWSHeader) -> [UInt8] { dictionaries[header] ?? [] }

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
    dictionaries[token.header] = dictionary
    samples[token.header] = nil
  }
}

/// The rows of `header` while a catch-up adds to them: those of the file, and of the transaction that is open.
struct HeaderRows: Sendable {
  private var rows: [JWSHeader: [[UInt8]: Int64]] = [:]

  /// What the query gives, in its order.
  private enum Column: Int32, RowColumn {
    case id, bytes, dictionary
    static let table = "header"
  }

  init(_ transaction: Transaction) throws {
    try transaction.prepare("SELECT id, bytes, dictionary FROM header ORDER BY id")
      .forEach([]) { (row: TypedRow<Column>) in
        let header = JWSHeader(try row.strictBlob(.bytes))
        rows[header, default: [:]][try row.strictBlob(.dictionary)] = try row.strictInteger(.id)
      }
  }

  /// The newest of each header.
  var dictionaries: [JWSHeader: [UInt8]] {
    rows.compactMapValues { rows in rows.filter { !$0.key.isEmpty }.max { $0.value < $1.value }?.key }
  }

  mutating func row(_ header: JWSHeader, _ dictionary: [UInt8], in transaction: Transaction) throws -> Int64 {
    if let id = rows[header]?[dictionary] { return id }
    try transaction.execute(
      "INSERT INTO header (bytes, dictionary) VALUES (?, ?)",
      .blob(header.bytes),
      .blob(dictionary)
    )
    let id = transaction.lastInsertedRowID
    rows[header, default: [:]][dictionary] = id
    return id
  }
}
