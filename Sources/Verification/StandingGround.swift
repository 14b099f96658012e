internal import Credentials
public import Encodings
internal import Messages
internal import PKI
internal import Synchronization
public import TransparencyLog

/// What all known tokens stand on at one moment — trust list, platform table, log, status lists — judged once, so that
/// the next question about one costs a look-up, its two bits and the comparison of its page.
///
/// It answers only where everything is good and nothing is to be remarked. Whatever else is the case, the whole way
/// (`Verifier.verify`) decides; where both answer, they answer the same.
public final class StandingGround: Sendable {
  public let now: Instant
  private let verifier: Verifier, terms: Trust.Terms
  private let line: any AnyObject & Sendable, head: VerifiedCheckpoint
  /// By their hashes: a number that shares one goes the whole way.
  private let spokenOf: Set<Int>
  private let statusList: @Sendable (Text) -> StatusReading
  /// By the identity of the name, which is held with it. Without a list: one that cannot be used without a remark.
  private let lists = Mutex<[ObjectIdentifier: (name: ListName, list: VerifiedStatusList?)]>([:])
  private let judgesPages: Bool
  /// Lists looked at in one moment: more than a list of chambers names.
  private static let maxLists = 4_096

  /// Nil where the trust list itself leaves something to be remarked.
  /// - Parameters:
  ///   - line, head: the log, as in `LogLookup`.
  ///   - spokenOf: `hashValue` of the numbers of certificates of which their chamber said something since the issue,
  ///     which must be heard.
  ///   - statusList: as in `Verifier.verify`; asked once for each list.
  public init?(
    _ verifier: Verifier,
    at now: Instant,
    line: any AnyObject & Sendable,
    head: VerifiedCheckpoint,
    spokenOf: Set<Int>,
    statusList: @escaping @Sendable (Text) -> StatusReading
  ) {
    let trust = verifier.trust
    guard trust.listProblem(at: now) == nil, let terms = trust.terms, now <= terms.nextUpdate,
      trust.logs.contains(where: { $0.origin == head.checkpoint.origin })
    else { return nil }
    (self.verifier, self.now, self.terms, self.line, self.head, self.spokenOf, self.statusList) = (
      verifier, now, terms, line, head, spokenOf, statusList
    )
    judgesPages = trust.platforms.map { verifier.remark(on: $0, at: now) == nil } ?? false
  }

  /// The decision about a token that was verified before and is good in every respect; nil: ask `Verifier.verify`.
  public func decide(_ token: [UInt8], page: PageQuestion?) -> Decision? {
    guard let known = verifier.trust.tokens.find(token), let plain = known.plain, !spokenOf.contains(plain.numberHash),
      plain.begins <= now.adding(seconds: Verifier.skewSeconds), now <= plain.validUntil, plain.granted <= now,
      known.holds(at: now),
      let revocation = list(plain.revocation), let suspension = list(plain.suspension)
    else { return nil }
    var axes = Axes(),
      ends = min(plain.validUntil, Instant(seconds: terms.expires), revocation.validUntil, suspension.validUntil),
      log: Decision.LogPlace?
    if let chain = known.signer.chain { ends = min(ends, Instant(seconds: chain.validUntil)) }
    if plain.mustBeLogged {
      guard let place = known.logged(in: line) else { return nil }
      log = Decision.LogPlace(origin: head.checkpoint.origin, size: max(head.size, place.leaf + 1), leaf: place.leaf)
    }
    let oldest = min(revocation.validFrom, suspension.validFrom)
    axes.authenticity = .genuine
    axes.status = .active
    axes.freshness = now.seconds - oldest.seconds <= Verifier.liveSeconds ? .live : .cached
    guard let page else {
      axes.binding = .notStated
      return Decision(
        axes: axes,
        reasons: [Verifier.pageNotStated],
        credential: known.facts,
        page: nil,
        key: .none,
        now: now,
        statusAsOf: oldest,
        ends: ends,
        platformsVersion: verifier.trust.platformsVersion,
        log: log
      )
    }
    guard judgesPages, let reading = page.reading(by: verifier.trust.platforms, verifier.trust.mark),
      reading.refusal == nil, reading.reasons.isEmpty,
      known.isBound(to: reading)
    else { return nil }
    axes.binding = .match
    return Decision(
      axes: axes,
      reasons: [],
      credential: known.facts,
      page: page,
      key: .read(reading),
      now: now,
      statusAsOf: oldest,
      ends: ends,
      platformsVersion: verifier.trust.platformsVersion,
      log: log
    )
  }

  /// The list, if the bit in it is clear.
  private func list(_ bit: VerifiedToken.Plain.Bit) -> VerifiedStatusList? {
    let known = lists.withLock { $0[ObjectIdentifier(bit.list)] }
    guard let list = known.map(\.list) ?? look(at: bit.list), list.content.list[bit.index] == false else { return nil }
    return list
  }

  private func look(at name: ListName) -> VerifiedStatusList? {
    var usable: VerifiedStatusList?
    if case .list(let list) = statusList(name.url), list.trust === verifier.trust.mark, list.url == name.url,
      list.content.issuer == name.issuer,
      list.content.purposes.contains(name.purpose), list.doubts.isEmpty,
      list.validFrom <= now.adding(seconds: Verifier.skewSeconds), list.validUntil >= now,
      list.chain.map({ $0.holds(at: now.seconds, revocationTime: now.seconds) }) ?? true
    {
      usable = list
    }
    lists.withLock { lists in
      if lists.count >= Self.maxLists { lists.removeAll() }
      lists[ObjectIdentifier(name)] = (name, usable)
    }
    return usable
  }
}
