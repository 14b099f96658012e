internal import Encodings

/// Why a document is not what it should be, and at which member.
public struct DocumentRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong with the member.
  public enum What: Hashable, Sendable {
    case missing
    case wrongKind(expected: String)
    case empty
    case tooMany(max: Int)
    case tooLong(maxBytes: Int)
    case unknownMember
    case duplicate
    case notAURL
    /// No dateTimeStamp: a day that does not exist, hour 24, second 60, no offset where one is required.
    case notADate
    /// Not the plain decimal digits of an integer in range.
    case notAnInteger
    /// Another value than the one that must stand here.
    case notAllowed(value: String)
    /// Contradicts the member named.
    case conflict(with: String)
    /// A control or direction character where a name belongs.
    case forbiddenCharacter(UInt32)
    case key(JWKRejection)
    case multikey(MultikeyRejection)
  }
  /// Path of the member, such as `credentialSubject.memberOrganization.storefronts[2].kind`; empty for the document
  /// itself.
  public let `where`: String
  public let what: What
  public init(_ path: String, _ what: What) {
    self.where = path
    self.what = what
  }
  /// The same in what stands at a path.
  func inside(_ path: String) -> DocumentRejection {
    path.isEmpty ? self : DocumentRejection(self.where.isEmpty ? path : path + "." + self.where, what)
  }

  public var description: String {
    let text: String =
      switch what {
      case .missing: "is missing"
      case .wrongKind(let expected): "is not \(expected)"
      case .empty: "is empty"
      case .tooMany(let max): "has more than \(max) items"
      case .tooLong(let max): "is longer than \(max) bytes"
      case .unknownMember: "is not known"
      case .duplicate: "stands twice"
      case .notAURL: "is not an absolute URL"
      case .notADate: "is not a date with time and offset"
      case .notAnInteger: "is not an integer in range"
      case .notAllowed(let value): "may not be \"\(value)\""
      case .conflict(let other): "contradicts \(other)"
      case .forbiddenCharacter(let scalar): "holds the character U+\(String(scalar, radix: 16, uppercase: true))"
      case .key(let error): "is no key: \(error)"
      case .multikey(let error): "is no Multikey: \(error)"
      }
    return "\(self.where.isEmpty ? "the document" : self.where) \(text)"
  }
}

/// Reads the members of one object; every error names the member it is about. As its view, it lives only inside a
/// `read`.
struct Fields {
  let object: JSONView

  /// The members of a tree, for as long as `body` runs.
  static func read<Result, Failure: Error>(_ object: JSONObject, _ body: (Fields) throws(Failure) -> Result)
    throws(Failure) -> Result
  {
    try FlatJSON(object).read { (view) throws(Failure) -> Result in try body(Fields(object: view)) }
  }

  private init(object: JSONView) { self.object = object }

  /// Throws unless the value is an object.
  init(_ value: JSONView) throws(DocumentRejection) {
    guard value.isObject else { throw DocumentRejection(value.path, .wrongKind(expected: "an object")) }
    self.init(object: value)
  }

  /// For readers of a whole object.
  var tree: JSONObject { object.tree.object ?? [:] }  // it is an object: see init

  func failure(_ name: String, _ what: DocumentRejection.What) -> DocumentRejection {
    DocumentRejection(object.path(name), what)
  }
  func has(_ name: String) -> Bool { object[name] != nil }

  /// A member that must be there.
  func value(_ name: String) throws(DocumentRejection) -> JSONView {
    guard let value = object[name] else { throw failure(name, .missing) }
    return value
  }

  /// What is unknown is refused. Quickest where the names come in the order of RFC 8785, as members do.
  func onlyMembers(_ names: [String]) throws(DocumentRejection) {
    var values = object.members
    var place = 0
    while let name = values.next() {
      guard let found = names[place...].firstIndex(where: name.equals) ?? names[..<place].firstIndex(where: name.equals)
      else { throw failure(name.string ?? "", .unknownMember) }
      place = found
      _ = values.next()
    }
  }

  func refuse(_ names: [String]) throws(DocumentRejection) {
    for name in names where has(name) { throw failure(name, .notAllowed(value: name)) }
  }

  /// Text that is not empty. 4 KiB: the longest narrative we write, four times over.
  func text(_ name: String, maxBytes: Int = 4_096) throws(DocumentRejection) -> Text {
    try Self.text(try value(name), maxBytes: maxBytes)
  }
  /// Nil without the member; `null` is of the wrong kind.
  func optionalText(_ name: String, maxBytes: Int = 4_096) throws(DocumentRejection) -> Text? {
    guard let value = object[name] else { return nil }
    return try Self.text(value, maxBytes: maxBytes)
  }
  /// A text that is not empty, with at most `maxBytes` in UTF-8.
  static func text(_ value: JSONView, maxBytes: Int = 4_096) throws(DocumentRejection) -> Text {
    try check(value, maxBytes: maxBytes)
    return value.text ?? ""  // it is one
  }
  /// The same for a text that is not kept.
  @discardableResult
  static func check(_ value: JSONView, maxBytes: Int = 4_096) throws(DocumentRejection) -> JSONView {
    guard let count = value.utf8?.count else { throw DocumentRejection(value.path, .wrongKind(expected: "a text")) }
    guard count > 0 else { throw DocumentRejection(value.path, .empty) }
    guard count <= maxBytes else { throw DocumentRejection(value.path, .tooLong(maxBytes: maxBytes)) }
    return value
  }
  func check(_ name: String, maxBytes: Int = 4_096) throws(DocumentRejection) -> JSONView {
    try Self.check(try value(name), maxBytes: maxBytes)
  }

  /// A text that is shown to people.
  func shownText(_ name: String, maxBytes: Int = 4_096) throws(DocumentRejection) -> Text {
    try Self.shown(try text(name, maxBytes: maxBytes), at: object.path(name))
  }
  /// A text that people will read (see `shown`).
  func optionalShownText(_ name: String, maxBytes: Int = 4_096) throws(DocumentRejection) -> Text? {
    guard let text = try optionalText(name, maxBytes: maxBytes) else { return nil }
    return try Self.shown(text, at: object.path(name))
  }
  /// No controls, and nothing that turns the direction of the text around it: a name must not rewrite the sentence it
  /// stands in.
  static func shown(_ text: Text, at path: @autoclosure () -> String) throws(DocumentRejection) -> Text {
    if text.bytes.withUnsafeBufferPointer(ASCII.isPrintable) { return text }
    for scalar in text.string.unicodeScalars {
      switch scalar.value {
      case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF,
        0xFFFE, 0xFFFF:
        throw DocumentRejection(path(), .forbiddenCharacter(scalar.value))
      default: break
      }
    }
    return text
  }

  func url(_ name: String) throws(DocumentRejection) -> Text { try Self.url(try value(name)) }
  /// An absolute URL; nil without the member.
  func optionalURL(_ name: String) throws(DocumentRejection) -> Text? {
    guard let value = object[name] else { return nil }
    return try Self.url(value)
  }
  /// An absolute URL.
  static func url(_ value: JSONView) throws(DocumentRejection) -> Text {
    try checkURL(value)
    return value.text ?? ""  // it is one
  }
  /// The same for a URL that is not kept.
  static func checkURL(_ value: JSONView) throws(DocumentRejection) {
    guard let utf8 = try check(value, maxBytes: AbsoluteURL.maxBytes).utf8, AbsoluteURL.isOne(utf8) else {
      throw DocumentRejection(value.path, .notAURL)
    }
  }

  func integer(_ name: String, in range: ClosedRange<Int64> = 0...JSON.largestInteger) throws(DocumentRejection)
    -> Int64
  {
    try Self.integer(try value(name), in: range)
  }
  /// An integer in range; nil without the member.
  func optionalInteger(_ name: String, in range: ClosedRange<Int64> = 0...JSON.largestInteger) throws(DocumentRejection)
    -> Int64?
  {
    guard let value = object[name] else { return nil }
    return try Self.integer(value, in: range)
  }
  private static func integer(_ value: JSONView, in range: ClosedRange<Int64>) throws(DocumentRejection) -> Int64 {
    guard let number = value.int, range.contains(number) else { throw DocumentRejection(value.path, .notAnInteger) }
    return number
  }

  /// A NumericDate of RFC 7519 in whole seconds, from the years 1970 to 9999.
  func seconds(_ name: String) throws(DocumentRejection) -> Int64 { try integer(name, in: Self.numericDates) }
  func optionalSeconds(_ name: String) throws(DocumentRejection) -> Int64? {
    try optionalInteger(name, in: Self.numericDates)
  }
  private static let numericDates: ClosedRange<Int64> = 0...253_402_300_799

  /// With `Z` or an offset.
  func instant(_ name: String) throws(DocumentRejection) -> Instant { try Self.instant(try value(name)) }
  /// RFC 3339 with an offset; nil without the member.
  func optionalInstant(_ name: String) throws(DocumentRejection) -> Instant? {
    guard let value = object[name] else { return nil }
    return try Self.instant(value)
  }
  private static func instant(_ value: JSONView) throws(DocumentRejection) -> Instant {
    guard let instant = Instant(rfc3339: try check(value)) else { throw DocumentRejection(value.path, .notADate) }
    return instant
  }

  /// Without an offset it is UTC (VCDM 2.0 section 5.8).
  func optionalStamp(_ name: String) throws(DocumentRejection) -> Instant? {
    guard let value = object[name] else { return nil }
    guard let instant = Instant(xsdDateTime: try Self.check(value)) else {
      throw DocumentRejection(value.path, .notADate)
    }
    return instant
  }

  func object(_ name: String) throws(DocumentRejection) -> Fields { try Fields(try value(name)) }
  /// An object; nil without the member.
  func optionalObject(_ name: String) throws(DocumentRejection) -> Fields? {
    guard let value = object[name] else { return nil }
    return try Fields(value)
  }

  /// The items of a list, or a value that stands by itself.
  struct Items: Sequence, IteratorProtocol {
    private var values: JSONView.Values?
    let count: Int

    static var none: Items { Items(values: nil, count: 0) }
    private init(values: JSONView.Values?, count: Int) {
      self.values = values
      self.count = count
    }
    init(of value: JSONView) { self.init(values: value.items, count: value.isArray ? value.count : 1) }
    mutating func next() -> JSONView? { values?.next() }
  }

  func array(_ name: String, max: Int) throws(DocumentRejection) -> Items { try Self.array(try value(name), max: max) }
  /// An absent list is an empty one.
  func optionalArray(_ name: String, max: Int) throws(DocumentRejection) -> Items {
    guard let value = object[name] else { return .none }
    return try Self.array(value, max: max)
  }
  private static func array(_ value: JSONView, max: Int) throws(DocumentRejection) -> Items {
    guard value.isArray else { throw DocumentRejection(value.path, .wrongKind(expected: "a list")) }
    guard value.count <= max else { throw DocumentRejection(value.path, .tooMany(max: max)) }
    return Items(of: value)
  }

  /// A value, or a list that is not empty: most properties of VCDM 2.0 may be either (section 6).
  func oneOrMore(_ name: String, max: Int = 64) throws(DocumentRejection) -> Items {
    try Self.oneOrMore(try value(name), max: max)
  }
  /// The items of a list or a value by itself; none without the member.
  func noneOrMore(_ name: String, max: Int = 64) throws(DocumentRejection) -> Items {
    guard let value = object[name] else { return .none }
    return try Self.oneOrMore(value, max: max)
  }
  private static func oneOrMore(_ value: JSONView, max: Int) throws(DocumentRejection) -> Items {
    guard value.isArray else { return Items(of: value) }
    guard value.count > 0 else { throw DocumentRejection(value.path, .empty) }
    return try array(value, max: max)
  }

  /// Texts, each once.
  func texts(_ name: String, max: Int = 64) throws(DocumentRejection) -> [Text] {
    var texts: [Text] = []
    for value in try array(name, max: max) {
      let text = try Self.text(value)
      if texts.contains(text) { throw DocumentRejection(value.path, .duplicate) }
      texts.append(text)
    }
    return texts
  }
  func optionalTexts(_ name: String, max: Int = 64) throws(DocumentRejection) -> [Text] {
    has(name) ? try texts(name, max: max) : []
  }

  /// `type`: one text or a list of them.
  func types() throws(DocumentRejection) -> [Text] {
    let items = try oneOrMore("type")
    var types: [Text] = []
    types.reserveCapacity(items.count)
    for value in items { types.append(try Self.text(value)) }
    return types
  }
  /// Where they only have to be there.
  func checkTypes() throws(DocumentRejection) { for value in try oneOrMore("type") { try Self.check(value) } }
  /// Whether this is among them, which must all be texts.
  func hasType(_ type: String) throws(DocumentRejection) -> Bool {
    var found = false
    for value in try oneOrMore("type") { found = try Self.check(value).equals(type) || found }
    return found
  }
}

/// The shape of an absolute URL (RFC 3986): a scheme, then ASCII without spaces, controls and the characters no URL
/// holds. Where a host decides anything, `HTTPSAddress` reads it.
enum AbsoluteURL {
  /// The longest address browsers and servers agree on.
  static let maxBytes = 2_048

  static func isOne(_ text: Text) -> Bool { text.bytes.withUnsafeBufferPointer { isOne($0) } }

  /// Whether it is an absolute URL: a scheme (RFC 3986 3.1), a colon, something behind it, and only characters of URLs.
  static func isOne(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > 0, colon + 1 < text.count, text.count <= maxBytes
    else { return false }
    let first = ASCII.lower(text[0])
    guard first >= 0x61, first <= 0x7A else { return false }
    for at in 1..<colon {
      let byte = ASCII.lower(text[at])
      guard (byte >= 0x61 && byte <= 0x7A) || ASCII.isDigit(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E else {
        return false
      }
    }
    for at in (colon + 1)..<text.count where !isPlain(text[at]) { return false }
    return true
  }

  /// Not controls, space and "<>\\^`{|}: one bit for each byte of ASCII.
  private static func isPlain(_ byte: UInt8) -> Bool {
    let low: UInt64 = 0xAFFF_FFFA_0000_0000
    let high: UInt64 = 0x47FF_FFFE_AFFF_FFFF
    return byte < 0x80 && (byte < 0x40 ? low >> UInt64(byte) : high >> UInt64(byte & 0x3F)) & 1 == 1
  }
}

/// `https://host[:port][/path]` in its one spelling: lower-case scheme and host, no userinfo, query or fragment, no
/// default port.
struct HTTPSAddress: Hashable {
  let host: Text
  let port: Text?
  /// Empty, or with a leading slash.
  let path: Text

  /// Nil for anything but `https://host[:port]/…` in its one spelling.
  init?(_ text: Text) {
    guard let (colon, slash) = Self.parts(text) else { return nil }
    guard let host = Text(validating: text.bytes[8..<(colon ?? slash)]),
      let path = Text(validating: text.bytes[slash...])
    else { return nil }
    self.host = host
    self.path = path
    port = colon.flatMap { Text(validating: text.bytes[($0 + 1)..<slash]) }
  }

  /// Whether it is one, and what its path is, without making texts.
  static func isOne(_ text: Text, path: Text? = nil) -> Bool {
    guard let (_, slash) = parts(text) else { return false }
    return path.map { text.bytes[slash...].elementsEqual($0.bytes) } ?? true
  }

  /// Where the port's colon stands, and where the path begins.
  private static func parts(_ text: Text) -> (colon: Int?, slash: Int)? {
    text.bytes.withUnsafeBufferPointer { bytes in
      guard AbsoluteURL.isOne(bytes), bytes.starts(with: "https://".utf8) else { return nil }
      var slash = 8
      var colon: Int?
      while slash < bytes.count, bytes[slash] != UInt8(ascii: "/") {
        if bytes[slash] == UInt8(ascii: ":"), colon == nil { colon = slash }
        slash += 1
      }
      for at in slash..<bytes.count where bytes[at] == UInt8(ascii: "?") || bytes[at] == UInt8(ascii: "#") {
        return nil
      }
      guard HostName.isOne(bytes[8..<(colon ?? slash)]) else { return nil }
      if let colon {
        guard let number = ASCII.decimal(bytes[(colon + 1)..<slash]), (1...65_535).contains(number), number != 443
        else { return nil }
      }
      return (colon, slash)
    }
  }

  var authority: Text { port.map { Text("\(host):\($0)") } ?? host }
}

/// A host name as certificates and DIDs have it: two labels or more, letters, digits and hyphens in lower case, no IP
/// address.
enum HostName {
  /// At least two labels of letters, digits and hyphens in lower case, 253 bytes in all; the last is no number.
  static func isOne(_ bytes: some RandomAccessCollection<UInt8>) -> Bool {
    guard bytes.count <= 253 else { return false }
    var dots = 0
    var start = bytes.startIndex
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: ".")) {
      guard isLabel(bytes[start..<end]) else { return false }
      dots += 1
      start = bytes.index(after: end)
    }
    let last = bytes[start...]
    guard dots >= 1, isLabel(last) else { return false }
    // A last label of digits, or 0x and hex digits, is an IPv4 address to browsers (WHATWG URL 3.5).
    return !last.allSatisfy(ASCII.isDigit)
      && !(last.starts(with: [0x30, 0x78]) && last.dropFirst(2).allSatisfy { Hex.decode([0x30, $0]) != nil })
  }

  private static func isLabel(_ label: some RandomAccessCollection<UInt8>) -> Bool {
    (1...63).contains(label.count) && label.first != 0x2D && label.last != 0x2D
      && label.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ASCII.isDigit($0) || $0 == 0x2D }
  }
}
