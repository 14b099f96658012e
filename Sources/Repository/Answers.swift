internal import Credentials
internal import Directory
public import Encodings
internal import Messages
internal import Storefronts
public import TransparencyLog
public import Verification

extension PublishedRepository {
  public func verify(_ question: VerificationRequest, at now: Instant) -> Result<Decision, RequestRejection> {
    if let decision = cachedDecision(question, at: now) { return .success(decision) }
    return answer(question, past: nil, at: now).map(\.decision)
  }

  public func answer(_ question: VerificationRequest, at now: Instant) -> Result<VerificationResponse, RequestRejection>
  {
    if let decision = cachedDecision(question, at: now) {
      return .success(VerificationResponse(decision: decision, record: nil))
    }
    return answer(question, past: nil, at: now)
  }

  /// What would have been answered at a moment before `now`; a later one is asked like now, by what is published now.
  /// - Parameter acts: all entries of the log about a credential, its issue first; nil when they cannot be read.
  public func answer(
    _ question: VerificationRequest,
    asOf moment: Instant,
    at now: Instant,
    acts: @escaping (VerifiedCredential) -> [LogEntry]?
  ) -> Result<VerificationResponse, RequestRejection> {
    guard moment < now else { return answer(question, at: moment) }
    return answer(question, past: Inquiry.Past(moment: moment, acts: acts), at: now)
  }

  private func answer(_ question: VerificationRequest, past: Inquiry.Past?, at now: Instant)
    -> Result<VerificationResponse, RequestRejection>
  {
    let trust = current
    do throws(RequestRejection) {
      let page = try question.page.map { (page) throws(RequestRejection) in try readPage(page, trust) }
      let inquiry = Inquiry(repository: self, page: page, trust: trust, now: now, past: past)
      let answer = try inquiry.answer(question.subject)
      guard question.wantsProof else { return .success(answer) }
      return .success(
        VerificationResponse(
          decision: answer.decision,
          record: answer.record,
          proof: proof(for: answer.decision, record: answer.record, trust.snapshot.trust)
        )
      )
    } catch { return .failure(error) }
  }

  /// The status list at an address of ours, or of an authority that ours points to.
  func statusList(_ url: Text, _ trust: CurrentTrust, at now: Instant) -> StatusReading {
    let foreign = trust.neighbours.first { url.hasPrefix(Text("https://\($0.folder.host)/")) }
    return (foreign?.folder.statusLists ?? statusLists).reading(
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
      var page: RequestedPage?
      var records: [PublicRecord]
      switch question {
      case .page(let asked):
        let read = try readPage(asked, trust)
        page = read
        records = try directory().records(pageKeys: read.address.matchKeys.map(\.text.string), limit: limit + 1)
      case .register(let number):
        guard (1...100).contains(number.utf8.count) else {
          throw RequestRejection(
            .malformed,
            field: "register",
            [.init("where", "register"), .init("what", "1 to 100 characters")]
          )
        }
        records = try directory().records(registerID: number, limit: limit + 1)
      case .words(let words):
        guard (2...200).contains(words.utf8.count) else {
          throw RequestRejection(.malformed, field: "q", [.init("where", "q"), .init("what", "2 to 200 bytes")])
        }
        records = try directory().search(words, limit: limit + 1)
      }
      let isTruncated = records.count > limit
      records = Array(records.prefix(limit))
      let inquiry = Inquiry(repository: self, page: page, trust: trust, now: now, past: nil)
      let matches = records.compactMap { record -> VerificationResponse? in
        // A row whose number cannot be read is not a row of ours.
        do throws(CredentialIDRejection) {
          return inquiry.answer(record, id: try CredentialID(reading: record.id))
        } catch { return nil }
      }
      return .success(LookupAnswer(matches: matches, isTruncated: isTruncated, pageKey: page?.address.key.text.string))
    } catch let refusal as RequestRejection { return .failure(.refused(refusal)) } catch {
      return .failure(.unavailable)
    }
  }

  private func readPage(_ asked: String, _ trust: CurrentTrust) throws(RequestRejection) -> RequestedPage {
    do throws(AddressRejection) {
      return try verifier.page(asked, under: trust.snapshot)
    } catch {
      throw RequestRejection(
        ReasonCode(rawValue: error.code) ?? .urlAmbiguous,
        field: "page",
        error.params.members.map { .init($0.name.string, $0.value) }
      )
    }
  }
}
