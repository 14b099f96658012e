internal import Credentials
public import Directory
public import Encodings
internal import Messages
public import PKI
internal import Storefronts
internal import Synchronization
public import TransparencyLog
public import Verification

/// A copy of `public/`, asked questions. What it answers rests on signatures under the anchor; the folder is only where
/// the bytes lie.
///
/// No clock: every question brings its time. Files are looked at again as `Recheck` says, and read again when they
/// changed.
public final class PublicFolder: Sendable {
  public let path: String
  /// Of badge links and status lists; equal to the host of the signed trust list.
  public let host: String
  public let anchors: [Certificate]
  /// False: the anchor is the one in the folder itself, and proves only that the folder agrees with itself.
  public let anchorIsPinned: Bool
  /// Other files of the folder, for whoever serves them.
  public let published: PublishedFiles

  let files: FolderFiles, trustShelf: TrustShelf, statusShelf: StatusShelf
  private let recognised: RecognisedShelf?, recheck: Recheck
  let logShelf: LogShelf
  private struct DirectoryState {
    var open: (identity: FileIdentity, directory: DirectoryFile)?; var checkedAt: UInt64 = 0
  }
  private let directoryState = Mutex(DirectoryState())
  private final class Footing: Sendable {
    let ground: StandingGround?, version: TrustVersion, now: Instant, tick: UInt64
    init(ground: StandingGround?, version: TrustVersion, now: Instant, tick: UInt64) {
      self.ground = ground
      self.version = version
      self.now = now
      self.tick = tick
    }
  }
  private let footing = Mutex<Footing?>(nil)
  private struct Spoken { let ids: Set<String>, hashes: Set<Int> }
  private let spokenState = Mutex<(spoken: Spoken, identity: FileIdentity?, checkedAt: UInt64)?>(nil)

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
    guard Self.isPlainHost(host) else { throw .hostNotPlain(host) }
    // One look at the list before anything is believed: the signed host wins over the stated one by refusing it.
    let first = Trust(
      anchors: [root],
      trustList: files.read(TrustShelf.trustList, limit: 4 << 20)?.bytes,
      certificates: [],
      crls: [],
      platforms: nil
    )
    if case .success(let list) = first.list, let signed = TrustShelf.host(of: list),
      !signed.utf8.elementsEqual(host.utf8)
    {
      throw .hostDiffers(stated: host, signed: signed)
    }
    self.path = path; self.host = host; anchors = [root]; anchorIsPinned = anchor != nil
    self.files = files; self.recheck = recheck
    published = PublishedFiles(files: files)
    trustShelf = TrustShelf(files: files, anchors: [root], host: host, recheck: recheck)
    statusShelf = StatusShelf(files: files, host: host, recheck: recheck)
    logShelf = LogShelf(files: files, recheck: recheck)
    recognised = neighbours.map { RecognisedShelf(files: files, extra: $0, host: host, recheck: recheck) }
  }

  /// Nobody brings the copy of another authority's folder up to date at the moment it is asked.
  var isNeighbour: Bool { recognised == nil }

  /// Our trust data with those of the authorities it points to.
  private var current: TrustVersion { recognised?.compose(trustShelf.current) ?? trustShelf.current }

  /// The status list at an address of ours, or of an authority that ours points to.
  private func statusList(_ url: Text, _ version: TrustVersion, at now: Instant) -> StatusReading {
    let foreign = version.neighbours.first { url.hasPrefix(Text("https://\($0.folder.host)/")) }
    return (foreign?.folder.statusShelf ?? statusShelf).reading(
      url,
      verifier: version.verifier,
      generation: version.generation,
      at: now
    )
  }

  /// Trust list, platform table and their problems, as they are now.
  public var trust: Trust { trustShelf.current.verifier.trust }

  /// The newest checkpoint of the log, verified, as the note that is published; nil: there is none that can be used
  /// now.
  public var checkpoint: [UInt8]? { logShelf.head(trustShelf.current)?.note }

  // MARK: one credential

  public func verify(_ question: VerifyQuestion, at now: Instant) -> Result<Decision, QuestionRefusal> {
    if let decision = known(question, at: now) { return .success(decision) }
    return answer(question, current, at: now).map(\.decision)
  }

  public func answer(_ question: VerifyQuestion, at now: Instant) -> Result<VerifyAnswer, QuestionRefusal> {
    if let decision = known(question, at: now) { return .success(VerifyAnswer(decision: decision, record: nil)) }
    return answer(question, current, at: now)
  }

  /// The answer about a token that was verified before, is good in every respect, and of which nothing was said since;
  /// nil: ask `answer`.
  public func known(_ question: VerifyQuestion, at now: Instant) -> Decision? {
    guard case .token(let token) = question.subject, !question.wantsProof, recheck.interval > 0 else { return nil }
    let tick = recheck.tick()
    let held = footing.withLock { held -> Footing? in
      held.flatMap { $0.now == now && !recheck.isDue(since: $0.tick, tick: tick) ? $0 : nil }
    }
    let footing = held ?? renewFooting(at: now, tick)
    guard let ground = footing.ground else { return nil }
    guard let asked = question.page else { return ground.decide(token, page: nil) }
    return footing.version.pages.find(asked).flatMap { ground.decide(token, page: $0) }
  }

  private func renewFooting(at now: Instant, _ tick: UInt64) -> Footing {
    let version = current
    var ground: StandingGround?
    do throws(DirectoryFailure) {
      let spoken = try spoken().hashes
      if version.rollback == nil, let head = logShelf.head(version) {
        ground = StandingGround(version.verifier, at: now, line: logShelf, head: head, spokenOf: spoken) {
          [unowned self] url in statusList(url, version, at: now)
        }
      }
    } catch {}  // then the whole way says what cannot be read
    let renewed = Footing(ground: ground, version: version, now: now, tick: tick)
    footing.withLock { $0 = renewed }
    return renewed
  }

  /// What would have been answered at a moment before `now`; a later one is asked like now, by what is published now.
  /// - Parameter acts: all entries of the log about a credential, its issue first; nil when they cannot be read.
  public func answer(
    _ question: VerifyQuestion,
    asOf moment: Instant,
    at now: Instant,
    acts: @escaping @Sendable (VerifiedCredential) -> [LogEntry]?
  )
    -> Result<VerifyAnswer, QuestionRefusal>
  {
    guard moment < now else { return answer(question, at: moment) }
    var version = current
    version.past = PastQuestion(moment: moment, acts: acts)
    return answer(question, version, at: now)
  }

  private func answer(_ question: VerifyQuestion, _ version: TrustVersion, at now: Instant) -> Result<
    VerifyAnswer, QuestionRefusal
  > {
    do throws(QuestionRefusal) {
      var page: PageQuestion?
      if let asked = question.page { page = try readPage(asked, version) }
      let answer = try answer(question.subject, page: page, version, at: now)
      guard question.wantsProof else { return .success(answer) }
      return .success(
        VerifyAnswer(
          decision: answer.decision,
          record: answer.record,
          proof: proof(for: answer.decision, record: answer.record, version)
        )
      )
    } catch { return .failure(error) }
  }

  private func answer(_ subject: VerifyQuestion.Subject, page: PageQuestion?, _ version: TrustVersion, at now: Instant)
    throws(QuestionRefusal) -> VerifyAnswer
  {
    func rejected(_ reason: Reason, _ authenticity: Authenticity) -> VerifyAnswer {
      VerifyAnswer(
        decision: version.verifier.rejected(reason, authenticity: authenticity, page: page, at: now),
        record: nil
      )
    }
    switch subject {
    case .token(let token) where token.first == UInt8(ascii: "{"):
      return answer(document: token, page: page, version, at: now)
    case .token(let token): return answer(token: token, page: page, version, at: now)
    case .id(let text):
      do throws(CredentialIDRejection) {
        return answer(id: try CredentialID(reading: text), page: page, version, at: now)
      } catch {
        guard error == .checkCharactersWrong else {
          throw QuestionRefusal(
            .malformed,
            field: "id",
            [.init("where", "id"), .init("what", "16 letters and digits, and 2 check characters")]
          )
        }
        return rejected(Reason(.checkCharactersWrong, [.init("id", JSON(text))]), .notGenuine)
      }
    case .link(let address):
      switch BadgeLink.read(Array(address.utf8), host: host, alsoRecord: true) {
      case .badge(let link): return answer(id: link.id, page: page, version, at: now)
      case .checkCharactersWrong:
        return rejected(Reason(.checkCharactersWrong, [.init("id", JSON(Self.lastSegment(address)))]), .notGenuine)
      case .hostOnly:
        throw QuestionRefusal(
          .malformed,
          field: "badge",
          [.init("where", "badge"), .init("what", "the link names no certificate")]
        )
      case .other:
        if let imitation = lookalike(address, version) {
          return rejected(
            Reason(.lookalikeVerifierHost, [.init("host", JSON(imitation)), .init("resembles", JSON(host))]),
            .notGenuine
          )
        }
        throw QuestionRefusal(
          .malformed,
          field: "badge",
          [.init("where", "badge"), .init("what", JSON("the link does not lead to \(host)"))]
        )
      }
    case .picture(let bytes):
      switch Pictures.read(bytes) {
      case .token(let token): return answer(token: token, page: page, version, at: now)
      case .nothing: return rejected(Reason(.noBakedData), .notChecked)
      case .damaged(let what): return rejected(Reason(.bakedDataMalformed, [.init("what", JSON(what))]), .malformed)
      case .document(let document): return answer(document: document, page: page, version, at: now)
      case .noPicture:
        throw QuestionRefusal(
          .malformed,
          field: "image",
          [.init("where", "image"), .init("what", "neither PNG nor SVG")]
        )
      }
    }
  }

  private func answer(id: CredentialID, page: PageQuestion?, _ version: TrustVersion, at now: Instant) -> VerifyAnswer {
    do throws(DirectoryFailure) {
      guard let record = try directory().record(id: id.description) else {
        return VerifyAnswer(decision: version.verifier.unknown(id, page: page, at: now), record: nil)
      }
      return answer(record, id: id, page: page, version, at: now)
    } catch {
      let reason = Reason(.trustDataUnavailable, [.init("what", "directory")])
      return VerifyAnswer(
        decision: version.verifier.rejected(reason, authenticity: .notChecked, page: page, at: now),
        record: nil
      )
    }
  }

  private func answer(
    _ record: PublicRecord,
    id: CredentialID,
    page: PageQuestion?,
    _ version: TrustVersion,
    at now: Instant
  ) -> VerifyAnswer {
    let decision = decide(record.token, expected: id, record: record, page: page, version, at: now)
    return VerifyAnswer(decision: decision, record: record)
  }

  /// An enveloped credential, a presentation, or a document with an embedded proof. Of several credentials the worst
  /// one answers.
  private func answer(document: [UInt8], page: PageQuestion?, _ version: TrustVersion, at now: Instant) -> VerifyAnswer
  {
    do throws(CredentialInputRejection) {
      let items = try CredentialInput.read(document).items
      // A token inside is asked like one that came alone: with its record, its statement, its place in the log.
      let answers = items.map { item in
        switch item {
        case .token(let token): answer(token: token, page: page, version, at: now)
        // What the log says it says of the token.
        case .document where version.past != nil:
          VerifyAnswer(
            decision: version.verifier.rejected(
              Reason(.logUnavailable),
              authenticity: .notChecked,
              page: page,
              at: now
            ),
            record: nil
          )
        case .document(let object): answer(object, page: page, version, at: now)
        }
      }
      if let worst = answers.min(by: { $0.decision.verdict < $1.decision.verdict }) { return worst }
    } catch {}
    let unread = version.verifier.verify(input: document, page: page, at: now) { _ in .unavailable }
    let reason = Reason(.malformed, [.init("where", "document"), .init("what", "no credential that can be read")])
    return VerifyAnswer(
      decision: unread.first ?? version.verifier.rejected(reason, authenticity: .malformed, page: page, at: now),
      record: nil
    )
  }

  private func answer(_ document: JSONObject, page: PageQuestion?, _ version: TrustVersion, at now: Instant)
    -> VerifyAnswer
  {
    func decide(_ record: PublicRecord?) -> Decision {
      version.verifier.verify(
        document: document,
        statement: record?.statement,
        page: page,
        log: logEvidence(version, record: record, at: now),
        at: now
      ) { url in
        statusList(url, version, at: now)
      }
    }
    let decision = decide(nil)
    do throws(DirectoryFailure) {
      guard let record = try spokenOf(decision) else { return VerifyAnswer(decision: decision, record: nil) }
      return VerifyAnswer(decision: decide(record), record: record)
    } catch { return unheard(decision, page: page, version, at: now) }
  }

  private func answer(token: [UInt8], page: PageQuestion?, _ version: TrustVersion, at now: Instant) -> VerifyAnswer {
    let decision = decide(token, expected: nil, record: nil, page: page, version, at: now)
    // The directory may know since when, by what it was replaced, how old the proof of a page is, and more than an old
    // status list.
    do throws(DirectoryFailure) {
      guard let record = try spokenOf(decision) else { return VerifyAnswer(decision: decision, record: nil) }
      return VerifyAnswer(
        decision: decide(token, expected: nil, record: record, page: page, version, at: now),
        record: record
      )
    } catch { return unheard(decision, page: page, version, at: now) }
  }

  /// What the chamber said since the issue cannot be read: nothing good is told without it.
  private func unheard(_ decision: Decision, page: PageQuestion?, _ version: TrustVersion, at now: Instant)
    -> VerifyAnswer
  {
    guard decision.verdict.isPositive else { return VerifyAnswer(decision: decision, record: nil) }
    let reason = Reason(.trustDataUnavailable, [.init("what", "directory")])
    return VerifyAnswer(
      decision: version.verifier.rejected(reason, authenticity: .notChecked, page: page, at: now),
      record: nil
    )
  }

  /// The record of a genuine credential of which its chamber said something since the issue; nil for the others, which
  /// are most.
  private func spokenOf(_ decision: Decision) throws(DirectoryFailure) -> PublicRecord? {
    guard let credential = decision.credential, let id = credential.credentialID else { return nil }
    return try spoken().ids.contains(credential.id) ? try directory().record(id: id.description) : nil
  }

  /// Numbers of credentials of which their chamber said something since the issue. Kept until the file changes, so that
  /// a known token costs no question to the directory.
  private func spoken() throws(DirectoryFailure) -> Spoken {
    let tick = recheck.tick(), held = spokenState.withLock { $0 }
    if let held, !recheck.isDue(since: held.checkedAt, tick: tick) { return held.spoken }
    // Taken before the rows are read: what is written in between is found at the next look.
    let identity = files.identity(["directory.sqlite"])
    let spoken: Spoken
    if let held, held.identity == identity {
      spoken = held.spoken
    } else {
      let ids = try directory().spokenOf()
      spoken = Spoken(ids: ids, hashes: Set(ids.map(\.hashValue)))
    }
    spokenState.withLock { $0 = (spoken, identity, tick) }
    return spoken
  }

  private func decide(
    _ token: [UInt8],
    expected: CredentialID?,
    record: PublicRecord?,
    page: PageQuestion?,
    _ version: TrustVersion,
    at now: Instant
  ) -> Decision {
    let log = logEvidence(version, record: record, at: now), decision: Decision
    if let past = version.past {
      decision = version.verifier.verify(
        token,
        asOf: past.moment,
        expected: expected,
        statement: record?.statement,
        page: page,
        log: log,
        at: now,
        acts: past.acts
      )
    } else {
      decision = version.verifier.verify(
        token,
        expected: expected,
        statement: record?.statement,
        bindings: record?.bindings,
        page: page,
        log: log,
        at: now
      ) { url in
        statusList(url, version, at: now)
      }
    }
    // The newer list in memory still condemns; what it would have praised is not told by a folder that was put back.
    guard let rollback = version.rollback, decision.verdict.isPositive else { return decision }
    let reason = Reason(
      .trustListRollback,
      [.init("seen", .integer(rollback.seen)), .init("known", .integer(rollback.known))]
    )
    return version.verifier.rejected(reason, authenticity: .notChecked, page: page, at: now)
  }

  // MARK: look-up

  /// The record under a number; nil when there is none.
  public func record(id: CredentialID) throws(DirectoryFailure) -> PublicRecord? {
    try directory().record(id: id.description)
  }

  public func lookup(_ question: LookupQuestion, limit: Int = 50, at now: Instant) -> Result<
    LookupAnswer, LookupFailure
  > {
    let version = current
    do {
      var page: PageQuestion?, records: [PublicRecord]
      switch question {
      case .page(let asked):
        let read = try readPage(asked, version)
        page = read
        records = try directory().records(pageKeys: read.address.matchKeys.map(\.text.string), limit: limit + 1)
      case .register(let number):
        guard (1...100).contains(number.utf8.count) else {
          throw QuestionRefusal(
            .malformed,
            field: "register",
            [.init("where", "register"), .init("what", "1 to 100 characters")]
          )
        }
        records = try directory().records(registerID: number, limit: limit + 1)
      case .words(let words):
        guard (2...200).contains(words.utf8.count) else {
          throw QuestionRefusal(.malformed, field: "q", [.init("where", "q"), .init("what", "2 to 200 bytes")])
        }
        records = try directory().search(words, limit: limit + 1)
      }
      let isTruncated = records.count > limit
      records = Array(records.prefix(limit))
      let matches = records.compactMap { record -> VerifyAnswer? in
        // A row whose number cannot be read is not a row of ours.
        do throws(CredentialIDRejection) {
          return answer(record, id: try CredentialID(reading: record.id), page: page, version, at: now)
        } catch { return nil }
      }
      return .success(LookupAnswer(matches: matches, isTruncated: isTruncated, pageKey: page?.address.key.text.string))
    } catch let refusal as QuestionRefusal { return .failure(.refused(refusal)) } catch {
      return .failure(.unavailable)
    }
  }

  // MARK: parts

  /// When a copy was last brought up to date, by its own book-keeping; nil for a folder that is no copy of `khatm
  /// mirror`.
  var copiedAt: Instant? { files.identity([".mirror", "state.json"]).map { Instant(seconds: $0.seconds) } }

  private func readPage(_ asked: String, _ version: TrustVersion) throws(QuestionRefusal) -> PageQuestion {
    if let known = version.pages.find(asked) { return known }
    // Without a table the address is still read strictly; the verifier then says that it could not compare.
    let address: PageAddress
    do throws(AddressRejection) {
      address = try PageAddress.read(Array(asked.utf8), platforms: version.verifier.trust.platforms ?? .empty)
    } catch {
      throw QuestionRefusal(
        ReasonCode(rawValue: error.code) ?? .urlAmbiguous,
        field: "page",
        error.params.members.map { .init($0.name.string, $0.value) }
      )
    }
    let page = PageQuestion(asked: asked, address: address)
    version.pages.keep(page)
    return page
  }

  private func directory() throws(DirectoryFailure) -> DirectoryFile {
    let tick = recheck.tick(), name = ["directory.sqlite"]
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

  private func lookalike(_ address: String, _ version: TrustVersion) -> String? {
    do throws(AddressRejection) {
      let read = try PageAddress.read(Array(address.utf8), platforms: .empty)
      return LookalikeHost.imitates(read.host, verifyHost: Text(host)) ? read.host.string : nil
    } catch { return nil }
  }

  private static func lastSegment(_ address: String) -> String {
    let end = address.utf8.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? address.utf8.endIndex
    return String(
      decoding: address.utf8[..<end].split(separator: UInt8(ascii: "/")).last?.prefix(40) ?? [],
      as: UTF8.self
    )
  }

  private static func statedHost(_ files: FolderFiles) -> String? {
    guard let bytes = files.read(["authority.json"], limit: 1 << 16)?.bytes else { return nil }
    do throws(JSONRejection) {
      return try JSON.parse(bytes).object?["host"]?.string
    } catch {
      return nil
    }
  }

  /// Lower-case labels of letters, digits and hyphens: what badge links can carry.
  static func isPlainHost(_ host: String) -> Bool {
    let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return host.utf8.count <= 100 && labels.count >= 2
      && labels.allSatisfy { label in
        (1...63).contains(label.count) && label.first != 0x2D && label.last != 0x2D
          && label.allSatisfy { (0x61...0x7A).contains($0) || ASCII.isDigit($0) || $0 == 0x2D }
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
