import Encodings
import Fixtures
import Foundation
import Glibc
import Hummingbird
import LogClients
import Logging
import Repository
import Storefronts
import Synchronization
import Testing

@testable import khatmd

let now = Instant(seconds: 1_795_338_903)  // 2026-11-22T09:15:03Z

/// A real service on a free port of loopback, over a sample authority of its own.
final class TestServer: @unchecked Sendable {  // the sample is used by one test, the rest does not change
  let sample: TestPublisher
  let service: Service
  let port: Int
  private let task: Task<Void, Never>

  init(
    at moment: Instant = now,
    answerKey: AnswerKey? = nil,
    readsPages: Bool = false,
    misuse: MisuseQueue? = nil,
    recheck: Recheck = .always,
    _ change: (inout Settings) -> Void = { _ in }
  ) async throws {
    sample = try TestPublisher(now: now)
    var settings = Settings()
    change(&settings)
    let folder = try PublishedRepository(path: sample.path, anchor: sample.rootPEM, recheck: recheck)
    // No name resolves: a test never leaves this machine.
    let nowhere = HostResolver { _, _ throws(HostResolver.Failure) in throw .unknownHost }
    let reader = readsPages ? PageReader(folder: folder, resolver: nowhere) : nil
    let service = Service(
      folder: folder,
      settings: settings,
      answerKey: answerKey,
      reader: reader,
      misuse: misuse.map { MisuseIntake(queue: $0) },
      now: { moment }
    )
    self.service = service
    let (ports, ready) = AsyncStream.makeStream(of: Int.self)
    var log = Logger(label: "test")
    log.logLevel = .critical
    let application = makeApplication(service, address: try #require(ListenAddress("127.0.0.1:0")), log: log) {
      ready.yield($0)
    }
    task = Task {
      do {
        try await application.run()
      } catch {
        ready.finish()
      }
    }
    var found: Int?
    for await port in ports {
      found = port
      break
    }
    port = try #require(found)
  }

  deinit { task.cancel() }

  /// One request on its own connection.
  func ask(_ method: String, _ path: String, _ headers: [String: String] = [:], body: [UInt8]? = nil) async throws
    -> Reply
  {
    var head = "\(method) \(path) HTTP/1.1\r\nHost: khatm.example\r\nConnection: close\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if let body { head += "Content-Length: \(body.count)\r\n" }
    return try Reply(try await exchange(Array((head + "\r\n").utf8) + (body ?? [])))
  }

  func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Reply {
    try await ask("GET", path, headers)
  }

  func post(_ path: String, _ json: String, type: String = "application/json", _ headers: [String: String] = [:])
    async throws -> Reply
  {
    try await ask("POST", path, headers.merging(["Content-Type": type]) { first, _ in first }, body: Array(json.utf8))
  }

  /// Sends bytes and reads until the other side closes. Sockets block, so this is a thread of its own: the service
  /// needs the pool.
  func exchange(_ bytes: [UInt8], seconds: Int = 10) async throws -> [UInt8] {
    let port = port
    return try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(with: Result { try Socket(port: port, seconds: seconds).exchange(bytes) })
      }
    }
  }

  func onThread<Value: Sendable>(_ body: @escaping @Sendable (Socket) throws -> Value) async throws -> Value {
    let port = port
    return try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try body(try Socket(port: port, seconds: 10)) }) }
    }
  }
}

/// A call of the system that failed.
struct SocketFailure: Error { let call: String, code: Int32 }

/// A blocking TCP connection to loopback.
final class Socket {
  let handle: Int32

  /// - Parameter window: bytes the kernel may hold for us; 0: as it likes.
  init(port: Int, seconds: Int, window: Int32 = 0) throws {
    handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if window > 0 {
      var window = window
      setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &window, socklen_t(MemoryLayout<Int32>.size))
    }
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw SocketFailure(call: "connect", code: errno) }
  }
  deinit { close(handle) }

  /// Bytes the other side took.
  @discardableResult func send(_ bytes: [UInt8]) -> Int {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(handle, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return done }
      done += count
    }
    return done
  }

  /// Nil: closed, or nothing within the time.
  func receive(_ max: Int = 1 << 16) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: max)
    let count = recv(handle, &bytes, max, 0)
    return count > 0 ? Array(bytes[..<count]) : nil
  }

  func exchange(_ bytes: [UInt8]) throws -> [UInt8] {
    send(bytes)
    var out: [UInt8] = []
    while let more = receive() { out += more }
    return out
  }
}

/// An answer as it came over the wire.
struct Reply {
  let status: Int
  let headers: [String: String]
  let body: [UInt8]

  init(_ raw: [UInt8]) throws {
    let gap = Array("\r\n\r\n".utf8)
    let end = try #require(
      raw.indices.first { raw[$0...].starts(with: gap) },
      "no head in \(String(decoding: raw.prefix(200), as: UTF8.self))"
    )
    let lines = String(decoding: raw[..<end], as: UTF8.self).utf8.split(separator: 0x0A).map {
      String(decoding: $0.filter { $0 != 0x0D }, as: UTF8.self)
    }
    status = try #require(Int(lines[0].split(separator: " ")[1]))
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    self.headers = headers
    var body = Array(raw[(end + 4)...])
    if headers["transfer-encoding"] == "chunked" { body = Self.joined(body) }
    self.body = body
  }

  var text: String { String(decoding: body, as: UTF8.self) }
  var json: JSON { get throws { try JSON.parse(body, limits: .document) } }
  func string(_ path: String...) throws -> String? {
    var value: JSON? = try json
    for name in path { value = value?.object?[Text(name)] }
    return value?.string
  }

  private static func joined(_ chunked: [UInt8]) -> [UInt8] {
    var rest = chunked[...]
    var out: [UInt8] = []
    while let end = rest.firstIndex(of: 0x0D), let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16),
      size > 0, rest.count >= size
    {
      out += rest[(end + 2)...].prefix(size)
      rest = rest[(end + 2)...].dropFirst(size + 2)
    }
    return out
  }
}
