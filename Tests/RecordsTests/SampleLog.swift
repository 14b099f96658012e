import Credentials
import Encodings
import Fixtures
import Foundation
import PKI
import Records
import Support
import TestSupport
import TransparencyLog

/// A log with real keys, tokens and statements, and the files of it that are published: in memory, so that a test can
/// take any of them away or put another one there.
struct SampleLog {
  static let now = Instant(seconds: 1_800_000_000)
  private static let made = Result {
    try TestAuthority(host: "khatm.example", now: now, chambers: [ChamberPlan("dubai"), ChamberPlan("ajman", "AJ")])
  }
  static var authority: TestAuthority { get throws { try made.get() } }
  static let programme: Text = "trusted-membership", host: Text = "khatm.example"

  /// A certificate with its place in the log.
  struct Issued {
    let number: CredentialID
    let chamber: TestChamber
    let salt: [UInt8]
    let token: [UInt8]
    let handle: CredentialHandle
    let leaf: Int
  }

  let authority: TestAuthority
  private(set) var entries: [[UInt8]] = []
  var records: [LogRecord] = []
  private(set) var issued: [Issued] = []
  private var tree = HashTree()
  private(set) var published: UInt64 = 0
  /// By path, as they would lie in `public/`.
  var files: [String: [UInt8]] = [:]
  /// Of the next entry.
  var at = SampleLog.now.adding(days: -10)

  init() throws { authority = try Self.authority }

  var size: UInt64 { tree.size }
  var source: RecordSource {
    let files = files
    return RecordSource { path, limit in files[path].flatMap { $0.count <= limit ? $0 : nil } }
  }

  // MARK: entries

  /// Any entry, with what stands in its record besides.
  @discardableResult
  mutating func add(_ bytes: [UInt8], _ record: (inout LogRecord) throws -> Void = { _ in }) throws -> Int {
    var made = LogRecord(entry: bytes)
    try record(&made)
    try tree.append(leafHash: Merkle.leafHash(bytes))
    entries.append(bytes)
    records.append(made)
    at = at.adding(seconds: 1)
    return entries.count - 1
  }

  func entry(_ event: LogEntry.Event, of chamber: TestChamber? = nil) throws -> [UInt8] {
    try LogEntry(at: at, chamber: chamber?.did ?? authority.chambers[0].did, event: event).bytes
  }

  @discardableResult
  mutating func issue(
    _ number: Int,
    chamber place: Int = 0,
    id: CredentialID? = nil,
    change: (inout MembershipCredential) -> Void = { _ in }
  ) throws -> Issued {
    let chamber = authority.chambers[place]
    let id = id ?? TestAuthority.id(number)
    var credential = authority.credential(chamber, TestAuthority.Member(number), id: id, index: Int64(number))
    change(&credential)
    let token = try RecordedJWS(compact: authority.sign(credential.payload, chamber))
    return try register(id, chamber, token, salt: SHA2.sha256(Array("salt \(number) \(entries.count)".utf8)))
  }

  @discardableResult
  mutating func register(_ id: CredentialID, _ chamber: TestChamber, _ token: RecordedJWS, salt: [UInt8]) throws
    -> Issued
  {
    let compact = token.compact
    let handle = try CredentialHandle(salt: salt, token: compact, id: Text(id.description))
    let leaf = try add(entry(.issue(handle, programme: Self.programme), of: chamber)) {
      $0.salt = salt
      $0.token = token
    }
    let one = Issued(number: id, chamber: chamber, salt: salt, token: compact, handle: handle, leaf: leaf)
    issued.append(one)
    return one
  }

  /// The SHA-256 that an entry has of a statement.
  func digest(_ one: Issued, _ statement: [UInt8]) -> [UInt8] { SHA2.sha256(one.salt + statement) }

  func statement(_ state: String, of one: Issued) throws -> [UInt8] {
    try authority.statement(one.chamber, state, of: one.number, at: at)
  }

  /// An act on the state, of version 2.
  @discardableResult
  mutating func act(_ state: String, of one: Issued, by successor: Issued? = nil) throws -> Int {
    let statement = try statement(state, of: one)
    let cause = SHA2.sha256([1])
    let act: LogEntry.StateAct =
      switch state {
      case "suspended": .suspend(cause: cause)
      case "active": .reinstate(cause: cause)
      case "superseded": .supersede(successor: successor?.handle.ref ?? cause)
      default: .revoke(cause: cause)
      }
    let event = LogEntry.Event.act(
      act,
      one.handle,
      programme: Self.programme,
      statement: digest(one, statement)
    )
    return try add(entry(event, of: one.chamber)) { $0.statement = try RecordedJWS(compact: statement) }
  }

  func bindingStatement(of one: Issued) throws -> [UInt8] {
    let page = BindingStatement.Page(
      key: "site/shop.example",
      state: .proved,
      since: at,
      provedAt: at,
      reproveBy: at.adding(days: 30),
      method: "page"
    )
    let statement = BindingStatement(
      issuer: one.chamber.did,
      subject: MembershipCredential.id(one.number, host: authority.host),
      at: at,
      pages: [page]
    )
    return try authority.sign(statement.payload, one.chamber, type: BindingStatement.tokenType)
  }

  @discardableResult
  mutating func bind(_ one: Issued) throws -> Int {
    let statement = try bindingStatement(of: one)
    let event = LogEntry.Event.binding(one.handle, programme: Self.programme, statement: digest(one, statement))
    return try add(entry(event, of: one.chamber)) { $0.statement = try RecordedJWS(compact: statement) }
  }

  /// With the records rewritten, as the authority does it.
  mutating func erase(_ one: Issued, rewriting: Bool = true) throws {
    if rewriting { forget(one) }
    try add(entry(.erase(one.handle, programme: Self.programme), of: one.chamber))
  }

  /// The records of an erased certificate, without the entry that makes them count.
  mutating func forget(_ one: Issued) {
    records[one.leaf].token = nil
    records[one.leaf].number = Array(one.number.description.utf8)
    for (place, bytes) in entries.enumerated() {
      guard case .known(let entry) = EntryReading.read(bytes), entry.ref == one.handle.ref, entry.kind == .binding
      else { continue }
      records[place].statement = nil
    }
  }

  @discardableResult
  mutating func list(_ name: String, _ digest: UInt8 = 1) throws -> Int {
    let url = Text("https://khatm.example/status/dubai/\(name)")
    return try add(entry(.statusList(url: url, digest: SHA2.sha256([digest]))))
  }

  /// Lists, keys and a number that was never used, as they stand between the certificates.
  mutating func addOthers() throws {
    try add(entry(.key(.add, kid: "did:web:a.example#1", purpose: "signer", digest: SHA2.sha256([3]))))
    try add(entry(.trustList(sequence: 7, digest: SHA2.sha256([4]))))
    try add(entry(.abandoned(ref: SHA2.sha256([5]), programme: Self.programme)))
    try list("revocation/1")
    try add(entry(.files(digest: SHA2.sha256([6]))))
  }

  // MARK: files

  /// Writes what is new, as the authority does it.
  @discardableResult
  mutating func publish() throws -> VerifiedCheckpoint {
    let entries = entries
    var files = files
    try Tile.publish(
      from: published,
      to: size,
      hashes: tree.reader,
      entry: { entries[Int($0)] },
      write: { files[$0.path] = $1 }
    )
    self.files = files
    for name in RecordFileName.written(from: published, to: size) { try write(name) }
    published = size
    return try checkpoint()
  }

  mutating func write(_ name: RecordFileName) throws {
    let first = Int(name.bundle) * RecordFileName.bundleWidth
    let places = name.places
    let records = Array(records[(first + places.lowerBound)..<min(records.count, first + places.upperBound)])
    files[name.path] = try RecordFile.pack(records)
  }

  /// Every record file of this size anew, and nothing else of them.
  mutating func rewriteRecords() throws {
    files = files.filter { !$0.key.hasPrefix("records/") }
    for name in RecordFileName.written(from: 0, to: size) { try write(name) }
  }

  func checkpoint() throws -> VerifiedCheckpoint {
    let name = authority.logSigner.verifierKey.name
    let note = try authority.logSigner.sign(Checkpoint(origin: name, size: size, root: tree.root)).bytes
    return try LogPolicy(origin: name, logKeys: [authority.logSigner.verifierKey]).open(note)
  }
}

/// A folder that goes when the test does.
final class TemporaryFolder {
  let url: URL
  var path: String { url.path }

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "khatm-records-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: url,
      withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700]
    )
  }

  deinit { try? FileManager.default.removeItem(at: url) }  // nothing depends on its going

  func write(_ path: String, _ bytes: [UInt8]) throws {
    let file = url.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }
}
