/// What `openssl verify -x509_strict` does not see: criticality, places, shapes. One certificate, one place in the
/// chain.
struct ProfileCheck {
  /// Where in the chain the certificate stands; each place has rules of its own.
  enum Place { case leaf, issuer, anchor }

  let certificate: Certificate
  let step: Int
  let place: Place
  let rules: ChainRules

  private var extensions: CertificateExtensions { certificate.extensions }
  private var mayIssue: Bool { place != .leaf }

  /// Checks in the order in which reasons are given; the first one found is the answer.
  func run() throws(ChainRejection) {
    try checkRole()
    guard (mayIssue ? rules.issuerKeys : rules.leafKeys).contains(certificate.publicKey.kind.family)
    else { throw .keyNotAllowed(step: step) }
    try checkCriticality()
    try checkExtendedKeyUsage()
    try checkNames()
    try checkKeyIdentifiers()
    if rules.chamberProfile { try checkChamberProfile() }
  }

  /// RFC 5280 4.2 to 4.2.2. Policy mappings are not read: two programmes are never the same.
  private func checkCriticality() throws(ChainRejection) {
    for field in extensions.fields where field.critical && !CertificateExtensions.processed.contains(field.oid) {
      let known: Set<OID> = [.subjectKeyIdentifier, .authorityKeyIdentifier, .authorityInfoAccess]
      throw known.contains(field.oid)
        ? .extensionMisused(step: step, oid: field.oid.dotted)
        : .unknownCriticalExtension(step: step, oid: field.oid.dotted)
    }
    for oid in [OID.nameConstraints, .policyConstraints, .inhibitAnyPolicy] {
      guard let critical = extensions.isCritical(oid) else { continue }
      guard critical, mayIssue else { throw .extensionMisused(step: step, oid: oid.dotted) }
    }
    if extensions.isCritical(.policyMappings) != nil {
      throw .extensionMisused(step: step, oid: OID.policyMappings.dotted)
    }
  }

  private func checkRole() throws(ChainRejection) {
    if mayIssue {
      guard extensions.isCA == true else { throw .wrongRole(step: step) }
      guard extensions.isCritical(.basicConstraints) == true else {
        throw .extensionMisused(step: step, oid: OID.basicConstraints.dotted)
      }
      guard let usage = extensions.keyUsage, usage.contains(.keyCertSign) else { throw .keyUsage(step: step) }
      guard rules.revocation == .ignored || usage.contains(.crlSign) else { throw .keyUsage(step: step) }
    } else {
      guard extensions.isCA != true else { throw .wrongRole(step: step) }
      if let usage = extensions.keyUsage {
        guard usage.contains(.digitalSignature), usage.isDisjoint(with: [.keyCertSign, .crlSign]) else {
          throw .keyUsage(step: step)
        }
      }
    }
  }

  private func checkExtendedKeyUsage() throws(ChainRejection) {
    if extensions.isCritical(.extendedKeyUsage) == true {
      throw .extensionMisused(step: step, oid: OID.extendedKeyUsage.dotted)
    }
    guard let wanted = rules.requiredEKU else { return }
    let purposes = extensions.extendedKeyUsage
    switch place {
    case .leaf:
      guard let purposes, let oid = OID(wanted), purposes.contains(oid), !purposes.contains(.anyExtendedKeyUsage)
      else { throw .extendedKeyUsage(step: step) }
    case .issuer:
      guard let purposes else { return }
      guard !rules.chamberProfile, let oid = OID(wanted), purposes.contains(oid) else {
        throw .extendedKeyUsage(step: step)
      }
    case .anchor: if purposes != nil { throw .extendedKeyUsage(step: step) }
    }
  }

  private func checkNames() throws(ChainRejection) {
    if let names = extensions.subjectAltName {
      // 4.2.1.6: critical exactly when it is the only name.
      guard extensions.isCritical(.subjectAltName) == (certificate.subjectName == DistinguishedName.emptyDER)
      else { throw .extensionMisused(step: step, oid: OID.subjectAltName.dotted) }
      guard names.allSatisfy(\.isStrict) else { throw .nameMalformed(step: step) }
    }
    if mayIssue, certificate.subjectName == DistinguishedName.emptyDER {
      throw .refused(step: step, reason: "a CA without a name")
    }
    if let constraints = extensions.nameConstraints {
      guard !constraints.hasEmptyList else { throw .extensionMisused(step: step, oid: OID.nameConstraints.dotted) }
      guard (constraints.permitted + constraints.excluded).allSatisfy(\.isStrictBase) else {
        throw .nameMalformed(step: step)
      }
    }
    guard place == .leaf, let wanted = rules.requiredDNSName else { return }
    let names = extensions.subjectAltName ?? []
    guard names.contains(.dns(Array(wanted.utf8))) else { throw .nameMismatch }
    if rules.chamberProfile {
      // One dNSName; URIs inform; nothing else.
      let others = names.filter { if case .uri = $0 { false } else { true } }
      guard others.count == 1 else { throw .extensionMisused(step: step, oid: OID.subjectAltName.dotted) }
    }
  }

  /// 4.2.1.1, 4.2.1.2: identifiers by key alone. A root may leave out its authority key identifier, but must not have
  /// half of one.
  private func checkKeyIdentifiers() throws(ChainRejection) {
    if mayIssue, extensions.subjectKeyIdentifier == nil {
      throw .extensionMissing(step: step, oid: OID.subjectKeyIdentifier.dotted)
    }
    guard let authority = extensions.authorityKeyIdentifier else {
      if place == .anchor { return }
      throw .extensionMissing(step: step, oid: OID.authorityKeyIdentifier.dotted)
    }
    guard let identifier = authority.keyIdentifier, !authority.hasIssuerOrSerial,
      place != .anchor || identifier == extensions.subjectKeyIdentifier
    else { throw .extensionMisused(step: step, oid: OID.authorityKeyIdentifier.dotted) }
  }

  private func checkChamberProfile() throws(ChainRejection) {
    guard extensions.isCritical(.keyUsage) == true, extensions.isCritical(.basicConstraints) == true else {
      throw .extensionMisused(
        step: step,
        oid: (extensions.isCritical(.keyUsage) == true ? OID.basicConstraints : .keyUsage).dotted
      )
    }
    guard extensions.keyUsage == (mayIssue ? [.keyCertSign, .crlSign] : [.digitalSignature, .nonRepudiation])
    else { throw .keyUsage(step: step) }
    guard extensions.isCritical(.certificatePolicies) != true else {
      throw .extensionMisused(step: step, oid: OID.certificatePolicies.dotted)
    }
    switch place {
    case .leaf:
      guard extensions.subjectAltName != nil else {
        throw .extensionMissing(step: step, oid: OID.subjectAltName.dotted)
      }
    case .issuer:
      // What holds a stolen chamber key: its own domain, its own name, its own policies.
      guard let constraints = extensions.nameConstraints else {
        throw .extensionMissing(step: step, oid: OID.nameConstraints.dotted)
      }
      guard constraints.permitted.contains(where: { if case .dns = $0 { true } else { false } }),
        constraints.permitted.contains(where: { if case .directory = $0 { true } else { false } })
      else { throw .extensionMisused(step: step, oid: OID.nameConstraints.dotted) }
      guard extensions.requireExplicitPolicy == 0 else {
        throw .extensionMissing(step: step, oid: OID.policyConstraints.dotted)
      }
      guard extensions.inhibitAnyPolicy == 0 else {
        throw .extensionMissing(step: step, oid: OID.inhibitAnyPolicy.dotted)
      }
    case .anchor: break
    }
  }
}
