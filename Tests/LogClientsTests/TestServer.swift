import Encodings
import Foundation
import Glibc
import LogClients
import Synchronization

/// A web server on 127.0.0.1 that serves a published folder and its change feed. One thread, one request at a time.
final class TestServer: Sendable {
  let port: UInt16
  var base: String { "http://127.0.0.1:\(port)" }
  private let listener: Int32
  /// Owned by the mutex of the server.
  private struct State {
    var requests = 0
    var sent = 0
    var failAfter: Int?
    var change: (@Sendable (String, [UInt8]) -> [UInt8])?
  }
  private let state = Mutex(State())

  var requests: Int { state.withLock { $0.requests } }
  /// Bytes of bodies.
  var sent: Int { state.withLock { $0.sent } }
  /// Breaks the connection of every request after so many.
  func fail(after count: Int?) { state.withLock { $0.failAfter = count.map { [done = $0.requests] in done + $0 } } }
  /// What a server in the middle does to answers.
  func change(_ body: (@Sendable (String, [UInt8]) -> [UInt8])?) { state.withLock { $0.change = body } }

  init(folder: String, anchor: [UInt8]) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    guard bound else { throw CocoaError(.fileReadUnknown) }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    let log = PublishedLog(folder: folder, anchor: anchor)
    Thread.detachNewThread { [weak self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0, let server = self else { return }
        server.answer(client, folder, log)
        close(client)
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private func answer(_ client: Int32, _ folder: String, _ log: PublishedLog) {
    var request: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while !request.suffix(4).elementsEqual([13, 10, 13, 10]) {
      let count = recv(client, &chunk, chunk.count, 0)
      guard count > 0 else { return }
      request += chunk[..<count]
    }
    let target = String(decoding: request.split(separator: 0x20)[1].dropFirst(), as: UTF8.self)
    let isOver = state.withLock { state in
      state.requests += 1
      return state.failAfter.map { state.requests > $0 } ?? false
    }
    if isOver { return }
    var body: [UInt8]?
    if target.utf8.starts(with: "v1/changes".utf8) {
      let query = Dictionary(
        uniqueKeysWithValues: (target.split(separator: "?").last ?? "").split(separator: "&").map {
          ($0.split(separator: "=")[0], $0.split(separator: "=")[1])
        }
      )
      let page = try? ChangeFeed.page(
        log,
        after: UInt64(query["after"] ?? "0") ?? 0,
        limit: Int(query["limit"] ?? "100") ?? 100,
        records: query["records"] == "true"
      )
      body = page?.canonical()
    } else if target == "v1/files" {
      body = try? ChangeFeed.files(of: folder).canonical()
    } else {
      body = FileManager.default.contents(atPath: "\(folder)/\(target)").map { Array($0) }
    }
    if let known = body, let change = state.withLock({ $0.change }) { body = change(target, known) }
    let bytes = body ?? []
    state.withLock { $0.sent += bytes.count }
    send(
      Array(
        """
        HTTP/1.1 \(body == nil ? "404 Not Found" : "200 OK")\r\nContent-Length: \(bytes.count)\r\nConnection: \
        close\r\n\r\n
        """
        .utf8
      ) + bytes,
      client
    )
  }

  private func send(_ bytes: [UInt8], _ client: Int32) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(client, $0.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      done += count
    }
  }
}
