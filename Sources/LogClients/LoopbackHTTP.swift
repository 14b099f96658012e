internal import Encodings
internal import Glibc

/// Reads from a server on this machine, without TLS: a verify service behind its proxy, and tests. Every other address
/// goes through the guarded fetch.
struct LoopbackHTTP: Sendable {
  static let timeoutSeconds = 30
  static let maxHeaderBytes = 32 << 10
  private let port: UInt16, path: String, isIPv6: Bool, host: String

  /// `http://127.0.0.1:PORT/…`, `http://localhost…` or `http://[::1]…`; nothing else is accepted.
  init(_ base: String) throws(FollowFailure) {
    let rest = Array(base.utf8.dropFirst("http://".utf8.count))
    let authority = rest.prefix { $0 != UInt8(ascii: "/") }
    path = String(decoding: rest.dropFirst(authority.count), as: UTF8.self)
    let names: [(String, Bool)] = [("127.0.0.1", false), ("localhost", false), ("[::1]", true)]
    guard let (name, six) = names.first(where: { authority.starts(with: Array($0.0.utf8)) }) else {
      throw .malformed(what: base, why: "http is read from this machine only; use https")
    }
    let after = authority.dropFirst(name.utf8.count)
    if after.isEmpty {
      port = 80
    } else {
      guard after.first == UInt8(ascii: ":"), let number = ASCII.decimal(after.dropFirst()),
        let port = UInt16(exactly: number)
      else {
        throw .malformed(what: base, why: "not a port")
      }
      self.port = port
    }
    guard path.isEmpty || PublicFiles.isPlain(String(path.dropFirst())) else {
      throw .malformed(what: base, why: "not a path")
    }
    isIPv6 = six
    host = String(decoding: authority, as: UTF8.self)
  }

  /// The body of a 200; nil for 404 and 410.
  func get(_ file: String, limit: Int) throws(FollowFailure) -> [UInt8]? {
    let what = "http://\(host)\(path)/\(file)"
    guard file.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .malformed(what: what, why: "not a path") }
    let socket = try connect(what)
    defer { close(socket) }
    let request =
      """
      GET \(path)/\(file) HTTP/1.1\r\nHost: \(host)\r\nAccept: */*\r\nUser-Agent: khatm-follower/1\r\nConnection: \
      close\r\n\r\n
      """
    try send(Array(request.utf8), on: socket, what)
    var answer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(socket, &chunk, chunk.count, 0)
      if count < 0 {
        if errno == EINTR { continue }
        throw .unreachable(what: what, why: String(cString: strerror(errno)))
      }
      if count == 0 { break }
      answer += chunk[..<count]
      guard answer.count <= limit + Self.maxHeaderBytes + limit / 8 else { throw .tooLarge(path: what, limit: limit) }
    }
    return try body(of: answer, what, limit: limit)
  }

  private func connect(_ what: String) throws(FollowFailure) -> Int32 {
    let socket = Glibc.socket(
      isIPv6 ? AF_INET6 : AF_INET,
      Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
      0
    )
    guard socket >= 0 else { throw .unreachable(what: what, why: String(cString: strerror(errno))) }
    var time = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    let result: Int32
    if isIPv6 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      address.sin6_addr = in6addr_loopback
      result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    } else {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
    guard result == 0 else {
      let why = String(cString: strerror(errno))
      close(socket)
      throw .unreachable(what: what, why: why)
    }
    return socket
  }

  private func send(_ bytes: [UInt8], on socket: Int32, _ what: String) throws(FollowFailure) {
    var done = 0
    while done < bytes.count {
      let sent = bytes.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      if sent < 0 {
        if errno == EINTR { continue }
        throw .unreachable(what: what, why: String(cString: strerror(errno)))
      }
      done += sent
    }
  }

  private func body(of answer: [UInt8], _ what: String, limit: Int) throws(FollowFailure) -> [UInt8]? {
    let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
    guard let blank = answer.prefix(Self.maxHeaderBytes).indices.first(where: { answer[$0...].starts(with: end) })
    else {
      throw .unreachable(what: what, why: "no HTTP answer")
    }
    let head = answer[..<blank].split(separator: 0x0A).map { line in Array(line.last == 0x0D ? line.dropLast() : line) }
    guard let first = head.first, first.starts(with: "HTTP/1.".utf8),
      let status = ASCII.decimal(first.dropFirst(9).prefix(3))
    else {
      throw .unreachable(what: what, why: "no HTTP answer")
    }
    if status == 404 || status == 410 { return nil }
    guard status == 200 else { throw .unreachable(what: what, why: "status \(status)") }
    func value(_ name: String) -> [UInt8]? {
      for line in head.dropFirst() {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), ASCII.equalFolded(line[..<colon], Array(name.utf8))
        else { continue }
        return Array(line[(colon + 1)...].drop { $0 == 0x20 }.map(ASCII.lower))
      }
      return nil
    }
    let raw = answer[(blank + 4)...]
    var body: [UInt8]
    if value("transfer-encoding") == Array("chunked".utf8) {
      body = try unchunked(raw, what)
    } else {
      body = Array(raw)
      // A connection that broke looks like one that ended.
      if let length = value("content-length").flatMap({ ASCII.decimal($0) }), Int64(body.count) != length {
        throw .unreachable(what: what, why: "the answer broke off")
      }
    }
    guard body.count <= limit else { throw .tooLarge(path: what, limit: limit) }
    return body
  }

  private func unchunked(_ raw: ArraySlice<UInt8>, _ what: String) throws(FollowFailure) -> [UInt8] {
    var rest = raw
    var body: [UInt8] = []
    while true {
      guard let line = rest.firstIndex(of: 0x0A) else { throw .unreachable(what: what, why: "the answer broke off") }
      let digits = rest[..<line].prefix { $0 != 0x0D && $0 != UInt8(ascii: ";") }
      guard (1...7).contains(digits.count), let size = Int(String(decoding: digits, as: UTF8.self), radix: 16),
        size >= 0
      else {
        throw .unreachable(what: what, why: "no chunk size")
      }
      rest = rest[(line + 1)...]
      if size == 0 { return body }
      guard rest.count >= size + 2 else { throw .unreachable(what: what, why: "the answer broke off") }
      body += rest.prefix(size)
      rest = rest.dropFirst(size + 2)
    }
  }
}
