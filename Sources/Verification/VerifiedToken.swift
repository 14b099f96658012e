internal import Credentials
internal import Encodings
internal import Messages
internal import PKI

/// How a credential came.
enum CredentialForm: Sendable {
  /// `vc+jwt`: what the log commits to.
  case token
  /// The Open Badges envelope: one status entry, no `iat`.
  case openBadge
  /// A document with an embedded proof.
  case document
}

/// What was verified of one credential and stays so, whatever the time, the status and the page: signature, chain, authority to issue.
///
/// It is kept for the next question about the same bytes. Whether `signer.chain` holds at the time of that question is asked again.
final class VerifiedToken: Sendable {
  let form: CredentialForm
  let facts: VerifiedCredential
  let issuer: Text
  let signer: Signer
  let issuedAt: Instant
  /// The later of `validFrom` and `iat`.
  let begins: Instant
  let validUntil: Instant
  /// Of the proof of a document; nil: none.
  let proofExpires: Instant?
  let statusEntries: [StatusEntry]
  let bindingKeys: [Text]
  let programme: Text
  let rule: TrustList.ProgrammeRule?
  /// All listings that cover the credential; at least one was granted when it was signed.
  let services: [TrustList.Service]
  /// More days than the programme allows: what it claims, and what is allowed.
  let tooLong: (days: Int64, max: Int64)?
  /// The version of the trust data under which this is so.
  let trust: TrustVersionMark

  init(
    form: CredentialForm, credential: MembershipCredential, facts: VerifiedCredential, signer: Signer, issuedAt: Instant, proofExpires: Instant?,
    programme: Text, rule: TrustList.ProgrammeRule?, services: [TrustList.Service], trust: TrustVersionMark
  ) {
    (self.form, self.facts, self.signer, self.issuedAt, self.proofExpires) = (form, facts, signer, issuedAt, proofExpires)
    (self.programme, self.rule, self.services, self.trust) = (programme, rule, services, trust)
    issuer = credential.issuer.id
    begins = max(credential.validFrom, issuedAt)
    validUntil = credential.validUntil
    statusEntries = credential.statusEntries.filter { $0.purpose == "revocation" || $0.purpose == "suspension" }
    bindingKeys = facts.storefronts.map { Text($0.key) }
    let seconds = credential.validUntil.seconds - credential.validFrom.seconds, most = rule?.maxDays ?? Self.maxDaysWithoutRule
    tooLong = seconds > most * 86_400 ? ((seconds + 86_399) / 86_400, most) : nil
  }

  /// Where the list gives no number: no credential outlives the five years of the CA above it.
  static let maxDaysWithoutRule: Int64 = 1_827

  /// The purposes an entry is missing for. Revoking sets both bits, so the Open Badges envelope, which may have one entry, has suspension.
  var missingPurpose: String? {
    let stated = Set(statusEntries.map(\.purpose))
    if !stated.contains("suspension") { return "suspension" }
    return form == .openBadge || stated.contains("revocation") ? nil : "revocation"
  }

  /// Signature and authority hold for good; certificates and CRLs for a while.
  func holds(at now: Instant) -> Bool {
    signer.doubts.isEmpty && (signer.chain.map { $0.holds(at: now.seconds, revocationTime: now.seconds) } ?? true)
  }
}

extension TrustList.Service {
  /// The change in force at a moment; nil before the first.
  func change(at moment: Instant) -> TrustList.StatusChange? { ([status] + previous).filter { $0.since <= moment }.max { $0.since < $1.since } }
}
