import Encodings

/// The same sequence for the same seed (SplitMix64), so that what was accepted can be made again.
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(next() % UInt64(bound)) }
}

/// Ways of changing a signed token. Each takes the token whole; `others` are tokens that were signed too, for swaps.
enum Mutation: String, CaseIterable {
  case bit, byte, swapBytes, delete, insert, repeatRange, truncate, caseFlip, append, prepend
  case otherHeader, otherPayload, otherSignature, crossover
  case lastBits, padding, plainBase64, whitespace, percent
  case headerMember, payloadMember, duplicateMember, memberOrder, memberSpace, memberEscape, memberCase, numberForm
  case algorithm, keyID, noChain, otherChain, critical, embeddedKey, type
  case zeroSignature, negatedS, derSignature, emptySignature, longSignature, equalParts

  /// Those that look at no token in it.
  static let ofAnyBytes: [Mutation] = [
    .bit, .byte, .swapBytes, .delete, .insert, .repeatRange, .truncate, .caseFlip, .append, .prepend, .crossover,
    .whitespace, .percent,
  ]

  func apply(to token: [UInt8], others: [[UInt8]], _ random: inout Seeded) -> [UInt8] {
    var bytes = token
    let parts = token.split(separator: 0x2E, omittingEmptySubsequences: false).map { Array($0) }
    func joined(_ parts: [[UInt8]]) -> [UInt8] { Array(parts.joined(separator: [0x2E])) }
    func with(_ index: Int, _ part: [UInt8]) -> [UInt8] {
      var all = parts
      all[index] = part
      return joined(all)
    }
    func decoded(_ index: Int) -> [UInt8] { Base64URL.decode(parts[index]) ?? [] }
    func encoded(_ index: Int, _ content: [UInt8]) -> [UInt8] { with(index, Base64URL.encodeBytes(content)) }
    let other = (others.isEmpty ? token : others[random.below(others.count)]).split(
      separator: 0x2E,
      omittingEmptySubsequences: false
    ).map { Array($0) }
    let at = random.below(bytes.count)
    switch self {
    case .bit: bytes[at] ^= 1 << UInt8(random.below(8))
    case .byte: bytes[at] = UInt8(random.below(256))
    case .swapBytes: bytes.swapAt(at, random.below(bytes.count))
    case .delete: bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.below(40)))
    case .insert: bytes.insert(contentsOf: (0...random.below(8)).map { _ in UInt8(random.below(256)) }, at: at)
    case .repeatRange: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 1 + random.below(60))], at: at)
    case .truncate: bytes.removeLast(1 + random.below(min(bytes.count - 1, 200)))
    case .caseFlip:
      guard let place = (at..<bytes.count).first(where: { (0x41...0x5A).contains(bytes[$0] & 0xDF) }) else {
        return bytes
      }
      bytes[place] ^= 0x20
    case .append: bytes += [[0x2E], [0x0A], [0x3D], [0x00], [0x41], Array(".AAAA".utf8)][random.below(6)]
    case .prepend: bytes = [[0x2E], [0x0A], [0xEF, 0xBB, 0xBF], [0x20], [0x41]][random.below(5)] + bytes
    case .otherHeader: return with(0, other[0])
    case .otherPayload: return with(1, other[1])
    case .otherSignature: return with(2, other[2])
    case .crossover:
      let cut = random.below(token.count)
      let tail = Array(other.joined(separator: [0x2E]))
      return Array(token[..<cut] + tail[min(cut, tail.count)...])
    case .lastBits:
      // The last digit of a part carries bits that no byte takes: a lax reader ignores them.
      let index = random.below(3)
      guard var part = Optional(parts[index]), let last = part.last, let value = Self.digits.firstIndex(of: last) else {
        return bytes
      }
      part[part.count - 1] = Self.digits[value ^ (1 + random.below(3))]
      return with(index, part)
    case .padding:
      let index = random.below(3)
      return with(index, parts[index] + [[0x3D], [0x3D, 0x3D], Array("%3D".utf8)][random.below(3)])
    case .plainBase64: return bytes.map { $0 == 0x2D ? 0x2B : $0 == 0x5F ? 0x2F : $0 }
    case .whitespace: bytes.insert([0x20, 0x09, 0x0A, 0x0D, 0x0B, 0xA0][random.below(6)], at: at)
    case .percent: bytes.replaceSubrange(at...at, with: Array("%\(Hex.encode([bytes[at]]))".utf8))
    case .headerMember:
      return encoded(0, Self.adding(["x": 1, "exp": 9_999_999_999, "b64": 0][random.below(3)], to: decoded(0)))
    case .payloadMember:
      return encoded(1, Self.adding(["x": 1, "exp": 9_999_999_999, "nbf": 1][random.below(3)], to: decoded(1)))
    case .duplicateMember:
      let index = random.below(2)
      var content = decoded(index)
      guard let object = Self.object(content), !object.members.isEmpty else { return bytes }
      let member = object.members[random.below(object.members.count)]
      let text =
        JSON.string(member.name).canonical() + [0x3A]
        + (random.below(2) == 0 ? member.value : JSON("other")).canonical()
      if random.below(2) == 0 {
        content.insert(contentsOf: text + [0x2C], at: 1)
      } else {
        content.insert(contentsOf: [0x2C] + text, at: content.count - 1)
      }
      return encoded(index, content)
    case .memberOrder:
      let index = random.below(2)
      guard let object = Self.object(decoded(index)), object.members.count > 1 else { return bytes }
      let members = object.members.shuffled(using: &random).map {
        JSON.string($0.name).canonical() + [0x3A] + $0.value.canonical()
      }
      return encoded(index, [0x7B] + Array(members.joined(separator: [0x2C])) + [0x7D])
    case .memberSpace:
      let index = random.below(2)
      var content = decoded(index)
      content.insert([0x20, 0x0A, 0x09, 0x0D][random.below(4)], at: [0, 1, content.count][random.below(3)])
      return encoded(index, content)
    case .memberEscape:
      // A letter written as \u00XX: the same text to a reader, other bytes to a signature.
      let index = random.below(2)
      var content = decoded(index)
      guard
        let place = (random.below(max(1, content.count))..<content.count).first(where: {
          (0x61...0x7A).contains(content[$0])
        })
      else { return bytes }
      content.replaceSubrange(place...place, with: Array("\\u00\(Hex.encode([content[place]]))".utf8))
      return encoded(index, content)
    case .memberCase:
      let index = random.below(2)
      var content = decoded(index)
      guard
        let place = (random.below(max(1, content.count))..<content.count).first(where: {
          (0x61...0x7A).contains(content[$0] | 0x20)
        })
      else { return bytes }
      content[place] ^= 0x20
      return encoded(index, content)
    case .numberForm:
      var content = decoded(1)
      let name = Array(["\"exp\":", "\"iat\":"][random.below(2)].utf8)
      guard let place = content.firstRange(of: name),
        let end = content[place.upperBound...].firstIndex(where: { !ASCII.isDigit($0) })
      else { return bytes }
      content.insert(contentsOf: Array([".0", "e0", "0", " "][random.below(4)].utf8), at: end)
      return encoded(1, content)
    case .algorithm:
      return encoded(
        0,
        Self.setting(
          "alg",
          JSON(["none", "None", "HS256", "ES384", "EdDSA", "RS256", "PS256", "ES256K", "", "es256"][random.below(10)]),
          in: decoded(0)
        )
      )
    case .keyID:
      return encoded(
        0,
        Self.setting(
          "kid",
          JSON(
            [
              "", "../root", "did:web:evil.example#1", "did:web:dubai-chamber.example",
              String(repeating: "k", count: 5_000),
            ][random.below(5)]
          ),
          in: decoded(0)
        )
      )
    case .noChain: return encoded(0, Self.setting("x5c", random.below(2) == 0 ? nil : .array([]), in: decoded(0)))
    case .otherChain:
      guard let theirs = Self.object(Base64URL.decode(other[0]) ?? [])?["x5c"] else { return bytes }
      return encoded(0, Self.setting("x5c", theirs, in: decoded(0)))
    case .critical:
      return encoded(
        0,
        Self.setting(
          "crit",
          .array([.string(["exp", "b64", "x"][random.below(3)])]),
          in: Self.setting("b64", .bool(false), in: decoded(0))
        )
      )
    case .embeddedKey:
      return encoded(
        0,
        Self.setting(
          ["jwk", "jku", "x5u", "x5t#S256"][random.below(4)],
          ["kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"],
          in: decoded(0)
        )
      )
    case .type:
      return encoded(
        0,
        Self.setting(
          ["typ", "cty"][random.below(2)],
          [nil, "JWT", "jwt", "vp+jwt", "chamber-trust-list+jwt", "khatm-status+jwt"][random.below(6)],
          in: decoded(0)
        )
      )
    case .zeroSignature:
      var signature = decoded(2)
      let half = signature.count / 2
      for place in [0..<half, half..<signature.count, 0..<signature.count][random.below(3)] {
        signature[place] = [0x00, 0xFF][random.below(2)]
      }
      return encoded(2, signature)
    case .negatedS: return encoded(2, Self.negated(decoded(2)))
    case .derSignature:
      let signature = decoded(2)
      let half = signature.count / 2
      func integer(_ part: ArraySlice<UInt8>) -> [UInt8] {
        let short = Array(part.drop { $0 == 0 })
        let body = (short.first ?? 0) & 0x80 == 0 ? short : [0] + short
        return [2, UInt8(truncatingIfNeeded: body.count)] + body
      }
      let content = integer(signature[..<half]) + integer(signature[half...])
      return encoded(2, [0x30, UInt8(truncatingIfNeeded: content.count)] + content)
    case .emptySignature: return with(2, [])
    case .longSignature: return encoded(2, [[0], [0, 0]][random.below(2)] + decoded(2))
    case .equalParts: return with(random.below(3), parts[random.below(3)])
    }
    return bytes
  }

  static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static func object(_ bytes: [UInt8]) -> JSONObject? {
    do {
      return try JSONObject.parse(bytes, limits: JSONLimits(maxBytes: 4 << 20, maxDepth: 64, maxMembers: 10_000))
    } catch { return nil }
  }
  private static func setting(_ name: Text, _ value: JSON?, in bytes: [UInt8]) -> [UInt8] {
    guard var object = object(bytes) else { return bytes }
    object[name] = value
    return object.canonical()
  }
  private static func adding(_ member: (key: String, value: Int64), to bytes: [UInt8]) -> [UInt8] {
    guard var object = object(bytes) else { return bytes }
    object[Text(member.key)] = object[Text(member.key)] == nil ? .integer(member.value) : .integer(member.value - 1)
    return object.canonical()
  }

  /// The order of P-256; (r, n - s) is the other signature that plain ECDSA accepts for the same message.
  private static let order: [UInt8] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7,
    0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
  ]
  static func negated(_ signature: [UInt8]) -> [UInt8] {
    guard signature.count == 64 else { return signature }
    var result = signature
    var borrow = 0
    for place in stride(from: 31, through: 0, by: -1) {
      let difference = Int(order[place]) - Int(signature[32 + place]) - borrow
      result[32 + place] = UInt8(truncatingIfNeeded: difference)
      borrow = difference < 0 ? 1 : 0
    }
    return result
  }
}

extension Dictionary where Key == String, Value == Int64 {
  /// The n-th pair in the order of the names: a dictionary's own order changes from run to run.
  fileprivate subscript(_ place: Int) -> (key: String, value: Int64) {
    let key = keys.sorted()[place]
    return (key, self[key] ?? 0)
  }
}
