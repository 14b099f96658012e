internal import Dispatch
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// Files that a reader, and a power cut, see as the old bytes or the new ones (`docs/DESIGN.md`, publication).
///
/// The order of writes, syncs and renames is a promise; `Scripts/powerloss` checks it.
public enum AtomicFile {
  /// Writes under another name, fsyncs, renames, fsyncs the folder. A folder that is not there is made, for its owner
  /// alone where the file is.
  public static func replace(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o644) throws(FileFailure) {
    let folder = Folder.of(path)
    try Folder.make(folder, mode: mode == 0o600 ? 0o700 : 0o755)
    try put(path, bytes, mode: mode)
    try Folder.sync(folder)
  }

  /// Seen whole or not at all, but a power cut may lose it: for results outside a home, whose file system and folder
  /// may allow no sync. The folder must be there.
  public static func replaceUnsynced(_ path: String, with bytes: [UInt8], mode: UInt32) throws(FileFailure) {
    try put(path, bytes, mode: mode, syncing: false)
  }

  /// All but the folder, which must be there and is synced afterwards.
  private static func put(_ path: String, _ bytes: [UInt8], mode: UInt32, syncing: Bool = true) throws(FileFailure) {
    let temporary = Folder.of(path, then: ".\(Folder.name(of: path)).new")
    unlink(temporary)
    try create(temporary, bytes, mode: mode, syncing: syncing)
    do throws(FileFailure) {
      try checking("rename", on: path) { rename(temporary, path) }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// A file under a name that must not be there. Its bytes are on disk, its name is not yet.
  public static func create(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(FileFailure) {
    try create(path, bytes, mode: mode, syncing: true)
  }

  private static func create(_ path: String, _ bytes: [UInt8], mode: UInt32, syncing: Bool) throws(FileFailure) {
    let file = try openNew(path, mode: mode)
    do throws(FileFailure) {
      defer { close(file.rawValue) }  // what must not be lost is synced before
      try writeAll(bytes, to: file, path: path)
      if syncing { try checking("fsync", on: path) { fsync(file.rawValue) } }
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Files whose bytes never change once they exist (tiles): equal bytes are left alone, other bytes stop everything.
  /// All are on disk when it returns. Several wait for the disk together, which costs it little more than one.
  public static func create(_ files: [(path: String, bytes: [UInt8])]) throws(FileFailure) {
    let folders = Set(files.map { Folder.of($0.path) }).sorted()
    for folder in folders { try Folder.make(folder) }
    let work = CreatedFiles(files)
    let group = DispatchGroup()
    for lane in 0..<min(8, files.count) {
      // each has a thread of its own: most of the time it waits
      DispatchQueue(label: "khatm.files.\(lane)").async(group: group) { while work.next() {} }
    }
    group.wait()
    if let failure = work.failure { throw failure }
    for folder in folders { try Folder.sync(folder) }
  }

  /// The files that `create` deals out to its threads.
  private final class CreatedFiles: Sendable {
    private let files: [(path: String, bytes: [UInt8])]
    /// Shared by the threads.
    private let state = Mutex<(next: Int, failure: FileFailure?)>((0, nil))
    init(_ files: [(path: String, bytes: [UInt8])]) { self.files = files }
    var failure: FileFailure? { state.withLock { $0.failure } }

    /// Writes one; false when there is none, or one failed.
    func next() -> Bool {
      let index = state.withLock { state in
        defer { state.next += 1 }
        return state.failure == nil ? state.next : files.count
      }
      guard index < files.count else { return false }
      do throws(FileFailure) {
        let (path, bytes) = files[index]
        if let found = try BoundedRead.file(path, limit: bytes.count + 1) {
          guard found == bytes else { throw FileFailure(path, call: "open", .differs) }
        } else {
          try AtomicFile.put(path, bytes, mode: 0o644)
        }
      } catch { state.withLock { $0.failure = error } }
      return true
    }
  }

  /// A copy under a name that nobody looks at yet and that is not there; synced, its name is not.
  public static func copy(_ source: String, to target: String, mode: UInt32) throws(FileFailure) {
    let file = try openNew(target, mode: mode)
    defer { close(file.rawValue) }  // synced before, or of no use
    try BoundedRead.pieces(of: source) { piece throws(FileFailure) in try writeAll(piece, to: file, path: target) }
    try checking("fsync", on: target) { fsync(file.rawValue) }
  }

  /// Renames, and syncs the new folder and then the old one.
  public static func move(_ path: String, to target: String) throws(FileFailure) {
    try checking("rename", on: target) { rename(path, target) }
    try Folder.sync(Folder.of(target))
    if Folder.of(path) != Folder.of(target) { try Folder.sync(Folder.of(path)) }
  }

  /// What another library wrote is on disk, and its name too.
  public static func sync(_ path: String) throws(FileFailure) {
    let file = try BoundedRead.open(path)
    defer { close(file.rawValue) }  // read only
    try checking("fsync", on: path) { fsync(file.rawValue) }
    try Folder.sync(Folder.of(path))
  }

  private static func openNew(_ path: String, mode: UInt32) throws(FileFailure) -> FileDescriptor {
    try calling("open", on: path) {
      try FileDescriptor.open(
        path,
        .writeOnly,
        options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
        permissions: FilePermissions(rawValue: mode)
      )
    }
  }

  private static func writeAll(_ bytes: [UInt8], to file: FileDescriptor, path: String) throws(FileFailure) {
    try calling("write", on: path) { _ = try file.writeAll(bytes) }
  }
}

/// Folders, and names in them.
public enum Folder {
  /// The folder that a path stands in: empty for a bare name.
  public static func of(_ path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return slash == path.utf8.startIndex ? "/" : String(decoding: path.utf8[..<slash], as: UTF8.self)
  }

  static func name(of path: String) -> String {
    let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8[path.utf8.index(after: $0)...] }
    return name.map { String(decoding: $0, as: UTF8.self) } ?? path
  }

  /// Another name beside a path.
  static func of(_ path: String, then name: String) -> String {
    let folder = of(path)
    return folder.isEmpty ? name : "\(folder)/\(name)"
  }

  /// Makes a folder and those above it; each new name is synced into its parent.
  public static func make(_ path: String, mode: UInt32 = 0o755) throws(FileFailure) {
    if path.isEmpty || access(path, F_OK) == 0 { return }
    let parent = of(path)
    if parent != path { try make(parent, mode: mode) }
    try checking("mkdir", on: path) { mkdir(path, mode) == 0 || errno == EEXIST ? 0 : -1 }
    if !parent.isEmpty { try sync(parent) }
  }

  /// The names in a folder are on disk.
  public static func sync(_ path: String) throws(FileFailure) {
    let folder = try calling("open", on: path) {
      try FileDescriptor.open(path.isEmpty ? "." : path, .readOnly, options: [.directory, .closeOnExec])
    }
    defer { close(folder.rawValue) }  // read only
    try checking("fsync", on: path) { fsync(folder.rawValue) }
  }

  /// At most `limit` names in a folder, sorted; those that are no UTF-8 are left out.
  public static func names(in path: String, limit: Int = .max, hidden: Bool = false) throws(FileFailure) -> [String] {
    guard let stream = opendir(path) else { throw FileFailure(path, call: "readdir", .system(errno)) }
    return names(stream, limit: limit, hidden: hidden)
  }

  /// The same for an open folder, which it closes; without hidden names.
  public static func names(in descriptor: Int32, limit: Int) -> [String] {
    guard let stream = fdopendir(descriptor) else {
      close(descriptor)
      return []
    }
    return names(stream, limit: limit, hidden: false)
  }

  private static func names(_ stream: OpaquePointer, limit: Int, hidden: Bool) -> [String] {
    defer { closedir(stream) }
    var names: [String] = []
    while names.count < limit, let entry = readdir(stream) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      guard hidden || bytes.first != UInt8(ascii: "."), let name = String(validating: bytes, as: UTF8.self),
        name != ".", name != ".."
      else { continue }
      names.append(name)
    }
    return names.sorted()
  }
}
