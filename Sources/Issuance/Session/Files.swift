internal import PKI
internal import Support

extension IssuanceFailure {
  init(_ failure: FileFailure) {
    self =
      failure.reason == .differs
      ? .publishedDiffers(path: failure.path)
      : .fileSystem(path: failure.path, call: failure.call, why: failure.why)
  }
}

/// The files of a home and of `public/`, with this module's error. What they promise is said in `Support`.
enum Files {
  private static func failing<Value>(_ body: () throws(FileFailure) -> Value) throws(IssuanceFailure) -> Value {
    do throws(FileFailure) {
      return try body()
    } catch {
      throw IssuanceFailure(error)
    }
  }

  static func replace(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o644) throws(IssuanceFailure) {
    try failing { () throws(FileFailure) in try AtomicFile.replace(path, with: bytes, mode: mode) }
  }

  static func create(_ files: [(path: String, bytes: [UInt8])]) throws(IssuanceFailure) {
    try failing { () throws(FileFailure) in try AtomicFile.create(files) }
  }

  static func copy(_ source: String, to target: String, mode: UInt32) throws(IssuanceFailure) {
    try failing { () throws(FileFailure) in try AtomicFile.copy(source, to: target, mode: mode) }
  }

  static func move(_ path: String, to target: String) throws(IssuanceFailure) {
    try failing { () throws(FileFailure) in try AtomicFile.move(path, to: target) }
  }

  static func sync(_ path: String) throws(IssuanceFailure) {
    try failing { () throws(FileFailure) in try AtomicFile.sync(path) }
  }

  static func makeFolder(_ path: String, mode: UInt32 = 0o755) throws(IssuanceFailure) {
    try failing { () throws(FileFailure) in try Folder.make(path, mode: mode) }
  }

  static func read(_ path: String, limit: Int) throws(IssuanceFailure) -> [UInt8]? {
    try failing { () throws(FileFailure) in try BoundedRead.file(path, limit: limit) }
  }

  /// Names in a folder, hidden ones too, sorted.
  static func names(in folder: String) throws(IssuanceFailure) -> [String] {
    try failing { () throws(FileFailure) in try Folder.names(in: folder, hidden: true) }
  }

  /// SHA-256 of a regular file of any size.
  static func digest(_ path: String) throws(IssuanceFailure) -> [UInt8] {
    var hash = SHA256()
    try failing { () throws(FileFailure) in try BoundedRead.pieces(of: path) { hash.update($0) } }
    return hash.finish()
  }
}
