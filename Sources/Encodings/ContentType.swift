/// A `Content-Type` value as browsers read it (MIME Sniffing Standard section 4.4): of two parameters of one name the
/// first counts, and only `"` quotes.
public struct ContentType: Sendable {
  /// Type and subtype in lower case, as far as there are any; not checked further.
  public let essence: [UInt8]
  private var parameters: [(name: [UInt8], value: [UInt8])] = []

  public init(_ bytes: [UInt8]) {
    var rest = bytes[...]
    essence = Self.trimmed(Self.take(&rest) { $0 == Self.semicolon }).map(ASCII.lower)
    while rest.popFirst() != nil {
      rest = rest.drop(while: Self.isSpace)
      let name = Self.take(&rest) { $0 == Self.semicolon || $0 == UInt8(ascii: "=") }.map(ASCII.lower)
      guard rest.first == UInt8(ascii: "=") else { continue }
      rest.removeFirst()
      var value: [UInt8]
      if rest.first == UInt8(ascii: "\"") {
        value = Self.takeQuoted(&rest)
        _ = Self.take(&rest) { $0 == Self.semicolon }
      } else {
        value = Self.trimmed(Self.take(&rest) { $0 == Self.semicolon })
        if value.isEmpty { continue }
      }
      if !name.isEmpty, name.allSatisfy(Self.isToken), value.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }) {
        parameters.append((name, value))
      }
    }
  }

  /// The value of the first parameter of this name, which is in lower case.
  public func parameter(_ name: String) -> [UInt8]? {
    parameters.first { $0.name.elementsEqual(name.utf8) }?.value
  }

  private static let semicolon = UInt8(ascii: ";")
  private static let tokenSigns = Set("!#$%&'*+-.^_`|~".utf8)
  private static func isToken(_ byte: UInt8) -> Bool {
    ASCII.isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || tokenSigns.contains(byte)
  }
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    Array(bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }

  /// Everything before the first byte that ends it, which stays.
  private static func take(_ rest: inout ArraySlice<UInt8>, until ends: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let taken = rest.prefix { !ends($0) }
    rest = rest[taken.endIndex...]
    return taken
  }

  /// What stands between quotes, without the backslashes that escape; an open quote reaches to the end.
  private static func takeQuoted(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
    var value: [UInt8] = []
    rest.removeFirst()
    while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
      value.append(byte == UInt8(ascii: "\\") ? rest.popFirst() ?? byte : byte)
    }
    return value
  }
}
