internal import Encodings
internal import Messages
internal import Storefronts

/// Whether a page is one of those that a credential names.
struct PageCheck {
  let claims: AuthenticatedClaims
  /// By whose platform table pages are read.
  let trust: Trust

  func check(_ builder: inout DecisionBuilder) {
    guard let page = builder.page else {
      builder.axes.binding = .notStated
      builder.reasons.append(PageCheck.pageNotStated)
      return
    }
    guard let table = trust.platforms, let reading = page.reading(under: trust) else {
      builder.axes.binding = .notChecked
      builder.reasons.append(Reason(.trustDataUnavailable, [.init("what", "platforms")]))
      return
    }
    if let refusal = reading.refusal {
      builder.axes.binding = .notChecked
      builder.reasons.append(
        Reason(
          ReasonCode(rawValue: refusal.code) ?? .urlAmbiguous,
          severity: .warn,
          at: "page",
          refusal.params.members.map { .init($0.name.string, $0.value) }
        )
      )
    } else {
      builder.pageKey = reading.key
      if let remark = trust.platformRemark(at: builder.now) { builder.reasons.append(remark) }
      builder.reasons += reading.reasons
      let matching = claims.bindingKeys.filter(reading.matchKeys.contains)
      if !matching.isEmpty {
        checkAge(matching, &builder)
      } else {
        builder.axes.binding = .noMatch
        // The marketplace's own site is on the certificate, and the page is a shop of somebody else on it.
        if let platform = table.platform(ofKey: reading.key),
          claims.bindingKeys.contains(where: { table.isSite($0, of: platform) })
        {
          builder.reasons.append(
            Reason(.scopePlatformOperatorOnly, at: "page", [.init("platform", .string(platform.id))])
          )
        }
        builder.reasons.append(
          Reason(
            .bindingNoMatch,
            at: "page",
            [
              .init("asked", .string(reading.key)), .init("registered", .array(claims.bindingKeys.map { .string($0) })),
            ]
          )
        )
      }
    }
  }

  /// The page is one that the certificate names, by at least one of `keys`. The best of them counts: a proof of the
  /// whole site is not undone by an older one of a part of it.
  private func checkAge(_ keys: [Text], _ builder: inout DecisionBuilder) {
    let now = builder.now
    let statements = keys.compactMap { builder.bindingAges[$0] }
    let good = statements.filter { $0.state == .proved && !$0.isStale(at: now) }
    // A proof before an officer's word; of two, the one that holds longer.
    let best =
      good.filter { !$0.isOfficersWord }.max { ($0.reproveBy ?? now) < ($1.reproveBy ?? now) }
      ?? good.max { ($0.reproveBy ?? now) < ($1.reproveBy ?? now) }
    if let best {
      builder.axes.binding = best.isOfficersWord ? .vouched : .proved
      builder.pageStatement = best
      if let end = best.reproveBy { builder.end(by: end) }
    } else if statements.count < keys.count {
      builder.axes.binding = .declared
      // Beside something worse it would only be noise.
      if builder.stateAxis == .active, !builder.isDoubtful { builder.reasons.append(Self.pageDeclared) }
    } else if let stale = statements.first(where: { $0.state == .proved }) {
      builder.axes.binding = .stale
      builder.pageStatement = stale
      builder.reasons.append(
        Reason(.bindingStale, at: "page", [.init("reproveBy", stale.reproveBy.map { JSON($0.description) } ?? .null)])
      )
    } else if let lost = statements.first {
      builder.axes.binding = lost.state == .failed ? .failed : .withdrawn
      builder.pageStatement = lost
      builder.reasons.append(
        lost.state == .failed
          ? Reason(.bindingFailed, at: "page", [.init("since", JSON(lost.since.description))])
          : Reason(.bindingWithdrawn, at: "page", [.init("at", JSON(lost.since.description))])
      )
    }
  }

  static let pageDeclared = Reason(.pageDeclared, at: "page")
  static let pageNotStated = Reason(.pageNotStated)
}

extension Trust {
  /// Marketplaces move their shops: a table that nobody has looked at for a month is named, one of half a year decides
  /// nothing.
  func platformRemark(at now: Instant) -> Reason? {
    guard let table = platforms, let made = CivilDate(table.version.string)?.startOfDay else { return nil }
    let age = now.seconds - made.seconds
    guard age > Self.tableDueSeconds else { return nil }
    return Reason(
      .tableStale,
      severity: age > Self.tableLifeSeconds ? .warn : .info,
      at: "page",
      [.init("table", "platforms"), .init("version", .string(table.version))]
    )
  }

  /// `docs/DESIGN.md`, freshness: 30 and 180 days.
  static let tableDueSeconds: Int64 = 30 * 86_400
  static let tableLifeSeconds: Int64 = 180 * 86_400
}
