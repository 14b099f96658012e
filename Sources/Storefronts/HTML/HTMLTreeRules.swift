/// The rules of the tree construction stage (13.2.6) that decide where a start tag lands and how its content is read.
extension HTMLTree {
  /// A start tag, with what its attributes say as far as a rule asks.
  struct StartTag {
    var element: HTMLElement
    var key: HTMLElementNames.Key
    var selfClosing = false
    /// `hidden` and inline style.
    var own: Flags = []
    /// Presentation attributes, which only SVG knows.
    var presentation: Flags = []
    var visibilityVisible = false
    /// `font` with color, face or size.
    var fontBreaksOut = false
    /// `annotation-xml` whose encoding is HTML.
    var encodingIsHTML = false
    /// `input` of type hidden.
    var inputIsHidden = false
    /// `details` and `dialog` with `open`.
    var isOpen = false
    /// `template` with shadowrootmode open or closed.
    var opensShadowRoot = false
    var isCustomElement = false
  }

  /// Where a start tag ended up.
  struct Placed {
    /// False: the tag means nothing here, as `<td>` outside a table or anything in a frameset.
    var inserted: Bool
    var namespace = Namespace.html
    var flags: Flags = []
    /// How the content is read, when not as markup.
    var content: HTMLTokenizer.State?
    /// Whether the element is on top of the stack now.
    var onStack = false
  }

  private static let ignored = Placed(inserted: false)

  /// Text other than white space keeps a frameset from taking the body's place.
  mutating func text(isSpace: Bool) {
    guard !isSpace else { return }
    framesetAllowed = false
    if !flags.contains(.template) { bodyStarted = true }
  }

  // MARK: Start tags

  /// Applies a start tag, and says where it went and how its content is read.
  mutating func start(_ tag: StartTag) -> Placed {
    if inFrameset {
      // Everything else is dropped, and no element is read as raw text (13.2.6.4.20, 13.2.6.4.21).
      return tag.element == .noframes
        ? Placed(inserted: true, content: .rawText) : Placed(inserted: tag.element == .frame)
    }
    return isForeign(tag) ? foreignStart(tag) : htmlStart(tag)
  }

  /// Whether the rules for foreign content apply to a start tag (13.2.6, dispatcher).
  private func isForeign(_ tag: StartTag) -> Bool {
    let node = current
    if node.namespace == .html || node.traits.contains(.htmlIntegrationPoint) { return false }
    if node.traits.contains(.mathTextIntegrationPoint) { return tag.element == .mglyph || tag.element == .malignmark }
    if node.namespace == .math, node.element == .annotationXML { return tag.element != .svg }
    return true
  }

  private mutating func foreignStart(_ tag: StartTag) -> Placed {
    if tag.element.breaksOutOfForeign || (tag.element == .font && tag.fontBreaksOut) {
      popForeign()
      return htmlStart(tag)
    }
    return insertForeign(tag, namespace: current.namespace)
  }

  /// Back to HTML content (13.2.6.5).
  mutating func popForeign() {
    popUntil {
      $0.namespace == .html || !$0.traits.isDisjoint(with: [.htmlIntegrationPoint, .mathTextIntegrationPoint])
    }
  }

  private mutating func insertForeign(_ tag: StartTag, namespace: Namespace) -> Placed {
    // `hidden` is an attribute of HTML elements.
    let own = tag.own.subtracting(.hiddenAttribute).union(tag.presentation)
    var entry = Entry(element: tag.element, key: tag.key, namespace: namespace, traits: [], own: own)
    if tag.visibilityVisible { entry.traits.insert(.visibilityVisible) }
    switch (namespace, tag.element) {
    case (.svg, .foreignObject): entry.traits.insert(.htmlIntegrationPoint)
    case (.svg, .desc), (.svg, .title):
      entry.traits.insert(.htmlIntegrationPoint)
      entry.own.insert(.neverDrawn)
    case (.svg, .metadata), (.svg, .style), (.svg, .script), (.svg, .defs): entry.own.insert(.neverDrawn)
    case (.math, .mi), (.math, .mo), (.math, .mn), (.math, .ms), (.math, .mtext):
      entry.traits.insert(.mathTextIntegrationPoint)
    case (.math, .annotationXML) where tag.encodingIsHTML: entry.traits.insert(.htmlIntegrationPoint)
    default: break
    }
    push(entry, fostered: isFostering)
    let placed = Placed(inserted: true, namespace: namespace, flags: flags, onStack: !tag.selfClosing)
    if tag.selfClosing { pop() }
    return placed
  }

  /// By insertion mode. Each turn of the loop pops something or changes the mode, so it ends.
  private mutating func htmlStart(_ tag: StartTag) -> Placed {
    while true {
      switch current.mode {
      case .body: return bodyStart(tag)
      case .template:
        switch tag.element {
        case .base, .basefont, .bgsound, .link, .meta, .noframes, .script, .style, .template, .title:
          return bodyStart(tag)
        case .caption, .colgroup, .tbody, .tfoot, .thead: setTemplateMode(.table)
        case .col: setTemplateMode(.columnGroup)
        case .tr: setTemplateMode(.tableBody)
        case .td, .th: setTemplateMode(.row)
        default: setTemplateMode(.body)
        }
      case .columnGroup:
        switch tag.element {
        case .html, .template: return bodyStart(tag)
        case .col: return insertVoid(tag)
        default:
          guard current.element == .colgroup else { return Self.ignored }
          pop()
        }
      case .caption:
        guard tag.element.isTablePart else { return bodyStart(tag) }
        guard inTableScope(.caption) else { return Self.ignored }
        popThrough(.caption)
      case .cell:
        guard tag.element.isTablePart else { return bodyStart(tag) }
        guard inTableScope(anyOf: Self.cells) else { return Self.ignored }
        popThroughCell()
      case .row:
        switch tag.element {
        case .td, .th:
          popToContext(.tr)
          return insert(tag)
        case .caption, .col, .colgroup, .tbody, .tfoot, .thead, .tr:
          guard inTableScope(.tr) else { return Self.ignored }
          popToContext(.tr)
          pop()
        default:
          if let placed = tableStart(tag) { return placed }
        }
      case .tableBody:
        switch tag.element {
        case .tr:
          popToTableBody()
          return insert(tag)
        case .td, .th:
          popToTableBody()
          _ = insert(implied(.tr))
        case .caption, .col, .colgroup, .tbody, .tfoot, .thead:
          guard inTableScope(anyOf: Self.tableBodies) else { return Self.ignored }
          popToTableBody()
          pop()
        default:
          if let placed = tableStart(tag) { return placed }
        }
      case .table:
        if let placed = tableStart(tag) { return placed }
      }
    }
  }

  private static let cells = HTMLElement.mask(.td, .th)
  static let tableBodies = HTMLElement.mask(.tbody, .tfoot, .thead)
  static let headings = HTMLElement.mask(.h1, .h2, .h3, .h4, .h5, .h6)

  /// 13.2.6.4.9; nil: the mode changed, look again.
  private mutating func tableStart(_ tag: StartTag) -> Placed? {
    switch tag.element {
    case .caption, .colgroup, .tbody, .tfoot, .thead:
      popToContext(.table)
      return insert(tag)
    case .col:
      popToContext(.table)
      _ = insert(implied(.colgroup))
    case .td, .th, .tr:
      popToContext(.table)
      _ = insert(implied(.tbody))
    case .table:
      guard inTableScope(.table) else { return Self.ignored }
      popThrough(.table)
    case .style, .script, .template: return bodyStart(tag)
    case .input where tag.inputIsHidden: return insertVoid(tag)
    case .form:
      if formIsOpen { return Self.ignored }
      formIsOpen = true
      return insertVoid(tag)
    default: return bodyStart(tag)
    }
    return nil
  }

  /// 13.2.6.4.4 and 13.2.6.4.7, in head and in body.
  private mutating func bodyStart(_ tag: StartTag) -> Placed {
    let element = tag.element
    switch element {
    case .html, .head: break
    case .base, .basefont, .bgsound, .link, .meta, .title, .noframes, .script, .style, .template, .noscript, .frameset:
      break
    default: if !flags.contains(.template) { bodyStarted = true }
    }
    switch element {
    case .html, .body:
      if element == .body {
        framesetAllowed = false
      }
      if !flags.contains(.template) { addToRoot(tag.own) }
      return Self.ignored
    case .head, .caption, .col, .colgroup, .frame, .tbody, .td, .tfoot, .th, .thead, .tr: return Self.ignored
    case .frameset:
      guard bodyStarted ? framesetAllowed : !flags.contains(.template) else { return Self.ignored }
      enterFrameset()
      return Placed(inserted: true)
    case .title: return raw(tag, .rcdata)
    case .style, .noframes, .noembed, .noscript: return raw(tag, .rawText)
    case .script: return raw(tag, .scriptData)
    case .template: return templateStart(tag)
    case .textarea:
      framesetAllowed = false
      return raw(tag, .rcdata)
    case .xmp:
      closeParagraph()
      framesetAllowed = false
      return raw(tag, .rawText)
    case .iframe:
      framesetAllowed = false
      return raw(tag, .rawText)
    case .plaintext:
      closeParagraph()
      var placed = insert(tag)
      placed.content = .plaintext
      return placed
    case .select where inScope(.select):
      popThrough(.select)
      return Self.ignored
    case .math: return insertForeign(tag, namespace: .math)
    case .svg: return insertForeign(tag, namespace: .svg)
    default: break
    }
    if element.isVoid { return voidStart(tag) }
    closeWhatEnds(before: tag)
    return element == .form && formIsOpen && !flags.contains(.template) ? Self.ignored : insert(tag)
  }

  /// What a start tag in the body closes before its element is pushed.
  private mutating func closeWhatEnds(before tag: StartTag) {
    let element = tag.element
    switch element {
    case _ where element.isBlock: closeParagraph()
    case _ where element.isHeading:
      closeParagraph()
      if current.namespace == .html, current.element.isHeading { pop() }
    case .pre, .listing:
      closeParagraph()
      framesetAllowed = false
    case .form:
      if !formIsOpen || flags.contains(.template) { closeParagraph() }
    case .li:
      framesetAllowed = false
      closeItem { $0.namespace == .html && $0.element == .li }
    case .dd, .dt:
      framesetAllowed = false
      closeItem { $0.namespace == .html && ($0.element == .dd || $0.element == .dt) }
    case .button:
      if inScope(.button) { popThrough(.button) }
      framesetAllowed = false
    case .a:
      if current.linkSinceMarker { closeFormatting(.a) }
    case .nobr:
      if inScope(.nobr) { closeFormatting(.nobr) }
    case .applet, .marquee, .object: framesetAllowed = false
    case .table:
      if !quirks { closeParagraph() }
      framesetAllowed = false
    case .select: framesetAllowed = false
    case .option, .optgroup:
      if current.namespace == .html, current.element == .option { pop() }
    default: break
    }
  }

  private mutating func voidStart(_ tag: StartTag) -> Placed {
    switch tag.element {
    case .area, .br, .embed, .img, .image, .keygen, .wbr: framesetAllowed = false
    case .input:
      if inScope(.select) { popThrough(.select) }
      if !tag.inputIsHidden { framesetAllowed = false }
    case .hr:
      closeParagraph()
      framesetAllowed = false
    default: break
    }
    return insertVoid(tag)
  }

  /// A template is inert, unless it becomes the shadow root of its parent (13.2.6.4.4).
  private mutating func templateStart(_ tag: StartTag) -> Placed {
    let host = current
    let mayHost = host.namespace == .html && (host.element.canHostShadow || host.traits.contains(.customElement))
    let becomesRoot = tag.opensShadowRoot && bodyStarted && mayHost && !host.traits.contains(.hostsShadow)
    if becomesRoot { addTraits(.hostsShadow) }
    framesetAllowed = false
    var entry = Entry(
      element: .template,
      key: tag.key,
      namespace: .html,
      traits: [],
      own: becomesRoot ? .shadow : .template
    )
    entry.mode = .template
    push(entry)
    return Placed(inserted: true, flags: flags, onStack: true)
  }

  // MARK: Inserting

  private func implied(_ element: HTMLElement) -> StartTag { StartTag(element: element, key: 0) }

  /// Foster parenting is on when a table's own parts do not hold what comes.
  private var isFostering: Bool {
    let node = current
    guard node.namespace == .html else { return false }
    switch node.element {
    case .table, .tbody, .tfoot, .thead, .tr: return true
    default: return false
    }
  }

  private mutating func insert(_ tag: StartTag) -> Placed {
    var entry = Entry(element: tag.element, key: tag.key, namespace: .html, traits: [], own: tag.own)
    if tag.visibilityVisible { entry.traits.insert(.visibilityVisible) }
    if tag.isCustomElement { entry.traits.insert(.customElement) }
    switch tag.element {
    case .select: entry.own.insert(.select)
    case .object: entry.own.insert(.object)
    case .details where !tag.isOpen: entry.own.insert(.closedDetails)
    case .dialog where !tag.isOpen: entry.own.insert(.closedDialog)
    case .summary:
      if current.namespace == .html, current.element == .details, !current.traits.contains(.summarySeen) {
        addTraits(.summarySeen)
        entry.traits.insert(.shownSummary)
      }
    case .form: formIsOpen = true
    default: break
    }
    push(entry, fostered: isFostering && !tag.element.isTablePart)
    return Placed(inserted: true, flags: flags, onStack: true)
  }

  private mutating func insertVoid(_ tag: StartTag) -> Placed {
    Placed(inserted: true, flags: flags.union(tag.own))
  }

  private func raw(_ tag: StartTag, _ content: HTMLTokenizer.State) -> Placed {
    Placed(inserted: true, flags: flags.union(tag.own), content: content)
  }
}

extension HTMLTree.Entry {
  var isSpecial: Bool {
    switch namespace {
    case .html: element.isSpecial
    case .svg: traits.contains(.htmlIntegrationPoint)
    case .math: traits.contains(.mathTextIntegrationPoint) || element == .annotationXML
    }
  }
}

extension HTMLElement {
  fileprivate var isTablePart: Bool {
    switch self {
    case .caption, .col, .colgroup, .tbody, .td, .tfoot, .th, .thead, .tr: true
    default: false
    }
  }
}
