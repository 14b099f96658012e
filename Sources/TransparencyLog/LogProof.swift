internal import Encodings

/// A file that proves offline that an entry is in a log (C2SP tlog-proof, extension `.tlog-proof`).
public struct LogProof: Hashable, Sendable {
  static let header = "c2sp.org/tlog-proof@v1"
  /// More than an entry of full length in base64 inside JSON, and its salt.
  public static let maxExtraBytes = 100_000
  /// A tree of 2^63 - 1 leaves has no longer path.
  public static let maxPathItems = 63
  public static let maxBytes = SignedNote.maxBytes + 2 * maxExtraBytes

  /// Data of the application, not authenticated by itself. Khatm: `ProofExtra`.
  public let extra: [UInt8]?
  public let index: UInt64
  /// From the leaf's sibling upwards.
  public let path: [[UInt8]]
  /// The checkpoint as the log issued it, with all signatures.
  public let checkpoint: [UInt8]

  /// Throws for what could not be written as a proof that is read back. Whether it holds is `verify`'s to say.
  public init(extra: [UInt8]?, index: UInt64, path: [[UInt8]], checkpoint: [UInt8]) throws(LogRejection) {
    guard (extra?.count ?? 0) <= Self.maxExtraBytes else { throw .proofTooLarge(bytes: extra?.count ?? 0) }
    guard path.count <= Self.maxPathItems else { throw .proofLength(items: path.count) }
    for hash in path where hash.count != Merkle.hashBytes { throw .hashLength(bytes: hash.count) }
    self.extra = extra
    self.index = index
    self.path = path
    self.checkpoint = checkpoint
  }

  /// The file as C2SP tlog-proof writes it.
  public var bytes: [UInt8] {
    var text = Self.header + "\n"
    if let extra { text += "extra \(Base64.encode(extra))\n" }
    text += "index \(index)\n"
    for hash in path { text += Base64.encode(hash) + "\n" }
    return Array(text.utf8) + [newline] + checkpoint
  }

  /// Reads the form, strictly. The checkpoint is only looked at by `verify`.
  public static func parse(_ bytes: [UInt8]) throws(LogRejection) -> LogProof {
    guard bytes.count <= maxBytes else { throw .proofTooLarge(bytes: bytes.count) }
    var reader = LineReader(bytes)
    guard let first = reader.next(), first.elementsEqual(header.utf8) else { throw .proofMalformed(line: 1) }
    guard var line = reader.next() else { throw .proofMalformed(line: 2) }
    var extra: [UInt8]?
    if let value = line.value(after: "extra") {
      guard let decoded = Base64.decode(value), !decoded.isEmpty, let after = reader.next() else {
        throw .proofMalformed(line: 2)
      }
      extra = decoded
      line = after
    }
    guard let index = line.value(after: "index").flatMap({ decimal($0) }) else {
      throw .proofMalformed(line: reader.line)
    }
    var path: [[UInt8]] = []
    while true {
      guard let line = reader.next() else { throw .proofMalformed(line: reader.line + 1) }
      if line.isEmpty { break }
      guard path.count < maxPathItems, let item = merkleHash(base64: line) else {
        throw .proofMalformed(line: reader.line)
      }
      path.append(item)
    }
    return try LogProof(extra: extra, index: index, path: path, checkpoint: reader.rest)
  }

  /// Checks signatures, witnesses and path for an entry that the caller has.
  public func verify(entry: [UInt8], policy: LogPolicy) throws(LogRejection) -> LoggedEntry {
    try verify(entry: entry, under: try policy.open(checkpoint))
  }

  /// The same with a checkpoint that was verified before: saves the signatures when many proofs stand under one
  /// checkpoint. The proof's own copy is not looked at.
  public func verify(entry: [UInt8], under checkpoint: VerifiedCheckpoint) throws(LogRejection) -> LoggedEntry {
    try Merkle.verifyInclusion(
      leafHash: Merkle.leafHash(entry),
      index: index,
      size: checkpoint.size,
      proof: path,
      root: checkpoint.root
    )
    return LoggedEntry(index: index, bytes: entry, checkpoint: checkpoint)
  }
}

/// An entry that is known to be in a log, under a checkpoint that its keys signed. Only proofs and `MonitorState` make
/// one.
public struct LoggedEntry: Hashable, Sendable {
  public let index: UInt64
  public let bytes: [UInt8]
  public let checkpoint: VerifiedCheckpoint

  /// What the bytes say. A log of another kind, or a broken one, may hold anything.
  public func parsed() throws(LogRejection) -> LogEntry { try LogEntry.parse(bytes) }
}
