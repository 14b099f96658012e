public import Encodings
public import PKI

/// Embedded proofs: Data Integrity 1.0 with the JCS suites of DI-EdDSA 3.3 and DI-ECDSA 3.3.
///
/// A proof stands for the document as its own `@context` reads it, so what is shown is `VerifiedDocument.document`,
/// never the input. Suites that need RDF are reported as unsupported; a document with none but those is refused.
public enum DataIntegrity {
  /// A proof costs a signature verification: 8 is twice what a chamber, a witness and two changes of key need.
  public static let maxProofs = 8

  /// The cryptosuites whose proofs are verified. Proofs of others are named in the answer, not judged.
  public enum Suite: String, Hashable, Sendable, CaseIterable {
    case eddsaJCS2022 = "eddsa-jcs-2022"
    case ecdsaJCS2019 = "ecdsa-jcs-2019"
  }

  /// What is known about a verification method. Only `key` leads to a signature check.
  public enum Resolution: Sendable {
    case key(PublicKey)
    /// The controller's document has no such method, or the method is of another controller, or its key cannot be read.
    case invalid
    /// The method exists, but is not listed under `assertionMethod`.
    case notForAssertion
    /// The controller's document is not at hand: no verdict, neither good nor bad.
    case unavailable
  }

  /// One proof whose signature is right.
  public struct VerifiedProof: Sendable {
    public let suite: Suite
    public let verificationMethod: Text
    public let key: PublicKey
    /// As the signer wrote them; whether they fit the time of the question is not decided here.
    public let created: Instant?
    public let expires: Instant?
  }

  /// A proof that was not examined.
  public struct UnsupportedProof: Hashable, Sendable {
    /// The suite, or the type of an older proof; empty where neither is readable in 64 bytes.
    public let suite: Text
    /// `previousProof` makes its signature depend on other proofs, which is not supported.
    public let isChained: Bool
  }

  /// What was signed. Only `verify` makes one.
  public struct VerifiedDocument: Sendable {
    /// Without `proof`, and with the context that was signed.
    public let document: JSONObject
    /// At least one.
    public let proofs: [VerifiedProof]
    public let unsupported: [UnsupportedProof]
  }

  /// Verifies every supported proof of a document (Data Integrity 4.4, 4.5).
  ///
  /// Of a proof set each supported proof must be right, on its own, over the same document; at least one must be
  /// supported. A proof with `previousProof` counts as unsupported. `resolving` is asked once a proof, after its form
  /// was checked.
  public static func verify(
    document: JSONObject,
    resolving: (Text) -> Resolution
  ) throws(DataIntegrityRejection) -> VerifiedDocument {
    let (claims, unsupported) = try readProofs(document)
    var secured: JSONObject?
    var proofs: [VerifiedProof] = []
    for proof in claims {
      let signed = try proof.documentAsSigned(document)
      // Two proofs that stand for different readings of the document would leave open which one was verified.
      guard secured == nil || secured == signed else { throw .contextMismatch }
      secured = signed
      proofs.append(try check(proof, over: signed, resolving: resolving))
    }
    guard let secured else { throw .unsupportedSuites(unsupported.map(\.suite)) }
    return VerifiedDocument(document: secured, proofs: proofs, unsupported: unsupported)
  }

  /// Adds an `eddsa-jcs-2022` proof to a document that has none.
  public static func sign(
    document: JSONObject,
    key: PrivateKey,
    verificationMethod: Text,
    created: Instant
  ) throws(DataIntegrityRejection) -> JSONObject {
    guard key.publicKey.kind == .ed25519 else { throw .keyDoesNotFitSuite(key.publicKey.kind) }
    guard document["proof"] == nil else { throw .alreadySecured }
    // What would not be read again is not written.
    guard ProofClaim.isMethod(verificationMethod) else { throw .malformedProof("verificationMethod") }
    var proof = JSONObject([
      "type": "DataIntegrityProof", "cryptosuite": .string(Text(Suite.eddsaJCS2022.rawValue)),
      "created": .string(Text(created.description)),
      "verificationMethod": .string(verificationMethod), "proofPurpose": "assertionMethod",
      "@context": document["@context"],
    ])
    let input = ProofInput(document: document, proofConfiguration: proof, kind: .ed25519)
    let signature: [UInt8]
    do {
      signature = try key.sign(input.hashData, algorithm: .eddsa)
    } catch {
      throw .failed(error)
    }
    proof["proofValue"] = .string(Text("z" + Base58.encode(signature)))
    var secured = document
    secured["proof"] = .object(proof)
    return secured
  }

  private static func check(
    _ proof: ProofClaim,
    over signed: JSONObject,
    resolving: (Text) -> Resolution
  ) throws(DataIntegrityRejection) -> VerifiedProof {
    let key: PublicKey
    switch resolving(proof.verificationMethod) {
    case .key(let found): key = found
    case .invalid: throw .verificationMethodInvalid(proof.verificationMethod)
    case .notForAssertion: throw .methodNotForAssertion(proof.verificationMethod)
    case .unavailable: throw .verificationMethodUnavailable(proof.verificationMethod)
    }
    // The key decides the algorithm; the suite must agree.
    let algorithm: SignatureAlgorithm
    switch (proof.suite, key.kind) {
    case (.eddsaJCS2022, .ed25519): algorithm = .eddsa
    case (.ecdsaJCS2019, .p256): algorithm = .es256
    case (.ecdsaJCS2019, .p384): algorithm = .es384
    default: throw .keyDoesNotFitSuite(key.kind)
    }
    let input = ProofInput(document: signed, proofConfiguration: proof.configuration, kind: key.kind)
    let isRight: Bool
    do {
      isRight = try key.verifies(proof.signature, over: input.hashData, algorithm: algorithm)
    } catch {
      throw .failed(error)
    }
    guard isRight else { throw .signatureWrong }
    return VerifiedProof(
      suite: proof.suite,
      verificationMethod: proof.verificationMethod,
      key: key,
      created: proof.created,
      expires: proof.expires
    )
  }
}

/// What is hashed: DI-EdDSA 3.3.3 to 3.3.5, DI-ECDSA 3.3.3 to 3.3.5.
struct ProofInput {
  let canonicalDocument: [UInt8]
  let canonicalProof: [UInt8]
  let documentHash: [UInt8]
  let proofHash: [UInt8]
  /// The proof's hash stands first.
  var hashData: [UInt8] { proofHash + documentHash }

  /// `document`: without proof; `proofConfiguration`: without proofValue; `kind`: P-384 hashes with SHA-384, the others
  /// with SHA-256.
  init(document: JSONObject, proofConfiguration: JSONObject, kind: KeyKind) {
    let hash = kind == .p384 ? SHA2.sha384 : SHA2.sha256
    canonicalDocument = document.canonical()
    canonicalProof = proofConfiguration.canonical()
    documentHash = hash(canonicalDocument)
    proofHash = hash(canonicalProof)
  }
}
