import Encodings
import Fixtures
import Foundation
import TestSupport
import Testing
import TransparencyLog

/// A log made by another implementation: 15 entries, one checkpoint for each size from 0.
struct TesseraTests {
  static let key = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

  private func read(_ folder: URL, _ path: String) throws -> [UInt8]? {
    let file = folder.appending(path: path)
    return FileManager.default.fileExists(atPath: file.path) ? Array(try Data(contentsOf: file)) : nil
  }

  @Test func everyCheckpointEveryPair() throws {
    guard let folder = VectorSet.folder("tlog-tiles-tessera")?.appending(path: "testdata/log") else { return }
    let policy = try LogPolicy(origin: "example.com/log/testdata", logKeys: [VerifierKey(Self.key)])
    let source = TileSource { try read(folder, $0) }
    var readers: [TileReader] = []
    var checkpoints: [VerifiedCheckpoint] = []
    for size in 0...15 {
      let note = try #require(try read(folder, "checkpoint.\(size)"))
      let checkpoint = try policy.open(note)
      #expect(checkpoint.size == UInt64(size))
      #expect(checkpoint.note == note)
      let reader = try TileReader(checkpoint, source: source)
      if size > 0 {
        // Each entry, from the bundle of this size, with its own proof.
        for index in 0..<UInt64(size) {
          let entry = try reader.entry(at: index)
          let proof = try LogProof(
            extra: nil,
            index: index,
            path: try reader.inclusionProof(index: index),
            checkpoint: note
          )
          #expect(try LogProof.parse(proof.bytes).verify(entry: entry, policy: policy).index == index)
        }
      }
      readers.append(reader)
      checkpoints.append(checkpoint)
    }
    var pairs = 0
    for new in 1...15 {
      for old in 1..<new {
        let proof = try readers[new].consistencyProof(from: UInt64(old))
        try Merkle.verifyConsistency(
          from: UInt64(old),
          to: UInt64(new),
          proof: proof,
          oldRoot: checkpoints[old].root,
          newRoot: checkpoints[new].root
        )
        #expect(throws: LogRejection.self) {
          try Merkle.verifyConsistency(
            from: UInt64(old),
            to: UInt64(new),
            proof: proof,
            oldRoot: checkpoints[new].root,
            newRoot: checkpoints[new].root
          )
        }
        pairs += 1
      }
    }
    #expect(pairs == 105)
    #expect(try read(folder, "checkpoint") == read(folder, "checkpoint.15"))
    VectorSet.ran("tlog-tiles-tessera", cases: 16 + pairs, passed: checkpoints.count + pairs)
  }

  /// What we write for the same entries is what the other implementation wrote, byte for byte.
  @Test func sameFilesForTheSameEntries() throws {
    guard let folder = VectorSet.folder("tlog-tiles-tessera")?.appending(path: "testdata/log") else { return }
    let policy = try LogPolicy(origin: "example.com/log/testdata", logKeys: [VerifierKey(Self.key)])
    let last = try policy.open(try #require(try read(folder, "checkpoint")))
    let entries = try TileReader(last, source: TileSource { try read(folder, $0) }).entries(inBundle: 0)
    let tree = try HashTree(leafHashes: entries.map { Merkle.leafHash($0) })
    var files = 0
    for size in UInt64(1)...15 {
      try Tile.publish(
        from: size - 1,
        to: size,
        hashes: tree.reader,
        entry: { entries[Int($0)] },
        write: { tile, bytes in
          let theirs = try read(folder, tile.path)
          #expect(theirs == bytes)
          files += 1
        }
      )
      let own = try Checkpoint(
        origin: "example.com/log/testdata",
        size: size,
        root: try Merkle.root(size: size, hashes: tree.reader)
      )
      let note = try SignedNote.parse(try #require(try read(folder, "checkpoint.\(size)")))
      #expect(own.text == note.text)
    }
    #expect(files == 30)
  }

  @Test func monitorFollowsIt() throws {
    guard let folder = VectorSet.folder("tlog-tiles-tessera")?.appending(path: "testdata/log") else { return }
    var monitor = MonitorState(
      policy: try LogPolicy(origin: "example.com/log/testdata", logKeys: [VerifierKey(Self.key)])
    )
    var seen: [UInt64] = []
    for size in 0...15 {
      let reader = try monitor.observe(
        try #require(try read(folder, "checkpoint.\(size)")),
        source: TileSource { try read(folder, $0) }
      )
      seen += try monitor.next(from: reader).map(\.index)
    }
    #expect(seen == Array(0..<15))
    #expect(throws: LogRejection.rollback(known: 15, offered: 14)) {
      try monitor.observe(try #require(try read(folder, "checkpoint.14")), source: TileSource { try read(folder, $0) })
    }
  }
}
