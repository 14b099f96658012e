public import Encodings

/// A page a credential is bound to (`docs/DESIGN.md`, bindings): the answer to "does this badge belong here?".
public struct StorefrontBinding: Hashable, Sendable {
  /// How much of a site the binding covers; rules in `Storefronts`.
  public enum Kind: String, Hashable, Sendable, CaseIterable { case platform, host, path, domain }
  public let kind: Kind
  /// Page key, compared byte by byte: `site/alnoor.example`, `platform/souk/alnoor`.
  public let key: Text
  /// The address as people read it; decides nothing.
  public let display: Text
  public init(_ kind: Kind, key: Text, display: Text) {
    self.kind = kind
    self.key = key
    self.display = display
  }
}

/// A claim about the person a credential names. A closed set: a claim no context defines would be dropped by strict
/// readers.
public enum PersonClaim: String, Hashable, Sendable, CaseIterable {
  case personName, courseName, courseHours, completedOn
  case representativeName, representativeRole, scope, onPlatform, actsUntil
  case jobTitle, workEmail, workPhone
}

/// A credential of the authority's programmes as a value: what Issuance writes and Verification reads.
///
/// `payload` and `init(payload:)` live together, so what is written is what is read. The payload holds public data
/// only: it is copied freely, and the pages listed in it are what stops copying.
public struct MembershipCredential: Hashable, Sendable {
  /// The chamber, as the credential names it.
  public struct Issuer: Hashable, Sendable {
    /// The chamber's DID.
    public var id: Text
    public var name: Text
    public var url: Text?
    public init(id: Text, name: Text, url: Text? = nil) {
      self.id = id
      self.name = name
      self.url = url
    }
  }

  /// The programme, in the words of Open Badges 3.0.
  public struct Achievement: Hashable, Sendable {
    /// `https://<issuer host>/achievements/<programme>/v1`.
    public var id: Text
    public var type: Text
    public var name: Text
    public var description: Text
    public var criteria: Text
    public var criteriaID: Text?
    public init(id: Text, type: Text, name: Text, description: Text, criteria: Text, criteriaID: Text? = nil) {
      self.id = id
      self.type = type
      self.name = name
      self.description = description
      self.criteria = criteria
      self.criteriaID = criteriaID
    }
  }

  /// The company. What a programme does not claim is nil; `names` alone may not be empty in a membership.
  public struct Organization: Hashable, Sendable {
    /// `legalNameText`, the authoritative one first.
    public var names: [LocalizedText] = []
    /// `NTRAE+DU-1256293` (EN 319 412-1, CA/B EVG 7.1.4.2.8).
    public var organizationIdentifier: Text?
    public var registrationNumber: Text?
    public var registrationAuthority: Text?
    public var jurisdictionCode: Text?
    public var legalFormText: Text?
    public var legalFormCode: Text?
    public var taxRegistrationNumber: Text?
    public var leiCode: Text?
    public var membershipNumber: Text?
    public var membershipTier: Text?
    public var memberSince: Instant?
    /// As written in the token: `https://host[:port]`.
    public var authorizedOrigins: [Text] = []
    public var storefronts: [StorefrontBinding] = []
    public init() {}

    /// The name in a language (primary subtag, such as `ar`), else the first.
    public func name(in language: String) -> LocalizedText? {
      names.first { name in
        guard let tag = name.language else { return false }
        return ASCII.equalFolded(tag.bytes.prefix { $0 != 0x2D }, Array(language.utf8))
      } ?? names.first
    }
  }

  /// `https://HOST/c/ID`.
  public var id: Text
  /// The third type, such as `ChamberMembershipCredential`.
  public var type: Text
  public var name: Text
  /// The authority's own context, `https://HOST/ns/membership/v1`.
  public var context: Text
  /// `sha384-…` of that context; nil in a credential that does not pin it.
  public var contextDigest: Text?
  public var issuer: Issuer
  public var validFrom: Instant
  public var validUntil: Instant
  public var awardedDate: Instant?
  /// `https://<issuer host>/org/<number>`, scoped to the chamber.
  public var subject: Text
  public var achievement: Achievement
  public var licenseNumber: Text?
  public var organization: Organization
  public var person: [PersonClaim: Text] = [:]
  public var statuses: [VerifiableCredential.Status]
  public var schema: Text?
  /// Of the signature, in seconds. Nil in the Open Badges envelope.
  public var issuedAt: Int64?

  public static let openBadgesContext: Text = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
  public static let contextPath: Text = "/ns/membership/v1"
  public static let membershipType: Text = "ChamberMembershipCredential"
  public static let tokenType = "vc+jwt"
  static let maxNames = 8
  /// A directory answers no longer list, and the whole token stays under 16 kB.
  static let maxBindings = 64

  public init(
    id: Text,
    type: Text = membershipType,
    name: Text,
    context: Text,
    contextDigest: Text?,
    issuer: Issuer,
    validFrom: Instant,
    validUntil: Instant,
    awardedDate: Instant?,
    subject: Text,
    achievement: Achievement,
    licenseNumber: Text? = nil,
    organization: Organization,
    person: [PersonClaim: Text] = [:],
    statuses: [StatusEntry],
    schema: Text? = nil,
    issuedAt: Int64
  ) {
    self.id = id
    self.type = type
    self.name = name
    self.context = context
    self.contextDigest = contextDigest
    self.issuer = issuer
    self.validFrom = validFrom
    self.validUntil = validUntil
    self.awardedDate = awardedDate
    self.subject = subject
    self.achievement = achievement
    self.licenseNumber = licenseNumber
    self.organization = organization
    self.person = person
    self.schema = schema
    self.issuedAt = issuedAt
    self.statuses = statuses.map { .bitstring($0) }
  }

  public static func id(_ id: CredentialID, host: String) -> Text { Text(BadgeLink.url(id, host: host)) }

  /// The last segment of `id`, where it is one of our ids: a directory cannot hand out another token under it.
  public var credentialID: CredentialID? {
    guard let slash = id.bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    let last = id.bytes[(slash + 1)...]
    do throws(CredentialIDRejection) {
      let read = try CredentialID(reading: last)
      return last.elementsEqual(read.description.utf8) ? read : nil
    } catch { return nil }
  }

  /// The programme named by the achievement: `https://…/achievements/<programme>/v1`.
  public var programme: Text? { Self.programme(ofAchievement: achievement.id) }
  static func programme(ofAchievement id: Text) -> Text? {
    programmeName(ofAchievement: id).flatMap { Text(validating: $0) }
  }
  /// The same without a copy.
  static func programmeName(ofAchievement id: Text) -> ArraySlice<UInt8>? {
    let tail = "/v1".utf8
    let folder = "/achievements".utf8
    guard id.bytes.count > tail.count, id.bytes.suffix(tail.count).elementsEqual(tail) else { return nil }
    let rest = id.bytes.dropLast(tail.count)
    guard let slash = rest.lastIndex(of: UInt8(ascii: "/")), rest[..<slash].suffix(folder.count).elementsEqual(folder),
      // The host, and the two slashes before it.
      rest[..<(slash - folder.count)].count(where: { $0 == UInt8(ascii: "/") }) >= 2
    else { return nil }
    let name = rest[(slash + 1)...]
    let plain = name.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ASCII.isDigit($0) || $0 == 0x2D }
    return plain && (1...64).contains(name.count) ? name : nil
  }

  /// Every page the credential is bound to; an `authorizedOrigin` is read as a binding of kind `host`.
  public var bindings: [StorefrontBinding] {
    let origins = organization.authorizedOrigins.compactMap { origin in
      HTTPSAddress(origin).map { StorefrontBinding(.host, key: Text("site/\($0.authority)"), display: origin) }
    }
    return origins.isEmpty ? organization.storefronts : origins + organization.storefronts
  }

  /// The statuses we can read.
  public var statusEntries: [StatusEntry] {
    statuses.compactMap { if case .bitstring(let entry) = $0 { entry } else { nil } }
  }
}
