import Credentials
import Testing

/// DEFLATE of single values, and gzip in pieces.
struct DeflateTests {
  @Test(arguments: [0, 1, 100, 1_023, 1_024, 1_025, 60_000, 300_000])
  func roundTrip(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    for dictionary in [[], Array(bytes.prefix(500)), Array("abc".utf8)] as [[UInt8]] {
      let packed = try Deflate.compress(bytes, dictionary: dictionary)
      #expect(try Deflate.decompress(packed, dictionary: dictionary, limit: count) == bytes)
      if count > 0 {
        #expect(throws: GzipRejection.tooLarge(limit: count - 1)) {
          try Deflate.decompress(packed, dictionary: dictionary, limit: count - 1)
        }
      }
      #expect(throws: GzipRejection.malformed) {
        try Deflate.decompress(packed + [0], dictionary: dictionary, limit: count)
      }
      #expect(throws: GzipRejection.malformed) {
        try Deflate.decompress(Array(packed.dropLast()), dictionary: dictionary, limit: count)
      }
    }
  }

  @Test func pieces() throws {
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let packed = try Gzip.compress(bytes)
    let reader = try GzipReader(packed)
    var found: [UInt8] = []
    for count in [1, 0, 99, 40_000, 59_900] { found += try reader.read(count) }
    #expect(found == bytes && reader.position == bytes.count)
    #expect(try reader.isAtEnd() && reader.isAtEnd())
    #expect(throws: GzipRejection.malformed) { try reader.read(1) }
    let early = try GzipReader(packed)
    _ = try early.read(99_999)
    #expect(try !early.isAtEnd())
  }
}
