/// A person of a chamber who acts. Nothing of this changes but `removedAt`.
public struct Officer: Sendable, Equatable {
  public enum Role: String, Sendable, CaseIterable { case clerk, approver, auditor }
  public var seq: Int64
  public let name: String, chamber: String
  public let roles: [Role]
  /// SubjectPublicKeyInfo, DER: Ed25519.
  public let publicKey: [UInt8]
  public let addedAt: Int64, removedAt: Int64?
  public init(
    seq: Int64 = 0,
    name: String,
    chamber: String,
    roles: [Role],
    publicKey: [UInt8],
    addedAt: Int64,
    removedAt: Int64? = nil
  ) {
    self.seq = seq; self.name = name; self.chamber = chamber; self.roles = Role.allCases.filter(roles.contains);
    self.publicKey = publicKey
    self.addedAt = addedAt; self.removedAt = removedAt
  }
}

/// One version of a programme's rules, as far as the register itself enforces them.
public struct ProgrammeRule: Sendable, Equatable {
  public let id: String
  /// SHA-256 of the profile's file.
  public let digest: [UInt8]
  public let issueApprovals: Int, reinstateApprovals: Int
  public let issueBrake: Int, suspendBrake: Int, revokeBrake: Int, quota: Int
  public init(
    id: String,
    digest: [UInt8],
    issueApprovals: Int,
    reinstateApprovals: Int,
    issueBrake: Int,
    suspendBrake: Int,
    revokeBrake: Int,
    quota: Int
  ) {
    self.id = id; self.digest = digest; self.issueApprovals = issueApprovals;
    self.reinstateApprovals = reinstateApprovals
    self.issueBrake = issueBrake; self.suspendBrake = suspendBrake; self.revokeBrake = revokeBrake; self.quota = quota
  }
}

public enum RequestAct: String, Sendable, CaseIterable { case issue, suspend, reinstate, revoke, profile }

/// What somebody asks for, frozen.
public struct RequestRecord: Sendable, Equatable {
  public var seq: Int64
  public let act: RequestAct
  public let chamber: String, programme: String
  /// SHA-256 of the file or search it came from; nil for one asked for by name.
  public let source: [UInt8]?
  /// Canonical JSON; `digest` is its SHA-256, and what approvals sign.
  public let content: String, digest: [UInt8]
  public let needed: Int
  public let reason: String, note: String, requestedBy: String
  public let requestedAt: Int64
  /// `open done refused withdrawn ended`
  public let state: String
  public let closedAt: Int64?, closedBy: String?
  public init(
    seq: Int64 = 0,
    act: RequestAct,
    chamber: String,
    programme: String,
    source: [UInt8]?,
    content: String,
    digest: [UInt8],
    needed: Int,
    reason: String,
    note: String,
    requestedBy: String,
    requestedAt: Int64,
    state: String = "open",
    closedAt: Int64? = nil,
    closedBy: String? = nil
  ) {
    self.seq = seq; self.act = act; self.chamber = chamber; self.programme = programme; self.source = source;
    self.content = content
    self.digest = digest; self.needed = needed; self.reason = reason; self.note = note; self.requestedBy = requestedBy
    self.requestedAt = requestedAt; self.state = state; self.closedAt = closedAt; self.closedBy = closedBy
  }
}

public struct RequestItem: Sendable, Equatable {
  public let row: Int64
  public let member: Int64?
  /// The certificate that is changed or replaced.
  public let credential: Int64?
  public let contentDigest: [UInt8]
  /// `new renewed changed returned` for an issue; the act itself otherwise.
  public let what: String
  /// Why a certificate is replaced; empty where none is.
  public let reason: String
  /// Canonical JSON of the claims about a person; `{}` where there are none.
  public let claims: String
  /// nil while it waits; `done` or `refused`.
  public let outcome: String?
  public let result: Int64?, refusal: String?
  public init(
    row: Int64,
    member: Int64?,
    credential: Int64? = nil,
    contentDigest: [UInt8],
    what: String,
    reason: String = "",
    claims: String = "{}",
    outcome: String? = nil,
    result: Int64? = nil,
    refusal: String? = nil
  ) {
    self.row = row; self.member = member; self.credential = credential; self.contentDigest = contentDigest;
    self.what = what
    self.reason = reason; self.claims = claims; self.outcome = outcome; self.result = result; self.refusal = refusal
  }
}

/// One officer's signature under a request.
public struct ApprovalRecord: Sendable, Equatable {
  public let officer: Officer
  public let digest: [UInt8], signature: [UInt8]
  public let accepts: String
  public let at: Int64
}

/// How a row of a request ended.
public struct ItemOutcome: Sendable {
  public let request: Int64, row: Int64
  public let result: Int64?
  /// The code of the rule that refused it; nil: done.
  public let refusal: String?
  public init(request: Int64, row: Int64, result: Int64? = nil, refusal: String? = nil) {
    self.request = request; self.row = row; self.result = result; self.refusal = refusal
  }
}
