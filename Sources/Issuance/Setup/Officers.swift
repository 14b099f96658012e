internal import Encodings
internal import PKI
package import Registry
package import Vocabulary

extension AuthoritySetup {
  /// Registers an officer: makes a key, writes it encrypted into the officer's own folder, and names its public half in
  /// the register.
  package func addOfficer(name: String, chamber: String, roles: [OfficerRole], credentials: OfficerCredentials) throws
    -> Officer
  {
    try session.requireRegistrar(act: .officerAdd, subject: name)
    let plain =
      (2...40).contains(name.utf8.count)
      && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E }
    guard plain, name != ActingOfficer.registrarName else { throw ActRejection(.officerName, subject: name) }
    guard try registry.keys.chambers().contains(where: { $0.slug == chamber }) else {
      throw ActRejection(.unknownChamber, subject: chamber)
    }
    guard !roles.isEmpty, !(roles.contains(.auditor) && roles.count > 1) else {
      throw ActRejection(.officerRoles, subject: name)
    }
    guard try registry.officers.find(name) == nil else {
      throw session.recordRejection(ActRejection(.officerExists, subject: name), act: .officerAdd)
    }
    let store = KeyStore(folder: credentials.folder, passphrase: credentials.passphrase)
    let key = try ownKeyFile(name, store, folder: credentials.folder)
    let officer = Officer(
      name: name,
      chamber: chamber,
      roles: roles,
      publicKey: key.publicKey.subjectPublicKeyInfo(),
      addedAt: now.seconds
    )
    let detail: JSON = [
      "chamber": JSON(chamber), "roles": .array(officer.roles.map { JSON($0.rawValue) }),
      "key": JSON(Hex.encode(SHA2.sha256(officer.publicKey))),
    ]
    try session.record(.init(.officerAdd, on: name, detail: detail)) { try registry.officers.add(officer, audit: $0) }
    return try registry.officers.find(name) ?? officer
  }

  /// A new key; or the one that an attempt left which was cut off before the register named it. Whoever can open it may
  /// have it; a file that the passphrase does not open is somebody's, and stays.
  private func ownKeyFile(_ name: String, _ store: KeyStore, folder: String) throws -> PrivateKey {
    let file = OfficerCredentials.file(name)
    guard try Files.read(folder + "/" + file, limit: 1 << 16) != nil else {
      return try store.make(.ed25519, file: file)
    }
    do {
      let key = try store.left(file)
      let spki = key.publicKey.subjectPublicKeyInfo()
      if key.kind == .ed25519, try !registry.officers.all().contains(where: { $0.publicKey == spki }) { return key }
    } catch let failure as IssuanceFailure {
      if case .fileSystem = failure { throw failure }
    }
    throw ActRejection(.officerKeyExists(file: folder + "/" + file), subject: name)
  }

  /// Ends an officer's rights for good. Approvals under open requests no longer count, and the officer's own open
  /// requests end.
  package func removeOfficer(_ name: String) throws -> [Int64] {
    try session.requireRegistrar(act: .officerRemove, subject: name)
    guard let known = try registry.officers.find(name) else { throw ActRejection(.officerUnknown, subject: name) }
    guard known.removedAt == nil else { throw ActRejection(.officerRemoved, subject: name) }
    return try session.record(.init(.officerRemove, on: name)) {
      try registry.officers.remove(name, at: now.seconds, audit: $0)
    }
  }
}
