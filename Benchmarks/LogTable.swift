import Encodings
import Fixtures
import Foundation
import PKI
import TransparencyLog

/// Proof size and verify time against the size of the log: both grow with its logarithm.
enum LogTable {
  /// Figures of one size of the log.
  struct Row {
    let size: Int, hashes: Double, bytes: Double, whole: Double, underKnown: Double, consistency: Double, making: Double
  }

  /// Prints one line for each size from 10^3 to 10^6: the `.tlog-proof` of a credential, with entry and salt, averaged
  /// over 200 leaves.
  static func printLogTable(sizes: [Int] = [1_000, 10_000, 100_000, 1_000_000]) throws {
    print("")
    print("log size    path    proof    verify, with checkpoint   verify, checkpoint known   consistency   make")
    for size in sizes {
      let row = try measure(size)
      print(
        String(
          format: "%9d  %5.1f  %5.0f B  %20.1f µs  %22.1f µs  %9.1f µs  %5.1f µs",
          row.size,
          row.hashes,
          row.bytes,
          row.whole,
          row.underKnown,
          row.consistency,
          row.making
        )
      )
    }
  }

  static func measure(_ size: Int, samples: Int = 200) throws -> Row {
    let origin: Text = "khatm.example/log"
    let signer = try NoteSigner(name: origin, kind: .ed25519, privateKey: .generate(.ed25519))
    let policy = try LogPolicy(origin: origin, logKeys: [signer.verifierKey])
    let at = Instant(seconds: 1_795_000_000)
    // A few real entries among leaves of the same length: what is measured does not depend on what the others say.
    var kept: [Int: (entry: LogEntry, salt: [UInt8], token: [UInt8], id: Text)] = [:]
    for sample in 0..<samples {
      let salt = try secureRandomBytes(CredentialHandle.saltBytes)
      let token = try secureRandomBytes(3_000)
      let id = Text("CREDENTIAL-\(sample)")
      let handle = try CredentialHandle(salt: salt, token: token, id: id)
      kept[sample * (size / samples)] = (
        try LogEntry(
          at: at,
          chamber: "did:web:trust.dubaichamber.example",
          event: .issue(handle, programme: "trusted-membership")
        ), salt, token, id
      )
    }
    var tree = HashTree()
    var filler = [UInt8](repeating: 0x20, count: 280)
    for index in 0..<size {
      if let real = kept[index] {
        try tree.append(leafHash: Merkle.leafHash(real.entry.bytes))
      } else {
        withUnsafeBytes(of: index) { filler.replaceSubrange(0..<8, with: $0) }
        try tree.append(leafHash: Merkle.leafHash(filler))
      }
    }
    let hashes = tree.reader
    let note = try signer.sign(try Checkpoint(origin: origin, size: tree.size, root: tree.root)).bytes
    let known = try policy.open(note)
    var proofs: [(file: [UInt8], token: [UInt8], id: Text)] = []
    var paths = 0
    let making = try seconds {
      for (index, real) in kept {
        let path = try Merkle.inclusionProof(index: UInt64(index), size: tree.size, hashes: hashes)
        paths += path.count
        proofs.append(
          (
            try LogProof(
              extra: try ProofExtra(entry: real.entry, salt: real.salt),
              index: UInt64(index),
              path: path,
              checkpoint: note
            ).bytes, real.token, real.id
          )
        )
      }
    }
    let whole = try seconds {
      for one in proofs { _ = try LogProof.parse(one.file).verify(token: one.token, id: one.id, policy: policy) }
    }
    let underKnown = try seconds {
      for one in proofs { _ = try LogProof.parse(one.file).verify(token: one.token, id: one.id, under: known) }
    }
    let old = UInt64(size / 3)
    let oldRoot = try Merkle.root(size: old, hashes: hashes)
    let proof = try Merkle.consistencyProof(from: old, to: tree.size, hashes: hashes)
    let consistency = try seconds {
      for _ in 0..<samples {
        try Merkle.verifyConsistency(from: old, to: known.size, proof: proof, oldRoot: oldRoot, newRoot: known.root)
      }
    }
    let count = Double(samples)
    let micro = 1e6 / count
    return Row(
      size: size,
      hashes: Double(paths) / count,
      bytes: Double(proofs.map(\.file.count).reduce(0, +)) / count,
      whole: whole * micro,
      underKnown: underKnown * micro,
      consistency: consistency * micro,
      making: making * micro
    )
  }

  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let begun = ContinuousClock.now
    try body()
    return (ContinuousClock.now - begun) / .seconds(1)
  }
}
