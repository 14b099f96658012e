/// Why nothing was drawn. The first five are about what was given to us, the last two about us.
package enum ArtworkRejection: Error, Hashable, Sendable {
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
}

package enum TextRejection: String, Hashable, Sendable {
  case empty, tooLong, control, bidiControl, notXML
}

package enum RenderingStage: String, Hashable, Sendable {
  case parse, surface, render, write, memory
}
