import Encodings
import Foundation
import TestSupport
import Testing

@testable import Credentials

/// RFC 1952 by hand: one deflate stream between headers and trailers of every sort.
@Suite struct GzipFormTests {
  static let text = Array("status status status".utf8)

  /// The deflate stream inside what we write, whose header has ten bytes and whose trailer eight.
  static func stream() throws -> [UInt8] { Array(try Gzip.compress(text).dropFirst(10).dropLast(8)) }

  static func little(_ value: UInt32) -> [UInt8] { [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) } }

  static func member(
    flags: UInt8 = 0,
    extra: [UInt8] = [],
    magic: [UInt8] = [0x1F, 0x8B, 8],
    crc: UInt32? = nil,
    size: UInt32? = nil
  ) throws -> [UInt8] {
    try magic + [flags, 1, 2, 3, 4, 0, 0xFF] + extra + stream() + little(crc ?? CRC32.of(text[...]))
      + little(size ?? UInt32(text.count))
  }

  private func outcome(_ bytes: [UInt8], limit: Int = 100) -> GzipRejection? {
    do {
      #expect(try Gzip.decompress(bytes, limit: limit) == Self.text)
      return nil
    } catch { return error }
  }

  @Test func headersOfOthers() throws {
    #expect(outcome(try Self.member()) == nil)  // with a time stamp, of an unknown system
    #expect(outcome(try Self.member(flags: 0x01)) == nil)  // FTEXT
    #expect(outcome(try Self.member(flags: 0x04, extra: [3, 0, 1, 2, 3])) == nil)  // FEXTRA
    #expect(outcome(try Self.member(flags: 0x08, extra: Array("a.bin\0".utf8))) == nil)  // FNAME
    #expect(outcome(try Self.member(flags: 0x10, extra: Array("comment\0".utf8))) == nil)  // FCOMMENT
    let header: [UInt8] = [0x1F, 0x8B, 8, 0x02, 1, 2, 3, 4, 0, 0xFF]
    let sum = Array(Self.little(CRC32.of(header[...])).prefix(2))
    #expect(outcome(try Self.member(flags: 0x02, extra: sum)) == nil)  // FHCRC
    #expect(outcome(try Self.member(flags: 0x02, extra: [sum[0] ^ 1, sum[1]])) == .malformed)
    #expect(outcome(try Self.member(flags: 0x0C, extra: [1, 0, 9] + Array("n\0".utf8))) == nil)
    // a field that reaches past the end
    #expect(outcome(try Self.member(flags: 0x04, extra: [0xFF, 0xFF, 1])) == .malformed)
    let endless = Array(try Self.member(flags: 0x08).prefix(10)) + [UInt8](repeating: 0x61, count: 5000)
    #expect(outcome(endless) == .malformed)
    for reserved in [UInt8(0x20), 0x40, 0x80] { #expect(outcome(try Self.member(flags: reserved)) == .malformed) }
  }

  @Test func whatIsNoGzip() throws {
    for magic in [
      [0x1F, 0x8B, 7], [0x1F, 0x8B, 0], [0x1F, 0x8C, 8], [0x8B, 0x1F, 8], [0x1F, 0x9D, 8], [0x50, 0x4B, 3],
    ] as [[UInt8]] {
      #expect(outcome(try Self.member(magic: magic)) == .malformed, "\(magic)")
    }
    #expect(outcome(try Self.stream()) == .malformed)  // deflate alone
    #expect(outcome(try Self.member(crc: 0)) == .malformed)
    for size in [UInt32(0), UInt32(Self.text.count - 1), UInt32(Self.text.count + 1)] {
      #expect(outcome(try Self.member(size: size)) == .malformed)
    }
    // a block of the reserved type, a stored block whose lengths disagree, a distance beyond the beginning
    for block in [[0x07], [0x01, 4, 0, 0xFB, 0xFE, 1, 2, 3, 4], [0x4B, 0x04, 0x82, 0x00]] as [[UInt8]] {
      let bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + block + [0, 0, 0, 0, 0, 0, 0, 0]
      #expect(outcome(bytes) == .malformed, "\(block)")
    }
  }

  @Test func severalMembersAreNotOne() throws {
    let one = try Self.member()
    let empty = try Gzip.compress([])
    for two in [one + one, one + empty, empty + one, empty + empty] { #expect(outcome(two) == .malformed) }
    for tail in [[0], [0x1F], [0x1F, 0x8B], [0x0A]] as [[UInt8]] { #expect(outcome(one + tail) == .malformed) }
    #expect(try Gzip.decompress(empty, limit: 0) == [])
  }

  @Test func theLimitIsExact() throws {
    for count in [1, 100, 16_384] {
      let packed = try Gzip.compress([UInt8](repeating: 7, count: count))
      #expect(
        try Gzip.decompress(packed, limit: count).count == count
          && Gzip.decompress(packed, limit: count + 1).count == count
      )
      for limit in [0, count - 1] {
        #expect(throws: GzipRejection.tooLarge(limit: limit)) { try Gzip.decompress(packed, limit: limit) }
      }
    }
    #expect(throws: GzipRejection.tooLarge(limit: 1 << 30)) { try Gzip.decompress([], limit: 1 << 30) }
  }

  /// 64 MiB in 64 kB: the answer comes after as many bytes as are allowed.
  @Test(.timeLimit(.minutes(allowedMinutes(1)))) func aBombCostsTheLimit() throws {
    let bomb = try Gzip.compress([UInt8](repeating: 0, count: 64 << 20))
    #expect(bomb.count < 70_000)
    let spent = ContinuousClock().measure {
      #expect(throws: GzipRejection.tooLarge(limit: 4096)) { try Gzip.decompress(bomb, limit: 4096) }
    }
    #expect(spent < .milliseconds(200), "\(spent)")
    #expect(
      throws: StatusRejection.malformed(DocumentRejection("credentialSubject.encodedList", .tooLong(maxBytes: 2 << 20)))
    ) {
      try BitstringStatusList(encodedList: Text("u" + Base64URL.encode(bomb)))
    }
  }

  @Test func theCommandReadsOurs() throws {
    let tool = "/usr/bin/gzip"
    guard FileManager.default.isExecutableFile(atPath: tool) else {
      print("skipped: \(tool) (not installed)")
      return
    }
    let file = FileManager.default.temporaryDirectory.appending(path: "khatm-\(UUID().uuidString).gz")
    defer { try? FileManager.default.removeItem(at: file) }  // leftovers in a temporary folder harm nobody
    try Data(try Gzip.compress(Self.text)).write(to: file)
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: tool)
    process.arguments = ["-dc", file.path]
    process.standardOutput = pipe
    try process.run()
    let out = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0 && Array(out) == Self.text)
  }
}

/// Places in a status list.
@Suite struct StatusBitTests {
  /// The list as another reader sees it: unpacked, bit n is bit 7 - n % 8 of byte n / 8 (Bitstring Status List 1.0
  /// section 3.4).
  @Test(arguments: [Int64(0), 1, 7, 8, 15, 16, 65_535, 131_064, 131_070, 131_071]) func oneBit(_ index: Int64) throws {
    var list = BitstringStatusList()
    list.set(index, to: true)
    let text = try list.encodedList()
    #expect(text.bytes.first == UInt8(ascii: "u") && !text.bytes.contains(UInt8(ascii: "=")))
    let bytes = try Gzip.decompress(try #require(Base64URL.decode(text.bytes.dropFirst())), limit: 20_000)
    #expect(bytes.count == 16_384)
    for (at, byte) in bytes.enumerated() {
      #expect(byte == (at == Int(index) / 8 ? UInt8(1) << UInt8(7 - index % 8) : 0))
    }
    #expect(list.setIndexes == [index] && list[index] == true)
    for other in [index - 1, index + 1, index ^ 7, index ^ 8] where other != index {
      #expect(list[other] == ((0..<131_072).contains(other) ? false : nil))
    }
    list.set(index, to: false)
    #expect(list == BitstringStatusList())
    list.set(index, to: false)  // twice is as once
    #expect(list.setIndexes.isEmpty)
  }

  @Test func neighboursStayAsTheyAre() throws {
    var list = BitstringStatusList(count: 131_080)
    for index in Int64(0)..<131_080 { list.set(index, to: true) }
    #expect(list.count == 131_080 && list.bytes.allSatisfy { $0 == 0xFF } && list.setIndexes.count == 131_080)
    for index in [Int64(3), 131_079] {
      list.set(index, to: false)
      #expect(list[index - 1] == true && list[index] == false)
    }
    #expect(list.bytes[0] == 0b1110_1111 && list.bytes[16_384] == 0xFE && list[131_080] == nil && list[.min] == nil)
    #expect(try BitstringStatusList(encodedList: try list.encodedList()) == list)
  }

  @Test func indexesAreDigits() throws {
    for (text, index) in [("0", Int64(0)), ("7", 7), ("131071", 131_071), ("9223372036854775807", .max)] {
      var json = StatusEntry(purpose: "revocation", index: 1, list: "https://a.example/s").json
      json["statusListIndex"] = JSON(text)
      let entry = try StatusEntry(json)
      #expect(entry.index == index && entry.json == json)
    }
  }

  /// Each rule of the list by the member it is about.
  @Test func membersOfTheList() throws {
    let good = try StatusListTests.credential().payload()
    let cases: [(String, JSON?, String, DocumentRejection.What?)] = [
      ("id", nil, "id", .missing), ("id", "list", "id", .notAURL),
      ("type", "BitstringStatusListCredential", "type", nil),
      ("type", ["VerifiableCredential", "Other"], "type", nil), ("issuer", "chamber", "issuer", .notAURL),
      ("validFrom", nil, "validFrom", .missing), ("validUntil", nil, "validUntil", .missing),
      ("validFrom", "2026-11-22", "validFrom", .notADate),
      ("validUntil", "2026-11-21T23:59:59Z", "validUntil", .conflict(with: "validFrom")),
      ("iat", "1", "iat", .notAnInteger),
      ("credentialSubject.type", nil, "credentialSubject.type", .missing),
      ("credentialSubject.type", "Other", "credentialSubject.type", nil),
      ("credentialSubject.id", "x", "credentialSubject.id", .notAURL),
      ("credentialSubject.statusPurpose", [], "credentialSubject.statusPurpose", .empty),
      ("credentialSubject.statusPurpose", "", "credentialSubject.statusPurpose", .empty),
      ("credentialSubject.statusPurpose", [1], "credentialSubject.statusPurpose[0]", .wrongKind(expected: "a text")),
      (
        "credentialSubject.statusPurpose", JSON([String](repeating: "a", count: 9)), "credentialSubject.statusPurpose",
        .tooMany(max: 8)
      ),
      (
        "credentialSubject.statusPurpose", JSON(String(repeating: "a", count: 65)), "credentialSubject.statusPurpose",
        .tooLong(maxBytes: 64)
      ),
      ("credentialSubject.ttl", .number(1.5), "credentialSubject.ttl", .notAnInteger),
      ("credentialSubject.encodedList", 1, "credentialSubject.encodedList", .wrongKind(expected: "a text")),
      ("credentialSubject.encodedList", "", "credentialSubject.encodedList", .empty),
      ("credentialSubject.encodedList", "zAAAA", "credentialSubject.encodedList", nil),
    ]
    for (path, value, place, what) in cases {
      let payload = try #require(
        TrustListTests.changed(.object(good), path.split(separator: ".").map(String.init)[...], new: value)?.object
      )
      do throws(StatusRejection) {
        _ = try StatusListCredential(payload: payload)
        Issue.record("accepted \(path) = \(String(describing: value))")
      } catch {
        guard case .malformed(let document) = error else {
          Issue.record("\(path): \(error)")
          continue
        }
        #expect(document.where == place && (what == nil || document.what == what), "\(path): \(document)")
      }
    }
    #expect(
      StatusRejection.malformed(DocumentRejection("", .empty)).type
        == "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR"
    )
  }
}
