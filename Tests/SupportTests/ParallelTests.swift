import Dispatch
import Support
import Testing

/// Work on several threads: order of the results, and whose error is thrown.
@Suite struct ParallelTests {
  private struct Refused: Error, Equatable { let item: Int }

  @Test(arguments: [0, 1, 7, 64, 65, 10_000])
  func resultsStandInTheOrderOfTheItems(count: Int) {
    #expect(parallelMap(Array(0..<count)) { $0 * 3 } == (0..<count).map { $0 * 3 })
  }

  @Test(arguments: [3, 5_000])
  func theErrorIsThatOfTheFirstItemThatFailed(count: Int) {
    #expect(throws: Refused(item: 2)) {
      try parallelMap(Array(0..<count)) { item throws(Refused) in
        if item >= 2 { throw Refused(item: item) }
      }
    }
  }

  @Test func aBackgroundResultIsWaitedForAndCanBeAskedTwice() throws {
    let result = BackgroundResult(on: .global()) { [1, 2, 3].reduce(0, +) }
    #expect(try result.get() == 6)
    #expect(try result.get() == 6)
    let refused = BackgroundResult<Int>(on: .global()) { throw Refused(item: 1) }
    #expect(throws: Refused(item: 1)) { try refused.get() }
  }
}
