internal import Credentials
public import Encodings
internal import Messages
internal import PKI

/// A status list after its token was verified by the same rules as a credential's.
public final class VerifiedStatusList: Sendable {
  public let url: Text
  public let validFrom: Instant
  public let validUntil: Instant
  let content: StatusListCredential
  /// Of its signer; asked again at each use.
  let chain: ValidatedChain?
  let doubts: [Reason]
  /// Under whose trust data it was verified.
  let authority: Trust

  init(content: StatusListCredential, signer: Signer, authority: Trust) {
    self.content = content
    url = content.id
    validFrom = content.validFrom
    validUntil = content.validUntil
    chain = signer.chain
    doubts = signer.doubts
    self.authority = authority
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
  public func read(
    statusList token: [UInt8],
    url: Text,
    newest: Instant? = nil,
    at now: Instant,
    using caches: AuthenticationCaches? = nil
  ) -> StatusReading {
    do throws(TokenRejection) {
      let jws: CompactJWS
      do throws(CompactTokenRejection) {
        jws = try CompactJWS.parse(token, maxBytes: Self.maxListBytes)
      } catch {
        return .unusable(DiagnosticText.of(error))
      }
      guard jws.hasType(MembershipCredential.tokenType) else { return .unusable("another type of token") }
      let object: JSONObject
      do throws(CompactTokenRejection) {
        object = try jws.payloadObject(limits: .document)
      } catch {
        return .unusable(DiagnosticText.of(error))
      }
      guard let issued = object["iat"]?.int.map({ Instant(seconds: $0) }) else { return .unusable("iat is missing") }
      // The chain must hold now, not when the list says it was made: a list is about now, and its maker chooses what it
      // says.
      let (signer, authority) = try underAnyList(at: now, using: caches) { (authenticator) throws(TokenRejection) in
        try authenticator.signer(of: jws, purpose: .statusList, signedAt: issued)
      }
      do throws(OpenSSLFailure) {
        guard try jws.isSigned(by: signer.key.publicKey) else { return .unusable("the signature does not match") }
      } catch { return .unavailable }
      if signer.doubts.contains(TokenAuthenticator.chainEnded) { return .unusable("its signer's certificates ended") }
      let content: StatusListCredential
      do throws(StatusRejection) {
        content = try StatusListCredential(payload: object)
      } catch {
        return .unusable(DiagnosticText.of(error))
      }
      if let why = problem(of: content, url: url, signer: signer, issued: issued, at: now) { return .unusable(why) }
      if let newest, content.validFrom < newest { return .rolledBack(seen: content.validFrom, known: newest) }
      return .list(VerifiedStatusList(content: content, signer: signer, authority: authority))
    } catch {
      return error.authenticity == .notChecked ? .unavailable : .unusable(error.reason.code.rawValue)
    }
  }

  private func problem(
    of content: StatusListCredential,
    url: Text,
    signer: Signer,
    issued: Instant,
    at now: Instant
  ) -> String? {
    guard content.id == url else { return "it is the list of another address" }
    guard content.issuer == signer.entity.id else { return "another issuer signed it" }
    guard
      signer.listings.contains(where: { listing in
        listing.service.statusLists.contains { TokenAuthenticator.isListAddress(url, under: $0) }
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
  public func read(
    statement token: [UInt8],
    of credential: AuthenticatedCredential,
    at now: Instant,
    using caches: AuthenticationCaches? = nil
  ) -> VerifiedStatement? {
    let claims = credential.claims
    do {
      let jws = try CompactJWS.parse(token, maxBytes: 16 << 10)
      guard jws.hasType(StatusStatement.tokenType) else { return nil }
      let object = try jws.payloadObject()
      guard let issued = object["iat"]?.int, object["iss"]?.text == claims.issuer,
        object["sub"]?.text == Text(claims.facts.url),
        let state = object["state"]?.string, let at = object["at"]?.string.flatMap({ Instant(rfc3339: $0) }),
        at <= now.adding(seconds: Self.skewSeconds)
      else { return nil }
      let signer = try authenticator(of: claims, at: now, using: caches)
        .signer(of: jws, purpose: .credential, signedAt: Instant(seconds: issued))
      guard signer.entity.id == claims.issuer, try jws.isSigned(by: signer.key.publicKey) else { return nil }
      var by: String?
      if let text = object["by"]?.string { by = try CredentialID(reading: text).description }
      return VerifiedStatement(state: VerifiedStatement.State(rawValue: state) ?? .other, at: at, by: by)
    } catch { return nil }  // an unreadable statement only leaves the dates out
  }

  /// For what the chamber of a credential says of it: under the same list.
  func authenticator(of claims: AuthenticatedClaims, at now: Instant, using caches: AuthenticationCaches?)
    -> TokenAuthenticator
  {
    TokenAuthenticator(trust: claims.authority, snapshot: snapshot, now: now, caches: caches)
  }
}

/// A chamber's statement of the last change of state, after its signature was verified.
public struct VerifiedStatement: Sendable {
  /// What the chamber says the state is.
  enum State: String { case revoked, superseded, suspended, other }
  let state: State
  let at: Instant
  let by: String?
}
