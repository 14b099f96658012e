import CRSVG
import Encodings
import Synchronization

/// Our own drawings as PNG and PDF. Only a `Drawing` can be rendered, never SVG from outside.
package enum Renderer {
  /// 16 MiB of pixels; a card at 2x needs 5.
  package static let maxPixels = 4 << 20

  /// cairo 1.16 crashes now and then when one thread draws a picture while another writes the fonts of a document; a
  /// PNG alone can be drawn by several, but a crash is not worth the second core.
  private static let oneAtATime = Mutex(())

  /// Same facts, same bytes, on every machine that has the packages: fonts are found by their files, and what
  /// fontconfig was told to prefer is not asked. Where none of the files is, the machine draws with what it has.
  private static let areFontsOurs =
    khatm_use_fonts(
      """
      <?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
      <fontconfig>
        <!-- Debian's fonts-noto-core and fonts-noto-cjk. -->
        <dir>/usr/share/fonts/truetype/noto</dir>
        <dir>/usr/share/fonts/opentype/noto</dir>
        <cachedir>/var/cache/fontconfig</cachedir>
        <cachedir prefix="xdg">fontconfig</cachedir>
        <selectfont>
          <rejectfont><glob>*</glob></rejectfont>
          <acceptfont>
            <glob>*/NotoSans*-Regular.tt?</glob>
            <glob>*/NotoSans*-Bold.tt?</glob>
            <glob>*/NotoKufiArabic-*.ttf</glob>
          </acceptfont>
        </selectfont>
      </fontconfig>
      """
    ) == 0

  /// One at a time, with our fonts.
  private static func draw<T>(_ body: () -> sending T) -> sending T {
    oneAtATime.withLock { _ in
      _ = areFontsOurs
      return body()
    }
  }

  /// - Parameter scale: 1 or 2 (screens), up to 4 (paper).
  package static func png(_ drawing: Drawing, scale: Int = 1) throws(ArtworkRejection) -> [UInt8] {
    let scale = min(max(scale, 1), 4)
    let width = drawing.width * scale
    let height = drawing.height * scale
    guard width * height <= maxPixels else { throw .tooLarge(what: "png", size: width * height, max: maxPixels) }
    let (code, bytes) = draw {
      let sink = Sink()
      let code = drawing.svg.withUnsafeBufferPointer {
        khatm_svg_to_png(
          $0.baseAddress,
          $0.count,
          Int32(width),
          Int32(height),
          Sink.write,
          Unmanaged.passUnretained(sink).toOpaque()
        )
      }
      return withExtendedLifetime(sink) { (code, sink.bytes) }
    }
    try check(code)
    return bytes
  }

  /// One drawing a page. The same arguments give the same bytes: the time is the caller's.
  static func pdf(_ pages: [Drawing], title: String, author: String, created: Instant) throws(ArtworkRejection)
    -> [UInt8]
  {
    guard let first = pages.first else { throw .tooLarge(what: "pages", size: 0, max: 0) }
    let (code, bytes) = draw { () -> (Int32, [UInt8]) in
      let sink = Sink()
      guard
        let pdf = khatm_pdf_begin(
          Double(first.width),
          Double(first.height),
          title,
          author,
          created.description,
          Sink.write,
          Unmanaged.passUnretained(sink).toOpaque()
        )
      else { return (Int32(KHATM_SVG_MEMORY), []) }
      var code: Int32 = 0
      for page in pages where code == 0 {
        code = page.svg.withUnsafeBufferPointer { khatm_pdf_page(pdf, $0.baseAddress, $0.count) }
      }
      // Always ended: it is what frees the document.
      let ended = khatm_pdf_end(pdf)
      return withExtendedLifetime(sink) { (code == 0 ? ended : code, sink.bytes) }
    }
    try check(code)
    return bytes
  }

  private static func check(_ code: Int32) throws(ArtworkRejection) {
    switch code {
    case 0: return
    case 1: throw .renderingFailed(.parse)
    case 2: throw .renderingFailed(.surface)
    case 3: throw .renderingFailed(.render)
    case 4: throw .renderingFailed(.write)
    default: throw .renderingFailed(.memory)
    }
  }
}

/// Where cairo writes. It lives longer than the call it is lent to; C keeps no reference after that call.
private final class Sink {
  /// Owned by cairo while it writes, then by the caller.
  var bytes: [UInt8] = []

  static let write: khatm_sink = { context, bytes, length in
    guard let context, let bytes else { return 1 }
    let sink = Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue()
    sink.bytes += UnsafeBufferPointer(start: bytes, count: Int(length))
    return 0
  }
}
