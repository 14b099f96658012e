internal import Encodings
internal import Messages
internal import Storefronts

/// The answer while it is being found: a value that one decision owns. Everything begins as not known, so a step left
/// out can never look like a good one.
struct DecisionBuilder {
  var axes = Axes()
  var reasons: [Reason] = []
  var credential: VerifiedCredential?
  var askedID: CredentialID?
  /// The worst state found; nil: none that is against the credential.
  private(set) var stateAxis: Status?
  /// Something that the state rests on could not be read.
  private(set) var isDoubtful = false
  private var statusDoubts: [Reason] = []
  var supersededBy: String?
  var since: Instant?
  var statusAsOf: Instant?
  var recognisedBy: String?
  var log: Decision.LogPlace?
  /// The first end of what a positive answer rests on.
  private(set) var ends: Instant?
  var pageKey: Text?
  /// What the chamber says of the pages, by key.
  var bindingAges: [Text: BindingAge] = [:]
  /// The one of them that decided about the page.
  var pageStatement: BindingAge?
  let page: RequestedPage?
  let today: Instant
  let platformsVersion: String?
  /// A moment of the past that is asked about.
  var asOf: Instant?
  /// What the credential is judged by; trust data is judged by `today`.
  var now: Instant { asOf ?? today }

  init(page: RequestedPage?, now: Instant, platformsVersion: String?) {
    self.page = page
    today = now
    self.platformsVersion = platformsVersion
    pageKey = page?.address.key.text
  }

  /// Ends the search: the token is not authenticated, or not logged.
  mutating func reject(_ rejection: TokenRejection) {
    axes.authenticity = rejection.authenticity
    reasons.append(rejection.reason)
  }

  mutating func end(by moment: Instant) { ends = min(ends ?? moment, moment) }

  mutating func state(_ status: Status, _ reason: Reason) {
    if Self.gravity(status) < Self.gravity(stateAxis ?? .unknown) { stateAxis = status }
    reasons.append(reason)
  }

  /// Worst first.
  private static func gravity(_ status: Status) -> Int {
    switch status {
    case .revoked: 0
    case .superseded: 1
    case .suspended: 2
    case .expired: 3
    case .notYetValid: 4
    case .active: 5
    case .unknown: 6
    }
  }

  /// What the status lists that were read say is as old as the oldest of them, and ends with the first.
  mutating func setStatus(from oldest: Instant, until end: Instant) {
    statusAsOf = oldest
    self.end(by: end)
    axes.freshness = now.seconds - oldest.seconds <= StatusCheck.liveSeconds ? .live : .cached
  }

  /// In force, as far as the lists say; only when nothing was found against it and nothing was in doubt.
  mutating func setInForce() { if stateAxis == nil && !isDoubtful { stateAxis = .active } }

  /// About trust data: kept whatever the state is.
  mutating func addUncertainty(trust reason: Reason) {
    if !reasons.contains(reason) { reasons.append(reason) }
    isDoubtful = true
  }

  /// About the status lists.
  mutating func addUncertainty(status reason: Reason) {
    if !statusDoubts.contains(reason) { statusDoubts.append(reason) }
    isDoubtful = true
  }

  /// After an uncertainty was resolved.
  private mutating func recount() {
    isDoubtful =
      !statusDoubts.isEmpty
      || reasons.contains { $0.severity == .warn && ($0.code.axis == .freshness || $0.code.axis == .authenticity) }
  }

  /// A set revocation bit is final, whatever the other list would have said.
  mutating func dropStatusDoubts() { statusDoubts.removeAll { $0.code != .statusStale && $0.code != .statusRollback } }

  var allReasons: [Reason] { statusDoubts.isEmpty ? reasons : reasons + statusDoubts }

  var finalAxes: Axes {
    var axes = axes
    axes.status = stateAxis ?? .unknown
    let isStale = allReasons.contains { $0.code.axis == .freshness && $0.severity == .warn }
    if isStale || statusAsOf == nil { axes.freshness = .stale }
    return axes
  }

  var decision: Decision { Decision(self) }

  /// A proof from the log showed that the certificates held when the credential was issued.
  mutating func resolveChainUncertainty() {
    guard reasons.contains(TokenAuthenticator.chainEnded) else { return }
    reasons.removeAll { $0 == TokenAuthenticator.chainEnded }
    recount()
  }
}
