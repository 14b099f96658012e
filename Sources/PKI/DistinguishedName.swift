/// A name as Khatm writes it: one attribute for each relative name, in this order, all UTF8String but the country,
/// which RFC 5280 appendix A wants as PrintableString. Names in requests and in constraints are encoded alike, so a
/// constraint of country and organisation is a prefix, byte by byte, of the subjects under it.
public struct DistinguishedName: Hashable, Sendable {
  /// ISO 3166, two capital letters.
  public var country: String?
  public var organization: String?
  public var organizationalUnit: String?
  /// ETSI EN 319 412-1, such as `NTRAE+DU-GOV0001`.
  public var organizationIdentifier: String?
  public var commonName: String?

  public init(
    country: String? = nil,
    organization: String? = nil,
    organizationalUnit: String? = nil,
    organizationIdentifier: String? = nil,
    commonName: String? = nil
  ) {
    self.country = country
    self.organization = organization
    self.organizationalUnit = organizationalUnit
    self.organizationIdentifier = organizationIdentifier
    self.commonName = commonName
  }

  /// Upper bound of each attribute in characters (RFC 5280 appendix A: ub-common-name, ub-organization-name …).
  static let maximumCharacters = 64

  /// Nil when an attribute is empty, too long, holds a control character, or the country is not two capital letters.
  func encoded() -> [UInt8]? {
    var parts: [[UInt8]] = []
    if let country {
      let letters = Array(country.utf8)
      guard letters.count == 2, letters.allSatisfy({ (0x41...0x5a).contains($0) }) else { return nil }
      parts.append(
        DER.element(DERTag.set, DER.sequence(OID.country.element, DER.element(DERTag.printableString, letters)))
      )
    }
    for (oid, value) in [
      (OID.organization, organization), (OID.organizationalUnit, organizationalUnit),
      (OID.organizationIdentifier, organizationIdentifier),
      (OID.commonName, commonName),
    ] {
      guard let value else { continue }
      guard !value.isEmpty, value.unicodeScalars.count <= Self.maximumCharacters,
        value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) })
      else { return nil }
      parts.append(
        DER.element(DERTag.set, DER.sequence(oid.element, DER.element(DERTag.utf8String, Array(value.utf8))))
      )
    }
    return parts.isEmpty ? nil : DER.sequence(of: parts)
  }

  /// Whether `name` is the DER of an RDNSequence; what it says is not looked at.
  static func isWellFormed(_ name: ArraySlice<UInt8>) -> Bool {
    guard let outer = DERReader.only(name, DERTag.sequence) else { return false }
    var names = DERReader(outer.content)
    while !names.isAtEnd {
      guard var set = names.enter(DERTag.set), !set.isAtEnd else { return false }
      while !set.isAtEnd {
        guard var pair = set.enter(DERTag.sequence), let oid = pair.next(DERTag.oid), OID(content: oid.content) != nil,
          let value = pair.next(), pair.isAtEnd
        else { return false }
        if value.tag == DERTag.utf8String, String(validating: value.content, as: UTF8.self) == nil { return false }
      }
    }
    return true
  }

  static let emptyDER: [UInt8] = [DERTag.sequence, 0]
}
