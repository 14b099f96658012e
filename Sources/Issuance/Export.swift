internal import Credentials
public import Encodings
internal import PKI
public import Profiles
public import Registry
internal import Storefronts

extension ReadingRoom {
  /// A certificate that exists, with its member and chamber.
  public func certificate(_ id: CredentialID) throws -> (record: CredentialRecord, member: Member, chamber: Chamber) {
    guard let record = try registry.credential(id: id.description), record.parts != nil, let member = try registry.member(rowID: record.member),
      let chamber = try registry.chambers().first(where: { $0.slug == record.chamber }) else {
      throw Refusal("credential_unknown", subject: id.description)
    }
    return (record, member, chamber)
  }

  /// The compact token, as it was signed.
  public func token(of record: CredentialRecord) throws -> [UInt8] {
    guard let parts = record.parts else { throw Refusal("credential_unknown", subject: record.id) }
    return Tokens.compact(parts)
  }

  /// What the token says of its pages: the addresses as they are displayed.
  public func storefronts(of record: CredentialRecord) throws -> [String] {
    guard let parts = record.parts else { return [] }
    return try MembershipCredential(payload: try JSONObject.parse(parts.payload)).organization.storefronts.map(\.display.string)
  }
}

extension ReadingRoom {
  /// `NTRAE+DU-1256293`, as the token has it.
  public func registerNumber(of record: CredentialRecord) throws -> String {
    guard let parts = record.parts else { return "" }
    return try MembershipCredential(payload: try JSONObject.parse(parts.payload)).organization.organizationIdentifier?.string ?? ""
  }
}

extension Office {
  /// The profiles of a home, without opening its desk.
  public static func profiles(of home: Home) throws -> ProfileSet { try loadProfiles(home.profilesPath) }

  /// The Open Badges envelope of a certificate (Open Badges 3.0, 8.2): a second signature over the same data, made on export. It needs the
  /// chamber's signer, is counted in the audit trail, and names its key by the address of one JWK.
  public func openBadge(_ id: CredentialID) throws -> [UInt8] {
    let (record, _, chamber) = try readingRoom.certificate(id)
    guard let parts = record.parts else { throw Refusal("credential_unknown", subject: id.description) }
    let signer = try currentKey(chamber.slug, "signer"), key = try privateKey(signer)
    let credential = try MembershipCredential(payload: try JSONObject.parse(parts.payload))
    let url = OpenBadge.keyURL(key.publicKey, host: Text(authority.host))
    guard let token = try OpenBadge.sign(credential, keyURL: url, key: key, algorithm: .es256) else {
      throw Refusal("no_suspension_entry", subject: id.description)
    }
    try registry.record(try auditRow("export", id.description, detail: ["form": "open-badge"]))
    return token
  }
}
