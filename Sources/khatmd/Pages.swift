import Encodings
import HTTPTypes
import Hummingbird
import Messages
import Repository

/// What every page for people shares: head, brand, languages, foot, headers. No script, no cookie, nothing from another
/// host.
struct Page {
  let service: Service
  let language: Language
  /// Path and query without `lang`, for the links to the other languages.
  let path: String, query: [(String, String)]
  var title = ""
  var status: HTTPResponse.Status = .ok
  var body = HTML()

  init(_ service: Service, _ language: Language, path: String, query: [(String, String)] = []) {
    self.service = service
    self.language = language
    self.path = path
    self.query = query
  }

  /// For `Content-Security-Policy`, word for word as documented; a change here is a change of what a page may do.
  static let policy =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

  var response: Response {
    var html = HTML()
    html.raw("<!DOCTYPE html>\n")
    html.open("html", [("lang", language.rawValue), ("dir", language.direction.rawValue)])
    html.raw("<head><meta charset=\"utf-8\"><title>")
    html.text(title)
    html.text(" · ")
    html.text(Catalogue.sentence(PageText.siteTitle, language: language))
    html.raw(
      """
      </title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" \
      content=\"light\">
      """
    )
    html.raw("<meta name=\"robots\" content=\"noindex\"><link rel=\"stylesheet\" href=\"/style.css\"></head>\n<body>")
    html.element("a", [("class", "skip"), ("href", "#answer")]) { $0.say(PageText.skipToContent, language) }
    html.raw("\n<header class=\"top\"><div class=\"wrap\">")
    html.element("a", [("class", "brand"), ("href", Self.address("/", [("lang", language.rawValue)]))]) {
      $0.raw(
        """
        <svg viewBox=\"0 0 32 32\" width=\"28\" height=\"28\" aria-hidden=\"true\" focusable=\"false\"><circle \
        cx=\"16\" cy=\"16\" r=\"15\" class=\"seal\"/><circle cx=\"16\" cy=\"16\" r=\"10.5\" class=\"seal-ring\"/><path \
        class=\"seal-mark\" d=\"M10.5 16.5h11M10.5 12.5h11M10.5 20.5h6\"/></svg><span>
        """
      )
      $0.say(PageText.siteTitle, language)
      $0.raw("</span>")
    }
    languageLinks(&html)
    html.raw("</div></header>\n<main id=\"answer\" class=\"wrap\">")
    html.append(body)
    html.raw("</main>\n")
    foot(&html)
    html.raw("</body></html>\n")
    return Reply.bytes(
      html.bytes,
      status: status,
      [
        .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .referrerPolicy: "no-referrer",
        .frameOptions: "DENY",
        .contentSecurityPolicy: Self.policy, .openerPolicy: "same-origin", .resourcePolicy: "same-origin",
        .contentLanguage: language.rawValue,
        .permissionsPolicy: "camera=(), geolocation=(), microphone=()",
      ]
    )
  }

  private func languageLinks(_ html: inout HTML) {
    html.open(
      "nav",
      [("class", "languages"), ("aria-label", Catalogue.sentence(PageText.languages, language: language))]
    )
    html.raw("<ul>")
    for other in Language.allCases {
      html.raw("<li>")
      if other == language {
        html.element("span", [("lang", other.rawValue), ("aria-current", "true")]) { $0.text(other.nativeName) }
      } else {
        html.element(
          "a",
          [
            ("lang", other.rawValue), ("hreflang", other.rawValue), ("dir", other.direction.rawValue),
            ("href", Self.address(path, query + [("lang", other.rawValue)])),
          ]
        ) { $0.text(other.nativeName) }
      }
      html.raw("</li>")
    }
    html.raw("</ul></nav>")
  }

  private func foot(_ html: inout HTML) {
    html.raw("<footer class=\"foot\"><div class=\"wrap\"><p class=\"must\">")
    html.say(PageText.addressMustBegin, [("host", service.host)], in: language)
    html.raw("</p><p>")
    html.say(PageText.lookAtTheAddressBar, language)
    html.raw("</p>")
    if let telephone = service.settings.telephone {
      html.raw("<p>")
      html.say(PageText.telephone, language)
      html.raw(": ")
      html.isolated(telephone)
      html.raw("</p>")
    }
    html.raw("<p class=\"quiet\">")
    html.say(PageText.privacyLine, language)
    html.raw("</p></div></footer>\n")
  }

  /// An address of ours, written by us: never from `Host` or anything forwarded.
  static func address(_ path: String, _ query: [(String, String)]) -> String {
    var text = path
    for (index, pair) in query.enumerated() {
      text += (index == 0 ? "?" : "&") + escaped(pair.0) + "=" + escaped(pair.1)
    }
    return text
  }

  static func escaped(_ text: String) -> String {
    var out: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: out.append(byte)
      default: out += Array("%".utf8) + Array(Hex.encode([byte]).utf8).map(ASCII.upper)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}

/// Addresses that people open, and their problems as pages.
enum Pages {
  private static let paths: Set<Text> = ["/", "/search", "/check", "/picture", "/report"]
  /// Whether a person is more likely to stand here than a program.
  static func owns(_ path: String) -> Bool {
    paths.contains(Text(path)) || Text(path).hasPrefix("/c/") || Text(path).hasPrefix("/C/")
  }

  /// A problem as a page: the words of the reader, the code for whoever helps her.
  static func problem(_ problem: HTTPRejection, _ request: Request, service: Service) -> Response {
    var asked: String?
    for part in (request.uri.query ?? "").utf8.split(separator: UInt8(ascii: "&"))
    where part.starts(with: Array("lang=".utf8)) {
      asked = String(decoding: part.dropFirst(5), as: UTF8.self)
    }
    let language = request.language(asked.flatMap { Language(rawValue: $0)?.rawValue }) ?? .en
    var page = Page(service, language, path: "/")
    page.status = problem.status
    let (heading, text, params) = words(problem)
    page.title = Catalogue.sentence(heading, language: language)
    page.body.raw("<section class=\"verdict wait\"><h1>")
    page.body.say(heading, language)
    page.body.raw("</h1><p class=\"sentence\">")
    if let refusal = problem.refusal {
      page.body.say(refusal.code, Params.words(refusal.params), in: language)
    } else {
      page.body.say(text, params, in: language)
    }
    page.body.raw("</p><p class=\"quiet\">")
    page.body.say(PageText.reasonCode, language)
    page.body.raw(": ")
    page.body.element("code") { $0.isolated(problem.code) }
    page.body.raw("</p><p>")
    page.body.element("a", [("href", Page.address("/", [("lang", language.rawValue)]))]) {
      $0.say(SiteText.backToStart, language)
    }
    page.body.raw("</p></section>")
    var response = page.response
    for field in problem.headers { response.headers[field.name] = field.value }
    return response
  }

  private static func words(_ problem: HTTPRejection) -> (any Message, any Message, [(String, String)]) {
    if problem.code == HTTPRejection.Code.tooManyReports.rawValue {
      return (SiteText.tooManyHeading, PageText.reportTooMany, [])
    }
    return switch problem.status.code {
    case 404: (SiteText.notFoundHeading, SiteText.notFoundText, [])
    case 405: (SiteText.methodHeading, SiteText.methodText, [])
    case 413: (SiteText.tooLargeHeading, SiteText.tooLargeText, [("limit", "1 MiB")])
    case 429: (SiteText.tooManyHeading, SiteText.tooManyText, [("seconds", problem.headers[.retryAfter] ?? "60")])
    case 500...: (SiteText.brokenHeading, SiteText.brokenText, [])
    default: (SiteText.badRequestHeading, SiteText.badRequestText, [])
    }
  }
}
