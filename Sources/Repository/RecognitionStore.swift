internal import Credentials
internal import Encodings
internal import PKI
internal import Support
internal import Synchronization
internal import Verification

/// Our trust data as they are now, with the authorities that they point to and whose files are at hand.
struct CurrentTrust: Sendable {
  let snapshot: TrustSnapshot
  var neighbours: [RecognitionStore.Neighbour] = []
}

/// Copies of what other authorities publish, for those that our trust list points to: folders below `recognised/`, and
/// any that were given.
///
/// A folder is looked at only when the root in it is one that our signed list names; its host is the one of the list
/// that this root signed.
final class RecognitionStore: Sendable {
  /// As many as a list can point to (`Verifier.recognised`).
  static let maxNeighbours = 64
  static let folder = "recognised"

  /// The folder of an authority that ours points to.
  struct Neighbour: Sendable {
    let folder: PublishedRepository
    let root: Certificate
    /// As read for this composition; its own pointers are not followed.
    let snapshot: TrustSnapshot
  }

  /// What was found at a path.
  private struct Known {
    let rootIdentity: FileIdentity, listIdentity: FileIdentity?,
      neighbour: (folder: PublishedRepository, root: Certificate)?
  }
  /// Found folders, and the trust data composed of them.
  private struct State {
    var known: [String: Known] = [:]
    var composed: (of: [UInt64], trust: CurrentTrust)?
    var checkedAt: UInt64 = 0
  }
  private let state = Mutex(State())  // owned by compose and neighbour(at:)
  private let files: FolderFiles, extra: [String], host: String, recheck: Recheck

  init(files: FolderFiles, extra: [String], host: String, recheck: Recheck) {
    self.files = files
    self.extra = extra
    self.host = host
    self.recheck = recheck
  }

  /// Our trust data together with those they point to; the same snapshot as long as none of them changes.
  func compose(_ own: TrustSnapshot) -> CurrentTrust {
    guard case .success(let list) = own.trust.list, !list.pointers.isEmpty else { return CurrentTrust(snapshot: own) }
    let tick = recheck.tick()
    let known = state.withLock { state -> CurrentTrust? in
      guard let composed = state.composed, composed.of.first == own.generation,
        !recheck.isDue(since: state.checkedAt, tick: tick)
      else { return nil }
      return composed.trust
    }
    if let known { return known }
    let neighbours = read(pointers: Set(list.pointers.map(\.signerSHA256)))
    let of = [own.generation] + neighbours.map(\.snapshot.generation)
    return state.withLock { state in
      state.checkedAt = tick
      if let composed = state.composed, composed.of == of { return composed.trust }
      let snapshot = TrustSnapshot(
        trust: own.trust,
        host: host,
        recognised: neighbours.map(Self.trust),
        rollback: own.rollback
      )
      let trust = CurrentTrust(snapshot: snapshot, neighbours: neighbours)
      state.composed = (of, trust)
      return trust
    }
  }

  /// A folder that was put back tells nothing: as if their list were not at hand.
  private static func trust(of neighbour: Neighbour) -> Trust {
    neighbour.snapshot.rollback == nil
      ? neighbour.snapshot.trust : Trust(anchors: [neighbour.root], files: TrustFiles())
  }

  private func read(pointers: Set<[UInt8]>) -> [Neighbour] {
    let paths =
      files.names(in: [Self.folder], limit: Self.maxNeighbours).map { "\(files.root)/\(Self.folder)/\($0)" } + extra
    var neighbours: [Neighbour] = []
    for path in paths {
      guard let found = neighbour(at: path), pointers.contains(found.root.sha256),
        !neighbours.contains(where: { $0.folder.host == found.folder.host })
      else { continue }
      neighbours.append(Neighbour(folder: found.folder, root: found.root, snapshot: found.folder.trustFiles.current))
    }
    return neighbours
  }

  /// Read anew when root or list changed and there was none to use; once found, its shelves notice changes by
  /// themselves.
  private func neighbour(at path: String) -> (folder: PublishedRepository, root: Certificate)? {
    let files = FolderFiles(root: path)
    guard let identity = files.identity(["certs", "root.pem"]) else { return nil }
    let list = files.identity(TrustFileStore.trustList)
    if let known = state.withLock({ $0.known[path] }), known.rootIdentity == identity,
      known.neighbour != nil || known.listIdentity == list
    {
      return known.neighbour
    }
    let found = open(files, path)
    state.withLock { $0.known[path] = Known(rootIdentity: identity, listIdentity: list, neighbour: found) }
    return found
  }

  private func open(_ files: FolderFiles, _ path: String) -> (folder: PublishedRepository, root: Certificate)? {
    guard let pem = files.read(["certs", "root.pem"], limit: 1 << 16)?.bytes else { return nil }
    do {
      let root = try Certificate(pem: pem)
      let token = files.read(TrustFileStore.trustList, limit: TrustList.maxTokenBytes)?.bytes
      let list = Trust(anchors: [root], files: TrustFiles(trustList: token)).list
      // Under our own host only our own list speaks.
      guard case .success(let list) = list, let theirs = TrustFileStore.host(of: list),
        !theirs.utf8.elementsEqual(host.utf8)
      else { return nil }
      return (try PublishedRepository(path: path, anchor: pem, host: theirs, neighbours: nil, recheck: recheck), root)
    } catch { return nil }  // a folder that cannot be used is as one that is not there
  }
}
