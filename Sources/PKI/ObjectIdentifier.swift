/// Object identifiers as DER contents (without tag and length), and their dotted text.
struct OID: Hashable, Sendable {
  let content: [UInt8]

  /// Nil when the contents are no well-formed, minimal OID.
  init?(content: ArraySlice<UInt8>) {
    guard let last = content.last, last < 0x80, content.count <= OID.maximumBytes else { return nil }
    var starts = true
    for byte in content {
      if starts, byte == 0x80 { return nil }
      starts = byte < 0x80
    }
    self.content = Array(content)
  }

  /// From dotted decimal; nil when an arc is missing, signed, has a leading zero, or does not fit 64 bits.
  init?(_ dotted: String) {
    var arcs: [UInt64] = []
    for part in dotted.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
      guard !part.isEmpty, part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
      var arc: UInt64 = 0
      for digit in part {
        guard (0x30...0x39).contains(digit) else { return nil }
        let (tens, over) = arc.multipliedReportingOverflow(by: 10)
        let (sum, more) = tens.addingReportingOverflow(UInt64(digit - 0x30))
        guard !over, !more else { return nil }
        arc = sum
      }
      arcs.append(arc)
    }
    guard arcs.count >= 2, arcs[0] <= 2, arcs[0] == 2 || arcs[1] < 40, arcs[1] < UInt64.max - 80 else { return nil }
    var content: [UInt8] = []
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2...] {
      var digits = [UInt8(arc & 0x7f)]
      var rest = arc >> 7
      while rest > 0 {
        digits.insert(UInt8(rest & 0x7f) | 0x80, at: 0)
        rest >>= 7
      }
      content += digits
    }
    guard content.count <= OID.maximumBytes else { return nil }
    self.content = content
  }

  /// Ours are below 12 bytes; the longest in use are near 30.
  static let maximumBytes = 64

  private init(known: StaticString) {
    // Only constants of this file come here; a mistake in one shows at the first use of the module.
    guard let oid = OID("\(known)") else { preconditionFailure("not an OID: \(known)") }
    self = oid
  }

  var element: [UInt8] { DER.element(DERTag.oid, content) }

  /// For people and messages; `large` stands for an arc above 2^64.
  var dotted: String {
    var arcs: [String] = []
    var arc: UInt64 = 0
    var tooLarge = false
    for byte in content {
      if arc > UInt64.max >> 7 { tooLarge = true }
      arc = arc << 7 | UInt64(byte & 0x7f)
      guard byte < 0x80 else { continue }
      if tooLarge {
        arcs.append("large")  // shown only; comparison is by contents
      } else if arcs.isEmpty {
        let first = min(arc / 40, 2)
        arcs += ["\(first)", "\(arc - first * 40)"]
      } else {
        arcs.append("\(arc)")
      }
      arc = 0
      tooLarge = false
    }
    return arcs.joined(separator: ".")
  }

  // Keys and curves (RFC 5480, 8017, 8410)
  static let ecPublicKey = OID(known: "1.2.840.10045.2.1"), p256 = OID(known: "1.2.840.10045.3.1.7"),
    p384 = OID(known: "1.3.132.0.34")
  static let rsaEncryption = OID(known: "1.2.840.113549.1.1.1"), ed25519 = OID(known: "1.3.101.112")
  // Signatures of certificates and CRLs
  static let ecdsaSHA256 = OID(known: "1.2.840.10045.4.3.2"), ecdsaSHA384 = OID(known: "1.2.840.10045.4.3.3")
  static let ecdsaSHA512 = OID(known: "1.2.840.10045.4.3.4")
  static let rsaSHA256 = OID(known: "1.2.840.113549.1.1.11"), rsaSHA384 = OID(known: "1.2.840.113549.1.1.12")
  static let rsaSHA512 = OID(known: "1.2.840.113549.1.1.13")
  // Names
  static let country = OID(known: "2.5.4.6"), organization = OID(known: "2.5.4.10"),
    organizationalUnit = OID(known: "2.5.4.11")
  static let organizationIdentifier = OID(known: "2.5.4.97"), commonName = OID(known: "2.5.4.3")
  // Extensions (RFC 5280 4.2, 5.2, 5.3)
  static let subjectKeyIdentifier = OID(known: "2.5.29.14"), keyUsage = OID(known: "2.5.29.15")
  static let subjectAltName = OID(known: "2.5.29.17"), issuerAltName = OID(known: "2.5.29.18")
  static let basicConstraints = OID(known: "2.5.29.19"), crlNumber = OID(known: "2.5.29.20"),
    reasonCode = OID(known: "2.5.29.21")
  static let invalidityDate = OID(known: "2.5.29.24"), deltaCRLIndicator = OID(known: "2.5.29.27")
  static let issuingDistributionPoint = OID(known: "2.5.29.28"), certificateIssuer = OID(known: "2.5.29.29")
  static let nameConstraints = OID(known: "2.5.29.30"), crlDistributionPoints = OID(known: "2.5.29.31")
  static let certificatePolicies = OID(known: "2.5.29.32"), anyPolicy = OID(known: "2.5.29.32.0")
  static let policyMappings = OID(known: "2.5.29.33"), authorityKeyIdentifier = OID(known: "2.5.29.35")
  static let policyConstraints = OID(known: "2.5.29.36"), extendedKeyUsage = OID(known: "2.5.29.37")
  static let anyExtendedKeyUsage = OID(known: "2.5.29.37.0"), inhibitAnyPolicy = OID(known: "2.5.29.54")
  static let authorityInfoAccess = OID(known: "1.3.6.1.5.5.7.1.1"), caIssuers = OID(known: "1.3.6.1.5.5.7.48.2")
}
