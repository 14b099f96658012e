internal import Credentials
public import Encodings
internal import PKI
public import Profiles
public import Registry
internal import Storefronts

extension ReadingRoom {
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
}

extension ReadingRoom {
  /// `NTRAE+DU-1256293`, as the token has it.
  public func registerNumber(of record: CredentialRecord) throws -> String {
    guard let parts = record.parts else { return "" }
    return try MembershipCredential(payload: try JSONObject.parse(parts.payload)).organization.organizationIdentifier?
      .string ?? ""
  }
}

extension Office {
  /// The profiles of a home, without opening its desk.
  public static func profiles(of home: Home) throws -> ProfileSet { try loadProfiles(home.profilesPath) }
}
