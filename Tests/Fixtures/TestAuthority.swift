public import Credentials
public import Encodings
public import PKI
import Storefronts
public import TransparencyLog

/// A whole authority in memory, with keys made for this run: it signs what the programs sign, and what they never
/// would. It knows no register and no folder; `TestPublisher` has the folder.
public struct TestAuthority: Sendable {
  /// Days from now for which the certificates hold.
  public struct Lives: Sendable {
    public var root: ClosedRange<Int64> = -400...4_000, ca: ClosedRange<Int64> = -390...3_000,
      signer: ClosedRange<Int64> = -300...800
    public init() {}
  }

  /// What a certificate says of a member.
  public struct Member: Sendable {
    public var number = 293
    public var names: [(language: String, text: String)] = [
      ("en", "Al Noor Trading LLC"), ("ar", "شركة النور للتجارة ذ.م.م"),
    ]
    public var storefronts: [(kind: StorefrontBinding.Kind, key: String, display: String)] = [
      (.host, "site/alnoor.example", "https://alnoor.example/"),
      (.platform, "platform/souk/alnoor", "https://www.souk.example/en/s/alnoor"),
    ]
    public var tier: Text = "trusted", programme = TestAuthority.trusted
    /// Days from now.
    public var validFrom: Int64 = -30, validUntil: Int64 = 300

    public var licence: String { "\(1_256_000 + number)" }

    public init() {}
    /// One of many, who differ in everything; from now on.
    public init(_ number: Int) {
      self.number = number
      validFrom = 0
      names = [("en", "Company Number \(number) LLC"), ("ar", "شركة رقم \(number)")]
      storefronts = [(.host, "site/shop-\(number).example", "https://shop-\(number).example/")]
    }
  }

  public static let policies = [ChamberPlan.trusted, ChamberPlan.verified], trusted: Text = "trusted-membership"

  public let host: String
  /// Everything else is dated by it.
  public let madeAt: Instant
  public let root: Certificate, rootKey: PrivateKey, rootCRL: RevocationList
  public let chambers: [TestChamber]
  public let logSigner: NoteSigner
  private let lives: Lives

  public static func serial(_ seed: UInt8) -> [UInt8] {
    CertificateTemplate.serial(random: [UInt8](repeating: seed, count: 16))
  }

  public init(
    host: String,
    now: Instant,
    lives: Lives = Lives(),
    rootName: DistinguishedName? = nil,
    chambers: [ChamberPlan]
  ) throws {
    self.host = host
    madeAt = now
    self.lives = lives
    rootKey = try PrivateKey.generate(.p384)
    root = try CertificateAuthority.selfSign(
      .root(
        subject: rootName
          ?? DistinguishedName(country: "AE", organization: "Authority of \(host)", commonName: "Root of \(host)"),
        notBefore: now.adding(days: lives.root.lowerBound).seconds,
        notAfter: now.adding(days: lives.root.upperBound).seconds,
        serial: Self.serial(1)
      ),
      key: rootKey
    )
    rootCRL = try Self.crl(of: root, key: rootKey, now: now, nextUpdate: now.adding(days: 180).seconds)
    logSigner = try NoteSigner(name: Text("\(host)/log"), kind: .ed25519, privateKey: PrivateKey.generate(.ed25519))
    var made: [TestChamber] = []
    for plan in chambers {
      let plan = plan.listed(by: host, now: now.seconds, lives: lives)
      made.append(try TestChamber(plan, number: UInt8(10 * (made.count + 1)), root: root, rootKey: rootKey))
    }
    self.chambers = made
  }

  /// A chamber that the trust list does not have.
  public func makeChamber(_ plan: ChamberPlan) throws -> TestChamber {
    let plan = plan.listed(by: host, now: madeAt.seconds, lives: lives)
    return try TestChamber(plan, number: 100, root: root, rootKey: rootKey)
  }

  // MARK: credentials

  public static func id(_ number: Int) -> CredentialID {
    CredentialID(random: [7, 7] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
  }

  /// As the chamber would write it; `index` is its place in both status lists.
  public func credential(
    _ chamber: TestChamber,
    _ member: Member,
    id: CredentialID,
    index: Int64,
    at moment: Instant? = nil
  ) -> MembershipCredential {
    let moment = moment ?? madeAt
    let from = moment.adding(days: member.validFrom)
    let base = "https://\(chamber.host)"
    var organization = MembershipCredential.Organization()
    organization.names = member.names.map {
      LocalizedText(Text($0.text), language: Text($0.language), direction: $0.language == "ar" ? .rtl : nil)
    }
    organization.organizationIdentifier = Text("NTRAE+\(chamber.territory)-\(member.licence)")
    organization.registrationNumber = Text(member.licence)
    organization.registrationAuthority = "https://register.example/"
    organization.jurisdictionCode = Text("AE-\(chamber.territory)")
    organization.legalFormText = "Limited Liability Company"
    organization.membershipNumber = Text("\(member.number)")
    organization.membershipTier = member.tier
    organization.memberSince = moment.adding(days: -900)
    organization.storefronts = member.storefronts.map {
      StorefrontBinding($0.kind, key: Text($0.key), display: Text($0.display))
    }
    return MembershipCredential(
      id: MembershipCredential.id(id, host: host),
      name: "Trusted Membership",
      context: Text("https://\(host)/ns/membership/v1"),
      contextDigest: MembershipContext.digestSRI(host: Text(host)),
      issuer: .init(id: chamber.did, name: "a name of its own", url: Text("\(base)/")),
      validFrom: from,
      validUntil: moment.adding(days: member.validUntil),
      awardedDate: from,
      subject: Text("\(base)/org/\(member.number)"),
      achievement: .init(
        id: Text("\(base)/achievements/\(member.programme)/v1"),
        type: "Membership",
        name: "Trusted Membership",
        description: "A member in good standing.",
        criteria: "Licence, fees and premises were checked."
      ),
      licenseNumber: Text("\(member.number)"),
      organization: organization,
      statuses: ["revocation", "suspension"].map {
        StatusEntry(purpose: Text($0), index: index, list: chamber.listURL($0, of: host))
      },
      issuedAt: from.seconds
    )
  }

  /// Of the member with this number, whose certificate has the number's id.
  public func credential(
    _ chamber: TestChamber,
    number: Int = 1,
    index: Int64 = 94_567,
    page: String = "alnoor.example",
    change: (inout MembershipCredential) -> Void = { _ in }
  ) -> MembershipCredential {
    var member = Member()
    member.number = number
    member.storefronts = [(.host, "site/\(page)", "https://\(page)/")]
    var credential = credential(chamber, member, id: Self.id(number), index: index)
    change(&credential)
    return credential
  }

  public func header(_ chamber: TestChamber) -> JSONObject {
    [
      "typ": "vc+jwt", "cty": "vc", "kid": .string(chamber.keyID),
      "x5c": [JSON(Base64.encode(chamber.signer.der)), JSON(Base64.encode(chamber.ca.der))],
    ]
  }

  public func sign(_ payload: JSONObject, _ chamber: TestChamber, header: JSONObject? = nil) throws -> [UInt8] {
    try CompactJWS.sign(
      header: header ?? self.header(chamber),
      payload: payload.canonical(),
      key: chamber.signerKey,
      algorithm: .es256
    )
  }

  /// A statement of the chamber: of a state, or of the pages of a credential.
  public func sign(_ payload: JSONObject, _ chamber: TestChamber, type: String) throws -> [UInt8] {
    try sign(payload, chamber, header: ["typ": JSON(type), "kid": .string(chamber.keyID)])
  }

  /// `change` works on the value, `edit` on the JSON that is signed: for what the value cannot say.
  public func token(
    _ chamber: TestChamber,
    number: Int = 1,
    index: Int64 = 94_567,
    page: String = "alnoor.example",
    change: (inout MembershipCredential) -> Void = { _ in },
    edit: (inout JSONObject) -> Void = { _ in }
  ) throws -> [UInt8] {
    var payload = credential(chamber, number: number, index: index, page: page, change: change).payload
    edit(&payload)
    return try sign(payload, chamber)
  }

  /// The Open Badges envelope: suspension alone, `jti` and `nbf` instead of `iat`.
  public func openBadge(
    _ chamber: TestChamber,
    number: Int = 1,
    edit: (inout JSONObject) -> Void = { _ in }
  ) throws -> [UInt8] {
    let credential = credential(chamber, number: number)
    var payload = credential.payload
    payload["iat"] = nil
    payload["jti"] = .string(credential.id)
    payload["nbf"] = .integer(credential.validFrom.seconds)
    payload["credentialStatus"] = .object(credential.statusEntries[1].json)
    edit(&payload)
    return try sign(payload, chamber, type: "JWT")
  }

  public func statement(
    _ chamber: TestChamber,
    _ state: String,
    of id: CredentialID = TestAuthority.id(1),
    at moment: Instant? = nil,
    by successor: CredentialID? = nil,
    edit: (inout JSONObject) -> Void = { _ in }
  ) throws -> [UInt8] {
    var payload = StatusStatement(
      issuer: chamber.did,
      subject: MembershipCredential.id(id, host: host),
      state: Text(state),
      at: moment ?? madeAt.adding(days: -2),
      replacedBy: successor.map { Text($0.description) }
    ).payload
    edit(&payload)
    return try sign(payload, chamber, type: StatusStatement.tokenType)
  }

  // MARK: lists

  public func statusList(
    _ chamber: TestChamber,
    _ purpose: String,
    set: some Sequence<Int64> = [],
    made: Instant? = nil,
    life: Int64 = 86_400,
    edit: (inout JSONObject) -> Void = { _ in }
  ) throws -> [UInt8] {
    let made = made ?? madeAt.adding(seconds: -10)
    var bits = BitstringStatusList()
    for index in set { bits.set(index, to: true) }
    var list = StatusListCredential(
      id: chamber.listURL(purpose, of: host),
      issuer: chamber.did,
      purpose: Text(purpose),
      validFrom: made,
      validUntil: made.adding(seconds: life),
      list: bits
    )
    list.issuedAt = made.seconds
    var payload = try list.payload()
    edit(&payload)
    return try sign(payload, chamber)
  }

  /// Both lists of every chamber, by address.
  public func statusLists(
    revoked: [Int64] = [],
    suspended: [Int64] = [],
    made: Instant? = nil
  ) throws -> [Text: [UInt8]] {
    var lists: [Text: [UInt8]] = [:]
    for chamber in chambers {
      for (purpose, set) in [("revocation", revoked), ("suspension", revoked + suspended)] {
        lists[chamber.listURL(purpose, of: host)] = try statusList(chamber, purpose, set: set, made: made)
      }
    }
    return lists
  }

  public func service(_ chamber: TestChamber) -> TrustList.Service {
    var service = TrustList.Service(status: .init(.granted, since: madeAt.adding(days: -380)))
    service.credentialTypes = [MembershipCredential.membershipType]
    service.programmes = [Self.trusted]
    service.tiers = ["trusted"]
    service.subjectIdentifierPrefixes = [Text("NTRAE+\(chamber.territory)-")]
    service.issuingCAs = [TrustList.IssuingCA(chamber.ca.der)]
    service.keys = [
      TrustList.Key(
        chamber.signerKey.publicKey,
        keyID: chamber.keyID,
        algorithm: .es256,
        purpose: .credential,
        notBefore: chamber.signer.notBefore,
        expires: chamber.signer.notAfter
      )
    ]
    service.statusLists = [Text("https://\(host)/status/\(chamber.slug)/")]
    return service
  }

  public func entity(
    _ chamber: TestChamber,
    change: (inout TrustList.Service) -> Void = { _ in }
  ) -> TrustList.Entity {
    var service = service(chamber)
    change(&service)
    return TrustList.Entity(
      id: chamber.did,
      name: Text(chamber.organization),
      jurisdiction: Text("AE-\(chamber.territory)"),
      services: [service]
    )
  }

  /// `change` gets each service with its chamber, `edit` the whole list.
  public func trustList(
    sequence: Int64 = 7,
    maxDays: Int64 = 366,
    isLogged: Bool = true,
    change: (TestChamber, inout TrustList.Service) -> Void = { _, _ in },
    edit: (inout TrustList) -> Void = { _ in }
  ) throws -> [UInt8] {
    var list = TrustList(
      issuer: Text("https://\(host)"),
      subject: Text("https://\(host)/.well-known/chamber-trust-list.jwt"),
      issuedAt: madeAt.adding(days: -1).seconds,
      expires: madeAt.adding(days: 29).seconds,
      sequenceNumber: sequence,
      nextUpdate: madeAt.adding(days: 6)
    )
    list.schemeName = "Sample"
    list.schemeTerritory = "AE"
    list.policy = Text("https://\(host)/policy/v1")
    list.entities = chambers.map { chamber in entity(chamber) { change(chamber, &$0) } }
    list.platforms = .init(version: "2026-11-20", sha256: SHA2.sha256(Self.platforms))
    list.logKeys = [Text(logSigner.verifierKey.description)]
    list.programmeRules = [
      .init(
        id: Self.trusted,
        tier: "trusted",
        policy: Text(ChamberPlan.trusted),
        maxDays: maxDays,
        logged: isLogged,
        title: ["ar": "عضوية موثوقة", "en": "Trusted membership", "fr": "Adhésion de confiance", "zh": "可信会员"]
      )
    ]
    edit(&list)
    return try list.sign(root: rootKey, rootCertificate: root.der)
  }

  private static func crl(
    of issuer: Certificate,
    key: PrivateKey,
    now: Instant,
    number: Int64 = 1,
    nextUpdate: Int64,
    revoked: [Certificate] = []
  ) throws -> RevocationList {
    try CertificateAuthority.makeCRL(
      issuer: issuer,
      key: key,
      number: number,
      thisUpdate: now.adding(days: -1).seconds,
      nextUpdate: nextUpdate,
      revoked: revoked.map { RevokedCertificate(serial: $0.serial, at: now.adding(days: -2).seconds, reason: nil) }
    )
  }

  /// The root's and then each chamber's, in which those with the serial numbers in `revoked` stand.
  public func crls(number: Int64 = 5, nextUpdate: Int64? = nil, revoked: [[UInt8]] = []) throws -> [[UInt8]] {
    let until = nextUpdate ?? madeAt.adding(days: 7).seconds
    let issuers = [(root, rootKey, chambers.map(\.ca))] + chambers.map { ($0.ca, $0.caKey, [$0.signer]) }
    return try issuers.map { issuer, key, issued in
      let gone = issued.filter { revoked.contains($0.serial) }
      return try Self.crl(of: issuer, key: key, now: madeAt, number: number, nextUpdate: until, revoked: gone).der
    }
  }

  public var certificates: [[UInt8]] { [root.der] + chambers.flatMap { [$0.ca.der, $0.signer.der] } }

  /// Two invented marketplaces: the account in a path, and in the host.
  public static let platforms: [UInt8] = {
    let text = """
      {"format":"khatm-platforms/1","version":"2026-11-20","platforms":[
      {"id":"souk","zones":["souk.example"],"account":{"letters":"a-z0-9_-","min":3,"max":40},"fold":"lower",
       "shops":[{"host":"www.souk.example","path":"/{site}/s/{account}","site":["ar","en","fr","zh"]}],
       "selftest":[{"page":"https://www.souk.example/en/s/acme","key":"platform/souk/acme"},
        {"page":"https://www.souk.example/","refused":"platform_url_unknown"}]},
      {"id":"bazaar","zones":["bazaar.example"],"account":{"letters":"a-z0-9","inside":"-","min":3,"max":60},
       "fold":"lower","reserved":["www"],"shops":[{"host":"{account}.bazaar.example"}],
       "selftest":[{"page":"https://acme.bazaar.example/","key":"platform/bazaar/acme"},
        {"page":"https://www.bazaar.example/","refused":"platform_url_unknown"}]}]}
      """
    do {
      return try PlatformTable(json: Array(text.utf8)).json()
    } catch {
      preconditionFailure("\(error)")
    }
  }()
}
