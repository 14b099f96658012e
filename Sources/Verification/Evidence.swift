public import Encodings
public import TransparencyLog

/// What is asked about one credential.
public struct DecisionRequest: Sendable {
  /// The number under which it was found; another one in it is a forgery by the directory.
  public var expected: CredentialID?
  /// Nil: not stated.
  public var page: RequestedPage?
  /// A moment of the past that is asked about; nil: now.
  public var asOf: Instant?

  public init(expected: CredentialID? = nil, page: RequestedPage? = nil, asOf: Instant? = nil) {
    self.expected = expected
    self.page = page
    self.asOf = asOf
  }
}

/// What was found out about one credential besides its token: values, gathered between `Verifier.authenticate` and
/// `Verifier.decide`. What is missing is not known.
public struct Evidence: Sendable {
  /// Of the snapshot under which it was gathered.
  public let generation: UInt64
  /// What could be had of each status list, by its address.
  public var statusLists: [Text: StatusReading] = [:]
  /// Of the credential's place in the public log, for programmes that must be logged.
  public var log = LogEvidence.notAsked
  /// The chamber's statement of the last change of state, where one is at hand; it gives dates, and can only make the
  /// answer worse.
  public var statement: VerifiedStatement?
  /// What the chamber said of the proofs of its pages, by page key; without it they are judged by key alone.
  public var bindings: [Text: BindingAge] = [:]
  /// For a moment of the past: every entry of the log about the credential, its issue first; nil when the log cannot be
  /// read.
  public var history: [LogEntry]?
  /// False: what the chamber said since the issue cannot be read. Nothing good is told without it.
  public var isDirectoryReadable = true

  public init(under snapshot: TrustSnapshot) { generation = snapshot.generation }
}

/// What is known of a credential's place in the public log.
public enum LogEvidence: Sendable {
  /// The log is not part of the question.
  case notAsked
  /// A proof as a file (C2SP tlog-proof), its `extra` holding entry and salt.
  case proof([UInt8])
  /// The same from its parts, as somebody puts them together who reads the tiles.
  case parts(LogProof)
  /// The entry that a directory names for the credential, its path under a checkpoint, and the token that the directory
  /// holds. None of it is believed for being named.
  case entry(LogProof, under: VerifiedCheckpoint, token: [UInt8])
  /// An earlier decision found it, in a log that this checkpoint continues.
  case found(VerifiedLogPlace, under: VerifiedCheckpoint)
  /// Neither a proof nor the log could be had, or it may be older than the credential.
  case unavailable
  /// Somebody who has the whole log and the directory looked: there is no entry.
  case absent
}

/// Where a decision found the issue of a credential. It stays there, because the log only grows.
public struct VerifiedLogPlace: Sendable {
  let leaf: UInt64
}
