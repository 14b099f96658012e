import Encodings
import Glibc
import Hummingbird
import HTTPTypes
import NIOCore
import PublicFolder

/// `POST /v1/verify/batch`: NDJSON in, NDJSON out, line by line in order, with back-pressure both ways.
///
/// A bad line is answered as one and spoils no other. Over a cap the answer ends without its `end` line.
extension VerifyRoutes {
  /// Lines judged together: enough that the threads are busy, few enough that a slow reader holds little memory.
  private static let linesInFlight = 64
  /// 13 times faster than a write for every line.
  private static let pieceBytes = 16 << 10
  /// Distinct questions remembered within one batch.
  private static let maxKept = 1_024

  struct TooMuch: Error {}

  func batch(_ request: Request) throws(Problem) -> Response {
    let limits = service.settings.limits
    _ = try Query(request)
    _ = try request.preferred("application/x-ndjson", "application/jsonl", "application/json")
    try request.requireType("application/x-ndjson", "application/jsonl")
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limits.batchBytes { throw Problem(.tooLarge, "\(limits.batchBytes) bytes are read") }
    guard let slot = BatchSlot(service.counters, limit: limits.batchesAtOnce) else { throw Problem(.overloaded, headers: [.retryAfter: "5"]) }
    let service = service
    return Response(status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"], body: .init { writer in
      defer { withExtendedLifetime(slot) {} }
      var lines = LineReader(maxBytes: limits.requestBytes), pending: [LineReader.Line] = [], out = ByteBuffer(), total = 0, count = 0
      var known: [LineReader.Whole: [UInt8]] = [:]
      func judge() async {
        let first = count - pending.count + 1
        for answer in await Self.answers(pending, first: first, known: &known, service) { out.writeBytes(answer) }
        pending.removeAll(keepingCapacity: true)
      }
      for try await buffer in request.body {
        total += buffer.readableBytes
        guard total <= limits.batchBytes else { throw TooMuch() }
        for line in buffer.withUnsafeReadableBytes({ lines.read($0) }) {
          count += 1
          guard count <= limits.batchLines else { throw TooMuch() }
          pending.append(line)
          if pending.count >= Self.linesInFlight { await judge() }
          if out.readableBytes >= Self.pieceBytes { try await writer.write(out); out.clear() }
        }
      }
      if let last = lines.rest() { count += 1; pending.append(last) }
      await judge()
      out.writeBytes(JSON.object(JSONObject(["end": true, "lines": .integer(Int64(count))])).canonical() + [0x0A])
      try await writer.write(out)
      try await writer.finish(nil)
    })
  }

  /// Answers to neighbouring lines, in their order. Lines that are byte for byte the same are judged once.
  private static func answers(_ lines: [LineReader.Line], first: Int, known: inout [LineReader.Whole: [UInt8]], _ service: Service) async -> [[UInt8]] {
    var unknown: [LineReader.Whole] = [], seen: Set<LineReader.Whole> = []
    for case .whole(let line) in lines where known[line] == nil && seen.insert(line).inserted { unknown.append(line) }
    let work = unknown, workers = min(service.crypto.threads, max(work.count, 1))
    let judged = await withTaskExecutorPreference(service.crypto) {
      await withTaskGroup(of: [(Int, [UInt8])].self) { group in
        for worker in 0..<workers {
          group.addTask { stride(from: worker, to: work.count, by: workers).map { ($0, judge(work[$0].bytes, service)) } }
        }
        return await group.reduce(into: [(Int, [UInt8])]()) { $0 += $1 }
      }
    }
    if known.count + judged.count > maxKept { known.removeAll(keepingCapacity: true) }
    for (index, answer) in judged { known[work[index]] = answer }
    return lines.enumerated().map { offset, line in
      let number = Array("{\"n\":\(first + offset),".utf8)
      switch line {
      case .whole(let line): return number + (known[line] ?? []) + [0x0A]
      case .tooLong: return number + failed(Problem(.tooLarge), service) + [0x0A]
      }
    }
  }

  /// Everything of one answer line behind its number.
  private static func judge(_ line: [UInt8], _ service: Service) -> [UInt8] {
    var ref: [UInt8] = []
    do throws(Problem) {
      let request = try VerifyRequest.read(line)
      if let label = request.ref { ref = Array("\"ref\":".utf8) + JSON(label).canonical() + [UInt8(ascii: ",")] }
      return ref + Array("\"answer\":".utf8) + (try service.answer(request)) + [UInt8(ascii: "}")]
    } catch {
      return ref + failed(error, service)
    }
  }

  private static func failed(_ problem: Problem, _ service: Service) -> [UInt8] {
    Array("\"error\":".utf8) + problem.json(host: service.host).canonical() + [UInt8(ascii: "}")]
  }
}

/// One of the batches that may run at once; given back when the answer is done or its client has gone.
private final class BatchSlot: Sendable {
  private let counters: Counters
  init?(_ counters: Counters, limit: Int) {
    guard counters.startBatch(limit: limit) else { return nil }
    self.counters = counters
  }
  deinit { counters.endBatch() }
}
