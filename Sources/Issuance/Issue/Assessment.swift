internal import Credentials
internal import Encodings
internal import Profiles
internal import Registry
internal import Support
internal import Vocabulary

/// What one row of a sheet, or one member named, comes down to.
enum Assessment {
  case issue(IssueItem)
  /// There is a certificate that stays as it is, also where it says something else than the register.
  case unchanged(IssueItem, IssueOutcome.Issued)
  /// The member and person stood in a row before.
  case duplicate(IssueOrder)
  case rejected(IssueOrder, ActRejection)

  var order: IssueOrder {
    switch self {
    case .issue(let item), .unchanged(let item, _): item.order
    case .duplicate(let order), .rejected(let order, _): order
    }
  }

  var disposition: RowDisposition {
    switch self {
    case .issue(let item), .unchanged(let item, _): item.disposition
    case .duplicate: .duplicate
    case .rejected(_, let rejection): rejection.code == .feesUnpaid ? .lapsed : .faulty
    }
  }

  /// SHA-256 of what the row says; nil where it could not be read, or was read before.
  var contentDigest: [UInt8]? {
    switch self {
    case .issue(let item), .unchanged(let item, _): item.content.digest
    case .duplicate, .rejected: nil
    }
  }

  /// Why a certificate would give way.
  var reason: String {
    switch self {
    case .issue(let item), .unchanged(let item, _): item.reason
    case .duplicate, .rejected: ""
    }
  }

  /// The certificate that stays.
  var present: IssueOutcome.Issued? { if case .unchanged(_, let present) = self { present } else { nil } }

  /// Nil where nothing is to be issued.
  var item: IssueItem? { if case .issue(let item) = self { item } else { nil } }
  var rejection: ActRejection? { if case .rejected(_, let rejection) = self { rejection } else { nil } }
}

/// A certificate to be issued: for whom, saying what, in place of which.
struct IssueItem {
  /// The certificate that gives way.
  struct Predecessor { let seq: Int64, id: String }

  let order: IssueOrder
  let content: IssueContent
  var disposition: RowDisposition
  var reason = ""
  var replaces: Predecessor?
  /// Names of other members that look like this one's.
  var lookalikes: [String] = []

  init(order: IssueOrder, content: IssueContent, disposition: RowDisposition) {
    self.order = order
    self.content = content
    self.disposition = disposition
  }
}

extension Issuer {
  /// Compares what is asked for with the register, row by row, each with its own data.
  func assess(_ orders: [IssueOrder], programme: Programme, options: IssueOptions) throws -> [Assessment] {
    let granted = try registry.grantedChambers()
    let rules = try session.contentRules
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
    let current = many ? try registry.credentials.current(programme: programme.id) : [:]
    let ambiguous = many ? try registry.members.ambiguousSkeletons() : []
    /// A member is certified once, and each of its people once.
    struct Whom: Hashable { let member: Int64, subject: String }
    var used: [String: Int] = [:]
    var seen: Set<Whom> = []
    return try zip(orders, judged).map { order, result in
      let member = order.member
      do {
        let content = try result.content.get()
        if let planned = options.planned, planned[order.row ?? 0] != content.digest {
          throw ActRejection(.requestChanged(row: order.row.map(Int64.init)), subject: member.key)
        }
        guard seen.insert(Whom(member: member.rowID, subject: content.subject)).inserted else {
          return .duplicate(order)
        }
        let known =
          try many
          ? current[member.rowID] ?? []
          : registry.credentials.current(member: member.rowID, programme: programme.id).map(CurrentCredential.init)
        let assessed = try classify(
          IssueItem(order: order, content: content, disposition: .new),
          known.filter { $0.subject == content.subject },
          programme: programme,
          options: options
        )
        guard case .issue(var item) = assessed else { return assessed }
        try result.permitted.get()
        if item.replaces == nil {
          let count =
            try used[member.chamber]
            ?? registry.credentials.activeCount(
              chamber: member.chamber,
              programme: programme.id,
              validAt: now.seconds
            )
          guard count < programme.quota else {
            throw ActRejection(.quotaReached(programme: programme.id, limit: programme.quota), subject: member.key)
          }
          used[member.chamber] = count + 1
        }
        if !many || ambiguous.contains(member.skeletonEn) || ambiguous.contains(member.skeletonAr)
          || !ReservedWords.held(in: member).isEmpty
        {
          item.lookalikes = try NamePolicy.unacceptedLookalikes(of: member, in: registry)
        }
        return .issue(item)
      } catch let rejection as ActRejection {
        return .rejected(order, rejection)
      }
    }
  }

  /// What the certificates that the member has make of an item.
  private func classify(
    _ item: IssueItem,
    _ known: [CurrentCredential],
    programme: Programme,
    options: IssueOptions
  ) throws -> Assessment {
    var item = item
    let member = item.order.member
    if let live = known.first(where: { $0.state != .lapsed && $0.validUntil >= now.seconds }) {
      var isReplaced = false
      if live.contentDigest != item.content.digest {
        item.disposition = .changed
        item.reason = options.replaceChanged ?? ""
        isReplaced = options.replaceChanged != nil
      } else if let days = options.renewWithin, live.validUntil <= now.adding(days: days).seconds {
        item.disposition = .renewed
        item.reason = "renewal"
        isReplaced = true
      } else {
        item.disposition = .unchanged
      }
      guard isReplaced, live.state == .active else {
        return .unchanged(
          item,
          IssueOutcome.Issued(
            id: live.id,
            member: member.key,
            programme: programme.id,
            validFrom: Instant(seconds: live.validFrom),
            validUntil: Instant(seconds: live.validUntil),
            row: item.order.row,
            disposition: .unchanged,
            replaces: nil
          )
        )
      }
      item.replaces = .init(seq: live.seq, id: live.id)
      return .issue(item)
    }
    guard let last = known.first else { return .issue(item) }
    guard last.state != .suspended else {
      throw ActRejection(.notRenewable(from: .suspended), subject: member.key)
    }
    let inGrace = last.state != .lapsed && now.seconds <= last.validUntil + Int64(programme.graceDays) * 86_400
    item.disposition = inGrace ? .renewed : .returned
    item.reason = inGrace ? "renewal" : "return"
    item.replaces = .init(seq: last.seq, id: last.id)
    return .issue(item)
  }

  // MARK: rules of issuing

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

  /// The certificate in force that a member has besides the one to be replaced: of two, each would outlive what is done
  /// to the other. Two requests for one member may be open at once, so it is asked again when one is carried out.
  func other(
    of member: Member,
    _ programme: Programme,
    subject: String,
    besides replaced: Int64?
  ) throws -> CredentialRecord? {
    try registry.credentials.current(member: member.rowID, programme: programme.id)
      .first { $0.state != .lapsed && $0.validUntil >= now.seconds && $0.subject == subject && $0.seq != replaced }
  }

  /// What was suspended is looked into first: no request filed before the suspension is a way around it. A company that
  /// went into another is gone.
  static func canBeSuperseded(_ state: CredentialState, for reason: String) -> Bool {
    state == .active || state == .lapsed || (state == .suspended && reason == SupersedeReason.amalgamation.rawValue)
  }
}

extension Registry {
  /// Chambers that may issue.
  func grantedChambers() throws -> Set<String> {
    Set(try keys.chambers().filter { $0.status == .granted }.map(\.slug))
  }
}
