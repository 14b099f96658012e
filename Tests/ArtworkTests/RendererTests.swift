import Encodings
import Foundation
import Messages
import Testing

@testable import Artwork

/// Pictures and documents, opened by other programs.
@Suite struct RendererTests {
  private func size(_ png: [UInt8]) -> (Int, Int) {
    func number(_ at: Int) -> Int { png[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) } }
    return (number(16), number(20))
  }

  @Test func onceAndTwice() throws {
    let drawing = try Badge.draw(Samples.short(), form: .compact, language: .ar)
    for scale in [1, 2] {
      let png = try Renderer.png(drawing, scale: scale)
      #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
      #expect(size(png) == (200 * scale, 64 * scale))
    }
  }

  @Test func everyPictureRenders() throws {
    for (name, drawing) in try Samples.everything() {
      let png = try Renderer.png(drawing)
      #expect(png.count > 500 && size(png) == (drawing.width, drawing.height), "\(name)")
    }
  }

  @Test func sameBytesOnFourThreads() async throws {
    let drawing = try Badge.draw(Samples.long(), form: .wide, language: .ar)
    let expected = try Renderer.png(drawing)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        // a thrown error is a difference too
        group.addTask { (0..<4).allSatisfy { _ in (try? Renderer.png(drawing)) == expected } }
      }
      for await same in group { #expect(same) }
    }
  }

  @Test func limitsAndBrokenDrawings() throws {
    let huge = Drawing(svg: Array("<svg xmlns=\"http://www.w3.org/2000/svg\"/>".utf8), width: 4_096, height: 4_096)
    #expect(throws: ArtworkRejection.tooLarge(what: "png", size: 16_777_216, max: Renderer.maxPixels)) {
      try Renderer.png(huge)
    }
    let broken = Drawing(svg: Array("<svg".utf8), width: 10, height: 10)
    #expect(throws: ArtworkRejection.renderingFailed(.parse)) { try Renderer.png(broken) }
    #expect(throws: ArtworkRejection.renderingFailed(.parse)) {
      try Renderer.pdf([broken], title: "", author: "", created: Samples.created)
    }
    #expect(throws: ArtworkRejection.self) { try Renderer.pdf([], title: "", author: "", created: Samples.created) }
  }

  /// Without a base address librsvg opens nothing; only our own drawings come here, and this is the second door.
  @Test("A87 nothing is loaded from outside") func noOutsideFiles() throws {
    let secret = try withFile(try Renderer.png(Badge.draw(Samples.short(), form: .compact, language: .en)), "x.png") {
      path in
      let image = "<image href=\"file://\(path)\" width=\"50\" height=\"20\"/>"
      let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"50\" height=\"20\">\(image)</svg>"
      return try Renderer.png(Drawing(svg: Array(svg.utf8), width: 50, height: 20))
    }
    let empty = Drawing(
      svg: Array("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"50\" height=\"20\"/>".utf8),
      width: 50,
      height: 20
    )
    #expect(try secret == Renderer.png(empty))
  }
}

/// The printed certificate: every text comes out of the PDF in its order.
@Suite struct MembershipCertificateTests {
  /// Text as a program takes it out, without the marks that only say how to lay it out.
  private func text(_ pdf: [UInt8], page: Int) throws -> String? {
    let out = try withFile(pdf, "c.pdf") { try run("pdftotext", ["-f", String(page), "-l", String(page), $0, "-"]) }
    return out.map { text in
      String(
        String.UnicodeScalarView(
          text.unicodeScalars.filter { !(0x202A...0x202E).contains($0.value) && $0.value != 0x200D }
        )
      )
    }
  }

  private func hasFonts() throws -> Bool {
    guard let list = try run("fc-list", [":", "family"]) else { return false }
    for family in ["Noto Sans", "Noto Kufi Arabic", "Noto Sans Mono", "Noto Sans CJK SC"] where !list.contains(family) {
      print("skipped: the font \(family) is not installed")
      return false
    }
    return true
  }

  @Test func sameFactsAndTimeSameBytes() throws {
    let facts = try Samples.certificate(Samples.short())
    let first = try MembershipCertificate.pdf(facts, created: Samples.created)
    #expect(first.starts(with: Array("%PDF-1.5".utf8)))
    #expect(try MembershipCertificate.pdf(facts, created: Samples.created) == first)
    #expect(try MembershipCertificate.pdf(facts, created: Instant(seconds: 1_795_335_301)) != first)
    guard let info = try withFile(first, "c.pdf", body: { try run("pdfinfo", ["-isodates", $0]) }) else { return }
    #expect(
      info.contains("CreationDate:    2026-11-22T") && info.contains("Pages:           2")
        && info.contains("595 x 842 pts (A4)")
    )
  }

  @Test func arabicAndEnglishComeOutInOrder() throws {
    guard try hasFonts() else { return }
    let pdf = try MembershipCertificate.pdf(Samples.certificate(Samples.short()), created: Samples.created)
    guard let arabic = try text(pdf, page: 1), let english = try text(pdf, page: 2) else { return }
    for expected in [
      "شركة النور للتجارة ذ.م.م", "Al Noor Trading LLC", "غرفة المثال", "Example Chamber", "شهادة عضوية",
      "العضوية الموثوقة", "رقم الشهادة",
      "7Q2M-4XW9-K3PD-T5HB-PA", "NTRAE+DU-1256293", "2019-03-04", "2027-10-31", "https://alnoor.example/",
      "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA",
    ] {
      #expect(arabic.contains(expected), "\(expected)")
    }
    for expected in [
      "Certificate of Membership", "Example Chamber certifies that", "Al Noor Trading LLC",
      "is a member of the chamber", "Trusted Membership",
      "NTRAE+DU-1256293", "Valid until", "2027-10-31", "https://alnoor.example/",
      "The address must begin with khatm.example", "شركة النور للتجارة",
    ] {
      #expect(english.contains(expected), "\(expected)")
    }
  }

  /// Words that the glyphs of other fonts would tear apart or turn round.
  @Test(arguments: [
    "مؤسسة عبد الله الأحمد وأولاده", "شركة الإمارات للمقاولات", "مصنع الأدوية والأغذية", "شركة الخليج ش.م.ع",
    "غرفة تجارة وصناعة رأس الخيمة",
    "النور – فرع دبي",
  ])
  func arabicNames(_ name: String) throws {
    guard try hasFonts() else { return }
    let facts = try BadgeFacts(
      chamberNames: Samples.names(("en", "Example Chamber"), ("ar", "غرفة المثال")),
      id: Samples.id(),
      verifyHost: "khatm.example",
      memberNames: Samples.names(("ar", name)),
      registered: ["https://alnoor.example/"]
    )
    let pdf = try MembershipCertificate.pdf(Samples.certificate(facts), languages: [.ar], created: Samples.created)
    guard let page = try text(pdf, page: 1) else { return }
    #expect(page.contains(name), "\(page)")
  }

  @Test func chineseAndFrenchPages() throws {
    guard try hasFonts() else { return }
    let pdf = try MembershipCertificate.pdf(
      Samples.certificate(Samples.long()),
      languages: [.zh, .fr],
      created: Samples.created
    )
    guard let chinese = try text(pdf, page: 1), let french = try text(pdf, page: 2) else { return }
    #expect(chinese.contains("会员证书") && chinese.contains("哈伊马角商会") && chinese.contains("海湾国际贸易承包有限责任公司"))
    #expect(french.contains("Certificat d’adhésion") && french.contains("Numéro du certificat"))
  }

  @Test func fontsAreEmbedded() throws {
    guard try hasFonts() else { return }
    let facts = try Samples.certificate(Samples.long(), isSample: true)
    let pdf = try MembershipCertificate.pdf(facts, languages: Language.allCases, created: Samples.created)
    guard let list = try withFile(pdf, "c.pdf", body: { try run("pdffonts", [$0]) }) else { return }
    let rows = list.split(separator: "\n").dropFirst(2)
    #expect(rows.count >= 5)
    for row in rows {
      // Name, type (one or two words), encoding, emb, sub, uni, object.
      let words = row.split(separator: " ")
      #expect(words[0].contains("+Noto"), "a font nobody named: \(row)")
      #expect(words.suffix(5).prefix(3).allSatisfy { $0 == "yes" }, "\(row)")
    }
  }

  /// Every word lies inside the frame, also when every line is full.
  @Test(arguments: Language.allCases) func nothingLeavesTheFrame(_ language: Language) throws {
    guard try hasFonts() else { return }
    for facts in [try Samples.short(), try Samples.long()] {
      let pdf = try MembershipCertificate.pdf(
        Samples.certificate(facts),
        languages: [language],
        created: Samples.created
      )
      guard let boxes = try withFile(pdf, "c.pdf", body: { try run("pdftotext", ["-bbox", $0, "-"]) }) else { return }
      var words = 0
      for line in boxes.split(separator: "\n") where line.contains("<word ") {
        words += 1
        let numbers = line.split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }.compactMap {
          Double($0.element)
        }
        #expect(numbers.count == 4)
        #expect(numbers[0] >= 38 && numbers[2] <= 557 && numbers[1] >= 38 && numbers[3] <= 806, "\(line)")
      }
      #expect(words > 30)
    }
  }

  @Test func theSampleMarkIsTheOnlyDifference() throws {
    let facts = try Samples.short()
    for language in Language.allCases {
      let pages = try [false, true].map {
        try MembershipCertificate.page(Samples.certificate(facts, isSample: $0), language: language)
      }
      let plain = try #require(ParsedSVG(pages[0].svg)).texts
      let marked = try #require(ParsedSVG(pages[1].svg)).texts
      #expect(marked.filter { !plain.contains($0) } == [Catalogue.sentence(ArtworkText.sample, language: language)])
    }
  }

  @Test func unsignedOnPurpose() throws {
    let pdf = try MembershipCertificate.pdf(Samples.certificate(Samples.short()), created: Samples.created)
    guard let signatures = try withFile(pdf, "c.pdf", body: { try run("pdfsig", [$0]) }) else { return }
    #expect(!signatures.contains("Signature #1"))
  }
}
