/// Credentials in SVG (Open Badges 3.0, 5.3.2): one element `credential` of the Open Badges namespace directly under
/// the root.
///
/// The prefix means nothing, the namespace everything. The picture is read to its end as XML; it is never drawn from
/// here.
public enum BakingSVG {
  public static let maxBytes = XMLReader.maxBytes
  static let svg = XMLReader.Name(namespace: Array("http://www.w3.org/2000/svg".utf8), local: Array("svg".utf8))
  static let credential = XMLReader.Name(
    namespace: Array("https://purl.imsglobal.org/ob/v3p0".utf8),
    local: Array("credential".utf8)
  )
  static let legacyAssertion = XMLReader.Name(
    namespace: Array("http://openbadges.org".utf8),
    local: Array("assertion".utf8)
  )
  static let verify = XMLReader.Name(namespace: [], local: Array("verify".utf8))
  static let prefix = Array("openbadges".utf8)

  /// Puts a compact token into a picture that has none.
  public static func bake(token: [UInt8], into svg: [UInt8]) throws(BakingRejection) -> [UInt8] {
    try bake(.token(token), into: svg)
  }

  /// Puts a credential in as the first child of the root: a token into the attribute `verify`, a document into CDATA.
  public static func bake(_ content: BakedContent, into svg: [UInt8]) throws(BakingRejection) -> [UInt8] {
    try content.checked()
    let walk = try Walk(svg)
    guard walk.content == nil else { throw BakingRejection(.alreadyBaked, at: 0) }
    guard !walk.root.isEmpty else { throw BakingRejection(.svgRoot, at: walk.root.start) }
    var baked = Array(svg[..<walk.root.nameEnd])
    if let bound = walk.boundPrefix {
      guard bound == credential.namespace else { throw BakingRejection(.svgPrefixTaken, at: walk.root.start) }
    } else {
      baked += Array(" xmlns:openbadges=\"".utf8) + credential.namespace + Array("\"".utf8)
    }
    baked += svg[walk.root.nameEnd..<walk.root.end]
    baked += element(content)
    baked += svg[walk.root.end...]
    // Reads its own work: a character that JSON allows and XML does not is found here, and the size.
    guard try extract(baked) == content else { throw BakingRejection(.contentUnknown, at: 0) }
    return baked
  }

  /// The credential in a picture; nil: a whole SVG without one.
  public static func extract(_ svg: [UInt8]) throws(BakingRejection) -> BakedContent? { try read(svg).content }

  /// Reads the picture as XML to its last byte.
  static func read(_ svg: [UInt8]) throws(BakingRejection) -> Picture {
    guard looksLikeXML(svg) else { throw BakingRejection(.notAPicture, at: 0) }
    let walk = try Walk(svg)
    return Picture(format: .svg, content: walk.content, hasLegacyAssertion: walk.hasLegacyAssertion)
  }

  /// After an optional byte order mark and white space: `<`.
  static func looksLikeXML(_ bytes: [UInt8]) -> Bool {
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    return body.first { !BakedContent.isSpace($0) } == UInt8(ascii: "<")
  }

  private static func element(_ content: BakedContent) -> [UInt8] {
    switch content {
    case .token(let token):
      return Array("<openbadges:credential verify=\"".utf8) + token + Array("\"></openbadges:credential>".utf8)
    case .document(let json):
      var text: [UInt8] = []
      for byte in json {
        text.append(byte)
        // CDATA cannot hold `]]>`: it ends between the brackets and the `>`, and another begins.
        if text.suffix(2).elementsEqual("]]".utf8) { text += Array("]]><![CDATA[".utf8) }
      }
      return Array("<openbadges:credential><![CDATA[".utf8) + text + Array("]]></openbadges:credential>".utf8)
    }
  }
}

/// One pass over the whole picture.
private struct Walk {
  private(set) var root: XMLReader.Element
  /// What the prefix of Open Badges means at the root.
  private(set) var boundPrefix: [UInt8]?
  private(set) var content: BakedContent?
  private(set) var hasLegacyAssertion = false

  /// Walks the whole picture, also behind the credential: a second one must be found.
  init(_ svg: [UInt8]) throws(BakingRejection) {
    var reader = try XMLReader(svg)
    guard case .start(let root)? = try reader.next(), root.name == BakingSVG.svg else {
      throw BakingRejection(.svgRoot, at: 0)
    }
    self.root = root
    boundPrefix = root.isEmpty ? nil : reader.namespace(of: BakingSVG.prefix)
    while let event = try reader.next() {
      guard case .start(let element) = event else { continue }
      if element.name == BakingSVG.legacyAssertion { hasLegacyAssertion = true }
      guard element.name == BakingSVG.credential else { continue }
      guard element.depth == 2 else { throw BakingRejection(.credentialMisplaced, at: element.start) }
      guard content == nil else { throw BakingRejection(.severalCredentials, at: element.start) }
      content = try Self.content(of: element, &reader)
    }
  }

  /// The token in `verify`, or the JSON between the tags; both at once could be two credentials.
  private static func content(of element: XMLReader.Element, _ reader: inout XMLReader) throws(BakingRejection)
    -> BakedContent
  {
    var text: [UInt8] = []
    reading: while let event = try reader.next() {
      switch event {
      case .start(let inner): throw BakingRejection(.credentialHasElements, at: inner.start)
      case .text(let part, _): text += part
      case .end: break reading
      }
    }
    let hasText = !text.allSatisfy(BakedContent.isSpace)
    guard let token = element.attributes[BakingSVG.verify] else {
      let content = try BakedContent(reading: text, at: element.end)
      guard case .document = content else { throw BakingRejection(.contentUnknown, at: element.end) }
      return content
    }
    guard !hasText else { throw BakingRejection(.credentialTwice, at: element.end) }
    let content = try BakedContent(reading: token, at: element.nameEnd)
    guard case .token = content else { throw BakingRejection(.contentUnknown, at: element.nameEnd) }
    return content
  }
}
