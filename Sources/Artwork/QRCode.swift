import CQR
package import Encodings
import Synchronization

/// A QR symbol (ISO/IEC 18004), correction level M.
package struct QRCode: Sendable, Hashable {
  /// Modules on each side: 17 + 4 × version.
  package let width: Int
  /// Row by row; true is dark.
  let modules: [Bool]

  /// Small enough to stay readable at 20 mm: version 4.
  package static let maxVersion = 4
  /// White modules around the symbol; readers need them (ISO/IEC 18004, 6.3.8).
  package static let quietZone = 4

  /// libqrencode does not say that it may be used by two threads at once.
  private static let oneAtATime = Mutex(())

  /// The symbol of a badge link, in upper case: the alphanumeric mode needs 5.5 bits a character instead of 8.
  package init(_ id: CredentialID, verifyHost: String) throws(ArtworkRejection) {
    try PrintedAddress.checkHost(verifyHost, field: "verifyHost")
    try self.init(text: BadgeLink.qrURL(id, host: verifyHost))
  }

  /// The symbol of another address of ours, for example the one that repeats a check.
  package init(text: String, maxVersion: Int = QRCode.maxVersion) throws(ArtworkRejection) {
    try PrintedAddress.check(text, field: "qr")
    let limit = 17 + 4 * min(max(maxVersion, 1), 40)
    var bytes = [UInt8](repeating: 0, count: 177 * 177)
    let width = Self.oneAtATime.withLock { _ in
      bytes.withUnsafeMutableBufferPointer { Int(khatm_qr_modules(text, $0.baseAddress, $0.count)) }
    }
    guard width >= 0 else { throw .codeFailed }
    guard width > 0, width <= limit else { throw .tooLarge(what: "qr", size: width, max: limit) }
    self.width = width
    modules = bytes.prefix(width * width).map { $0 == 1 }
  }

  package var version: Int { (width - 17) / 4 }

  package subscript(row: Int, column: Int) -> Bool { modules[row * width + column] }

  /// One path; dark modules side by side are one rectangle, so that no seam shows between them.
  func path(x: Double, y: Double, module: Double) -> Markup {
    var path = Markup()
    for row in 0..<width {
      var column = 0
      while column < width {
        guard self[row, column] else {
          column += 1
          continue
        }
        let start = column
        while column < width, self[row, column] { column += 1 }
        path.raw("M")
        path.number(x + Double(start) * module)
        path.raw(" ")
        path.number(y + Double(row) * module)
        path.raw("h")
        path.number(Double(column - start) * module)
        path.raw("v")
        path.number(module)
        path.raw("h")
        path.number(Double(start - column) * module)
        path.raw("z")
      }
    }
    return path
  }

  /// The symbol alone, with its quiet zone. - Parameter module: pixels a module; screens need 4.
  package func draw(module: Int = 6, title: String) throws(ArtworkRejection) -> Drawing {
    let side = Double((width + 2 * Self.quietZone) * module)
    var canvas = Canvas(width: side)
    canvas.rect(Box(x: 0, y: 0, width: side, height: side), fill: .paper)
    canvas.code(self, x: 0, y: 0, module: Double(module))
    return try canvas.drawing(height: side, title: title, language: "en", maxBytes: QRCard.maxBytes)
  }
}

extension Canvas {
  /// With its quiet zone in white; black on white, nothing laid over it. Returns the side of the whole.
  @discardableResult
  mutating func code(_ code: QRCode, x: Double, y: Double, module: Double) -> Double {
    let side = Double(code.width + 2 * QRCode.quietZone) * module
    let inset = Double(QRCode.quietZone) * module
    rect(Box(x: x, y: y, width: side, height: side), fill: .paper)
    path(code.path(x: x + inset, y: y + inset, module: module), fill: .text)
    return side
  }
}
