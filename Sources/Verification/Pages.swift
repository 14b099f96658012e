internal import Credentials
internal import Encodings
internal import Messages
public import Storefronts
internal import Synchronization

/// The page a caller asks about. Keep it for several credentials: what is worked out for the first serves the others.
public struct PageQuestion: Sendable {
  private let parts: Parts

  private final class Parts: Sendable {
    let asked: String, address: PageAddress
    let last = Mutex<Reading?>(nil)
    init(asked: String, address: PageAddress) {
      self.asked = asked
      self.address = address
    }
  }

  /// As the caller wrote it.
  public var asked: String { parts.asked }
  public var address: PageAddress { parts.address }

  public init(asked: String, address: PageAddress) { parts = Parts(asked: asked, address: address) }

  /// The address by one platform table, and its keys.
  final class Reading: Sendable {
    /// No two readings have the same, so a token can remember the last one that was its own.
    let serial: UInt64
    fileprivate let mark: TrustVersionMark
    let refusal: AddressRejection?
    let key: Text, keyText: String, matchKeys: Set<Text>, reasons: [Reason]
    private static let serials = Atomic<UInt64>(0)

    fileprivate init(_ address: PageAddress?, _ refusal: AddressRejection?, _ mark: TrustVersionMark) {
      self.refusal = refusal
      self.mark = mark
      serial = Self.serials.add(1, ordering: .relaxed).newValue
      key = address?.key.text ?? ""
      keyText = key.string
      matchKeys = Set((address?.matchKeys ?? []).map(\.text))
      reasons = (address?.notes ?? []).map { note in
        switch note {
        case .insecureTransport: Reason(.insecureTransport, at: "page")
        case .hostScriptMixed: Reason(.hostScriptMixed, at: "page", [.init("label", .string(address?.host ?? ""))])
        }
      }
    }
  }

  /// Whatever table the caller read the address by, it is compared by ours: else two shops of one marketplace could
  /// look alike.
  func reading(by table: @autoclosure () -> PlatformTable?, _ mark: TrustVersionMark) -> Reading? {
    if let known = parts.last.withLock({ $0 }), known.mark === mark { return known }
    // Without the table two shops of one marketplace look alike.
    guard let table = table() else { return nil }
    let reading: Reading
    do throws(AddressRejection) {
      reading = Reading(try PageAddress.read(address.requestURL.bytes, platforms: table), nil, mark)
    } catch { reading = Reading(nil, error, mark) }
    parts.last.withLock { $0 = reading }
    return reading
  }
}

extension Verifier {
  func judgePage(_ token: VerifiedToken, _ finding: inout Finding) {
    guard let page = finding.page else {
      finding.axes.binding = .notStated
      finding.reasons.append(Self.pageNotStated)
      return
    }
    guard let table = trust.platforms, let reading = page.reading(by: table, trust.mark) else {
      finding.axes.binding = .notChecked
      finding.reasons.append(Reason(.trustDataUnavailable, [.init("what", "platforms")]))
      return
    }
    if let refusal = reading.refusal {
      finding.axes.binding = .notChecked
      finding.reasons.append(
        Reason(
          ReasonCode(rawValue: refusal.code) ?? .urlAmbiguous,
          severity: .warn,
          at: "page",
          refusal.params.members.map { .init($0.name.string, $0.value) }
        )
      )
    } else {
      finding.pageKey = reading.key
      if let remark = remark(on: table, at: finding.now) { finding.reasons.append(remark) }
      finding.reasons += reading.reasons
      let matching = token.bindingKeys.filter(reading.matchKeys.contains)
      if !matching.isEmpty {
        judgeAge(matching, &finding)
      } else {
        finding.axes.binding = .noMatch
        // The marketplace's own site is on the certificate, and the page is a shop of somebody else on it.
        if let platform = table.platform(ofKey: reading.key),
          token.bindingKeys.contains(where: { table.isSite($0, of: platform) })
        {
          finding.reasons.append(
            Reason(.scopePlatformOperatorOnly, at: "page", [.init("platform", .string(platform.id))])
          )
        }
        finding.reasons.append(
          Reason(
            .bindingNoMatch,
            at: "page",
            [
              .init("asked", .string(reading.key)), .init("registered", .array(token.bindingKeys.map { .string($0) })),
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
  static let tableDueSeconds: Int64 = 30 * 86_400, tableLifeSeconds: Int64 = 180 * 86_400

  static let pageNotStated = Reason(.pageNotStated)
}

extension AuthenticityCheck {
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
