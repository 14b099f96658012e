import Foundation
import Glibc
import Records
import Testing
import TransparencyLog

/// What a folder gives, and what it does not.
struct RecordSourceTests {
  @Test func folder() throws {
    let folder = try TemporaryFolder()
    let source = RecordSource.folder(folder.path)
    try folder.write("records/000", [1, 2, 3])
    try folder.write("checkpoint", [4])
    #expect(try source.read("records/000", 3) == [1, 2, 3])
    #expect(try source.checkpoint() == [4])
    #expect(try source.read("records/000", 2) == nil)
    for path in ["records/001", "records", "", "/", "records//000", "../x", "records/../checkpoint", "./checkpoint"] {
      #expect(try source.read(path, 9) == nil, "\(path)")
    }
    #expect(try RecordSource.folder(folder.path + "/nothing").read("checkpoint", 9) == nil)
  }

  /// Links and pipes at each name and folder: nothing there, and nobody waits.
  @Test func whatIsNoFile() throws {
    let folder = try TemporaryFolder()
    let source = RecordSource.folder(folder.path)
    try folder.write("real/000", [1])
    symlink(folder.path + "/real", folder.path + "/records")
    symlink(folder.path + "/real/000", folder.path + "/checkpoint")
    mkfifo(folder.path + "/real/001", 0o600)
    #expect(try source.read("records/000", 9) == nil)
    #expect(try source.checkpoint() == nil)
    #expect(try source.read("real/001", 9) == nil)
    #expect(try source.read("real/000", 9) == [1])
    // The folder itself may be a link: that is how releases are swapped.
    symlink(folder.path, folder.path + "/now")
    #expect(try RecordSource.folder(folder.path + "/now").read("real/000", 9) == [1])
  }
}
