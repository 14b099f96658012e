internal import Encodings
package import Registry
internal import Vocabulary

/// Who acts in one command.
package enum ActingOfficer: Sendable {
  /// Whoever holds the passphrase of the authority's keys. May do alone what one officer may do alone, and counts for
  /// nothing where two officers are needed.
  case registrar
  case officer(Officer)
  /// A name nobody registered: admitted to nothing, but the attempt is recorded.
  case unknown(String)

  package static let registrarName = "registrar"

  package var name: String {
    switch self {
    case .registrar: Self.registrarName
    case .officer(let officer): officer.name
    case .unknown(let name):
      String(
        name.unicodeScalars.prefix(40).map { $0.isASCII && $0.value > 0x20 && $0.value < 0x7F ? Character($0) : "?" }
      )
    }
  }

  var registered: Officer? { if case .officer(let officer) = self { officer } else { nil } }
}

/// Where an officer's own key is, and what opens it.
package struct OfficerCredentials {
  let folder: String
  let passphrase: () throws -> [UInt8]
  package init(folder: String, passphrase: @escaping () throws -> [UInt8]) {
    self.folder = folder
    self.passphrase = passphrase
  }
  static func file(_ name: String) -> String { name + ".key.pem" }
}

/// What an officer's signature is about.
enum SigningContext: String {
  case audit = "khatm-audit/1"
  case approval = "khatm-approval/1"
  case report = "khatm-report/1"
  func message(_ digest: [UInt8]) -> [UInt8] { Array(rawValue.utf8) + [0] + digest }
}

extension AuthoritySession {
  /// Rejects officers who were removed, and officers who cannot unlock their key. The attempt is recorded, unsigned.
  func authenticateActor() throws {
    switch actor {
    case .registrar: return
    case .unknown(let name):
      throw recordRejection(
        ActRejection(.officerUnknown, subject: ActingOfficer.unknown(name).name),
        act: .enter,
        isSigned: false
      )
    case .officer(let officer):
      guard officer.removedAt == nil else {
        throw recordRejection(ActRejection(.officerRemoved, subject: officer.name), act: .enter, isSigned: false)
      }
      do {
        _ = try ownKey()
      } catch let failure as IssuanceFailure {
        if case .passphraseWrong = failure {
          _ = recordRejection(ActRejection(.passphraseWrong, subject: officer.name), act: .enter, isSigned: false)
        }
        throw failure
      }
    }
  }

  /// Whether the actor may do this for a chamber: an officer only in the own chamber and with one of the roles.
  func require(
    _ roles: OfficerRole...,
    chamber: String,
    act: AuditAction,
    subject: String,
    programme: String = ""
  ) throws {
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
            scope: programme.isEmpty ? act.rawValue : programme,
            chamber: chamber
          ),
          subject: subject
        ),
        act: act
      )
    }
  }

  func requireRegistrar(act: AuditAction, subject: String) throws {
    guard case .registrar = actor else {
      throw recordRejection(ActRejection(.registrarOnly(act: act), subject: subject), act: act)
    }
  }
}
