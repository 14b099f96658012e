import Encodings
import Fixtures
import TestSupport
import Testing
import TransparencyLog

/// Tiles, their paths and their bytes.
struct TileTests {
  @Test(arguments: [
    ("tile/0/000", Tile.Content.hashes(level: 0), UInt64(0), 256), ("tile/0/000.p/1", .hashes(level: 0), 0, 1),
    ("tile/1/999.p/255", .hashes(level: 1), 999, 255), ("tile/7/x001/000", .hashes(level: 7), 1000, 256),
    ("tile/2/x001/x234/067", .hashes(level: 2), 1_234_067, 256),
    ("tile/2/x001/x234/067.p/17", .hashes(level: 2), 1_234_067, 17),
    ("tile/entries/000.p/15", .entries, 0, 15), ("tile/entries/x012/345", .entries, 12_345, 256),
    ("tile/0/x036/x028/x797/x018/x963/967", .hashes(level: 0), 36_028_797_018_963_967, 256),
  ])
  func paths(path: String, content: Tile.Content, index: UInt64, width: Int) throws {
    let tile = try #require(Tile(content, index: index, width: width))
    #expect(tile.path == path)
    #expect(try Tile(path: Array(path.utf8)) == tile)
    #expect(tile.isFull == (width == 256))
  }

  @Test(arguments: [
    "", "tile", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile//000", "tile/0/00", "tile/0/0000", "tile/0/0",
    "tile/00/000",
    "tile/-1/000",
    "tile/+1/000", "tile/8/000", "tile/64/000", "tile/0/x000", "tile/0/x000/000", "tile/0/001/000", "tile/0/x001/x000",
    "tile/0/X001/000", "tile/0/000.p",
    "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/+1", "tile/0/000.p/1/2",
    "tile/0/.p/1",
    "tile/0/0a0",
    "tile/0/٠٠٠", "tile/entries", "tile/Entries/000", "tile/entries/../checkpoint", "tile/0/..", "../tile/0/000",
    "tile/0/000?x",
    "tile/0/%30%30%30",
    "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/999",
    "tile/8/0/000",
    "tile/0/000.p/1 ", "tile/0/000\u{0}",
    "tile/0/x036/x028/x797/x018/x963/968",
  ])
  func otherPathsAreRefused(path: String) {
    #expect(throws: LogRejection.tilePathMalformed) { try Tile(path: Array(path.utf8)) }
  }

  @Test func everyIndexRoundTrips() throws {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<2000 {
      let index =
        UInt64.random(in: 0...(Merkle.maxSize / 256), using: &generator) >> UInt64.random(in: 0..<55, using: &generator)
      let content: Tile.Content =
        Bool.random(using: &generator) ? .entries : .hashes(level: Int.random(in: 0...7, using: &generator))
      let tile = try #require(Tile(content, index: index, width: Int.random(in: 1...256, using: &generator)))
      #expect(try Tile(path: Array(tile.path.utf8)) == tile)
    }
    #expect(Tile(.hashes(level: 8), index: 0) == nil)
    #expect(Tile(.hashes(level: -1), index: 0) == nil)
    #expect(Tile(.entries, index: 0, width: 0) == nil)
    #expect(Tile(.entries, index: 0, width: 257) == nil)
    #expect(Tile(.entries, index: .max) == nil)
  }

  /// The standard's own example: 273 full tiles and one of 112 on level 0, one full and one of 17 on level 1, one of 1
  /// on level 2.
  @Test func tilesOfSeventyThousand() {
    let tiles = Tile.hashTiles(from: 0, to: 70_000)
    #expect(tiles.count == 273 + 1 + 1 + 1 + 1)
    #expect(tiles.suffix(4).map(\.path) == ["tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"])
    #expect(Tile.hashTiles(from: 0, to: 256).map(\.path) == ["tile/0/000", "tile/1/000.p/1"])
    #expect(Tile.hashTiles(from: 0, to: 0).isEmpty)
    #expect(Tile.hashTiles(from: 5, to: 5).isEmpty)
    #expect(Tile.hashTiles(from: 6, to: 5).isEmpty)
    #expect(Tile.hashTiles(from: 255, to: 257).map(\.path) == ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"])
    #expect(Tile.hashTiles(from: 256, to: 300).map(\.path) == ["tile/0/001.p/44"])
    #expect(
      Tile.entryBundles(from: 250, to: 600).map(\.path) == [
        "tile/entries/000", "tile/entries/001", "tile/entries/002.p/88",
      ]
    )
    #expect(Tile.entryBundles(from: 3, to: 3).isEmpty)
  }

  @Test func bundles() throws {
    let all = entries(256)
    #expect(try EntryBundle.decode(EntryBundle.encode(all), width: 256) == all)
    #expect(try EntryBundle.encode([Array("one".utf8), [], [7]]) == [0, 3, 0x6F, 0x6E, 0x65, 0, 0, 0, 1, 7])
    let large = [UInt8](repeating: 1, count: 65_535)
    #expect(try EntryBundle.decode(EntryBundle.encode([large]), width: 1) == [large])
    #expect(throws: LogRejection.entryTooLarge(bytes: 65_536)) { try EntryBundle.encode([large + [1]]) }
    for (bytes, width) in [
      ([], 1), ([0], 1), ([0, 1], 1), ([0, 1, 7, 0], 1), ([0, 1, 7], 2), ([0, 2, 7], 1), ([255, 255, 1], 1), ([7], 0),
    ]
      as [([UInt8], Int)]
    {
      #expect(throws: LogRejection.self) { try EntryBundle.decode(bytes, width: width) }
    }
  }

  @Test(arguments: [0, 1, 2, 255, 256, 257, 511, 512, 700, 1030])
  func readerAgreesWithTheTree(size: Int) throws {
    var log = try SampleLog()
    let note = try log.grow(by: size)
    let checkpoint = try log.policy.open(note)
    let reader = try TileReader(checkpoint, source: log.source)
    let naive = NaiveTree(entries: log.entries)
    #expect(try Merkle.root(size: UInt64(size), hashes: reader.hashes) == checkpoint.root)
    for index in stride(from: 0, to: size, by: size > 300 ? 7 : 1) {
      #expect(try reader.inclusionProof(index: UInt64(index)) == naive.path(index, 0..<size))
      #expect(try reader.consistencyProof(from: UInt64(index + 1)) == naive.consistency(index + 1, size))
    }
    var all: [[UInt8]] = []
    for bundle in 0..<reader.bundleCount { all += try reader.entries(inBundle: bundle) }
    #expect(all == log.entries)
    if size > 0 { #expect(try reader.entry(at: UInt64(size - 1)) == log.entries[size - 1]) }
    // Every file comes back as it was written.
    for tile in Tile.hashTiles(from: 0, to: UInt64(size)) + Tile.entryBundles(from: 0, to: UInt64(size)) {
      #expect(try reader.bytes(of: tile) == log.files[tile.path])
    }
    #expect(throws: LogRejection.self) { try reader.entry(at: UInt64(size)) }
    #expect(throws: LogRejection.self) { try reader.entries(inBundle: reader.bundleCount) }
    #expect(throws: LogRejection.self) { try reader.hashes.node(0, UInt64(size)) }
    #expect(throws: LogRejection.self) { try reader.hashes.node(64, 0) }
    #expect(throws: LogRejection.self) { try reader.hashes.node(-1, 0) }
  }

  /// 256^2 leaves and more: a second full level, built without a real log.
  @Test func threeLevels() throws {
    let size = UInt64(66_000)
    var tree = HashTree()
    for index in 0..<size {
      try tree.append(leafHash: Merkle.leafHash([UInt8(index >> 16), UInt8(index >> 8 & 0xFF), UInt8(index & 0xFF)]))
    }
    var files: [String: [UInt8]] = [:]
    for tile in Tile.hashTiles(from: 0, to: size) { files[tile.path] = try tile.hashBytes(tree.reader) }
    #expect(files["tile/1/000"]?.count == 8192)
    #expect(files["tile/2/000.p/1"]?.count == 32)
    let (known, root) = (files, tree.root)
    let reader = try TileReader(size: size, root: root, source: TileSource { known[$0] })
    for index in [0, 255, 256, 65_535, 65_536, 65_999] as [UInt64] {
      let leaf = try tree.reader.node(0, index)
      try Merkle.verifyInclusion(
        leafHash: leaf,
        index: index,
        size: size,
        proof: try reader.inclusionProof(index: index),
        root: root
      )
    }
    for old in [1, 256, 257, 65_535, 65_536, 65_537] as [UInt64] {
      let oldRoot = try Merkle.root(size: old, hashes: tree.reader)
      try Merkle.verifyConsistency(
        from: old,
        to: size,
        proof: try reader.consistencyProof(from: old),
        oldRoot: oldRoot,
        newRoot: root
      )
    }
    var broken = files
    broken["tile/1/000"]?[100] ^= 1
    let wrong = broken
    let doubtful = try TileReader(size: size, root: root, source: TileSource { wrong[$0] })
    #expect(throws: LogRejection.tileMismatch(path: "tile/1/000")) { try doubtful.inclusionProof(index: 1000) }
  }

  /// Flips bits in every file that a log of 700 entries serves: each is found, and nothing of a wrong file is handed
  /// out.
  @Test(.timeLimit(.minutes(allowedMinutes(2))))
  func everyFlippedBitIsFound() throws {
    var log = try SampleLog()
    let checkpoint = try log.policy.open(try log.grow(by: 700))
    let files = log.files
    var generator = SeededGenerator(seed: 21)
    var flips = 0
    for tile in Tile.hashTiles(from: 0, to: 700) + Tile.entryBundles(from: 0, to: 700) {
      let good = try #require(files[tile.path])
      for position in stride(from: Int.random(in: 0..<29, using: &generator), to: good.count, by: 29) {
        var bytes = good
        bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        let wrong = bytes
        let source = TileSource { $0 == tile.path ? wrong : files[$0] }
        do {
          _ = try TileReader(checkpoint, source: source).bytes(of: tile)
          Issue.record("\(tile.path), byte \(position)")
        } catch {
          #expect(!error.isFailure)
        }
        flips += 1
      }
      // Cut, longer, empty, of another place.
      for wrong in [Array(good.dropLast()), good + [0], [], good.reversed()] where wrong != good {
        let source = TileSource { $0 == tile.path ? wrong : files[$0] }
        #expect(throws: LogRejection.self) { try TileReader(checkpoint, source: source).bytes(of: tile) }
      }
      let gone = TileSource { $0 == tile.path ? nil : files[$0] }
      #expect(throws: LogRejection.tileMissing(path: tile.path)) {
        try TileReader(checkpoint, source: gone).bytes(of: tile)
      }
    }
    print("tiles: \(flips) flipped bits, all found")
    #expect(flips > 500)
  }

  @Test func aFullTileStandsInForItsPartialOne() throws {
    var log = try SampleLog()
    let early = try log.policy.open(try log.grow(by: 100))
    _ = try log.grow(by: 300, seed: 2)
    var files = log.files
    for path in Array(files.keys) where path.contains(".p/100") { files[path] = nil }
    let kept = files
    let reader = try TileReader(early, source: TileSource { kept[$0] })
    #expect(try reader.entries(inBundle: 0) == Array(log.entries.prefix(100)))
    #expect(try reader.inclusionProof(index: 99) == NaiveTree(entries: log.entries).path(99, 0..<100))
  }

  @Test func aReaderWithTheWrongRoot() throws {
    var log = try SampleLog()
    _ = try log.grow(by: 300)
    var root = log.tree.root
    root[31] ^= 1
    #expect(throws: LogRejection.rootMismatch) { try TileReader(size: 300, root: root, source: log.source) }
    #expect(throws: LogRejection.tileMissing(path: "tile/0/001.p/43")) {
      try TileReader(size: 299, root: log.tree.root, source: log.source)
    }
    #expect(throws: LogRejection.rootMismatch) { try TileReader(size: 0, root: root, source: log.source) }
    #expect(throws: LogRejection.sizeTooLarge(1 << 63)) {
      try TileReader(size: 1 << 63, root: root, source: log.source)
    }
    /// A store that cannot be read.
    struct DiskGone: Error {}
    do {
      _ = try TileReader(size: 300, root: log.tree.root, source: TileSource { _ in throw DiskGone() })
      Issue.record("read without a disk")
    } catch { #expect(error.isFailure) }
  }

  /// Publishing re-hashes: a bit that flipped in the database is not signed over.
  @Test func publishingFindsAnotherEntry() throws {
    let all = entries(10)
    let tree = try HashTree(leafHashes: all.map { Merkle.leafHash($0) })
    #expect(throws: LogRejection.tileMismatch(path: "tile/entries/000.p/10")) {
      try Tile.publish(
        from: 0,
        to: 10,
        hashes: tree.reader,
        entry: { $0 == 4 ? [1] : all[Int($0)] },
        write: { _, _ in }
      )
    }
    /// A store that cannot be written.
    struct DiskFull: Error {}
    #expect(throws: DiskFull.self) {
      try Tile.publish(
        from: 0,
        to: 10,
        hashes: tree.reader,
        entry: { all[Int($0)] },
        write: { _, _ in throw DiskFull() }
      )
    }
  }

  /// A log published in many steps has the files of every step, and the same full tiles as one published at once.
  @Test func stepsAndOneGoAgree() throws {
    var steps = try SampleLog()
    var generator = SeededGenerator(seed: 31)
    let all = entries(900)
    while steps.entries.count < 900 {
      let next = min(900, steps.entries.count + Int.random(in: 1...90, using: &generator))
      try steps.append(Array(all[steps.entries.count..<next]))
      try steps.publish()
    }
    var once = try SampleLog()
    try once.append(all)
    try once.publish()
    for (path, bytes) in once.files where path != "checkpoint" { #expect(steps.files[path] == bytes) }
    for note in steps.checkpoints {
      let checkpoint = try steps.policy.open(note)
      #expect(try TileReader(checkpoint, source: steps.source).size == checkpoint.size)
    }
  }
}
