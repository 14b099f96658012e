public import Encodings
internal import Messages

/// A verdict with everything it rests on. Only this module makes one.
public struct Decision: Sendable {
  public let verdict: Verdict
  public let axes: Axes
  public let reasons: [Reason]
  /// nil unless its token verified: a forged token's claims are never repeated as if they were known.
  public let credential: VerifiedCredential?
  /// The id that was asked for or read, also when nothing verified.
  public let askedID: CredentialID?
  public let supersededBy: String?
  /// When the state last changed, by the chamber's signed statement.
  public let stateSince: Instant?
  public var pageAsked: String? { page?.asked }
  public var pageKey: String? { key?.string }
  private let page: RequestedPage?
  /// Of the page.
  let key: Text?
  public let checkedAt: Instant
  /// The moment of the past that was asked about; nil: now.
  public let asOf: Instant?
  public let statusAsOf: Instant?
  /// Past it the answer is `answer_expired`: ask again.
  public let answerNotAfter: Instant
  public let platformsVersion: String?
  /// Where in the public log the issue stands; nil when nobody asked or no proof held.
  public let log: LogPlace?
  /// What the chamber last said of the certificate's pages, by key; empty where no statement is at hand.
  public let bindings: [String: BindingAge]
  /// The statement about the page that was asked about; nil where none decided.
  public let pageStatement: BindingAge?
  /// Address of the other authority's list that vouched for the chamber; nil for a chamber of our own list.
  public let recognisedBy: String?

  /// Where an issue stands in a log, and under which size of it.
  public struct LogPlace: Sendable, Hashable {
    public let origin: Text
    /// Of the checkpoint under which the proof was made.
    public let size: UInt64
    public let leaf: UInt64
  }

  /// `docs/DESIGN.md`, freshness: how long an answer may be repeated, in seconds.
  static let positiveLife: Int64 = 300
  static let negativeLife: Int64 = 900
  static let doubtfulLife: Int64 = 60

  /// The only initialiser: whatever found the answer hands it over as a builder.
  init(_ builder: borrowing DecisionBuilder) {
    let axes = builder.finalAxes
    let reasons = builder.allReasons
    let judged = Self.judge(axes, reasons)
    // Nothing positive without the credential it is about.
    verdict = judged.isPositive && builder.credential == nil ? .cannotTell : judged
    self.axes = axes
    self.reasons = reasons
    askedID = builder.askedID
    credential = builder.credential
    supersededBy = builder.supersededBy
    stateSince = builder.since
    page = builder.page
    key = builder.pageKey
    checkedAt = builder.today
    asOf = builder.asOf
    statusAsOf = builder.statusAsOf
    platformsVersion = builder.platformsVersion
    bindings =
      builder.bindingAges.isEmpty
      ? [:] : Dictionary(uniqueKeysWithValues: builder.bindingAges.map { ($0.key.string, $0.value) })
    pageStatement = builder.pageStatement
    log = builder.log
    recognisedBy = builder.recognisedBy
    answerNotAfter = Self.end(verdict, at: checkedAt, ends: asOf == nil ? builder.ends : nil)
  }

  /// A positive answer never outlives what it rests on: lists, certificates, the credential itself.
  private static func end(_ verdict: Verdict, at checkedAt: Instant, ends: Instant?) -> Instant {
    let life = verdict.isPositive ? positiveLife : verdict == .cannotTell ? doubtfulLife : negativeLife
    let wanted = checkedAt.adding(seconds: life)
    return verdict.isPositive ? max(min(wanted, ends ?? wanted), checkedAt) : wanted
  }

  /// Verification step 8: judge. The one place where a verdict is made. A thief's page is never described by the
  /// owner's status alone, so the page goes first.
  static func judge(_ axes: Axes, _ reasons: [Reason]) -> Verdict {
    var onAuthenticity = false
    var onBinding = false
    var onStatus = false
    var elsewhere = false
    var doubts = false
    for reason in reasons {
      switch (reason.severity, reason.code.axis) {
      case (.error, .authenticity): onAuthenticity = true
      case (.error, .binding): onBinding = true
      case (.error, .status): onStatus = true
      case (.error, _): elsewhere = true
      case (.warn, .note), (.input, .note), (.info, _): break
      case (.warn, _), (.input, _): doubts = true
      }
    }
    switch axes.authenticity {
    case .genuine: if onAuthenticity { return .notGenuine }
    case .notChecked: return onAuthenticity ? .notGenuine : .cannotTell
    case .notGenuine, .unknownIssuer, .unknownCredential, .malformed: return .notGenuine
    }
    switch axes.binding {
    case .noMatch, .failed, .withdrawn: return .otherPage
    case .proved, .vouched, .declared, .stale, .notStated, .notChecked: if onBinding { return .otherPage }
    }
    switch axes.status {
    case .expired, .notYetValid, .suspended, .revoked, .superseded: return .notInForce
    case .unknown: return onStatus ? .notInForce : .cannotTell
    case .active: if onStatus { return .notInForce }
    }
    if elsewhere || doubts || axes.freshness == .stale { return .cannotTell }
    switch axes.binding {
    case .proved, .vouched: return .confirmed
    case .declared, .notStated: return .genuine
    case .stale, .notChecked, .failed, .withdrawn, .noMatch: return .cannotTell
    }
  }
}
