internal import Credentials
package import Encodings
internal import PKI
internal import Registry
internal import TransparencyLog
internal import Vocabulary

/// Other envelopes of the same data. Each is a second signature made when it is asked for, never in bulk, and each is
/// in the audit trail.
package struct CredentialExporter: Service {
  let session: AuthoritySession

  /// What an Open Badges envelope is signed with (RFC 7518, 3.1).
  package enum BadgeAlgorithm: String, Sendable, CaseIterable {
    case es256 = "ES256"
    case rs256 = "RS256"
  }

  /// Signing with RSA costs a hundred times a P-256 signature; 3072 bits are the strength of the other keys.
  private static let badgeKeyBits = 3_072

  /// The Open Badges envelope of a certificate (Open Badges 3.0, 8.2). It names its key by the address of one JWK.
  ///
  /// ES256 is by a signer of the chamber; RS256, which every reader of Open Badges takes, by a key that is made when it
  /// is first asked for.
  package func openBadge(_ id: CredentialID, algorithm: BadgeAlgorithm = .es256) throws -> [UInt8] {
    let (credential, chamber) = try exported(id)
    let record =
      switch algorithm {
      case .es256: try signer(of: chamber.slug, inUseAt: credential.validFrom.seconds)
      case .rs256: try exportKey(.openBadge, of: chamber)
      }
    let key = try session.keys.key(of: record)
    let url = OpenBadge.keyURL(key.publicKey, host: Text(authority.host))
    let jose: SignatureAlgorithm = algorithm == .rs256 ? .rs256 : .es256
    guard let token = try OpenBadge.sign(credential, keyURL: url, key: key, algorithm: jose) else {
      throw ActRejection(.noSuspensionEntry, subject: id.description)
    }
    guard try CompactJWS.parse(token).isSigned(by: try PublicKey(subjectPublicKeyInfo: record.publicKey)) else {
      throw IssuanceFailure.cryptography("our own signature does not verify")
    }
    let detail: JSON = ["form": "open-badge", "kid": JSON(record.kid)]
    try session.record(.init(.export, on: id.description, detail: detail))
    return token
  }

  /// The credential as a document with an embedded `eddsa-jcs-2022` proof (DI-EdDSA 3.3). What only a token needs
  /// (`iss`, `sub`, `iat`, `exp`) is left out.
  package func document(_ id: CredentialID) throws -> [UInt8] {
    let (credential, chamber) = try exported(id)
    let record = try exportKey(.dataIntegrity, of: chamber)
    let key = try session.keys.key(of: record)
    var document = credential.payload
    for name: Text in ["iss", "sub", "iat", "exp"] { document[name] = nil }
    let secured = try DataIntegrity.sign(
      document: document,
      key: key,
      verificationMethod: Text(record.kid),
      created: now
    )
    let pinned = try PublicKey(subjectPublicKeyInfo: record.publicKey)
    _ = try DataIntegrity.verify(document: secured) { _ in .key(pinned) }
    let detail: JSON = ["form": "eddsa-jcs-2022", "kid": JSON(record.kid)]
    try session.record(.init(.export, on: id.description, detail: detail))
    return secured.canonical()
  }

  private func exported(_ id: CredentialID) throws -> (MembershipCredential, Chamber) {
    let (record, _, chamber) = try session.reader.certificate(id)
    guard let parts = record.parts else { throw ActRejection(.credentialUnknown, subject: id.description) }
    return (try MembershipCredential(payload: try JSONObject.parse(parts.payload)), chamber)
  }

  /// An Open Badges envelope says nothing of when it was signed but `nbf`, the beginning of the credential: its key
  /// must have been in use then, so after a change of signers the older one signs the older certificates' envelopes.
  private func signer(of chamber: String, inUseAt moment: Int64) throws -> SigningKeyRecord {
    let current = try session.keys.current(.signer, of: chamber)
    if current.notBefore <= moment { return current }
    let older = try registry.keys.all(chamber: chamber).filter { $0.purpose == .signer && $0.state == .retired }
    return older.first { $0.notBefore <= moment && moment < $0.notAfter } ?? current
  }

  /// A chamber's key for an export format, made when it is first needed: encrypted like every key, named in the log,
  /// the trust list and the chamber's key document before anything is signed with it. It has no certificate, so the
  /// trust list alone vouches for it.
  private func exportKey(_ purpose: KeyPurpose, of chamber: Chamber) throws -> SigningKeyRecord {
    let records = try registry.keys.all(chamber: chamber.slug)
    if let known = records.first(where: { $0.purpose == purpose && $0.state == .current }) {
      // Cut off between the register and the list: what the list does not name nobody would accept.
      if try !isListed(known) { try session.publisher.publish(trustListChanged: true) }
      return known
    }
    let signers = records.filter { $0.purpose == .signer }
    guard let end = signers.map(\.notAfter).max(), let beginning = signers.map(\.notBefore).min() else {
      throw ActRejection(.unknownChamber, subject: chamber.slug)
    }
    let isBadge = purpose == .openBadge
    let number = records.filter { $0.purpose == purpose }.count + 1
    let file = "\(chamber.slug)-\(purpose.rawValue)-\(number).key.pem"
    let key = try session.keys.make(isBadge ? .rsa(bits: Self.badgeKeyBits) : .ed25519, file: file)
    let spki = key.publicKey.subjectPublicKeyInfo()
    let method =
      isBadge
      ? DIDDocument.VerificationMethod(did: Text(chamber.did), jwk: key.publicKey, algorithm: .rs256)
      : try DIDDocument.VerificationMethod(did: Text(chamber.did), multikey: key.publicKey)
    // The envelope's only date is the beginning of the credential: its key counts from the chamber's first signer on.
    let record = SigningKeyRecord(
      chamber: chamber.slug,
      purpose: purpose,
      kid: method.id.string,
      publicKey: spki,
      certificate: nil,
      notBefore: isBadge ? beginning : now.seconds,
      notAfter: end,
      file: file
    )
    let entry = try LogEntry(
      at: now,
      chamber: Text(chamber.did),
      event: .key(.add, kid: method.id, purpose: Text(purpose.rawValue), digest: SHA2.sha256(spki))
    )
    let detail: JSON = ["kid": JSON(record.kid), "purpose": JSON(purpose.rawValue)]
    try session.commit(.init(.keyAdd, on: chamber.slug, detail: detail), entries: [entry]) { log, audit in
      try registry.keys.add(record, log: log, audit: audit)
    }
    try session.publisher.publish(trustListChanged: true)
    return record
  }

  private func isListed(_ record: SigningKeyRecord) throws -> Bool {
    guard let token = try Files.read("\(home.publicPath)/\(Publisher.trustListPath)", limit: TrustList.maxTokenBytes)
    else {
      return false
    }
    let payload = try CompactJWS.parse(token, maxBytes: TrustList.maxTokenBytes).payloadObject(limits: .document)
    return try TrustList(payload: payload).entities.contains {
      $0.services.contains { $0.keys.contains { $0.keyID == Text(record.kid) } }
    }
  }
}

extension SigningKeyRecord {
  /// What the key signs with, for the trust list and the key document; nil for keys that stand in neither.
  var listedAlgorithm: SignatureAlgorithm? {
    switch purpose {
    case .signer: .es256
    case .openBadge: .rs256
    case .dataIntegrity: .eddsa
    case .root, .issuingCA, .log, .answer: nil
    }
  }
}
