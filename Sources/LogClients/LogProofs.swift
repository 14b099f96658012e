internal import Credentials
package import Directory
package import Encodings
internal import Repository
package import TransparencyLog
package import Verification

/// Proofs and histories of single credentials.
package enum LogProofs {
  /// The proof that a credential was logged (C2SP tlog-proof), verified before it is returned.
  ///
  /// - Parameters:
  ///   - record: as the directory gives it; its leaf and salt are only hints until the proof holds.
  ///   - source: where checkpoint and tiles are.
  package static func proof(for record: PublicRecord, in source: PublicSource, trust: LogTrust) throws(FollowFailure)
    -> LogProof
  {
    let checkpoint: VerifiedCheckpoint
    let reader: TileReader
    let note = try source.checkpoint()
    do throws(LogRejection) {
      checkpoint = try trust.policy.open(note)
      reader = try TileReader(checkpoint, source: source.tiles)
    } catch { throw .log(error) }
    return try proof(for: record, reader: reader, checkpoint: checkpoint)
  }

  static func proof(for record: PublicRecord, reader: TileReader, checkpoint: VerifiedCheckpoint) throws(FollowFailure)
    -> LogProof
  {
    guard let leaf = record.leaf.flatMap({ UInt64(exactly: $0) }), leaf < checkpoint.size else {
      throw .recordWrong(id: record.id, why: "no entry of the log is named")
    }
    do throws(LogRejection) {
      let entry = try LogEntry.parse(try reader.entry(at: leaf))
      let proof = try LogProof(
        extra: try ProofExtra(entry: entry, salt: record.salt),
        index: leaf,
        path: try reader.inclusionProof(index: leaf),
        checkpoint: checkpoint.note
      )
      _ = try proof.verify(token: record.token, id: Text(record.id), under: checkpoint)
      return proof
    } catch {
      if error == .otherCredential {
        throw .recordWrong(id: record.id, why: "entry \(leaf) is about another certificate")
      }
      throw .log(error)
    }
  }
}

extension PublishedLog {
  /// The proof of one credential of this folder.
  package func proof(of id: CredentialID) throws(FollowFailure) -> LogProof {
    try withView(indexed: false) { (view) throws(FollowFailure) in
      guard let record = try view.record(id: id.description) else { throw .credentialUnknown(id: id.description) }
      return try LogProofs.proof(for: record, reader: view.reader, checkpoint: view.checkpoint)
    }
  }

  /// Everything the log says about one credential.
  package func history(of id: CredentialID) throws(FollowFailure) -> CredentialHistory {
    try withView(indexed: true) { (view) throws(FollowFailure) in
      guard let record = try view.record(id: id.description) else { throw .credentialUnknown(id: id.description) }
      let ref: [UInt8]
      do throws(LogRejection) {
        ref = try CredentialHandle.ref(salt: record.salt, id: Text(record.id))
      } catch {
        throw .recordWrong(id: record.id, why: "\(error)")
      }
      var acts: [CredentialHistory.Act] = []
      for place in view.index.places(of: ref) {
        let entry = try view.entry(at: place)
        if entry.ref == ref { acts.append(.init(index: place, entry: entry)) }
      }
      guard let issue = acts.first?.entry, issue.kind == .issue, record.leaf == Int64(acts[0].index) else {
        throw .recordWrong(id: record.id, why: "the log does not say that it was issued")
      }
      let expected: CredentialHandle
      do throws(LogRejection) {
        expected = try CredentialHandle(salt: record.salt, token: record.token, id: Text(record.id))
      } catch { throw .log(error) }
      guard issue.handle == expected else {
        throw .recordWrong(id: record.id, why: "its entry commits to another token")
      }
      let credential: MembershipCredential
      do {
        credential = try MembershipCredential(payload: try JSONObject.parse(record.payload))
      } catch {
        throw .recordWrong(id: record.id, why: "\(error)")
      }
      let services =
        view.trust.list.entity(credential.issuer.id)?.services.filter { service in
          service.programmes.isEmpty || credential.programme.map { service.programmes.contains($0) } == true
        } ?? []
      return CredentialHistory(
        id: id,
        acts: acts,
        checkpoint: view.checkpoint,
        validFrom: credential.validFrom,
        validUntil: credential.validUntil,
        issuer: credential.issuer.id,
        recognition: services.flatMap { [$0.status] + $0.previous }.map {
          .init(status: $0.status.rawValue, since: $0.since)
        }.sorted { $0.since < $1.since }
      )
    }
  }
}

extension PublishedLog {
  /// For `PublishedRepository.answer(_:asOf:at:acts:)`: nil when log or directory cannot be read.
  @Sendable package func acts(of credential: VerifiedCredential) -> [LogEntry]? {
    guard let id = credential.credentialID else { return nil }
    do throws(FollowFailure) {
      return try history(of: id).acts.map(\.entry)
    } catch {
      return nil
    }
  }
}

/// All entries of a log about one credential, in order, under one checkpoint: every entry of the tree was looked at to
/// find them.
package struct CredentialHistory: Hashable, Sendable {
  /// One entry, and where it stands.
  package struct Act: Hashable, Sendable {
    package let index: UInt64
    package let entry: LogEntry
  }
  package let id: CredentialID
  /// The first is the issue.
  package let acts: [Act]
  package let checkpoint: VerifiedCheckpoint
  /// By the token that the log commits to.
  package let validFrom: Instant, validUntil: Instant
  let issuer: Text
  /// Of the chamber, by the list of chambers: `granted`, `suspended`, `withdrawn`, and since when.
  let recognition: [Recognition]
  /// One change of what the list of chambers says of the chamber.
  struct Recognition: Hashable, Sendable {
    let status: String
    let since: Instant
  }

  /// What a correct service would have said at a moment, by the log: nil before the issue. An act counts from its own
  /// second on.
  package func state(at moment: Instant) throws(FollowFailure) -> LogReplay.State? {
    do throws(LogRejection) {
      return try LogReplay.state(at: moment, entries: acts.map(\.entry))
    } catch {
      throw .log(error)
    }
  }

  /// The act that made the state at a moment.
  package func latest(at moment: Instant) -> Act? { acts.last { $0.entry.at <= moment && $0.entry.kind != .binding } }

  /// The status that a correct service would have answered at a moment, in the words of the status axis, or
  /// `not_issued`: acts of the log, dates of the token, recognition of the chamber by its history. The worst counts, as
  /// in every answer.
  package func status(at moment: Instant) throws(FollowFailure) -> String {
    guard let state = try state(at: moment) else { return "not_issued" }
    let chamber = recognition.last { $0.since <= moment }?.status
    if state == .inForce || state == .suspended {
      if chamber == "suspended" || state == .suspended { return "suspended" }
      if validUntil < moment { return "expired" }
      if validFrom > moment.adding(seconds: Self.skewSeconds) { return "not_yet_valid" }
    }
    return Self.word(state)
  }

  /// As the verifier has it for beginnings.
  static let skewSeconds: Int64 = 60

  /// `{id, at, state, since, entry, acts: […], validFrom, validUntil, issuer, log}`: for `GET
  /// /v1/credentials/{id}/status?at=` and `khatm proof --at`.
  package func json(at moment: Instant) throws(FollowFailure) -> JSONObject {
    let act = latest(at: moment)
    let chamber = recognition.last { $0.since <= moment }
    return JSONObject([
      "v": 1, "id": JSON(id.description), "at": JSON(moment.description), "state": JSON(try status(at: moment)),
      "since": act.map { JSON($0.entry.at.description) }, "entry": act.map { .integer(Int64(clamping: $0.index)) },
      "validFrom": JSON(validFrom.description), "validUntil": JSON(validUntil.description),
      "issuer": .object(
        JSONObject([
          "id": .string(issuer), "status": chamber.map { JSON($0.status) } ?? .null,
          "since": chamber.map { JSON($0.since.description) },
        ])
      ),
      "acts": .array(acts.filter { $0.entry.at <= moment }.map(\.json)),
      "log": ["origin": .string(checkpoint.checkpoint.origin), "size": .integer(Int64(clamping: checkpoint.size))],
    ])
  }

  /// The words of the status axis.
  package static func word(_ state: LogReplay.State) -> String {
    switch state {
    case .inForce: "active"
    case .suspended: "suspended"
    case .revoked: "revoked"
    case .superseded: "superseded"
    case .abandoned: "abandoned"
    }
  }
}

extension CredentialHistory.Act {
  var json: JSON {
    .object(
      JSONObject([
        "index": .integer(Int64(clamping: index)), "at": JSON(entry.at.description), "kind": JSON(entry.kind.rawValue),
        "reason": entry.reason.map { .string($0) },
      ])
    )
  }
}
