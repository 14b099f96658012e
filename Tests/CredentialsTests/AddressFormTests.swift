import Encodings
import PKI
import Testing

@testable import Credentials

/// Addresses that decide something have one spelling, and name a public host.
@Suite struct AddressFormTests {
  @Test func hostNames() {
    let label = String(repeating: "a", count: 63)
    for good in [
      "a.b", "trust.chamber.example", "1.a", "a-b.c-d", "xn--mgbh0fb.example", "a.b1", "a.0xg",
      "\(label).\(label).\(label).\(label.dropLast(2))",
    ] {
      #expect(HostName.isOne(Array(good.utf8)), "\(good)")
    }
    for bad in [
      "", "a", "localhost", ".", "a.", ".a", "a..b", "A.b", "a.B", "a_b.c", "a b.c", "-a.b", "a-.b", "a.-b", "a.b-",
      "é.b", "a.b\u{0}",
      "1.2.3.4", "a.1", "a.0x7f", "a.0x", "a.00",
      "[::1]", "a.b:80", "a.b/", "*.a.b", "\(label)a.b", "\(label).\(label).\(label).\(label)",
    ] { #expect(!HostName.isOne(Array(bad.utf8)), "\(bad)") }
  }

  @Test func httpsAddresses() throws {
    for (text, host, port, path) in [
      ("https://a.example", "a.example", nil, ""), ("https://a.example/", "a.example", nil, "/"),
      ("https://a.example:8443", "a.example", "8443", ""),
      ("https://a.example:1/b/c", "a.example", "1", "/b/c"), ("https://a.example:65535/", "a.example", "65535", "/"),
      ("https://a.example//b", "a.example", nil, "//b"),
      ("https://a.example/b:c@d", "a.example", nil, "/b:c@d"), ("https://a.example/%2e", "a.example", nil, "/%2e"),
    ] as [(Text, Text, Text?, Text)] {
      let address = try #require(HTTPSAddress(text), "\(text)")
      #expect(address.host == host && address.port == port && address.path == path)
      #expect(address.authority == (port.map { Text("\(host):\($0)") } ?? host))
    }
    for bad in [
      "", "https://", "https:/a.example", "http://a.example", "HTTPS://a.example", "https://a", "https://A.example",
      "https://a.example:",
      "https://a.example:443", "https://a.example:0",
      "https://a.example:080", "https://a.example:65536", "https://a.example:+80", "https://a.example:80:80",
      "https://u@a.example",
      "https://u:p@a.example", "https://a.example?x",
      "https://a.example#x", "https://a.example/b?x", "https://a.example/b#x", "https://a.example/b c",
      "https://a.example\\b",
      "https://[::1]/", "https://127.0.0.1/", "https://a.example./",
    ] as [Text] { #expect(HTTPSAddress(bad) == nil, "\(bad)") }
  }

  @Test func absoluteURLs() {
    for good in [
      "a:b", "did:web:a.example", "urn:uuid:1", "https://a.example/?q#f", "A+b-c.1:x", "mailto:a@b", "x:'()*,;=!$&~[]",
    ] {
      #expect(AbsoluteURL.isOne(Text(good)), "\(good)")
    }
    for bad in [
      "", ":", "a", "a:", ":b", "1a:b", "+a:b", "a_b:c", "a b:c", "a:b c", "a:\u{7F}", "a:é", "é:a", "a:\"", "a:<",
      "a:>", "a:\\", "a:^", "a:`", "a:{", "a:|", "a:}", "//a", "/a:b",
    ] {
      #expect(!AbsoluteURL.isOne(Text(bad)), "\(bad)")
    }
    #expect(
      AbsoluteURL.isOne(Text("a:" + String(repeating: "b", count: 2_046)))
        && !AbsoluteURL.isOne(Text("a:" + String(repeating: "b", count: 2_047)))
    )
  }

  @Test func didsByTheirFault() {
    func error(_ did: String) -> DIDRejection? {
      do {
        _ = try DIDWeb(Text(did))
        return nil
      } catch { return error }
    }
    let eight = (1...8).map { ":\($0)" }.joined()
    #expect(error("did:web:a.example" + eight) == nil)
    let long = "did:web:a.example:" + String(repeating: "b", count: 494)
    #expect(error(long) == nil && error(long + "b") == .notDIDWeb(long + "b"))
    for bad in [
      "", "did:web", "did:webs:a.example", "DID:web:a.example", " did:web:a.example", "did:web:a.example\(eight):9",
    ] {
      #expect(error(bad) == .notDIDWeb(bad), "\(bad)")
    }
    for bad in [
      "did:web:", "did:web::a", "did:web:a", "did:web:a.example%", "did:web:a.example%3", "did:web:a.example%3A",
      "did:web:a.example%3A443",
      "did:web:a.example%3A1%3A2", "did:web:%3A80",
      "did:web:a.example%3A+1", "did:web:a.example%3A 1", "did:web:a.example#k", "did:web:a.example?q",
      "did:web:a.example/b",
      "did:web:10.0.0.1:b", "did:web:a.EXAMPLE",
    ] { #expect(error(bad) == .hostRefused(bad), "\(bad)") }
    for bad in [
      "did:web:a.example:", "did:web:a.example:b:", "did:web:a.example::b", "did:web:a.example:.",
      "did:web:a.example:...", "did:web:a.example:b%20c", "did:web:a.example:b/c", "did:web:a.example:b#k",
      "did:web:a.example:é",
    ] {
      #expect(error(bad) == .pathRefused(bad), "\(bad)")
    }
    for (port, good) in [
      ("1", true), ("80", true), ("65535", true), ("0", false), ("65536", false), ("99999999999999999999", false),
    ] {
      #expect((error("did:web:a.example%3A\(port)") == nil) == good)
    }
    for bad in [DIDRejection.notDIDWeb(""), .hostRefused(""), .pathRefused(""), .otherDocument(found: "")] {
      #expect(bad.problem.hasSuffix("#INVALID_CONTROLLED_IDENTIFIER_DOCUMENT_ID"))
    }
    #expect(
      DIDRejection.json(JSONRejection(kind: .notUTF8, offset: 0)).problem
        == DIDRejection.document(DocumentRejection("", .empty)).problem
    )
  }

  @Test func originsAndBack() throws {
    for origin in ["https://a.example", "https://a.example:8443", "https://a.example/b", "https://a.example:1/b/c/d"]
      as [Text]
    {
      let did = try DIDWeb(origin: origin)
      let back = try DIDWeb(did.did)
      #expect(back == did && did.host == "a.example")
      #expect(
        did.documentURL == Text("\(origin)\(HTTPSAddress(origin)?.path.isEmpty == true ? "/.well-known" : "")/did.json")
      )
    }
    for (bad, path) in [
      ("https://a.example/b/", true), ("https://a.example//b", true), ("https://a.example/b%20c", true),
      ("https://a.example/..", true), ("https://a", false),
    ] as [(Text, Bool)] {
      do {
        _ = try DIDWeb(origin: bad)
        Issue.record("accepted \(bad)")
      } catch { if case .pathRefused = error { #expect(path) } else { #expect(!path, "\(bad): \(error)") } }
    }
  }
}

/// The document of a chamber: each member by what is wrong with it.
@Suite struct DIDMemberTests {
  private static let did = DIDDocumentTests.did

  private func error(_ document: DIDDocument, _ path: String, value: JSON?) throws -> DIDRejection? {
    let changed = try #require(
      TrustListTests.changed(.object(document.json), path.split(separator: ".").map(String.init)[...], new: value)?
        .object
    )
    do {
      _ = try DIDDocument(changed.canonical(), of: Self.did)
      return nil
    } catch { return error }
  }

  @Test func whatSpoilsTheDocument() throws {
    func document(_ path: String, _ what: DocumentRejection.What) -> DIDRejection {
      .document(DocumentRejection(path, what))
    }
    let whole = try DIDDocumentTests.make()
    let method = try #require(whole.json["verificationMethod"]?.array?.first)
    let cases: [(String, JSON?, DIDRejection?)] = [
      ("id", nil, document("id", .missing)), ("id", 1, document("id", .wrongKind(expected: "a text"))),
      ("id", "", document("id", .empty)),
      ("id", "trust", document("id", .notAURL)),
      ("alsoKnownAs", "https://a.example", nil), ("alsoKnownAs", [], document("alsoKnownAs", .empty)),
      ("alsoKnownAs", ["x"], document("alsoKnownAs[0]", .notAURL)),
      ("verificationMethod", .object([:]), document("verificationMethod", .wrongKind(expected: "a list"))),
      ("verificationMethod.0", "#k", document("verificationMethod[0]", .wrongKind(expected: "an object"))),
      ("verificationMethod.0.id", nil, document("verificationMethod[0].id", .missing)),
      ("verificationMethod.1", method, document("verificationMethod[1].id", .duplicate)),
      (
        "verificationMethod", .array([JSON](repeating: method, count: 65)),
        document("verificationMethod", .tooMany(max: 64))
      ),
      ("assertionMethod", "#k", document("assertionMethod", .wrongKind(expected: "a list"))),
      ("assertionMethod.0", 7, document("assertionMethod[0]", .wrongKind(expected: "a text"))),
      ("assertionMethod.0", method, document("assertionMethod[0].id", .duplicate)), ("assertionMethod", [], nil),
      ("service", .object([:]), nil), ("@context", nil, nil), ("controller", "did:web:x.example", nil),
    ]
    for (path, value, wanted) in cases {
      #expect(try error(whole, path, value: value) == wanted, "\(path) \(String(describing: value))")
    }
    for (bytes, kind) in [
      (Array("[]".utf8), JSONRejection.Kind.notAnObject), ([], .unexpectedEnd), (Array("{}x".utf8), .trailingBytes),
      (Array(#"{"id":"a:b","id":"a:b"}"#.utf8), .duplicateName),
    ] {
      do {
        _ = try DIDDocument(bytes, of: Self.did)
        Issue.record("accepted \(bytes)")
      } catch {
        guard case .json(let found) = error else {
          Issue.record("\(error)")
          continue
        }
        #expect(found.kind == kind)
      }
    }
  }

  /// A method that cannot be read spoils only itself; asking for it says why.
  @Test func whatSpoilsOneMethod() throws {
    let document = try DIDDocumentTests.make()
    let first = document.methods[0].id
    let second = document.methods[1].id
    let other = JWK(publicKey: try PrivateKey.generate(.p256).publicKey).json
    let cases: [(String, JSON?, String, DocumentRejection.What)] = [
      ("0.controller", nil, "verificationMethod[0].controller", .missing),
      ("0.controller", "did:web:x.example", "verificationMethod[0].controller", .conflict(with: "id")),
      ("0.controller", ["did:web:trust.a.example"], "verificationMethod[0].controller", .wrongKind(expected: "a text")),
      ("0.type", nil, "verificationMethod[0].type", .missing),
      (
        "0.type", "EcdsaSecp256k1VerificationKey2019", "verificationMethod[0].type",
        .notAllowed(value: "EcdsaSecp256k1VerificationKey2019")
      ),
      ("0.publicKeyJwk", nil, "verificationMethod[0].publicKeyJwk", .missing),
      ("0.publicKeyJwk", "k", "verificationMethod[0].publicKeyJwk", .wrongKind(expected: "an object")),
      ("0.publicKeyJwk.x", "AA", "verificationMethod[0].publicKeyJwk", .key(.key(.malformed))),
      ("0.publicKeyJwk.d", "AA", "verificationMethod[0].publicKeyJwk", .key(.privateMember("d"))),
      (
        "0.publicKeyMultibase", "z6Mk", "verificationMethod[0].publicKeyMultibase",
        .notAllowed(value: "publicKeyMultibase")
      ),
      ("0.publicKeyPem", "x", "verificationMethod[0].publicKeyPem", .notAllowed(value: "publicKeyPem")),
      (
        "0.secretKeyMultibase", "x", "verificationMethod[0].secretKeyMultibase",
        .notAllowed(value: "secretKeyMultibase")
      ),
      ("1.publicKeyMultibase", nil, "verificationMethod[1].publicKeyMultibase", .missing),
      ("1.publicKeyMultibase", "u7QE", "verificationMethod[1].publicKeyMultibase", .multikey(.notBase58btc)),
      ("1.publicKeyJwk", .object(other), "verificationMethod[1].publicKeyJwk", .notAllowed(value: "publicKeyJwk")),
      ("1.type", "JsonWebKey", "verificationMethod[1].publicKeyMultibase", .notAllowed(value: "publicKeyMultibase")),
    ]
    for (path, value, place, what) in cases {
      let json = try #require(
        TrustListTests.changed(
          .object(document.json),
          (["verificationMethod"] + path.split(separator: ".").map(String.init))[...],
          new: value
        )?.object
      )
      let read = try DIDDocument(json.canonical(), of: Self.did)
      let (broken, whole) = path.hasPrefix("0") ? (first, second) : (second, first)
      #expect(read.unreadable == [broken: DocumentRejection(place, what)], "\(path)")
      #expect(throws: DIDRejection.method(DocumentRejection(place, what))) { try read.assertionMethod(broken) }
      #expect(try read.assertionMethod(whole).id == whole)
    }
    // A method under another document's name is known by that name, and is not one of ours.
    let foreign = try #require(
      TrustListTests.changed(.object(document.json), ["verificationMethod", "0", "id"], new: "did:web:x.example#k")?
        .object
    )
    let read = try DIDDocument(foreign.canonical(), of: Self.did)
    #expect(read.unreadable.keys.map(\.string) == ["did:web:x.example#k"])
    #expect(throws: DIDRejection.methodURL("did:web:x.example#k")) { try read.assertionMethod("did:web:x.example#k") }
    #expect(throws: DIDRejection.methodUnknown(first.string)) { try read.assertionMethod(first) }
  }

  @Test func writtenAsReadersExpectIt() throws {
    let document = try DIDDocumentTests.make()
    let methods = try #require(document.json["verificationMethod"]?.array)
    #expect(document.json.names == ["@context", "alsoKnownAs", "assertionMethod", "id", "verificationMethod"])
    #expect(
      methods[0].object?.names == ["controller", "id", "publicKeyJwk", "type"]
        && methods[1].object?.names == ["controller", "id", "publicKeyMultibase", "type"]
    )
    #expect(document.json["assertionMethod"] == .array(document.methods.map { .string($0.id) }))
    #expect(DIDDocument(id: Self.did, methods: []).json["alsoKnownAs"] == nil)
    for method in document.methods {
      #expect(DIDDocument(id: Self.did, methods: [method]).assertionMethods == [method.id])
      #expect((method.jwk != nil) == (method.form == .jsonWebKey))
    }
  }
}
