import Records
import TestSupport
import Testing

/// Which record files there are, and which a follower asks for.
struct RecordFileNameTests {
  @Test func paths() throws {
    #expect(RecordFileName(full: 0).path == "records/000")
    #expect(RecordFileName(full: 1_234_067).path == "records/x001/x234/067")
    #expect(try #require(RecordFileName(chunk: 17, of: 1_234)).path == "records/x001/234.c/17")
    #expect(RecordFileName(chunk: 0, of: 1) == nil && RecordFileName(chunk: 256, of: 1) == nil)
  }

  @Test(arguments: [(1, 0..<1), (15, 0..<15), (16, 0..<16), (17, 16..<17), (32, 16..<32), (255, 240..<255)])
  func places(width: Int, places: Range<Int>) throws {
    #expect(try #require(RecordFileName(chunk: width, of: 3)).places == places)
  }

  @Test func edgeIsReadInChunks() {
    let fetches = RecordFileName.fetches(from: 256 + 20, to: 256 + 50)
    #expect(fetches.map(\.names.first?.path) == ["records/001.c/32", "records/001.c/48", "records/001.c/50"])
    #expect(fetches.map(\.places) == [20..<32, 32..<48, 48..<50])
    #expect(fetches[2].names.map(\.path) == ["records/001.c/50", "records/001.c/64", "records/001"])
    #expect(fetches[0].names.map(\.path) == ["records/001.c/32", "records/001"])
    // The last chunk of a bundle has no chunk above it.
    let last = RecordFileName.fetches(from: 250, to: 255)
    #expect(last.map { $0.names.map(\.path) } == [["records/000.c/255", "records/000"]])
    #expect(RecordFileName.fetches(from: 7, to: 7).isEmpty)
  }

  /// Whatever was published in which steps: a follower of any published size finds what it wants under the first name.
  @Test func whatIsWrittenIsWhatIsFetched() throws {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<40 {
      var sizes: [UInt64] = [0]
      var written: Set<RecordFileName> = []
      while sizes[sizes.count - 1] < 900 {
        let old = sizes[sizes.count - 1]
        let new = old + UInt64.random(in: 1...130, using: &random)
        written.formUnion(RecordFileName.written(from: old, to: new))
        sizes.append(new)
      }
      for (place, new) in sizes.enumerated() {
        for old in sizes[..<place] {
          let fetches = RecordFileName.fetches(from: old, to: new)
          var next = old
          for fetch in fetches {
            #expect(fetch.bundle * 256 + UInt64(fetch.places.lowerBound) == next)
            next += UInt64(fetch.places.count)
            for name in fetch.names {
              #expect(name.places.lowerBound <= fetch.places.lowerBound)
              #expect(name.places.upperBound >= fetch.places.upperBound)
            }
            #expect(fetch.names.first.map { written.contains($0) } == true)
          }
          #expect(next == new)
        }
      }
    }
  }
}
