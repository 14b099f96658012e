internal import Credentials
internal import Directory
public import Encodings
internal import Messages
internal import Storefronts
public import TransparencyLog
public import Verification

/// What every step of one answer needs to know of the question.
private struct Inquiry {
  let page: RequestedPage?
  let trust: CurrentTrust
  let now: Instant
  /// A moment of the past that is asked about, and what the log holds of a credential; nil: now.
  let past: Past?

  struct Past {
    let moment: Instant
    let acts: (VerifiedCredential) -> [LogEntry]?
  }

  var snapshot: TrustSnapshot { trust.snapshot }
  var verifier: Verifier { Verifier(trust.snapshot) }
  func request(_ expected: CredentialID? = nil) -> DecisionRequest {
    DecisionRequest(expected: expected, page: page, asOf: past?.moment)
  }

  func rejected(_ reason: Reason, _ authenticity: Authenticity) -> VerifyAnswer {
    VerifyAnswer(
      decision: verifier.rejected(reason, authenticity: authenticity, page: page, at: now),
      record: nil
    )
  }
}

extension PublicFolder {
  public func verify(_ question: VerifyQuestion, at now: Instant) -> Result<Decision, QuestionRefusal> {
    answer(question, at: now).map(\.decision)
  }

  public func answer(_ question: VerifyQuestion, at now: Instant) -> Result<VerifyAnswer, QuestionRefusal> {
    if let decision = cachedDecision(question, at: now) {
      return .success(VerifyAnswer(decision: decision, record: nil))
    }
    return answer(question, past: nil, at: now)
  }

  /// What would have been answered at a moment before `now`; a later one is asked like now, by what is published now.
  /// - Parameter acts: all entries of the log about a credential, its issue first; nil when they cannot be read.
  public func answer(
    _ question: VerifyQuestion,
    asOf moment: Instant,
    at now: Instant,
    acts: @escaping (VerifiedCredential) -> [LogEntry]?
  ) -> Result<VerifyAnswer, QuestionRefusal> {
    guard moment < now else { return answer(question, at: moment) }
    return answer(question, past: Inquiry.Past(moment: moment, acts: acts), at: now)
  }

  private func answer(_ question: VerifyQuestion, past: Inquiry.Past?, at now: Instant)
    -> Result<VerifyAnswer, QuestionRefusal>
  {
    let trust = current
    do throws(QuestionRefusal) {
      let page = try question.page.map { (page) throws(QuestionRefusal) in try readPage(page, trust) }
      let inquiry = Inquiry(page: page, trust: trust, now: now, past: past)
      let answer = try answer(question.subject, inquiry)
      guard question.wantsProof else { return .success(answer) }
      return .success(
        VerifyAnswer(
          decision: answer.decision,
          record: answer.record,
          proof: proof(for: answer.decision, record: answer.record, trust.snapshot.trust)
        )
      )
    } catch { return .failure(error) }
  }

  private func answer(_ subject: VerifyQuestion.Subject, _ inquiry: Inquiry) throws(QuestionRefusal) -> VerifyAnswer {
    switch subject {
    case .token(let token) where token.first == UInt8(ascii: "{"):
      return answer(document: token, inquiry)
    case .token(let token): return answer(token: token, inquiry)
    case .id(let text):
      do throws(CredentialIDRejection) {
        return answer(id: try CredentialID(reading: text), inquiry)
      } catch {
        guard error == .checkCharactersWrong else {
          throw QuestionRefusal(
            .malformed,
            field: "id",
            [.init("where", "id"), .init("what", "16 letters and digits, and 2 check characters")]
          )
        }
        return inquiry.rejected(Reason(.checkCharactersWrong, [.init("id", JSON(text))]), .notGenuine)
      }
    case .link(let address):
      switch BadgeLink.read(Array(address.utf8), host: host, alsoRecord: true) {
      case .badge(let link): return answer(id: link.id, inquiry)
      case .checkCharactersWrong:
        return inquiry.rejected(
          Reason(.checkCharactersWrong, [.init("id", JSON(Self.lastSegment(address)))]),
          .notGenuine
        )
      case .hostOnly:
        throw QuestionRefusal(
          .malformed,
          field: "badge",
          [.init("where", "badge"), .init("what", "the link names no certificate")]
        )
      case .other:
        if let imitation = lookalike(address) {
          return inquiry.rejected(
            Reason(.lookalikeVerifierHost, [.init("host", JSON(imitation)), .init("resembles", JSON(host))]),
            .notGenuine
          )
        }
        throw QuestionRefusal(
          .malformed,
          field: "badge",
          [.init("where", "badge"), .init("what", JSON("the link does not lead to \(host)"))]
        )
      }
    case .picture(let bytes):
      switch Pictures.read(bytes) {
      case .token(let token): return answer(token: token, inquiry)
      case .nothing: return inquiry.rejected(Reason(.noBakedData), .notChecked)
      case .damaged(let what):
        return inquiry.rejected(Reason(.bakedDataMalformed, [.init("what", JSON(what))]), .malformed)
      case .document(let document): return answer(document: document, inquiry)
      case .noPicture:
        throw QuestionRefusal(
          .malformed,
          field: "image",
          [.init("where", "image"), .init("what", "neither PNG nor SVG")]
        )
      }
    }
  }

  private func answer(id: CredentialID, _ inquiry: Inquiry) -> VerifyAnswer {
    do throws(DirectoryFailure) {
      guard let record = try record(id: id) else {
        return VerifyAnswer(decision: inquiry.verifier.unknown(id, page: inquiry.page, at: inquiry.now), record: nil)
      }
      return answer(record, id: id, inquiry)
    } catch { return inquiry.rejected(Reason(.trustDataUnavailable, [.init("what", "directory")]), .notChecked) }
  }

  private func answer(_ record: PublicRecord, id: CredentialID, _ inquiry: Inquiry) -> VerifyAnswer {
    let decision = decide(record.token, expected: id, inquiry) { credential, logged in
      evidence(for: credential, record: record, logged: logged, inquiry)
    }
    return VerifyAnswer(decision: decision, record: record)
  }

  /// An enveloped credential, a presentation, or a document with an embedded proof. Of several credentials the worst
  /// one answers.
  private func answer(document: [UInt8], _ inquiry: Inquiry) -> VerifyAnswer {
    let input: CredentialInput
    do throws(CredentialInputRejection) {
      input = try CredentialInput.read(document)
    } catch {
      return VerifyAnswer(
        decision: inquiry.verifier.unreadable(error, page: inquiry.page, at: inquiry.now),
        record: nil
      )
    }
    // A token inside is asked like one that came alone: with its record, its statement, its place in the log.
    let answers = input.items.map { item in
      switch item {
      case .token(let token): answer(token: token, inquiry)
      // What the log says it says of the token.
      case .document where inquiry.past != nil: inquiry.rejected(Reason(.logUnavailable), .notChecked)
      case .document(let object): answer(object, inquiry)
      }
    }
    return answers.min { $0.decision.verdict < $1.decision.verdict }
      ?? VerifyAnswer(decision: inquiry.verifier.unreadable(.empty, page: inquiry.page, at: inquiry.now), record: nil)
  }

  private func answer(_ document: JSONObject, _ inquiry: Inquiry) -> VerifyAnswer {
    var record: PublicRecord?
    let decision = verifier.verify(document: document, inquiry.request(), under: inquiry.snapshot, at: inquiry.now) {
      credential in
      let (found, isReadable) = statements(of: credential)
      record = found
      var evidence = evidence(for: credential, record: found, logged: nil, inquiry)
      evidence.bindings = [:]
      evidence.isDirectoryReadable = isReadable
      return evidence
    }
    return VerifyAnswer(decision: decision, record: decision.credential == nil ? nil : record)
  }

  private func answer(token: [UInt8], _ inquiry: Inquiry) -> VerifyAnswer {
    var record: PublicRecord?
    let decision = decide(token, expected: nil, inquiry) { credential, logged in
      let (found, isReadable) = statements(of: credential)
      record = found
      var evidence = evidence(for: credential, record: found, logged: logged, inquiry)
      evidence.isDirectoryReadable = isReadable
      return evidence
    }
    return VerifyAnswer(decision: decision, record: decision.credential == nil ? nil : record)
  }

  private func decide(
    _ token: [UInt8],
    expected: CredentialID?,
    _ inquiry: Inquiry,
    evidence: (AuthenticatedCredential, VerifiedLogPlace?) -> Evidence
  ) -> Decision {
    let decision = verifier.verify(
      token,
      inquiry.request(expected),
      under: inquiry.snapshot,
      at: inquiry.now,
      evidence: evidence
    )
    // The newer list in memory still condemns; what it would have praised is not told by a folder that was put back.
    guard let rollback = inquiry.snapshot.rollback, decision.verdict.isPositive else { return decision }
    let reason = Reason(
      .trustListRollback,
      [.init("seen", .integer(rollback.seen)), .init("known", .integer(rollback.known))]
    )
    return inquiry.rejected(reason, .notChecked).decision
  }

  // MARK: evidence

  /// The record of a certificate of which its chamber said something since the issue; nil for the others, which are
  /// most. The directory may then know since when, by what it was replaced, how old the proof of a page is, and more
  /// than an old status list. Not readable: that cannot be known.
  private func statements(of credential: AuthenticatedCredential) -> (record: PublicRecord?, isReadable: Bool) {
    guard let id = credential.facts.credentialID else { return (nil, true) }
    do throws(DirectoryFailure) {
      return (try idsWithStatements().contains(credential.facts.id) ? try record(id: id) : nil, true)
    } catch { return (nil, false) }
  }

  /// What this folder knows of a credential besides its token.
  private func evidence(
    for credential: AuthenticatedCredential,
    record: PublicRecord?,
    logged: VerifiedLogPlace?,
    _ inquiry: Inquiry
  ) -> Evidence {
    let now = inquiry.now, caches = verifier.authentication
    var evidence = Evidence(under: inquiry.snapshot)
    evidence.statement = record?.statement.flatMap {
      inquiry.verifier.read(statement: $0, of: credential, at: now, using: caches)
    }
    if credential.mustBeLogged {
      evidence.log = logEvidence(of: credential, record: record, logged: logged, inquiry.trust, at: now)
    }
    if let past = inquiry.past {
      evidence.history = past.acts(credential.facts)
      return evidence
    }
    if let bindings = record?.bindings {
      evidence.bindings = inquiry.verifier.read(bindings: bindings, of: credential, at: now, using: caches)
    }
    for url in credential.statusLists { evidence.statusLists[url] = statusList(url, inquiry.trust, at: now) }
    return evidence
  }

  /// The status list at an address of ours, or of an authority that ours points to.
  func statusList(_ url: Text, _ trust: CurrentTrust, at now: Instant) -> StatusReading {
    let foreign = trust.neighbours.first { url.hasPrefix(Text("https://\($0.folder.host)/")) }
    return (foreign?.folder.statusShelf ?? statusShelf).reading(
      url,
      Verifier(trust.snapshot),
      at: now,
      using: verifier.authentication
    )
  }

  // MARK: look-up

  public func lookup(_ question: LookupQuestion, limit: Int = 50, at now: Instant) -> Result<
    LookupAnswer, LookupFailure
  > {
    let trust = current
    do {
      var page: RequestedPage?, records: [PublicRecord]
      switch question {
      case .page(let asked):
        let read = try readPage(asked, trust)
        page = read
        records = try directory().records(pageKeys: read.address.matchKeys.map(\.text.string), limit: limit + 1)
      case .register(let number):
        guard (1...100).contains(number.utf8.count) else {
          throw QuestionRefusal(
            .malformed,
            field: "register",
            [.init("where", "register"), .init("what", "1 to 100 characters")]
          )
        }
        records = try directory().records(registerID: number, limit: limit + 1)
      case .words(let words):
        guard (2...200).contains(words.utf8.count) else {
          throw QuestionRefusal(.malformed, field: "q", [.init("where", "q"), .init("what", "2 to 200 bytes")])
        }
        records = try directory().search(words, limit: limit + 1)
      }
      let isTruncated = records.count > limit
      records = Array(records.prefix(limit))
      let inquiry = Inquiry(page: page, trust: trust, now: now, past: nil)
      let matches = records.compactMap { record -> VerifyAnswer? in
        // A row whose number cannot be read is not a row of ours.
        do throws(CredentialIDRejection) {
          return answer(record, id: try CredentialID(reading: record.id), inquiry)
        } catch { return nil }
      }
      return .success(LookupAnswer(matches: matches, isTruncated: isTruncated, pageKey: page?.address.key.text.string))
    } catch let refusal as QuestionRefusal { return .failure(.refused(refusal)) } catch {
      return .failure(.unavailable)
    }
  }

  private func readPage(_ asked: String, _ trust: CurrentTrust) throws(QuestionRefusal) -> RequestedPage {
    do throws(AddressRejection) {
      return try verifier.page(asked, under: trust.snapshot)
    } catch {
      throw QuestionRefusal(
        ReasonCode(rawValue: error.code) ?? .urlAmbiguous,
        field: "page",
        error.params.members.map { .init($0.name.string, $0.value) }
      )
    }
  }

  private func lookalike(_ address: String) -> String? {
    do throws(AddressRejection) {
      let read = try PageAddress.read(Array(address.utf8), platforms: .empty)
      return LookalikeHost.imitates(read.host, verifyHost: Text(host)) ? read.host.string : nil
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
