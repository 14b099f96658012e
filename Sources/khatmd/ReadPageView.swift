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

  private var state: AnswerState { decision.state }

  private var params: [(String, String)] {
    let page = decision.final ?? decision.asked
    if let worst = decision.worst { return worst.params(in: language, asked: page) }
    var params = [("page", page), ("time", Moment.time(decision.answerNotAfter))]
    if let imitation = decision.reasons.first(where: { $0.code == .lookalikeVerifierHost }) {
      params += Params.words(imitation.params).compactMap { name, value in
        name == "host" ? ("host", value) : name == "resembles" ? ("ours", value) : nil
      }
    }
    return params
  }

  func write(_ page: inout Page) {
    let view = StateView(state: state, params: params, language: language)
    page.title = view.title
    let own = decision.reasons.filter { $0.code.axis != .note && $0.severity != .info }
    let notes = decision.reasons.filter { $0.code.axis == .note }
    let state = state
    let broken =
      state == .againstRules || state == .notGenuine || state == .cannotTell ? decision.worst?.reasons ?? [] : []
    let main = (broken.filter { $0.severity == .error || $0.severity == .warn } + own).first
    // A sentence that is nothing but notes, without any, is left out.
    let sentences: ((inout HTML, String) -> Bool)? =
      state == .noBadge && notes.isEmpty
      ? nil
      : { html, name in
        guard name == "reason" || name == "notes" else { return false }
        for (index, reason) in (name == "reason" ? [main].compactMap(\.self) : notes).enumerated() {
          if index > 0 { html.raw(" ") }
          html.say(reason.code, Params.words(reason.params), in: language)
        }
        return true
      }
    view.write(&page.body, sentences: sentences) { html in
      html.element("p", [("class", "address")]) { $0.isolated(decision.final ?? decision.asked) }
    }
    badges(&page.body)
    notExamined(&page.body, notes: state == .noBadge ? [] : notes)
  }

  private func badges(_ html: inout HTML) {
    guard !decision.badges.isEmpty else { return }
    html.raw("<section><h2>")
    html.say(PageText.badgesFound, language)
    html.raw("</h2><ul class=\"results\">")
    for badge in decision.badges {
      let state = badge.decision.state
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
