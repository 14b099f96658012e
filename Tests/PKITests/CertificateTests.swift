import Fixtures
import Foundation
import Testing

@testable import PKI

/// Certificates of the three profiles, also read by the openssl program.
@Suite struct CertificateTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority.shared.get() }

  @Test func saysWhatTheTemplateSaid() throws {
    let (root, ca, signer) = (authority.root, authority.a.ca, authority.a.signer)
    #expect(signer.dnsNames == [authority.a.host] && signer.uris == ["did:web:\(authority.a.host)"])
    #expect(
      signer.policies == [ChamberPlan.trusted, ChamberPlan.verified]
        && signer.extendedKeyUsages == [CertificateTemplate.documentSigning]
    )
    #expect(signer.notBefore == now - 10 * day && signer.notAfter == now + 655 * day)
    #expect(signer.subject == "CN=signer 2026-11,organizationIdentifier=NTRAE\\+DU-GOV0010,O=Chamber a\\, غرفة,C=AE")
    #expect(signer.issuer == ca.subject && ca.issuer == root.subject && root.issuer == root.subject)
    #expect(
      signer.authorityKeyIdentifier == ca.subjectKeyIdentifier && ca.authorityKeyIdentifier == root.subjectKeyIdentifier
    )
    #expect(root.authorityKeyIdentifier == nil && signer.subjectKeyIdentifier?.count == 20)
    #expect(ca.isCertificateAuthority && root.isCertificateAuthority && !signer.isCertificateAuthority)
    #expect(
      signer.crlURLs == ["http://pki.\(authority.a.domain)/ca.crl"] && root.crlURLs.isEmpty
        && root.caIssuersURLs.isEmpty
    )
    #expect(signer.serial == TestAuthority.serial(11) && signer.serial.count == 16 && signer.serialHex.utf8.count == 32)
    #expect(signer.sha256 == SHA2.sha256(signer.der))
    for certificate in [root, ca, signer] {
      #expect(
        try Certificate(pem: Array(certificate.pem.utf8)) == certificate
          && Certificate(der: certificate.der) == certificate
      )
      #expect(certificate.der.count < 1024)
    }
  }

  @Test func opensslReadsTheSame() throws {
    guard
      let out = try openssl(
        ["x509", "-noout", "-text", "-certopt", "no_pubkey,no_sigdump"],
        input: Array(authority.a.ca.pem.utf8)
      )
    else { return }
    let text = String(decoding: out.bytes, as: UTF8.self)
    for part in [
      "ecdsa-with-SHA384", "Basic Constraints: critical\n                CA:TRUE, pathlen:0",
      "Key Usage: critical\n                Certificate Sign, CRL Sign",
      "Name Constraints: critical\n                Permitted:\n                  DNS:chamber-a.example\n",
      "DirName:C = AE, O = \"Chamber a",
      "Require Explicit Policy:0", "Inhibit Any Policy: critical\n                0",
      "URI:http://pki.root.example/root.crl",
      "CA Issuers - URI:http://pki.root.example/root.cer", "Policy: 1.3.6.1.4.1.32473.1.2",
    ] { #expect(text.contains(part), "\(part)\n\(text)") }
    guard
      let leaf = try openssl(
        ["x509", "-noout", "-text", "-certopt", "no_pubkey,no_sigdump"],
        input: Array(authority.a.signer.pem.utf8)
      )
    else { return }
    let leafText = String(decoding: leaf.bytes, as: UTF8.self)
    for part in [
      "ecdsa-with-SHA384", "Basic Constraints: critical\n                CA:FALSE",
      "Key Usage: critical\n                Digital Signature, Non Repudiation",
      "Extended Key Usage: \n                1.3.6.1.5.5.7.3.36",
      "DNS:trust.chamber-a.example, URI:did:web:trust.chamber-a.example",
    ] { #expect(leafText.contains(part), "\(part)\n\(leafText)") }
    // a constraint is encoded as the subjects under it are
    let constraint = DistinguishedName(country: "AE", organization: authority.a.organization).encoded() ?? []
    var inner = DERReader(constraint)
    let prefix = Array(inner.next()?.content ?? [])
    var subject = DERReader(authority.a.signer.subjectName)
    #expect(prefix.count > 10 && subject.next()?.content.starts(with: prefix) == true)
  }

  @Test func templatesThatCannotBeWrittenAreRefused() throws {
    let a = authority.a
    func error(_ change: (inout CertificateTemplate) -> Void) -> CertificateSigningFailure? {
      do {
        _ = try a.signer(change)
        return nil
      } catch {
        return error as? CertificateSigningFailure
      }
    }
    #expect(error { _ in } == nil)
    #expect(error { $0.serial = [] } == .unfit("serial"))
    #expect(error { $0.serial = [0, 0] } == .unfit("serial"))
    #expect(error { $0.serial = [UInt8](repeating: 0x80, count: 20) } == .unfit("serial"))
    #expect(error { $0.serial = [UInt8](repeating: 0x7f, count: 20) } == nil)
    #expect(error { $0.serial = [UInt8](repeating: 1, count: 21) } == .unfit("serial"))
    #expect(error { $0.subject = DistinguishedName() } == .unfit("subject"))
    #expect(error { $0.subject.commonName = "" } == .unfit("subject"))
    #expect(error { $0.subject.commonName = "a\u{0}b" } == .unfit("subject"))
    #expect(error { $0.subject.commonName = String(repeating: "é", count: 64) } == nil)
    #expect(error { $0.subject.commonName = String(repeating: "é", count: 65) } == .unfit("subject"))
    for country in ["ae", "A", "ARE", "Ä"] { #expect(error { $0.subject.country = country } == .unfit("subject")) }
    #expect(error { $0.notAfter = $0.notBefore - 1 } == .unfit("validity"))
    #expect(error { $0.notAfter = a.ca.notAfter + 1 } == .outsideIssuerValidity)
    #expect(error { $0.notBefore = a.ca.notBefore - 1 } == .outsideIssuerValidity)
    for name in [
      "", "*.chamber-a.example", "Trust.chamber-a.example", "a..b", "-a.example", "a_b.example", "a.example.",
      "1.2.3.4", "é.example",
    ] {
      #expect(error { $0.dnsNames = [name] } == .unfit("dnsNames"), "\(name)")
    }
    for uri in ["", "no-scheme", "did:", ":x", "did:web:a b", "did:web:é", "1did:x"] {
      #expect(error { $0.uris = [uri] } == .unfit("uris"))
    }
    for oid in ["", "1", "1.2.", "1.02.3", "3.1", "1.40", "1.2.99999999999999999999", "1.2.x"] {
      #expect(error { $0.policies = [oid] } == .unfit("policies"), "\(oid)")
    }
    #expect(error { $0.policies = ["1.2.3", "1.2.3"] } == .unfit("policies"))
    #expect(error { $0.permittedDNS = ["a.example"] } == .unfit("permittedDNS"))
    #expect(error { $0.requireExplicitPolicy = 0 } == .unfit("policy constraints"))
    #expect(error { $0.role = .root } == .unfit("role"))
    #expect(error { $0.crlURL = "x" } == .unfit("crlURL"))
    let template = a.plan.signerTemplate(60)
    #expect(throws: CertificateSigningFailure.wrongKey) {
      try CertificateAuthority.issue(
        template,
        subjectKey: a.signerKey.publicKey,
        issuer: a.ca,
        issuerKey: authority.b.caKey
      )
    }
    #expect(throws: CertificateSigningFailure.issuerNotAuthority) {
      try CertificateAuthority.issue(
        template,
        subjectKey: a.signerKey.publicKey,
        issuer: a.signer,
        issuerKey: a.signerKey
      )
    }
    #expect(throws: CertificateSigningFailure.unfit("role")) {
      try CertificateAuthority.selfSign(template, key: a.signerKey)
    }
  }

  @Test func bytesThatAreNoCertificate() throws {
    let der = authority.a.signer.der
    #expect(throws: CertificateRejection.malformed("certificate")) { try Certificate(der: []) }
    #expect(throws: CertificateRejection.trailingBytes) { try Certificate(der: der + [0]) }
    #expect(throws: CertificateRejection.malformed("certificate")) { try Certificate(der: Array(der.dropLast())) }
    #expect(throws: CertificateRejection.tooLarge(bytes: 9000)) {
      try Certificate(der: der + [UInt8](repeating: 0, count: 9000 - der.count))
    }
    for length in 0..<der.count {
      #expect(throws: CertificateRejection.self) { try Certificate(der: Array(der[..<length])) }
    }
    let pem = authority.a.signer.pem
    #expect(throws: CertificateRejection.malformed("PEM")) { try Certificate(pem: Array((pem + pem).utf8)) }
    #expect(throws: CertificateRejection.malformed("PEM")) { try Certificate(pem: Array((pem + "x").utf8)) }
    #expect(throws: CertificateRejection.malformed("PEM")) { try Certificate(pem: der) }
    #expect(try Certificate(pem: Array(("text before\n" + pem + "\n \n").utf8)) == authority.a.signer)
    #expect(throws: RevocationListRejection.malformed("PEM")) { try RevocationList(pem: Array(pem.utf8)) }
    #expect(throws: CertificateRejection.malformed("PEM")) { try Certificate(pem: Array(authority.a.crl.pem.utf8)) }
  }

  @Test func listsSayWhatTheyWereTold() throws {
    let entries = [
      RevokedCertificate(serial: [1], at: now - 5, reason: nil),
      RevokedCertificate(serial: [0x80, 2], at: now - 4, reason: .keyCompromise),
      RevokedCertificate(serial: [0, 3], at: now - 3, reason: .certificateHold),
    ]
    let list = try authority.a.crl(number: 300, from: now, until: now + 7 * day, entries)
    #expect(
      list.number == [1, 44] && list.thisUpdate == now && list.nextUpdate == now + 7 * day
        && list.issuer == authority.a.ca.subject
    )
    #expect(list.revoked == entries && list.contains([0, 0, 3]) == entries[2] && list.contains([]) == nil)
    #expect(list.names(authority.a.ca) && !list.names(authority.b.ca) && !list.names(authority.a.signer))
    #expect(try RevocationList(pem: Array(list.pem.utf8)).der == list.der)
    guard let out = try openssl(["crl", "-noout", "-text"], input: Array(list.pem.utf8)) else { return }
    let text = String(decoding: out.bytes, as: UTF8.self)
    #expect(
      text.contains("Version 2") && text.contains("CRL Number: \n                300")
        && text.contains("Key Compromise")
    )
    #expect(
      text.contains("Certificate Hold") && text.components(separatedBy: "Reason Code").count == 3
        && !text.contains("critical")
    )
  }

  @Test func listsThatCannotBeWrittenAreRefused() throws {
    let a = authority.a
    #expect(throws: CertificateSigningFailure.unfit("number")) { try a.crl(number: -1) }
    #expect(throws: CertificateSigningFailure.unfit("validity")) { try a.crl(from: now, until: now) }
    #expect(throws: CertificateSigningFailure.unfit("revoked")) {
      try a.crl([RevokedCertificate(serial: [0], at: now)])
    }
    #expect(throws: CertificateSigningFailure.unreadableList(.malformed("revokedCertificates"))) {
      try a.crl([RevokedCertificate(serial: [7], at: now), RevokedCertificate(serial: [0, 7], at: now)])
    }
    #expect(throws: CertificateSigningFailure.wrongKey) {
      try CertificateAuthority.makeCRL(
        issuer: a.ca,
        key: authority.b.caKey,
        number: 1,
        thisUpdate: now,
        nextUpdate: now + 1,
        revoked: []
      )
    }
    #expect(throws: CertificateSigningFailure.issuerNotAuthority) {
      try CertificateAuthority.makeCRL(
        issuer: a.signer,
        key: a.signerKey,
        number: 1,
        thisUpdate: now,
        nextUpdate: now + 1,
        revoked: []
      )
    }
  }

  @Test func aLongListIsReadAndSearched() throws {
    let entries = (1...10_000).map {
      RevokedCertificate(serial: [UInt8($0 >> 8), UInt8($0 & 0xff)], at: now - Int64($0))
    }
    let list = try authority.a.crl(entries)
    #expect(
      list.revoked.count == 10_000 && list.contains([0x12, 0x34])?.at == now - 0x1234
        && list.contains([0x7f, 0xff]) == nil
    )
    #expect(throws: RevocationListRejection.tooLarge(bytes: RevocationList.maximumBytes + 1)) {
      try RevocationList(der: [UInt8](repeating: 0x30, count: RevocationList.maximumBytes + 1))
    }
    let short = authority.a.crl.der
    for length in 0..<short.count {
      #expect(throws: RevocationListRejection.self) { try RevocationList(der: Array(short[..<length])) }
    }
  }

  /// The command line agrees: own signer accepted; B's name under A's CA refused; a revoked signer refused.
  @Test func opensslVerifyAgrees() throws {
    let (a, b) = (authority.a, authority.b)
    let folder = FileManager.default.temporaryDirectory.appending(path: "khatm-pki-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // leftovers in a temporary folder harm nobody
    func verify(_ leaf: Certificate, _ chamber: TestChamber, list: RevocationList) throws -> String? {
      func file(_ name: String, _ text: String) throws -> String {
        let url = folder.appending(path: name)
        try Data(text.utf8).write(to: url)
        return url.path
      }
      let out = try openssl([
        "verify", "-x509_strict", "-crl_check_all", "-policy_check", "-explicit_policy", "-policy", ChamberPlan.trusted,
        "-attime", "\(now)",
        "-auth_level", "2", "-CAfile", try file("root.pem", authority.root.pem), "-untrusted",
        try file("ca.pem", chamber.ca.pem), "-CRLfile",
        try file("crl.pem", authority.rootCRL.pem + list.pem), try file("leaf.pem", leaf.pem),
      ])
      return out.map { $0.status == 0 ? "OK" : $0.errors }
    }
    guard let own = try verify(a.signer, a, list: a.crl) else { return }
    #expect(own == "OK")
    #expect(try verify(b.signer, b, list: b.crl) == "OK")
    let host = try a.signer { $0.dnsNames = [b.host] }
    let name = try a.signer { $0.subject.organization = b.organization }
    for stolen in [host, name] {
      #expect(try verify(stolen, a, list: a.crl)?.contains("permitted subtree violation") == true)
    }
    let policy = try a.signer { $0.policies = ["1.3.6.1.4.1.32473.9"] }
    #expect(try verify(policy, a, list: a.crl)?.contains("no explicit policy") == true)
    let revoked = try a.crl([RevokedCertificate(serial: a.signer.serial, at: now - 1, reason: .certificateHold)])
    #expect(try verify(a.signer, a, list: revoked)?.contains("certificate revoked") == true)
    #expect(try verify(a.signer, a, list: b.crl)?.contains("unable to get certificate CRL") == true)
  }
}

/// Certificates that no template makes: one DER part changed, then signed with the right key.
@Suite struct OddCertificateTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority.shared.get() }

  /// A signer of chamber A with `from` replaced by `to`, once, inside what is signed; lengths are mended.
  func signer(
    version: [UInt8]? = nil,
    extra: [[UInt8]] = [],
    drop: OID? = nil,
    time: [[UInt8]]? = nil,
    uniqueID: Bool = false
  ) throws -> [UInt8] {
    let template = authority.a.plan.signerTemplate(70)
    let toBeSigned = try template.toBeSigned(
      key: authority.a.signerKey.publicKey,
      issuerName: authority.a.ca.subjectName,
      issuerKeyIdentifier: authority.a.ca.subjectKeyIdentifier,
      algorithm: .ecdsaSHA384
    )
    var fields = DERReader(try #require(DERReader.only(toBeSigned[...], DERTag.sequence)).content)
    var parts: [[UInt8]] = []
    while let part = fields.next() { parts.append(Array(part.whole)) }
    if let version { parts[0] = version }
    if let time { parts[4] = DER.sequence(of: time) }
    let wrapped = try #require(DERReader.only(parts[7][...], 0xa3))
    var list = DERReader(try #require(DERReader.only(wrapped.content, DERTag.sequence)).content)
    var extensions: [[UInt8]] = []
    while let one = list.next() {
      var inner = DERReader(one.content)
      if let drop, inner.next()?.whole.elementsEqual(drop.element) == true { continue }
      extensions.append(Array(one.whole))
    }
    parts[7] = DER.element(0xa3, DER.sequence(of: extensions + extra))
    if uniqueID { parts.insert(DER.element(0x81, [0, 1]), at: 7) }
    let changed = DER.sequence(of: parts)
    return DER.sequence(
      changed,
      X509SignatureAlgorithm.ecdsaSHA384.algorithmIdentifier,
      DER.bits(try authority.a.caKey.sign(changed, algorithm: .ecdsaSHA384))
    )
  }

  func field(_ oid: OID, critical: Bool = false, value: [UInt8]) -> [UInt8] {
    DER.sequence(oid.element, critical ? DER.yes : [], DER.octets(value))
  }

  func error(_ der: [UInt8]) -> CertificateRejection? {
    do {
      _ = try Certificate(der: der)
      return nil
    } catch {
      return error
    }
  }

  func rejection(_ der: [UInt8]) throws -> ChainRejection? {
    authority.rejection([try Certificate(der: der), authority.a.ca])
  }

  @Test func unchangedHolds() throws { #expect(try rejection(try signer()) == nil) }

  @Test func versionsAndFields() throws {
    #expect(error(try signer(version: DER.element(0xa0, DER.unsigned(1)))) == .notVersion3)
    #expect(error(try signer(version: DER.element(0xa0, DER.unsigned(3)))) == .notVersion3)
    #expect(error(try signer(version: [])) == .notVersion3)
    #expect(error(try signer(uniqueID: true)) == .notVersion3)
    func utc(_ text: String) -> [UInt8] { DER.element(DERTag.utcTime, Array(text.utf8)) }
    let start = utc("261101000000Z")
    for end in [
      "281101000000", "2811010000Z", "281101000000+0000", "280230000000Z", "281301000000Z", "281101240000Z",
      "281101000060Z",
      "28110100000 Z",
    ] {
      #expect(error(try signer(time: [start, utc(end)])) == .malformed("validity"), "\(end)")
    }
    let general = DER.element(DERTag.generalizedTime, Array("20281101000000Z".utf8))
    #expect(error(try signer(time: [start, general])) == .malformed("validity"))  // up to 2049 only UTCTime
    #expect(error(try signer(time: [start, utc("281101000000Z")])) == nil)
  }

  @Test func extensions() throws {
    let own = try #require(OID("1.3.6.1.4.1.32473.77"))
    #expect(try rejection(try signer(extra: [field(own, value: [0xff])])) == nil)  // unknown, not critical: any bytes
    #expect(
      try rejection(try signer(extra: [field(own, critical: true, value: [0xff])]))
        == .unknownCriticalExtension(step: 0, oid: own.dotted)
    )
    #expect(
      error(try signer(extra: [field(own, value: []), field(own, value: [])])) == .duplicateExtension(own.dotted)
    )
    #expect(
      error(try signer(extra: [DER.sequence(own.element, [1, 1, 0], DER.octets([]))]))
        == .malformedExtension(own.dotted)
    )  // FALSE
    #expect(
      error(try signer(extra: [DER.sequence(own.element, [1, 1, 1], DER.octets([]))]))
        == .malformedExtension(own.dotted)
    )
    for (oid, name) in [
      (OID.basicConstraints, "2.5.29.19"), (.keyUsage, "2.5.29.15"), (.extendedKeyUsage, "2.5.29.37"),
      (.subjectAltName, "2.5.29.17"),
      (.certificatePolicies, "2.5.29.32"), (.subjectKeyIdentifier, "2.5.29.14"), (.authorityKeyIdentifier, "2.5.29.35"),
      (.crlDistributionPoints, "2.5.29.31"), (.authorityInfoAccess, "1.3.6.1.5.5.7.1.1"),
      (.nameConstraints, "2.5.29.30"),
      (.policyConstraints, "2.5.29.36"), (.inhibitAnyPolicy, "2.5.29.54"), (.issuerAltName, "2.5.29.18"),
    ] {
      for value in [[], [5, 0], [0x30, 0x80, 0, 0], [0x30, 3, 2, 1, 0xff]] as [[UInt8]] {
        #expect(
          error(try signer(extra: [field(oid, value: value)], drop: oid)) == .malformedExtension(name),
          "\(name) \(value)"
        )
      }
    }
    // empty lists
    for oid in [
      OID.extendedKeyUsage, .subjectAltName, .certificatePolicies, .crlDistributionPoints, .authorityInfoAccess,
      .policyConstraints,
    ] {
      #expect(
        error(try signer(extra: [field(oid, value: DER.sequence())], drop: oid)) == .malformedExtension(oid.dotted)
      )
    }
  }

  @Test func shapeOfTheLeaf() throws {
    let mappings = field(.policyMappings, value: DER.sequence())
    #expect(try rejection(try signer(extra: [mappings])) == .extensionMisused(step: 0, oid: "2.5.29.33"))
    for (oid, critical, wanted) in [
      (OID.subjectKeyIdentifier, true, ChainRejection.extensionMisused(step: 0, oid: "2.5.29.14")),
      (.nameConstraints, true, .extensionMisused(step: 0, oid: "2.5.29.30")),
      (.inhibitAnyPolicy, true, .extensionMisused(step: 0, oid: "2.5.29.54")),
      (.inhibitAnyPolicy, false, .extensionMisused(step: 0, oid: "2.5.29.54")),
    ] {
      let value: [UInt8] =
        switch oid {
        case .subjectKeyIdentifier: DER.octets([1])
        case .nameConstraints: DER.sequence(DER.element(0xa0, DER.sequence(DER.element(0x82, Array("a.example".utf8)))))
        default: DER.unsigned(0)
        }
      #expect(try rejection(try signer(extra: [field(oid, critical: critical, value: value)], drop: oid)) == wanted)
    }
    func names(_ names: [UInt8]...) throws -> ChainRejection? {
      try rejection(try signer(extra: [field(.subjectAltName, value: DER.sequence(of: names))], drop: .subjectAltName))
    }
    let host = DER.element(0x82, Array(authority.a.host.utf8))
    #expect(try names(host) == nil)
    #expect(try names(host, DER.element(0x86, Array("did:web:x.example".utf8))) == nil)
    #expect(try names(host, host) == .extensionMisused(step: 0, oid: "2.5.29.17"))
    #expect(try names(host, DER.element(0x87, [127, 0, 0, 1])) == .extensionMisused(step: 0, oid: "2.5.29.17"))
    #expect(
      try names(host, DER.element(0x81, Array("a@x.example".utf8))) == .extensionMisused(step: 0, oid: "2.5.29.17")
    )
    #expect(try names(host, DER.element(0x87, [127, 0, 0])) == .nameMalformed(step: 0))
    #expect(try names(host, DER.element(0x82, Array("*.chamber-a.example".utf8))) == .nameMalformed(step: 0))
    #expect(try names(DER.element(0x82, Array("Trust.chamber-a.example".utf8))) == .nameMalformed(step: 0))
    #expect(
      try names(DER.element(0x82, Array(authority.a.host.utf8) + [0] + Array(".evil.example".utf8)))
        == .nameMalformed(step: 0)
    )
    #expect(try names(host, DER.element(0x86, Array("relative".utf8))) == .nameMalformed(step: 0))
    #expect(
      try rejection(try signer(extra: [field(.keyUsage, value: DER.bits([0xc0], unused: 6))], drop: .keyUsage))
        == .extensionMisused(step: 0, oid: "2.5.29.15")
    )
    let signatureOnly = field(.keyUsage, critical: true, value: DER.bits([0x80], unused: 7))
    #expect(try rejection(try signer(extra: [signatureOnly], drop: .keyUsage)) == .keyUsage(step: 0))
    #expect(try rejection(try signer(drop: .keyUsage)) == .extensionMisused(step: 0, oid: "2.5.29.15"))
    #expect(try rejection(try signer(drop: .basicConstraints)) == .extensionMisused(step: 0, oid: "2.5.29.19"))
    #expect(try rejection(try signer(drop: .authorityKeyIdentifier)) == .extensionMissing(step: 0, oid: "2.5.29.35"))
    let ca = field(.basicConstraints, critical: true, value: DER.sequence(DER.yes))
    #expect(try rejection(try signer(extra: [ca], drop: .basicConstraints)) == .wrongRole(step: 0))
    let eku = field(.extendedKeyUsage, critical: true, value: DER.sequence(OID("1.3.6.1.5.5.7.3.36")?.element ?? []))
    #expect(
      try rejection(try signer(extra: [eku], drop: .extendedKeyUsage)) == .extensionMisused(step: 0, oid: "2.5.29.37")
    )
  }
}

/// The two spellings of an ECDSA signature.
@Suite struct ECDSASignatureTests {
  /// OpenSSL refuses these as well; ours is the first of two locks.
  @Test func rangeOfBothHalves() {
    let order = bytes(hex: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
    let (zero, one) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 31) + [1])
    let below = order.dropLast() + [0x50]
    let above = order.dropLast() + [0x52]
    let full = [UInt8](repeating: 0xff, count: 32)
    for good in [one + one, below + one, one + below] {
      #expect(ECDSASignature.der(raw: good, curve: .p256) == derECDSA(good))
    }
    for bad in [
      zero + one, one + zero, order + one, one + order, above + one, one + full, one, [], one + one + [0],
      Array((one + one).dropLast()),
    ] { #expect(ECDSASignature.der(raw: bad, curve: .p256) == nil) }
    let order384 = bytes(
      hex: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
    )
    let one384 = [UInt8](repeating: 0, count: 47) + [1]
    #expect(ECDSASignature.der(raw: one384 + one384, curve: .p384) == [0x30, 6, 2, 1, 1, 2, 1, 1])
    #expect(
      ECDSASignature.der(raw: one384 + order384, curve: .p384) == nil
        && ECDSASignature.der(raw: one + one, curve: .p384) == nil
    )
  }

  @Test func derComesBack() throws {
    for size in [32, 48] {
      for _ in 0..<200 {
        var raw = try secureRandomBytes(size * 2)
        raw[0] &= 0x7f
        raw[size] = 0
        #expect(ECDSASignature.raw(der: derECDSA(raw), curve: size == 32 ? .p256 : .p384) == raw)
      }
    }
    for bad in [
      [], [0x30, 0], [0x30, 3, 2, 1, 1], [0x30, 6, 2, 1, 1, 2, 1, 0x80], [0x30, 6, 2, 1, 1, 2, 1, 1, 0],
      [0x30, 7, 2, 2, 0, 1, 2, 1, 1],
    ] as [[UInt8]] { #expect(ECDSASignature.raw(der: bad, curve: .p256) == nil) }
  }
}

/// The strict reader of DER.
@Suite struct DERTests {
  @Test func lengthsAreMinimal() {
    func read(_ bytes: [UInt8]) -> Int? {
      var reader = DERReader(bytes)
      return reader.next()?.content.count
    }
    #expect(read([4, 0]) == 0 && read([4, 1, 9]) == 1)
    for bad in [
      [4], [4, 1], [4, 0x80], [4, 0x81, 1, 9], [4, 0x82, 0, 0x80], [0x1f, 1, 0], [4, 0x85, 0, 0, 0, 0, 1],
      [4, 0x84, 0xff, 0xff, 0xff, 0xff],
    ] as [[UInt8]] { #expect(read(bad) == nil, "\(bad)") }
    for count in [0, 127, 128, 255, 256, 65_535, 65_536] {
      #expect(read(DER.octets([UInt8](repeating: 1, count: count))) == count)
    }
  }

  @Test func numbers() {
    #expect(DER.unsigned(0) == [2, 1, 0] && DER.unsigned(127) == [2, 1, 127] && DER.unsigned(128) == [2, 2, 0, 128])
    #expect(DER.unsigned(.max) == [2, 9, 0] + [UInt8](repeating: 0xff, count: 8))
    func small(_ bytes: [UInt8]) -> Int? {
      var reader = DERReader(bytes)
      return reader.next()?.smallNumber
    }
    #expect(
      small([2, 1, 0]) == 0 && small([2, 2, 0, 128]) == 128 && small([2, 4, 127, 255, 255, 255]) == 2_147_483_647
    )
    for bad in [[2, 0], [2, 1, 0x80], [2, 2, 0, 1], [2, 6, 0, 255, 255, 255, 255, 255]] as [[UInt8]] {
      #expect(small(bad) == nil)
    }
  }

  @Test func objectIdentifiers() {
    for text in [
      "0.0", "0.39", "1.0", "1.39", "2.0", "2.5.29.15", "2.999.1", "1.3.6.1.4.1.32473.1", "2.18446744073709551000",
    ] {
      #expect(OID(text)?.dotted == text, "\(text)")
    }
    for bad in [[], [0x80], [0x2a, 0x80], [0x80, 1], [0x2a, 0x86], [UInt8](repeating: 1, count: 65)] as [[UInt8]] {
      #expect(OID(content: bad[...]) == nil, "\(bad)")
    }
    _ = OID(content: [UInt8](repeating: 0xff, count: 20) + [1])?.dotted  // a huge arc is shown somehow
  }

  @Test func times() {
    for (time, text) in [
      (Int64(0), "700101000000Z"), (now, "261122090000Z"), (951_782_400, "000229000000Z"),
      (-631_152_000, "500101000000Z"),
      (2_524_607_999, "491231235959Z"), (2_524_608_000, "20500101000000Z"), (253_402_300_799, "99991231235959Z"),
    ] {
      let der = ASN1Time.write(time) ?? []
      #expect(String(decoding: der.dropFirst(2), as: UTF8.self) == text)
      var reader = DERReader(der)
      #expect(reader.next().flatMap(ASN1Time.read) == time)
    }
    #expect(ASN1Time.write(-631_152_001) == nil && ASN1Time.write(253_402_300_800) == nil)
    var time = ASN1Time.earliest
    while time < ASN1Time.latest {
      var reader = DERReader(ASN1Time.write(time) ?? [])
      #expect(reader.next().flatMap(ASN1Time.read) == time)
      time += 86_400 * 997 + 12_345
    }
  }

  @Test func masks() {
    for mask in [[255, 255, 240, 0], [0, 0], [255]] as [[UInt8]] { #expect(NameSyntax.isMask(mask[...])) }
    for mask in [[255, 0, 255], [0xf1], [0x0f], [0xfe, 0x80]] as [[UInt8]] { #expect(!NameSyntax.isMask(mask[...])) }
  }
}
