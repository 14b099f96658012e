internal import Credentials
package import Encodings
internal import PKI
package import Registry
internal import Vocabulary

/// The register for reading: no lock is kept and no key is asked for.
package struct RegistryReader: Sendable {
  package let home: Home
  package let registry: Registry
  package let authority: Authority

  package static func open(_ home: Home) throws -> RegistryReader {
    guard home.exists else { throw IssuanceFailure.notAHome(path: home.path) }
    let registry = try home.openRegistry(migrating: false)
    guard let authority = try registry.keys.authority() else { throw IssuanceFailure.notAHome(path: home.path) }
    return RegistryReader(home: home, registry: registry, authority: authority)
  }

  /// `CHAMBER/NUMBER`.
  package func member(_ key: String) throws -> Member {
    let parts = key.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2, let member = try registry.members.find(chamber: parts[0], number: parts[1]) else {
      throw ActRejection(.memberUnknown, subject: key)
    }
    return member
  }

  /// What a certificate says of a person, as it was signed; empty for a company's.
  package func claims(of record: CredentialRecord) throws -> JSONObject {
    guard let parts = record.parts else { return JSONObject() }
    return PersonClaims.json(try MembershipCredential(payload: try JSONObject.parse(parts.payload)).person)
  }

  /// A certificate that exists, with its member and chamber.
  package func certificate(_ id: CredentialID) throws -> (record: CredentialRecord, member: Member, chamber: Chamber) {
    guard let record = try registry.credentials.find(id: id.description), record.parts != nil,
      let member = try registry.members.find(rowID: record.member),
      let chamber = try registry.keys.chambers().first(where: { $0.slug == record.chamber })
    else {
      throw ActRejection(.credentialUnknown, subject: id.description)
    }
    return (record, member, chamber)
  }

  /// The compact token, as it was signed.
  package func token(of record: CredentialRecord) throws -> [UInt8] {
    guard let parts = record.parts else { throw ActRejection(.credentialUnknown, subject: record.id) }
    return parts.compact
  }

  /// What the token says of its pages: the addresses as they are displayed.
  package func storefronts(of record: CredentialRecord) throws -> [String] {
    guard let parts = record.parts else { return [] }
    return try MembershipCredential(payload: try JSONObject.parse(parts.payload)).organization.storefronts.map(
      \.display.string
    )
  }
  /// `NTRAE+DU-1256293`, as the token has it.
  package func registerNumber(of record: CredentialRecord) throws -> String {
    guard let parts = record.parts else { return "" }
    return try MembershipCredential(payload: try JSONObject.parse(parts.payload)).organization.organizationIdentifier?
      .string ?? ""
  }

  /// For display: SHA-256 of the root certificate, hexadecimal.
  package func rootFingerprint() throws -> String {
    guard let der = try registry.currentKey(.root, of: nil).certificate else {
      throw IssuanceFailure.keyUnusable(file: "root", why: "no certificate")
    }
    return Hex.encode(SHA2.sha256(der))
  }
}
