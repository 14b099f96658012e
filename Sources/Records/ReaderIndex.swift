public import Encodings
internal import Glibc
internal import Storage
public import Support
internal import Synchronization
internal import TransparencyLog

/// A state of the index whose root was that of a checkpoint. A question uses one snapshot; catching up changes no
/// answer under it.
public struct IndexSnapshot: Hashable, Sendable {
  public let size: UInt64
  public let root: [UInt8]
  /// The greatest time of its entries; nil for an empty log.
  public let newest: Instant?
}

/// What this reader knows of one log: every certificate with its acts, built from record files and bound to the root.
///
/// It is our own output. A file in doubt is thrown away unopened and built anew; see `IndexFile`. One thread catches up
/// at a time; questions may be asked from all.
public final class ReaderIndex: Sendable {
  /// Nil: in memory.
  let path: String?
  /// False: another process writes.
  public let isWriter: Bool
  /// Set by `open` and, when the file is thrown away, by `rebuild`.
  private let connections: Mutex<Connections>
  /// Held while rows are written, from one thread at a time.
  let catchingUp = Mutex(())

  /// Questions have a connection of their own, so that they need not wait for a step that is written.
  struct Connections: Sendable {
    let writer: StorageConnection
    let reader: StorageConnection
    /// Headers by their row; owned by whoever decodes a certificate.
    let headers = IndexHeaders()
  }

  var now: Connections { connections.withLock { $0 } }

  private init(path: String?, isWriter: Bool, _ connections: Connections) {
    self.path = path
    self.isWriter = isWriter
    self.connections = Mutex(connections)
  }

  // MARK: opening

  /// An index in memory, for at most 200,000 entries.
  public static func inMemory() throws(IndexFailure) -> ReaderIndex {
    try translating {
      let connection = try StorageConnection.open(nil, busy: 5)
      try IndexFile.create(in: connection)
      return ReaderIndex(path: nil, isWriter: true, Connections(writer: connection, reader: connection))
    }
  }

  public static let maxEntriesInMemory: UInt64 = 200_000

  /// The index of an authority. The caller holds `ReaderState.lock`.
  public static func writable(_ state: AuthorityState) throws(IndexFailure) -> ReaderIndex {
    let path = state.indexPath
    return try translating {
      let connections = try IndexFile.isTrusted(path) ? IndexFile.open(path) : nil
      return ReaderIndex(path: path, isWriter: true, try connections ?? IndexFile.makeAnew(path))
    }
  }

  /// The same for a process that has not the lock. It changes nothing.
  /// - Returns: nil where there is no index that can be used now; the scan answers.
  public static func readable(_ state: AuthorityState) throws(IndexFailure) -> ReaderIndex? {
    let path = state.indexPath
    guard IndexFile.isTrusted(path), ReaderState.exists(path) else { return nil }
    return try translating {
      try IndexFile.openReadOnly(path).map { ReaderIndex(path: path, isWriter: false, $0) }
    }
  }

  /// Throws everything away; what follows begins at the first entry.
  public func rebuild() throws(IndexFailure) {
    guard isWriter else { throw .readOnly }
    try translating {
      let old = now
      try? old.reader.close()  // it is thrown away
      if let path {
        try? old.writer.close()  // as above
        let made = try IndexFile.makeAnew(path)
        connections.withLock { $0 = made }
      } else {
        let connection = try StorageConnection.open(nil, busy: 5)
        try IndexFile.create(in: connection)
        connections.withLock { $0 = Connections(writer: connection, reader: connection) }
      }
    }
  }

  // MARK: snapshots

  /// The newest state that counts; nil: nothing was verified yet.
  public func snapshot() throws(IndexFailure) -> IndexSnapshot? {
    try verifiedState()?.0
  }

  /// The newest state that counts, with its right edge: where a scan of newer records begins.
  func verifiedState() throws(IndexFailure) -> (IndexSnapshot, CompactRange)? {
    guard let meta = try read({ try IndexMeta.read($0) }), meta.verified > 0 else { return nil }
    guard let edge = IndexFile.edge(size: meta.verified, peaks: meta.verifiedEdge) else {
      throw .broken("the edge is malformed")
    }
    return (meta.snapshot, edge)
  }

  func read<T>(_ body: (Transaction) throws -> T) throws(IndexFailure) -> T {
    let reader = now.reader
    return try translating { try reader.read(body) }
  }
}

/// Why an index could not be asked or written: about us.
public enum IndexFailure: Error, Hashable, Sendable {
  /// The file cannot be relied on: throw it away (`rebuild`).
  case broken(String)
  case diskFull
  /// Another process keeps it.
  case busy
  /// Another process writes this one.
  case readOnly
  case file(FileFailure)
  /// The source did not answer; asking again may help.
  case source(RecordSourceFailure)
  /// The log has more entries than an index in memory takes: a state folder is needed.
  case stateNeeded(entries: UInt64)
}

/// Our failures for those of the parts below.
func translating<T>(_ body: () throws -> T) throws(IndexFailure) -> T {
  do {
    return try body()
  } catch let failure as IndexFailure {
    throw failure
  } catch let failure as StorageFailure {
    switch failure {
    case .diskFull: throw .diskFull
    case .busy: throw .busy
    case .constraint(let why), .engine(let why): throw .broken(why)
    case .unreadable(let table, let column, let value): throw .broken("\(table).\(column): \(value)")
    }
  } catch let failure as FileFailure {
    throw .file(failure)
  } catch let failure as RecordSourceFailure {
    throw .source(failure)
  } catch {
    throw .broken("\(error)")
  }
}
