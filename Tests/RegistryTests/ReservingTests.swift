import Testing
import Vocabulary

@testable import Registry

/// A commit that issues one batch and reserves the places of a later one.
@Suite struct ReservingTests {
  private func draft(_ id: Int) -> CredentialDraft {
    CredentialDraft(
      id: TestRegister.number(id),
      member: 1,
      chamber: "dubai",
      programme: "plain",
      validFrom: TestRegister.now,
      validUntil: TestRegister.now + 1_000,
      salt: [UInt8](repeating: 1, count: 32),
      contentDigest: TestRegister.digest
    )
  }

  private func audit(_ seq: Int64, after previous: UInt8) -> AuditRecord {
    AuditRecord(
      seq: seq,
      at: TestRegister.now,
      officer: "registrar",
      act: "issue",
      subject: "",
      outcome: .done,
      detail: "{}",
      previous: [UInt8](repeating: previous, count: 32),
      digest: [UInt8](repeating: UInt8(seq), count: 32),
      signature: TestRegister.signature
    )
  }

  @Test func whatIsRefusedOfItUndoesAllOfIt() throws {
    let register = try TestRegister()
    let registry = register.registry
    try register.rule("plain", quota: 2)
    var last: UInt32 = 0
    func dice() -> UInt32 {
      last += 1
      return last
    }
    let place = try #require(try registry.credentials.reserve([draft(1)], at: TestRegister.now, draw: dice).first)
    let signed = SignedCredential(
      seq: place.seq,
      parts: TokenParts(header: [1], payload: [2], signature: TestRegister.signature)
    )
    let log = LogAppend(
      previousSize: 0,
      leaves: [.init(entry: [0x7B, 0x7D], hash: TestRegister.digest)],
      tileRoots: [],
      at: TestRegister.now,
      frontier: [],
      note: "-"
    )
    #expect(throws: RegistryFailure.refused(rule: .quotaReached)) {
      try registry.credentials.issue(
        IssueBatch(credentials: [signed]),
        log: log,
        audit: audit(1, after: 0),
        reserving: [draft(2), draft(3)],
        draw: dice
      )
    }
    #expect(try registry.credentials.find(seq: place.seq)?.state == .reserved)
    #expect(
      try registry.log.head() == nil && registry.log.lastAudit() == nil && registry.credentials.unfinished().count == 1
    )
    // The same with what the quota still has room for.
    let places = try registry.credentials.issue(
      IssueBatch(credentials: [signed]),
      log: log,
      audit: audit(1, after: 0),
      reserving: [draft(2)],
      draw: dice
    )
    #expect(try registry.credentials.find(seq: place.seq)?.state == .active)
    #expect(try registry.credentials.find(seq: try #require(places.first).seq)?.state == .reserved)
    #expect(try registry.log.head()?.size == 1)
    #expect(try registry.publications.unpublished().credentials.map(\.seq) == [place.seq])
    #expect(try registry.publications.unpublished(besides: [place.seq]).credentials.isEmpty)
    // What happened to it since is published all the same.
    var pause = StateChange(
      seq: place.seq,
      event: .suspended,
      at: TestRegister.now,
      officer: "registrar",
      reason: "investigation"
    )
    pause.statement = [3]
    try registry.credentials.apply([pause], log: nil, audit: audit(2, after: 1))
    #expect(try registry.publications.unpublished(besides: [place.seq]).credentials.map(\.seq) == [place.seq])
  }

  @Test func manyMembersAtOnce() throws {
    let registry = try TestRegister().registry
    let found = try registry.members.find([("dubai", "2"), ("dubai", "9"), ("ajman", "3")])
    #expect(found.map { $0?.number } == ["2", nil, "3"])
    #expect(try found[0] == registry.members.find(chamber: "dubai", number: "2"))
  }
}
