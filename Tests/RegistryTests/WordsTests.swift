import GRDB
import Storage
import Testing
import Vocabulary

@testable import Registry

/// The words that the schema stores and raises, and those that the program knows.
@Suite struct WordsTests {
  private func schema(_ register: TestRegister) throws -> [String] {
    try register.registry.database.read { try $0.texts("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL") }
  }

  @Test func everyRuleThatATriggerRaisesHasACase() throws {
    let raised = try Set(
      schema(TestRegister()).flatMap { sql in
        sql.matches(of: /RAISE\(ABORT, '([a-z_]+)'\)/).map { String($0.1) }
      }
    )
    #expect(raised.count == 8)
    for word in raised { #expect(RegistryRule(rawValue: word) != nil, "\(word) has no case") }
  }

  /// What a CHECK allows in a column of words, and what the enum of that column knows, is one list.
  @Test func everyWordThatTheSchemaAllowsHasACase() throws {
    let schema = try schema(TestRegister())
    func allowed(_ table: String, _ column: String) throws -> Set<String> {
      let sql = try #require(schema.first { $0.hasPrefix("CREATE TABLE \(table) ") })
      let check = try #require(
        sql.firstMatch(of: try Regex("CHECK \\((?:\(column) IS NULL OR )?\(column) IN \\(([^)]*)\\)"))
      )
      return Set("\(check.output[1].value ?? "")".matches(of: /'([a-z_-]+)'/).map { String($0.1) })
    }
    func words<Word: CaseIterable & RawRepresentable>(_ type: Word.Type) -> Set<String> where Word.RawValue == String {
      Set(type.allCases.map(\.rawValue))
    }
    #expect(try allowed("chamber", "status") == words(RecognitionStatus.self))
    #expect(try allowed("signing_key", "purpose") == words(KeyPurpose.self))
    #expect(try allowed("signing_key", "state") == words(KeyState.self))
    #expect(try allowed("member", "membership") == words(MembershipKind.self))
    #expect(try allowed("status_list", "purpose") == words(StatusPurpose.self))
    #expect(try allowed("credential", "state") == words(CredentialState.self))
    #expect(try allowed("event", "kind") == words(CredentialEvent.self))
    #expect(try allowed("audit", "outcome") == words(AuditOutcome.self))
    #expect(try allowed("request", "act") == words(RequestAct.self))
    #expect(try allowed("request", "state") == words(RequestState.self))
    #expect(try allowed("request_item", "outcome") == words(RowOutcome.self).subtracting(["waiting"]))
    #expect(try allowed("binding", "state") == words(BindingState.self))
    #expect(try allowed("binding", "method") == words(BindingMethod.self))
    #expect(try allowed("binding_act", "kind") == words(BindingEvent.self))
  }

  /// A newer program, or a damaged file: never a crash, and never a guess.
  @Test func anUnknownWordIsAFailureWithItsPlace() throws {
    let register = try TestRegister()
    try register.sql("PRAGMA ignore_check_constraints = ON")
    try register.sql("UPDATE chamber SET status = 'paused' WHERE slug = 'ajman'")
    try register.sql("UPDATE member SET membership = 'guest' WHERE id = 2")
    let seq = try register.reserve(1)
    try register.sql("DROP TRIGGER credential_steps")
    try register.sql("UPDATE credential SET state = 'asleep' WHERE seq = ?", [seq])
    let registry = register.registry
    #expect(throws: RegistryFailure.unreadable(table: "chamber", column: "status", value: "paused")) {
      try registry.keys.chambers()
    }
    #expect(throws: RegistryFailure.unreadable(table: "member", column: "membership", value: "guest")) {
      try registry.members.find(rowID: 2)
    }
    #expect(throws: RegistryFailure.unreadable(table: "credential", column: "state", value: "asleep")) {
      try registry.credentials.find(seq: seq)
    }
  }

  /// Columns are read by their places: the names of a record's columns must be those of its table, in their order.
  @Test func columnsAreNamedInTheOrderOfTheirTables() throws {
    let registry = try TestRegister().registry
    func check<Column: RowColumn>(_ type: Column.Type, _ sql: String? = nil) throws {
      let names = try registry.database.read {
        try $0.prepare(sql ?? "SELECT * FROM \(Column.table)").columnNames
      }
      let known = Column.allCases.map { snake("\($0)") }
      let count = min(known.count, names.count)
      #expect(count > 2 && known.prefix(count) == names.prefix(count), "\(Column.table)")
    }
    try check(Authority.Column.self)
    try check(Chamber.Column.self)
    try check(SigningKeyRecord.Column.self)
    try check(Officer.Column.self)
    try check(ProgrammeRule.Column.self)
    try check(RequestRecord.Column.self)
    try check(RequestItem.Column.self)
    try check(EventRecord.Column.self)
    try check(AuditRecord.Column.self)
    try check(LogHead.Column.self)
    try check(StatusListRecord.Column.self)
    try check(PublicationRecord.Column.self)
    try check(BindingRecord.Column.self)
    try check(BindingStatementRecord.Column.self)
    try check(Tally.Column.self)
    try check(Recognition.Column.self)
    try check(Member.Column.self, Member.select)
    let credential = try registry.database.read { try $0.prepare(CredentialRecord.query("")).columnNames }
    #expect(credential.count == CredentialRecord.Column.allCases.count)
    // Two numbers of series and two sub-queries have no name of their own.
    for (column, name) in zip(CredentialRecord.Column.allCases, credential)
    where ![.revocationSeries, .suspensionSeries, .replacedBy, .replaces].contains(column) {
      #expect(snake("\(column)") == name)
    }
  }

  /// `nameEn` as `name_en`.
  private func snake(_ name: String) -> String {
    name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : "\($1)" }
  }
}
