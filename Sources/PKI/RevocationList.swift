internal import COpenSSL
internal import Synchronization

/// Why bytes are no CRL we read.
public enum RevocationListRejection: Error, Hashable, Sendable {
  case tooLarge(bytes: Int)
  case malformed(String)
  case trailingBytes
  /// Version 1, or without nextUpdate, authorityKeyIdentifier or cRLNumber (RFC 5280 5.1.2.5, 5.2.1, 5.2.3).
  case incomplete(String)
  /// A delta or indirect CRL, one for some reasons only, or an unknown critical extension (dotted OID).
  case unsupported(String)
  case refusedByOpenSSL(String)
}

/// One entry of a CRL (RFC 5280 5.1.2.6).
public struct RevokedCertificate: Hashable, Sendable {
  /// Reason codes of RFC 5280 5.3.1. `removeFromCRL` is for delta CRLs, which are refused.
  public enum Reason: Int, Hashable, Sendable, CaseIterable {
    case keyCompromise = 1
    case caCompromise = 2
    case affiliationChanged = 3
    case superseded = 4
    case cessationOfOperation = 5
    /// Suspension: lifted by leaving the entry out of the next CRL.
    case certificateHold = 6
    case privilegeWithdrawn = 9
    case aaCompromise = 10
  }

  /// Big-endian; leading zeros do not count.
  public let serial: [UInt8]
  /// Unix seconds.
  public let at: Int64
  /// Nil: unspecified.
  public let reason: Reason?

  public init(serial: [UInt8], at: Int64, reason: Reason? = nil) {
    self.serial = Array(serial.drop { $0 == 0 })
    self.at = at
    self.reason = reason
  }
}

/// A full CRL, version 2, of one issuer, read strictly by us and by OpenSSL. Its signature is checked with the chain.
public final class RevocationList: @unchecked Sendable {  // X509_CRL: never changed after init
  /// A CRL of 10,000 entries has 229 kB; this is room for 350,000.
  public static let maximumBytes = 8 << 20

  let crl: OpaquePointer
  public let der: [UInt8]
  public let sha256: [UInt8]
  /// cRLNumber, big-endian, 1 to 20 octets; numbers of one issuer only grow.
  public let number: [UInt8]
  /// Unix seconds; both ends belong to the time for which the list speaks.
  public let thisUpdate: Int64
  public let nextUpdate: Int64
  /// Entries in the order of the list.
  public let revoked: [RevokedCertificate]
  let authorityKeyIdentifier: [UInt8]
  let issuerName: [UInt8]
  private let bySerial: [[UInt8]: Int]
  private let toBeSigned: [UInt8]
  private let signature: [UInt8]
  private let signatureAlgorithm: X509SignatureAlgorithm?
  /// Owned by `isSigned`: the key with which the signature was last found right. A list is checked once for each key.
  private let signer = Mutex<PublicKey?>(nil)

  /// Reads the whole list. The signature is not checked here.
  public init(der: [UInt8]) throws(RevocationListRejection) {
    guard der.count <= Self.maximumBytes else { throw .tooLarge(bytes: der.count) }
    var outer = DERReader(der)
    guard var list = outer.enter(DERTag.sequence) else { throw .malformed("certificateList") }
    guard outer.isAtEnd else { throw .trailingBytes }
    guard let tbs = list.next(DERTag.sequence), let algorithm = list.next(DERTag.sequence),
      let signature = list.next(DERTag.bitString),
      signature.content.first == 0, list.isAtEnd
    else { throw .malformed("certificateList") }

    var fields = DERReader(tbs.content)
    guard let version = fields.next(DERTag.integer), version.smallNumber == 1 else { throw .incomplete("version") }
    guard let inner = fields.next(DERTag.sequence), inner.whole == algorithm.whole else {
      throw .malformed("signature")
    }
    guard let issuer = fields.next(DERTag.sequence), DistinguishedName.isWellFormed(issuer.whole) else {
      throw .malformed("issuer")
    }
    guard let thisUpdate = fields.next().flatMap(ASN1Time.read) else { throw .malformed("thisUpdate") }
    guard let next = fields.next() else { throw .incomplete("nextUpdate") }
    guard next.tag == DERTag.utcTime || next.tag == DERTag.generalizedTime else { throw .incomplete("nextUpdate") }
    guard let nextUpdate = ASN1Time.read(next), nextUpdate >= thisUpdate else { throw .malformed("nextUpdate") }

    var revoked: [RevokedCertificate] = []
    var bySerial: [[UInt8]: Int] = [:]
    if var entries = fields.enter(DERTag.sequence) {
      guard !entries.isAtEnd else { throw .malformed("revokedCertificates") }  // 5.1.2.6: absent when empty
      while !entries.isAtEnd {
        let entry = try Self.readEntry(&entries)
        guard bySerial.updateValue(revoked.count, forKey: entry.serial) == nil else {
          throw .malformed("revokedCertificates")
        }
        revoked.append(entry)
      }
    }
    guard let wrapped = fields.next(DERTag.constructed(0)),
      let content = DERReader.only(wrapped.content, DERTag.sequence)?.content
    else { throw .incomplete("crlExtensions") }
    guard fields.isAtEnd else { throw .malformed("tbsCertList") }
    let extensions = try Self.readExtensions(content)

    self.der = der
    self.thisUpdate = thisUpdate
    self.nextUpdate = nextUpdate
    self.revoked = revoked
    self.bySerial = bySerial
    number = extensions.number
    authorityKeyIdentifier = extensions.keyIdentifier
    issuerName = Array(issuer.whole)
    toBeSigned = Array(tbs.whole)
    self.signature = Array(signature.content.dropFirst())
    signatureAlgorithm = X509SignatureAlgorithm(algorithmIdentifier: algorithm.whole)
    sha256 = SHA2.sha256(der)
    crl = try Self.openSSL(der)
  }

  deinit { X509_CRL_free(crl) }

  /// One PEM block `X509 CRL`.
  public convenience init(pem: [UInt8]) throws(RevocationListRejection) {
    guard let block = PEM.decode(pem), block.isLabelled("X509 CRL") else { throw .malformed("PEM") }
    try self.init(der: block.der)
  }

  public var pem: String { PEM.encode("X509 CRL", der) }
  /// RFC 2253 text for people.
  public var issuer: String { Certificate.text(X509_CRL_get_issuer(crl)) }

  /// The entry for a serial number of this issuer, if it is revoked or suspended.
  public func contains(_ serial: [UInt8]) -> RevokedCertificate? {
    bySerial[Array(serial.drop { $0 == 0 })].map { revoked[$0] }
  }

  /// Whether `certificate` has the name and key identifier this list was issued under. Says nothing about the
  /// signature.
  public func names(_ certificate: Certificate) -> Bool {
    issuerName == certificate.subjectName
      && certificate.subjectKeyIdentifier.map { $0 == authorityKeyIdentifier } ?? true
  }

  /// By thisUpdate, then by number.
  func isNewer(than other: RevocationList) -> Bool {
    if thisUpdate != other.thisUpdate { return thisUpdate > other.thisUpdate }
    if number.count != other.number.count { return number.count > other.number.count }
    return other.number.lexicographicallyPrecedes(number)
  }

  /// Whether `key` signed the list. A good answer is remembered: one list has one signer, and a P-384 check costs 0.7
  /// ms.
  public func isSigned(by key: PublicKey) throws(OpenSSLFailure) -> Bool {
    if signer.withLock({ $0 == key }) { return true }
    guard let signatureAlgorithm, try key.verifies(signature, over: toBeSigned, algorithm: signatureAlgorithm) else {
      return false
    }
    signer.withLock { $0 = key }
    return true
  }

  private static func readEntry(_ entries: inout DERReader) throws(RevocationListRejection) -> RevokedCertificate {
    guard var entry = entries.enter(DERTag.sequence), let number = entry.next(DERTag.integer),
      number.content.count <= 20,
      let serial = number.unsignedDigits, let at = entry.next().flatMap(ASN1Time.read)
    else { throw .malformed("revokedCertificates") }
    var reason: RevokedCertificate.Reason?
    if let extensions = entry.next(DERTag.sequence) {
      var reader = DERReader(extensions.content)
      var seen: Set<OID> = []
      guard !reader.isAtEnd else { throw .malformed("crlEntryExtensions") }
      while !reader.isAtEnd {
        let (field, value) = try field(&reader)
        guard seen.insert(field.oid).inserted else { throw .malformed("crlEntryExtensions") }
        switch field.oid {
        case .reasonCode:
          guard let code = DERReader.only(value, DERTag.enumerated)?.smallNumber, !field.critical else {
            throw .malformed("reasonCode")
          }
          // removeFromCRL belongs into delta lists alone (5.3.1), 7 is not used.
          reason = RevokedCertificate.Reason(rawValue: code)
          if code != 0, reason == nil { throw .malformed("reasonCode") }
        case .invalidityDate: break
        // certificateIssuer of indirect lists among them
        default: if field.critical { throw .unsupported(field.oid.dotted) }
        }
      }
    }
    guard entry.isAtEnd else { throw .malformed("revokedCertificates") }
    return RevokedCertificate(serial: Array(serial), at: at, reason: reason)
  }

  private static func field(
    _ reader: inout DERReader
  ) throws(RevocationListRejection) -> (CertificateExtensions.Field, ArraySlice<UInt8>) {
    do {
      return try CertificateExtensions.readField(&reader)
    } catch {
      throw .malformed("extension")
    }
  }

  private static func readExtensions(
    _ content: ArraySlice<UInt8>
  ) throws(RevocationListRejection) -> (number: [UInt8], keyIdentifier: [UInt8]) {
    var reader = DERReader(content)
    var number: [UInt8]?
    var keyIdentifier: [UInt8]?
    var seen: Set<OID> = []
    while !reader.isAtEnd {
      let (field, value) = try field(&reader)
      guard seen.insert(field.oid).inserted else { throw .malformed("crlExtensions") }
      switch field.oid {
      case .crlNumber:
        guard let integer = DERReader.only(value, DERTag.integer), integer.content.count <= 20,
          let digits = integer.unsignedDigits,
          !field.critical
        else { throw .malformed("cRLNumber") }
        number = Array(digits)
      case .authorityKeyIdentifier:
        guard let identifier = CertificateExtensions.authorityKeyIdentifier(value), !field.critical
        else { throw .malformed("authorityKeyIdentifier") }
        keyIdentifier = identifier.keyIdentifier
      case .issuingDistributionPoint: try readDistributionPoint(value, critical: field.critical)
      case .deltaCRLIndicator: throw .unsupported(field.oid.dotted)
      default: if field.critical { throw .unsupported(field.oid.dotted) }
      }
    }
    guard let number else { throw .incomplete("cRLNumber") }
    guard let keyIdentifier else { throw .incomplete("authorityKeyIdentifier") }
    return (number, keyIdentifier)
  }

  /// A list for one distribution point, or for user or CA certificates only, is left to OpenSSL, which compares it with
  /// the certificate. Lists for some reasons, for attribute certificates, and indirect ones are not read.
  private static func readDistributionPoint(_ value: ArraySlice<UInt8>, critical: Bool) throws(RevocationListRejection)
  {
    guard critical, let outer = DERReader.only(value, DERTag.sequence) else {
      throw .malformed("issuingDistributionPoint")
    }
    var reader = DERReader(outer.content)
    while !reader.isAtEnd {
      guard let part = reader.next() else { throw .malformed("issuingDistributionPoint") }
      guard part.tag == DERTag.constructed(0) || part.tag == DERTag.context(1) || part.tag == DERTag.context(2)
      else { throw .unsupported(OID.issuingDistributionPoint.dotted) }
    }
  }

  private static func openSSL(_ der: [UInt8]) throws(RevocationListRejection) -> OpaquePointer {
    ERR_clear_error()
    defer { ERR_clear_error() }
    var atEnd = false
    let crl = der.withUnsafeBufferPointer { buffer in
      var cursor = buffer.baseAddress
      let crl = d2i_X509_CRL(nil, &cursor, buffer.count)
      atEnd = cursor == buffer.baseAddress.map { $0 + buffer.count }
      return crl
    }
    guard let crl else { throw .refusedByOpenSSL(OpenSSLFailure.drainReasons().joined(separator: "; ")) }
    guard atEnd else {
      X509_CRL_free(crl)
      throw .trailingBytes
    }
    return crl
  }
}
