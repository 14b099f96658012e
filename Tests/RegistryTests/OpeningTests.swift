import Foundation
import GRDB
import Storage
import Testing
import Vocabulary

@testable import Registry

/// Databases that are opened and that are refused.
@Suite struct OpeningTests {
  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "khatm-registry-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  private func open(_ path: URL) throws -> Registry {
    let head = try FileHandle(forReadingFrom: path).read(upToCount: 100).map { Array($0) }
    let names = try FileManager.default.contentsOfDirectory(atPath: path.deletingLastPathComponent().path).filter {
      $0.hasPrefix("registry.db")
    }
    return try Registry.open(at: path.path, head: head, companions: names)
  }

  @Test func settingsThatDurabilityRestsOn() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let registry = try Registry.create(at: folder.appending(path: "registry.db").path, exists: false)
    let found = try registry.database.connection.queue.inDatabase { db in
      (
        try String.fetchOne(db, sql: "PRAGMA journal_mode"), try Int.fetchOne(db, sql: "PRAGMA synchronous"),
        try Int.fetchOne(db, sql: "PRAGMA foreign_keys"),
        try Int.fetchOne(db, sql: "PRAGMA trusted_schema"), try Int.fetchOne(db, sql: "PRAGMA cell_size_check")
      )
    }
    #expect(found == ("delete", 3, 1, 0, 1))
    #expect(try registry.integrityComplaints() == [])
  }

  @Test func aWriteAheadLogIsRefused() throws {
    let folder = try folder()
    let path = folder.appending(path: "registry.db")
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try Registry.create(at: path.path, exists: false)
    try {
      try DatabaseQueue(path: path.path).inDatabase { _ = try String.fetchOne($0, sql: "PRAGMA journal_mode=WAL") }
    }()
    #expect(throws: RegistryFailure.writeAheadLog(path: path.path)) { try open(path) }
    try {
      try DatabaseQueue(path: path.path).inDatabase { _ = try String.fetchOne($0, sql: "PRAGMA journal_mode=DELETE") }
    }()
    _ = try open(path)
    try Data().write(to: folder.appending(path: "registry.db-wal"))
    #expect(throws: RegistryFailure.writeAheadLog(path: path.path)) { try open(path) }
  }

  @Test func otherFilesAreNoRegisters() throws {
    let folder = try folder()
    let path = folder.appending(path: "registry.db")
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: RegistryFailure.missing(path: "/x")) { try Registry.open(at: "/x", head: nil, companions: []) }
    try Data("a text that is longer than twenty bytes".utf8).write(to: path)
    #expect(throws: RegistryFailure.self) { try open(path) }
    #expect(throws: RegistryFailure.self) { try Registry.create(at: path.path, exists: true) }
  }

  /// Changing the schema is writing: a reader has no lock for it.
  @Test func aReaderChangesNoSchema() throws {
    let folder = try folder()
    let path = folder.appending(path: "registry.db")
    defer { try? FileManager.default.removeItem(at: folder) }
    try {
      try StorageConnection.open(path.path, busy: 0).migrate(Schema.migrations, upTo: "1 register")
    }()
    let head = try #require(try FileHandle(forReadingFrom: path).read(upToCount: 100).map { Array($0) })
    #expect(throws: RegistryFailure.outdated(path: path.path)) {
      try Registry.open(at: path.path, head: head, companions: [], migrating: false)
    }
    _ = try Registry.open(at: path.path, head: head, companions: [], migrating: true)
    _ = try Registry.open(at: path.path, head: head, companions: [], migrating: false)
  }

  @Test func aNewerRegisterIsRefused() throws {
    let folder = try folder()
    let path = folder.appending(path: "registry.db")
    defer { try? FileManager.default.removeItem(at: folder) }
    let registry = try Registry.create(at: path.path, exists: false)
    try registry.database.connection.queue.write {
      try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 later')")
    }
    #expect(throws: RegistryFailure.self) { try open(path) }
  }

  /// Reads that officers make all day use an index, so that they stay quick from ten thousand certificates to a
  /// million.
  @Test func readsUseIndexes() throws {
    let register = try TestRegister()
    func plan(_ sql: String) throws -> [String] {
      try register.registry.database.connection.queue.read {
        try Row.fetchAll($0, sql: "EXPLAIN QUERY PLAN " + sql).map { $0["detail"] }
      }
    }
    for sql in [
      CredentialRecord.query("WHERE c.id = 'x'"),
      CredentialRecord.query(
        """
        WHERE c.state NOT IN ('reserved', 'abandoned') AND c.state IN ('active', 'suspended') AND c.valid_until <= 5 \
        ORDER BY c.valid_until, c.seq LIMIT 50
        """
      ),
      CredentialRecord.query(
        """
        WHERE c.state NOT IN ('reserved', 'abandoned') AND c.member = (SELECT id FROM member WHERE chamber = 'x' AND \
        number = 'y') ORDER BY c.seq LIMIT 5
        """
      ),
      CredentialRecord.query(
        """
        WHERE member_search MATCH '\"a\"*' AND instr(' ' || s.words, ' abcdefgh') > 0 ORDER BY s.rowid, c.seq LIMIT 50
        """,
        from: "member_search s CROSS JOIN credential c ON c.member = s.rowid"
      ),
      CredentialRecord.query("WHERE c.state = 'reserved'"),
      "SELECT * FROM event WHERE credential = 5 ORDER BY seq",
      """
      SELECT count(*) FROM credential WHERE chamber = 'x' AND programme = 'y' AND state IN ('active', 'suspended') AND \
      valid_until < 5
      """,
      "SELECT * FROM request WHERE source = x'00' AND state = 'open' ORDER BY seq",
      """
      SELECT min(number), name_en FROM member WHERE skeleton_en = 'a' AND name_en <> 'b' AND id <> 5 GROUP BY name_en \
      LIMIT 20
      """,
      "SELECT * FROM audit WHERE seq > 5 ORDER BY seq LIMIT 10",
      "SELECT suspension_index FROM credential WHERE suspension_list = 5 AND state IN ('revoked')",
    ] {
      let steps = try plan(sql)
      #expect(
        !steps.contains {
          $0.hasPrefix("SCAN") && !$0.contains("INDEX") && !$0.contains("VIRTUAL") && !$0.contains("SUBQUERY")
        },
        "\(sql)\n\(steps)"
      )
    }
  }
}
