import Testing

@testable import Registry

/// A word that a newer program or damage wrote is named with its place, wherever it is read; never a crash, never a
/// guess.
@Suite struct UnknownWordTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let table: String, column: String, word: String
    let writes: [String]
    let read: @Sendable (Registry) throws -> Void
    var testDescription: String { "\(table).\(column)" }

    init(
      _ table: String,
      _ column: String,
      _ word: String,
      _ writes: String...,
      read: @escaping @Sendable (Registry) throws -> Void
    ) {
      self.table = table
      self.column = column
      self.word = word
      self.writes = writes
      self.read = read
    }
  }

  private static func key(_ purpose: String, _ state: String) -> String {
    """
    INSERT INTO signing_key (chamber, purpose, kid, public_key, not_before, not_after, state, file) \
    VALUES ('dubai', '\(purpose)', 'k', x'00', 1, 2, '\(state)', 'f')
    """
  }

  private static func request(_ act: String) -> String {
    """
    INSERT INTO request (act, chamber, programme, content, digest, needed, reason, note, requested_by, requested_at) \
    VALUES ('\(act)', 'dubai', 'plain', '', zeroblob(32), 2, '', '', '', 1)
    """
  }

  private static func item(_ what: String) -> String {
    """
    INSERT INTO request_item (request, row, content_digest, what, reason, claims) \
    VALUES (1, 1, zeroblob(32), '\(what)', '', '{}')
    """
  }

  private static func binding(_ state: String, _ method: String) -> String {
    """
    INSERT INTO binding (credential, key, state, since, method, code) \
    VALUES (1, 'site/a.example', '\(state)', 1, '\(method)', '12345678')
    """
  }

  static let cases: [Case] = [
    Case("signing_key", "purpose", "hammer", key("hammer", "current")) { _ = try $0.keys.all(chamber: "dubai") },
    Case("signing_key", "state", "lost", key("log", "lost")) { _ = try $0.keys.all(chamber: "dubai") },
    Case("chamber_status", "status", "paused", "INSERT INTO chamber_status VALUES ('dubai', 'paused', 1)") {
      _ = try $0.keys.recognitionHistory(of: "dubai")
    },
    Case("chamber", "status", "paused", "UPDATE chamber SET status = 'paused'") { _ = try $0.keys.chambers() },
    Case("member", "membership", "guest", "UPDATE member SET membership = 'guest'") { _ = try $0.members.all() },
    Case("status_list", "purpose", "refresh", "UPDATE status_list SET purpose = 'refresh' WHERE id = 1") {
      _ = try $0.publications.statusLists()
    },
    Case(
      "credential",
      "state",
      "asleep",
      "DROP TRIGGER credential_steps",
      "UPDATE credential SET state = 'asleep'"
    ) { _ = try $0.credentials.matching(CredentialFilter()) },
    Case(
      "event",
      "kind",
      "born",
      "INSERT INTO event (credential, kind, at, officer, reason, note) VALUES (1, 'born', 1, '', '', '')"
    ) { _ = try $0.credentials.events(of: 1) },
    Case(
      "event",
      "kind",
      "born",
      "INSERT INTO event (credential, kind, at, officer, reason, note) VALUES (1, 'born', 1, '', '', '')"
    ) { _ = try $0.credentials.eventCounts(from: 0, to: 9) },
    Case("tally", "state", "asleep", "INSERT INTO tally VALUES ('dubai', 'plain', 'asleep', 1)") {
      _ = try $0.credentials.tallies()
    },
    Case("request", "act", "sing", request("sing")) { _ = try $0.requests.find(1) },
    Case("request", "state", "asleep", request("issue"), "UPDATE request SET state = 'asleep', closed_at = 1") {
      _ = try $0.requests.matching(state: nil)
    },
    Case("request_item", "what", "odd", request("issue"), item("odd")) { _ = try $0.requests.items(of: 1) },
    Case("request_item", "what", "odd", request("issue"), item("odd")) { _ = try $0.requests.reportRows(of: 1) },
    Case(
      "request_item",
      "outcome",
      "maybe",
      request("issue"),
      item("new"),
      "UPDATE request_item SET outcome = 'maybe'"
    ) { _ = try $0.requests.items(of: 1) },
    Case(
      "request_item",
      "outcome",
      "maybe",
      request("issue"),
      item("new"),
      "UPDATE request_item SET outcome = 'maybe'"
    ) { _ = try $0.requests.itemCounts(of: 1) },
    Case(
      "audit",
      "outcome",
      "maybe",
      "INSERT INTO audit VALUES (1, 1, '', '', '', 'maybe', '', zeroblob(32), zeroblob(32), NULL)"
    ) { _ = try $0.log.lastAudit() },
    Case("binding", "state", "lost", binding("lost", "page")) { _ = try $0.bindings.all(of: 1) },
    Case("binding", "method", "rumour", binding("asked", "rumour")) { _ = try $0.bindings.all(of: 1) },
  ]

  @Test(arguments: cases) func isAFailureWithItsPlace(_ one: Case) throws {
    let register = try TestRegister()
    try register.reserve(1)
    // The control: without the word everything is read.
    try one.read(register.registry)
    try register.sql("PRAGMA ignore_check_constraints = ON")
    for write in one.writes { try register.sql(write) }
    #expect(throws: RegistryFailure.unreadable(table: one.table, column: one.column, value: one.word)) {
      try one.read(register.registry)
    }
  }
}
