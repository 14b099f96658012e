/// One kind of credential: who may have it, for how long, who must agree, what it says (`certs/profiles/<id>.yaml`).
package struct Programme: Hashable, Sendable {
  /// Where the company stands, seen from the chamber that issues.
  package enum Territory: String, Hashable, Sendable, CaseIterable { case inside, outside, any }
  /// What the credential is about.
  package enum Subject: String, Hashable, Sendable, CaseIterable { case company, person }
  /// Whether a member must have the field.
  package enum Need: String, Hashable, Sendable, CaseIterable { case required, optional }

  /// How many different officers must agree, the one who asks counted as the first: 1 acts alone, 2 is four eyes.
  package struct Approvals: Hashable, Sendable {
    package let issue: Int
    package let reinstate: Int
  }

  /// Acts of one kind by one chamber within 24 hours, above which a second officer must agree whatever `approvals`
  /// says.
  package struct Brakes: Hashable, Sendable {
    package let issue: Int
    package let suspend: Int
    package let revoke: Int
  }

  package let id: String
  /// Below the authority's policy arc.
  package let policySuffix: String
  /// The third type of the credential, beside `VerifiableCredential` and `OpenBadgeCredential`.
  package let credentialType: String
  /// The claim `membershipTier`; nil where the programme is no membership.
  package let tier: String?
  package let subject: Subject
  /// Open Badges 3.0 `achievementType`.
  package let achievementType: String
  /// From the first second of the first day to the last second of the last.
  package let validityDays: Int
  /// After `validUntil` a renewal still counts as one, and the member is reminded.
  package let graceDays: Int
  package let territory: Territory
  package let approvals: Approvals
  package let brakes: Brakes
  /// Credentials in force at the same time, for each chamber.
  package let quota: Int
  package let fees: Need
  /// Whether each issue and change must be in the transparency log before it is shown.
  package let log: Need
  package let requiredClaims: [Claim]
  package let optionalClaims: [Claim]
  package let badgeTitle: Localized
  package let description: Localized
  package let criteria: Localized

  static let format = "khatm-programme/1"

  /// Reads the file of a programme.
  init(_ yaml: consuming StrictYAML) throws(ProfileRejection) {
    id = try yaml.word("id", allowed: "a-z and hyphens, 3 to 40", where: Self.isID)
    policySuffix = try yaml.word("policy", allowed: PolicyArc.suffixShape, where: PolicyArc.isSuffix)
    credentialType = try yaml.word("credentialType", allowed: "letters, ending in Credential", where: Self.isType)
    subject = try yaml.choice("subject", of: Subject.self)
    achievementType = try yaml.choice("achievementType", of: Achievement.self).rawValue
    tier = yaml.has("tier") ? try yaml.word("tier", allowed: "a-z and hyphens, 3 to 40", where: Self.isID) : nil
    validityDays = try yaml.integer("validityDays", in: 1...Self.longestValidityDays)
    graceDays = try yaml.integer("graceDays", in: 0...180)
    territory = try yaml.choice("territory", of: Territory.self)
    var approvals = try yaml.mapping("approvals")
    self.approvals = Approvals(
      issue: try approvals.integer("issue", in: 1...3),
      reinstate: try approvals.integer("reinstate", in: 1...3)
    )
    try approvals.finish()
    quota = try yaml.integer("quota", in: 1...1_000_000)
    var brakes = try yaml.mapping("brakes")
    self.brakes = Brakes(
      issue: try brakes.integer("issue", in: 0...1_000_000),
      suspend: try brakes.integer("suspend", in: 0...1_000_000),
      revoke: try brakes.integer("revoke", in: 0...1_000_000)
    )
    try brakes.finish()
    fees = try yaml.choice("fees", of: Need.self)
    log = try yaml.choice("log", of: Need.self)
    requiredClaims = try Self.claims("requiredClaims", in: &yaml)
    optionalClaims = try Self.claims("optionalClaims", in: &yaml)
    if let both = requiredClaims.first(where: optionalClaims.contains) {
      throw yaml.refusal(of: "optionalClaims", value: both.rawValue, allowed: "claims that are not required")
    }
    guard requiredClaims.contains(.membershipTier) == (tier != nil) else {
      throw yaml.refusal(
        of: "requiredClaims",
        value: "membershipTier",
        allowed: "exactly where the programme has a tier"
      )
    }
    badgeTitle = try Localized("badgeTitle", in: &yaml, max: 120)
    description = try Localized("description", in: &yaml, max: 600)
    criteria = try Localized("criteria", in: &yaml, max: 2_000)
    try yaml.finish()
  }

  /// Two years: a longer credential outlives what the chamber knows of a company.
  static let longestValidityDays = 731

  /// Of the Open Badges 3.0 vocabulary, those in use here.
  private enum Achievement: String, CaseIterable {
    case membership = "Membership"
    case certificateOfCompletion = "CertificateOfCompletion"
    case license = "License"
    case certification = "Certification"
  }

  private static func claims(_ key: String, in yaml: inout StrictYAML) throws(ProfileRejection) -> [Claim] {
    try yaml.words(key, allowed: Claim.allCases.map(\.rawValue).joined(separator: ", ")) { Claim(rawValue: $0) != nil }
      .compactMap(Claim.init)
  }

  /// A name of ours: lower-case letters and hyphens, 3 to 40, none at the ends.
  static func isID(_ text: String) -> Bool {
    (3...40).contains(text.utf8.count) && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D }
      && text.utf8.first != 0x2D && text.utf8.last != 0x2D
  }

  private static func isType(_ text: String) -> Bool {
    text.utf8.count <= 60 && text.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
      && text.utf8.count > 10 && Array(text.utf8.suffix(10)) == Array("Credential".utf8)
  }
}

/// The claims a programme may ask for. A closed set: a claim no context defines would be dropped by strict readers.
package enum Claim: String, Hashable, Sendable, CaseIterable {
  case legalNameText, organizationIdentifier, registrationNumber, registrationAuthority, jurisdictionCode, legalFormText
  case membershipNumber, membershipTier, memberSince, authorizedOrigin, taxRegistrationNumber, leiCode
  /// Training completion.
  case personName, courseName, courseHours, completedOn
  /// Authorised representative.
  case representativeName, representativeRole, scope, onPlatform, actsUntil
  /// Business card.
  case jobTitle, workEmail, workPhone
}

/// One text in the four languages of the authority.
package struct Localized: Hashable, Sendable {
  package let ar: String
  package let en: String
  package let fr: String
  package let zh: String

  /// All four languages, or the file is refused.
  init(_ key: String, in yaml: inout StrictYAML, max: Int) throws(ProfileRejection) {
    var texts = try yaml.mapping(key)
    ar = try texts.text("ar", max: max)
    en = try texts.text("en", max: max)
    fr = try texts.text("fr", max: max)
    zh = try texts.text("zh", max: max)
    try texts.finish()
  }

  /// English for a language the authority does not write.
  package subscript(language: String) -> String {
    switch language {
    case "ar": ar
    case "fr": fr
    case "zh": zh
    default: en
    }
  }
}
