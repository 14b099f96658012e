import Foundation
import Storage
import Testing
import Vocabulary

@testable import Registry

@Suite struct RestoringTests {
  private let now = StoreFixture.now

  private func adopted(
    _ id: Int,
    in fixture: StoreFixture,
    member: String = "1",
    series: Int64 = 1,
    leaf: Int64,
    programme: String = "strict"
  ) -> AdoptedCredential {
    AdoptedCredential(
      draft: fixture.draft(id, member: 0, programme: programme),
      memberNumber: member,
      revocation: StatusIndex(series: series, index: Int64(1_000 + id)),
      suspension: StatusIndex(series: series, index: Int64(2_000 + id)),
      issuedAt: now + Int64(id),
      leaf: leaf,
      parts: TokenParts(header: [5], payload: [UInt8(id)], signature: [6])
    )
  }

  /// What two officers had agreed to before the copy was put back is taken over without a second agreement, and only
  /// then.
  @Test func whatWasPublishedIsTakenOver() throws {
    let fixture = try StoreFixture()
    try fixture.register.rule("strict", issue: 2, reinstate: 2)
    var state = PublishedState()
    state.credentials = [adopted(1, in: fixture, leaf: 0), adopted(2, in: fixture, member: "2", series: 4, leaf: 1)]
    state.credentials[1].replaces = TestRegister.number(1)
    state.changes = [
      AdoptedChange(
        id: TestRegister.number(1),
        event: .superseded,
        reason: "name_change",
        at: now + 3,
        leaf: 2,
        statement: [8],
        replacedBy: TestRegister.number(2)
      ),
      AdoptedChange(
        id: TestRegister.number(2),
        event: .suspended,
        reason: "fees_unpaid",
        at: now + 4,
        leaf: 3,
        statement: nil,
        replacedBy: nil
      ),
    ]
    state.counters = [("list", 7)]
    try fixture.registry.publications.record([PublicationRecord(path: "a", at: 1, due: 2)], upTo: nil, at: 1)
    try fixture.registry.reconcile(state, log: fixture.append(4), at: now + 9, audit: fixture.audit(.reconcile))
    let first = try #require(try fixture.credentials.find(id: TestRegister.number(1)))
    let second = try #require(try fixture.credentials.find(id: TestRegister.number(2)))
    #expect(first.state == .superseded && first.replacedBy == second.id && first.statement == [8])
    #expect(first.parts == state.credentials[0].parts && first.issuedAt == now + 1 && first.leaf == 0)
    #expect(second.state == .suspended && second.replaces == first.id && second.memberKey == "dubai/2")
    #expect(second.revocation == StatusIndex(series: 4, index: 1_002))
    #expect(second.suspension == StatusIndex(series: 4, index: 2_002))
    let history = try fixture.credentials.events(of: second.seq)
    #expect(history.map(\.event) == [.issued, .suspended] && history.map(\.reason) == ["reconciled", "fees_unpaid"])
    #expect(history.map(\.note) == ["", "reconciled"] && history.map(\.leaf) == [1, 3])
    #expect(try fixture.registry.publications.counter("list") == 7)
    #expect(try fixture.registry.publications.find("a") == nil, "every file is made again")
    #expect(try fixture.registry.publications.statusLists().filter { $0.series == 4 }.count == 2)
    #expect(
      try fixture.register.value(
        """
        SELECT count(*) FROM reconciliation WHERE from_size = 0 AND size = 4 AND adopted = 2 AND changed = 2 AND \
        closed = 1
        """
      ) == 1
    )
    // The exception is over with the transaction.
    var third = PublishedState()
    third.credentials = [adopted(3, in: fixture, leaf: 4)]
    #expect(
      try fixture.refusal {
        try fixture.registry.reconcile(third, log: nil, at: now, audit: fixture.audit(.reconcile))
      } == .secondOfficerRequired,
      "its leaf is not among those that were appended"
    )
    #expect(try fixture.refusal { try fixture.change(second.seq, .reinstated) } == .secondOfficerRequired)
  }

  @Test func aReservationBecomesWhatItWasMadeFor() throws {
    let fixture = try StoreFixture()
    let place = try fixture.reserve([fixture.draft(1)])[0]
    var state = PublishedState()
    state.credentials = [adopted(1, in: fixture, leaf: 0, programme: "plain")]
    try fixture.registry.reconcile(state, log: fixture.append(1), at: now, audit: fixture.audit(.reconcile))
    let found = try fixture.find(place.seq)
    #expect(found.state == .active && found.revocation == place.revocation && found.parts?.payload == [1])
    #expect(try fixture.credentials.unfinished().isEmpty)
  }

  @Test func countersAndRequestsOfAnOldCopy() throws {
    let fixture = try StoreFixture()
    let publications = fixture.registry.publications
    for _ in 0..<3 { _ = try publications.next("high") }
    let request = try fixture.register.request("suspend", by: "amal", programme: "plain", digest: TestRegister.digest)
    var state = PublishedState()
    state.counters = [("high", 2), ("low", 9)]
    try fixture.registry.reconcile(state, log: nil, at: now + 1, audit: fixture.audit(.reconcile, by: "omar"))
    #expect(try publications.counter("high") == 3 && publications.counter("low") == 9)
    let ended = try #require(try fixture.requests.find(request))
    #expect(ended.state == .ended && ended.closedBy == "omar" && ended.closedAt == now + 1)
  }

  @Test func whatNamesNobodyUndoesAll() throws {
    let fixture = try StoreFixture()
    var stranger = PublishedState()
    stranger.credentials = [adopted(1, in: fixture, leaf: 0), adopted(2, in: fixture, member: "77", leaf: 1)]
    var ghost = PublishedState()
    ghost.changes = [
      AdoptedChange(
        id: TestRegister.number(9),
        event: .revoked,
        reason: "fraud",
        at: now,
        leaf: 0,
        statement: nil,
        replacedBy: nil
      )
    ]
    var page = PublishedState()
    page.bindings = [AdoptedBindings(id: TestRegister.number(9), statement: [1], leaf: 0, pages: [])]
    for (state, rule) in [
      (stranger, RegistryRule.memberUnknown), (ghost, .credentialUnknown), (page, .credentialUnknown),
    ] {
      #expect(
        try fixture.refusal {
          try fixture.registry.reconcile(state, log: fixture.append(2), at: now, audit: fixture.audit(.reconcile))
        } == rule
      )
    }
  }

  /// Of pages only what the log says otherwise is written, with what led to it.
  @Test func pagesOfTheLog() throws {
    let fixture = try StoreFixture()
    let seq = try fixture.issue([fixture.draft(1)])[0]
    func page(_ key: String, _ state: BindingState, since: Int64, proved: Int64?) -> BindingRecord {
      var binding = BindingRecord(
        credential: seq,
        key: key,
        state: state,
        since: since,
        code: "12345678"
      )
      binding.method = .page
      binding.provedAt = proved
      binding.reproveBy = proved.map { $0 + 90 }
      return binding
    }
    let same = page("site/same.example", .proved, since: now, proved: now)
    try fixture.registry.bindings.record([same], acts: [], of: seq, statement: nil, audit: fixture.audit(.binding))
    var state = PublishedState()
    state.bindings = [
      AdoptedBindings(
        id: TestRegister.number(1),
        statement: [4],
        leaf: 1,
        pages: [
          same, page("site/new.example", .proved, since: now + 1, proved: now + 1),
          page("site/lost.example", .failed, since: now + 9, proved: now + 2),
        ]
      )
    ]
    try fixture.registry.reconcile(state, log: fixture.append(1), at: now, audit: fixture.audit(.reconcile))
    #expect(try fixture.registry.bindings.all(of: seq).count == 3)
    #expect(try fixture.registry.bindings.statement(of: seq) == [4])
    func acts(_ key: String, _ kind: String, at: Int64) throws -> Int64? {
      try fixture.register.value(
        "SELECT count(*) FROM binding_act WHERE key = '\(key)' AND kind = '\(kind)' AND at = \(at)"
      )
    }
    #expect(try fixture.register.value("SELECT count(*) FROM binding_act WHERE key = 'site/same.example'") == 0)
    #expect(try acts("site/new.example", "proved", at: now + 1) == 1)
    #expect(
      try acts("site/lost.example", "proved", at: now + 2) == 1 && acts("site/lost.example", "failed", at: now + 9) == 1
    )
  }

  // MARK: backup

  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "khatm-registry-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  private func open(_ path: String) throws -> Registry {
    try Registry.open(at: path, head: Array(try Data(contentsOf: URL(filePath: path)).prefix(100)), companions: [])
  }

  @Test func aBackupIsPutBackAndReconciled() throws {
    let folder = try folder()
    let fixture = try StoreFixture()
    defer { try? FileManager.default.removeItem(at: folder) }  // a temporary folder
    let path = folder.path + "/register.sqlite"
    let copy = folder.path + "/copy.sqlite"
    let registry = try Registry.create(at: path, exists: false)
    let authority = Authority(name: "A", host: "khatm.example", createdAt: now)
    try registry.keys.found(authority, keys: [], audit: fixture.audit(.initialize))
    #expect(try registry.mark() == .live)
    try registry.backup(to: copy)
    #expect(try Registry.openBackup(at: copy).keys.authority() == authority)
    #expect(try Registry.openBackup(at: copy).mark() == .backup && registry.mark() == .live)
    #expect(throws: RegistryFailure.self, "nobody works with a backup") { try open(copy) }
    #expect(throws: RegistryFailure.self, "a register is no backup") { try Registry.openBackup(at: path) }
    #expect(throws: RegistryFailure.self) { try Registry.markRestored(at: path) }
    #expect(throws: RegistryFailure.self, "there is one already") { try Registry.create(at: path, exists: true) }
    try Registry.markRestored(at: copy)
    let restored = try open(copy)
    #expect(try restored.mark() == .restored && restored.keys.authority() == authority)
    #expect(throws: RegistryFailure.self) { try Registry.markRestored(at: copy) }
    let last = try #require(try restored.log.lastAudit())
    let audit = AuditRecord(
      seq: 2,
      at: now,
      officer: "registrar",
      act: "reconcile",
      subject: "",
      outcome: .done,
      detail: "{}",
      previous: last.digest,
      digest: TestRegister.digest,
      signature: TestRegister.signature
    )
    try restored.reconcile(PublishedState(), log: nil, at: now, audit: audit)
    #expect(try restored.mark() == .live && restored.integrityComplaints().isEmpty)
  }

  @Test func aBrokenReferenceIsComplainedOf() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }  // a temporary folder
    let registry = try Registry.create(at: folder.path + "/register.sqlite", exists: false)
    #expect(try registry.integrityComplaints().isEmpty)
    try registry.database.connection.withoutTransaction {
      try $0.script("PRAGMA foreign_keys = OFF")
      try $0.execute("INSERT INTO chamber_status VALUES ('nowhere', 'granted', 1)")
    }
    let complaints = try registry.integrityComplaints()
    #expect(complaints.count == 1 && complaints[0].contains("chamber_status") && complaints[0].contains("chamber"))
  }
}
