import Fixtures
import Testing

@testable import PKI

/// Names of subjects and issuers.
@Suite struct DistinguishedNameTests {
  private let paths: [WritableKeyPath<DistinguishedName, String?>] = [
    \.organization, \.organizationalUnit, \.organizationIdentifier, \.commonName,
  ]

  private func encodes(_ path: WritableKeyPath<DistinguishedName, String?>, _ value: String) -> Bool {
    var name = DistinguishedName()
    name[keyPath: path] = value
    return name.encoded() != nil
  }

  /// RFC 5280 appendix A counts characters, not bytes.
  @Test func eachAttributeHas64Characters() {
    for path in paths {
      for character in ["a", "غ", "中", "𝔸"] {
        #expect(
          encodes(path, String(repeating: character, count: 64))
            && !encodes(path, String(repeating: character, count: 65))
        )
      }
      #expect(!encodes(path, "") && encodes(path, " ") && encodes(path, "e\u{301}"))
      for control in (UInt32(0)...0x1f).map({ $0 }) + (UInt32(0x7f)...0x9f).map({ $0 }) {
        guard let scalar = UnicodeScalar(control) else { continue }
        #expect(!encodes(path, "a\(Character(scalar))b"), "U+\(String(control, radix: 16))")
      }
      #expect(encodes(path, "a\u{20}b\u{7e}\u{a0}"))
    }
  }

  @Test func countriesAreTwoCapitals() {
    for good in ["AE", "AZ", "ZA"] { #expect(DistinguishedName(country: good).encoded() != nil, "\(good)") }
    for bad in [
      "", "A", "AEE", "ae", "Ae", "aE", "A1", "1A", "A ", " A", "A@", "A[", "À", "ÀÉ", "A\u{0}", "AE\u{301}", "ＡＥ",
    ] {
      #expect(DistinguishedName(country: bad).encoded() == nil, "\(bad)")
    }
  }

  /// The order of the DER is ours, whatever was set first; so a constraint of country and organisation is a prefix.
  @Test func theOrderIsFixed() throws {
    var name = DistinguishedName(commonName: "n")
    name.organizationIdentifier = "i"
    name.organizationalUnit = "u"
    name.organization = "o"
    name.country = "AE"
    #expect(
      name
        == DistinguishedName(
          country: "AE",
          organization: "o",
          organizationalUnit: "u",
          organizationIdentifier: "i",
          commonName: "n"
        )
    )
    let der = try #require(name.encoded())
    var sets = DERReader(try #require(DERReader.only(der[...], DERTag.sequence)).content)
    var oids: [OID?] = []
    while var set = sets.enter(DERTag.set), var pair = set.enter(DERTag.sequence) {
      oids.append(pair.next(DERTag.oid).flatMap { OID(content: $0.content) })
    }
    #expect(oids == [.country, .organization, .organizationalUnit, .organizationIdentifier, .commonName])
    for part in [DistinguishedName(country: "AE"), .init(country: "AE", organization: "o")] {
      let partDER = try #require(part.encoded())
      let prefix = try #require(DERReader.only(partDER[...], DERTag.sequence)).content
      #expect(DERReader.only(der[...], DERTag.sequence)?.content.starts(with: prefix) == true)
    }
  }

  /// What RFC 2253 escapes is escaped; everything else is readable as it is.
  @Test func shownAsRFC2253() throws {
    let key = try PrivateKey.generate(.p256)
    for (value, shown) in [
      ("plain", "plain"), ("a,b+c\"d\\e<f>g;h", #"a\,b\+c\"d\\e\<f\>g\;h"#), ("#1", "\\#1"), (" a b ", #"\ a b\ "#),
      ("غرفة دبي", "غرفة دبي"),
      ("CN=x", "CN=x"),
    ] {
      let template = CertificateTemplate.root(
        subject: DistinguishedName(country: "AE", commonName: value),
        notBefore: now,
        notAfter: now,
        serial: [1]
      )
      #expect(try CertificateAuthority.selfSign(template, key: key).subject == "CN=\(shown),C=AE")
    }
  }

  @Test func namesOfOthers() {
    func pair(_ tag: UInt8, _ value: [UInt8], oid: [UInt8] = OID.commonName.element) -> [UInt8] {
      DER.sequence(oid, DER.element(tag, value))
    }
    func name(_ pairs: [UInt8]...) -> [UInt8] { DER.sequence(DER.element(DERTag.set, pairs.flatMap { $0 })) }
    let good: [[UInt8]] = [
      // TeletexString: bytes of some encoding
      DER.sequence(), name(pair(DERTag.printableString, [0x61])), name(pair(0x14, [0xff])),
      name(pair(DERTag.utf8String, [0x61]), pair(DERTag.printableString, [0x62])), name(pair(DERTag.utf8String, [])),
    ]
    for der in good { #expect(DistinguishedName.isWellFormed(der[...]), "\(der)") }
    let bad: [[UInt8]] = [
      [], [0x30], [0x31, 0], DER.sequence(DER.sequence()), DER.sequence(DER.element(DERTag.set, DER.null)),
      name(DER.sequence()), name(DER.sequence(OID.commonName.element)),
      name(pair(DERTag.utf8String, [0x61], oid: [6, 0])),
      name(pair(DERTag.utf8String, [0x61], oid: [6, 2, 0x55, 0x80])), name(pair(DERTag.utf8String, [0xc0, 0x80])),
      name(DER.sequence(OID.commonName.element, DER.element(DERTag.utf8String, [0x61]), DER.null)),
      name(pair(DERTag.utf8String, [0x61])) + [0],
    ]
    for der in bad { #expect(!DistinguishedName.isWellFormed(der[...]), "\(der)") }
  }
}

/// Alternative names and constraints on them.
@Suite struct GeneralNameFormTests {
  private func read(_ tag: UInt8, _ content: [UInt8]) -> GeneralName? {
    var reader = DERReader(DER.element(tag, content))
    return GeneralName.read(&reader)
  }

  /// RFC 5280 4.2.1.6: nine kinds by their tags; the constructed form of a primitive one, and the reverse, is none of
  /// them.
  @Test func everyKindByItsTag() {
    let text = Array("a.example".utf8)
    let name = DER.sequence()
    let other = OID.caIssuers.element + DER.element(0xa0, DER.null)
    let kinds: [(UInt8, [UInt8], GeneralName)] = [
      (0xa0, other, .other(0)), (0x81, text, .email(text)), (0x82, text, .dns(text)), (0xa3, [], .other(3)),
      (0xa4, name, .directory(name)),
      (0xa5, [], .other(5)), (0x86, text, .uri(text)), (0x87, [1, 2, 3, 4], .ip([1, 2, 3, 4])),
      (0x88, OID.caIssuers.content, .other(8)),
    ]
    for (tag, content, wanted) in kinds {
      #expect(read(tag, content) == wanted, "\(tag)")
      #expect(read(tag ^ 0x20, content) == nil, "\(tag ^ 0x20)")
    }
    for tag in UInt8.min...UInt8.max where tag & 0x1f != 0x1f && !kinds.contains(where: { $0.0 == tag }) {
      #expect(read(tag, text) == nil, "\(tag)")
    }
    for tag in [UInt8(0x81), 0x82, 0x86] {
      for byte in [UInt8(0x80), 0xff] { #expect(read(tag, [0x61, byte]) == nil) }
    }
    #expect(
      read(0xa0, OID.caIssuers.element) == nil && read(0xa0, other + DER.null) == nil
        && read(0xa0, [6, 0] + DER.element(0xa0, [])) == nil
    )
    #expect(read(0xa4, name + name) == nil && read(0x88, [0x80, 1]) == nil)
    let list = DER.element(0x82, text) + DER.element(0x86, text)
    #expect(GeneralName.readAll(list[...]) == [.dns(text), .uri(text)] && GeneralName.readAll([]) == nil)
    #expect(GeneralName.readAll((list + [0x82])[...]) == nil && GeneralName.readAll((list + [0x89, 0])[...]) == nil)
  }

  @Test func namesInTheOneSyntax() {
    func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }
    for length in 0...20 {
      #expect(GeneralName.ip([UInt8](repeating: 0, count: length)).isStrict == [4, 16].contains(length))
      #expect(GeneralName.ip([UInt8](repeating: 0, count: length * 2)).isStrictBase == [4, 16].contains(length))
    }
    for (mask, good) in [
      ([255, 255, 255, 255], true), ([0, 0, 0, 0], true), ([255, 255, 254, 0], true), ([255, 128, 0, 0], true),
      ([255, 0, 255, 0], false),
      ([0, 255, 0, 0], false), ([255, 253, 0, 0], false), ([127, 0, 0, 0], false), ([255, 255, 255, 1], false),
    ] as [([UInt8], Bool)] { #expect(GeneralName.ip([10, 0, 0, 0] + mask).isStrictBase == good, "\(mask)") }
    #expect(GeneralName.directory([]).isStrict && GeneralName.other(0).isStrictBase)
    for (base, email, uri) in [
      ("a.example", true, true), (".a.example", true, true), ("..a.example", false, false), ("", false, false),
      (".", false, false),
      ("x@a.example", true, false), ("x@.a.example", false, false), ("A.example", false, false),
      ("*.a.example", false, false),
      ("a.example.", false, false), ("https://a.example", false, false), ("a.example:80", false, false),
      ("1.2.3.4", false, false),
    ] {
      #expect(GeneralName.email(ascii(base)).isStrictBase == email, "email \(base)")
      #expect(GeneralName.uri(ascii(base)).isStrictBase == uri, "URI \(base)")
      #expect(GeneralName.dns(ascii(base)).isStrictBase == (base == "a.example"), "DNS \(base)")
    }
  }
}

/// What a chamber's CA may and may not say, with a signer under it: the reason for which the signer is refused, nil
/// when it is not.
@Suite struct NameConstraintTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority.shared.get() }

  private func base(_ tag: UInt8, _ text: String) -> [UInt8] { DER.sequence(DER.element(tag, Array(text.utf8))) }
  private func directory(_ name: DistinguishedName) -> [UInt8] { DER.sequence(DER.element(0xa4, name.encoded() ?? [])) }

  private func rejection(permitted: [[UInt8]] = [], excluded: [[UInt8]] = [], signer: Certificate? = nil) throws
    -> ChainRejection?
  {
    let a = authority.a
    let own = [base(0x82, a.domain), directory(DistinguishedName(country: "AE", organization: a.organization))]
    let value = DER.sequence(
      DER.element(0xa0, (own + permitted).flatMap { $0 }),
      excluded.isEmpty ? [] : DER.element(0xa1, excluded.flatMap { $0 })
    )
    let change = Odd.Change(
      extra: [Odd.field(.nameConstraints, critical: true, value: value)],
      drop: [.nameConstraints]
    )
    let der = try Odd.certificate(
      a.plan.caTemplate(10),
      a.caKey.publicKey,
      issuer: authority.root,
      key: authority.rootKey,
      change: change
    )
    return authority.rejection([signer ?? a.signer, try Certificate(der: der)])
  }

  @Test func excludedNames() throws {
    let a = authority.a
    let violated = ChainRejection.nameConstraintViolated(step: 0)
    #expect(try rejection() == nil)
    #expect(try rejection(excluded: [base(0x82, "example")]) == violated)  // a whole top-level domain
    #expect(try rejection(excluded: [base(0x82, a.domain)]) == violated)
    #expect(try rejection(excluded: [base(0x82, a.host)]) == violated)
    #expect(try rejection(excluded: [base(0x82, "x.\(a.host)"), base(0x82, "rust.\(a.domain)")]) == nil)
    #expect(try rejection(excluded: [directory(DistinguishedName(country: "AE"))]) == violated)
    #expect(try rejection(excluded: [directory(DistinguishedName(country: "FR"))]) == nil)
    // kinds of names the signer has none of
    #expect(
      try rejection(excluded: [base(0x81, "a.example"), DER.sequence(DER.element(0x87, [0, 0, 0, 0, 0, 0, 0, 0]))])
        == nil
    )
  }

  @Test func permittedNames() throws {
    let a = authority.a
    let violated = ChainRejection.nameConstraintViolated(step: 0)
    #expect(try rejection(permitted: [base(0x82, "other.example")]) == nil)  // one of several is enough
    #expect(try rejection(permitted: [base(0x81, "a.example")]) == nil)  // about names the signer has none of
    var rules = a.rules
    rules.requiredDNSName = a.domain
    let atTheDomain = try a.signer { $0.dnsNames = [a.domain] }
    #expect(authority.rejection([atTheDomain, a.ca], rules: rules) == nil)  // a domain lies inside itself
    // The signer's DID is a URI without a host, which no URI constraint can allow.
    #expect(try rejection(permitted: [base(0x86, "trust.example")]) == violated)
    #expect(try rejection(permitted: [base(0x86, "trust.example")], signer: try a.signer { $0.uris = [] }) == nil)
  }

  @Test func basesInAnotherSyntax() throws {
    let malformed = ChainRejection.nameMalformed(step: 1)
    for bad in [
      base(0x82, ".\(authority.a.domain)"), base(0x82, "A.example"), base(0x82, ""), base(0x82, "a..example"),
      base(0x81, "..a.example"),
      base(0x81, "x@y@z.example"), base(0x86, "https://a.example/"), base(0x86, ""),
      DER.sequence(DER.element(0x87, [10, 0, 0, 0])),
      DER.sequence(DER.element(0x87, [10, 0, 0, 0, 255, 0, 255, 0])),
    ] {
      #expect(try rejection(permitted: [bad]) == malformed, "\(bad)")
      #expect(try rejection(excluded: [bad]) == malformed, "\(bad)")
    }
  }
}
