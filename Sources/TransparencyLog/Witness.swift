internal import Encodings

/// What a log sends to a witness (C2SP tlog-witness, add-checkpoint).
public struct AddCheckpointRequest: Hashable, Sendable {
  /// "The client MUST NOT send more than 63."
  public static let maxProofItems = 63

  /// The size that the log believes the witness cosigned last, 0 for none.
  public let oldSize: UInt64
  public let proof: [[UInt8]]
  public let checkpoint: [UInt8]

  public init(oldSize: UInt64, proof: [[UInt8]], checkpoint: [UInt8]) {
    self.oldSize = oldSize
    self.proof = proof
    self.checkpoint = checkpoint
  }

  /// The body of the request as C2SP tlog-witness writes it.
  public var bytes: [UInt8] {
    var text = "old \(oldSize)\n"
    for hash in proof { text += Base64.encode(hash) + "\n" }
    return Array(text.utf8) + [newline] + checkpoint
  }

  /// Reads the form; nothing is verified.
  public static func parse(_ bytes: [UInt8]) throws(LogRejection) -> AddCheckpointRequest {
    guard bytes.count <= SignedNote.maxBytes + 64 * 45 else { throw .noteTooLarge(bytes: bytes.count) }
    var reader = LineReader(bytes)
    guard let first = reader.next(), let old = first.value(after: "old").flatMap({ decimal($0) }) else {
      throw .requestMalformed(line: 1)
    }
    var proof: [[UInt8]] = []
    while true {
      guard let line = reader.next() else { throw .requestMalformed(line: reader.line + 1) }
      if line.isEmpty { break }
      guard proof.count < maxProofItems, let item = merkleHash(base64: line) else {
        throw .requestMalformed(line: reader.line)
      }
      proof.append(item)
    }
    return AddCheckpointRequest(oldSize: old, proof: proof, checkpoint: reader.rest)
  }
}

/// What a witness knows about one log: the last checkpoint that it cosigned.
///
/// The order is the caller's duty: `accept`, write `last.note` to disk, then `NoteSigner.cosign`. Two requests never
/// run at once on one state.
public struct WitnessState: Hashable, Sendable {
  public let policy: LogPolicy
  public private(set) var last: VerifiedCheckpoint?

  /// `stored` is the note that was kept, nil for a log never seen. It is verified again.
  public init(policy: LogPolicy, stored: [UInt8]?) throws(LogRejection) {
    self.policy = policy
    if let stored { last = try policy.open(stored) }
  }

  /// Checks that a checkpoint continues the last one and takes it. On any error nothing changes.
  ///
  /// Throws `.rollback` for a smaller tree, `.fork` for another one of the same size, `.outOfStep` when `oldSize` is
  /// not the last size, `.inconsistent` when the proof does not hold, and what `LogPolicy.open` throws.
  public mutating func accept(_ request: AddCheckpointRequest) throws(LogRejection) -> AcceptedCheckpoint {
    let offered = try policy.open(request.checkpoint)
    let known = last?.size ?? 0
    if let last { try offered.follows(last) }
    guard request.oldSize <= offered.size else { throw .sizesReversed(old: request.oldSize, new: offered.size) }
    guard request.oldSize == known else { throw .outOfStep(known: known, claimed: request.oldSize) }
    if let last, last.size > 0 {
      do {
        try Merkle.verifyConsistency(
          from: last.size,
          to: offered.size,
          proof: request.proof,
          oldRoot: last.root,
          newRoot: offered.root
        )
      } catch {
        throw .inconsistent(known: last.size, offered: offered.size)
      }
    } else {
      // From nothing every tree follows, and the proof must be empty.
      guard request.proof.isEmpty else { throw .proofLength(items: request.proof.count) }
    }
    last = offered
    return AcceptedCheckpoint(checkpoint: offered)
  }
}

/// A checkpoint that continues everything the witness saw of the log. Only `WitnessState.accept` makes one.
public struct AcceptedCheckpoint: Hashable, Sendable {
  public let checkpoint: VerifiedCheckpoint
}

extension NoteSigner {
  /// Cosigns with a key of kind `cosignature`. `time` in seconds since 1970; it says that at this time no larger tree
  /// was known.
  public func cosign(_ accepted: AcceptedCheckpoint, time: UInt64) throws(LogRejection) -> NoteSignature {
    guard verifierKey.kind == .cosignature else { throw .keyTypeUnsupported(verifierKey.kind.rawValue) }
    guard time <= UInt64(Int64.max) else { throw .sizeTooLarge(time) }
    return try signature(over: accepted.checkpoint.checkpoint.text, time: time)
  }
}
