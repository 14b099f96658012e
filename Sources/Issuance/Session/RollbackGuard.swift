internal import Encodings
internal import Registry
internal import TransparencyLog
internal import Vocabulary

/// Guards before anything is signed: against a clock that went back, and a register that was put back.
struct RollbackGuard: Service {
  let session: AuthoritySession

  /// A clock that went back would date new credentials before recorded acts.
  func refuseIfClockWentBack() throws {
    let newest = max(try registry.log.head()?.at ?? 0, try registry.log.lastAudit()?.at ?? 0)
    guard now.seconds >= newest else {
      throw IssuanceFailure.clockWentBack(now: now.description, newest: Instant(seconds: newest).description)
    }
  }

  /// The published checkpoint and the second record must be of the register's own tree, and not ahead of it: else it
  /// was restored from an old copy, and the next signature would fork the log. What cannot be read cannot be compared,
  /// and stops as well.
  func refuseIfRolledBack() throws {
    let head = try registry.log.head()
    for path in [home.publicPath + "/checkpoint", home.rollbackGuardPath] {
      guard let bytes = try Files.read(path, limit: 1 << 20) else { continue }
      // The usual case: it is the newest one, perhaps with the lines of witnesses.
      if let head, bytes.starts(with: head.note.utf8) { continue }
      let shown: VerifiedCheckpoint
      do {
        shown = try registry.logPolicy(origin: authority.logOrigin).open(bytes)
      } catch {
        throw IssuanceFailure.checkpointUnreadable(path: path, why: "\(error)")
      }
      guard let size = Int64(exactly: shown.size), size <= head?.size ?? 0 else {
        throw IssuanceFailure.olderThanPublished(registry: head?.size ?? 0, published: Int64(clamping: shown.size))
      }
      guard try Merkle.root(size: shown.size, hashes: LogWriter.allHashes(in: registry)) == shown.root else {
        throw IssuanceFailure.anotherLog(path: path, size: size)
      }
    }
  }
}

extension Registry {
  /// By the public halves of the log's keys, old ones too: no passphrase is needed.
  func logPolicy(origin: String) throws -> LogPolicy {
    try LogPolicy(
      origin: Text(origin),
      logKeys: try keys.all(chamber: nil).filter { $0.purpose == .log }.map { try VerifierKey($0.kid) }
    )
  }
}

extension Authority {
  var logOrigin: String { host + "/log" }
}
