package import Encodings
package import Messages

/// What the printed certificate states. Unlike a badge it carries dates: paper is read as of the day it was made.
package struct CertificateFacts: Sendable {
  package let badge: BadgeFacts
  /// The programme's title, per language.
  package let programme: [PrintedName]
  package let registerNumber: String
  package let membershipNumber: String?
  package var memberSince: CivilDate?
  package let validFrom: CivilDate
  package let validUntil: CivilDate
  /// Writes "sample" across the page.
  package var isSample = false

  package init(
    badge: BadgeFacts,
    programme: [PrintedName],
    registerNumber: String,
    membershipNumber: String? = nil,
    validFrom: CivilDate,
    validUntil: CivilDate
  ) throws(ArtworkRejection) {
    guard !programme.isEmpty else { throw .textRefused(field: "programme", why: .empty, at: 0) }
    try PrintedName.check(registerNumber, field: "registerNumber")
    if let membershipNumber { try PrintedName.check(membershipNumber, field: "membershipNumber") }
    self.badge = badge
    self.programme = programme
    self.registerNumber = registerNumber
    self.membershipNumber = membershipNumber
    self.validFrom = validFrom
    self.validUntil = validUntil
  }
}

/// The certificate a company prints or uploads: A4, one page a language, Arabic first.
///
/// One language a page, because programs that take text out of a PDF decide the reading order for a whole page: on a
/// mostly English page a name such as شركة النور للتجارة ذ.م.م comes out with its last letters first. (poppler 22.12
/// still swaps the two letters of a joined lam-alef, as in سلامة, on any page: the file maps that glyph to its letters
/// in logical order, as ISO 32000 9.10.3 asks.)
///
/// The PDF carries no electronic signature. A PDF reader shows one as trusted only under certificates of its own list
/// (or eIDAS), and "signature not trusted" on a genuine certificate would be worse than none; what counts is the check
/// under the QR code.
package enum MembershipCertificate {
  static let width = 595.0, height = 842.0  // A4 in points
  package static let maxBytes = 128 << 10
  /// As many registered pages as one sheet holds beside everything else; the rest are counted.
  static let maxPages = 5

  /// - Parameter created: goes into the document; the same facts and time give the same bytes.
  package static func pdf(_ facts: CertificateFacts, languages: [Language] = [.ar, .en], created: Instant)
    throws(ArtworkRejection) -> [UInt8]
  {
    var pages: [Drawing] = []
    for language in languages { pages.append(try page(facts, language: language)) }
    let first = languages.first ?? .en
    let title = ArtworkText.cardTitle.printed(
      first,
      [("id", facts.badge.id.display), ("member", facts.badge.memberName(first).text)]
    )
    return try Renderer.pdf(
      pages,
      title: title,
      author: facts.badge.chamberName(first).text,
      created: Instant(seconds: created.seconds)
    )
  }

  /// One page, for preview on a screen.
  package static func page(_ facts: CertificateFacts, language: Language) throws(ArtworkRejection) -> Drawing {
    var sheet = Sheet(facts, language)
    sheet.head()
    sheet.member()
    sheet.table()
    sheet.pages()
    try sheet.foot()
    let title = ArtworkText.cardTitle.printed(
      language,
      [("id", facts.badge.id.display), ("member", facts.badge.memberName(language).text)]
    )
    return try sheet.canvas.drawing(height: height, title: title, language: language.rawValue, maxBytes: maxBytes)
  }
}

/// One page while it is drawn from top to bottom.
private struct Sheet {
  var canvas = Canvas(width: MembershipCertificate.width)
  private let facts: CertificateFacts
  private let language: Language
  private var y = 0.0
  private let middle = MembershipCertificate.width / 2
  private let left = 64.0, inner = MembershipCertificate.width - 128

  init(_ facts: CertificateFacts, _ language: Language) {
    self.facts = facts
    self.language = language
  }

  private var rightToLeft: Bool { language.direction == .rightToLeft }
  /// The side on which a line of this language begins.
  private var start: Double { rightToLeft ? left + inner : left }
  private var startEdge: Edge { rightToLeft ? .right : .left }

  private mutating func centred(
    _ text: String,
    _ block: TextBlock,
    tag: String
  ) {
    let fit = TextFit.fit(text, width: inner, sizes: block.sizes, lines: block.lines, face: block.face)
    y += block.gap
    for line in fit.lines {
      y += fit.size * 1.32
      canvas.text(
        line,
        x: middle,
        y: y,
        style: TextStyle(size: fit.size, edge: .middle, face: block.face, ink: block.ink, language: tag, paper: true)
      )
    }
  }

  private mutating func quiet(_ text: String, y: Double, size: Double) {
    canvas.text(
      text,
      x: start,
      y: y,
      style: TextStyle(size: size, edge: startEdge, ink: .quiet, language: language.rawValue, paper: true)
    )
  }

  /// Frame, chamber, title.
  mutating func head() {
    let width = MembershipCertificate.width
    let height = MembershipCertificate.height
    canvas.rect(Box(x: 0, y: 0, width: width, height: height), fill: .paper)
    canvas.rect(Box(x: 26, y: 26, width: width - 52, height: height - 52), fill: nil, stroke: .band, line: 2.5)
    canvas.rect(Box(x: 32, y: 32, width: width - 64, height: height - 64), fill: nil, stroke: .hairline, line: 0.75)
    if facts.isSample {
      // Drawn first, under everything; as long as the frame allows on the slant.
      let word = ArtworkText.sample.printed(language)
      let size = min(130, 520 / TextFit.width(word, 1, face: .bold))
      canvas.text(
        word,
        x: middle,
        y: 470,
        style: TextStyle(size: size, edge: .middle, face: .bold, ink: .watermark, language: language.rawValue),
        rotate: -35
      )
    }
    let chamber = facts.badge.chamberName(language)
    y = 56
    centred(chamber.text, TextBlock(sizes: [24, 22, 20, 18, 16], lines: 2, gap: 0, face: .bold), tag: chamber.language)
    if let other = facts.badge.chamberNames.second(beside: chamber) {
      centred(other.text, TextBlock(sizes: [17, 16, 15, 14, 13], lines: 2, gap: 0, ink: .quiet), tag: other.language)
    }
    y += 14
    canvas.rect(Box(x: middle - 60, y: y, width: 120, height: 2), fill: .band)
    centred(
      ArtworkText.certificateOfMembership.printed(language),
      TextBlock(sizes: [32], lines: 1, gap: 12, face: .bold),
      tag: language.rawValue
    )
  }

  /// The member's names, as many as there is room for.
  mutating func member() {
    let chamber = facts.badge.chamberName(language)
    centred(
      ArtworkText.certifies.printed(language, [("chamber", chamber.text)]),
      TextBlock(sizes: [14, 13, 12, 11, 10], lines: 2, gap: 10, ink: .quiet),
      tag: language.rawValue
    )
    let name = facts.badge.memberName(language)
    centred(
      name.text,
      TextBlock(sizes: [27, 25, 23, 21, 19, 17, 15], lines: 5, gap: 6, face: .bold),
      tag: name.language
    )
    // The other script first; a name that would push the table off the sheet is left to the page behind the QR code,
    // never cut.
    let second = facts.badge.memberNames.second(beside: name)
    for other in [second].compactMap(\.self) + facts.badge.memberNames.filter({ $0 != name && $0 != second }) {
      let sizes = [17.0, 16, 15, 14, 13, 12]
      let fit = TextFit.fit(other.text, width: inner, sizes: sizes, lines: 4, face: .sans)
      guard y + 2 + Double(fit.lines.count) * fit.size * 1.32 < 440 else { continue }
      centred(other.text, TextBlock(sizes: sizes, lines: 4, gap: 2), tag: other.language)
    }
    centred(
      ArtworkText.isMember.printed(language),
      TextBlock(sizes: [14], lines: 1, gap: 6, ink: .quiet),
      tag: language.rawValue
    )
    y += 16
  }

  /// Programme, numbers and dates.
  mutating func table() {
    let programme = facts.programme.best(for: language)?.text ?? ""
    var rows: [(ArtworkText, String, TextFit.Face)] = [
      (.underProgramme, programme, .sans), (.certificateNumber, facts.badge.id.display, .mono),
      (.registerNumber, facts.registerNumber, .sans),
    ]
    if let number = facts.membershipNumber { rows.append((.membershipNumber, number, .sans)) }
    if let since = facts.memberSince { rows.append((.memberSince, since.description, .sans)) }
    rows.append((.validFrom, facts.validFrom.description, .sans))
    rows.append((.validUntil, facts.validUntil.description, .sans))
    // Long names above leave less room for the rows.
    let step = y > 400 ? 19.0 : y > 350 ? 22 : 26
    for (label, value, face) in rows {
      canvas.rule(x: left, y: y, width: inner)
      let fit = TextFit.fit(value, width: inner * 0.62, sizes: [13, 12, 11, 10], lines: 1, face: face)
      quiet(label.printed(language), y: y + step * 0.69, size: 12)
      let column = rightToLeft ? start - inner * 0.36 : start + inner * 0.36
      canvas.text(
        fit.lines[0],
        x: column,
        y: y + step * 0.69,
        style: TextStyle(size: fit.size, edge: startEdge, face: face, paper: true)
      )
      y += step
    }
    canvas.rule(x: left, y: y, width: inner)
  }

  /// The registered pages.
  mutating func pages() {
    let registered = facts.badge.registered
    guard !registered.isEmpty else { return }
    y += 20
    quiet(ArtworkText.registeredPages.printed(language), y: y, size: 12)
    var shown = 0
    // Room ends where the foot begins; addresses are never cut, so one that does not fit is counted instead.
    for address in registered.prefix(MembershipCertificate.maxPages) {
      let lines = TextFit.wrapAddress(address, width: inner, size: 11)
      guard y + 15 * Double(lines.count) < (shown + 1 == registered.count ? 647 : 630) else { continue }
      for line in lines {
        y += 15
        canvas.text(line, x: start, y: y, style: TextStyle(size: 11, edge: startEdge, face: .mono))
      }
      shown += 1
    }
    if shown < registered.count {
      let more = ArtworkText.morePages.printed(language, [("count", String(registered.count - shown))])
      quiet(more, y: y + 16, size: 11)
    }
  }

  /// The symbol, the address to type, and what a certificate does not say.
  mutating func foot() throws(ArtworkRejection) {
    let code = try QRCode(facts.badge.id, verifyHost: facts.badge.verifyHost)
    let module = 116.0 / Double(code.width + 2 * QRCode.quietZone)
    let top = 656.0
    // The symbol stands at the end of the line, the words at its beginning.
    let side = canvas.code(code, x: rightToLeft ? left - 8 : left + inner - 108, y: top, module: module)
    let room = inner - side - 4
    y = top + 2
    func add(_ text: String, size: Double, face: TextFit.Face = .sans, ink: Ink = .text, tag: String?) {
      for line in TextFit.wrap(text, width: room, size: size, face: face) {
        y += size * 1.38
        canvas.text(
          line,
          x: start,
          y: y,
          style: TextStyle(size: size, edge: startEdge, face: face, ink: ink, language: tag, paper: true)
        )
      }
    }
    add(ArtworkText.checkAt.printed(language), size: 10.5, ink: .quiet, tag: language.rawValue)
    for line in TextFit.wrapAddress(BadgeLink.url(facts.badge.id, host: facts.badge.verifyHost), width: room, size: 10)
    {
      y += 14
      canvas.text(line, x: start, y: y, style: TextStyle(size: 10, edge: startEdge, face: .mono))
    }
    y += 1
    add(
      ArtworkText.addressMustBegin.printed(language, [("host", facts.badge.verifyHost)]),
      size: 10.5,
      face: .bold,
      tag: language.rawValue
    )
    y += 4
    add(ArtworkText.paperProvesNothing.printed(language), size: 9, ink: .quiet, tag: language.rawValue)
    let limits: [PageText] = [.notQuality, .notPrices, .notPayment, .notOtherShops]
    add(
      limits.map { $0.printed(language) }.joined(separator: language == .zh ? "" : " "),
      size: 9,
      ink: .quiet,
      tag: language.rawValue
    )
  }
}
