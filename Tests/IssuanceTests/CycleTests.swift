import Credentials
import Encodings
import Foundation
import Profiles
import Registry
import Testing

@testable import Issuance
import Vocabulary

/// From a member to a certificate, and to its end.
@Suite struct CycleTests {
  @Test func issuesOnceAndPublishes() throws {
    let test = try TestHome()
    do {
      let office = try test.office()
      let outcome = try office.issue([1, 2, 3])
      #expect(outcome.issued.map(\.member) == ["dubai/1", "dubai/2", "dubai/3"] && outcome.refused.isEmpty)
      let again = try office.issue([1, 2, 3])
      #expect(again.issued.isEmpty && again.unchanged.count == 3)
      #expect(try office.registry.publications.unpublished().credentials.isEmpty)
      // What is published is what is stored, and reads back as it was meant.
      let record = try #require(try office.registry.credentials.find(id: outcome.issued[0].id))
      let parts = try #require(record.parts)
      let credential = try MembershipCredential(payload: try JSONObject.parse(parts.payload))
      #expect(credential.organization.membershipNumber == "1" && credential.validUntil == outcome.issued[0].validUntil)
      #expect(credential.statusEntries.map(\.index) == [record.revocation.index, record.suspension.index])
    }
    #expect(FileManager.default.fileExists(atPath: test.home.publicPath + "/checkpoint"))
  }

  @Test func publishingTwiceChangesNothing() throws {
    let test = try TestHome()
    let id = try test.office().issue([1]).issued[0].id
    _ = try test.office().change(try CredentialID(reading: id), .suspend, reason: "investigation", note: "")
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
    try test.office().finishAndPublish(everything: false)
    #expect(try files() == before)
    // A file that got lost is made again.
    try FileManager.default.removeItem(atPath: test.home.publicPath + "/status/dubai/suspension/1")
    try test.office().finishAndPublish(everything: false)
    #expect(FileManager.default.fileExists(atPath: test.home.publicPath + "/status/dubai/suspension/1"))
  }

  @Test func aReservationThatWasCutOffIsBurnedOpenly() throws {
    let test = try TestHome()
    do {
      let office = try test.office(), member = try office.member(1)
      try office.adopt(try #require(office.profiles.programme("verified-membership")))
      _ = try office.registry.credentials.reserve(
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
    let office = try test.office()
    let size = try office.registry.log.head()?.size ?? 0
    let outcome = try office.issue([1])
    #expect(outcome.issued.count == 1)
    #expect(try office.registry.credentials.unfinished().isEmpty)
    let entries = try office.registry.log.entries(size..<(size + 1)).map { try JSONObject.parse($0)["kind"]?.string }
    #expect(entries == ["abandoned"])
  }

  @Test func aRowOfARequestIsIssuedOnceWhateverDies() throws {
    let test = try TestHome()
    var source = IssueOptions()
    source.source = [UInt8](repeating: 4, count: 32)
    let office = try test.office(), programme = try #require(office.profiles.programme("verified-membership"))
    try office.adopt(programme)
    // A run that filed its request and died.
    let orders = try (1...8).map { IssueOrder(member: try office.member($0), row: $0) }
    let items = try office.assess(orders, programme: programme, options: source).enumerated().map { index, one in
      RequestItem(
        row: Int64(index + 1),
        member: one.order.member.rowID,
        contentDigest: one.content?.digest ?? [],
        disposition: .new
      )
    }
    let request = try office.file(
      act: .issue,
      chamber: "dubai",
      programme: programme.id,
      items: items,
      keys: [:],
      needed: 1,
      reason: "",
      note: "",
      until: nil,
      lookalikes: [],
      source: source.source
    )
    var half = IssueOutcome()
    try office.carryOut(request, items: Array(items.prefix(3)), contents: [:], into: &half) { _ in }
    #expect(half.issued.count == 3)
    // The same file again finishes it, and the third time there is nothing left.
    let rest = try office.issue(orders, programme: programme, options: source)
    #expect(rest.issued.count == 5 && rest.unchanged.count == 3)
    #expect(try office.registry.requests.find(request.seq)?.state == .done)
    #expect(try office.issue(orders, programme: programme, options: source).unchanged.count == 8)
    #expect(
      try office.registry.credentials.activeCount(chamber: "dubai", programme: programme.id, validAt: TestHome.start)
        == 8
    )
    let report = try #require(try office.writeReport([request.seq]))
    let room = office.readingRoom
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
    let test = try TestHome(), copy = test.home.path + "/old.db"
    _ = try test.office().issue([1])
    try FileManager.default.copyItem(atPath: test.home.registryPath, toPath: copy)
    _ = try test.office().issue([2])
    try FileManager.default.removeItem(atPath: test.home.registryPath)
    try FileManager.default.moveItem(atPath: copy, toPath: test.home.registryPath)
    #expect(throws: IssuanceFailure.self) { try test.office() }
    // Also when public/ is gone: the second record remembers.
    try FileManager.default.removeItem(atPath: test.home.publicPath + "/checkpoint")
    #expect(throws: IssuanceFailure.self) { try test.office() }
  }

  @Test func aClockThatWentBackIsRefused() throws {
    let test = try TestHome()
    _ = try test.office().issue([1])
    #expect(
      throws: IssuanceFailure.clockWentBack(
        now: Instant(seconds: TestHome.start - 1).description,
        newest: Instant(seconds: TestHome.start).description
      )
    ) {
      try test.office(at: TestHome.start - 1)
    }
  }

  @Test func oneDeskAtATime() throws {
    let test = try TestHome()
    let office = try test.office()
    do {
      _ = try test.office()
      Issue.record("two at once")
    } catch IssuanceFailure.busy(let pid, _) {
      #expect(pid == "\(getpid())")
    }
    withExtendedLifetime(office) {}
  }

  @Test func quotaAndFeesAndTerritory() throws {
    let test = try TestHome()
    do {
      let office = try test.office()
      let sheet = TestHome.sheet(30...32) { number, cells in if number == 31 { cells[9] = "2025-01-01" } }
      #expect(try office.importMembers(Array(sheet.utf8)).faults.isEmpty)
      let outcome = try office.issue([30, 31, 32])
      #expect(
        outcome.issued.count == 2 && outcome.refused.map(\.refusal.code.rawValue) == ["fees_unpaid"]
          && outcome.refused[0].row == 31
      )
      #expect(try office.issue([1], "e-membership").refused.map(\.refusal.code.rawValue) == ["territory"])
    }
    // A quota that is nearly used up lets exactly the rest through; the profile may become stricter at any time.
    let path = test.home.profilesPath + "/verified-membership.yaml"
    let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    try text.replacingOccurrences(of: "quota: 15000", with: "quota: 4").write(
      toFile: path,
      atomically: true,
      encoding: .utf8
    )
    let outcome = try test.office().issue([1, 2, 3, 4])
    #expect(
      outcome.issued.count == 2 && outcome.refused.map(\.refusal.code.rawValue) == ["quota_reached", "quota_reached"]
    )
  }
}
