/// Why a page is not read. A rejection is about the page and becomes a reason of a verdict.
public enum PageRejection: Error, Hashable, Sendable {
  /// Which of the limits of a scan the page would exceed.
  public enum Limit: String, Hashable, Sendable { case tags, attributes, work, addresses, hosts }
  /// `page_too_large`
  case tooLarge(limit: Int)
  /// `page_too_complex`
  case tooComplex(Limit)
  /// `charset_unsupported`; the label in printable ASCII
  case charsetUnsupported(String)

  /// The reason code; it never changes its meaning.
  public var code: String {
    switch self {
    case .tooLarge: "page_too_large"
    case .tooComplex: "page_too_complex"
    case .charsetUnsupported: "charset_unsupported"
    }
  }
}
