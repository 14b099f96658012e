import Encodings
import Fixtures
import Foundation
import PKI
import Testing
import TransparencyLog

@testable import LogClients

/// Proofs of an issue, and of the state on a day.
@Suite struct ProofTests {
  @Test func everyCredentialHasAProof() throws {
    let authority = try TestPublisher()
    for number in 0..<300 { try authority.issue(.init(number)) }
    try authority.publish()
    let log = PublishedLog(folder: authority.path, anchor: authority.rootPEM)
    let policy = try authority.trust.policy
    for one in authority.issued {
      let proof = try log.proof(of: one.id)
      let file = try LogProof.parse(proof.bytes)
      let logged = try file.verify(token: one.token, id: Text(one.id.description), policy: policy)
      #expect(Int64(logged.logged.index) == one.leaf)
    }
    // The same from the files alone.
    let record = try #require(try log.record(id: authority.issued[7].id))
    let direct = try LogProofs.proof(for: record, in: .folder(authority.path), trust: try authority.trust)
    #expect(direct == (try log.proof(of: authority.issued[7].id)))
  }

  @Test func aRecordThatTheLogDoesNotCoverHasNone() throws {
    let authority = try TestPublisher()
    let one = try authority.issue()
    let other = try authority.issue(.init(2))
    let secret = try authority.issue(.init(3), logged: false)
    try authority.publish()
    let log = PublishedLog(folder: authority.path, anchor: authority.rootPEM)
    #expect(throws: FollowFailure.recordWrong(id: secret.id.description, why: "no entry of the log is named")) {
      try log.proof(of: secret.id)
    }
    let unknown = CredentialID(random: Array(repeating: 9, count: 10))
    #expect(throws: FollowFailure.credentialUnknown(id: unknown.description)) { try log.proof(of: unknown) }
    // The leaf of another certificate.
    try authority.put(one, leaf: other.leaf)
    #expect(
      throws: FollowFailure.recordWrong(
        id: one.id.description,
        why: "entry \(other.leaf ?? -1) is about another certificate"
      )
    ) { try log.proof(of: one.id) }
  }

  @Test func historyAnswersForAnyMoment() throws {
    let authority = try TestPublisher()
    for number in 0..<600 { try authority.issue(.init(number)) }
    let one = authority.issued[321]
    try authority.publish()
    let acts: [(after: Int64, act: String, word: String)] = [
      (100, "suspend", "suspended"), (200, "reinstate", "active"), (300, "suspend", "suspended"),
      (400, "revoke", "revoked"),
    ]
    for step in acts {
      authority.now = start.adding(seconds: step.after)
      try authority.act(step.act, one)
      try authority.act("suspend", authority.issued[Int(step.after)])
      try authority.publish()
    }
    let log = PublishedLog(folder: authority.path, anchor: authority.rootPEM)
    let history = try log.history(of: one.id)
    #expect(history.acts.map(\.entry.kind) == [.issue, .suspend, .reinstate, .suspend, .revoke])
    #expect(try history.state(at: start.adding(seconds: -1)) == nil)
    #expect(try history.json(at: start.adding(seconds: -1))["state"] == "not_issued")
    for second in stride(from: Int64(0), through: 500, by: 25) {
      let expected = acts.last { $0.after <= second }?.word ?? "active"
      let answer = try history.json(at: start.adding(seconds: second))
      #expect(answer["state"] == JSON(expected), "at \(second)")
    }
    #expect(try history.state(at: start.adding(seconds: 99)) == .inForce)
    #expect(try history.status(at: start.adding(days: 301)) == "revoked")
    let unhurt = try log.history(of: authority.issued[0].id)
    #expect(
      try unhurt.status(at: start.adding(days: 300)) == "active"
        && unhurt.status(at: start.adding(days: 301)) == "expired"
    )
    #expect(try unhurt.json(at: start)["issuer"]?.object?["status"] == "granted")
    #expect(try log.history(of: authority.issued[0].id).acts.count == 1)
  }

  @Test func aShownLogOnlyGrows() throws {
    let authority = try TestPublisher()
    try authority.issue()
    try authority.publish()
    let log = PublishedLog(folder: authority.path, anchor: authority.rootPEM)
    let before = try log.checkpoint()
    try authority.issue(.init(2))
    try authority.publish()
    #expect(try log.checkpoint().size > before.size)
    // Restored from an old copy, and another entry in the place of the one that was shown.
    try authority.restore(to: Int(before.size))
    try authority.issue(.init(3))
    try authority.publish()
    do {
      _ = try log.checkpoint()
      Issue.record("a forked log was believed")
    } catch { #expect(!error.isFailure && (error.code == "log_fork" || error.code == "log_inconsistent"), "\(error)") }
    try authority.write("checkpoint", before.note)
    #expect(throws: FollowFailure.self) { try log.checkpoint() }
  }

  @Test func nothingIsBelievedWithoutTheAnchor() throws {
    let authority = try TestPublisher()
    let other = try TestPublisher()
    try authority.issue()
    try authority.publish()
    let log = PublishedLog(folder: authority.path, anchor: other.rootPEM)
    do {
      _ = try log.checkpoint()
      Issue.record("another root was accepted")
    } catch {
      #expect(error.code == "trust_list")
    }
  }

  @Test func refIsFoundInEveryKindOfEntry() throws {
    let salt = [UInt8](repeating: 3, count: 32)
    let handle = try CredentialHandle(salt: salt, token: [1], id: "X")
    let at = start
    let chamber: Text = "did:web:a.example"
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
