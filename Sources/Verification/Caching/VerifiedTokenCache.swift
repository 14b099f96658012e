internal import Credentials
internal import Encodings
internal import Glibc
internal import PKI
internal import Support
internal import Synchronization

/// A status list as the tokens of one chamber name it.
struct ListName: Hashable, Sendable {
  let url: Text
  let issuer: Text
  let purpose: Text
}

/// What a question about a known token asks, side by side in memory, where nothing in it needs a remark whatever the
/// time.
struct CleanFacts: Sendable {
  /// The place of a credential in a status list.
  struct Bit: Sendable {
    /// Of the list, in the cache that holds the token.
    let list: Int
    let index: Int64
  }

  let begins: Instant
  let validUntil: Instant
  let granted: Instant
  let mustBeLogged: Bool
  let revocation: Bit
  let suspension: Bit

  /// Nil where something is to be remarked: another form, a doubt, another authority's list, too long a life, a chamber
  /// that was paused once, other status entries than the two.
  init?(_ claims: AuthenticatedClaims, under trust: Trust, number: (ListName) -> Int?) {
    guard claims.form == .token, claims.proofExpires == nil, claims.tooLong == nil, claims.signer.doubts.isEmpty,
      claims.authority === trust, let granted = claims.grantedSince, claims.statusEntries.count == 2
    else { return nil }
    func bit(_ purpose: String) -> Bit? {
      guard let entry = claims.statusEntries.first(where: { $0.purpose.equals(purpose) }) else { return nil }
      let list = ListName(url: entry.list, issuer: claims.issuer, purpose: entry.purpose)
      return number(list).map { Bit(list: $0, index: entry.index) }
    }
    guard let revocation = bit("revocation"), let suspension = bit("suspension") else { return nil }
    self.granted = granted
    self.revocation = revocation
    self.suspension = suspension
    begins = claims.begins
    validUntil = claims.validUntil
    mustBeLogged = claims.rule?.logged == true
  }
}

/// Tokens that were verified under one snapshot: the next question about one costs a look-up and a comparison of all
/// its bytes. The look-up alone decides nothing, so nobody gains by tokens that look alike; and only what verified is
/// kept, so a stranger cannot fill the memory.
///
/// The whole token is compared instead of a digest: for 7 kB that is ten times cheaper, and it is the stronger test.
/// Headers, which are two thirds of a token and the same for all of a signer, are held once.
final class VerifiedTokenCache: Sendable {
  /// The end of a token is signature, which two that verified do not share. The place is small, so that the table stays
  /// near.
  private static func place(of token: [UInt8]) -> UInt64? {
    token.count >= 64
      ? token.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: token.count - 8, as: UInt64.self) } : nil
  }

  /// A token, and what is known of it. A class: an entry that is found is looked at where it lies, and what is found
  /// later is written into it. It never leaves the lock.
  private final class Entry {
    let header: [UInt8]
    let rest: [UInt8]
    let claims: AuthenticatedClaims
    let clean: CleanFacts?
    var logged: VerifiedLogPlace?  // where its issue was found in the log; owned by keep
    var ownPage: PageReading?  // the last page that was one of its own; owned by findClean

    init(header: [UInt8], rest: [UInt8], claims: AuthenticatedClaims, clean: CleanFacts?) {
      self.header = header
      self.rest = rest
      self.claims = claims
      self.clean = clean
    }

    func isOf(_ token: [UInt8]) -> Bool {
      token.withUnsafeBytes { token in
        guard let start = token.baseAddress, token.count == header.count + rest.count else { return false }
        return memcmp(rest, start + header.count, rest.count) == 0 && memcmp(header, start, header.count) == 0
      }
    }
  }
  /// Tokens by their ends.
  private struct State {
    /// Of the snapshot under which they were verified.
    var generation: UInt64 = 0
    var entries: GenerationalCache<UInt64, Entry>
    var headers: [[UInt8]] = []
    var lists: [ListName: Int] = [:]
    var listNames: [ListName] = []
  }
  private let state: Mutex<State>  // owned by the methods below
  private let capacity: Int
  /// Headers shared at a time; a token under another one keeps its own.
  private static let maxHeaders = 256
  /// Lists of a thousand chambers. A token of another one is not answered without the whole way.
  private static let maxLists = 4_096

  /// - Parameter capacity: tokens kept; 0: none.
  init(capacity: Int) {
    self.capacity = capacity
    state = Mutex(State(entries: GenerationalCache(capacity: capacity)))
  }

  /// How many are kept.
  var count: Int { state.withLock { $0.entries.count } }

  private static func entry(of token: [UInt8], generation: UInt64, in state: inout State) -> Entry? {
    guard state.generation == generation, let place = place(of: token), let entry = state.entries[place],
      entry.isOf(token)
    else { return nil }
    return entry
  }

  /// What was verified of a token, and where its issue was found in the log.
  func find(_ token: [UInt8], generation: UInt64) -> (claims: AuthenticatedClaims, logged: VerifiedLogPlace?)? {
    state.withLock { state in
      Self.entry(of: token, generation: generation, in: &state).map { ($0.claims, $0.logged) }
    }
  }

  /// A token that is clean, on a page that is one of its own or on none.
  struct Clean: Sendable {
    let facts: CleanFacts
    let claims: AuthenticatedClaims
    let logged: VerifiedLogPlace?
  }

  func findClean(_ token: [UInt8], page: PageReading?, generation: UInt64) -> Clean? {
    state.withLock { state in
      guard let entry = Self.entry(of: token, generation: generation, in: &state), let facts = entry.clean else {
        return nil
      }
      // What was found once holds: neither the page nor the credential changes.
      if let page, entry.ownPage !== page {
        guard entry.claims.bindingKeys.contains(where: page.matchKeys.contains) else { return nil }
        entry.ownPage = page
      }
      return Clean(facts: facts, claims: entry.claims, logged: entry.logged)
    }
  }

  /// The name of a list by its number.
  func list(_ number: Int, generation: UInt64) -> ListName? {
    state.withLock { state in
      state.generation == generation && number < state.listNames.count ? state.listNames[number] : nil
    }
  }

  func keep(_ claims: AuthenticatedClaims, of token: [UInt8], under snapshot: TrustSnapshot) {
    guard capacity > 1, let place = Self.place(of: token) else { return }
    let point = token.firstIndex(of: UInt8(ascii: ".")) ?? 0
    state.withLock { state in
      // What an older snapshot says is not worth keeping.
      guard snapshot.generation >= state.generation else { return }
      if snapshot.generation > state.generation {
        state = State(generation: snapshot.generation, entries: GenerationalCache(capacity: capacity))
      }
      let clean = CleanFacts(claims, under: snapshot.trust) { Self.number(of: $0, &state) }
      state.entries.insert(
        Entry(
          header: Self.shared(token[..<point], &state),
          rest: Array(token[point...]),
          claims: claims,
          clean: clean
        ),
        for: place
      )
    }
  }

  /// Where a decision found its issue in the log: a log only grows.
  func keep(_ logged: VerifiedLogPlace, of token: [UInt8], generation: UInt64) {
    state.withLock { Self.entry(of: token, generation: generation, in: &$0)?.logged = logged }
  }

  private static func shared(_ header: ArraySlice<UInt8>, _ state: inout State) -> [UInt8] {
    if let held = state.headers.first(where: { $0.elementsEqual(header) }) { return held }
    if state.headers.count >= maxHeaders { state.headers.removeAll() }
    state.headers.append(Array(header))
    return state.headers[state.headers.count - 1]
  }

  private static func number(of list: ListName, _ state: inout State) -> Int? {
    if let known = state.lists[list] { return known }
    guard state.lists.count < maxLists else { return nil }
    state.lists[list] = state.listNames.count
    state.listNames.append(list)
    return state.listNames.count - 1
  }
}
