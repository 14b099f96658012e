internal import Credentials
internal import Encodings
internal import Foundation
public import PKI
internal import Registry
internal import TransparencyLog

extension Home {
  /// Public keys of verify services, one file each; the private halves are with the services and never here.
  var answerKeysPath: String { path + "/answer-keys" }
}

extension Office {
  /// Lets a verify service sign answers with a key: named in the trust list for that and nothing else, and in the log.
  ///
  /// - Parameter days: how long it signs; receipts stay verifiable as long as the list names it.
  /// Gives the key's id, its thumbprint.
  public func addAnswerKey(_ key: PublicKey, days: Int64) throws -> String {
    let kid = JWK(publicKey: key).thumbprint
    try requireRegistrar(act: "answer-key", subject: kid)
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
    try logging([entry]) { append in
      try registry.log.append(append, audit: try auditRow("answer-key", kid, detail: file))
    }
    // After the commit: a file without its entry would be a key that nobody was told about.
    try Files.replace("\(home.answerKeysPath)/\(kid).json", with: file.canonical())
    try publish(trustListChanged: true)
    return kid
  }

  /// Those that may be needed to check a receipt, for the trust list.
  func answerKeys() throws -> [TrustList.Key] {
    guard FileManager.default.fileExists(atPath: home.answerKeysPath) else { return [] }
    return try Files.names(in: home.answerKeysPath).filter { $0.hasSuffix(".json") }.map { name in
      let path = "\(home.answerKeysPath)/\(name)",
        object = try JSONObject.parse(try Files.read(path, limit: 1 << 16) ?? [])
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

  /// What stands in `public/` under exactly this checkpoint already, cosignatures of witnesses included; else the
  /// checkpoint as we signed it.
  func checkpointToShow(_ note: [UInt8]) throws -> [UInt8] {
    guard let shown = try Files.read(home.publicPath + "/checkpoint", limit: 1 << 20), shown.starts(with: note) else {
      return note
    }
    return shown
  }
}
