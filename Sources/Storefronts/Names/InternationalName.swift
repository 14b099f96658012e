internal import CIDN2

/// A host name in its one spelling: A-labels, lower case, no closing dot. Design section 5, rule 5.
///
/// libidn2 does the mapping (UTS 46, non-transitional) and the label rules of IDNA 2008 (RFC 5891: NFC, hyphens,
/// leading marks, joiners, permitted characters; RFC 5893: bidi within a label). Added here, because 2.3.3 does not do
/// it: the round trip of an A-label that decodes to something else, and the bidi rule across the labels of one name.
/// Its flag for the STD3 rules is not used: it *drops* an underscore beside a non-ASCII letter instead of refusing the
/// name; the LDH rule is checked here instead.
struct InternationalName {
  /// An address is another rejection than a name nobody can register.
  enum Failure: Error, Equatable { case isAddress, invalid }

  /// RFC 1035 section 2.3.4.
  static let maxBytes = 253, maxLabelBytes = 63
  /// Names that never lead to the public internet (RFC 6761, 6762, 7686, 3172; `internal`: ICANN resolution
  /// 2024.07.29.06).
  private static let reservedTopLevels: [[UInt8]] = ["localhost", "local", "internal", "onion", "arpa"].map {
    Array($0.utf8)
  }

  let bytes: [UInt8]
  /// A label whose characters come from scripts that nobody writes together.
  let mixesScripts: Bool

  /// `host` is UTF-8, not empty, and free of `%`, controls, white space and backslashes.
  init(reading host: some Collection<UInt8>) throws(Failure) {
    let host = folded(host)
    if let plain = Self.plain(host) {
      bytes = plain
      mixesScripts = false
      return
    }
    var labels = host.pieces(at: 0x2E).map { Array($0) }
    var otherStops = false
    if host.contains(where: { $0 >= 0x80 }) {
      let split = labels.flatMap { Self.splitAtOtherStops($0) }
      otherStops = split.count != labels.count
      labels = split
    }
    if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
    guard let last = labels.last else { throw .invalid }
    if Self.isNumber(Self.isASCII(last) ? last : Self.mapped(last) ?? []) { throw .isAddress }
    if otherStops || labels.count < 2 { throw .invalid }

    var read: [Label] = []
    for label in labels { read.append(try Label(reading: label)) }
    let bytes = Array(read.map(\.ascii).joined(separator: [0x2E]))
    guard bytes.count <= Self.maxBytes, let top = read.last, !Self.reservedTopLevels.contains(top.ascii) else {
      throw .invalid
    }
    // RFC 5893 section 2, rule 1: beside a right-to-left label no other may start with a digit.
    if read.contains(where: \.isRightToLeft), read.contains(where: { !$0.isRightToLeft && $0.startsWithDigit }) {
      throw .invalid
    }
    self.bytes = bytes
    mixesScripts = read.contains { Script.mixed($0.unicode) }
  }

  /// A name of two or more labels of letters, digits and single hyphens that does not end in a digit's label: nothing
  /// below could say more about it. Nil: the long way decides.
  private static func plain(_ host: [UInt8]) -> [UInt8]? {
    var label = 0
    var labels = 0
    var before: UInt8 = 0x2D
    for byte in host {
      if byte == 0x2E {
        guard before != 0x2D, label > 0 else { return nil }
        labels += 1
        label = 0
      } else {
        guard isAlphanumeric(byte) || byte == 0x2D, !(byte == 0x2D && (label == 0 || before == 0x2D)),
          label < maxLabelBytes
        else { return nil }
        label += 1
      }
      before = byte
    }
    let last = host.suffix(label)
    guard labels > 0, label > 1, before != 0x2D, host.count <= maxBytes, last.allSatisfy(isLetter),
      !reservedTopLevels.contains(Array(last))
    else { return nil }
    return host
  }

  /// One label in both forms.
  private struct Label {
    let ascii: [UInt8]
    let unicode: [Unicode.Scalar]

    init(reading label: [UInt8]) throws(Failure) {
      if InternationalName.isASCII(label) {
        guard InternationalName.isLDH(label) else { throw .invalid }
        ascii = label
        if label.count >= 4, label[2] == 0x2D, label[3] == 0x2D {
          guard label.starts(with: Array("xn--".utf8)), InternationalName.mapped(label) == label,
            let decoded = InternationalName.decoded(label), decoded.contains(where: { !$0.isASCII }),
            InternationalName.isRegistrable(decoded, as: label)
          else { throw .invalid }
          unicode = decoded
        } else {
          unicode = label.map { Unicode.Scalar($0) }
        }
        return
      }
      guard let given = String(validating: label, as: UTF8.self), let mapped = InternationalName.mapped(label),
        InternationalName.isLDH(mapped), let decoded = InternationalName.decoded(mapped)
      else { throw .invalid }
      // More than lower case and composition: full-width forms, ligatures, ignored characters. String equality is
      // canonical equivalence, which is what "the same after NFC" means.
      var lower = String.UnicodeScalarView()
      for scalar in given.unicodeScalars { lower.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars) }
      guard String(lower) == String(String.UnicodeScalarView(decoded)) else { throw .invalid }
      // A compatibility character may compose to plain ASCII (Kelvin sign): then there is no A-label to check.
      guard !mapped.starts(with: Array("xn--".utf8)) || InternationalName.isRegistrable(decoded, as: mapped) else {
        throw .invalid
      }
      ascii = mapped
      unicode = decoded
    }

    var startsWithDigit: Bool {
      unicode.first.map { $0.isASCII && isDigit(UInt8($0.value)) || (0x06F0...0x06F9).contains($0.value) } ?? false
    }

    /// Holds a character of bidi class R, AL or AN (the blocks that default to them, less the digits of class EN).
    var isRightToLeft: Bool {
      unicode.contains { scalar in
        switch scalar.value {
        case 0x06F0...0x06F9: false
        case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
        default: false
        }
      }
    }
  }

  /// The labels of a canonical name as people read them. Nil when one does not decode.
  static func unicodeLabels(_ name: some Collection<UInt8>) -> [[Unicode.Scalar]]? {
    var out: [[Unicode.Scalar]] = []
    for label in name.pieces(at: 0x2E) {
      if label.starts(with: Array("xn--".utf8)) {
        guard let scalars = decoded(Array(label)) else { return nil }
        out.append(scalars)
      } else {
        out.append(label.map { Unicode.Scalar($0) })
      }
    }
    return out
  }

  /// UTS 46 alone, as browsers apply it: non-transitional, no STD3 rules. Nil when a label cannot be mapped.
  static func mapped(_ label: [UInt8]) -> [UInt8]? {
    guard !label.contains(0) else { return nil }  // C text would end there
    var out: UnsafeMutablePointer<UInt8>?
    guard idn2_lookup_u8(label + [0], &out, KHATM_IDN2_NONTRANSITIONAL) == KHATM_IDN2_OK, let out else { return nil }
    defer { idn2_free(out) }
    return text(at: out)
  }

  private static func decoded(_ label: [UInt8]) -> [Unicode.Scalar]? {
    var out: UnsafeMutablePointer<CChar>?
    let source = (label + [0]).map { CChar(bitPattern: $0) }
    guard idn2_to_unicode_8z8z(source, &out, 0) == KHATM_IDN2_OK, let out else { return nil }
    defer { idn2_free(out) }
    let bytes = out.withMemoryRebound(to: UInt8.self, capacity: 1) { text(at: $0) }
    return String(validating: bytes, as: UTF8.self).map { Array($0.unicodeScalars) }
  }

  /// RFC 5891 section 4: both forms belong together and may be registered. That also runs the CONTEXTO rules, which a
  /// look-up may skip.
  private static func isRegistrable(_ scalars: [Unicode.Scalar], as ascii: [UInt8]) -> Bool {
    let unicode = Array(String(String.UnicodeScalarView(scalars)).utf8) + [0]
    var out: UnsafeMutablePointer<UInt8>?
    guard idn2_register_u8(unicode, ascii + [0], &out, 0) == KHATM_IDN2_OK, let out else { return false }
    defer { idn2_free(out) }
    return text(at: out) == ascii
  }

  private static func text(at pointer: UnsafePointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    var index = 0
    while pointer[index] != 0 {
      out.append(pointer[index])
      index += 1
    }
    return out
  }

  static func isASCII(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { $0 < 0x80 } }

  /// Letters, digits, hyphens; 1 to 63 bytes; no hyphen at either end (RFC 5890 section 2.3.1).
  static func isLDH(_ label: [UInt8]) -> Bool {
    (1...maxLabelBytes).contains(label.count) && label.first != 0x2D && label.last != 0x2D
      && label.allSatisfy { isAlphanumeric($0) || $0 == 0x2D }
  }

  /// WHATWG URL "ends in a number": all digits, or `0x` and hex digits. `0x` alone counts: browsers read it as 0.
  static func isNumber(_ label: [UInt8]) -> Bool {
    if label.isEmpty { return false }
    if label.allSatisfy({ isDigit($0) }) { return true }
    return label.starts(with: [0x30, 0x78]) && label.dropFirst(2).allSatisfy { hexValue($0) != nil }
  }

  /// The stops that UTS 46 maps to a dot: U+3002, U+FF0E, U+FF61.
  static func splitAtOtherStops(_ label: [UInt8]) -> [[UInt8]] {
    let stops: [[UInt8]] = [[0xE3, 0x80, 0x82], [0xEF, 0xBC, 0x8E], [0xEF, 0xBD, 0xA1]]
    var out: [[UInt8]] = [[]]
    var index = 0
    while index < label.count {
      if stops.contains(where: { label[index...].starts(with: $0) }) {
        out.append([])
        index += 3
      } else {
        out[out.count - 1].append(label[index])
        index += 1
      }
    }
    return out
  }
}
