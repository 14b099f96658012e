import Artwork
import Encodings
import HTTPTypes
import Hummingbird
import Messages
import Repository
import Support
import Synchronization
import Verification

/// Badge pictures and QR codes. A picture has the same bytes whatever the state of its certificate, so that it tells
/// nobody about a suspension (A85) and may be kept for a day.
struct PictureRoutes: Sendable {
  let service: Service
  private let shelf = BadgeImageCache()

  init(service: Service) { self.service = service }

  func add(to router: Router<KhatmRequestContext>) {
    router.get("/badge/:file") { request, context in try badge(request, context.parameters.get("file") ?? "") }
    router.get("/qr/:file") { request, context in try qr(request, context.parameters.get("file") ?? "") }
  }

  /// `ID.svg`, or nothing.
  private func id(_ file: String) throws(HTTPRejection) -> CredentialID {
    guard Text(file).hasSuffix(".svg") else { throw HTTPRejection(.notFound) }
    do throws(CredentialIDRejection) {
      return try CredentialID(reading: Array(file.utf8.dropLast(4)))
    } catch {
      throw HTTPRejection(.notFound)
    }
  }

  private func badge(_ request: Request, _ file: String) throws(HTTPRejection) -> Response {
    let query = try Query(request, "lang", "form")
    let id = try id(file)
    guard let form = BadgeForm(rawValue: query["form"] ?? "compact"),
      let language = Language(rawValue: query["lang"] ?? "en")
    else {
      throw HTTPRejection(.queryRefused, "form is compact or wide, lang one of ar, en, fr, zh")
    }
    guard case .success(let answer) = service.folder.answer(VerificationRequest(.id(id.description)), at: service.now())
    else { throw HTTPRejection(.notFound) }
    guard let credential = answer.decision.credential else {
      // Unknown, or not ours: there is no such badge. What cannot be read now may be there later.
      throw answer.decision.axes.authenticity == .notChecked
        ? HTTPRejection(.recordsUnavailable, headers: [.retryAfter: "60"]) : HTTPRejection(.notFound)
    }
    let key = "\(id) \(form.rawValue) \(language.rawValue) \(credential.tokenDigest)"
    if let known = shelf.picture(key) { return try picture(request, known) }
    let svg: [UInt8]
    do throws(ArtworkRejection) {
      let facts = try BadgeFacts(
        chamberNames: [try PrintedName(credential.issuerName, language: "en", field: "chamberName")],
        id: id,
        verifyHost: service.host,
        memberNames: try Self.names(credential),
        registered: credential.storefronts.map(\.display)
      )
      svg = try Badge.svg(facts, form: form, language: language)
    } catch { throw HTTPRejection(.internal) }
    shelf.keep(key, svg)
    return try picture(request, svg)
  }

  private static func names(_ credential: VerifiedCredential) throws(ArtworkRejection) -> [PrintedName] {
    var names: [PrintedName] = []
    for name in credential.names {
      names.append(try PrintedName(name.text, language: name.language.isEmpty ? "en" : name.language))
    }
    return names
  }

  private func qr(_ request: Request, _ file: String) throws(HTTPRejection) -> Response {
    _ = try Query(request)
    let id = try id(file)
    // Drawn for any number that is well formed: the code asserts nothing but an address.
    let svg: [UInt8]
    do throws(ArtworkRejection) {
      svg = try QRCode(id, verifyHost: service.host).draw(title: id.display).svg
    } catch {
      throw HTTPRejection(.internal)
    }
    return try picture(request, svg)
  }

  private func picture(_ request: Request, _ svg: [UInt8]) throws(HTTPRejection) -> Response {
    _ = try request.preferred("image/svg+xml", "image/*")
    return Reply.bytes(
      svg,
      [
        .contentType: "image/svg+xml", .cacheControl: "public, max-age=86400",
        .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        .resourcePolicy: "cross-origin",
      ]
    )
  }
}

/// Pictures drawn before, at most 4 MB of them.
private final class BadgeImageCache: Sendable {
  private let pictures = Mutex(GenerationalCache<String, [UInt8]>(capacity: 512))  // owned by the two below
  func picture(_ key: String) -> [UInt8]? { pictures.withLock { $0[key] } }
  func keep(_ key: String, _ bytes: [UInt8]) { pictures.withLock { $0.insert(bytes, for: key) } }
}
