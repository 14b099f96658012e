internal import Credentials
public import Directory
public import Encodings
public import PKI
internal import Support
internal import Synchronization
internal import TransparencyLog
public import Verification

/// A copy of `public/`, asked questions. What it answers rests on signatures under the anchor; the folder is only where
/// the bytes lie.
///
/// No clock: every question brings its time. Files are looked at again as `Recheck` says, and read again when they
/// changed.
public final class PublishedRepository: Sendable {
  public let path: String
  /// Of badge links and status lists; equal to the host of the signed trust list.
  public let host: String
  public let anchors: [Certificate]
  /// False: the anchor is the one in the folder itself, and proves only that the folder agrees with itself.
  public let anchorIsPinned: Bool
  /// Other files of the folder, for whoever serves them.
  public let published: PublishedFiles

  let files: FolderFiles
  let trustFiles: TrustFileStore
  let statusLists: StatusListStore
  let logReader: LogReader
  let verifier = CachingVerifier()
  private let recognised: RecognitionStore?
  private let recheck: Recheck
  /// The directory as it was opened.
  private struct DirectoryState {
    var open: (identity: FileIdentity, directory: DirectoryFile)?
    var checkedAt: UInt64 = 0
  }
  private let directoryState = Mutex(DirectoryState())  // owned by directory()
  /// Ids of certificates with a later status or binding statement, until the directory changes.
  private struct Statements {
    let ids: Set<String>
    let identity: FileIdentity?
    let checkedAt: UInt64
  }
  private let statements = Mutex<Statements?>(nil)  // owned by idsWithStatements()
  /// What the fast path stands on, until the next look at the files.
  private final class HeldMoment: Sendable {
    /// Nil: the fast path has nothing to stand on.
    let clean: CleanMoment?
    let trust: CurrentTrust
    let now: Instant
    let checkedAt: UInt64

    init(_ clean: CleanMoment?, _ trust: CurrentTrust, now: Instant, checkedAt: UInt64) {
      self.clean = clean
      self.trust = trust
      self.now = now
      self.checkedAt = checkedAt
    }
  }
  private let moment = Mutex<HeldMoment?>(nil)  // owned by moment(at:)

  /// - Parameters:
  ///   - anchor: root certificate, PEM; nil: `certs/root.pem` of the folder.
  ///   - host: nil: from `authority.json`.
  ///   - neighbours: copies of what other authorities publish, besides those below `recognised/`; looked at only where
  ///     our list points to them. Nil: this folder is such a copy itself, and whom its list points to is not looked at.
  public init(
    path: String,
    anchor: [UInt8]? = nil,
    host stated: String? = nil,
    neighbours: [String]? = [],
    recheck: Recheck = .always
  ) throws(OpenFailure) {
    let files = FolderFiles(root: path)
    guard files.identity([]) != nil else { throw .folderMissing(path: path) }
    guard let pem = anchor ?? files.read(["certs", "root.pem"], limit: 1 << 16)?.bytes else {
      throw .anchorMissing(path: path)
    }
    let root: Certificate
    do throws(CertificateRejection) {
      root = try Certificate(pem: pem)
    } catch {
      throw .anchorUnusable(why: "\(error)")
    }
    guard let host = stated ?? Self.statedHost(files) else { throw .hostUnknown(path: path) }
    guard HostName.isValid(host.utf8) else { throw .hostNotPlain(host) }
    // One look at the list before anything is believed: the signed host wins over the stated one by refusing it.
    let token = files.read(TrustFileStore.trustList, limit: 4 << 20)?.bytes
    if case .success(let list) = Trust(anchors: [root], files: TrustFiles(trustList: token)).list,
      let signed = TrustFileStore.host(of: list), !signed.utf8.elementsEqual(host.utf8)
    {
      throw .hostDiffers(stated: host, signed: signed)
    }
    self.path = path
    self.host = host
    anchors = [root]
    anchorIsPinned = anchor != nil
    self.files = files
    self.recheck = recheck
    published = PublishedFiles(files: files)
    trustFiles = TrustFileStore(files: files, anchors: [root], host: host, recheck: recheck)
    statusLists = StatusListStore(files: files, host: host, recheck: recheck)
    logReader = LogReader(files: files, recheck: recheck)
    recognised = neighbours.map { RecognitionStore(files: files, extra: $0, host: host, recheck: recheck) }
  }

  /// Nobody brings the copy of another authority's folder up to date at the moment it is asked.
  var isNeighbour: Bool { recognised == nil }

  /// Our trust data with those of the authorities they point to.
  var current: CurrentTrust {
    recognised?.compose(trustFiles.current) ?? CurrentTrust(snapshot: trustFiles.current)
  }

  /// Trust list, platform table and their problems, as they are now.
  public var trust: Trust { trustFiles.current.trust }

  /// The newest checkpoint of the log, verified, as the note that is published; nil: there is none that can be used
  /// now.
  public var checkpoint: [UInt8]? { logReader.head(trust)?.note }

  /// When a copy was last brought up to date, by its own book-keeping; nil for a folder that is no copy of `khatm
  /// mirror`.
  var copiedAt: Instant? { files.identity([".mirror", "state.json"]).map { Instant(seconds: $0.seconds) } }

  // MARK: the fast path

  /// A decision about a token that was verified before, if it is positive without remarks and nothing was said of it
  /// since; nil: ask `answer`, which says the same.
  public func cachedDecision(_ question: VerificationRequest, at now: Instant) -> Decision? {
    guard case .token(let token) = question.subject, !question.wantsProof, recheck.interval > 0 else { return nil }
    let moment = moment(at: now)
    guard let clean = moment.clean else { return nil }
    return verifier.cachedDecision(token, page: question.page, at: clean) { url in
      statusList(url, moment.trust, at: now)
    }
  }

  private func moment(at now: Instant) -> HeldMoment {
    let tick = recheck.tick()
    let held = moment.withLock { held in
      held.flatMap { $0.now == now && !recheck.isDue(since: $0.checkedAt, tick: tick) ? $0 : nil }
    }
    if let held { return held }
    let trust = current
    var clean: CleanMoment?
    do throws(DirectoryFailure) {
      let ids = try idsWithStatements()
      clean = logReader.head(trust.snapshot.trust).flatMap {
        CleanMoment(trust.snapshot, at: now, head: $0, idsWithStatements: ids)
      }
    } catch {}  // then the whole way says what cannot be read
    let made = HeldMoment(clean, trust, now: now, checkedAt: tick)
    moment.withLock { $0 = made }
    return made
  }

  // MARK: the directory

  /// The record under a number; nil when there is none.
  public func record(id: CredentialID) throws(DirectoryFailure) -> PublicRecord? {
    try directory().record(id: id.description)
  }

  /// Ids of certificates with a later status or binding statement. Kept until the file changes, so that a known token
  /// costs no question to the directory.
  func idsWithStatements() throws(DirectoryFailure) -> Set<String> {
    let tick = recheck.tick()
    let held = statements.withLock { $0 }
    if let held, !recheck.isDue(since: held.checkedAt, tick: tick) { return held.ids }
    // Taken before the rows are read: what is written in between is found at the next look.
    let identity = files.identity(["directory.sqlite"])
    let ids: Set<String>
    if let held, held.identity == identity {
      ids = held.ids
    } else {
      ids = try directory().idsWithStatements()
    }
    statements.withLock { $0 = Statements(ids: ids, identity: identity, checkedAt: tick) }
    return ids
  }

  func directory() throws(DirectoryFailure) -> DirectoryFile {
    let tick = recheck.tick()
    let name = ["directory.sqlite"]
    let known = directoryState.withLock { state -> DirectoryFile? in
      guard let open = state.open else { return nil }
      if !recheck.isDue(since: state.checkedAt, tick: tick) { return open.directory }
      state.checkedAt = tick
      // In place writes are SQLite's business; only another file (rename, copy) must be opened anew.
      guard let now = files.identity(name), now.inode == open.identity.inode, now.device == open.identity.device else {
        state.open = nil  // nor asked once more until the next look
        return nil
      }
      return open.directory
    }
    if let known { return known }
    guard let identity = files.identity(name) else { throw .missing(path: path + "/directory.sqlite") }
    let opened = try DirectoryFile.readable(at: path + "/directory.sqlite")
    directoryState.withLock { $0 = DirectoryState(open: (identity, opened), checkedAt: tick) }
    return opened
  }

  private static func statedHost(_ files: FolderFiles) -> String? {
    guard let bytes = files.read(["authority.json"], limit: 1 << 16)?.bytes else { return nil }
    do throws(JSONRejection) {
      return try JSON.parse(bytes).object?["host"]?.string
    } catch {
      return nil
    }
  }
}

extension VerifiedCredential {
  /// The number, where the credential is one of this kind of authority.
  public var credentialID: CredentialID? {
    do throws(CredentialIDRejection) {
      return try CredentialID(reading: id)
    } catch {
      return nil
    }
  }
}
