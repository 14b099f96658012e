internal import Encodings
internal import Support
internal import Synchronization
internal import Verification

/// Status lists by address, each verified once for each version of the file and of the trust data.
///
/// The newest list seen under an address is remembered: a file put back is called what it is, as long as this process
/// lives.
final class StatusListStore: Sendable {
  /// 16 million credentials in lists of the smallest size, twice.
  static let maxLists = 1_024
  /// A list of 16 million bits that is as random as can be: 2 MiB, base64url twice, and the token around it.
  static let maxBytes = 4 << 20

  /// A list as it was read from a file.
  private struct Entry {
    let identity: FileIdentity?
    let checkedAt: UInt64
    let reading: StatusReading
  }
  /// Lists by address.
  private struct State {
    /// Of the snapshot under which the entries were verified.
    var generation: UInt64 = 0
    var entries = GenerationalCache<Text, Entry>(capacity: StatusListStore.maxLists)
    var newest: [Text: Instant] = [:]
  }
  private let state = Mutex(State())  // owned by reading(_:_:at:using:)
  private let files: FolderFiles
  private let host: String
  private let recheck: Recheck

  init(files: FolderFiles, host: String, recheck: Recheck) {
    self.files = files
    self.host = host
    self.recheck = recheck
  }

  func reading(_ url: Text, _ verifier: Verifier, at now: Instant, using caches: AuthenticationCaches) -> StatusReading
  {
    let tick = recheck.tick()
    let generation = verifier.snapshot.generation
    let known = state.withLock { $0.generation == generation ? $0.entries[url] : nil }
    if let known, !recheck.isDue(since: known.checkedAt, tick: tick) { return known.reading }
    guard let segments = Self.segments(of: url, host: host) else { return .unavailable }
    let identity = files.identity(segments)
    if let known, known.identity == identity {
      state.withLock { state in
        if state.generation == generation {
          state.entries.insert(Entry(identity: identity, checkedAt: tick, reading: known.reading), for: url)
        }
      }
      return known.reading
    }
    guard identity != nil, let file = files.read(segments, limit: Self.maxBytes) else {
      return keep(url, Entry(identity: identity, checkedAt: tick, reading: .unavailable), generation: generation)
    }
    let reading = verifier.read(statusList: file.bytes, url: url, at: now, using: caches)
    return keep(url, Entry(identity: file.identity, checkedAt: tick, reading: reading), generation: generation)
  }

  private func keep(_ url: Text, _ entry: Entry, generation: UInt64) -> StatusReading {
    state.withLock { state in
      var entry = entry
      if case .list(let list) = entry.reading {
        if let newest = state.newest[url], list.validFrom < newest {
          entry = Entry(
            identity: entry.identity,
            checkedAt: entry.checkedAt,
            reading: .rolledBack(seen: list.validFrom, known: newest)
          )
        } else {
          state.newest[url] = list.validFrom
        }
      }
      // What an older snapshot reads is not kept.
      guard generation >= state.generation else { return entry.reading }
      if generation > state.generation { state.entries.removeAll() }
      state.generation = generation
      state.entries.insert(entry, for: url)
      return entry.reading
    }
  }

  /// `https://HOST/status/<chamber>/<purpose>/<series>` as names below the folder; anything else names no file of ours.
  static func segments(of url: Text, host: String) -> [String]? {
    guard let rest = url.dropping(prefix: Text("https://\(host)/status/")) else { return nil }
    let parts = rest.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count == 3, parts.allSatisfy(isPlain) else { return nil }
    return ["status"] + parts.map { String(decoding: $0, as: UTF8.self) }
  }

  /// `[a-z0-9-]+`, no longer than a file name of ours.
  private static func isPlain(_ segment: ArraySlice<UInt8>) -> Bool {
    (1...64).contains(segment.count)
      && segment.allSatisfy { (0x61...0x7A).contains($0) || ASCII.isDigit($0) || $0 == 0x2D }
  }
}

/// How often a file is looked at again. The clock belongs to the program; it decides nothing but this.
public struct Recheck: Sendable {
  /// Nanoseconds between two looks at one file.
  let interval: UInt64
  /// Nanoseconds that only grow.
  let clock: @Sendable () -> UInt64

  /// Before every question: commands.
  public static let always = Recheck(interval: 0, clock: { 0 })
  /// Services: at most every 200 ms, so that a change is seen at once by people and 5,000 questions a second cost no
  /// 5,000 looks.
  public static func atMostEvery(milliseconds: UInt64 = 200, clock: @escaping @Sendable () -> UInt64) -> Recheck {
    Recheck(interval: milliseconds &* 1_000_000, clock: clock)
  }

  func tick() -> UInt64 { clock() }
  func isDue(since then: UInt64, tick: UInt64) -> Bool { interval == 0 || tick &- then >= interval }
}
