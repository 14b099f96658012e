internal import COpenSSL

/// Why bytes are no certificate we read.
public enum CertificateRejection: Error, Hashable, Sendable {
  case tooLarge(bytes: Int)
  /// Not strict DER, or not the structure of RFC 5280; names the part.
  case malformed(String)
  case trailingBytes
  /// Version 1 or 2, or fields of version 2.
  case notVersion3
  /// Not 1 to 20 octets of a positive number (RFC 5280 4.1.2.2).
  case serialOutOfRange
  case duplicateExtension(String)
  /// An extension we know whose contents are not what its definition says (dotted OID).
  case malformedExtension(String)
  case key(KeyRejection)
  /// OpenSSL reads it differently than we do: nobody should trust it.
  case refusedByOpenSSL(String)
}

/// An X.509 certificate, version 3, read twice: strictly by us, and by OpenSSL for the path validation. Nothing about
/// it is trusted.
public final class Certificate: @unchecked Sendable {  // X509: never changed after init; OpenSSL locks its own caches
  /// RFC 5280 sets none; ours are below 1 kB, web certificates below 4. The bound of an `x5c` item.
  public static let maximumBytes = 8192

  let x509: OpaquePointer
  public let der: [UInt8]
  /// Of `der`, 32 bytes.
  public let sha256: [UInt8]
  public let publicKey: PublicKey
  /// Unix seconds; both ends belong to the validity.
  public let notBefore: Int64
  public let notAfter: Int64
  /// Big-endian, no leading zero.
  public let serial: [UInt8]
  let issuerName: [UInt8]
  let subjectName: [UInt8]
  /// Nil: one we do not know, such as SHA-1.
  let signatureAlgorithm: X509SignatureAlgorithm?
  let toBeSigned: [UInt8]
  let signature: [UInt8]
  let extensions: CertificateExtensions

  /// Reads the whole certificate, and lets OpenSSL read it too. Nothing is verified.
  public init(der: [UInt8]) throws(CertificateRejection) {
    guard der.count <= Self.maximumBytes else { throw .tooLarge(bytes: der.count) }
    var outer = DERReader(der)
    guard var certificate = outer.enter(DERTag.sequence) else { throw .malformed("certificate") }
    guard outer.isAtEnd else { throw .trailingBytes }
    guard let tbs = certificate.next(DERTag.sequence), let algorithm = certificate.next(DERTag.sequence),
      let signature = certificate.next(DERTag.bitString), signature.content.first == 0, certificate.isAtEnd
    else { throw .malformed("certificate") }

    var fields = DERReader(tbs.content)
    guard let version = fields.enter(DERTag.constructed(0)) else { throw .notVersion3 }
    var versionReader = version
    guard versionReader.next(DERTag.integer)?.smallNumber == 2, versionReader.isAtEnd else { throw .notVersion3 }
    guard let number = fields.next(DERTag.integer) else { throw .malformed("serialNumber") }
    guard let digits = number.unsignedDigits, number.content.count <= 20, digits.first != 0 else {
      throw .serialOutOfRange
    }
    guard let inner = fields.next(DERTag.sequence), inner.whole == algorithm.whole else {
      throw .malformed("signature")
    }
    guard let issuer = fields.next(DERTag.sequence), DistinguishedName.isWellFormed(issuer.whole) else {
      throw .malformed("issuer")
    }
    guard var validity = fields.enter(DERTag.sequence), let notBefore = validity.next().flatMap(ASN1Time.read),
      let notAfter = validity.next().flatMap(ASN1Time.read), validity.isAtEnd, notBefore <= notAfter
    else { throw .malformed("validity") }
    guard let subject = fields.next(DERTag.sequence), DistinguishedName.isWellFormed(subject.whole) else {
      throw .malformed("subject")
    }
    guard let key = fields.next(DERTag.sequence) else { throw .malformed("subjectPublicKeyInfo") }
    if let tag = fields.nextTag, tag & 0x1f == 1 || tag & 0x1f == 2 { throw .notVersion3 }  // unique identifiers
    if let wrapped = fields.next(DERTag.constructed(3)) {
      guard let list = DERReader.only(wrapped.content, DERTag.sequence) else { throw .malformed("extensions") }
      extensions = try CertificateExtensions(content: list.content)
    } else {
      extensions = CertificateExtensions()
    }
    guard fields.isAtEnd else { throw .malformed("tbsCertificate") }
    do {
      publicKey = try PublicKey(subjectPublicKeyInfo: key.whole)
    } catch {
      throw .key(error)
    }

    self.der = der
    self.notBefore = notBefore
    self.notAfter = notAfter
    serial = Array(digits)
    issuerName = Array(issuer.whole)
    subjectName = Array(subject.whole)
    signatureAlgorithm = X509SignatureAlgorithm(algorithmIdentifier: algorithm.whole)
    toBeSigned = Array(tbs.whole)
    self.signature = Array(signature.content.dropFirst())
    sha256 = SHA2.sha256(der)
    x509 = try Self.openSSL(der)
  }

  deinit { X509_free(x509) }

  /// One PEM block `CERTIFICATE`; what stands before it is skipped.
  public convenience init(pem: [UInt8]) throws(CertificateRejection) {
    guard let block = PEM.decode(pem), block.isLabelled("CERTIFICATE") else { throw .malformed("PEM") }
    try self.init(der: block.der)
  }

  private static func openSSL(_ der: [UInt8]) throws(CertificateRejection) -> OpaquePointer {
    ERR_clear_error()
    defer { ERR_clear_error() }
    var atEnd = false
    let x509 = der.withUnsafeBufferPointer { buffer in
      var cursor = buffer.baseAddress
      let x509 = d2i_X509(nil, &cursor, buffer.count)
      atEnd = cursor == buffer.baseAddress.map { $0 + buffer.count }
      return x509
    }
    guard let x509 else { throw .refusedByOpenSSL(OpenSSLFailure.drainReasons().joined(separator: "; ")) }
    guard atEnd else {
      X509_free(x509)
      throw .trailingBytes
    }
    return x509
  }

  public var pem: String { PEM.encode("CERTIFICATE", der) }
  /// RFC 2253 text for people; the order is the reverse of the encoding.
  public var subject: String { Self.text(X509_get_subject_name(x509)) }
  public var issuer: String { Self.text(X509_get_issuer_name(x509)) }
  /// dNSNames of the subjectAltName, as they stand there: judge nothing by them before the chain is validated.
  public var dnsNames: [String] { names { if case .dns(let name) = $0 { name } else { nil } } }
  public var uris: [String] { names { if case .uri(let uri) = $0 { uri } else { nil } } }
  /// Dotted OIDs of certificatePolicies.
  public var policies: [String] { (extensions.policies ?? []).map(\.dotted) }
  public var extendedKeyUsages: [String] { (extensions.extendedKeyUsage ?? []).map(\.dotted) }
  public var subjectKeyIdentifier: [UInt8]? { extensions.subjectKeyIdentifier }
  public var authorityKeyIdentifier: [UInt8]? { extensions.authorityKeyIdentifier?.keyIdentifier }
  public var isCertificateAuthority: Bool { extensions.isCA == true }
  /// Addresses of cRLDistributionPoints and caIssuers, for people and tools; nothing here calls them.
  public var crlURLs: [String] { extensions.crlURLs }
  public var caIssuersURLs: [String] { extensions.caIssuersURLs }

  var isSelfIssued: Bool { issuerName == subjectName }

  private func names(_ pick: (GeneralName) -> [UInt8]?) -> [String] {
    (extensions.subjectAltName ?? []).compactMap { pick($0).flatMap { String(validating: $0, as: UTF8.self) } }
  }

  /// RFC 2253 text of a name; empty for want of memory. For people: nothing is compared by it.
  static func text(_ name: OpaquePointer?) -> String {
    guard let name, let bio = BIO_new(BIO_s_mem()) else { return "" }
    defer { BIO_free(bio) }
    guard X509_NAME_print_ex(bio, name, 0, KHATM_NAME_FLAGS) >= 0 else { return "" }
    return String(validating: PEM.contents(of: bio), as: UTF8.self) ?? ""
  }
}

extension Certificate: Hashable {
  public static func == (left: Certificate, right: Certificate) -> Bool { left.der == right.der }
  public func hash(into hasher: inout Hasher) { hasher.combine(sha256) }
}
