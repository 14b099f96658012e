import Messages

/// One shape for each state, told apart without colour. Decoration: the word beside it says the same.
enum Icons {
  static func draw(_ state: AnswerState, in html: inout HTML) {
    html.raw(
      "<svg class=\"icon\" viewBox=\"0 0 48 48\" width=\"64\" height=\"64\" aria-hidden=\"true\" focusable=\"false\">"
    )
    switch state {
    case .confirmed, .vouched, .cameFrom:  // tick in a full circle
      html.raw("<circle cx=\"24\" cy=\"24\" r=\"22\" class=\"solid\"/><path class=\"cut\" d=\"M13.5 25l7 7 14-15\"/>")
    case .genuine, .declared:  // a browser window without an address
      html.raw(
        "<rect x=\"4\" y=\"8\" width=\"40\" height=\"32\" rx=\"3\" class=\"line\"/><path class=\"line\" d=\"M4 18h40\"/><path class=\"line dash\" d=\"M12 29h24\"/>"
      )
    case .otherPage, .pageLost, .pageRemoved, .pageTwin:  // two unlike squares
      html.raw(
        "<rect x=\"3\" y=\"13\" width=\"18\" height=\"18\" rx=\"1\" class=\"solid\"/><rect x=\"28\" y=\"19\" width=\"16\" height=\"16\" rx=\"1\" class=\"line\" transform=\"rotate(20 36 27)\"/><path class=\"line\" d=\"M17 42L31 6\"/>"
      )
    case .notGenuine, .lookalike, .unknownIssuer, .notInLog:  // cross in a full circle
      html.raw(
        "<circle cx=\"24\" cy=\"24\" r=\"22\" class=\"solid\"/><path class=\"cut\" d=\"M16 16l16 16M32 16L16 32\"/>"
      )
    case .unknownNumber, .mistyped:  // an empty circle, struck through
      html.raw("<circle cx=\"24\" cy=\"24\" r=\"20\" class=\"line\"/><path class=\"line\" d=\"M38 10L10 38\"/>")
    case .expired, .notYetValid, .pageStale:  // hourglass
      html.raw(
        "<path class=\"line\" d=\"M11 5h26M11 43h26M14 5c0 11 10 13 10 19s-10 8-10 19M34 5c0 11-10 13-10 19s10 8 10 19\"/>"
      )
    case .suspended, .suspendedOrEnded, .chamberPaused:  // pause
      html.raw("<circle cx=\"24\" cy=\"24\" r=\"20\" class=\"line\"/><path class=\"line\" d=\"M19 16v16M29 16v16\"/>")
    case .revoked, .chamberWithdrawn:  // octagon with a bar
      html.raw(
        "<path class=\"solid\" d=\"M15.3 3h17.4L45 15.3v17.4L32.7 45H15.3L3 32.7V15.3z\"/><path class=\"cut\" d=\"M13 24h22\"/>"
      )
    case .replaced:  // an old sheet behind a new one
      html.raw(
        "<path class=\"line dash\" d=\"M6 5h22v30H6z\"/><path class=\"solid\" d=\"M18 13h24v31H18z\"/><path class=\"cut thin\" d=\"M24 23h12M24 30h12M24 37h7\"/>"
      )
    case .againstRules:  // a ruled sheet, struck through
      html.raw(
        "<path class=\"line\" d=\"M9 4h30v40H9z\"/><path class=\"line thin\" d=\"M16 14h16M16 22h16M16 30h9\"/><path class=\"line\" d=\"M42 6L6 42\"/>"
      )
    case .cannotTell:  // question mark
      html.raw(
        "<circle cx=\"24\" cy=\"24\" r=\"20\" class=\"line dash\"/><path class=\"line\" d=\"M18 19c0-8 12-8 12 0 0 5-6 5-6 10\"/><circle cx=\"24\" cy=\"35\" r=\"2\" class=\"solid\"/>"
      )
    case .noBadge, .noPictureData:  // a place where nothing is
      html.raw("<rect x=\"6\" y=\"12\" width=\"36\" height=\"24\" rx=\"4\" class=\"line dash\"/>")
    }
    html.raw("</svg>")
  }

  /// Class of the block around the verdict.
  static func tone(_ state: AnswerState) -> String {
    switch state {
    case .confirmed, .vouched, .cameFrom: "good"
    case .genuine, .declared: "ask"
    case .lookalike, .unknownIssuer, .notGenuine, .notInLog, .unknownNumber, .pageLost, .pageRemoved, .otherPage,
      .revoked, .chamberWithdrawn, .againstRules:
      "bad"
    case .mistyped, .pageTwin, .replaced, .chamberPaused, .suspended, .suspendedOrEnded, .expired, .notYetValid,
      .pageStale, .cannotTell, .noPictureData, .noBadge:
      "wait"
    }
  }
}
