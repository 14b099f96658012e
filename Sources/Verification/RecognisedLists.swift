internal import Credentials
internal import Encodings
internal import Messages
internal import PKI

extension Verifier {
  /// Reads under our list; where that does not name the chamber, under the one other list that does and that ours
  /// points to.
  ///
  /// Ours speaks first and alone about every chamber it names: no other list makes a suspended chamber good. One hop:
  /// pointers of the other list are not looked at.
  func underAnyList<Value>(
    at now: Instant,
    asOf: Instant? = nil,
    using caches: AuthenticationCaches?,
    _ read: (TokenAuthenticator) throws(TokenRejection) -> Value
  ) throws(TokenRejection) -> (Value, Trust) {
    func under(_ trust: Trust) throws(TokenRejection) -> Value {
      try read(TokenAuthenticator(trust: trust, snapshot: snapshot, now: now, asOf: asOf, caches: caches))
    }
    let refusal: TokenRejection
    do throws(TokenRejection) {
      return (try under(trust), trust)
    } catch {
      refusal = error
    }
    // What an old list does not say proves nothing, about this chamber or another.
    guard !refusal.restsOnList || trust.listProblem(at: now) == nil else {
      throw uncertainty(trust, at: now) ?? refusal
    }
    guard let unlisted = refusal.unlisted else { throw refusal }
    let pointed = snapshot.recognised.filter(isPointedTo)
    if let other = pointed.first(where: { $0.keys.lists(unlisted) || $0.keys[unlisted] != nil }) {
      do throws(TokenRejection) {
        return (try under(other), other)
      } catch {
        guard !error.restsOnList || other.listProblem(at: now) == nil else {
          throw uncertainty(other, at: now) ?? error
        }
        throw error
      }
    }
    // A list that ours points to and that cannot be read now, or that the caller does not have: the chamber may well be
    // in it.
    if let silent = pointed.first(where: { $0.listProblem(at: now) != nil }) {
      throw uncertainty(silent, at: now) ?? refusal
    }
    guard hasAllPointedTo(pointed) else { throw .unavailable("trust_list") }
    throw refusal
  }

  private func uncertainty(_ trust: Trust, at now: Instant) -> TokenRejection? {
    trust.listProblem(at: now).map { TokenRejection(authenticity: .notChecked, reason: $0) }
  }

  /// Our list names the certificate of the root that signed the other one.
  private func isPointedTo(_ other: Trust) -> Bool {
    guard case .success(let list) = trust.list else { return false }
    let roots = other.signedBy.map { [$0] } ?? other.anchors
    return roots.contains { root in list.pointers.contains { $0.signerSHA256 == root.sha256 } }
  }

  private func hasAllPointedTo(_ pointed: [Trust]) -> Bool {
    guard case .success(let list) = trust.list else { return false }
    return list.pointers.allSatisfy { pointer in
      pointed.contains { ($0.signedBy.map { [$0] } ?? $0.anchors).contains { $0.sha256 == pointer.signerSHA256 } }
    }
  }

  /// Both lists must be in force: ours, because it points to the other.
  func checkLists(_ claims: AuthenticatedClaims, _ builder: inout DecisionBuilder) {
    checkList(trust, &builder)
    if claims.authority !== trust {
      checkList(claims.authority, &builder)
      if case .success(let list) = claims.authority.list { builder.recognisedBy = list.subject.string }
    }
    for doubt in claims.signer.doubts { builder.addUncertainty(trust: doubt) }
    if let chain = claims.signer.chain { builder.end(by: Instant(seconds: chain.validUntil)) }
  }

  private func checkList(_ trust: Trust, _ builder: inout DecisionBuilder) {
    if let problem = trust.listProblem(at: builder.today) { builder.addUncertainty(trust: problem) }
    guard let list = trust.terms else { return }
    builder.end(by: Instant(seconds: list.expires))
    if builder.today > list.nextUpdate, builder.today.seconds < list.expires {
      builder.reasons.append(Reason(.trustListDue, [.init("nextUpdate", JSON(list.nextUpdate.description))]))
    }
  }
}
