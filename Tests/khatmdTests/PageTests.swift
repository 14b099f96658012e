import Credentials
import Encodings
import Fixtures
import Foundation
import Messages
import Testing

@testable import khatmd

/// Pages for people, in every state and language.
@Suite struct PageTests {
  private func states(_ server: TestServer) throws -> [(AnswerState, String)] {
    let sample = server.sample
    var member = TestAuthority.Member()
    let good = try sample.issue()
    try sample.prove(good, key: "site/alnoor.example", reproveIn: 30)
    let named = try sample.issue()
    let suspended = try sample.issue()
    let revoked = try sample.issue()
    let replaced = try sample.issue()
    let forged = try sample.forge()
    member.validUntil = -3
    let expired = try sample.issue(member)
    member.validFrom = 5
    member.validUntil = 100
    let later = try sample.issue(member)
    try sample.suspend(suspended)
    try sample.revoke(revoked)
    try sample.revoke(replaced, replacedBy: good.id)
    let page = "page=https%3A%2F%2Falnoor.example%2Fshop"
    return [
      (.confirmed, "/c/\(good.id)?\(page)"), (.declared, "/c/\(named.id)?\(page)"), (.genuine, "/c/\(good.id)?"),
      (.otherPage, "/c/\(good.id)?page=https%3A%2F%2Fthief.example%2F"), (.expired, "/c/\(expired.id)?\(page)"),
      (.notYetValid, "/c/\(later.id)?\(page)"), (.suspended, "/c/\(suspended.id)?\(page)"),
      (.revoked, "/c/\(revoked.id)?\(page)"), (.replaced, "/c/\(replaced.id)?\(page)"),
      (.unknownNumber, "/c/7Q2M4XW9K3PDT5HBPA?\(page)"), (.mistyped, "/c/7Q2M4XW9K3PDT5HBPB?"),
      (.notGenuine, "/c/\(forged.id)?\(page)"),
    ]
  }

  /// Every state in every language: whole, with its direction, without a gap, without a script, without another host.
  @Test("A12, A101 address, time and both names stand on every page") func everyStateInEveryLanguage() async throws {
    let server = try await TestServer { $0.telephone = "+971 4 000 0000" }
    var addresses = try states(server)
    for (state, path) in addresses {
      for language in Language.allCases { try await look(server, state, path, language) }
    }
    try server.sample.remove("status/chamber/revocation/1")
    addresses = [(.cannotTell, addresses[0].1)]
    for (state, path) in addresses {
      for language in Language.allCases { try await look(server, state, path, language) }
    }
  }

  private func look(_ server: TestServer, _ state: AnswerState, _ path: String, _ language: Language) async throws {
    let reply = try await server.get(path + (path.hasSuffix("?") ? "" : "&") + "lang=\(language.rawValue)")
    let html = reply.text
    let at = Comment(rawValue: "\(state) \(language) \(path)")
    #expect(reply.status == 200, at)
    #expect(html.contains("<html lang=\"\(language.rawValue)\" dir=\"\(language.direction.rawValue)\">"), at)
    let word = Catalogue.sentence(WordOf(state: state), language: language)
    #expect(html.contains("<title>\(word): "), at)
    #expect(!html.contains(Template.missing), at)
    #expect(html.components(separatedBy: "<h1").count == 2, at)
    for piece in state.texts.headings[0][language].segments() {
      if case .text(let text) = piece { #expect(html.contains(escaped(text)), at) }
    }
    for piece in state.texts.advice[language].segments() {
      if case .text(let text) = piece { #expect(html.contains(escaped(text)), at) }
    }
    for forbidden in ["<script", "javascript:", " style=", " onload", "http-equiv", "Set-Cookie", "<iframe"] {
      #expect(!html.contains(forbidden), at)
    }
    // Loaded: the style sheet and pictures, all from here.
    #expect(!html.contains("src=\"http") && !html.contains("stylesheet\" href=\"http"), at)
    #expect(
      reply.headers["cache-control"] == "no-store" && reply.headers["referrer-policy"] == "no-referrer"
        && reply.headers["x-frame-options"] == "DENY"
    )
    #expect(
      reply.headers["content-security-policy"]
        == """
        default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors \
        'none'
        """
    )
    #expect(
      reply.headers["set-cookie"] == nil && reply.headers["x-content-type-options"] == "nosniff"
        && reply.headers["access-control-allow-origin"] == nil
    )
    try balanced(html, at)
  }

  /// The word of a state, as a message.
  private struct WordOf: Message {
    let state: AnswerState
    var identifier: String { state.rawValue }
    var parameters: [String] { [] }
    var texts: FourTexts { state.texts.word }
  }

  private func escaped(_ text: String) -> String {
    var html = HTML()
    html.text(text)
    return String(decoding: html.bytes, as: UTF8.self)
  }

  /// Every element that is opened is closed, in order; ids are unique.
  private func balanced(_ html: String, _ at: Comment) throws {
    let void: Set<String> = ["meta", "link", "input", "img", "br", "circle", "path", "rect"]
    var open: [String] = []
    var rest = html.utf8[...]
    var ids: [String] = []
    while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
      let end = try #require(rest[start...].firstIndex(of: UInt8(ascii: ">")))
      let tag = String(decoding: rest[rest.index(after: start)..<end], as: UTF8.self)
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("!") { continue }
      let name = String(tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber })
      if tag.hasPrefix("/") {
        #expect(open.popLast() == name, at)
      } else if !void.contains(name) && !tag.hasSuffix("/") {
        open.append(name)
      }
      if let id = tag.components(separatedBy: " id=\"").dropFirst().first?.split(separator: "\"").first {
        ids.append(String(id))
      }
    }
    #expect(open.isEmpty, at)
    #expect(Set(ids).count == ids.count, at)
  }

  @Test("A10 the compared addresses stand side by side") func whatAThiefSees() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    let html = try await server.get("/c/\(good.id)?page=https%3A%2F%2Falnoor.example.thief.example%2F&lang=en").text
    #expect(
      html.contains("https://alnoor.example.<strong>thief.example</strong>/"),
      "the registrable name is what stands out"
    )
    #expect(html.contains("https://<strong>alnoor.example</strong>/"))
    #expect(html.contains("verdict bad") && !html.contains("verdict good"))
    // A name in other letters is shown as it is looked up.
    let idn = try await server.get("/c/\(good.id)?page=https%3A%2F%2F%D0%B0lnoor.example%2F&lang=en").text
    #expect(idn.contains("xn--") && idn.contains("verdict bad"))
  }

  /// Names of quotes, tags, and marks that hide them from readers of characters.
  @Test(arguments: [
    "\"\u{301} onmouseover=\"alert(1)", "'\u{64B}><img src=x onerror=alert(1)>", "<\u{301}script>alert(1)</script>",
    "</title\u{301}><svg onload=alert(1)>", "&lt;b&gt; \"\u{200D}x=\u{FE0F}'", "{chamber} `x`",
  ])
  func namesAreText(_ name: String) async throws {
    let server = try await TestServer()
    var member = TestAuthority.Member()
    member.names = [("en", name)]
    let issued = try server.sample.issue(member)
    for path in [
      "/c/\(issued.id)?lang=en", "/c/\(issued.id)?lang=ar&page=https%3A%2F%2Falnoor.example%2F",
      "/search?q=script+alert&lang=fr", "/check?page=https%3A%2F%2Falnoor.example%2F",
    ] {
      let html = try await server.get(path).text
      for start in ["<img src=x", "<script", "<\u{301}script", "<svg onload"] {
        #expect(Text(html).bytes.firstRange(of: Array(start.utf8)) == nil, "\(path)")
      }
      #expect(!html.contains("alert(1)\""), "\(path)")
      try balanced(html, "\(path)")
    }
    let html = try await server.get("/c/\(issued.id)?lang=en").text
    #expect(Text(html).bytes.firstRange(of: Array("<bdi lang=\"en\">\(escaped(name))</bdi>".utf8)) != nil)
  }

  @Test func queriesAreEscapedToo() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    for value in [
      "%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "https%3A%2F%2Fx.example%2F%3C%22%CC%81", "javascript%3Aalert(1)",
    ] {
      for path in ["/c/\(good.id)?page=\(value)", "/search?q=\(value)", "/check?page=\(value)", "/check?id=\(value)"] {
        let html = try await server.get(path).text
        #expect(!html.contains("<script") && !html.contains("href=\"javascript"), "\(path)")
        if !html.isEmpty { try balanced(html, "\(path)") }
      }
    }
  }

  @Test("A84 no parameter leads elsewhere") func addressesAndLanguages() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    #expect(try await server.get("/C/\(good.id)").status == 200, "as printed in a QR code")
    // Other spellings, closing slashes and what trackers append lead to the plain address, and no cache keeps them.
    for path in [
      "/c/\(good.id.description.lowercased())", "/c/\(good.id.display)", "/c/\(good.id)/", "/c/\(good.id)?utm_source=x",
      "/c/\(good.id)?fbclid=1&gclid=2", "/c/\(good.id)?return=https://evil.example",
    ] {
      let reply = try await server.get(path)
      #expect(reply.status == 303 && reply.headers["location"] == "/c/\(good.id)", "\(path)")
      #expect(reply.headers["cache-control"] == "no-store", "\(path)")
    }
    let kept = try await server.get("/c/\(good.id)?lang=ar&spm=a&page=https%3A%2F%2Fa.example%2F")
    #expect(kept.headers["location"] == "/c/\(good.id)?lang=ar&page=https%3A%2F%2Fa.example%2F")
    // A program that follows the `id` of a credential is led to the credential.
    for accept in ["application/vc+jwt", "application/json"] {
      let reply = try await server.get("/c/\(good.id)", ["Accept": accept])
      #expect(reply.status == 303 && reply.headers["location"] == "/v1/credentials/\(good.id)", "\(accept)")
    }
    #expect(try await server.get("/c/nonsense").status == 404)
    #expect(try await server.get("/c/\(good.id)?lang=de").status == 400)
    #expect(try await server.get("/c/\(good.id)?page=a&page=b").status == 400, "A76, A84")
    #expect(
      try await server.get("/c/\(good.id)", ["Accept-Language": "fr-CA, en;q=0.5"]).text.contains("<html lang=\"fr\"")
    )
    #expect(try await server.get("/c/\(good.id)", ["Accept-Language": "de"]).text.contains("<html lang=\"en\""))
    let missing = try await server.get("/c/nonsense?lang=ar")
    #expect(missing.headers["content-type"] == "text/html; charset=utf-8" && missing.text.contains("dir=\"rtl\""))
    let wrong = try await server.get("/c/\(good.id)?page=ftp%3A%2F%2Fx%2F&lang=en")
    #expect(
      wrong.status == 422 && wrong.text.contains("role=\"alert\"") && wrong.text.contains("value=\"ftp://x/\"")
        && !wrong.text.contains("verdict good")
    )
    // A75: with no page it is never confirmed.
    #expect(try await server.get("/c/\(good.id)?page=&lang=en").text.contains("verdict ask"))
  }

  @Test func startAndSearch() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    for language in Language.allCases {
      let html = try await server.get("/?lang=\(language.rawValue)").text
      #expect(
        html.contains(escaped(SiteText.startHeading.texts[language].sentence())) && !html.contains(Template.missing)
      )
      try balanced(html, "\(language)")
      let found = try await server.get("/search?q=noor&lang=\(language.rawValue)").text
      #expect(found.contains("/c/\(good.id)?lang=\(language.rawValue)") && found.contains("شركة النور"))
      try balanced(found, "\(language)")
    }
    #expect(try await server.get("/search?q=zzz&lang=en").text.contains("Nothing was found"))
    #expect(try await server.get("/search?q=a&lang=en").text.contains("at least two"))
    #expect(try await server.get("/search?q=NTRAE%2BDU-1256293&lang=en").text.contains("Al Noor"))
    func leads(_ path: String, to address: String) async throws {
      let reply = try await server.get(path)
      #expect(
        reply.status == 303 && reply.headers["location"] == address,
        "\(path): \(reply.status) \(reply.headers["location"] ?? "")"
      )
    }
    try await leads("/check?id=\(good.id.display)&lang=en", to: "/c/\(good.id)?lang=en")
    try await leads("/check?id=+\(good.id.display.lowercased())+&lang=ar", to: "/c/\(good.id)?lang=ar")
    try await leads("/check?page=https%3A%2F%2Fkhatm.example%2Fc%2F\(good.id)&lang=en", to: "/c/\(good.id)?lang=en")
    try await leads(
      "/check?page=https%3A%2F%2Falnoor.example%2F&lang=en",
      to: "/c/\(good.id)?page=https%3A%2F%2Falnoor.example%2F&lang=en"
    )
    #expect(try await server.get("/check?id=x&lang=en").status == 422)
    #expect(
      try await server.get("/check?page=https%3A%2F%2Fnobody.example%2F&lang=en").text.contains("Nothing was found")
    )
    let style = try await server.get("/style.css")
    #expect(
      style.headers["content-type"] == "text/css; charset=utf-8" && !style.text.contains("url(")
        && !style.text.contains("@import")
    )
    #expect(style.text.contains("content: \"\\2212\""))
  }

  /// POST, 303, GET; a forgery is not led to the page of the number it stole.
  @Test func uploadedPictures() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    let forged = try server.sample.forge()
    let svg = Array(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><rect width=\"9\" height=\"9\"/></svg>".utf8
    )
    func upload(_ file: [UInt8], boundary: String = "----WebKitFormBoundaryAbC", field: String = "picture") async throws
      -> Reply
    {
      let head =
        """
        --\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"b.svg\"\r\nContent-Type: \
        image/svg+xml\r\n\r\n
        """
      return try await server.ask(
        "POST",
        "/picture?lang=fr",
        ["Content-Type": "multipart/form-data; boundary=\(boundary)"],
        body: Array(head.utf8) + file + Array("\r\n--\(boundary)--\r\n".utf8)
      )
    }
    func leads(_ file: [UInt8], to address: String) async throws {
      let reply = try await upload(file)
      #expect(reply.status == 303 && reply.headers["location"] == address, "\(reply.headers) \(reply.text)")
      #expect(try await server.get(address).status == 200)
    }
    try await leads(try BakingSVG.bake(token: good.token, into: svg), to: "/c/\(good.id)?lang=fr")
    try await leads(try BakingSVG.bake(token: forged.token, into: svg), to: "/picture?code=signature_invalid&lang=fr")
    try await leads(svg, to: "/picture?code=no_baked_data&lang=fr")
    try await leads(Array("<svg".utf8), to: "/picture?code=baked_data_malformed&lang=fr")
    try await leads(Array("hello".utf8), to: "/picture?code=malformed&lang=fr")
    #expect(try await upload([UInt8](repeating: 0, count: 2 << 20)).status == 413)
    #expect(try await upload(svg, field: "other").status == 400)
    #expect(try await server.ask("POST", "/picture", ["Content-Type": "text/plain"], body: []).status == 415)
    for body in [
      "", "--x", "--x\r\n\r\n", "--x\r\nA: b\r\n\r\nc",
      """
      --x\r\nContent-Disposition: form-data; name=\"picture\"\r\n\r\na\r\n--x\r\nContent-Disposition: form-data; \
      name=\"picture\"\r\n\r\nb\r\n--x--
      """,
    ] {
      #expect(
        try await server.ask(
          "POST",
          "/picture",
          ["Content-Type": "multipart/form-data; boundary=x"],
          body: Array(body.utf8)
        ).status == 400,
        "\(body)"
      )
    }
    #expect(try await server.get("/picture?code=confirmed").status == 303, "an address cannot be made to praise")
    #expect(try await server.get("/picture?code=page_not_stated").status == 303)
    for (type, boundary) in [
      ("multipart/form-data; boundary=abc", "abc"), ("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"", "a b"),
      ("multipart/form-data", nil), ("multipart/form-data; boundary=", nil), ("multipart/mixed; boundary=a", nil),
      ("multipart/form-data; boundary=a; boundary=b", nil),
      ("multipart/form-data; boundary=\(String(repeating: "a", count: 71))", nil),
    ] as [(String, String?)] {
      #expect(Multipart.boundary(type) == boundary.map { Array($0.utf8) }, "\(type)")
    }
  }

  /// A85: the picture is the same whatever the state.
  @Test("A85 pictures know no state") func badgesKnowNoState() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    var pictures: Set<[UInt8]> = []
    for step in 0..<3 {
      if step == 1 { try server.sample.suspend(good) }
      if step == 2 { try server.sample.revoke(good) }
      let fresh = try await TestServer()  // not only because it was remembered
      try FileManager.default.removeItem(atPath: fresh.sample.path)
      try FileManager.default.copyItem(atPath: server.sample.path, toPath: fresh.sample.path)
      let reply = try await server.get("/badge/\(good.id).svg")
      #expect(
        reply.status == 200 && reply.headers["content-type"] == "image/svg+xml"
          && reply.headers["cache-control"] == "public, max-age=86400"
      )
      #expect(reply.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox")
      pictures.insert(reply.body)
    }
    #expect(pictures.count == 1)
    for language in Language.allCases {
      for form in ["compact", "wide"] {
        #expect(try await server.get("/badge/\(good.id).svg?lang=\(language.rawValue)&form=\(form)").status == 200)
      }
    }
    for path in ["/badge/7Q2M4XW9K3PDT5HBPA.svg", "/badge/\(good.id).png", "/badge/\(good.id)", "/qr/x.svg"] {
      #expect(try await server.get(path).status == 404, "\(path)")
    }
    #expect(try await server.get("/badge/\(good.id).svg?x=1").status == 400)
    #expect(try await server.get("/qr/\(good.id).svg").text.hasPrefix("<svg"))
    #expect(
      try await server.get("/badge/\(try server.sample.forge().id).svg").status == 404,
      "no badge for what nobody issued"
    )
  }
}
