internal import Encodings

/// Why a document is not what it should be, and at which member.
public struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
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
    case key(JWKError)
    case multikey(MultikeyError)
  }
  /// Path of the member, such as `credentialSubject.memberOrganization.storefronts[2].kind`; empty for the document itself.
  public let `where`: String
  public let what: What
  public init(_ path: String, _ what: What) { (self.where, self.what) = (path, what) }

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

/// Reads the members of one object and knows where it stands, so that every error names its member.
struct Fields {
  let object: JSONObject
  let path: String

  init(_ object: JSONObject, at path: String = "") { (self.object, self.path) = (object, path) }

  init(_ value: JSON, at path: String) throws(DocumentError) {
    guard let object = value.object else { throw DocumentError(path, .wrongKind(expected: "an object")) }
    self.init(object, at: path)
  }

  func at(_ name: String) -> String { path.isEmpty ? name : path + "." + name }
  func failure(_ name: String, _ what: DocumentError.What) -> DocumentError { DocumentError(at(name), what) }
  func has(_ name: String) -> Bool {
    if case .none = object[name] { return false }
    return true
  }

  func value(_ name: String) throws(DocumentError) -> JSON {
    guard let value = object[name] else { throw failure(name, .missing) }
    return value
  }

  /// What is unknown is refused.
  func onlyMembers(_ names: [String]) throws(DocumentError) {
    for member in object.members where !names.contains(where: { member.name.equals($0) }) {
      throw failure(member.name.string, .unknownMember)
    }
  }

  func refuse(_ names: [String]) throws(DocumentError) {
    for name in names where has(name) { throw failure(name, .notAllowed(value: name)) }
  }

  /// Text that is not empty. 4 KiB: the longest narrative we write, four times over.
  func text(_ name: String, maxBytes: Int = 4_096) throws(DocumentError) -> Text {
    try Self.text(try value(name), at: at(name), maxBytes: maxBytes)
  }
  func optionalText(_ name: String, maxBytes: Int = 4_096) throws(DocumentError) -> Text? {
    guard let value = object[name] else { return nil }
    return try Self.text(value, at: at(name), maxBytes: maxBytes)
  }
  static func text(_ value: JSON, at path: @autoclosure () -> String, maxBytes: Int = 4_096) throws(DocumentError) -> Text {
    guard let text = value.text else { throw DocumentError(path(), .wrongKind(expected: "a text")) }
    guard !text.isEmpty else { throw DocumentError(path(), .empty) }
    guard text.bytes.count <= maxBytes else { throw DocumentError(path(), .tooLong(maxBytes: maxBytes)) }
    return text
  }

  /// A text that is shown to people.
  func shownText(_ name: String, maxBytes: Int = 4_096) throws(DocumentError) -> Text {
    try Self.shown(try text(name, maxBytes: maxBytes), at: at(name))
  }
  func optionalShownText(_ name: String, maxBytes: Int = 4_096) throws(DocumentError) -> Text? {
    guard let text = try optionalText(name, maxBytes: maxBytes) else { return nil }
    return try Self.shown(text, at: at(name))
  }
  /// No controls, and nothing that turns the direction of the text around it: a name must not rewrite the sentence it stands in.
  static func shown(_ text: Text, at path: @autoclosure () -> String) throws(DocumentError) -> Text {
    if text.bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    for scalar in text.string.unicodeScalars {
      switch scalar.value {
      case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF:
        throw DocumentError(path(), .forbiddenCharacter(scalar.value))
      default: break
      }
    }
    return text
  }

  func url(_ name: String) throws(DocumentError) -> Text { try Self.url(try value(name), at: at(name)) }
  func optionalURL(_ name: String) throws(DocumentError) -> Text? {
    guard let value = object[name] else { return nil }
    return try Self.url(value, at: at(name))
  }
  static func url(_ value: JSON, at path: @autoclosure () -> String) throws(DocumentError) -> Text {
    let text = try text(value, at: path(), maxBytes: AbsoluteURL.maxBytes)
    guard AbsoluteURL.isOne(text) else { throw DocumentError(path(), .notAURL) }
    return text
  }

  func integer(_ name: String, in range: ClosedRange<Int64> = 0...JSON.largestInteger) throws(DocumentError) -> Int64 {
    guard let number = try value(name).int, range.contains(number) else { throw failure(name, .notAnInteger) }
    return number
  }
  func optionalInteger(_ name: String, in range: ClosedRange<Int64> = 0...JSON.largestInteger) throws(DocumentError) -> Int64? {
    has(name) ? try integer(name, in: range) : nil
  }

  /// A NumericDate of RFC 7519 in whole seconds, from the years 1970 to 9999.
  func seconds(_ name: String) throws(DocumentError) -> Int64 { try integer(name, in: 0...253_402_300_799) }
  func optionalSeconds(_ name: String) throws(DocumentError) -> Int64? { has(name) ? try seconds(name) : nil }

  /// With `Z` or an offset.
  func instant(_ name: String) throws(DocumentError) -> Instant {
    guard let instant = Instant(rfc3339: try text(name)) else { throw failure(name, .notADate) }
    return instant
  }
  func optionalInstant(_ name: String) throws(DocumentError) -> Instant? { has(name) ? try instant(name) : nil }

  /// Without an offset it is UTC (VCDM 2.0 section 5.8).
  func optionalStamp(_ name: String) throws(DocumentError) -> Instant? {
    guard has(name) else { return nil }
    guard let instant = Instant(xsdDateTime: try text(name)) else { throw failure(name, .notADate) }
    return instant
  }

  func object(_ name: String) throws(DocumentError) -> Fields { try Fields(try value(name), at: at(name)) }
  func optionalObject(_ name: String) throws(DocumentError) -> Fields? { has(name) ? try object(name) : nil }

  func array(_ name: String, max: Int) throws(DocumentError) -> [(value: JSON, path: String)] {
    guard let items = try value(name).array else { throw failure(name, .wrongKind(expected: "a list")) }
    guard items.count <= max else { throw failure(name, .tooMany(max: max)) }
    let path = at(name) + "["
    return items.enumerated().map { ($1, path + String($0) + "]") }
  }
  /// An absent list is an empty one.
  func optionalArray(_ name: String, max: Int) throws(DocumentError) -> [(value: JSON, path: String)] {
    has(name) ? try array(name, max: max) : []
  }

  /// A value, or a list that is not empty: most properties of VCDM 2.0 may be either (section 6).
  func oneOrMore(_ name: String, max: Int = 64) throws(DocumentError) -> [(value: JSON, path: String)] {
    guard let items = try value(name).array else { return [(try value(name), at(name))] }
    guard !items.isEmpty else { throw failure(name, .empty) }
    return try array(name, max: max)
  }
  func noneOrMore(_ name: String, max: Int = 64) throws(DocumentError) -> [(value: JSON, path: String)] {
    has(name) ? try oneOrMore(name, max: max) : []
  }

  /// Texts, each once.
  func texts(_ name: String, max: Int = 64) throws(DocumentError) -> [Text] {
    var texts: [Text] = []
    for (value, path) in try array(name, max: max) {
      let text = try Self.text(value, at: path)
      if texts.contains(text) { throw DocumentError(path, .duplicate) }
      texts.append(text)
    }
    return texts
  }
  func optionalTexts(_ name: String, max: Int = 64) throws(DocumentError) -> [Text] { has(name) ? try texts(name, max: max) : [] }

  /// `type`: one text or a list of them.
  func types() throws(DocumentError) -> [Text] {
    var types: [Text] = []
    for (value, path) in try oneOrMore("type") { types.append(try Self.text(value, at: path)) }
    return types
  }
}

/// The shape of an absolute URL (RFC 3986): a scheme, then ASCII without spaces, controls and the characters no URL holds.
/// Where a host decides anything, `HTTPSAddress` reads it.
enum AbsoluteURL {
  /// The longest address browsers and servers agree on.
  static let maxBytes = 2_048

  static func isOne(_ text: Text) -> Bool {
    guard let colon = text.bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0, colon + 1 < text.bytes.count, text.bytes.count <= maxBytes
    else { return false }
    let first = ASCII.lower(text.bytes[0])
    guard first >= 0x61, first <= 0x7A else { return false }
    let scheme = text.bytes[..<colon].allSatisfy {
      let byte = ASCII.lower($0)
      return (byte >= 0x61 && byte <= 0x7A) || ASCII.isDigit(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E
    }
    return scheme && text.bytes[(colon + 1)...].allSatisfy { byte in
      switch byte {
      case 0...0x20, 0x7F..., 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B...0x7D: false      // controls, space and "<>\\^`{|}
      default: true
      }
    }
  }
}

/// `https://host[:port][/path]` in its one spelling: lower-case scheme and host, no userinfo, query or fragment, no default port.
struct HTTPSAddress: Hashable {
  let host: Text
  let port: Text?
  /// Empty, or with a leading slash.
  let path: Text

  init?(_ text: Text) {
    let prefix: Text = "https://"
    guard AbsoluteURL.isOne(text), text.hasPrefix(prefix) else { return nil }
    let rest = text.bytes[prefix.bytes.count...]
    let authority = rest.prefix { $0 != UInt8(ascii: "/") }
    let pathBytes = rest[authority.endIndex...]
    guard !pathBytes.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) else { return nil }
    let parts = authority.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, HostName.isOne(name) else { return nil }
    if parts.count == 2 {
      guard let number = ASCII.decimal(parts[1]), (1...65_535).contains(number), number != 443 else { return nil }
      port = Text(validating: parts[1])
    } else {
      port = nil
    }
    guard let host = Text(validating: name), let path = Text(validating: pathBytes) else { return nil }
    (self.host, self.path) = (host, path)
  }

  var authority: Text { port.map { Text("\(host):\($0)") } ?? host }
}

/// A host name as certificates and DIDs have it: two labels or more, letters, digits and hyphens in lower case, no IP address.
enum HostName {
  static func isOne(_ bytes: some Collection<UInt8>) -> Bool {
    let labels = Array(bytes).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard bytes.count <= 253, labels.count >= 2, let last = labels.last else { return false }
    for label in labels {
      guard (1...63).contains(label.count), label.first != 0x2D, label.last != 0x2D,
        label.allSatisfy({ ($0 >= 0x61 && $0 <= 0x7A) || ASCII.isDigit($0) || $0 == 0x2D })
      else { return false }
    }
    // A last label of digits, or 0x and hex digits, is an IPv4 address to browsers (WHATWG URL 3.5).
    return !last.allSatisfy(ASCII.isDigit) && !(last.starts(with: [0x30, 0x78]) && last.dropFirst(2).allSatisfy { Hex.decode([0x30, $0]) != nil })
  }
}
