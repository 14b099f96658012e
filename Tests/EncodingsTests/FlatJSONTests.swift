import TestSupport
import Testing

@testable import Encodings

/// What is read in place is what the tree says, and every value knows where it stands.
@Suite struct FlatJSONTests {
  /// Every value below a view, with the same in the tree and the path that leads there.
  static func compare(_ view: JSONView, _ tree: JSON, at path: String) -> Int {
    #expect(view.tree == tree, "\(path)")
    #expect(view.path == path)
    #expect(
      view.text == tree.text && view.int == tree.int && view.bool == tree.bool && view.string == tree.string
        && view.isNull == tree.isNull,
      "\(path)"
    )
    #expect(
      view.isArray == (tree.array != nil) && view.isObject == (tree.object != nil) && view.isText == (tree.text != nil),
      "\(path)"
    )
    var seen = 1
    switch tree {
    case .array(let items):
      #expect(view.count == items.count)
      for (index, (view, item)) in zip(view.items, items).enumerated() {
        seen += compare(view, item, at: "\(path)[\(index)]")
      }
    case .object(let object):
      #expect(view.count == object.members.count)
      var names: [Text] = []
      var members = view.members
      while let name = members.next(), members.next() != nil { names += [name.text].compactMap(\.self) }
      #expect(names == object.names)
      for member in object.members {
        guard let value = view[member.name.string] else {
          Issue.record("no \(member.name) in \(path)")
          continue
        }
        seen += compare(value, member.value, at: path.isEmpty ? member.name.string : "\(path).\(member.name)")
      }
      #expect(view["no such name"] == nil)
      #expect(view.path("x") == (path.isEmpty ? "x" : path + ".x"))
    default:
      #expect(view.count == 0 && view["a"] == nil)
      #expect(Array(view.items).count == 1 && Array(view.members).isEmpty)
      if let text = tree.string {
        #expect(
          view.equals(text) && view.equals(Text(text)) && !view.equals(text + "x") && !view.equals("") || text.isEmpty
        )
      }
    }
    return seen
  }

  static func random(_ depth: Int, _ random: inout SeededGenerator) -> JSON {
    let words = [
      "a", "b", "id", "iat", "é", "اسم", "", "quoted \" and \\", "line\nend", "\u{1F600}",
      "a name that is longer than fifteen bytes",
    ]
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .integer(.random(in: -JSON.largestInteger...JSON.largestInteger, using: &random))
    case 3: return .number(.random(in: -1...1, using: &random))
    case 4, 5: return JSON(words.randomElement(using: &random) ?? "")
    case 6: return .array((0..<Int.random(in: 0..<5, using: &random)).map { _ in Self.random(depth - 1, &random) })
    default:
      var object = JSONObject()
      for word in words.shuffled(using: &random).prefix(Int.random(in: 0..<7, using: &random)) {
        object[Text(word)] = Self.random(depth - 1, &random)
      }
      return .object(object)
    }
  }

  /// As another writer might: members in any order, every other character escaped, white space.
  static func written(_ value: JSON, _ random: inout SeededGenerator) -> String {
    let space = [" ", "", "\n\t"].randomElement(using: &random) ?? ""
    func text(_ string: String, _ random: inout SeededGenerator) -> String {
      guard Bool.random(using: &random) else { return String(decoding: JSON(string).canonical(), as: UTF8.self) }
      return "\""
        + string.utf16.map { unit in
          "\\u" + String(repeating: "0", count: 4 - String(unit, radix: 16).count) + String(unit, radix: 16)
        }.joined() + "\""
    }
    switch value {
    case .string(let string): return text(string.string, &random)
    case .array(let items): return "[" + space + items.map { written($0, &random) }.joined(separator: "," + space) + "]"
    case .object(let object):
      return "{"
        + object.members.shuffled(using: &random).map {
          text($0.name.string, &random) + space + ":" + written($0.value, &random)
        }.joined(separator: ",") + space + "}"
    default: return String(decoding: value.canonical(), as: UTF8.self)
    }
  }

  @Test func asTheTree() throws {
    var random = SeededGenerator(seed: 7)
    var seen = 0
    for _ in 0..<2_000 {
      let tree = Self.random(4, &random)
      let text = Self.written(tree, &random)
      let flat = try FlatJSON.parse(Array(text.utf8))
      #expect(try JSON.parse(Array(text.utf8)) == tree, "\(text)")
      seen += flat.read { Self.compare($0, tree, at: "") }
      if case .object(let object) = tree { _ = FlatJSON(object).read { Self.compare($0, tree, at: "") } }
    }
    #expect(seen > 4_000)
  }

  @Test func anObjectIsAsked() {
    #expect(throws: JSONRejection(kind: .notAnObject, offset: 0)) { try FlatJSON.object(Array("[{}]".utf8)) }
    #expect(throws: JSONRejection(kind: .duplicateName, offset: 5)) {
      try FlatJSON.object(Array(#"{"a":{"b":1,"a":2,"\u0062":3}}"#.utf8))
    }
  }
}
