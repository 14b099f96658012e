internal import Glibc

/// Which bytes stand under a name: a file that was replaced, or written to, has another one.
struct FileIdentity: Hashable, Sendable {
  let device: UInt64, inode: UInt64, size: Int64
  let seconds: Int64, nanoseconds: Int64

  init(_ status: stat) {
    device = UInt64(status.st_dev); inode = UInt64(status.st_ino); size = Int64(status.st_size)
    seconds = Int64(status.st_mtim.tv_sec); nanoseconds = Int64(status.st_mtim.tv_nsec)
  }
}

/// Reads below one folder. No link is followed on the way, only regular files are read, and never more bytes than were
/// agreed.
struct FolderFiles: Sendable {
  let root: String

  /// Nil: nothing there, or a link.
  func identity(_ segments: [String]) -> FileIdentity? {
    var status = stat()
    guard lstat(root + "/" + segments.joined(separator: "/"), &status) == 0, status.st_mode & S_IFMT != S_IFLNK else {
      return nil
    }
    return FileIdentity(status)
  }

  /// The bytes and what they are the bytes of; nil when there is no such regular file, or it is larger than `limit`.
  func read(_ segments: [String], limit: Int) -> (bytes: [UInt8], identity: FileIdentity)? {
    guard let name = segments.last else { return nil }
    guard let folder = openFolder(segments.dropLast()) else { return nil }
    defer { close(folder) }
    // O_NONBLOCK: a FIFO under a published name must not hold the service.
    let file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else { return nil }
    var bytes: [UInt8] = [], chunk = [UInt8](repeating: 0, count: 1 << 16)
    bytes.reserveCapacity(Int(status.st_size))
    while true {
      let count = Glibc.read(file, &chunk, chunk.count)
      if count < 0 { if errno == EINTR { continue }; return nil }
      if count == 0 { return (bytes, FileIdentity(status)) }
      bytes += chunk[..<count]
      guard bytes.count <= limit else { return nil }
    }
  }

  /// Plain names in a folder, sorted; empty when it cannot be read.
  func names(in segments: [String], limit: Int) -> [String] {
    guard let folder = openFolder(segments[...]) else { return [] }
    guard let stream = fdopendir(folder) else { close(folder); return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream), names.count < limit {
      let length = nameLength(entry)
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix(length)) }
      if let name = String(validating: bytes, as: UTF8.self), bytes.first != UInt8(ascii: ".") { names.append(name) }
    }
    return names.sorted()
  }

  private func nameLength(_ entry: UnsafeMutablePointer<dirent>) -> Int {
    withUnsafeBytes(of: &entry.pointee.d_name) { $0.firstIndex(of: 0) ?? $0.count }
  }

  /// A handle the caller closes. Each step refuses links, so that a folder swapped under us cannot lead out of the
  /// tree.
  private func openFolder(_ segments: ArraySlice<String>) -> Int32? {
    // The root itself may be a link: that is how one release of a copy replaces another.
    var folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    for segment in segments where folder >= 0 {
      let next = openat(folder, segment, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      close(folder)
      folder = next
    }
    return folder >= 0 ? folder : nil
  }
}
