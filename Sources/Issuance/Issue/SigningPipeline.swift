internal import Credentials
internal import Directory
internal import Dispatch
internal import Encodings
internal import Foundation
internal import PKI
internal import Profiles
internal import Registry
internal import Support
internal import TransparencyLog
internal import Vocabulary

/// Certificates to make, all of one chamber and programme.
struct IssueJob {
  /// nil: one officer, one certificate.
  let request: Int64?
  let chamber: String
  let programme: Programme
  let until: Instant?
  let items: [RequestItem]
  /// What was assessed a moment ago under the same lock, and may be issued; rows that are not here are read again from
  /// the register and judged anew.
  let contents: [Int64: IssueContent]
}

/// What will be signed for one row, before its place in the status lists is known. A class, as it is never changed and
/// goes through many hands.
final class IssueDraft: Sendable {
  let item: RequestItem
  let content: IssueContent
  let replaced: CredentialRecord?
  let id: CredentialID
  /// The reservation that is asked for.
  let credential: CredentialDraft
  var validUntil: Instant { Instant(seconds: credential.validUntil) }

  init(
    item: RequestItem,
    content: IssueContent,
    replaced: CredentialRecord?,
    id: CredentialID,
    credential: CredentialDraft
  ) {
    self.item = item
    self.content = content
    self.replaced = replaced
    self.id = id
    self.credential = credential
  }
}

/// A draft with its place in the status lists. Its row in the register lets it be signed once: `reserved` is left only
/// once.
struct ReservedDraft: Sendable {
  let draft: IssueDraft
  let placement: StatusPlacement
}

/// Steps 3 to 5 of issuance, batch by batch: each commit issues one batch and reserves the places of a later one.
/// Beside it the next two are signed, one after the other, and what was committed before goes into the directory:
/// neither the processor nor the disk waits for the other.
struct SigningPipeline: Service {
  /// Rows in one transaction: large enough that a commit's fsyncs are shared, small enough that a crash loses little
  /// work.
  static let batchSize = 1_000
  private static let batchesAhead = 3

  let session: AuthoritySession
  let job: IssueJob
  let signer: CredentialSigner

  init(session: AuthoritySession, job: IssueJob) throws {
    self.session = session
    self.job = job
    signer = try CredentialSigner(session: session, chamber: job.chamber)
  }

  /// Decrypts at once, and ahead, what signing for these chambers needs.
  static func warmKeys(_ session: AuthoritySession, for chambers: Set<String>) throws {
    try session.keys.warm(for: chambers)
  }

  func run(into outcome: inout IssueOutcome, progress: (Int) -> Void) throws {
    var rest = stride(from: 0, to: job.items.count, by: Self.batchSize).map {
      Array(job.items[$0..<min($0 + Self.batchSize, job.items.count)])
    }[...]
    func nextDrafts() throws -> [IssueDraft] {
      while let batch = rest.popFirst() {
        let drafts = try draft(batch, into: &outcome)
        if !drafts.isEmpty { return drafts }
      }
      return []
    }
    let ahead = try (0..<Self.batchesAhead).map { _ in try nextDrafts() }.filter { !$0.isEmpty }
    guard !ahead.isEmpty else { return }
    var reserved = try reserve(ahead.flatMap(\.self))[...]
    var signing: [SigningBatch] = []
    let queue = DispatchQueue(label: "khatm.signing", qos: .userInitiated)
    for drafts in ahead {
      signing.append(sign(Array(reserved.prefix(drafts.count)), on: queue))
      reserved = reserved.dropFirst(drafts.count)
    }
    let records = job.items.count > Self.batchSize ? try session.openEarlyRecords() : nil
    var done = 0
    while !signing.isEmpty {
      let batch = signing.removeFirst()
      let signed = try batch.pending.get()
      let drafts = try nextDrafts()
      let (base, next) = try commit(batch.reserved, signed, reserving: drafts)
      if !next.isEmpty { signing.append(sign(next, on: queue)) }
      records?.add(
        zip(batch.reserved, signed).enumerated().map { index, one in
          EarlyRecords.entry(one.0, one.1, leaf: base + Int64(index))
        }
      )
      outcome.issued += batch.reserved.map(issued)
      done += batch.reserved.count
      progress(done)
    }
  }

  private func issued(_ one: ReservedDraft) -> IssueOutcome.Issued {
    .init(
      id: one.draft.id.description,
      member: one.draft.content.member.key,
      programme: job.programme.id,
      validFrom: Instant(seconds: one.draft.credential.validFrom),
      validUntil: one.draft.validUntil,
      row: job.request == nil ? nil : Int(one.draft.item.row),
      disposition: one.draft.item.disposition,
      replaces: one.draft.replaced?.id
    )
  }

  // MARK: draft

  /// Issuance step 3: reserve. First the draft: what each row says now must be what was asked for. A row that may not
  /// be issued any longer is refused alone.
  func draft(_ items: [RequestItem], into outcome: inout IssueOutcome) throws -> [IssueDraft] {
    let granted = try registry.grantedChambers()
    let rules = try session.contentRules
    let numberBytes = CredentialID.randomBytes
    let each = numberBytes + CredentialHandle.saltBytes
    let random = try secureRandomBytes(items.count * each)
    var drafts: [IssueDraft] = []
    var refused: [ItemOutcome] = []
    for (index, item) in items.enumerated() {
      guard let memberID = item.member,
        let member = try job.contents[item.row]?.member ?? registry.members.find(rowID: memberID)
      else {
        throw IssuanceFailure.registryTampered(table: "request_item", row: "\(item.row)")
      }
      do {
        let content = try content(of: item, member, rules: rules, granted: granted)
        let end = try end(of: content)
        let replaced = try item.credential.flatMap { try registry.credentials.find(seq: $0) }
        if let replaced, !Issuer.canBeSuperseded(replaced.state, for: item.reason) {
          throw ActRejection(.notReplaceable(from: replaced.state), subject: replaced.id)
        }
        let bytes = random[(index * each)..<((index + 1) * each)]
        let id = CredentialID(random: Array(bytes.prefix(numberBytes)))
        var credential = CredentialDraft(
          id: id.description,
          member: member.rowID,
          chamber: job.chamber,
          programme: job.programme.id,
          validFrom: now.seconds,
          validUntil: end.seconds,
          salt: Array(bytes.dropFirst(numberBytes)),
          contentDigest: content.digest
        )
        credential.subject = content.subject
        credential.replaces = replaced?.seq
        credential.replacementReason = replaced == nil ? nil : item.reason
        credential.request = job.request
        credential.row = job.request == nil ? nil : item.row
        drafts.append(
          IssueDraft(item: item, content: content, replaced: replaced, id: id, credential: credential)
        )
      } catch let rejection as ActRejection {
        outcome.refused.append(
          .init(
            member: member.key,
            row: job.request == nil ? nil : Int(item.row),
            refusal: rejection,
            request: job.request
          )
        )
        if let request = job.request {
          refused.append(ItemOutcome(request: request, row: item.row, refusal: rejection.code.rawValue))
        } else {
          _ = session.recordRejection(rejection, act: .issue)
        }
      }
    }
    if let first = refused.first {
      let detail: JSON = ["request": .integer(job.request ?? 0), "code": JSON(first.refusal ?? "")]
      try session.record(.init(.issue, on: "\(refused.count) rows", detail: detail, outcome: .refused)) {
        try registry.requests.recordOutcomes(refused, at: now.seconds, audit: $0)
      }
    }
    return drafts
  }

  /// What was assessed a moment ago, or what the register says now; either must be what was approved.
  private func content(
    of item: RequestItem,
    _ member: Member,
    rules: ContentRules,
    granted: Set<String>
  ) throws -> IssueContent {
    let known = job.contents[item.row]
    let content =
      try known
      ?? IssueContent(
        member: member,
        programme: job.programme,
        claims: JSONObject.parse(Array(item.claims.utf8)),
        rules: rules
      )
    guard content.digest == item.contentDigest else {
      throw ActRejection(.requestChanged(row: item.row), subject: member.key)
    }
    guard known == nil else { return content }
    let issuer = session.issuer
    try issuer.permit(member, job.programme, granted: granted)
    if let other = try issuer.other(of: member, job.programme, subject: content.subject, besides: item.credential) {
      throw ActRejection(.memberCertified(member: member.key, certificate: other.id), subject: member.key)
    }
    return content
  }

  /// The earliest of what the profile, the order and the claims say; the signer must outlive it.
  private func end(of content: IssueContent) throws -> Instant {
    let full = CivilDate(of: now).adding(days: Int64(job.programme.validityDays) - 1).endOfDay
    let end = [full, job.until, content.until].compactMap { $0 }.min() ?? full
    guard end > now else { throw ActRejection(.validityEmpty(until: end), subject: content.member.key) }
    try signer.mustOutlive(end, at: now)
    return end
  }

  // MARK: reserve

  /// Step 3, second half: number and places on disk before anything is signed.
  func reserve(_ drafts: [IssueDraft]) throws -> [ReservedDraft] {
    var act = AuditedAct(
      .issue,
      on: job.request.map { "request \($0)" } ?? drafts[0].content.member.key,
      programme: job.programme.id
    )
    act.quota = job.programme.quota
    let places = try session.enforcing(act) {
      try registry.credentials.reserve(drafts.map(\.credential), at: now.seconds, draw: Self.dice())
    }
    return zip(drafts, places).map { ReservedDraft(draft: $0, placement: $1) }
  }

  /// Random numbers below 2^32.
  private static func dice() -> () throws -> UInt32 {
    var pool: [UInt8] = []
    return {
      if pool.count < 4 { pool = try secureRandomBytes(4_096) }
      let value = pool.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      pool.removeLast(4)
      return value
    }
  }

  // MARK: sign

  /// A batch whose places are on disk, on its way through the signer.
  private struct SigningBatch {
    let reserved: [ReservedDraft]
    let pending: BackgroundResult<[SignedToken]>
  }

  private func sign(_ reserved: [ReservedDraft], on queue: DispatchQueue) -> SigningBatch {
    let signer = signer
    let now = now
    return SigningBatch(
      reserved: reserved,
      pending: BackgroundResult(on: queue) { try signer.sign(reserved, at: now) }
    )
  }

  // MARK: commit

  /// Issuance step 5: commit. The same transaction reserves the places of a later batch.
  /// - Returns: the first of its leaves in the log, and the later batch with its places.
  func commit(
    _ reserved: [ReservedDraft],
    _ signed: [SignedToken],
    reserving next: [IssueDraft]
  ) throws -> (leaf: Int64, next: [ReservedDraft]) {
    let superseded = try supersessions(reserved, signed)
    let entries = signed.map(\.entry) + superseded.map(\.entry)
    let credentials = zip(reserved, signed).map { one, token in
      SignedCredential(
        seq: one.placement.seq,
        parts: token.parts,
        reason: one.draft.replaced == nil ? "issue" : one.draft.item.reason
      )
    }
    let outcomes =
      job.request.map { request in
        reserved.map { ItemOutcome(request: request, row: $0.draft.item.row, result: $0.placement.seq) }
      } ?? []
    var detail = JSONObject([
      "programme": JSON(job.programme.id), "count": .integer(Int64(reserved.count)),
      "first": JSON(reserved[0].draft.id.description),
    ])
    if let request = job.request { detail["request"] = .integer(request) }
    let act = AuditedAct(
      .issue,
      on: reserved.count == 1 ? reserved[0].draft.id.description : "\(reserved.count) credentials",
      detail: .object(detail),
      programme: job.programme.id
    )
    func write(_ log: LogAppend, _ audit: AuditRecord, reserving next: [IssueDraft]) throws -> (
      leaf: Int64, places: [StatusPlacement]
    ) {
      var changes = superseded.map(\.change)
      for index in changes.indices { changes[index].leaf = log.previousSize + Int64(signed.count + index) }
      let places = try registry.credentials.issue(
        IssueBatch(credentials: credentials, replaced: changes, outcomes: outcomes, request: job.request),
        log: log,
        audit: audit,
        reserving: next.map(\.credential),
        draw: Self.dice()
      )
      return (log.previousSize, places)
    }
    if !next.isEmpty {
      // Where the later batch is what a rule refuses, this one is issued all the same.
      do {
        let done = try session.attempt(act, entries: entries) { try write($0, $1, reserving: next) }
        return (done.leaf, zip(next, done.places).map { ReservedDraft(draft: $0, placement: $1) })
      } catch RegistryFailure.refused {
      } catch RegistryFailure.constraint {
      }
    }
    let done = try session.commit(act, entries: entries) { try write($0, $1, reserving: []) }
    return (done.leaf, next.isEmpty ? [] : try reserve(next))
  }

  /// The end of what is replaced belongs to the same transaction: never two in force, never none.
  private func supersessions(
    _ reserved: [ReservedDraft],
    _ signed: [SignedToken]
  ) throws -> [(change: StateChange, entry: LogEntry)] {
    try zip(reserved, signed).compactMap { one, token in
      guard let old = one.draft.replaced, old.state != .lapsed, let parts = old.parts else { return nil }
      let handle = try CredentialHandle(salt: old.salt, token: parts.compact, id: Text(old.id))
      var end = StateChange(
        seq: old.seq,
        event: .superseded,
        at: now.seconds,
        officer: officer,
        reason: one.draft.item.reason
      )
      end.statement = try signer.statement(
        id: old.id,
        state: .superseded,
        at: now,
        replacedBy: one.draft.id.description
      )
      end.replacedBy = one.placement.seq
      end.request = job.request
      let entry = try LogEntry(
        at: now,
        chamber: Text(signer.chamber.did),
        event: .supersede(handle, programme: Text(job.programme.id), successor: token.handle.ref)
      )
      return (end, entry)
    }
  }
}
