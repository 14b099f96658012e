/// What a key may be used for (RFC 5280 4.2.1.3).
struct KeyUsage: OptionSet, Hashable, Sendable {
  let rawValue: UInt16  // bit n of RFC 5280 4.2.1.3 is 1 << n
  static let digitalSignature = KeyUsage(rawValue: 1), nonRepudiation = KeyUsage(rawValue: 2)
  static let keyCertSign = KeyUsage(rawValue: 1 << 5), crlSign = KeyUsage(rawValue: 1 << 6)
}

/// The extensions of a certificate (RFC 5280 4.2), every one we know read to its end. Where an extension may stand and
/// whether it must be critical is decided with the chain.
struct CertificateExtensions: Sendable {
  /// An extension that is there, known to us or not.
  struct Field: Hashable, Sendable {
    let oid: OID
    let critical: Bool
  }

  /// The names a CA may and may not certify (RFC 5280 4.2.1.10).
  struct NameConstraints: Hashable, Sendable {
    var permitted: [GeneralName] = []
    var excluded: [GeneralName] = []
    /// No subtree at all, or a subtree list that is there but empty.
    var hasEmptyList = false
  }

  /// Which key signed the certificate (RFC 5280 4.2.1.1).
  struct AuthorityKeyIdentifier: Hashable, Sendable {
    var keyIdentifier: [UInt8]?
    var hasIssuerOrSerial = false
  }

  private(set) var fields: [Field] = []
  private(set) var isCA: Bool?  // nil: no basicConstraints
  private(set) var keyUsage: KeyUsage?
  private(set) var extendedKeyUsage: [OID]?
  private(set) var subjectAltName: [GeneralName]?
  private(set) var nameConstraints: NameConstraints?
  private(set) var policies: [OID]?
  private(set) var requireExplicitPolicy: Int?
  private(set) var inhibitAnyPolicy: Int?
  private(set) var subjectKeyIdentifier: [UInt8]?
  private(set) var authorityKeyIdentifier: AuthorityKeyIdentifier?
  private(set) var crlURLs: [String] = []
  private(set) var caIssuersURLs: [String] = []

  /// Nil: the extension is not there.
  func isCritical(_ oid: OID) -> Bool? { fields.first { $0.oid == oid }?.critical }

  /// Those that are read here, and so may be critical.
  static let processed: Set<OID> = [
    .basicConstraints, .keyUsage, .extendedKeyUsage, .subjectAltName, .nameConstraints, .certificatePolicies,
    .policyConstraints,
    .inhibitAnyPolicy, .crlDistributionPoints,
  ]

  init() {}

  /// - Parameter content: of the SEQUENCE OF Extension.
  init(content: ArraySlice<UInt8>) throws(CertificateRejection) {
    var reader = DERReader(content)
    guard !reader.isAtEnd else { throw .malformed("extensions") }
    while !reader.isAtEnd {
      let (field, value) = try Self.readField(&reader)
      guard !fields.contains(where: { $0.oid == field.oid }) else { throw .duplicateExtension(field.oid.dotted) }
      fields.append(field)
      guard read(field.oid, value) else { throw .malformedExtension(field.oid.dotted) }
    }
  }

  /// Extension ::= SEQUENCE { OID, critical BOOLEAN DEFAULT FALSE, OCTET STRING }; in DER a FALSE is not written.
  static func readField(_ reader: inout DERReader) throws(CertificateRejection) -> (Field, ArraySlice<UInt8>) {
    guard var inner = reader.enter(DERTag.sequence),
      let oid = inner.next(DERTag.oid).flatMap({ OID(content: $0.content) })
    else { throw .malformed("extension") }
    var critical = false
    if let flag = inner.next(DERTag.boolean) {
      guard flag.content.elementsEqual([0xff]) else { throw .malformedExtension(oid.dotted) }
      critical = true
    }
    guard let value = inner.next(DERTag.octetString), inner.isAtEnd else { throw .malformedExtension(oid.dotted) }
    return (Field(oid: oid, critical: critical), value.content)
  }

  private mutating func read(_ oid: OID, _ value: ArraySlice<UInt8>) -> Bool {
    switch oid {
    case .basicConstraints: readBasicConstraints(value)
    case .keyUsage: readKeyUsage(value)
    case .extendedKeyUsage: readInto(\.extendedKeyUsage, Self.list(value, Self.readOID))
    case .subjectAltName:
      readInto(\.subjectAltName, DERReader.only(value, DERTag.sequence).flatMap { GeneralName.readAll($0.content) })
    case .issuerAltName: DERReader.only(value, DERTag.sequence).flatMap { GeneralName.readAll($0.content) } != nil
    case .nameConstraints: readNameConstraints(value)
    case .certificatePolicies: readPolicies(value)
    case .policyConstraints: readPolicyConstraints(value)
    case .inhibitAnyPolicy: readInto(\.inhibitAnyPolicy, DERReader.only(value, DERTag.integer)?.smallNumber)
    case .subjectKeyIdentifier:
      readInto(
        \.subjectKeyIdentifier,
        DERReader.only(value, DERTag.octetString).flatMap { $0.content.isEmpty ? nil : Array($0.content) }
      )
    case .authorityKeyIdentifier: readInto(\.authorityKeyIdentifier, Self.authorityKeyIdentifier(value))
    case .crlDistributionPoints: readDistributionPoints(value)
    case .authorityInfoAccess: readAuthorityInfoAccess(value)
    default: true  // unknown: critical or not is looked at with the chain
    }
  }

  private mutating func readInto<Value>(_ path: WritableKeyPath<Self, Value?>, _ value: Value?) -> Bool {
    self[keyPath: path] = value
    return value != nil
  }

  /// SEQUENCE SIZE (1..MAX) OF what `read` reads.
  private static func list<Item>(_ value: ArraySlice<UInt8>, _ read: (inout DERReader) -> Item?) -> [Item]? {
    guard let outer = DERReader.only(value, DERTag.sequence) else { return nil }
    var reader = DERReader(outer.content)
    var items: [Item] = []
    while !reader.isAtEnd {
      guard let item = read(&reader) else { return nil }
      items.append(item)
    }
    return items.isEmpty ? nil : items
  }

  private static func readOID(_ reader: inout DERReader) -> OID? {
    reader.next(DERTag.oid).flatMap { OID(content: $0.content) }
  }

  private mutating func readBasicConstraints(_ value: ArraySlice<UInt8>) -> Bool {
    guard let outer = DERReader.only(value, DERTag.sequence) else { return false }
    var reader = DERReader(outer.content)
    isCA = false
    if let flag = reader.next(DERTag.boolean) {
      guard flag.content.elementsEqual([0xff]) else { return false }
      isCA = true
    }
    if let length = reader.next(DERTag.integer), length.smallNumber == nil { return false }  // OpenSSL counts with it
    return reader.isAtEnd
  }

  private mutating func readKeyUsage(_ value: ArraySlice<UInt8>) -> Bool {
    // DER of named bits: no trailing zero bit. At least one bit (4.2.1.3), at most nine.
    guard let string = DERReader.only(value, DERTag.bitString), let unused = string.content.first, unused < 8,
      (2...3).contains(string.content.count), let last = string.content.last, last.trailingZeroBitCount == Int(unused)
    else { return false }
    var bits: UInt16 = 0
    for (index, byte) in string.content.dropFirst().enumerated() {
      for bit in 0..<8 where byte & (0x80 >> UInt8(bit)) != 0 { bits |= 1 << UInt16(index * 8 + bit) }
    }
    keyUsage = KeyUsage(rawValue: bits)
    return bits < 1 << 9
  }

  private mutating func readNameConstraints(_ value: ArraySlice<UInt8>) -> Bool {
    guard let outer = DERReader.only(value, DERTag.sequence) else { return false }
    var reader = DERReader(outer.content)
    var constraints = NameConstraints()
    let permitted = reader.next(DERTag.constructed(0))
    let excluded = reader.next(DERTag.constructed(1))
    guard reader.isAtEnd else { return false }
    for (list, path) in [(permitted, \NameConstraints.permitted), (excluded, \NameConstraints.excluded)] {
      guard let list else { continue }
      var subtrees = DERReader(list.content)
      if subtrees.isAtEnd { constraints.hasEmptyList = true }
      while !subtrees.isAtEnd {
        // minimum is 0 and so absent, maximum is absent (4.2.1.10)
        guard var subtree = subtrees.enter(DERTag.sequence), let base = GeneralName.read(&subtree), subtree.isAtEnd
        else { return false }
        constraints[keyPath: path].append(base)
      }
    }
    if permitted == nil, excluded == nil { constraints.hasEmptyList = true }
    nameConstraints = constraints
    return true
  }

  private mutating func readPolicies(_ value: ArraySlice<UInt8>) -> Bool {
    policies = Self.list(value) { reader in
      guard var information = reader.enter(DERTag.sequence), let policy = Self.readOID(&information) else { return nil }
      // Qualifiers are texts for people; only their shape counts.
      if let qualifiers = information.next(DERTag.sequence) {
        var inner = DERReader(qualifiers.content)
        guard !inner.isAtEnd else { return nil }
        while !inner.isAtEnd {
          guard var one = inner.enter(DERTag.sequence), Self.readOID(&one) != nil else { return nil }
        }
      }
      return information.isAtEnd ? policy : nil
    }
    return policies.map { Set($0).count == $0.count } ?? false
  }

  private mutating func readPolicyConstraints(_ value: ArraySlice<UInt8>) -> Bool {
    guard let outer = DERReader.only(value, DERTag.sequence) else { return false }
    var reader = DERReader(outer.content)
    guard !reader.isAtEnd else { return false }
    if let skip = reader.next(DERTag.context(0)) {
      requireExplicitPolicy = skip.smallNumber
      if requireExplicitPolicy == nil { return false }
    }
    if let skip = reader.next(DERTag.context(1)), skip.smallNumber == nil { return false }
    return reader.isAtEnd
  }

  /// Nil for anything but the three optional fields in their order.
  static func authorityKeyIdentifier(_ value: ArraySlice<UInt8>) -> AuthorityKeyIdentifier? {
    guard let outer = DERReader.only(value, DERTag.sequence) else { return nil }
    var reader = DERReader(outer.content)
    var identifier = AuthorityKeyIdentifier()
    if let key = reader.next(DERTag.context(0)) { identifier.keyIdentifier = Array(key.content) }
    if let issuer = reader.next(DERTag.constructed(1)) {
      guard GeneralName.readAll(issuer.content) != nil else { return nil }
      identifier.hasIssuerOrSerial = true
    }
    if reader.next(DERTag.context(2)) != nil { identifier.hasIssuerOrSerial = true }
    return reader.isAtEnd && identifier.keyIdentifier != [] ? identifier : nil
  }

  private mutating func readDistributionPoints(_ value: ArraySlice<UInt8>) -> Bool {
    let points: [[String]]? = Self.list(value) { reader in
      guard var point = reader.enter(DERTag.sequence), !point.isAtEnd else { return nil }
      var urls: [String] = []
      if var name = point.enter(DERTag.constructed(0)) {
        if let full = name.next(DERTag.constructed(0)) {
          guard let names = GeneralName.readAll(full.content) else { return nil }
          urls = Self.uris(names)
        } else if name.next(DERTag.constructed(1)) == nil {
          return nil
        }
        guard name.isAtEnd else { return nil }
      }
      _ = point.next(DERTag.context(1))
      if let issuer = point.next(DERTag.constructed(2)), GeneralName.readAll(issuer.content) == nil { return nil }
      return point.isAtEnd ? urls : nil
    }
    crlURLs = points?.flatMap { $0 } ?? []
    return points != nil
  }

  private mutating func readAuthorityInfoAccess(_ value: ArraySlice<UInt8>) -> Bool {
    let descriptions: [(OID, GeneralName)]? = Self.list(value) { reader in
      guard var pair = reader.enter(DERTag.sequence), let method = Self.readOID(&pair),
        let location = GeneralName.read(&pair), pair.isAtEnd
      else { return nil }
      if case .uri(let uri) = location, !NameSyntax.isURI(uri) { return nil }
      return (method, location)
    }
    caIssuersURLs = Self.uris((descriptions ?? []).filter { $0.0 == .caIssuers }.map { $0.1 })
    return descriptions != nil
  }

  private static func uris(_ names: [GeneralName]) -> [String] {
    names.compactMap { if case .uri(let uri) = $0 { String(validating: uri, as: UTF8.self) } else { nil } }
  }
}
