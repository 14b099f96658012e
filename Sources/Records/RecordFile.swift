public import Credentials
internal import Encodings

/// The record file: one gzip member of a mark, the headers of all tokens in it, and one record for each entry
/// (`docs/formats.md`, record file). Numbers are big-endian.
public enum RecordFile {
  static let mark = Array("khatm-records/1\n".utf8)
  /// Packed. A bundle of large tokens has some 2 MiB.
  public static let maxBytes = 8 << 20
  static let maxHeaders = 255
  /// Decoded; what `CompactJWS` takes is a third more.
  static let maxHeaderBytes = CompactJWS.maxHeaderBytes / 4 * 3

  // MARK: writing

  /// The bytes of a file with these records: the same for the same records under one version of zlib.
  public static func pack(_ records: [LogRecord]) throws(RecordFileRejection) -> [UInt8] {
    let packed = try pack(content: content(records))
    guard packed.count <= maxBytes else { throw RecordFileRejection(.tooLarge(limit: maxBytes), record: nil, at: 0) }
    return packed
  }

  static func pack(content: [UInt8]) throws(RecordFileRejection) -> [UInt8] {
    do throws(GzipRejection) {
      return try Gzip.compress(content)
    } catch {
      throw RecordFileRejection(.gzip(error), record: nil, at: 0)
    }
  }

  /// Whether a file holds these records, whatever version of zlib packed it.
  public static func isSame(_ packed: [UInt8], as records: [LogRecord]) throws(RecordFileRejection) -> Bool {
    let wanted = try content(records)
    do throws(GzipRejection) {
      return try Gzip.decompress(packed, limit: wanted.count) == wanted
    } catch {
      return false  // too long, or no gzip at all
    }
  }

  /// What is packed.
  static func content(_ records: [LogRecord]) throws(RecordFileRejection) -> [UInt8] {
    var headers: [JWSHeader] = []
    var numbers: [JWSHeader: Int] = [:]
    for record in records {
      for jws in [record.token, record.statement] {
        guard let jws, numbers[jws.header] == nil else { continue }
        numbers[jws.header] = headers.count
        headers.append(jws.header)
      }
    }
    guard records.count <= RecordFileName.bundleWidth, headers.count <= maxHeaders,
      headers.allSatisfy({ $0.bytes.count <= maxHeaderBytes })
    else { throw RecordFileRejection(.tooMany, record: nil, at: 0) }
    var out = mark
    out.append(UInt8(headers.count))
    for header in headers { out.appendBlock(header.bytes) }
    for (index, record) in records.enumerated() {
      let start = out.count
      let parts = record.parts
      guard record.entry.count <= 0xFFFF else { throw RecordFileRejection(.tooMany, record: index, at: start) }
      out += [UInt8(record.entry.count >> 8), UInt8(record.entry.count & 0xFF)]
      out += record.entry
      out.append(UInt8(parts.count))
      for part in LogRecord.Part.allCases where parts.contains(part) {
        out.append(part.rawValue)
        switch part {
        case .salt: out.appendBlock(record.salt ?? [])
        case .token: out.appendJWS(record.token, numbers)
        case .statement: out.appendJWS(record.statement, numbers)
        case .number: out.appendBlock(record.number ?? [])
        case .request: out.appendBlock(record.request ?? [])
        }
      }
      guard out.count - start <= LogRecord.maxBytes else {
        throw RecordFileRejection(.tooLarge(limit: LogRecord.maxBytes), record: index, at: start)
      }
    }
    return out
  }

  // MARK: reading

  /// Reads a file strictly, one record in memory at a time; each is handed over before the next one is inflated.
  ///
  /// - Parameters:
  ///   - count: records that its name says it has.
  ///   - body: gets each record with its place; false: no more is wanted, and the rest is not looked at.
  /// - Throws: where the file is not of this form. What was handed over before stands: its entry binds it.
  public static func read(
    _ packed: [UInt8],
    count: Int,
    _ body: (_ place: Int, _ record: LogRecord) -> Bool
  ) throws(RecordFileRejection) {
    guard packed.count <= maxBytes else { throw RecordFileRejection(.tooLarge(limit: maxBytes), record: nil, at: 0) }
    var reader = try RecordFileReader(packed)
    for place in 0..<count where !body(place, try reader.record(place)) { return }
    try reader.finish()
  }
}

extension [UInt8] {
  /// Behind its length in four bytes.
  fileprivate mutating func appendBlock(_ bytes: [UInt8]) {
    appendLength(bytes.count)
    self += bytes
  }

  fileprivate mutating func appendJWS(_ jws: RecordedJWS?, _ numbers: [JWSHeader: Int]) {
    guard let jws else { return }
    appendLength(1 + 4 + jws.payload.count + jws.signature.count)
    append(UInt8(numbers[jws.header] ?? 0))  // each was numbered
    appendBlock(jws.payload)
    self += jws.signature
  }

  private mutating func appendLength(_ count: Int) {
    self += [UInt8(count >> 24 & 0xFF), UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
  }
}

/// Why bytes are no record file, and where.
public struct RecordFileRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum What: Hashable, Sendable {
    case mark
    case header(number: Int)
    case headerTwice(number: Int)
    case headerUnused(number: Int)
    case headerMissing(number: Int)
    case partUnknown(type: UInt8)
    /// Twice, or before one that goes before it.
    case partOrder(LogRecord.Part)
    case partLength(LogRecord.Part, bytes: Int)
    case tooLarge(limit: Int)
    /// More records or headers than a file has room for: about whoever writes it.
    case tooMany
    case trailingBytes
    /// Also where the file ends too early.
    case gzip(GzipRejection)
  }

  public let what: What
  /// Its place in the file; nil: before the first, or behind the last.
  public let record: Int?
  /// Bytes of the inflated file before it.
  public let offset: Int

  init(_ what: What, record: Int?, at offset: Int) {
    self.what = what
    self.record = record
    self.offset = offset
  }

  public var description: String { "\(what) at \(record.map { "record \($0), " } ?? "")byte \(offset)" }
}
