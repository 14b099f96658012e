import Credentials
import Encodings
import Fixtures
import Foundation
import Messages
import Testing

@testable import khatmd

/// Every answer of the interface.
@Suite struct InterfaceTests {
  @Test("A75 without a page at best genuine") func everyVerdict() async throws {
    let server = try await TestServer()
    let sample = server.sample
    let good = try sample.issue()
    let suspended = try sample.issue()
    let revoked = try sample.issue()
    let forged = try sample.forge()
    try sample.suspend(suspended)
    try sample.revoke(revoked)
    var member = TestAuthority.Member()
    member.validUntil = -3
    let expired = try sample.issue(member)
    let cases: [(String, String?, String, String?)] = [
      (good.id.description, "https://alnoor.example/", "genuine", "page_declared"),
      (good.id.description, nil, "genuine", "page_not_stated"),
      (good.id.description, "https://alnoor-deals.example/", "other_page", "binding_no_match"),
      (suspended.id.description, nil, "not_in_force", "page_not_stated"),
      (revoked.id.description, "https://alnoor.example/", "not_in_force", "revoked"),
      (expired.id.description, "https://alnoor.example/", "not_in_force", "expired"),
      (forged.id.description, nil, "not_genuine", "signature_invalid"),
      ("7Q2M4XW9K3PDT5HBPA", nil, "not_genuine", "credential_unknown"),
      ("7Q2M4XW9K3PDT5HBPB", nil, "cannot_tell", "check_characters_wrong"),
    ]
    for (id, page, verdict, code) in cases {
      let reply = try await server.post("/v1/verify", #"{"id":"\#(id)"\#(page.map { #","page":"\#($0)""# } ?? "")}"#)
      #expect(reply.status == 200, "a negative verdict is an answer")
      #expect(try reply.string("verdict") == verdict, "\(id) \(page ?? "")")
      let codes = try reply.json.object?["reasons"]?.array?.compactMap { $0.object?["code"]?.string }
      if let code { #expect(codes?.contains(code) == true, "\(codes ?? [])") } else { #expect(codes == []) }
      #expect(reply.headers["cache-control"] == "no-store")
      for member in ["checkedAt", "answerNotAfter"] { #expect(try reply.string(member) != nil) }
    }
    try sample.remove("status/chamber/revocation/1")
    let doubt = try await server.post("/v1/verify", #"{"id":"\#(good.id)"}"#)
    #expect(try doubt.string("verdict") == "cannot_tell")
  }

  @Test func everyWayToAsk() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    let svg = Array(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><rect width=\"9\" height=\"9\"/></svg>".utf8
    )
    let baked = Base64.encode(try BakingSVG.bake(token: good.token, into: svg))
    let token = String(decoding: good.token, as: UTF8.self)
    for subject in [
      #""credential":"\#(token)""#, #""id":"\#(good.id.display)""#, #""badge":"https://khatm.example/c/\#(good.id)""#,
      #""image":"\#(baked)""#,
    ] {
      let reply = try await server.post(
        "/v1/verify",
        "{\(subject),\"page\":\"https://alnoor.example/\",\"nonce\":\"c29tZQ\",\"ref\":\"row-1\",\"lang\":\"ar\"}"
      )
      #expect(try reply.string("verdict") == "genuine", "\(subject.prefix(20))")
      #expect(try reply.string("request", "nonce") == "c29tZQ")
      #expect(try reply.string("request", "ref") == "row-1")
      #expect(try reply.string("request", "digest")?.hasPrefix("sha-256:") == true)
    }
    let thief = try await server.post(
      "/v1/verify",
      #"{"id":"\#(good.id)","page":"https://thief.example/","lang":"ar"}"#
    )
    #expect(try thief.json.object?["texts"]?.array?.first?.string?.isEmpty == false)
  }

  /// What cannot be read is refused with a problem, never with a verdict.
  @Test("A79, A80 requests that are refused") func refusals() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    let id = good.id.description
    let many = (0..<70).map { "\"m\($0)\":1" }.joined(separator: ",")
    let cases: [(String, Int, String)] = [
      ("", 400, "request_malformed"), ("[]", 400, "request_malformed"), ("{}", 400, "request_malformed"),
      ("{\"id\":\"\(id)\",}", 400, "request_malformed"),
      ("{\"id\":\"\(id)\",\"id\":\"\(id)\"}", 400, "request_malformed"),
      ("{\"id\":\"\(id)\",\"badge\":\"x\"}", 400, "request_malformed"),
      ("{\"id\":1}", 400, "request_malformed"),
      ("{\"id\":\"\(id)\",\"return\":\"https://evil.example\"}", 400, "request_malformed"),
      ("{\"id\":\"\(id)\",\"lang\":\"xx\"}", 400, "request_malformed"),
      ("{\"image\":\"YR==\"}", 400, "request_malformed"),
      ("{\(many)}", 400, "request_malformed"),  // A79
      ("{\"id\":\"\(id)\",\"nonce\":\"\(String(repeating: "x", count: 300))\"}", 400, "request_malformed"),
      ("{\"id\":\"nonsense\"}", 422, "unreadable"), ("{\"badge\":\"https://elsewhere.example/\"}", 422, "malformed"),
      ("{\"id\":\"\(id)\",\"page\":\"https://a.example\\\\@b.example/\"}", 422, "url_ambiguous"),
      ("{\"id\":\"\(id)\",\"page\":\"https://www.souk.example/\"}", 422, "platform_url_unknown"),
      ("{\"id\":\"\(id)\",\"page\":\"http://127.0.0.1/\"}", 422, "host_is_ip"),
      ("{\"image\":\"AAAA\"}", 422, "malformed"),
    ]
    for (body, status, code) in cases {
      let reply = try await server.post("/v1/verify", body)
      #expect(reply.status == status, "\(body.prefix(60)): \(reply.text)")
      #expect(try reply.string("code") == code, "\(body.prefix(60))")
      #expect(reply.headers["content-type"] == "application/problem+json")
      #expect(try reply.string("type") == "https://khatm.example/problems/\(code)")
      #expect(try reply.json.object?["verdict"] == nil)
    }
    let deep = String(repeating: "[", count: 5_000)
    #expect(try await server.post("/v1/verify", deep).status == 400)
    #expect(try await server.post("/v1/verify", "{\"id\":\"\(id)\"}\u{0}").status == 400)
    // A80: a form of another site can send text/plain without asking first; it is not read.
    for type in ["text/plain", "application/x-www-form-urlencoded", "application/json;charset=utf-16", ""] {
      #expect(try await server.post("/v1/verify", "{\"id\":\"\(id)\"}", type: type).status == 415, "\(type)")
    }
    #expect(
      try await server.post("/v1/verify", "{\"id\":\"\(id)\"}", type: "Application/JSON; charset=UTF-8").status == 200
    )
    #expect(try await server.post("/v1/verify?x=1", "{\"id\":\"\(id)\"}").status == 400, "A76: an unknown query")
    #expect(try await server.post("/v1/verify", String(repeating: " ", count: (1 << 20) + 1)).status == 413)
  }

  @Test func methodsAndAddresses() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    for (method, path, allow) in [
      ("GET", "/v1/verify", "OPTIONS, POST"), ("DELETE", "/v1/credentials/\(good.id)", "GET, HEAD, OPTIONS"),
      ("PUT", "/checkpoint", "GET, HEAD, OPTIONS"), ("POST", "/c/\(good.id)", "GET, HEAD, OPTIONS"),
    ] {
      let reply = try await server.ask(method, path, [:], body: method == "GET" ? nil : [])
      #expect(
        reply.status == 405 && reply.headers["allow"] == allow,
        "\(method) \(path): \(reply.status) \(reply.headers)"
      )
    }
    let options = try await server.ask(
      "OPTIONS",
      "/v1/verify",
      ["Origin": "https://market.example", "Access-Control-Request-Method": "POST"]
    )
    #expect(
      options.status == 204 && options.headers["access-control-allow-origin"] == "*"
        && options.headers["access-control-allow-headers"]?.contains("content-type, ") == true
    )
    for path in [
      "//v1/verify", "/v1//verify", "/v1/verify/", "/v1/%76erify", "/v1/../v1/verify", "/c/\(good.id)/x.css",
      "/c/\(good.id);x", "/.git/config", "/directory.sqlite", "/registry.db",
      "/certs/", "/certs", "/status", "/tile", "/v2/verify", "/etc/passwd", "/status/chamber/revocation/..",
      "/certs/root.key", "/certs/.hidden.cer",
    ] {
      #expect(try await server.get(path).status == 404, "\(path)")
    }
    // A target with a host (RFC 9112, 3.2.2) is answered like one without: the host in it means nothing.
    let raw = try await server.exchange(
      Array("GET http://evil.example/c/\(good.id) HTTP/1.1\r\nHost: khatm.example\r\nConnection: close\r\n\r\n".utf8)
    )
    #expect(!String(decoding: raw, as: UTF8.self).contains("evil.example"))
  }

  /// A83: JSON for programs unless something else is asked for; what cannot be given is 406.
  @Test("A83 Accept games") func accept() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    let path = "/v1/credentials/\(good.id)"
    #expect(try await server.get(path).headers["content-type"] == "application/json")
    let token = try await server.get(path, ["Accept": "application/vc+jwt"])
    #expect(
      token.headers["content-type"] == "application/vc+jwt" && token.body == good.token
        && token.headers["vary"] == "Accept"
    )
    #expect(try await server.get(path, ["Accept": "text/html"]).status == 406)
    #expect(try await server.get(path, ["Accept": "*/*;q=0"]).status == 406)
    #expect(
      try await server.get(path, ["Accept": "application/vc+jwt;q=0.1, application/json;q=0.9"]).headers["content-type"]
        == "application/json"
    )
    #expect(
      try await server.get(path, ["Accept": "*/*;q=0.1, application/json;q=0"]).headers["content-type"]
        == "application/vc+jwt"
    )
    #expect(try await server.get("/c/\(good.id)", ["Accept": "image/png"]).status == 406)
    #expect(
      try await server.get("/c/\(good.id)", ["Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"]).status == 200
    )
    #expect(try await server.get(path, ["Accept": String(repeating: "a/b,", count: 2_000)]).status == 406)
  }

  @Test func recordsAndStates() async throws {
    let server = try await TestServer()
    let sample = server.sample
    let good = try sample.issue()
    let revoked = try sample.issue()
    try sample.revoke(revoked, replacedBy: good.id)
    let record = try await server.get("/v1/credentials/\(good.id.display.lowercased())")
    #expect(try record.string("token") == String(decoding: good.token, as: UTF8.self))
    #expect(try record.string("verdict") == "genuine")
    #expect(record.headers["cache-control"] == "public, max-age=60, must-revalidate")
    let status = try await server.get("/v1/credentials/\(revoked.id)/status")
    #expect(try status.string("status") == "superseded")
    #expect(try status.string("supersededBy") == good.id.description)
    #expect(try status.string("stateSince") == now.adding(days: -2).description)
    #expect(status.headers["cache-control"] == "public, max-age=60, must-revalidate")
    for path in ["/v1/credentials/7Q2M4XW9K3PDT5HBPA", "/v1/credentials/7Q2M4XW9K3PDT5HBPA/status"] {
      let reply = try await server.get(path)
      #expect(reply.status == 404)
      #expect(try reply.string("code") == "credential_unknown")
    }
    #expect(try await server.get("/v1/credentials/7Q2M4XW9K3PDT5HBPB").string("code") == "check_characters_wrong")
    #expect(try await server.get("/v1/credentials/x").string("code") == "not_found")
    try sample.remove("directory.sqlite")
    #expect(try await server.get("/v1/credentials/\(good.id)").status == 503)
  }

  @Test func lookups() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    for (query, count) in [
      ("page=https%3A%2F%2Falnoor.example%2F", 1), ("page=https://thief.example/", 0),
      ("register=NTRAE%2BDU-1256293", 1), ("q=al+noor", 1), ("q=%D8%A7%D9%84%D9%86%D9%88%D8%B1", 1), ("q=zzz", 0),
    ] {
      let reply = try await server.get("/v1/lookup?\(query)")
      let matches = try #require(try reply.json.object?["matches"]?.array, "\(reply.text)")
      #expect(matches.count == count, "\(query)")
      if count == 1 { #expect(matches[0].object?["credential"]?.object?["id"]?.string == good.id.description) }
    }
    #expect(
      try await server.get("/v1/lookup?page=https://alnoor.example/").json.object?["matches"]?.array?.first?.object?[
        "verdict"
      ] == "genuine"
    )
    for query in ["", "q=a&page=b", "q=noor&x=1", "q=noor&q=noor", "q=%zz", "q=%ff"] {
      #expect(try await server.get("/v1/lookup?\(query)").status == 400, "\(query)")
    }
    #expect(try await server.get("/v1/lookup?page=ftp://x/").status == 422)
  }

  @Test func constants() async throws {
    let server = try await TestServer()
    let codes = try await server.get("/v1/reason-codes").json.object?["codes"]?.array ?? []
    #expect(codes.count == ReasonCode.allCases.count)
    #expect(codes.allSatisfy { $0.object?["texts"]?.object?.members.count == 4 })
    #expect(try await server.get("/v1/platforms").body == TestAuthority.platforms)
    #expect(try await server.get("/health").text == "ok\n")
    #expect(try await server.get("/metrics").status == 404)
    #expect(try await server.get("/v1").string("host") == "khatm.example")
    try server.sample.remove(".well-known/chamber-trust-list.jwt")
    #expect(try await server.get("/health").status == 503)
    let counting = try await TestServer { $0.showsMetrics = true }
    _ = try await counting.get("/health")
    #expect(try await counting.get("/metrics").text.contains("khatmd_responses_total{class=\"2xx\"} 1"))
  }

  /// W3C VCALM: `verified` only with a good verdict, whatever the specification would allow.
  @Test func vcalm() async throws {
    let server = try await TestServer()
    let sample = server.sample
    let good = try sample.issue()
    let revoked = try sample.issue()
    let forged = try sample.forge()
    try sample.revoke(revoked)
    func ask(_ token: [UInt8], _ options: String = "{}") async throws -> Reply {
      try await server.post(
        "/credentials/verify",
        """
        {"verifiableCredential":{"@context":"https://www.w3.org/ns/credentials/v2",\
        "type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,\
        \(String(decoding: token, as: UTF8.self))"},"options":\(options)}
        """
      )
    }
    let fine = try await ask(good.token, #"{"returnResults":true,"returnProblemDetails":true,"returnCredential":true}"#)
      .json.object
    #expect(fine?["verified"] == true && fine?["verdict"] == "genuine")
    #expect(fine?["verifiableCredential"]?.object?["type"] == "EnvelopedVerifiableCredential")
    #expect(fine?["results"]?.object?["proof"]?.array?.first?.object?["verified"] == true)
    let gone = try await ask(revoked.token).json.object
    #expect(gone?["verified"] == false && gone?["verdict"] == "not_in_force")
    #expect(gone?["problemDetails"]?.array?.first?.object?["type"] == "https://khatm.example/problems/revoked")
    let untrue = try await ask(forged.token).json.object
    #expect(
      untrue?["problemDetails"]?.array?.first?.object?["type"]
        == "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR"
    )
    let unknown = try await ask(good.token, #"{"challenge":"x"}"#)
    #expect(unknown.status == 400)
    #expect(try unknown.string("type") == "https://www.w3.org/TR/vcalm#UNKNOWN_OPTION_PROVIDED")
    for body in [
      "{}", #"{"verifiableCredential":{}}"#, #"{"verifiableCredential":"x"}"#,
      #"{"verifiableCredential":{"type":"EnvelopedVerifiableCredential","id":"data:text/plain,x"}}"#, #"{"x":1}"#,
    ] {
      #expect(try await server.post("/credentials/verify", body).status == 400, "\(body)")
    }
  }

  /// A76: nothing that a client says about hosts comes back.
  @Test("A76 Host and forwarded headers are not believed") func hostsAreNotBelieved() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    let raw = try await server.exchange(
      Array(
        """
        GET /c/\(good.id) HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: \
        gopher\r\nForwarded: host=evil.example\r\nConnection: close\r\n\r\n
        """
        .utf8
      )
    )
    let reply = try Reply(raw)
    #expect(reply.status == 200 && !reply.text.contains("evil.example") && reply.text.contains("khatm.example"))
    let strict = try await TestServer { $0.hosts = ["khatm.example"] }
    for (host, status) in [
      ("khatm.example", 200), ("KHATM.example.:8443", 200), ("evil.example", 421), ("khatm.example.evil.example", 421),
    ] {
      let raw = try await strict.exchange(
        Array("GET /health HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n".utf8)
      )
      #expect(try Reply(raw).status == status, "\(host)")
    }
  }
}
