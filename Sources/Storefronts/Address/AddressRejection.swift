public import Encodings

/// Why a page address was not read. The codes are those of the reason table and never change their meaning.
public enum AddressRejection: Error, Hashable, Sendable {
  /// More bytes than `PageAddress.maxBytes`.
  case tooLong(bytes: Int)
  /// Two programs would read the address differently. `at` is the offset of the first byte in doubt.
  case ambiguous(at: Int)
  /// Neither `https` nor `http`; empty when there is no scheme at all.
  case schemeRefused(Text)
  case userinfoRefused
  /// An IP address in any of its spellings.
  case hostIsIP(Text)
  /// No name that may be registered and reached from the public internet.
  case hostInvalid(Text)
  case portRefused(Text)
  /// A host of a platform, but none of its shop addresses.
  case platformUnknown(host: Text)

  /// The reason code; it never changes its meaning.
  public var code: String {
    switch self {
    case .tooLong: "url_too_long"
    case .ambiguous: "url_ambiguous"
    case .schemeRefused: "scheme_refused"
    case .userinfoRefused: "url_userinfo_refused"
    case .hostIsIP: "host_is_ip"
    case .hostInvalid: "host_invalid"
    case .portRefused: "port_refused"
    case .platformUnknown: "platform_url_unknown"
    }
  }

  /// The parameters of the reason, as the reason table names them.
  public var params: JSONObject {
    switch self {
    case .tooLong(let bytes):
      JSONObject(["bytes": .integer(Int64(bytes)), "max": .integer(Int64(PageAddress.maxBytes))])
    case .ambiguous(let at): JSONObject(["at": .integer(Int64(at))])
    case .schemeRefused(let scheme): JSONObject(["scheme": .string(scheme)])
    case .userinfoRefused: JSONObject()
    case .hostIsIP(let host), .hostInvalid(let host), .platformUnknown(let host): JSONObject(["host": .string(host)])
    case .portRefused(let port): JSONObject(["port": .string(port)])
    }
  }

  /// What a stranger wrote, fit to be shown: at most 100 characters, everything but printable ASCII escaped.
  static func shown(_ bytes: some Sequence<UInt8>) -> Text {
    var out: [UInt8] = []
    for byte in bytes {
      if out.count >= 100 {
        out += Array("...".utf8)
        break
      }
      if (0x21...0x7E).contains(byte) { out.append(byte) } else { out += percentEscape(byte) }
    }
    return Text(ascii: out)
  }
}
