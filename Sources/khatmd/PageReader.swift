import Encodings
import Foundation
import Messages
import Repository
import Storefronts
import Support
import Synchronization
import Verification

/// Reads pages for those who ask what stands on one: a few at a time, each host at its pace, and what was just read is
/// not read again.
///
/// Fetching and scanning run on threads of their own, without a key and without the register; the fetch decides on the
/// address it dials.
final class PageReader: Sendable {
  static let name = "KhatmReader/1"
  /// Threads that wait for the network; the next one is told to come back.
  static let atOnce = 8
  /// Seconds a decision about a page is given out again, and how many are kept.
  static let keptSeconds: Int64 = 30, kept = 256
  /// How often a host that is being asked is tried again before the caller is told to wait.
  private static let patience = 4

  /// What comes of a question about a page.
  enum Outcome: Sendable {
    case decided(PageDecision)
    case refused(RequestRejection)
    case busy
  }

  /// Who is being asked, and what was found lately.
  private struct State {
    var running = 0
    var pace = FetchPace()
    var known = GenerationalCache<Text, PageDecision>(capacity: 2 * PageReader.kept)
  }
  private let state = Mutex(State())  // owned by check and turn
  private let folder: PublishedRepository, policy: AddressPolicy, resolver: HostResolver, trust: [UInt8]?

  /// - Parameters:
  ///   - policy, resolver, trust: the public internet, the system's names and roots; tests bring their own.
  init(
    folder: PublishedRepository,
    policy: AddressPolicy = .publicInternet,
    resolver: HostResolver = .system,
    trust: [UInt8]? = nil
  ) {
    self.folder = folder
    self.policy = policy
    self.resolver = resolver
    self.trust = trust
  }

  func check(_ asked: String, at now: Instant) async -> Outcome {
    guard let platforms = folder.trust.platforms else {
      return .decided(
        PageDecision(
          asked: asked,
          reasons: [Reason(.trustDataUnavailable, [.init("what", "platforms")])],
          checkedAt: now
        )
      )
    }
    let address: PageAddress
    do throws(AddressRejection) {
      address = try PageAddress.read(Array(asked.utf8), platforms: platforms)
    } catch {
      return .refused(
        RequestRejection(
          ReasonCode(rawValue: error.code) ?? .urlAmbiguous,
          field: "page",
          error.params.members.map { .init($0.name.string, $0.value) }
        )
      )
    }
    if let known = state.withLock({ $0.known[address.requestURL] }), known.asked.utf8.elementsEqual(asked.utf8),
      abs(now.seconds - known.checkedAt.seconds) <= Self.keptSeconds
    {
      return .decided(known)
    }
    for _ in 0..<Self.patience {
      switch turn(address.host) {
      case .now:
        let decision = await onThread { self.read(asked, address, platforms: platforms, at: now) }
        state.withLock { state in
          state.running -= 1
          state.pace.done(address.host)
          state.known.insert(decision, for: address.requestURL)
        }
        return .decided(decision)
      case .later(let wait):
        do {
          try await Task.sleep(for: min(wait, .seconds(1)))
        } catch {
          return .busy
        }
      }
    }
    return .busy
  }

  private func turn(_ host: Text) -> FetchPace.Turn {
    state.withLock { state in
      guard state.running < Self.atOnce else { return .later(.seconds(1)) }
      let turn = state.pace.begin(host, now: .now)
      if turn == .now { state.running += 1 }
      return turn
    }
  }

  private func read(_ asked: String, _ address: PageAddress, platforms: PlatformTable, at now: Instant)
    -> PageDecision
  {
    let door = GuardedFetch(
      platforms: platforms,
      policy: policy,
      userAgent: "\(Self.name) (+https://\(folder.host)/reader)",
      resolver: resolver,
      trust: trust
    )
    do throws(FetchFailure) {
      let fetched = try door.page(address)
      return folder.verify(
        page: fetched.body,
        chain: fetched.chain,
        asked: asked,
        headerCharset: fetched.charset,
        reader: Self.name,
        at: now
      )
    } catch { return folder.unread(error, asked: asked, isPublic: true, at: now) }
  }

  private func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      let thread = Thread { continuation.resume(returning: body()) }
      thread.stackSize = 8 << 20
      thread.start()
    }
  }
}
