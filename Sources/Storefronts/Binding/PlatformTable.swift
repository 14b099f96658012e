public import Encodings

/// Which hosts belong to which platform, and where in an address the shop's account stands. Design section 6.
///
/// A table that could be loaded holds together: its members are known, its zones do not overlap, its patterns can
/// match, and each platform's own test addresses gave what they promise.
public struct PlatformTable: Sendable, Hashable {
  static let format: Text = "khatm-platforms/1"
  /// Own files: far above any table we would sign, low enough to bound a mistake.
  static let maxPlatforms = 2_000, maxZones = 64, maxShops = 64, maxSelfTests = 200

  /// The date of the table, `YYYY-MM-DD`.
  public let version: Text
  public let platforms: [Platform]
  private let zones: [[UInt8]: Int]

  /// No platform: every address is a site of its own.
  /// The platform of a page key, `platform/<id>/<account>`.
  public func platform(ofKey key: Text) -> Platform? {
    guard let rest = key.dropping(prefix: "platform/") else { return nil }
    return platform(id: Text(ascii: rest.bytes.prefix { $0 != 0x2F }))
  }

  /// Whether a key names a host of the platform's zones, or a name above them: the operator's site, never a shop's.
  public func isSite(_ key: Text, of platform: Platform) -> Bool {
    if let domain = key.dropping(prefix: "domain/") {
      return platform.zones.contains {
        $0 == domain || $0.bytes.hasDotSuffix(domain.bytes) || domain.bytes.hasDotSuffix($0.bytes)
      }
    }
    guard let site = key.dropping(prefix: "site/") else { return false }
    let host = site.bytes.prefix { $0 != 0x2F && $0 != 0x3A }
    return platform.zones.contains { host.elementsEqual($0.bytes) || Array(host).hasDotSuffix($0.bytes) }
  }

  public static let empty = PlatformTable(version: "0000-00-00", platforms: [], zones: [:])

  private init(version: Text, platforms: [Platform], zones: [[UInt8]: Int]) {
    self.version = version
    self.platforms = platforms
    self.zones = zones
  }

  /// Checks what no single platform can: ids and zones. The self-tests run last, on the finished table.
  init(version: Text, platforms: [Platform]) throws(PlatformTableRejection) {
    guard CivilDate(version.string) != nil else { throw .malformed(at: "version", what: "not a date") }
    guard platforms.count <= Self.maxPlatforms else { throw .malformed(at: "platforms", what: "too many") }
    var zones: [[UInt8]: Int] = [:]
    var ids: Set<Text> = []
    for (index, platform) in platforms.enumerated() {
      guard ids.insert(platform.id).inserted else { throw .malformed(at: platform.id.string, what: "named twice") }
      for zone in platform.zones {
        if zones.updateValue(index, forKey: zone.bytes) != nil { throw .zonesOverlap(zone.string, zone.string) }
      }
    }
    for zone in zones.keys {
      let labels = zone.pieces(at: 0x2E)
      for first in 1..<labels.count {
        let above = Array(labels[first...].joined(separator: [0x2E]))
        if zones[above] != nil {
          throw .zonesOverlap(String(decoding: zone, as: UTF8.self), String(decoding: above, as: UTF8.self))
        }
      }
    }
    self.init(version: version, platforms: platforms, zones: zones)
    for platform in platforms { try platform.runSelfTests(in: self) }
  }

  /// The platform in whose zone a canonical host lies.
  func platform(ofHost host: [UInt8]) -> Platform? {
    if zones.isEmpty { return nil }
    var rest = host[...]
    while true {
      if let index = zones[Array(rest)] { return platforms[index] }
      guard let dot = rest.firstIndex(of: 0x2E) else { return nil }
      rest = rest[(dot + 1)...]
    }
  }

  /// Whether a platform's zone lies at or under this name, or the name in a zone.
  func touches(domain host: [UInt8]) -> Bool {
    platform(ofHost: host) != nil || zones.keys.contains { $0.count > host.count && $0.hasDotSuffix(host) }
  }

  public func platform(id: Text) -> Platform? { platforms.first { $0.id == id } }
}

extension [UInt8] {
  /// `a.b.example` lies under `b.example`, `xb.example` does not.
  func hasDotSuffix(_ name: [UInt8]) -> Bool {
    count > name.count && self[count - name.count - 1] == 0x2E && self[(count - name.count)...].elementsEqual(name)
  }
}

/// Why a platform table is refused as a whole. A rule that cannot be read must never be left out silently.
public enum PlatformTableRejection: Error, Equatable, Sendable, CustomStringConvertible {
  case notJSON(JSONRejection)
  /// A member this version does not know: a rule would silently not apply.
  case unknownMember(at: String, name: String)
  case malformed(at: String, what: String)
  case zonesOverlap(String, String)
  case selfTestFailed(platform: String, page: String, expected: String, got: String)

  public var description: String {
    switch self {
    case .notJSON(let error): "platform table: \(error)"
    case .unknownMember(let at, let name): "platform table: \(at): unknown member \(name)"
    case .malformed(let at, let what): "platform table: \(at): \(what)"
    case .zonesOverlap(let one, let other): "platform table: the zones \(one) and \(other) overlap"
    case .selfTestFailed(let platform, let page, let expected, let got):
      "platform table: \(platform): \(page) should give \(expected), but gave \(got)"
    }
  }
}
