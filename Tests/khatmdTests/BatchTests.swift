import Encodings
import Fixtures
import Foundation
import Repository
import Testing

@testable import khatmd

/// Many questions in one request.
@Suite struct BatchTests {
  private func lines(_ reply: Reply) throws -> [JSONObject] {
    try reply.body.split(separator: 0x0A).map { try #require(try JSON.parse(Array($0), limits: .document).object) }
  }
  private func send(_ server: TestServer, _ body: [UInt8], type: String = "application/x-ndjson") async throws -> Reply
  {
    try await server.ask("POST", "/v1/verify/batch", ["Content-Type": type], body: body)
  }

  @Test func inOrderAndToTheEnd() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    let gone = try server.sample.issue()
    try server.sample.revoke(gone)
    var body: [UInt8] = []
    for row in 0..<300 {
      let id = row % 3 == 0 ? gone.id : good.id
      body += Array(
        "{\"id\":\"\(id)\",\"page\":\"https://alnoor.example/\",\"ref\":\"row-\(row)\"}\(row % 2 == 0 ? "\r\n" : "\n")"
          .utf8
      )
    }
    let reply = try await send(server, body)
    let answers = try lines(reply)
    #expect(reply.headers["content-type"] == "application/x-ndjson")
    #expect(answers.count == 301)
    for row in 0..<300 {
      #expect(answers[row]["n"] == .integer(Int64(row + 1)) && answers[row]["ref"]?.string == "row-\(row)")
      #expect(answers[row]["answer"]?.object?["verdict"]?.string == (row % 3 == 0 ? "not_in_force" : "genuine"))
    }
    #expect(answers[300] == ["end": true, "lines": 300])
  }

  /// A78: a bad line is answered as one and spoils no other.
  @Test("A78 a bad line spoils no other") func poisonLines() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    let fine = Array("{\"id\":\"\(good.id)\"}\n".utf8)
    var body = fine
    body +=
      [0xFF, 0xFE, 0x0A] + Array("{\"id\":\n".utf8)
      + Array("{\"id\":\"\(good.id)\",\"page\":\"https://a.example\\\\@b.example/\",\"ref\":\"r4\"}\n".utf8)
    body +=
      [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20) + [0x0A] + Array("\n\n".utf8)
      + Array("{\"page\":\"https://alnoor.example/\"}\n".utf8)
    body += fine.dropLast()  // the last line needs no line feed
    let answers = try lines(try await send(server, body))
    #expect(answers.map { $0["n"]?.int } == [1, 2, 3, 4, 5, 6, 7, nil])
    #expect(
      answers.map { $0["error"]?.object?["code"]?.string } == [
        nil, "request_malformed", "request_malformed", "url_ambiguous", "too_large", "pages_not_read", nil, nil,
      ]
    )
    #expect(answers[3]["ref"] == "r4" && answers[3]["error"]?.object?["status"] == 422)
    #expect(
      answers[0]["answer"]?.object?["verdict"] == "genuine" && answers[6]["answer"]?.object?["verdict"] == "genuine"
    )
    #expect(answers[7] == ["end": true, "lines": 7])
  }

  @Test func overACapThereIsNoEnd() async throws {
    let server = try await TestServer {
      $0.limits.batchLines = 100
      $0.limits.batchBytes = 100_000
    }
    let good = try server.sample.issue()
    let line = Array("{\"id\":\"\(good.id)\"}\n".utf8)
    let many = try await send(server, Array(repeatElement(line, count: 200).joined()))
    #expect(!many.text.contains("\"end\""))
    #expect(try await send(server, [UInt8](repeating: 0x20, count: 100_001)).status == 413, "known from its length")
    // Chunked, so the length is not known before.
    let chunk = "4000\r\n" + String(repeating: " ", count: 0x4000) + "\r\n"
    let head =
      """
      POST /v1/verify/batch HTTP/1.1\r\nHost: khatm.example\r\nConnection: close\r\nContent-Type: \
      application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n
      """
    let raw = try await server.exchange(Array((head + String(repeating: chunk, count: 10) + "0\r\n\r\n").utf8))
    #expect(!String(decoding: raw, as: UTF8.self).contains("\"end\""))
    let empty = try lines(try await send(server, []))
    #expect(empty == [["end": true, "lines": 0]])
    #expect(try await send(server, line, type: "application/json").status == 415)
    // Slots are given back.
    for _ in 0..<12 { #expect(try await send(server, line).status == 200) }
  }

  @Test func tooManyAtOnce() async throws {
    let server = try await TestServer { $0.limits.batchesAtOnce = 1 }
    let head =
      """
      POST /v1/verify/batch HTTP/1.1\r\nHost: khatm.example\r\nContent-Type: application/x-ndjson\r\nContent-Length: \
      50\r\n\r\n
      """
    let second = try await server.onThread { first in
      first.send(Array(head.utf8))
      _ = first.receive()  // its head: the slot is taken
      return try Socket(port: server.port, seconds: 60).exchange(
        Array(
          """
          POST /v1/verify/batch HTTP/1.1\r\nHost: khatm.example\r\nConnection: close\r\nContent-Type: \
          application/x-ndjson\r\nContent-Length: 0\r\n\r\n
          """
          .utf8
        )
      )
    }
    let reply = try Reply(second)
    #expect(reply.status == 503 && reply.headers["retry-after"] == "5")
  }

  @Test func linesAreCutWhereTheyEnd() {
    var reader = LineReader(maxBytes: 5)
    func texts(_ lines: [LineReader.Line]) -> [String?] {
      lines.map { if case .whole(let line) = $0 { String(decoding: line.bytes, as: UTF8.self) } else { nil } }
    }
    func read(_ text: String) -> [LineReader.Line] { Array(text.utf8).withUnsafeBytes { reader.read($0) } }
    #expect(texts(read("ab")) == [])
    #expect(texts(read("c\nd")) == ["abc"])
    #expect(texts(read("\r\n\n\r\nxxxxxx\nok\n12345")) == ["d", nil, "ok"])
    #expect(texts(read("6")) == [])
    #expect(texts([reader.rest()].compactMap { $0 }) == [nil])
    #expect(texts([reader.rest()].compactMap { $0 }).isEmpty)
  }
}
