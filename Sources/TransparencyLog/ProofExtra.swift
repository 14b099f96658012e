public import Encodings

/// What a proof of Khatm carries in `extra`: the entry as it was logged, and the salt that opens it.
///
/// Neither is believed: the entry must be the leaf that the path proves, and the salt must give its two digests.
public struct ProofExtra: Hashable, Sendable {
  public let entry: LogEntry
  public let salt: [UInt8]

  /// Throws `saltLength`.
  public init(entry: LogEntry, salt: [UInt8]) throws(LogRejection) {
    guard salt.count == CredentialHandle.saltBytes else { throw .saltLength(bytes: salt.count) }
    self.entry = entry
    self.salt = salt
  }

  /// `{"entry":{…},"salt":"<base64url>"}`, canonical.
  public var bytes: [UInt8] {
    JSONObject(["entry": .object(entry.json), "salt": JSON(Base64URL.encode(salt))]).canonical()
  }

  /// Only the canonical spelling is read.
  public static func parse(_ bytes: [UInt8]) throws(LogRejection) -> ProofExtra {
    let object: JSONObject
    do {
      object = try JSONObject.parse(
        bytes,
        limits: JSONLimits(maxBytes: LogEntry.maxBytes + 128, maxDepth: 3, maxMembers: 16)
      )
    } catch {
      throw .entryMalformed(member: "")
    }
    guard let entry = object["entry"]?.object else { throw .entryMalformed(member: "entry") }
    guard let salt = object["salt"]?.text.flatMap({ Base64URL.decode($0.bytes) }) else {
      throw .entryMalformed(member: "salt")
    }
    let extra = try ProofExtra(entry: try LogEntry.parse(entry.canonical()), salt: salt)
    guard extra.bytes == bytes else { throw .entryMalformed(member: "") }
    return extra
  }
}

extension LogProof {
  /// The proof that a credential's token was logged, from the entry's place, path and checkpoint.
  public init(extra: ProofExtra, index: UInt64, path: [[UInt8]], checkpoint: [UInt8]) throws(LogRejection) {
    try self.init(extra: extra.bytes, index: index, path: path, checkpoint: checkpoint)
  }

  /// Checks that this very token with this id was logged as issued, under a checkpoint that the policy accepts.
  ///
  /// Binds every part to the others: token and id to the entry (salted digests), the entry to the leaf, the leaf to the
  /// root, the root to the log's key and its witnesses. Throws `.otherCredential` when the proof holds, but for
  /// something else.
  public func verify(token: [UInt8], id: Text, policy: LogPolicy) throws(LogRejection) -> LoggedCredential {
    try verify(token: token, id: id, under: try policy.open(checkpoint))
  }

  /// The same under a checkpoint that was verified before.
  public func verify(token: [UInt8], id: Text, under checkpoint: VerifiedCheckpoint) throws(LogRejection)
    -> LoggedCredential
  {
    guard let extra else { throw .entryMalformed(member: "") }
    let opened = try ProofExtra.parse(extra)
    let logged = try verify(entry: opened.entry.bytes, under: checkpoint)
    guard opened.entry.kind == .issue,
      try CredentialHandle(salt: opened.salt, token: token, id: id) == opened.entry.handle
    else {
      throw .otherCredential
    }
    return LoggedCredential(logged: logged, entry: opened.entry, salt: opened.salt)
  }
}

/// A credential whose issue is known to be in the log. Only `LogProof.verify` makes one.
public struct LoggedCredential: Hashable, Sendable {
  public let logged: LoggedEntry
  public let entry: LogEntry
  /// Finds the later entries about it: `CredentialHandle.ref(salt:id:)`.
  public let salt: [UInt8]
}
