public import Credentials
public import Encodings
internal import Messages
public import PKI
public import Storefronts
public import TransparencyLog

/// The published files of one authority that a verdict rests on, as they were read.
public struct TrustFiles: Sendable {
  /// The signed token.
  public var trustList: [UInt8]?
  /// Published CA and signer certificates, DER. Unreadable ones are left out: they are only a convenience.
  public var certificates: [[UInt8]]
  /// DER. An unreadable one is left out, and then missing.
  public var crls: [[UInt8]]
  /// The JSON form of the platform table.
  public var platforms: [UInt8]?

  public init(
    trustList: [UInt8]? = nil,
    certificates: [[UInt8]] = [],
    crls: [[UInt8]] = [],
    platforms: [UInt8]? = nil
  ) {
    self.trustList = trustList
    self.certificates = certificates
    self.crls = crls
    self.platforms = platforms
  }
}

/// The trust data of one authority, read and verified once for each version: anchor, trust list, certificates, CRLs,
/// platform table.
///
/// Immutable. It looks at no clock and no disk: bytes come in, and each question brings its time. A new version of any
/// part is another object, and what was verified under one is not believed under another.
public final class Trust: Sendable {
  /// Why a part cannot be used; never a reason to say that a credential is forged.
  public enum Failure: Error, Hashable, Sendable {
    case missing
    case unusable(String)
  }

  /// What every answer asks of the list.
  struct Terms: Sendable {
    let sequence: Int64
    let issuedAt: Int64
    let expires: Int64
    let nextUpdate: Instant
  }

  public let anchors: [Certificate]
  public let list: Result<TrustList, Failure>
  /// The table by which page addresses are read; nil when it is missing or not the one the trust list names.
  public let platforms: PlatformTable?
  /// The highest sequence number of this list that the caller ever saw; nil: none.
  public let newestSequence: Int64?
  /// The logs that the list names, each with its keys.
  public let logs: [LogPolicy]
  /// Of the list; nil without one.
  let terms: Terms?
  let platformsVersion: String?
  /// The anchor that signed the list.
  let signedBy: Certificate?
  let keys: TrustListKeyIndex
  let certificates: CertificatePool
  let crls: [RevocationList]
  /// `sha384-…` of the contexts that credentials may pin, by address; those the caller vouches for.
  let contextDigests: [Text: Text]
  /// Of the context this program writes for the list's host.
  let generatedContext: (url: Text, digest: Text)?

  /// - Parameters:
  ///   - anchors: roots from configuration, never from the data to be checked.
  ///   - newestSequence: the highest sequence number ever seen; an older list praises nobody.
  ///   - contextDigests: `sha384-…` by address, for an authority whose context is not the one this program writes.
  public init(
    anchors: [Certificate],
    files: TrustFiles,
    newestSequence: Int64? = nil,
    contextDigests: [Text: Text] = [:]
  ) {
    let (list, signedBy) = Self.read(list: files.trustList, under: anchors)
    var found: TrustList?
    if case .success(let list) = list { found = list }
    self.anchors = anchors
    self.list = list
    self.signedBy = signedBy
    self.newestSequence = newestSequence
    self.contextDigests = contextDigests
    platforms = Self.read(platforms: files.platforms, named: found)
    platformsVersion = platforms?.version.string
    terms = found.map {
      Terms(sequence: $0.sequenceNumber, issuedAt: $0.issuedAt, expires: $0.expires, nextUpdate: $0.nextUpdate)
    }
    keys = TrustListKeyIndex(found)
    certificates = CertificatePool(files.certificates, found)
    crls = files.crls.compactMap { der in
      do throws(RevocationListRejection) {
        return try RevocationList(der: der)
      } catch {
        return nil
      }
    }
    logs = Self.logPolicies(found?.logKeys ?? [])
    generatedContext = found.flatMap { $0.issuer.dropping(prefix: "https://") }.map { host in
      (Text("https://\(host)\(MembershipCredential.contextPath)"), MembershipContext.digestSRI(host: host))
    }
  }

  /// The list, and the anchor that signed it.
  private static func read(list token: [UInt8]?, under anchors: [Certificate])
    -> (Result<TrustList, Failure>, signedBy: Certificate?)
  {
    guard let token else { return (.failure(.missing), nil) }
    var problem = Failure.unusable("no anchor is configured")
    for anchor in anchors {
      do throws(TrustListRejection) {
        return (.success(try TrustList.read(token, root: anchor.publicKey, rootSHA256: anchor.sha256)), anchor)
      } catch { problem = .unusable("\(error)") }
    }
    return (.failure(problem), nil)
  }

  /// A list that names no table (another authority's) leaves the choice to the caller's bytes.
  private static func read(platforms: [UInt8]?, named list: TrustList?) -> PlatformTable? {
    guard let platforms, list?.platforms.map({ SHA2.sha256(platforms) == $0.sha256 }) ?? true else { return nil }
    do throws(PlatformTableRejection) {
      return try PlatformTable(json: platforms)
    } catch {
      return nil
    }
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

  /// Whether the list names the log of a checkpoint.
  func names(logOf head: VerifiedCheckpoint) -> Bool {
    logs.contains { $0.origin == head.checkpoint.origin }
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

/// Published certificates by what they are looked for. They are not signed as a set: whoever fills the folder may add
/// some, so one that does not hold proves nothing against a credential.
struct CertificatePool: Sendable {
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
