import Dispatch
import Encodings
import Glibc
import Hummingbird
import HummingbirdCore
import LogClients
import Messages
import NIOCore
import Repository
import Synchronization
import Verification

/// What every route needs: the folder, the clock, and what the operator decided.
struct Service: Sendable {
  let folder: PublishedRepository
  let settings: Settings
  /// Whole seconds, UTC. The only clock of the answers.
  let now: @Sendable () -> Instant
  let crypto: CryptoExecutor
  let buckets: TokenBuckets
  let counters = Counters()
  /// Signs answers; nil: they come without a receipt.
  let answerKey: AnswerKey?
  /// Nil: this service reads no pages.
  let reader: PageReader?
  /// Nil: reports of misuse are not taken here.
  let misuse: MisuseIntake?

  var host: String { folder.host }

  init(
    folder: PublishedRepository,
    settings: Settings,
    answerKey: AnswerKey? = nil,
    reader: PageReader? = nil,
    misuse: MisuseIntake? = nil,
    now: @escaping @Sendable () -> Instant = Clock.wall
  ) {
    self.folder = folder
    self.settings = settings
    self.now = now
    self.answerKey = answerKey
    self.reader = reader
    self.misuse = misuse
    crypto = CryptoExecutor(threads: settings.threads)
    buckets = TokenBuckets(perSecond: Double(settings.rate), burst: settings.rate * 4)
  }
}

/// What the operator decided.
struct Settings: Sendable {
  /// Names that may stand in `Host`; empty: any (loopback, behind a proxy that checks).
  var hosts: Set<String> = []
  /// Requests a second from one address, in the long run; 0: no limit.
  var rate = 100
  /// Whether the limit applies to loopback addresses too; a proxy in front looks like one client.
  var limitsLoopback = false
  /// The last address of `X-Forwarded-For` is the client's: only where a proxy of ours writes it.
  var behindProxy = false
  /// Shown on every page, for people who would rather ask.
  var telephone: String?
  var showsMetrics = false
  var threads = max(1, min(8, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
  var limits = Limits()
}

/// Every number that bounds a client. Sources: design of the service (16 MiB batches), measurements of slow clients.
struct Limits: Sendable {
  /// A picture of 700 kB in base64; more than the longest token.
  var requestBytes = 1 << 20
  var batchBytes = 16 << 20, batchLines = 10_000
  var uploadBytes = (1 << 20) + (64 << 10)
  /// From the head of a request to its end.
  var request = TimeAmount.seconds(60)
  /// A client that does not take what it asked for.
  var stall = TimeAmount.seconds(20)
  var idle = TimeAmount.seconds(20)
  var connections = 1_024
  var batchesAtOnce = 8
  /// Matches in one look-up; the person's search shows 20.
  var matches = 50
  var headerField = 8_192, headerList = 16_384, headerCount = 64
}

/// The clocks of the program.
enum Clock {
  @Sendable static func wall() -> Instant { Instant(seconds: Int64(time(nil))) }
  /// Nanoseconds of a clock that only goes forward.
  @Sendable static func ticks() -> UInt64 { DispatchTime.now().uptimeNanoseconds }
}

/// A request's surroundings: what Hummingbird keeps, and who asks.
struct KhatmRequestContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }
}

/// Numbers for whoever watches the service. Labels are of a closed set, so a client cannot grow them.
final class Counters: Sendable {
  /// The numbers.
  private struct State {
    var requests: [Int: Int] = [:]
    var verdicts: [Verdict: Int] = [:]
    var batchesRunning = 0
    var quick = 0
  }
  private let state = Mutex(State())  // owned by the methods below

  func answered(_ status: Int) { state.withLock { $0.requests[status / 100 * 100, default: 0] &+= 1 } }
  /// Without the routes: `CachedVerifyHandler`.
  func answeredFromCache() {
    state.withLock {
      $0.requests[200, default: 0] &+= 1
      $0.quick &+= 1
    }
  }
  var cachedAnswers: Int { state.withLock { $0.quick } }
  func judged(_ verdict: Verdict) { state.withLock { $0.verdicts[verdict, default: 0] &+= 1 } }
  /// False: as many as may run are running.
  func startBatch(limit: Int) -> Bool {
    state.withLock {
      if $0.batchesRunning >= limit { return false }
      $0.batchesRunning += 1
      return true
    }
  }
  func endBatch() { state.withLock { $0.batchesRunning -= 1 } }

  /// Prometheus text format.
  var text: String {
    state.withLock { state in
      var text = "# TYPE khatmd_responses_total counter\n"
      for (status, count) in state.requests.sorted(by: { $0.key < $1.key }) {
        text += "khatmd_responses_total{class=\"\(status / 100)xx\"} \(count)\n"
      }
      text +=
        """
        # TYPE khatmd_quick_answers_total counter\nkhatmd_quick_answers_total \(state.quick)\n# TYPE \
        khatmd_verdicts_total counter\n
        """
      for verdict in Verdict.allCases {
        text += "khatmd_verdicts_total{verdict=\"\(verdict.rawValue)\"} \(state.verdicts[verdict] ?? 0)\n"
      }
      return text
    }
  }
}
