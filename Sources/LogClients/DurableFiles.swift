internal import Glibc
internal import Support

/// Files of a copy or a state, with this module's error. What they promise is said in `Support`.
enum DurableFiles {
  private static func storing<Value>(_ body: () throws(FileFailure) -> Value) throws(FollowFailure) -> Value {
    do throws(FileFailure) {
      return try body()
    } catch {
      throw .storage(path: error.path, why: error.why)
    }
  }

  static func replace(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o644) throws(FollowFailure) {
    try storing { () throws(FileFailure) in try AtomicFile.replace(path, with: bytes, mode: mode) }
  }

  static func move(_ path: String, to target: String) throws(FollowFailure) {
    try storing { () throws(FileFailure) in try AtomicFile.move(path, to: target) }
  }

  static func makeFolder(_ path: String) throws(FollowFailure) {
    try storing { () throws(FileFailure) in try Folder.make(path) }
  }

  /// The bytes of a regular file; nil when there is none. The last name may not be a link.
  static func read(_ path: String, limit: Int) throws(FollowFailure) -> [UInt8]? {
    do throws(FileFailure) {
      return try BoundedRead.file(path, limit: limit)
    } catch {
      if case .tooLarge(let limit) = error.reason { throw .tooLarge(path: path, limit: limit) }
      if error.reason == .system(ENOTDIR) { return nil }
      throw .unreachable(what: path, why: error.why)
    }
  }

  /// Plain names in a folder, sorted; empty when there is no folder. Hidden names are left out.
  static func names(in folder: String) -> [String] {
    // without them every question about a file of the folder says that it is missing
    (try? Folder.names(in: folder, limit: PublicFiles.maxFiles)) ?? []
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// One process at a time works on a copy or a state.
  static func lock(_ path: String) throws(FollowFailure) -> FileLock {
    do throws(FileFailure) {
      return try FileLock(path)
    } catch {
      if case .locked = error.reason { throw .busy(path: path) }
      throw .storage(path: path, why: error.why)
    }
  }
}
