import Foundation
import TestSupport
import Testing

@testable import Storefronts

/// An element as a start tag made it: `div`, `svg a`, `math mi`.
private typealias Name = String

private let headOnly: Set<Name> = [
  "base", "basefont", "bgsound", "link", "meta", "title", "style", "script", "noscript", "noframes",
]

/// The elements that the start tags of a page become, without the implied ones.
private func elements(_ html: String) -> [Name] {
  let input = Array(html.utf8)
  return input.withUnsafeBufferPointer { bytes in
    var tokenizer = HTMLTokenizer(bytes, range: 0..<bytes.count, maxAttributes: 256)
    var tree = HTMLTree()
    var hosts = HostClassifier(verifyHost: Array("khatm.example".utf8))
    var out: [Name] = []
    var isRaw = false
    while true {
      tokenizer.cdataAllowed = tree.cdataAllowed
      switch tokenizer.next() {
      case .end: return out
      case .text where !isRaw:
        let text = HTMLText.text(bytes[tokenizer.data], state: tokenizer.textState)
        tree.text(isSpace: text.allSatisfy { HTMLByte.isSpace($0) || $0 == 0 })
      case .doctype: tree.quirks = tokenizer.doctype.forceQuirks
      case .endTag where isRaw: isRaw = false
      case .endTag:
        let key = HTMLElementNames.key(bytes[tokenizer.name])
        tree.end(HTMLElementNames.shared.element(bytes[tokenizer.name], key: key), key: key)
      case .startTag:
        let key = HTMLElementNames.key(bytes[tokenizer.name])
        let element = HTMLElementNames.shared.element(bytes[tokenizer.name], key: key)
        let facts = TagFacts(
          tokenizer.bytes,
          name: tokenizer.name,
          attributes: tokenizer.attributes,
          element: element,
          hosts: &hosts
        )
        let placed = tree.start(facts.startTag(element, key: key, selfClosing: tokenizer.selfClosing))
        guard placed.inserted else { continue }
        if let content = placed.content {
          tokenizer.enter(content)
          isRaw = true
        }
        // The body that was begun goes; what only a head holds stays.
        if element == .frameset, placed.namespace == .html { out.removeAll { !headOnly.contains($0) } }
        let name = String(decoding: HTMLText.name(bytes[tokenizer.name]), as: UTF8.self)
        switch placed.namespace {
        case .html: out.append(name == "image" ? "img" : name)
        case .svg: out.append("svg \(name)")
        case .math: out.append("math \(name)")
        }
      case .text, .comment, .unfinishedTag: break
      }
    }
  }
}

/// Where elements go.
@Suite struct HTMLTreeTests {
  @Test func tables() {
    #expect(elements("<tr><td>x<caption>") == [])
    #expect(elements("<table><tr><td><tr><td>") == ["table", "tr", "td", "tr", "td"])
    #expect(elements("<table><td><table></table></td></table><td>") == ["table", "td", "table"])
    #expect(
      elements("<table><col><a><colgroup><col><b></colgroup><td>") == [
        "table", "col", "a", "colgroup", "col", "b", "td",
      ]
    )
    #expect(elements("<table><caption><td>") == ["table", "caption", "td"])
    #expect(elements("<template><tr><td></template><td>") == ["template", "tr", "td"])
    #expect(elements("<template><td><tr></template>") == ["template", "td"])
  }

  @Test func namespaces() {
    #expect(elements("<svg><a><p><a>") == ["svg svg", "svg a", "p", "a"])
    #expect(
      elements("<math><mi><a><mglyph><annotation-xml><a><svg><a>")
        == ["math math", "math mi", "a", "mglyph", "annotation-xml", "a", "svg svg", "svg a"]
    )
    #expect(elements("<math><annotation-xml><a><svg>") == ["math math", "math annotation-xml", "math a", "math svg"])
    #expect(elements("<svg><title><a></a></title><a>") == ["svg svg", "svg title", "a", "svg a"])
    // The title is no end for the HTML element inside it.
    #expect(elements("<svg><title><b></title><a>") == ["svg svg", "svg title", "b", "a"])
    #expect(elements("<svg><font><font size=1>") == ["svg svg", "svg font", "font"])
  }

  /// For each page of the set: the kinds of element that its start tags become, with their namespaces, are those of the
  /// expected tree. Which decides what is a link and how the content of an element is read. Positions are not compared.
  @Test func html5libTrees() throws {
    guard let folder = VectorSet.folder("html5lib-tests")?.appending(path: "tree-construction") else { return }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".dat") }
      .sorted()
    // Made by no start tag of their own.
    let implied: Set<Name> = ["html", "head", "body", "tbody", "tr", "colgroup", "p", "br"]
    var cases = 0
    var differing: Set<String> = []
    for file in files {
      let text = String(decoding: try Data(contentsOf: folder.appending(path: file)), as: UTF8.self)
      var number = 0
      for test in ("\n" + text).components(separatedBy: "\n#data\n").dropFirst() {
        number += 1
        guard let errors = test.range(of: "\n#errors"), let document = test.range(of: "\n#document\n") else { continue }
        // Fragments need a context element; with scripts off a noscript is no text.
        if test.contains("\n#document-fragment") || test.contains("\n#script-off") { continue }
        cases += 1
        var expected: Set<Name> = []
        for line in test[document.upperBound...].split(separator: "\n") where line.hasPrefix("| ") {
          let trimmed = line.dropFirst(2).drop { $0 == " " }
          guard trimmed.hasPrefix("<"), trimmed.hasSuffix(">"), !trimmed.hasPrefix("<!"), !trimmed.hasPrefix("<?")
          else { continue }
          expected.insert(trimmed.dropFirst().dropLast().lowercased())
        }
        let html = test.startIndex < errors.lowerBound ? String(test[..<errors.lowerBound]) : ""
        let actual = Set(elements(html))
        if !actual.subtracting(implied).symmetricDifference(expected.subtracting(implied)).isEmpty {
          differing.insert("\(file) \(number)")
        }
      }
    }
    #expect(differing.isEmpty, "\(differing.sorted())")
    VectorSet.ran("html5lib-tests/tree-construction, whole pages", cases: cases, passed: cases - differing.count)
  }
}
