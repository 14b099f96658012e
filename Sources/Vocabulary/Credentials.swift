/// The state of a credential as the register stores it. The schema allows only the steps between them that
/// `credential_steps` names.
///
/// That a credential has ended follows from its last moment and the clock; `lapsed` is stored when the programme's time
/// of grace is over too.
public enum CredentialState: String, Sendable, CaseIterable {
  case reserved = "reserved"
  case active = "active"
  case suspended = "suspended"
  case revoked = "revoked"
  case superseded = "superseded"
  case lapsed = "lapsed"
  case abandoned = "abandoned"
}

/// What happened to a credential: one row of its history.
public enum CredentialEvent: String, Sendable, CaseIterable {
  case issued = "issued"
  case suspended = "suspended"
  case reinstated = "reinstated"
  case revoked = "revoked"
  case superseded = "superseded"
  case lapsed = "lapsed"
  case abandoned = "abandoned"

  /// The state that the event leads to.
  public var state: CredentialState {
    switch self {
    case .issued, .reinstated: .active
    case .suspended: .suspended
    case .revoked: .revoked
    case .superseded: .superseded
    case .lapsed: .lapsed
    case .abandoned: .abandoned
    }
  }

  /// Whether `public/` tells of it. That a credential lapsed it says itself, and an abandoned one was never there.
  public var isPublic: Bool { self != .lapsed && self != .abandoned }
}

/// What an officer may do to a certificate that exists.
public enum LifecycleAct: String, Sendable, CaseIterable {
  case suspend = "suspend"
  case reinstate = "reinstate"
  case revoke = "revoke"

  public var event: CredentialEvent {
    switch self {
    case .suspend: .suspended
    case .reinstate: .reinstated
    case .revoke: .revoked
    }
  }

  /// The state it leads to.
  public var state: CredentialState { event.state }

  /// The states it may start from.
  public var from: [CredentialState] {
    switch self {
    case .suspend: [.active]
    case .reinstate: [.suspended]
    case .revoke: [.active, .suspended]
    }
  }

  public var request: RequestAct {
    switch self {
    case .suspend: .suspend
    case .reinstate: .reinstate
    case .revoke: .revoke
    }
  }

  public var disposition: RowDisposition {
    switch self {
    case .suspend: .suspend
    case .reinstate: .reinstate
    case .revoke: .revoke
    }
  }

  public var auditAction: AuditAction {
    switch self {
    case .suspend: .suspend
    case .reinstate: .reinstate
    case .revoke: .revoke
    }
  }

  /// Closed list of reasons (words of RFC 5280 5.3.1 where they fit): the log carries the code, and prose never.
  public var reasons: [LifecycleReason] {
    switch self {
    case .suspend: [.feesUnpaid, .licenceLapsed, .investigation, .memberRequest, .bindingLost, .other]
    case .reinstate: [.feesPaid, .licenceRenewed, .cleared, .memberRequest, .error, .other]
    case .revoke:
      [
        .membershipEnded, .licenceWithdrawn, .fraud, .keyCompromise, .memberRequest, .superseded, .error, .other,
      ]
    }
  }
}

/// Why a certificate is suspended, reinstated or revoked; a word of its own, also where a rejection has the same one.
public enum LifecycleReason: String, Sendable, CaseIterable {
  case feesUnpaid = "fees_unpaid"
  case licenceLapsed = "licence_lapsed"
  case investigation = "investigation"
  case memberRequest = "member_request"
  case bindingLost = "binding_lost"
  case feesPaid = "fees_paid"
  case licenceRenewed = "licence_renewed"
  case cleared = "cleared"
  case membershipEnded = "membership_ended"
  case licenceWithdrawn = "licence_withdrawn"
  case fraud = "fraud"
  case keyCompromise = "key_compromise"
  case superseded = "superseded"
  case error = "error"
  case other = "other"
}

/// The two lists in which each credential has a bit.
public enum StatusPurpose: String, Sendable, CaseIterable {
  case revocation = "revocation"
  case suspension = "suspension"
}

/// How a company belongs to its chamber: `eMember` is one outside the chamber's territory.
public enum MembershipKind: String, Sendable, CaseIterable {
  case member = "member"
  case eMember = "e-member"
}
