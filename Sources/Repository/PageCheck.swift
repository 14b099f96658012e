internal import Credentials
public import Encodings
internal import Messages
internal import PKI
public import Storefronts
public import Verification

extension PublishedRepository {
  /// Checks every badge of a page that was read already.
  /// - Parameters:
  ///   - chain: the addresses asked, the final one last; one address where nothing was redirected.
  ///   - reader: the name under which the page was read, or `file`.
  public func verify(
    page body: [UInt8],
    chain: [PageAddress],
    asked: String,
    headerCharset: String?,
    reader: String,
    at now: Instant
  ) -> PageDecision {
    guard let first = chain.first, let final = chain.last else {
      return PageDecision(
        asked: asked,
        reasons: [Reason(.pageNotReachable)],
        checkedAt: now
      )
    }
    var reasons = first.key == final.key ? [] : [Reason(.redirectedFrom, [.init("from", .string(first.display))])]
    let options = ScanOptions(
      page: ResolvedURL(final),
      verifyHost: host,
      headerCharset: headerCharset,
      programmeWords: programmeWords
    )
    let scan: PageScan
    do throws(PageRejection) {
      scan = try LinkScanner.scan(body, options: options)
    } catch {
      reasons.append(Self.reason(error))
      return PageDecision(
        asked: asked,
        address: final,
        reasons: reasons,
        checkedAt: now
      )
    }
    var badges: [BadgeFinding] = []
    for link in scan.links where link.live {
      let shown = link.href.map { String(decoding: $0, as: UTF8.self) }
      if let imitation = link.lookalikeHost {
        if link.counts {
          reasons.append(
            Reason(
              .lookalikeVerifierHost,
              [.init("host", JSON(String(decoding: imitation, as: UTF8.self))), .init("resembles", JSON(host))]
            )
          )
        }
        continue
      }
      let subject: VerificationRequest.Subject
      switch (link.token, link.reading) {
      case (let token?, _): subject = .token(token)
      case (nil, .badge(let badge)?): subject = .id(badge.id.description)
      case (nil, .checkCharactersWrong?): subject = .link(shown ?? "")
      default: continue
      }
      guard case .success(let decision) = verify(VerificationRequest(subject, page: final.requestURL.string), at: now)
      else {
        continue
      }
      badges.append(
        BadgeFinding(
          href: shown,
          context: link.context.rawValue,
          line: link.line,
          counts: link.counts,
          notes: link.notes.compactMap(Self.reason),
          decision: decision
        )
      )
    }
    // A redirect away from the registered page: name both ends.
    if first.key != final.key, badges.contains(where: { $0.counts && $0.decision.verdict == .otherPage }) {
      reasons.append(
        Reason(.redirectedOtherSite, [.init("from", .string(first.key.text)), .init("to", .string(final.key.text))])
      )
    }
    reasons += scan.pageNotes.compactMap(Self.reason)
    let read = PageDecision.Reading(
      by: reader,
      bodySHA256: Hex.encode(SHA2.sha256(body)),
      bytes: body.count,
      scripts: scan.notExamined.scripts,
      frames: scan.notExamined.frames,
      styleSheets: scan.notExamined.styleSheets
    )
    return PageDecision(
      asked: asked,
      address: final,
      badges: badges,
      reasons: reasons,
      read: read,
      checkedAt: now
    )
  }

  /// The answer when the page could not be read.
  public func unread(_ failure: FetchFailure, asked: String, isPublic: Bool, at now: Instant) -> PageDecision {
    let code = ReasonCode(rawValue: isPublic ? failure.publicCode : failure.code) ?? .pageNotReachable
    let params = (isPublic ? failure.publicParams : failure.params).members.map {
      Reason.Param($0.name.string, $0.value)
    }
    let final = failure.chain.last
    return PageDecision(
      asked: asked,
      address: final,
      reasons: [Reason(code, severity: .warn, at: "page", params)],
      checkedAt: now
    )
  }

  /// What two readers of one page were shown (A7). The first answer stands unless the second was shown other badges, or
  /// none; a page that tells its readers apart is believed in nothing.
  public func compare(_ first: PageDecision, with second: PageDecision) -> PageDecision {
    guard first.read != nil else { return first }
    func shown(_ decision: PageDecision) -> Set<Text> {
      Set(
        decision.badges.filter(\.counts).map {
          Text($0.decision.credential?.id ?? $0.decision.askedID?.description ?? $0.href ?? "")
        }
      )
    }
    if second.read != nil, shown(first) == shown(second), first.key == second.key { return first }
    return first.adding(Reason(.pageDiffersByClient))
  }

  /// Names that a page without a badge may not claim unremarked: the programmes' titles.
  public var programmeWords: [Text] {
    guard case .success(let list) = trust.list else { return [] }
    return list.programmeRules.flatMap { rule in rule.title.values.filter { $0.bytes.count >= 4 } }
  }

  private static func reason(_ rejection: PageRejection) -> Reason {
    switch rejection {
    case .tooLarge(let limit): Reason(.pageTooLarge, [.init("limit", .integer(Int64(limit)))])
    case .tooComplex(let limit): Reason(.pageTooComplex, [.init("limit", JSON(limit.rawValue))])
    case .charsetUnsupported(let label): Reason(.charsetUnsupported, [.init("charset", JSON(label))])
    }
  }

  private static func reason(_ note: LinkNote) -> Reason? {
    guard let code = ReasonCode(rawValue: note.code) else { return nil }
    let param: Reason.Param? =
      switch note {
      case .duplicateAttribute(let name): .init("name", JSON(name))
      case .suspiciousMarkup(let what): .init("what", JSON(what))
      case .unusualURLForm(let form): .init("form", JSON(form))
      case .hiddenByMarkup(let how): .init("how", JSON(how))
      case .linkHasEventHandler(let events): .init("events", JSON(events))
      case .parserDependent(let construct): .init("construct", JSON(construct))
      case .baseElement(let href): .init("href", JSON(String(decoding: href, as: UTF8.self)))
      case .noscriptOnly, .userContentPossible: nil
      }
    // On one link among others this is a note; that all badges stand there is judged for the page.
    return Reason(code, severity: code == .noscriptOnly ? .info : nil, at: "link", param.map { [$0] } ?? [])
  }

  private static func reason(_ note: PageNote) -> Reason? {
    guard let code = ReasonCode(rawValue: note.code) else { return nil }
    let params: [Reason.Param] =
      switch note {
      case .baseElement(let href): [.init("href", JSON(String(decoding: href, as: UTF8.self)))]
      case .metaRefresh(let to): [.init("to", JSON(String(decoding: to, as: UTF8.self)))]
      case .scriptsPresent(let count), .framesNotExamined(let count): [.init("count", .integer(Int64(count)))]
      case .officialImageWithoutLink(let src): [.init("src", JSON(String(decoding: src, as: UTF8.self)))]
      case .linkToAuthorityWithoutCredential(let href): [.init("href", JSON(String(decoding: href, as: UTF8.self)))]
      case .claimTextWithoutLink(let text): [.init("text", .string(text))]
      case .notInSource: []
      case .structureLimit(let depth): [.init("depth", .integer(Int64(depth)))]
      case .truncated(let kept, let found):
        [.init("kept", .integer(Int64(kept))), .init("found", .integer(Int64(found)))]
      }
    return Reason(code, at: "page", params)
  }
}
