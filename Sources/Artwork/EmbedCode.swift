package import Encodings
package import Messages

/// What a member puts into a page. None of the forms is a script: no code of ours runs there.
package enum EmbedCode {
  /// A page reader does not read a longer inline token.
  package static let maxTokenBytes = 16 << 10

  /// The address of the picture on the verify host: `/badge/ID.svg`, and `?form=wide`, `&lang=…` where they differ from
  /// compact and English.
  package static func pictureAddress(_ facts: BadgeFacts, form: BadgeForm, language: Language, type: String = "svg")
    -> String
  {
    var query: [String] = []
    if form != .compact { query.append("form=\(form.rawValue)") }
    if language != .en { query.append("lang=\(language.rawValue)") }
    let base = "https://\(facts.verifyHost)/badge/\(facts.id).\(type)"
    return query.isEmpty ? base : base + "?" + query.joined(separator: "&")
  }

  /// F1, link and picture: for every page that allows links. Same tab, `rel="noopener"`: a result that opens in a
  /// window of its own is what a forged one looks like.
  package static func html(_ facts: BadgeFacts, form: BadgeForm = .compact, language: Language) throws(ArtworkRejection)
    -> String
  {
    let drawing = try Badge.draw(facts, form: form, language: language)
    let params = [("chamber", facts.chamberName(language).text), ("id", facts.id.display)]
    var html = Markup()
    html.raw("<a href=\"")
    html.text(BadgeLink.url(facts.id, host: facts.verifyHost))
    html.raw("\" rel=\"noopener\" referrerpolicy=\"origin\"><img\n src=\"")
    html.text(pictureAddress(facts, form: form, language: language))
    html.raw("\" width=\"")
    html.number(drawing.width)
    html.raw("\" height=\"")
    html.number(drawing.height)
    if language != .en {
      html.raw("\" lang=\"")
      html.text(language.rawValue)
      if language.direction == .rightToLeft { html.raw("\" dir=\"rtl") }
    }
    html.raw("\"\n alt=\"")
    html.text(ArtworkText.badgeAlternative.printed(language, params))
    html.raw("\"></a>\n")
    return html.string
  }

  /// F2, link in the head: for own sites.
  package static func headLink(_ id: CredentialID, verifyHost: String) throws(ArtworkRejection) -> String {
    try PrintedAddress.checkHost(verifyHost, field: "verifyHost")
    var html = Markup()
    html.raw("<link rel=\"alternate\" type=\"application/vc+jwt\" href=\"")
    html.text("https://\(verifyHost)/v1/credentials/\(id)")
    html.raw("\">\n")
    return html.string
  }

  /// F3, JSON-LD: for own sites; a hint, not evidence. `site` is the member's own address.
  package static func jsonLD(_ facts: BadgeFacts, site: String, language: Language = .en) throws(ArtworkRejection)
    -> String
  {
    try PrintedAddress.check(site, field: "site")
    let certification: JSON = .object(
      JSONObject([
        "@type": .string("Certification"),
        "certificationIdentification": .string(Text(facts.id.description)),
        "url": .string(Text(BadgeLink.url(facts.id, host: facts.verifyHost))),
        "issuedBy": .object(
          JSONObject(["@type": .string("Organization"), "name": .string(Text(facts.chamberName(language).text))])
        ),
      ])
    )
    let organization: JSON = .object(
      JSONObject([
        "@context": .string("https://schema.org"), "@type": .string("Organization"),
        "name": .string(Text(facts.memberName(language).text)),
        "url": .string(Text(site)), "hasCertification": certification,
      ])
    )
    var html = Markup()
    html.raw("<script type=\"application/ld+json\">")
    html.json(organization.canonical())
    html.raw("</script>\n")
    return html.string
  }

  /// F4, the token itself: for own sites that want checks without asking us.
  package static func inlineToken(_ token: [UInt8]) throws(ArtworkRejection) -> String {
    let allowed = token.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        || [0x2D, 0x2E, 0x5F].contains($0)
    }
    guard allowed, !token.isEmpty, token.count <= maxTokenBytes, token.filter({ $0 == 0x2E }).count == 2 else {
      throw .tokenRefused
    }
    var html = Markup()
    html.raw("<script type=\"application/vc+jwt\">")
    html.text(String(decoding: token, as: UTF8.self))
    html.raw("</script>\n")
    return html.string
  }

  /// F8, the site's own word, served at `/.well-known/trust-credentials.json`: it wants these badges. `proof` answers a
  /// challenge of the chamber.
  package static func wellKnown(_ ids: [CredentialID], verifyHost: String, proof: String? = nil)
    throws(ArtworkRejection)
    -> [UInt8]
  {
    try PrintedAddress.checkHost(verifyHost, field: "verifyHost")
    if let proof { try PrintedAddress.check(proof, field: "proof") }
    let links = ids.map { JSON.string(Text(BadgeLink.url($0, host: verifyHost))) }
    let word = JSONObject(["v": .integer(1), "credentials": .array(links), "proof": proof.map { .string(Text($0)) }])
    return JSON.object(word).canonical() + [0x0A]
  }
}

extension Markup {
  /// JSON inside `<script>`: `<`, `>` and `&` can only stand in its strings, where an escape says the same and ends no
  /// element.
  fileprivate mutating func json(_ json: [UInt8]) {
    for byte in json {
      switch byte {
      case UInt8(ascii: "<"): raw("\\u003c")
      case UInt8(ascii: ">"): raw("\\u003e")
      case UInt8(ascii: "&"): raw("\\u0026")
      default: rawByte(byte)
      }
    }
  }
}
