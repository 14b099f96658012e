internal import Credentials
public import Encodings
internal import Messages
internal import PKI

/// A status list after its token was verified by the same rules as a credential's.
public final class VerifiedStatusList: Sendable {
  public let url: Text
  public let validFrom: Instant, validUntil: Instant
  let content: StatusListCredential
  /// Of its signer; asked again at each use.
  let chain: ValidatedChain?
  let doubts: [Reason]
  let trust: TrustVersionMark

  init(content: StatusListCredential, signer: Signer, trust: TrustVersionMark) {
    self.content = content
    url = content.id; validFrom = content.validFrom; validUntil = content.validUntil
    (chain, doubts, self.trust) = (signer.chain, signer.doubts, trust)
  }
}

extension Verifier {
  /// A list is made for a day and published again every few hours. One that claims more would let an old key speak for
  /// ever.
  static let maxListSeconds: Int64 = 8 * 86_400
  /// 16 million credentials in one list, as random as can be.
  static let maxListBytes = 4 << 20

  /// Verifies a status list's token by the rules of a credential's: chamber listed, key in use, chain, signature; and
  /// its address among those the trust list gives the chamber (Bitstring Status List 1.0, 3.2).
  /// - Parameter newest: `validFrom` of the newest list ever seen at this address; an older one is a rollback.
  public func verify(statusList token: [UInt8], url: Text, newest: Instant? = nil, at now: Instant) -> StatusReading {
    do throws(SignerRefusal) {
      let jws: CompactJWS
      do throws(CompactTokenRejection) {
        jws = try CompactJWS.parse(token, maxBytes: Self.maxListBytes)
      } catch {
        return .unusable(Words.of(error))
      }
      guard jws.hasType(MembershipCredential.tokenType) else { return .unusable("another type of token") }
      let object: JSONObject
      do throws(CompactTokenRejection) {
        object = try jws.payloadObject(limits: .document)
      } catch {
        return .unusable(Words.of(error))
      }
      guard let issued = object["iat"]?.int.map({ Instant(seconds: $0) }) else { return .unusable("iat is missing") }
      // The chain must hold now, not when the list says it was made: a list is about now, and its maker chooses what it
      // says.
      let (signer, authority) = try underAnyList(at: now) { (check) throws(SignerRefusal) in
        try check.trust.signer(of: jws, purpose: .statusList, signedAt: issued, at: now)
      }
      do throws(OpenSSLFailure) {
        guard try jws.isSigned(by: signer.entry.publicKey) else { return .unusable("the signature does not match") }
      } catch { return .unavailable }
      if signer.doubts.contains(Trust.chainEnded) { return .unusable("its signer's certificates ended") }
      let content: StatusListCredential
      do throws(StatusRejection) {
        content = try StatusListCredential(payload: object)
      } catch {
        return .unusable(Words.of(error))
      }
      if let why = refusal(of: content, url: url, signer, issued: issued, at: now) { return .unusable(why) }
      if let newest, content.validFrom < newest { return .rolledBack(seen: content.validFrom, known: newest) }
      return .list(VerifiedStatusList(content: content, signer: signer, trust: authority.mark))
    } catch {
      return error.authenticity == .notChecked ? .unavailable : .unusable(error.reason.code.rawValue)
    }
  }

  private func refusal(of content: StatusListCredential, url: Text, _ signer: Signer, issued: Instant, at now: Instant)
    -> String?
  {
    guard content.id == url else { return "it is the list of another address" }
    guard content.issuer == signer.entity.id else { return "another issuer signed it" }
    guard
      signer.places.contains(where: { place in
        place.service.statusLists.contains { AuthenticityCheck.isListAddress(url, under: $0) }
      })
    else {
      return "the chamber may not keep a list there"
    }
    let latest = now.adding(seconds: Self.skewSeconds)
    guard content.validFrom <= latest, issued <= latest else { return "it is not yet valid" }
    guard content.validUntil.seconds - content.validFrom.seconds <= Self.maxListSeconds else {
      return "it claims to hold for too long"
    }
    // The key was in use at `iat`; the list must not be younger than that.
    guard content.validFrom <= issued.adding(seconds: Self.maxListSeconds) else {
      return "it was signed long before it begins"
    }
    return nil
  }

  /// What a chamber says of the last change of state (`docs/formats.md`, status statement): `typ` `khatm-status+jwt`,
  /// `{iss, sub: <id>, iat, state, at, by?}`. Nil for one that cannot be read, is not the chamber's or speaks of the
  /// future.
  func read(statement token: [UInt8], of credential: VerifiedToken, _ authority: Trust, at now: Instant) -> StatusWord?
  {
    do {
      let jws = try CompactJWS.parse(token, maxBytes: 16 << 10)
      guard jws.hasType(StatusStatement.tokenType) else { return nil }
      let object = try jws.payloadObject()
      guard let issued = object["iat"]?.int, object["iss"]?.text == credential.issuer,
        object["sub"]?.text == Text(credential.facts.url),
        let state = object["state"]?.string, let at = object["at"]?.string.flatMap({ Instant(rfc3339: $0) }),
        at <= now.adding(seconds: Self.skewSeconds)
      else { return nil }
      let signer = try authority.signer(of: jws, purpose: .credential, signedAt: Instant(seconds: issued), at: now)
      guard signer.entity.id == credential.issuer, try jws.isSigned(by: signer.entry.publicKey) else { return nil }
      var by: String?
      if let text = object["by"]?.string { by = try CredentialID(reading: text).description }
      return StatusWord(state: StatusWord.State(rawValue: state) ?? .other, at: at, by: by)
    } catch { return nil }  // an unreadable statement only leaves the dates out
  }
}

/// A chamber's statement, read.
struct StatusWord {
  enum State: String { case revoked, superseded, suspended, other }
  let state: State, at: Instant
  let by: String?
}
