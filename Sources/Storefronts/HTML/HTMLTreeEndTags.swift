/// End tags (13.2.6), and what start and end tags close.
extension HTMLTree {
  /// Applies an end tag; one that closes nothing is passed over.
  mutating func end(_ element: HTMLElement, key: HTMLElementNames.Key) {
    guard !inFrameset else { return }
    if current.namespace != .html {
      if element == .p || element == .br {
        popForeign()
      } else if foreignEnd(key) {
        return
      }
    }
    htmlEnd(element, key: key)
  }

  /// 13.2.6.5, any other end tag; false: an HTML element came first, whose rules go on.
  private mutating func foreignEnd(_ key: HTMLElementNames.Key) -> Bool {
    guard let index = nearest({ $0.namespace == .html || $0.key == key }) else { return false }
    guard stack[index].namespace != .html else { return false }
    while stack.count > index { pop() }
    return true
  }

  private mutating func htmlEnd(_ element: HTMLElement, key: HTMLElementNames.Key) {
    if element == .template {
      guard !flags.isDisjoint(with: [.template, .shadow]) else { return }
      if nearest({ $0.namespace == .html && $0.element == .template }) != nil { popThrough(.template) }
      return
    }
    while true {
      switch current.mode {
      case .body: return bodyEnd(element, key: key)
      case .template: return
      case .columnGroup:
        guard element != .col, current.element == .colgroup else { return }
        pop()
        if element == .colgroup { return }
      case .caption:
        switch element {
        case .caption, .table:
          guard inTableScope(.caption) else { return }
          popThrough(.caption)
          if element == .caption { return }
        case .body, .col, .colgroup, .html, .tbody, .td, .tfoot, .th, .thead, .tr: return
        default: return bodyEnd(element, key: key)
        }
      case .cell:
        switch element {
        case .td, .th:
          if inTableScope(element) { popThrough(element) }
          return
        case .body, .caption, .col, .colgroup, .html: return
        case .table, .tbody, .tfoot, .thead, .tr:
          guard inTableScope(element) else { return }
          popThroughCell()
        default: return bodyEnd(element, key: key)
        }
      case .row:
        switch element {
        case .tr, .table, .tbody, .tfoot, .thead:
          guard inTableScope(.tr), element == .table || inTableScope(element) else { return }
          popToContext(.tr)
          pop()
          if element == .tr { return }
        case .body, .caption, .col, .colgroup, .html, .td, .th: return
        default: return bodyEnd(element, key: key)
        }
      case .tableBody:
        switch element {
        case .tbody, .tfoot, .thead:
          guard inTableScope(element) else { return }
          popToTableBody()
          return pop()
        case .table:
          guard inTableScope(anyOf: Self.tableBodies) else { return }
          popToTableBody()
          pop()
        case .body, .caption, .col, .colgroup, .html, .td, .th, .tr: return
        default: return bodyEnd(element, key: key)
        }
      case .table:
        switch element {
        case .table:
          if inTableScope(.table) { popThrough(.table) }
          return
        case .body, .caption, .col, .colgroup, .html, .tbody, .td, .tfoot, .th, .thead, .tr: return
        default: return bodyEnd(element, key: key)
        }
      }
    }
  }

  private mutating func bodyEnd(_ element: HTMLElement, key: HTMLElementNames.Key) {
    switch element {
    case .body, .html, .head, .noscript: return
    case _ where element.isBlock, .button, .listing, .pre, .select, .dd, .dt, .applet, .marquee, .object:
      if element == .p {
        if current.pInButtonScope { popThrough(.p) }
      } else if inScope(element) {
        popThrough(element)
      }
    case .form:
      formIsOpen = false
      guard inScope(.form), let index = nearest({ $0.namespace == .html && $0.element == .form }) else { return }
      if index == stack.count - 1 { pop() } else { remove(at: index) }
    case .li:
      if current.liInListScope { popThrough(.li) }
    case _ where element.isHeading:
      if inScope(anyOf: Self.headings) { popThrough { $0.namespace == .html && $0.element.isHeading } }
    case _ where element.isFormatting: closeFormatting(element)
    case .br: framesetAllowed = false
    default:
      let found = nearest({ $0.namespace == .html && $0.key == key }, stop: { $0.isSpecial })
      if let found { while stack.count > found { pop() } }
    }
  }

  // MARK: Closing

  mutating func closeParagraph() {
    if current.pInButtonScope { popThrough(.p) }
  }

  /// `li`, `dd`, `dt` end the item before them, unless something special stands between (13.2.6.4.7).
  mutating func closeItem(_ isItem: (Entry) -> Bool) {
    let found = nearest(isItem) {
      $0.isSpecial && !($0.namespace == .html && ($0.element == .address || $0.element == .div || $0.element == .p))
    }
    if let found { while stack.count > found { pop() } }
    closeParagraph()
  }

  /// What the adoption agency (13.2.6.4.7) leaves of the stack: the formatting element is gone, blocks inside it stay.
  mutating func closeFormatting(_ element: HTMLElement) {
    guard inScope(element), let index = nearest({ $0.namespace == .html && $0.element == element }) else { return }
    if nearest({ $0.isSpecial }, stop: { $0.namespace == .html && $0.element == element }) == nil {
      while stack.count > index { pop() }
      return
    }
    remove(at: index)
    popUntil { $0.isSpecial }
  }

  mutating func popThroughCell() {
    popThrough { $0.namespace == .html && ($0.element == .td || $0.element == .th) }
  }

  mutating func popToContext(_ element: HTMLElement) {
    popUntil({ $0.namespace == .html && ($0.element == element || $0.element == .template) })
  }

  mutating func popToTableBody() {
    popUntil({
      guard $0.namespace == .html else { return false }
      switch $0.element {
      case .tbody, .tfoot, .thead, .template: return true
      default: return false
      }
    })
  }
}
