import Encodings

/// One pass over a decoded page: collects what may be a link of ours, judges it only at the end, when `<base>` is
/// known.
struct LinkScannerPass {
  /// An `href` that may lead to our host. The tag is read again when it does: few of them do.
  struct Candidate {
    var tag: Int
    var value: Range<Int>
    var kind: FoundLink.Kind
    var context: LinkContext
    var flags: HTMLTree.Flags
    var isMath: Bool
    var isRelative: Bool
    var dropsSuspect: Bool
  }

  let bytes: UnsafeBufferPointer<UInt8>
  let options: ScanOptions
  private let names = HTMLElementNames.shared
  private let claims: [ByteSearch]
  let mentions: HostMentions
  var hosts: HostClassifier

  private(set) var candidates: [Candidate] = []
  private var addresses = 0
  /// Found and finished, with their places.
  var found: [(offset: Int, link: FoundLink)] = []
  private var ignored = 0
  private(set) var base: ResolvedURL?
  private(set) var notExamined = PageScan.NotExamined()
  private(set) var refresh: [UInt8]?
  private(set) var picture: [UInt8]?
  private(set) var claim: Text?
  private(set) var inScript = false
  private(set) var depthLimitReached = false
  private var tags = 0
  private var jsonLDBlocks = 0
  private(set) var work = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>, options: ScanOptions) {
    self.bytes = bytes
    self.options = options
    let host = options.verifyHost.utf8.map(HTMLByte.lower)
    claims = options.programmeWords.filter { !$0.isEmpty }.map { ByteSearch($0.bytes) }
    mentions = HostMentions(bytes, host: host)
    hosts = HostClassifier(verifyHost: host)
  }

  /// Reads a range as markup.
  /// - Parameter noscript: what surrounds it, when it is the content of a `noscript`. Browsers that run scripts end
  ///   such an element at the first `</noscript`, whatever stands before it; so its content is cut out first, and then
  ///   read on its own.
  mutating func run(_ range: Range<Int>, noscript: HTMLTree.Flags?) throws(PageRejection) {
    var tokenizer = HTMLTokenizer(bytes, range: range, maxAttributes: ScanLimits.attributes)
    var tree = HTMLTree(fragment: noscript)
    var raw: RawElement?
    while true {
      tokenizer.cdataAllowed = tree.cdataAllowed
      let kind = tokenizer.next()
      switch kind {
      case .end:
        work += range.count + tree.steps
        depthLimitReached = depthLimitReached || tree.limitReached
        return
      case .text:
        if let raw {
          try content(of: raw, tokenizer.data)
        } else if tokenizer.textState == .cdataSection {
          mention(in: tokenizer.data, .cdata)
        } else {
          text(tokenizer.data, tree: &tree)
        }
      case .comment: mention(in: tokenizer.start..<tokenizer.position, .comment)
      case .doctype: tree.quirks = tokenizer.doctype.forceQuirks
      case .unfinishedTag: mention(in: tokenizer.data, .unfinishedTag)
      case .endTag:
        if raw != nil {
          raw = nil
        } else {
          let key = HTMLElementNames.key(bytes[tokenizer.name])
          tree.end(names.element(bytes[tokenizer.name], key: key), key: key)
        }
      case .startTag:
        tags += 1
        guard tags <= ScanLimits.tags else { throw .tooComplex(.tags) }
        guard tokenizer.attributesLeftOut == 0 else { throw .tooComplex(.attributes) }
        raw = startTag(&tokenizer, &tree, inNoscript: noscript != nil)
      }
      guard hosts.known.count <= ScanLimits.hosts else { throw .tooComplex(.hosts) }
      guard addresses + hosts.decoded <= ScanLimits.addresses else { throw .tooComplex(.addresses) }
      guard work + tree.steps <= ScanLimits.stackSteps + 2 * bytes.count else { throw .tooComplex(.work) }
    }
  }

  // MARK: Start tags

  /// An element whose content is not markup.
  struct RawElement {
    /// What is done with the content.
    enum Content { case nothing, program, jsonLD, token, noscript }
    var content: Content
    var context: LinkContext
    /// Where the element itself stands.
    var outer: LinkContext
    var flags: HTMLTree.Flags
  }

  private mutating func startTag(_ tokenizer: inout HTMLTokenizer, _ tree: inout HTMLTree, inNoscript: Bool)
    -> RawElement?
  {
    let key = HTMLElementNames.key(bytes[tokenizer.name])
    let element = names.element(bytes[tokenizer.name], key: key)
    let facts = TagFacts(bytes, name: tokenizer.name, attributes: tokenizer.attributes, element: element, hosts: &hosts)
    var tag = facts.startTag(element, key: key, selfClosing: tokenizer.selfClosing)
    if element == .noscript, inNoscript {
      // Read as a browser without scripts does, where it is an element like any other.
      tag.element = .other
    }
    let target = element == .a || element == .area ? facts.target : nil
    if element == .a, target == .here || target == .unclear { tag.own.insert(.badgeLink) }
    let placed = tree.start(tag)
    let range = tokenizer.start..<tokenizer.position
    guard placed.inserted else {
      if tree.inFrameset, element == .frameset { forgetBody() }
      return nil
    }
    if let content = placed.content { tokenizer.enter(content) }
    let outer: LinkContext =
      placed.flags.contains(.template)
      ? .template
      : inNoscript
        ? .noscript : placed.flags.contains(.shadow) ? .shadow : placed.flags.contains(.foreign) ? .foreign : .document
    if tree.inFrameset, element == .frameset { forgetBody() }
    switch (placed.namespace, element) {
    case (_, .a), (.html, .area):
      link(facts, tag: range, kind: element == .a ? .anchor : .area, placed: placed, outer: outer)
    case (.html, .link): headLink(facts, tag: range, placed: placed, outer: outer)
    case (.html, .base):
      if outer == .document, base == nil, let href = facts.href { setBase(href) }
    case (.html, .meta):
      if outer != .template, refresh == nil { meta(facts) }
    case (.html, .img), (.html, .image):
      if outer != .template { image(facts, placed) }
    case (.html, .iframe), (.html, .frame):
      if outer.isLive, outer != .noscript { notExamined.frames += 1 }
    case (_, .style):
      if outer.isLive, outer != .noscript { notExamined.styleSheets += 1 }
    case (.svg, .script):
      if outer.isLive, outer != .noscript { notExamined.scripts += 1 }
    default: break
    }
    mentionInAttributes(tokenizer.attributes, range, element: element, facts: facts)
    guard let content = placed.content else { return nil }
    return rawElement(element, content, facts: facts, placed: placed, outer: outer)
  }

  private mutating func rawElement(
    _ element: HTMLElement,
    _ content: HTMLTokenizer.State,
    facts: TagFacts,
    placed: HTMLTree.Placed,
    outer: LinkContext
  ) -> RawElement {
    var raw = RawElement(content: .nothing, context: .rawText, outer: outer, flags: placed.flags)
    switch content {
    case .rcdata: raw.context = .rcdata
    case .plaintext: raw.context = .plaintext
    case .scriptData:
      raw.context = .script
      switch facts.scriptType(bytes) {
      case .program:
        raw.content = .program
        if outer.isLive, outer != .noscript { notExamined.scripts += 1 }
      case .jsonLD: raw.content = .jsonLD
      case .token: raw.content = .token
      case .data: break
      }
    default:
      if element == .noscript { raw.content = .noscript }
    }
    return raw
  }

  private mutating func content(of raw: RawElement, _ data: Range<Int>) throws(PageRejection) {
    switch raw.content {
    case .noscript:
      try run(data, noscript: raw.flags)
    case .jsonLD where raw.outer.isLive:
      if !jsonLD(data, raw.outer) { mention(in: data, .script) }
    case .token where raw.outer.isLive:
      inlineToken(data, raw.outer)
    case .program:
      if mention(in: data, .script) { inScript = true }
    default:
      mention(in: data, raw.context)
    }
  }

  // MARK: Elements

  private mutating func link(
    _ facts: TagFacts,
    tag: Range<Int>,
    kind: FoundLink.Kind,
    placed: HTMLTree.Placed,
    outer: LinkContext
  ) {
    // In SVG the plain attribute wins over xlink:href (SVG 2, 16.1.5).
    let href = placed.namespace == .svg ? facts.href ?? facts.xlinkHref : facts.href
    guard let href else {
      mention(in: tag, .noHref)
      return
    }
    guard href.count <= ScanLimits.attributeValue else { return }
    let target = facts.href == nil ? hosts.classify(bytes, href) : facts.target ?? .elsewhere
    guard target != .elsewhere || facts.dropsSuspect else { return }
    guard outer.isLive else {
      mention(in: tag, outer)
      return
    }
    if target != .relative { addresses += 1 }
    candidates.append(
      Candidate(
        tag: tag.lowerBound,
        value: href,
        kind: kind,
        context: outer,
        flags: placed.flags,
        isMath: placed.namespace == .math,
        isRelative: target == .relative,
        dropsSuspect: facts.dropsSuspect
      )
    )
  }

  private mutating func headLink(_ facts: TagFacts, tag: Range<Int>, placed: HTMLTree.Placed, outer: LinkContext) {
    guard let href = facts.href, let rel = facts.rel else { return }
    let words = rel.count <= ScanLimits.attributeValue ? tokens(rel) : []
    let isAlternate = words.contains(Array("alternate".utf8))
    if !isAlternate, words.contains(Array("stylesheet".utf8)), outer.isLive, outer != .noscript {
      notExamined.styleSheets += 1
    }
    guard isAlternate, facts.typeIs("application/vc+jwt", bytes) else { return }
    let target = href.count <= ScanLimits.attributeValue ? hosts.classify(bytes, href) : .elsewhere
    guard target != .elsewhere || facts.dropsSuspect else { return }
    guard outer.isLive else {
      mention(in: tag, outer)
      return
    }
    if target != .relative { addresses += 1 }
    candidates.append(
      Candidate(
        tag: tag.lowerBound,
        value: href,
        kind: .headLink,
        context: outer,
        flags: placed.flags,
        isMath: false,
        isRelative: target == .relative,
        dropsSuspect: facts.dropsSuspect
      )
    )
  }

  /// The first valid http or https address counts; it also moves the links before it.
  private mutating func setBase(_ href: Range<Int>) {
    guard href.count <= ScanLimits.attributeValue else { return }
    base = URLResolver.resolve(HTMLText.attribute(bytes[href]), base: options.page)
  }

  private mutating func meta(_ facts: TagFacts) {
    guard let kind = facts.httpEquiv, kind.count == 7, let content = facts.content,
      content.count <= ScanLimits.attributeValue,
      bytes[kind].map(HTMLByte.lower).elementsEqual("refresh".utf8),
      let target = MetaRefresh.target(HTMLText.attribute(bytes[content]))
    else { return }
    refresh = target
  }

  private mutating func image(_ facts: TagFacts, _ placed: HTMLTree.Placed) {
    if picture == nil, !placed.flags.contains(.badgeLink), let src = facts.src, mentions.picture(in: src) {
      picture = HTMLText.attribute(bytes[src])
    }
    if let alt = facts.alt { claim(in: alt, references: .attribute) }
  }

  // MARK: Text and mentions

  private mutating func text(_ data: Range<Int>, tree: inout HTMLTree) {
    if tree.framesetAllowed || !tree.bodyStarted { tree.text(isSpace: isSpace(data)) }
    if !tree.flags.contains(.template) { claim(in: data, references: .text) }
  }

  private func isSpace(_ data: Range<Int>) -> Bool {
    for c in bytes[data] where !HTMLByte.isSpace(c) && c != 0 {
      guard c == 0x26 else { return false }
      return HTMLText.text(bytes[data], state: .data).allSatisfy { HTMLByte.isSpace($0) || $0 == 0 }
    }
    return true
  }

  private mutating func claim(in data: Range<Int>, references: HTMLText.References) {
    guard claim == nil, !claims.isEmpty, data.count <= ScanLimits.attributeValue || references == .text else { return }
    if bytes[data].contains(0x26) {
      let decoded = HTMLText.decode(
        UnsafeBufferPointer(rebasing: bytes[data]),
        references: references,
        replaceNUL: true
      )
      decoded.withUnsafeBufferPointer { claim(in: $0) }
    } else {
      claim(in: UnsafeBufferPointer(rebasing: bytes[data]))
    }
  }

  private mutating func claim(in text: UnsafeBufferPointer<UInt8>) {
    for word in claims where word.first(in: text, from: 0, to: text.count) != nil {
      claim = Text(validating: word.pattern)
      return
    }
  }

  /// Lists a badge link that is only text here. True when there is one.
  @discardableResult
  mutating func mention(in range: Range<Int>, _ context: LinkContext) -> Bool {
    guard let at = mentions.badge(in: range) else { return false }
    if ignored < ScanLimits.ignoredLinks {
      ignored += 1
      found.append((at, FoundLink(kind: .mention, href: nil, context: context, notes: [], line: 0)))
    }
    return true
  }

  /// Attribute values that hold a badge link but are no link: titles, form actions, event handlers.
  private mutating func mentionInAttributes(
    _ attributes: ContiguousArray<HTMLTokenizer.Attribute>,
    _ range: Range<Int>,
    element: HTMLElement,
    facts: TagFacts
  ) {
    guard mentions.badge(in: range) != nil else { return }
    let isLink = element == .a || element == .area || element == .link
    if isLink, element != .link, facts.href == nil, facts.xlinkHref == nil { return }
    for attribute in attributes where mentions.badge(in: attribute.value) != nil {
      if isLink, TagFacts.isHref(bytes[attribute.name]), element != .link || facts.rel != nil { continue }
      mention(in: attribute.value, .attributeValue)
      return
    }
  }

  /// A frameset takes the place of the body that was begun, and its links with it; the head stays.
  private mutating func forgetBody() {
    candidates.removeAll { $0.kind == .anchor || $0.kind == .area }
  }

  /// Lower-case words of a list as in `rel`.
  func tokens(_ value: Range<Int>) -> [[UInt8]] {
    HTMLText.attribute(bytes[value]).map(HTMLByte.lower).split(whereSeparator: HTMLByte.isSpace).map(Array.init)
  }

  // MARK: Scripts that are data

  /// Certification addresses in a block of JSON-LD. True when it was read and named one.
  private mutating func jsonLD(_ data: Range<Int>, _ context: LinkContext) -> Bool {
    guard data.count <= ScanLimits.jsonLD, jsonLDBlocks < ScanLimits.jsonLDBlocks,
      JSONLDCertifications.mayHold(bytes, data)
    else { return false }
    jsonLDBlocks += 1
    work += data.count
    var any = false
    for url in JSONLDCertifications.urls(Array(bytes[data])) {
      guard let resolved = URLResolver.resolve(url, base: base ?? options.page) else { continue }
      guard let link = judge(resolved.bytes, kind: .jsonLD, context: context) else { continue }
      any = true
      found.append((data.lowerBound, link))
    }
    return any
  }

  private mutating func inlineToken(_ data: Range<Int>, _ context: LinkContext) {
    guard data.count <= ScanLimits.inlineToken else { return }
    let token = bytes[data].split(whereSeparator: HTMLByte.isSpace)
    guard token.count == 1 else { return }
    var link = FoundLink(
      kind: .inlineToken,
      href: nil,
      context: context,
      notes: context == .noscript ? [.noscriptOnly] : [],
      line: 0
    )
    link.token = Array(token[0])
    found.append((data.lowerBound, link))
  }
}
