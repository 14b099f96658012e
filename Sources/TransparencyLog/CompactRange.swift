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
    size = 0
    peaks = []
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
