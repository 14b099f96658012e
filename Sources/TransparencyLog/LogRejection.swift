public import Encodings

/// Why a log, a proof or a note was not accepted, with the evidence.
///
/// Everything but `unreadable` and `cryptoFailed` is a rejection: the data is wrong, and asking again changes nothing.
/// Those two are failures on our side (`isFailure`): the answer is then "cannot tell".
public enum LogRejection: Error, Hashable, Sendable {
  // Merkle proofs (RFC 9162, 2.1)
  case emptyTree
  case indexOutOfRange(index: UInt64, size: UInt64)
  case sizesReversed(old: UInt64, new: UInt64)
  /// A proof that ends early, or goes on after the root was reached.
  case proofLength(items: Int)
  /// A hash that is not 32 bytes long.
  case hashLength(bytes: Int)
  case rootMismatch
  case missingNode(level: Int, index: UInt64)
  case sizeTooLarge(UInt64)

  // Signed notes (C2SP signed-note)
  case noteTooLarge(bytes: Int)
  case noteNotUTF8
  case noteControlCharacter(offset: Int)
  /// No empty line, no signature line after it, or no newline at the end.
  case noteWithoutSignatures
  case signatureLineMalformed(line: Int)
  case tooManySignatures(Int)
  case keyNameInvalid(Text)
  case keyMalformed
  case keyTypeUnsupported(UInt8)
  /// Two configured keys with the same name and key ID, or the same key twice.
  case keyAmbiguous(Text)
  /// A known key, and its signature does not hold.
  case signatureInvalid(key: Text)
  case notSigned

  // Checkpoints (C2SP tlog-checkpoint, tlog-cosignature)
  case checkpointMalformed(line: Int)
  case otherOrigin(expected: Text, found: Text)
  case quorumMissing(needed: Int, found: Int)
  case policyInvalid

  // Tiles and entries (C2SP tlog-tiles)
  case tilePathMalformed
  case tileMissing(path: String)
  case tileLength(path: String, expected: Int, got: Int)
  case tileMismatch(path: String)
  case bundleMalformed(offset: Int)
  case entryTooLarge(bytes: Int)
  /// Not an entry of Khatm; the member that is wrong, or empty when the bytes are no canonical JSON object.
  case entryMalformed(member: Text)
  case saltLength(bytes: Int)

  // Proof files (C2SP tlog-proof) and witness requests (C2SP tlog-witness)
  case proofMalformed(line: Int)
  case requestMalformed(line: Int)
  case proofTooLarge(bytes: Int)
  /// The proof holds, but for another credential.
  case otherCredential

  // Following a log
  /// A checkpoint smaller than one seen before.
  case rollback(known: UInt64, offered: UInt64)
  /// Two roots for one size: proof that the log lied.
  case fork(size: UInt64, known: [UInt8], offered: [UInt8])
  /// A checkpoint that does not continue the known one.
  case inconsistent(known: UInt64, offered: UInt64)
  /// The sender's idea of the last cosigned size is not ours; it should ask again from `known`.
  case outOfStep(known: UInt64, claimed: UInt64)
  case stateMalformed
  /// An entry that cannot follow those before it: a second issue, a suspension of what is revoked, another chamber or
  /// token.
  case illegalTransition(ref: [UInt8], from: LogReplay.State?, kind: LogEntry.Kind)
  /// An entry with an earlier time than the one before it, or a trust list with a lower number: back-dating.
  case outOfOrder(kind: LogEntry.Kind, at: Instant)

  // Failures
  case unreadable(what: String, reason: String)
  case cryptoFailed(call: String)

  /// True when we could not find out, false when we did and the answer is no.
  public var isFailure: Bool {
    switch self {
    case .unreadable, .cryptoFailed: true
    default: false
    }
  }
}
