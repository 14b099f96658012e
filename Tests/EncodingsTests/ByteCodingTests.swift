import Encodings
import Foundation
import Testing

/// Base64, base58 and hexadecimal, each with one spelling.
@Suite struct ByteCodingTests {
  // RFC 4648 section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func base64(_ plain: String, _ coded: String) {
    #expect(Base64.encode(Array(plain.utf8)) == coded)
    #expect(Base64.decode(coded) == Array(plain.utf8))
    let bare = coded.replacingOccurrences(of: "=", with: "")
    #expect(Base64URL.encode(Array(plain.utf8)) == bare)
    #expect(Base64URL.decode(bare) == Array(plain.utf8))
    if bare != coded {
      #expect(Base64URL.decode(coded) == nil)
      #expect(Base64.decode(bare) == nil)
    }
  }

  @Test(arguments: [
    "YR", "YWJ", "A", "AAAAA", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Zm9v=", "Zm\u{0}v", "Z\u{e9}9v", "Zg==",
  ])
  func refusedByBase64URL(_ text: String) { #expect(Base64URL.decode(text) == nil) }

  @Test(arguments: [
    "YR==", "YWJ=", "Zg=", "Zg", "Zg===", "Z===", "====", "=", "Zm9v\n", "Zm-v", "Zm_v", "Zg==Zg==", "Z=g=",
  ])
  func refusedByBase64(_ text: String) { #expect(Base64.decode(text) == nil) }

  @Test func allLengthsComeBackAndAgreeWithFoundation() {
    var random = SystemRandomNumberGenerator()
    for length in 0..<300 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString())
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
      #expect(Base64URL.encodeBytes(bytes) == Array(Base64URL.encode(bytes).utf8))
      #expect(Hex.decode(Hex.encode(bytes)) == bytes)
      if length <= 128 { #expect(Base58.decode(Base58.encode(bytes)) == bytes) }
    }
  }

  /// One spelling per value: of all two- and three-digit texts exactly 256 and 65,536 are read.
  @Test func oneSpellingPerValue() {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var two = 0
    var three = 0
    for a in digits {
      for b in digits {
        if Base64URL.decode([a, b]) != nil { two += 1 }
        for c in digits where Base64URL.decode([a, b, c]) != nil { three += 1 }
      }
    }
    #expect(two == 256)
    #expect(three == 65_536)
  }

  // draft-msporny-base58, section 5.
  @Test(arguments: [
    ("48656c6c6f20576f726c6421", "2NEpo7TZRRrLZSi2U"),
    (
      "54686520717569636b2062726f776e20666f78206a756d7073206f76657220746865206c617a7920646f672e",
      "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z"
    ),
    ("0000287fb4cd", "11233QC4"), ("", ""), ("00", "1"), ("000000", "111"),
  ])
  func base58(_ hex: String, _ text: String) throws {
    let bytes = try #require(Hex.decode(hex))
    #expect(Base58.encode(bytes) == text)
    #expect(Base58.decode(text) == bytes)
  }

  @Test func base58Refuses() {
    for text in [
      "0", "O", "I", "l", " 1", "1 ", "\u{e9}", "2NEpo7TZRRrLZSi2U=", String(repeating: "1", count: 129),
      String(repeating: "z", count: 100_000),
    ] {
      #expect(Base58.decode(text) == nil)
    }
    #expect(Base58.decode(String(repeating: "1", count: 33), maxBytes: 32) == nil)
    #expect(Base58.decode(String(repeating: "1", count: 32), maxBytes: 32) == [UInt8](repeating: 0, count: 32))
    #expect(Base58.decode(Base58.encode([UInt8](repeating: 0xFF, count: 32)), maxBytes: 32)?.count == 32)
    #expect(Base58.decode(Base58.encode([UInt8](repeating: 0xFF, count: 33)), maxBytes: 32) == nil)
  }

  @Test func hex() {
    #expect(Hex.encode([0, 0x0F, 0xA5, 0xFF]) == "000fa5ff")
    #expect(Hex.decode("00FFa5") == [0, 0xFF, 0xA5])
    for text in ["0", "0g", "0x00", " 00", "+5", "\u{0660}0"] { #expect(Hex.decode(text) == nil) }
  }
}
