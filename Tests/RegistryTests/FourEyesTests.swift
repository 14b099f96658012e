import Foundation
import GRDB
import TestSupport
import Testing
import Vocabulary

@testable import Registry

/// The schema lets nobody approve alone.
@Suite struct FourEyesTests {
  @Test func twoDifferentOfficersOrNothing() throws {
    let register = try TestRegister()
    try register.rule("trusted", issue: 2, reinstate: 2)
    let amal = try register.officer("amal", approver: false)
    let omar = try register.officer("omar")
    let digest = TestRegister.digest
    let request = try register.request(by: "amal", digest: digest)
    let seq = try register.reserve(1, programme: "trusted", request: request, row: 1)
    func issue() throws -> String? { try register.refusal(TestRegister.activation, [seq]) }
    #expect(try issue() == "second_officer_required")
    #expect(try register.approve(request, amal, digest: digest) == nil)  // who asks signs first
    #expect(try issue() == "second_officer_required")
    #expect(try register.approve(request, amal, digest: digest) == "second_officer_required")
    #expect(
      try register.approve(request, omar, digest: [UInt8](repeating: 9, count: 32)) == "approval_of_other_content"
    )
    #expect(try register.approve(request, omar, digest: digest) == nil)
    #expect(try issue() == nil)
    // The same agreement serves once.
    #expect(throws: RegistryFailure.self) { try register.reserve(2, programme: "trusted", request: request, row: 1) }
  }

  @Test func whoMayNotApprove() throws {
    let register = try TestRegister()
    let digest = TestRegister.digest
    try register.rule("trusted", issue: 2, reinstate: 2)
    try register.officer("amal")
    let clerk = try register.officer("clerk", approver: false)
    let abroad = try register.officer("abroad", chamber: "ajman")
    let gone = try register.officer("gone")
    try register.sql("UPDATE officer SET state = 'removed', removed_at = 2 WHERE seq = ?", [gone])
    let request = try register.request(by: "amal", digest: digest)
    #expect(try register.approve(request, clerk, digest: digest) == "role_missing")
    #expect(try register.approve(request, abroad, digest: digest) == "issuer_not_authorised")
    #expect(try register.approve(request, gone, digest: digest) == "officer_removed")
    #expect(
      try register.refusal("UPDATE officer SET state = 'active', removed_at = NULL WHERE seq = ?", [gone])
        == "registry_immutable"
    )
    try register.sql("UPDATE request SET state = 'refused', closed_at = 3, closed_by = 'amal' WHERE seq = ?", [request])
    #expect(try register.approve(request, 1, digest: digest) == "illegal_transition")
    #expect(
      try register.refusal("UPDATE request SET state = 'open', closed_at = NULL WHERE seq = ?", [request])
        == "illegal_transition"
    )
  }

  @Test func oneKeyUnderTwoNamesIsOneOfficer() throws {
    let register = try TestRegister()
    try register.officer("amal")
    #expect(
      try register.refusal(
        """
        INSERT INTO officer (name, chamber, is_clerk, is_approver, is_auditor, public_key, added_at) VALUES ('amal2', \
        'dubai', 1, 1, 0, ?, 1)
        """,
        [Data("key of amal".utf8)]
      )?.contains("UNIQUE") == true
    )
    #expect(
      try register.refusal(
        """
        INSERT INTO officer (name, chamber, is_clerk, is_approver, is_auditor, public_key, added_at) VALUES \
        ('registrar', 'dubai', 1, 1, 0, x'01', 1)
        """
      )?.contains("CHECK") == true
    )
  }

  @Test func aRemovedOfficersApprovalNoLongerCounts() throws {
    let register = try TestRegister()
    let digest = TestRegister.digest
    try register.rule("trusted", issue: 2, reinstate: 2)
    let amal = try register.officer("amal")
    let omar = try register.officer("omar")
    let third = try register.officer("huda")
    let request = try register.request(by: "amal", digest: digest)
    for officer in [amal, omar] { #expect(try register.approve(request, officer, digest: digest) == nil) }
    let seq = try register.reserve(1, programme: "trusted", request: request, row: 1)
    try register.sql("UPDATE officer SET state = 'removed', removed_at = 2 WHERE seq = ?", [omar])
    #expect(try register.refusal(TestRegister.activation, [seq]) == "second_officer_required")
    #expect(try register.approve(request, third, digest: digest) == nil)
    #expect(try register.refusal(TestRegister.activation, [seq]) == nil)
  }

  @Test func anUnknownProgrammeCountsAsOneOfTwo() throws {
    let register = try TestRegister()
    let seq = try register.reserve(1, programme: "never-heard-of")
    #expect(try register.refusal(TestRegister.activation, [seq]) == "second_officer_required")
  }

  @Test func laxerRulesNeedTwoToo() throws {
    let register = try TestRegister()
    try register.rule("trusted", issue: 2, reinstate: 2)
    #expect(throws: RegistryFailure.refused(rule: .secondOfficerRequired)) {
      try register.rule("trusted", issue: 1, reinstate: 2)
    }
    #expect(throws: RegistryFailure.refused(rule: .secondOfficerRequired)) {
      try register.rule("trusted", issue: 2, reinstate: 1)
    }
    #expect(throws: RegistryFailure.refused(rule: .secondOfficerRequired)) {
      try register.rule("trusted", issue: 2, reinstate: 2, brakes: 5_000)
    }
    try register.rule("trusted", issue: 3, reinstate: 2, brakes: 10)
    let amal = try register.officer("amal")
    let omar = try register.officer("omar")
    let digest = [UInt8](repeating: 3, count: 32)
    let request = try register.request("profile", by: "amal", member: 1, digest: digest)
    let insert = """
      INSERT INTO programme (id, digest, issue_approvals, reinstate_approvals, issue_brake, suspend_brake, \
      revoke_brake, quota, since, request)
      VALUES ('trusted', ?, 1, 1, 10, 10, 10, 10, 1, \(request))
      """
    #expect(try register.approve(request, amal, digest: digest) == nil)
    #expect(try register.refusal(insert, [Data(TestRegister.digest)]) == "second_officer_required")
    #expect(try register.approve(request, omar, digest: digest) == nil)
    // another profile than the one agreed to
    #expect(try register.refusal(insert, [Data(digest)]) == "second_officer_required")
    #expect(try register.refusal(insert, [Data(TestRegister.digest)]) == nil)
  }

  /// A model of officers, requests, certificates and one who tries everything, also SQL by hand. Whatever becomes
  /// active must have been agreed to, by this test's own books, by two officers in office, for exactly that content,
  /// not used before.
  private struct Model {
    /// A request to be written.
    struct Request {
      let seq: Int64, act: String, by: Int, member: Int64, credential: Int64?, content: [UInt8], digest: [UInt8]
      var open = true, reserved = false, used = false
      var signed: Set<Int64> = []
    }
    /// A certificate to be written.
    struct Credential {
      let seq: Int64
      var state: String
      let member: Int64, content: [UInt8], request: Int64?
    }
    let register: TestRegister
    var numbers: SeededGenerator
    var officers: [(seq: Int64, name: String, approver: Bool, removed: Bool)] = []
    var requests: [Int64: Request] = [:], credentials: [Int64: Credential] = [:]
    /// The newest of each, oldest first: most acts are about these, or nothing would ever come near the rule.
    var asked: [Int64] = [], reserved: [Int64] = [], paused: [Int64] = []
    var next = 0, activations = 0, reinstatements = 0, refusals = 0

    init(seed: UInt64) throws {
      register = try TestRegister()
      numbers = SeededGenerator(seed: seed)
      try register.rule("trusted", issue: 2, reinstate: 2, brakes: 100_000, quota: 100_000)
      for _ in 0..<4 { try hire() }
    }

    private mutating func chance(_ one: Int, in many: Int) -> Bool { Int.random(in: 0..<many, using: &numbers) < one }
    private mutating func bytes() -> [UInt8] {
      (0..<4).flatMap { _ in withUnsafeBytes(of: numbers.next(), Array.init) }
    }
    private mutating func pick(_ list: [Int64], newest: Int) -> Int64? {
      list.suffix(newest).randomElement(using: &numbers)
    }
    private mutating func note(_ seq: Int64, in list: WritableKeyPath<Model, [Int64]>) {
      self[keyPath: list].append(seq)
      if self[keyPath: list].count > 32 { self[keyPath: list].removeFirst(16) }
    }

    func agreed(_ request: Int64) -> Bool {
      let inOffice = Set(officers.filter { !$0.removed }.map(\.seq))
      return (requests[request]?.signed ?? []).intersection(inOffice).count >= 2
    }

    mutating func step() throws {
      next += 1
      switch Int.random(in: 0..<16, using: &numbers) {
      case 0...1: try ask()
      case 2...7: try sign()
      case 8...9: try reserve()
      case 10...12: try activate()
      case 13: try reinstate()
      case 14: try cheat()
      default: if chance(1, in: 2) { try come() } else { try go() }
      }
    }

    private mutating func hire() throws {
      let name = "officer\(officers.count)"
      let approver = chance(3, in: 4)
      officers.append((try register.officer(name, approver: approver), name, approver, false))
    }
    private mutating func come() throws { if officers.count(where: { !$0.removed }) < 6 { try hire() } }
    private mutating func go() throws {
      guard officers.count(where: { !$0.removed }) > 3, chance(1, in: 4),
        let index = officers.indices.suffix(8).randomElement(using: &numbers)
      else { return }
      if try register.refusal(
        "UPDATE officer SET state = 'removed', removed_at = 9 WHERE seq = ?",
        [officers[index].seq]
      ) == nil {
        officers[index].removed = true
      }
    }

    private mutating func ask() throws {
      guard let index = officers.indices.suffix(8).randomElement(using: &numbers) else { return }
      let content = bytes()
      let digest = bytes()
      let member = Int64.random(in: 1...2, using: &numbers)
      let again = chance(1, in: 3) ? pick(paused, newest: 4) : nil
      let act = again == nil ? "issue" : "reinstate"
      let needed = chance(1, in: 3) ? 1 : 2  // a liar says that one is enough
      let seq = try register.request(
        act,
        by: officers[index].name,
        member: member,
        credential: again,
        content: content,
        digest: digest,
        needed: needed
      )
      requests[seq] = Request(
        seq: seq,
        act: act,
        by: index,
        member: member,
        credential: again,
        content: content,
        digest: digest
      )
      note(seq, in: \.asked)
      // Who asks usually signs; the register refuses where that officer is gone.
      if chance(3, in: 4) { try sign(seq, by: index, digest: digest) }
    }

    private mutating func sign() throws {
      guard let seq = pick(asked, newest: 4), let request = requests[seq] else { return }
      let able = officers.indices.suffix(8).filter { !officers[$0].removed && officers[$0].approver }
      guard let index = (chance(3, in: 4) ? able : Array(officers.indices.suffix(8))).randomElement(using: &numbers)
      else { return }
      try sign(seq, by: index, digest: chance(1, in: 8) ? bytes() : request.digest)
    }

    private mutating func sign(_ seq: Int64, by index: Int, digest: [UInt8]) throws {
      guard let request = requests[seq] else { return }
      let officer = officers[index]
      guard try register.approve(seq, officer.seq, digest: digest) == nil else {
        refusals += 1
        return
      }
      #expect(digest == request.digest && !officer.removed && request.open && (officer.approver || request.by == index))
      #expect(requests[seq]?.signed.insert(officer.seq).inserted == true)
    }

    private mutating func reserve() throws {
      // Mostly for a request that two agreed to, which is what an honest program does.
      let ready = asked.suffix(8).filter {
        requests[$0]?.reserved == false && requests[$0]?.act == "issue" && agreed($0)
      }
      if ready.isEmpty && chance(3, in: 4) { return }
      let request =
        chance(1, in: 8) ? nil : (chance(7, in: 8) ? ready.last : pick(asked, newest: 4)).flatMap { requests[$0] }
      let content = chance(1, in: 8) ? bytes() : request?.content ?? bytes()
      let member = chance(1, in: 8) ? 3 - (request?.member ?? 1) : request?.member ?? 1
      do {
        let seq = try register.reserve(
          next,
          member: member,
          programme: "trusted",
          content: content,
          request: request?.seq,
          row: request == nil ? nil : 1
        )
        credentials[seq] = Credential(
          seq: seq,
          state: "reserved",
          member: member,
          content: content,
          request: request?.seq
        )
        if let request { requests[request.seq]?.reserved = true }
        note(seq, in: \.reserved)
      } catch RegistryFailure.constraint { refusals += 1 }  // the row of the request is taken
    }

    private mutating func activate() throws {
      guard let seq = pick(reserved, newest: 3), let one = credentials[seq], one.state == "reserved" else { return }
      guard try register.refusal(TestRegister.activation, [seq]) == nil else {
        refusals += 1
        if chance(1, in: 3) { reserved.removeAll { $0 == seq } }  // what will never be is given up
        return
      }
      credentials[seq]?.state = "active"
      reserved.removeAll { $0 == seq }
      activations += 1
      let request = one.request.flatMap { requests[$0] }
      #expect(
        request?.open == true && request?.act == "issue" && request?.content == one.content
          && request?.member == one.member && request?.used == false
      )
      #expect(request.map { agreed($0.seq) } == true, "active without two")
      if let request { requests[request.seq]?.used = true }
      guard chance(1, in: 2) else { return }
      try register.sql("UPDATE credential SET state = 'suspended' WHERE seq = ?", [seq])
      credentials[seq]?.state = "suspended"
      note(seq, in: \.paused)
    }

    private mutating func reinstate() throws {
      let request =
        chance(1, in: 8)
        ? nil
        : asked.suffix(12).filter { requests[$0]?.act == "reinstate" }.randomElement(using: &numbers).flatMap {
          requests[$0]
        }
      guard let seq = chance(1, in: 4) ? pick(paused, newest: 4) : request?.credential,
        credentials[seq]?.state == "suspended"
      else { return }
      guard
        try register.refusal(
          "UPDATE credential SET state = 'active', decided_by = ? WHERE seq = ?",
          [request?.seq, seq]
        ) == nil
      else {
        refusals += 1
        return
      }
      reinstatements += 1
      #expect(request?.credential == seq && request.map { agreed($0.seq) && $0.open } == true, "reinstated without two")
      credentials[seq]?.state = "active"
      paused.removeAll { $0 == seq }
      guard let request else { return }
      try register.sql("UPDATE request SET state = 'done', closed_at = 9, closed_by = 'x' WHERE seq = ?", [request.seq])
      requests[request.seq]?.open = false
    }

    /// What somebody with the file and an SQL prompt would try; triggers must refuse all of it.
    static let tricks = [
      "UPDATE request SET needed = 1 WHERE seq = ?1", "UPDATE request SET sealed = 0 WHERE seq = ?1",
      "UPDATE request SET act = 'issue' WHERE seq = ?1",
      "UPDATE request_item SET content_digest = zeroblob(32) WHERE request = ?1",
      "UPDATE request_item SET member = 2 WHERE request = ?1",
      "UPDATE approval SET officer = ?2 WHERE request = ?1", "UPDATE approval SET request = ?1 WHERE seq = ?2",
      "DELETE FROM approval WHERE request = ?1",
      "UPDATE programme SET issue_approvals = 1 WHERE seq <> ?1", "DELETE FROM programme WHERE seq <> ?1",
      """
      INSERT INTO programme (id, digest, issue_approvals, reinstate_approvals, issue_brake, suspend_brake, \
      revoke_brake, quota, since, request) VALUES ('trusted', zeroblob(32), 1, 1, 1, 1, 1, 1, 1, ?1)
      """,
      """
      INSERT OR REPLACE INTO programme (seq, id, digest, issue_approvals, reinstate_approvals, issue_brake, \
      suspend_brake, revoke_brake, quota, since) SELECT seq, 'plain', digest, 1, 1, 1, 1, 1, 1, ?1 FROM programme
      """,
      "UPDATE officer SET is_approver = 1, is_clerk = 1 WHERE seq = ?2",
      "UPDATE officer SET chamber = 'ajman' WHERE seq = ?2", "UPDATE officer SET public_key = x'01' WHERE seq = ?2",
      "UPDATE officer SET state = 'active', removed_at = NULL WHERE seq = ?2 AND state = 'removed'",
      """
      INSERT OR REPLACE INTO officer (seq, name, chamber, is_clerk, is_approver, is_auditor, public_key, added_at) \
      SELECT seq, name || 'x', chamber, 1, 1, 0, public_key, 1 FROM officer WHERE seq = ?2
      """,
      """
      INSERT OR REPLACE INTO approval SELECT seq, ?1, officer, digest, accepts, at, signature FROM approval WHERE \
      request < ?1
      """,
      """
      INSERT OR REPLACE INTO request SELECT seq, act, chamber, programme, source, content, zeroblob(32), 1, reason, \
      note, requested_by, requested_at, 0, 'open', NULL, NULL FROM request WHERE seq = ?1
      """,
      """
      INSERT OR REPLACE INTO request_item SELECT request, row, member, credential, zeroblob(32), what, reason, claims, \
      NULL, NULL, NULL, NULL FROM request_item WHERE request = ?1
      """,
      """
      INSERT INTO request_item SELECT ?1, 2, member, credential, content_digest, what, reason, claims, NULL, NULL, \
      NULL, NULL FROM request_item WHERE request = ?1
      """,
      "UPDATE credential SET request = ?1, request_row = 1 WHERE seq = ?3",
      "UPDATE credential SET programme = 'plain' WHERE seq = ?3", "UPDATE credential SET member = 2 WHERE seq = ?3",
      "UPDATE credential SET content_digest = zeroblob(32) WHERE seq = ?3", "DELETE FROM credential WHERE seq = ?3",
      // As an import that brings finished certificates would.
      """
      INSERT INTO credential SELECT NULL, '0' || substr(id, 2), member, chamber, programme, subject, 'active', \
      valid_from, valid_until, 1, state_since, revocation_list, revocation_index + 1000000,
        suspension_list, suspension_index + 1000000, 1, x'01', x'02', NULL, salt, content_digest, 0, NULL, NULL, NULL, \
      NULL, NULL, NULL FROM credential WHERE seq = ?3
      """,
    ]

    private mutating func cheat() throws {
      let trick = Self.tricks.randomElement(using: &numbers) ?? ""
      let values = [
        pick(asked, newest: 8) ?? 1, officers.suffix(8).randomElement(using: &numbers)?.seq ?? 1,
        pick(reserved, newest: 8) ?? 1,
      ]
      let before = try register.value("SELECT total_changes()")
      let wanted = (1...3).last { trick.contains("?\($0)") } ?? 0
      let rule = try register.refusal(trick, StatementArguments(values.prefix(wanted)))
      #expect(try rule != nil || before == register.value("SELECT total_changes()"), "allowed: \(trick)")
    }
  }

  @Test("A103 a hundred thousand acts, none in force without two officers")
  func hundredThousandRandomActsNeverReachActiveWithoutTwo() throws {
    var activations = 0
    var reinstatements = 0
    var refusals = 0
    var acts = 0
    let begun = ContinuousClock.now
    for seed in 1...20 {
      var model = try Model(seed: UInt64(seed))
      try model.register.together { for _ in 0..<5_000 { try model.step() } }
      activations += model.activations
      reinstatements += model.reinstatements
      refusals += model.refusals
      acts += 5_000
    }
    print(
      """
      four eyes: \(acts) random acts, \(activations) certificates became active, \(reinstatements) were reinstated, \
      \(refusals) acts were refused (seeds 1 to 20, \(ContinuousClock.now - begun))
      """
    )
    #expect(activations > 2_000 && reinstatements > 200 && refusals > 10_000, "the acts do not get near the rule")
  }
}
