internal import Encodings
internal import Glibc
internal import Synchronization
internal import Verification

/// Page addresses that were read under one platform table: whoever sweeps a marketplace asks about the same ones again
/// and again, and reading one strictly costs more than the rest of the answer about a known token.
final class KnownPages: Sendable {
  /// In each of two generations; about 2 MB together.
  static let capacity = 4_096
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
  private struct State { var young: [Spelling: PageQuestion] = [:]; var old: [Spelling: PageQuestion] = [:] }
  private let state = Mutex(State())

  func find(_ asked: String) -> PageQuestion? {
    guard asked.utf8.count <= Self.maxBytes else { return nil }
    let spelling = Spelling(text: asked)
    return state.withLock { state in
      if let page = state.young[spelling] { return page }
      guard let page = state.old[spelling] else { return nil }
      Self.put(page, spelling, &state)
      return page
    }
  }

  func keep(_ page: PageQuestion) {
    guard page.asked.utf8.count <= Self.maxBytes else { return }
    state.withLock { Self.put(page, Spelling(text: page.asked), &$0) }
  }

  private static func put(_ page: PageQuestion, _ spelling: Spelling, _ state: inout State) {
    if state.young.count >= capacity {
      state.old = state.young
      state.young = [:]
    }
    state.young[spelling] = page
  }
}
