internal import Credentials
internal import Encodings
internal import PKI
internal import Profiles
package import Registry
internal import TransparencyLog
internal import Vocabulary

extension AuthoritySetup {
  /// Recognises a chamber: issuing CA under the root, first signer under the CA, and its place in the trust list.
  package func addChamber(slug: String, nameEn: String, nameAr: String, jurisdiction: String, domain: String) throws
    -> Chamber
  {
    try session.requireRegistrar(act: .chamberAdd, subject: slug)
    guard (2...40).contains(slug.utf8.count),
      slug.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
    else {
      throw ActRejection(.slugInvalid(slug, domain: domain), subject: slug)
    }
    guard Self.mayBeFounded(domain) else { throw ActRejection(.hostInvalid(domain), subject: slug) }
    for (field, name) in [("name-en", nameEn), ("name-ar", nameAr)]
    where !(1...64).contains(name.unicodeScalars.count) || Self.hasControls(name) {
      throw ActRejection(.nameLength(field: field, longest: 64), subject: slug)
    }
    let parts = Array(jurisdiction.utf8)
    guard parts.count >= 4, parts.count <= 6, parts[2] == 0x2D,
      parts.enumerated().allSatisfy({
        $0.offset == 2 || (0x41...0x5A).contains($0.element) || ($0.offset > 2 && (0x30...0x39).contains($0.element))
      })
    else {
      throw ActRejection(.jurisdictionInvalid(jurisdiction), subject: slug)
    }
    let known = try registry.keys.chambers()
    if let same = known.first(where: { $0.slug == slug || $0.domain == domain }) {
      throw session.recordRejection(
        ActRejection(.chamberExists(slug: same.slug, domain: same.domain), subject: slug),
        act: .chamberAdd
      )
    }
    let chamber = Chamber(
      slug: slug,
      domain: domain,
      nameEn: nameEn,
      nameAr: nameAr,
      jurisdiction: jurisdiction,
      status: .granted,
      statusSince: now.seconds
    )
    let root = try session.keys.current(.root, of: nil)
    let rootKey = try session.keys.key(of: root)
    guard let rootDER = root.certificate else {
      throw IssuanceFailure.keyUnusable(file: root.file, why: "no certificate")
    }
    let rootCertificate = try Certificate(der: rootDER)
    try mustBeUsable(root, profiles.root, else: ActRejection.Reason.rootWornOut, subject: slug)
    let country = String(jurisdiction.prefix(2))
    let policies = profiles.programmes.map { profiles.policy(of: $0) }
    let base = certificateBase
    let caKey = try session.keys.make(profiles.issuingCA.key == .p384 ? .p384 : .p256, file: "\(slug)-ca.key.pem")
    let caUntil = min(now.adding(days: Int64(profiles.issuingCA.lifeDays)).seconds, rootCertificate.notAfter)
    let ca = try CertificateAuthority.issue(
      .issuingCA(
        subject: DistinguishedName(
          country: country,
          organization: nameEn,
          commonName: Self.clipped(nameEn, 48) + " CA G1"
        ),
        notBefore: now.seconds,
        notAfter: caUntil,
        serial: CertificateTemplate.serial(random: try secureRandomBytes(profiles.issuingCA.serialBytes)),
        domain: domain,
        policies: (profiles.issuingCAPolicy.map { [$0] } ?? []) + policies,
        crlURL: base + "crl/root.crl",
        caIssuersURL: base + "certs/root.cer"
      ),
      subjectKey: caKey.publicKey,
      issuer: rootCertificate,
      issuerKey: rootKey
    )
    let signer = try makeSigner(1, of: chamber, issuer: ca, issuerKey: caKey)
    let records = [
      SigningKeyRecord(
        chamber: slug,
        purpose: .issuingCA,
        kid: Base64URL.encode(ca.sha256),
        publicKey: caKey.publicKey.subjectPublicKeyInfo(),
        certificate: ca.der,
        notBefore: now.seconds,
        notAfter: caUntil,
        file: "\(slug)-ca.key.pem"
      ),
      signer,
    ]
    let entries = try records.map { record in
      try LogEntry(
        at: now,
        chamber: Text(chamber.did),
        event: .key(
          .add,
          kid: Text(record.kid),
          purpose: Text(record.purpose.rawValue),
          digest: SHA2.sha256(record.publicKey)
        )
      )
    }
    try session.commit(.init(.chamberAdd, on: slug, detail: ["did": JSON(chamber.did)]), entries: entries) {
      try registry.keys.add(chamber, keys: records, log: $0, audit: $1)
    }
    try session.publisher.publish(trustListChanged: true)
    return chamber
  }

  /// CRL and issuer certificate are signed themselves; RFC 5280 4.2.1.13 asks for http.
  private var certificateBase: String { "http://\(authority.host)/" }

  /// A chamber's credential signer: key and certificate, not yet in the register.
  private func makeSigner(_ number: Int, of chamber: Chamber, issuer ca: Certificate, issuerKey: PrivateKey) throws
    -> SigningKeyRecord
  {
    let slug = chamber.slug
    let file = "\(slug)-signer-\(number).key.pem"
    let key = try session.keys.make(profiles.signer.key == .p384 ? .p384 : .p256, file: file)
    let until = min(now.adding(days: Int64(profiles.signer.lifeDays)).seconds, ca.notAfter)
    let certificate = try CertificateAuthority.issue(
      .signer(
        subject: DistinguishedName(
          country: String(chamber.jurisdiction.prefix(2)),
          organization: chamber.nameEn,
          commonName: Self.clipped(chamber.nameEn, 40) + " Credential Signer \(number)"
        ),
        notBefore: now.seconds,
        notAfter: until,
        serial: CertificateTemplate.serial(random: try secureRandomBytes(profiles.signer.serialBytes)),
        host: chamber.domain,
        did: chamber.did,
        policies: profiles.programmes.map { profiles.policy(of: $0) },
        crlURL: certificateBase + "crl/\(slug).crl",
        caIssuersURL: certificateBase + "certs/\(slug)-ca.cer"
      ),
      subjectKey: key.publicKey,
      issuer: ca,
      issuerKey: issuerKey
    )
    return SigningKeyRecord(
      chamber: slug,
      purpose: .signer,
      kid: "\(chamber.did)#\(JWK(publicKey: key.publicKey).thumbprint)",
      publicKey: key.publicKey.subjectPublicKeyInfo(),
      certificate: certificate.der,
      notBefore: now.seconds,
      notAfter: until,
      file: file
    )
  }

  /// What vouches for others does so for a part of its life, so that it outlives them (`usableDays` of its profile).
  private func mustBeUsable(
    _ key: SigningKeyRecord,
    _ profile: CertificateProfile,
    else reason: (Instant, Int) -> ActRejection.Reason,
    subject: String
  ) throws {
    guard now.seconds < key.notBefore + Int64(profile.usableDays) * 86_400 else {
      throw ActRejection(reason(Instant(seconds: key.notBefore), profile.usableDays), subject: subject)
    }
  }

  /// Gives a chamber a new credential signer. The old one signs nothing more, and stays in the key history and in the
  /// trust list, up to this moment: what it signed is as good as before.
  package func renewSigner(of slug: String) throws -> SigningKeyRecord {
    try session.requireRegistrar(act: .signerRenew, subject: slug)
    guard let chamber = try registry.keys.chambers().first(where: { $0.slug == slug }) else {
      throw ActRejection(.unknownChamber, subject: slug)
    }
    let ca = try session.keys.current(.issuingCA, of: slug)
    let old = try session.keys.current(.signer, of: slug)
    guard let caDER = ca.certificate else { throw IssuanceFailure.keyUnusable(file: ca.file, why: "no certificate") }
    try mustBeUsable(ca, profiles.issuingCA, else: ActRejection.Reason.caWornOut, subject: slug)
    // Two signers of one second would be in use at the same moment.
    guard now.seconds > old.notBefore else { throw ActRejection(.signerFresh, subject: slug) }
    let number = try registry.keys.all(chamber: slug).count { $0.purpose == .signer } + 1
    let signer = try makeSigner(
      number,
      of: chamber,
      issuer: try Certificate(der: caDER),
      issuerKey: try session.keys.key(of: ca)
    )
    let entry = try LogEntry(
      at: now,
      chamber: Text(chamber.did),
      event: .key(.add, kid: Text(signer.kid), purpose: "signer", digest: SHA2.sha256(signer.publicKey))
    )
    let detail: JSON = ["old": JSON(old.kid), "new": JSON(signer.kid)]
    try session.commit(.init(.signerRenew, on: slug, detail: detail), entries: [entry]) {
      try registry.keys.replace(old, by: signer, log: $0, audit: $1)
    }
    try session.publisher.publish(trustListChanged: true)
    return signer
  }
}
