import Credentials
import Directory
import Encodings
import GRDB
import Messages
import PKI
import Registry
import Repository
import Testing
import Verification
import Vocabulary

@testable import Issuance

/// Proofs of control in register, log and directory, and what a verifier makes of them.
@Suite struct BindingTests {
  private static let key: Text = "site/palm-1.example"
  private static let day: Int64 = 86_400

  private func verdict(_ test: borrowing TestHome, _ id: String, at seconds: Int64) throws -> Decision {
    try PublishedRepository(path: test.home.publicPath).verify(
      VerificationRequest(.id(id), page: "https://palm-1.example/"),
      at: Instant(seconds: seconds)
    ).get()
  }

  @Test func fromTheFirstCodeToTheLastDay() throws {
    let test = try TestHome()
    let start = TestHome.start
    let id = try test.session().issuer.issue([1]).issued[0].id
    let number = try CredentialID(reading: id)
    func record(_ finding: BindingFinding, at seconds: Int64) throws -> BindingRecord {
      let session = try test.session(at: seconds)
      try session.publisher.publish()  // lists stay young
      return try #require(try session.bindings.record([(Self.key, finding)], of: number).first?.record)
    }
    // Nothing was said: the page is named, and no more.
    #expect(try verdict(test, id, at: start + 10).axes.binding == .declared)
    let size = try test.session().registry.log.head()?.size ?? 0
    let asked = try record(.ask, at: start)
    #expect(asked.state == .asked && asked.code.hasPrefix("k1-") && asked.code.utf8.count == 19)
    #expect(try record(.ask, at: start).code == asked.code)
    #expect(try test.session().registry.log.head()?.size == size, "asking says nothing in public")

    let proved = try record(.proved(.wellKnown), at: start + 60)
    #expect(proved.state == .proved && proved.code != asked.code && proved.reproveBy == start + 60 + 90 * Self.day)
    let entry = try #require(try test.session(at: start + 60).registry.log.entries(size..<(size + 1)).first)
    let object = try JSONObject.parse(entry)
    #expect(object["kind"]?.string == "binding")
    // The entry commits to exactly the statement that the directory hands out.
    let row = try #require(try DirectoryFile.readable(at: test.home.publicPath + "/directory.sqlite").record(id: id))
    let statement = try #require(row.bindings)
    #expect(object["statement"]?.string == Base64URL.encode(SHA2.sha256(row.salt + statement)))
    let confirmed = try verdict(test, id, at: start + 70)
    #expect(
      confirmed.verdict == .confirmed && confirmed.bindings["site/palm-1.example"]?.provedAt?.seconds == start + 60
    )
    #expect(
      confirmed.json().object?["registered"]?.array?.first?.object?["reproveBy"]?.string
        == Instant(seconds: start + 60 + 90 * Self.day).description
    )
    // The register is whole, and the trail says who looked.
    #expect(try test.session(at: start + 80).registry.integrityComplaints().isEmpty)
    #expect(try test.session(at: start + 80).reader.verifyAudit().complaints.isEmpty)
  }

  @Test("A13 an unreachable page is excused for a week, then stale; an officer confirms a loss") func losses() throws {
    let test = try TestHome()
    let start = TestHome.start
    let id = try test.session().issuer.issue([1]).issued[0].id
    let number = try CredentialID(reading: id)
    func find(_ finding: BindingFinding, _ officer: String = "registrar", day: Int64) throws -> Decision {
      let at = start + day * Self.day
      let session = try test.session(officer, at: at)
      try session.publisher.finishAndPublish(everything: false)
      _ = try session.bindings.record([(Self.key, finding)], of: number)
      return try verdict(test, id, at: at + 5)
    }
    #expect(try find(.proved(.officer), day: 0).verdict == .confirmed)
    #expect(try find(.unreachable("deadline"), day: 1).verdict == .confirmed)
    #expect(try find(.unreachable("deadline"), day: 7).verdict == .confirmed)
    let stale = try find(.unreachable("deadline"), day: 8)
    #expect(stale.verdict == .cannotTell && stale.reasons.map(\.code.rawValue) == ["binding_stale"])
    #expect(try find(.proved(.wellKnown), day: 9).verdict == .confirmed, "it came back")
    // A contradiction demotes nothing by itself.
    #expect(try find(.contradicted("other_code"), day: 10).verdict == .confirmed)
    let failed = try find(.failed, "omar", day: 11)
    #expect(failed.verdict == .otherPage && failed.reasons.map(\.code.rawValue) == ["binding_failed"])
    #expect(try find(.withdrawn, day: 12).reasons.map(\.code.rawValue) == ["binding_withdrawn"])
    #expect(try refusal { _ = try find(.proved(.officer), day: 13) } == "illegal_transition")
  }

  @Test("a statement whose publication was cut off is published by the next command, whatever that finds") func cutOff()
    throws
  {
    let test = try TestHome()
    let id = try test.session().issuer.issue([1]).issued[0].id
    let number = try CredentialID(reading: id)
    _ = try test.session().bindings.record([(Self.key, .proved(.officer))], of: number)
    let queue = try DatabaseQueue(path: test.home.registryPath)
    try queue.write { try $0.execute(sql: "UPDATE binding_statement SET published = 0") }
    try queue.close()
    _ = try test.session().bindings.record([(Self.key, .unreachable("deadline"))], of: number)
    #expect(try test.session().registry.bindings.statements(all: false).isEmpty)
  }

  @Test func whoMayAndWhat() throws {
    let test = try TestHome()
    let id = try test.session().issuer.issue([1, 2]).issued.map(\.id)
    let number = try CredentialID(reading: id[0])
    #expect(
      try refusal { _ = try test.session().bindings.record([("site/somebody.example", .ask)], of: number) }
        == "page_unknown"
    )
    #expect(
      try refusal { _ = try test.session().bindings.record([(Self.key, .proved(.page))], of: number) }
        == "binding_method"
    )
    #expect(
      try refusal {
        _ = try test.session().bindings.record(
          [(Self.key, .ask)],
          of: CredentialID(random: [UInt8](repeating: 9, count: 10))
        )
      } == "credential_unknown"
    )
    _ = try test.session("amal").bindings.record([(Self.key, .ask)], of: number)
    _ = try test.session().lifecycle.change(number, .revoke, reason: "fraud", note: "")
    #expect(
      try refusal { _ = try test.session().bindings.record([(Self.key, .ask)], of: number) } == "illegal_transition"
    )
  }
}
