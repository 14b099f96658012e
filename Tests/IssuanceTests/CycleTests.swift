import Credentials
import Encodings
import Foundation
import Profiles
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// From a member to a certificate, and to its end.
@Suite struct CycleTests {
  @Test func issuesOnceAndPublishes() throws {
    let test = try TestHome()
    do {
      let session = try test.session()
      let outcome = try session.issuer.issue([1, 2, 3])
      #expect(outcome.issued.map(\.member) == ["dubai/1", "dubai/2", "dubai/3"] && outcome.refused.isEmpty)
      let again = try session.issuer.issue([1, 2, 3])
      #expect(again.issued.isEmpty && again.unchanged.count == 3)
      #expect(try session.registry.publications.unpublished().credentials.isEmpty)
      // What is published is what is stored, and reads back as it was meant.
      let record = try #require(try session.registry.credentials.find(id: outcome.issued[0].id))
      let parts = try #require(record.parts)
      let credential = try MembershipCredential(payload: try JSONObject.parse(parts.payload))
      #expect(credential.organization.membershipNumber == "1" && credential.validUntil == outcome.issued[0].validUntil)
      #expect(credential.statusEntries.map(\.index) == [record.revocation.index, record.suspension.index])
    }
    #expect(FileManager.default.fileExists(atPath: test.home.publicPath + "/checkpoint"))
  }

  @Test func publishingTwiceChangesNothing() throws {
    let test = try TestHome()
    let id = try test.session().issuer.issue([1]).issued[0].id
    _ = try test.session().lifecycle.change(try CredentialID(reading: id), .suspend, reason: "investigation", note: "")
    func files() throws -> [String: Data] {
      var found: [String: Data] = [:]
      for case let path as String in FileManager.default.enumerator(atPath: test.home.publicPath)
        ?? FileManager.DirectoryEnumerator()
      {
        if let data = FileManager.default.contents(atPath: test.home.publicPath + "/" + path),
          !path.hasSuffix("directory.sqlite")
        {
          found[path] = data
        }
      }
      return found
    }
    let before = try files()
    try test.session().publisher.finishAndPublish(everything: false)
    #expect(try files() == before)
    // A file that got lost is made again.
    try FileManager.default.removeItem(atPath: test.home.publicPath + "/status/dubai/suspension/1")
    try test.session().publisher.finishAndPublish(everything: false)
    #expect(FileManager.default.fileExists(atPath: test.home.publicPath + "/status/dubai/suspension/1"))
  }

  @Test func aReservationThatWasCutOffIsBurnedOpenly() throws {
    let test = try TestHome()
    do {
      let session = try test.session()
      let member = try session.member(1)
      try session.approvals.syncRules(of: try #require(session.profiles.programme("verified-membership")))
      _ = try session.registry.credentials.reserve(
        [
          CredentialDraft(
            id: CredentialID(random: [UInt8](repeating: 5, count: 10)).description,
            member: member.rowID,
            chamber: "dubai",
            programme: "verified-membership",
            validFrom: 1,
            validUntil: 2,
            salt: [UInt8](repeating: 1, count: 32),
            contentDigest: [UInt8](repeating: 2, count: 32)
          )
        ],
        at: TestHome.start
      ) { 77 }
    }
    let session = try test.session()
    let size = try session.registry.log.head()?.size ?? 0
    let outcome = try session.issuer.issue([1])
    #expect(outcome.issued.count == 1)
    #expect(try session.registry.credentials.unfinished().isEmpty)
    let entries = try session.registry.log.entries(size..<(size + 1)).map { try JSONObject.parse($0)["kind"]?.string }
    #expect(entries == ["abandoned"])
  }

  @Test func aRowOfARequestIsIssuedOnceWhateverDies() throws {
    let test = try TestHome()
    var source = IssueOptions()
    source.source = [UInt8](repeating: 4, count: 32)
    let session = try test.session()
    let programme = try #require(session.profiles.programme("verified-membership"))
    try session.approvals.syncRules(of: programme)
    // A run that filed its request and died.
    let orders = try (1...8).map { IssueOrder(member: try session.member($0), row: $0) }
    let assessed = try session.issuer.assess(orders, programme: programme, options: source)
    let items = assessed.enumerated().map { index, one in
      RequestItem(
        row: Int64(index + 1),
        member: one.order.member.rowID,
        contentDigest: one.contentDigest ?? [],
        disposition: .new
      )
    }
    let request = try session.approvals.fileRequest(
      RequestedAct(
        act: .issue,
        chamber: "dubai",
        programme: programme.id,
        items: items,
        needed: 1,
        source: source.source
      )
    )
    var half = IssueOutcome()
    try session.issuer.execute(request, items: Array(items.prefix(3)), into: &half) { _ in }
    #expect(half.issued.count == 3)
    // The same file again finishes it, and the third time there is nothing left.
    let rest = try session.issuer.issue(orders, programme: programme, options: source)
    #expect(rest.issued.count == 5 && rest.unchanged.count == 3)
    #expect(try session.registry.requests.find(request.seq)?.state == .done)
    #expect(try session.issuer.issue(orders, programme: programme, options: source).unchanged.count == 8)
    #expect(
      try session.registry.credentials.activeCount(chamber: "dubai", programme: programme.id, validAt: TestHome.start)
        == 8
    )
    let report = try #require(try session.reporter.writeReport([request.seq]))
    let room = session.reader
    func file(_ ending: String) -> [UInt8] {
      Array(FileManager.default.contents(atPath: report.path + ending) ?? Data())
    }
    #expect(try room.verifyReport(json: file(".json"), csv: file(".csv"), signature: file(".sig")) == "registrar")
    #expect(
      try refusal {
        _ = try room.verifyReport(json: file(".json"), csv: file(".csv") + [0x20], signature: file(".sig"))
      } == "report_changed"
    )
    #expect(
      try refusal {
        _ = try room.verifyReport(json: file(".json") + [0x20], csv: file(".csv"), signature: file(".sig"))
      } == "report_changed"
    )
  }

  @Test func anOldCopyOfTheRegisterIsNoticed() throws {
    let test = try TestHome()
    let copy = test.home.path + "/old.db"
    _ = try test.session().issuer.issue([1])
    try FileManager.default.copyItem(atPath: test.home.registryPath, toPath: copy)
    _ = try test.session().issuer.issue([2])
    try FileManager.default.removeItem(atPath: test.home.registryPath)
    try FileManager.default.moveItem(atPath: copy, toPath: test.home.registryPath)
    #expect(throws: IssuanceFailure.self) { try test.session() }
    // Also when public/ is gone: the second record remembers.
    try FileManager.default.removeItem(atPath: test.home.publicPath + "/checkpoint")
    #expect(throws: IssuanceFailure.self) { try test.session() }
  }

  @Test func aClockThatWentBackIsRefused() throws {
    let test = try TestHome()
    _ = try test.session().issuer.issue([1])
    #expect(
      throws: IssuanceFailure.clockWentBack(
        now: Instant(seconds: TestHome.start - 1).description,
        newest: Instant(seconds: TestHome.start).description
      )
    ) {
      try test.session(at: TestHome.start - 1)
    }
  }

  @Test func oneDeskAtATime() throws {
    let test = try TestHome()
    let session = try test.session()
    do {
      _ = try test.session()
      Issue.record("two at once")
    } catch IssuanceFailure.busy(let pid, _) {
      #expect(pid == "\(getpid())")
    }
    withExtendedLifetime(session) {}
  }

  @Test func quotaAndFeesAndTerritory() throws {
    let test = try TestHome()
    do {
      let session = try test.session()
      let sheet = TestHome.sheet(30...32) { number, cells in if number == 31 { cells[9] = "2025-01-01" } }
      #expect(try session.members.importMembers(Array(sheet.utf8)).faults.isEmpty)
      let outcome = try session.issuer.issue([30, 31, 32])
      #expect(
        outcome.issued.count == 2 && outcome.refused.map(\.refusal.code.rawValue) == ["fees_unpaid"]
          && outcome.refused[0].row == 31
      )
      #expect(try session.issuer.issue([1], "e-membership").refused.map(\.refusal.code.rawValue) == ["territory"])
    }
    // A quota that is nearly used up lets exactly the rest through; the profile may become stricter at any time.
    let path = test.home.profilesPath + "/verified-membership.yaml"
    let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    try text.replacingOccurrences(of: "quota: 15000", with: "quota: 4").write(
      toFile: path,
      atomically: true,
      encoding: .utf8
    )
    let outcome = try test.session().issuer.issue([1, 2, 3, 4])
    #expect(
      outcome.issued.count == 2 && outcome.refused.map(\.refusal.code.rawValue) == ["quota_reached", "quota_reached"]
    )
  }
}
