internal import Credentials
package import Encodings
internal import PKI
package import Profiles
package import Registry
package import Vocabulary

/// One certificate asked for. A class, as it goes through many hands: a copy of a member costs twenty counts.
package final class IssueOrder: Sendable {
  package let member: Member
  /// Line of the spreadsheet it came from.
  package let row: Int?
  /// Claims about a person; empty for a company.
  package let claims: JSONObject
  package init(member: Member, row: Int? = nil, claims: JSONObject = JSONObject()) {
    self.member = member
    self.row = row
    self.claims = claims
  }
}

/// What is done beside issuing to those who have none.
package struct IssueOptions: Sendable {
  /// An earlier end than the profile's.
  package var until: Instant?
  /// Certificates that end within so many days are renewed; nil: only those that have ended, within the time of grace.
  package var renewWithin: Int64?
  /// Certificates that no longer say what the register says are replaced, for this reason.
  package var replaceChanged: String?
  package var note = ""
  /// SHA-256 of the file or search the orders came from: a run that was cut off is found again by it.
  package var source: [UInt8]?
  /// What a plan says each row comes down to; a row that now says something else is refused.
  package var planned: [Int: [UInt8]]?
  /// Only ask; somebody carries it out later.
  package var requestOnly = false
  package init() {}
}

/// What became of the certificates that were asked for.
package struct IssueOutcome: Sendable {
  /// A certificate that was issued, or was there already.
  package struct Issued: Sendable, Equatable {
    package let id: String, member: String, programme: String
    package let validFrom: Instant, validUntil: Instant
    package let row: Int?
    /// `new renewed changed returned`; `unchanged` for one that was there.
    package let disposition: RowDisposition
    package let replaces: String?
  }
  /// A row for which nothing was issued. `request`: the one that waits for it.
  package struct Refused: Sendable, Equatable {
    package let member: String
    package let row: Int?
    package let refusal: ActRejection
    package let request: Int64?
  }
  package var issued: [Issued] = []
  /// Members that have a live certificate of the programme already: running a file twice issues nothing twice.
  package var unchanged: [Issued] = []
  package var refused: [Refused] = []
  /// Requests that this run carried out or filed.
  package var requests: [Int64] = []
  package init() {}
}

/// Decides what is issued to whom; `SigningPipeline` signs it.
package struct Issuer: Service {
  let session: AuthoritySession

  /// The steps are those of `docs/DESIGN.md`, issuance.
  ///
  /// Where two officers are needed a request is filed (once), and the refusal names it. A sheet is a request too, of
  /// one officer where one is enough: its rows are issued once each, whatever dies in between.
  /// - Parameter progress: credentials committed so far.
  package func issue(
    _ orders: [IssueOrder],
    programme: Programme,
    options: IssueOptions = IssueOptions(),
    progress: (Int) -> Void = { _ in }
  ) throws -> IssueOutcome {
    for chamber in Set(orders.map(\.member.chamber)).sorted() {
      try session.require(
        .clerk,
        chamber: chamber,
        act: .issue,
        subject: orders.count == 1 ? orders[0].member.key : "\(orders.count) members",
        programme: programme.id
      )
    }
    try session.lifecycle.abandonInterruptedReservations()
    // Of a long sheet some row will be issued: the keys are decrypted while it is judged.
    if orders.count > SigningPipeline.batchSize, options.source != nil, !options.requestOnly {
      try SigningPipeline.warmKeys(session, for: Set(orders.map(\.member.chamber)))
    }
    var outcome = IssueOutcome()
    var done = 0
    // A run over the same file that was cut off is finished first.
    if let source = options.source {
      for open in try registry.requests.open(source: source) where open.act == .issue && open.programme == programme.id
      {
        try session.approvals.syncRules(of: programme)
        guard try registry.requests.approvalCount(open.seq) >= open.needed || open.needed == 1 else { continue }
        try execute(open, items: try registry.requests.items(of: open.seq, waiting: true), into: &outcome) {
          progress(done + $0)
        }
        done = outcome.issued.count
      }
    }
    let finished = Set(outcome.issued.map(\.id))
    // Issuance step 1: assess.
    let assessed = try assess(orders, programme: programme, options: options)
    let items = assessed.compactMap(\.item)
    // two at once, not one after the other
    try SigningPipeline.warmKeys(session, for: Set(items.map(\.order.member.chamber)))
    try session.approvals.syncRules(of: programme)
    for one in assessed {
      switch one {
      case .issue, .duplicate: break
      case .unchanged(_, let present): if !finished.contains(present.id) { outcome.unchanged.append(present) }
      case .rejected(let order, let rejection):
        outcome.refused.append(.init(member: order.member.key, row: order.row, refusal: rejection, request: nil))
      }
    }
    if let first = outcome.refused.first {
      _ = session.recordRejection(
        first.refusal.concerning(outcome.refused.count == 1 ? first.member : "\(outcome.refused.count) members"),
        act: .issue
      )
    }
    // Steps 2 to 5, one chamber at a time: a batch has one signer.
    let shares = Dictionary(grouping: items, by: \.order.member.chamber).sorted { $0.key < $1.key }
    for (chamber, share) in shares {
      try issue(share, chamber: chamber, programme: programme, options: options, into: &outcome) { progress(done + $0) }
      done = outcome.issued.count
    }
    // Issuance step 6: publish.
    try session.publisher.publish()
    outcome.issued.sort { ($0.row ?? 0, $0.member) < ($1.row ?? 0, $1.member) }
    return outcome
  }

  /// One chamber's share: alone where one officer and one row are all, else through a request.
  func issue(
    _ share: [IssueItem],
    chamber: String,
    programme: Programme,
    options: IssueOptions,
    into outcome: inout IssueOutcome,
    progress: (Int) -> Void
  ) throws {
    let lookalikes = share.flatMap(\.lookalikes)
    var needed = max(programme.approvals.issue, lookalikes.isEmpty ? 1 : 2)
    let today = try registry.credentials.eventsInLast24Hours(
      chamber: chamber,
      programme: programme.id,
      event: .issued,
      at: now.seconds
    )
    if today + share.count > programme.brakes.issue { needed = max(2, needed) }
    let items = share.enumerated().map { index, one in
      var item = RequestItem(
        row: Int64(one.order.row ?? index + 1),
        member: one.order.member.rowID,
        credential: one.replaces?.seq,
        contentDigest: one.content.digest,
        disposition: one.disposition,
        reason: one.reason
      )
      item.claims = String(decoding: one.order.claims.canonical(), as: UTF8.self)
      return item
    }
    let contents = Dictionary(zip(items, share).map { ($0.row, $1.content) }, uniquingKeysWith: { first, _ in first })
    if needed == 1 && share.count == 1 && options.source == nil && !options.requestOnly {
      let job = IssueJob(
        request: nil,
        chamber: chamber,
        programme: programme,
        until: options.until,
        items: items,
        contents: contents
      )
      try SigningPipeline(session: session, job: job).run(into: &outcome, progress: progress)
      return
    }
    // Issuance step 2: approve.
    let request = try session.approvals.fileRequest(
      RequestedAct(
        act: .issue,
        chamber: chamber,
        programme: programme.id,
        items: items,
        memberKeys: share.count == 1 ? [share[0].order.member.rowID: share[0].order.member.key] : [:],
        needed: needed,
        reason: share.count == 1 ? share[0].reason : "",
        note: options.note,
        until: options.until,
        lookalikes: lookalikes,
        source: options.source
      )
    )
    if options.requestOnly { return outcome.requests.append(request.seq) }
    do {
      try session.approvals.requireAgreement(request, needed: needed)
    } catch let rejection as ActRejection {
      outcome.requests.append(request.seq)
      outcome.refused += share.map {
        .init(member: $0.order.member.key, row: $0.order.row, refusal: rejection, request: request.seq)
      }
      return
    }
    try execute(request, items: items, contents: contents, into: &outcome, progress: progress)
  }

  /// Carries out a request to issue, from the first row that waits.
  /// - Parameter contents: what was assessed a moment ago, by row.
  func execute(
    _ request: RequestRecord,
    items: [RequestItem],
    contents: [Int64: IssueContent] = [:],
    into outcome: inout IssueOutcome,
    progress: (Int) -> Void
  ) throws {
    guard let programme = profiles.programme(request.programme) else {
      throw IssuanceFailure.profile("the profile of \(request.programme) is gone")
    }
    let content = try JSONObject.parse(Array(request.content.utf8), limits: ApprovalWorkflow.contentLimits)
    // the rules it was asked for under
    guard content["profile"]?.string == profileDigests[programme.id].map({ Hex.encode($0) }) else {
      let subject = "request \(request.seq)"
      let detail: JSON = ["code": "request_changed"]
      try session.record(.init(.issue, on: subject, detail: detail, outcome: .refused)) {
        try registry.requests.close(request.seq, to: .ended, by: officer, at: now.seconds, audit: $0)
      }
      throw ActRejection(.requestChanged(row: nil), subject: subject)
    }
    outcome.requests.append(request.seq)
    try session.approvals.requireAgreement(request, needed: max(request.needed, programme.approvals.issue))
    let job = IssueJob(
      request: request.seq,
      chamber: request.chamber,
      programme: programme,
      until: content["until"]?.string.flatMap { Instant(rfc3339: $0) },
      items: items,
      contents: contents
    )
    try SigningPipeline(session: session, job: job).run(into: &outcome, progress: progress)
  }
}
