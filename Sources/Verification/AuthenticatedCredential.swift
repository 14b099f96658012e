internal import Credentials
public import Encodings
internal import Messages
internal import PKI
public import TransparencyLog

/// How a credential came.
enum CredentialForm: Sendable {
  /// `vc+jwt`: what the log commits to.
  case token
  /// The Open Badges envelope: one status entry, no `iat`.
  case openBadge
  /// A document with an embedded proof.
  case document
}

/// What a signature covered, and how it came.
struct SignedContent {
  let payload: FlatJSON
  let form: CredentialForm
  let signedAt: Instant
  /// Of the token, or of the canonical document.
  let bytes: [UInt8]
  /// Of the proof of a document; nil: none.
  var proofExpires: Instant?
}

/// Under which listings of its chamber a credential was issued, and by which rule.
struct Authorisation {
  let programme: Text
  /// Nil where the list has no rules.
  let rule: TrustList.ProgrammeRule?
  /// All listings that cover the credential; at least one was granted when it was signed.
  let listings: [KeyListing]
}

/// A credential whose signature, chain and authority held: only `Verifier.authenticate` makes one.
///
/// An immutable value. Whether the credential is in force, logged, and of which page it speaks, is for
/// `Verifier.decide`.
public struct AuthenticatedCredential: Sendable {
  /// As it was handed in; empty for a document.
  let token: [UInt8]
  let claims: AuthenticatedClaims

  public var facts: VerifiedCredential { claims.facts }
  public var signedAt: Instant { claims.signedAt }
  /// Addresses of the status lists that are asked about it; the trust list allows each of them.
  public var statusLists: [Text] { claims.statusEntries.map(\.list) }
  /// Whether its programme asks for an entry in the public log.
  public var mustBeLogged: Bool { claims.rule?.logged == true }
  /// Whether a checkpoint is of a log in which its authority enters what it issues.
  public func isLogged(by head: VerifiedCheckpoint) -> Bool { claims.authority.names(logOf: head) }
}

/// What was verified of one credential and stays so for the same bytes, whatever the time, the status and the page.
///
/// Immutable, and a class only so that it is held once. Whether `signer.chain` holds is asked again at each use.
final class AuthenticatedClaims: Sendable {
  let form: CredentialForm
  let facts: VerifiedCredential
  let issuer: Text
  let signer: Signer
  let signedAt: Instant
  /// The later of `validFrom` and `signedAt`.
  let begins: Instant
  let validUntil: Instant
  /// Of the proof of a document; nil: none.
  let proofExpires: Instant?
  let statusEntries: [StatusEntry]
  let bindingKeys: [Text]
  let programme: Text
  let rule: TrustList.ProgrammeRule?
  let listings: [KeyListing]
  /// More days than the programme allows: what it claims, and what is allowed.
  let tooLong: (days: Int64, max: Int64)?
  /// The purpose an entry is missing for. Revoking sets both bits, so the Open Badges envelope, which may have one
  /// entry, has suspension.
  let missingPurpose: String?
  /// From then on every listing is granted for good, as far as its history goes; nil: a chamber was paused or
  /// withdrawn.
  let grantedSince: Instant?
  /// The trust data under which this is so.
  let authority: Trust
  /// What is stated, in canonical JSON without what belongs to the envelope; nil for a token, which is compared as it
  /// is.
  private let stated: [UInt8]?

  init(
    _ content: SignedContent,
    _ credential: MembershipCredential,
    facts: VerifiedCredential,
    signer: Signer,
    authorisation: Authorisation,
    authority: Trust
  ) {
    form = content.form
    signedAt = content.signedAt
    proofExpires = content.proofExpires
    stated = content.form == .token ? nil : content.payload.tree.object.map(Self.stated(by:))
    self.facts = facts
    self.signer = signer
    self.authority = authority
    programme = authorisation.programme
    rule = authorisation.rule
    listings = authorisation.listings
    issuer = credential.issuer.id
    begins = max(credential.validFrom, content.signedAt)
    validUntil = credential.validUntil
    statusEntries = credential.statusEntries.filter {
      $0.purpose.equals("revocation") || $0.purpose.equals("suspension")
    }
    bindingKeys = TokenAuthenticator.bindingKeys(of: credential)
    let seconds = credential.validUntil.seconds - credential.validFrom.seconds
    let most = authorisation.rule?.maxDays ?? Self.maxDaysWithoutRule
    tooLong = seconds > most * 86_400 ? ((seconds + 86_399) / 86_400, most) : nil
    let entries = statusEntries
    func names(_ purpose: String) -> Bool { entries.contains { $0.purpose.equals(purpose) } }
    missingPurpose =
      !names("suspension") ? "suspension" : content.form == .openBadge || names("revocation") ? nil : "revocation"
    grantedSince =
      authorisation.listings.allSatisfy { $0.latest.status == .granted }
      ? authorisation.listings.map(\.latest.since).max() : nil
  }

  /// Where the list gives no number: no credential outlives the five years of the CA above it.
  static let maxDaysWithoutRule: Int64 = 1_827

  /// Whether another form of the credential states what the token states, with status entries that are among the
  /// token's.
  func says(what token: [UInt8]) -> Bool {
    do {
      let payload = try CompactJWS.parse(token).payloadObject()
      let entries = try MembershipCredential(payload: payload).statusEntries
      return stated == Self.stated(by: payload) && statusEntries.allSatisfy(entries.contains)
    } catch { return false }  // what cannot be read does not say the same
  }

  private static let envelope: [Text] = [
    "iss", "sub", "jti", "nbf", "iat", "exp", "proof", "credentialStatus", "credentialSchema",
  ]

  private static func stated(by object: JSONObject) -> [UInt8] {
    var object = object
    for name in envelope { object[name] = nil }
    return object.canonical()
  }

  /// Signature and authority hold for good; certificates and CRLs for a while.
  func holds(at now: Instant) -> Bool {
    signer.doubts.isEmpty && (signer.chain.map { $0.holds(at: now.seconds, revocationTime: now.seconds) } ?? true)
  }
}
