internal import Encodings
internal import Profiles
internal import Registry
internal import Storefronts

/// Phrases that a name may not have, because a buyer would take its bearer for an authority; and words that an approver
/// looks at first. Compared by skeleton and by whole words, so other spellings of the same picture are found too.
struct ReservedWords: Sendable {
  /// Titles of programmes, names of chambers and authorities, and the verify host.
  private let phrases: [(skeleton: [Substring], shown: String)]

  init(profiles: ProfileSet, authority: Authority, chambers: [Chamber], recognised: [Recognition]) {
    let titles = profiles.programmes.flatMap {
      [$0.badgeTitle.ar, $0.badgeTitle.en, $0.badgeTitle.fr, $0.badgeTitle.zh]
    }
    let names =
      [authority.name, authority.host] + chambers.flatMap { [$0.nameEn, $0.nameAr] } + recognised.map(\.name)
    phrases = (titles + names).compactMap { phrase in
      let skeleton = Self.words(phrase)
      return skeleton.isEmpty ? nil : (skeleton, phrase)
    }
  }

  /// The phrase that a name is or contains; nil: none.
  /// - Parameter skeleton: of the name, as the register keeps it.
  func phrase(in skeleton: String) -> String? {
    let words = skeleton.split(separator: " ")
    return phrases.first { Self.contains(words, $0.skeleton) }?.shown
  }

  /// Words of a member's names that an approver must accept, as they stand in the list beside look-alikes.
  static func held(in member: Member) -> [String] {
    let held = [member.skeletonEn, member.skeletonAr].flatMap { skeleton in
      let words = skeleton.split(separator: " ")
      return general.filter { contains(words, $0.skeleton) }.map { "the word \($0.shown)" }
    }
    return held.isEmpty ? [] : Set(held).sorted()
  }

  /// What only somebody who was checked would be called. The table is part of the program; its words do not change for
  /// a member that was accepted.
  private static let general: [(skeleton: [Substring], shown: String)] = [
    "verified", "certified", "official", "authorised", "authorized", "accredited", "trusted member", "seal", "معتمد",
    "معتمدة", "موثق", "موثقة", "موثوق", "موثوقة", "مصدق", "مصدقة", "رسمي", "رسمية", "ختم", "vérifié", "agréé",
    "officiel", "认证", "官方",
  ].map { (words($0), $0) }

  private static func words(_ text: String) -> [Substring] {
    Skeleton.of(Text(text)).string.split(separator: " ").map { Substring($0) }
  }

  private static func contains(_ words: [Substring], _ phrase: [Substring]) -> Bool {
    guard !phrase.isEmpty, words.count >= phrase.count else { return false }
    return (0...(words.count - phrase.count)).contains { words[$0..<($0 + phrase.count)].elementsEqual(phrase) }
  }
}
