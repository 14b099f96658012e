import Credentials
import Directory
import Encodings
import Following
import Foundation
import PKI
import Storefronts
import TransparencyLog

/// A whole authority with a log in a temporary folder: real keys, chain, lists, directory and tiles, published in the
/// order of the real one. It can also lie, which the real one cannot be made to do.
final class Town {
  struct Member {
    var number = "1001", name = "Al Noor Trading LLC", nameAr = "شركة النور للتجارة ذ.م.م", page = "alnoor.example"
    /// Days from now, and the tier.
    var validFrom: Int64 = 0, days: Int64 = 300, tier = "trusted", programme: Text = "trusted-membership"
    init() {}
    init(_ number: Int) {
      (self.number, name, nameAr, page) = (
        "\(number)", "Company Number \(number) LLC", "شركة رقم \(number)", "shop-\(number).example"
      )
    }
  }

  final class Issued {
    let id: CredentialID, token: [UInt8], salt: [UInt8], index: Int64, programme: Text
    var leaf: Int64?, state = "active", statement: [UInt8]?, record: PublicRecord
    init(id: CredentialID, token: [UInt8], salt: [UInt8], index: Int64, programme: Text, record: PublicRecord) {
      (self.id, self.token, self.salt, self.index, self.programme, self.record) = (
        id, token, salt, index, programme, record
      )
    }
    var handle: CredentialHandle {
      get throws { try CredentialHandle(salt: salt, token: token, id: Text(id.description)) }
    }
  }

  static let chamber = "did:web:trust.chamber.example", chamberHost = "trust.chamber.example",
    policy = "1.3.6.1.4.1.32473.1.1"
  static let start = Instant(seconds: 1_795_000_000)

  let host: String
  let folder: URL
  var path: String { folder.path }
  var now = Town.start
  private(set) var issued: [Issued] = []
  /// Everything that was ever in the log, and every checkpoint ever shown.
  private(set) var entries: [[UInt8]] = [], checkpoints: [[UInt8]] = []
  private var tree = HashTree(), publishedSize: UInt64 = 0, pendingRecords: [Issued] = []
  private var revoked = BitstringStatusList(), suspended = BitstringStatusList(), listsAreOld = true, trustIsOld = true
  private var sequence: Int64 = 0, nextIndex: Int64 = 7
  private let directory: DirectoryFile
  private let rootKey: PrivateKey, caKey: PrivateKey, signerKey: PrivateKey
  let logSigner: NoteSigner
  private let root: Certificate, ca: Certificate, signer: Certificate
  var answerKeys: [TrustList.Key] = [] { didSet { trustIsOld = true } }
  /// Of the one programme.
  var isLogRequired = true { didSet { trustIsOld = true } }
  var rootPEM: [UInt8] { Array(root.pem.utf8) }
  var anchor: Certificate { root }

  init(host: String = "khatm.example") throws {
    self.host = host
    folder = FileManager.default.temporaryDirectory.appending(path: "khatm-town-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    rootKey = try .generate(.p384); caKey = try .generate(.p384); signerKey = try .generate(.p256)
    logSigner = try NoteSigner(name: Text(host + "/log"), kind: .ed25519, privateKey: .generate(.ed25519))
    let from = now.adding(days: -100).seconds
    func serial() throws -> [UInt8] { CertificateTemplate.serial(random: try secureRandomBytes(16)) }
    root = try CertificateAuthority.selfSign(
      .root(
        subject: DistinguishedName(country: "AE", organization: "Sample Authority", commonName: "Root of \(host)"),
        notBefore: from,
        notAfter: now.adding(days: 4_000).seconds,
        serial: serial()
      ),
      key: rootKey
    )
    ca = try CertificateAuthority.issue(
      .issuingCA(
        subject: DistinguishedName(country: "AE", organization: "Example Chamber", commonName: "Example Chamber CA"),
        notBefore: from,
        notAfter: now.adding(days: 3_000).seconds,
        serial: serial(),
        domain: Self.chamberHost,
        policies: [Self.policy],
        crlURL: "http://\(host)/crl/root.crl",
        caIssuersURL: "http://\(host)/certs/root.cer"
      ),
      subjectKey: caKey.publicKey,
      issuer: root,
      issuerKey: rootKey
    )
    signer = try CertificateAuthority.issue(
      .signer(
        subject: DistinguishedName(
          country: "AE",
          organization: "Example Chamber",
          commonName: "Example Chamber Signer"
        ),
        notBefore: from,
        notAfter: now.adding(days: 900).seconds,
        serial: serial(),
        host: Self.chamberHost,
        did: Self.chamber,
        policies: [Self.policy],
        crlURL: "http://\(host)/crl/chamber.crl",
        caIssuersURL: "http://\(host)/certs/chamber-ca.cer"
      ),
      subjectKey: signerKey.publicKey,
      issuer: ca,
      issuerKey: caKey
    )
    directory = try DirectoryFile.writable(at: folder.path + "/directory.sqlite")
    for (name, certificate) in [("root", root), ("chamber-ca", ca), ("chamber-signer-1", signer)] {
      try write("certs/\(name).pem", Array(certificate.pem.utf8))
      try write("certs/\(name).cer", certificate.der)
    }
    let update = now.adding(days: -1).seconds, next = now.adding(days: 400).seconds
    try write(
      "crl/root.crl",
      try CertificateAuthority.makeCRL(
        issuer: root,
        key: rootKey,
        number: 1,
        thisUpdate: update,
        nextUpdate: next,
        revoked: []
      ).der
    )
    try write(
      "crl/chamber.crl",
      try CertificateAuthority.makeCRL(
        issuer: ca,
        key: caKey,
        number: 1,
        thisUpdate: update,
        nextUpdate: next,
        revoked: []
      ).der
    )
    let method = DIDDocument.VerificationMethod(did: Text(Self.chamber), jwk: signerKey.publicKey, algorithm: .es256)
    try write(
      "did/\(Self.chamberHost)/did.json",
      DIDDocument(id: Text(Self.chamber), methods: [method]).json.canonical()
    )
    try write("platforms.json", Self.platforms)
    try write("ns/membership/v1", MembershipContext.bytes(host: Text(host)))
    try write(
      "authority.json",
      JSON.object(JSONObject(["host": JSON(host), "name": "Sample Authority", "log": JSON(host + "/log")])).canonical()
    )
    try publish()
  }

  deinit { try? FileManager.default.removeItem(at: folder) }  // a temporary folder: nothing depends on its going

  // MARK: acts

  @discardableResult func issue(_ member: Member = Member(), logged: Bool = true) throws -> Issued {
    let id = CredentialID(random: try secureRandomBytes(10)), salt = try secureRandomBytes(CredentialHandle.saltBytes),
      index = nextIndex
    nextIndex += 1
    let payload = payload(member, id: id, index: index)
    let token = try CompactJWS.sign(header: header, payload: payload.canonical(), key: signerKey, algorithm: .es256),
      jws = try CompactJWS.parse(token)
    let record = PublicRecord(
      id: id.description,
      header: jws.headerBytes,
      payload: jws.payload,
      signature: jws.signature,
      chamber: "chamber",
      programme: member.programme.string,
      registerID: "NTRAE+DU-\(member.number)",
      names: [member.name, member.nameAr],
      validUntil: now.adding(days: member.validFrom + member.days).seconds,
      statement: nil,
      leaf: nil,
      salt: salt,
      replacedBy: nil,
      pageKeys: ["site/\(member.page)"]
    )
    let one = Issued(id: id, token: token, salt: salt, index: index, programme: member.programme, record: record)
    if logged { one.leaf = Int64(try log(.issue(try one.handle, programme: member.programme))) }
    issued.append(one)
    pendingRecords.append(one)
    return one
  }

  /// Acts and changes the lists, or does only one of the two.
  func act(_ act: String, _ one: Issued, reason: Text = "other", logged: Bool = true, listed: Bool = true) throws {
    if logged {
      let handle = try one.handle
      switch act {
      case "suspend": try log(.suspend(handle, programme: one.programme, reason: reason))
      case "reinstate": try log(.reinstate(handle, programme: one.programme, reason: reason))
      default: try log(.revoke(handle, programme: one.programme, reason: reason))
      }
    }
    one.state = ["suspend": "suspended", "reinstate": "active"][act] ?? "revoked"
    if listed {
      revoked.set(one.index, to: one.state == "revoked")
      suspended.set(one.index, to: one.state != "active")
      listsAreOld = true
    }
    let statement = StatusStatement(
      issuer: Text(Self.chamber),
      subject: Text(BadgeLink.url(one.id, host: host)),
      state: Text(one.state),
      at: now,
      replacedBy: nil
    )
    one.statement = try CompactJWS.sign(
      header: ["typ": JSON(StatusStatement.tokenType), "kid": .string(keyID)],
      payload: statement.payload.canonical(),
      key: signerKey,
      algorithm: .es256
    )
    pendingRecords.append(one)
  }

  @discardableResult func log(_ event: LogEntry.Event, chamber: Text = Text(Town.chamber)) throws -> UInt64 {
    let entry = try LogEntry(at: now, chamber: chamber, event: event).bytes
    return try logRaw(entry)
  }

  @discardableResult func logRaw(_ entry: [UInt8]) throws -> UInt64 {
    try tree.append(leafHash: Merkle.leafHash(entry))
    entries.append(entry)
    return UInt64(entries.count - 1)
  }

  /// Brings the folder up to date, the checkpoint last.
  func publish(records: Bool = true, lists: Bool = true, checkpoint: Bool = true) throws {
    var files: [(String, [UInt8])] = []
    if lists, listsAreOld {
      for (purpose, bits) in [("revocation", revoked), ("suspension", suspended)] {
        let url = Text("https://\(host)/status/chamber/\(purpose)/1")
        let list = StatusListCredential(
          id: url,
          issuer: Text(Self.chamber),
          purpose: Text(purpose),
          validFrom: now,
          validUntil: now.adding(seconds: 86_400),
          issuedAt: now.seconds,
          list: bits
        )
        let token = try CompactJWS.sign(
          header: header,
          payload: try list.payload().canonical(),
          key: signerKey,
          algorithm: .es256
        )
        files.append(("status/chamber/\(purpose)/1", token))
        try log(.statusList(url: url, digest: SHA2.sha256(token)))
      }
      listsAreOld = false
    }
    if trustIsOld {
      sequence += 1
      let token = try trustList()
      files.append((".well-known/chamber-trust-list.jwt", token))
      try log(.trustList(sequence: sequence, digest: SHA2.sha256(token)), chamber: Text("did:web:\(host)"))
      trustIsOld = false
    }
    let entries = entries
    try Tile.publish(from: publishedSize, to: tree.size, hashes: tree.reader, entry: { entries[Int($0)] }) {
      tile,
      bytes in try write(tile.path, bytes)
    }
    for (path, bytes) in files { try write(path, bytes) }
    if records {
      try directory.put(
        pendingRecords.map { one in
          let old = one.record
          one.record = PublicRecord(
            id: old.id,
            header: old.header,
            payload: old.payload,
            signature: old.signature,
            chamber: old.chamber,
            programme: old.programme,
            registerID: old.registerID,
            names: old.names,
            validUntil: old.validUntil,
            statement: one.statement,
            leaf: one.leaf,
            salt: old.salt,
            replacedBy: nil,
            pageKeys: old.pageKeys
          )
          return one.record
        }
      )
    }
    pendingRecords = []
    publishedSize = tree.size
    guard checkpoint else { return }
    let note = try logSigner.sign(try Checkpoint(origin: Text(host + "/log"), size: tree.size, root: tree.root)).bytes
    try write("checkpoint", note)
    checkpoints.append(note)
  }

  /// A record as somebody who may write to the directory would put it there.
  func put(_ record: PublicRecord) throws { try directory.put([record]) }

  /// Forgets the last entries, as a register does that is restored from an old copy. The files of the old tree stay
  /// where they are.
  func restore(to size: Int) throws {
    entries = Array(entries.prefix(size))
    tree = try HashTree(leafHashes: entries.map(Merkle.leafHash))
    publishedSize = 0
  }

  func write(_ path: String, _ bytes: [UInt8]) throws {
    let url = folder.appending(path: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url, options: .atomic)
  }
  func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: path))) }

  var trust: LogTrust { get throws { try LogTrust.read(.folder(path), anchor: rootPEM) } }

  // MARK: documents

  private var keyID: Text { Text("\(Self.chamber)#\(JWK(publicKey: signerKey.publicKey).thumbprint)") }
  private var header: JSONObject {
    [
      "typ": "vc+jwt", "cty": "vc", "kid": .string(keyID),
      "x5c": [JSON(Base64.encode(signer.der)), JSON(Base64.encode(ca.der))],
    ]
  }

  private func payload(_ member: Member, id: CredentialID, index: Int64) -> JSONObject {
    var organization = MembershipCredential.Organization()
    organization.names = [
      LocalizedText(Text(member.name), language: "en"),
      LocalizedText(Text(member.nameAr), language: "ar", direction: .rtl),
    ]
    organization.organizationIdentifier = Text("NTRAE+DU-\(member.number)")
    organization.registrationNumber = Text(member.number)
    organization.registrationAuthority = "https://register.example/"
    organization.jurisdictionCode = "AE-DU"
    organization.legalFormText = "Limited Liability Company"
    organization.membershipNumber = Text(member.number)
    organization.membershipTier = Text(member.tier)
    organization.memberSince = now.adding(days: -900)
    organization.storefronts = [
      StorefrontBinding(.host, key: Text("site/\(member.page)"), display: Text("https://\(member.page)/"))
    ]
    let from = now.adding(days: member.validFrom), base = "https://\(Self.chamberHost)"
    return MembershipCredential(
      id: MembershipCredential.id(id, host: host),
      name: "Trusted Membership",
      context: Text("https://\(host)/ns/membership/v1"),
      contextDigest: MembershipContext.digestSRI(host: Text(host)),
      issuer: .init(id: Text(Self.chamber), name: "Example Chamber", url: Text(base + "/")),
      validFrom: from,
      validUntil: from.adding(days: member.days),
      awardedDate: from,
      subject: Text("\(base)/org/\(member.number)"),
      achievement: .init(
        id: Text("\(base)/achievements/\(member.programme)/v1"),
        type: "Membership",
        name: "Trusted Membership",
        description: "A member in good standing.",
        criteria: "Licence, fees and premises were checked."
      ),
      licenseNumber: Text(member.number),
      organization: organization,
      statuses: [
        StatusEntry(purpose: "revocation", index: index, list: Text("https://\(host)/status/chamber/revocation/1")),
        StatusEntry(purpose: "suspension", index: index, list: Text("https://\(host)/status/chamber/suspension/1")),
      ],
      issuedAt: now.seconds
    ).payload
  }

  private func trustList() throws -> [UInt8] {
    var service = TrustList.Service(status: .init(.granted, since: Town.start.adding(days: -100)))
    service.credentialTypes = [MembershipCredential.membershipType]
    service.programmes = ["trusted-membership"]
    service.tiers = ["trusted"]
    service.subjectIdentifierPrefixes = ["NTRAE+DU-"]
    service.issuingCAs = [TrustList.IssuingCA(ca.der)]
    service.keys = [
      TrustList.Key(
        signerKey.publicKey,
        keyID: keyID,
        algorithm: .es256,
        purpose: nil,
        notBefore: signer.notBefore,
        expires: signer.notAfter
      )
    ]
    service.statusLists = [Text("https://\(host)/status/chamber/")]
    var list = TrustList(
      issuer: Text("https://\(host)"),
      subject: Text("https://\(host)/.well-known/chamber-trust-list.jwt"),
      issuedAt: Town.start.adding(days: -1).seconds,
      expires: Town.start.adding(days: 30).seconds,
      sequenceNumber: sequence,
      nextUpdate: Town.start.adding(days: 20),
      schemeName: "Sample Authority",
      schemeTerritory: "AE",
      policy: Text("https://\(host)/policy/v1"),
      entities: [
        TrustList.Entity(id: Text(Self.chamber), name: "Example Chamber", jurisdiction: "AE-DU", services: [service])
      ]
    )
    list.answerKeys = answerKeys
    list.logKeys = [Text(logSigner.verifierKey.description)]
    list.platforms = .init(version: "2026-11-20", sha256: SHA2.sha256(Self.platforms))
    list.programmeRules = [
      .init(
        id: "trusted-membership",
        tier: "trusted",
        policy: Text(Self.policy),
        maxDays: 400,
        logged: isLogRequired,
        title: ["ar": "عضوية موثوقة", "en": "Trusted membership", "fr": "Adhésion de confiance", "zh": "可信会员"]
      )
    ]
    return try list.sign(root: rootKey, rootCertificate: root.der)
  }

  static let platforms: [UInt8] = {
    let text = """
      {"format":"khatm-platforms/1","version":"2026-11-20","platforms":[
      {"id":"souk","zones":["souk.example"],"account":{"letters":"a-z0-9_-","min":3,"max":40},"fold":"lower",
       "shops":[{"host":"www.souk.example","path":"/{site}/s/{account}","site":["ar","en","fr","zh"]}],
       "selftest":[{"page":"https://www.souk.example/en/s/acme","key":"platform/souk/acme"},{"page":"https://www.souk.example/","refused":"platform_url_unknown"}]}]}
      """
    do {
      return try PlatformTable(json: Array(text.utf8)).json()
    } catch {
      preconditionFailure("\(error)")
    }
  }()
}

/// A folder that goes with the test.
final class Scratch {
  let url = FileManager.default.temporaryDirectory.appending(path: "khatm-follow-\(UUID().uuidString)")
  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: url) }  // as above
  subscript(name: String) -> String { url.appending(path: name).path }
}
