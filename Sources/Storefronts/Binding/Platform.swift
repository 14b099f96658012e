public import Encodings

/// One platform: its zones, the form of its account names, and the addresses its shops have.
public struct Platform: Sendable, Hashable {
  /// Where in an address the account stands, and what must stand around it.
  struct Shop: Sendable, Hashable {
    /// Labels of the host, segments of the path; the query key whose value is the account.
    let host: [Piece], path: [Piece]
    let query: Text?
    /// What `{site}` may stand for.
    let sites: [Text]
    /// As written in the table.
    let hostText: Text, pathText: Text?
  }

  /// One label or one segment.
  enum Piece: Sendable, Hashable {
    case fixed(Text)
    case site
    /// The rest of the segment after a fixed beginning; empty for a whole one.
    case account(after: Text)
  }

  /// A page of the table with the reading it must have; the table is refused when it reads otherwise.
  struct SelfTest: Sendable, Hashable {
    /// The page key, or the code of the rejection.
    enum Outcome: Sendable, Hashable {
      case key(Text)
      case refused(Text)
    }
    let page: Text, outcome: Outcome
  }

  public let id: Text
  public let name: Text?
  public let zones: [Text]
  public let account: AccountRule
  public let reserved: [Text]
  /// How control of an account may be proved here.
  public let proof: [Text]
  let shops: [Shop]
  let selfTests: [SelfTest]

  /// The account an address names: nil when no rule fits. Two rules that read two accounts fit none.
  func shop(host: [UInt8], path: AddressPath, query: ArraySlice<UInt8>?) throws(AddressRejection)
    -> (account: [UInt8], query: (name: Text, value: Text)?)?
  {
    let labels = host.pieces(at: 0x2E).map { Array($0) }
    var found: (account: [UInt8], query: (name: Text, value: Text)?)?
    for shop in shops {
      guard labels.count == shop.host.count, path.segments.count >= shop.path.count else { continue }
      var account: [UInt8]?
      let fits = zip(shop.host + shop.path, labels + path.segments).allSatisfy { piece, part in
        switch piece {
        case .fixed(let text): return part == text.bytes
        case .site: return shop.sites.contains { $0.bytes == part }
        case .account(let prefix):
          guard part.starts(with: prefix.bytes) else { return false }
          account = Array(part.dropFirst(prefix.bytes.count))
          return true
        }
      }
      guard fits else { continue }
      var named: (name: Text, value: Text)?
      if let name = shop.query {
        guard let value = try ShopQuery.value(of: name.bytes, in: query) else { continue }
        account = value
        named = (name, Text(ascii: value))
      }
      guard let read = account.flatMap({ self.account.canonical($0) }), !reserved.contains(Text(ascii: read)) else {
        continue
      }
      if let found, found.account != read { return nil }
      found = found ?? (read, named)
    }
    return found
  }

  /// Whether the platform itself stands at this host: its apex, a host above shop hosts, one that all shops share, or a
  /// reserved one.
  func isApex(_ host: [UInt8]) -> Bool {
    let labels = host.pieces(at: 0x2E).map { Array($0) }
    return zones.contains { $0.bytes == host }
      || shops.contains { shop in
        guard labels.count <= shop.host.count else { return false }
        return zip(shop.host.suffix(labels.count), labels).allSatisfy { piece, label in
          switch piece {
          case .fixed(let text): text.bytes == label
          case .site: shop.sites.contains { $0.bytes == label }
          case .account: reserved.contains { $0.bytes == label }
          }
        }
      }
      || zones.contains { zone in
        host.hasDotSuffix(zone.bytes) && reserved.contains { $0.bytes + [0x2E] + zone.bytes == host }
      }
  }

  /// Throws at the first page that reads otherwise than the table says.
  func runSelfTests(in table: PlatformTable) throws(PlatformTableRejection) {
    for test in selfTests {
      let got: SelfTest.Outcome
      do {
        got = .key(try PageAddress.read(test.page.bytes, platforms: table).key.text)
      } catch {
        got = .refused(Text(error.code))
      }
      if got != test.outcome {
        throw .selfTestFailed(platform: id.string, page: test.page.string, expected: "\(test.outcome)", got: "\(got)")
      }
    }
  }
}

/// The form of a platform's account names.
public struct AccountRule: Sendable, Hashable {
  /// As written, such as `a-z0-9_`.
  public let letters: Text
  /// Characters that may stand singly between two letters.
  public let inside: Text
  public let min: Int, max: Int
  /// Accounts ignore case; their key is lower case.
  public let foldsCase: Bool
  private let allowed: Set<UInt8>

  /// Nil for a rule whose parts contradict each other, or whose letters have two cases where case is folded.
  init?(letters: Text, inside: Text, min: Int, max: Int, foldsCase: Bool) {
    guard let allowed = Self.expand(letters.bytes), (1...100).contains(min), (min...100).contains(max),
      inside.bytes.allSatisfy({ [0x2D, 0x2E, 0x5F].contains($0) && !allowed.contains($0) }),
      !foldsCase || !allowed.contains(where: { $0 &- 0x41 < 26 })
    else { return nil }
    self.letters = letters
    self.inside = inside
    self.min = min
    self.max = max
    self.foldsCase = foldsCase
    self.allowed = allowed
  }

  /// The account in its one spelling, or nil when it is none.
  func canonical(_ account: [UInt8]) -> [UInt8]? {
    let account = foldsCase ? folded(account) : account
    guard (min...max).contains(account.count) else { return nil }
    var afterLetter = false
    for byte in account {
      if allowed.contains(byte) {
        afterLetter = true
        continue
      }
      guard afterLetter, inside.bytes.contains(byte) else { return nil }
      afterLetter = false
    }
    return afterLetter ? account : nil
  }

  /// `a-z0-9_-`: ranges, and single characters. Only unreserved ones, so that a key needs no escapes.
  private static func expand(_ letters: [UInt8]) -> Set<UInt8>? {
    var out: Set<UInt8> = []
    var index = 0
    while index < letters.count {
      let first = letters[index]
      if index + 2 < letters.count, letters[index + 1] == 0x2D {
        let last = letters[index + 2]
        guard first < last, isAlphanumeric(first), isAlphanumeric(last), isDigit(first) == isDigit(last),
          isDigit(first) || (first & 0x20) == (last & 0x20)
        else { return nil }
        out.formUnion(first...last)
        index += 3
      } else {
        guard isUnreserved(first) else { return nil }
        out.insert(first)
        index += 1
      }
    }
    return out.isEmpty ? nil : out
  }
}

/// The account in a query (design section 6). Servers differ on repeated keys, case, escapes and brackets: any of these
/// is refused.
enum ShopQuery {
  /// The decoded value of the one plain occurrence; nil when the key is absent.
  static func value(of name: [UInt8], in query: ArraySlice<UInt8>?) throws(AddressRejection) -> [UInt8]? {
    guard let query else { return nil }
    var found: [UInt8]?
    for part in query.pieces(at: 0x26) {
      let equals = part.firstIndex(of: 0x3D)
      let key = part[..<(equals ?? part.endIndex)]
      if key.elementsEqual(name) {
        if found != nil { throw .ambiguous(at: part.startIndex) }
        found = equals.map { percentDecoded(part[($0 + 1)...]) } ?? []
      } else if part.pieces(at: 0x3B).contains(where: { resembles($0, name) }) {
        throw .ambiguous(at: part.startIndex)
      }
    }
    return found
  }

  /// Whether some server would take this piece for the key: by case, escapes, `+` or spaces, an array suffix, a NUL, or
  /// `;` as `&`.
  private static func resembles(_ piece: ArraySlice<UInt8>, _ name: [UInt8]) -> Bool {
    let key = piece[..<(piece.firstIndex(of: 0x3D) ?? piece.endIndex)]
    let decoded = folded(percentDecoded(key)).map { $0 == 0x2B ? 0x20 : $0 }
    let trimmed = decoded.drop { $0 == 0x20 }.prefix { $0 != 0x5B && $0 != 0 && $0 != 0x20 }
    return trimmed.elementsEqual(folded(name))
  }
}
