package import Credentials
package import Encodings
package import PKI
internal import TransparencyLog

/// A signed answer of a verify service, for a dispute: who asked what, about which page, when, and what was said.
/// Negative answers too.
///
/// A JWS, `typ` `khatm-receipt+jwt`, ES256, by a key that the trust list names for answers and nothing else
/// (`docs/formats.md`, receipts). It proves what the service said, not that it was right: that is what the log, the
/// lists and the token are for.
package enum Receipt {
  package static let tokenType = "khatm-receipt+jwt"
  static let algorithm = SignatureAlgorithm.es256
  /// An answer with every reason and fifty pages is a tenth of it.
  package static let maxBytes = 256 << 10

  /// Signs the whole answer object, as it is sent (without `receipt`).
  ///
  /// - Parameters:
  ///   - answer: of `POST /v1/verify`, with its `request` member: the digest of the question, and the caller's nonce.
  ///   - host: of the service's trust list.
  ///   - checkpoint: the newest that the service had; nil where it has no log.
  package static func sign(_ answer: JSONObject, host: String, checkpoint: [UInt8]?, key: AnswerKey, at now: Instant)
    throws(OpenSSLFailure) -> [UInt8]
  {
    var said = answer
    said["receipt"] = nil
    let payload = JSONObject([
      "iss": JSON("https://\(host)"), "iat": .integer(now.seconds), "verdict": said["verdict"],
      "request": said["request"],
      "page": said["page"]?.object?["key"], "answer": .object(said),
      "checkpoint": checkpoint.map { JSON(String(decoding: $0, as: UTF8.self)) },
    ])
    return try CompactJWS.sign(
      header: ["typ": JSON(tokenType), "kid": .string(key.keyID)],
      payload: payload.canonical(),
      key: key.privateKey,
      algorithm: algorithm
    )
  }

  /// Verifies a receipt under a list of chambers.
  package static func verify(_ token: [UInt8], trust: LogTrust) throws(ReceiptRejection) -> VerifiedReceipt {
    let jws: CompactJWS
    let payload: JSONObject
    do throws(CompactTokenRejection) {
      jws = try CompactJWS.parse(token, maxBytes: maxBytes)
      payload = try jws.payloadObject()
    } catch { throw .malformed("it is not a signed token") }
    guard jws.hasType(tokenType) else { throw .otherType(jws.type?.string ?? "") }
    guard jws.algorithm == algorithm else { throw .malformed("signed with \(jws.algorithm.rawValue)") }
    guard let kid = jws.keyID,
      let key = trust.list.answerKeys.first(where: { $0.keyID == kid && $0.purpose == .answer })
    else {
      throw .keyUnknown(jws.keyID?.string ?? "")
    }
    // For answers and nothing else: a key that also signs credentials could be made to sign one as an answer.
    let others = trust.list.entities.flatMap(\.services).flatMap(\.keys).map(\.jwk.publicKey)
    guard !others.contains(key.jwk.publicKey) else { throw .keyServesOther(kid.string) }
    guard let issued = payload["iat"]?.int, let answer = payload["answer"]?.object else {
      throw .malformed("iat or answer is missing")
    }
    guard issued >= key.notBefore, issued < key.expires else {
      throw .keyNotInUse(kid.string, at: Instant(seconds: issued))
    }
    let isSigned: Bool
    do throws(OpenSSLFailure) {
      isSigned = try jws.isSigned(by: key.jwk)
    } catch {
      throw .failed("\(error)")
    }
    guard isSigned else { throw .signatureWrong }
    guard payload["iss"] == JSON("https://\(trust.host)") else { throw .malformed("another service's") }
    // The short members repeat what the answer says; two readings of one receipt would be none.
    guard let verdict = answer["verdict"]?.string, payload["verdict"] == answer["verdict"],
      payload["request"] == answer["request"],
      payload["page"] == answer["page"]?.object?["key"], answer["receipt"] == nil
    else { throw .malformed("its parts contradict each other") }
    var place: VerifiedReceipt.Place?
    if let note = payload["checkpoint"]?.text {
      do throws(LogRejection) {
        place = .init(try trust.policy.open(note.bytes))
      } catch {
        throw .checkpoint("\(error)")
      }
    }
    return VerifiedReceipt(
      at: Instant(seconds: issued),
      verdict: verdict,
      answer: answer,
      requestDigest: answer["request"]?.object?["digest"]?.string,
      nonce: answer["request"]?.object?["nonce"]?.string,
      pageKey: answer["page"]?.object?["key"]?.string,
      checkpoint: place,
      keyID: kid
    )
  }
}

/// The key with which a verify service signs answers.
package struct AnswerKey: Sendable {
  let privateKey: PrivateKey
  /// The thumbprint of the public key (RFC 7638): one key, one id.
  package let keyID: Text
  package var publicKey: PublicKey { privateKey.publicKey }

  /// Throws `.unsupportedKind` for anything but P-256.
  package init(_ key: PrivateKey) throws(KeyRejection) {
    guard key.kind == .p256 else { throw .unsupportedKind }
    privateKey = key
    keyID = Text(JWK(publicKey: key.publicKey).thumbprint)
  }

  package init(encryptedPEM: [UInt8], passphrase: [UInt8]) throws(KeyRejection) {
    try self.init(try PrivateKey(encryptedPEM: encryptedPEM, passphrase: passphrase))
  }

  /// Whether a trust list names it for answers at this time. A service whose key is not listed signs what nobody can
  /// check.
  package func isListed(in list: TrustList, at now: Instant) -> Bool {
    list.answerKeys.contains {
      $0.keyID == keyID && $0.purpose == .answer && $0.jwk.publicKey == publicKey && $0.notBefore <= now.seconds
        && now.seconds < $0.expires
    }
  }

  /// As it stands in the list.
  package func listed(notBefore: Int64, expires: Int64) -> TrustList.Key {
    TrustList.Key(publicKey, keyID: keyID, algorithm: .es256, purpose: .answer, notBefore: notBefore, expires: expires)
  }
}

/// An answer that the service certainly gave. Only `Receipt.verify` makes one.
package struct VerifiedReceipt: Sendable {
  /// A tree of the log.
  package struct Place: Hashable, Sendable {
    package let origin: String, size: UInt64
    init(_ checkpoint: VerifiedCheckpoint) { (origin, size) = (checkpoint.checkpoint.origin.string, checkpoint.size) }
  }
  package let at: Instant
  package let verdict: String
  package let answer: JSONObject
  package let requestDigest: String?, nonce: String?, pageKey: String?
  /// The log as the service knew it.
  package let checkpoint: Place?
  package let keyID: Text
}

/// Why a receipt proves nothing.
package enum ReceiptRejection: Error, Hashable, Sendable, CustomStringConvertible {
  case malformed(String)
  case otherType(String)
  /// Not listed for answers.
  case keyUnknown(String)
  /// Listed for answers and for something else.
  case keyServesOther(String)
  case keyNotInUse(String, at: Instant)
  case signatureWrong
  case checkpoint(String)
  /// About us.
  case failed(String)

  package var description: String {
    switch self {
    case .malformed(let why): why
    case .otherType(let type): "it is a token of the type \"\(type)\""
    case .keyUnknown(let kid): "the list of chambers names no key \(kid) for answers"
    case .keyServesOther(let kid): "the key \(kid) signs other things too"
    case .keyNotInUse(let kid, let at): "the key \(kid) was not in use at \(at)"
    case .signatureWrong: "its signature is wrong"
    case .checkpoint(let why): "its checkpoint cannot be used: \(why)"
    case .failed(let why): why
    }
  }
}
