import Credentials
import Encodings
import Fixtures
import Messages
import PKI
import Testing

@testable import Verification

/// The attacks on credentials, keys and tokens, by their ids. The shop's page is asked each time, so nothing but the
/// token is at fault.
@Suite struct AttackTests {
  private func ask(_ token: [UInt8], change: (inout Question) throws -> Void = { _ in }) throws -> Decision {
    try Question(TestAuthority.get(), token: token, page: shop).with(change).decide()
  }

  private func raw(_ header: String, _ payload: [UInt8], _ signature: [UInt8] = []) -> [UInt8] {
    Array("\(Base64URL.encode(Array(header.utf8))).\(Base64URL.encode(payload)).\(Base64URL.encode(signature))".utf8)
  }

  @Test("A61 alg none") func a61_noAlgorithm() throws {
    let authority = try TestAuthority.get()
    let payload = authority.credential(authority.dubai).payload.canonical()
    for name in ["none", "None", "NONE", "nOnE", ""] {
      let decision = try ask(raw(#"{"alg":"\#(name)","typ":"vc+jwt","kid":"\#(authority.dubai.keyID)"}"#, payload))
      #expect(decision.verdict == .notGenuine && decision.codes == [.algorithmRefused], "\(name): \(decision.summary)")
    }
    // The right algorithm named, and no signature; or one of zeros (CVE-2022-21449).
    for signature in [[], [UInt8](repeating: 0, count: 64), [UInt8](repeating: 0xFF, count: 64)] {
      let decision = try ask(
        raw(#"{"alg":"ES256","typ":"vc+jwt","kid":"\#(authority.dubai.keyID)"}"#, payload, signature)
      )
      #expect(decision.codes == [.signatureInvalid], "\(decision.summary)")
    }
  }

  @Test("A62 HS256 with the public key") func a62_symmetricWithThePublicKey() throws {
    let authority = try TestAuthority.get()
    let payload = authority.credential(authority.dubai).payload.canonical()
    for name in ["HS256", "HS384", "HS512", "ES256K", "RS384", "RS512", "PS384", "PS512", "ES512", "es256"] {
      let unsigned = raw(#"{"alg":"\#(name)","typ":"vc+jwt","kid":"\#(authority.dubai.keyID)"}"#, payload)
      let input = Array(unsigned.dropLast())
      let tag = hmacSHA256(key: Array(authority.dubai.signerKey.publicKey.pem.utf8), message: input)
      let decision = try ask(input + [0x2E] + Base64URL.encodeBytes(tag))
      #expect(decision.verdict == .notGenuine && decision.codes == [.algorithmRefused], "\(name): \(decision.summary)")
    }
    // An algorithm we take, but not this key's.
    for name in ["ES384", "EdDSA", "RS256", "PS256", "Ed25519"] {
      let decision = try ask(
        raw(
          #"{"alg":"\#(name)","typ":"vc+jwt","kid":"\#(authority.dubai.keyID)"}"#,
          payload,
          [UInt8](repeating: 1, count: 64)
        )
      )
      #expect(decision.codes == [.algorithmRefused], "\(name): \(decision.summary)")
    }
  }

  @Test("A63 kid as path, SQL and megabyte") func a63_keyIDs() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let payload = authority.credential(dubai).payload
    for kid in [
      "../../etc/passwd", "https://evil.example/key", "' OR 1=1 --", "did:web:trust.dubai.example",
      "did:web:trust.dubai.example#", "\(dubai.keyID) ", " \(dubai.keyID)",
      "DID:web:trust.dubai.example#x", "\(dubai.keyID)\u{301}", "did:web:trust.dubai.example%23x",
    ] {
      var header = authority.header(dubai)
      header["kid"] = JSON(kid)
      let decision = try ask(authority.sign(payload, dubai, header: header))
      #expect(decision.verdict == .notGenuine, "\(kid)")
      #expect(decision.codes == [.keyUnknown] || decision.codes == [.issuerUnknown], "\(kid): \(decision.summary)")
    }
    var header = authority.header(dubai)
    header["kid"] = nil
    #expect(try ask(authority.sign(payload, dubai, header: header)).codes == [.keyUnknown])
    // Too long for a key id: not even compared, and never repeated in the answer.
    for count in [1_025, 1 << 16, 1 << 20] {
      header["kid"] = JSON(String(repeating: "k", count: count))
      let decision = try ask(authority.sign(payload, dubai, header: header))
      #expect(decision.verdict == .notGenuine && decision.codes == [.malformed])
      #expect(decision.json().canonical().count < 4_000)
    }
    header["kid"] = JSON("did:web:" + String(repeating: "k", count: 1_000))
    let decision = try ask(authority.sign(payload, dubai, header: header))
    #expect(decision.codes == [.issuerUnknown] && decision.json().canonical().count < 2_000)
    for kid in [1, true, .null, .array([.string(dubai.keyID)]), .object(JSONObject())] as [JSON] {
      header["kid"] = kid
      #expect(try ask(authority.sign(payload, dubai, header: header)).codes == [.malformed])
    }
  }

  @Test("A64 crit and b64") func a64_criticalExtensions() throws {
    let authority = try TestAuthority.get()
    let payload = authority.credential(authority.dubai).payload
    for (name, value) in [("crit", ["exp"]), ("crit", []), ("crit", "b64"), ("b64", false), ("b64", true)]
      as [(Text, JSON)]
    {
      var header = authority.header(authority.dubai)
      header[name] = value
      let decision = try ask(authority.sign(payload, authority.dubai, header: header))
      #expect(decision.verdict == .notGenuine && decision.codes == [.malformed], "\(name) \(value)")
    }
    // Keys and addresses that a token brings along are not looked at.
    for name: Text in ["jwk", "jku", "x5u"] {
      var header = authority.header(authority.dubai)
      header[name] =
        name == "jwk"
        ? .object(JWK(publicKey: authority.chambers[1].signerKey.publicKey).json) : "https://evil.example/keys"
      #expect(try ask(authority.sign(payload, authority.dubai, header: header)).verdict == .confirmed)
      let forged = try CompactJWS.sign(
        header: header,
        payload: payload.canonical(),
        key: authority.chambers[1].signerKey,
        algorithm: .es256
      )
      #expect(try ask(forged).codes == [.signatureInvalid])
    }
  }

  @Test("A65 a key of another kind, chamber, time or purpose") func a65_anotherKey() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let sharjah = authority.chambers[1]
    let payload = authority.credential(dubai).payload
    // Another chamber's key under its own id: a good signature over another chamber's words.
    let theirs = try authority.sign(payload, sharjah)
    #expect(try ask(theirs).codes == [.issuerMismatch])
    // Another chamber's key under the right id.
    #expect(
      try ask(
        CompactJWS.sign(
          header: authority.header(dubai),
          payload: payload.canonical(),
          key: sharjah.signerKey,
          algorithm: .es256
        )
      ).codes == [.signatureInvalid]
    )
    // A key listed for another purpose.
    for (purpose, code) in [
      (TrustList.Key.Purpose.statusList, ReasonCode.keyNotForPurpose), (.answer, .keyNotForPurpose),
    ] {
      let decision = try ask(authority.token(dubai)) { question in
        question.trustList = try authority.trustList { chamber, service in
          guard chamber.slug == "dubai" else { return }
          service.keys = [
            TrustList.Key(
              chamber.signerKey.publicKey,
              keyID: chamber.keyID,
              algorithm: .es256,
              purpose: purpose,
              notBefore: chamber.signer.notBefore,
              expires: chamber.signer.notAfter
            )
          ]
        }
      }
      #expect(decision.codes == [code], "\(purpose): \(decision.summary)")
    }
    // A key that also signs answers or checkpoints signs no credentials.
    let answer = try ask(authority.token(dubai)) { question in
      question.trustList = try authority.trustList(edit: { list in
        list.answerKeys = [
          TrustList.Key(
            dubai.signerKey.publicKey,
            keyID: "answers",
            algorithm: .es256,
            purpose: .answer,
            notBefore: dubai.signer.notBefore,
            expires: dubai.signer.notAfter
          )
        ]
      })
    }
    #expect(answer.codes == [.keyNotForPurpose])
    // Outside its time.
    for (from, until) in [(-20, 100), (-300, -30)] as [(Int64, Int64)] {
      let decision = try ask(authority.token(dubai)) { question in
        question.trustList = try authority.trustList { _, service in
          service.keys = service.keys.map {
            TrustList.Key(
              $0.jwk.publicKey,
              keyID: $0.keyID,
              algorithm: .es256,
              purpose: .credential,
              notBefore: now.adding(days: from).seconds,
              expires: now.adding(days: until).seconds
            )
          }
        }
      }
      #expect(
        decision.codes == [.keyOutsideValidity] && decision.verdict == .notGenuine,
        "\(from) \(until): \(decision.summary)"
      )
    }
    // A key of another kind than the list says.
    let rsa = try PrivateKey.generate(.rsa(bits: 2_048))
    let signed = try CompactJWS.sign(
      header: authority.header(dubai),
      payload: payload.canonical(),
      key: rsa,
      algorithm: .rs256
    )
    #expect(try ask(signed).codes == [.algorithmRefused])
  }

  @Test("A66 duplicate members") func a66_duplicateMembers() throws {
    let authority = try TestAuthority.get()
    let good = authority.credential(authority.dubai).payload.canonical()
    let text = String(decoding: good, as: UTF8.self)
    for (old, new) in [
      ("\"validUntil\":", "\"validUntil\":\"2099-01-01T00:00:00Z\",\"validUntil\":"),
      ("\"iss\":", "\"i\\u0073s\":\"did:web:evil.example\",\"iss\":"),
      ("\"key\":", "\"key\":\"site/evil.example\",\"key\":"),
    ] {
      let doubled = text.replacing(old, with: new, maxReplacements: 1)
      #expect(doubled.utf8.count > text.utf8.count)
      let token = try CompactJWS.sign(
        header: authority.header(authority.dubai),
        payload: Array(doubled.utf8),
        key: authority.dubai.signerKey,
        algorithm: .es256
      )
      #expect(try ask(token).codes == [.malformed], "\(new)")
    }
    let header = #"{"alg":"ES256","alg":"none","typ":"vc+jwt"}"#
    #expect(try ask(raw(header, good, [1])).codes == [.malformed])
  }

  @Test("A67 odd numbers") func a67_numbers() throws {
    let authority = try TestAuthority.get()
    let text = String(decoding: authority.credential(authority.dubai).payload.canonical(), as: UTF8.self)
    let iat = "\"iat\":\(now.adding(days: -30).seconds)"
    #expect(text.utf8.count == text.replacing(iat, with: iat).utf8.count)
    for number in ["9007199254740993", "1e3", "1.0", "-0", "1e400", "01", "+1", "\"1\"", "null", "1792746903.0"] {
      let changed = text.replacing(iat, with: "\"iat\":\(number)")
      let token = try CompactJWS.sign(
        header: authority.header(authority.dubai),
        payload: Array(changed.utf8),
        key: authority.dubai.signerKey,
        algorithm: .es256
      )
      #expect(try ask(token).codes == [.malformed], "\(number)")
    }
    // The largest integer is an integer, and no time at which the key was in use.
    for number in ["9007199254740991", "-9007199254740991"] {
      let token = try CompactJWS.sign(
        header: authority.header(authority.dubai),
        payload: Array(text.replacing(iat, with: "\"iat\":\(number)").utf8),
        key: authority.dubai.signerKey,
        algorithm: .es256
      )
      #expect(try ask(token).codes == [.keyOutsideValidity], "\(number)")
    }
    for index in [
      "94567", "\"094567\"", "\"+94567\"", "\" 94567\"", "\"94567.0\"", "\"\"", "\"99999999999999999999\"", "\"-1\"",
    ] {
      let changed = text.replacing("\"statusListIndex\":\"94567\"", with: "\"statusListIndex\":\(index)")
      let token = try CompactJWS.sign(
        header: authority.header(authority.dubai),
        payload: Array(changed.utf8),
        key: authority.dubai.signerKey,
        algorithm: .es256
      )
      #expect(try ask(token).codes == [.malformed], "\(index)")
    }
    let outside = try authority.token(authority.dubai, index: 131_072)
    let decision = try ask(outside)
    #expect(
      decision.verdict == .cannotTell && decision.codes == [.statusUnusable, .statusUnusable],
      "an index outside the list is no clear bit"
    )
  }

  @Test("A68 odd encodings and depth") func a68_encodings() throws {
    let authority = try TestAuthority.get()
    let good = authority.credential(authority.dubai).payload.canonical()
    let text = String(decoding: good, as: UTF8.self)
    let broken: [[UInt8]] = [
      [0xEF, 0xBB, 0xBF] + good, good.flatMap { [$0, 0] }, good.dropLast() + Array(",}".utf8),
      Array(text.replacing("Al Noor", with: "\\ud800").utf8),
      Array(text.replacing("Al Noor", with: "\\u0000").utf8), good + [0x20, 0x7B], good + [0],
      [UInt8](repeating: 0x5B, count: 100_000), [], Array("null".utf8), Array("[]".utf8),
      good.map { $0 == UInt8(ascii: "A") ? 0xFF : $0 },
    ]
    for payload in broken {
      let token = try CompactJWS.sign(
        header: authority.header(authority.dubai),
        payload: payload,
        key: authority.dubai.signerKey,
        algorithm: .es256
      )
      let decision = try ask(token)
      #expect(
        decision.verdict == .notGenuine && decision.codes == [.malformed],
        "\(payload.prefix(20)): \(decision.summary)"
      )
    }
    let token = try authority.token(authority.dubai)
    for changed in [
      token + [0x0A], [0x20] + token, token + Array("=".utf8), token + Array(".x".utf8), Array(token.dropLast(3)),
      Array(token.dropLast()) + [0x2B], [],
    ] {
      let decision = try ask(changed)
      #expect(decision.verdict == .notGenuine, "\(decision.summary)")
    }
    #expect(try ask(token + [UInt8](repeating: 0x41, count: 1 << 20)).codes == [.malformed])
  }

  /// A key that was taken out of use signs anew and dates it back.
  @Test("A69 a withdrawn key signs with an old date") func a69_backdating() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    // The successor signs the status lists.
    let successor = try dubai.renewed()
    func ask(_ token: [UInt8], change: (inout Question) throws -> Void) throws -> Decision {
      try self.ask(token) { question in
        for purpose in ["revocation", "suspension"] {
          question.lists[dubai.listURL(purpose, of: authority.host)] = try authority.statusList(successor, purpose)
        }
        try change(&question)
      }
    }
    let retired = try authority.trustList { chamber, service in
      guard chamber.slug == "dubai" else { return }
      service.keys = service.keys.map { $0.until(now.adding(days: -10)) } + authority.service(successor).keys
    }
    let honest = try authority.token(dubai)
    let backdated = try authority.token(dubai, number: 9)
    // The date in the token alone is the signer's word …
    #expect(try ask(honest) { $0.trustList = retired }.verdict == .confirmed)
    #expect(try ask(backdated) { $0.trustList = retired }.verdict == .confirmed)
    // … the log is not.
    var log = try TestLog(authority)
    let good = try log.prove(TestLog.entry(honest, chamber: dubai))
    let late = try log.prove(TestLog.entry(backdated, number: 9, chamber: dubai, at: now.adding(days: -1)))
    #expect(
      try ask(honest) {
        $0.trustList = retired
        $0.log = .parts(good)
      }.verdict == .confirmed
    )
    #expect(
      try ask(backdated) {
        $0.trustList = retired
        $0.log = .parts(late)
      }.codes == [.keyOutsideValidity]
    )
    #expect(
      try ask(backdated) {
        $0.trustList = retired
        $0.log = .absent
      }.codes == [.notInLog]
    )
    #expect(
      try ask(backdated) {
        $0.trustList = retired
        $0.log = .parts(good)
      }.codes == [.logProofInvalid]
    )
    // The chamber's own recognition ended: nothing it signs is confirmed any more, whatever the date.
    for status in [TrustList.Status.suspended, .withdrawn] {
      let left = try authority.trustList { chamber, service in
        service.previous = [service.status]
        service.status = .init(status, since: now.adding(days: -5))
        if chamber.slug == "dubai" { service.keys += authority.service(successor).keys }
      }
      #expect(try ask(backdated) { $0.trustList = left }.verdict == .notInForce)
      #expect(
        try ask(backdated) {
          $0.trustList = left
          $0.log = .parts(late)
        }.codes.contains(.issuerNotAuthorised)
      )
      #expect(
        try ask(backdated) {
          $0.trustList = left
          $0.log = .parts(late)
        }.verdict == .notGenuine
      )
      #expect(
        try ask(authority.token(dubai) { $0.issuedAt = now.adding(days: -4).seconds }) { $0.trustList = left }.codes
          == [
            .issuerNotAuthorised
          ]
      )
    }
  }

  @Test("A70 one chamber signs as another") func a70_namesAnotherChamber() throws {
    let authority = try TestAuthority.get()
    for (index, chamber) in authority.chambers.enumerated().dropFirst() {
      let decision = try ask(authority.sign(authority.credential(authority.dubai).payload, chamber))
      #expect(decision.codes == [.issuerMismatch] && decision.verdict == .notGenuine, "\(index)")
    }
    // Half of a lie: issuer and iss disagree.
    #expect(
      try ask(authority.token(authority.dubai, edit: { $0["iss"] = .string(authority.chambers[1].did) })).codes == [
        .malformed
      ]
    )
    let decision = try ask(authority.token(authority.dubai) { $0.issuer.name = "Ministry of Everything" })
    #expect(
      decision.verdict == .confirmed && decision.credential?.issuerName == "Chamber of dubai",
      "the shown name is the list's"
    )
  }

  @Test("A71 impossible dates") func a71_dates() throws {
    let authority = try TestAuthority.get()
    for date in [
      "2026-02-30T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T00:00:60Z", "2026-11-22T00:00:00", "2026-11-22",
      "10000-01-01T00:00:00Z", "2026-11-22T00:00:00z",
      "２026-11-22T00:00:00Z", "2026-11-22T00:00:00+24:00", "",
    ] {
      for member: Text in ["validFrom", "validUntil"] {
        #expect(
          try ask(authority.token(authority.dubai, edit: { $0[member] = JSON(date) })).codes == [.malformed],
          "\(member) \(date)"
        )
      }
    }
    #expect(
      try ask(authority.token(authority.dubai, edit: { $0["validUntil"] = nil })).codes == [.malformed],
      "no end is no end"
    )
    #expect(
      try ask(authority.token(authority.dubai, edit: { $0["exp"] = .integer(now.adding(days: 301).seconds) })).codes
        == [
          .malformed
        ]
    )
    #expect(try ask(authority.token(authority.dubai, edit: { $0["exp"] = nil })).codes == [.malformed])
    for days in [367, 36_500] as [Int64] {
      let decision = try ask(authority.token(authority.dubai) { $0.validUntil = $0.validFrom.adding(days: days) })
      #expect(decision.verdict == .notInForce && decision.codes == [.policyValidityTooLong], "\(decision.summary)")
    }
    let exact = try ask(authority.token(authority.dubai) { $0.validUntil = $0.validFrom.adding(days: 366) })
    #expect(exact.verdict == .confirmed)
    let over = try ask(
      authority.token(authority.dubai) { $0.validUntil = $0.validFrom.adding(days: 366).adding(seconds: 1) }
    )
    #expect(over.codes == [.policyValidityTooLong] && over.reasons[0].params[0].value == 367)
    // Without rules there is a bound all the same.
    let noRules = try authority.trustList(edit: { $0.programmeRules = [] })
    #expect(
      try ask(authority.token(authority.dubai) { $0.validUntil = $0.validFrom.adding(days: 1_828) }) {
        $0.trustList = noRules
      }
      .codes == [.policyValidityTooLong]
    )
  }

  @Test("A72 an old status list") func a72_oldStatusLists() throws {
    let authority = try TestAuthority.get()
    let url = authority.dubai.listURL("revocation", of: authority.host)
    let old = try authority.statusList(authority.dubai, "revocation", made: now.adding(seconds: -40_000))
    let stale = try authority.statusList(authority.dubai, "revocation", made: now.adding(seconds: -90_000))
    // Nobody saw a newer one: the old one holds to its end.
    #expect(try ask(authority.token(authority.dubai)) { $0.lists[url] = old }.verdict == .confirmed)
    #expect(try ask(authority.token(authority.dubai)) { $0.lists[url] = stale }.codes == [.statusStale])
    #expect(try ask(authority.token(authority.dubai)) { $0.lists[url] = stale }.verdict == .cannotTell)
    let decision = try ask(authority.token(authority.dubai)) {
      $0.lists[url] = old
      $0.newest[url] = now.adding(seconds: -39_999)
    }
    #expect(decision.codes == [.statusRollback] && decision.verdict == .cannotTell)
    #expect(
      try ask(authority.token(authority.dubai)) {
        $0.lists[url] = old
        $0.newest[url] = now.adding(seconds: -40_000)
      }.verdict == .confirmed,
      "the same again"
    )
  }

  /// What a key that was taken out of use could say about the present: nothing.
  @Test("A72 a list of an old key") func a72_listsOfOldKeys() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let url = dubai.listURL("revocation", of: authority.host)
    func ask(_ list: [UInt8]) throws -> Decision {
      try Question(authority, page: shop).with { $0.lists[url] = list }.decide()
    }
    // Signed long ago, to hold for ever; or to begin now.
    let forever = try authority.statusList(dubai, "revocation", made: now.adding(days: -60), life: 400 * 86_400)
    #expect(try ask(forever).codes == [.statusUnusable])
    let later = try authority.statusList(
      dubai,
      "revocation",
      edit: { $0["iat"] = .integer(now.adding(days: -60).seconds) }
    )
    #expect(try ask(later).codes == [.statusUnusable])
    let ahead = try authority.statusList(dubai, "revocation", made: now.adding(seconds: 61))
    #expect(try ask(ahead).codes == [.statusUnusable])
    #expect(try ask(authority.statusList(dubai, "revocation", made: now.adding(seconds: 60))).verdict == .confirmed)
    // The key's window closed, the list is younger.
    let closed = try authority.trustList { chamber, service in
      service.keys = service.keys.map { $0.until(now.adding(days: -10)) }
    }
    let decision = try Question(authority, page: shop).with { $0.trustList = closed }.decide()
    #expect(decision.verdict == .cannotTell && decision.codes == [.statusUnusable, .statusUnusable])
  }
}
