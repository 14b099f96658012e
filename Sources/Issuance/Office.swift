public import Encodings
internal import Foundation
internal import PKI
public import Profiles
public import Registry
public import Storefronts
internal import Support
internal import TransparencyLog
internal import Vocabulary
internal import Yams

/// One command's session with an authority: lock, register, keys, and the time at which it began.
///
/// All writing goes through this type. It is used from one thread; only signing inside a batch runs on several.
public final class Office {
  public let home: Home
  public let registry: Registry
  public let authority: Authority
  public let profiles: ProfileSet
  public let platforms: PlatformTable
  /// Who acts; the name stands in the audit trail, and the key signs each row of it.
  public let actor: ActingOfficer
  public var officer: String { actor.name }
  public let now: Instant
  /// Only for noting when something was published: a long run ends later than it began.
  public var clock: () -> Instant
  let keys: KeyStore
  private let ownKeys: KeyStore
  /// SHA-256 of each programme's profile file, by id.
  let profileDigests: [String: [UInt8]]
  private let lock: FileLock
  private var book: LogBook?
  /// Of a run that is not published yet.
  var early: EarlyRecords?
  /// What decides about storefront addresses, read once.
  private(set) lazy var rules = makeBindingRules()

  private init(
    home: Home,
    registry: Registry,
    authority: Authority,
    profiles: ProfileSet,
    platforms: PlatformTable,
    actor: ActingOfficer,
    now: Instant,
    keys: KeyStore,
    ownKeys: KeyStore,
    lock: FileLock
  ) throws {
    self.home = home; self.registry = registry; self.authority = authority; self.profiles = profiles;
    self.platforms = platforms
    self.actor = actor; self.now = now; clock = { now }; self.keys = keys; self.ownKeys = ownKeys; self.lock = lock
    profileDigests = try Self.digests(of: profiles, in: home.profilesPath)
  }

  deinit { early?.wait() }  // the lock is given up after this

  /// Opens an existing home for writing.
  /// - Parameters:
  ///   - officer: `registrar`, or the name of a registered officer.
  ///   - now: the clock, read once by the caller.
  ///   - wait: seconds to wait for another writer before `busy`.
  ///   - passphrase: asked at most once, when a key of the authority is needed.
  ///   - reconciling: for `reconcile` alone, which compares a register that was put back with what was published.
  ///   - credentials: where the officer's own key is and what opens it; the registrar has none.
  public static func open(
    _ home: Home,
    officer: String,
    now: Instant,
    wait: Double,
    credentials: OfficerCredentials? = nil,
    reconciling: Bool = false,
    passphrase: @escaping () throws -> [UInt8]
  ) throws -> Office {
    guard home.exists else { throw IssuanceFailure.notAHome(path: home.path) }
    // Recovery step 1: lock.
    let lock = try home.lock(wait: wait, now: now.seconds)
    let registry = try openRegistry(home)
    guard let authority = try registry.keys.authority() else { throw IssuanceFailure.notAHome(path: home.path) }
    let own = credentials ?? OfficerCredentials(folder: home.officersPath, passphrase: passphrase)
    let actor: ActingOfficer =
      officer == ActingOfficer.registrarName
      ? .registrar : try registry.officers.find(officer).map(ActingOfficer.officer) ?? .stranger(officer)
    let office = try Office(
      home: home,
      registry: registry,
      authority: authority,
      profiles: try loadProfiles(home.profilesPath),
      platforms: try loadPlatforms(home.platformsPath),
      actor: actor,
      now: now,
      keys: KeyStore(folder: home.keysPath, passphrase: passphrase),
      ownKeys: KeyStore(folder: own.folder, passphrase: own.passphrase),
      lock: lock
    )
    // Recovery step 2: clock.
    try office.refuseIfClockWentBack()
    // Recovery step 3: compare.
    if !reconciling {
      guard try registry.mark() != .restored else { throw ActRejection(.restoredNotReconciled, subject: home.path) }
      try office.refuseIfRolledBack()
    }
    try office.admit()
    return office
  }

  /// Lets another officer act at the same desk, under the same lock; for the sample world, where one program plays
  /// every part.
  public func handing<T>(to name: String, credentials: OfficerCredentials, _ body: (Office) throws -> T) throws -> T {
    guard let officer = try registry.officers.find(name) else { throw ActRejection(.officerUnknown, subject: name) }
    let other = try Office(
      home: home,
      registry: registry,
      authority: authority,
      profiles: profiles,
      platforms: platforms,
      actor: .officer(officer),
      now: now,
      keys: keys,
      ownKeys: KeyStore(folder: credentials.folder, passphrase: credentials.passphrase),
      lock: lock
    )
    defer { book = nil }  // the other one moved the log on
    try other.admit()
    return try body(other)
  }

  static func openRegistry(_ home: Home, migrating: Bool = true) throws -> Registry {
    let facts = home.registryFacts()
    return try Registry.open(
      at: home.registryPath,
      head: facts.head,
      companions: facts.companions,
      migrating: migrating
    )
  }

  static func make(
    home: Home,
    registry: Registry,
    authority: Authority,
    profiles: ProfileSet,
    platforms: PlatformTable,
    now: Instant,
    keys: KeyStore,
    lock: FileLock
  ) throws -> Office {
    try Office(
      home: home,
      registry: registry,
      authority: authority,
      profiles: profiles,
      platforms: platforms,
      actor: .registrar,
      now: now,
      keys: keys,
      ownKeys: keys,
      lock: lock
    )
  }

  static func loadProfiles(_ folder: String) throws -> ProfileSet {
    let names = try Files.names(in: folder)
    let files = try names.filter { $0.hasSuffix(".yaml") }.map {
      (name: $0, bytes: try Files.read(folder + "/" + $0, limit: 1 << 20) ?? [])
    }
    do {
      return try ProfileSet.load(files)
    } catch {
      throw IssuanceFailure.profile("\(error)")
    }
  }

  static func loadPlatforms(_ path: String) throws -> PlatformTable {
    guard let bytes = try Files.read(path, limit: 1 << 20) else { throw IssuanceFailure.profile("\(path) is missing") }
    do {
      return try YAMLDecoder().decode(PlatformTable.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw IssuanceFailure.profile("\(path): \(error.words)")
    }
  }

  // MARK: guards before anything is signed

  /// A clock that went back would date new credentials before recorded acts.
  private func refuseIfClockWentBack() throws {
    let newest = max(try registry.log.head()?.at ?? 0, try registry.log.lastAudit()?.at ?? 0)
    guard now.seconds >= newest else {
      throw IssuanceFailure.clockWentBack(now: now.description, newest: Instant(seconds: newest).description)
    }
  }

  /// The published checkpoint and the second record must be of the register's own tree, and not ahead of it: else it
  /// was restored from an old copy, and the next signature would fork the log. What cannot be read cannot be compared,
  /// and stops as well.
  private func refuseIfRolledBack() throws {
    let head = try registry.log.head()
    for path in [home.publicPath + "/checkpoint", home.rollbackGuardPath] {
      guard let bytes = try Files.read(path, limit: 1 << 20) else { continue }
      // The usual case: it is the newest one, perhaps with the lines of witnesses.
      if let head, bytes.starts(with: head.note.utf8) { continue }
      let shown: VerifiedCheckpoint
      do {
        shown = try logPolicy().open(bytes)
      } catch {
        throw IssuanceFailure.checkpointUnreadable(path: path, why: "\(error)")
      }
      guard let size = Int64(exactly: shown.size), size <= head?.size ?? 0 else {
        throw IssuanceFailure.olderThanPublished(registry: head?.size ?? 0, published: Int64(clamping: shown.size))
      }
      guard try Merkle.root(size: shown.size, hashes: LogBook.allHashes(in: registry)) == shown.root else {
        throw IssuanceFailure.anotherLog(path: path, size: size)
      }
    }
  }

  /// By the public halves of the log's keys, old ones too: no passphrase is needed.
  private func logPolicy() throws -> LogPolicy {
    try LogPolicy(
      origin: Text(logOrigin),
      logKeys: try registry.keys.all(chamber: nil).filter { $0.purpose == .log }.map { try VerifierKey($0.kid) }
    )
  }

  static func size(ofNote bytes: [UInt8]) -> Int64 {
    let lines = bytes.split(separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false)
    return lines.count > 1 ? Int64(String(decoding: lines[1], as: UTF8.self)) ?? 0 : 0
  }

  // MARK: keys

  func currentKey(_ chamber: String?, _ purpose: KeyPurpose) throws -> SigningKeyRecord {
    guard
      let record = try registry.keys.all(chamber: chamber).first(where: {
        $0.purpose == purpose && $0.state == .current
      })
    else {
      throw IssuanceFailure.keyUnusable(
        file: "\(chamber ?? "authority") \(purpose.rawValue)",
        why: "the register names no current key"
      )
    }
    return record
  }

  func privateKey(_ record: SigningKeyRecord) throws -> PrivateKey {
    try keys.key(record.file, publicKey: record.publicKey)
  }

  /// Decrypts at once what issuing for these chambers needs.
  func warmKeys(of chambers: Set<String>) throws {
    let records = try [currentKey(nil, .log)] + chambers.sorted().map { try currentKey($0, .signer) }
    try keys.warm(records.map(\.file))
  }

  // MARK: log and audit

  /// Call after the log was extended without `logging`. The next commit reads the log head again.
  func forgetBook() { book = nil }

  var logOrigin: String { authority.host + "/log" }

  func logBook() throws -> LogBook {
    if let book { return book }
    let made = try LogBook(registry: registry, origin: logOrigin, key: try privateKey(try currentKey(nil, .log)))
    book = made
    return made
  }

  /// Builds leaves and checkpoint, lets `write` put them into its transaction, and moves the book on only when that
  /// succeeded.
  func logging(_ entries: [LogEntry], _ write: (LogAppend) throws -> Void) throws {
    var current = try logBook()
    let (append, after) = try current.append(entries, at: now.seconds)
    try write(append)
    current.commit(after)
    book = current
  }

  /// The key of whoever acts. The registrar is whoever can open the authority's own keys, so its rows are signed with
  /// the log's key, in a context of their own; an officer has a key of its own.
  func ownKey() throws -> PrivateKey {
    switch actor {
    case .registrar: return try privateKey(try currentKey(nil, .log))
    case .officer(let officer):
      do {
        return try ownKeys.key(OfficerCredentials.file(officer.name), publicKey: officer.publicKey)
      } catch IssuanceFailure.keyMissing(_, let folder) {
        throw IssuanceFailure.officerKeyMissing(officer: officer.name, folder: folder)
      }
    case .stranger(let name): throw ActRejection(.officerUnknown, subject: name)
    }
  }

  /// Ed25519 over the context, a NUL and the digest: a signature given in one context means nothing in another.
  func sign(_ digest: [UInt8], context: SigningContext) throws -> [UInt8] {
    try ownKey().sign(context.message(digest), algorithm: .eddsa)
  }

  /// The next row of the audit trail: each row's digest covers the one before (`docs/formats.md`, audit trail).
  func auditRow(
    _ act: String,
    _ subject: String,
    refused: Bool = false,
    detail: JSON = .object(JSONObject()),
    signed: Bool = true
  ) throws -> AuditRecord {
    let last = try registry.log.lastAudit()
    return try Self.auditRow(
      after: last,
      at: now,
      officer: officer,
      act: act,
      subject: subject,
      outcome: refused ? .refused : .done,
      detail: detail
    ) {
      signed ? try sign($0, context: .audit) : nil
    }
  }

  static func auditRow(
    after last: AuditRecord?,
    at now: Instant,
    officer: String,
    act: String,
    subject: String,
    outcome: AuditOutcome,
    detail: JSON,
    sign: ([UInt8]) throws -> [UInt8]?
  ) throws -> AuditRecord {
    let seq = (last?.seq ?? 0) + 1, previous = last?.digest ?? [UInt8](repeating: 0, count: 32)
    let text = String(decoding: detail.canonical(), as: UTF8.self)
    let digest = AuditTrail.digest(
      seq: seq,
      at: now.seconds,
      officer: officer,
      act: act,
      subject: subject,
      outcome: outcome,
      detail: text,
      previous: previous
    )
    return AuditRecord(
      seq: seq,
      at: now.seconds,
      officer: officer,
      act: act,
      subject: subject,
      outcome: outcome,
      detail: text,
      previous: previous,
      digest: digest,
      signature: try sign(digest)
    )
  }

  /// Writes a rejected attempt into the audit trail, in a transaction of its own, and gives the rejection back for
  /// throwing.
  func recordRejection(_ rejection: ActRejection, act: String, signed: Bool = true) -> any Error {
    var detail = JSONObject(["code": JSON(rejection.code.rawValue)])
    for (name, value) in rejection.reason.details { detail[Text(name)] = JSON(value) }
    do {
      try registry.log.record(
        try auditRow(act, rejection.subject, refused: true, detail: .object(detail), signed: signed)
      )
    } catch { return error }
    return rejection
  }

  /// Runs a write; where a rule of the register refuses it, the refusal is recorded and thrown under the rule's own
  /// name.
  func guarded<T>(_ write: ActRejection.RegisterWrite, _ subject: String, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let failure as RegistryFailure {
      guard case .refused(let rule) = failure else { throw failure }
      throw recordRejection(ActRejection(.register(rule, write), subject: subject), act: write.act)
    }
  }
}
