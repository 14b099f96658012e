/// The one form of a badge link: `https://HOST/c/ID`, optionally with `?lang=ar|en|fr|zh`.
///
/// HOST is the one configured verify host. What other people's hands leave on a link is passed over: `http`, a closing
/// slash, a fragment, and parameters that mail programs and marketplaces append. None of them changes which certificate
/// is named; a page that a parameter names is never believed.
public struct BadgeLink: Hashable, Sendable {
  public let id: CredentialID
  public let language: String?

  public static let languages = ["ar", "en", "fr", "zh"]
  /// Far above the longest badge link; longer addresses are not read.
  static let maxAddressBytes = 2_048

  /// What an address is, seen from a verify host.
  public enum Reading: Hashable, Sendable {
    case badge(BadgeLink)
    /// The form of a badge link, mistyped.
    case checkCharactersWrong
    /// Our host, but not a badge link.
    case hostOnly
    case other
  }

  public init(id: CredentialID, language: String? = nil) {
    self.id = id
    self.language = language
  }

  /// Reads a whole, already resolved address. Folds the case of scheme, host, `c` and id.
  /// - Parameter alsoRecord: takes the address of the signed record, `https://HOST/v1/credentials/ID`, too.
  public static func read(_ address: some Collection<UInt8>, host: String, alsoRecord: Bool = false) -> Reading {
    guard address.count <= maxAddressBytes else { return .other }
    let all = Array(address)
    let address = all.prefix { $0 != UInt8(ascii: "#") }
    // Browsers strip or rewrite these; a reader that resolves addresses has done so before.
    guard address.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return .other }
    guard let schemeEnd = address.firstIndex(of: UInt8(ascii: ":")) else { return .other }
    let secure = ASCII.equalFolded(address[..<schemeEnd], Array("https".utf8))
    guard secure || ASCII.equalFolded(address[..<schemeEnd], Array("http".utf8)) else { return .other }
    guard address[(schemeEnd + 1)...].starts(with: [0x2F, 0x2F]) else { return .other }
    let authorityStart = schemeEnd + 3
    let authority = address[authorityStart...].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    var name = authority
    var userInfo = false
    if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
      name = authority[(at + 1)...]
      userInfo = true
    }
    var defaultPort = true
    if let colon = name.lastIndex(of: UInt8(ascii: ":")) {
      defaultPort = name[(colon + 1)...].elementsEqual((secure ? "443" : "80").utf8)
      name = name[..<colon]
    }
    guard ASCII.equalFolded(name, Array(host.utf8)) else { return .other }
    guard !userInfo, defaultPort else { return .hostOnly }
    return readPath(address[authority.endIndex...], alsoRecord: alsoRecord)
  }

  private static func readPath(_ rest: ArraySlice<UInt8>, alsoRecord: Bool) -> Reading {
    var path = rest.prefix { $0 != UInt8(ascii: "?") }
    let language = languages.first { language in
      rest[path.endIndex...].dropFirst().split(separator: UInt8(ascii: "&")).contains {
        $0.elementsEqual("lang=\(language)".utf8)
      }
    }
    while path.count > 1, path.last == 0x2F { path.removeLast() }
    let idStart: Int
    let record = Array("/v1/credentials/".utf8)
    if path.count > 3, path[path.startIndex] == 0x2F, ASCII.lower(path[path.startIndex + 1]) == 0x63,
      path[path.startIndex + 2] == 0x2F
    {
      idStart = path.startIndex + 3
    } else if alsoRecord, path.starts(with: record) {
      idStart = path.startIndex + record.count
    } else {
      return .hostOnly
    }
    do throws(CredentialIDRejection) {
      return .badge(BadgeLink(id: try CredentialID(reading: path[idStart...]), language: language))
    } catch {
      return error == .checkCharactersWrong ? .checkCharactersWrong : .hostOnly
    }
  }

  /// `https://HOST/c/ID`.
  public static func url(_ id: CredentialID, host: String) -> String { "https://\(host)/c/\(id)" }

  /// Upper case, so that a QR code can use its dense alphanumeric mode.
  public static func qrURL(_ id: CredentialID, host: String) -> String {
    String(decoding: url(id, host: host).utf8.map { ASCII.upper($0) }, as: UTF8.self)
  }
}
