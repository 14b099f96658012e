import Credentials
import Encodings
import Fixtures
import Messages
import PKI
import Testing

@testable import Verification

/// What the list of chambers allows, and what a mistake in it must not allow.
@Suite struct TrustListRuleTests {
  private func ask(
    _ token: [UInt8]? = nil,
    page: String? = shop,
    change: @escaping (TestChamber, inout TrustList.Service) -> Void = { _, _ in },
    edit: (inout TrustList) -> Void = { _ in },
    also: (inout Question) throws -> Void = { _ in }
  ) throws -> Decision {
    let authority = try TestAuthority.get()
    return try Question(authority, token: token, page: page).with {
      $0.trustList = try authority.trustList(change: change, edit: edit)
      try also(&$0)
    }.decide()
  }

  @Test func issuerNotAuthorised() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let changes: [(String, (TestChamber, inout TrustList.Service) -> Void)] = [
      ("type", { $1.credentialTypes = ["ChamberTrainingCredential"] }), ("no type", { $1.credentialTypes = [] }),
      ("programme", { $1.programmes = ["e-membership"] }), ("tier", { $1.tiers = ["verified"] }),
      ("no tier", { $1.tiers = [] }),
      ("prefix", { $1.subjectIdentifierPrefixes = ["NTRAE+AJ-"] }),
      ("no prefix", { $1.subjectIdentifierPrefixes = [] }),
      ("status lists", { $1.statusLists = ["https://khatm.example/status/ajman/"] }),
      ("no status lists", { $1.statusLists = [] }),
    ]
    for (name, change) in changes {
      let decision = try ask(change: change)
      #expect(decision.summary == "not_genuine issuer_not_authorised", "\(name): \(decision.summary)")
    }
    // A programme the list has no rule for; a rule of another tier.
    let other = try authority.token(
      dubai,
      change: { $0.achievement.id = "https://trust.dubai.example/achievements/gold-membership/v1" }
    )
    #expect(try ask(other).codes == [.issuerNotAuthorised])
    #expect(try ask(other, change: { $1.programmes.append("gold-membership") }).codes == [.issuerNotAuthorised])
    let rule = TrustList.ProgrammeRule(
      id: TestAuthority.trusted,
      tier: "verified",
      policy: Text(ChamberPlan.trusted),
      maxDays: 366,
      logged: true,
      title: ["ar": "ا", "en": "a", "fr": "a", "zh": "a"]
    )
    #expect(try ask(edit: { $0.programmeRules = [rule] }).codes == [.issuerNotAuthorised])
    #expect(try ask(authority.token(dubai) { $0.organization.membershipTier = "gold" }).codes == [.issuerNotAuthorised])
  }

  /// A chamber that lost its last programme must not get all of them: an empty list and an absent one are written
  /// alike.
  @Test func noProgrammesIsNoneWhereTheListHasRules() throws {
    #expect(try ask(change: { $1.programmes = [] }).codes == [.issuerNotAuthorised])
    #expect(
      try ask(change: { $1.programmes = [] }, edit: { $0.programmeRules = [] }).verdict == .confirmed,
      "a list without rules does not say"
    )
  }

  /// The register prefix says for which companies a chamber speaks; a tier without the number it is compared with would
  /// go around it.
  @Test func aTierWithoutAMembership() throws {
    let authority = try TestAuthority.get()
    let training = try authority.token(
      authority.dubai,
      edit: { payload in
        payload["type"] = ["VerifiableCredential", "OpenBadgeCredential", "ChamberTrainingCredential"]
        var subject = payload["credentialSubject"]?.object ?? JSONObject()
        subject["identifier"] = nil
        var organization = subject["memberOrganization"]?.object ?? JSONObject()
        organization["organizationIdentifier"] = nil
        subject["memberOrganization"] = .object(organization)
        payload["credentialSubject"] = .object(subject)
      }
    )
    let decision = try ask(training, change: { $1.credentialTypes.append("ChamberTrainingCredential") })
    #expect(decision.codes == [.issuerNotAuthorised], "\(decision.summary)")
  }

  @Test func registerPrefixes() {
    let number: Text = "NTRAE+DU-1256293"
    for good in ["NTR", "NTRAE", "NTRAE+", "NTRAE+DU", "NTRAE+DU-"] as [Text] {
      #expect(TokenAuthenticator.isPrefix(good, of: number), "\(good)")
    }
    for bad in ["", "N", "NT", "NTRA", "NTRAE+D", "NTRAE+DU-1", "NTRAE+DU-1256293", "NTRAE+DX-", "ntrae+du-"] as [Text]
    {
      #expect(!TokenAuthenticator.isPrefix(bad, of: number), "\(bad)")
    }
  }

  @Test func statusListAddresses() {
    let prefix: Text = "https://khatm.example/status/dubai/"
    for good in ["https://khatm.example/status/dubai/revocation/1", "https://khatm.example/status/dubai/x"] as [Text] {
      #expect(TokenAuthenticator.isListAddress(good, under: prefix))
    }
    for bad in [
      "https://khatm.example/status/dubai/", "https://khatm.example/status/dubai/../ajman/revocation/1",
      "https://khatm.example/status/dubai/./1",
      "https://khatm.example/status/dubai//1", "https://khatm.example/status/dubai/%2e%2e/ajman/1",
      "https://khatm.example/status/dubaix/1",
      "https://khatm.example/status/dubai", "https://evil.example/status/dubai/1",
      "https://khatm.example/status/dubai/1#2", "https://khatm.example/status/dubai/..\\ajman",
    ] as [Text] {
      #expect(!TokenAuthenticator.isListAddress(bad, under: prefix), "\(bad)")
    }
  }

  /// A service of another kind lists keys for something else.
  @Test func servicesOfAnotherType() throws {
    #expect(try ask(change: { $1.type = "time-stamping" }).codes == [.keyUnknown])
    // Beside the right one it takes nothing away.
    let authority = try TestAuthority.get()
    let list: (inout TrustList) -> Void = { list in
      list.entities = list.entities.map { entity in
        var other = entity.services[0]
        other.type = "time-stamping"
        other.status = .init(.withdrawn, since: now.adding(days: -50))
        return TrustList.Entity(
          id: entity.id,
          name: entity.name,
          jurisdiction: entity.jurisdiction,
          services: [other] + entity.services
        )
      }
    }
    #expect(try ask(authority.token(authority.dubai), edit: list).verdict == .confirmed)
  }

  /// One id under two chambers: it belongs to the one it is named after.
  @Test func keyIDCollisions() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let sharjah = authority.chambers[1]
    // Sharjah lists Dubai's id with its own key, before and after.
    let stolen = TrustList.Key(
      sharjah.signerKey.publicKey,
      keyID: dubai.keyID,
      algorithm: .es256,
      purpose: .credential,
      notBefore: sharjah.signer.notBefore,
      expires: sharjah.signer.notAfter
    )
    for atFront in [true, false] {
      let change: (TestChamber, inout TrustList.Service) -> Void = { chamber, service in
        if chamber.slug == "sharjah" { service.keys = atFront ? [stolen] + service.keys : service.keys + [stolen] }
      }
      #expect(try ask(change: change).verdict == .confirmed, "the honest one stays what it is")
      var header = authority.header(sharjah)
      header["kid"] = .string(dubai.keyID)
      let forged = try authority.sign(authority.credential(dubai).payload, sharjah, header: header)
      #expect(try ask(forged, change: change).verdict == .notGenuine)
      let own = try authority.sign(authority.credential(sharjah).payload, sharjah, header: header)
      #expect(try ask(own, change: change).verdict == .notGenuine)
    }
    // Ids that are no DID URLs belong to nobody by name: two chambers with one make it a matter of chance.
    let change: (TestChamber, inout TrustList.Service) -> Void = { chamber, service in
      service.keys += [
        TrustList.Key(
          chamber.signerKey.publicKey,
          keyID: "https://khatm.example/keys/1",
          algorithm: .es256,
          purpose: .credential,
          notBefore: chamber.signer.notBefore,
          expires: chamber.signer.notAfter
        )
      ]
    }
    var header = authority.header(dubai)
    header["kid"] = "https://khatm.example/keys/1"
    let decision = try ask(authority.sign(authority.credential(dubai).payload, dubai, header: header), change: change)
    #expect(decision.summary == "cannot_tell trust_data_unavailable")
    let alone = try ask(
      authority.sign(authority.credential(dubai).payload, dubai, header: header),
      change: { if $0.slug == "dubai" { change($0, &$1) } }
    )
    #expect(alone.verdict == .confirmed)
  }

  /// One key for two chambers: nobody knows who signed.
  @Test func keysSharedBetweenChambers() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let change: (TestChamber, inout TrustList.Service) -> Void = { chamber, service in
      guard chamber.slug == "sharjah" else { return }
      service.keys += [
        TrustList.Key(
          dubai.signerKey.publicKey,
          keyID: Text("\(chamber.did)#shared"),
          algorithm: .es256,
          purpose: .credential,
          notBefore: dubai.signer.notBefore,
          expires: dubai.signer.notAfter
        )
      ]
      service.issuingCAs += authority.service(dubai).issuingCAs
    }
    #expect(try ask(change: change).summary == "cannot_tell trust_data_unavailable")
    var header = authority.header(dubai)
    header["kid"] = .string(Text("\(authority.chambers[1].did)#shared"))
    let forged = try authority.sign(authority.credential(authority.chambers[1]).payload, dubai, header: header)
    #expect(!(try ask(forged, change: change).verdict.isPositive))
  }

  /// A chamber twice: the list is refused whole, so that no reader picks the better entry.
  @Test func aChamberListedTwice() throws {
    let decision = try ask(edit: { $0.entities.append($0.entities[0]) })
    #expect(decision.summary == "cannot_tell trust_data_unavailable")
  }

  /// Two services that both cover the credential: the worse of today's states counts.
  @Test func overlappingServices() throws {
    for status in [TrustList.Status.suspended, .withdrawn] {
      for atFront in [true, false] {
        let decision = try ask(edit: { list in
          list.entities = list.entities.map { entity in
            var second = entity.services[0]
            second.previous = [second.status]
            second.status = .init(status, since: now.adding(days: -3))
            return TrustList.Entity(
              id: entity.id,
              name: entity.name,
              jurisdiction: entity.jurisdiction,
              services: atFront ? [second] + entity.services : entity.services + [second]
            )
          }
        })
        #expect(decision.summary == "not_in_force issuer_\(status)")
      }
    }
    // One for other companies takes nothing away.
    let other = try ask(edit: { list in
      list.entities = list.entities.map { entity in
        var second = entity.services[0]
        second.subjectIdentifierPrefixes = ["NTROM"]
        second.status = .init(.withdrawn, since: now.adding(days: -3))
        return TrustList.Entity(
          id: entity.id,
          name: entity.name,
          jurisdiction: entity.jurisdiction,
          services: [second] + entity.services
        )
      }
    })
    #expect(other.verdict == .confirmed)
  }

  /// The step of `chain_invalid` is part of the answer: renaming a type must not change it.
  @Test func wordsOfAChainThatCannotBeRead() {
    func step(_ error: ChainRejection) -> String {
      TokenRejection.chain(error).reason.params.map { "\($0.value)" }.joined()
    }
    let malformed = step(.unreadable(step: 0, .malformedExtension("2.5.29.19")))
    #expect(
      malformed.contains(#"unreadable(step: 0, PKI.CertificateError.malformedExtension("2.5.29.19"))"#),
      "\(malformed)"
    )
    #expect(
      step(.unreadable(step: 1, .trailingBytes)).contains("unreadable(step: 1, PKI.CertificateError.trailingBytes)")
    )
    let key = step(.unreadable(step: 0, .key(.tooShort(bits: 5))))
    #expect(key.contains("unreadable(step: 0, PKI.CertificateError.key(PKI.KeyError.tooShort(bits: 5)))"), "\(key)")
    #expect(step(.selfIssued(step: 1)).contains("selfIssued(step: 1)"))
  }

  @Test func chainInvalid() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let other = try TestAuthority.other.get()
    func chain(_ certificates: [Certificate]) throws -> Decision {
      var header = authority.header(dubai)
      header["x5c"] = .array(certificates.map { JSON(Base64.encode($0.der)) })
      return try ask(authority.sign(authority.credential(dubai).payload, dubai, header: header))
    }
    #expect(try chain([dubai.signer, dubai.ca]).verdict == .confirmed)
    for wrong in [
      [dubai.signer], [dubai.ca, dubai.signer], [dubai.signer, dubai.ca, authority.root],
      [dubai.signer, other.chambers[0].ca], [dubai.signer, authority.chambers[1].ca],
      [authority.chambers[1].signer, dubai.ca], [dubai.ca], [dubai.signer, dubai.signer], [authority.root],
    ] {
      let decision = try chain(wrong)
      #expect(decision.summary == "not_genuine chain_invalid", "\(wrong.map(\.subject)): \(decision.summary)")
    }
    #expect(try chain([]).codes == [.malformed])
    // The CA is not, or no longer, in the list.
    #expect(
      try ask(change: { $1.issuingCAs = authority.service(authority.chambers[1]).issuingCAs }).codes == [.chainInvalid]
    )
    // Not the programme the certificate was made for.
    #expect(
      try ask(edit: { list in
        list.programmeRules = list.programmeRules.map {
          .init(id: $0.id, tier: $0.tier, policy: "1.3.6.1.4.1.32473.1.9", maxDays: 366, logged: true, title: $0.title)
        }
      }).codes == [.chainInvalid]
    )
  }

  @Test func signerRevoked() throws {
    let authority = try TestAuthority.get()
    for serial in [authority.dubai.signer.serial, authority.dubai.ca.serial] {
      let decision = try ask(also: { $0.crls = try authority.crls(revoked: [serial]) })
      #expect(decision.summary == "not_genuine signer_revoked" && decision.credential == nil)
    }
    #expect(
      try ask(also: { $0.crls = try authority.crls(revoked: [authority.chambers[1].signer.serial]) }).verdict
        == .confirmed
    )
  }

  /// The vocabulary is the one of the scheme that keeps the list, and the pinned version is the one we know.
  @Test func contexts() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    for context in [
      "https://evil.example/ns/membership/v1", "https://khatm.example:8443/ns/membership/v1",
      "https://khatm.example/ns/membership/v1/",
    ] as [Text] {
      let decision = try ask(
        authority.token(dubai) {
          $0.context = context
          $0.contextDigest = nil
        }
      )
      #expect(decision.summary == "not_genuine malformed", "\(context)")
    }
    #expect(try ask(authority.token(dubai) { $0.contextDigest = nil }).verdict == .confirmed)
    let other = Text("sha384-" + Base64.encode(SHA2.sha384([1])))
    #expect(try ask(authority.token(dubai) { $0.contextDigest = other }).codes == [.malformed])
    #expect(
      try ask(
        authority.token(dubai) { $0.contextDigest = other },
        also: { $0.contextDigests = ["https://khatm.example/ns/membership/v1": other] }
      ).verdict == .confirmed
    )
    #expect(
      try ask(also: { $0.contextDigests = ["https://khatm.example/ns/membership/v1": other] }).codes == [.malformed]
    )
    // Seen from elsewhere, an unknown version is only unknown.
    #expect(
      try ask(authority.token(dubai) { $0.contextDigest = other }, also: { $0.host = "elsewhere.example" }).summary
        == "cannot_tell trust_data_unavailable"
    )
  }

  /// Both purposes, or nobody knows about the one that is missing.
  @Test func statusPurposes() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    func ask(_ purposes: [String]) throws -> Decision {
      try self.ask(
        authority.token(dubai) { credential in
          credential.statuses = purposes.map {
            .bitstring(
              StatusEntry(
                purpose: Text($0),
                index: 94_567,
                list: dubai.listURL($0 == "refresh" ? "suspension" : $0, of: authority.host)
              )
            )
          }
        }
      )
    }
    #expect(try ask(["revocation", "suspension"]).verdict == .confirmed)
    for purposes in [
      ["revocation"], ["suspension"], ["revocation", "revocation"], ["revocation", "refresh"],
      ["suspension", "refresh"],
    ] {
      let decision = try ask(purposes)
      #expect(decision.summary == "cannot_tell status_unusable", "\(purposes): \(decision.summary)")
    }
    #expect(try ask(["revocation", "suspension", "refresh"]).verdict == .confirmed, "other purposes decide nothing")
    // The Open Badges envelope may have one: suspension, which revoking sets, too.
    #expect(try self.ask(authority.openBadge(dubai)).verdict == .confirmed)
    let badge = try self.ask(
      authority.openBadge(dubai),
      also: { $0.lists = try authority.statusLists(revoked: [94_567]) }
    )
    #expect(badge.verdict == .notInForce)
    let wrong = try authority.openBadge(
      dubai,
      edit: { $0["credentialStatus"] = .object(authority.credential(dubai).statusEntries[0].json) }
    )
    #expect(try self.ask(wrong).summary == "cannot_tell status_unusable")
    // Entries that cross: the purpose is that of the list.
    let crossed = try authority.token(dubai) { credential in
      credential.statuses = ["revocation", "suspension"].map {
        .bitstring(StatusEntry(purpose: Text($0), index: 5, list: dubai.listURL("suspension", of: authority.host)))
      }
    }
    #expect(try self.ask(crossed).summary == "cannot_tell status_unusable")
    // Two entries of one purpose: any of them counts.
    let twice = try authority.token(dubai) { credential in
      credential.statuses += [
        .bitstring(StatusEntry(purpose: "suspension", index: 77, list: dubai.listURL("suspension", of: authority.host)))
      ]
    }
    #expect(try self.ask(twice).verdict == .confirmed)
    #expect(try self.ask(twice, also: { $0.lists = try authority.statusLists(suspended: [77]) }).verdict == .notInForce)
    // A status we cannot read beside those we can.
    let foreign = try authority.token(
      dubai,
      edit: { payload in
        payload["credentialStatus"] = .array(
          (payload["credentialStatus"]?.array ?? []) + [["type": "SomeOtherStatus2030"]]
        )
      }
    )
    #expect(try self.ask(foreign).verdict == .confirmed)
    // Another chamber's list.
    let elsewhere = try authority.token(dubai) { credential in
      credential.statuses = ["revocation", "suspension"].map {
        .bitstring(
          StatusEntry(purpose: Text($0), index: 5, list: authority.chambers[1].listURL($0, of: authority.host))
        )
      }
    }
    #expect(try self.ask(elsewhere).codes == [.issuerNotAuthorised])
    let both = try self.ask(
      elsewhere,
      change: { if $0.slug == "dubai" { $1.statusLists.append("https://khatm.example/status/") } }
    )
    #expect(
      both.verdict == .cannotTell && Set(both.codes) == [.statusUnusable],
      "allowed by the list, but another chamber's word"
    )
  }

  /// Signed statements of a change: dates for what the lists say, doubt for what they do not.
  @Test func statements() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let said = now.adding(days: -2)
    func ask(_ statement: [UInt8]?, revoked: [Int64] = [], suspended: [Int64] = []) throws -> Decision {
      try Question(authority, page: shop).with {
        $0.statement = statement
        $0.lists = try authority.statusLists(revoked: revoked, suspended: suspended)
      }.decide()
    }
    let index: Int64 = 94_567
    #expect(try ask(authority.statement(dubai, "revoked"), revoked: [index]).stateSince == said)
    #expect(try ask(authority.statement(dubai, "suspended"), suspended: [index]).stateSince == said)
    #expect(try ask(authority.statement(dubai, "suspended"), revoked: [index]).stateSince == nil)
    let superseded = try ask(authority.statement(dubai, "superseded", by: TestAuthority.id(5)), revoked: [index])
    #expect(superseded.supersededBy == TestAuthority.id(5).description && superseded.codes == [.superseded])
    for state in ["revoked", "superseded"] {
      let decision = try ask(authority.statement(dubai, state))
      #expect(decision.summary == "cannot_tell status_rollback", "\(state) is final: \(decision.summary)")
      #expect(try ask(authority.statement(dubai, state), suspended: [index]).verdict == .notInForce)
    }
    #expect(try ask(authority.statement(dubai, "suspended")).verdict == .confirmed, "lifted since, the lists are newer")
    #expect(
      try ask(authority.statement(dubai, "suspended", at: now)).summary == "cannot_tell status_rollback",
      "newer than the lists"
    )
    #expect(try ask(authority.statement(dubai, "reinstated", at: now)).verdict == .confirmed)
    #expect(
      try ask(authority.statement(dubai, "reinstated"), suspended: [index]).verdict == .notInForce,
      "a statement never clears a bit"
    )
    #expect(try ask(authority.statement(dubai, "active"), revoked: [index]).verdict == .notInForce)
    // Not this credential's, not this chamber's, not yet, not a statement.
    let others = try [
      authority.statement(dubai, "revoked", of: TestAuthority.id(2)),
      authority.statement(authority.chambers[1], "revoked"),
      authority.statement(dubai, "revoked", at: now.adding(days: 1)),
      authority.token(dubai),
      authority.statement(dubai, "revoked", edit: { $0["iss"] = .string(authority.chambers[1].did) }),
      authority.statement(dubai, "revoked", edit: { $0["at"] = "yesterday" }),
      authority.statement(dubai, "superseded", edit: { $0["by"] = "x" }), [],
    ]
    for (place, statement) in others.enumerated() { #expect(try ask(statement).verdict == .confirmed, "\(place)") }
  }
}
