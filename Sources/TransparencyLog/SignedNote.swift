public import Encodings

/// One signature line of a note: `— name base64(key ID ‖ signature)`.
public struct NoteSignature: Hashable, Sendable {
  public let name: Text
  /// Four bytes.
  public let keyID: [UInt8]
  public let signature: [UInt8]

  static let mark: [UInt8] = [0xE2, 0x80, 0x94, 0x20]  // U+2014, space

  /// With its newline.
  public var line: [UInt8] {
    Self.mark + name.bytes + [0x20] + Array(Base64.encode(keyID + signature).utf8) + [newline]
  }

  /// Reads lines as a witness answers with them (C2SP tlog-witness): one or more, each ending in a newline.
  public static func parse(lines: [UInt8]) throws(LogRejection) -> [NoteSignature] {
    guard lines.count <= SignedNote.maxBytes else { throw .noteTooLarge(bytes: lines.count) }
    var reader = LineReader(lines)
    var signatures: [NoteSignature] = []
    while let line = reader.next() {
      guard signatures.count < SignedNote.maxSignatures else { throw .tooManySignatures(signatures.count + 1) }
      signatures.append(try parse(line: line, number: reader.line))
    }
    guard !signatures.isEmpty, reader.position == lines.count else { throw .noteWithoutSignatures }
    return signatures
  }

  /// `number` counts signature lines from 1, for the error.
  static func parse(line: ArraySlice<UInt8>, number: Int) throws(LogRejection) -> NoteSignature {
    guard line.starts(with: mark) else { throw .signatureLineMalformed(line: number) }
    let rest = line.dropFirst(mark.count)
    guard let space = rest.firstIndex(of: 0x20), let name = Text(validating: rest[..<space]),
      VerifierKey.isValid(name: name),
      let value = Base64.decode(rest[(space + 1)...]), value.count > 4
    else { throw .signatureLineMalformed(line: number) }
    return NoteSignature(name: name, keyID: Array(value.prefix(4)), signature: Array(value.dropFirst(4)))
  }
}

/// A text with signature lines (C2SP signed-note), parsed but not verified.
public struct SignedNote: Hashable, Sendable {
  /// Go's reader has the same limit of one million bytes.
  public static let maxBytes = 1_000_000
  /// The standard asks for at least 16.
  public static let maxSignatures = 64

  /// With its last newline, without the empty line after it.
  public let text: [UInt8]
  public let signatures: [NoteSignature]

  /// Puts signatures under a text, which must be UTF-8, end in a newline and hold no other control character.
  public init(text: [UInt8], signatures: [NoteSignature]) throws(LogRejection) {
    guard text.last == newline, !signatures.isEmpty else { throw .noteWithoutSignatures }
    guard signatures.count <= Self.maxSignatures else { throw .tooManySignatures(signatures.count) }
    try Self.checkCharacters(text)
    self.text = text
    self.signatures = signatures
    guard bytes.count <= Self.maxBytes else { throw .noteTooLarge(bytes: bytes.count) }
  }

  /// Reads the form; which signatures hold is `VerifierKey`'s to say.
  public static func parse(_ bytes: [UInt8]) throws(LogRejection) -> SignedNote {
    guard bytes.count <= maxBytes else { throw .noteTooLarge(bytes: bytes.count) }
    try checkCharacters(bytes)
    // The text may hold empty lines: the last one separates.
    guard bytes.last == newline, let end = lastEmptyLine(bytes) else { throw .noteWithoutSignatures }
    let text = Array(bytes[...end])
    let signatureBytes = bytes[(end + 2)...]
    guard !signatureBytes.isEmpty else { throw .noteWithoutSignatures }
    let count = signatureBytes.count { $0 == newline }
    guard count <= maxSignatures else { throw .tooManySignatures(count) }
    return SignedNote(unchecked: text, try NoteSignature.parse(lines: Array(signatureBytes)))
  }

  private init(unchecked text: [UInt8], _ signatures: [NoteSignature]) {
    self.text = text
    self.signatures = signatures
  }

  public var bytes: [UInt8] { text + [newline] + signatures.flatMap(\.line) }

  /// The same note with one more signature, as a log adds what a witness answered.
  public func adding(_ signature: NoteSignature) throws(LogRejection) -> SignedNote {
    if signatures.contains(signature) { return self }
    return try SignedNote(text: text, signatures: signatures + [signature])
  }

  /// Checks every signature of a known key; lines of unknown keys are ignored, also when name *or* key ID are those of
  /// a known one.
  ///
  /// A known key whose signature does not hold rejects the note, and so does a note without any known key. A key that
  /// signed twice counts once, with its latest time.
  public func verify(_ keys: [VerifierKey]) throws(LogRejection) -> VerifiedNote {
    for (position, key) in keys.enumerated() {
      for other in keys[..<position] where other.name == key.name && other.keyID == key.keyID {
        throw .keyAmbiguous(key.name)
      }
    }
    var signers: [VerifiedNote.Signer] = []
    for line in signatures {
      guard let key = keys.first(where: { $0.name == line.name && $0.keyID == line.keyID }) else { continue }
      let (holds, time) = try key.check(line.signature, over: text)
      guard holds else { throw .signatureInvalid(key: key.name) }
      if let position = signers.firstIndex(where: { $0.key == key }) {
        if let time, let known = signers[position].time, time > known { signers[position].time = time }
      } else {
        signers.append(VerifiedNote.Signer(key: key, time: time))
      }
    }
    guard !signers.isEmpty else { throw .notSigned }
    return VerifiedNote(text: text, signers: signers)
  }

  private static func checkCharacters(_ bytes: [UInt8]) throws(LogRejection) {
    if let offset = bytes.firstIndex(where: { $0 < 0x20 && $0 != newline }) {
      throw .noteControlCharacter(offset: offset)
    }
    guard Text(validating: bytes) != nil else { throw .noteNotUTF8 }
  }

  /// The place of the newline before the last empty line.
  private static func lastEmptyLine(_ bytes: [UInt8]) -> Int? {
    var position = bytes.count - 2
    while position >= 0 {
      if bytes[position] == newline, bytes[position + 1] == newline { return position }
      position -= 1
    }
    return nil
  }
}

/// A note of which at least one known key signed the text, and no known key's signature failed. Only
/// `SignedNote.verify` makes one.
public struct VerifiedNote: Hashable, Sendable {
  /// A known key whose signature held.
  public struct Signer: Hashable, Sendable {
    public let key: VerifierKey
    /// Of a cosignature: seconds since 1970.
    public internal(set) var time: UInt64?
  }
  public let text: [UInt8]
  public let signers: [Signer]
}

extension NoteSigner {
  /// Signs a text with a key of kind `ed25519`.
  public func sign(text: [UInt8]) throws(LogRejection) -> SignedNote {
    guard verifierKey.kind == .ed25519 else { throw .keyTypeUnsupported(verifierKey.kind.rawValue) }
    return try SignedNote(text: text, signatures: [signature(over: text, time: nil)])
  }
}
