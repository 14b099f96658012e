import Encodings
import Foundation
import Profiles
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// What one row comes down to, compared with the register.
@Suite struct AssessmentTests {
  private static let day: Int64 = 86_400
  /// 2027-11-21T23:59:59Z, the end of what is issued for a year at `TestHome.start`.
  private static let end: Int64 = 1_826_841_599

  /// What `assess` makes of members of Dubai, by number.
  private func assess(
    _ session: AuthoritySession,
    _ numbers: [Int],
    _ programme: String = "verified-membership",
    _ change: (inout IssueOptions) -> Void = { _ in }
  ) throws -> [Assessment] {
    var options = IssueOptions()
    change(&options)
    return try session.issuer.assess(
      try numbers.map { IssueOrder(member: try session.member($0), row: $0) },
      programme: try #require(session.profiles.programme(programme)),
      options: options
    )
  }

  private func rename(_ desk: Desk, _ number: Int) throws {
    try desk.importMembers([number]) { _, cells in cells[2] = "Palm Holding \(number) LLC" }
  }

  @Test func aMemberWithoutACertificateGetsANewOne() throws {
    let desk = try Desk()
    let session = try desk.session()
    let one = try #require(try assess(session, [1]).first)
    #expect(one.disposition == .new && one.reason.isEmpty && one.present == nil && one.rejection == nil)
    let item = try #require(one.item)
    #expect(item.replaces == nil && item.lookalikes.isEmpty && item.order === one.order && one.order.row == 1)
    #expect(one.contentDigest == item.content.digest)
  }

  /// From the day of issue to the second after the time of grace.
  @Test(
    arguments: [
      (TestHome.start, .unchanged), (1_826_841_599, .unchanged), (1_826_841_600, .renewed), (1_829_433_599, .renewed),
      (1_829_433_600, .returned),
    ] as [(Int64, RowDisposition)]
  )
  func aYearAndItsGrace(_ moment: Int64, _ expected: RowDisposition) throws {
    let desk = try Desk()
    let id = try desk.issue([1])[0]
    let one = try #require(try assess(try desk.session(at: moment), [1]).first)
    #expect(one.disposition == expected)
    switch expected {
    case .unchanged:
      let present = try #require(one.present)
      #expect(present.id == id.description && present.member == "dubai/1" && present.row == 1)
      #expect(present.validFrom.seconds == TestHome.start && present.validUntil.seconds == Self.end)
      #expect(present.disposition == .unchanged && present.replaces == nil && one.item == nil && one.reason.isEmpty)
    default:
      #expect(one.reason == (expected == .renewed ? "renewal" : "return"))
      #expect(try one.item?.replaces?.id == id.description && one.item?.replaces?.seq == desk.record(id).seq)
    }
  }

  @Test func renewalWithinSoManyDaysToTheSecond() throws {
    let desk = try Desk()
    let id = try desk.issue([1])[0]
    func disposition(_ days: Int64?, before end: Int64) throws -> RowDisposition? {
      try assess(try desk.session(at: Self.end - end), [1], "verified-membership") { $0.renewWithin = days }.first?
        .disposition
    }
    #expect(try disposition(30, before: 30 * Self.day + 1) == .unchanged)
    #expect(try disposition(30, before: 30 * Self.day) == .renewed)
    #expect(try disposition(nil, before: 1) == .unchanged)
    #expect(try disposition(0, before: 0) == .renewed)
    let one = try #require(
      try assess(try desk.session(at: Self.end - 5), [1], "verified-membership") { $0.renewWithin = 1 }.first
    )
    #expect(one.reason == "renewal" && one.item?.replaces?.id == id.description)
  }

  @Test func whatTheRegisterSaysOtherwiseIsReplacedWhenAskedFor() throws {
    let desk = try Desk()
    let id = try desk.issue([1])[0]
    try rename(desk, 1)
    let session = try desk.session()
    let kept = try #require(try assess(session, [1]).first)
    #expect(kept.disposition == .changed && kept.present?.id == id.description && kept.item == nil)
    #expect(kept.reason.isEmpty && kept.present?.disposition == .unchanged)
    // Running out is no reason to say something else.
    let near = try desk.session(at: Self.end - 10)
    #expect(try assess(near, [1], "verified-membership") { $0.renewWithin = 30 }.first?.item == nil)
    let replaced = try #require(
      try assess(session, [1], "verified-membership") { $0.replaceChanged = "name_change" }.first
    )
    #expect(replaced.disposition == .changed && replaced.reason == "name_change")
    #expect(replaced.item?.replaces?.id == id.description && replaced.present == nil)
  }

  /// What was suspended stays as it is, however it is asked for, and is not renewed when it has ended.
  @Test func aSuspendedPredecessorStays() throws {
    let desk = try Desk()
    let id = try desk.issue([1])[0]
    _ = try desk.session().lifecycle.change(id, .suspend, reason: "investigation", note: "")
    func one(at seconds: Int64, _ change: (inout IssueOptions) -> Void = { _ in }) throws -> Assessment {
      try #require(try assess(try desk.session(at: seconds), [1], "verified-membership", change).first)
    }
    let renewed = try one(at: Self.end - 5) { $0.renewWithin = 30 }
    #expect(renewed.disposition == .renewed && renewed.item == nil && renewed.present?.id == id.description)
    let ended = try one(at: Self.end + 1)
    #expect(ended.rejection?.reason == .notRenewable(from: .suspended) && ended.rejection?.subject == "dubai/1")
    #expect(ended.disposition == .faulty && ended.contentDigest == nil && ended.item == nil)
    try rename(desk, 1)
    let changed = try one(at: TestHome.start) { $0.replaceChanged = "name_change" }
    #expect(changed.disposition == .changed && changed.item == nil && changed.present?.id == id.description)
  }

  /// A revoked certificate is none: the next is new. A lapsed one is what a member returns to.
  @Test func whatEndedOtherwise() throws {
    let desk = try Desk()
    let ids = try desk.issue([1, 2])
    _ = try desk.session().lifecycle.change(ids[0], .revoke, reason: "fraud", note: "")
    #expect(try assess(try desk.session(), [1]).map(\.disposition) == [.new])
    let late = try desk.session(at: Self.end + 30 * Self.day + 1)
    #expect(try late.lifecycle.lapse() == 1)
    let two = try #require(try assess(late, [2]).first)
    #expect(two.disposition == .returned && two.item?.replaces?.id == ids[1].description && two.reason == "return")
  }

  @Test func aMemberStandsInOneRow() throws {
    let desk = try Desk()
    let session = try desk.session()
    let found = try assess(session, [1, 2, 1, 2, 1])
    #expect(found.map(\.disposition) == [.new, .new, .duplicate, .duplicate, .duplicate])
    #expect(found[2].order.row == 1 && found[2].contentDigest == nil && found[2].item == nil && found[2].reason.isEmpty)
    // Each of its people once: told apart by what names them.
    let programme = try #require(session.profiles.programme("training-completion"))
    func order(_ name: String, _ hours: Int64, row: Int) throws -> IssueOrder {
      IssueOrder(
        member: try session.member(1),
        row: row,
        claims: [
          "personName": JSON(name), "courseName": "Customs", "courseHours": .integer(hours),
          "completedOn": "2026-11-20",
        ]
      )
    }
    let people = try session.issuer.assess(
      [order("Amal Hassan", 12, row: 1), order("Omar Saleh", 12, row: 2), order("Amal Hassan", 14, row: 3)],
      programme: programme,
      options: IssueOptions()
    )
    #expect(people.map(\.disposition) == [.new, .new, .duplicate])
  }

  @Test func aRowOfAPlanSaysWhatWasPlanned() throws {
    let desk = try Desk()
    let session = try desk.session()
    let digests = try assess(session, [1, 2]).map(\.contentDigest)
    let planned = [1: try #require(digests[0]), 2: try #require(digests[0])]
    let found = try assess(session, [1, 2, 3]) { $0.planned = planned }
    #expect(found.map(\.disposition) == [.new, .faulty, .faulty])
    #expect(found[1].rejection == ActRejection(.requestChanged(row: 2), subject: "dubai/2"))
    #expect(found[2].rejection == ActRejection(.requestChanged(row: 3), subject: "dubai/3"))
    // A row without a number is row 0 of a plan.
    let alone = try session.issuer.assess(
      [IssueOrder(member: try session.member(1))],
      programme: try #require(session.profiles.programme("verified-membership")),
      options: {
        var options = IssueOptions()
        options.planned = [0: digests[0] ?? []]
        return options
      }()
    )
    #expect(alone.map(\.disposition) == [.new])
  }

  @Test func theQuotaIsCountedWithinOneRunAndForEachChamber() throws {
    let desk = try Desk { try $0.edit("verified-membership", "quota: 15000", "quota: 3") }
    try desk.importMembers([61, 62]) { number, cells in
      (cells[0], cells[6], cells[7]) = ("ajman", "Ajman DED", "AE-AJ")
      cells[10] = "https://ajman-\(number).example/"
    }
    try desk.issue([1])
    let session = try desk.session()
    let found = try assess(session, [2, 3, 4, 1])
    #expect(found.map(\.disposition) == [.new, .new, .faulty, .unchanged])
    #expect(
      found[2].rejection == ActRejection(.quotaReached(programme: "verified-membership", limit: 3), subject: "dubai/4")
    )
    let programme = try #require(session.profiles.programme("verified-membership"))
    let orders = try [("dubai", 2), ("ajman", 61), ("dubai", 3), ("ajman", 62), ("dubai", 4)].map {
      IssueOrder(member: try session.member($1, $0))
    }
    let mixed = try session.issuer.assess(orders, programme: programme, options: IssueOptions())
    #expect(mixed.map(\.disposition) == [.new, .new, .new, .new, .faulty])
    // What is renewed takes no place; what has ended gives its own back.
    let near = try desk.session(at: Self.end - 5)
    let renewed = try assess(near, [1, 2, 3], "verified-membership") { $0.renewWithin = 30 }
    #expect(renewed.map(\.disposition) == [.renewed, .new, .new])
    let over = try desk.session(at: Self.end + 1)
    #expect(try assess(over, [2, 3, 4]).map(\.disposition) == [.new, .new, .new])
  }

  @Test func aNameThatLooksLikeAnothersIsNamed() throws {
    let desk = try Desk()
    // A lower-case L for the one.
    try desk.importMembers([40]) { _, cells in (cells[2], cells[3]) = ("Palm Trading l LLC", "شركة أخرى للتجارة ذ.م.م")
    }
    let session = try desk.session()
    func found() throws -> [String] { try #require(try assess(session, [40]).first?.item).lookalikes }
    #expect(try found() == ["dubai/1 Palm Trading 1 LLC"])
    // The other sees this one, too.
    #expect(try assess(session, [1]).first?.item?.lookalikes == ["dubai/40 Palm Trading l LLC"])
    try session.registry.members.acceptName(of: try session.member(40).rowID, names: "something else")
    #expect(try found() == ["dubai/1 Palm Trading 1 LLC"])
    try session.registry.members.acceptName(of: try session.member(40).rowID, names: "dubai/1 Palm Trading 1 LLC")
    #expect(try found().isEmpty)
  }

  /// Of more than a hundred rows what the register has is read at once: with the same result.
  @Test func aLongSheetIsJudgedLikeItsRows() throws {
    let desk = try Desk { try $0.edit("verified-membership", "quota: 15000", "quota: 105") }
    try desk.importMembers([40]) { _, cells in (cells[2], cells[3]) = ("Palm Trading l LLC", "شركة أخرى للتجارة ذ.م.م")
    }
    try desk.importMembers(41...150) { number, cells in if number == 50 { cells[9] = "2025-01-01" } }
    let ids = try desk.issue([2, 3, 4])
    _ = try desk.session().lifecycle.change(ids[1], .revoke, reason: "fraud", note: "")
    try rename(desk, 4)
    let session = try desk.session()
    let numbers = [1, 2, 3, 4] + Array(40...150) + [2]
    let found = try assess(session, numbers)
    #expect(found.prefix(4).map(\.disposition) == [.new, .unchanged, .new, .changed])
    #expect(found[1].present?.id == ids[0].description && found[3].present?.id == ids[2].description)
    #expect(found[4].item?.lookalikes == ["dubai/1 Palm Trading 1 LLC"])
    #expect(found[0].item?.lookalikes == ["dubai/40 Palm Trading l LLC"])
    #expect(found.compactMap(\.item).filter { !$0.lookalikes.isEmpty }.count == 2)
    #expect(found.last?.disposition == .duplicate)
    let lapsed = found.filter { $0.disposition == .lapsed }
    #expect(lapsed.map(\.order.member.key) == ["dubai/50"])
    // Two are in force: 103 places are left.
    #expect(found.filter { $0.disposition == .new }.count == 103)
    #expect(found.compactMap(\.rejection).filter { $0.code == .quotaReached }.count == 112 - 103)
    for (place, number) in [(0, 1), (1, 2), (3, 4), (4, 40)] {
      let alone = try #require(try assess(session, [number]).first)
      #expect(alone.disposition == found[place].disposition && alone.contentDigest == found[place].contentDigest)
    }
  }

  // MARK: rules of issuing

  /// The chamber first, then fees, then territory, then the name: the officer hears what is in the way of everything.
  @Test func theOrderOfTheRules() throws {
    let desk = try Desk()
    let session = try desk.session()
    let programme = try #require(session.profiles.programme("verified-membership"))
    var member = try session.member(1)
    member.nameEn = "Palm \u{202E}Trading"
    member.membership = .eMember
    member.feesPaidUntil = "2026-11-21"
    func reason(_ granted: Set<String>) throws -> ActRejection.Reason? {
      do {
        try session.issuer.permit(member, programme, granted: granted)
        return nil
      } catch let rejection as ActRejection {
        #expect(rejection.subject == "dubai/1")
        return rejection.reason
      }
    }
    #expect(try reason([]) == .chamberNotGranted(chamber: "dubai", programme: "verified-membership"))
    #expect(try reason(["ajman"]) == .chamberNotGranted(chamber: "dubai", programme: "verified-membership"))
    #expect(try reason(["dubai"]) == .feesUnpaid(paidUntil: "2026-11-21"))
    member.feesPaidUntil = "2026-11-22"
    #expect(try reason(["dubai"]) == .territory(programme: "verified-membership", jurisdiction: "AE-DU"))
    member.membership = .member
    #expect(try reason(["dubai"]) == .memberName(.bidiControl, field: "name_en", at: 6))
    member.nameEn = "Palm Trading 1 LLC"
    #expect(try reason(["dubai"]) == nil)
    member.feesPaidUntil = ""
    #expect(try reason(["dubai"]) == .feesUnpaid(paidUntil: ""))
  }

  @Test(arguments: [
    ("verified-membership", MembershipKind.member, true), ("verified-membership", .eMember, false),
    ("trusted-membership", .eMember, false), ("e-membership", .member, false), ("e-membership", .eMember, true),
    ("business-card", .member, true), ("business-card", .eMember, true),
  ])
  func territories(_ id: String, _ membership: MembershipKind, _ allowed: Bool) throws {
    let desk = try Desk()
    let session = try desk.session()
    var member = try session.member(1)
    member.membership = membership
    member.feesPaidUntil = id == "business-card" ? "" : member.feesPaidUntil  // there fees are optional
    let programme = try #require(session.profiles.programme(id))
    let code = try refusal { try session.issuer.permit(member, programme, granted: ["dubai"]) }
    #expect(code == (allowed ? nil : "territory"))
  }

  @Test func aChamberThatIsNotRecognisedIssuesNothing() throws {
    let desk = try Desk()
    #expect(try desk.session().registry.grantedChambers() == ["dubai", "ajman"])
    try desk.tamper("UPDATE chamber SET status = 'suspended' WHERE slug = 'dubai'")
    let session = try desk.session()
    #expect(try session.registry.grantedChambers() == ["ajman"])
    let one = try #require(try assess(session, [1]).first)
    #expect(one.rejection?.code == .issuerNotAuthorised && one.disposition == .faulty)
    try desk.tamper("UPDATE chamber SET status = 'withdrawn' WHERE slug = 'ajman'")
    #expect(try session.registry.grantedChambers().isEmpty)
  }

  @Test func whatGivesWay() {
    let reasons = ["renewal", "return"] + SupersedeReason.allCases.map(\.rawValue)
    for state in CredentialState.allCases {
      for reason in reasons {
        let expected =
          switch state {
          case .active, .lapsed: true
          case .suspended: reason == "amalgamation"
          case .reserved, .revoked, .superseded, .abandoned: false
          }
        #expect(Issuer.canBeSuperseded(state, for: reason) == expected, "\(state) \(reason)")
      }
    }
  }

  @Test func theOtherCertificateInForce() throws {
    let desk = try Desk()
    let id = try desk.issue([1])[0]
    let record = try desk.record(id)
    func other(at seconds: Int64 = TestHome.start, subject: String = "", besides seq: Int64? = nil) throws -> String? {
      let session = try desk.session(at: seconds)
      let programme = try #require(session.profiles.programme("verified-membership"))
      return try session.issuer.other(of: try session.member(1), programme, subject: subject, besides: seq)?.id
    }
    #expect(try other() == id.description)
    #expect(try other(besides: record.seq) == nil)
    #expect(try other(besides: record.seq + 1) == id.description)
    #expect(try other(subject: "somebody") == nil)
    #expect(try other(at: Self.end) == id.description)
    #expect(try other(at: Self.end + 1) == nil)
    let session = try desk.session()
    let trusted = try #require(session.profiles.programme("trusted-membership"))
    #expect(try session.issuer.other(of: try session.member(1), trusted, subject: "", besides: nil) == nil)
    _ = try desk.session().lifecycle.change(id, .suspend, reason: "investigation", note: "")
    #expect(try other() == id.description, "a suspended one is in the way, too")
  }
}
