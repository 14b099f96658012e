internal import Encodings

// Small tools on bytes. Outside text is never compared as String: that compares by canonical equivalence.

extension Text {
  /// Bytes this module built itself and knows to be ASCII.
  init(ascii bytes: some Sequence<UInt8>) {
    self.init(String(decoding: Array(bytes), as: UTF8.self))
  }
}

func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

/// ASCII only: `lowercased()` would turn the Kelvin sign into `k`.
func folded(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
func folded(_ bytes: some Sequence<UInt8>) -> [UInt8] { bytes.map { folded($0) } }

/// Both cases; nil for any other byte.
func hexValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x41 + 10
  case 0x61...0x66: byte - 0x61 + 10
  default: nil
  }
}

/// `%XX` in upper case, the normal form of RFC 3986 section 6.2.2.1.
func percentEscape(_ byte: UInt8) -> [UInt8] {
  let digits = Array("0123456789ABCDEF".utf8)
  return [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
}

/// RFC 3986 section 2.3.
func isUnreserved(_ byte: UInt8) -> Bool {
  isAlphanumeric(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F || byte == 0x7E
}

/// Decodes `%XX`; anything that is not a whole escape stays as it is (WHATWG URL, percent-decode).
func percentDecoded(_ bytes: some Collection<UInt8>) -> [UInt8] {
  let source = Array(bytes)
  var out: [UInt8] = []
  var index = 0
  out.reserveCapacity(source.count)
  while index < source.count {
    if source[index] == 0x25, index + 2 < source.count, let high = hexValue(source[index + 1]),
      let low = hexValue(source[index + 2])
    {
      out.append(high << 4 | low)
      index += 3
    } else {
      out.append(source[index])
      index += 1
    }
  }
  return out
}

extension Collection where Element == UInt8 {
  /// The pieces between `separator`, empty ones included.
  func pieces(at separator: UInt8) -> [SubSequence] {
    split(separator: separator, maxSplits: .max, omittingEmptySubsequences: false)
  }
}

extension Unicode.Scalar {
  /// Characters that change the order in which others are shown (Unicode `Bidi_Control`).
  var isBidiControl: Bool {
    switch value {
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
  /// C0, DEL and C1.
  var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
