import Directory
import Encodings
import HTTPTypes
import Hummingbird
import Messages
import Repository
import Verification

/// The start page and what its forms lead to. Every form but the picture's is a plain GET; the picture is POST, then
/// 303, then GET.
struct StartPage: Sendable {
  let service: Service
  /// What the search shows at once.
  static let matches = 20

  func add(to router: Router<KhatmRequestContext>) {
    router.get("/") { request, _ in try start(request) }
    router.get("/check") { request, _ in try await check(request) }
    router.get("/search") { request, _ in try search(request) }
    router.post("/picture") { request, _ in try await upload(request) }
    router.get("/picture") { request, _ in try picture(request) }
  }

  private func language(_ request: Request, _ query: Query) throws(HTTPRejection) -> Language {
    guard let language = request.language(query["lang"]) else {
      throw HTTPRejection(.queryRefused, "lang is one of ar, en, fr, zh")
    }
    return language
  }

  // MARK: start

  private func start(_ request: Request) throws(HTTPRejection) -> Response {
    let query = try Query(request, "lang")
    let language = try language(request, query)
    _ = try request.preferred("text/html")
    var page = Page(service, language, path: "/")
    page.title = Catalogue.sentence(SiteText.startHeading, language: language)
    write(&page, mistake: nil)
    return page.response
  }

  /// - Parameter mistake: what a form got that could not be read; said above the form it came from.
  private func write(_ page: inout Page, mistake: Mistake?) {
    let language = page.language
    page.body.raw("<div class=\"lead\"><h1>")
    page.body.say(SiteText.startHeading, language)
    page.body.raw("</h1><p>")
    page.body.say(SiteText.startLead, language)
    page.body.raw("</p></div><div class=\"tasks\">")
    let number = Field(
      name: "id",
      label: .byNumber,
      hint: .byNumberHint,
      example: "7Q2M-4XW9-K3PD-T5HB-PA",
      type: "text"
    )
    let address = Field(name: "page", label: .byPage, hint: nil, example: "https://", type: "url")
    for field in [number, address] { write(field, &page.body, in: language, mistake: mistake) }
    // Multipart, because it carries a file; the answer is a redirect.
    page.body.open(
      "form",
      [
        ("class", "card task"), ("method", "post"), ("action", Page.address("/picture", [("lang", language.rawValue)])),
        ("enctype", "multipart/form-data"),
      ]
    )
    page.body.raw("<label for=\"picture\">")
    page.body.say(SiteText.byPicture, language)
    page.body.raw("</label><p class=\"hint\" id=\"picture-hint\">")
    page.body.say(SiteText.byPictureHint, language)
    page.body.raw(
      """
      </p><div class=\"row\"><input id=\"picture\" name=\"picture\" type=\"file\" \
      accept=\".png,.svg,image/png,image/svg+xml\" required aria-describedby=\"picture-hint\">
      """
    )
    button(&page.body, .check, in: language)
    page.body.raw("</div></form>")
    searchForm(&page.body, language, value: "")
    page.body.raw("</div><section class=\"card how\"><h2>")
    page.body.say(SiteText.howItWorks, language)
    page.body.raw("</h2><ol>")
    for phrase in [SiteText.howLook, .howFollow, .howCompare] { page.body.element("li") { $0.say(phrase, language) } }
    page.body.raw("</ol></section><section class=\"card\"><h2>")
    page.body.say(SiteText.forDevelopers, language)
    page.body.raw("</h2><p>")
    page.body.say(SiteText.forDevelopersText, language)
    page.body.raw("</p><ul class=\"links\"><li><a href=\"/v1\">")
    page.body.say(SiteText.apiDescription, language)
    page.body.raw("</a></li><li><a href=\"/v1/reason-codes\">")
    page.body.say(SiteText.reasonCodes, language)
    page.body.raw("</a></li></ul></section>")
  }

  /// One field of the start page, and what leads to it.
  private struct Field {
    let name: String
    let label: SiteText
    /// Nil: the hint of the field for pages.
    let hint: SiteText?
    let example: String
    let type: String
  }

  private typealias Mistake = (field: String, value: String, refusal: RequestRejection)

  private func write(_ field: Field, _ html: inout HTML, in language: Language, mistake: Mistake?) {
    let name = field.name
    html.raw("<form class=\"card task\" method=\"get\" action=\"/check\">")
    html.element("label", [("for", name)]) { $0.say(field.label, language) }
    var described: [String] = []
    html.element("p", [("class", "hint"), ("id", name + "-hint")]) { html in
      if let hint = field.hint { html.say(hint, language) } else { html.say(PageText.pageFieldHint, language) }
    }
    let isWrong = mistake?.field == name
    if let mistake, isWrong {
      html.element("p", [("class", "mistake"), ("id", name + "-mistake"), ("role", "alert")]) {
        $0.say(mistake.refusal.code, Params.words(mistake.refusal.params), in: language)
      }
      described.append(name + "-mistake")
    }
    described.append(name + "-hint")
    html.raw("<div class=\"row\">")
    var attributes: HTML.Attributes = [
      ("id", name), ("name", name), ("type", isWrong ? "text" : field.type), ("dir", "ltr"),
      ("placeholder", field.example),
      ("autocomplete", "off"), ("spellcheck", "false"), ("autocapitalize", "none"),
      ("required", "required"), ("maxlength", "2048"), ("aria-describedby", described.joined(separator: " ")),
      ("value", isWrong ? mistake?.value ?? "" : ""),
    ]
    if isWrong { attributes.append(("aria-invalid", "true")) }
    html.open("input", attributes)
    html.open("input", [("type", "hidden"), ("name", "lang"), ("value", language.rawValue)])
    button(&html, .check, in: language)
    html.raw("</div></form>")
  }

  private func button(_ html: inout HTML, _ phrase: SiteText, in language: Language) {
    html.raw("<button type=\"submit\">")
    html.say(phrase, language)
    html.raw("</button>")
  }

  private func searchForm(_ html: inout HTML, _ language: Language, value: String) {
    html.raw("<form class=\"card task\" method=\"get\" action=\"/search\" role=\"search\"><label for=\"q\">")
    html.say(SiteText.searchCompany, language)
    html.raw("</label><p class=\"hint\" id=\"q-hint\">")
    html.say(SiteText.searchHint, language)
    html.raw("</p><div class=\"row\">")
    html.open(
      "input",
      [
        ("id", "q"), ("name", "q"), ("type", "search"), ("dir", "auto"), ("required", "required"), ("minlength", "2"),
        ("maxlength", "100"),
        ("autocomplete", "off"), ("aria-describedby", "q-hint"),
        ("placeholder", Catalogue.sentence(SiteText.searchField, language: language)), ("value", value),
      ]
    )
    html.open("input", [("type", "hidden"), ("name", "lang"), ("value", language.rawValue)])
    button(&html, .search, in: language)
    html.raw("</div></form>")
  }

  // MARK: what the forms lead to

  private func see(_ path: String, _ query: [(String, String)]) -> Response {
    Response(
      status: .seeOther,
      headers: [.location: Page.address(path, query), .cacheControl: "no-store", .referrerPolicy: "no-referrer"],
      body: .init()
    )
  }

  private func check(_ request: Request) async throws(HTTPRejection) -> Response {
    let query = try Query(request, "id", "page", "lang")
    let language = try language(request, query)
    _ = try request.preferred("text/html")
    let lang = ("lang", language.rawValue)
    if let text = query.filled("id") {
      do throws(RequestRejection) {
        let question = try VerificationRequest(typed: Array(text.utf8), host: service.host)
        if let number = number(of: question) {
          return see("/c/\(number)", (question.page.map { [("page", $0)] } ?? []) + [lang])
        }
        throw RequestRejection(.malformed, field: "id", [.init("where", "id"), .init("what", JSON(shown(text)))])
      } catch { return again(language, field: "id", value: text, refusal: error) }
    }
    guard let typed = query.filled("page") else { return see("/", [lang]) }
    // A number or a badge link pasted into the field for pages is that certificate.
    do throws(RequestRejection) {
      if let number = number(of: try VerificationRequest(typed: Array(typed.utf8), host: service.host)) {
        return see("/c/\(number)", [lang])
      }
    } catch {}  // no number, then: an address
    let address: String
    do throws(RequestRejection) {
      address = try VerificationRequest.page(typed: typed)
    } catch { return again(language, field: "page", value: typed, refusal: error) }
    switch service.folder.lookup(.page(address), limit: Self.matches, at: service.now()) {
    case .failure(.refused(let refusal)): return again(language, field: "page", value: address, refusal: refusal)
    case .failure(.unavailable): throw HTTPRejection(.recordsUnavailable)
    case .success(let found):
      if found.matches.count == 1, let id = found.matches.first?.record?.id {
        return see("/c/\(id)", [("page", address), lang])
      }
      if found.matches.isEmpty, let reader = service.reader { return try await readPage(address, reader, in: language) }
      return results(found, language, path: "/check", query: [("page", address)], title: address, pageAddress: address)
    }
  }

  /// The number that a question names, as it stands in the address of its answer; nil: it names none.
  private func number(of question: VerificationRequest) -> String? {
    switch question.subject {
    case .id(let text): return text
    case .link(let address):
      guard case .badge(let link) = BadgeLink.read(Array(address.utf8), host: service.host, alsoRecord: true) else {
        return nil
      }
      return link.id.description
    case .token, .picture: return nil
    }
  }

  private func shown(_ text: String) -> String { PlainText.visible(String(text.prefix(40))) }

  /// Nobody has registered the page: what stands on it?
  private func readPage(_ address: String, _ reader: PageReader, in language: Language) async throws(HTTPRejection)
    -> Response
  {
    switch await reader.check(address, at: service.now()) {
    case .refused(let refusal): return again(language, field: "page", value: address, refusal: refusal)
    case .busy: throw HTTPRejection(.overloaded, headers: [.retryAfter: "5"])
    case .decided(let decision):
      service.counters.judged(decision.verdict)
      var page = Page(service, language, path: "/check", query: [("page", address)])
      ReadPageView(service: service, language: language, decision: decision).write(&page)
      return page.response
    }
  }

  private func again(_ language: Language, field: String, value: String, refusal: RequestRejection) -> Response {
    var page = Page(service, language, path: "/")
    page.title = Catalogue.sentence(SiteText.startHeading, language: language)
    page.status = .unprocessableContent
    write(&page, mistake: (field, value, refusal))
    return page.response
  }

  // MARK: search

  private func search(_ request: Request) throws(HTTPRejection) -> Response {
    let query = try Query(request, "q", "lang")
    let language = try language(request, query)
    _ = try request.preferred("text/html")
    let words = query.filled("q") ?? ""
    guard words.unicodeScalars.count >= 2 else {
      return results(nil, language, path: "/search", query: [], title: "", pageAddress: nil)
    }
    // What stands on a certificate besides names finds it, too: its number, its link, its pages.
    let lang = ("lang", language.rawValue)
    if let number = VerificationRequest.number(typed: words) { return see("/c/\(number)", [lang]) }
    var asked = LookupQuestion.words(String(words.prefix(100)))
    if words.utf8.starts(with: "NTR".utf8) { asked = .register(words) }
    do throws(RequestRejection) {
      let question = try VerificationRequest(typed: Array(words.utf8), host: service.host)
      if let number = number(of: question) { return see("/c/\(number)", [lang]) }
      if case .link(let address) = question.subject { asked = .page(address) }
    } catch {}  // words, then
    if !words.utf8.contains(0x20), words.utf8.contains(UInt8(ascii: ".")) {
      do throws(RequestRejection) {
        asked = .page(try VerificationRequest.page(typed: words))
      } catch {}
    }
    switch service.folder.lookup(
      asked,
      limit: Self.matches,
      at: service.now()
    ) {
    case .failure(.refused(let refusal)): throw HTTPRejection(refusal)
    case .failure(.unavailable): throw HTTPRejection(.recordsUnavailable)
    case .success(let found):
      return results(found, language, path: "/search", query: [("q", words)], title: words, pageAddress: nil)
    }
  }

  private func results(
    _ found: LookupAnswer?,
    _ language: Language,
    path: String,
    query: [(String, String)],
    title: String,
    pageAddress: String?
  ) -> Response {
    var page = Page(service, language, path: path, query: query)
    page.title =
      Catalogue.sentence(SiteText.searchHeading, language: language)
      + (title.isEmpty ? "" : ": " + PlainText.visible(String(title.prefix(80))))
    page.body.raw("<div class=\"lead\"><h1>")
    page.body.say(SiteText.searchHeading, language)
    page.body.raw("</h1>")
    if let pageAddress { page.body.element("p", [("class", "address")]) { $0.isolated(pageAddress) } }
    page.body.raw("</div>")
    searchForm(&page.body, language, value: pageAddress == nil ? title : "")
    guard let found else {
      page.body.element("p") { $0.say(SiteText.searchTooShort, language) }
      return page.response
    }
    let matches = found.matches.filter { $0.decision.credential != nil }
    if matches.isEmpty {
      page.body.element("p", [("class", "card")]) { $0.say(SiteText.searchNothing, language) }
      return page.response
    }
    page.body.element("p", [("class", "count"), ("role", "status")]) {
      $0.say(SiteText.searchResults, [("count", String(matches.count))], in: language)
    }
    page.body.raw("<ul class=\"results\">")
    for match in matches { result(match, language, pageAddress: pageAddress, html: &page.body) }
    page.body.raw("</ul>")
    if found.isTruncated { page.body.element("p", [("class", "quiet")]) { $0.say(SiteText.searchTooMany, language) } }
    return page.response
  }

  /// Only what was verified is shown; a row whose token does not hold is not a company.
  private func result(_ match: VerificationResponse, _ language: Language, pageAddress: String?, html: inout HTML) {
    guard let credential = match.decision.credential else { return }
    let status = Self.statusWord(match.decision)
    html.raw("<li class=\"card result\"><h2>")
    html.element(
      "a",
      [
        (
          "href",
          Page.address(
            "/c/\(credential.id)",
            (pageAddress.map { [("page", $0)] } ?? []) + [("lang", language.rawValue)]
          )
        )
      ]
    ) { html in
      for (index, name) in credential.names.enumerated() {
        if index > 0 { html.raw("<br>") }
        html.name(name.text, language: name.language)
      }
    }
    html.raw("</h2><dl>")
    for (phrase, value, isNumber) in [
      (PageText.registerNumber, credential.registerID, true), (.chamber, credential.issuerName, false),
    ] where !value.isEmpty {
      html.raw("<div><dt>")
      html.say(phrase, language)
      html.raw("</dt><dd>")
      if isNumber { html.isolated(value) } else { html.name(value) }
      html.raw("</dd></div>")
    }
    html.raw("<div><dt>")
    html.say(SiteText.statusLabel, language)
    html.raw("</dt><dd>")
    html.element("span", [("class", status == .statusActive ? "state in-force" : "state")]) { $0.say(status, language) }
    html.raw("</dd></div></dl></li>")
  }

  private static func statusWord(_ decision: Decision) -> SiteText {
    switch decision.axes.status {
    case .active: decision.verdict == .cannotTell ? .statusUnknown : .statusActive
    case .expired: .statusExpired
    case .notYetValid: .statusNotYetValid
    case .suspended: .statusSuspended
    case .revoked: .statusRevoked
    case .superseded: .statusSuperseded
    case .unknown: .statusUnknown
    }
  }

  // MARK: picture

  private func upload(_ request: Request) async throws -> Response {
    let query = try Query(request, "lang")
    let language = try language(request, query)
    let bytes = try await request.collected(upTo: service.settings.limits.uploadBytes)
    let file = try Multipart.file("picture", contentType: request.headers[.contentType] ?? "", body: bytes)
    let lang = ("lang", language.rawValue)
    switch service.folder.answer(VerificationRequest(.picture(file)), at: service.now()) {
    case .failure(let refusal): return see("/picture", [("code", refusal.code.rawValue), lang])
    case .success(let answer):
      // Only a token that is genuine leads to the page of its number: a forgery must not be shown the way to the real
      // one.
      if answer.decision.axes.authenticity == .genuine, let id = answer.decision.credential?.credentialID {
        return see("/c/\(id)", [lang])
      }
      let reason = answer.decision.reasons.first { $0.severity != .info }?.code ?? .malformed
      return see("/picture", [("code", reason.rawValue), lang])
    }
  }

  /// What was found in an uploaded picture, when that was nothing good. The address can say nothing but that.
  private func picture(_ request: Request) throws(HTTPRejection) -> Response {
    let query = try Query(request, "code", "lang")
    let language = try language(request, query)
    _ = try request.preferred("text/html")
    guard let code = query["code"].flatMap({ ReasonCode(rawValue: $0) }),
      code.axis == .authenticity || code.axis == .freshness
    else { return see("/", [("lang", language.rawValue)]) }
    let state: AnswerState =
      code == .noBakedData ? .noPictureData : code.severity != .error ? .cannotTell : .notGenuine
    let view = StateView(state: state, params: [], language: language)
    var page = Page(service, language, path: "/picture", query: [("code", code.rawValue)])
    page.title = view.title
    let said: (inout HTML, String) -> Bool = { html, name in
      guard name == "reason" else { return false }
      html.say(code, [], in: language)
      html.raw(" ")
      html.element("code", [("class", "code")]) { $0.isolated(code.rawValue) }
      return true
    }
    view.write(&page.body, sentences: said) { html in
      html.element("p") { html in
        html.element("a", [("class", "button"), ("href", Page.address("/", [("lang", language.rawValue)]))]) {
          $0.say(SiteText.backToStart, language)
        }
      }
    }
    return page.response
  }
}
