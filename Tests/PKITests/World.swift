import PKI

/// 2026-11-22T09:00:00Z, the moment at which most tests look.
let now: Int64 = 1_795_338_000
let day: Int64 = 86_400

/// A root, two chambers and their signers, with keys made for this run. Made once: P-384 keys and six signatures.
struct World: Sendable {
  let rootKey: PrivateKey, root: Certificate, rootCRL: RevocationList
  let a: Chamber, b: Chamber

  static let shared = Result { try World() }

  init() throws {
    rootKey = try PrivateKey.generate(.p384)
    let name = DistinguishedName(country: "AE", organization: "Example Trust Authority", commonName: "Example Root G1")
    root = try CertificateAuthority.selfSign(
      .root(subject: name, notBefore: now - 30 * day, notAfter: now + 7300 * day, serial: World.serial(1)),
      key: rootKey
    )
    rootCRL = try CertificateAuthority.makeCRL(
      issuer: root,
      key: rootKey,
      number: 1,
      thisUpdate: now - day,
      nextUpdate: now + 180 * day,
      revoked: []
    )
    a = try Chamber("a", number: 10, root, rootKey)
    b = try Chamber("b", number: 20, root, rootKey)
  }

  static func serial(_ seed: UInt8) -> [UInt8] {
    CertificateTemplate.serial(random: [UInt8](repeating: seed, count: 16))
  }

  /// Chamber A's chain, which is good.
  func validate(
    _ chain: [Certificate]? = nil,
    anchors: [Certificate]? = nil,
    crls: [RevocationList]? = nil,
    at time: Int64 = now,
    rules: ChainRules? = nil
  ) throws -> ValidatedChain {
    try validateChain(
      chain ?? a.chain,
      anchors: anchors ?? [root],
      crls: crls ?? [rootCRL, a.crl],
      at: time,
      rules: rules ?? a.rules
    )
  }

  /// The reason for which the chain is refused, nil when it is not.
  func rejection(
    _ chain: [Certificate]? = nil,
    anchors: [Certificate]? = nil,
    crls: [RevocationList]? = nil,
    at time: Int64 = now,
    rules: ChainRules? = nil
  ) -> ChainRejection? {
    do {
      _ = try validate(chain, anchors: anchors, crls: crls, at: time, rules: rules)
      return nil
    } catch { return error as? ChainRejection }
  }
}

struct Chamber: Sendable {
  static let caPolicy = "1.3.6.1.4.1.32473.1.1", trusted = "1.3.6.1.4.1.32473.1.2", verified = "1.3.6.1.4.1.32473.1.3"

  let domain: String, organization: String
  let caKey: PrivateKey, ca: Certificate, signerKey: PrivateKey, signer: Certificate, crl: RevocationList
  var host: String { "trust.\(domain)" }
  var chain: [Certificate] { [signer, ca] }
  var rules: ChainRules { .credentialSigner(host: host, policy: Chamber.trusted) }

  init(_ name: String, number: UInt8, _ root: Certificate, _ rootKey: PrivateKey) throws {
    domain = "chamber-\(name).example"
    organization = "Chamber \(name), غرفة"
    caKey = try PrivateKey.generate(.p384)
    ca = try CertificateAuthority.issue(
      Chamber.caTemplate(organization, domain, number),
      subjectKey: caKey.publicKey,
      issuer: root,
      issuerKey: rootKey
    )
    signerKey = try PrivateKey.generate(.p256)
    signer = try CertificateAuthority.issue(
      Chamber.signerTemplate(organization, domain, number),
      subjectKey: signerKey.publicKey,
      issuer: ca,
      issuerKey: caKey
    )
    crl = try CertificateAuthority.makeCRL(
      issuer: ca,
      key: caKey,
      number: 1,
      thisUpdate: now - day,
      nextUpdate: now + 6 * day,
      revoked: []
    )
  }

  static func caTemplate(_ organization: String, _ domain: String, _ number: UInt8) -> CertificateTemplate {
    .issuingCA(
      subject: DistinguishedName(
        country: "AE",
        organization: organization,
        organizationIdentifier: "NTRAE+DU-GOV00\(number)",
        commonName: "\(organization) CA G1"
      ),
      notBefore: now - 20 * day,
      notAfter: now + 1800 * day,
      serial: World.serial(number),
      domain: domain,
      policies: [caPolicy, trusted, verified],
      crlURL: "http://pki.root.example/root.crl",
      caIssuersURL: "http://pki.root.example/root.cer"
    )
  }

  static func signerTemplate(_ organization: String, _ domain: String, _ number: UInt8) -> CertificateTemplate {
    .signer(
      subject: DistinguishedName(
        country: "AE",
        organization: organization,
        organizationIdentifier: "NTRAE+DU-GOV00\(number)",
        commonName: "signer 2026-11"
      ),
      notBefore: now - 10 * day,
      notAfter: now + 655 * day,
      serial: World.serial(number + 1),
      host: "trust.\(domain)",
      did: "did:web:trust.\(domain)",
      policies: [trusted, verified],
      crlURL: "http://pki.\(domain)/ca.crl",
      caIssuersURL: "http://pki.\(domain)/ca.cer"
    )
  }

  /// A signer of this chamber, changed by `change`.
  func signer(_ change: (inout CertificateTemplate) -> Void) throws -> Certificate {
    var template = Chamber.signerTemplate(organization, domain, 60)
    change(&template)
    return try CertificateAuthority.issue(template, subjectKey: signerKey.publicKey, issuer: ca, issuerKey: caKey)
  }

  func crl(
    number: Int64 = 2,
    from: Int64 = now,
    until: Int64 = now + 7 * day,
    _ revoked: [RevokedCertificate] = []
  ) throws -> RevocationList {
    try CertificateAuthority.makeCRL(
      issuer: ca,
      key: caKey,
      number: number,
      thisUpdate: from,
      nextUpdate: until,
      revoked: revoked
    )
  }
}
