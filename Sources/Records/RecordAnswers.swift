public import Encodings
public import TransparencyLog

/// What can be asked of the records of a log. Scan, index in memory and index on disk give the same answers.
public enum RecordQuestion: Hashable, Sendable {
  /// The certificate with this number: one, or none.
  case number(CredentialID)
  /// Certificates bound to any of these page keys.
  case pages([Text])
  /// Exact after folding.
  case register(Text)
  /// Alone, or of one chamber, by its DID.
  case membership(Text, chamber: Text?)
  /// Every word is the beginning of a word of a name.
  case words(String)
}

/// A certificate as its record proved it. Its token is parsed, not verified.
public struct RecordedCertificate: Hashable, Sendable {
  /// The entry that issued it.
  public let leaf: UInt64
  public let number: CredentialID
  /// The number of its line; its own where it has no other.
  public let badge: CredentialID
  /// Nil where it was erased.
  public let token: RecordedJWS?
  public let salt: [UInt8]
  public let handle: CredentialHandle
  /// The chamber's DID.
  public let chamber: Text
  public let programme: Text
  /// Of the entry.
  public let at: Instant

  var withoutToken: RecordedCertificate {
    RecordedCertificate(
      leaf: leaf,
      number: number,
      badge: badge,
      token: nil,
      salt: salt,
      handle: handle,
      chamber: chamber,
      programme: programme,
      at: at
    )
  }

  /// The entry that issued it, as logged.
  public var entry: LogEntry {
    get throws(LogRejection) { try LogEntry(at: at, chamber: chamber, event: .issue(handle, programme: programme)) }
  }
}

/// A later entry about a certificate.
public struct RecordedAct: Hashable, Sendable {
  public let leaf: UInt64
  public let entry: EntryReading
  /// The compact JWS that the entry binds. Its signature is not verified here.
  public let statement: [UInt8]?
  /// Why there is no more of it.
  public let gap: RecordGap?
}

/// A certificate with everything that the log says of it.
public struct FoundCertificate: Hashable, Sendable {
  public let certificate: RecordedCertificate
  /// In the order of the log.
  public let acts: [RecordedAct]

  /// Where its erasure was logged, what may still lie somewhere is left out: the token, and statements about pages.
  init(_ certificate: RecordedCertificate, acts: [RecordedAct]) {
    let isErased = acts.contains { act in
      if case .known(let entry) = act.entry, entry.kind == .erase { entry.handle == certificate.handle } else { false }
    }
    self.certificate = isErased ? certificate.withoutToken : certificate
    self.acts =
      !isErased
      ? acts
      : acts.map { act in
        guard case .known(let entry) = act.entry, entry.kind == .binding else { return act }
        return RecordedAct(leaf: act.leaf, entry: act.entry, statement: nil, gap: nil)
      }
    hasEraseEntry = isErased
  }

  private let hasEraseEntry: Bool

  /// What became of the token.
  public enum Erasure: Hashable, Sendable {
    case none
    /// By an `erase` entry under the same checkpoint.
    case logged
    /// Without one: nothing can be told of this number.
    case unlogged
  }
  public var erasure: Erasure {
    if hasEraseEntry { return .logged }
    return certificate.token == nil ? .unlogged : .none
  }

  /// Acts whose records are missing or do not fit.
  public var gaps: [RecordGap] { acts.compactMap(\.gap) }
  /// There is an act of a newer program: nothing can be told of this certificate.
  public var isTooNew: Bool { acts.contains { if case .unknown = $0.entry { true } else { false } } }

  /// The newest act on its state; its statement is the chamber's word about it.
  public var newestChange: RecordedAct? {
    acts.last { act in
      guard case .known(let entry) = act.entry else { return false }
      return [.suspend, .reinstate, .revoke, .supersede].contains(entry.kind)
    }
  }

  /// The newest statement about its pages.
  public var newestBinding: RecordedAct? {
    acts.last { act in if case .known(let entry) = act.entry { entry.kind == .binding } else { false } }
  }

  /// The entries about it, its issue first; nil where one of them cannot be understood.
  public var history: [LogEntry]? {
    var entries: [LogEntry] = []
    do throws(LogRejection) {
      entries.append(try certificate.entry)
    } catch { return nil }
    for act in acts {
      guard case .known(let entry) = act.entry else { return nil }
      entries.append(entry)
    }
    return entries
  }
}

/// What the log says besides certificates, under one checkpoint.
public struct LogFacts: Hashable, Sendable {
  /// The newest trust list.
  public struct TrustListEntry: Hashable, Sendable {
    public let sequence: Int64
    public let digest: [UInt8]
    public let leaf: UInt64
  }

  public internal(set) var size: UInt64
  /// The greatest time of an entry.
  public internal(set) var newest: Instant?
  /// The newest digest of each status list, by its address.
  public internal(set) var lists: [Text: [UInt8]] = [:]
  public internal(set) var trustList: TrustListEntry?
  /// The newest digest of `files.json`.
  public internal(set) var files: [UInt8]?
  /// Certificates of which not even the number is known: as long as there are any, no number is known to be unused.
  public internal(set) var missingIssues = 0
  /// Entries of newer programs about no certificate: told to the operator.
  public internal(set) var unknownEntries = 0

  /// What can be said about a number that nothing was found under.
  public enum Absence: Hashable, Sendable {
    /// No certificate of this log has the number.
    case proved
    case recordsIncomplete(missing: Int)
    /// The newest entry is older than a day by our clock, or there is none.
    case copyBehind(since: Instant?)
  }

  /// An authority logs every six hours.
  static let maxAge: Int64 = 86_400

  public func absence(at now: Instant) -> Absence {
    if missingIssues > 0 { return .recordsIncomplete(missing: missingIssues) }
    guard let newest, newest.adding(seconds: Self.maxAge) > now else { return .copyBehind(since: newest) }
    return .proved
  }
}
