import Credentials
import Encodings
import PKI
import Testing

/// Names of did:web.
@Suite struct DIDWebTests {
  @Test(arguments: [
    ("did:web:a.example", "https://a.example/.well-known/did.json"),
    ("did:web:a.example:b:c", "https://a.example/b/c/did.json"),
    ("did:web:a.example%3A8443", "https://a.example:8443/.well-known/did.json"),
    ("did:web:a.example%3A8443:b", "https://a.example:8443/b/did.json"),
    ("did:web:xn--mgbh0fb.example", "https://xn--mgbh0fb.example/.well-known/did.json"),
    ("did:web:a.example:~u_x-1.2", "https://a.example/~u_x-1.2/did.json"),
  ])
  func addresses(_ did: String, _ url: String) throws {
    let read = try DIDWeb(Text(did))
    #expect(read.documentURL == Text(url))
    #expect(read.did == Text(did))
  }

  @Test func backwards() throws {
    #expect(try DIDWeb(origin: "https://a.example").did == "did:web:a.example")
    #expect(try DIDWeb(origin: "https://a.example/").did == "did:web:a.example")
    #expect(try DIDWeb(origin: "https://a.example:8443/b/c").did == "did:web:a.example%3A8443:b:c")
    for bad in [
      "http://a.example", "https://A.example", "https://a.example:443", "https://u@a.example", "https://a.example/b/",
      "https://a.example?x", "https://127.0.0.1", "a.example",
    ] as [Text] {
      #expect(throws: DIDRejection.self) { try DIDWeb(origin: bad) }
    }
  }

  @Test(arguments: [
    "", "did:web:", "did:web", "did:key:z6Mk", "DID:web:a.example", "did:WEB:a.example", "web:a.example",
    "did:web:a.example#k", "did:web:a.example?x", "did:web:a.example/b",
    "did:web:localhost", "did:web:127.0.0.1", "did:web:1.2.3.4:a", "did:web:2130706433", "did:web:a.0x7f",
    "did:web:[::1]", "did:web:a.example.", "did:web:.a.example", "did:web:a..example",
    "did:web:A.example", "did:web:a_b.example", "did:web:-a.example", "did:web:a-.example", "did:web:é.example",
    "did:web:a.example%3a8443", "did:web:a.example%3A443", "did:web:a.example%3A0",
    "did:web:a.example%3A65536", "did:web:a.example%3A08", "did:web:a.example%3A", "did:web:a.example:8443%3A",
    "did:web:a.example%2F", "did:web:a.example:..", "did:web:a.example:.",
    "did:web:a.example:%2e%2e", "did:web:a.example:b%2Fc", "did:web:a.example:", "did:web:a.example::b",
    "did:web:a.example:b\\c", "did:web:a.example:b c", "did:web:u@a.example",
    "did:web:a.example:1:2:3:4:5:6:7:8:9",
  ])
  func refused(_ did: String) { #expect(throws: DIDRejection.self) { try DIDWeb(Text(did)) } }
}

/// Documents with the keys of a chamber.
@Suite struct DIDDocumentTests {
  static let did: Text = "did:web:trust.a.example"

  static func make() throws -> DIDDocument {
    DIDDocument(
      id: did,
      alsoKnownAs: ["https://trust.a.example"],
      methods: [
        .init(did: did, jwk: try PrivateKey.generate(.p256).publicKey, algorithm: .es256),
        try .init(did: did, multikey: try PrivateKey.generate(.ed25519).publicKey),
      ]
    )
  }

  @Test func comesBack() throws {
    let document = try Self.make()
    let read = try DIDDocument(document.json.canonical(), of: Self.did)
    #expect(read == document)
    for method in document.methods { #expect(try read.assertionMethod(method.id).key == method.key) }
  }

  static func error(_ change: (inout JSONObject, inout JSONObject) -> Void, ask: Text? = nil) throws -> DIDRejection? {
    let document = try make()
    var json = document.json
    var methods = json["verificationMethod"]?.array ?? []
    var first = methods[0].object ?? [:]
    change(&json, &first)
    if json["verificationMethod"]?.array == methods {
      methods[0] = .object(first)
      json["verificationMethod"] = .array(methods)
    }
    do throws(DIDRejection) {
      let read = try DIDDocument(json.canonical(), of: did)
      _ = try read.assertionMethod(ask ?? document.methods[0].id)
      return nil
    } catch { return error }
  }

  @Test func refusals() throws {
    #expect(try Self.error({ _, _ in }) == nil)
    #expect(
      try Self.error({ json, _ in json["id"] = "did:web:other.example" })
        == .otherDocument(found: "did:web:other.example")
    )
    #expect(
      try Self.error({ json, _ in json["id"] = nil })?.problem
        == "https://w3id.org/security#INVALID_CONTROLLED_IDENTIFIER_DOCUMENT"
    )
    #expect(
      try Self.error({ json, _ in json["assertionMethod"] = nil })?.problem
        == "https://w3id.org/security#INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"
    )
    #expect(
      try Self.error({ json, _ in
        json["assertionMethod"] = []
        json["authentication"] = ["#x"]
      })?.problem == "https://w3id.org/security#INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"
    )
    #expect(
      try Self.error({ json, _ in json["verificationMethod"] = [] })?.problem
        == "https://w3id.org/security#INVALID_VERIFICATION_METHOD"
    )
    #expect(
      try Self.error({ _, method in method["controller"] = "did:web:other.example" })?.problem
        == "https://w3id.org/security#INVALID_VERIFICATION_METHOD"
    )
    #expect(
      try Self.error({ _, method in method["controller"] = nil })?.problem
        == "https://w3id.org/security#INVALID_VERIFICATION_METHOD"
    )
    #expect(
      try Self.error({ _, method in method["type"] = "JsonWebKey2020" })?.problem
        == "https://w3id.org/security#INVALID_VERIFICATION_METHOD"
    )
    #expect(
      try Self.error({ _, method in method["publicKeyMultibase"] = "z6Mk" })?.problem
        == "https://w3id.org/security#INVALID_VERIFICATION_METHOD"
    )
    #expect(
      try Self.error({ _, method in method["privateKeyJwk"] = [:] })?.problem
        == "https://w3id.org/security#INVALID_VERIFICATION_METHOD"
    )
    #expect(
      try Self.error({ _, method in
        var jwk = method["publicKeyJwk"]?.object ?? [:]
        jwk["d"] = "AAAA"
        method["publicKeyJwk"] = .object(jwk)
      })?.problem == "https://w3id.org/security#INVALID_VERIFICATION_METHOD"
    )
    for name in [
      "did:web:trust.a.example", "did:web:trust.a.example#", "#k", "did:web:trust.a.exampleevil#k",
      "did:web:other.example#k",
    ] as [Text] {
      #expect(
        try Self.error({ _, _ in }, ask: name)?.problem == "https://w3id.org/security#INVALID_VERIFICATION_METHOD_URL"
      )
    }
    #expect(
      try Self.error({ _, _ in }, ask: "did:web:trust.a.example#unknown")?.problem
        == "https://w3id.org/security#INVALID_VERIFICATION_METHOD"
    )
  }

  @Test func relativeAndEmbeddedMethods() throws {
    let key = JWK(publicKey: try PrivateKey.generate(.p256).publicKey).json
    let method: JSON = .object([
      "id": "#k", "type": "JsonWebKey", "controller": .string(Self.did), "publicKeyJwk": .object(key),
    ])
    let listed: JSONObject = ["id": .string(Self.did), "verificationMethod": [method], "assertionMethod": ["#k"]]
    #expect(
      try DIDDocument(listed.canonical(), of: Self.did).assertionMethod("did:web:trust.a.example#k").jwk?.json == key
    )
    let embedded: JSONObject = ["id": .string(Self.did), "assertionMethod": [method]]
    #expect(
      try DIDDocument(embedded.canonical(), of: Self.did).assertionMethod("did:web:trust.a.example#k").jwk?.json == key
    )
    let twice: JSONObject = [
      "id": .string(Self.did), "verificationMethod": [method, method], "assertionMethod": ["#k"],
    ]
    #expect(throws: DIDRejection.self) { try DIDDocument(twice.canonical(), of: Self.did) }
    // One key of a kind we do not know spoils no other.
    let foreign: JSON = .object([
      "id": "#old", "type": "RsaVerificationKey2018", "controller": .string(Self.did), "publicKeyPem": "x",
    ])
    let mixed: JSONObject = [
      "id": .string(Self.did), "verificationMethod": [foreign, method], "assertionMethod": ["#k", "#old"],
    ]
    let read = try DIDDocument(mixed.canonical(), of: Self.did)
    #expect(read.methods.count == 1)
    #expect(throws: DIDRejection.self) { try read.assertionMethod("did:web:trust.a.example#old") }
  }

  @Test func size() {
    let long = [UInt8](repeating: 0x20, count: DIDDocument.maxBytes + 1)
    #expect(throws: DIDRejection.json(JSONRejection(kind: .tooLarge, offset: DIDDocument.maxBytes))) {
      try DIDDocument(long, of: Self.did)
    }
  }
}
