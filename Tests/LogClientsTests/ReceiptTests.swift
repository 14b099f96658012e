import Credentials
import Encodings
import Fixtures
import Foundation
import LogClients
import PKI
import Repository
import Testing
import TransparencyLog
import Verification

/// Signed answers of a verify service.
@Suite struct ReceiptTests {
  private struct Desk {
    let authority: TestPublisher, key: AnswerKey, answer: JSONObject
    init() throws {
      authority = try TestPublisher()
      key = try AnswerKey(try PrivateKey.generate(.p256))
      authority.answerKeys = [
        key.listed(notBefore: authority.now.seconds, expires: authority.now.adding(days: 90).seconds)
      ]
      let one = try authority.issue()
      try authority.publish()
      let decision = try PublishedRepository(path: authority.path, anchor: authority.rootPEM).verify(
        VerificationRequest(.id(one.id.description), page: "https://alnoor-deals.example/"),
        at: authority.now
      ).get()
      var answer = decision.json().object ?? JSONObject()
      answer["request"] = ["digest": JSON("sha-256:" + Base64URL.encode(SHA2.sha256([1, 2]))), "nonce": "c29tZQ"]
      self.answer = answer
    }
    func sign(_ answer: JSONObject? = nil, _ key: AnswerKey? = nil, at: Instant? = nil) throws -> [UInt8] {
      try Receipt.sign(
        answer ?? self.answer,
        host: authority.host,
        checkpoint: authority.checkpoints.last,
        key: key ?? self.key,
        at: at ?? authority.now
      )
    }
  }

  @Test("A105 a receipt proves what was said") func aNegativeAnswerCanBeProved() throws {
    let desk = try Desk()
    let receipt = try Receipt.verify(try desk.sign(), trust: desk.authority.trust)
    #expect(
      receipt.verdict == "other_page" && receipt.at == desk.authority.now && receipt.nonce == "c29tZQ"
        && receipt.pageKey == "site/alnoor-deals.example"
    )
    #expect(receipt.checkpoint?.size == UInt64(desk.authority.entries.count) && receipt.answer == desk.answer)
    #expect(desk.key.isListed(in: try desk.authority.trust.list, at: desk.authority.now))
    #expect(!desk.key.isListed(in: try desk.authority.trust.list, at: desk.authority.now.adding(days: 90)))
    // A receipt inside an answer is not signed again.
    var again = desk.answer
    again["receipt"] = "x"
    #expect(try Receipt.verify(try desk.sign(again), trust: desk.authority.trust).answer == desk.answer)
    // After a restart, from the file.
    let file = try PrivateKey.generate(.p256).encryptedPEM(passphrase: Array("correct horse".utf8))
    _ = try AnswerKey(encryptedPEM: file, passphrase: Array("correct horse".utf8))
    #expect(throws: KeyRejection.self) { try AnswerKey(encryptedPEM: file, passphrase: Array("wrong".utf8)) }
    #expect(throws: KeyRejection.self) { try AnswerKey(try PrivateKey.generate(.ed25519)) }
  }

  @Test("A77 a receipt of another question") func everythingElseIsRefused() throws {
    let desk = try Desk()
    let trust = try desk.authority.trust
    func refused(_ token: [UInt8], _ trust: LogTrust, _ why: String) {
      #expect(throws: ReceiptRejection.self, "\(why)") { try Receipt.verify(token, trust: trust) }
    }
    let stranger = try AnswerKey(try PrivateKey.generate(.p256))
    refused(try desk.sign(nil, stranger), trust, "a key that is not listed")
    refused(try desk.sign(at: desk.authority.now.adding(days: -1)), trust, "before the key's time")
    refused(try desk.sign(at: desk.authority.now.adding(days: 90)), trust, "after it")
    refused(desk.authority.issued[0].token, trust, "a credential")
    refused(
      try Receipt.sign(desk.answer, host: "other.example", checkpoint: nil, key: desk.key, at: desk.authority.now),
      trust,
      "another service's name"
    )
    refused(
      try Receipt.sign(
        desk.answer,
        host: desk.authority.host,
        checkpoint: Array("x\n1\n".utf8),
        key: desk.key,
        at: desk.authority.now
      ),
      trust,
      "a checkpoint that is none"
    )
    refused(try desk.sign(), try TestPublisher().trust, "another authority")
    // Parts that contradict each other, signed by the right key.
    let jws = try CompactJWS.parse(try desk.sign())
    let key = try PrivateKey.generate(.p256)
    let own = try AnswerKey(key)
    desk.authority.answerKeys = [
      own.listed(notBefore: desk.authority.now.seconds, expires: desk.authority.now.adding(days: 1).seconds)
    ]
    try desk.authority.publish()
    for (name, value) in [
      ("verdict", JSON("confirmed")), ("page", "site/alnoor.example"), ("request", ["digest": "sha-256:x"]),
      ("answer", 1), ("iat", "now"), ("iss", 1),
    ] {
      var payload = try JSONObject.parse(jws.payload)
      payload[Text(name)] = value
      let token = try CompactJWS.sign(
        header: ["typ": "khatm-receipt+jwt", "kid": .string(own.keyID)],
        payload: payload.canonical(),
        key: key,
        algorithm: .es256
      )
      refused(token, try desk.authority.trust, name)
    }
    let whole = try CompactJWS.sign(
      header: ["typ": "khatm-receipt+jwt", "kid": .string(own.keyID)],
      payload: jws.payload,
      key: key,
      algorithm: .es256
    )
    _ = try Receipt.verify(whole, trust: desk.authority.trust)
    let typed = try CompactJWS.sign(
      header: ["typ": "vc+jwt", "kid": .string(own.keyID)],
      payload: jws.payload,
      key: key,
      algorithm: .es256
    )
    refused(typed, try desk.authority.trust, "another type")
    for place in stride(from: 0, to: whole.count, by: 131) where whole[place] != UInt8(ascii: ".") {
      var bad = whole
      bad[place] = bad[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      refused(bad, try desk.authority.trust, "byte \(place)")
    }
  }
}
