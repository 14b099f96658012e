public import Directory
public import Messages
public import Verification

/// What somebody wants to know: one credential, in one of the four ways to name it, and the page it was seen on.
public struct VerificationRequest: Sendable {
  /// How the credential is named.
  public enum Subject: Sendable {
    /// A compact token.
    case token([UInt8])
    /// The number, with or without its hyphens.
    case id(String)
    /// The address of a badge link, or of a record.
    case link(String)
    /// A badge picture, PNG or SVG.
    case picture([UInt8])
  }
  public let subject: Subject
  /// As the caller wrote it; nil: not stated.
  public let page: String?
  /// Whether the proof from the log shall come with the answer.
  public let wantsProof: Bool

  public init(_ subject: Subject, page: String? = nil, wantsProof: Bool = false) {
    self.subject = subject
    self.page = page
    self.wantsProof = wantsProof
  }
}

/// The question itself cannot be read: no verdict (HTTP 422, exit 2, an error line in a batch).
public struct RequestRejection: Error, Hashable, Sendable {
  public let code: ReasonCode
  public let params: [Reason.Param]
  /// Member of the request: `page`, `id`, `badge`, `image`, `register`, `q`.
  public let field: String

  public init(_ code: ReasonCode, field: String, _ params: [Reason.Param] = []) {
    self.code = code
    self.field = field
    self.params = params
  }

  /// For a person who reads plain text, in any of the catalogue's languages.
  public func sentence(_ language: Language = .en) -> String {
    Catalogue.sentence(code, params: Reason(code, params).words, language: language)
  }
}

/// A decision, and the record it was made from where the directory holds one.
public struct VerificationResponse: Sendable {
  public let decision: Decision
  /// As it stands in the directory. Only what `decision` says of it was verified.
  public let record: PublicRecord?
  /// C2SP tlog-proof; nil: not asked for, or the decision rests on none.
  public let proof: [UInt8]?

  init(decision: Decision, record: PublicRecord?, proof: [UInt8]? = nil) {
    self.decision = decision
    self.record = record
    self.proof = proof
  }
}

/// Who is asked for when no credential is at hand.
public enum LookupQuestion: Sendable {
  case page(String)
  /// `NTRAE+DU-1256293`, whole.
  case register(String)
  /// Words of a name, in any script.
  case words(String)
}

/// Matches of a look-up.
public struct LookupAnswer: Sendable {
  /// Newest first for a page or a register number, best first for words.
  public let matches: [VerificationResponse]
  /// There were more than the caller wanted.
  public let isTruncated: Bool
  /// Of the page that was asked about.
  public let pageKey: String?
}

/// Why there are none.
public enum LookupFailure: Error, Sendable {
  case refused(RequestRejection)
  /// The directory cannot be read now.
  case unavailable
}
