public import Encodings

/// The head of a log: how many leaves, and their root (C2SP tlog-checkpoint).
public struct Checkpoint: Hashable, Sendable {
  /// Names the log; for ours its address without scheme and last slash.
  public let origin: Text
  public let size: UInt64
  public let root: [UInt8]
  /// Lines after the third. Khatm writes none and gives no meaning to any; they are signed with the rest.
  public let extensions: [Text]

  public init(origin: Text, size: UInt64, root: [UInt8]) throws(LogRejection) {
    try self.init(origin: origin, size: size, root: root, extensions: [])
  }

  private init(origin: Text, size: UInt64, root: [UInt8], extensions: [Text]) throws(LogRejection) {
    guard !origin.isEmpty, origin.bytes.allSatisfy({ $0 >= 0x20 }) else { throw .checkpointMalformed(line: 1) }
    guard size <= Merkle.maxSize else { throw .sizeTooLarge(size) }
    guard root.count == Merkle.hashBytes else { throw .hashLength(bytes: root.count) }
    guard size > 0 || root == Merkle.emptyRoot else { throw .rootMismatch }
    self.origin = origin
    self.size = size
    self.root = root
    self.extensions = extensions
  }

  /// Reads the text of a note.
  public static func parse(text: [UInt8]) throws(LogRejection) -> Checkpoint {
    var reader = LineReader(text)
    guard let first = reader.next(), let origin = Text(validating: first), !origin.isEmpty else {
      throw .checkpointMalformed(line: 1)
    }
    guard let second = reader.next(), let size = decimal(second) else { throw .checkpointMalformed(line: 2) }
    guard let third = reader.next(), let root = merkleHash(base64: third) else { throw .checkpointMalformed(line: 3) }
    var extensions: [Text] = []
    while let line = reader.next() {
      guard !line.isEmpty, let line = Text(validating: line) else { throw .checkpointMalformed(line: reader.line) }
      extensions.append(line)
    }
    guard reader.position == text.count else { throw .checkpointMalformed(line: reader.line + 1) }
    return try Checkpoint(origin: origin, size: size, root: root, extensions: extensions)
  }

  /// The text that is signed.
  public var text: [UInt8] {
    var text = origin.bytes + Array("\n\(size)\n\(Base64.encode(root))\n".utf8)
    for line in extensions { text += line.bytes + [newline] }
    return text
  }
}

extension NoteSigner {
  /// Signs a checkpoint with the log's own key, whose name is the origin.
  ///
  /// The caller answers for the tree: never a smaller one, never another one of the same size.
  public func sign(_ checkpoint: Checkpoint) throws(LogRejection) -> SignedNote {
    guard verifierKey.name == checkpoint.origin else {
      throw .otherOrigin(expected: verifierKey.name, found: checkpoint.origin)
    }
    return try sign(text: checkpoint.text)
  }
}

/// Which log this is, whose signature it bears, and how many witnesses must have cosigned.
public struct LogPolicy: Hashable, Sendable {
  public let origin: Text
  public let logKeys: [VerifierKey]
  public let witnesses: [VerifierKey]
  public let quorum: Int

  /// Throws `.policyInvalid` when no checkpoint could ever satisfy it, or one key could count twice.
  public init(origin: Text, logKeys: [VerifierKey], witnesses: [VerifierKey] = [], quorum: Int = 0) throws(LogRejection)
  {
    let keys = (logKeys + witnesses).map(\.publicKey)
    guard !logKeys.isEmpty, logKeys.allSatisfy({ $0.kind == .ed25519 && $0.name == origin }),
      witnesses.allSatisfy({ $0.kind == .cosignature }), (0...witnesses.count).contains(quorum),
      Set(keys).count == keys.count
    else { throw .policyInvalid }
    self.origin = origin
    self.logKeys = logKeys
    self.witnesses = witnesses
    self.quorum = quorum
  }

  /// Reads a checkpoint as published and checks origin, the log's signature and the quorum.
  public func open(_ note: [UInt8]) throws(LogRejection) -> VerifiedCheckpoint {
    let note = try SignedNote.parse(note)
    // The origin first, so that another log's checkpoint is named as such. Nothing else is read before the signature
    // holds.
    var reader = LineReader(note.text)
    let found = reader.next().flatMap { Text(validating: $0) } ?? ""
    guard found == origin else { throw .otherOrigin(expected: origin, found: found) }
    let verified = try note.verify(logKeys + witnesses)
    guard verified.signers.contains(where: { $0.key.kind == .ed25519 }) else { throw .notSigned }
    let cosignatures = verified.signers.compactMap { signer in
      signer.time.map { VerifiedCheckpoint.Cosignature(witness: signer.key.name, time: $0) }
    }
    guard cosignatures.count >= quorum else { throw .quorumMissing(needed: quorum, found: cosignatures.count) }
    return VerifiedCheckpoint(
      checkpoint: try Checkpoint.parse(text: verified.text),
      note: note.bytes,
      cosignatures: cosignatures
    )
  }
}

/// A checkpoint that a log's key signed and its policy's witnesses cosigned. Only `LogPolicy.open` makes one.
public struct VerifiedCheckpoint: Hashable, Sendable {
  /// A witness's signature that held.
  public struct Cosignature: Hashable, Sendable {
    public let witness: Text
    /// Seconds since 1970.
    public let time: UInt64
  }
  public let checkpoint: Checkpoint
  /// As it was published, with the lines of unknown keys.
  public let note: [UInt8]
  public let cosignatures: [Cosignature]

  public var size: UInt64 { checkpoint.size }
  public var root: [UInt8] { checkpoint.root }

  /// Refuses what cannot come after `earlier`: a smaller tree, or another one of the same size. Growth needs a
  /// consistency proof.
  func follows(_ earlier: VerifiedCheckpoint) throws(LogRejection) {
    guard size >= earlier.size else { throw .rollback(known: earlier.size, offered: size) }
    guard size > earlier.size || root == earlier.root else {
      throw .fork(size: size, known: earlier.root, offered: root)
    }
  }
}
