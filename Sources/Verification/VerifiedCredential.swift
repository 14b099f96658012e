public import Encodings
internal import PKI
internal import Synchronization

/// A credential whose token was verified: only `Verifier` makes one, and only from bytes whose signature, chain and
/// issuer held.
///
/// It says who was certified by whom. Whether that is still so, and for which page, is the `Decision` it stands in.
public struct VerifiedCredential: Sendable, Hashable {
  private let parts: Parts

  /// What it states, as it is shown. Made when somebody looks at it first: most questions are answered without.
  struct Facts: Sendable {
    let programme: String, issuer: String, issuerName: String
    let names: [(language: String, text: String)]
    let registerID: String, country: String, membershipNumber: String
    let memberSince: Instant?, validFrom: Instant, validUntil: Instant
    let storefronts: [Storefront]
  }

  /// Held once: a credential goes through every answer about it.
  private final class Parts: Sendable {
    /// What it states, or how to find that out.
    private enum Stated {
      case by(@Sendable () -> Facts)
      case made(Facts)
    }

    let id: String, url: String
    private let stated: Mutex<Stated>  // owned by facts
    private let rendered = Mutex<Rendered?>(nil)  // owned by render

    var facts: Facts {
      stated.withLock { stated in
        switch stated {
        case .made(let facts): return facts
        case .by(let make):
          let facts = make()
          stated = .made(facts)
          return facts
        }
      }
    }

    private let digest: Mutex<Digest>  // owned by tokenDigest

    /// SHA-256 of many kilobytes, which not every caller wants to know; the bytes are let go once it is made.
    private enum Digest {
      case of([UInt8])
      case made(String)
    }

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

    init(id: String, url: String, digestOf: [UInt8], facts: @escaping @Sendable () -> Facts) {
      self.id = id
      self.url = url
      stated = Mutex(.by(facts))
      digest = Mutex(.of(digestOf))
    }

    /// As the answer object shows them: rendered for the first answer about the credential, kept for the others.
    func render() -> Rendered {
      if let known = rendered.withLock({ $0 }) { return known }
      let facts = facts
      let made = Rendered(
        // In their order, `supersededBy` comes between the two.
        before: Rendered.members([
          "id": JSON(id), "issuer": ["id": JSON(facts.issuer), "name": JSON(facts.issuerName)],
          "programme": JSON(facts.programme),
          "subject": [
            "names": .array(facts.names.map { ["lang": JSON($0.language), "text": JSON($0.text)] }),
            "registerId": JSON(facts.registerID), "country": JSON(facts.country),
            "membershipNumber": JSON(facts.membershipNumber),
            "memberSince": facts.memberSince.map { JSON($0.description) } ?? .null,
          ],
        ]),
        after: Rendered.members([
          "tokenDigest": JSON("sha-256:" + tokenDigest), "url": JSON(url),
          "validFrom": JSON(facts.validFrom.description), "validUntil": JSON(facts.validUntil.description),
        ]),
        registered: JSON.array(
          facts.storefronts.map { ["kind": JSON($0.kind), "key": JSON($0.key), "display": JSON($0.display)] }
        ).canonical()
      )
      rendered.withLock { $0 = made }
      return made
    }
  }

  /// Canonical JSON of the members of `credential` before and after `supersededBy`, and of `registered`.
  struct Rendered: Sendable {
    let before: [UInt8], after: [UInt8], registered: [UInt8]
    fileprivate static func members(_ object: JSONObject) -> [UInt8] {
      Array(object.canonical().dropFirst().dropLast())
    }
  }

  /// The last segment of the credential's address: the 18 characters, or what another authority uses.
  public var id: String { parts.id }
  public var url: String { parts.url }
  public var programme: String { parts.facts.programme }
  /// DID of the chamber; its name comes from the trust list, never from the token.
  public var issuer: String { parts.facts.issuer }
  public var issuerName: String { parts.facts.issuerName }
  public var names: [(language: String, text: String)] { parts.facts.names }
  public var registerID: String { parts.facts.registerID }
  public var country: String { parts.facts.country }
  public var membershipNumber: String { parts.facts.membershipNumber }
  public var memberSince: Instant? { parts.facts.memberSince }
  public var validFrom: Instant { parts.facts.validFrom }
  public var validUntil: Instant { parts.facts.validUntil }
  public var storefronts: [Storefront] { parts.facts.storefronts }
  /// SHA-256 of the token, hexadecimal; of the canonical document for one with an embedded proof.
  public var tokenDigest: String { parts.tokenDigest }

  func render() -> Rendered { parts.render() }

  /// A page that it names.
  public struct Storefront: Sendable, Hashable {
    /// `display` is shown to people: where the token's own says something else than its key, it is the key.
    public let kind: String, key: String, display: String
  }

  /// - Parameters:
  ///   - digestOf: the bytes of `tokenDigest`.
  ///   - facts: called at most once.
  init(id: String, url: String, digestOf: [UInt8], facts: @escaping @Sendable () -> Facts) {
    parts = Parts(id: id, url: url, digestOf: digestOf, facts: facts)
  }

  public static func == (left: VerifiedCredential, right: VerifiedCredential) -> Bool {
    left.tokenDigest.utf8.elementsEqual(right.tokenDigest.utf8)
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(tokenDigest) }
}
