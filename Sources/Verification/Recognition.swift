internal import Credentials
internal import Encodings
internal import Messages
internal import PKI

extension Verifier {
  func check(_ trust: Trust) -> AuthenticityCheck { AuthenticityCheck(trust: trust, ownHost: host) }

  /// Reads under our list; where that does not name the chamber, under the one other list that does and that ours
  /// points to.
  ///
  /// Ours speaks first and alone about every chamber it names: no other list makes a suspended chamber good. One hop:
  /// pointers of the other list are not looked at.
  func underAnyList<Value>(at now: Instant, _ read: (AuthenticityCheck) throws(SignerRefusal) -> Value)
    throws(SignerRefusal) -> (Value, Trust)
  {
    let refusal: SignerRefusal
    do throws(SignerRefusal) {
      return (try read(check(trust)), trust)
    } catch {
      refusal = error
    }
    // What an old list does not say proves nothing, about this chamber or another.
    guard !refusal.restsOnList || trust.listProblem(at: now) == nil else { throw doubt(trust, at: now) ?? refusal }
    guard let unlisted = refusal.unlisted else { throw refusal }
    let pointed = recognised.filter(isPointedTo)
    if let other = pointed.first(where: { $0.book.lists(unlisted) || $0.book[unlisted] != nil }) {
      do throws(SignerRefusal) {
        return (try read(check(other)), other)
      } catch {
        guard !error.restsOnList || other.listProblem(at: now) == nil else { throw doubt(other, at: now) ?? error }
        throw error
      }
    }
    // A list that ours points to and that cannot be read now, or that the caller does not have: the chamber may well be
    // in it.
    if let silent = pointed.first(where: { $0.listProblem(at: now) != nil }) { throw doubt(silent, at: now) ?? refusal }
    guard hasAllPointedTo(pointed) else { throw .unavailable("trust_list") }
    throw refusal
  }

  private func doubt(_ trust: Trust, at now: Instant) -> SignerRefusal? {
    trust.listProblem(at: now).map { SignerRefusal(authenticity: .notChecked, reason: $0) }
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
  func judgeLists(_ token: VerifiedToken, _ authority: Trust, _ finding: inout Finding) {
    judgeList(trust, &finding)
    if authority.mark !== trust.mark {
      judgeList(authority, &finding)
      if case .success(let list) = authority.list { finding.recognisedBy = list.subject.string }
    }
    for doubt in token.signer.doubts { finding.doubt(trust: doubt) }
    if let chain = token.signer.chain { finding.end(by: Instant(seconds: chain.validUntil)) }
  }

  private func judgeList(_ trust: Trust, _ finding: inout Finding) {
    if let problem = trust.listProblem(at: finding.today) { finding.doubt(trust: problem) }
    guard let list = trust.terms else { return }
    finding.end(by: Instant(seconds: list.expires))
    if finding.today > list.nextUpdate, finding.today.seconds < list.expires {
      finding.reasons.append(Reason(.trustListDue, [.init("nextUpdate", JSON(list.nextUpdate.description))]))
    }
  }
}
