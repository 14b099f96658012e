import Encodings
import Messages
import Repository
import Verification

/// What was found on a page, for people: the verdict, each badge with the way to its own answer, and what nobody looked
/// at.
struct ReadPageView {
  let service: Service
  let language: Language
  let decision: PageDecision

  private var state: PageState {
    switch decision.verdict {
    case .confirmed: .confirmed
    case .genuine: .genuine
    case .otherPage: .otherPage
    case .notGenuine: .notGenuine
    case .cannotTell: .cannotTell
    case .noBadge: .noBadge
    case .notInForce: worst.map { PageState($0) } ?? .cannotTell
    }
  }

  /// The badge that decided.
  private var worst: Decision? {
    decision.badges.filter(\.counts).map(\.decision).first { $0.verdict == decision.verdict }
  }

  private var params: [(String, String)] {
    var params = [
      ("page", decision.final ?? decision.asked),
      ("time", Moment.time(state == .cannotTell ? decision.answerNotAfter : decision.checkedAt)),
    ]
    if let worst, let credential = worst.credential {
      let own = credential.names.first { $0.language == language.rawValue } ?? credential.names.first
      params += [
        ("chamber", credential.issuerName), ("member", own?.text ?? "–"),
        ("registered", credential.storefronts.first?.display ?? "–"),
      ]
      let date: Instant? =
        switch state {
        case .expired: credential.validUntil
        case .notYetValid: credential.validFrom
        default: worst.stateSince
        }
      if let date { params.append(("date", Moment.date(date))) }
    }
    return params
  }

  func write(_ page: inout Page) {
    let texts = state.texts
    page.title = texts.word[language].sentence() + ": " + texts.heading[language].sentence(params)
    page.body.open("section", [("class", "verdict \(Icons.tone(state))"), ("aria-labelledby", "verdict")])
    page.body.raw("<div class=\"mark\">")
    Icons.draw(state, in: &page.body)
    page.body.raw("<p class=\"word\">")
    page.body.say(texts.word[language].segments())
    page.body.raw("</p></div><div class=\"says\"><h1 id=\"verdict\">")
    page.body.say(texts.heading[language].segments(params))
    page.body.raw("</h1>")
    let own = decision.reasons.filter { $0.code.axis != .note && $0.severity != .info }
    let notes = decision.reasons.filter { $0.code.axis == .note }
    // A sentence that is nothing but notes, without any, is left out.
    if !(state == .noBadge && notes.isEmpty) {
      page.body.raw("<p class=\"sentence\">")
      page.body.say(texts.sentence[language].segments(params)) { html, name in
        guard name == "reason" || name == "notes" else { return false }
        let broken = state == .againstRules ? worst?.reasons.filter { $0.severity == .error } ?? [] : []
        for (index, reason) in (name == "reason" ? Array((broken + own).prefix(1)) : notes).enumerated() {
          if index > 0 { html.raw(" ") }
          html.say(reason.code, Params.words(reason.params), in: language)
        }
        return true
      }
      page.body.raw("</p>")
    }
    if let emphasis = texts.emphasis {
      page.body.element("p", [("class", "strong")]) { $0.say(emphasis[language].segments(params)) }
    }
    page.body.raw("<p class=\"advice\"><span class=\"label\">")
    page.body.say(PageText.whatToDo, language)
    page.body.raw("</span> ")
    page.body.say(texts.advice[language].segments(params))
    page.body.raw("</p><p class=\"address\">")
    page.body.isolated(decision.final ?? decision.asked)
    page.body.raw("</p></div></section>")
    badges(&page.body)
    notExamined(&page.body, notes: state == .noBadge ? [] : notes)
  }

  private func badges(_ html: inout HTML) {
    guard !decision.badges.isEmpty else { return }
    html.raw("<section><h2>")
    html.say(PageText.badgesFound, language)
    html.raw("</h2><ul class=\"results\">")
    for badge in decision.badges {
      let state = PageState(badge.decision)
      html.raw("<li class=\"card result\"><p class=\"state\">")
      html.say(state.texts.word[language].segments())
      html.raw("</p><p>")
      if let credential = badge.decision.credential {
        html.element(
          "a",
          [
            (
              "href",
              Page.address(
                "/c/\(credential.id)",
                [("page", decision.final ?? decision.asked), ("lang", language.rawValue)]
              )
            )
          ]
        ) { html in
          html.name(
            (credential.names.first { $0.language == language.rawValue } ?? credential.names.first)?.text
              ?? credential.id
          )
        }
      } else if let href = badge.href {
        // Not a link: it may lead anywhere.
        html.isolated(String(PlainText.visible(href).prefix(200)))
      }
      html.raw("</p><p class=\"quiet\">")
      html.say(PageText.badgeInLine, [("line", String(badge.line))], in: language)
      html.raw("</p></li>")
    }
    html.raw("</ul></section>")
  }

  private func notExamined(_ html: inout HTML, notes: [Reason]) {
    guard let read = decision.read else { return }
    html.raw("<section class=\"card\">")
    if !notes.isEmpty {
      html.raw("<h2>")
      html.say(PageText.notes, language)
      html.raw("</h2><ul class=\"notes\">")
      for note in notes { html.element("li") { $0.say(note.code, Params.words(note.params), in: language) } }
      html.raw("</ul>")
    }
    html.raw("<h2>")
    html.say(PageText.notExamined, language)
    html.raw("</h2><ul class=\"notes\">")
    for (phrase, count) in [
      (PageText.notExaminedScripts, read.scripts), (.notExaminedFrames, read.frames),
      (.notExaminedStyleSheets, read.styleSheets),
    ] {
      html.element("li") { $0.say(phrase, [("count", String(count))], in: language) }
    }
    html.element("li") { $0.say(PageText.visibilityNotChecked, language) }
    html.raw("</ul><p class=\"quiet\">")
    html.say(PageText.readAt, language)
    html.raw(": ")
    html.isolated(Moment.time(decision.checkedAt))
    html.raw("</p></section>")
  }
}
