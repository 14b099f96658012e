internal import Encodings
internal import Support
internal import Synchronization
internal import TransparencyLog
internal import Verification

/// The published log: checkpoint and tiles, read under the log keys of the list of chambers.
///
/// A checkpoint is taken only when it continues the one before; until then, and while it cannot be read, the log is
/// unavailable, and every answer that needs it "cannot tell". A smaller or another tree is never taken as long as this
/// process lives.
final class LogReader: Sendable {
  static let checkpoint = ["checkpoint"]
  /// 256 entries of full length, each behind its two bytes of length.
  static let maxTileBytes = Tile.fullWidth * (2 + LogEntry.maxBytes)

  /// What was read last.
  private struct State {
    var identity: FileIdentity?
    /// Under whose log keys `head` was opened.
    var trust: Trust?
    var checkedAt: UInt64 = 0
    var head: VerifiedCheckpoint?, reader: TileReader?
    /// What lies there now is `head`.
    var isCurrent = false
  }
  private let state = Mutex(State())  // owned by head, proof, newestEntry
  private let files: FolderFiles, recheck: Recheck

  init(files: FolderFiles, recheck: Recheck) {
    self.files = files
    self.recheck = recheck
  }

  /// The newest checkpoint; nil: there is none that can be used now.
  /// - Parameter anew: whether to look at the file even if that was just done.
  func head(_ trust: Trust, anew: Bool = false) -> VerifiedCheckpoint? {
    state.withLock { state in
      refresh(&state, trust, anew: anew)
      return state.isCurrent ? state.head : nil
    }
  }

  /// An entry with its path under the newest checkpoint; nil when the tiles cannot be read or the tree has no such
  /// place. That the entry is at its place is for the verifier of the proof to see.
  func proof(leaf: UInt64, salt: [UInt8], _ trust: Trust) -> (proof: LogProof, head: VerifiedCheckpoint)? {
    state.withLock { state in
      refresh(&state, trust, anew: false)
      guard state.isCurrent,
        state.head.map({ leaf < $0.size }) == true
          || {
            refresh(&state, trust, anew: true)
            return state.isCurrent
          }(),
        let head = state.head, let reader = state.reader, leaf < head.size
      else { return nil }
      do throws(LogRejection) {
        let extra = try ProofExtra(entry: try LogEntry.parse(try reader.uncheckedEntry(at: leaf)), salt: salt)
        return (
          try LogProof(extra: extra, index: leaf, path: try reader.inclusionProof(index: leaf), checkpoint: head.note),
          head
        )
      } catch { return nil }
    }
  }

  /// When the newest entry was made: the folder knows everything up to then. Nil: it cannot be read.
  var newestEntry: Instant? {
    state.withLock { state in
      guard state.isCurrent, let reader = state.reader, reader.size > 0 else { return nil }
      do throws(LogRejection) {
        return try LogEntry.parse(try reader.entry(at: reader.size - 1)).at
      } catch {
        return nil
      }
    }
  }

  private func refresh(_ state: inout State, _ trust: Trust, anew: Bool) {
    let tick = recheck.tick()
    let sameTrust = state.trust === trust
    if sameTrust, state.isCurrent, !anew, !recheck.isDue(since: state.checkedAt, tick: tick) { return }
    state.checkedAt = tick
    if sameTrust, state.isCurrent, files.identity(Self.checkpoint) == state.identity { return }
    state.trust = trust
    state.isCurrent = false
    guard let file = files.read(Self.checkpoint, limit: SignedNote.maxBytes) else { return }
    let origin = file.bytes.prefix { $0 != 0x0A }
    guard let policy = trust.logs.first(where: { $0.origin.bytes.elementsEqual(origin) }) else { return }
    do throws(LogRejection) {
      let offered = try policy.open(file.bytes)
      if let head = state.head, head.size > 0 {
        guard offered.size >= head.size else { throw .rollback(known: head.size, offered: offered.size) }
        guard offered.size > head.size || offered.root == head.root else {
          throw .fork(size: head.size, known: head.root, offered: offered.root)
        }
      }
      if state.head.map({ $0.size == offered.size && $0.root == offered.root }) != true {
        let reader = try TileReader(
          offered,
          source: TileSource { [files] path in
            files.read(
              path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) },
              limit: Self.maxTileBytes
            )?.bytes
          }
        )
        if let head = state.head, head.size > 0 {
          try Merkle.verifyConsistency(
            from: head.size,
            to: offered.size,
            proof: try reader.consistencyProof(from: head.size),
            oldRoot: head.root,
            newRoot: offered.root
          )
        }
        state.reader = reader
      }
      (state.head, state.identity, state.isCurrent) = (offered, file.identity, true)
    } catch { return }  // unavailable until something that continues lies there
  }
}
