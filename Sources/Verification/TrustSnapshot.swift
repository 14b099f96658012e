internal import Encodings
internal import Synchronization

/// What every decision of one moment rests on: our trust data and those of the authorities that ours points to.
///
/// Immutable. Its only initialiser draws the generation, so that whatever was remembered under one snapshot is never
/// taken for another's.
public struct TrustSnapshot: Sendable {
  /// The published list is older than one seen before. The newer one stays in use: it still condemns, and praises
  /// nobody.
  public struct Rollback: Sendable {
    public let seen: Int64
    public let known: Int64
    public init(seen: Int64, known: Int64) {
      self.seen = seen
      self.known = known
    }
  }

  public let trust: Trust
  /// Host of the badge links of this authority.
  public let host: String
  /// Lists of other authorities. One counts only where ours points to its root; what it points to itself counts for
  /// nothing.
  public let recognised: [Trust]
  public let rollback: Rollback?
  /// No two snapshots of this process have the same.
  public let generation: UInt64

  private static let generations = Atomic<UInt64>(0)  // owned by the initialiser below

  public init(trust: Trust, host: String, recognised: [Trust] = [], rollback: Rollback? = nil) {
    self.trust = trust
    self.host = host
    // Beyond what a list can point to there is nothing to look for.
    self.recognised = Array(recognised.prefix(64))
    self.rollback = rollback
    generation = Self.generations.add(1, ordering: .relaxed).newValue
  }

  /// Whether it holds the trust data under which something was authenticated.
  func holds(_ authority: Trust) -> Bool { authority === trust || recognised.contains { $0 === authority } }
}
