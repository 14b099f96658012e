public import Encodings
internal import PKI
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
    let storefronts: [Storefront]
    private let rendered = Mutex<Rendered?>(nil)
    private let digest: Mutex<Digest>

    /// SHA-256 of many kilobytes, which not every caller wants to know; the bytes are let go once it is made.
    private enum Digest { case of([UInt8]), made(String) }

    var tokenDigest: String {
      digest.withLock { digest in
        switch digest {
        case .made(let hex): return hex
        case .of(let bytes):
          let hex = Hex.encode(SHA2.sha256(bytes))
          digest = .made(hex)
          return hex
        }
      }
    }

    init(id: String, url: String, programme: String, issuer: String, issuerName: String, names: [(language: String, text: String)], registerID: String,
         country: String, membershipNumber: String, memberSince: Instant?, validFrom: Instant, validUntil: Instant, storefronts: [Storefront], digestOf: [UInt8]) {
      (self.id, self.url, self.programme, self.issuer, self.issuerName, self.names) = (id, url, programme, issuer, issuerName, names)
      (self.registerID, self.country, self.membershipNumber, self.memberSince) = (registerID, country, membershipNumber, memberSince)
      (self.validFrom, self.validUntil, self.storefronts) = (validFrom, validUntil, storefronts)
      digest = Mutex(.of(digestOf))
    }

    /// As the answer object shows them: rendered for the first answer about the credential, kept for the others.
    func render() -> Rendered {
      if let known = rendered.withLock({ $0 }) { return known }
      let made = Rendered(
        // In their order, `supersededBy` comes between the two.
        before: Rendered.members(["id": JSON(id), "issuer": ["id": JSON(issuer), "name": JSON(issuerName)], "programme": JSON(programme), "subject": [
          "names": .array(names.map { ["lang": JSON($0.language), "text": JSON($0.text)] }), "registerId": JSON(registerID), "country": JSON(country),
          "membershipNumber": JSON(membershipNumber), "memberSince": memberSince.map { JSON($0.description) } ?? .null]]),
        after: Rendered.members(["tokenDigest": JSON("sha-256:" + tokenDigest), "url": JSON(url), "validFrom": JSON(validFrom.description), "validUntil": JSON(validUntil.description)]),
        registered: JSON.array(storefronts.map { ["kind": JSON($0.kind), "key": JSON($0.key), "display": JSON($0.display)] }).canonical())
      rendered.withLock { $0 = made }
      return made
    }
  }

  /// Canonical JSON of the members of `credential` before and after `supersededBy`, and of `registered`.
  struct Rendered: Sendable {
    let before: [UInt8], after: [UInt8], registered: [UInt8]
    fileprivate static func members(_ object: JSONObject) -> [UInt8] { Array(object.canonical().dropFirst().dropLast()) }
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

  func render() -> Rendered { parts.render() }

  public struct Storefront: Sendable, Hashable {
    /// `display` is shown to people: where the token's own says something else than its key, it is the key.
    public let kind: String, key: String, display: String
  }

  init(id: String, url: String, programme: String, issuer: String, issuerName: String, names: [(language: String, text: String)],
       registerID: String, country: String, membershipNumber: String, memberSince: Instant?, validFrom: Instant, validUntil: Instant,
       storefronts: [Storefront], digestOf: [UInt8]) {
    parts = Parts(id: id, url: url, programme: programme, issuer: issuer, issuerName: issuerName, names: names, registerID: registerID, country: country,
                  membershipNumber: membershipNumber, memberSince: memberSince, validFrom: validFrom, validUntil: validUntil, storefronts: storefronts, digestOf: digestOf)
  }

  public static func == (left: VerifiedCredential, right: VerifiedCredential) -> Bool {
    left.tokenDigest.utf8.elementsEqual(right.tokenDigest.utf8)
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(tokenDigest) }
}
