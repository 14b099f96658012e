internal import Credentials
public import Encodings
internal import Messages
internal import PKI
public import Storefronts
internal import Synchronization
public import TransparencyLog

/// Verifies for one repository, and remembers: the owner of every cache. Each has its own lock, and what it holds is
/// forgotten with the snapshot under which it was found.
///
/// All checkpoints it is given of one log continue each other; whoever gives them checked that.
public final class CachingVerifier: Sendable {
  /// A marketplace's working set; about 90 MB.
  public static let defaultCapacity = 16_384

  public let authentication = AuthenticationCaches()
  let tokens: VerifiedTokenCache
  private let pages = PageKeyCache()

  /// - Parameter knownTokens: how many verified tokens are kept; 0: none. One is about 5 kB.
  public init(knownTokens: Int = defaultCapacity) { tokens = VerifiedTokenCache(capacity: knownTokens) }

  // MARK: the whole way

  /// Authenticates a token unless it is known, and decides.
  /// - Parameter evidence: gathers what the decision needs besides the token: called at most once, and never for a
  ///   token that is not authenticated. The place is where an earlier decision found its issue in the log.
  public func verify(
    _ token: [UInt8],
    _ request: DecisionRequest = DecisionRequest(),
    under snapshot: TrustSnapshot,
    at now: Instant,
    evidence: (AuthenticatedCredential, VerifiedLogPlace?) -> Evidence
  ) -> Decision {
    let verifier = Verifier(snapshot)
    do throws(TokenRejection) {
      let (credential, logged) = try authenticate(token, asOf: request.asOf, at: now, with: verifier)
      let evidence = evidence(credential, logged)
      let decision = verifier.decide(credential, request, evidence: evidence, at: now)
      if case .entry = evidence.log, request.asOf == nil, decision.axes.authenticity == .genuine,
        credential.claims.signer.doubts.isEmpty, let place = decision.log
      {
        tokens.keep(VerifiedLogPlace(leaf: place.leaf), of: token, generation: snapshot.generation)
      }
      return decision
    } catch {
      return verifier.decide(error, request, at: now)
    }
  }

  /// The same of a document with an embedded proof, which is verified anew each time.
  public func verify(
    document: JSONObject,
    _ request: DecisionRequest = DecisionRequest(),
    under snapshot: TrustSnapshot,
    at now: Instant,
    evidence: (AuthenticatedCredential) -> Evidence
  ) -> Decision {
    let verifier = Verifier(snapshot)
    do throws(TokenRejection) {
      let credential = try verifier.authenticate(document: document, at: now, using: authentication)
      return verifier.decide(credential, request, evidence: evidence(credential), at: now)
    } catch {
      return verifier.decide(error, request, at: now)
    }
  }

  private func authenticate(
    _ token: [UInt8],
    asOf: Instant?,
    at now: Instant,
    with verifier: Verifier
  ) throws(TokenRejection) -> (AuthenticatedCredential, VerifiedLogPlace?) {
    let snapshot = verifier.snapshot
    // Nothing that is judged by a moment of the past is remembered.
    if let asOf {
      return (try verifier.authenticate(token, asOf: asOf, at: now, using: authentication), nil)
    }
    if let known = tokens.find(token, generation: snapshot.generation), holds(known.claims, snapshot, at: now) {
      return (AuthenticatedCredential(token: token, claims: known.claims), known.logged)
    }
    let credential = try verifier.authenticate(token, at: now, using: authentication)
    if credential.claims.holds(at: now) { tokens.keep(credential.claims, of: token, under: snapshot) }
    return (credential, nil)
  }

  /// Whether a token that was verified before would be authenticated now. Under another authority's list our own must
  /// be in force, because it points there.
  private func holds(_ claims: AuthenticatedClaims, _ snapshot: TrustSnapshot, at now: Instant) -> Bool {
    claims.holds(at: now) && (claims.authority === snapshot.trust || snapshot.trust.listProblem(at: now) == nil)
  }

  /// The page at an address, read strictly by the platform table of a snapshot.
  public func page(_ asked: String, under snapshot: TrustSnapshot) throws(AddressRejection) -> RequestedPage {
    if let known = pages.find(asked, generation: snapshot.generation) { return known }
    // Without a table the address is still read strictly; the decision then says that it could not compare.
    let table = snapshot.trust.platforms ?? .empty
    let address = try PageAddress.read(Array(asked.utf8), platforms: table)
    let page = RequestedPage(asked: asked, address: address, reading: PageReading(address, snapshot.trust))
    pages.keep(page, generation: snapshot.generation)
    return page
  }

  // MARK: the fast path

  /// A decision about a token that was verified before, if it is positive without remarks; nil: ask `verify`, which
  /// says the same.
  /// - Parameters:
  ///   - page: as the caller wrote it; nil: not stated.
  ///   - statusList: asked at most once for each list and moment.
  public func cachedDecision(
    _ token: [UInt8],
    page asked: String?,
    at moment: CleanMoment,
    statusList: (Text) -> StatusReading
  ) -> Decision? {
    let snapshot = moment.snapshot
    let now = moment.now
    var page: RequestedPage?
    if let asked {
      guard moment.judgesPages, let known = pages.find(asked, generation: snapshot.generation),
        let reading = known.reading, reading.refusal == nil, reading.reasons.isEmpty
      else { return nil }
      page = known
    }
    guard let known = tokens.findClean(token, page: page?.reading, generation: snapshot.generation),
      moment.idsWithStatements.isEmpty || !moment.idsWithStatements.contains(known.claims.facts.id),
      known.facts.begins <= now.adding(seconds: Verifier.skewSeconds), now <= known.facts.validUntil,
      known.facts.granted <= now, known.claims.holds(at: now), known.logged != nil || !known.facts.mustBeLogged,
      let revocation = list(known.facts.revocation, moment, statusList: statusList),
      let suspension = list(known.facts.suspension, moment, statusList: statusList)
    else { return nil }
    var builder = DecisionBuilder(page: page, now: now, platformsVersion: snapshot.trust.platformsVersion)
    builder.axes.authenticity = .genuine
    builder.credential = known.claims.facts
    builder.setInForce()
    builder.setStatus(
      from: min(revocation.validFrom, suspension.validFrom),
      until: min(revocation.validUntil, suspension.validUntil)
    )
    builder.end(by: known.facts.validUntil)
    builder.end(by: moment.listEnds)
    if let chain = known.claims.signer.chain { builder.end(by: Instant(seconds: chain.validUntil)) }
    if known.facts.mustBeLogged, let logged = known.logged {
      builder.log = Decision.LogPlace(logged, under: moment.head)
    }
    if let page {
      // Statements are not heard here: whoever has one goes the whole way.
      builder.axes.binding = .declared
      builder.pageKey = page.reading?.key
      builder.reasons = [PageCheck.pageDeclared]
    } else {
      builder.axes.binding = .notStated
      builder.reasons = [PageCheck.pageNotStated]
    }
    return builder.decision
  }

  /// The list, if the bit in it is clear.
  private func list(_ bit: CleanFacts.Bit, _ moment: CleanMoment, statusList: (Text) -> StatusReading)
    -> VerifiedStatusList?
  {
    guard let look = moment.list(bit.list) ?? look(at: bit.list, moment, statusList: statusList), let list = look.list,
      list.content.list[bit.index] == false
    else { return nil }
    return list
  }

  private func look(at number: Int, _ moment: CleanMoment, statusList: (Text) -> StatusReading)
    -> CleanMoment.Look?
  {
    guard let name = tokens.list(number, generation: moment.snapshot.generation) else { return nil }
    let look = CleanMoment.Look(list: moment.usable(statusList(name.url), as: name))
    moment.keep(look, of: number)
    return look
  }
}

/// All that the fast path stands on at one moment besides the token and its page — trust list, platform table, log,
/// status lists — judged once. It exists only where nothing of it is to be remarked.
public final class CleanMoment: Sendable {
  /// A list as it was found at this moment; nil: it cannot be used without a remark.
  struct Look: Sendable { let list: VerifiedStatusList? }

  let snapshot: TrustSnapshot
  public let now: Instant
  let head: VerifiedCheckpoint
  let idsWithStatements: Set<String>
  /// Whether the platform table decides without a remark.
  let judgesPages: Bool
  /// The end of the trust list.
  let listEnds: Instant
  private let looks = Mutex<[Look?]>([])  // owned by list and keep; by the number of the list

  /// Nil where the trust data leave something to be remarked.
  /// - Parameters:
  ///   - head: the newest checkpoint of our log.
  ///   - idsWithStatements: ids of certificates with a later status or binding statement, which must be heard.
  public init?(
    _ snapshot: TrustSnapshot,
    at now: Instant,
    head: VerifiedCheckpoint,
    idsWithStatements: Set<String>
  ) {
    let trust = snapshot.trust
    guard snapshot.rollback == nil, trust.listProblem(at: now) == nil, let terms = trust.terms,
      now <= terms.nextUpdate, trust.names(logOf: head)
    else { return nil }
    self.snapshot = snapshot
    self.now = now
    self.head = head
    self.idsWithStatements = idsWithStatements
    listEnds = Instant(seconds: terms.expires)
    judgesPages = trust.platforms != nil && trust.platformRemark(at: now) == nil
  }

  /// Nil: nobody looked yet.
  func list(_ number: Int) -> Look? { looks.withLock { number < $0.count ? $0[number] : nil } }

  func keep(_ look: Look, of number: Int) {
    looks.withLock { looks in
      while looks.count <= number { looks.append(nil) }
      looks[number] = look
    }
  }

  /// The list, if it is the one that was named and nothing in it is to be remarked.
  func usable(_ reading: StatusReading, as name: ListName) -> VerifiedStatusList? {
    guard case .list(let list) = reading, list.authority === snapshot.trust, list.url == name.url,
      list.content.issuer == name.issuer, list.content.purposes.contains(name.purpose), list.doubts.isEmpty,
      list.validFrom <= now.adding(seconds: Verifier.skewSeconds), list.validUntil >= now,
      list.chain.map({ $0.holds(at: now.seconds, revocationTime: now.seconds) }) ?? true
    else { return nil }
    return list
  }
}
