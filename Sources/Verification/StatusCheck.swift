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

/// Whether a credential is in force: its dates, its chamber, its bits in the status lists.
struct StatusCheck {
  let claims: AuthenticatedClaims

  /// A list younger than this is called live (`docs/DESIGN.md`, freshness: ttl of a status list).
  static let liveSeconds: Int64 = 300

  func checkTime(_ builder: inout DecisionBuilder) {
    let now = builder.now
    if claims.begins > now.adding(seconds: Verifier.skewSeconds) {
      builder.state(.notYetValid, Reason(.notYetValid, [.init("from", JSON(claims.begins.description))]))
    }
    let end = claims.proofExpires.map { min($0, claims.validUntil) } ?? claims.validUntil
    if end < now { builder.state(.expired, Reason(.expired, [.init("at", JSON(end.description))])) }
    builder.end(by: end)
    if let (days, most) = claims.tooLong {
      builder.reasons.append(
        Reason(.policyValidityTooLong, [.init("days", .integer(days)), .init("max", .integer(most))])
      )
    }
    checkRecognition(&builder)
  }

  /// A credential says that a recognised chamber vouches for a member now. It rests with the recognition of the
  /// chamber, whether that was paused or ended: a chamber that is out of the list still keeps the status lists, and
  /// nobody watches it.
  private func checkRecognition(_ builder: inout DecisionBuilder) {
    let now = builder.now
    if let granted = claims.grantedSince, granted <= now { return }
    // Of several listings the worst counts.
    let changes = claims.listings.compactMap { $0.change(at: now) }
    guard let change = changes.filter({ $0.status != .granted }).max(by: { $0.since < $1.since }) else { return }
    builder.state(
      .suspended,
      Reason(
        change.status == .withdrawn ? .issuerWithdrawn : .issuerSuspended,
        [
          .init("issuer", .string(claims.signer.entity.name)), .init("since", JSON(change.since.description)),
        ]
      )
    )
  }

  func checkStatus(_ evidence: Evidence, _ builder: inout DecisionBuilder) {
    var bits = StatusBits()
    for entry in claims.statusEntries {
      switch evidence.statusLists[entry.list] ?? .unavailable {
      case .unavailable:
        builder.addUncertainty(status: Reason(.statusUnavailable, [.init("list", .string(entry.list))]))
      case .unusable(let why): builder.addUncertainty(status: .unusable(entry.list, why))
      case .rolledBack(let seen, let known):
        builder.addUncertainty(
          status: Reason(
            .statusRollback,
            [.init("seen", JSON(seen.description)), .init("known", JSON(known.description))]
          )
        )
      case .list(let list): check(entry, in: list, bits: &bits, builder: &builder)
      }
    }
    if let missing = claims.missingPurpose {
      builder.addUncertainty(
        status: .unusable(
          "",
          claims.statusEntries.isEmpty
            ? "the credential names no status list" : "the credential names no list for \(missing)"
        )
      )
    }
    if let oldest = bits.oldest, let ends = bits.ends { builder.setStatus(from: oldest, until: ends) }
    conclude(bits, said: evidence.statement, builder: &builder)
  }

  private func check(
    _ entry: StatusEntry,
    in list: VerifiedStatusList,
    bits: inout StatusBits,
    builder: inout DecisionBuilder
  ) {
    let now = builder.now
    guard list.authority === claims.authority, list.content.issuer == claims.issuer, list.url == entry.list else {
      return builder.addUncertainty(status: .unusable(entry.list, "another issuer's list"))
    }
    guard list.validFrom <= now.adding(seconds: Verifier.skewSeconds) else {
      return builder.addUncertainty(status: .unusable(entry.list, "it is not yet valid"))
    }
    let bit: Bool
    do throws(StatusRejection) {
      bit = try list.content.status(of: entry)
    } catch {
      return builder.addUncertainty(status: .unusable(entry.list, DiagnosticText.of(error)))
    }
    if entry.purpose.equals("revocation") {
      bits.isRevoked = bits.isRevoked || bit
    } else {
      bits.isSuspended = bits.isSuspended || bit
    }
    bits.oldest = min(bits.oldest ?? list.validFrom, list.validFrom)
    bits.ends = min(bits.ends ?? list.validUntil, list.validUntil)
    if list.validUntil < now {
      builder.addUncertainty(status: Reason(.statusStale, [.init("asOf", JSON(list.validFrom.description))]))
    }
    // The key of the list may be another than the credential's: what was in doubt about it, or ended since, counts too.
    for doubt in list.doubts { builder.addUncertainty(trust: doubt) }
    if let chain = list.chain, list.doubts.isEmpty, !chain.holds(at: now.seconds, revocationTime: now.seconds) {
      builder.addUncertainty(status: .unusable(entry.list, "its signer's certificates or their revocation lists ended"))
    }
  }

  /// The lists decide. A signed statement dates what they say; what it says against them is never outvoted by a clear
  /// bit.
  private func conclude(_ bits: StatusBits, said: VerifiedStatement?, builder: inout DecisionBuilder) {
    if bits.isRevoked {
      builder.dropStatusDoubts()
      if said?.state == .superseded {
        conclude(said, &builder)
      } else {
        let at = said.flatMap { $0.state == .revoked ? $0.at : nil }
        builder.since = at
        builder.state(.revoked, Reason(.revoked, [.init("at", at.map { JSON($0.description) } ?? .null)]))
      }
      return
    }
    // An Open Badges envelope has the suspension entry alone, and revoking sets that bit too.
    if bits.isSuspended, claims.form == .openBadge, said?.state != .suspended {
      builder.dropStatusDoubts()
      conclude(said, &builder)
      return
    }
    if bits.isSuspended {
      let since = said.flatMap { $0.state == .suspended ? $0.at : nil }
      builder.since = since
      builder.state(.suspended, Reason(.suspended, [.init("since", since.map { JSON($0.description) } ?? .null)]))
    }
    if let said, let oldest = bits.oldest, said.contradicts(bits, asOf: oldest) {
      builder.addUncertainty(
        status: Reason(
          .statusRollback,
          [.init("seen", JSON(oldest.description)), .init("known", JSON(said.at.description))]
        )
      )
    }
    builder.setInForce()
  }

  /// What a statement says of an end; without one nobody knows which end it is.
  private func conclude(_ said: VerifiedStatement?, _ builder: inout DecisionBuilder) {
    builder.since = said?.at
    switch said?.state {
    case .superseded:
      builder.supersededBy = said?.by
      let by: JSON = said?.by.map { JSON($0) } ?? .null
      builder.state(
        .superseded,
        Reason(.superseded, [.init("by", by), .init("at", said.map { JSON($0.at.description) } ?? .null)])
      )
    case .revoked:
      builder.state(.revoked, Reason(.revoked, [.init("at", said.map { JSON($0.at.description) } ?? .null)]))
    case .suspended, .other, nil: builder.state(.suspended, Reason(.suspendedOrEnded))
    }
  }
}

/// The bits of one credential's entries, and the time of the lists they were read from.
private struct StatusBits {
  var isRevoked = false, isSuspended = false
  var oldest: Instant?, ends: Instant?
}

extension VerifiedStatement {
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
