import Encodings
import Foundation
import GRDB
import Profiles
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// Who may do what.
@Suite struct OfficerTests {
  @Test func fourEyesFromRequestToCertificate() throws {
    let test = try TestHome()
    let asked = try test.session("amal").issuer.issue([1], "trusted-membership")
    #expect(asked.issued.isEmpty && asked.refused.map(\.refusal.code.rawValue) == ["second_officer_required"])
    let request = try #require(asked.refused[0].request)
    // Asking again files nothing new.
    #expect(try test.session("amal").issuer.issue([1], "trusted-membership").refused[0].request == request)
    #expect(
      try refusal { _ = try test.session("amal").approvals.approve(request, acceptsNames: false) } == "role_missing"
    )
    #expect(
      try refusal { _ = try test.session("registrar").approvals.approve(request, acceptsNames: false) }
        == "second_officer_required"
    )
    #expect(try refusal { _ = try test.session("amal").runner.run(request) } == "second_officer_required")
    let view = try test.session("omar").approvals.approve(request, acceptsNames: false)
    #expect(view.agreed == 2)
    guard case .issue(let outcome) = try test.session("omar").runner.run(request) else {
      Issue.record("not issued")
      return
    }
    #expect(outcome.issued.count == 1)
    #expect(try refusal { _ = try test.session("omar").runner.run(request) } == "request_closed")
    let findings = try test.session().reader.verifyAudit()
    #expect(findings.complaints.isEmpty && findings.refused >= 5)
  }

  @Test func nobodyApprovesAnOwnRequest() throws {
    let test = try TestHome()
    let request = try #require(try test.session("huda").issuer.issue([1], "trusted-membership").refused[0].request)
    #expect(
      try refusal { _ = try test.session("huda").approvals.approve(request, acceptsNames: false) }
        == "second_officer_required"
    )
    #expect(try test.session("omar").approvals.approve(request, acceptsNames: false).agreed == 2)
  }

  @Test func aChangedMemberNeedsANewRequest() throws {
    let test = try TestHome()
    let request = try #require(try test.session("amal").issuer.issue([1], "trusted-membership").refused[0].request)
    let changed = TestHome.sheet([1]) { _, cells in cells[2] = "Palm Holding 1 LLC" }
    #expect(try test.session().members.importMembers(Array(changed.utf8)).counts.changed == 1)
    #expect(
      try refusal { _ = try test.session("omar").approvals.approve(request, acceptsNames: false) } == "request_changed"
    )
    #expect(try test.session().registry.requests.find(request)?.state == .ended)
    // Changed between approval and issue: refused as well.
    let second = try #require(try test.session("amal").issuer.issue([1], "trusted-membership").refused[0].request)
    #expect(try test.session("omar").approvals.approve(second, acceptsNames: false).agreed == 2)
    #expect(try test.session().members.importMembers(Array(TestHome.sheet([1]).utf8)).counts.changed == 1)
    guard case .issue(let outcome) = try test.session("omar").runner.run(second) else { return }
    #expect(outcome.issued.isEmpty && outcome.refused.map(\.refusal.code.rawValue) == ["request_changed"])
  }

  @Test func aRemovedOfficerCannotActAndApprovalsEnd() throws {
    let test = try TestHome()
    let request = try #require(try test.session("amal").issuer.issue([1], "trusted-membership").refused[0].request)
    let own = try #require(try test.session("huda").issuer.issue([2], "trusted-membership").refused[0].request)
    #expect(try test.session("huda").approvals.approve(request, acceptsNames: false).agreed == 2)
    #expect(try test.session().setup.removeOfficer("huda") == [own])
    #expect(try refusal { _ = try test.session("huda") } == "officer_removed")
    #expect(try test.session().registry.requests.find(own)?.state == .ended)
    #expect(try refusal { _ = try test.session("amal").runner.run(request) } == "second_officer_required")
    #expect(try test.session("omar").approvals.approve(request, acceptsNames: false).agreed == 2)
    guard case .issue(let outcome) = try test.session("amal").runner.run(request) else { return }
    #expect(outcome.issued.count == 1)
    #expect(try test.session().reader.verifyAudit().complaints.isEmpty)
    #expect(
      try refusal {
        _ = try test.session().setup.addOfficer(
          name: "huda",
          chamber: "dubai",
          roles: [.clerk],
          credentials: OfficerCredentials(folder: test.home.path + "/x") { TestHome.officerPassphrase }
        )
      } == "officer_exists"
    )
  }

  @Test func reinstatementByTwoWhereTheProfileSaysSo() throws {
    let test = try TestHome()
    let request = try #require(try test.session("amal").issuer.issue([1], "trusted-membership").refused[0].request)
    _ = try test.session("omar").approvals.approve(request, acceptsNames: false)
    guard case .issue(let outcome) = try test.session("omar").runner.run(request),
      let id = outcome.issued.first.map({ try! CredentialID(reading: $0.id) })
    else {
      Issue.record("not issued")
      return
    }  // an id we made
    _ = try test.session("amal").lifecycle.change(id, .suspend, reason: "investigation", note: "")
    #expect(
      try refusal { _ = try test.session("amal").lifecycle.change(id, .reinstate, reason: "cleared", note: "") }
        == "second_officer_required"
    )
    let waiting = try #require(try test.session().registry.requests.matching(state: .open).first)
    _ = try test.session("omar").approvals.approve(waiting.seq, acceptsNames: false)
    guard case .change(let changed) = try test.session("omar").runner.run(waiting.seq) else { return }
    #expect(changed.changed == [id.description])
    #expect(try test.session().registry.credentials.find(id: id.description)?.state == .active)
  }

  @Test("A104 one chamber cannot act for another") func rolesAndChambers() throws {
    let test = try TestHome()
    let own = OfficerCredentials(folder: test.home.officersPath) { TestHome.officerPassphrase }
    _ = try test.session().setup.addOfficer(name: "auditor", chamber: "dubai", roles: [.auditor], credentials: own)
    _ = try test.session().setup.addOfficer(
      name: "abroad",
      chamber: "ajman",
      roles: [.clerk, .approver],
      credentials: own
    )
    #expect(try refusal { _ = try test.session("auditor").issuer.issue([1]) } == "role_missing")
    #expect(try refusal { _ = try test.session("omar").issuer.issue([1]) } == "role_missing")
    #expect(try refusal { _ = try test.session("abroad").issuer.issue([1]) } == "issuer_not_authorised")
    let id = try CredentialID(reading: try test.session("amal").issuer.issue([1]).issued[0].id)
    #expect(
      try refusal { _ = try test.session("abroad").lifecycle.change(id, .revoke, reason: "fraud", note: "") }
        == "issuer_not_authorised"
    )
    #expect(try refusal { _ = try test.session("amal").setup.removeOfficer("omar") } == "registrar_only")
    #expect(try refusal { _ = try test.session("nobody") } == "officer_unknown")
    let session = try test.session()
    let refused = try session.registry.log.audit(after: 0, limit: 1_000).filter { $0.outcome == .refused }
    #expect(refused.count == 6)
    #expect(refused.filter { $0.signature == nil }.map(\.officer) == ["nobody"])
    #expect(try session.reader.verifyAudit().complaints.isEmpty)
  }

  @Test func aWrongPassphraseIsRecorded() throws {
    let test = try TestHome()
    #expect(throws: IssuanceFailure.self) {
      try AuthoritySession.open(
        test.home,
        officer: "amal",
        at: Instant(seconds: TestHome.start),
        options: SessionOptions(
          credentials: OfficerCredentials(folder: test.home.officersPath) { Array("not the right one".utf8) }
        )
      ) { TestHome.passphrase }
    }
    let last = try #require(try test.session().registry.log.lastAudit())
    #expect(
      last.officer == "amal" && last.outcome == .refused && last.signature == nil
        && last.detail.contains("passphrase_wrong")
    )
  }

  /// Every single change of the trail is found, whatever the triggers would have said: here they are dropped first.
  @Test("A97 a register edited by hand") func theTrailShowsEveryChange() throws {
    let test = try TestHome()
    _ = try test.session("amal").issuer.issue([1, 2])
    _ = try test.session().issuer.issue([3])
    func tampered(_ sql: String) throws -> Bool {
      let copy = FileManager.default.temporaryDirectory.appending(path: "khatm-audit-\(UUID().uuidString)").path
      try FileManager.default.copyItem(atPath: test.home.path, toPath: copy)
      defer { try? FileManager.default.removeItem(atPath: copy) }
      try DatabaseQueue(path: copy + "/registry.db").write { db in
        for trigger in ["audit_kept_u", "audit_kept_d", "audit_chain", "officer_fixed", "officer_kept"] {
          try db.execute(sql: "DROP TRIGGER \(trigger)")
        }
        try db.execute(sql: sql)
      }
      return try RegistryReader.open(Home(path: copy)).verifyAudit().complaints.isEmpty == false
    }
    #expect(try !tampered("SELECT 1"))
    for sql in [
      "UPDATE audit SET officer = 'omar' WHERE seq = 3",
      "UPDATE audit SET detail = '{}' WHERE seq = (SELECT max(seq) FROM audit WHERE detail <> '{}')",
      "UPDATE audit SET at = at + 1 WHERE seq = 4", "DELETE FROM audit WHERE seq = 5",
      "UPDATE audit SET subject = 'x' WHERE seq = (SELECT max(seq) FROM audit)",
      "UPDATE audit SET signature = zeroblob(64) WHERE seq = 2", "UPDATE audit SET outcome = 'refused' WHERE seq = 2",
      "UPDATE officer SET public_key = x'00'||substr(public_key, 2) WHERE name = 'omar'",
      """
      INSERT INTO officer (name, chamber, is_clerk, is_approver, is_auditor, public_key, added_at) SELECT 'ghost', \
      'dubai', 1, 1, 0, public_key || x'00', 1 FROM officer LIMIT 1
      """,
    ] {
      let found = (try? tampered(sql)) ?? true  // a key that cannot even be read is a find too
      #expect(found, "not found: \(sql)")
    }
  }
}
