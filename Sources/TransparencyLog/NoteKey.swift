public import Encodings
public import PKI

/// What a key of a note signs.
public enum NoteKeyKind: UInt8, Hashable, Sendable {
  /// The text of the note as it is: the log's own signature.
  case ed25519 = 0x01
  /// `cosignature/v1`, a time, and the text: a witness (C2SP tlog-cosignature).
  case cosignature = 0x04
}

/// A public key that may stand under a note, with its name: `name+hex(key ID)+base64(type ‖ public key)` (C2SP
/// signed-note).
public struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
  /// Bytes of a key name. Ours; the later cosignature format allows the same.
  public static let maxNameBytes = 255

  public let name: Text
  public let kind: NoteKeyKind
  public let publicKey: PublicKey
  /// The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key). A hint, not a fingerprint: anyone can make a key
  /// that has it.
  public let keyID: [UInt8]
  private let raw: [UInt8]

  /// Throws `.keyNameInvalid`, or `.keyMalformed` when the key is not an Ed25519 key.
  public init(name: Text, kind: NoteKeyKind, publicKey: PublicKey) throws(LogRejection) {
    guard Self.isValid(name: name), name.bytes.count <= Self.maxNameBytes else { throw .keyNameInvalid(name) }
    guard case .ed25519(let raw) = publicKey.material else { throw .keyMalformed }
    self.name = name
    self.kind = kind
    self.publicKey = publicKey
    self.raw = raw
    keyID = Array(SHA2.sha256(name.bytes + [newline, kind.rawValue] + raw).prefix(4))
  }

  /// Reads the text form, strictly: the key ID must be right, and there is one spelling.
  public init(_ text: String) throws(LogRejection) {
    // The base64 part may hold a plus: only the first two separate.
    let parts = text.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let name = Text(validating: parts[0]), let encoded = Base64.decode(Array(parts[2])),
      let type = encoded.first
    else { throw .keyMalformed }
    guard let kind = NoteKeyKind(rawValue: type) else { throw .keyTypeUnsupported(type) }
    guard encoded.count == 33 else { throw .keyMalformed }
    let key: PublicKey
    do {
      key = try PublicKey(.ed25519(Array(encoded.dropFirst())))
    } catch {
      throw .keyMalformed
    }
    try self.init(name: name, kind: kind, publicKey: key)
    guard Array(description.utf8) == Array(text.utf8) else { throw .keyMalformed }
  }

  public var description: String { "\(name)+\(Hex.encode(keyID))+\(Base64.encode([kind.rawValue] + raw))" }

  /// Not empty, no plus, no Unicode space (property White_Space), no control character.
  static func isValid(name: Text) -> Bool {
    !name.isEmpty
      && name.string.unicodeScalars.allSatisfy { $0 != "+" && $0.value > 0x20 && !$0.properties.isWhitespace }
  }

  /// True when `signature` of a note line (without key ID) holds over the text. For a cosignature also its time.
  func check(_ signature: [UInt8], over text: [UInt8]) throws(LogRejection) -> (holds: Bool, time: UInt64?) {
    var message = text
    var signature = signature
    var time: UInt64?
    if kind == .cosignature {
      guard signature.count == 8 + 64 else { return (false, nil) }
      let seconds = signature.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard seconds <= UInt64(Int64.max) else { return (false, nil) }  // "MUST NOT exceed 2^63 - 1"
      signature.removeFirst(8)
      message = cosignedMessage(text, time: seconds)
      time = seconds
    }
    guard signature.count == 64 else { return (false, nil) }
    do {
      return (try publicKey.verifies(signature, over: message, algorithm: .eddsa), time)
    } catch {
      throw .cryptoFailed(call: error.call)
    }
  }
}

/// What a witness signs: two lines that keep it apart from every other use of the key, then the whole text of the
/// checkpoint.
func cosignedMessage(_ text: [UInt8], time: UInt64) -> [UInt8] { Array("cosignature/v1\ntime \(time)\n".utf8) + text }

/// A key that signs notes, and nothing else.
public struct NoteSigner: Sendable {
  public let verifierKey: VerifierKey
  private let privateKey: PrivateKey

  public init(name: Text, kind: NoteKeyKind, privateKey: PrivateKey) throws(LogRejection) {
    verifierKey = try VerifierKey(name: name, kind: kind, publicKey: privateKey.publicKey)
    self.privateKey = privateKey
  }

  /// `time`: seconds since 1970 of a cosignature; nil for the log's own signature.
  func signature(over text: [UInt8], time: UInt64?) throws(LogRejection) -> NoteSignature {
    let signed = time.map { cosignedMessage(text, time: $0) } ?? text
    let prefix = time.map { time in (0..<8).map { UInt8(truncatingIfNeeded: time >> UInt64(56 - 8 * $0)) } } ?? []
    do {
      let raw = try privateKey.sign(signed, algorithm: .eddsa)
      return NoteSignature(name: verifierKey.name, keyID: verifierKey.keyID, signature: prefix + raw)
    } catch {
      throw .cryptoFailed(call: error.call)
    }
  }
}
