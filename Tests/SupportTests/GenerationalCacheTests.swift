import Support
import Testing

/// Bounds and order of forgetting.
@Suite struct GenerationalCacheTests {
  @Test func itNeverHoldsMoreThanItsCapacity() {
    var cache = GenerationalCache<Int, Int>(capacity: 8)
    var most = 0
    for key in 0..<1_000 {
      cache.insert(key, for: key)
      _ = cache[key / 2]
      most = max(most, cache.count)
    }
    #expect(most == 8)
  }

  @Test func whatIsUsedStaysAndWhatIsNotGoes() {
    var cache = GenerationalCache<Int, String>(capacity: 8)
    cache.insert("kept", for: -1)
    cache.insert("lost", for: -2)
    for key in 0..<100 {
      cache.insert("", for: key)
      #expect(cache[-1] == "kept")
    }
    #expect(cache[-2] == nil)
  }

  @Test func aNewValueTakesThePlaceOfTheOldOne() {
    var cache = GenerationalCache<Int, Int>(capacity: 4)
    cache.insert(1, for: 1)
    cache.insert(2, for: 2)
    cache.insert(3, for: 3)  // 1 and 2 are old now
    cache.insert(10, for: 1)
    #expect(cache[1] == 10)
    #expect(cache.count == 3)
    // An entry that is there already makes no generation end.
    cache.insert(11, for: 1)
    #expect(cache[2] == 2)
  }

  @Test func removedIsGoneFromBothGenerations() {
    var cache = GenerationalCache<Int, Int>(capacity: 4)
    for key in 1...3 { cache.insert(key, for: key) }
    _ = cache[1]
    cache.remove(1)
    #expect(cache[1] == nil)
    cache.removeAll()
    #expect(cache.count == 0)
  }

  @Test(arguments: [-1, 0, 1]) func withoutCapacityNothingIsKept(capacity: Int) {
    var cache = GenerationalCache<Int, Int>(capacity: capacity)
    cache.insert(1, for: 1)
    #expect(cache[1] == nil)
    #expect(cache.count == 0)
  }
}
