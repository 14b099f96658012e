import Foundation
import GRDB
import Storage
import Vocabulary

@testable import Registry

/// A register in memory with one chamber, two members and a few officers. Signatures are sixty-four zeros: the register
/// looks at their length only, `Issuance` at the rest.
struct TestRegister {
  let registry: Registry
  static let now: Int64 = 1_800_000_000
  static let digest = [UInt8](repeating: 7, count: 32), signature = [UInt8](repeating: 0, count: 64)

  init() throws {
    registry = try Registry.inMemory()
    try sql("INSERT INTO chamber VALUES ('dubai', 'dubai.example', 'Dubai', 'دبي', 'AE-DU', 'granted', 1, 1)")
    try sql("INSERT INTO chamber VALUES ('ajman', 'ajman.example', 'Ajman', 'عجمان', 'AE-AJ', 'granted', 1, 1)")
    for (number, chamber) in [(1, "dubai"), (2, "dubai"), (3, "ajman")] {
      try sql(
        """
        INSERT INTO member (chamber, number, name_en, name_ar, legal_form, licence_number, licence_authority, \
        jurisdiction, member_since, fees_paid_until, storefront,
          platform, website, membership, created_at, changed_at)
        VALUES ('\(chamber)', '\(number)', 'Name \(number)', 'اسم \(number)', 'LLC', '\(number)', 'DET', 'AE-DU', \
        '2020-01-01', '2027-12-31', '', '', '', 'member', 1, 1)
        """
      )
    }
    for chamber in ["dubai", "ajman"] {
      for purpose in ["revocation", "suspension"] {
        try sql("INSERT INTO status_list (chamber, series, purpose) VALUES ('\(chamber)', 1, '\(purpose)')")
      }
    }
    try sql("INSERT INTO token_header (header) VALUES (x'00')")
  }

  /// Statements that stay prepared also when they are refused: GRDB would forget them, and a hundred thousand refusals
  /// would compile as often.
  private final class Prepared { var statements: [String: Statement] = [:], db: Database? }
  private let prepared = Prepared()

  /// Many acts as one transaction. A rule that refuses one (RAISE ABORT) undoes that statement and nothing else.
  func together(_ body: () throws -> Void) throws {
    try direct { db in
      prepared.db = db
      defer { prepared.db = nil }
      try body()
    }
  }

  private func write<T>(_ body: (Database) throws -> T) throws -> T {
    guard let db = prepared.db else { return try direct(body) }
    return try RegistryDatabase.translating { try StorageConnection.translating { try body(db) } }
  }

  /// Past the stores, as a program would that is none of ours.
  private func direct<T>(_ body: (Database) throws -> T) throws -> T {
    try RegistryDatabase.translating {
      try StorageConnection.translating { try registry.database.connection.queue.write(body) }
    }
  }

  private func execute(_ text: String, _ arguments: StatementArguments, _ db: Database) throws {
    let statement = try prepared.statements[text] ?? db.makeStatement(sql: text)
    prepared.statements[text] = statement
    do {
      try statement.execute(arguments: arguments)
    } catch {
      try? statement.setArguments(arguments)  // says the same error once more, and is usable again
      throw error
    }
  }

  func sql(_ text: String, _ arguments: StatementArguments = []) throws {
    try write { try execute(text, arguments, $0) }
  }
  func value(_ text: String) throws -> Int64? { try write { try Int64.fetchOne($0.cachedStatement(sql: text)) } }

  /// The rule that refuses a write; nil when it is allowed.
  func refusal(_ text: String, _ arguments: StatementArguments = []) throws -> String? {
    do {
      try sql(text, arguments)
      return nil
    } catch RegistryFailure.refused(let rule) {
      return rule.rawValue
    } catch RegistryFailure.constraint(let words) {
      return words
    }
  }

  func rule(_ programme: String, issue: Int = 1, reinstate: Int = 1, brakes: Int = 1_000, quota: Int = 1_000) throws {
    try sql(
      """
      INSERT INTO programme (id, digest, issue_approvals, reinstate_approvals, issue_brake, suspend_brake, \
      revoke_brake, quota, since)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)
      """,
      [programme, Data(Self.digest), issue, reinstate, brakes, brakes, brakes, quota]
    )
  }

  /// A reserved credential; its number.
  @discardableResult
  func reserve(
    _ id: Int,
    member: Int64 = 1,
    chamber: String = "dubai",
    programme: String = "plain",
    content: [UInt8] = digest,
    request: Int64? = nil,
    row: Int64? = nil,
    replaces: Int64? = nil,
    validUntil: Int64 = now + 1_000
  ) throws -> Int64 {
    let lists: Int64 = chamber == "dubai" ? 1 : 3
    return try write { db in
      try execute(
        """
        INSERT INTO credential (id, member, chamber, programme, state, valid_from, valid_until, state_since, \
        revocation_list, revocation_index, suspension_list,
          suspension_index, salt, content_digest, request, request_row, replaces)
        VALUES (?, ?, ?, ?, 'reserved', 1, ?, 1, ?, ?, ?, ?, zeroblob(32), ?, ?, ?, ?)
        """,
        [
          Self.number(id), member, chamber, programme, validUntil, lists, id, lists + 1, id, Data(content), request,
          row, replaces,
        ],
        db
      )
      return db.lastInsertedRowID
    }
  }

  static func number(_ id: Int) -> String { String(repeating: "0", count: 18 - "\(id)".count) + "\(id)" }

  static let activation =
    """
    UPDATE credential SET state = 'active', issued_at = 1, header = 1, payload = x'01', signature = x'02', leaf = 0 \
    WHERE seq = ?
    """

  @discardableResult
  func active(_ id: Int, programme: String = "plain", validUntil: Int64 = now + 1_000) throws -> Int64 {
    let seq = try reserve(id, programme: programme, validUntil: validUntil)
    try sql(Self.activation, [seq])
    return seq
  }

  @discardableResult
  func officer(_ name: String, chamber: String = "dubai", clerk: Bool = true, approver: Bool = true) throws -> Int64 {
    try write { db in
      try db.execute(
        sql:
          """
          INSERT INTO officer (name, chamber, is_clerk, is_approver, is_auditor, public_key, added_at) VALUES (?, ?, \
          ?, ?, 0, ?, 1)
          """,
        arguments: [name, chamber, clerk, approver, Data("key of \(name)".utf8)]
      )
      return db.lastInsertedRowID
    }
  }

  /// A sealed request with one row.
  func request(
    _ act: String = "issue",
    by name: String,
    programme: String = "trusted",
    member: Int64 = 1,
    credential: Int64? = nil,
    content: [UInt8] = digest,
    digest: [UInt8],
    needed: Int = 2
  ) throws -> Int64 {
    try write { db in
      try execute(
        """
        INSERT INTO request (act, chamber, programme, content, digest, needed, reason, note, requested_by, \
        requested_at) VALUES (?, 'dubai', ?, '{}', ?, ?, '', '', ?, 1)
        """,
        [act, programme, Data(digest), needed, name],
        db
      )
      let seq = db.lastInsertedRowID
      try execute(
        """
        INSERT INTO request_item (request, row, member, credential, content_digest, what, reason, claims) VALUES (?, \
        1, ?, ?, ?, 'new', '', '{}')
        """,
        [seq, member, credential, Data(content)],
        db
      )
      try execute("UPDATE request SET sealed = 1 WHERE seq = ?", [seq], db)
      return seq
    }
  }

  func approve(_ request: Int64, _ officer: Int64, digest: [UInt8]) throws -> String? {
    try refusal(
      "INSERT INTO approval (request, officer, digest, accepts, at, signature) VALUES (?, ?, ?, '', 1, ?)",
      [request, officer, Data(digest), Data(Self.signature)]
    )
  }
}
