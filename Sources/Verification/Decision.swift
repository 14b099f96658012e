public import Encodings
public import Messages

/// The answer to "is this badge real, is it in force, does it belong to this page?" (`docs/DESIGN.md`; worst first).
public enum Verdict: String, Sendable, Hashable, CaseIterable, Comparable {
  case notGenuine = "not_genuine", otherPage = "other_page", notInForce = "not_in_force", cannotTell = "cannot_tell"
  case noBadge = "no_badge", genuine, confirmed

  /// Worse verdicts come first.
  public static func < (left: Verdict, right: Verdict) -> Bool { left.rank < right.rank }
  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  public var isPositive: Bool { self == .genuine || self == .confirmed }
}

public enum Authenticity: String, Sendable { case genuine, notGenuine = "not_genuine", unknownIssuer = "unknown_issuer",
  unknownCredential = "unknown_credential", malformed, notChecked = "not_checked" }
public enum Status: String, Sendable { case active, expired, notYetValid = "not_yet_valid", suspended, revoked, superseded, unknown }
public enum BindingResult: String, Sendable { case match, noMatch = "no_match", notStated = "not_stated", stale,
  notProvable = "not_provable", notChecked = "not_checked" }
public enum Freshness: String, Sendable { case live, cached, stale }

/// All four are always present; each starts at "not checked", so that a step left out can never look like a good one.
public struct Axes: Sendable, Hashable {
  public internal(set) var authenticity = Authenticity.notChecked
  public internal(set) var status = Status.unknown
  public internal(set) var binding = BindingResult.notChecked
  public internal(set) var freshness = Freshness.stale
}

/// One code with its evidence. Sentences for people come from `Messages`.
public struct Reason: Sendable, Hashable {
  public let code: ReasonCode
  /// Usually the code's own; an `input` code that comes from a page or a redirect is a `warn`.
  public let severity: Severity
  /// `token`, `status`, `page` … where it was found; empty when the axis says it.
  public let at: String
  public let params: [Param]

  public struct Param: Sendable, Hashable {
    public let name: String
    public let value: JSON
    public init(_ name: String, _ value: JSON) { self.name = name; self.value = value }
  }

  public init(_ code: ReasonCode, severity: Severity? = nil, at: String = "", _ params: [Param] = []) {
    self.code = code
    self.severity = severity ?? (code.severity == .input ? .warn : code.severity)
    self.at = at
    self.params = params
  }

  /// Parameters as the catalogue takes them: lists joined by ", ".
  public var words: [(String, String)] {
    params.map { param in
      switch param.value {
      case .array(let items): (param.name, items.compactMap(\.string).joined(separator: ", "))
      case .integer(let number): (param.name, "\(number)")
      case .null: (param.name, "–")
      default: (param.name, param.value.string ?? "")
      }
    }
  }

  var json: JSON {
    var object = JSONObject(["code": .string(Text(code.rawValue)), "axis": .string(Text(code.axis.rawValue)), "severity": .string(Text(severity.rawValue))])
    if !at.isEmpty { object["at"] = .string(Text(at)) }
    if !params.isEmpty {
      var values = JSONObject()
      for param in params { values[Text(param.name)] = param.value }
      object["params"] = .object(values)
    }
    return .object(object)
  }
}

/// A credential whose token was verified: only `Verifier` makes one, and only from bytes whose signature, chain and issuer held.
public struct VerifiedCredential: Sendable, Hashable {
  /// The last segment of the credential's address: the 18 characters, or what another authority uses.
  public let id: String
  public let url: String
  public let programme: String
  /// DID of the chamber; its name comes from the trust list, never from the token.
  public let issuer: String, issuerName: String
  public let names: [(language: String, text: String)]
  public let registerID: String, country: String, membershipNumber: String
  public let memberSince: Instant?
  public let validFrom: Instant, validUntil: Instant
  public let storefronts: [Storefront]
  /// SHA-256 of the token, hexadecimal.
  public let tokenDigest: String

  public struct Storefront: Sendable, Hashable {
    public let kind: String, key: String, display: String
  }

  init(id: String, url: String, programme: String, issuer: String, issuerName: String, names: [(language: String, text: String)],
       registerID: String, country: String, membershipNumber: String, memberSince: Instant?, validFrom: Instant, validUntil: Instant,
       storefronts: [Storefront], tokenDigest: String) {
    self.id = id; self.url = url; self.programme = programme; self.issuer = issuer; self.issuerName = issuerName; self.names = names
    self.registerID = registerID; self.country = country; self.membershipNumber = membershipNumber; self.memberSince = memberSince
    self.validFrom = validFrom; self.validUntil = validUntil; self.storefronts = storefronts; self.tokenDigest = tokenDigest
  }

  public static func == (left: VerifiedCredential, right: VerifiedCredential) -> Bool { left.tokenDigest == right.tokenDigest }
  public func hash(into hasher: inout Hasher) { hasher.combine(tokenDigest) }
}

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
  public let pageAsked: String?, pageKey: String?
  public let checkedAt: Instant
  public let statusAsOf: Instant?
  public let answerNotAfter: Instant
  public let platformsVersion: String?

  init(axes: Axes, reasons: [Reason], credential: VerifiedCredential?, askedID: CredentialID?, supersededBy: String? = nil,
       stateSince: Instant? = nil, page: (asked: String, key: String?)?, checkedAt: Instant, statusAsOf: Instant? = nil,
       statusEnds: Instant? = nil, platformsVersion: String? = nil) {
    verdict = Self.judge(axes, reasons)
    self.axes = axes; self.reasons = reasons; self.askedID = askedID
    self.credential = credential
    self.supersededBy = supersededBy; self.stateSince = stateSince
    pageAsked = page?.asked; pageKey = page?.key
    self.checkedAt = checkedAt; self.statusAsOf = statusAsOf; self.platformsVersion = platformsVersion
    // `docs/DESIGN.md`, freshness: 5 min positive, 15 min negative, 60 s for "cannot tell"; never past what it rests on.
    let life: Int64 = verdict.isPositive ? 300 : verdict == .cannotTell ? 60 : 900
    let wanted = checkedAt.adding(seconds: life)
    var limits = [wanted]
    if verdict.isPositive { limits += [statusEnds, credential?.validUntil].compactMap { $0 } }
    answerNotAfter = max(limits.min() ?? wanted, checkedAt)
  }

  /// The one place where a verdict is made. A thief's page is never described by the owner's status alone, so the page goes first.
  static func judge(_ axes: Axes, _ reasons: [Reason]) -> Verdict {
    let errors = Set(reasons.filter { $0.severity == .error }.map(\.code.axis))
    let doubts = reasons.contains { ($0.severity == .warn || $0.severity == .input) && $0.code.axis != .note }
    switch axes.authenticity {
    case .genuine: break
    case .notChecked: return errors.contains(.authenticity) ? .notGenuine : .cannotTell
    case .notGenuine, .unknownIssuer, .unknownCredential, .malformed: return .notGenuine
    }
    if errors.contains(.authenticity) { return .notGenuine }
    if axes.binding == .noMatch || errors.contains(.binding) { return .otherPage }
    switch axes.status {
    case .expired, .notYetValid, .suspended, .revoked, .superseded: return .notInForce
    case .unknown: return errors.contains(.status) ? .notInForce : .cannotTell
    case .active: break
    }
    if !errors.isEmpty { return errors.contains(.status) ? .notInForce : .cannotTell }
    if doubts || axes.freshness == .stale { return .cannotTell }
    switch axes.binding {
    case .match: return .confirmed
    case .notStated: return .genuine
    case .stale, .notProvable, .notChecked, .noMatch: return .cannotTell
    }
  }

  /// The answer object (`docs/formats.md`).
  public func json(registered extra: [JSON] = []) -> JSON {
    var object = JSONObject([
      "v": 1, "verdict": .string(Text(verdict.rawValue)),
      "axes": ["authenticity": JSON(axes.authenticity.rawValue), "status": JSON(axes.status.rawValue),
               "binding": JSON(axes.binding.rawValue), "freshness": JSON(axes.freshness.rawValue)],
      "reasons": .array(reasons.map(\.json)),
      "credential": .null, "registered": [],
      "checkedAt": JSON(checkedAt.description), "statusAsOf": statusAsOf.map { JSON($0.description) } ?? .null,
      "answerNotAfter": JSON(answerNotAfter.description),
    ])
    if let credential {
      object["credential"] = [
        "id": JSON(credential.id), "url": JSON(credential.url), "programme": JSON(credential.programme),
        "issuer": ["id": JSON(credential.issuer), "name": JSON(credential.issuerName)],
        "subject": ["names": .array(credential.names.map { ["lang": JSON($0.language), "text": JSON($0.text)] }),
                    "registerId": JSON(credential.registerID), "country": JSON(credential.country),
                    "membershipNumber": JSON(credential.membershipNumber),
                    "memberSince": credential.memberSince.map { JSON($0.description) } ?? .null],
        "validFrom": JSON(credential.validFrom.description), "validUntil": JSON(credential.validUntil.description),
        "tokenDigest": JSON("sha-256:" + credential.tokenDigest),
        "supersededBy": supersededBy.map { JSON($0) } ?? .null,
      ]
      object["registered"] = .array(credential.storefronts.map { ["kind": JSON($0.kind), "key": JSON($0.key), "display": JSON($0.display)] })
    } else if let askedID {
      object["asked"] = ["id": JSON(askedID.description)]
    }
    if let stateSince { object["stateSince"] = JSON(stateSince.description) }
    if let pageAsked {
      object["page"] = ["asked": JSON(pageAsked), "final": .null, "key": pageKey.map { JSON($0) } ?? .null, "statedBy": "caller"]
    }
    if let platformsVersion { object["tables"] = ["platforms": JSON(platformsVersion)] }
    return .object(object)
  }
}
