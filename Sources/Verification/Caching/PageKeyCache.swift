internal import Glibc
internal import Support
internal import Synchronization

/// Page addresses that were read under one snapshot: whoever sweeps a marketplace asks about the same ones again and
/// again, and reading one strictly costs more than the rest of the answer about a known token.
final class PageKeyCache: Sendable {
  /// About 2 MB.
  static let capacity = 8_192
  /// Longer addresses are read each time.
  static let maxBytes = 256

  /// Compared by bytes: to `String`, two spellings of one letter are equal.
  private struct Spelling: Hashable {
    let text: String
    static func == (left: Spelling, right: Spelling) -> Bool {
      var (left, right) = (left.text, right.text)
      return left.withUTF8 { left in
        right.withUTF8 { right in
          left.count == right.count && (left.isEmpty || memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0)
        }
      }  // not empty
    }
    func hash(into hasher: inout Hasher) {
      var text = text
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }
  /// Pages by what was asked.
  private struct State {
    /// Of the snapshot under which they were read.
    var generation: UInt64 = 0
    var pages = GenerationalCache<Spelling, RequestedPage>(capacity: PageKeyCache.capacity)
  }
  private let state = Mutex(State())  // owned by find and keep

  func find(_ asked: String, generation: UInt64) -> RequestedPage? {
    guard asked.utf8.count <= Self.maxBytes else { return nil }
    return state.withLock { state in
      guard state.generation == generation else { return nil }
      return state.pages[Spelling(text: asked)]
    }
  }

  func keep(_ page: RequestedPage, generation: UInt64) {
    guard page.asked.utf8.count <= Self.maxBytes else { return }
    state.withLock { state in
      // What a snapshot before the newest one reads is not worth keeping.
      guard generation >= state.generation else { return }
      if generation > state.generation { state = State(generation: generation) }
      state.pages.insert(page, for: Spelling(text: page.asked))
    }
  }
}
