internal import Glibc

/// Files that a reader, and a power cut, see as the old bytes or the new ones.
enum DurableFiles {
  static func reason() -> String { String(cString: strerror(errno)) }

  /// Write to a new name, fsync, rename, fsync the folder.
  static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o644) throws(FollowFailure) {
    let folder = parent(of: path)
    try makeFolder(folder)
    let temporary = path + ".new"
    unlink(temporary)
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard file >= 0 else { throw .storage(path: temporary, why: reason()) }
    do throws(FollowFailure) {
      defer { close(file) }
      var done = 0
      while done < bytes.count {
        let wrote = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress.map { $0 + done }, bytes.count - done) }
        if wrote < 0 { if errno == EINTR { continue }; throw .storage(path: temporary, why: reason()) }
        done += wrote
      }
      guard fsync(file) == 0 else { throw .storage(path: temporary, why: reason()) }
    } catch { unlink(temporary); throw error }
    guard rename(temporary, path) == 0 else {
      let why = reason()
      unlink(temporary)
      throw .storage(path: path, why: why)
    }
    try syncFolder(folder)
  }

  /// The bytes of a regular file; nil when there is none. The last name may not be a link.
  static func read(_ path: String, limit: Int) throws(FollowFailure) -> [UInt8]? {
    // O_NONBLOCK: a FIFO under a published name must not hold the reader.
    let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    if file < 0 {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw .unreachable(what: path, why: reason())
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .unreachable(what: path, why: "not a regular file")
    }
    guard status.st_size <= limit else { throw .tooLarge(path: path, limit: limit) }
    var bytes: [UInt8] = [], chunk = [UInt8](repeating: 0, count: 1 << 16)
    bytes.reserveCapacity(Int(status.st_size))
    while true {
      let count = Glibc.read(file, &chunk, chunk.count)
      if count < 0 { if errno == EINTR { continue }; throw .unreachable(what: path, why: reason()) }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      guard bytes.count <= limit else { throw .tooLarge(path: path, limit: limit) }
    }
  }

  /// Plain names in a folder, sorted; empty when there is no folder. Hidden names are left out.
  static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream), names.count < PublicFiles.maxFiles {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { raw in Array(raw.prefix { $0 != 0 }) }
      if let name = String(validating: bytes, as: UTF8.self), bytes.first != UInt8(ascii: ".") { names.append(name) }
    }
    return names.sorted()
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func makeFolder(_ path: String) throws(FollowFailure) {
    if path.isEmpty || exists(path) { return }
    let above = parent(of: path)
    if above != path { try makeFolder(above) }
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw .storage(path: path, why: reason()) }
    if !above.isEmpty { try syncFolder(above) }
  }

  static func syncFolder(_ folder: String) throws(FollowFailure) {
    let handle = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { throw .storage(path: folder, why: reason()) }
    defer { close(handle) }
    guard fsync(handle) == 0 else { throw .storage(path: folder, why: reason()) }
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return slash == path.utf8.startIndex ? "/" : String(decoding: path.utf8[..<slash], as: UTF8.self)
  }
}

/// One process at a time works on a copy or a state. `flock` on a file of its own; it ends with the process.
final class WorkLock: Sendable {
  private let descriptor: Int32
  deinit { close(descriptor) }

  init(_ path: String) throws(FollowFailure) {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw .storage(path: path, why: DurableFiles.reason()) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      close(file)
      throw .busy(path: path)
    }
    descriptor = file
  }
}
