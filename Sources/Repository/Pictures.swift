internal import Credentials

/// What an uploaded picture turns out to be.
enum Pictures {
  /// What is in a picture.
  enum Finding {
    case token([UInt8])
    case document([UInt8])
    case nothing
    case damaged(String)
    case noPicture
  }

  static func read(_ bytes: [UInt8]) -> Finding {
    do throws(BakingRejection) {
      guard let picture = try Picture.read(bytes) else { return looksLikeOther(bytes) ? .nothing : .noPicture }
      switch picture.content {
      case .token(let token)?: return .token(token)
      case .document(let document)?: return .document(document)
      case nil: return .nothing
      }
    } catch { return .damaged(error.description) }
  }

  /// JPEG, GIF, WebP, AVIF, BMP: pictures that cannot carry a credential, most often a copy of one that did.
  static func looksLikeOther(_ bytes: [UInt8]) -> Bool {
    let starts: [[UInt8]] = [[0xFF, 0xD8, 0xFF], Array("GIF8".utf8), Array("BM".utf8)]
    if starts.contains(where: { bytes.starts(with: $0) }) { return true }
    return bytes.starts(with: Array("RIFF".utf8)) && bytes.dropFirst(8).starts(with: Array("WEBP".utf8))
      || bytes.dropFirst(4).starts(with: Array("ftyp".utf8))
  }
}
