/// A JSON value whose texts are bytes, whose names are unique and whose integers are exact.
///
/// Values come from `parse` (strict) or are built by our own writers; `canonical()` is the only way out, so what is
/// written can always be read again.
public enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  /// Written as plain digits, within ±(2^53 - 1).
  case integer(Int64)
  /// Written with a fraction or an exponent, or `-0`. Always finite.
  case number(Double)
  case string(Text)
  case array([JSON])
  case object(JSONObject)

  public static let largestInteger: Int64 = 9_007_199_254_740_991  // RFC 7493 2.2: beyond it a double loses the value

  public init(_ text: Text) { self = .string(text) }
  public init(_ string: String) { self = .string(Text(string)) }
  public init(_ strings: [String]) { self = .array(strings.map { .string(Text($0)) }) }

  public var isNull: Bool { if case .null = self { true } else { false } }
  public var text: Text? { if case .string(let value) = self { value } else { nil } }
  public var string: String? { text?.string }
  public var int: Int64? { if case .integer(let value) = self { value } else { nil } }
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
  /// An integer or a number, as a double.
  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}

/// Not `ExpressibleByNilLiteral`: in `found ? value : nil` the compiler would then read `nil` as the value null.
extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(stringLiteral value: String) { self = .string(Text(value)) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (Text, JSON)...) {
    self = .object(JSONObject(gathering: elements.map { JSONObject.Member(name: $0, value: $1) }))
  }
}

/// Members in the order of RFC 8785, each name once.
public struct JSONObject: Hashable, Sendable {
  /// One name and its value.
  public struct Member: Hashable, Sendable {
    public let name: Text
    public var value: JSON
    public init(name: Text, value: JSON) {
      self.name = name
      self.value = value
    }
  }

  public private(set) var members: [Member]

  public init() { members = [] }

  /// Pairs whose value is nil are left out; of two with one name the later stands.
  public init(_ pairs: KeyValuePairs<Text, JSON?>) {
    self.init(gathering: pairs.compactMap { name, value in value.map { Member(name: name, value: $0) } })
  }

  /// In any order; of two with one name the later stands.
  init(gathering unsorted: [Member]) {
    // Sorting positions moves words instead of members.
    let order = unsorted.indices.sorted { left, right in
      let names = (unsorted[left].name.bytes, unsorted[right].name.bytes)
      return CanonicalOrder.precedes(names.0, names.1) || (names.0 == names.1 && left > right)
    }
    members = []
    members.reserveCapacity(order.count)
    for index in order where members.last?.name != unsorted[index].name { members.append(unsorted[index]) }
  }

  /// For the parser, which has sorted the members and refused duplicates.
  init(sorted members: [Member]) { self.members = members }

  public var names: [Text] { members.map(\.name) }

  /// Setting nil removes the member.
  public subscript(name: Text) -> JSON? {
    get {
      let at = position(of: name)
      return at < members.count && members[at].name == name ? members[at].value : nil
    }
    set {
      let at = position(of: name)
      let found = at < members.count && members[at].name == name
      switch (newValue, found) {
      case (let value?, true): members[at].value = value
      case (let value?, false): members.insert(Member(name: name, value: value), at: at)
      case (nil, true): members.remove(at: at)
      case (nil, false): break
      }
    }
  }

  /// Reading by a literal costs no allocation: a `Text` of it would.
  public subscript(name: String) -> JSON? {
    var name = name
    return name.withUTF8 { wanted in
      members.withUnsafeBufferPointer { members in
        var low = 0
        var high = members.count
        while low < high {
          let middle = (low + high) / 2
          let order = members[middle].name.bytes.withUnsafeBufferPointer { CanonicalOrder.compare($0, wanted) }
          if order == 0 { return members[middle].value }
          if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
      }
    }
  }

  /// The first position whose name does not come before this one.
  private func position(of name: Text) -> Int {
    var low = 0
    var high = members.count
    while low < high {
      let middle = (low + high) / 2
      if CanonicalOrder.precedes(members[middle].name.bytes, name.bytes) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// As `init(_:)`: nil values are left out.
  public init(dictionaryLiteral elements: (Text, JSON?)...) {
    self.init(gathering: elements.compactMap { name, value in value.map { Member(name: name, value: $0) } })
  }
}

/// What a parser is willing to hold. The depth also bounds the parser's own recursion: keep it under a few hundred.
public struct JSONLimits: Sendable {
  public let maxBytes: Int
  public let maxDepth: Int
  public let maxMembers: Int

  public init(maxBytes: Int, maxDepth: Int, maxMembers: Int) {
    self.maxBytes = min(maxBytes, 1 << 30)
    self.maxDepth = min(maxDepth, 256)
    self.maxMembers = maxMembers
  }

  /// A credential or anything signed: 256 KiB (ten times the largest sensible token), depth 64, 10,000 members an
  /// object.
  public static let credential = JSONLimits(maxBytes: 256 << 10, maxDepth: 64, maxMembers: 10_000)
  /// The body of a request: 1 MiB, depth 32, 64 members an object.
  public static let request = JSONLimits(maxBytes: 1 << 20, maxDepth: 32, maxMembers: 64)
  /// A document of ours that may be long, such as a trust list: 16 MiB.
  public static let document = JSONLimits(maxBytes: 16 << 20, maxDepth: 64, maxMembers: 10_000)
}

/// Why some bytes are not the JSON we read, and at which byte.
public struct JSONRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong. The raw value goes into `description`, which logs and answers carry.
  public enum Kind: String, Sendable {
    case tooLarge, tooDeep, tooManyMembers
    case byteOrderMark, notUTF8
    case unexpectedEnd, unexpectedByte, trailingBytes
    case controlCharacter, badEscape, loneSurrogate
    case duplicateName
    case malformedNumber, integerTooLarge, numberOutOfRange
    case notAnObject
  }
  public let kind: Kind
  public let offset: Int
  public init(kind: Kind, offset: Int) {
    self.kind = kind
    self.offset = offset
  }
  public var description: String { "\(kind.rawValue) at byte \(offset)" }

  /// For people. `description` stays as it is: answers quote it.
  public var words: String {
    let what =
      switch kind {
      case .tooLarge: "it is too large"
      case .tooDeep: "it is nested too deeply"
      case .tooManyMembers: "it has too many members"
      case .byteOrderMark: "it begins with a byte order mark"
      case .notUTF8: "it is not UTF-8"
      case .unexpectedEnd: "it ends too early"
      case .unexpectedByte: "this is not JSON"
      case .trailingBytes: "something follows the end"
      case .controlCharacter: "a text holds a control character"
      case .badEscape: "an escape is not valid"
      case .loneSurrogate: "an escape is half a character"
      case .duplicateName: "a name stands twice"
      case .malformedNumber: "a number is not valid"
      case .integerTooLarge, .numberOutOfRange: "a number is too large"
      case .notAnObject: "it is not an object"
      }
    return "\(what) (at byte \(offset))"
  }
}

extension DecodingError {
  /// For people: which member, and what is wrong with it.
  public var words: String {
    let context: Context =
      switch self {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
        .dataCorrupted(let context):
        context
      @unknown default: Context(codingPath: [], debugDescription: "it cannot be read")
      }
    let place = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    let cause = context.underlyingError.map { ": \($0)" } ?? ""
    return "\(place.isEmpty ? "" : "\(place): ")\(context.debugDescription)\(cause)"
  }
}
