internal import Credentials
internal import Encodings
internal import PKI
internal import Synchronization
internal import TransparencyLog
internal import Verification

/// One version of the trust data, verified.
struct TrustVersion: Sendable {
  let verifier: Verifier
  /// Grows with every version; what was verified under another one is verified again.
  let generation: Int
  /// The folder now shows an older list of chambers than one seen before; the newer one stays in use.
  let rollback: (seen: Int64, known: Int64)?
  /// Read by this version's platform table.
  let pages = KnownPages()
  /// Authorities that the list points to and whose files are at hand.
  var neighbours: [RecognisedShelf.Neighbour] = []
  /// Set for a question about the past.
  var past: PastQuestion?
}

/// A moment before now, and what the log says of a credential.
struct PastQuestion: Sendable {
  let moment: Instant
  let acts: @Sendable (VerifiedCredential) -> [LogEntry]?
}

/// Trust list, certificates, CRLs and platform table: read again when one of the files changes, verified once for each
/// version.
final class TrustShelf: Sendable {
  static let trustList = [".well-known", "chamber-trust-list.jwt"]
  static let platforms = ["platforms.json"]
  /// A thousand chambers (the limit of a trust list) with a handful of files each.
  static let maxFiles = 16_384
  /// 10,000 revoked certificates are 229 kB.
  static let maxCRLBytes = 16 << 20
  /// Names of 200 platforms with their shop forms are a tenth of it.
  static let maxPlatformBytes = 4 << 20

  private struct State {
    var identity: [FileIdentity?] = []
    /// The files `identity` is about.
    var files: [[String]] = []
    var checkedAt: UInt64 = 0
    var version: TrustVersion?
    var newest: (sequence: Int64, verifier: Verifier)?
  }
  private let state = Mutex(State())
  private let files: FolderFiles, anchors: [Certificate], host: String, recheck: Recheck

  init(files: FolderFiles, anchors: [Certificate], host: String, recheck: Recheck) {
    self.files = files; self.anchors = anchors; self.host = host; self.recheck = recheck
  }

  var current: TrustVersion {
    let tick = recheck.tick()
    return state.withLock { state in
      if let version = state.version {
        if !recheck.isDue(since: state.checkedAt, tick: tick) { return version }
        state.checkedAt = tick
        if state.files.map(files.identity) == state.identity { return version }
      }
      // Identities are taken before the bytes are read: a file that changes in between is read once more at the next
      // look.
      let certificates = names("certs", ending: ".cer"), crls = names("crl", ending: ".crl")
      state.files = [Self.trustList, Self.platforms, ["certs"], ["crl"]] + certificates + crls
      state.identity = state.files.map(files.identity)
      state.checkedAt = tick
      let version = build(certificates: certificates, crls: crls, &state)
      state.version = version
      return version
    }
  }

  private func build(certificates: [[String]], crls: [[String]], _ state: inout State) -> TrustVersion {
    let generation = (state.version?.generation ?? 0) + 1
    var trust = Trust(
      anchors: anchors,
      trustList: files.read(Self.trustList, limit: TrustList.maxTokenBytes)?.bytes,
      certificates: certificates.compactMap { files.read($0, limit: Certificate.maximumBytes)?.bytes },
      crls: crls.compactMap { files.read($0, limit: Self.maxCRLBytes)?.bytes },
      platforms: files.read(Self.platforms, limit: Self.maxPlatformBytes)?.bytes
    )
    guard case .success(let list) = trust.list else {
      return TrustVersion(verifier: Verifier(trust: trust, host: host), generation: generation, rollback: nil)
    }
    guard Self.host(of: list).map({ $0.utf8.elementsEqual(host.utf8) }) == true else {
      // Another authority's list under the same root, put into this folder while we run: nothing of ours.
      trust = Trust(anchors: anchors, trustList: nil, certificates: [], crls: [], platforms: nil)
      return TrustVersion(verifier: Verifier(trust: trust, host: host), generation: generation, rollback: nil)
    }
    if let newest = state.newest, list.sequenceNumber < newest.sequence {
      return TrustVersion(
        verifier: newest.verifier,
        generation: generation,
        rollback: (list.sequenceNumber, newest.sequence)
      )
    }
    let verifier = Verifier(trust: trust, host: host)
    state.newest = (list.sequenceNumber, verifier)
    return TrustVersion(verifier: verifier, generation: generation, rollback: nil)
  }

  private func names(_ folder: String, ending: String) -> [[String]] {
    files.names(in: [folder], limit: Self.maxFiles).filter { Text($0).hasSuffix(Text(ending)) }.map { [folder, $0] }
  }

  /// `https://HOST` of the list's `iss`.
  static func host(of list: TrustList) -> String? { list.issuer.dropping(prefix: "https://")?.string }
}
