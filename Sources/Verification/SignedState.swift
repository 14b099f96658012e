internal import Credentials
public import Encodings
internal import Messages
internal import PKI

extension Verifier {
  /// Verifies a status list's token by the rules of a credential's: chamber listed, key in use, chain, signature; and its address among
  /// those the trust list gives the chamber (Bitstring Status List 1.0, 3.2).
  public func verify(statusList token: [UInt8], url: Text, at now: Instant) -> StatusReading {
    do throws(SignerRefusal) {
      let jws: CompactJWS
      do throws(TokenError) { jws = try CompactJWS.parse(token, maxBytes: 4 << 20) } catch { return .unusable(Self.words(error)) }
      guard jws.hasType(MembershipCredential.tokenType) else { return .unusable("another type of token") }
      let object: JSONObject
      do throws(TokenError) { object = try jws.payloadObject(limits: .document) } catch { return .unusable(Self.words(error)) }
      guard let issued = object["iat"]?.int else { return .unusable("iat is missing") }
      let signer = try trust.signer(of: jws, purpose: .statusList, signedAt: Instant(seconds: issued), at: now)
      do throws(OpenSSLError) {
        guard try jws.isSigned(by: signer.key.jwk) else { return .unusable("the signature does not match") }
      } catch { return .unavailable }
      let content: StatusListCredential
      do throws(StatusProblem) { content = try StatusListCredential(payload: object) } catch { return .unusable(Self.words(error)) }
      guard content.id == url else { return .unusable("it is the list of another address") }
      guard content.issuer == signer.entity.id else { return .unusable("another issuer signed it") }
      guard signer.entity.services.contains(where: { $0.statusLists.contains { url.hasPrefix($0) } }) else { return .unusable("the chamber may not keep a list there") }
      guard content.validFrom <= now.adding(seconds: Self.skewSeconds) || content.validFrom <= Instant(seconds: issued).adding(seconds: Self.skewSeconds) else {
        return .unusable("it is not yet valid")
      }
      return .list(VerifiedStatusList(content: content))
    } catch {
      return .unusable(error.reason.code.rawValue)
    }
  }

  /// What a chamber says of the last change of state (`docs/formats.md`, status statement): `typ` `khatm-status+jwt`,
  /// `{iss, sub: <id>, iat, state, at, by?}`.
  struct Statement { let state: String, at: Instant; let by: String? }

  func read(statement token: [UInt8], of credential: MembershipCredential, at now: Instant) -> Statement? {
    do {
      let jws = try CompactJWS.parse(token, maxBytes: 16 << 10)
      guard jws.hasType(StatusStatement.tokenType) else { return nil }
      let object = try jws.payloadObject()
      guard let issued = object["iat"]?.int, object["iss"]?.text == credential.issuer.id, object["sub"]?.text == credential.id,
        let state = object["state"]?.string, let at = object["at"]?.string.flatMap({ Instant(rfc3339: $0) }) else { return nil }
      let signer = try trust.signer(of: jws, purpose: .credential, signedAt: Instant(seconds: issued), at: now)
      guard signer.entity.id == credential.issuer.id, try jws.isSigned(by: signer.key.jwk) else { return nil }
      var by: String?
      if let text = object["by"]?.string { by = try CredentialID(reading: text).description }
      return Statement(state: state, at: at, by: by)
    } catch { return nil }                      // an unreadable statement only leaves the dates out
  }
}
