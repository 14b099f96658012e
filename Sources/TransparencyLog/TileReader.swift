/// Where the files of a log are read from: a folder, a web server, a cache. Nothing it gives is believed.
public struct TileSource {
  /// The bytes at a path as `Tile.path` writes it, or nil when there is no such file.
  public let read: (_ path: String) throws(LogRejection) -> [UInt8]?

  /// Errors of `read` that are not a `LogRejection` become `.unreadable`. `read` bounds what it takes in: a hash tile
  /// has at most 8,192 bytes, a bundle at most `EntryBundle.maxBytes`.
  public init(_ read: @escaping (_ path: String) throws -> [UInt8]?) {
    self.read = { (path: String) throws(LogRejection) -> [UInt8]? in
      do {
        return try read(path)
      } catch let error as LogRejection {
        throw error
      } catch {
        throw .unreadable(what: path, reason: "\(error)")
      }
    }
  }
}

/// Hashes and entries of one state of a log, read from its tiles, each tile checked against the root before anything of
/// it is used.
///
/// The partial tiles of all levels together are the right edge of the tree: they hash to the root. A full tile hashes
/// to one item of the tile above it. So every byte is bound to the root by reading at most one tile a level.
///
/// Used from one thread at a time: it is not `Sendable`, and its caller owns it.
public final class TileReader {
  public let size: UInt64
  public let root: [UInt8]
  private let source: TileSource
  /// The partial tile of each level; filled by `init` and never changed.
  private var edge: [Int: LoadedTile] = [:]
  /// Owned by `load`, which empties it when it is full.
  private var cache: [CacheKey: LoadedTile] = [:]

  /// Full tiles kept: 16 KiB each with their inner nodes, so 8 MiB.
  static let cachedTiles = 512

  /// Where a full tile stands.
  private struct CacheKey: Hashable {
    let level: Int
    let index: UInt64
  }

  /// Reads the right edge. Throws `.rootMismatch` when it does not hash to the root.
  public init(size: UInt64, root: [UInt8], source: TileSource) throws(LogRejection) {
    guard size <= Merkle.maxSize else { throw .sizeTooLarge(size) }
    self.size = size
    self.root = root
    self.source = source
    var peaks: [[UInt8]] = []
    for level in (0...Tile.maxLevel).reversed() {
      let count = size >> UInt64(8 * level)
      let width = Int(count % 256)
      guard width > 0, let tile = Tile(.hashes(level: level), index: count / 256, width: width) else { continue }
      let loaded = try fetch(tile)
      for bit in (0..<8).reversed() where width >> bit & 1 == 1 {
        peaks.append(loaded.hash(bit, (width >> bit) - 1))
      }
      edge[level] = loaded
    }
    guard Merkle.fold(peaks) == root else { throw .rootMismatch }
  }

  public convenience init(_ checkpoint: VerifiedCheckpoint, source: TileSource) throws(LogRejection) {
    try self.init(size: checkpoint.size, root: checkpoint.root, source: source)
  }

  /// For roots and proofs.
  public var hashes: HashReader { HashReader { (level, index) in try self.node(level, index) } }

  private func node(_ level: Int, _ index: UInt64) throws(LogRejection) -> [UInt8] {
    guard (0..<64).contains(level), index < size >> UInt64(level) else {
      throw .missingNode(level: level, index: index)
    }
    let inTile = level % 8
    let perTile = UInt64(256 >> inTile)
    return try load(level / 8, index / perTile).hash(inTile, Int(index % perTile))
  }

  /// A tile of which every hash is known to be right. Goes up one level at each step, so at most `Tile.maxLevel` deep.
  private func load(_ level: Int, _ index: UInt64) throws(LogRejection) -> LoadedTile {
    let fullTiles = (size >> UInt64(8 * level)) / 256
    if index == fullTiles, let partial = edge[level] { return partial }
    guard index < fullTiles, level < Tile.maxLevel, let tile = Tile(.hashes(level: level), index: index) else {
      throw .missingNode(level: level * 8, index: index)
    }
    let key = CacheKey(level: level, index: index)
    if let known = cache[key] { return known }
    let expected = try load(level + 1, index / 256).hash(0, Int(index % 256))
    let loaded = try fetch(tile)
    guard loaded.hash(8, 0) == expected else { throw .tileMismatch(path: tile.path) }
    if cache.count >= Self.cachedTiles { cache.removeAll(keepingCapacity: true) }
    cache[key] = loaded
    return loaded
  }

  /// Reads a hash tile and hashes it; not yet compared with anything.
  private func fetch(_ tile: Tile) throws(LogRejection) -> LoadedTile {
    let (bytes, path) = try read(tile)
    let present = path == tile.path ? tile.width : Tile.fullWidth
    guard bytes.count == present * Merkle.hashBytes else {
      throw .tileLength(path: path, expected: present * Merkle.hashBytes, got: bytes.count)
    }
    return LoadedTile(Array(bytes.prefix(tile.width * Merkle.hashBytes)))
  }

  /// A log may delete a partial tile once the full one is there, which begins with it.
  private func read(_ tile: Tile) throws(LogRejection) -> (bytes: [UInt8], path: String) {
    if let bytes = try source.read(tile.path) { return (bytes, tile.path) }
    if !tile.isFull, let bytes = try source.read(tile.full.path) { return (bytes, tile.full.path) }
    throw .tileMissing(path: tile.path)
  }

  /// The number of entry bundles, the last one perhaps partial.
  public var bundleCount: UInt64 { size / 256 + (size % 256 > 0 ? 1 : 0) }

  /// The entries of a bundle, each compared with its leaf hash: the entries `256 · index` and following.
  public func entries(inBundle index: UInt64) throws(LogRejection) -> [[UInt8]] {
    guard index < bundleCount, let tile = bundle(index) else { throw .indexOutOfRange(index: index, size: bundleCount) }
    let leaves = try load(0, index)
    let (bytes, path) = try read(tile)
    let present = path == tile.path ? tile.width : Tile.fullWidth
    let entries = Array(try EntryBundle.decode(bytes, width: present).prefix(tile.width))
    for (position, entry) in entries.enumerated() where Merkle.leafHash(entry) != leaves.hash(0, position) {
      throw .tileMismatch(path: path)
    }
    return entries
  }

  private func bundle(_ index: UInt64) -> Tile? {
    Tile(.entries, index: index, width: Int(min(256, size - index * 256)))
  }

  /// One entry, compared with its leaf hash. Reads its whole bundle.
  public func entry(at index: UInt64) throws(LogRejection) -> [UInt8] {
    guard index < size else { throw .indexOutOfRange(index: index, size: size) }
    return try entries(inBundle: index / 256)[Int(index % 256)]
  }

  /// The checked bytes of a tile or bundle of this tree, as a mirror stores them.
  public func bytes(of tile: Tile) throws(LogRejection) -> [UInt8] {
    let count = size >> UInt64(8 * tile.level)
    guard tile.index * 256 + UInt64(tile.width) <= count else {
      throw .missingNode(level: 8 * tile.level, index: tile.index)
    }
    switch tile.content {
    case .entries: return try EntryBundle.encode(Array(try entries(inBundle: tile.index).prefix(tile.width)))
    case .hashes(let level): return Array(try load(level, tile.index).leaves.prefix(tile.width * Merkle.hashBytes))
    }
  }

  /// The entry as the bundle has it, compared with nothing: for a proof that will be verified. Reads one file and
  /// hashes nothing.
  public func uncheckedEntry(at index: UInt64) throws(LogRejection) -> [UInt8] {
    guard index < size, let tile = bundle(index / 256) else { throw .indexOutOfRange(index: index, size: size) }
    return try EntryBundle.entry(at: Int(index % 256), of: try read(tile).bytes)
  }

  public func inclusionProof(index: UInt64) throws(LogRejection) -> [[UInt8]] {
    try Merkle.inclusionProof(index: index, size: size, hashes: hashes)
  }

  public func consistencyProof(from old: UInt64) throws(LogRejection) -> [[UInt8]] {
    try Merkle.consistencyProof(from: old, to: size, hashes: hashes)
  }
}

/// The hashes of a tile with the nodes between them, up to its own root when it is full.
private struct LoadedTile {
  /// For each of the 9 levels in a tile the hashes of its complete subtrees, one after the other.
  private let levels: [[UInt8]]

  /// Hashes 255 nodes for a full tile.
  init(_ leaves: [UInt8]) {
    var levels = [leaves]
    for _ in 0..<8 {
      let below = levels[levels.count - 1]
      var above: [UInt8] = []
      for start in stride(from: 0, to: below.count - 63, by: 64) {
        above += Merkle.nodeHash(Array(below[start..<(start + 32)]), Array(below[(start + 32)..<(start + 64)]))
      }
      levels.append(above)
    }
    self.levels = levels
  }

  var leaves: [UInt8] { levels[0] }

  func hash(_ level: Int, _ position: Int) -> [UInt8] { Array(levels[level][(position * 32)..<(position * 32 + 32)]) }
}
