import Storage
import Testing

@testable import Registry

/// Each constraint of each table, broken from plain SQL by one column of a row that is good otherwise.
@Suite struct ConstraintTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let table: String
    /// Column and literal.
    let good: [(String, String)]
    /// What one column must not be, and the words of the refusal.
    let bad: [(column: String, value: String, words: String)]
    var testDescription: String { table }

    func insert(_ column: String? = nil, _ value: String = "") -> String {
      let cells = good.map { ($0.0, $0.0 == column ? value : $0.1) }
      let names = cells.map(\.0).joined(separator: ", ")
      let values = cells.map(\.1).joined(separator: ", ")
      return "INSERT INTO \(table) (\(names)) VALUES (\(values))"
    }
  }

  private static let check = "CHECK", unique = "UNIQUE", reference = "FOREIGN KEY", type = "cannot store"
  private static let digest = "x'\(String(repeating: "ab", count: 32))'"

  static let rows: [Row] = [
    Row(
      table: "authority",
      good: [("one", "1"), ("name", "'A'"), ("host", "'khatm.example'"), ("created_at", "1")],
      bad: [
        ("one", "2", check), ("name", "''", check), ("name", "printf('%201s', 'x')", check), ("host", "''", check),
        ("host", "printf('%254s', 'x')", check), ("created_at", "'today'", type), ("name", "NULL", "NOT NULL"),
      ]
    ),
    Row(
      table: "chamber",
      good: [
        ("slug", "'sharjah'"), ("domain", "'sharjah.example'"), ("name_en", "'S'"), ("name_ar", "'ش'"),
        ("jurisdiction", "'AE-SH'"), ("status", "'granted'"), ("status_since", "1"), ("created_at", "1"),
      ],
      bad: [
        ("slug", "'s'", check), ("slug", "'Sharjah'", check), ("slug", "'a b'", check), ("slug", "'ab/cd'", check),
        ("slug", "printf('%041d', 1)", check), ("slug", "'dubai'", unique), ("domain", "'dubai.example'", unique),
        ("status", "'paused'", check), ("status_since", "'x'", type),
      ]
    ),
    Row(
      table: "chamber_status",
      good: [("chamber", "'dubai'"), ("status", "'granted'"), ("since", "5")],
      bad: [("chamber", "'nowhere'", reference), ("status", "NULL", "NOT NULL")]
    ),
    Row(
      table: "signing_key",
      good: [
        ("chamber", "'dubai'"), ("purpose", "'signer'"), ("kid", "'k2'"), ("public_key", "x'00'"), ("not_before", "1"),
        ("not_after", "2"), ("state", "'current'"), ("revoked_at", "NULL"), ("file", "'f'"),
      ],
      bad: [
        ("chamber", "'nowhere'", reference), ("purpose", "'hammer'", check), ("kid", "'k1'", unique),
        ("not_after", "1", check), ("state", "'lost'", check), ("state", "'revoked'", check),
        ("revoked_at", "5", check),
        ("public_key", "'text'", type),
      ]
    ),
    Row(
      table: "member",
      good: [
        ("chamber", "'dubai'"), ("number", "'77'"), ("name_en", "'A'"), ("name_ar", "'ا'"), ("legal_form", "''"),
        ("licence_number", "''"), ("licence_authority", "''"), ("jurisdiction", "''"), ("member_since", "''"),
        ("fees_paid_until", "''"), ("storefront", "''"), ("platform", "''"), ("website", "''"),
        ("membership", "'member'"), ("created_at", "1"), ("changed_at", "1"),
      ],
      bad: [
        ("chamber", "'nowhere'", reference), ("number", "''", check), ("number", "printf('%041d', 1)", check),
        ("number", "'1'", unique), ("name_en", "''", check), ("name_ar", "''", check), ("membership", "'guest'", check),
      ]
    ),
    Row(
      table: "contact",
      good: [("member", "1"), ("name", "''"), ("email", "''"), ("phone", "''")],
      bad: [("member", "99", reference), ("name", "NULL", "NOT NULL")]
    ),
    Row(
      table: "status_list",
      good: [("chamber", "'dubai'"), ("series", "2"), ("purpose", "'revocation'")],
      bad: [
        ("chamber", "'nowhere'", reference), ("series", "0", check), ("series", "1", unique),
        ("purpose", "'refresh'", check),
      ]
    ),
    Row(
      table: "credential",
      good: [
        ("id", "'000000000000000077'"), ("member", "1"), ("chamber", "'dubai'"), ("programme", "'plain'"),
        ("state", "'reserved'"), ("valid_from", "1"), ("valid_until", "2"), ("state_since", "1"),
        ("revocation_list", "1"), ("revocation_index", "77"), ("suspension_list", "2"), ("suspension_index", "77"),
        ("salt", digest), ("content_digest", digest), ("request", "NULL"), ("request_row", "NULL"),
        ("payload", "NULL"), ("replaces", "NULL"),
      ],
      bad: [
        ("id", "'00000000000000007'", check), ("id", "'00000000000000007I'", check),
        ("id", "'00000000000000007u'", check),
        ("id", "'000000000000000001'", unique), ("member", "99", reference),
        ("chamber", "'ajman'", "issuer_not_authorised"), ("state", "'active'", "illegal_transition"),
        ("valid_until", "1", check), ("revocation_list", "99", reference), ("revocation_index", "1", unique),
        ("suspension_index", "1", unique), ("salt", "x'00'", check), ("content_digest", "x'00'", check),
        ("request", "1", check), ("request_row", "1", check), ("payload", "x'00'", check),
        ("replaces", "99", reference),
      ]
    ),
    Row(
      table: "event",
      good: [
        ("credential", "1"), ("kind", "'lapsed'"), ("at", "1"), ("officer", "''"), ("reason", "''"), ("note", "''"),
        ("request", "NULL"),
      ],
      bad: [("credential", "99", reference), ("kind", "'born'", check), ("request", "99", reference)]
    ),
    Row(
      table: "audit",
      good: [
        ("seq", "1"), ("at", "1"), ("officer", "''"), ("act", "''"), ("subject", "''"), ("outcome", "'done'"),
        ("detail", "''"), ("previous", "zeroblob(32)"), ("digest", digest), ("signature", "zeroblob(64)"),
      ],
      bad: [
        ("seq", "2", "registry_tampered"), ("seq", "0", "registry_tampered"), ("outcome", "'maybe'", check),
        ("previous", digest, "registry_tampered"), ("digest", "x'00'", check), ("signature", "x'00'", check),
        ("signature", "NULL", check),
      ]
    ),
    Row(
      table: "log_leaf",
      good: [("leaf", "0"), ("entry", "x'00'"), ("hash", digest)],
      bad: [("leaf", "1", "registry_tampered"), ("leaf", "-1", "registry_tampered"), ("hash", "x'00'", check)]
    ),
    Row(
      table: "log_tile_root",
      good: [("level", "1"), ("position", "0"), ("hash", digest)],
      bad: [("level", "0", check), ("hash", "x'00'", check)]
    ),
    Row(
      table: "officer",
      good: [
        ("name", "'huda'"), ("chamber", "'dubai'"), ("is_clerk", "1"), ("is_approver", "0"), ("is_auditor", "0"),
        ("public_key", "x'77'"), ("state", "'active'"), ("added_at", "1"), ("removed_at", "NULL"),
      ],
      bad: [
        ("name", "'h'", check), ("name", "'registrar'", check), ("name", "'Huda'", check), ("name", "'amal'", unique),
        ("chamber", "'nowhere'", reference), ("is_clerk", "0", check), ("is_clerk", "2", check),
        ("is_auditor", "1", check), ("public_key", "x'00'", unique), ("state", "'asleep'", check),
        ("state", "'removed'", check), ("removed_at", "5", check),
      ]
    ),
    Row(
      table: "programme",
      good: [
        ("id", "'new'"), ("digest", digest), ("issue_approvals", "1"), ("reinstate_approvals", "1"),
        ("issue_brake", "1"), ("suspend_brake", "1"), ("revoke_brake", "1"), ("quota", "1"), ("since", "1"),
        ("request", "NULL"),
      ],
      bad: [
        ("digest", "x'00'", check), ("issue_approvals", "0", check), ("issue_approvals", "4", check),
        ("reinstate_approvals", "0", check), ("reinstate_approvals", "4", check), ("request", "99", reference),
      ]
    ),
    Row(
      table: "request",
      good: [
        ("act", "'issue'"), ("chamber", "'dubai'"), ("programme", "'plain'"), ("source", "NULL"), ("content", "''"),
        ("digest", digest), ("needed", "2"), ("reason", "''"), ("note", "''"), ("requested_by", "''"),
        ("requested_at", "1"), ("sealed", "0"), ("state", "'open'"), ("closed_at", "NULL"),
      ],
      bad: [
        ("act", "'sing'", check), ("chamber", "'nowhere'", reference), ("source", "x'00'", check),
        ("digest", "x'00'", check), ("needed", "0", check), ("needed", "4", check),
        ("sealed", "1", "illegal_transition"),
        ("state", "'done'", "illegal_transition"), ("closed_at", "5", check),
      ]
    ),
    Row(
      table: "request_item",
      good: [
        ("request", "1"), ("row", "2"), ("member", "1"), ("credential", "1"), ("content_digest", digest),
        ("what", "'new'"), ("reason", "''"), ("claims", "'{}'"), ("outcome", "NULL"),
      ],
      bad: [
        ("row", "1", unique), ("member", "99", reference), ("credential", "99", reference),
        ("content_digest", "x'00'", check), ("outcome", "'done'", "registry_immutable"),
      ]
    ),
    Row(
      table: "binding",
      good: [
        ("credential", "1"), ("key", "'site/b.example'"), ("state", "'proved'"), ("since", "1"), ("method", "'page'"),
        ("code", "'12345678'"), ("proved_at", "1"), ("reprove_by", "2"),
      ],
      bad: [
        ("credential", "99", reference), ("key", "'si'", check), ("key", "printf('%2049s', 'x')", check),
        ("key", "'site/a.example'", unique), ("state", "'lost'", check), ("method", "'rumour'", check),
        ("method", "NULL", check), ("code", "'1234567'", check), ("code", "printf('%041d', 1)", check),
        ("proved_at", "NULL", check), ("reprove_by", "NULL", check),
      ]
    ),
    Row(
      table: "binding_act",
      good: [
        ("credential", "1"), ("key", "'site/a.example'"), ("kind", "'asked'"), ("at", "1"), ("officer", "''"),
        ("detail", "''"),
      ],
      bad: [("key", "'site/none.example'", reference), ("credential", "2", reference), ("kind", "'seen'", check)]
    ),
    Row(
      table: "binding_statement",
      good: [("credential", "2"), ("statement", "x'00'"), ("leaf", "1"), ("published", "0")],
      bad: [
        ("credential", "1", unique), ("credential", "99", reference), ("leaf", "0", unique), ("leaf", "9", reference),
        ("published", "2", check),
      ]
    ),
    Row(
      table: "recognition",
      good: [
        ("host", "'najm.example'"), ("name", "'N'"), ("location", "''"), ("root", "x'00'"), ("root_sha256", digest),
        ("since", "5"), ("until", "NULL"),
      ],
      bad: [
        ("host", "''", check), ("host", "printf('%254s', 'x')", check), ("host", "'kamar.example'", unique),
        ("name", "''", check), ("name", "printf('%513s', 'x')", check), ("root_sha256", "x'00'", check),
        ("root_sha256", "zeroblob(32)", unique), ("until", "4", check),
      ]
    ),
    Row(
      table: "reminder",
      good: [("credential", "1"), ("step", "1"), ("at", "1")],
      bad: [("credential", "99", reference), ("step", "0", check), ("step", "5", check)]
    ),
    Row(
      table: "reconciliation",
      good: [
        ("at", "1"), ("officer", "''"), ("from_size", "2"), ("size", "2"), ("adopted", "0"), ("changed", "0"),
        ("closed", "1"),
      ],
      bad: [("size", "1", check), ("closed", "2", check)]
    ),
  ]

  /// What the rows above refer to, or must not repeat.
  private func filled(for table: String) throws -> TestRegister {
    let register = try TestRegister()
    try register.rule("plain")
    try register.reserve(1)
    try register.reserve(2)
    if table == "signing_key" {
      try register.sql(
        """
        INSERT INTO signing_key (chamber, purpose, kid, public_key, not_before, not_after, file) VALUES \
        ('dubai', 'log', 'k1', x'00', 1, 2, 'f')
        """
      )
    }
    if table == "officer" {
      try register.sql(
        """
        INSERT INTO officer (name, chamber, is_clerk, is_approver, is_auditor, public_key, added_at) VALUES \
        ('amal', 'dubai', 1, 0, 0, x'00', 1)
        """
      )
    }
    if table == "request_item" {
      try register.sql(
        """
        INSERT INTO request (act, chamber, programme, content, digest, needed, reason, note, requested_by, \
        requested_at) VALUES ('issue', 'dubai', 'plain', '', zeroblob(32), 2, '', '', '', 1)
        """
      )
      try register.sql(
        """
        INSERT INTO request_item (request, row, content_digest, what, reason, claims) VALUES \
        (1, 1, zeroblob(32), 'new', '', '{}')
        """
      )
    }
    if table.hasPrefix("binding") {
      try register.sql(
        "INSERT INTO binding (credential, key, state, since, code) VALUES (1, 'site/a.example', 'asked', 1, '12345678')"
      )
    }
    if table == "binding_statement" {
      for leaf in 0...1 { try register.sql("INSERT INTO log_leaf VALUES (\(leaf), x'00', zeroblob(32))") }
      try register.sql("INSERT INTO binding_statement (credential, statement, leaf) VALUES (1, x'00', 0)")
    }
    if table == "recognition" {
      try register.sql(
        """
        INSERT INTO recognition (host, name, location, root, root_sha256, since) VALUES \
        ('kamar.example', 'K', '', x'00', zeroblob(32), 1)
        """
      )
    }
    return register
  }

  @Test(arguments: rows) func aRowIsGoodOrRefused(_ row: Row) throws {
    let register = try filled(for: row.table)
    for (column, value, words) in row.bad {
      #expect(row.good.contains { $0.0 == column }, "\(column) is in the row")
      let refusal = try register.refusal(row.insert(column, value))
      #expect(refusal?.contains(words) == true, "\(row.table).\(column) = \(value): \(refusal ?? "allowed")")
    }
    #expect(try register.refusal(row.insert()) == nil, "\(row.table): the good row")
  }

  /// A table that comes with a later migration has its row here too.
  @Test func everyTableIsLookedAt() throws {
    let tables = try TestRegister().registry.database.read {
      try $0.texts(
        """
        SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE \
        'member_search%' AND name <> 'grdb_migrations'
        """
      )
    }
    // Counts and notes of what was published: no rule but their keys.
    let plain: Set = [
      "token_header", "checkpoint", "counter", "publication", "unpublished", "published_event", "pace",
      "tally", "approval",
    ]
    #expect(Set(tables).subtracting(plain) == Set(Self.rows.map(\.table)))
  }

  @Test func ofAPurposeOneKeyIsCurrent() throws {
    let register = try TestRegister()
    func insert(_ kid: String, _ chamber: String, _ state: String = "current") throws -> String? {
      try register.refusal(
        """
        INSERT INTO signing_key (chamber, purpose, kid, public_key, not_before, not_after, state, revoked_at, file) \
        VALUES (\(chamber), 'log', '\(kid)', x'00', 1, 2, '\(state)', \(state == "revoked" ? "5" : "NULL"), 'f')
        """
      )
    }
    #expect(try insert("a", "NULL") == nil && insert("b", "'dubai'") == nil && insert("c", "'ajman'") == nil)
    #expect(try insert("d", "NULL")?.contains("UNIQUE") == true && insert("e", "'dubai'")?.contains("UNIQUE") == true)
    #expect(try insert("f", "'dubai'", "retired") == nil && insert("g", "'dubai'", "retired") == nil)
    #expect(try insert("h", "'dubai'", "revoked") == nil)
  }

  /// What is kept: no column of it changes, and no row of it goes, also by a replacement of the row.
  @Test(arguments: [
    ("recognition", ["host = 'x'", "name = 'x'", "location = 'x'", "root = x'01'", "since = 0", "seq = 9"]),
    ("reconciliation", ["at = 9", "officer = 'x'", "from_size = 1", "size = 9", "adopted = 9", "changed = 9"]),
    ("binding", ["key = 'site/z.example'", "credential = 2"]),
    ("binding_act", ["detail = 'x'", "kind = 'failed'"]),
  ])
  func whatIsKept(_ table: String, _ changes: [String]) throws {
    let register = try filled(for: table == "binding" ? "binding_statement" : table)
    if table != "binding", let row = Self.rows.first(where: { $0.table == table }) { try register.sql(row.insert()) }
    for change in changes {
      #expect(try register.refusal("UPDATE \(table) SET \(change)") == "registry_immutable", "\(table): \(change)")
    }
    #expect(try register.refusal("DELETE FROM \(table)") == "registry_immutable", "\(table)")
  }

  @Test func whatIsFinalIsFinal() throws {
    let register = try filled(for: "recognition")
    try register.sql("UPDATE recognition SET until = 5")
    #expect(try register.refusal("UPDATE recognition SET until = NULL") == "registry_immutable")
    #expect(try register.refusal("UPDATE recognition SET until = 9") == "registry_immutable")
    try register.sql(
      "INSERT INTO reconciliation (at, officer, from_size, size, adopted, changed) VALUES (1, '', 0, 0, 0, 0)"
    )
    try register.sql("UPDATE reconciliation SET closed = 1")
    #expect(try register.refusal("UPDATE reconciliation SET closed = 0") == "registry_immutable")
    try register.officer("amal")
    try register.sql("UPDATE officer SET state = 'removed', removed_at = 5")
    #expect(
      try register.refusal("UPDATE officer SET state = 'active', removed_at = NULL") == "registry_immutable"
    )
  }

  @Test func aStatementOfPagesIsOnlyFollowedByANewerOne() throws {
    let register = try filled(for: "binding_statement")
    let older = "UPDATE binding_statement SET statement = x'01', leaf = 0"
    #expect(try register.refusal(older) == "registry_tampered")
    #expect(try register.refusal("UPDATE binding_statement SET statement = x'01', leaf = 1") == nil)
    #expect(try register.refusal("UPDATE binding_statement SET statement = x'02', leaf = 0") == "registry_tampered")
    #expect(try register.refusal("UPDATE binding_statement SET published = 1") == nil)
    #expect(try register.refusal("DELETE FROM binding_statement") == "registry_immutable")
  }

  @Test func aClosedRequestAndASealedOneStay() throws {
    let register = try TestRegister()
    try register.officer("amal")
    let seq = try register.request(by: "amal", digest: TestRegister.digest)
    #expect(try register.refusal("UPDATE request SET sealed = 0 WHERE seq = \(seq)") == "registry_immutable")
    #expect(try register.refusal("UPDATE request SET state = 'done' WHERE seq = \(seq)")?.contains("CHECK") == true)
    try register.sql("UPDATE request_item SET outcome = 'done' WHERE request = \(seq)")
    for outcome in ["'refused'", "NULL"] {
      #expect(try register.refusal("UPDATE request_item SET outcome = \(outcome)") == "illegal_transition")
    }
    try register.sql("UPDATE request SET state = 'ended', closed_at = 5 WHERE seq = \(seq)")
    #expect(try register.refusal("UPDATE request SET state = 'open', closed_at = NULL") == "illegal_transition")
    #expect(try register.refusal("UPDATE request SET state = 'done'") == "illegal_transition")
  }

  /// Without recursive triggers a REPLACE would delete a row unseen.
  @Test func aRowIsNotReplacedEither() throws {
    let register = try filled(for: "recognition")
    for sql in [
      "INSERT OR REPLACE INTO recognition SELECT * FROM recognition",
      "INSERT OR REPLACE INTO credential SELECT * FROM credential WHERE seq = 1",
      "REPLACE INTO programme SELECT * FROM programme",
    ] { #expect(try register.refusal(sql) == "registry_immutable", "\(sql)") }
  }
}
