public import Credentials
import Directory
public import Encodings
public import Foundation
import PKI
import Storefronts
public import TransparencyLog

/// A whole authority in a temporary folder: real keys, chain, trust list, status lists, directory. For tests of readers
/// of `public/`.
public final class SampleAuthority {
  public struct Member: Sendable {
    public var number = "1001"
    public var names: [(language: String, text: String)] = [
      ("en", "Al Noor Trading LLC"), ("ar", "شركة النور للتجارة ذ.م.م"),
    ]
    public var licence = "1256293"
    public var storefronts: [(kind: StorefrontBinding.Kind, key: String, display: String)] = [
      (.host, "site/alnoor.example", "https://alnoor.example/"),
      (.platform, "platform/souk/alnoor", "https://www.souk.example/en/s/alnoor"),
    ]
    /// Days from the sample's now.
    public var validFrom: Int64 = -30, validUntil: Int64 = 300
    public init() {}
  }

  public struct Issued: Sendable {
    public let id: CredentialID
    public let token: [UInt8]
    let record: PublicRecord
    let index: Int64
    public var leaf: Int64? { record.leaf }
    public var salt: [UInt8] { record.salt }
  }

  public static let host = "khatm.example", did = "did:web:trust.chamber.example", chamberHost = "trust.chamber.example"
  static let policy = "1.3.6.1.4.1.32473.1.1"

  public let now: Instant
  public let folder: URL
  public var path: String { folder.path }
  public var rootPEM: [UInt8] { Array(root.pem.utf8) }
  public var chamberName = "Example Chamber"
  /// Programmes the chamber may issue.
  public var sequence: Int64 = 1
  public var answerKeys: [TrustList.Key] = []
  public var chamberStatus: TrustList.Status = .granted
  /// Of the one programme.
  public var isLogRequired = true

  private let rootKey: PrivateKey, caKey: PrivateKey, signerKey: PrivateKey
  private let root: Certificate, ca: Certificate, signer: Certificate
  private var crlNumber: Int64 = 1, nextIndex: Int64 = 7
  private var revoked = BitstringStatusList(), suspended = BitstringStatusList()
  private let directory: DirectoryFile
  private let logSigner: NoteSigner
  private var tree = HashTree(), entries: [[UInt8]] = [], publishedSize: UInt64 = 0

  public init(now: Instant) throws {
    self.now = now
    folder = FileManager.default.temporaryDirectory.appending(path: "khatm-sample-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    rootKey = try PrivateKey.generate(.p384); caKey = try PrivateKey.generate(.p384);
    signerKey = try PrivateKey.generate(.p256)
    logSigner = try NoteSigner(name: Text(Self.host + "/log"), kind: .ed25519, privateKey: .generate(.ed25519))
    let from = now.adding(days: -100).seconds
    func serial() throws -> [UInt8] { CertificateTemplate.serial(random: try secureRandomBytes(16)) }
    root = try CertificateAuthority.selfSign(
      .root(
        subject: DistinguishedName(country: "AE", organization: "Sample Authority", commonName: "Sample Root"),
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
        crlURL: "http://\(Self.host)/crl/root.crl",
        caIssuersURL: "http://\(Self.host)/certs/root.cer"
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
        did: Self.did,
        policies: [Self.policy],
        crlURL: "http://\(Self.host)/crl/chamber.crl",
        caIssuersURL: "http://\(Self.host)/certs/chamber-ca.cer"
      ),
      subjectKey: signerKey.publicKey,
      issuer: ca,
      issuerKey: caKey
    )
    directory = try DirectoryFile.writable(at: folder.path + "/directory.sqlite")
    try publishKeys()
    try publishTrustList()
    try publishCRLs()
    try publishLists()
    try log(
      .key(.add, kid: keyID, purpose: "credential", digest: SHA2.sha256(signerKey.publicKey.subjectPublicKeyInfo())),
      at: now.adding(days: -100)
    )
    try publishLog()
  }

  deinit { try? FileManager.default.removeItem(at: folder) }  // a temporary folder: nothing depends on its going

  // MARK: publishing

  /// By rename, as the program does it.
  public func write(_ path: String, _ bytes: [UInt8]) throws {
    let url = folder.appending(path: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url, options: .atomic)
  }

  public func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: path))) }
  public func remove(_ path: String) throws { try FileManager.default.removeItem(at: folder.appending(path: path)) }

  private func publishKeys() throws {
    for (name, certificate) in [("root", root), ("chamber-ca", ca), ("chamber-signer-1", signer)] {
      try write("certs/\(name).pem", Array(certificate.pem.utf8))
      try write("certs/\(name).cer", certificate.der)
    }
    let method = DIDDocument.VerificationMethod(did: Text(Self.did), jwk: signerKey.publicKey, algorithm: .es256)
    try write("did/\(Self.chamberHost)/did.json", DIDDocument(id: Text(Self.did), methods: [method]).json.canonical())
    try write("platforms.json", Self.platforms)
    try write("ns/membership/v1", MembershipContext.bytes(host: Text(Self.host)))
    try write(
      "authority.json",
      JSON.object(JSONObject(["host": JSON(Self.host), "name": "Sample Authority", "log": JSON(Self.host + "/log")]))
        .canonical()
    )
  }

  // MARK: the log

  /// Adds an entry; `publishLog` shows it.
  @discardableResult public func log(_ event: LogEntry.Event, at moment: Instant) throws -> UInt64 {
    let entry = try LogEntry(at: moment, chamber: Text(Self.did), event: event).bytes
    try tree.append(leafHash: Merkle.leafHash(entry))
    entries.append(entry)
    return UInt64(entries.count - 1)
  }

  /// Tiles first, the checkpoint last.
  public func publishLog(checkpoint: Bool = true) throws {
    let entries = entries
    try Tile.publish(from: publishedSize, to: tree.size, hashes: tree.reader, entry: { entries[Int($0)] }) {
      tile,
      bytes in try write(tile.path, bytes)
    }
    publishedSize = tree.size
    if checkpoint {
      try write(
        "checkpoint",
        try logSigner.sign(try Checkpoint(origin: logSigner.verifierKey.name, size: tree.size, root: tree.root)).bytes
      )
    }
  }

  /// Another log of the same size under the same key, as a fork would show it.
  public func publishFork() throws {
    var fork = HashTree(), forged = entries
    forged[0] = try LogEntry(
      at: now.adding(days: -99),
      chamber: Text(Self.did),
      event: .key(.add, kid: "did:web:nobody.example#1", purpose: "credential", digest: SHA2.sha256([1]))
    ).bytes
    for entry in forged { try fork.append(leafHash: Merkle.leafHash(entry)) }
    try Tile.publish(from: 0, to: fork.size, hashes: fork.reader, entry: { forged[Int($0)] }) { tile, bytes in
      try write(tile.path, bytes)
    }
    try write(
      "checkpoint",
      try logSigner.sign(try Checkpoint(origin: logSigner.verifierKey.name, size: fork.size, root: fork.root)).bytes
    )
  }

  public func publishTrustList(host: String = SampleAuthority.host, expiresIn days: Int64 = 30) throws {
    var service = TrustList.Service(
      status: .init(chamberStatus, since: chamberStatus == .granted ? now.adding(days: -100) : now.adding(days: -1))
    )
    if chamberStatus != .granted { service.previous = [.init(.granted, since: now.adding(days: -100))] }
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
        purpose: .credential,
        notBefore: signer.notBefore,
        expires: signer.notAfter
      )
    ]
    service.statusLists = [Text("https://\(Self.host)/status/chamber/")]
    var list = TrustList(
      issuer: Text("https://\(host)"),
      subject: Text("https://\(host)/.well-known/chamber-trust-list.jwt"),
      issuedAt: now.adding(days: -1).seconds,
      expires: now.adding(days: days).seconds,
      sequenceNumber: sequence,
      nextUpdate: now.adding(days: days),
      schemeName: "Sample Authority",
      schemeTerritory: "AE",
      policy: Text("https://\(host)/policy/v1"),
      entities: [
        TrustList.Entity(id: Text(Self.did), name: Text(chamberName), jurisdiction: "AE-DU", services: [service])
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
    try write(".well-known/chamber-trust-list.jwt", try list.sign(root: rootKey, rootCertificate: root.der))
  }

  public func publishCRLs(nextUpdateIn days: Int64 = 30, revokeSigner: Bool = false) throws {
    crlNumber += 1
    let update = now.adding(days: -1).seconds, next = now.adding(days: days).seconds
    try write(
      "crl/root.crl",
      try CertificateAuthority.makeCRL(
        issuer: root,
        key: rootKey,
        number: crlNumber,
        thisUpdate: update,
        nextUpdate: next,
        revoked: []
      ).der
    )
    let gone =
      revokeSigner ? [RevokedCertificate(serial: signer.serial, at: now.adding(days: -2).seconds, reason: nil)] : []
    try write(
      "crl/chamber.crl",
      try CertificateAuthority.makeCRL(
        issuer: ca,
        key: caKey,
        number: crlNumber,
        thisUpdate: update,
        nextUpdate: next,
        revoked: gone
      ).der
    )
  }

  /// - Parameter age: seconds since the lists were made.
  public func publishLists(age: Int64 = 10, life: Int64 = 86_400) throws {
    for (purpose, bits) in [("revocation", revoked), ("suspension", suspended)] {
      let url = "https://\(Self.host)/status/chamber/\(purpose)/1", made = now.adding(seconds: -age)
      let list = StatusListCredential(
        id: Text(url),
        issuer: Text(Self.did),
        purpose: Text(purpose),
        validFrom: made,
        validUntil: made.adding(seconds: life),
        issuedAt: made.seconds,
        list: bits
      )
      try write("status/chamber/\(purpose)/1", try sign(try list.payload()))
    }
  }

  // MARK: credentials

  private var keyID: Text { Text("\(Self.did)#\(JWK(publicKey: signerKey.publicKey).thumbprint)") }
  private var header: JSONObject {
    [
      "typ": "vc+jwt", "cty": "vc", "kid": .string(keyID),
      "x5c": [JSON(Base64.encode(signer.der)), JSON(Base64.encode(ca.der))],
    ]
  }
  private func sign(_ payload: JSONObject) throws -> [UInt8] {
    try CompactJWS.sign(header: header, payload: payload.canonical(), key: signerKey, algorithm: .es256)
  }

  /// The payload as the chamber would sign it.
  public func payload(_ member: Member, id: CredentialID, index: Int64) -> JSONObject {
    var organization = MembershipCredential.Organization()
    organization.names = member.names.map {
      LocalizedText(Text($0.text), language: Text($0.language), direction: $0.language == "ar" ? .rtl : nil)
    }
    organization.organizationIdentifier = Text("NTRAE+DU-\(member.licence)")
    organization.registrationNumber = Text(member.licence)
    organization.registrationAuthority = "https://register.example/"
    organization.jurisdictionCode = "AE-DU"
    organization.legalFormText = "Limited Liability Company"
    organization.membershipNumber = Text(member.number)
    organization.membershipTier = "trusted"
    organization.memberSince = now.adding(days: -900)
    organization.storefronts = member.storefronts.map {
      StorefrontBinding($0.kind, key: Text($0.key), display: Text($0.display))
    }
    let from = now.adding(days: member.validFrom), base = "https://\(Self.chamberHost)"
    return MembershipCredential(
      id: MembershipCredential.id(id, host: Self.host),
      name: "Trusted Membership",
      context: Text("https://\(Self.host)/ns/membership/v1"),
      contextDigest: MembershipContext.digestSRI(host: Text(Self.host)),
      issuer: .init(id: Text(Self.did), name: Text(chamberName), url: Text(base + "/")),
      validFrom: from,
      validUntil: now.adding(days: member.validUntil),
      awardedDate: from,
      subject: Text("\(base)/org/\(member.number)"),
      achievement: .init(
        id: Text("\(base)/achievements/trusted-membership/v1"),
        type: "Membership",
        name: "Trusted Membership",
        description: "A member in good standing.",
        criteria: "Licence, fees and premises were checked."
      ),
      licenseNumber: Text(member.number),
      organization: organization,
      statuses: [
        StatusEntry(
          purpose: "revocation",
          index: index,
          list: Text("https://\(Self.host)/status/chamber/revocation/1")
        ),
        StatusEntry(
          purpose: "suspension",
          index: index,
          list: Text("https://\(Self.host)/status/chamber/suspension/1")
        ),
      ],
      issuedAt: from.seconds > now.seconds ? now.adding(days: -1).seconds : from.seconds
    ).payload
  }

  /// - Parameters:
  ///   - listed: whether the directory has it.
  ///   - logged: whether the log has it, and the folder shows so.
  @discardableResult public func issue(_ member: Member = Member(), listed: Bool = true, logged: Bool = true) throws
    -> Issued
  {
    let id = CredentialID(random: try secureRandomBytes(10)), index = nextIndex
    nextIndex += 13
    let payload = payload(member, id: id, index: index), token = try sign(payload),
      salt = try secureRandomBytes(CredentialHandle.saltBytes)
    let handle = try CredentialHandle(salt: salt, token: token, id: Text(id.description))
    let leaf =
      logged
      ? try log(.issue(handle, programme: "trusted-membership"), at: Instant(seconds: payload["iat"]?.int ?? 0)) : nil
    let issued = try put(token, id: id, member: member, index: index, listed: listed, leaf: leaf, salt: salt)
    if logged { try publishLog() }
    return issued
  }

  /// The token of an issued credential again, signed over other claims: what a stolen key makes.
  public func resign(_ issued: Issued, _ member: Member) throws -> [UInt8] {
    try sign(payload(member, id: issued.id, index: issued.index))
  }

  /// The Open Badges envelope of an issued credential, or of one with other claims.
  public func openBadge(_ issued: Issued, _ change: (inout JSONObject) -> Void = { _ in }) throws -> [UInt8] {
    let credential = try MembershipCredential(payload: try JSONObject.parse(issued.record.payload))
    guard var payload = OpenBadge.payload(of: credential) else { return [] }
    change(&payload)
    let header = OpenBadge.header(
      keyURL: OpenBadge.keyURL(signerKey.publicKey, host: Text(Self.host)),
      algorithm: .es256
    )
    return try CompactJWS.sign(header: header, payload: payload.canonical(), key: signerKey, algorithm: .es256)
  }

  /// Signed by a key of somebody else who took the chamber's name, number and certificates.
  public func forge(_ member: Member = Member()) throws -> Issued {
    let id = CredentialID(random: try secureRandomBytes(10)), other = try PrivateKey.generate(.p256)
    let token = try CompactJWS.sign(
      header: header,
      payload: payload(member, id: id, index: 3).canonical(),
      key: other,
      algorithm: .es256
    )
    return try put(token, id: id, member: member, index: 3, listed: true)
  }

  /// Any token under any number: what a corrupted directory could hold.
  public func put(_ token: [UInt8], under id: CredentialID) throws {
    _ = try put(token, id: id, member: Member(), index: 1, listed: true)
  }

  /// A row as somebody who may write to the directory would put it there.
  public func put(_ issued: Issued, token: [UInt8]? = nil, leaf: Int64?, salt: [UInt8]? = nil) throws {
    let jws = try CompactJWS.parse(token ?? issued.token), old = issued.record
    try directory.put([
      PublicRecord(
        id: old.id,
        header: jws.headerBytes,
        payload: jws.payload,
        signature: jws.signature,
        chamber: old.chamber,
        programme: old.programme,
        registerID: old.registerID,
        names: old.names,
        validUntil: old.validUntil,
        statement: old.statement,
        leaf: leaf,
        salt: salt ?? old.salt,
        replacedBy: old.replacedBy,
        pageKeys: old.pageKeys
      )
    ])
  }

  private func put(
    _ token: [UInt8],
    id: CredentialID,
    member: Member,
    index: Int64,
    listed: Bool,
    leaf: UInt64? = nil,
    salt: [UInt8] = [1]
  ) throws -> Issued {
    let jws = try CompactJWS.parse(token)
    let record = PublicRecord(
      id: id.description,
      header: jws.headerBytes,
      payload: jws.payload,
      signature: jws.signature,
      chamber: "chamber",
      programme: "trusted-membership",
      registerID: "NTRAE+DU-\(member.licence)",
      names: member.names.map(\.text),
      validUntil: now.adding(days: member.validUntil).seconds,
      statement: nil,
      leaf: leaf.map { Int64($0) },
      salt: salt,
      replacedBy: nil,
      pageKeys: member.storefronts.map(\.key)
    )
    if listed { try directory.put([record]) }
    return Issued(id: id, token: token, record: record, index: index)
  }

  public func suspend(_ issued: Issued, daysAgo: Int64 = 2) throws {
    suspended.set(issued.index, to: true)
    try logAct(issued, daysAgo) { .suspend($0, programme: "trusted-membership", reason: "other") }
    try state("suspended", issued, at: now.adding(days: -daysAgo), by: nil)
  }

  public func revoke(_ issued: Issued, daysAgo: Int64 = 2, replacedBy: CredentialID? = nil) throws {
    revoked.set(issued.index, to: true)
    try logAct(issued, daysAgo) { .revoke($0, programme: "trusted-membership", reason: "other") }
    try state(replacedBy == nil ? "revoked" : "superseded", issued, at: now.adding(days: -daysAgo), by: replacedBy)
  }

  private func logAct(_ issued: Issued, _ daysAgo: Int64, _ event: (CredentialHandle) -> LogEntry.Event) throws {
    guard issued.record.leaf != nil else { return }
    try log(
      event(try CredentialHandle(salt: issued.record.salt, token: issued.token, id: Text(issued.id.description))),
      at: now.adding(days: -daysAgo)
    )
  }

  /// The chamber's word about one page of a credential; a negative number of days: the proof has run out.
  public func prove(_ issued: Issued, key: String, reproveIn days: Int64, state: BindingStatement.State = .proved)
    throws
  {
    let since = now.adding(days: min(days, 0) - 5)
    let statement = BindingStatement(
      issuer: Text(Self.did),
      subject: Text(BadgeLink.url(issued.id, host: Self.host)),
      at: since,
      pages: [
        .init(
          key: Text(key),
          state: state,
          since: since,
          provedAt: since,
          reproveBy: now.adding(days: days),
          method: "well_known"
        )
      ]
    )
    let token = try CompactJWS.sign(
      header: ["typ": JSON(BindingStatement.tokenType), "kid": .string(keyID)],
      payload: statement.payload.canonical(),
      key: signerKey,
      algorithm: .es256
    )
    let old = issued.record
    try directory.put([
      PublicRecord(
        id: old.id,
        header: old.header,
        payload: old.payload,
        signature: old.signature,
        chamber: old.chamber,
        programme: old.programme,
        registerID: old.registerID,
        names: old.names,
        validUntil: old.validUntil,
        statement: old.statement,
        leaf: old.leaf,
        salt: old.salt,
        replacedBy: old.replacedBy,
        pageKeys: old.pageKeys,
        bindings: token
      )
    ])
  }

  private func state(_ state: String, _ issued: Issued, at moment: Instant, by: CredentialID?) throws {
    let statement = StatusStatement(
      issuer: Text(Self.did),
      subject: Text(BadgeLink.url(issued.id, host: Self.host)),
      state: Text(state),
      at: moment,
      replacedBy: by.map { Text($0.description) }
    )
    let token = try CompactJWS.sign(
      header: ["typ": JSON(StatusStatement.tokenType), "kid": .string(keyID)],
      payload: statement.payload.canonical(),
      key: signerKey,
      algorithm: .es256
    )
    let old = issued.record
    try directory.put([
      PublicRecord(
        id: old.id,
        header: old.header,
        payload: old.payload,
        signature: old.signature,
        chamber: old.chamber,
        programme: old.programme,
        registerID: old.registerID,
        names: old.names,
        validUntil: old.validUntil,
        statement: token,
        leaf: old.leaf,
        salt: old.salt,
        replacedBy: by?.description,
        pageKeys: old.pageKeys
      )
    ])
    try publishLists(age: 5)
    try publishLog()
  }

  /// Two invented marketplaces: the account in a path, and in the host.
  public static let platforms: [UInt8] = {
    let text = """
      {"format":"khatm-platforms/1","version":"2026-11-20","platforms":[
      {"id":"souk","zones":["souk.example"],"account":{"letters":"a-z0-9_-","min":3,"max":40},"fold":"lower",
       "shops":[{"host":"www.souk.example","path":"/{site}/s/{account}","site":["ar","en","fr","zh"]}],
       "selftest":[{"page":"https://www.souk.example/en/s/acme","key":"platform/souk/acme"},{"page":"https://www.souk.example/","refused":"platform_url_unknown"}]},
      {"id":"bazaar","zones":["bazaar.example"],"account":{"letters":"a-z0-9","inside":"-","min":3,"max":60},"fold":"lower","reserved":["www"],
       "shops":[{"host":"{account}.bazaar.example"}],
       "selftest":[{"page":"https://acme.bazaar.example/","key":"platform/bazaar/acme"},{"page":"https://www.bazaar.example/","refused":"platform_url_unknown"}]}]}
      """
    do {
      return try PlatformTable(json: Array(text.utf8)).json()
    } catch {
      preconditionFailure("\(error)")
    }
  }()
}
