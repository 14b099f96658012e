internal import Encodings
internal import Storage
internal import TransparencyLog

/// What is not added: rows that are taken back, and gaps that are filled.
extension IndexWork {
  private static let tables = ["act", "list", "trust", "files", "gap", "certificate"]

  /// Deletes every row above `verified`: they were never the log's.
  mutating func truncate() throws {
    let verified = Int64(meta.verified)
    var next = meta
    (next.size, next.root) = (meta.verified, meta.verifiedRoot)
    (next.edge, next.at) = (meta.verifiedEdge, meta.verifiedAt)
    try connection.write { transaction in
      let leaves = try transaction.integers(
        "SELECT leaf FROM certificate WHERE leaf >= ? AND body IS NOT NULL",
        .integer(verified)
      )
      for leaf in leaves {
        guard let words = try IndexIssue.find(leaf: leaf, transaction)?.facts(transaction)?.words, !words.isEmpty else {
          continue
        }
        try transaction.execute(
          "INSERT INTO search (search, rowid, words) VALUES ('delete', ?, ?)",
          .integer(leaf),
          .text(words)
        )
      }
      try transaction.execute("DELETE FROM page WHERE certificate >= ?", .integer(verified))
      for table in Self.tables {
        try transaction.execute("DELETE FROM \(table) WHERE leaf >= ?", .integer(verified))
      }
      try next.write(transaction)
    }
    meta = next
  }

  // MARK: gaps

  /// An entry whose record did not fit when it was read.
  private struct Gap {
    /// What the query gives, in its order.
    enum Column: Int32, RowColumn {
      case leaf, certificate, entry
      static let table = "gap"
    }

    let leaf: UInt64
    let certificate: Int64?
    let entry: [UInt8]

    init(_ row: TypedRow<Column>) throws {
      leaf = UInt64(clamping: try row.strictInteger(.leaf))
      certificate = try row.strictOptionalInteger(.certificate)
      entry = try row.strictBlob(.entry)
    }
  }

  /// Tries every gap again. Entries that nobody understood stay what they are: another program builds its own index.
  mutating func retryGaps() throws {
    var gaps: [Gap] = []
    try connection.read { transaction in
      try transaction.prepare("SELECT leaf, certificate, entry FROM gap WHERE certificate IS NOT NULL ORDER BY leaf")
        .forEach([]) { (row: TypedRow<Gap.Column>) in gaps.append(try Gap(row)) }
    }
    guard !gaps.isEmpty else { return }
    var feed = RecordFeed(source, size: meta.verified)
    let width = UInt64(RecordFileName.bundleWidth)
    for (bundle, gaps) in Dictionary(grouping: gaps, by: { $0.leaf / width }).sorted(by: { $0.key < $1.key }) {
      try retry(gaps, of: bundle, &feed)
    }
    report.note(feed.unusable)
  }

  private mutating func retry(_ gaps: [Gap], of bundle: UInt64, _ feed: inout RecordFeed) throws {
    let width = UInt64(RecordFileName.bundleWidth)
    guard let first = gaps.first, let last = gaps.last else { return }
    let places = Int(first.leaf % width)..<Int(last.leaf % width) + 1
    var items: [UInt64: RecordFeed.Item] = [:]
    for item in try feed.items(bundle, places) { items[item.leaf] = item }
    let known = dictionaries
    // The entry of the gap is the log's; a record of another one is none.
    let filled = gaps.compactMap { gap -> (PreparedEntry, certificate: Int64)? in
      guard let item = items[gap.leaf], item.entry == gap.entry, let certificate = gap.certificate else { return nil }
      return (PreparedEntry(item) { known.dictionary(for: $0) }, certificate)
    }
    let headers = headers
    let (after, changed) = try connection.write { transaction in
      var rows = IndexRows(transaction, headers)
      for (entry, certificate) in filled { try rows.fill(gap: entry, certificate: certificate) }
      try rows.finish()
      return (rows.headers, rows.changed)
    }
    self.headers = after
    report.note(changed)
  }
}

extension IndexRows {
  /// Replaces a gap by what its record gives now; it stays a gap where that is nothing.
  fileprivate mutating func fill(gap prepared: PreparedEntry, certificate: Int64) throws {
    guard case .known(let entry) = prepared.reading else { return }
    try transaction.execute("DELETE FROM gap WHERE leaf = ?", .integer(Int64(prepared.leaf)))
    if entry.kind == .issue {
      try fill(prepared)
      // It may have been erased while its record was missing.
      try eraseIfLogged(certificate)
    } else if let issue = try IndexIssue.find(leaf: certificate, transaction) {
      try bind(act: entry, prepared, to: issue)
    }
  }
}
