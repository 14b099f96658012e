import Encodings
import HTTPTypes
import Hummingbird
import LogClients
import Messages
import PKI
import Repository
import Verification

/// Where reports go, and how many one client and all clients together may send.
///
/// Loopback is limited too: a proxy in front that does not name its clients is one client.
struct MisuseIntake: Sendable {
  let queue: MisuseQueue
  /// A person reports one page, perhaps a few shops of one seller.
  private let each = TokenBuckets(perSecond: 1 / 60, burst: 5)
  /// 720 an hour in the long run: what a chamber might read, and a queue that takes half a day to fill.
  private let all = TokenBuckets(perSecond: 1 / 5, burst: 60)

  init(queue: MisuseQueue) { self.queue = queue }

  /// Seconds to wait; nil: the report may come.
  func turn(_ client: String) -> Int? {
    let tick = Clock.ticks()
    return each.take(client, cost: 1, tick: tick) ?? all.take("", cost: 1, tick: tick)
  }
}

/// `POST /report`, the form on the person's page; then 303 to a page that thanks and names the reference. No cookie, no
/// script, no name.
struct ReportRoute: Sendable {
  let service: Service
  /// The receipt, the longest field, and room for escapes of Arabic text.
  static let maxBytes = 64 << 10

  func add(to router: Router<KhatmRequestContext>) {
    guard let desk = service.misuse else { return }
    router.post("/report") { request, context in try await take(request, context, desk: desk) }
    router.get("/report") { request, _ in try thank(request) }
  }

  private func take(_ request: Request, _ context: KhatmRequestContext, desk: MisuseIntake) async throws -> Response {
    _ = try Query(request)
    try request.requireType("application/x-www-form-urlencoded")
    // Browsers say where a form stood. One on another site would make its visitors report for it.
    if let site = request.headers[.own("Sec-Fetch-Site")], site == "cross-site" || site == "same-site" {
      throw HTTPRejection(.formOfAnotherSite)
    }
    let form = try Query(
      form: try await request.collected(upTo: Self.maxBytes),
      "id",
      "kind",
      "page",
      "text",
      "lang",
      "checked",
      "receipt"
    )
    guard let language = Language(rawValue: form["lang"] ?? "en") else {
      throw HTTPRejection(.requestMalformed, "lang is one of ar, en, fr, zh")
    }
    let id: CredentialID
    do throws(CredentialIDRejection) {
      id = try CredentialID(reading: form["id"] ?? "")
    } catch {
      throw HTTPRejection(.requestMalformed, "id is no certificate number")
    }
    guard let kind = form["kind"].flatMap({ MisuseReport.Kind(rawValue: $0) }) else {
      throw HTTPRejection(
        .requestMalformed,
        "kind is one of \(MisuseReport.Kind.allCases.map(\.rawValue).joined(separator: ", "))"
      )
    }
    let page = try field(form, "page", max: MisuseReport.maxPageBytes) ?? ""
    let text = try field(form, "text", max: MisuseReport.maxTextBytes) ?? ""
    let digest = try field(form, "checked", max: 80)
    let receipt = try field(form, "receipt", max: MisuseReport.maxReceiptBytes)
    guard (digest ?? "").utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      (receipt ?? "").utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw HTTPRejection(.requestMalformed, "checked and receipt are as the page had them")
    }
    if let wait = desk.turn(
      RequestPolicyMiddleware.address(request.headers, context.channel, settings: service.settings).bucket
    ) {
      throw HTTPRejection(.tooManyReports, headers: [.retryAfter: String(wait)])
    }

    let (verdict, codes) = judged(id, page)
    var random = SystemRandomNumberGenerator()
    var report = MisuseReport(
      reference: MisuseReport.reference(using: &random),
      at: service.now(),
      kind: kind,
      id: id,
      page: page,
      text: text
    )
    report.language = language.rawValue
    report.verdict = verdict
    report.codes = codes
    report.digest = digest
    report.receipt = receipt
    do throws(MisuseQueue.Rejection) { try desk.queue.file(report) } catch {
      // full or broken: nobody is thanked for what is not on disk
      throw HTTPRejection(.reportsFull, headers: [.retryAfter: "3600"])
    }
    return Response(
      status: .seeOther,
      headers: [
        .location: Page.address("/report", [("reference", report.reference), ("lang", language.rawValue)]),
        .cacheControl: "no-store", .referrerPolicy: "no-referrer",
      ],
      body: .init()
    )
  }

  private func field(_ form: Query, _ name: String, max: Int) throws(HTTPRejection) -> String? {
    guard let value = form.filled(name) else { return nil }
    guard value.utf8.count <= max else { throw HTTPRejection(.requestMalformed, "\(name) is longer than \(max) bytes") }
    return value
  }

  /// What the service says of it now, whatever the person was shown. An address that cannot be read is judged as none.
  private func judged(_ id: CredentialID, _ page: String) -> (String, [String]) {
    for page in page.isEmpty ? [nil] : [page, nil] {
      guard
        case .success(let answer) = service.folder.answer(
          VerificationRequest(.id(id.description), page: page),
          at: service.now()
        )
      else { continue }
      return (answer.decision.verdict.rawValue, answer.decision.reasons.map(\.code.rawValue))
    }
    return ("cannot_tell", [])
  }

  private func thank(_ request: Request) throws(HTTPRejection) -> Response {
    let query = try Query(request, "reference", "lang")
    _ = try request.preferred("text/html")
    guard let language = request.language(query["lang"]) else {
      throw HTTPRejection(.queryRefused, "lang is one of ar, en, fr, zh")
    }
    guard let reference = query["reference"], MisuseReport.isReference(reference) else {
      throw HTTPRejection(.notFound)
    }
    var page = Page(service, language, path: "/report", query: [("reference", reference)])
    page.title = Catalogue.sentence(PageText.reportThanks, language: language)
    page.body.raw("<section class=\"card\"><h1>")
    page.body.say(PageText.reportThanks, language)
    page.body.raw("</h1><dl><div><dt>")
    page.body.say(PageText.reportReference, language)
    page.body.raw("</dt><dd>")
    page.body.isolated(reference)
    page.body.raw("</dd></div></dl><p>")
    page.body.element("a", [("href", Page.address("/", [("lang", language.rawValue)]))]) {
      $0.say(SiteText.backToStart, language)
    }
    page.body.raw("</p></section>")
    return page.response
  }
}

/// The form itself, as it stands on the person's page.
struct ReportForm {
  let language: Language
  let id: CredentialID
  let asked: String
  /// `sha-256:` of the answer shown, and its receipt.
  let digest: String, receipt: String?

  private static let kinds: [(MisuseReport.Kind, PageText)] = [
    (.otherPage, .reportKindOtherPage), (.falseBadge, .reportKindFalse), (.pressure, .reportKindPressure),
    (.other, .reportKindOther),
  ]

  func write(_ html: inout HTML) {
    html.raw("<section class=\"card report\" id=\"report\"><h2>")
    html.say(PageText.reportMisuse, language)
    html.raw("</h2><details><summary>")
    html.say(PageText.reportIntro, language)
    html.raw("</summary><form method=\"post\" action=\"/report\" accept-charset=\"utf-8\"><fieldset><legend>")
    html.say(PageText.reportKind, language)
    html.raw("</legend>")
    for (kind, phrase) in Self.kinds {
      html.element("label", [("class", "choice")]) { html in
        html.open("input", [("type", "radio"), ("name", "kind"), ("value", kind.rawValue), ("required", "required")])
        html.element("span") { $0.say(phrase, language) }
      }
    }
    html.raw("</fieldset><label for=\"report-page\">")
    html.say(PageText.reportPage, language)
    html.raw("</label>")
    html.open(
      "input",
      [
        ("id", "report-page"), ("name", "page"), ("type", "text"), ("inputmode", "url"), ("dir", "ltr"),
        ("autocomplete", "off"), ("spellcheck", "false"),
        ("maxlength", String(MisuseReport.maxPageBytes)), ("value", asked),
      ]
    )
    html.raw("<label for=\"report-text\">")
    html.say(PageText.reportText, language)
    html.raw("</label>")
    html.element(
      "textarea",
      [
        ("id", "report-text"), ("name", "text"), ("dir", "auto"), ("rows", "4"), ("maxlength", "1000"),
        ("autocomplete", "off"),
        ("aria-describedby", "report-privacy"),
      ]
    ) { _ in }
    html.raw("<p class=\"hint\" id=\"report-privacy\">")
    html.say(PageText.reportNoPersonalData, language)
    html.raw("</p>")
    for (name, value) in [("id", id.description), ("lang", language.rawValue), ("checked", digest)]
      + (receipt.map { [("receipt", $0)] } ?? [])
    {
      html.open("input", [("type", "hidden"), ("name", name), ("value", value)])
    }
    html.raw("<div class=\"row\"><button type=\"submit\">")
    html.say(PageText.reportSend, language)
    html.raw("</button></div></form></details></section>")
  }
}

/// The answer that a person's page shows, as programs would get it: what a report or a dispute refers to.
struct SignedAnswer: Sendable {
  /// Of the answer object without its receipt, in canonical form.
  let digest: String
  let receipt: String?
  /// For people: enough to tell two receipts apart, and to find one again.
  var number: String { String(digest.dropFirst("sha-256:".count).prefix(12)) }
}

extension Service {
  /// As `POST /v1/verify` would answer `{"id":…,"page":…}`, written without spaces: the digest of the question is of
  /// these bytes.
  func signed(_ answer: VerificationResponse, page: String?) throws(HTTPRejection) -> SignedAnswer {
    let question = JSONObject([
      "id": JSON((answer.decision.askedID?.description ?? answer.decision.credential?.id) ?? ""),
      "page": page.map { JSON($0) },
    ]).canonical()
    let request = VerifyRequest(
      subject: .page(page ?? ""),
      nonce: nil,
      ref: nil,
      language: nil,
      wantsReceipt: true,
      bytes: question
    )
    var object = try self.object(answer, request)
    let receipt = object["receipt"]?.string
    object["receipt"] = nil
    return SignedAnswer(digest: "sha-256:" + Base64URL.encode(SHA2.sha256(object.canonical())), receipt: receipt)
  }
}
