import Encodings
import Fixtures
import PKI
import TestSupport
import Testing
import TransparencyLog

/// Following a log over its states.
struct MonitorTests {
  /// Reads everything that is new and returns it.
  func drain(_ monitor: inout MonitorState, _ note: [UInt8], source: TileSource) throws -> [LoggedEntry] {
    let reader = try monitor.observe(note, source: source)
    var all: [LoggedEntry] = []
    while true {
      let next = try monitor.next(from: reader)
      if next.isEmpty { return all }
      all += next
    }
  }

  @Test func followsWithoutAGap() throws {
    var log = try SampleLog()
    var monitor = try MonitorState(policy: log.policy)
    var seen: [LoggedEntry] = []
    var generator = SeededGenerator(seed: 41)
    for round in 0..<40 {
      let note = try log.grow(by: Int.random(in: 0...60, using: &generator), seed: UInt64(round))
      if round % 3 == 2 { continue }  // away for a while
      seen += try drain(&monitor, note, source: log.source)
      monitor = try MonitorState(policy: log.policy, saved: monitor.saved)
    }
    seen += try drain(&monitor, log.publish(), source: log.source)
    #expect(seen.map(\.index) == Array(0..<log.tree.size))
    #expect(seen.map(\.bytes) == log.entries)
    #expect(monitor.delivered == log.tree.size)
    #expect(
      try monitor.next(from: monitor.observe(log.publish(), source: log.source)).isEmpty,
      "no event is an answer too"
    )
  }

  /// Stopped anywhere, restarted from what was saved: nothing is missing, and only what was not saved comes again.
  @Test func survivesAStopAnywhere() throws {
    var log = try SampleLog()
    _ = try log.grow(by: 300)
    let early = log
    _ = try log.grow(by: 500, seed: 2)
    for stop in 0..<5 {
      var monitor = try MonitorState(policy: log.policy)
      var kept: [UInt64] = []
      var saved = monitor.saved
      let first = try monitor.observe(try #require(early.checkpoints.last), source: early.source)
      saved = monitor.saved
      for step in 0..<2 where step < stop {
        kept += try monitor.next(from: first).map(\.index)
        saved = monitor.saved
      }
      if stop > 2 { _ = try monitor.next(from: first) }  // handed out, not saved, lost
      var again = try MonitorState(policy: log.policy, saved: saved)
      kept += try drain(&again, try #require(log.checkpoints.last), source: log.source).map(\.index)
      #expect(kept == Array(0..<800), "stop \(stop)")
    }
  }

  @Test func liesAreNamed() throws {
    var log = try SampleLog()
    _ = try log.grow(by: 300)
    let early = log
    _ = try log.grow(by: 100, seed: 2)
    var monitor = try MonitorState(policy: log.policy)
    _ = try drain(&monitor, try #require(early.checkpoints.last), source: early.source)
    let before = monitor
    // Smaller.
    var ahead = monitor
    _ = try ahead.observe(try #require(log.checkpoints.last), source: log.source)
    #expect(throws: LogRejection.rollback(known: 400, offered: 300)) {
      try ahead.observe(try #require(early.checkpoints.last), source: early.source)
    }
    // Another tree of the same size, with tiles that fit it.
    var fork = early
    fork = try ForkedLog.make(of: log, size: 300)
    #expect(throws: LogRejection.fork(size: 300, known: early.tree.root, offered: fork.tree.root)) {
      try monitor.observe(try #require(fork.checkpoints.last), source: fork.source)
    }
    // A larger tree over another past.
    let larger = try ForkedLog.make(of: log, size: 350)
    #expect(throws: LogRejection.inconsistent(known: 300, offered: 350)) {
      try monitor.observe(try #require(larger.checkpoints.last), source: larger.source)
    }
    #expect(monitor == before, "nothing changed")
    #expect(
      try drain(&monitor, try #require(log.checkpoints.last), source: log.source).map(\.index) == Array(300..<400)
    )
  }

  @Test func wrongOrMissingFiles() throws {
    var log = try SampleLog()
    let note = try log.grow(by: 600)
    let files = log.files
    for path in ["tile/entries/001", "tile/entries/002.p/88", "tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2"] {
      for change in 0..<3 {
        let source = TileSource { asked in
          guard asked == path, var bytes = files[asked] else { return files[asked] }
          switch change {
          case 0: return nil
          case 1: bytes[bytes.count / 2] ^= 4
          default: bytes.removeLast()
          }
          return bytes
        }
        var monitor = try MonitorState(policy: log.policy)
        var delivered: [LoggedEntry] = []
        #expect(throws: LogRejection.self, "\(path) \(change)") {
          let reader = try monitor.observe(note, source: source)
          while true {
            let next = try monitor.next(from: reader)
            if next.isEmpty { break }
            delivered += next
          }
        }
        #expect(
          delivered.map(\.bytes) == Array(log.entries.prefix(delivered.count)),
          "only true entries were handed out"
        )
        #expect(monitor.delivered == UInt64(delivered.count))
        // With the right file it goes on from there.
        let rest = try drain(&monitor, note, source: log.source)
        #expect((delivered + rest).map(\.index) == Array(0..<600))
      }
    }
  }

  @Test func readerOfAnotherState() throws {
    var log = try SampleLog()
    var monitor = try MonitorState(policy: log.policy)
    let old = try monitor.observe(try log.grow(by: 10), source: log.source)
    _ = try monitor.observe(try log.grow(by: 10, seed: 2), source: log.source)
    #expect(throws: LogRejection.rootMismatch) { try monitor.next(from: old) }
    var fresh = try MonitorState(policy: log.policy)
    #expect(throws: LogRejection.rootMismatch) { try fresh.next(from: old) }
  }

  @Test func savedForm() throws {
    var log = try SampleLog()
    var monitor = try MonitorState(policy: log.policy)
    #expect(monitor.saved == Array("khatm-monitor/1\ndelivered 0\n\n".utf8))
    #expect(try MonitorState(policy: log.policy, saved: monitor.saved) == monitor)
    let note = try log.grow(by: 5)
    _ = try drain(&monitor, note, source: log.source)
    #expect(monitor.saved == Array("khatm-monitor/1\ndelivered 5\n\n".utf8) + note)
    let text = String(decoding: monitor.saved, as: UTF8.self)
    for wrong in [
      "", "x", text.replacing("monitor/1", with: "monitor/2"), text.replacing("delivered 5", with: "delivered 6"),
      text.replacing("delivered 5", with: "delivered 05"),
      text.replacing("delivered 5\n", with: ""), "khatm-monitor/1\ndelivered 1\n\n",
      text.replacing("5\n\n", with: "5\nx\n"), String(text.dropLast()), text + "x\n",
    ] {
      #expect(throws: LogRejection.self, "\(wrong.debugDescription)") {
        try MonitorState(policy: log.policy, saved: Array(wrong.utf8))
      }
    }
    #expect(throws: LogRejection.self) { try MonitorState(policy: SampleLog().policy, saved: monitor.saved) }
  }

  /// A log of credential entries: the replay of what the monitor hands out is the register's public face.
  @Test func monitorAndReplay() throws {
    let (log, issued, _) = try LogProofTests.log(300)
    var monitor = try MonitorState(policy: log.policy)
    var replay = LogReplay()
    for entry in try drain(&monitor, try #require(log.checkpoints.last), source: log.source) {
      try replay.apply(entry.parsed())
    }
    #expect(replay.count == 300)
    for credential in issued {
      let ref = try CredentialHandle.ref(salt: credential.salt, id: credential.id)
      #expect(replay.credentials[ref]?.state == .inForce)
    }
  }
}

/// Another tree under the same key: what a dishonest log would show to one reader only.
enum ForkedLog {
  static func make(of log: SampleLog, size: Int) throws -> SampleLog {
    var fork = log
    try fork.restart(with: entries(size, seed: 666))
    try fork.publish()
    return fork
  }
}

extension SampleLog {
  mutating func restart(with entries: [[UInt8]]) throws {
    reset()
    try append(entries)
  }
}
