import Credentials
import Encodings
import Foundation
import GRDB
import PKI
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// Backups, restored.
@Suite struct BackupTests {
  private func folder() -> String {
    FileManager.default.temporaryDirectory.appending(path: "khatm-backup-\(UUID().uuidString)").path
  }
  private func remove(_ paths: String...) { for path in paths { try? FileManager.default.removeItem(atPath: path) } }

  /// Takes up what `AuthoritySession` needs to compare a register that was put back.
  private func reconciling(_ home: Home, at seconds: Int64 = TestHome.start) throws -> AuthoritySession {
    var options = SessionOptions()
    options.isReconciling = true
    return try AuthoritySession.open(home, officer: "registrar", at: Instant(seconds: seconds), options: options) {
      TestHome.passphrase
    }
  }

  @Test func wholeAndPutBack() throws {
    let test = try TestHome()
    let place = folder()
    let other = Home(path: folder())
    defer { remove(place, other.path) }
    let ids = try test.session().issuer.issue([1, 2]).issued.map(\.id)
    let summary = try test.session().reader.backup(to: place, at: Instant(seconds: TestHome.start))
    #expect(summary.entries > 0 && summary.files > 10)
    #expect(
      try refusal { _ = try test.session().reader.backup(to: place, at: Instant(seconds: TestHome.start)) }
        == "backup_exists"
    )
    // Nothing in it is open to others, and no key lies there but encrypted.
    for name in try FileManager.default.contentsOfDirectory(atPath: place + "/keys") {
      let text = try String(contentsOfFile: place + "/keys/" + name, encoding: .utf8)
      #expect(text.hasPrefix("-----BEGIN " + "ENCRYPTED PRIVATE KEY"))
      #expect(
        try FileManager.default.attributesOfItem(atPath: place + "/keys/" + name)[.posixPermissions] as? Int == 0o600
      )
    }
    _ = try other.restore(from: place, replacing: false, at: Instant(seconds: TestHome.start))
    #expect(
      try refusal {
        _ = try AuthoritySession.open(other, officer: "registrar", at: Instant(seconds: TestHome.start)) {
          TestHome.passphrase
        }
      } == "restored_not_reconciled"
    )
    // Reading goes on meanwhile.
    #expect(try RegistryReader.open(other).registry.credentials.matching(CredentialFilter()).map(\.id) == ids)
    // Nobody can say whether it is old without a published state.
    #expect(try refusal { _ = try reconciling(other).recovery.reconcile(published: nil) } == "published_state_missing")
    let done = try reconciling(other).recovery.reconcile(published: test.home.publicPath)
    #expect(done.fromSize == done.size && done.adopted.isEmpty && done.changed.isEmpty)
    let session = try AuthoritySession.open(other, officer: "registrar", at: Instant(seconds: TestHome.start)) {
      TestHome.passphrase
    }
    #expect(try session.issuer.issue([3]).issued.count == 1)
    #expect(try session.reader.verifyAudit().complaints.isEmpty)
  }

  @Test func anOldCopyTakesOverWhatWasPublished() throws {
    let test = try TestHome()
    let place = folder()
    defer { remove(place) }
    let before = try test.session().issuer.issue([1, 2, 3, 4, 8]).issued.map(\.id)
    // One was suspended when the copy was made, and is reinstated after it.
    _ = try test.session().lifecycle.change(
      try CredentialID(reading: before[4]),
      .suspend,
      reason: "investigation",
      note: ""
    )
    // Of the pages of two: one was proved before the copy was made and is lost after it, one is proved after it.
    let bound = try (2...3).map { try CredentialID(reading: before[$0]) }
    func page(_ place: Int) throws -> (record: CredentialRecord, key: Text) {
      let room = try RegistryReader.open(test.home)
      let record = try #require(try room.registry.credentials.find(id: bound[place].description))
      return (record, try #require(try room.boundPages(record).first).binding.key)
    }
    _ = try test.session().bindings.record([(try page(0).key, .proved(.officer))], of: bound[0])
    // Asked for in the copy, agreed to and carried out after it.
    let request = try #require(try test.session("amal").issuer.issue([5], "trusted-membership").refused[0].request)
    _ = try test.session().reader.backup(to: place, at: Instant(seconds: TestHome.start))
    // What the copy does not know: two eyes more, a company more, three changes of state, a replacement.
    _ = try test.session("omar").approvals.approve(request, acceptsNames: false)
    _ = try test.session("omar").runner.run(request)
    #expect(try test.session().members.importMembers(Array(TestHome.sheet([77]).utf8)).counts.added == 1)
    let late = try #require(try test.session().issuer.issue([77]).issued.first?.id)
    _ = try test.session().lifecycle.change(
      try CredentialID(reading: before[0]),
      .suspend,
      reason: "investigation",
      note: ""
    )
    _ = try test.session().lifecycle.change(try CredentialID(reading: before[1]), .revoke, reason: "fraud", note: "")
    _ = try test.session().lifecycle.change(
      try CredentialID(reading: late),
      .suspend,
      reason: "investigation",
      note: ""
    )
    _ = try test.session().bindings.record([(try page(0).key, .failed)], of: bound[0])
    _ = try test.session().bindings.record([(try page(1).key, .proved(.officer))], of: bound[1])
    let said = try (0...1).map {
      try RegistryReader.open(test.home).registry.bindings.statement(of: page($0).record.seq)
    }
    _ = try test.session().lifecycle.change(
      try CredentialID(reading: before[4]),
      .reinstate,
      reason: "cleared",
      note: ""
    )
    func statements() throws -> [[UInt8]?] {
      try before.map { try RegistryReader.open(test.home).registry.credentials.find(id: $0)?.statement }
    }
    let told = try statements()
    let states = try Dictionary(
      uniqueKeysWithValues: test.session().registry.credentials.matching(CredentialFilter()).map { ($0.id, $0.state) }
    )
    let size = try #require(try test.session().registry.log.head()?.size)
    let places = try test.session().registry.credentials.matching(CredentialFilter()).map {
      [$0.id, "\($0.revocation.series)/\($0.revocation.index)", "\($0.suspension.series)/\($0.suspension.index)"]
    }

    #expect(throws: IssuanceFailure.homeExists(path: test.home.path)) {
      try test.home.restore(from: place, replacing: false, at: Instant(seconds: TestHome.start))
    }
    // Twice within one second: what the first set aside is still there.
    let replaced = try Files.digest(test.home.registryPath)
    for _ in 0..<2 { _ = try test.home.restore(from: place, replacing: true, at: Instant(seconds: TestHome.start)) }
    let aside = try Files.names(in: test.home.path).filter { $0.hasPrefix("replaced-") }
    #expect(aside.count == 2)
    #expect(try aside.contains { try Files.digest(test.home.path + "/" + $0) == replaced })
    #expect(throws: (any Error).self) { _ = try test.session() }
    // A folder that is older than what this home remembers proves nothing.
    let done = try reconciling(test.home).recovery.reconcile(published: nil)
    #expect(done.size == size && done.fromSize < size)
    #expect(
      done.adopted.count == 2 && done.adopted.contains(late) && done.changed.count == 4 && done.members == ["dubai/77"]
    )
    do {
      let session = try test.session()
      #expect(
        try Dictionary(
          uniqueKeysWithValues: session.registry.credentials.matching(CredentialFilter()).map { ($0.id, $0.state) }
        )
          == states
      )
      #expect(
        try session.registry.credentials.matching(CredentialFilter()).map {
          [$0.id, "\($0.revocation.series)/\($0.revocation.index)", "\($0.suspension.series)/\($0.suspension.index)"]
        } == places
      )
      #expect(try statements() == told)
      #expect(try (0...1).map { try session.registry.bindings.statement(of: page($0).record.seq) } == said)
      #expect(
        try (0...1).map { try session.registry.bindings.all(of: page($0).record.seq).map(\.state) } == [
          [.failed], [.proved],
        ]
      )
      #expect(try session.registry.bindings.statements(all: false).isEmpty)
      // The log goes on from where it was: its next checkpoint holds the published one.
      let old = try #require(try Files.read(test.home.rollbackGuardPath, limit: 1 << 20))
      #expect(LogWriter.size(ofNote: old) >= size)
      #expect(try session.issuer.issue([6]).issued.count == 1)
      #expect(try session.reader.verifyAudit().complaints.isEmpty && session.registry.integrityComplaints().isEmpty)
    }
    // The request that the copy holds open was carried out: nothing of it is done twice.
    #expect(
      try refusal { _ = try test.session("omar").approvals.approve(request, acceptsNames: false) } == "request_closed"
    )
    #expect(try refusal { _ = try test.session("amal").runner.run(request) } == "request_closed")
    #expect(try test.session("amal").issuer.issue([5], "trusted-membership").issued.isEmpty)
    #expect(
      try test.session().registry.credentials.matching(CredentialFilter()).filter { $0.memberKey == "dubai/5" }.count
        == 1
    )
    // The exception is closed: four eyes hold again.
    #expect(try test.session("amal").issuer.issue([7], "trusted-membership").issued.isEmpty)
    let queue = try DatabaseQueue(path: test.home.registryPath)
    #expect(throws: DatabaseError.self) { try queue.write { try $0.execute(sql: "DELETE FROM reconciliation") } }
    #expect(throws: DatabaseError.self) {
      try queue.write { try $0.execute(sql: "UPDATE reconciliation SET closed = 0") }
    }
    #expect(try refusal { _ = try reconciling(test.home).recovery.reconcile(published: nil) } == "nothing_to_reconcile")
  }

  @Test func whatIsNoBackupIsNotTaken() throws {
    let test = try TestHome()
    let place = folder()
    let target = Home(path: folder())
    let now = Instant(seconds: TestHome.start)
    defer { remove(place, target.path) }
    _ = try test.session().issuer.issue([1])
    // A copy of the live home by cp.
    #expect(try refusal { _ = try target.restore(from: test.home.path, replacing: false, at: now) } == "not_a_backup")
    _ = try test.session().reader.backup(to: place, at: now)
    // A backup used as a register without being put back.
    try FileManager.default.createDirectory(atPath: target.path, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: place + "/registry.db", toPath: target.registryPath)
    #expect(throws: RegistryFailure.self) { _ = try RegistryReader.open(target) }
    remove(target.registryPath)
    // The live file by cp in place of the copied one: also when the manifest was made to fit.
    remove(place + "/registry.db")
    try FileManager.default.copyItem(atPath: test.home.registryPath, toPath: place + "/registry.db")
    #expect(try refusal { _ = try target.restore(from: place, replacing: false, at: now) } == "backup_damaged")
    let manifest = try String(contentsOfFile: place + "/backup.json", encoding: .utf8)
    let digest = Hex.encode(SHA2.sha256(Array(try Data(contentsOf: URL(filePath: place + "/registry.db")))))
    let known = try #require(manifest.firstMatch(of: /"path":"registry.db","sha256":"([0-9a-f]*)"/)?.1)
    try manifest.replacingOccurrences(of: String(known), with: digest).write(
      toFile: place + "/backup.json",
      atomically: true,
      encoding: .utf8
    )
    #expect(throws: RegistryFailure.self) { _ = try target.restore(from: place, replacing: false, at: now) }
    #expect(!target.exists)
  }

  /// Every byte of a backup that changes is noticed before anything is put back.
  @Test(arguments: ["registry.db", "keys/log.key.pem", "profiles/authority.yaml", "anchors/root.pem"])
  func aChangedByte(_ name: String) throws {
    let test = try TestHome()
    let place = folder()
    let target = Home(path: folder())
    let now = Instant(seconds: TestHome.start)
    defer { remove(place, target.path) }
    _ = try test.session().reader.backup(to: place, at: now)
    var bytes = try Data(contentsOf: URL(filePath: place + "/" + name))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: place + "/" + name))
    #expect(try refusal { _ = try target.restore(from: place, replacing: false, at: now) } == "backup_damaged")
    #expect(!target.exists)
  }
}
