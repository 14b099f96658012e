import Fixtures
import PKI
import Testing

/// When a chain holds, and the reason when it does not.
@Suite struct ChainTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority.shared.get() }

  @Test func aGoodChainHolds() throws {
    let answer = try authority.validate()
    #expect(answer.leaf == authority.a.signer && answer.key == authority.a.signerKey.publicKey)
    #expect(answer.policies == [ChamberPlan.trusted, ChamberPlan.verified])
    #expect(answer.fingerprints == [authority.a.signer.sha256, authority.a.ca.sha256, authority.root.sha256])
    #expect(answer.certificatesFrom == now - 10 * day && answer.certificatesUntil == now + 655 * day)
    #expect(answer.crlsFrom == now - day && answer.crlsUntil == now + 6 * day)
    #expect(answer.validFrom == now - day && answer.validUntil == now + 6 * day)
    #expect(try authority.validate(rules: .credentialSigner(host: authority.a.host, policy: nil)) == answer)
  }

  @Test func theOrderIsFixed() throws {
    let (a, b) = (authority.a, authority.b)
    #expect(authority.rejection([]) == .empty)
    #expect(authority.rejection([a.ca, a.signer]) == .notIssuedByNext(step: 0))
    #expect(authority.rejection([a.signer]) == .untrusted)
    #expect(authority.rejection([a.signer, b.ca]) == .notIssuedByNext(step: 0))
    #expect(authority.rejection([a.signer, a.ca, a.ca]) == .notIssuedByNext(step: 1))
    #expect(authority.rejection([a.signer, b.ca, a.ca]) == .notIssuedByNext(step: 0))
    // A root in the chain is no anchor.
    #expect(authority.rejection([a.signer, a.ca, authority.root]) == .selfIssued(step: 2))
    #expect(authority.rejection([a.signer, a.ca, authority.root], anchors: []) == .selfIssued(step: 2))
    #expect(authority.rejection([authority.root]) == .selfIssued(step: 0))
    #expect(authority.rejection([a.ca]) == .wrongRole(step: 0))
    #expect(authority.rejection(Array(repeating: a.signer, count: 6)) == .tooLong(certificates: 6))
    var short = a.rules
    short.maximumCertificates = 1
    #expect(authority.rejection(rules: short) == .tooLong(certificates: 2))
  }

  @Test func onlyConfiguredRootsAreAnchors() throws {
    let other = try TestAuthority.make()  // the same names, other keys
    #expect(authority.rejection(anchors: []) == .untrusted)
    #expect(authority.rejection(anchors: [other.root]) == .untrusted)  // the key identifier differs
    #expect(authority.rejection(anchors: [authority.a.ca]) == .untrusted)  // no intermediate as anchor
    #expect(authority.rejection(anchors: [other.root, authority.root, authority.a.ca]) == nil)
    #expect(authority.rejection(other.a.chain) == .untrusted)
    // two certificates of one root key: the one in force
    let name = DistinguishedName(country: "AE", organization: "Example Trust Authority", commonName: "Example Root G1")
    let old = try CertificateAuthority.selfSign(
      .root(subject: name, notBefore: now - 3000 * day, notAfter: now - day, serial: [9]),
      key: authority.rootKey
    )
    #expect(authority.rejection(anchors: [old]) == .expired(step: 2))
    #expect(try authority.validate(anchors: [old, authority.root]).fingerprints[2] == authority.root.sha256)
  }

  @Test func timesAreInclusive() throws {
    let (a, rules) = (authority.a, authority.a.rules)
    var history = rules
    history.revocationTime = now
    #expect(authority.rejection(at: a.signer.notAfter, rules: history) == nil)
    #expect(authority.rejection(at: a.signer.notAfter + 1, rules: history) == .expired(step: 0))
    #expect(authority.rejection(at: a.signer.notBefore, rules: history) == nil)
    #expect(authority.rejection(at: a.signer.notBefore - 1, rules: history) == .notYetValid(step: 0))
    #expect(authority.rejection(at: a.ca.notAfter + 1, rules: history) == .expired(step: 0))
    #expect(authority.rejection(at: authority.root.notBefore - 1, rules: history) == .notYetValid(step: 0))
    #expect(authority.rejection(at: .max, rules: history) == .expired(step: 0))
    #expect(authority.rejection(at: .min, rules: history) == .notYetValid(step: 0))
    // nextUpdate and thisUpdate too
    #expect(authority.rejection(at: a.crl.nextUpdate) == nil)
    #expect(authority.rejection(at: a.crl.nextUpdate + 1) == .crlStale(step: 0))
    #expect(authority.rejection(at: a.crl.thisUpdate) == nil)
    #expect(authority.rejection(at: a.crl.thisUpdate - 1) == .crlStale(step: 0))
  }

  @Test func missingAndStaleListsAreToldApart() throws {
    let a = authority.a
    #expect(authority.rejection(crls: []) == .crlMissing(step: 0))
    #expect(authority.rejection(crls: [authority.rootCRL]) == .crlMissing(step: 0))
    #expect(authority.rejection(crls: [a.crl]) == .crlMissing(step: 1))
    #expect(authority.rejection(crls: [authority.rootCRL, authority.b.crl]) == .crlMissing(step: 0))
    let stale = try a.crl(from: now - 20 * day, until: now - 13 * day)
    #expect(authority.rejection(crls: [authority.rootCRL, stale]) == .crlStale(step: 0))
    #expect(authority.rejection(crls: [stale, authority.rootCRL, a.crl, authority.b.crl]) == nil)
    var ignoring = a.rules
    ignoring.revocation = .ignored
    let answer = try authority.validate(crls: [], rules: ignoring)
    #expect(answer.crlsFrom == .min && answer.crlsUntil == .max && answer.validUntil == answer.certificatesUntil)
    // what is wrong for ever is said before what is not known
    #expect(
      authority.rejection(crls: [], rules: .credentialSigner(host: authority.b.host, policy: nil)) == .nameMismatch
    )
    // and the end of a certificate after it
    #expect(authority.rejection(crls: [], at: a.signer.notAfter + 1) == .crlMissing(step: 0))
  }

  @Test func listsOfTheRightNameAndAnotherKeyAreAbsent() throws {
    let other = try TestAuthority.make()
    #expect(authority.rejection(crls: [authority.rootCRL, other.a.crl]) == .crlMissing(step: 0))
    // also when the key identifier is copied: flip one bit of the signature
    var der = authority.a.crl.der
    der[der.count - 1] ^= 1
    let forged = try RevocationList(der: der)
    #expect(authority.rejection(crls: [authority.rootCRL, forged]) == .crlMissing(step: 0))
    #expect(authority.rejection(crls: [authority.rootCRL, forged, authority.a.crl]) == nil)
  }

  @Test func revocation() throws {
    let a = authority.a
    for reason in [nil] + RevokedCertificate.Reason.allCases.map(Optional.some) {
      let entry = RevokedCertificate(serial: a.signer.serial, at: now - 3600, reason: reason)
      let list = try a.crl([RevokedCertificate(serial: [5], at: now), entry])
      #expect(
        list.contains(a.signer.serial) == entry && list.contains([0] + a.signer.serial) == entry
          && list.contains([7]) == nil
      )
      #expect(authority.rejection(crls: [authority.rootCRL, list]) == .revoked(step: 0, at: now - 3600))
      // the newest list in force counts, in whatever order they come
      #expect(authority.rejection(crls: [authority.rootCRL, list, a.crl]) == .revoked(step: 0, at: now - 3600))
      #expect(authority.rejection(crls: [a.crl, list, authority.rootCRL]) == .revoked(step: 0, at: now - 3600))
      // an old list still proves a revocation, but not a hold
      let old = try a.crl(from: now - 20 * day, until: now - 13 * day, [entry])
      #expect(
        authority.rejection(crls: [authority.rootCRL, old])
          == (reason == .certificateHold ? .crlStale(step: 0) : .revoked(step: 0, at: now - 3600))
      )
    }
    // a hold is lifted by the next list
    let hold = try a.crl(
      number: 2,
      from: now - 100,
      [RevokedCertificate(serial: a.signer.serial, at: now - 200, reason: .certificateHold)]
    )
    let next = try a.crl(number: 3, from: now)
    #expect(authority.rejection(crls: [authority.rootCRL, hold]) == .revoked(step: 0, at: now - 200))
    #expect(authority.rejection(crls: [authority.rootCRL, hold, next]) == nil)
    // the CA itself
    let rootList = try CertificateAuthority.makeCRL(
      issuer: authority.root,
      key: authority.rootKey,
      number: 2,
      thisUpdate: now,
      nextUpdate: now + day,
      revoked: [RevokedCertificate(serial: a.ca.serial, at: now - 5, reason: .cessationOfOperation)]
    )
    #expect(authority.rejection(crls: [rootList, a.crl]) == .revoked(step: 1, at: now - 5))
    #expect(authority.rejection(crls: [rootList]) == .revoked(step: 1, at: now - 5))  // before what is missing
  }

  @Test func aStolenChamberKeyIsContained() throws {
    let (a, b) = (authority.a, authority.b)
    // B's host under A's CA
    let host = try a.signer { $0.dnsNames = [b.host] }
    #expect(authority.rejection([host, a.ca], rules: b.rules) == .nameConstraintViolated(step: 0))
    // B's organisation
    let name = try a.signer { $0.subject.organization = b.organization }
    #expect(authority.rejection([name, a.ca]) == .nameConstraintViolated(step: 0))
    let noCountry = try a.signer { $0.subject.country = nil }
    #expect(authority.rejection([noCountry, a.ca]) == .nameConstraintViolated(step: 0))
    // a policy the CA does not have
    let policy = try a.signer { $0.policies = ["1.3.6.1.4.1.32473.9"] }
    #expect(authority.rejection([policy, a.ca]) == .policyMissing)
    #expect(
      authority.rejection([policy, a.ca], rules: .credentialSigner(host: a.host, policy: "1.3.6.1.4.1.32473.9"))
        == .policyMissing
    )
    let none = try a.signer { $0.policies = [] }
    #expect(authority.rejection([none, a.ca]) == .policyMissing)
    #expect(authority.rejection([none, a.ca], rules: .credentialSigner(host: a.host, policy: nil)) == .policyMissing)
    let any = try a.signer { $0.policies = ["2.5.29.32.0"] }
    #expect(authority.rejection([any, a.ca]) == .policyMissing)
    #expect(authority.rejection(rules: .credentialSigner(host: a.host, policy: ChamberPlan.caPolicy)) == .policyMissing)
    #expect(authority.rejection(rules: .credentialSigner(host: a.host, policy: "not an oid")) == .policyMissing)
    // another CA below A's
    let subKey = try PrivateKey.generate(.p384)
    var template = a.plan.caTemplate(30)
    template.subject.commonName = "sub CA"
    let sub = try CertificateAuthority.issue(template, subjectKey: subKey.publicKey, issuer: a.ca, issuerKey: a.caKey)
    let signer = try CertificateAuthority.issue(
      a.plan.signerTemplate(31),
      subjectKey: a.signerKey.publicKey,
      issuer: sub,
      issuerKey: subKey
    )
    let list = try CertificateAuthority.makeCRL(
      issuer: sub,
      key: subKey,
      number: 1,
      thisUpdate: now,
      nextUpdate: now + day,
      revoked: []
    )
    #expect(
      authority.rejection([signer, sub, a.ca], crls: [authority.rootCRL, a.crl, list]) == .pathLengthExceeded(step: 2)
    )
    // a signer that signs
    #expect(authority.rejection([try a.signer { $0.serial = [1] }, a.signer, a.ca]) == .notIssuedByNext(step: 0))
  }

  @Test func theSignerHasTheExactShape() throws {
    let a = authority.a
    func rejection(_ change: (inout CertificateTemplate) -> Void) throws -> ChainRejection? {
      authority.rejection([try a.signer(change), a.ca])
    }
    #expect(try rejection { _ in } == nil)
    #expect(try rejection { $0.uris = [] } == nil)
    #expect(try rejection { $0.extendedKeyUsages = [] } == .extendedKeyUsage(step: 0))
    #expect(try rejection { $0.extendedKeyUsages = ["1.3.6.1.5.5.7.3.1"] } == .extendedKeyUsage(step: 0))
    #expect(try rejection { $0.extendedKeyUsages = ["2.5.29.37.0"] } == .extendedKeyUsage(step: 0))
    #expect(try rejection { $0.extendedKeyUsages.append("2.5.29.37.0") } == .extendedKeyUsage(step: 0))
    #expect(try rejection { $0.dnsNames = [] } == .nameMismatch)
    #expect(try rejection { $0.dnsNames.append("other.\(a.domain)") } == .extensionMisused(step: 0, oid: "2.5.29.17"))
    #expect(try rejection { $0.dnsNames = ["x.\(a.host)"] } == .nameMismatch)
    #expect(authority.rejection(rules: .credentialSigner(host: a.domain, policy: nil)) == .nameMismatch)
    #expect(authority.rejection(rules: .credentialSigner(host: a.host.uppercased(), policy: nil)) == .nameMismatch)
    // keys
    let p384 = try PrivateKey.generate(.p384)
    let strong = try CertificateAuthority.issue(
      a.plan.signerTemplate(40),
      subjectKey: p384.publicKey,
      issuer: a.ca,
      issuerKey: a.caKey
    )
    #expect(authority.rejection([strong, a.ca]) == .keyNotAllowed(step: 0))
    var rules = a.rules
    rules.leafKeys = [.p256, .p384]
    #expect(authority.rejection([strong, a.ca], rules: rules) == nil)
  }

  @Test func theChamberCAHasTheExactShape() throws {
    let (a, key) = (authority.a, authority.a.caKey)
    func rejection(_ change: (inout CertificateTemplate) -> Void) throws -> ChainRejection? {
      var template = a.plan.caTemplate(10)
      template.serial = TestAuthority.serial(50)
      change(&template)
      let ca = try CertificateAuthority.issue(
        template,
        subjectKey: key.publicKey,
        issuer: authority.root,
        issuerKey: authority.rootKey
      )
      return authority.rejection([a.signer, ca])
    }
    #expect(try rejection { _ in } == nil)
    #expect(
      try rejection {
        $0.permittedDNS = []
        $0.permittedDirectoryNames = []
      } == .extensionMissing(step: 1, oid: "2.5.29.30")
    )
    #expect(try rejection { $0.permittedDNS = [] } == .extensionMisused(step: 1, oid: "2.5.29.30"))
    #expect(try rejection { $0.permittedDirectoryNames = [] } == .extensionMisused(step: 1, oid: "2.5.29.30"))
    #expect(try rejection { $0.requireExplicitPolicy = nil } == .extensionMissing(step: 1, oid: "2.5.29.36"))
    #expect(try rejection { $0.requireExplicitPolicy = 1 } == .extensionMissing(step: 1, oid: "2.5.29.36"))
    #expect(try rejection { $0.inhibitAnyPolicy = nil } == .extensionMissing(step: 1, oid: "2.5.29.54"))
    #expect(try rejection { $0.policies = [ChamberPlan.caPolicy] } == .policyMissing)
    #expect(try rejection { $0.policies = ["2.5.29.32.0"] } == .policyMissing)
    #expect(
      try rejection { $0.extendedKeyUsages = [CertificateTemplate.documentSigning] } == .extendedKeyUsage(step: 1)
    )
    #expect(try rejection { $0.permittedDNS = ["chamber-b.example"] } == .nameConstraintViolated(step: 0))
    #expect(try rejection { $0.permittedDNS = ["er-a.example"] } == .nameConstraintViolated(step: 0))
    let weak = try PrivateKey.generate(.p256)
    let ca = try CertificateAuthority.issue(
      a.plan.caTemplate(50),
      subjectKey: weak.publicKey,
      issuer: authority.root,
      issuerKey: authority.rootKey
    )
    let signer = try CertificateAuthority.issue(
      a.plan.signerTemplate(52),
      subjectKey: a.signerKey.publicKey,
      issuer: ca,
      issuerKey: weak
    )
    #expect(authority.rejection([signer, ca]) == .keyNotAllowed(step: 1))
  }

  /// No bit of a certificate or CRL can be flipped without the chain being refused.
  @Test func everyBitCounts() throws {
    let (a, crls) = (authority.a, [authority.rootCRL, authority.a.crl])
    // Signatures are dear: each fifth bit of the leaf, each 41st of the CA; all bits of a byte come up, since both are
    // odd.
    for (step, stride) in [(0, 5), (1, 41)] {
      let good = a.chain[step].der
      var readable = 0
      for bit in Swift.stride(from: 0, to: good.count * 8, by: stride) {
        var der = good
        der[bit / 8] ^= 1 << (bit % 8)
        var chain = a.chain
        do {
          chain[step] = try Certificate(der: der)
        } catch {
          continue
        }
        readable += 1
        let reason = authority.rejection(chain, crls: crls)
        #expect(reason != nil, "step \(step) bit \(bit)")
        switch reason {  // nothing that a caller would take for "not known" or "was good"
        case .crlMissing, .crlStale, .expired, .notYetValid, .failure:
          Issue.record("step \(step) bit \(bit): \(String(describing: reason))")
        default: break
        }
      }
      #expect(readable > 50)
    }
    let entry = RevokedCertificate(serial: a.signer.serial, at: now - 60, reason: .keyCompromise)
    let list = try a.crl([entry])
    for bit in 0..<(list.der.count * 8) {
      var der = list.der
      der[bit / 8] ^= 1 << (bit % 8)
      guard let changed = try? RevocationList(der: der) else { continue }
      #expect(try !changed.isSigned(by: a.ca.publicKey))
      if bit % 16 == 0 { #expect(authority.rejection(crls: [authority.rootCRL, changed]) == .crlMissing(step: 0)) }
    }
  }

  @Test func workWithGarbageIsBounded() throws {
    var random = SystemRandomNumberGenerator()
    let good = authority.a.signer.der
    for _ in 0..<3000 {
      var der = good
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let index = Int.random(in: der.indices, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: der[index] = .random(in: 0...255, using: &random)
        case 1: der.remove(at: index)
        default: der.insert(.random(in: 0...255, using: &random), at: index)
        }
      }
      if der != good, let certificate = try? Certificate(der: der) {
        #expect(authority.rejection([certificate, authority.a.ca]) != nil)
      }
      _ = try? RevocationList(der: der)
      _ = try? PublicKey(subjectPublicKeyInfo: der)
    }
  }
}

/// The cache answers as the validation does.
@Suite struct ChainCacheTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority.shared.get() }

  @Test func aKnownChainIsAnsweredFromMemory() throws {
    let cache = ChainCache()
    let (ders, crls, rules) = (authority.a.chain.map(\.der), [authority.rootCRL, authority.a.crl], authority.a.rules)
    func ask(_ time: Int64 = now, _ rules: ChainRules? = nil) throws -> ValidatedChain {
      try cache.validate(ders, anchors: [authority.root], crls: crls, at: time, rules: rules ?? authority.a.rules)
    }
    let first = try ask()
    #expect(try first == authority.validate())
    let clock = ContinuousClock()
    let warm = try clock.measure { for _ in 0..<1000 { _ = try ask() } } / 1000
    #expect(warm < .microseconds(500), "\(warm)")
    #expect(cache.count == 1)
    // outside the interval the answer is worked out again
    #expect(throws: ChainRejection.crlStale(step: 0)) { try ask(first.validUntil + 1) }
    #expect(throws: ChainRejection.crlStale(step: 0)) { try ask(first.validFrom - 1) }
    var history = rules
    history.revocationTime = now
    #expect(try ask(first.certificatesUntil, history) == first)
    #expect(throws: ChainRejection.expired(step: 0)) { try ask(first.certificatesUntil + 1, history) }
    #expect(cache.count == 1)
    // a list that comes into force later takes over then
    let later = try authority.a.crl(
      number: 9,
      from: now + day,
      [RevokedCertificate(serial: authority.a.signer.serial, at: now + 5)]
    )
    func askWithBoth(_ time: Int64) throws -> ValidatedChain {
      try cache.validate(ders, anchors: [authority.root], crls: [later] + crls, at: time, rules: rules)
    }
    #expect(try askWithBoth(now).crlsUntil == now + day - 1)
    #expect(throws: ChainRejection.revoked(step: 0, at: now + 5)) { try askWithBoth(now + day) }
    #expect(cache.count == 2)
    #expect(try askWithBoth(now).validFrom == first.validFrom)
    // other rules, other lists, other anchors: other answers
    #expect(throws: ChainRejection.nameMismatch) { try ask(now, authority.b.rules) }
    let revoked = try authority.a.crl([RevokedCertificate(serial: authority.a.signer.serial, at: now)])
    #expect(throws: ChainRejection.revoked(step: 0, at: now)) {
      try cache.validate(ders, anchors: [authority.root], crls: [authority.rootCRL, revoked], at: now, rules: rules)
    }
    #expect(throws: ChainRejection.untrusted) {
      try cache.validate(ders, anchors: [], crls: crls, at: now, rules: rules)
    }
    #expect(cache.count == 3)  // the revoked one is kept, the untrusted and misnamed are not
  }

  @Test func expiredAndRevokedChainsAreKnownToo() throws {
    let cache = ChainCache()
    let revoked = try authority.a.crl([RevokedCertificate(serial: authority.a.signer.serial, at: now)])
    var rules = authority.a.rules
    rules.revocationTime = now
    let clock = ContinuousClock()
    for (list, time, wanted) in [
      (authority.a.crl, now + 700 * day, ChainRejection.expired(step: 0)),
      (authority.a.crl, now - 11 * day, .notYetValid(step: 0)),
      (revoked, now, .revoked(step: 0, at: now)),
    ] {
      let spent = clock.measure {
        for _ in 0..<200 {
          #expect(throws: wanted) {
            try cache.validate(
              authority.a.chain.map(\.der),
              anchors: [authority.root],
              crls: [authority.rootCRL, list],
              at: time,
              rules: rules
            )
          }
        }
      }
      #expect(spent / 200 < .milliseconds(1), "\(spent)")
    }
    #expect(cache.count == 2)
    // and the first is still good at its time
    _ = try cache.validate(
      authority.a.chain.map(\.der),
      anchors: [authority.root],
      crls: [authority.rootCRL, authority.a.crl],
      at: now,
      rules: authority.a.rules
    )
    #expect(cache.count == 2)
    // two roots of one name: whichever is valid at the time, whatever was asked before
    let name = DistinguishedName(country: "AE", organization: "Example Trust Authority", commonName: "Example Root G1")
    let past = try CertificateAuthority.selfSign(
      .root(subject: name, notBefore: now - 3000 * day, notAfter: now - day, serial: [9]),
      key: authority.rootKey
    )
    let future = try CertificateAuthority.selfSign(
      .root(subject: name, notBefore: now, notAfter: now + 3000 * day, serial: [8]),
      key: authority.rootKey
    )
    for time in [now, now - 2 * day, now, now - 2 * day] {
      let answer = try cache.validate(
        authority.a.chain.map(\.der),
        anchors: [past, future],
        crls: [authority.rootCRL, authority.a.crl],
        at: time,
        rules: rules
      )
      #expect(answer.fingerprints[2] == (time == now ? future : past).sha256)
    }
  }

  @Test func badInputIsRefusedAndNotKept() throws {
    let cache = ChainCache()
    let der = authority.a.signer.der
    func rejection(_ ders: [[UInt8]]) -> ChainRejection? {
      do {
        _ = try cache.validate(ders, anchors: [authority.root], crls: [], at: now, rules: authority.a.rules)
        return nil
      } catch { return error }
    }
    #expect(rejection([]) == .empty)
    #expect(rejection([[UInt8]](repeating: der, count: 6)) == .tooLong(certificates: 6))
    #expect(rejection([[]]) == .unreadable(step: 0, .malformed("certificate")))
    #expect(rejection([der, der + [0]]) == .unreadable(step: 1, .trailingBytes))
    #expect(rejection([[UInt8](repeating: 0, count: 8193)]) == .unreadable(step: 0, .tooLarge(bytes: 8193)))
    #expect(cache.count == 0)
  }

  @Test func theOldestGoesFirst() throws {
    let cache = ChainCache(capacity: 2)
    func use(_ chamber: TestChamber, _ policy: String?) throws {
      _ = try cache.validate(
        chamber.chain.map(\.der),
        anchors: [authority.root],
        crls: [authority.rootCRL, chamber.crl],
        at: now,
        rules: .credentialSigner(host: chamber.host, policy: policy)
      )
    }
    try use(authority.a, nil)
    try use(authority.b, nil)
    try use(authority.a, nil)
    try use(authority.b, ChamberPlan.trusted)  // drops B without policy
    #expect(cache.count == 2)
    for _ in 0..<3 { try use(authority.a, ChamberPlan.verified) }
    #expect(cache.count == 2)
  }

  @Test func manyThreadsShareIt() async throws {
    let cache = ChainCache(capacity: 1)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          let chamber = task % 2 == 0 ? authority.a : authority.b
          for _ in 0..<10 {
            let answer = try cache.validate(
              chamber.chain.map(\.der),
              anchors: [authority.root],
              crls: [authority.rootCRL, chamber.crl],
              at: now,
              rules: chamber.rules
            )
            #expect(answer.leaf == chamber.signer)
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(cache.count == 1)
  }
}
