public import Encodings

/// Whether a host is made to be taken for the verify host (A3): `khatrn.example`, `khatmm.example`, one Cyrillic
/// letter, `khatm.example.evil.example`.
public enum LookalikeHost {
  /// Design section 8.
  static let maxDistance = 2
  /// Below this length of the name's own label an edit distance of 2 says nothing.
  static let minLabel = 4

  /// The verify host with what every comparison asks of it.
  struct Target {
    fileprivate let host: [UInt8], name: Name?
    init(_ verifyHost: Text) {
      host = withoutDot(verifyHost.bytes)
      name = InternationalName.unicodeLabels(host).map(Name.init)
    }
  }

  /// Labels as people read them, and their shapes.
  fileprivate struct Name {
    let labels: [[Unicode.Scalar]], shapes: [[Unicode.Scalar]]
    init(_ labels: [[Unicode.Scalar]]) {
      self.labels = labels
      shapes = labels.map(shape)
    }
    private init(labels: [[Unicode.Scalar]], shapes: [[Unicode.Scalar]]) {
      self.labels = labels
      self.shapes = shapes
    }
    func suffix(_ count: Int) -> Name { Name(labels: labels.suffix(count), shapes: shapes.suffix(count)) }
  }

  /// Both hosts in canonical form (A-labels, lower case), as `PageAddress.host` and `ResolvedURL.host` give them.
  /// The verify host itself, and hosts under it, imitate nobody. Nor does a neighbour under the same parent.
  public static func imitates(_ host: Text, verifyHost: Text) -> Bool { imitates(host, Target(verifyHost)) }

  /// Whether people could take the host for ours. Our own host and those under it do not imitate.
  static func imitates(_ host: Text, _ verify: Target) -> Bool {
    let host = withoutDot(host.bytes)
    if host == verify.host || host.hasDotSuffix(verify.host) || host.count > InternationalName.maxBytes { return false }
    guard let target = verify.name, let labels = InternationalName.unicodeLabels(host),
      InternationalName.isNumber(Array(host.pieces(at: 0x2E).last ?? [])) == false, host.first != 0x5B
    else { return false }

    // The whole name, at the front of a stranger's name or spelled with hyphens.
    let name = Name(labels)
    let count = target.labels.count
    if labels.count > count, name.shapes.prefix(count).elementsEqual(target.shapes) { return true }
    let hyphened = target.shapes.joined(separator: [Unicode.Scalar("-")])
    if name.shapes.contains(where: { $0.elementsEqual(hyphened) }) { return true }

    // The same number of labels at the end; and what somebody registered, where the verify host is a name under it.
    if resembles(name.suffix(count), target) { return true }
    return count > 2 && resembles(name.suffix(2), target.suffix(2))
  }

  private static func resembles(_ name: Name, _ target: Name) -> Bool {
    if name.labels == target.labels { return false }
    if name.shapes == target.shapes { return true }
    let (labels, others) = (name.labels, target.labels)
    // One owner's hosts under one parent are not imitations of each other.
    if labels.count > 2, labels.count == others.count, labels.suffix(2) == others.suffix(2) { return false }
    guard others.count >= 2, others[others.count - 2].count >= minLabel else { return false }
    return distance(joined(labels), joined(others), atMost: maxDistance) <= maxDistance
  }

  private static func joined(_ labels: [[Unicode.Scalar]]) -> [Unicode.Scalar] {
    Array(labels.joined(separator: [Unicode.Scalar(".")]))
  }

  /// The skeleton of one label; a hyphen stays, invisible characters go.
  private static func shape(_ label: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var letters: [Unicode.Scalar] = []
    letters.reserveCapacity(label.count)
    for scalar in label {
      switch Skeleton.meaning(of: scalar) {
      case .nothing: break
      case .gap: letters.append(scalar)
      case .letters(let found): letters += found
      }
    }
    return Skeleton.withoutPairs(letters)
  }

  private static func withoutDot(_ host: [UInt8]) -> [UInt8] { host.last == 0x2E ? host.dropLast() : host }

  /// Levenshtein distance; gives up with `limit + 1`. Names are at most 253 long.
  static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar], atMost limit: Int) -> Int {
    if abs(left.count - right.count) > limit { return limit + 1 }
    var previous = Array(0...right.count)
    var current = previous
    for (row, one) in left.enumerated() {
      current[0] = row + 1
      var least = row + 1
      for column in right.indices {
        let cost = min(previous[column] + (one == right[column] ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
        current[column + 1] = cost
        least = min(least, cost)
      }
      if least > limit { return limit + 1 }
      swap(&previous, &current)
    }
    return previous[right.count]
  }
}
