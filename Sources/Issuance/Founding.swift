internal import Credentials
public import Encodings
internal import Foundation
internal import PKI
internal import Profiles
public import Registry
internal import Storefronts
internal import TransparencyLog
internal import Vocabulary

/// The certificate files of one folder: `certs/` of the project, or wherever it was installed.
public struct ProfileSource: Sendable {
  public let folder: String
  public init(folder: String) { self.folder = folder }
}

extension Office {
  /// Makes a new authority: folder, root, log key, empty register, and a `public/` with a trust list that names nobody
  /// yet.
  ///
  /// - Parameters:
  ///   - host: where certificates are checked, for example `khatm.example`; it stands in every badge and never changes.
  ///   - source: `profiles/` and `platforms.yaml` are copied from there, so that a home keeps its rules when the
  ///     program is updated.
  public static func found(
    _ home: Home,
    name: String,
    host: String,
    country: String,
    source: ProfileSource,
    now: Instant,
    passphrase: @escaping () throws -> [UInt8]
  ) throws -> Office {
    guard !home.exists else { throw IssuanceFailure.homeExists(path: home.path) }
    guard mayBeFounded(host) else { throw ActRejection(.hostInvalid(host), subject: host) }
    guard (1...64).contains(name.unicodeScalars.count), !hasControls(name) else {
      throw ActRejection(.nameLength(field: "name", longest: 64), subject: name)
    }
    let profiles = try loadProfiles(source.folder + "/profiles")
    let offered = try loadPlatforms(source.folder + "/platforms.yaml")
    // Into a folder beside it first: a command cut off here leaves nothing that looks like a home.
    try Files.makeFolder(home.path, mode: 0o700)
    let lock = try home.lock(wait: 0, now: now.seconds)
    for file in try Files.names(in: source.folder + "/profiles") where file.hasSuffix(".yaml") {
      try Files.replace(
        home.profilesPath + "/" + file,
        with: try Files.read(source.folder + "/profiles/" + file, limit: 1 << 20) ?? []
      )
    }
    // Whoever founds an authority takes the table over as it is that day, and its age counts from then: one of half a
    // year decides nothing.
    let table = String(decoding: try Files.read(source.folder + "/platforms.yaml", limit: 1 << 20) ?? [], as: UTF8.self)
    let today = CivilDate(of: now).description, stated = offered.version.string
    try Files.replace(
      home.platformsPath,
      with: Array(table.replacing("version: \"\(stated)\"", with: "version: \"\(max(stated, today))\"").utf8)
    )
    let platforms = try loadPlatforms(home.platformsPath)
    try Files.makeFolder(home.keysPath, mode: 0o700)
    let keys = KeyStore(folder: home.keysPath, passphrase: passphrase)
    let key = try keys.make(profiles.root.key == .p384 ? .p384 : .p256, file: "root.key.pem")
    let until = now.adding(days: Int64(profiles.root.lifeDays)).seconds
    let certificate = try CertificateAuthority.selfSign(
      .root(
        subject: DistinguishedName(country: country, organization: name, commonName: clipped(name, 40) + " Root G1"),
        notBefore: now.seconds,
        notAfter: until,
        serial: CertificateTemplate.serial(random: try secureRandomBytes(profiles.root.serialBytes))
      ),
      key: key
    )
    let logKey = try keys.make(.ed25519, file: "log.key.pem")
    let verifier = try VerifierKey(name: Text(host + "/log"), kind: .ed25519, publicKey: logKey.publicKey)
    let records = [
      SigningKeyRecord(
        chamber: nil,
        purpose: .root,
        kid: Base64URL.encode(certificate.sha256),
        publicKey: key.publicKey.subjectPublicKeyInfo(),
        certificate: certificate.der,
        notBefore: now.seconds,
        notAfter: until,
        file: "root.key.pem"
      ),
      SigningKeyRecord(
        chamber: nil,
        purpose: .log,
        kid: verifier.description,
        publicKey: logKey.publicKey.subjectPublicKeyInfo(),
        certificate: nil,
        notBefore: now.seconds,
        notAfter: until,
        file: "log.key.pem"
      ),
    ]
    try Files.replace(home.anchorPath, with: Array(certificate.pem.utf8))
    // The register appears last and whole: a folder without it is no home.
    let draft = home.registryPath + ".new"
    unlink(draft)
    let registry = try Registry.create(at: draft, exists: false)
    let authority = Authority(name: name, host: host, createdAt: now.seconds)
    try registry.keys.found(
      authority,
      keys: records,
      audit: auditRow(
        after: nil,
        at: now,
        officer: ActingOfficer.registrarName,
        act: "init",
        subject: host,
        outcome: .done,
        detail: ["name": JSON(name), "root": JSON(Hex.encode(certificate.sha256))]
      ) { try logKey.sign(SigningContext.audit.message($0), algorithm: .eddsa) }
    )
    try Files.move(draft, to: home.registryPath)
    // Opened anew: the connection above knows the file by its first name, and would put its journal beside that.
    let office = try make(
      home: home,
      registry: try openRegistry(home),
      authority: authority,
      profiles: profiles,
      platforms: platforms,
      now: now,
      keys: keys,
      lock: lock
    )
    try office.publish()
    return office
  }

  /// Recognises a chamber: issuing CA under the root, first signer under the CA, and its place in the trust list.
  public func addChamber(slug: String, nameEn: String, nameAr: String, jurisdiction: String, domain: String) throws
    -> Chamber
  {
    try requireRegistrar(act: "chamber-add", subject: slug)
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
      throw recordRejection(
        ActRejection(.chamberExists(slug: same.slug, domain: same.domain), subject: slug),
        act: "chamber-add"
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
    let root = try currentKey(nil, .root), rootKey = try privateKey(root)
    guard let rootDER = root.certificate else {
      throw IssuanceFailure.keyUnusable(file: root.file, why: "no certificate")
    }
    let rootCertificate = try Certificate(der: rootDER)
    try mustBeUsable(root, profiles.root, else: ActRejection.Reason.rootWornOut, subject: slug)
    let country = String(jurisdiction.prefix(2))
    let policies = profiles.programmes.map { profiles.policy(of: $0) }
    let base = certificateBase
    let caKey = try keys.make(profiles.issuingCA.key == .p384 ? .p384 : .p256, file: "\(slug)-ca.key.pem")
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
    try logging(entries) { append in
      try registry.keys.add(
        chamber,
        keys: records,
        log: append,
        audit: try auditRow("chamber-add", slug, detail: ["did": JSON(chamber.did)])
      )
    }
    try publish(trustListChanged: true)
    return chamber
  }

  /// CRL and issuer certificate are signed themselves; RFC 5280 4.2.1.13 asks for http.
  private var certificateBase: String { "http://\(authority.host)/" }

  /// A chamber's credential signer: key and certificate, not yet in the register.
  private func makeSigner(_ number: Int, of chamber: Chamber, issuer ca: Certificate, issuerKey: PrivateKey) throws
    -> SigningKeyRecord
  {
    let slug = chamber.slug, file = "\(slug)-signer-\(number).key.pem"
    let key = try keys.make(profiles.signer.key == .p384 ? .p384 : .p256, file: file)
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
  public func renewSigner(of slug: String) throws -> SigningKeyRecord {
    try requireRegistrar(act: "signer-renew", subject: slug)
    guard let chamber = try registry.keys.chambers().first(where: { $0.slug == slug }) else {
      throw ActRejection(.unknownChamber, subject: slug)
    }
    let ca = try currentKey(slug, .issuingCA), old = try currentKey(slug, .signer)
    guard let caDER = ca.certificate else { throw IssuanceFailure.keyUnusable(file: ca.file, why: "no certificate") }
    try mustBeUsable(ca, profiles.issuingCA, else: ActRejection.Reason.caWornOut, subject: slug)
    // Two signers of one second would be in use at the same moment.
    guard now.seconds > old.notBefore else { throw ActRejection(.signerFresh, subject: slug) }
    let number = try registry.keys.all(chamber: slug).count { $0.purpose == .signer } + 1
    let signer = try makeSigner(number, of: chamber, issuer: try Certificate(der: caDER), issuerKey: try privateKey(ca))
    let entry = try LogEntry(
      at: now,
      chamber: Text(chamber.did),
      event: .key(.add, kid: Text(signer.kid), purpose: "signer", digest: SHA2.sha256(signer.publicKey))
    )
    try logging([entry]) { append in
      try registry.keys.replace(
        old,
        by: signer,
        log: append,
        audit: try auditRow("signer-renew", slug, detail: ["old": JSON(old.kid), "new": JSON(signer.kid)])
      )
    }
    try publish(trustListChanged: true)
    return signer
  }

  static func clipped(_ text: String, _ count: Int) -> String { String(text.prefix(count)) }

  /// A host that is founded is shorter than the rule allows: its names stand in every token and on every badge.
  static func mayBeFounded(_ host: String) -> Bool { host.utf8.count <= 100 && HostName.isValid(host.utf8) }

  static func hasControls(_ text: String) -> Bool {
    text.unicodeScalars.contains {
      $0.properties.generalCategory == .control || $0.properties.generalCategory == .format
        || $0.properties.isBidiControl
    }
  }
}
