internal import Credentials
internal import Encodings
internal import PKI
internal import Synchronization
internal import Verification

/// Copies of what other authorities publish, for those that our trust list points to: folders below `recognised/`, and
/// any that were given.
///
/// A folder is looked at only when the root in it is one that our signed list names; its host is the one of the list
/// that this root signed.
final class RecognisedShelf: Sendable {
  /// As many as a list can point to (`Verifier.recognised`).
  static let maxNeighbours = 64
  static let folder = "recognised"

  struct Neighbour: Sendable {
    let folder: PublicFolder, root: Certificate
    /// As read for this composition; its own pointers are not followed.
    var version: TrustVersion
  }

  private struct Known {
    let rootIdentity: FileIdentity, listIdentity: FileIdentity?, neighbour: (folder: PublicFolder, root: Certificate)?
  }
  private struct State {
    var known: [String: Known] = [:]
    var composed: (of: [Int], version: TrustVersion)?
    var checkedAt: UInt64 = 0, generation = 0
  }
  private let state = Mutex(State())
  private let files: FolderFiles, extra: [String], host: String, recheck: Recheck

  init(files: FolderFiles, extra: [String], host: String, recheck: Recheck) {
    self.files = files; self.extra = extra; self.host = host; self.recheck = recheck
  }

  /// Our version together with those it points to; the same value as long as none of them changes.
  func compose(_ own: TrustVersion) -> TrustVersion {
    guard case .success(let list) = own.verifier.trust.list, !list.pointers.isEmpty else { return own }
    let tick = recheck.tick()
    let known = state.withLock { state -> TrustVersion? in
      guard let composed = state.composed, composed.of.first == own.generation,
        !recheck.isDue(since: state.checkedAt, tick: tick)
      else { return nil }
      return composed.version
    }
    if let known { return known }
    let (neighbours, trusts, generations) = read(pointers: Set(list.pointers.map(\.signerSHA256)))
    let of = [own.generation] + generations
    return state.withLock { state in
      state.checkedAt = tick
      if let composed = state.composed, composed.of == of { return composed.version }
      state.generation += 1
      // Below zero, so that a version of our own list alone never has the same number.
      let version = TrustVersion(
        verifier: Verifier(trust: own.verifier.trust, host: host, recognised: trusts),
        generation: -state.generation,
        rollback: own.rollback,
        neighbours: neighbours
      )
      state.composed = (of, version)
      return version
    }
  }

  private func read(pointers: Set<[UInt8]>) -> ([Neighbour], [Trust], [Int]) {
    let paths =
      files.names(in: [Self.folder], limit: Self.maxNeighbours).map { "\(files.root)/\(Self.folder)/\($0)" } + extra
    var neighbours: [Neighbour] = [], trusts: [Trust] = [], generations: [Int] = []
    for (place, path) in paths.enumerated() {
      guard let found = neighbour(at: path), pointers.contains(found.root.sha256),
        !neighbours.contains(where: { $0.folder.host == found.folder.host })
      else { continue }
      let version = found.folder.trustShelf.current
      neighbours.append(Neighbour(folder: found.folder, root: found.root, version: version))
      // A folder that was put back tells nothing: as if their list were not at hand.
      trusts.append(
        version.rollback == nil
          ? version.verifier.trust
          : Trust(anchors: [found.root], trustList: nil, certificates: [], crls: [], platforms: nil)
      )
      generations += [place, version.generation]
    }
    return (neighbours, trusts, generations)
  }

  /// Read anew when root or list changed and there was none to use; once found, its shelves notice changes by
  /// themselves.
  private func neighbour(at path: String) -> (folder: PublicFolder, root: Certificate)? {
    let files = FolderFiles(root: path)
    guard let identity = files.identity(["certs", "root.pem"]) else { return nil }
    let list = files.identity(TrustShelf.trustList)
    if let known = state.withLock({ $0.known[path] }), known.rootIdentity == identity,
      known.neighbour != nil || known.listIdentity == list
    {
      return known.neighbour
    }
    let found = open(files, path)
    state.withLock { $0.known[path] = Known(rootIdentity: identity, listIdentity: list, neighbour: found) }
    return found
  }

  private func open(_ files: FolderFiles, _ path: String) -> (folder: PublicFolder, root: Certificate)? {
    guard let pem = files.read(["certs", "root.pem"], limit: 1 << 16)?.bytes else { return nil }
    do {
      let root = try Certificate(pem: pem)
      let list = Trust(
        anchors: [root],
        trustList: files.read(TrustShelf.trustList, limit: TrustList.maxTokenBytes)?.bytes,
        certificates: [],
        crls: [],
        platforms: nil
      ).list
      // Under our own host only our own list speaks.
      guard case .success(let list) = list, let theirs = TrustShelf.host(of: list),
        !theirs.utf8.elementsEqual(host.utf8)
      else { return nil }
      return (try PublicFolder(path: path, anchor: pem, host: theirs, neighbours: nil, recheck: recheck), root)
    } catch { return nil }  // a folder that cannot be used is as one that is not there
  }
}
