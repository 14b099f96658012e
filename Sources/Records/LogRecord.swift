public import Credentials
internal import Encodings

/// The header of a token, shared by all that have it: encoded once for all of them.
public final class JWSHeader: Hashable, Sendable {
  public let bytes: [UInt8]
  /// As it stands in a token, with the full stop behind it.
  let encoded: [UInt8]
  /// It is looked up for every token, and has some thousand bytes.
  private let hashed: Int

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    hashed = Records.hash(of: bytes)
    encoded = Base64URL.encodeBytes(bytes) + [UInt8(ascii: ".")]
  }

  public static func == (left: JWSHeader, right: JWSHeader) -> Bool {
    left === right || left.hashed == right.hashed && left.bytes == right.bytes
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(hashed) }
}

/// In one piece: an array of bytes hashes them one after the other.
func hash(of bytes: [UInt8]) -> Int {
  var hasher = Hasher()
  bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  return hasher.finalize()
}

/// A compact JWS as a record holds it: the decoded bytes of its three parts. Parsed, not verified.
public struct RecordedJWS: Hashable, Sendable {
  public let header: JWSHeader
  public let payload: [UInt8]
  public let signature: [UInt8]

  public init(header: JWSHeader, payload: [UInt8], signature: [UInt8]) {
    self.header = header
    self.payload = payload
    self.signature = signature
  }

  /// - Throws: where the bytes are no compact JWS in its one spelling.
  public init(compact token: [UInt8]) throws(CompactTokenRejection) {
    let parsed = try CompactJWS.parse(token)
    self.init(header: JWSHeader(parsed.headerBytes), payload: parsed.payload, signature: parsed.signature)
  }

  /// The token as it was signed.
  public var compact: [UInt8] { compact(behind: []) }

  /// The same behind other bytes, in one piece.
  func compact(behind prefix: [UInt8]) -> [UInt8] {
    let payload = Base64URL.encodeBytes(payload)
    let signature = Base64URL.encodeBytes(signature)
    var token: [UInt8] = []
    token.reserveCapacity(prefix.count + header.encoded.count + payload.count + signature.count + 1)
    token += prefix
    token += header.encoded
    token += payload
    token.append(UInt8(ascii: "."))
    token += signature
    return token
  }
}

/// One entry of the log with what belongs to it and does not stand in it. Nothing here is believed before
/// `RecordBinding` compared it with the entry.
public struct LogRecord: Hashable, Sendable {
  /// Records above it are refused before they are read. A token of 256 KiB, its entry and some room.
  public static let maxBytes = 304 << 10
  public static let maxRequestBytes = 16 << 10

  /// As logged.
  public var entry: [UInt8]
  /// 32 bytes.
  public var salt: [UInt8]?
  public var token: RecordedJWS?
  public var statement: RecordedJWS?
  /// The 18 characters of a number: only in an erased record.
  public var number: [UInt8]?
  /// Request and approvals of an act, canonical JSON. Verdicts do not read it.
  public var request: [UInt8]?

  public init(
    entry: [UInt8],
    salt: [UInt8]? = nil,
    token: RecordedJWS? = nil,
    statement: RecordedJWS? = nil,
    number: [UInt8]? = nil,
    request: [UInt8]? = nil
  ) {
    self.entry = entry
    self.salt = salt
    self.token = token
    self.statement = statement
    self.number = number
    self.request = request
  }

  /// The kinds of parts in the order in which they stand; the raw value is their type in the file.
  public enum Part: UInt8, CaseIterable, Sendable {
    case salt = 1
    case token, statement, number, request
  }

  /// Those that it has.
  public var parts: Set<Part> {
    var parts: Set<Part> = []
    if salt != nil { parts.insert(.salt) }
    if token != nil { parts.insert(.token) }
    if statement != nil { parts.insert(.statement) }
    if number != nil { parts.insert(.number) }
    if request != nil { parts.insert(.request) }
    return parts
  }
}
