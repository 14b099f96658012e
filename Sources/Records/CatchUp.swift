public import Encodings

/// What one catch-up did.
public struct CatchUp: Sendable {
  /// How far it came.
  public enum Outcome: Hashable, Sendable {
    /// The index is that of the checkpoint.
    case complete
    /// The checkpoint is of a smaller tree than the index; nothing was done.
    case older(verified: UInt64)
    /// The entry cannot be had, not even alone; nothing newer counts.
    case stopped(at: UInt64)
    /// Two trees that cannot both be the log: for `AuthorityState.keep(evidence:)`, with both checkpoints.
    case fork(size: UInt64, known: [UInt8], offered: [UInt8])
    /// Records and entries do not make the tree of the checkpoint, and its tiles cannot be had.
    case recordsUnusable(why: String)
  }

  public internal(set) var outcome = Outcome.complete
  /// What counts from now on.
  public internal(set) var snapshot: IndexSnapshot?
  /// Entries that were read.
  public internal(set) var read: UInt64 = 0
  /// Files that are not of their form, and why: at most 16.
  public internal(set) var unusable: [(path: String, rejection: RecordFileRejection)] = []
  /// Certificates of which something new is known; nil: more than 65,536, so that whoever remembers them forgets all.
  public internal(set) var changed: Set<CredentialID>? = []

  static let maxChanged = 65_536

  mutating func note(_ numbers: Set<CredentialID>) {
    changed?.formUnion(numbers)
    if changed.map({ $0.count > Self.maxChanged }) == true { changed = nil }
  }

  mutating func note(_ files: [RecordFeed.Unusable]) {
    for file in files where unusable.count < 16 && !unusable.contains(where: { $0.path == file.path }) {
      unusable.append((file.path, file.rejection))
    }
  }
}
