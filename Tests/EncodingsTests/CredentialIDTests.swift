import Encodings
import Testing

/// Certificate numbers and typing errors.
@Suite struct CredentialIDTests {
  static let good = "7Q2M4XW9K3PDT5HBPA"

  @Test func theDocumentedExampleIsRead() throws {
    let id = try CredentialID(reading: Self.good)
    #expect(id.description == Self.good)
    #expect(id.display == "7Q2M-4XW9-K3PD-T5HB-PA")
  }

  @Test(arguments: ["7q2m4xw9k3pdt5hbpa", "7Q2M-4XW9-K3PD-T5HB-PA", "7q2m-4Xw9-k3pD-t5hb-pa", "7Q2M-4XW9K3PDT5HB-PA"])
  func caseAndHyphensAreFolded(_ text: String) throws {
    #expect(try CredentialID(reading: text).description == Self.good)
  }

  @Test(arguments: [
    "", "7Q2M", "7Q2M4XW9K3PDT5HBP", "7Q2M4XW9K3PDT5HBPAA", "7Q-2M4XW9K3PDT5HBPA", "7Q2M--4XW9-K3PD-T5HB-PA",
    "-7Q2M4XW9K3PDT5HBPA",
    "7Q2M4XW9K3PDT5HBPA-", "7Q2M4XW9K3PDT5HBP-A", "7Q2M4XW9K3PDT5HBPU", "IQ2M4XW9K3PDT5HBPA", "OQ2M4XW9K3PDT5HBPA",
    "7Q2M 4XW9K3PDT5HBPA", "7Q2M\u{2010}4XW9K3PDT5HBPA",
    " 7Q2M4XW9K3PDT5HBPA", "7Q2M4XW9K3PDT5HBPA\n", "\u{0667}Q2M4XW9K3PDT5HBPA",
  ])
  func anotherShapeIsMalformed(_ text: String) {
    #expect(throws: CredentialIDRejection.malformed) { try CredentialID(reading: text) }
  }

  @Test func everyWrongCharacterAndEverySwapIsCaught() throws {
    let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    var tried = 0
    for seed in UInt8(0)..<20 {
      let id = CredentialID(random: (0..<10).map { UInt8(truncatingIfNeeded: Int($0) &* 89 &+ Int(seed) &* 151 &+ 7) })
      let text = Array(id.description.utf8)
      for at in text.indices {
        for digit in digits where digit != text[at] {
          var wrong = text
          wrong[at] = digit
          #expect(throws: CredentialIDRejection.checkCharactersWrong) { try CredentialID(reading: wrong) }
          tried += 1
        }
        if at > 0, text[at] != text[at - 1] {
          var swapped = text
          swapped.swapAt(at, at - 1)
          #expect(throws: CredentialIDRejection.checkCharactersWrong) { try CredentialID(reading: swapped) }
        }
      }
    }
    #expect(tried == 20 * 18 * 31)
  }

  @Test("A74 numbers of eighty bits") func theEndsOfTheRangeComeBack() throws {
    for byte in [UInt8(0), 0xFF] {
      let id = CredentialID(random: [UInt8](repeating: byte, count: 10))
      #expect(try CredentialID(reading: id.description) == id)
    }
    #expect(CredentialID(random: [UInt8](repeating: 0, count: 10)).description == "000000000000000000")
    #expect(
      CredentialID(random: [UInt8](repeating: 0, count: 10))
        < CredentialID(random: [UInt8](repeating: 0, count: 9) + [1])
    )
  }
}

/// Links of badges.
@Suite struct BadgeLinkTests {
  static let host = "khatm.example"
  static func read(_ address: String, alsoRecord: Bool = false) -> BadgeLink.Reading {
    BadgeLink.read(address.utf8, host: host, alsoRecord: alsoRecord)
  }

  @Test(arguments: [
    "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA", "HTTPS://KHATM.EXAMPLE/C/7Q2M4XW9K3PDT5HBPA",
    "https://khatm.example:443/c/7q2m-4xw9-k3pd-t5hb-pa",
    "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA#anything at all",
    // What other people's hands leave on a link.
    "http://khatm.example/c/7Q2M4XW9K3PDT5HBPA", "http://khatm.example:80/c/7Q2M4XW9K3PDT5HBPA",
    "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA/", "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA?",
    "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA?lang=de", "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA?LANG=ar",
    "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA?utm_source=shop&fbclid=IwAR0",
    "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA?page=https://evil.example/",
  ])
  func aBadgeLink(_ address: String) throws {
    let id = try CredentialID(reading: "7Q2M4XW9K3PDT5HBPA")
    #expect(Self.read(address) == .badge(BadgeLink(id: id)))
  }

  @Test(arguments: ["ar", "en", "fr", "zh"]) func aLanguage(_ language: String) throws {
    let id = try CredentialID(reading: "7Q2M4XW9K3PDT5HBPA")
    #expect(
      Self.read("https://khatm.example/c/7Q2M4XW9K3PDT5HBPA?lang=\(language)")
        == .badge(BadgeLink(id: id, language: language))
    )
  }

  @Test(arguments: [
    "https://khatm.example/", "https://khatm.example", "http://khatm.example:443/c/7Q2M4XW9K3PDT5HBPA",
    "https://u@khatm.example/c/7Q2M4XW9K3PDT5HBPA",
    "https://khatm.example:8443/c/7Q2M4XW9K3PDT5HBPA",
    "https://khatm.example//c/7Q2M4XW9K3PDT5HBPA",
    "https://khatm.example/c/%37Q2M4XW9K3PDT5HBPA",
    "https://khatm.example/c/", "https://khatm.example/d/7Q2M4XW9K3PDT5HBPA",
    "https://khatm.example/./c/7Q2M4XW9K3PDT5HBPA", "https://khatm.example/v1/credentials/7Q2M4XW9K3PDT5HBPA",
  ])
  func ourHostButNoBadge(_ address: String) { #expect(Self.read(address) == .hostOnly) }

  @Test(arguments: [
    "", "https:", "//khatm.example/c/7Q2M4XW9K3PDT5HBPA", "https:/khatm.example/c/7Q2M4XW9K3PDT5HBPA",
    "https://khatm.example.evil.example/c/7Q2M4XW9K3PDT5HBPA",
    "https://khatm.example@evil.example/c/7Q2M4XW9K3PDT5HBPA",
    "https://khatm.example\\@evil.example/c/7Q2M4XW9K3PDT5HBPA",
    "https://evil.example/?https://khatm.example/c/7Q2M4XW9K3PDT5HBPA",
    "https://evil.example#https://khatm.example/c/7Q2M4XW9K3PDT5HBPA", "ftp://khatm.example/c/7Q2M4XW9K3PDT5HBPA",
    "https://khatm.example\t/c/7Q2M4XW9K3PDT5HBPA",
    " https://khatm.example/c/7Q2M4XW9K3PDT5HBPA", "https://\u{212A}hatm.example/c/7Q2M4XW9K3PDT5HBPA",
    "https://khatm.example./c/7Q2M4XW9K3PDT5HBPA",
    "https://www.khatm.example/c/7Q2M4XW9K3PDT5HBPA",
  ])
  func elsewhere(_ address: String) { #expect(Self.read(address) == .other) }

  @Test func aMistypedIdIsSaidToBeOne() {
    #expect(Self.read("https://khatm.example/c/7Q2M4XW9K3PDT5HBPB") == .checkCharactersWrong)
  }

  @Test func theRecordOnlyWhenAskedFor() throws {
    let id = try CredentialID(reading: "7Q2M4XW9K3PDT5HBPA")
    let address = "https://khatm.example/v1/credentials/7Q2M4XW9K3PDT5HBPA"
    #expect(Self.read(address, alsoRecord: true) == .badge(BadgeLink(id: id)))
    #expect(Self.read("https://khatm.example/V1/credentials/7Q2M4XW9K3PDT5HBPA", alsoRecord: true) == .hostOnly)
  }

  @Test("A91 only one form of a badge address") func writersWriteTheOneForm() throws {
    let id = try CredentialID(reading: "7q2m4xw9k3pdt5hbpa")
    #expect(BadgeLink.url(id, host: Self.host) == "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA")
    #expect(BadgeLink.qrURL(id, host: Self.host) == "HTTPS://KHATM.EXAMPLE/C/7Q2M4XW9K3PDT5HBPA")
    #expect(Self.read(BadgeLink.qrURL(id, host: Self.host)) == .badge(BadgeLink(id: id)))
  }
}
