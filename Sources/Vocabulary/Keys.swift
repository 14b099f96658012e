/// What one of the authority's or a chamber's keys signs.
public enum KeyPurpose: String, Sendable, CaseIterable {
  case root = "root"
  case issuingCA = "issuing-ca"
  case signer = "signer"
  case log = "log"
  case answer = "answer"
  case openBadge = "open-badge"
  case dataIntegrity = "data-integrity"
}

/// Whether a key still signs. There is at most one current key of each purpose.
public enum KeyState: String, Sendable, CaseIterable {
  case current = "current"
  case retired = "retired"
  case revoked = "revoked"
}

/// Whether the authority recognises a chamber as an issuer.
public enum RecognitionStatus: String, Sendable, CaseIterable {
  case granted = "granted"
  case suspended = "suspended"
  case withdrawn = "withdrawn"
}
