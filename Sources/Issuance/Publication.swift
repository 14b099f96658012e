internal import Credentials
internal import Directory
internal import Encodings
internal import Foundation
internal import PKI
internal import Profiles
internal import Registry
internal import Support
internal import Storefronts
internal import TransparencyLog
internal import Vocabulary

/// What one publication wrote.
public struct PublishedChanges: Sendable {
  /// Signed lists and keys, by their path below `public/`.
  public let files: [String]
  /// Records of the directory that were written.
  public let certificates: Int
}

extension Office {
  /// Records written to the directory in one transaction.
  private static let recordsPerWrite = 1_000
  /// Tiles held at once, of at most some 80 kB each.
  private static let tilesPerWrite = 128

  /// Brings `public/` up to what the register says. It can be repeated: it finds out by itself what is missing or due,
  /// so that the next command completes what a crash interrupted. The steps are those of `docs/DESIGN.md`, publication.
  @discardableResult
  public func publish(trustListChanged: Bool = false, everything: Bool = false) throws -> PublishedChanges {
    // Publication step 1: find.
    defer { early?.wait(); early = nil }
    var (pending, newest) = try registry.publications.unpublished(besides: early?.given ?? [])
    // A public/ that was lost is made again whole: a number that the directory does not know would be called forged.
    let lost = !FileManager.default.fileExists(atPath: "\(home.publicPath)/directory.sqlite")
    if everything || lost { pending = try registry.credentials.matching(CredentialFilter()) }
    var files: [Publishable] = []
    var entries: [LogEntry] = []

    // Publication step 2: sign.
    // Lists in which a bit changed, never published, or due.
    let changed = pending.filter { $0.state != .active || $0.statement != nil }
    let touched = Set(
      changed.map { "\($0.chamber)/\($0.revocation.series)" } + changed.map { "\($0.chamber)/\($0.suspension.series)" }
    )
    for list in try registry.publications.statusLists() {
      let path = "status/\(list.chamber)/\(list.purpose.rawValue)/\(list.series)"
      guard try everything || touched.contains("\(list.chamber)/\(list.series)") || isDue(path) else { continue }
      let desk = try SigningDesk(office: self, chamber: list.chamber)
      var bits = BitstringStatusList(count: profiles.authority.statusList.entries)
      for index in try registry.publications.setIndices(of: list) { bits.set(Int64(index), to: true) }
      let until = now.adding(seconds: Int64(profiles.authority.statusList.lifeHours) * 3_600)
      let token = try desk.sign(
        statusList: bits,
        purpose: list.purpose,
        url: "https://\(authority.host)/\(path)",
        at: now,
        until: until
      )
      files.append(
        Publishable(
          path: path,
          bytes: token,
          due: now.seconds + Int64(profiles.authority.statusList.renewAfterHours) * 3_600
        )
      )
      entries.append(
        try LogEntry(
          at: now,
          chamber: Text(desk.chamber.did),
          event: .statusList(url: Text("https://\(authority.host)/\(path)"), digest: SHA2.sha256(token))
        )
      )
    }
    if try everything || trustListChanged || isDue(Self.trustListPath) {
      let (file, entry) = try trustList()
      files.append(file); entries.append(entry)
      files += try keyFiles()
    } else {
      files += try keyFiles().filter { !FileManager.default.fileExists(atPath: "\(home.publicPath)/\($0.path)") }
    }
    files += try revocationLists(everything: everything)
    // Publication step 3: commit the entries that name them.
    if !entries.isEmpty {
      try logging(entries) { append in
        try registry.log.append(append, audit: try auditRow("publish", "\(files.count) files"))
      }
    }

    // Publication step 4: tiles.
    try writeTiles()
    // Publication step 5: files.
    for file in files { try Files.replace("\(home.publicPath)/\(file.path)", with: file.bytes) }
    // Publication step 6: directory.
    try early?.finish()
    let directory = try DirectoryFile.writable(at: "\(home.publicPath)/directory.sqlite")
    // Proofs of control change the record and no list.
    let statements = try registry.bindings.statements(all: everything || lost),
      bindings = Dictionary(uniqueKeysWithValues: statements.map { ($0.credential, $0.statement) })
    let known = Set(pending.map(\.seq))
    pending += try statements.map(\.credential).filter { !known.contains($0) }.compactMap {
      try registry.credentials.find(seq: $0)
    }
    // While one chunk is written, the next is read from its signed bytes.
    let chunks = stride(from: 0, to: pending.count, by: Self.recordsPerWrite).map {
      Array(pending[$0..<min($0 + Self.recordsPerWrite, pending.count)])
    }
    func read(_ index: Int) -> BackgroundResult<[PublicRecord]>? {
      guard index < chunks.count else { return nil }
      return BackgroundResult(on: .global(qos: .userInitiated)) { [chunk = chunks[index]] in
        try parallelMap(chunk) { try Self.publicRecord($0, bindings: bindings[$0.seq]) }
      }
    }
    var next = read(0)
    for index in chunks.indices {
      let records = try next?.get() ?? []
      next = read(index + 1)
      try directory.put(records)
    }
    if let head = try registry.log.head() {
      try Files.replace("\(home.publicPath)/checkpoint", with: try checkpointToShow(Array(head.note.utf8)))
      // Publication step 7: checkpoint, and its second record.
      try Files.replace(home.rollbackGuardPath, with: Array(head.note.utf8))
    }
    if !statements.isEmpty { try registry.bindings.markPublished(statements) }
    if !files.isEmpty || newest != nil {
      try registry.publications.record(
        files.map { .init(path: $0.path, at: now.seconds, due: $0.due) },
        upTo: newest,
        at: max(now, clock()).seconds
      )
    }
    return PublishedChanges(files: files.map(\.path), certificates: pending.count)
  }

  /// For `khatm publish`: abandons unfinished reservations, lapses expired certificates, then publishes.
  @discardableResult
  public func finishAndPublish(everything: Bool) throws -> PublishedChanges {
    // Recovery step 4: abandon.
    try finishInterrupted()
    _ = try lapse()
    // Recovery step 5: publish.
    return try publish(everything: everything)
  }

  /// Nil if there is no directory. The next publication rebuilds it completely.
  func earlyRecords() throws -> EarlyRecords? {
    let path = "\(home.publicPath)/directory.sqlite"
    if early == nil, FileManager.default.fileExists(atPath: path) {
      early = EarlyRecords(try DirectoryFile.writable(at: path))
    }
    return early
  }

  struct Publishable { let path: String, bytes: [UInt8]; let due: Int64 }
  static let trustListPath = ".well-known/chamber-trust-list.jwt"
  /// For what never runs out.
  static let never = Int64.max / 2

  private func isDue(_ path: String) throws -> Bool {
    guard let last = try registry.publications.find(path) else { return true }
    return last.due <= now.seconds || !FileManager.default.fileExists(atPath: "\(home.publicPath)/\(path)")
  }

  // MARK: what is signed

  private func trustList() throws -> (Publishable, LogEntry) {
    let root = try currentKey(nil, .root), rootKey = try privateKey(root)
    guard let rootDER = root.certificate else {
      throw IssuanceFailure.keyUnusable(file: root.file, why: "no certificate")
    }
    let sequence = try registry.publications.next("trust-list")
    var entities: [TrustList.Entity] = []
    for chamber in try registry.keys.chambers() { entities.append(try entity(chamber)) }
    let base = "https://\(authority.host)"
    var list = TrustList(
      issuer: Text(base),
      subject: Text(base + "/" + Self.trustListPath),
      issuedAt: now.seconds,
      expires: now.adding(days: Int64(profiles.authority.trustList.lifeDays)).seconds,
      sequenceNumber: sequence,
      nextUpdate: now.adding(days: Int64(profiles.authority.trustList.nextUpdateDays)),
      schemeName: Text(authority.name),
      schemeTerritory: Text(try territory(rootDER)),
      policy: Text(base + "/policy/v1"),
      entities: entities
    )
    list.logKeys = try registry.keys.all(chamber: nil).filter { $0.purpose == .log }.map { Text($0.kid) }
    list.answerKeys = try answerKeys()
    list.pointers = try pointers()
    list.platforms = .init(version: platforms.version, sha256: SHA2.sha256(platforms.json()))
    list.programmeRules = profiles.programmes.map { programme in
      .init(
        id: Text(programme.id),
        tier: programme.tier.map { Text($0) },
        policy: Text(profiles.policy(of: programme)),
        maxDays: Int64(programme.validityDays),
        logged: programme.log == .required,
        title: [
          "ar": Text(programme.badgeTitle.ar), "en": Text(programme.badgeTitle.en), "fr": Text(programme.badgeTitle.fr),
          "zh": Text(programme.badgeTitle.zh),
        ]
      )
    }
    let token = try list.sign(root: rootKey, rootCertificate: rootDER)
    // Half of the time to the next update: a dead publisher is noticed before readers are.
    let due = now.seconds + Int64(profiles.authority.trustList.nextUpdateDays) * 43_200
    return (
      Publishable(path: Self.trustListPath, bytes: token, due: due),
      try LogEntry(
        at: now,
        chamber: Text("did:web:\(authority.host)"),
        event: .trustList(sequence: sequence, digest: SHA2.sha256(token))
      )
    )
  }

  private func territory(_ rootDER: [UInt8]) throws -> String {
    let subject = try Certificate(der: rootDER).subject
    return subject.split(separator: ",").first { $0.hasPrefix("C=") }.map { String($0.dropFirst(2)) } ?? "AE"
  }

  /// A chamber's place in the list: one service for companies of its territory, one for those abroad, since each has
  /// its own register prefix.
  private func entity(_ chamber: Chamber) throws -> TrustList.Entity {
    let history = try registry.keys.recognitionHistory(of: chamber.slug)
    let records = try registry.keys.all(chamber: chamber.slug)
    let keys = try records.compactMap { record in
      try record.listedAlgorithm.map { algorithm in
        // A retired signer was in use until the second in which its successor began: a copy of it that turned up later
        // could only sign with an earlier date, and the log knows of no such thing.
        let successor =
          record.purpose == .signer
          ? records.filter { $0.purpose == .signer && $0.notBefore > record.notBefore }.map(\.notBefore).min() : nil
        return TrustList.Key(
          try PublicKey(subjectPublicKeyInfo: record.publicKey),
          keyID: Text(record.kid),
          algorithm: algorithm,
          purpose: .credential,
          notBefore: record.notBefore,
          expires: min(record.notAfter, successor.map { $0 + 1 } ?? .max)
        )
      }
    }
    func service(_ programmes: [Programme], prefixes: [String]) -> TrustList.Service {
      let changes = history.compactMap { change in
        TrustList.Status(rawValue: change.status.rawValue).map {
          TrustList.StatusChange($0, since: Instant(seconds: change.since))
        }
      }
      var service = TrustList.Service(
        status: changes.last ?? .init(.granted, since: Instant(seconds: chamber.statusSince))
      )
      service.previous = Array(changes.dropLast())
      service.credentialTypes = unique(programmes.map { Text($0.credentialType) })
      service.programmes = programmes.map { Text($0.id) }
      service.tiers = unique(programmes.compactMap { $0.tier.map { Text($0) } })
      service.subjectIdentifierPrefixes = prefixes.map { Text($0) }
      service.issuingCAs = records.filter { $0.purpose == .issuingCA }.compactMap {
        $0.certificate.map { TrustList.IssuingCA($0) }
      }
      service.keys = keys
      service.statusLists = [Text("https://\(authority.host)/status/\(chamber.slug)/")]
      return service
    }
    let own = RegisterNumbers.prefix(jurisdiction: chamber.jurisdiction)
    let abroad = profiles.programmes.filter { $0.territory == .outside }
    return TrustList.Entity(
      id: Text(chamber.did),
      name: Text(chamber.nameEn),
      jurisdiction: Text(chamber.jurisdiction),
      services: [
        service(profiles.programmes.filter { $0.territory == .inside }, prefixes: [own]),
        service(abroad + profiles.programmes.filter { $0.territory == .any }, prefixes: ["NTR"]),
      ]
    )
  }

  private func unique(_ texts: [Text]) -> [Text] { texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }

  /// Certificates, key documents, the platform table, the context: what changes only with the chambers.
  private func keyFiles() throws -> [Publishable] {
    var files: [Publishable] = []
    func add(_ path: String, _ bytes: [UInt8]) { files.append(Publishable(path: path, bytes: bytes, due: Self.never)) }
    for record in try registry.keys.all(chamber: nil) where record.purpose == .root {
      guard let der = record.certificate else { continue }
      add("certs/root.pem", Array(try Certificate(der: der).pem.utf8)); add("certs/root.cer", der)
    }
    for chamber in try registry.keys.chambers() {
      let records = try registry.keys.all(chamber: chamber.slug)
      for record in records {
        guard let der = record.certificate else { continue }
        let name = "certs/" + record.file.replacingOccurrences(of: ".key.pem", with: "")
        add(name + ".pem", Array(try Certificate(der: der).pem.utf8)); add(name + ".cer", der)
      }
      // Signers first: a reader that takes the first method of the document takes what signs the primary form.
      let listed = records.filter { $0.purpose == .signer } + records.filter { $0.purpose != .signer }
      let methods = try listed.filter { $0.state != .revoked }.compactMap { record in
        let key = try PublicKey(subjectPublicKeyInfo: record.publicKey)
        guard record.purpose != .dataIntegrity else {
          return try DIDDocument.VerificationMethod(did: Text(chamber.did), multikey: key)
        }
        return record.listedAlgorithm.map {
          DIDDocument.VerificationMethod(did: Text(chamber.did), jwk: key, algorithm: $0)
        }
      }
      let document = DIDDocument(
        id: Text(chamber.did),
        alsoKnownAs: [Text("https://\(chamber.domain)/")],
        methods: methods
      )
      add("did/\(chamber.domain)/did.json", document.json.canonical())
      // The address of one JWK, which the `kid` of an Open Badges envelope must answer (Open Badges 3.0, 8.2).
      for record in records where [.signer, .openBadge].contains(record.purpose) && record.state != .revoked {
        let key = try PublicKey(subjectPublicKeyInfo: record.publicKey)
        add("keys/\(JWK.thumbprint(of: key))", JSON.object(JWK(publicKey: key).json).canonical())
      }
    }
    add("platforms.json", platforms.json())
    add("ns/membership/v1", MembershipContext.bytes(host: Text(authority.host)))
    add(
      "authority.json",
      JSON.object(JSONObject(["host": JSON(authority.host), "name": JSON(authority.name), "log": JSON(logOrigin)]))
        .canonical()
    )
    return files
  }

  private func revocationLists(everything: Bool) throws -> [Publishable] {
    var files: [Publishable] = []
    var authorities:
      [(path: String, record: SigningKeyRecord, profile: CertificateProfile, subjects: [SigningKeyRecord])] = []
    let chambers = try registry.keys.chambers()
    authorities.append(
      (
        "crl/root.crl", try currentKey(nil, .root), profiles.root,
        try chambers.flatMap { try registry.keys.all(chamber: $0.slug).filter { $0.purpose == .issuingCA } }
      )
    )
    for chamber in chambers {
      authorities.append(
        (
          "crl/\(chamber.slug).crl", try currentKey(chamber.slug, .issuingCA), profiles.issuingCA,
          try registry.keys.all(chamber: chamber.slug).filter { $0.purpose == .signer }
        )
      )
    }
    for (path, record, profile, subjects) in authorities {
      guard let rules = profile.crl, let der = record.certificate, try everything || isDue(path) else { continue }
      let revoked = try subjects.filter { $0.state == .revoked }.compactMap { subject -> RevokedCertificate? in
        guard let certificate = subject.certificate, let at = subject.revokedAt else { return nil }
        return RevokedCertificate(serial: try Certificate(der: certificate).serial, at: at, reason: nil)
      }
      let list = try CertificateAuthority.makeCRL(
        issuer: try Certificate(der: der),
        key: try privateKey(record),
        number: try registry.publications.next(path),
        thisUpdate: now.seconds,
        nextUpdate: now.adding(days: Int64(rules.lifeDays)).seconds,
        revoked: revoked
      )
      files.append(Publishable(path: path, bytes: list.der, due: now.seconds + Int64(rules.renewAfterHours) * 3_600))
    }
    return files
  }

  // MARK: what is derived

  private func writeTiles() throws {
    guard let head = try registry.log.head() else { return }
    let published = try Files.read(home.publicPath + "/checkpoint", limit: 1 << 20).map(Self.size(ofNote:)) ?? 0
    guard published < head.size else { return }
    var bundle: (first: Int64, entries: [[UInt8]]) = (-1, [])
    var files: [(path: String, bytes: [UInt8])] = []
    try Tile.publish(
      from: UInt64(published),
      to: UInt64(head.size),
      hashes: LogBook.hashes(in: registry),
      entry: { index in
        let first = Int64(index) / 256 * 256
        if bundle.first != first { bundle = (first, try registry.log.entries(first..<(first + 256))) }
        return bundle.entries[Int(Int64(index) - first)]
      },
      write: { tile, bytes in
        files.append(("\(home.publicPath)/\(tile.path)", bytes))
        if files.count == Self.tilesPerWrite { try Files.create(files); files = [] }
      }
    )
    try Files.create(files)
  }

  @Sendable private static func publicRecord(_ record: CredentialRecord, bindings: [UInt8]?) throws -> PublicRecord {
    guard let parts = record.parts, let payload = try? FlatJSON.object(parts.payload) else {
      throw IssuanceFailure.registryTampered(table: "credential", row: record.id)
    }  // what is not JSON was not written by us
    let facts = RecordFacts(payload)
    return PublicRecord(
      id: record.id,
      header: parts.header,
      payload: parts.payload,
      signature: parts.signature,
      chamber: record.chamber,
      programme: record.programme,
      registerID: facts.registerID,
      names: facts.names,
      validUntil: record.validUntil,
      statement: record.statement,
      leaf: record.leaf,
      salt: record.salt,
      replacedBy: record.replacedBy,
      pageKeys: facts.pageKeys,
      bindings: bindings
    )
  }

  /// For display: SHA-256 of the root certificate, hexadecimal.
  public func rootFingerprint() throws -> String {
    guard let der = try currentKey(nil, .root).certificate else {
      throw IssuanceFailure.keyUnusable(file: "root", why: "no certificate")
    }
    return Hex.encode(SHA2.sha256(der))
  }
}
