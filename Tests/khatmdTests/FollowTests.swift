import Encodings
import Fixtures
import Foundation
import LogClients
import PKI
import Repository
import Storefronts
import Testing
import TransparencyLog
import Verification

@testable import khatmd

/// Receipts, and pages read for those who ask.
@Suite struct FollowTests {
  @Test func receipts() async throws {
    let key = try AnswerKey(try PrivateKey.generate(.p256))
    let server = try await TestServer(answerKey: key)
    let good = try server.sample.issue()
    server.sample.answerKeys = [
      key.listed(notBefore: now.adding(days: -1).seconds, expires: now.adding(days: 30).seconds)
    ]
    server.sample.sequence = 2
    try server.sample.publishTrustList()
    let reply = try await server.post(
      "/v1/verify",
      #"{"id":"\#(good.id)","page":"https://thief.example/","nonce":"n-1","receipt":true}"#
    )
    let receipt = try #require(try reply.string("receipt"))
    let trust = try LogTrust.read(.folder(server.sample.path), anchor: server.sample.rootPEM)
    let read = try Receipt.verify(Array(receipt.utf8), trust: trust)
    // A77: question, page, nonce, time and the whole answer, negative ones too.
    #expect(
      read.verdict == "other_page" && read.pageKey == "site/thief.example" && read.nonce == "n-1" && read.at == now
    )
    var answer = try #require(try reply.json.object)
    answer["receipt"] = nil
    #expect(read.answer == answer)
    #expect(throws: ReceiptRejection.self) {
      try Receipt.verify(Array(receipt.utf8).dropLast(3) + [0x41, 0x41, 0x41], trust: trust)
    }
    #expect(read.checkpoint?.origin == "khatm.example/log" && read.checkpoint?.size == 2)
    #expect(
      try await server.post("/v1/verify", #"{"id":"\#(good.id)"}"#).json.object?["receipt"] == nil,
      "only on request"
    )
    let plain = try await TestServer()
    #expect(
      try await plain.post("/v1/verify", #"{"id":"7Q2M4XW9K3PDT5HBPA","receipt":true}"#).json.object?["receipt"]
        == .null,
      "no key, and it says so"
    )
    #expect(try await plain.post("/v1/verify", #"{"id":"7Q2M4XW9K3PDT5HBPA","receipt":"yes"}"#).status == 400)
  }

  @Test func pages() async throws {
    let server = try await TestServer(readsPages: true)
    // No name resolves here, and no address is dialled: the public code for all of that is one.
    for page in ["https://nobody.example/", "https://nobody.example/a?b=c"] {
      let reply = try await server.post("/v1/verify", #"{"page":"\#(page)","nonce":"x"}"#)
      #expect(try reply.string("verdict") == "cannot_tell")
      #expect(try reply.json.object?["reasons"]?.array?.first?.object?["code"] == "page_not_reachable")
      #expect(try reply.string("request", "nonce") == "x")
    }
    #expect(try await server.post("/v1/verify", #"{"page":"http://127.0.0.1/"}"#).string("code") == "host_is_ip")
    let html = try await server.get("/check?page=https%3A%2F%2Fnobody.example%2F&lang=ar")
    #expect(html.status == 200 && html.text.contains("verdict wait") && html.text.contains("dir=\"rtl\""))
    let without = try await TestServer()
    #expect(try await without.post("/v1/verify", #"{"page":"https://nobody.example/"}"#).status == 501)
  }

  @Test func theLogForFollowers() async throws {
    let server = try await TestServer()
    let good = try server.sample.issue()
    let leaf = try #require(good.leaf)
    let proof = try await server.get("/v1/credentials/\(good.id)/proof")
    let policy = try #require(server.service.folder.trust.logs.first)
    #expect(
      try LogProof.parse(proof.body).verify(token: good.token, id: Text(good.id.description), policy: policy).logged
        .index == UInt64(leaf)
    )
    // The same beside an answer, for whoever wants it there.
    let answer = try await server.post("/v1/verify", #"{"id":"\#(good.id)","proof":true}"#)
    #expect(try answer.string("proof") == proof.text)
    #expect(
      try answer.json.object?["log"] == [
        "origin": "khatm.example/log", "leaf": .integer(leaf), "size": .integer(leaf + 1),
      ]
    )
    #expect(try await server.post("/v1/verify", #"{"id":"\#(good.id)"}"#).json.object?["proof"] == nil)
    let changes = try await server.get("/v1/changes?after=\(leaf)")
    #expect(try changes.json.object?["changes"]?.array?.first?.object?["credential"] == JSON(good.id.description))
    try server.sample.revoke(good)
    let history = try await server.get("/v1/credentials/\(good.id)/history")
    #expect(try history.string("state") == "revoked")
    // What would have been answered then: the sample issues thirty days before, and revokes two days before now.
    func status(_ at: Instant) async throws -> String? {
      try await server.get("/v1/credentials/\(good.id)/status?at=\(at.description)").string("status")
    }
    #expect(try await server.get("/v1/credentials/\(good.id)/status").string("status") == "revoked")
    #expect(try await status(now) == "revoked")
    #expect(try await status(now.adding(days: -2)) == "revoked")
    #expect(try await status(now.adding(days: -2).adding(seconds: -1)) == "active")
    #expect(
      try await server.get("/v1/credentials/\(good.id)/status?at=\(now.adding(days: -2).adding(seconds: -1))").string(
        "asOf"
      ) == now.adding(days: -2).adding(seconds: -1).description
    )
    #expect(
      try await server.get("/v1/credentials/\(good.id)/status?at=\(now.adding(days: -31))").status == 404,
      "nobody knew it"
    )
    for at in ["yesterday", now.adding(seconds: 1).description] {
      #expect(try await server.get("/v1/credentials/\(good.id)/status?at=\(at)").status == 400)
    }
    for path in [
      "/v1/changes?after=-1", "/v1/changes?limit=0", "/v1/changes?limit=501", "/v1/changes?records=yes",
      "/v1/changes?x=1", "/v1/changes?after=99",
      "/v1/credentials/7Q2M4XW9K3PDT5HBPA/history?at=yesterday",
    ] {
      #expect(try await server.get(path).status == 400, "\(path)")
    }
    #expect(try await server.get("/v1/credentials/7Q2M4XW9K3PDT5HBPB/proof").status == 404)
    #expect(try await server.get("/v1/credentials/7Q2M4XW9K3PDT5HBPA/proof").status == 404)
    let files = try await server.get("/v1/files")
    #expect(files.status == 200)
    #expect(try files.json.object?["files"]?.object?["platforms.json"]?.string?.utf8.count == 64)
    // What cannot be verified is not handed on.
    try server.sample.write(
      "checkpoint",
      Array(
        "khatm.example/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— khatm.example/log c2lnbmF0dXJl\n".utf8
      )
    )
    for path in ["/v1/changes", "/v1/credentials/\(good.id)/proof", "/v1/credentials/\(good.id)/history"] {
      #expect(try await server.get(path).status == 503, "\(path)")
    }
    #expect(try await server.post("/v1/verify", #"{"id":"\#(good.id)"}"#).string("verdict") == "not_in_force")
  }

  /// What a stolen key signs in secret is forged, whoever asks in whatever way.
  @Test func notInTheLog() async throws {
    let server = try await TestServer()
    let secret = try server.sample.issue(logged: false)
    let token = String(decoding: secret.token, as: UTF8.self)
    for reply in try await [
      server.post("/v1/verify", #"{"credential":"\#(token)"}"#), server.post("/v1/verify", #"{"id":"\#(secret.id)"}"#),
      server.get("/v1/credentials/\(secret.id)"),
    ] {
      #expect(try reply.string("verdict") == "not_genuine" && reply.json.object?["log"] == nil)
      #expect(try reply.json.object?["reasons"]?.array?.first?.object?["code"] == "not_in_log")
    }
    let batch = try await server.post(
      "/v1/verify/batch",
      #"{"credential":"\#(token)"}"# + "\n",
      type: "application/x-ndjson"
    )
    #expect(batch.text.contains(#""code":"not_in_log""#))
    let vcalm = try await server.post(
      "/credentials/verify",
      #"{"verifiableCredential":{"@context":"https://www.w3.org/ns/credentials/v2","#
        + #""type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,\#(token)"}}"#
    )
    #expect(try vcalm.string("verdict") == "not_genuine")
  }
}
