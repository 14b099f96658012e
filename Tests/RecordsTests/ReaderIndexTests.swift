import Encodings
import Fixtures
import PKI
import Testing
import TransparencyLog

@testable import Records

/// The index: what it answers, and what it does about faults of the source.
struct ReaderIndexTests {
  private func index(_ log: inout SampleLog) throws -> (ReaderIndex, IndexSnapshot) {
    let checkpoint = try log.publish()
    let index = try ReaderIndex.inMemory()
    let done = try index.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
    #expect(done.outcome == .complete)
    return (index, try #require(done.snapshot))
  }

  @Test func questions() throws {
    var log = try SampleLog()
    try log.addOthers()
    let first = try log.issue(1)
    let second = try log.issue(2, chamber: 1)
    let third = try log.issue(1, id: TestAuthority.id(77))
    try log.list("revocation/1", 8)
    try log.list("suspension/1", 9)
    let (index, snapshot) = try index(&log)
    func leaves(_ question: RecordQuestion, limit: Int = 9) throws -> [Int] {
      try index.answer(question, at: snapshot, limit: limit).map { Int($0.certificate.leaf) }
    }
    #expect(try leaves(.number(second.number)) == [second.leaf])
    #expect(try leaves(.number(TestAuthority.id(99))).isEmpty)
    #expect(try leaves(.pages(["site/shop-1.example", "site/none"])) == [third.leaf, first.leaf])
    #expect(
      try leaves(.pages(["site/shop-1.example", "site/shop-2.example"])) == [third.leaf, second.leaf, first.leaf]
    )
    #expect(try leaves(.pages([])).isEmpty)
    #expect(try leaves(.register("ntrae du-1256001")) == [third.leaf, first.leaf])
    #expect(try leaves(.register("1256001")).isEmpty)
    #expect(try leaves(.membership("2", chamber: nil)) == [second.leaf])
    #expect(try leaves(.membership("2", chamber: first.chamber.did)).isEmpty)
    #expect(try leaves(.membership("1", chamber: first.chamber.did), limit: 1) == [third.leaf])
    #expect(try leaves(.words("compan NUMBER")) == [third.leaf, second.leaf, first.leaf])
    #expect(try leaves(.words("شركة ٢")) == [second.leaf])
    #expect(try leaves(.words("ompany")).isEmpty && leaves(.words("")).isEmpty && leaves(.words("\" OR *")).isEmpty)
    let found = try #require(try index.answer(.number(first.number), at: snapshot).first)
    #expect(found.certificate.token?.compact == first.token && found.certificate.handle == first.handle)
    #expect(try found.certificate.entry.bytes == log.entries[first.leaf] && found.erasure == .none)
    #expect(try index.certificate(leaf: UInt64(second.leaf), at: snapshot)?.certificate.number == second.number)
    #expect(try index.certificate(leaf: 0, at: snapshot) == nil)
    #expect(try index.certificate(ref: third.handle.ref, at: snapshot)?.certificate.number == third.number)
    let facts = try index.facts(at: snapshot)
    #expect(
      facts.lists.count == 2 && facts.lists["https://khatm.example/status/dubai/revocation/1"] == SHA2.sha256([8])
    )
    #expect(facts.trustList?.sequence == 7 && facts.files == SHA2.sha256([6]) && facts.missingIssues == 0)
    #expect(facts.newest == log.at.adding(seconds: -1))
    #expect(try index.list("https://khatm.example/status/dubai/suspension/1", at: snapshot) == SHA2.sha256([9]))
  }

  @Test func actsInTheirOrder() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    let other = try log.issue(2)
    let suspended = try log.act("suspended", of: one)
    try log.bind(one)
    try log.add(log.entry(.reinstate(one.handle, programme: SampleLog.programme, reason: "other")))
    try log.act("superseded", of: one, by: other)
    let (index, snapshot) = try index(&log)
    let found = try #require(try index.answer(.number(one.number), at: snapshot).first)
    #expect(found.acts.map { Int($0.leaf) } == [2, 3, 4, 5] && found.gaps.isEmpty && !found.isTooNew)
    #expect(found.acts[0].statement == log.records[suspended].statement?.compact && found.acts[2].statement == nil)
    #expect(found.newestChange?.leaf == 5 && found.newestBinding?.leaf == 3)
    #expect(found.history?.map(\.kind) == [.issue, .suspend, .binding, .reinstate, .supersede])
    #expect(found.history?.last?.successor == other.handle.ref)
    // Under an older snapshot the later ones did not happen.
    let old = IndexSnapshot(size: 3, root: [], newest: nil)
    #expect(try index.answer(.number(one.number), at: old).first?.acts.count == 1)
    #expect(try index.answer(.number(other.number), at: IndexSnapshot(size: 1, root: [], newest: nil)).isEmpty)
  }

  @Test func growsInSteps() throws {
    var log = try SampleLog()
    let index = try ReaderIndex.inMemory()
    var last: IndexSnapshot?
    for number in 1...40 {
      let one = try log.issue(number)
      if number % 3 == 0 { try log.act("revoked", of: log.issued[number / 2]) }
      let shown = try log.publish()
      let done = try index.catchUp(with: log.source, to: shown, host: SampleLog.host)
      #expect(
        try done.outcome == .complete && done.snapshot?.size == log.size
          && done.snapshot?.root == log.checkpoint().root
      )
      #expect(done.changed?.contains(one.number) == true)
      #expect(try index.answer(.number(one.number), at: try #require(done.snapshot)).count == 1)
      if let last { #expect(try index.answer(.number(one.number), at: last).isEmpty) }
      last = done.snapshot
      let again = try index.catchUp(with: RecordSource { _, _ in nil }, to: log.checkpoint(), host: SampleLog.host)
      #expect(again.outcome == .complete && again.read == 0 && again.snapshot == last)
    }
  }

  /// Several steps of 4,096 entries, and a source that loses the last file: what is committed is not read again.
  @Test func stepsAndStops() throws {
    var log = try SampleLog()
    try log.issue(1)
    for number in 0..<9_000 { try log.list("\(number % 7)", UInt8(truncatingIfNeeded: number)) }
    let checkpoint = try log.publish()
    let files = log.files
    log.files = files.filter { !$0.key.contains("035") }
    let index = try ReaderIndex.inMemory()
    let stopped = try index.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
    #expect(stopped.outcome == .stopped(at: 35 * 256) && stopped.snapshot == nil && stopped.read == 35 * 256)
    #expect(try index.snapshot() == nil)
    log.files = files
    let done = try index.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
    #expect(done.outcome == .complete && done.read == log.size - 35 * 256)
    #expect(try index.facts(at: try #require(done.snapshot)).lists.count == 7)
  }

  // MARK: gaps

  @Test func missingRecords() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    try log.act("suspended", of: one)
    for number in 2...20 { try log.issue(number) }
    let revoked = try log.act("revoked", of: one)
    let checkpoint = try log.publish()
    let files = log.files
    let now = log.at.adding(seconds: 60)

    // The chunk of the first 16 entries is not there: its entries come from the bundle.
    log.files = files.filter { $0.key != "records/000.c/16" }
    let index = try ReaderIndex.inMemory()
    var done = try index.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
    #expect(done.outcome == .complete)
    var snapshot = try #require(done.snapshot)
    #expect(try index.answer(.number(one.number), at: snapshot).isEmpty)
    #expect(try index.facts(at: snapshot).absence(at: now) == .recordsIncomplete(missing: 15))
    let gaps = try index.gaps(at: snapshot)
    #expect(
      gaps.count == 17 && gaps[0].gap == .missing && gaps.last == RecordGapPlace(leaf: UInt64(revoked), gap: .issue)
    )

    // It comes back: gaps are tried at each catch-up, the issue before its acts.
    log.files = files
    done = try index.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
    snapshot = try #require(done.snapshot)
    #expect(done.read == 0 && done.changed?.contains(one.number) == true)
    #expect(try index.gaps(at: snapshot).isEmpty)
    let found = try #require(try index.answer(.number(one.number), at: snapshot).first)
    #expect(found.acts.count == 2 && found.gaps.isEmpty && found.newestChange?.statement != nil)
    #expect(try index.answer(.pages(["site/shop-1.example"]), at: snapshot).count == 1)
    #expect(try index.answer(.words("company"), at: snapshot).count == 20)
    #expect(try index.facts(at: snapshot).absence(at: now) == .proved)
    #expect(
      try index.facts(at: snapshot).absence(at: now.adding(days: 1)) == .copyBehind(since: log.at.adding(seconds: -1))
    )
  }

  /// A record of another certificate, one without its statement, one with a part too many: each is one gap.
  @Test func recordsThatDoNotFit() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    let two = try log.issue(2)
    let three = try log.issue(3)
    let act = try log.act("revoked", of: three)
    let checkpoint = try log.publish()
    let good = log.records
    log.records[one.leaf].token = good[two.leaf].token
    log.records[act].statement = nil
    log.records[two.leaf].request = [1]
    try log.rewriteRecords()
    let index = try ReaderIndex.inMemory()
    let done = try index.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
    let snapshot = try #require(done.snapshot)
    #expect(
      try index.gaps(at: snapshot)
        == [
          RecordGapPlace(leaf: UInt64(one.leaf), gap: .commitment), RecordGapPlace(leaf: UInt64(two.leaf), gap: .parts),
          RecordGapPlace(leaf: UInt64(act), gap: .parts),
        ]
    )
    #expect(try index.answer(.number(three.number), at: snapshot).first?.gaps == [.parts])
    #expect(try index.answer(.number(one.number), at: snapshot).isEmpty)
    #expect(try index.facts(at: snapshot).missingIssues == 2)
  }

  /// An entry in a record file that is not the log's: the tiles say which.
  @Test func entriesThatAreNotTheLogs() throws {
    var log = try SampleLog()
    for number in 1...300 { try log.issue(number) }
    let checkpoint = try log.publish()
    var other = try SampleLog()
    for number in 1...300 { try other.issue(number + (number == 20 ? 1_000 : 0)) }
    log.records = other.records
    try log.rewriteRecords()
    let index = try ReaderIndex.inMemory()
    var done = try index.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
    let snapshot = try #require(done.snapshot)
    #expect(done.outcome == .complete && snapshot.root == checkpoint.root)
    #expect(
      try index.gaps(at: snapshot, limit: 999).map(\.leaf)
        == log.issued.indices.filter { log.entries[$0] != other.entries[$0] }.map(UInt64.init)
    )
    #expect(try index.answer(.number(TestAuthority.id(1_020)), at: snapshot).isEmpty)
    #expect(try index.answer(.number(TestAuthority.id(19)), at: snapshot).count <= 1)
    // Without tiles nothing of it counts.
    let bare = log.files.filter { !$0.key.hasPrefix("tile/") }
    let second = try ReaderIndex.inMemory()
    done = try second.catchUp(with: RecordSource { path, _ in bare[path] }, to: checkpoint, host: SampleLog.host)
    guard case .recordsUnusable = done.outcome else {
      Issue.record("\(done.outcome)")
      return
    }
    #expect(try done.snapshot == nil && second.snapshot() == nil)
  }

  @Test func filesThatAreNoneAndTheirFallBacks() throws {
    var log = try SampleLog()
    for number in 1...20 { try log.issue(number) }
    try log.publish()
    for number in 21...40 { try log.issue(number) }
    let checkpoint = try log.publish()
    // .c/40 is damaged, .c/48 is not there, and a later publication has the whole bundle.
    log.files["records/000.c/40"]?.removeLast(40)
    let index = try ReaderIndex.inMemory()
    var done = try index.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
    #expect(done.unusable.map(\.path).contains("records/000.c/40"))
    #expect(try !index.gaps(at: try #require(done.snapshot)).isEmpty)
    for number in 41...300 { try log.issue(number) }
    try log.publish()
    done = try index.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
    #expect(try index.gaps(at: try #require(done.snapshot)).isEmpty)
    #expect(try index.answer(.words("company"), at: try #require(done.snapshot), limit: 99).count == 40)
  }

  // MARK: contradictions

  @Test func forks() throws {
    var log = try SampleLog()
    var fork = try SampleLog()
    for number in 1...5 {
      try log.issue(number)
      try fork.issue(number + 100)
    }
    let (index, snapshot) = try index(&log)
    let same = try fork.publish()
    #expect(
      try index.catchUp(with: fork.source, to: same, host: SampleLog.host).outcome
        == .fork(size: 5, known: snapshot.root, offered: same.root)
    )
    try fork.issue(200)
    let larger = try fork.publish()
    #expect(
      try index.catchUp(with: fork.source, to: larger, host: SampleLog.host).outcome
        == .fork(size: 5, known: snapshot.root, offered: same.root)
    )
    // What was true stays true, and nothing of the other tree is left.
    #expect(try index.snapshot() == snapshot && index.answer(.number(TestAuthority.id(200)), at: snapshot).isEmpty)
    let old = try log.checkpoint()
    try log.issue(6)
    let shown = try log.publish()
    let done = try index.catchUp(with: log.source, to: shown, host: SampleLog.host)
    #expect(
      try done.outcome == .complete && index.answer(.words("company"), at: try #require(done.snapshot)).count == 6
    )
    #expect(try index.catchUp(with: log.source, to: old, host: SampleLog.host).outcome == .older(verified: 6))
  }

  /// A false tree says that a certificate was erased: nothing of it is done before the root is the log's.
  @Test func noErasureByAFalseTree() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    let (index, snapshot) = try index(&log)
    var fork = log
    try fork.erase(one)
    try fork.publish()
    try log.issue(2)
    let checkpoint = try log.checkpoint()
    let files = fork.files
    let done = try index.catchUp(with: RecordSource { path, _ in files[path] }, to: checkpoint, host: SampleLog.host)
    #expect(done.outcome != .complete)
    #expect(try index.answer(.number(one.number), at: snapshot).first?.certificate.token?.compact == one.token)
    #expect(try index.answer(.pages(["site/shop-1.example"]), at: snapshot).count == 1)
  }

  @Test func twoCertificatesOfOneNumber() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    let other = try log.issue(2, id: one.number)
    let (index, snapshot) = try index(&log)
    #expect(try index.answer(.number(one.number), at: snapshot).map(\.certificate.leaf) == [UInt64(one.leaf)])
    #expect(try index.answer(.pages(["site/shop-2.example"]), at: snapshot).isEmpty)
    #expect(try index.answer(.words("company"), at: snapshot).map(\.certificate.leaf) == [UInt64(one.leaf)])
    #expect(try index.duplicateNumbers(at: snapshot) == [one.number] && other.leaf == 1)
  }

  /// Entries of a newer program.
  @Test func newerEntries() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    let now = log.at.adding(seconds: 60)
    func newer(_ change: (inout JSONObject) -> Void) throws -> [UInt8] {
      var object = try LogEntry.parse(log.entry(.erase(one.handle, programme: "p"))).json
      object["v"] = 3
      change(&object)
      return object.canonical()
    }
    try log.add(newer { _ in })
    try log.add(newer { $0["ref"] = nil })
    let (index, snapshot) = try index(&log)
    #expect(try index.answer(.number(one.number), at: snapshot).first?.isTooNew == true)
    #expect(try index.answer(.number(one.number), at: snapshot).first?.history == nil)
    #expect(try index.facts(at: snapshot).unknownEntries == 1)
    #expect(try index.facts(at: snapshot).absence(at: now) == .proved)
    // One that may have issued a certificate proves no number unused.
    try log.add(newer { $0["ref"] = JSON(Base64URL.encode(SHA2.sha256([9]))) })
    try log.add(Array("no entry".utf8))
    let shown = try log.publish()
    let done = try index.catchUp(with: log.source, to: shown, host: SampleLog.host)
    #expect(try index.facts(at: try #require(done.snapshot)).absence(at: now) == .recordsIncomplete(missing: 2))
  }

  // MARK: erasure

  @Test(arguments: [true, false])
  func erasure(rewriting: Bool) throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    let two = try log.issue(2)
    try log.bind(one)
    try log.act("revoked", of: one)
    let (index, before) = try index(&log)
    #expect(try index.answer(.words("company"), at: before).count == 2)
    try log.erase(one, rewriting: rewriting)
    let checkpoint = try log.publish()
    if rewriting { try log.rewriteRecords() }
    let done = try index.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
    let fresh = try ReaderIndex.inMemory()
    _ = try fresh.catchUp(with: log.source, to: checkpoint, host: SampleLog.host)
    let snapshot = try #require(done.snapshot)
    for index in [index, fresh] {
      let found = try #require(try index.answer(.number(one.number), at: snapshot).first)
      #expect(found.erasure == .logged && found.certificate.token == nil && found.certificate.salt == one.salt)
      #expect(found.acts.map { $0.statement != nil } == [false, true, false] && found.gaps.isEmpty)
      #expect(try index.answer(.pages(["site/shop-1.example"]), at: snapshot).isEmpty)
      #expect(try index.answer(.register("NTRAE+DU-1256001"), at: snapshot).isEmpty)
      #expect(try index.answer(.words("company"), at: snapshot).map(\.certificate.number) == [two.number])
      #expect(try index.facts(at: snapshot).missingIssues == 0 && index.gaps(at: snapshot).isEmpty)
    }
    #expect(
      try index.answer(.number(one.number), at: snapshot) == fresh.answer(.number(one.number), at: snapshot)
    )
  }

  @Test func erasedWithoutEntry() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    try log.bind(one)
    log.forget(one)
    let (index, snapshot) = try index(&log)
    let found = try #require(try index.answer(.number(one.number), at: snapshot).first)
    #expect(found.erasure == .unlogged && found.gaps.isEmpty)
    #expect(try index.facts(at: snapshot).missingIssues == 0)  // that number alone cannot be told
  }
}
