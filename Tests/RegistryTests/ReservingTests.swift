import Testing

@testable import Registry

/// A commit that issues one batch and reserves the places of a later one.
@Suite struct ReservingTests {
  private func reservation(_ id: Int) -> Reservation {
    Reservation(
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
      outcome: "done",
      detail: "{}",
      previous: [UInt8](repeating: previous, count: 32),
      digest: [UInt8](repeating: UInt8(seq), count: 32),
      signature: TestRegister.signature
    )
  }

  @Test func whatIsRefusedOfItUndoesAllOfIt() throws {
    let register = try TestRegister(), registry = register.registry
    try register.rule("plain", quota: 2)
    var last: UInt32 = 0
    func dice() -> UInt32 {
      last += 1
      return last
    }
    let place = try #require(try registry.reserve([reservation(1)], at: TestRegister.now, draw: dice).first)
    let issued = IssuedCredential(
      seq: place.seq,
      issuedAt: TestRegister.now,
      leaf: 0,
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
    #expect(throws: RegistryFailure.refused(rule: "quota_reached")) {
      try registry.issue(
        [issued],
        officer: "registrar",
        log: log,
        audit: audit(1, after: 0),
        reserving: [reservation(2), reservation(3)],
        draw: dice
      )
    }
    #expect(try registry.credential(seq: place.seq)?.state == "reserved")
    #expect(try registry.logHead() == nil && registry.lastAudit() == nil && registry.unfinished().count == 1)
    // The same with what the quota still has room for.
    let places = try registry.issue(
      [issued],
      officer: "registrar",
      log: log,
      audit: audit(1, after: 0),
      reserving: [reservation(2)],
      draw: dice
    )
    #expect(try registry.credential(seq: place.seq)?.state == "active")
    #expect(try registry.credential(seq: try #require(places.first).seq)?.state == "reserved")
    #expect(try registry.logHead()?.size == 1)
    #expect(try registry.unpublished().credentials.map(\.seq) == [place.seq])
    #expect(try registry.unpublished(besides: [place.seq]).credentials.isEmpty)
    // What happened to it since is published all the same.
    try registry.apply(
      [
        StateChange(
          seq: place.seq,
          state: "suspended",
          event: "suspended",
          at: TestRegister.now,
          officer: "registrar",
          reason: "investigation",
          note: "",
          leaf: nil,
          statement: [3]
        )
      ],
      log: nil,
      audit: audit(2, after: 1)
    )
    #expect(try registry.unpublished(besides: [place.seq]).credentials.map(\.seq) == [place.seq])
  }

  @Test func manyMembersAtOnce() throws {
    let registry = try TestRegister().registry
    let found = try registry.members([("dubai", "2"), ("dubai", "9"), ("ajman", "3")])
    #expect(found.map { $0?.number } == ["2", nil, "3"])
    #expect(try found[0] == registry.member(chamber: "dubai", number: "2"))
  }
}
