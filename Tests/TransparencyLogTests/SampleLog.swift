import Encodings
import Fixtures
import PKI
import TestSupport
import TransparencyLog

/// RFC 6962, 2.1, word by word: recursive, without any cleverness. What the product computes is compared with this.
struct NaiveTree {
  let leaves: [[UInt8]]
  /// Roots that were computed already.
  private final class Memory { var roots: [Range<Int>: [UInt8]] = [:] }
  private let memory = Memory()

  init(entries: [[UInt8]]) { leaves = entries.map { SHA2.sha256([0x00] + $0) } }

  func root(_ range: Range<Int>) -> [UInt8] {
    if range.isEmpty { return SHA2.sha256([]) }
    if range.count == 1 { return leaves[range.lowerBound] }
    if let known = memory.roots[range] { return known }
    let middle = range.lowerBound + split(range.count)
    let root = SHA2.sha256([0x01] + root(range.lowerBound..<middle) + root(middle..<range.upperBound))
    memory.roots[range] = root
    return root
  }

  /// PATH(m, D[range]).
  func path(_ index: Int, _ range: Range<Int>) -> [[UInt8]] {
    if range.count == 1 { return [] }
    let k = split(range.count)
    let middle = range.lowerBound + k
    return index < k
      ? path(index, range.lowerBound..<middle) + [root(middle..<range.upperBound)]
      : path(index - k, middle..<range.upperBound) + [root(range.lowerBound..<middle)]
  }

  /// PROOF(m, D[n]) = SUBPROOF(m, D[n], true).
  func consistency(_ old: Int, _ new: Int) -> [[UInt8]] { subproof(old, 0..<new, whole: true) }

  private func subproof(_ m: Int, _ range: Range<Int>, whole: Bool) -> [[UInt8]] {
    if m == range.count { return whole ? [] : [root(range)] }
    let k = split(range.count)
    let middle = range.lowerBound + k
    return m <= k
      ? subproof(m, range.lowerBound..<middle, whole: whole) + [root(middle..<range.upperBound)]
      : subproof(m - k, middle..<range.upperBound, whole: false) + [root(range.lowerBound..<middle)]
  }

  private func split(_ count: Int) -> Int {
    var k = 1
    while k * 2 < count { k *= 2 }
    return k
  }
}

func entries(_ count: Int, seed: UInt64 = 1) -> [[UInt8]] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { index in
    Array("entry \(index) ".utf8)
      + (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }
}

/// A log with real keys in memory: files by path, as they would lie in `public/`.
struct SampleLog {
  let origin: Text
  let signer: NoteSigner
  private(set) var tree = HashTree()
  private(set) var entries: [[UInt8]] = []
  private(set) var files: [String: [UInt8]] = [:]
  private(set) var published: UInt64 = 0
  /// Every checkpoint ever published, in order.
  private(set) var checkpoints: [[UInt8]] = []

  init(origin: Text = "log.khatm.example/2026") throws {
    self.origin = origin
    signer = try NoteSigner(name: origin, kind: .ed25519, privateKey: PrivateKey.generate(.ed25519))
  }

  var policy: LogPolicy { get throws { try LogPolicy(origin: origin, logKeys: [signer.verifierKey]) } }
  var source: TileSource {
    let files = files
    return TileSource { files[$0] }
  }
  var checkpoint: Checkpoint { get throws { try Checkpoint(origin: origin, size: tree.size, root: tree.root) } }

  /// Forgets everything but the key.
  mutating func reset() {
    tree = HashTree()
    entries = []
    files = [:]
    published = 0
    checkpoints = []
  }

  mutating func append(_ new: [[UInt8]]) throws {
    for entry in new {
      try tree.append(leafHash: Merkle.leafHash(entry))
      entries.append(entry)
    }
  }

  /// Writes what is missing and signs.
  @discardableResult
  mutating func publish() throws -> [UInt8] {
    let entries = entries
    var written = files
    try Tile.publish(
      from: published,
      to: tree.size,
      hashes: tree.reader,
      entry: { entries[Int($0)] },
      write: { written[$0.path] = $1 }
    )
    files = written
    published = tree.size
    let note = try signer.sign(checkpoint).bytes
    files["checkpoint"] = note
    checkpoints.append(note)
    return note
  }

  mutating func grow(by count: Int, seed: UInt64 = 1) throws -> [UInt8] {
    try append(TransparencyLogTests.entries(count, seed: seed))
    return try publish()
  }
}

func instant(_ text: String) throws -> Instant {
  /// A date of a test that is none.
  struct BadDate: Error {}
  guard let instant = Instant(rfc3339: text) else { throw BadDate() }
  return instant
}
