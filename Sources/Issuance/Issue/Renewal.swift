internal import Credentials
package import Encodings
internal import Profiles
package import Registry
internal import Vocabulary

/// Why a certificate gives way to another.
package enum SupersedeReason: String, Sendable, CaseIterable {
  case nameChange = "name_change"
  case licenceRenewal = "licence_renewal"
  case amalgamation, error
}

extension Issuer {
  /// Replaces one certificate by a new one made from what the register says now; both in one transaction, linked both
  /// ways.
  /// - Parameter into: for an amalgamation, the member that takes over.
  package func supersede(_ id: CredentialID, reason: SupersedeReason, into: Member?, until: Instant?, note: String)
    throws -> IssueOutcome
  {
    guard let old = try registry.credentials.find(id: id.description), old.parts != nil,
      let owner = try registry.members.find(rowID: old.member)
    else {
      throw session.recordRejection(ActRejection(.credentialUnknown, subject: id.description), act: .supersede)
    }
    try session.require(.clerk, chamber: old.chamber, act: .supersede, subject: old.id, programme: old.programme)
    guard let programme = profiles.programme(old.programme) else {
      throw IssuanceFailure.profile("the profile of \(old.programme) is gone")
    }
    guard (into != nil) == (reason == .amalgamation) else {
      throw ActRejection(.memberNeeded(reason: reason), subject: old.id)
    }
    guard [.active, .suspended].contains(old.state) else {
      throw session.recordRejection(
        ActRejection(.notReplaceable(from: old.state), subject: old.id),
        act: .supersede
      )
    }
    // What was paused is looked into first: a new certificate is no way around a suspension.
    guard old.state == .active || reason == .amalgamation else {
      throw session.recordRejection(
        ActRejection(.notReplaceable(from: .suspended), subject: old.id),
        act: .supersede
      )
    }
    let member = into ?? owner
    guard into?.rowID != owner.rowID else {
      throw ActRejection(.memberTakesOverItself, subject: old.id)
    }
    if into != nil, let other = try other(of: member, programme, subject: old.subject, besides: nil) {
      throw session.recordRejection(
        ActRejection(.memberCertified(member: member.key, certificate: other.id), subject: old.id),
        act: .supersede
      )
    }
    guard member.chamber == old.chamber else {
      throw session.recordRejection(
        ActRejection(.otherChamberTakesOver(chamber: member.chamber, programme: programme.id), subject: old.id),
        act: .supersede
      )
    }
    try session.lifecycle.abandonInterruptedReservations()
    try session.approvals.syncRules(of: programme)
    let order = IssueOrder(member: member, claims: try session.reader.claims(of: old))
    var item = IssueItem(
      order: order,
      content: try IssueContent(
        member: member,
        programme: programme,
        claims: order.claims,
        rules: try session.contentRules
      ),
      disposition: .changed
    )
    item.replaces = .init(seq: old.seq, id: old.id)
    item.reason = reason.rawValue
    do {
      try permit(member, programme, granted: try registry.grantedChambers())
    } catch let refusal as ActRejection {
      throw session.recordRejection(refusal, act: .supersede)
    }
    item.lookalikes = try NamePolicy.unacceptedLookalikes(of: member, in: registry)
    var options = IssueOptions()
    var outcome = IssueOutcome()
    (options.until, options.note) = (until, note)
    try issue([item], chamber: member.chamber, programme: programme, options: options, into: &outcome) { _ in }
    try session.publisher.publish()
    return outcome
  }

  /// Renews certificates that exist: each is replaced by a new one. Those that are not running out are left alone;
  /// those that were withdrawn, replaced or paused are refused.
  package func renew(
    _ records: [CredentialRecord],
    within days: Int64,
    source: [UInt8]?,
    note: String = "",
    progress: (Int) -> Void = { _ in }
  ) throws -> [String: IssueOutcome] {
    var outcomes: [String: IssueOutcome] = [:]
    for (id, all) in Dictionary(grouping: records, by: \.programme).sorted(by: { $0.key < $1.key }) {
      let group = all.filter { $0.state == .active || $0.state == .lapsed }
      guard let programme = profiles.programme(id) else {
        throw IssuanceFailure.profile("the profile of \(id) is gone")
      }
      var options = IssueOptions()
      (options.renewWithin, options.replaceChanged, options.source, options.note) = (days, "renewal", source, note)
      let orders = try group.compactMap { record in
        try registry.members.find(rowID: record.member).map {
          IssueOrder(member: $0, claims: try session.reader.claims(of: record))
        }
      }
      var outcome =
        orders.isEmpty ? IssueOutcome() : try issue(orders, programme: programme, options: options, progress: progress)
      for other in all where other.state != .active && other.state != .lapsed {
        let refusal = ActRejection(.notRenewable(from: other.state), subject: other.id)
        let recorded = session.recordRejection(refusal, act: .renew)
        guard recorded is ActRejection else { throw recorded }
        outcome.refused.append(.init(member: other.memberKey, row: nil, refusal: refusal, request: nil))
      }
      outcomes[id] = outcome
    }
    return outcomes
  }
}
