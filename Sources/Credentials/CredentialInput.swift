public import Encodings

/// What somebody hands in to be verified: a token, a document with an embedded proof, or an envelope or presentation
/// that holds some of these.
///
/// Opening an envelope proves nothing and verifies nothing: the signature of a presentation says who showed the
/// credentials, not whether they are good.
public struct CredentialInput: Hashable, Sendable {
  /// One credential to be verified.
  public enum Item: Hashable, Sendable {
    /// A compact token, not verified.
    case token([UInt8])
    /// A document with `proof`, as received.
    case document(JSONObject)
  }
  public let items: [Item]
  /// Whether they came inside a presentation.
  public let isPresentation: Bool

  public init(items: [Item], isPresentation: Bool) {
    self.items = items
    self.isPresentation = isPresentation
  }

  /// A presentation of a company holds one credential, or one for each programme.
  public static let maxItems = 16

  /// - Parameter bytes: white space around a token is dropped, as files and forms add it; within there may be none.
  public static func read(_ bytes: [UInt8], maxBytes: Int = CompactJWS.maxTokenBytes) throws(CredentialInputRejection)
    -> CredentialInput
  {
    guard bytes.count <= maxBytes else { throw .token(.tooLarge(bytes: bytes.count, max: maxBytes)) }
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
    var trimmed = bytes[...]
    while let first = trimmed.first, isSpace(first) { trimmed.removeFirst() }
    while let last = trimmed.last, isSpace(last) { trimmed.removeLast() }
    guard let first = trimmed.first else { throw .empty }
    if first == UInt8(ascii: "{") {
      let object: JSONObject
      do throws(JSONRejection) {
        object = try JSONObject.parse(Array(trimmed))
      } catch {
        throw .json(error)
      }
      return try read(object, at: "", depth: 0)
    }
    return try read(token: Array(trimmed), depth: 0)
  }

  /// The `verifiableCredential` or `verifiablePresentation` of a request, already parsed.
  public static func read(_ value: JSON) throws(CredentialInputRejection) -> CredentialInput {
    switch value {
    case .string(let text): try read(token: text.bytes, depth: 0)
    case .object(let object): try read(object, at: "", depth: 0)
    default: throw .document(DocumentRejection("", .wrongKind(expected: "a token or an object")))
    }
  }

  private static func read(token: [UInt8], depth: Int) throws(CredentialInputRejection) -> CredentialInput {
    let jws: CompactJWS
    do throws(CompactTokenRejection) {
      jws = try CompactJWS.parse(token)
    } catch {
      throw .token(error)
    }
    guard jws.hasType("vp+jwt") else { return CredentialInput(items: [.token(token)], isPresentation: false) }
    let payload: JSONObject
    do throws(CompactTokenRejection) {
      payload = try jws.payloadObject()
    } catch {
      throw .token(error)
    }
    return try presentation(payload, at: "", depth: depth)
  }

  /// Envelopes nest two deep at most: a presentation in an envelope, a credential in an envelope in it.
  private static func read(_ object: JSONObject, at path: String, depth: Int) throws(CredentialInputRejection)
    -> CredentialInput
  {
    let types: [Text]
    do throws(DocumentRejection) {
      types = try Fields.read(object) { (fields) throws(DocumentRejection) in try fields.types() }
    } catch { throw .document(error.inside(path)) }
    if types.contains("EnvelopedVerifiableCredential") {
      return CredentialInput(
        items: [.token(try enveloped(object, "data:application/vc+jwt,", at: path))],
        isPresentation: false
      )
    }
    if types.contains("EnvelopedVerifiablePresentation") {
      guard depth == 0 else { throw .nestedTooDeep }
      let token = try enveloped(object, "data:application/vp+jwt,", at: path)
      let payload: JSONObject
      do throws(CompactTokenRejection) {
        payload = try CompactJWS.parse(token).payloadObject()
      } catch {
        throw .token(error)
      }
      return try presentation(payload, at: path, depth: depth + 1)
    }
    if types.contains("VerifiablePresentation") {
      guard depth == 0 else { throw .nestedTooDeep }
      return try presentation(object, at: path, depth: depth + 1)
    }
    return CredentialInput(items: [.document(object)], isPresentation: false)
  }

  private static func presentation(_ object: JSONObject, at path: String, depth: Int) throws(CredentialInputRejection)
    -> CredentialInput
  {
    var members: [(JSONObject, at: String)] = []
    do throws(DocumentRejection) {
      try Fields.read(object) { (fields) throws(DocumentRejection) in
        guard try fields.types().contains("VerifiablePresentation") else {
          throw fields.failure("type", .notAllowed(value: "no VerifiablePresentation"))
        }
        for value in try fields.oneOrMore("verifiableCredential", max: maxItems) {
          members.append((try Fields(value).tree, path.isEmpty ? value.path : "\(path).\(value.path)"))
        }
      }
    } catch { throw .document(error.inside(path)) }
    var items: [Item] = []
    for (object, path) in members {
      let inner = try read(object, at: path, depth: depth + 1)
      guard !inner.isPresentation else { throw .nestedTooDeep }
      items += inner.items
    }
    return CredentialInput(items: items, isPresentation: true)
  }

  /// VCDM 2.0 section 4.13: the token is the rest of a `data:` URL, never base64 of it.
  private static func enveloped(_ object: JSONObject, _ prefix: Text, at path: String) throws(CredentialInputRejection)
    -> [UInt8]
  {
    func failure(_ what: DocumentRejection.What) -> CredentialInputRejection {
      .document(DocumentRejection("id", what).inside(path))
    }
    guard let id = object["id"]?.text else { throw failure(.missing) }
    guard let token = id.dropping(prefix: prefix) else { throw failure(.notAllowed(value: "no \(prefix)")) }
    return token.bytes
  }
}

/// Why nothing in an input can be verified.
public enum CredentialInputRejection: Error, Hashable, Sendable {
  case empty
  case json(JSONRejection)
  case token(CompactTokenRejection)
  case document(DocumentRejection)
  case nestedTooDeep
}
