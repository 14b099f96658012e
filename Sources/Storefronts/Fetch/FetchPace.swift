public import Encodings

/// Keeps a batch from being used to hammer somebody (A58): one request at a time and one a second for each host, so
/// many pages in all. Design section 9, step 5. Time comes in; the caller waits, and keeps one value for all its
/// fetches.
public struct FetchPace: Sendable {
  public static let interval: Duration = .seconds(1)
  /// Hosts remembered. Beyond that those are forgotten whose second is over; if none is, the new host waits.
  static let maxHosts = 10_000

  /// Whether a host may be asked now.
  public enum Turn: Sendable, Hashable {
    case now
    /// Ask again after this long.
    case later(Duration)
  }

  private var busy: Set<Text> = []
  private var nextAt: [Text: ContinuousClock.Instant] = [:]

  public init() {}

  /// Takes the host's turn, to be given back with `done`.
  public mutating func begin(_ host: Text, now: ContinuousClock.Instant) -> Turn {
    if busy.contains(host) { return .later(Self.interval) }
    if let at = nextAt[host], at > now { return .later(at - now) }
    if nextAt[host] == nil, nextAt.count >= Self.maxHosts {
      nextAt = nextAt.filter { $0.value > now || busy.contains($0.key) }
      if nextAt.count >= Self.maxHosts { return .later(Self.interval) }
    }
    busy.insert(host)
    nextAt[host] = now + Self.interval
    return .now
  }

  public mutating func done(_ host: Text) { busy.remove(host) }
}
