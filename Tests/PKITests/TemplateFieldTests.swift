import Fixtures
import Testing

@testable import PKI

/// Each field of a template and of a CRL, refused by its name when it cannot be written, and read back when it can.
@Suite struct TemplateFieldTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority.shared.get() }

  private func issue(_ template: CertificateTemplate) throws -> Certificate {
    try CertificateAuthority.issue(
      template,
      subjectKey: authority.a.caKey.publicKey,
      issuer: authority.root,
      issuerKey: authority.rootKey
    )
  }

  /// Of a chamber CA that was changed so.
  private func error(_ change: (inout CertificateTemplate) -> Void) -> CertificateSigningFailure? {
    var template = authority.a.plan.caTemplate(10)
    change(&template)
    do {
      _ = try issue(template)
      return nil
    } catch { return error as? CertificateSigningFailure }
  }

  @Test func constraintsOfACA() {
    #expect(error { _ in } == nil)
    for bad in ["", ".a.example", "*.a.example", "A.example", "a.example.", "https://a.example", "10.0.0.0", "a..b"] {
      #expect(error { $0.permittedDNS = [bad] } == .unfit("permittedDNS"), "\(bad)")
      #expect(error { $0.permittedDNS.append(bad) } == .unfit("permittedDNS"), "\(bad)")
    }
    #expect(error { $0.permittedDirectoryNames = [DistinguishedName()] } == .unfit("permittedDirectoryNames"))
    #expect(
      error { $0.permittedDirectoryNames.append(DistinguishedName(country: "uae")) }
        == .unfit("permittedDirectoryNames")
    )
    for bad in [-1, 256, Int.min, Int.max] {
      #expect(error { $0.requireExplicitPolicy = bad } == .unfit("policy constraints"))
      #expect(error { $0.inhibitAnyPolicy = bad } == .unfit("policy constraints"))
    }
    for bad in ["", "1", "2.5.29.x", "1.3.6.1.4.1.32473.01"] {
      #expect(error { $0.policies = [ChamberPlan.trusted, bad] } == .unfit("policies"), "\(bad)")
      #expect(error { $0.extendedKeyUsages = [bad] } == .unfit("extendedKeyUsages"), "\(bad)")
    }
    let purpose = CertificateTemplate.documentSigning
    #expect(error { $0.extendedKeyUsages = [purpose, purpose] } == .unfit("extendedKeyUsages"))
    for bad in ["", "pki.example/ca.crl", "http:", "http://a b/", "http://é/", "http://a\u{7f}/", "h_p://a/"] {
      #expect(
        error { $0.crlURL = bad } == .unfit("crlURL") && error { $0.caIssuersURL = bad } == .unfit("caIssuersURL"),
        "\(bad)"
      )
    }
    #expect(error { $0.crlURL = "http:" + String(repeating: "a", count: 2043) } == nil)
    #expect(error { $0.crlURL = "http:" + String(repeating: "a", count: 2044) } == .unfit("crlURL"))
    #expect(error { $0.role = .root } == .unfit("role"))
    #expect(error { $0.subject.organization = String(repeating: "x", count: 65) } == .unfit("subject"))
  }

  /// The first reason that is found when several things are unfit: what the issuer may do, then the template field by
  /// field.
  @Test func whatIsSaidFirst() throws {
    let a = authority.a
    var template = a.plan.signerTemplate(60)
    template.serial = []
    template.subject.commonName = ""
    template.crlURL = "x"
    func error() -> CertificateSigningFailure? {
      do {
        _ = try CertificateAuthority.issue(
          template,
          subjectKey: a.signerKey.publicKey,
          issuer: a.ca,
          issuerKey: a.caKey
        )
        return nil
      } catch { return error }
    }
    #expect(error() == .unfit("serial"))
    template.serial = [0, 0, 1]
    #expect(error() == .unfit("subject"))
    template.subject.commonName = "x"
    #expect(error() == .unfit("crlURL"))
    template.notAfter = a.ca.notAfter + 1
    #expect(error() == .outsideIssuerValidity)
    template.notAfter = a.ca.notAfter
    template.crlURL = nil
    #expect(error() == nil)
  }

  @Test func policyCountsComeBack() throws {
    for count in [0, 1, 127, 128, 255] {
      var template = authority.a.plan.caTemplate(10)
      template.requireExplicitPolicy = count
      template.inhibitAnyPolicy = 255 - count
      let certificate = try issue(template)
      #expect(
        certificate.extensions.requireExplicitPolicy == count && certificate.extensions.inhibitAnyPolicy == 255 - count
      )
      #expect(
        certificate.extensions.isCritical(.policyConstraints) == true
          && certificate.extensions.isCritical(.inhibitAnyPolicy) == true
      )
    }
  }

  @Test func datesOfARoot() throws {
    let name = DistinguishedName(commonName: "root")
    func root(_ from: Int64, _ until: Int64) throws(CertificateSigningFailure) -> Certificate {
      try CertificateAuthority.selfSign(
        .root(subject: name, notBefore: from, notAfter: until, serial: [1]),
        key: authority.rootKey
      )
    }
    let longest = try root(ASN1Time.earliest, ASN1Time.latest)
    #expect(longest.notBefore == -631_152_000 && longest.notAfter == 253_402_300_799)
    for (from, until) in [(now, now - 1), (ASN1Time.earliest - 1, now), (now, ASN1Time.latest + 1), (.min, .max)] {
      #expect(throws: CertificateSigningFailure.unfit("validity")) { try root(from, until) }
    }
    #expect(try root(now, now).notAfter == now)
    #expect(throws: CertificateSigningFailure.unfit("subject")) {
      try CertificateAuthority.selfSign(
        .root(subject: DistinguishedName(), notBefore: now, notAfter: now, serial: [1]),
        key: authority.rootKey
      )
    }
  }

  /// 20 octets of contents are the most (RFC 5280 4.1.2.2), the sign octet among them.
  @Test func serialNumbersAtTheirEnds() throws {
    for (serial, wanted) in [
      ([1], "01"), ([0, 0, 0x80], "80"),
      ([0x7f] + [UInt8](repeating: 0xff, count: 19), "7f" + String(repeating: "ff", count: 19)),
      ([0] + [UInt8](repeating: 0xff, count: 19), String(repeating: "ff", count: 19)),
    ] as [([UInt8], String)] {
      let certificate = try authority.a.signer { $0.serial = serial }
      #expect(certificate.serialHex == wanted)
      let list = try authority.a.crl([RevokedCertificate(serial: serial, at: now)])
      #expect(list.contains(certificate.serial)?.at == now)
    }
    for bad in [[], [0], [0x80] + [UInt8](repeating: 0, count: 19), [1] + [UInt8](repeating: 0, count: 20)] as [[UInt8]]
    {
      #expect(throws: CertificateSigningFailure.unfit("serial")) { try authority.a.signer { $0.serial = bad } }
      #expect(throws: CertificateSigningFailure.unfit("revoked")) {
        try authority.a.crl([RevokedCertificate(serial: bad, at: now)])
      }
    }
  }

  /// An issuer must be a CA with a key identifier, and its key usage, when it has one, must allow what is asked for.
  @Test func whoMayIssue() throws {
    let a = authority.a
    func ca(_ change: Odd.Change) throws -> Certificate {
      try Certificate(
        der: Odd.certificate(
          a.plan.caTemplate(10),
          a.caKey.publicKey,
          issuer: authority.root,
          key: authority.rootKey,
          change: change
        )
      )
    }
    func signs(_ issuer: Certificate) throws -> CertificateSigningFailure? {
      do throws(CertificateSigningFailure) {
        _ = try CertificateAuthority.issue(
          a.plan.signerTemplate(60),
          subjectKey: a.signerKey.publicKey,
          issuer: issuer,
          issuerKey: a.caKey
        )
        return nil
      } catch { return error }
    }
    func lists(_ issuer: Certificate) throws -> CertificateSigningFailure? {
      do throws(CertificateSigningFailure) {
        _ = try CertificateAuthority.makeCRL(
          issuer: issuer,
          key: a.caKey,
          number: 1,
          thisUpdate: now,
          nextUpdate: now + 1,
          revoked: []
        )
        return nil
      } catch { return error }
    }
    func usage(_ bits: UInt8, unused: UInt8) -> Odd.Change {
      Odd.Change(
        extra: [Odd.field(.keyUsage, critical: true, value: DER.bits([bits], unused: unused))],
        drop: [.keyUsage]
      )
    }
    for (change, mayIssue, mayList) in [
      (Odd.Change(), true, true), (Odd.Change(drop: [.keyUsage]), true, true), (usage(0x04, unused: 2), true, false),
      (usage(0x02, unused: 1), false, true), (usage(0x80, unused: 7), false, false),
      (Odd.Change(drop: [.subjectKeyIdentifier]), false, false),
      (Odd.Change(drop: [.basicConstraints]), false, false),
    ] {
      let issuer = try ca(change)
      #expect(try signs(issuer) == (mayIssue ? nil : .issuerNotAuthority), "\(change)")
      #expect(try lists(issuer) == (mayList ? nil : .issuerNotAuthority), "\(change)")
    }
  }

  @Test func fieldsOfAList() throws {
    let a = authority.a
    #expect(try a.crl(number: .max).number == [0x7f] + [UInt8](repeating: 0xff, count: 7))
    #expect(try a.crl(number: 0).number == [0])
    #expect(throws: CertificateSigningFailure.unfit("number")) { try a.crl(number: .min) }
    for (from, until) in [(now, now - 1), (ASN1Time.earliest - 1, now), (now, ASN1Time.latest + 1), (.min, .max)] {
      #expect(throws: CertificateSigningFailure.unfit("validity")) { try a.crl(from: from, until: until) }
    }
    for at in [ASN1Time.earliest - 1, ASN1Time.latest + 1] {
      #expect(throws: CertificateSigningFailure.unfit("revoked")) {
        try a.crl([RevokedCertificate(serial: [1], at: at)])
      }
    }
    let late = try a.crl(
      from: ASN1Time.latest - 1,
      until: ASN1Time.latest,
      [RevokedCertificate(serial: [1], at: ASN1Time.latest)]
    )
    #expect(
      late.thisUpdate == ASN1Time.latest - 1 && late.nextUpdate == ASN1Time.latest
        && late.contains([1])?.at == ASN1Time.latest
    )
  }
}
