internal import PKI

/// Reads the roots of complete subtrees of a log.
///
/// `node(level, index)` is the hash of the leaves `index · 2^level ..< (index + 1) · 2^level`, 32 bytes; level 0 holds
/// leaf hashes. It is only asked for subtrees that are complete in the tree in question.
public struct HashReader {
  public let node: (_ level: Int, _ index: UInt64) throws(LogRejection) -> [UInt8]

  /// Errors of `read` that are not a `LogRejection` (a database, a disk) become `.unreadable`.
  public init(_ read: @escaping (_ level: Int, _ index: UInt64) throws -> [UInt8]) {
    node = { (level: Int, index: UInt64) throws(LogRejection) -> [UInt8] in
      do {
        return try read(level, index)
      } catch let error as LogRejection {
        throw error
      } catch {
        throw .unreadable(what: "hash \(level)/\(index)", reason: "\(error)")
      }
    }
  }
}

/// The Merkle tree of RFC 9162, 2.1, over SHA-256: hashes, roots and the making of proofs. Checking is in
/// `MerkleVerification.swift`.
public enum Merkle {
  public static let hashBytes = 32

  /// The largest tree: Go's and most other readers count in signed 64 bits.
  public static let maxSize = UInt64(Int64.max)

  /// The root of the tree without leaves, SHA-256 of nothing.
  public static let emptyRoot = SHA2.sha256([])

  /// SHA-256(0x00 ‖ entry).
  public static func leafHash(_ entry: [UInt8]) -> [UInt8] {
    var input: [UInt8] = [0x00]
    input.reserveCapacity(entry.count + 1)
    input += entry
    return SHA2.sha256(input)
  }

  /// SHA-256(0x01 ‖ left ‖ right).
  public static func nodeHash(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    var input: [UInt8] = [0x01]
    input.reserveCapacity(left.count + right.count + 1)
    input += left
    input += right
    return SHA2.sha256(input)
  }

  /// The root of the first `size` leaves.
  public static func root(size: UInt64, hashes: HashReader) throws(LogRejection) -> [UInt8] {
    guard size <= maxSize else { throw .sizeTooLarge(size) }
    return size == 0 ? emptyRoot : try rangeHash(0, size, hashes: hashes)
  }

  /// The path from the leaf's sibling up to a child of the root (RFC 9162, 2.1.3.1).
  public static func inclusionProof(index: UInt64, size: UInt64, hashes: HashReader) throws(LogRejection) -> [[UInt8]] {
    guard size <= maxSize else { throw .sizeTooLarge(size) }
    guard index < size else { throw .indexOutOfRange(index: index, size: size) }
    var path: [[UInt8]] = []
    var (low, high) = (UInt64(0), size)
    while high - low > 1 {  // at most 63 turns: each leaves the smaller side of a split
      let middle = low + split(high - low)
      if index < middle {
        path.append(try rangeHash(middle, high, hashes: hashes))
        high = middle
      } else {
        path.append(try rangeHash(low, middle, hashes: hashes))
        low = middle
      }
    }
    return path.reversed()
  }

  /// The proof that the first `old` leaves of the tree of `new` leaves are the tree of `old` leaves (RFC 9162,
  /// 2.1.4.1). Empty when the sizes are equal. There is none for `old` = 0, which proves nothing.
  public static func consistencyProof(from old: UInt64, to new: UInt64, hashes: HashReader) throws(LogRejection)
    -> [[UInt8]]
  {
    guard new <= maxSize else { throw .sizeTooLarge(new) }
    guard old > 0 else { throw .emptyTree }
    guard old <= new else { throw .sizesReversed(old: old, new: new) }
    var path: [[UInt8]] = []
    var (low, high) = (UInt64(0), new)
    while high != old {
      let middle = low + split(high - low)
      if old <= middle {
        path.append(try rangeHash(middle, high, hashes: hashes))
        high = middle
      } else {
        path.append(try rangeHash(low, middle, hashes: hashes))
        low = middle
      }
    }
    // From here on the old tree's right part is a whole subtree. Unless it is the whole old tree, whose root the
    // verifier has, it is the first item.
    if low > 0 { path.append(try rangeHash(low, high, hashes: hashes)) }
    return path.reversed()
  }

  /// The largest power of two below `count`, for `count` > 1.
  private static func split(_ count: UInt64) -> UInt64 {
    UInt64(1) << UInt64(63 - (count - 1).leadingZeroBitCount)
  }

  /// The root of the leaves `low ..< high`, where `low` is a multiple of the range's largest complete subtree: true for
  /// every range that the splitting above makes.
  private static func rangeHash(_ low: UInt64, _ high: UInt64, hashes: HashReader) throws(LogRejection) -> [UInt8] {
    var peaks: [[UInt8]] = []
    var position = low
    while position < high {
      let level = 63 - (high - position).leadingZeroBitCount
      let hash = try hashes.node(level, position >> UInt64(level))
      guard hash.count == hashBytes else { throw .hashLength(bytes: hash.count) }
      peaks.append(hash)
      position += UInt64(1) << UInt64(level)
    }
    return fold(peaks)
  }

  /// The root over complete subtrees of falling size, left to right; at least one.
  static func fold(_ peaks: [[UInt8]]) -> [UInt8] {
    guard var root = peaks.last else { return emptyRoot }
    for peak in peaks.dropLast().reversed() { root = nodeHash(peak, root) }
    return root
  }
}
