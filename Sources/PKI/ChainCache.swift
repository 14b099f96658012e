internal import Synchronization

/// Answers of `validateChain`, kept for the tokens that come with the same chain: a cold P-384 chain costs fifty
/// verifications, a known one a hash. Kept are chains that hold and chains that were revoked, with the interval in
/// which that is so; the time is compared at each call, so an expired chain is known too. What was never issued by an
/// anchor is not kept: it cannot fill the memory.
public final class ChainCache: Sendable {
  /// What an answer was given for.
  private struct Key: Hashable {
    let digest: [UInt8]
    let rules: ChainRules
  }

  /// A chain that was examined, and when it was last asked for.
  private struct Entry {
    let chain: ExaminedChain
    var lastUse: UInt64
  }

  /// Owned by the mutex of the cache.
  private struct State {
    var entries: [Key: Entry] = [:]
    var clock: UInt64 = 0  // counts uses, 2^64 of them
  }

  private let capacity: Int
  /// Owned by `find` and `keep`; chains are examined outside the lock.
  private let state = Mutex(State())

  /// - Parameter capacity: chains kept, at least 1. One is about 4 kB; there are a few for each chamber.
  public init(capacity: Int = 1024) { self.capacity = max(1, capacity) }

  /// How many chains are kept.
  public var count: Int { state.withLock { $0.entries.count } }

  /// Validates the chain whose certificates have these DERs, leaf first, or returns the answer of before.
  /// - Throws: `unreadable` for DER that is no certificate, and what `validateChain` throws.
  public func validate(
    _ ders: [[UInt8]],
    anchors: [Certificate],
    crls: [RevocationList],
    at time: Int64,
    rules: ChainRules
  ) throws(ChainRejection) -> ValidatedChain {
    guard !ders.isEmpty else { throw .empty }
    guard ders.count <= min(rules.maximumCertificates, ChainRules.certificateLimit) else {
      throw .tooLong(certificates: ders.count)
    }
    for (step, der) in ders.enumerated() where der.count > Certificate.maximumBytes {
      throw .unreadable(step: step, .tooLarge(bytes: der.count))
    }
    let key = Self.key(of: ders, anchors: anchors, crls: crls, rules: rules)
    if let known = find(key), known.stillHolds(at: time, revocationTime: rules.revocationTime) {
      return try known.answer(at: time)
    }

    var chain: [Certificate] = []
    for (step, der) in ders.enumerated() {
      do {
        chain.append(try Certificate(der: der))
      } catch {
        throw .unreadable(step: step, error)
      }
    }
    let examined = try ExaminedChain(chain, anchors: anchors, crls: crls, at: time, rules: rules)
    keep(examined, key)
    return try examined.answer(at: time)
  }

  private func find(_ key: Key) -> ExaminedChain? {
    state.withLock { state in
      state.clock &+= 1
      state.entries[key]?.lastUse = state.clock
      return state.entries[key]?.chain
    }
  }

  private func keep(_ chain: ExaminedChain, _ key: Key) {
    state.withLock { state in
      if state.entries[key] == nil, state.entries.count >= capacity {
        if let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
          state.entries[oldest.key] = nil
        }
      }
      state.entries[key] = Entry(chain: chain, lastUse: state.clock)
    }
  }

  /// Everything the answer depends on but the time. Lengths keep the parts apart.
  private static func key(of ders: [[UInt8]], anchors: [Certificate], crls: [RevocationList], rules: ChainRules)
    -> Key
  {
    var hash = SHA256()
    for count in [ders.count, anchors.count] + ders.map(\.count) {
      hash.update((0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) })
    }
    for der in ders { hash.update(der) }
    for anchor in anchors { hash.update(anchor.sha256) }
    for crl in crls { hash.update(crl.sha256) }
    var timeless = rules
    timeless.revocationTime = nil
    return Key(digest: hash.finish(), rules: timeless)
  }
}
