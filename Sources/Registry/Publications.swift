internal import Storage
package import Vocabulary

/// One status list of a chamber.
package struct StatusListRecord: Sendable, Equatable {
  package let id: Int64, series: Int64
  package let chamber: String
  package let purpose: StatusPurpose
}

extension StatusListRecord: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "status_list"
    case id, chamber, series, purpose
  }

  init(row: TypedRow<Column>) throws {
    id = row.integer(.id)
    series = row.integer(.series)
    chamber = row.text(.chamber)
    purpose = try row.value(StatusPurpose.self, .purpose)
  }
}

/// A file of `public/`: when it was made, and after which moment it must be made again.
package struct PublicationRecord: Sendable, Equatable {
  package let path: String, at: Int64, due: Int64
  package init(path: String, at: Int64, due: Int64) {
    self.path = path
    self.at = at
    self.due = due
  }
}

extension PublicationRecord: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "publication"
    case path, at, due
  }

  init(row: TypedRow<Column>) {
    self.init(path: row.text(.path), at: row.integer(.at), due: row.integer(.due))
  }
}

/// An event that `public/` does not show yet.
private struct UnpublishedEvent: RowDecodable {
  /// What the query gives, in its order.
  enum Column: Int32, RowColumn {
    static let table = "unpublished"
    case credential, isIssue
  }
  let credential: Int64, isIssue: Bool
  init(row: TypedRow<Column>) {
    credential = row.integer(.credential)
    isIssue = row.flag(.isIssue)
  }
}

/// What `public/` holds, and what it does not hold yet.
package struct PublicationStore: Sendable {
  let database: RegistryDatabase

  package func statusLists() throws(RegistryFailure) -> [StatusListRecord] {
    try database.read { try $0.all(StatusListRecord.self, "SELECT * FROM status_list ORDER BY id") }
  }

  /// Indices whose bit is set. A revoked or superseded credential has both bits set, so that a reader of one list alone
  /// is safe.
  package func setIndices(of list: StatusListRecord) throws(RegistryFailure) -> [Int] {
    let states =
      switch list.purpose {
      case .revocation: "('revoked', 'superseded')"
      case .suspension: "('revoked', 'superseded', 'suspended')"
      }
    let purpose = list.purpose.rawValue
    // By the index of states (`+` keeps it from the list's, which holds everybody): few of a list are ever withdrawn.
    return try database.read {
      try $0.integers(
        """
        SELECT \(purpose)_index FROM credential WHERE +\(purpose)_list = ? AND state IN \(states) AND \
        state NOT IN ('active', 'reserved')
        """,
        .integer(list.id)
      ).map(Int.init)
    }
  }

  /// Credentials whose public record is out of date, and the newest event among the reasons.
  /// - Parameter written: credentials whose record was made public as they were issued; of these only what changed
  ///   since.
  package func unpublished(besides written: Set<Int64> = []) throws(RegistryFailure) -> (
    credentials: [CredentialRecord], newest: Int64?
  ) {
    try database.read { transaction in
      let newest = try transaction.integer("SELECT max(event) FROM unpublished")
      guard newest != nil else { return ([], nil) }
      guard !written.isEmpty else {
        let all = try CredentialRecord.all(
          transaction,
          "WHERE c.seq IN (SELECT credential FROM unpublished) ORDER BY c.seq"
        )
        return (all, newest)
      }
      var wanted: Set<Int64> = []
      try transaction.prepare(
        "SELECT u.credential, e.kind = 'issued' FROM unpublished u JOIN event e ON e.seq = u.event"
      ).forEach([]) { row in
        let event = UnpublishedEvent(row: row)
        if !event.isIssue || !written.contains(event.credential) { wanted.insert(event.credential) }
      }
      let changed = try wanted.sorted().flatMap {
        try CredentialRecord.all(transaction, "WHERE c.seq = ?", with: [.integer($0)])
      }
      return (changed, newest)
    }
  }

  package func find(_ path: String) throws(RegistryFailure) -> PublicationRecord? {
    try database.read {
      try $0.first(PublicationRecord.self, "SELECT path, at, due FROM publication WHERE path = ?", with: .text(path))
    }
  }

  package func counter(_ name: String) throws(RegistryFailure) -> Int64 {
    try database.read { try $0.integer("SELECT value FROM counter WHERE name = ?", .text(name)) ?? 0 }
  }

  /// The next value of a counter that only grows, on disk before it is used.
  package func next(_ counter: String) throws(RegistryFailure) -> Int64 {
    try database.write {
      try $0.integer(
        "INSERT INTO counter VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
        .text(counter)
      ) ?? 0
    }
  }

  /// Notes what `public/` holds now.
  /// - Parameter upTo: the newest event whose effect is in it; nil when none is new.
  package func record(_ files: [PublicationRecord], upTo event: Int64?, at now: Int64) throws(RegistryFailure) {
    try database.write { transaction in
      for file in files {
        try transaction.execute(
          "INSERT OR REPLACE INTO publication VALUES (?, ?, ?)",
          .text(file.path),
          .integer(file.at),
          .integer(file.due)
        )
      }
      guard let event else { return }
      try transaction.execute(
        "INSERT INTO published_event SELECT event, ? FROM unpublished WHERE event <= ?",
        .integer(now),
        .integer(event)
      )
      try transaction.execute("DELETE FROM unpublished WHERE event <= ?", .integer(event))
    }
  }

  /// When `public/` showed the last change of a credential; nil while it does not.
  package func publishedAt(credential: Int64) throws(RegistryFailure) -> Int64? {
    try database.read {
      try $0.integer(
        """
        SELECT p.at FROM event e LEFT JOIN published_event p ON p.event = e.seq WHERE e.credential = ?
        ORDER BY e.seq DESC LIMIT 1
        """,
        .integer(credential)
      )
    }
  }

  /// Seconds from the last approval (or, where one officer is enough, from the act) to the moment `public/` showed it.
  package func delays(from: Int64, to: Int64) throws(RegistryFailure) -> [Int64] {
    try database.read {
      try $0.integers(
        """
        SELECT max(0, p.at - ifnull((SELECT max(a.at) FROM approval a WHERE a.request = e.request), e.at)) FROM \
        event e JOIN published_event p ON p.event = e.seq
        WHERE e.at >= ? AND e.at < ? AND e.kind NOT IN ('lapsed', 'abandoned') ORDER BY 1
        """,
        .integer(from),
        .integer(to)
      )
    }
  }
}
