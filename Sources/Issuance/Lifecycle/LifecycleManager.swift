internal import Credentials
package import Encodings
internal import Profiles
package import Registry
internal import TransparencyLog
package import Vocabulary

/// What became of certificates that were to be suspended, reinstated or revoked.
package struct ChangeOutcome: Sendable {
  /// Numbers of the certificates that are changed and published.
  package var changed: [String] = []
  package var refused: [(id: String, refusal: ActRejection)] = []
  package var requests: [Int64] = []
  package var waiting: [(request: Int64, refusal: ActRejection)] = []
}

/// Suspends, reinstates and revokes certificates, and ends what ran out or was never finished.
package struct LifecycleManager: Service {
  let session: AuthoritySession

  /// Suspends, reinstates or revokes one certificate, logs it, and publishes. Returns its state as the published lists
  /// now say. Where two officers are needed a request is filed, and the refusal names it.
  package func change(_ id: CredentialID, _ act: LifecycleAct, reason: String, note: String) throws -> CredentialRecord
  {
    guard let record = try registry.credentials.find(id: id.description), record.parts != nil else {
      throw session.recordRejection(ActRejection(.credentialUnknown, subject: id.description), act: act.auditAction)
    }
    let outcome = try change([record], act, reason: reason, note: note, source: nil)
    if let refused = outcome.refused.first { throw refused.refusal }
    if let waiting = outcome.waiting.first { throw waiting.refusal }
    guard let after = try registry.credentials.find(id: id.description) else {
      throw IssuanceFailure.register("\(id) vanished")
    }
    return after
  }

  /// The same for many: by chamber and programme, each share a request whose rows are carried out once each.
  package func change(
    _ records: [CredentialRecord],
    _ act: LifecycleAct,
    reason: String,
    note: String,
    source: [UInt8]?,
    progress: (Int) -> Void = { _ in }
  ) throws -> ChangeOutcome {
    guard act.reasons.contains(where: { $0.rawValue == reason }) else {
      throw ActRejection(
        .reasonUnknown(reason, act: act),
        subject: records.count == 1 ? records[0].id : "\(records.count) certificates"
      )
    }
    for chamber in Set(records.map(\.chamber)).sorted() {
      let one = records.first { $0.chamber == chamber }
      try session.require(
        .clerk,
        chamber: chamber,
        act: act.auditAction,
        subject: records.count == 1 ? records[0].id : "\(records.count) certificates",
        programme: one?.programme ?? ""
      )
    }
    try abandonInterruptedReservations()
    var outcome = ChangeOutcome()
    if let source {
      for open in try registry.requests.open(source: source) where open.act == act.request {
        guard try open.needed == 1 || registry.requests.approvalCount(open.seq) >= open.needed else { continue }
        try execute(
          open,
          act,
          items: try registry.requests.items(of: open.seq, waiting: true),
          into: &outcome,
          progress: progress
        )
      }
    }
    let finished = Set(outcome.changed)
    var accepted: [CredentialRecord] = []
    for record in records where !finished.contains(record.id) {
      if act.from.contains(record.state) {
        accepted.append(record)
        continue
      }
      if record.state == act.state && records.count > 1 { continue }  // a file run twice changes nothing twice
      outcome.refused.append(
        (record.id, ActRejection(.illegalTransition(from: record.state, act: act), subject: record.id))
      )
    }
    if let first = outcome.refused.first {
      _ = session.recordRejection(
        first.refusal.concerning(outcome.refused.count == 1 ? first.id : "\(outcome.refused.count) certificates"),
        act: act.auditAction
      )
    }
    let groups = Dictionary(grouping: accepted) { ChamberProgramme(chamber: $0.chamber, programme: $0.programme) }
    for (place, group) in groups.sorted(by: { $0.key < $1.key }) {
      let share = Share(
        records: group,
        act: act,
        chamber: place.chamber,
        programme: place.programme,
        reason: reason,
        note: note,
        source: source
      )
      try change(share, into: &outcome, progress: progress)
    }
    try session.publisher.publish()
    return outcome
  }

  /// Only asks; somebody carries it out later.
  package func requestChange(_ id: CredentialID, _ act: LifecycleAct, reason: String, note: String) throws
    -> RequestView
  {
    guard let record = try registry.credentials.find(id: id.description), record.parts != nil else {
      throw session.recordRejection(ActRejection(.credentialUnknown, subject: id.description), act: act.auditAction)
    }
    guard act.reasons.contains(where: { $0.rawValue == reason }) else {
      throw ActRejection(.reasonUnknown(reason, act: act), subject: record.id)
    }
    try session.require(
      .clerk,
      chamber: record.chamber,
      act: act.auditAction,
      subject: record.id,
      programme: record.programme
    )
    guard act.from.contains(record.state) else {
      throw session.recordRejection(
        ActRejection(.illegalTransition(from: record.state, act: act), subject: record.id),
        act: act.auditAction
      )
    }
    guard let programme = profiles.programme(record.programme) else {
      throw IssuanceFailure.profile("the profile of \(record.programme) is gone")
    }
    try session.approvals.syncRules(of: programme)
    let request = try session.approvals.fileRequest(
      RequestedAct(
        act: act.request,
        chamber: record.chamber,
        programme: record.programme,
        items: [Self.item(record, row: 1, act, reason: reason)],
        memberKeys: [record.member: record.memberKey],
        needed: act == .reinstate ? programme.approvals.reinstate : 1,
        reason: reason,
        note: note
      )
    )
    return try session.reader.request(request.seq)
  }

  private static func item(_ record: CredentialRecord, row: Int, _ act: LifecycleAct, reason: String) -> RequestItem {
    RequestItem(
      row: Int64(row),
      member: record.member,
      credential: record.seq,
      contentDigest: IssueContent.digest(of: act.request, credential: record.id),
      disposition: act.disposition,
      reason: reason
    )
  }

  /// What an act on certificates of one chamber and programme is about.
  private struct Share {
    let records: [CredentialRecord]
    let act: LifecycleAct
    let chamber: String, programme: String
    let reason: String, note: String
    let source: [UInt8]?
  }

  /// Officers that must agree: more than one where the programme says so, or where more is changed in a day than its
  /// limit.
  private func approvalsNeeded(for share: Share) throws -> Int {
    guard let programme = profiles.programme(share.programme) else { return 1 }
    try session.approvals.syncRules(of: programme)
    let limit: Int
    switch share.act {
    case .reinstate: return programme.approvals.reinstate
    case .suspend: limit = programme.brakes.suspend
    case .revoke: limit = programme.brakes.revoke
    }
    let today = try registry.credentials.eventsInLast24Hours(
      chamber: share.chamber,
      programme: share.programme,
      event: share.act.event,
      at: now.seconds
    )
    return today + share.records.count > limit ? 2 : 1
  }

  private func change(_ share: Share, into outcome: inout ChangeOutcome, progress: (Int) -> Void) throws {
    let needed = try approvalsNeeded(for: share)
    let records = share.records
    let act = share.act
    if needed == 1 && records.count == 1 && share.source == nil {
      try apply([(records[0], nil)], act, request: nil, reason: share.reason, note: share.note)
      outcome.changed.append(records[0].id)
      return
    }
    let items = records.enumerated().map { Self.item($1, row: $0 + 1, act, reason: share.reason) }
    let request = try session.approvals.fileRequest(
      RequestedAct(
        act: act.request,
        chamber: share.chamber,
        programme: share.programme,
        items: items,
        memberKeys: Dictionary(records.map { ($0.member, $0.memberKey) }, uniquingKeysWith: { first, _ in first }),
        needed: needed,
        reason: share.reason,
        note: share.note,
        source: share.source
      )
    )
    do {
      try session.approvals.requireAgreement(request, needed: needed)
    } catch let refusal as ActRejection {
      outcome.requests.append(request.seq)
      outcome.waiting.append((request.seq, refusal))
      return
    }
    try execute(request, act, items: items, into: &outcome, progress: progress)
  }

  /// Carries out a request to change certificates, from the first row that waits.
  func execute(
    _ request: RequestRecord,
    _ act: LifecycleAct,
    items: [RequestItem],
    into outcome: inout ChangeOutcome,
    progress: (Int) -> Void
  ) throws {
    outcome.requests.append(request.seq)
    let rule = try registry.requests.rule(of: request.programme)
    try session.approvals.requireAgreement(
      request,
      needed: max(request.needed, act == .reinstate ? rule?.reinstateApprovals ?? 2 : 1)
    )
    var start = 0
    while start < items.count {
      let batch = items[start..<min(start + SigningPipeline.batchSize, items.count)]
      start += batch.count
      var acts: [(CredentialRecord, Int64?)] = []
      var gone: [ItemOutcome] = []
      for item in batch {
        guard let seq = item.credential, let record = try registry.credentials.find(seq: seq),
          item.contentDigest == IssueContent.digest(of: act.request, credential: record.id)
        else {
          throw IssuanceFailure.registryTampered(table: "request_item", row: "\(request.seq)/\(item.row)")
        }
        if act.from.contains(record.state) {
          acts.append((record, item.row))
          continue
        }
        gone.append(ItemOutcome(request: request.seq, row: item.row, refusal: "illegal_transition"))
        outcome.refused.append(
          (
            record.id,
            ActRejection(.illegalTransition(from: record.state, act: act), subject: record.id)
          )
        )
      }
      if !gone.isEmpty {
        let detail: JSON = ["request": .integer(request.seq), "code": "illegal_transition"]
        try session.record(.init(act.auditAction, on: "\(gone.count) rows", detail: detail, outcome: .refused)) {
          try registry.requests.recordOutcomes(gone, at: now.seconds, audit: $0)
        }
      }
      if !acts.isEmpty { try apply(acts, act, request: request.seq, reason: request.reason, note: request.note) }
      outcome.changed += acts.map(\.0.id)
      progress(outcome.changed.count)
    }
  }

  /// The transaction behind a change of state, for one credential or many.
  private func apply(
    _ acts: [(CredentialRecord, Int64?)],
    _ act: LifecycleAct,
    request: Int64?,
    reason: String,
    note: String
  ) throws {
    let chambers = Dictionary(uniqueKeysWithValues: try registry.keys.chambers().map { ($0.slug, $0) })
    var signers: [String: CredentialSigner] = [:]
    var entries: [LogEntry] = []
    var changes: [StateChange] = []
    for (record, row) in acts {
      guard let chamber = chambers[record.chamber], let parts = record.parts else {
        throw IssuanceFailure.register("no chamber for \(record.id)")
      }
      let signer = try signers[record.chamber] ?? CredentialSigner(session: session, chamber: record.chamber)
      signers[record.chamber] = signer
      let handle = try CredentialHandle(salt: record.salt, token: parts.compact, id: Text(record.id))
      let programme = Text(record.programme)
      let why = Text(reason)
      let event: LogEntry.Event =
        switch act {
        case .suspend: .suspend(handle, programme: programme, reason: why)
        case .reinstate: .reinstate(handle, programme: programme, reason: why)
        case .revoke: .revoke(handle, programme: programme, reason: why)
        }
      entries.append(try LogEntry(at: now, chamber: Text(chamber.did), event: event))
      var change = StateChange(seq: record.seq, event: act.event, at: now.seconds, officer: officer, reason: reason)
      change.note = note
      change.statement = try signer.statement(id: record.id, state: act.state, at: now)
      change.request = request
      change.row = row
      changes.append(change)
    }
    var detail = JSONObject(["reason": JSON(reason), "count": .integer(Int64(acts.count))])
    if let request { detail["request"] = .integer(request) }
    let outcomes =
      request.map { request in
        changes.compactMap { change in change.row.map { ItemOutcome(request: request, row: $0, result: change.seq) } }
      } ?? []
    let audited = AuditedAct(
      act.auditAction,
      on: acts.count == 1 ? acts[0].0.id : "\(acts.count) credentials",
      detail: .object(detail)
    )
    try session.commit(audited, entries: entries) { log, audit in
      for index in changes.indices { changes[index].leaf = log.previousSize + Int64(index) }
      try registry.credentials.apply(changes, outcomes: outcomes, log: log, audit: audit)
    }
  }

  /// Ends what ran out and was not renewed within the programme's time of grace. Nothing public changes: the
  /// certificate has said so itself.
  package func lapse() throws -> Int {
    var count = 0
    for programme in profiles.programmes {
      var filter = CredentialFilter()
      filter.programme = programme.id
      filter.runsOutBefore = now.seconds - Int64(programme.graceDays) * 86_400 - 1
      filter.limit = 1_000
      while case let over = try registry.credentials.matching(filter), !over.isEmpty {
        let changes = over.map {
          StateChange(seq: $0.seq, event: .lapsed, at: now.seconds, officer: officer, reason: "not_renewed")
        }
        let detail: JSON = ["programme": JSON(programme.id)]
        try session.record(.init(.lapse, on: "\(over.count) credentials", detail: detail)) {
          try registry.credentials.apply(changes, log: nil, audit: $0)
        }
        count += over.count
      }
    }
    return count
  }

  /// Reservations that a crash left without a token are abandoned, openly: an entry in the log, never used again.
  func abandonInterruptedReservations() throws {
    let unfinished = try registry.credentials.unfinished()
    guard !unfinished.isEmpty else { return }
    let chambers = Dictionary(uniqueKeysWithValues: try registry.keys.chambers().map { ($0.slug, $0) })
    let entries = try unfinished.map { record in
      try LogEntry(
        at: now,
        chamber: Text(chambers[record.chamber]?.did ?? "did:web:\(authority.host)"),
        event: .abandoned(
          ref: try CredentialHandle.ref(salt: record.salt, id: Text(record.id)),
          programme: Text(record.programme)
        )
      )
    }
    try session.commit(.init(.abandon, on: "\(unfinished.count) reservations"), entries: entries) { log, audit in
      let changes = unfinished.enumerated().map { index, record in
        var change = StateChange(
          seq: record.seq,
          event: .abandoned,
          at: now.seconds,
          officer: officer,
          reason: "interrupted"
        )
        change.leaf = log.previousSize + Int64(index)
        return change
      }
      try registry.credentials.apply(changes, log: log, audit: audit)
    }
  }
}

/// What acts are grouped by: a request is of one chamber and one programme.
struct ChamberProgramme: Hashable, Comparable {
  let chamber: String, programme: String
  static func < (one: Self, other: Self) -> Bool {
    (one.chamber, one.programme) < (other.chamber, other.programme)
  }
}
