public import Encodings
internal import PKI
public import TransparencyLog

/// The newest that a reader has seen of one authority, across restarts. It only grows: an older copy is recognised by
/// it. Versions are ordered by log and sequence, never by date.
public struct SeenState: Hashable, Sendable {
  public static let maxBytes = 1 << 20
  static let maxAnchors = 16

  /// A status list as it was used last.
  public struct List: Hashable, Sendable {
    public let validFrom: Instant
    /// SHA-256 of its bytes.
    public let digest: [UInt8]
    public init(validFrom: Instant, digest: [UInt8]) {
      self.validFrom = validFrom
      self.digest = digest
    }
  }

  /// The newest root statement.
  public struct Statement: Hashable, Sendable {
    public let sequence: Int64
    public let digest: [UInt8]
    public init(sequence: Int64, digest: [UInt8]) {
      self.sequence = sequence
      self.digest = digest
    }
  }

  /// A trust list by its number in the order of all.
  public struct TrustListVersion: Hashable, Sendable {
    public let sequence: Int64
    public let digest: [UInt8]
    public init(sequence: Int64, digest: [UInt8]) {
      self.sequence = sequence
      self.digest = digest
    }
  }

  /// A checkpoint that was verified when it was seen.
  public struct Head: Hashable, Sendable {
    public let note: [UInt8]
    public let checkpoint: Checkpoint

    public init(_ verified: VerifiedCheckpoint) {
      note = verified.note
      checkpoint = verified.checkpoint
    }

    /// From our own file: the signature was verified before it was written.
    init?(note: [UInt8]) {
      do throws(LogRejection) {
        checkpoint = try Checkpoint.parse(text: try SignedNote.parse(note).text)
      } catch { return nil }
      self.note = note
    }
  }

  /// SHA-256 of each anchor's certificate.
  public var anchors: Set<[UInt8]>
  public var host: Text
  public var trustList: TrustListVersion?
  public var head: Head?
  /// By address.
  public var lists: [Text: List] = [:]
  /// The number of each CRL, by its address.
  public var crls: [Text: Int64] = [:]
  public var statement: Statement?
  /// Until when each officer's term was seen to run, by the id of the key.
  public var terms: [Text: Int64] = [:]
  /// The greatest time that anybody signed, in seconds since 1970.
  public var time: Int64

  public init(anchors: Set<[UInt8]>, host: Text, time: Int64 = 0) {
    self.anchors = anchors
    self.host = host
    self.time = time
  }

  /// The greater of both, member by member.
  public func merged(with other: SeenState) -> SeenState {
    let isLogOlder = (head?.checkpoint.size ?? 0) < (other.head?.checkpoint.size ?? 0)
    var merged = self
    merged.anchors.formUnion(other.anchors)
    if (trustList?.sequence ?? -1) < (other.trustList?.sequence ?? -1) {
      merged.trustList = other.trustList
      merged.host = other.host
    }
    if head == nil || isLogOlder { merged.head = other.head ?? head }
    // Of two lists at one address the one that belongs to the longer log; their dates settle nothing.
    merged.lists.merge(other.lists) { mine, theirs in isLogOlder ? theirs : mine }
    merged.crls.merge(other.crls, uniquingKeysWith: max)
    merged.terms.merge(other.terms, uniquingKeysWith: max)
    if (statement?.sequence ?? -1) < (other.statement?.sequence ?? -1) { merged.statement = other.statement }
    merged.time = max(time, other.time)
    return merged
  }

  // MARK: comparison

  /// A log that is offered, beside the one that was seen.
  public enum LogComparison: Hashable, Sendable {
    /// Nothing was seen yet.
    case first
    case same
    /// - isProved: whether its beginning was compared with what was seen.
    case newer(isProved: Bool)
    /// Positive answers become "cannot tell".
    case rollback(seen: UInt64, offered: UInt64)
    /// Two trees that cannot both be the log. No positive answer.
    case fork(size: UInt64, seen: [UInt8], offered: [UInt8])
  }

  /// - Parameter root: the root of the offered tree's first entries, so many as were seen; nil: it cannot be had.
  public func compare(
    _ offered: Checkpoint,
    root: (_ size: UInt64) -> [UInt8]?
  ) -> LogComparison {
    guard let seen = head?.checkpoint else { return .first }
    if offered.size < seen.size { return .rollback(seen: seen.size, offered: offered.size) }
    if offered.size == seen.size {
      return offered.root == seen.root && offered.origin == seen.origin
        ? .same : .fork(size: seen.size, seen: seen.root, offered: offered.root)
    }
    guard seen.size > 0, let beginning = root(seen.size) else { return .newer(isProved: seen.size == 0) }
    return beginning == seen.root
      ? .newer(isProved: true) : .fork(size: seen.size, seen: seen.root, offered: beginning)
  }

  /// A trust list that is offered, beside the one that was seen.
  public enum ListComparison: Hashable, Sendable {
    case first, same, newer
    case rollback(seen: Int64, offered: Int64)
    /// Two lists under one number.
    case fork(sequence: Int64)
  }

  public func compare(_ offered: TrustListVersion) -> ListComparison {
    guard let seen = trustList else { return .first }
    if offered.sequence < seen.sequence { return .rollback(seen: seen.sequence, offered: offered.sequence) }
    if offered.sequence > seen.sequence { return .newer }
    return offered.digest == seen.digest ? .same : .fork(sequence: seen.sequence)
  }
}
