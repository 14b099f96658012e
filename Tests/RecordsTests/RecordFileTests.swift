import Credentials
import Encodings
import Testing

@testable import Records

/// The record file, written and read strictly.
struct RecordFileTests {
  private func records() throws -> [LogRecord] {
    var log = try SampleLog()
    let first = try log.issue(1)
    try log.issue(2, chamber: 1)
    try log.addOthers()
    try log.act("suspended", of: first)
    try log.bind(first)
    log.records[log.records.count - 2].request = Array("{}".utf8)
    try log.erase(first)
    return log.records
  }

  private func read(_ packed: [UInt8], count: Int) throws -> [LogRecord] {
    var found: [LogRecord] = []
    try RecordFile.read(packed, count: count) { place, record in
      #expect(place == found.count)
      found.append(record)
      return true
    }
    return found
  }

  @Test func roundTrip() throws {
    let records = try records()
    let packed = try RecordFile.pack(records)
    #expect(try read(packed, count: records.count) == records)
    #expect(Array(packed.prefix(10)) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 3])  // no name, time 0
    #expect(try RecordFile.isSame(packed, as: records))
    #expect(try !RecordFile.isSame(packed, as: Array(records.dropLast())))
    let empty = try RecordFile.pack([])
    #expect(try read(empty, count: 0).isEmpty)
  }

  /// As an outsider would read it, byte by byte.
  @Test func layout() throws {
    var record = LogRecord(entry: [1, 2, 3], salt: [UInt8](repeating: 9, count: 32))
    record.token = RecordedJWS(header: JWSHeader([7, 7]), payload: [5], signature: [6, 6])
    let content =
      Array("khatm-records/1\n".utf8) + [1, 0, 0, 0, 2, 7, 7] + [0, 3, 1, 2, 3, 2]
      + [1, 0, 0, 0, 32] + [UInt8](repeating: 9, count: 32) + [2, 0, 0, 0, 8, 0, 0, 0, 0, 1, 5, 6, 6]
    #expect(try RecordFile.content([record]) == content)
  }

  @Test func sharedHeadersStandOnce() throws {
    var log = try SampleLog()
    for number in 1...20 { try log.issue(number) }
    let content = try RecordFile.content(log.records)
    #expect(content[16] == 1)
    #expect(try read(RecordFile.pack(log.records), count: 20) == log.records)
  }

  /// One change of a good file, and what is said of it.
  struct Change: Sendable, CustomStringConvertible {
    let description: String
    let what: RecordFileRejection.What
    let edit: @Sendable (inout [UInt8]) -> Void
  }

  /// The file of `layout`: header at 17, record at 23, its parts at 29 and 66.
  static let changes: [Change] = [
    Change(description: "mark", what: .mark) { $0[0] = 0x4B },
    Change(description: "version", what: .mark) { $0[14] = 0x32 },
    Change(description: "empty header", what: .header(number: 0)) { $0.replaceSubrange(17..<23, with: [0, 0, 0, 0]) },
    Change(description: "huge header", what: .header(number: 0)) { $0[17] = 0xFF },
    Change(description: "header twice", what: .headerTwice(number: 1)) {
      $0[16] = 2
      $0.insert(contentsOf: [0, 0, 0, 2, 7, 7], at: 23)
    },
    Change(description: "header unused", what: .headerUnused(number: 1)) {
      $0[16] = 2
      $0.insert(contentsOf: [0, 0, 0, 1, 8], at: 23)
    },
    Change(description: "header missing", what: .headerMissing(number: 1)) { $0[71] = 1 },
    Change(description: "unknown part", what: .partUnknown(type: 6)) { $0[66] = 6 },
    Change(description: "part zero", what: .partUnknown(type: 0)) { $0[29] = 0 },
    Change(description: "part twice", what: .partOrder(.salt)) { $0[66] = 1 },
    Change(description: "salt of 31 bytes", what: .partLength(.salt, bytes: 31)) { $0[33] = 31 },
    Change(description: "token of 4 bytes", what: .partLength(.token, bytes: 4)) { $0[70] = 4 },
    Change(description: "token of 2^32-1 bytes", what: .partLength(.token, bytes: 0xFFFF_FFFF)) {
      $0.replaceSubrange(67..<71, with: [0xFF, 0xFF, 0xFF, 0xFF])
    },
    Change(description: "payload longer than its part", what: .partLength(.token, bytes: 4)) { $0[75] = 4 },
    Change(description: "a record too large", what: .tooLarge(limit: LogRecord.maxBytes)) {
      $0.replaceSubrange(67..<71, with: [0, 4, 0xC0, 0])
      $0.replaceSubrange(72..<76, with: [0, 4, 0xBF, 0xFB])
    },
    Change(description: "part too many", what: .gzip(.malformed)) { $0[28] = 3 },
    Change(description: "part too few", what: .trailingBytes) { $0[28] = 1 },
    Change(description: "trailing byte", what: .trailingBytes) { $0.append(0) },
    Change(description: "cut", what: .gzip(.malformed)) { $0.removeLast() },
    Change(description: "cut in the mark", what: .gzip(.malformed)) { $0 = Array($0.prefix(5)) },
  ]

  @Test(arguments: changes)
  func malformed(change: Change) throws {
    var record = LogRecord(entry: [1, 2, 3], salt: [UInt8](repeating: 9, count: 32))
    record.token = RecordedJWS(header: JWSHeader([7, 7]), payload: [5], signature: [6, 6])
    var content = try RecordFile.content([record])
    change.edit(&content)
    let packed = try RecordFile.pack(content: content)
    let thrown = #expect(throws: RecordFileRejection.self) { try read(packed, count: 1) }
    #expect(thrown?.what == change.what)
  }

  @Test func malformedAroundTheContent() throws {
    let records = try records()
    let packed = try RecordFile.pack(records)
    func what(_ bytes: [UInt8]) -> RecordFileRejection.What? {
      #expect(throws: RecordFileRejection.self) { try read(bytes, count: records.count) }?.what
    }
    #expect(what(packed + packed) == .trailingBytes)
    #expect(what(packed + [0]) == .trailingBytes)
    #expect(what(Array(packed.dropLast())) == .gzip(.malformed))
    #expect(what([]) == .gzip(.malformed))
    #expect(what(Array("records".utf8)) == .gzip(.malformed))
    #expect(what([UInt8](repeating: 0, count: RecordFile.maxBytes + 1)) == .tooLarge(limit: RecordFile.maxBytes))
    var flipped = packed
    flipped[packed.count - 6] ^= 1  // of the checksum
    #expect(what(flipped) == .gzip(.malformed))
    for at in stride(from: 0, to: packed.count, by: 97) {
      var damaged = packed
      damaged[at] ^= 0x10
      if let found = try? read(damaged, count: records.count) { #expect(found == records) }  // time and system of gzip
    }
  }

  /// What comes before the damage is handed over; of what follows nothing is inflated.
  @Test func streamed() throws {
    let records = try records()
    var content = try RecordFile.content(records)
    content += [UInt8](repeating: 0, count: 50 << 20)
    let bomb = try RecordFile.pack(content: content)
    #expect(bomb.count < RecordFile.maxBytes)
    var found: [LogRecord] = []
    let thrown = #expect(throws: RecordFileRejection.self) {
      try RecordFile.read(bomb, count: records.count) { _, record in
        found.append(record)
        return true
      }
    }
    #expect(thrown?.what == .trailingBytes && found == records)
  }

  @Test func readerStopsWhereItIsTold() throws {
    let records = try records()
    let packed = try RecordFile.pack(records)
    var count = 0
    try RecordFile.read(Array(packed), count: records.count) { place, _ in
      count += 1
      return place < 2
    }
    #expect(count == 3)
  }

  @Test func writerRefusesWhatNobodyReads() throws {
    var record = LogRecord(entry: [1])
    record.request = [UInt8](repeating: 1, count: LogRecord.maxBytes)
    #expect(throws: RecordFileRejection.self) { try RecordFile.pack([record]) }
    #expect(throws: RecordFileRejection.self) {
      try RecordFile.pack(Array(repeating: LogRecord(entry: [1]), count: 257))
    }
    #expect(throws: RecordFileRejection.self) {
      try RecordFile.pack([LogRecord(entry: [UInt8](repeating: 1, count: 70_000))])
    }
  }
}
