internal import Encodings
internal import Storage
internal import TransparencyLog

/// What the index has of a certificate when an act about it comes.
struct IndexIssue {
  /// What the query gives, in its order.
  private enum Column: Int32, RowColumn {
    case leaf, number, badge, salt, commitment, header, body, erased
    static let table = "certificate"
  }

  let leaf: Int64
  let commitment: [UInt8]
  /// Nil: the record of its issue is a gap.
  let context: IssueContext?
  private let header: Int64?
  private let body: [UInt8]?

  /// Of two that claim one `ref` the first.
  static func find(ref: [UInt8], before leaf: UInt64, _ transaction: Transaction) throws -> IndexIssue? {
    try transaction.prepare(
      """
      SELECT leaf, number, badge, salt, commitment, header, body, erased FROM certificate WHERE ref = ? AND leaf < ? \
      ORDER BY leaf LIMIT 1
      """
    ).first([.blob(ref), .integer(Int64(leaf))]) { (row: TypedRow<Column>) in try IndexIssue(row) }
  }

  static func find(leaf: Int64, _ transaction: Transaction) throws -> IndexIssue? {
    try transaction.prepare(
      "SELECT leaf, number, badge, salt, commitment, header, body, erased FROM certificate WHERE leaf = ?"
    ).first([.integer(leaf)]) { (row: TypedRow<Column>) in try IndexIssue(row) }
  }

  private init(_ row: TypedRow<Column>) throws {
    leaf = try row.strictInteger(.leaf)
    commitment = try row.strictBlob(.commitment)
    header = try row.strictOptionalInteger(.header)
    body = try row.strictOptionalBlob(.body)
    let number = try row.strictOptionalBlob(.number).flatMap { CredentialID(bytes: $0) }
    let badge = try row.strictOptionalBlob(.badge).flatMap { CredentialID(bytes: $0) }
    let isErased = try row.strictInteger(.erased) != 0
    context = try row.strictOptionalBlob(.salt).flatMap { salt in
      number.map { IssueContext(salt: salt, number: $0, badge: badge ?? $0, isErased: isErased) }
    }
  }

  /// What it is found by; nil for one that was erased, or of which there is no record.
  func facts(_ transaction: Transaction) throws -> CertificateFacts? {
    guard let header, let body else { return nil }
    let row = try IndexHeaders().row(header, transaction)
    guard let token = PackedBody.unpack(body, header: row.header, dictionary: row.dictionary) else {
      throw StorageFailure.unreadable(table: "certificate", column: "body", value: "\(leaf)")
    }
    return CertificateFacts(payload: token.payload)
  }
}
