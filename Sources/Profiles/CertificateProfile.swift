/// The rules for one kind of X.509 certificate (`certs/profiles/root.yaml`, `issuing-ca.yaml`, `signer.yaml`).
///
/// Data only: which fields are critical, and how they are encoded, is fixed by RFC 5280 and lives with the encoder.
package struct CertificateProfile: Hashable, Sendable {
  /// Which of the three certificates the profile is for.
  package enum Role: String, Hashable, Sendable, CaseIterable {
    case root
    case issuingCA = "issuing-ca"
    case signer
  }
  /// Kinds of keys a profile may ask for.
  package enum Key: String, Hashable, Sendable, CaseIterable {
    case p256 = "P-256"
    case p384 = "P-384"
  }
  /// Key usages a profile may ask for, by their names in RFC 5280.
  package enum Usage: String, Hashable, Sendable, CaseIterable {
    case keyCertSign, cRLSign, digitalSignature, nonRepudiation
  }
  /// Extended key usages a profile may ask for.
  package enum ExtendedUsage: String, Hashable, Sendable, CaseIterable {
    case documentSigning
    /// RFC 9336.
    package var oid: String { "1.3.6.1.5.5.7.3.36" }
  }
  /// Which policies the certificate names.
  package enum Policies: String, Hashable, Sendable, CaseIterable {
    case none
    /// The profile's own policy and that of each programme the chamber may issue.
    case ownAndProgrammes = "own-and-programmes"
    /// Those of the programmes the chamber may issue.
    case programmes
  }
  /// What the names under this certificate are held to.
  package enum NameConstraints: String, Hashable, Sendable, CaseIterable { case none, chamber }
  /// What stands in subjectAltName.
  package enum SubjectAltName: String, Hashable, Sendable, CaseIterable {
    case none
    case didHost = "did-host"
  }

  /// How long a CRL of this issuer lives.
  package struct CRL: Hashable, Sendable {
    /// From `thisUpdate` to `nextUpdate`.
    package let lifeDays: Int
    /// A new one is made when the last is older than this, also when nothing changed.
    package let renewAfterHours: Int
  }

  package let role: Role
  package let key: Key
  /// `notAfter` − `notBefore`.
  package let lifeDays: Int
  /// For how long after `notBefore` the key may sign; the rest of its life it only verifies.
  package let usableDays: Int
  /// nil: not a CA.
  package let pathLength: Int?
  package let keyUsage: [Usage]
  package let extendedKeyUsage: [ExtendedUsage]
  package let subjectAltName: SubjectAltName
  package let nameConstraints: NameConstraints
  package let policies: Policies
  /// Below the authority's policy arc; nil where `policies` is not `ownAndProgrammes`.
  package let policySuffix: String?
  /// requireExplicitPolicy 0 and inhibitAnyPolicy 0, both critical.
  package let requireExplicitPolicy: Bool
  package let serialBytes: Int
  /// nil: this certificate signs no CRL.
  package let crl: CRL?

  static let format = "khatm-certificate-profile/1"

  /// Reads the file of a profile; every key must be there and be known.
  init(_ yaml: consuming StrictYAML) throws(ProfileRejection) {
    role = try yaml.choice("id", of: Role.self)
    key = try yaml.choice("key", of: Key.self)
    lifeDays = try yaml.integer("lifeDays", in: 1...9_150)  // 25 years
    usableDays = try yaml.integer("usableDays", in: 1...lifeDays)
    let isCA = try yaml.flag("ca")
    pathLength = isCA ? try yaml.integer("pathLength", in: 0...1) : nil
    keyUsage = try yaml.words("keyUsage", allowed: Self.list(Usage.self)) { Usage(rawValue: $0) != nil }.compactMap(
      Usage.init
    )
    extendedKeyUsage = try yaml.words("extendedKeyUsage", allowed: Self.list(ExtendedUsage.self)) {
      ExtendedUsage(rawValue: $0) != nil
    }.compactMap(ExtendedUsage.init)
    subjectAltName = try yaml.choice("subjectAltName", of: SubjectAltName.self)
    nameConstraints = try yaml.choice("nameConstraints", of: NameConstraints.self)
    policies = try yaml.choice("policies", of: Policies.self)
    policySuffix =
      policies == .ownAndProgrammes
      ? try yaml.word("policy", allowed: PolicyArc.suffixShape, where: PolicyArc.isSuffix) : nil
    requireExplicitPolicy = try yaml.flag("requireExplicitPolicy")
    serialBytes = try yaml.integer("serialBytes", in: 8...20)  // RFC 5280 4.1.2.2; at least 64 random bits
    if isCA {
      var crl = try yaml.mapping("crl")
      let life = try crl.integer("lifeDays", in: 1...400)
      self.crl = CRL(lifeDays: life, renewAfterHours: try crl.integer("renewAfterHours", in: 1...(life * 24 - 1)))
      try crl.finish()
    } else {
      crl = nil
    }
    let signs: [Usage] = isCA ? [.keyCertSign, .cRLSign] : [.digitalSignature, .nonRepudiation]
    guard Set(keyUsage) == Set(signs) else {
      throw yaml.refusal(of: "keyUsage", value: Self.words(keyUsage), allowed: Self.words(signs))
    }
    guard isCA == (role != .signer) else {
      throw yaml.refusal(of: "ca", value: "\(isCA)", allowed: "\(role != .signer)")
    }
    try yaml.finish()
  }

  private static func list<Word: RawRepresentable & CaseIterable>(_: Word.Type) -> String
  where Word.RawValue == String {
    Word.allCases.map(\.rawValue).joined(separator: ", ")
  }

  private static func words(_ usages: [Usage]) -> String { usages.map(\.rawValue).joined(separator: ", ") }
}

/// The arc below which every policy of the authority stands.
package struct PolicyArc: Hashable, Sendable {
  /// Dotted, for example `1.3.6.1.4.1.32473`.
  package let oid: String

  package func policy(_ suffix: String) -> String { "\(oid).\(suffix)" }

  static let suffixShape = "1 to 4 numbers joined by dots"

  static func isSuffix(_ text: String) -> Bool { numbers(text).map { (1...4).contains($0) } ?? false }

  static func isArc(_ text: String) -> Bool {
    text.utf8.starts(with: "1.3.6.1.4.1.".utf8) && (numbers(text).map { $0 >= 7 } ?? false)
  }

  /// How many numbers a dotted text holds; nil when a part is no plain number.
  private static func numbers(_ text: String) -> Int? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let fine = parts.allSatisfy { part in
      (1...9).contains(part.count) && part.allSatisfy { (0x30...0x39).contains($0) }
        && (part.count == 1 || part.first != 0x30)
    }
    return fine ? parts.count : nil
  }
}
