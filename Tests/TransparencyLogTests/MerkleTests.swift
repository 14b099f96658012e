import Encodings
import Fixtures
import PKI
import TestSupport
import Testing
import TransparencyLog

/// Roots and proofs, against a tree that is built naively.
struct MerkleTests {
  @Test func knownHashes() {
    // RFC 6962 test values: the empty tree, the leaf of no bytes.
    #expect(Hex.encode(Merkle.emptyRoot) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(Hex.encode(Merkle.leafHash([])) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    #expect(Merkle.nodeHash([1], [2]) == SHA2.sha256([1, 1, 2]))
    #expect(Merkle.leafHash([1, 1, 2]) != Merkle.nodeHash([1], [2]), "a leaf can never stand for a node")
  }

  /// Sizes around every edge, and all small ones, in full; the rest by samples.
  static let fullSizes = Set(0...200).union([255, 256, 257, 511, 512, 513, 767, 1000, 1023, 1024, 1025, 1100])

  @Test(.timeLimit(.minutes(allowedMinutes(2))))
  func everyProofOfManyTrees() throws {
    let all = entries(1100)
    let naive = NaiveTree(entries: all)
    let tree = try HashTree(leafHashes: naive.leaves)
    var generator = SeededGenerator(seed: 7)
    var range = CompactRange()
    var (inclusions, consistencies) = (0, 0)
    for size in 0...1100 {
      let root = naive.root(0..<size)
      #expect(range.root == root)
      #expect(try Merkle.root(size: UInt64(size), hashes: tree.reader) == root)
      let full = Self.fullSizes.contains(size)
      let places = full ? Array(0..<size) : (0..<6).map { _ in Int.random(in: 0..<size, using: &generator) }
      for index in places {
        let proof = try Merkle.inclusionProof(index: UInt64(index), size: UInt64(size), hashes: tree.reader)
        if proof != naive.path(index, 0..<size) { Issue.record("inclusion \(index) in \(size)") }
        try Merkle.verifyInclusion(
          leafHash: naive.leaves[index],
          index: UInt64(index),
          size: UInt64(size),
          proof: proof,
          root: root
        )
        inclusions += 1
        let old = index + 1
        let growth = try Merkle.consistencyProof(from: UInt64(old), to: UInt64(size), hashes: tree.reader)
        if growth != naive.consistency(old, size) { Issue.record("consistency \(old) to \(size)") }
        try Merkle.verifyConsistency(
          from: UInt64(old),
          to: UInt64(size),
          proof: growth,
          oldRoot: naive.root(0..<old),
          newRoot: root
        )
        consistencies += 1
      }
      if size < 1100 { try range.append(leafHash: naive.leaves[size]) }
    }
    print("merkle: \(inclusions) inclusion and \(consistencies) consistency proofs agree with the recursive definition")
    #expect(inclusions > 20_000)
  }

  @Test(arguments: [1, 2, 3, 7, 8, 13, 64, 100])
  func everyBitOfAProofCounts(size: Int) throws {
    let naive = NaiveTree(entries: entries(size, seed: UInt64(size)))
    let root = naive.root(0..<size)
    var generator = SeededGenerator(seed: 3)
    for index in 0..<size {
      let leaf = naive.leaves[index]
      let proof = naive.path(index, 0..<size)
      func holds(_ leaf: [UInt8], _ index: Int, size: Int, proof: [[UInt8]], root: [UInt8]) -> Bool {
        do {
          try Merkle.verifyInclusion(leafHash: leaf, index: UInt64(index), size: UInt64(size), proof: proof, root: root)
          return true
        } catch { return false }
      }
      #expect(holds(leaf, index, size: size, proof: proof, root: root))
      for item in proof.indices {
        var wrong = proof
        wrong[item][Int.random(in: 0..<32, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        #expect(!holds(leaf, index, size: size, proof: wrong, root: root))
        wrong = proof
        wrong.remove(at: item)
        #expect(!holds(leaf, index, size: size, proof: wrong, root: root))
        wrong = proof
        wrong.insert(proof[item], at: item)
        #expect(!holds(leaf, index, size: size, proof: wrong, root: root))
        wrong = proof
        wrong[item].removeLast()
        #expect(!holds(leaf, index, size: size, proof: wrong, root: root))
      }
      #expect(!holds(leaf, index, size: size, proof: proof + [root], root: root))
      #expect(!holds(root, index, size: size, proof: proof, root: leaf) || size == 1)
      #expect(!holds(leaf, index, size: size, proof: proof, root: Array(root.dropLast())))
      for other in 0..<size where other != index { #expect(!holds(leaf, other, size: size, proof: proof, root: root)) }
    }
  }

  @Test func consistencyRefusesEveryOtherPair() throws {
    let naive = NaiveTree(entries: entries(40, seed: 9))
    for new in 1...40 {
      for old in 1...new {
        let proof = naive.consistency(old, new)
        let (oldRoot, newRoot) = (naive.root(0..<old), naive.root(0..<new))
        for item in proof.indices {
          var wrong = proof
          wrong[item][item % 32] ^= 0x10
          #expect(throws: LogRejection.self) {
            try Merkle.verifyConsistency(
              from: UInt64(old),
              to: UInt64(new),
              proof: wrong,
              oldRoot: oldRoot,
              newRoot: newRoot
            )
          }
        }
        #expect(throws: LogRejection.self) {
          try Merkle.verifyConsistency(
            from: UInt64(old),
            to: UInt64(new),
            proof: proof + [newRoot],
            oldRoot: oldRoot,
            newRoot: newRoot
          )
        }
        if old < new {
          #expect(throws: LogRejection.self) {
            try Merkle.verifyConsistency(
              from: UInt64(old),
              to: UInt64(new),
              proof: [],
              oldRoot: oldRoot,
              newRoot: newRoot
            )
          }
          #expect(throws: LogRejection.sizesReversed(old: UInt64(new), new: UInt64(old))) {
            try Merkle.verifyConsistency(
              from: UInt64(new),
              to: UInt64(old),
              proof: proof,
              oldRoot: newRoot,
              newRoot: oldRoot
            )
          }
          #expect(throws: LogRejection.self) {
            try Merkle.verifyConsistency(
              from: UInt64(old),
              to: UInt64(new),
              proof: proof,
              oldRoot: newRoot,
              newRoot: newRoot
            )
          }
        }
      }
    }
  }

  @Test func emptyTreesProveNothing() throws {
    let empty = Merkle.emptyRoot
    #expect(throws: LogRejection.emptyTree) {
      try Merkle.verifyConsistency(from: 0, to: 0, proof: [], oldRoot: empty, newRoot: empty)
    }
    #expect(throws: LogRejection.emptyTree) {
      try Merkle.verifyConsistency(from: 0, to: 5, proof: [], oldRoot: empty, newRoot: empty)
    }
    #expect(throws: LogRejection.indexOutOfRange(index: 0, size: 0)) {
      try Merkle.verifyInclusion(leafHash: empty, index: 0, size: 0, proof: [], root: empty)
    }
    let tree = HashTree()
    #expect(throws: LogRejection.emptyTree) { try Merkle.consistencyProof(from: 0, to: 0, hashes: tree.reader) }
    #expect(throws: LogRejection.indexOutOfRange(index: 0, size: 0)) {
      try Merkle.inclusionProof(index: 0, size: 0, hashes: tree.reader)
    }
    #expect(tree.root == empty)
    #expect(CompactRange().root == empty)
  }

  @Test func hugeNumbersEndInAnError() throws {
    let leaf = Merkle.leafHash([1])
    for size in [UInt64.max, UInt64.max - 1, 1 << 63] {
      #expect(throws: LogRejection.self) {
        try Merkle.verifyInclusion(leafHash: leaf, index: size - 1, size: size, proof: [leaf], root: leaf)
      }
      #expect(throws: LogRejection.self) {
        try Merkle.verifyConsistency(from: size - 1, to: size, proof: [leaf, leaf], oldRoot: leaf, newRoot: leaf)
      }
      #expect(throws: LogRejection.sizeTooLarge(size)) {
        try Merkle.inclusionProof(index: 0, size: size, hashes: HashTree().reader)
      }
      #expect(throws: LogRejection.sizeTooLarge(size)) { try Merkle.root(size: size, hashes: HashTree().reader) }
    }
    // A well-made proof of the largest tree: 63 levels, all but the first hash from a reader that has no end.
    let endless = HashReader { level, index in SHA2.sha256([UInt8(level)] + Array("\(index)".utf8)) }
    let proof = try Merkle.inclusionProof(index: 12_345, size: Merkle.maxSize, hashes: endless)
    #expect(proof.count <= 63)
  }

  /// A store that cannot be read.
  @Test func readersThatFailOrLie() throws {
    struct DiskGone: Error {}
    let failing = HashReader { _, _ in throw DiskGone() }
    #expect(throws: LogRejection.unreadable(what: "hash 2/0", reason: "DiskGone()")) {
      try Merkle.root(size: 5, hashes: failing)
    }
    #expect(LogRejection.unreadable(what: "", reason: "").isFailure)
    #expect(!LogRejection.rootMismatch.isFailure)
    let short = HashReader { _, _ in [1, 2, 3] }
    #expect(throws: LogRejection.hashLength(bytes: 3)) { try Merkle.root(size: 5, hashes: short) }
    #expect(throws: LogRejection.hashLength(bytes: 3)) { try Merkle.inclusionProof(index: 0, size: 5, hashes: short) }
    let tree = try HashTree(leafHashes: NaiveTree(entries: entries(5)).leaves)
    #expect(throws: LogRejection.missingNode(level: 1, index: 2)) { try Merkle.root(size: 7, hashes: tree.reader) }
    #expect(tree.hash(level: 9, index: 0) == nil)
    #expect(tree.hash(level: 0, index: .max) == nil)
  }

  @Test func appendingGivesEveryStoredHash() throws {
    let naive = NaiveTree(entries: entries(300, seed: 4))
    var stored: [[UInt64]: [UInt8]] = [:]
    var range = CompactRange()
    for leaf in naive.leaves {
      for item in try range.append(leafHash: leaf) { stored[[UInt64(item.level), item.index]] = item.hash }
    }
    for level in 0...8 {
      for index in 0..<(300 >> level) {
        #expect(stored[[UInt64(level), UInt64(index)]] == naive.root((index << level)..<((index + 1) << level)))
      }
    }
    let known = stored
    #expect(known.count == (0...8).reduce(0) { $0 + (300 >> $1) })
    let reader = HashReader { level, index in
      guard let hash = known[[UInt64(level), index]] else { throw LogRejection.missingNode(level: level, index: index) }
      return hash
    }
    #expect(try CompactRange(size: 300, hashes: reader) == range)
    #expect(try CompactRange(size: 300, peaks: range.peaks).root == naive.root(0..<300))
    #expect(try Merkle.inclusionProof(index: 299, size: 300, hashes: reader) == naive.path(299, 0..<300))
    #expect(throws: LogRejection.self) { try CompactRange(size: 301, peaks: range.peaks) }
    #expect(throws: LogRejection.hashLength(bytes: 0)) { try CompactRange(size: 1, peaks: [[]]) }
    #expect(throws: LogRejection.hashLength(bytes: 2)) { try range.append(leafHash: [1, 2]) }
    #expect(range.size == 300)
  }
}
