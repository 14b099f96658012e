/// Everything in `certs/profiles`, read as a whole: the profiles must also hold together.
package struct ProfileSet: Hashable, Sendable {
  package let authority: AuthorityProfile
  package let root: CertificateProfile
  package let issuingCA: CertificateProfile
  package let signer: CertificateProfile
  /// Ordered by id.
  package let programmes: [Programme]

  package func programme(_ id: String) -> Programme? { programmes.first { $0.id.utf8.elementsEqual(id.utf8) } }

  /// The dotted policy of one programme.
  package func policy(of programme: Programme) -> String { authority.policyArc.policy(programme.policySuffix) }

  /// The dotted policy of a chamber's own issuing CA.
  package var issuingCAPolicy: String? { issuingCA.policySuffix.map(authority.policyArc.policy) }

  /// Reads the files of a profile folder: each `(name, bytes)`, the name without its folder. Names that do not end in
  /// `.yaml` are skipped; nothing else is.
  package static func load(_ files: [(name: String, bytes: [UInt8])]) throws(ProfileRejection) -> ProfileSet {
    var authority: AuthorityProfile?
    var certificates: [CertificateProfile.Role: CertificateProfile] = [:]
    var programmes: [Programme] = []
    let named = files.filter { $0.name.utf8.count > 5 && Array($0.name.utf8.suffix(5)) == Array(".yaml".utf8) }
    for file in named.sorted(by: { $0.name < $1.name }) {
      var yaml = try StrictYAML(file: file.name, bytes: file.bytes)
      let id: String
      switch try yaml.text("format") {
      case AuthorityProfile.format:
        id = "authority"
        authority = try AuthorityProfile(yaml)
      case CertificateProfile.format:
        let profile = try CertificateProfile(yaml)
        id = profile.role.rawValue
        certificates[profile.role] = profile
      case Programme.format:
        let programme = try Programme(yaml)
        id = programme.id
        programmes.append(programme)
      case let other:
        throw .unknownFormat(
          file: file.name,
          format: other,
          known: [AuthorityProfile.format, CertificateProfile.format, Programme.format]
        )
      }
      guard file.name == "\(id).yaml" else { throw .nameMismatch(file: file.name, id: id) }
    }
    guard let authority else { throw .missingFile("authority.yaml") }
    guard let root = certificates[.root] else { throw .missingFile("root.yaml") }
    guard let issuingCA = certificates[.issuingCA] else { throw .missingFile("issuing-ca.yaml") }
    guard let signer = certificates[.signer] else { throw .missingFile("signer.yaml") }
    guard !programmes.isEmpty else { throw .missingFile("a programme") }
    let set = ProfileSet(authority: authority, root: root, issuingCA: issuingCA, signer: signer, programmes: programmes)
    try set.holdTogether()
    return set
  }

  private func holdTogether() throws(ProfileRejection) {
    // The chain of lives: nothing may outlive what vouches for it.
    guard root.lifeDays - root.usableDays >= issuingCA.lifeDays else {
      throw .conflict(
        file: "issuing-ca.yaml",
        with: "root.yaml",
        what: "an issuing CA made on the root's last usable day would outlive it"
      )
    }
    guard issuingCA.lifeDays - issuingCA.usableDays >= signer.lifeDays else {
      throw .conflict(
        file: "signer.yaml",
        with: "issuing-ca.yaml",
        what: "a signer made on the CA's last usable day would outlive it"
      )
    }
    var owner = issuingCA.policySuffix.map { [$0: "issuing-ca.yaml"] } ?? [:]
    for programme in programmes {
      let file = "\(programme.id).yaml"
      // A credential signed on the signer's last usable day must end before the signer does.
      guard signer.lifeDays - signer.usableDays > programme.validityDays else {
        throw .conflict(
          file: file,
          with: "signer.yaml",
          what:
            """
            \(programme.validityDays) days would outlive a signer that lives \(signer.lifeDays - signer.usableDays) \
            days after its last use
            """
        )
      }
      if let other = owner.updateValue(file, forKey: programme.policySuffix) {
        throw .conflict(file: file, with: other, what: "the policy \(programme.policySuffix) is taken")
      }
    }
  }
}

/// What holds for the whole authority (`authority.yaml`).
package struct AuthorityProfile: Hashable, Sendable {
  package let policyArc: PolicyArc
  package let statusList: StatusList
  package let trustList: TrustList

  /// Size and life of the status lists.
  package struct StatusList: Hashable, Sendable {
    package let entries: Int
    /// From `validFrom` to `validUntil` of the list credential.
    package let lifeHours: Int
    /// How long a reader may keep a list; stands in it as `ttl`.
    package let ttlSeconds: Int
    /// Published anew when the last is older, also when nothing changed.
    package let renewAfterHours: Int
  }

  /// Life of the trust list.
  package struct TrustList: Hashable, Sendable {
    package let lifeDays: Int
    package let nextUpdateDays: Int
  }

  static let format = "khatm-authority/1"
  /// The smallest list the standard allows (Bitstring Status List 1.0, 3.1: 16 KiB).
  package static let listEntries = 131_072

  /// Reads `authority.yaml`.
  init(_ yaml: consuming StrictYAML) throws(ProfileRejection) {
    policyArc = PolicyArc(oid: try yaml.word("policyArc", allowed: "an arc below 1.3.6.1.4.1", where: PolicyArc.isArc))
    var status = try yaml.mapping("statusList")
    // The register gives out places in lists of this one length; a value without effect would mislead whoever reads the
    // profile.
    let entries = try status.integer("entries", in: AuthorityProfile.listEntries...AuthorityProfile.listEntries)
    let lifeHours = try status.integer("lifeHours", in: 1...168)
    statusList = StatusList(
      entries: entries,
      lifeHours: lifeHours,
      ttlSeconds: try status.integer("ttlSeconds", in: 1...(lifeHours * 3_600)),
      renewAfterHours: try status.integer("renewAfterHours", in: 1...lifeHours)
    )
    try status.finish()
    var trust = try yaml.mapping("trustList")
    let lifeDays = try trust.integer("lifeDays", in: 1...180)
    trustList = TrustList(lifeDays: lifeDays, nextUpdateDays: try trust.integer("nextUpdateDays", in: 1...lifeDays))
    try trust.finish()
    try yaml.finish()
  }
}
