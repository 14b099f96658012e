import Foundation
import Support
import Testing

/// A folder that goes with the test.
private final class Scratch {
  let path = FileManager.default.temporaryDirectory.appending(path: "khatm-support-\(UUID().uuidString)").path
  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }  // a leftover of a test is no failure
  subscript(name: String) -> String { path + "/" + name }

  func mode(_ name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: self[name])[.posixPermissions] as? Int
  }
  func names(_ folder: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: self[folder]).sorted()
  }
}

/// Files written whole or not at all, and reads that end.
@Suite struct FileTests {
  @Test func aFileIsReplacedWholeAndNothingStaysBesideIt() throws {
    let scratch = try Scratch()
    try AtomicFile.replace(scratch["a/b/file"], with: [1, 2, 3])
    try AtomicFile.replace(scratch["a/b/file"], with: [4])
    #expect(try BoundedRead.file(scratch["a/b/file"], limit: 8) == [4])
    #expect(try scratch.names("a/b") == ["file"])
    #expect(try scratch.mode("a/b/file") == 0o644)
    try AtomicFile.replace(scratch["keys/secret"], with: [5], mode: 0o600)
    #expect(try scratch.mode("keys/secret") == 0o600)
    #expect(try scratch.mode("keys") == 0o700)
  }

  @Test func aFailureLeavesTheOldBytesAndNoOther() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch["taken/x"], withIntermediateDirectories: true)
    let failure = #expect(throws: FileFailure.self) { try AtomicFile.replace(scratch["taken"], with: [1]) }
    #expect(failure?.call == "rename")
    #expect(try scratch.names() == ["taken"])
    // The name it is written under is taken.
    try AtomicFile.replace(scratch["file"], with: [1])
    try FileManager.default.createDirectory(atPath: scratch[".file.new/x"], withIntermediateDirectories: true)
    #expect(throws: FileFailure.self) { try AtomicFile.replace(scratch["file"], with: [2]) }
    #expect(try BoundedRead.file(scratch["file"], limit: 8) == [1])
  }

  @Test func aLinkIsReplacedAndItsTargetIsLeftAlone() throws {
    let scratch = try Scratch()
    try AtomicFile.replace(scratch["target"], with: [1])
    try FileManager.default.createSymbolicLink(atPath: scratch["link"], withDestinationPath: scratch["target"])
    try AtomicFile.replace(scratch["link"], with: [2])
    #expect(try BoundedRead.file(scratch["target"], limit: 8) == [1])
    #expect(try BoundedRead.file(scratch["link"], limit: 8) == [2])
  }

  @Test func bytesThatNeverChangeAreWrittenOnce() throws {
    let scratch = try Scratch()
    let files = (0..<40).map { (path: scratch["tile/\($0 % 3)/\($0)"], bytes: [UInt8($0)]) }
    try AtomicFile.create(files)
    try AtomicFile.create(files)
    let failure = #expect(throws: FileFailure.self) { try AtomicFile.create([(scratch["tile/0/0"], [9])]) }
    #expect(failure?.reason == .differs)
    #expect(try BoundedRead.file(scratch["tile/0/0"], limit: 8) == [0])
  }

  @Test func aNewFileIsNeverWrittenOverAnother() throws {
    let scratch = try Scratch()
    try AtomicFile.create(scratch["key"], [1], mode: 0o600)
    #expect(throws: FileFailure.self) { try AtomicFile.create(scratch["key"], [2], mode: 0o600) }
    #expect(try BoundedRead.file(scratch["key"], limit: 8) == [1])
    #expect(try scratch.mode("key") == 0o600)
    #expect(throws: FileFailure.self) { try AtomicFile.copy(scratch["key"], to: scratch["key"], mode: 0o600) }
  }

  @Test func aCopyHasAllBytesAndAMoveNoneOfThem() throws {
    let scratch = try Scratch()
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try AtomicFile.replace(scratch["from"], with: bytes)
    try AtomicFile.copy(scratch["from"], to: scratch["to"], mode: 0o600)
    #expect(try BoundedRead.file(scratch["to"], limit: bytes.count) == bytes)
    try Folder.make(scratch["aside"])
    try AtomicFile.move(scratch["to"], to: scratch["aside/to"])
    #expect(try scratch.names() == ["aside", "from"])
  }

  @Test func readsAreBounded() throws {
    let scratch = try Scratch()
    try AtomicFile.replace(scratch["file"], with: [1, 2, 3])
    #expect(try BoundedRead.file(scratch["file"], limit: 3) == [1, 2, 3])
    let failure = #expect(throws: FileFailure.self) { try BoundedRead.file(scratch["file"], limit: 2) }
    #expect(failure?.reason == .tooLarge(limit: 2))
    // A file of the kernel says that it has no bytes, and has some.
    #expect(throws: FileFailure.self) { try BoundedRead.file("/proc/self/maps", limit: 16) }
    #expect(try BoundedRead.file(scratch["none"], limit: 2) == nil)
    #expect(throws: FileFailure.self) { try BoundedRead.file(scratch["file/below"], limit: 2) }
  }

  @Test func onlyRegularFilesAreRead() throws {
    let scratch = try Scratch()
    try AtomicFile.replace(scratch["file"], with: [1])
    try FileManager.default.createSymbolicLink(atPath: scratch["link"], withDestinationPath: scratch["file"])
    #expect(mkfifo(scratch["pipe"], 0o600) == 0)
    for name in ["", "pipe"] {
      let failure = #expect(throws: FileFailure.self) { try BoundedRead.file(scratch[name], limit: 8) }
      #expect(failure?.reason == .notRegular)
    }
    #expect(throws: FileFailure.self) { try BoundedRead.file(scratch["link"], limit: 8) }
    #expect(try BoundedRead.bytes(of: scratch["link"], limit: 8, followingLinks: true) == [1])
    #expect(FileIdentity(at: scratch["link"]) == nil)
  }

  @Test func aChangedFileHasAnotherIdentity() throws {
    let scratch = try Scratch()
    try AtomicFile.replace(scratch["file"], with: [1])
    let first = FileIdentity(at: scratch["file"])
    #expect(first == FileIdentity(at: scratch["file"]))
    try AtomicFile.replace(scratch["file"], with: [1])
    #expect(first != FileIdentity(at: scratch["file"]))
  }

  @Test func namesAreSortedAndHiddenOnesAreLeftOut() throws {
    let scratch = try Scratch()
    for name in ["b", "a", ".hidden"] { try AtomicFile.replace(scratch[name], with: []) }
    #expect(try Folder.names(in: scratch.path) == ["a", "b"])
    #expect(try Folder.names(in: scratch.path, hidden: true) == [".hidden", "a", "b"])
    #expect(try Folder.names(in: scratch.path, limit: 1).count == 1)
    #expect(throws: FileFailure.self) { try Folder.names(in: scratch["none"]) }
  }

  @Test func aLockIsHeldOnceAndEndsWithItsHolder() throws {
    let scratch = try Scratch()
    var lock: FileLock? = try FileLock(scratch["lock"], note: "42 2026 ")
    let failure = #expect(throws: FileFailure.self) { try FileLock(scratch["lock"], wait: 0.1) }
    #expect(failure?.reason == .locked(by: "42 2026 "))
    withExtendedLifetime(lock) {}
    lock = nil
    lock = try FileLock(scratch["lock"])
    withExtendedLifetime(lock) {}
  }
}
