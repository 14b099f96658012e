public import Encodings

/// A chamber's signed word about the last change of one credential's state. The status lists say *what* the state is;
/// the statement adds *since when* and, for a replaced credential, by which one, so that a reader of `public/` alone
/// can tell a person.
public struct StatusStatement: Hashable, Sendable {
  public static let tokenType = "khatm-status+jwt"
  public static let maxBytes = 16 << 10
  public let issuer: Text
  /// The credential's `id`.
  public let subject: Text
  public let state: Text
  public let at: Instant
  /// The id of the credential that takes its place.
  public let replacedBy: Text?
  public init(issuer: Text, subject: Text, state: Text, at: Instant, replacedBy: Text?) {
    self.issuer = issuer
    self.subject = subject
    self.state = state
    self.at = at
    self.replacedBy = replacedBy
  }
  /// The payload to be signed; `init(payload:)` reads it back.
  public var payload: JSONObject {
    [
      "iss": .string(issuer), "sub": .string(subject), "iat": .integer(at.seconds), "state": .string(state),
      "at": JSON(at.description),
      "by": replacedBy.map { .string($0) },
    ]
  }
}
