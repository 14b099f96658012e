import Encodings
import Foundation
import Messages
import Testing

@testable import Artwork

/// Symbols, decoded by another program.
@Suite struct QRCodeTests {
  static let link = "HTTPS://KHATM.EXAMPLE/C/7Q2M4XW9K3PDT5HBPA"

  @Test func smallSymbol() throws {
    let code = try QRCode(Samples.id(), verifyHost: "khatm.example")
    #expect(Self.link.utf8.count <= 49 && code.version == 3 && code.width == 29)
    // The three finder patterns, and the module that is always dark (ISO/IEC 18004, 7.9).
    for (row, column) in [(0, 0), (0, 22), (22, 0)] {
      for index in 0..<7 {
        #expect(code[row, column + index] && code[row + index, column] && code[row + 6, column + index])
      }
      #expect(!code[row + 1, column + 1] && code[row + 3, column + 3])
    }
    #expect(!code[22, 22] || !code[23, 23])
    #expect(code[4 * 3 + 9, 8])
  }

  @Test func limits() throws {
    // 90 alphanumeric characters are what version 4 at level M holds.
    #expect(try QRCode(text: String(repeating: "A", count: 90)).version == 4)
    #expect(throws: ArtworkRejection.tooLarge(what: "qr", size: 37, max: 33)) {
      try QRCode(text: String(repeating: "A", count: 91))
    }
    #expect(throws: ArtworkRejection.addressRefused(field: "qr")) {
      try QRCode(text: String(repeating: "A", count: 8_000))
    }
    #expect(throws: ArtworkRejection.addressRefused(field: "qr")) { try QRCode(text: "") }
    #expect(throws: ArtworkRejection.addressRefused(field: "qr")) { try QRCode(text: "https://a.example/\u{0}") }
    #expect(throws: ArtworkRejection.addressRefused(field: "verifyHost")) {
      try QRCode(Samples.id(), verifyHost: "KHATM.example")
    }
    let check = "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA?page=" + String(repeating: "a", count: 150)
    #expect(try QRCode(text: check, maxVersion: 40).version > 4)
  }

  @Test func drawnWithItsQuietZone() throws {
    let drawing = try QRCode(Samples.id(), verifyHost: "khatm.example").draw(module: 4, title: "QR")
    #expect(drawing.width == 4 * 37 && drawing.height == 4 * 37)
    let path = try #require(ParsedSVG(drawing.svg)?.elements.first { $0.name == "path" }?.attributes["d"])
    // Every rectangle lies inside the quiet zone.
    for move in path.split(separator: "M") {
      let place = try #require(move.split(separator: "h").first).split(separator: " ").compactMap { Int($0) }
      #expect(place.count == 2 && place.allSatisfy { (16...(4 * 33 - 4)).contains($0) })
    }
  }

  @Test func fourThreadsOneAnswer() async throws {
    let expected = try QRCode(Samples.id(), verifyHost: "khatm.example")
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        // a thrown error is a difference too
        group.addTask { (0..<50).allSatisfy { _ in (try? QRCode(text: Self.link)) == expected } }
      }
      for await same in group { #expect(same) }
    }
  }

  private func decoded(_ drawing: Drawing, scale: Int = 1) throws -> String? {
    let png = try Renderer.png(drawing, scale: scale)
    return try withFile(png, "code.png") { try run("zbarimg", ["--raw", "-q", $0]) }
  }

  @Test func zbarReadsEveryPicture() throws {
    var drawings = [try QRCode(Samples.id(), verifyHost: "khatm.example").draw(module: 4, title: "QR")]
    for language in Language.allCases {
      drawings.append(try QRCard.draw(Samples.short(), language: language))
    }
    for drawing in drawings {
      guard let text = try decoded(drawing) else { return }
      #expect(text == Self.link + "\n")
    }
    let page = try MembershipCertificate.page(Samples.certificate(Samples.long(), isSample: true), language: .ar)
    #expect(try decoded(page, scale: 2) == "HTTPS://VERIFY.CHAMBERS-OF-COMMERCE.EXAMPLE/C/7Q2M4XW9K3PDT5HBPA\n")
  }

  /// As a phone sees it: half as large, and out of focus. (The blurred copies are made here; no product code draws
  /// filters.)
  @Test(arguments: [(1.0, 1.5), (0.5, 0), (0.5, 1.2), (0.5, 2)]) func zbarReadsHalfSizeAndBlur(
    _ size: Double,
    _ blur: Double
  ) throws {
    let card = try QRCard.draw(Samples.short(), language: .en)
    let svg = String(decoding: card.svg, as: UTF8.self)
    let tag = try #require(svg.range(of: ">"))
    let width = Int(Double(card.width) * size)
    let height = Int(Double(card.height) * size)
    let view = "viewBox=\"0 0 \(card.width) \(card.height)\""
    let filter =
      blur > 0 ? "<filter id=\"b\"><feGaussianBlur stdDeviation=\"\(blur)\"/></filter><g filter=\"url(#b)\">" : "<g>"
    let changed =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" \(view)>\(filter)"
      + svg[tag.upperBound...].replacing("</svg>", with: "</g></svg>")
    let drawing = Drawing(svg: Array(changed.utf8), width: width, height: height)
    guard let text = try decoded(drawing) else { return }
    #expect(text == Self.link + "\n")
  }
}
