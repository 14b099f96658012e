public import Encodings

/// The bits of a status list (Bitstring Status List 1.0), status size 1. Index 0 is the most significant bit of byte 0.
public struct BitstringStatusList: Hashable, Sendable {
  /// Section 4.1: fewer would tell whose status is asked for. 16 KiB.
  public static let minimumBits = 131_072
  /// 16 million statuses. A bomb of 256 MiB fits into 261 kB of gzip: the inflation stops here.
  public static let maxInflatedBytes = 2 << 20

  public private(set) var bytes: [UInt8]
  public var count: Int { bytes.count * 8 }

  /// All bits 0. Precondition: a multiple of 8, at least the minimum, at most what a reader inflates.
  public init(count: Int = minimumBits) {
    precondition(count % 8 == 0 && count >= Self.minimumBits && count / 8 <= Self.maxInflatedBytes)
    bytes = [UInt8](repeating: 0, count: count / 8)
  }

  /// `encodedList`: `u` + base64url(gzip(bits)).
  public init(encodedList text: Text) throws(StatusRejection) {
    func malformed(_ what: DocumentRejection.What) -> StatusRejection {
      .malformed(DocumentRejection("credentialSubject.encodedList", what))
    }
    guard text.bytes.first == UInt8(ascii: "u") else { throw malformed(.notAllowed(value: "multibase other than u")) }
    guard let packed = Base64URL.decode(text.bytes.dropFirst()) else {
      throw malformed(.wrongKind(expected: "base64url without padding"))
    }
    do throws(GzipRejection) {
      bytes = try Gzip.decompress(packed, limit: Self.maxInflatedBytes)
    } catch {
      switch error {
      case .tooLarge(let limit): throw malformed(.tooLong(maxBytes: limit))
      case .malformed: throw malformed(.wrongKind(expected: "one gzip member"))
      case .failed(let code): throw .unpackingFailed(code: code)
      }
    }
    guard count >= Self.minimumBits else { throw .length(bits: count) }
  }

  public func encodedList() throws(GzipRejection) -> Text { Text("u" + Base64URL.encode(try Gzip.compress(bytes))) }

  /// Nil outside the list.
  public subscript(index: Int64) -> Bool? {
    guard index >= 0, index < Int64(count) else { return nil }
    return bytes[Int(index >> 3)] & (0x80 >> UInt8(index & 7)) != 0
  }

  /// Precondition: inside the list.
  public mutating func set(_ index: Int64, to value: Bool) {
    precondition(index >= 0 && index < Int64(count))
    let mask: UInt8 = 0x80 >> UInt8(index & 7)
    if value { bytes[Int(index >> 3)] |= mask } else { bytes[Int(index >> 3)] &= ~mask }
  }
}

/// Why a status cannot be read: never a good status. The problem types are those of Bitstring Status List 1.0 section
/// 3.2.
public enum StatusRejection: Error, Hashable, Sendable {
  /// Its signature, its issuer, its purpose, its time.
  case verification(String)
  case length(bits: Int)
  case range(index: Int64, bits: Int)
  case malformed(DocumentRejection)
  /// About us, not about the list: zlib failed.
  case unpackingFailed(code: Int32)

  /// The W3C problem type, a URL.
  public var type: String {
    switch self {
    case .unpackingFailed: "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR"
    case .verification: "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR"
    case .length: "https://www.w3.org/ns/credentials/status-list#STATUS_LIST_LENGTH_ERROR"
    case .range: "https://www.w3.org/TR/vc-data-model#RANGE_ERROR"
    case .malformed: "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR"
    }
  }
}

/// Where one status of a credential stands.
public struct StatusEntry: Hashable, Sendable {
  public let id: Text?
  /// One of the two below, or a purpose we do not decide by (Bitstring Status List 1.0, 2.1).
  public let purpose: Text
  public static let revocation: Text = "revocation"
  public static let suspension: Text = "suspension"
  public let index: Int64
  /// URL of the list credential.
  public let list: Text

  static let typeName = "BitstringStatusListEntry"
  public static let type = Text(typeName)

  public init(purpose: Text, index: Int64, list: Text) {
    self.purpose = purpose
    self.index = index
    self.list = list
    id = Text("\(list)#\(index)")
  }

  /// A `BitstringStatusListEntry` with one bit a status. The index is a text of plain digits: no number, sign, space or
  /// leading zero.
  public init(_ json: JSONObject) throws(DocumentRejection) {
    do throws(DocumentRejection) {
      self = try Fields.read(json, Self.init(_:))
    } catch {
      throw error.inside("credentialStatus")
    }
  }

  /// Reads an entry of the type this library writes; another type is thrown out, never taken for a good status.
  init(_ fields: Fields) throws(DocumentRejection) {
    guard try fields.hasType(Self.typeName) else { throw fields.failure("type", .notAllowed(value: "another type")) }
    try self.init(typed: fields)
  }

  /// Where the type was looked at.
  init(typed fields: Fields) throws(DocumentRejection) {
    id = try fields.optionalURL("id")
    purpose = try fields.text("statusPurpose", maxBytes: 64)
    guard let index = try fields.check("statusListIndex", maxBytes: 20).utf8.flatMap(ASCII.decimal) else {
      throw fields.failure("statusListIndex", .notAnInteger)
    }
    self.index = index
    list = try fields.url("statusListCredential")
    if id == list { throw fields.failure("id", .conflict(with: fields.object.path("statusListCredential"))) }
    if let size = fields.object["statusSize"], size.int != 1 {
      throw fields.failure("statusSize", .notAllowed(value: "other than 1"))
    }
    if fields.has("statusMessage") { throw fields.failure("statusMessage", .notAllowed(value: "statusMessage")) }
  }

  /// The entry as it stands in a credential.
  public var json: JSONObject {
    [
      "id": id.map { .string($0) }, "type": .string(Self.type), "statusPurpose": .string(purpose),
      "statusListIndex": JSON(String(index)),
      "statusListCredential": .string(list),
    ]
  }
}

/// A status list as a credential: the payload of its token.
public struct StatusListCredential: Hashable, Sendable {
  /// The URL of the list.
  public let id: Text
  public let issuer: Text
  public let validFrom: Instant
  public let validUntil: Instant
  /// `credentialSubject.id`, equal to the claim `sub`.
  public let subject: Text
  public let purposes: [Text]
  /// Milliseconds a reader may keep the list; never beyond `validUntil`.
  public var ttl = defaultTTL
  public let list: BitstringStatusList
  /// Seconds; nil in a list of another writer.
  public var issuedAt: Int64?

  public static let contextURL: Text = "https://www.w3.org/ns/credentials/v2"
  public static let type: Text = "BitstringStatusListCredential"
  public static let subjectType: Text = "BitstringStatusList"
  /// Five minutes, also the default of the standard (section 2.2).
  public static let defaultTTL: Int64 = 300_000

  public init(
    id: Text,
    issuer: Text,
    purpose: Text,
    validFrom: Instant,
    validUntil: Instant,
    list: BitstringStatusList
  ) {
    self.id = id
    self.issuer = issuer
    self.validFrom = validFrom
    self.validUntil = validUntil
    self.list = list
    purposes = [purpose]
    subject = Text("\(id)#list")
  }

  /// The payload to be signed, with the list packed.
  public func payload() throws(GzipRejection) -> JSONObject {
    [
      "@context": [.string(Self.contextURL)], "id": .string(id), "type": ["VerifiableCredential", .string(Self.type)],
      "issuer": .string(issuer),
      "validFrom": JSON(validFrom.description), "validUntil": JSON(validUntil.description),
      "credentialSubject": .object([
        "id": .string(subject), "type": .string(Self.subjectType),
        "statusPurpose": purposes.count == 1 ? .string(purposes[0]) : .array(purposes.map { .string($0) }),
        "ttl": .integer(ttl),
        "encodedList": .string(try list.encodedList()),
      ]),
      "iss": .string(issuer), "sub": .string(subject), "iat": issuedAt.map { .integer($0) },
      "exp": .integer(validUntil.seconds),
    ]
  }

  /// From a payload whose signature has been verified. Both dates are required: a list without an end would be good for
  /// ever. A status of the list itself is not followed (section 2.2), so an issuer cannot build circles.
  public init(payload: JSONObject) throws(StatusRejection) { self = try Fields.read(payload, Self.init) }

  private init(_ fields: Fields) throws(StatusRejection) {
    let encoded: Text
    do throws(DocumentRejection) {
      let credential = try VerifiableCredential(fields)
      guard credential.types.contains(Self.type) else {
        throw fields.failure("type", .notAllowed(value: "no \(Self.type)"))
      }
      guard let id = credential.id else { throw fields.failure("id", .missing) }
      guard let from = credential.validFrom else { throw fields.failure("validFrom", .missing) }
      guard let until = credential.validUntil else { throw fields.failure("validUntil", .missing) }
      // The end in the claims and the end in the credential must both hold: the earlier one counts.
      let claimed = credential.expires.map { Instant(seconds: $0) } ?? until
      self.id = id
      issuer = credential.issuer
      validFrom = from
      validUntil = min(until, claimed)
      issuedAt = credential.issuedAt
      let subjectFields = try fields.object("credentialSubject")
      guard try subjectFields.types().contains(Self.subjectType) else {
        throw subjectFields.failure("type", .notAllowed(value: "no \(Self.subjectType)"))
      }
      subject = try subjectFields.optionalURL("id") ?? Text("\(id)#list")
      var purposes: [Text] = []
      for value in try subjectFields.oneOrMore("statusPurpose", max: 8) {
        purposes.append(try Fields.text(value, maxBytes: 64))
      }
      self.purposes = purposes
      // Drafts had the size here: a list that states another one is not read bit by bit.
      if let size = try subjectFields.optionalInteger("statusSize"), size != 1 {
        throw subjectFields.failure("statusSize", .notAllowed(value: "\(size)"))
      }
      ttl = try subjectFields.optionalInteger("ttl") ?? Self.defaultTTL
      encoded = try subjectFields.text("encodedList", maxBytes: 4 << 20)
    } catch {
      throw .malformed(error)
    }
    list = try BitstringStatusList(encodedList: encoded)
  }

  /// The bit of an entry that names this list and one of its purposes.
  public func status(of entry: StatusEntry) throws(StatusRejection) -> Bool {
    guard entry.list == id else { throw .verification("another list") }
    guard purposes.contains(entry.purpose) else { throw .verification("another purpose") }
    guard let bit = list[entry.index] else { throw .range(index: entry.index, bits: list.count) }
    return bit
  }
}
