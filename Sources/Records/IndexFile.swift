internal import Encodings
internal import Glibc
internal import Storage
internal import Support
internal import TransparencyLog

/// The file of an index, looked at before SQLite opens it: SQLite does what a journal says, and a journal may name any
/// file. What is in doubt is unlinked by its name, in our own folder, and never opened.
enum IndexFile {
  private static let pragmas = ["PRAGMA secure_delete=ON", "PRAGMA synchronous=FULL", "PRAGMA cache_size=-65536"]
  /// Ends a journal that names a super-journal (SQLite file format, section 3).
  private static let journalMagic: [UInt8] = [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7]
  private static let sides = ["-journal", "-wal", "-shm"]

  /// Whether what lies there may be opened: nothing, or files of ours without a write-ahead log and without a journal
  /// that names another file.
  static func isTrusted(_ path: String) -> Bool {
    for side in ["-wal", "-shm"] where ReaderState.exists(path + side) { return false }
    guard ReaderState.exists(path) else {
      // A journal without its file would be played into the next one.
      return !ReaderState.exists(path + "-journal")
    }
    guard ReaderState.isOwnFile(path), keepsRollbackJournal(path) else { return false }
    guard ReaderState.exists(path + "-journal") else { return true }
    return ReaderState.isOwnFile(path + "-journal") && !namesSuperJournal(path + "-journal")
  }

  /// Whether its first bytes are those of a database without a write-ahead log (SQLite file format, section 1.3).
  private static func keepsRollbackJournal(_ path: String) -> Bool {
    let file = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return false }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 20)
    return pread(file, &bytes, 20, 0) == 20 && bytes.starts(with: "SQLite format 3\0".utf8) && bytes[18...] == [1, 1]
  }

  private static func namesSuperJournal(_ path: String) -> Bool {
    let file = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return true }
    defer { close(file) }
    let size = lseek(file, 0, SEEK_END)
    guard size >= 8 else { return size != 0 }
    var bytes = [UInt8](repeating: 0, count: 8)
    return pread(file, &bytes, 8, size - 8) != 8 || bytes == journalMagic
  }

  /// The file first: a journal may outlive it, but never the other way round.
  static func discard(_ path: String) throws(FileFailure) {
    for name in [path] + sides.map({ path + $0 }) where unlink(name) != 0 && errno != ENOENT {
      throw FileFailure(name, call: "unlink", .system(errno))
    }
  }

  /// Nil: it is not an index of ours.
  static func open(_ path: String) throws -> ReaderIndex.Connections? {
    guard ReaderState.exists(path) else { return nil }
    do {
      let writer = try StorageConnection.open(path, busy: 5, pragmas: pragmas)
      let mode = try writer.withoutTransaction { try $0.text("PRAGMA journal_mode=DELETE") }
      guard mode == "delete", try isOurs(writer) else {
        try? writer.close()  // it is thrown away
        return nil
      }
      return ReaderIndex.Connections(writer: writer, reader: try StorageConnection.open(path, readOnly: true, busy: 5))
    } catch let failure as StorageFailure where failure.isAboutTheFile {
      return nil
    }
  }

  static func openReadOnly(_ path: String) throws -> ReaderIndex.Connections? {
    do {
      let reader = try StorageConnection.open(path, readOnly: true, busy: 5)
      guard try isOurs(reader) else { return nil }
      return ReaderIndex.Connections(writer: reader, reader: reader)
    } catch let failure as StorageFailure where failure.isAboutTheFile {
      return nil
    }
  }

  static func makeAnew(_ path: String) throws -> ReaderIndex.Connections {
    try discard(path)
    let writer = try StorageConnection.open(path, busy: 5, pragmas: pragmas)
    try writer.withoutTransaction { transaction in
      _ = try transaction.text("PRAGMA journal_mode=DELETE")
    }
    try create(in: writer)
    return ReaderIndex.Connections(writer: writer, reader: try StorageConnection.open(path, readOnly: true, busy: 5))
  }

  static func create(in connection: StorageConnection) throws {
    try connection.withoutTransaction { try $0.script("PRAGMA application_id=\(IndexSchema.applicationID)") }
    try connection.write { try $0.script(IndexSchema.sql) }
  }

  /// Application id, every statement of the schema, format, and an edge that hashes to its root.
  private static func isOurs(_ connection: StorageConnection) throws -> Bool {
    let wanted = try schema.get()
    return try connection.read { transaction in
      guard try transaction.integer("PRAGMA application_id") == IndexSchema.applicationID,
        try IndexSchema.statements(in: transaction) == wanted
      else { return false }
      guard let meta = try IndexMeta.read(transaction) else { return true }
      return meta.format == IndexSchema.format && meta.folding == IndexSchema.folding && meta.verified <= meta.size
        && edge(size: meta.size, peaks: meta.edge)?.root == meta.root
        && edge(size: meta.verified, peaks: meta.verifiedEdge)?.root == meta.verifiedRoot
    }
  }

  /// What this SQLite makes of our schema, the tables of its search among it.
  private static let schema = Result {
    let connection = try StorageConnection.open(nil, busy: 0)
    try connection.write { try $0.script(IndexSchema.sql) }
    return try connection.read { try IndexSchema.statements(in: $0) }
  }

  /// Nil where it is no edge of a tree of this size.
  static func edge(size: UInt64, peaks: [UInt8]) -> CompactRange? {
    guard peaks.count % Merkle.hashBytes == 0 else { return nil }
    let hashes = stride(from: 0, to: peaks.count, by: Merkle.hashBytes).map { Array(peaks[$0..<$0 + Merkle.hashBytes]) }
    do throws(LogRejection) {
      return try CompactRange(size: size, peaks: hashes)
    } catch { return nil }
  }
}

extension StorageFailure {
  /// Not about another process, nor about the disk: throwing the file away helps.
  var isAboutTheFile: Bool {
    switch self {
    case .busy, .diskFull: false
    case .constraint, .unreadable, .engine: true
    }
  }
}
