import Encodings
import PKI
import Testing

@testable import Credentials

/// Every form in which a credential may be sent, and its neighbours.
@Suite struct InputFormTests {
  private static let token = CompactJWSTests.token(#"{"alg":"ES256","typ":"vc+jwt"}"#)

  private func error(_ json: JSON) -> CredentialInputRejection? {
    do {
      _ = try CredentialInput.read(json)
      return nil
    } catch { return error }
  }
  private func presentation(_ items: JSON) -> JSON {
    .object(["type": "VerifiablePresentation", "verifiableCredential": items])
  }
  private func tokenOf(_ object: JSON, type: String = "vp+jwt") -> [UInt8] {
    CompactJWSTests.token(
      "{\"alg\":\"ES256\",\"typ\":\"\(type)\"}",
      String(decoding: object.canonical(), as: UTF8.self)
    )
  }

  @Test func faultsByTheirPlace() throws {
    let envelope = CredentialInputTests.envelope(Self.token)
    for (json, wanted) in [
      (1, .document(DocumentRejection("", .wrongKind(expected: "a token or an object")))),
      (.null, .document(DocumentRejection("", .wrongKind(expected: "a token or an object")))),
      (.object([:]), .document(DocumentRejection("type", .missing))),
      (.object(["type": []]), .document(DocumentRejection("type", .empty))),
      (.object(["type": ["a", 1]]), .document(DocumentRejection("type[1]", .wrongKind(expected: "a text")))),
      ("", .token(.parts(1))),
      (.object(["type": "EnvelopedVerifiableCredential"]), .document(DocumentRejection("id", .missing))),
      (.object(["type": "EnvelopedVerifiableCredential", "id": 1]), .document(DocumentRejection("id", .missing))),
      (
        .object(["type": "EnvelopedVerifiablePresentation", "id": "data:application/vc+jwt,a.b.c"]),
        .document(DocumentRejection("id", .notAllowed(value: "no data:application/vp+jwt,")))
      ),
      (.object(["type": "EnvelopedVerifiablePresentation", "id": "data:application/vp+jwt,a.b"]), .token(.parts(2))),
      (presentation(1), .document(DocumentRejection("verifiableCredential", .wrongKind(expected: "an object")))),
      (
        presentation(["a.b.c"]),
        .document(DocumentRejection("verifiableCredential[0]", .wrongKind(expected: "an object")))
      ),
      (presentation([envelope, .object([:])]), .document(DocumentRejection("verifiableCredential[1].type", .missing))),
      (presentation([presentation(envelope)]), .nestedTooDeep),
      (
        presentation([
          CredentialInputTests.envelope(
            tokenOf(presentation(envelope)),
            type: "EnvelopedVerifiablePresentation",
            prefix: "data:application/vp+jwt,"
          )
        ]), .nestedTooDeep
      ),
      (.object(["type": "VerifiablePresentation"]), .document(DocumentRejection("verifiableCredential", .missing))),
    ] as [(JSON, CredentialInputRejection)] { #expect(error(json) == wanted, "\(json)") }
    #expect(error(presentation(.array([JSON](repeating: envelope, count: 16)))) == nil)
    #expect(
      error(presentation(.array([JSON](repeating: envelope, count: 17))))
        == .document(DocumentRejection("verifiableCredential", .tooMany(max: 16)))
    )
    // One credential need not stand in a list.
    #expect(
      try CredentialInput.read(presentation(envelope))
        == CredentialInput(items: [.token(Self.token)], isPresentation: true)
    )
    #expect(
      error(.string(Text(validating: tokenOf(.object(["type": "VerifiableCredential"]))) ?? ""))
        == .document(DocumentRejection("type", .notAllowed(value: "no VerifiablePresentation")))
    )
  }

  @Test func spaceAroundATokenOnly() throws {
    let alone = CredentialInput(items: [.token(Self.token)], isPresentation: false)
    for space in [" ", "\t", "\r\n", " \n\t\r "] {
      #expect(try CredentialInput.read(Array(space.utf8) + Self.token + Array(space.utf8)) == alone)
    }
    for bad in ["\u{A0}", "\u{FEFF}", "\u{0}", "\u{0B}", "\u{2003}"] {
      #expect(throws: CredentialInputRejection.token(.encoding(.header))) {
        try CredentialInput.read(Array(bad.utf8) + Self.token)
      }
      #expect(throws: CredentialInputRejection.token(.encoding(.signature))) {
        try CredentialInput.read(Self.token + Array(bad.utf8))
      }
    }
    for empty in ["", " ", "\r\n\t "] {
      #expect(throws: CredentialInputRejection.empty) { try CredentialInput.read(Array(empty.utf8)) }
    }
    #expect(try CredentialInput.read(Self.token, maxBytes: Self.token.count) == alone)
    #expect(throws: CredentialInputRejection.token(.tooLarge(bytes: Self.token.count, max: 5))) {
      try CredentialInput.read(Self.token, maxBytes: 5)
    }
  }

  @Test func errorsReadAsSentences() {
    for (what, text) in [
      (.missing, "is missing"), (.wrongKind(expected: "a list"), "is not a list"), (.empty, "is empty"),
      (.tooMany(max: 8), "has more than 8 items"),
      (.tooLong(maxBytes: 64), "is longer than 64 bytes"), (.unknownMember, "is not known"),
      (.duplicate, "stands twice"),
      (.notAURL, "is not an absolute URL"),
      (.notADate, "is not a date with time and offset"), (.notAnInteger, "is not an integer in range"),
      (.notAllowed(value: "x"), "may not be \"x\""),
      (.conflict(with: "id"), "contradicts id"), (.forbiddenCharacter(0x202E), "holds the character U+202E"),
      (.key(.member("x")), "is no key: member(\"x\")"),
      (.multikey(.malformed), "is no Multikey: malformed"),
    ] as [(DocumentRejection.What, String)] {
      #expect(DocumentRejection("a[0].b", what).description == "a[0].b \(text)")
      #expect(DocumentRejection("", what).description == "the document \(text)")
    }
  }
}

/// VCDM 2.0, what holds for every credential: another issuer's, written as freely as the standard allows.
@Suite struct CredentialRuleTests {
  private let good: JSONObject = [
    "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"],
    "issuer": "https://a.example/issuer",
    "credentialSubject": .object(["name": "x"]),
  ]

  private func error(_ changes: [(Text, JSON?)]) -> DocumentRejection? {
    var payload = good
    for (name, value) in changes { payload[name] = value }
    do {
      _ = try VerifiableCredential(payload: payload)
      return nil
    } catch { return error }
  }

  @Test func whatIsAllowed() throws {
    let subjects: JSON = [.object(["id": "did:example:1", "a": 1]), .object(["b": 2])]
    for changes in [
      [], [("type", "VerifiableCredential")], [("type", ["A", "VerifiableCredential", "A"])],
      [("issuer", .object(["id": "did:example:1", "x": 1]))], [("credentialSubject", subjects)],
      [("name", .object(["@value": "x"]))], [("name", ["a", .object(["@value": "b", "@language": "fr"])])],
      [("validFrom", "2026-11-22T00:00:00.5+04:00"), ("validUntil", "2026-11-21T20:00:00.5Z")],
      [("validUntil", "2026-11-22T00:00:00")], [("credentialStatus", .object(["type": "X"]))], [("sub", "anybody")],
      [("credentialSubject", subjects), ("sub", "did:example:1")],
      [("jti", "https://a.example/1")], [("iss", "https://a.example/issuer")], [("evidence", .object(["type": ["E"]]))],
      [("anything", .object(["nested": .null]))],
      [("relatedResource", .object(["id": "a:b", "digestMultibase": "u"]))], [("iat", 0), ("exp", 253_402_300_799)],
    ] as [[(Text, JSON?)]] { #expect(error(changes) == nil, "\(changes)") }
  }

  @Test func whatIsRefusedAndWhere() {
    let subjects: JSON = [.object(["id": "did:example:1", "a": 1])]
    for (changes, place, what) in [
      ([("@context", nil)], "@context", .missing), ([("@context", [])], "@context", .empty),
      ([("@context", [.object([:])])], "@context[0]", .notAllowed(value: "an object")),
      ([("@context", ["https://www.w3.org/ns/credentials/v2", 1])], "@context[1]", .wrongKind(expected: "a text")),
      ([("type", "A")], "type", .notAllowed(value: "no VerifiableCredential")),
      ([("type", ["VerifiableCredential", ""])], "type[1]", .empty),
      ([("id", .null)], "id", .wrongKind(expected: "a text")),
      ([("id", "x")], "id", .notAURL),
      ([("issuer", ["a:b"])], "issuer", .wrongKind(expected: "a text")),
      ([("issuer", .object([:]))], "issuer.id", .missing),
      ([("credentialSubject", "x")], "credentialSubject", .wrongKind(expected: "an object")),
      ([("credentialSubject", [.object(["a": 1]), .object([:])])], "credentialSubject[1]", .empty),
      ([("credentialSubject", .object(["id": "x", "a": 1]))], "credentialSubject.id", .notAURL),
      ([("name", 1)], "name", .wrongKind(expected: "an object")),
      ([("description", .object(["@value": "x", "y": 1]))], "description.y", .unknownMember),
      (
        [("validFrom", "2026-11-22T00:00:01Z"), ("validUntil", "2026-11-22T00:00:00Z")], "validUntil",
        .conflict(with: "validFrom")
      ),
      ([("validUntil", "2026-13-01T00:00:00Z")], "validUntil", .notADate),
      ([("credentialStatus", "x")], "credentialStatus", .wrongKind(expected: "an object")),
      ([("credentialStatus", .object([:]))], "credentialStatus.type", .missing),
      (
        [("credentialStatus", .object(["type": "BitstringStatusListEntry"]))], "credentialStatus.statusPurpose",
        .missing
      ),
      ([("credentialSchema", .object(["type": "S"]))], "credentialSchema.id", .missing),
      ([("proof", .object([:]))], "proof.type", .missing),
      ([("refreshService", "x")], "refreshService", .wrongKind(expected: "an object")),
      ([("relatedResource", .object(["id": "a:b"]))], "relatedResource.digestSRI", .missing),
      ([("relatedResource", .object(["digestSRI": "x"]))], "relatedResource.id", .missing),
      (
        [("relatedResource", [.object(["id": "a:b", "digestSRI": "x"]), .object(["id": "a:b", "digestSRI": "y"])])],
        "relatedResource[1].id", .duplicate
      ),
      ([("iss", "did:example:2")], "iss", .conflict(with: "issuer")),
      ([("id", "a:b"), ("jti", "a:c")], "jti", .conflict(with: "id")),
      ([("credentialSubject", subjects), ("sub", "did:example:2")], "sub", .conflict(with: "credentialSubject.id")),
      ([("iat", -1)], "iat", .notAnInteger), ([("exp", 253_402_300_800)], "exp", .notAnInteger),
      ([("nbf", .number(1.5))], "nbf", .notAnInteger), ([("vc", .null)], "vc", .notAllowed(value: "vc")),
      ([("issuanceDate", "x")], "issuanceDate", .notAllowed(value: "issuanceDate")),
    ] as [([(Text, JSON?)], String, DocumentRejection.What)] {
      #expect(error(changes) == DocumentRejection(place, what), "\(changes)")
    }
  }

  /// What cannot be read as one bit is a status all the same, and never a good one.
  @Test func statusesThatAreNotRead() throws {
    func status(_ changes: [(Text, JSON?)]) throws -> VerifiableCredential.Status? {
      var payload = good
      payload["credentialStatus"] = .object(StatusListTests.entry(changes))
      return try VerifiableCredential(payload: payload).statuses.first
    }
    #expect(try status([]) == .bitstring(StatusEntry(StatusListTests.entry([]))))
    #expect(try status([("statusSize", 1)]) == .bitstring(StatusEntry(StatusListTests.entry([]))))
    for (name, value) in [
      ("statusSize", 2), ("statusSize", .number(1.5)), ("statusSize", "1"), ("statusSize", .null),
      ("statusMessage", []), ("statusMessage", .null),
    ] as [(Text, JSON)] {
      #expect(try status([(name, value)]) == .unsupported(type: StatusEntry.type), "\(name) \(value)")
    }
    #expect(
      try status([("type", ["Other", "BitstringStatusListEntry"])])
        == .bitstring(StatusEntry(StatusListTests.entry([])))
    )
    #expect(try status([("type", ["Other", "More"])]) == .unsupported(type: "Other"))
  }
}

/// PNG 11.2.1 and 5.6, beyond the one chunk of the credential.
@Suite struct PictureFormTests {
  private static let token = Array("eyJh.eyJp.c2ln".utf8)
  private static func number(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
  private static func chunk(_ type: String, _ data: [UInt8] = []) -> [UInt8] {
    let body = Array(type.utf8) + data
    return number(data.count) + body + number(Int(CRC32.of(body[...])))
  }
  private static func header(_ tail: [UInt8], width: Int = 1, height: Int = 1) -> [UInt8] {
    chunk("IHDR", number(width) + number(height) + tail)
  }
  private static func file(_ chunks: [UInt8]...) -> [UInt8] { BakingPNG.signature + chunks.joined() }
  private static let (data, end, plain) = (chunk("IDAT", [0]), chunk("IEND"), header([8, 0, 0, 0, 0]))

  private func kind(_ png: [UInt8]) -> BakingRejection.Kind? {
    do {
      _ = try BakingPNG.extract(png)
      return nil
    } catch { return error.kind }
  }

  @Test func everyDepthWithEveryColour() {
    let allowed: [UInt8: [UInt8]] = [0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]]
    for colour in UInt8(0)...8 {
      for depth in UInt8(0)...32 {
        let found = kind(Self.file(Self.header([depth, colour, 0, 0, 0]), Self.data, Self.end))
        #expect(found == (allowed[colour]?.contains(depth) == true ? nil : .pngHeader), "\(depth) \(colour)")
      }
    }
    for (tail, good) in [
      ([8, 0, 0, 0, 1], true), ([8, 0, 0, 0, 2], false), ([8, 0, 1, 0, 0], false), ([8, 0, 0, 1, 0], false),
      ([8, 0, 0, 0], false), ([8, 0, 0, 0, 0, 0], false),
    ] as [([UInt8], Bool)] {
      #expect(kind(Self.file(Self.header(tail), Self.data, Self.end)) == (good ? nil : .pngHeader), "\(tail)")
    }
    for (width, height, good) in [
      (0x7FFF_FFFF, 0x7FFF_FFFF, true), (0x8000_0000, 1, false), (1, 0x8000_0000, false), (1, 0, false), (256, 1, true),
    ] {
      #expect(
        kind(Self.file(Self.header([8, 0, 0, 0, 0], width: width, height: height), Self.data, Self.end))
          == (good ? nil : .pngHeader),
        "\(width) \(height)"
      )
    }
  }

  /// What is written must be read again: a picture as full as one may be has no room for another chunk.
  @Test func aPictureWithoutRoom() throws {
    func full(_ count: Int) -> [UInt8] {
      Self.file(
        [Self.plain, Self.data] + [[UInt8]](repeating: Self.chunk("tEXt", [0x61, 0]), count: count - 3) + [Self.end]
      )
    }
    #expect(kind(full(BakingPNG.maxChunks)) == nil && kind(full(BakingPNG.maxChunks + 1)) == .pngTooManyChunks)
    let baked = try BakingPNG.bake(token: Self.token, into: full(BakingPNG.maxChunks - 1))
    #expect(try BakingPNG.extract(baked) == .token(Self.token))
    #expect(throws: BakingRejection.self) { try BakingPNG.bake(token: Self.token, into: full(BakingPNG.maxChunks)) }
    // The same in bytes: exactly the limit is written and read, one more is not.
    let fixed = Self.file(Self.plain, Self.chunk("IDAT"), Self.end).count + 12 + 19 + 5 + Self.token.count
    for (more, good) in [(0, true), (1, false)] {
      let picture = Self.file(
        Self.plain,
        Self.chunk("IDAT", [UInt8](repeating: 0, count: BakingPNG.maxBytes - fixed + more)),
        Self.end
      )
      #expect(kind(picture) == nil)
      do {
        let baked = try BakingPNG.bake(token: Self.token, into: picture)
        #expect(good && baked.count == BakingPNG.maxBytes && kind(baked) == nil)
      } catch { #expect(!good && error.kind == .pictureTooLarge) }
    }
  }

  private static func file(_ chunks: [[UInt8]]) -> [UInt8] { BakingPNG.signature + chunks.joined() }

  @Test func contentAtItsLimit() throws {
    let longest = Array("a.b.".utf8) + [UInt8](repeating: 0x63, count: BakedContent.maxBytes - 4)
    let picture = Self.file(Self.plain, Self.data, Self.end)
    let drawing = Array("<svg xmlns='http://www.w3.org/2000/svg'></svg>".utf8)
    #expect(try BakingPNG.extract(try BakingPNG.bake(token: longest, into: picture)) == .token(longest))
    #expect(try BakingSVG.extract(try BakingSVG.bake(token: longest, into: drawing)) == .token(longest))
    for bake in [
      { try BakingPNG.bake(token: longest + [0x63], into: picture) },
      { try BakingSVG.bake(token: longest + [0x63], into: drawing) },
    ] as [() throws -> [UInt8]] {
      #expect(throws: BakingRejection(.contentTooLarge, at: 0)) { try bake() }
    }
    for (text, wanted) in [
      ("a.b.c", BakedContent.token(Array("a.b.c".utf8))), ("{", .document([0x7B])),
      (" \n{}", .document(Array(" \n{}".utf8))),
      ("A-_9.b.c", .token(Array("A-_9.b.c".utf8))),
    ] { #expect(try BakedContent(reading: Array(text.utf8), at: 0) == wanted && wanted.bytes == Array(text.utf8)) }
    for (text, kind) in [
      ("", BakingRejection.Kind.contentMissing), (" \t\r\n", .contentMissing), ("[]", .contentUnknown),
      ("\u{FEFF}{}", .contentUnknown), (" a.b.c", .contentUnknown), ("a.b.c=", .contentUnknown),
      ("a..c", .contentUnknown),
    ] {
      #expect(throws: BakingRejection(kind, at: 9)) { try BakedContent(reading: Array(text.utf8), at: 9) }
    }
  }
}
