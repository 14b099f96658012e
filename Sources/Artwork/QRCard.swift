import Encodings
package import Messages

/// F6, the card for platforms that forbid outside links. The registered page stands in the picture: a copy on another
/// page gives itself away to anyone who reads it.
package enum QRCard {
  package static let maxBytes = 64 << 10
  /// More pages are counted, not printed.
  static let maxPages = 3

  /// 400 units wide, as high as it needs to be.
  package static func draw(_ facts: BadgeFacts, language: Language) throws(ArtworkRejection) -> Drawing {
    let code = try QRCode(facts.id, verifyHost: facts.verifyHost)
    let width = 400.0
    let inner = 360.0
    let tag = language.rawValue
    var canvas = Canvas(width: width)
    var y = 12.0
    func add(_ text: String, _ block: TextBlock, tag: String) {
      let fit = TextFit.fit(text, width: inner, sizes: block.sizes, lines: block.lines, face: block.face)
      y += block.gap
      for line in fit.lines {
        y += fit.size * 1.25
        canvas.text(
          line,
          x: 200,
          y: y,
          style: TextStyle(size: fit.size, edge: .middle, face: block.face, ink: block.ink, language: tag)
        )
      }
    }
    let chamber = facts.chamberName(language)
    let member = facts.memberName(language)
    add(chamber.text, TextBlock(sizes: [17, 16, 15, 14, 13, 12], lines: 2, gap: 2, face: .bold), tag: chamber.language)
    if let other = facts.chamberNames.second(beside: chamber) {
      add(other.text, TextBlock(sizes: [15, 14, 13, 12, 11], lines: 2, gap: 1), tag: other.language)
    }
    y += 6
    // Whole pixels a module, so that an image of it stays sharp; 6 is above the 4 that screens need.
    let module = 6.0
    let side = Double(code.width + 2 * QRCode.quietZone) * module
    canvas.code(code, x: ((width - side) / 2).rounded(), y: y.rounded(), module: module)
    // The quiet zone of the symbol is the space around the words.
    y = y.rounded() + side - 14
    add(ArtworkText.scanToCheck.printed(language), TextBlock(sizes: [13], lines: 1, gap: 0, ink: .quiet), tag: tag)
    y += 22
    canvas.text(facts.id.display, x: 200, y: y, style: TextStyle(size: 18, edge: .middle, face: .mono))
    y += 10
    canvas.rule(x: 20, y: y, width: inner)
    add(member.text, TextBlock(sizes: [19, 17.5, 16, 14.5, 13], lines: 5, gap: 4, face: .bold), tag: member.language)
    if let other = facts.memberNames.second(beside: member) {
      add(other.text, TextBlock(sizes: [16, 15, 14, 13, 12], lines: 5, gap: 2), tag: other.language)
    }
    if !facts.registered.isEmpty {
      add(ArtworkText.registeredPage.printed(language), TextBlock(sizes: [12], lines: 1, gap: 8, ink: .quiet), tag: tag)
      y += 2
      for address in facts.registered.prefix(maxPages) {
        for line in TextFit.wrapAddress(address, width: inner, size: 14) {
          y += 18
          canvas.text(line, x: 200, y: y, style: TextStyle(size: 14, edge: .middle, face: .mono))
        }
      }
      if facts.registered.count > maxPages {
        let count = String(facts.registered.count - maxPages)
        add(
          ArtworkText.morePages.printed(language, [("count", count)]),
          TextBlock(sizes: [12], lines: 1, gap: 3, ink: .quiet),
          tag: tag
        )
      }
      add(
        ArtworkText.cardWarning.printed(language),
        TextBlock(sizes: [12, 11, 10], lines: 2, gap: 5, ink: .quiet),
        tag: tag
      )
    }
    let mustBegin = ArtworkText.addressMustBegin.printed(language, [("host", facts.verifyHost)])
    // Wrapped, never cut: a host must be read to its end.
    let size =
      [14.0, 13, 12, 11].first { TextFit.wrap(mustBegin, width: inner, size: $0, face: .bold).count == 1 } ?? 11
    let foot = TextFit.wrap(mustBegin, width: inner, size: size, face: .bold)
    let strip = 20 + 16 * Double(foot.count)
    let height = (y + 14 + strip).rounded(.up)
    var whole = Canvas(width: width)
    whole.rect(Box(x: 0, y: 0, width: width, height: height), fill: .paper)
    whole.append(canvas)
    whole.rect(Box(x: 0, y: height - strip, width: width, height: strip), fill: .band)
    for (index, text) in foot.enumerated() {
      let baseline = height - strip + 18 + 16 * Double(index) + size * 0.36
      whole.text(
        text,
        x: 200,
        y: baseline,
        style: TextStyle(size: size, edge: .middle, face: .bold, ink: .paper, language: tag)
      )
    }
    whole.rect(Box(x: 0.5, y: 0.5, width: width - 1, height: height - 1), fill: nil, stroke: .band)
    let title = ArtworkText.cardTitle.printed(language, [("id", facts.id.display), ("member", member.text)])
    return try whole.drawing(height: height, title: title, language: tag, maxBytes: maxBytes)
  }
}
