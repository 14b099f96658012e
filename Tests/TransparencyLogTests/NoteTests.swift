import Encodings
import PKI
import Testing
import TransparencyLog

/// Signed notes.
struct NoteTests {
  let signer: NoteSigner
  let other: NoteSigner
  let witness: NoteSigner
  let text = Array("first line\n\nÜber drei Zeilen\n".utf8)

  init() throws {
    signer = try NoteSigner(name: "log.example/a", kind: .ed25519, privateKey: PrivateKey.generate(.ed25519))
    other = try NoteSigner(name: "log.example/a", kind: .ed25519, privateKey: PrivateKey.generate(.ed25519))
    witness = try NoteSigner(name: "witness.example/w", kind: .cosignature, privateKey: PrivateKey.generate(.ed25519))
  }

  @Test func signParseVerify() throws {
    let note = try signer.sign(text: text)
    let parsed = try SignedNote.parse(note.bytes)
    #expect(parsed == note)
    #expect(parsed.bytes == note.bytes)
    #expect(parsed.text == text)
    #expect(parsed.signatures.count == 1)
    #expect(parsed.signatures[0].keyID == signer.verifierKey.keyID)
    #expect(parsed.signatures[0].signature.count == 64)
    let verified = try parsed.verify([signer.verifierKey])
    #expect(verified.text == text)
    #expect(verified.signers.map(\.key) == [signer.verifierKey])
    #expect(verified.signers[0].time == nil)
  }

  @Test func layoutIsTheOneOfTheStandard() throws {
    let note = try signer.sign(text: text)
    let raw = note.signatures[0].signature
    let line = "— log.example/a " + Base64.encode(signer.verifierKey.keyID + raw) + "\n"
    #expect(note.bytes == text + Array("\n".utf8) + Array(line.utf8))
    // The signature is over the text with its last newline and nothing else.
    #expect(try signer.verifierKey.publicKey.verifies(raw, over: text, algorithm: .eddsa))
  }

  @Test func keyText() throws {
    let key = signer.verifierKey
    guard case .ed25519(let raw) = key.publicKey.material else { return }
    let id = Array(SHA2.sha256(Array("log.example/a\n".utf8) + [1] + raw).prefix(4))
    #expect(key.keyID == id)
    #expect(key.description == "log.example/a+\(Hex.encode(id))+\(Base64.encode([1] + raw))")
    #expect(try VerifierKey(key.description) == key)
    let cosigner = witness.verifierKey
    guard case .ed25519(let second) = cosigner.publicKey.material else { return }
    #expect(cosigner.keyID == Array(SHA2.sha256(Array("witness.example/w\n".utf8) + [4] + second).prefix(4)))
    #expect(try VerifierKey(cosigner.description) == cosigner)
    #expect(try VerifierKey(name: key.name, kind: .cosignature, publicKey: key.publicKey).keyID != key.keyID)
  }

  /// Keys whose base64 holds pluses: only the first two separate.
  @Test func plusInsideBase64() throws {
    var found = false
    for _ in 0..<200 where !found {
      let key = try NoteSigner(name: "k", kind: .ed25519, privateKey: PrivateKey.generate(.ed25519)).verifierKey
      #expect(try VerifierKey(key.description) == key)
      found = key.description.utf8.count { $0 == UInt8(ascii: "+") } > 2
    }
    #expect(found)
  }

  @Test func badKeys() throws {
    let good = signer.verifierKey.description
    guard case .ed25519(let raw) = signer.verifierKey.publicKey.material else { return }
    let id = Hex.encode(signer.verifierKey.keyID)
    let wrong = [
      "", "+", "++", "log.example/a", "log.example/a+\(id)", good + " ", " " + good, good + "\n",
      good.replacing("log.example/a", with: "log.example/b"),  // the key ID is of another name
      "log.example/a+00000000+\(Base64.encode([1] + raw))", "log.example/a+\(id)+\(Base64.encode(raw))",
      "log.example/a+\(id)+\(Base64.encode([1] + raw.dropLast()))",
      "log.example/a+\(id)+\(Base64.encode([1] + raw + [0]))",
      "log.example/a+\(id)+\(Base64.encode([2] + raw))", "log.example/a+\(id)+\(Base64.encode([0xFF] + raw))",
      "log.example/a+\(id)+!!!!", "+\(id)+\(Base64.encode([1] + raw))",
      "log.example/a+\(String(id.dropLast()))+\(Base64.encode([1] + raw))",
      "log example/a+\(id)+\(Base64.encode([1] + raw))",
    ]
    for text in wrong { #expect(throws: LogRejection.self, "\(text)") { try VerifierKey(text) } }
    #expect(throws: LogRejection.keyTypeUnsupported(2)) {
      try VerifierKey("log.example/a+\(id)+\(Base64.encode([2] + raw))")
    }
    if id.utf8.contains(where: { $0 > 0x60 }) {
      #expect(throws: LogRejection.keyMalformed) {
        try VerifierKey("log.example/a+\(id.uppercased())+\(Base64.encode([1] + raw))")
      }
    }
    let ec = try PrivateKey.generate(.p256)
    #expect(throws: LogRejection.keyMalformed) { try NoteSigner(name: "x", kind: .ed25519, privateKey: ec) }
  }

  @Test(arguments: [
    "", "a b", "a+b", "a\u{A0}b", "a\u{2003}b", "a\u{3000}", "a\u{85}", "a\nb", "a\tb", "\u{2028}", "a\u{0}",
  ])
  func badNames(name: String) throws {
    let key = try PrivateKey.generate(.ed25519)
    #expect(throws: LogRejection.keyNameInvalid(Text(name))) {
      try NoteSigner(name: Text(name), kind: .ed25519, privateKey: key)
    }
    // The same name in a line of an unknown signer.
    let note = try signer.sign(text: text)
    let line = Array("— \(name) ".utf8) + Array(Base64.encode([UInt8](repeating: 1, count: 68)).utf8) + [0x0A]
    #expect(throws: LogRejection.self) { try SignedNote.parse(note.bytes + line) }
  }

  @Test func namesAreBytes() throws {
    let composed = try NoteSigner(name: "caf\u{E9}.example", kind: .ed25519, privateKey: PrivateKey.generate(.ed25519))
    let note = try composed.sign(text: text)
    let decomposed = try VerifierKey(
      name: "cafe\u{301}.example",
      kind: .ed25519,
      publicKey: composed.verifierKey.publicKey
    )
    #expect(throws: LogRejection.notSigned) { try note.verify([decomposed]) }
    #expect(try note.verify([composed.verifierKey]).signers.count == 1)
    #expect(throws: LogRejection.keyNameInvalid(Text(String(repeating: "n", count: 256)))) {
      try VerifierKey(
        name: Text(String(repeating: "n", count: 256)),
        kind: .ed25519,
        publicKey: composed.verifierKey.publicKey
      )
    }
  }

  @Test func unknownSignaturesAreIgnored() throws {
    var note = try signer.sign(text: text)
    let id = signer.verifierKey.keyID
    let junk = [UInt8](repeating: 7, count: 64)
    // The same name with another ID, the same ID with another name, other lengths, another kind.
    note = try note.adding(NoteSignature.line("log.example/a", [9, 9, 9, 9], signature: junk))
    note = try note.adding(NoteSignature.line("log.example/b", id, signature: junk))
    note = try note.adding(NoteSignature.line("log.example/c", id, signature: [1]))
    note = try note.adding(
      NoteSignature.line("pq.example", [1, 2, 3, 4], signature: [UInt8](repeating: 1, count: 5000))
    )
    let parsed = try SignedNote.parse(note.bytes)
    #expect(parsed.signatures.count == 5)
    #expect(try parsed.verify([signer.verifierKey]).signers.count == 1)
    // None of ours among them: refused, though well formed.
    #expect(throws: LogRejection.notSigned) { try parsed.verify([other.verifierKey]) }
    #expect(throws: LogRejection.notSigned) { try parsed.verify([]) }
  }

  @Test func aBadSignatureOfAKnownKeyRejects() throws {
    let good = try signer.sign(text: text)
    for position in 0..<64 {
      var bytes = good.signatures[0].signature
      bytes[position] ^= 1 << UInt8(position % 8)
      let bad = try NoteSignature.line("log.example/a", signer.verifierKey.keyID, signature: bytes)
      #expect(throws: LogRejection.signatureInvalid(key: "log.example/a")) {
        try SignedNote(text: text, signatures: [bad]).verify([signer.verifierKey])
      }
      if position % 16 == 0 {
        // Also beside good ones, before and after.
        #expect(throws: LogRejection.signatureInvalid(key: "log.example/a")) {
          try good.adding(bad).verify([signer.verifierKey])
        }
        #expect(throws: LogRejection.self) {
          try SignedNote(text: text, signatures: [bad] + good.signatures).verify([
            signer.verifierKey, other.verifierKey,
          ])
        }
      }
    }
    for length in [1, 8, 63, 65, 72, 128] {
      let bad = try NoteSignature.line(
        "log.example/a",
        signer.verifierKey.keyID,
        signature: [UInt8](repeating: 0, count: length)
      )
      #expect(throws: LogRejection.signatureInvalid(key: "log.example/a")) {
        try good.adding(bad).verify([signer.verifierKey])
      }
    }
    // Another text under a true signature.
    #expect(throws: LogRejection.signatureInvalid(key: "log.example/a")) {
      try SignedNote(text: text + [0x0A], signatures: good.signatures).verify([signer.verifierKey])
    }
  }

  @Test func aDoubledLineCountsOnce() throws {
    let good = try signer.sign(text: text)
    let doubled = try SignedNote(text: text, signatures: good.signatures + good.signatures)
    #expect(try SignedNote.parse(doubled.bytes).verify([signer.verifierKey]).signers.count == 1)
    #expect(try good.adding(good.signatures[0]) == good)
    #expect(throws: LogRejection.keyAmbiguous("log.example/a")) {
      try good.verify([signer.verifierKey, signer.verifierKey])
    }
  }

  @Test func twoKnownKeys() throws {
    let both = try SignedNote(
      text: text,
      signatures: signer.sign(text: text).signatures + other.sign(text: text).signatures
    )
    #expect(
      try both.verify([other.verifierKey, signer.verifierKey]).signers.map(\.key) == [
        signer.verifierKey, other.verifierKey,
      ]
    )
    #expect(try both.verify([other.verifierKey]).signers.map(\.key) == [other.verifierKey])
  }

  /// Whole notes by hand; each differs from a good one in a single thing.
  @Test func malformedNotes() throws {
    let signature = Base64.encode(signer.verifierKey.keyID + (try signer.sign(text: text).signatures[0].signature))
    func parse(_ note: String) throws { _ = try SignedNote.parse(Array(note.utf8)) }
    try parse("t\n\n— a \(signature)\n")
    try parse("\n\n— a \(signature)\n")  // an empty line is a text too
    try parse("t\n\n\n— a \(signature)\n")  // the text ends in an empty line of its own
    let wrong = [
      "", "\n", "t", "t\n", "t\n\n", "t\n\n\n", "— a \(signature)\n", "t\n— a \(signature)\n", "t\n\n— a \(signature)",
      "\n— a \(signature)\n",
      "t\n\n— a \(signature)\n\n", "t\n\n— a \(signature)\nx\n", "t\n\n- a \(signature)\n", "t\n\n– a \(signature)\n",
      "t\n\n—a \(signature)\n",
      "t\n\n— a\u{A0}\(signature)\n", "t\n\n—  \(signature)\n", "t\n\n— a  \(signature)\n", "t\n\n— a \(signature) \n",
      "t\n\n— a \(signature) x\n",
      "t\n\n— a b \(signature)\n", "t\n\n— a+b \(signature)\n", "t\n\n— a \n", "t\n\n— a\n", "t\n\n— a AAAA\n",
      "t\n\n— a AAAAAA==\n",
      "t\n\n— a ====\n",
      "t\n\n— a \(signature.dropLast())\n", "t\n\n— a \(signature)=\n", "t\r\n\r\n— a \(signature)\r\n",
      "t\n\n— a \(signature)\r\n",
      "t\tt\n\n— a \(signature)\n",
      "t\u{0}\n\n— a \(signature)\n", "t\n\n— a \(signature.replacing("+", with: "-").replacing("/", with: "_"))-\n",
      "\u{1B}[31m\n\n— a \(signature)\n",
    ]
    for note in wrong { #expect(throws: LogRejection.self, "\(note.debugDescription)") { try parse(note) } }
    #expect(throws: LogRejection.noteControlCharacter(offset: 1)) { try parse("t\r\n\n— a \(signature)\n") }
    #expect(throws: LogRejection.signatureLineMalformed(line: 2)) {
      try parse("t\n\n— a \(signature)\n- b \(signature)\n")
    }
    #expect(throws: LogRejection.noteNotUTF8) {
      try SignedNote.parse([0xFF, 0x0A, 0x0A] + Array("— a \(signature)\n".utf8))
    }
    #expect(throws: LogRejection.noteNotUTF8) {
      try SignedNote.parse([0xC0, 0xAF, 0x0A, 0x0A] + Array("— a \(signature)\n".utf8))
    }
  }

  /// Unused bits in base64: one signature has one spelling.
  @Test func nonCanonicalBase64() throws {
    let note = try SignedNote(
      text: text,
      signatures: [
        NoteSignature.line("log.example/a", signer.verifierKey.keyID, signature: [UInt8](repeating: 0, count: 64))
      ]
    )
    var bytes = note.bytes
    // 68 bytes end in one padding character; the digit before it has two unused bits.
    let place = bytes.count - 3
    #expect(bytes[place + 1] == UInt8(ascii: "="))
    bytes[place] = UInt8(ascii: "B")
    #expect(throws: LogRejection.signatureLineMalformed(line: 1)) { try SignedNote.parse(bytes) }
  }

  @Test func limits() throws {
    let note = try signer.sign(text: text)
    func with(_ count: Int) throws -> [UInt8] {
      var bytes = note.bytes
      for number in 1..<count {
        bytes += try NoteSignature.line("unknown.example/\(number)", [0, 0, 0, 1], signature: [1, 2, 3]).line
      }
      return bytes
    }
    for count in [1, 2, 16, 63, 64] {
      #expect(try SignedNote.parse(with(count)).verify([signer.verifierKey]).signers.count == 1)
    }
    #expect(throws: LogRejection.tooManySignatures(65)) { try SignedNote.parse(with(65)) }
    #expect(throws: LogRejection.tooManySignatures(65)) {
      try SignedNote.parse(with(64)).adding(NoteSignature.line("x", [1, 1, 1, 1], signature: [1]))
    }
    let long = [UInt8](repeating: UInt8(ascii: "a"), count: 999_000) + [0x0A]
    #expect(try SignedNote.parse(signer.sign(text: long).bytes).text.count == 999_001)
    let longer = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000) + [0x0A]
    #expect(throws: LogRejection.self) { try signer.sign(text: longer) }
    #expect(throws: LogRejection.noteTooLarge(bytes: 1_000_001)) { try SignedNote.parse(longer) }
    #expect(throws: LogRejection.noteWithoutSignatures) { try SignedNote(text: text, signatures: []) }
    #expect(throws: LogRejection.noteWithoutSignatures) { try signer.sign(text: Array("no newline".utf8)) }
    #expect(throws: LogRejection.noteControlCharacter(offset: 1)) { try signer.sign(text: Array("a\u{7}\n".utf8)) }
    #expect(throws: LogRejection.keyTypeUnsupported(4)) { try witness.sign(text: text) }
  }

  /// Every byte of a note: another text, another line, or no note at all, but never verified.
  @Test func everyByteCounts() throws {
    let note = try signer.sign(text: Array("log.example/a\n3\nroot\n".utf8)).bytes
    var accepted = 0
    for position in note.indices {
      for bit in 0..<8 {
        var changed = note
        changed[position] ^= 1 << UInt8(bit)
        do {
          _ = try SignedNote.parse(changed).verify([signer.verifierKey])
          accepted += 1
        } catch {}
      }
    }
    #expect(accepted == 0)
    for length in note.indices {
      #expect(throws: LogRejection.self) {
        try SignedNote.parse(Array(note.prefix(length))).verify([signer.verifierKey])
      }
    }
  }
}

extension NoteSignature {
  /// A line made by hand, as a stranger would send it.
  static func line(_ name: String, _ keyID: [UInt8], signature: [UInt8]) throws -> NoteSignature {
    try #require(try parse(lines: Array("— \(name) \(Base64.encode(keyID + signature))\n".utf8)).first)
  }
}
