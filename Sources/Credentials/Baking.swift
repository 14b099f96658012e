/// What a picture carries: a credential in one of the two forms of Open Badges 3.0 (5.3).
public enum BakedContent: Hashable, Sendable {
  /// A compact token: three non-empty base64url parts. Its signature is not checked here.
  case token([UInt8])
  /// JSON with an embedded proof, as it stands in the picture. Begins with `{` after optional white space, otherwise
  /// not yet parsed.
  case document([UInt8])
}

/// Why a picture is refused. Every kind is about the picture (`baked_data_malformed`), never about us.
public struct BakingRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong with the picture, or with the credential in it. The raw value goes into `description`.
  public enum Kind: String, CaseIterable, Sendable {
    case pictureTooLarge, notAPicture, trailingBytes
    case contentTooLarge, contentMissing, contentUnknown, severalCredentials, alreadyBaked

    case pngCutOff, pngChunkLength, pngChunkType, pngChecksum, pngTooManyChunks, pngHeader, pngOrder, pngNoImageData
    case credentialCompressed, credentialInOtherChunk, credentialAfterImageData, credentialFields

    case xmlNotUTF8, xmlCharacter, xmlDeclaration, xmlDoctype, xmlMarkup, xmlName, xmlAttribute, xmlDuplicateAttribute
    case xmlReference, xmlNesting, xmlTooDeep, xmlTooManyAttributes, xmlNamespace, xmlTooManyNamespaces, xmlCutOff
    case svgRoot, svgPrefixTaken, credentialMisplaced, credentialHasElements, credentialTwice
  }

  public let kind: Kind
  /// Where in the picture (or in the content to be baked), in bytes.
  public let offset: Int

  init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
  }

  public var description: String { "\(kind.rawValue) at byte \(offset)" }
}

extension BakedContent {
  /// 16 KiB: attack A88. The longest credential of ours, with two certificates in its header, has 8 kB.
  public static let maxBytes = 16 << 10

  public var bytes: [UInt8] {
    switch self {
    case .token(let bytes), .document(let bytes): bytes
    }
  }

  /// Tells the two forms apart by their bytes. `offset`: where the text stands, for the error.
  init(reading text: [UInt8], at offset: Int) throws(BakingRejection) {
    guard text.count <= Self.maxBytes else { throw BakingRejection(.contentTooLarge, at: offset) }
    guard let first = text.first(where: { !Self.isSpace($0) }) else {
      throw BakingRejection(.contentMissing, at: offset)
    }
    if first == UInt8(ascii: "{") {
      // PNG says nothing about the encoding that a decoder would check, and JSON is UTF-8 or it is nothing.
      guard String(validating: text, as: UTF8.self) != nil else { throw BakingRejection(.contentUnknown, at: offset) }
      self = .document(text)
    } else if Self.isCompactToken(text) {
      self = .token(text)
    } else {
      throw BakingRejection(.contentUnknown, at: offset)
    }
  }

  /// Checks what is about to be baked by the rules of the reader: nothing is written that we would not read.
  func checked() throws(BakingRejection) {
    guard try BakedContent(reading: bytes, at: 0) == self else { throw BakingRejection(.contentUnknown, at: 0) }
  }

  private static func isCompactToken(_ text: [UInt8]) -> Bool {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 3 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isBase64URL) }
  }

  private static func isBase64URL(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}

/// A badge picture that was read to its last byte.
public struct Picture: Hashable, Sendable {
  /// The two formats that Open Badges 3.0 bakes into.
  public enum Format: String, Hashable, Sendable { case png, svg }

  public let format: Format
  /// Nil: a whole picture without a credential (`no_baked_data`); it may have been stripped on its way, which proves
  /// nothing.
  public let content: BakedContent?
  /// The picture carries an assertion of Open Badges 1 or 2, which is not read.
  public let hasLegacyAssertion: Bool

  /// The picture, or nil when the first bytes are those of neither format.
  ///
  /// The first bytes choose the reader, and the reader must reach the last byte: a file that is also something else is
  /// refused.
  public static func read(_ bytes: [UInt8]) throws(BakingRejection) -> Picture? {
    if BakingPNG.hasSignature(bytes) { return try BakingPNG.read(bytes) }
    if BakingSVG.looksLikeXML(bytes) { return try BakingSVG.read(bytes) }
    return nil
  }

  /// Puts a credential into a picture of either format.
  public static func bake(_ content: BakedContent, into picture: [UInt8]) throws(BakingRejection) -> [UInt8] {
    if BakingPNG.hasSignature(picture) { return try BakingPNG.bake(content, into: picture) }
    if BakingSVG.looksLikeXML(picture) { return try BakingSVG.bake(content, into: picture) }
    throw BakingRejection(.notAPicture, at: 0)
  }
}
