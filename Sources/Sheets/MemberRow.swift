package import Encodings

/// One member as a chamber's office knows it: a whole value, made only of a row without a fault.
package struct MemberRow: Hashable, Sendable {
  /// Whether the company stands in the chamber's territory.
  package enum Membership: String, Hashable, Sendable, CaseIterable {
    case member
    /// A company outside the chamber's territory.
    case eMember = "e-member"
  }

  /// The line of the file.
  package let row: Int
  package let chamber: String
  package let number: String
  package let membership: Membership
  package let nameEn: Text
  package let nameAr: Text
  package let legalForm: String
  package let licenceNumber: String
  package let licenceAuthority: Text
  /// ISO 3166-2: the chamber's own, or for an e-member any other region's.
  package let jurisdiction: String
  package let memberSince: CivilDate
  /// nil: never paid.
  package let feesPaidUntil: CivilDate?
  /// The address as written; nil where the member sells on no page.
  package let storefront: Text?
  /// The id of the platform the storefront was found to be on; nil for an own site and where there is no storefront.
  package let platform: String?
  package let website: Text?
  /// Personal data: for the register alone.
  package let contactName: Text?
  package let contactEmail: Text?
  package let contactPhone: Text?
  /// Columns of later programmes, by heading, empty cells left out.
  package let extra: [String: Text]

  /// Names a member across chambers: `dubai/517919`.
  package var key: String { "\(chamber)/\(number)" }

  /// Whether the fees cover the given day.
  package func feesPaid(on day: CivilDate) -> Bool { feesPaidUntil.map { day <= $0 } ?? false }
}

/// The columns of a member sheet, by heading. They may stand in any order.
package enum MemberColumn: String, Hashable, Sendable, CaseIterable {
  case chamber
  case memberNumber = "member_number"
  case nameEn = "name_en"
  case nameAr = "name_ar"
  case legalForm = "legal_form"
  case licenceNumber = "licence_number"
  case licenceAuthority = "licence_authority"
  case jurisdiction
  case memberSince = "member_since"
  case feesPaidUntil = "fees_paid_until"
  case storefront, platform, website
  case contactName = "contact_name"
  case contactEmail = "contact_email"
  case contactPhone = "contact_phone"
  case membership

  /// `membership` came later: a sheet without it holds ordinary members.
  package var isOptional: Bool { self == .membership }
}
