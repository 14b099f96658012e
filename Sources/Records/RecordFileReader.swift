internal import Credentials
internal import Encodings

/// A record file while it is read: what was inflated and not yet handed over is one record.
struct RecordFileReader {
  private let gzip: GzipReader
  private let headers: [JWSHeader]
  private var unused: Set<Int>
  /// The record that is read; for the rejection.
  private var place: Int?
  /// Bytes that the record may still have.
  private var room = 0

  init(_ packed: [UInt8]) throws(RecordFileRejection) {
    do throws(GzipRejection) {
      gzip = try GzipReader(packed)
    } catch {
      throw RecordFileRejection(.gzip(error), record: nil, at: 0)
    }
    let gzip = gzip
    func read(_ count: Int) throws(RecordFileRejection) -> [UInt8] {
      do throws(GzipRejection) {
        return try gzip.read(count)
      } catch {
        throw RecordFileRejection(.gzip(error), record: nil, at: gzip.position)
      }
    }
    guard try read(RecordFile.mark.count) == RecordFile.mark else {
      throw RecordFileRejection(.mark, record: nil, at: 0)
    }
    let count = Int(try read(1)[0])
    var headers: [JWSHeader] = []
    for number in 0..<count {
      let at = gzip.position
      let length = Self.number(try read(4))
      guard (1...RecordFile.maxHeaderBytes).contains(length) else {
        throw RecordFileRejection(.header(number: number), record: nil, at: at)
      }
      let header = JWSHeader(try read(length))
      guard !headers.contains(header) else {
        throw RecordFileRejection(.headerTwice(number: number), record: nil, at: at)
      }
      headers.append(header)
    }
    self.headers = headers
    unused = Set(0..<count)
  }

  /// The next record.
  mutating func record(_ place: Int) throws(RecordFileRejection) -> LogRecord {
    self.place = place
    room = LogRecord.maxBytes
    let length = Self.number(try read(2))
    var record = LogRecord(entry: try read(length))
    var last: UInt8 = 0
    for _ in 0..<(try read(1)[0]) {
      let type = try read(1)[0]
      guard let part = LogRecord.Part(rawValue: type) else { throw rejection(.partUnknown(type: type)) }
      guard type > last else { throw rejection(.partOrder(part)) }
      last = type
      let length = Self.number(try read(4))
      switch part {
      case .salt: record.salt = try block(part, length, allowed: CredentialHandleLength.salt)
      case .token: record.token = try jws(part, length)
      case .statement: record.statement = try jws(part, length)
      case .number: record.number = try block(part, length, allowed: CredentialHandleLength.number)
      case .request: record.request = try block(part, length, allowed: 1...LogRecord.maxRequestBytes)
      }
    }
    return record
  }

  /// Nothing follows, and every header was used.
  mutating func finish() throws(RecordFileRejection) {
    place = nil
    let isAtEnd: Bool
    do throws(GzipRejection) {
      isAtEnd = try gzip.isAtEnd()
    } catch {
      throw rejection(.gzip(error))
    }
    guard isAtEnd else { throw rejection(.trailingBytes) }
    if let number = unused.min() { throw rejection(.headerUnused(number: number)) }
  }

  private mutating func block(_ part: LogRecord.Part, _ length: Int, allowed: ClosedRange<Int>)
    throws(RecordFileRejection) -> [UInt8]
  {
    guard allowed.contains(length) else { throw rejection(.partLength(part, bytes: length)) }
    return try read(length)
  }

  /// Header number, payload behind its length, signature.
  private mutating func jws(_ part: LogRecord.Part, _ length: Int) throws(RecordFileRejection) -> RecordedJWS {
    guard (5...LogRecord.maxBytes).contains(length) else { throw rejection(.partLength(part, bytes: length)) }
    let number = Int(try read(1)[0])
    let payload = Self.number(try read(4))
    guard headers.indices.contains(number) else { throw rejection(.headerMissing(number: number)) }
    guard payload <= length - 5 else { throw rejection(.partLength(part, bytes: payload)) }
    unused.remove(number)
    return RecordedJWS(header: headers[number], payload: try read(payload), signature: try read(length - 5 - payload))
  }

  /// Never more than a record may have: refused before it is inflated.
  private mutating func read(_ count: Int) throws(RecordFileRejection) -> [UInt8] {
    guard count <= room else { throw rejection(.tooLarge(limit: LogRecord.maxBytes)) }
    room -= count
    do throws(GzipRejection) {
      return try gzip.read(count)
    } catch {
      throw rejection(.gzip(error))
    }
  }

  private func rejection(_ what: RecordFileRejection.What) -> RecordFileRejection {
    RecordFileRejection(what, record: place, at: gzip.position)
  }

  private static func number(_ bytes: [UInt8]) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}

/// Parts that have one length.
private enum CredentialHandleLength {
  static let salt = 32...32
  /// The characters of a certificate's number.
  static let number = 18...18
}
