internal import Encodings
package import Profiles
internal import Registry
internal import Vocabulary

extension ApprovalWorkflow {
  func rule(of programme: Programme) throws -> ProgrammeRule {
    guard let digest = profileDigests[programme.id] else {
      throw IssuanceFailure.profile("\(programme.id).yaml is missing")
    }
    return ProgrammeRule(
      id: programme.id,
      digest: digest,
      issueApprovals: programme.approvals.issue,
      reinstateApprovals: programme.approvals.reinstate,
      issueBrake: programme.brakes.issue,
      suspendBrake: programme.brakes.suspend,
      revokeBrake: programme.brakes.revoke,
      quota: programme.quota
    )
  }

  /// Brings the register's rules of a programme up to its profile before anything is done under them. The register
  /// refuses laxer rules that two officers have not agreed to.
  func syncRules(of programme: Programme) throws {
    let rule = try rule(of: programme)
    guard try registry.requests.rule(of: programme.id) != rule else { return }
    let detail: JSON = ["sha256": JSON(Hex.encode(rule.digest))]
    try session.record(.init(.profile, on: programme.id, detail: detail, programme: programme.id)) {
      try registry.requests.adopt(rule, request: nil, at: now.seconds, audit: $0)
    }
  }

  // MARK: laxer rules

  /// Asks for laxer rules of a programme: the profile as it now stands in the home.
  package func requestProfile(_ programme: Programme, note: String) throws -> RequestView {
    guard let registered = session.actor.registered else {
      throw session.recordRejection(
        ActRejection(.registeredOfficerRequired(act: .profile), subject: programme.id),
        act: .profile
      )
    }
    try session.require(.clerk, chamber: registered.chamber, act: .profile, subject: programme.id)
    let rule = try rule(of: programme)
    let record = try fileRequest(
      RequestedAct(
        act: .profile,
        chamber: registered.chamber,
        programme: programme.id,
        items: [RequestItem(row: 1, member: nil, contentDigest: rule.digest, disposition: .profile)],
        needed: 2,
        note: note
      )
    )
    return try session.reader.request(record.seq)
  }

  func adoptProfile(_ record: RequestRecord, _ items: [RequestItem]) throws {
    guard let programme = profiles.programme(record.programme), let item = items.first,
      try rule(of: programme).digest == item.contentDigest
    else {
      throw session.recordRejection(
        ActRejection(.requestChanged(row: 1), subject: "request \(record.seq)"),
        act: .profile
      )
    }
    try requireAgreement(record, needed: 2)
    let detail: JSON = ["sha256": JSON(Hex.encode(item.contentDigest)), "request": .integer(record.seq)]
    try session.record(.init(.profile, on: programme.id, detail: detail, programme: programme.id)) {
      try registry.requests.adopt(try rule(of: programme), request: record.seq, at: now.seconds, audit: $0)
    }
  }
}
