/// The sample world of `seeds/`: chambers, what is issued to whom, and storefront pages with the verdict they must get.
/// Read as strictly as the profiles, since demo and tests rely on it.
package struct SampleWorld: Hashable, Sendable {
  /// The authority to be founded.
  package struct Authority: Hashable, Sendable {
    package let name: String
    package let host: String
    /// ISO 3166-1 alpha-2.
    package let country: String
  }

  /// A chamber to be added.
  package struct Chamber: Hashable, Sendable {
    package let slug: String
    package let nameEn: String
    package let nameAr: String
    package let jurisdiction: String
    package let domain: String
  }

  /// A certificate to be issued, and what happens to it.
  package struct PlannedCredential: Hashable, Sendable {
    /// What happens to it after the issue.
    package enum Fate: Hashable, Sendable {
      case stays
      case suspended(reason: String, note: String)
      case revoked(reason: String, note: String)
      /// Issued with an end a few moments away.
      case endsSoon
    }

    /// Stable; ids are random.
    package let name: String
    /// `chamber/number`.
    package let member: String
    package let programme: String
    /// By a second officer.
    package let isApproved: Bool
    /// An officer vouches for its pages.
    package let isVouched: Bool
    package let fate: Fate
    /// The name of the credential this one supersedes, and why.
    package let replaces: Replacement?
  }

  /// The earlier certificate of the plan that this one replaces, and why.
  package struct Replacement: Hashable, Sendable {
    package let name: String
    package let reason: String
  }

  /// A request that the desk must refuse.
  package struct PlannedRejection: Hashable, Sendable {
    package let member: String
    package let programme: String
    package let code: String
  }

  /// A page of a shop, with the verdict that it must get.
  package struct Page: Hashable, Sendable {
    /// When the page is looked at: as soon as the world stands, or after the short-lived certificate ended.
    package enum Moment: String, Hashable, Sendable, CaseIterable {
      case loaded
      case afterEnd = "after-end"
    }

    /// In `seeds/pages`.
    package let file: String
    /// Where the page stands for the reader.
    package let address: String
    package let verdict: String
    /// The deciding reason code; nil where the verdict needs none.
    package let reason: String?
    package let notes: [String]
    package let moment: Moment
    /// One clause for people.
    package let why: String
  }

  package let authority: Authority
  package let chambers: [Chamber]
  /// In the order in which they are issued.
  package let credentials: [PlannedCredential]
  package let refusals: [PlannedRejection]
  package let pages: [Page]

  /// Reads `chambers.yaml`, `issue-plan.yaml` and, where there are pages, `pages.yaml`.
  package init(chambers: [UInt8], plan: [UInt8], pages: [UInt8]? = nil) throws(ProfileRejection) {
    (authority, self.chambers) = try Self.readChambers(StrictYAML(file: "chambers.yaml", bytes: chambers))
    (credentials, refusals) = try Self.readPlan(StrictYAML(file: "issue-plan.yaml", bytes: plan))
    self.pages = if let pages { try Self.readPages(StrictYAML(file: "pages.yaml", bytes: pages)) } else { [] }
  }

  private static func readChambers(_ yaml: consuming StrictYAML) throws(ProfileRejection) -> (Authority, [Chamber]) {
    try expect("khatm-chambers/1", in: &yaml)
    var owner = try yaml.mapping("authority")
    let authority = Authority(
      name: try owner.text("name", max: 64),
      host: try name("host", in: &owner),
      country: try owner.text("country", max: 2)
    )
    try owner.finish()
    var chambers: [Chamber] = []
    for var entry in try yaml.mappings("chambers") {
      let slug = try entry.word("slug", allowed: "a-z and hyphens, 3 to 40", where: Programme.isID)
      guard !chambers.contains(where: { $0.slug == slug }) else {
        throw entry.refusal(of: "slug", value: slug, allowed: "each once")
      }
      chambers.append(
        Chamber(
          slug: slug,
          nameEn: try entry.text("nameEn", max: 200),
          nameAr: try entry.text("nameAr", max: 200),
          jurisdiction: try entry.text("jurisdiction", max: 6),
          domain: try name("domain", in: &entry)
        )
      )
      try entry.finish()
    }
    try yaml.finish()
    return (authority, chambers)
  }

  private static func readPlan(_ yaml: consuming StrictYAML) throws(ProfileRejection) -> (
    [PlannedCredential], [PlannedRejection]
  ) {
    try expect("khatm-issue-plan/1", in: &yaml)
    var credentials: [PlannedCredential] = []
    for var entry in try yaml.mappings("credentials") {
      let credential = try readCredential(&entry, before: credentials)
      try entry.finish()
      credentials.append(credential)
    }
    var refusals: [PlannedRejection] = []
    for var entry in try yaml.mappings("refusals") {
      refusals.append(
        PlannedRejection(
          member: try member(in: &entry),
          programme: try entry.text("programme", max: 40),
          code: try code("code", in: &entry)
        )
      )
      try entry.finish()
    }
    try yaml.finish()
    return (credentials, refusals)
  }

  /// The words of the file.
  private enum Act: String, CaseIterable { case suspend, revoke }
  /// The words of the file.
  private enum End: String, CaseIterable { case soon }

  private static func readCredential(
    _ entry: inout StrictYAML,
    before: [PlannedCredential]
  ) throws(ProfileRejection) -> PlannedCredential {
    let name = try entry.word("name", allowed: "a-z and hyphens, 3 to 40", where: Programme.isID)
    guard !before.contains(where: { $0.name == name }) else {
      throw entry.refusal(of: "name", value: name, allowed: "each once")
    }
    var fate = PlannedCredential.Fate.stays
    var replaces: Replacement?
    if entry.has("then") {
      let act = try entry.choice("then", of: Act.self)
      let reason = try code("reason", in: &entry)
      let note = try entry.text("note")
      fate = act == .suspend ? .suspended(reason: reason, note: note) : .revoked(reason: reason, note: note)
    } else if entry.has("expires") {
      _ = try entry.choice("expires", of: End.self)
      fate = .endsSoon
    } else if entry.has("replaces") {
      let old = try entry.word("replaces", allowed: "a credential named above") { old in
        before.contains { $0.name == old }
      }
      replaces = Replacement(name: old, reason: try code("reason", in: &entry))
    }
    return PlannedCredential(
      name: name,
      member: try member(in: &entry),
      programme: try entry.text("programme", max: 40),
      isApproved: entry.has("approved") ? try entry.flag("approved") : false,
      isVouched: entry.has("vouched") ? try entry.flag("vouched") : false,
      fate: fate,
      replaces: replaces
    )
  }

  private static func readPages(_ yaml: consuming StrictYAML) throws(ProfileRejection) -> [Page] {
    try expect("khatm-pages/1", in: &yaml)
    var pages: [Page] = []
    for var entry in try yaml.mappings("pages") {
      let reason = entry.has("reason") ? try code("reason", in: &entry) : nil
      let notes = entry.has("notes") ? try entry.words("notes", allowed: "reason codes", where: isCode) : []
      pages.append(
        Page(
          file: try name("file", in: &entry),
          address: try entry.text("address"),
          verdict: try code("verdict", in: &entry),
          reason: reason,
          notes: notes,
          moment: entry.has("when") ? try entry.choice("when", of: Page.Moment.self) : .loaded,
          why: try entry.text("why")
        )
      )
      try entry.finish()
    }
    try yaml.finish()
    return pages
  }

  private static func expect(_ format: String, in yaml: inout StrictYAML) throws(ProfileRejection) {
    let found = try yaml.text("format")
    guard found == format else { throw .unknownFormat(file: yaml.file, format: found, known: [format]) }
  }

  /// A file or host name: no path leads out of the folder.
  private static func name(_ key: String, in yaml: inout StrictYAML) throws(ProfileRejection) -> String {
    try yaml.word(key, allowed: "a-z, digits, hyphens and dots") { name in
      (1...100).contains(name.utf8.count) && name.utf8.first != 0x2E
        && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E }
    }
  }

  private static func member(in yaml: inout StrictYAML) throws(ProfileRejection) -> String {
    try yaml.word("member", allowed: "chamber/number") {
      $0.utf8.split(separator: 0x2F).count == 2 && $0.utf8.count <= 64
    }
  }

  private static func code(_ key: String, in yaml: inout StrictYAML) throws(ProfileRejection) -> String {
    try yaml.word(key, allowed: "a code: a-z and underscores", where: isCode)
  }

  private static func isCode(_ text: String) -> Bool {
    (1...60).contains(text.utf8.count) && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F }
  }
}

extension SampleWorld {
  /// What a placeholder stands for.
  package enum Placeholder: Hashable, Sendable {
    case host
    /// The 18 characters of a credential's id.
    case id(String)
    /// Link and picture of a credential.
    case badge(String)
  }

  /// A page with its placeholders filled. Every `{{` must be one: a page with a mistyped name would test nothing.
  package static func fill(page: [UInt8], named file: String, with value: (Placeholder) -> String?)
    throws(ProfileRejection)
    -> [UInt8]
  {
    var filled: [UInt8] = []
    var rest = page[...]
    var line = 1
    let open = Array("{{".utf8)
    let close = Array("}}".utf8)
    while let start = rest.firstRange(of: open) {
      filled += rest[..<start.lowerBound]
      line += rest[..<start.lowerBound].count { $0 == 0x0A }
      rest = rest[start.upperBound...]
      guard let end = rest.firstRange(of: close) else {
        throw .unreadable(file: file, line: line, what: "a placeholder is not closed")
      }
      let name = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
      guard let place = placeholder(name), let text = value(place) else {
        throw .valueRefused(
          file: file,
          line: line,
          key: "{{…}}",
          value: name,
          allowed: "host, id:NAME, badge:NAME of the issue plan"
        )
      }
      filled += text.utf8
      rest = rest[end.upperBound...]
    }
    return filled + rest
  }

  private static func placeholder(_ text: String) -> Placeholder? {
    let parts = text.utf8.split(separator: 0x3A, omittingEmptySubsequences: false).map {
      String(decoding: Array($0), as: UTF8.self)
    }
    switch (parts.count, parts[0]) {
    case (1, "host"): return .host
    case (2, "id"): return .id(parts[1])
    case (2, "badge"): return .badge(parts[1])
    default: return nil
    }
  }
}
