internal import Encodings

/// A published file of a log: 1 to 256 hashes of one level, or the entries under a tile of level 0 (C2SP tlog-tiles).
public struct Tile: Hashable, Sendable {
  /// What a file holds.
  public enum Content: Hashable, Sendable {
    /// Level 0 holds leaf hashes, level L the roots of full tiles of level L - 1.
    case hashes(level: Int)
    case entries
  }

  public static let fullWidth = 256
  /// 256^8 = 2^64: a log of at most 2^63 - 1 leaves has hashes on no more levels.
  public static let maxLevel = 7

  public let content: Content
  public let index: UInt64
  /// 1 to 256; a full tile has 256.
  public let width: Int

  /// Nil for a tile that no log can have.
  public init?(_ content: Content, index: UInt64, width: Int = Tile.fullWidth) {
    if case .hashes(let level) = content, !(0...Self.maxLevel).contains(level) { return nil }
    guard (1...Self.fullWidth).contains(width), index <= Merkle.maxSize / UInt64(Self.fullWidth) else { return nil }
    self.init(unchecked: content, index: index, width: width)
  }

  private init(unchecked content: Content, index: UInt64, width: Int) {
    self.content = content
    self.index = index
    self.width = width
  }

  public var isFull: Bool { width == Self.fullWidth }
  public var full: Tile { Tile(unchecked: content, index: index, width: Self.fullWidth) }
  /// Level 0 for entries, which stand under it.
  var level: Int { if case .hashes(let level) = content { level } else { 0 } }

  /// `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`; N in groups of three digits, all but the last after an `x`.
  public var path: String {
    var groups = [String(Self.digits(index % 1000))]
    var rest = index / 1000
    while rest > 0 {
      groups.insert("x" + Self.digits(rest % 1000), at: 0)
      rest /= 1000
    }
    let folder = if case .hashes(let level) = content { String(level) } else { "entries" }
    return "tile/\(folder)/" + groups.joined(separator: "/") + (isFull ? "" : ".p/\(width)")
  }

  private static func digits(_ group: UInt64) -> String {
    let text = String(group)
    return String(repeating: "0", count: 3 - text.utf8.count) + text
  }

  /// Reads a path, one spelling per tile: no leading slash, no `x000` in front, no `.p/256`.
  public init(path: some Collection<UInt8>) throws(LogRejection) {
    guard path.count <= 64 else { throw .tilePathMalformed }
    var parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
    guard parts.count >= 3, parts.removeFirst() == Array("tile".utf8) else { throw .tilePathMalformed }
    let folder = parts.removeFirst()
    let content: Content
    if folder == Array("entries".utf8) {
      content = .entries
    } else if let level = decimal(folder), level <= UInt64(Self.maxLevel) {
      content = .hashes(level: Int(level))
    } else {
      throw .tilePathMalformed
    }
    var width = Self.fullWidth
    if parts.count >= 2, parts[parts.count - 2].suffix(2).elementsEqual(".p".utf8) {
      guard let partial = decimal(parts.removeLast()), partial < UInt64(Self.fullWidth) else {
        throw .tilePathMalformed
      }
      width = Int(partial)
      parts[parts.count - 1].removeLast(2)
    }
    var index: UInt64 = 0
    for (position, part) in parts.enumerated() {
      let group = position == parts.count - 1 ? part[...] : part.dropFirst()
      guard part.count == group.count || part.first == UInt8(ascii: "x"), group.count == 3,
        group.allSatisfy(ASCII.isDigit)
      else {
        throw .tilePathMalformed
      }
      let value = group.reduce(UInt64(0)) { $0 * 10 + UInt64($1 - 0x30) }
      let (thousands, overflow) = index.multipliedReportingOverflow(by: 1000)
      guard !overflow, thousands <= UInt64.max - value else { throw .tilePathMalformed }
      index = thousands + value
    }
    guard let tile = Tile(content, index: index, width: width), tile.path.utf8.elementsEqual(path) else {
      throw .tilePathMalformed
    }
    self = tile
  }

  /// The hash tiles that a tree of `new` leaves has and a tree of `old` leaves has not: full and partial, upwards, left
  /// to right. With `old` = 0 all tiles of the tree.
  public static func hashTiles(from old: UInt64, to new: UInt64) -> [Tile] {
    var tiles: [Tile] = []
    for level in 0...maxLevel {
      let shift = UInt64(8 * level)
      let (oldCount, newCount) = (old >> shift, new >> shift)
      if newCount <= oldCount { break }  // no new hash here, so none above
      tiles += row(.hashes(level: level), from: oldCount, to: newCount)
    }
    return tiles
  }

  /// The entry bundles that come with them.
  public static func entryBundles(from old: UInt64, to new: UInt64) -> [Tile] { row(.entries, from: old, to: new) }

  private static func row(_ content: Content, from old: UInt64, to new: UInt64) -> [Tile] {
    guard old < new else { return [] }
    let width = UInt64(fullWidth)
    var tiles: [Tile] = []
    var index = old / width
    while index < new / width {
      tiles.append(Tile(unchecked: content, index: index, width: fullWidth))
      index += 1
    }
    if new % width > 0 { tiles.append(Tile(unchecked: content, index: new / width, width: Int(new % width))) }
    return tiles
  }

  /// The bytes of a hash tile.
  public func hashBytes(_ hashes: HashReader) throws(LogRejection) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(width * Merkle.hashBytes)
    for position in 0..<UInt64(width) {
      bytes += try hashes.node(level * 8, index * UInt64(Self.fullWidth) + position)
    }
    return bytes
  }

  /// Gives every file that a log needs when it grows from `old` to `new` leaves, bundles first, then hash tiles: the
  /// order in which they are to be written, all before the checkpoint. Throws `LogRejection`, or what the closures
  /// throw.
  public static func publish(
    from old: UInt64,
    to new: UInt64,
    hashes: HashReader,
    entry: (_ index: UInt64) throws -> [UInt8],
    write: (_ tile: Tile, _ bytes: [UInt8]) throws -> Void
  ) throws {
    for tile in entryBundles(from: old, to: new) {
      let first = tile.index * UInt64(fullWidth)
      let entries = try (first..<(first + UInt64(tile.width))).map(entry)
      // What goes out must be what the tree holds: a flipped bit in storage is found here.
      for (position, bytes) in entries.enumerated() {
        let leaf = try hashes.node(0, first + UInt64(position))
        guard Merkle.leafHash(bytes) == leaf else { throw LogRejection.tileMismatch(path: tile.path) }
      }
      try write(tile, try EntryBundle.encode(entries))
    }
    for tile in hashTiles(from: old, to: new) { try write(tile, try tile.hashBytes(hashes)) }
  }
}

/// Entries one after the other, each behind its length in two bytes, the high one first.
public enum EntryBundle {
  public static let maxEntryBytes = 65_535
  /// 256 entries of full length.
  public static let maxBytes = Tile.fullWidth * (2 + maxEntryBytes)

  /// Each entry after its length in two bytes (C2SP tlog-tiles).
  public static func encode(_ entries: [[UInt8]]) throws(LogRejection) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      guard entry.count <= maxEntryBytes else { throw .entryTooLarge(bytes: entry.count) }
      bytes += [UInt8(entry.count >> 8), UInt8(entry.count & 0xFF)]
      bytes += entry
    }
    return bytes
  }

  /// One entry, without cutting out the others; the rest of the bundle is not looked at.
  static func entry(at place: Int, of bytes: [UInt8]) throws(LogRejection) -> [UInt8] {
    var position = 0
    for skipped in 0...place {
      guard bytes.count - position >= 2 else { throw .bundleMalformed(offset: position) }
      let count = Int(bytes[position]) << 8 | Int(bytes[position + 1])
      guard bytes.count - position - 2 >= count else { throw .bundleMalformed(offset: position) }
      if skipped == place { return Array(bytes[(position + 2)..<(position + 2 + count)]) }
      position += 2 + count
    }
    throw .bundleMalformed(offset: position)
  }

  /// Exactly `width` entries, and nothing after them.
  public static func decode(_ bytes: [UInt8], width: Int) throws(LogRejection) -> [[UInt8]] {
    var entries: [[UInt8]] = []
    var position = 0
    for _ in 0..<width {
      guard bytes.count - position >= 2 else { throw .bundleMalformed(offset: position) }
      let count = Int(bytes[position]) << 8 | Int(bytes[position + 1])
      guard bytes.count - position - 2 >= count else { throw .bundleMalformed(offset: position) }
      entries.append(Array(bytes[(position + 2)..<(position + 2 + count)]))
      position += 2 + count
    }
    guard position == bytes.count else { throw .bundleMalformed(offset: position) }
    return entries
  }
}
