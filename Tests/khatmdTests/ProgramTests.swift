import Encodings
import Fixtures
import Foundation
import Glibc
import Testing

@testable import khatmd

/// The built program: how it starts, refuses to start, and ends.
@Suite struct ProgramTests {
  /// Beside the test bundle.
  private static var program: URL? {
    let bundle =
      CommandLine.arguments.first { $0.hasSuffix(".xctest") }.map { URL(filePath: $0) }
      ?? URL(filePath: CommandLine.arguments[0])
    let program = bundle.deletingLastPathComponent().appending(path: "khatmd")
    return FileManager.default.isExecutableFile(atPath: program.path) ? program : nil
  }

  /// The program, started with arguments of a test.
  private final class Running: @unchecked Sendable {  // Process is used by one thread at a time
    let process = Process(), out = Pipe(), problems = Pipe()
    init(_ arguments: [String]) throws {
      process.executableURL = ProgramTests.program
      process.arguments = arguments
      process.standardOutput = out
      process.standardError = problems
      try process.run()
    }
    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    func ended(within seconds: Double) async throws -> Int32 {
      let end = Date().addingTimeInterval(seconds)
      while process.isRunning {
        guard Date() < end else {
          Issue.record("it did not end")
          kill(process.processIdentifier, SIGKILL)
          return -1
        }
        try await Task.sleep(for: .milliseconds(20))
      }
      return process.terminationStatus
    }

    func line() async -> String {
      let handle = out.fileHandleForReading
      return await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: String(decoding: handle.availableData, as: UTF8.self)) }
      }
    }
  }

  @Test func startsAndEnds() async throws {
    guard Self.program != nil else {
      print("skipped: khatmd is not built beside the tests")
      return
    }
    let sample = try TestPublisher(now: Instant(seconds: Int64(Date().timeIntervalSince1970)))
    let good = try sample.issue()
    let running = try Running([
      "--public", sample.path, "--listen", "127.0.0.1:0", "--anchor", sample.path + "/certs/root.pem",
    ])
    let line = await running.line()
    #expect(
      line.hasPrefix("khatmd: listening on http://127.0.0.1:") && line.hasSuffix("(public: \(sample.path))\n"),
      "\(line)"
    )
    let port = try #require(line.split(separator: " ")[3].split(separator: ":").last.flatMap { Int($0) })
    // A request that is half sent when the signal comes is answered.
    let body = "{\"id\":\"\(good.id)\"}"
    let process = running.process.processIdentifier
    let raw: [UInt8] = try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result {
            let socket = try Socket(port: port, seconds: 10)
            socket.send(
              Array(
                """
                POST /v1/verify HTTP/1.1\r\nHost: khatm.example\r\nContent-Type: application/json\r\nContent-Length: \
                \(body.utf8.count)\r\n\r\n{
                """
                .utf8
              )
            )
            Thread.sleep(forTimeInterval: 0.3)
            kill(process, SIGTERM)
            Thread.sleep(forTimeInterval: 0.3)
            return try socket.exchange(Array(body.utf8.dropFirst()))
          }
        )
      }
    }
    #expect(try Reply(raw).string("verdict") == "genuine")
    #expect(try await running.ended(within: 10) == 0)
  }

  @Test func refusesToStart() async throws {
    guard Self.program != nil else {
      print("skipped: khatmd is not built beside the tests")
      return
    }
    let sample = try TestPublisher(now: now)
    let other = try TestPublisher(now: now)
    try other.write("authority.json", Array(#"{"host":"evil.example"}"#.utf8))
    let busy = try await TestServer()
    let cases: [([String], String)] = [
      (["--public", "/nonexistent"], "there is no folder"),
      (["--public", sample.path, "--listen", "nowhere"], "not an address to listen on"),
      (["--public", sample.path, "--listen", "example.com:80"], "not an address to listen on"),
      (["--public", sample.path, "--anchor", "/nonexistent"], "cannot be read"),
      (
        ["--public", sample.path, "--anchor", other.path + "/certs/root.pem", "--listen", "127.0.0.1:0"],
        "cannot be used"
      ), (["--public", other.path], "is said to be of evil.example"),
      (["--public", sample.path, "--rate=-1"], "makes no sense"),
      (["--public", sample.path, "--listen", "127.0.0.1:\(busy.port)"], "cannot listen"),
    ]
    for (arguments, message) in cases {
      let running = try Running(arguments)
      let status = try await running.ended(within: 10)
      let text = String(decoding: running.problems.fileHandleForReading.availableData, as: UTF8.self)
      #expect(status == 2, "\(arguments): \(status)")
      #expect(text.contains(message) && text.contains("hint: "), "\(arguments): \(text)")
    }
    let usage = try Running(["--nonsense"])
    #expect(try await usage.ended(within: 10) == 2)
    let help = try Running(["--help"])
    #expect(try await help.ended(within: 10) == 0)
    #expect(String(decoding: help.out.fileHandleForReading.availableData, as: UTF8.self).contains("--public <DIR>"))
  }

  @Test func addressesToListenOn() {
    for (text, good) in [
      ("127.0.0.1:8080", true), ("[::1]:0", true), ("0.0.0.0:80", true), ("localhost:1", true), ("127.0.0.1", false),
      (":80", false), ("127.0.0.1:70000", false), ("127.0.0.1:-1", false), ("a.example:80", false),
    ] {
      #expect((ListenAddress(text) != nil) == good, "\(text)")
    }
    #expect(ListenAddress("[::1]:0")?.isLoopback == true && ListenAddress("0.0.0.0:80")?.isLoopback == false)
  }
}
