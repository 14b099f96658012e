import Encodings
import Storefronts

/// Who asks, as one bucket of the rate limit: an address, whatever a header wrote around it.
struct ClientAddress: Sendable {
  /// The address without port and brackets in one spelling; of IPv6 the /64, since a site has at least one (RFC 6177).
  /// Empty for a Unix socket.
  let bucket: String
  let isLoopback: Bool

  init(_ text: String) {
    let plain = text.utf8.filter { $0 != 0x20 && $0 != 0x09 && $0 != UInt8(ascii: "\"") }
    var host = plain[...]
    if host.first == UInt8(ascii: "[") {
      host = host.dropFirst().prefix { $0 != UInt8(ascii: "]") }
    } else if host.count(where: { $0 == UInt8(ascii: ":") }) == 1 {
      host = host.prefix { $0 != UInt8(ascii: ":") }
    }
    host = host.prefix { $0 != UInt8(ascii: "%") }  // a zone is of one machine
    guard let read = Text(validating: host).flatMap({ NetworkAddress($0) }) else {
      bucket = String(decoding: plain.prefix(45), as: UTF8.self)
      isLoopback = plain.isEmpty
      return
    }
    let mapped = read.isIPv6 && read.bytes.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
    let address = mapped ? NetworkAddress(bytes: Array(read.bytes.suffix(4))) ?? read : read
    isLoopback = address.isLoopback
    bucket = address.isIPv6 ? Hex.encode(Array(address.bytes.prefix(8))) + "/64" : address.description
  }
}
