internal import Glibc
internal import SystemPackage

/// Which bytes stand under a name: a file that was replaced, or written to, has another one.
public struct FileIdentity: Hashable, Sendable {
  public let device: UInt64
  public let inode: UInt64
  public let size: Int64
  /// Of the last change of the bytes.
  public let seconds: Int64
  public let nanoseconds: Int64

  fileprivate init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    seconds = Int64(status.st_mtim.tv_sec)
    nanoseconds = Int64(status.st_mtim.tv_nsec)
  }

  /// Nil: nothing there, or a link.
  public init?(at path: String) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFLNK else { return nil }
    self.init(status)
  }
}

/// Regular files read whole, and never more bytes than were agreed.
public enum BoundedRead {
  /// The bytes; nil when there is no such file. The last name may not be a link.
  public static func file(_ path: String, limit: Int) throws(FileFailure) -> [UInt8]? {
    do throws(FileFailure) {
      return try bytes(of: path, limit: limit)
    } catch {
      if error.reason == .system(ENOENT) { return nil }
      throw error
    }
  }

  /// The bytes.
  /// - Parameter followingLinks: for names that the user of a command gave.
  public static func bytes(of path: String, limit: Int, followingLinks: Bool = false) throws(FileFailure) -> [UInt8] {
    let file = try openAny(path, followingLinks: followingLinks)
    defer { close(file.rawValue) }  // read only
    return try regular(file.rawValue, path: path, limit: limit).bytes
  }

  /// The bytes of an open file, from where it stands, and what they are the bytes of. The caller closes it.
  /// - Parameter path: for the failure.
  public static func regular(_ descriptor: Int32, path: String, limit: Int) throws(FileFailure) -> (
    bytes: [UInt8], identity: FileIdentity
  ) {
    let status = try regularStatus(descriptor, path)
    guard status.st_size <= limit else { throw FileFailure(path, call: "read", .tooLarge(limit: limit)) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    bytes.reserveCapacity(Int(status.st_size))
    while true {
      let count = try read(FileDescriptor(rawValue: descriptor), into: &chunk, path)
      if count == 0 { return (bytes, FileIdentity(status)) }
      bytes += chunk[..<count]
      guard bytes.count <= limit else { throw FileFailure(path, call: "read", .tooLarge(limit: limit)) }
    }
  }

  /// Hands a file of any size over in pieces of 1 MiB.
  public static func pieces(of path: String, _ body: ([UInt8]) throws(FileFailure) -> Void) throws(FileFailure) {
    let file = try open(path)
    defer { close(file.rawValue) }  // read only
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try read(file, into: &bytes, path)
      if count == 0 { return }
      try body(count == bytes.count ? bytes : Array(bytes[..<count]))
    }
  }

  /// A regular file, no link; the caller closes it.
  static func open(_ path: String) throws(FileFailure) -> FileDescriptor {
    let file = try openAny(path, followingLinks: false)
    do throws(FileFailure) {
      _ = try regularStatus(file.rawValue, path)
    } catch {
      close(file.rawValue)
      throw error
    }
    return file
  }

  private static func openAny(_ path: String, followingLinks: Bool) throws(FileFailure) -> FileDescriptor {
    // Not blocking: a FIFO under a name of ours must not hold the reader.
    try calling("open", on: path) {
      try FileDescriptor.open(
        path,
        .readOnly,
        options: followingLinks ? [.closeOnExec, .nonBlocking] : [.noFollow, .closeOnExec, .nonBlocking]
      )
    }
  }

  private static func regularStatus(_ descriptor: Int32, _ path: String) throws(FileFailure) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw FileFailure(path, call: "open", .notRegular)
    }
    return status
  }

  private static func read(_ file: FileDescriptor, into bytes: inout [UInt8], _ path: String) throws(FileFailure)
    -> Int
  {
    try calling("read", on: path) { try bytes.withUnsafeMutableBytes { try file.read(into: $0) } }
  }
}
