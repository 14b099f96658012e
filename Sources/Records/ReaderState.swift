internal import Encodings
internal import Glibc
internal import PKI
public import Support

/// The folder in which a reader keeps what it has seen: its own, and closed to everybody else.
///
/// `lock` is held by the one process that writes the indexes. What belongs to one authority lies in a folder under its
/// anchor, so that one state serves many copies of one authority.
public struct ReaderState: Sendable {
  public let path: String

  /// Makes the folder where there is none.
  /// - Throws: for a link, a folder of another user, and one that others may enter.
  public init(_ path: String) throws(ReaderStateFailure) {
    self.path = path
    try Self.open(path)
  }

  /// Nil: another process writes.
  /// - Parameter wait: seconds to wait for it.
  public func lock(wait: Double = 0) throws(ReaderStateFailure) -> FileLock? {
    do throws(FileFailure) {
      return try FileLock(path + "/lock", wait: wait)
    } catch {
      if case .locked = error.reason { return nil }
      throw .file(error)
    }
  }

  /// - Parameter anchor: the certificate under which the trust list verified, DER.
  public func authority(anchor: [UInt8]) throws(ReaderStateFailure) -> AuthorityState {
    try AuthorityState(path + "/" + Hex.encode(SHA2.sha256(anchor).prefix(8)))
  }

  /// A folder of ours at this path, made where there is none.
  fileprivate static func open(_ path: String) throws(ReaderStateFailure) {
    var status = stat()
    if lstat(path, &status) != 0 {
      guard errno == ENOENT else { throw .file(FileFailure(path, call: "lstat", .system(errno))) }
      do throws(FileFailure) {
        try Folder.make(path, mode: 0o700)
      } catch {
        throw .file(error)
      }
      guard lstat(path, &status) == 0 else { throw .file(FileFailure(path, call: "lstat", .system(errno))) }
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .notAFolder(path) }
    guard status.st_uid == geteuid() else { throw .otherOwner(path) }
    guard status.st_mode & 0o077 == 0 else { throw .widerRights(path) }
  }

  /// Whether a name is a regular file of this user, no link.
  static func isOwnFile(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_uid == geteuid()
  }

  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }
}

/// Why a state folder cannot be used: about us.
public enum ReaderStateFailure: Error, Hashable, Sendable {
  /// A link, or a file.
  case notAFolder(String)
  case otherOwner(String)
  /// Others may read or enter it.
  case widerRights(String)
  case file(FileFailure)
}

/// What a reader keeps about the authority of one anchor.
public struct AuthorityState: Sendable {
  public let path: String
  /// Contradicting checkpoints that are kept, at most.
  static let maxEvidence = 16

  init(_ path: String) throws(ReaderStateFailure) {
    self.path = path
    try ReaderState.open(path)
  }

  public var indexPath: String { path + "/index.db" }
  private var seenPath: String { path + "/seen.json" }

  // MARK: seen.json

  /// What was found of `seen.json`.
  public enum Seen: Hashable, Sendable {
    case state(SeenState)
    /// The first time.
    case none
    /// There is one, and it cannot be read: whoever asks is told.
    case lost
  }

  public func seen() -> Seen {
    guard ReaderState.exists(seenPath) else { return .none }
    guard ReaderState.isOwnFile(seenPath) else { return .lost }
    do throws(FileFailure) {
      guard let bytes = try BoundedRead.file(seenPath, limit: SeenState.maxBytes) else { return .none }
      return SeenState.parse(bytes).map { .state($0) } ?? .lost
    } catch { return .lost }
  }

  /// Adds what was seen now to what is kept, whoever wrote it. Two processes merge, one after the other.
  /// - Returns: what is kept from now on.
  @discardableResult
  public func add(_ news: SeenState) throws(ReaderStateFailure) -> SeenState {
    do throws(FileFailure) {
      // Not `lock`: a service holds that for as long as it runs.
      let lock = try FileLock(path + "/seen.lock", wait: 10)
      defer { withExtendedLifetime(lock) {} }
      let known = seen()
      let merged = if case .state(let known) = known { known.merged(with: news) } else { news }
      if known != .state(merged) {
        if !ReaderState.isOwnFile(seenPath) { unlink(seenPath) }
        try AtomicFile.replace(seenPath, with: merged.bytes, mode: 0o600)
      }
      return merged
    } catch {
      throw .file(error)
    }
  }

  // MARK: evidence

  /// Keeps two checkpoints that contradict each other; more than 16 are not kept.
  public func keep(evidence notes: [[UInt8]]) throws(ReaderStateFailure) {
    let folder = path + "/evidence"
    try ReaderState.open(folder)
    do throws(FileFailure) {
      for note in notes {
        let name = Hex.encode(SHA2.sha256(note).prefix(16)) + ".checkpoint"
        if ReaderState.isOwnFile("\(folder)/\(name)") { continue }
        guard try Folder.names(in: folder, limit: Self.maxEvidence).count < Self.maxEvidence else { return }
        try AtomicFile.replace("\(folder)/\(name)", with: note, mode: 0o600)
      }
    } catch {
      throw .file(error)
    }
  }
}
