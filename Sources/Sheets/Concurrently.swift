internal import Dispatch
internal import Glibc
internal import Synchronization

enum Cores {
  static var count: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}

/// The results in the order of the items, computed on every core. Items are dealt in blocks: a lock for each would cost
/// more than the work.
package func concurrently<Item: Sendable, Output: Sendable>(_ items: [Item], _ body: @Sendable (Item) throws -> Output)
  -> [Result<Output, any Error>]
{
  let block = max(1, min(64, items.count / (Cores.count * 2)))
  let blocks = (items.count + block - 1) / block
  guard blocks > 1 else { return items.map { item in Result { try body(item) } } }
  let done = Mutex([[Result<Output, any Error>]](repeating: [], count: blocks))
  DispatchQueue.concurrentPerform(iterations: blocks) { index in
    let results = items[(index * block)..<min(items.count, (index + 1) * block)].map { item in Result { try body(item) }
    }
    done.withLock { $0[index] = results }
  }
  return done.withLock { $0.flatMap { $0 } }
}
