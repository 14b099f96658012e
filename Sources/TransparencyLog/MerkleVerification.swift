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

  private static func checkLengths(_ hashes: [[UInt8]]) throws(LogRejection) {
    for hash in hashes where hash.count != hashBytes { throw .hashLength(bytes: hash.count) }
  }
}
