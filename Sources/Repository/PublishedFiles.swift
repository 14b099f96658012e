internal import Encodings
internal import PKI
internal import Support

/// One published file as it is now.
public struct PublishedFile: Sendable {
  public let bytes: [UInt8]
  /// SHA-256, hexadecimal, 32 characters of it: a strong validator.
  public let tag: String
  /// Of the file, Unix seconds.
  public let modified: Int64
}

/// Files of the folder for whoever serves them. Which names may be asked for is the caller's rule; links and special
/// files are refused here.
public struct PublishedFiles: Sendable {
  private let files: FolderFiles
  init(files: FolderFiles) { self.files = files }

  /// - Parameter segments: plain names, none of them empty, `.` or `..`.
  public func read(_ segments: [String], limit: Int) -> PublishedFile? {
    guard
      segments.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0x2F) && !$0.utf8.contains(0) })
    else { return nil }
    guard let file = files.read(segments, limit: limit) else { return nil }
    return PublishedFile(
      bytes: file.bytes,
      tag: String(Hex.encode(SHA2.sha256(file.bytes)).prefix(32)),
      modified: file.identity.seconds
    )
  }
}
