public import Encodings
internal import Synchronization

/// A credential whose token was verified: only `Verifier` makes one, and only from bytes whose signature, chain and issuer held.
///
/// It says who was certified by whom. Whether that is still so, and for which page, is the `Decision` it stands in.
public struct VerifiedCredential: Sendable, Hashable {
  private let parts: Parts

  /// Held once: a credential goes through every answer about it.
  private final class Parts: Sendable {
    let id: String, url: String, programme: String, issuer: String, issuerName: String
    let names: [(language: String, text: String)]
    let registerID: String, country: String, membershipNumber: String
    let memberSince: Instant?, validFrom: Instant, validUntil: Instant
    let storefronts: [Storefront], tokenDigest: String
    private let rendered = Mutex<(shown: JSONObject, registered: JSON)?>(nil)

    init(id: String, url: String, programme: String, issuer: String, issuerName: String, names: [(language: String, text: String)], registerID: String,
         country: String, membershipNumber: String, memberSince: Instant?, validFrom: Instant, validUntil: Instant, storefronts: [Storefront], tokenDigest: String) {
      (self.id, self.url, self.programme, self.issuer, self.issuerName, self.names) = (id, url, programme, issuer, issuerName, names)
      (self.registerID, self.country, self.membershipNumber, self.memberSince) = (registerID, country, membershipNumber, memberSince)
      (self.validFrom, self.validUntil, self.storefronts, self.tokenDigest) = (validFrom, validUntil, storefronts, tokenDigest)
    }

    /// As the answer object shows them: rendered for the first answer about the credential, kept for the others.
    func render() -> (shown: JSONObject, registered: JSON) {
      rendered.withLock { rendered in
        if let rendered { return rendered }
        let shown: JSONObject = [
          "id": JSON(id), "url": JSON(url), "programme": JSON(programme), "issuer": ["id": JSON(issuer), "name": JSON(issuerName)],
          "subject": ["names": .array(names.map { ["lang": JSON($0.language), "text": JSON($0.text)] }), "registerId": JSON(registerID), "country": JSON(country),
                      "membershipNumber": JSON(membershipNumber), "memberSince": memberSince.map { JSON($0.description) } ?? .null],
          "validFrom": JSON(validFrom.description), "validUntil": JSON(validUntil.description), "tokenDigest": JSON("sha-256:" + tokenDigest), "supersededBy": .null,
        ]
        let made = (shown, JSON.array(storefronts.map { ["kind": JSON($0.kind), "key": JSON($0.key), "display": JSON($0.display)] }))
        rendered = made
        return made
      }
    }
  }

  /// The last segment of the credential's address: the 18 characters, or what another authority uses.
  public var id: String { parts.id }
  public var url: String { parts.url }
  public var programme: String { parts.programme }
  /// DID of the chamber; its name comes from the trust list, never from the token.
  public var issuer: String { parts.issuer }
  public var issuerName: String { parts.issuerName }
  public var names: [(language: String, text: String)] { parts.names }
  public var registerID: String { parts.registerID }
  public var country: String { parts.country }
  public var membershipNumber: String { parts.membershipNumber }
  public var memberSince: Instant? { parts.memberSince }
  public var validFrom: Instant { parts.validFrom }
  public var validUntil: Instant { parts.validUntil }
  public var storefronts: [Storefront] { parts.storefronts }
  /// SHA-256 of the token, hexadecimal; of the canonical document for one with an embedded proof.
  public var tokenDigest: String { parts.tokenDigest }

  func render() -> (shown: JSONObject, registered: JSON) { parts.render() }

  public struct Storefront: Sendable, Hashable {
    /// `display` is shown to people: where the token's own says something else than its key, it is the key.
    public let kind: String, key: String, display: String
  }

  init(id: String, url: String, programme: String, issuer: String, issuerName: String, names: [(language: String, text: String)],
       registerID: String, country: String, membershipNumber: String, memberSince: Instant?, validFrom: Instant, validUntil: Instant,
       storefronts: [Storefront], tokenDigest: String) {
    parts = Parts(id: id, url: url, programme: programme, issuer: issuer, issuerName: issuerName, names: names, registerID: registerID, country: country,
                  membershipNumber: membershipNumber, memberSince: memberSince, validFrom: validFrom, validUntil: validUntil, storefronts: storefronts, tokenDigest: tokenDigest)
  }

  public static func == (left: VerifiedCredential, right: VerifiedCredential) -> Bool {
    left.tokenDigest.utf8.elementsEqual(right.tokenDigest.utf8)
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(tokenDigest) }
}
