import Fixtures
import Testing

@testable import PKI

/// Certificates and lists that no template makes: one part changed before the right key signs.
enum Odd {
  /// What is done to a certificate before it is signed.
  struct Change {
    var extra: [[UInt8]] = []
    var drop: [OID] = []
    var subject: [UInt8]?
    /// The AlgorithmIdentifier, in both places; the signature is made with `algorithm` all the same.
    var identifier: [UInt8]?
    var algorithm: X509SignatureAlgorithm?
  }

  static func field(_ oid: OID, critical: Bool = false, value: [UInt8]) -> [UInt8] {
    DER.sequence(oid.element, critical ? DER.yes : [], DER.octets(value))
  }

  /// `issuer` nil: self-signed with `key`.
  static func certificate(
    _ template: CertificateTemplate,
    _ subjectKey: PublicKey,
    issuer: Certificate?,
    key: PrivateKey,
    change: Change
  ) throws -> [UInt8] {
    let algorithm = change.algorithm ?? .natural(key.kind)
    let name = try #require(issuer?.subjectName ?? change.subject ?? template.subject.encoded())
    let toBeSigned = try template.toBeSigned(
      key: subjectKey,
      issuerName: name,
      issuerKeyIdentifier: issuer?.subjectKeyIdentifier,
      algorithm: algorithm
    )
    var fields = DERReader(try #require(DERReader.only(toBeSigned[...], DERTag.sequence)).content)
    var parts: [[UInt8]] = []
    while let part = fields.next() { parts.append(Array(part.whole)) }
    if let identifier = change.identifier { parts[2] = identifier }
    if let subject = change.subject { parts[5] = subject }
    let wrapped = try #require(DERReader.only(parts[7][...], 0xa3))
    parts[7] = DER.element(0xa3, try extensions(wrapped.content, change))
    return try sign(DER.sequence(of: parts), change.identifier, algorithm: algorithm, key: key)
  }

  /// A CRL with the same kinds of changes.
  static func list(
    _ issuer: Certificate,
    _ key: PrivateKey,
    entries: [[UInt8]] = [],
    version: [UInt8]? = nil,
    until: [UInt8]? = nil,
    omit: Int? = nil,
    change: Change = Change()
  ) throws -> [UInt8] {
    let good = try CertificateAuthority.makeCRL(
      issuer: issuer,
      key: key,
      number: 5,
      thisUpdate: now - 60,
      nextUpdate: now + day,
      revoked: []
    )
    var outer = DERReader(try #require(DERReader.only(good.der[...], DERTag.sequence)).content)
    let toBeSigned = outer.next()
    var fields = DERReader(try #require(toBeSigned).content)
    var parts: [[UInt8]] = []
    while let part = fields.next() { parts.append(Array(part.whole)) }
    if let version { parts[0] = version }
    if let identifier = change.identifier { parts[1] = identifier }
    if let until { parts[4] = until }
    let wrapped = try #require(DERReader.only(parts[5][...], 0xa0))
    parts[5] = DER.element(0xa0, try extensions(wrapped.content, change))
    if let omit { parts[omit] = [] }
    if !entries.isEmpty { parts.insert(DER.sequence(of: entries), at: 5) }
    return try sign(
      DER.sequence(of: parts),
      change.identifier,
      algorithm: change.algorithm ?? .natural(key.kind),
      key: key
    )
  }

  private static func extensions(_ content: ArraySlice<UInt8>, _ change: Change) throws -> [UInt8] {
    var list = DERReader(try #require(DERReader.only(content, DERTag.sequence)).content)
    var out: [[UInt8]] = []
    while let one = list.next() {
      var inner = DERReader(one.content)
      let oid = Array(inner.next()?.whole ?? [])
      if !change.drop.contains(where: { $0.element == oid }) { out.append(Array(one.whole)) }
    }
    return DER.sequence(of: out + change.extra)
  }

  private static func sign(
    _ body: [UInt8],
    _ identifier: [UInt8]?,
    algorithm: X509SignatureAlgorithm,
    key: PrivateKey
  ) throws -> [UInt8] {
    DER.sequence(body, identifier ?? algorithm.algorithmIdentifier, DER.bits(try key.sign(body, algorithm: algorithm)))
  }
}

/// Certificates that no authority of ours would write.
@Suite struct OddIssuerTests {
  let authority: TestAuthority
  let sha1 = DER.sequence(OID("1.2.840.10045.4.1")?.element ?? [])  // ecdsa-with-SHA1

  init() throws { authority = try TestAuthority.shared.get() }

  /// The reason for which chamber A's signer is refused under a CA that was changed so.
  func rejection(ca change: Odd.Change) throws -> ChainRejection? {
    let a = authority.a
    let der = try Odd.certificate(
      a.plan.caTemplate(10),
      a.caKey.publicKey,
      issuer: authority.root,
      key: authority.rootKey,
      change: change
    )
    return authority.rejection([a.signer, try Certificate(der: der)])
  }

  func rejection(root change: Odd.Change) throws -> ChainRejection? {
    let name = DistinguishedName(country: "AE", organization: "Example Trust Authority", commonName: "Example Root G1")
    let template = CertificateTemplate.root(
      subject: name,
      notBefore: now - 30 * day,
      notAfter: now + 7300 * day,
      serial: TestAuthority.serial(1)
    )
    let der = try Odd.certificate(
      template,
      authority.rootKey.publicKey,
      issuer: nil,
      key: authority.rootKey,
      change: change
    )
    return authority.rejection(anchors: [try Certificate(der: der)])
  }

  @Test func unchangedHolds() throws {
    #expect(try rejection(ca: Odd.Change()) == nil)
    #expect(try rejection(root: Odd.Change()) == nil)
  }

  @Test func chamberCA() throws {
    func changed(_ oid: OID, critical: Bool = false, value: [UInt8]) throws -> ChainRejection? {
      try rejection(ca: Odd.Change(extra: [Odd.field(oid, critical: critical, value: value)], drop: [oid]))
    }
    func without(_ oid: OID) throws -> ChainRejection? { try rejection(ca: Odd.Change(drop: [oid])) }
    func misused(_ oid: OID) -> ChainRejection { .extensionMisused(step: 1, oid: oid.dotted) }
    #expect(try without(.basicConstraints) == .wrongRole(step: 1))
    #expect(try without(.keyUsage) == .keyUsage(step: 1))
    #expect(try without(.subjectKeyIdentifier) == .extensionMissing(step: 1, oid: "2.5.29.14"))
    #expect(try without(.authorityKeyIdentifier) == .extensionMissing(step: 1, oid: "2.5.29.35"))
    #expect(try without(.certificatePolicies) == .policyMissing)
    let caNoPath = DER.sequence(DER.yes)
    #expect(try changed(.basicConstraints, value: caNoPath) == misused(.basicConstraints))
    #expect(try changed(.basicConstraints, critical: true, value: caNoPath) == nil)
    // no cRLSign
    #expect(try changed(.keyUsage, critical: true, value: DER.bits([0x04], unused: 2)) == .keyUsage(step: 1))
    // no keyCertSign
    #expect(try changed(.keyUsage, critical: true, value: DER.bits([0x02], unused: 1)) == .keyUsage(step: 1))
    // one too many
    #expect(try changed(.keyUsage, critical: true, value: DER.bits([0x86], unused: 1)) == .keyUsage(step: 1))
    #expect(try changed(.keyUsage, value: DER.bits([0x06], unused: 1)) == misused(.keyUsage))
    #expect(try changed(.policyConstraints, value: DER.sequence([0x80, 1, 0])) == misused(.policyConstraints))
    #expect(try changed(.inhibitAnyPolicy, value: DER.unsigned(0)) == misused(.inhibitAnyPolicy))
    #expect(
      try changed(.policyMappings, critical: true, value: DER.sequence())
        == .unknownCriticalExtension(step: 1, oid: "2.5.29.33")
    )
    #expect(try changed(.policyMappings, value: DER.sequence()) == misused(.policyMappings))
    #expect(
      try changed(.authorityInfoAccess, critical: true, value: accessDescription) == misused(.authorityInfoAccess)
    )

    let own = try #require(authority.root.subjectKeyIdentifier)
    let issuerAndSerial =
      DER.element(0xa1, DER.element(0xa4, authority.root.subjectName)) + DER.element(0x82, authority.root.serial)
    #expect(try changed(.authorityKeyIdentifier, value: DER.sequence(DER.element(0x80, own))) == nil)
    let byKey = DER.sequence(DER.element(0x80, own))
    let byBoth = DER.sequence(DER.element(0x80, own) + issuerAndSerial)
    #expect(try changed(.authorityKeyIdentifier, critical: true, value: byKey) == misused(.authorityKeyIdentifier))
    #expect(try changed(.authorityKeyIdentifier, value: byBoth) == misused(.authorityKeyIdentifier))
    #expect(
      try changed(.authorityKeyIdentifier, value: DER.sequence(issuerAndSerial)) == misused(.authorityKeyIdentifier)
    )
    #expect(try changed(.authorityKeyIdentifier, value: DER.sequence(DER.element(0x80, [1, 2, 3]))) == .untrusted)
    #expect(try changed(.subjectKeyIdentifier, value: DER.octets([1, 2, 3])) == .notIssuedByNext(step: 0))
  }

  private var accessDescription: [UInt8] {
    DER.sequence(DER.sequence(OID.caIssuers.element, DER.element(0x86, Array("http://x.example/".utf8))))
  }

  @Test func nameConstraints() throws {
    let a = authority.a
    let directory = DER.element(
      DERTag.sequence,
      DER.element(0xa4, DistinguishedName(country: "AE", organization: a.organization).encoded() ?? [])
    )
    func dns(_ base: String) -> [UInt8] { DER.element(DERTag.sequence, DER.element(0x82, Array(base.utf8))) }
    func constraints(permitted: [[UInt8]]? = nil, excluded: [[UInt8]]? = nil, critical: Bool = true) throws
      -> ChainRejection?
    {
      let value = DER.sequence(
        permitted.map { DER.element(0xa0, $0.flatMap { $0 }) } ?? [],
        excluded.map { DER.element(0xa1, $0.flatMap { $0 }) } ?? []
      )
      return try rejection(
        ca: Odd.Change(extra: [Odd.field(.nameConstraints, critical: critical, value: value)], drop: [.nameConstraints])
      )
    }
    let misused = ChainRejection.extensionMisused(step: 1, oid: "2.5.29.30")
    #expect(try constraints(permitted: [dns(a.domain), directory]) == nil)
    #expect(try constraints(permitted: [dns(a.domain), directory], critical: false) == misused)
    #expect(try constraints() == misused)
    #expect(try constraints(permitted: []) == misused)
    #expect(try constraints(permitted: [dns(a.domain), directory], excluded: []) == misused)
    #expect(try constraints(excluded: [dns("x.example")]) == misused)  // nothing permitted
    for base in [".\(a.domain)", "*.\(a.domain)", "", a.domain.uppercased(), "under_score.example"] {
      #expect(try constraints(permitted: [dns(base), directory]) == .nameMalformed(step: 1), "\(base)")
    }
    #expect(
      try constraints(permitted: [dns(a.domain), directory], excluded: [dns(a.host)])
        == .nameConstraintViolated(step: 0)
    )
    #expect(
      try constraints(permitted: [dns(a.domain), directory], excluded: [directory]) == .nameConstraintViolated(step: 0)
    )
    #expect(try constraints(permitted: [dns(a.domain), directory], excluded: [dns("x.\(a.domain)")]) == nil)
    // an organisation that only begins alike is another
    let shorter = DER.element(
      DERTag.sequence,
      DER.element(0xa4, DistinguishedName(country: "AE", organization: "Chamber").encoded() ?? [])
    )
    #expect(try constraints(permitted: [dns(a.domain), shorter]) == .nameConstraintViolated(step: 0))
    // minimum and maximum are not written
    let minimum = DER.element(DERTag.sequence, DER.element(0x82, Array(a.domain.utf8)) + [0x80, 1, 0])
    #expect(throws: CertificateRejection.malformedExtension("2.5.29.30")) {
      try constraints(permitted: [minimum, directory])
    }
  }

  @Test func root() throws {
    func changed(_ oid: OID, critical: Bool = false, value: [UInt8]) throws -> ChainRejection? {
      try rejection(root: Odd.Change(extra: [Odd.field(oid, critical: critical, value: value)], drop: [oid]))
    }
    #expect(try rejection(root: Odd.Change(drop: [.basicConstraints])) == .wrongRole(step: 2))
    #expect(try rejection(root: Odd.Change(drop: [.keyUsage])) == .keyUsage(step: 2))
    #expect(
      try rejection(root: Odd.Change(drop: [.subjectKeyIdentifier])) == .extensionMissing(step: 2, oid: "2.5.29.14")
    )
    #expect(
      try changed(.basicConstraints, critical: true, value: DER.sequence(DER.yes, DER.unsigned(0)))
        == .pathLengthExceeded(step: 2)
    )
    #expect(
      try changed(.extendedKeyUsage, value: DER.sequence(OID("1.3.6.1.5.5.7.3.36")?.element ?? []))
        == .extendedKeyUsage(step: 2)
    )
    let own = try #require(authority.root.subjectKeyIdentifier)
    #expect(try changed(.authorityKeyIdentifier, value: DER.sequence(DER.element(0x80, own))) == nil)
    #expect(try changed(.authorityKeyIdentifier, value: DER.sequence()) == .extensionMisused(step: 2, oid: "2.5.29.35"))
    #expect(
      try changed(.authorityKeyIdentifier, value: DER.sequence(DER.element(0x80, [7])))
        == .extensionMisused(step: 2, oid: "2.5.29.35")
    )
    let unknown = try #require(OID("1.3.6.1.4.1.32473.5"))
    #expect(try changed(unknown, critical: true, value: []) == .unknownCriticalExtension(step: 2, oid: unknown.dotted))
    // without a name, or with another than the CA was issued under
    #expect(try rejection(root: Odd.Change(subject: DistinguishedName.emptyDER)) == .untrusted)
    // the same name in another encoding is another name
    let printable = DER.sequence(
      DER.element(DERTag.set, DER.sequence(OID.country.element, DER.element(DERTag.printableString, Array("AE".utf8)))),
      DER.element(
        DERTag.set,
        DER.sequence(
          OID.organization.element,
          DER.element(DERTag.printableString, Array("Example Trust Authority".utf8))
        )
      ),
      DER.element(
        DERTag.set,
        DER.sequence(OID.commonName.element, DER.element(DERTag.printableString, Array("Example Root G1".utf8)))
      )
    )
    #expect(try rejection(root: Odd.Change(subject: printable)) == .untrusted)
  }

  @Test func weakOrMixedAlgorithms() throws {
    #expect(try rejection(ca: Odd.Change(identifier: sha1)) == .algorithmNotAllowed(step: 1))
    // ECDSA with NULL parameters (RFC 5758 3.2: absent)
    let null = DER.sequence(OID.ecdsaSHA384.element, DER.null)
    #expect(try rejection(ca: Odd.Change(identifier: null)) == .algorithmNotAllowed(step: 1))
    // RSA's name over an EC key, and the wrong hash
    func named(_ algorithm: X509SignatureAlgorithm) throws -> ChainRejection? {
      try rejection(ca: Odd.Change(identifier: algorithm.algorithmIdentifier))
    }
    #expect(try named(.rsaSHA256) == .algorithmNotAllowed(step: 1))
    #expect(try named(.ed25519) == .algorithmNotAllowed(step: 1))
    #expect(try named(.ecdsaSHA256) == .signatureInvalid(step: 1))
    #expect(try rejection(ca: Odd.Change(algorithm: .ecdsaSHA256)) == nil)
    // a root's own signature is not looked at: it is trusted because it is configured
    #expect(try rejection(root: Odd.Change(identifier: sha1)) == nil)
  }

  /// Every reason that is for ever is found before the ones that are not.
  @Test func expiredMeansGoodUntilThen() throws {
    let (a, late) = (authority.a, now + 5000 * day)
    var rules = a.rules
    rules.revocationTime = now
    #expect(authority.rejection(at: late, rules: rules) == .expired(step: 0))
    let forged = try Odd.certificate(
      a.plan.caTemplate(10),
      a.caKey.publicKey,
      issuer: authority.root,
      key: authority.a.caKey,
      change: Odd.Change()
    )
    #expect(
      authority.rejection([a.signer, try Certificate(der: forged)], at: late, rules: rules)
        == .signatureInvalid(step: 1)
    )
    let foreign = try a.signer { $0.dnsNames = [authority.b.host] }
    var other = authority.b.rules
    other.revocationTime = now
    #expect(authority.rejection([foreign, a.ca], at: late, rules: other) == .nameConstraintViolated(step: 0))
    #expect(authority.rejection(crls: [], at: late, rules: rules) == .crlMissing(step: 0))
    let revoked = try a.crl([RevokedCertificate(serial: a.signer.serial, at: now)])
    #expect(
      authority.rejection(crls: [authority.rootCRL, revoked], at: late, rules: rules) == .revoked(step: 0, at: now)
    )
    #expect(authority.rejection(crls: [revoked], at: late, rules: rules) == .revoked(step: 0, at: now))
  }
}

/// CRLs of the same kind.
@Suite struct OddListTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority.shared.get() }

  func make(
    entries: [[UInt8]] = [],
    version: [UInt8]? = nil,
    until: [UInt8]? = nil,
    omit: Int? = nil,
    change: Odd.Change = Odd.Change()
  ) throws -> [UInt8] {
    try Odd.list(
      authority.a.ca,
      authority.a.caKey,
      entries: entries,
      version: version,
      until: until,
      omit: omit,
      change: change
    )
  }

  func error(_ der: [UInt8]) -> RevocationListRejection? {
    do {
      _ = try RevocationList(der: der)
      return nil
    } catch {
      return error
    }
  }

  func rejection(_ der: [UInt8]) throws -> ChainRejection? {
    authority.rejection(crls: [authority.rootCRL, try RevocationList(der: der)])
  }

  @Test func unchangedHolds() throws { #expect(try rejection(try make()) == nil) }

  @Test func whatMustBeThere() throws {
    #expect(error(try make(omit: 0)) == .incomplete("version"))
    #expect(error(try make(version: DER.unsigned(0))) == .incomplete("version"))
    #expect(error(try make(omit: 4)) == .incomplete("nextUpdate"))
    #expect(error(try make(omit: 5)) == .incomplete("crlExtensions"))
    #expect(error(try make(change: Odd.Change(drop: [.crlNumber]))) == .incomplete("cRLNumber"))
    #expect(
      error(try make(change: Odd.Change(drop: [.authorityKeyIdentifier]))) == .incomplete("authorityKeyIdentifier")
    )
    #expect(
      error(try make(until: DER.element(DERTag.utcTime, Array("200101000000Z".utf8)))) == .malformed("nextUpdate")
    )
    #expect(
      error(try make(change: Odd.Change(drop: [.authorityKeyIdentifier, .crlNumber]))) == .incomplete("cRLNumber")
    )
  }

  @Test func extensions() throws {
    func changed(_ oid: OID, critical: Bool = false, value: [UInt8]) throws -> RevocationListRejection? {
      error(try make(change: Odd.Change(extra: [Odd.field(oid, critical: critical, value: value)], drop: [oid])))
    }
    #expect(try changed(.crlNumber, critical: true, value: DER.unsigned(1)) == .malformed("cRLNumber"))
    #expect(try changed(.crlNumber, value: [2, 1, 0xff]) == .malformed("cRLNumber"))
    #expect(
      try changed(.crlNumber, value: DER.element(2, [1] + [UInt8](repeating: 0, count: 20))) == .malformed("cRLNumber")
    )
    #expect(try changed(.crlNumber, value: DER.unsigned(0)) == nil)
    #expect(try changed(.deltaCRLIndicator, critical: true, value: DER.unsigned(1)) == .unsupported("2.5.29.27"))
    let unknown = try #require(OID("1.3.6.1.4.1.32473.5"))
    #expect(try changed(unknown, critical: true, value: []) == .unsupported(unknown.dotted))
    #expect(try changed(unknown, value: []) == nil)
    let twice = Odd.Change(extra: [Odd.field(.crlNumber, value: DER.unsigned(1))])
    #expect(error(try make(change: twice)) == .malformed("crlExtensions"))
  }

  /// Lists for CA or user certificates only: OpenSSL compares them with the certificate. Others are not read.
  @Test func distributionPoints() throws {
    func list(_ parts: [UInt8]..., critical: Bool = true) throws -> [UInt8] {
      try make(
        change: Odd.Change(extra: [
          Odd.field(.issuingDistributionPoint, critical: critical, value: DER.sequence(of: parts))
        ])
      )
    }
    #expect(try rejection(try list([0x81, 1, 0xff])) == nil)  // user certificates
    #expect(try rejection(try list([0x82, 1, 0xff])) != nil)  // CA certificates: not for a signer
    #expect(error(try list([0x81, 1, 0xff], critical: false)) == .malformed("issuingDistributionPoint"))
    #expect(error(try list([0x83, 2, 6, 0x40])) == .unsupported("2.5.29.28"))  // some reasons
    #expect(error(try list([0x84, 1, 0xff])) == .unsupported("2.5.29.28"))  // indirect
    #expect(error(try list([0x85, 1, 0xff])) == .unsupported("2.5.29.28"))  // attribute certificates
    func point(_ url: String) -> [UInt8] { DER.element(0xa0, DER.element(0xa0, DER.element(0x86, Array(url.utf8)))) }
    #expect(try rejection(try list(point("http://pki.\(authority.a.domain)/ca.crl"))) == nil)
    #expect(try rejection(try list(point("http://pki.\(authority.a.domain)/other.crl"))) != nil)
  }

  @Test func entries() throws {
    let at = DER.element(DERTag.utcTime, Array("261121000000Z".utf8))
    let serial = DER.unsigned(authority.a.signer.serial)
    func entry(_ extensions: [UInt8]...) -> [UInt8] {
      DER.sequence(serial, at, extensions.isEmpty ? [] : DER.sequence(of: extensions))
    }
    func reason(_ code: UInt8, critical: Bool = false) -> [UInt8] {
      Odd.field(.reasonCode, critical: critical, value: [DERTag.enumerated, 1, code])
    }
    let when = now - 33 * 3600
    #expect(try rejection(try make(entries: [entry()])) == .revoked(step: 0, at: when))
    #expect(try rejection(try make(entries: [entry(reason(0))])) == .revoked(step: 0, at: when))
    #expect(try rejection(try make(entries: [entry(reason(1))])) == .revoked(step: 0, at: when))
    for code in [UInt8(7), 8, 11, 0x80] {
      #expect(error(try make(entries: [entry(reason(code))])) == .malformed("reasonCode"), "\(code)")
    }
    #expect(error(try make(entries: [entry(reason(1, critical: true))])) == .malformed("reasonCode"))
    #expect(error(try make(entries: [entry(reason(1), reason(1))])) == .malformed("crlEntryExtensions"))
    #expect(error(try make(entries: [DER.sequence(serial, at, DER.sequence())])) == .malformed("crlEntryExtensions"))
    #expect(error(try make(entries: [entry(), entry()])) == .malformed("revokedCertificates"))
    #expect(error(try make(entries: [DER.sequence(serial)])) == .malformed("revokedCertificates"))
    #expect(error(try make(entries: [DER.sequence([2, 1, 0xff], at)])) == .malformed("revokedCertificates"))
    let issuer = Odd.field(
      .certificateIssuer,
      critical: true,
      value: DER.sequence(DER.element(0xa4, authority.b.ca.subjectName))
    )
    #expect(error(try make(entries: [entry(issuer)])) == .unsupported("2.5.29.29"))
    let date = Odd.field(.invalidityDate, value: DER.element(DERTag.generalizedTime, Array("20261101000000Z".utf8)))
    #expect(try rejection(try make(entries: [entry(date, reason(1))])) == .revoked(step: 0, at: when))
    #expect(error(try make(entries: [[]])) == .malformed("revokedCertificates"))  // absent when there is none
  }

  @Test func weakSignaturesAreNone() throws {
    let sha1 = DER.sequence(OID("1.2.840.10045.4.1")?.element ?? [])
    #expect(try rejection(try make(change: Odd.Change(identifier: sha1))) == .crlMissing(step: 0))
    #expect(
      try rejection(try make(change: Odd.Change(identifier: X509SignatureAlgorithm.ecdsaSHA256.algorithmIdentifier)))
        == .crlMissing(step: 0)
    )
    // another key's signature under this issuer's name
    let forged = try Odd.list(authority.b.ca, authority.b.caKey)
    #expect(try rejection(forged) == .crlMissing(step: 0))
    #expect(try RevocationList(der: forged).isSigned(by: authority.b.ca.publicKey))
    let list = try RevocationList(der: try make())
    for _ in 0..<2 {  // a bad answer is not remembered as a good one, nor the reverse
      #expect(try !list.isSigned(by: authority.b.ca.publicKey))
      #expect(try list.isSigned(by: authority.a.ca.publicKey))
    }
  }
}
