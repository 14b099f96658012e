import Foundation
import GRDB
import Testing
import Vocabulary

@testable import Registry

/// The file keeps its rules against whoever writes to it: every statement here is plain SQL.
@Suite struct SchemaTests {
  static let states = ["reserved", "active", "suspended", "revoked", "superseded", "lapsed", "abandoned"]
  static let steps: Set<String> = [
    "reserved>active", "reserved>abandoned", "active>suspended", "active>revoked", "active>superseded", "active>lapsed",
    "suspended>active", "suspended>revoked",
    "suspended>superseded", "suspended>lapsed",
  ]

  /// Brings a fresh credential into a state by allowed steps.
  private func made(_ state: String, _ id: Int, in register: TestRegister) throws -> Int64 {
    let seq = try register.reserve(id, validUntil: 10)
    if state == "reserved" { return seq }
    if state == "abandoned" {
      try register.sql("UPDATE credential SET state = 'abandoned' WHERE seq = ?", [seq])
      return seq
    }
    try register.sql(TestRegister.activation, [seq])
    if state != "active" { try move(seq, state, id, register) }
    return seq
  }

  private func move(_ seq: Int64, _ state: String, _ id: Int, _ register: TestRegister) throws {
    let successor = state == "superseded" ? try register.reserve(id + 500, replaces: seq) : nil
    try register.sql(
      "UPDATE credential SET state = ?, state_since = 20, replaced_by = ifnull(?, replaced_by) WHERE seq = ?",
      [state, successor, seq]
    )
  }

  @Test("A73 nothing leads back from revoked") func onlyTheStepsOfTheStateMachine() throws {
    let register = try TestRegister()
    try register.rule("plain")
    var id = 0
    var refused = 0
    var allowed = 0
    for from in Self.states {
      for to in Self.states where to != from {
        id += 1
        let seq = try made(from, id, in: register)
        if Self.steps.contains("\(from)>\(to)") {
          if to == "active" && from == "reserved" {
            try register.sql(TestRegister.activation, [seq])
          } else {
            try move(seq, to, id, register)
          }
          allowed += 1
          continue
        }
        let rule = try register.refusal("UPDATE credential SET state = ? WHERE seq = ?", [to, seq])
        #expect(rule != nil, "\(from) became \(to)")
        refused += 1
      }
    }
    #expect(allowed == Self.steps.count)
    #expect(refused == Self.states.count * (Self.states.count - 1) - Self.steps.count)
  }

  @Test func nothingIsBornActive() throws {
    let register = try TestRegister()
    try register.rule("plain")
    try register.active(1)
    #expect(
      try register.refusal(
        """
        INSERT INTO credential (id, member, chamber, programme, state, valid_from, valid_until, state_since, revocation_list, revocation_index, suspension_list, suspension_index,
          salt, content_digest, header, payload, signature, issued_at) VALUES ('000000000000000077', 1, 'dubai', 'plain', 'active', 1, 2, 1, 1, 77, 2, 77, zeroblob(32),
          zeroblob(32), 1, x'01', x'02', 1)
        """
      ) == "illegal_transition"
    )
    // Nor does REPLACE slip past the trigger on DELETE.
    #expect(
      try register.refusal(
        """
        INSERT OR REPLACE INTO credential SELECT * FROM credential WHERE seq = 1
        """
      ) != nil
    )
  }

  @Test func indicesAndNumbersAreGivenOnce() throws {
    let register = try TestRegister()
    try register.reserve(1)
    for (id, index) in [(2, 1), (1, 2)] {
      let rule = try register.refusal(
        """
        INSERT INTO credential (id, member, chamber, programme, state, valid_from, valid_until, state_since, revocation_list, revocation_index, suspension_list,
          suspension_index, salt, content_digest) VALUES (?, 1, 'dubai', 'plain', 'reserved', 1, 2, 1, 1, ?, 2, ?, zeroblob(32), zeroblob(32))
        """,
        [TestRegister.number(id), index, index + 100]
      )
      #expect(rule?.contains("UNIQUE") == true)
    }
    // Also of one that was abandoned or revoked: an index is never reused.
    try register.sql("UPDATE credential SET state = 'abandoned' WHERE seq = 1")
    #expect(throws: RegistryFailure.self) { try register.reserve(1) }
  }

  @Test(arguments: [
    "id = '000000000000000099'", "member = 2", "chamber = 'ajman'", "programme = 'other'", "subject = 'x'",
    "valid_until = 99", "valid_from = 0", "salt = zeroblob(32)",
    "content_digest = zeroblob(32)", "revocation_index = 9", "suspension_list = 1", "payload = x'09'",
    "signature = x'09'", "header = NULL", "issued_at = 5",
    "leaf = 5", "replaces = 1", "request = 1", "seq = 50",
  ])
  func whatWasSignedStays(_ change: String) throws {
    let register = try TestRegister()
    try register.rule("plain")
    try register.active(1)
    #expect(try register.refusal("UPDATE credential SET \(change) WHERE seq = 1") == "registry_immutable")
    #expect(try register.refusal("DELETE FROM credential WHERE seq = 1") == "registry_immutable")
  }

  @Test func recordsAreOnlyAppended() throws {
    let register = try TestRegister()
    try register.rule("plain")
    try register.active(1)
    try register.sql(
      "INSERT INTO event (credential, kind, at, officer, reason, note) VALUES (1, 'issued', 1, 'x', '', '')"
    )
    try register.sql(
      "INSERT INTO audit VALUES (1, 1, 'x', 'act', '', 'done', '{}', zeroblob(32), x'\(String(repeating: "11", count: 32))', zeroblob(64))"
    )
    try register.sql("INSERT INTO log_leaf VALUES (0, x'00', zeroblob(32))")
    try register.sql("INSERT INTO checkpoint VALUES (1, 1, x'', '')")
    try register.officer("amal")
    let request = try register.request(by: "amal", digest: TestRegister.digest)
    #expect(try register.approve(request, 1, digest: TestRegister.digest) == nil)
    for (table, column) in [
      ("event", "note = 'y'"), ("audit", "officer = 'y'"), ("log_leaf", "entry = x'01'"), ("checkpoint", "note = 'y'"),
      ("approval", "digest = zeroblob(32)"),
      ("officer", "public_key = x'00'"), ("officer", "is_approver = 0"), ("officer", "name = 'omar'"),
      ("request", "digest = zeroblob(32)"), ("request", "needed = 1"),
      ("request", "content = ''"), ("request_item", "content_digest = zeroblob(32)"), ("request_item", "member = 2"),
      ("programme", "issue_approvals = 1"),
    ] {
      #expect(try register.refusal("UPDATE \(table) SET \(column)") == "registry_immutable", "\(table) \(column)")
      #expect(try register.refusal("DELETE FROM \(table)") == "registry_immutable", "\(table)")
    }
    #expect(
      try register.refusal(
        "INSERT INTO request_item (request, row, content_digest, what, reason, claims) VALUES (1, 2, zeroblob(32), '', '', '')"
      ) == "registry_immutable"
    )
  }

  @Test func chainAndLogTakeOnlyTheNextRow() throws {
    let register = try TestRegister()
    let zero = "zeroblob(32)"
    let one = "x'\(String(repeating: "11", count: 32))'"
    let two = "x'\(String(repeating: "22", count: 32))'"
    #expect(
      try register.refusal(
        "INSERT INTO audit VALUES (2, 1, 'x', 'act', '', 'done', '{}', \(zero), \(one), zeroblob(64))"
      ) == "registry_tampered"
    )
    try register.sql("INSERT INTO audit VALUES (1, 1, 'x', 'act', '', 'done', '{}', \(zero), \(one), zeroblob(64))")
    #expect(
      try register.refusal(
        "INSERT INTO audit VALUES (2, 1, 'x', 'act', '', 'done', '{}', \(zero), \(two), zeroblob(64))"
      ) == "registry_tampered"
    )
    #expect(
      try register.refusal("INSERT INTO audit VALUES (2, 1, 'x', 'act', '', 'done', '{}', \(one), \(two), NULL)")?
        .contains("CHECK") == true
    )
    try register.sql("INSERT INTO audit VALUES (2, 1, 'x', 'act', '', 'refused', '{}', \(one), \(two), NULL)")
    #expect(try register.refusal("INSERT INTO log_leaf VALUES (1, x'00', \(zero))") == "registry_tampered")
    #expect(try register.refusal("INSERT INTO checkpoint VALUES (1, 1, x'', '')") == "registry_tampered")
    #expect(try register.refusal("INSERT INTO counter VALUES ('crl', 5)") == nil)
    #expect(try register.refusal("UPDATE counter SET value = 4 WHERE name = 'crl'") == "registry_tampered")
  }

  @Test func replacementLinksBothWaysOrNot() throws {
    let register = try TestRegister()
    try register.rule("plain")
    let old = try register.active(1)
    let stranger = try register.active(2)
    let new = try register.reserve(3, replaces: old)
    #expect(
      try register.refusal("UPDATE credential SET state = 'superseded' WHERE seq = ?", [old])?.contains("CHECK") == true
    )
    #expect(
      try register.refusal(
        "UPDATE credential SET state = 'superseded', replaced_by = ? WHERE seq = ?",
        [stranger, old]
      ) == "registry_immutable"
    )
    try register.sql("UPDATE credential SET state = 'superseded', replaced_by = ? WHERE seq = ?", [new, old])
    #expect(try register.refusal("UPDATE credential SET replaced_by = NULL WHERE seq = ?", [old]) != nil)
    #expect(try register.refusal("UPDATE credential SET state = 'active' WHERE seq = ?", [old]) == "illegal_transition")
  }

  @Test func lapsesOnlyAfterTheEnd() throws {
    let register = try TestRegister()
    try register.rule("plain")
    let seq = try register.active(1, validUntil: 100)
    #expect(
      try register.refusal("UPDATE credential SET state = 'lapsed', state_since = 100 WHERE seq = ?", [seq])?.contains(
        "CHECK"
      ) == true
    )
    try register.sql("UPDATE credential SET state = 'lapsed', state_since = 101 WHERE seq = ?", [seq])
  }

  @Test func aChamberIssuesToItsOwnMembersOnly() throws {
    let register = try TestRegister()
    #expect(throws: RegistryFailure.refused(rule: .issuerNotAuthorised)) {
      try register.reserve(1, member: 3, chamber: "dubai")
    }
  }

  @Test func tallyAgreesWithTheRows() throws {
    let register = try TestRegister()
    try register.rule("plain")
    for id in 1...9 { _ = try made(Self.states[id % Self.states.count], id, in: register) }
    let differs = try register.value(
      """
      SELECT count(*) FROM (SELECT chamber, programme, state, count(*) AS n FROM credential GROUP BY 1, 2, 3) c
      FULL JOIN (SELECT * FROM tally WHERE count > 0) t ON t.chamber = c.chamber AND t.programme = c.programme AND t.state = c.state WHERE t.count IS NOT c.n
      """
    )
    #expect(differs == 0)
  }

  @Test func theBrakeStopsWhatTwoDidNotAgreeTo() throws {
    let register = try TestRegister()
    try register.rule("plain", brakes: 3)
    let insert =
      "INSERT INTO event (credential, kind, at, officer, reason, note, request) VALUES (?, 'revoked', ?, 'x', '', '', ?)"
    var ids: [Int64] = []
    for id in 1...6 { ids.append(try register.active(id)) }
    let day: Int64 = 1_000_000_000
    for id in ids.prefix(3) { try register.sql(insert, [id, day, nil]) }
    #expect(try register.refusal(insert, [ids[3], day, nil]) == "second_officer_required")
    #expect(try register.refusal(insert, [ids[3], day + 3 * 3_600, nil]) == "second_officer_required")
    let amal = try register.officer("amal")
    let omar = try register.officer("omar")
    let request = try register.request(
      "revoke",
      by: "amal",
      programme: "plain",
      credential: ids[3],
      digest: TestRegister.digest
    )
    #expect(try register.approve(request, amal, digest: TestRegister.digest) == nil)
    #expect(try register.refusal(insert, [ids[3], day, request]) == "second_officer_required")
    #expect(try register.approve(request, omar, digest: TestRegister.digest) == nil)
    #expect(try register.refusal(insert, [ids[3], day, request]) == nil)
    // A day later the brake is free again.
    #expect(try register.refusal(insert, [ids[4], day + 25 * 3_600, nil]) == nil)
  }
}
