import Fixtures
import Testing

@testable import PKI

/// Chains with two faults each: which of the two is said. The order is part of the meaning (see `ChainRejection`).
@Suite struct ReasonOrderTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority.shared.get() }

  private func leaf(_ change: (inout CertificateTemplate) -> Void) throws -> Certificate {
    try authority.a.signer(change)
  }

  private func ca(
    _ change: Odd.Change = Odd.Change(),
    key: PrivateKey? = nil,
    template: (inout CertificateTemplate) -> Void = { _ in }
  ) throws -> Certificate {
    var wanted = authority.a.plan.caTemplate(10)
    template(&wanted)
    return try Certificate(
      der: Odd.certificate(
        wanted,
        authority.a.caKey.publicKey,
        issuer: authority.root,
        key: key ?? authority.rootKey,
        change: change
      )
    )
  }

  private func rules(_ change: (inout ChainRules) -> Void) -> ChainRules {
    var rules = authority.a.rules
    change(&rules)
    return rules
  }

  @Test func shapeBeforeEverythingElse() throws {
    let a = authority.a
    let late = now + 5000 * day
    #expect(authority.rejection([], anchors: []) == .empty)
    #expect(authority.rejection([a.ca] + Array(repeating: authority.root, count: 5)) == .tooLong(certificates: 6))
    #expect(authority.rejection([authority.root, a.signer], at: late) == .selfIssued(step: 0))
    // The leaf's own link comes first.
    #expect(authority.rejection([a.signer, authority.root]) == .notIssuedByNext(step: 0))
    #expect(authority.rejection([a.signer, a.ca, authority.root], at: late) == .selfIssued(step: 2))
    #expect(authority.rejection([a.ca, a.ca]) == .notIssuedByNext(step: 0))  // and is a CA
    #expect(authority.rejection([a.signer, authority.b.ca], crls: []) == .notIssuedByNext(step: 0))
    #expect(
      authority.rejection([a.signer, a.ca], anchors: [], rules: rules { $0.leafKeys = [] }) == .keyNotAllowed(step: 0)
    )
  }

  /// The leaf is looked at before its issuer, the issuer before the anchor.
  @Test func profilesFromTheLeafUp() throws {
    let a = authority.a
    let noPurpose = try leaf { $0.extendedKeyUsages = [] }
    let noPolicy = try leaf { $0.policies = [] }
    let noUsage = try ca(Odd.Change(drop: [.keyUsage]))
    let unconstrained = try ca(Odd.Change(drop: [.nameConstraints]))
    #expect(authority.rejection([noPurpose, noUsage]) == .extendedKeyUsage(step: 0))
    #expect(authority.rejection([a.signer, noUsage], anchors: []) == .keyUsage(step: 1))
    #expect(authority.rejection([noPolicy, unconstrained]) == .extensionMissing(step: 1, oid: "2.5.29.30"))
    #expect(authority.rejection([noPurpose, a.ca], crls: []) == .extendedKeyUsage(step: 0))
    let neither = rules {
      $0.leafKeys = []
      $0.issuerKeys = []
    }
    #expect(authority.rejection(rules: neither) == .keyNotAllowed(step: 0))
    #expect(authority.rejection(rules: rules { $0.issuerKeys = [] }) == .keyNotAllowed(step: 1))
    // within one certificate: role, key, criticality, purpose, names
    let twoFaults = try leaf {
      $0.extendedKeyUsages = []
      $0.dnsNames = [authority.b.host]
    }
    #expect(authority.rejection([twoFaults, a.ca]) == .extendedKeyUsage(step: 0))
    #expect(authority.rejection([twoFaults, a.ca], rules: rules { $0.leafKeys = [.rsa] }) == .keyNotAllowed(step: 0))
    #expect(authority.rejection([a.ca], rules: rules { $0.leafKeys = [.rsa] }) == .wrongRole(step: 0))
  }

  @Test func trustBeforePolicyBeforeSignatures() throws {
    let a = authority.a
    let noPolicy = try leaf { $0.policies = [] }
    let foreign = try leaf { $0.subject.organization = authority.b.organization }
    let forged = try ca(key: a.caKey)
    let sha1 = Odd.Change(identifier: DER.sequence(OID("1.2.840.10045.4.1")?.element ?? []))
    #expect(authority.rejection([noPolicy, a.ca], anchors: []) == .untrusted)
    #expect(authority.rejection([a.signer, try ca(sha1)], anchors: []) == .untrusted)
    #expect(authority.rejection([noPolicy, try ca(sha1)]) == .algorithmNotAllowed(step: 1))
    #expect(authority.rejection([noPolicy, forged]) == .policyMissing)
    let both = try leaf {
      $0.policies = []
      $0.subject.organization = authority.b.organization
    }
    #expect(authority.rejection([both, a.ca]) == .policyMissing)
    #expect(authority.rejection([foreign, a.ca], crls: []) == .nameConstraintViolated(step: 0))
    #expect(authority.rejection([a.signer, forged], crls: []) == .signatureInvalid(step: 1))
    let revoked = try a.crl([RevokedCertificate(serial: foreign.serial, at: now)])
    #expect(
      authority.rejection([foreign, a.ca], crls: [authority.rootCRL, revoked]) == .nameConstraintViolated(step: 0)
    )
    #expect(authority.rejection([a.signer, forged], at: now + 5000 * day) == .signatureInvalid(step: 1))
  }

  @Test func revokedBeforeMissingBeforeTimes() throws {
    let a = authority.a
    let late = now + 5000 * day
    let leafRevoked = try a.crl([RevokedCertificate(serial: a.signer.serial, at: now - 7)])
    func rootList(_ from: Int64, _ until: Int64, revoking: Bool) throws -> RevocationList {
      try CertificateAuthority.makeCRL(
        issuer: authority.root,
        key: authority.rootKey,
        number: 7,
        thisUpdate: from,
        nextUpdate: until,
        revoked: revoking ? [RevokedCertificate(serial: a.ca.serial, at: now - 9)] : []
      )
    }
    let caRevoked = try rootList(now, now + day, revoking: true)
    let oldRoot = try rootList(now - 9 * day, now - 8 * day, revoking: false)
    let oldLeaf = try a.crl(from: now - 9 * day, until: now - 8 * day)
    #expect(authority.rejection(crls: [leafRevoked, caRevoked]) == .revoked(step: 1, at: now - 9), "the first of both")
    #expect(authority.rejection(crls: [leafRevoked]) == .revoked(step: 0, at: now - 7))
    #expect(authority.rejection(crls: [leafRevoked, oldRoot]) == .revoked(step: 0, at: now - 7))
    #expect(authority.rejection(crls: [caRevoked]) == .revoked(step: 1, at: now - 9))
    #expect(authority.rejection(crls: [oldLeaf, caRevoked]) == .revoked(step: 1, at: now - 9))
    #expect(authority.rejection(crls: [oldLeaf]) == .crlStale(step: 0))  // and none of the root
    #expect(authority.rejection(crls: [oldRoot]) == .crlMissing(step: 0))  // and a stale one of the root
    #expect(authority.rejection(crls: [oldLeaf, oldRoot]) == .crlStale(step: 0))
    #expect(authority.rejection(crls: [a.crl, oldRoot]) == .crlStale(step: 1))
    #expect(authority.rejection(crls: [], at: late) == .crlMissing(step: 0))
    #expect(authority.rejection(at: late) == .crlStale(step: 0))
    let history = rules { $0.revocationTime = now }
    #expect(
      authority.rejection(crls: [leafRevoked, authority.rootCRL], at: late, rules: history)
        == .revoked(step: 0, at: now - 7)
    )
    #expect(
      authority.rejection(crls: [leafRevoked, authority.rootCRL], at: now - 15 * day, rules: history)
        == .revoked(step: 0, at: now - 7)
    )
  }

  /// A time before one certificate and after another: nothing was good then, so `expired`, which means "was good", is
  /// not said.
  @Test func notYetValidBeforeExpired() throws {
    let history = rules { $0.revocationTime = now }
    let name = DistinguishedName(country: "AE", organization: "Example Trust Authority", commonName: "Example Root G1")
    let past = try CertificateAuthority.selfSign(
      .root(subject: name, notBefore: now - 900 * day, notAfter: now - 15 * day, serial: [3]),
      key: authority.rootKey
    )
    #expect(authority.rejection(anchors: [past], at: now - 12 * day, rules: history) == .notYetValid(step: 0))
    #expect(authority.rejection(anchors: [past], at: now, rules: history) == .expired(step: 2))
    #expect(authority.rejection(anchors: [past], at: now - 25 * day, rules: history) == .notYetValid(step: 0))
    let lateCA = try ca { $0.notBefore = now + day }
    #expect(authority.rejection([authority.a.signer, lateCA], rules: history) == .notYetValid(step: 1))
    #expect(
      authority.rejection([authority.a.signer, lateCA], at: now + 700 * day, rules: history) == .expired(step: 0)
    )
  }

  @Test func rolesOfSignaturesOfTheCache() throws {
    let cache = ChainCache()
    let der = authority.a.signer.der
    func rejection(_ ders: [[UInt8]]) -> ChainRejection? {
      do {
        _ = try cache.validate(ders, anchors: [], crls: [], at: now, rules: authority.a.rules)
        return nil
      } catch { return error }
    }
    let huge = [UInt8](repeating: 0, count: 8193)
    #expect(rejection(Array(repeating: huge, count: 6)) == .tooLong(certificates: 6))
    #expect(rejection([[0], huge]) == .unreadable(step: 1, .tooLarge(bytes: 8193)))  // sizes before contents
    #expect(rejection([der, [0]]) == .unreadable(step: 1, .malformed("certificate")))
    #expect(rejection([[0], [0]]) == .unreadable(step: 0, .malformed("certificate")))
    #expect(rejection([der, der]) == .notIssuedByNext(step: 0) && cache.count == 0)
  }
}
