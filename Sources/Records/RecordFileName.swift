internal import TransparencyLog

/// A record file of a log: the records of a whole bundle, or of at most 16 entries at the growing edge of the tree.
///
/// Records stand outside `tile/`: a chunk is no prefix of the full file, as a partial tile is.
public struct RecordFileName: Hashable, Sendable {
  /// Entries of a full file.
  public static let bundleWidth = Tile.fullWidth
  /// Entries of a chunk, at most.
  public static let chunkWidth = 16

  public let bundle: UInt64
  /// Nil: the full file. Else 1 to 255: the file holds the entries from the last multiple of 16 below it.
  public let width: Int?

  public init(full bundle: UInt64) {
    self.bundle = bundle
    width = nil
  }

  /// Nil for a width that no chunk has.
  public init?(chunk width: Int, of bundle: UInt64) {
    guard (1..<Self.bundleWidth).contains(width) else { return nil }
    self.bundle = bundle
    self.width = width
  }

  /// The entries that it holds, by their places in the bundle.
  public var places: Range<Int> {
    guard let width else { return 0..<Self.bundleWidth }
    return (width - 1) / Self.chunkWidth * Self.chunkWidth..<width
  }

  /// `records/<N>` or `records/<N>.c/<W>`, N in groups of three digits as tiles write it.
  public var path: String {
    let tile = Tile(.entries, index: bundle)?.path ?? ""  // an index above that of any tree
    let number = tile.utf8.dropFirst("tile/entries/".utf8.count)
    return "records/" + String(decoding: Array(number), as: UTF8.self) + (width.map { ".c/\($0)" } ?? "")
  }

  // MARK: which files there are

  /// The files that a publication writes when the tree grows: bundles that became full, and the chunks of the edge.
  public static func written(from old: UInt64, to new: UInt64) -> [RecordFileName] {
    guard old < new else { return [] }
    let width = UInt64(bundleWidth)
    var names = (old / width..<new / width).map { RecordFileName(full: $0) }
    let edge = new / width
    let first = old / width == edge ? Int(old % width) : 0
    names += chunks(of: edge, in: first..<Int(new % width)).map(\.name)
    return names
  }

  /// A file that is wanted for some entries.
  public struct Fetch: Hashable, Sendable {
    public let bundle: UInt64
    /// The entries that are wanted, by their places in the bundle.
    public let places: Range<Int>
    /// The smallest first; each holds all that is wanted. When none is there, look at the checkpoint again.
    public let names: [RecordFileName]
  }

  /// What a follower of the first `old` entries reads to have the first `new`.
  public static func fetches(from old: UInt64, to new: UInt64) -> [Fetch] {
    guard old < new else { return [] }
    let width = UInt64(bundleWidth)
    var fetches: [Fetch] = []
    for bundle in old / width...(new - 1) / width {
      let first = bundle == old / width ? Int(old % width) : 0
      let last = bundle == new / width ? Int(new % width) : bundleWidth
      fetches += self.fetches(bundle, first..<last, of: last)
    }
    return fetches
  }

  /// The same for some places of one bundle that has `count` entries in this tree.
  static func fetches(_ bundle: UInt64, _ places: Range<Int>, of count: Int) -> [Fetch] {
    let full = RecordFileName(full: bundle)
    if count == bundleWidth { return [Fetch(bundle: bundle, places: places, names: [full])] }
    // Which chunk holds a place depends on the tree alone: the last one ends where the tree ends.
    return chunks(of: bundle, in: places.lowerBound..<count).compactMap { chunk in
      let wanted = chunk.places.clamped(to: places)
      guard !wanted.isEmpty else { return nil }
      let next = RecordFileName(chunk: (chunk.places.upperBound + 15) / chunkWidth * chunkWidth, of: bundle)
      var names = [chunk.name]
      if let next, next != chunk.name { names.append(next) }
      return Fetch(bundle: bundle, places: wanted, names: names + [full])
    }
  }

  /// The chunks that hold these places of a bundle, the last one ending with them.
  private static func chunks(of bundle: UInt64, in places: Range<Int>) -> [(name: RecordFileName, places: Range<Int>)] {
    guard !places.isEmpty else { return [] }
    return (places.lowerBound / chunkWidth...(places.upperBound - 1) / chunkWidth).compactMap { group in
      let end = min(places.upperBound, (group + 1) * chunkWidth)
      return RecordFileName(chunk: end, of: bundle).map { ($0, max(places.lowerBound, group * chunkWidth)..<end) }
    }
  }
}
