internal import Credentials
internal import Encodings
internal import PKI
public import Profiles
public import Registry
internal import Support
public import Vocabulary

/// A request as people look at it: what is asked for, who stands behind it, what still waits.
public struct RequestView: Sendable {
  public let record: RequestRecord
  public let approvals: [ApprovalRecord]
  /// Officers still in office who signed.
  public let agreed: Int
  /// `waiting`, `done`, `refused`.
  public let items: [RowOutcome: Int]
  /// Names of other members that an approver must accept explicitly.
  public let lookalikes: [String]
}

extension ReadingRoom {
  public func request(_ number: Int64) throws -> RequestView {
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
    try JSONObject.parse(Array(record.content.utf8), limits: Office.contentLimits)["lookalikes"]?.array?.compactMap(
      \.string
    ) ?? []
  }
}

extension Office {
  /// Only our own content is read with these: a plan of the largest chamber with every name doubtful.
  static let contentLimits = JSONLimits(maxBytes: 16 << 20, maxDepth: 8, maxMembers: 64)

  /// Freezes what is asked for. The digest covers act, programme and the version of its profile, every row, and the
  /// names that resemble others.
  func file(
    act: RequestAct,
    chamber: String,
    programme: String,
    items: [RequestItem],
    keys: [Int64: String],
    needed: Int,
    reason: String,
    note: String,
    until: Instant?,
    lookalikes: [String],
    source: [UInt8]?
  ) throws -> RequestRecord {
    var content = JSONObject([
      "v": 1, "act": JSON(act.rawValue), "chamber": JSON(chamber), "programme": JSON(programme),
      "rows": .integer(Int64(items.count)),
      "items": JSON(Hex.encode(try Self.digest(of: items))), "reason": JSON(reason), "needed": .integer(Int64(needed)),
    ])
    if let profile = profileDigests[programme] { content["profile"] = JSON(Hex.encode(profile)) }
    if let until { content["until"] = JSON(until.description) }
    if !lookalikes.isEmpty { content["lookalikes"] = .array(lookalikes.map { JSON($0) }) }
    if items.count == 1, let member = items[0].member, let key = keys[member] { content["member"] = JSON(key) }
    let bytes = content.canonical(), digest = SHA2.sha256(bytes)
    if let open = try registry.requests.open(digest: digest) { return open }
    var record = RequestRecord(
      act: act,
      chamber: chamber,
      programme: programme,
      content: String(decoding: bytes, as: UTF8.self),
      digest: digest,
      needed: needed,
      requestedBy: officer,
      requestedAt: now.seconds
    )
    record.source = source
    record.reason = reason
    record.note = note
    var signature: (officer: Int64, bytes: [UInt8])?
    if let registered = actor.registered { signature = (registered.seq, try sign(digest, context: .approval)) }
    let number = try registry.requests.file(
      record,
      items: items,
      signature: signature,
      audit: try auditRow(
        "request",
        "\(act.rawValue) \(programme)",
        detail: [
          "digest": JSON(Hex.encode(digest)), "rows": .integer(Int64(items.count)), "needed": .integer(Int64(needed)),
        ]
      )
    )
    record.seq = number
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
  func open(_ number: Int64, act: String) throws -> (record: RequestRecord, items: [RequestItem]) {
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
      throw recordRejection(
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
  public func approve(_ number: Int64, acceptsNames: Bool) throws -> RequestView {
    guard let registered = actor.registered else {
      throw recordRejection(
        ActRejection(.registeredOfficerRequired(act: "approve"), subject: "request \(number)"),
        act: "approve"
      )
    }
    let (record, items) = try open(number, act: "approve")
    try require(
      .approver,
      chamber: record.chamber,
      act: "approve",
      subject: "request \(number)",
      programme: record.programme
    )
    guard record.requestedBy != registered.name else {
      throw recordRejection(
        ActRejection(.ownRequest(act: record.act, officer: registered.name), subject: "request \(number)"),
        act: "approve"
      )
    }
    // Cut off between the approval and what it was for: the same command goes on, and nothing is signed twice.
    let standing = try readingRoom.request(number)
    if standing.agreed >= record.needed,
      try registry.requests.approvals(of: number).contains(where: { $0.officer.name == registered.name })
    {
      return standing
    }
    let names = try ReadingRoom.lookalikes(of: record)
    guard names.isEmpty || acceptsNames else {
      throw recordRejection(
        ActRejection(.namesUnaccepted(names), subject: "request \(number)"),
        act: "approve"
      )
    }
    if let stale = try firstChange(record, items) {
      try registry.requests.close(
        number,
        to: .ended,
        by: officer,
        at: now.seconds,
        audit: try auditRow(
          "approve",
          "\(number)",
          refused: true,
          detail: ["code": "request_changed", "row": .integer(stale)]
        )
      )
      throw ActRejection(.requestChanged(row: stale == Self.rulesChanged ? nil : stale), subject: "request \(number)")
    }
    try guarded(.init("approve", officer: registered.name), "\(number)") {
      try registry.requests.approve(
        .init(
          request: number,
          officer: registered.seq,
          digest: record.digest,
          accepts: names.isEmpty ? "" : "name",
          signature: try sign(record.digest, context: .approval)
        ),
        at: now.seconds,
        audit: try auditRow(
          "approve",
          "\(number)",
          detail: ["digest": JSON(Hex.encode(record.digest)), "names": .bool(!names.isEmpty)]
        )
      )
    }
    return try readingRoom.request(number)
  }

  /// Ends a request: by an approver it is refused, by the one who asked it is withdrawn.
  public func decline(_ number: Int64, note: String) throws -> RequestView {
    let (record, _) = try open(number, act: "refuse")
    let own = record.requestedBy == officer
    if !own {
      try require(
        .approver,
        chamber: record.chamber,
        act: "refuse",
        subject: "request \(number)",
        programme: record.programme
      )
    }
    try registry.requests.close(
      number,
      to: own ? .withdrawn : .refused,
      by: officer,
      at: now.seconds,
      audit: try auditRow(own ? "withdraw" : "refuse", "\(number)", detail: ["note": JSON(note)])
    )
    return try readingRoom.request(number)
  }

  /// Enough officers in office stand behind a request, and each signature is theirs: looked at again with the keys,
  /// beside the triggers.
  func requireAgreement(_ record: RequestRecord, needed: Int) throws {
    guard needed > 1 else { return }
    var keys: Set<[UInt8]> = [], names: [String] = []
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
      throw recordRejection(
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
        act: record.act.rawValue
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
        !Self.mayGiveWay(old.state, for: item.reason)
      {
        return item.row
      }
      guard let id = item.member, let member = try registry.members.find(rowID: id) else { return item.row }
      do {
        let content = try IssueContent(
          member: member,
          programme: programme,
          claims: JSONObject.parse(Array(item.claims.utf8)),
          rules: contentRules
        )
        guard content.digest == item.contentDigest,
          try other(of: member, programme, subject: content.subject, besides: item.credential) == nil
        else { return item.row }
      } catch is ActRejection { return item.row }
    }
    return nil
  }

  // MARK: laxer rules

  /// Asks for laxer rules of a programme: the profile as it now stands in the home.
  public func requestProfile(_ programme: Programme, note: String) throws -> RequestView {
    guard let registered = actor.registered else {
      throw recordRejection(
        ActRejection(.registeredOfficerRequired(act: "profile"), subject: programme.id),
        act: "profile"
      )
    }
    try require(.clerk, chamber: registered.chamber, act: "profile", subject: programme.id)
    let rule = try rule(of: programme)
    let record = try file(
      act: .profile,
      chamber: registered.chamber,
      programme: programme.id,
      items: [RequestItem(row: 1, member: nil, contentDigest: rule.digest, disposition: .profile)],
      keys: [:],
      needed: 2,
      reason: "",
      note: note,
      until: nil,
      lookalikes: [],
      source: nil
    )
    return try readingRoom.request(record.seq)
  }

  func carryOutProfile(_ record: RequestRecord, _ items: [RequestItem]) throws {
    guard let programme = profiles.programme(record.programme), let item = items.first,
      try rule(of: programme).digest == item.contentDigest
    else {
      throw recordRejection(ActRejection(.requestChanged(row: 1), subject: "request \(record.seq)"), act: "profile")
    }
    try requireAgreement(record, needed: 2)
    try registry.requests.adopt(
      try rule(of: programme),
      request: record.seq,
      at: now.seconds,
      audit: try auditRow(
        "profile",
        programme.id,
        detail: ["sha256": JSON(Hex.encode(item.contentDigest)), "request": .integer(record.seq)]
      )
    )
  }
}
