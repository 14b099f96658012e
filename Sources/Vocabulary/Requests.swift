/// What a request asks for.
public enum RequestAct: String, Sendable, CaseIterable {
  case issue = "issue"
  case suspend = "suspend"
  case reinstate = "reinstate"
  case revoke = "revoke"
  case profile = "profile"

  /// Nil for acts that change no certificate that exists.
  public var lifecycle: LifecycleAct? {
    switch self {
    case .suspend: .suspend
    case .reinstate: .reinstate
    case .revoke: .revoke
    case .issue, .profile: nil
    }
  }

  public var auditAction: AuditAction {
    switch self {
    case .issue: .issue
    case .suspend: .suspend
    case .reinstate: .reinstate
    case .revoke: .revoke
    case .profile: .profile
    }
  }
}

/// How far a request is. Only an open one can be approved or carried out.
public enum RequestState: String, Sendable, CaseIterable {
  case open = "open"
  case done = "done"
  case refused = "refused"
  case withdrawn = "withdrawn"
  case ended = "ended"
}

/// How a row of a request ended. `waiting` is never stored: the column is empty then.
public enum RowOutcome: String, Sendable, CaseIterable {
  case waiting = "waiting"
  case done = "done"
  case refused = "refused"
}

/// What a row of a sheet or a request comes down to when it is compared with the register.
public enum RowDisposition: String, Sendable, CaseIterable {
  case new = "new"
  case renewed = "renewed"
  case changed = "changed"
  case returned = "returned"
  case unchanged = "unchanged"
  case duplicate = "duplicate"
  case lapsed = "lapsed"
  case faulty = "faulty"
  case suspend = "suspend"
  case reinstate = "reinstate"
  case revoke = "revoke"
  case profile = "profile"

  /// Those that a row of a sheet may have, in the order in which they are counted.
  public static let ofSheets: [RowDisposition] = [
    .new, .renewed, .changed, .returned, .unchanged, .duplicate, .lapsed, .faulty,
  ]
}

/// What an officer may do. An auditor has no other role.
public enum OfficerRole: String, Sendable, CaseIterable {
  case clerk = "clerk"
  case approver = "approver"
  case auditor = "auditor"
}
