internal import Credentials
public import Encodings
internal import Messages
internal import PKI
public import TransparencyLog

/// What a caller knows of a credential's place in the public log.
public enum LogEvidence: Sendable {
  /// The log is not part of the question.
  case notAsked
  /// A proof as a file (C2SP tlog-proof), its `extra` holding entry and salt.
  case proof([UInt8])
  /// The same from its parts, as somebody puts them together who reads the tiles.
  case parts(LogProof)
  /// Neither a proof nor the log could be had.
  case unavailable
  /// Somebody who has the whole log and the directory looked: there is no entry.
  case absent
  /// Somebody has log and directory at hand, and is asked only about what is not known to be logged.
  case lookup(LogLookup)
  /// The same of several authorities: the one whose list names the chamber decides which log counts.
  case lookups([LogLookup])
}

/// A log beside a directory, for whoever verifies many tokens: one that was found stays found, because the log only
/// grows.
public struct LogLookup: Sendable {
  public enum Found: Sendable {
    /// The entry that the directory names for the credential, its path under a checkpoint, and the token the directory
    /// holds. None of it is believed for being named.
    case proof(LogProof, under: VerifiedCheckpoint, token: [UInt8])
    /// The directory names no entry.
    case absent
    /// Log or directory cannot be read, do not fit together, or may be older than the credential.
    case unavailable
  }
  let line: any AnyObject & Sendable
  let head: VerifiedCheckpoint
  let find: @Sendable (VerifiedCredential, Instant) -> Found

  /// - Parameters:
  ///   - line: stands for one log as one reader follows it. Every `head` given with the same `line` continues the ones
  ///     before; the caller checked that.
  ///   - head: the newest, opened under a policy of `Trust.logs`.
  ///   - find: by what was verified of the credential, and when it says it was signed.
  public init(
    line: any AnyObject & Sendable,
    head: VerifiedCheckpoint,
    find: @escaping @Sendable (VerifiedCredential, Instant) -> Found
  ) {
    self.line = line
    self.head = head
    self.find = find
  }
}

extension Verifier {
  /// A programme that must be logged and has no good proof is not merely doubtful: an issue without a leaf is what a
  /// stolen key makes.
  func judgeLog(
    _ token: VerifiedToken,
    _ evidence: LogEvidence,
    token bytes: [UInt8]?,
    _ authority: Trust,
    _ finding: inout Finding
  ) throws(SignerRefusal) {
    guard token.rule?.logged == true else { return }
    let proof: LogProof
    switch evidence {
    case .notAsked: return
    case .unavailable: return finding.doubt(trust: Reason(.logUnavailable))
    case .absent: throw .forged(Reason(.notInLog, [.init("id", JSON(token.facts.id))]))
    case .parts(let parts): proof = parts
    case .proof(let file):
      do throws(LogRejection) {
        proof = try LogProof.parse(file)
      } catch {
        throw refusal(error)
      }
    case .lookup(let lookup): return try judge(token, by: lookup, token: bytes, authority, &finding)
    case .lookups(let all):
      guard
        let fitting = all.first(where: { one in authority.logs.contains { $0.origin == one.head.checkpoint.origin } })
      else {
        return finding.doubt(trust: Reason(.logUnavailable))
      }
      return try judge(token, by: fitting, token: bytes, authority, &finding)
    }
    // The log commits to the bytes of the token. Another form of the same credential is not covered by that.
    guard token.form == .token, let bytes else { return finding.doubt(trust: Reason(.logUnavailable)) }
    let logged: LoggedCredential
    do throws(LogRejection) {
      guard let policy = policy(for: proof, authority) else { return finding.doubt(trust: Reason(.logUnavailable)) }
      logged = try proof.verify(token: bytes, id: Text(token.facts.id), policy: policy)
      guard logged.entry.chamber == token.issuer, logged.entry.programme == token.programme else {
        throw .otherCredential
      }
    } catch {
      guard error.isFailure else { throw refusal(error) }
      return finding.doubt(trust: Reason(.logUnavailable))
    }
    try settle(token, loggedAt: logged.entry.at, &finding)
    let checkpoint = logged.logged.checkpoint
    finding.log = Decision.LogPlace(
      origin: checkpoint.checkpoint.origin,
      size: checkpoint.size,
      leaf: logged.logged.index
    )
  }

  private func judge(
    _ token: VerifiedToken,
    by lookup: LogLookup,
    token bytes: [UInt8]?,
    _ authority: Trust,
    _ finding: inout Finding
  ) throws(SignerRefusal) {
    let origin = lookup.head.checkpoint.origin
    // A folder holds the log of one authority.
    guard authority.logs.contains(where: { $0.origin == origin }) else {
      return finding.doubt(trust: Reason(.logUnavailable))
    }
    if let known = token.logged(in: lookup.line) {
      // Settled when it was found: it is kept only then, and only for a token without a doubt about its chain.
      finding.log = Decision.LogPlace(origin: origin, size: max(lookup.head.size, known.leaf + 1), leaf: known.leaf)
      return
    }
    let absent = SignerRefusal.forged(Reason(.notInLog, [.init("id", JSON(token.facts.id))]))
    switch lookup.find(token.facts, token.issuedAt) {
    case .absent: throw absent
    case .unavailable: finding.doubt(trust: Reason(.logUnavailable))
    case .proof(let proof, let head, let held):
      let logged: LoggedCredential
      // Nobody signed the directory: a wrong place in it is its fault, and says nothing about the credential.
      do throws(LogRejection) {
        logged = try proof.verify(token: held, id: Text(token.facts.id), under: head)
      } catch {
        return finding.doubt(trust: Reason(.logUnavailable))
      }
      guard logged.entry.chamber == token.issuer, logged.entry.programme == token.programme,
        token.form == .token ? held == bytes : token.says(what: held)
      else { throw absent }  // under this number another credential was issued
      try settle(token, loggedAt: logged.entry.at, &finding)
      finding.log = Decision.LogPlace(origin: origin, size: head.size, leaf: proof.index)
      if token.signer.doubts.isEmpty { token.keep(.init(at: logged.entry.at, leaf: proof.index), in: lookup.line) }
    }
  }

  /// The list names the logs; a checkpoint of another one is no evidence at all. Nil: the list names no log that can be
  /// read.
  private func policy(for proof: LogProof, _ authority: Trust) -> LogPolicy? {
    guard let first = authority.logs.first else { return nil }
    let origin = proof.checkpoint.prefix { $0 != 0x0A }
    return authority.logs.first { $0.origin.bytes.elementsEqual(origin) } ?? first
  }

  private func refusal(_ error: LogRejection) -> SignerRefusal {
    .forged(Reason(.logProofInvalid, [.init("step", JSON("\(error)"))]))
  }

  /// The entry dates the signature better than the token does: key and chamber must have been in use when it was made.
  /// In turn a chain that ended since is no doubt any more, if it held then.
  private func settle(_ token: VerifiedToken, loggedAt: Instant, _ finding: inout Finding) throws(SignerRefusal) {
    let wasInUse = token.signer.places.contains { place in
      loggedAt.seconds >= place.key.notBefore - Self.skewSeconds && loggedAt.seconds < place.key.expires
    }
    // A document is signed when it is exported, by another key and long after the entry: that key was judged at the
    // proof's own time.
    guard token.form == .document || (wasInUse && loggedAt >= token.issuedAt.adding(seconds: -Self.skewSeconds)) else {
      throw .forged(
        Reason(
          .keyOutsideValidity,
          [.init("kid", .string(Words.short(token.signer.entry.keyID))), .init("at", JSON(loggedAt.description))]
        )
      )
    }
    guard token.places.contains(where: { $0.change(at: loggedAt)?.status == .granted }) else {
      throw .forged(
        Reason(
          .issuerNotAuthorised,
          [.init("issuer", .string(token.signer.entity.name)), .init("programme", .string(token.programme))]
        )
      )
    }
    guard let chain = token.signer.chain, chain.certificatesFrom <= loggedAt.seconds,
      loggedAt.seconds <= chain.certificatesUntil
    else { return }
    finding.settleChain()
  }
}
