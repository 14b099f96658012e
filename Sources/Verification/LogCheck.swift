internal import Credentials
internal import Encodings
internal import Messages
internal import PKI
internal import TransparencyLog

/// The place of a credential in the public log.
struct LogCheck {
  let credential: AuthenticatedCredential
  private var claims: AuthenticatedClaims { credential.claims }

  init(_ credential: AuthenticatedCredential) { self.credential = credential }

  /// A programme that must be logged and has no good proof is not merely doubtful: an issue without a leaf is what a
  /// stolen key makes.
  func check(_ evidence: LogEvidence, _ builder: inout DecisionBuilder) throws(TokenRejection) {
    guard credential.mustBeLogged else { return }
    switch evidence {
    case .notAsked: return
    case .unavailable: builder.addUncertainty(trust: Reason(.logUnavailable))
    case .absent: throw absent
    case .parts(let proof): try check(proof, &builder)
    case .proof(let file):
      let proof: LogProof
      do throws(LogRejection) {
        proof = try LogProof.parse(file)
      } catch {
        throw rejection(error)
      }
      try check(proof, &builder)
    case .entry(let proof, let head, let held):
      guard credential.isLogged(by: head) else { return builder.addUncertainty(trust: Reason(.logUnavailable)) }
      try check(proof, under: head, held: held, builder: &builder)
    case .found(let place, let head):
      guard credential.isLogged(by: head) else { return builder.addUncertainty(trust: Reason(.logUnavailable)) }
      // Settled when it was found: it is kept only then, and only for a token without a doubt about its chain.
      builder.log = Decision.LogPlace(place, under: head)
    }
  }

  private var absent: TokenRejection {
    .notGenuine(Reason(.notInLog, [.init("id", JSON(claims.facts.id))]))
  }

  /// A proof that came with the credential: one that does not hold is a forgery.
  private func check(_ proof: LogProof, _ builder: inout DecisionBuilder) throws(TokenRejection) {
    // The log commits to the bytes of the token. Another form of the same credential is not covered by that.
    guard claims.form == .token else { return builder.addUncertainty(trust: Reason(.logUnavailable)) }
    let logged: LoggedCredential
    do throws(LogRejection) {
      guard let policy = policy(for: proof) else {
        return builder.addUncertainty(trust: Reason(.logUnavailable))
      }
      logged = try proof.verify(token: credential.token, id: Text(claims.facts.id), policy: policy)
      guard logged.entry.chamber == claims.issuer, logged.entry.programme == claims.programme else {
        throw .otherCredential
      }
    } catch {
      guard error.isFailure else { throw rejection(error) }
      return builder.addUncertainty(trust: Reason(.logUnavailable))
    }
    try settle(loggedAt: logged.entry.at, &builder)
    let checkpoint = logged.logged.checkpoint
    builder.log = Decision.LogPlace(
      origin: checkpoint.checkpoint.origin,
      size: checkpoint.size,
      leaf: logged.logged.index
    )
  }

  /// The entry that a directory names.
  private func check(
    _ proof: LogProof,
    under head: VerifiedCheckpoint,
    held: [UInt8],
    builder: inout DecisionBuilder
  ) throws(TokenRejection) {
    let logged: LoggedCredential
    // Nobody signed the directory: a wrong place in it is its fault, and says nothing about the credential.
    do throws(LogRejection) {
      logged = try proof.verify(token: held, id: Text(claims.facts.id), under: head)
    } catch {
      return builder.addUncertainty(trust: Reason(.logUnavailable))
    }
    guard logged.entry.chamber == claims.issuer, logged.entry.programme == claims.programme,
      claims.form == .token ? held == credential.token : claims.says(what: held)
    else { throw absent }  // under this number another credential was issued
    try settle(loggedAt: logged.entry.at, &builder)
    builder.log = Decision.LogPlace(origin: head.checkpoint.origin, size: head.size, leaf: proof.index)
  }

  /// The list names the logs; a checkpoint of another one is no evidence at all. Nil: the list names no log that can be
  /// read.
  private func policy(for proof: LogProof) -> LogPolicy? {
    let logs = claims.authority.logs
    guard let first = logs.first else { return nil }
    let origin = proof.checkpoint.prefix { $0 != 0x0A }
    return logs.first { $0.origin.bytes.elementsEqual(origin) } ?? first
  }

  private func rejection(_ error: LogRejection) -> TokenRejection {
    .notGenuine(Reason(.logProofInvalid, [.init("step", JSON("\(error)"))]))
  }

  /// The entry dates the signature better than the token does: key and chamber must have been in use when it was made.
  /// In turn a chain that ended since is no doubt any more, if it held then.
  private func settle(loggedAt: Instant, _ builder: inout DecisionBuilder) throws(TokenRejection) {
    let wasInUse = claims.signer.listings.contains { listing in
      loggedAt.seconds >= listing.key.notBefore - Verifier.skewSeconds && loggedAt.seconds < listing.key.expires
    }
    // A document is signed when it is exported, by another key and long after the entry: that key was judged at the
    // proof's own time.
    guard claims.form == .document || (wasInUse && loggedAt >= claims.signedAt.adding(seconds: -Verifier.skewSeconds))
    else {
      throw .notGenuine(
        Reason(
          .keyOutsideValidity,
          [
            .init("kid", .string(DiagnosticText.short(claims.signer.key.keyID))),
            .init("at", JSON(loggedAt.description)),
          ]
        )
      )
    }
    guard claims.listings.contains(where: { $0.change(at: loggedAt)?.status == .granted }) else {
      throw .notGenuine(
        Reason(
          .issuerNotAuthorised,
          [.init("issuer", .string(claims.signer.entity.name)), .init("programme", .string(claims.programme))]
        )
      )
    }
    guard let chain = claims.signer.chain, chain.certificatesFrom <= loggedAt.seconds,
      loggedAt.seconds <= chain.certificatesUntil
    else { return }
    builder.resolveChainUncertainty()
  }
}

extension Decision.LogPlace {
  /// A place that was found before, under a later checkpoint.
  init(_ place: VerifiedLogPlace, under head: VerifiedCheckpoint) {
    self.init(origin: head.checkpoint.origin, size: max(head.size, place.leaf + 1), leaf: place.leaf)
  }
}
