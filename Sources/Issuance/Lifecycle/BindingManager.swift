package import Credentials
package import Encodings
internal import PKI
package import Registry
internal import TransparencyLog
package import Vocabulary

/// A page that a certificate names, with what is known of it.
package struct BoundPage: Sendable {
  package let binding: StorefrontBinding
  /// Nil: nobody has asked for a proof yet.
  package let record: BindingRecord?
}

/// What a look at one page brought, or what an officer decided about it.
package enum BindingFinding: Sendable, Hashable {
  /// Only asks: gives the member a code.
  case ask
  case proved(BindingMethod)
  case unreachable(String)
  case contradicted(String)
  /// An officer confirms that the page is no longer the member's.
  case failed
  /// The member or the chamber takes the page off the certificate.
  case withdrawn
}

/// How long a proof holds. Design section 7, age.
package enum BindingLife {
  /// Own sites; shops on marketplaces, whose accounts change hands without a new domain.
  package static let ownDays: Int64 = 90, platformDays: Int64 = 30
  /// An unreachable page demotes nothing for so long.
  package static let graceDays: Int64 = 7

  static func days(_ kind: StorefrontBinding.Kind) -> Int64 { kind == .platform ? platformDays : ownDays }
}

extension RegistryReader {
  /// The pages of a certificate, in the order of its token.
  package func boundPages(_ record: CredentialRecord) throws -> [BoundPage] {
    guard let parts = record.parts else { return [] }
    let known = try registry.bindings.all(of: record.seq)
    let credential = try MembershipCredential(payload: try JSONObject.parse(parts.payload))
    return credential.organization.storefronts.map { binding in
      BoundPage(binding: binding, record: known.first { $0.key.utf8.elementsEqual(binding.key.string.utf8) })
    }
  }
}

/// What is known of the pages that certificates name.
package struct BindingManager: Service {
  let session: AuthoritySession

  /// Records findings about pages of one certificate. Where what buyers are told changes, the chamber signs a new
  /// statement, and the log gets its entry in the same transaction; then it is published.
  package func record(_ findings: [(key: Text, finding: BindingFinding)], of id: CredentialID) throws -> [BoundPage] {
    let act = AuditAction.binding
    guard let record = try registry.credentials.find(id: id.description), let parts = record.parts else {
      throw session.recordRejection(ActRejection(.credentialUnknown, subject: id.description), act: act)
    }
    try session.require(
      .clerk,
      .approver,
      chamber: record.chamber,
      act: act,
      subject: record.id,
      programme: record.programme
    )
    guard [.active, .suspended].contains(record.state) else {
      throw session.recordRejection(
        ActRejection(.pagesFrozen(state: record.state), subject: record.id),
        act: act
      )
    }
    let pages = try session.reader.boundPages(record)
    var after = pages.compactMap(\.record)
    var acts: [BindingAct] = []
    var isPublic = false
    for (key, finding) in findings {
      guard let page = pages.first(where: { $0.binding.key == key }) else {
        throw session.recordRejection(ActRejection(.pageUnknown(key: key.string), subject: record.id), act: act)
      }
      let before =
        try after.first { Text($0.key) == key }
        ?? BindingRecord(credential: record.seq, key: key.string, state: .asked, since: now.seconds, code: Self.code())
      guard before.state != .withdrawn else {
        throw session.recordRejection(
          ActRejection(.pageWithdrawn, subject: record.id),
          act: act
        )
      }
      let (next, done) = try step(before, finding, of: page.binding.kind)
      isPublic = isPublic || next.saysOther(than: before)
      after.removeAll { Text($0.key) == key }
      after.append(next)
      acts.append(done)
    }
    let detail: JSON = [
      "acts": .array(acts.map { ["key": JSON($0.key), "kind": JSON($0.event.rawValue), "detail": JSON($0.detail)] })
    ]
    let changed = after.filter { next in acts.contains { $0.key == next.key } }
    guard isPublic else {
      try session.record(.init(act, on: record.id, detail: detail)) {
        try registry.bindings.record(changed, acts: acts, of: record.seq, statement: nil, audit: $0)
      }
      // Nothing new to tell; but what a command that was cut off had to tell may still wait.
      if try !registry.bindings.statements(all: false).isEmpty { try session.publisher.publish() }
      return try session.reader.boundPages(record)
    }
    try session.lifecycle.abandonInterruptedReservations()
    let signer = try CredentialSigner(session: session, chamber: record.chamber)
    let statement = try signer.statement(of: after, id: record.id, at: now)
    let handle = try CredentialHandle(salt: record.salt, token: parts.compact, id: Text(record.id))
    let entry = try LogEntry(
      at: now,
      chamber: Text(signer.chamber.did),
      event: .binding(handle, programme: Text(record.programme), statement: SHA2.sha256(record.salt + statement))
    )
    try session.commit(.init(act, on: record.id, detail: detail), entries: [entry]) { log, audit in
      try registry.bindings.record(changed, acts: acts, of: record.seq, statement: (statement, log), audit: audit)
    }
    try session.publisher.publish()
    return try session.reader.boundPages(record)
  }

  /// What a finding makes of what was known.
  private func step(_ before: BindingRecord, _ finding: BindingFinding, of kind: StorefrontBinding.Kind) throws -> (
    BindingRecord, BindingAct
  ) {
    var next = before
    func act(_ event: BindingEvent, _ detail: String) -> BindingAct {
      BindingAct(key: before.key, event: event, detail: detail)
    }
    switch finding {
    case .ask: return (next, act(.asked, ""))
    case .proved(let method):
      // A marketplace's page can be written by others: there a person vouches for where the badge stands.
      guard kind == .platform ? method != .wellKnown : method != .page else {
        throw ActRejection(.bindingMethod(method, kind: kind.rawValue), subject: before.key)
      }
      next = BindingRecord(
        credential: before.credential,
        key: before.key,
        state: .proved,
        since: before.state == .proved ? before.since : now.seconds,
        code: try Self.code()
      )
      next.method = method
      next.provedAt = now.seconds
      next.reproveBy = now.adding(days: BindingLife.days(kind)).seconds
      return (next, act(.proved, method.rawValue))
    case .unreachable(let why):
      next.unreachableSince = before.unreachableSince ?? now.seconds
      // A week without an answer: what is told is that the proof is out of date, from now on.
      if let since = next.unreachableSince, let by = before.reproveBy, before.state == .proved,
        now.seconds - since >= BindingLife.graceDays * 86_400, by > now.seconds
      {
        next.reproveBy = now.seconds
      }
      return (next, act(.unreachable, why))
    case .contradicted(let why):
      next.unreachableSince = nil
      next.contradictedAt = before.contradictedAt ?? now.seconds
      return (next, act(.contradicted, why))
    case .failed:
      next.state = .failed
      next.since = before.state == .failed ? before.since : now.seconds
      return (next, act(.failed, ""))
    case .withdrawn:
      next.state = .withdrawn
      next.since = now.seconds
      return (next, act(.withdrawn, ""))
    }
  }

  /// 80 random bits, small letters and digits: typed into a file by hand if need be.
  static func code() throws -> String {
    "k1-"
      + String(
        decoding: CredentialID(random: try secureRandomBytes(CredentialID.randomBytes)).description.utf8.prefix(16).map(
          ASCII.lower
        ),
        as: UTF8.self
      )
  }
}

extension BindingRecord {
  /// Whether buyers are told something else.
  fileprivate func saysOther(than other: BindingRecord) -> Bool {
    state != other.state || provedAt != other.provedAt || reproveBy != other.reproveBy
      || (state != .asked && since != other.since)
  }
}

extension CredentialSigner {
  /// Pages that were never proved are left out: nothing is said of them.
  func statement(of bindings: [BindingRecord], id: String, at now: Instant) throws -> [UInt8] {
    let pages = bindings.sorted { Text($0.key) < Text($1.key) }.compactMap { binding -> BindingStatement.Page? in
      guard let state = BindingStatement.State(rawValue: binding.state.rawValue) else { return nil }
      return .init(
        key: Text(binding.key),
        state: state,
        since: Instant(seconds: binding.since),
        provedAt: binding.provedAt.map { Instant(seconds: $0) },
        reproveBy: binding.reproveBy.map { Instant(seconds: $0) },
        method: binding.method.map { Text($0.rawValue) }
      )
    }
    return try sign(
      BindingStatement(issuer: Text(chamber.did), subject: Text("https://\(host)/c/\(id)"), at: now, pages: pages)
    )
  }
}
