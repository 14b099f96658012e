import Encodings
import Foundation
import PKI
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// `commit`, `attempt`, `record` and `recordRejection`: the one way into register and log, and its order.
@Suite struct CommitTests {
  /// Thrown by a write that goes wrong for reasons of its own.
  private struct Broken: Error {}

  @Test func anAppendAndItsAuditRowFollowWhatIsThere() throws {
    let desk = try Desk()
    let session = try desk.session()
    let size = try desk.logSize()
    let last = try desk.lastAudit()
    let entries = [try session.publisher.trustList().1, try session.publisher.trustList().1]
    var seen: (append: LogAppend, audit: AuditRecord)?
    let given = try session.commit(.init(.publish, on: "two lists", detail: ["a": 1]), entries: entries) { log, audit in
      seen = (log, audit)
      // Neither is written before the store does it.
      #expect(try desk.logSize() == size && desk.lastAudit() == last)
      try session.registry.log.append(log, audit: audit)
      return 7
    }
    #expect(given == 7)
    let (append, audit) = try #require(seen)
    #expect(append.previousSize == size && append.leaves.count == 2 && append.at == TestHome.start)
    #expect(audit.seq == last.seq + 1 && audit.previous == last.digest && audit.at == TestHome.start)
    #expect(audit.act == "publish" && audit.subject == "two lists" && audit.outcome == .done)
    #expect(audit.officer == "registrar" && audit.detail == "{\"a\":1}")
    #expect(audit.digest == AuditTrail.digest(of: audit))
    #expect(try desk.logSize() == size + 2 && desk.lastAudit() == audit)
    #expect(try desk.kinds(from: size) == ["trust-list", "trust-list"])
    #expect(try session.reader.verifyAudit().complaints.isEmpty)
  }

  /// The writer of the log moves on after success alone: else the next leaves would be made for a tree that is not
  /// there.
  @Test func theLogWriterMovesOnlyAfterSuccess() throws {
    let desk = try Desk()
    let session = try desk.session()
    let size = try desk.logSize()
    let entry = try session.publisher.trustList().1
    let before = try desk.contents()
    for round in 0..<2 {
      #expect(throws: Broken.self) {
        try session.commit(.init(.publish, on: "round \(round)"), entries: [entry]) { log, _ in
          #expect(log.previousSize == size)
          throw Broken()
        }
      }
    }
    #expect(try desk.contents() == before, "nothing of it is in the register")
    for round in 0..<3 {
      try session.commit(.init(.publish, on: "round \(round)"), entries: [entry]) { log, audit in
        #expect(log.previousSize == size + Int64(round))
        try session.registry.log.append(log, audit: audit)
      }
    }
    #expect(try desk.logSize() == size + 3)
    // The edge that the writer kept is the one that a new writer reads.
    _ = try LogWriter(
      registry: session.registry,
      origin: session.authority.logOrigin,
      key: session.keys.key(of: session.keys.current(.log, of: nil))
    )
  }

  @Test func somebodyElseAppendedMeanwhile() throws {
    let desk = try Desk()
    let first = try desk.session()
    let second = try desk.session("amal")
    let entry = try first.publisher.trustList().1
    func append(_ session: AuthoritySession) throws {
      try session.commit(.init(.publish, on: "a list"), entries: [entry]) {
        try session.registry.log.append($0, audit: $1)
      }
    }
    try append(first)
    try append(second)
    let size = try desk.logSize()
    // The first still holds the edge of before.
    let rejection = try desk.rejection { try append(first) }
    #expect(rejection?.code == .logMoved && rejection?.subject == "a list")
    #expect(rejection?.reason.details == ["act": "publish", "officers": "none"])
    #expect(try desk.logSize() == size)
    // Told that the log was extended, it reads the edge again.
    first.logWasExtended()
    try append(first)
    #expect(try desk.logSize() == size + 1)
    #expect(try first.reader.verifyAudit().complaints.isEmpty)
  }

  @Test func aRuleThatRefusesIsRecordedUnderItsOwnName() throws {
    let desk = try Desk()
    let session = try desk.session()
    let entry = try session.publisher.trustList().1
    var act = AuditedAct(.issue, on: "dubai/1", programme: "p")
    act.quota = 4
    act.signedBy = "amal"
    for rule in RegistryRule.allCases {
      let rejection = try desk.rejection {
        try session.commit(act, entries: [entry]) { _, _ in throw RegistryFailure.refused(rule: rule) }
      }
      #expect(rejection?.code.rawValue == rule.rawValue)
      #expect(try desk.lastAudit().act == "issue")
      #expect(rejection?.reason.details == ["act": "issue", "officers": "amal", "programme": "p", "quota": "4"])
      #expect(
        try desk.rejection { try session.record(act) { _ in throw RegistryFailure.refused(rule: rule) } } == rejection
      )
    }
  }

  @Test func anAttemptLeavesTheChoiceToTheCaller() throws {
    let desk = try Desk()
    let session = try desk.session()
    let entry = try session.publisher.trustList().1
    let last = try desk.lastAudit()
    #expect(throws: RegistryFailure.refused(rule: .quotaReached)) {
      try session.attempt(.init(.issue, on: "x"), entries: [entry]) { _, _ in
        throw RegistryFailure.refused(rule: .quotaReached)
      }
    }
    #expect(try desk.lastAudit() == last, "nothing is recorded")
    // What is no rule is nobody's act.
    #expect(throws: RegistryFailure.storage("disk full")) {
      try session.commit(.init(.issue, on: "x"), entries: [entry]) { _, _ in
        throw RegistryFailure.storage("disk full")
      }
    }
    #expect(throws: Broken.self) { try session.record(.init(.issue, on: "x")) { _ in throw Broken() } }
    #expect(try desk.lastAudit() == last)
  }

  @Test func aRecordNeedsNoKeyOfTheLog() throws {
    let test = try TestHome()
    let own = OfficerCredentials(folder: test.home.officersPath) { TestHome.officerPassphrase }
    // An officer signs with a key of its own: the authority's passphrase is not asked for.
    let session = try AuthoritySession.open(
      test.home,
      officer: "amal",
      at: Instant(seconds: TestHome.start),
      options: SessionOptions(credentials: own)
    ) { throw Broken() }
    let size = try session.registry.log.head()?.size
    let given = try session.record(.init(.remind, on: "3 letters", detail: ["n": 3])) { row in
      try session.registry.log.record(row)
      return row.seq
    }
    let row = try #require(try session.registry.log.lastAudit())
    #expect(row.officer == "amal" && row.act == "remind" && row.subject == "3 letters" && row.detail == "{\"n\":3}")
    #expect(try row.seq == given && session.registry.log.head()?.size == size)
    #expect(throws: Broken.self) { try session.commit(.init(.publish, on: "x"), entries: []) { _, _ in } }
    #expect(try session.reader.verifyAudit().complaints.isEmpty)
  }

  @Test func anotherOfficerInTheSameSessionDropsTheLogWriter() throws {
    let desk = try Desk()
    let session = try desk.session()
    let own = OfficerCredentials(folder: desk.home.officersPath) { TestHome.officerPassphrase }
    let entry = try session.publisher.trustList().1
    func append(_ session: AuthoritySession) throws {
      try session.commit(.init(.publish, on: "a list"), entries: [entry]) {
        try session.registry.log.append($0, audit: $1)
      }
    }
    try append(session)
    try session.withOfficer("omar", credentials: own) { try append($0) }
    try append(session)
    // Also where the other one failed on the way.
    #expect(throws: Broken.self) {
      try session.withOfficer("omar", credentials: own) {
        try append($0)
        throw Broken()
      }
    }
    try append(session)
    #expect(try desk.audits().suffix(5).map(\.officer) == ["registrar", "omar", "registrar", "omar", "registrar"])
    #expect(
      try desk.rejection(recorded: false) { try session.withOfficer("nobody", credentials: own) { _ in } }?.code
        == .officerUnknown
    )
    // Removed since: it may not act, and the attempt is recorded unsigned.
    _ = try session.setup.removeOfficer("omar")
    #expect(
      try desk.rejection { try session.withOfficer("omar", credentials: own) { _ in } }?.code == .officerRemoved
    )
    #expect(try desk.lastAudit().signature == nil)
    let wrong = OfficerCredentials(folder: desk.home.officersPath) { Array("not the right one".utf8) }
    #expect(
      try failure { try session.withOfficer("amal", credentials: wrong) { _ in } }
        == .passphraseWrong(file: "amal.key.pem")
    )
    let nowhere = OfficerCredentials(folder: desk.home.path + "/nowhere") { TestHome.officerPassphrase }
    #expect(
      try failure { try session.withOfficer("amal", credentials: nowhere) { _ in } }
        == .officerKeyMissing(officer: "amal", folder: desk.home.path + "/nowhere")
    )
  }

  @Test func aRejectedAttemptIsWrittenWithItsFacts() throws {
    let desk = try Desk()
    let session = try desk.session("huda")
    let rejection = ActRejection(.quotaReached(programme: "p", limit: 3), subject: "dubai/1")
    #expect(session.recordRejection(rejection, act: .renew) as? ActRejection == rejection)
    let row = try desk.lastAudit()
    #expect(row.officer == "huda" && row.act == "renew" && row.outcome == .refused && row.subject == "dubai/1")
    let detail = try JSONObject.parse(Array(row.detail.utf8))
    #expect(detail == ["code": "quota_reached", "programme": "p", "quota": "3"])
    #expect(row.signature != nil)
    // Nobody who could not prove to be an officer signs for one.
    _ = session.recordRejection(rejection, act: .enter, isSigned: false)
    #expect(try desk.lastAudit().signature == nil)
    let found = try session.reader.verifyAudit()
    #expect(found.complaints.isEmpty && found.unsigned == 1 && found.refused == 2)
  }

  /// Where even the attempt cannot be written, that is what the caller hears: a rule must not look kept when the trail
  /// is not.
  @Test func whatCannotBeRecordedIsNoRejection() throws {
    let desk = try Desk()
    let session = try desk.session()
    try desk.tamper(
      """
      CREATE TRIGGER audit_full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'registry_tampered'); END
      """
    )
    let error = session.recordRejection(ActRejection(.memberUnknown, subject: "dubai/1"), act: .issue)
    #expect(error as? RegistryFailure == .refused(rule: .tampered))
    #expect(throws: RegistryFailure.self) { try session.requireRegistrarOf("amal", desk) }
  }

  @Test func rolesAreAskedBeforeChambers() throws {
    let desk = try Desk()
    let amal = try desk.session("amal")
    let omar = try desk.session("omar")
    func asked(_ session: AuthoritySession, _ chamber: String, _ programme: String = "") throws -> ActRejection.Reason?
    {
      try desk.rejection {
        try session.require(.clerk, .auditor, chamber: chamber, act: .plan, subject: "x", programme: programme)
      }?.reason
    }
    #expect(try asked(omar, "dubai") == .roleMissing(officer: "omar", roles: [.clerk, .auditor]))
    #expect(try asked(omar, "ajman") == .roleMissing(officer: "omar", roles: [.clerk, .auditor]))
    #expect(
      try asked(amal, "ajman") == .otherChamber(officer: "amal", of: "dubai", scope: "plan", chamber: "ajman")
    )
    #expect(
      try asked(amal, "ajman", "p") == .otherChamber(officer: "amal", of: "dubai", scope: "p", chamber: "ajman")
    )
    try amal.require(.auditor, .clerk, chamber: "dubai", act: .plan, subject: "x")
    // The registrar stands above chambers.
    try desk.session().require(.auditor, chamber: "ajman", act: .plan, subject: "x")
    try desk.session().requireRegistrar(act: .keyAdd, subject: "x")
    let rejection = try desk.rejection { try amal.requireRegistrar(act: .keyAdd, subject: "x") }
    #expect(rejection?.reason == .registrarOnly(act: .keyAdd))
  }

  @Test func aNameThatNobodyRegisteredIsShortAndPlain() {
    #expect(ActingOfficer.unknown("mallory").name == "mallory")
    #expect(ActingOfficer.unknown("a b\nc\u{202E}\u{E9}~!").name == "a?b?c??~!")
    #expect(ActingOfficer.unknown(String(repeating: "x", count: 60)).name == String(repeating: "x", count: 40))
    #expect(ActingOfficer.registrar.registered == nil && ActingOfficer.unknown("x").registered == nil)
  }

  @Test func aSignatureOfOneContextMeansNothingInAnother() throws {
    let desk = try Desk()
    let session = try desk.session("amal")
    let digest = [UInt8](repeating: 5, count: 32)
    let contexts: [SigningContext] = [.audit, .approval, .report]
    #expect(contexts.map { $0.message([1]) } == contexts.map { Array($0.rawValue.utf8) + [0, 1] })
    let key = try session.ownKey().publicKey
    #expect(key.subjectPublicKeyInfo() == session.actor.registered?.publicKey)
    for context in contexts {
      let signature = try session.sign(digest, context: context)
      for other in contexts {
        let holds = try key.verifies(signature, over: other.message(digest), algorithm: .eddsa)
        #expect(holds == (other == context))
      }
    }
    let unknown = try desk.session().actor
    #expect(unknown.name == "registrar")
  }
}

extension AuthoritySession {
  /// An act that only the registrar may do, tried by an officer.
  fileprivate func requireRegistrarOf(_ officer: String, _ desk: Desk) throws {
    try desk.session(officer).requireRegistrar(act: .keyAdd, subject: "x")
  }
}
