import Encodings
public import Messages

/// F6, the card for platforms that forbid outside links. The registered page stands in the picture: a copy on another
/// page gives itself away to anyone who reads it.
public enum QRCard {
  public static let maxBytes = 64 << 10
  /// More pages are counted, not printed.
  static let maxPages = 3

  /// 400 units wide, as high as it needs to be.
  public static func draw(_ facts: BadgeFacts, language: Language) throws(ArtworkRejection) -> Drawing {
    let code = try QRCode(facts.id, verifyHost: facts.verifyHost)
    let width = 400.0, inner = 360.0, tag = language.rawValue
    var canvas = Canvas(width: width)
    var y = 12.0
    func add(
      _ text: String,
      _ sizes: [Double],
      lines: Int,
      gap: Double,
      face: TextFit.Face = .sans,
      ink: Ink = .text,
      _ language: String
    ) {
      let fit = TextFit.fit(text, width: inner, sizes: sizes, lines: lines, face: face)
      y += gap
      for line in fit.lines {
        y += fit.size * 1.25
        canvas.text(line, x: 200, y: y, size: fit.size, edge: .middle, face: face, ink: ink, language: language)
      }
    }
    let chamber = facts.chamberName(language), member = facts.memberName(language)
    add(chamber.text, [17, 16, 15, 14, 13, 12], lines: 2, gap: 2, face: .bold, chamber.language)
    if let other = facts.chamberNames.second(beside: chamber) {
      add(other.text, [15, 14, 13, 12, 11], lines: 2, gap: 1, other.language)
    }
    y += 6
    // Whole pixels a module, so that an image of it stays sharp; 6 is above the 4 that screens need.
    let module = 6.0, side = Double(code.width + 2 * QRCode.quietZone) * module
    canvas.code(code, x: ((width - side) / 2).rounded(), y: y.rounded(), module: module)
    // The quiet zone of the symbol is the space around the words.
    y = y.rounded() + side - 14
    add(ArtworkText.scanToCheck.printed(language), [13], lines: 1, gap: 0, ink: .quiet, tag)
    y += 22
    canvas.text(facts.id.display, x: 200, y: y, size: 18, edge: .middle, face: .mono)
    y += 10
    canvas.rule(x: 20, y: y, width: inner)
    add(member.text, [19, 17.5, 16, 14.5, 13], lines: 5, gap: 4, face: .bold, member.language)
    if let other = facts.memberNames.second(beside: member) {
      add(other.text, [16, 15, 14, 13, 12], lines: 5, gap: 2, other.language)
    }
    if !facts.registered.isEmpty {
      add(ArtworkText.registeredPage.printed(language), [12], lines: 1, gap: 8, ink: .quiet, tag)
      y += 2
      for address in facts.registered.prefix(maxPages) {
        for line in TextFit.wrapAddress(address, width: inner, size: 14) {
          y += 18
          canvas.text(line, x: 200, y: y, size: 14, edge: .middle, face: .mono)
        }
      }
      if facts.registered.count > maxPages {
        let count = String(facts.registered.count - maxPages)
        add(ArtworkText.morePages.printed(language, [("count", count)]), [12], lines: 1, gap: 3, ink: .quiet, tag)
      }
      add(ArtworkText.cardWarning.printed(language), [12, 11, 10], lines: 2, gap: 5, ink: .quiet, tag)
    }
    let mustBegin = ArtworkText.addressMustBegin.printed(language, [("host", facts.verifyHost)])
    // Wrapped, never cut: a host must be read to its end.
    let size =
      [14.0, 13, 12, 11].first { TextFit.wrap(mustBegin, width: inner, size: $0, face: .bold).count == 1 } ?? 11
    let foot = TextFit.wrap(mustBegin, width: inner, size: size, face: .bold)
    let strip = 20 + 16 * Double(foot.count), height = (y + 14 + strip).rounded(.up)
    var whole = Canvas(width: width)
    whole.rect(x: 0, y: 0, width: width, height: height, fill: .paper)
    whole.append(canvas)
    whole.rect(x: 0, y: height - strip, width: width, height: strip, fill: .band)
    for (index, text) in foot.enumerated() {
      let baseline = height - strip + 18 + 16 * Double(index) + size * 0.36
      whole.text(text, x: 200, y: baseline, size: size, edge: .middle, face: .bold, ink: .paper, language: tag)
    }
    whole.rect(x: 0.5, y: 0.5, width: width - 1, height: height - 1, fill: nil, stroke: .band)
    let title = ArtworkText.cardTitle.printed(language, [("id", facts.id.display), ("member", member.text)])
    return try whole.drawing(height: height, title: title, language: tag, maxBytes: maxBytes)
  }
}
