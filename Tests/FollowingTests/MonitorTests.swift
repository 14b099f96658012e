import Directory
import Encodings
import Following
import Foundation
import PKI
import Testing
import TransparencyLog

@Suite struct MonitorTests {
  /// A town with ten certificates, one of them suspended and one revoked.
  private func town() throws -> Town {
    let town = try Town()
    for number in 0..<10 { try town.issue(.init(number)) }
    try town.publish()
    town.now = town.now.adding(seconds: 30)
    try town.act("suspend", town.issued[1])
    try town.act("revoke", town.issued[2])
    try town.publish()
    return town
  }

  private func run(_ town: Town, state: String? = nil, _ settings: LogMonitor.Settings = .init()) throws
    -> MonitorReport
  {
    try LogMonitor(folder: town.path, state: state, anchor: town.rootPEM, settings: settings).run(at: town.now)
  }

  private func codes(_ town: Town, _ settings: LogMonitor.Settings = .init()) throws -> Set<String> {
    Set(try run(town, state: nil, settings).findings.map(\.code))
  }

  @Test func anHonestLogGivesNoFindings() throws {
    let town = try town(), scratch = try Scratch()
    let first = try run(town, state: scratch["state"])
    #expect(first.findings.isEmpty, "\(first.findings)")
    #expect(
      first.issued == 10 && first.published == 10 && first.fresh == first.entries
        && first.entries == UInt64(town.entries.count)
    )
    #expect(first.kinds["issue"] == 10 && first.kinds["revoke"] == 1 && first.kinds["suspend"] == 1)
    // Nothing happened: that is said, too.
    let second = try run(town, state: scratch["state"])
    #expect(second.findings.isEmpty && second.fresh == 0)
    #expect(second.json.object?["events"] == 0)
    try town.issue(.init(99))
    try town.publish()
    #expect(try run(town, state: scratch["state"]).kinds == ["issue": 1])
  }

  @Test func whatIsPublishedMustBeLoggedAndTheReverse() throws {
    let secret = try town()
    try secret.issue(.init(50), logged: false)
    try secret.publish()
    #expect(try codes(secret) == ["not_in_log"])

    let hidden = try town()
    try hidden.issue(.init(51))
    try hidden.publish(records: false)
    #expect(try codes(hidden) == ["credential_not_published"])

    // Another token in the place of the one that was logged.
    let changed = try town(), other = try town().issued[3].record, third = changed.issued[3].record
    try changed.put(
      PublicRecord(
        id: third.id,
        header: other.header,
        payload: other.payload,
        signature: other.signature,
        chamber: third.chamber,
        programme: third.programme,
        registerID: third.registerID,
        names: third.names,
        validUntil: third.validUntil,
        statement: nil,
        leaf: third.leaf,
        salt: third.salt,
        replacedBy: nil,
        pageKeys: []
      )
    )
    #expect(try codes(changed) == ["credential_not_as_logged"])

    // Two certificates on one entry.
    let doubled = try town(), old = doubled.issued[4].record
    try doubled.put(
      PublicRecord(
        id: doubled.issued[5].id.description,
        header: old.header,
        payload: old.payload,
        signature: old.signature,
        chamber: old.chamber,
        programme: old.programme,
        registerID: old.registerID,
        names: old.names,
        validUntil: old.validUntil,
        statement: nil,
        leaf: old.leaf,
        salt: old.salt,
        replacedBy: nil,
        pageKeys: []
      )
    )
    #expect(try codes(doubled) == ["not_in_log", "credential_not_published"])
  }

  @Test func rulesOfTheProgramme() throws {
    func with(_ change: (inout Town.Member) -> Void) throws -> Set<String> {
      let town = try town()
      var member = Town.Member(60)
      change(&member)
      try town.issue(member)
      try town.publish()
      return try codes(town)
    }
    #expect(try with { _ in } == [])
    #expect(try with { $0.days = 401 } == ["validity_too_long"])
    #expect(try with { $0.days = 400 } == [])
    #expect(try with { $0.tier = "verified" } == ["tier_mismatch"])
    #expect(try with { $0.validFrom = -1 } == ["back_dated"])
    #expect(try with { $0.programme = "golden-membership" } == ["programme_not_allowed"])
    var settings = LogMonitor.Settings()
    settings.quotas = ["trusted-membership": 8]
    // Ten were issued; one was revoked.
    #expect(try codes(try town(), settings) == ["quota_exceeded"])
    settings.quotas = ["trusted-membership": 9]
    #expect(try codes(try town(), settings) == [])
  }

  @Test func whatTheLogMustNotHold() throws {
    let twice = try town()
    try twice.log(.issue(twice.issued[0].handle, programme: "trusted-membership"))
    try twice.publish()
    #expect(try codes(twice) == ["illegal_entry", "credential_not_published"])

    let risen = try town()
    try risen.act("reinstate", risen.issued[2])
    try risen.publish()
    #expect(try codes(risen) == ["illegal_entry", "status_differs"])

    let backwards = try town()
    backwards.now = backwards.now.adding(seconds: -3_000)
    try backwards.act("suspend", backwards.issued[6], listed: false)
    try backwards.publish()
    backwards.now = backwards.now.adding(seconds: 3_000)
    #expect(try codes(backwards) == ["entry_out_of_order"])

    let stranger = try town()
    try stranger.log(
      .issue(CredentialHandle(salt: secureRandomBytes(32), token: [1], id: "X"), programme: "trusted-membership"),
      chamber: "did:web:stranger.example"
    )
    try stranger.publish()
    #expect(try codes(stranger) == ["chamber_unknown", "credential_not_published"])

    let noise = try town()
    try noise.logRaw(Array("not an entry".utf8))
    try noise.publish()
    #expect(try codes(noise) == ["entry_malformed"])

    let future = try town()
    future.now = future.now.adding(days: 3)
    try future.act("suspend", future.issued[6])
    try future.publish()
    future.now = future.now.adding(days: -3)
    #expect(try codes(future) == ["entry_in_future"])
  }

  @Test func listsMustSayWhatTheLogSays() throws {
    // Revoked in the lists alone, and in the log alone.
    let quiet = try town()
    try quiet.act("revoke", quiet.issued[7], logged: false)
    try quiet.publish()
    #expect(try codes(quiet) == ["status_differs"])
    let idle = try town()
    try idle.act("revoke", idle.issued[7], listed: false)
    try idle.publish()
    #expect(try codes(idle) == ["status_differs"])
    // An older list, put back; one changed byte; none at all.
    let path = "status/chamber/revocation/1", old = try town(), before = try old.read(path)
    try old.act("revoke", old.issued[7])
    try old.publish()
    try old.write(path, before)
    #expect(try codes(old).contains("file_not_as_logged"))
    let gone = try town()
    try FileManager.default.removeItem(atPath: gone.path + "/" + path)
    #expect(try codes(gone).contains("list_missing"))
  }

  @Test func forksAndRollbacks() throws {
    let town = try town(), scratch = try Scratch(), state = scratch["state"]
    _ = try run(town, state: state)
    let size = town.entries.count, note = town.checkpoints.last ?? [], kept = try Data(contentsOf: URL(filePath: state))
    try town.issue(.init(70))
    try town.publish()
    _ = try run(town, state: state)
    let newest = try Data(contentsOf: URL(filePath: state))
    try town.write("checkpoint", note)
    #expect(try run(town, state: state).findings.map(\.code) == ["log_rollback"])
    try town.restore(to: size)
    try town.issue(.init(71))
    try town.publish()
    #expect(try run(town, state: state).findings.map(\.code) == ["log_fork"])
    for number in 80..<90 { try town.issue(.init(number)) }
    try town.publish()
    let longer = try run(town, state: state).findings.map(\.code)
    #expect(longer == ["log_inconsistent"] || longer == ["log_invalid"])
    // What was believed stays what it was; who has an older memory sees nothing wrong with the new branch.
    #expect(try Data(contentsOf: URL(filePath: state)) == newest)
    try kept.write(to: URL(filePath: state))
    #expect(try !run(town, state: state).findings.map(\.code).contains("log_inconsistent"))
  }

  @Test func everyByteOfTheTilesIsHeldAgainstTheRoot() throws {
    let town = try town(), width = town.entries.count % 256
    for path in ["tile/entries/000.p/\(width)", "tile/0/000.p/\(width)"] {
      let good = try town.read(path)
      for place in stride(from: 0, to: good.count, by: 97) {
        var bad = good
        bad[place] ^= 1
        try town.write(path, bad)
        #expect(try !run(town).findings.isEmpty, "\(path), byte \(place)")
      }
      try town.write(path, good)
    }
    #expect(try run(town).findings.isEmpty)
  }

  @Test func watchedNames() throws {
    let town = try town(), scratch = try Scratch()
    var settings = LogMonitor.Settings()
    settings.watch = ["Desert Rose Trading LLC"]
    _ = try run(town, state: scratch["state"], settings)
    let planted = [
      "Desert Rose Trading LLC", "Desert R\u{043E}se Trading LLC", "DESERT ROSE TRADING LLC",
      "Desert  Rose Tradıng LLC", "De\u{200D}sert Rose Trading LLC",
      "Desert Rose Trading LLC Dubai", "DesertRose Trading LLC", "Désert Rose Trading LLC",
    ]
    for (number, name) in planted.enumerated() {
      var member = Town.Member(200 + number)
      member.name = name
      try town.issue(member)
    }
    var plain = Town.Member(300)
    plain.name = "Desert Roast Coffee LLC"
    try town.issue(plain)
    try town.publish()
    let found = try run(town, state: scratch["state"], settings).findings
    #expect(found.count == planted.count, "\(found.map(\.detail))")
    #expect(
      found.filter { $0.code == "watched_name" }.count == 1
        && found.filter { $0.code == "lookalike_name" }.count == planted.count - 1
    )
    // Told once; and not about its own.
    #expect(try run(town, state: scratch["state"], settings).findings.isEmpty)
    settings.known = [town.issued[10].id.description]
    #expect(try run(town, state: nil, settings).findings.count == planted.count - 1)
    // A name that is not shown as it is written cannot even be read.
    var turned = Town.Member(400)
    turned.name = "Desert Rose\u{202E} Trading LLC"
    try town.issue(turned)
    try town.publish()
    #expect(try run(town, state: scratch["state"], settings).findings.map(\.code) == ["credential_malformed"])
  }

  @Test func whatCannotBeReadIsNoFinding() throws {
    let town = try town(), scratch = try Scratch()
    // The state of a run that another process holds.
    let monitor = LogMonitor(folder: town.path, state: scratch["missing-folder/state"], anchor: town.rootPEM)
    do {
      _ = try monitor.run(at: town.now); Issue.record("it ran without a state")
    } catch {
      #expect(error.isFailure)
    }
    try FileManager.default.removeItem(atPath: town.path + "/directory.sqlite")
    do { _ = try run(town); Issue.record("it found nothing where nothing could be read") } catch let error
      as FollowFailure
    { #expect(error.isFailure) }
  }
}
