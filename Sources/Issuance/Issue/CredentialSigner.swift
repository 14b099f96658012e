internal import Credentials
internal import Encodings
internal import PKI
internal import Profiles
internal import Registry
internal import Storefronts
internal import Support
internal import TransparencyLog
internal import Vocabulary

/// A signed token in the parts the register stores, and whole.
struct SignedToken: Sendable {
  let parts: TokenParts
  /// What the log says of it.
  let handle: CredentialHandle, entry: LogEntry
  let facts: RecordFacts
}

extension TokenParts {
  /// The token in compact serialisation.
  var compact: [UInt8] { Base64URL.join(header, payload, signature) }
}

/// One chamber's credential signer at work: its key, and the header that is equal on everything it signs.
struct CredentialSigner: Sendable {
  let chamber: Chamber
  let host: String
  private let record: SigningKeyRecord
  private let key: PrivateKey
  private let usableDays: Int
  private let listTTLSeconds: Int
  private let headerBytes: [UInt8]
  private let header: JSONObject
  /// The same on every credential of the authority; making it costs more than signing.
  private let contextDigest: Text

  init(session: AuthoritySession, chamber slug: String) throws {
    guard let chamber = try session.registry.keys.chambers().first(where: { $0.slug == slug }) else {
      throw ActRejection(.unknownChamber, subject: slug)
    }
    self.chamber = chamber
    host = session.authority.host
    record = try session.keys.current(.signer, of: slug)
    let ca = try session.keys.current(.issuingCA, of: slug)
    guard let leafDER = record.certificate, let caDER = ca.certificate else {
      throw IssuanceFailure.keyUnusable(file: record.file, why: "no certificate")
    }
    usableDays = session.profiles.signer.usableDays
    listTTLSeconds = session.profiles.authority.statusList.ttlSeconds
    key = try session.keys.key(of: record)
    header = [
      "alg": "ES256", "cty": "vc", "kid": JSON(record.kid), "typ": JSON(MembershipCredential.tokenType),
      "x5c": [JSON(Base64.encode(leafDER)), JSON(Base64.encode(caDER))],
    ]
    headerBytes = header.canonical()
    contextDigest = MembershipContext.digestSRI(host: Text(host))
  }

  /// A signer must outlive what it signs, or the chain breaks before the credential ends; and it signs new credentials
  /// for a part of its life only. Status lists and statements it signs to the end: the end of its
  /// issuing period must never prevent a revocation.
  func mustOutlive(_ end: Instant, at now: Instant) throws {
    guard now.seconds >= record.notBefore, now.seconds < record.notBefore + Int64(usableDays) * 86_400 else {
      throw ActRejection(
        .signerWornOut(since: Instant(seconds: record.notBefore), days: usableDays),
        subject: chamber.slug
      )
    }
    guard record.notAfter >= end.seconds else {
      throw ActRejection(
        .signerEndsBefore(signer: Instant(seconds: record.notAfter), credential: end),
        subject: chamber.slug
      )
    }
  }

  /// Issuance step 4: sign. On every core. Each signature is checked with the pinned public key before it leaves: a key
  /// that is not the register's can release nothing.
  func sign(_ batch: [ReservedDraft], at now: Instant) throws -> [SignedToken] {
    let head = Base64URL.encodeBytes(headerBytes)
    return try parallelMap(batch) { try self.signOne($0, head: head, at: now) }
  }

  private func signOne(_ prepared: ReservedDraft, head: [UInt8], at now: Instant) throws -> SignedToken {
    let credential = prepared.draft.membership(
      at: prepared.placement,
      chamber: chamber,
      host: host,
      contextDigest: contextDigest
    )
    let payload = credential.canonicalPayload
    let read = try lint(payload, against: credential)
    let input = head + [0x2E] + Base64URL.encodeBytes(payload)
    let signature = try key.sign(input, algorithm: .es256)
    guard try key.publicKey.verifies(signature, over: input, algorithm: .es256) else {
      throw IssuanceFailure.cryptography("our own signature does not verify")
    }
    let handle = try CredentialHandle(
      salt: prepared.draft.credential.salt,
      token: input + [0x2E] + Base64URL.encodeBytes(signature),
      id: Text(prepared.draft.id.description)
    )
    return SignedToken(
      parts: TokenParts(header: headerBytes, payload: payload, signature: signature),
      handle: handle,
      entry: try LogEntry(
        at: now,
        chamber: Text(chamber.did),
        event: .issue(handle, programme: Text(prepared.draft.content.programme.id))
      ),
      facts: RecordFacts(read)
    )
  }

  /// What is about to be signed is read back by the parser that every verifier uses, and must be what was meant.
  private func lint(_ payload: [UInt8], against meant: MembershipCredential) throws -> FlatJSON {
    let read = try FlatJSON.object(payload)
    guard try MembershipCredential(payload: read) == meant else {
      throw IssuanceFailure.cryptography("the credential does not read back as it was meant")
    }
    return read
  }

  /// The signed statement of a change of state.
  func statement(id: String, state: CredentialState, at now: Instant, replacedBy: String? = nil) throws -> [UInt8] {
    let statement = StatusStatement(
      issuer: Text(chamber.did),
      subject: Text("https://\(host)/c/\(id)"),
      state: Text(state.rawValue),
      at: now,
      replacedBy: replacedBy.map { Text($0) }
    )
    return try CompactJWS.sign(
      header: ["typ": JSON(StatusStatement.tokenType), "kid": JSON(record.kid)],
      payload: statement.payload.canonical(),
      key: key,
      algorithm: .es256
    )
  }

  /// The signed statement about a certificate's pages.
  func sign(_ statement: BindingStatement) throws -> [UInt8] {
    try CompactJWS.sign(
      header: ["typ": JSON(BindingStatement.tokenType), "kid": JSON(record.kid)],
      payload: statement.payload.canonical(),
      key: key,
      algorithm: .es256
    )
  }

  /// A status list as a token, secured like a credential.
  func sign(statusList bits: BitstringStatusList, purpose: StatusPurpose, url: String, at now: Instant, until: Instant)
    throws
    -> [UInt8]
  {
    var list = StatusListCredential(
      id: Text(url),
      issuer: Text(chamber.did),
      purpose: Text(purpose.rawValue),
      validFrom: now,
      validUntil: until,
      list: bits
    )
    list.issuedAt = now.seconds
    list.ttl = Int64(listTTLSeconds) * 1_000
    return try CompactJWS.sign(header: header, payload: try list.payload().canonical(), key: key, algorithm: .es256)
  }
}

extension IssueDraft {
  /// The credential of `docs/formats.md` (worked example of the design), with its place in the status lists.
  func membership(
    at place: StatusPlacement,
    chamber: Chamber,
    host: String,
    contextDigest: Text
  ) -> MembershipCredential {
    let validFrom = Instant(seconds: credential.validFrom)
    let member = content.member
    let programme = content.programme
    let base = "https://\(host)"
    let claims = programme.requiredClaims + programme.optionalClaims
    var organization = MembershipCredential.Organization()
    if claims.contains(.legalNameText) {
      organization.names = [
        LocalizedText(Text(member.nameEn), language: "en"),
        LocalizedText(Text(member.nameAr), language: "ar", direction: .rtl),
      ]
    }
    let identifier = RegisterNumbers.organizationIdentifier(
      jurisdiction: member.jurisdiction,
      licence: member.licenceNumber
    )
    if claims.contains(.organizationIdentifier) { organization.organizationIdentifier = Text(identifier) }
    if claims.contains(.registrationNumber) { organization.registrationNumber = Text(member.licenceNumber) }
    if claims.contains(.registrationAuthority) {
      organization.registrationAuthority = Text("\(base)/registers/\(RegisterNumbers.slug(member.licenceAuthority))")
    }
    if claims.contains(.jurisdictionCode) { organization.jurisdictionCode = Text(member.jurisdiction) }
    if claims.contains(.legalFormText) { organization.legalFormText = Text(member.legalForm) }
    if claims.contains(.membershipNumber) { organization.membershipNumber = Text(member.number) }
    if claims.contains(.membershipTier) { organization.membershipTier = programme.tier.map { Text($0) } }
    if claims.contains(.memberSince) { organization.memberSince = CivilDate(member.memberSince)?.startOfDay }
    organization.storefronts = content.storefronts
    let site = "https://\(chamber.domain)"
    let whom = (content.person[.personName] ?? content.person[.representativeName])?.string ?? member.nameEn
    // A person has no number of the chamber's: the certificate's own number stands for them.
    let subject = "\(site)/org/\(member.number)" + (programme.subject == .person ? "/people/\(id.description)" : "")
    return MembershipCredential(
      id: MembershipCredential.id(id, host: host),
      type: Text(programme.credentialType),
      name: Text("\(programme.badgeTitle.en) - \(whom)"),
      context: Text(base + MembershipCredential.contextPath.string),
      contextDigest: contextDigest,
      issuer: .init(id: Text(chamber.did), name: Text(chamber.nameEn), url: Text(site + "/")),
      validFrom: validFrom,
      validUntil: validUntil,
      awardedDate: validFrom,
      subject: Text(subject),
      achievement: .init(
        id: Text("\(site)/achievements/\(programme.id)/v1"),
        type: Text(programme.achievementType),
        name: Text(programme.badgeTitle.en),
        description: Text(programme.description.en),
        criteria: Text(programme.criteria.en),
        criteriaID: Text("\(site)/criteria/\(programme.id)/v1")
      ),
      licenseNumber: Text(member.number),
      organization: organization,
      person: content.person,
      statuses: [
        StatusEntry(
          purpose: "revocation",
          index: place.revocation.index,
          list: Text("\(base)/status/\(chamber.slug)/revocation/\(place.revocation.series)")
        ),
        StatusEntry(
          purpose: "suspension",
          index: place.suspension.index,
          list: Text("\(base)/status/\(chamber.slug)/suspension/\(place.suspension.series)")
        ),
      ],
      issuedAt: validFrom.seconds
    )
  }
}

/// Numbers of companies in public registers.
enum RegisterNumbers {
  /// ETSI EN 319 412-1 with the sub-national part of CA/B EVG 7.1.4.2.8: `NTRAE+DU-1256293`.
  static func organizationIdentifier(jurisdiction: String, licence: String) -> String {
    let parts = jurisdiction.split(separator: "-", maxSplits: 1)
    return "NTR\(parts.first ?? "")" + (parts.count > 1 ? "+\(parts[1])" : "") + "-\(licence)"
  }

  /// The beginning all companies of a territory share.
  static func prefix(jurisdiction: String) -> String { organizationIdentifier(jurisdiction: jurisdiction, licence: "") }

  static func slug(_ text: String) -> String {
    var slug: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x61...0x7A, 0x30...0x39: slug.append(byte)
      case 0x41...0x5A: slug.append(byte + 0x20)
      default: if slug.last != UInt8(ascii: "-") && !slug.isEmpty { slug.append(UInt8(ascii: "-")) }
      }
    }
    if slug.last == UInt8(ascii: "-") { slug.removeLast() }
    return slug.isEmpty ? "register" : String(decoding: slug.prefix(80), as: UTF8.self)
  }
}
