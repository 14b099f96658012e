import Encodings
import Foundation
import GRDB
import Profiles
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// One writer of a home for a whole test: the lock is taken once and each key is decrypted once, however many officers
/// act and however often the clock is moved. What opening a session compares is tested where sessions are opened.
final class Desk {
  let home: Home
  private let test: TestHome
  private let make: (String, Int64) throws -> AuthoritySession

  /// - Parameter prepare: changes the home before anybody works with it.
  init(_ prepare: (Home) throws -> Void = { _ in }) throws {
    test = try TestHome()
    let home = test.home
    self.home = home
    try prepare(home)
    let lock = try home.lock(wait: 0, now: TestHome.start)
    let keys = KeyStore(folder: home.keysPath) { TestHome.passphrase }
    let own = KeyStore(folder: home.officersPath) { TestHome.officerPassphrase }
    let registry = try home.openRegistry()
    let authority = try #require(try registry.keys.authority())
    make = { name, seconds in
      let session = AuthoritySession(
        contents: try HomeContents(home, registry: registry, authority: authority),
        actor: name == ActingOfficer.registrarName
          ? .registrar : try registry.officers.find(name).map(ActingOfficer.officer) ?? .unknown(name),
        now: Instant(seconds: seconds),
        clock: { Instant(seconds: seconds) },
        keys: (keys, own),
        lock: lock
      )
      try session.authenticateActor()
      return session
    }
  }

  func session(_ officer: String = "registrar", at seconds: Int64 = TestHome.start) throws -> AuthoritySession {
    try make(officer, seconds)
  }

  /// Registers an officer whose key is where those of the others are.
  func add(_ name: String, of chamber: String = "dubai", _ roles: [OfficerRole]) throws {
    let own = OfficerCredentials(folder: home.officersPath) { TestHome.officerPassphrase }
    _ = try session().setup.addOfficer(name: name, chamber: chamber, roles: roles, credentials: own)
  }

  /// Members as a sheet has them; `change` may alter the cells of a row.
  func importMembers(_ numbers: some Sequence<Int>, _ change: (Int, inout [String]) -> Void = { _, _ in }) throws {
    let outcome = try session().members.importMembers(Array(TestHome.sheet(numbers, change).utf8))
    try #require(outcome.faults.isEmpty, "\(outcome.faults)")
  }

  /// Issues to members of Dubai, and gives the numbers of the certificates in the same order.
  @discardableResult
  func issue(_ numbers: [Int], at seconds: Int64 = TestHome.start) throws -> [CredentialID] {
    let outcome = try session(at: seconds).issuer.issue(numbers)
    try #require(outcome.issued.count == numbers.count, "\(outcome.refused)")
    let ids = Dictionary(uniqueKeysWithValues: outcome.issued.map { ($0.member, $0.id) })
    return try numbers.map { try CredentialID(reading: try #require(ids["dubai/\($0)"])) }
  }

  func record(_ id: CredentialID) throws -> CredentialRecord {
    try #require(try session().registry.credentials.find(id: id.description))
  }

  // MARK: what is there

  private static let tables = [
    "member", "contact", "credential", "event", "log_leaf", "checkpoint", "unpublished", "request", "request_item",
    "approval", "officer", "signing_key", "chamber", "programme", "binding", "binding_act", "binding_statement",
    "recognition", "reminder", "counter", "publication",
  ]

  /// Rows of every table but the audit trail, and the states of what changes its state.
  func contents() throws -> [String: Int] {
    let queue = try DatabaseQueue(path: home.registryPath)
    return try queue.read { db in
      var found: [String: Int] = [:]
      for table in Self.tables { found[table] = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") }
      for table in ["credential", "request", "officer"] {
        for row in try Row.fetchAll(db, sql: "SELECT state, count(*) FROM \(table) GROUP BY state") {
          let state: String = row[0]
          found["\(table) \(state)"] = row[1]
        }
      }
      return found
    }
  }

  /// The rejection a body ends with. It may leave a row in the audit trail and nothing else.
  /// - Parameter recorded: whether the attempt must stand in the audit trail, under the rejection's code.
  func rejection(recorded: Bool = true, _ body: () throws -> Void) throws -> ActRejection? {
    let before = try contents()
    let last = try session().registry.log.lastAudit()?.seq ?? 0
    do {
      try body()
      return nil
    } catch let rejection as ActRejection {
      #expect(try contents() == before, "\(rejection.code) left something behind")
      let rows = try audits(after: last)
      #expect(rows.count == (recorded ? 1 : 0), "\(rejection.code): \(rows.map(\.act))")
      if let row = rows.first {
        #expect(row.outcome == .refused && row.subject == rejection.subject)
        #expect(try JSONObject.parse(Array(row.detail.utf8))["code"]?.string == rejection.code.rawValue)
      }
      return rejection
    }
  }

  func audits(after seq: Int64 = 0) throws -> [AuditRecord] {
    try session().registry.log.audit(after: seq, limit: 10_000)
  }

  func lastAudit() throws -> AuditRecord { try #require(try session().registry.log.lastAudit()) }

  func logSize() throws -> Int64 { try session().registry.log.head()?.size ?? 0 }

  /// Entries of the log from a leaf on.
  func entries(from leaf: Int64 = 0) throws -> [JSONObject] {
    try session().registry.log.entries(leaf..<(leaf + 100_000)).map { try JSONObject.parse($0) }
  }

  func kinds(from leaf: Int64 = 0) throws -> [String] { try entries(from: leaf).map { $0["kind"]?.string ?? "" } }

  func published(_ path: String) throws -> [UInt8]? { try Files.read("\(home.publicPath)/\(path)", limit: 32 << 20) }

  // MARK: what nobody may do

  /// Edits the register as somebody with the file in hand: without the triggers that forbid it.
  func tamper(_ sql: String, without triggers: String...) throws {
    let queue = try DatabaseQueue(path: home.registryPath)
    try queue.write { db in
      for trigger in triggers { try db.execute(sql: "DROP TRIGGER \(trigger)") }
      try db.execute(sql: sql)
    }
    try queue.close()
  }
}

extension Home {
  /// Replaces a piece of a profile by another, as whoever may edit the file.
  func edit(_ programme: String, _ old: String, _ new: String) throws {
    let path = "\(profilesPath)/\(programme).yaml"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try #require(text.contains(old), "\(programme) has no \(old)")
    try text.replacingOccurrences(of: old, with: new).write(toFile: path, atomically: true, encoding: .utf8)
  }
}

/// The failure of ours that a body ends with.
func failure(_ body: () throws -> Void) throws -> IssuanceFailure? {
  do {
    try body()
    return nil
  } catch let failure as IssuanceFailure {
    return failure
  }
}
