/// Which part of the verdict a reason speaks about.
public enum Axis: String, CaseIterable, Hashable, Sendable {
  case authenticity, status, binding, freshness
  /// About reading the page.
  case page
  /// Decides nothing.
  case note
}

/// What a reason does to the verdict.
public enum Severity: String, CaseIterable, Hashable, Sendable {
  /// The worst of its axis: `not_genuine`, `not_in_force` or `other_page`.
  case error
  /// `cannot_tell`, except on the axis `note`.
  case warn
  case info
  /// The caller's own address or request cannot be read: no verdict. The same code found in a page or a redirect is a
  /// `warn`.
  case input
}

/// Every reason a verdict can give. A code is never reused for another meaning; a client that does not know one treats
/// it as "not confirmed".
public enum ReasonCode: String, CaseIterable, Hashable, Sendable {
  case malformed
  case algorithmRefused = "algorithm_refused"
  case signatureInvalid = "signature_invalid"
  case keyUnknown = "key_unknown"
  case keyNotForPurpose = "key_not_for_purpose"
  case keyOutsideValidity = "key_outside_validity"
  case chainInvalid = "chain_invalid"
  case signerRevoked = "signer_revoked"
  case issuerUnknown = "issuer_unknown"
  case issuerNotAuthorised = "issuer_not_authorised"
  case issuerMismatch = "issuer_mismatch"
  case credentialUnknown = "credential_unknown"
  case checkCharactersWrong = "check_characters_wrong"
  case notInLog = "not_in_log"
  case logProofInvalid = "log_proof_invalid"
  case lookalikeVerifierHost = "lookalike_verifier_host"
  case bakedDataMalformed = "baked_data_malformed"
  case noBakedData = "no_baked_data"
  case logUnavailable = "log_unavailable"

  case expired
  case notYetValid = "not_yet_valid"
  case suspended
  case revoked
  case superseded
  /// A form with one status entry, whose bit both acts set.
  case suspendedOrEnded = "suspended_or_ended"
  case issuerSuspended = "issuer_suspended"
  case issuerWithdrawn = "issuer_withdrawn"
  case policyValidityTooLong = "policy_validity_too_long"
  case statusUnavailable = "status_unavailable"
  case statusUnusable = "status_unusable"

  case statusRollback = "status_rollback"
  case statusStale = "status_stale"
  case answerExpired = "answer_expired"
  case trustListDue = "trust_list_due"
  case trustListStale = "trust_list_stale"
  case trustListRollback = "trust_list_rollback"
  case trustDataUnavailable = "trust_data_unavailable"
  case tableStale = "table_stale"

  case bindingNoMatch = "binding_no_match"
  case redirectedOtherSite = "redirected_other_site"
  case scopePlatformOperatorOnly = "scope_platform_operator_only"
  case bindingFailed = "binding_failed"
  case bindingWithdrawn = "binding_withdrawn"
  case bindingStale = "binding_stale"
  case bindingNotProvable = "binding_not_provable"
  case platformURLUnknown = "platform_url_unknown"
  case pageNotStated = "page_not_stated"
  case pageDeclared = "page_declared"
  case bindingTooWide = "binding_too_wide"
  case bindingIsRedirector = "binding_is_redirector"
  case bindingIsAuthority = "binding_is_authority"
  case schemeRefused = "scheme_refused"
  case urlAmbiguous = "url_ambiguous"
  case urlUserinfoRefused = "url_userinfo_refused"
  case urlTooLong = "url_too_long"
  case portRefused = "port_refused"
  case hostInvalid = "host_invalid"
  case hostIsIP = "host_is_ip"
  /// What was handed in is nothing that a certificate could be found by.
  case unreadable
  /// A token that copying cut or changed.
  case tokenDamaged = "token_damaged"
  case pictureDamaged = "picture_damaged"
  case schemeMissing = "scheme_missing"
  case notAnAddress = "not_an_address"

  case insecureTransport = "insecure_transport"
  case pageNotReachable = "page_not_reachable"
  case pageBlockedUs = "page_blocked_us"
  case pageTooLarge = "page_too_large"
  case pageTooComplex = "page_too_complex"
  case pageDiffersByClient = "page_differs_by_client"
  case notHTML = "not_html"
  case charsetUnsupported = "charset_unsupported"
  case tlsInvalid = "tls_invalid"
  /// Shown by the local command only: a public service that told why it did not connect would be a map of its network.
  case fetchRefusedAddress = "fetch_refused_address"
  case tooManyRedirects = "too_many_redirects"
  case deadline
  case noscriptOnly = "noscript_only"

  case officialImageWithoutLink = "official_image_without_link"
  case linkToAuthorityWithoutCredential = "link_to_authority_without_credential"
  case claimTextWithoutLink = "claim_text_without_link"
  case notInSource = "not_in_source"
  case scriptsPresent = "scripts_present"
  case duplicateAttribute = "duplicate_attribute"
  case suspiciousMarkup = "suspicious_markup"
  case linkHasEventHandler = "link_has_event_handler"
  case hiddenByMarkup = "hidden_by_markup"
  case baseElement = "base_element"
  case unusualURLForm = "unusual_url_form"
  case metaRefresh = "meta_refresh"
  case framesNotExamined = "frames_not_examined"
  case parserDependent = "parser_dependent"
  case userContentPossible = "user_content_possible"
  case redirectedFrom = "redirected_from"
  case hostScriptMixed = "host_script_mixed"
  case structureLimit = "structure_limit"
  case truncated
}

extension ReasonCode: Message {
  public var identifier: String { rawValue }
  public var axis: Axis { facts.0 }
  public var severity: Severity { facts.1 }
  public var parameters: [String] { facts.2 }

  private var facts: (Axis, Severity, [String]) {
    switch self {
    case .malformed: (.authenticity, .error, ["where", "what"])
    case .algorithmRefused: (.authenticity, .error, ["alg"])
    case .signatureInvalid: (.authenticity, .error, [])
    case .keyUnknown: (.authenticity, .error, ["kid"])
    case .keyNotForPurpose: (.authenticity, .error, ["kid", "purpose"])
    case .keyOutsideValidity: (.authenticity, .error, ["kid", "at"])
    case .chainInvalid: (.authenticity, .error, ["step"])
    case .signerRevoked: (.authenticity, .error, ["at"])
    case .issuerUnknown: (.authenticity, .error, ["issuer"])
    case .issuerNotAuthorised: (.authenticity, .error, ["issuer", "programme"])
    case .issuerMismatch: (.authenticity, .error, ["named", "signer"])
    case .credentialUnknown: (.authenticity, .error, ["id"])
    case .checkCharactersWrong: (.authenticity, .warn, ["id"])
    case .notInLog: (.authenticity, .error, ["id"])
    case .logProofInvalid: (.authenticity, .error, ["step"])
    case .lookalikeVerifierHost: (.authenticity, .error, ["host", "resembles"])
    case .bakedDataMalformed: (.authenticity, .error, ["what"])
    case .noBakedData: (.authenticity, .warn, [])
    case .logUnavailable: (.authenticity, .warn, [])
    case .expired: (.status, .error, ["at"])
    case .notYetValid: (.status, .error, ["from"])
    case .suspended: (.status, .error, ["since"])
    case .revoked: (.status, .error, ["at"])
    case .superseded: (.status, .error, ["by", "at"])
    case .suspendedOrEnded: (.status, .error, [])
    case .issuerSuspended, .issuerWithdrawn: (.status, .error, ["issuer", "since"])
    case .policyValidityTooLong: (.status, .error, ["days", "max"])
    case .statusUnavailable: (.status, .warn, ["list"])
    case .statusUnusable: (.status, .warn, ["list", "why"])
    case .statusRollback: (.freshness, .warn, ["seen", "known"])
    case .statusStale: (.freshness, .warn, ["asOf"])
    case .answerExpired: (.freshness, .warn, ["notAfter"])
    case .trustListDue: (.freshness, .info, ["nextUpdate"])
    case .trustListStale: (.freshness, .warn, ["asOf"])
    case .trustListRollback: (.freshness, .warn, ["seen", "known"])
    case .trustDataUnavailable: (.freshness, .warn, ["what"])
    case .tableStale: (.freshness, .warn, ["table", "version"])
    case .bindingNoMatch: (.binding, .error, ["asked", "registered"])
    case .redirectedOtherSite: (.binding, .error, ["from", "to"])
    case .scopePlatformOperatorOnly: (.binding, .error, ["platform"])
    case .bindingFailed: (.binding, .error, ["since"])
    case .bindingWithdrawn: (.binding, .error, ["at"])
    case .bindingStale: (.binding, .warn, ["reproveBy"])
    case .bindingNotProvable: (.binding, .warn, ["why"])
    case .platformURLUnknown: (.binding, .warn, ["host"])
    case .pageNotStated, .pageDeclared: (.binding, .info, [])
    case .bindingTooWide: (.binding, .input, ["why"])
    case .bindingIsRedirector, .bindingIsAuthority: (.binding, .input, ["host"])
    case .schemeRefused: (.binding, .input, ["scheme"])
    case .urlAmbiguous: (.binding, .input, ["at"])
    case .urlUserinfoRefused: (.binding, .input, [])
    case .urlTooLong: (.binding, .input, ["bytes", "max"])
    case .portRefused: (.binding, .input, ["port"])
    case .hostInvalid: (.binding, .input, ["host"])
    case .hostIsIP: (.binding, .input, ["host"])
    case .unreadable: (.authenticity, .input, ["form", "why"])
    case .tokenDamaged: (.authenticity, .input, ["part"])
    case .pictureDamaged: (.authenticity, .input, ["why"])
    case .schemeMissing: (.binding, .input, [])
    case .notAnAddress: (.binding, .input, [])
    case .insecureTransport: (.page, .warn, [])
    case .pageNotReachable: (.page, .warn, [])
    case .pageBlockedUs: (.page, .warn, ["status"])
    case .pageTooLarge: (.page, .warn, ["limit"])
    case .pageTooComplex: (.page, .warn, ["limit"])
    case .pageDiffersByClient: (.page, .warn, [])
    case .notHTML: (.page, .warn, ["type"])
    case .charsetUnsupported: (.page, .warn, ["charset"])
    case .tlsInvalid: (.page, .warn, ["why"])
    case .fetchRefusedAddress: (.page, .warn, ["address"])
    case .tooManyRedirects: (.page, .warn, ["limit"])
    case .deadline: (.page, .warn, ["ms"])
    case .noscriptOnly: (.page, .warn, [])
    case .officialImageWithoutLink: (.note, .info, ["src"])
    case .linkToAuthorityWithoutCredential: (.note, .info, ["href"])
    case .claimTextWithoutLink: (.note, .info, ["text"])
    case .notInSource: (.note, .info, [])
    case .scriptsPresent: (.note, .info, ["count"])
    case .duplicateAttribute: (.note, .warn, ["name"])
    case .suspiciousMarkup: (.note, .warn, ["what"])
    case .linkHasEventHandler: (.note, .warn, ["events"])
    case .hiddenByMarkup: (.note, .warn, ["how"])
    case .baseElement: (.note, .info, ["href"])
    case .unusualURLForm: (.note, .info, ["form"])
    case .metaRefresh: (.note, .warn, ["to"])
    case .framesNotExamined: (.note, .info, ["count"])
    case .parserDependent: (.note, .info, ["construct"])
    case .userContentPossible: (.note, .info, [])
    case .redirectedFrom: (.note, .info, ["from"])
    case .hostScriptMixed: (.note, .warn, ["label"])
    case .structureLimit: (.note, .info, ["depth"])
    case .truncated: (.note, .info, ["kept", "found"])
    }
  }
}
