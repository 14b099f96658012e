import Credentials
import Encodings
import HTTPTypes
import Hummingbird
import PKI
import Repository
import Synchronization

/// The signed files of `public/`, by an exact list of shapes. The rest of the folder is not served.
struct StaticRoutes: Sendable {
  let service: Service
  private let lives = Lives()

  init(service: Service) { self.service = service }

  /// How long a copy may be used.
  enum Life: Sendable {
    /// Never past the end that the token or the CRL itself names.
    case untilToken, untilCRL
    case seconds(Int64)
    /// The bytes under this name never change.
    case forever
  }

  func add(to router: Router<KhatmRequestContext>) {
    file(
      router,
      "/.well-known/chamber-trust-list.jwt",
      type: "application/jwt",
      life: .untilToken,
      limit: TrustList.maxTokenBytes
    ) { _ in [".well-known", "chamber-trust-list.jwt"] }
    file(router, "/status/:chamber/:purpose/:series", type: "application/vc+jwt", life: .untilToken, limit: 4 << 20) {
      parameters in
      let names = ["chamber", "purpose", "series"].compactMap { parameters.get($0) }
      return names.allSatisfy(Self.isPlain) ? ["status"] + names : nil
    }
    file(router, "/did/:domain/did.json", type: "application/did+json", life: .seconds(300), limit: 1 << 20) {
      parameters in
      parameters.get("domain").flatMap { HostName.isValid($0.utf8) ? ["did", $0, "did.json"] : nil }
    }
    file(router, "/keys/:thumbprint", type: "application/jwk+json", life: .seconds(86_400), limit: 1 << 16) {
      parameters in
      parameters.get("thumbprint").flatMap {
        $0.utf8.count == 43 && $0.utf8.allSatisfy(Self.isBase64URL) ? ["keys", $0] : nil
      }
    }
    file(router, "/certs/:file", type: "application/pkix-cert", life: .seconds(86_400), limit: 1 << 16) {
      Self.named($0, "certs", endings: [".cer"]) ?? Self.named($0, "certs", endings: [".pem"])
    }
    file(router, "/crl/:file", type: "application/pkix-crl", life: .untilCRL, limit: 16 << 20) {
      Self.named($0, "crl", endings: [".crl"])
    }
    file(router, "/platforms.json", type: "application/json", life: .seconds(3_600), limit: 4 << 20) { _ in
      ["platforms.json"]
    }
    file(router, "/v1/platforms", type: "application/json", life: .seconds(3_600), limit: 4 << 20) { _ in
      ["platforms.json"]
    }
    file(router, "/ns/membership/v1", type: "application/ld+json", life: .forever, limit: 1 << 20) { _ in
      ["ns", "membership", "v1"]
    }
    file(router, "/authority.json", type: "application/json", life: .seconds(300), limit: 1 << 16) { _ in
      ["authority.json"]
    }
    file(router, "/checkpoint", type: "text/plain; charset=utf-8", life: .seconds(5), limit: 1 << 20) { _ in
      ["checkpoint"]
    }
    file(router, "/tile/**", type: "application/octet-stream", life: .forever, limit: 32 << 20) {
      Self.tile($0.getCatchAll().map { String($0) })
    }
  }

  private func file(
    _ router: Router<KhatmRequestContext>,
    _ path: RouterPath,
    type: String,
    life: Life,
    limit: Int,
    segments: @escaping @Sendable (Parameters) -> [String]?
  ) {
    router.get(path) { request, context in
      _ = try Query(request)
      guard let segments = segments(context.parameters),
        let file = service.folder.published.read(segments, limit: limit)
      else { throw HTTPRejection(.notFound) }
      // The two spellings of a certificate share a folder.
      let type = segments.last?.utf8.suffix(4).elementsEqual(".pem".utf8) == true ? "application/x-pem-file" : type
      // Whatever `Accept` says: there is one form, and loaders of documents ask for a more general one
      // (RFC 9110, 12.4.1).
      return answer(request, file, type: type, cache: cache(life, file))
    }
  }

  private func answer(_ request: Request, _ file: PublishedFile, type: String, cache: String) -> Response {
    var fields: HTTPFields = [
      .eTag: "\"\(file.tag)\"", .cacheControl: cache, .lastModified: HTTPDate.text(file.modified),
    ]
    if Self.isKnown(request, file) { return Response(status: .notModified, headers: fields, body: .init()) }
    fields[.contentType] = type
    return Reply.bytes(file.bytes, fields)
  }

  /// RFC 9110, 13.2.2: the tag decides where one is given; a date only as we wrote it.
  private static func isKnown(_ request: Request, _ file: PublishedFile) -> Bool {
    if let field = request.headers[.ifNoneMatch] {
      return field == "*"
        || field.utf8.split(separator: UInt8(ascii: ",")).contains { part in
          let tag = part.filter { $0 != 0x20 && $0 != 0x09 }
          return tag.elementsEqual("\"\(file.tag)\"".utf8) || tag.elementsEqual("W/\"\(file.tag)\"".utf8)
        }
    }
    return request.headers[.ifModifiedSince] == HTTPDate.text(file.modified)
  }

  private func cache(_ life: Life, _ file: PublishedFile) -> String {
    let now = service.now().seconds
    switch life {
    case .forever: return "public, max-age=31536000, immutable"
    case .seconds(let seconds): return "public, max-age=\(seconds)"
    case .untilToken, .untilCRL:
      guard let end = lives.end(of: file, { life.end(of: file.bytes) }), end > now else { return "no-cache" }
      let fresh = min(300, end - now)
      let stale = min(3_600, end - now - fresh)
      return "public, max-age=\(fresh)" + (stale > 0 ? ", stale-if-error=\(stale)" : "")
    }
  }

  // MARK: names

  static func isPlain(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || ASCII.isDigit($0) || $0 == 0x2D }
  }
  private static func isBase64URL(_ byte: UInt8) -> Bool {
    (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte == 0x2D || byte == 0x5F
  }
  private static func named(_ parameters: Parameters, _ folder: String, endings: [String]) -> [String]? {
    guard let name = parameters.get("file"), let ending = endings.first(where: { Text(name).hasSuffix(Text($0)) })
    else { return nil }
    return isPlain(String(decoding: name.utf8.dropLast(ending.utf8.count), as: UTF8.self)) ? [folder, name] : nil
  }

  /// `tile/<level or entries>/x001/x234/067` and, for an unfinished tile, `….p/<1 to 255>` (C2SP tlog-tiles).
  static func tile(_ segments: [String]) -> [String]? {
    guard (2...8).contains(segments.count), let level = segments.first else { return nil }
    let number = { (text: Substring.UTF8View, digits: Int) in text.count == digits && text.allSatisfy(ASCII.isDigit) }
    guard level == "entries" || ASCII.decimal(Array(level.utf8)).map({ $0 < 64 }) == true else { return nil }
    var rest = segments.dropFirst()
    if let last = rest.last, let width = ASCII.decimal(Array(last.utf8)), (1...255).contains(width), rest.count >= 2,
      let name = rest.dropLast().last, Text(name).hasSuffix(".p")
    {
      rest = rest.dropLast(2) + [String(decoding: name.utf8.dropLast(2), as: UTF8.self)]
    }
    guard let last = rest.last, number(last[...].utf8, 3) else { return nil }
    guard rest.dropLast().allSatisfy({ $0.utf8.first == UInt8(ascii: "x") && number($0.dropFirst().utf8, 3) }) else {
      return nil
    }
    return ["tile"] + segments
  }
}

extension StaticRoutes.Life {
  /// The end that the bytes name, Unix seconds. Read without checking the signature: it only shortens the life of a
  /// copy.
  func end(of bytes: [UInt8]) -> Int64? {
    switch self {
    case .untilToken:
      let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      guard parts.count == 3, let payload = Base64URL.decode(parts[1]) else { return nil }
      do throws(JSONRejection) {
        return try JSON.parse(payload, limits: .document).object?["exp"]?.int
      } catch {
        return nil
      }
    case .untilCRL:
      do throws(RevocationListRejection) {
        return try RevocationList(der: bytes).nextUpdate
      } catch {
        return nil
      }
    case .seconds, .forever: return nil
    }
  }
}

/// Ends already read, by the tag of the bytes.
private final class Lives: Sendable {
  private let known = Mutex<[String: Int64?]>([:])  // owned by end
  func end(of file: PublishedFile, _ read: () -> Int64?) -> Int64? {
    if let end = known.withLock({ $0[file.tag] }) { return end }
    let end = read()
    known.withLock {
      if $0.count >= 1_024 { $0.removeAll() }
      $0[file.tag] = end
    }
    return end
  }
}

/// IMF-fixdate (RFC 9110, 5.6.7): `Sun, 22 Nov 2026 09:15:03 GMT`.
enum HTTPDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  static func text(_ seconds: Int64) -> String {
    let instant = Instant(seconds: max(0, seconds))
    let date = CivilDate(of: instant)
    let weekday = days[Int(instant.seconds / 86_400 % 7)]
    let time = String(decoding: instant.description.utf8.dropFirst(11).prefix(8), as: UTF8.self)
    return "\(weekday), \(date.day < 10 ? "0" : "")\(date.day) \(months[date.month - 1]) \(date.year) \(time) GMT"
  }
}
