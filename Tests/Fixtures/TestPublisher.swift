public import Credentials
import Directory
public import Encodings
public import Foundation
public import PKI
public import TransparencyLog

/// A `TestAuthority` of one chamber that publishes lists, tiles, directory and checkpoint in a temporary folder, in the
/// order of the real one. It can also lie, which the real one cannot be made to do.
public final class TestPublisher {
  /// When the folder shows what was done.
  public enum Publishing: Sendable {
    /// With each act. Acts are dated in the past, and the log holds them and one key, but no list.
    case atOnce
    /// By `publish`. Acts are dated now, and the log holds every list too, as that of the real one does.
    case whenAsked

    /// Whose certificate was issued a month ago, or is now.
    var member: TestAuthority.Member {
      var member = TestAuthority.Member()
      if self == .whenAsked { member.validFrom = 0 }
      return member
    }
  }

  /// A certificate with what was signed for it.
  public struct Issued: Sendable {
    public let id: CredentialID, token: [UInt8], index: Int64, salt: [UInt8], leaf: Int64?, programme: Text
    let member: TestAuthority.Member, validUntil: Int64
    public var handle: CredentialHandle {
      get throws { try CredentialHandle(salt: salt, token: token, id: Text(id.description)) }
    }
  }

  /// What the directory has of a credential beside the credential.
  private struct Row {
    let issued: Issued
    var state = "active", statement: [UInt8]?, bindings: [UInt8]?, replacedBy: String?
  }

  public let authority: TestAuthority, folder: URL
  private let publishing: Publishing
  /// Turned by tests that act at several times.
  public var now: Instant
  /// Of the trust list; `whenAsked` counts them itself.
  public var sequence: Int64 = 1
  public var answerKeys: [TrustList.Key] = [] { didSet { trustListIsOld = true } }
  public var chamberStatus: TrustList.Status = .granted
  /// By the one programme.
  public var isLogRequired = true { didSet { trustListIsOld = true } }

  public private(set) var issued: [Issued] = []
  /// What is in the log, and every checkpoint that was ever shown.
  public private(set) var entries: [[UInt8]] = [], checkpoints: [[UInt8]] = []
  private var tree = HashTree(), publishedSize: UInt64 = 0
  private var rows: [CredentialID: Row] = [:], unpublished: [CredentialID] = []
  private var revoked: Set<Int64> = [], suspended: Set<Int64> = []
  private var listsAreOld = true, trustListIsOld = true, crlNumber: Int64 = 1, nextIndex: Int64 = 7
  private let directory: DirectoryFile

  public var host: String { authority.host }
  public var chamber: TestChamber { authority.chambers[0] }
  public var logSigner: NoteSigner { authority.logSigner }
  public var anchor: Certificate { authority.root }
  public var rootPEM: [UInt8] { Array(anchor.pem.utf8) }
  public var path: String { folder.path }

  public init(_ publishing: Publishing = .atOnce, host: String = "khatm.example", now: Instant) throws {
    self.publishing = publishing
    self.now = now
    authority = try TestAuthority(
      host: host,
      now: now,
      chambers: [ChamberPlan("chamber", organization: "Example Chamber")]
    )
    folder = FileManager.default.temporaryDirectory.appending(path: "khatm-published-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    directory = try DirectoryFile.writable(at: folder.path + "/directory.sqlite")
    try publishKeys()
    try publishCRLs()
    if publishing == .atOnce {
      try publishTrustList()
      try publishLists()
      let digest = SHA2.sha256(chamber.signerKey.publicKey.subjectPublicKeyInfo())
      try log(.key(.add, kid: chamber.keyID, purpose: "credential", digest: digest), at: now.adding(days: -100))
    }
    try publish()
  }

  deinit { try? FileManager.default.removeItem(at: folder) }  // a temporary folder: nothing depends on its going

  // MARK: files

  /// By rename, as the program does it.
  public func write(_ path: String, _ bytes: [UInt8]) throws {
    let url = folder.appending(path: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url, options: .atomic)
  }
  public func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: path))) }
  public func remove(_ path: String) throws { try FileManager.default.removeItem(at: folder.appending(path: path)) }

  private func publishKeys() throws {
    for (name, certificate) in [("root", anchor), ("chamber-ca", chamber.ca), ("chamber-signer-1", chamber.signer)] {
      try write("certs/\(name).pem", Array(certificate.pem.utf8))
      try write("certs/\(name).cer", certificate.der)
    }
    let key = chamber.signerKey.publicKey
    let method = DIDDocument.VerificationMethod(did: chamber.did, jwk: key, algorithm: .es256)
    try write("did/\(chamber.host)/did.json", DIDDocument(id: chamber.did, methods: [method]).json.canonical())
    try write("platforms.json", TestAuthority.platforms)
    try write("ns/membership/v1", MembershipContext.bytes(host: Text(host)))
    try write(
      "authority.json",
      JSONObject(["host": JSON(host), "name": "Sample Authority", "log": JSON(host + "/log")]).canonical()
    )
  }

  public func publishCRLs(revokeSigner: Bool = false) throws {
    crlNumber += 1
    let revoked = revokeSigner ? [chamber.signer.serial] : []
    let next = authority.madeAt.adding(days: 30).seconds
    let lists = try authority.crls(number: crlNumber, nextUpdate: next, revoked: revoked)
    try write("crl/root.crl", lists[0])
    try write("crl/chamber.crl", lists[1])
  }

  private static let trustListPath = ".well-known/chamber-trust-list.jwt"

  private func trustList(host: String) throws -> [UInt8] {
    try authority.trustList(
      sequence: sequence,
      maxDays: 400,
      isLogged: isLogRequired,
      change: { _, service in
        if chamberStatus == .granted { return }
        service.previous = [service.status]
        service.status = .init(chamberStatus, since: authority.madeAt.adding(days: -1))
      },
      edit: { list in
        list.issuer = Text("https://\(host)")
        list.subject = Text("https://\(host)/\(Self.trustListPath)")
        list.nextUpdate = authority.madeAt.adding(days: 30)
        list.expires = list.nextUpdate.seconds
        list.answerKeys = answerKeys
      }
    )
  }

  /// - Parameter host: whose list it is; another than ours is a lie.
  public func publishTrustList(host: String? = nil) throws {
    try write(Self.trustListPath, try trustList(host: host ?? self.host))
  }

  private func statusLists(made: Instant, life: Int64 = 86_400) throws -> [(path: String, url: Text, token: [UInt8])] {
    try [("revocation", revoked), ("suspension", suspended)].map { purpose, set in
      let token = try authority.statusList(chamber, purpose, set: set, made: made, life: life)
      return ("status/chamber/\(purpose)/1", chamber.listURL(purpose, of: host), token)
    }
  }

  /// - Parameter age: seconds since the lists were made.
  public func publishLists(age: Int64 = 10, life: Int64 = 86_400) throws {
    for list in try statusLists(made: now.adding(seconds: -age), life: life) { try write(list.path, list.token) }
  }

  // MARK: the log

  /// Adds an entry; `publish` shows it.
  @discardableResult
  public func log(_ event: LogEntry.Event, chamber: Text? = nil, at moment: Instant? = nil) throws -> UInt64 {
    try log(raw: LogEntry(at: moment ?? now, chamber: chamber ?? self.chamber.did, event: event).bytes)
  }

  @discardableResult public func log(raw entry: [UInt8]) throws -> UInt64 {
    try tree.append(leafHash: Merkle.leafHash(entry))
    entries.append(entry)
    return UInt64(entries.count - 1)
  }

  /// Brings the folder up to date: tiles, lists, directory, and last the checkpoint.
  public func publish(checkpoint: Bool = true) throws {
    var files: [(String, [UInt8])] = []
    if publishing == .whenAsked, listsAreOld {
      for list in try statusLists(made: now) {
        files.append((list.path, list.token))
        try log(.statusList(url: list.url, digest: SHA2.sha256(list.token)))
      }
      listsAreOld = false
    }
    if publishing == .whenAsked, trustListIsOld {
      let token = try trustList(host: host)
      files.append((Self.trustListPath, token))
      try log(.trustList(sequence: sequence, digest: SHA2.sha256(token)), chamber: Text("did:web:\(host)"))
      sequence += 1
      trustListIsOld = false
    }
    try publish(tree, entries, from: publishedSize)
    publishedSize = tree.size
    for (path, bytes) in files { try write(path, bytes) }
    try directory.put(
      unpublished.compactMap { id in try rows[id].map { try record(of: $0, $0.issued.leaf) } }
    )
    unpublished = []
    if checkpoint { try publishCheckpoint(tree) }
  }

  private func publish(_ tree: HashTree, _ entries: [[UInt8]], from size: UInt64) throws {
    try Tile.publish(
      from: size,
      to: tree.size,
      hashes: tree.reader,
      entry: { entries[Int($0)] },
      write: { try write($0.path, $1) }
    )
  }

  private func publishCheckpoint(_ tree: HashTree) throws {
    let checkpoint = try Checkpoint(origin: logSigner.verifierKey.name, size: tree.size, root: tree.root)
    checkpoints.append(try logSigner.sign(checkpoint).bytes)
    try write("checkpoint", checkpoints[checkpoints.count - 1])
  }

  /// Another log of the same size under the same key, as a fork would show it.
  public func publishFork() throws {
    var forged = entries
    forged[0] = try LogEntry(
      at: now.adding(days: -99),
      chamber: chamber.did,
      event: .key(.add, kid: "did:web:nobody.example#1", purpose: "credential", digest: SHA2.sha256([1]))
    ).bytes
    let fork = try HashTree(leafHashes: forged.map(Merkle.leafHash))
    try publish(fork, forged, from: 0)
    try publishCheckpoint(fork)
  }

  /// Forgets the last entries, as a register does that is restored from an old copy. The files of the old tree stay
  /// where they are.
  public func restore(to size: Int) throws {
    entries = Array(entries.prefix(size))
    tree = try HashTree(leafHashes: entries.map(Merkle.leafHash))
    publishedSize = 0
  }

  // MARK: credentials

  /// The payload as the chamber would sign it.
  public func payload(_ member: TestAuthority.Member, id: CredentialID, index: Int64) -> JSONObject {
    var credential = authority.credential(chamber, member, id: id, index: index, at: now)
    if publishing == .whenAsked {
      credential.issuedAt = now.seconds
    } else if credential.validFrom > now {
      credential.issuedAt = now.adding(days: -1).seconds
    }
    return credential.payload
  }

  /// - Parameters:
  ///   - listed: whether the directory has it.
  ///   - logged: whether the log has it.
  @discardableResult
  public func issue(
    _ member: TestAuthority.Member? = nil,
    listed: Bool = true,
    logged: Bool = true
  ) throws -> Issued {
    let member = member ?? publishing.member
    let id = CredentialID(random: try secureRandomBytes(10))
    let salt = try secureRandomBytes(CredentialHandle.saltBytes)
    let payload = payload(member, id: id, index: nextIndex)
    let token = try authority.sign(payload, chamber)
    var leaf: Int64?
    if logged {
      let handle = try CredentialHandle(salt: salt, token: token, id: Text(id.description))
      let moment = Instant(seconds: payload["iat"]?.int ?? 0)
      leaf = Int64(try log(.issue(handle, programme: member.programme), at: moment))
    }
    let one = entered(token, id, of: member, index: nextIndex, salt: salt, leaf: leaf)
    nextIndex += 1
    issued.append(one)
    if listed { unpublished.append(id) }
    if publishing == .atOnce { try publish(checkpoint: logged) }
    return one
  }

  private func entered(
    _ token: [UInt8],
    _ id: CredentialID,
    of member: TestAuthority.Member,
    index: Int64,
    salt: [UInt8] = [1],
    leaf: Int64? = nil
  ) -> Issued {
    let one = Issued(
      id: id,
      token: token,
      index: index,
      salt: salt,
      leaf: leaf,
      programme: member.programme,
      member: member,
      validUntil: now.adding(days: member.validUntil).seconds
    )
    rows[id] = Row(issued: one)
    return one
  }

  /// The token of an issued credential again, signed over other claims: what a stolen key makes.
  public func resign(_ one: Issued, _ member: TestAuthority.Member) throws -> [UInt8] {
    try authority.sign(payload(member, id: one.id, index: one.index), chamber)
  }

  /// The Open Badges envelope of an issued credential, or of one with other claims.
  public func openBadge(_ one: Issued, _ change: (inout JSONObject) -> Void = { _ in }) throws -> [UInt8] {
    let credential = try MembershipCredential(payload: try JSONObject.parse(try CompactJWS.parse(one.token).payload))
    guard var payload = OpenBadge.payload(of: credential) else { return [] }
    change(&payload)
    let url = OpenBadge.keyURL(chamber.signerKey.publicKey, host: Text(host))
    return try authority.sign(payload, chamber, header: OpenBadge.header(keyURL: url, algorithm: .es256))
  }

  /// Signed by a key of somebody else who took the chamber's name, number and certificates.
  public func forge(_ member: TestAuthority.Member = .init()) throws -> Issued {
    let id = CredentialID(random: try secureRandomBytes(10))
    let token = try CompactJWS.sign(
      header: authority.header(chamber),
      payload: payload(member, id: id, index: 3).canonical(),
      key: PrivateKey.generate(.p256),
      algorithm: .es256
    )
    let one = entered(token, id, of: member, index: 3)
    try put(one, leaf: nil)
    return one
  }

  // MARK: the directory

  private func record(
    of row: Row,
    _ leaf: Int64?,
    token: [UInt8]? = nil,
    salt: [UInt8]? = nil
  ) throws -> PublicRecord {
    let one = row.issued
    let jws = try CompactJWS.parse(token ?? one.token)
    return PublicRecord(
      id: one.id.description,
      header: jws.headerBytes,
      payload: jws.payload,
      signature: jws.signature,
      chamber: chamber.slug,
      programme: one.programme.string,
      registerID: "NTRAE+\(chamber.territory)-\(one.member.licence)",
      names: one.member.names.map(\.text),
      validUntil: one.validUntil,
      statement: row.statement,
      leaf: leaf,
      salt: salt ?? one.salt,
      replacedBy: row.replacedBy,
      pageKeys: one.member.storefronts.map(\.key),
      bindings: row.bindings
    )
  }

  /// A row as somebody who may write to the directory would put it there.
  public func put(_ one: Issued, token: [UInt8]? = nil, leaf: Int64?, salt: [UInt8]? = nil) throws {
    try directory.put([try record(of: Row(issued: one), leaf, token: token, salt: salt)])
  }

  /// Any token under any number: what a corrupted directory could hold.
  public func put(_ token: [UInt8], under id: CredentialID) throws {
    try put(entered(token, id, of: .init(), index: 1), leaf: nil)
  }

  // MARK: acts

  public func state(of one: Issued) -> String { rows[one.id]?.state ?? "unknown" }

  public func suspend(_ one: Issued, daysAgo: Int64 = 2) throws { try act("suspend", one, daysAgo: daysAgo) }

  public func revoke(_ one: Issued, daysAgo: Int64 = 2, replacedBy: CredentialID? = nil) throws {
    try act("revoke", one, daysAgo: daysAgo, replacedBy: replacedBy)
  }

  /// - Parameters:
  ///   - logged: whether the log has it.
  ///   - listed: whether the status lists have it.
  public func act(
    _ act: String,
    _ one: Issued,
    reason: Text = "other",
    daysAgo: Int64 = 0,
    replacedBy: CredentialID? = nil,
    logged: Bool = true,
    listed: Bool = true
  ) throws {
    let moment = now.adding(days: -daysAgo)
    if logged, one.leaf != nil {
      let handle = try one.handle
      let programme = one.programme
      switch act {
      case "suspend": try log(.suspend(handle, programme: programme, reason: reason), at: moment)
      case "reinstate": try log(.reinstate(handle, programme: programme, reason: reason), at: moment)
      default: try log(.revoke(handle, programme: programme, reason: reason), at: moment)
      }
    }
    let over = replacedBy == nil ? "revoked" : "superseded"
    let state = ["suspend": "suspended", "reinstate": "active"][act] ?? over
    if listed {
      if state == over { revoked.insert(one.index) } else { revoked.remove(one.index) }
      if state == "active" { suspended.remove(one.index) } else { suspended.insert(one.index) }
      listsAreOld = true
    }
    rows[one.id]?.state = state
    rows[one.id]?.replacedBy = replacedBy?.description
    rows[one.id]?.statement = try authority.statement(chamber, state, of: one.id, at: moment, by: replacedBy)
    unpublished.append(one.id)
    if publishing == .atOnce {
      try publishLists(age: 5)
      try publish()
    }
  }

  /// The chamber's word about one page of a credential; a negative number of days: the proof has run out.
  public func prove(
    _ one: Issued,
    key: String,
    reproveIn days: Int64,
    state: BindingStatement.State = .proved
  ) throws {
    let since = now.adding(days: min(days, 0) - 5)
    let page = BindingStatement.Page(
      key: Text(key),
      state: state,
      since: since,
      provedAt: since,
      reproveBy: now.adding(days: days),
      method: "well_known"
    )
    let statement = BindingStatement(
      issuer: chamber.did,
      subject: MembershipCredential.id(one.id, host: host),
      at: since,
      pages: [page]
    )
    rows[one.id]?.bindings = try authority.sign(statement.payload, chamber, type: BindingStatement.tokenType)
    unpublished.append(one.id)
    try publish()
  }
}
