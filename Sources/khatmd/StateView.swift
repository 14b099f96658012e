import Messages

/// The block that says what an answer comes down to: icon, word, heading, sentence, advice. The same on every page.
struct StateView {
  let state: AnswerState
  let params: [(String, String)]
  let language: Language
  private var texts: AnswerTexts { state.texts }

  /// For `<title>`.
  var title: String {
    texts.word[language].sentence() + ": " + texts.heading(params)[language].sentence(params)
  }

  /// - Parameters:
  ///   - sentences: writes `{reason}` and `{notes}`, which are sentences of their own; nil: the line is left out.
  ///   - more: what stands below the advice.
  func write(
    _ html: inout HTML,
    sentences: ((inout HTML, String) -> Bool)?,
    more: (inout HTML) -> Void
  ) {
    html.open("section", [("class", "verdict \(Icons.tone(state))"), ("aria-labelledby", "verdict")])
    html.raw("<div class=\"mark\">")
    Icons.draw(state, in: &html)
    html.raw("<p class=\"word\">")
    html.say(texts.word[language].segments())
    html.raw("</p></div><div class=\"says\"><h1 id=\"verdict\">")
    html.say(texts.heading(params)[language].segments(params))
    html.raw("</h1>")
    if let sentences {
      html.raw("<p class=\"sentence\">")
      html.say(texts.line(params)[language].segments(params), nested: sentences)
      html.raw("</p>")
    }
    if let emphasis = texts.emphasis {
      html.element("p", [("class", "strong")]) { $0.say(emphasis[language].segments(params)) }
    }
    html.raw("<p class=\"advice\"><span class=\"label\">")
    html.say(PageText.whatToDo, language)
    html.raw("</span> ")
    html.say(texts.advice[language].segments(params))
    html.raw("</p>")
    more(&html)
    html.raw("</div></section>")
  }
}
