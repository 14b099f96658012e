internal import Credentials
internal import Encodings
internal import Messages
internal import PKI

extension TokenAuthenticator {
  /// A document with an embedded proof (Data Integrity 1.0). Its key must stand in the trust list, under the same rules
  /// as a token's: a key document of the chamber's own could name any key.
  func document(_ document: JSONObject) throws(TokenRejection) -> AuthenticatedCredential {
    guard case .success = trust.list else { throw .unavailable("trust_list") }
    var refusal: TokenRejection?
    let verified: DataIntegrity.VerifiedDocument
    do throws(DataIntegrityRejection) {
      verified = try DataIntegrity.verify(document: document) { method in
        do throws(TokenRejection) {
          return .key(try listed(method).publicKey)
        } catch {
          if refusal == nil { refusal = error }
          return .invalid
        }
      }
    } catch { throw refusal ?? Self.refusal(for: error) }

    var signer: Signer?
    var issued: Instant?
    var expires: Instant?
    for proof in verified.proofs {
      guard let created = proof.created else { throw .malformed("proof.created", "is missing") }
      let key = try listed(proof.verificationMethod)
      let algorithm: SignatureAlgorithm =
        switch proof.key.kind {
        case .p256: .es256
        case .p384: .es384
        default: .eddsa
        }
      let listings = try key.listings(for: .credential, algorithm: algorithm, signedAt: created)
      let (chain, doubts) = try chain(of: key, carried: nil, signedAt: created)
      // Several proofs of one chamber are a change of keys; of two chambers, a claim that both issued it.
      if let signer, signer.entity.id != key.entity.id {
        throw .notGenuine(
          Reason(
            .issuerMismatch,
            [.init("named", .string(signer.entity.id)), .init("signer", .string(key.entity.id))]
          )
        )
      }
      if signer == nil { signer = Signer(key: key, listings: listings, chain: chain, doubts: doubts) }
      issued = max(issued ?? created, created)
      expires = [expires, proof.expires].compactMap { $0 }.min()
    }
    guard let signer, let issued else { throw .malformed("proof", "is missing") }
    let content = SignedContent(
      payload: FlatJSON(Self.withClaims(verified.document, issued)),
      form: .document,
      signedAt: issued,
      bytes: verified.document.canonical(),
      proofExpires: expires
    )
    return AuthenticatedCredential(token: [], claims: try claims(content, signer: signer))
  }

  /// The claims that a token of the same credential bears. What the document says itself is left, and must then agree.
  private static func withClaims(_ document: JSONObject, _ issued: Instant) -> JSONObject {
    var object = document
    object["iss"] = document["iss"] ?? document["issuer"]?.object?["id"] ?? document["issuer"]
    object["sub"] = document["sub"] ?? document["credentialSubject"]?.object?["id"]
    object["iat"] = document["iat"] ?? .integer(issued.seconds)
    if document["exp"] == nil, let end = document["validUntil"]?.string.flatMap({ Instant(rfc3339: $0) }) {
      object["exp"] = .integer(end.seconds)
    }
    return object
  }

  private static func refusal(for rejection: DataIntegrityRejection) -> TokenRejection {
    switch rejection {
    case .signatureWrong: return .notGenuine(Reason(.signatureInvalid))
    case .keyDoesNotFitSuite(let kind): return .notGenuine(Reason(.algorithmRefused, [.init("alg", JSON("\(kind)"))]))
    case .unsupportedSuites(let names):
      return .notGenuine(
        Reason(
          .algorithmRefused,
          [.init("alg", JSON(names.map { DiagnosticText.short($0).string }.joined(separator: ", ")))]
        )
      )
    case .verificationMethodInvalid(let method), .methodNotForAssertion(let method),
      .verificationMethodUnavailable(let method):
      return .notGenuine(Reason(.keyUnknown, [.init("kid", .string(DiagnosticText.short(method)))]))
    case .noProof: return .malformed("proof", "is missing")
    case .tooManyProofs(let count):
      return .malformed("proof", "\(count) proofs, \(DataIntegrity.maxProofs) are allowed")
    case .malformedProof(let member): return .malformed("proof.\(member)", "is missing or wrong")
    case .wrongPurpose: return .malformed("proof.proofPurpose", "is not assertionMethod")
    case .contextMismatch: return .malformed("proof.@context", "is not the document's")
    case .alreadySecured: return .malformed("proof", "stands twice")
    case .failed: return .unavailable("cryptography")
    }
  }
}
