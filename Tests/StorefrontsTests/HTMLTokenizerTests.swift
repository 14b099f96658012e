import Foundation
import TestSupport
import Testing

@testable import Storefronts

/// What a tokenizer of the HTML standard gives for a whole input; strings as bytes, so that lone surrogates survive.
private enum Token: Equatable {
  case doctype(name: [UInt8]?, publicID: [UInt8]?, systemID: [UInt8]?, correct: Bool)
  case start(name: [UInt8], attributes: [[UInt8]: [UInt8]], selfClosing: Bool)
  case end(name: [UInt8])
  case comment([UInt8])
  case characters([UInt8])
}

private func tokens(
  _ input: [UInt8],
  state: HTMLTokenizer.State = .data,
  lastStartTag: String = "",
  cdata: Bool = false
) -> [Token] {
  input.withUnsafeBufferPointer { buffer in
    var tokenizer = HTMLTokenizer(buffer, range: 0..<input.count, maxAttributes: .max)
    tokenizer.cdataAllowed = cdata
    tokenizer.enter(state, endName: Array(lastStartTag.utf8))
    var out: [Token] = []
    func text(_ range: Range<Int>?) -> [UInt8]? {
      range.map { HTMLText.decode(UnsafeBufferPointer(rebasing: buffer[$0]), references: .none, replaceNUL: true) }
    }
    while true {
      switch tokenizer.next() {
      case .text:
        let new = HTMLText.text(buffer[tokenizer.data], state: tokenizer.textState)
        if case .characters(let old)? = out.last {
          out[out.count - 1] = .characters(old + new)
        } else {
          out.append(.characters(new))
        }
      case .startTag:
        var attributes: [[UInt8]: [UInt8]] = [:]
        for attribute in tokenizer.attributes {
          let name = HTMLText.name(buffer[attribute.name])
          if attributes[name] == nil { attributes[name] = HTMLText.attribute(buffer[attribute.value]) }
        }
        out.append(
          .start(
            name: HTMLText.name(buffer[tokenizer.name]),
            attributes: attributes,
            selfClosing: tokenizer.selfClosing
          )
        )
      case .endTag: out.append(.end(name: HTMLText.name(buffer[tokenizer.name])))
      case .comment: out.append(.comment(text(tokenizer.data) ?? []))
      case .doctype:
        let doctype = tokenizer.doctype
        out.append(
          .doctype(
            name: doctype.name.map { HTMLText.name(buffer[$0]) },
            publicID: text(doctype.publicID),
            systemID: text(doctype.systemID),
            correct: !doctype.forceQuirks
          )
        )
      case .unfinishedTag: break
      case .end: return out.filter { $0 != .characters([]) }
      }
    }
  }
}

private func tokens(_ input: String) -> [Token] { tokens(Array(input.utf8)) }

/// Tokens of HTML.
@Suite struct HTMLTokenizerTests {
  /// One spelling of every trap the vectors might lose.
  @Test func tagsAndAttributes() {
    #expect(
      tokens("<A HREF=x Href='y' /b>")
        == [.start(name: "a".bytes, attributes: ["href".bytes: "x".bytes, "b".bytes: []], selfClosing: false)]
    )
    #expect(tokens("<br/>") == [.start(name: "br".bytes, attributes: [:], selfClosing: true)])
    #expect(tokens("<a/=x>") == [.start(name: "a".bytes, attributes: ["=x".bytes: []], selfClosing: false)])
    #expect(tokens("<a b=>") == [.start(name: "a".bytes, attributes: ["b".bytes: []], selfClosing: false)])
    #expect(
      tokens("<a b = \"c\"d>") == [
        .start(name: "a".bytes, attributes: ["b".bytes: "c".bytes, "d".bytes: []], selfClosing: false)
      ]
    )
    #expect(tokens("</a b=c/>") == [.end(name: "a".bytes)])
    #expect(tokens("a</>b") == [.characters("ab".bytes)])
    #expect(tokens("a</") == [.characters("a</".bytes)])
    #expect(tokens("a<b c='") == [.characters("a".bytes)])
    #expect(tokens("<1>") == [.characters("<1>".bytes)])
  }

  @Test func comments() {
    for (input, data) in [
      ("<!-->", ""),
      ("<!--->", ""),
      ("<!---->", ""),
      ("<!--a--!>", "a"),
      ("<!--a--->", "a-"),
      ("<!--a--!-->", "a--!"),
      ("<!--a--!", "a"),
      ("<!--a--", "a"),
      ("<!--a-", "a"),
      ("<!--<!-->", "<!"),
      ("<?x>", "?x"),
      ("</ x>", " x"),
      ("<!x>", "x"),
      ("<![CDATA[>", "[CDATA["),
      ("<!-x>", "-x"),
      ("<!--a--b-->", "a--b"),
    ] {
      #expect(tokens(input) == [.comment(data.bytes)], "\(input)")
    }
  }

  @Test func scriptEscapes() {
    func script(_ text: String) -> [Token] { tokens(text.bytes, state: .scriptData, lastStartTag: "script") }
    #expect(script("a</script>b") == [.characters("a".bytes), .end(name: "script".bytes), .characters("b".bytes)])
    #expect(script("<!--<script></script>b") == [.characters("<!--<script></script>b".bytes)])
    #expect(script("<!--<script></script></script>").last == .end(name: "script".bytes))
    #expect(script("<!--<script>--></script>").last == .end(name: "script".bytes))
    #expect(script("<!--<scripty></script>").last == .end(name: "script".bytes))
    #expect(script("<!--></script>").last == .end(name: "script".bytes))
  }

  @Test func characterReferences() {
    func attribute(_ value: String) -> [UInt8] {
      Array(value.utf8).withUnsafeBufferPointer { HTMLText.attribute($0[...]) }
    }
    #expect(attribute("&#104;ttps") == "https".bytes)
    #expect(attribute("&#x68;&#X68&#104") == "hhh".bytes)
    #expect(attribute("?a=1&copy=2&copy;&notit;&not=&no") == "?a=1&copy=2©&notit;&not=&no".bytes)
    #expect(attribute("&Tab;&NewLine;&colon;&sol;") == "\t\n:/".bytes)
    #expect(
      attribute("&#0;&#x110000;&#xD800;&#99999999999999999999;&#128;") == "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}€".bytes
    )
    #expect(attribute("&NotEqualTilde;") == "\u{2242}\u{338}".bytes)
    #expect(attribute("a\r\nb\rc\0") == "a\nb\nc\u{FFFD}".bytes)
    #expect(tokens("&notit;") == [.characters("¬it;".bytes)])
  }

  /// Cutting an input anywhere must neither crash nor read past the end: the buffer ends with the input.
  @Test func everyPrefixEnds() {
    let page = """
      <!DOCTYPE html PUBLIC "a" 'b'><html><!-- c --><script><!--<script>x</script>--></script><a b="c" d='e' f=g \
      h>&amp;&#x41;</a>
      <svg><![CDATA[x]]></svg></ ><?x?><!y><textarea></textarea ></title/>
      """
    for length in 0...page.utf8.count {
      let input = Array(page.utf8.prefix(length))
      for state in [HTMLTokenizer.State.data, .rcdata, .rawText, .scriptData, .plaintext, .cdataSection] {
        _ = tokens(input, state: state, lastStartTag: "script", cdata: true)
      }
    }
  }

  // MARK: html5lib

  /// Every file of the set; the error lists are not compared, since no decision here depends on one.
  @Test func html5lib() throws {
    guard let folder = VectorSet.folder("html5lib-tests") else { return }
    // Written for parsers that build an XML tree: other characters are expected on purpose.
    let leftOut = ["xmlViolation.test"]
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "tokenizer").path)
      .filter { $0.hasSuffix(".test") && !leftOut.contains($0) }.sorted()
    #expect(files.count == 13)
    var cases = 0
    var runs = 0
    var passed = 0
    for file in files {
      let json = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: "tokenizer/\(file)")))
      let tests = try #require((json as? [String: Any])?["tests"] as? [[String: Any]])
      for test in tests {
        cases += 1
        let escaped = test["doubleEscaped"] as? Bool ?? false
        let input = bytes(test["input"], escaped)
        let expected = try #require(test["output"] as? [[Any]]).map { expectedToken($0, escaped) }
        for name in test["initialStates"] as? [String] ?? ["Data state"] {
          runs += 1
          let state = try #require(states[name], "unknown state \(name)")
          let actual = tokens(input, state: state, lastStartTag: test["lastStartTag"] as? String ?? "")
          if actual == expected {
            passed += 1
          } else {
            Issue.record("\(file): \(test["description"] ?? "") (\(name)): \(actual)")
          }
        }
      }
    }
    VectorSet.ran("html5lib-tests/tokenizer, \(cases) cases in one or more states", cases: runs, passed: passed)
  }

  private let states: [String: HTMLTokenizer.State] = [
    "Data state": .data,
    "PLAINTEXT state": .plaintext,
    "RCDATA state": .rcdata,
    "RAWTEXT state": .rawText,
    "Script data state": .scriptData,
    "CDATA section state": .cdataSection,
  ]

  private func expectedToken(_ token: [Any], _ escaped: Bool) -> Token {
    func optional(_ value: Any) -> [UInt8]? { value is NSNull ? nil : bytes(value, escaped) }
    switch token[0] as? String {
    case "DOCTYPE":
      return .doctype(
        name: optional(token[1]),
        publicID: optional(token[2]),
        systemID: optional(token[3]),
        correct: token[4] as? Bool ?? false
      )
    case "StartTag":
      var attributes: [[UInt8]: [UInt8]] = [:]
      for (name, value) in token[2] as? [String: Any] ?? [:] {
        attributes[bytes(name, escaped)] = bytes(value, escaped)
      }
      return .start(name: bytes(token[1], escaped), attributes: attributes, selfClosing: token.count > 3)
    case "EndTag": return .end(name: bytes(token[1], escaped))
    case "Comment": return .comment(bytes(token[1], escaped))
    default: return .characters(bytes(token[1], escaped))
    }
  }

  /// The UTF-8 of a string of the set; with `\uHHHH` written out when it is escaped twice, a lone surrogate as its
  /// three bytes.
  private func bytes(_ value: Any?, _ escaped: Bool) -> [UInt8] {
    let plain = Array((value as? String ?? "").utf8)
    guard escaped else { return plain }
    var units: [UInt32] = []
    var at = 0
    while at < plain.count {
      if plain[at] == 0x5C, at + 5 < plain.count, plain[at + 1] == 0x75,
        let unit = UInt32(String(decoding: plain[at + 2..<at + 6], as: UTF8.self), radix: 16)
      {
        if let high = units.last, (0xD800..<0xDC00).contains(high), (0xDC00..<0xE000).contains(unit) {
          units[units.count - 1] = 0x10000 + (high - 0xD800) << 10 + (unit - 0xDC00)
        } else {
          units.append(unit)
        }
        at += 6
      } else {
        let scalar = String(decoding: plain[at...], as: UTF8.self).unicodeScalars.first!
        units.append(scalar.value)
        at += UTF8.width(scalar)
      }
    }
    var out: [UInt8] = []
    for unit in units { HTMLText.append(unit, to: &out) }
    return out
  }
}

extension String {
  fileprivate var bytes: [UInt8] { Array(utf8) }
}
