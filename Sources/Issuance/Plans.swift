internal import Credentials
internal import Encodings
internal import PKI
public import Profiles
public import Registry
public import Sheets
public import Vocabulary

/// A sheet compared with the register: what would be done, row by row, and what is wrong. As a file it is what a second
/// officer approves.
public struct IssuePlan: Sendable {
  public struct Row: Sendable {
    public let row: Int
    public let member: String
    public let disposition: RowDisposition
    /// Whether a run of the plan issues something for it.
    public let acts: Bool
    public let content: [UInt8]
    public let replaces: String?, reason: String
    public let refusal: ActRejection?
    public let lookalikes: [String]
    let claims: JSONObject
  }
  public let programme: String
  public let rows: [Row]
  public let faults: [CellRejection]
  public let bytes: [UInt8]

  /// Rows by what they come down to, every kind named: `new renewed changed returned unchanged duplicate lapsed
  /// faulty`.
  public var counts: [(RowDisposition, Int)] {
    let found = Dictionary(grouping: rows, by: \.disposition).mapValues(\.count)
    let duplicates = faults.count { $0.code == "duplicate_member" }
    let faulty = Set(faults.filter { $0.code != "duplicate_member" }.map(\.row)).count
    return RowDisposition.ofSheets.map { kind in
      (kind, (found[kind] ?? 0) + (kind == .duplicate ? duplicates : kind == .faulty ? faulty : 0))
    }
  }
}

/// What became of a request that was carried out.
public enum RunOutcome: Sendable {
  case issue(IssueOutcome)
  case change(ChangeOutcome)
  case profile
}

extension Office {
  static let planFormat = "khatm-plan/1"
  /// A plan of 180,000 rows.
  public static let largestPlan = 64 << 20
  static let planLimits = JSONLimits(maxBytes: largestPlan, maxDepth: 8, maxMembers: 64)

  /// Compares orders with the register and changes nothing.
  public func plan(_ orders: [IssueOrder], faults: [CellRejection], programme: Programme, options: IssueOptions) throws
    -> IssuePlan
  {
    // What could never be run is not worth a plan; looking is for every role.
    for chamber in Set(orders.map(\.member.chamber)).sorted() {
      try require(
        .clerk,
        .approver,
        .auditor,
        chamber: chamber,
        act: "plan",
        subject: orders.count == 1 ? orders[0].member.key : "\(orders.count) members",
        programme: programme.id
      )
    }
    let rows = try assess(orders, programme: programme, options: options).enumerated().map { index, one in
      IssuePlan.Row(
        row: one.order.row ?? index + 1,
        member: one.order.member.key,
        disposition: one.kind,
        acts: one.acts && one.refusal == nil,
        content: one.content?.digest ?? [],
        replaces: one.replaces?.id ?? one.present?.id,
        reason: one.reason,
        refusal: one.refusal,
        lookalikes: one.lookalikes,
        claims: one.order.claims
      )
    }
    let acting = rows.filter(\.acts)
    var object = JSONObject([
      "format": JSON(Self.planFormat), "act": "issue", "programme": JSON(programme.id),
      "profile": JSON(Hex.encode(profileDigests[programme.id] ?? [])),
      "madeAt": JSON(now.description), "madeBy": JSON(officer),
      "source": options.source.map { JSON(Hex.encode($0)) } ?? .null,
      "rows": .array(
        acting.map { row in
          var json = JSONObject([
            "row": .integer(Int64(row.row)), "member": JSON(row.member), "what": JSON(row.disposition.rawValue),
            "content": JSON(Hex.encode(row.content)),
          ])
          if let replaces = row.replaces { json["replaces"] = JSON(replaces) }
          if !row.lookalikes.isEmpty { json["resembles"] = .array(row.lookalikes.map { JSON($0) }) }
          if row.claims != JSONObject() { json["claims"] = .object(row.claims) }
          return .object(json)
        }
      ),
    ])
    if let until = options.until { object["until"] = JSON(until.description) }
    if let days = options.renewWithin { object["renewWithin"] = .integer(days) }
    if let reason = options.replaceChanged { object["replaceChanged"] = JSON(reason) }
    return IssuePlan(programme: programme.id, rows: rows, faults: faults, bytes: object.canonical() + [0x0A])
  }

  /// A plan of changes to certificates that exist.
  public func plan(_ records: [CredentialRecord], _ act: LifecycleAct, reason: String, note: String) -> [UInt8] {
    let object = JSONObject([
      "format": JSON(Self.planFormat), "act": JSON(act.rawValue), "reason": JSON(reason), "note": JSON(note),
      "madeAt": JSON(now.description), "madeBy": JSON(officer),
      "rows": .array(
        records.enumerated().map {
          [
            "row": .integer(Int64($0 + 1)), "id": JSON($1.id), "member": JSON($1.memberKey),
            "state": JSON($1.state.rawValue),
          ]
        }
      ),
    ])
    return object.canonical() + [0x0A]
  }

  /// Runs a plan file: exactly its rows, each once, however often it is run or cut off.
  public func run(plan bytes: [UInt8], progress: (Int) -> Void = { _ in }) throws -> RunOutcome {
    let object: JSONObject
    do throws(JSONRejection) {
      object = try JSONObject.parse(bytes, limits: Self.planLimits)
    } catch {
      throw ActRejection(.planMalformed, subject: error.words)
    }
    guard object["format"]?.string == Self.planFormat, let rows = object["rows"]?.array, let act = object["act"]?.string
    else { throw ActRejection(.planMalformed, subject: "format") }
    let source = SHA2.sha256(bytes)
    if act == "issue" {
      guard let id = object["programme"]?.string, let programme = profiles.programme(id) else {
        throw ActRejection(.planMalformed, subject: "programme")
      }
      guard object["profile"]?.string == profileDigests[id].map({ Hex.encode($0) }) else {
        throw ActRejection(.requestChanged(row: nil), subject: id)
      }
      var options = IssueOptions()
      (options.source, options.renewWithin, options.replaceChanged) = (
        source, object["renewWithin"]?.int, object["replaceChanged"]?.string
      )
      if let until = object["until"]?.string { options.until = Instant(rfc3339: until) }
      var planned: [Int: [UInt8]] = [:]
      let orders = try rows.map { row in
        guard let number = row.object?["row"]?.int, let member = row.object?["member"]?.string,
          let hex = row.object?["content"]?.string, let digest = Hex.decode(hex)
        else {
          throw ActRejection(.planMalformed, subject: "rows")
        }
        planned[Int(number)] = digest
        return IssueOrder(
          member: try readingRoom.member(member),
          row: Int(number),
          claims: row.object?["claims"]?.object ?? JSONObject()
        )
      }
      options.planned = planned
      // A row is spent once: what was revoked since does not come back because an old plan is run again.
      let spent = try registry.requests.revokedRows(source: source)
      var outcome = try issue(
        orders.filter { !spent.contains($0.row ?? 0) },
        programme: programme,
        options: options,
        progress: progress
      )
      outcome.refused += orders.filter { spent.contains($0.row ?? 0) }.map {
        .init(
          member: $0.member.key,
          row: $0.row,
          refusal: ActRejection(.rowSpent, subject: $0.member.key),
          request: nil
        )
      }
      return .issue(outcome)
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
    return .change(
      try change(records, act, reason: reason, note: object["note"]?.string ?? "", source: source, progress: progress)
    )
  }

  /// Carries out a request that enough officers agreed to, from the first row that waits.
  public func run(_ number: Int64, progress: (Int) -> Void = { _ in }) throws -> RunOutcome {
    let (record, items) = try open(number, act: "run")
    try require(
      .clerk,
      .approver,
      chamber: record.chamber,
      act: "run",
      subject: "request \(number)",
      programme: record.programme
    )
    try finishInterrupted()
    let waiting = items.filter { $0.outcome == .waiting }
    let outcome: RunOutcome
    switch record.act {
    case .profile:
      try carryOutProfile(record, items)
      return .profile
    case .issue:
      var issued = IssueOutcome()
      if let programme = profiles.programme(record.programme) { try adopt(programme) }
      try carryOut(record, items: waiting, contents: [:], into: &issued, progress: progress)
      outcome = .issue(issued)
    case .suspend, .reinstate, .revoke:
      guard let act = record.act.lifecycle else { throw IssuanceFailure.register("request \(number)") }
      var changed = ChangeOutcome()
      try carryOut(record, act, items: waiting, into: &changed, progress: progress)
      outcome = .change(changed)
    }
    try publish()
    return outcome
  }

  /// A sheet of people: `chamber`, `member_number`, and a column for each claim of the programme.
  public func read(claims bytes: [UInt8], programme: Programme) throws -> (
    orders: [IssueOrder], faults: [CellRejection], rows: Int
  ) {
    let known = (programme.requiredClaims + programme.optionalClaims).map(\.rawValue).filter {
      PersonClaim(rawValue: $0) != nil
    }
    var orders: [IssueOrder] = [], faults: [CellRejection] = [], count = 0
    do throws(CellRejection) {
      var reader = try CSVReader(bytes)
      guard let heading = try reader.next() else { throw CellRejection(row: 1, .fileEmpty) }
      let names = heading.cells.map(\.string)
      for name in names where name != "chamber" && name != "member_number" && !known.contains(name) {
        throw CellRejection(
          row: heading.line,
          column: name,
          .headingUnknown,
          params: [
            "heading": "'\(name.prefix(40))'", "known": (["chamber", "member_number"] + known).joined(separator: ", "),
          ]
        )
      }
      guard Set(names).count == names.count else {
        throw CellRejection(row: heading.line, .headingDuplicate, params: ["heading": "a heading"])
      }
      guard let chamber = names.firstIndex(of: "chamber"), let number = names.firstIndex(of: "member_number") else {
        throw CellRejection(row: heading.line, .headingMissing, params: ["heading": "chamber or member_number"])
      }
      while let row = try reader.next() {
        count += 1
        guard row.cells.count == names.count else {
          faults.append(
            CellRejection(
              row: row.line,
              row.cells.count < names.count ? .columnsMissing : .columnsExtra,
              params: ["found": "\(row.cells.count)", "expected": "\(names.count)"]
            )
          )
          continue
        }
        var claims = JSONObject()
        for (index, name) in names.enumerated() where index != chamber && index != number && !row.cells[index].isEmpty {
          claims[Text(name)] = .string(row.cells[index])
        }
        let found: Member?
        do throws(RegistryFailure) {
          found = try registry.members.find(chamber: row.cells[chamber].string, number: row.cells[number].string)
        } catch { found = nil }
        guard let member = found else {
          faults.append(
            CellRejection(
              row: row.line,
              column: "member_number",
              code: "member_unknown",
              message: "The member is not in the register.",
              params: [:]
            )
          )
          continue
        }
        orders.append(IssueOrder(member: member, row: row.line, claims: claims))
      }
    } catch { faults.append(error) }
    return (orders, faults, count)
  }
}
