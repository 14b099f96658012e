internal import Encodings

/// Follows a log without a gap: keeps the last checkpoint, lets only consistent ones replace it, and hands out every
/// entry once, each checked against the root.
///
/// `saved` after each batch makes it survive a stop anywhere: a batch that was not saved is handed out again.
public struct MonitorState: Hashable, Sendable {
  static let header = "khatm-monitor/1"

  public let policy: LogPolicy
  public private(set) var last: VerifiedCheckpoint?
  /// The number of entries handed out; the next one has this index.
  public private(set) var delivered: UInt64 = 0

  public init(policy: LogPolicy) { self.policy = policy }

  /// Takes back what `saved` gave. The checkpoint is verified again; `.stateMalformed` when the form is wrong.
  public init(policy: LogPolicy, saved: [UInt8]) throws(LogRejection) {
    self.policy = policy
    var reader = LineReader(saved)
    guard let first = reader.next(), first.elementsEqual(Self.header.utf8), let second = reader.next(),
      let delivered = second.value(after: "delivered").flatMap({ decimal($0) }), reader.next()?.isEmpty == true
    else { throw .stateMalformed }
    if !reader.rest.isEmpty { last = try policy.open(reader.rest) }
    guard delivered <= last?.size ?? 0 else { throw .stateMalformed }
    self.delivered = delivered
  }

  public var saved: [UInt8] { Array("\(Self.header)\ndelivered \(delivered)\n\n".utf8) + (last?.note ?? []) }

  /// Takes a newer checkpoint after checking it against the last one, and returns the reader for its tree.
  ///
  /// Throws `.rollback`, `.fork`, `.inconsistent`, what the policy throws, and what reading tiles throws. On any error
  /// nothing changes.
  public mutating func observe(_ note: [UInt8], source: TileSource) throws(LogRejection) -> TileReader {
    let offered = try policy.open(note)
    if let last { try offered.follows(last) }
    let reader = try TileReader(offered, source: source)
    if let last, last.size > 0 {
      let proof = try reader.consistencyProof(from: last.size)
      do {
        try Merkle.verifyConsistency(
          from: last.size,
          to: offered.size,
          proof: proof,
          oldRoot: last.root,
          newRoot: offered.root
        )
      } catch {
        throw .inconsistent(known: last.size, offered: offered.size)
      }
    }
    last = offered
    return reader
  }

  /// The next entries, at most to the end of one bundle; empty when all were handed out. `reader` is what `observe`
  /// returned last.
  public mutating func next(from reader: TileReader) throws(LogRejection) -> [LoggedEntry] {
    guard let last, reader.size == last.size, reader.root == last.root else { throw .rootMismatch }
    guard delivered < last.size else { return [] }
    let bundle = delivered / UInt64(Tile.fullWidth)
    let first = bundle * UInt64(Tile.fullWidth)
    let entries = try reader.entries(inBundle: bundle)
    let fresh = entries.enumerated().dropFirst(Int(delivered - first)).map { position, bytes in
      LoggedEntry(index: first + UInt64(position), bytes: bytes, checkpoint: last)
    }
    delivered = first + UInt64(entries.count)
    return fresh
  }
}
