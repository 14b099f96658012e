package import Encodings
internal import Registry
package import Storefronts
package import Vocabulary

/// An act that a rule rejects: an answer, not an error of ours. Nothing was changed, and the attempt is in the audit
/// trail. `code` and `details` are for programs; `ErrorPresenter` of khatm has the sentence, the remedy and the exit
/// code.
package struct ActRejection: Error, Equatable, Sendable {
  package let reason: Reason
  /// Whom or what it concerns: a credential, a member, a file.
  package let subject: String

  package init(_ reason: Reason, subject: String = "") {
    self.reason = reason
    self.subject = subject
  }

  /// The same reason, said of several at once.
  func concerning(_ subject: String) -> ActRejection { ActRejection(reason, subject: subject) }

  package var code: Reason.Code { reason.code }
}

extension ActRejection {
  /// Every rule that can reject an act, each with what its sentence needs.
  package enum Reason: Equatable, Sendable {
    // Who acts.
    case officerUnknown, officerRemoved, officerExists, officerName, officerRoles
    case officerKeyExists(file: String)
    case passphraseWrong
    case roleMissing(officer: String, roles: [OfficerRole])
    case registrarOnly(act: AuditAction)
    /// An officer acts for one chamber. `scope`: the programme, or the act where there is none.
    case otherChamber(officer: String, of: String, scope: String, chamber: String)

    // Four eyes.
    case requestUnknown
    case requestClosed(state: RequestState, by: String?)
    /// Row of a request that the register no longer bears out; nil: the rules of the programme changed.
    case requestChanged(row: Int64?)
    /// Enough officers have not agreed yet.
    case approvalMissing(MissingApproval)
    /// Whoever asked does not count as the second officer.
    case ownRequest(act: RequestAct, officer: String)
    /// The registrar holds the keys and therefore counts for nobody.
    case registeredOfficerRequired(act: AuditAction)
    /// An approver must say that these names are the members' own.
    case namesUnaccepted([String])

    // What is to be issued.
    case chamberNotGranted(chamber: String, programme: String)
    case feesUnpaid(paidUntil: String)
    case territory(programme: String, jurisdiction: String)
    case quotaReached(programme: String, limit: Int)
    case memberName(NameProblem, field: String, at: Int)
    /// The name is, or contains, what only an authority may say of itself.
    case nameReserved(phrase: String, field: String)
    case storefront(BindingRejection, address: String)
    case claimUnknown(claim: String, programme: String, known: [String])
    case claimMalformed(claim: String, programme: String, why: String)
    case claimMissing(claim: String, programme: String)
    case validityEmpty(until: Instant)
    case memberCertified(member: String, certificate: String)
    case planMalformed

    // Certificates that exist.
    case credentialUnknown
    case illegalTransition(from: CredentialState, act: LifecycleAct)
    case notRenewable(from: CredentialState)
    case notReplaceable(from: CredentialState)
    /// A row of a plan whose certificate was revoked since.
    case rowSpent
    case reasonUnknown(String, act: LifecycleAct)
    /// An amalgamation names the member that takes over, and nothing else does.
    case memberNeeded(reason: SupersedeReason)
    case memberTakesOverItself
    case otherChamberTakesOver(chamber: String, programme: String)
    case notACard(programme: String)
    case noSuspensionEntry

    // Pages of a certificate.
    case pageUnknown(key: String)
    case pagesFrozen(state: CredentialState)
    case pageWithdrawn
    case bindingMethod(BindingMethod, kind: String)

    // Members.
    case memberUnknown
    case contactMalformed(field: String, why: String)

    // The authority, its chambers and keys.
    case hostInvalid(String)
    case nameLength(field: String, longest: Int)
    case slugInvalid(String, domain: String)
    case jurisdictionInvalid(String)
    case unknownChamber
    case chamberExists(slug: String, domain: String)
    case rootWornOut(since: Instant, days: Int)
    case caWornOut(since: Instant, days: Int)
    case signerWornOut(since: Instant, days: Int)
    case signerEndsBefore(signer: Instant, credential: Instant)
    case signerFresh
    case keyKind(wanted: String)
    case keyInUse

    // Other authorities.
    case neighbourUnusable(why: String)
    case neighbourIsOurs, neighbourKnown, neighbourUnknown
    case neighbourOlder(held: Int64, given: Int64)

    // Backup, restoring, reports.
    case backupPlace, backupExists
    case backupDamaged(why: String)
    case notABackup(why: String)
    case restoredNotReconciled, nothingToReconcile, publishedStateMissing
    case publishedStateOld(published: Int64, remembered: Int64)
    case publishedRecordMissing(leaf: Int64)
    case backupBeforeKey(kid: String, at: Instant)
    case reportChanged

    /// The register's own rules, the last line of defence, refused what the program had allowed.
    case register(RegistryRule, RegisterWrite)
  }

  /// What is wrong in the name of a member, whoever else there is.
  package enum NameProblem: Equatable, Sendable {
    case bidiControl, invisible, length, mixedAlphabets
    /// A sign that stands for nothing in a name, such as a check mark.
    case symbol
  }

  /// A request that not enough officers have signed.
  package struct MissingApproval: Equatable, Sendable {
    package let request: Int64
    package let act: RequestAct
    package let programme: String
    /// Rows of the request; signatures that it takes.
    package let rows: Int, needed: Int
    /// Whoever has signed and is in office, the one who asked included.
    package let officers: [String]
  }

  /// The write that a rule of the register refused.
  package struct RegisterWrite: Equatable, Sendable {
    package let act: AuditAction
    package let programme: String?, quota: Int?
    /// Whoever had signed; nil: nobody.
    package let officer: String?
  }
}

extension ActRejection.Reason {
  /// Stable, for programs and in the audit trail.
  package enum Code: String, CaseIterable, Sendable {
    case approvalOfOtherContent = "approval_of_other_content"
    case backupBeforeKey = "backup_before_key"
    case backupDamaged = "backup_damaged"
    case backupExists = "backup_exists"
    case backupPlace = "backup_place"
    case bindingIsAuthority = "binding_is_authority"
    case bindingIsRedirector = "binding_is_redirector"
    case bindingMethod = "binding_method"
    case bindingNotProvable = "binding_not_provable"
    case bindingTooWide = "binding_too_wide"
    case caWornOut = "ca_worn_out"
    case chamberExists = "chamber_exists"
    case claimMalformed = "claim_malformed"
    case claimMissing = "claim_missing"
    case claimUnknown = "claim_unknown"
    case contactMalformed = "contact_malformed"
    case credentialUnknown = "credential_unknown"
    case feesUnpaid = "fees_unpaid"
    case hostInvalid = "host_invalid"
    case hostIsIP = "host_is_ip"
    case illegalTransition = "illegal_transition"
    case insecureTransport = "insecure_transport"
    case issuerNotAuthorised = "issuer_not_authorised"
    case jurisdictionInvalid = "jurisdiction_invalid"
    case keyInUse = "key_in_use"
    case keyKind = "key_kind"
    case logMoved = "log_moved"
    case memberCertified = "member_certified"
    case memberNeeded = "member_needed"
    case memberUnknown = "member_unknown"
    case nameBidiControl = "name_bidi_control"
    case nameConfusable = "name_confusable"
    case nameInvisible = "name_invisible"
    case nameLength = "name_length"
    case nameReservedPhrase = "name_reserved_phrase"
    case nameSymbol = "name_symbol"
    case neighbourIsOurs = "neighbour_is_ours"
    case neighbourKnown = "neighbour_known"
    case neighbourOlder = "neighbour_older"
    case neighbourUnknown = "neighbour_unknown"
    case neighbourUnusable = "neighbour_unusable"
    case noSuspensionEntry = "no_suspension_entry"
    case notABackup = "not_a_backup"
    case notACard = "not_a_card"
    case nothingToReconcile = "nothing_to_reconcile"
    case officerExists = "officer_exists"
    case officerKeyExists = "officer_key_exists"
    case officerName = "officer_name"
    case officerRemoved = "officer_removed"
    case officerRoles = "officer_roles"
    case officerUnknown = "officer_unknown"
    case pageUnknown = "page_unknown"
    case passphraseWrong = "passphrase_wrong"
    case planMalformed = "plan_malformed"
    case platformURLUnknown = "platform_url_unknown"
    case portRefused = "port_refused"
    case publishedRecordMissing = "published_record_missing"
    case publishedStateMissing = "published_state_missing"
    case publishedStateOld = "published_state_old"
    case quotaReached = "quota_reached"
    case randomGeneratorRepeats = "random_generator_repeats"
    case reasonUnknown = "reason_unknown"
    case registrarOnly = "registrar_only"
    case registryImmutable = "registry_immutable"
    case registryTampered = "registry_tampered"
    case reportChanged = "report_changed"
    case requestChanged = "request_changed"
    case requestClosed = "request_closed"
    case requestUnknown = "request_unknown"
    case restoredNotReconciled = "restored_not_reconciled"
    case roleMissing = "role_missing"
    case rootWornOut = "root_worn_out"
    case schemeRefused = "scheme_refused"
    case secondOfficerRequired = "second_officer_required"
    case signerEndsBefore = "signer_ends_before"
    case signerFresh = "signer_fresh"
    case signerWornOut = "signer_worn_out"
    case slugInvalid = "slug_invalid"
    case territory = "territory"
    case unknownChamber = "unknown_chamber"
    case urlAmbiguous = "url_ambiguous"
    case urlTooLong = "url_too_long"
    case urlUserinfoRefused = "url_userinfo_refused"
    case validityEmpty = "validity_empty"
  }

  package var code: Code {
    switch self {
    case .officerUnknown: .officerUnknown
    case .officerRemoved: .officerRemoved
    case .officerExists: .officerExists
    case .officerName: .officerName
    case .officerRoles: .officerRoles
    case .officerKeyExists: .officerKeyExists
    case .passphraseWrong: .passphraseWrong
    case .roleMissing: .roleMissing
    case .registrarOnly: .registrarOnly
    case .otherChamber, .chamberNotGranted, .otherChamberTakesOver: .issuerNotAuthorised
    case .requestUnknown: .requestUnknown
    case .requestClosed: .requestClosed
    case .requestChanged: .requestChanged
    case .approvalMissing, .ownRequest, .registeredOfficerRequired: .secondOfficerRequired
    case .namesUnaccepted: .nameConfusable
    case .feesUnpaid: .feesUnpaid
    case .territory: .territory
    case .quotaReached: .quotaReached
    case .memberName(.bidiControl, _, _): .nameBidiControl
    case .memberName(.invisible, _, _): .nameInvisible
    case .memberName(.length, _, _), .nameLength: .nameLength
    case .memberName(.mixedAlphabets, _, _): .nameConfusable
    case .memberName(.symbol, _, _): .nameSymbol
    case .nameReserved: .nameReservedPhrase
    case .storefront(let refusal, _): refusal.rejectionCode
    case .claimUnknown: .claimUnknown
    case .claimMalformed: .claimMalformed
    case .claimMissing: .claimMissing
    case .validityEmpty: .validityEmpty
    case .memberCertified: .memberCertified
    case .planMalformed: .planMalformed
    case .credentialUnknown: .credentialUnknown
    case .illegalTransition, .notRenewable, .notReplaceable, .rowSpent, .pagesFrozen, .pageWithdrawn: .illegalTransition
    case .reasonUnknown: .reasonUnknown
    case .memberNeeded, .memberTakesOverItself: .memberNeeded
    case .notACard: .notACard
    case .noSuspensionEntry: .noSuspensionEntry
    case .pageUnknown: .pageUnknown
    case .bindingMethod: .bindingMethod
    case .memberUnknown: .memberUnknown
    case .contactMalformed: .contactMalformed
    case .hostInvalid: .hostInvalid
    case .slugInvalid: .slugInvalid
    case .jurisdictionInvalid: .jurisdictionInvalid
    case .unknownChamber: .unknownChamber
    case .chamberExists: .chamberExists
    case .rootWornOut: .rootWornOut
    case .caWornOut: .caWornOut
    case .signerWornOut: .signerWornOut
    case .signerEndsBefore: .signerEndsBefore
    case .signerFresh: .signerFresh
    case .keyKind: .keyKind
    case .keyInUse: .keyInUse
    case .neighbourUnusable: .neighbourUnusable
    case .neighbourIsOurs: .neighbourIsOurs
    case .neighbourKnown: .neighbourKnown
    case .neighbourUnknown: .neighbourUnknown
    case .neighbourOlder: .neighbourOlder
    case .backupPlace: .backupPlace
    case .backupExists: .backupExists
    case .backupDamaged: .backupDamaged
    case .notABackup: .notABackup
    case .restoredNotReconciled: .restoredNotReconciled
    case .nothingToReconcile: .nothingToReconcile
    case .publishedStateMissing: .publishedStateMissing
    case .publishedStateOld: .publishedStateOld
    case .publishedRecordMissing: .publishedRecordMissing
    case .backupBeforeKey: .backupBeforeKey
    case .reportChanged: .reportChanged
    case .register(let rule, _): rule.rejectionCode
    }
  }

  /// The facts, for `--json` and the audit trail. Names and values are part of what is stored: they never change.
  package var details: [String: String] {
    switch self {
    case .officerUnknown, .officerRemoved, .officerExists, .officerName, .officerRoles, .passphraseWrong,
      .requestUnknown, .planMalformed, .credentialUnknown, .noSuspensionEntry, .memberUnknown, .unknownChamber,
      .signerFresh, .keyInUse, .neighbourIsOurs, .neighbourKnown, .neighbourUnknown, .backupPlace, .backupExists,
      .restoredNotReconciled, .nothingToReconcile, .publishedStateMissing, .reportChanged:
      [:]
    case .officerKeyExists(let file): ["file": file]
    case .roleMissing(let officer, let roles):
      ["officer": officer, "roles": roles.map(\.rawValue).joined(separator: " or ")]
    case .registrarOnly(let act): ["act": act.rawValue]
    case .otherChamber(let officer, let own, let scope, let chamber):
      ["issuer": own, "programme": scope, "officer": officer, "chamber": chamber]
    case .requestClosed(let state, let officer): ["state": state.rawValue, "by": officer ?? ""]
    case .requestChanged(let row): ["row": "\(row ?? 0)"]
    case .approvalMissing(let missing):
      [
        "act": missing.act.rawValue, "programme": missing.programme, "request": "\(missing.request)",
        "officers": missing.officers.isEmpty ? "none" : missing.officers.joined(separator: ", "),
      ]
    case .ownRequest(let act, let officer): ["act": act.rawValue, "officers": officer]
    case .registeredOfficerRequired(let act): ["act": act.rawValue, "officers": "none", "registrar": "true"]
    case .namesUnaccepted(let names): ["field": "name", "with": names.prefix(3).joined(separator: "; ")]
    case .chamberNotGranted(let chamber, let programme), .otherChamberTakesOver(let chamber, let programme):
      ["issuer": chamber, "programme": programme]
    case .feesUnpaid(let paidUntil): ["paidUntil": paidUntil]
    case .territory(let programme, let jurisdiction): ["programme": programme, "jurisdiction": jurisdiction]
    case .quotaReached(let programme, let limit): ["programme": programme, "quota": "\(limit)"]
    case .memberName(_, let field, let at): ["field": field, "at": "\(at)", "with": "letters of another alphabet"]
    case .nameReserved(let phrase, let field): ["field": field, "phrase": phrase]
    case .storefront(let refusal, let address): ["address": address, "why": refusal.why ?? ""]
    case .claimUnknown(let claim, let programme, let known):
      ["claim": claim, "programme": programme, "known": known.joined(separator: ", ")]
    case .claimMalformed(let claim, let programme, let why): ["claim": claim, "programme": programme, "why": why]
    case .claimMissing(let claim, let programme): ["claim": claim, "programme": programme]
    case .validityEmpty(let until): ["until": until.description]
    case .memberCertified(let member, let certificate): ["member": member, "certificate": certificate]
    case .illegalTransition(let from, let act): ["from": from.rawValue, "to": act.state.rawValue]
    case .notRenewable(let from): ["from": from.rawValue, "to": "renewed"]
    case .notReplaceable(let from): ["from": from.rawValue, "to": "superseded"]
    case .rowSpent: ["from": "revoked", "to": "issued"]
    case .reasonUnknown(let reason, let act):
      ["reason": reason, "known": act.reasons.map(\.rawValue).joined(separator: ", ")]
    case .memberNeeded(let reason): ["reason": reason.rawValue]
    case .memberTakesOverItself: ["reason": SupersedeReason.amalgamation.rawValue]
    case .notACard(let programme): ["programme": programme]
    case .pageUnknown(let key): ["key": key]
    case .pagesFrozen(let state): ["from": state.rawValue, "to": "binding"]
    case .pageWithdrawn: ["from": "withdrawn", "to": "proved"]
    case .bindingMethod(let method, let kind): ["method": method.rawValue, "kind": kind]
    case .contactMalformed(let field, let why): ["field": field, "why": why]
    case .hostInvalid(let host): ["host": host]
    case .nameLength(let field, let longest): ["field": field, "max": "\(longest)"]
    case .slugInvalid(let slug, let domain): ["slug": slug, "domain": domain]
    case .jurisdictionInvalid(let jurisdiction): ["jurisdiction": jurisdiction]
    case .chamberExists(let slug, let domain): ["existing": slug, "domain": domain]
    case .rootWornOut(let since, let days), .caWornOut(let since, let days), .signerWornOut(let since, let days):
      ["since": since.description, "days": "\(days)"]
    case .signerEndsBefore(let signer, let credential):
      ["signer": signer.description, "credential": credential.description]
    case .keyKind(let wanted): ["wanted": wanted]
    case .neighbourUnusable(let why), .backupDamaged(let why), .notABackup(let why): ["why": why]
    case .neighbourOlder(let held, let given): ["held": "\(held)", "given": "\(given)"]
    case .publishedStateOld(let published, let remembered):
      ["published": "\(published)", "remembered": "\(remembered)"]
    case .publishedRecordMissing(let leaf): ["leaf": "\(leaf)"]
    case .backupBeforeKey(let kid, let at): ["kid": kid, "at": at.description]
    case .register(_, let write):
      ["act": write.act.rawValue, "officers": write.officer ?? "none"]
        .merging(
          [("programme", write.programme), ("quota", write.quota.map { "\($0)" })].compactMap { name, value in
            value.map { (name, $0) }
          }
        ) { first, _ in first }
    }
  }
}

extension RegistryRule {
  fileprivate var rejectionCode: ActRejection.Reason.Code {
    switch self {
    case .illegalTransition: .illegalTransition
    case .issuerNotAuthorised: .issuerNotAuthorised
    case .approvalOfOtherContent: .approvalOfOtherContent
    case .officerRemoved: .officerRemoved
    case .immutable: .registryImmutable
    case .tampered: .registryTampered
    case .roleMissing: .roleMissing
    case .secondOfficerRequired: .secondOfficerRequired
    case .credentialUnknown: .credentialUnknown
    case .logMoved: .logMoved
    case .memberUnknown: .memberUnknown
    case .officerUnknown: .officerUnknown
    case .quotaReached: .quotaReached
    case .randomGeneratorRepeats: .randomGeneratorRepeats
    }
  }
}

extension BindingRejection {
  fileprivate var rejectionCode: ActRejection.Reason.Code {
    switch self {
    case .address(.tooLong): .urlTooLong
    case .address(.ambiguous): .urlAmbiguous
    case .address(.schemeRefused): .schemeRefused
    case .address(.userinfoRefused): .urlUserinfoRefused
    case .address(.hostIsIP): .hostIsIP
    case .address(.hostInvalid): .hostInvalid
    case .address(.portRefused): .portRefused
    case .address(.platformUnknown): .platformURLUnknown
    case .insecureTransport: .insecureTransport
    case .tooWide: .bindingTooWide
    case .redirector: .bindingIsRedirector
    case .authority: .bindingIsAuthority
    case .notProvable: .bindingNotProvable
    }
  }
}
