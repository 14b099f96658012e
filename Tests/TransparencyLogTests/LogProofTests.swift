import Encodings
import Fixtures
import PKI
import Testing
import TransparencyLog

/// Proof files.
struct LogProofTests {
  /// A log of credentials with the proof of each.
  struct Issued {
    let token: [UInt8]
    let id: Text
    let salt: [UInt8]
    let entry: LogEntry
  }

  static func issue(_ number: Int, chamber: Text = "did:web:trust.chamber.example") throws -> Issued {
    let salt = SHA2.sha256(Array("salt \(number)".utf8))
    let token = Array("header.payload\(number).signature".utf8)
    let id = Text("7Q2M4XW9K3PDT5\(number + 1000)")
    let entry = try LogEntry(
      at: Instant(seconds: 1_795_335_300 + Int64(number)),
      chamber: chamber,
      event: .issue(CredentialHandle(salt: salt, token: token, id: id), programme: "trusted-membership")
    )
    return Issued(token: token, id: id, salt: salt, entry: entry)
  }

  static func log(_ count: Int) throws -> (log: SampleLog, issued: [Issued], proofs: [LogProof]) {
    var log = try SampleLog()
    let issued = try (0..<count).map { try issue($0) }
    try log.append(issued.map(\.entry.bytes))
    let note = try log.publish()
    let proofs = try issued.enumerated().map { index, credential in
      try LogProof(
        extra: ProofExtra(entry: credential.entry, salt: credential.salt),
        index: UInt64(index),
        path: Merkle.inclusionProof(index: UInt64(index), size: log.tree.size, hashes: log.tree.reader),
        checkpoint: note
      )
    }
    return (log, issued, proofs)
  }

  @Test func fileForm() throws {
    let (log, issued, proofs) = try Self.log(7)
    let proof = proofs[4]
    let lines = String(decoding: proof.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "c2sp.org/tlog-proof@v1")
    #expect(lines[1] == "extra " + Base64.encode(try ProofExtra(entry: issued[4].entry, salt: issued[4].salt).bytes))
    #expect(lines[2] == "index 4")
    #expect(lines[3...5].map(String.init) == proof.path.map { Base64.encode($0) })
    #expect(lines[6].isEmpty)
    #expect(proof.bytes.suffix(log.checkpoints[0].count).elementsEqual(log.checkpoints[0]))
    #expect(try LogProof.parse(proof.bytes) == proof)
    let bare = try LogProof(extra: nil, index: 0, path: [], checkpoint: log.checkpoints[0])
    #expect(try LogProof.parse(bare.bytes) == bare)
  }

  @Test func verifies() throws {
    let (log, issued, proofs) = try Self.log(20)
    let policy = try log.policy
    for (index, proof) in proofs.enumerated() {
      let logged = try LogProof.parse(proof.bytes).verify(
        token: issued[index].token,
        id: issued[index].id,
        policy: policy
      )
      #expect(logged.logged.index == UInt64(index))
      #expect(logged.entry == issued[index].entry)
      #expect(logged.salt == issued[index].salt)
      #expect(logged.logged.checkpoint.size == 20)
      #expect(try logged.logged.parsed() == issued[index].entry)
    }
  }

  @Test func manyProofsUnderOneCheckpoint() throws {
    let (log, issued, proofs) = try Self.log(9)
    let (other, _, _) = try Self.log(10)
    let checkpoint = try log.policy.open(log.checkpoints[0])
    let foreign = try other.policy.open(other.checkpoints[0])
    for (index, proof) in proofs.enumerated() {
      #expect(
        try proof.verify(token: issued[index].token, id: issued[index].id, under: checkpoint).logged.checkpoint
          == checkpoint
      )
      #expect(throws: LogRejection.self) {
        try proof.verify(token: issued[index].token, id: issued[index].id, under: foreign)
      }
      #expect(throws: LogRejection.otherCredential) {
        try proof.verify(token: [1], id: issued[index].id, under: checkpoint)
      }
    }
  }

  @Test func errorsSpeakToPeople() {
    #expect("\(LogRejection.rollback(known: 5, offered: 3))" == "the log shrank from 5 to 3 entries")
    #expect("\(LogRejection.entryMalformed(member: "at"))" == "the member at of the log entry is wrong")
    #expect("\(LogRejection.entryMalformed(member: ""))" == "not a log entry in canonical form")
    let fork = LogRejection.fork(size: 1, known: Merkle.emptyRoot, offered: Merkle.emptyRoot).description
    #expect(fork.contains("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="))
  }

  /// Promise: a proof for another credential, another place, another log is never accepted. Every part is swapped with
  /// that of others.
  @Test func swappedParts() throws {
    let (log, issued, proofs) = try Self.log(12)
    let (other, _, foreign) = try Self.log(12)
    let policy = try log.policy
    var tried = 0
    func refused(_ proof: LogProof, _ token: [UInt8], id: Text) {
      tried += 1
      #expect(throws: LogRejection.self) { try proof.verify(token: token, id: id, policy: policy) }
    }
    /// The proof of `a` with other parts in it.
    func changed(_ a: Int, extra: [UInt8]?, index: Int? = nil, path: [[UInt8]]? = nil, checkpoint: [UInt8]? = nil)
      throws -> LogProof
    {
      try LogProof(
        extra: extra,
        index: UInt64(index ?? a),
        path: path ?? proofs[a].path,
        checkpoint: checkpoint ?? proofs[a].checkpoint
      )
    }
    for a in 0..<12 {
      for b in 0..<12 where a != b {
        #expect(throws: LogRejection.otherCredential) {
          try proofs[a].verify(token: issued[b].token, id: issued[b].id, policy: policy)
        }
        refused(proofs[a], issued[a].token, id: issued[b].id)
        refused(proofs[a], issued[b].token, id: issued[a].id)
        refused(try changed(a, extra: proofs[b].extra), issued[b].token, id: issued[b].id)
        refused(try changed(a, extra: proofs[a].extra, index: b), issued[a].token, id: issued[a].id)
        refused(try changed(a, extra: proofs[a].extra, path: proofs[b].path), issued[a].token, id: issued[a].id)
        let saltOfB = try ProofExtra(entry: issued[a].entry, salt: issued[b].salt)
        refused(try changed(a, extra: saltOfB.bytes), issued[a].token, id: issued[a].id)
      }
      // The same entries in another log with the same name and another key.
      refused(foreign[a], issued[a].token, id: issued[a].id)
      refused(try changed(a, extra: nil), issued[a].token, id: issued[a].id)
      refused(
        try changed(a, extra: proofs[a].extra, path: proofs[a].path.dropLast()),
        issued[a].token,
        id: issued[a].id
      )
      refused(
        try changed(a, extra: proofs[a].extra, checkpoint: other.checkpoints[0]),
        issued[a].token,
        id: issued[a].id
      )
      refused(try changed(a, extra: proofs[a].extra, checkpoint: []), issued[a].token, id: issued[a].id)
    }
    print("proofs: \(tried + 132) swapped parts refused")
  }

  /// An entry that only *mentions* the credential proves no issue.
  @Test func aLaterEntryIsNoProofOfIssue() throws {
    let credential = try Self.issue(1)
    let handle = try #require(credential.entry.handle)
    let revoked = try LogEntry(
      at: credential.entry.at,
      chamber: credential.entry.chamber,
      event: .revoke(handle, programme: "trusted-membership", reason: "membership_ended")
    )
    var log = try SampleLog()
    try log.append([revoked.bytes])
    let note = try log.publish()
    let proof = try LogProof(
      extra: ProofExtra(entry: revoked, salt: credential.salt),
      index: 0,
      path: [],
      checkpoint: note
    )
    #expect(throws: LogRejection.otherCredential) {
      try proof.verify(token: credential.token, id: credential.id, policy: log.policy)
    }
    #expect(try proof.verify(entry: revoked.bytes, policy: log.policy).index == 0)
  }

  /// The path up to a node is not a path to a leaf: an entry that reads like a node hashes as a leaf.
  @Test func aPrefixTreeIsNoTree() throws {
    let (log, _, proofs) = try Self.log(8)
    let left = try Merkle.root(size: 4, hashes: log.tree.reader)
    let right = try #require(proofs[0].path.last)
    let short = try LogProof(extra: nil, index: 0, path: [], checkpoint: log.checkpoints[0])
    #expect(throws: LogRejection.self) { try short.verify(entry: [1] + left + right, policy: log.policy) }
    #expect(throws: LogRejection.self) { try short.verify(entry: left + right, policy: log.policy) }
    let half = try LogProof(extra: nil, index: 0, path: [right], checkpoint: log.checkpoints[0])
    #expect(throws: LogRejection.self) { try half.verify(entry: left, policy: log.policy) }
  }

  @Test func quorum() throws {
    let (log, issued, proofs) = try Self.log(3)
    let witnesses = try (0..<3).map {
      try NoteSigner(name: Text("w\($0).example"), kind: .cosignature, privateKey: PrivateKey.generate(.ed25519))
    }
    let policy = try LogPolicy(
      origin: log.origin,
      logKeys: [log.signer.verifierKey],
      witnesses: witnesses.map(\.verifierKey),
      quorum: 2
    )
    #expect(throws: LogRejection.quorumMissing(needed: 2, found: 0)) {
      try proofs[1].verify(token: issued[1].token, id: issued[1].id, policy: policy)
    }
    var note = try SignedNote.parse(log.checkpoints[0])
    let request = AddCheckpointRequest(oldSize: 0, proof: [], checkpoint: log.checkpoints[0])
    for (count, witness) in witnesses.enumerated() {
      var state = try WitnessState(policy: log.policy, stored: nil)
      note = try note.adding(witness.cosign(state.accept(request), time: 1_795_335_400 + UInt64(count)))
      // The same witness again, a second later, is still one witness.
      note = try note.adding(
        witness.cosign(
          state.accept(AddCheckpointRequest(oldSize: 3, proof: [], checkpoint: note.bytes)),
          time: 1_795_335_500
        )
      )
      let proof = try LogProof(extra: proofs[1].extra, index: 1, path: proofs[1].path, checkpoint: note.bytes)
      if count == 0 {
        #expect(throws: LogRejection.quorumMissing(needed: 2, found: 1)) {
          try proof.verify(token: issued[1].token, id: issued[1].id, policy: policy)
        }
      } else {
        let logged = try LogProof.parse(proof.bytes).verify(token: issued[1].token, id: issued[1].id, policy: policy)
        #expect(logged.logged.checkpoint.cosignatures.count == count + 1)
        #expect(logged.logged.checkpoint.cosignatures.allSatisfy { $0.time == 1_795_335_500 })
      }
    }
  }

  @Test func everyByteOfTheFile() throws {
    let (log, issued, proofs) = try Self.log(5)
    let policy = try log.policy
    let file = proofs[2].bytes
    var accepted = 0
    for position in file.indices {
      var changed = file
      changed[position] ^= 1 << UInt8(position % 8)
      do {
        _ = try LogProof.parse(changed).verify(token: issued[2].token, id: issued[2].id, policy: policy)
        accepted += 1
      } catch {}
      #expect(throws: LogRejection.self) {
        try LogProof.parse(Array(file.prefix(position))).verify(
          token: issued[2].token,
          id: issued[2].id,
          policy: policy
        )
      }
    }
    #expect(accepted == 0)
  }

  @Test func malformedFiles() throws {
    let hash = Base64.encode([UInt8](repeating: 5, count: 32))
    func parse(_ text: String) throws { _ = try LogProof.parse(Array(text.utf8)) }
    let head = "c2sp.org/tlog-proof@v1\n"
    try parse(head + "index 0\n\n")
    try parse(head + "extra AA==\nindex 9223372036854775807\n\(hash)\n\nx\n")
    let wrong = [
      "", "\n", "c2sp.org/tlog-proof@v1", head, head + "\n", "c2sp.org/tlog-proof@v2\nindex 0\n\n",
      " " + head + "index 0\n\n", head + "index 0",
      head + "index 0\n", head + "index 00\n\n", head + "index -1\n\n", head + "index\n\n", head + "index \n\n",
      head + "index  0\n\n", head + "index 0 \n\n",
      head + "index 9223372036854775808\n\n", head + "Index 0\n\n", head + "extra\nindex 0\n\n",
      head + "extra \nindex 0\n\n", head + "extra A\nindex 0\n\n",
      head + "extra AB==\nindex 0\n\n", head + "extra AA==\nextra AA==\nindex 0\n\n", head + "index 0\nextra AA==\n\n",
      head + "index 0\nAAAA\n\n",
      head + "index 0\n\(hash)", head + "index 0\n\(hash)\n", head + "index 0\n \(hash)\n\n",
      head + "index 0\n\(hash) \n\n", head + "index 0\r\n\r\n",
      head + "index 0\n" + String(repeating: hash + "\n", count: 64) + "\n",
    ]
    for text in wrong { #expect(throws: LogRejection.self, "\(text.debugDescription)") { try parse(text) } }
    try parse(head + "index 0\n" + String(repeating: hash + "\n", count: 63) + "\n")
    #expect(throws: LogRejection.proofTooLarge(bytes: 100_001)) {
      try LogProof(extra: [UInt8](repeating: 0, count: 100_001), index: 0, path: [], checkpoint: [])
    }
    #expect(throws: LogRejection.proofTooLarge(bytes: 1_200_001)) {
      try LogProof.parse([UInt8](repeating: 10, count: 1_200_001))
    }
    #expect(throws: LogRejection.proofLength(items: 64)) {
      try LogProof(
        extra: nil,
        index: 0,
        path: .init(repeating: [UInt8](repeating: 0, count: 32), count: 64),
        checkpoint: []
      )
    }
    #expect(throws: LogRejection.hashLength(bytes: 31)) {
      try LogProof(extra: nil, index: 0, path: [[UInt8](repeating: 0, count: 31)], checkpoint: [])
    }
  }
}
