/// Finds out how a page's bytes are to be read, and turns them into UTF-8.
///
/// A byte order mark decides, then the header, then `<meta>` in the first 1,024 bytes (HTML 13.2.3.2). Where nothing is
/// declared the page is UTF-8 if it is valid UTF-8, else windows-1252. A label outside the list is refused, not guessed
/// at.
enum HTMLCharset: Hashable {
  case utf8, windows1252, windows1256, iso88596, gb18030, big5, shiftJIS, eucKR

  /// The charset declaration stands in the first 1,024 bytes (HTML 4.2.5.4).
  static let declarationBytes = 1_024

  var name: String {
    switch self {
    case .utf8: "UTF-8"
    case .windows1252: "windows-1252"
    case .windows1256: "windows-1256"
    case .iso88596: "ISO-8859-6"
    case .gb18030: "gb18030"
    case .big5: "Big5"
    case .shiftJIS: "Shift_JIS"
    case .eucKR: "EUC-KR"
    }
  }

  /// The labels of the Encoding Standard (section 4.2) for these encodings; ISO-8859-1 and ASCII are read as
  /// windows-1252.
  static let labels: [String: HTMLCharset] = {
    let lists: [(HTMLCharset, String)] = [
      (.utf8, "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8"),
      (
        .windows1252,
        """
        ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 \
        iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252
        """
      ),
      (.windows1256, "cp1256 windows-1256 x-cp1256"),
      (
        .iso88596,
        """
        arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i \
        iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987
        """
      ),
      (.gb18030, "chinese csgb2312 csiso58gb231280 gb18030 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk"),
      (.big5, "big5 big5-hkscs cn-big5 csbig5 x-x-big5"),
      (.shiftJIS, "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis"),
      (
        .eucKR,
        "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949"
      ),
    ]
    var labels: [String: HTMLCharset] = [:]
    for (charset, list) in lists { for label in list.split(separator: " ") { labels[String(label)] = charset } }
    return labels
  }()

  /// The page as UTF-8 without its byte order mark, and the name of the encoding it came in.
  static func decode(_ body: [UInt8], headerCharset: String?) throws(PageRejection) -> ([UInt8], charset: String) {
    if body.starts(with: [0xEF, 0xBB, 0xBF]) { return (repaired(Array(body.dropFirst(3))), HTMLCharset.utf8.name) }
    if body.starts(with: [0xFE, 0xFF]) || body.starts(with: [0xFF, 0xFE]) { throw .charsetUnsupported("utf-16") }
    var charset: HTMLCharset?
    if let headerCharset, let label = label(headerCharset.utf8.filter { $0 != 0x22 && $0 != 0x27 }) {
      charset = try supported(label)
    }
    if charset == nil, let label = HTMLCharsetPrescan.label(body.prefix(declarationBytes)) {
      charset = try supported(label)
    }
    guard let charset else {
      if isUTF8(body) { return (body, HTMLCharset.utf8.name) }
      return (try windows1252.decode(body), HTMLCharset.windows1252.name)
    }
    return (try charset.decode(body), charset.name)
  }

  /// A label trimmed and folded; nil when it cannot be the name of a charset, which browsers pass over as well.
  static func label(_ written: some Sequence<UInt8>) -> String? {
    let label = written.split(whereSeparator: HTMLByte.isSpace)
    guard label.count == 1, (1...64).contains(label[0].count), label[0].allSatisfy(isLabelByte) else { return nil }
    return String(decoding: label[0].map(HTMLByte.lower), as: UTF8.self)
  }

  private static func isLabelByte(_ c: UInt8) -> Bool {
    HTMLByte.isLetter(c) || HTMLByte.isDigit(c) || c == 0x2D || c == 0x2E || c == 0x3A || c == 0x5F || c == 0x2B
  }

  private static func supported(_ label: String) throws(PageRejection) -> HTMLCharset {
    guard let charset = labels[label] else { throw .charsetUnsupported(label) }
    return charset
  }

  private func decode(_ body: [UInt8]) throws(PageRejection) -> [UInt8] {
    if self == .utf8 { return Self.repaired(body) }
    guard let decoder = LegacyDecoder.of(self) else { throw .charsetUnsupported(name.lowercased()) }
    return decoder.decode(body)
  }

  // MARK: UTF-8

  /// U+FFFD for each maximal part of a character that does not go on (the Unicode Standard, 3.9; the Encoding
  /// Standard's decoder).
  static func repaired(_ body: [UInt8]) -> [UInt8] {
    if isUTF8(body) { return body }
    return [UInt8](unsafeUninitializedCapacity: body.count * 3) { out, count in
      body.withUnsafeBufferPointer { body in
        var at = 0
        while at < body.count {
          let (length, whole) = character(UnsafeRawBufferPointer(body), at)
          if whole {
            for offset in 0..<length { out[count + offset] = body[at + offset] }
            count += length
          } else {
            for byte in HTMLText.replacement {
              out[count] = byte
              count += 1
            }
          }
          at += length
        }
      }
    }
  }

  /// Eight bytes at a time while they are ASCII.
  static func isUTF8(_ body: [UInt8]) -> Bool {
    body.withUnsafeBytes { raw in
      var at = 0
      while at < raw.count {
        if at + 8 <= raw.count, raw.loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 {
          at += 8
          continue
        }
        let (length, whole) = character(raw, at)
        guard whole else { return false }
        at += length
      }
      return true
    }
  }

  /// The length of the character at `at`, or of its longest beginning that could have gone on, at least one byte.
  @inline(__always)
  private static func character(_ raw: UnsafeRawBufferPointer, _ at: Int) -> (length: Int, whole: Bool) {
    let lead = raw[at]
    if lead < 0x80 { return (1, true) }
    // Table 3-7 of the Unicode Standard: the second byte is narrower after E0, ED, F0 and F4.
    let length: Int
    var low: UInt8 = 0x80
    var high: UInt8 = 0xBF
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0...0xEF:
      length = 3
      if lead == 0xE0 { low = 0xA0 }
      if lead == 0xED { high = 0x9F }
    case 0xF0...0xF4:
      length = 4
      if lead == 0xF0 { low = 0x90 }
      if lead == 0xF4 { high = 0x8F }
    default: return (1, false)
    }
    guard at + 1 < raw.count, raw[at + 1] >= low, raw[at + 1] <= high else { return (1, false) }
    for tail in 2..<max(2, length) {
      guard at + tail < raw.count, raw[at + tail] & 0xC0 == 0x80 else { return (tail, false) }
    }
    return (length, true)
  }
}

/// The prescan for `<meta charset>` and its older form (HTML 13.2.3.2).
enum HTMLCharsetPrescan {
  /// The label declared, as `HTMLCharset.label` gives it; nil when there is none.
  static func label(_ bytes: ArraySlice<UInt8>) -> String? {
    var scan = Scan(bytes: Array(bytes))
    while scan.at < scan.bytes.count {
      if scan.starts(with: "<!--") {
        scan.at += 2
        while scan.at < scan.bytes.count, !scan.starts(with: "-->") { scan.at += 1 }
        scan.at += 3
      } else if scan.starts(with: "<meta"), let next = scan.byte(5), HTMLByte.isSpace(next) || next == 0x2F {
        scan.at += 5
        if let label = meta(&scan) { return label }
      } else if scan.byte(0) == 0x3C, let c = scan.byte(scan.byte(1) == 0x2F ? 2 : 1), HTMLByte.isLetter(c) {
        while let c = scan.byte(0), !HTMLByte.isSpace(c), c != 0x3E { scan.at += 1 }
        while scan.attribute() != nil {}
      } else if scan.starts(with: "<!") || scan.starts(with: "</") || scan.starts(with: "<?") {
        while let c = scan.byte(0), c != 0x3E { scan.at += 1 }
        scan.at += 1
      } else {
        scan.at += 1
      }
    }
    return nil
  }

  private static func meta(_ scan: inout Scan) -> String? {
    var seen: Set<[UInt8]> = []
    var gotPragma = false
    var needPragma: Bool?
    var found: String?
    while let (name, value) = scan.attribute() {
      guard seen.insert(name).inserted else { continue }
      if name.elementsEqual("http-equiv".utf8) {
        gotPragma = value.elementsEqual("content-type".utf8)
      } else if name.elementsEqual("content".utf8) {
        if found == nil, let label = inContent(value) {
          found = label
          needPragma = true
        }
      } else if name.elementsEqual("charset".utf8) {
        found = HTMLCharset.label(value)
        needPragma = false
      }
    }
    // A tag that the first bytes cut off declares nothing.
    guard scan.at < scan.bytes.count, let needPragma, let found, !needPragma || gotPragma else { return nil }
    // A page that says so in ASCII is not UTF-16 (13.2.3.2, step 14 of the prescan).
    if found == "utf-16" || found == "utf-16le" || found == "utf-16be" { return "utf-8" }
    return found == "x-user-defined" ? "windows-1252" : found
  }

  /// The `charset=` of a Content-Type value (HTML 2.5.4, extracting a character encoding from a meta element).
  static func inContent(_ value: [UInt8]) -> String? {
    var rest = value[...]
    let word = Array("charset".utf8)
    while !rest.isEmpty {
      guard rest.starts(with: word) else {
        rest = rest.dropFirst()
        continue
      }
      rest = rest.dropFirst(word.count).drop(while: HTMLByte.isSpace)
      guard rest.first == 0x3D else { continue }
      rest = rest.dropFirst().drop(while: HTMLByte.isSpace)
      guard let quote = rest.first else { return nil }
      if quote == 0x22 || quote == 0x27 {
        let inner = rest.dropFirst()
        return inner.firstIndex(of: quote).flatMap { HTMLCharset.label(Array(inner[..<$0])) }
      }
      return HTMLCharset.label(Array(rest.prefix { !HTMLByte.isSpace($0) && $0 != 0x3B }))
    }
    return nil
  }

  /// A place in the first bytes of the page.
  private struct Scan {
    let bytes: [UInt8]
    var at = 0

    func byte(_ offset: Int) -> UInt8? { at + offset < bytes.count ? bytes[at + offset] : nil }

    func starts(with text: StaticString) -> Bool {
      guard at + text.utf8CodeUnitCount <= bytes.count else { return false }
      for offset in 0..<text.utf8CodeUnitCount where HTMLByte.lower(bytes[at + offset]) != text.utf8Start[offset] {
        return false
      }
      return true
    }

    /// The next attribute, lower case; nil at the end of the tag, which stays unread.
    mutating func attribute() -> (name: [UInt8], value: [UInt8])? {
      while let c = byte(0), HTMLByte.isSpace(c) || c == 0x2F { at += 1 }
      guard let first = byte(0), first != 0x3E else { return nil }
      var name: [UInt8] = []
      while let c = byte(0), !HTMLByte.isSpace(c), c != 0x2F, c != 0x3E, c != 0x3D || name.isEmpty {
        name.append(HTMLByte.lower(c))
        at += 1
      }
      while let c = byte(0), HTMLByte.isSpace(c) { at += 1 }
      guard byte(0) == 0x3D else { return (name, []) }
      at += 1
      while let c = byte(0), HTMLByte.isSpace(c) { at += 1 }
      var value: [UInt8] = []
      if let quote = byte(0), quote == 0x22 || quote == 0x27 {
        at += 1
        while let c = byte(0), c != quote {
          value.append(HTMLByte.lower(c))
          at += 1
        }
        guard byte(0) == quote else { return nil }
        at += 1
      } else {
        while let c = byte(0), !HTMLByte.isSpace(c), c != 0x3E {
          value.append(HTMLByte.lower(c))
          at += 1
        }
      }
      return (name, value)
    }
  }
}
