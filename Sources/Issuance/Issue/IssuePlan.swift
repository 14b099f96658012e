internal import Encodings
package import Profiles
package import Registry
package import Sheets
package import Vocabulary

/// A sheet compared with the register: what would be done, row by row, and what is wrong. As a file it is what a second
/// officer approves.
package struct IssuePlan: Sendable {
  /// One row of the sheet, with what it comes down to.
  package struct Row: Sendable {
    package let row: Int
    package let member: String
    package let disposition: RowDisposition
    /// Whether a run of the plan issues something for it.
    package let willIssue: Bool
    package let content: [UInt8]
    package let replaces: String?, reason: String
    package let refusal: ActRejection?
    package let lookalikes: [String]
    let claims: JSONObject
  }
  static let format = "khatm-plan/1"
  /// A plan of 180,000 rows.
  package static let largest = 64 << 20
  static let limits = JSONLimits(maxBytes: largest, maxDepth: 8, maxMembers: 64)

  package let programme: String
  package let rows: [Row]
  package let faults: [CellRejection]
  package let bytes: [UInt8]

  /// Rows by what they come down to, every kind named: `new renewed changed returned unchanged duplicate lapsed
  /// faulty`.
  package var counts: [(RowDisposition, Int)] {
    let found = Dictionary(grouping: rows, by: \.disposition).mapValues(\.count)
    let duplicates = faults.count { $0.code == CellRejection.Code.duplicateMember.rawValue }
    let faulty = Set(faults.filter { $0.code != CellRejection.Code.duplicateMember.rawValue }.map(\.row)).count
    return RowDisposition.ofSheets.map { kind in
      (kind, (found[kind] ?? 0) + (kind == .duplicate ? duplicates : kind == .faulty ? faulty : 0))
    }
  }
}

extension Issuer {
  /// Compares orders with the register and changes nothing.
  package func plan(_ orders: [IssueOrder], faults: [CellRejection], programme: Programme, options: IssueOptions) throws
    -> IssuePlan
  {
    // What could never be run is not worth a plan; looking is for every role.
    for chamber in Set(orders.map(\.member.chamber)).sorted() {
      try session.require(
        .clerk,
        .approver,
        .auditor,
        chamber: chamber,
        act: .plan,
        subject: orders.count == 1 ? orders[0].member.key : "\(orders.count) members",
        programme: programme.id
      )
    }
    let rows = try assess(orders, programme: programme, options: options).enumerated().map { index, one in
      IssuePlan.Row(
        row: one.order.row ?? index + 1,
        member: one.order.member.key,
        disposition: one.disposition,
        willIssue: one.item != nil,
        content: one.contentDigest ?? [],
        replaces: one.item?.replaces?.id ?? one.present?.id,
        reason: one.reason,
        refusal: one.rejection,
        lookalikes: one.item?.lookalikes ?? [],
        claims: one.order.claims
      )
    }
    let acting = rows.filter(\.willIssue)
    var object = JSONObject([
      "format": JSON(IssuePlan.format), "act": "issue", "programme": JSON(programme.id),
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
}

extension LifecycleManager {
  /// A plan of changes to certificates that exist.
  package func plan(_ records: [CredentialRecord], _ act: LifecycleAct, reason: String, note: String) -> [UInt8] {
    let object = JSONObject([
      "format": JSON(IssuePlan.format), "act": JSON(act.rawValue), "reason": JSON(reason), "note": JSON(note),
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
}
