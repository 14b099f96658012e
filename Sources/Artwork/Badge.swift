package import Encodings
package import Messages

/// What a badge says: who vouches, which certificate, for whom, where. No state and no date: the same picture for every
/// status, so that it can be cached for a day and tells nobody that a certificate was paused.
package struct BadgeFacts: Sendable {
  package let chamberNames: [PrintedName]
  package let id: CredentialID
  package let verifyHost: String
  package let memberNames: [PrintedName]
  /// Registered pages as the credential displays them, hosts in A-labels.
  package let registered: [String]

  /// - Throws: `textRefused` (`chamberName`, `memberName`) when a list is empty; `addressRefused`.
  package init(
    chamberNames: [PrintedName],
    id: CredentialID,
    verifyHost: String,
    memberNames: [PrintedName],
    registered: [String]
  )
    throws(ArtworkRejection)
  {
    guard !chamberNames.isEmpty else { throw .textRefused(field: "chamberName", why: .empty, at: 0) }
    guard !memberNames.isEmpty else { throw .textRefused(field: "memberName", why: .empty, at: 0) }
    try PrintedAddress.checkHost(verifyHost, field: "verifyHost")
    for address in registered { try PrintedAddress.check(address, field: "registered") }
    self.chamberNames = chamberNames
    self.id = id
    self.verifyHost = verifyHost
    self.memberNames = memberNames
    self.registered = registered
  }

  func chamberName(_ language: Language) -> PrintedName { chamberNames.best(for: language) ?? chamberNames[0] }
  func memberName(_ language: Language) -> PrintedName { memberNames.best(for: language) ?? memberNames[0] }
}

/// The two sizes a shop can choose from.
package enum BadgeForm: String, CaseIterable, Sendable {
  /// 200 × 64: the chamber, the number.
  case compact
  /// 400 wide, as high as it needs to be: the member and the registered page too.
  case wide
}

/// Draws the badge that stands on a shop's page. The same facts give the same bytes; nothing here reads a register or a
/// clock.
package enum Badge {
  /// A badge stands on other people's pages; it may cost them 8 kB.
  package static let maxBytes = 8_192

  /// The bytes of `draw`.
  package static func svg(_ facts: BadgeFacts, form: BadgeForm, language: Language) throws(ArtworkRejection) -> [UInt8]
  {
    try draw(facts, form: form, language: language).svg
  }

  /// One picture for every status.
  package static func draw(_ facts: BadgeFacts, form: BadgeForm, language: Language) throws(ArtworkRejection) -> Drawing
  {
    switch form {
    case .compact: try compact(facts, language)
    case .wide: try wide(facts, language)
    }
  }

  /// What a screen reader says of the badge, and a browser when the pointer rests on it: also who can be asked.
  package static func title(_ facts: BadgeFacts, language: Language) -> String {
    let params = [("chamber", facts.chamberName(language).text), ("id", facts.id.display), ("host", facts.verifyHost)]
    return ArtworkText.badgeTitle.printed(language, params)
  }

  private static func compact(_ facts: BadgeFacts, _ language: Language) throws(ArtworkRejection) -> Drawing {
    var canvas = Canvas(width: 200)
    frame(&canvas, width: 200, height: 64)
    let first = facts.chamberName(language)
    let second = facts.chamberNames.second(beside: first)
    chamberBlock(&canvas, first, beside: second)
    checkStrip(&canvas, facts, language: language, in: Box(x: 0, y: 43, width: 200, height: 20.5), idSize: 9.6)
    return try canvas.drawing(
      height: 64,
      title: title(facts, language: language),
      language: language.rawValue,
      maxBytes: maxBytes
    )
  }

  /// At most three lines above the strip: a long name takes two of them.
  private static func chamberBlock(_ canvas: inout Canvas, _ first: PrintedName, beside second: PrintedName?) {
    let width = 184.0
    let small = [9.3, 8.8, 8.3]
    let one = TextFit.fit(first.text, width: width, sizes: [12.5, 11.5, 10.5, 9.5], lines: 1, face: .bold)
    guard let second else {
      let fit =
        isCut(one.lines) ? TextFit.fit(first.text, width: width, sizes: [11, 10, 9, 8.3], lines: 3, face: .bold) : one
      return block(&canvas, [(first, .bold, fit)])
    }
    let two = TextFit.fit(second.text, width: width, sizes: [12, 11, 10, 9], lines: 1, face: .sans)
    var firstFit = one
    var secondFit = two
    if isCut(one.lines) {
      firstFit = TextFit.fit(first.text, width: width, sizes: small, lines: isCut(two.lines) ? 1 : 2, face: .bold)
    }
    if isCut(two.lines) {
      secondFit = TextFit.fit(
        second.text,
        width: width,
        sizes: small,
        lines: firstFit.lines.count == 1 ? 2 : 1,
        face: .sans
      )
    }
    block(&canvas, [(first, .bold, firstFit), (second, .sans, secondFit)])
  }

  private static func isCut(_ lines: [String]) -> Bool { lines.last?.unicodeScalars.last == "…" }

  /// Centred in the 42 units above the strip.
  private static func block(
    _ canvas: inout Canvas,
    _ names: [(PrintedName, TextFit.Face, (size: Double, lines: [String]))]
  ) {
    let leading = names.reduce(0) { $0 + $1.2.lines.count } > 2 ? 1.2 : 1.32
    let height = names.reduce(0.0) { $0 + Double($1.2.lines.count) * $1.2.size * leading }
    var y = 21.5 - height / 2
    for (name, face, fit) in names {
      for text in fit.lines {
        let baseline = y + fit.size * (0.5 * leading + 0.36)
        canvas.text(
          text,
          x: 100,
          y: baseline,
          style: TextStyle(size: fit.size, edge: .middle, face: face, language: name.language)
        )
        y += fit.size * leading
      }
    }
  }

  private static func wide(_ facts: BadgeFacts, _ language: Language) throws(ArtworkRejection) -> Drawing {
    let width = 400.0
    let inner = 376.0
    let member = facts.memberName(language)
    let otherMember = facts.memberNames.second(beside: member)
    let memberFit = TextFit.fit(member.text, width: inner, sizes: [18, 16.5, 15, 13.5, 12], lines: 3, face: .bold)
    // Two are shown at most, whole; the rest are counted.
    let shown = facts.registered.prefix(2).map { TextFit.wrapAddress($0, width: inner, size: 11.5) }
    var y = 44.0
    var texts = Canvas(width: width)
    chamberLine(&texts, facts, language: language, y: 20, width: inner)
    texts.rule(x: 12, y: 29.5, width: inner)
    y = 33
    for text in memberFit.lines {
      y += memberFit.size + 3.5
      texts.text(
        text,
        x: 200,
        y: y,
        style: TextStyle(size: memberFit.size, edge: .middle, face: .bold, language: member.language)
      )
    }
    if let otherMember {
      let fit = TextFit.fit(otherMember.text, width: inner, sizes: [14, 13, 12, 11, 10], lines: 3, face: .sans)
      for text in fit.lines {
        y += fit.size + 5
        texts.text(text, x: 200, y: y, style: TextStyle(size: fit.size, edge: .middle, language: otherMember.language))
      }
    }
    if !shown.isEmpty {
      y += 18
      let label = ArtworkText.registeredPage.printed(language)
      texts.text(
        label,
        x: 200,
        y: y,
        style: TextStyle(size: 10, edge: .middle, ink: .quiet, language: language.rawValue)
      )
      for lines in shown {
        for text in lines {
          y += 15
          texts.text(text, x: 200, y: y, style: TextStyle(size: 11.5, edge: .middle, face: .mono))
        }
      }
    }
    if facts.registered.count > shown.count {
      y += 15
      let more = ArtworkText.morePages.printed(language, [("count", String(facts.registered.count - shown.count))])
      texts.text(
        more,
        x: 200,
        y: y,
        style: TextStyle(size: 10, edge: .middle, ink: .quiet, language: language.rawValue)
      )
    }
    let height = (y + 11 + 25.5).rounded(.up)
    let foot = Box(x: 0, y: height - 26, width: width, height: 25.5)
    checkStrip(&texts, facts, language: language, in: foot, idSize: 12)
    return try texts.framed(height: height, title: title(facts, language: language), language: language.rawValue)
  }

  static func frame(_ canvas: inout Canvas, width: Double, height: Double) {
    canvas.rect(Box(x: 0.5, y: 0.5, width: width - 1, height: height - 1), radius: 5, fill: .paper, stroke: .band)
  }

  /// Both names on one line where there is room, the reader's side first; else the reader's alone.
  private static func chamberLine(
    _ canvas: inout Canvas,
    _ facts: BadgeFacts,
    language: Language,
    y: Double,
    width: Double
  ) {
    let first = facts.chamberName(language)
    let second = facts.chamberNames.second(beside: first)
    guard let second else {
      let fit = TextFit.fit(first.text, width: width, sizes: [12, 11, 10, 9], lines: 1, face: .sans)
      let style = TextStyle(size: fit.size, edge: .middle, language: first.language)
      return canvas.text(fit.lines[0], x: 200, y: y, style: style)
    }
    let unit = TextFit.width(first.text, 1, face: .sans) + TextFit.width(second.text, 1, face: .sans)
    for size in [12.5, 11.5, 10.5, 9.5] where unit * size + 16 <= width {
      for name in [first, second] {
        let right = name.isRightToLeft
        canvas.text(
          name.text,
          x: right ? 388 : 12,
          y: y,
          style: TextStyle(size: size, edge: right ? .right : .left, language: name.language)
        )
      }
      return
    }
    // Shares of the line by length, so that neither name is crushed.
    for name in [first, second] {
      let right = name.isRightToLeft
      let share = min(max(TextFit.width(name.text, 1, face: .sans) / unit, 0.35), 0.65) * (width - 16)
      let fit = TextFit.fit(name.text, width: share, sizes: [9.5, 9, 8.5, 8], lines: 1, face: .sans)
      canvas.text(
        fit.lines[0],
        x: right ? 388 : 12,
        y: y,
        style: TextStyle(size: fit.size, edge: right ? .right : .left, language: name.language)
      )
    }
  }

  /// The dark foot: a magnifying glass, "Check", the number. Rounded below, like the frame.
  static func checkStrip(
    _ canvas: inout Canvas,
    _ facts: BadgeFacts,
    language: Language,
    in foot: Box,
    idSize: Double
  ) {
    let (y, width, height) = (foot.y, foot.width, foot.height)
    var shape = Markup()
    shape.raw("M.5 ")
    shape.number(y)
    shape.raw("H")
    shape.number(width - 0.5)
    shape.raw("v")
    shape.number(height - 5.5)
    shape.raw("a5 5 0 0 1-5 5H5.5a5 5 0 0 1-5-5z")
    canvas.path(shape, fill: .band)
    let rightToLeft = language.direction == .rightToLeft
    let label = ArtworkText.check.printed(language)
    let labelWidth = TextFit.width(label, idSize, face: .sans)
    let idWidth = 22 * 0.6 * idSize
    let glass = idSize * 0.95
    let gap = idSize * 0.55
    let used = glass + gap + labelWidth + gap + idWidth
    let from = (width - used) / 2
    let baseline = y + height / 2 + idSize * 0.36
    // Mirrored for Arabic: glass, word and number from the right.
    let glassX = rightToLeft ? from + used - glass : from
    let labelX = rightToLeft ? from + used - glass - gap : from + glass + gap
    let idX = rightToLeft ? from : from + used - idWidth
    canvas.path(
      magnifier(x: glassX, y: y + height / 2 - glass / 2, size: glass),
      fill: nil,
      stroke: .paper,
      line: idSize * 0.13
    )
    canvas.text(
      label,
      x: labelX,
      y: baseline,
      style: TextStyle(size: idSize, edge: rightToLeft ? .right : .left, ink: .paper, language: language.rawValue)
    )
    canvas.text(facts.id.display, x: idX, y: baseline, style: TextStyle(size: idSize, face: .mono, ink: .paper))
  }

  private static func magnifier(x: Double, y: Double, size: Double) -> Markup {
    let radius = size * 0.33
    var path = Markup()
    path.raw("M")
    path.number(x + size * 0.06)
    path.raw(" ")
    path.number(y + size * 0.4)
    for sweep in [1.0, -1.0] {
      path.raw("a")
      path.number(radius)
      path.raw(" ")
      path.number(radius)
      path.raw(" 0 1 1 ")
      path.number(2 * radius * sweep)
      path.raw(" 0")
    }
    path.raw("M")
    path.number(x + size * 0.64)
    path.raw(" ")
    path.number(y + size * 0.65)
    path.raw("l")
    path.number(size * 0.3)
    path.raw(" ")
    path.number(size * 0.3)
    return path
  }
}

extension Canvas {
  /// The drawn texts on the frame of a badge, whose height is known only now.
  fileprivate func framed(height: Double, title: String, language: String) throws(ArtworkRejection) -> Drawing {
    var whole = Canvas(width: width)
    Badge.frame(&whole, width: width, height: height)
    whole.append(self)
    return try whole.drawing(height: height, title: title, language: language, maxBytes: Badge.maxBytes)
  }
}
