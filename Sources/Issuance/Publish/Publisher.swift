internal import Credentials
internal import Directory
internal import Encodings
internal import Foundation
internal import PKI
internal import Profiles
internal import Registry
internal import Support
internal import TransparencyLog
internal import Vocabulary

/// What one publication wrote.
package struct PublishedChanges: Sendable {
  /// Signed lists and keys, by their path below `public/`.
  package let files: [String]
  /// Records of the directory that were written.
  package let certificates: Int
}

/// Brings `public/` up to what the register says, and signs the lists and keys that stand there.
package struct Publisher: Service {
  let session: AuthoritySession

  /// Records written to the directory in one transaction.
  private static let recordsPerWrite = 1_000
  /// Tiles held at once, of at most some 80 kB each.
  private static let tilesPerWrite = 128

  /// Brings `public/` up to what the register says. It can be repeated: it finds out by itself what is missing or due,
  /// so that the next command completes what a crash interrupted. The steps are those of `docs/DESIGN.md`, publication.
  @discardableResult
  package func publish(trustListChanged: Bool = false, everything: Bool = false) throws -> PublishedChanges {
    // Publication step 1: find.
    defer {
      session.earlyRecords?.wait()
      session.earlyRecords = nil
    }
    var (pending, newest) = try registry.publications.unpublished(besides: session.earlyRecords?.given ?? [])
    // A public/ that was lost is made again whole: a number that the directory does not know would be called forged.
    let lost = !FileManager.default.fileExists(atPath: "\(home.publicPath)/directory.sqlite")
    if everything || lost { pending = try registry.credentials.matching(CredentialFilter()) }
    var files: [PendingFile] = []
    var entries: [LogEntry] = []

    // Publication step 2: sign.
    for (file, entry) in try statusLists(changedBy: pending, everything: everything) {
      files.append(file)
      entries.append(entry)
    }
    if try everything || trustListChanged || needsRenewal(Self.trustListPath) {
      let (file, entry) = try trustList()
      files.append(file)
      entries.append(entry)
      files += try keyFiles()
    } else {
      files += try keyFiles().filter { !FileManager.default.fileExists(atPath: "\(home.publicPath)/\($0.path)") }
    }
    files += try revocationLists(everything: everything)
    // Publication step 3: commit the entries that name them.
    if !entries.isEmpty {
      try session.commit(.init(.publish, on: "\(files.count) files"), entries: entries) { log, audit in
        try registry.log.append(log, audit: audit)
      }
    }

    // Publication step 4: tiles.
    try writeTiles()
    // Publication step 5: files.
    for file in files { try Files.replace("\(home.publicPath)/\(file.path)", with: file.bytes) }
    // Publication step 6: directory.
    try session.earlyRecords?.finish()
    let directory = try DirectoryFile.writable(at: "\(home.publicPath)/directory.sqlite")
    // Proofs of control change the record and no list.
    let statements = try registry.bindings.statements(all: everything || lost)
    let bindings = Dictionary(uniqueKeysWithValues: statements.map { ($0.credential, $0.statement) })
    let known = Set(pending.map(\.seq))
    pending += try statements.map(\.credential).filter { !known.contains($0) }.compactMap {
      try registry.credentials.find(seq: $0)
    }
    // While one chunk is written, the next is read from its signed bytes.
    let chunks = stride(from: 0, to: pending.count, by: Self.recordsPerWrite).map {
      Array(pending[$0..<min($0 + Self.recordsPerWrite, pending.count)])
    }
    func read(_ index: Int) -> BackgroundResult<[PublicRecord]>? {
      guard index < chunks.count else { return nil }
      return BackgroundResult(on: .global(qos: .userInitiated)) { [chunk = chunks[index]] in
        try parallelMap(chunk) { try Self.publicRecord($0, bindings: bindings[$0.seq]) }
      }
    }
    var next = read(0)
    for index in chunks.indices {
      let records = try next?.get() ?? []
      next = read(index + 1)
      try directory.put(records)
    }
    if let head = try registry.log.head() {
      // Publication step 7: checkpoint, and its second record.
      try Files.replace("\(home.publicPath)/checkpoint", with: try checkpointToShow(Array(head.note.utf8)))
      try Files.replace(home.rollbackGuardPath, with: Array(head.note.utf8))
    }
    if !statements.isEmpty { try registry.bindings.markPublished(statements) }
    if !files.isEmpty || newest != nil {
      try registry.publications.record(
        files.map { .init(path: $0.path, at: now.seconds, due: $0.due) },
        upTo: newest,
        at: max(now, session.clock()).seconds
      )
    }
    return PublishedChanges(files: files.map(\.path), certificates: pending.count)
  }

  /// For `khatm publish`: abandons unfinished reservations, lapses expired certificates, then publishes.
  @discardableResult
  package func finishAndPublish(everything: Bool) throws -> PublishedChanges {
    // Recovery step 4: abandon.
    try session.lifecycle.abandonInterruptedReservations()
    _ = try session.lifecycle.lapse()
    // Recovery step 5: publish.
    return try publish(everything: everything)
  }

  /// A file about to be written below `public/`. `due`: when it is to be made anew, seconds since 1970.
  struct PendingFile {
    let path: String, bytes: [UInt8]
    let due: Int64
  }
  static let trustListPath = ".well-known/chamber-trust-list.jwt"
  /// For what never runs out.
  static let never = Int64.max / 2

  func needsRenewal(_ path: String) throws -> Bool {
    guard let last = try registry.publications.find(path) else { return true }
    return last.due <= now.seconds || !FileManager.default.fileExists(atPath: "\(home.publicPath)/\(path)")
  }

  // MARK: what is derived

  private func writeTiles() throws {
    guard let head = try registry.log.head() else { return }
    let published = try Files.read(home.publicPath + "/checkpoint", limit: 1 << 20).map(LogWriter.size(ofNote:)) ?? 0
    guard published < head.size else { return }
    var bundle: (first: Int64, entries: [[UInt8]]) = (-1, [])
    var files: [(path: String, bytes: [UInt8])] = []
    try Tile.publish(
      from: UInt64(published),
      to: UInt64(head.size),
      hashes: LogWriter.hashes(in: registry),
      entry: { index in
        let first = Int64(index) / 256 * 256
        if bundle.first != first { bundle = (first, try registry.log.entries(first..<(first + 256))) }
        return bundle.entries[Int(Int64(index) - first)]
      },
      write: { tile, bytes in
        files.append(("\(home.publicPath)/\(tile.path)", bytes))
        if files.count == Self.tilesPerWrite {
          try Files.create(files)
          files = []
        }
      }
    )
    try Files.create(files)
  }

  @Sendable private static func publicRecord(_ record: CredentialRecord, bindings: [UInt8]?) throws -> PublicRecord {
    guard let parts = record.parts, let payload = try? FlatJSON.object(parts.payload) else {
      throw IssuanceFailure.registryTampered(table: "credential", row: record.id)
    }  // what is not JSON was not written by us
    let facts = RecordFacts(payload)
    return PublicRecord(
      id: record.id,
      header: parts.header,
      payload: parts.payload,
      signature: parts.signature,
      chamber: record.chamber,
      programme: record.programme,
      registerID: facts.registerID,
      names: facts.names,
      validUntil: record.validUntil,
      statement: record.statement,
      leaf: record.leaf,
      salt: record.salt,
      replacedBy: record.replacedBy,
      pageKeys: facts.pageKeys,
      bindings: bindings
    )
  }

  /// What stands in `public/` under exactly this checkpoint already, cosignatures of witnesses included; else the
  /// checkpoint as we signed it.
  private func checkpointToShow(_ note: [UInt8]) throws -> [UInt8] {
    guard let shown = try Files.read(home.publicPath + "/checkpoint", limit: 1 << 20), shown.starts(with: note) else {
      return note
    }
    return shown
  }
}
