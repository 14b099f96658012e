internal import Credentials
public import Encodings
internal import Messages
internal import PKI
public import Storefronts

/// What could be had of one status list. Whoever calls keeps the newest one seen for each address.
public enum StatusReading: Sendable {
  /// A list whose signature and issuer were verified.
  case list(VerifiedStatusList)
  /// Not reachable, or nothing stands there.
  case unavailable
  /// Something stands there, and it is not a list we may use.
  case unusable(String)
  /// Signed, but older than one seen before.
  case rolledBack(seen: Instant, known: Instant)
}

/// A status list after its token was verified by the same rules as a credential's.
public struct VerifiedStatusList: Sendable {
  public let url: Text
  public let validFrom: Instant, validUntil: Instant
  let content: StatusListCredential
  init(content: StatusListCredential) {
    self.content = content
    url = content.id; validFrom = content.validFrom; validUntil = content.validUntil
  }
}

/// The page a caller asks about.
public struct PageQuestion: Sendable {
  /// As the caller wrote it.
  public let asked: String
  public let address: PageAddress
  public init(asked: String, address: PageAddress) { self.asked = asked; self.address = address }
}

/// The decision. Synchronous, without clock, network or database; every input is a parameter.
public struct Verifier: Sendable {
  public let trust: Trust
  /// Host of the badge links of this authority.
  public let host: String
  /// Clocks of chambers and readers may differ by this much for `iat` and `validFrom`; an end is an end (`docs/DESIGN.md`, time).
  static let skewSeconds: Int64 = 60

  public init(trust: Trust, host: String) { self.trust = trust; self.host = host }

  /// Verifies a token.
  /// - Parameters:
  ///   - expected: the id under which the token was found; another one in it is a forgery by the directory.
  ///   - statement: the chamber's signed statement of the last change of state, where one is at hand; it gives dates, never the state.
  ///   - statusList: the list at an address; asked only for addresses that the trust list allows.
  public func verify(_ token: [UInt8], expected: CredentialID? = nil, statement: [UInt8]? = nil, page: PageQuestion? = nil, at now: Instant,
                     statusList: (Text) -> StatusReading) -> Decision {
    var finding = Finding(page: page, now: now, platformsVersion: trust.platforms?.version.string)
    finding.askedID = expected
    do throws(SignerRefusal) {
      let (credential, signer) = try genuine(token, expected: expected, finding: &finding, at: now)
      judgeTime(credential, signer, &finding, at: now)
      judgeStatus(credential, signer, statement, &finding, at: now, statusList: statusList)
      judgePage(credential, page, &finding)
      judgeTrustList(&finding, at: now)
      finding.axes.authenticity = .genuine
      finding.credential = facts(of: credential, signer: signer, token: token)
    } catch {
      finding.axes.authenticity = error.authenticity
      finding.reasons.insert(error.reason, at: 0)
    }
    return finding.decision
  }

  /// The answer for an id that no record was found for, by someone who holds the complete directory.
  public func unknown(_ id: CredentialID, page: PageQuestion? = nil, at now: Instant) -> Decision {
    var finding = Finding(page: page, now: now, platformsVersion: trust.platforms?.version.string)
    finding.askedID = id
    finding.axes.authenticity = .unknownCredential
    finding.reasons.append(Reason(.credentialUnknown, [.init("id", JSON(id.description))]))
    return finding.decision
  }

  /// The answer when a rejection was found before there was a token: wrong check characters, damaged picture data, nothing at hand.
  public func rejected(_ reason: Reason, authenticity: Authenticity, page: PageQuestion? = nil, at now: Instant) -> Decision {
    var finding = Finding(page: page, now: now, platformsVersion: trust.platforms?.version.string)
    finding.axes.authenticity = authenticity
    finding.reasons.append(reason)
    return finding.decision
  }

  // MARK: authenticity

  private func genuine(_ token: [UInt8], expected: CredentialID?, finding: inout Finding, at now: Instant) throws(SignerRefusal) -> (MembershipCredential, Signer) {
    let jws: CompactJWS
    do throws(TokenError) { jws = try CompactJWS.parse(token) } catch {
      if case .algorithmRefused(let alg) = error { throw Trust.forged(Reason(.algorithmRefused, [.init("alg", JSON(String(alg.prefix(40))))])) }
      throw Trust.malformed("token", Self.words(error))
    }
    // Only the envelopes we issue: `vc+jwt`, and the Open Badges form, whose `typ` is JWT (Open Badges 3.0, 8.2.4.2).
    let openBadge = jws.hasType("JWT")
    guard jws.hasType(MembershipCredential.tokenType) || openBadge else { throw Trust.malformed("header.typ", "another type of token") }
    let object: JSONObject
    do throws(TokenError) { object = try jws.payloadObject() } catch { throw Trust.malformed("payload", Self.words(error)) }
    // `iat` picks the moment at which the key must have been in use. It is read before the signature holds, and only for that.
    guard let issued = (object["iat"] ?? object["nbf"])?.int else { throw Trust.malformed("iat", "is missing") }
    let signer = try trust.signer(of: jws, purpose: .credential, signedAt: Instant(seconds: issued), at: now)
    let holds: Bool
    do throws(OpenSSLError) { holds = try jws.isSigned(by: signer.key.jwk) } catch {
      throw SignerRefusal(authenticity: .notChecked, reason: Reason(.trustDataUnavailable, [.init("what", "cryptography")]))
    }
    guard holds else { throw Trust.forged(Reason(.signatureInvalid)) }

    let credential: MembershipCredential
    do throws(DocumentError) { credential = try MembershipCredential(payload: object) } catch { throw Trust.malformed(error.where, error.description) }
    guard openBadge == (object["jti"] != nil) else { throw Trust.malformed("header.typ", "the other form of the credential") }
    guard credential.issuer.id == signer.entity.id else {
      throw Trust.forged(Reason(.issuerMismatch, [.init("named", .string(Trust.short(credential.issuer.id))), .init("signer", .string(signer.entity.id))]))
    }
    if let expected, credential.credentialID != expected {
      throw Trust.forged(Reason(.issuerMismatch, [.init("named", .string(Trust.short(credential.id))), .init("signer", JSON(BadgeLink.url(expected, host: host)))]))
    }
    let service = try authorised(credential, signer, signedAt: Instant(seconds: issued))
    finding.reasons += signer.doubts
    if !signer.doubts.isEmpty { finding.doubtful = true }
    return (credential, Signer(entity: signer.entity, service: service, key: signer.key, policies: signer.policies, doubts: signer.doubts))
  }

  /// The credential must fit the service it is issued under: type, programme, tier, register prefix, status lists, certificate policy.
  private func authorised(_ credential: MembershipCredential, _ signer: Signer, signedAt: Instant) throws(SignerRefusal) -> TrustList.Service {
    guard let programme = credential.programme else { throw Trust.malformed("credentialSubject.achievement.id", "names no programme") }
    let refusal = Trust.forged(Reason(.issuerNotAuthorised, [.init("issuer", .string(signer.entity.name)), .init("programme", .string(programme))]))
    let organization = credential.organization
    let services = signer.entity.services.filter { service in
      service.keys.contains { $0.keyID == signer.key.keyID } && service.credentialTypes.contains(credential.type)
        && (service.programmes.isEmpty || service.programmes.contains(programme))
        && (organization.membershipTier.map { service.tiers.contains($0) } ?? true)
        && (organization.organizationIdentifier.map { id in service.subjectIdentifierPrefixes.contains { id.hasPrefix($0) } } ?? true)
        && credential.statusEntries.allSatisfy { entry in service.statusLists.contains { entry.list.hasPrefix($0) } }
    }
    guard let service = services.first, service.status(at: signedAt) == .granted else { throw refusal }
    if case .success(let list) = trust.list, !list.programmeRules.isEmpty {
      guard let rule = list.programme(programme), rule.tier == organization.membershipTier else { throw refusal }
      if let policies = signer.policies, !policies.contains(rule.policy.string) {
        throw Trust.forged(Reason(.chainInvalid, [.init("step", "the signer's certificate does not allow the programme")]))
      }
    }
    return service
  }

  // MARK: status

  private func judgeTime(_ credential: MembershipCredential, _ signer: Signer, _ finding: inout Finding, at now: Instant) {
    let begins = max(credential.validFrom, Instant(seconds: credential.issuedAt ?? 0))
    if begins > now.adding(seconds: Self.skewSeconds) {
      finding.state(.notYetValid, Reason(.notYetValid, [.init("from", JSON(begins.description))]))
    }
    if credential.validUntil < now {
      finding.state(.expired, Reason(.expired, [.init("at", JSON(credential.validUntil.description))]))
    }
    if case .success(let list) = trust.list, let rule = credential.programme.flatMap({ list.programme($0) }) {
      let days = (credential.validUntil.seconds - credential.validFrom.seconds) / 86_400
      if days > rule.maxDays {
        finding.reasons.append(Reason(.policyValidityTooLong, [.init("days", .integer(days)), .init("max", .integer(rule.maxDays))]))
      }
    }
    let recognition = signer.service.status
    if recognition.status != .granted && recognition.since <= now {
      // What a withdrawn chamber issued before stays what it was; a suspended chamber's credentials rest with it.
      let severity: Severity = recognition.status == .withdrawn ? .info : .error
      let reason = Reason(.issuerSuspended, severity: severity, [.init("issuer", .string(signer.entity.name)), .init("since", JSON(recognition.since.description))])
      if severity == .error { finding.state(.suspended, reason) } else { finding.reasons.append(reason) }
    }
  }

  private func judgeStatus(_ credential: MembershipCredential, _ signer: Signer, _ statement: [UInt8]?, _ finding: inout Finding, at now: Instant,
                           statusList: (Text) -> StatusReading) {
    var revoked = false, suspended = false, readable = false
    var oldest: Instant?, ends: Instant?
    for entry in credential.statusEntries where entry.purpose == "revocation" || entry.purpose == "suspension" {
      switch statusList(entry.list) {
      case .unavailable: finding.doubt(Reason(.statusUnavailable, [.init("list", .string(entry.list))]))
      case .unusable(let why): finding.doubt(Reason(.statusUnusable, [.init("list", .string(entry.list)), .init("why", JSON(why))]))
      case .rolledBack(let seen, let known):
        finding.doubt(Reason(.statusRollback, [.init("seen", JSON(seen.description)), .init("known", JSON(known.description))]))
      case .list(let list):
        guard list.content.issuer == credential.issuer.id, list.url == entry.list else {
          finding.doubt(Reason(.statusUnusable, [.init("list", .string(entry.list)), .init("why", "another issuer's list")]))
          continue
        }
        let bit: Bool
        do throws(StatusProblem) { bit = try list.content.status(of: entry) } catch {
          finding.doubt(Reason(.statusUnusable, [.init("list", .string(entry.list)), .init("why", JSON(Self.words(error)))]))
          continue
        }
        readable = true
        if entry.purpose == "revocation" { revoked = revoked || bit } else { suspended = suspended || bit }
        oldest = min(oldest ?? list.validFrom, list.validFrom)
        ends = min(ends ?? list.validUntil, list.validUntil)
        if list.validUntil < now { finding.doubt(Reason(.statusStale, [.init("asOf", JSON(list.validFrom.description))])) }
      }
    }
    if !readable && !finding.doubtful { finding.doubt(Reason(.statusUnusable, [.init("list", ""), .init("why", "the credential names no status list")])) }
    finding.statusAsOf = oldest
    finding.statusEnds = ends
    if let oldest { finding.axes.freshness = now.seconds - oldest.seconds <= Self.liveSeconds ? .live : .cached }
    let said = statement.flatMap { read(statement: $0, of: credential, at: now) }
    // A statement that contradicts the lists is only old: the lists decide, it merely dates them.
    if revoked {
      finding.dropDoubts()
      if let said, said.state == "superseded" {
        finding.supersededBy = said.by
        finding.since = said.at
        finding.state(.superseded, Reason(.superseded, [.init("by", said.by.map { JSON($0) } ?? .null), .init("at", JSON(said.at.description))]))
      } else {
        let at = said.flatMap { $0.state == "revoked" ? $0.at : nil }
        finding.since = at
        finding.state(.revoked, Reason(.revoked, [.init("at", at.map { JSON($0.description) } ?? .null)]))
      }
    } else if suspended {
      let since = said.flatMap { $0.state == "suspended" ? $0.at : nil }
      finding.since = since
      finding.state(.suspended, Reason(.suspended, [.init("since", since.map { JSON($0.description) } ?? .null)]))
    } else if finding.stateAxis == nil && !finding.doubtful {
      finding.stateAxis = .active
    }
  }

  /// A list younger than this is called live (`docs/DESIGN.md`, freshness: ttl of a status list).
  static let liveSeconds: Int64 = 300

  // MARK: page and trust list

  private func judgePage(_ credential: MembershipCredential, _ page: PageQuestion?, _ finding: inout Finding) {
    guard let page else {
      finding.axes.binding = .notStated
      finding.reasons.append(Reason(.pageNotStated))
      return
    }
    guard trust.platforms != nil else {
      // Without the table two shops of one marketplace look alike.
      finding.axes.binding = .notChecked
      finding.reasons.append(Reason(.trustDataUnavailable, [.init("what", "platforms")]))
      return
    }
    for note in page.address.notes {
      switch note {
      case .insecureTransport: finding.reasons.append(Reason(.insecureTransport, at: "page"))
      case .hostScriptMixed: finding.reasons.append(Reason(.hostScriptMixed, at: "page", [.init("label", .string(page.address.host))]))
      }
    }
    let keys = Set(page.address.matchKeys.map(\.text))
    let bound = Self.bindings(of: credential)
    if bound.contains(where: { keys.contains(Text($0.key)) }) {
      finding.axes.binding = .match
    } else {
      finding.axes.binding = .noMatch
      finding.reasons.append(Reason(.bindingNoMatch, at: "page", [
        .init("asked", .string(page.address.key.text)), .init("registered", .array(bound.map { JSON($0.key) }))]))
    }
  }

  private func judgeTrustList(_ finding: inout Finding, at now: Instant) {
    guard case .success(let list) = trust.list else { return }
    if now.seconds >= list.expires {
      finding.doubtful = true
      finding.axes.freshness = .stale
      finding.reasons.append(Reason(.trustListStale, [.init("asOf", JSON(Instant(seconds: list.issuedAt).description))]))
    } else if now > list.nextUpdate {
      finding.reasons.append(Reason(.trustListDue, [.init("nextUpdate", JSON(list.nextUpdate.description))]))
    }
  }

  /// Storefronts of the token; an `authorizedOrigin` is a host (`docs/formats.md`, bindings).
  static func bindings(of credential: MembershipCredential) -> [VerifiedCredential.Storefront] {
    var found = credential.organization.storefronts.map { VerifiedCredential.Storefront(kind: $0.kind.rawValue, key: $0.key.string, display: $0.display.string) }
    for origin in credential.organization.authorizedOrigins {
      guard let rest = origin.dropping(prefix: "https://") else { continue }
      let key = "site/\(rest)"
      if !found.contains(where: { $0.key.utf8.elementsEqual(key.utf8) }) { found.append(.init(kind: "host", key: key, display: origin.string + "/")) }
    }
    return found
  }

  private func facts(of credential: MembershipCredential, signer: Signer, token: [UInt8]) -> VerifiedCredential {
    let organization = credential.organization
    let id = credential.id.bytes.lastIndex(of: UInt8(ascii: "/")).map { String(decoding: credential.id.bytes[($0 + 1)...], as: UTF8.self) } ?? ""
    return VerifiedCredential(
      id: id, url: credential.id.string, programme: credential.programme?.string ?? "", issuer: signer.entity.id.string,
      issuerName: signer.entity.name.string, names: organization.names.map { ($0.language?.string ?? "", $0.value.string) },
      registerID: organization.organizationIdentifier?.string ?? "", country: String(decoding: (organization.jurisdictionCode?.bytes ?? []).prefix(2), as: UTF8.self),
      membershipNumber: organization.membershipNumber?.string ?? "", memberSince: organization.memberSince, validFrom: credential.validFrom,
      validUntil: credential.validUntil, storefronts: Self.bindings(of: credential), tokenDigest: Hex.encode(SHA2.sha256(token)))
  }

  static func words(_ error: TokenError) -> String {
    switch error {
    case .tooLarge(let bytes, let max): "\(bytes) bytes, \(max) are allowed"
    case .parts(let count): "\(count) parts instead of three"
    case .encoding(let part): "the \(part.rawValue) is not base64url"
    case .header(let error): "the header is not JSON: \(error)"
    case .payload(let error): "the payload is not JSON: \(error)"
    case .headerMember(let name): "the header's \(name) is missing or wrong"
    case .critical: "it asks for an extension that is not known (crit)"
    case .unencodedPayload: "it asks for an unencoded payload (b64)"
    case .algorithmRefused(let name): "the algorithm \(name) is not accepted"
    }
  }

  static func words(_ problem: StatusProblem) -> String {
    switch problem {
    case .retrieval: "it could not be had"
    case .verification(let what): what
    case .length(let bits): "it has \(bits) bits only"
    case .range(let index, let bits): "place \(index) is outside its \(bits) bits"
    case .malformed(let error): error.description
    case .unpackingFailed: "it could not be unpacked"
    }
  }
}

/// The answer while it is being found. Everything begins as not known.
struct Finding {
  var axes = Axes()
  var reasons: [Reason] = []
  var credential: VerifiedCredential?
  var askedID: CredentialID?
  /// The worst state found; nil: none that is against the credential.
  var stateAxis: Status?
  /// Something that the state rests on could not be read.
  var doubtful = false
  private var statusDoubts: [Reason] = []
  var supersededBy: String?, since: Instant?, statusAsOf: Instant?, statusEnds: Instant?
  private let page: PageQuestion?, now: Instant, platformsVersion: String?

  init(page: PageQuestion?, now: Instant, platformsVersion: String?) { self.page = page; self.now = now; self.platformsVersion = platformsVersion }

  mutating func state(_ status: Status, _ reason: Reason) {
    let order: [Status] = [.revoked, .superseded, .suspended, .expired, .notYetValid, .active, .unknown]
    let rank = { (status: Status) in order.firstIndex(of: status) ?? order.count }
    if rank(status) < rank(stateAxis ?? .unknown) { stateAxis = status }
    reasons.append(reason)
  }

  mutating func doubt(_ reason: Reason) { statusDoubts.append(reason); doubtful = true }
  /// A set revocation bit is final, whatever the other list would have said.
  mutating func dropDoubts() { statusDoubts.removeAll { $0.code != .statusStale && $0.code != .statusRollback } }

  var decision: Decision {
    var axes = axes
    axes.status = stateAxis ?? .unknown
    if statusDoubts.contains(where: { $0.code.axis == .freshness }) || statusAsOf == nil { axes.freshness = .stale }
    return Decision(axes: axes, reasons: reasons + statusDoubts, credential: credential, askedID: askedID, supersededBy: supersededBy, stateSince: since,
                    page: page.map { ($0.asked, $0.address.key.text.string) }, checkedAt: now, statusAsOf: statusAsOf, statusEnds: statusEnds,
                    platformsVersion: platformsVersion)
  }
}
