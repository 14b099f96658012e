import Issuance
import Registry
import Vocabulary

/// `1 certificate`, `2,327 certificates`.
func counted(_ count: Int, _ thing: String, plural things: String? = nil) -> String {
  "\(grouped(count)) \(count == 1 ? thing : things ?? thing + "s")"
}

/// `2,327`
func grouped(_ count: Int) -> String {
  let digits = String(count.magnitude)
  var out = ""
  for (place, digit) in digits.enumerated() {
    if place > 0, (digits.count - place) % 3 == 0 { out += "," }
    out.append(digit)
  }
  return (count < 0 ? "-" : "") + out
}

extension AuditAction {
  /// As the subject of a sentence: "adding an officer needs the registrar".
  var doing: String {
    switch self {
    case .initialize: "founding an authority"
    case .enter: "acting here"
    case .chamberAdd: "adding a chamber"
    case .signerRenew: "renewing a signer"
    case .keyAdd: "adding a key"
    case .answerKey: "adding a key for answers"
    case .officerAdd: "adding an officer"
    case .officerRemove: "removing an officer"
    case .memberImport: "importing members"
    case .memberContact: "entering a contact"
    case .memberErase: "erasing a contact"
    case .plan: "making a plan"
    case .request: "filing a request"
    case .approve: "approving"
    case .refuse: "declining a request"
    case .withdraw: "withdrawing a request"
    case .run: "running a request"
    case .profile: "changing the rules of a programme"
    case .issue: "issuing"
    case .renew: "renewing"
    case .supersede: "replacing a certificate"
    case .suspend: "suspending"
    case .reinstate: "reinstating"
    case .revoke: "revoking"
    case .lapse: "lapsing certificates"
    case .abandon: "abandoning reservations"
    case .binding: "proving pages"
    case .remind: "writing reminders"
    case .export: "exporting"
    case .publish: "publishing"
    case .misuseClose: "closing a report on a certificate of no chamber here"
    case .recogniseAdd: "recognising an authority"
    case .recogniseUpdate: "updating a recognised authority"
    case .recogniseRemove: "withdrawing a recognition"
    case .reconcile: "reconciling"
    case .reconcileMembers: "adding members while reconciling"
    }
  }
}

extension RequestAct {
  /// What a request asks for, over so many certificates.
  func doing(_ rows: Int, programme: String) -> String {
    switch self {
    case .issue: "issuing \(counted(rows, "\(programme) certificate"))"
    case .suspend: "suspending \(counted(rows, "certificate"))"
    case .reinstate: "reinstating \(counted(rows, "certificate"))"
    case .revoke: "revoking \(counted(rows, "certificate"))"
    case .profile: "changing the rules of \(programme)"
    }
  }
}

extension CredentialState {
  /// In a sentence about a certificate.
  var word: String {
    switch self {
    case .reserved: "reserved"
    case .active: "in force"
    case .suspended: "suspended"
    case .revoked: "revoked"
    case .superseded: "replaced"
    case .lapsed: "lapsed"
    case .abandoned: "abandoned"
    }
  }

  /// Nothing leads back from it.
  var isFinal: Bool {
    switch self {
    case .revoked, .superseded, .lapsed, .abandoned: true
    case .reserved, .active, .suspended: false
    }
  }
}

extension LifecycleAct {
  var reasonWords: String { reasons.map(\.rawValue).joined(separator: ", ") }

  var doing: String {
    switch self {
    case .suspend: "suspending"
    case .reinstate: "reinstating"
    case .revoke: "revoking"
    }
  }
}

extension RowDisposition {
  /// As a comparison with the register lists it.
  var label: String {
    switch self {
    case .new: "new"
    case .renewed: "to be renewed"
    case .changed: "changed"
    case .returned: "expired earlier, to be issued again"
    case .unchanged: "unchanged"
    case .duplicate: "named twice"
    case .lapsed: "fees unpaid"
    case .faulty: "faulty"
    case .suspend: "to be suspended"
    case .reinstate: "to be reinstated"
    case .revoke: "to be revoked"
    case .profile: "new rules"
    }
  }
}
