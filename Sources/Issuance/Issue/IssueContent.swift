internal import Credentials
internal import Encodings
internal import PKI
internal import Profiles
internal import Registry
internal import Storefronts
internal import Vocabulary

/// What storefront addresses and claims are judged against; read once, used on every core.
struct ContentRules: Sendable {
  let bindings: BindingRules
  let platforms: PlatformTable
  let reserved: ReservedWords
}

extension AuthoritySession {
  var contentRules: ContentRules {
    get throws {
      try ContentRules(bindings: bindingRules, platforms: platforms, reserved: reservedWords)
    }
  }
}

/// What will be said of one member, as far as officers decide it: who, what programme, which pages, what about a
/// person. What the machine adds later (number, places in the status lists, dates) is not in it. A class, as it is
/// never changed and goes through many hands: a copy of a member and a programme costs fifty counts.
final class IssueContent: Sendable {
  let member: Member
  let programme: Programme
  let storefronts: [StorefrontBinding]
  let person: [PersonClaim: Text]
  /// An earlier end than the profile's, from the claims (a mandate that ends).
  let until: Instant?
  /// SHA-256 over all of it (`docs/formats.md`, approval digest).
  let digest: [UInt8]
  /// Empty for the company; tells a member's people apart.
  let subject: String

  /// The storefront rules apply here, at the moment of the request: an address that cannot be bound is refused.
  init(member: Member, programme: Programme, claims: JSONObject, rules: ContentRules) throws {
    self.member = member
    self.programme = programme
    for (field, skeleton) in [("name_en", member.skeletonEn), ("name_ar", member.skeletonAr)] {
      guard let phrase = rules.reserved.phrase(in: skeleton) else { continue }
      throw ActRejection(.nameReserved(phrase: phrase, field: field), subject: member.key)
    }
    var bindings: [StorefrontBinding] = []
    for address in [member.storefront, member.website] where !address.isEmpty && Self.namesPages(programme) {
      do throws(BindingRejection) {
        let binding = try Binding.forIssue(Array(address.utf8), rules: rules.bindings)
        guard let kind = StorefrontBinding.Kind(rawValue: binding.kind.rawValue) else { continue }
        let stated = StorefrontBinding(kind, key: binding.key.text, display: binding.display)
        if !bindings.contains(where: { $0.key == stated.key }) { bindings.append(stated) }
      } catch {
        throw ActRejection(.storefront(error, address: address), subject: member.key)
      }
    }
    storefronts = bindings
    let person = try PersonClaims.read(claims, member: member, programme: programme, platforms: rules.platforms)
    self.person = person.claims
    until = person.until
    var decided: JSONObject = [
      "member": JSON(member.key), "programme": JSON(programme.id), "nameEn": JSON(member.nameEn),
      "nameAr": JSON(member.nameAr),
      "legalForm": JSON(member.legalForm), "licenceNumber": JSON(member.licenceNumber),
      "licenceAuthority": JSON(member.licenceAuthority),
      "jurisdiction": JSON(member.jurisdiction), "memberSince": JSON(member.memberSince),
      "membership": JSON(member.membership.rawValue),
      "storefronts": .array(bindings.map { .string($0.key) }),
    ]
    if programme.subject == .person { decided["person"] = .object(PersonClaims.json(person.claims)) }
    digest = SHA2.sha256(decided.canonical())
    subject =
      programme.subject == .person
      ? Base64URL.encode(
        SHA2.sha256(JSON.array(PersonClaims.identity(person.claims).map { .string($0) }).canonical()).prefix(18)
      ) : ""
  }

  private static func namesPages(_ programme: Programme) -> Bool {
    programme.requiredClaims.contains(.authorizedOrigin) || programme.optionalClaims.contains(.authorizedOrigin)
  }

  /// What an act on a certificate that exists comes down to.
  static func digest(of act: RequestAct, credential id: String) -> [UInt8] {
    SHA2.sha256(JSON.object(["act": JSON(act.rawValue), "credential": JSON(id)]).canonical())
  }
}

/// The claims a certificate makes about a person, from a file or a sheet.
enum PersonClaims {
  /// Reads and judges what a programme asks for; unknown claims are refused, since a reader would drop them.
  static func read(_ given: JSONObject, member: Member, programme: Programme, platforms: PlatformTable) throws -> (
    claims: [PersonClaim: Text], until: Instant?
  ) {
    let allowed = (programme.requiredClaims + programme.optionalClaims).compactMap {
      PersonClaim(rawValue: $0.rawValue)
    }
    func rejection(_ reason: ActRejection.Reason) -> ActRejection { ActRejection(reason, subject: member.key) }
    func malformed(_ claim: PersonClaim, _ why: String) -> ActRejection {
      rejection(.claimMalformed(claim: claim.rawValue, programme: programme.id, why: why))
    }
    var claims: [PersonClaim: Text] = [:]
    var until: Instant?
    for name in given.names {
      guard let claim = allowed.first(where: { Text($0.rawValue) == name }) else {
        throw rejection(
          .claimUnknown(claim: name.string, programme: programme.id, known: allowed.map(\.rawValue))
        )
      }
      let value = given[name]
      guard let text = value?.text ?? value?.int.map({ Text("\($0)") }), !text.isEmpty else {
        throw malformed(claim, "a text is expected")
      }
      if let why = fault(claim, text, platforms: platforms) { throw malformed(claim, why) }
      claims[claim] = text
      if claim == .actsUntil { until = CivilDate(text.string)?.endOfDay }
    }
    for claim in programme.requiredClaims.compactMap({ PersonClaim(rawValue: $0.rawValue) }) where claims[claim] == nil
    { throw rejection(.claimMissing(claim: claim.rawValue, programme: programme.id)) }
    return (claims, until)
  }

  /// Why a value does not fit its claim; nil when it does.
  private static func fault(_ claim: PersonClaim, _ text: Text, platforms: PlatformTable) -> String? {
    switch claim {
    case .personName, .representativeName:
      if let why = NamePolicy.rejection(text) { return why }
    case .courseName, .representativeRole, .scope, .jobTitle:
      if let why = NamePolicy.rejection(text, longest: 400) { return why }
    case .courseHours:
      guard let hours = Int(text.string), (1...2_000).contains(hours), "\(hours)" == text.string else {
        return "whole hours, 1 to 2000"
      }
    case .completedOn, .actsUntil:
      guard CivilDate(text.string) != nil else { return "a date such as 2026-11-22" }
    case .onPlatform:
      guard platforms.platforms.contains(where: { $0.id == text }) else {
        return "one of \(platforms.platforms.map(\.id.string).joined(separator: ", "))"
      }
    case .workEmail:
      guard EmailAddress.isValid(text.bytes) else { return "an e-mail address" }
    case .workPhone:
      guard PhoneNumber.isValid(text.bytes) else { return "a number such as +97142281111" }
    }
    return nil
  }

  static func json(_ claims: [PersonClaim: Text]) -> JSONObject {
    var object = JSONObject()
    for (claim, text) in claims { object[Text(claim.rawValue)] = .string(text) }
    return object
  }

  /// Two certificates with these equal are of the same person for the same thing; the later renews the earlier.
  static func identity(_ claims: [PersonClaim: Text]) -> [Text] {
    [.personName, .courseName, .representativeName, .onPlatform].compactMap { claims[$0] }
  }
}
