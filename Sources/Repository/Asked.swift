internal import Credentials
public import Encodings

/// What somebody handed in, read: the one way in for arguments, files, lists, forms, addresses and members of requests.
///
/// What people and programs add on the way (marks, brackets, spaces, other digits, parameters of trackers, the folding
/// of mail) is taken off here and nowhere else. What remains goes to the strict readers unchanged. What cannot be read
/// is a rejection of the question and never a verdict about a certificate.
public struct Asked: Hashable, Sendable {
  /// What it turned out to be.
  public enum Subject: Hashable, Sendable {
    case number(CredentialID)
    /// Eighteen characters of a number whose check does not fit: an answer, "mistyped".
    case mistyped(String)
    /// An address, `https`, without the fragment and without what trackers append. It may lead anywhere.
    case link(String)
    /// Three base64url parts, the first a JSON object with `alg`.
    case token([UInt8])
    /// A JSON object that is not a question: a credential with its proof, an envelope, a presentation, a bundle.
    case document([UInt8])
    /// PNG or SVG.
    case picture([UInt8])
  }

  /// Who hands it in. A person may leave out `https://`; a program that drops it has lost data.
  public enum Entrance: Sendable { case person, program }

  /// What it looks like, for the words of a rejection.
  public enum Form: String, Sendable { case number, link, token, document, picture, text }

  /// Why it cannot be read.
  public enum Rejection: Error, Hashable, Sendable {
    case unreadable(Form, why: String)
    case tokenDamaged(part: String)
    case pictureDamaged(why: String)
    case schemeMissing
    case notAnAddress
  }

  public let subject: Subject
  /// The page that the link of an answer names. Only for whoever pasted that link: on a page or in a request of a
  /// program it would let a thief name the page he is compared with.
  public let page: String?

  /// The largest token, document or picture.
  public static let maxBytes = 1 << 20
  /// Far above a number with every mark that people put into it.
  private static let maxNumberBytes = 200

  /// - Parameter host: the verify host, whose links may come with `http` or, from a person, without a scheme.
  public static func read(_ bytes: [UInt8], from entrance: Entrance, host: String) throws(Rejection) -> Asked {
    guard bytes.count <= maxBytes else { throw .unreadable(.text, why: "longer than \(maxBytes) bytes") }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) || Pictures.looksLikeOther(bytes) {
      return Asked(.picture(bytes))
    }
    guard let text = EdgeText.decoded(bytes) else { throw .unreadable(.text, why: "not UTF-8 or UTF-16") }
    let stripped = EdgeText.stripped(text)
    guard let first = stripped.utf8.first else { throw .unreadable(.text, why: "empty") }
    // A document and a picture keep their brackets: only the space around them goes.
    let trimmed = Array(EdgeText.trimmed(text).utf8)
    if trimmed.first == UInt8(ascii: "{") { return Asked(.document(try document(trimmed))) }
    if trimmed.first == UInt8(ascii: "<"), trimmed.contains(UInt8(ascii: ">")), first != UInt8(ascii: "h") {
      let inner = Array(stripped.utf8)
      // `<https://…>` and `<7Q2M…>` of a mail are no pictures: what is between the brackets has none of its own.
      if inner.contains(UInt8(ascii: "<")) || inner.contains(UInt8(ascii: "=")) { return Asked(.picture(trimmed)) }
    }
    return try read(stripped, from: entrance, host: host)
  }

  /// The number in a field that holds nothing else.
  public static func number(_ text: String) throws(Rejection) -> Subject {
    let folded = EdgeText.number(EdgeText.stripped(text))
    do throws(CredentialIDRejection) {
      return .number(try CredentialID(reading: folded))
    } catch {
      guard error == .checkCharactersWrong else {
        throw .unreadable(.number, why: "a number has 16 letters and digits, and 2 check characters")
      }
      return .mistyped(String(decoding: folded, as: UTF8.self))
    }
  }

  /// The address in a field that holds nothing else. Closing punctuation goes only where there is no path: behind one
  /// it may be the name of somebody else's shop.
  public static func pageAddress(_ text: String, from entrance: Entrance) throws(Rejection) -> String {
    let trimmed = EdgeText.unwrapped(text)
    guard !trimmed.isEmpty else { throw .notAnAddress }
    let scheme = EdgeText.scheme(of: trimmed)
    var address = trimmed
    if scheme == nil {
      let bare = trimmed.utf8.contains(UInt8(ascii: "/")) ? trimmed : EdgeText.withoutClosingMarks(trimmed)
      guard EdgeText.looksLikeHost(bare) else { throw .notAnAddress }
      guard entrance == .person else { throw .schemeMissing }
      address = "https://" + bare
    }
    let rest = address.utf8.drop { $0 != UInt8(ascii: ":") }.dropFirst(3)
    return rest.contains(UInt8(ascii: "/")) ? address : EdgeText.withoutClosingMarks(address)
  }

  private static func read(_ text: String, from entrance: Entrance, host: String) throws(Rejection) -> Asked {
    let bytes = Array(text.utf8)
    if let scheme = EdgeText.scheme(of: text) {
      guard scheme == "https" || scheme == "http" else {
        guard EdgeText.dataURL(bytes) != nil else {
          throw .unreadable(.link, why: "neither https nor a data address of a token")
        }
        return Asked(.token(try token(of: bytes)))
      }
      return link(text, host: host, from: entrance)
    }
    if bytes.contains(UInt8(ascii: "/")) {
      guard EdgeText.looksLikeHost(text) else { throw .unreadable(.link, why: "not an address") }
      guard entrance == .person else { throw .schemeMissing }
      return link("https://" + text, host: host, from: entrance)
    }
    if bytes.count <= maxNumberBytes, !bytes.contains(UInt8(ascii: ".")) { return Asked(try number(text)) }
    return Asked(.token(try token(of: bytes)))
  }

  // MARK: links

  private static func link(_ text: String, host: String, from entrance: Entrance) -> Asked {
    let plain = Array(text.utf8.prefix { $0 != UInt8(ascii: "#") })
    let address = plain.prefix { $0 != UInt8(ascii: "?") }
    let query = plain.dropFirst(address.count + 1)
    var lower = Array(address)
    // Scheme and host in small letters; our own host over `https`, whatever was written.
    let authorityStart = (lower.firstIndex(of: UInt8(ascii: "/")) ?? 0) + 2
    let authorityEnd = lower.dropFirst(authorityStart).firstIndex(of: UInt8(ascii: "/")) ?? lower.endIndex
    for place in 0..<min(authorityEnd, lower.count) { lower[place] = ASCII.lower(lower[place]) }
    guard authorityEnd >= authorityStart, lower[authorityStart..<authorityEnd].elementsEqual(host.utf8) else {
      return Asked(.link(String(decoding: plain, as: UTF8.self)))
    }
    var path = Array(lower[authorityEnd...])
    while path.count > 1, path.last == UInt8(ascii: "/") { path.removeLast() }
    var page: String?
    var language: [UInt8]?
    for part in query.split(separator: UInt8(ascii: "&")) {
      if part.starts(with: "page=".utf8) { page = EdgeText.percentDecoded(part.dropFirst(5)) }
      if BadgeLink.languages.contains(where: { part.elementsEqual("lang=\($0)".utf8) }) { language = Array(part) }
    }
    let kept = Array("https://\(host)".utf8) + path + (language.map { [UInt8(ascii: "?")] + $0 } ?? [])
    return Asked(.link(String(decoding: kept, as: UTF8.self)), page: entrance == .person ? page : nil)
  }

  // MARK: tokens and documents

  /// What copying does to a token is damage and no forgery: a part that is missing, no base64url, no JSON, or a
  /// signature of another length.
  public static func token(of bytes: [UInt8]) throws(Rejection) -> [UInt8] {
    let cleaned = EdgeText.unfolded(bytes)
    let token = EdgeText.dataURL(cleaned) ?? cleaned
    let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count > 1 || token.count > maxNumberBytes else {
      throw .unreadable(.text, why: "neither a number, a link, a token nor a picture")
    }
    guard parts.count == 3 else {
      // Two parts of base64url are a token that was cut; anything else never was one.
      guard parts[0].starts(with: "eyJ".utf8) else {
        throw .unreadable(.text, why: "neither a number, a link, a token nor a picture")
      }
      throw .tokenDamaged(part: parts.count < 3 ? "signature" : "parts")
    }
    guard let header = Base64URL.decode(parts[0]), let object = readable(header) else {
      throw .tokenDamaged(part: "header")
    }
    guard object["alg"] != nil else { throw .tokenDamaged(part: "header") }
    guard let payload = Base64URL.decode(parts[1]), readable(payload) != nil else {
      throw .tokenDamaged(part: "payload")
    }
    guard let signature = Base64URL.decode(parts[2]) else { throw .tokenDamaged(part: "signature") }
    if let length = object["alg"]?.text.flatMap({ signatureBytes[$0] }), signature.count != length {
      throw .tokenDamaged(part: "signature")
    }
    return token
  }

  /// RFC 7518, 3.4 and RFC 8037, 3.1: algorithms whose signatures have one length.
  private static let signatureBytes: [Text: Int] = ["ES256": 64, "ES384": 96, "EdDSA": 64]

  /// An object, or one that no copying could have made: what is refused for its content is somebody's intention, and is
  /// judged (A64, A66).
  private static func readable(_ bytes: [UInt8]) -> JSONObject? {
    do throws(JSONRejection) {
      return try JSONObject.parse(bytes)
    } catch {
      return error.isDamage ? nil : JSONObject(["alg": .null])
    }
  }

  private static func document(_ bytes: [UInt8]) throws(Rejection) -> [UInt8] {
    do throws(JSONRejection) {
      _ = try JSONObject.parse(bytes, limits: .document)
    } catch {
      if error.isDamage { throw .unreadable(.document, why: error.description) }
    }
    return bytes
  }

  private init(_ subject: Subject, page: String? = nil) {
    self.subject = subject
    self.page = page
  }
}

extension JSONRejection {
  /// Whether a copy that was cut or mangled explains it. The other kinds are JSON that somebody wrote so.
  var isDamage: Bool {
    switch kind {
    case .notUTF8, .unexpectedEnd, .unexpectedByte, .trailingBytes, .controlCharacter, .byteOrderMark: true
    default: false
    }
  }
}
