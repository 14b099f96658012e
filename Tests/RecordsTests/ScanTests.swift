import Encodings
import Fixtures
import PKI
import TestSupport
import Testing
import TransparencyLog

@testable import Records

/// Scan, index in memory and index on disk, fresh or grown, give the same answers.
struct ScanTests {
  /// A log of random acts, with some of its records missing, damaged or of other entries.
  private static func log(_ random: inout SeededGenerator) throws -> SampleLog {
    var log = try SampleLog()
    var state: [Int: String] = [:]
    try log.addOthers()
    for _ in 0..<Int.random(in: 20...330, using: &random) {
      let place = log.issued.indices.randomElement(using: &random)
      switch Int.random(in: 0..<16, using: &random) {
      case 0..<6:
        try log.issue(
          Int.random(in: 1...60, using: &random),
          chamber: Int.random(in: 0...1, using: &random),
          id: CredentialID(random: (0..<10).map { _ in UInt8.random(in: 0...255, using: &random) })
        )
      case 6..<9: try log.list("\(Int.random(in: 1...3, using: &random))", UInt8.random(in: 0...255, using: &random))
      case 9..<11: if let place { try log.bind(log.issued[place]) }
      case 11..<14:
        guard let place, state[place] != "revoked" else { continue }
        let next =
          state[place] == "suspended" ? "active" : ["suspended", "revoked"].randomElement(using: &random) ?? ""
        try log.act(next, of: log.issued[place])
        state[place] = next
      case 14:
        guard let place, state[place] != "erased" else { continue }
        try log.erase(log.issued[place], rewriting: Bool.random(using: &random))
        state[place] = "erased"
      default:
        guard let place else { continue }
        let event = LogEntry.Event.binding(log.issued[place].handle, programme: "p", statement: SHA2.sha256([1]))
        var entry = try LogEntry.parse(log.entry(event)).json
        entry["v"] = 4
        if Bool.random(using: &random) { try log.add(entry.canonical()) }
      }
      if Int.random(in: 0..<20, using: &random) == 0 { try log.publish() }
    }
    try log.publish()
    try log.rewriteRecords()
    return log
  }

  private static func spoil(_ log: inout SampleLog, _ random: inout SeededGenerator) throws {
    let good = log.records
    for place in log.records.indices where Int.random(in: 0..<25, using: &random) == 0 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0: log.records[place].statement = nil
      case 1: log.records[place].salt = nil
      case 2: log.records[place].token = good.randomElement(using: &random)?.token
      default: log.records[place].entry = good.randomElement(using: &random)?.entry ?? []
      }
    }
    try log.rewriteRecords()
    for name in log.files.keys.filter({ $0.hasPrefix("records/") }).sorted() {
      switch Int.random(in: 0..<10, using: &random) {
      case 0: log.files[name] = nil
      case 1: log.files[name]?.removeLast(Int.random(in: 1...60, using: &random))
      default: break
      }
    }
  }

  private static func questions(_ log: SampleLog, _ random: inout SeededGenerator) -> [RecordQuestion] {
    var questions: [RecordQuestion] = [
      .number(TestAuthority.id(9)), .pages([]), .words("company number"), .words("number 1"), .words("شركة"),
      .words("nobody"), .membership("7", chamber: nil),
    ]
    for _ in 0..<8 {
      guard let one = log.issued.randomElement(using: &random) else { continue }
      let number = Int.random(in: 1...60, using: &random)
      questions += [
        .number(one.number), .pages([Text("site/shop-\(number).example"), "site/shop-1.example"]),
        .register(Text("ntrae du-\(1_256_000 + number)")), .membership(Text("\(number)"), chamber: one.chamber.did),
        .words("\(number)"),
      ]
    }
    return questions
  }

  @Test(arguments: 0..<12)
  func sameAnswers(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    var log = try Self.log(&random)
    if seed > 2 { try Self.spoil(&log, &random) }
    let checkpoint = try log.checkpoint()
    let questions = Self.questions(log, &random)
    let scan = try RecordScan.run(questions, source: log.source, checkpoint: checkpoint, limit: 7)
    #expect(scan.outcome == .complete)
    if seed <= 2 { #expect(scan.answers.contains { $0.count == 7 }) }

    let folder = try TemporaryFolder()
    let state = try ReaderState(folder.path).authority(anchor: [1])
    let memory = try ReaderIndex.inMemory()
    let disk = try ReaderIndex.writable(state)
    for index in [memory, disk] {
      let done = try index.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
      #expect(done.outcome == .complete)
      let snapshot = try #require(done.snapshot)
      for (place, question) in questions.enumerated() {
        #expect(try index.answer(question, at: snapshot, limit: 7) == scan.answers[place], "\(question)")
      }
      #expect(try index.facts(at: snapshot) == scan.facts)
    }
    let reader = try #require(try ReaderIndex.readable(state))
    let snapshot = try #require(try reader.snapshot())
    for (place, question) in questions.enumerated() {
      #expect(try reader.answer(question, at: snapshot, limit: 7) == scan.answers[place])
    }
  }

  /// Grown in steps from honest files, with a scan of the tail behind each step.
  @Test(arguments: 20..<26)
  func grownInSteps(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let log = try Self.log(&random)
    let checkpoint = try log.checkpoint()
    let questions = Self.questions(log, &random)
    let whole = try RecordScan.run(questions, source: log.source, checkpoint: checkpoint)
    let grown = try ReaderIndex.inMemory()
    var size = 0
    while size < log.entries.count {
      size = min(log.entries.count, size + Int.random(in: 1...70, using: &random))
      let part = try log.prefix(size)
      let done = try grown.catchUp(with: part.source, to: part.checkpoint(), host: SampleLog.host)
      #expect(done.outcome == .complete && done.snapshot?.size == UInt64(size))
      // What is newer than the index is read from the records.
      let base = try #require(try RecordScan.Base(grown))
      let tail = try RecordScan.run(questions, source: log.source, checkpoint: checkpoint, base: base)
      #expect(tail.outcome == .complete && tail.answers == whole.answers && tail.facts == whole.facts)
    }
    let snapshot = try #require(try grown.snapshot())
    for (place, question) in questions.enumerated() {
      #expect(try grown.answer(question, at: snapshot) == whole.answers[place], "\(question)")
    }
    #expect(try grown.facts(at: snapshot) == whole.facts)
  }

  @Test func contradictions() throws {
    var log = try SampleLog()
    var fork = try SampleLog()
    for number in 1...5 {
      try log.issue(number)
      try fork.issue(number + 100)
    }
    let index = try ReaderIndex.inMemory()
    let shown = try log.publish()
    _ = try index.catchUp(with: log.source, to: shown, host: SampleLog.host)
    try fork.issue(200)
    let checkpoint = try fork.publish()
    let base = try RecordScan.Base(index)
    let scan = try RecordScan.run(
      [.number(TestAuthority.id(1))],
      source: fork.source,
      checkpoint: checkpoint,
      base: base
    )
    guard case .fork = scan.outcome else {
      Issue.record("\(scan.outcome)")
      return
    }
    #expect(scan.answers == [[]])
    try log.issue(6)
    let grown = try log.publish()
    _ = try index.catchUp(with: log.source, to: grown, host: SampleLog.host)
    let newer = try RecordScan.Base(index)
    #expect(
      try RecordScan.run([], source: fork.source, checkpoint: log.prefix(3).checkpoint(), base: newer).outcome
        == .older(verified: 6)
    )
    fork.files = fork.files.filter { !$0.key.hasPrefix("tile/") && !$0.key.hasPrefix("records/") }
    #expect(try RecordScan.run([], source: fork.source, checkpoint: checkpoint).outcome == .stopped(at: 0))
  }
}

extension SampleLog {
  /// The same log when it had so many entries, with the files of that time.
  fileprivate func prefix(_ size: Int) throws -> SampleLog {
    var log = try SampleLog()
    for place in 0..<size {
      try log.add(entries[place]) { $0 = records[place] }
    }
    try log.publish()
    return log
  }
}
