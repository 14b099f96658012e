import Encodings
import Fixtures
import Foundation
import Glibc
import PKI
import Support
import Testing
import TransparencyLog

@testable import Records

/// The folder of a reader, and what it has seen.
struct ReaderStateTests {
  private func mode(_ path: String) -> UInt32 {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  @Test func folder() throws {
    let outer = try TemporaryFolder()
    let path = outer.path + "/a/state"
    let state = try ReaderState(path)
    #expect(mode(path) == 0o700)
    let authority = try state.authority(anchor: [1, 2, 3])
    #expect(authority.path == path + "/" + Hex.encode(SHA2.sha256([1, 2, 3])).prefix(16))
    #expect(mode(authority.path) == 0o700)
    _ = try ReaderState(path)
    chmod(path, 0o755)
    #expect(throws: ReaderStateFailure.widerRights(path)) { try ReaderState(path) }
    chmod(path, 0o700)
    chmod(authority.path, 0o710)
    #expect(throws: ReaderStateFailure.widerRights(authority.path)) { try state.authority(anchor: [1, 2, 3]) }
    symlink(path, outer.path + "/link")
    #expect(throws: ReaderStateFailure.notAFolder(outer.path + "/link")) { try ReaderState(outer.path + "/link") }
    try outer.write("file", [1])
    #expect(throws: ReaderStateFailure.notAFolder(outer.path + "/file")) { try ReaderState(outer.path + "/file") }
    if geteuid() == 0 {
      mkdir(outer.path + "/other", 0o700)
      chown(outer.path + "/other", 1, 1)
      #expect(throws: ReaderStateFailure.otherOwner(outer.path + "/other")) { try ReaderState(outer.path + "/other") }
    }
  }

  @Test func lock() throws {
    let folder = try TemporaryFolder()
    let state = try ReaderState(folder.path)
    let held = try state.lock()
    #expect(held != nil)
    #expect(try state.lock() == nil)
    withExtendedLifetime(held) {}
  }

  private func seen(_ change: (inout SeenState) throws -> Void) throws -> SeenState {
    var state = SeenState(anchors: [SHA2.sha256([1])], host: "khatm.example", time: 10)
    try change(&state)
    return state
  }

  @Test func seenIsKept() throws {
    let folder = try TemporaryFolder()
    let state = try ReaderState(folder.path).authority(anchor: [1])
    #expect(state.seen() == .none)
    var log = try SampleLog()
    try log.list("1")
    let head = SeenState.Head(try log.publish())
    let full = try seen {
      $0.head = head
      $0.trustList = .init(sequence: 7, digest: SHA2.sha256([7]))
      $0.lists["https://a.example/1"] = .init(validFrom: Instant(seconds: 5), digest: SHA2.sha256([5]))
      $0.crls["http://a.example/crl"] = 4
      $0.terms["did:web:a.example#1"] = 99
      $0.statement = .init(sequence: 3, digest: SHA2.sha256([3]))
    }
    #expect(SeenState.parse(full.bytes) == full)
    try state.add(full)
    #expect(state.seen() == .state(full))
    #expect(mode(state.path + "/seen.json") == 0o600)
    // What is not exactly what we write is lost, and that is said.
    let file = URL(filePath: state.path + "/seen.json")
    for bytes in [[], full.bytes + [0x0A], Array("{}".utf8), Array(full.bytes.dropLast(9))] {
      try Data(bytes).write(to: file)
      #expect(state.seen() == .lost)
    }
    try FileManager.default.removeItem(at: file)
    symlink("/etc/hostname", file.path)
    #expect(state.seen() == .lost)
    try state.add(full)
    #expect(state.seen() == .state(full))
    #expect(
      FileManager.default.fileExists(atPath: "/etc/hostname")
        == FileManager.default.isReadableFile(atPath: "/etc/hostname")
    )
  }

  @Test func onlyGrows() throws {
    var log = try SampleLog()
    try log.list("1")
    let old = SeenState.Head(try log.publish())
    try log.list("1", 2)
    let new = SeenState.Head(try log.publish())
    func list(_ second: Int64) -> SeenState.List {
      .init(validFrom: Instant(seconds: second), digest: SHA2.sha256([1]))
    }
    let one = try seen {
      $0.head = new
      $0.trustList = .init(sequence: 7, digest: SHA2.sha256([7]))
      $0.lists = ["a": list(1), "b": list(9)]
      $0.crls = ["x": 4, "y": 1]
      $0.time = 20
    }
    let other = try seen {
      $0.anchors = [SHA2.sha256([2])]
      $0.head = old
      $0.trustList = .init(sequence: 6, digest: SHA2.sha256([6]))
      $0.lists = ["a": list(5), "c": list(2)]
      $0.crls = ["x": 3, "z": 1]
      $0.statement = .init(sequence: 1, digest: SHA2.sha256([1]))
      $0.time = 30
    }
    for merged in [one.merged(with: other), other.merged(with: one)] {
      #expect(merged.head == new && merged.trustList?.sequence == 7 && merged.time == 30)
      #expect(merged.anchors.count == 2 && merged.crls == ["x": 4, "y": 1, "z": 1] && merged.statement?.sequence == 1)
      // By the longer log, not by the later date.
      #expect(merged.lists == ["a": list(1), "b": list(9), "c": list(2)])
      #expect(merged.merged(with: one) == merged && merged.merged(with: other) == merged)
    }
    let folder = try TemporaryFolder()
    let state = try ReaderState(folder.path).authority(anchor: [1])
    try state.add(one)
    #expect(try state.add(other) == one.merged(with: other))
    #expect(state.seen() == .state(one.merged(with: other)))
  }

  @Test func comparison() throws {
    var log = try SampleLog()
    var fork = try SampleLog()
    try log.list("1")
    let small = try log.publish()
    try log.list("2")
    let large = try log.publish()
    try fork.list("3")
    let other = try fork.publish()
    let none = try seen { _ in }
    #expect(none.compare(small.checkpoint) { _ in nil } == .first)
    let seen = try seen {
      $0.head = SeenState.Head(small)
      $0.trustList = .init(sequence: 7, digest: SHA2.sha256([7]))
    }
    #expect(seen.compare(small.checkpoint) { _ in nil } == .same)
    #expect(seen.compare(large.checkpoint) { _ in small.root } == .newer(isProved: true))
    #expect(seen.compare(large.checkpoint) { _ in nil } == .newer(isProved: false))
    #expect(seen.compare(large.checkpoint) { _ in other.root } == .fork(size: 1, seen: small.root, offered: other.root))
    #expect(seen.compare(other.checkpoint) { _ in nil } == .fork(size: 1, seen: small.root, offered: other.root))
    let newer = try self.seen { $0.head = SeenState.Head(large) }
    #expect(newer.compare(small.checkpoint) { _ in nil } == .rollback(seen: 2, offered: 1))
    #expect(none.compare(.init(sequence: 1, digest: [])) == .first)
    #expect(seen.compare(.init(sequence: 6, digest: [])) == .rollback(seen: 7, offered: 6))
    #expect(seen.compare(.init(sequence: 7, digest: SHA2.sha256([7]))) == .same)
    #expect(seen.compare(.init(sequence: 7, digest: [])) == .fork(sequence: 7))
    #expect(seen.compare(.init(sequence: 8, digest: [])) == .newer)
  }

  @Test func evidence() throws {
    let folder = try TemporaryFolder()
    let state = try ReaderState(folder.path).authority(anchor: [1])
    for number in 0..<20 { try state.keep(evidence: [[UInt8(number)], [99]]) }
    #expect(try Folder.names(in: state.path + "/evidence").count == AuthorityState.maxEvidence)
  }
}
