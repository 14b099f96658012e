internal import Support
internal import TransparencyLog

/// The entries of a log with their records, in order, read from the files of a source.
///
/// What is missing or does not fit is a gap, and reading goes on with the entry from `tile/entries`. Nothing is bound
/// to the root here: whoever takes the items hashes the entries, or gives the checked tiles of the tree.
struct RecordFeed {
  /// One entry, with its record or why there is none.
  struct Item: Sendable {
    let leaf: UInt64
    let entry: [UInt8]
    let record: Result<LogRecord, RecordRejection>
  }

  /// A file that is not of its form.
  struct Unusable: Sendable {
    let path: String
    let rejection: RecordFileRejection
  }

  /// Records in memory at once, and their bytes.
  private static let batchCount = 256
  private static let batchBytes = 4 << 20

  let source: RecordSource
  /// The size of the tree: which files there are depends on it.
  let size: UInt64
  /// Nil: the entries are compared with the root by whoever takes them.
  let leaves: TileReader?
  /// Owned by the reading functions: at most 16.
  private(set) var unusable: [Unusable] = []
  private var batch: [Item] = []
  private var batchedBytes = 0

  init(_ source: RecordSource, size: UInt64, leaves: TileReader? = nil) {
    self.source = source
    self.size = size
    self.leaves = leaves
  }

  /// Hands over the entries from `start` on, in batches.
  /// - Returns: the first entry that cannot be had, not even alone; nil: all were handed over.
  mutating func run(from start: UInt64, _ take: ([Item]) throws -> Void) throws -> UInt64? {
    for fetch in RecordFileName.fetches(from: start, to: size) {
      if let stop = try read(fetch, take) {
        try flush(take)
        return stop
      }
    }
    try flush(take)
    return nil
  }

  /// The records of some entries of one bundle: gaps that are tried again.
  mutating func items(_ bundle: UInt64, _ places: Range<Int>) throws -> [Item] {
    let first = bundle * UInt64(RecordFileName.bundleWidth)
    let count = Int(min(UInt64(RecordFileName.bundleWidth), size - first))
    var found: [Item] = []
    for fetch in RecordFileName.fetches(bundle, places, of: count) {
      _ = try read(fetch) { found += $0 }
      try flush { found += $0 }
    }
    return found
  }

  /// - Returns: as `run`.
  private mutating func read(_ fetch: RecordFileName.Fetch, _ take: ([Item]) throws -> Void) throws -> UInt64? {
    let first = fetch.bundle * UInt64(RecordFileName.bundleWidth)
    var next = fetch.places.lowerBound
    var gap = RecordGap.missing
    let expected = try leafHashes(fetch.bundle)
    for name in fetch.names where next < fetch.places.upperBound {
      guard let packed = try source.records(name) else { continue }
      var failure: (any Error)?
      do throws(RecordFileRejection) {
        let start = name.places.lowerBound
        try RecordFile.read(packed, count: name.places.count) { place, record in
          let place = place + start
          guard place >= next else { return true }  // known, or not asked for
          guard place < fetch.places.upperBound else { return false }
          do {
            if let expected, Merkle.leafHash(record.entry) != expected(place) {
              // Another entry than the tree has here: its record is nobody's.
              guard let entry = try entry(fetch.bundle, place) else { return false }
              try add(Item(leaf: first + UInt64(place), entry: entry, record: .failure(RecordRejection(.entry))), take)
            } else {
              try add(Item(leaf: first + UInt64(place), entry: record.entry, record: .success(record)), take)
            }
          } catch {
            failure = error
            return false
          }
          next = place + 1
          return true
        }
      } catch {
        gap = .unusable
        if unusable.count < 16 { unusable.append(Unusable(path: name.path, rejection: error)) }
      }
      if let failure { throw failure }
    }
    while next < fetch.places.upperBound {
      guard let entry = try entry(fetch.bundle, next) else { return first + UInt64(next) }
      try add(Item(leaf: first + UInt64(next), entry: entry, record: .failure(RecordRejection(gap))), take)
      next += 1
    }
    return nil
  }

  private mutating func add(_ item: Item, _ take: ([Item]) throws -> Void) throws {
    batch.append(item)
    batchedBytes += item.entry.count + item.record.size
    if batch.count >= Self.batchCount || batchedBytes >= Self.batchBytes { try flush(take) }
  }

  private mutating func flush(_ take: ([Item]) throws -> Void) throws {
    let items = batch
    batch = []
    batchedBytes = 0
    if !items.isEmpty { try take(items) }
  }

  // MARK: entries without records

  private var bundle: (index: UInt64, entries: [[UInt8]])?

  /// The entry alone; nil where it cannot be had.
  private mutating func entry(_ index: UInt64, _ place: Int) throws -> [UInt8]? {
    if bundle?.index != index { bundle = (index, try entries(index)) }
    return bundle.flatMap { place < $0.entries.count ? $0.entries[place] : nil }
  }

  private func entries(_ index: UInt64) throws -> [[UInt8]] {
    do throws(LogRejection) {
      if let leaves { return try leaves.entries(inBundle: index) }
      let first = index * UInt64(Tile.fullWidth)
      let width = Int(min(UInt64(Tile.fullWidth), size - first))
      guard let tile = Tile(.entries, index: index, width: width) else { return [] }
      for tile in tile.isFull ? [tile] : [tile, tile.full] {
        guard let bytes = try source.tiles.read(tile.path) else { continue }
        return Array(try EntryBundle.decode(bytes, width: tile.width).prefix(width))
      }
      return []
    } catch {
      if case .unreadable(_, let why) = error { throw RecordSourceFailure(why) }
      return []  // what is damaged is not there
    }
  }

  /// The checked hash of each leaf of a bundle, by its place.
  private func leafHashes(_ index: UInt64) throws -> ((Int) -> [UInt8]?)? {
    guard let leaves else { return nil }
    let first = index * UInt64(Tile.fullWidth)
    return { place in
      do throws(LogRejection) {
        return try leaves.hashes.node(0, first + UInt64(place))
      } catch { return nil }
    }
  }
}

extension Result<LogRecord, RecordRejection> {
  /// Bytes that it keeps in memory, about.
  fileprivate var size: Int {
    guard case .success(let record) = self else { return 0 }
    return (record.token?.payload.count ?? 0) + (record.statement?.payload.count ?? 0) + (record.request?.count ?? 0)
  }
}
