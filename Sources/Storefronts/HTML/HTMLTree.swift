/// The stack of open elements, slim: what the rules of the tree construction stage need to say where a start tag lands,
/// how its content is read, and whether an ancestor hides it. There is no tree and no list of active formatting
/// elements.
///
/// The insertion mode is not kept: inside a body it follows from the stack, so each entry carries it.
struct HTMLTree {
  /// The namespaces that HTML's parser makes elements in.
  enum Namespace: UInt8 { case html, svg, math }

  /// The insertion modes that differ here; everything before and after the body is read as the body (13.2.6.4).
  enum Mode: UInt8 { case body, table, tableBody, row, cell, caption, columnGroup, template }

  /// What is true of an element or of one of its ancestors.
  struct Flags: OptionSet {
    let rawValue: UInt32
    static let template = Flags(rawValue: 1)
    static let shadow = Flags(rawValue: 2)
    static let foreign = Flags(rawValue: 4)
    static let select = Flags(rawValue: 8)
    static let hiddenAttribute = Flags(rawValue: 16)
    static let displayNone = Flags(rawValue: 32)
    static let visibilityHidden = Flags(rawValue: 64)
    static let opacityZero = Flags(rawValue: 128)
    static let closedDetails = Flags(rawValue: 256)
    static let closedDialog = Flags(rawValue: 512)
    static let object = Flags(rawValue: 1024)
    static let neverDrawn = Flags(rawValue: 2048)
    static let badgeLink = Flags(rawValue: 4096)
    static let hidden: Flags = [
      .hiddenAttribute, .displayNone, .visibilityHidden, .opacityZero, .closedDetails, .closedDialog, .object,
      .neverDrawn,
    ]
  }

  /// What only the element itself is.
  struct Traits: OptionSet {
    let rawValue: UInt8
    static let htmlIntegrationPoint = Traits(rawValue: 1)
    static let mathTextIntegrationPoint = Traits(rawValue: 2)
    static let visibilityVisible = Traits(rawValue: 4)
    static let customElement = Traits(rawValue: 8)
    static let hostsShadow = Traits(rawValue: 16)
    static let summarySeen = Traits(rawValue: 32)
    /// The summary that a closed `details` still shows.
    static let shownSummary = Traits(rawValue: 64)
  }

  /// An open element.
  struct Entry {
    var element: HTMLElement
    var key: HTMLElementNames.Key
    var namespace: Namespace
    var traits: Traits
    var own: Flags
    // Derived from the entries below.
    var flags: Flags = []
    var mode: Mode = .body
    /// Elements in scope here, one bit each; and the scopes of one element only.
    var inScope: UInt128 = 0
    var inTableScope: UInt128 = 0
    var pInButtonScope = false
    var liInListScope = false
    var linkSinceMarker = false
  }

  private(set) var stack: [Entry] = []
  /// Frames instead of a body: from then on nothing is a link (13.2.6.4.20).
  private(set) var inFrameset = false
  var framesetAllowed: Bool
  var bodyStarted: Bool
  var quirks = true
  var formIsOpen = false
  private(set) var limitReached = false
  /// Entries looked at one by one; whoever feeds the tree stops at its limit.
  private(set) var steps = 0

  /// Open elements kept; deeper ones take the place of the one before (browsers stop at 512 as well).
  static let maxOpenElements = 512
  /// Templates and foreign roots, which decide how the rest is read, are kept up to here.
  static let maxOpenElementsInAll = 1_024

  /// - Parameter fragment: nil for a whole page; else what surrounds the fragment (the content of a `noscript`).
  init(fragment: Flags? = nil) {
    framesetAllowed = fragment == nil
    bodyStarted = fragment != nil
    stack.reserveCapacity(64)
    push(Entry(element: .html, key: 0, namespace: .html, traits: [], own: fragment ?? []))
    push(Entry(element: .body, key: 0, namespace: .html, traits: [], own: []))
  }

  var current: Entry { stack[stack.count - 1] }
  var flags: Flags { current.flags }
  var cdataAllowed: Bool { current.namespace != .html }

  // MARK: Scopes

  static func bit(_ element: HTMLElement) -> UInt128 { bits[Int(element.rawValue)] }
  private static let bits: [UInt128] = (0..<128).map { 1 << UInt128($0) }

  func inScope(_ element: HTMLElement) -> Bool { element != .other && current.inScope & Self.bit(element) != 0 }
  func inScope(anyOf mask: UInt128) -> Bool { current.inScope & mask != 0 }
  func inTableScope(_ element: HTMLElement) -> Bool { current.inTableScope & Self.bit(element) != 0 }
  func inTableScope(anyOf mask: UInt128) -> Bool { current.inTableScope & mask != 0 }

  // MARK: Pushing and popping

  /// Beyond the limit of open elements the top is replaced, unless it decides how its content is read.
  mutating func push(_ entry: Entry, fostered: Bool = false) {
    let decisive = entry.element == .template || entry.namespace != .html
    if stack.count >= Self.maxOpenElements {
      limitReached = true
      let top = current
      let keepTop =
        (decisive || top.element == .template || top.namespace != .html) && stack.count < Self.maxOpenElementsInAll
      if !keepTop { stack.removeLast() }
    }
    stack.append(entry)
    derive(stack.count - 1, fostered: fostered)
  }

  /// Fills in what an entry inherits.
  private mutating func derive(_ index: Int, fostered: Bool = false) {
    var entry = stack[index]
    guard index > 0 else {
      entry.flags = entry.own
      stack[index] = entry
      return
    }
    let parent = stack[index - 1]
    var inherited = fostered ? fosterParentFlags(below: index) : parent.flags
    if entry.traits.contains(.shownSummary), index > 1 { inherited = stack[index - 2].flags }
    if entry.traits.contains(.visibilityVisible) { inherited.remove(.visibilityHidden) }
    entry.flags = inherited.union(entry.own)
    entry.mode = parent.mode
    entry.inScope = parent.inScope
    entry.inTableScope = parent.inTableScope
    entry.pInButtonScope = parent.pInButtonScope
    entry.liInListScope = parent.liInListScope
    entry.linkSinceMarker = parent.linkSinceMarker
    if entry.namespace == .html {
      deriveHTML(&entry, was: stack[index].mode)
    } else {
      entry.flags.insert(.foreign)
      if !entry.traits.isDisjoint(with: [.htmlIntegrationPoint, .mathTextIntegrationPoint])
        || entry.element == .annotationXML
      {
        entry.inScope = 0
        entry.pInButtonScope = false
        entry.liInListScope = false
      }
    }
    stack[index] = entry
  }

  private func deriveHTML(_ entry: inout Entry, was mode: Mode) {
    let element = entry.element
    if element.endsScope {
      entry.inScope = 0
      entry.pInButtonScope = false
      entry.liInListScope = false
    }
    if element != .other { entry.inScope |= Self.bit(element) }
    switch element {
    case .table:
      entry.mode = .table
      entry.inTableScope = 0
    case .template:
      entry.mode = mode
      entry.inTableScope = 0
      entry.linkSinceMarker = false
    case .tbody, .tfoot, .thead: entry.mode = .tableBody
    case .tr: entry.mode = .row
    case .td, .th:
      entry.mode = .cell
      entry.linkSinceMarker = false
    case .caption:
      entry.mode = .caption
      entry.linkSinceMarker = false
    case .colgroup: entry.mode = .columnGroup
    case .applet, .marquee, .object: entry.linkSinceMarker = false
    case .a: entry.linkSinceMarker = true
    case .p: entry.pInButtonScope = true
    case .button: entry.pInButtonScope = false
    case .li: entry.liInListScope = true
    case .ol, .ul: entry.liInListScope = false
    default: break
    }
    switch element {
    case .table, .tbody, .tfoot, .thead, .tr, .td, .th, .caption: entry.inTableScope |= Self.bit(element)
    default: break
    }
  }

  /// Content that a table cannot hold stands before the table (13.2.6.1).
  private func fosterParentFlags(below index: Int) -> Flags {
    var at = index - 1
    while at > 0 {
      if stack[at].namespace == .html {
        if stack[at].element == .template { return stack[at].flags }
        if stack[at].element == .table { return stack[at - 1].flags }
      }
      at -= 1
    }
    return stack[0].flags
  }

  mutating func pop() {
    if stack.count > 2 { stack.removeLast() }
  }

  /// Pops up to and including the nearest such HTML element; callers know that there is one.
  mutating func popThrough(_ element: HTMLElement) {
    popThrough { $0.namespace == .html && $0.element == element }
  }

  /// Pops up to and with the first such element; `html` and `body` stay.
  mutating func popThrough(where isLast: (Entry) -> Bool) {
    while stack.count > 2 {
      let top = stack.removeLast()
      if isLast(top) { return }
    }
  }

  /// Pops until the current node is such an element, or the bottom is reached.
  mutating func popUntil(_ holds: (Entry) -> Bool) {
    while stack.count > 2, !holds(current) { stack.removeLast() }
  }

  /// Takes one element out from between the others.
  mutating func remove(at index: Int) {
    guard index >= 2 else { return }
    stack.remove(at: index)
    for above in index..<stack.count {
      steps += 1
      derive(above)
    }
  }

  /// The nearest entry from the top that satisfies `matches`, unless one that satisfies `stops` comes first.
  mutating func nearest(_ matches: (Entry) -> Bool, stop stops: (Entry) -> Bool = { _ in false }) -> Int? {
    var at = stack.count - 1
    while at >= 2 {
      steps += 1
      if matches(stack[at]) { return at }
      if stops(stack[at]) { return nil }
      at -= 1
    }
    return nil
  }

  mutating func setTemplateMode(_ mode: Mode) { stack[stack.count - 1].mode = mode }

  mutating func addTraits(_ traits: Traits) { stack[stack.count - 1].traits.insert(traits) }

  /// What a late `<html>` or `<body>` tag says of all content.
  mutating func addToRoot(_ own: Flags) {
    guard !stack[1].own.isSuperset(of: own) else { return }
    stack[1].own.formUnion(own)
    steps += stack.count
    for index in 1..<stack.count { derive(index) }
  }

  /// The body that was begun goes (13.2.6.4.7).
  mutating func enterFrameset() {
    inFrameset = true
    stack.removeSubrange(2...)
  }
}

extension HTMLElement {
  /// A set of elements as the scopes keep it.
  static func mask(_ elements: HTMLElement...) -> UInt128 { elements.reduce(0) { $0 | HTMLTree.bit($1) } }
}
