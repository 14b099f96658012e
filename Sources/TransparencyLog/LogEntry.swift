public import Encodings
internal import PKI

/// What ties an entry to a credential without naming it: two digests under a random salt that goes with the credential.
///
/// Without the salt they say nothing, not even to someone who guesses every name and number. With it, `commitment`
/// proves that this very token was logged, and `ref` finds every later entry about the same credential.
public struct CredentialHandle: Hashable, Sendable {
  /// Fixed, so that salt and token cannot be cut apart in two ways. The random bits are the whole protection: 256 of
  /// them.
  public static let saltBytes = 32

  /// SHA-256(salt ‖ token).
  public let commitment: [UInt8]
  /// HMAC-SHA-256(salt, "khatm-ref" ‖ credential id).
  public let ref: [UInt8]

  /// `token` is the compact credential token, `id` the 18 characters of the credential id in upper case.
  public init(salt: [UInt8], token: [UInt8], id: Text) throws(LogRejection) {
    ref = try Self.ref(salt: salt, id: id)
    commitment = SHA2.sha256(salt + token)
  }

  /// For a reader that keeps both and not the token.
  public init(commitment: [UInt8], ref: [UInt8]) {
    self.commitment = commitment
    self.ref = ref
  }

  /// For a reservation that never became a token.
  public static func ref(salt: [UInt8], id: Text) throws(LogRejection) -> [UInt8] {
    guard salt.count == saltBytes else { throw .saltLength(bytes: salt.count) }
    return hmacSHA256(key: salt, message: Array("khatm-ref".utf8) + id.bytes)
  }
}

/// One entry of Khatm's log: canonical JSON (RFC 8785) without a name, page, register number or credential id in it.
/// Its form is written down in `docs/formats.md`.
///
/// An entry has one version: the one that brought its kind and its members. Version 2 names no reason.
public struct LogEntry: Hashable, Sendable {
  /// The word under `kind` in an entry; a published entry never changes it.
  public enum Kind: String, CaseIterable, Sendable {
    case issue, suspend, reinstate, revoke, supersede, binding, abandoned
    case statusList = "status-list"
    case trustList = "trust-list"
    case key
    /// Of version 2.
    case files, erase
  }

  /// What happened, with what the entry says about it. Nothing in it names a member.
  public enum Event: Hashable, Sendable {
    case issue(CredentialHandle, programme: Text)
    case suspend(CredentialHandle, programme: Text, reason: Text)
    case reinstate(CredentialHandle, programme: Text, reason: Text)
    case revoke(CredentialHandle, programme: Text, reason: Text)
    /// Replaced by a credential whose `ref` (under its own salt) is the successor.
    case supersede(CredentialHandle, programme: Text, successor: [UInt8])
    /// Control of the storefronts was proved, or lost. `statement` is SHA-256(salt ‖ the signed statement).
    case binding(CredentialHandle, programme: Text, statement: [UInt8])
    /// An id was reserved and will never be used.
    case abandoned(ref: [UInt8], programme: Text)
    /// A new version of a status list: its address and the SHA-256 of its bytes.
    case statusList(url: Text, digest: [UInt8])
    /// A new trust list: its sequence number and the SHA-256 of its bytes.
    case trustList(sequence: Int64, digest: [UInt8])
    /// A signing key enters or leaves use. `digest` is the SHA-256 of its SubjectPublicKeyInfo.
    case key(KeyAct, kid: Text, purpose: Text, digest: [UInt8])
    /// Version 2 of suspend, reinstate, revoke and supersede. `statement` is SHA-256(salt ‖ the signed statement).
    case act(StateAct, CredentialHandle, programme: Text, statement: [UInt8])
    /// A new version of the map of small files: the SHA-256 of its bytes.
    case files(digest: [UInt8])
    /// The chamber took back everything that names whom the credential was about.
    case erase(CredentialHandle, programme: Text)
  }

  /// An act on the state of a credential, as version 2 logs it. `cause` is SHA-256(32 private random bytes ‖ reason):
  /// salts are public, so a reason in the log would be one that is published about a named company.
  public enum StateAct: Hashable, Sendable {
    case suspend(cause: [UInt8])
    case reinstate(cause: [UInt8])
    case revoke(cause: [UInt8])
    /// By a credential whose `ref` is the successor.
    case supersede(successor: [UInt8])

    var kind: Kind {
      switch self {
      case .suspend: .suspend
      case .reinstate: .reinstate
      case .revoke: .revoke
      case .supersede: .supersede
      }
    }
  }

  /// What happened to a key of the authority or of a chamber.
  public enum KeyAct: String, CaseIterable, Sendable { case add, withdraw }

  /// The newest that this program reads and writes.
  public static let newestVersion: Int64 = 2
  /// Far above what the members below add up to, far below the 65,535 of a bundle.
  public static let maxBytes = 4096
  static let maxAddressBytes = 2048
  static let maxWordBytes = 64

  /// Whole seconds.
  public let at: Instant
  /// The DID of the chamber that acted; for a trust list the authority's.
  public let chamber: Text
  public let event: Event
  /// What is hashed into the tree.
  public let bytes: [UInt8]

  /// Throws `.entryMalformed` with the member that does not fit.
  public init(at: Instant, chamber: Text, event: Event) throws(LogRejection) {
    self.at = at
    self.chamber = chamber
    self.event = event
    guard at.nanoseconds == 0, Instant(rfc3339: at.description) == at else { throw .entryMalformed(member: "at") }
    guard chamber.hasPrefix("did:"), Self.isAddress(chamber) else { throw .entryMalformed(member: "chamber") }
    let members = Self.members(at: at, chamber: chamber, event: event)
    try Self.check(event, members)
    bytes = members.canonical()
    guard bytes.count <= Self.maxBytes else { throw .entryTooLarge(bytes: bytes.count) }
  }

  public var kind: Kind { Self.kind(of: event) }
  public var version: Int64 { Self.version(of: event) }

  static func version(of event: Event) -> Int64 {
    switch event {
    case .act, .files, .erase: 2
    case .issue, .suspend, .reinstate, .revoke, .supersede, .binding, .abandoned, .statusList, .trustList, .key: 1
    }
  }

  private static func kind(of event: Event) -> Kind {
    switch event {
    case .issue: .issue
    case .suspend: .suspend
    case .reinstate: .reinstate
    case .revoke: .revoke
    case .supersede: .supersede
    case .binding: .binding
    case .abandoned: .abandoned
    case .statusList: .statusList
    case .trustList: .trustList
    case .key: .key
    case .act(let act, _, _, _): act.kind
    case .files: .files
    case .erase: .erase
    }
  }

  /// Of entries about one credential.
  public var handle: CredentialHandle? { Self.handle(of: event) }

  private static func handle(of event: Event) -> CredentialHandle? {
    switch event {
    case .issue(let handle, _), .suspend(let handle, _, _), .reinstate(let handle, _, _), .revoke(let handle, _, _),
      .supersede(let handle, _, _), .binding(let handle, _, _), .act(_, let handle, _, _), .erase(let handle, _):
      handle
    case .abandoned, .statusList, .trustList, .key, .files: nil
    }
  }

  public var ref: [UInt8]? { if case .abandoned(let ref, _) = event { ref } else { handle?.ref } }

  public var programme: Text? { text(of: "programme") }
  /// Of version 1 alone.
  public var reason: Text? { text(of: "reason") }
  /// SHA-256(salt ‖ the signed statement): of bindings, and of acts of version 2.
  public var statement: [UInt8]? {
    switch event {
    case .binding(_, _, let statement), .act(_, _, _, let statement): statement
    case .issue, .suspend, .reinstate, .revoke, .supersede, .abandoned, .statusList, .trustList, .key, .files, .erase:
      nil
    }
  }
  /// The `ref` of the credential that takes the place of this one.
  public var successor: [UInt8]? {
    switch event {
    case .supersede(_, _, let successor), .act(.supersede(let successor), _, _, _): successor
    default: nil
    }
  }
  private func text(of name: Text) -> Text? { members[name]?.text }

  /// For a change feed; the same members as in `bytes`.
  public var json: JSONObject { members }

  private var members: JSONObject { Self.members(at: at, chamber: chamber, event: event) }

  private static func members(at: Instant, chamber: Text, event: Event) -> JSONObject {
    var object: JSONObject = JSONObject([
      "v": .integer(version(of: event)), "kind": JSON(kind(of: event).rawValue), "at": JSON(at.description),
      "chamber": JSON(chamber),
    ])
    if let handle = Self.handle(of: event) {
      object["commitment"] = Self.digest(handle.commitment)
      object["ref"] = Self.digest(handle.ref)
    }
    switch event {
    case .issue(_, let programme):
      object["programme"] = JSON(programme)
    case .suspend(_, let programme, let reason), .reinstate(_, let programme, let reason),
      .revoke(_, let programme, let reason):
      object["programme"] = JSON(programme)
      object["reason"] = JSON(reason)
    case .supersede(_, let programme, let successor):
      object["programme"] = JSON(programme)
      object["successor"] = Self.digest(successor)
    case .binding(_, let programme, let statement):
      object["programme"] = JSON(programme)
      object["statement"] = Self.digest(statement)
    case .abandoned(let ref, let programme):
      object["ref"] = Self.digest(ref)
      object["programme"] = JSON(programme)
    case .statusList(let url, let digest):
      object["url"] = JSON(url)
      object["digest"] = Self.digest(digest)
    case .trustList(let sequence, let digest):
      object["sequence"] = .integer(sequence)
      object["digest"] = Self.digest(digest)
    case .key(let act, let kid, let purpose, let digest):
      object["act"] = JSON(act.rawValue)
      object["kid"] = JSON(kid)
      object["purpose"] = JSON(purpose)
      object["digest"] = Self.digest(digest)
    case .act(let act, _, let programme, let statement):
      object["programme"] = JSON(programme)
      object["statement"] = Self.digest(statement)
      switch act {
      case .suspend(let cause), .reinstate(let cause), .revoke(let cause): object["cause"] = Self.digest(cause)
      case .supersede(let successor): object["successor"] = Self.digest(successor)
      }
    case .files(let digest):
      object["digest"] = Self.digest(digest)
    case .erase(_, let programme):
      object["programme"] = JSON(programme)
    }
    return object
  }

  private static func digest(_ bytes: [UInt8]) -> JSON { JSON(Base64URL.encode(bytes)) }

  private static func check(_ event: Event, _ members: JSONObject) throws(LogRejection) {
    for name: Text in ["programme", "reason", "purpose"] {
      if let word = members[name]?.text, !isWord(word) { throw .entryMalformed(member: name) }
    }
    for name: Text in ["url", "kid"] {
      if let address = members[name]?.text, !isAddress(address) { throw .entryMalformed(member: name) }
    }
    for name: Text in ["commitment", "ref", "successor", "statement", "digest", "cause"] {
      if let text = members[name]?.text, text.bytes.count != 43 { throw .entryMalformed(member: name) }
    }
    if case .trustList(let sequence, _) = event, !(0...JSON.largestInteger).contains(sequence) {
      throw .entryMalformed(member: "sequence")
    }
  }

  /// Names of programmes, reasons and purposes: closed vocabularies, no room for prose.
  private static func isWord(_ text: Text) -> Bool {
    (1...maxWordBytes).contains(text.bytes.count)
      && text.bytes.allSatisfy {
        (0x61...0x7A).contains($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
      }
  }

  private static func isAddress(_ text: Text) -> Bool {
    (1...maxAddressBytes).contains(text.bytes.count) && text.bytes.allSatisfy { (0x21...0x7E).contains($0) }
  }
}
