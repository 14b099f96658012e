public import Credentials
public import Encodings
internal import Messages
public import PKI
public import Storefronts
internal import Synchronization
public import TransparencyLog

/// Everything signed that a verdict rests on, read and verified once for each version: anchor, trust list,
/// certificates, CRLs, platform table.
///
/// Nothing here looks at a clock or a disk: bytes come in, and each question brings its time. What was verified under
/// one value is remembered with it (chains, headers, whole tokens) and forgotten with it: a new version of any part is
/// a new `Trust`.
public struct Trust: Sendable {
  /// Why a part cannot be used; never a reason to say that a credential is forged.
  public enum Problem: Error, Hashable, Sendable { case missing, unusable(String) }

  private let parts: Parts

  /// What every answer asks of the list.
  struct Terms: Sendable { let sequence: Int64, issuedAt: Int64, expires: Int64; let nextUpdate: Instant }
  var terms: Terms? { parts.terms }

  /// Held once: a `Trust` is passed around with every question.
  private final class Parts: Sendable {
    let anchors: [Certificate], list: Result<TrustList, Problem>, platforms: PlatformTable?, newestSequence: Int64?
    let platformsVersion: String?, signedBy: Certificate?, book: KeyBook, certificates: CertificateShelf,
      crls: [RevocationList], logs: [LogPolicy]
    let contextDigests: [Text: Text], generatedContext: (url: Text, digest: Text)?, terms: Terms?
    let chains = ChainCache(capacity: Trust.chainCapacity), headers = KnownHeaders(), tokens: KnownTokens,
      mark = TrustVersionMark()

    init(
      anchors: [Certificate],
      list: Result<TrustList, Problem>,
      platforms: PlatformTable?,
      newestSequence: Int64?,
      signedBy: Certificate?,
      certificates: CertificateShelf,
      crls: [RevocationList],
      contextDigests: [Text: Text],
      knownTokens: Int
    ) {
      var found: TrustList?
      if case .success(let list) = list { found = list }
      (self.anchors, self.list, self.platforms, self.newestSequence, self.signedBy) = (
        anchors, list, platforms, newestSequence, signedBy
      )
      self.certificates = certificates
      self.crls = crls
      self.contextDigests = contextDigests
      platformsVersion = platforms?.version.string
      terms = found.map {
        Terms(sequence: $0.sequenceNumber, issuedAt: $0.issuedAt, expires: $0.expires, nextUpdate: $0.nextUpdate)
      }
      book = KeyBook(found)
      logs = Trust.logPolicies(found?.logKeys ?? [])
      generatedContext = found.flatMap { $0.issuer.dropping(prefix: "https://") }.map { host in
        (Text("https://\(host)\(MembershipCredential.contextPath)"), MembershipContext.digestSRI(host: host))
      }
      tokens = KnownTokens(capacity: knownTokens)
    }
  }

  public var anchors: [Certificate] { parts.anchors }
  public var list: Result<TrustList, Problem> { parts.list }
  /// The table by which page addresses are read; nil when it is missing or not the one the trust list names.
  public var platforms: PlatformTable? { parts.platforms }
  var platformsVersion: String? { parts.platformsVersion }
  /// The highest sequence number of this list that the caller ever saw; nil: none.
  public var newestSequence: Int64? { parts.newestSequence }
  /// The anchor that signed the list.
  var signedBy: Certificate? { parts.signedBy }
  var book: KeyBook { parts.book }
  var certificates: CertificateShelf { parts.certificates }
  var crls: [RevocationList] { parts.crls }
  var chains: ChainCache { parts.chains }
  var mark: TrustVersionMark { parts.mark }
  var tokens: KnownTokens { parts.tokens }
  var headers: KnownHeaders { parts.headers }
  /// The logs that the list names, each with its keys.
  public var logs: [LogPolicy] { parts.logs }
  /// `sha384-…` of the contexts that credentials may pin, by address; those the caller vouches for.
  var contextDigests: [Text: Text] { parts.contextDigests }
  /// Of the context this program writes for the list's host.
  var generatedContext: (url: Text, digest: Text)? { parts.generatedContext }

  /// Signers in the chain cache: ten for each of a hundred chambers.
  static let chainCapacity = 1_024

  /// - Parameters:
  ///   - anchors: roots from configuration, never from the data to be checked.
  ///   - trustList: the signed token.
  ///   - certificates: published CA and signer certificates, DER. Unreadable ones are left out: they are only a
  ///     convenience.
  ///   - crls: DER. An unreadable one is left out, and then missing.
  ///   - platforms: the JSON form of the platform table.
  ///   - newestSequence: the highest sequence number ever seen; an older list praises nobody.
  ///   - contextDigests: `sha384-…` by address, for an authority whose context is not the one this program writes.
  ///   - knownTokens: how many verified tokens are kept for the fast path; 0: none. One is about 10 kB.
  public init(
    anchors: [Certificate],
    trustList: [UInt8]?,
    certificates: [[UInt8]],
    crls: [[UInt8]],
    platforms: [UInt8]?,
    newestSequence: Int64? = nil,
    contextDigests: [Text: Text] = [:],
    knownTokens: Int = KnownTokens.defaultCapacity
  ) {
    var problem = Problem.missing, found: TrustList?, signedBy: Certificate?
    if let token = trustList {
      if anchors.isEmpty { problem = .unusable("no anchor is configured") }
      for anchor in anchors where found == nil {
        do throws(TrustListRejection) {
          found = try TrustList.read(token, root: anchor.publicKey, rootSHA256: anchor.sha256)
          signedBy = anchor
        } catch { problem = .unusable("\(error)") }
      }
    }
    let lists = crls.compactMap { der in
      do throws(RevocationListRejection) {
        return try RevocationList(der: der)
      } catch {
        return nil
      }
    }
    var table: PlatformTable?
    // A list that names no table (another authority's) leaves the choice to the caller's bytes.
    if let platforms, found?.platforms.map({ SHA2.sha256(platforms) == $0.sha256 }) ?? true {
      do throws(PlatformTableRejection) {
        table = try PlatformTable(json: platforms)
      } catch {
        table = nil
      }
    }
    parts = Parts(
      anchors: anchors,
      list: found.map { .success($0) } ?? .failure(problem),
      platforms: table,
      newestSequence: newestSequence,
      signedBy: signedBy,
      certificates: CertificateShelf(certificates, found),
      crls: lists,
      contextDigests: contextDigests,
      knownTokens: knownTokens
    )
  }

  /// One policy for each log; a key that cannot be read is left out, and then its log proves nothing.
  private static func logPolicies(_ keys: [Text]) -> [LogPolicy] {
    var byOrigin: [(origin: Text, keys: [VerifierKey])] = []
    for text in keys {
      do throws(LogRejection) {
        let key = try VerifierKey(text.string)
        guard key.kind == .ed25519 else { continue }
        if let place = byOrigin.firstIndex(where: { $0.origin == key.name }) {
          byOrigin[place].keys.append(key)
        } else {
          byOrigin.append((key.name, [key]))
        }
      } catch { continue }
    }
    return byOrigin.compactMap { log in
      do throws(LogRejection) {
        return try LogPolicy(origin: log.origin, logKeys: log.keys)
      } catch {
        return nil
      }
    }
  }

  /// Host of the scheme that keeps the list, from its `iss`.
  var host: Text? {
    generatedContext.flatMap { $0.url.dropping(prefix: "https://") }.flatMap {
      Text(validating: $0.bytes.prefix { $0 != UInt8(ascii: "/") })
    }
  }

  /// Nil when the list may be believed at this time; else why not. What it does not say is then no evidence either.
  func listProblem(at now: Instant) -> Reason? {
    guard let list = terms else { return Reason(.trustDataUnavailable, [.init("what", "trust_list")]) }
    if let newestSequence, list.sequence < newestSequence {
      return Reason(
        .trustListRollback,
        [.init("seen", .integer(list.sequence)), .init("known", .integer(newestSequence))]
      )
    }
    // The root's own end is the list's end, too.
    if now.seconds >= list.expires || (signedBy.map { now.seconds > $0.notAfter } ?? false) {
      return Reason(.trustListStale, [.init("asOf", JSON(Instant(seconds: list.issuedAt).description))])
    }
    return nil
  }
}

/// Tells one version of the trust data from another: what was verified under one says nothing under the next.
final class TrustVersionMark: Sendable {
  private struct Name: Hashable { let url: Text, issuer: Text, purpose: Text }
  private let names = Mutex<[Name: ListName]>([:])
  /// Lists of a thousand chambers; beyond it they are named anew, which costs time and nothing else.
  private static let maxNames = 4_096

  /// The same object for the same list, as long as both are remembered.
  func name(of entry: StatusEntry, issuer: Text) -> ListName {
    names.withLock { names in
      let name = Name(url: entry.list, issuer: issuer, purpose: entry.purpose)
      if let known = names[name] { return known }
      if names.count >= Self.maxNames { names.removeAll() }
      let made = ListName(url: entry.list, issuer: issuer, purpose: entry.purpose)
      names[name] = made
      return made
    }
  }
}

/// A status list as the tokens of one chamber name it: held once for all of them.
final class ListName: Sendable {
  let url: Text, issuer: Text, purpose: Text
  init(url: Text, issuer: Text, purpose: Text) {
    self.url = url
    self.issuer = issuer
    self.purpose = purpose
  }
}

/// Published certificates by what they are looked for. They are not signed as a set: whoever fills the folder may add
/// some, so one that does not hold proves nothing against a credential.
struct CertificateShelf: Sendable {
  private var byDER: [[UInt8]: Certificate] = [:]
  private var byKey: [PublicKey: [Certificate]] = [:]
  private var byHash: [[UInt8]: Certificate] = [:]

  init(_ ders: [[UInt8]], _ list: TrustList?) {
    let listed = list?.entities.flatMap(\.services).flatMap(\.issuingCAs).compactMap(\.der) ?? []
    for der in ders + listed where byDER[der] == nil {
      do throws(CertificateRejection) {
        let certificate = try Certificate(der: der)
        byDER[der] = certificate
        byKey[certificate.publicKey, default: []].append(certificate)
        byHash[certificate.sha256] = certificate
      } catch { continue }
    }
  }

  func certificate(der: [UInt8]) -> Certificate? { byDER[der] }
  func certificate(sha256: [UInt8]) -> Certificate? { byHash[sha256] }
  /// Those that name this key, the one that ends last first.
  func certificates(of key: PublicKey) -> [Certificate] { (byKey[key] ?? []).sorted { $0.notAfter > $1.notAfter } }
}
