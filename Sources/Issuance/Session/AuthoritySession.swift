package import Encodings
internal import Foundation
internal import PKI
package import Profiles
package import Registry
package import Storefronts
internal import Support
internal import TransparencyLog
internal import Vocabulary
internal import Yams

/// How a session is opened.
package struct SessionOptions {
  /// Seconds to wait for another writer before `busy`.
  package var wait: Double
  /// Where the officer's own key is and what opens it; nil: below the home, opened by the authority's passphrase. The
  /// registrar has none.
  package var credentials: OfficerCredentials?
  /// For `Recovery` alone, which compares a register that was put back with what was published.
  package var isReconciling = false
  /// The time of publication; nil: the time at which the session began.
  package var clock: (() -> Instant)?

  package init(wait: Double = 0, credentials: OfficerCredentials? = nil) {
    self.wait = wait
    self.credentials = credentials
  }
}

/// What an authority's home says of itself, read once.
struct HomeContents {
  let home: Home
  let registry: Registry
  let authority: Authority
  let profiles: ProfileSet
  let platforms: PlatformTable
  /// SHA-256 of each programme's profile file, by id.
  let profileDigests: [String: [UInt8]]

  init(_ home: Home, registry: Registry, authority: Authority) throws {
    self.home = home
    self.registry = registry
    self.authority = authority
    profiles = try home.profiles()
    platforms = try home.platforms()
    var digests: [String: [UInt8]] = [:]
    for programme in profiles.programmes {
      guard let bytes = try Files.read("\(home.profilesPath)/\(programme.id).yaml", limit: 1 << 20) else {
        throw IssuanceFailure.profile("\(programme.id).yaml is missing")
      }
      digests[programme.id] = SHA2.sha256(bytes)
    }
    profileDigests = digests
  }
}

/// One command's session with an authority: lock, register, keys, and the time at which it began.
///
/// The services of `Services.swift` do the work; each takes the session, and every write of theirs goes through
/// `commit` or `record`. A session is used from one thread; only signing inside a batch runs on several.
package final class AuthoritySession {
  let contents: HomeContents
  /// Who acts; the name stands in the audit trail, and the key signs each row of it.
  package let actor: ActingOfficer
  package let now: Instant
  /// Only for noting when something was published: a long run ends later than it began.
  let clock: () -> Instant
  /// The authority's and its chambers' keys. Only the signing services name it (`Scripts/check`).
  let keys: IssuingKeys
  private let ownKeys: KeyStore
  private let lock: FileLock
  private var logWriter: LogWriter?  // owned by `attempt`; dropped by `withOfficer` and `logWasExtended`
  var earlyRecords: EarlyRecords?  // owned by `SigningPipeline` during a run; `Publisher.publish` takes it
  private var namesOfAuthorities: AuthorityNames?  // owned by the two below; read once

  package var home: Home { contents.home }
  package var registry: Registry { contents.registry }
  package var authority: Authority { contents.authority }
  package var profiles: ProfileSet { contents.profiles }
  package var platforms: PlatformTable { contents.platforms }
  /// The actor's name.
  package var officer: String { actor.name }

  init(
    contents: HomeContents,
    actor: ActingOfficer,
    now: Instant,
    clock: @escaping () -> Instant,
    keys: (issuing: KeyStore, own: KeyStore),
    lock: FileLock
  ) {
    self.contents = contents
    self.actor = actor
    self.now = now
    self.clock = clock
    self.keys = IssuingKeys(store: keys.issuing, registry: contents.registry)
    ownKeys = keys.own
    self.lock = lock
  }

  deinit { earlyRecords?.wait() }  // the lock is given up after this

  /// Opens an existing home for writing. The steps are those of `docs/DESIGN.md`, recovery.
  /// - Parameters:
  ///   - officer: `registrar`, or the name of a registered officer.
  ///   - now: the clock, read once by the caller.
  ///   - passphrase: asked at most once, when a key of the authority is needed.
  package static func open(
    _ home: Home,
    officer: String,
    at now: Instant,
    options: SessionOptions = SessionOptions(),
    passphrase: @escaping () throws -> [UInt8]
  ) throws -> AuthoritySession {
    guard home.exists else { throw IssuanceFailure.notAHome(path: home.path) }
    // Recovery step 1: lock.
    let lock = try home.lock(wait: options.wait, now: now.seconds)
    let registry = try home.openRegistry()
    guard let authority = try registry.keys.authority() else { throw IssuanceFailure.notAHome(path: home.path) }
    let own = options.credentials ?? OfficerCredentials(folder: home.officersPath, passphrase: passphrase)
    let actor: ActingOfficer =
      officer == ActingOfficer.registrarName
      ? .registrar : try registry.officers.find(officer).map(ActingOfficer.officer) ?? .unknown(officer)
    let session = AuthoritySession(
      contents: try HomeContents(home, registry: registry, authority: authority),
      actor: actor,
      now: now,
      clock: options.clock ?? { now },
      keys: (
        KeyStore(folder: home.keysPath, passphrase: passphrase),
        KeyStore(folder: own.folder, passphrase: own.passphrase)
      ),
      lock: lock
    )
    let guards = RollbackGuard(session: session)
    // Recovery step 2: clock.
    try guards.refuseIfClockWentBack()
    // Recovery step 3: compare.
    if !options.isReconciling {
      guard try registry.mark() != .restored else { throw ActRejection(.restoredNotReconciled, subject: home.path) }
      try guards.refuseIfRolledBack()
    }
    try session.authenticateActor()
    return session
  }

  /// Lets another officer act in the same session, under the same lock; for the sample world, where one program plays
  /// every part.
  package func withOfficer<T>(
    _ name: String,
    credentials: OfficerCredentials,
    _ body: (AuthoritySession) throws -> T
  ) throws -> T {
    guard let officer = try registry.officers.find(name) else { throw ActRejection(.officerUnknown, subject: name) }
    let other = AuthoritySession(
      contents: contents,
      actor: .officer(officer),
      now: now,
      clock: clock,
      keys: (keys.store, KeyStore(folder: credentials.folder, passphrase: credentials.passphrase)),
      lock: lock
    )
    defer { logWasExtended() }
    try other.authenticateActor()
    return try body(other)
  }

  // MARK: names of authorities

  /// What is no member's: hosts and phrases of this authority, its chambers and those that it recognises.
  private struct AuthorityNames {
    let bindingRules: BindingRules
    let reservedWords: ReservedWords
  }

  private func names() throws -> AuthorityNames {
    if let namesOfAuthorities { return namesOfAuthorities }
    let chambers = try registry.keys.chambers()
    let recognised = try registry.recognitions.all().filter { $0.until == nil }
    var rules = Home.bindingRules(platforms: platforms)
    rules.ownHosts = Set(([authority.host] + chambers.map(\.domain) + recognised.map(\.host)).map { Text($0) })
    let made = AuthorityNames(
      bindingRules: rules,
      reservedWords: ReservedWords(
        profiles: profiles,
        authority: authority,
        chambers: chambers,
        recognised: recognised
      )
    )
    namesOfAuthorities = made
    return made
  }

  var bindingRules: BindingRules { get throws { try names().bindingRules } }
  var reservedWords: ReservedWords { get throws { try names().reservedWords } }

  // MARK: writing

  /// The way of every act into register and log; only `Recovery` takes a published log over (`takeOver`). In order: the
  /// next audit row; leaves and the checkpoint over them; one transaction, in which the register compares the log's
  /// size with the one that the leaves were made for; the log writer moves on only after success. A rule of the schema
  /// that refuses is recorded and thrown under its own name.
  /// - Parameter write: gives both to one method of a store, which is one transaction.
  func commit<T>(_ act: AuditedAct, entries: [LogEntry], write: (LogAppend, AuditRecord) throws -> T) throws -> T {
    try enforcing(act) { try attempt(act, entries: entries, write: write) }
  }

  /// `commit` for whoever has another way where a rule refuses: nothing is recorded, `RegistryFailure.refused` is
  /// thrown.
  func attempt<T>(_ act: AuditedAct, entries: [LogEntry], write: (LogAppend, AuditRecord) throws -> T) throws -> T {
    let audit = try auditRow(act)
    var writer = try openLog()
    let (append, after) = try writer.append(entries, at: now.seconds)
    let result = try write(append, audit)
    writer.advance(to: after)
    logWriter = writer
    return result
  }

  /// The same without entries: it needs no key of the log.
  func record<T>(_ act: AuditedAct, write: (AuditRecord) throws -> T) throws -> T {
    try enforcing(act) { try write(try auditRow(act)) }
  }

  /// An act that only the audit trail tells of.
  func record(_ act: AuditedAct) throws { try record(act) { try registry.log.record($0) } }

  /// Writes a rejected attempt into the audit trail, in a transaction of its own, and gives the rejection back for
  /// throwing.
  func recordRejection(_ rejection: ActRejection, act: AuditAction, isSigned: Bool = true) -> any Error {
    var detail = JSONObject(["code": JSON(rejection.code.rawValue)])
    for (name, value) in rejection.reason.details { detail[Text(name)] = JSON(value) }
    do {
      try registry.log.record(
        try auditRow(
          AuditedAct(act, on: rejection.subject, detail: .object(detail), outcome: .refused),
          isSigned: isSigned
        )
      )
    } catch { return error }
    return rejection
  }

  /// Runs a write; where a rule of the register refuses it, the refusal is recorded and thrown under the rule's own
  /// name.
  func enforcing<T>(_ act: AuditedAct, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let failure as RegistryFailure {
      guard case .refused(let rule) = failure else { throw failure }
      throw recordRejection(ActRejection(.register(rule, act.write), subject: act.subject), act: act.action)
    }
  }

  // MARK: the log

  /// Call after the log was extended without `commit`. The next commit reads the log head again.
  func logWasExtended() { logWriter = nil }

  private func openLog() throws -> LogWriter {
    if let logWriter { return logWriter }
    let made = try LogWriter(
      registry: registry,
      origin: authority.logOrigin,
      key: try keys.key(of: keys.current(.log, of: nil))
    )
    logWriter = made
    return made
  }

  /// Entries that another copy of this register logged and published, as an append under the checkpoint that was
  /// published with them; for `Recovery`.
  func takeOver(_ entries: [[UInt8]], under checkpoint: VerifiedCheckpoint, note: [UInt8]) throws -> LogAppend {
    try openLog().takeOver(entries, under: checkpoint, note: note, at: now.seconds)
  }

  // MARK: the actor's signature

  /// The key of whoever acts. The registrar is whoever can open the authority's own keys, so its rows are signed with
  /// the log's key, in a context of their own; an officer has a key of its own.
  func ownKey() throws -> PrivateKey {
    switch actor {
    case .registrar: return try keys.key(of: keys.current(.log, of: nil))
    case .officer(let officer):
      do {
        return try ownKeys.key(OfficerCredentials.file(officer.name), publicKey: officer.publicKey)
      } catch IssuanceFailure.keyMissing(_, let folder) {
        throw IssuanceFailure.officerKeyMissing(officer: officer.name, folder: folder)
      }
    case .unknown(let name): throw ActRejection(.officerUnknown, subject: name)
    }
  }

  /// Ed25519 over the context, a NUL and the digest: a signature given in one context means nothing in another.
  func sign(_ digest: [UInt8], context: SigningContext) throws -> [UInt8] {
    try ownKey().sign(context.message(digest), algorithm: .eddsa)
  }

  /// The next row of the audit trail, signed by the actor.
  private func auditRow(_ act: AuditedAct, isSigned: Bool = true) throws -> AuditRecord {
    try AuditTrail.row(after: try registry.log.lastAudit(), at: now, officer: officer, act: act) {
      isSigned ? try sign($0, context: .audit) : nil
    }
  }
}

/// An act as the audit trail records it, with what the sentence needs if a rule of the register refuses it.
struct AuditedAct {
  let action: AuditAction
  let subject: String
  let detail: JSON
  let outcome: AuditOutcome
  /// The programme, its quota, and whoever had signed, where the act is about one.
  let programme: String?
  var quota: Int?, signedBy: String?

  init(
    _ action: AuditAction,
    on subject: String,
    detail: JSON = .object(JSONObject()),
    outcome: AuditOutcome = .done,
    programme: String? = nil
  ) {
    self.action = action
    self.subject = subject
    self.detail = detail
    self.outcome = outcome
    self.programme = programme
  }

  var write: ActRejection.RegisterWrite {
    .init(act: action, programme: programme, quota: quota, officer: signedBy)
  }
}
