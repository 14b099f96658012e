import Credentials
import Encodings
import PKI
import Storefronts
import TransparencyLog
@testable import Verification

/// 2026-11-22T09:15:03Z, a Sunday morning in Dubai.
let now = Instant(seconds: 1_795_338_903)

/// One chamber with everything it signs with.
struct TestChamber: Sendable {
  let slug: String, territory: String
  let ca: Certificate, signer: Certificate
  let caKey: PrivateKey, signerKey: PrivateKey
  /// For embedded proofs; listed only where a test says so.
  let proofKey: PrivateKey

  var host: String { "trust.\(slug).example" }
  var did: Text { Text("did:web:\(host)") }
  var keyID: Text { Text("\(did)#\(JWK(publicKey: signerKey.publicKey).thumbprint)") }
  var proofKeyID: Text { Text("\(did)#proof") }
  func listURL(_ purpose: String, of authority: String, series: Int = 1) -> Text {
    Text("https://\(authority)/status/\(slug)/\(purpose)/\(series)")
  }
}

/// A whole authority with real keys in memory. Made once; every test takes what it needs and changes a copy.
struct World: Sendable {
  static let policies = ["1.3.6.1.4.1.32473.1.2", "1.3.6.1.4.1.32473.1.3"]
  static let trusted: Text = "trusted-membership"

  let host: String
  let root: Certificate, rootKey: PrivateKey
  let chambers: [TestChamber]
  let logSigner: NoteSigner
  var dubai: TestChamber { chambers[0] }

  /// Four chambers; and, for recognition and for strangers, a second authority of two.
  static let shared: Result<World, any Error> = Result {
    try World(
      host: "khatm.example",
      chambers: [("dubai", "DU"), ("sharjah", "SH"), ("ajman", "AJ"), ("fujairah", "FU")]
    )
  }
  static let other: Result<World, any Error> = Result {
    try World(host: "kamar.example", chambers: [("muscat", "MA"), ("sohar", "BA")])
  }
  static func get() throws -> World { try shared.get() }

  init(host: String, chambers: [(slug: String, territory: String)]) throws {
    self.host = host
    rootKey = try PrivateKey.generate(.p384)
    root = try CertificateAuthority.selfSign(
      .root(
        subject: DistinguishedName(country: "AE", organization: "Authority of \(host)", commonName: "Root of \(host)"),
        notBefore: now.adding(days: -400).seconds,
        notAfter: now.adding(days: 4_000).seconds,
        serial: try Self.serial()
      ),
      key: rootKey
    )
    logSigner = try NoteSigner(name: Text("\(host)/log"), kind: .ed25519, privateKey: PrivateKey.generate(.ed25519))
    var made: [TestChamber] = []
    for (slug, territory) in chambers {
      made.append(try Self.chamber(slug, territory, root: root, rootKey: rootKey, host: host))
    }
    self.chambers = made
  }

  static func serial() throws -> [UInt8] { CertificateTemplate.serial(random: try secureRandomBytes(16)) }

  static func chamber(
    _ slug: String,
    _ territory: String,
    root: Certificate,
    rootKey: PrivateKey,
    host: String,
    signerLife: ClosedRange<Int64> = -300...800,
    policies: [String] = World.policies
  ) throws -> TestChamber {
    let caKey = try PrivateKey.generate(.p384), signerKey = try PrivateKey.generate(.p256)
    let name = "Chamber of \(slug)"
    let ca = try CertificateAuthority.issue(
      .issuingCA(
        subject: DistinguishedName(country: "AE", organization: name, commonName: "\(name) CA"),
        notBefore: now.adding(days: -390).seconds,
        notAfter: now.adding(days: 3_000).seconds,
        serial: serial(),
        domain: "\(slug).example",
        policies: World.policies,
        crlURL: "http://\(host)/crl/root.crl",
        caIssuersURL: nil
      ),
      subjectKey: caKey.publicKey,
      issuer: root,
      issuerKey: rootKey
    )
    let signer = try CertificateAuthority.issue(
      .signer(
        subject: DistinguishedName(country: "AE", organization: name, commonName: "\(name) signer"),
        notBefore: now.adding(days: signerLife.lowerBound).seconds,
        notAfter: now.adding(days: signerLife.upperBound).seconds,
        serial: serial(),
        host: "trust.\(slug).example",
        did: "did:web:trust.\(slug).example",
        policies: policies,
        crlURL: "http://\(host)/crl/\(slug).crl",
        caIssuersURL: nil
      ),
      subjectKey: signerKey.publicKey,
      issuer: ca,
      issuerKey: caKey
    )
    return TestChamber(
      slug: slug,
      territory: territory,
      ca: ca,
      signer: signer,
      caKey: caKey,
      signerKey: signerKey,
      proofKey: try PrivateKey.generate(.ed25519)
    )
  }

  /// The chamber with its next signer, under the same CA.
  func renewed(_ chamber: TestChamber, life: ClosedRange<Int64> = -300...800, policies: [String] = World.policies)
    throws -> TestChamber
  {
    let key = try PrivateKey.generate(.p256), name = "Chamber of \(chamber.slug)"
    let signer = try CertificateAuthority.issue(
      .signer(
        subject: DistinguishedName(country: "AE", organization: name, commonName: "\(name) next signer"),
        notBefore: now.adding(days: life.lowerBound).seconds,
        notAfter: now.adding(days: life.upperBound).seconds,
        serial: Self.serial(),
        host: chamber.host,
        did: chamber.did.string,
        policies: policies,
        crlURL: "http://\(host)/crl/\(chamber.slug).crl",
        caIssuersURL: nil
      ),
      subjectKey: key.publicKey,
      issuer: chamber.ca,
      issuerKey: chamber.caKey
    )
    return TestChamber(
      slug: chamber.slug,
      territory: chamber.territory,
      ca: chamber.ca,
      signer: signer,
      caKey: chamber.caKey,
      signerKey: key,
      proofKey: chamber.proofKey
    )
  }

  // MARK: credentials

  static func id(_ number: Int) -> CredentialID {
    CredentialID(random: [7, 7] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
  }

  /// As the chamber would write it; `index` is its place in both status lists.
  func credential(
    _ chamber: TestChamber,
    number: Int = 1,
    index: Int64 = 94_567,
    page: String = "alnoor.example",
    change: (inout MembershipCredential) -> Void = { _ in }
  ) -> MembershipCredential {
    var organization = MembershipCredential.Organization()
    organization.names = [
      LocalizedText("Al Noor Trading LLC", language: "en"),
      LocalizedText("شركة النور للتجارة ذ.م.م", language: "ar", direction: .rtl),
    ]
    organization.organizationIdentifier = Text("NTRAE+\(chamber.territory)-\(1_256_000 + number)")
    organization.registrationNumber = Text("\(1_256_000 + number)")
    organization.registrationAuthority = "https://register.example/"
    organization.jurisdictionCode = Text("AE-\(chamber.territory)")
    organization.membershipNumber = Text("\(number)")
    organization.membershipTier = "trusted"
    organization.memberSince = now.adding(days: -900)
    organization.storefronts = [StorefrontBinding(.host, key: Text("site/\(page)"), display: Text("https://\(page)/"))]
    let base = "https://\(chamber.host)"
    var credential = MembershipCredential(
      id: MembershipCredential.id(Self.id(number), host: host),
      name: "Trusted Membership",
      context: Text("https://\(host)/ns/membership/v1"),
      contextDigest: MembershipContext.digestSRI(host: Text(host)),
      issuer: .init(id: chamber.did, name: "a name of its own"),
      validFrom: now.adding(days: -30),
      validUntil: now.adding(days: 300),
      awardedDate: nil,
      subject: Text("\(base)/org/\(number)"),
      achievement: .init(
        id: Text("\(base)/achievements/trusted-membership/v1"),
        type: "Membership",
        name: "Trusted Membership",
        description: "A member in good standing.",
        criteria: "Licence, fees and premises were checked."
      ),
      organization: organization,
      statuses: ["revocation", "suspension"].map {
        StatusEntry(purpose: Text($0), index: index, list: chamber.listURL($0, of: host))
      },
      issuedAt: now.adding(days: -30).seconds
    )
    change(&credential)
    return credential
  }

  func header(_ chamber: TestChamber) -> JSONObject {
    [
      "typ": "vc+jwt", "cty": "vc", "kid": .string(chamber.keyID),
      "x5c": [JSON(Base64.encode(chamber.signer.der)), JSON(Base64.encode(chamber.ca.der))],
    ]
  }

  func sign(_ payload: JSONObject, _ chamber: TestChamber, header: JSONObject? = nil) throws -> [UInt8] {
    try CompactJWS.sign(
      header: header ?? self.header(chamber),
      payload: payload.canonical(),
      key: chamber.signerKey,
      algorithm: .es256
    )
  }

  /// `change` works on the value, `edit` on the JSON that is signed: for what the value cannot say.
  func token(
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
  func openBadge(_ chamber: TestChamber, number: Int = 1, edit: (inout JSONObject) -> Void = { _ in }) throws -> [UInt8]
  {
    let credential = credential(chamber, number: number)
    var payload = credential.payload
    payload["iat"] = nil
    payload["jti"] = .string(credential.id)
    payload["nbf"] = .integer(credential.validFrom.seconds)
    payload["credentialStatus"] = .object(credential.statusEntries[1].json)
    edit(&payload)
    return try sign(payload, chamber, header: ["typ": "JWT", "kid": .string(chamber.keyID)])
  }

  func statement(
    _ chamber: TestChamber,
    number: Int = 1,
    _ state: String,
    at: Instant = now.adding(days: -2),
    by: CredentialID? = nil,
    edit: (inout JSONObject) -> Void = { _ in }
  ) throws -> [UInt8] {
    var payload = StatusStatement(
      issuer: chamber.did,
      subject: MembershipCredential.id(Self.id(number), host: host),
      state: Text(state),
      at: at,
      replacedBy: by.map { Text($0.description) }
    ).payload
    edit(&payload)
    return try sign(payload, chamber, header: ["typ": JSON(StatusStatement.tokenType), "kid": .string(chamber.keyID)])
  }

  // MARK: lists

  func statusList(
    _ chamber: TestChamber,
    _ purpose: String,
    set: [Int64] = [],
    made: Instant = now.adding(seconds: -10),
    life: Int64 = 86_400,
    edit: (inout JSONObject) -> Void = { _ in }
  ) throws -> [UInt8] {
    var bits = BitstringStatusList()
    for index in set { bits.set(index, to: true) }
    var payload = try StatusListCredential(
      id: chamber.listURL(purpose, of: host),
      issuer: chamber.did,
      purpose: Text(purpose),
      validFrom: made,
      validUntil: made.adding(seconds: life),
      issuedAt: made.seconds,
      list: bits
    ).payload()
    edit(&payload)
    return try sign(payload, chamber)
  }

  /// Both lists of every chamber, by address.
  func statusLists(revoked: [Int64] = [], suspended: [Int64] = [], made: Instant = now.adding(seconds: -10)) throws
    -> [Text: [UInt8]]
  {
    var lists: [Text: [UInt8]] = [:]
    for chamber in chambers {
      lists[chamber.listURL("revocation", of: host)] = try statusList(chamber, "revocation", set: revoked, made: made)
      lists[chamber.listURL("suspension", of: host)] = try statusList(
        chamber,
        "suspension",
        set: revoked + suspended,
        made: made
      )
    }
    return lists
  }

  func service(_ chamber: TestChamber) -> TrustList.Service {
    var service = TrustList.Service(status: .init(.granted, since: now.adding(days: -380)))
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

  func entity(_ chamber: TestChamber, change: (inout TrustList.Service) -> Void = { _ in }) -> TrustList.Entity {
    var service = service(chamber)
    change(&service)
    return TrustList.Entity(
      id: chamber.did,
      name: Text("Chamber of \(chamber.slug)"),
      jurisdiction: Text("AE-\(chamber.territory)"),
      services: [service]
    )
  }

  /// `change` gets each service with its chamber, `edit` the whole list.
  func trustList(
    sequence: Int64 = 7,
    change: (TestChamber, inout TrustList.Service) -> Void = { _, _ in },
    edit: (inout TrustList) -> Void = { _ in }
  ) throws -> [UInt8] {
    var list = TrustList(
      issuer: Text("https://\(host)"),
      subject: Text("https://\(host)/.well-known/chamber-trust-list.jwt"),
      issuedAt: now.adding(days: -1).seconds,
      expires: now.adding(days: 29).seconds,
      sequenceNumber: sequence,
      nextUpdate: now.adding(days: 6),
      schemeName: "Sample",
      schemeTerritory: "AE",
      policy: Text("https://\(host)/policy/v1"),
      entities: chambers.map { chamber in entity(chamber) { change(chamber, &$0) } }
    )
    list.platforms = .init(version: "2026-11-20", sha256: SHA2.sha256(Self.platforms))
    list.logKeys = [Text(logSigner.verifierKey.description)]
    list.programmeRules = [
      .init(
        id: Self.trusted,
        tier: "trusted",
        policy: Text(Self.policies[0]),
        maxDays: 366,
        logged: true,
        title: ["ar": "عضوية موثوقة", "en": "Trusted membership", "fr": "Adhésion de confiance", "zh": "可信会员"]
      )
    ]
    edit(&list)
    return try list.sign(root: rootKey, rootCertificate: root.der)
  }

  func crls(nextUpdate: Int64 = now.adding(days: 7).seconds, revoked: [[UInt8]] = []) throws -> [[UInt8]] {
    let made = now.adding(days: -1).seconds
    func entries(_ certificates: [Certificate]) -> [RevokedCertificate] {
      certificates.map(\.serial).filter(revoked.contains).map {
        RevokedCertificate(serial: $0, at: now.adding(days: -2).seconds, reason: nil)
      }
    }
    return try [
      CertificateAuthority.makeCRL(
        issuer: root,
        key: rootKey,
        number: 5,
        thisUpdate: made,
        nextUpdate: nextUpdate,
        revoked: entries(chambers.map(\.ca))
      ).der
    ]
      + chambers.map { chamber in
        try CertificateAuthority.makeCRL(
          issuer: chamber.ca,
          key: chamber.caKey,
          number: 5,
          thisUpdate: made,
          nextUpdate: nextUpdate,
          revoked: entries([chamber.signer])
        ).der
      }
  }

  var certificates: [[UInt8]] { [root.der] + chambers.flatMap { [$0.ca.der, $0.signer.der] } }

  /// One invented marketplace with the account in the path.
  static let platforms: [UInt8] = {
    let text = """
      {"format":"khatm-platforms/1","version":"2026-11-20","platforms":[{"id":"souk","zones":["souk.example"],
      "account":{"letters":"a-z0-9_-","min":3,"max":40},"fold":"lower",
      "shops":[{"host":"www.souk.example","path":"/{site}/s/{account}","site":["ar","en"]}],
      "selftest":[{"page":"https://www.souk.example/en/s/acme","key":"platform/souk/acme"},{"page":"https://www.souk.example/","refused":"platform_url_unknown"}]}]}
      """
    do {
      return try PlatformTable(json: Array(text.utf8)).json()
    } catch {
      preconditionFailure("\(error)")
    }
  }()
}

extension TrustList.Key {
  func until(_ end: Instant) -> TrustList.Key {
    TrustList.Key(
      jwk.publicKey,
      keyID: keyID,
      algorithm: jwk.algorithm ?? .es256,
      purpose: purpose,
      notBefore: notBefore,
      expires: end.seconds
    )
  }
  func from(_ begin: Instant) -> TrustList.Key {
    TrustList.Key(
      jwk.publicKey,
      keyID: keyID,
      algorithm: jwk.algorithm ?? .es256,
      purpose: purpose,
      notBefore: begin.seconds,
      expires: expires
    )
  }
}
