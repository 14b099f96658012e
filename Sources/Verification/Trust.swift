public import Credentials
internal import Encodings
internal import Messages
public import PKI
public import Storefronts

/// Everything signed that a verdict rests on, read and verified once for each version: anchor, trust list, certificates, CRLs, platform table.
///
/// Nothing here looks at a clock or a disk: bytes come in, and each question brings its time.
public struct Trust: Sendable {
  /// Why a part cannot be used; never a reason to say that a credential is forged.
  public enum Problem: Error, Hashable, Sendable { case missing, unusable(String) }

  public let anchors: [Certificate]
  public let list: Result<TrustList, Problem>
  /// The table by which page addresses are read; nil when it is missing or not the one the trust list names.
  public let platforms: PlatformTable?
  let certificates: [PublicKey: Certificate]
  let crls: [RevocationList]
  let chains: ChainCache

  /// - Parameters:
  ///   - anchors: roots from configuration, never from the data to be checked.
  ///   - trustList: the signed token.
  ///   - certificates: published CA and signer certificates, DER. Unreadable ones are left out: they are only a convenience.
  ///   - crls: DER. An unreadable one is left out, and then missing.
  ///   - platforms: the JSON form of the platform table.
  public init(anchors: [Certificate], trustList: [UInt8]?, certificates: [[UInt8]], crls: [[UInt8]], platforms: [UInt8]?) {
    self.anchors = anchors
    var problem = Problem.missing, found: TrustList?
    if let token = trustList {
      for anchor in anchors where found == nil {
        do throws(TrustListError) { found = try TrustList.read(token, root: anchor.publicKey, rootSHA256: anchor.sha256) } catch { problem = .unusable("\(error)") }
      }
    }
    list = found.map { .success($0) } ?? .failure(problem)
    var byKey: [PublicKey: Certificate] = [:]
    for der in certificates {
      do throws(CertificateError) { let certificate = try Certificate(der: der); byKey[certificate.publicKey] = certificate } catch { continue }
    }
    for service in found?.entities.flatMap(\.services) ?? [] {
      for case let der? in service.issuingCAs.map(\.der) {
        do throws(CertificateError) { let certificate = try Certificate(der: der); byKey[certificate.publicKey] = certificate } catch { continue }
      }
    }
    self.certificates = byKey
    var lists: [RevocationList] = []
    for der in crls { do throws(RevocationListError) { lists.append(try RevocationList(der: der)) } catch { continue } }
    self.crls = lists
    // A list that names no table (another authority's) leaves the choice to the caller's bytes.
    let named = found?.platforms?.sha256
    if let platforms, named == nil || SHA2.sha256(platforms) == named {
      do throws(PlatformTableError) { self.platforms = try PlatformTable(json: platforms) } catch { self.platforms = nil }
    } else {
      self.platforms = nil
    }
    chains = ChainCache(capacity: 1_024)          // ten signers for each of a hundred chambers
  }
}

/// A key, and whose it is, after trust list, certificate chain and CRLs agreed about it.
struct Signer: Sendable {
  let entity: TrustList.Entity
  let service: TrustList.Service
  let key: TrustList.Key
  /// Certificate policies; nil where no certificate stands behind the key.
  let policies: [String]?
  /// What could not be read on the way; the answer is then at most "cannot tell".
  let doubts: [Reason]
}

/// What stopped the search for a signer: a rejection (about the credential) or doubt (about what we could read).
struct SignerRefusal: Error {
  let authenticity: Authenticity
  let reason: Reason
}

extension Trust {
  /// Steps 1 to 10 of validating `kid`, `x5c` and the trust list together: they must name the same key (`docs/DESIGN.md`, chain).
  ///
  /// - Parameter signedAt: when the token says it was signed; the key must have been in use then.
  func signer(of jws: CompactJWS, purpose: TrustList.Key.Purpose, signedAt: Instant, at now: Instant) throws(SignerRefusal) -> Signer {
    let list: TrustList
    do throws(Problem) { list = try self.list.get() } catch {
      throw SignerRefusal(authenticity: .notChecked, reason: Reason(.trustDataUnavailable, [.init("what", "trust_list")]))
    }
    guard let kid = jws.keyID else { throw Self.forged(Reason(.keyUnknown, [.init("kid", "")])) }
    var named: (TrustList.Entity, TrustList.Service, TrustList.Key)?
    for entity in list.entities {
      for service in entity.services {
        if let key = service.keys.first(where: { $0.keyID == kid }) { named = (entity, service, key) }
      }
    }
    guard let (entity, service, key) = named else {
      let did = Text(validating: kid.bytes.prefix { $0 != UInt8(ascii: "#") })
      let listed = did.flatMap { list.entity($0) } != nil
      let isDID = kid.hasPrefix("did:")
      throw SignerRefusal(authenticity: listed || !isDID ? .notGenuine : .unknownIssuer, reason: listed || !isDID
        ? Reason(.keyUnknown, [.init("kid", .string(Self.short(kid)))]) : Reason(.issuerUnknown, [.init("issuer", .string(Self.short(did ?? kid)))]))
    }
    if let only = key.purpose, only != purpose, !(only == .credential && purpose == .statusList) {
      throw Self.forged(Reason(.keyNotForPurpose, [.init("kid", .string(Self.short(kid))), .init("purpose", JSON(purpose.rawValue))]))
    }
    guard key.jwk.publicKey.kind.fits(jws.algorithm), key.jwk.algorithm == nil || key.jwk.algorithm == jws.algorithm else {
      throw Self.forged(Reason(.algorithmRefused, [.init("alg", JSON(jws.algorithm.rawValue))]))
    }
    guard signedAt.seconds >= key.notBefore - Verifier.skewSeconds, signedAt.seconds < key.expires else {
      throw Self.forged(Reason(.keyOutsideValidity, [.init("kid", .string(Self.short(kid))), .init("at", JSON(signedAt.description))]))
    }
    let chain = try chain(of: jws, key: key.jwk.publicKey, service: service)
    guard let chain else {
      // An RSA key for an export format has no certificate of its own: the trust list alone vouches for it.
      guard key.jwk.publicKey.kind != .p256 else {
        throw SignerRefusal(authenticity: .notChecked, reason: Reason(.trustDataUnavailable, [.init("what", "certificates")]))
      }
      return Signer(entity: entity, service: service, key: key, policies: nil, doubts: [])
    }
    let host = entity.id.dropping(prefix: "did:web:")?.string ?? ""
    let (validated, doubts) = try validate(chain.map(\.der), host: host, signedAt: signedAt, at: now)
    return Signer(entity: entity, service: service, key: key, policies: validated.policies, doubts: doubts)
  }

  /// Signer and CA: from the token where it carries them, else from the published files. Nil when neither is at hand.
  private func chain(of jws: CompactJWS, key: PublicKey, service: TrustList.Service) throws(SignerRefusal) -> [Certificate]? {
    var chain: [Certificate] = []
    let carried: [[UInt8]]?
    do throws(TokenError) { carried = try jws.certificateChain() } catch { throw Self.malformed("header", "\(error)") }
    if let carried {
      for der in carried {
        if let known = certificates.values.first(where: { $0.der == der }) { chain.append(known); continue }
        do throws(CertificateError) { chain.append(try Certificate(der: der)) } catch { throw Self.forged(Reason(.chainInvalid, [.init("step", JSON("certificate: \(error)"))])) }
      }
      guard chain[0].publicKey == key else { throw Self.forged(Reason(.chainInvalid, [.init("step", "the certificate names another key")])) }
    } else {
      guard let leaf = certificates[key] else { return nil }
      guard let issuing = certificates.values.first(where: { ca in service.issuingCAs.contains { $0.sha256 == ca.sha256 } && leaf.issuer == ca.subject }) else { return nil }
      chain = [leaf, issuing]
    }
    guard chain.count >= 2, service.issuingCAs.contains(where: { $0.sha256 == chain[1].sha256 }) else {
      throw Self.forged(Reason(.chainInvalid, [.init("step", "the issuing CA is not in the list of chambers")]))
    }
    return chain
  }

  /// A chain that is wrong for ever is a forgery. One that merely could not be followed to the end (CRL missing or old, certificates ended
  /// since) leaves a doubt and the rest of the answer: a thief's page, or an expired credential, is still called what it is.
  private func validate(_ chain: [[UInt8]], host: String, signedAt: Instant, at now: Instant) throws(SignerRefusal) -> (ValidatedChain, [Reason]) {
    var rules = ChainRules.credentialSigner(host: host, policy: nil)
    rules.revocationTime = now.seconds
    var time = now.seconds, doubts: [Reason] = []
    for _ in 0..<3 {
      do throws(ChainRejection) { return (try chains.validate(chain, anchors: anchors, crls: crls, at: time, rules: rules), doubts) } catch {
        switch error {
        case .crlMissing, .crlStale:
          guard rules.revocation == .required else { break }
          rules.revocation = .ignored
          doubts.append(Reason(.trustDataUnavailable, [.init("what", "revocation_list")]))
        case .expired, .notYetValid:
          guard time != signedAt.seconds else { break }
          if case .expired = error { doubts.append(Reason(.trustDataUnavailable, [.init("what", "certificates")])) }
          time = signedAt.seconds
        case .revoked(_, let at):
          throw Self.forged(Reason(.signerRevoked, [.init("at", JSON(Instant(seconds: at).description))]))
        case .failure:
          throw SignerRefusal(authenticity: .notChecked, reason: Reason(.trustDataUnavailable, [.init("what", "certificates")]))
        default:
          throw Self.forged(Reason(.chainInvalid, [.init("step", JSON("\(error)"))]))
        }
      }
    }
    throw Self.forged(Reason(.chainInvalid, [.init("step", "the certificates were not valid when it was signed")]))
  }

  static func forged(_ reason: Reason) -> SignerRefusal { SignerRefusal(authenticity: .notGenuine, reason: reason) }
  static func malformed(_ place: String, _ what: String) -> SignerRefusal {
    SignerRefusal(authenticity: .malformed, reason: Reason(.malformed, [.init("where", JSON(place)), .init("what", JSON(what))]))
  }
  /// Outside text is quoted in part only: a key id may be a megabyte long.
  static func short(_ text: Text) -> Text { text.bytes.count <= 120 ? text : Text(String(decoding: text.bytes.prefix(120), as: UTF8.self) + "…") }
}
