import Testing
import Vocabulary

@testable import Registry

@Suite struct PublicationStoreTests {
  private let now = StoreFixture.now

  @Test func aPathHasItsNewestTimes() throws {
    let fixture = try StoreFixture()
    let publications = fixture.registry.publications
    let files = ["a", "b"].map { PublicationRecord(path: $0, at: now, due: now + 9) }
    try publications.record(files, upTo: nil, at: now)
    try publications.record([PublicationRecord(path: "a", at: now + 5, due: now + 7)], upTo: nil, at: now + 5)
    #expect(try publications.find("a") == PublicationRecord(path: "a", at: now + 5, due: now + 7))
    #expect(try publications.find("b") == files[1] && publications.find("c") == nil)
  }

  @Test func countersOnlyGrow() throws {
    let fixture = try StoreFixture()
    let publications = fixture.registry.publications
    #expect(try publications.counter("list") == 0)
    #expect(try publications.next("list") == 1 && publications.next("list") == 2 && publications.next("crl") == 1)
    #expect(try publications.counter("list") == 2 && publications.counter("other") == 0)
    #expect(try fixture.register.refusal("UPDATE counter SET value = 1 WHERE name = 'list'") == "registry_tampered")
  }

  @Test func whatChangedIsUnpublishedUntilItIsNoted() throws {
    let fixture = try StoreFixture()
    let publications = fixture.registry.publications
    #expect(try publications.unpublished().newest == nil)
    let all = try fixture.issue([fixture.draft(1), fixture.draft(2)])
    let first = try publications.unpublished()
    #expect(first.credentials.map(\.seq) == all)
    let newest = try #require(first.newest)
    // One more change while the first two are being published.
    try fixture.change(all[0], .suspended, at: now + 3)
    try publications.record([], upTo: newest, at: now + 4)
    #expect(try publications.unpublished().credentials.map(\.seq) == [all[0]])
    #expect(try publications.publishedAt(credential: all[1]) == now + 4)
    #expect(try publications.publishedAt(credential: all[0]) == nil, "the last change is not shown yet")
    try publications.record([], upTo: try publications.unpublished().newest, at: now + 8)
    #expect(
      try publications.unpublished().credentials.isEmpty && publications.publishedAt(credential: all[0]) == now + 8
    )
    #expect(try publications.publishedAt(credential: 99) == nil)
  }

  /// Records that were made public as they were issued are passed over, unless something happened since.
  @Test func besidesWhatIsWritten() throws {
    let fixture = try StoreFixture()
    let publications = fixture.registry.publications
    let all = try fixture.issue([fixture.draft(1), fixture.draft(2), fixture.draft(3)])
    #expect(try publications.unpublished(besides: [all[0], all[2]]).credentials.map(\.seq) == [all[1]])
    try fixture.change(all[2], .suspended)
    let rest = try publications.unpublished(besides: Set(all))
    #expect(rest.credentials.map(\.seq) == [all[2]] && rest.newest == 4)
  }

  @Test func delaysFromAgreementToSight() throws {
    let fixture = try StoreFixture()
    let publications = fixture.registry.publications
    let all = try fixture.issue([fixture.draft(1, until: now + 1), fixture.draft(2)], at: now)
    try fixture.change(all[1], .suspended, at: now + 10)
    try publications.record([], upTo: 3, at: now + 30)
    try fixture.change(all[0], .lapsed, at: now + 40)
    try fixture.change(all[1], .reinstated, at: now + 50)
    #expect(try publications.delays(from: now, to: now + 100) == [20, 30, 30], "the last is not public yet")
    #expect(try publications.delays(from: now + 1, to: now + 100) == [20])
    #expect(try publications.delays(from: now, to: now + 10) == [30, 30])
  }

  /// Where two had to agree, the time runs from the second signature.
  @Test func delaysRunFromTheLastApproval() throws {
    let fixture = try StoreFixture()
    let amal = try fixture.register.officer("amal")
    let omar = try fixture.register.officer("omar")
    let seq = try fixture.issue([fixture.draft(1)])[0]
    let digest = TestRegister.digest
    let request = try fixture.register.request(
      "suspend",
      by: "amal",
      programme: "plain",
      credential: seq,
      digest: digest
    )
    for (officer, at) in [(amal, now + 1), (omar, now + 60)] {
      let approval = RequestStore.Approval(
        request: request,
        officer: officer,
        digest: digest,
        accepts: "",
        signature: TestRegister.signature
      )
      try fixture.requests.approve(approval, at: at, audit: fixture.audit(.approve))
    }
    try fixture.change(seq, .suspended, at: now + 61) { $0.request = request }
    try fixture.registry.publications.record([], upTo: 2, at: now + 70)
    #expect(try fixture.registry.publications.delays(from: now + 61, to: now + 62) == [10])
  }

  @Test func bitsOfEachList() throws {
    let fixture = try StoreFixture()
    let publications = fixture.registry.publications
    let all = try fixture.issue((1...5).map { fixture.draft($0) })
    var successor = fixture.draft(6)
    successor.replaces = all[3]
    let next = try fixture.issue([successor])[0]
    let elsewhere = try fixture.issue([fixture.draft(7, member: 3, chamber: "ajman")])[0]
    _ = try fixture.reserve([fixture.draft(8)])
    try fixture.change(all[1], .suspended)
    try fixture.change(all[2], .revoked)
    try fixture.change(all[3], .superseded) { $0.replacedBy = next }
    try fixture.change(elsewhere, .revoked)
    let records = try all.map(fixture.find)
    let lists = try publications.statusLists().filter { $0.chamber == "dubai" }
    #expect(lists.map(\.purpose) == [.revocation, .suspension] && lists.map(\.series) == [1, 1])
    let over = [records[2], records[3]]
    #expect(try Set(publications.setIndices(of: lists[0])) == Set(over.map { Int($0.revocation.index) }))
    #expect(
      try Set(publications.setIndices(of: lists[1])) == Set((over + [records[1]]).map { Int($0.suspension.index) })
    )
    try fixture.change(all[1], .reinstated)
    #expect(try publications.setIndices(of: lists[1]).count == 2)
  }
}

@Suite struct BindingStoreTests {
  private let now = StoreFixture.now

  private func page(_ credential: Int64, _ key: String, _ state: BindingState = .proved) -> BindingRecord {
    var binding = BindingRecord(
      credential: credential,
      key: key,
      state: state,
      since: now,
      code: "code-of-\(key)"
    )
    binding.method = state == .proved ? .wellKnown : nil
    binding.provedAt = state == .proved ? now : nil
    binding.reproveBy = state == .proved ? now + 90 : nil
    return binding
  }

  @Test func pagesAndTheirHistoryComeBack() throws {
    let fixture = try StoreFixture()
    let bindings = fixture.registry.bindings
    let seq = try fixture.issue([fixture.draft(1)])[0]
    var second = page(seq, "site/b.example", .asked)
    (second.unreachableSince, second.contradictedAt) = (now + 1, now + 2)
    try bindings.record(
      [second, page(seq, "site/a.example")],
      acts: [BindingAct(key: "site/a.example", event: .proved, detail: "found")],
      of: seq,
      statement: nil,
      audit: fixture.audit(.binding, by: "amal", at: now + 5)
    )
    #expect(try bindings.all(of: seq) == [page(seq, "site/a.example"), second])
    #expect(try bindings.all(of: 99).isEmpty && bindings.statement(of: seq) == nil)
    #expect(try bindings.statements(all: true).isEmpty)
    #expect(
      try fixture.register.value(
        "SELECT count(*) FROM binding_act WHERE kind = 'proved' AND officer = 'amal' AND at = \(now + 5)"
      ) == 1
    )
    // The same page again: its row changes, and nothing is added.
    var failed = page(seq, "site/a.example", .failed)
    failed.since = now + 9
    try bindings.record([failed], acts: [], of: seq, statement: nil, audit: fixture.audit(.binding))
    #expect(try bindings.all(of: seq) == [failed, second])
  }

  @Test func aStatementIsPublishedOnceAndANewerOneAgain() throws {
    let fixture = try StoreFixture()
    let bindings = fixture.registry.bindings
    let all = try fixture.issue([fixture.draft(1), fixture.draft(2)])
    func say(_ bytes: [UInt8], of seq: Int64) throws {
      try bindings.record(
        [page(seq, "site/a.example")],
        acts: [],
        of: seq,
        statement: (bytes, try fixture.append(2)),
        audit: fixture.audit(.binding)
      )
    }
    try say([1], of: all[1])
    try say([2], of: all[0])
    let waiting = try bindings.statements(all: false)
    #expect(
      waiting.map(\.credential) == all && waiting.map(\.leaf) == [4, 2] && waiting.map(\.statement) == [[2], [1]]
    )
    try say([3], of: all[0])
    try bindings.markPublished(waiting)
    #expect(try bindings.statements(all: false).map(\.statement) == [[3]], "one was made in between")
    #expect(try bindings.statements(all: true).map(\.credential) == all && bindings.statement(of: all[0]) == [3])
    try bindings.markPublished(try bindings.statements(all: false))
    #expect(try bindings.statements(all: false).isEmpty)
  }

  @Test func whatIsTakenOffStaysOff() throws {
    let fixture = try StoreFixture()
    let bindings = fixture.registry.bindings
    let seq = try fixture.issue([fixture.draft(1)])[0]
    func record(_ state: BindingState, _ code: String? = nil) throws {
      var one = page(seq, "site/a.example", state)
      if let code { one.code = code }
      try bindings.record([one], acts: [], of: seq, statement: nil, audit: fixture.audit(.binding))
    }
    try record(.proved)
    try record(.withdrawn)
    try record(.withdrawn, "another-code")
    for state in [BindingState.asked, .proved, .failed] {
      #expect(try fixture.refusal { try record(state) } == .illegalTransition)
    }
    #expect(try bindings.all(of: seq).map(\.state) == [.withdrawn])
  }

  @Test func whatCannotBeWrittenUndoesTheRest() throws {
    let fixture = try StoreFixture()
    let bindings = fixture.registry.bindings
    let seq = try fixture.issue([fixture.draft(1)])[0]
    let before = try fixture.contents()
    var withoutProof = page(seq, "site/b.example", .asked)
    withoutProof.state = .proved
    var short = page(seq, "site/b.example", .asked)
    short.code = "short"
    for bad in [withoutProof, short, page(seq, "x", .asked)] {
      #expect(throws: RegistryFailure.self) {
        try bindings.record(
          [page(seq, "site/a.example"), bad],
          acts: [],
          of: seq,
          statement: ([1], try fixture.append()),
          audit: fixture.audit(.binding)
        )
      }
    }
    let stale = try fixture.append()
    try fixture.registry.log.append(fixture.append())
    #expect(throws: RegistryFailure.refused(rule: .logMoved)) {
      try bindings.record([], acts: [], of: seq, statement: ([1], stale), audit: fixture.audit(.binding))
    }
    #expect(try bindings.all(of: seq).isEmpty && fixture.contents()["audit"] == before["audit"])
    // A history of a page that the register does not have.
    #expect(throws: RegistryFailure.self) {
      try bindings.record(
        [],
        acts: [BindingAct(key: "site/none.example", event: .asked, detail: "")],
        of: seq,
        statement: nil,
        audit: fixture.audit(.binding)
      )
    }
  }
}

@Suite struct RecognitionStoreTests {
  private let now = StoreFixture.now

  private func other(_ host: String, root: UInt8) -> Recognition {
    Recognition(
      host: host,
      name: "Authority of \(host)",
      location: "https://\(host)/list",
      root: [root],
      rootSHA256: [UInt8](repeating: root, count: 32),
      since: now
    )
  }

  @Test func oldestFirstAndWithdrawnOnesStay() throws {
    let fixture = try StoreFixture()
    let store = fixture.registry.recognitions
    let first = other("kamar.example", root: 1)
    let second = other("najm.example", root: 2)
    try store.add(first, audit: fixture.audit(.recogniseAdd))
    try store.add(second, audit: fixture.audit(.recogniseAdd))
    #expect(try store.all() == [first, second])
    try store.withdraw(host: first.host, at: now + 5, audit: fixture.audit(.recogniseRemove))
    #expect(try store.all().map(\.until) == [now + 5, nil])
    // Recognised anew, it is another row.
    try store.add(first, audit: fixture.audit(.recogniseAdd))
    #expect(try store.all().map(\.host) == [first.host, second.host, first.host])
    #expect(try store.all().map(\.until) == [now + 5, nil, nil])
    try store.withdraw(host: first.host, at: now + 6, audit: fixture.audit(.recogniseRemove))
    #expect(try store.all().map(\.until) == [now + 5, nil, now + 6], "the older end stays")
  }

  @Test func twoOfOneHostOrRootAreRefused() throws {
    let fixture = try StoreFixture()
    let store = fixture.registry.recognitions
    try store.add(other("kamar.example", root: 1), audit: fixture.audit(.recogniseAdd))
    for bad in [
      other("kamar.example", root: 2), other("najm.example", root: 1), other("", root: 3),
      Recognition(host: "a.example", name: "", location: "", root: [], rootSHA256: [1], since: now),
    ] {
      #expect(throws: RegistryFailure.self, "\(bad.host)") {
        try store.add(bad, audit: fixture.audit(.recogniseAdd))
      }
    }
    #expect(throws: RegistryFailure.self, "it cannot end before it begins") {
      try store.withdraw(host: "kamar.example", at: now - 1, audit: fixture.audit(.recogniseRemove))
    }
    #expect(try store.all().count == 1 && fixture.registry.log.lastAudit()?.seq == 1)
  }
}
