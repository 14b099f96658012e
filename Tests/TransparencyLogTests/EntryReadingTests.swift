import Encodings
import PKI
import Testing
import TransparencyLog

/// Entries of version 2, and entries that no program of today knows.
struct EntryReadingTests {
  let chamber: Text = "did:web:trust.chamber.example", digest = SHA2.sha256([1, 2, 3])

  var handle: CredentialHandle {
    get throws {
      try CredentialHandle(salt: [UInt8](repeating: 9, count: 32), token: [1], id: "7Q2M4XW9K3PDT5HBPA")
    }
  }

  func entry(_ event: LogEntry.Event, second: Int64 = 0) throws -> LogEntry {
    try LogEntry(at: Instant(seconds: 1_800_000_000 + second), chamber: chamber, event: event)
  }

  /// The bytes are written down here once: what was logged must be readable for ever.
  @Test func exactBytes() throws {
    let text = Base64URL.encode(digest)
    let handle = try handle
    let commitment = Base64URL.encode(handle.commitment)
    let ref = Base64URL.encode(handle.ref)
    let revoke = try entry(.act(.revoke(cause: digest), handle, programme: "p", statement: digest))
    #expect(
      String(decoding: revoke.bytes, as: UTF8.self)
        == #"{"at":"2027-01-15T08:00:00Z","cause":"\#(text)","chamber":"\#(chamber)","commitment":"\#(commitment)","#
        + #""kind":"revoke","programme":"p","ref":"\#(ref)","statement":"\#(text)","v":2}"#
    )
    let files = try entry(.files(digest: digest))
    #expect(
      String(decoding: files.bytes, as: UTF8.self)
        == #"{"at":"2027-01-15T08:00:00Z","chamber":"\#(chamber)","digest":"\#(text)","kind":"files","v":2}"#
    )
    #expect(revoke.version == 2 && revoke.reason == nil && revoke.statement == digest && files.ref == nil)
  }

  /// Each act has all of its members and no other.
  @Test func actsRoundTrip() throws {
    let acts: [LogEntry.StateAct] = [
      .suspend(cause: digest), .reinstate(cause: digest), .revoke(cause: digest), .supersede(successor: digest),
    ]
    for act in acts {
      let made = try entry(.act(act, handle, programme: "p", statement: digest))
      #expect(try LogEntry.parse(made.bytes) == made)
      #expect(try made.successor == (made.kind == .supersede ? digest : nil) && made.handle == handle)
      for name in made.json.names {
        var less = made.json
        less[name] = nil
        #expect(throws: LogRejection.self) { try LogEntry.parse(less.canonical()) }
      }
      for name: Text in ["reason", "url", made.kind == .supersede ? "cause" : "successor"] {
        var more = made.json
        more[name] = JSON(Base64URL.encode(digest))
        #expect(throws: LogRejection.self) { try LogEntry.parse(more.canonical()) }
      }
    }
  }

  @Test func versionsDoNotMix() throws {
    let old = try entry(.revoke(handle, programme: "p", reason: "fraud")).json
    for (name, value): (Text, JSON?) in [("v", 2), ("cause", JSON(Base64URL.encode(digest))), ("reason", nil)] {
      var object = old
      object[name] = value
      #expect(throws: LogRejection.self) { try LogEntry.parse(object.canonical()) }
    }
    var list = try entry(.statusList(url: "https://a.example/1", digest: digest)).json
    list["v"] = 2
    #expect(throws: LogRejection.entryMalformed(member: "v")) { try LogEntry.parse(list.canonical()) }
    var files = try entry(.files(digest: digest)).json
    files["v"] = 1
    #expect(throws: LogRejection.entryMalformed(member: "v")) { try LogEntry.parse(files.canonical()) }
    #expect(throws: LogRejection.entryMalformed(member: "cause")) {
      try entry(.act(.suspend(cause: [1]), handle, programme: "p", statement: digest))
    }
  }

  @Test func whatNobodyKnowsStopsNobody() throws {
    let handle = try handle
    let known = try entry(.erase(handle, programme: "p"))
    #expect(EntryReading.read(known.bytes) == .known(known))
    func unknown(_ change: (inout JSONObject) -> Void) throws -> UnknownLogEntry {
      var object = known.json
      change(&object)
      guard case .unknown(let entry) = EntryReading.read(object.canonical()) else {
        Issue.record("\(object) is known")
        return UnknownLogEntry.nothing
      }
      return entry
    }
    let newer = try unknown { $0["v"] = 3 }
    #expect(newer.isNewer && newer.ref == handle.ref && newer.at == known.at && !newer.isUnreadable)
    let kind = try unknown {
      $0["kind"] = "renew"
      $0["link"] = ["from": "x"]
    }
    #expect(kind.isNewer && kind.kind == "renew" && kind.ref == handle.ref)
    // A member too many is a fault of whoever wrote it, and says nothing good of the credential either.
    let wrong = try unknown { $0["name"] = "x" }
    #expect(!wrong.isNewer && wrong.ref == handle.ref)
    let short = try unknown { $0["ref"] = "AAAA" }
    #expect(short.ref == nil && !short.isUnreadable)
    for bytes in [[], Array("x".utf8), Array("{}".utf8), [UInt8](repeating: 0x20, count: 70_000)] {
      guard case .unknown(let entry) = EntryReading.read(bytes) else {
        Issue.record("\(bytes.prefix(9)) is known")
        continue
      }
      #expect(entry.bytes == bytes && entry.ref == nil && !entry.isNewer && entry.isUnreadable)
    }
  }

  /// The acts of version 2 make the steps of version 1.
  @Test func replay() throws {
    let handle = try handle
    var replay = LogReplay()
    func act(_ act: LogEntry.StateAct) -> LogEntry.Event {
      .act(act, handle, programme: "p", statement: digest)
    }
    try replay.apply(entry(.issue(handle, programme: "p")))
    #expect(throws: LogRejection.self) { try replay.apply(entry(act(.reinstate(cause: digest)), second: 1)) }
    for (event, state): (LogEntry.Event, LogReplay.State) in [
      (act(.suspend(cause: digest)), .suspended), (act(.reinstate(cause: digest)), .inForce),
      (.files(digest: digest), .inForce), (act(.supersede(successor: digest)), .superseded),
      (.erase(handle, programme: "p"), .superseded),
    ] {
      try replay.apply(entry(event, second: Int64(replay.count)))
      #expect(replay.credentials[handle.ref]?.state == state)
    }
    #expect(throws: LogRejection.self) { try replay.apply(entry(act(.revoke(cause: digest)), second: 9)) }
    #expect(throws: LogRejection.self) {
      var empty = LogReplay()
      try empty.apply(entry(.erase(handle, programme: "p")))
    }
  }
}

extension UnknownLogEntry {
  /// For a test that has failed already.
  static var nothing: UnknownLogEntry {
    guard case .unknown(let entry) = EntryReading.read([]) else { preconditionFailure("nothing is an entry") }
    return entry
  }
}
