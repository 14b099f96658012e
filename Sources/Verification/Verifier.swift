public import Credentials
public import Encodings
internal import Messages
internal import PKI
public import TransparencyLog

/// The decision. Synchronous, without clock, network or database; every input is a parameter.
public struct Verifier: Sendable {
  public let trust: Trust
  /// Host of the badge links of this authority.
  public let host: String
  /// Lists of other authorities. One counts only where ours points to its root; what it points to itself counts for
  /// nothing.
  public let recognised: [Trust]
  /// Clocks of chambers and readers may differ by this much for `iat` and `validFrom`; an end is an end
  /// (`docs/DESIGN.md`, time).
  static let skewSeconds: Int64 = 60

  public init(trust: Trust, host: String, recognised: [Trust] = []) {
    self.trust = trust; self.host = host
    // Beyond what a list can point to there is nothing to look for.
    self.recognised = Array(recognised.prefix(64))
  }

  /// Verifies a token.
  /// - Parameters:
  ///   - expected: the id under which the token was found; another one in it is a forgery by the directory.
  ///   - statement: the chamber's signed statement of the last change of state, where one is at hand; it gives dates,
  ///     and can only make the answer worse.
  ///   - log: what is known of the credential's place in the public log, for programmes that must be logged.
  ///   - statusList: the list at an address; asked only for addresses that the trust list allows.
  ///   - bindings: the chamber's signed statement about the proofs of its pages; without it they are judged by key
  ///     alone.
  public func verify(
    _ token: [UInt8],
    expected: CredentialID? = nil,
    statement: [UInt8]? = nil,
    bindings: [UInt8]? = nil,
    page: PageQuestion? = nil,
    log: LogEvidence = .notAsked,
    at now: Instant,
    statusList: (Text) -> StatusReading
  ) -> Decision {
    decide(
      expected: expected,
      statement: statement,
      bindings: bindings,
      page: page,
      log: log,
      token: token,
      at: now,
      statusList: statusList
    ) {
      (check) throws(SignerRefusal) in try check.token(token, at: now)
    }
  }

  /// What would have been answered at a moment of the past, by what is known now: signature and key history by the list
  /// of chambers and its dates, state by the acts of the log, dates and recognition by the moment.
  /// - Parameters:
  ///   - acts: every entry of the log about the credential, its issue first; nil when the log cannot be read.
  ///   - now: by which the list of chambers and the CRLs must be in force.
  public func verify(
    _ token: [UInt8],
    asOf moment: Instant,
    expected: CredentialID? = nil,
    statement: [UInt8]? = nil,
    page: PageQuestion? = nil,
    log: LogEvidence,
    at now: Instant,
    acts: @escaping (VerifiedCredential) -> [LogEntry]?
  ) -> Decision {
    decide(
      expected: expected,
      statement: statement,
      page: page,
      log: log,
      token: token,
      past: Past(moment: moment, acts: acts),
      at: now,
      statusList: { _ in .unavailable }
    ) { (check) throws(SignerRefusal) in try check.asOf(moment).token(token, at: now) }
  }

  /// Verifies a document with an embedded proof (`eddsa-jcs-2022`, `ecdsa-jcs-2019`). The key of the proof must be in
  /// the trust list; what the log commits to is the token of the same credential, so a programme that must be logged
  /// cannot be proved by a document alone.
  public func verify(
    document: JSONObject,
    expected: CredentialID? = nil,
    statement: [UInt8]? = nil,
    page: PageQuestion? = nil,
    log: LogEvidence = .notAsked,
    at now: Instant,
    statusList: (Text) -> StatusReading
  ) -> Decision {
    decide(expected: expected, statement: statement, page: page, log: log, token: nil, at: now, statusList: statusList)
    {
      (check) throws(SignerRefusal) in try check.document(document, at: now)
    }
  }

  /// Verifies whatever was handed in: a token, a document, an envelope, a presentation (`CredentialInput`). One
  /// decision for each credential in it, in order; who presented them is not looked at.
  public func verify(
    input bytes: [UInt8],
    page: PageQuestion? = nil,
    at now: Instant,
    statusList: (Text) -> StatusReading
  ) -> [Decision] {
    do throws(CredentialInputRejection) {
      return verify(input: try CredentialInput.read(bytes), page: page, at: now, statusList: statusList)
    } catch { return [unreadable(error, page: page, at: now)] }
  }

  public func verify(
    input: CredentialInput,
    page: PageQuestion? = nil,
    at now: Instant,
    statusList: (Text) -> StatusReading
  ) -> [Decision] {
    guard !input.items.isEmpty else { return [unreadable(.empty, page: page, at: now)] }
    return input.items.map { item in
      switch item {
      case .token(let token): verify(token, page: page, at: now, statusList: statusList)
      case .document(let document): verify(document: document, page: page, at: now, statusList: statusList)
      }
    }
  }

  /// The answer for an id that no record was found for, by someone who holds the complete directory.
  public func unknown(_ id: CredentialID, page: PageQuestion? = nil, at now: Instant) -> Decision {
    var finding = finding(page: page, at: now)
    finding.askedID = id
    finding.axes.authenticity = .unknownCredential
    finding.reasons.append(Reason(.credentialUnknown, [.init("id", JSON(id.description))]))
    return finding.decision
  }

  /// The answer when a rejection was found before there was a token: wrong check characters, damaged picture data,
  /// nothing at hand.
  /// - Parameter authenticity: `genuine` is not for callers to say; it is then "not checked".
  public func rejected(_ reason: Reason, authenticity: Authenticity, page: PageQuestion? = nil, at now: Instant)
    -> Decision
  {
    var finding = finding(page: page, at: now)
    finding.axes.authenticity = authenticity == .genuine ? .notChecked : authenticity
    finding.reasons.append(reason)
    return finding.decision
  }

  // MARK: the order of checks

  /// Authenticity first: nothing is said about the status or the page of a credential that nobody issued.
  private func decide(
    expected: CredentialID?,
    statement: [UInt8]?,
    bindings: [UInt8]? = nil,
    page: PageQuestion?,
    log: LogEvidence,
    token: [UInt8]?,
    past: Past? = nil,
    at now: Instant,
    statusList: (Text) -> StatusReading,
    read: (AuthenticityCheck) throws(SignerRefusal) -> VerifiedToken
  ) -> Decision {
    var finding = finding(page: page, at: now)
    finding.askedID = expected
    finding.asOf = past?.moment
    do throws(SignerRefusal) {
      let (verified, authority) = try underAnyList(at: now, read)
      try check(verified, isUnder: expected)
      judgeLists(verified, authority, &finding)
      try judgeLog(verified, log, token: token, authority, &finding)
      let acts = try past.flatMap { (past) throws(SignerRefusal) in try actsUntilThen(verified, past, &finding) }
      finding.axes.authenticity = .genuine
      finding.credential = verified.facts
      judgeTime(verified, &finding)
      if let past {
        judgePast(verified, past, acts, statement, authority, &finding)
      } else {
        judgeStatus(verified, statement, authority, &finding, statusList: statusList)
      }
      if let bindings { finding.bindingAges = self.read(bindings: bindings, of: verified, authority, at: now) }
      judgePage(verified, &finding)
    } catch {
      finding.axes.authenticity = error.authenticity
      finding.reasons.append(error.reason)
    }
    return finding.decision
  }

  private func finding(page: PageQuestion?, at now: Instant) -> Finding {
    Finding(page: page, now: now, platformsVersion: trust.platformsVersion)
  }

  /// A directory cannot hand out another credential under a number, nor another authority's with the same one.
  private func check(_ verified: VerifiedToken, isUnder expected: CredentialID?) throws(SignerRefusal) {
    guard let expected else { return }
    let url = BadgeLink.url(expected, host: host)
    guard verified.facts.url.utf8.elementsEqual(url.utf8) else {
      throw .forged(
        Reason(
          .issuerMismatch,
          [.init("named", .string(Words.short(Text(verified.facts.url)))), .init("signer", JSON(url))]
        )
      )
    }
  }

  private func unreadable(_ error: CredentialInputRejection, page: PageQuestion?, at now: Instant) -> Decision {
    if case .token(.algorithmRefused(let name)) = error {
      return rejected(
        Reason(.algorithmRefused, [.init("alg", JSON(String(name.prefix(40))))]),
        authenticity: .notGenuine,
        page: page,
        at: now
      )
    }
    let what: String =
      switch error {
      case .empty: "it is empty"
      case .json(let error): "it is not JSON: \(error)"
      case .token(let error): Words.of(error)
      case .document(let error): error.description
      case .nestedTooDeep: "presentations stand inside each other"
      }
    return rejected(
      Reason(.malformed, [.init("where", "credential"), .init("what", JSON(what))]),
      authenticity: .malformed,
      page: page,
      at: now
    )
  }
}
