internal import Credentials
internal import Encodings
internal import Messages
internal import TransparencyLog

/// The state of a credential at a moment of the past, by what the log holds of it.
struct PastCheck {
  let claims: AuthenticatedClaims
  let moment: Instant

  /// The acts, its issue first; nil when they cannot be had. Before its issue nobody knew the credential.
  func acts(_ acts: [LogEntry]?, _ builder: inout DecisionBuilder) throws(TokenRejection) -> [LogEntry]? {
    guard let acts, let issue = acts.first, issue.kind == .issue else { return nil }
    guard issue.at > moment else { return acts }
    builder.log = nil
    guard let expected = builder.askedID else {
      throw .notGenuine(Reason(.notInLog, [.init("id", JSON(claims.facts.id))]))
    }
    throw TokenRejection(
      authenticity: .unknownCredential,
      reason: Reason(.credentialUnknown, [.init("id", JSON(expected.description))])
    )
  }

  /// The state by the acts of the log until then. An act counts from its own second on.
  func check(_ acts: [LogEntry]?, said: VerifiedStatement?, builder: inout DecisionBuilder) {
    guard let acts else { return builder.addUncertainty(trust: Reason(.logUnavailable)) }
    let state: LogReplay.State?
    do throws(LogRejection) {
      state = try LogReplay.state(at: moment, entries: acts)
    } catch {
      return builder.addUncertainty(trust: Reason(.logUnavailable))
    }
    let since = acts.last { $0.at <= moment && $0.kind != .binding }?.at
    let date = since.map { JSON($0.description) } ?? .null
    builder.statusAsOf = moment
    builder.axes.freshness = .cached
    switch state {
    case .inForce: builder.setInForce()
    case .suspended:
      builder.since = since
      builder.state(.suspended, Reason(.suspended, [.init("since", date)]))
    case .revoked:
      builder.since = since
      builder.state(.revoked, Reason(.revoked, [.init("at", date)]))
    case .superseded:
      builder.since = since
      builder.supersededBy = said?.state == .superseded ? said?.by : nil
      builder.state(
        .superseded,
        Reason(.superseded, [.init("by", builder.supersededBy.map { JSON($0) } ?? .null), .init("at", date)])
      )
    case .abandoned, nil: builder.addUncertainty(trust: Reason(.logUnavailable))
    }
  }
}
