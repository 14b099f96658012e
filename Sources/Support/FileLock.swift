internal import Glibc
internal import SystemPackage

/// One process at a time: `flock` on a file of its own, since closing any descriptor of a database would drop an
/// `fcntl` lock. It is held until this object or the process ends.
public final class FileLock: Sendable {
  private let descriptor: Int32
  deinit { close(descriptor) }

  /// - Parameter wait: seconds to wait for another process.
  /// - Parameter note: written into the file for whoever finds the lock taken.
  /// - Throws: `locked(by:)`, with the note of the process that holds it.
  public init(_ path: String, wait: Double = 0, note: String? = nil) throws(FileFailure) {
    let file = try calling("open", on: path) {
      try FileDescriptor.open(
        path,
        .readWrite,
        options: [.create, .closeOnExec, .noFollow],
        permissions: [.ownerReadWrite]
      )
    }
    descriptor = file.rawValue
    var waited = 0.0
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw FileFailure(path, call: "flock", .system(errno)) }
      guard waited < wait else {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        throw FileFailure(path, call: "flock", .locked(by: String(decoding: bytes[..<max(0, count)], as: UTF8.self)))
      }
      usleep(50_000)
      waited += 0.05
    }
    if let note {
      ftruncate(descriptor, 0)
      pwrite(descriptor, note, note.utf8.count, 0)  // only a courtesy
    }
  }
}
