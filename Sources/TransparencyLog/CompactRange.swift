/// One hash of a tree: the root of the complete subtree `index` of 2^`level` leaves.
public struct StoredHash: Hashable, Sendable {
  public let level: Int
  public let index: UInt64
  public let hash: [UInt8]
}

/// The right edge of a tree: what has to be kept to append a leaf and to know the root. At most 63 hashes.
public struct CompactRange: Hashable, Sendable {
  public private(set) var size: UInt64
  /// The roots of the complete subtrees from left to right, one for each bit that is set in `size`, the largest first.
  public private(set) var peaks: [[UInt8]]

  public init() {
    (size, peaks) = (0, [])
  }

  /// Takes a stored edge back. Whoever signs afterwards compares `root` with the last signed one first.
  public init(size: UInt64, peaks: [[UInt8]]) throws(LogRejection) {
    guard size <= Merkle.maxSize else { throw .sizeTooLarge(size) }
    guard peaks.count == size.nonzeroBitCount else { throw .proofLength(items: peaks.count) }
    for peak in peaks where peak.count != Merkle.hashBytes { throw .hashLength(bytes: peak.count) }
    self.size = size
    self.peaks = peaks
  }

  /// Reads the edge of a stored tree.
  public init(size: UInt64, hashes: HashReader) throws(LogRejection) {
    var peaks: [[UInt8]] = []
    for level in (0..<64).reversed() where size >> UInt64(level) & 1 == 1 {
      peaks.append(try hashes.node(level, (size >> UInt64(level)) - 1))
    }
    try self.init(size: size, peaks: peaks)
  }

  public var root: [UInt8] { Merkle.fold(peaks) }

  /// Appends a leaf and returns the hashes that this completed: the leaf, and each subtree it was the last leaf of,
  /// upwards. A store that keeps them all is a `HashReader`.
  @discardableResult
  public mutating func append(leafHash: [UInt8]) throws(LogRejection) -> [StoredHash] {
    guard leafHash.count == Merkle.hashBytes else { throw .hashLength(bytes: leafHash.count) }
    guard size < Merkle.maxSize else { throw .sizeTooLarge(size) }
    var stored = StoredHash(level: 0, index: size, hash: leafHash)
    var completed = [stored]
    while size >> UInt64(stored.level) & 1 == 1 {
      stored = StoredHash(
        level: stored.level + 1,
        index: stored.index >> 1,
        hash: Merkle.nodeHash(peaks.removeLast(), stored.hash)
      )
      completed.append(stored)
    }
    peaks.append(stored.hash)
    size += 1
    return completed
  }
}

/// All hashes of a tree in memory: 64 bytes a leaf. For writing tiles, and for proofs of a log of moderate size.
public struct HashTree: Sendable {
  /// For each level the roots of its complete subtrees, one after the other.
  private var levels: [[UInt8]] = [[]]
  public private(set) var size: UInt64 = 0

  public init() {}

  public init(leafHashes: some Sequence<[UInt8]>) throws(LogRejection) {
    for hash in leafHashes { try append(leafHash: hash) }
  }

  public mutating func append(leafHash: [UInt8]) throws(LogRejection) {
    guard leafHash.count == Merkle.hashBytes else { throw .hashLength(bytes: leafHash.count) }
    var (hash, level, index) = (leafHash, 0, size)
    levels[0] += hash
    while index & 1 == 1 {
      hash = Merkle.nodeHash(stored(level, index - 1), hash)
      level += 1
      index >>= 1
      if level == levels.count { levels.append([]) }
      levels[level] += hash
    }
    size += 1
  }

  /// The hash of a complete subtree, or nil when the tree does not reach that far.
  public func hash(level: Int, index: UInt64) -> [UInt8]? {
    guard levels.indices.contains(level), index < UInt64(levels[level].count / Merkle.hashBytes) else { return nil }
    return stored(level, index)
  }

  private func stored(_ level: Int, _ index: UInt64) -> [UInt8] {
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

  public var root: [UInt8] {
    var peaks: [[UInt8]] = []
    for level in levels.indices.reversed() where size >> UInt64(level) & 1 == 1 {
      peaks.append(stored(level, (size >> UInt64(level)) - 1))
    }
    return Merkle.fold(peaks)
  }
}
