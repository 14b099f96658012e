import Encodings
import Fixtures
import PKI
import TestSupport
import Testing
import TransparencyLog

/// Requests for a cosignature.
struct WitnessTests {
  let witness: NoteSigner

  init() throws {
    witness = try NoteSigner(
      name: "chamber-b.example/witness",
      kind: .cosignature,
      privateKey: PrivateKey.generate(.ed25519)
    )
  }

  func request(_ log: SampleLog, from old: UInt64, note: [UInt8]? = nil) throws -> AddCheckpointRequest {
    let proof = old == 0 ? [] : try Merkle.consistencyProof(from: old, to: log.tree.size, hashes: log.tree.reader)
    return AddCheckpointRequest(
      oldSize: old,
      proof: proof,
      checkpoint: note ?? log.checkpoints[log.checkpoints.count - 1]
    )
  }

  @Test func cosignsAGrowingLog() throws {
    var log = try SampleLog()
    var state = try WitnessState(policy: log.policy, stored: nil)
    let policy = try LogPolicy(
      origin: log.origin,
      logKeys: [log.signer.verifierKey],
      witnesses: [witness.verifierKey],
      quorum: 1
    )
    var old: UInt64 = 0
    for (round, growth) in [1, 1, 6, 0, 200, 56, 300].enumerated() {
      let note = try log.grow(by: growth, seed: UInt64(round))
      let accepted = try state.accept(AddCheckpointRequest.parse(request(log, from: old).bytes))
      #expect(state.last?.note == note)
      let line = try witness.cosign(accepted, time: 1_795_335_300 + UInt64(round))
      let full = try SignedNote.parse(note).adding(try #require(try NoteSignature.parse(lines: line.line).first))
      let opened = try policy.open(full.bytes)
      #expect(opened.cosignatures.map(\.witness) == ["chamber-b.example/witness"])
      #expect(opened.cosignatures.map(\.time) == [1_795_335_300 + UInt64(round)])
      // Survives a restart: the stored note is all the state there is.
      state = try WitnessState(policy: log.policy, stored: try #require(state.last).note)
      old = log.tree.size
    }
    #expect(old == 564)
  }

  /// The bytes as the standard describes them.
  @Test func cosignatureLayout() throws {
    var log = try SampleLog()
    let note = try log.grow(by: 2)
    var state = try WitnessState(policy: log.policy, stored: nil)
    let line = try witness.cosign(state.accept(request(log, from: 0)), time: 0x0102_0304)
    #expect(line.keyID == witness.verifierKey.keyID)
    #expect(line.signature.count == 72)
    #expect(Array(line.signature.prefix(8)) == [0, 0, 0, 0, 1, 2, 3, 4])
    let message = Array("cosignature/v1\ntime 16909060\n".utf8) + (try log.checkpoint.text)
    #expect(
      try witness.verifierKey.publicKey.verifies(Array(line.signature.suffix(64)), over: message, algorithm: .eddsa)
    )
    // Every changed bit of time or signature is found, since the witness is a known key.
    let policy = try LogPolicy(origin: log.origin, logKeys: [log.signer.verifierKey], witnesses: [witness.verifierKey])
    for position in 0..<72 {
      var bytes = line.signature
      bytes[position] ^= 1 << UInt8(position % 8)
      let bad = try SignedNote.parse(note).adding(
        NoteSignature.line("chamber-b.example/witness", line.keyID, signature: bytes)
      )
      #expect(throws: LogRejection.signatureInvalid(key: "chamber-b.example/witness")) { try policy.open(bad.bytes) }
    }
    let future = try NoteSignature.line(
      "chamber-b.example/witness",
      line.keyID,
      signature: [0x80] + line.signature.dropFirst()
    )
    #expect(throws: LogRejection.signatureInvalid(key: "chamber-b.example/witness")) {
      try policy.open(SignedNote.parse(note).adding(future).bytes)
    }
    // A cosignature is not the log's signature, and the other way round.
    let alone = try SignedNote(text: log.checkpoint.text, signatures: [line])
    #expect(throws: LogRejection.notSigned) { try policy.open(alone.bytes) }
    #expect(throws: LogRejection.keyTypeUnsupported(1)) {
      try log.signer.cosign(state.accept(request(log, from: 2, note: note)), time: 1)
    }
    #expect(throws: LogRejection.keyTypeUnsupported(4)) { try witness.sign(text: log.checkpoint.text) }
    #expect(throws: LogRejection.self) {
      try witness.cosign(state.accept(request(log, from: 2, note: note)), time: .max)
    }
  }

  @Test func refusals() throws {
    var log = try SampleLog()
    _ = try log.grow(by: 10)
    let small = log
    var state = try WitnessState(policy: log.policy, stored: nil)
    _ = try state.accept(request(log, from: 0))
    let before = state
    _ = try log.grow(by: 15, seed: 2)
    let good = try request(log, from: 10)

    func refused(_ error: LogRejection, _ request: AddCheckpointRequest) {
      #expect(throws: error) { try state.accept(request) }
      #expect(state == before, "a refused request changes nothing")
    }
    // Sizes that do not fit.
    refused(.outOfStep(known: 10, claimed: 0), try request(log, from: 0))
    refused(.outOfStep(known: 10, claimed: 9), try request(log, from: 9))
    refused(.outOfStep(known: 10, claimed: 11), try request(log, from: 11))
    refused(
      .sizesReversed(old: 26, new: 25),
      AddCheckpointRequest(oldSize: 26, proof: good.proof, checkpoint: good.checkpoint)
    )
    // Proofs that do not hold.
    refused(
      .inconsistent(known: 10, offered: 25),
      AddCheckpointRequest(oldSize: 10, proof: [], checkpoint: good.checkpoint)
    )
    refused(
      .inconsistent(known: 10, offered: 25),
      AddCheckpointRequest(oldSize: 10, proof: good.proof.reversed(), checkpoint: good.checkpoint)
    )
    refused(
      .inconsistent(known: 10, offered: 25),
      AddCheckpointRequest(oldSize: 10, proof: good.proof + good.proof, checkpoint: good.checkpoint)
    )
    for item in good.proof.indices {
      var proof = good.proof
      proof[item][0] ^= 1
      refused(
        .inconsistent(known: 10, offered: 25),
        AddCheckpointRequest(oldSize: 10, proof: proof, checkpoint: good.checkpoint)
      )
    }
    // A fork: the same key, the same size, another tree; and a larger tree over another past.
    let forkSource = entries(10, seed: 99)
    var forked = HashTree()
    for entry in forkSource { try forked.append(leafHash: Merkle.leafHash(entry)) }
    let fork = try log.signer.sign(Checkpoint(origin: log.origin, size: 10, root: forked.root)).bytes
    refused(
      .fork(size: 10, known: small.tree.root, offered: forked.root),
      AddCheckpointRequest(oldSize: 10, proof: [], checkpoint: fork)
    )
    for entry in entries(20, seed: 98) { try forked.append(leafHash: Merkle.leafHash(entry)) }
    let otherPast = try log.signer.sign(Checkpoint(origin: log.origin, size: 30, root: forked.root)).bytes
    refused(
      .inconsistent(known: 10, offered: 30),
      AddCheckpointRequest(
        oldSize: 10,
        proof: try Merkle.consistencyProof(from: 10, to: 30, hashes: forked.reader),
        checkpoint: otherPast
      )
    )
    // Strangers.
    var foreign = try SampleLog(origin: "foreign.example")
    _ = try foreign.grow(by: 12)
    refused(.otherOrigin(expected: log.origin, found: "foreign.example"), try request(foreign, from: 10))
    var impostor = try SampleLog()
    _ = try impostor.grow(by: 12)
    refused(.notSigned, try request(impostor, from: 10))
    // And the good one still passes; after it the old one is a roll-back.
    _ = try state.accept(good)
    #expect(throws: LogRejection.rollback(known: 25, offered: 10)) { try state.accept(request(small, from: 10)) }
    #expect(throws: LogRejection.rollback(known: 25, offered: 10)) {
      try state.accept(AddCheckpointRequest(oldSize: 25, proof: good.proof, checkpoint: small.checkpoints[0]))
    }
    #expect(state.last?.size == 25)
  }

  /// A registry restored from an old backup, that goes on with other entries: what it signs is never cosigned.
  @Test func aRestoredRegistryCannotPublishAFork() throws {
    var log = try SampleLog()
    _ = try log.grow(by: 40)
    let backup = log
    var state = try WitnessState(policy: log.policy, stored: nil)
    _ = try state.accept(request(log, from: 0))
    _ = try log.grow(by: 25, seed: 2)
    _ = try state.accept(request(log, from: 40))
    var restored = backup
    for growth in [0, 5, 20, 1, 10] {
      _ = try restored.grow(by: growth, seed: 3)
      let attempts = try [
        request(restored, from: min(restored.tree.size, 65)), request(restored, from: min(restored.tree.size, 40)),
      ]
      for attempt in attempts {
        var copy = state
        #expect(throws: LogRejection.self) { try copy.accept(attempt) }
        #expect(copy == state)
      }
    }
    #expect(restored.tree.size == 76)
  }

  @Test func emptyLogs() throws {
    var log = try SampleLog()
    let empty = try log.publish()
    var state = try WitnessState(policy: log.policy, stored: nil)
    _ = try state.accept(AddCheckpointRequest(oldSize: 0, proof: [], checkpoint: empty))
    #expect(throws: LogRejection.proofLength(items: 1)) {
      try state.accept(AddCheckpointRequest(oldSize: 0, proof: [Merkle.emptyRoot], checkpoint: empty))
    }
    _ = try log.grow(by: 3)
    _ = try state.accept(request(log, from: 0))
    #expect(state.last?.size == 3)
    #expect(throws: LogRejection.rollback(known: 3, offered: 0)) {
      try state.accept(AddCheckpointRequest(oldSize: 0, proof: [], checkpoint: empty))
    }
  }

  @Test func storedStateIsVerifiedAgain() throws {
    var log = try SampleLog()
    var note = try log.grow(by: 3)
    note[30] ^= 1
    #expect(throws: LogRejection.self) { try WitnessState(policy: log.policy, stored: note) }
    #expect(throws: LogRejection.self) { try WitnessState(policy: log.policy, stored: []) }
  }

  @Test func requestForm() throws {
    let hash = Base64.encode([UInt8](repeating: 5, count: 32))
    func parse(_ text: String) throws -> AddCheckpointRequest { try AddCheckpointRequest.parse(Array(text.utf8)) }
    let parsed = try parse("old 20852014\n\(hash)\n\(hash)\n\nexample.com/x\n1\n")
    #expect(
      parsed.oldSize == 20_852_014 && parsed.proof.count == 2 && parsed.checkpoint == Array("example.com/x\n1\n".utf8)
    )
    #expect(try AddCheckpointRequest.parse(parsed.bytes) == parsed)
    #expect(try parse("old 0\n\n").proof.isEmpty)
    let wrong = [
      "", "old", "old 0", "old 0\n", "old \n\n", "old 00\n\n", "old -1\n\n", "old 1 \n\n", "Old 1\n\n", "new 1\n\n",
      "old 1\n\(hash)\n",
      "old 1\n\(hash)\nx\n\n",
      "old 1\n\(hash.dropLast())\n\n", "old 1\r\n\r\n", "old 9223372036854775808\n\n",
      "old 1\n" + String(repeating: hash + "\n", count: 64) + "\n",
    ]
    for text in wrong { #expect(throws: LogRejection.self, "\(text.debugDescription)") { try parse(text) } }
    #expect(try parse("old 1\n" + String(repeating: hash + "\n", count: 63) + "\n").proof.count == 63)
    #expect(throws: LogRejection.self) { try AddCheckpointRequest.parse([UInt8](repeating: 0x0A, count: 1_100_000)) }
    for lines in ["", "\n", "— a b\n", "x", "— w.example AAAAAAAA"] {
      #expect(throws: LogRejection.self) { try NoteSignature.parse(lines: Array(lines.utf8)) }
    }
    #expect(try NoteSignature.parse(lines: Array("— w.example AAAAAAAA\n".utf8)).count == 1)
  }

  /// Random bytes into every parser: an error or a value, never a crash.
  @Test func noise() throws {
    var generator = SeededGenerator(seed: 77)
    var log = try SampleLog()
    let seeds = try [
      log.grow(by: 5), request(log, from: 3).bytes,
      LogProof(extra: [1], index: 3, path: [Merkle.emptyRoot], checkpoint: log.checkpoints[0]).bytes,
      LogProofTests.issue(1).entry.bytes, Array("tile/2/x001/x234/067.p/17".utf8),
      MonitorState(policy: log.policy).saved,
    ]
    let policy = try log.policy
    for round in 0..<6000 {
      var bytes = seeds[round % seeds.count]
      for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty {
        let place = Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
        }
      }
      do {
        _ = try policy.open(bytes)
      } catch {
      }
      do {
        _ = try AddCheckpointRequest.parse(bytes)
      } catch {
      }
      do {
        _ = try LogProof.parse(bytes)
      } catch {
      }
      do {
        _ = try LogEntry.parse(bytes)
      } catch {
      }
      do {
        _ = try ProofExtra.parse(bytes)
      } catch {
      }
      do {
        _ = try Tile(path: bytes)
      } catch {
      }
      do {
        _ = try Checkpoint.parse(text: bytes)
      } catch {
      }
      do {
        _ = try EntryBundle.decode(bytes, width: round % 257)
      } catch {
      }
      do {
        _ = try MonitorState(policy: policy, saved: bytes)
      } catch {
      }
      if let text = Text(validating: bytes) {
        do {
          _ = try VerifierKey(text.string)
        } catch {
        }
      }
    }
  }
}
