/// Bytes of XML or HTML in which outside text can only stand escaped: raw markup comes as `StaticString` alone.
struct Markup {
  private(set) var bytes: [UInt8] = []

  mutating func raw(_ markup: StaticString) {
    markup.withUTF8Buffer { bytes += $0 }
  }

  /// Text or attribute value (attributes are always quoted). By bytes: a `Character` can hide a quote under an accent.
  mutating func text(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
      case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
      case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
      case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
      case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
      default: bytes.append(byte)
      }
    }
  }

  mutating func number(_ value: Int) { bytes += Array(String(value).utf8) }

  /// At most two decimals, no exponent. Coordinates are small and finite by construction.
  mutating func number(_ value: Double) {
    let hundredths = Int((value * 100).rounded())
    if hundredths < 0 { bytes.append(UInt8(ascii: "-")) }
    number(abs(hundredths) / 100)
    let rest = abs(hundredths) % 100
    guard rest > 0 else { return }
    bytes.append(UInt8(ascii: "."))
    bytes.append(UInt8(ascii: "0") + UInt8(rest / 10))
    if rest % 10 > 0 { bytes.append(UInt8(ascii: "0") + UInt8(rest % 10)) }
  }

  /// A byte of JSON that was escaped by the caller.
  mutating func rawByte(_ byte: UInt8) { bytes.append(byte) }

  mutating func append(_ other: Markup) { bytes += other.bytes }

  var string: String { String(decoding: bytes, as: UTF8.self) }
}
