public import Encodings
public import Messages
internal import Storefronts

extension Decision {
  /// What the answer comes down to for people. Every output says it in these words, so that terminal, page, paper and
  /// API never differ.
  public var state: AnswerState {
    func says(_ codes: ReasonCode...) -> Bool { reasons.contains { codes.contains($0.code) } }
    switch verdict {
    case .confirmed: return axes.binding == .vouched ? .vouched : .confirmed
    case .genuine: return axes.binding == .declared ? .declared : .genuine
    case .noBadge: return .noBadge
    case .cannotTell:
      if says(.noBakedData) { return .noPictureData }
      if says(.checkCharactersWrong) { return .mistyped }
      return axes.binding == .stale && axes.authenticity == .genuine && axes.status == .active
        ? .pageStale : .cannotTell
    case .notGenuine:
      if says(.lookalikeVerifierHost) { return .lookalike }
      if says(.notInLog) { return .notInLog }
      switch axes.authenticity {
      case .unknownIssuer: return .unknownIssuer
      case .unknownCredential: return .unknownNumber
      case .genuine, .notGenuine, .malformed, .notChecked: return .notGenuine
      }
    case .otherPage:
      switch axes.binding {
      case .failed: return .pageLost
      case .withdrawn: return .pageRemoved
      case .noMatch where isTwin: return .pageTwin
      default: return .otherPage
      }
    case .notInForce:
      if says(.issuerWithdrawn) { return .chamberWithdrawn }
      if says(.issuerSuspended), !says(.suspended, .suspendedOrEnded, .revoked, .superseded) { return .chamberPaused }
      switch axes.status {
      case .expired: return .expired
      case .notYetValid: return .notYetValid
      case .suspended: return says(.suspendedOrEnded) ? .suspendedOrEnded : .suspended
      case .revoked: return .revoked
      case .superseded: return .replaced
      // Such as a life longer than the programme allows: nothing to praise, and no date to tell.
      case .active, .unknown: return .againstRules
      }
    }
  }

  /// The day that the state's sentence names; nil: nobody knows it.
  public var stateDate: Instant? {
    switch state {
    case .expired: credential?.validUntil
    case .notYetValid: credential?.validFrom
    case .confirmed, .vouched, .pageStale: pageStatement?.provedAt
    case .pageLost, .pageRemoved: pageStatement?.since
    case .chamberPaused, .chamberWithdrawn:
      reasons.first { $0.code == .issuerSuspended || $0.code == .issuerWithdrawn }?.param("since")?.string
        .flatMap { Instant(rfc3339: $0) }
    default: stateSince
    }
  }

  /// Whether the page that was asked about is a registered host with `www.` before it, or without.
  private var isTwin: Bool {
    guard let asked = pageKey, let credential, let host = Self.host(ofKey: asked) else { return false }
    return credential.storefronts.contains { page in
      guard let own = Self.host(ofKey: page.key) else { return false }
      return "www." + own == host || "www." + host == own
    }
  }

  private static func host(ofKey key: String) -> String? {
    let parts = key.split(separator: "/", maxSplits: 1)
    return parts.count == 2 && parts[0] == "site" ? String(parts[1]) : nil
  }
}

extension PageDecision {
  public var state: AnswerState {
    switch verdict {
    case .noBadge: .noBadge
    case .cannotTell: worst?.state ?? .cannotTell
    case .notGenuine: reasons.contains { $0.code == .lookalikeVerifierHost } ? .lookalike : worst?.state ?? .notGenuine
    case .otherPage: worst?.state ?? .otherPage
    case .notInForce, .genuine, .confirmed: worst?.state ?? .cannotTell
    }
  }

  /// The badge that decided.
  public var worst: Decision? {
    badges.filter(\.counts).map(\.decision).first { $0.verdict == verdict }
  }
}

extension Reason {
  /// One piece of its evidence.
  public func param(_ name: String) -> JSON? { params.first { $0.name == name }?.value }
}

extension VerifiedCredential {
  /// The name in a language, else in English, else the first.
  public func name(in language: Language) -> (language: String, text: String)? {
    func primary(_ tag: String) -> String {
      String(decoding: tag.utf8.prefix { $0 != 0x2D }.map(ASCII.lower), as: UTF8.self)
    }
    return names.first { primary($0.language) == language.rawValue } ?? names.first { primary($0.language) == "en" }
      ?? names.first
  }
}
