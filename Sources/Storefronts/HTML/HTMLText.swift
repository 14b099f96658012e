/// Decoding of text and attribute values: character references (13.2.5.72 to 13.2.5.80), NUL, CR.
enum HTMLText {
  /// Where a text stands: in attributes a reference without a semicolon may be left as it is (HTML 13.2.5.73).
  enum References { case none, text, attribute }

  /// A tag or attribute name: ASCII lower case, NUL as U+FFFD.
  static func name(_ raw: some Sequence<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    for c in raw { c == 0 ? out.append(contentsOf: replacement) : out.append(HTMLByte.lower(c)) }
    return out
  }

  static func attribute(_ raw: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
    decode(UnsafeBufferPointer(rebasing: raw), references: .attribute, replaceNUL: true)
  }

  /// The characters of a text token read in that state.
  static func text(_ raw: Slice<UnsafeBufferPointer<UInt8>>, state: HTMLTokenizer.State) -> [UInt8] {
    let raw = UnsafeBufferPointer(rebasing: raw)
    switch state {
    case .data: return decode(raw, references: .text, replaceNUL: false)
    case .rcdata: return decode(raw, references: .text, replaceNUL: true)
    case .cdataSection: return decode(raw, references: .none, replaceNUL: false)
    case .rawText, .scriptData, .plaintext: return decode(raw, references: .none, replaceNUL: true)
    }
  }

  static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

  /// One pass; what needs no change is copied in pieces.
  static func decode(_ raw: UnsafeBufferPointer<UInt8>, references: References, replaceNUL: Bool) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(raw.count)
    var at = 0
    var copied = 0
    // What stands between two special bytes is copied at once.
    func copy(upTo end: Int) {
      if copied < end { out.append(contentsOf: UnsafeBufferPointer(rebasing: raw[copied..<end])) }
    }
    while at < raw.count {
      let c = raw[at]
      switch c {
      // A lone ampersand is not looked up.
      case 0x26
      where references != .none && at + 1 < raw.count && (raw[at + 1] == 0x23 || HTMLByte.isLetter(raw[at + 1])):
        copy(upTo: at)
        at = reference(raw, at, inAttribute: references == .attribute, into: &out)
        copied = at
      case 0x0D:
        copy(upTo: at)
        out.append(0x0A)
        at += 1
        if at < raw.count, raw[at] == 0x0A { at += 1 }
        copied = at
      case 0 where replaceNUL:
        copy(upTo: at)
        out.append(contentsOf: replacement)
        at += 1
        copied = at
      default: at += 1
      }
    }
    copy(upTo: at)
    return out
  }

  /// Decodes what begins with the ampersand at `at`, or appends the ampersand alone; the place to go on.
  private static func reference(
    _ raw: UnsafeBufferPointer<UInt8>,
    _ at: Int,
    inAttribute: Bool,
    into out: inout [UInt8]
  ) -> Int {
    if at + 1 < raw.count, raw[at + 1] == 0x23 {
      if let next = numeric(raw, at + 2, into: &out) { return next }
    } else if let match = HTMLEntities.shared.longestMatch(raw, from: at + 1) {
      let next = at + 1 + match.length
      // An old name without its semicolon stays as it is where it could be part of a query (13.2.5.73).
      let keptAsWritten =
        inAttribute && !match.closed && next < raw.count
        && (raw[next] == 0x3D || HTMLByte.isLetter(raw[next]) || HTMLByte.isDigit(raw[next]))
      if !keptAsWritten {
        append(match.first, to: &out)
        if match.second != 0 { append(match.second, to: &out) }
        return next
      }
    }
    out.append(0x26)
    return at + 1
  }

  private static func numeric(_ raw: UnsafeBufferPointer<UInt8>, _ first: Int, into out: inout [UInt8]) -> Int? {
    var at = first
    let hex = at < raw.count && raw[at] | 0x20 == 0x78
    if hex { at += 1 }
    let digits = at
    var value: UInt32 = 0
    while at < raw.count {
      let c = raw[at]
      let digit: UInt32
      if HTMLByte.isDigit(c) {
        digit = UInt32(c) - 0x30
      } else if hex, (c | 0x20) &- 0x61 < 6 {
        digit = UInt32(c | 0x20) - 0x57
      } else {
        break
      }
      // Once beyond Unicode it stays beyond: the number of digits has no limit.
      if value <= 0x10FFFF { value = value * (hex ? 16 : 10) + digit }
      at += 1
    }
    guard at > digits else { return nil }
    if at < raw.count, raw[at] == 0x3B { at += 1 }
    append(scalar(value), to: &out)
    return at
  }

  /// The replacements of 13.2.5.80.
  private static func scalar(_ value: UInt32) -> UInt32 {
    if value == 0 || value > 0x10FFFF || (0xD800...0xDFFF).contains(value) { return 0xFFFD }
    if (0x80...0x9F).contains(value) {
      let mapped = windows1252Controls[Int(value) - 0x80]
      return mapped == 0 ? value : mapped
    }
    return value
  }

  private static let windows1252Controls: [UInt32] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
    0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
    0x0178,
  ]

  /// Appends a code point that is not a surrogate.
  static func append(_ value: UInt32, to out: inout [UInt8]) {
    func tail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | (value >> shift) & 0x3F) }
    if value < 0x80 { return out.append(UInt8(truncatingIfNeeded: value)) }
    if value < 0x800 {
      out.append(UInt8(truncatingIfNeeded: 0xC0 | value >> 6))
    } else {
      if value < 0x10000 {
        out.append(UInt8(truncatingIfNeeded: 0xE0 | value >> 12))
      } else {
        out.append(UInt8(truncatingIfNeeded: 0xF0 | value >> 18))
        out.append(tail(12))
      }
      out.append(tail(6))
    }
    out.append(tail(0))
  }
}

/// The list of named character references, indexed for the search of the longest match.
struct HTMLEntities: Sendable {
  static let shared = HTMLEntities()

  /// What a name stands for. `length` counts the name and, when `closed`, its semicolon.
  struct Match: Equatable {
    var length: Int
    var closed: Bool
    var first: UInt32
    var second: UInt32
  }

  /// A named reference: its name in `names`, and the one or two characters it stands for.
  private struct Record {
    var start: Int
    var length: Int
    var legacy: Bool
    var first: UInt32
    var second: UInt32
  }

  private let names: [UInt8]
  private let records: [Record]
  /// Index of the first record whose name begins with this byte or a later one.
  private let firstWithByte: [Int]

  private init() {
    let blob = UnsafeBufferPointer(
      start: HTMLEntityList.records.utf8Start,
      count: HTMLEntityList.records.utf8CodeUnitCount
    )
    var names: [UInt8] = []
    var records: [Record] = []
    for item in blob.split(whereSeparator: { $0 == 0x20 || $0 == 0x0A }) {
      guard let mark = item.firstIndex(where: { $0 == 0x3A || $0 == 0x21 }) else { continue }
      let values = item[(mark + 1)...].split(separator: 0x2B).map { digits in
        digits.reduce(UInt32(0)) { $0 << 4 | UInt32(HTMLByte.isDigit($1) ? $1 - 0x30 : $1 - 0x57) }
      }
      records.append(
        Record(
          start: names.count,
          length: mark - item.startIndex,
          legacy: item[mark] == 0x21,
          first: values[0],
          second: values.count > 1 ? values[1] : 0
        )
      )
      names += item[..<mark]
    }
    var firstWithByte: [Int] = []
    var index = 0
    for byte in 0...128 {
      while index < records.count, Int(names[records[index].start]) < byte { index += 1 }
      firstWithByte.append(index)
    }
    self.names = names
    self.records = records
    self.firstWithByte = firstWithByte
  }

  /// The longest name that the input holds at `from`. At most 32 bytes are looked at.
  func longestMatch(_ raw: UnsafeBufferPointer<UInt8>, from: Int) -> Match? {
    guard from < raw.count, raw[from] < 0x80 else { return nil }
    var low = firstWithByte[Int(raw[from])]
    var high = firstWithByte[Int(raw[from]) + 1]
    var best: Match?
    var length = 1
    while low < high {
      let record = records[low]
      if high - low == 1 {
        // One name is left: it stands there or it does not.
        while length < record.length, from + length < raw.count, raw[from + length] == names[record.start + length] {
          length += 1
        }
        guard length == record.length else { break }
        let closed = from + length < raw.count && raw[from + length] == 0x3B
        if closed || record.legacy {
          best = Match(length: length + (closed ? 1 : 0), closed: closed, first: record.first, second: record.second)
        }
        break
      }
      if record.length == length {
        let closed = from + length < raw.count && raw[from + length] == 0x3B
        if closed || record.legacy {
          best = Match(length: length + (closed ? 1 : 0), closed: closed, first: record.first, second: record.second)
        }
        if closed { break }
        low += 1
      }
      guard from + length < raw.count else { break }
      let c = raw[from + length]
      low = firstIndex(in: low..<high, column: length) { $0 >= c }
      high = firstIndex(in: low..<high, column: length) { $0 > c }
      length += 1
    }
    return best
  }

  /// All names in the range are longer than `column` and agree before it.
  @inline(__always)
  private func firstIndex(in range: Range<Int>, column: Int, where holds: (UInt8) -> Bool) -> Int {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = (low + high) / 2
      if holds(names[records[middle].start + column]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
