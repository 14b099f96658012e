internal import Yams

/// One mapping of a YAML file of ours, read key by key: each key must be asked for exactly by its name, and `finish()`
/// refuses what nobody asked for. Values stay the text that was written: `no`, `0235` and `2026-11-20` are words.
///
/// Built on the node tree and not on `Yams.load`, which ends the process on a key that is no scalar, and not on
/// `YAMLDecoder`, which ignores unknown keys and has no line numbers. For the authority's own files only.
package struct StrictYAML {
  /// Ours are a few kilobytes; this keeps a file given by mistake from being read as a profile.
  package static let maxBytes = 1 << 20

  /// The file's name, for messages.
  package let file: String
  /// Where this mapping stands: empty for the file itself, else `badgeTitle`, `chambers[2]`.
  package let path: String
  package let line: Int

  private let entries: [Entry]
  private var asked: Set<String> = []

  /// A key of the mapping, with the line on which it stands.
  private struct Entry {
    let key: String
    let line: Int
    let node: Node
  }

  /// Parses one document whose root is a mapping.
  package init(file: String, bytes: [UInt8]) throws(ProfileRejection) {
    guard bytes.count <= Self.maxBytes else { throw .tooLarge(file: file, bytes: bytes.count, max: Self.maxBytes) }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8(file: file) }
    let root: Node?
    do {
      root = try compose(yaml: text)
    } catch {
      throw Self.refusal(of: error, file: file)
    }
    guard let root else { throw .unreadable(file: file, line: 1, what: "the file is empty") }
    try self.init(file: file, path: "", line: 1, node: root)
  }

  private init(file: String, path: String, line: Int, node: Node) throws(ProfileRejection) {
    guard case .mapping(let mapping) = node else {
      throw .wrongKind(file: file, line: node.mark?.line ?? line, key: path, expected: "a mapping")
    }
    var entries: [Entry] = []
    for (key, value) in mapping {
      let line = key.mark?.line ?? line
      guard case .scalar(let scalar) = key else {
        throw .wrongKind(file: file, line: line, key: path, expected: "a mapping whose keys are words")
      }
      entries.append(Entry(key: scalar.string, line: line, node: value))
    }
    self.file = file
    self.path = path
    self.line = node.mark?.line ?? line
    self.entries = entries
  }

  // MARK: asking

  package mutating func has(_ key: String) -> Bool { find(key) != nil }

  /// The text of a scalar. Empty text is refused: who has nothing to say leaves the key out where that is allowed.
  package mutating func text(_ key: String, max: Int = 2_000) throws(ProfileRejection) -> String {
    let entry = try required(key)
    guard case .scalar(let scalar) = entry.node else { throw wrong(entry, "text") }
    guard !scalar.string.isEmpty, scalar.string.utf8.count <= max else {
      throw refused(entry, scalar.string, allowed: "1 to \(max) bytes of text")
    }
    guard !scalar.string.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
      throw refused(entry, "…", allowed: "text without control characters")
    }
    return scalar.string
  }

  /// Decimal digits without sign, leading zero or separator.
  package mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(ProfileRejection) -> Int {
    let entry = try required(key)
    guard case .scalar(let scalar) = entry.node else { throw wrong(entry, "a number") }
    let digits = Array(scalar.string.utf8)
    guard (1...9).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
      digits.count == 1 || digits[0] != 0x30,
      let value = Int(scalar.string), range.contains(value)
    else { throw refused(entry, scalar.string, allowed: "a number from \(range.lowerBound) to \(range.upperBound)") }
    return value
  }

  /// `true` or `false`, nothing else.
  package mutating func flag(_ key: String) throws(ProfileRejection) -> Bool {
    try choice(key, of: Flag.self) == .true
  }

  /// One of the words of an enum.
  package mutating func choice<Value: RawRepresentable & CaseIterable>(
    _ key: String,
    of type: Value.Type
  ) throws(ProfileRejection) -> Value where Value.RawValue == String {
    let entry = try required(key)
    guard case .scalar(let scalar) = entry.node else { throw wrong(entry, "one word") }
    guard let value = Value(rawValue: scalar.string) else {
      throw refused(entry, scalar.string, allowed: Value.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return value
  }

  /// A list of different words, each accepted by `isAllowed`.
  package mutating func words(
    _ key: String,
    allowed: String,
    where isAllowed: (String) -> Bool
  ) throws(ProfileRejection) -> [String] {
    let entry = try required(key)
    guard case .sequence(let sequence) = entry.node else { throw wrong(entry, "a list") }
    var words: [String] = []
    for item in sequence {
      guard case .scalar(let scalar) = item, isAllowed(scalar.string), !words.contains(scalar.string) else {
        throw refused(entry, item.scalar?.string ?? "…", allowed: "different words of: \(allowed)")
      }
      words.append(scalar.string)
    }
    return words
  }

  /// A word of an allowed shape.
  package mutating func word(_ key: String, allowed: String, where isAllowed: (String) -> Bool) throws(ProfileRejection)
    -> String
  {
    let entry = try required(key)
    guard case .scalar(let scalar) = entry.node else { throw wrong(entry, "one word") }
    guard isAllowed(scalar.string) else { throw refused(entry, scalar.string, allowed: allowed) }
    return scalar.string
  }

  /// A mapping inside; it must be finished like the outer one.
  package mutating func mapping(_ key: String) throws(ProfileRejection) -> StrictYAML {
    let entry = try required(key)
    return try StrictYAML(file: file, path: path(entry.key), line: entry.line, node: entry.node)
  }

  /// A list of mappings.
  package mutating func mappings(_ key: String) throws(ProfileRejection) -> [StrictYAML] {
    let entry = try required(key)
    guard case .sequence(let sequence) = entry.node else { throw wrong(entry, "a list") }
    var result: [StrictYAML] = []
    for (index, item) in sequence.enumerated() {
      result.append(try StrictYAML(file: file, path: "\(path(entry.key))[\(index)]", line: entry.line, node: item))
    }
    return result
  }

  /// Refuses the first key that nobody asked for. Every reader ends with it.
  package func finish() throws(ProfileRejection) {
    for entry in entries where !asked.contains(entry.key) {
      throw .unknownKey(file: file, line: entry.line, key: path(entry.key), known: asked.sorted())
    }
  }

  /// A refusal of a value that was read but does not fit.
  package func refusal(of key: String, value: String, allowed: String) -> ProfileRejection {
    .valueRefused(
      file: file,
      line: entries.first { $0.key == key }?.line ?? line,
      key: path(key),
      value: value,
      allowed: allowed
    )
  }

  // MARK: inside

  /// The two spellings of a yes or no; YAML knows more.
  private enum Flag: String, CaseIterable { case `true`, `false` }

  private mutating func find(_ key: String) -> Entry? {
    asked.insert(key)
    return entries.first { $0.key == key }
  }

  private mutating func required(_ key: String) throws(ProfileRejection) -> Entry {
    guard let entry = find(key) else { throw .missingKey(file: file, line: line, key: path(key)) }
    return entry
  }

  private func path(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func wrong(_ entry: Entry, _ expected: String) -> ProfileRejection {
    .wrongKind(file: file, line: entry.line, key: path(entry.key), expected: expected)
  }

  private func refused(_ entry: Entry, _ value: String, allowed: String) -> ProfileRejection {
    .valueRefused(file: file, line: entry.line, key: path(entry.key), value: value, allowed: allowed)
  }

  private static func refusal(of error: any Error, file: String) -> ProfileRejection {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      .unreadable(file: file, line: mark.line, what: problem)
    case .duplicatedKeysInMapping(let keys, let context):
      .duplicateKey(file: file, line: context.mark.line, key: keys.first ?? "")
    case .reader(let problem, _, _, _): .unreadable(file: file, line: 1, what: problem)
    default: .unreadable(file: file, line: 1, what: "not readable as YAML")
    }
  }
}
