internal import Credentials
internal import Encodings
internal import PKI
internal import Profiles
package import Registry
internal import Support
package import Vocabulary

/// A request as people look at it: what is asked for, who stands behind it, what still waits.
package struct RequestView: Sendable {
  package let record: RequestRecord
  package let approvals: [ApprovalRecord]
  /// Officers still in office who signed.
  package let agreed: Int
  /// `waiting`, `done`, `refused`.
  package let items: [RowOutcome: Int]
  /// Names of other members that an approver must accept explicitly.
  package let lookalikes: [String]
}

extension RegistryReader {
  package func request(_ number: Int64) throws -> RequestView {
    guard let record = try registry.requests.find(number) else {
      throw ActRejection(.requestUnknown, subject: "request \(number)")
    }
    return RequestView(
      record: record,
      approvals: try registry.requests.approvals(of: number),
      agreed: try registry.requests.approvalCount(number),
      items: try registry.requests.itemCounts(of: number),
      lookalikes: try Self.lookalikes(of: record)
    )
  }

  static func lookalikes(of record: RequestRecord) throws -> [String] {
    try JSONObject.parse(Array(record.content.utf8), limits: ApprovalWorkflow.contentLimits)["lookalikes"]?.array?
      .compactMap(
        \.string
      ) ?? []
  }
}

/// What is asked for, before it is frozen as a request.
struct RequestedAct {
  let act: RequestAct
  let chamber: String, programme: String
  let items: [RequestItem]
  /// `CHAMBER/NUMBER` by the member's row; named in a request of one row.
  var memberKeys: [Int64: String] = [:]
  /// Officers that must agree, the one who asks included.
  let needed: Int
  var reason = ""
  var note = ""
  var until: Instant?
  /// Names of other members that an approver must accept explicitly.
  var lookalikes: [String] = []
  /// SHA-256 of the file or search that it came from.
  var source: [UInt8]?
}

/// Four eyes: requests are filed, approved and declined here, and whoever carries one out asks here whether enough
/// officers stand behind it.
package struct ApprovalWorkflow: Service {
  let session: AuthoritySession

  /// Only our own content is read with these: a plan of the largest chamber with every name doubtful.
  static let contentLimits = JSONLimits(maxBytes: 16 << 20, maxDepth: 8, maxMembers: 64)

  /// Freezes what is asked for. The digest covers act, programme and the version of its profile, every row, and the
  /// names that resemble others.
  func fileRequest(_ asked: RequestedAct) throws -> RequestRecord {
    let items = asked.items
    var content = JSONObject([
      "v": 1, "act": JSON(asked.act.rawValue), "chamber": JSON(asked.chamber), "programme": JSON(asked.programme),
      "rows": .integer(Int64(items.count)), "items": JSON(Hex.encode(try Self.digest(of: items))),
      "reason": JSON(asked.reason), "needed": .integer(Int64(asked.needed)),
    ])
    if let profile = profileDigests[asked.programme] { content["profile"] = JSON(Hex.encode(profile)) }
    if let until = asked.until { content["until"] = JSON(until.description) }
    if !asked.lookalikes.isEmpty { content["lookalikes"] = .array(asked.lookalikes.map { JSON($0) }) }
    if items.count == 1, let member = items[0].member, let key = asked.memberKeys[member] {
      content["member"] = JSON(key)
    }
    let bytes = content.canonical()
    let digest = SHA2.sha256(bytes)
    if let open = try registry.requests.open(digest: digest) { return open }
    var record = RequestRecord(
      act: asked.act,
      chamber: asked.chamber,
      programme: asked.programme,
      content: String(decoding: bytes, as: UTF8.self),
      digest: digest,
      needed: asked.needed,
      requestedBy: officer,
      requestedAt: now.seconds
    )
    record.source = asked.source
    record.reason = asked.reason
    record.note = asked.note
    var signature: (officer: Int64, bytes: [UInt8])?
    if let registered = session.actor.registered {
      signature = (registered.seq, try session.sign(digest, context: .approval))
    }
    let detail: JSON = [
      "digest": JSON(Hex.encode(digest)), "rows": .integer(Int64(items.count)),
      "needed": .integer(Int64(asked.needed)),
    ]
    record.seq = try session.record(
      .init(.request, on: "\(asked.act.rawValue) \(asked.programme)", detail: detail, programme: asked.programme)
    ) { try registry.requests.file(record, items: items, signature: signature, audit: $0) }
    return record
  }

  /// SHA-256 over all rows, in their order.
  static func digest(of items: [RequestItem]) throws -> [UInt8] {
    var hash = SHA256()
    let lines = parallelMap(items) { item in
      let row: JSON = .array([
        .integer(item.row), .integer(item.member ?? 0), .integer(item.credential ?? 0),
        JSON(Hex.encode(item.contentDigest)),
        JSON(item.disposition.rawValue), JSON(item.reason), JSON(item.claims),
      ])
      return row.canonical() + [0x0A]
    }
    for line in lines { hash.update(line) }
    return hash.finish()
  }

  /// What the rows of a request say, and what they were when it was filed, must be one: a register edited by hand is
  /// noticed here.
  func open(_ number: Int64, for act: AuditAction) throws -> (record: RequestRecord, items: [RequestItem]) {
    guard let record = try registry.requests.find(number) else {
      throw ActRejection(.requestUnknown, subject: "request \(number)")
    }
    let items = try registry.requests.items(of: number)
    let content = try JSONObject.parse(Array(record.content.utf8), limits: Self.contentLimits)
    guard SHA2.sha256(Array(record.content.utf8)) == record.digest,
      content["items"]?.string == Hex.encode(try Self.digest(of: items)),
      content["act"]?.string == record.act.rawValue, content["programme"]?.string == record.programme,
      content["chamber"]?.string == record.chamber,
      content["needed"]?.int == Int64(record.needed)
    else { throw IssuanceFailure.registryTampered(table: "request", row: "\(number)") }
    guard record.state == .open else {
      throw session.recordRejection(
        ActRejection(.requestClosed(state: record.state, by: record.closedBy), subject: "request \(number)"),
        act: act
      )
    }
    return (record, items)
  }

  /// Signs a request as the second (or third) officer. Nobody approves an own request, and what is approved must still
  /// be what the register says: else the request ends and a new one is needed.
  /// - Parameter acceptsNames: the approver's explicit word that names which resemble other members' are these members'
  ///   own.
  package func approve(_ number: Int64, acceptsNames: Bool) throws -> RequestView {
    guard let registered = session.actor.registered else {
      throw session.recordRejection(
        ActRejection(.registeredOfficerRequired(act: .approve), subject: "request \(number)"),
        act: .approve
      )
    }
    let (record, items) = try open(number, for: .approve)
    try session.require(
      .approver,
      chamber: record.chamber,
      act: .approve,
      subject: "request \(number)",
      programme: record.programme
    )
    guard record.requestedBy != registered.name else {
      throw session.recordRejection(
        ActRejection(.ownRequest(act: record.act, officer: registered.name), subject: "request \(number)"),
        act: .approve
      )
    }
    // Cut off between the approval and what it was for: the same command goes on, and nothing is signed twice.
    let standing = try session.reader.request(number)
    if standing.agreed >= record.needed,
      try registry.requests.approvals(of: number).contains(where: { $0.officer.name == registered.name })
    {
      return standing
    }
    let names = try RegistryReader.lookalikes(of: record)
    guard names.isEmpty || acceptsNames else {
      throw session.recordRejection(
        ActRejection(.namesUnaccepted(names), subject: "request \(number)"),
        act: .approve
      )
    }
    if let stale = try firstChange(record, items) {
      let detail: JSON = ["code": "request_changed", "row": .integer(stale)]
      try session.record(.init(.approve, on: "\(number)", detail: detail, outcome: .refused)) {
        try registry.requests.close(number, to: .ended, by: officer, at: now.seconds, audit: $0)
      }
      throw ActRejection(.requestChanged(row: stale == Self.rulesChanged ? nil : stale), subject: "request \(number)")
    }
    let detail: JSON = ["digest": JSON(Hex.encode(record.digest)), "names": .bool(!names.isEmpty)]
    var act = AuditedAct(.approve, on: "\(number)", detail: detail)
    act.signedBy = registered.name
    try session.record(act) {
      try registry.requests.approve(
        .init(
          request: number,
          officer: registered.seq,
          digest: record.digest,
          accepts: names.isEmpty ? "" : "name",
          signature: try session.sign(record.digest, context: .approval)
        ),
        at: now.seconds,
        audit: $0
      )
    }
    return try session.reader.request(number)
  }

  /// Ends a request: by an approver it is refused, by the one who asked it is withdrawn.
  package func decline(_ number: Int64, note: String) throws -> RequestView {
    let (record, _) = try open(number, for: .refuse)
    let own = record.requestedBy == officer
    if !own {
      try session.require(
        .approver,
        chamber: record.chamber,
        act: .refuse,
        subject: "request \(number)",
        programme: record.programme
      )
    }
    try session.record(.init(own ? .withdraw : .refuse, on: "\(number)", detail: ["note": JSON(note)])) {
      try registry.requests.close(number, to: own ? .withdrawn : .refused, by: officer, at: now.seconds, audit: $0)
    }
    return try session.reader.request(number)
  }

  /// Enough officers in office stand behind a request, and each signature is theirs: looked at again with the keys,
  /// beside the triggers.
  func requireAgreement(_ record: RequestRecord, needed: Int) throws {
    guard needed > 1 else { return }
    var keys: Set<[UInt8]> = []
    var names: [String] = []
    for approval in try registry.requests.approvals(of: record.seq)
    where approval.officer.removedAt == nil && approval.digest == record.digest {
      let key = try PublicKey(subjectPublicKeyInfo: approval.officer.publicKey)
      guard
        try key.verifies(approval.signature, over: SigningContext.approval.message(record.digest), algorithm: .eddsa)
      else {
        throw IssuanceFailure.registryTampered(table: "approval", row: "\(record.seq)")
      }
      if keys.insert(approval.officer.publicKey).inserted { names.append(approval.officer.name) }
    }
    guard keys.count >= needed else {
      throw session.recordRejection(
        ActRejection(
          .approvalMissing(
            .init(
              request: record.seq,
              act: record.act,
              programme: record.programme,
              rows: try registry.requests.itemCounts(of: record.seq).values.reduce(0, +),
              needed: needed,
              officers: names
            )
          ),
          subject: "request \(record.seq)"
        ),
        act: record.act.auditAction
      )
    }
  }

  /// In place of a row: not one of them, but the programme's rules are others now.
  static let rulesChanged: Int64 = 0

  /// The first row whose content is no longer what was frozen, also when the profile was changed.
  private func firstChange(_ record: RequestRecord, _ items: [RequestItem]) throws -> Int64? {
    let content = try JSONObject.parse(Array(record.content.utf8), limits: Self.contentLimits)
    if record.act != .profile, content["profile"]?.string != profileDigests[record.programme].map({ Hex.encode($0) }) {
      return Self.rulesChanged
    }
    if record.act == .profile, let programme = profiles.programme(record.programme),
      try rule(of: programme).digest != items.first?.contentDigest
    {
      return Self.rulesChanged
    }
    guard record.act == .issue, let programme = profiles.programme(record.programme) else { return nil }
    for item in items where item.outcome == .waiting {
      if let old = try item.credential.flatMap({ try registry.credentials.find(seq: $0) }),
        !Issuer.canBeSuperseded(old.state, for: item.reason)
      {
        return item.row
      }
      guard let id = item.member, let member = try registry.members.find(rowID: id) else { return item.row }
      do {
        let content = try IssueContent(
          member: member,
          programme: programme,
          claims: JSONObject.parse(Array(item.claims.utf8)),
          rules: try session.contentRules
        )
        guard content.digest == item.contentDigest,
          try session.issuer.other(of: member, programme, subject: content.subject, besides: item.credential) == nil
        else { return item.row }
      } catch is ActRejection { return item.row }
    }
    return nil
  }
}
