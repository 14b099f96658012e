internal import CCurl
internal import Encodings
internal import Glibc

/// One request to one checked address by libcurl: no redirects, no cookies, no proxy, no second look-up.
///
/// The object lives inside one synchronous call. libcurl calls back on the same thread, so nothing here is shared.
final class CurlTransfer {
  /// What is asked, and the one address that may be dialled for it.
  struct Request {
    let page: PageAddress
    let address: NetworkAddress
    let accept: String, userAgent: String
    /// Roots of trust as PEM instead of the system's.
    let trust: [UInt8]?
  }

  /// What came back, within the limits.
  struct Answer {
    let status: Int
    /// Names in lower case, as they came.
    let headers: [(name: [UInt8], value: [UInt8])]
    let body: [UInt8]

    func values(_ name: String) -> [[UInt8]] { headers.filter { $0.name == Array(name.utf8) }.map(\.value) }
  }

  /// `notConnected`: the next address of the host may be tried.
  enum Failure: Error {
    case notConnected
    case other(TransferFailure)
  }

  private let request: Request, policy: AddressPolicy, limits: FetchLimits, deadline: ContinuousClock.Instant
  private let target: SocketAddress
  // What the callbacks of this transfer own, and `run` reads when libcurl has returned.

  /// Why a callback stopped the transfer.
  private var stopped: TransferFailure?
  private var bodyUnwanted = false
  private var status = 0, interim = 0, headerBytes = 0, inBody = false
  private var headers: [(name: [UInt8], value: [UInt8])] = []
  private var body: [UInt8] = [], received = 0
  private var firstByte: ContinuousClock.Instant?

  /// libcurl's own set-up, once. It is thread-safe since 7.84, but must not race with the first use of a handle.
  private static let ready: Bool = khatm_curl_start() == CURLE_OK

  init(_ request: Request, policy: AddressPolicy, limits: FetchLimits, deadline: ContinuousClock.Instant) {
    self.request = request
    self.policy = policy
    self.limits = limits
    self.deadline = deadline
    target = SocketAddress(address: request.address, port: request.page.effectivePort)
  }

  /// Blocks until the answer is there, a limit was passed or the deadline has come. May be called once.
  func run() throws(Failure) -> Answer {
    guard Self.ready, let curl = curl_easy_init() else { throw .other(.brokenAnswer("libcurl")) }
    defer { curl_easy_cleanup(curl) }
    let left = (deadline - ContinuousClock.now).milliseconds
    guard left > 0 else { throw .other(.deadline(milliseconds: limits.totalMilliseconds)) }

    let host = request.page.host.string
    let port = request.page.effectivePort
    let pinned = request.address.isIPv6 ? "[\(request.address)]" : request.address.description
    let pins = curl_slist_append(nil, "\(host):\(port):\(pinned)")
    defer { curl_slist_free_all(pins) }
    var fields: UnsafeMutablePointer<curl_slist>?
    for field in ["Accept: \(request.accept)", "Accept-Encoding: gzip, identity", "User-Agent: \(request.userAgent)"] {
      fields = curl_slist_append(fields, field)
    }
    defer { curl_slist_free_all(fields) }
    guard pins != nil, fields != nil else { throw .other(.brokenAnswer("memory")) }

    // The URL, rebuilt from checked parts, and the one place it may lead to.
    var set = [
      khatm_curl_set_text(curl, CURLOPT_URL, request.page.requestURL.string),
      khatm_curl_set_list(curl, CURLOPT_RESOLVE, pins),
      khatm_curl_set_list(curl, CURLOPT_HTTPHEADER, fields),
      khatm_curl_set_long(curl, CURLOPT_PATH_AS_IS, 1),
      khatm_curl_set_text(curl, CURLOPT_PROTOCOLS_STR, request.page.scheme.rawValue),
      khatm_curl_set_text(curl, CURLOPT_PROXY, ""),
      khatm_curl_set_long(curl, CURLOPT_FOLLOWLOCATION, 0),
      khatm_curl_set_long(curl, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
      khatm_curl_set_long(curl, CURLOPT_FRESH_CONNECT, 1),
      khatm_curl_set_long(curl, CURLOPT_FORBID_REUSE, 1),
      khatm_curl_set_long(curl, CURLOPT_NOSIGNAL, 1),
      khatm_curl_set_long(curl, CURLOPT_TIMEOUT_MS, Int(left)),
      khatm_curl_set_long(curl, CURLOPT_CONNECTTIMEOUT_MS, min(Int(left), limits.connectMilliseconds)),
      khatm_curl_set_long(curl, CURLOPT_SSL_VERIFYPEER, 1),
      khatm_curl_set_long(curl, CURLOPT_SSL_VERIFYHOST, 2),
      khatm_curl_set_long(curl, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
      khatm_curl_set_data(
        curl,
        CURLOPT_HEADERFUNCTION,
        { bytes, size, count, context in
          CurlTransfer.from(context)?.receive(header: bytes, length: size * count) ?? 0
        }
      ),
      khatm_curl_set_data(
        curl,
        CURLOPT_WRITEFUNCTION,
        { bytes, size, count, context in
          CurlTransfer.from(context)?.receive(body: bytes, length: size * count) ?? 0
        }
      ),
    ]
    if let trust = request.trust { set.append(khatm_curl_set_ca(curl, trust, trust.count)) }
    let this = Unmanaged.passUnretained(self).toOpaque()
    set.append(khatm_curl_set_pointer(curl, CURLOPT_HEADERDATA, this))
    set.append(khatm_curl_set_pointer(curl, CURLOPT_WRITEDATA, this))
    set.append(
      khatm_curl_set_open(
        curl,
        { context, _, address in CurlTransfer.from(context)?.open(address) ?? KHATM_SOCKET_BAD },
        this
      )
    )
    set.append(
      khatm_curl_set_progress(
        curl,
        { context, _, _, _, _ in CurlTransfer.from(context)?.goesOn() == true ? 0 : 1 },
        this
      )
    )
    // An option that was not taken would be a guard that is not there.
    guard set.allSatisfy({ $0 == CURLE_OK }) else { throw .other(.brokenAnswer("libcurl options")) }

    let result = withExtendedLifetime(self) { curl_easy_perform(curl) }
    if let stopped { throw .other(stopped) }
    if result != CURLE_OK && !(bodyUnwanted && result == CURLE_WRITE_ERROR) { throw failure(result, curl) }

    // What was really dialled, as libcurl saw it.
    var peer: UnsafeMutablePointer<CChar>?
    var peerPort = 0
    guard khatm_curl_info_text(curl, CURLINFO_PRIMARY_IP, &peer) == CURLE_OK, let peer,
      khatm_curl_info_long(curl, CURLINFO_PRIMARY_PORT, &peerPort) == CURLE_OK,
      NetworkAddress(Text(String(cString: peer))) == request.address, peerPort == Int(port)
    else { throw .other(.refusedAddress(request.address, "another peer answered")) }
    return Answer(status: status, headers: headers, body: body)
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
  }

  // MARK: callbacks

  /// Sees the address in the moment before it is dialled: only the pinned one, and only if it may be dialled at all.
  private func open(_ address: UnsafeMutablePointer<curl_sockaddr>?) -> curl_socket_t {
    if case .refusedAddress = stopped { return KHATM_SOCKET_BAD }
    guard let address, let dialled = SocketAddress(khatm_sockaddr_bytes(address), length: Int(address.pointee.addrlen)),
      dialled == target
    else {
      stopped = .refusedAddress(request.address, "another address was dialled")
      return KHATM_SOCKET_BAD
    }
    if let why = policy.refusal(of: dialled.address) {
      stopped = .refusedAddress(dialled.address, why)
      return KHATM_SOCKET_BAD
    }
    return socket(address.pointee.family, address.pointee.socktype | KHATM_SOCK_CLOEXEC, address.pointee.protocol)
  }

  private func receive(header bytes: UnsafeMutablePointer<CChar>?, length: Int) -> Int {
    guard let bytes else { return 0 }
    firstByte = firstByte ?? ContinuousClock.now
    headerBytes += length
    guard headerBytes <= limits.headerBytes else {
      return stop(.brokenAnswer("headers over \(limits.headerBytes) bytes"))
    }
    if inBody { return length }  // trailers: counted, not believed
    let line = bytes.withMemoryRebound(to: UInt8.self, capacity: length) {
      Array(UnsafeBufferPointer(start: $0, count: length))
    }
    if line.starts(with: Array("HTTP/".utf8)) {
      headers = []
      let digits = line.drop { $0 != 0x20 }.dropFirst().prefix(3)
      guard digits.count == 3, digits.allSatisfy(isDigit) else { return stop(.brokenAnswer("no status")) }
      status = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
      if status < 200 {
        interim += 1
        guard interim <= limits.interimAnswers, status != 101 else { return stop(.brokenAnswer("interim answers")) }
      }
    } else if let colon = line.firstIndex(of: 0x3A) {
      func trimmed(_ part: ArraySlice<UInt8>) -> [UInt8] {
        Array(part.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed())
      }
      headers.append((name: folded(trimmed(line[..<colon])), value: trimmed(line[(colon + 1)...])))
    }
    return length
  }

  private func receive(body bytes: UnsafeMutablePointer<CChar>?, length: Int) -> Int {
    guard let bytes else { return 0 }
    inBody = true
    guard (200...299).contains(status) else {
      bodyUnwanted = true  // the head said it all
      return 0
    }
    received += length
    guard received <= limits.wireBytes else { return stop(.tooLarge(limit: limits.wireBytes)) }
    bytes.withMemoryRebound(to: UInt8.self, capacity: length) { body += UnsafeBufferPointer(start: $0, count: length) }
    return length
  }

  /// Called at least once a second.
  private func goesOn() -> Bool {
    let now = ContinuousClock.now
    if now >= deadline { return stop(.deadline(milliseconds: limits.totalMilliseconds)) != 0 }
    guard let firstByte else { return true }
    let passed = (now - firstByte).milliseconds
    if passed > limits.graceMilliseconds,
      Int64(headerBytes + received) * 1_000 < passed * Int64(limits.minBytesPerSecond)
    {
      return stop(.deadline(milliseconds: Int(passed))) != 0
    }
    return true
  }

  private func stop(_ reason: TransferFailure) -> Int {
    if stopped == nil { stopped = reason }
    return 0
  }

  private func failure(_ result: CURLcode, _ curl: UnsafeMutableRawPointer) -> Failure {
    switch result {
    case CURLE_COULDNT_CONNECT: return .notConnected
    case CURLE_OPERATION_TIMEDOUT:
      // Without a first byte it may have been this address alone; the caller tries the next while there is time.
      // libcurl's clock and ours may differ by a little.
      let isOver = ContinuousClock.now + .milliseconds(100) >= deadline
      return firstByte == nil && !isOver ? .notConnected : .other(.deadline(milliseconds: limits.totalMilliseconds))
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_INVALIDCERTSTATUS,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM:
      var verified = 0
      khatm_curl_info_long(curl, CURLINFO_SSL_VERIFYRESULT, &verified)
      // X509_V_ERR_…: libcurl compares the name itself and then leaves what it began with, 1 (unspecified).
      switch verified {
      case 10: return .other(.tlsInvalid(.expired))
      case 9: return .other(.tlsInvalid(.notYetValid))
      case 62: return .other(.tlsInvalid(.wrongName))
      case 0, 1: return .other(.tlsInvalid(result == CURLE_PEER_FAILED_VERIFICATION ? .wrongName : .handshake))
      default: return .other(.tlsInvalid(.untrusted))
      }
    default: return .other(.brokenAnswer(String(cString: curl_easy_strerror(result))))
    }
  }
}
