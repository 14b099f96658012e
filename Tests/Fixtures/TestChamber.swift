import Credentials
public import Encodings
public import PKI

/// Who a chamber is, and the certificates it asks for.
public struct ChamberPlan: Sendable {
  public static let caPolicy = "1.3.6.1.4.1.32473.1.1", trusted = "1.3.6.1.4.1.32473.1.2",
    verified = "1.3.6.1.4.1.32473.1.3"

  public let slug: String, territory: String, organization: String
  private(set) var authority = "", now: Int64 = 0, lives = TestAuthority.Lives()

  public var domain: String { "\(slug).example" }
  public var host: String { "trust.\(domain)" }
  public var did: Text { Text("did:web:\(host)") }

  public init(_ slug: String, _ territory: String = "DU", organization: String? = nil) {
    self.slug = slug
    self.territory = territory
    self.organization = organization ?? "Chamber of \(slug)"
  }

  func listed(by authority: String, now: Int64, lives: TestAuthority.Lives) -> ChamberPlan {
    var plan = self
    (plan.authority, plan.now, plan.lives) = (authority, now, lives)
    return plan
  }

  private func name(_ number: UInt8, _ commonName: String) -> DistinguishedName {
    DistinguishedName(
      country: "AE",
      organization: organization,
      organizationIdentifier: "NTRAE+DU-GOV00\(number)",
      commonName: commonName
    )
  }

  public func caTemplate(_ number: UInt8) -> CertificateTemplate {
    .issuingCA(
      subject: name(number, "\(organization) CA G1"),
      notBefore: now + lives.ca.lowerBound * 86_400,
      notAfter: now + lives.ca.upperBound * 86_400,
      serial: TestAuthority.serial(number),
      domain: domain,
      policies: [Self.caPolicy, Self.trusted, Self.verified],
      crlURL: "http://pki.\(authority)/root.crl",
      caIssuersURL: "http://pki.\(authority)/root.cer"
    )
  }

  public func signerTemplate(_ number: UInt8) -> CertificateTemplate {
    .signer(
      subject: name(number, "signer 2026-11"),
      notBefore: now + lives.signer.lowerBound * 86_400,
      notAfter: now + lives.signer.upperBound * 86_400,
      serial: TestAuthority.serial(number + 1),
      host: host,
      did: did.string,
      policies: [Self.trusted, Self.verified],
      crlURL: "http://pki.\(domain)/ca.crl",
      caIssuersURL: "http://pki.\(domain)/ca.cer"
    )
  }
}

/// One chamber with everything it signs with.
@dynamicMemberLookup
public struct TestChamber: Sendable {
  public let plan: ChamberPlan
  public let ca: Certificate, caKey: PrivateKey
  /// Nothing is revoked.
  public let crl: RevocationList
  public private(set) var signer: Certificate, signerKey: PrivateKey
  /// For embedded proofs; listed only where a test says so.
  public let proofKey: PrivateKey

  init(_ plan: ChamberPlan, number: UInt8, root: Certificate, rootKey: PrivateKey) throws {
    self.plan = plan
    caKey = try PrivateKey.generate(.p384)
    signerKey = try PrivateKey.generate(.p256)
    proofKey = try PrivateKey.generate(.ed25519)
    ca = try CertificateAuthority.issue(
      plan.caTemplate(number),
      subjectKey: caKey.publicKey,
      issuer: root,
      issuerKey: rootKey
    )
    signer = try CertificateAuthority.issue(
      plan.signerTemplate(number),
      subjectKey: signerKey.publicKey,
      issuer: ca,
      issuerKey: caKey
    )
    crl = try CertificateAuthority.makeCRL(
      issuer: ca,
      key: caKey,
      number: 1,
      thisUpdate: plan.now - 86_400,
      nextUpdate: plan.now + 6 * 86_400,
      revoked: []
    )
  }

  public subscript<T>(dynamicMember path: KeyPath<ChamberPlan, T>) -> T { plan[keyPath: path] }

  public var keyID: Text { Text("\(plan.did)#\(JWK(publicKey: signerKey.publicKey).thumbprint)") }
  public var proofKeyID: Text { Text("\(plan.did)#proof") }
  /// The signer first.
  public var chain: [Certificate] { [signer, ca] }
  public func listURL(_ purpose: String, of authority: String, series: Int = 1) -> Text {
    Text("https://\(authority)/status/\(plan.slug)/\(purpose)/\(series)")
  }

  /// A signer of this chamber, changed by `change`.
  public func signer(_ change: (inout CertificateTemplate) -> Void) throws -> Certificate {
    var template = plan.signerTemplate(60)
    change(&template)
    return try CertificateAuthority.issue(template, subjectKey: signerKey.publicKey, issuer: ca, issuerKey: caKey)
  }

  /// The chamber with its next signer, under the same CA.
  public func renewed(
    life: ClosedRange<Int64> = -300...800,
    policies: [String] = TestAuthority.policies
  ) throws -> TestChamber {
    var next = self
    next.signerKey = try PrivateKey.generate(.p256)
    let serial = CertificateTemplate.serial(random: try secureRandomBytes(16))
    next.signer = try next.signer {
      $0.notBefore = plan.now + life.lowerBound * 86_400
      $0.notAfter = plan.now + life.upperBound * 86_400
      $0.policies = policies
      $0.serial = serial
    }
    return next
  }

  /// A later list of the CA.
  public func crl(
    number: Int64 = 2,
    from: Int64? = nil,
    until: Int64? = nil,
    _ revoked: [RevokedCertificate] = []
  ) throws -> RevocationList {
    try CertificateAuthority.makeCRL(
      issuer: ca,
      key: caKey,
      number: number,
      thisUpdate: from ?? plan.now,
      nextUpdate: until ?? plan.now + 7 * 86_400,
      revoked: revoked
    )
  }
}
