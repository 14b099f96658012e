public import Encodings

/// Why a page could not be read. It says nothing about the certificate: the verdict is *cannot tell*.
public struct FetchFailure: Error, Hashable, Sendable {
  public let reason: TransferFailure
  /// Every address asked so far, the first one included.
  public let chain: [PageAddress]

  /// The reason code, for our own people.
  public var code: String {
    switch reason {
    case .unknownHost, .resolverUnavailable, .notConnected, .brokenAnswer, .status, .redirectWithoutTarget,
      .redirectedElsewhere:
      "page_not_reachable"
    case .refusedAddress: "fetch_refused_address"
    case .tooManyRedirects: "too_many_redirects"
    case .deadline: "deadline"
    case .tlsInvalid: "tls_invalid"
    case .tooLarge: "page_too_large"
    case .blockedUs: "page_blocked_us"
    case .notHTML: "not_html"
    case .insecureTransport: "insecure_transport"
    case .address(let refusal): refusal.code
    }
  }

  /// The code for strangers (design section 9, step 6): which of the network's reasons it was would tell them about our
  /// network.
  public var publicCode: String {
    switch reason {
    case .refusedAddress, .deadline: "page_not_reachable"
    default: code
    }
  }

  /// The parameters of the reason, as the reason table names them.
  public var params: JSONObject {
    switch reason {
    case .refusedAddress(let address, _): JSONObject(["address": JSON(address.description)])
    case .tooManyRedirects(let limit), .tooLarge(let limit): JSONObject(["limit": .integer(Int64(limit))])
    case .deadline(let milliseconds): JSONObject(["ms": .integer(Int64(milliseconds))])
    case .tlsInvalid(let why): JSONObject(["why": JSON(why.rawValue)])
    case .blockedUs(let status): JSONObject(["status": .integer(Int64(status))])
    case .notHTML(let type): JSONObject(["type": .string(type)])
    case .address(let refusal): refusal.params
    default: JSONObject()
    }
  }

  public var publicParams: JSONObject { publicCode == code ? params : JSONObject() }
}

/// What went wrong on the way.
public enum TransferFailure: Error, Hashable, Sendable {
  /// The name has no address, or the name service did not answer.
  case unknownHost, resolverUnavailable
  /// Nothing answered at any of the addresses.
  case notConnected
  /// The answer broke off, or was no HTTP, or its coding could not be undone.
  case brokenAnswer(String)
  /// A status that is neither a page nor a redirect nor a block.
  case status(Int)
  case redirectWithoutTarget
  /// An answer of the name service, or what was about to be dialled.
  case refusedAddress(NetworkAddress, String)
  case tooManyRedirects(limit: Int)
  case deadline(milliseconds: Int)
  case tlsInvalid(TLS)
  case tooLarge(limit: Int)
  case blockedUs(status: Int)
  case notHTML(type: Text)
  /// `http`, other than one first hop that leads to `https`.
  case insecureTransport
  /// A document that may not be redirected to another host, was.
  case redirectedElsewhere(Text)
  /// An address on the way that no two programs read alike, or that no platform knows.
  case address(AddressRejection)

  /// What was wrong with the server's certificate or the handshake.
  public enum TLS: String, Sendable, Hashable {
    case expired
    case notYetValid = "not_yet_valid"
    case wrongName = "wrong_name"
    case untrusted
    case handshake
  }
}

/// What a fetch may cost. Design section 9, step 4, and section 8 for the body.
public struct FetchLimits: Sendable, Hashable {
  public var totalMilliseconds = 10_000
  public var connectMilliseconds = 3_000
  /// From this long after the first byte of an answer it must have come at `minBytesPerSecond` on average.
  public var graceMilliseconds = 2_000
  public var minBytesPerSecond = 1_000
  public var headerBytes = 32 << 10
  public var interimAnswers = 5
  public var redirects = 5
  /// Of the body, as it came over the wire.
  public var wireBytes = 2 << 20
  /// Of the body after gzip: absolute, never a ratio.
  public var inflatedBytes = 8 << 20

  public init() {}
}
