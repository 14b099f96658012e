internal import Encodings
internal import Profiles
internal import PKI
public import Registry
public import Vocabulary

/// Who acts in one command.
public enum ActingOfficer: Sendable {
  /// Whoever holds the passphrase of the authority's keys. May do alone what one officer may do alone, and counts for
  /// nothing where two officers are needed.
  case registrar
  case officer(Officer)
  /// A name nobody registered: admitted to nothing, but the attempt is recorded.
  case stranger(String)

  public static let registrarName = "registrar"

  public var name: String {
    switch self {
    case .registrar: Self.registrarName
    case .officer(let officer): officer.name
    case .stranger(let name):
      String(
        name.unicodeScalars.prefix(40).map { $0.isASCII && $0.value > 0x20 && $0.value < 0x7F ? Character($0) : "?" }
      )
    }
  }

  var registered: Officer? { if case .officer(let officer) = self { officer } else { nil } }
}

/// Where an officer's own key is, and what opens it.
public struct OfficerCredentials {
  let folder: String
  let passphrase: () throws -> [UInt8]
  public init(folder: String, passphrase: @escaping () throws -> [UInt8]) {
    self.folder = folder; self.passphrase = passphrase
  }
  static func file(_ name: String) -> String { name + ".key.pem" }
}

/// What an officer's signature is about.
enum SigningContext: String {
  case audit = "khatm-audit/1", approval = "khatm-approval/1", report = "khatm-report/1"
  func message(_ digest: [UInt8]) -> [UInt8] { Array(rawValue.utf8) + [0] + digest }
}

extension Office {
  /// Rejects officers who were removed, and officers who cannot unlock their key. The attempt is recorded, unsigned.
  func admit() throws {
    switch actor {
    case .registrar: return
    case .stranger(let name):
      throw recordRejection(
        ActRejection(.officerUnknown, subject: ActingOfficer.stranger(name).name),
        act: "enter",
        signed: false
      )
    case .officer(let officer):
      guard officer.removedAt == nil else {
        throw recordRejection(ActRejection(.officerRemoved, subject: officer.name), act: "enter", signed: false)
      }
      do {
        _ = try ownKey()
      } catch let failure as IssuanceFailure {
        if case .passphraseWrong = failure {
          _ = recordRejection(ActRejection(.passphraseWrong, subject: officer.name), act: "enter", signed: false)
        }
        throw failure
      }
    }
  }

  /// Whether the actor may do this for a chamber: an officer only in the own chamber and with one of the roles.
  func require(_ roles: OfficerRole..., chamber: String, act: String, subject: String, programme: String = "") throws {
    guard let officer = actor.registered else { return }
    guard roles.contains(where: officer.roles.contains) else {
      throw recordRejection(
        ActRejection(.roleMissing(officer: officer.name, roles: roles), subject: subject),
        act: act
      )
    }
    guard officer.chamber == chamber else {
      throw recordRejection(
        ActRejection(
          .otherChamber(
            officer: officer.name,
            of: officer.chamber,
            scope: programme.isEmpty ? act : programme,
            chamber: chamber
          ),
          subject: subject
        ),
        act: act
      )
    }
  }

  func requireRegistrar(act: String, subject: String) throws {
    guard case .registrar = actor else {
      throw recordRejection(ActRejection(.registrarOnly(act: act), subject: subject), act: act)
    }
  }

  // MARK: officers

  /// Registers an officer: makes a key, writes it encrypted into the officer's own folder, and names its public half in
  /// the register.
  public func addOfficer(name: String, chamber: String, roles: [OfficerRole], credentials: OfficerCredentials) throws
    -> Officer
  {
    try requireRegistrar(act: "officer-add", subject: name)
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
      throw recordRejection(ActRejection(.officerExists, subject: name), act: "officer-add")
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
    try registry.officers.add(
      officer,
      audit: try auditRow(
        "officer-add",
        name,
        detail: [
          "chamber": JSON(chamber), "roles": .array(officer.roles.map { JSON($0.rawValue) }),
          "key": JSON(Hex.encode(SHA2.sha256(officer.publicKey))),
        ]
      )
    )
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
  public func removeOfficer(_ name: String) throws -> [Int64] {
    try requireRegistrar(act: "officer-remove", subject: name)
    guard let known = try registry.officers.find(name) else { throw ActRejection(.officerUnknown, subject: name) }
    guard known.removedAt == nil else { throw ActRejection(.officerRemoved, subject: name) }
    return try registry.officers.remove(name, at: now.seconds, audit: try auditRow("officer-remove", name))
  }

  // MARK: rules of the programmes

  static func digests(of profiles: ProfileSet, in folder: String) throws -> [String: [UInt8]] {
    var digests: [String: [UInt8]] = [:]
    for programme in profiles.programmes {
      guard let bytes = try Files.read("\(folder)/\(programme.id).yaml", limit: 1 << 20) else {
        throw IssuanceFailure.profile("\(programme.id).yaml is missing")
      }
      digests[programme.id] = SHA2.sha256(bytes)
    }
    return digests
  }

  func rule(of programme: Programme) throws -> ProgrammeRule {
    guard let digest = profileDigests[programme.id] else {
      throw IssuanceFailure.profile("\(programme.id).yaml is missing")
    }
    return ProgrammeRule(
      id: programme.id,
      digest: digest,
      issueApprovals: programme.approvals.issue,
      reinstateApprovals: programme.approvals.reinstate,
      issueBrake: programme.brakes.issue,
      suspendBrake: programme.brakes.suspend,
      revokeBrake: programme.brakes.revoke,
      quota: programme.quota
    )
  }

  /// Brings the register's rules of a programme up to its profile before anything is done under them. The register
  /// refuses laxer rules that two officers have not agreed to.
  func adopt(_ programme: Programme) throws {
    let rule = try rule(of: programme)
    guard try registry.requests.rule(of: programme.id) != rule else { return }
    try guarded(.init("profile", programme: programme.id), programme.id) {
      try registry.requests.adopt(
        rule,
        request: nil,
        at: now.seconds,
        audit: try auditRow("profile", programme.id, detail: ["sha256": JSON(Hex.encode(rule.digest))])
      )
    }
  }
}
