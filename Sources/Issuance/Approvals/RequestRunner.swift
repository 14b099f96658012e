internal import Credentials
internal import Encodings
internal import PKI
internal import Profiles
internal import Registry
internal import Vocabulary

/// What became of a request that was carried out.
package enum RunOutcome: Sendable {
  case issue(IssueOutcome)
  case change(ChangeOutcome)
  case profile
}

/// Carries out what was planned or agreed to.
package struct RequestRunner: Service {
  let session: AuthoritySession

  /// Runs a plan file: exactly its rows, each once, however often it is run or cut off.
  package func run(plan bytes: [UInt8], progress: (Int) -> Void = { _ in }) throws -> RunOutcome {
    let object: JSONObject
    do throws(JSONRejection) {
      object = try JSONObject.parse(bytes, limits: IssuePlan.limits)
    } catch {
      throw ActRejection(.planMalformed, subject: error.words)
    }
    guard object["format"]?.string == IssuePlan.format, let rows = object["rows"]?.array,
      let act = object["act"]?.string
    else { throw ActRejection(.planMalformed, subject: "format") }
    let source = SHA2.sha256(bytes)
    guard act != RequestAct.issue.rawValue else {
      return .issue(try issue(object, rows: rows, source: source, progress: progress))
    }
    guard let act = LifecycleAct(rawValue: act), let reason = object["reason"]?.string else {
      throw ActRejection(.planMalformed, subject: "act")
    }
    let records = try rows.map { row in
      guard let id = row.object?["id"]?.string, let record = try registry.credentials.find(id: id) else {
        throw ActRejection(.credentialUnknown, subject: row.object?["id"]?.string ?? "?")
      }
      return record
    }
    let note = object["note"]?.string ?? ""
    return .change(
      try session.lifecycle.change(records, act, reason: reason, note: note, source: source, progress: progress)
    )
  }

  private func issue(
    _ plan: JSONObject,
    rows: [JSON],
    source: [UInt8],
    progress: (Int) -> Void
  ) throws -> IssueOutcome {
    guard let id = plan["programme"]?.string, let programme = profiles.programme(id) else {
      throw ActRejection(.planMalformed, subject: "programme")
    }
    guard plan["profile"]?.string == profileDigests[id].map({ Hex.encode($0) }) else {
      throw ActRejection(.requestChanged(row: nil), subject: id)
    }
    var options = IssueOptions()
    options.source = source
    options.renewWithin = plan["renewWithin"]?.int
    options.replaceChanged = plan["replaceChanged"]?.string
    if let until = plan["until"]?.string { options.until = Instant(rfc3339: until) }
    var planned: [Int: [UInt8]] = [:]
    let orders = try rows.map { row in
      guard let number = row.object?["row"]?.int, let member = row.object?["member"]?.string,
        let hex = row.object?["content"]?.string, let digest = Hex.decode(hex)
      else {
        throw ActRejection(.planMalformed, subject: "rows")
      }
      planned[Int(number)] = digest
      return IssueOrder(
        member: try session.reader.member(member),
        row: Int(number),
        claims: row.object?["claims"]?.object ?? JSONObject()
      )
    }
    options.planned = planned
    // A row is spent once: what was revoked since does not come back because an old plan is run again.
    let spent = try registry.requests.revokedRows(source: source)
    var outcome = try session.issuer.issue(
      orders.filter { !spent.contains($0.row ?? 0) },
      programme: programme,
      options: options,
      progress: progress
    )
    outcome.refused += orders.filter { spent.contains($0.row ?? 0) }.map {
      .init(member: $0.member.key, row: $0.row, refusal: ActRejection(.rowSpent, subject: $0.member.key), request: nil)
    }
    return outcome
  }

  /// Carries out a request that enough officers agreed to, from the first row that waits.
  package func run(_ number: Int64, progress: (Int) -> Void = { _ in }) throws -> RunOutcome {
    let (record, items) = try session.approvals.open(number, for: .run)
    try session.require(
      .clerk,
      .approver,
      chamber: record.chamber,
      act: .run,
      subject: "request \(number)",
      programme: record.programme
    )
    try session.lifecycle.abandonInterruptedReservations()
    let waiting = items.filter { $0.outcome == .waiting }
    let outcome: RunOutcome
    switch record.act {
    case .profile:
      try session.approvals.adoptProfile(record, items)
      return .profile
    case .issue:
      var issued = IssueOutcome()
      if let programme = profiles.programme(record.programme) { try session.approvals.syncRules(of: programme) }
      try session.issuer.execute(record, items: waiting, into: &issued, progress: progress)
      outcome = .issue(issued)
    case .suspend, .reinstate, .revoke:
      guard let act = record.act.lifecycle else { throw IssuanceFailure.register("request \(number)") }
      var changed = ChangeOutcome()
      try session.lifecycle.execute(record, act, items: waiting, into: &changed, progress: progress)
      outcome = .change(changed)
    }
    try session.publisher.publish()
    return outcome
  }
}
