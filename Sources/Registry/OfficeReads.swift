internal import Foundation
internal import GRDB

extension Officer {
  init(row: Row) {
    let flags: [(Role, Bool)] = [
      (.clerk, row["is_clerk"]), (.approver, row["is_approver"]), (.auditor, row["is_auditor"]),
    ]
    self.init(
      seq: row["seq"],
      name: row["name"],
      chamber: row["chamber"],
      roles: flags.filter(\.1).map(\.0),
      publicKey: Array(row["public_key"] as Data),
      addedAt: row["added_at"],
      removedAt: row["removed_at"]
    )
  }
}

extension RequestRecord {
  init(row: Row) {
    self.init(
      seq: row["seq"],
      act: RequestAct(rawValue: row["act"]) ?? .profile,
      chamber: row["chamber"],
      programme: row["programme"],
      source: (row["source"] as Data?).map { Array($0) },
      content: row["content"],
      digest: Array(row["digest"] as Data),
      needed: row["needed"],
      reason: row["reason"],
      note: row["note"],
      requestedBy: row["requested_by"],
      requestedAt: row["requested_at"],
      state: row["state"],
      closedAt: row["closed_at"],
      closedBy: row["closed_by"]
    )
  }
}

extension RequestItem {
  init(row: Row) {
    self.init(
      row: row["row"],
      member: row["member"],
      credential: row["credential"],
      contentDigest: Array(row["content_digest"] as Data),
      what: row["what"],
      reason: row["reason"],
      claims: row["claims"],
      outcome: row["outcome"],
      result: row["result"],
      refusal: row["refusal"]
    )
  }
}

extension Registry {
  public func officers() throws(RegistryFailure) -> [Officer] {
    try read { try Row.fetchAll($0, sql: "SELECT * FROM officer ORDER BY seq").map(Officer.init(row:)) }
  }

  public func officer(_ name: String) throws(RegistryFailure) -> Officer? {
    try read {
      try Row.fetchOne($0, sql: "SELECT * FROM officer WHERE name = ?", arguments: [name]).map(Officer.init(row:))
    }
  }

  /// The rules in force; nil for a programme nothing was ever done with.
  public func rule(of programme: String) throws(RegistryFailure) -> ProgrammeRule? {
    try read { db in
      try Row.fetchOne(
        db,
        sql: "SELECT * FROM programme WHERE id = ? ORDER BY seq DESC LIMIT 1",
        arguments: [programme]
      ).map {
        ProgrammeRule(
          id: $0["id"],
          digest: Array($0["digest"] as Data),
          issueApprovals: $0["issue_approvals"],
          reinstateApprovals: $0["reinstate_approvals"],
          issueBrake: $0["issue_brake"],
          suspendBrake: $0["suspend_brake"],
          revokeBrake: $0["revoke_brake"],
          quota: $0["quota"]
        )
      }
    }
  }

  public func request(_ seq: Int64) throws(RegistryFailure) -> RequestRecord? {
    try read {
      try Row.fetchOne($0, sql: "SELECT * FROM request WHERE seq = ?", arguments: [seq]).map(RequestRecord.init(row:))
    }
  }

  /// The open request for exactly this content.
  public func openRequest(digest: [UInt8]) throws(RegistryFailure) -> RequestRecord? {
    try read {
      try Row.fetchOne($0, sql: "SELECT * FROM request WHERE digest = ? AND state = 'open'", arguments: [Data(digest)])
        .map(RequestRecord.init(row:))
    }
  }

  /// Open requests made from this file or search.
  public func openRequests(source: [UInt8]) throws(RegistryFailure) -> [RequestRecord] {
    try read {
      try Row.fetchAll(
        $0,
        sql: "SELECT * FROM request WHERE source = ? AND state = 'open' ORDER BY seq",
        arguments: [Data(source)]
      ).map(RequestRecord.init(row:))
    }
  }

  public func requests(state: String?, chamber: String? = nil, limit: Int = 1_000) throws(RegistryFailure)
    -> [RequestRecord]
  {
    try read {
      try Row.fetchAll(
        $0,
        sql:
          """
          SELECT * FROM request WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR chamber = ?2) ORDER BY seq DESC \
          LIMIT ?3
          """,
        arguments: [state, chamber, limit]
      ).map(RequestRecord.init(row:))
    }
  }

  public func items(of request: Int64, waiting: Bool = false, after row: Int64 = .min, limit: Int = .max)
    throws(RegistryFailure) -> [RequestItem]
  {
    try read {
      try Row.fetchAll(
        $0.cachedStatement(
          sql: """
            SELECT * FROM request_item WHERE request = ? AND row > ? \(waiting ? "AND outcome IS NULL" : "") ORDER BY \
            row LIMIT ?
            """
        ),
        arguments: [request, row, Int64(clamping: limit)]
      ).map(RequestItem.init(row:))
    }
  }

  /// A row of a request with the names a report shows.
  public struct ReportRow: Sendable {
    public let row: Int64
    public let member: String, what: String, reason: String, outcome: String
    /// The certificate that was made or changed, and the one it took the place of.
    public let id: String?, replaces: String?
    public let refusal: String?
    public let at: Int64?
  }

  public func reportRows(of request: Int64) throws(RegistryFailure) -> [ReportRow] {
    try read {
      try Row.fetchAll(
        $0,
        sql: """
          SELECT i.row AS row, ifnull(m.chamber || '/' || m.number, '') AS member, i.what AS what, i.reason AS reason, \
          ifnull(i.outcome, 'waiting') AS outcome, c.id AS id,
            CASE WHEN o.seq IS NOT c.seq THEN o.id END AS replaces, i.refusal AS refusal, i.at AS at
          FROM request_item i LEFT JOIN member m ON m.id = i.member LEFT JOIN credential c ON c.seq = i.result LEFT \
          JOIN credential o ON o.seq = i.credential
          WHERE i.request = ? ORDER BY i.row
          """,
        arguments: [request]
      ).map {
        ReportRow(
          row: $0["row"],
          member: $0["member"],
          what: $0["what"],
          reason: $0["reason"],
          outcome: $0["outcome"],
          id: $0["id"],
          replaces: $0["replaces"],
          refusal: $0["refusal"],
          at: $0["at"]
        )
      }
    }
  }

  /// Rows of all requests from one file whose certificate was issued and has been revoked since.
  public func revokedRows(source: [UInt8]) throws(RegistryFailure) -> Set<Int> {
    try read { db in
      Set(
        try Int.fetchAll(
          db,
          sql: """
            SELECT i.row FROM request r JOIN request_item i ON i.request = r.seq JOIN credential c ON c.seq = i.result
            WHERE r.source = ? AND i.outcome = 'done' AND c.state = 'revoked'
            """,
          arguments: [Data(source)]
        )
      )
    }
  }

  /// Rows by how they ended: `waiting`, `done`, `refused`.
  public func itemCounts(of request: Int64) throws(RegistryFailure) -> [String: Int] {
    try read { db in
      var counts: [String: Int] = [:]
      for row in try Row.fetchAll(
        db,
        sql:
          "SELECT ifnull(outcome, 'waiting') AS outcome, count(*) AS n FROM request_item WHERE request = ? GROUP BY 1",
        arguments: [request]
      ) {
        counts[row["outcome"]] = row["n"]
      }
      return counts
    }
  }

  /// Who signed, oldest first; removed officers included.
  public func approvals(of request: Int64) throws(RegistryFailure) -> [ApprovalRecord] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT o.*, a.digest AS approved, a.signature AS approval_signature, a.accepts, a.at AS approved_at
          FROM approval a JOIN officer o ON o.seq = a.officer WHERE a.request = ? ORDER BY a.seq
          """,
        arguments: [request]
      ).map {
        ApprovalRecord(
          officer: Officer(row: $0),
          digest: Array($0["approved"] as Data),
          signature: Array($0["approval_signature"] as Data),
          accepts: $0["accepts"],
          at: $0["approved_at"]
        )
      }
    }
  }

  /// How many different officers in office stand behind a request.
  public func agreed(_ request: Int64) throws(RegistryFailure) -> Int {
    try read {
      try Int.fetchOne($0, sql: "SELECT agreed FROM request_standing WHERE request = ?", arguments: [request]) ?? 0
    }
  }

  /// Acts of a kind (`issued suspended revoked`) by a chamber in a programme within the brake's day.
  public func pace(chamber: String, programme: String, kind: String, at now: Int64) throws(RegistryFailure) -> Int {
    try read {
      try Int.fetchOne(
        $0,
        sql: "SELECT ifnull(sum(count), 0) FROM pace WHERE chamber = ? AND programme = ? AND kind = ? AND hour > ?",
        arguments: [chamber, programme, kind, now / 3_600 - 24]
      ) ?? 0
    }
  }

  // MARK: names that look alike

  /// Other members' names with the same skeleton, spelled differently; in any chamber.
  public func lookalikes(of member: Member) throws(RegistryFailure) -> [(key: String, name: String)] {
    try read { db in
      var found: [(String, String)] = []
      for (column, skeleton, name) in [
        ("en", member.skeletonEn, member.nameEn), ("ar", member.skeletonAr, member.nameAr),
      ] where !skeleton.isEmpty {
        found += try Row.fetchAll(
          db.cachedStatement(
            sql: """
              SELECT min(chamber || '/' || number) AS key, name_\(column) AS name FROM member
              WHERE skeleton_\(column) = ? AND name_\(column) <> ? AND id <> ? GROUP BY name_\(column) LIMIT 20
              """
          ),
          arguments: [skeleton, name, member.rowID]
        ).map { ($0["key"], $0["name"]) }
      }
      return found
    }
  }

  /// Skeletons under which more than one spelling is registered: what a whole sheet is compared with.
  public func ambiguousSkeletons() throws(RegistryFailure) -> Set<String> {
    try read { db in
      var found: Set<String> = []
      for column in ["en", "ar"] {
        found.formUnion(
          try String.fetchAll(
            db,
            sql: """
              SELECT skeleton_\(column) FROM member WHERE skeleton_\(column) <> '' GROUP BY skeleton_\(column) HAVING \
              min(name_\(column)) <> max(name_\(column))
              """
          )
        )
      }
      return found
    }
  }

  // MARK: counts and reports

  public struct Tally: Sendable, Equatable {
    public let chamber: String, programme: String, state: String; public let count: Int
  }

  public func tallies() throws(RegistryFailure) -> [Tally] {
    try read {
      try Row.fetchAll($0, sql: "SELECT * FROM tally WHERE count > 0 ORDER BY chamber, programme, state").map {
        Tally(chamber: $0["chamber"], programme: $0["programme"], state: $0["state"], count: $0["count"])
      }
    }
  }

  /// Of those counted as active or suspended, how many have ended by the clock.
  public func ended(chamber: String, programme: String, before now: Int64) throws(RegistryFailure) -> Int {
    try read {
      try Int.fetchOne(
        $0,
        sql:
          """
          SELECT count(*) FROM credential WHERE chamber = ? AND programme = ? AND state IN ('active', 'suspended') AND \
          valid_until < ?
          """,
        arguments: [chamber, programme, now]
      ) ?? 0
    }
  }

  public struct EventCount: Sendable, Equatable {
    public let chamber: String, programme: String, kind: String, reason: String; public let count: Int
  }

  public func eventCounts(from: Int64, to: Int64) throws(RegistryFailure) -> [EventCount] {
    try read {
      try Row.fetchAll(
        $0,
        sql: """
          SELECT c.chamber AS chamber, c.programme AS programme, e.kind AS kind, e.reason AS reason, count(*) AS n \
          FROM event e JOIN credential c ON c.seq = e.credential
          WHERE e.at >= ? AND e.at < ? GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
          """,
        arguments: [from, to]
      ).map {
        EventCount(
          chamber: $0["chamber"],
          programme: $0["programme"],
          kind: $0["kind"],
          reason: $0["reason"],
          count: $0["n"]
        )
      }
    }
  }

  /// When `public/` showed the last change of a credential; nil while it does not.
  public func publishedAt(credential: Int64) throws(RegistryFailure) -> Int64? {
    try read {
      try Int64.fetchOne(
        $0,
        sql: """
          SELECT p.at FROM event e LEFT JOIN published_event p ON p.event = e.seq WHERE e.credential = ?
          ORDER BY e.seq DESC LIMIT 1
          """,
        arguments: [credential]
      )
    }
  }

  /// Seconds from the last approval (or, where one officer is enough, from the act) to the moment `public/` showed it.
  public func publicationDelays(from: Int64, to: Int64) throws(RegistryFailure) -> [Int64] {
    try read {
      try Int64.fetchAll(
        $0,
        sql: """
          SELECT max(0, p.at - ifnull((SELECT max(a.at) FROM approval a WHERE a.request = e.request), e.at)) FROM \
          event e JOIN published_event p ON p.event = e.seq
          WHERE e.at >= ? AND e.at < ? AND e.kind NOT IN ('lapsed', 'abandoned') ORDER BY 1
          """,
        arguments: [from, to]
      )
    }
  }

  public struct ActCount: Sendable, Equatable {
    public let officer: String, act: String, outcome: String; public let count: Int
  }

  public func actCounts(from: Int64, to: Int64) throws(RegistryFailure) -> [ActCount] {
    try read {
      try Row.fetchAll(
        $0,
        sql:
          """
          SELECT officer, act, outcome, count(*) AS n FROM audit WHERE at >= ? AND at < ? GROUP BY 1, 2, 3 ORDER BY 1, \
          2, 3
          """,
        arguments: [from, to]
      )
      .map { ActCount(officer: $0["officer"], act: $0["act"], outcome: $0["outcome"], count: $0["n"]) }
    }
  }

  /// Audit rows whose local hour lies outside `hours`, newest first.
  public func acts(from: Int64, to: Int64, outside hours: Range<Int64>, zone seconds: Int64, limit: Int)
    throws(RegistryFailure) -> [AuditRecord]
  {
    try read {
      try Row.fetchAll(
        $0,
        sql: """
          SELECT * FROM audit WHERE at >= ? AND at < ? AND ((at + ?) / 3600 % 24 < ? OR (at + ?) / 3600 % 24 >= ?) \
          ORDER BY seq DESC LIMIT ?
          """,
        arguments: [from, to, seconds, hours.lowerBound, seconds, hours.upperBound, limit]
      ).map(AuditRecord.init(row:))
    }
  }

  public func remindersSent(_ credential: Int64) throws(RegistryFailure) -> Set<Int> {
    try read {
      Set(
        try Int.fetchAll(
          $0.cachedStatement(sql: "SELECT step FROM reminder WHERE credential = ?"),
          arguments: [credential]
        )
      )
    }
  }
}
