import Encodings
import Fixtures
import PKI
import Testing
import TransparencyLog

/// Checkpoints and who signed them.
struct CheckpointTests {
  let root = [UInt8](repeating: 0xAB, count: 32)

  @Test func textForm() throws {
    let checkpoint = try Checkpoint(origin: "example.com/log", size: 20_852_163, root: root)
    #expect(checkpoint.text == Array("example.com/log\n20852163\n\(Base64.encode(root))\n".utf8))
    #expect(try Checkpoint.parse(text: checkpoint.text) == checkpoint)
    let empty = try Checkpoint(origin: "example.com/log", size: 0, root: Merkle.emptyRoot)
    #expect(try Checkpoint.parse(text: empty.text) == empty)
    let largest = try Checkpoint(origin: "o", size: Merkle.maxSize, root: root)
    #expect(try Checkpoint.parse(text: largest.text) == largest)
  }

  @Test func extensionLinesAreKeptAndSigned() throws {
    let text = Array("example.com/log\n5\n\(Base64.encode(root))\nfirst\nsecond one\n".utf8)
    let parsed = try Checkpoint.parse(text: text)
    #expect(parsed.extensions == ["first", "second one"])
    #expect(parsed.text == text)
  }

  @Test func malformed() throws {
    let hash = Base64.encode(root)
    let wrong = [
      "", "\n", "o", "o\n", "o\n5", "o\n5\n", "o\n5\n\(hash)", "\n5\n\(hash)\n", "o\n05\n\(hash)\n", "o\n+5\n\(hash)\n",
      "o\n-5\n\(hash)\n", "o\n 5\n\(hash)\n",
      "o\n5 \n\(hash)\n", "o\n5.0\n\(hash)\n", "o\n0x5\n\(hash)\n", "o\n٥\n\(hash)\n", "o\n\n\(hash)\n",
      "o\n9223372036854775808\n\(hash)\n",
      "o\n18446744073709551616\n\(hash)\n", "o\n99999999999999999999999999\n\(hash)\n", "o\n5\n\(hash) \n",
      "o\n5\n\(hash.dropLast())\n",
      "o\n5\nAAAA\n",
      "o\n5\n\(Base64.encode(root + [0]))\n", "o\n5\n\(hash)\n\n", "o\n5\n\(hash)\next\n\n", "o\n5\n\(hash)\next",
      "o\n5\n\n\(hash)\n",
      "o\n5\n\(Base64URL.encode([UInt8](repeating: 0xFF, count: 32)))\n",
      "o\n0\n\(hash)\n",  // an empty tree has one root
    ]
    for text in wrong {
      #expect(throws: LogRejection.self, "\(text.debugDescription)") { try Checkpoint.parse(text: Array(text.utf8)) }
    }
    #expect(throws: LogRejection.checkpointMalformed(line: 2)) {
      try Checkpoint.parse(text: Array("o\n05\n\(hash)\n".utf8))
    }
    #expect(throws: LogRejection.checkpointMalformed(line: 3)) {
      try Checkpoint.parse(text: Array("o\n5\nAAAA\n".utf8))
    }
    #expect(throws: LogRejection.checkpointMalformed(line: 4)) {
      try Checkpoint.parse(text: Array("o\n5\n\(hash)\n\n".utf8))
    }
    #expect(throws: LogRejection.hashLength(bytes: 31)) {
      try Checkpoint(origin: "o", size: 5, root: Array(root.dropLast()))
    }
    #expect(throws: LogRejection.sizeTooLarge(1 << 63)) { try Checkpoint(origin: "o", size: 1 << 63, root: root) }
    #expect(throws: LogRejection.checkpointMalformed(line: 1)) { try Checkpoint(origin: "", size: 5, root: root) }
    #expect(throws: LogRejection.checkpointMalformed(line: 1)) { try Checkpoint(origin: "a\nb", size: 5, root: root) }
    #expect(throws: LogRejection.rootMismatch) { try Checkpoint(origin: "o", size: 0, root: root) }
  }

  @Test func policyOpensOnlyItsOwnLog() throws {
    var log = try SampleLog()
    let note = try log.grow(by: 3)
    let policy = try log.policy
    let opened = try policy.open(note)
    #expect(opened.size == 3 && opened.root == log.tree.root && opened.note == note && opened.cosignatures.isEmpty)
    let foreign = try SampleLog(origin: "other.example/log")
    #expect(throws: LogRejection.otherOrigin(expected: "other.example/log", found: log.origin)) {
      try foreign.policy.open(note)
    }
    let sameName = try SampleLog()
    #expect(throws: LogRejection.notSigned) { try sameName.policy.open(note) }
    // A key that may sign, over a text that names another log.
    let lie = try foreign.signer.sign(text: log.checkpoint.text)
    #expect(throws: LogRejection.otherOrigin(expected: "other.example/log", found: log.origin)) {
      try foreign.policy.open(lie.bytes)
    }
    #expect(throws: LogRejection.otherOrigin(expected: "other.example/log", found: log.origin)) {
      try foreign.signer.sign(log.checkpoint)
    }
    // Signed, but no checkpoint.
    let prose = try log.signer.sign(text: Array("log.khatm.example/2026\nthree\n".utf8))
    #expect(throws: LogRejection.checkpointMalformed(line: 2)) { try policy.open(prose.bytes) }
  }

  @Test func keyRotation() throws {
    var log = try SampleLog()
    let next = try NoteSigner(name: log.origin, kind: .ed25519, privateKey: PrivateKey.generate(.ed25519))
    let note = try log.grow(by: 2)
    let both = try LogPolicy(origin: log.origin, logKeys: [log.signer.verifierKey, next.verifierKey])
    #expect(try both.open(note).size == 2)
    let signedByBoth = try SignedNote.parse(note).adding(next.sign(log.checkpoint).signatures[0])
    #expect(try both.open(signedByBoth.bytes).size == 2)
    #expect(try log.policy.open(signedByBoth.bytes).size == 2)
  }

  @Test func policiesThatCannotBe() throws {
    let log = try SampleLog()
    let key = log.signer.verifierKey
    let cosigner = try NoteSigner(name: "w.example", kind: .cosignature, privateKey: PrivateKey.generate(.ed25519))
      .verifierKey
    let sameKey = try VerifierKey(name: "other.example", kind: .cosignature, publicKey: cosigner.publicKey)
    #expect(throws: LogRejection.policyInvalid) { try LogPolicy(origin: log.origin, logKeys: []) }
    #expect(throws: LogRejection.policyInvalid) { try LogPolicy(origin: "else.example", logKeys: [key]) }
    #expect(throws: LogRejection.policyInvalid) { try LogPolicy(origin: log.origin, logKeys: [key, key]) }
    #expect(throws: LogRejection.policyInvalid) { try LogPolicy(origin: log.origin, logKeys: [cosigner]) }
    #expect(throws: LogRejection.policyInvalid) {
      try LogPolicy(origin: log.origin, logKeys: [key], witnesses: [key], quorum: 1)
    }
    #expect(throws: LogRejection.policyInvalid) {
      try LogPolicy(origin: log.origin, logKeys: [key], witnesses: [cosigner], quorum: 2)
    }
    #expect(throws: LogRejection.policyInvalid) {
      try LogPolicy(origin: log.origin, logKeys: [key], witnesses: [cosigner], quorum: -1)
    }
    // One key under two names would count twice.
    #expect(throws: LogRejection.policyInvalid) {
      try LogPolicy(origin: log.origin, logKeys: [key], witnesses: [cosigner, sameKey], quorum: 2)
    }
    #expect(try LogPolicy(origin: log.origin, logKeys: [key], witnesses: [cosigner], quorum: 1).quorum == 1)
  }
}
