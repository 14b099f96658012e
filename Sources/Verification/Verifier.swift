public import Credentials
public import Encodings
internal import Messages
internal import PKI

/// The decision. Synchronous, without clock, network, database or memory; every input is a parameter.
///
/// `authenticate` finds out what stays true for the same bytes: signature, chain, authority. `decide` finds out what is
/// asked each time: time, status, log, page.
public struct Verifier: Sendable {
  public let snapshot: TrustSnapshot
  public var trust: Trust { snapshot.trust }
  /// Clocks of chambers and readers may differ by this much for `iat` and `validFrom`; an end is an end
  /// (`docs/DESIGN.md`, time).
  static let skewSeconds: Int64 = 60

  public init(_ snapshot: TrustSnapshot) { self.snapshot = snapshot }

  // MARK: authentication

  /// Verification step 1: authenticate. Signature, chain and authority of a token.
  /// - Parameters:
  ///   - asOf: a moment of the past that is asked about: certificates of then, revocations until then by the CRLs of
  ///     now.
  ///   - now: by which the list of chambers and the CRLs must be in force.
  ///   - caches: nil: everything is verified anew. The answer is the same.
  public func authenticate(
    _ token: [UInt8],
    asOf: Instant? = nil,
    at now: Instant,
    using caches: AuthenticationCaches? = nil
  ) throws(TokenRejection) -> AuthenticatedCredential {
    try underAnyList(at: now, asOf: asOf, using: caches) { (authenticator) throws(TokenRejection) in
      try authenticator.token(token)
    }.0
  }

  /// The same of a document with an embedded proof (`eddsa-jcs-2022`, `ecdsa-jcs-2019`). The key of the proof must be
  /// in the trust list; what the log commits to is the token of the same credential.
  public func authenticate(document: JSONObject, at now: Instant, using caches: AuthenticationCaches? = nil)
    throws(TokenRejection) -> AuthenticatedCredential
  {
    try underAnyList(at: now, using: caches) { (authenticator) throws(TokenRejection) in
      try authenticator.document(document)
    }.0
  }

  // MARK: decision

  /// The decision about a credential that was authenticated under the same snapshot, by evidence gathered under it.
  public func decide(
    _ credential: AuthenticatedCredential,
    _ request: DecisionRequest,
    evidence: Evidence,
    at now: Instant
  ) -> Decision {
    var builder = builder(request, at: now)
    guard snapshot.holds(credential.claims.authority), evidence.generation == snapshot.generation else {
      builder.reject(.unavailable("trust_list"))
      return builder.decision
    }
    do throws(TokenRejection) {
      try check(credential, evidence, into: &builder)
    } catch {
      builder.reject(error)
    }
    let decision = builder.decision
    // What the chamber said since the issue cannot be read: nothing good is told without it.
    guard !evidence.isDirectoryReadable, decision.verdict.isPositive else { return decision }
    return rejected(
      Reason(.trustDataUnavailable, [.init("what", "directory")]),
      authenticity: .notChecked,
      page: request.page,
      at: now
    )
  }

  /// The decision about a token that was not authenticated.
  public func decide(_ rejection: TokenRejection, _ request: DecisionRequest, at now: Instant) -> Decision {
    var builder = builder(request, at: now)
    builder.reject(rejection)
    return builder.decision
  }

  /// The decision about an id that no record was found for, by someone who holds the complete directory.
  public func unknown(_ id: CredentialID, page: RequestedPage? = nil, at now: Instant) -> Decision {
    let rejection = TokenRejection(
      authenticity: .unknownCredential,
      reason: Reason(.credentialUnknown, [.init("id", JSON(id.description))])
    )
    return decide(rejection, DecisionRequest(expected: id, page: page), at: now)
  }

  /// The decision when a rejection was found before there was a token: wrong check characters, damaged picture data,
  /// nothing at hand.
  /// - Parameter authenticity: `genuine` is not for callers to say; it is then "not checked".
  public func rejected(_ reason: Reason, authenticity: Authenticity, page: RequestedPage? = nil, at now: Instant)
    -> Decision
  {
    let rejection = TokenRejection(
      authenticity: authenticity == .genuine ? .notChecked : authenticity,
      reason: reason
    )
    return decide(rejection, DecisionRequest(page: page), at: now)
  }

  /// The decision about an input in which no credential can be read (`CredentialInput`).
  public func unreadable(_ error: CredentialInputRejection, page: RequestedPage? = nil, at now: Instant) -> Decision {
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
      case .token(let error): DiagnosticText.of(error)
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

  // MARK: the order of checks

  /// Nothing is said about the status or the page of a credential that nobody issued. The steps are those of
  /// `docs/DESIGN.md`, verification.
  private func check(_ credential: AuthenticatedCredential, _ evidence: Evidence, into builder: inout DecisionBuilder)
    throws(TokenRejection)
  {
    let claims = credential.claims
    // Verification step 2: number.
    try check(claims, isUnder: builder.askedID)
    // Verification step 3: lists.
    checkLists(claims, &builder)
    // Verification step 4: log; for a moment of the past also the acts until then.
    try LogCheck(credential).check(evidence.log, &builder)
    let past = builder.asOf.map { PastCheck(claims: claims, moment: $0) }
    let acts = try past?.acts(evidence.history, &builder)
    builder.axes.authenticity = .genuine
    builder.credential = claims.facts
    // Verification step 5: time.
    let status = StatusCheck(claims: claims)
    status.checkTime(&builder)
    // Verification step 6: status.
    if let past {
      past.check(acts, said: evidence.statement, builder: &builder)
    } else {
      status.checkStatus(evidence, &builder)
    }
    // Verification step 7: page.
    builder.bindingAges = evidence.bindings
    PageCheck(claims: claims, trust: trust).check(&builder)
  }

  private func builder(_ request: DecisionRequest, at now: Instant) -> DecisionBuilder {
    var builder = DecisionBuilder(page: request.page, now: now, platformsVersion: trust.platformsVersion)
    builder.askedID = request.expected
    builder.asOf = request.asOf
    return builder
  }

  /// A directory cannot hand out another credential under a number, nor another authority's with the same one.
  private func check(_ claims: AuthenticatedClaims, isUnder expected: CredentialID?) throws(TokenRejection) {
    guard let expected else { return }
    let url = BadgeLink.url(expected, host: snapshot.host)
    guard claims.facts.url.utf8.elementsEqual(url.utf8) else {
      throw .notGenuine(
        Reason(
          .issuerMismatch,
          [.init("named", .string(DiagnosticText.short(Text(claims.facts.url)))), .init("signer", JSON(url))]
        )
      )
    }
  }
}
