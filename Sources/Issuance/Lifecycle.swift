internal import Credentials
public import Encodings
internal import PKI
internal import Profiles
public import Registry
internal import TransparencyLog

/// What an officer may do to a certificate that exists.
public enum LifecycleAct: String, Sendable, CaseIterable {
  case suspend, reinstate, revoke

  /// State it leads to.
  var state: String { switch self { case .suspend: "suspended"; case .reinstate: "active"; case .revoke: "revoked" } }
  var event: String { switch self { case .suspend: "suspended"; case .reinstate: "reinstated"; case .revoke: "revoked" } }

  /// Closed list of reasons (words of RFC 5280 5.3.1 where they fit): the log carries the code, and prose never.
  public var reasons: [String] {
    switch self {
    case .suspend: ["fees_unpaid", "licence_lapsed", "investigation", "member_request", "binding_lost", "other"]
    case .reinstate: ["fees_paid", "licence_renewed", "cleared", "member_request", "error", "other"]
    case .revoke: ["membership_ended", "licence_withdrawn", "fraud", "key_compromise", "member_request", "superseded", "error", "other"]
    }
  }
}

extension Office {
  /// Suspends, reinstates or revokes, logs it, and publishes. Returns the state as the published lists now say.
  public func change(_ id: CredentialID, _ act: LifecycleAct, reason: String, note: String) throws -> CredentialRecord {
    guard let record = try registry.credential(id: id.description), record.parts != nil else {
      throw refuse(Refusal("credential_unknown", subject: id.description), act: act.rawValue)
    }
    guard act.reasons.contains(reason) else {
      throw Refusal("reason_unknown", subject: id.description, ["reason": reason, "known": act.reasons.joined(separator: ", ")])
    }
    let allowed: [LifecycleAct: [String]] = [.suspend: ["active"], .reinstate: ["suspended"], .revoke: ["active", "suspended"]]
    guard allowed[act]?.contains(record.state) == true else {
      throw refuse(Refusal("illegal_transition", subject: id.description, ["from": record.state, "to": act.state]), act: act.rawValue)
    }
    if act == .reinstate, let programme = profiles.programme(record.programme), programme.approvals.reinstate > 1 {
      throw refuse(Refusal("second_officer_required", subject: id.description, ["act": "reinstate", "programme": programme.id]), act: act.rawValue)
    }
    try finishInterrupted()
    try apply([(record, act)], reason: reason, note: note)
    try publish()
    guard let after = try registry.credential(id: id.description) else { throw IssuanceFailure.register("\(id) vanished") }
    return after
  }

  /// The transaction behind a change of state, for one credential or many.
  func apply(_ acts: [(CredentialRecord, LifecycleAct)], reason: String, note: String) throws {
    let chambers = Dictionary(uniqueKeysWithValues: try registry.chambers().map { ($0.slug, $0) })
    var desks: [String: SigningDesk] = [:]
    var entries: [LogEntry] = [], changes: [StateChange] = []
    let base = Int64(try logBook().range.size)
    for (record, act) in acts {
      guard let chamber = chambers[record.chamber], let parts = record.parts else { throw IssuanceFailure.register("no chamber for \(record.id)") }
      let desk = try desks[record.chamber] ?? SigningDesk(office: self, chamber: record.chamber)
      desks[record.chamber] = desk
      let handle = try CredentialHandle(salt: record.salt, token: Tokens.compact(parts), id: Text(record.id))
      let programme = Text(record.programme), why = Text(reason)
      let event: LogEntry.Event = switch act {
      case .suspend: .suspend(handle, programme: programme, reason: why)
      case .reinstate: .reinstate(handle, programme: programme, reason: why)
      case .revoke: .revoke(handle, programme: programme, reason: why)
      }
      entries.append(try LogEntry(at: now, chamber: Text(chamber.did), event: event))
      changes.append(StateChange(seq: record.seq, state: act.state, event: act.event, at: now.seconds, officer: officer, reason: reason, note: note,
                                 leaf: base + Int64(changes.count), statement: try desk.statement(id: record.id, state: act.state, at: now)))
    }
    let subject = acts.count == 1 ? acts[0].0.id : "\(acts.count) credentials"
    try logging(entries) { append in
      try registry.apply(changes, log: append, audit: try auditRow(acts[0].1.rawValue, subject, detail: ["reason": JSON(reason), "count": .integer(Int64(acts.count))]))
    }
  }
}
