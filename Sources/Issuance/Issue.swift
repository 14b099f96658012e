internal import Credentials
public import Encodings
internal import PKI
public import Profiles
public import Registry
internal import Support
internal import TransparencyLog
public import Vocabulary

/// One certificate asked for. A class, as it goes through many hands: a copy of a member costs twenty counts.
public final class IssueOrder: Sendable {
  public let member: Member
  /// Line of the spreadsheet it came from.
  public let row: Int?
  /// Claims about a person; empty for a company.
  public let claims: JSONObject
  public init(member: Member, row: Int? = nil, claims: JSONObject = JSONObject()) {
    self.member = member; self.row = row; self.claims = claims
  }
}

/// What is done beside issuing to those who have none.
public struct IssueOptions: Sendable {
  /// An earlier end than the profile's.
  public var until: Instant?
  /// Certificates that end within so many days are renewed; nil: only those that have ended, within the time of grace.
  public var renewWithin: Int64?
  /// Certificates that no longer say what the register says are replaced, for this reason.
  public var replaceChanged: String?
  public var note = ""
  /// SHA-256 of the file or search the orders came from: a run that was cut off is found again by it.
  public var source: [UInt8]?
  /// What a plan says each row comes down to; a row that now says something else is refused.
  public var planned: [Int: [UInt8]]?
  /// Only ask; somebody carries it out later.
  public var requestOnly = false
  public init() {}
}

public struct IssueOutcome: Sendable {
  public struct Issued: Sendable, Equatable {
    public let id: String, member: String, programme: String
    public let validFrom: Instant, validUntil: Instant
    public let row: Int?
    /// `new renewed changed returned`; `unchanged` for one that was there.
    public let disposition: RowDisposition
    public let replaces: String?
  }
  public struct Refused: Sendable, Equatable {
    public let member: String; public let row: Int?; public let refusal: ActRejection; public let request: Int64?
  }
  public var issued: [Issued] = []
  /// Members that have a live certificate of the programme already: running a file twice issues nothing twice.
  public var unchanged: [Issued] = []
  public var refused: [Refused] = []
  /// Requests that this run carried out or filed.
  public var requests: [Int64] = []
  public init() {}
}

extension Office {
  /// Rows in one transaction: large enough that a commit's fsyncs are shared, small enough that a crash loses little
  /// work.
  static let batchSize = 1_000

  /// The steps are those of `docs/DESIGN.md`, issuance.
  ///
  /// Where two officers are needed a request is filed (once), and the refusal names it. A sheet is a request too, of
  /// one officer where one is enough: its rows are issued once each, whatever dies in between.
  /// - Parameter progress: credentials committed so far.
  public func issue(
    _ orders: [IssueOrder],
    programme: Programme,
    options: IssueOptions = IssueOptions(),
    progress: (Int) -> Void = { _ in }
  ) throws -> IssueOutcome {
    for chamber in Set(orders.map(\.member.chamber)).sorted() {
      try require(
        .clerk,
        chamber: chamber,
        act: "issue",
        subject: orders.count == 1 ? orders[0].member.key : "\(orders.count) members",
        programme: programme.id
      )
    }
    try finishInterrupted()
    // Of a long sheet some row will be issued: the keys are decrypted while it is judged.
    if orders.count > Self.batchSize, options.source != nil, !options.requestOnly {
      try warmKeys(of: Set(orders.map(\.member.chamber)))
    }
    var outcome = IssueOutcome(), done = 0
    // A run over the same file that was cut off is finished first.
    if let source = options.source {
      for open in try registry.requests.open(source: source) where open.act == .issue && open.programme == programme.id
      {
        try adopt(programme)
        guard try registry.requests.approvalCount(open.seq) >= open.needed || open.needed == 1 else { continue }
        try carryOut(
          open,
          items: try registry.requests.items(of: open.seq, waiting: true),
          contents: [:],
          into: &outcome
        ) {
          progress(done + $0)
        }
        done = outcome.issued.count
      }
    }
    let finished = Set(outcome.issued.map(\.id))
    // Issuance step 1: assess.
    let assessed = try assess(orders, programme: programme, options: options), acting = assessed.filter(\.acts)
    try warmKeys(of: Set(acting.map(\.order.member.chamber)))  // two at once, not one after the other
    try adopt(programme)
    outcome.unchanged = assessed.filter { !$0.acts }.compactMap(\.present).filter { !finished.contains($0.id) }
    outcome.refused += assessed.compactMap { one in
      one.refusal.map { .init(member: one.order.member.key, row: one.order.row, refusal: $0, request: nil) }
    }
    if let first = outcome.refused.first {
      _ = recordRejection(
        first.refusal.concerning(outcome.refused.count == 1 ? first.member : "\(outcome.refused.count) members"),
        act: "issue"
      )
    }
    // Steps 2 to 5, one chamber at a time: a batch has one signer.
    for (chamber, group) in Dictionary(grouping: acting, by: \.order.member.chamber).sorted(by: { $0.key < $1.key }) {
      try issue(group, chamber: chamber, programme: programme, options: options, into: &outcome) { progress(done + $0) }
      done = outcome.issued.count
    }
    // Issuance step 6: publish.
    try publish()
    outcome.issued.sort { ($0.row ?? 0, $0.member) < ($1.row ?? 0, $1.member) }
    return outcome
  }

  /// One chamber's share: alone where one officer and one row are all, else through a request.
  func issue(
    _ group: [Assessment],
    chamber: String,
    programme: Programme,
    options: IssueOptions,
    into outcome: inout IssueOutcome,
    progress: (Int) -> Void
  ) throws {
    let lookalikes = group.flatMap(\.lookalikes)
    var needed = max(programme.approvals.issue, lookalikes.isEmpty ? 1 : 2)
    if try registry.credentials.eventsInLast24Hours(
      chamber: chamber,
      programme: programme.id,
      event: .issued,
      at: now.seconds
    ) + group.count
      > programme.brakes.issue
    {
      needed = max(2, needed)
    }
    let items = group.enumerated().map { index, one in
      RequestItem(
        row: Int64(one.order.row ?? index + 1),
        member: one.order.member.rowID,
        credential: one.replaces?.seq,
        contentDigest: one.content?.digest ?? [],
        disposition: one.kind,
        reason: one.reason,
        claims: String(decoding: one.order.claims.canonical(), as: UTF8.self)
      )
    }
    if needed == 1 && group.count == 1 && options.source == nil && !options.requestOnly {
      try carryOut(
        IssueJob(
          request: nil,
          chamber: chamber,
          programme: programme,
          until: options.until,
          items: items,
          contents: contents(group, items)
        ),
        into: &outcome,
        progress: progress
      )
      return
    }
    // Issuance step 2: approve.
    let request = try file(
      act: .issue,
      chamber: chamber,
      programme: programme.id,
      items: items,
      keys: group.count == 1 ? [group[0].order.member.rowID: group[0].order.member.key] : [:],
      needed: needed,
      reason: group.count == 1 ? group[0].reason : "",
      note: options.note,
      until: options.until,
      lookalikes: lookalikes,
      source: options.source
    )
    if options.requestOnly { return outcome.requests.append(request.seq) }
    do {
      try requireAgreement(request, needed: needed)
    } catch let refusal as ActRejection {
      outcome.requests.append(request.seq)
      outcome.refused += group.map {
        .init(member: $0.order.member.key, row: $0.order.row, refusal: refusal, request: request.seq)
      }
      return
    }
    try carryOut(request, items: items, contents: contents(group, items), into: &outcome, progress: progress)
  }

  private func contents(_ group: [Assessment], _ items: [RequestItem]) -> [Int64: IssueContent] {
    Dictionary(
      zip(items, group).compactMap { item, one in one.content.map { (item.row, $0) } },
      uniquingKeysWith: { first, _ in first }
    )
  }

  // MARK: assessment

  /// Compares what is asked for with the register, row by row, each with its own data.
  func assess(_ orders: [IssueOrder], programme: Programme, options: IssueOptions) throws -> [Assessment] {
    let granted = Set(try registry.keys.chambers().filter { $0.status == .granted }.map(\.slug)), rules = contentRules
    let today = CivilDate(of: now).description
    let judged = parallelMap(orders) { order in
      (
        content: Result {
          try IssueContent(member: order.member, programme: programme, claims: order.claims, rules: rules)
        },
        permitted: Result { try Self.permit(order.member, programme, granted: granted, today: today) }
      )
    }
    let many = orders.count > 100
    let standing = many ? try registry.credentials.current(programme: programme.id) : [:]
    let ambiguous = many ? try registry.members.ambiguousSkeletons() : []
    struct Whom: Hashable { let member: Int64, subject: String }
    var used: [String: Int] = [:], seen: Set<Whom> = []
    return try zip(orders, judged).map { order, result in
      do {
        let content = try result.content.get()
        if let planned = options.planned, planned[order.row ?? 0] != content.digest {
          throw ActRejection(.requestChanged(row: order.row.map(Int64.init)), subject: order.member.key)
        }
        guard seen.insert(Whom(member: order.member.rowID, subject: content.subject)).inserted else {
          return Assessment(order: order, kind: .duplicate)
        }
        let known =
          try many
          ? standing[order.member.rowID] ?? []
          : registry.credentials.current(member: order.member.rowID, programme: programme.id).map(
            CurrentCredential.init
          )
        let one = classify(
          order,
          content,
          known.filter { $0.subject == content.subject },
          programme: programme,
          options: options
        )
        guard one.acts else { return one }
        try result.permitted.get()
        if one.replaces == nil {
          let count =
            try used[order.member.chamber]
            ?? registry.credentials.activeCount(
              chamber: order.member.chamber,
              programme: programme.id,
              validAt: now.seconds
            )
          guard count < programme.quota else {
            throw ActRejection(
              .quotaReached(programme: programme.id, limit: programme.quota),
              subject: order.member.key
            )
          }
          used[order.member.chamber] = count + 1
        }
        if !many || ambiguous.contains(order.member.skeletonEn) || ambiguous.contains(order.member.skeletonAr) {
          let names = try NamePolicy.lookalikes(of: order.member, in: registry)
          if !names.isEmpty && order.member.nameAccepted != names.joined(separator: "\n") { one.lookalikes = names }
        }
        return one
      } catch let refusal as ActRejection {
        return Assessment(order: order, kind: refusal.code == .feesUnpaid ? .lapsed : .faulty, refusal: refusal)
      }
    }
  }

  private func classify(
    _ order: IssueOrder,
    _ content: IssueContent,
    _ known: [CurrentCredential],
    programme: Programme,
    options: IssueOptions
  ) -> Assessment {
    func present(_ row: CurrentCredential) -> IssueOutcome.Issued {
      .init(
        id: row.id,
        member: order.member.key,
        programme: programme.id,
        validFrom: Instant(seconds: row.validFrom),
        validUntil: Instant(seconds: row.validUntil),
        row: order.row,
        disposition: .unchanged,
        replaces: nil
      )
    }
    let one = Assessment(order: order, kind: .new, content: content)
    if let live = known.first(where: { $0.state != .lapsed && $0.validUntil >= now.seconds }) {
      one.present = present(live)
      if live.contentDigest != content.digest {
        one.kind = .changed
        one.reason = options.replaceChanged ?? ""
        one.acts = options.replaceChanged != nil && live.state == .active
      } else if let days = options.renewWithin, live.validUntil <= now.adding(days: days).seconds {
        one.kind = .renewed
        one.reason = "renewal"
        one.acts = live.state == .active
      } else {
        one.kind = .unchanged
        one.acts = false
      }
      if one.acts { one.replaces = (live.seq, live.id) }
      return one
    }
    guard let last = known.first else { return one }
    if last.state == .suspended {
      return Assessment(
        order: order,
        kind: .faulty,
        refusal: ActRejection(.notRenewable(from: .suspended), subject: order.member.key)
      )
    }
    let inGrace = last.state != .lapsed && now.seconds <= last.validUntil + Int64(programme.graceDays) * 86_400
    one.kind = inGrace ? .renewed : .returned
    one.reason = inGrace ? "renewal" : "return"
    one.replaces = (last.seq, last.id)
    return one
  }

  /// May this member have this certificate now?
  func permit(_ member: Member, _ programme: Programme, granted: Set<String>) throws {
    try Self.permit(member, programme, granted: granted, today: CivilDate(of: now).description)
  }

  private static func permit(_ member: Member, _ programme: Programme, granted: Set<String>, today: String) throws {
    guard granted.contains(member.chamber) else {
      throw ActRejection(.chamberNotGranted(chamber: member.chamber, programme: programme.id), subject: member.key)
    }
    if programme.fees == .required && member.feesPaidUntil < today {
      throw ActRejection(.feesUnpaid(paidUntil: member.feesPaidUntil), subject: member.key)
    }
    switch programme.territory {
    case .inside where member.membership != .member, .outside where member.membership != .eMember:
      throw ActRejection(.territory(programme: programme.id, jurisdiction: member.jurisdiction), subject: member.key)
    default: break
    }
    try NamePolicy.permit(member)
  }

  private func abandonment(of record: CredentialRecord, leaf: Int64) -> StateChange {
    var change = StateChange(
      seq: record.seq,
      event: .abandoned,
      at: now.seconds,
      officer: officer,
      reason: "interrupted"
    )
    change.leaf = leaf
    return change
  }

  /// Reservations that a crash left without a token are burned, openly: an entry in the log, never used again.
  func finishInterrupted() throws {
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
    let base = Int64(try logBook().range.size)
    try logging(entries) { append in
      try registry.credentials.apply(
        unfinished.enumerated().map { index, record in
          abandonment(of: record, leaf: base + Int64(index))
        },
        log: append,
        audit: try auditRow("abandon", "\(unfinished.count) reservations")
      )
    }
  }
}

/// What one row of a sheet, or one member named, comes down to.
final class Assessment {
  let order: IssueOrder
  var kind: RowDisposition
  var content: IssueContent?
  /// Whether a certificate is to be issued.
  var acts: Bool
  var replaces: (seq: Int64, id: String)?
  var reason = ""
  var present: IssueOutcome.Issued?
  var refusal: ActRejection?
  var lookalikes: [String] = []
  init(order: IssueOrder, kind: RowDisposition, content: IssueContent? = nil, refusal: ActRejection? = nil) {
    self.order = order; self.kind = kind; self.content = content; self.refusal = refusal
    acts = content != nil && refusal == nil
  }
}
