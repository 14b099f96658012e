internal import Credentials
internal import Directory
internal import Dispatch
internal import Encodings
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

/// What will be signed for one row, before its place in the status lists is known.
final class Draft: Sendable {
  let content: IssueContent
  let row: Int64
  let disposition: RowDisposition, reason: String
  let replaces: CredentialRecord?
  let id: CredentialID
  let salt: [UInt8]
  let validFrom: Instant, validUntil: Instant

  init(
    content: IssueContent,
    row: Int64,
    disposition: RowDisposition,
    reason: String,
    replaces: CredentialRecord?,
    id: CredentialID,
    salt: [UInt8],
    validFrom: Instant,
    validUntil: Instant
  ) {
    self.content = content; self.row = row; self.disposition = disposition; self.reason = reason;
    self.replaces = replaces;
    self.id = id; self.salt = salt
    self.validFrom = validFrom; self.validUntil = validUntil
  }
}

/// A credential with its place in the status lists. Its row in the register lets it be signed once: `reserved` is left
/// only once.
struct PreparedCredential: Sendable {
  let draft: Draft
  let place: StatusPlacement
}

extension Office {
  /// Carries out a request to issue, from the first row that waits.
  func carryOut(
    _ request: RequestRecord,
    items: [RequestItem],
    contents: [Int64: IssueContent],
    into outcome: inout IssueOutcome,
    progress: (Int) -> Void
  ) throws {
    guard let programme = profiles.programme(request.programme) else {
      throw IssuanceFailure.profile("the profile of \(request.programme) is gone")
    }
    let content = try JSONObject.parse(Array(request.content.utf8), limits: Self.contentLimits)
    // the rules it was asked for under
    guard content["profile"]?.string == profileDigests[programme.id].map({ Hex.encode($0) }) else {
      try registry.requests.close(
        request.seq,
        to: .ended,
        by: officer,
        at: now.seconds,
        audit: try auditRow("issue", "request \(request.seq)", refused: true, detail: ["code": "request_changed"])
      )
      throw ActRejection(.requestChanged(row: nil), subject: "request \(request.seq)")
    }
    outcome.requests.append(request.seq)
    try requireAgreement(request, needed: max(request.needed, programme.approvals.issue))
    let until = content["until"]?.string.flatMap { Instant(rfc3339: $0) }
    try carryOut(
      IssueJob(
        request: request.seq,
        chamber: request.chamber,
        programme: programme,
        until: until,
        items: items,
        contents: contents
      ),
      into: &outcome,
      progress: progress
    )
  }

  /// A batch whose places are on disk, on its way through the signer.
  private struct Signing {
    let prepared: [PreparedCredential]
    let pending: BackgroundResult<[SignedToken]>
    init(_ prepared: [PreparedCredential], desk: SigningDesk, at now: Instant, on queue: DispatchQueue) {
      self.prepared = prepared
      pending = BackgroundResult(on: queue) { try desk.sign(prepared, at: now) }
    }
  }

  /// Steps 3 to 5, batch by batch: each commit issues one batch and reserves the places of a later one. Beside it the
  /// next two are signed, one after the other, and what was committed before goes into the directory: neither the
  /// processor nor the disk waits for the other.
  func carryOut(_ job: IssueJob, into outcome: inout IssueOutcome, progress: (Int) -> Void) throws {
    let desk = try SigningDesk(office: self, chamber: job.chamber), now = now
    var rest = stride(from: 0, to: job.items.count, by: Self.batchSize).map {
      Array(job.items[$0..<min($0 + Self.batchSize, job.items.count)])
    }[...]
    func nextDrafts() throws -> [Draft] {
      while let batch = rest.popFirst() {
        let drafts = try draft(batch, job, desk: desk, into: &outcome)
        if !drafts.isEmpty { return drafts }
      }
      return []
    }
    func prepared(_ drafts: [Draft], _ places: some Sequence<StatusPlacement>) -> [PreparedCredential] {
      zip(drafts, places).map { PreparedCredential(draft: $0, place: $1) }
    }
    let ahead = try (0..<3).map { _ in try nextDrafts() }.filter { !$0.isEmpty }
    guard !ahead.isEmpty else { return }
    var places = try reserve(ahead.flatMap(\.self), job)[...], signing: [Signing] = []
    let queue = DispatchQueue(label: "khatm.signing", qos: .userInitiated)
    func sign(_ prepared: [PreparedCredential]) {
      if !prepared.isEmpty { signing.append(Signing(prepared, desk: desk, at: now, on: queue)) }
    }
    for drafts in ahead {
      sign(prepared(drafts, places))
      places = places.dropFirst(drafts.count)
    }
    let records = job.items.count > Self.batchSize ? try earlyRecords() : nil
    var done = 0
    while !signing.isEmpty {
      let batch = signing.removeFirst(), signed = try batch.pending.get(), drafts = try nextDrafts()
      let (base, places) = try commit(batch.prepared, signed, job, desk: desk, reserving: drafts)
      sign(prepared(drafts, places))
      records?.add(
        zip(batch.prepared, signed).enumerated().map { index, one in
          Self.record(one.0, one.1, chamber: job.chamber, leaf: base + Int64(index))
        }
      )
      outcome.issued += batch.prepared.map { one in
        .init(
          id: one.draft.id.description,
          member: one.draft.content.member.key,
          programme: job.programme.id,
          validFrom: one.draft.validFrom,
          validUntil: one.draft.validUntil,
          row: job.request == nil ? nil : Int(one.draft.row),
          disposition: one.draft.disposition,
          replaces: one.draft.replaces?.id
        )
      }
      done += batch.prepared.count
      progress(done)
    }
  }

  /// Issuance step 3: reserve. First the draft: what each row says now must be what was asked for. A row that may not
  /// be issued any longer is refused alone.
  private func draft(_ items: [RequestItem], _ job: IssueJob, desk: SigningDesk, into outcome: inout IssueOutcome)
    throws -> [Draft]
  {
    let full = CivilDate(of: now).adding(days: Int64(job.programme.validityDays) - 1).endOfDay, rules = contentRules
    let granted = Set(try registry.keys.chambers().filter { $0.status == .granted }.map(\.slug))
    let random = try secureRandomBytes(items.count * (CredentialID.randomBytes + CredentialHandle.saltBytes))
    var drafts: [Draft] = [], refused: [ItemOutcome] = []
    for (index, item) in items.enumerated() {
      guard let memberID = item.member,
        let member = try job.contents[item.row]?.member ?? registry.members.find(rowID: memberID)
      else {
        throw IssuanceFailure.registryTampered(table: "request_item", row: "\(item.row)")
      }
      do {
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
        if known == nil {
          try permit(member, job.programme, granted: granted)
          if let other = try other(of: member, job.programme, subject: content.subject, besides: item.credential) {
            throw ActRejection(.memberCertified(member: member.key, certificate: other.id), subject: member.key)
          }
        }
        let end = [full, job.until, content.until].compactMap { $0 }.min() ?? full
        guard end > now else { throw ActRejection(.validityEmpty(until: end), subject: member.key) }
        try desk.mustOutlive(end, at: now)
        let replaces = try item.credential.flatMap { try registry.credentials.find(seq: $0) }
        if let replaces, !Self.mayGiveWay(replaces.state, for: item.reason) {
          throw ActRejection(.notReplaceable(from: replaces.state), subject: replaces.id)
        }
        let start = index * (CredentialID.randomBytes + CredentialHandle.saltBytes),
          middle = start + CredentialID.randomBytes
        drafts.append(
          Draft(
            content: content,
            row: item.row,
            disposition: item.disposition,
            reason: item.reason,
            replaces: replaces,
            id: CredentialID(random: Array(random[start..<middle])),
            salt: Array(random[middle..<(middle + CredentialHandle.saltBytes)]),
            validFrom: now,
            validUntil: end
          )
        )
      } catch let refusal as ActRejection {
        outcome.refused.append(
          .init(
            member: member.key,
            row: job.request == nil ? nil : Int(item.row),
            refusal: refusal,
            request: job.request
          )
        )
        if let request = job.request {
          refused.append(ItemOutcome(request: request, row: item.row, refusal: refusal.code.rawValue))
        } else {
          _ = recordRejection(refusal, act: "issue")
        }
      }
    }
    if !refused.isEmpty {
      try registry.requests.recordOutcomes(
        refused,
        at: now.seconds,
        audit: try auditRow(
          "issue",
          "\(refused.count) rows",
          refused: true,
          detail: [
            "request": .integer(job.request ?? 0), "code": JSON(refused[0].refusal ?? ""),
          ]
        )
      )
    }
    return drafts
  }

  /// The certificate in force that a member has besides the one to be replaced: of two, each would outlive what is done
  /// to the other. Two requests for one member may be open at once, so it is asked again when one is carried out.
  func other(of member: Member, _ programme: Programme, subject: String, besides replaced: Int64?) throws
    -> CredentialRecord?
  {
    try registry.credentials.current(member: member.rowID, programme: programme.id)
      .first { $0.state != .lapsed && $0.validUntil >= now.seconds && $0.subject == subject && $0.seq != replaced }
  }

  /// What was paused is looked into first: no request filed before the pause is a way around it. A company that went
  /// into another is gone.
  static func mayGiveWay(_ state: CredentialState, for reason: String) -> Bool {
    state == .active || state == .lapsed || (state == .suspended && reason == SupersedeReason.amalgamation.rawValue)
  }

  /// Step 3, second half: number and places on disk before anything is signed.
  private func reserve(_ drafts: [Draft], _ job: IssueJob) throws -> [StatusPlacement] {
    try guarded(
      .init("issue", programme: job.programme.id, quota: job.programme.quota),
      job.request.map { "request \($0)" } ?? drafts[0].content.member.key
    ) {
      try registry.credentials.reserve(reservations(drafts, job), at: now.seconds, draw: Self.dice())
    }
  }

  private func reservations(_ drafts: [Draft], _ job: IssueJob) -> [CredentialDraft] {
    drafts.map { draft in
      var wanted = CredentialDraft(
        id: draft.id.description,
        member: draft.content.member.rowID,
        chamber: job.chamber,
        programme: job.programme.id,
        validFrom: draft.validFrom.seconds,
        validUntil: draft.validUntil.seconds,
        salt: draft.salt,
        contentDigest: draft.content.digest
      )
      wanted.subject = draft.content.subject
      wanted.replaces = draft.replaces?.seq
      wanted.replacementReason = draft.replaces == nil ? nil : draft.reason
      wanted.request = job.request
      wanted.row = job.request == nil ? nil : draft.row
      return wanted
    }
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

  /// Issuance step 5: commit. The moment of issue. The same transaction reserves the places of a later batch.
  /// - Returns: the first of its leaves in the log, and the places of the later batch.
  private func commit(
    _ prepared: [PreparedCredential],
    _ signed: [SignedToken],
    _ job: IssueJob,
    desk: SigningDesk,
    reserving next: [Draft]
  ) throws
    -> (leaf: Int64, places: [StatusPlacement])
  {
    let base = Int64(try logBook().range.size), did = Text(desk.chamber.did), programme = Text(job.programme.id)
    var entries = signed.map(\.entry)
    let issued = zip(prepared, signed).map { one, token in
      SignedCredential(
        seq: one.place.seq,
        parts: token.parts,
        reason: one.draft.replaces == nil ? "issue" : one.draft.reason
      )
    }
    // The end of what is replaced belongs to the same transaction: never two in force, never none.
    var replaced: [StateChange] = []
    for (index, one) in prepared.enumerated() {
      guard let old = one.draft.replaces else { continue }
      guard old.state != .lapsed, let parts = old.parts else { continue }
      let handle = try CredentialHandle(salt: old.salt, token: parts.compact, id: Text(old.id))
      var end = StateChange(
        seq: old.seq,
        event: .superseded,
        at: now.seconds,
        officer: officer,
        reason: one.draft.reason
      )
      end.leaf = base + Int64(entries.count)
      end.statement = try desk.statement(
        id: old.id,
        state: .superseded,
        at: now,
        replacedBy: one.draft.id.description
      )
      end.replacedBy = one.place.seq
      end.request = job.request
      replaced.append(end)
      entries.append(
        try LogEntry(
          at: now,
          chamber: did,
          event: .supersede(handle, programme: programme, successor: signed[index].handle.ref)
        )
      )
    }
    let subject = prepared.count == 1 ? prepared[0].draft.id.description : "\(prepared.count) credentials"
    var detail = JSONObject([
      "programme": JSON(job.programme.id), "count": .integer(Int64(prepared.count)),
      "first": JSON(prepared[0].draft.id.description),
    ])
    if let request = job.request { detail["request"] = .integer(request) }
    let outcomes =
      job.request.map { request in
        prepared.map { ItemOutcome(request: request, row: $0.draft.row, result: $0.place.seq) }
      } ?? []
    func attempt(reserving next: [Draft]) throws -> [StatusPlacement] {
      var places: [StatusPlacement] = []
      try logging(entries) { append in
        places = try registry.credentials.issue(
          IssueBatch(credentials: issued, replaced: replaced, outcomes: outcomes, request: job.request),
          log: append,
          audit: try auditRow("issue", subject, detail: .object(detail)),
          reserving: reservations(next, job),
          draw: Self.dice()
        )
      }
      return places
    }
    if !next.isEmpty {
      // Where the later batch is what a rule refuses, this one is issued all the same.
      do {
        return (base, try attempt(reserving: next))
      } catch RegistryFailure.refused {
      } catch RegistryFailure.constraint {
      }
    }
    _ = try guarded(.init("issue", programme: job.programme.id), subject) { try attempt(reserving: []) }
    return (base, next.isEmpty ? [] : try reserve(next, job))
  }

  private static func record(_ one: PreparedCredential, _ signed: SignedToken, chamber: String, leaf: Int64)
    -> EarlyRecords.Entry
  {
    let draft = one.draft
    return (
      one.place.seq,
      PublicRecord(
        id: draft.id.description,
        header: signed.parts.header,
        payload: signed.parts.payload,
        signature: signed.parts.signature,
        chamber: chamber,
        programme: draft.content.programme.id,
        registerID: signed.facts.registerID,
        names: signed.facts.names,
        validUntil: draft.validUntil.seconds,
        statement: nil,
        leaf: leaf,
        salt: draft.salt,
        replacedBy: nil,
        pageKeys: signed.facts.pageKeys
      )
    )
  }
}
