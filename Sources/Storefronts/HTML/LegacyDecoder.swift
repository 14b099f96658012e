import Glibc

/// Reads an encoding that is not UTF-8 by tables: a page costs its size, however many of its bytes mean nothing.
///
/// What the double-byte encodings say comes from the system's iconv, asked once for each sequence and process. A
/// sequence that means nothing becomes U+FFFD, and the byte after its lead is read again, so that no lead byte can
/// swallow a `<`.
struct LegacyDecoder: Sendable {
  /// UTF-8 of at most four bytes, the first lowest, and its length above; 0 where a sequence means nothing.
  typealias Entry = UInt64

  /// By the byte, 256.
  private let singles: [Entry]
  /// By lead - 0x80 and the second byte, 128 x 256; none in an encoding of single bytes.
  private let pairs: [Entry]
  /// GB18030's four bytes for the first plane, 81 30 81 30 ... 84 39 FE 39; none in the others.
  private let quads: [Entry]
  /// Astral characters follow in their order from 90 30 81 30.
  private static let quadsOfLead = 10 * 126 * 10

  /// Nil when the system knows no such encoding.
  static func of(_ charset: HTMLCharset) -> LegacyDecoder? {
    switch charset {
    case .utf8: nil
    case .windows1252: windows1252
    case .windows1256: windows1256
    case .iso88596: iso88596
    case .gb18030: gb18030
    case .big5: big5
    case .shiftJIS: shiftJIS
    case .eucKR: eucKR
    }
  }

  private static let windows1252 = LegacyDecoder(upper: HTMLCharsetTables.windows1252)
  private static let windows1256 = LegacyDecoder(upper: HTMLCharsetTables.windows1256)
  private static let iso88596 = LegacyDecoder(upper: HTMLCharsetTables.iso88596)
  private static let gb18030 = LegacyDecoder(iconv: "GB18030", fourBytes: true)
  private static let big5 = LegacyDecoder(iconv: "BIG5-HKSCS")
  private static let shiftJIS = LegacyDecoder(iconv: "CP932")
  private static let eucKR = LegacyDecoder(iconv: "CP949")

  private static func entry(_ utf8: [UInt8]) -> Entry {
    utf8.enumerated().reduce(UInt64(utf8.count) << 32) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
  }

  private static func entry(_ scalar: UInt32) -> Entry {
    let value = Entry(scalar)
    func tail(_ shift: Entry) -> Entry { 0x80 | (value >> shift) & 0x3F }
    if value < 0x80 { return 1 << 32 | value }
    if value < 0x800 { return 2 << 32 | tail(0) << 8 | 0xC0 | value >> 6 }
    if value < 0x10000 { return 3 << 32 | tail(0) << 16 | tail(6) << 8 | 0xE0 | value >> 12 }
    return 4 << 32 | tail(0) << 24 | tail(6) << 16 | tail(12) << 8 | 0xF0 | value >> 18
  }

  private static let replacement = entry(0xFFFD)

  private init(upper: [UInt16]) {
    singles = (0..<0x80).map { Self.entry(UInt32($0)) } + upper.map { Self.entry(UInt32($0)) }
    pairs = []
    quads = []
  }

  private init?(iconv encoding: String, fourBytes: Bool = false) {
    guard let converter = iconv_open("UTF-8", encoding), converter != iconv_t(bitPattern: -1) else { return nil }
    defer { iconv_close(converter) }
    let singles = (0...0xFF).map { Self.convert(converter, [UInt8($0)]) }
    var pairs = [Entry](repeating: 0, count: 0x80 * 0x100)
    for lead in 0x80...0xFF where singles[lead] == 0 {
      for second in 0x30...0xFE {
        pairs[(lead - 0x80) << 8 | second] = Self.convert(converter, [UInt8(lead), UInt8(second)])
      }
    }
    var quads: [Entry] = []
    if fourBytes {
      quads.reserveCapacity(4 * Self.quadsOfLead)
      for lead in UInt8(0x81)...0x84 {
        for second in UInt8(0x30)...0x39 {
          for third in UInt8(0x81)...0xFE {
            for fourth in UInt8(0x30)...0x39 { quads.append(Self.convert(converter, [lead, second, third, fourth])) }
          }
        }
      }
    }
    // The loop below copies ASCII as it stands.
    guard (0..<0x80).allSatisfy({ singles[$0] == Self.entry(UInt32($0)) }) else { return nil }
    self.singles = singles
    self.pairs = pairs
    self.quads = quads
  }

  /// What exactly these bytes mean; 0 when they mean nothing, or are only a beginning.
  private static func convert(_ converter: iconv_t, _ sequence: [UInt8]) -> Entry {
    var input = sequence.map { CChar(bitPattern: $0) }
    var output = [CChar](repeating: 0, count: 16)
    iconv(converter, nil, nil, nil, nil)
    return input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        var source = input.baseAddress
        var sourceLeft = input.count
        var target = output.baseAddress
        var targetLeft = output.count
        guard iconv(converter, &source, &sourceLeft, &target, &targetLeft) != -1, sourceLeft == 0,
          iconv(converter, nil, nil, &target, &targetLeft) != -1
        else { return 0 }
        let utf8 = output.prefix(output.count - targetLeft).map { UInt8(bitPattern: $0) }
        return (1...4).contains(utf8.count) ? entry(utf8) : 0
      }
    }
  }

  /// UTF-8; what the encoding does not have becomes U+FFFD.
  func decode(_ body: [UInt8]) -> [UInt8] {
    // Three bytes for each of the page's at most; eight more, because characters are stored by words.
    [UInt8](unsafeUninitializedCapacity: body.count * 3 + 8) { out, count in
      body.withUnsafeBytes { body in
        let out = UnsafeMutableRawBufferPointer(out)
        var at = 0
        while at < body.count {
          if at + 8 <= body.count {
            let word = body.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            if word & 0x8080_8080_8080_8080 == 0 {
              out.storeBytes(of: word, toByteOffset: count, as: UInt64.self)
              at += 8
              count += 8
              continue
            }
          }
          let (entry, length) = character(body, at)
          out.storeBytes(of: UInt32(truncatingIfNeeded: entry), toByteOffset: count, as: UInt32.self)
          count += Int(entry >> 32)
          at += length
        }
      }
    }
  }

  @inline(__always)
  private func character(_ body: UnsafeRawBufferPointer, _ at: Int) -> (Entry, length: Int) {
    let lead = Int(body[at])
    if singles[lead] != 0 { return (singles[lead], 1) }
    if !pairs.isEmpty, lead >= 0x80, at + 1 < body.count {
      let pair = pairs[(lead - 0x80) << 8 | Int(body[at + 1])]
      if pair != 0 { return (pair, 2) }
      if !quads.isEmpty, at + 3 < body.count,
        let quad = fourBytes(lead, Int(body[at + 1]), third: Int(body[at + 2]), fourth: Int(body[at + 3]))
      {
        return (quad, 4)
      }
    }
    return (Self.replacement, 1)
  }

  private func fourBytes(_ lead: Int, _ second: Int, third: Int, fourth: Int) -> Entry? {
    guard (0x30...0x39).contains(second), (0x81...0xFE).contains(third), (0x30...0x39).contains(fourth) else {
      return nil
    }
    let rest = ((second - 0x30) * 126 + third - 0x81) * 10 + fourth - 0x30
    if (0x81...0x84).contains(lead) {
      let entry = quads[(lead - 0x81) * Self.quadsOfLead + rest]
      return entry == 0 ? nil : entry
    }
    let scalar = 0x10000 + (lead - 0x90) * Self.quadsOfLead + rest
    guard lead >= 0x90, scalar <= 0x10FFFF else { return nil }
    return Self.entry(UInt32(truncatingIfNeeded: scalar))
  }
}
