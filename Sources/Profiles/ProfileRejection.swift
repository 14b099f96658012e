/// Why a data file of the authority (a profile, a file of the sample world) is refused. Each case names the place.
///
/// These files decide what is signed, so nothing in them is guessed: an unknown key is a mistyped key, and a missing
/// one has no default.
package enum ProfileRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file is larger than `StrictYAML.maxBytes`.
  case tooLarge(file: String, bytes: Int, max: Int)
  case notUTF8(file: String)
  /// Not one well-formed YAML document.
  case unreadable(file: String, line: Int, what: String)
  case duplicateKey(file: String, line: Int, key: String)
  case unknownKey(file: String, line: Int, key: String, known: [String])
  case missingKey(file: String, line: Int, key: String)
  /// A list where text belongs, and the like.
  case wrongKind(file: String, line: Int, key: String, expected: String)
  case valueRefused(file: String, line: Int, key: String, value: String, allowed: String)
  /// The file says it is of a format this program does not read.
  case unknownFormat(file: String, format: String, known: [String])
  /// The file's name and the `id` in it differ.
  case nameMismatch(file: String, id: String)
  /// A profile that the authority cannot work without is not in the folder.
  case missingFile(String)
  /// Two files that cannot hold together: the same policy, or a signer that ends before what it signs.
  case conflict(file: String, with: String, what: String)

  package var description: String {
    switch self {
    case .tooLarge(let file, let bytes, let max): "\(file): \(bytes) bytes, \(max) are allowed"
    case .notUTF8(let file): "\(file): not UTF-8"
    case .unreadable(let file, let line, let what): "\(file):\(line): \(what)"
    case .duplicateKey(let file, let line, let key): "\(file):\(line): the key '\(key)' stands twice"
    case .unknownKey(let file, let line, let key, let known):
      "\(file):\(line): unknown key '\(key)'; known here: \(known.joined(separator: ", "))"
    case .missingKey(let file, let line, let key): "\(file):\(line): the key '\(key)' is missing"
    case .wrongKind(let file, let line, let key, let expected): "\(file):\(line): '\(key)' must be \(expected)"
    case .valueRefused(let file, let line, let key, let value, let allowed):
      "\(file):\(line): '\(key)' is '\(value)'; allowed: \(allowed)"
    case .unknownFormat(let file, let format, let known):
      "\(file): unknown format '\(format)'; known: \(known.joined(separator: ", "))"
    case .nameMismatch(let file, let id): "\(file): holds the id '\(id)'; file name and id must agree"
    case .missingFile(let name): "\(name) is missing"
    case .conflict(let file, let with, let what): "\(file): \(what) (see \(with))"
    }
  }
}
