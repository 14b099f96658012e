internal import Credentials
package import Encodings
internal import Foundation
internal import PKI
internal import Profiles
internal import Registry
internal import Storefronts
internal import TransparencyLog
internal import Vocabulary

/// The certificate files of one folder: `certs/` of the project, or wherever it was installed.
package struct ProfileSource: Sendable {
  package let folder: String
  package init(folder: String) { self.folder = folder }
}

/// Founds an authority, and adds what stands under it: chambers, signers, officers, keys of verify services.
package struct AuthoritySetup: Service {
  let session: AuthoritySession

  /// Makes a new authority: folder, root, log key, empty register, and a `public/` with a trust list that names nobody
  /// yet.
  ///
  /// - Parameters:
  ///   - host: where certificates are checked, for example `khatm.example`; it stands in every badge and never changes.
  ///   - source: `profiles/` and `platforms.yaml` are copied from there, so that a home keeps its rules when the
  ///     program is updated.
  package static func found(
    _ home: Home,
    name: String,
    host: String,
    country: String,
    source: ProfileSource,
    now: Instant,
    passphrase: @escaping () throws -> [UInt8]
  ) throws -> AuthoritySession {
    guard !home.exists else { throw IssuanceFailure.homeExists(path: home.path) }
    guard mayBeFounded(host) else { throw ActRejection(.hostInvalid(host), subject: host) }
    guard (1...64).contains(name.unicodeScalars.count), !hasControls(name) else {
      throw ActRejection(.nameLength(field: "name", longest: 64), subject: name)
    }
    let profiles = try Home.profiles(in: source.folder + "/profiles")
    let offered = try Home.platforms(at: source.folder + "/platforms.yaml")
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
    let today = CivilDate(of: now).description
    let stated = offered.version.string
    try Files.replace(
      home.platformsPath,
      with: Array(table.replacing("version: \"\(stated)\"", with: "version: \"\(max(stated, today))\"").utf8)
    )
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
      audit: AuditTrail.row(
        after: nil,
        at: now,
        officer: ActingOfficer.registrarName,
        act: AuditedAct(
          .initialize,
          on: host,
          detail: ["name": JSON(name), "root": JSON(Hex.encode(certificate.sha256))]
        )
      ) { try logKey.sign(SigningContext.audit.message($0), algorithm: .eddsa) }
    )
    try Files.move(draft, to: home.registryPath)
    // Opened anew: the connection above knows the file by its first name, and would put its journal beside that.
    let session = AuthoritySession(
      contents: try HomeContents(home, registry: try home.openRegistry(), authority: authority),
      actor: .registrar,
      now: now,
      clock: { now },
      keys: (keys, keys),
      lock: lock
    )
    try session.publisher.publish()
    return session
  }

  /// A host that is founded is shorter than the rule allows: its names stand in every token and on every badge.
  static func mayBeFounded(_ host: String) -> Bool { host.utf8.count <= 100 && HostName.isValid(host.utf8) }

  static func hasControls(_ text: String) -> Bool {
    text.unicodeScalars.contains {
      $0.properties.generalCategory == .control || $0.properties.generalCategory == .format
        || $0.properties.isBidiControl
    }
  }

  static func clipped(_ text: String, _ count: Int) -> String { String(text.prefix(count)) }
}
