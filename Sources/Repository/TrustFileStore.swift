internal import Credentials
internal import Encodings
internal import PKI
internal import Support
internal import Synchronization
internal import Verification

/// Trust list, certificates, CRLs and platform table: read again when one of the files changes, verified once for each
/// version.
final class TrustFileStore: Sendable {
  static let trustList = [".well-known", "chamber-trust-list.jwt"]
  static let platforms = ["platforms.json"]
  /// A thousand chambers (the limit of a trust list) with a handful of files each.
  static let maxFiles = 16_384
  /// 10,000 revoked certificates are 229 kB.
  static let maxCRLBytes = 16 << 20
  /// Names of 200 platforms with their shop forms are a tenth of it.
  static let maxPlatformBytes = 4 << 20

  /// The version in use, and the files it was read from.
  private struct State {
    var identity: [FileIdentity?] = []
    /// The files `identity` is about.
    var files: [[String]] = []
    var checkedAt: UInt64 = 0
    var snapshot: TrustSnapshot?
    var newest: (sequence: Int64, trust: Trust)?
  }
  private let state = Mutex(State())  // owned by current
  private let files: FolderFiles, anchors: [Certificate], host: String, recheck: Recheck

  init(files: FolderFiles, anchors: [Certificate], host: String, recheck: Recheck) {
    self.files = files
    self.anchors = anchors
    self.host = host
    self.recheck = recheck
  }

  var current: TrustSnapshot {
    let tick = recheck.tick()
    return state.withLock { state in
      if let snapshot = state.snapshot {
        if !recheck.isDue(since: state.checkedAt, tick: tick) { return snapshot }
        state.checkedAt = tick
        if state.files.map(files.identity) == state.identity { return snapshot }
      }
      // Identities are taken before the bytes are read: a file that changes in between is read once more at the next
      // look.
      let certificates = names("certs", ending: ".cer")
      let crls = names("crl", ending: ".crl")
      state.files = [Self.trustList, Self.platforms, ["certs"], ["crl"]] + certificates + crls
      state.identity = state.files.map(files.identity)
      state.checkedAt = tick
      let snapshot = build(certificates: certificates, crls: crls, &state)
      state.snapshot = snapshot
      return snapshot
    }
  }

  private func build(certificates: [[String]], crls: [[String]], _ state: inout State) -> TrustSnapshot {
    let published = TrustFiles(
      trustList: files.read(Self.trustList, limit: TrustList.maxTokenBytes)?.bytes,
      certificates: certificates.compactMap { files.read($0, limit: Certificate.maximumBytes)?.bytes },
      crls: crls.compactMap { files.read($0, limit: Self.maxCRLBytes)?.bytes },
      platforms: files.read(Self.platforms, limit: Self.maxPlatformBytes)?.bytes
    )
    let trust = Trust(anchors: anchors, files: published)
    guard case .success(let list) = trust.list else { return TrustSnapshot(trust: trust, host: host) }
    guard Self.host(of: list).map({ $0.utf8.elementsEqual(host.utf8) }) == true else {
      // Another authority's list under the same root, put into this folder while we run: nothing of ours.
      return TrustSnapshot(trust: Trust(anchors: anchors, files: TrustFiles()), host: host)
    }
    if let newest = state.newest, list.sequenceNumber < newest.sequence {
      return TrustSnapshot(
        trust: newest.trust,
        host: host,
        rollback: TrustSnapshot.Rollback(seen: list.sequenceNumber, known: newest.sequence)
      )
    }
    state.newest = (list.sequenceNumber, trust)
    return TrustSnapshot(trust: trust, host: host)
  }

  private func names(_ folder: String, ending: String) -> [[String]] {
    files.names(in: [folder], limit: Self.maxFiles).filter { Text($0).hasSuffix(Text(ending)) }.map { [folder, $0] }
  }

  /// `https://HOST` of the list's `iss`.
  static func host(of list: TrustList) -> String? { list.issuer.dropping(prefix: "https://")?.string }
}
