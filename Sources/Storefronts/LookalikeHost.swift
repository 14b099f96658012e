public import Encodings

/// Whether a host is made to be taken for the verify host (A3): `khatrn.example`, `khatmm.example`, one Cyrillic letter,
/// `khatm.example.evil.example`.
public enum LookalikeHost {
  /// Design section 8.
  static let maxDistance = 2
  /// Below this length of the name's own label an edit distance of 2 says nothing.
  static let minLabel = 4

  /// Both hosts in canonical form (A-labels, lower case), as `PageAddress.host` and `ResolvedURL.host` give them.
  /// The verify host itself, and hosts under it, imitate nobody. Nor does a neighbour under the same parent.
  public static func imitates(_ host: Text, verifyHost: Text) -> Bool {
    let host = withoutDot(host.bytes), verify = withoutDot(verifyHost.bytes)
    if host == verify || host.hasDotSuffix(verify) || host.count > InternationalName.maxBytes { return false }
    guard let labels = InternationalName.unicodeLabels(host), let target = InternationalName.unicodeLabels(verify),
      InternationalName.isNumber(Array(host.pieces(at: 0x2E).last ?? [])) == false, host.first != 0x5B
    else { return false }

    // The whole name, at the front of a stranger's name or spelled with hyphens.
    let wanted = shape(target)
    if labels.count > target.count, shape(Array(labels.prefix(target.count))) == wanted { return true }
    let hyphened = target.map { shape($0) }.joined(separator: [Unicode.Scalar("-")])
    if labels.contains(where: { shape($0).elementsEqual(hyphened) }) { return true }

    // The same number of labels at the end; and what somebody registered, where the verify host is a name under it.
    if resembles(Array(labels.suffix(target.count)), target) { return true }
    return target.count > 2 && resembles(Array(labels.suffix(2)), Array(target.suffix(2)))
  }

  private static func resembles(_ labels: [[Unicode.Scalar]], _ target: [[Unicode.Scalar]]) -> Bool {
    if labels == target { return false }
    if shape(labels) == shape(target) { return true }
    // One owner's hosts under one parent are not imitations of each other.
    if labels.count > 2, labels.count == target.count, labels.suffix(2) == target.suffix(2) { return false }
    guard target.count >= 2, target[target.count - 2].count >= minLabel else { return false }
    return distance(joined(labels), joined(target), atMost: maxDistance) <= maxDistance
  }

  private static func joined(_ labels: [[Unicode.Scalar]]) -> [Unicode.Scalar] { Array(labels.joined(separator: [Unicode.Scalar(".")])) }
  private static func shape(_ labels: [[Unicode.Scalar]]) -> [[Unicode.Scalar]] { labels.map { shape($0) } }

  /// The skeleton of one label; a hyphen stays, invisible characters go.
  private static func shape(_ label: [Unicode.Scalar]) -> [Unicode.Scalar] {
    Skeleton.withoutPairs(label.flatMap { scalar -> [Unicode.Scalar] in
      switch Skeleton.meaning(of: scalar) {
      case .nothing: []
      case .gap: [scalar]
      case .letters(let letters): letters
      }
    })
  }

  private static func withoutDot(_ host: [UInt8]) -> [UInt8] { host.last == 0x2E ? host.dropLast() : host }

  /// Levenshtein distance; gives up with `limit + 1`. Names are at most 253 long.
  static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar], atMost limit: Int) -> Int {
    if abs(left.count - right.count) > limit { return limit + 1 }
    var previous = Array(0...right.count)
    for (row, one) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        current.append(min(previous[column] + (one == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1))
      }
      if let least = current.min(), least > limit { return limit + 1 }
      previous = current
    }
    return previous[right.count]
  }
}
