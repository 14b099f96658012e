/// Makes certificates and CRLs. Each result was read back by the parser that everybody uses, and its signature checked.
/// The hash follows the issuer's key: SHA-384 for P-384, SHA-256 for P-256 and RSA.
public enum CertificateAuthority {
  /// A trust anchor.
  public static func selfSign(_ template: CertificateTemplate, key: PrivateKey) throws(CertificateSigningFailure)
    -> Certificate
  {
    guard template.role == .root else { throw .unfit("role") }
    guard let name = template.subject.encoded() else { throw .unfit("subject") }
    let algorithm = X509SignatureAlgorithm.natural(key.kind)
    let toBeSigned = try template.toBeSigned(
      key: key.publicKey,
      issuerName: name,
      issuerKeyIdentifier: nil,
      algorithm: algorithm
    )
    return try certificate(toBeSigned, algorithm, key: key)
  }

  /// A certificate for `subjectKey` under `issuer`. Whether the issuer's constraints allow its names is the path
  /// validation's to say.
  public static func issue(
    _ template: CertificateTemplate,
    subjectKey: PublicKey,
    issuer: Certificate,
    issuerKey: PrivateKey
  ) throws(CertificateSigningFailure) -> Certificate {
    guard template.role != .root else { throw .unfit("role") }
    guard issuer.isCertificateAuthority, issuer.extensions.keyUsage?.contains(.keyCertSign) ?? true,
      let keyIdentifier = issuer.subjectKeyIdentifier
    else { throw .issuerNotAuthority }
    guard issuer.publicKey == issuerKey.publicKey else { throw .wrongKey }
    guard template.notBefore >= issuer.notBefore, template.notAfter <= issuer.notAfter else {
      throw .outsideIssuerValidity
    }
    let algorithm = X509SignatureAlgorithm.natural(issuerKey.kind)
    let toBeSigned = try template.toBeSigned(
      key: subjectKey,
      issuerName: issuer.subjectName,
      issuerKeyIdentifier: keyIdentifier,
      algorithm: algorithm
    )
    return try certificate(toBeSigned, algorithm, key: issuerKey)
  }

  private static func certificate(
    _ toBeSigned: [UInt8],
    _ algorithm: X509SignatureAlgorithm,
    key: PrivateKey
  ) throws(CertificateSigningFailure) -> Certificate {
    let der = try signed(toBeSigned, algorithm, key: key)
    let certificate: Certificate
    do {
      certificate = try Certificate(der: der)
    } catch {
      throw .unreadable(error)
    }
    do throws(OpenSSLFailure) {
      guard try key.publicKey.verifies(certificate.signature, over: certificate.toBeSigned, algorithm: algorithm)
      else { throw wrongSignature }
    } catch { throw .openSSL(error) }
    return certificate
  }

  /// A full CRL: version 2, authority key identifier, cRLNumber; `reasonCode` only where there is a reason (RFC 5280
  /// 5.2, 5.3.1).
  /// - Parameters:
  ///   - number: only grows.
  ///   - thisUpdate, nextUpdate: Unix seconds, both inclusive.
  ///   - revoked: each serial once; a certificate on hold is lifted by leaving it out next time.
  public static func makeCRL(
    issuer: Certificate,
    key: PrivateKey,
    number: Int64,
    thisUpdate: Int64,
    nextUpdate: Int64,
    revoked: [RevokedCertificate]
  ) throws(CertificateSigningFailure) -> RevocationList {
    guard issuer.isCertificateAuthority, issuer.extensions.keyUsage?.contains(.crlSign) ?? true,
      let keyIdentifier = issuer.subjectKeyIdentifier
    else { throw .issuerNotAuthority }
    guard issuer.publicKey == key.publicKey else { throw .wrongKey }
    guard let number = UInt64(exactly: number) else { throw .unfit("number") }
    guard thisUpdate < nextUpdate, let start = ASN1Time.write(thisUpdate), let end = ASN1Time.write(nextUpdate)
    else { throw .unfit("validity") }

    var entries: [UInt8] = []
    for entry in revoked {
      let serial = DER.unsigned(entry.serial)
      guard !entry.serial.isEmpty, serial.count <= 22, let at = ASN1Time.write(entry.at) else {
        throw .unfit("revoked")
      }
      let reason = entry.reason.map { reason in
        DER.sequence(DER.sequence(OID.reasonCode.element, DER.octets([DERTag.enumerated, 1, UInt8(reason.rawValue)])))
      }
      entries += DER.sequence(serial, at, reason ?? [])
    }
    let extensions = DER.sequence(
      DER.sequence(
        OID.authorityKeyIdentifier.element,
        DER.octets(DER.sequence(DER.element(DERTag.context(0), keyIdentifier)))
      ),
      DER.sequence(OID.crlNumber.element, DER.octets(DER.unsigned(number)))
    )
    let algorithm = X509SignatureAlgorithm.natural(key.kind)
    let toBeSigned = DER.sequence(
      DER.unsigned(1),
      algorithm.algorithmIdentifier,
      issuer.subjectName,
      start,
      end,
      entries.isEmpty ? [] : DER.element(DERTag.sequence, entries),
      DER.element(DERTag.constructed(0), extensions)
    )
    let der = try signed(toBeSigned, algorithm, key: key)
    let list: RevocationList
    do {
      list = try RevocationList(der: der)
    } catch {
      throw .unreadableList(error)
    }
    do throws(OpenSSLFailure) {
      guard try list.isSigned(by: key.publicKey) else { throw wrongSignature }
    } catch { throw .openSSL(error) }
    return list
  }

  private static let wrongSignature = OpenSSLFailure(call: "EVP_DigestSign", reasons: ["the signature does not verify"])

  /// SIGNED (X.509): what is signed, how, and the signature.
  private static func signed(
    _ toBeSigned: [UInt8],
    _ algorithm: X509SignatureAlgorithm,
    key: PrivateKey
  ) throws(CertificateSigningFailure) -> [UInt8] {
    do throws(OpenSSLFailure) {
      return DER.sequence(
        toBeSigned,
        algorithm.algorithmIdentifier,
        DER.bits(try key.sign(toBeSigned, algorithm: algorithm))
      )
    } catch { throw .openSSL(error) }
  }
}
