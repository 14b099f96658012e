import Messages
import Testing

/// What programs rely on, written down a second time: a code, its axis and severity never change by accident.
private let table = """
  malformed|auth|error|where, what|This is not a readable certificate: {what}.
  algorithm_refused|auth|error|alg|The signature method {alg} is not accepted.
  signature_invalid|auth|error||The signature does not match.
  key_unknown|auth|error|kid|No chamber has published this key.
  key_not_for_purpose|auth|error|kid, purpose|This key may not be used for {purpose}.
  key_outside_validity|auth|error|kid, at|The key was not in use on {at}.
  chain_invalid|auth|error|step|The chamber's own certificates do not hold: {step}.
  signer_revoked|auth|error|at|The chamber's signing certificate was withdrawn on {at}.
  issuer_unknown|auth|error|issuer|{issuer} is not a chamber we know.
  issuer_not_authorised|auth|error|issuer, programme|{issuer} may not issue {programme}.
  issuer_mismatch|auth|error|named, signer|It names {named} but {signer} signed it.
  credential_unknown|auth|error|id|No certificate has the number {id}.
  check_characters_wrong|auth|warn|id|The number {id} was mistyped.
  not_in_log|auth|error|id|It is not in the public record of issued certificates.
  log_proof_invalid|auth|error|step|Its proof from the public record does not hold.
  lookalike_verifier_host|auth|error|host, resembles|The link goes to {host}, which imitates {resembles}.
  baked_data_malformed|auth|error|what|The picture carries damaged data: {what}.
  no_baked_data|auth|warn||The picture carries no certificate; it may have been stripped.
  log_unavailable|auth|warn||The public record could not be read.
  expired|status|error|at|It ended on {at}.
  not_yet_valid|status|error|from|It starts on {from}.
  suspended|status|error|since|The chamber suspended it on {since}.
  revoked|status|error|at|The chamber withdrew it on {at}.
  superseded|status|error|by, at|It was replaced by {by} on {at}.
  suspended_or_ended|status|error||It is suspended or withdrawn; this form does not say which.
  issuer_suspended|status|error|issuer, since|The recognition of {issuer} was paused on {since}.
  issuer_withdrawn|status|error|issuer, since|The recognition of {issuer} was withdrawn on {since}.
  policy_validity_too_long|status|error|days, max|It claims {days} days; {max} are allowed.
  status_unavailable|status|warn|list|The status list could not be read.
  status_unusable|status|warn|list, why|The status list cannot be used: {why}.
  status_rollback|fresh|warn|seen, known|We were shown an older status than one already seen.
  status_stale|fresh|warn|asOf|The status is too old ({asOf}).
  answer_expired|fresh|warn|notAfter|This answer was good until {notAfter}. Ask again.
  trust_list_due|fresh|info|nextUpdate|A newer list of chambers was due on {nextUpdate}.
  trust_list_stale|fresh|warn|asOf|Our list of chambers is too old ({asOf}).
  trust_list_rollback|fresh|warn|seen, known|We were shown an older list of chambers.
  trust_data_unavailable|fresh|warn|what|The {what} could not be read or is too old.
  table_stale|fresh|warn|table, version|The list of marketplaces was last reviewed on {version}. Shop pages \
  cannot be confirmed until it is reviewed.
  binding_no_match|bind|error|asked, registered|It belongs to {registered}, not to {asked}.
  redirected_other_site|bind|error|from, to|{from} leads to {to}, another site.
  scope_platform_operator_only|bind|error|platform|It covers the operator of {platform}, not its shops.
  binding_failed|bind|error|since|Since {since} the page no longer proves that it is theirs.
  binding_withdrawn|bind|error|at|The page was taken off this certificate on {at}.
  binding_stale|bind|warn|reproveBy|The page had to be proved again by {reproveBy}.
  binding_not_provable|bind|warn|why|This kind of page cannot be told apart: {why}.
  platform_url_unknown|bind|warn|host|{host} is not a shop address we know on this platform.
  page_not_stated|bind|info||No page was stated.
  page_declared|bind|info||The page was named when the certificate was issued; no proof of it is recorded.
  binding_too_wide|bind|input|why|Such an address would cover other shops ({why}).
  binding_is_redirector|bind|input|host|{host} only sends visitors elsewhere.
  binding_is_authority|bind|input|host|{host} belongs to an authority, or imitates one: no member's page is there.
  scheme_refused|bind|input|scheme|The address must begin with https://.
  url_ambiguous|bind|input|at|Programs read this address in different ways.
  url_userinfo_refused|bind|input||The address must not contain "@" before the path.
  url_too_long|bind|input|bytes, max|The address is too long.
  port_refused|bind|input|port|The port {port} is not allowed.
  host_invalid|bind|input|host|{host} is not a valid site name.
  host_is_ip|bind|input|host|A number is not a site name.
  unreadable|auth|input|form, why|This cannot be read: {why}. Give the number, link, badge or token.
  token_damaged|auth|input|part|The token was damaged on the way ({part}). Copy it once more, whole.
  picture_damaged|auth|input|why|The picture cannot be read: {why}. Use the chamber's file, or the number on it.
  scheme_missing|bind|input||The address has no https:// in front.
  not_an_address|bind|input||This is not the address of a web page.
  insecure_transport|page|warn||The page is not protected by https.
  page_not_reachable|page|warn||The page could not be read.
  page_blocked_us|page|warn|status|The page refused our reader.
  page_too_large|page|warn|limit|The page is larger than {limit}.
  page_too_complex|page|warn|limit|The page is too complex to read safely.
  page_differs_by_client|page|warn||The page shows different badges to different readers.
  not_html|page|warn|type|This is not a web page ({type}).
  charset_unsupported|page|warn|charset|We cannot read the page's characters ({charset}).
  tls_invalid|page|warn|why|The page's secure connection is not valid.
  fetch_refused_address|page|warn|address|The address is not on the public internet.
  too_many_redirects|page|warn|limit|The page redirects too often.
  deadline|page|warn|ms|There was not enough time.
  noscript_only|page|warn||The badge is only for browsers without scripts.
  official_image_without_link|note|info|src|The badge picture has no link.
  link_to_authority_without_credential|note|info|href|The link names no certificate.
  claim_text_without_link|note|info|text|The page claims a membership without a badge.
  not_in_source|note|info||A program may add the badge; we do not run programs.
  scripts_present|note|info|count|Programs may change what the page shows.
  duplicate_attribute|note|warn|name|The link is written twice in one tag.
  suspicious_markup|note|warn|what|The badge is written in a misleading way.
  link_has_event_handler|note|warn|events|A program may change where the badge leads.
  hidden_by_markup|note|warn|how|The badge is hidden on the page.
  base_element|note|info|href|The page moves its relative links to {href}.
  unusual_url_form|note|info|form|The link is spelled in an unusual way.
  meta_refresh|note|warn|to|The page sends visitors on to {to}.
  frames_not_examined|note|info|count|Parts from other pages were not read.
  parser_dependent|note|info|construct|Browsers differ on this badge.
  user_content_possible|note|info||Visitors may have written this part.
  redirected_from|note|info|from|We were sent here from {from}.
  host_script_mixed|note|warn|label|The site's name mixes alphabets.
  structure_limit|note|info|depth|The page is nested very deeply.
  truncated|note|info|kept, found|Only {kept} of {found} badges are listed.
  """

/// The table of reason codes, which never change.
@Suite struct ReasonCodeTests {
  private static let rows = table.split(separator: "\n").map {
    $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
  }

  @Test func theTableIsComplete() {
    #expect(Self.rows.map { $0[0] } == ReasonCode.allCases.map(\.rawValue))
  }

  @Test(arguments: rows) func row(_ row: [String]) throws {
    let code = try #require(ReasonCode(rawValue: row[0]))
    let axes = [
      "auth": Axis.authenticity, "status": .status, "fresh": .freshness, "bind": .binding, "page": .page, "note": .note,
    ]
    #expect(code.axis == axes[row[1]])
    #expect(code.severity.rawValue == row[2])
    #expect(code.parameters.joined(separator: ", ") == row[3])
    let params = code.parameters.map { ($0, "{" + $0 + "}") }
    #expect(Catalogue.sentence(code, params: params, language: .en) == row[4])
  }

  /// What each state may say; a sentence with another parameter would never be whole.
  @Test func statesOfAnAnswer() {
    let expected: [AnswerState: Set<String>] = [
      .lookalike: ["host", "ours"], .unknownIssuer: ["authority"], .notGenuine: ["reason"], .notInLog: [],
      .mistyped: [], .unknownNumber: ["time"], .pageLost: ["holder", "date", "page"], .pageRemoved: ["date"],
      .pageTwin: ["registered"], .otherPage: ["holder", "registered", "page"], .revoked: ["date"],
      .replaced: ["date"], .chamberWithdrawn: ["date"], .chamberPaused: ["date"], .suspended: ["date"],
      .suspendedOrEnded: [], .expired: ["date"], .notYetValid: ["date"], .againstRules: ["reason"],
      .pageStale: ["date"], .cannotTell: ["reason", "time"], .noPictureData: [], .noBadge: ["notes"],
      .confirmed: ["holder", "date", "page"], .vouched: ["chamber", "date", "page", "holder"],
      .declared: ["holder", "page", "chamber"], .cameFrom: ["origin", "holder"], .genuine: ["chamber", "holder"],
    ]
    for state in AnswerState.allCases {
      let texts = state.texts
      let used = ([texts.word, texts.advice] + texts.headings + texts.lines).flatMap { $0[.en].placeholders }
      #expect(Set(used) == expected[state], "\(state)")
    }
    // Only where nothing was found out stands the strong second sentence.
    #expect(AnswerState.allCases.filter { $0.texts.emphasis != nil } == [.cannotTell, .noPictureData])
  }

  /// A day that nobody knows leaves its half sentence out.
  @Test func whatIsNotKnownIsNotSaid() {
    let known = [("holder", "Al Noor"), ("page", "alnoor.example"), ("date", "2026-11-22")]
    #expect(
      AnswerState.confirmed.texts.line(known)[.en].sentence(known)
        == "Al Noor proved on 2026-11-22 that alnoor.example is its page."
    )
    let undated = Array(known.dropLast())
    #expect(
      AnswerState.confirmed.texts.line(undated)[.en].sentence(undated)
        == "Al Noor proved that alnoor.example is its page."
    )
    for state in AnswerState.allCases {
      for text in state.texts.lines.suffix(1) where state != .expired && state != .notYetValid {
        #expect(!text[.en].placeholders.contains("date"), "\(state)")
      }
    }
    #expect(Catalogue.sentence(ReasonCode.suspended, language: .en) == "The chamber suspended it.")
  }

  /// "Proved" is said where an axis is, and nowhere else.
  @Test func provedOnlyWhereItIs() {
    let may: Set<AnswerState> = [.confirmed, .declared, .pageStale, .cameFrom]
    for state in AnswerState.allCases where !may.contains(state) {
      let texts = state.texts
      for text in texts.headings + texts.lines + [texts.word, texts.advice] where state != .pageStale {
        #expect(!text[.en].source.contains("proved"), "\(state)")
      }
    }
  }
}
