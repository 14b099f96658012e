import Testing
import Vocabulary

@testable import Registry

@Suite struct CredentialStoreTests {
  private let now = StoreFixture.now

  @Test func aReservationHasItsPlacesAndNoToken() throws {
    let fixture = try StoreFixture()
    var draft = fixture.draft(1, until: now + 77)
    draft.subject = "digest of a person"
    let place = try #require(try fixture.reserve([draft], at: now - 5).first)
    let found = try fixture.find(place.seq)
    #expect(
      found.id == TestRegister.number(1) && found.member == 1 && found.memberKey == "dubai/1"
        && found.programme == "plain" && found.subject == "digest of a person"
    )
    #expect(found.state == .reserved && found.stateSince == now - 5 && found.issuedAt == nil && found.parts == nil)
    #expect(found.validFrom == now && found.validUntil == now + 77)
    #expect(found.revocation == place.revocation && found.suspension == place.suspension)
    #expect(
      place.revocation == StatusIndex(series: 1, index: 1) && place.suspension == StatusIndex(series: 1, index: 2)
    )
    #expect(found.salt == draft.salt && found.contentDigest == draft.contentDigest && found.leaf == nil)
    #expect(found.request == nil && found.requestRow == nil && found.replaces == nil && found.statement == nil)
    #expect(try fixture.credentials.unfinished() == [found])
    #expect(try fixture.credentials.find(id: TestRegister.number(1)) == found)
    #expect(try fixture.credentials.find(id: TestRegister.number(2)) == nil && fixture.credentials.find(seq: 99) == nil)
    #expect(try fixture.reserve([]).isEmpty)
  }

  @Test func anIssuedOneHasItsTokenLeafAndHistory() throws {
    let fixture = try StoreFixture()
    try fixture.registry.log.append(fixture.append(3))
    let places = try fixture.reserve([fixture.draft(1), fixture.draft(2, member: 2)])
    let signed = [
      SignedCredential(seq: places[0].seq, parts: TokenParts(header: [9], payload: [1], signature: [2])),
      SignedCredential(
        seq: places[1].seq,
        parts: TokenParts(header: [8], payload: [3], signature: [4]),
        reason: "renewal"
      ),
    ]
    try fixture.credentials.issue(
      IssueBatch(credentials: signed),
      log: fixture.append(2, at: now + 1),
      audit: fixture.audit(by: "amal")
    )
    for (offset, one) in signed.enumerated() {
      let found = try fixture.find(one.seq)
      #expect(found.state == .active && found.stateSince == now + 1 && found.issuedAt == now + 1)
      #expect(found.parts == one.parts && found.leaf == Int64(3 + offset))
      let history = try fixture.credentials.events(of: one.seq)
      #expect(history.map(\.event) == [.issued] && history.map(\.reason) == [one.reason])
      #expect(history.map(\.officer) == ["amal"] && history.map(\.at) == [now + 1])
      #expect(history.map(\.leaf) == [Int64(3 + offset)] && history.map(\.request) == [nil])
    }
    #expect(try fixture.registry.log.head()?.size == 5)
    #expect(try fixture.credentials.unfinished().isEmpty)
    #expect(try fixture.register.value("SELECT count(*) FROM token_header") == 3)  // one is the fixture's own
  }

  /// Nobody is issued twice, and nothing is issued that was not reserved; all of the batch or none.
  @Test func whatCannotBeIssued() throws {
    let fixture = try StoreFixture()
    let done = try fixture.issue([fixture.draft(1)])[0]
    let place = try fixture.reserve([fixture.draft(2)])[0]
    func issue(_ credentials: [SignedCredential]) throws -> RegistryRule? {
      try fixture.refusal {
        try fixture.credentials.issue(
          IssueBatch(credentials: credentials),
          log: fixture.append(credentials.count),
          audit: fixture.audit()
        )
      }
    }
    let ghost = SignedCredential(seq: 99, parts: TokenParts(header: [1], payload: [1], signature: [1]))
    let again = SignedCredential(seq: done, parts: TokenParts(header: [1], payload: [2], signature: [1]))
    #expect(try issue([fixture.signed(place), ghost]) == .illegalTransition)
    #expect(try issue([fixture.signed(place), again]) == .immutable)
    #expect(try fixture.find(place.seq).state == .reserved)
    // A log that somebody else has moved on.
    let late = try fixture.append()
    try fixture.registry.log.append(fixture.append())
    #expect(
      try fixture.refusal {
        try fixture.credentials.issue(
          IssueBatch(credentials: [fixture.signed(place)]),
          log: late,
          audit: fixture.audit()
        )
      } == .logMoved
    )
  }

  @Test func aSuccessorEndsTheOneItReplaces() throws {
    let fixture = try StoreFixture()
    let old = try fixture.issue([fixture.draft(1)])[0]
    var draft = fixture.draft(2)
    (draft.replaces, draft.replacementReason) = (old, "name_change")
    let place = try fixture.reserve([draft])[0]
    #expect(try fixture.find(place.seq).replaces == TestRegister.number(1))
    var end = StateChange(seq: old, event: .superseded, at: now, officer: "amal", reason: "name_change")
    (end.replacedBy, end.statement) = (place.seq, [7])
    try fixture.credentials.issue(
      IssueBatch(credentials: [fixture.signed(place)], replaced: [end]),
      log: fixture.append(2),
      audit: fixture.audit()
    )
    let found = try fixture.find(old)
    #expect(found.state == .superseded && found.replacedBy == TestRegister.number(2) && found.statement == [7])
    #expect(found.replacementReason == "name_change")
    #expect(try fixture.credentials.events(of: old).map(\.event) == [.issued, .superseded])
    #expect(try fixture.credentials.current(member: 1, programme: "plain").map(\.seq) == [place.seq])
  }

  @Test func everyStepOfALife() throws {
    let fixture = try StoreFixture()
    let seq = try fixture.issue([fixture.draft(1)])[0]
    try fixture.change(seq, .suspended, at: now + 1, reason: "investigation") {
      ($0.note, $0.statement) = ("two complaints", [1])
    }
    var found = try fixture.find(seq)
    #expect(found.state == .suspended && found.stateSince == now + 1 && found.statement == [1])
    try fixture.change(seq, .reinstated, at: now + 2, reason: "cleared")
    found = try fixture.find(seq)
    #expect(found.state == .active && found.statement == [1], "without a new statement the old one stays")
    try fixture.change(seq, .revoked, at: now + 3, reason: "fraud") { $0.statement = [2] }
    found = try fixture.find(seq)
    #expect(found.state == .revoked && found.stateSince == now + 3 && found.statement == [2])
    #expect(found.replacementReason == nil, "the reason of a revocation is no reason of a replacement")
    let history = try fixture.credentials.events(of: seq)
    #expect(history.map(\.event) == [.issued, .suspended, .reinstated, .revoked])
    #expect(history.map(\.reason) == ["issue", "investigation", "cleared", "fraud"])
    #expect(history.map(\.note) == ["", "two complaints", "", ""] && history.map(\.leaf) == [0, 1, 2, 3])
    #expect(try fixture.refusal { try fixture.change(seq, .reinstated) } == .illegalTransition)
    #expect(try fixture.refusal { try fixture.change(99, .suspended) } == .illegalTransition)
  }

  /// A step to where it is already is no step.
  @Test func twiceIsRefused() throws {
    let fixture = try StoreFixture()
    let seq = try fixture.issue([fixture.draft(1)])[0]
    #expect(try fixture.refusal { try fixture.change(seq, .reinstated) } == .illegalTransition)
    try fixture.change(seq, .suspended)
    #expect(try fixture.refusal { try fixture.change(seq, .suspended) } == .illegalTransition)
    let last = try fixture.registry.log.head()?.size
    #expect(last == 2)
  }

  @Test func oneRefusedStepUndoesAllOthers() throws {
    let fixture = try StoreFixture()
    let pair = try fixture.issue([fixture.draft(1), fixture.draft(2)])
    try fixture.change(pair[1], .revoked)
    let steps = pair.map { StateChange(seq: $0, event: .suspended, at: now, officer: "amal", reason: "other") }
    #expect(
      try fixture.refusal {
        try fixture.credentials.apply(steps, log: fixture.append(2), audit: fixture.audit())
      } == .illegalTransition
    )
    #expect(try fixture.find(pair[0]).state == .active)
  }

  @Test func abandonedAndLapsedAreNotForThePublic() throws {
    let fixture = try StoreFixture()
    let place = try fixture.reserve([fixture.draft(1)])[0]
    let old = try fixture.issue([fixture.draft(2, until: now + 10)])[0]
    try fixture.registry.publications.record([], upTo: 99, at: now)
    try fixture.change(place.seq, .abandoned)
    #expect(throws: RegistryFailure.self) { try fixture.change(old, .lapsed, at: now + 10) }
    try fixture.change(old, .lapsed, at: now + 11)
    #expect(try fixture.find(place.seq).state == .abandoned && fixture.find(old).state == .lapsed)
    #expect(try fixture.registry.publications.unpublished().credentials.isEmpty)
    #expect(try fixture.registry.log.head()?.size == 1)
    // Its places are not given to anybody else, and its number neither.
    #expect(throws: RegistryFailure.self) { try fixture.reserve([fixture.draft(1)]) }
  }

  @Test func quotaCountsWhatIsInForceOrOnItsWay() throws {
    let fixture = try StoreFixture(quota: 3)
    let first = try fixture.issue([fixture.draft(1), fixture.draft(2, until: now + 10)])
    _ = try fixture.reserve([fixture.draft(3)])
    func active(_ at: Int64) throws -> Int {
      try fixture.credentials.activeCount(chamber: "dubai", programme: "plain", validAt: at)
    }
    #expect(try active(now) == 3)
    #expect(try fixture.refusal { _ = try fixture.reserve([fixture.draft(4)]) } == .quotaReached)
    // A replacement takes no place, and one that has ended by the clock gives its own back.
    var replacement = fixture.draft(5)
    replacement.replaces = first[0]
    _ = try fixture.reserve([replacement])
    #expect(try active(now + 10) == 4 && active(now + 11) == 3)
    #expect(
      try fixture.credentials.endedCount(chamber: "dubai", programme: "plain", before: now + 10) == 0
        && fixture.credentials.endedCount(chamber: "dubai", programme: "plain", before: now + 11) == 1
    )
    // Neither another chamber nor another programme has anything to do with it.
    #expect(try fixture.credentials.activeCount(chamber: "ajman", programme: "plain", validAt: now) == 0)
    _ = try fixture.reserve([fixture.draft(6, member: 3, chamber: "ajman")])
    try fixture.change(first[0], .revoked)
    #expect(try active(now) == 3)
  }

  @Test func aBatchTakesItsPlacesTogether() throws {
    let fixture = try StoreFixture(quota: 2)
    let three = [fixture.draft(1), fixture.draft(2, member: 2), fixture.draft(3)]
    #expect(try fixture.refusal { _ = try fixture.reserve(three) } == .quotaReached)
    #expect(try fixture.reserve(Array(three.prefix(2))).count == 2)
  }

  @Test func aProgrammeWithoutRulesAsksForTwo() throws {
    let fixture = try StoreFixture()
    let draft = fixture.draft(1, programme: "unheard-of")
    #expect(try fixture.refusal { _ = try fixture.reserve([draft]) } == .secondOfficerRequired)
  }

  @Test func aSecondSeriesBeginsBeforeTheFirstIsFull() throws {
    let fixture = try StoreFixture()
    // As if three quarters of the first list were taken.
    try fixture.register.sql("DROP TRIGGER tally_born")
    try fixture.register.sql(
      """
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 98303)
      INSERT INTO credential (id, member, chamber, programme, state, valid_from, valid_until, state_since, \
      revocation_list, revocation_index, suspension_list, suspension_index, salt, content_digest)
      SELECT printf('%018d', 1000000 + i), 1, 'dubai', 'plain', 'reserved', 1, 2, 1, 1, 200000 + i, 2, 200000 + i, \
      zeroblob(32), zeroblob(32) FROM n
      """
    )
    let places = try fixture.reserve([fixture.draft(1), fixture.draft(2), fixture.draft(3)])
    #expect(places.map(\.revocation.series) == [1, 2, 2] && places.map(\.suspension.series) == [1, 2, 2])
    #expect(try fixture.reserve([fixture.draft(4)]).map(\.revocation.series) == [2], "and stays in use")
    let lists = try fixture.registry.publications.statusLists()
    #expect(lists.filter { $0.chamber == "dubai" }.map(\.series) == [1, 1, 2, 2])
  }

  @Test func aPlaceThatIsTakenIsDrawnAgain() throws {
    let fixture = try StoreFixture()
    var dice: [UInt32] = [5, 5, 5, 131_072 + 5, 6, 6, 7]
    let first = try fixture.credentials.reserve([fixture.draft(1)], at: now) { dice.removeFirst() }
    #expect(first[0].revocation.index == 5 && first[0].suspension.index == 5)
    let second = try fixture.credentials.reserve([fixture.draft(2)], at: now) { dice.removeFirst() }
    #expect(second[0].revocation.index == 6 && second[0].suspension.index == 6 && dice == [7])
    #expect(
      try fixture.refusal { _ = try fixture.credentials.reserve([fixture.draft(3)], at: now) { 5 } }
        == .randomGeneratorRepeats
    )
  }

  @Test func aMembersCertificatesNewestFirst() throws {
    let fixture = try StoreFixture()
    let all = try fixture.issue((1...5).map { fixture.draft($0, until: now + 10) })
    _ = try fixture.issue([fixture.draft(6, member: 2)])
    try fixture.change(all[1], .suspended)
    try fixture.change(all[2], .revoked)
    try fixture.change(all[3], .lapsed, at: now + 11)
    _ = try fixture.reserve([fixture.draft(7)])
    let wanted = [all[4], all[3], all[1], all[0]]
    #expect(try fixture.credentials.current(member: 1, programme: "plain").map(\.seq) == wanted)
    #expect(try fixture.credentials.current(member: 1, programme: "other").isEmpty)
    let everyone = try fixture.credentials.current(programme: "plain")
    #expect(everyone[1]?.map(\.seq) == wanted && everyone[2]?.count == 1 && everyone.count == 2)
    #expect(everyone[1]?.map(\.state) == [.active, .lapsed, .suspended, .active])
    #expect(everyone[1]?[0].validUntil == now + 10 && everyone[1]?[0].contentDigest == TestRegister.digest)
    #expect(try fixture.credentials.inForce(chamber: nil).map(\.member) == [2, 1, 1, 1])
    #expect(try fixture.credentials.inForce(chamber: "ajman").isEmpty)
    #expect(try fixture.credentials.salts().count == 7)
    #expect(try fixture.credentials.salts().first { $0.id == TestRegister.number(7) }?.salt == fixture.draft(7).salt)
  }

  @Test func countsForReports() throws {
    let fixture = try StoreFixture()
    let all = try fixture.issue((1...4).map { fixture.draft($0) })
    try fixture.change(all[0], .suspended, at: now + 1, reason: "fees_unpaid")
    try fixture.change(all[1], .suspended, at: now + 2, reason: "fees_unpaid")
    try fixture.change(all[2], .revoked, at: now + 3, reason: "fraud")
    let tallies = try fixture.credentials.tallies()
    #expect(tallies.map(\.state) == [.active, .revoked, .suspended] && tallies.map(\.count) == [1, 1, 2])
    #expect(tallies.allSatisfy { $0.chamber == "dubai" && $0.programme == "plain" })
    let counts = try fixture.credentials.eventCounts(from: now + 1, to: now + 3)
    #expect(
      counts.map(\.event) == [.suspended] && counts.map(\.count) == [2] && counts.map(\.reason) == ["fees_unpaid"]
    )
    #expect(try fixture.credentials.eventCounts(from: now, to: now + 4).map(\.count) == [4, 1, 2])
  }

  @Test func theDailyLimitLooksBackADay() throws {
    let fixture = try StoreFixture()
    let hour: Int64 = 3_600
    let base = now / hour * hour
    let all = try fixture.issue([fixture.draft(1), fixture.draft(2)], at: base)
    try fixture.change(all[0], .suspended, at: base)
    func made(_ event: CredentialEvent, at: Int64) throws -> Int {
      try fixture.credentials.eventsInLast24Hours(chamber: "dubai", programme: "plain", event: event, at: at)
    }
    #expect(try made(.issued, at: base) == 2 && made(.suspended, at: base) == 1 && made(.revoked, at: base) == 0)
    #expect(try made(.issued, at: base + 24 * hour - 1) == 2 && made(.issued, at: base + 24 * hour) == 0)
    #expect(
      try fixture.credentials.eventsInLast24Hours(chamber: "ajman", programme: "plain", event: .issued, at: base) == 0
    )
  }

  @Test func remindersAreWrittenOnce() throws {
    let fixture = try StoreFixture()
    let all = try fixture.issue([fixture.draft(1), fixture.draft(2)])
    try fixture.credentials.recordReminders([(all[0], 1), (all[0], 2)], at: now, audit: fixture.audit(.remind))
    try fixture.credentials.recordReminders([(all[0], 2), (all[0], 4)], at: now + 9, audit: fixture.audit(.remind))
    #expect(try fixture.credentials.remindersSent(all[0]) == [1, 2, 4])
    #expect(try fixture.credentials.remindersSent(all[1]).isEmpty)
    #expect(try fixture.register.value("SELECT at FROM reminder WHERE step = 2") == now)
  }
}

@Suite struct CredentialFilterTests {
  private let now = StoreFixture.now

  /// Six certificates of three members, of which each filter leaves some.
  private func filled() throws -> (StoreFixture, [Int64]) {
    let fixture = try StoreFixture()
    try fixture.register.rule("gold")
    let sheet = [
      (
        fixture.member("801") {
          $0.nameEn = "Desert Rose"
          $0.feesPaidUntil = "2026-12-31"
        }, "a"
      ),
      (
        fixture.member("802") {
          $0.nameEn = "Desert Falcon"
          $0.feesPaidUntil = ""
        }, "b"
      ),
    ]
    _ = try fixture.members.importRows(
      sheet.map { ($0.0, Contact(name: $0.1, email: "", phone: "")) },
      at: 1,
      audit: fixture.audit()
    )
    let rose = try #require(try fixture.members.find(chamber: "dubai", number: "801")).rowID
    let falcon = try #require(try fixture.members.find(chamber: "dubai", number: "802")).rowID
    var all = try fixture.issue([
      fixture.draft(1, member: rose, until: now + 100), fixture.draft(2, member: falcon, until: now + 50),
    ])
    all += try fixture.issue([fixture.draft(3, member: rose, programme: "gold", until: now + 10)], at: now + 5)
    all += try fixture.issue([fixture.draft(4, member: 3, chamber: "ajman", until: now + 70)], at: now + 6)
    all += try fixture.issue([fixture.draft(5, member: falcon, until: now + 20)], at: now + 7)
    try fixture.change(all[1], .suspended, at: now + 8)
    try fixture.change(all[4], .revoked, at: now + 8)
    _ = try fixture.reserve([fixture.draft(6)])
    return (fixture, all)
  }

  private func places(_ edit: (inout CredentialFilter) -> Void) throws -> [Int] {
    let (fixture, all) = try filled()
    var filter = CredentialFilter()
    edit(&filter)
    return try fixture.credentials.matching(filter).map { all.firstIndex(of: $0.seq) ?? -1 }
  }

  @Test func eachFieldNarrows() throws {
    #expect(try places { _ in } == [0, 1, 2, 3, 4], "reserved ones are nobody's business")
    #expect(try places { $0.chamber = "ajman" } == [3] && places { $0.chamber = "sharjah" } == [])
    #expect(try places { $0.programme = "gold" } == [2])
    #expect(try places { $0.state = .suspended } == [1] && places { $0.state = .reserved } == [])
    #expect(try places { $0.member = "dubai/801" } == [0, 2] && places { $0.member = "ajman/801" } == [])
    #expect(try places { $0.member = "801" } == [], "a number without its chamber is no member")
    #expect(try places { $0.feesPaidBefore = "2027-01-01" } == [0, 1, 2, 4])
    #expect(try places { $0.feesPaidBefore = "2026-12-31" } == [1, 4], "before that day")
    #expect(try places { $0.request = 1 } == [])
  }

  @Test func timesIncludeTheirBeginningAndNotTheirEnd() throws {
    #expect(try places { $0.issuedFrom = StoreFixture.now + 5 } == [2, 3, 4])
    #expect(try places { $0.issuedBefore = StoreFixture.now + 5 } == [0, 1])
    #expect(
      try places {
        $0.issuedFrom = StoreFixture.now + 5
        $0.issuedBefore = StoreFixture.now + 7
      } == [2, 3]
    )
  }

  /// What runs out first comes first, and only what is still in force runs out.
  @Test func whatRunsOut() throws {
    #expect(try places { $0.runsOutBefore = StoreFixture.now + 70 } == [2, 1, 3])
    #expect(
      try places {
        $0.runsOutBefore = StoreFixture.now + 70
        $0.runsOutAfter = StoreFixture.now + 50
      } == [1, 3]
    )
    #expect(try places { $0.runsOutAfter = StoreFixture.now + 70 } == [0, 3])
  }

  @Test func wordsLeadAndTheLimitEnds() throws {
    #expect(try places { $0.words = "desert" } == [0, 2, 1, 4], "by member, then by age")
    #expect(try places { $0.words = "desert ro" } == [0, 2] && places { $0.words = "--" } == [])
    #expect(
      try places {
        $0.words = "desert"
        $0.state = .active
      } == [0, 2]
    )
    #expect(
      try places {
        $0.words = "desert"
        $0.limit = 3
      } == [0, 2, 1]
    )
    #expect(try places { $0.limit = 2 } == [0, 1] && places { $0.limit = 0 } == [])
  }
}
