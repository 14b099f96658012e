internal import Credentials
internal import Encodings
internal import Messages
internal import TransparencyLog

/// A question about a moment before now.
struct Past {
  let moment: Instant
  /// Every entry of the log about a credential, its issue first; nil when the log cannot be read.
  let acts: (VerifiedCredential) -> [LogEntry]?
}

extension Verifier {
  /// The acts, its issue first; nil when they cannot be had. Before its issue nobody knew the credential.
  func actsUntilThen(_ token: VerifiedToken, _ past: Past, _ finding: inout Finding) throws(SignerRefusal)
    -> [LogEntry]?
  {
    guard let acts = past.acts(token.facts), let issue = acts.first, issue.kind == .issue else { return nil }
    guard issue.at > past.moment else { return acts }
    finding.log = nil
    guard let expected = finding.askedID else { throw .forged(Reason(.notInLog, [.init("id", JSON(token.facts.id))])) }
    throw SignerRefusal(
      authenticity: .unknownCredential,
      reason: Reason(.credentialUnknown, [.init("id", JSON(expected.description))])
    )
  }

  /// The state by the acts of the log until then. An act counts from its own second on.
  func judgePast(
    _ token: VerifiedToken,
    _ past: Past,
    _ acts: [LogEntry]?,
    _ statement: [UInt8]?,
    _ authority: Trust,
    _ finding: inout Finding
  ) {
    guard let acts else { return finding.doubt(trust: Reason(.logUnavailable)) }
    let state: LogReplay.State?
    do throws(LogRejection) {
      state = try LogReplay.state(at: past.moment, entries: acts)
    } catch {
      return finding.doubt(trust: Reason(.logUnavailable))
    }
    let since = acts.last { $0.at <= past.moment && $0.kind != .binding }?.at,
      date = since.map { JSON($0.description) } ?? .null
    finding.statusAsOf = past.moment
    finding.axes.freshness = .cached
    switch state {
    case .inForce: finding.isInForce()
    case .suspended:
      finding.since = since
      finding.state(.suspended, Reason(.suspended, [.init("since", date)]))
    case .revoked:
      finding.since = since
      finding.state(.revoked, Reason(.revoked, [.init("at", date)]))
    case .superseded:
      let said = statement.flatMap { read(statement: $0, of: token, authority, at: finding.today) }
      finding.since = since
      finding.supersededBy = said?.state == .superseded ? said?.by : nil
      finding.state(
        .superseded,
        Reason(.superseded, [.init("by", finding.supersededBy.map { JSON($0) } ?? .null), .init("at", date)])
      )
    case .abandoned, nil: finding.doubt(trust: Reason(.logUnavailable))
    }
  }
}
