internal import Credentials
internal import Encodings
internal import Messages
internal import PKI
internal import Synchronization

/// How a credential came.
enum CredentialForm: Sendable {
  /// `vc+jwt`: what the log commits to.
  case token
  /// The Open Badges envelope: one status entry, no `iat`.
  case openBadge
  /// A document with an embedded proof.
  case document
}

/// What was verified of one credential and stays so, whatever the time, the status and the page: signature, chain,
/// authority to issue.
///
/// It is kept for the next question about the same bytes. Whether `signer.chain` holds at the time of that question is
/// asked again.
final class VerifiedToken: Sendable {
  /// What a question about a known token asks, side by side in memory; nil where something in it needs a remark,
  /// whatever the time.
  struct Plain: Sendable {
    let begins: Instant, validUntil: Instant, granted: Instant, mustBeLogged: Bool
    let revocation: Bit, suspension: Bit
    /// Of the number: an equal one is looked at again.
    let numberHash: Int
    struct Bit: Sendable { let list: ListName, index: Int64 }
  }

  let plain: Plain?
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
  let places: [KeyBook.Place]
  /// More days than the programme allows: what it claims, and what is allowed.
  let tooLong: (days: Int64, max: Int64)?
  /// The purpose an entry is missing for. Revoking sets both bits, so the Open Badges envelope, which may have one
  /// entry, has suspension.
  let missingPurpose: String?
  /// From then on every listing is granted for good, as far as its history goes; nil: a chamber was paused or
  /// withdrawn.
  let grantedSince: Instant?
  /// The version of the trust data under which this is so.
  let trust: TrustVersionMark
  /// What is stated, in canonical JSON without what belongs to the envelope; nil for a token, which is compared as it
  /// is.
  private let claims: [UInt8]?
  /// The last page that was one of its own.
  private let ownPage = Atomic<UInt64>(0)
  private let place = Mutex<(place: LogEntryPlace, line: any AnyObject & Sendable)?>(nil)

  init(
    form: CredentialForm,
    payload: FlatJSON,
    credential: MembershipCredential,
    facts: VerifiedCredential,
    signer: Signer,
    issuedAt: Instant,
    proofExpires: Instant?,
    programme: Text,
    rule: TrustList.ProgrammeRule?,
    places: [KeyBook.Place],
    trust: TrustVersionMark
  ) {
    (self.form, self.facts, self.signer, self.issuedAt, self.proofExpires) = (
      form, facts, signer, issuedAt, proofExpires
    )
    self.programme = programme
    self.rule = rule
    self.places = places
    self.trust = trust
    claims = form == .token ? nil : payload.tree.object.map(Self.claims(of:))
    issuer = credential.issuer.id
    begins = max(credential.validFrom, issuedAt)
    validUntil = credential.validUntil
    statusEntries = credential.statusEntries.filter {
      $0.purpose.equals("revocation") || $0.purpose.equals("suspension")
    }
    bindingKeys = AuthenticityCheck.bindingKeys(of: credential)
    let seconds = credential.validUntil.seconds - credential.validFrom.seconds,
      most = rule?.maxDays ?? Self.maxDaysWithoutRule
    let suspension = statusEntries.first { $0.purpose.equals("suspension") },
      revocation = statusEntries.first { $0.purpose.equals("revocation") }
    missingPurpose = suspension == nil ? "suspension" : form == .openBadge || revocation != nil ? nil : "revocation"
    grantedSince = places.allSatisfy { $0.latest.status == .granted } ? places.map(\.latest.since).max() : nil
    tooLong = seconds > most * 86_400 ? ((seconds + 86_399) / 86_400, most) : nil
    guard form == .token, proofExpires == nil, tooLong == nil, signer.doubts.isEmpty, let grantedSince,
      statusEntries.count == 2, let revocation, let suspension
    else {
      plain = nil
      return
    }
    func bit(_ entry: StatusEntry) -> Plain.Bit {
      Plain.Bit(list: trust.name(of: entry, issuer: credential.issuer.id), index: entry.index)
    }
    plain = Plain(
      begins: begins,
      validUntil: validUntil,
      granted: grantedSince,
      mustBeLogged: rule?.logged == true,
      revocation: bit(revocation),
      suspension: bit(suspension),
      numberHash: facts.id.hashValue
    )
  }

  /// Where the list gives no number: no credential outlives the five years of the CA above it.
  static let maxDaysWithoutRule: Int64 = 1_827

  /// Where its issue stands in a log, and when that was.
  struct LogEntryPlace: Sendable { let at: Instant, leaf: UInt64 }

  /// Whether a page is among those it names. Neither ever changes, so what was found once holds.
  func isBound(to page: PageQuestion.Reading) -> Bool {
    if ownPage.load(ordering: .relaxed) == page.serial { return true }
    guard bindingKeys.contains(where: page.matchKeys.contains) else { return false }
    ownPage.store(page.serial, ordering: .relaxed)
    return true
  }

  /// What was found before in the same log by the same reader: a log only grows.
  func logged(in line: any AnyObject & Sendable) -> LogEntryPlace? {
    place.withLock { known in known.flatMap { $0.line === line ? $0.place : nil } }
  }
  func keep(_ found: LogEntryPlace, in line: any AnyObject & Sendable) { place.withLock { $0 = (found, line) } }

  /// Whether another form of the credential states what the token states, with status entries that are among the
  /// token's.
  func says(what token: [UInt8]) -> Bool {
    do {
      let payload = try CompactJWS.parse(token).payloadObject(),
        entries = try MembershipCredential(payload: payload).statusEntries
      return claims == Self.claims(of: payload) && statusEntries.allSatisfy(entries.contains)
    } catch { return false }  // what cannot be read does not say the same
  }

  private static let envelope: [Text] = [
    "iss", "sub", "jti", "nbf", "iat", "exp", "proof", "credentialStatus", "credentialSchema",
  ]

  private static func claims(of object: JSONObject) -> [UInt8] {
    var object = object
    for name in envelope { object[name] = nil }
    return object.canonical()
  }

  /// Signature and authority hold for good; certificates and CRLs for a while.
  func holds(at now: Instant) -> Bool {
    signer.doubts.isEmpty && (signer.chain.map { $0.holds(at: now.seconds, revocationTime: now.seconds) } ?? true)
  }
}
