import Registry
import Testing
import Vocabulary

import enum Vocabulary.CredentialState
import enum Vocabulary.RegistryRule

@testable import Issuance

/// What programs and audit trails rely on, written down a second time: the codes of rejected acts never change by
/// accident.
@Suite struct RejectionTests {
  @Test func codes() {
    let known = """
      approval_of_other_content backup_before_key backup_damaged backup_exists backup_place binding_is_authority
      binding_is_redirector binding_method binding_not_provable binding_too_wide ca_worn_out chamber_exists
      claim_malformed claim_missing claim_unknown contact_malformed credential_unknown fees_unpaid host_invalid
      host_is_ip illegal_transition insecure_transport issuer_not_authorised jurisdiction_invalid key_in_use key_kind
      log_moved member_certified member_needed member_unknown name_bidi_control name_confusable name_invisible
      name_length name_reserved_phrase name_symbol neighbour_is_ours neighbour_known neighbour_older neighbour_unknown
      neighbour_unusable no_suspension_entry not_a_backup not_a_card nothing_to_reconcile officer_exists
      officer_key_exists officer_name officer_removed officer_roles officer_unknown page_unknown passphrase_wrong
      plan_malformed platform_url_unknown port_refused published_record_missing published_state_missing
      published_state_old quota_reached random_generator_repeats reason_unknown registrar_only registry_immutable
      registry_tampered report_changed request_changed request_closed request_unknown restored_not_reconciled
      role_missing root_worn_out scheme_refused second_officer_required signer_ends_before signer_fresh
      signer_worn_out slug_invalid territory unknown_chamber url_ambiguous url_too_long url_userinfo_refused
      validity_empty
      """
    #expect(
      ActRejection.Reason.Code.allCases.map(\.rawValue) == known.split(whereSeparator: \.isWhitespace).map(String.init)
    )
  }

  /// What stood in the audit trail of 0.1.0 for rejections whose cases carry more than one fact.
  @Test(
    arguments: [
      (.illegalTransition(from: .revoked, act: .suspend), ["from": "revoked", "to": "suspended"]),
      (.illegalTransition(from: .active, act: .reinstate), ["from": "active", "to": "active"]),
      (.notRenewable(from: .suspended), ["from": "suspended", "to": "renewed"]),
      (.pagesFrozen(state: .revoked), ["from": "revoked", "to": "binding"]),
      (.requestChanged(row: nil), ["row": "0"]), (.requestChanged(row: 3), ["row": "3"]),
      (
        .approvalMissing(.init(request: 7, act: .issue, programme: "p", rows: 3, needed: 2, officers: [])),
        ["act": "issue", "programme": "p", "request": "7", "officers": "none"]
      ),
      (.roleMissing(officer: "amal", roles: [.clerk, .approver]), ["officer": "amal", "roles": "clerk or approver"]),
      (
        .memberName(.invisible, field: "name_en", at: 4),
        ["field": "name_en", "at": "4", "with": "letters of another alphabet"]
      ),
      (
        .register(.quotaReached, .init(act: .issue, programme: "p", quota: 5, officer: nil)),
        ["act": "issue", "officers": "none", "programme": "p", "quota": "5"]
      ),
      (
        .register(.roleMissing, .init(act: .approve, programme: nil, quota: nil, officer: "amal")),
        ["act": "approve", "officers": "amal"]
      ),
    ] as [(ActRejection.Reason, [String: String])]
  ) func details(_ reason: ActRejection.Reason, _ expected: [String: String]) {
    #expect(reason.details == expected)
  }
}
