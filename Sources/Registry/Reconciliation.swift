internal import Storage
package import Vocabulary

/// One credential as the published folder shows it, for a register that has forgotten it.
package struct AdoptedCredential: Sendable {
  /// Its `member` is not looked at: the member may only come into the register now.
  package let draft: CredentialDraft
  package let memberNumber: String
  package let revocation: StatusIndex, suspension: StatusIndex
  package let issuedAt: Int64, leaf: Int64
  package let parts: TokenParts
  /// The id of the one that it replaced.
  package var replaces: String?
  package init(
    draft: CredentialDraft,
    memberNumber: String,
    revocation: StatusIndex,
    suspension: StatusIndex,
    issuedAt: Int64,
    leaf: Int64,
    parts: TokenParts
  ) {
    self.draft = draft
    self.memberNumber = memberNumber
    self.revocation = revocation
    self.suspension = suspension
    self.issuedAt = issuedAt
    self.leaf = leaf
    self.parts = parts
  }
}

/// A change of state that the published log holds and the register does not.
package struct AdoptedChange: Sendable {
  package let id: String
  package let event: CredentialEvent
  package let reason: String
  package let at: Int64, leaf: Int64
  package let statement: [UInt8]?, replacedBy: String?
  package init(
    id: String,
    event: CredentialEvent,
    reason: String,
    at: Int64,
    leaf: Int64,
    statement: [UInt8]?,
    replacedBy: String?
  ) {
    self.id = id
    self.event = event
    self.reason = reason
    self.at = at
    self.leaf = leaf
    self.statement = statement
    self.replacedBy = replacedBy
  }
}

/// What the published log last said of a certificate's pages, and the register does not know.
package struct AdoptedBindings: Sendable {
  package let id: String, statement: [UInt8], leaf: Int64
  /// Their `credential` is not looked at: it may only come into the register now.
  package let pages: [BindingRecord]
  package init(id: String, statement: [UInt8], leaf: Int64, pages: [BindingRecord]) {
    self.id = id
    self.statement = statement
    self.leaf = leaf
    self.pages = pages
  }
}

/// All that was published after a backup was made.
package struct PublishedState: Sendable {
  package var credentials: [AdoptedCredential] = []
  package var changes: [AdoptedChange] = []
  package var bindings: [AdoptedBindings] = []
  /// Values below which the counters of these names must not be.
  package var counters: [(name: String, value: Int64)] = []
  package init() {}
}

extension Registry {
  /// Takes over what was published after the copy was made, all or nothing, and lets the register be worked with again.
  package func reconcile(_ published: PublishedState, log: LogAppend?, at now: Int64, audit: AuditRecord)
    throws(RegistryFailure)
  {
    let officer = audit.officer
    try database.write { transaction in
      let size = try transaction.logSize()
      if let log { try transaction.append(log) }
      try transaction.execute(
        "INSERT INTO reconciliation (at, officer, from_size, size, adopted, changed) VALUES (?, ?, ?, ?, ?, ?)",
        .integer(now),
        .text(officer),
        .integer(size),
        .integer(size + Int64(log?.leaves.count ?? 0)),
        .count(published.credentials.count),
        .count(published.changes.count)
      )
      let adoption = Adoption(transaction: transaction, officer: officer)
      for credential in published.credentials { try adoption.adopt(credential) }
      for change in published.changes { try adoption.adopt(change) }
      for one in published.bindings { try adoption.adopt(one) }
      // What was carried out of a request that was open in the copy has just been taken over; going on with it would do
      // it a second time.
      try transaction.execute(
        "UPDATE request SET state = 'ended', closed_at = ?, closed_by = ? WHERE state = 'open'",
        .integer(now),
        .text(officer)
      )
      for counter in published.counters {
        try transaction.execute(
          "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
          .text(counter.name),
          .integer(counter.value)
        )
      }
      // Every list and file is made again: what the copy believes to have published may be older than what is there.
      try transaction.execute("DELETE FROM publication")
      try transaction.execute("UPDATE reconciliation SET closed = 1 WHERE closed = 0")
      try transaction.insert(audit)
      try transaction.script("PRAGMA application_id = \(RegisterMark.live.rawValue)")
    }
  }
}

/// The word in the history of everything that was taken over.
private let reconciled = "reconciled"

/// Writes what was published into the register, each as the history of a reconciliation.
private struct Adoption {
  let transaction: Transaction, officer: String

  private func credential(_ id: String) throws -> Int64 {
    guard let seq = try transaction.integer("SELECT seq FROM credential WHERE id = ?", .text(id)) else {
      throw RegistryFailure.refused(rule: .credentialUnknown)
    }
    return seq
  }

  /// The list of a series, which is begun where the copy does not know it.
  private func list(_ purpose: StatusPurpose, of chamber: String, series: Int64) throws -> Int64 {
    try transaction.execute(
      "INSERT OR IGNORE INTO status_list (chamber, series, purpose) VALUES (?, ?, ?)",
      .text(chamber),
      .integer(series),
      .word(purpose)
    )
    return try transaction.listID(purpose, of: chamber, series: series)
  }

  func adopt(_ credential: AdoptedCredential) throws {
    let draft = credential.draft
    guard
      let member = try transaction.integer(
        "SELECT id FROM member WHERE chamber = ? AND number = ?",
        .text(draft.chamber),
        .text(credential.memberNumber)
      )
    else { throw RegistryFailure.refused(rule: .memberUnknown) }
    let replaces = try credential.replaces.flatMap {
      try transaction.integer("SELECT seq FROM credential WHERE id = ?", .text($0))
    }
    // A series exists for both purposes at once, whichever list this one stands in.
    _ = try list(.suspension, of: draft.chamber, series: credential.revocation.series)
    _ = try list(.revocation, of: draft.chamber, series: credential.suspension.series)
    // Reserved when the copy was made, issued afterwards: the reservation becomes what it was made for.
    let reserved = try transaction.integer(
      "SELECT seq FROM credential WHERE id = ? AND state = 'reserved'",
      .text(draft.id)
    )
    if reserved == nil {
      let revocation = try list(.revocation, of: draft.chamber, series: credential.revocation.series)
      let suspension = try list(.suspension, of: draft.chamber, series: credential.suspension.series)
      try transaction.execute(
        """
        INSERT INTO credential (id, member, chamber, programme, subject, state, valid_from, valid_until, \
        state_since, revocation_list, revocation_index,
          suspension_list, suspension_index, salt, content_digest, replaces)
        VALUES (?, ?, ?, ?, ?, 'reserved', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        .text(draft.id),
        .integer(member),
        .text(draft.chamber),
        .text(draft.programme),
        .text(draft.subject),
        .integer(draft.validFrom),
        .integer(draft.validUntil),
        .integer(credential.issuedAt),
        .integer(revocation),
        .integer(credential.revocation.index),
        .integer(suspension),
        .integer(credential.suspension.index),
        .blob(draft.salt),
        .blob(draft.contentDigest),
        .optional(replaces)
      )
    }
    let seq = reserved ?? transaction.lastInsertedRowID
    let header = try transaction.headerID(credential.parts.header)
    try transaction.execute(
      """
      UPDATE credential SET state = 'active', state_since = ?, issued_at = ?, header = ?, payload = ?, signature = \
      ?, leaf = ? WHERE seq = ?
      """,
      .integer(credential.issuedAt),
      .integer(credential.issuedAt),
      .integer(header),
      .blob(credential.parts.payload),
      .blob(credential.parts.signature),
      .integer(credential.leaf),
      .integer(seq)
    )
    var issued = StateChange(
      seq: seq,
      event: .issued,
      at: credential.issuedAt,
      officer: officer,
      reason: reconciled
    )
    issued.leaf = credential.leaf
    try transaction.insertEvent(issued)
  }

  func adopt(_ change: AdoptedChange) throws {
    let seq = try credential(change.id)
    let by = try change.replacedBy.flatMap {
      try transaction.integer("SELECT seq FROM credential WHERE id = ?", .text($0))
    }
    try transaction.execute(
      """
      UPDATE credential SET state = ?, state_since = ?, statement = ifnull(?, statement), replaced_by = ifnull(?, \
      replaced_by) WHERE seq = ?
      """,
      .word(change.event.state),
      .integer(change.at),
      .optional(change.statement),
      .optional(by),
      .integer(seq)
    )
    var event = StateChange(seq: seq, event: change.event, at: change.at, officer: officer, reason: change.reason)
    event.note = reconciled
    event.leaf = change.leaf
    try transaction.insertEvent(event)
  }

  func adopt(_ said: AdoptedBindings) throws {
    let seq = try credential(said.id)
    for page in said.pages {
      let known = try transaction.first(
        BindingRecord.self,
        "SELECT * FROM binding WHERE credential = ? AND key = ?",
        with: .integer(seq),
        .text(page.key)
      )
      if let known, known.state == page.state, known.since == page.since, known.provedAt == page.provedAt,
        known.reproveBy == page.reproveBy
      {
        continue
      }
      try transaction.put(page, of: seq)
      func note(_ event: BindingEvent, at: Int64) throws {
        let act = BindingAct(key: page.key, event: event, detail: reconciled)
        try transaction.insert(act, of: seq, at: at, officer: officer)
      }
      if let at = page.provedAt, at != known?.provedAt { try note(.proved, at: at) }
      if page.state != .proved, page.state != known?.state { try note(page.state.event, at: page.since) }
    }
    try transaction.put(said.statement, leaf: said.leaf, of: seq)
  }
}
