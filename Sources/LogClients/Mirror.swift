internal import Credentials
internal import Directory
internal import Encodings
internal import PKI
package import TransparencyLog

/// A complete, verified copy of a published folder, kept up to date by what changed.
///
/// Order: entries and tiles, credentials, lists and other files, then the checkpoint. What a checkpoint promises is on
/// disk before it, so a copy that was cut off answers from its last checkpoint and goes on at the next run. It never
/// goes backwards.
package struct Mirror: Sendable {
  /// What one run brought.
  package struct Outcome: Hashable, Sendable {
    package let checkpoint: VerifiedCheckpoint
    package let entries: UInt64, records: Int, files: Int
    /// Bytes of bodies received; 0 from a folder.
    package let transferred: Int
  }

  /// Where the copy is.
  package let folder: String
  private let source: PublicSource, anchor: [UInt8]?, pause: @Sendable () -> Void

  /// - Parameters:
  ///   - anchor: root certificate as PEM. nil: the one of the copy; for a new copy the source's own, which is then
  ///     kept.
  ///   - pause: waits a little while the publisher is at work; called at most `retries` times.
  package init(folder: String, source: PublicSource, anchor: [UInt8]?, pause: @escaping @Sendable () -> Void = {}) {
    self.folder = folder
    self.source = source
    self.anchor = anchor
    self.pause = pause
  }

  static let retries = 5
  /// Multiples of a tile, so that between pages only full tiles are written.
  static let pageEntries = 256

  /// Brings the copy up to the newest checkpoint. `progress`: entries done, and all of them.
  package func update(progress: (UInt64, UInt64) -> Void = { _, _ in }) throws(FollowFailure) -> Outcome {
    try DurableFiles.makeFolder(folder + "/.mirror")
    let lock = try DurableFiles.lock(folder + "/.mirror/lock")
    defer { withExtendedLifetime(lock) {} }
    var attempt = 0
    while true {
      do throws(FollowFailure) {
        return try run(progress)
      } catch {
        // The publisher writes its lists before the checkpoint that covers them.
        guard case .unsettled = error, attempt < Self.retries else { throw error }
        attempt += 1
        pause()
      }
    }
  }

  private func run(_ progress: (UInt64, UInt64) -> Void) throws(FollowFailure) -> Outcome {
    let begun = source.transferred
    let state = try MirrorState.read(folder)
    let isNew = state == nil
    if isNew, DurableFiles.exists(folder + "/checkpoint") || DurableFiles.exists(folder + "/directory.sqlite") {
      throw .notACopy(path: folder)
    }
    // From here on the folder is known to be a copy, whatever is cut off.
    if isNew { try MirrorState().write(folder) }
    let pem = try anchorPEM(isNew: isNew)
    let feed = FeedReader(source: source, anchor: pem)
    var work = try MirrorWork(folder: folder, state: state ?? MirrorState())
    let first = work.state.size
    var records = 0
    var trust = try knownTrust(pem)
    var page: ChangePage
    var head: VerifiedCheckpoint
    repeat {
      do throws(FollowFailure) {
        page = try feed.page(
          after: work.state.size,
          limit: Self.pageEntries - Int(work.state.size % UInt64(Self.pageEntries))
        )
      } catch {
        // A source that went backwards has no page behind what we know: said as what it is.
        guard case .malformed = error, let note = try source.read("checkpoint", limit: SignedNote.maxBytes) else {
          throw error
        }
        (head, trust) = try open(note, known: trust, anchor: pem)
        throw head.size < work.state.size ? .log(.rollback(known: work.state.size, offered: head.size)) : error
      }
      (head, trust) = try open(page.checkpoint, known: trust, anchor: pem)
      records += try work.take(page, under: head)
      progress(work.state.size, head.size)
    } while page.next < head.size
    guard let trust else { throw .missing(path: PublicFiles.trustList) }
    try work.refuseRollback(head)
    let files = try copyFiles(feed, trust, anchor: pem, work: &work)
    try work.finish(head)
    return Outcome(
      checkpoint: head,
      entries: work.state.size - first,
      records: records,
      files: files,
      transferred: source.transferred - begun
    )
  }

  private func anchorPEM(isNew: Bool) throws(FollowFailure) -> [UInt8] {
    if let anchor { return anchor }
    if let kept = try DurableFiles.read(folder + "/.mirror/anchor.pem", limit: 1 << 16) { return kept }
    let offered = try source.require("certs/root.pem", limit: 1 << 16)
    _ = try LogTrust.certificate(pem: offered)
    try DurableFiles.replace(folder + "/.mirror/anchor.pem", with: offered)
    return offered
  }

  private func knownTrust(_ pem: [UInt8]) throws(FollowFailure) -> LogTrust? {
    guard let token = try DurableFiles.read("\(folder)/\(PublicFiles.trustList)", limit: TrustList.maxTokenBytes) else {
      return nil
    }
    return try LogTrust(anchor: try LogTrust.certificate(pem: pem), token: token)
  }

  /// Opens a checkpoint with the keys we know; a new key of the log stands in a newer trust list.
  private func open(_ note: [UInt8], known: LogTrust?, anchor pem: [UInt8])
    throws(FollowFailure) -> (VerifiedCheckpoint, LogTrust?)
  {
    if let known {
      do throws(LogRejection) {
        return (try known.policy.open(note), known)
      } catch {
        if error.isFailure { throw .log(error) }
      }
    }
    let fresh = try LogTrust.read(source, anchor: pem)
    if let known, fresh.list.sequenceNumber < known.list.sequenceNumber {
      throw .trustList(why: "it is older than the one of the copy")
    }
    do throws(LogRejection) {
      return (try fresh.policy.open(note), fresh)
    } catch {
      throw .log(error)
    }
  }

  /// Status lists and trust list as the log names them; the small files beside them.
  private func copyFiles(_ feed: FeedReader, _ trust: LogTrust, anchor pem: [UInt8], work: inout MirrorWork)
    throws(FollowFailure) -> Int
  {
    var copied = 0
    for (url, digest) in work.state.lists.sorted(by: { $0.key < $1.key }) {
      guard let path = PublicFiles.statusPath(of: url, host: trust.host) else {
        throw .malformed(what: "the log", why: "a status list at \(url)")
      }
      if try work.copy(path, logged: digest, from: source, limit: PublicFiles.maxListBytes) { copied += 1 }
    }
    if let digest = work.state.trustList {
      let isNewer = try work.copy(PublicFiles.trustList, logged: digest, from: source, limit: TrustList.maxTokenBytes) {
        (token) throws(FollowFailure) in
        _ = try LogTrust(anchor: try LogTrust.certificate(pem: pem), token: token)
      }
      if isNewer { copied += 1 }
    }
    for (path, digest) in try feed.files() {
      if let known = try DurableFiles.read("\(folder)/\(path)", limit: PublicFiles.maxCRLBytes),
        PublicFiles.digest(known) == digest
      {
        continue
      }
      // A file that is replaced while we read is read again at the next run: each is signed itself, or checked against
      // what is.
      guard let bytes = try source.read(path, limit: PublicFiles.maxCRLBytes) else { continue }
      if path == PublicFiles.platforms { try checkPlatforms(bytes, trust, anchor: pem) }
      try DurableFiles.replace("\(folder)/\(path)", with: bytes)
      copied += 1
    }
    return copied
  }

  /// The trust list names the one platform table that goes with it.
  private func checkPlatforms(_ bytes: [UInt8], _ trust: LogTrust, anchor pem: [UInt8]) throws(FollowFailure) {
    let current = try knownTrust(pem) ?? trust
    if let named = current.list.platforms?.sha256, SHA2.sha256(bytes) != named {
      throw .unsettled(path: PublicFiles.platforms)
    }
  }
}

/// The change feed of a source: over HTTP, or made here from a folder.
struct FeedReader {
  private let source: PublicSource
  private let local: PublishedLog?

  init(source: PublicSource, anchor: [UInt8]) {
    self.source = source
    local = source.folder.map { PublishedLog(folder: $0, anchor: anchor) }
  }

  func page(after: UInt64, limit: Int) throws(FollowFailure) -> ChangePage {
    if let local {
      return try ChangePage.parse(try ChangeFeed.page(local, after: after, limit: limit, records: true).canonical())
    }
    return try ChangePage.parse(
      try source.require("v1/changes?after=\(after)&limit=\(limit)&records=true", limit: ChangePage.maxBytes)
    )
  }

  func files() throws(FollowFailure) -> [(path: String, digest: String)] {
    let answer: JSON
    if let folder = source.folder {
      answer = try ChangeFeed.files(of: folder)
    } else {
      let bytes = try source.require("v1/files", limit: 4 << 20)
      do throws(JSONRejection) {
        answer = try JSON.parse(bytes, limits: Self.listing)
      } catch {
        throw .malformed(what: "the list of files", why: error.words)
      }
    }
    var files: [(path: String, digest: String)] = []
    for member in answer.object?["files"]?.object?.members ?? [] {
      let path = member.name.string
      // Names that we do not copy are none of our business; a listing cannot lead us elsewhere.
      guard PublicFiles.isCopied(path), let digest = member.value.string, files.count < PublicFiles.maxFiles else {
        continue
      }
      files.append((path, digest))
    }
    return files
  }

  private static let listing = JSONLimits(maxBytes: 4 << 20, maxDepth: 4, maxMembers: PublicFiles.maxFiles)
}
