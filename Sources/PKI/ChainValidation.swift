/// Validates a chain by RFC 5280 6.1 and by what OpenSSL leaves out. There is no path building: the order is fixed.
///
/// - Parameters:
///   - chain: leaf first, each next one issues the one before, root left out (the order of `x5c`); at most
///     `rules.maximumCertificates`.
///   - anchors: configured, self-issued. Several of one name are allowed.
///   - crls: of any issuers in any number; those with another signature than the issuer's count as absent.
///   - time: Unix seconds; `notAfter` and `nextUpdate` are inclusive.
public func validateChain(
  _ chain: [Certificate],
  anchors: [Certificate],
  crls: [RevocationList],
  at time: Int64,
  rules: ChainRules
) throws(ChainRejection) -> ValidatedChain {
  try ExaminedChain(chain, anchors: anchors, crls: crls, at: time, rules: rules).answer(at: time)
}

/// All that costs something: what is left is to compare the time with the certificates. A chain whose certificates have
/// expired, or one that was revoked, comes here too, so that old credentials cost no more than new ones when they are
/// asked for again.
struct ExaminedChain: Sendable {
  /// Its certificates may not be valid at any common time.
  let chain: ValidatedChain
  private let validity: [(notBefore: Int64, notAfter: Int64)]
  private let revoked: ChainRejection?
  /// Another root of this name exists, which may be the one to take at another time.
  private let hasOtherAnchor: Bool

  /// Same as `validateChain` for every time for which the same CRLs are in force.
  func answer(at time: Int64) throws(ChainRejection) -> ValidatedChain {
    if let revoked { throw revoked }
    if let step = validity.firstIndex(where: { time < $0.notBefore }) { throw .notYetValid(step: step) }
    if let step = validity.firstIndex(where: { time > $0.notAfter }) { throw .expired(step: step) }
    return chain
  }

  /// Whether the answer for this time can be given without looking at anything again.
  func stillHolds(at time: Int64, revocationTime: Int64?) -> Bool {
    chain.crlsHold(at: revocationTime ?? time)
      && (!hasOtherAnchor || chain.holds(at: time, revocationTime: revocationTime))
  }

  /// Examines everything that does not change with the time, and finds the interval in which the answer holds.
  init(
    _ chain: [Certificate],
    anchors: [Certificate],
    crls: [RevocationList],
    at time: Int64,
    rules: ChainRules
  ) throws(ChainRejection) {
    guard let leaf = chain.first else { throw .empty }
    guard chain.count <= min(rules.maximumCertificates, ChainRules.certificateLimit) else {
      throw .tooLong(certificates: chain.count)
    }
    // From cheap to dear: names, the profile, then the signatures.
    try linkNames(chain)
    for step in chain.indices {
      try ProfileCheck(certificate: chain[step], step: step, place: step == 0 ? .leaf : .issuer, rules: rules).run()
    }
    let (anchor, isOnlyOne) = try findAnchor(of: chain, anchors, at: time)
    try ProfileCheck(certificate: anchor, step: chain.count, place: .anchor, rules: rules).run()
    let path = chain + [anchor]
    for step in chain.indices {
      guard let algorithm = chain[step].signatureAlgorithm, algorithm.fits(path[step + 1].publicKey.kind)
      else { throw .algorithmNotAllowed(step: step) }
    }
    let policies = try sharedPolicies(chain, rules)

    let revocation =
      rules.revocation == .required ? try RevocationFinding(path, crls, at: rules.revocationTime ?? time) : nil
    try PathValidation.run(
      chain,
      anchor: anchor,
      crls: revocation.flatMap { $0.problem == nil ? $0.lists : nil },
      rules: rules
    )
    if let revocation, let problem = revocation.problem {
      // Without all lists in force there is no interval for which this is the answer.
      guard case .revoked = problem, revocation.lists.count == chain.count else { throw problem }
    }
    revoked = revocation?.problem
    hasOtherAnchor = !isOnlyOne
    validity = path.map { ($0.notBefore, $0.notAfter) }
    self.chain = ValidatedChain(
      leaf: leaf,
      key: leaf.publicKey,
      policies: policies.map(\.dotted),
      fingerprints: path.map(\.sha256),
      certificatesFrom: path.map(\.notBefore).max() ?? .max,
      certificatesUntil: path.map(\.notAfter).min() ?? .min,
      crlsFrom: revocation?.from ?? .min,
      crlsUntil: revocation?.until ?? .max
    )
  }
}

/// Names byte by byte (RFC 5280 7.1 would fold case and spaces; our names are written by one encoder), then key
/// identifiers.
private func linkNames(_ chain: [Certificate]) throws(ChainRejection) {
  for step in chain.indices {
    if chain[step].isSelfIssued { throw .selfIssued(step: step) }
    if step + 1 < chain.count, !isNamed(chain[step + 1], asIssuerOf: chain[step]) { throw .notIssuedByNext(step: step) }
  }
}

private func isNamed(_ issuer: Certificate, asIssuerOf certificate: Certificate) -> Bool {
  guard issuer.subjectName == certificate.issuerName else { return false }
  guard let wanted = certificate.authorityKeyIdentifier, let own = issuer.subjectKeyIdentifier else { return true }
  return wanted == own
}

private func findAnchor(
  of chain: [Certificate],
  _ anchors: [Certificate],
  at time: Int64
) throws(ChainRejection) -> (Certificate, isOnlyOne: Bool) {
  guard let last = chain.last else { throw .empty }
  let named = anchors.filter { $0.isSelfIssued && isNamed($0, asIssuerOf: last) }
  guard let first = named.first else { throw .untrusted }
  if named.count == 1 { return (first, true) }
  // Two roots of one name: the one whose key it was, and of two certificates of one key the one that is valid.
  guard let algorithm = last.signatureAlgorithm else { throw .algorithmNotAllowed(step: chain.count - 1) }
  var fitting: Certificate?
  for anchor in named {
    let signed: Bool
    do {
      signed = try anchor.publicKey.verifies(last.signature, over: last.toBeSigned, algorithm: algorithm)
    } catch { throw .failure(error) }
    guard signed else { continue }
    if anchor.notBefore <= time, time <= anchor.notAfter { return (anchor, false) }
    if fitting == nil { fitting = anchor }
  }
  guard let fitting else { throw .signatureInvalid(step: chain.count - 1) }
  return (fitting, false)
}

/// Policies of the leaf that every CA below the anchor has too. anyPolicy stands for nothing here.
private func sharedPolicies(_ chain: [Certificate], _ rules: ChainRules) throws(ChainRejection) -> [OID] {
  let shared = (chain[0].extensions.policies ?? []).filter { policy in
    policy != .anyPolicy && chain.allSatisfy { $0.extensions.policies?.contains(policy) ?? false }
  }
  if let wanted = rules.requiredPolicy {
    guard let oid = OID(wanted), shared.contains(oid) else { throw .policyMissing }
  }
  if rules.chamberProfile, shared.isEmpty { throw .policyMissing }
  return shared
}

/// The CRL that speaks for each certificate below the anchor, or what is wrong with the lists.
struct RevocationFinding {
  private(set) var lists: [RevocationList] = []
  private(set) var problem: ChainRejection?
  /// The interval in which these lists are the ones to ask.
  private(set) var from = Int64.min
  private(set) var until = Int64.max

  init(_ path: [Certificate], _ crls: [RevocationList], at time: Int64) throws(ChainRejection) {
    // Of several the one that was first: before it the chain held.
    var revoked: (step: Int, at: Int64)?
    var absent: ChainRejection?
    func note(_ step: Int, _ at: Int64) { if revoked.map({ at < $0.at }) ?? true { revoked = (step, at) } }
    for step in path.indices.dropLast() {
      let issuer = path[step + 1]
      let serial = path[step].serial
      // Newest first. What stands in an old list stays true, but for a hold, which may have been lifted since.
      let named = crls.filter { $0.names(issuer) }.sorted { $0.isNewer(than: $1) }
      var old: RevocationList?
      var current: RevocationList?
      for list in named where try Self.isSigned(list, by: issuer) {
        if list.thisUpdate <= time, time <= list.nextUpdate {
          current = list
          break
        }
        if list.thisUpdate > time { until = min(until, list.thisUpdate - 1) }  // a newer one takes over then
        if old == nil { old = list }
      }
      if let current {
        lists.append(current)
        from = max(from, current.thisUpdate)
        until = min(until, current.nextUpdate)
        if let entry = current.contains(serial) { note(step, entry.at) }
      } else if let old {
        if let entry = old.contains(serial), entry.reason != .certificateHold { note(step, entry.at) }
        absent = absent ?? .crlStale(step: step)
      } else {
        absent = absent ?? .crlMissing(step: step)
      }
    }
    problem = revoked.map { .revoked(step: $0.step, at: $0.at) } ?? absent
  }

  private static func isSigned(_ list: RevocationList, by issuer: Certificate) throws(ChainRejection) -> Bool {
    do {
      return try list.isSigned(by: issuer.publicKey)
    } catch {
      throw .failure(error)
    }
  }
}
