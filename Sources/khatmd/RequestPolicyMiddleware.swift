import Encodings
import HTTPTypes
import Hummingbird
import Logging
import Messages
import NIOCore
import Synchronization

/// Around every route, also the ones that do not exist: who may ask, how often, at which address; problems become
/// answers; headers.
struct RequestPolicyMiddleware: RouterMiddleware {
  let service: Service

  func handle(
    _ request: Request,
    context: KhatmRequestContext,
    next: (Request, KhatmRequestContext) async throws -> Response
  ) async throws
    -> Response
  {
    let path = request.uri.path
    let isPage = Pages.owns(path)
    var response: Response
    do {
      try admit(request, path: path, context: context)
      response = try await next(request, context)
    } catch let problem as HTTPRejection {
      response = refuse(problem, request, isPage: isPage)
    } catch let error as any HTTPResponseError {
      response = refuse(
        error.status == .notFound
          ? HTTPRejection(.notFound)
          : error.status == .contentTooLarge ? HTTPRejection(.tooLarge) : HTTPRejection(.internal),
        request,
        isPage: isPage
      )
    } catch {
      context.logger.debug("failed", metadata: ["error": "\(error)"])
      response = refuse(HTTPRejection(.internal), request, isPage: isPage)
    }
    Self.addFields(to: &response.headers, isPage: isPage)
    service.counters.answered(response.status.code)
    return response
  }

  static func addFields(to fields: inout HTTPFields, isPage: Bool) {
    fields[.xContentTypeOptions] = "nosniff"
    guard !isPage else { return }
    fields[.accessControlAllowOrigin] = "*"
    fields[.accessControlExposeHeaders] = "ETag, Retry-After, Location"
  }

  /// Requests that make us work for long, in plain ones.
  private static let costs = ["/v1/verify/batch": 20, "/check": 5, "/v1/changes": 5, "/v1/files": 5]

  private func refuse(_ problem: HTTPRejection, _ request: Request, isPage: Bool) -> Response {
    isPage ? Pages.problem(problem, request, service: service) : problem.response(host: service.host)
  }

  private func admit(_ request: Request, path: String, context: KhatmRequestContext) throws(HTTPRejection) {
    guard Self.knows(request.head.authority, service.settings) else { throw HTTPRejection(.hostUnknown) }
    guard Self.isPlain(request.head.path ?? "/") || PersonPage.owns(path) else { throw HTTPRejection(.notFound) }
    guard let wait = Self.wait(request.headers, context.channel, cost: Self.costs[path] ?? 1, service: service) else {
      return
    }
    throw HTTPRejection(.tooManyRequests, headers: [.retryAfter: String(wait)])
  }

  /// Whether we may be asked under a name.
  static func knows(_ authority: String?, _ settings: Settings) -> Bool {
    settings.hosts.isEmpty || settings.hosts.contains(hostName(authority ?? ""))
  }

  /// Seconds until the client may ask again; nil: its turn, which is taken.
  static func wait(_ fields: HTTPFields, _ channel: any Channel, cost: Int, service: Service) -> Int? {
    guard service.settings.rate > 0 else { return nil }
    let peer = address(fields, channel, settings: service.settings)
    guard !peer.isLoopback || service.settings.limitsLoopback else { return nil }
    return service.buckets.take(peer.bucket, cost: cost, tick: Clock.ticks())
  }

  /// Who asks, as far as it is known: behind a proxy the last address that it wrote.
  static func address(_ fields: HTTPFields, _ channel: any Channel, settings: Settings) -> ClientAddress {
    if settings.behindProxy, let last = fields[.forwardedFor]?.utf8.split(separator: UInt8(ascii: ",")).last {
      return ClientAddress(String(decoding: last.prefix(100), as: UTF8.self))
    }
    return ClientAddress(channel.remoteAddress?.ipAddress ?? "")
  }

  /// Without the port, lower case, no closing dot.
  static func hostName(_ authority: String) -> String {
    var bytes = authority.utf8.map(ASCII.lower)
    if let colon = bytes.lastIndex(of: UInt8(ascii: ":")), bytes[(colon + 1)...].allSatisfy(ASCII.isDigit) {
      bytes.removeSubrange(colon...)
    }
    if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Every address of ours is plain: one spelling, no escapes, no empty or dotted segments, no closing slash. The rest
  /// does not exist, so that no cache in between can hold two things under one name.
  static func isPlain(_ target: String) -> Bool {
    let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
    guard path.first == UInt8(ascii: "/") else { return false }
    if path.count == 1 { return true }
    var segment = 0
    var dots = 0
    for byte in path.dropFirst() {
      switch byte {
      case UInt8(ascii: "/"):
        if segment == 0 || (segment == dots && dots <= 2) { return false }
        segment = 0
        dots = 0
      case UInt8(ascii: "."):
        segment += 1
        dots += 1
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"): segment += 1
      default: return false
      }
    }
    return segment > 0 && !(segment == dots && dots <= 2)
  }
}

/// One bucket for each client address. Full table: everybody begins anew, which is generous to an attacker with 100,000
/// addresses and cheap for us.
final class TokenBuckets: Sendable {
  static let maxClients = 100_000
  /// What a client may still ask for, as of a tick.
  private struct Bucket {
    var tokens: Double
    var at: UInt64
  }
  private let state = Mutex<[String: Bucket]>([:])  // owned by take
  private let perSecond: Double, burst: Double

  init(perSecond: Double, burst: Int) {
    self.perSecond = perSecond
    self.burst = Double(max(burst, 1))
  }

  /// Seconds to wait; nil: taken.
  func take(_ client: String, cost: Int, tick: UInt64) -> Int? {
    guard perSecond > 0 else { return nil }
    return state.withLock { buckets in
      if buckets.count >= Self.maxClients { buckets.removeAll(keepingCapacity: true) }
      var bucket = buckets[client] ?? Bucket(tokens: burst, at: tick)
      bucket.tokens = min(burst, bucket.tokens + Double(tick &- bucket.at) / 1e9 * perSecond)
      bucket.at = tick
      let cost = min(Double(cost), burst)
      let isTaken = bucket.tokens >= cost
      if isTaken { bucket.tokens -= cost }
      buckets[client] = bucket
      return isTaken ? nil : max(1, Int(((cost - bucket.tokens) / perSecond).rounded(.up)))
    }
  }
}
