/// What a certificate is to say. `root`, `issuingCA` and `signer` fill in the three profiles of the chambers'
/// hierarchy; the role decides basicConstraints, keyUsage and their criticality, everything else can be set.
public struct CertificateTemplate: Hashable, Sendable {
  /// Which of the three profiles the certificate follows.
  public enum Role: Hashable, Sendable {
    /// CA, path length 1, keyCertSign and cRLSign, no authority key identifier.
    case root
    /// CA, path length 0, keyCertSign and cRLSign.
    case issuingCA
    /// CA FALSE, digitalSignature and nonRepudiation.
    case signer
  }

  public var role: Role
  public var subject: DistinguishedName
  /// Unix seconds, both inclusive.
  public var notBefore: Int64
  public var notAfter: Int64
  /// Big-endian, positive, 20 octets at most.
  public var serial: [UInt8]
  /// dNSName subtrees, lower case, without a leading dot. CA only; with `permittedDirectoryNames` they make
  /// nameConstraints.
  public var permittedDNS: [String] = []
  public var permittedDirectoryNames: [DistinguishedName] = []
  /// Dotted OIDs of certificatePolicies.
  public var policies: [String] = []
  /// Skip counts; a CA of ours has 0 in both.
  public var requireExplicitPolicy: Int?
  public var inhibitAnyPolicy: Int?
  public var crlURL: String?
  public var caIssuersURL: String?
  public var dnsNames: [String] = []
  public var uris: [String] = []
  /// Dotted OIDs, written non-critical.
  public var extendedKeyUsages: [String] = []

  /// id-kp-documentSigning (RFC 9336).
  public static let documentSigning = "1.3.6.1.5.5.7.3.36"

  public init(role: Role, subject: DistinguishedName, notBefore: Int64, notAfter: Int64, serial: [UInt8]) {
    self.role = role
    self.subject = subject
    self.notBefore = notBefore
    self.notAfter = notAfter
    self.serial = serial
  }

  public static func root(subject: DistinguishedName, notBefore: Int64, notAfter: Int64, serial: [UInt8])
    -> CertificateTemplate
  {
    CertificateTemplate(role: .root, subject: subject, notBefore: notBefore, notAfter: notAfter, serial: serial)
  }

  /// A chamber's CA, held to its own domain, its own name, and named policies.
  public static func issuingCA(
    subject: DistinguishedName,
    notBefore: Int64,
    notAfter: Int64,
    serial: [UInt8],
    domain: String,
    policies: [String],
    crlURL: String?,
    caIssuersURL: String?
  ) -> CertificateTemplate {
    var template = CertificateTemplate(
      role: .issuingCA,
      subject: subject,
      notBefore: notBefore,
      notAfter: notAfter,
      serial: serial
    )
    template.permittedDNS = [domain]
    template.permittedDirectoryNames = [DistinguishedName(country: subject.country, organization: subject.organization)]
    template.policies = policies
    template.requireExplicitPolicy = 0
    template.inhibitAnyPolicy = 0
    template.crlURL = crlURL
    template.caIssuersURL = caIssuersURL
    return template
  }

  /// A credential signer: `host` of the chamber's did:web binds, the DID as URI only informs.
  public static func signer(
    subject: DistinguishedName,
    notBefore: Int64,
    notAfter: Int64,
    serial: [UInt8],
    host: String,
    did: String?,
    policies: [String],
    crlURL: String?,
    caIssuersURL: String?
  ) -> CertificateTemplate {
    var template = CertificateTemplate(
      role: .signer,
      subject: subject,
      notBefore: notBefore,
      notAfter: notAfter,
      serial: serial
    )
    template.dnsNames = [host]
    template.uris = did.map { [$0] } ?? []
    template.extendedKeyUsages = [documentSigning]
    template.policies = policies
    template.crlURL = crlURL
    template.caIssuersURL = caIssuersURL
    return template
  }

  /// A serial number from random bytes: 16 octets, 125 bits of them random, positive and of constant length.
  public static func serial(random: [UInt8]) -> [UInt8] {
    var serial = Array(random.prefix(16))
    if let first = serial.first { serial[0] = first & 0x3f | 0x40 }
    return serial
  }
}

/// Why nothing was signed.
public enum CertificateSigningFailure: Error, Hashable, Sendable {
  /// The field of the template, or of the CRL, that cannot be written.
  case unfit(String)
  /// The issuer is no CA, or may not sign this.
  case issuerNotAuthority
  /// The private key is not the issuer's.
  case wrongKey
  /// The validity is not inside the issuer's: the chain would break before the certificate ends.
  case outsideIssuerValidity
  case openSSL(OpenSSLFailure)
  /// What was made is not what we read: a mistake of ours, found before anybody saw it.
  case unreadable(CertificateRejection)
  case unreadableList(RevocationListRejection)
}
