import Credentials
import Encodings
import Fixtures
import PKI
import Records
import Testing
import TransparencyLog

/// What binds a record to its entry, row by row of the table.
struct RecordBindingTests {
  /// Of the record at a place, after a change of it.
  private func check(
    _ log: SampleLog,
    _ place: Int,
    issue: IssueContext?,
    _ change: (inout LogRecord) -> Void = { _ in }
  )
    throws -> Result<BoundRecord, RecordRejection>
  {
    var record = log.records[place]
    change(&record)
    return RecordBinding.check(record, of: try LogEntry.parse(log.entries[place]), issue: issue)
  }

  private func context(_ one: SampleLog.Issued, isErased: Bool = false) -> IssueContext {
    IssueContext(salt: one.salt, number: one.number, badge: one.number, isErased: isErased)
  }

  private func gap(_ result: Result<BoundRecord, RecordRejection>) -> RecordGap? {
    if case .failure(let error) = result { error.gap } else { nil }
  }

  @Test func issue() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    let other = try log.issue(2)
    guard case .success(.issue(let issued)) = try check(log, one.leaf, issue: nil) else {
      Issue.record("the record of an issue is refused")
      return
    }
    #expect(issued.number == one.number && issued.salt == one.salt && issued.token?.compact == one.token)
    #expect(issued.facts?.registerNumber == "NTRAE+DU-1256001" && issued.facts?.membershipNumber == "1")
    #expect(issued.facts?.pageKeys == ["site/shop-1.example"])
    let token = log.records[other.leaf].token
    let wrong: [(RecordGap, (inout LogRecord) -> Void)] = [
      (.entry, { $0.entry.append(1) }), (.parts, { $0.salt = nil }), (.parts, { $0.token = nil }),
      (.parts, { $0.statement = token }), (.parts, { $0.request = [1] }), (.parts, { $0.number = [1] }),
      (.commitment, { $0.salt = other.salt }), (.commitment, { $0.token = token }),
      (.commitment, { $0.token = RecordedJWS(header: JWSHeader([1]), payload: [2], signature: [3]) }),
      (
        .ref,
        {
          $0.token = nil
          $0.number = Array(other.number.description.utf8)
        }
      ),
      (
        .ref,
        {
          $0.token = nil
          $0.number = Array(one.number.description.lowercased().utf8)
        }
      ),
    ]
    for (expected, change) in wrong { #expect(try gap(check(log, one.leaf, issue: nil, change)) == expected) }
  }

  /// A commitment over a token of another number: the entry's own author lies.
  @Test func refOfAnotherNumber() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    let other = try CredentialHandle(
      salt: one.salt,
      token: one.token,
      id: Text(TestAuthority.id(9).description)
    )
    let place = try log.add(log.entry(.issue(other, programme: "p"))) {
      $0.salt = one.salt
      $0.token = try RecordedJWS(compact: one.token)
    }
    #expect(try gap(check(log, place, issue: nil)) == .ref)
  }

  @Test func erased() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    let bound = try log.bind(one)
    try log.erase(one)
    guard case .success(.issue(let issued)) = try check(log, one.leaf, issue: nil) else {
      Issue.record("an erased record is refused")
      return
    }
    #expect(issued.token == nil && issued.facts == nil && issued.number == one.number)
    #expect(try check(log, bound, issue: context(one, isErased: true)) == .success(.statement(nil)))
    #expect(try gap(check(log, bound, issue: context(one))) == .parts)
  }

  @Test(arguments: ["suspended", "active", "revoked", "superseded"])
  func acts(state: String) throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    let place = try log.act(state, of: one)
    let record = log.records[place]
    #expect(try check(log, place, issue: context(one)) == .success(.statement(record.statement)))
    #expect(try gap(check(log, place, issue: nil)) == .issue)
    #expect(try gap(check(log, place, issue: context(one)) { $0.statement = nil }) == .parts)
    #expect(try gap(check(log, place, issue: context(one)) { $0.salt = one.salt }) == .parts)
    let request = try gap(check(log, place, issue: context(one)) { $0.request = Array("{}".utf8) })
    #expect(request == (state == "active" ? nil : .parts))  // approvals belong to reinstating alone
    let other = try RecordedJWS(compact: log.statement("revoked", of: one))
    #expect(try gap(check(log, place, issue: context(one)) { $0.statement = other }) == .statementDigest)
    let stranger = try log.issue(2)
    #expect(try gap(check(log, place, issue: context(stranger))) == .statementDigest)
  }

  /// Statements that the entry does name, and that say something else.
  @Test func statementsThatDoNotFit() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    let other = try log.issue(2, chamber: 1)
    let chamber = one.chamber
    let authority = log.authority
    let at = log.at
    let statements: [[UInt8]] = [
      try authority.statement(chamber, "suspended", of: one.number, at: at),
      try authority.statement(chamber, "revoked", of: other.number, at: at),
      try authority.statement(other.chamber, "revoked", of: one.number, at: at),
      try authority.statement(chamber, "revoked", of: one.number, at: at.adding(seconds: 1)),
      try authority.statement(chamber, "revoked", of: one.number, at: at) { $0["sub"] = nil },
      try authority.statement(chamber, "revoked", of: one.number, at: at) { $0["state"] = 1 },
      try authority.statement(chamber, "revoked", of: one.number, at: at) {
        $0["more"] = JSON(String(repeating: "x", count: 16_384))
      },
    ]
    for statement in statements {
      for event: LogEntry.Event in [
        .act(
          .revoke(cause: SHA2.sha256([])),
          one.handle,
          programme: "p",
          statement: log.digest(one, statement)
        ), .revoke(one.handle, programme: "p", reason: "other"),
      ] {
        let entry = try LogEntry(at: at, chamber: chamber.did, event: event)
        let record = LogRecord(entry: entry.bytes, statement: try RecordedJWS(compact: statement))
        #expect(gap(RecordBinding.check(record, of: entry, issue: context(one))) == .statementContent)
      }
    }
  }

  /// 0.1.0 kept only the newest statement.
  @Test func versionOneMayHaveNone() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    let at = log.at
    let statement = try RecordedJWS(compact: log.statement("revoked", of: one))
    let place = try log.add(log.entry(.revoke(one.handle, programme: "p", reason: "other")))
    #expect(try check(log, place, issue: context(one)) == .success(.statement(nil)))
    #expect(try check(log, place, issue: context(one)) { $0.statement = statement } == .success(.statement(statement)))
    #expect(log.at == at.adding(seconds: 1))
  }

  @Test func bindings() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    let place = try log.bind(one)
    let record = log.records[place]
    #expect(try check(log, place, issue: context(one)) == .success(.statement(record.statement)))
    let state = try log.statement("revoked", of: one)
    let entry = try LogEntry(
      at: log.at,
      chamber: one.chamber.did,
      event: .binding(one.handle, programme: "p", statement: log.digest(one, state))
    )
    let other = LogRecord(entry: entry.bytes, statement: try RecordedJWS(compact: state))
    #expect(gap(RecordBinding.check(other, of: entry, issue: context(one))) == .statementContent)
    // The line's badge stands for the number.
    let line = IssueContext(salt: one.salt, number: TestAuthority.id(8), badge: one.number, isErased: false)
    #expect(try check(log, place, issue: line) == .success(.statement(record.statement)))
  }

  @Test func entriesThatSayAll() throws {
    var log = try SampleLog()
    let one = try log.issue(1)
    try log.addOthers()
    try log.erase(one, rewriting: false)
    for place in 1..<log.records.count {
      #expect(try check(log, place, issue: nil) == .success(.entryAlone))
      #expect(try gap(check(log, place, issue: nil) { $0.salt = one.salt }) == .parts)
    }
  }

  @Test func peopleAreListedWithConsentAlone() throws {
    func names(_ listed: JSON?) throws -> [String]? {
      let authority = try SampleLog.authority
      var payload = authority.credential(authority.chambers[0], number: 1).payload
      var subject = try #require(payload["credentialSubject"]?.object)
      subject["memberPerson"] = .object(["personName": "Amal Said", "publicListing": listed])
      payload["credentialSubject"] = .object(subject)
      return CertificateFacts(payload: payload.canonical())?.names
    }
    #expect(try names(true)?.first == "Amal Said")
    for no in [nil, false, "true", 1] as [JSON?] { #expect(try names(no)?.contains("Amal Said") == false) }
  }

  @Test(arguments: ["", "[]", "{}", #"{"id":"x"}"#, #"{"id":"https://a.example/c/0000"}"#, #"{"id":7}"#])
  func payloadsThatNameNothing(text: String) { #expect(CertificateFacts(payload: Array(text.utf8)) == nil) }

  @Test func registerNumbers() {
    for text: Text in ["NTRAE+DU-1", "ntrae+du-1", " NTRAE DU-1 ", "NtrAE  DU-1"] {
      #expect(RegisterNumber.folded(text) == "NTRAE+DU-1")
    }
    #expect(RegisterNumber.folded("NTRAE+DU-\u{0661}") == "NTRAE+DU-\u{0661}")
    #expect(RegisterNumber.folded("") == "")
  }
}
