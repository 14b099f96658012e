import Encodings

/// A proof of a suite we know, in the form the standard gives it.
struct ProofClaim {
  let suite: DataIntegrity.Suite
  let verificationMethod: Text
  let created: Instant?
  let expires: Instant?
  let context: JSON?
  /// The proof without its value: what is hashed.
  let configuration: JSONObject
  let signature: [UInt8]

  /// Reads the members we know; the configuration keeps all of them, because all were signed.
  init(_ proof: JSONObject, suite: DataIntegrity.Suite) throws(DataIntegrityRejection) {
    func text(_ name: Text) throws(DataIntegrityRejection) -> Text? {
      guard let value = proof[name] else { return nil }
      guard let text = value.text else { throw .malformedProof(name) }
      return text
    }
    func moment(_ name: Text) throws(DataIntegrityRejection) -> Instant? {
      guard let text = try text(name) else { return nil }
      guard let instant = Instant(xsdDateTime: text.string) else { throw .malformedProof(name) }
      return instant
    }
    guard let purpose = try text("proofPurpose") else { throw .malformedProof("proofPurpose") }
    guard purpose == "assertionMethod" else { throw .wrongPurpose }
    guard let method = try text("verificationMethod"), Self.isMethod(method) else {
      throw .malformedProof("verificationMethod")
    }
    guard let value = try text("proofValue"), let signature = Self.signature(value) else {
      throw .malformedProof("proofValue")
    }
    self.suite = suite
    self.signature = signature
    verificationMethod = method
    created = try moment("created")
    expires = try moment("expires")
    context = proof["@context"]
    var configuration = proof
    configuration["proofValue"] = nil
    self.configuration = configuration
  }

  /// A did:jwk of the longest RSA key would fit.
  static let maxMethodBytes = 4096

  /// A URL of a kind somebody could resolve.
  static func isMethod(_ text: Text) -> Bool {
    text.bytes.count <= maxMethodBytes && (text.hasPrefix("did:") || text.hasPrefix("https://"))
  }

  /// `z` + base58btc of 64 bytes (Ed25519, P-256) or 96 (P-384); the key decides which later.
  private static func signature(_ value: Text) -> [UInt8]? {
    guard value.bytes.first == UInt8(ascii: "z"), let bytes = Base58.decode(value.bytes.dropFirst(), maxBytes: 96)
    else { return nil }
    return bytes.count == 64 || bytes.count == 96 ? bytes : nil
  }

  /// The document the signature stands for (DI-EdDSA 3.3.2): the proof's context, if any, must begin the document's and
  /// takes its place.
  func documentAsSigned(_ secured: JSONObject) throws(DataIntegrityRejection) -> JSONObject {
    var document = secured
    document["proof"] = nil
    guard let context else { return document }
    let signed = context.array ?? [context]
    guard let present = document["@context"], (present.array ?? [present]).starts(with: signed) else {
      throw .contextMismatch
    }
    document["@context"] = context
    return document
  }
}

extension DataIntegrity {
  /// The proofs of a document: those we can verify, all in good form, and the rest. Nothing is verified yet.
  static func readProofs(_ document: JSONObject) throws(DataIntegrityRejection) -> (
    claims: [ProofClaim], unsupported: [UnsupportedProof]
  ) {
    guard let member = document["proof"] else { throw .noProof }
    let values = member.array ?? [member]
    guard !values.isEmpty else { throw .noProof }
    guard values.count <= maxProofs else { throw .tooManyProofs(values.count) }
    var claims: [ProofClaim] = []
    var unsupported: [UnsupportedProof] = []
    for value in values {
      guard let proof = value.object else { throw .malformedProof("proof") }
      guard let type = proof["type"]?.text else { throw .malformedProof("type") }
      let isIntegrityProof = type == "DataIntegrityProof"
      let isChained = proof["previousProof"] != nil
      guard let name = isIntegrityProof ? proof["cryptosuite"]?.text : type else {
        throw .malformedProof("cryptosuite")
      }
      if isIntegrityProof, !isChained, let suite = Suite.allCases.first(where: { name == Text($0.rawValue) }) {
        claims.append(try ProofClaim(proof, suite: suite))
      } else {
        unsupported.append(UnsupportedProof(suite: named(name), isChained: isChained))
      }
    }
    return (claims, unsupported)
  }

  /// An outsider's word, fit to be shown as evidence.
  private static func named(_ text: Text) -> Text { text.bytes.count <= 64 ? text : "" }
}
