import Encodings
import HTTPTypes
import Hummingbird
import Messages
import NIOCore
import Repository

/// A query read strictly: known names, each once. An unknown one is refused, so that no cache can be filled with
/// variants (A76).
struct Query {
  private let pairs: [(name: String, value: String)]
  static let maxBytes = 8_192

  init(_ request: Request, _ allowed: String...) throws(HTTPRejection) {
    let raw = Array((request.uri.query ?? "").utf8)
    guard raw.count <= Self.maxBytes else { throw HTTPRejection(.queryRefused, "longer than \(Self.maxBytes) bytes") }
    try self.init(raw, allowed)
  }

  /// A form: the same rules for a body of `application/x-www-form-urlencoded`, whose length the caller has bounded.
  init(form body: [UInt8], _ allowed: String...) throws(HTTPRejection) { try self.init(body, allowed) }

  private init(_ raw: [UInt8], _ allowed: [String]) throws(HTTPRejection) {
    var pairs: [(name: String, value: String)] = []
    for part in raw.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: true) {
      let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decoded(halves[0]), let value = Self.decoded(halves.count > 1 ? halves[1] : []) else {
        throw HTTPRejection(.queryRefused, "an escape or the encoding is broken")
      }
      guard allowed.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
        throw HTTPRejection(.queryRefused, "it knows \(allowed.joined(separator: ", "))")
      }
      guard !pairs.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
        throw HTTPRejection(.queryRefused, "a name stands twice")
      }
      pairs.append((name, value))
    }
    self.pairs = pairs
  }

  subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

  /// For fields a person may leave empty.
  func filled(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// `+` is a space, as forms write it.
  static func decoded(_ bytes: some Collection<UInt8>) -> String? {
    var out: [UInt8] = []
    var rest = Array(bytes)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        out.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
        continue
      }
      guard rest.count >= 2, let pair = Hex.decode(Array(rest.prefix(2)).map(ASCII.lower)) else { return nil }
      out += pair
      rest = rest.dropFirst(2)
    }
    return String(validating: out, as: UTF8.self)
  }
}

extension Request {
  /// 415 unless the body has one of the types. Parameters other than `charset=utf-8` are refused with it.
  /// The same for a body in any coding: what it says is read as it lies (RFC 9110, 15.5.16).
  func requireType(_ types: String...) throws(HTTPRejection) {
    if let coding = headers[.contentEncoding], coding != "identity" {
      throw HTTPRejection(.mediaTypeUnsupported, "send the body without Content-Encoding")
    }
    let given = headers[.contentType] ?? ""
    if types.contains(where: { $0.utf8.elementsEqual(given.utf8) }) { return }
    let parts = given.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { part in
      String(decoding: part.filter { $0 != 0x20 && $0 != 0x09 }.map(ASCII.lower), as: UTF8.self)
    }
    guard let type = parts.first, types.contains(type),
      parts.dropFirst().allSatisfy({ $0 == "charset=utf-8" || $0 == "charset=\"utf-8\"" })
    else {
      throw HTTPRejection(.mediaTypeUnsupported, "send \(types.joined(separator: " or "))")
    }
  }

  /// The body, or 413.
  func collected(upTo limit: Int) async throws -> [UInt8] {
    if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit {
      throw HTTPRejection(.tooLarge, "\(limit) bytes are read")
    }
    do {
      let buffer = try await body.collect(upTo: limit)
      return Array(buffer.readableBytesView)
    } catch is NIOTooManyBytesError { throw HTTPRejection(.tooLarge, "\(limit) bytes are read") } catch {
      // Whatever else ends a body comes from the connection: chunks that are none, two readings of its length, a client
      // that left.
      throw HTTPRejection(.requestMalformed, "the body cannot be read")
    }
  }

  /// The first of our types that the client likes best (RFC 9110, 12.5.1), or 406. No `Accept`: the first.
  func preferred(_ offers: String...) throws(HTTPRejection) -> String {
    guard let field = headers[.accept], !field.utf8.elementsEqual("*/*".utf8) else { return offers[0] }
    var best: (offer: String, weight: Int)?
    let ranges = Accept.ranges(field)
    for offer in offers {
      let weight = Accept.weight(of: offer, ranges)
      if weight > 0, weight > (best?.weight ?? 0) { best = (offer, weight) }
    }
    guard let best else { throw HTTPRejection(.notAcceptable, "there is \(offers.joined(separator: ", "))") }
    return best.offer
  }

  /// The language asked for in the address, else the browser's, else English. Nil: `lang` names none of the four.
  func language(_ asked: String?) -> Language? {
    if let asked { return Language(rawValue: asked) }
    return headers[.acceptLanguage].flatMap { Language.preferred(acceptLanguage: $0) } ?? .en
  }
}

/// Media ranges of an `Accept` field.
enum Accept {
  /// One media range.
  struct Range {
    let type: [UInt8]
    let subtype: [UInt8]
    let weight: Int
  }
  /// More than any client sends; the rest of a hostile field is not read.
  static let maxRanges = 32

  static func ranges(_ field: String) -> [Range] {
    field.utf8.split(separator: UInt8(ascii: ",")).prefix(maxRanges).compactMap { part in
      let pieces = part.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map {
        $0.filter { $0 != 0x20 && $0 != 0x09 }.map(ASCII.lower)
      }
      let names = pieces[0].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      guard names.count == 2 else { return nil }
      var weight = 1_000
      for piece in pieces.dropFirst() where piece.starts(with: Array("q=".utf8)) {
        weight = thousandths(piece.dropFirst(2))
      }
      return Range(type: Array(names[0]), subtype: Array(names[1]), weight: weight)
    }
  }

  /// The most specific range decides, so `*/*;q=0` beside `text/html` leaves HTML alone.
  static func weight(of offer: String, _ ranges: [Range]) -> Int {
    let names = offer.utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }
    let star = [UInt8(ascii: "*")]
    var found: (rank: Int, weight: Int)?
    for range in ranges {
      let rank =
        range.type == names[0] && range.subtype == names[1]
        ? 3
        : range.type == names[0] && range.subtype == star
          ? 2
          : range.type == star && range.subtype == star ? 1 : 0
      if rank > (found?.rank ?? 0) { found = (rank, range.weight) }
    }
    return found?.weight ?? 0
  }

  private static func thousandths(_ bytes: some Collection<UInt8>) -> Int {
    let bytes = Array(bytes)
    guard let first = bytes.first, first == 0x30 || first == 0x31, bytes.count <= 5,
      bytes.count == 1 || bytes[1] == UInt8(ascii: ".")
    else { return 0 }
    var value = Int(first - 0x30)
    for place in 2..<5 {
      let digit = place < bytes.count ? bytes[place] : 0x30
      guard ASCII.isDigit(digit) else { return 0 }
      value = value * 10 + Int(digit - 0x30)
    }
    return min(value, 1_000)
  }
}
