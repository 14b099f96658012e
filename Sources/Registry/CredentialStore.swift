internal import Storage
package import Vocabulary

/// The certificates: their places, tokens, states and history.
package struct CredentialStore: Sendable {
  let database: RegistryDatabase

  package func find(id: String) throws(RegistryFailure) -> CredentialRecord? {
    try database.read { try CredentialRecord.all($0, "WHERE c.id = ?", with: [.text(id)]).first }
  }

  package func find(seq: Int64) throws(RegistryFailure) -> CredentialRecord? {
    try database.read { try CredentialRecord.all($0, "WHERE c.seq = ?", with: [.integer(seq)]).first }
  }

  package func matching(_ filter: CredentialFilter) throws(RegistryFailure) -> [CredentialRecord] {
    var conditions = ["c.state NOT IN ('reserved', 'abandoned')"]
    var values: [Bound] = []
    func narrow(_ condition: String, _ value: Bound?) {
      guard let value else { return }
      conditions.append(condition)
      values.append(value)
    }
    narrow("c.chamber = ?", filter.chamber.map { .text($0) })
    narrow("c.programme = ?", filter.programme.map { .text($0) })
    narrow("c.state = ?", filter.state.map { .word($0) })
    if let member = filter.member {
      let parts = member.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { return [] }
      conditions.append("c.member = (SELECT id FROM member WHERE chamber = ? AND number = ?)")
      values += [.text(parts[0]), .text(parts[1])]
    }
    if let words = filter.words {
      guard let search = WordSearch(words) else { return [] }
      conditions.append(search.condition)
      values += search.arguments
    }
    narrow("c.state IN ('active', 'suspended') AND c.valid_until <= ?", filter.runsOutBefore.map { .integer($0) })
    narrow("c.valid_until >= ?", filter.runsOutAfter.map { .integer($0) })
    narrow("c.issued_at >= ?", filter.issuedFrom.map { .integer($0) })
    narrow("c.issued_at < ?", filter.issuedBefore.map { .integer($0) })
    narrow("c.member IN (SELECT id FROM member WHERE fees_paid_until < ?)", filter.feesPaidBefore.map { .text($0) })
    narrow("c.request = ?", filter.request.map { .integer($0) })
    values.append(.count(filter.limit))
    // The words lead: a search stops at its limit instead of gathering every member that has them.
    let order = filter.runsOutBefore != nil ? "c.valid_until, c.seq" : filter.words != nil ? "s.rowid, c.seq" : "c.seq"
    let source = filter.words == nil ? "credential c" : "member_search s CROSS JOIN credential c ON c.member = s.rowid"
    return try database.read {
      try CredentialRecord.all(
        $0,
        "WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(order) LIMIT ?",
        with: values,
        from: source
      )
    }
  }

  /// Credentials of a member in one programme that were issued and are neither revoked nor replaced, newest first;
  /// lapsed ones included.
  package func current(member: Int64, programme: String) throws(RegistryFailure) -> [CredentialRecord] {
    try database.read {
      try CredentialRecord.all(
        $0,
        "WHERE c.member = ? AND c.programme = ? AND c.state IN ('active', 'suspended', 'lapsed') ORDER BY c.seq DESC",
        with: [.integer(member), .text(programme)]
      )
    }
  }

  /// The same for all members at once, by member.
  package func current(programme: String) throws(RegistryFailure) -> [Int64: [CurrentCredential]] {
    try database.read {
      var found: [Int64: [CurrentCredential]] = [:]
      try $0.prepare(
        """
        SELECT seq, member, id, subject, state, valid_from, valid_until, content_digest FROM credential
        WHERE programme = ? AND state IN ('active', 'suspended', 'lapsed') ORDER BY seq DESC
        """
      ).forEach([.text(programme)]) { row in
        let one = try CurrentCredential(row: row)
        found[one.member, default: []].append(one)
      }
      return found
    }
  }

  /// Certificates in force, newest first, for whoever looks through their pages.
  package func inForce(chamber: String?) throws(RegistryFailure) -> [CredentialRecord] {
    try database.read {
      try CredentialRecord.all(
        $0,
        "WHERE c.state IN ('active', 'suspended') AND (?1 IS NULL OR c.chamber = ?1) ORDER BY c.seq DESC",
        with: [.optional(chamber)]
      )
    }
  }

  /// Reservations that no token followed: a crash between reserving and signing.
  package func unfinished() throws(RegistryFailure) -> [CredentialRecord] {
    try database.read { try CredentialRecord.all($0, "WHERE c.state = 'reserved'") }
  }

  package func events(of credential: Int64) throws(RegistryFailure) -> [EventRecord] {
    try database.read {
      try $0.all(EventRecord.self, "SELECT * FROM event WHERE credential = ? ORDER BY seq", with: .integer(credential))
    }
  }

  /// Of all certificates, reservations included: what entries of the log refer to.
  package func salts() throws(RegistryFailure) -> [CredentialSalt] {
    try database.read { try $0.all(CredentialSalt.self, "SELECT id, salt FROM credential") }
  }

  // MARK: counts

  /// Certificates that count against the quota.
  package func activeCount(chamber: String, programme: String, validAt now: Int64) throws(RegistryFailure) -> Int {
    try database.read { try $0.activeCount(chamber: chamber, programme: programme, at: now) }
  }

  /// Events of a kind by a chamber in a programme, for the programme's daily limits.
  package func eventsInLast24Hours(chamber: String, programme: String, event: CredentialEvent, at now: Int64)
    throws(RegistryFailure) -> Int
  {
    try database.read {
      Int(
        try $0.integer(
          "SELECT ifnull(sum(count), 0) FROM pace WHERE chamber = ? AND programme = ? AND kind = ? AND hour > ?",
          .text(chamber),
          .text(programme),
          .word(event),
          .integer(now / 3_600 - 24)
        ) ?? 0
      )
    }
  }

  package func tallies() throws(RegistryFailure) -> [Tally] {
    try database.read {
      try $0.all(Tally.self, "SELECT * FROM tally WHERE count > 0 ORDER BY chamber, programme, state")
    }
  }

  /// Of those counted as active or suspended, how many have ended by the clock.
  package func endedCount(chamber: String, programme: String, before now: Int64) throws(RegistryFailure) -> Int {
    try database.read { try $0.endedCount(chamber: chamber, programme: programme, before: now) }
  }

  package func eventCounts(from: Int64, to: Int64) throws(RegistryFailure) -> [EventCount] {
    try database.read {
      try $0.all(
        EventCount.self,
        """
        SELECT c.chamber AS chamber, c.programme AS programme, e.kind AS kind, e.reason AS reason, count(*) AS n \
        FROM event e JOIN credential c ON c.seq = e.credential
        WHERE e.at >= ? AND e.at < ? GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        """,
        with: .integer(from),
        .integer(to)
      )
    }
  }

  // MARK: writes

  /// Gives each draft an id, two status indices and a row, before anything is signed (a crash while signing burns the
  /// reservation, never repeats it).
  /// - Parameter draw: a uniformly random number below 2^32, from the system's generator.
  package func reserve(_ drafts: [CredentialDraft], at now: Int64, draw: () throws -> UInt32) throws(RegistryFailure)
    -> [StatusPlacement]
  {
    try database.write { try Reservations(transaction: $0).make(drafts, at: now, draw: draw) }
  }

  /// The moment of issue: tokens, log leaves, checkpoint and audit row in one transaction.
  /// - Parameter next: what a later batch is to have, in the same transaction: it shares the commit, and nothing of it
  ///   is signed before.
  /// - Returns: the places of the later batch.
  @discardableResult
  package func issue(
    _ batch: IssueBatch,
    log: LogAppend,
    audit: AuditRecord,
    reserving next: [CredentialDraft] = [],
    draw: () throws -> UInt32 = { 0 }
  ) throws(RegistryFailure) -> [StatusPlacement] {
    try database.write { transaction in
      try transaction.activate(batch, log: log, officer: audit.officer)
      try transaction.change(batch.replaced)
      try transaction.record(batch.outcomes, by: audit.officer, at: log.at)
      try transaction.append(log)
      try transaction.insert(audit)
      return try Reservations(transaction: transaction).make(next, at: log.at, draw: draw)
    }
  }

  /// Suspends, reinstates, revokes, lapses or abandons; the schema refuses every other step.
  package func apply(_ changes: [StateChange], outcomes: [ItemOutcome] = [], log: LogAppend?, audit: AuditRecord)
    throws(RegistryFailure)
  {
    try database.write { transaction in
      try transaction.change(changes)
      try transaction.record(outcomes, by: audit.officer, at: audit.at)
      if let log { try transaction.append(log) }
      try transaction.insert(audit)
    }
  }

  // MARK: reminders

  package func remindersSent(_ credential: Int64) throws(RegistryFailure) -> Set<Int> {
    try database.read {
      Set(try $0.integers("SELECT step FROM reminder WHERE credential = ?", .integer(credential)).map(Int.init))
    }
  }

  package func recordReminders(_ reminders: [(credential: Int64, step: Int)], at now: Int64, audit: AuditRecord)
    throws(RegistryFailure)
  {
    try database.write { transaction in
      for reminder in reminders {
        try transaction.execute(
          "INSERT OR IGNORE INTO reminder VALUES (?, ?, ?)",
          .integer(reminder.credential),
          .count(reminder.step),
          .integer(now)
        )
      }
      try transaction.insert(audit)
    }
  }
}
