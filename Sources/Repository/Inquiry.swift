internal import Credentials
internal import Directory
internal import Encodings
internal import Messages
internal import Storefronts
internal import TransparencyLog
internal import Verification

/// One question while it is answered: what it is asked of, about which page, by which trust data, at what moment.
struct Inquiry {
  /// A moment before now, and what the log says of a credential.
  struct Past {
    let moment: Instant
    let acts: (VerifiedCredential) -> [LogEntry]?
  }

  let repository: PublishedRepository
  let page: RequestedPage?
  let trust: CurrentTrust
  let now: Instant
  /// Nil: now.
  let past: Past?

  private var snapshot: TrustSnapshot { trust.snapshot }
  private var verifier: Verifier { Verifier(trust.snapshot) }

  private func request(_ expected: CredentialID? = nil) -> DecisionRequest {
    DecisionRequest(expected: expected, page: page, asOf: past?.moment)
  }

  private func rejected(_ reason: Reason, _ authenticity: Authenticity) -> VerificationResponse {
    VerificationResponse(
      decision: verifier.rejected(reason, authenticity: authenticity, page: page, at: now),
      record: nil
    )
  }

  func answer(_ subject: VerificationRequest.Subject) throws(RequestRejection) -> VerificationResponse {
    switch subject {
    case .token(let token): return try answer(given: token)
    case .id(let text):
      guard case .number(let id) = try VerificationRequest.number(sent: text) else {
        return rejected(Reason(.checkCharactersWrong, [.init("id", JSON(text))]), .notChecked)
      }
      return answer(id: id)
    case .link(let address):
      switch BadgeLink.read(Array(address.utf8), host: repository.host, alsoRecord: true) {
      case .badge(let link): return answer(id: link.id)
      case .checkCharactersWrong:
        return rejected(
          Reason(.checkCharactersWrong, [.init("id", JSON(Self.lastSegment(address)))]),
          .notChecked
        )
      case .hostOnly:
        throw RequestRejection(
          .malformed,
          field: "badge",
          [.init("where", "badge"), .init("what", "the link names no certificate")]
        )
      case .other:
        if let imitation = lookalike(address) {
          return rejected(
            Reason(
              .lookalikeVerifierHost,
              [.init("host", JSON(imitation)), .init("resembles", JSON(repository.host))]
            ),
            .notGenuine
          )
        }
        throw RequestRejection(
          .malformed,
          field: "badge",
          [.init("where", "badge"), .init("what", JSON("the link does not lead to \(repository.host)"))]
        )
      }
    case .picture(let bytes):
      switch Pictures.read(bytes) {
      case .token(let token): return answer(token: token)
      case .nothing: return rejected(Reason(.noBakedData), .notChecked)
      case .damaged(let what):
        return rejected(Reason(.bakedDataMalformed, [.init("what", JSON(what))]), .malformed)
      case .document(let document): return answer(document: document)
      case .noPicture:
        throw RequestRejection(
          .malformed,
          field: "image",
          [.init("where", "image"), .init("what", "neither PNG nor SVG")]
        )
      }
    }
  }

  /// A token or document. Most are as they were signed; what is not read at once may carry marks of its way, or be
  /// damaged, which is no verdict about anybody's certificate.
  private func answer(given bytes: [UInt8]) throws(RequestRejection) -> VerificationResponse {
    let first = bytes.first == UInt8(ascii: "{") ? answer(document: bytes) : answer(token: bytes)
    guard first.decision.axes.authenticity == .malformed else { return first }
    let host = repository.host
    let asked = try VerificationRequest.reading("credential") { () throws(Asked.Rejection) in
      try Asked.read(bytes, from: .program, host: host)
    }
    switch asked.subject {
    case .token(let token): return token == bytes ? first : answer(token: token)
    case .document(let document): return document == bytes ? first : answer(document: document)
    case .number, .mistyped, .link, .picture:
      throw RequestRejection(.unreadable(.token, why: "neither a token nor a document"), field: "credential")
    }
  }

  private func answer(id: CredentialID) -> VerificationResponse {
    do throws(DirectoryFailure) {
      guard let record = try repository.record(id: id) else {
        return VerificationResponse(decision: verifier.unknown(id, page: page, at: now), record: nil)
      }
      return answer(record, id: id)
    } catch { return rejected(Reason(.trustDataUnavailable, [.init("what", "directory")]), .notChecked) }
  }

  func answer(_ record: PublicRecord, id: CredentialID) -> VerificationResponse {
    let decision = decide(record.token, expected: id) { credential, logged in
      evidence(for: credential, record: record, logged: logged)
    }
    return VerificationResponse(decision: decision, record: record)
  }

  /// An enveloped credential, a presentation, or a document with an embedded proof. Of several credentials the worst
  /// one answers.
  private func answer(document: [UInt8]) -> VerificationResponse {
    let input: CredentialInput
    do throws(CredentialInputRejection) {
      input = try CredentialInput.read(document)
    } catch {
      return VerificationResponse(decision: verifier.unreadable(error, page: page, at: now), record: nil)
    }
    // A token inside is asked like one that came alone: with its record, its statement, its place in the log.
    let answers = input.items.map { item in
      switch item {
      case .token(let token): answer(token: token)
      // What the log says it says of the token.
      case .document where past != nil: rejected(Reason(.logUnavailable), .notChecked)
      case .document(let object): answer(object)
      }
    }
    return answers.min { $0.decision.verdict < $1.decision.verdict }
      ?? VerificationResponse(decision: verifier.unreadable(.empty, page: page, at: now), record: nil)
  }

  private func answer(_ document: JSONObject) -> VerificationResponse {
    var record: PublicRecord?
    let decision = repository.verifier.verify(document: document, request(), under: snapshot, at: now) {
      credential in
      let (found, isReadable) = statements(of: credential)
      record = found
      var evidence = evidence(for: credential, record: found, logged: nil)
      evidence.bindings = [:]  // the pages of a document are judged by key alone
      evidence.isDirectoryReadable = isReadable
      return evidence
    }
    return VerificationResponse(decision: decision, record: decision.credential == nil ? nil : record)
  }

  private func answer(token: [UInt8]) -> VerificationResponse {
    var record: PublicRecord?
    let decision = decide(token, expected: nil) { credential, logged in
      let (found, isReadable) = statements(of: credential)
      record = found
      var evidence = evidence(for: credential, record: found, logged: logged)
      evidence.isDirectoryReadable = isReadable
      return evidence
    }
    return VerificationResponse(decision: decision, record: decision.credential == nil ? nil : record)
  }

  private func decide(
    _ token: [UInt8],
    expected: CredentialID?,
    evidence: (AuthenticatedCredential, VerifiedLogPlace?) -> Evidence
  ) -> Decision {
    let decision = repository.verifier.verify(
      token,
      request(expected),
      under: snapshot,
      at: now,
      evidence: evidence
    )
    // The newer list in memory still condemns; what it would have praised is not told by a folder that was put back.
    guard let rollback = snapshot.rollback, decision.verdict.isPositive else { return decision }
    let reason = Reason(
      .trustListRollback,
      [.init("seen", .integer(rollback.seen)), .init("known", .integer(rollback.known))]
    )
    return rejected(reason, .notChecked).decision
  }

  // MARK: evidence

  /// The record of a certificate of which its chamber said something since the issue; nil for the others, which are
  /// most. The directory may then know since when, by what it was replaced, how old the proof of a page is, and more
  /// than an old status list. Not readable: that cannot be known.
  private func statements(of credential: AuthenticatedCredential) -> (record: PublicRecord?, isReadable: Bool) {
    guard let id = credential.facts.credentialID else { return (nil, true) }
    do throws(DirectoryFailure) {
      guard try repository.idsWithStatements().contains(credential.facts.id) else { return (nil, true) }
      return (try repository.record(id: id), true)
    } catch { return (nil, false) }
  }

  /// What this folder knows of a credential besides its token.
  private func evidence(
    for credential: AuthenticatedCredential,
    record: PublicRecord?,
    logged: VerifiedLogPlace?
  ) -> Evidence {
    let caches = repository.verifier.authentication
    var evidence = Evidence(under: snapshot)
    evidence.statement = record?.statement.flatMap {
      verifier.read(statement: $0, of: credential, at: now, using: caches)
    }
    if credential.mustBeLogged {
      evidence.log = repository.logEvidence(of: credential, record: record, logged: logged, trust, at: now)
    }
    if let past {
      evidence.history = past.acts(credential.facts)
      return evidence
    }
    if let bindings = record?.bindings {
      evidence.bindings = verifier.read(bindings: bindings, of: credential, at: now, using: caches)
    }
    for url in credential.statusLists { evidence.statusLists[url] = repository.statusList(url, trust, at: now) }
    return evidence
  }

  // MARK: parts

  private func lookalike(_ address: String) -> String? {
    do throws(AddressRejection) {
      let read = try PageAddress.read(Array(address.utf8), platforms: .empty)
      return LookalikeHost.imitates(read.host, verifyHost: Text(repository.host)) ? read.host.string : nil
    } catch { return nil }
  }

  private static func lastSegment(_ address: String) -> String {
    let end = address.utf8.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? address.utf8.endIndex
    return String(
      decoding: address.utf8[..<end].split(separator: UInt8(ascii: "/")).last?.prefix(40) ?? [],
      as: UTF8.self
    )
  }
}
