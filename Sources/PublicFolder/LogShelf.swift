internal import Directory
internal import Encodings
internal import Synchronization
internal import TransparencyLog
internal import Verification

/// The published log: checkpoint and tiles, read under the log keys of the list of chambers.
///
/// A checkpoint is taken only when it continues the one before; until then, and while it cannot be read, the log is
/// unavailable, and every answer that needs it "cannot tell". A smaller or another tree is never taken as long as this
/// process lives.
final class LogShelf: Sendable {
  static let checkpoint = ["checkpoint"]
  /// 256 entries of full length, each behind its two bytes of length.
  static let maxTileBytes = Tile.fullWidth * (2 + LogEntry.maxBytes)

  private struct State {
    var identity: FileIdentity?
    var generation = 0
    var checkedAt: UInt64 = 0
    var head: VerifiedCheckpoint?, reader: TileReader?
    /// What lies there now is `head`.
    var isCurrent = false
  }
  private let state = Mutex(State())
  private let files: FolderFiles, recheck: Recheck

  init(files: FolderFiles, recheck: Recheck) { self.files = files; self.recheck = recheck }

  /// The newest checkpoint; nil: there is none that can be used now.
  /// - Parameter anew: whether to look at the file even if that was just done.
  func head(_ trust: TrustVersion, anew: Bool = false) -> VerifiedCheckpoint? {
    state.withLock { state in
      refresh(&state, trust, anew: anew)
      return state.isCurrent ? state.head : nil
    }
  }

  /// An entry with its path under the newest checkpoint; nil when the tiles cannot be read or the tree has no such
  /// place. That the entry is at its place is for the verifier of the proof to see.
  func proof(leaf: UInt64, salt: [UInt8], _ trust: TrustVersion) -> (proof: LogProof, head: VerifiedCheckpoint)? {
    state.withLock { state in
      refresh(&state, trust, anew: false)
      guard state.isCurrent,
        state.head.map({ leaf < $0.size }) == true
          || {
            refresh(&state, trust, anew: true); return state.isCurrent
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
  func newestEntry(_ trust: TrustVersion) -> Instant? {
    state.withLock { state in
      guard state.isCurrent, let reader = state.reader, reader.size > 0 else { return nil }
      do throws(LogRejection) {
        return try LogEntry.parse(try reader.entry(at: reader.size - 1)).at
      } catch {
        return nil
      }
    }
  }

  private func refresh(_ state: inout State, _ trust: TrustVersion, anew: Bool) {
    let tick = recheck.tick(), sameTrust = state.generation == trust.generation
    if sameTrust, state.isCurrent, !anew, !recheck.isDue(since: state.checkedAt, tick: tick) { return }
    state.checkedAt = tick
    if sameTrust, state.isCurrent, files.identity(Self.checkpoint) == state.identity { return }
    state.generation = trust.generation
    state.isCurrent = false
    guard let file = files.read(Self.checkpoint, limit: SignedNote.maxBytes) else { return }
    let origin = file.bytes.prefix { $0 != 0x0A }
    guard let policy = trust.verifier.trust.logs.first(where: { $0.origin.bytes.elementsEqual(origin) }) else { return }
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

extension PublicFolder {
  /// A living authority renews its status lists every few hours, and each version is an entry: a log without one for a
  /// day is an old copy.
  private static let livingSeconds: Int64 = 86_400

  /// What the verifier may ask about the log. `record`: of the credential asked about, where the caller has it already.
  func logEvidence(_ version: TrustVersion, record: PublicRecord?, at now: Instant) -> LogEvidence {
    let neighbours = version.neighbours.compactMap { $0.folder.lookup($0.version, record: nil, at: now) }
    guard neighbours.isEmpty else {
      return .lookups((lookup(version, record: record, at: now).map { [$0] } ?? []) + neighbours)
    }
    return lookup(version, record: record, at: now).map { .lookup($0) } ?? .unavailable
  }

  private func lookup(_ version: TrustVersion, record: PublicRecord?, at now: Instant) -> LogLookup? {
    guard let head = logShelf.head(version) else { return nil }
    return LogLookup(line: logShelf, head: head) { [self] credential, signedAt in
      let found: PublicRecord
      do throws(DirectoryFailure) {
        var held = record
        if held == nil, let id = credential.credentialID { held = try self.record(id: id) }
        guard let held else { return mayBeOlder(than: signedAt, version, at: now) ? .unavailable : .absent }
        found = held
      } catch { return .unavailable }
      guard let place = found.leaf else { return .absent }
      guard let leaf = UInt64(exactly: place), let (proof, head) = logShelf.proof(leaf: leaf, salt: found.salt, version)
      else { return .unavailable }
      return .proof(proof, under: head, token: found.token)
    }
  }

  /// Whether this folder may have been brought up to date before a credential was signed, so that it says nothing that
  /// it does not know it. A copy made by `khatm mirror` knows what was there at its last run; any other folder is the
  /// one that is published, unless its log stands still.
  private func mayBeOlder(than signedAt: Instant, _ version: TrustVersion, at now: Instant) -> Bool {
    guard let newest = logShelf.newestEntry(version) else { return true }
    if isNeighbour { return signedAt >= newest }
    guard signedAt > newest else { return false }
    if let copied = copiedAt { return signedAt > copied }
    return now.seconds - newest.seconds > Self.livingSeconds
  }

  /// The proof that stands behind a decision (C2SP tlog-proof); nil without one.
  func proof(for decision: Decision, record: PublicRecord?, _ version: TrustVersion) -> [UInt8]? {
    guard let place = decision.log else { return nil }
    var held = record
    if held == nil, let id = decision.credential?.credentialID {
      do throws(DirectoryFailure) {
        held = try self.record(id: id)
      } catch {
        return nil
      }
    }
    guard let record = held, record.leaf == Int64(exactly: place.leaf) else { return nil }
    return logShelf.proof(leaf: place.leaf, salt: record.salt, version)?.proof.bytes
  }
}
