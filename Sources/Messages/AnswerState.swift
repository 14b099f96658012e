/// What an answer comes down to for people: the one translation of a decision, for terminal, page, paper and the texts
/// of the API. Here, and only here, a credential is called a certificate. In this order: the first that fits is said.
public enum AnswerState: String, CaseIterable, Hashable, Sendable {
  /// A link whose host imitates ours.
  case lookalike = "lookalike"
  /// The signature names an issuer that nobody we know lists.
  case unknownIssuer = "unknown_issuer"
  /// Signature, key, chain or rules of the issuer do not hold.
  case notGenuine = "not_genuine"
  /// Signed, and never entered in the public log.
  case notInLog = "not_in_log"
  /// Eighteen characters whose last two do not fit the others: an answer about the number, not about a certificate.
  case mistyped = "mistyped"
  /// The number is whole, and no certificate has it.
  case unknownNumber = "unknown_number"
  /// An officer confirmed that the page is no longer the holder's.
  case pageLost = "page_lost"
  /// The page was taken off the certificate.
  case pageRemoved = "page_removed"
  /// The registered host with or without `www.`, which may be somebody else's.
  case pageTwin = "page_twin"
  /// The certificate names other pages.
  case otherPage = "other_page"
  /// Withdrawn by the chamber, for good.
  case revoked = "revoked"
  /// A newer certificate took its place.
  case replaced = "replaced"
  /// The authority no longer recognises the chamber.
  case chamberWithdrawn = "chamber_withdrawn"
  /// The authority has paused the chamber.
  case chamberPaused = "chamber_paused"
  /// Suspended; a suspension can be lifted.
  case suspended = "suspended"
  /// A form with one status entry: suspended, or withdrawn for good.
  case suspendedOrEnded = "suspended_or_ended"
  /// Its own end has passed.
  case expired = "expired"
  /// It begins later.
  case notYetValid = "not_yet_valid"
  /// Genuine, and against a rule under which it was issued.
  case againstRules = "against_rules"
  /// Genuine and in force; the proof for the page ran out.
  case pageStale = "page_stale"
  /// Something that is needed was missing, unavailable or too old.
  case cannotTell = "cannot_tell"
  /// A picture without a certificate in it.
  case noPictureData = "no_picture_data"
  /// A page that was read and shows no badge.
  case noBadge = "no_badge"
  /// Genuine, in force, and the page was proved to be the holder's.
  case confirmed = "confirmed"
  /// The same, on the word of an officer of the chamber.
  case vouched = "vouched"
  /// Genuine and in force; the holder named the page, and nobody proved it.
  case declared = "declared"
  /// No page was asked about; the browser says which site it came from, and that one is proved.
  case cameFrom = "came_from"
  /// Genuine and in force; no page was asked about.
  case genuine = "genuine"
}

/// What one state says, from top to bottom. Of several texts the first is said whose parameters are known: a date that
/// nobody knows leaves its half sentence out.
public struct AnswerTexts: Sendable {
  /// One to three words beside the icon and at the start of `<title>`: the icon never stands alone.
  public let word: FourTexts
  public let headings: [FourTexts]
  public let lines: [FourTexts]
  /// A second sentence, shown strongly.
  public let emphasis: FourTexts?
  public let advice: FourTexts

  init(word: FourTexts, headings: [FourTexts], lines: [FourTexts], emphasis: FourTexts? = nil, advice: FourTexts) {
    self.word = word
    self.headings = headings
    self.lines = lines
    self.emphasis = emphasis
    self.advice = advice
  }

  public func heading(_ params: [(String, String)]) -> FourTexts { Self.fitting(headings, params) }
  public func line(_ params: [(String, String)]) -> FourTexts { Self.fitting(lines, params) }

  /// `{reason}` and `{notes}` are whole sentences that the caller writes.
  private static func fitting(_ texts: [FourTexts], _ params: [(String, String)]) -> FourTexts {
    let known = Set(params.map(\.0) + ["reason", "notes"])
    return texts.first { known.isSuperset(of: $0[.en].placeholders) } ?? texts[texts.count - 1]
  }
}

extension AnswerState {
  public var texts: AnswerTexts {
    switch self {
    case .lookalike: Self.lookalikeTexts
    case .unknownIssuer: Self.unknownIssuerTexts
    case .notGenuine: Self.notGenuineTexts
    case .notInLog: Self.notInLogTexts
    case .mistyped: Self.mistypedTexts
    case .unknownNumber: Self.unknownNumberTexts
    case .pageLost: Self.pageLostTexts
    case .pageRemoved: Self.pageRemovedTexts
    case .pageTwin: Self.pageTwinTexts
    case .otherPage: Self.otherPageTexts
    case .revoked: Self.revokedTexts
    case .replaced: Self.replacedTexts
    case .chamberWithdrawn: Self.chamberWithdrawnTexts
    case .chamberPaused: Self.chamberPausedTexts
    case .suspended: Self.suspendedTexts
    case .suspendedOrEnded: Self.suspendedOrEndedTexts
    case .expired: Self.expiredTexts
    case .notYetValid: Self.notYetValidTexts
    case .againstRules: Self.againstRulesTexts
    case .pageStale: Self.pageStaleTexts
    case .cannotTell: Self.cannotTellTexts
    case .noPictureData: Self.noPictureDataTexts
    case .noBadge: Self.noBadgeTexts
    case .confirmed: Self.confirmedTexts
    case .vouched: Self.vouchedTexts
    case .declared: Self.declaredTexts
    case .cameFrom: Self.cameFromTexts
    case .genuine: Self.genuineTexts
    }
  }
}
