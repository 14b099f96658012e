internal import Credentials
package import Directory
package import Encodings
internal import PKI
internal import Synchronization
package import TransparencyLog

/// The log and the directory of one published folder, read for whoever asks: proofs, histories, the change feed.
///
/// Checkpoint, tiles and entries are verified under the trust list of the folder, and that under the anchor. A newer
/// checkpoint is taken only when it continues the one before.
package final class PublishedLog: @unchecked Sendable {  // the state is only touched inside `lock`
  package let source: PublicSource
  package let folder: String
  private let anchor: [UInt8]?
  private let lock = Mutex(())  // what follows is owned by whoever holds it
  private var trustToken: [UInt8] = [], trust: LogTrust?
  private var note: [UInt8] = [], head: VerifiedCheckpoint?, reader: TileReader?
  private var index = LogIndex()
  private var directory: DirectoryFile?

  /// - Parameters:
  ///   - folder: in the layout of `public/`.
  ///   - anchor: root certificate as PEM; nil: `certs/root.pem` of the folder.
  package init(folder: String, anchor: [UInt8]? = nil) {
    self.folder = folder
    self.anchor = anchor
    source = .folder(folder)
  }

  /// Everything that is read at one moment, under one checkpoint.
  struct View {
    let trust: LogTrust
    let checkpoint: VerifiedCheckpoint
    let reader: TileReader
    let index: LogIndex
    let directory: DirectoryFile
  }

  func withView<T>(indexed: Bool, _ body: (View) throws(FollowFailure) -> T) throws(FollowFailure) -> T {
    // Typed throws do not pass through `withLock`: the result is carried out by hand.
    let result: Result<T, FollowFailure> = lock.withLock { _ in
      do throws(FollowFailure) {
        let view = try view(indexed: indexed)
        return .success(try body(view))
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  private func view(indexed: Bool) throws(FollowFailure) -> View {
    let token = try source.require(PublicFiles.trustList, limit: 4 << 20)
    if token != trustToken || trust == nil {
      let fresh = try LogTrust.read(source, anchor: anchor)
      if let known = trust, fresh.list.sequenceNumber < known.list.sequenceNumber {
        throw .trustList(why: "it is older than one seen before")
      }
      trust = fresh
      trustToken = fresh.token
    }
    guard let trust else { throw .missing(path: PublicFiles.trustList) }
    let shown = try source.checkpoint()
    if shown != note || reader == nil { try take(shown, trust) }
    guard let head, let reader else { throw .missing(path: "checkpoint") }
    if indexed, index.size < reader.size {
      do throws(LogRejection) {
        try index.extend(to: reader)
      } catch {
        index = LogIndex()
        throw .log(error)
      }
    }
    return View(trust: trust, checkpoint: head, reader: reader, index: index, directory: try openDirectory())
  }

  private func take(_ shown: [UInt8], _ trust: LogTrust) throws(FollowFailure) {
    do throws(LogRejection) {
      let offered = try trust.policy.open(shown)
      if let head {
        guard offered.size >= head.size else { throw LogRejection.rollback(known: head.size, offered: offered.size) }
        guard offered.size > head.size || offered.root == head.root else {
          throw LogRejection.fork(size: head.size, known: head.root, offered: offered.root)
        }
      }
      let fresh = try TileReader(offered, source: source.tiles)
      if let head, head.size > 0, offered.size > head.size {
        try Merkle.verifyConsistency(
          from: head.size,
          to: offered.size,
          proof: try fresh.consistencyProof(from: head.size),
          oldRoot: head.root,
          newRoot: offered.root
        )
      }
      note = shown
      head = offered
      reader = fresh
    } catch { throw .log(error) }
  }

  /// Replaced by rename when a copy is replaced; the name is asked each time, which costs one look.
  private func openDirectory() throws(FollowFailure) -> DirectoryFile {
    if let directory { return directory }
    do throws(DirectoryFailure) {
      let opened = try DirectoryFile.readable(at: "\(folder)/\(PublicFiles.directory)")
      directory = opened
      return opened
    } catch { throw .unreachable(what: PublicFiles.directory, why: "\(error)") }
  }

  /// The signed tree head as it is published now.
  package func checkpoint() throws(FollowFailure) -> VerifiedCheckpoint {
    try withView(indexed: false) { (view) throws(FollowFailure) in view.checkpoint }
  }

  /// Nil for a log without entries.
  package func newestEntry() throws(FollowFailure) -> LogEntry? {
    try withView(indexed: false) { (view) throws(FollowFailure) in
      view.reader.size == 0 ? nil : try view.entry(at: view.reader.size - 1)
    }
  }

  package func record(id: CredentialID) throws(FollowFailure) -> PublicRecord? {
    try withView(indexed: false) { (view) throws(FollowFailure) in try view.record(id: id.description) }
  }
}

extension PublishedLog.View {
  func record(id: String) throws(FollowFailure) -> PublicRecord? {
    do throws(DirectoryFailure) {
      return try directory.record(id: id)
    } catch {
      throw .unreachable(what: PublicFiles.directory, why: "\(error)")
    }
  }

  func record(leaf: UInt64) throws(FollowFailure) -> PublicRecord? {
    guard let leaf = Int64(exactly: leaf) else { return nil }
    do throws(DirectoryFailure) {
      return try directory.record(leaf: leaf)
    } catch {
      throw .unreachable(what: PublicFiles.directory, why: "\(error)")
    }
  }

  func entry(at index: UInt64) throws(FollowFailure) -> LogEntry {
    do throws(LogRejection) {
      return try LogEntry.parse(try reader.entry(at: index))
    } catch {
      throw .log(error)
    }
  }

  /// The credential that an entry is about, by its `ref` and its salt; nil when the directory does not know it.
  func record(ref: [UInt8]) throws(FollowFailure) -> PublicRecord? {
    for place in index.places(of: ref) {
      guard let record = try record(leaf: place) else { continue }
      do throws(LogRejection) {
        if try CredentialHandle.ref(salt: record.salt, id: Text(record.id)) == ref { return record }
      } catch { continue }
    }
    return nil
  }
}
