internal import Dispatch
internal import Foundation
internal import Synchronization

/// Files written so that a reader, and a power cut, see the old bytes or the new ones (`docs/DESIGN.md`, order of
/// writes).
enum Files {
  static func reason() -> String { String(cString: strerror(errno)) }

  /// Write to a new name, fsync, rename, fsync the folder.
  static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o644) throws(IssuanceFailure) {
    let folder = (path as NSString).deletingLastPathComponent
    try makeFolder(folder, mode: mode == 0o600 ? 0o700 : 0o755)
    try put(path, bytes, mode: mode)
    try syncFolder(folder)
  }

  /// All but the folder, which must be there and is synced afterwards.
  private static func put(_ path: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws(IssuanceFailure) {
    let folder = (path as NSString).deletingLastPathComponent
    let temporary = folder + "/." + (path as NSString).lastPathComponent + ".new"
    unlink(temporary)
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard file >= 0 else { throw .fileSystem(path: temporary, call: "open", why: reason()) }
    do throws(IssuanceFailure) {
      defer { close(file) }
      try write(bytes, to: file, path: temporary)
      guard fsync(file) == 0 else { throw .fileSystem(path: temporary, call: "fsync", why: reason()) }
    } catch { unlink(temporary); throw error }
    guard rename(temporary, path) == 0 else {
      let why = reason(); unlink(temporary)
      throw .fileSystem(path: path, call: "rename", why: why)
    }
  }

  /// Files whose bytes never change once they exist (tiles): equal bytes are left alone, other bytes stop everything.
  /// All are on disk when it returns. Several wait for the disk together, which costs it little more than one.
  static func create(_ files: [(path: String, bytes: [UInt8])]) throws(IssuanceFailure) {
    let folders = Set(files.map { ($0.path as NSString).deletingLastPathComponent }).sorted()
    for folder in folders { try makeFolder(folder) }
    let work = CreatedFiles(files), group = DispatchGroup()
    for lane in 0..<min(8, files.count) {
      // each has a thread of its own: most of the time it waits
      DispatchQueue(label: "khatm.files.\(lane)").async(group: group) { while work.next() {} }
    }
    group.wait()
    if let failure = work.failure { throw failure }
    for folder in folders { try syncFolder(folder) }
  }

  private final class CreatedFiles: Sendable {
    private let files: [(path: String, bytes: [UInt8])]
    private let state = Mutex<(next: Int, failure: IssuanceFailure?)>((0, nil))
    init(_ files: [(path: String, bytes: [UInt8])]) { self.files = files }
    var failure: IssuanceFailure? { state.withLock { $0.failure } }

    /// Writes one; false when there is none, or one failed.
    func next() -> Bool {
      let index = state.withLock { state in
        defer { state.next += 1 }
        return state.failure == nil ? state.next : files.count
      }
      guard index < files.count else { return false }
      do throws(IssuanceFailure) {
        let (path, bytes) = files[index]
        if let found = try Files.read(path, limit: bytes.count + 1) {
          guard found == bytes else { throw .publishedDiffers(path: path) }
        } else {
          try Files.put(path, bytes)
        }
      } catch { state.withLock { $0.failure = error } }
      return true
    }
  }

  private static func write(_ bytes: [UInt8], to file: Int32, path: String) throws(IssuanceFailure) {
    var done = 0
    while done < bytes.count {
      // not empty: the loop's condition
      let wrote = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, bytes.count - done) }
      if wrote < 0 { if errno == EINTR { continue }; throw .fileSystem(path: path, call: "write", why: reason()) }
      done += wrote
    }
  }

  static func syncFolder(_ folder: String) throws(IssuanceFailure) {
    let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { throw .fileSystem(path: folder, call: "open", why: reason()) }
    defer { close(handle) }
    guard fsync(handle) == 0 else { throw .fileSystem(path: folder, call: "fsync", why: reason()) }
  }

  /// Makes a folder and those above it; each new name is synced into its parent.
  static func makeFolder(_ path: String, mode: mode_t = 0o755) throws(IssuanceFailure) {
    var status = stat()
    if path.isEmpty || stat(path, &status) == 0 { return }
    let parent = (path as NSString).deletingLastPathComponent
    try makeFolder(parent, mode: mode)
    guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .fileSystem(path: path, call: "mkdir", why: reason()) }
    if !parent.isEmpty { try syncFolder(parent) }
  }

  /// A regular file's bytes; nil when there is none. Links are not followed.
  static func read(_ path: String, limit: Int) throws(IssuanceFailure) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    if file < 0 { if errno == ENOENT { return nil }; throw .fileSystem(path: path, call: "open", why: reason()) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .fileSystem(path: path, call: "open", why: "not a regular file")
    }
    var bytes: [UInt8] = [], chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(file, &chunk, chunk.count)
      if count < 0 { if errno == EINTR { continue }; throw .fileSystem(path: path, call: "read", why: reason()) }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      guard bytes.count <= limit else { throw .fileSystem(path: path, call: "read", why: "larger than \(limit) bytes") }
    }
  }

  /// Names in a folder, sorted.
  static func names(in folder: String) throws(IssuanceFailure) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    } catch {
      throw .fileSystem(path: folder, call: "readdir", why: "\(error.localizedDescription)")
    }
  }
}
