/// The DER of certificates and CRLs. No text of ours passes OpenSSL's configuration syntax, where a comma in a name is
/// another name.
extension CertificateTemplate {
  /// TBSCertificate (RFC 5280 4.1.2).
  func toBeSigned(
    key: PublicKey,
    issuerName: [UInt8],
    issuerKeyIdentifier: [UInt8]?,
    algorithm: X509SignatureAlgorithm
  ) throws(CertificateSigningFailure) -> [UInt8] {
    let number = DER.unsigned(serial)
    guard serial.contains(where: { $0 != 0 }), number.count <= 22 else { throw .unfit("serial") }
    guard let name = subject.encoded() else { throw .unfit("subject") }
    guard notBefore <= notAfter, let start = ASN1Time.write(notBefore), let end = ASN1Time.write(notAfter)
    else { throw .unfit("validity") }
    return DER.sequence(
      DER.element(DERTag.constructed(0), DER.unsigned(2)),
      number,
      algorithm.algorithmIdentifier,
      issuerName,
      DER.sequence(start, end),
      name,
      key.subjectPublicKeyInfo(),
      DER.element(
        DERTag.constructed(3),
        DER.sequence(of: try extensions(key: key, issuerKeyIdentifier: issuerKeyIdentifier))
      )
    )
  }

  private func extensions(key: PublicKey, issuerKeyIdentifier: [UInt8]?) throws(CertificateSigningFailure) -> [[UInt8]]
  {
    var out: [[UInt8]] = []
    func add(_ oid: OID, critical: Bool = false, value: [UInt8]) {
      out.append(DER.sequence(oid.element, critical ? DER.yes : [], DER.octets(value)))
    }
    switch role {
    case .root: add(.basicConstraints, critical: true, value: DER.sequence(DER.yes, DER.unsigned(1)))
    case .issuingCA: add(.basicConstraints, critical: true, value: DER.sequence(DER.yes, DER.unsigned(0)))
    case .signer: add(.basicConstraints, critical: true, value: DER.sequence())
    }
    add(.keyUsage, critical: true, value: role == .signer ? DER.bits([0xc0], unused: 6) : DER.bits([0x06], unused: 1))
    add(.subjectKeyIdentifier, value: DER.octets(key.keyIdentifier))
    if let issuerKeyIdentifier {
      add(.authorityKeyIdentifier, value: DER.sequence(DER.element(DERTag.context(0), issuerKeyIdentifier)))
    }
    if !extendedKeyUsages.isEmpty {
      add(.extendedKeyUsage, value: DER.sequence(of: try oids(extendedKeyUsages, "extendedKeyUsages")))
    }
    try addNames(add)
    if !policies.isEmpty {
      add(
        .certificatePolicies,
        value: DER.sequence(of: try oids(policies, "policies").map { DER.element(DERTag.sequence, $0) })
      )
    }
    for skip in [requireExplicitPolicy, inhibitAnyPolicy] {
      guard let skip else { continue }
      guard role != .signer, (0...255).contains(skip) else { throw .unfit("policy constraints") }
    }
    if let skip = requireExplicitPolicy {
      // [0] IMPLICIT: the tag of the INTEGER is replaced
      add(
        .policyConstraints,
        critical: true,
        value: DER.sequence([DERTag.context(0)] + DER.unsigned(UInt64(skip)).dropFirst())
      )
    }
    if let skip = inhibitAnyPolicy { add(.inhibitAnyPolicy, critical: true, value: DER.unsigned(UInt64(skip))) }
    if let crlURL {
      let name = DER.element(DERTag.constructed(0), DER.element(DERTag.constructed(0), try uri(crlURL, "crlURL")))
      add(.crlDistributionPoints, value: DER.sequence(DER.sequence(name)))
    }
    if let caIssuersURL {
      add(
        .authorityInfoAccess,
        value: DER.sequence(DER.sequence(OID.caIssuers.element, try uri(caIssuersURL, "caIssuersURL")))
      )
    }
    return out
  }

  private func addNames(_ add: (OID, Bool, [UInt8]) -> Void) throws(CertificateSigningFailure) {
    var names: [[UInt8]] = []
    for name in dnsNames { names.append(try dns(name, "dnsNames")) }
    for name in uris { names.append(try uri(name, "uris")) }
    if !names.isEmpty { add(.subjectAltName, false, DER.sequence(of: names)) }

    var subtrees: [[UInt8]] = []
    for name in permittedDNS { subtrees.append(DER.element(DERTag.sequence, try dns(name, "permittedDNS"))) }
    for name in permittedDirectoryNames {
      guard let encoded = name.encoded() else { throw .unfit("permittedDirectoryNames") }
      subtrees.append(DER.element(DERTag.sequence, DER.element(DERTag.constructed(4), encoded)))
    }
    if subtrees.isEmpty { return }
    guard role != .signer else { throw .unfit("permittedDNS") }  // 4.2.1.10: in a CA certificate only
    add(.nameConstraints, true, DER.sequence(DER.element(DERTag.constructed(0), subtrees.flatMap { $0 })))
  }

  private func dns(_ name: String, _ field: String) throws(CertificateSigningFailure) -> [UInt8] {
    let name = Array(name.utf8)
    guard NameSyntax.isDNSName(name[...]) else { throw .unfit(field) }
    return DER.element(DERTag.context(2), name)
  }

  private func uri(_ uri: String, _ field: String) throws(CertificateSigningFailure) -> [UInt8] {
    let uri = Array(uri.utf8)
    guard NameSyntax.isURI(uri) else { throw .unfit(field) }
    return DER.element(DERTag.context(6), uri)
  }

  private func oids(_ dotted: [String], _ field: String) throws(CertificateSigningFailure) -> [[UInt8]] {
    var out: [[UInt8]] = []
    for text in dotted {
      guard let oid = OID(text), !out.contains(oid.element) else { throw .unfit(field) }
      out.append(oid.element)
    }
    return out
  }
}

extension PublicKey {
  /// RFC 7093 2 (1): the first 160 bits of SHA-256 over the key's bit string.
  var keyIdentifier: [UInt8] {
    var reader = DERReader(subjectPublicKeyInfo())
    var inner = reader.enter(DERTag.sequence)
    _ = inner?.next(DERTag.sequence)
    let bits = inner?.next(DERTag.bitString)?.content.dropFirst() ?? []
    return Array(SHA2.sha256(Array(bits)).prefix(20))
  }
}
