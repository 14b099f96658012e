public import Dispatch
internal import Synchronization

/// Work that runs beside the caller's thread until its result is wanted. Whoever drops it does not stop the work.
public final class BackgroundResult<Value: Sendable>: Sendable {
  private let group = DispatchGroup()
  /// Set once, on the queue, before the group is left.
  private let result = Mutex<Result<Value, any Error>?>(nil)

  public init(on queue: DispatchQueue, _ body: @escaping @Sendable () throws -> Value) {
    queue.async(group: group) { [self] in
      let value = Result { try body() }
      result.withLock { $0 = value }
    }
  }

  /// Waits for the end of the work.
  /// - Throws: what the work threw.
  public func get() throws -> Value {
    group.wait()
    return try result.withLock { $0! }.get()  // the group was left: see above
  }
}
