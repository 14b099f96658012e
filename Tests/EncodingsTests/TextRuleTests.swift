import Encodings
import Testing

/// One rule each for names of hosts, addresses, numbers and types.
@Suite struct TextRuleTests {
  @Test(arguments: [
    "a.b", "khatm.example", "xn--mgbaam7a8h.example", "a-b.c-d.e0", "1.2.3.x4", "0.example",
    String(repeating: "a", count: 63) + ".example",
    String(repeating: "abcdefghi.", count: 25) + "abc",  // 253 bytes
  ])
  func hostNames(name: String) { #expect(HostName.isValid(Array(name.utf8))) }

  @Test(arguments: [
    "", ".", "example", "example.", ".example", "a..b", "Example.example", "a_b.example", "a b.example", "-a.example",
    "a-.example", "a.-b", "127.0.0.1", "a.0", "khatm.example/", "خاتم.example",
    String(repeating: "a", count: 64) + ".example", String(repeating: "abcdefghi.", count: 25) + "abcd",
  ])
  func noHostNames(name: String) { #expect(!HostName.isValid(Array(name.utf8))) }

  @Test(arguments: [
    "amal@dubai.example", "a.b+c@x.example", "o'hara!#$%&*/=?^_`{|}~-@Mail.Example", "0@0.x",
    String(repeating: "a", count: 64) + "@x.example",
  ])
  func emailAddresses(address: String) { #expect(EmailAddress.isValid(Array(address.utf8))) }

  @Test(arguments: [
    "", "@", "a@", "@x.example", "a@example", "a@x..example", "<script>@a..b", "<script>@a.example", "a b@x.example",
    ".a@x.example", "a.@x.example", "a..b@x.example", "a@b@x.example", "\"a\"@x.example", "a@[127.0.0.1]",
    "a@127.0.0.1", "a@-x.example", "ä@x.example", "a@x.example\n", String(repeating: "a", count: 65) + "@x.example",
    "a@" + String(repeating: "abcdefghi.", count: 25) + "abc",  // 255 bytes
  ])
  func noEmailAddresses(address: String) { #expect(!EmailAddress.isValid(Array(address.utf8))) }

  @Test(arguments: ["+97142281111", "+12345678", "+123456789012345"])
  func phoneNumbers(number: String) { #expect(PhoneNumber.isValid(Array(number.utf8))) }

  @Test(arguments: [
    "", "+", "97142281111", "0097142281111", "+00000000000", "+0123456789", "+1234567", "+1234567890123456",
    "+971 4 228 1111", "+971-4-2281111", "+٩٧١٤٢٢٨١١١١", "+97142281111x",
  ])
  func noPhoneNumbers(number: String) { #expect(!PhoneNumber.isValid(Array(number.utf8))) }

  @Test(
    arguments: [
      ("text/html", nil), ("text/html;charset=gbk", "gbk"), ("TEXT/HTML ; Charset=GBK", "GBK"),
      ("text/html;charset=gbk;charset=windows-1255", "gbk"), ("text/html;charset=();charset=GBK", "()"),
      ("text/html;charset=;charset=GBK", "GBK"), ("text/html;charset =gbk", nil), ("text/html; charset= gbk", "gbk"),
      ("text/html;charset='gbk'", "'gbk'"), ("text/html;charset=\"gbk\"", "gbk"), ("text/html;charset=\"gbk", "gbk"),
      ("text/html;charset=\"\\g\\b\\k\"", "gbk"), ("text/html;charset=\"gbk\"x; charset=a", "gbk"),
      ("text/html;charset=g\"bk", "g\"bk"), ("text/html;;;;charset=gbk", "gbk"), ("text/html;test;charset=gbk", "gbk"),
      ("text/html;\"charset=gbk\"", nil), ("text/html;charset", nil), ("", nil), (";charset=gbk", "gbk"),
      ("text/html;charset=gbk \t", "gbk"), ("text/html;x=\"a;charset=b\";charset=c", "c"),
    ] as [(String, String?)]
  )
  func charsets(header: String, charset: String?) {
    let found = ContentType(Array(header.utf8)).parameter("charset").map { String(decoding: $0, as: UTF8.self) }
    #expect(found == charset)
  }

  @Test(arguments: [
    ("text/html", "text/html"), (" Text/HTML ;x", "text/html"), ("", ""), (";", ""), ("text/html,a/b", "text/html,a/b"),
  ])
  func essences(header: String, essence: String) {
    #expect(String(decoding: ContentType(Array(header.utf8)).essence, as: UTF8.self) == essence)
  }
}
