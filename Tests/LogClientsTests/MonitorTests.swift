import Encodings
import Fixtures
import Foundation
import LogClients
import PKI
import Testing
import TransparencyLog

/// A monitor finds what a log must not do.
@Suite struct MonitorTests {
  /// A authority with ten certificates, one of them suspended and one revoked.
  private func authority() throws -> TestPublisher {
    let authority = try TestPublisher()
    for number in 0..<10 { try authority.issue(.init(number)) }
    try authority.publish()
    authority.now = authority.now.adding(seconds: 30)
    try authority.act("suspend", authority.issued[1])
    try authority.act("revoke", authority.issued[2])
    try authority.publish()
    return authority
  }

  private func run(_ authority: TestPublisher, state: String? = nil, _ settings: LogMonitor.Settings = .init())
    throws
    -> MonitorReport
  {
    try LogMonitor(folder: authority.path, state: state, anchor: authority.rootPEM, settings: settings).run(
      at: authority.now
    )
  }

  private func codes(_ authority: TestPublisher, _ settings: LogMonitor.Settings = .init()) throws -> Set<String> {
    Set(try run(authority, state: nil, settings).findings.map(\.code))
  }

  @Test func anHonestLogGivesNoFindings() throws {
    let authority = try authority()
    let scratch = try Scratch()
    let first = try run(authority, state: scratch["state"])
    #expect(first.findings.isEmpty, "\(first.findings)")
    #expect(
      first.issued == 10 && first.published == 10 && first.fresh == first.entries
        && first.entries == UInt64(authority.entries.count)
    )
    #expect(first.kinds["issue"] == 10 && first.kinds["revoke"] == 1 && first.kinds["suspend"] == 1)
    // Nothing happened: that is said, too.
    let second = try run(authority, state: scratch["state"])
    #expect(second.findings.isEmpty && second.fresh == 0)
    #expect(second.json.object?["events"] == 0)
    try authority.issue(.init(99))
    try authority.publish()
    #expect(try run(authority, state: scratch["state"]).kinds == ["issue": 1])
  }

  @Test func whatIsPublishedMustBeLoggedAndTheReverse() throws {
    let secret = try authority()
    try secret.issue(.init(50), logged: false)
    try secret.publish()
    #expect(try codes(secret) == ["not_in_log"])

    let hidden = try authority()
    try hidden.issue(.init(51), listed: false)
    try hidden.publish()
    #expect(try codes(hidden) == ["credential_not_published"])

    // Another token in the place of the one that was logged.
    let changed = try authority()
    let other = try authority().issued[3]
    let third = changed.issued[3]
    try changed.put(third, token: other.token, leaf: third.leaf)
    #expect(try codes(changed) == ["credential_not_as_logged"])

    // Two certificates on one entry.
    let doubled = try authority()
    let old = doubled.issued[4]
    try doubled.put(doubled.issued[5], token: old.token, leaf: old.leaf, salt: old.salt)
    #expect(try codes(doubled) == ["not_in_log", "credential_not_published"])
  }

  @Test func rulesOfTheProgramme() throws {
    func with(_ change: (inout TestAuthority.Member) -> Void) throws -> Set<String> {
      let authority = try authority()
      var member = TestAuthority.Member(60)
      change(&member)
      try authority.issue(member)
      try authority.publish()
      return try codes(authority)
    }
    #expect(try with { _ in } == [])
    #expect(try with { $0.validUntil = 401 } == ["validity_too_long"])
    #expect(try with { $0.validUntil = 400 } == [])
    #expect(try with { $0.tier = "verified" } == ["tier_mismatch"])
    #expect(try with { $0.validFrom = -1 } == ["back_dated"])
    #expect(try with { $0.programme = "golden-membership" } == ["programme_not_allowed"])
    var settings = LogMonitor.Settings()
    settings.quotas = ["trusted-membership": 8]
    // Ten were issued; one was revoked.
    #expect(try codes(try authority(), settings) == ["quota_exceeded"])
    settings.quotas = ["trusted-membership": 9]
    #expect(try codes(try authority(), settings) == [])
  }

  @Test func whatTheLogMustNotHold() throws {
    let twice = try authority()
    try twice.log(.issue(twice.issued[0].handle, programme: "trusted-membership"))
    try twice.publish()
    #expect(try codes(twice) == ["illegal_entry", "credential_not_published"])

    let risen = try authority()
    try risen.act("reinstate", risen.issued[2])
    try risen.publish()
    #expect(try codes(risen) == ["illegal_entry", "status_differs"])

    let backwards = try authority()
    backwards.now = backwards.now.adding(seconds: -3_000)
    try backwards.act("suspend", backwards.issued[6], listed: false)
    try backwards.publish()
    backwards.now = backwards.now.adding(seconds: 3_000)
    #expect(try codes(backwards) == ["entry_out_of_order"])

    let stranger = try authority()
    try stranger.log(
      .issue(CredentialHandle(salt: secureRandomBytes(32), token: [1], id: "X"), programme: "trusted-membership"),
      chamber: "did:web:stranger.example"
    )
    try stranger.publish()
    #expect(try codes(stranger) == ["chamber_unknown", "credential_not_published"])

    let noise = try authority()
    try noise.log(raw: Array("not an entry".utf8))
    try noise.publish()
    #expect(try codes(noise) == ["entry_malformed"])

    let future = try authority()
    future.now = future.now.adding(days: 3)
    try future.act("suspend", future.issued[6])
    try future.publish()
    future.now = future.now.adding(days: -3)
    #expect(try codes(future) == ["entry_in_future"])
  }

  @Test func listsMustSayWhatTheLogSays() throws {
    // Revoked in the lists alone, and in the log alone.
    let quiet = try authority()
    try quiet.act("revoke", quiet.issued[7], logged: false)
    try quiet.publish()
    #expect(try codes(quiet) == ["status_differs"])
    let idle = try authority()
    try idle.act("revoke", idle.issued[7], listed: false)
    try idle.publish()
    #expect(try codes(idle) == ["status_differs"])
    // An older list, put back; one changed byte; none at all.
    let path = "status/chamber/revocation/1"
    let old = try authority()
    let before = try old.read(path)
    try old.act("revoke", old.issued[7])
    try old.publish()
    try old.write(path, before)
    #expect(try codes(old).contains("file_not_as_logged"))
    let gone = try authority()
    try FileManager.default.removeItem(atPath: gone.path + "/" + path)
    #expect(try codes(gone).contains("list_missing"))
  }

  @Test func forksAndRollbacks() throws {
    let authority = try authority()
    let scratch = try Scratch()
    let state = scratch["state"]
    _ = try run(authority, state: state)
    let size = authority.entries.count
    let note = authority.checkpoints.last ?? []
    let kept = try Data(contentsOf: URL(filePath: state))
    try authority.issue(.init(70))
    try authority.publish()
    _ = try run(authority, state: state)
    let newest = try Data(contentsOf: URL(filePath: state))
    try authority.write("checkpoint", note)
    #expect(try run(authority, state: state).findings.map(\.code) == ["log_rollback"])
    try authority.restore(to: size)
    try authority.issue(.init(71))
    try authority.publish()
    #expect(try run(authority, state: state).findings.map(\.code) == ["log_fork"])
    for number in 80..<90 { try authority.issue(.init(number)) }
    try authority.publish()
    let longer = try run(authority, state: state).findings.map(\.code)
    #expect(longer == ["log_inconsistent"] || longer == ["log_invalid"])
    // What was believed stays what it was; who has an older memory sees nothing wrong with the new branch.
    #expect(try Data(contentsOf: URL(filePath: state)) == newest)
    try kept.write(to: URL(filePath: state))
    #expect(try !run(authority, state: state).findings.map(\.code).contains("log_inconsistent"))
  }

  @Test func everyByteOfTheTilesIsHeldAgainstTheRoot() throws {
    let authority = try authority()
    let width = authority.entries.count % 256
    for path in ["tile/entries/000.p/\(width)", "tile/0/000.p/\(width)"] {
      let good = try authority.read(path)
      for place in stride(from: 0, to: good.count, by: 97) {
        var bad = good
        bad[place] ^= 1
        try authority.write(path, bad)
        #expect(try !run(authority).findings.isEmpty, "\(path), byte \(place)")
      }
      try authority.write(path, good)
    }
    #expect(try run(authority).findings.isEmpty)
  }

  @Test func watchedNames() throws {
    let authority = try authority()
    let scratch = try Scratch()
    var settings = LogMonitor.Settings()
    settings.watch = ["Desert Rose Trading LLC"]
    _ = try run(authority, state: scratch["state"], settings)
    let planted = [
      "Desert Rose Trading LLC", "Desert R\u{043E}se Trading LLC", "DESERT ROSE TRADING LLC",
      "Desert  Rose Tradıng LLC", "De\u{200D}sert Rose Trading LLC",
      "Desert Rose Trading LLC Dubai", "DesertRose Trading LLC", "Désert Rose Trading LLC",
    ]
    for (number, name) in planted.enumerated() {
      var member = TestAuthority.Member(200 + number)
      member.names[0].text = name
      try authority.issue(member)
    }
    var plain = TestAuthority.Member(300)
    plain.names[0].text = "Desert Roast Coffee LLC"
    try authority.issue(plain)
    try authority.publish()
    let found = try run(authority, state: scratch["state"], settings).findings
    #expect(found.count == planted.count, "\(found.map(\.detail))")
    #expect(
      found.filter { $0.code == "watched_name" }.count == 1
        && found.filter { $0.code == "lookalike_name" }.count == planted.count - 1
    )
    // Told once; and not about its own.
    #expect(try run(authority, state: scratch["state"], settings).findings.isEmpty)
    settings.known = [authority.issued[10].id.description]
    #expect(try run(authority, state: nil, settings).findings.count == planted.count - 1)
    // A name that is not shown as it is written cannot even be read.
    var turned = TestAuthority.Member(400)
    turned.names[0].text = "Desert Rose\u{202E} Trading LLC"
    try authority.issue(turned)
    try authority.publish()
    #expect(try run(authority, state: scratch["state"], settings).findings.map(\.code) == ["credential_malformed"])
  }

  @Test func whatCannotBeReadIsNoFinding() throws {
    let authority = try authority()
    let scratch = try Scratch()
    // The state of a run that another process holds.
    let monitor = LogMonitor(folder: authority.path, state: scratch["missing-folder/state"], anchor: authority.rootPEM)
    do {
      _ = try monitor.run(at: authority.now)
      Issue.record("it ran without a state")
    } catch {
      #expect(error.isFailure)
    }
    try FileManager.default.removeItem(atPath: authority.path + "/directory.sqlite")
    do {
      _ = try run(authority)
      Issue.record("it found nothing where nothing could be read")
    } catch let error
      as FollowFailure
    { #expect(error.isFailure) }
  }
}
