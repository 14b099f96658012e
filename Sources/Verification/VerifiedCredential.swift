public import Encodings

/// A credential whose token was verified: only `Verifier` makes one, and only from bytes whose signature, chain and issuer held.
///
/// It says who was certified by whom. Whether that is still so, and for which page, is the `Decision` it stands in.
public struct VerifiedCredential: Sendable, Hashable {
  /// The last segment of the credential's address: the 18 characters, or what another authority uses.
  public let id: String
  public let url: String
  public let programme: String
  /// DID of the chamber; its name comes from the trust list, never from the token.
  public let issuer: String, issuerName: String
  public let names: [(language: String, text: String)]
  public let registerID: String, country: String, membershipNumber: String
  public let memberSince: Instant?
  public let validFrom: Instant, validUntil: Instant
  public let storefronts: [Storefront]
  /// SHA-256 of the token, hexadecimal; of the canonical document for one with an embedded proof.
  public let tokenDigest: String

  public struct Storefront: Sendable, Hashable {
    /// `display` is shown to people: where the token's own says something else than its key, it is the key.
    public let kind: String, key: String, display: String
  }

  init(id: String, url: String, programme: String, issuer: String, issuerName: String, names: [(language: String, text: String)],
       registerID: String, country: String, membershipNumber: String, memberSince: Instant?, validFrom: Instant, validUntil: Instant,
       storefronts: [Storefront], tokenDigest: String) {
    self.id = id; self.url = url; self.programme = programme; self.issuer = issuer; self.issuerName = issuerName; self.names = names
    self.registerID = registerID; self.country = country; self.membershipNumber = membershipNumber; self.memberSince = memberSince
    self.validFrom = validFrom; self.validUntil = validUntil; self.storefronts = storefronts; self.tokenDigest = tokenDigest
  }

  public static func == (left: VerifiedCredential, right: VerifiedCredential) -> Bool {
    left.tokenDigest.utf8.elementsEqual(right.tokenDigest.utf8)
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(tokenDigest) }
}
