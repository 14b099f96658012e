internal import Encodings

/// Reads a text format line by line. Lines end in U+000A; nothing else is an end of line.
struct LineReader {
  let bytes: [UInt8]
  private(set) var position = 0
  /// The number of the line that `next` gave last, from 1.
  private(set) var line = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next line without its newline, or nil when there is none that ends in one.
  mutating func next() -> ArraySlice<UInt8>? {
    guard let end = bytes[position...].firstIndex(of: newline) else { return nil }
    defer { position = end + 1 }
    line += 1
    return bytes[position..<end]
  }

  var rest: [UInt8] { Array(bytes[position...]) }
}

let newline: UInt8 = 0x0A

/// A decimal number as all formats here write it: digits, no leading zero, at most 2^63 - 1.
func decimal(_ text: some Collection<UInt8>) -> UInt64? { ASCII.decimal(text).map(UInt64.init) }

/// Standard base64 of one hash.
func merkleHash(base64 text: some Collection<UInt8>) -> [UInt8]? {
  guard text.count == 44, let hash = Base64.decode(text), hash.count == Merkle.hashBytes else { return nil }
  return hash
}

extension Collection<UInt8> {
  /// What follows the word and one space, or nil.
  func value(after word: StaticString) -> SubSequence? {
    let length = word.utf8CodeUnitCount
    guard count > length, word.withUTF8Buffer({ self.starts(with: $0) }) else { return nil }
    let after = index(startIndex, offsetBy: length)
    return self[after] == 0x20 ? self[index(after: after)...] : nil
  }
}
