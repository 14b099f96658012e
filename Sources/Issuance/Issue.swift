internal import Credentials
internal import Dispatch
public import Encodings
internal import PKI
public import Profiles
public import Registry
internal import Storefronts
internal import Synchronization
internal import TransparencyLog

/// One certificate asked for.
public struct IssueOrder: Sendable {
  public let member: Member
  /// Line of the spreadsheet it came from.
  public let row: Int?
  public init(member: Member, row: Int? = nil) { self.member = member; self.row = row }
}

public struct IssueOutcome: Sendable {
  public struct Issued: Sendable, Equatable { public let id: String, member: String, programme: String; public let validFrom: Instant, validUntil: Instant; public let row: Int? }
  public struct Refused: Sendable, Equatable { public let member: String; public let row: Int?; public let refusal: Refusal }
  public var issued: [Issued] = []
  /// Members that have a live certificate of the programme already: running a file twice issues nothing twice.
  public var unchanged: [Issued] = []
  public var refused: [Refused] = []
}

extension Office {
  /// Rows in one transaction: large enough that a commit's fsyncs are shared, small enough that a crash loses little work.
  static let batchSize = 500

  /// The issuance cycle (`docs/DESIGN.md`), numbered as there.
  ///
  /// 1. A request names a member and a programme; the profile decides. 2. Approval. 3. Reserve id and status indices, lint. 4. Sign.
  /// 5. One transaction: token, leaf, checkpoint, audit row: the moment of issue. 6. Publish; only then is anything shown.
  ///
  /// - Parameters:
  ///   - until: an earlier end than the profile's, for a membership that ends sooner.
  ///   - progress: credentials committed so far.
  public func issue(_ orders: [IssueOrder], programme: Programme, until: Instant? = nil, approvedBySecondOfficer: Bool = false,
                    replacing: Int64? = nil, replacementReason: String? = nil, progress: (Int) -> Void = { _ in }) throws -> IssueOutcome {
    var outcome = IssueOutcome()
    var accepted: [IssueOrder] = []
    try finishInterrupted()
    // Step 1, 2.
    var counts: [String: Int] = [:], seen: Set<Int64> = []
    let granted = Set(try registry.chambers().filter { $0.status == "granted" }.map(\.slug))
    for order in orders {
      do {
        if let live = replacing == nil ? try registry.liveCredentials(member: order.member.rowID, programme: programme.id)
          .first(where: { $0.validUntil >= now.seconds }) : nil {
          outcome.unchanged.append(.init(id: live.id, member: order.member.key, programme: programme.id, validFrom: Instant(seconds: live.validFrom),
                                         validUntil: Instant(seconds: live.validUntil), row: order.row))
          continue
        }
        guard seen.insert(order.member.rowID).inserted else { continue }
        try permit(order.member, programme, granted: granted, approved: approvedBySecondOfficer)
        let used = try counts[order.member.chamber] ?? registry.count(chamber: order.member.chamber, programme: programme.id, validAt: now.seconds)
        guard used < programme.quota else {
          throw Refusal("quota_reached", subject: order.member.key, ["programme": programme.id, "quota": "\(programme.quota)"])
        }
        counts[order.member.chamber] = used + 1
        accepted.append(order)
      } catch let refusal as Refusal {
        outcome.refused.append(.init(member: order.member.key, row: order.row, refusal: refusal))
      }
    }
    if let first = outcome.refused.first {
      _ = refuse(Refusal(first.refusal.code, subject: outcome.refused.count == 1 ? first.member : "\(outcome.refused.count) members", first.refusal.params),
                 act: "issue")
    }
    // Steps 3 to 5, batch by batch, one chamber at a time: a batch has one signer.
    var done = 0
    for (chamber, group) in Dictionary(grouping: accepted, by: \.member.chamber).sorted(by: { $0.key < $1.key }) {
      let desk = try SigningDesk(office: self, chamber: chamber)
      var start = 0
      while start < group.count {
        let batch = Array(group[start..<min(start + Self.batchSize, group.count)])
        outcome.issued += try issueBatch(batch, programme: programme, until: until, desk: desk, replacing: replacing, replacementReason: replacementReason)
        start += batch.count; done += batch.count
        progress(done)
      }
    }
    try publish()                                                        // step 6
    outcome.issued.sort { ($0.row ?? 0, $0.member) < ($1.row ?? 0, $1.member) }
    return outcome
  }

  /// Step 1: may this member have this certificate now?
  private func permit(_ member: Member, _ programme: Programme, granted: Set<String>, approved: Bool) throws {
    let today = CivilDate(of: now).description
    guard granted.contains(member.chamber) else {
      throw Refusal("issuer_not_authorised", subject: member.key, ["issuer": member.chamber, "programme": programme.id])
    }
    if programme.fees == .required && member.feesPaidUntil < today {
      throw Refusal("fees_unpaid", subject: member.key, ["paidUntil": member.feesPaidUntil])
    }
    switch programme.territory {
    case .inside where member.membership != "member", .outside where member.membership != "e-member":
      throw Refusal("territory", subject: member.key, ["programme": programme.id, "jurisdiction": member.jurisdiction])
    default: break
    }
    if programme.approvals.issue > 1 && !approved {
      throw Refusal("second_officer_required", subject: member.key, ["act": "issue", "programme": programme.id])
    }
  }

  private func issueBatch(_ batch: [IssueOrder], programme: Programme, until: Instant?, desk: SigningDesk, replacing: Int64?,
                          replacementReason: String?) throws -> [IssueOutcome.Issued] {
    let from = now, full = CivilDate(of: now).adding(days: Int64(programme.validityDays) - 1).endOfDay
    let end = until.map { min($0, full) } ?? full
    guard end > from else { throw Refusal("validity_empty", ["until": end.description]) }
    try desk.mustOutlive(end)
    // Step 3: reserve, on disk before anything is signed.
    let random = try secureRandomBytes(batch.count * (CredentialID.randomBytes + CredentialHandle.saltBytes))
    var drafts: [Draft] = []
    for (index, order) in batch.enumerated() {
      let start = index * (CredentialID.randomBytes + CredentialHandle.saltBytes)
      let id = CredentialID(random: Array(random[start..<(start + CredentialID.randomBytes)]))
      let salt = Array(random[(start + CredentialID.randomBytes)..<(start + CredentialID.randomBytes + CredentialHandle.saltBytes)])
      drafts.append(try Draft(order: order, programme: programme, id: id, salt: salt, validFrom: from, validUntil: end, office: self))
    }
    var pool: [UInt8] = []
    let places = try registry.reserve(drafts.map { draft in
      Reservation(id: draft.id.description, member: draft.order.member.rowID, chamber: draft.order.member.chamber, programme: programme.id,
                  validFrom: from.seconds, validUntil: end.seconds, salt: draft.salt, contentDigest: draft.contentDigest,
                  replaces: replacing, replacementReason: replacementReason)
    }, at: now.seconds) {
      if pool.count < 4 { pool = try secureRandomBytes(4_096) }
      let value = pool.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      pool.removeLast(4)
      return value
    }
    // Steps 3 (lint) and 4, on every core.
    let prepared = zip(drafts, places).map { PreparedCredential(draft: $0, place: $1) }
    let signed = try desk.sign(prepared, at: now)
    // Step 5.
    let base = try logBook().range.size
    let entries = try zip(drafts, signed).map { draft, token in
      try LogEntry(at: now, chamber: Text(desk.chamber.did),
                   event: .issue(try CredentialHandle(salt: draft.salt, token: token.compact, id: Text(draft.id.description)), programme: Text(programme.id)))
    }
    let issued = zip(places, signed).enumerated().map { index, pair in
      IssuedCredential(seq: pair.0.seq, issuedAt: now.seconds, leaf: Int64(base) + Int64(index), parts: pair.1.parts)
    }
    let subject = batch.count == 1 ? drafts[0].id.description : "\(batch.count) credentials"
    try logging(entries) { append in
      try registry.issue(issued, officer: officer, reason: replacementReason ?? "issue", log: append,
                         audit: try auditRow("issue", subject, detail: ["programme": JSON(programme.id), "count": .integer(Int64(batch.count)),
                                                                       "first": JSON(drafts[0].id.description)]))
    }
    return drafts.map { .init(id: $0.id.description, member: $0.order.member.key, programme: programme.id, validFrom: from, validUntil: end, row: $0.order.row) }
  }

  /// Reservations that a crash left without a token are burned, openly: an entry in the log, never used again (promise 11).
  func finishInterrupted() throws {
    let unfinished = try registry.unfinished()
    guard !unfinished.isEmpty else { return }
    let chambers = Dictionary(uniqueKeysWithValues: try registry.chambers().map { ($0.slug, $0) })
    let entries = try unfinished.map { record in
      try LogEntry(at: now, chamber: Text(chambers[record.chamber]?.did ?? "did:web:\(authority.host)"),
                   event: .abandoned(ref: try CredentialHandle.ref(salt: record.salt, id: Text(record.id)), programme: Text(record.programme)))
    }
    let base = Int64(try logBook().range.size)
    try logging(entries) { append in
      try registry.apply(unfinished.enumerated().map { index, record in
        StateChange(seq: record.seq, state: "abandoned", event: "abandoned", at: now.seconds, officer: officer, reason: "interrupted", note: "",
                    leaf: base + Int64(index), statement: nil)
      }, log: append, audit: try auditRow("abandon", "\(unfinished.count) reservations"))
    }
  }
}

/// What will be said of one member, before its place in the status lists is known.
struct Draft: Sendable {
  let order: IssueOrder
  let programme: Programme
  let id: CredentialID
  let salt: [UInt8]
  let validFrom: Instant, validUntil: Instant
  let storefronts: [StorefrontBinding]
  /// SHA-256 over what the officers decide: member, programme, claims, validity (`docs/formats.md`, approval digest).
  let contentDigest: [UInt8]
}

/// A credential with its place in the status lists. Its row in the register lets it be signed once: `reserved` is left only once.
struct PreparedCredential: Sendable {
  let draft: Draft
  let place: ReservedPlace
}
