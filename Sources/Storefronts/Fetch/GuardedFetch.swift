public import Encodings

/// A page as it was served, and the way there.
public struct FetchedPage: Sendable {
  /// Every address asked, the first and the last included.
  public let chain: [PageAddress]
  public let body: [UInt8]
  /// The whole `Content-Type` header; empty where it does not stand once.
  public let contentType: Text
  /// `charset` of that header.
  public var charset: String? {
    ContentType(contentType.bytes).parameter("charset").map { String(decoding: $0, as: UTF8.self) }
  }
  public let wireBytes: Int
  public let peer: NetworkAddress

  public var asked: PageAddress { chain[0] }
  public var final: PageAddress { chain[chain.count - 1] }
}

/// The only door through which anything named by a stranger is fetched. Design section 9; the steps below carry its
/// numbers.
///
/// Synchronous, up to ten seconds: the caller gives it a thread (or the child process that reads pages), paces requests
/// to one host, and caches results.
public struct GuardedFetch: Sendable {
  private let platforms: PlatformTable, policy: AddressPolicy, userAgent: String
  private let resolver: HostResolver, trust: [UInt8]?, limits: FetchLimits

  /// - Parameters:
  ///   - userAgent: honest, with a contact page, such as `KhatmReader/1 (+https://khatm.example/reader)`; printable
  ///     ASCII.
  ///   - trust: root certificates as PEM; nil for those of the system.
  public init(
    platforms: PlatformTable,
    policy: AddressPolicy,
    userAgent: String,
    resolver: HostResolver,
    trust: [UInt8]? = nil,
    limits: FetchLimits = FetchLimits()
  ) {
    self.platforms = platforms
    self.policy = policy
    self.resolver = resolver
    self.trust = trust
    self.limits = limits
    self.userAgent = String(decoding: userAgent.utf8.filter { (0x20...0x7E).contains($0) }.prefix(200), as: UTF8.self)
  }

  /// Reads a page: `text/html`, redirects followed. `ports`: those that the bindings at hand name, besides the default.
  public func page(_ address: PageAddress, ports: Set<UInt16> = []) throws(FetchFailure) -> FetchedPage {
    let fetched = try follow(address, ports: ports, accept: "text/html", sameHost: false)
    let type = ContentType(fetched.contentType.bytes).essence
    guard type.elementsEqual("text/html".utf8) else {
      throw FetchFailure(reason: .notHTML(type: AddressRejection.shown(type)), chain: fetched.chain)
    }
    return fetched
  }

  /// Reads a document named in another one (status list, trust list, `did.json`): no redirect to another host (A81).
  public func document(_ address: PageAddress, accept: String, ports: Set<UInt16> = []) throws(FetchFailure)
    -> FetchedPage
  {
    let accept = String(decoding: accept.utf8.filter { (0x20...0x7E).contains($0) }, as: UTF8.self)
    return try follow(address, ports: ports, accept: accept, sameHost: true)
  }

  private func follow(_ address: PageAddress, ports: Set<UInt16>, accept: String, sameHost: Bool) throws(FetchFailure)
    -> FetchedPage
  {
    let deadline = ContinuousClock.now + .milliseconds(limits.totalMilliseconds)
    var chain = [address]
    while true {
      let page = chain[chain.count - 1]
      func failure(_ reason: TransferFailure) -> FetchFailure { FetchFailure(reason: reason, chain: chain) }
      // Step 1.
      if let port = page.port, !ports.contains(port) { throw failure(.address(.portRefused(Text(String(port))))) }
      let answer: CurlTransfer.Answer
      let peer: NetworkAddress
      do {
        (answer, peer) = try ask(page, accept: accept, deadline: deadline)
      } catch {
        throw failure(error)
      }

      if [301, 302, 303, 307, 308].contains(answer.status) {
        // Step 3.
        guard chain.count <= limits.redirects else { throw failure(.tooManyRedirects(limit: limits.redirects)) }
        let next: PageAddress
        do {
          next = try target(of: answer, from: page)
        } catch {
          throw failure(error)
        }
        if next.scheme == .http { throw failure(.insecureTransport) }
        if sameHost, next.host != page.host || next.effectivePort != page.effectivePort {
          throw failure(.redirectedElsewhere(next.host))
        }
        chain.append(next)
        continue
      }
      // Step 5: a block is not an empty shop.
      let challenged =
        answer.values("cf-mitigated").contains(Array("challenge".utf8)) || !answer.values("x-amzn-waf-action").isEmpty
      if [401, 403, 429, 503].contains(answer.status) || challenged {
        throw failure(.blockedUs(status: answer.status))
      }
      guard answer.status == 200 || answer.status == 203 else { throw failure(.status(answer.status)) }
      if page.scheme == .http { throw failure(.insecureTransport) }
      let body: [UInt8]
      do {
        body = try decoded(answer)
      } catch {
        throw failure(error)
      }
      let types = answer.values("content-type")
      return FetchedPage(
        chain: chain,
        body: body,
        contentType: types.count == 1 ? Text(ascii: types[0].filter { $0 < 0x80 }) : "",
        wireBytes: answer.body.count,
        peer: peer
      )
    }
  }

  /// Steps 2 and 4: one look-up, every answer judged, then the addresses in turn until one connects.
  private func ask(_ page: PageAddress, accept: String, deadline: ContinuousClock.Instant) throws(TransferFailure)
    -> (CurlTransfer.Answer, NetworkAddress)
  {
    let addresses: [NetworkAddress]
    do {
      addresses = try resolver.resolve(page.host, deadline)
    } catch {
      switch error {
      case .unknownHost: throw .unknownHost
      case .deadline: throw .deadline(milliseconds: limits.totalMilliseconds)
      case .unavailable: throw .resolverUnavailable
      }
    }
    guard !addresses.isEmpty else { throw .unknownHost }
    guard addresses.count <= HostResolver.maxAnswers else { throw .refusedAddress(addresses[0], "too many addresses") }
    for address in addresses {
      if let why = policy.refusal(of: address) { throw .refusedAddress(address, why) }
    }
    for address in addresses {
      guard ContinuousClock.now < deadline else { break }
      let request = CurlTransfer.Request(
        page: page,
        address: address,
        accept: accept,
        userAgent: userAgent,
        trust: trust
      )
      do {
        return (try CurlTransfer(request, policy: policy, limits: limits, deadline: deadline).run(), address)
      } catch {
        if case .other(let reason) = error { throw reason }
      }
    }
    throw ContinuousClock.now + .milliseconds(100) < deadline
      ? .notConnected : .deadline(milliseconds: limits.totalMilliseconds)
  }

  /// Where a redirect leads, read as strictly as an address that a person gave.
  private func target(of answer: CurlTransfer.Answer, from page: PageAddress) throws(TransferFailure) -> PageAddress {
    let locations = answer.values("location")
    guard let location = locations.first, !location.isEmpty, locations.allSatisfy({ $0 == location }) else {
      throw .redirectWithoutTarget
    }
    // A browser would forgive these, each in its own way.
    guard location.count <= PageAddress.maxBytes else { throw .address(.tooLong(bytes: location.count)) }
    if let at = AddressParts.firstDoubtful(location) { throw .address(.ambiguous(at: at)) }
    let relative = location.prefix { isAlphanumeric($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E }
    let isAbsolute = relative.first.map(isLetter) == true && location.dropFirst(relative.count).first == 0x3A
    let whole: [UInt8]
    if isAbsolute {
      whole = location
    } else if location.starts(with: [0x2F, 0x2F]) {
      whole = Array("\(page.scheme.rawValue):".utf8) + location
    } else {
      guard let resolved = URLResolver.resolve(location, base: ResolvedURL(page)) else {
        throw .address(.ambiguous(at: 0))
      }
      whole = resolved.bytes
    }
    do {
      return try PageAddress.read(whole, platforms: platforms)
    } catch {
      throw .address(error)
    }
  }

  private func decoded(_ answer: CurlTransfer.Answer) throws(TransferFailure) -> [UInt8] {
    let codings = answer.values("content-encoding").map { folded($0) }
    guard codings.count <= 1 else { throw .brokenAnswer("stacked codings") }
    switch String(decoding: codings.first ?? [], as: UTF8.self) {
    case "", "identity":
      return answer.body
    case "gzip", "x-gzip":
      do {
        return try PageBody.inflated(answer.body, limit: limits.inflatedBytes)
      } catch {
        throw error == .tooLarge ? .tooLarge(limit: limits.inflatedBytes) : .brokenAnswer("gzip")
      }
    default: throw .brokenAnswer("coding")
    }
  }
}
