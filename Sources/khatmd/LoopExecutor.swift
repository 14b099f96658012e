import NIOCore
import NIOPosix

/// Runs the work of a connection on the event loop that reads it, instead of handing it to another thread and back.
///
/// Almost every answer costs less than the two changes of thread. What takes long is elsewhere: batches on the
/// `CryptoExecutor`, fetches on threads of their own.
final class LoopExecutor: TaskExecutor {
  private let loops: any EventLoopGroup

  init(_ loops: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) { self.loops = loops }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = asUnownedTaskExecutor()
    (MultiThreadedEventLoopGroup.currentEventLoop ?? loops.next()).execute { job.runSynchronously(on: executor) }
  }
}
