import Encodings
import PKI
import Testing
import TransparencyLog

/// Entries in their one spelling.
struct LogEntryTests {
  let salt = [UInt8](repeating: 9, count: 32)
  let chamber: Text = "did:web:trust.chamber.example"
  let digest = SHA2.sha256([1, 2, 3])

  var handle: CredentialHandle {
    get throws { try CredentialHandle(salt: salt, token: Array("a.b.c".utf8), id: "7Q2M4XW9K3PDT5HBPA") }
  }

  func entry(_ event: LogEntry.Event) throws -> LogEntry {
    try LogEntry(at: instant("2026-11-22T09:15:03Z"), chamber: chamber, event: event)
  }

  var oneOfEach: [LogEntry.Event] {
    get throws {
      let handle = try handle
      return [
        .issue(handle, programme: "trusted-membership"),
        .suspend(handle, programme: "trusted-membership", reason: "fee_unpaid"),
        .reinstate(handle, programme: "trusted-membership", reason: "fee_paid"),
        .revoke(handle, programme: "e-membership", reason: "fraud"),
        .supersede(handle, programme: "verified-membership", successor: digest),
        .binding(handle, programme: "verified-membership", statement: digest),
        .abandoned(ref: handle.ref, programme: "trusted-membership"),
        .statusList(url: "https://trust.chamber.example/status/revocation/3", digest: digest),
        .trustList(sequence: 42, digest: digest),
        .key(.add, kid: "did:web:trust.chamber.example#k1", purpose: "credential", digest: digest),
        .files(digest: digest), .erase(handle, programme: "trusted-membership"),
      ]
    }
  }

  @Test func exactBytes() throws {
    let commitment = Base64URL.encode(SHA2.sha256(salt + Array("a.b.c".utf8)))
    let ref = Base64URL.encode(hmacSHA256(key: salt, message: Array("khatm-ref7Q2M4XW9K3PDT5HBPA".utf8)))
    let issue = try entry(.issue(handle, programme: "trusted-membership"))
    #expect(
      String(decoding: issue.bytes, as: UTF8.self)
        == #"{"at":"2026-11-22T09:15:03Z","chamber":"did:web:trust.chamber.example","#
        + #""commitment":"\#(commitment)","kind":"issue","#
        + #""programme":"trusted-membership","ref":"\#(ref)","v":1}"#
    )
    let list = try entry(.statusList(url: "https://trust.chamber.example/status/revocation/3", digest: digest))
    #expect(
      String(decoding: list.bytes, as: UTF8.self)
        == #"{"at":"2026-11-22T09:15:03Z","chamber":"did:web:trust.chamber.example","#
        + #""digest":"\#(Base64URL.encode(digest))","#
        + #""kind":"status-list","url":"https://trust.chamber.example/status/revocation/3","v":1}"#
    )
  }

  @Test func everyKindRoundTrips() throws {
    var kinds: Set<LogEntry.Kind> = []
    for event in try oneOfEach {
      let made = try entry(event)
      #expect(try LogEntry.parse(made.bytes) == made)
      #expect(made.bytes.count < 512)
      kinds.insert(made.kind)
      let extra = try ProofExtra(entry: made, salt: salt)
      #expect(try ProofExtra.parse(extra.bytes) == extra)
    }
    #expect(kinds == Set(LogEntry.Kind.allCases))
  }

  @Test func accessors() throws {
    let suspended = try entry(.suspend(handle, programme: "trusted-membership", reason: "fee_unpaid"))
    #expect(try suspended.handle == handle)
    #expect(try suspended.ref == handle.ref)
    #expect(suspended.programme == "trusted-membership")
    #expect(suspended.reason == "fee_unpaid")
    let abandoned = try entry(.abandoned(ref: digest, programme: "trusted-membership"))
    #expect(abandoned.handle == nil && abandoned.ref == digest)
    #expect(try entry(.trustList(sequence: 1, digest: digest)).ref == nil)
  }

  /// Nothing of the credential is in the entry, not even an unsalted digest of it.
  @Test func nothingPersonal() throws {
    let id = "7Q2M4XW9K3PDT5HBPA"
    let token = Array("eyJhbGciOiJFUzI1NiJ9.QWwgTm9vciBUcmFkaW5n.c2ln".utf8)
    let one = try CredentialHandle(salt: [UInt8](repeating: 1, count: 32), token: token, id: Text(id))
    let two = try CredentialHandle(salt: [UInt8](repeating: 2, count: 32), token: token, id: Text(id))
    #expect(one.commitment != two.commitment && one.ref != two.ref)
    #expect(one.commitment != SHA2.sha256(token))
    let text = String(decoding: try entry(.issue(one, programme: "trusted-membership")).bytes, as: UTF8.self)
    #expect(!text.contains(id) && !text.contains("QWwgTm9vciBUcmFkaW5n"))
    #expect(!text.contains(Base64URL.encode(SHA2.sha256(token))))
    #expect(!text.contains(Base64URL.encode(SHA2.sha256(Array(id.utf8)))))
    // The ref stays the same for another token of the same credential, so that its history is one.
    let renewed = try CredentialHandle(salt: [UInt8](repeating: 1, count: 32), token: token + [1], id: Text(id))
    #expect(renewed.ref == one.ref && renewed.commitment != one.commitment)
    #expect(try CredentialHandle.ref(salt: [UInt8](repeating: 1, count: 32), id: Text(id)) == one.ref)
  }

  @Test(arguments: [0, 1, 15, 16, 31, 33, 64])
  func saltLength(count: Int) {
    #expect(throws: LogRejection.saltLength(bytes: count)) {
      try CredentialHandle(salt: [UInt8](repeating: 1, count: count), token: [1], id: "X")
    }
  }

  @Test func valuesThatDoNotFit() throws {
    let handle = try handle
    let wrong: [(LogEntry.Event, Text)] = [
      (.issue(handle, programme: ""), "programme"), (.issue(handle, programme: "Al Noor Trading"), "programme"),
      (.issue(handle, programme: "Trusted"), "programme"), (.issue(handle, programme: "عضوية"), "programme"),
      (.issue(handle, programme: Text(String(repeating: "a", count: 65))), "programme"),
      (
        .revoke(handle, programme: "p", reason: "a b"),
        "reason"
      ),
      (.revoke(handle, programme: "p", reason: "tel:+971"), "reason"),
      (.revoke(handle, programme: "p", reason: ""), "reason"),
      (.supersede(handle, programme: "p", successor: [1]), "successor"),
      (.supersede(handle, programme: "p", successor: []), "successor"),
      (.binding(handle, programme: "p", statement: digest + [1]), "statement"),
      (.abandoned(ref: [], programme: "p"), "ref"),
      (.statusList(url: "", digest: digest), "url"), (.statusList(url: "https://a b", digest: digest), "url"),
      (.statusList(url: "https://a\u{301}", digest: digest), "url"),
      (.statusList(url: Text(String(repeating: "u", count: 2049)), digest: digest), "url"),
      (.statusList(url: "https://a", digest: []), "digest"), (.trustList(sequence: -1, digest: digest), "sequence"),
      (.trustList(sequence: 1 << 53, digest: digest), "sequence"),
      (.key(.add, kid: "", purpose: "credential", digest: digest), "kid"),
      (.key(.add, kid: "k\n", purpose: "credential", digest: digest), "kid"),
      (
        .key(.add, kid: "k", purpose: "Any", digest: digest),
        "purpose"
      ),
    ]
    for (event, member) in wrong { #expect(throws: LogRejection.entryMalformed(member: member)) { try entry(event) } }
    let issue = LogEntry.Event.issue(handle, programme: "p")
    for name: Text in ["", "did", "web:x", "did:web:a b", "did:web:\u{E9}"] {
      #expect(throws: LogRejection.entryMalformed(member: "chamber")) {
        try LogEntry(at: instant("2026-11-22T09:15:03Z"), chamber: name, event: issue)
      }
    }
    #expect(throws: LogRejection.entryMalformed(member: "at")) {
      try LogEntry(at: Instant(seconds: 1, nanoseconds: 1), chamber: chamber, event: issue)
    }
    #expect(throws: LogRejection.entryMalformed(member: "at")) {
      try LogEntry(at: Instant(seconds: .max / 4), chamber: chamber, event: issue)
    }
  }

  /// Every text that differs from the one canonical form is refused.
  @Test func otherSpellings() throws {
    let good = String(decoding: try entry(.trustList(sequence: 42, digest: digest)).bytes, as: UTF8.self)
    #expect(try LogEntry.parse(Array(good.utf8)).kind == .trustList)
    let wrong = [
      "", "{}", "[]", "null", "1", good + " ", " " + good, good + "\n", good + good, String(good.dropLast()),
      good.replacing(":", with: ": "),
      good.replacing(#""v":1"#, with: #""v":2"#), good.replacing(#""v":1"#, with: #""v":1.0"#),
      good.replacing(#""v":1"#, with: #""v":"1""#),
      good.replacing(#","v":1"#, with: ""), good.replacing(#""v":1"#, with: #""v":1,"x":1"#),
      good.replacing(#""v":1"#, with: #""v":1,"v":1"#),
      good.replacing(#""v":1"#, with: #""name":"Al Noor","v":1"#),
      good.replacing(#""kind":"trust-list""#, with: #""kind":"issue""#),
      good.replacing(#""kind":"trust-list""#, with: #""kind":"Trust-list""#),
      good.replacing(#""kind":"trust-list""#, with: #""kind":null"#),
      good.replacing(#""sequence":42"#, with: #""sequence":"42""#),
      good.replacing(#""sequence":42"#, with: #""sequence":4.2e1"#),
      good.replacing(#""sequence":42"#, with: #""sequence":-42"#), good.replacing("09:15:03Z", with: "09:15:03+00:00"),
      good.replacing("09:15:03Z", with: "09:15:03.000Z"), good.replacing("09:15:03Z", with: "09:15:60Z"),
      good.replacing("2026-11-22", with: "2026-02-30"),
      good.replacing("did:web", with: #"did:\u0077eb"#), good.replacing(#""digest":""#, with: #""digest":"A"#),
      good.replacing(Base64URL.encode(digest), with: Base64URL.encode(digest) + "="),
      good.replacing("{", with: #"{"at":{"a":{}},"#),
    ]
    for text in wrong { #expect(throws: LogRejection.self, "\(text)") { try LogEntry.parse(Array(text.utf8)) } }
    #expect(throws: LogRejection.entryMalformed(member: "v")) {
      try LogEntry.parse(Array(good.replacing(#""v":1"#, with: #""v":2"#).utf8))
    }
    #expect(throws: LogRejection.entryMalformed(member: "name")) {
      try LogEntry.parse(Array(good.replacing(#""sequence""#, with: #""name":"x","sequence""#).utf8))
    }
    #expect(throws: LogRejection.entryTooLarge(bytes: 4097)) {
      try LogEntry.parse([UInt8](repeating: 0x20, count: 4097))
    }
    // Order of members.
    let reordered = "{\"v\":1," + good.dropFirst().replacing(#","v":1"#, with: "")
    #expect(throws: LogRejection.self) { try LogEntry.parse(Array(reordered.utf8)) }
  }

  /// Members of one kind in an entry of another.
  @Test func membersOfOtherKinds() throws {
    let all = try oneOfEach.map { try entry($0) }
    for from in all {
      for to in all where from.kind != to.kind {
        var object = from.json
        object["kind"] = JSON(to.kind.rawValue)
        let sameMembers = from.json.names == to.json.names
        if !sameMembers { #expect(throws: LogRejection.self) { try LogEntry.parse(object.canonical()) } }
        for name in to.json.names where from.json[name] == nil {
          var more = from.json
          more[name] = to.json[name]
          #expect(throws: LogRejection.self) { try LogEntry.parse(more.canonical()) }
        }
      }
      for name in from.json.names {
        var less = from.json
        less[name] = nil
        #expect(throws: LogRejection.self) { try LogEntry.parse(less.canonical()) }
      }
    }
  }

  @Test func extraIsStrictToo() throws {
    let made = try ProofExtra(entry: entry(.issue(handle, programme: "p")), salt: salt)
    let good = String(decoding: made.bytes, as: UTF8.self)
    let wrong = [
      "", "{}", good + " ", good.replacing(#","salt""#, with: #", "salt""#),
      good.replacing(#""salt""#, with: #""salz""#),
      good.replacing(#""entry":{"#, with: #""entry":{"x":1,"#), good.replacing(#","salt":""#, with: #","salt":"AA"#),
      good.dropLast() + #","x":1}"#,
    ]
    for text in wrong { #expect(throws: LogRejection.self, "\(text)") { try ProofExtra.parse(Array(text.utf8)) } }
    #expect(throws: LogRejection.saltLength(bytes: 16)) {
      try ProofExtra(entry: entry(.issue(handle, programme: "p")), salt: [UInt8](repeating: 1, count: 16))
    }
  }
}
