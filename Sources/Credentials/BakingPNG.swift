/// Credentials in PNG (Open Badges 3.0, 5.3.1): one uncompressed `iTXt` chunk with the keyword `openbadgecredential`
/// before the image data.
///
/// The file is walked chunk by chunk (PNG 3rd edition, 5); the image data itself is not inflated.
public enum BakingPNG {
  /// 1 MiB: a badge at twice its size has under 100 kB; leaves room for a photograph somebody drew around it.
  public static let maxBytes = 1 << 20
  /// An encoder with small buffers writes 4 KiB of image data a chunk, 256 of them in 1 MiB.
  public static let maxChunks = 1024
  static let keyword = Array("openbadgecredential".utf8)
  static let legacyKeyword = Array("openbadges".utf8)

  /// Puts a compact token into a picture that has none.
  public static func bake(token: [UInt8], into png: [UInt8]) throws(BakingRejection) -> [UInt8] {
    try bake(.token(token), into: png)
  }

  /// Puts a credential right behind the header, where no other chunk has to stand.
  public static func bake(_ content: BakedContent, into png: [UInt8]) throws(BakingRejection) -> [UInt8] {
    try content.checked()
    guard try extract(png) == nil else { throw BakingRejection(.alreadyBaked, at: 0) }
    let afterHeader = signature.count + 12 + headerLength
    // Keyword NUL, not compressed, method 0, empty language NUL, empty translated keyword NUL, text.
    let body = Array("iTXt".utf8) + keyword + [0, 0, 0, 0, 0] + content.bytes
    let length = body.count - 4
    guard png.count + length + 12 <= maxBytes else { throw BakingRejection(.pictureTooLarge, at: 0) }
    var baked = Array(png[..<afterHeader])
    baked += bigEndian(UInt32(length)) + body + bigEndian(CRC32.of(body[...]))
    baked += png[afterHeader...]
    // Reads its own work, as SVG does: a picture of as many chunks as are read has no room for one more.
    guard try extract(baked) == content else { throw BakingRejection(.contentUnknown, at: 0) }
    return baked
  }

  /// The credential in a picture; nil: a whole PNG without one.
  public static func extract(_ png: [UInt8]) throws(BakingRejection) -> BakedContent? { try read(png).content }

  static func hasSignature(_ bytes: [UInt8]) -> Bool { bytes.starts(with: signature) }

  /// Walks every chunk to IEND, and the file must end there.
  static func read(_ png: [UInt8]) throws(BakingRejection) -> Picture {
    guard png.count <= maxBytes else { throw BakingRejection(.pictureTooLarge, at: maxBytes) }
    guard hasSignature(png) else { throw BakingRejection(.notAPicture, at: 0) }
    var order = ChunkOrder()
    var content: BakedContent?
    var legacy = false
    var position = signature.count
    var count = 0
    while !order.ended {
      count += 1
      guard count <= maxChunks else { throw BakingRejection(.pngTooManyChunks, at: position) }
      let chunk = try Chunk(png, at: position)
      try order.accept(chunk)
      switch try chunk.textContent(afterImageData: order.seenImageData) {
      case .credential(let found):
        guard content == nil else { throw BakingRejection(.severalCredentials, at: position) }
        content = found
      case .legacy: legacy = true
      case nil: break
      }
      position = chunk.end
    }
    guard position == png.count else { throw BakingRejection(.trailingBytes, at: position) }
    return Picture(format: .png, content: content, hasLegacyAssertion: legacy)
  }

  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  static let headerLength = 13
}

private func bigEndian(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

/// One chunk: length, type, data, CRC (PNG 5.3), its bounds and its checksum known to be right.
private struct Chunk {
  let offset: Int
  let type: [UInt8]
  let data: ArraySlice<UInt8>
  var end: Int { data.endIndex + 4 }

  /// Reads the chunk at a place. Its length is believed only as far as there are bytes.
  init(_ png: [UInt8], at offset: Int) throws(BakingRejection) {
    func number(at place: Int) -> UInt32 { png[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    let remaining = png.count - offset
    guard remaining >= 12 else { throw BakingRejection(.pngCutOff, at: offset) }
    let length = Int(number(at: offset))
    guard length <= remaining - 12 else { throw BakingRejection(.pngChunkLength, at: offset) }
    let body = png[(offset + 4)..<(offset + 8 + length)]
    type = Array(body.prefix(4))
    // Four letters; the third in upper case in every chunk so far defined (5.4).
    guard type.allSatisfy({ (0x41...0x5A).contains($0 & 0xDF) }), type[2] & 0x20 == 0 else {
      throw BakingRejection(.pngChunkType, at: offset)
    }
    guard CRC32.of(body) == number(at: body.endIndex) else { throw BakingRejection(.pngChecksum, at: offset) }
    data = body.dropFirst(4)
    self.offset = offset
  }

  func isA(_ name: StaticString) -> Bool {
    type.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
  }
  var isCritical: Bool { type[0] & 0x20 == 0 }

  /// What a chunk of text may say to us.
  enum Text {
    case credential(BakedContent)
    case legacy
  }

  /// What a text chunk says to us; nil when it says nothing.
  func textContent(afterImageData: Bool) throws(BakingRejection) -> Text? {
    let isInternational = isA("iTXt")
    guard isInternational || isA("tEXt") || isA("zTXt") else { return nil }
    let keyword = data.prefix { $0 != 0 }
    if keyword.elementsEqual(BakingPNG.legacyKeyword) { return .legacy }
    guard keyword.elementsEqual(BakingPNG.keyword) else { return nil }
    guard isInternational else { throw BakingRejection(.credentialInOtherChunk, at: offset) }
    guard !afterImageData else { throw BakingRejection(.credentialAfterImageData, at: offset) }
    let fields = data.dropFirst(keyword.count)
    guard fields.count >= 5 else { throw BakingRejection(.credentialFields, at: offset) }
    // Compression is not looked into at all: a bomb stays as small as it came.
    guard fields[fields.startIndex + 1] == 0 else { throw BakingRejection(.credentialCompressed, at: offset) }
    guard fields.prefix(5).allSatisfy({ $0 == 0 }) else { throw BakingRejection(.credentialFields, at: offset) }
    return .credential(try BakedContent(reading: Array(fields.dropFirst(5)), at: fields.startIndex + 5))
  }
}

/// The order of chunks (PNG 5.6): header first, image data in one run, end last.
private struct ChunkOrder {
  private(set) var ended = false
  private(set) var seenImageData = false
  private var seenHeader = false, seenPalette = false, imageDataOver = false

  /// Throws for the first chunk out of order, and for a critical one that no decoder of ours knows.
  mutating func accept(_ chunk: Chunk) throws(BakingRejection) {
    let disorder = BakingRejection(.pngOrder, at: chunk.offset)
    guard seenHeader || chunk.isA("IHDR") else { throw disorder }
    if seenImageData && !chunk.isA("IDAT") { imageDataOver = true }
    if chunk.isA("IHDR") {
      guard !seenHeader else { throw disorder }
      guard Self.isHeader(Array(chunk.data)) else { throw BakingRejection(.pngHeader, at: chunk.offset) }
      seenHeader = true
    } else if chunk.isA("PLTE") {
      guard !seenPalette, !seenImageData else { throw disorder }
      seenPalette = true
    } else if chunk.isA("IDAT") {
      guard !imageDataOver else { throw disorder }
      seenImageData = true
    } else if chunk.isA("IEND") {
      guard seenImageData else { throw BakingRejection(.pngNoImageData, at: chunk.offset) }
      guard chunk.data.isEmpty else { throw BakingRejection(.pngChunkLength, at: chunk.offset) }
      ended = true
    } else if chunk.isCritical {
      // every decoder must give up here, so nobody sees such a picture
      throw BakingRejection(.pngChunkType, at: chunk.offset)
    }
  }

  /// Size, bit depth and colour type as PNG 11.2.1 allows them together.
  private static func isHeader(_ data: [UInt8]) -> Bool {
    guard data.count == BakingPNG.headerLength else { return false }
    func isSize(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.contains { $0 != 0 } && bytes[bytes.startIndex] < 0x80 }
    let depths: [UInt8] =
      switch data[9] {
      case 0: [1, 2, 4, 8, 16]
      case 3: [1, 2, 4, 8]
      case 2, 4, 6: [8, 16]
      default: []
      }
    return isSize(data[0..<4]) && isSize(data[4..<8]) && depths.contains(data[8]) && data[10] == 0 && data[11] == 0
      && data[12] <= 1
  }
}

/// The checksum of PNG (Annex D): polynomial 0xEDB88320, reflected. It guards against accidents only.
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { start in
    (0..<8).reduce(UInt32(start)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
  }

  /// The checksum as it stands in the file.
  static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
    return ~crc
  }
}
