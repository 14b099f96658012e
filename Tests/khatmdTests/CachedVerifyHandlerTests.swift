import Encodings
import Fixtures
import Foundation
import NIOCore
import Repository
import Testing

@testable import khatmd

/// Known tokens are answered where they are read; nobody can tell, but by the time it takes.
@Suite struct CachedVerifyHandlerTests {
  /// As the program: a folder that is looked at every 200 ms.
  static func server(_ change: (inout Settings) -> Void = { _ in }) async throws -> TestServer {
    try await TestServer(recheck: .atMostEvery(clock: { Clock.ticks() }), change)
  }
  static func body(_ token: [UInt8], _ page: String? = "https://alnoor.example/", _ more: String = "") -> String {
    "{\"credential\":\"\(String(decoding: token, as: UTF8.self))\"\(page.map { ",\"page\":\"\($0)\"" } ?? "")\(more)}"
  }
  static func post(_ body: String, _ fields: String = "") -> String {
    """
    POST /v1/verify HTTP/1.1\r\nHost: khatm.example\r\nContent-Type: application/json\r\n\(fields)Content-Length: \
    \(body.utf8.count)\r\n\r\n\(body)
    """
  }
  static let last = "GET /health HTTP/1.1\r\nHost: khatm.example\r\nConnection: close\r\n\r\n"

  /// Every answer on one connection, in the order they came.
  static func answers(_ server: TestServer, _ requests: [String]) async throws -> [Reply] {
    var rest = try await server.exchange(Array((requests.joined() + last).utf8))[...]
    var found: [Reply] = []
    while !rest.isEmpty {
      let end = try #require(rest.indices.first { rest[$0...].starts(with: Array("\r\n\r\n".utf8)) }) + 4
      let length = try #require(Int(try Reply(Array(rest[..<end])).headers["content-length"] ?? ""))
      found.append(try Reply(Array(rest[..<min(end + length, rest.endIndex)])))
      rest = rest[min(end + length, rest.endIndex)...]
    }
    return found
  }

  @Test func theSameAnswer() async throws {
    let server = try await Self.server()
    let good = try server.sample.issue()
    let bodies = [
      Self.body(good.token), Self.body(good.token, nil),
      Self.body(good.token, "https://alnoor.example/", ",\"lang\":\"ar\",\"nonce\":\"c29tZQ\",\"ref\":\"1\""),
    ]
    for body in bodies { _ = try await server.post("/v1/verify", body) }
    let before = server.service.counters.cachedAnswers
    // The other spelling of what is accepted is the routes' business.
    let quick = try await Self.answers(server, bodies.map { Self.post($0) })
    let routed = try await Self.answers(server, bodies.map { Self.post($0, "Accept: application/json;q=1\r\n") })
    #expect(server.service.counters.cachedAnswers == before + 3)
    #expect(quick.count == 4 && routed.count == 4)
    for (left, right) in zip(quick, routed).dropLast() {
      #expect(left.status == 200 && left.body == right.body)
      #expect(left.headers.filter { $0.key != "date" } == right.headers.filter { $0.key != "date" })
      #expect(left.headers["date"]?.hasSuffix("GMT") == true)
      #expect(left.headers["x-content-type-options"] == "nosniff" && left.headers["access-control-allow-origin"] == "*")
    }
    #expect(try quick[0].string("verdict") == "genuine")
    #expect(try quick[1].string("verdict") == "genuine")
    #expect(try quick[2].string("request", "nonce") == "c29tZQ")
  }

  /// Quick ones never overtake: what was asked first is answered first.
  @Test func theOrderOfAnswers() async throws {
    let server = try await Self.server()
    let good = try server.sample.issue()
    let other = try server.sample.issue()
    let known = Self.post(Self.body(good.token))
    _ = try await server.post("/v1/verify", Self.body(good.token))
    let slow = Self.post(Self.body(other.token, "https://thief.example/"))
    let lookup = "GET /v1/lookup?q=alnoor HTTP/1.1\r\nHost: khatm.example\r\n\r\n"
    for requests in [
      [slow, known, lookup, known, known, slow], [known, slow, known], [lookup, known],
      [known, known, known, lookup, slow, known],
    ] {
      let found = try await Self.answers(server, requests)
      #expect(found.count == requests.count + 1)
      for (request, reply) in zip(requests, found) {
        let verdict = request == known ? "genuine" : request == slow ? "other_page" : nil
        #expect(try reply.string("verdict") == verdict)
      }
    }
    #expect(server.service.counters.cachedAnswers > 0)
  }

  /// Whatever is not plain goes the whole way, and whatever is not good is not called good.
  @Test func whatIsNotForIt() async throws {
    let server = try await Self.server()
    let sample = server.sample
    let good = try sample.issue()
    let plain = Self.body(good.token)
    _ = try await server.post("/v1/verify", plain)
    let before = server.service.counters.cachedAnswers
    var forged = good.token
    let last = forged.count - 20  // of the signature: elsewhere it could be read as damage
    forged[last] = forged[last] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
    let chunked =
      """
      POST /v1/verify HTTP/1.1\r\nHost: khatm.example\r\nContent-Type: application/json\r\nTransfer-Encoding: \
      chunked\r\n\r\n\(String(plain.utf8.count, radix: 16))\r\n\(plain)\r\n0\r\n\r\n
      """
    let long = Self.body(good.token, "https://alnoor.example/", ",\"ref\":\"\(String(repeating: "x", count: 70_000))\"")
    let cases: [(String, Int, String?)] = [
      (Self.post(Self.body(forged)), 200, "not_genuine"),
      (Self.post(Self.body(good.token, "https://thief.example/")), 200, "other_page"),
      (Self.post(Self.body(good.token, "http://alnoor.example/")), 200, nil),
      (Self.post(plain, "Accept: text/html\r\n"), 406, nil),
      (Self.post(plain).replacingOccurrences(of: "/v1/verify ", with: "/v1/verify?a=1 "), 400, nil),
      (chunked, 200, "genuine"),
      (Self.post(plain + "x"), 400, nil), (Self.post("{\"page\":1}"), 400, nil),
      (Self.post(plain).replacingOccurrences(of: "application/json", with: "text/plain"), 415, nil),
      (Self.post(plain).replacingOccurrences(of: "POST", with: "PUT"), 405, nil), (Self.post(long), 400, nil),
      (Self.post(Self.body(good.token, "https://alnoor.example/", ",\"receipt\":true")), 200, "genuine"),
    ]
    for (request, status, verdict) in cases {
      let found = try await Self.answers(server, [request])
      #expect(found.first?.status == status && found.count == 2, "\(request.suffix(80))")
      #expect(try verdict == nil || found.first?.string("verdict") == verdict, "\(request.suffix(80))")
    }
    #expect(server.service.counters.cachedAnswers == before)
    #expect(try await Self.answers(server, [Self.post(plain)]).first?.string("verdict") == "genuine")
    #expect(server.service.counters.cachedAnswers == before + 1)
    try sample.revoke(good)
    try await Task.sleep(for: .milliseconds(400))
    #expect(try await Self.answers(server, [Self.post(plain)]).first?.string("verdict") == "not_in_force")
    #expect(server.service.counters.cachedAnswers == before + 1)
  }

  @Test func whoMayAskAndHowOften() async throws {
    let strict = try await Self.server { $0.hosts = ["khatm.example"] }
    let good = try strict.sample.issue()
    let plain = Self.post(Self.body(good.token))
    _ = try await strict.post("/v1/verify", Self.body(good.token))
    let answers = try await Self.answers(
      strict,
      [plain, plain.replacingOccurrences(of: "Host: khatm.example", with: "Host: evil.example"), plain]
    )
    #expect(answers.map(\.status) == [200, 421, 200, 200])
    #expect(strict.service.counters.cachedAnswers >= 1)
    let limited = try await Self.server {
      $0.rate = 1
      $0.limitsLoopback = true
    }
    let token = try limited.sample.issue().token
    let burst = try await Self.answers(limited, Array(repeating: Self.post(Self.body(token)), count: 40))
    #expect(burst.count { $0.status == 200 } < 10 && burst.contains { $0.status == 429 })
  }

  /// A body that comes in pieces is taken as one; half a body is cut off in time.
  @Test func pieces() async throws {
    let server = try await Self.server { $0.limits.request = .milliseconds(600) }
    let good = try server.sample.issue()
    let request = Array(Self.post(Self.body(good.token)).utf8)
    _ = try await server.post("/v1/verify", Self.body(good.token))
    let (answer, seconds) = try await server.onThread { socket in
      for part in stride(from: 0, to: request.count, by: 1_000) {
        socket.send(Array(request[part..<min(part + 1_000, request.count)]))
        Thread.sleep(forTimeInterval: 0.01)
      }
      let answer = socket.receive() ?? []
      let start = Date()
      socket.send(Array(request.dropLast(10)))
      while socket.receive() != nil {}
      return (answer, Date().timeIntervalSince(start))
    }
    #expect(try Reply(answer).status == 200 && server.service.counters.cachedAnswers == 1)
    #expect(seconds < 5)
  }

  /// Answers that nobody takes do not heap up.
  @Test func aReaderThatStops() async throws {
    let server = try await Self.server {
      $0.limits.stall = .milliseconds(500)
      $0.limits.request = .seconds(2)
    }
    let good = try server.sample.issue()
    let request = Array(Self.post(Self.body(good.token)).utf8)
    let port = server.port
    _ = try await server.post("/v1/verify", Self.body(good.token))
    let sent = try await server.onThread { _ in
      let socket = try Socket(port: port, seconds: 5, window: 4 << 10)
      var sent = 0
      while sent < 20_000, socket.send(request) == request.count { sent += 1 }
      return sent
    }
    #expect(sent < 20_000, "the service stops reading, then closes")
  }
}
