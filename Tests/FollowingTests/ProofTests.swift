import Encodings
@testable import Following
import Foundation
import PKI
import Testing
import TransparencyLog

@Suite struct ProofTests {
  @Test func everyCredentialHasAProof() throws {
    let town = try Town()
    for number in 0..<300 { try town.issue(.init(number)) }
    try town.publish()
    let log = PublishedLog(folder: town.path, anchor: town.rootPEM), policy = try town.trust.policy
    for one in town.issued {
      let proof = try log.proof(of: one.id)
      let file = try LogProof.parse(proof.bytes)
      let logged = try file.verify(token: one.token, id: Text(one.id.description), policy: policy)
      #expect(Int64(logged.logged.index) == one.leaf)
    }
    // The same from the files alone.
    let record = try #require(try log.record(id: town.issued[7].id))
    let direct = try LogProofs.proof(for: record, in: .folder(town.path), trust: try town.trust)
    #expect(direct == (try log.proof(of: town.issued[7].id)))
  }

  @Test func aRecordThatTheLogDoesNotCoverHasNone() throws {
    let town = try Town()
    let one = try town.issue(), other = try town.issue(.init(2)), secret = try town.issue(.init(3), logged: false)
    try town.publish()
    let log = PublishedLog(folder: town.path, anchor: town.rootPEM)
    #expect(throws: FollowFailure.recordWrong(id: secret.id.description, why: "no entry of the log is named")) {
      try log.proof(of: secret.id)
    }
    let unknown = CredentialID(random: Array(repeating: 9, count: 10))
    #expect(throws: FollowFailure.credentialUnknown(id: unknown.description)) { try log.proof(of: unknown) }
    // The leaf of another certificate.
    one.leaf = other.leaf
    try town.act("suspend", one)
    try town.publish()
    #expect(
      throws: FollowFailure.recordWrong(
        id: one.id.description,
        why: "entry \(other.leaf ?? -1) is about another certificate"
      )
    ) { try log.proof(of: one.id) }
  }

  @Test func historyAnswersForAnyMoment() throws {
    let town = try Town()
    for number in 0..<600 { try town.issue(.init(number)) }
    let one = town.issued[321]
    try town.publish()
    let acts: [(after: Int64, act: String, word: String)] = [
      (100, "suspend", "suspended"), (200, "reinstate", "active"), (300, "suspend", "suspended"),
      (400, "revoke", "revoked"),
    ]
    for step in acts {
      town.now = Town.start.adding(seconds: step.after)
      try town.act(step.act, one)
      try town.act("suspend", town.issued[Int(step.after)])
      try town.publish()
    }
    let log = PublishedLog(folder: town.path, anchor: town.rootPEM), history = try log.history(of: one.id)
    #expect(history.acts.map(\.entry.kind) == [.issue, .suspend, .reinstate, .suspend, .revoke])
    #expect(try history.state(at: Town.start.adding(seconds: -1)) == nil)
    #expect(try history.json(at: Town.start.adding(seconds: -1))["state"] == "not_issued")
    for second in stride(from: Int64(0), through: 500, by: 25) {
      let expected = acts.last { $0.after <= second }?.word ?? "active"
      let answer = try history.json(at: Town.start.adding(seconds: second))
      #expect(answer["state"] == JSON(expected), "at \(second)")
    }
    #expect(try history.state(at: Town.start.adding(seconds: 99)) == .inForce)
    #expect(try history.status(at: Town.start.adding(days: 301)) == "revoked")
    let unhurt = try log.history(of: town.issued[0].id)
    #expect(
      try unhurt.status(at: Town.start.adding(days: 300)) == "active"
        && unhurt.status(at: Town.start.adding(days: 301)) == "expired"
    )
    #expect(try unhurt.json(at: Town.start)["issuer"]?.object?["status"] == "granted")
    #expect(try log.history(of: town.issued[0].id).acts.count == 1)
  }

  @Test func aShownLogOnlyGrows() throws {
    let town = try Town()
    try town.issue()
    try town.publish()
    let log = PublishedLog(folder: town.path, anchor: town.rootPEM)
    let before = try log.checkpoint()
    try town.issue(.init(2))
    try town.publish()
    #expect(try log.checkpoint().size > before.size)
    // Restored from an old copy, and another entry in the place of the one that was shown.
    try town.restore(to: Int(before.size))
    try town.issue(.init(3))
    try town.publish()
    do {
      _ = try log.checkpoint()
      Issue.record("a forked log was believed")
    } catch { #expect(!error.isFailure && (error.code == "log_fork" || error.code == "log_inconsistent"), "\(error)") }
    try town.write("checkpoint", before.note)
    #expect(throws: FollowFailure.self) { try log.checkpoint() }
  }

  @Test func nothingIsBelievedWithoutTheAnchor() throws {
    let town = try Town(), other = try Town()
    try town.issue()
    try town.publish()
    let log = PublishedLog(folder: town.path, anchor: other.rootPEM)
    do {
      _ = try log.checkpoint(); Issue.record("another root was accepted")
    } catch {
      #expect(error.code == "trust_list")
    }
  }

  @Test func refIsFoundInEveryKindOfEntry() throws {
    let salt = [UInt8](repeating: 3, count: 32), handle = try CredentialHandle(salt: salt, token: [1], id: "X")
    let at = Town.start, chamber: Text = "did:web:a.example"
    for event: LogEntry.Event in [
      .issue(handle, programme: "p"), .suspend(handle, programme: "p", reason: "r"),
      .reinstate(handle, programme: "p", reason: "r"), .revoke(handle, programme: "p", reason: "ref"),
      .supersede(handle, programme: "p", successor: [UInt8](repeating: 1, count: 32)),
      .abandoned(ref: handle.ref, programme: "p"),
      .binding(handle, programme: "p", statement: [UInt8](repeating: 2, count: 32)),
    ] {
      let entry = try LogEntry(at: at, chamber: chamber, event: event)
      #expect(LogIndex.ref(in: entry.bytes) == handle.ref)
    }
    #expect(
      LogIndex.ref(in: try LogEntry(at: at, chamber: chamber, event: .trustList(sequence: 1, digest: handle.ref)).bytes)
        == nil
    )
    #expect(LogIndex.ref(in: []) == nil)
    #expect(LogIndex.ref(in: Array("\"ref\":\"short\"".utf8)) == nil)
  }
}
