internal import Encodings

extension LogEntry {
  /// Reads an entry, strictly: canonical bytes, exactly the members of its kind and version.
  /// - Throws: also for a kind or a version of a newer program; `EntryReading.read` takes those as they are.
  public static func parse(_ bytes: [UInt8]) throws(LogRejection) -> LogEntry {
    guard bytes.count <= maxBytes else { throw .entryTooLarge(bytes: bytes.count) }
    let object: JSONObject
    do {
      object = try JSONObject.parse(bytes, limits: JSONLimits(maxBytes: maxBytes, maxDepth: 2, maxMembers: 16))
    } catch {
      throw .entryMalformed(member: "")
    }
    guard let version = object["v"]?.int, (1...newestVersion).contains(version) else {
      throw .entryMalformed(member: "v")
    }
    guard let kind = object["kind"]?.string.flatMap(Kind.init(rawValue:)) else { throw .entryMalformed(member: "kind") }
    guard let at = object["at"]?.string.flatMap({ Instant(rfc3339: $0) }) else { throw .entryMalformed(member: "at") }
    let entry = try LogEntry(
      at: at,
      chamber: try text(object, "chamber"),
      event: try event(kind, version: version, object)
    )
    // Members that the kind does not have, other spellings of a value, other orders and spaces: all show here.
    guard entry.bytes == bytes else { throw .entryMalformed(member: unknownMember(object, entry.json)) }
    return entry
  }

  private static func event(_ kind: Kind, version: Int64, _ object: JSONObject) throws(LogRejection) -> Event {
    version == 1 ? try event(kind, object) : try secondEvent(kind, object)
  }

  /// Kinds whose members did not change keep version 1: an entry has one spelling.
  private static func secondEvent(_ kind: Kind, _ object: JSONObject) throws(LogRejection) -> Event {
    func act(_ act: StateAct) throws(LogRejection) -> Event {
      .act(
        act,
        try handle(object),
        programme: try text(object, "programme"),
        statement: try digest(object, "statement")
      )
    }
    switch kind {
    case .suspend: return try act(.suspend(cause: try digest(object, "cause")))
    case .reinstate: return try act(.reinstate(cause: try digest(object, "cause")))
    case .revoke: return try act(.revoke(cause: try digest(object, "cause")))
    case .supersede: return try act(.supersede(successor: try digest(object, "successor")))
    case .files: return .files(digest: try digest(object, "digest"))
    case .erase: return .erase(try handle(object), programme: try text(object, "programme"))
    case .issue, .binding, .abandoned, .statusList, .trustList, .key: throw .entryMalformed(member: "v")
    }
  }

  private static func event(_ kind: Kind, _ object: JSONObject) throws(LogRejection) -> Event {
    switch kind {
    case .files, .erase: throw .entryMalformed(member: "v")
    case .issue: return .issue(try handle(object), programme: try text(object, "programme"))
    case .suspend:
      return .suspend(try handle(object), programme: try text(object, "programme"), reason: try text(object, "reason"))
    case .reinstate:
      return .reinstate(
        try handle(object),
        programme: try text(object, "programme"),
        reason: try text(object, "reason")
      )
    case .revoke:
      return .revoke(try handle(object), programme: try text(object, "programme"), reason: try text(object, "reason"))
    case .supersede:
      return .supersede(
        try handle(object),
        programme: try text(object, "programme"),
        successor: try digest(object, "successor")
      )
    case .binding:
      return .binding(
        try handle(object),
        programme: try text(object, "programme"),
        statement: try digest(object, "statement")
      )
    case .abandoned: return .abandoned(ref: try digest(object, "ref"), programme: try text(object, "programme"))
    case .statusList: return .statusList(url: try text(object, "url"), digest: try digest(object, "digest"))
    case .trustList:
      guard let sequence = object["sequence"]?.int else { throw .entryMalformed(member: "sequence") }
      return .trustList(sequence: sequence, digest: try digest(object, "digest"))
    case .key:
      guard let act = object["act"]?.string.flatMap(KeyAct.init(rawValue:)) else {
        throw .entryMalformed(member: "act")
      }
      return .key(
        act,
        kid: try text(object, "kid"),
        purpose: try text(object, "purpose"),
        digest: try digest(object, "digest")
      )
    }
  }

  private static func handle(_ object: JSONObject) throws(LogRejection) -> CredentialHandle {
    CredentialHandle(commitment: try digest(object, "commitment"), ref: try digest(object, "ref"))
  }

  private static func text(_ object: JSONObject, _ name: Text) throws(LogRejection) -> Text {
    guard let text = object[name]?.text else { throw .entryMalformed(member: name) }
    return text
  }

  private static func digest(_ object: JSONObject, _ name: Text) throws(LogRejection) -> [UInt8] {
    guard let text = object[name]?.text, let bytes = Base64URL.decode(text.bytes), bytes.count == Merkle.hashBytes
    else {
      throw .entryMalformed(member: name)
    }
    return bytes
  }

  private static func unknownMember(_ found: JSONObject, _ expected: JSONObject) -> Text {
    found.names.first { found[$0] != expected[$0] } ?? ""
  }
}
