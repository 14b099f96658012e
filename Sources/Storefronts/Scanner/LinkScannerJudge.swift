import Encodings
import Glibc

extension LinkScannerPass {
  /// Resolves what was collected and puts the answer together.
  mutating func finish(charset: String) throws(PageRejection) -> PageScan {
    var resolver = CandidateResolver(options: options, base: base)
    for candidate in candidates {
      guard let link = try self.link(candidate, &resolver) else { continue }
      found.append((candidate.tag, link))
    }
    found.sort { $0.offset < $1.offset }
    numberLines()
    var merger = LinkMerger()
    for (_, link) in found { merger.add(link) }
    var scan = PageScan(links: merger.links, pageNotes: [], notExamined: notExamined, charset: charset)
    scan.work = work + resolver.count
    scan.pageNotes = pageNotes(scan, merger)
    return scan
  }

  private func pageNotes(_ scan: PageScan, _ merger: LinkMerger) -> [PageNote] {
    var notes: [PageNote] = []
    if let base { notes.append(.baseElement(href: base.bytes)) }
    if let refresh {
      notes.append(.metaRefresh(to: URLResolver.resolve(refresh, base: base ?? options.page)?.bytes ?? refresh))
    }
    if notExamined.scripts > 0 { notes.append(.scriptsPresent(count: notExamined.scripts)) }
    if notExamined.frames > 0 { notes.append(.framesNotExamined(count: notExamined.frames)) }
    if depthLimitReached { notes.append(.structureLimit(depth: ScanLimits.openElements)) }
    if merger.badgesFound > ScanLimits.badges {
      notes.append(.truncated(kept: ScanLimits.badges, found: merger.badgesFound))
    }
    // Why there may be no badge where a buyer sees one.
    guard scan.badges.isEmpty, !scan.links.contains(where: { $0.kind == .inlineToken && $0.live }) else { return notes }
    if let picture { notes.append(.officialImageWithoutLink(src: picture)) }
    if let link = scan.links.first(where: { $0.live && $0.reading == .hostOnly }), let href = link.href {
      notes.append(.linkToAuthorityWithoutCredential(href: href))
    }
    if let claim { notes.append(.claimTextWithoutLink(text: claim)) }
    if inScript { notes.append(.notInSource) }
    return notes
  }

  // MARK: One candidate

  private mutating func link(_ candidate: Candidate, _ resolver: inout CandidateResolver) throws(PageRejection)
    -> FoundLink?
  {
    if candidate.isRelative, !candidate.dropsSuspect, !resolver.mayMatter(bytes[candidate.value]) { return nil }
    let resolved = try resolver.resolve(bytes, candidate.value)
    let judged = resolved.flatMap { judge($0.url, kind: candidate.kind, context: candidate.context) }
    let tag = reread(candidate.tag)
    if var link = judged, let resolved {
      if let form = resolved.forms.first { link.notes.append(.unusualURLForm(form: form.rawValue)) }
      if let moved = try movedByBase(candidate, resolved.url, by: &resolver) { link.notes.append(moved) }
      try link.notes.append(contentsOf: duplicates(tag, &resolver))
      link.notes.append(contentsOf: notes(candidate, tag))
      return link
    }
    // Not ours. It is listed where somebody may take it for ours: a dropped duplicate is a badge link, or the base
    // moved it away.
    var notes = try duplicates(tag, &resolver)
    if let resolved, Self.hasBadgePath(resolved.url),
      let moved = try movedByBase(candidate, resolved.url, by: &resolver)
    {
      notes.append(moved)
    }
    guard notes.contains(where: \.isAmbiguous) else { return nil }
    return FoundLink(kind: candidate.kind, href: resolved?.url, context: .otherTarget, notes: notes, line: 0)
  }

  /// A link to our host or to one that imitates it; nil for any other address.
  mutating func judge(_ url: [UInt8], kind: FoundLink.Kind, context: LinkContext) -> FoundLink? {
    let reading = BadgeLink.read(url, host: options.verifyHost, alsoRecord: kind == .headLink)
    var link = FoundLink(kind: kind, href: url, context: context, notes: [], line: 0, reading: reading)
    if reading == .other {
      guard let host = HostClassifier.host(of: url), hosts.imitates(host) else { return nil }
      link.lookalikeHost = host
    }
    if context == .noscript { link.notes.append(.noscriptOnly) }
    return link
  }

  /// `/c/…`, where a badge link would have its id.
  private static func hasBadgePath(_ url: [UInt8]) -> Bool {
    guard let host = HostClassifier.host(of: url), let colon = url.firstIndex(of: 0x3A) else { return false }
    let path = url.dropFirst(colon + 3 + host.count).prefix(3).map(HTMLByte.lower)
    return path.elementsEqual("/c/".utf8)
  }

  private func movedByBase(_ candidate: Candidate, _ url: [UInt8], by resolver: inout CandidateResolver)
    throws(PageRejection) -> LinkNote?
  {
    guard let base, candidate.isRelative else { return nil }
    return try resolver.resolveAgainstPage(bytes, candidate.value)?.url == url ? nil : .baseElement(href: base.bytes)
  }

  // MARK: Notes from the tag

  private func reread(_ offset: Int) -> HTMLTokenizer {
    var tokenizer = HTMLTokenizer(bytes, range: offset..<bytes.count, maxAttributes: ScanLimits.attributes)
    _ = tokenizer.next()
    return tokenizer
  }

  private func duplicates(_ tag: HTMLTokenizer, _ resolver: inout CandidateResolver) throws(PageRejection) -> [LinkNote]
  {
    var notes: [LinkNote] = []
    var seen: Set<[UInt8]> = []
    for attribute in tag.attributes where TagFacts.isHref(bytes[attribute.name]) {
      let name = HTMLText.name(bytes[attribute.name])
      guard !seen.insert(name).inserted else { continue }
      let note = LinkNote.duplicateAttribute(name: String(decoding: name, as: UTF8.self))
      if !notes.contains(note) { notes.append(note) }
      guard attribute.value.count <= ScanLimits.attributeValue,
        !notes.contains(where: \.isSuspiciousMarkup)
      else { continue }
      let dropped = try resolver.resolve(bytes, attribute.value)
      if let dropped, case .badge = BadgeLink.read(dropped.url, host: options.verifyHost, alsoRecord: true) {
        notes.append(.suspiciousMarkup(what: "dropped_href"))
      }
    }
    return notes
  }

  private func notes(_ candidate: Candidate, _ tag: HTMLTokenizer) -> [LinkNote] {
    guard candidate.kind == .anchor || candidate.kind == .area else { return [] }
    var notes: [LinkNote] = []
    if let how = Self.how(candidate.flags) { notes.append(.hiddenByMarkup(how: how)) }
    if candidate.isMath { notes.append(.parserDependent(construct: "math")) }
    if candidate.flags.contains(.select) { notes.append(.parserDependent(construct: "select")) }
    var events: [String] = []
    var rel: Range<Int>?
    for attribute in tag.attributes {
      let name = bytes[attribute.name]
      if name.count == 3, rel == nil, TagFacts.isName(name, "rel") { rel = attribute.value }
      if name.count > 2, name.count <= 32, TagFacts.isName(name.prefix(2), "on") {
        events.append(String(decoding: HTMLText.name(name), as: UTF8.self))
      }
    }
    if !events.isEmpty { notes.append(.linkHasEventHandler(events: events)) }
    if let rel, rel.count <= ScanLimits.attributeValue {
      let visitors = ["ugc", "nofollow", "sponsored"].map { Array($0.utf8) }
      if tokens(rel).contains(where: visitors.contains) { notes.append(.userContentPossible) }
    }
    return notes
  }

  private static func how(_ flags: HTMLTree.Flags) -> String? {
    let words: [(HTMLTree.Flags, String)] = [
      (.hiddenAttribute, "hidden"), (.displayNone, "display:none"), (.visibilityHidden, "visibility:hidden"),
      (.opacityZero, "opacity:0"),
      (.closedDetails, "details"), (.closedDialog, "dialog"), (.object, "object"), (.neverDrawn, "svg"),
    ]
    return words.first { flags.contains($0.0) }?.1
  }

  // MARK: Lines

  /// Counts lines once, from find to find. CR LF is one line end.
  private mutating func numberLines() {
    var line = 1
    var at = 0
    var nextLF = find(0x0A, from: 0)
    var nextCR = find(0x0D, from: 0)
    for index in found.indices {
      while true {
        at = min(nextLF, nextCR)
        guard at < found[index].offset else { break }
        if at == nextLF {
          line += 1
          nextLF = find(0x0A, from: at + 1)
        } else {
          if nextLF != at + 1 { line += 1 }
          nextCR = find(0x0D, from: at + 1)
        }
      }
      found[index].link.line = line
    }
  }

  private func find(_ byte: UInt8, from: Int) -> Int {
    guard from < bytes.count, let base = bytes.baseAddress,
      let hit = memchr(base + from, Int32(byte), bytes.count - from)
    else { return bytes.count }
    return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
  }
}

/// Resolves attribute values, plain ones without a full parse, and counts the full ones.
struct CandidateResolver {
  /// An address made absolute.
  struct Resolved {
    var url: [UInt8]
    /// How it was spelled, where no careful author spells so.
    var forms: [ResolvedURL.Form]
  }

  private let page: ResolvedURL
  private let base: ResolvedURL
  private let verifyHost: [UInt8]
  private let hasBase: Bool
  private let isOnVerifyHost: Bool
  /// Addresses looked at, and full parses among them.
  private(set) var count = 0
  private var parses = 0
  private var last: (value: [UInt8], result: Resolved?)?

  init(options: ScanOptions, base: ResolvedURL?) {
    page = options.page
    self.base = base ?? options.page
    verifyHost = options.verifyHost.utf8.map(HTMLByte.lower)
    hasBase = base != nil
    isOnVerifyHost = self.base.host.bytes == verifyHost
  }

  /// Whether a link without a host can lead to us, or has a base that moves it and a path like a badge's.
  func mayMatter(_ value: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    if isOnVerifyHost { return true }
    guard hasBase else { return false }
    var previous: UInt8 = 0x2F
    var beforePrevious: UInt8 = 0
    for c in value {
      switch c {
      case 0x3F, 0x23: return false
      case 0x26, 0x5C, 0x25, 0...0x1F: return true
      case 0x2F where HTMLByte.lower(previous) == 0x63 && (beforePrevious == 0x2F || beforePrevious == 0x20):
        return true
      default: break
      }
      beforePrevious = previous
      previous = c
    }
    return false
  }

  /// Nil for what is no address. Throws when the page holds more of them than the limits allow.
  mutating func resolve(_ bytes: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) throws(PageRejection) -> Resolved? {
    count += 1
    guard count <= ScanLimits.addresses else { throw .tooComplex(.addresses) }
    if let plain = Self.plain(bytes[value]) { return Resolved(url: plain, forms: []) }
    let decoded = HTMLText.attribute(bytes[value])
    if let last, last.value == decoded { return last.result }
    let result = try parse(decoded, base: base)
    last = (decoded, result)
    return result
  }

  mutating func resolveAgainstPage(_ bytes: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) throws(PageRejection)
    -> Resolved?
  {
    try parse(HTMLText.attribute(bytes[value]), base: page)
  }

  private mutating func parse(_ decoded: [UInt8], base: ResolvedURL) throws(PageRejection) -> Resolved? {
    parses += 1
    guard parses <= ScanLimits.resolutions else { throw .tooComplex(.addresses) }
    return URLResolver.resolve(decoded, base: base).map { Resolved(url: $0.bytes, forms: $0.forms) }
  }

  /// An address that resolves to itself but for the case of scheme and host: `https://`, letters, digits, `- . _ ~ /`,
  /// and no segment that begins with a dot.
  static func plain(_ value: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8]? {
    guard value.count > 8, value.count <= 2_048, TagFacts.isName(value.prefix(8), "https://") else { return nil }
    var out: [UInt8] = []
    out.reserveCapacity(value.count + 1)
    var inHost = true
    var previous: UInt8 = 0
    for (index, c) in value.enumerated() {
      if index >= 8 {
        guard
          HTMLByte.isLetter(c) || HTMLByte.isDigit(c) || c == 0x2D || c == 0x2E || c == 0x2F
            || (!inHost && (c == 0x5F || c == 0x7E))
        else { return nil }
        if previous == 0x2F, c == 0x2E || (index == 8 && c == 0x2F) { return nil }
        if c == 0x2F { inHost = false }
      }
      out.append(inHost ? HTMLByte.lower(c) : c)
      previous = c
    }
    if inHost { out.append(0x2F) }
    return out
  }
}

/// Puts the finds together: a badge once, as it stands best.
struct LinkMerger {
  private(set) var links: [FoundLink] = []
  private var places: [CredentialID: Int] = [:]
  private var others: Set<[UInt8]> = []
  private var tokens: [[UInt8]: Int] = [:]

  /// Distinct badges, kept or not.
  private var ids: Set<CredentialID> = []
  var badgesFound: Int { ids.count + tokens.count }

  /// Links must come in page order.
  mutating func add(_ link: FoundLink) {
    if let token = link.token { return add(link, token: token) }
    guard link.live, case .badge(let badge)? = link.reading else {
      guard link.live, let href = link.href else { return links.append(link) }
      if others.count < ScanLimits.otherLinks, others.insert(href).inserted { links.append(link) }
      return
    }
    ids.insert(badge.id)
    if let place = places[badge.id] {
      let occurrences = links[place].occurrences + 1
      if Self.rank(link) < Self.rank(links[place]) { links[place] = link }
      links[place].occurrences = occurrences
    } else if places.count + tokens.count < ScanLimits.badges {
      places[badge.id] = links.count
      links.append(link)
    }
  }

  private mutating func add(_ link: FoundLink, token: [UInt8]) {
    if let place = tokens[token] {
      if place >= 0 { links[place].occurrences += 1 }
      return
    }
    let isKept = places.count + tokens.count < ScanLimits.badges
    tokens[token] = isKept ? links.count : -1
    if isKept { links.append(link) }
  }

  /// Lower is better: evidence before hints, the owner's words before a visitor's, a live context before noscript,
  /// shown before hidden.
  private static func rank(_ link: FoundLink) -> Int {
    var rank = 0
    if link.kind == .jsonLD { rank += 8 }
    for note in link.notes {
      switch note {
      case .userContentPossible: rank += 4
      case .noscriptOnly: rank += 2
      case .hiddenByMarkup: rank += 1
      default: break
      }
    }
    return rank
  }
}
