/// What a chain must be good for. `credentialSigner` is the profile of the chambers; what `init` makes is RFC 5280
/// with the same strictness, for other people's certificates.
public struct ChainRules: Hashable, Sendable {
  /// Kinds of keys that may sign or be certified in a chain.
  public enum KeyFamily: Hashable, Sendable, CaseIterable { case p256, p384, ed25519, rsa }

  /// Whether the chain's certificates are looked up in CRLs.
  public enum Revocation: Hashable, Sendable {
    /// A CRL in force for every certificate but the anchor.
    case required
    /// CRLs are not looked at.
    case ignored
  }

  /// Certificates in the chain, the anchor not counted; 1 to `certificateLimit`.
  public var maximumCertificates = certificateLimit
  /// Dotted OID the leaf's extended key usage must contain; `anyExtendedKeyUsage` is refused. Nil: not looked at.
  public var requiredEKU: String?
  /// Dotted OID that must stand in the leaf and in every CA below the anchor. Nil: no policy is asked for.
  public var requiredPolicy: String?
  /// dNSName the leaf's subjectAltName must contain, byte by byte; with `chamberProfile` the only one. Nil: not looked
  /// at.
  public var requiredDNSName: String?
  public var leafKeys: Set<KeyFamily> = Set(KeyFamily.allCases)
  /// Of the CAs and the anchor.
  public var issuerKeys: Set<KeyFamily> = Set(KeyFamily.allCases)
  /// The exact shape of signer, chamber CA and root, constraints and criticality included.
  public var chamberProfile = false
  public var revocation = Revocation.required
  /// The time at which the CRLs must be in force, when it is not that of the certificates: a credential of the past is
  /// judged by the certificates of then and the CRLs of now.
  public var revocationTime: Int64?

  /// A bound of an `x5c` array; ours have two items.
  public static let certificateLimit = 5

  public init() {}

  /// The signer of credentials and status lists of one chamber.
  /// - Parameters:
  ///   - host: of the chamber's did:web, lower case.
  ///   - policy: OID of the programme; nil for what belongs to none, such as a status list.
  public static func credentialSigner(host: String, policy: String?) -> ChainRules {
    var rules = ChainRules()
    rules.requiredEKU = CertificateTemplate.documentSigning
    rules.requiredPolicy = policy
    rules.requiredDNSName = host
    rules.leafKeys = [.p256]
    rules.issuerKeys = [.p384]
    rules.chamberProfile = true
    return rules
  }
}

extension KeyKind {
  public var family: ChainRules.KeyFamily {
    switch self {
    case .p256: .p256
    case .p384: .p384
    case .ed25519: .ed25519
    case .rsa: .rsa
    }
  }
}

/// Why a chain does not hold. `step` counts from the leaf, 0; the anchor comes after the last certificate.
///
/// The order in which reasons are found is part of the meaning: what is wrong for ever comes first, then `revoked`,
/// then the CRLs that are missing or stale (which say nothing about the chain), then `notYetValid`, and `expired` last.
/// So `expired` means that the chain was good while its certificates lasted, and `crlMissing` that all but the
/// certificates' status and time is known to be good.
public enum ChainRejection: Error, Hashable, Sendable {
  case empty
  case tooLong(certificates: Int)
  case unreadable(step: Int, CertificateRejection)
  /// A certificate that names itself as issuer, such as a root in the chain. Only configured anchors are roots.
  case selfIssued(step: Int)
  /// The next certificate does not have the name, or the key identifier, of the issuer.
  case notIssuedByNext(step: Int)
  /// No configured anchor issued the last certificate.
  case untrusted
  case signatureInvalid(step: Int)
  case algorithmNotAllowed(step: Int)
  case keyNotAllowed(step: Int)
  case unknownCriticalExtension(step: Int, oid: String)
  /// Critical where it must not be or not where it must; in a certificate where it has no place; contents outside the
  /// profile.
  case extensionMisused(step: Int, oid: String)
  case extensionMissing(step: Int, oid: String)
  /// Issues, but is no CA; or is the leaf, and is one.
  case wrongRole(step: Int)
  case keyUsage(step: Int)
  case extendedKeyUsage(step: Int)
  case pathLengthExceeded(step: Int)
  /// A name in the subjectAltName, or the base of a name constraint, that is not the one syntax we read; every
  /// wildcard.
  case nameMalformed(step: Int)
  /// The leaf is not for the required name.
  case nameMismatch
  case nameConstraintViolated(step: Int)
  /// The leaf does not hold the required policy, or none at all where one is needed.
  case policyMissing
  /// OpenSSL's reason for all else.
  case refused(step: Int, reason: String)
  /// On hold counts too.
  case revoked(step: Int, at: Int64)
  case crlMissing(step: Int)
  /// There is a list with the issuer's signature, but none in force at the time.
  case crlStale(step: Int)
  case notYetValid(step: Int)
  case expired(step: Int)
  /// We are broken; says nothing about the chain.
  case failure(OpenSSLFailure)
}

extension ValidatedChain {
  func crlsHold(at time: Int64) -> Bool { time >= crlsFrom && time <= crlsUntil }
}

/// A chain that holds. Only `validateChain` and `ChainCache` make one.
public struct ValidatedChain: Hashable, Sendable {
  public let leaf: Certificate
  /// Of the leaf.
  public let key: PublicKey
  /// Dotted OIDs in the leaf and in every CA below the anchor, in the leaf's order.
  public let policies: [String]
  /// SHA-256 of the certificates, leaf first, the anchor last.
  public let fingerprints: [[UInt8]]
  /// Unix seconds, inclusive: all certificates, the anchor among them, are valid.
  public let certificatesFrom: Int64
  public let certificatesUntil: Int64
  /// Unix seconds, inclusive: all CRLs used are in force. Without CRLs no bound.
  public let crlsFrom: Int64
  public let crlsUntil: Int64

  /// The interval in which certificates and CRLs hold together.
  public var validFrom: Int64 { max(certificatesFrom, crlsFrom) }
  public var validUntil: Int64 { min(certificatesUntil, crlsUntil) }

  /// Whether the answer is still the same at `time`, CRLs judged at `revocationTime`.
  public func holds(at time: Int64, revocationTime: Int64?) -> Bool {
    time >= certificatesFrom && time <= certificatesUntil && crlsHold(at: revocationTime ?? time)
  }
}
