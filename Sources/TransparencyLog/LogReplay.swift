public import Encodings

/// What a log says about every credential, built entry by entry: the reader's side of the register.
///
/// A monitor applies every entry from index 0 and hears of whatever a log must not hold. Who only has the entries about
/// one credential, in their order, gets its state by applying those.
public struct LogReplay: Sendable {
  /// What the entries so far say about a credential. The last three are final.
  public enum State: String, Hashable, Sendable { case inForce, suspended, revoked, superseded, abandoned }

  /// A credential as its entries tell it.
  public struct Credential: Hashable, Sendable {
    public let chamber: Text
    public let programme: Text
    /// Nil for a reservation that was abandoned.
    public let commitment: [UInt8]?
    public internal(set) var state: State
    /// When this state began.
    public internal(set) var since: Instant
  }

  /// By `ref`.
  public private(set) var credentials: [[UInt8]: Credential] = [:]
  /// The digest of the newest version of each status list, by address.
  public private(set) var statusLists: [Text: [UInt8]] = [:]
  public private(set) var trustListSequence: Int64?
  public private(set) var latest: Instant?
  public private(set) var count: UInt64 = 0

  public init() {}

  /// Applies the next entry. Throws `.illegalTransition` or `.outOfOrder`, and then has not changed.
  public mutating func apply(_ entry: LogEntry) throws(LogRejection) {
    if let latest, entry.at < latest { throw .outOfOrder(kind: entry.kind, at: entry.at) }
    switch entry.event {
    case .issue(let handle, let programme):
      try begin(
        entry,
        ref: handle.ref,
        as: Credential(
          chamber: entry.chamber,
          programme: programme,
          commitment: handle.commitment,
          state: .inForce,
          since: entry.at
        )
      )
    case .abandoned(let ref, let programme):
      try begin(
        entry,
        ref: ref,
        as: Credential(
          chamber: entry.chamber,
          programme: programme,
          commitment: nil,
          state: .abandoned,
          since: entry.at
        )
      )
    case .suspend(let handle, let programme, _):
      try move(entry, handle, programme: programme, from: [.inForce], to: .suspended)
    case .reinstate(let handle, let programme, _):
      try move(entry, handle, programme: programme, from: [.suspended], to: .inForce)
    case .revoke(let handle, let programme, _):
      try move(entry, handle, programme: programme, from: [.inForce, .suspended], to: .revoked)
    case .supersede(let handle, let programme, _):
      try move(entry, handle, programme: programme, from: [.inForce, .suspended], to: .superseded)
    case .binding(let handle, let programme, _):
      try move(entry, handle, programme: programme, from: [.inForce, .suspended], to: nil)
    case .statusList(let url, let digest): statusLists[url] = digest
    case .trustList(let sequence, _):
      if let known = trustListSequence, sequence <= known { throw .outOfOrder(kind: entry.kind, at: entry.at) }
      trustListSequence = sequence
    case .act(let act, let handle, let programme, _):
      let (allowed, state) = Self.step(act)
      try move(entry, handle, programme: programme, from: allowed, to: state)
    // Also of a credential that ended by its date, which no entry says.
    case .erase(let handle, let programme):
      try move(entry, handle, programme: programme, from: [.inForce, .suspended, .revoked, .superseded], to: nil)
    case .key, .files: break
    }
    latest = entry.at
    count += 1
  }

  private static func step(_ act: LogEntry.StateAct) -> (from: [State], to: State) {
    switch act {
    case .suspend: ([.inForce], .suspended)
    case .reinstate: ([.suspended], .inForce)
    case .revoke: ([.inForce, .suspended], .revoked)
    case .supersede: ([.inForce, .suspended], .superseded)
    }
  }

  private mutating func begin(_ entry: LogEntry, ref: [UInt8], as credential: Credential) throws(LogRejection) {
    if let known = credentials[ref] { throw .illegalTransition(ref: ref, from: known.state, kind: entry.kind) }
    credentials[ref] = credential
  }

  private mutating func move(
    _ entry: LogEntry,
    _ handle: CredentialHandle,
    programme: Text,
    from allowed: [State],
    to state: State?
  ) throws(LogRejection) {
    guard var credential = credentials[handle.ref], allowed.contains(credential.state),
      credential.chamber == entry.chamber,
      credential.programme == programme, credential.commitment == handle.commitment
    else { throw .illegalTransition(ref: handle.ref, from: credentials[handle.ref]?.state, kind: entry.kind) }
    guard let state else { return }
    (credential.state, credential.since) = (state, entry.at)
    credentials[handle.ref] = credential
  }

  /// The state of one credential at a moment, from all entries about it in the order of the log. Nil before its issue.
  /// An act counts from its own second on.
  public static func state(at moment: Instant, entries: some Sequence<LogEntry>) throws(LogRejection) -> State? {
    var replay = LogReplay()
    var state: State?
    for entry in entries {
      try replay.apply(entry)
      guard entry.at <= moment, let ref = entry.ref else { continue }
      state = replay.credentials[ref]?.state
    }
    return state
  }
}
