package import Encodings

/// What the rows of a member sheet are judged against; all of it is the caller's, nothing is looked up here.
package struct SheetRules: Sendable {
  /// A chamber that rows may name.
  package struct Chamber: Hashable, Sendable {
    package let slug: String
    /// ISO 3166-2, for example `AE-DU`.
    package let jurisdiction: String

    package init(slug: String, jurisdiction: String) {
      self.slug = slug
      self.jurisdiction = jurisdiction
    }
  }

  /// How an address was judged.
  package enum AddressJudgement: Hashable, Sendable {
    /// May be bound; `platform` is the id of the platform whose shop it is, nil for an own site.
    case accepted(platform: String?)
    /// A reason code with an English sentence and what is to be shown beside it.
    case refused(code: String, message: String, params: [String: String])
  }

  /// Storefront addresses, as they are bound to credentials.
  package typealias StorefrontJudge = @Sendable ([UInt8]) -> AddressJudgement
  /// Two names that look the same have the same skeleton (UTS 39 section 4).
  package typealias NameSkeleton = @Sendable (Text) -> [UInt8]

  let chambers: [Text: Chamber]
  let jurisdictions: Set<String>
  let today: CivilDate
  let platforms: Set<Text>
  let judgeStorefront: StorefrontJudge
  let judgeWebsite: StorefrontJudge
  let skeleton: NameSkeleton
  /// Keys of members, like `dubai/495656`, whose name an officer has looked at and found to be their own although it
  /// resembles another. Does not excuse mixed alphabets in one name.
  package var confirmedNames: Set<String> = []
  /// The phrase in a name that only an authority may say of itself; nil: there is none.
  package var reservedPhrase: @Sendable (Text) -> String? = { _ in nil }
  /// Headings a later programme needs; they may be in the file, and are kept as they are.
  package var extraColumns: [String] = []

  /// - Parameters:
  ///   - platforms: ids of the platform table, without `none`, which every sheet may say.
  ///   - judgeWebsite: for the column `website`, which is shown and never bound.
  package init(
    chambers: [Chamber],
    today: CivilDate,
    platforms: [String],
    judgeStorefront: @escaping StorefrontJudge,
    judgeWebsite: @escaping StorefrontJudge,
    skeleton: @escaping NameSkeleton
  ) {
    self.chambers = Dictionary(chambers.map { (Text($0.slug), $0) }, uniquingKeysWith: { first, _ in first })
    self.jurisdictions = Set(chambers.map(\.jurisdiction))
    self.today = today
    self.platforms = Set(platforms.map { Text($0) })
    self.judgeStorefront = judgeStorefront
    self.judgeWebsite = judgeWebsite
    self.skeleton = skeleton
  }

  /// Legal forms of the emirates, as their registers abbreviate them in English.
  package static let legalForms: Set<Text> = [
    "LLC", "LLC-SPC", "FZE", "FZCO", "FZ-LLC", "FZC", "Est.", "Sole Establishment", "PJSC", "PrJSC", "Civil Company",
    "General Partnership", "Limited Partnership", "Branch",
  ]

  /// What companies from abroad are besides; an ordinary member cannot be one of these.
  package static let foreignLegalForms: Set<Text> = [
    "SARL", "SA", "SAS", "SNC", "EURL", "Ltd", "Limited", "PLC", "Inc.", "Corp.", "GmbH", "AG", "BV", "NV", "SRL",
    "SpA", "Pte Ltd", "Pvt Ltd",
    "Co., Ltd", "KK", "Cooperative", "WLL", "SAE", "SAL",
  ]

  /// From how many days ahead a date is a slip of the year rather than a plan.
  static let farthestMemberSince: Int64 = 366
  static let farthestFeesPaid: Int64 = 3_660
  /// No chamber of the federation is older.
  static let earliestYear = 1900
}
