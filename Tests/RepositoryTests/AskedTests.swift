import Encodings
import Repository
import Testing

/// The edge: what people and programs add on the way is taken off, and what cannot be read is no verdict.
@Suite struct AskedTests {
  private static let host = "khatm.example"
  private static let plain = "7Q2M4XW9K3PDT5HBPA"
  private static var id: CredentialID { get throws { try CredentialID(reading: plain) } }
  private static let token = token(header: "{\"alg\":\"ES256\"}", payload: "{\"iss\":\"a\"}", signature: 64)

  private static func token(header: String, payload: String, signature: Int) -> String {
    [Array(header.utf8), Array(payload.utf8), [UInt8](repeating: 7, count: signature)]
      .map { Base64URL.encode($0) }.joined(separator: ".")
  }

  private func read(_ text: String, _ entrance: Asked.Entrance = .person) throws(Asked.Rejection) -> Asked {
    try Asked.read(Array(text.utf8), from: entrance, host: Self.host)
  }

  @Test(arguments: [
    "7Q2M4XW9K3PDT5HBPA", "7q2m4xw9k3pdt5hbpa", "7Q2M-4XW9-K3PD-T5HB-PA", "7Q2M 4XW9 K3PD T5HB PA",
    "7Q2M\u{A0}4XW9\u{A0}K3PD\u{A0}T5HB\u{A0}PA", " 7Q2M4XW9K3PDT5HBPA\r\n", "7Q2M-4XW9-K3PD-T5HB-PA.",
    "\u{200E}7Q2M4XW9K3PDT5HBPA\u{200F}", "٧Q٢M٤XW٩K٣PDT٥HBPA", "۷Q۲M۴XW۹K۳PDT۵HBPA", "７Ｑ２Ｍ４ＸＷ９Ｋ３ＰＤＴ５ＨＢＰＡ",
    "\u{FEFF}7Q2M4XW9K3PDT5HBPA", "«7Q2M–4XW9–K3PD–T5HB–PA»", "(7Q2M4XW9K3PDT5HBPA)", "\"7Q2M4XW9K3PDT5HBPA\",",
    "<7Q2M4XW9K3PDT5HBPA>", "7Q2M\u{2011}4XW9\u{2011}K3PD\u{2011}T5HB\u{2011}PA", "7Q2M4XW9K3PDT5HBPA؟",
    "“7Q2M 4XW9 K3PD T5HB PA”。", "7Q2M\u{00AD}4XW9K3PDT5HBPA", "\u{202B}7Q2M-4XW9-K3PD-T5HB-PA\u{202C}",
  ]) func aNumberAsPeopleWriteIt(_ text: String) throws {
    #expect(try read(text).subject == .number(try Self.id))
    #expect(try read(text, .program).subject == .number(try Self.id))
    // Reading what was read changes nothing.
    #expect(try Asked.number(Self.plain) == .number(try Self.id))
  }

  @Test func lettersThatLookLikeDigits() throws {
    let number = try CredentialID(reading: "00000000000000010" + check("0000000000000001").suffix(1))
    #expect(try read("OOOOOOOOOOOOOOOI" + number.description.suffix(2)).subject == .number(number))
  }

  private func check(_ letters: String) -> String {
    for first in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
      for second in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
        if (try? CredentialID(reading: letters + [first, second])) != nil { return String([first, second]) }
      }
    }
    return "00"
  }

  @Test func mistypedAndNoNumber() throws {
    #expect(try read("7Q2M4XW9K3PDT5HBPB").subject == .mistyped("7Q2M4XW9K3PDT5HBPB"))
    #expect(throws: Asked.Rejection.self) { try read("7Q2M4XW9K3PDT5HBP") }
    #expect(throws: Asked.Rejection.self) { try read("hello") }
    #expect(throws: Asked.Rejection.self) { try read("") }
    #expect(throws: Asked.Rejection.self) { try read(" \u{200E} ") }
    #expect(throws: Asked.Rejection.self) { try read("desert rose trading") }
  }

  @Test(arguments: [
    "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA", "http://khatm.example/c/7Q2M4XW9K3PDT5HBPA",
    "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA/", "https://KHATM.example/c/7Q2M4XW9K3PDT5HBPA?utm_source=shop",
    "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA#top", "khatm.example/c/7Q2M4XW9K3PDT5HBPA",
    "<https://khatm.example/c/7Q2M4XW9K3PDT5HBPA>", "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA.",
    "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA?fbclid=IwAR0abc&gclid=1", "HTTPS://khatm.example/c/7Q2M4XW9K3PDT5HBPA",
  ]) func aLinkOfOurs(_ text: String) throws {
    #expect(try read(text).subject == .link("https://khatm.example/c/7Q2M4XW9K3PDT5HBPA"))
  }

  @Test func whatALinkCarries() throws {
    let link = "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA?lang=ar&utm_source=x&page=https%3A%2F%2Fshop.example%2F"
    #expect(try read(link).subject == .link("https://khatm.example/c/7Q2M4XW9K3PDT5HBPA?lang=ar"))
    #expect(try read(link).page == "https://shop.example/")
    // In a request of a program, or on a page, it would let a thief name the page he is compared with.
    #expect(try read(link, .program).page == nil)
    #expect(throws: Asked.Rejection.schemeMissing) { try read("khatm.example/c/7Q2M4XW9K3PDT5HBPA", .program) }
    // Another host is left as it is: whose it is, and whether it imitates ours, is judged elsewhere.
    #expect(try read("https://khatrn.example/c/7Q2M?utm=1").subject == .link("https://khatrn.example/c/7Q2M?utm=1"))
    #expect(throws: Asked.Rejection.self) { try read("ftp://khatm.example/c/7Q2M4XW9K3PDT5HBPA") }
  }

  @Test func aTokenAsMailLeavesIt() throws {
    let token = Self.token
    let bytes = Array(token.utf8)
    let middle = token.index(token.startIndex, offsetBy: 30)
    for written in [
      token + "\n", token + "\r\n", "\u{FEFF}" + token, " " + token + " ", "\"" + token + "\"",
      token[..<middle] + "\r\n" + token[middle...], token[..<middle] + "=\r\n" + token[middle...],
      token[..<middle] + "\n   " + token[middle...], "data:application/vc+jwt," + token, "<" + token + ">", token + ".",
    ] {
      #expect(try read(String(written)).subject == .token(bytes), "\(written)")
    }
  }

  @Test func aDamagedTokenIsNoForgery() throws {
    func part(_ text: String) -> String? {
      do throws(Asked.Rejection) {
        _ = try read(text)
        return nil
      } catch {
        if case .tokenDamaged(let part) = error { return part }
        return "\(error)"
      }
    }
    let token = Self.token
    #expect(part(String(token.dropLast(10))) == "signature")
    #expect(part(String(token.prefix(token.count - 90))) == "signature")
    #expect(part("A" + token) == "header")
    #expect(part(token.replacing("eyJpc3", with: "eyJp*3")) == "payload")
    #expect(part(Self.token(header: "{\"typ\":\"x\"}", payload: "{}", signature: 64)) == "header")
    #expect(part(Self.token(header: "{\"alg\":\"ES256\"}", payload: "no json", signature: 64)) == "payload")
    // Written so by somebody: judged, not excused.
    #expect(part(Self.token(header: "{\"alg\":\"none\"}", payload: "{}", signature: 64)) == nil)
    #expect(part(Self.token(header: "{\"alg\":\"ES256\",\"alg\":\"ES256\"}", payload: "{}", signature: 64)) == nil)
    #expect(part(Self.token(header: "{\"alg\":\"ES256\"}", payload: "{\"a\":1,\"a\":2}", signature: 64)) == nil)
  }

  @Test func documentsAndPictures() throws {
    #expect(try read("\u{FEFF} {\"type\":[\"x\"]}\n").subject == .document(Array("{\"type\":[\"x\"]}".utf8)))
    #expect(throws: Asked.Rejection.self) { try read("{\"type\":") }
    #expect(try read("{\"a\":1,\"a\":2}").subject == .document(Array("{\"a\":1,\"a\":2}".utf8)))
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>"
    #expect(try read(" \n" + svg + "\n").subject == .picture(Array(svg.utf8)))
    let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3]
    #expect(try Asked.read(png, from: .person, host: Self.host).subject == .picture(png))
  }

  @Test func otherEncodings() throws {
    var little: [UInt8] = [0xFF, 0xFE]
    var big: [UInt8] = [0xFE, 0xFF]
    for unit in Self.plain.utf16 {
      little += [UInt8(unit & 0xFF), UInt8(unit >> 8)]
      big += [UInt8(unit >> 8), UInt8(unit & 0xFF)]
    }
    for bytes in [little, big] {
      #expect(try Asked.read(bytes, from: .person, host: Self.host).subject == .number(try Self.id))
    }
    #expect(throws: Asked.Rejection.self) { try Asked.read([0xC3, 0x28], from: .person, host: Self.host) }
  }

  @Test func pageAddresses() throws {
    func page(_ text: String, _ entrance: Asked.Entrance = .person) throws(Asked.Rejection) -> String {
      try Asked.pageAddress(text, from: entrance)
    }
    #expect(try page("  https://alnoor.example/ ") == "https://alnoor.example/")
    #expect(try page("alnoor.example") == "https://alnoor.example")
    #expect(try page("alnoor.example.") == "https://alnoor.example")
    #expect(try page("<https://alnoor.example/shop>") == "https://alnoor.example/shop")
    // Behind a path punctuation may be the name of another shop.
    #expect(try page("https://market.example/acme.") == "https://market.example/acme.")
    #expect(try page("https://alnoor.example.") == "https://alnoor.example")
    #expect(try page("http://alnoor.example/") == "http://alnoor.example/")
    #expect(throws: Asked.Rejection.schemeMissing) { try page("alnoor.example/", .program) }
    #expect(throws: Asked.Rejection.notAnAddress) { try page("al noor") }
    #expect(throws: Asked.Rejection.notAnAddress) { try page("") }
    #expect(throws: Asked.Rejection.notAnAddress) { try page("someone@alnoor.example") }
  }

  /// 4,000 honest forms with marks of the way: the plain form's answer.
  @Test func marksOfTheWay() throws {
    var random = SystemRandomNumberGenerator()
    let before = ["", " ", "\t", "\u{A0}", "\u{200E}", "\u{FEFF}", "\n", "\u{2067}", "\u{3000}"]
    let after = ["", " ", ".", ",", "\r\n", "\u{200F}", "؟", "。", "\u{2069}", ";", "\u{A0}"]
    let around = [("", ""), ("\"", "\""), ("«", "»"), ("(", ")"), ("<", ">"), ("“", "”")]
    let forms = [Self.plain, "7Q2M-4XW9-K3PD-T5HB-PA", "https://khatm.example/c/" + Self.plain, Self.token]
    for _ in 0..<1_000 {
      for form in forms {
        let (open, close) = around.randomElement(using: &random) ?? ("", "")
        let text =
          (before.randomElement(using: &random) ?? "") + open + form + close
          + (after.randomElement(using: &random) ?? "")
        #expect(try read(text).subject == read(form).subject, "\(Array(text.utf8))")
      }
    }
  }
}
