internal import Dispatch
internal import Glibc
internal import Synchronization

/// The processors that are at hand.
enum Cores {
  static var count: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}

/// The results in the order of the items, computed on every core; the caller waits. Items are dealt in blocks: a lock
/// for each would cost more than the work.
/// - Throws: what the first item that failed threw, in the order of the items.
public func parallelMap<Item: Sendable, Output: Sendable, Failure: Error>(
  _ items: [Item],
  _ body: @Sendable (Item) throws(Failure) -> Output
) throws(Failure) -> [Output] {
  let block = max(1, min(64, items.count / (Cores.count * 2)))
  let blocks = (items.count + block - 1) / block
  guard blocks > 1 else { return try items.map(body) }
  let done = Mutex([Result<[Output], Failure>](repeating: .success([]), count: blocks))
  DispatchQueue.concurrentPerform(iterations: blocks) { index in
    let result = Result { () throws(Failure) -> [Output] in
      try items[(index * block)..<min(items.count, (index + 1) * block)].map(body)
    }
    done.withLock { $0[index] = result }
  }
  var outputs: [Output] = []
  outputs.reserveCapacity(items.count)
  for result in done.withLock({ $0 }) { outputs += try result.get() }
  return outputs
}
