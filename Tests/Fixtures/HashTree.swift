public import TransparencyLog

/// All hashes of a tree in memory, 64 bytes a leaf: for writing tiles, and for proofs of any state.
public struct HashTree: Sendable {
  private var edge = CompactRange()
  /// For each level the roots of its complete subtrees, one after the other.
  private var levels: [[UInt8]] = []

  public init() {}

  public init(leafHashes: some Sequence<[UInt8]>) throws(LogRejection) {
    for hash in leafHashes { try append(leafHash: hash) }
  }

  public var size: UInt64 { edge.size }
  public var root: [UInt8] { edge.root }

  public mutating func append(leafHash: [UInt8]) throws(LogRejection) {
    for stored in try edge.append(leafHash: leafHash) {
      if stored.level == levels.count { levels.append([]) }
      levels[stored.level] += stored.hash
    }
  }

  /// The hash of a complete subtree, or nil when the tree does not reach that far.
  public func hash(level: Int, index: UInt64) -> [UInt8]? {
    guard levels.indices.contains(level), index < UInt64(levels[level].count / Merkle.hashBytes) else { return nil }
    let start = Int(index) * Merkle.hashBytes  // below the size of an array
    return Array(levels[level][start..<(start + Merkle.hashBytes)])
  }

  /// Reads this state of the tree. Appending while a reader lives copies the tree.
  public var reader: HashReader {
    HashReader { [self] (level, index) throws in
      guard let hash = hash(level: level, index: index) else {
        throw LogRejection.missingNode(level: level, index: index)
      }
      return hash
    }
  }
}
