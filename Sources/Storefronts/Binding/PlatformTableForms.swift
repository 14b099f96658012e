internal import Encodings

// The two written forms of a platform table, YAML for people and JSON for machines, hold the same tree and are read by
// one reader.

extension PlatformTable: Decodable {
  /// For YAML: `YAMLDecoder().decode(PlatformTable.self, from: text)`. Only for files of our own.
  /// Throws `PlatformTableRejection`, or the decoder's error when the file is no YAML.
  public init(from decoder: any Decoder) throws {
    try self.init(tree: TextTree(from: decoder).value, textNumbers: true)
  }

  /// The JSON form, as it is published.
  public init(json: [UInt8]) throws(PlatformTableRejection) {
    let tree: JSON
    do {
      tree = try JSON.parse(json, limits: .document)
    } catch {
      throw .notJSON(error)
    }
    try self.init(tree: tree, textNumbers: false)
  }

  private init(tree: JSON, textNumbers: Bool) throws(PlatformTableRejection) {
    let top = try TableReader(tree, at: "table", textNumbers: textNumbers, members: ["format", "version", "platforms"])
    guard try top.text("format") == Self.format else { throw .malformed(at: "format", what: "not \(Self.format)") }
    var platforms: [Platform] = []
    for (index, entry) in try top.list("platforms").enumerated() {
      platforms.append(try Platform(tree: entry, at: "platforms[\(index)]", textNumbers: textNumbers))
    }
    try self.init(version: try top.text("version"), platforms: platforms)
  }

  /// The JSON form in canonical bytes (RFC 8785): equal tables give equal bytes.
  public func json() -> [UInt8] {
    let tree: JSON = [
      "format": .string(Self.format), "version": .string(version), "platforms": .array(platforms.map(\.tree)),
    ]
    return tree.canonical()
  }
}

extension Platform {
  fileprivate init(tree: JSON, at: String, textNumbers: Bool) throws(PlatformTableRejection) {
    let entry = try TableReader(
      tree,
      at: at,
      textNumbers: textNumbers,
      members: ["id", "name", "zones", "account", "fold", "reserved", "shops", "proof", "selftest"]
    )
    id = try entry.text("id")
    let at = "\(at) \(id)"
    guard (1...40).contains(id.bytes.count), id.bytes.allSatisfy({ isDigit($0) || $0 &- 0x61 < 26 || $0 == 0x2D })
    else {
      throw .malformed(at: at, what: "id: small letters, digits and hyphens, at most 40")
    }
    name = try entry.optionalText("name")
    zones = try entry.texts("zones")
    guard (1...PlatformTable.maxZones).contains(zones.count) else {
      throw .malformed(at: at, what: "zones: none, or too many")
    }
    for zone in zones where !Self.isCanonicalHost(zone) {
      throw .malformed(at: at, what: "zone \(zone) is no canonical host")
    }

    let form = try TableReader(
      try entry.value("account"),
      at: "\(at) account",
      textNumbers: textNumbers,
      members: ["letters", "inside", "min", "max"]
    )
    let fold = try entry.text("fold")
    guard fold == "lower" || fold == "none" else { throw .malformed(at: at, what: "fold: lower or none") }
    guard
      let account = AccountRule(
        letters: try form.text("letters"),
        inside: try form.optionalText("inside") ?? "",
        min: try form.number("min"),
        max: try form.number("max"),
        foldsCase: fold == "lower"
      )
    else { throw .malformed(at: at, what: "account: the form matches nothing sensible") }
    self.account = account

    reserved = try entry.optionalTexts("reserved") ?? []
    proof = try entry.optionalTexts("proof") ?? []
    for one in proof where one != "platform-api" && one != "owner-field" {
      throw .malformed(at: at, what: "proof \(one) is not known")
    }

    let rules = try entry.list("shops")
    guard (1...PlatformTable.maxShops).contains(rules.count) else {
      throw .malformed(at: at, what: "shops: none, or too many")
    }
    var shops: [Shop] = []
    for (index, rule) in rules.enumerated() {
      shops.append(try Shop(tree: rule, at: "\(at) shops[\(index)]", zones: zones, textNumbers: textNumbers))
    }
    self.shops = shops

    let tests = try entry.list("selftest")
    var selfTests: [SelfTest] = []
    for (index, test) in tests.enumerated() {
      selfTests.append(try SelfTest(tree: test, at: "\(at) selftest[\(index)]", textNumbers: textNumbers))
    }
    guard selfTests.count <= PlatformTable.maxSelfTests,
      selfTests.contains(where: { if case .key = $0.outcome { true } else { false } }),
      selfTests.contains(where: { if case .refused = $0.outcome { true } else { false } })
    else { throw .malformed(at: at, what: "selftest: needs an address that is read and one that is refused") }
    self.selfTests = selfTests
  }

  /// Whether a host is written in its one spelling already.
  static func isCanonicalHost(_ host: Text) -> Bool {
    do {
      return try InternationalName(reading: host.bytes).bytes == host.bytes
    } catch {
      return false
    }
  }

  fileprivate var tree: JSON {
    var form: JSONObject = JSONObject([
      "letters": .string(account.letters), "min": .integer(Int64(account.min)), "max": .integer(Int64(account.max)),
    ])
    if !account.inside.isEmpty { form["inside"] = .string(account.inside) }
    return .object(
      JSONObject([
        "id": .string(id), "name": name.map { .string($0) }, "zones": Self.list(zones), "account": .object(form),
        "fold": .string(account.foldsCase ? "lower" : "none"), "reserved": reserved.isEmpty ? nil : Self.list(reserved),
        "proof": proof.isEmpty ? nil : Self.list(proof),
        "shops": .array(
          shops.map { shop in
            .object(
              JSONObject([
                "host": .string(shop.hostText), "path": shop.pathText.map { .string($0) },
                "query": shop.query.map { .string($0) },
                "site": shop.sites.isEmpty ? nil : Self.list(shop.sites),
              ])
            )
          }
        ),
        "selftest": .array(
          selfTests.map { test in
            switch test.outcome {
            case .key(let key): .object(JSONObject(["page": .string(test.page), "key": .string(key)]))
            case .refused(let code): .object(JSONObject(["page": .string(test.page), "refused": .string(code)]))
            }
          }
        ),
      ])
    )
  }

  private static func list(_ texts: [Text]) -> JSON { .array(texts.map { .string($0) }) }
}

extension Platform.Shop {
  fileprivate init(tree: JSON, at: String, zones: [Text], textNumbers: Bool) throws(PlatformTableRejection) {
    let rule = try TableReader(tree, at: at, textNumbers: textNumbers, members: ["host", "path", "query", "site"])
    let hostText = try rule.text("host")
    let pathText = try rule.optionalText("path")
    self.hostText = hostText
    self.pathText = pathText
    query = try rule.optionalText("query")
    sites = try rule.optionalTexts("site") ?? []

    let labels = hostText.bytes.pieces(at: 0x2E)
    let host = labels.compactMap { Platform.Piece(Array($0), isLabel: true) }
    guard host.count == labels.count else { throw .malformed(at: at, what: "host \(hostText)") }
    let segments = pathText?.bytes.dropFirst().pieces(at: 0x2F) ?? []
    let path = segments.compactMap { Platform.Piece(Array($0), isLabel: false) }
    guard path.count == segments.count, pathText == nil || pathText?.bytes.first == 0x2F else {
      throw .malformed(at: at, what: "path \(pathText ?? "")")
    }
    self.host = host
    self.path = path
    if let query, query.isEmpty || !query.bytes.allSatisfy({ isAlphanumeric($0) || $0 == 0x5F || $0 == 0x2D }) {
      throw .malformed(at: at, what: "query \(query)")
    }
    // The fixed end of the host must lie in a zone: else the rule is dead, or reads hosts that are not the platform's.
    let end = host.reversed().prefix { if case .fixed = $0 { true } else { false } }.reversed().map {
      piece -> [UInt8] in
      if case .fixed(let text) = piece { text.bytes } else { [] }
    }
    let fixed = Array(end.joined(separator: [0x2E]))
    guard zones.contains(where: { $0.bytes == fixed || fixed.hasDotSuffix($0.bytes) }) else {
      throw .malformed(at: at, what: "host \(hostText) lies in none of the zones")
    }
    let pieces = host + path
    let accounts = pieces.filter { if case .account = $0 { true } else { false } }.count + (query == nil ? 0 : 1)
    guard accounts == 1 else { throw .malformed(at: at, what: "the account must stand in exactly one place") }
    guard pieces.contains(.site) == !sites.isEmpty else {
      throw .malformed(at: at, what: "{site} and the list of sites go together")
    }
  }
}

extension Platform.Piece {
  fileprivate init?(_ text: [UInt8], isLabel: Bool) {
    let account = Array("{account}".utf8)
    if text == Array("{site}".utf8) {
      self = .site
      return
    }
    if text.count >= account.count, text.suffix(account.count).elementsEqual(account) {
      let prefix = Array(text.dropLast(account.count))
      guard prefix.allSatisfy(isUnreserved), !isLabel || prefix.isEmpty else { return nil }
      self = .account(after: Text(ascii: prefix))
      return
    }
    guard
      isLabel ? InternationalName.isLDH(text) && text == folded(text) : !text.isEmpty && text.allSatisfy(isUnreserved),
      text != [0x2E], text != [0x2E, 0x2E]
    else { return nil }
    self = .fixed(Text(ascii: text))
  }
}

extension Platform.SelfTest {
  fileprivate init(tree: JSON, at: String, textNumbers: Bool) throws(PlatformTableRejection) {
    let test = try TableReader(tree, at: at, textNumbers: textNumbers, members: ["page", "key", "refused"])
    page = try test.text("page")
    switch (try test.optionalText("key"), try test.optionalText("refused")) {
    case (let key?, nil): outcome = .key(key)
    case (nil, let code?): outcome = .refused(code)
    default: throw .malformed(at: at, what: "one of key and refused")
    }
  }
}

/// An object of the table whose members are all known.
private struct TableReader {
  let object: JSONObject, at: String, textNumbers: Bool

  /// `at` names the place for messages; `members` are all that may stand there.
  init(_ tree: JSON, at: String, textNumbers: Bool, members: [Text]) throws(PlatformTableRejection) {
    guard let object = tree.object else { throw .malformed(at: at, what: "not a map") }
    for name in object.names where !members.contains(name) { throw .unknownMember(at: at, name: name.string) }
    self.object = object
    self.at = at
    self.textNumbers = textNumbers
  }

  func value(_ name: Text) throws(PlatformTableRejection) -> JSON {
    guard let value = object[name] else { throw .malformed(at: at, what: "\(name) is missing") }
    return value
  }
  func text(_ name: Text) throws(PlatformTableRejection) -> Text {
    guard let text = try value(name).text else { throw .malformed(at: at, what: "\(name) is no text") }
    return text
  }
  func optionalText(_ name: Text) throws(PlatformTableRejection) -> Text? { object[name] == nil ? nil : try text(name) }
  func list(_ name: Text) throws(PlatformTableRejection) -> [JSON] {
    guard let list = try value(name).array else { throw .malformed(at: at, what: "\(name) is no list") }
    return list
  }
  /// A list of texts, each once.
  func texts(_ name: Text) throws(PlatformTableRejection) -> [Text] {
    let texts = try list(name).compactMap(\.text)
    guard texts.count == (try list(name)).count, Set(texts).count == texts.count else {
      throw .malformed(at: at, what: "\(name) is no list of different texts")
    }
    return texts
  }
  func optionalTexts(_ name: Text) throws(PlatformTableRejection) -> [Text]? {
    object[name] == nil ? nil : try texts(name)
  }
  /// 0 to 1,000,000.
  func number(_ name: Text) throws(PlatformTableRejection) -> Int {
    switch try value(name) {
    case .integer(let value) where (0...1_000_000).contains(value): return Int(value)
    // YAML's own guess at types is not trusted: there every scalar arrives as text.
    case .string(let text)
    where textNumbers && (1...6).contains(text.bytes.count) && text.bytes.allSatisfy(isDigit)
      && (text.bytes.count == 1 || text.bytes[0] != 0x30):
      return text.bytes.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    default: throw .malformed(at: at, what: "\(name) is no number")
    }
  }
}

/// Any document as a tree in which every scalar is the text that was written.
private struct TextTree: Decodable {
  let value: JSON
  /// The table is four levels deep.
  private static let maxDepth = 8

  /// Any member name: which ones are known is checked when they are read.
  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Every scalar as text: no guess of YAML's decides what a rule says.
  init(from decoder: any Decoder) throws {
    guard decoder.codingPath.count <= Self.maxDepth else {
      throw PlatformTableRejection.malformed(at: "table", what: "nested too deeply")
    }
    if let map = try Self.attempt({ try decoder.container(keyedBy: Name.self) }) {
      var object = JSONObject()
      for name in map.allKeys { object[Text(name.stringValue)] = try map.decode(TextTree.self, forKey: name).value }
      value = .object(object)
    } else if var list = try Self.attempt({ try decoder.unkeyedContainer() }) {
      var items: [JSON] = []
      while !list.isAtEnd { items.append(try list.decode(TextTree.self).value) }
      value = .array(items)
    } else {
      value = .string(Text(try decoder.singleValueContainer().decode(String.self)))
    }
  }

  /// Nil when the node is of another kind; other errors pass.
  private static func attempt<Value>(_ body: () throws -> Value) throws -> Value? {
    do {
      return try body()
    } catch DecodingError.typeMismatch {
      return nil
    } catch DecodingError.valueNotFound {
      return nil
    }
  }
}
