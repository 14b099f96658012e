/// The namespaces in scope where a reader stands (Namespaces in XML 1.0, 3rd edition). Owned by one `XMLReader`.
struct XMLNamespaces {
  /// As written, with its references replaced.
  typealias Attribute = (name: ArraySlice<UInt8>, value: [UInt8])

  /// Bindings in scope at once; each name is looked up among them.
  static let maxBindings = 128

  private static let xmlPrefix = Array("xml".utf8), xmlnsPrefix = Array("xmlns".utf8)
  private static let xmlNamespace = Array("http://www.w3.org/XML/1998/namespace".utf8)
  private static let xmlnsNamespace = Array("http://www.w3.org/2000/xmlns/".utf8)

  /// Inner ones last.
  private var bindings: [(prefix: [UInt8], namespace: [UInt8])] = []

  /// To be given to `leave` at the end of the element that is entered now.
  var count: Int { bindings.count }

  /// Forgets what was declared since there were `outer` bindings.
  mutating func leave(outer: Int) { bindings.removeLast(bindings.count - outer) }

  /// The namespace a prefix is bound to; nil: none.
  func namespace(of prefix: [UInt8]) -> [UInt8]? {
    if prefix == Self.xmlPrefix { return Self.xmlNamespace }
    return bindings.last { $0.prefix == prefix }?.namespace
  }

  /// Takes the declarations among the attributes of a start tag, before any name in it is expanded.
  mutating func declare(_ attributes: [Attribute]) throws(BakingRejection) {
    for (name, value) in attributes {
      let (prefix, local) = try split(name)
      let declared: [UInt8]
      if prefix == Self.xmlnsPrefix {
        declared = local
      } else if prefix.isEmpty && local == Self.xmlnsPrefix {
        declared = []  // the default namespace
      } else {
        continue
      }
      let fault = BakingRejection(.xmlNamespace, at: name.startIndex)
      guard declared != Self.xmlnsPrefix, value != Self.xmlnsNamespace else { throw fault }
      guard (declared == Self.xmlPrefix) == (value == Self.xmlNamespace) else { throw fault }
      guard declared.isEmpty || !value.isEmpty else { throw fault }  // a prefix cannot be undeclared
      bindings.append((declared, value))
      guard bindings.count <= Self.maxBindings else {
        throw BakingRejection(.xmlTooManyNamespaces, at: name.startIndex)
      }
    }
  }

  /// The attributes without the declarations; two that expand to one name are refused.
  func expand(_ attributes: [Attribute]) throws(BakingRejection) -> [XMLReader.Name: [UInt8]] {
    var expanded: [XMLReader.Name: [UInt8]] = [:]
    for (name, value) in attributes {
      let (prefix, local) = try split(name)
      if prefix == Self.xmlnsPrefix || (prefix.isEmpty && local == Self.xmlnsPrefix) { continue }
      let full = try expand(name, defaulted: false)
      guard expanded.updateValue(value, forKey: full) == nil else {
        throw BakingRejection(.xmlDuplicateAttribute, at: name.startIndex)
      }
    }
    return expanded
  }

  /// `defaulted`: elements without a prefix are in the default namespace, attributes without one are in none.
  func expand(_ name: ArraySlice<UInt8>, defaulted: Bool) throws(BakingRejection) -> XMLReader.Name {
    let (prefix, local) = try split(name)
    if prefix.isEmpty { return XMLReader.Name(namespace: defaulted ? namespace(of: []) ?? [] : [], local: local) }
    guard let bound = namespace(of: prefix) else { throw BakingRejection(.xmlNamespace, at: name.startIndex) }
    return XMLReader.Name(namespace: bound, local: local)
  }

  private func split(_ name: ArraySlice<UInt8>) throws(BakingRejection) -> (prefix: [UInt8], local: [UInt8]) {
    guard let colon = name.firstIndex(of: UInt8(ascii: ":")) else { return ([], Array(name)) }
    let local = name[(colon + 1)...]
    guard colon > name.startIndex, !local.isEmpty, !local.contains(UInt8(ascii: ":")) else {
      throw BakingRejection(.xmlName, at: name.startIndex)
    }
    return (Array(name[..<colon]), Array(local))
  }
}
