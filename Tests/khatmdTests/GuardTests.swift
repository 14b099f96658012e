import Encodings
import Fixtures
import Foundation
import NIOCore
import Testing

@testable import khatmd

/// Clients that are slow, greedy or broken.
@Suite struct GuardTests {
  @Test func aBodyThatTrickles() async throws {
    let server = try await TestServer {
      $0.limits.request = .milliseconds(600)
      $0.limits.idle = .seconds(5)
    }
    let seconds = try await server.onThread { socket in
      let start = Date()
      socket.send(
        Array(
          """
          POST /v1/verify HTTP/1.1\r\nHost: khatm.example\r\nContent-Type: application/json\r\nContent-Length: \
          1000\r\n\r\n
          """
          .utf8
        )
      )
      for _ in 0..<40 {
        if socket.send([0x20]) == 0 { break }
        Thread.sleep(forTimeInterval: 0.1)
      }
      while socket.receive() != nil {}
      return Date().timeIntervalSince(start)
    }
    #expect(seconds < 5)
  }

  @Test func aHeadThatNeverEnds() async throws {
    let server = try await TestServer { $0.limits.idle = .milliseconds(500) }
    let seconds = try await server.onThread { socket in
      let start = Date()
      socket.send(Array("GET /health HTTP/1.1\r\nHost: k".utf8))
      while socket.receive() != nil {}
      return Date().timeIntervalSince(start)
    }
    #expect(seconds < 5)
  }

  @Test func aReaderThatStops() async throws {
    let server = try await TestServer {
      $0.limits.stall = .milliseconds(500)
      $0.limits.request = .seconds(3)
    }
    try server.sample.write("crl/big.crl", [UInt8](repeating: 1, count: 15 << 20))
    let port = server.port
    let closed = try await server.onThread { _ in
      let socket = try Socket(port: port, seconds: 10, window: 64 << 10)
      socket.send(Array("GET /crl/big.crl HTTP/1.1\r\nHost: khatm.example\r\n\r\n".utf8))
      var count = socket.receive()?.count ?? 0  // it has begun; now we stop reading
      Thread.sleep(forTimeInterval: 2.5)
      // Nor does the system keep for it what was sent and not taken (local address, remote address, state: 04 waits for
      // the other side).
      let held = try String(contentsOfFile: "/proc/net/tcp", encoding: .ascii).split(separator: "\n").filter { line in
        let columns = line.split(separator: " ")
        return columns[1].hasSuffix(":" + String(format: "%04X", port)) && columns[3] == "04"
      }
      #expect(held.isEmpty)
      while let bytes = socket.receive() { count += bytes.count }
      return count
    }
    #expect(closed < 15 << 20, "it was cut")
  }

  @Test func aBodyNobodyWants() async throws {
    let server = try await TestServer()
    let taken = try await server.onThread { socket in
      socket.send(
        Array(
          """
          POST /v1/verify HTTP/1.1\r\nHost: khatm.example\r\nContent-Type: application/json\r\nContent-Length: \
          100000000\r\n\r\n
          """
          .utf8
        )
      )
      var taken = 0
      for _ in 0..<400 {
        let count = socket.send([UInt8](repeating: 0x20, count: 256 << 10))
        taken += count
        if count < 256 << 10 { break }
      }
      return taken
    }
    #expect(taken < 60 << 20, "cut, not drained")
  }

  @Test func silentConnectionsGiveWay() async throws {
    let server = try await TestServer {
      $0.limits.connections = 16
      $0.limits.idle = .seconds(30)
    }
    let port = server.port
    let answered = try await server.onThread { _ in
      // Half of them have sent half a head, half of them half a body.
      let silent = try (0..<48).map { number in
        let socket = try Socket(port: port, seconds: 10)
        socket.send(
          Array(
            (number % 2 == 0
              ? "GET /hea"
              : "POST /v1/verify HTTP/1.1\r\nHost: k\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
              .utf8
          )
        )
        return socket
      }
      let honest = try Socket(port: port, seconds: 20)
      honest.send(Array("GET /health HTTP/1.1\r\nHost: khatm.example\r\n\r\n".utf8))
      let reply = honest.receive() ?? []
      return withExtendedLifetime(silent) { String(decoding: reply, as: UTF8.self) }
    }
    #expect(answered.hasPrefix("HTTP/1.1 200"))
  }

  @Test func headsThatAreTooLarge() async throws {
    let server = try await TestServer()
    for field in ["X: " + String(repeating: "a", count: 9_000), (0..<80).map { "X\($0): 1" }.joined(separator: "\r\n")]
    {
      let raw = try await server.exchange(Array("GET /health HTTP/1.1\r\nHost: khatm.example\r\n\(field)\r\n\r\n".utf8))
      let status = raw.isEmpty ? 400 : try Reply(raw).status
      #expect(status >= 400)
    }
    // A body that cannot be told from what follows it: the client's fault, and the end of the connection.
    let head = "POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: "
    for broken in [
      "chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n", "chunked\r\n\r\n2\r\n{}x\r\n0\r\n\r\n", "xchunked\r\n\r\n0\r\n\r\n",
    ] {
      let raw = try await server.exchange(Array((head + broken + "GET /v1/smuggled HTTP/1.1\r\nHost: a\r\n\r\n").utf8))
      #expect(try Reply(raw).status == 400, "\(broken)")
      #expect(!String(decoding: raw, as: UTF8.self).contains("smuggled"), "\(broken)")
    }
    for broken in [
      "GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "NONSENSE\r\n\r\n",
    ] {
      let raw = try await server.exchange(Array(broken.utf8))
      let status = raw.isEmpty ? 400 : try Reply(raw).status
      #expect(status >= 400, "\(broken)")
    }
  }

  @Test func tooOften() async throws {
    let server = try await TestServer {
      $0.rate = 1
      $0.limitsLoopback = true
    }
    /// Forty at once on one connection, so that a slow machine does not refill the bucket in between.
    func burst(_ server: TestServer, _ path: String, _ field: String = "X: y") async throws -> String {
      let one = "GET \(path) HTTP/1.1\r\nHost: khatm.example\r\n\(field)\r\n"
      let last = one + "Connection: close\r\n\r\n"
      return String(
        decoding: try await server.exchange(Array((String(repeating: one + "\r\n", count: 39) + last).utf8)),
        as: UTF8.self
      )
    }
    let raw = try await burst(server, "/health")
    #expect(raw.contains("HTTP/1.1 200") && raw.contains("HTTP/1.1 429") && raw.contains("Retry-After: "))
    #expect(try await burst(server, "/?lang=ar").contains("طلبات كثيرة"), "people are told in words")
    let off = try await TestServer {
      $0.rate = 0
      $0.limitsLoopback = true
    }
    for _ in 0..<20 { #expect(try await off.get("/health").status == 200) }
    let behind = try await TestServer {
      $0.rate = 1
      $0.behindProxy = true
    }
    #expect(try await burst(behind, "/health", "X-Forwarded-For: 198.51.100.7, 203.0.113.9").contains("HTTP/1.1 429"))
    #expect(
      try await behind.get("/health", ["X-Forwarded-For": "198.51.100.7, 203.0.113.10"]).status == 200,
      "the last address is the client's"
    )
  }

  @Test func bucketsFillAgain() {
    let buckets = TokenBuckets(perSecond: 2, burst: 4)
    for _ in 0..<4 { #expect(buckets.take("a", cost: 1, tick: 1_000) == nil) }
    #expect(buckets.take("a", cost: 1, tick: 1_000) == 1)
    #expect(buckets.take("b", cost: 1, tick: 1_000) == nil)
    #expect(buckets.take("a", cost: 1, tick: 500_001_000) == nil)
    #expect(buckets.take("a", cost: 1, tick: 500_001_000) == 1)
    #expect(buckets.take("c", cost: 100, tick: 0) == nil, "no question costs more than a full bucket")
  }

  /// Who comes last is served: of those that are silent, the ones that came first give way, also where there are only
  /// three places.
  @Test func connectionsAreCounted() async throws {
    let server = try await TestServer {
      $0.limits.connections = 3
      $0.limits.idle = .seconds(30)
    }
    let port = server.port
    let answered = try await server.onThread { _ in
      let silent = try (0..<5).map { _ in try Socket(port: port, seconds: 10) }
      let honest = try Socket(port: port, seconds: 10)
      honest.send(Array("GET /health HTTP/1.1\r\nHost: khatm.example\r\n\r\n".utf8))
      let isWell = honest.receive() != nil
      return withExtendedLifetime(silent) { isWell }
    }
    #expect(answered)
    #expect(try await server.get("/health").status == 200, "and taken again once others have gone")
  }
}
