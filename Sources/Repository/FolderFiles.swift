internal import Glibc
internal import Support

/// Reads below one folder. No link is followed on the way, only regular files are read, and never more bytes than were
/// agreed.
struct FolderFiles: Sendable {
  let root: String

  /// Nil: nothing there, or a link.
  func identity(_ segments: [String]) -> FileIdentity? {
    FileIdentity(at: root + "/" + segments.joined(separator: "/"))
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
    return try? BoundedRead.regular(file, path: name, limit: limit)  // what cannot be read is not there
  }

  /// Plain names in a folder, sorted; empty when it cannot be read.
  func names(in segments: [String], limit: Int) -> [String] {
    openFolder(segments[...]).map { Folder.names(in: $0, limit: limit) } ?? []
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
