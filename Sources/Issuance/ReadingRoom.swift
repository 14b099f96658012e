internal import Credentials
public import Encodings
public import Registry

/// The register for reading: no lock is kept and no key is asked for.
public struct ReadingRoom: Sendable {
  public let home: Home
  public let registry: Registry
  public let authority: Authority

  public static func open(_ home: Home) throws -> ReadingRoom {
    guard home.exists else { throw IssuanceFailure.notAHome(path: home.path) }
    let registry = try Office.openRegistry(home, migrating: false)
    guard let authority = try registry.keys.authority() else { throw IssuanceFailure.notAHome(path: home.path) }
    return ReadingRoom(home: home, registry: registry, authority: authority)
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
}

extension Office {
  /// The same register, for reading.
  public var readingRoom: ReadingRoom { ReadingRoom(home: home, registry: registry, authority: authority) }
}
