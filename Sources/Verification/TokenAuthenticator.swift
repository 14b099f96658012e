internal import Credentials
internal import Encodings
internal import Messages
internal import PKI

/// Signature, chain and authority to issue, under one authority's trust data. Knows neither status nor page, and time
/// only to tell whether certificates still hold.
struct TokenAuthenticator {
  let trust: Trust
  /// Which holds these trust data.
  let snapshot: TrustSnapshot
  let now: Instant
  /// Certificates and their revocations are judged as of this moment; nil: now. Nothing of that is remembered.
  var asOf: Instant?
  /// Nil: everything is verified anew.
  let caches: AuthenticationCaches?

  /// - Throws: a rejection; uncertainties that leave the rest of the answer are in `signer.doubts` of the result.
  func token(_ token: [UInt8]) throws(TokenRejection) -> AuthenticatedCredential {
    if let known = try withKnownHeader(token) { return known }
    let jws: CompactJWS
    do throws(CompactTokenRejection) {
      jws = try CompactJWS.parse(token)
    } catch {
      if case .algorithmRefused(let alg) = error {
        throw .notGenuine(Reason(.algorithmRefused, [.init("alg", JSON(String(alg.prefix(40))))]))
      }
      throw .malformed("token", DiagnosticText.of(error))
    }
    // Only the envelopes we issue: `vc+jwt`, and the Open Badges form, whose `typ` is JWT (Open Badges 3.0, 8.2.4.2).
    let form: CredentialForm = jws.hasType("JWT") ? .openBadge : .token
    guard jws.hasType(MembershipCredential.tokenType) || form == .openBadge else {
      throw .malformed("header.typ", "another type of token")
    }
    let payload: FlatJSON
    do throws(CompactTokenRejection) {
      payload = try jws.flatPayload()
    } catch {
      throw .malformed("payload", DiagnosticText.of(error))
    }
    // `iat` picks the moment at which the key must have been in use. It is read before the signature holds, and only
    // for that.
    let issued = try Self.signedAt(payload, form)
    let signer = try signer(of: jws, purpose: .credential, signedAt: issued)
    let holds: Bool
    do throws(OpenSSLFailure) {
      holds = try jws.isSigned(by: signer.key.publicKey)
    } catch {
      throw .unavailable("cryptography")
    }
    guard holds else { throw .notGenuine(Reason(.signatureInvalid)) }
    if asOf == nil, signer.doubts.isEmpty, let keyID = jws.keyID, let caches {
      let header = KnownHeader(
        form: form,
        algorithm: jws.algorithm,
        key: (id: keyID, authority: trust),
        chain: signer.chain,
        bytes: token.prefix { $0 != UInt8(ascii: ".") }
      )
      caches.headers.keep(header, of: token, generation: snapshot.generation)
    }
    let content = SignedContent(payload: payload, form: form, signedAt: issued, bytes: token)
    return AuthenticatedCredential(token: token, claims: try claims(content, signer: signer))
  }

  /// The same for a header that stood over a verified token before: its key, chain and form are known.
  private func withKnownHeader(_ token: [UInt8]) throws(TokenRejection) -> AuthenticatedCredential? {
    guard asOf == nil, let caches, token.count <= CompactJWS.maxTokenBytes,
      let (header, end) = caches.headers.find(token, generation: snapshot.generation), header.key.authority === trust,
      let key = trust.keys[header.key.id],
      header.chain?.holds(at: now.seconds, revocationTime: now.seconds) ?? true,
      let second = token.lastIndex(of: UInt8(ascii: ".")), second > end,
      let bytes = Base64URL.decode(token[(end + 1)..<second]), let signature = Base64URL.decode(token[(second + 1)...])
    else { return nil }
    let payload: FlatJSON
    do throws(JSONRejection) {
      payload = try FlatJSON.object(bytes)
    } catch {
      return nil
    }  // the long way finds the words for it
    let issued = try Self.signedAt(payload, header.form)
    let listings = try key.listings(for: .credential, algorithm: header.algorithm, signedAt: issued)
    let holds: Bool
    do throws(OpenSSLFailure) {
      holds = try header.isSigned(token, header: end, payload: second, signature: signature, by: key.publicKey)
    } catch {
      throw .unavailable("cryptography")
    }
    guard holds else { throw .notGenuine(Reason(.signatureInvalid)) }
    let signer = Signer(key: key, listings: listings, chain: header.chain, doubts: [])
    let content = SignedContent(payload: payload, form: header.form, signedAt: issued, bytes: token)
    return AuthenticatedCredential(token: token, claims: try claims(content, signer: signer))
  }

  /// The Open Badges envelope has no `iat`; its `nbf` is `validFrom`. Our own form always says when it was signed.
  private static func signedAt(_ payload: FlatJSON, _ form: CredentialForm) throws(TokenRejection) -> Instant {
    guard let seconds = payload.read({ $0["iat"]?.int ?? (form == .openBadge ? $0["nbf"]?.int : nil) }) else {
      throw .malformed("iat", "is missing")
    }
    return Instant(seconds: seconds)
  }

  // MARK: what was signed

  /// From the payload of a token whose signature held, or a document whose proof held.
  func claims(_ content: SignedContent, signer: Signer) throws(TokenRejection) -> AuthenticatedClaims {
    let payload = content.payload
    let credential: MembershipCredential
    do throws(DocumentRejection) {
      credential = try MembershipCredential(payload: payload)
    } catch {
      throw .malformed(error.where, error.description)
    }
    guard (content.form == .openBadge) == payload.read({ $0["jti"] != nil }) else {
      throw .malformed("header.typ", "the other form of the credential")
    }
    guard credential.issuer.id == signer.entity.id else {
      throw .notGenuine(
        Reason(
          .issuerMismatch,
          [
            .init("named", .string(DiagnosticText.short(credential.issuer.id))),
            .init("signer", .string(signer.entity.id)),
          ]
        )
      )
    }
    let doubt = try contextDoubt(credential)
    let signer =
      doubt.map {
        Signer(key: signer.key, listings: signer.listings, chain: signer.chain, doubts: signer.doubts + [$0])
      } ?? signer
    guard let programme = credential.programme else {
      throw .malformed("credentialSubject.achievement.id", "names no programme")
    }
    return AuthenticatedClaims(
      content,
      credential,
      facts: facts(of: credential, programme, signer: signer, digestOf: content.bytes),
      signer: signer,
      authorisation: try authorisation(of: credential, programme, signer: signer, signedAt: content.signedAt),
      authority: trust
    )
  }

  /// A term means what its context says. Ours is at one address of the scheme that keeps the list, and never changes
  /// (VCDM 2.0, 5.3, 6.3).
  private func contextDoubt(_ credential: MembershipCredential) throws(TokenRejection) -> Reason? {
    guard let generated = trust.generatedContext else {
      return Reason(.trustDataUnavailable, [.init("what", "context")])
    }
    guard credential.context == generated.url else { throw .malformed("@context[2]", "another authority's vocabulary") }
    guard let pinned = credential.contextDigest else { return nil }
    if let stated = trust.contextDigests[credential.context] {
      guard pinned == stated else { throw .malformed("relatedResource", "another version of the vocabulary") }
      return nil
    }
    if pinned == generated.digest { return nil }
    guard trust.host?.bytes.elementsEqual(snapshot.host.utf8) != true else {
      throw .malformed("relatedResource", "another version of the vocabulary")
    }
    return Reason(.trustDataUnavailable, [.init("what", "context")])
  }

  /// The credential must fit a service it is issued under: type, programme, tier, register prefix, status lists,
  /// certificate policy.
  private func authorisation(
    of credential: MembershipCredential,
    _ programme: Text,
    signer: Signer,
    signedAt: Instant
  ) throws(TokenRejection) -> Authorisation {
    var refusal: TokenRejection {
      .notGenuine(
        Reason(
          .issuerNotAuthorised,
          [.init("issuer", .string(signer.entity.name)), .init("programme", .string(programme))]
        ),
        restsOnList: true
      )
    }
    guard case .success(let list) = trust.list else { throw .unavailable("trust_list") }
    let type = credential.type
    let tier = credential.organization.membershipTier
    let number = credential.organization.organizationIdentifier
    let isMembership = type == MembershipCredential.membershipType
    let entries = credential.statusEntries
    // A tier without the form of a membership would come without the register number that says which companies a
    // chamber speaks for.
    guard isMembership || tier == nil else { throw refusal }
    let hasRules = !list.programmeRules.isEmpty
    let listings = signer.listings.filter { listing in
      listing.service.credentialTypes.contains(type)
        // A list with rules names the programmes of each chamber: none named, none allowed.
        && (listing.service.programmes.contains(programme) || (listing.service.programmes.isEmpty && !hasRules))
        && (tier.map { listing.service.tiers.contains($0) } ?? !isMembership)
        && (number.map { id in listing.service.subjectIdentifierPrefixes.contains { Self.isPrefix($0, of: id) } }
          ?? !isMembership)
        && entries.allSatisfy { entry in
          listing.service.statusLists.contains { Self.isListAddress(entry.list, under: $0) }
        }
    }
    guard listings.contains(where: { $0.change(at: signedAt)?.status == .granted }) else { throw refusal }
    guard hasRules else { return Authorisation(programme: programme, rule: nil, listings: listings) }
    guard let rule = list.programme(programme), rule.tier == tier else { throw refusal }
    if let policies = signer.chain?.policies, !policies.contains(where: rule.policy.equals) {
      throw .chain("the signer's certificate does not allow the programme")
    }
    return Authorisation(programme: programme, rule: rule, listings: listings)
  }

  /// Prefixes end where a part of the number ends: `NTRAE+D` must not cover `NTRAE+DU-1`; a whole country code may
  /// stand alone.
  static func isPrefix(_ prefix: Text, of identifier: Text) -> Bool {
    guard !prefix.isEmpty, identifier.hasPrefix(prefix), identifier.bytes.count > prefix.bytes.count else {
      return false
    }
    // `NTR` is the kind of register alone, EN 319 412-1: every country.
    if prefix.bytes.count == 3 { return true }
    let ends: [UInt8] = [UInt8(ascii: "-"), UInt8(ascii: "+")]
    return prefix.bytes.last.map(ends.contains) == true || ends.contains(identifier.bytes[prefix.bytes.count])
  }

  /// Below the prefix, and so spelled that no reader resolves it to somewhere else.
  static func isListAddress(_ address: Text, under prefix: Text) -> Bool {
    guard address.hasPrefix(prefix) else { return false }
    // Every segment holds something else than points.
    var isNamed = false
    for byte in address.bytes[prefix.bytes.count...] {
      switch byte {
      case UInt8(ascii: "%"), UInt8(ascii: "\\"), UInt8(ascii: "#"): return false
      case UInt8(ascii: "/"):
        guard isNamed else { return false }
        isNamed = false
      case UInt8(ascii: "."): break
      default: isNamed = true
      }
    }
    return isNamed
  }

  // MARK: what is shown

  private func facts(of credential: MembershipCredential, _ programme: Text, signer: Signer, digestOf: [UInt8])
    -> VerifiedCredential
  {
    let url = credential.id
    let id =
      url.bytes.lastIndex(of: UInt8(ascii: "/")).map { String(decoding: url.bytes[($0 + 1)...], as: UTF8.self) } ?? ""
    let entity = signer.entity
    let platforms = trust.platforms
    // What is shown is held, and nothing else of the credential.
    let organization = credential.organization
    let (from, until) = (credential.validFrom, credential.validUntil)
    return VerifiedCredential(id: id, url: url.string, digestOf: digestOf) {
      VerifiedCredential.Facts(
        programme: programme.string,
        issuer: entity.id.string,
        issuerName: entity.name.string,
        names: organization.names.map { ($0.language?.string ?? "", $0.value.string) },
        registerID: organization.organizationIdentifier?.string ?? "",
        country: String(decoding: (organization.jurisdictionCode?.bytes ?? []).prefix(2), as: UTF8.self),
        membershipNumber: organization.membershipNumber?.string ?? "",
        memberSince: organization.memberSince,
        validFrom: from,
        validUntil: until,
        storefronts: Self.storefronts(of: organization, platforms)
      )
    }
  }
}
