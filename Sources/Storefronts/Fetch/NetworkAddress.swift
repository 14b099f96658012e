public import Encodings

/// An IPv4 or IPv6 address as bytes in network order. Only these decide: text has too many spellings.
public struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
  /// 4 or 16.
  public let bytes: [UInt8]

  /// 4 or 16 bytes in network order.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Dotted decimal without leading zeros, or RFC 4291 text. No zone, no brackets.
  public init?(_ text: Text) {
    if text.bytes.contains(0x3A) {
      guard let bytes = IPv6Text.parse(text.bytes) else { return nil }
      self.bytes = bytes
    } else {
      guard let mapped = IPv6Text.parse(Array("::".utf8) + text.bytes), text.bytes.contains(0x2E) else { return nil }
      bytes = Array(mapped.suffix(4))
    }
  }

  public var isIPv6: Bool { bytes.count == 16 }
  public var isLoopback: Bool { isIPv6 ? bytes == Array(repeating: 0, count: 15) + [1] : bytes[0] == 127 }

  public var description: String {
    isIPv6
      ? String(decoding: IPv6Text.serialised(bytes), as: UTF8.self) : bytes.map { String($0) }.joined(separator: ".")
  }
}

/// Which addresses lie on the public internet. Design section 9, step 2: global unicast by the IANA special-purpose
/// registries, and IPv4 inside IPv6 judged as IPv4.
public enum AddressRanges {
  /// A block of addresses, and what a refusal calls it.
  private struct Range {
    let prefix: [UInt8], bits: Int, name: String
    init(_ prefix: [UInt8], bits: Int, name: String) {
      self.prefix = prefix
      self.bits = bits
      self.name = name
    }

    func contains(_ address: [UInt8]) -> Bool {
      let whole = bits / 8
      let rest = bits % 8
      guard address.prefix(whole).elementsEqual(prefix.prefix(whole)) else { return false }
      return rest == 0 || (address[whole] ^ prefix[whole]) >> (8 - UInt8(rest)) == 0
    }
  }

  /// IANA IPv4 special-purpose address registry, and multicast.
  private static let refused4: [Range] = [
    Range([0], bits: 8, name: "this network"), Range([10], bits: 8, name: "private"),
    Range([100, 64], bits: 10, name: "shared by carriers"),
    Range([127], bits: 8, name: "loopback"),
    Range([169, 254], bits: 16, name: "link-local"), Range([172, 16], bits: 12, name: "private"),
    Range([192, 0, 0], bits: 24, name: "protocol assignments"),
    Range([192, 0, 2], bits: 24, name: "documentation"), Range([192, 88, 99], bits: 24, name: "6to4 relay"),
    Range([192, 168], bits: 16, name: "private"),
    Range([198, 18], bits: 15, name: "benchmarking"), Range([198, 51, 100], bits: 24, name: "documentation"),
    Range([203, 0, 113], bits: 24, name: "documentation"),
    Range([224], bits: 4, name: "multicast"), Range([240], bits: 4, name: "reserved"),
  ]

  /// Inside 2000::/3, the only space from which global unicast is assigned; everything outside it is refused as a
  /// whole.
  private static let refused6: [Range] = [
    Range([0x20, 0x01, 0x00], bits: 23, name: "protocol assignments"),  // Teredo, ORCHID, benchmarking
    Range([0x20, 0x01, 0x0D, 0xB8], bits: 32, name: "documentation"),
    Range([0x3F, 0xFF, 0x00], bits: 20, name: "documentation"),
  ]

  /// Why an address is refused; nil for one on the public internet.
  public static func refusal(of address: NetworkAddress) -> String? {
    let bytes = address.bytes
    if !address.isIPv6 { return refused4.first { $0.contains(bytes) }?.name }
    if let embedded = embeddedIPv4(bytes) {
      return refused4.first { $0.contains(embedded) }.map { "IPv4 in IPv6: \($0.name)" }
    }
    guard bytes[0] >> 5 == 1 else { return named6(bytes) }
    if let range = refused6.first(where: { $0.contains(bytes) }) { return range.name }
    // ISATAP (RFC 5214): a router may unwrap the IPv4 address in the interface part.
    if bytes[8] & 0xFD == 0, bytes[9...11].elementsEqual([0, 0x5E, 0xFE]),
      let range = refused4.first(where: { $0.contains(Array(bytes[12...])) })
    {
      return "IPv4 in IPv6: \(range.name)"
    }
    return nil
  }

  /// Mapped (RFC 4291 2.5.5.2), NAT64 (RFC 6052), 6to4 (RFC 3056).
  private static func embeddedIPv4(_ bytes: [UInt8]) -> [UInt8]? {
    if bytes.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) { return Array(bytes[12...]) }
    if bytes.prefix(12).elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) { return Array(bytes[12...]) }
    if bytes.prefix(2).elementsEqual([0x20, 0x02]) { return Array(bytes[2..<6]) }
    return nil
  }

  private static func named6(_ bytes: [UInt8]) -> String {
    switch (bytes[0], bytes[1]) {
    case (0xFC...0xFD, _): "unique local"
    case (0xFE, 0x80...0xBF): "link-local"
    case (0xFE, 0xC0...0xFF): "site-local"
    case (0xFF, _): "multicast"
    case (0, 0) where bytes.dropLast().allSatisfy({ $0 == 0 }) && bytes[15] <= 1:
      bytes[15] == 1 ? "loopback" : "unspecified"
    default: "not global unicast"
    }
  }
}

/// Which addresses may be dialled.
public struct AddressPolicy: Sendable {
  /// For tests against a server on this machine; nothing else may set it.
  public let allowsLoopback: Bool
  /// Our own public addresses: a page must not make us talk to ourselves.
  public let ownAddresses: Set<NetworkAddress>

  public static let publicInternet = AddressPolicy(allowsLoopback: false, ownAddresses: [])

  public init(allowsLoopback: Bool, ownAddresses: Set<NetworkAddress>) {
    self.allowsLoopback = allowsLoopback
    self.ownAddresses = ownAddresses
  }

  /// Why an address may not be dialled, or nil.
  public func refusal(of address: NetworkAddress) -> String? {
    if ownAddresses.contains(address) { return "our own" }
    if allowsLoopback && address.isLoopback { return nil }
    return AddressRanges.refusal(of: address)
  }
}
