import Encodings
import PKI
import TestSupport
import Testing
import TransparencyLog

/// Which acts may follow one another.
struct LogReplayTests {
  /// The acts of an entry.
  enum Act: CaseIterable { case issue, suspend, reinstate, revoke, supersede, binding, abandon }

  let chamber: Text = "did:web:a.example"

  func entry(
    _ act: Act,
    _ number: Int,
    at seconds: Int64,
    token: String = "t",
    chamber: Text? = nil,
    programme: Text = "p"
  ) throws -> LogEntry {
    let salt = SHA2.sha256([UInt8(number)])
    let handle = try CredentialHandle(salt: salt, token: Array("\(token)\(number)".utf8), id: Text("ID\(number)"))
    let event: LogEntry.Event =
      switch act {
      case .issue: .issue(handle, programme: programme)
      case .suspend: .suspend(handle, programme: programme, reason: "r")
      case .reinstate: .reinstate(handle, programme: programme, reason: "r")
      case .revoke: .revoke(handle, programme: programme, reason: "r")
      case .supersede: .supersede(handle, programme: programme, successor: salt)
      case .binding: .binding(handle, programme: programme, statement: salt)
      case .abandon: .abandoned(ref: handle.ref, programme: programme)
      }
    return try LogEntry(at: Instant(seconds: 1_800_000_000 + seconds), chamber: chamber ?? self.chamber, event: event)
  }

  /// The rules once more, written as a table: nil where the act is refused.
  func expected(_ state: LogReplay.State?, _ act: Act) -> LogReplay.State? {
    switch (state, act) {
    case (nil, .issue): .inForce
    case (nil, .abandon): .abandoned
    case (.inForce, .suspend): .suspended
    case (.suspended, .reinstate): .inForce
    case (.inForce, .revoke), (.suspended, .revoke): .revoked
    case (.inForce, .supersede), (.suspended, .supersede): .superseded
    case (.inForce, .binding): .inForce
    case (.suspended, .binding): .suspended
    default: nil
    }
  }

  /// All sequences of five acts on one credential: 16,807, each step as the table says; what is revoked never becomes
  /// anything else.
  @Test(.timeLimit(.minutes(allowedMinutes(2))))
  func allSequencesOfFive() throws {
    let entries = try Act.allCases.map { act in try entry(act, 1, at: 0) }
    let ref = try #require(entries[0].ref)
    var sequences = 0
    func walk(_ replay: LogReplay, _ state: LogReplay.State?, depth: Int) {
      if depth == 5 {
        sequences += 1
        return
      }
      for (act, entry) in zip(Act.allCases, entries) {
        var next = replay
        let wanted = expected(state, act)
        do {
          try next.apply(entry)
          if next.credentials[ref]?.state != wanted { Issue.record("\(act) on \(String(describing: state))") }
        } catch {
          if wanted != nil { Issue.record("\(act) on \(String(describing: state)): \(error)") }
          if next.credentials != replay.credentials || next.count != replay.count {
            Issue.record("changed by a refused entry")
          }
        }
        walk(next, wanted ?? state, depth: depth + 1)
      }
    }
    walk(LogReplay(), nil, depth: 0)
    #expect(sequences == 16_807)
  }

  @Test func strangersCannotAct() throws {
    var replay = LogReplay()
    try replay.apply(entry(.issue, 1, at: 0))
    let ref = try #require(try entry(.issue, 1, at: 0).ref)
    for wrong in [
      try entry(.revoke, 1, at: 1, chamber: "did:web:b.example"), try entry(.revoke, 1, at: 1, token: "u"),
      try entry(.revoke, 1, at: 1, programme: "q"),
      try entry(.issue, 1, at: 1),
    ] {
      #expect(throws: LogRejection.illegalTransition(ref: ref, from: .inForce, kind: wrong.kind)) {
        try replay.apply(wrong)
      }
    }
    let unknown = try entry(.suspend, 2, at: 1)
    #expect(throws: LogRejection.illegalTransition(ref: try #require(unknown.ref), from: nil, kind: .suspend)) {
      try replay.apply(unknown)
    }
    try replay.apply(entry(.revoke, 1, at: 1))
    #expect(replay.credentials[ref]?.state == .revoked)
    #expect(replay.credentials[ref]?.since == Instant(seconds: 1_800_000_001))
    #expect(replay.count == 2)
  }

  @Test func timeAndNumbersOnlyGrow() throws {
    var replay = LogReplay()
    try replay.apply(entry(.issue, 1, at: 10))
    try replay.apply(entry(.issue, 2, at: 10))
    #expect(throws: LogRejection.outOfOrder(kind: .issue, at: Instant(seconds: 1_800_000_009))) {
      try replay.apply(entry(.issue, 3, at: 9))
    }
    func list(_ sequence: Int64) throws -> LogEntry {
      try LogEntry(
        at: Instant(seconds: 1_800_000_010),
        chamber: chamber,
        event: .trustList(sequence: sequence, digest: SHA2.sha256([]))
      )
    }
    try replay.apply(list(7))
    #expect(throws: LogRejection.self) { try replay.apply(list(7)) }
    #expect(throws: LogRejection.self) { try replay.apply(list(6)) }
    try replay.apply(list(8))
    #expect(replay.trustListSequence == 8)
    let url: Text = "https://a.example/status/1"
    for digest in [SHA2.sha256([1]), SHA2.sha256([2])] {
      try replay.apply(
        LogEntry(at: Instant(seconds: 1_800_000_011), chamber: chamber, event: .statusList(url: url, digest: digest))
      )
      #expect(replay.statusLists[url] == digest)
    }
  }

  @Test func asOfADate() throws {
    let history = [
      try entry(.issue, 1, at: 100), try entry(.suspend, 1, at: 200), try entry(.binding, 1, at: 250),
      try entry(.reinstate, 1, at: 300),
      try entry(.suspend, 1, at: 400), try entry(.revoke, 1, at: 400),
    ]
    func state(_ seconds: Int64) throws -> LogReplay.State? {
      try LogReplay.state(at: Instant(seconds: 1_800_000_000 + seconds), entries: history)
    }
    #expect(try state(99) == nil)
    #expect(try state(100) == .inForce)
    #expect(try state(199) == .inForce)
    #expect(try state(200) == .suspended)
    #expect(try state(299) == .suspended)
    #expect(try state(300) == .inForce)
    #expect(try state(399) == .inForce)
    #expect(try state(400) == .revoked)
    #expect(try state(1_000_000) == .revoked)
    #expect(try LogReplay.state(at: Instant(seconds: 1_900_000_000), entries: []) == nil)
    #expect(throws: LogRejection.self) {
      try LogReplay.state(at: Instant(seconds: 1_900_000_000), entries: history.reversed())
    }
  }
}
