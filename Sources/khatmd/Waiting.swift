import NIOCore
import Synchronization

/// Connections on which it is the client's turn: nothing sent yet, half a head, half a body, or silent after an answer.
///
/// When nearly all places are taken, the one that has kept us waiting longest gives way to the one that comes: else
/// whoever opens as many connections as there are places, and says nothing, shuts everybody out for the whole idle
/// time.
final class WaitingConnections: Sendable {
  /// Channels in the order in which they began to wait.
  fileprivate struct State {
    var open = 0, next: UInt64 = 0, oldest: UInt64 = 0
    var waiting: [UInt64: any Channel] = [:]
  }
  private let state = Mutex(State())  // owned by the methods below
  private let crowded: Int

  /// - Parameter places: connections at once; the last eighth of them is kept free while anybody waits.
  init(places: Int) { crowded = max(1, places - max(1, places / 8)) }

  func opened(_ channel: any Channel) -> UInt64 {
    let (number, leaving) = state.withLock { state in
      state.open += 1
      let leaving = state.open > crowded ? state.longest() : nil
      return (state.add(channel), leaving)
    }
    leaving?.close(promise: nil)
    return number
  }
  func closed(_ number: UInt64?) {
    state.withLock { state in
      state.open -= 1
      if let number { state.waiting[number] = nil }
    }
  }
  /// It is the client's turn again.
  func waits(_ channel: any Channel, instead number: UInt64?) -> UInt64 {
    state.withLock { state in
      if let number { state.waiting[number] = nil }
      return state.add(channel)
    }
  }
  /// It is ours.
  func served(_ number: UInt64) { state.withLock { $0.waiting[number] = nil } }
}

extension WaitingConnections.State {
  fileprivate mutating func add(_ channel: any Channel) -> UInt64 {
    waiting[next] = channel
    next += 1
    return next - 1
  }

  fileprivate mutating func longest() -> (any Channel)? {
    while oldest < next {
      oldest += 1
      if let channel = waiting.removeValue(forKey: oldest - 1) { return channel }
    }
    return nil
  }
}
