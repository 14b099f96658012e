extension Merkle {
  /// Checks that `leafHash` is leaf `index` of the tree of `size` leaves with this root. Returning means it is.
  ///
  /// Steps as in RFC 9162, 2.1.3.2, with guards for what it leaves open: lengths of hashes, items left over.
  public static func verifyInclusion(
    leafHash: [UInt8],
    index: UInt64,
    size: UInt64,
    proof: [[UInt8]],
    root: [UInt8]
  ) throws(LogRejection) {
    try checkLengths([leafHash] + proof)
    guard index < size else { throw .indexOutOfRange(index: index, size: size) }  // step 1
    var (fn, sn) = (index, size - 1)  // step 2
    var hash = leafHash  // step 3
    for item in proof {  // step 4
      guard sn != 0 else { throw .proofLength(items: proof.count) }
      if fn & 1 == 1 || fn == sn {
        hash = nodeHash(item, hash)
        while fn & 1 == 0, fn != 0 {
          fn >>= 1
          sn >>= 1
        }
      } else {
        hash = nodeHash(hash, item)
      }
      fn >>= 1
      sn >>= 1
    }
    guard sn == 0 else { throw .proofLength(items: proof.count) }  // step 5
    guard hash == root else { throw .rootMismatch }
  }

  /// Checks that the tree of `new` leaves begins with the tree of `old` leaves. Returning means it does.
  ///
  /// Steps as in RFC 9162, 2.1.4.2. `old` = 0 is refused (also 0 to 0): nothing can be said about a tree without
  /// leaves.
  public static func verifyConsistency(
    from old: UInt64,
    to new: UInt64,
    proof: [[UInt8]],
    oldRoot: [UInt8],
    newRoot: [UInt8]
  ) throws(LogRejection) {
    try checkLengths(proof)
    guard old > 0 else { throw .emptyTree }
    guard old <= new else { throw .sizesReversed(old: old, new: new) }
    if old == new {
      guard proof.isEmpty else { throw .proofLength(items: proof.count) }
      guard !oldRoot.isEmpty, oldRoot == newRoot else { throw .rootMismatch }
      return
    }
    guard !proof.isEmpty else { throw .proofLength(items: 0) }  // step 1
    var path = proof[...]
    var (fn, sn) = (old - 1, new - 1)  // step 3
    while fn & 1 == 1 {  // step 4
      fn >>= 1
      sn >>= 1
    }
    // Steps 2 and 5: an old size that is a power of two is its own first item.
    let first = old & (old - 1) == 0 ? oldRoot : path.removeFirst()
    guard first.count == hashBytes else { throw .hashLength(bytes: first.count) }
    var (fr, sr) = (first, first)
    for item in path {  // step 6
      guard sn != 0 else { throw .proofLength(items: proof.count) }
      if fn & 1 == 1 || fn == sn {
        fr = nodeHash(item, fr)
        sr = nodeHash(item, sr)
        while fn & 1 == 0, fn != 0 {
          fn >>= 1
          sn >>= 1
        }
      } else {
        sr = nodeHash(sr, item)
      }
      fn >>= 1
      sn >>= 1
    }
    guard sn == 0 else { throw .proofLength(items: proof.count) }  // step 7
    guard fr == oldRoot, sr == newRoot else { throw .rootMismatch }
  }

  /// Checks a leaf against the root of the subtree `start ..< end` (draft-ietf-plants-merkle-tree-certs, subtrees).
  public static func verifySubtreeInclusion(
    leafHash: [UInt8],
    index: UInt64,
    start: UInt64,
    end: UInt64,
    proof: [[UInt8]],
    root: [UInt8]
  ) throws(LogRejection) {
    guard start < end else { throw .invalidSubtree(start: start, end: end) }
    try checkSubtree(start: start, end: end)
    guard index >= start, index < end else { throw .indexOutOfRange(index: index, size: end) }
    try verifyInclusion(leafHash: leafHash, index: index - start, size: end - start, proof: proof, root: root)
  }

  /// Checks that the subtree `start ..< end` with this root is part of the tree of `size` leaves (same draft). An empty
  /// subtree with the empty root is part of every tree.
  public static func verifySubtreeConsistency(
    start: UInt64,
    end: UInt64,
    size: UInt64,
    proof: [[UInt8]],
    subtreeRoot: [UInt8],
    root: [UInt8]
  ) throws(LogRejection) {
    try checkLengths(proof)
    guard start <= end, end <= size else { throw .invalidSubtree(start: start, end: end) }
    if start == end {
      guard proof.isEmpty else { throw .proofLength(items: proof.count) }
      guard subtreeRoot == emptyRoot else { throw .rootMismatch }
      return
    }
    try checkSubtree(start: start, end: end)
    if start == 0, end == size {
      return try verifyConsistency(from: end, to: size, proof: proof, oldRoot: subtreeRoot, newRoot: root)
    }
    var path = proof[...]
    var (fn, sn, tn) = (start, end - 1, size - 1)
    while fn != sn, sn == tn || sn & 1 == 1 {
      fn >>= 1
      sn >>= 1
      tn >>= 1
    }
    if fn != sn, path.isEmpty { throw .proofLength(items: 0) }
    let first = fn == sn ? subtreeRoot : path.removeFirst()
    guard first.count == hashBytes else { throw .hashLength(bytes: first.count) }
    var (fr, sr) = (first, first)
    for item in path {
      guard tn != 0 else { throw .proofLength(items: proof.count) }
      if sn & 1 == 1 || sn == tn {
        if fn < sn { fr = nodeHash(item, fr) }
        sr = nodeHash(item, sr)
        while sn & 1 == 0, sn != 0 {
          fn >>= 1
          sn >>= 1
          tn >>= 1
        }
      } else {
        sr = nodeHash(sr, item)
      }
      fn >>= 1
      sn >>= 1
      tn >>= 1
    }
    guard tn == 0 else { throw .proofLength(items: proof.count) }
    guard fr == subtreeRoot, sr == root else { throw .rootMismatch }
  }

  /// A subtree starts at a multiple of the smallest power of two that holds it.
  private static func checkSubtree(start: UInt64, end: UInt64) throws(LogRejection) {
    let count = end - start
    guard count <= maxSize else { throw .invalidSubtree(start: start, end: end) }
    let block = count == 1 ? 1 : UInt64(1) << UInt64(64 - (count - 1).leadingZeroBitCount)
    guard start % block == 0 else { throw .invalidSubtree(start: start, end: end) }
  }

  private static func checkLengths(_ hashes: [[UInt8]]) throws(LogRejection) {
    for hash in hashes where hash.count != hashBytes { throw .hashLength(bytes: hash.count) }
  }
}
