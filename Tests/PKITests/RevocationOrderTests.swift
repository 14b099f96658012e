import Fixtures
import Testing

@testable import PKI

/// Which of several lists speaks, and lists in forms no maker of ours writes.
@Suite struct RevocationOrderTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority.shared.get() }

  private func revoking(_ at: Int64, number: Int64, from: Int64, until: Int64 = now + day) throws -> RevocationList {
    try authority.a.crl(
      number: number,
      from: from,
      until: until,
      [RevokedCertificate(serial: authority.a.signer.serial, at: at)]
    )
  }

  @Test func entriesKeepTheirOrder() throws {
    let serials: [[UInt8]] = [[9], [1], [0x80], [2, 0], [5]]
    let list = try authority.a.crl(
      serials.enumerated().map {
        RevokedCertificate(serial: $1, at: now - Int64($0), reason: $0 == 2 ? .superseded : nil)
      }
    )
    #expect(list.revoked.map(\.serial) == serials && list.revoked.map(\.at) == (0..<5).map { now - Int64($0) })
    #expect(list.revoked.map(\.reason) == [nil, nil, .superseded, nil, nil])
    #expect(
      list.contains([0x80])?.at == now - 2 && list.contains([2]) == nil && list.contains([0, 2, 0])?.at == now - 3
    )
    for reason in RevokedCertificate.Reason.allCases {
      #expect(
        try authority.a.crl([RevokedCertificate(serial: [1], at: now, reason: reason)]).revoked.first?.reason == reason
      )
    }
  }

  /// By date first, then by number as a number: 256 is more than 255 though its first octet is less.
  @Test func newer() throws {
    let a = authority.a
    let old = try a.crl(number: 900, from: now - 5)
    let low = try a.crl(number: 255)
    let high = try a.crl(number: 256)
    let highest = try a.crl(number: 257)
    let order = [old, low, high, highest]
    for (left, first) in order.enumerated() {
      for (right, second) in order.enumerated() {
        #expect(first.isNewer(than: second) == (left > right), "\(left) \(right)")
      }
    }
  }

  @Test func theHighestNumberOfOneSecondSpeaks() throws {
    let a = authority.a
    let without = try a.crl(number: 256, from: now)
    let with = try revoking(now - 3, number: 255, from: now)
    for crls in [[authority.rootCRL, without, with], [with, without, authority.rootCRL]] {
      #expect(authority.rejection(crls: crls) == nil)
    }
    let later = try revoking(now - 3, number: 257, from: now)
    for crls in [[authority.rootCRL, without, later], [later, without, authority.rootCRL]] {
      #expect(authority.rejection(crls: crls) == .revoked(step: 0, at: now - 3))
    }
  }

  /// Of lists of three weeks the one of the week in question speaks, and the next one ends its interval.
  @Test func eachWeekHasItsList() throws {
    let a = authority.a
    let weeks = try (0..<3).map { week in
      let from = now + Int64(week) * 7 * day
      return week == 1
        ? try revoking(now + 1, number: 2, from: from, until: from + 9 * day)
        : try a.crl(number: Int64(week + 1), from: from, until: from + 9 * day)
    }
    let crls = [weeks[2], weeks[0], authority.rootCRL, weeks[1]]
    #expect(authority.rejection(crls: crls, at: now - 1) == .crlStale(step: 0))
    #expect(try authority.validate(crls: crls, at: now).crlsUntil == now + 7 * day - 1)
    #expect(authority.rejection(crls: crls, at: now + 7 * day - 1) == nil)
    // though the first is still in force
    #expect(authority.rejection(crls: crls, at: now + 7 * day) == .revoked(step: 0, at: now + 1))
    #expect(authority.rejection(crls: crls, at: now + 14 * day) == nil)  // the newest says no more of it
    #expect(try authority.validate(crls: crls, at: now + 14 * day).crlsFrom == now + 14 * day)
    #expect(authority.rejection(crls: crls, at: now + 23 * day) == nil)
    // After the end of all lists the old ones still prove what they said.
    #expect(authority.rejection(crls: crls, at: now + 23 * day + 1) == .crlStale(step: 0))
    #expect(
      authority.rejection(crls: [authority.rootCRL, weeks[0], weeks[1]], at: now + 23 * day + 1)
        == .revoked(step: 0, at: now + 1)
    )
  }

  private func list(_ rebuild: (inout [[UInt8]]) -> Void, _ change: Odd.Change = Odd.Change()) throws -> [UInt8] {
    let good = try Odd.list(authority.a.ca, authority.a.caKey, change: change)
    let outer = try #require(DERReader.only(good[...], DERTag.sequence))
    var reader = DERReader(outer.content)
    let toBeSigned = reader.next()
    var fields = DERReader(try #require(toBeSigned).content)
    var parts: [[UInt8]] = []
    while let part = fields.next() { parts.append(Array(part.whole)) }
    rebuild(&parts)
    let body = DER.sequence(of: parts)
    let algorithm = X509SignatureAlgorithm.ecdsaSHA384
    return DER.sequence(
      body,
      algorithm.algorithmIdentifier,
      DER.bits(try authority.a.caKey.sign(body, algorithm: algorithm))
    )
  }

  private func error(_ der: [UInt8]) -> RevocationListRejection? {
    do {
      _ = try RevocationList(der: der)
      return nil
    } catch { return error }
  }

  /// version, signature, issuer, thisUpdate, nextUpdate, extensions: each out of shape, under a good signature.
  @Test func fieldsOutOfShape() throws {
    let time = DER.element(DERTag.utcTime, Array("261122090000Z".utf8))
    let long = DER.element(DERTag.generalizedTime, Array("20261122090000Z".utf8))
    #expect(error(try list { _ in }) == nil)
    #expect(error(try list { $0[0] = DER.unsigned(2) }) == .incomplete("version"))
    #expect(error(try list { $0[0] = DER.element(0xa0, DER.unsigned(1)) }) == .incomplete("version"))
    #expect(
      error(try list { $0[1] = X509SignatureAlgorithm.ecdsaSHA256.algorithmIdentifier }) == .malformed("signature")
    )
    #expect(error(try list { $0[2] = DER.sequence(DER.sequence()) }) == .malformed("issuer"))
    #expect(error(try list { $0[3] = long }) == .malformed("thisUpdate"))
    #expect(error(try list { $0[3] = DER.null }) == .malformed("thisUpdate"))
    #expect(error(try list { $0[4] = long }) == .malformed("nextUpdate"))
    #expect(
      error(
        try list {
          $0[3] = time
          $0[4] = time
        }
      ) == nil
    )  // for one second
    #expect(error(try list { $0.swapAt(3, 4) }) == .malformed("nextUpdate"))
    #expect(error(try list { $0[5] = DER.element(0xa1, []) }) == .incomplete("crlExtensions"))
    #expect(error(try list { $0[5] = DER.element(0xa0, DER.null) }) == .incomplete("crlExtensions"))
    #expect(error(try list { $0[5] = DER.element(0xa0, DER.sequence()) }) == .incomplete("cRLNumber"))
    #expect(error(try list { $0.append(DER.null) }) == .malformed("tbsCertList"))
    let good = try list { _ in }
    #expect(
      error(good + [0]) == .trailingBytes && error([]) == .malformed("certificateList")
        && error([0x30, 0]) == .malformed("certificateList")
    )
  }

  @Test func extensionsOutOfShape() throws {
    func changed(_ oid: OID, _ value: [UInt8], critical: Bool = false) throws -> RevocationListRejection? {
      error(try list({ _ in }, Odd.Change(extra: [Odd.field(oid, critical: critical, value: value)], drop: [oid])))
    }
    let key = try #require(authority.a.ca.subjectKeyIdentifier)
    let issuer =
      DER.element(0xa1, DER.element(0xa4, authority.root.subjectName)) + DER.element(0x82, authority.a.ca.serial)
    #expect(try changed(.authorityKeyIdentifier, DER.sequence(DER.element(0x80, key))) == nil)
    #expect(
      try changed(.authorityKeyIdentifier, DER.sequence(DER.element(0x80, key)), critical: true)
        == .malformed("authorityKeyIdentifier")
    )
    #expect(
      try changed(.authorityKeyIdentifier, DER.sequence(DER.element(0x80, []))) == .malformed("authorityKeyIdentifier")
    )
    #expect(
      try changed(.authorityKeyIdentifier, DER.sequence(DER.element(0x83, key))) == .malformed("authorityKeyIdentifier")
    )
    #expect(try changed(.authorityKeyIdentifier, DER.sequence(issuer)) == .incomplete("authorityKeyIdentifier"))
    for value in [
      [], [2, 0], [2, 2, 0, 1], [4, 1, 1], [2, 1, 1, 0], DER.element(2, [UInt8](repeating: 1, count: 21)),
    ] as [[UInt8]] {
      #expect(try changed(.crlNumber, value) == .malformed("cRLNumber"), "\(value)")
    }
    let longest = DER.element(2, [0x7f] + [UInt8](repeating: 0xff, count: 19))
    let der = try list({ _ in }, Odd.Change(extra: [Odd.field(.crlNumber, value: longest)], drop: [.crlNumber]))
    #expect(try RevocationList(der: der).number == [0x7f] + [UInt8](repeating: 0xff, count: 19))
    #expect(try changed(.deltaCRLIndicator, DER.unsigned(1)) == .unsupported("2.5.29.27"))  // critical or not
    #expect(try changed(.certificateIssuer, [], critical: true) == .unsupported("2.5.29.29"))
  }

  /// Another issuer's key identifier under this issuer's name, and the reverse: not a list of this issuer.
  @Test func nameAndKeyIdentifierTogether() throws {
    let (a, b) = (authority.a, authority.b)
    let other = try #require(b.ca.subjectKeyIdentifier)
    let change = Odd.Change(
      extra: [Odd.field(.authorityKeyIdentifier, value: DER.sequence(DER.element(0x80, other)))],
      drop: [.authorityKeyIdentifier]
    )
    let wrongKey = try RevocationList(der: try list({ _ in }, change))
    let wrongName = try RevocationList(der: try list { $0[2] = b.ca.subjectName })
    #expect(!wrongKey.names(a.ca) && !wrongKey.names(b.ca) && !wrongName.names(a.ca) && !wrongName.names(b.ca))
    for stray in [wrongKey, wrongName] {
      #expect(try stray.isSigned(by: a.ca.publicKey))
      #expect(authority.rejection(crls: [authority.rootCRL, stray]) == .crlMissing(step: 0))
    }
  }
}
