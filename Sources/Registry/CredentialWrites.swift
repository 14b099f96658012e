internal import Storage
internal import Vocabulary

/// Where a draft's quota is counted.
private struct ChamberProgramme: Hashable { let chamber: String, programme: String }

/// The newest lists of a chamber, both of one series, and how many of their places are taken.
private struct ListPair { var series: Int64, revocation: Int64, suspension: Int64, used: Int64 }

/// Bits in a status list, and how many of them are given out before the next list is begun: random places stay cheap to
/// draw, and the herd that hides one credential stays large (Bitstring Status List 1.0, 3.1).
private let statusListLength: Int64 = 131_072
private let statusListFill: Int64 = 98_304

/// Gives drafts their places in the status lists, within one transaction.
struct Reservations {
  let transaction: Transaction

  func make(_ drafts: [CredentialDraft], at now: Int64, draw: () throws -> UInt32) throws -> [StatusPlacement] {
    guard !drafts.isEmpty else { return [] }
    try keepQuota(drafts, at: now)
    var lists: [String: ListPair] = [:]
    let insert = try transaction.prepare(
      """
      INSERT INTO credential (id, member, chamber, programme, subject, state, valid_from, valid_until, state_since, \
      revocation_list, revocation_index,
        suspension_list, suspension_index, salt, content_digest, replaces, replacement_reason, request, request_row)
      VALUES (?, ?, ?, ?, ?, 'reserved', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    )
    return try drafts.map { draft in
      var pair = try lists[draft.chamber] ?? openLists(of: draft.chamber)
      if pair.used >= statusListFill { pair = try beginLists(of: draft.chamber, series: pair.series + 1) }
      let revocation = try freeIndex(.revocation, list: pair.revocation, draw: draw)
      let suspension = try freeIndex(.suspension, list: pair.suspension, draw: draw)
      pair.used += 1
      lists[draft.chamber] = pair
      try insert.run(
        .text(draft.id),
        .integer(draft.member),
        .text(draft.chamber),
        .text(draft.programme),
        .text(draft.subject),
        .integer(draft.validFrom),
        .integer(draft.validUntil),
        .integer(now),
        .integer(pair.revocation),
        .integer(revocation),
        .integer(pair.suspension),
        .integer(suspension),
        .blob(draft.salt),
        .blob(draft.contentDigest),
        .optional(draft.replaces),
        .optional(draft.replacementReason),
        .optional(draft.request),
        .optional(draft.row)
      )
      return StatusPlacement(
        seq: transaction.lastInsertedRowID,
        revocation: StatusIndex(series: pair.series, index: revocation),
        suspension: StatusIndex(series: pair.series, index: suspension)
      )
    }
  }

  /// The quota of each programme and chamber, counted in the same transaction that takes places of it. What replaces
  /// another takes none.
  private func keepQuota(_ drafts: [CredentialDraft], at now: Int64) throws {
    let groups = Dictionary(grouping: drafts.filter { $0.replaces == nil }) {
      ChamberProgramme(chamber: $0.chamber, programme: $0.programme)
    }
    for (place, wanted) in groups {
      guard
        let quota = try transaction.integer(
          "SELECT quota FROM programme WHERE id = ? ORDER BY seq DESC LIMIT 1",
          .text(place.programme)
        )
      else {
        // rules the register does not know ask for two
        throw RegistryFailure.refused(rule: .secondOfficerRequired)
      }
      let active = try transaction.activeCount(chamber: place.chamber, programme: place.programme, at: now)
      guard active + wanted.count <= Int(quota) else { throw RegistryFailure.refused(rule: .quotaReached) }
    }
  }

  private func openLists(of chamber: String) throws -> ListPair {
    guard let series = try transaction.integer("SELECT max(series) FROM status_list WHERE chamber = ?", .text(chamber))
    else {
      return try beginLists(of: chamber, series: 1)
    }
    let revocation = try transaction.listID(.revocation, of: chamber, series: series)
    let used =
      try transaction.integer("SELECT count(*) FROM credential WHERE revocation_list = ?", .integer(revocation)) ?? 0
    let suspension = try transaction.listID(.suspension, of: chamber, series: series)
    return ListPair(series: series, revocation: revocation, suspension: suspension, used: used)
  }

  private func beginLists(of chamber: String, series: Int64) throws -> ListPair {
    func begin(_ purpose: StatusPurpose) throws -> Int64 {
      try transaction.execute(
        "INSERT INTO status_list (chamber, series, purpose) VALUES (?, ?, ?)",
        .text(chamber),
        .integer(series),
        .word(purpose)
      )
      return transaction.lastInsertedRowID
    }
    let revocation = try begin(.revocation)
    return ListPair(series: series, revocation: revocation, suspension: try begin(.suspension), used: 0)
  }

  /// A random free place. At most three quarters are ever taken, so a thousand tries fail only with a broken generator.
  private func freeIndex(_ purpose: StatusPurpose, list: Int64, draw: () throws -> UInt32) throws -> Int64 {
    let column = purpose.rawValue
    let taken = try transaction.prepare("SELECT 1 FROM credential WHERE \(column)_list = ? AND \(column)_index = ?")
    for _ in 0..<1_000 {
      let index = Int64(try draw()) % statusListLength  // 2^32 is a multiple of 2^17: no bias
      if try !taken.finds(.integer(list), .integer(index)) { return index }
    }
    throw RegistryFailure.refused(rule: .randomGeneratorRepeats)
  }
}

extension Transaction {
  // MARK: counts and lists

  /// Certificates that count against the quota: in force, suspended or about to be, and not ended by the clock.
  func activeCount(chamber: String, programme: String, at now: Int64) throws -> Int {
    let live =
      try integer(
        """
        SELECT ifnull(sum(count), 0) FROM tally WHERE chamber = ? AND programme = ? AND state IN ('active', \
        'suspended', 'reserved')
        """,
        .text(chamber),
        .text(programme)
      ) ?? 0
    return Int(live) - (try endedCount(chamber: chamber, programme: programme, before: now))
  }

  func endedCount(chamber: String, programme: String, before now: Int64) throws -> Int {
    Int(
      try integer(
        """
        SELECT count(*) FROM credential WHERE chamber = ? AND programme = ? AND state IN ('active', 'suspended') AND \
        valid_until < ?
        """,
        .text(chamber),
        .text(programme),
        .integer(now)
      ) ?? 0
    )
  }

  /// 0 where there is none.
  func listID(_ purpose: StatusPurpose, of chamber: String, series: Int64) throws -> Int64 {
    try integer(
      "SELECT id FROM status_list WHERE chamber = ? AND series = ? AND purpose = ?",
      .text(chamber),
      .integer(series),
      .word(purpose)
    ) ?? 0
  }

  // MARK: issuing

  func activate(_ batch: IssueBatch, log: LogAppend, officer: String) throws {
    // Equal for all of one signer: the one before is compared, since hashing three kilobytes for each would cost more
    // than the row.
    var header: (bytes: [UInt8], id: Int64)?
    let update = try prepare(
      """
      UPDATE credential SET state = 'active', state_since = ?, issued_at = ?, header = ?, payload = ?, signature = \
      ?, leaf = ? WHERE seq = ?
      """
    )
    for (index, credential) in batch.credentials.enumerated() {
      let leaf = log.previousSize + Int64(index)
      let parts = credential.parts
      let known = try header.flatMap { $0.bytes == parts.header ? $0.id : nil } ?? headerID(parts.header)
      header = (parts.header, known)
      try update.run(
        .integer(log.at),
        .integer(log.at),
        .integer(known),
        .blob(parts.payload),
        .blob(parts.signature),
        .integer(leaf),
        .integer(credential.seq)
      )
      guard changes == 1 else { throw RegistryFailure.refused(rule: .illegalTransition) }
      var issued = StateChange(
        seq: credential.seq,
        event: .issued,
        at: log.at,
        officer: officer,
        reason: credential.reason
      )
      issued.leaf = leaf
      issued.request = batch.request
      try insertEvent(issued)
    }
  }

  func headerID(_ header: [UInt8]) throws -> Int64 {
    try execute("INSERT OR IGNORE INTO token_header (header) VALUES (?)", .blob(header))
    return try integer("SELECT id FROM token_header WHERE header = ?", .blob(header)) ?? 0
  }

  // MARK: states

  func change(_ changes: [StateChange]) throws {
    guard !changes.isEmpty else { return }
    // The statement is written with the state: a trigger sees the old and the new state of the same row.
    let update = try prepare(
      """
      UPDATE credential SET state = ?, state_since = ?, statement = ifnull(?, statement), replaced_by = ifnull(?, \
      replaced_by),
        replacement_reason = CASE WHEN ? = 'superseded' THEN ? ELSE replacement_reason END, decided_by = ? WHERE seq \
      = ? AND state <> ?
      """
    )
    for change in changes {
      let state = change.event.state
      try update.run(
        .word(state),
        .integer(change.at),
        .optional(change.statement),
        .optional(change.replacedBy),
        .word(state),
        .text(change.reason),
        .optional(change.request),
        .integer(change.seq),
        .word(state)
      )
      guard self.changes == 1 else { throw RegistryFailure.refused(rule: .illegalTransition) }
      try insertEvent(change)
    }
  }

  /// Adds to a credential's history. What is public waits from now on to be published.
  func insertEvent(_ change: StateChange) throws {
    try execute(
      "INSERT INTO event (credential, kind, at, officer, reason, note, leaf, request) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      .integer(change.seq),
      .word(change.event),
      .integer(change.at),
      .text(change.officer),
      .text(change.reason),
      .text(change.note),
      .optional(change.leaf),
      .optional(change.request)
    )
    guard change.event.isPublic else { return }
    try execute("INSERT INTO unpublished VALUES (?, ?)", .integer(lastInsertedRowID), .integer(change.seq))
  }
}
