/// Why nothing was drawn. The first five are about what was given to us, the last two about us.
package enum ArtworkRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// `at`: the byte offset of what is refused.
  case textRefused(field: String, why: TextRejection, at: Int)
  case languageTagRefused(field: String)
  /// A printed address or host holds something else than visible ASCII, or is empty or too long.
  case addressRefused(field: String)
  /// Not a compact token (base64url and full stops), or longer than a page reader reads.
  case tokenRefused
  /// The picture or the symbol would exceed its limit.
  case tooLarge(what: String, size: Int, max: Int)
  case codeFailed
  case renderingFailed(RenderingStage)

  package var description: String {
    switch self {
    case .textRefused(let field, let why, let at): "\(field) \(why.words) (at byte \(at))"
    case .languageTagRefused(let field): "\(field) has no valid language"
    case .addressRefused(let field): "\(field) is empty, too long, or holds more than printable ASCII"
    case .tokenRefused: "the token is too long, or not a compact token"
    case .tooLarge(let what, let size, let max): "\(what) would be \(size), and \(max) is the most"
    case .codeFailed: "the QR code could not be made"
    case .renderingFailed(let stage): "the renderer failed (\(stage.rawValue))"
    }
  }
}

/// What is wrong with a text that was to be printed.
package enum TextRejection: String, Hashable, Sendable {
  case empty, tooLong, control, bidiControl, notXML

  fileprivate var words: String {
    switch self {
    case .empty: "is empty"
    case .tooLong: "is too long"
    case .control: "holds a control character"
    case .bidiControl: "holds a hidden direction control"
    case .notXML: "holds a character that XML does not allow"
    }
  }
}

/// Where librsvg or cairo failed.
package enum RenderingStage: String, Hashable, Sendable {
  case parse, surface, render, write, memory
}
