internal import Credentials
public import Encodings
internal import PKI
public import TransparencyLog

/// Why nothing can be told of an entry: its record is not there, or does not fit. The raw value is stored.
public enum RecordGap: String, Hashable, Sendable, CaseIterable {
  /// No record file holds it.
  case missing
  /// The file is not of its form, here or before.
  case unusable
  /// It is the record of another entry.
  case entry
  /// A part too many, or one that is missing.
  case parts
  /// Token and salt are not those that were logged.
  case commitment
  /// The number is not the one that was logged.
  case ref
  /// The record of the certificate's issue is itself a gap.
  case issue
  case statementDigest = "statement-digest"
  /// A statement of another certificate, chamber, state or time.
  case statementContent = "statement-content"
  /// An entry that this program cannot read, about a certificate it does not know.
  case unknown
}

/// What a record proved about its entry.
public enum BoundRecord: Hashable, Sendable {
  case issue(IssuedRecord)
  /// A signed statement; nil where there is none and need be none.
  case statement(RecordedJWS?)
  /// The entry says all there is.
  case entryAlone
}

/// The record of an `issue` that its entry binds.
public struct IssuedRecord: Hashable, Sendable {
  /// 32 bytes.
  public let salt: [UInt8]
  public let number: CredentialID
  /// Nil: it was erased. That counts only with an `erase` entry under the same checkpoint.
  public let token: RecordedJWS?
  /// Nil as the token is.
  public let facts: CertificateFacts?
}

/// The certificate that an act is about, as its own record proved it.
public struct IssueContext: Hashable, Sendable {
  /// 32 bytes.
  public let salt: [UInt8]
  public let number: CredentialID
  /// The number of the line; its own where it has no other.
  public let badge: CredentialID
  /// Whether the record has no token any more.
  public let isErased: Bool

  public init(salt: [UInt8], number: CredentialID, badge: CredentialID, isErased: Bool) {
    self.salt = salt
    self.number = number
    self.badge = badge
    self.isErased = isErased
  }
}

/// Compares a record with its entry. It hashes and compares; it verifies no signature.
public enum RecordBinding {
  /// - Parameter issue: of the certificate that the entry is about; nil: its record is a gap, or there is none. An
  ///   `issue` itself needs none.
  public static func check(_ record: LogRecord, of entry: LogEntry, issue: IssueContext?) -> Result<
    BoundRecord, RecordRejection
  > {
    do throws(RecordRejection) {
      return .success(try bound(record, entry, issue: issue))
    } catch { return .failure(error) }
  }

  private static func bound(_ record: LogRecord, _ entry: LogEntry, issue: IssueContext?) throws(RecordRejection)
    -> BoundRecord
  {
    guard record.entry == entry.bytes else { throw RecordRejection(.entry) }
    switch entry.event {
    case .issue(let handle, _): return .issue(try self.issue(record, handle))
    case .binding(_, _, let digest):
      try allow(record, [.statement])
      guard let issue else { throw RecordRejection(.issue) }
      // Statements about pages go with the token.
      if record.statement == nil, issue.isErased { return .statement(nil) }
      let payload = try payload(record.statement, digest: digest, of: issue, entry)
      guard BindingStatement(payload: payload) != nil else { throw RecordRejection(.statementContent) }
      return .statement(record.statement)
    case .act(let act, _, _, let digest):
      let isReinstated = if case .reinstate = act { true } else { false }
      try allow(record, isReinstated ? [.statement, .request] : [.statement])
      guard let issue else { throw RecordRejection(.issue) }
      try check(try payload(record.statement, digest: digest, of: issue, entry), salt: entry)
      return .statement(record.statement)
    case .suspend, .reinstate, .revoke, .supersede:
      try allow(record, [.statement])
      guard let issue else { throw RecordRejection(.issue) }
      guard record.statement != nil else { return .statement(nil) }  // older acts of 0.1.0 kept none
      try check(try payload(record.statement, digest: nil, of: issue, entry), salt: entry)
      return .statement(record.statement)
    case .abandoned, .statusList, .trustList, .key, .files, .erase:
      try allow(record, [])
      return .entryAlone
    }
  }

  private static func allow(_ record: LogRecord, _ parts: Set<LogRecord.Part>) throws(RecordRejection) {
    guard record.parts.isSubset(of: parts) else { throw RecordRejection(.parts) }
  }

  private static func issue(_ record: LogRecord, _ handle: CredentialHandle) throws(RecordRejection) -> IssuedRecord {
    guard let salt = record.salt, salt.count == CredentialHandle.saltBytes else { throw RecordRejection(.parts) }
    if let token = record.token {
      try allow(record, [.salt, .token])
      guard SHA2.sha256(token.compact(behind: salt)) == handle.commitment else { throw RecordRejection(.commitment) }
      guard let facts = CertificateFacts(payload: token.payload) else { throw RecordRejection(.ref) }
      try check(facts.number, salt: salt, handle: handle)
      return IssuedRecord(salt: salt, number: facts.number, token: token, facts: facts)
    }
    try allow(record, [.salt, .number])
    guard let text = record.number else { throw RecordRejection(.parts) }
    guard let number = CertificateFacts.number(spelled: text) else { throw RecordRejection(.ref) }
    try check(number, salt: salt, handle: handle)
    return IssuedRecord(salt: salt, number: number, token: nil, facts: nil)
  }

  private static func check(_ number: CredentialID, salt: [UInt8], handle: CredentialHandle) throws(RecordRejection) {
    let ref: [UInt8]
    do throws(LogRejection) {
      ref = try CredentialHandle.ref(salt: salt, id: Text(number.description))
    } catch {
      throw RecordRejection(.parts)  // the length of the salt, which was looked at
    }
    guard ref == handle.ref else { throw RecordRejection(.ref) }
  }

  /// The claims of a statement whose bytes are those that were logged, about this certificate, by this chamber.
  /// - Parameter digest: nil: the entry has none.
  private static func payload(
    _ statement: RecordedJWS?,
    digest: [UInt8]?,
    of issue: IssueContext,
    _ entry: LogEntry
  ) throws(RecordRejection) -> JSONObject {
    guard let statement else { throw RecordRejection(.parts) }
    let limit = entry.kind == .binding ? BindingStatement.maxBytes : StatusStatement.maxBytes
    let token = statement.compact(behind: issue.salt)
    guard token.count - issue.salt.count <= limit else { throw RecordRejection(.statementContent) }
    if let digest { guard SHA2.sha256(token) == digest else { throw RecordRejection(.statementDigest) } }
    let payload: JSONObject
    do throws(JSONRejection) {
      payload = try JSONObject.parse(statement.payload)
    } catch {
      throw RecordRejection(.statementContent)
    }
    guard payload["iss"]?.text == entry.chamber, let subject = payload["sub"]?.text,
      let number = CertificateFacts.number(subject.bytes), number == issue.number || number == issue.badge
    else { throw RecordRejection(.statementContent) }
    return payload
  }

  /// The state that the act leads to, since the moment of the entry.
  private static func check(_ payload: JSONObject, salt entry: LogEntry) throws(RecordRejection) {
    let state: String? =
      switch entry.kind {
      case .suspend: "suspended"
      case .reinstate: "active"
      case .revoke: "revoked"
      case .supersede: "superseded"
      default: nil
      }
    guard let state, payload["state"]?.text?.equals(state) == true,
      payload["at"]?.string.flatMap({ Instant(rfc3339: $0) }) == entry.at
    else { throw RecordRejection(.statementContent) }
  }
}

/// A gap as it is thrown.
public struct RecordRejection: Error, Hashable, Sendable {
  public let gap: RecordGap
  init(_ gap: RecordGap) { self.gap = gap }
}
