internal import Encodings
internal import TransparencyLog

/// Which entries are about which credential: places by `ref`, from all entries of a log in their order.
///
/// Made by reading the log once from the beginning, about a second for a million entries, and then only what is new. It
/// computes the root itself, so that nothing can be left out of it.
struct LogIndex {
  private(set) var range = CompactRange()
  /// By the first eight bytes of a `ref`. Two credentials may share them: whoever asks compares the whole entry.
  private var first: [UInt64: UInt32] = [:]
  private var later: [UInt64: [UInt32]] = [:]

  var size: UInt64 { range.size }

  /// Reads on to the end of a tree. Throws `.fork` when it does not continue the one that was read before; the index is
  /// then unusable.
  mutating func extend(to reader: TileReader) throws(LogRejection) {
    guard reader.size >= size else { throw .rollback(known: size, offered: reader.size) }
    var bundle = size / UInt64(Tile.fullWidth)
    while size < reader.size {
      let entries = try reader.entries(inBundle: bundle)
      for entry in entries.dropFirst(Int(size % UInt64(Tile.fullWidth))) { try add(entry) }
      bundle += 1
    }
    guard range.root == reader.root else { throw .fork(size: size, known: range.root, offered: reader.root) }
  }

  private mutating func add(_ entry: [UInt8]) throws(LogRejection) {
    let place = range.size
    try range.append(leafHash: Merkle.leafHash(entry))
    guard let key = Self.ref(in: entry).map(Self.key), let place = UInt32(exactly: place) else { return }
    if first[key] == nil { first[key] = place } else { later[key, default: []].append(place) }
  }

  /// Places that may be about a credential, in the order of the log.
  func places(of ref: [UInt8]) -> [UInt64] {
    let key = Self.key(ref)
    guard let begin = first[key] else { return [] }
    return [UInt64(begin)] + (later[key] ?? []).map { UInt64($0) }
  }

  private static func key(_ ref: [UInt8]) -> UInt64 { ref.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

  private static let mark = Array("\"ref\":\"".utf8)

  /// The member `ref` of an entry, found without parsing the rest. Entries are canonical: a quotation mark inside a
  /// value is escaped, so these bytes stand nowhere else.
  static func ref(in entry: [UInt8]) -> [UInt8]? {
    entry.withUnsafeBufferPointer { bytes -> [UInt8]? in
      var position = 0
      let last = bytes.count - mark.count - 43
      while position <= last {
        if bytes[position] == mark[0], bytes[position + 1] == mark[1],
          bytes[(position)..<(position + mark.count)].elementsEqual(mark)
        {
          return Base64URL.decode(Array(bytes[(position + mark.count)..<(position + mark.count + 43)]))
        }
        position += 1
      }
      return nil
    }
  }
}
