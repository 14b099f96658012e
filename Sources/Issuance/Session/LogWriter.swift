internal import Encodings
internal import PKI
internal import Registry
internal import TransparencyLog

/// The transparency log as the writer sees it: the right edge of the tree, and the key that signs checkpoints.
struct LogWriter {
  private var range: CompactRange
  private let signer: NoteSigner
  private let origin: Text

  var verifierKey: String { signer.verifierKey.description }

  /// Takes the edge from the register and compares its root with the last signed checkpoint before anything new is
  /// signed over it (a flipped bit is found here, not signed).
  init(registry: Registry, origin: String, key: PrivateKey) throws {
    self.origin = Text(origin)
    signer = try NoteSigner(name: Text(origin), kind: .ed25519, privateKey: key)
    guard let head = try registry.log.head() else {
      range = CompactRange()
      return
    }
    range = try CompactRange(size: UInt64(head.size), peaks: Self.decode(head.frontier))
    let policy = try LogPolicy(origin: Text(origin), logKeys: [signer.verifierKey])
    let signed = try policy.open(Array(head.note.utf8))
    guard signed.size == range.size, signed.root == range.root else {
      throw IssuanceFailure.registryTampered(table: "checkpoint", row: "\(head.size)")
    }
  }

  /// Leaves and the checkpoint that covers them, for the issuing transaction. The writer moves on only with `advance`.
  func append(_ entries: [LogEntry], at now: Int64) throws -> (append: LogAppend, after: CompactRange) {
    let grown = try grow(entries.map(\.bytes))
    let note = try signer.sign(Checkpoint(origin: origin, size: grown.range.size, root: grown.range.root))
    return (append(grown, note: note.bytes, at: now), grown.range)
  }

  mutating func advance(to after: CompactRange) { range = after }

  /// Entries of a published log that go on where ours ends, as an append to our own. Their root must be the one that
  /// was signed: else our copy is of another log.
  func takeOver(
    _ entries: [[UInt8]],
    under checkpoint: VerifiedCheckpoint,
    note: [UInt8],
    at now: Int64
  ) throws -> LogAppend {
    let grown = try grow(entries)
    guard grown.range.size == checkpoint.size, grown.range.root == checkpoint.root else {
      throw IssuanceFailure.registryTampered(table: "log_leaf", row: "\(range.size)")
    }
    return append(grown, note: note, at: now)
  }

  /// The edge with entries appended to it.
  private struct Grown {
    var range: CompactRange
    var leaves: [LogAppend.Leaf] = [], tileRoots: [LogAppend.TileRoot] = []
  }

  private func grow(_ entries: [[UInt8]]) throws -> Grown {
    var grown = Grown(range: range)
    for bytes in entries {
      let hash = Merkle.leafHash(bytes)
      grown.leaves.append(.init(entry: bytes, hash: hash))
      for stored in try grown.range.append(leafHash: hash) where stored.level > 0 && stored.level % 8 == 0 {
        grown.tileRoots.append(.init(level: stored.level / 8, position: Int64(stored.index), hash: stored.hash))
      }
    }
    return grown
  }

  private func append(_ grown: Grown, note: [UInt8], at now: Int64) -> LogAppend {
    LogAppend(
      previousSize: Int64(range.size),
      leaves: grown.leaves,
      tileRoots: grown.tileRoots,
      at: now,
      frontier: grown.range.peaks.flatMap { $0 },
      note: String(decoding: note, as: UTF8.self)
    )
  }

  private static func decode(_ bytes: [UInt8]) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: Merkle.hashBytes).map {
      Array(bytes[$0..<min($0 + Merkle.hashBytes, bytes.count)])
    }
  }

  /// The size that a checkpoint names; 0 for what is none.
  static func size(ofNote bytes: [UInt8]) -> Int64 {
    let lines = bytes.split(separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false)
    return lines.count > 1 ? Int64(String(decoding: lines[1], as: UTF8.self)) ?? 0 : 0
  }

  /// Hashes of every level. Those between the stored ones are made from below, at most 255 for each.
  static func allHashes(in registry: Registry) -> HashReader {
    let stored = hashes(in: registry)
    func node(_ level: Int, _ index: UInt64) throws(LogRejection) -> [UInt8] {
      if level % 8 == 0 { return try stored.node(level, index) }
      return Merkle.nodeHash(try node(level - 1, 2 * index), try node(level - 1, 2 * index + 1))
    }
    return HashReader { try node($0, $1) }
  }

  /// Hashes of the stored tree, for making tiles. Reads whole tiles at a time.
  static func hashes(in registry: Registry) -> HashReader {
    var held: [Int: (first: Int64, hashes: [[UInt8]])] = [:]
    return HashReader { level, index in
      let first = Int64(index) / 256 * 256
      if held[level]?.first != first || Int64(index) - first >= Int64(held[level]?.hashes.count ?? 0) {
        let read =
          try level == 0
          ? registry.log.leafHashes(first..<(first + 256))
          : registry.log.tileRoots(level: level / 8, first..<(first + 256))
        held[level] = (first, read)
      }
      guard let tile = held[level], Int(Int64(index) - first) < tile.hashes.count else {
        throw LogRejection.missingNode(level: level, index: index)
      }
      return tile.hashes[Int(Int64(index) - first)]
    }
  }
}
