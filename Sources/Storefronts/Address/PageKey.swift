public import Encodings

/// The name under which a storefront page is compared and looked up, byte for byte (design section 5):
/// `platform/<id>/<account>`, `site/<host>[:port]<path>` or, for bindings only, `domain/<host>`.
public struct PageKey: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let text: Text

  init(_ text: Text) { self.text = text }
  init(platform id: Text, account: [UInt8]) {
    text = Text(ascii: Array("platform/".utf8) + id.bytes + [0x2F] + account)
  }
  init(site authority: [UInt8], path: some Sequence<UInt8> = []) {
    text = Text(ascii: Array("site/".utf8) + authority + path)
  }
  init(domain host: some Sequence<UInt8>) { text = Text(ascii: Array("domain/".utf8) + host) }

  /// A key as a credential or a registry states it. Nil unless this module would have written exactly these bytes.
  public init?(reading text: Text) {
    let bytes = text.bytes
    guard let slash = bytes.firstIndex(of: 0x2F), bytes.count <= 3 * PageAddress.maxBytes else { return nil }
    let rest = bytes[(slash + 1)...]
    switch Array(bytes[..<slash]) {
    case Array("site".utf8):
      // Scheme and platforms aside, the key is the address: reading it must give it back.
      guard !rest.contains(0x3F), !rest.contains(0x23),
        let page = Self.tried({ () throws(AddressRejection) in
          try PageAddress.read(Array("https://".utf8) + rest, platforms: .empty, maxBytes: 3 * PageAddress.maxBytes)
        }), page.key.text == text
      else { return nil }
    case Array("domain".utf8):
      guard let name = Self.tried({ () throws(InternationalName.Failure) in try InternationalName(reading: rest) }),
        name.bytes == Array(rest)
      else { return nil }
    case Array("platform".utf8):
      let parts = rest.pieces(at: 0x2F)
      guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isUnreserved) }) else { return nil }
    default: return nil
    }
    self.text = text
  }

  private static func tried<Value, Failure: Error>(_ body: () throws(Failure) -> Value) -> Value? {
    do {
      return try body()
    } catch {
      return nil
    }
  }

  public var isPlatform: Bool { text.hasPrefix("platform/") }
  /// Id and account of a platform key.
  public var platform: (id: Text, account: Text)? {
    let parts = text.bytes.pieces(at: 0x2F)
    return isPlatform && parts.count == 3 ? (Text(ascii: parts[1]), Text(ascii: parts[2])) : nil
  }

  public static func < (left: PageKey, right: PageKey) -> Bool { left.text < right.text }
  public var description: String { text.string }
}
