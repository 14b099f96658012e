internal import Credentials
internal import Directory
internal import Encodings
internal import PKI
internal import TransparencyLog

/// How far a copy is: the tree it holds, and the newest logged version of each list.
struct MirrorState: Hashable, Sendable {
  var size: UInt64 = 0
  var root: [UInt8] = Merkle.emptyRoot
  /// By address: SHA-256 of the bytes.
  var lists: [Text: [UInt8]] = [:]
  var trustList: [UInt8]?
  var sequence: Int64 = -1

  private static func path(_ folder: String) -> String { folder + "/.mirror/state.json" }

  /// Nil for a folder that never was a copy.
  static func read(_ folder: String) throws(FollowFailure) -> MirrorState? {
    guard let bytes = try DurableFiles.read(path(folder), limit: 64 << 20) else { return nil }
    let wrong = FollowFailure.malformed(what: path(folder), why: "not written by this program")
    let object: JSONObject
    do throws(JSONRejection) {
      object = try JSONObject.parse(bytes, limits: JSONLimits(maxBytes: 64 << 20, maxDepth: 4, maxMembers: 1 << 20))
    } catch { throw wrong }
    var state = MirrorState()
    guard object["v"]?.int == 1, let size = object["size"]?.int.flatMap({ UInt64(exactly: $0) }),
      let root = object["root"]?.text.flatMap({ Base64.decode($0.bytes) }),
      let lists = object["lists"]?.object, let sequence = object["sequence"]?.int
    else { throw wrong }
    (state.size, state.root, state.sequence) = (size, root, sequence)
    for list in lists.members {
      guard let digest = list.value.text.flatMap({ Base64URL.decode($0.bytes) }) else { throw wrong }
      state.lists[list.name] = digest
    }
    if let text = object["trustList"]?.text { state.trustList = Base64URL.decode(text.bytes) }
    return state
  }

  func write(_ folder: String) throws(FollowFailure) {
    var listed = JSONObject()
    for (url, digest) in lists { listed[url] = JSON(Base64URL.encode(digest)) }
    let object = JSONObject([
      "v": 1, "size": .integer(Int64(clamping: size)), "root": JSON(Base64.encode(root)), "lists": .object(listed),
      "sequence": .integer(sequence),
      "trustList": trustList.map { JSON(Base64URL.encode($0)) },
    ])
    try DurableFiles.replace(Self.path(folder), with: object.canonical())
  }
}

/// One run of a mirror: takes page after page, each verified before anything of it is kept.
struct MirrorWork {
  private let folder: String
  private(set) var state: MirrorState
  private var range: CompactRange
  /// The tree as it lies in the folder, all of it bound to `range.root`.
  private var reader: TileReader?
  private let directory: DirectoryFile

  init(folder: String, state: MirrorState) throws(FollowFailure) {
    self.folder = folder
    self.state = state
    do throws(LogRejection) {
      if state.size > 0 {
        let reader = try TileReader(size: state.size, root: state.root, source: PublicSource.folder(folder).tiles)
        range = try CompactRange(size: state.size, hashes: reader.hashes)
        self.reader = reader
      } else {
        range = CompactRange()
      }
    } catch { throw .log(error) }
    do throws(DirectoryFailure) {
      directory = try DirectoryFile.writable(at: "\(folder)/\(PublicFiles.directory)")
    } catch {
      throw .storage(path: PublicFiles.directory, why: "\(error)")
    }
  }

  /// Verifies a page against the signed checkpoint and keeps it. Gives the number of credentials written.
  mutating func take(_ page: ChangePage, under head: VerifiedCheckpoint) throws(FollowFailure) -> Int {
    guard head.size >= state.size else { throw .log(.rollback(known: state.size, offered: head.size)) }
    guard page.after == state.size, page.next <= head.size, page.size == head.size,
      page.next > page.after || page.next == head.size
    else {
      throw .malformed(what: "the change feed", why: "it answers another question")
    }
    var next = range
    var entries: [LogEntry] = []
    var stored: [StoredHash] = []
    do throws(LogRejection) {
      for bytes in page.entries {
        entries.append(try LogEntry.parse(bytes))
        stored += try next.append(leafHash: Merkle.leafHash(bytes))
      }
      if next.size == head.size {
        guard next.root == head.root else {
          throw LogRejection.fork(size: head.size, known: next.root, offered: head.root)
        }
      } else {
        do throws(LogRejection) {
          try Merkle.verifyConsistency(
            from: next.size,
            to: head.size,
            proof: page.proof,
            oldRoot: next.root,
            newRoot: head.root
          )
        } catch { throw LogRejection.inconsistent(known: next.size, offered: head.size) }
      }
    } catch { throw .log(error) }
    if entries.isEmpty { return 0 }
    try writeTiles(page.entries, stored, to: next.size)
    let rows = try rows(page, entries)
    do throws(DirectoryFailure) {
      if !rows.isEmpty { try directory.put(rows) }
    } catch {
      throw .storage(path: PublicFiles.directory, why: "\(error)")
    }
    for entry in entries { try note(entry) }
    (state.size, state.root, range) = (next.size, next.root, next)
    try state.write(folder)
    do throws(LogRejection) {
      reader = try TileReader(size: next.size, root: next.root, source: PublicSource.folder(folder).tiles)
    } catch { throw .log(error) }
    return rows.count
  }

  private mutating func note(_ entry: LogEntry) throws(FollowFailure) {
    switch entry.event {
    case .statusList(let url, let digest): state.lists[url] = digest
    case .trustList(let sequence, let digest):
      guard sequence > state.sequence else { throw .log(.outOfOrder(kind: entry.kind, at: entry.at)) }
      (state.trustList, state.sequence) = (digest, sequence)
    default: break
    }
  }

  // MARK: tiles

  private func writeTiles(_ added: [[UInt8]], _ stored: [StoredHash], to size: UInt64) throws(FollowFailure) {
    var fresh: [Int: [UInt64: [UInt8]]] = [:]
    for hash in stored { fresh[hash.level, default: [:]][hash.index] = hash.hash }
    let old = state.size
    let folder = folder
    let base = reader
    let hashes = HashReader { level, index in
      if let hash = fresh[level]?[index] { return hash }
      guard let base else { throw LogRejection.missingNode(level: level, index: index) }
      return try base.hashes.node(level, index)
    }
    // Of the old tree only the bundle at its edge is needed.
    var edge: [[UInt8]] = []
    let first = old / UInt64(Tile.fullWidth) * UInt64(Tile.fullWidth)
    do {
      if let base, first < old { edge = try base.entries(inBundle: old / UInt64(Tile.fullWidth)) }
      try Tile.publish(
        from: old,
        to: size,
        hashes: hashes,
        entry: { index in
          index < old ? edge[Int(index - first)] : added[Int(index - old)]
        },
        write: { tile, bytes in
          let path = "\(folder)/\(tile.path)"
          if try DurableFiles.read(path, limit: EntryLimits.bundleBytes) != bytes {
            try DurableFiles.replace(path, with: bytes)
          }
        }
      )
    } catch let error as LogRejection { throw .log(error) } catch let error as FollowFailure { throw error } catch {
      throw .storage(path: folder, why: "\(error)")
    }
  }

  // MARK: credentials

  /// Every credential of the page, compared with the entry that issued it; and no entry about a credential without it.
  private func rows(_ page: ChangePage, _ entries: [LogEntry]) throws(FollowFailure) -> [PublicRecord] {
    var rows: [PublicRecord] = []
    var covered: Set<[UInt8]> = []
    for record in page.records {
      let issue = try issueEntry(record.leaf, on: page, entries: entries)
      do throws(LogRejection) {
        let handle = try CredentialHandle(salt: record.salt, token: record.token, id: Text(record.id))
        guard issue.kind == .issue, issue.handle == handle else { throw LogRejection.otherCredential }
        covered.insert(handle.ref)
      } catch { throw .recordWrong(id: record.id, why: "entry \(record.leaf) is not its issue") }
      rows.append(try record.row())
    }
    for (place, entry) in entries.enumerated() {
      guard let handle = entry.handle, !covered.contains(handle.ref) else { continue }
      throw .recordMissing(leaf: page.after + UInt64(place))
    }
    return rows
  }

  private func issueEntry(_ leaf: UInt64, on page: ChangePage, entries: [LogEntry])
    throws(FollowFailure) -> LogEntry
  {
    if leaf >= page.after {
      guard leaf < page.next else { throw .malformed(what: "the change feed", why: "a certificate of a later page") }
      return entries[Int(leaf - page.after)]
    }
    guard let reader else { throw .recordMissing(leaf: leaf) }
    do throws(LogRejection) {
      return try LogEntry.parse(try reader.entry(at: leaf))
    } catch {
      throw .log(error)
    }
  }

  // MARK: files and the end

  /// Copies a file whose digest is logged, unless we have it. False: it was there.
  func copy(
    _ path: String,
    logged digest: [UInt8],
    from source: PublicSource,
    limit: Int,
    check: ([UInt8]) throws(FollowFailure) -> Void = { (_) throws(FollowFailure) in }
  ) throws(FollowFailure) -> Bool {
    let place = "\(folder)/\(path)"
    if let known = try DurableFiles.read(place, limit: limit), SHA2.sha256(known) == digest { return false }
    guard let bytes = try source.read(path, limit: limit) else { throw .missing(path: "\(source.name)/\(path)") }
    guard SHA2.sha256(bytes) == digest else { throw .unsettled(path: path) }
    try check(bytes)
    try DurableFiles.replace(place, with: bytes)
    return true
  }

  /// The checkpoint of the copy and the one before it are of one log: the tree of the copy was only ever appended to.
  func refuseRollback(_ head: VerifiedCheckpoint) throws(FollowFailure) {
    guard head.size == state.size, head.root == state.root else {
      throw .log(.fork(size: head.size, known: state.root, offered: head.root))
    }
  }

  func finish(_ head: VerifiedCheckpoint) throws(FollowFailure) {
    if try DurableFiles.read(folder + "/checkpoint", limit: SignedNote.maxBytes) != head.note {
      try DurableFiles.replace(folder + "/checkpoint", with: head.note)
    }
    try state.write(folder)
  }
}
