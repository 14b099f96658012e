import Encodings
import Glibc
import HTTPTypes
import Hummingbird
import NIOCore
import Repository

/// `POST /v1/verify/batch`: NDJSON in, NDJSON out, line by line in order, with back-pressure both ways.
///
/// A bad line is answered as one and spoils no other. Over a cap the answer ends without its `end` line.
extension VerifyRoutes {
  /// Lines judged together: enough that the threads are busy, few enough that a slow reader holds little memory.
  private static let linesInFlight = 64
  /// 13 times faster than a write for every line.
  private static let pieceBytes = 16 << 10

  /// Distinct lines whose answers are kept within one batch.
  private static let maxKept = 1_024

  /// Over a cap: the answer ends without its `end` line.
  struct BatchRejection: Error {}

  func batch(_ request: Request) throws(HTTPRejection) -> Response {
    let limits = service.settings.limits
    _ = try Query(request)
    _ = try request.preferred("application/x-ndjson", "application/jsonl", "application/json")
    try request.requireType("application/x-ndjson", "application/jsonl")
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limits.batchBytes {
      throw HTTPRejection(.tooLarge, "\(limits.batchBytes) bytes are read")
    }
    guard let slot = BatchSlot(service.counters, limit: limits.batchesAtOnce) else {
      throw HTTPRejection(.overloaded, headers: [.retryAfter: "5"])
    }
    let service = service
    return Response(
      status: .ok,
      headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
      body: .init { writer in
        defer { withExtendedLifetime(slot) {} }
        var lines = LineReader(maxBytes: limits.requestBytes)
        var pending: [LineReader.Line] = []
        var out = ByteBuffer()
        var total = 0
        var count = 0
        // Answers that took their time, for the same line further down.
        var kept: [LineReader.Whole: [UInt8]] = [:]
        func judge() async {
          let first = count - pending.count + 1
          await Self.answer(pending, first: first, kept: &kept, into: &out, service)
          pending.removeAll(keepingCapacity: true)
        }
        for try await buffer in request.body {
          total += buffer.readableBytes
          guard total <= limits.batchBytes else { throw BatchRejection() }
          for line in buffer.withUnsafeReadableBytes({ lines.read($0) }) {
            count += 1
            guard count <= limits.batchLines else { throw BatchRejection() }
            pending.append(line)
            if pending.count >= Self.linesInFlight { await judge() }
            if out.readableBytes >= Self.pieceBytes {
              try await writer.write(out)
              out.clear()
            }
          }
        }
        if let last = lines.rest() {
          count += 1
          pending.append(last)
        }
        await judge()
        out.writeBytes(JSON.object(JSONObject(["end": true, "lines": .integer(Int64(count))])).canonical() + [0x0A])
        try await writer.write(out)
        try await writer.finish(nil)
      }
    )
  }

  /// Answers to neighbouring lines, in their order.
  ///
  /// Tokens that are known are answered here, which costs less than giving them away. The rest is judged on the other
  /// threads, once for lines that are byte for byte the same.
  private static func answer(
    _ lines: [LineReader.Line],
    first: Int,
    kept: inout [LineReader.Whole: [UInt8]],
    into out: inout ByteBuffer,
    _ service: Service
  ) async {
    var answers = [[UInt8]](repeating: [], count: lines.count)
    var places: [LineReader.Whole: [Int]] = [:]
    for (place, line) in lines.enumerated() {
      switch line {
      case .tooLong: answers[place] = failed(HTTPRejection(.tooLarge), service)
      case .whole(let line):
        if let answer = quick(line.bytes, service) ?? kept[line] {
          answers[place] = answer
        } else {
          places[line, default: []].append(place)
        }
      }
    }
    if !places.isEmpty {
      let work = Array(places)
      let workers = min(service.crypto.threads, work.count)
      let judged = await withTaskExecutorPreference(service.crypto) {
        await withTaskGroup(of: [(Int, [UInt8])].self) { group in
          for worker in 0..<workers {
            group.addTask {
              stride(from: worker, to: work.count, by: workers).map { ($0, judge(work[$0].key.bytes, service)) }
            }
          }
          return await group.reduce(into: [(Int, [UInt8])]()) { $0 += $1 }
        }
      }
      if kept.count + judged.count > maxKept { kept.removeAll(keepingCapacity: true) }
      for (index, answer) in judged {
        kept[work[index].key] = answer
        for place in work[index].value { answers[place] = answer }
      }
    }
    for (offset, answer) in answers.enumerated() {
      out.writeString("{\"n\":\(first + offset),")
      out.writeBytes(answer)
      out.writeInteger(UInt8(0x0A))
    }
  }

  /// Longer lines are no tokens of ours, and take their time.
  private static let quickBytes = 32 << 10

  private static func quick(_ line: [UInt8], _ service: Service) -> [UInt8]? {
    guard line.count <= quickBytes else { return nil }
    do throws(HTTPRejection) {
      var request = try VerifyRequest.read(line)
      request.isRepeated = false
      return service.known(request).map { judged(request, service.written($0, request)) }
    } catch { return nil }  // said where it is judged
  }

  /// Everything of one answer line behind its number.
  private static func judge(_ line: [UInt8], _ service: Service) -> [UInt8] {
    var asked: VerifyRequest?
    do throws(HTTPRejection) {
      var request = try VerifyRequest.read(line)
      request.isRepeated = false
      asked = request
      return judged(request, try service.answer(request))
    } catch {
      return ref(asked) + failed(error, service)
    }
  }

  private static func judged(_ request: VerifyRequest, _ answer: [UInt8]) -> [UInt8] {
    var line = ref(request)
    line.reserveCapacity(line.count + answer.count + 16)
    line += "\"answer\":".utf8
    line += answer
    line.append(UInt8(ascii: "}"))
    return line
  }

  private static func ref(_ request: VerifyRequest?) -> [UInt8] {
    guard let label = request?.ref else { return [] }
    return Array("\"ref\":".utf8) + JSON(label).canonical() + [UInt8(ascii: ",")]
  }

  private static func failed(_ problem: HTTPRejection, _ service: Service) -> [UInt8] {
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
