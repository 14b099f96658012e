public import Encodings
public import Messages

/// The answer to "is this badge real, is it in force, does it belong to this page?" (`docs/DESIGN.md`; worst first).
public enum Verdict: String, Sendable, Hashable, CaseIterable, Comparable {
  case notGenuine = "not_genuine"
  case otherPage = "other_page"
  case notInForce = "not_in_force"
  case cannotTell = "cannot_tell"
  case noBadge = "no_badge"
  case genuine, confirmed

  /// Worse verdicts come first.
  public static func < (left: Verdict, right: Verdict) -> Bool { left.rank < right.rank }
  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  public var isPositive: Bool { self == .genuine || self == .confirmed }
}

/// Whether the chamber that is named issued the credential.
public enum Authenticity: String, Sendable, CaseIterable {
  case genuine
  case notGenuine = "not_genuine"
  case unknownIssuer = "unknown_issuer"
  case
    unknownCredential = "unknown_credential"
  case malformed
  case notChecked = "not_checked"
}
/// Whether the credential is in force.
public enum Status: String, Sendable, CaseIterable {
  case active, expired
  case notYetValid = "not_yet_valid"
  case suspended, revoked, superseded, unknown
}
/// Whether the page belongs to the credential, and who says so. The best statement about the names that cover it
/// counts.
public enum BindingResult: String, Sendable, CaseIterable {
  /// The chamber looked, and the page showed that it is the holder's.
  case proved
  /// An officer of the chamber gives its word.
  case vouched
  /// The credential names the page; nobody said more about it.
  case declared
  /// A proof ran out.
  case stale
  /// An officer confirmed that the page is no longer the holder's.
  case failed
  /// Taken off the credential.
  case withdrawn
  case noMatch = "no_match"
  case notStated = "not_stated"
  case notChecked = "not_checked"
}
/// How old what the status rests on is.
public enum Freshness: String, Sendable, CaseIterable { case live, cached, stale }

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

  /// One piece of evidence.
  public struct Param: Sendable, Hashable {
    public let name: String
    public let value: JSON
    public init(_ name: String, _ value: JSON) {
      self.name = name
      self.value = value
    }
  }

  public init(_ code: ReasonCode, severity: Severity? = nil, at: String = "", _ params: [Param] = []) {
    self.code = code
    self.severity = severity ?? (code.severity == .input ? .warn : code.severity)
    self.at = at
    self.params = params
  }

  /// Parameters as the catalogue takes them: lists joined by ", ", and without what is not known.
  public var words: [(String, String)] {
    params.compactMap { param in
      switch param.value {
      case .array(let items): (param.name, items.compactMap(\.string).joined(separator: ", "))
      case .integer(let number): (param.name, "\(number)")
      case .null: nil
      default: (param.name, param.value.string ?? "")
      }
    }
  }

  var json: JSON {
    var object = JSONObject([
      "code": .string(Text(code.rawValue)), "axis": .string(Text(code.axis.rawValue)),
      "severity": .string(Text(severity.rawValue)),
    ])
    if !at.isEmpty { object["at"] = .string(Text(at)) }
    if !params.isEmpty {
      var values = JSONObject()
      for param in params { values[Text(param.name)] = param.value }
      object["params"] = .object(values)
    }
    return .object(object)
  }
}
