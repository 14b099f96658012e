internal import Credentials
internal import Encodings
internal import PKI
internal import Profiles
internal import Registry
internal import Storefronts
internal import TransparencyLog
internal import Vocabulary

extension Publisher {
  /// Status lists in which a bit changed, never published, or due, each with the entry that names it.
  /// - Parameter pending: certificates with something that `public/` does not tell yet.
  func statusLists(
    changedBy pending: [CredentialRecord],
    everything: Bool
  ) throws -> [(file: PendingFile, entry: LogEntry)] {
    let rules = profiles.authority.statusList
    let changed = pending.filter { $0.state != .active || $0.statement != nil }
    let touched = Set(
      changed.map { "\($0.chamber)/\($0.revocation.series)" } + changed.map { "\($0.chamber)/\($0.suspension.series)" }
    )
    var lists: [(PendingFile, LogEntry)] = []
    for list in try registry.publications.statusLists() {
      let path = "status/\(list.chamber)/\(list.purpose.rawValue)/\(list.series)"
      guard try everything || touched.contains("\(list.chamber)/\(list.series)") || needsRenewal(path) else { continue }
      let signer = try CredentialSigner(session: session, chamber: list.chamber)
      var bits = BitstringStatusList(count: rules.entries)
      for index in try registry.publications.setIndices(of: list) { bits.set(Int64(index), to: true) }
      let token = try signer.sign(
        statusList: bits,
        purpose: list.purpose,
        url: "https://\(authority.host)/\(path)",
        at: now,
        until: now.adding(seconds: Int64(rules.lifeHours) * 3_600)
      )
      let entry = try LogEntry(
        at: now,
        chamber: Text(signer.chamber.did),
        event: .statusList(url: Text("https://\(authority.host)/\(path)"), digest: SHA2.sha256(token))
      )
      lists.append(
        (PendingFile(path: path, bytes: token, due: now.seconds + Int64(rules.renewAfterHours) * 3_600), entry)
      )
    }
    return lists
  }

  func trustList() throws -> (PendingFile, LogEntry) {
    let root = try session.keys.current(.root, of: nil)
    let rootKey = try session.keys.key(of: root)
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
      nextUpdate: now.adding(days: Int64(profiles.authority.trustList.nextUpdateDays))
    )
    list.schemeName = Text(authority.name)
    list.schemeTerritory = Text(try territory(rootDER))
    list.policy = Text(base + "/policy/v1")
    list.entities = entities
    list.logKeys = try registry.keys.all(chamber: nil).filter { $0.purpose == .log }.map { Text($0.kid) }
    list.answerKeys = try answerKeys()
    list.pointers = try session.crossRecognition.pointers()
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
      PendingFile(path: Self.trustListPath, bytes: token, due: due),
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

  func revocationLists(everything: Bool) throws -> [PendingFile] {
    var files: [PendingFile] = []
    var authorities:
      [(path: String, record: SigningKeyRecord, profile: CertificateProfile, subjects: [SigningKeyRecord])] = []
    let chambers = try registry.keys.chambers()
    authorities.append(
      (
        "crl/root.crl", try session.keys.current(.root, of: nil), profiles.root,
        try chambers.flatMap { try registry.keys.all(chamber: $0.slug).filter { $0.purpose == .issuingCA } }
      )
    )
    for chamber in chambers {
      authorities.append(
        (
          "crl/\(chamber.slug).crl", try session.keys.current(.issuingCA, of: chamber.slug), profiles.issuingCA,
          try registry.keys.all(chamber: chamber.slug).filter { $0.purpose == .signer }
        )
      )
    }
    for (path, record, profile, subjects) in authorities {
      guard let rules = profile.crl, let der = record.certificate, try everything || needsRenewal(path) else {
        continue
      }
      let revoked = try subjects.filter { $0.state == .revoked }.compactMap { subject -> RevokedCertificate? in
        guard let certificate = subject.certificate, let at = subject.revokedAt else { return nil }
        return RevokedCertificate(serial: try Certificate(der: certificate).serial, at: at, reason: nil)
      }
      let list = try CertificateAuthority.makeCRL(
        issuer: try Certificate(der: der),
        key: try session.keys.key(of: record),
        number: try registry.publications.next(path),
        thisUpdate: now.seconds,
        nextUpdate: now.adding(days: Int64(rules.lifeDays)).seconds,
        revoked: revoked
      )
      files.append(PendingFile(path: path, bytes: list.der, due: now.seconds + Int64(rules.renewAfterHours) * 3_600))
    }
    return files
  }
}
