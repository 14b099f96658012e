import Credentials
import Encodings
import LogClients
import PKI
import TransparencyLog
import Verification

/// The bundles of a few dozen certificates in force: what is in them may be changed or exchanged, and then none may be
/// believed.
struct Bundles {
  let all: [CredentialBundle]
  private let root: Certificate, now: Instant
  private let files: [[UInt8]], proofs: [[UInt8]]
  /// The negative control: each has the proof that belongs to its number, whatever was shown.
  private let isLax: Bool

  init(_ files: [[UInt8]], root: Certificate, now: Instant, isLax: Bool) throws {
    self.root = root
    self.now = now
    self.files = files
    self.isLax = isLax
    all = try files.map { try CredentialBundle.parse($0) }
    proofs = all.compactMap(\.proof)
  }

  func isPositive(_ given: CredentialBundle) -> Bool {
    var bundle = given
    if isLax, let good = all.first(where: { $0.id == bundle.id }) { bundle.proof = good.proof }
    do {
      return try bundle.verify(anchors: [root], at: now).verdict.isPositive
    } catch {
      return false
    }
  }
  func isPositive(file: [UInt8]) -> Bool {
    do {
      return isPositive(try CredentialBundle.parse(file))
    } catch {
      return false
    }
  }

  /// What is signed, or tied to what is signed. Certificates and CRLs may stand there twice or be left out where the
  /// token has them; the root in a bundle is for people only. A statement can only make an answer worse: one that is
  /// damaged or another's is none. A number is the same in small letters, and with hyphens.
  private static func says(_ bundle: CredentialBundle) -> [[UInt8]?] {
    let id: String
    do throws(CredentialIDRejection) {
      id = try CredentialID(reading: bundle.id).description
    } catch {
      id = bundle.id
    }
    return [Array(id.utf8), bundle.token, bundle.proof, bundle.trustList]
      + bundle.statusLists.keys.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.flatMap {
        [$0.bytes, bundle.statusLists[$0]]
      }
  }

  /// What a mutant came to.
  enum Outcome { case same, refused, accepted }

  /// One proof changed by bytes or lines, in an otherwise good bundle.
  func proof(_ random: inout Seeded) -> Outcome {
    var bundle = all[random.below(all.count)]
    guard let proof = bundle.proof else { return .same }
    let changed = LineMutation.allCases[random.below(LineMutation.allCases.count)].apply(
      to: proof,
      others: proofs,
      &random
    )
    if changed == proof { return .same }
    bundle.proof = changed
    guard isPositive(bundle) else { return .refused }
    // A signature that stands twice says the same.
    return Self.withoutDoubles(changed) == proof ? .same : .accepted
  }

  private static func withoutDoubles(_ proof: [UInt8]) -> [UInt8] {
    let lines = proof.split(separator: 0x0A, omittingEmptySubsequences: false)
    let single = lines.indices.filter { $0 == lines.startIndex || lines[$0].isEmpty || lines[$0] != lines[$0 - 1] }.map
    { lines[$0] }
    return Array(single.joined(separator: [0x0A]))
  }

  /// The file of a bundle changed: when it still says the same (a space between two members), believing it is right.
  func file(_ random: inout Seeded) -> Outcome {
    let place = random.below(files.count)
    let mine = all[place]
    let read: CredentialBundle
    if random.below(3) > 0 {
      let changed = Mutation.ofAnyBytes[random.below(Mutation.ofAnyBytes.count)].apply(
        to: files[place],
        others: files,
        &random
      )
      do {
        read = try CredentialBundle.parse(changed)
      } catch {
        return changed == files[place] ? .same : .refused
      }
    } else {
      // A token inside it, changed as a token.
      var bundle = mine
      let mutation = Mutation.allCases[random.below(Mutation.allCases.count)]
      let tokens = all.map(\.token)
      let part = random.below(4)
      // (r, n - s) is a second signature of the same bytes: of what no log commits to it is as good as the first. The
      // token's is.
      if mutation == .negatedS, part != 2 { return .same }
      switch part {
      case 0: bundle.trustList = mutation.apply(to: bundle.trustList, others: tokens, &random)
      case 1:
        let lists = bundle.statusLists.keys.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        let url = lists[random.below(lists.count)]
        bundle.statusLists[url] = bundle.statusLists[url].map { mutation.apply(to: $0, others: tokens, &random) }
      case 2: bundle.token = mutation.apply(to: bundle.token, others: tokens, &random)
      default:
        guard let statement = bundle.statement else { return .same }
        bundle.statement = mutation.apply(to: statement, others: tokens, &random)
      }
      // Not through the file: what is no UTF-8 could not stand there.
      read = bundle
    }
    // Cut and joined, the file may be another's, whole.
    if all.contains(where: { Self.says(read) == Self.says($0) }) { return .same }
    return isPositive(read) ? .accepted : .refused
  }

  // MARK: swaps

  private typealias Swap = (name: String, apply: @Sendable (inout CredentialBundle, CredentialBundle) throws -> Void)
  private static let swaps: [Swap] = [
    ("id", { $0.id = $1.id }), ("token", { $0.token = $1.token }),
    ("header", { $0.token = part(0, of: $1.token, into: $0.token) }),
    ("payload", { $0.token = part(1, of: $1.token, into: $0.token) }),
    ("signature", { $0.token = part(2, of: $1.token, into: $0.token) }),
    ("statement", { $0.statement = $1.statement }), ("proof", { $0.proof = $1.proof }),
    (
      "entry and salt",
      { mine, other in
        try exchange(&mine, other) { (one, two) throws in
          try LogProof(extra: two.extra, index: one.index, path: one.path, checkpoint: one.checkpoint)
        }
      }
    ),
    (
      "index",
      { mine, other in
        try exchange(&mine, other) { (one, two) throws in
          try LogProof(extra: one.extra, index: two.index, path: one.path, checkpoint: one.checkpoint)
        }
      }
    ),
    (
      "path",
      { mine, other in
        try exchange(&mine, other) { (one, two) throws in
          try LogProof(extra: one.extra, index: one.index, path: two.path, checkpoint: one.checkpoint)
        }
      }
    ),
    (
      "index and path",
      { mine, other in
        try exchange(&mine, other) { (one, two) throws in
          try LogProof(extra: one.extra, index: two.index, path: two.path, checkpoint: one.checkpoint)
        }
      }
    ),
    // Each list of the other under the address of mine of the same purpose.
    (
      "status lists",
      { mine, other in
        for (url, _) in mine.statusLists {
          for (theirs, list) in other.statusLists where purpose(theirs) == purpose(url) { mine.statusLists[url] = list }
        }
      }
    ),
    (
      "statement and proof",
      {
        $0.statement = $1.statement
        $0.proof = $1.proof
      }
    ),
    (
      "id and token",
      {
        $0.id = $1.id
        $0.token = $1.token
      }
    ),
    (
      "id, token and statement",
      {
        $0.id = $1.id
        $0.token = $1.token
        $0.statement = $1.statement
      }
    ),
  ]
  private static func part(_ place: Int, of other: [UInt8], into mine: [UInt8]) -> [UInt8] {
    var parts = mine.split(separator: 0x2E).map { Array($0) }
    parts[place] = Array(other.split(separator: 0x2E)[place])
    return Array(parts.joined(separator: [0x2E]))
  }
  private static func exchange(
    _ mine: inout CredentialBundle,
    _ other: CredentialBundle,
    _ made: (LogProof, LogProof) throws -> LogProof
  ) throws {
    guard let one = mine.proof, let two = other.proof else { return }
    mine.proof = try made(LogProof.parse(one), LogProof.parse(two)).bytes
  }
  private static func purpose(_ url: Text) -> [UInt8] {
    url.bytes.split(separator: 0x2F).suffix(2).first.map { Array($0) } ?? []
  }

  /// A bundle with a part of another one.
  struct Swapped { var pairs = 0, shown: [String: Int] = [:], same = 0, accepted: [String: Int] = [:] }

  /// Every part of the first `count` in the place of the same part of every other.
  func swapAll(_ count: Int) throws -> Swapped {
    var result = Swapped()
    for (place, mine) in all.prefix(count).enumerated() {
      for (other, theirs) in all.prefix(count).enumerated() where other != place {
        result.pairs += 1
        for swap in Self.swaps {
          var bundle = mine
          try swap.apply(&bundle, theirs)
          // Chambers share lists, and most statements are absent; "all of the other's" is the other.
          if Self.says(bundle) == Self.says(mine) || Self.says(bundle) == Self.says(theirs) {
            result.same += 1
            continue
          }
          result.shown[swap.name, default: 0] += 1
          if isPositive(bundle) { result.accepted[swap.name, default: 0] += 1 }
        }
      }
    }
    return result
  }
}

/// Ways of changing a proof, which is lines.
enum LineMutation: CaseIterable {
  case anyByte, drop, double, exchange, otherLine, lastBits, higherIndex, moreSpace, otherEnd

  func apply(to proof: [UInt8], others: [[UInt8]], _ random: inout Seeded) -> [UInt8] {
    var lines = proof.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
    let other = others[random.below(others.count)].split(separator: 0x0A, omittingEmptySubsequences: false).map {
      Array($0)
    }
    let at = random.below(lines.count)
    switch self {
    case .anyByte:
      return Mutation.ofAnyBytes[random.below(Mutation.ofAnyBytes.count)].apply(to: proof, others: others, &random)
    case .drop: lines.remove(at: at)
    case .double: lines.insert(lines[at], at: at)
    case .exchange: lines.swapAt(at, random.below(lines.count))
    case .otherLine: lines[at] = other[min(at, other.count - 1)]
    case .lastBits:
      // Bits that no byte takes.
      guard let place = lines[at].lastIndex(where: { $0 != 0x3D }) else { return proof }
      lines[at][place] ^= 1
    case .higherIndex:
      lines = lines.map { $0.starts(with: Array("index ".utf8)) ? $0 + Array("\(random.below(10))".utf8) : $0 }
    case .moreSpace: lines[at].append([0x20, 0x0D, 0x09, 0x00][random.below(4)])
    case .otherEnd:
      // From some line on it is another's.
      lines = Array(lines[..<at]) + Array(other[min(at, other.count)...])
    }
    return Array(lines.joined(separator: [0x0A]))
  }
}
