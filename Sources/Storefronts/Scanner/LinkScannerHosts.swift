import Encodings

/// Tells from the first bytes of an address whether it can lead to the verify host; most links of a page are settled
/// here.
struct HostClassifier {
  /// Where an address leads, as far as its first bytes tell.
  enum Target {
    /// Another scheme, or a host that is neither ours nor like ours.
    case elsewhere
    /// No scheme and no host: the base decides.
    case relative
    /// Our host, plainly written.
    case here
    /// A host that imitates ours, plainly written.
    case lookalike
    /// Only a full parse can tell.
    case unclear
  }

  let verifyHost: [UInt8]
  private let target: LookalikeHost.Target
  /// Addresses that had to be decoded so far.
  private(set) var decoded = 0
  /// Hosts compared with ours so far.
  private(set) var known: [[UInt8]: Bool] = [:]

  init(verifyHost: [UInt8]) {
    self.verifyHost = verifyHost
    target = LookalikeHost.Target(Text(ascii: verifyHost))
  }

  /// - Parameter value: an attribute value as written. Character references at its beginning are decoded for a second
  ///   look.
  mutating func classify(_ bytes: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) -> Target {
    let target = firstLook(bytes, value)
    guard target == .unclear, bytes[value].contains(0x26) else { return target }
    decoded += 1
    return HTMLText.attribute(bytes[value]).withUnsafeBufferPointer { firstLook($0, 0..<$0.count) }
  }

  private mutating func firstLook(_ bytes: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) -> Target {
    var at = value.lowerBound
    let end = value.upperBound
    // Leading controls and spaces are dropped (URL 4.4).
    while at < end, bytes[at] <= 0x20 { at += 1 }
    guard at < end else { return .relative }
    let first = bytes[at]
    if first == 0x2F {
      guard at + 1 < end else { return .relative }
      switch bytes[at + 1] {
      case 0x2F: return host(bytes, from: at + 2, to: end)
      case 0x5C, 0x26, 0x09, 0x0A, 0x0D: return .unclear
      default: return .relative
      }
    }
    if first == 0x5C || first == 0x26 { return .unclear }
    guard HTMLByte.isLetter(first) else { return .relative }
    let scheme = at
    while at < end {
      let c = bytes[at]
      if c == 0x3A { break }
      if c == 0x26 || c == 0x09 || c == 0x0A || c == 0x0D { return .unclear }
      guard HTMLByte.isLetter(c) || HTMLByte.isDigit(c) || c == 0x2B || c == 0x2D || c == 0x2E else { return .relative }
      at += 1
    }
    guard at < end else { return .relative }
    guard at - scheme == 4 || at - scheme == 5, TagFacts.isName(bytes[scheme..<scheme + 4], "http"),
      at - scheme == 4 || HTMLByte.lower(bytes[scheme + 4]) == 0x73
    else { return .elsewhere }
    guard at + 2 < end, bytes[at + 1] == 0x2F, bytes[at + 2] == 0x2F else { return .unclear }
    return host(bytes, from: at + 3, to: end)
  }

  private mutating func host(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) -> Target {
    var at = start
    while at < end {
      let c = bytes[at]
      if c == 0x2F || c == 0x3F || c == 0x23 { break }
      if c == 0x3A {
        var port = at + 1
        while port < end, HTMLByte.isDigit(bytes[port]) { port += 1 }
        guard port == end || bytes[port] == 0x2F || bytes[port] == 0x3F || bytes[port] == 0x23 else { return .unclear }
        break
      }
      guard HTMLByte.isLetter(c) || HTMLByte.isDigit(c) || c == 0x2D || c == 0x2E || c == 0x5F else { return .unclear }
      at += 1
    }
    guard at > start else { return .unclear }
    if at - start == verifyHost.count, bytes[start..<at].elementsEqual(verifyHost, by: { HTMLByte.lower($0) == $1 }) {
      return .here
    }
    return imitates(bytes[start..<at].map(HTMLByte.lower)) ? .lookalike : .elsewhere
  }

  /// Whether a host, lower case, imitates ours.
  mutating func imitates(_ host: [UInt8]) -> Bool {
    if host == verifyHost { return false }
    if let answer = known[host] { return answer }
    let answer = LookalikeHost.imitates(Text(ascii: host), target)
    known[host] = answer
    return answer
  }

  /// The host of a resolved address.
  static func host(of url: [UInt8]) -> [UInt8]? {
    guard let colon = url.firstIndex(of: 0x3A), url[colon...].starts(with: "://".utf8) else { return nil }
    let authority = url[(colon + 3)...].prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
    let host = authority.split(separator: 0x40, omittingEmptySubsequences: false).last ?? authority
    return Array(host.prefix { $0 != 0x3A })
  }
}

/// Finds one byte string without regard to ASCII case (Horspool); any white space matches a space.
struct ByteSearch: Sendable {
  let pattern: [UInt8]
  private let folded: [UInt8]
  private let shift: [Int]

  init(_ pattern: [UInt8]) {
    self.pattern = pattern
    folded = pattern.map(Self.fold)
    var shift = [Int](repeating: max(1, pattern.count), count: 256)
    for (index, c) in folded.dropLast().enumerated() {
      for byte in UInt8.min...UInt8.max where Self.fold(byte) == c { shift[Int(byte)] = pattern.count - 1 - index }
    }
    self.shift = shift
  }

  @inline(__always)
  private static func fold(_ c: UInt8) -> UInt8 { HTMLByte.isSpace(c) ? 0x20 : HTMLByte.lower(c) }

  /// The first place from `from` on, or nil.
  func first(in bytes: UnsafeBufferPointer<UInt8>, from: Int, to end: Int) -> Int? {
    let last = folded.count - 1
    guard last >= 0 else { return nil }
    return shift.withUnsafeBufferPointer { shift in
      folded.withUnsafeBufferPointer { folded in
        var at = from
        while at + last < end {
          var index = last
          while index >= 0, Self.fold(bytes[at + index]) == folded[index] { index -= 1 }
          if index < 0 { return at }
          at += shift[Int(bytes[at + last])]
        }
        return nil
      }
    }
  }
}

/// Where the page's bytes spell an address of the verify host, found once for the whole page.
struct HostMentions {
  private var badges: [Int] = []
  private var pictures: [Int] = []

  /// One search over all bytes; later questions are about ranges.
  init(_ bytes: UnsafeBufferPointer<UInt8>, host: [UInt8]) {
    let search = ByteSearch(host)
    var at = 0
    while let hit = search.first(in: bytes, from: at, to: bytes.count) {
      at = hit + host.count
      if Self.path(bytes, at, isFolder: "c") || Self.path(bytes, at, isFolder: "v1/credentials") { badges.append(hit) }
      if Self.path(bytes, at, isFolder: "badge") { pictures.append(hit) }
    }
  }

  /// `/name/` follows, each slash also as a backslash or escaped as in JSON.
  private static func path(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, isFolder name: StaticString) -> Bool {
    var at = start
    func slash() -> Bool {
      if at + 1 < bytes.count, bytes[at] == 0x5C, bytes[at + 1] == 0x2F || bytes[at + 1] == 0x5C { at += 1 }
      guard at < bytes.count, bytes[at] == 0x2F || bytes[at] == 0x5C else { return false }
      at += 1
      return true
    }
    guard slash() else { return false }
    for offset in 0..<name.utf8CodeUnitCount {
      if name.utf8Start[offset] == 0x2F {
        guard slash() else { return false }
      } else {
        guard at < bytes.count, HTMLByte.lower(bytes[at]) == name.utf8Start[offset] else { return false }
        at += 1
      }
    }
    return slash()
  }

  /// The first place in the range that looks like a badge link.
  func badge(in range: Range<Int>) -> Int? { Self.first(badges, range) }
  func picture(in range: Range<Int>) -> Bool { Self.first(pictures, range) != nil }

  private static func first(_ places: [Int], _ range: Range<Int>) -> Int? {
    guard !places.isEmpty else { return nil }
    var low = 0
    var high = places.count
    while low < high {
      let middle = (low + high) / 2
      if places[middle] < range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < places.count && places[low] < range.upperBound ? places[low] : nil
  }
}

/// `<meta http-equiv=refresh>` (HTML 4.2.5.3, shared declarative refresh steps).
enum MetaRefresh {
  /// The address that visitors are sent to; nil when there is none.
  static func target(_ content: [UInt8]) -> [UInt8]? {
    var rest = content.drop(while: HTMLByte.isSpace)
    let afterTime = rest.drop { HTMLByte.isDigit($0) || $0 == 0x2E }
    guard afterTime.startIndex > rest.startIndex else { return nil }
    rest = afterTime.drop(while: HTMLByte.isSpace)
    // A separator is needed, but white space will do.
    guard let first = rest.first, first == 0x3B || first == 0x2C || rest.startIndex > afterTime.startIndex else {
      return nil
    }
    if first == 0x3B || first == 0x2C { rest = rest.dropFirst().drop(while: HTMLByte.isSpace) }
    guard !rest.isEmpty else { return nil }
    if rest.count > 3, rest.prefix(3).map(HTMLByte.lower).elementsEqual("url".utf8) {
      let after = rest.dropFirst(3).drop(while: HTMLByte.isSpace)
      if after.first == 0x3D { rest = after.dropFirst().drop(while: HTMLByte.isSpace) }
    }
    if let quote = rest.first, quote == 0x22 || quote == 0x27 { rest = rest.dropFirst().prefix { $0 != quote } }
    return rest.isEmpty ? nil : Array(rest)
  }
}
