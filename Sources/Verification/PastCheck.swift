internal import Credentials
internal import Encodings
internal import Messages
internal import TransparencyLog

/// The acts that the log holds of one credential, and the moment of the past at which its state is asked for.
struct LogHistory {
  /// Its issue first.
  let acts: [LogEntry]
  let moment: Instant
}

extension Verifier {
  /// The acts; nil when they cannot be had. Before its issue nobody knew the credential.
  func history(
    _ acts: [LogEntry]?,
    of claims: AuthenticatedClaims,
    until moment: Instant,
    _ builder: inout DecisionBuilder
  ) throws(TokenRejection) -> LogHistory? {
    guard let acts, let issue = acts.first, issue.kind == .issue else { return nil }
    guard issue.at > moment else { return LogHistory(acts: acts, moment: moment) }
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
  func checkPast(_ history: LogHistory?, _ said: VerifiedStatement?, _ builder: inout DecisionBuilder) {
    guard let history else { return builder.addUncertainty(trust: Reason(.logUnavailable)) }
    let state: LogReplay.State?
    do throws(LogRejection) {
      state = try LogReplay.state(at: history.moment, entries: history.acts)
    } catch {
      return builder.addUncertainty(trust: Reason(.logUnavailable))
    }
    let since = history.acts.last { $0.at <= history.moment && $0.kind != .binding }?.at
    let date = since.map { JSON($0.description) } ?? .null
    builder.statusAsOf = history.moment
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
