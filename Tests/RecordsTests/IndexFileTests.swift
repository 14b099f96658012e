import Encodings
import Fixtures
import Foundation
import Glibc
import Storage
import Support
import Testing
import TransparencyLog

@testable import Records

/// The file of the index: thrown away unopened when in doubt, and built anew to the same answers.
struct IndexFileTests {
  /// A finished index in a folder of its own.
  private struct Built {
    let folder: TemporaryFolder
    let state: AuthorityState
    let log: SampleLog
    let checkpoint: VerifiedCheckpoint
    let answers: [FoundCertificate]
    var path: String { state.indexPath }

    init() throws {
      folder = try TemporaryFolder()
      state = try ReaderState(folder.path).authority(anchor: [1])
      var log = try SampleLog()
      try log.addOthers()
      for number in 1...12 { try log.issue(number) }
      try log.act("revoked", of: log.issued[3])
      checkpoint = try log.publish()
      self.log = log
      let index = try ReaderIndex.writable(state)
      let done = try index.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
      answers = try index.answer(.words("company"), at: try #require(done.snapshot))
      #expect(answers.count == 12 && done.read == 18)
    }

    /// Opens it, catches up, and asks again.
    /// - Returns: entries that had to be read.
    func reopened(in other: AuthorityState? = nil) throws -> UInt64 {
      let index = try ReaderIndex.writable(other ?? state)
      let done = try index.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
      #expect(done.outcome == .complete)
      #expect(try index.answer(.words("company"), at: try #require(done.snapshot)) == answers)
      return done.read
    }

    func with(_ body: (StorageConnection) throws -> Void) throws {
      let connection = try StorageConnection.open(path, busy: 1)
      try body(connection)
      try connection.close()
    }
  }

  @Test func finishedIndexIsUsedAgain() throws {
    let built = try Built()
    #expect(try built.reopened() == 0)
    var status = stat()
    #expect(lstat(built.path, &status) == 0)
    #expect(try Folder.names(in: built.state.path, hidden: true) == ["index.db"])
  }

  /// What makes a file doubtful, one at a time.
  static let doubts: [String] = [
    "UPDATE meta SET format = 2", "UPDATE meta SET folding = 0", "UPDATE meta SET root = x'00'",
    "UPDATE meta SET edge = x'00'", "UPDATE meta SET verified_edge = verified_root",
    "UPDATE meta SET verified = size + 1",
    "PRAGMA application_id = 1", "CREATE TABLE more (a)", "CREATE VIEW v AS SELECT 1", "DROP INDEX certificate_ref",
    "CREATE TRIGGER t AFTER INSERT ON act BEGIN SELECT 1; END", "DROP TABLE page",
    "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = replace(sql, 'at INTEGER NOT NULL', 'at INTEGER') "
      + "WHERE name = 'act'",
    "PRAGMA journal_mode=WAL",
  ]

  @Test(arguments: doubts)
  func doubtfulFilesAreBuiltAnew(sql: String) throws {
    let built = try Built()
    try built.with { connection in
      try connection.withoutTransaction { transaction in
        if sql.contains("journal_mode") {
          _ = try transaction.text(sql)
        } else {
          try transaction.script(sql)
        }
      }
    }
    #expect(try built.reopened() == 18)
    #expect(try built.reopened() == 0)
  }

  @Test func linksAndStrangers() throws {
    let built = try Built()
    let victim = built.folder.path + "/victim"
    try built.folder.write("victim", Array("precious".utf8))
    for name in ["", "-journal", "-wal", "-shm"] {
      unlink(built.path + name)
      symlink(victim, built.path + name)
      #expect(try built.reopened() == 18, "\(name)")
      #expect(try BoundedRead.file(victim, limit: 99) == Array("precious".utf8))
      var status = stat()
      #expect(lstat(built.path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG)
    }
    for bytes in [[], Array("SQLite format 3\0".utf8), [UInt8](repeating: 7, count: 9_000)] as [[UInt8]] {
      unlink(built.path)
      try AtomicFile.create(built.path, bytes, mode: 0o600)
      #expect(try built.reopened() == 18)
    }
    if geteuid() == 0 {
      chown(built.path, 1, 1)
      #expect(try built.reopened() == 18)
    }
  }

  /// A journal that names a file: SQLite would delete the file that it names.
  @Test func journalThatNamesAVictim() throws {
    let built = try Built()
    let victim = built.folder.path + "/victim"
    try built.folder.write("victim", Array("precious".utf8))
    var journal = [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7] + [UInt8](repeating: 0, count: 504)
    let name = Array(victim.utf8)
    let sum = name.reduce(UInt32(0)) { $0 &+ UInt32($1) }
    journal += [0x40, 0, 0, 0]  // the page of the locks
    journal += name
    for number in [UInt32(name.count), sum] { journal += withUnsafeBytes(of: number.bigEndian) { Array($0) } }
    journal += [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7]
    try AtomicFile.create(built.path + "-journal", journal, mode: 0o600)
    #expect(try ReaderIndex.readable(built.state) == nil)
    #expect(try built.reopened() == 18)
    #expect(try BoundedRead.file(victim, limit: 99) == Array("precious".utf8))
    // A journal without its file would be played into the next one.
    unlink(built.path)
    try AtomicFile.create(built.path + "-journal", journal, mode: 0o600)
    #expect(try built.reopened() == 18)
    #expect(try BoundedRead.file(victim, limit: 99) == Array("precious".utf8))
  }

  /// Values of another type, in a file that looks like ours: an error, and then a new file; never a trap.
  @Test(arguments: [
    "UPDATE certificate SET body = x'0000'", "UPDATE certificate SET salt = NULL",
    "UPDATE certificate SET number = x'01'",
    "UPDATE certificate SET header = 99", "UPDATE header SET dictionary = x'0102'",
    "UPDATE certificate SET header = NULL",
  ])
  func rowsThatCannotBeRead(sql: String) throws {
    let built = try Built()
    try built.with { try $0.write { try $0.script(sql) } }
    let index = try ReaderIndex.writable(built.state)
    let snapshot = try #require(try index.snapshot())
    do throws(IndexFailure) {
      let found = try index.answer(.number(built.log.issued[2].number), at: snapshot)
      #expect(found.isEmpty || sql.contains("dictionary"), "\(sql)")
    } catch {
      guard case .broken = error else {
        Issue.record("\(error)")
        return
      }
    }
    try index.rebuild()
    #expect(try built.reopened() == 18)
  }

  @Test func damagedPages() throws {
    let built = try Built()
    let good = try BoundedRead.bytes(of: built.path, limit: 1 << 24)
    for at in stride(from: 200, to: good.count, by: good.count / 25) {
      var damaged = good
      for offset in 0..<24 where at + offset < good.count { damaged[at + offset] ^= 0x5A }
      try AtomicFile.replace(built.path, with: damaged, mode: 0o600)
      do throws(IndexFailure) {
        let index = try ReaderIndex.writable(built.state)
        _ = try index.catchUp(with: built.log.source, to: built.checkpoint, host: SampleLog.host)
        guard let snapshot = try index.snapshot() else { continue }
        for one in built.log.issued { _ = try index.answer(.number(one.number), at: snapshot) }
        _ = try index.answer(.words("company"), at: snapshot)
        _ = try index.facts(at: snapshot)
      } catch {
        guard case .broken = error else {
          Issue.record("\(error)")
          return
        }
      }
    }
  }

  /// A process that ends within a transaction leaves changed pages and a journal: SQLite rolls back, and nothing is
  /// read again.
  @Test(arguments: [true, false])
  func killedWithinATransaction(withJournal: Bool) throws {
    let built = try Built()
    let other = try TemporaryFolder()
    let state = try ReaderState(other.path).authority(anchor: [1])
    let connection = try StorageConnection.open(built.path, busy: 1, pragmas: ["PRAGMA cache_size=2"])
    let good = try BoundedRead.bytes(of: built.path, limit: 1 << 24)
    #expect(throws: CancellationError.self) {
      try connection.write { transaction in
        try transaction.script("UPDATE certificate SET salt = x'00', chamber = hex(randomblob(3000))")
        try AtomicFile.copy(built.path, to: state.indexPath, mode: 0o600)
        try AtomicFile.copy(built.path + "-journal", to: state.indexPath + "-journal", mode: 0o600)
        throw CancellationError()
      }
    }
    #expect(try BoundedRead.bytes(of: state.indexPath, limit: 1 << 24) != good)
    if withJournal {
      #expect(try built.reopened(in: state) == 0)
    } else {
      // Without its journal it is damaged, and looks well: what it answers is at worst an error.
      unlink(state.indexPath + "-journal")
      do throws(IndexFailure) {
        let index = try ReaderIndex.writable(state)
        if let snapshot = try index.snapshot() { _ = try index.answer(.words("company"), at: snapshot) }
      } catch {
        guard case .broken = error else {
          Issue.record("\(error)")
          return
        }
      }
    }
  }

  /// Another process that writes is no reason to throw a file away.
  @Test func busyIsNotBroken() throws {
    let built = try Built()
    let one = try StorageConnection.open(built.path, busy: 0)
    let other = try StorageConnection.open(built.path, busy: 0)
    try one.write { transaction in
      try transaction.execute("DELETE FROM list")
      do {
        try other.write { try $0.execute("DELETE FROM list") }
        Issue.record("two write at once")
      } catch let failure as StorageFailure {
        guard case .busy = failure else {
          Issue.record("\(failure)")
          return
        }
        #expect(!failure.isAboutTheFile)
      }
    }
  }

  @Test func anotherHostOrLog() throws {
    let built = try Built()
    let index = try ReaderIndex.writable(built.state)
    let done = try index.catchUp(with: built.log.source, to: built.checkpoint, host: "other.example")
    #expect(done.outcome == .complete && done.read == 18)
  }

  // MARK: two processes

  @Test func readerBesideAWriter() throws {
    let built = try Built()
    let reader = try #require(try ReaderIndex.readable(built.state))
    #expect(!reader.isWriter)
    #expect(throws: IndexFailure.readOnly) {
      try reader.catchUp(with: built.log.source, to: built.checkpoint, host: SampleLog.host)
    }
    #expect(throws: IndexFailure.readOnly) { try reader.rebuild() }
    let snapshot = try #require(try reader.snapshot())
    #expect(try reader.answer(.words("company"), at: snapshot) == built.answers)
    var log = built.log
    try log.issue(13)
    let writer = try ReaderIndex.writable(built.state)
    let shown = try log.publish()
    _ = try writer.catchUp(with: log.source, to: shown, host: SampleLog.host)
    #expect(try reader.answer(.words("company"), at: snapshot) == built.answers)
    #expect(try reader.answer(.words("company"), at: try #require(try reader.snapshot())).count == 13)
    unlink(built.path)
    #expect(try ReaderIndex.readable(built.state) == nil)
  }

  @Test func memoryIsBounded() throws {
    var log = try SampleLog()
    try log.list("1")
    let name = log.authority.logSigner.verifierKey.name
    let note = try log.authority.logSigner.sign(
      Checkpoint(origin: name, size: ReaderIndex.maxEntriesInMemory + 1, root: [UInt8](repeating: 1, count: 32))
    ).bytes
    let large = try LogPolicy(origin: name, logKeys: [log.authority.logSigner.verifierKey]).open(note)
    #expect(throws: IndexFailure.stateNeeded(entries: large.size)) {
      try ReaderIndex.inMemory().catchUp(with: log.source, to: large, host: SampleLog.host)
    }
  }
}
