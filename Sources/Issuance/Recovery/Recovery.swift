internal import Credentials
internal import Directory
internal import Encodings
internal import Foundation
internal import PKI
internal import Profiles
internal import Registry
internal import TransparencyLog
package import Vocabulary

/// What was taken over from the published state.
package struct Reconciliation: Sendable {
  package let fromSize: Int64, size: Int64
  package let adopted: [String]
  package let changed: [(id: String, state: CredentialState)]
  /// Members that the register did not know; their fees count as unpaid until they are imported again.
  package let members: [String]
}

/// Brings a register that was put back up to what has been published since (`docs/RUNBOOK.md`, restore).
///
/// The published log is the witness of what the copy has forgotten: its entries are taken over under the checkpoint
/// that the log's own key signed, so the next checkpoint continues it. Certificates and changes that they tell of are
/// taken from the published directory and checked against the entries. What only the register knew (audit rows, open
/// requests, contacts) is lost.
package struct Recovery: Service {
  let session: AuthoritySession

  /// - Parameters:
  ///   - folder: the newest published state; nil: the home's own `public/`.
  package func reconcile(published folder: String?, nothingPublished: Bool = false) throws -> Reconciliation {
    try session.requireRegistrar(act: .reconcile, subject: home.path)
    guard try registry.mark() == .restored else { throw ActRejection(.nothingToReconcile, subject: home.path) }
    let path = folder ?? home.publicPath
    let own = try registry.log.head()?.size ?? 0
    guard let note = try Files.read(path + "/checkpoint", limit: 1 << 20) else {
      // Without a published state nobody can say whether the copy is old. Only a person can, and says so.
      guard nothingPublished,
        try Files.read(home.rollbackGuardPath, limit: 1 << 20).map(LogWriter.size(ofNote:)) ?? 0 <= own
      else {
        throw session.recordRejection(ActRejection(.publishedStateMissing, subject: path), act: .reconcile)
      }
      return try settle(PublishedState(), log: nil, from: own, size: own, members: [])
    }
    let checkpoint = try registry.logPolicy(origin: authority.logOrigin).open(note)
    // What this home itself remembers to have shown may be newer than the folder that was given.
    for known in [home.rollbackGuardPath, home.publicPath + "/checkpoint"] {
      guard let shown = try Files.read(known, limit: 1 << 20) else { continue }
      let remembered = LogWriter.size(ofNote: shown)
      guard remembered <= Int64(checkpoint.size) || remembered <= own else {
        throw session.recordRejection(
          ActRejection(.publishedStateOld(published: Int64(checkpoint.size), remembered: remembered), subject: path),
          act: .reconcile
        )
      }
    }
    guard Int64(checkpoint.size) > own else {
      // Ours is as new or newer: what was published must be its beginning.
      guard try root(of: Int64(checkpoint.size)) == checkpoint.root else {
        throw IssuanceFailure.registryTampered(table: "log_leaf", row: "\(checkpoint.size)")
      }
      var published = PublishedState()
      published.counters = try counters(path, sequence: 0)
      return try settle(published, log: nil, from: own, size: own, members: [])
    }
    let entries = try lostEntries(checkpoint, from: own, path)
    let log = try session.takeOver(entries.map(\.bytes), under: checkpoint, note: note)
    var found = try adopt(entries, path, size: Int64(checkpoint.size))
    let sequence =
      entries.compactMap { one -> Int64? in
        if case .trustList(let sequence, _) = one.entry.event { sequence } else { nil }
      }.max() ?? 0
    found.published.counters = try counters(path, sequence: sequence)
    return try settle(
      found.published,
      log: log,
      from: own,
      size: Int64(checkpoint.size),
      members: found.members
    )
  }

  // MARK: the log

  /// Of the first `size` leaves of the register.
  private func root(of size: Int64) throws -> [UInt8] {
    var range = CompactRange()
    while Int64(range.size) < size {
      let hashes = try registry.log.leafHashes(Int64(range.size)..<min(Int64(range.size) + 4_096, size))
      guard !hashes.isEmpty else { break }
      for hash in hashes { _ = try range.append(leafHash: hash) }
    }
    return range.root
  }

  /// An entry of the published log that the register does not have.
  private struct LostEntry { let index: Int64, bytes: [UInt8], entry: LogEntry }

  private func lostEntries(_ checkpoint: VerifiedCheckpoint, from own: Int64, _ path: String) throws -> [LostEntry] {
    let tiles = try TileReader(checkpoint, source: TileSource { try Files.read("\(path)/\($0)", limit: 32 << 20) })
    var lost: [LostEntry] = []
    for bundle in UInt64(own) / 256..<tiles.bundleCount {
      for (place, bytes) in try tiles.entries(inBundle: bundle).enumerated() {
        let index = Int64(bundle) * 256 + Int64(place)
        if index >= own { lost.append(LostEntry(index: index, bytes: bytes, entry: try LogEntry.parse(bytes))) }
      }
    }
    // A key that the copy does not know signed something that readers believe; the copy is too old to go on from.
    for one in lost {
      guard case .key(.add, let kid, let purpose, _) = one.entry.event, KeyPurpose(rawValue: purpose.string) != .answer,
        try !([nil] + registry.keys.chambers().map(\.slug)).contains(where: {
          try registry.keys.all(chamber: $0).contains { Text($0.kid) == kid }
        })
      else { continue }
      throw session.recordRejection(
        ActRejection(.backupBeforeKey(kid: kid.string, at: one.entry.at), subject: home.path),
        act: .reconcile
      )
    }
    return lost
  }

  // MARK: certificates and their states

  private func adopt(_ lost: [LostEntry], _ path: String, size: Int64) throws -> (
    published: PublishedState, members: [String]
  ) {
    let directory = try DirectoryFile.readable(at: path + "/directory.sqlite")
    let chambers = Dictionary(uniqueKeysWithValues: try registry.keys.chambers().map { ($0.slug, $0) })
    // Whoever an entry speaks of: by its reference, for those at hand.
    var ids: [[UInt8]: String] = [:]
    for known in try registry.credentials.salts() {
      ids[try CredentialHandle.ref(salt: known.salt, id: Text(known.id))] = known.id
    }
    var published = PublishedState()
    var members: [String] = []
    var strangers: [Member] = []
    var replacedBy: [String: String] = [:]
    for one in lost {
      guard case .issue(let handle, _) = one.entry.event else { continue }
      guard let record = try directory.record(leaf: one.index), let chamber = chambers[record.chamber],
        Text(chamber.did) == one.entry.chamber,
        try CredentialHandle(salt: record.salt, token: record.token, id: Text(record.id)) == handle
      else {
        throw session.recordRejection(
          ActRejection(.publishedRecordMissing(leaf: one.index), subject: path),
          act: .reconcile
        )
      }
      let credential = try MembershipCredential(payload: try JSONObject.parse(record.payload))
      let number = credential.licenseNumber?.string ?? ""
      if try registry.members.find(chamber: record.chamber, number: number) == nil,
        !members.contains("\(record.chamber)/\(number)")
      {
        members.append("\(record.chamber)/\(number)")
        strangers.append(try member(number, of: chamber, as: credential))
      }
      guard let revocation = try place("revocation", credential), let suspension = try place("suspension", credential),
        let issued = credential.issuedAt
      else {
        throw session.recordRejection(
          ActRejection(.publishedRecordMissing(leaf: one.index), subject: path),
          act: .reconcile
        )
      }
      ids[handle.ref] = record.id
      var draft = CredentialDraft(
        id: record.id,
        member: 0,
        chamber: record.chamber,
        programme: record.programme,
        validFrom: credential.validFrom.seconds,
        validUntil: credential.validUntil.seconds,
        salt: record.salt,
        contentDigest: SHA2.sha256(record.payload)
      )
      draft.subject = subject(of: credential, record.programme)
      published.credentials.append(
        AdoptedCredential(
          draft: draft,
          memberNumber: number,
          revocation: revocation,
          suspension: suspension,
          issuedAt: issued,
          leaf: one.index,
          parts: TokenParts(header: record.header, payload: record.payload, signature: record.signature)
        )
      )
    }
    for one in lost {
      // A reservation that the copy still holds open was burned since: burning it again would be a second entry for it.
      if case .abandoned(let ref, _) = one.entry.event {
        guard let id = ids[ref] else { continue }
        published.changes.append(
          AdoptedChange(
            id: id,
            event: .abandoned,
            reason: "interrupted",
            at: one.entry.at.seconds,
            leaf: one.index,
            statement: nil,
            replacedBy: nil
          )
        )
        continue
      }
      guard let handle = one.entry.handle else { continue }
      let event: CredentialEvent
      var successor: String?
      switch one.entry.event {
      case .suspend: event = .suspended
      case .reinstate: event = .reinstated
      case .revoke: event = .revoked
      case .supersede(_, _, let ref):
        event = .superseded
        successor = ids[ref]
      default: continue
      }
      guard let id = ids[handle.ref], event != .superseded || successor != nil else {
        throw session.recordRejection(
          ActRejection(.publishedRecordMissing(leaf: one.index), subject: path),
          act: .reconcile
        )
      }
      if let successor { replacedBy[successor] = id }
      // The newest one for each of several changes, and for one that reinstated too: else the statement of before goes
      // on speaking.
      let statement = try directory.record(id: id)?.statement
      published.changes.append(
        AdoptedChange(
          id: id,
          event: event,
          reason: one.entry.reason?.string ?? "reconciled",
          at: one.entry.at.seconds,
          leaf: one.index,
          statement: statement,
          replacedBy: successor
        )
      )
    }
    // What was last said of their pages; the digest in the log tells that it is this statement and no earlier one.
    var newest: [String: (leaf: Int64, digest: [UInt8])] = [:]
    for one in lost {
      if case .binding(let handle, _, let digest) = one.entry.event, let id = ids[handle.ref] {
        newest[id] = (one.index, digest)
      }
    }
    published.bindings = try newest.sorted { $0.value.leaf < $1.value.leaf }.map { id, last in
      guard let record = try directory.record(id: id), let token = record.bindings,
        SHA2.sha256(record.salt + token) == last.digest,
        let said = BindingStatement(
          payload: try CompactJWS.parse(token, maxBytes: BindingStatement.maxBytes).payloadObject()
        )
      else {
        throw session.recordRejection(
          ActRejection(.publishedRecordMissing(leaf: last.leaf), subject: path),
          act: .reconcile
        )
      }
      // Codes for the next proof are not published: each page gets a new one.
      return AdoptedBindings(
        id: id,
        statement: token,
        leaf: last.leaf,
        pages: try said.pages.compactMap { page in
          try BindingState(rawValue: page.state.rawValue).map { state in
            var binding = BindingRecord(
              credential: 0,
              key: page.key.string,
              state: state,
              since: page.since.seconds,
              code: try BindingManager.code()
            )
            binding.method = try page.method.map { try Self.method($0, of: id) }
            binding.provedAt = page.provedAt?.seconds
            binding.reproveBy = page.reproveBy?.seconds
            return binding
          }
        }
      )
    }
    if !strangers.isEmpty {
      let rows = strangers.map { ($0, Contact(name: "", email: "", phone: "")) }
      _ = try session.record(.init(.reconcileMembers, on: "\(strangers.count) members")) {
        try registry.members.importRows(rows, at: now.seconds, audit: $0)
      }
    }
    for index in published.credentials.indices {
      published.credentials[index].replaces = replacedBy[published.credentials[index].draft.id]
    }
    return (published, members)
  }

  private func place(_ purpose: Text, _ credential: MembershipCredential) throws -> StatusIndex? {
    guard let entry = credential.statusEntries.first(where: { $0.purpose == purpose }),
      let series = entry.list.string.split(separator: "/").last.flatMap({ Int64($0) })
    else { return nil }
    return StatusIndex(series: series, index: entry.index)
  }

  /// How a page was proved, in the words of a statement that the chamber signed.
  private static func method(_ word: Text, of id: String) throws -> BindingMethod {
    guard let method = BindingMethod(rawValue: word.string) else {
      throw RegistryFailure.unreadable(table: "binding", column: "method", value: "\(word.string) (\(id))")
    }
    return method
  }

  /// As `Content` tells people apart.
  private func subject(of credential: MembershipCredential, _ programme: String) -> String {
    guard profiles.programme(programme)?.subject == .person else { return "" }
    return Base64URL.encode(
      SHA2.sha256(JSON.array(PersonClaims.identity(credential.person).map { .string($0) }).canonical()).prefix(18)
    )
  }

  /// A company as far as its certificate tells. Nothing is issued to it before it is imported anew: no fees are known
  /// to be paid.
  private func member(_ number: String, of chamber: Chamber, as credential: MembershipCredential) throws -> Member {
    let organization = credential.organization
    let english = organization.name(in: "en")?.value.string ?? number
    let arabic = organization.name(in: "ar")?.value.string ?? english
    var member = Member(chamber: chamber.slug, number: number)
    member.nameEn = english
    member.nameAr = arabic
    member.legalForm = organization.legalFormText?.string ?? ""
    member.licenceNumber = organization.registrationNumber?.string ?? ""
    member.licenceAuthority = organization.registrationAuthority?.string ?? ""
    member.jurisdiction = organization.jurisdictionCode?.string ?? chamber.jurisdiction
    member.memberSince = CivilDate(of: organization.memberSince ?? credential.validFrom).description
    member.storefront = organization.storefronts.first?.display.string ?? ""
    member.membership = organization.jurisdictionCode?.string == chamber.jurisdiction ? .member : .eMember
    (member.skeletonEn, member.skeletonAr) = NamePolicy.skeletons(en: Text(english), ar: Text(arabic))
    return member
  }

  // MARK: the end

  /// Numbers that must never be used twice, as far as they can be read from what was published.
  private func counters(_ path: String, sequence: Int64) throws -> [(name: String, value: Int64)] {
    var counters: [(String, Int64)] = [("trust-list", sequence)]
    if let token = try Files.read("\(path)/\(Publisher.trustListPath)", limit: TrustList.maxTokenBytes) {
      counters.append(
        (
          "trust-list",
          try TrustList(
            payload: try CompactJWS.parse(token, maxBytes: TrustList.maxTokenBytes).payloadObject(limits: .document)
          ).sequenceNumber
        )
      )
    }
    for name in ["crl/root.crl"] + (try registry.keys.chambers().map { "crl/\($0.slug).crl" }) {
      guard let der = try Files.read("\(path)/\(name)", limit: 16 << 20) else { continue }
      let number = try RevocationList(der: der).number
      counters.append((name, number.suffix(8).reduce(0) { $0 << 8 | Int64($1) }))
    }
    return counters
  }

  private func settle(
    _ published: PublishedState,
    log: LogAppend?,
    from: Int64,
    size: Int64,
    members: [String]
  ) throws -> Reconciliation {
    let detail: JSON = [
      "from": .integer(from), "size": .integer(size), "adopted": .integer(Int64(published.credentials.count)),
      "changed": .integer(Int64(published.changes.count)),
    ]
    try session.record(.init(.reconcile, on: home.path, detail: detail)) {
      try registry.reconcile(published, log: log, at: now.seconds, audit: $0)
    }
    session.logWasExtended()
    // Reservations that were under way when the copy was made are burned, every list and file is made anew.
    try session.publisher.finishAndPublish(everything: true)
    return Reconciliation(
      fromSize: from,
      size: size,
      adopted: published.credentials.map(\.draft.id),
      changed: published.changes.map { ($0.id, $0.event.state) },
      members: members
    )
  }
}
