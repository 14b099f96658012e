internal import Credentials
internal import Encodings
internal import Messages
internal import PKI

extension AuthenticityCheck {
  /// A document with an embedded proof (Data Integrity 1.0). Its key must stand in the trust list, under the same rules
  /// as a token's: a key document of the chamber's own could name any key.
  func document(_ document: JSONObject, at now: Instant) throws(SignerRefusal) -> VerifiedToken {
    guard case .success = trust.list else { throw .unavailable("trust_list") }
    var refusal: SignerRefusal?
    let verified: DataIntegrity.VerifiedDocument
    do throws(DataIntegrityError) {
      verified = try DataIntegrity.verify(document: document) { method in
        do throws(SignerRefusal) {
          return .key(try trust.listed(method).publicKey)
        } catch {
          if refusal == nil { refusal = error }
          return .invalid
        }
      }
    } catch { throw refusal ?? Self.refusal(for: error) }

    var signer: Signer?, issued: Instant?, expires: Instant?
    for proof in verified.proofs {
      guard let created = proof.created else { throw .malformed("proof.created", "is missing") }
      let entry = try trust.listed(proof.verificationMethod)
      let algorithm: SignatureAlgorithm =
        switch proof.key.kind {
        case .p256: .es256
        case .p384: .es384
        default: .eddsa
        }
      let places = try entry.places(for: .credential, algorithm: algorithm, signedAt: created)
      let (chain, doubts) = try trust.chain(of: entry, carried: nil, signedAt: created, at: now)
      // Several proofs of one chamber are a change of keys; of two chambers, a claim that both issued it.
      if let signer, signer.entity.id != entry.entity.id {
        throw .forged(
          Reason(
            .issuerMismatch,
            [.init("named", .string(signer.entity.id)), .init("signer", .string(entry.entity.id))]
          )
        )
      }
      if signer == nil { signer = Signer(entry: entry, places: places, chain: chain, doubts: doubts) }
      issued = max(issued ?? created, created)
      expires = [expires, proof.expires].compactMap { $0 }.min()
    }
    guard let signer, let issued else { throw .malformed("proof", "is missing") }
    return try credential(
      FlatJSON(Self.withClaims(verified.document, issued)),
      form: .document,
      signer: signer,
      issuedAt: issued,
      proofExpires: expires,
      digestOf: verified.document.canonical()
    )
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

  private static func refusal(for error: DataIntegrityError) -> SignerRefusal {
    guard case .rejected(let rejection) = error else { return .unavailable("cryptography") }
    switch rejection {
    case .signatureWrong: return .forged(Reason(.signatureInvalid))
    case .keyDoesNotFitSuite(let kind): return .forged(Reason(.algorithmRefused, [.init("alg", JSON("\(kind)"))]))
    case .unsupportedSuites(let names):
      return .forged(
        Reason(.algorithmRefused, [.init("alg", JSON(names.map { Words.short($0).string }.joined(separator: ", ")))])
      )
    case .verificationMethodInvalid(let method), .methodNotForAssertion(let method),
      .verificationMethodUnavailable(let method):
      return .forged(Reason(.keyUnknown, [.init("kid", .string(Words.short(method)))]))
    case .noProof: return .malformed("proof", "is missing")
    case .tooManyProofs(let count):
      return .malformed("proof", "\(count) proofs, \(DataIntegrity.maxProofs) are allowed")
    case .malformedProof(let member): return .malformed("proof.\(member)", "is missing or wrong")
    case .wrongPurpose: return .malformed("proof.proofPurpose", "is not assertionMethod")
    case .contextMismatch: return .malformed("proof.@context", "is not the document's")
    case .alreadySecured: return .malformed("proof", "stands twice")
    }
  }
}
