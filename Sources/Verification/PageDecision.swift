public import Encodings
internal import Messages
public import Storefronts

/// One badge of a page, where it stands, and what was decided about it.
public struct BadgeFinding: Sendable {
  /// As found, resolved; nil for a token written into the page.
  public let href: String?
  /// `document`, `shadow`, `foreign`, `noscript` …
  public let context: String
  public let line: Int
  /// False for what visitors may have written: listed, and of no weight.
  public let counts: Bool
  public let notes: [Reason]
  public let decision: Decision
  public init(href: String?, context: String, line: Int, counts: Bool, notes: [Reason], decision: Decision) {
    self.href = href
    self.context = context
    self.line = line
    self.counts = counts
    self.notes = notes
    self.decision = decision
  }
}

/// The verdict on a page: the worst of its badges, each judged by `Decision.judge`, never better than the reading of
/// the page allows. It is made in the initialiser.
public struct PageDecision: Sendable {
  public let verdict: Verdict
  public let reasons: [Reason]
  public let badges: [BadgeFinding]
  public let asked: String
  /// Where the redirects ended; nil when nothing was read.
  private let address: PageAddress?
  public var final: String? { address?.display.string }
  public var key: String? { address?.key.description }
  public let read: Reading?
  public let checkedAt: Instant
  public let answerNotAfter: Instant

  /// What was read, so that a dispute can be settled later.
  public struct Reading: Sendable {
    /// Who asked: the name our reader gives itself, or `file`.
    public let by: String
    public let bodySHA256: String
    public let bytes: Int
    public let scripts: Int, frames: Int, styleSheets: Int
    public init(by: String, bodySHA256: String, bytes: Int, scripts: Int, frames: Int, styleSheets: Int) {
      self.by = by
      self.bodySHA256 = bodySHA256
      self.bytes = bytes
      self.scripts = scripts
      self.frames = frames
      self.styleSheets = styleSheets
    }
  }

  /// - Parameters:
  ///   - address: where the redirects ended; nil when nothing was read.
  ///   - reasons: about the page itself; errors and warnings among them bound the verdict.
  public init(
    asked: String,
    address: PageAddress? = nil,
    badges: [BadgeFinding] = [],
    reasons: [Reason],
    read: Reading? = nil,
    checkedAt: Instant
  ) {
    self.asked = asked
    self.address = address
    self.badges = badges
    self.read = read
    self.checkedAt = checkedAt
    let counted = badges.filter(\.counts)
    var reasons = reasons
    var verdicts = counted.map(\.decision.verdict)
    for reason in reasons where reason.code.axis != .note {
      switch reason.severity {
      case .error:
        verdicts.append(
          reason.code.axis == .binding ? .otherPage : reason.code.axis == .status ? .notInForce : .notGenuine
        )
      case .warn, .input: verdicts.append(.cannotTell)
      case .info: break
      }
    }
    // A badge that only browsers without scripts show may be there for our eyes only.
    if !counted.isEmpty, counted.allSatisfy({ $0.context == "noscript" }) {
      verdicts.append(.cannotTell)
      reasons.append(Reason(.noscriptOnly))
    }
    let worst = verdicts.min()
    // "No badge" is said only of a page that was read to its end.
    verdict = worst ?? (read == nil ? .cannotTell : .noBadge)
    self.reasons = reasons
    let life: Int64 = verdict.isPositive ? 300 : verdict == .cannotTell ? 60 : 900
    answerNotAfter = ([checkedAt.adding(seconds: life)] + counted.map(\.decision.answerNotAfter)).min() ?? checkedAt
  }

  /// The same with one more reason against it.
  public func adding(_ reason: Reason) -> PageDecision {
    PageDecision(
      asked: asked,
      address: address,
      badges: badges,
      reasons: reasons + [reason],
      read: read,
      checkedAt: checkedAt
    )
  }

  /// The answer object (`docs/formats.md`, page verify).
  public func json() -> JSON {
    var page: JSONObject = JSONObject([
      "asked": JSON(asked), "final": final.map { JSON($0) } ?? .null, "key": key.map { JSON($0) } ?? .null,
    ])
    var object = JSONObject([
      "v": 1, "verdict": JSON(verdict.rawValue), "reasons": .array(reasons.map(\.json)),
      "checkedAt": JSON(checkedAt.description), "answerNotAfter": JSON(answerNotAfter.description),
    ])
    if let read {
      page["fetchedAt"] = JSON(checkedAt.description)
      page["as"] = JSON(read.by)
      page["bodySha256"] = JSON(read.bodySHA256)
      page["bytes"] = .integer(Int64(read.bytes))
      object["notExamined"] = [
        "scripts": .integer(Int64(read.scripts)), "frames": .integer(Int64(read.frames)),
        "styleSheets": .integer(Int64(read.styleSheets)),
      ]
    }
    object["page"] = .object(page)
    object["badges"] = .array(
      badges.map { badge in
        [
          "found": [
            "href": badge.href.map { JSON($0) } ?? .null, "context": JSON(badge.context),
            "line": .integer(Int64(badge.line)), "counts": .bool(badge.counts),
            "notes": .array(badge.notes.map(\.json)), "visibility": "not_checked",
          ],
          "answer": badge.decision.json(),
        ]
      }
    )
    return .object(object)
  }
}
