import TestSupport
import Testing

@testable import Encodings

/// The strict reader and its limits.
@Suite struct JSONTests {
  static func kind(_ bytes: [UInt8], _ limits: JSONLimits = .credential) -> JSONRejection.Kind? {
    do {
      _ = try JSON.parse(bytes, limits: limits)
    } catch {
      return error.kind
    }
    return nil
  }
  static func kind(_ text: String) -> JSONRejection.Kind? { kind(Array(text.utf8)) }
  static func canonical(_ text: String) throws -> String {
    String(decoding: try JSON.parse(Array(text.utf8)).canonical(), as: UTF8.self)
  }

  @Test(arguments: [
    (#"{"a":1,"a":2}"#, JSONRejection.Kind.duplicateName), (#"{"a":1,"b":0,"\u0061":2}"#, .duplicateName),
    (#"{"x":{"é":1,"\u00e9":1}}"#, .duplicateName),
    ("[1,]", .unexpectedByte), ("[,1]", .unexpectedByte), (#"{"a":1,}"#, .unexpectedByte), (#"{a:1}"#, .unexpectedByte),
    ("'a'", .unexpectedByte),
    ("", .unexpectedEnd), ("   ", .unexpectedEnd), ("[", .unexpectedEnd), (#"{"a""#, .unexpectedEnd),
    (#""abc"#, .unexpectedEnd), (#""\"#, .unexpectedEnd),
    ("tru", .unexpectedEnd), ("True", .unexpectedByte), ("nul0", .unexpectedByte), ("NaN", .unexpectedByte),
    ("-Infinity", .malformedNumber),
    ("1 2", .trailingBytes), ("{}x", .trailingBytes), ("{}\u{0}", .trailingBytes), ("// c\n1", .unexpectedByte),
    ("\u{FEFF}{}", .byteOrderMark),
    (#""\x""#, .badEscape), (#""\u12g4""#, .badEscape), (#""\U0041""#, .badEscape), (#""\ud800""#, .loneSurrogate),
    (#""\ud800\u0041""#, .loneSurrogate),
    (#""\udc00""#, .loneSurrogate), (#""\udc00\ud800""#, .loneSurrogate), (#""\ud800x""#, .loneSurrogate),
    ("\"a\nb\"", .controlCharacter), ("\"\u{0}\"", .controlCharacter),
    ("9007199254740992", .integerTooLarge), ("-9007199254740992", .integerTooLarge),
    ("9007199254740993", .integerTooLarge), ("99999999999999999999999", .integerTooLarge),
    // Written canonically these would be plain digits that are refused.
    ("1e20", .integerTooLarge), ("-9007199254740992.0", .integerTooLarge), ("9007199254740991.5", .integerTooLarge),
    ("01", .malformedNumber), ("-", .unexpectedEnd), ("-01", .malformedNumber), ("1.", .unexpectedEnd),
    (".5", .unexpectedByte), ("1e", .unexpectedEnd), ("1e+", .unexpectedEnd),
    ("+1", .unexpectedByte), ("0x10", .trailingBytes), ("1_000", .trailingBytes), ("\u{0661}", .unexpectedByte),
    ("1e400", .numberOutOfRange), ("-1e999999999", .numberOutOfRange),
    ("1e-400", .numberOutOfRange), ("00", .malformedNumber), ("-00", .malformedNumber),
  ]) func refused(_ text: String, _ kind: JSONRejection.Kind) { #expect(Self.kind(text) == kind, "\(text)") }

  @Test(
    arguments: [
      [0x22, 0xC3, 0x28, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xE0, 0x80, 0x80, 0x22],
      [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF0, 0x80, 0x80, 0x80, 0x22],
      [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xF8, 0x88, 0x80, 0x80, 0x80, 0x22], [0x22, 0xFF, 0x22],
      [0x22, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22],
    ] as [[UInt8]]
  ) func badUTF8(_ bytes: [UInt8]) { #expect(Self.kind(bytes) == .notUTF8) }

  @Test func otherEncodingsOfUnicode() {
    #expect(Self.kind([0xFF, 0xFE, 0x7B, 0, 0x7D, 0]) == .unexpectedByte)
    #expect(Self.kind([0, 0x7B, 0, 0x7D]) == .unexpectedByte)
  }

  @Test func integersAreExactAndOtherNumbersAreNot() throws {
    #expect(try JSON.parse(Array("9007199254740991".utf8)) == .integer(9_007_199_254_740_991))
    #expect(try JSON.parse(Array("-9007199254740991".utf8)).int == -9_007_199_254_740_991)
    for text in ["1.0", "1e3", "-0", "0.5", "-0.0", "0e0", "1e21", "9007199254740991.0"] {
      let value = try JSON.parse(Array(text.utf8))
      #expect(value.int == nil, "\(text)")
      #expect(value.double != nil, "\(text)")
    }
  }

  @Test func depthIsCountedNotFelt() {
    let open = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
    #expect(Self.kind(open) == .tooDeep)
    let limits = JSONLimits(maxBytes: 1 << 20, maxDepth: 3, maxMembers: 2)
    #expect(Self.kind(Array("[[[]]]".utf8), limits) == nil)
    #expect(Self.kind(Array("[[[[]]]]".utf8), limits) == .tooDeep)
    #expect(Self.kind(Array(#"{"a":{"b":{"c":{}}}}"#.utf8), limits) == .tooDeep)
    #expect(Self.kind(Array(#"{"a":1,"b":2,"c":3}"#.utf8), limits) == .tooManyMembers)
    #expect(Self.kind([UInt8](repeating: 0x20, count: (1 << 20) + 1), limits) == .tooLarge)
    // The deepest that any caller can ask for does not reach the end of the stack.
    #expect(
      Self.kind(
        [UInt8](repeating: UInt8(ascii: "["), count: 5_000),
        JSONLimits(maxBytes: 10_000, maxDepth: 1_000_000, maxMembers: 1)
      ) == .tooDeep
    )
  }

  @Test func manyMembersCostNoSquare() throws {
    let names = (0..<9_999).map { "\"\(String(($0 &* 7919) % 9_999))\":0" }
    let object = try JSONObject.parse(Array("{\(names.joined(separator: ","))}".utf8))
    #expect(object.members.count == 9_999)
    #expect(object["4321"] == .integer(0))
    #expect(Self.kind(Array("{\(names.joined(separator: ",")),\"5\":0}".utf8)) == .duplicateName)
  }

  @Test func canonicalForm() throws {
    #expect(
      try Self.canonical(
        " { \"b\" : [ 1 , 1.0 , -0 , true , null ] , \"a\" : \"\\u0041\\/\\n\\u001F\\\"\\\\\\u20ac\" } "
      )
        == "{\"a\":\"A/\\n\\u001f\\\"\\\\\u{20AC}\",\"b\":[1,1,0,true,null]}"
    )
    #expect(try Self.canonical(#""\b\t\f\r\u007f\u2028""#) == "\"\\b\\t\\f\\r\u{7F}\u{2028}\"")
  }

  /// RFC 8785 section 3.2.3: U+1F600 sorts before U+FB33 in UTF-16, after it in UTF-8.
  @Test func namesSortByUTF16() throws {
    let scalars: [UInt32] = [
      0, 0x0A, 0x31, 0x80, 0xF6, 0x20AC, 0xD7FF, 0xE000, 0xEFFF, 0xF000, 0xFB33, 0xFFFF, 0x10000, 0x1F600, 0x10FFFF,
    ]
    var texts: [String] = [""]
    for first in scalars {
      for second in scalars {
        texts.append(String(String.UnicodeScalarView([first, second].compactMap(Unicode.Scalar.init))))
        texts.append(String(String.UnicodeScalarView([first].compactMap(Unicode.Scalar.init))))
      }
    }
    for left in texts {
      for right in texts {
        let expected = Array(left.utf16).lexicographicallyPrecedes(Array(right.utf16))
        #expect(CanonicalOrder.precedes(Array(left.utf8), Array(right.utf8)) == expected)
      }
    }
  }

  @Test(
    arguments: [
      (0.0, "0"), (-0.0, "0"), (1e21, "1e+21"), (1e20, "100000000000000000000"), (0.000001, "0.000001"), (1e-7, "1e-7"),
      (1.5, "1.5"), (-1.25e-9, "-1.25e-9"), (Double.leastNonzeroMagnitude, "5e-324"),
      (Double.greatestFiniteMagnitude, "1.7976931348623157e+308"), (100.0, "100"), (0.1, "0.1"),
      (1e16, "10000000000000000"),
      (9_007_199_254_740_992, "9007199254740992"), (-333333333.33333329, "-333333333.3333333"),
      (12345.678, "12345.678"),
    ] as [(Double, String)]
  )
  func numbersAsECMAScriptWritesThem(_ value: Double, _ text: String) {
    #expect(String(decoding: JSON.number(value).canonical(), as: UTF8.self) == text)
  }

  @Test func objectsKeepOrderAndOneValuePerName() {
    var object = JSONObject(["b": 1, "a": nil, "é": "x", "e\u{301}": "y", "b": 2])
    #expect(object.names == ["b", "e\u{301}", "é"])
    #expect(object["b"] == 2)
    object["a"] = .null
    object["b"] = nil
    #expect(object.names.map(\.string).first == "a")
    #expect(object["zz"] == nil)
    #expect(object["a"]?.isNull == true)
    let literal: JSON = ["k": [1, "two", .null, true], "j": ["deep": [:]]]
    #expect(String(decoding: literal.canonical(), as: UTF8.self) == #"{"j":{"deep":{}},"k":[1,"two",null,true]}"#)
  }

  /// A text that ends where a step of the reader ends, and one byte before and after it.
  @Test func textsCutOffAnywhere() throws {
    let whole = Array("\"\(String(repeating: "plain ", count: 20))é\"".utf8)
    for length in 1..<whole.count {
      #expect([.unexpectedEnd, .notUTF8].contains(Self.kind(Array(whole[..<length]))), "\(length)")
    }
    for length in 0..<100 {
      let text = String(repeating: "a", count: length)
      #expect(try JSON.parse(Array("\"\(text)\"".utf8)).string == text)
      #expect(Self.kind("\"\(text)\u{1F}\"") == .controlCharacter && Self.kind("\"\(text)") == .unexpectedEnd)
    }
  }

  @Test func anObjectIsAsked() {
    #expect(throws: JSONRejection(kind: .notAnObject, offset: 0)) { try JSONObject.parse(Array("[]".utf8)) }
  }

  /// No input whatever may end the process; what is accepted must survive its own canonical form.
  @Test func mangledDocuments() throws {
    let seed = Array(#"{"a":[1,2.5e3,"x\u00e9\ud83d\ude00"],"b":{"c":null,"d":true},"é":"ü"}"#.utf8)
    var random = SystemRandomNumberGenerator()
    var accepted = 0
    for _ in 0..<20_000 {
      var bytes = seed
      for _ in 0...Int.random(in: 0..<3, using: &random) {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: Int.random(in: 0..<bytes.count, using: &random))
        default: bytes = Array(bytes[..<Int.random(in: 1...bytes.count, using: &random)])
        }
        if bytes.isEmpty { bytes = [0x30] }
      }
      guard let value = JSON.parsed(bytes) else { continue }
      accepted += 1
      let canonical = value.canonical()
      // A fraction such as 2e15 may be written as plain digits that only fit a double.
      if let again = JSON.parsed(canonical) { #expect(again.canonical() == canonical) }
    }
    #expect(accepted > 100)
  }
}

/// Texts compared byte by byte.
@Suite struct TextTests {
  @Test func bytesNotCanonicalEquivalence() {
    #expect(Text("é") != Text("e\u{301}"))
    #expect(Set([Text("é"), Text("e\u{301}")]).count == 2)
    #expect(Text("https://a.example/\u{301}").hasPrefix("https://a.example/"))
    #expect(Text("ab").hasSuffix("b"))
    #expect(!Text("b").hasSuffix("ab"))
    #expect(Text("a") < Text("b") && Text("Z") < Text("a") && Text("a") < Text("aa"))
    #expect(Text("abc").dropping(prefix: "a") == "bc")
    #expect(Text("abc").dropping(prefix: "b") == nil)
    #expect(Text(validating: [0xFF]) == nil)
    #expect(Text(validating: [0xEF, 0xBB, 0xBF, 0x41])?.bytes.count == 4)
  }

  @Test(arguments: [("0", 0), ("1", 1), ("131071", 131_071), ("9223372036854775807", Int64.max)] as [(String, Int64)])
  func decimal(_ text: String, _ value: Int64) { #expect(ASCII.decimal(text.utf8) == value) }

  @Test(arguments: [
    "", "00", "01", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "\u{0661}", "9223372036854775808",
    "99999999999999999999999",
  ])
  func notDecimal(_ text: String) { #expect(ASCII.decimal(text.utf8) == nil) }

  @Test func foldingIsASCIIOnly() {
    #expect(ASCII.equalFolded("KHATM".utf8, "khatm".utf8))
    #expect(!ASCII.equalFolded("\u{212A}".utf8, "k".utf8))
    #expect(
      ASCII.lower(0x40) == 0x40 && ASCII.lower(0x5B) == 0x5B && ASCII.upper(0x60) == 0x60 && ASCII.upper(0x7B) == 0x7B
    )
  }
}

/// Not a benchmark: a guard against a reader that has become quadratic or copies its input at each step.
@Suite struct JSONSpeedTests {
  @Test(.timeLimit(.minutes(allowedMinutes(1)))) func aLargeDocument() throws {
    let member = #"{"id":"https://a.example/1","names":["é","x"],"n":12345,"nested":{"a":true,"b":null}}"#
    let text = "[" + Array(repeating: member, count: 20_000).joined(separator: ",") + "]"
    let value = try JSON.parse(Array(text.utf8), limits: .document)
    #expect(value.array?.count == 20_000)
    #expect(value.canonical().count < text.utf8.count + 1)
  }
}
