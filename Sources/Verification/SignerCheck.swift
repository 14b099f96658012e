internal import Credentials
internal import Encodings
internal import Messages
internal import PKI

/// A key, and whose it is, after trust list, certificate chain and CRLs agreed about it.
struct Signer: Sendable {
  let key: ListedKey
  /// The listings that let the key sign this, then.
  let listings: [KeyListing]
  /// Nil where no certificate stands behind the key.
  let chain: ValidatedChain?
  /// What could not be read on the way; the answer is then at most "cannot tell".
  let doubts: [Reason]

  var entity: TrustList.Entity { key.entity }
}

/// Why a token is not authenticated: a rejection (about the credential) or an uncertainty (about what we could read).
public struct TokenRejection: Error {
  public let authenticity: Authenticity
  public let reason: Reason
  /// It follows from what the trust list does not say. A list that is not in force proves no such thing.
  var restsOnList = false
  /// The chamber or the address of a key, where the list does not name it: another authority's list may.
  var unlisted: Text?

  init(authenticity: Authenticity, reason: Reason, restsOnList: Bool = false, unlisted: Text? = nil) {
    self.authenticity = authenticity
    self.reason = reason
    self.restsOnList = restsOnList
    self.unlisted = unlisted
  }

  static func notGenuine(_ reason: Reason, restsOnList: Bool = false) -> TokenRejection {
    TokenRejection(authenticity: .notGenuine, reason: reason, restsOnList: restsOnList)
  }
  static func malformed(_ place: String, _ what: String) -> TokenRejection {
    TokenRejection(
      authenticity: .malformed,
      reason: Reason(.malformed, [.init("where", JSON(place)), .init("what", JSON(what))])
    )
  }
  static func unavailable(_ what: String) -> TokenRejection {
    TokenRejection(authenticity: .notChecked, reason: Reason(.trustDataUnavailable, [.init("what", JSON(what))]))
  }
  static func chain(_ step: String, restsOnList: Bool = false) -> TokenRejection {
    notGenuine(Reason(.chainInvalid, [.init("step", JSON(step))]), restsOnList: restsOnList)
  }
  /// Answers quote the step. For a certificate that cannot be read it has kept the words that clients know, whatever
  /// the types are called.
  static func chain(_ error: ChainRejection) -> TokenRejection {
    switch error {
    case .unreadable(let step, .key(let why)):
      chain("unreadable(step: \(step), PKI.CertificateError.key(PKI.KeyError.\(why)))")
    case .unreadable(let step, let why): chain("unreadable(step: \(step), PKI.CertificateError.\(why))")
    default: chain("\(error)")
    }
  }
}

extension ListedKey {
  /// The listings under which the key may sign for a purpose at a moment.
  func listings(for purpose: TrustList.Key.Purpose, algorithm: SignatureAlgorithm, signedAt: Instant)
    throws(TokenRejection) -> [KeyListing]
  {
    let shown = DiagnosticText.short(keyID)
    // A signer of credentials also signs their status; nothing else changes its purpose.
    let serving = listings.filter {
      $0.key.purpose.map { $0 == purpose || ($0 == .credential && purpose == .statusList) } ?? true
    }
    guard !serving.isEmpty, !isReserved else {
      throw .notGenuine(
        Reason(.keyNotForPurpose, [.init("kid", .string(shown)), .init("purpose", JSON(purpose.rawValue))]),
        restsOnList: true
      )
    }
    guard publicKey.kind.fits(algorithm),
      serving.allSatisfy({ $0.key.jwk.algorithm == nil || $0.key.jwk.algorithm == algorithm })
    else {
      throw .notGenuine(Reason(.algorithmRefused, [.init("alg", JSON(algorithm.rawValue))]))
    }
    let inUse = serving.filter {
      signedAt.seconds >= $0.key.notBefore - Verifier.skewSeconds && signedAt.seconds < $0.key.expires
    }
    guard !inUse.isEmpty else {
      throw .notGenuine(
        Reason(.keyOutsideValidity, [.init("kid", .string(shown)), .init("at", JSON(signedAt.description))]),
        restsOnList: true
      )
    }
    return inUse
  }
}

extension TokenAuthenticator {
  /// Steps 1 to 10 of validating `kid`, `x5c` and the trust list together: they must name the same key
  /// (`docs/DESIGN.md`, chain).
  ///
  /// - Parameter signedAt: when the token says it was signed; the key must have been in use then.
  func signer(of jws: CompactJWS, purpose: TrustList.Key.Purpose, signedAt: Instant) throws(TokenRejection) -> Signer {
    let carried: [[UInt8]]?
    do throws(CompactTokenRejection) {
      carried = try jws.certificateChain()
    } catch {
      throw .malformed("header", DiagnosticText.of(error))
    }
    guard case .success = trust.list else {
      try refute(jws, carried, signedAt: signedAt)
      throw .unavailable("trust_list")
    }
    guard let keyID = jws.keyID else { throw .notGenuine(Reason(.keyUnknown, [.init("kid", "")])) }
    let key = try listed(keyID)
    let listings = try key.listings(for: purpose, algorithm: jws.algorithm, signedAt: signedAt)
    let (chain, doubts) = try chain(of: key, carried: carried, signedAt: signedAt)
    return Signer(key: key, listings: listings, chain: chain, doubts: doubts)
  }

  func listed(_ keyID: Text) throws(TokenRejection) -> ListedKey {
    guard let key = trust.keys[keyID] else {
      let did = Text(validating: keyID.bytes.prefix { $0 != UInt8(ascii: "#") }) ?? keyID
      guard keyID.hasPrefix("did:"), !trust.keys.lists(did) else {
        var refusal = TokenRejection.notGenuine(
          Reason(.keyUnknown, [.init("kid", .string(DiagnosticText.short(keyID)))]),
          restsOnList: true
        )
        // The address of a key (Open Badges 3.0, 8.2) below another host than ours may be of a chamber that another
        // list names.
        if keyID.hasPrefix("https://"), trust.host.map({ !keyID.hasPrefix(Text("https://\($0)/")) }) ?? false {
          refusal.unlisted = keyID
        }
        throw refusal
      }
      throw TokenRejection(
        authenticity: .unknownIssuer,
        reason: Reason(.issuerUnknown, [.init("issuer", .string(DiagnosticText.short(did)))]),
        restsOnList: true,
        unlisted: did
      )
    }
    guard !key.isContradictory else { throw .unavailable("trust_list") }
    return key
  }

  /// Without the list nobody can be known, but a chain that does not lead to our root, or a signature that its key did
  /// not make, is wrong whatever the list would say.
  private func refute(_ jws: CompactJWS, _ carried: [[UInt8]]?, signedAt: Instant) throws(TokenRejection) {
    guard let carried, !trust.anchors.isEmpty,
      let did = jws.keyID.flatMap({ Text(validating: $0.bytes.prefix { $0 != UInt8(ascii: "#") }) })
    else { return }
    let host: Text
    do throws(DIDRejection) {
      host = try DIDWeb(did).host
    } catch {
      return
    }
    let (chain, _) = try TokenAuthenticator(trust: trust, snapshot: snapshot, now: signedAt, caches: caches).validate(
      carried,
      host: host.string,
      signedAt: signedAt
    )
    let holds: Bool
    do throws(OpenSSLFailure) {
      holds = try jws.isSigned(by: chain.key)
    } catch {
      throw .unavailable("cryptography")
    }
    guard holds else { throw .notGenuine(Reason(.signatureInvalid)) }
  }

  /// Signer and CA: from the token where it carries them, else from the published files. Nil where the list alone
  /// vouches for the key.
  func chain(of key: ListedKey, carried: [[UInt8]]?, signedAt: Instant)
    throws(TokenRejection) -> (ValidatedChain?, [Reason])
  {
    let host: Text
    do throws(DIDRejection) {
      host = try DIDWeb(key.entity.id).host
    } catch {
      throw .unavailable("trust_list")
    }
    let authorities = key.listings.flatMap(\.service.issuingCAs).map(\.sha256)
    if let carried {
      guard carried.count >= 2 else { throw .chain("only one certificate came with it") }
      guard authorities.contains(SHA2.sha256(carried[1])) else {
        throw .chain("the issuing CA is not in the list of chambers", restsOnList: true)
      }
      let (chain, doubts) = try validate(carried, host: host.string, signedAt: signedAt)
      guard chain.key == key.publicKey else { throw .chain("the certificate names another key") }
      return (chain, doubts)
    }
    // The files are a convenience that nobody signed as a whole: one that does not fit proves nothing, a withdrawn key
    // does.
    var best: (ValidatedChain, [Reason])?
    for leaf in trust.certificates.certificates(of: key.publicKey).prefix(Self.maxCandidates) {
      for case let authority? in authorities.map(trust.certificates.certificate(sha256:)) {
        do throws(TokenRejection) {
          let found = try validate([leaf.der, authority.der], host: host.string, signedAt: signedAt)
          if found.1.isEmpty { return found }
          if best == nil { best = found }
        } catch { if error.reason.code == .signerRevoked { throw error } }
      }
    }
    if let best { return best }
    // A key of an export format or of an embedded proof has no certificate of its own: the trust list alone vouches for
    // it.
    guard key.publicKey.kind != .p256 else { throw .unavailable("certificates") }
    return (nil, [])
  }

  /// Certificates of one key that are tried: its renewals, and what a stranger may have put beside them.
  static let maxCandidates = 8

  /// A chain that is wrong for ever is a forgery. One that merely could not be followed to the end (CRL missing or old,
  /// certificates ended since) leaves a doubt and the rest of the answer: a thief's page, or an expired credential, is
  /// still called what it is.
  private func validate(_ chain: [[UInt8]], host: String, signedAt: Instant)
    throws(TokenRejection) -> (ValidatedChain, [Reason])
  {
    let chains = caches?.chains ?? ChainCache(capacity: 1)
    var rules = ChainRules.credentialSigner(host: host, policy: nil)
    rules.revocationTime = now.seconds
    var time = (asOf ?? now).seconds
    var doubts: [Reason] = []
    for _ in 0..<3 {
      do throws(ChainRejection) {
        let valid = try chains.validate(chain, anchors: trust.anchors, crls: trust.crls, at: time, rules: rules)
        return (valid, doubts)
      } catch {
        switch error {
        case .crlMissing, .crlStale:
          guard rules.revocation == .required else { break }
          rules.revocation = .ignored
          doubts.append(Reason(.trustDataUnavailable, [.init("what", "revocation_list")]))
        case .expired, .notYetValid:
          guard time != signedAt.seconds else { break }
          if case .expired = error { doubts.append(Self.chainEnded) }
          time = signedAt.seconds
        // Revoked since the moment that is asked about. The entry stands in a list that holds, so nothing is left in
        // doubt.
        case .revoked(_, let at) where asOf.map { $0.seconds < at } == true: rules.revocation = .ignored
        case .revoked(_, let at):
          throw .notGenuine(Reason(.signerRevoked, [.init("at", JSON(Instant(seconds: at).description))]))
        case .failure:
          throw .unavailable("certificates")
        default:
          throw .chain(error)
        }
      }
    }
    throw .chain("the certificates were not valid when it was signed")
  }

  /// The doubt that a proof from the log settles: the certificates held when the entry was made.
  static let chainEnded = Reason(.trustDataUnavailable, [.init("what", "certificates")])
}
