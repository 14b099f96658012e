internal import Credentials
internal import Encodings
internal import Messages
public import Storefronts

/// The page a caller asks about. Immutable, and a class only so that it is held once.
public final class RequestedPage: Sendable {
  /// As the caller wrote it.
  public let asked: String
  public let address: PageAddress
  /// By the table of one authority, where somebody read it before.
  let reading: PageReading?

  public convenience init(asked: String, address: PageAddress) {
    self.init(asked: asked, address: address, reading: nil)
  }

  init(asked: String, address: PageAddress, reading: PageReading?) {
    self.asked = asked
    self.address = address
    self.reading = reading
  }

  /// Whatever table the caller read the address by, it is compared by ours: else two shops of one marketplace could
  /// look alike. Nil without a table, for the same reason.
  func reading(under trust: Trust) -> PageReading? {
    if let reading, reading.authority === trust { return reading }
    return PageReading(address, trust)
  }
}

/// A page's address as one platform table reads it, and its keys.
final class PageReading: Sendable {
  let refusal: AddressRejection?
  let key: Text
  let matchKeys: Set<Text>
  let reasons: [Reason]
  /// Whose table it is.
  let authority: Trust

  /// Nil: there is no table.
  init?(_ stated: PageAddress, _ trust: Trust) {
    guard let table = trust.platforms else { return nil }
    authority = trust
    let address: PageAddress
    do throws(AddressRejection) {
      address = try PageAddress.read(stated.requestURL.bytes, platforms: table)
    } catch {
      (refusal, key, matchKeys, reasons) = (error, "", [], [])
      return
    }
    refusal = nil
    key = address.key.text
    matchKeys = Set(address.matchKeys.map(\.text))
    reasons = address.notes.map { note in
      switch note {
      case .insecureTransport: Reason(.insecureTransport, at: "page")
      case .hostScriptMixed: Reason(.hostScriptMixed, at: "page", [.init("label", .string(address.host))])
      }
    }
  }
}

extension Verifier {
  func checkPage(_ claims: AuthenticatedClaims, _ builder: inout DecisionBuilder) {
    guard let page = builder.page else {
      builder.axes.binding = .notStated
      builder.reasons.append(Self.pageNotStated)
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
      if let remark = remark(on: table, at: builder.now) { builder.reasons.append(remark) }
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

  /// Marketplaces move their shops: a table that nobody has looked at for a month is named, one of half a year decides
  /// nothing.
  func remark(on table: PlatformTable, at now: Instant) -> Reason? {
    guard let made = CivilDate(table.version.string)?.startOfDay else { return nil }
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

  static let pageNotStated = Reason(.pageNotStated)
}

extension TokenAuthenticator {
  /// Pages the token names, each once; an `authorizedOrigin` is a host (`docs/formats.md`, bindings).
  static func bindingKeys(of credential: MembershipCredential) -> [Text] {
    var keys: [Text] = []
    for binding in credential.bindings where !keys.contains(binding.key) { keys.append(binding.key) }
    return keys
  }

  /// The same as they are shown.
  static func storefronts(of organization: MembershipCredential.Organization, _ table: PlatformTable?)
    -> [VerifiedCredential.Storefront]
  {
    var found: [VerifiedCredential.Storefront] = [], keys: Set<Text> = []
    for binding in organization.storefronts where keys.insert(binding.key).inserted {
      found.append(.init(kind: binding.kind.rawValue, key: binding.key.string, display: display(of: binding, table)))
    }
    for origin in organization.authorizedOrigins {
      guard let rest = origin.dropping(prefix: "https://"), keys.insert(Text("site/\(rest)")).inserted else { continue }
      found.append(.init(kind: "host", key: "site/\(rest)", display: origin.string + "/"))
    }
    return found
  }

  /// People read the display, machines the key. A display that is not the address of its key would name somebody else's
  /// page: then the key is shown.
  private static func display(of binding: StorefrontBinding, _ table: PlatformTable?) -> String {
    let shown = binding.display.bytes, scheme = Array("https://".utf8)
    guard shown.starts(with: scheme) else { return binding.key.string }
    let address = shown[scheme.count...]
    let slash = binding.key.bytes.firstIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    let name = binding.key.bytes[slash...]
    switch binding.kind {
    case .host, .path, .domain:
      return address.elementsEqual(name)
        || (address.last == UInt8(ascii: "/") && address.dropLast().elementsEqual(name))
        ? binding.display.string : binding.key.string
    case .platform:
      guard let table else { return binding.key.string }
      do throws(AddressRejection) {
        return try PageAddress.read(shown, platforms: table).key.text == binding.key
          ? binding.display.string : binding.key.string
      } catch { return binding.key.string }
    }
  }
}
