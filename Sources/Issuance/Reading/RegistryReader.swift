internal import Credentials
public import Encodings
internal import PKI
public import Registry
internal import Vocabulary

/// The register for reading: no lock is kept and no key is asked for.
public struct RegistryReader: Sendable {
  public let home: Home
  public let registry: Registry
  public let authority: Authority

  public static func open(_ home: Home) throws -> RegistryReader {
    guard home.exists else { throw IssuanceFailure.notAHome(path: home.path) }
    let registry = try home.openRegistry(migrating: false)
    guard let authority = try registry.keys.authority() else { throw IssuanceFailure.notAHome(path: home.path) }
    return RegistryReader(home: home, registry: registry, authority: authority)
  }

  /// `CHAMBER/NUMBER`.
  public func member(_ key: String) throws -> Member {
    let parts = key.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2, let member = try registry.members.find(chamber: parts[0], number: parts[1]) else {
      throw ActRejection(.memberUnknown, subject: key)
    }
    return member
  }

  /// What a certificate says of a person, as it was signed; empty for a company's.
  public func claims(of record: CredentialRecord) throws -> JSONObject {
    guard let parts = record.parts else { return JSONObject() }
    return PersonClaims.json(try MembershipCredential(payload: try JSONObject.parse(parts.payload)).person)
  }

  /// A certificate that exists, with its member and chamber.
  public func certificate(_ id: CredentialID) throws -> (record: CredentialRecord, member: Member, chamber: Chamber) {
    guard let record = try registry.credentials.find(id: id.description), record.parts != nil,
      let member = try registry.members.find(rowID: record.member),
      let chamber = try registry.keys.chambers().first(where: { $0.slug == record.chamber })
    else {
      throw ActRejection(.credentialUnknown, subject: id.description)
    }
    return (record, member, chamber)
  }

  /// The compact token, as it was signed.
  public func token(of record: CredentialRecord) throws -> [UInt8] {
    guard let parts = record.parts else { throw ActRejection(.credentialUnknown, subject: record.id) }
    return parts.compact
  }

  /// What the token says of its pages: the addresses as they are displayed.
  public func storefronts(of record: CredentialRecord) throws -> [String] {
    guard let parts = record.parts else { return [] }
    return try MembershipCredential(payload: try JSONObject.parse(parts.payload)).organization.storefronts.map(
      \.display.string
    )
  }
  /// `NTRAE+DU-1256293`, as the token has it.
  public func registerNumber(of record: CredentialRecord) throws -> String {
    guard let parts = record.parts else { return "" }
    return try MembershipCredential(payload: try JSONObject.parse(parts.payload)).organization.organizationIdentifier?
      .string ?? ""
  }

  /// For display: SHA-256 of the root certificate, hexadecimal.
  public func rootFingerprint() throws -> String {
    guard let der = try registry.currentKey(.root, of: nil).certificate else {
      throw IssuanceFailure.keyUnusable(file: "root", why: "no certificate")
    }
    return Hex.encode(SHA2.sha256(der))
  }
}
