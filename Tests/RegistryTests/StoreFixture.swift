import Testing
import Vocabulary

@testable import Registry

/// A `TestRegister` as its stores are used: audit rows that follow each other, appends to the log as it is, and status
/// indices that never repeat.
final class StoreFixture {
  static let now = TestRegister.now
  let register: TestRegister
  private var drawn: UInt32 = 0

  var registry: Registry { register.registry }
  var members: MemberStore { registry.members }
  var credentials: CredentialStore { registry.credentials }
  var requests: RequestStore { registry.requests }

  /// The programme `plain` needs one officer for everything.
  init(quota: Int = 1_000) throws {
    register = try TestRegister()
    try register.rule("plain", quota: quota)
  }

  func draw() -> UInt32 {
    drawn += 1
    return drawn
  }

  /// The next row of the audit trail.
  func audit(
    _ action: AuditAction = .issue,
    by officer: String = "registrar",
    at now: Int64 = StoreFixture.now,
    outcome: AuditOutcome = .done
  ) throws -> AuditRecord {
    let last = try registry.log.lastAudit()
    let seq = (last?.seq ?? 0) + 1
    return AuditRecord(
      seq: seq,
      at: now,
      officer: officer,
      act: action.rawValue,
      subject: "subject \(seq)",
      outcome: outcome,
      detail: "{}",
      previous: last?.digest ?? [UInt8](repeating: 0, count: 32),
      digest: [UInt8](repeating: 0, count: 24) + withUnsafeBytes(of: seq.bigEndian) { Array($0) },
      signature: outcome == .done ? TestRegister.signature : nil
    )
  }

  /// Leaves behind those that are there.
  func append(_ count: Int = 1, at now: Int64 = StoreFixture.now) throws -> LogAppend {
    let size = try registry.log.head()?.size ?? 0
    return LogAppend(
      previousSize: size,
      leaves: (0..<count).map { .init(entry: Array("entry \(size + Int64($0))".utf8), hash: hash(size + Int64($0))) },
      tileRoots: [],
      at: now,
      frontier: Array("frontier \(size + Int64(count))".utf8),
      note: "checkpoint \(size + Int64(count))"
    )
  }

  func hash(_ leaf: Int64) -> [UInt8] {
    [UInt8](repeating: 1, count: 24) + withUnsafeBytes(of: leaf.bigEndian) { Array($0) }
  }

  func draft(
    _ id: Int,
    member: Int64 = 1,
    chamber: String = "dubai",
    programme: String = "plain",
    from: Int64 = StoreFixture.now,
    until: Int64 = StoreFixture.now + 1_000
  ) -> CredentialDraft {
    CredentialDraft(
      id: TestRegister.number(id),
      member: member,
      chamber: chamber,
      programme: programme,
      validFrom: from,
      validUntil: until,
      salt: [UInt8](repeating: UInt8(truncatingIfNeeded: id), count: 32),
      contentDigest: TestRegister.digest
    )
  }

  func reserve(_ drafts: [CredentialDraft], at now: Int64 = StoreFixture.now) throws -> [StatusPlacement] {
    try credentials.reserve(drafts, at: now, draw: draw)
  }

  func signed(_ place: StatusPlacement) -> SignedCredential {
    SignedCredential(
      seq: place.seq,
      parts: TokenParts(header: [1], payload: Array("payload \(place.seq)".utf8), signature: TestRegister.signature)
    )
  }

  /// Reserves, signs and issues; their rows.
  @discardableResult
  func issue(_ drafts: [CredentialDraft], at now: Int64 = StoreFixture.now) throws -> [Int64] {
    let places = try reserve(drafts, at: now)
    try credentials.issue(
      IssueBatch(credentials: places.map(signed)),
      log: append(places.count, at: now),
      audit: audit(at: now)
    )
    return places.map(\.seq)
  }

  /// One step of a credential's life, in the log where the public is told.
  func change(
    _ seq: Int64,
    _ event: CredentialEvent,
    at now: Int64 = StoreFixture.now,
    reason: String = "other",
    _ edit: (inout StateChange) -> Void = { _ in }
  ) throws {
    let log = event.isPublic ? try append(at: now) : nil
    var step = StateChange(seq: seq, event: event, at: now, officer: "amal", reason: reason)
    step.leaf = log?.previousSize
    edit(&step)
    try credentials.apply([step], log: log, audit: audit(at: now))
  }

  func find(_ seq: Int64) throws -> CredentialRecord { try #require(try credentials.find(seq: seq)) }

  /// A member as a sheet has it.
  func member(_ number: String, chamber: String = "dubai", _ edit: (inout Member) -> Void = { _ in }) -> Member {
    var member = Member(chamber: chamber, number: number)
    member.nameEn = "Company \(number)"
    member.nameAr = "شركة \(number)"
    member.legalForm = "LLC"
    member.licenceNumber = "9\(number)"
    member.licenceAuthority = "DET"
    member.jurisdiction = "AE-DU"
    member.memberSince = "2019-05-01"
    member.feesPaidUntil = "2028-12-31"
    edit(&member)
    return member
  }

  /// Everything in the tables, to see that a refused act left nothing.
  func contents() throws -> [String: Int64] {
    var found: [String: Int64] = [:]
    for table in [
      "member", "contact", "credential", "event", "audit", "log_leaf", "checkpoint", "unpublished",
      "request", "request_item", "approval", "officer", "signing_key", "chamber", "chamber_status", "programme",
      "binding", "binding_act", "binding_statement", "recognition", "publication", "reminder", "reconciliation",
      "counter",
    ] {
      found[table] = try register.value("SELECT count(*) FROM \(table)")
    }
    return found
  }

  /// The rule by which the body is refused; it must have changed nothing.
  func refusal(_ body: () throws -> Void) throws -> RegistryRule? {
    let before = try contents()
    do {
      try body()
      return nil
    } catch RegistryFailure.refused(let rule) {
      #expect(try contents() == before, "\(rule) left something behind")
      return rule
    }
  }
}
