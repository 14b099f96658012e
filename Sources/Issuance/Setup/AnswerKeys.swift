internal import Credentials
internal import Encodings
internal import Foundation
package import PKI
internal import Registry
internal import TransparencyLog
internal import Vocabulary

extension Home {
  /// Public keys of verify services, one file each; the private halves are with the services and never here.
  var answerKeysPath: String { path + "/answer-keys" }
}

extension AuthoritySetup {
  /// Lets a verify service sign answers with a key: named in the trust list for that and nothing else, and in the log.
  ///
  /// - Parameter days: how long it signs; receipts stay verifiable as long as the list names it.
  /// Gives the key's id, its thumbprint.
  package func addAnswerKey(_ key: PublicKey, days: Int64) throws -> String {
    let kid = JWK(publicKey: key).thumbprint
    try session.requireRegistrar(act: .answerKey, subject: kid)
    guard key.kind == .p256 else { throw ActRejection(.keyKind(wanted: "P-256"), subject: "answer") }
    let spki = key.subjectPublicKeyInfo()
    guard
      try !registry.keys.chambers().contains(where: {
        try registry.keys.all(chamber: $0.slug).contains { $0.publicKey == spki }
      }
      ),
      try !registry.keys.all(chamber: nil).contains(where: { $0.publicKey == spki })
    else { throw ActRejection(.keyInUse, subject: kid) }
    let file: JSON = [
      "publicKey": JSON(Base64.encode(spki)), "notBefore": .integer(now.seconds),
      "expires": .integer(now.adding(days: days).seconds),
    ]
    let entry = try LogEntry(
      at: now,
      chamber: Text("did:web:\(authority.host)"),
      event: .key(.add, kid: Text(kid), purpose: "answer", digest: SHA2.sha256(spki))
    )
    try session.commit(.init(.answerKey, on: kid, detail: file), entries: [entry]) {
      try registry.log.append($0, audit: $1)
    }
    // After the commit: a file without its entry would be a key that nobody was told about.
    try Files.replace("\(home.answerKeysPath)/\(kid).json", with: file.canonical())
    try session.publisher.publish(trustListChanged: true)
    return kid
  }
}

extension Publisher {
  /// Those that may be needed to check a receipt, for the trust list.
  func answerKeys() throws -> [TrustList.Key] {
    guard FileManager.default.fileExists(atPath: home.answerKeysPath) else { return [] }
    return try Files.names(in: home.answerKeysPath).filter { $0.hasSuffix(".json") }.map { name in
      let path = "\(home.answerKeysPath)/\(name)"
      let object = try JSONObject.parse(try Files.read(path, limit: 1 << 16) ?? [])
      guard let spki = object["publicKey"]?.text.flatMap({ Base64.decode($0.bytes) }),
        let from = object["notBefore"]?.int, let until = object["expires"]?.int
      else {
        throw IssuanceFailure.keyUnusable(file: path, why: "not an answer key")
      }
      let key = try PublicKey(subjectPublicKeyInfo: spki)
      return TrustList.Key(
        key,
        keyID: Text(JWK(publicKey: key).thumbprint),
        algorithm: .es256,
        purpose: .answer,
        notBefore: from,
        expires: until
      )
    }
  }
}
