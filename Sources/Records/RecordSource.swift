internal import Glibc
internal import PKI
internal import Support
internal import TransparencyLog

/// Where a reader takes the files of `public/` from: a folder, a web server, a cache. Nothing it gives is believed.
public struct RecordSource: Sendable {
  /// The bytes under a path; nil: there is no such file, or it cannot be read, or it is larger than the limit.
  public let read: @Sendable (_ path: String, _ limit: Int) throws(RecordSourceFailure) -> [UInt8]?

  /// - Parameter read: throws only where asking again may help: what a folder does not give is not there.
  public init(_ read: @escaping @Sendable (_ path: String, _ limit: Int) throws(RecordSourceFailure) -> [UInt8]?) {
    self.read = read
  }

  /// A folder in the layout of `public/`. No link below it is followed, and no folder is listed.
  public static func folder(_ root: String) -> RecordSource {
    RecordSource { (path, limit) throws(RecordSourceFailure) in FolderFile.read(root, path, limit: limit) }
  }

  // MARK: the files that readers ask for

  public static let maxBundleBytes = EntryBundle.maxBytes

  /// The note of the newest checkpoint, not verified.
  public func checkpoint() throws(RecordSourceFailure) -> [UInt8]? { try read("checkpoint", SignedNote.maxBytes) }

  func records(_ name: RecordFileName) throws(RecordSourceFailure) -> [UInt8]? {
    try read(name.path, RecordFile.maxBytes)
  }

  /// The bytes with this digest, compared with it; nil where they cannot be had.
  public func stored(_ digest: [UInt8], limit: Int) throws(RecordSourceFailure) -> [UInt8]? {
    guard let bytes = try read(StorePath.path(of: digest), limit), SHA2.sha256(bytes) == digest else { return nil }
    return bytes
  }

  /// Tiles and entry bundles.
  var tiles: TileSource {
    TileSource { path in
      do throws(RecordSourceFailure) {
        return try read(path, path.hasPrefix("tile/entries/") ? Self.maxBundleBytes : 256 * Merkle.hashBytes)
      } catch {
        throw LogRejection.unreadable(what: path, reason: error.why)
      }
    }
  }
}

/// A source that did not answer: asking again may help.
public struct RecordSourceFailure: Error, Hashable, Sendable {
  public let why: String
  public init(_ why: String) { self.why = why }
}

/// One file below a folder.
private enum FolderFile {
  static func read(_ root: String, _ path: String, limit: Int) -> [UInt8]? {
    let segments = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard let name = segments.last, segments.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return nil }
    // The root itself may be a link: that is how one release of a copy replaces another.
    var folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    for segment in segments.dropLast() where folder >= 0 {
      let next = openat(folder, segment, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      close(folder)
      folder = next
    }
    guard folder >= 0 else { return nil }
    defer { close(folder) }
    // Not blocking: a FIFO under a published name must not hold the reader.
    let file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return try? BoundedRead.regular(file, path: path, limit: limit).bytes  // what cannot be read is not there
  }
}
