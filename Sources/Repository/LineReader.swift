internal import Glibc

/// Cuts a stream at line feeds. A line over the cap is counted and thrown away, not kept.
public struct LineReader {
  /// A line, or that there was one over the cap.
  public enum Line: Sendable {
    case whole(Whole)
    case tooLong
  }

  /// Compared by all its bytes, hashed by its end, where tokens differ: hashing a token whole would cost as much as
  /// judging it.
  public struct Whole: Hashable, Sendable {
    public let bytes: [UInt8]
    private static let hashed = 256
    public static func == (left: Whole, right: Whole) -> Bool {
      left.bytes.count == right.bytes.count && memcmp(left.bytes, right.bytes, left.bytes.count) == 0
    }
    public func hash(into hasher: inout Hasher) {
      hasher.combine(bytes.count)
      bytes.withUnsafeBytes { hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0.suffix(Self.hashed))) }
    }
  }
  private let maxBytes: Int
  private var part: [UInt8] = [], isOver = false

  public init(maxBytes: Int) { self.maxBytes = maxBytes }

  public mutating func read(_ bytes: UnsafeRawBufferPointer) -> [Line] {
    var lines: [Line] = []
    var rest = bytes[...]
    while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, let found = memchr(start, 0x0A, rest.count) {
      let end = rest.startIndex + (UnsafeRawPointer(found) - start)
      keep(rest[..<end])
      if let line = self.rest() { lines.append(line) }
      rest = rest[(end + 1)...]
    }
    keep(rest)
    return lines
  }

  private mutating func keep(_ bytes: Slice<UnsafeRawBufferPointer>) {
    if isOver { return }
    guard part.count + bytes.count <= maxBytes else {
      isOver = true
      part = []
      return
    }
    part.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes))
  }

  /// What stands after the last line feed, or the line just ended; nil when it is empty.
  public mutating func rest() -> Line? {
    defer {
      part = []
      isOver = false
    }
    if isOver { return .tooLong }
    if part.last == 0x0D { part.removeLast() }
    return part.isEmpty ? nil : .whole(Whole(bytes: part))
  }
}
