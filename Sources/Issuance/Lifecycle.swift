internal import Credentials
public import Encodings
internal import PKI
internal import Profiles
public import Registry
internal import TransparencyLog
public import Vocabulary

/// What became of certificates that were to be suspended, reinstated or revoked.
public struct ChangeOutcome: Sendable {
  /// Numbers of the certificates that are changed and published.
  public var changed: [String] = []
  public var refused: [(id: String, refusal: ActRejection)] = []
  public var requests: [Int64] = []
  public var waiting: [(request: Int64, refusal: ActRejection)] = []
}

extension Office {
  /// Suspends, reinstates or revokes one certificate, logs it, and publishes. Returns its state as the published lists
  /// now say. Where two officers are needed a request is filed, and the refusal names it.
  public func change(_ id: CredentialID, _ act: LifecycleAct, reason: String, note: String) throws -> CredentialRecord {
    guard let record = try registry.credentials.find(id: id.description), record.parts != nil else {
      throw recordRejection(ActRejection(.credentialUnknown, subject: id.description), act: act.rawValue)
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
  public func change(
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
      try require(
        .clerk,
        chamber: chamber,
        act: act.rawValue,
        subject: records.count == 1 ? records[0].id : "\(records.count) certificates",
        programme: one?.programme ?? ""
      )
    }
    try finishInterrupted()
    var outcome = ChangeOutcome()
    if let source {
      for open in try registry.requests.open(source: source) where open.act == act.request {
        guard try open.needed == 1 || registry.requests.approvalCount(open.seq) >= open.needed else { continue }
        try carryOut(
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
      if act.from.contains(record.state) { accepted.append(record); continue }
      if record.state == act.state && records.count > 1 { continue }  // a file run twice changes nothing twice
      outcome.refused.append(
        (record.id, ActRejection(.illegalTransition(from: record.state, act: act), subject: record.id))
      )
    }
    if let first = outcome.refused.first {
      _ = recordRejection(
        first.refusal.concerning(outcome.refused.count == 1 ? first.id : "\(outcome.refused.count) certificates"),
        act: act.rawValue
      )
    }
    let groups = Dictionary(grouping: accepted) { [$0.chamber, $0.programme] }
    for (place, group) in groups.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      try change(
        group,
        act,
        chamber: place[0],
        programme: place[1],
        reason: reason,
        note: note,
        source: source,
        into: &outcome,
        progress: progress
      )
    }
    try publish()
    return outcome
  }

  /// Only asks; somebody carries it out later.
  public func requestChange(_ id: CredentialID, _ act: LifecycleAct, reason: String, note: String) throws -> RequestView
  {
    guard let record = try registry.credentials.find(id: id.description), record.parts != nil else {
      throw recordRejection(ActRejection(.credentialUnknown, subject: id.description), act: act.rawValue)
    }
    guard act.reasons.contains(where: { $0.rawValue == reason }) else {
      throw ActRejection(.reasonUnknown(reason, act: act), subject: record.id)
    }
    try require(.clerk, chamber: record.chamber, act: act.rawValue, subject: record.id, programme: record.programme)
    guard act.from.contains(record.state) else {
      throw recordRejection(
        ActRejection(.illegalTransition(from: record.state, act: act), subject: record.id),
        act: act.rawValue
      )
    }
    guard let programme = profiles.programme(record.programme) else {
      throw IssuanceFailure.profile("the profile of \(record.programme) is gone")
    }
    try adopt(programme)
    let item = RequestItem(
      row: 1,
      member: record.member,
      credential: record.seq,
      contentDigest: IssueContent.digest(of: act.request, credential: record.id),
      disposition: act.disposition,
      reason: reason
    )
    let request = try file(
      act: act.request,
      chamber: record.chamber,
      programme: record.programme,
      items: [item],
      keys: [record.member: record.memberKey],
      needed: act == .reinstate ? programme.approvals.reinstate : 1,
      reason: reason,
      note: note,
      until: nil,
      lookalikes: [],
      source: nil
    )
    return try readingRoom.request(request.seq)
  }

  private func change(
    _ group: [CredentialRecord],
    _ act: LifecycleAct,
    chamber: String,
    programme id: String,
    reason: String,
    note: String,
    source: [UInt8]?,
    into outcome: inout ChangeOutcome,
    progress: (Int) -> Void
  ) throws {
    var needed = 1
    if let programme = profiles.programme(id) {
      try adopt(programme)
      needed = act == .reinstate ? programme.approvals.reinstate : 1
      let brake = act == .revoke ? programme.brakes.revoke : act == .suspend ? programme.brakes.suspend : .max
      if act != .reinstate,
        try registry.credentials.eventsInLast24Hours(chamber: chamber, programme: id, event: act.event, at: now.seconds)
          + group.count > brake
      {
        needed = max(2, needed)
      }
    }
    let items = group.enumerated().map { index, record in
      RequestItem(
        row: Int64(index + 1),
        member: record.member,
        credential: record.seq,
        contentDigest: IssueContent.digest(of: act.request, credential: record.id),
        disposition: act.disposition,
        reason: reason
      )
    }
    if needed == 1 && group.count == 1 && source == nil {
      try apply(group.map { ($0, nil) }, act, request: nil, reason: reason, note: note)
      outcome.changed.append(group[0].id)
      return
    }
    let request = try file(
      act: act.request,
      chamber: chamber,
      programme: id,
      items: items,
      keys: Dictionary(group.map { ($0.member, $0.memberKey) }, uniquingKeysWith: { first, _ in first }),
      needed: needed,
      reason: reason,
      note: note,
      until: nil,
      lookalikes: [],
      source: source
    )
    do {
      try requireAgreement(request, needed: needed)
    } catch let refusal as ActRejection {
      outcome.requests.append(request.seq)
      outcome.waiting.append((request.seq, refusal))
      return
    }
    try carryOut(request, act, items: items, into: &outcome, progress: progress)
  }

  /// Carries out a request to change certificates, from the first row that waits.
  func carryOut(
    _ request: RequestRecord,
    _ act: LifecycleAct,
    items: [RequestItem],
    into outcome: inout ChangeOutcome,
    progress: (Int) -> Void
  ) throws {
    outcome.requests.append(request.seq)
    let rule = try registry.requests.rule(of: request.programme)
    try requireAgreement(request, needed: max(request.needed, act == .reinstate ? rule?.reinstateApprovals ?? 2 : 1))
    var start = 0
    while start < items.count {
      let batch = items[start..<min(start + Self.batchSize, items.count)]
      start += batch.count
      var acts: [(CredentialRecord, Int64?)] = [], gone: [ItemOutcome] = []
      for item in batch {
        guard let seq = item.credential, let record = try registry.credentials.find(seq: seq),
          item.contentDigest == IssueContent.digest(of: act.request, credential: record.id)
        else {
          throw IssuanceFailure.registryTampered(table: "request_item", row: "\(request.seq)/\(item.row)")
        }
        if act.from.contains(record.state) { acts.append((record, item.row)); continue }
        gone.append(ItemOutcome(request: request.seq, row: item.row, refusal: "illegal_transition"))
        outcome.refused.append(
          (
            record.id,
            ActRejection(.illegalTransition(from: record.state, act: act), subject: record.id)
          )
        )
      }
      if !gone.isEmpty {
        try registry.requests.recordOutcomes(
          gone,
          at: now.seconds,
          audit: try auditRow(
            act.rawValue,
            "\(gone.count) rows",
            refused: true,
            detail: ["request": .integer(request.seq), "code": "illegal_transition"]
          )
        )
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
    var desks: [String: SigningDesk] = [:]
    var entries: [LogEntry] = [], changes: [StateChange] = []
    let base = Int64(try logBook().range.size)
    for (record, row) in acts {
      guard let chamber = chambers[record.chamber], let parts = record.parts else {
        throw IssuanceFailure.register("no chamber for \(record.id)")
      }
      let desk = try desks[record.chamber] ?? SigningDesk(office: self, chamber: record.chamber)
      desks[record.chamber] = desk
      let handle = try CredentialHandle(salt: record.salt, token: parts.compact, id: Text(record.id))
      let programme = Text(record.programme), why = Text(reason)
      let event: LogEntry.Event =
        switch act {
        case .suspend: .suspend(handle, programme: programme, reason: why)
        case .reinstate: .reinstate(handle, programme: programme, reason: why)
        case .revoke: .revoke(handle, programme: programme, reason: why)
        }
      entries.append(try LogEntry(at: now, chamber: Text(chamber.did), event: event))
      var change = StateChange(seq: record.seq, event: act.event, at: now.seconds, officer: officer, reason: reason)
      change.note = note
      change.leaf = base + Int64(changes.count)
      change.statement = try desk.statement(id: record.id, state: act.state, at: now)
      change.request = request
      change.row = row
      changes.append(change)
    }
    let subject = acts.count == 1 ? acts[0].0.id : "\(acts.count) credentials"
    var detail = JSONObject(["reason": JSON(reason), "count": .integer(Int64(acts.count))])
    if let request { detail["request"] = .integer(request) }
    let outcomes =
      request.map { request in
        changes.compactMap { change in change.row.map { ItemOutcome(request: request, row: $0, result: change.seq) } }
      } ?? []
    try guarded(.init(act.rawValue), subject) {
      try logging(entries) { append in
        try registry.credentials.apply(
          changes,
          outcomes: outcomes,
          log: append,
          audit: try auditRow(act.rawValue, subject, detail: .object(detail))
        )
      }
    }
  }
}
