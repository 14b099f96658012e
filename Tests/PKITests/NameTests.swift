import Testing

@testable import PKI

/// What name constraints allow.
@Suite struct NameTests {
  @Test func dnsNames() {
    let long = String(repeating: "a", count: 63)
    for good in [
      "a", "example", "trust.chamber.example", "xn--mgb9awbf.example", "a-b.c1.2d",
      "\(long).\(long).\(long).\(long.dropLast(2))",
    ] { #expect(NameSyntax.isDNSName(Array(good.utf8)[...]), "\(good)") }
    for bad in [
      "", ".", "a.", ".a", "a..b", "-a.b", "a-.b", "A.b", "a_b", "a b", "*.a", "ba*.a", "a.1", "1.2.3.4", "127.1",
      "é.a", "a\u{0}.b",
      "a/b", "[::1]",
      "\(long)a.b", "\(long).\(long).\(long).\(long)",
    ] { #expect(!NameSyntax.isDNSName(Array(bad.utf8)[...]), "\(bad)") }
  }

  @Test func mailboxes() {
    for good in ["a@b.example", "a.b+c@b", "*@example.com", "A!#$%@x.example"] {
      #expect(NameSyntax.isMailbox(Array(good.utf8)[...]), "\(good)")
    }
    for bad in [
      "", "@", "a@", "@b", "a@b@c", "a..b@c", ".a@b", "a b@c", "\"a\"@b", "a@B", "a@[1.2.3.4]", "a@1.2.3.4",
      "Name <a@b.example>",
    ] { #expect(!NameSyntax.isMailbox(Array(bad.utf8)[...]), "\(bad)") }
  }

  @Test func uris() {
    for good in ["https://a.example/", "did:web:a.example", "urn:x", "a+b-c.d:x"] {
      #expect(NameSyntax.isURI(Array(good.utf8)), "\(good)")
    }
    for bad in ["", ":", "x", "x:", "1x:y", "x y:z", "http:// ", "é:x", "x:é", "x_y:z", "/a:b"] {
      #expect(!NameSyntax.isURI(Array(bad.utf8)), "\(bad)")
    }
    #expect(!NameSyntax.isURI(Array("x:".utf8) + [UInt8](repeating: 0x61, count: 2048)))
  }

  @Test func generalNames() {
    func read(_ bytes: [UInt8]) -> GeneralName? {
      var reader = DERReader(bytes)
      let name = GeneralName.read(&reader)
      return reader.isAtEnd ? name : nil
    }
    #expect(read([0x82, 1, 0x61]) == .dns([0x61]) && read([0x82, 1, 0x80]) == nil)
    #expect(read([0x87, 4, 1, 2, 3, 4]) == .ip([1, 2, 3, 4]))
    #expect(
      read([0xa4, 2, 0x30, 0]) == .directory([0x30, 0]) && read([0xa4, 0]) == nil && read([0xa4, 3, 0x30, 0, 0]) == nil
    )
    #expect(read([0x88, 1, 0x2a]) == .other(8) && read([0x88, 1, 0x80]) == nil && read([0x88, 0]) == nil)
    #expect(read([0xa0, 7, 6, 1, 0x2a, 0xa0, 2, 5, 0]) == .other(0) && read([0xa0, 3, 6, 1, 0x2a]) == nil)
    for bad in [[0x89, 0], [0x80, 0], [0xa2, 0], [0x30, 0], [0x16, 1, 0x61]] as [[UInt8]] {
      #expect(read(bad) == nil, "\(bad)")
    }
  }

  @Test func distinguishedNames() throws {
    let full = DistinguishedName(
      country: "AE",
      organization: "شركة النور",
      organizationalUnit: "Unit, \"x\" = +",
      organizationIdentifier: "NTRAE+DU-1",
      commonName: "中"
    )
    let der = try #require(full.encoded())
    #expect(DistinguishedName.isWellFormed(der[...]))
    var tags: [UInt8] = []
    var names = DERReader(try #require(DERReader.only(der[...], DERTag.sequence)).content)
    while var set = names.enter(DERTag.set), var pair = set.enter(DERTag.sequence) {
      _ = pair.next()
      tags.append(pair.nextTag ?? 0)
    }
    #expect(tags == [DERTag.printableString] + [UInt8](repeating: DERTag.utf8String, count: 4))
    #expect(DistinguishedName().encoded() == nil && DistinguishedName(country: "UAE").encoded() == nil)
    for control in ["\u{0}", "\n", "\u{7f}", "\u{85}"] {
      #expect(DistinguishedName(commonName: "a\(control)").encoded() == nil)
    }
    // two spellings that Swift takes for one are two names here
    #expect(DistinguishedName(commonName: "é").encoded() != DistinguishedName(commonName: "e\u{301}").encoded())
    for length in 0..<der.count { #expect(!DistinguishedName.isWellFormed(der[..<length])) }
    let badUTF8 = DER.sequence(
      DER.element(DERTag.set, DER.sequence(OID.commonName.element, DER.element(DERTag.utf8String, [0xff])))
    )
    #expect(!DistinguishedName.isWellFormed(badUTF8[...]))
    #expect(!DistinguishedName.isWellFormed(DER.sequence(DER.element(DERTag.set, []))[...]))
  }

  @Test func serialNumbers() {
    for first in UInt8.min...UInt8.max {
      let serial = CertificateTemplate.serial(random: [first] + [UInt8](repeating: 0xff, count: 30))
      #expect(serial.count == 16 && serial[0] >= 0x40 && serial[0] < 0x80)
    }
    #expect(CertificateTemplate.serial(random: []) == [])  // which no certificate takes
  }
}

/// Other people's kinds of keys, under `ChainRules.general`.
@Suite struct GeneralChainTests {
  struct Small {
    let key: PrivateKey, root: Certificate, leafKey: PrivateKey, leaf: Certificate, list: RevocationList

    init(_ issuer: KeyKind, _ subject: KeyKind) throws {
      key = try PrivateKey.generate(issuer)
      leafKey = try PrivateKey.generate(subject)
      root = try CertificateAuthority.selfSign(
        .root(subject: DistinguishedName(commonName: "root"), notBefore: now - day, notAfter: now + day, serial: [1]),
        key: key
      )
      leaf = try CertificateAuthority.issue(
        .signer(
          subject: DistinguishedName(commonName: "leaf"),
          notBefore: now,
          notAfter: now,
          serial: [2],
          host: "a.example",
          did: nil,
          policies: [],
          crlURL: nil,
          caIssuersURL: nil
        ),
        subjectKey: leafKey.publicKey,
        issuer: root,
        issuerKey: key
      )
      list = try CertificateAuthority.makeCRL(
        issuer: root,
        key: key,
        number: 1,
        thisUpdate: now,
        nextUpdate: now + 1,
        revoked: []
      )
    }
  }

  @Test func everyKindOfKey() throws {
    let kinds: [KeyKind] = [.p256, .p384, .ed25519, .rsa(bits: 2048)]
    for (index, issuer) in kinds.enumerated() {
      let small = try Small(issuer, kinds[(index + 1) % kinds.count])
      let general = ChainRules.general(
        eku: CertificateTemplate.documentSigning,
        dnsName: "a.example",
        revocation: .required
      )
      let answer = try validateChain([small.leaf], anchors: [small.root], crls: [small.list], at: now, rules: general)
      #expect(answer.key == small.leafKey.publicKey && answer.policies.isEmpty)
      #expect(answer.validFrom == now && answer.validUntil == now)
      func rejection(_ change: (inout ChainRules) -> Void) -> ChainRejection? {
        var rules = general
        change(&rules)
        do {
          _ = try validateChain([small.leaf], anchors: [small.root], crls: [small.list], at: now, rules: rules)
          return nil
        } catch { return error }
      }
      #expect(
        rejection {
          $0.requiredEKU = nil
          $0.requiredDNSName = nil
        } == nil
      )
      #expect(rejection { $0.requiredEKU = "1.3.6.1.5.5.7.3.1" } == .extendedKeyUsage(step: 0))
      #expect(rejection { $0.requiredEKU = "nonsense" } == .extendedKeyUsage(step: 0))
      #expect(rejection { $0.requiredDNSName = "b.example" } == .nameMismatch)
      #expect(rejection { $0.requiredPolicy = "1.2.3" } == .policyMissing)
      #expect(rejection { $0.issuerKeys.remove(issuer.family) } == .keyNotAllowed(step: 1))
      #expect(rejection { $0.leafKeys.remove(small.leafKey.kind.family) } == .keyNotAllowed(step: 0))
      #expect(rejection { $0.maximumCertificates = 0 } == .tooLong(certificates: 1))
      #expect(rejection { $0.chamberProfile = true } != nil)
      // signatures of the leaf's key work as tokens' do
      let algorithm = try #require(SignatureAlgorithm.allCases.first { small.leafKey.kind.fits($0) })
      let signature = try small.leafKey.sign([1], algorithm: algorithm)
      #expect(try answer.key.verifies(signature, over: [1], algorithm: algorithm))
    }
  }

  @Test func opensslAgreesOnEveryKind() throws {
    for kind in [KeyKind.p256, .p384, .ed25519, .rsa(bits: 2048)] {
      let small = try Small(kind, .p256)
      guard let out = try openssl(["x509", "-noout", "-text"], input: Array(small.leaf.pem.utf8)) else { return }
      #expect(out.status == 0 && String(decoding: out.bytes, as: UTF8.self).contains("Serial Number: 2 (0x2)"))
      guard let list = try openssl(["crl", "-noout", "-text"], input: Array(small.list.pem.utf8)) else { return }
      #expect(String(decoding: list.bytes, as: UTF8.self).contains("No Revoked Certificates"))
    }
  }
}
