public import Encodings

/// A chamber's signed word about the pages of one credential: which were proved, how, and by when that must be done
/// again. It is renewed while the token stays as it is (`docs/formats.md`, binding statement).
public struct BindingStatement: Hashable, Sendable {
  public static let tokenType = "khatm-bindings+jwt"
  /// Pages in one statement: more than any certificate names.
  public static let maxPages = 64
  public static let maxBytes = 32 << 10

  /// What the chamber says about a page.
  public enum State: String, Sendable, CaseIterable {
    /// Proved at `provedAt`, to be proved again by `reproveBy`.
    case proved
    /// An officer confirmed that the page is no longer theirs.
    case failed
    /// Taken off the certificate.
    case withdrawn
  }

  /// One page of the certificate.
  public struct Page: Hashable, Sendable {
    public let key: Text
    public let state: State
    /// When this state began.
    public let since: Instant
    public let provedAt: Instant?, reproveBy: Instant?
    /// How control was proved: `well_known`, `page`, `officer`.
    public let method: Text?
    public init(key: Text, state: State, since: Instant, provedAt: Instant?, reproveBy: Instant?, method: Text?) {
      self.key = key
      self.state = state
      self.since = since
      self.provedAt = provedAt
      self.reproveBy = reproveBy
      self.method = method
    }
  }

  public let issuer: Text
  /// The credential's `id`.
  public let subject: Text
  public let at: Instant
  public let pages: [Page]

  public init(issuer: Text, subject: Text, at: Instant, pages: [Page]) {
    self.issuer = issuer
    self.subject = subject
    self.at = at
    self.pages = pages
  }

  /// The payload to be signed; `init(payload:)` reads it back.
  public var payload: JSONObject {
    [
      "iss": .string(issuer), "sub": .string(subject), "iat": .integer(at.seconds),
      "pages": .array(
        pages.map { page in
          .object(
            JSONObject([
              "key": .string(page.key), "state": JSON(page.state.rawValue), "since": JSON(page.since.description),
              "provedAt": page.provedAt.map { JSON($0.description) },
              "reproveBy": page.reproveBy.map { JSON($0.description) }, "method": page.method.map { .string($0) },
            ])
          )
        }
      ),
    ]
  }

  /// Nil for anything but a statement: one page, one state, every moment as the token's own are written.
  public init?(payload: JSONObject) {
    guard let issuer = payload["iss"]?.text, let subject = payload["sub"]?.text, let issued = payload["iat"]?.int,
      issued >= 0, issued <= JSON.largestInteger,
      let items = payload["pages"]?.array, items.count <= Self.maxPages
    else { return nil }
    var pages: [Page] = []
    var keys: Set<Text> = []
    for item in items {
      guard let object = item.object, let key = object["key"]?.text, keys.insert(key).inserted,
        let state = object["state"]?.string.flatMap({ State(rawValue: $0) }),
        let since = object["since"]?.string.flatMap({ Instant(rfc3339: $0) })
      else { return nil }
      func moment(_ name: Text) -> Instant?? { object[name].map { $0.string.flatMap { Instant(rfc3339: $0) } } }
      // Written and unreadable is not the same as not written.
      if case .some(.none) = moment("provedAt") { return nil }
      if case .some(.none) = moment("reproveBy") { return nil }
      let provedAt = moment("provedAt") ?? nil
      let reproveBy = moment("reproveBy") ?? nil
      guard state != .proved || (provedAt != nil && reproveBy != nil) else { return nil }
      pages.append(
        Page(
          key: key,
          state: state,
          since: since,
          provedAt: provedAt,
          reproveBy: reproveBy,
          method: object["method"]?.text
        )
      )
    }
    self.init(issuer: issuer, subject: subject, at: Instant(seconds: issued), pages: pages)
  }
}
