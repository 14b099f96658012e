import Credentials
import Encodings
import Fixtures
import Messages
import PKI
import TestSupport
import Testing

@testable import Verification

/// One second around every edge.
@Suite struct TimeTableTests {
  private func check(
    _ name: String,
    _ question: Question,
    _ rows: [(seconds: Int64, expected: String)],
    from base: Instant
  ) throws {
    for row in rows {
      let decision = try question.with { $0.at = base.adding(seconds: row.seconds) }.decide()
      #expect(decision.summary == row.expected, "\(name) \(row.seconds)")
    }
  }

  /// Lists made at the moment asked about, so that only the edge in question moves.
  private func fresh(_ authority: TestAuthority, at moments: ClosedRange<Int64>, around base: Instant) throws -> [Text:
    [UInt8]]
  {
    try authority.statusLists(made: base.adding(seconds: moments.lowerBound))
  }

  @Test func validFromWithSkew() throws {
    let authority = try TestAuthority.get()
    let begin = now.adding(days: 3)
    let question = try Question(authority, token: authority.token(authority.dubai) { $0.validFrom = begin }, page: shop)
      .with {
        $0.lists = try fresh(authority, at: -120...0, around: begin)
      }
    try check(
      "validFrom",
      question,
      [(-61, "not_in_force not_yet_valid"), (-60, "confirmed"), (-59, "confirmed"), (0, "confirmed")],
      from: begin
    )
  }

  @Test func issuedAtWithSkew() throws {
    let authority = try TestAuthority.get()
    let begin = now.adding(seconds: 500)
    let question = try Question(
      authority,
      token: authority.token(authority.dubai) { $0.issuedAt = begin.seconds },
      page: shop
    )
    try check(
      "iat",
      question,
      [(-61, "not_in_force not_yet_valid"), (-60, "confirmed"), (0, "confirmed")],
      from: begin
    )
  }

  @Test func validUntilInclusive() throws {
    let authority = try TestAuthority.get()
    let end = now.adding(days: 2)
    let question = try Question(authority, token: authority.token(authority.dubai) { $0.validUntil = end }, page: shop)
      .with {
        $0.lists = try fresh(authority, at: -120...0, around: end)
      }
    try check(
      "validUntil",
      question,
      [(-1, "confirmed"), (0, "confirmed"), (1, "not_in_force expired"), (60, "not_in_force expired")],
      from: end
    )
    // Between two seconds the end is over, too.
    let half = try question.with { $0.at = Instant(seconds: end.seconds, nanoseconds: 1) }.decide()
    #expect(half.summary == "not_in_force expired")
    #expect(try question.with { $0.at = end }.decide().answerNotAfter == end)
  }

  @Test func statusListValidUntil() throws {
    let authority = try TestAuthority.get()
    let end = now.adding(seconds: -10 + 86_400)
    try check(
      "list",
      Question(authority, page: shop),
      [(-1, "confirmed"), (0, "confirmed"), (1, "cannot_tell status_stale")],
      from: end
    )
  }

  @Test func statusListValidFrom() throws {
    let authority = try TestAuthority.get()
    let made = now.adding(seconds: 1_000)
    let question = try Question(authority, page: shop).with { $0.lists = try authority.statusLists(made: made) }
    try check(
      "list",
      question,
      [(-61, "cannot_tell status_unusable status_unusable"), (-60, "confirmed"), (0, "confirmed")],
      from: made
    )
  }

  @Test func trustListNextUpdateAndEnd() throws {
    let authority = try TestAuthority.get()
    let due = now.adding(days: 6)
    let end = now.adding(days: 29)
    func question(_ moment: Instant) throws -> Question {
      try Question(authority, page: shop).with {
        $0.lists = try fresh(authority, at: -120...0, around: moment)
        $0.crls = try authority.crls(nextUpdate: now.adding(days: 60).seconds)
      }
    }
    try check("nextUpdate", question(due), [(0, "confirmed"), (1, "confirmed")], from: due)
    #expect(try question(due).with { $0.at = due }.decide().codes == [])
    #expect(try question(due).with { $0.at = due.adding(seconds: 1) }.decide().codes == [.trustListDue])
    // `exp` is the first second at which it does not hold (RFC 7519, 4.1.4).
    try check(
      "exp",
      question(end),
      [
        (-1, "confirmed"), (0, "cannot_tell trust_list_stale table_stale"),
        (1, "cannot_tell trust_list_stale table_stale"),
      ],
      from: end
    )
  }

  @Test func revocationListNextUpdate() throws {
    let authority = try TestAuthority.get()
    let end = now.adding(seconds: 7_000)
    let question = try Question(authority, page: shop).with { $0.crls = try authority.crls(nextUpdate: end.seconds) }
    try check(
      "nextUpdate",
      question,
      [(-1, "confirmed"), (0, "confirmed"), (1, "cannot_tell trust_data_unavailable")],
      from: end
    )
    #expect(try question.decide().answerNotAfter == now.adding(seconds: 300))
    #expect(
      try question.with { $0.at = end.adding(seconds: -20) }.decide().answerNotAfter == end,
      "no answer outlives the lists of revoked keys"
    )
  }

  @Test func keyNotBeforeAndExpires() throws {
    let authority = try TestAuthority.get()
    let issued = now.adding(days: -30)
    func verdict(from: Int64? = nil, until: Int64? = nil) throws -> String {
      try Question(authority, page: shop).with {
        let successor = try authority.dubai.renewed()
        for purpose in ["revocation", "suspension"] {
          $0.lists[authority.dubai.listURL(purpose, of: authority.host)] = try authority.statusList(successor, purpose)
        }
        $0.trustList = try authority.trustList { chamber, service in
          guard chamber.slug == "dubai" else { return }
          if let from { service.keys = service.keys.map { $0.from(issued.adding(seconds: from)) } }
          if let until { service.keys = service.keys.map { $0.until(issued.adding(seconds: until)) } }
          service.keys += authority.service(successor).keys
        }
      }.decide().summary
    }
    #expect(try verdict(from: 61) == "not_genuine key_outside_validity")
    #expect(try verdict(from: 60) == "confirmed")
    #expect(try verdict(from: 0) == "confirmed")
    #expect(try verdict(until: 0) == "not_genuine key_outside_validity")
    #expect(try verdict(until: 1) == "confirmed")
  }

  /// A chamber's recognition when it signed, and now.
  @Test func recognitionHistory() throws {
    let authority = try TestAuthority.get()
    let issued = now.adding(days: -30)
    func verdict(_ history: [(TrustList.Status, Int64)], at moment: Instant = now) throws -> String {
      let changes = history.map { TrustList.StatusChange($0.0, since: now.adding(seconds: $0.1)) }
      return try Question(authority, page: shop).with {
        $0.trustList = try authority.trustList { _, service in
          service.status = changes[0]
          service.previous = Array(changes.dropFirst())
        }
        $0.at = moment
      }.decide().summary
    }
    let signed = issued.seconds - now.seconds
    #expect(try verdict([(.granted, signed)]) == "confirmed")
    #expect(try verdict([(.granted, signed + 1)]) == "not_genuine issuer_not_authorised")
    #expect(try verdict([(.granted, signed + 1), (.suspended, signed - 100)]) == "not_genuine issuer_not_authorised")
    #expect(
      try verdict([(.granted, signed + 1), (.suspended, signed), (.granted, signed - 100)])
        == "not_genuine issuer_not_authorised"
    )
    #expect(try verdict([(.granted, signed + 2), (.suspended, signed + 1), (.granted, signed)]) == "confirmed")
    for status in [TrustList.Status.suspended, .withdrawn] {
      #expect(try verdict([(status, 0), (.granted, signed)]) == "not_in_force issuer_\(status)")
      #expect(try verdict([(status, 1), (.granted, signed)]) == "confirmed", "announced for later")
      #expect(
        try verdict([(status, 1), (.granted, signed)], at: now.adding(seconds: 1)) == "not_in_force issuer_\(status)"
      )
      #expect(try verdict([(status, signed)]) == "not_genuine issuer_not_authorised")
    }
    #expect(try verdict([(.granted, -10), (.withdrawn, -20), (.granted, signed)]) == "confirmed", "recognised again")
  }

  /// Signer certificates: what ends leaves a doubt, what had ended when it signed is a forgery.
  @Test func signerCertificateEnds() throws {
    let authority = try TestAuthority.get()
    func verdict(_ life: ClosedRange<Int64>, log: Bool = false) throws -> String {
      let signer = try authority.dubai.renewed(life: life)
      let token = try authority.sign(authority.credential(authority.dubai).payload, signer)
      return try Question(authority, token: token, page: shop).with {
        $0.trustList = try authority.trustList { chamber, service in
          if chamber.slug == "dubai" {
            service.keys += authority.service(signer).keys.map {
              $0.from(now.adding(days: -200)).until(now.adding(days: 200))
            }
          }
        }
        if log {
          var book = try TestLog(authority)
          $0.log = .parts(try book.prove(TestLog.entry(token, chamber: authority.dubai)))
        }
      }.decide().summary
    }
    #expect(try verdict(-100...1) == "confirmed")
    #expect(try verdict(-100...(-1)) == "cannot_tell trust_data_unavailable")
    #expect(try verdict(-100...(-31)) == "not_genuine chain_invalid")
    #expect(
      try verdict(-29...100) == "confirmed",
      "the list lets the key sign, the certificate came a day later: it holds now"
    )
    // With a proof from the log the certificates of then are enough; without, nobody knows when it was signed.
    #expect(try verdict(-100...(-1), log: true) == "confirmed")
    #expect(try verdict(-100...(-31), log: true) == "not_genuine chain_invalid")
  }

  /// What a positive answer rests on ends it: never beyond the first end, never before now.
  @Test func answersEndWithWhatTheyRestOn() throws {
    let authority = try TestAuthority.get()
    var generator = SeededGenerator(seed: 72)
    for _ in 0..<20 {
      let offset = Int64.random(in: 0...90_000, using: &generator)
      let decision = try Question(authority, page: shop).with { $0.at = now.adding(seconds: offset) }.decide()
      #expect(decision.answerNotAfter >= decision.checkedAt)
      if decision.verdict.isPositive {
        let again = try Question(authority, page: shop).with { $0.at = decision.answerNotAfter }.decide()
        #expect(again.verdict.isPositive, "\(offset)")
      }
    }
  }
}
