import Credentials
import Encodings
import PKI
import Profiles
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// Steps 3 to 5 of issuance, one by one: what is drafted, reserved, signed and committed.
@Suite struct PipelineTests {
  private static let day: Int64 = 86_400
  private static let programme = "verified-membership"

  /// Rows as a request has them, for members of Dubai.
  private func items(
    _ session: AuthoritySession,
    _ numbers: [Int],
    replacing: [Int: CredentialRecord] = [:],
    reason: String = "",
    digest: [UInt8]? = nil
  ) throws -> [RequestItem] {
    try numbers.enumerated().map { place, number in
      let member = try session.member(number)
      return RequestItem(
        row: Int64(place + 1),
        member: member.rowID,
        credential: replacing[number]?.seq,
        contentDigest: try digest ?? content(session, member).digest,
        disposition: replacing[number] == nil ? .new : .renewed,
        reason: replacing[number] == nil ? "" : reason
      )
    }
  }

  private func content(_ session: AuthoritySession, _ member: Member) throws -> IssueContent {
    try IssueContent(
      member: member,
      programme: try #require(session.profiles.programme(Self.programme)),
      claims: JSONObject(),
      rules: session.contentRules
    )
  }

  private func pipeline(
    _ session: AuthoritySession,
    _ items: [RequestItem],
    request: Int64? = nil,
    until: Instant? = nil,
    contents: [Int64: IssueContent] = [:]
  ) throws -> SigningPipeline {
    let programme = try #require(session.profiles.programme(Self.programme))
    try session.approvals.syncRules(of: programme)
    return try SigningPipeline(
      session: session,
      job: IssueJob(
        request: request,
        chamber: "dubai",
        programme: programme,
        until: until,
        items: items,
        contents: contents
      )
    )
  }

  /// A request of one officer over these rows.
  private func file(_ session: AuthoritySession, _ items: [RequestItem]) throws -> Int64 {
    try session.approvals.fileRequest(
      RequestedAct(act: .issue, chamber: "dubai", programme: Self.programme, items: items, needed: 1)
    ).seq
  }

  // MARK: draft

  @Test func aDraftIsWhatWasAskedForUnderANumberOfItsOwn() throws {
    let desk = try Desk()
    let session = try desk.session()
    let rows = try items(session, [1, 2, 3])
    var outcome = IssueOutcome()
    let before = try desk.contents()
    let drafts = try pipeline(session, rows, request: 9).draft(rows, into: &outcome)
    #expect(drafts.map(\.item) == rows && outcome.refused.isEmpty)
    for (draft, item) in zip(drafts, rows) {
      let credential = draft.credential
      #expect(credential.id == draft.id.description && credential.member == item.member)
      #expect(credential.chamber == "dubai" && credential.programme == Self.programme && credential.subject.isEmpty)
      #expect(credential.validFrom == TestHome.start && draft.validUntil.description == "2027-11-21T23:59:59Z")
      #expect(credential.contentDigest == item.contentDigest && credential.salt.count == 32)
      #expect(credential.replaces == nil && credential.replacementReason == nil)
      #expect(credential.request == 9 && credential.row == item.row)
    }
    #expect(Set(drafts.map(\.id)).count == 3 && Set(drafts.map(\.credential.salt)).count == 3)
    let after = try desk.contents()
    #expect(after["credential"] == before["credential"] && after["event"] == before["event"])
    // Alone it belongs to no request.
    let alone = try pipeline(session, rows).draft(Array(rows.prefix(1)), into: &outcome)[0].credential
    #expect(alone.request == nil && alone.row == nil)
  }

  @Test func aRowThatChangedIsRefusedAlone() throws {
    let desk = try Desk()
    let session = try desk.session()
    var rows = try items(session, [1, 2, 3])
    let request = try file(session, rows)
    try desk.importMembers([2]) { _, cells in cells[2] = "Palm Holding 2 LLC" }
    var outcome = IssueOutcome()
    let last = try desk.lastAudit().seq
    let drafts = try pipeline(session, rows, request: request).draft(rows, into: &outcome)
    #expect(drafts.map(\.item.row) == [1, 3])
    let refused = try #require(outcome.refused.first)
    #expect(refused.refusal == ActRejection(.requestChanged(row: 2), subject: "dubai/2"))
    #expect(refused.member == "dubai/2" && refused.row == 2 && refused.request == request)
    // The row is closed with the code, and the trail tells of it once.
    let kept = try session.registry.requests.items(of: request)
    #expect(kept.map(\.outcome) == [.waiting, .refused, .waiting] && kept[1].refusal == "request_changed")
    let written = try desk.audits(after: last).filter { $0.action == .issue }
    #expect(written.map(\.subject) == ["1 rows"] && written[0].outcome == .refused)
    #expect(written[0].detail == "{\"code\":\"request_changed\",\"request\":\(request)}")
    // Without a request the attempt itself is recorded.
    rows = try items(session, [1], digest: [UInt8](repeating: 3, count: 32))
    var alone = IssueOutcome()
    #expect(try pipeline(session, rows).draft(rows, into: &alone).isEmpty)
    #expect(alone.refused.map(\.row) == [nil] && alone.refused.map(\.request) == [nil])
    #expect(try desk.lastAudit().subject == "dubai/1" && desk.lastAudit().outcome == .refused)
  }

  /// What was assessed under the same lock is not judged again; what comes from the register is.
  @Test func whatComesFromTheRegisterIsJudgedAnew() throws {
    let desk = try Desk()
    let session = try desk.session()
    let rows = try items(session, [1, 2])
    let contents: [Int64: IssueContent] = try [1: content(session, try session.member(1))]
    try desk.importMembers([1, 2]) { _, cells in cells[9] = "2020-01-01" }
    var outcome = IssueOutcome()
    let drafts = try pipeline(session, rows, contents: contents).draft(rows, into: &outcome)
    #expect(drafts.map(\.item.row) == [1] && outcome.refused.map(\.refusal.code) == [.feesUnpaid])
    #expect(drafts[0].content === contents[1])
    // One that got a certificate meanwhile is not given a second.
    try desk.importMembers([3])
    let third = try items(session, [3])
    let id = try desk.issue([3])[0]
    outcome = IssueOutcome()
    #expect(try pipeline(session, third).draft(third, into: &outcome).isEmpty)
    #expect(
      outcome.refused.map(\.refusal)
        == [ActRejection(.memberCertified(member: "dubai/3", certificate: id.description), subject: "dubai/3")]
    )
    #expect(
      try failure {
        _ = try pipeline(session, third).draft(
          [
            RequestItem(row: 4, member: nil, contentDigest: [], disposition: .new)
          ],
          into: &outcome
        )
      } == .registryTampered(table: "request_item", row: "4")
    )
  }

  /// The earliest of what profile, order and claims say.
  @Test(
    arguments: [
      (nil, "2027-11-21T23:59:59Z"), ("2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
      ("2030-01-01T00:00:00Z", "2027-11-21T23:59:59Z"), ("2026-11-22T09:00:01Z", "2026-11-22T09:00:01Z"),
      ("2026-11-22T09:00:00Z", nil), ("2020-01-01T00:00:00Z", nil),
    ] as [(String?, String?)]
  )
  func theEndOfACertificate(_ until: String?, _ expected: String?) throws {
    let desk = try Desk()
    let session = try desk.session()
    let rows = try items(session, [1])
    let order = until.flatMap { Instant(rfc3339: $0) }
    var outcome = IssueOutcome()
    let drafts = try pipeline(session, rows, until: order).draft(rows, into: &outcome)
    #expect(drafts.first?.validUntil.description == expected)
    #expect(
      outcome.refused.map(\.refusal.reason) == (expected == nil ? [.validityEmpty(until: try #require(order))] : [])
    )
  }

  @Test func aMandateEndsWhenItSays() throws {
    let desk = try Desk()
    let session = try desk.session("amal")
    let programme = try #require(session.profiles.programme("authorised-representative"))
    func end(_ until: String) throws -> String? {
      let claims: JSONObject = [
        "representativeName": "Amal Hassan", "representativeRole": "Manager", "scope": "Orders",
        "onPlatform": "alibaba", "actsUntil": JSON(until),
      ]
      let order = IssueOrder(member: try session.member(1), claims: claims)
      let asked = try session.issuer.issue([order], programme: programme)
      let request = try #require(asked.refused.first?.request)
      _ = try desk.session("omar").approvals.approve(request, acceptsNames: false)
      guard case .issue(let outcome) = try desk.session("omar").runner.run(request) else { return nil }
      guard let issued = outcome.issued.first else { return outcome.refused.first?.refusal.code.rawValue }
      _ = try desk.session().lifecycle.change(try CredentialID(reading: issued.id), .revoke, reason: "error", note: "")
      return issued.validUntil.description
    }
    #expect(try end("2027-02-28") == "2027-02-28T23:59:59Z")
    #expect(try end("2027-12-31") == "2027-05-20T23:59:59Z")
    #expect(try end("2026-11-21") == "validity_empty")
  }

  @Test func aSignerSignsForAPartOfItsLifeAndNothingThatOutlivesIt() throws {
    let desk = try Desk()
    let session = try desk.session()
    let signer = try CredentialSigner(session: session, chamber: "dubai")
    let record = try session.keys.current(.signer, of: "dubai")
    func code(_ end: Int64, at now: Int64) throws -> ActRejection.Reason? {
      do {
        try signer.mustOutlive(Instant(seconds: end), at: Instant(seconds: now))
        return nil
      } catch let rejection as ActRejection {
        #expect(rejection.subject == "dubai")
        return rejection.reason
      }
    }
    let worn = ActRejection.Reason.signerWornOut(since: Instant(seconds: record.notBefore), days: 300)
    let start = record.notBefore
    #expect(try code(record.notAfter, at: start) == nil)
    #expect(try code(record.notAfter, at: start - 1) == worn)
    #expect(try code(record.notAfter, at: start + 300 * Self.day - 1) == nil)
    #expect(try code(record.notAfter, at: start + 300 * Self.day) == worn)
    let late = Instant(seconds: record.notAfter + 1)
    #expect(
      try code(late.seconds, at: start)
        == .signerEndsBefore(signer: Instant(seconds: record.notAfter), credential: late)
    )
    #expect(
      try desk.rejection(recorded: false) { _ = try CredentialSigner(session: session, chamber: "nowhere") }?.code
        == .unknownChamber
    )
  }

  @Test func aPredecessorGivesWayOnlyFromSomeStates() throws {
    let desk = try Desk()
    let ids = try desk.issue([1, 2, 3])
    let session = try desk.session()
    _ = try session.lifecycle.change(ids[1], .suspend, reason: "investigation", note: "")
    _ = try session.lifecycle.change(ids[2], .revoke, reason: "fraud", note: "")
    let old = try Dictionary(uniqueKeysWithValues: zip([1, 2, 3], ids.map { try desk.record($0) }))
    func draft(_ number: Int, _ reason: String) throws -> Result<CredentialDraft, ActRejection> {
      let rows = try items(session, [number], replacing: old, reason: reason)
      var outcome = IssueOutcome()
      let drafts = try pipeline(session, rows).draft(rows, into: &outcome)
      return try drafts.first.map { .success($0.credential) } ?? .failure(#require(outcome.refused.first).refusal)
    }
    let renewal = try draft(1, "renewal").get()
    #expect(renewal.replaces == old[1]?.seq && renewal.replacementReason == "renewal")
    #expect(throws: ActRejection(.notReplaceable(from: .suspended), subject: ids[1].description)) {
      try draft(2, "renewal").get()
    }
    #expect(try draft(2, "amalgamation").get().replaces == old[2]?.seq)
    #expect(throws: ActRejection(.notReplaceable(from: .revoked), subject: ids[2].description)) {
      try draft(3, "amalgamation").get()
    }
  }

  // MARK: reserve

  @Test func aReservationIsOnDiskBeforeAnythingIsSigned() throws {
    let desk = try Desk()
    let session = try desk.session()
    let rows = try items(session, [1, 2, 3])
    let line = try pipeline(session, rows)
    var outcome = IssueOutcome()
    let drafts = try line.draft(rows, into: &outcome)
    let size = try desk.logSize()
    let reserved = try line.reserve(drafts)
    #expect(reserved.map(\.draft.id) == drafts.map(\.id))
    #expect(try session.registry.credentials.unfinished().map(\.id) == drafts.map(\.id.description))
    for one in reserved {
      let record = try desk.record(one.draft.id)
      #expect(record.state == .reserved && record.parts == nil && record.seq == one.placement.seq)
      #expect(record.revocation == one.placement.revocation && record.suspension == one.placement.suspension)
    }
    // Random, and each for itself: neither the places nor the two lists tell who came first.
    #expect(Set(reserved.map(\.placement.revocation.index)).count == 3)
    #expect(reserved.map(\.placement.revocation.index) != reserved.map(\.placement.suspension.index))
    #expect(reserved.contains { $0.placement.revocation.index > 1_000 })
    #expect(try desk.logSize() == size, "the public hears nothing")
  }

  @Test func aQuotaThatTheRegisterKeepsIsRecorded() throws {
    let desk = try Desk { try $0.edit(Self.programme, "quota: 15000", "quota: 2") }
    let session = try desk.session()
    let rows = try items(session, [1, 2, 3])
    let line = try pipeline(session, rows)
    var outcome = IssueOutcome()
    let drafts = try line.draft(rows, into: &outcome)
    let rejection = try desk.rejection { _ = try line.reserve(drafts) }
    #expect(rejection?.code == .quotaReached && rejection?.subject == "dubai/1")
    #expect(
      rejection?.reason.details
        == ["act": "issue", "officers": "none", "programme": Self.programme, "quota": "2"]
    )
    let request = try file(session, rows)
    let asked = try pipeline(session, rows, request: request)
    #expect(try desk.rejection { _ = try asked.reserve(drafts) }?.subject == "request \(request)")
    #expect(try line.reserve(Array(drafts.prefix(2))).count == 2)
  }

  // MARK: sign

  @Test func whatIsSignedIsWhatWasDraftedInItsPlace() throws {
    let desk = try Desk()
    let session = try desk.session()
    let rows = try items(session, [1, 2])
    let line = try pipeline(session, rows)
    var outcome = IssueOutcome()
    let reserved = try line.reserve(try line.draft(rows, into: &outcome))
    let tokens = try line.signer.sign(reserved, at: session.now)
    let record = try session.keys.current(.signer, of: "dubai")
    let key = try PublicKey(subjectPublicKeyInfo: record.publicKey)
    #expect(tokens[0].parts.header == tokens[1].parts.header)
    for (one, token) in zip(reserved, tokens) {
      let jws = try CompactJWS.parse(token.parts.compact)
      #expect(try jws.isSigned(by: key))
      #expect(jws.keyID == Text(record.kid) && jws.type == "vc+jwt" && jws.contentType == "vc")
      let chain = try #require(try jws.certificateChain())
      #expect(
        try chain == [
          #require(record.certificate), #require(session.keys.current(.issuingCA, of: "dubai").certificate),
        ]
      )
      let credential = try MembershipCredential(payload: try jws.payloadObject())
      #expect(credential.credentialID == one.draft.id && credential.issuer.id == "did:web:dubai-chamber.example")
      #expect(
        credential.statusEntries.map(\.index) == [one.placement.revocation.index, one.placement.suspension.index]
      )
      #expect(
        credential.statusEntries.map(\.list.string)
          == ["revocation", "suspension"].map { "https://khatm.example/status/dubai/\($0)/1" }
      )
      let member = one.draft.content.member
      #expect(credential.organization.names.map(\.value.string) == [member.nameEn, member.nameAr])
      #expect(credential.organization.organizationIdentifier == Text("NTRAE+DU-9\(member.number)"))
      #expect(credential.organization.registrationNumber == Text("9\(member.number)"))
      #expect(
        credential.organization.registrationAuthority
          == "https://khatm.example/registers/dubai-department-of-economy-and-tourism"
      )
      #expect(credential.organization.jurisdictionCode == "AE-DU" && credential.organization.legalFormText == "LLC")
      #expect(credential.organization.membershipNumber == Text(member.number))
      #expect(credential.organization.membershipTier == "verified" && credential.licenseNumber == Text(member.number))
      #expect(credential.organization.memberSince?.description == "2010-05-01T00:00:00Z")
      #expect(credential.subject == Text("https://dubai-chamber.example/org/\(member.number)"))
      #expect(credential.name == Text("Verified Membership - \(member.nameEn)"))
      #expect(credential.programme == Text(Self.programme) && credential.validFrom == session.now)
      #expect(credential.validUntil == one.draft.validUntil && credential.issuedAt == TestHome.start)
      #expect(token.facts.registerID == "NTRAE+DU-9\(member.number)")
      #expect(token.facts.names == [member.nameEn, member.nameAr])
      #expect(token.facts.pageKeys == ["site/palm-\(member.number).example"])
    }
  }

  @Test func statementsAreTheChambersOwn() throws {
    let desk = try Desk()
    let session = try desk.session()
    let signer = try CredentialSigner(session: session, chamber: "ajman")
    let record = try session.keys.current(.signer, of: "ajman")
    let key = try PublicKey(subjectPublicKeyInfo: record.publicKey)
    let jws = try CompactJWS.parse(try signer.statement(id: "X", state: .superseded, at: session.now, replacedBy: "Y"))
    #expect(try jws.isSigned(by: key) && jws.type == "khatm-status+jwt" && jws.keyID == Text(record.kid))
    let payload = try jws.payloadObject()
    #expect(payload["iss"]?.string == "did:web:ajman-chamber.example")
    #expect(payload["sub"]?.string == "https://khatm.example/c/X" && payload["by"]?.string == "Y")
    #expect(payload["state"]?.string == "superseded")
    let plain = try CompactJWS.parse(try signer.statement(id: "X", state: .suspended, at: session.now)).payloadObject()
    #expect(plain["by"] == nil && plain["state"]?.string == "suspended")
  }
}
