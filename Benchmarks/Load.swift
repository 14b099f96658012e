import Foundation
import Glibc
import Synchronization

/// A small HTTP/1.1 client for measuring: blocking sockets on loopback, one request at a time on each of a few kept
/// connections.
enum Load {
  /// What went wrong with a connection.
  struct Failure: Error { let what: String }

  /// Requests answered with 200 per second.
  static func rate(port: UInt16, request: [UInt8], connections: Int, seconds: Double) throws -> Double {
    let done = Mutex(0)
    let failed = Mutex<String?>(nil)
    let deadline = ContinuousClock.now + .milliseconds(Int(seconds * 1_000))
    let begun = ContinuousClock.now
    let threads = (0..<connections).map { _ in
      let thread = Thread {
        do {
          let socket = try Connection(port: port)
          var count = 0
          while ContinuousClock.now < deadline {
            guard try socket.ask(request) == 200 else { throw Failure(what: "not 200") }
            count += 1
          }
          done.withLock { $0 += count }
        } catch { failed.withLock { $0 = "\(error)" } }
        finished.signal()
      }
      thread.start()
      return thread
    }
    for _ in threads { finished.wait() }
    if let why = failed.withLock({ $0 }) { throw Failure(what: why) }
    let spent = (ContinuousClock.now - begun) / .milliseconds(1)
    return Double(done.withLock { $0 }) / spent * 1_000
  }

  private static let finished = DispatchSemaphore(value: 0)

  /// Lines of batches answered per second, one batch for each core at a time: each body is sent by one thread while
  /// another reads the answer.
  static func batches(port: UInt16, lines: [[UInt8]], at once: Int) throws -> Double {
    let body = [UInt8](lines.joined(separator: [0x0A])) + [0x0A]
    let head = Array(
      """
      POST /v1/verify/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\nContent-Length: \
      \(body.count)\r\n\r\n
      """
      .utf8
    )
    let failed = Mutex<String?>(nil)
    let connections = try (0..<once).map { _ in try Connection(port: port) }
    let begun = ContinuousClock.now
    for connection in connections {
      Thread {
        connection.send(head)
        connection.send(body)
        finished.signal()
      }.start()
      Thread {
        do {
          let answered = try connection.countLines()
          if answered != lines.count + 1 { throw Failure(what: "\(answered) lines for \(lines.count)") }
        } catch { failed.withLock { $0 = "\(error)" } }
        finished.signal()
      }.start()
    }
    for _ in 0..<(2 * once) { finished.wait() }
    if let why = failed.withLock({ $0 }) { throw Failure(what: why) }
    return Double(once * lines.count) / ((ContinuousClock.now - begun) / .seconds(1))
  }

  /// One connection: one thread sends, another counts what comes back.
  final class Connection: @unchecked Sendable {  // one thread sends, one receives; nothing else is shared
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)

    init(port: UInt16) throws {
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      let connected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      guard connected == 0 else { throw Failure(what: "connect") }
      var one: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
      var time = timeval(tv_sec: 10, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }
    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) {
      bytes.withUnsafeBytes { bytes in
        var at = 0
        while at < bytes.count {
          let count = write(descriptor, bytes.baseAddress! + at, bytes.count - at)  // not empty: the loop runs
          guard count > 0 else { return }
          at += count
        }
      }
    }

    /// JSON lines of a chunked answer, up to its closing chunk; throws when one is not "genuine" and not the end
    /// line.
    func countLines() throws -> Int {
      var lines = 0
      var genuine = 0
      var last: [UInt8] = []
      while true {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw Failure(what: "closed") }
        // The few bytes before, for words that lie across two reads.
        let window = last + buffer[..<count]
        lines +=
          Self.count(Array("{\"n\":".utf8), in: window, from: last.count)
          + Self.count(Array("{\"end\":".utf8), in: window, from: last.count)
        genuine += Self.count(Array("\"verdict\":\"genuine\"".utf8), in: window, from: last.count)
        last = Array(window.suffix(32))
        if last.suffix(5).elementsEqual("0\r\n\r\n".utf8) { break }
      }
      guard genuine == lines - 1 else { throw Failure(what: "\(genuine) of \(lines - 1) genuine") }
      return lines
    }

    /// Occurrences that end behind `from`.
    private static func count(_ word: [UInt8], in bytes: [UInt8], from: Int) -> Int {
      bytes.withUnsafeBytes { bytes in
        var found = 0
        var at = max(0, from - word.count + 1)
        // not empty
        while at < bytes.count, let place = memchr(bytes.baseAddress! + at, Int32(word[0]), bytes.count - at) {
          let start = UnsafeRawPointer(place) - bytes.baseAddress!
          if bytes.count - start >= word.count, memcmp(place, word, word.count) == 0 { found += 1 }
          at = start + 1
        }
        return found
      }
    }

    /// Sends one request and reads one answer with a Content-Length. The client shares the machine, so it must cost
    /// little, and the same for every server.
    func ask(_ request: [UInt8]) throws -> Int {
      guard write(descriptor, request, request.count) == request.count else { throw Failure(what: "send") }
      var held = 0
      while true {
        guard held < buffer.count else { throw Failure(what: "an answer of more than \(buffer.count) bytes") }
        // not empty
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + held, $0.count - held, 0) }
        guard count > 0 else { throw Failure(what: "closed") }
        held += count
        let answer = buffer.withUnsafeBytes { Self.read(UnsafeRawBufferPointer(rebasing: $0[..<held])) }
        if let answer { return answer }
      }
    }

    /// The status of a whole answer; nil: more is to come.
    private static func read(_ bytes: UnsafeRawBufferPointer) -> Int? {
      func place(of word: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        let length = word.utf8CodeUnitCount
        var at = 0
        while at + length <= bytes.count,
          let found = memchr(bytes.baseAddress! + at, Int32(word.utf8Start[0]), bytes.count - at - length + 1)
        {  // not empty
          // not empty
          if memcmp(found, word.utf8Start, length) == 0 { return UnsafeRawPointer(found) - bytes.baseAddress! }
          at = UnsafeRawPointer(found) - bytes.baseAddress! + 1  // not empty
        }
        return nil
      }
      guard bytes.count > 12, let end = place(of: "\r\n\r\n", in: bytes),
        let name = place(of: "ontent-Length: ", in: bytes) ?? place(of: "ontent-length: ", in: bytes)
      else { return nil }
      func number(_ at: Int) -> Int {
        bytes[at...].prefix { $0 >= 0x30 && $0 <= 0x39 }.reduce(0) { $0 * 10 + Int($1 - 0x30) }
      }
      return bytes.count >= end + 4 + number(name + 15) ? number(9) : nil
    }
  }

  static func request(_ method: String, _ path: String, body: [UInt8]) -> [UInt8] {
    Array(
      """
      \(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: \
      \(body.count)\r\n\r\n
      """
      .utf8
    ) + body
  }
}
