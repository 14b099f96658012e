internal import Credentials
internal import Encodings
internal import Messages
internal import PKI

/// A key, and whose it is, after trust list, certificate chain and CRLs agreed about it.
struct Signer: Sendable {
  let entry: KeyBook.Entry
  /// The listings that let the key sign this, then.
  let places: [KeyBook.Place]
  /// Nil where no certificate stands behind the key.
  let chain: ValidatedChain?
  /// What could not be read on the way; the answer is then at most "cannot tell".
  let doubts: [Reason]

  var entity: TrustList.Entity { entry.entity }
}

/// What stopped the search for a signer: a rejection (about the credential) or doubt (about what we could read).
struct SignerRefusal: Error {
  let authenticity: Authenticity
  let reason: Reason
  /// It follows from what the trust list does not say. A list that is not in force proves no such thing.
  var restsOnList = false
  /// The chamber or the address of a key, where the list does not name it: another authority's list may.
  var unlisted: Text?

  static func forged(_ reason: Reason, restsOnList: Bool = false) -> SignerRefusal {
    SignerRefusal(authenticity: .notGenuine, reason: reason, restsOnList: restsOnList)
  }
  static func malformed(_ place: String, _ what: String) -> SignerRefusal {
    SignerRefusal(
      authenticity: .malformed,
      reason: Reason(.malformed, [.init("where", JSON(place)), .init("what", JSON(what))])
    )
  }
  static func unavailable(_ what: String) -> SignerRefusal {
    SignerRefusal(authenticity: .notChecked, reason: Reason(.trustDataUnavailable, [.init("what", JSON(what))]))
  }
  static func chain(_ step: String, restsOnList: Bool = false) -> SignerRefusal {
    forged(Reason(.chainInvalid, [.init("step", JSON(step))]), restsOnList: restsOnList)
  }
  /// Answers quote the step. For a certificate that cannot be read it has kept the words that clients know, whatever
  /// the types are called.
  static func chain(_ error: ChainRejection) -> SignerRefusal {
    switch error {
    case .unreadable(let step, .key(let why)):
      chain("unreadable(step: \(step), PKI.CertificateError.key(PKI.KeyError.\(why)))")
    case .unreadable(let step, let why): chain("unreadable(step: \(step), PKI.CertificateError.\(why))")
    default: chain("\(error)")
    }
  }
}

extension KeyBook.Entry {
  /// The listings under which the key may sign for a purpose at a moment.
  func places(for purpose: TrustList.Key.Purpose, algorithm: SignatureAlgorithm, signedAt: Instant)
    throws(SignerRefusal) -> [KeyBook.Place]
  {
    let shown = Words.short(keyID)
    // A signer of credentials also signs their status; nothing else changes its purpose.
    let serving = places.filter {
      $0.key.purpose.map { $0 == purpose || ($0 == .credential && purpose == .statusList) } ?? true
    }
    guard !serving.isEmpty, !isReserved else {
      throw .forged(
        Reason(.keyNotForPurpose, [.init("kid", .string(shown)), .init("purpose", JSON(purpose.rawValue))]),
        restsOnList: true
      )
    }
    guard publicKey.kind.fits(algorithm),
      serving.allSatisfy({ $0.key.jwk.algorithm == nil || $0.key.jwk.algorithm == algorithm })
    else {
      throw .forged(Reason(.algorithmRefused, [.init("alg", JSON(algorithm.rawValue))]))
    }
    let inUse = serving.filter {
      signedAt.seconds >= $0.key.notBefore - Verifier.skewSeconds && signedAt.seconds < $0.key.expires
    }
    guard !inUse.isEmpty else {
      throw .forged(
        Reason(.keyOutsideValidity, [.init("kid", .string(shown)), .init("at", JSON(signedAt.description))]),
        restsOnList: true
      )
    }
    return inUse
  }
}

extension Trust {
  /// Steps 1 to 10 of validating `kid`, `x5c` and the trust list together: they must name the same key
  /// (`docs/DESIGN.md`, chain).
  ///
  /// - Parameters:
  ///   - signedAt: when the token says it was signed; the key must have been in use then.
  ///   - asOf: a moment of the past that is asked about: certificates of then, revocations until then by the CRLs of
  ///     now.
  func signer(
    of jws: CompactJWS,
    purpose: TrustList.Key.Purpose,
    signedAt: Instant,
    at now: Instant,
    asOf: Instant? = nil
  ) throws(SignerRefusal) -> Signer {
    let carried: [[UInt8]]?
    do throws(CompactTokenRejection) {
      carried = try jws.certificateChain()
    } catch {
      throw .malformed("header", Words.of(error))
    }
    guard case .success = list else {
      try refute(jws, carried, signedAt: signedAt)
      throw .unavailable("trust_list")
    }
    guard let keyID = jws.keyID else { throw .forged(Reason(.keyUnknown, [.init("kid", "")])) }
    let entry = try listed(keyID)
    let places = try entry.places(for: purpose, algorithm: jws.algorithm, signedAt: signedAt)
    let (chain, doubts) = try chain(of: entry, carried: carried, signedAt: signedAt, at: now, asOf: asOf)
    return Signer(entry: entry, places: places, chain: chain, doubts: doubts)
  }

  func listed(_ keyID: Text) throws(SignerRefusal) -> KeyBook.Entry {
    guard let entry = book[keyID] else {
      let did = Text(validating: keyID.bytes.prefix { $0 != UInt8(ascii: "#") }) ?? keyID
      guard keyID.hasPrefix("did:"), !book.lists(did) else {
        var refusal = SignerRefusal.forged(
          Reason(.keyUnknown, [.init("kid", .string(Words.short(keyID)))]),
          restsOnList: true
        )
        // The address of a key (Open Badges 3.0, 8.2) below another host than ours may be of a chamber that another
        // list names.
        if keyID.hasPrefix("https://"), host.map({ !keyID.hasPrefix(Text("https://\($0)/")) }) ?? false {
          refusal.unlisted = keyID
        }
        throw refusal
      }
      throw SignerRefusal(
        authenticity: .unknownIssuer,
        reason: Reason(.issuerUnknown, [.init("issuer", .string(Words.short(did)))]),
        restsOnList: true,
        unlisted: did
      )
    }
    guard !entry.isContradictory else { throw .unavailable("trust_list") }
    return entry
  }

  /// Without the list nobody can be known, but a chain that does not lead to our root, or a signature that its key did
  /// not make, is wrong whatever the list would say.
  private func refute(_ jws: CompactJWS, _ carried: [[UInt8]]?, signedAt: Instant) throws(SignerRefusal) {
    guard let carried, !anchors.isEmpty,
      let did = jws.keyID.flatMap({ Text(validating: $0.bytes.prefix { $0 != UInt8(ascii: "#") }) })
    else { return }
    let host: Text
    do throws(DIDRejection) {
      host = try DIDWeb(did).host
    } catch {
      return
    }
    let (chain, _) = try validate(carried, host: host.string, signedAt: signedAt, at: signedAt, asOf: nil)
    let holds: Bool
    do throws(OpenSSLFailure) {
      holds = try jws.isSigned(by: chain.key)
    } catch {
      throw .unavailable("cryptography")
    }
    guard holds else { throw .forged(Reason(.signatureInvalid)) }
  }

  /// Signer and CA: from the token where it carries them, else from the published files. Nil where the list alone
  /// vouches for the key.
  func chain(of entry: KeyBook.Entry, carried: [[UInt8]]?, signedAt: Instant, at now: Instant, asOf: Instant? = nil)
    throws(SignerRefusal) -> (ValidatedChain?, [Reason])
  {
    let host: Text
    do throws(DIDRejection) {
      host = try DIDWeb(entry.entity.id).host
    } catch {
      throw .unavailable("trust_list")
    }
    let authorities = entry.places.flatMap(\.service.issuingCAs).map(\.sha256)
    if let carried {
      guard carried.count >= 2 else { throw .chain("only one certificate came with it") }
      guard authorities.contains(SHA2.sha256(carried[1])) else {
        throw .chain("the issuing CA is not in the list of chambers", restsOnList: true)
      }
      let (chain, doubts) = try validate(carried, host: host.string, signedAt: signedAt, at: now, asOf: asOf)
      guard chain.key == entry.publicKey else { throw .chain("the certificate names another key") }
      return (chain, doubts)
    }
    // The files are a convenience that nobody signed as a whole: one that does not fit proves nothing, a withdrawn key
    // does.
    var best: (ValidatedChain, [Reason])?
    for leaf in certificates.certificates(of: entry.publicKey).prefix(Self.maxCandidates) {
      for case let authority? in authorities.map(certificates.certificate(sha256:)) {
        do throws(SignerRefusal) {
          let found = try validate(
            [leaf.der, authority.der],
            host: host.string,
            signedAt: signedAt,
            at: now,
            asOf: asOf
          )
          if found.1.isEmpty { return found }
          if best == nil { best = found }
        } catch { if error.reason.code == .signerRevoked { throw error } }
      }
    }
    if let best { return best }
    // A key of an export format or of an embedded proof has no certificate of its own: the trust list alone vouches for
    // it.
    guard entry.publicKey.kind != .p256 else { throw .unavailable("certificates") }
    return (nil, [])
  }

  /// Certificates of one key that are tried: its renewals, and what a stranger may have put beside them.
  static let maxCandidates = 8

  /// A chain that is wrong for ever is a forgery. One that merely could not be followed to the end (CRL missing or old,
  /// certificates ended since) leaves a doubt and the rest of the answer: a thief's page, or an expired credential, is
  /// still called what it is.
  private func validate(_ chain: [[UInt8]], host: String, signedAt: Instant, at now: Instant, asOf: Instant?)
    throws(SignerRefusal) -> (ValidatedChain, [Reason])
  {
    var rules = ChainRules.credentialSigner(host: host, policy: nil)
    rules.revocationTime = now.seconds
    var time = (asOf ?? now).seconds, doubts: [Reason] = []
    for _ in 0..<3 {
      do throws(ChainRejection) {
        return (try chains.validate(chain, anchors: anchors, crls: crls, at: time, rules: rules), doubts)
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
          throw .forged(Reason(.signerRevoked, [.init("at", JSON(Instant(seconds: at).description))]))
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
