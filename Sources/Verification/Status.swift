internal import Credentials
public import Encodings
internal import Messages
internal import PKI

/// What could be had of one status list. Whoever calls keeps the newest one seen for each address.
public enum StatusReading: Sendable {
  /// A list whose signature and issuer were verified.
  case list(VerifiedStatusList)
  /// Not reachable, or nothing stands there.
  case unavailable
  /// Something stands there, and it is not a list we may use.
  case unusable(String)
  /// Signed, but older than one seen before.
  case rolledBack(seen: Instant, known: Instant)
}

extension Verifier {
  /// A list younger than this is called live (`docs/DESIGN.md`, freshness: ttl of a status list).
  static let liveSeconds: Int64 = 300

  func judgeTime(_ token: VerifiedToken, _ finding: inout Finding) {
    let now = finding.now
    if token.begins > now.adding(seconds: Self.skewSeconds) {
      finding.state(.notYetValid, Reason(.notYetValid, [.init("from", JSON(token.begins.description))]))
    }
    let end = token.proofExpires.map { min($0, token.validUntil) } ?? token.validUntil
    if end < now { finding.state(.expired, Reason(.expired, [.init("at", JSON(end.description))])) }
    finding.end(by: end)
    if let (days, most) = token.tooLong {
      finding.reasons.append(
        Reason(.policyValidityTooLong, [.init("days", .integer(days)), .init("max", .integer(most))])
      )
    }
    judgeRecognition(token, &finding)
  }

  /// A credential says that a recognised chamber vouches for a member now. It rests with the recognition of the
  /// chamber, whether that was paused or ended: a chamber that is out of the list still keeps the status lists, and
  /// nobody watches it.
  private func judgeRecognition(_ token: VerifiedToken, _ finding: inout Finding) {
    let now = finding.now
    if let granted = token.grantedSince, granted <= now { return }
    // Of several listings the worst counts.
    let changes = token.places.compactMap { $0.change(at: now) }
    guard let change = changes.filter({ $0.status != .granted }).max(by: { $0.since < $1.since }) else { return }
    finding.state(
      .suspended,
      Reason(
        .issuerSuspended,
        [
          .init("issuer", .string(token.signer.entity.name)), .init("since", JSON(change.since.description)),
        ]
      )
    )
  }

  func judgeStatus(
    _ token: VerifiedToken,
    _ statement: [UInt8]?,
    _ authority: Trust,
    _ finding: inout Finding,
    statusList: (Text) -> StatusReading
  ) {
    var bits = StatusBits()
    for entry in token.statusEntries {
      switch statusList(entry.list) {
      case .unavailable: finding.doubt(status: Reason(.statusUnavailable, [.init("list", .string(entry.list))]))
      case .unusable(let why): finding.doubt(status: .unusable(entry.list, why))
      case .rolledBack(let seen, let known):
        finding.doubt(
          status: Reason(
            .statusRollback,
            [.init("seen", JSON(seen.description)), .init("known", JSON(known.description))]
          )
        )
      case .list(let list): read(entry, in: list, of: token, &bits, &finding)
      }
    }
    if let missing = token.missingPurpose {
      finding.doubt(
        status: .unusable(
          "",
          token.statusEntries.isEmpty
            ? "the credential names no status list" : "the credential names no list for \(missing)"
        )
      )
    }
    finding.statusAsOf = bits.oldest
    if let ends = bits.ends { finding.end(by: ends) }
    if let oldest = bits.oldest {
      finding.axes.freshness = finding.now.seconds - oldest.seconds <= Self.liveSeconds ? .live : .cached
    }
    let said = statement.flatMap { read(statement: $0, of: token, authority, at: finding.now) }
    conclude(bits, said, &finding)
  }

  private func read(
    _ entry: StatusEntry,
    in list: VerifiedStatusList,
    of token: VerifiedToken,
    _ bits: inout StatusBits,
    _ finding: inout Finding
  ) {
    let now = finding.now
    guard list.trust === token.trust, list.content.issuer == token.issuer, list.url == entry.list else {
      return finding.doubt(status: .unusable(entry.list, "another issuer's list"))
    }
    guard list.validFrom <= now.adding(seconds: Self.skewSeconds) else {
      return finding.doubt(status: .unusable(entry.list, "it is not yet valid"))
    }
    let bit: Bool
    do throws(StatusRejection) {
      bit = try list.content.status(of: entry)
    } catch {
      return finding.doubt(status: .unusable(entry.list, Words.of(error)))
    }
    if entry.purpose.equals("revocation") {
      bits.isRevoked = bits.isRevoked || bit
    } else {
      bits.isSuspended = bits.isSuspended || bit
    }
    bits.oldest = min(bits.oldest ?? list.validFrom, list.validFrom)
    bits.ends = min(bits.ends ?? list.validUntil, list.validUntil)
    if list.validUntil < now {
      finding.doubt(status: Reason(.statusStale, [.init("asOf", JSON(list.validFrom.description))]))
    }
    // The key of the list may be another than the credential's: what was in doubt about it, or ended since, counts too.
    for doubt in list.doubts { finding.doubt(trust: doubt) }
    if let chain = list.chain, list.doubts.isEmpty, !chain.holds(at: now.seconds, revocationTime: now.seconds) {
      finding.doubt(status: .unusable(entry.list, "its signer's certificates or their revocation lists ended"))
    }
  }

  /// The lists decide. A signed statement dates what they say; what it says against them is never outvoted by a clear
  /// bit.
  private func conclude(_ bits: StatusBits, _ said: StatusWord?, _ finding: inout Finding) {
    if bits.isRevoked {
      finding.dropStatusDoubts()
      if let said, said.state == .superseded {
        finding.supersededBy = said.by
        finding.since = said.at
        finding.state(
          .superseded,
          Reason(.superseded, [.init("by", said.by.map { JSON($0) } ?? .null), .init("at", JSON(said.at.description))])
        )
      } else {
        let at = said.flatMap { $0.state == .revoked ? $0.at : nil }
        finding.since = at
        finding.state(.revoked, Reason(.revoked, [.init("at", at.map { JSON($0.description) } ?? .null)]))
      }
      return
    }
    if bits.isSuspended {
      let since = said.flatMap { $0.state == .suspended ? $0.at : nil }
      finding.since = since
      finding.state(.suspended, Reason(.suspended, [.init("since", since.map { JSON($0.description) } ?? .null)]))
    }
    if let said, let oldest = bits.oldest, said.contradicts(bits, asOf: oldest) {
      finding.doubt(
        status: Reason(
          .statusRollback,
          [.init("seen", JSON(oldest.description)), .init("known", JSON(said.at.description))]
        )
      )
    }
    finding.isInForce()
  }
}

/// The bits of one credential's entries, and the time of the lists they were read from.
private struct StatusBits {
  var isRevoked = false, isSuspended = false
  var oldest: Instant?, ends: Instant?
}

extension StatusWord {
  /// Revoked is final, so a clear bit after it is an old list or a broken one. A suspension may have been lifted by a
  /// newer list.
  fileprivate func contradicts(_ bits: StatusBits, asOf oldest: Instant) -> Bool {
    switch state {
    case .revoked, .superseded: !bits.isRevoked
    case .suspended: !bits.isSuspended && at > oldest
    case .other: false
    }
  }
}

extension Reason {
  fileprivate static func unusable(_ list: Text, _ why: String) -> Reason {
    Reason(.statusUnusable, [.init("list", .string(list)), .init("why", JSON(why))])
  }
}
