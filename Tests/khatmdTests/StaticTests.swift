import Encodings
import Fixtures
import Foundation
import Testing

@testable import khatmd

/// Signed files, as they are published.
@Suite struct StaticTests {
  @Test func everySignedFile() async throws {
    let server = try await TestServer()
    let files: [(String, String, String, String)] = [
      (
        "/.well-known/chamber-trust-list.jwt", ".well-known/chamber-trust-list.jwt", "application/jwt",
        "public, max-age=300, stale-if-error=3600"
      ),
      (
        "/status/chamber/revocation/1", "status/chamber/revocation/1", "application/vc+jwt",
        "public, max-age=300, stale-if-error=3600"
      ),
      (
        "/did/trust.chamber.example/did.json", "did/trust.chamber.example/did.json", "application/did+json",
        "public, max-age=300"
      ),
      ("/certs/chamber-ca.cer", "certs/chamber-ca.cer", "application/pkix-cert", "public, max-age=86400"),
      ("/certs/root.pem", "certs/root.pem", "application/x-pem-file", "public, max-age=86400"),
      ("/crl/chamber.crl", "crl/chamber.crl", "application/pkix-crl", "public, max-age=300, stale-if-error=3600"),
      ("/platforms.json", "platforms.json", "application/json", "public, max-age=3600"),
      ("/ns/membership/v1", "ns/membership/v1", "application/ld+json", "public, max-age=31536000, immutable"),
      ("/authority.json", "authority.json", "application/json", "public, max-age=300"),
      ("/checkpoint", "checkpoint", "text/plain; charset=utf-8", "public, max-age=5"),
      ("/tile/0/000.p/1", "tile/0/000.p/1", "application/octet-stream", "public, max-age=31536000, immutable"),
      (
        "/tile/entries/000.p/1", "tile/entries/000.p/1", "application/octet-stream",
        "public, max-age=31536000, immutable"
      ),
    ]
    for (path, file, type, cache) in files {
      let bytes = try server.sample.read(file)
      let reply = try await server.get(path)
      #expect(reply.status == 200 && reply.body == bytes, "\(path)")
      #expect(reply.headers["content-type"] == type, "\(path)")
      #expect(reply.headers["cache-control"] == cache, "\(path)")
      #expect(
        reply.headers["access-control-allow-origin"] == "*"
          && reply.headers["x-content-type-options"] == "nosniff",
        "\(path)"
      )
      let tag = try #require(reply.headers["etag"])
      let modified = try #require(reply.headers["last-modified"])
      #expect(tag.hasPrefix("\"") && tag.utf8.count == 34)
      let head = try await server.ask("HEAD", path)
      #expect(
        head.status == 200 && head.body.isEmpty && head.headers["content-length"] == "\(bytes.count)"
          && head.headers["etag"] == tag
      )
      for field in [
        ["If-None-Match": tag], ["If-None-Match": "\"other\", W/\(tag)"], ["If-None-Match": "*"],
        ["If-Modified-Since": modified],
      ] {
        let known = try await server.get(path, field)
        #expect(known.status == 304 && known.body.isEmpty && known.headers["etag"] == tag, "\(path) \(field)")
      }
      #expect(
        try await server.get(path, ["If-None-Match": "\"x\"", "If-Modified-Since": modified]).status == 200,
        "the tag decides"
      )
    }
  }

  /// A copy is never called fresh beyond the end its own bytes name.
  @Test func cachesEndWithTheList() async throws {
    let server = try await TestServer()
    for (life, cache) in [
      (Int64(1_000), "public, max-age=300, stale-if-error=690"), (200, "public, max-age=190"), (5, "no-cache"),
    ] {
      try server.sample.publishLists(age: 10, life: life)
      #expect(try await server.get("/status/chamber/revocation/1").headers["cache-control"] == cache, "\(life)")
    }
    try server.sample.write("status/chamber/revocation/1", Array("junk".utf8))
    #expect(try await server.get("/status/chamber/revocation/1").headers["cache-control"] == "no-cache")
  }

  @Test func changesAreSeen() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    let tag = try await server.get("/status/chamber/revocation/1").headers["etag"] ?? ""
    try server.sample.revoke(good)
    let changed = try await server.get("/status/chamber/revocation/1", ["If-None-Match": tag])
    #expect(changed.status == 200 && changed.headers["etag"] != tag)
  }

  @Test func nothingElseIsServed() async throws {
    let server = try await TestServer()
    let path = server.sample.path
    try server.sample.write("certs/dubai-signer.key.pem", Array("secret".utf8))
    try server.sample.write("secret.txt", Array("secret".utf8))
    try FileManager.default.createSymbolicLink(
      atPath: path + "/certs/link.cer",
      withDestinationPath: path + "/secret.txt"
    )
    try FileManager.default.createSymbolicLink(atPath: path + "/status/out", withDestinationPath: "/etc")
    try server.sample.write("status/chamber/revocation/UPPER", Array("x".utf8))
    for name in ["-a.example", "example", "10.0.0.1"] {
      try server.sample.write("did/\(name)/did.json", Array("secret".utf8))
    }
    for address in [
      "/certs/link.cer", "/certs/dubai-signer.key.pem", "/secret.txt", "/status/out/ssl/openssl",
      "/status/chamber/revocation/UPPER", "/status/chamber/revocation/1/2", "/did/../did.json",
      "/did/-a.example/did.json", "/did/example/did.json", "/did/10.0.0.1/did.json",
      "/tile/0/000", "/tile/0/00", "/tile/0/000.p/0", "/tile/0/000.p/256", "/tile/64/000", "/tile/0/x00/000", "/tile/0",
      "/tile/entries/000.q/1", "/crl/root.cer", "/certs/nothing.cer",
    ] {
      let reply = try await server.get(address)
      #expect(reply.status == 404 && !reply.text.contains("secret"), "\(address)")
    }
    for (name, good) in [
      (["0", "000"], true), (["0", "x001", "x234", "067"], true), (["entries", "x001", "067.p", "255"], true),
      (["0", "x001", "067.p"], false), (["0", "1"], false), (["-1", "000"], false),
    ] {
      #expect((StaticRoutes.tile(name) != nil) == good, "\(name)")
    }
  }

  @Test func dates() {
    #expect(HTTPDate.text(1_795_338_903) == "Sun, 22 Nov 2026 09:15:03 GMT")
    #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(HTTPDate.text(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
  }
}
