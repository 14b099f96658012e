public import Encodings

/// Finds the badge links of a page in its source: no program of the page is run, no style sheet is read.
public enum LinkScanner {
  /// - Parameter body: the page as served, not yet decoded, at most `ScanLimits.body` bytes.
  /// - Throws: `PageRejection`: the page cannot be read safely or at all.
  public static func scan(_ body: [UInt8], options: ScanOptions) throws(PageRejection) -> PageScan {
    guard body.count <= ScanLimits.body else { throw .tooLarge(limit: ScanLimits.body) }
    let (text, charset) = try HTMLCharset.decode(body, headerCharset: options.headerCharset)
    return try text.withUnsafeBufferPointer { bytes throws(PageRejection) -> PageScan in
      var pass = LinkScannerPass(bytes, options: options)
      try pass.run(0..<bytes.count, noscript: nil)
      return try pass.finish(charset: charset)
    }
  }
}

/// What the reader of a page knows besides its bytes.
public struct ScanOptions: Sendable {
  /// Final address of the page: `ResolvedURL(pageAddress)` or `URLResolver.absolute(bytes)`.
  public var page: ResolvedURL
  /// The configured verify host, lower case.
  public var verifyHost: String
  /// `charset` of the Content-Type header, if any.
  public var headerCharset: String?
  /// Names of programmes and of the authority, any case: a page that says one without a badge gets a note.
  public var programmeWords: [Text]

  public init(page: ResolvedURL, verifyHost: String, headerCharset: String? = nil, programmeWords: [Text] = []) {
    self.page = page
    self.verifyHost = verifyHost
    self.headerCharset = headerCharset
    self.programmeWords = programmeWords
  }
}

/// Every limit of a scan. The first eight are part of what Khatm promises about pages; the others keep the work linear.
public enum ScanLimits {
  /// Bytes of a page after inflating; the fetch stops at 2 MiB on the wire.
  public static let body = 8 << 20
  /// Twice what the longest page of the web's own standards has, one for each 17 bytes of a fetched page.
  public static let tags = 120_000
  public static let attributes = 256
  /// Bytes of one attribute value as written; a longer one is skipped whole.
  public static let attributeValue = 64 << 10
  public static let openElements = HTMLTree.maxOpenElements
  public static let badges = 50
  public static let jsonLD = 64 << 10
  public static let inlineToken = 16 << 10
  /// Entries of the stack of open elements looked at one by one: 40 for each tag allowed.
  static let stackSteps = 8_000_000
  /// Links that may lead to our host, and addresses that must be decoded to tell: a hundred times the badges that are
  /// kept.
  static let addresses = 5_000
  /// Addresses among them that need a full parse, which costs about as much as four plain ones.
  static let resolutions = 1_250
  /// Blocks of JSON-LD read: 1 MiB in all, of which a page's own badge needs one block.
  static let jsonLDBlocks = 16
  /// Links to our host that are no badge, links listed as ignored: as many as badges.
  static let otherLinks = 50
  static let ignoredLinks = 50
  /// Distinct hosts compared with ours, each by its skeleton and edit distance.
  static let hosts = 2_000
}

/// What stands in a page's source.
public struct PageScan: Hashable, Sendable {
  /// Links to the verify host or to a host that imitates it, and mentions of a badge link where it is no link; in page
  /// order, merged by id.
  public var links: [FoundLink]
  public var pageNotes: [PageNote]
  public var notExamined: NotExamined
  /// The encoding the page was read in.
  public var charset: String
  /// Work done, in bytes and stack entries; grows with the page and nothing else.
  var work = 0

  /// What a browser would load or run, counted and not looked at.
  public struct NotExamined: Hashable, Sendable {
    public var scripts = 0
    public var frames = 0
    public var styleSheets = 0
  }

  /// The badges that count for the verdict, with the id that each names.
  public var badges: [(id: CredentialID, link: FoundLink)] {
    links.compactMap { link in
      guard link.counts, case .badge(let badge)? = link.reading else { return nil }
      return (badge.id, link)
    }
  }

  /// Links to hosts that imitate the verify host.
  public var lookalikes: [(host: [UInt8], link: FoundLink)] {
    links.compactMap { link in link.counts ? link.lookalikeHost.map { ($0, link) } : nil }
  }
}

/// Where a link stands. The first four are live.
public enum LinkContext: String, Hashable, Sendable, CaseIterable {
  case document, shadow, foreign, noscript
  case comment, cdata, template, rcdata
  case rawText = "raw_text"
  case plaintext, script
  case attributeValue = "attribute_value"
  case unfinishedTag = "unfinished_tag"
  case noHref = "no_href"
  case otherTarget = "other_target"

  /// Whether a visitor can follow a link that stands here.
  public var isLive: Bool {
    switch self {
    case .document, .shadow, .foreign, .noscript: true
    default: false
    }
  }
}

/// A place of the page that leads to the verify host, or looks as if it did.
public struct FoundLink: Hashable, Sendable {
  /// What kind of markup it stands in.
  public enum Kind: String, Hashable, Sendable {
    case anchor, area
    case headLink = "head_link"
    /// A hint: it says nothing that a visitor sees.
    case jsonLD = "json_ld"
    case inlineToken = "inline_token"
    /// Only text that looks like a badge link.
    case mention
  }

  public var kind: Kind
  /// The address after resolving; nil where there is none.
  public var href: [UInt8]?
  public var context: LinkContext
  public var notes: [LinkNote]
  /// From 1.
  public var line: Int
  public var reading: BadgeLink.Reading?
  /// The host imitates the verify host (`lookalike_verifier_host`).
  public var lookalikeHost: [UInt8]?
  /// The credential token of an inline token, unread.
  public var token: [UInt8]?
  /// How often the same badge was found.
  public var occurrences = 1

  public var live: Bool { context.isLive }
  /// Live, and not written by a visitor as far as `rel` tells.
  public var counts: Bool { live && !notes.contains(.userContentPossible) }
}

/// A note on one link.
public enum LinkNote: Hashable, Sendable {
  case duplicateAttribute(name: String)
  case suspiciousMarkup(what: String)
  case unusualURLForm(form: String)
  case hiddenByMarkup(how: String)
  case linkHasEventHandler(events: [String])
  case parserDependent(construct: String)
  case noscriptOnly
  case userContentPossible
  case baseElement(href: [UInt8])

  /// Whether a reader could take another link for this one.
  var isAmbiguous: Bool {
    switch self {
    case .suspiciousMarkup, .baseElement: true
    default: false
    }
  }

  var isSuspiciousMarkup: Bool { if case .suspiciousMarkup = self { true } else { false } }

  /// The code of the note in answers.
  public var code: String {
    switch self {
    case .duplicateAttribute: "duplicate_attribute"
    case .suspiciousMarkup: "suspicious_markup"
    case .unusualURLForm: "unusual_url_form"
    case .hiddenByMarkup: "hidden_by_markup"
    case .linkHasEventHandler: "link_has_event_handler"
    case .parserDependent: "parser_dependent"
    case .noscriptOnly: "noscript_only"
    case .userContentPossible: "user_content_possible"
    case .baseElement: "base_element"
    }
  }
}

/// A note on the page.
public enum PageNote: Hashable, Sendable {
  case baseElement(href: [UInt8])
  case metaRefresh(to: [UInt8])
  case scriptsPresent(count: Int)
  case framesNotExamined(count: Int)
  case officialImageWithoutLink(src: [UInt8])
  case linkToAuthorityWithoutCredential(href: [UInt8])
  case claimTextWithoutLink(text: Text)
  case notInSource
  case structureLimit(depth: Int)
  case truncated(kept: Int, found: Int)

  /// The code of the note in answers.
  public var code: String {
    switch self {
    case .baseElement: "base_element"
    case .metaRefresh: "meta_refresh"
    case .scriptsPresent: "scripts_present"
    case .framesNotExamined: "frames_not_examined"
    case .officialImageWithoutLink: "official_image_without_link"
    case .linkToAuthorityWithoutCredential: "link_to_authority_without_credential"
    case .claimTextWithoutLink: "claim_text_without_link"
    case .notInSource: "not_in_source"
    case .structureLimit: "structure_limit"
    case .truncated: "truncated"
    }
  }
}
