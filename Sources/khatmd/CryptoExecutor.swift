import Foundation

/// Threads for long runs of signature checks, so that they do not stand in the way of everybody else's requests.
final class CryptoExecutor: TaskExecutor, @unchecked Sendable {  // what changes is guarded by `lock`
  private let lock = NSCondition()
  private var jobs: [UnownedJob] = []  // owned by enqueue and next, under lock
  private var head = 0  // the same
  let threads: Int

  init(threads: Int) {
    self.threads = threads
    for number in 0..<threads {
      let thread = Thread { [self] in while true { next().runSynchronously(on: asUnownedTaskExecutor()) } }
      thread.name = "crypto \(number)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    lock.withLock {
      jobs.append(job)
      lock.signal()
    }
  }

  private func next() -> UnownedJob {
    lock.withLock {
      while head == jobs.count { lock.wait() }
      defer {
        head += 1
        if head == jobs.count {
          jobs.removeAll(keepingCapacity: true)
          head = 0
        }
      }
      return jobs[head]
    }
  }
}
