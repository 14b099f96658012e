internal import Glibc

/// A JSON text, read once and left where it is: a list of nodes says what stands where. A tree of the same credential
/// takes three hundred allocations; whoever reads a text once, by names that are known, needs none of them.
public final class FlatJSON: Sendable {
  /// The kind of a value, in the upper bits of its node.
  enum Kind: UInt8 { case null, `false`, `true`, integer, number, text, array, object }

  /// A value, followed by what it holds: the items of an array; of an object each name and its value, in the order of
  /// RFC 8785.
  struct Node: Sendable {
    /// Of a text its place and, above it, its length in bytes; of an array or object how many it holds; of a number its
    /// bits.
    let bits: UInt64
    /// How many nodes it is, itself among them.
    let span: UInt32
    let kind: Kind

    init(_ kind: Kind, _ bits: UInt64, span: Int = 1) {
      self.kind = kind
      self.bits = bits
      self.span = UInt32(span)
    }
    static let null = Node(.null, 0), `false` = Node(.false, 0), `true` = Node(.true, 0)
    static func text(_ start: Int, _ length: Int) -> Node { Node(.text, UInt64(length) << 32 | UInt64(start)) }
    var start: Int { Int(bits & 0xFFFF_FFFF) }
    var length: Int { Int(bits >> 32) }
    var count: Int { Int(bits) }
  }

  let bytes: [UInt8]
  let nodes: [Node]

  private init(bytes: [UInt8], nodes: [Node]) {
    self.bytes = bytes
    self.nodes = nodes
  }

  /// As `JSON.parse`.
  public static func parse(_ bytes: [UInt8], limits: JSONLimits = .credential) throws(JSONRejection) -> FlatJSON {
    guard bytes.count <= limits.maxBytes else { throw JSONRejection(kind: .tooLarge, offset: limits.maxBytes) }
    return try bytes.withUnsafeBufferPointer { (buffer) throws(JSONRejection) -> FlatJSON in
      var parser = JSONParser(bytes: buffer, limits: limits)
      try parser.document()
      return FlatJSON(bytes: parser.unescaped.isEmpty ? bytes : bytes + parser.unescaped, nodes: parser.nodes)
    }
  }

  /// As `JSONObject.parse`.
  public static func object(_ bytes: [UInt8], limits: JSONLimits = .credential) throws(JSONRejection) -> FlatJSON {
    let flat = try parse(bytes, limits: limits)
    guard flat.nodes.first?.kind == .object else { throw JSONRejection(kind: .notAnObject, offset: 0) }
    return flat
  }

  /// The same of a tree.
  public convenience init(_ object: JSONObject) {
    var writer = Writer()
    writer.add(.object(object))
    self.init(bytes: writer.bytes, nodes: writer.nodes)
  }

  /// Hands out the whole value, for as long as `body` runs: a view holds pointers, so that going through it counts no
  /// references.
  public func read<Result, Failure: Error>(_ body: (JSONView) throws(Failure) -> Result) throws(Failure) -> Result {
    try nodes.withUnsafeBufferPointer { (nodes) throws(Failure) -> Result in
      try bytes.withUnsafeBufferPointer { (bytes) throws(Failure) -> Result in
        try body(JSONView(nodes: nodes, bytes: bytes, at: 0))
      }
    }
  }

  /// The value as a tree of its own, which outlives the view.
  public var tree: JSON { read(\.tree) }

  /// Lays out a tree; owned by the initialiser that runs it.
  private struct Writer {
    var bytes: [UInt8] = [], nodes: [Node] = []

    mutating func add(_ text: Text) {
      nodes.append(.text(bytes.count, text.bytes.count))
      bytes += text.bytes
    }

    mutating func add(_ value: JSON) {
      let node = nodes.count
      switch value {
      case .null: nodes.append(.null)
      case .bool(let value): nodes.append(value ? .true : .false)
      case .integer(let value): nodes.append(Node(.integer, UInt64(bitPattern: value)))
      case .number(let value): nodes.append(Node(.number, value.bitPattern))
      case .string(let text): add(text)
      case .array(let items):
        nodes.append(.null)
        for item in items { add(item) }
        nodes[node] = Node(.array, UInt64(items.count), span: nodes.count - node)
      case .object(let object):
        nodes.append(.null)
        for member in object.members {
          add(member.name)
          add(member.value)
        }
        nodes[node] = Node(.object, UInt64(object.members.count), span: nodes.count - node)
      }
    }
  }
}

/// One value of a `FlatJSON`, inside its `read` and nowhere else. Named and behaving as the same in `JSON`.
public struct JSONView {
  private let nodes: UnsafeBufferPointer<FlatJSON.Node>
  private let bytes: UnsafeBufferPointer<UInt8>
  private let at: Int

  init(nodes: UnsafeBufferPointer<FlatJSON.Node>, bytes: UnsafeBufferPointer<UInt8>, at: Int) {
    self.nodes = nodes
    self.bytes = bytes
    self.at = at
  }

  private var node: FlatJSON.Node { nodes[at] }

  public var isNull: Bool { node.kind == .null }
  public var isText: Bool { node.kind == .text }
  public var isArray: Bool { node.kind == .array }
  public var isObject: Bool { node.kind == .object }
  public var int: Int64? { node.kind == .integer ? Int64(bitPattern: node.bits) : nil }
  public var bool: Bool? { node.kind == .true ? true : node.kind == .false ? false : nil }
  public var string: String? { text?.string }

  /// The bytes of a text.
  public var utf8: UnsafeBufferPointer<UInt8>? {
    let node = node
    return node.kind == .text ? UnsafeBufferPointer(rebasing: bytes[node.start..<(node.start + node.length)]) : nil
  }
  public var text: Text? { utf8.map { Text(checked: Array($0)) } }

  /// Whether it is this text.
  public func equals(_ string: String) -> Bool {
    guard let utf8, utf8.count == string.utf8.count else { return false }
    var string = string
    return string.withUTF8 { string in
      string.isEmpty || memcmp(utf8.baseAddress!, string.baseAddress!, string.count) == 0
    }  // not empty
  }

  /// Byte for byte; false for a value that is no text. Copies nothing.
  public func equals(_ text: Text) -> Bool {
    guard let utf8 else { return false }
    return text.bytes.withUnsafeBufferPointer { $0.elementsEqual(utf8) }
  }

  /// Where it stands in the whole text, such as `credentialSubject.memberOrganization.storefronts[2].kind`. Looked for
  /// when somebody asks.
  public var path: String {
    var path = ""
    var here = view(0)
    while here.at < at {
      var member: JSONView?
      var index = 0
      var values = here.isArray ? here.items : here.members
      if here.isObject { member = values.next() }
      // The value in whose nodes this one is.
      while let value = values.next() {
        if at < value.at + Int(value.node.span) {
          path = here.isArray ? "\(path)[\(index)]" : Self.joined(path, member?.string ?? "")
          here = value
          break
        }
        index += 1
        if here.isObject { member = values.next() }
      }
    }
    return path
  }
  /// The same of a member, whether it is there or not.
  public func path(_ member: String) -> String { Self.joined(path, member) }
  private static func joined(_ path: String, _ name: String) -> String { path.isEmpty ? name : path + "." + name }

  private func view(_ at: Int) -> JSONView { JSONView(nodes: nodes, bytes: bytes, at: at) }

  /// The member of an object.
  public subscript(name: String) -> JSONView? {
    guard node.kind == .object else { return nil }
    var name = name
    return name.withUTF8 { name in
      var member = at + 1
      let end = at + Int(node.span)
      while member < end {
        let found = nodes[member]
        if found.length == name.count,
          name.isEmpty
            || (bytes[found.start + found.length - 1] == name[name.count - 1]
              && memcmp(bytes.baseAddress! + found.start, name.baseAddress!, name.count) == 0)
        {  // not empty
          return view(member + 1)
        }
        member += 1 + Int(nodes[member + 1].span)
      }
      return nil
    }
  }

  /// How many items or members it has.
  public var count: Int { isArray || isObject ? node.count : 0 }

  /// Values that stand side by side.
  public struct Values: Sequence, IteratorProtocol {
    private var coming: JSONView
    private let end: Int
    init(_ first: JSONView, end: Int) { (coming, self.end) = (first, end) }
    public mutating func next() -> JSONView? {
      guard coming.at < end else { return nil }
      let value = coming
      coming = value.view(value.at + Int(value.node.span))
      return value
    }
  }

  /// The items of an array; any other value by itself.
  public var items: Values { Values(isArray ? view(at + 1) : self, end: at + Int(node.span)) }
  /// Names and values of an object in turn; nothing of any other value.
  public var members: Values { Values(view(at + 1), end: isObject ? at + Int(node.span) : at) }

  public var tree: JSON {
    let node = node
    switch node.kind {
    case .null: return .null
    case .false: return .bool(false)
    case .true: return .bool(true)
    case .integer: return .integer(Int64(bitPattern: node.bits))
    case .number: return .number(Double(bitPattern: node.bits))
    case .text: return .string(text ?? "")  // it is one
    case .array:
      var found: [JSON] = []
      found.reserveCapacity(node.count)
      for item in items { found.append(item.tree) }
      return .array(found)
    case .object:
      var found: [JSONObject.Member] = []
      var members = members
      found.reserveCapacity(node.count)
      while let name = members.next()?.text, let value = members.next() {
        found.append(.init(name: name, value: value.tree))
      }
      return .object(JSONObject(sorted: found))
    }
  }
}
