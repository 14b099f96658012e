internal import Credentials
public import Encodings
internal import Messages
internal import PKI

/// What a chamber says of one page that a certificate names: since when, how it was proved, until when that holds.
public struct BindingAge: Sendable, Hashable {
  /// What was found out about the page last.
  public enum State: String, Sendable { case proved, failed, withdrawn }
  public let state: State
  public let since: Instant
  public let provedAt: Instant?
  public let reproveBy: Instant?
  public let method: String?

  /// Whether an officer vouches, and no look at the page does.
  public var isOfficersWord: Bool { method == "officer" }

  /// Whether the proof has run out. A day is inclusive, like every end here.
  public func isStale(at now: Instant) -> Bool { state == .proved && (reproveBy.map { $0 < now } ?? true) }
}

extension Verifier {
  /// A chamber's statement about the pages of its credential (`docs/formats.md`, binding statement), by page key. Empty
  /// for one that cannot be read, is not the chamber's or speaks of the future: then the pages are judged by key alone,
  /// as without a statement.
  public func read(
    bindings token: [UInt8],
    of credential: AuthenticatedCredential,
    at now: Instant,
    using caches: AuthenticationCaches? = nil
  ) -> [Text: BindingAge] {
    let claims = credential.claims
    do {
      let jws = try CompactJWS.parse(token, maxBytes: BindingStatement.maxBytes)
      guard jws.hasType(BindingStatement.tokenType), let statement = BindingStatement(payload: try jws.payloadObject()),
        statement.issuer == claims.issuer,
        statement.subject == Text(claims.facts.url), statement.at <= now.adding(seconds: Self.skewSeconds)
      else { return [:] }
      let signer = try authenticator(of: claims, at: now, using: caches)
        .signer(of: jws, purpose: .credential, signedAt: statement.at)
      guard signer.entity.id == claims.issuer, try jws.isSigned(by: signer.key.publicKey) else { return [:] }
      return Dictionary(
        uniqueKeysWithValues: statement.pages.map { page in
          let state: BindingAge.State =
            switch page.state {
            case .proved: .proved
            case .failed: .failed
            case .withdrawn: .withdrawn
            }
          return (
            page.key,
            BindingAge(
              state: state,
              since: page.since,
              provedAt: page.provedAt,
              reproveBy: page.reproveBy,
              method: page.method?.string
            )
          )
        }
      )
    } catch { return [:] }
  }
}
