import Credentials
import Directory
import Encodings
import Foundation
import HTTPTypes
import Hummingbird
import Messages
import Repository
import Storefronts
import Verification

/// Words for parameters of reasons.
enum Params {
  static func words(_ params: [Reason.Param]) -> [(String, String)] {
    Reason(.malformed, params).words.map { ($0.0, Moment.plain($0.1)) }
  }
}

/// Times as people read them: Western digits, and always with the zone.
enum Moment {
  static func date(_ instant: Instant) -> String { CivilDate(of: instant).description }
  static func time(_ instant: Instant) -> String {
    let text = Array(instant.description.utf8)
    return String(decoding: text[..<10], as: UTF8.self) + " " + String(decoding: text[11..<16], as: UTF8.self) + " UTC"
  }
  /// A parameter that is a moment in RFC 3339 as a date; everything else as it is.
  static func plain(_ text: String) -> String { Instant(rfc3339: text).map(date) ?? text }
}

/// `GET /c/{id}?page=`: the answer as a page, in the order a buyer needs it.
struct PersonPage: Sendable {
  let service: Service

  func add(to router: Router<KhatmRequestContext>) {
    // Codes are printed in upper case, so that the symbol stays small.
    for path in ["/c/:id", "/C/:id"] as [RouterPath] {
      router.get(path) { request, context in try show(request, context.parameters.get("id") ?? "") }
    }
  }

  /// Addresses of answers, also as other people's hands left them: led to the plain one.
  static func owns(_ path: String) -> Bool {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"))
    return path.utf8.count <= 400 && parts.count == 2 && parts[0].count == 1 && ASCII.lower(parts[0].first ?? 0) == 0x63
  }

  private func show(_ request: Request, _ text: String) throws(HTTPRejection) -> Response {
    if let plain = try plainAddress(of: request, text) {
      return Response(status: .seeOther, headers: [.location: plain, .cacheControl: "no-store"], body: .init())
    }
    let query = try Query(request, "page", "lang")
    // The address of a page is the `id` of the credential, too: a program that follows it wants the credential.
    let type = try request.preferred("text/html", "application/json", "application/vc+jwt", "application/ld+json")
    guard type == "text/html" else {
      let location = "/v1/credentials/\(try number(text)?.description ?? text)"
      let fields: HTTPFields = [.location: location, .cacheControl: "no-store", .vary: "Accept"]
      return Response(status: .seeOther, headers: fields, body: .init())
    }
    guard let language = request.language(query["lang"]) else {
      throw HTTPRejection(.queryRefused, "lang is one of ar, en, fr, zh")
    }
    let asked = query.filled("page")
    let id = try number(text)
    let now = service.now()
    var refusal: RequestRejection?
    var answer: VerificationResponse
    switch service.folder.answer(VerificationRequest(.id(text), page: asked), at: now) {
    case .success(let found): answer = found
    case .failure(let why):
      guard why.field == "page",
        case .success(let found) = service.folder.answer(VerificationRequest(.id(text)), at: now)
      else { throw HTTPRejection(.notFound) }
      refusal = why
      answer = found
    }
    var page = Page(service, language, path: "/c/\(id?.description ?? text)", query: asked.map { [("page", $0)] } ?? [])
    if refusal != nil { page.status = .unprocessableContent }
    let signed = try service.signed(answer, page: refusal == nil ? asked : nil)
    var view = PersonView(
      service: service,
      language: language,
      answer: answer,
      id: id,
      asked: asked,
      refusal: refusal,
      signed: signed,
      now: now,
      arrival: asked == nil ? Arrival(request.headers[.referer], at: answer.decision, service, now: now) : .unknown
    )
    view.write(&page)
    return page.response
  }

  /// Nil: the address is plain already. Closing slashes, other spellings of the number and parameters that trackers
  /// append lead there; caches meet one form only (A76).
  private func plainAddress(of request: Request, _ text: String) throws(HTTPRejection) -> String? {
    guard let typed = Query.decoded(text.utf8.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }) else {
      throw HTTPRejection(.notFound)
    }
    let number: String
    switch VerificationRequest.number(typed: typed) {
    case .some(let found): number = found
    case nil: throw HTTPRejection(.notFound)
    }
    let parts = (request.uri.query ?? "").utf8.split(separator: UInt8(ascii: "&"))
    let known = parts.filter { $0.starts(with: "page=".utf8) || $0.starts(with: "lang=".utf8) }
    let path = request.uri.path
    guard known.count != parts.count || !path.utf8.dropFirst(3).elementsEqual(number.utf8) else { return nil }
    let query = known.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "&")
    return "/c/\(number)" + (query.isEmpty ? "" : "?\(query)")
  }

  /// Nil: the check characters are wrong, which is an answer. What is no number at all is no address of ours.
  private func number(_ text: String) throws(HTTPRejection) -> CredentialID? {
    do throws(CredentialIDRejection) {
      return try CredentialID(reading: text)
    } catch {
      guard error == .checkCharactersWrong else { throw HTTPRejection(.notFound) }
      return nil
    }
  }
}

/// One answer, written out.
struct PersonView {
  let service: Service
  let language: Language
  let answer: VerificationResponse
  let id: CredentialID?
  let asked: String?
  /// The page address could not be read; the certificate is then shown as if none had been stated, and the form says
  /// why.
  let refusal: RequestRejection?
  let signed: SignedAnswer
  let now: Instant
  /// Where the browser says it came from; asked for only where no page was stated.
  let arrival: Arrival
  private var decision: Decision { answer.decision }
  private var state: AnswerState {
    if case .proved = arrival, decision.state == .genuine { .cameFrom } else { decision.state }
  }
  private var view: StateView { StateView(state: state, params: params, language: language) }

  mutating func write(_ page: inout Page) {
    page.title = view.title
    verdict(&page.body)
    pages(&page.body)
    if let credential = decision.credential {
      who(credential, &page.body)
      whoSaysSo(credential, &page.body)
      meaning(&page.body)
      history(credential, &page.body)
    }
    misuse(&page.body)
    receipt(&page.body)
  }

  // MARK: 1 verdict

  private var params: [(String, String)] {
    var params = decision.params(in: language, asked: asked.map(display), authority: authorityName)
    if case .proved(let origin) = arrival { params.append(("origin", origin)) }
    return params
  }

  private var authorityName: String? {
    if case .success(let list) = service.folder.trust.list { list.schemeName.string } else { nil }
  }

  /// Reasons that are said beside the verdict: all but what the heading says already.
  private var said: [Reason] {
    decision.reasons.filter { reason in
      switch reason.code {
      case .pageNotStated, .pageDeclared, .bindingNoMatch, .bindingFailed, .bindingWithdrawn, .bindingStale, .expired,
        .notYetValid, .suspended, .suspendedOrEnded, .revoked, .superseded, .issuerSuspended, .issuerWithdrawn,
        .credentialUnknown, .checkCharactersWrong, .notInLog, .lookalikeVerifierHost:
        false
      default: true
      }
    }
  }

  private func verdict(_ html: inout HTML) {
    let main: Reason? =
      switch state {
      case .cannotTell: said.first { $0.severity != .info }
      case .againstRules, .notGenuine: said.first { $0.severity == .error }
      default: nil
      }
    let nested: (inout HTML, String) -> Bool = { html, name in
      guard name == "reason" || name == "notes" else { return false }
      if let main { say(main, &html) }
      return true
    }
    view.write(&html, sentences: nested) { html in
      if let newer = decision.supersededBy, state == .replaced { openNewer(newer, &html) }
      // Two lists that cannot be read are one sentence to a person.
      var told = Set([main].compactMap { $0.map(sentence) })
      reasons(said.filter { told.insert(sentence($0)).inserted }, &html)
      cameFrom(&html)
      times(&html)
    }
  }

  private func openNewer(_ newer: String, _ html: inout HTML) {
    let address = Page.address("/c/\(newer)", (asked.map { [("page", $0)] } ?? []) + [("lang", language.rawValue)])
    html.element("p") { html in
      html.element("a", [("class", "button"), ("href", address)]) { $0.say(PageText.openNewer, language) }
    }
  }

  private func reasons(_ rest: [Reason], _ html: inout HTML) {
    guard !rest.isEmpty else { return }
    html.raw("<div class=\"reasons\"><h2>")
    html.say(
      rest.contains { $0.severity == .error || ($0.severity == .warn && $0.code.axis != .note) }
        ? PageText.why : PageText.notes,
      language
    )
    html.raw("</h2><ul>")
    for reason in rest { html.element("li") { say(reason, &$0) } }
    html.raw("</ul></div>")
  }

  /// What the browser says, where it decides nothing.
  private func cameFrom(_ html: inout HTML) {
    switch arrival {
    case .unknown, .proved: break
    case .pathOf(let origin):
      html.element("p", [("class", "quiet")]) { $0.say(PageText.cameFromWhichPage, [("origin", origin)], in: language) }
    case .notRegistered(let origin):
      html.element("p", [("class", "quiet")]) { $0.say(PageText.cameFromElsewhere, [("origin", origin)], in: language) }
    }
  }

  private func sentence(_ reason: Reason) -> String {
    Catalogue.sentence(reason.code, params: Params.words(reason.params), language: language)
  }

  private func say(_ reason: Reason, _ html: inout HTML) {
    html.say(reason.code, Params.words(reason.params), in: language)
    html.raw(" ")
    html.element("code", [("class", "code")]) { $0.isolated(reason.code.rawValue) }
  }

  private func times(_ html: inout HTML) {
    html.raw("<dl class=\"times\">")
    term(&html, .checkedAt) { html in time(decision.checkedAt, &html) }
    if let known = decision.statusAsOf { term(&html, .statusKnownAsOf) { html in time(known, &html) } }
    term(&html, .answerGoodUntil) { html in time(decision.answerNotAfter, &html) }
    html.raw("</dl>")
  }

  private func time(_ instant: Instant, _ html: inout HTML) {
    html.element("time", [("datetime", instant.description)]) { $0.isolated(Moment.time(instant)) }
  }

  private func term(_ html: inout HTML, _ phrase: PageText, value: (inout HTML) -> Void) {
    html.raw("<div><dt>")
    html.say(phrase, language)
    html.raw("</dt><dd>")
    value(&html)
    html.raw("</dd></div>")
  }

  // MARK: 2 asked and registered

  private func pages(_ html: inout HTML) {
    let storefronts = decision.credential?.storefronts
    html.open("section", [("class", "pages")])
    // Where the page is what is missing, it is asked for first.
    let asksFirst = asked == nil || refusal != nil
    if asksFirst { form(&html) }
    if asked != nil, refusal == nil {
      html.raw("<div class=\"card\"><h2>")
      html.say(PageText.youAskedAbout, language)
      html.raw("</h2><p class=\"address asked\">")
      address(asked ?? "", &html)
      html.raw("</p></div>")
    }
    if let storefronts {
      html.raw("<div class=\"card\"><h2>")
      html.say(PageText.registeredPages, language)
      html.raw("</h2>")
      if storefronts.isEmpty {
        html.element("p") { $0.say(PageText.noRegisteredPages, language) }
      } else {
        html.raw("<ul class=\"addresses\">")
        for storefront in storefronts {
          html.raw("<li><span class=\"address\">")
          address(storefront.display, &html)
          html.raw("</span> <span class=\"kind\">")
          html.say(Self.kind(storefront.kind), language)
          html.raw("</span>")
          age(of: storefront, &html)
          html.raw("</li>")
        }
        html.raw("</ul>")
      }
      html.raw("</div>")
    }
    if !asksFirst { form(&html) }
    html.raw("</section>")
  }

  /// What the chamber last said of a page; nothing where it said nothing.
  private func age(of storefront: VerifiedCredential.Storefront, _ html: inout HTML) {
    html.raw(" <span class=\"kind\">")
    defer { html.raw("</span>") }
    guard let age = decision.bindings[storefront.key] else { return html.say(PageText.pageNamed, language) }
    switch age.state {
    case .proved:
      html.say(
        age.isStale(at: now) ? PageText.pageProofOver : age.isOfficersWord ? .pageVouched : .pageProved,
        [("date", age.provedAt), ("until", age.reproveBy)].compactMap { name, day in
          day.map { (name, Moment.date($0)) }
        },
        in: language
      )
    case .failed: html.say(ReasonCode.bindingFailed, [("since", Moment.date(age.since))], in: language)
    case .withdrawn: html.say(ReasonCode.bindingWithdrawn, [("at", Moment.date(age.since))], in: language)
    }
  }

  private static func kind(_ kind: String) -> PageText {
    switch StorefrontBinding.Kind(rawValue: kind) {
    case .platform: .registeredShop
    case .path: .registeredPath
    case .domain: .registeredDomain
    case .host, nil: .registeredSite
    }
  }

  private func form(_ html: inout HTML) {
    guard let id else { return }
    html.open("form", [("class", "card ask-page"), ("method", "get"), ("action", "/c/\(id)")])
    html.raw("<label for=\"page\">")
    html.say(PageText.pageFieldLabel, language)
    html.raw("</label><p class=\"hint\" id=\"page-hint\">")
    html.say(PageText.pageFieldHint, language)
    html.raw("</p>")
    if let refusal {
      html.raw("<p class=\"mistake\" id=\"page-mistake\" role=\"alert\">")
      html.say(refusal.code, Params.words(refusal.params), in: language)
      html.raw("</p>")
    }
    html.raw("<div class=\"row\">")
    var attributes: HTML.Attributes = [
      ("id", "page"), ("name", "page"), ("type", refusal == nil ? "url" : "text"), ("inputmode", "url"), ("dir", "ltr"),
      ("autocomplete", "off"), ("spellcheck", "false"), ("required", "required"),
      ("maxlength", "2048"), ("placeholder", "https://"),
      ("aria-describedby", refusal == nil ? "page-hint" : "page-mistake page-hint"),
      ("value", refusal == nil ? "" : asked ?? ""),
    ]
    if refusal != nil { attributes.append(("aria-invalid", "true")) }
    html.open("input", attributes)
    html.open("input", [("type", "hidden"), ("name", "lang"), ("value", language.rawValue)])
    html.raw("<button type=\"submit\">")
    html.say(PageText.checkThisPage, language)
    html.raw("</button></div></form>")
  }

  /// The address rebuilt from its parts, A-labels, the registrable name strong: what a person has to compare.
  private func address(_ text: String, _ html: inout HTML) {
    let shown = display(text)
    html.element("bdi", [("dir", "ltr")]) { html in
      guard let (before, strong, after) = Self.split(shown) else { return html.text(shown) }
      html.text(before)
      html.element("strong") { $0.text(strong) }
      html.text(after)
    }
  }

  private func display(_ text: String) -> String {
    do throws(AddressRejection) {
      return try PageAddress.read(Array(text.utf8), platforms: service.folder.trust.platforms ?? .empty).display.string
    } catch { return text }
  }

  /// Around the registrable domain. Only for addresses that we rebuilt: visible ASCII.
  private static func split(_ address: String) -> (String, String, String)? {
    let bytes = Array(address.utf8)
    var start = 0
    if let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: Array("://".utf8)) {
      start = colon + 3
    }
    let end =
      bytes[start...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "?") }
      ?? bytes.count
    guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }), let host = Text(validating: bytes[start..<end]),
      let domain = PublicSuffixes.fallback.registrableDomain(of: host)
    else { return nil }
    let from = end - domain.bytes.count
    guard from >= start else { return nil }
    return (
      String(decoding: bytes[..<from], as: UTF8.self), String(decoding: bytes[from..<end], as: UTF8.self),
      String(decoding: bytes[end...], as: UTF8.self)
    )
  }

  // MARK: 3 who

  private static func primary(_ tag: String) -> String {
    String(decoding: tag.utf8.prefix { $0 != 0x2D }.map(ASCII.lower), as: UTF8.self)
  }

  private func who(_ credential: VerifiedCredential, _ html: inout HTML) {
    html.raw("<section class=\"card facts\"><h2>")
    html.say(PageText.who, language)
    html.raw("</h2>")
    html.raw("<dl>")
    let own = credential.names.filter { Self.primary($0.language) == language.rawValue }
    for name in own + credential.names.filter({ Self.primary($0.language) != language.rawValue }) {
      let phrase: PageText =
        switch Self.primary(name.language) {
        case "ar": .nameInArabic
        case "en": .nameInEnglish
        case "fr": .nameInFrench
        case "zh": .nameInChinese
        default: .nameInOther
        }
      term(&html, phrase) { $0.element("strong") { $0.name(name.text, language: name.language) } }
    }
    if !credential.registerID.isEmpty { term(&html, .registerNumber) { $0.isolated(credential.registerID) } }
    if !credential.membershipNumber.isEmpty {
      term(&html, .membershipNumber) { $0.isolated(credential.membershipNumber) }
    }
    if let country = Countries.name(credential.country, language) { term(&html, .country) { $0.name(country) } }
    if let since = credential.memberSince { term(&html, .memberSince) { $0.isolated(Moment.date(since)) } }
    term(&html, .programme) { $0.name(programme(credential)) }
    if let id { term(&html, .certificateNumber) { $0.isolated(id.display) } }
    term(&html, .validFrom) { $0.isolated(Moment.date(credential.validFrom)) }
    term(&html, .validUntil) { $0.isolated(Moment.date(credential.validUntil)) }
    html.raw("</dl></section>")
  }

  private func programme(_ credential: VerifiedCredential) -> String {
    guard case .success(let list) = service.folder.trust.list, let rule = list.programme(Text(credential.programme))
    else { return credential.programme }
    return (rule.title[language.rawValue] ?? rule.title["en"])?.string ?? credential.programme
  }

  // MARK: 4 who says so

  private func whoSaysSo(_ credential: VerifiedCredential, _ html: inout HTML) {
    html.raw("<section class=\"card facts\"><h2>")
    html.say(PageText.whoSaysSo, language)
    html.raw("</h2><dl>")
    term(&html, .chamber) { $0.element("strong") { $0.name(credential.issuerName) } }
    if case .success(let list) = service.folder.trust.list {
      term(&html, .recognisedBy) { $0.name(list.schemeName.string) }
    }
    // The DID is from the signed list of chambers; its host is the chamber's own.
    if let site = Text(credential.issuer).dropping(prefix: "did:web:")?.string, !site.utf8.contains(UInt8(ascii: ":")),
      !site.utf8.contains(UInt8(ascii: "%"))
    {
      term(&html, .chamberSite) { html in
        html.element("a", [("href", "https://\(site)/"), ("rel", "noopener noreferrer"), ("dir", "ltr")]) {
          $0.text(site)
        }
      }
    }
    if let fingerprint { term(&html, .keyFingerprint) { $0.element("code") { $0.isolated(fingerprint) } } }
    html.raw("</dl></section>")
  }

  /// The first characters of the key's thumbprint, as the verified token's header names it.
  private var fingerprint: String? {
    guard let header = answer.record?.header else { return nil }
    do throws(JSONRejection) {
      guard let kid = try JSON.parse(header).object?["kid"]?.text, let hash = kid.bytes.lastIndex(of: UInt8(ascii: "#"))
      else { return nil }
      let start = kid.bytes[(hash + 1)...].prefix(16)
      return start.isEmpty ? nil : String(decoding: start, as: UTF8.self)
    } catch { return nil }
  }

  // MARK: 5 meaning, 6 history

  private func meaning(_ html: inout HTML) {
    html.raw("<section class=\"card meaning\"><div><h2>")
    html.say(PageText.whatItMeans, language)
    html.raw("</h2><ul class=\"yes\">")
    for (phrase, params) in meanings { html.element("li") { $0.say(phrase, params, in: language) } }
    html.raw("</ul></div><div><h2>")
    html.say(PageText.whatItDoesNotMean, language)
    html.raw("</h2><ul class=\"no\">")
    for phrase in [PageText.notQuality, .notPrices, .notPayment, .notOtherShops] {
      html.element("li") { $0.say(phrase, language) }
    }
    html.raw("</ul></div></section>")
  }

  /// What may be said, each because of an axis of the decision; nothing of a certificate that is not genuine.
  private var meanings: [(PageText, [(String, String)])] {
    guard decision.axes.authenticity == .genuine, let credential = decision.credential else { return [] }
    var means: [(PageText, [(String, String)])] = []
    let isInForce = decision.axes.status == .active && decision.axes.freshness != .stale
    if decision.verdict.isPositive { means.append((.meansMember, [])) }
    if isInForce { means.append((.meansInForce, [("time", Moment.time(decision.statusAsOf ?? decision.checkedAt))])) }
    let ended: Instant? =
      switch decision.axes.status {
      case .expired: credential.validUntil
      case .revoked: decision.stateSince
      default: nil
      }
    if let ended {
      means.append(
        (.meansWasInForce, [("from", Moment.date(credential.validFrom)), ("until", Moment.date(ended))])
      )
    }
    guard decision.verdict.isPositive else { return means }
    for page in credential.storefronts {
      let shown = ("page", display(page.display))
      guard let said = decision.bindings[page.key] else {
        means.append((.meansPageDeclared, [shown]))
        continue
      }
      guard said.state == .proved, !said.isStale(at: now), let proved = said.provedAt, let until = said.reproveBy else {
        continue
      }
      let dates = [("date", Moment.date(proved)), ("until", Moment.date(until))]
      means.append((said.isOfficersWord ? .meansPageVouched : .meansPageProved, [shown] + dates))
    }
    return means
  }

  private func history(_ credential: VerifiedCredential, _ html: inout HTML) {
    html.raw("<section class=\"card\"><h2>")
    html.say(PageText.history, language)
    html.raw("</h2><ol class=\"history\">")
    var events: [(Instant, PageText)] = [(credential.validFrom, .validFrom)]
    if let since = decision.stateSince {
      switch decision.axes.status {
      case .suspended: events.append((since, .eventSuspended))
      case .revoked: events.append((since, .eventRevoked))
      case .superseded: events.append((since, .eventSuperseded))
      default: break
      }
    }
    if credential.validUntil < now { events.append((credential.validUntil, .validUntil)) }
    for (instant, phrase) in events.sorted(by: { $0.0 < $1.0 }) {
      html.raw("<li>")
      html.element("time", [("datetime", CivilDate(of: instant).description)]) { $0.isolated(Moment.date(instant)) }
      html.raw(" ")
      html.say(phrase, language)
      html.raw("</li>")
    }
    html.raw("</ol><p class=\"quiet\">")
    html.say(PageText.noReasonsShown, language)
    html.raw("</p></section>")
  }

  // MARK: 7 misuse

  private func misuse(_ html: inout HTML) {
    guard service.misuse != nil, let id else { return }
    ReportForm(language: language, id: id, asked: asked ?? "", digest: signed.digest, receipt: signed.receipt).write(
      &html
    )
  }

  // MARK: 8 receipt and print

  private func receipt(_ html: inout HTML) {
    guard let id else { return }
    html.raw("<section class=\"card receipt\"><div><h2>")
    html.say(PageText.qrToThisCheck, language)
    html.raw("</h2><dl>")
    term(&html, .certificateNumber) { $0.isolated(id.display) }
    html.raw("</dl><p class=\"address\">")
    html.isolated("https://\(service.host)/c/\(id)")
    html.raw("</p>")
    html.element("p") { html in
      html.element(
        "a",
        [
          ("class", "button quiet-button"),
          ("href", Page.address("/c/\(id)", (asked.map { [("page", $0)] } ?? []) + [("lang", language.rawValue)])),
        ]
      ) {
        $0.say(PageText.checkAgain, language)
      }
    }
    if let token = signed.receipt {
      html.raw("<dl>")
      term(&html, .receiptNumber) { $0.isolated(signed.number) }
      html.raw("</dl><p class=\"quiet\">")
      html.say(PageText.receiptMeaning, language)
      html.raw("</p><details><summary>")
      html.say(PageText.signedAnswer, language)
      html.raw("</summary>")
      html.element("code", [("class", "jws"), ("dir", "ltr"), ("tabindex", "0")]) { $0.text(token) }
      html.raw("</details>")
    }
    html.raw("<p class=\"print-only\">")
    html.say(PageText.printNotice, [("time", Moment.time(decision.checkedAt))], in: language)
    html.raw("</p></div>")
    html.open(
      "img",
      [
        ("src", "/qr/\(id).svg"), ("width", "148"), ("height", "148"),
        ("alt", Catalogue.sentence(PageText.qrToThisCheck, language: language)),
      ]
    )
    html.raw("</section>")
  }
}

/// Names of countries, from the system's tables.
enum Countries {
  static func name(_ code: String, _ language: Language) -> String? {
    guard code.utf8.count == 2, code.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else { return nil }
    return Locale(identifier: language == .zh ? "zh-Hans" : language.rawValue).localizedString(forRegionCode: code)
      ?? code
  }
}
