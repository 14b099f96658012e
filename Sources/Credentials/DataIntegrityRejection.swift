public import Encodings
public import PKI

/// Why no proof of a document could be verified, or none was made. `failed` alone is about us.
public enum DataIntegrityRejection: Error, Hashable, Sendable {
  case noProof
  case tooManyProofs(Int)
  /// The member that is missing, of another type or no value of its kind.
  case malformedProof(Text)
  /// Not `assertionMethod`.
  case wrongPurpose
  /// No proof of a suite we verify; the names of those found.
  case unsupportedSuites([Text])
  /// The proof's context does not begin the document's, or two proofs of a set have different ones.
  case contextMismatch
  case verificationMethodInvalid(Text)
  case methodNotForAssertion(Text)
  /// Not a finding about the document: the controller's document was not at hand.
  case verificationMethodUnavailable(Text)
  case keyDoesNotFitSuite(KeyKind)
  case signatureWrong
  /// Signing: the document has a proof already.
  case alreadySecured
  /// OpenSSL could not do its part.
  case failed(OpenSSLFailure)
}

/// Problem types of Data Integrity 1.0 and Controlled Identifiers 1.0.
public enum SecurityProblemType: String, Hashable, Sendable, CaseIterable {
  case proofGeneration = "PROOF_GENERATION_ERROR"
  case proofVerification = "PROOF_VERIFICATION_ERROR"
  case proofTransformation = "PROOF_TRANSFORMATION_ERROR"
  case invalidVerificationMethod = "INVALID_VERIFICATION_METHOD"
  case invalidRelationship = "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"

  public var url: String { "https://w3id.org/security#\(rawValue)" }
}

extension DataIntegrityRejection {
  /// Nil for what the standards have no type for: nothing was wrong, something was missing on our side.
  public var problem: SecurityProblemType? {
    switch self {
    case .noProof, .tooManyProofs, .malformedProof, .wrongPurpose, .contextMismatch, .keyDoesNotFitSuite,
      .signatureWrong:
      .proofVerification
    case .unsupportedSuites: .proofTransformation
    case .verificationMethodInvalid: .invalidVerificationMethod
    case .methodNotForAssertion: .invalidRelationship
    case .verificationMethodUnavailable, .failed: nil
    case .alreadySecured: .proofGeneration
    }
  }
}
