package import TransparencyLog

/// Why a log, a copy of it or something in it could not be followed.
///
/// `isFailure` tells the two kinds apart: about us (network, disk; ask again) or about what was shown to us (asking
/// again changes nothing, and the evidence is worth keeping).
package enum FollowFailure: Error, Hashable, Sendable {
  case unreachable(what: String, why: String)
  case storage(path: String, why: String)
  /// Somebody else works on the same copy or state.
  case busy(path: String)
  /// A published file is still being written: newer than the checkpoint beside it.
  case unsettled(path: String)

  case missing(path: String)
  case malformed(what: String, why: String)
  /// Larger than anything of this kind may be.
  case tooLarge(path: String, limit: Int)
  /// The trust list is not signed by the anchor, names no log, or is older than one seen before.
  case trustList(why: String)
  case log(LogRejection)
  case credentialUnknown(id: String)
  /// The log has an issue entry, and the directory has no credential for it.
  case recordMissing(leaf: UInt64)
  /// A credential of the directory that its entry in the log does not cover.
  case recordWrong(id: String, why: String)
  /// A published file whose bytes are not those that were logged.
  case notAsLogged(path: String)
  case notACopy(path: String)

  package var isFailure: Bool {
    switch self {
    case .unreachable, .storage, .busy, .unsettled: true
    case .log(let error): error.isFailure
    default: false
    }
  }

  /// Stable, for programs.
  package var code: String {
    switch self {
    case .unreachable: "unreachable"
    case .storage: "storage"
    case .busy: "busy"
    case .unsettled: "unsettled"
    case .missing: "missing"
    case .malformed: "malformed"
    case .tooLarge: "too_large"
    case .trustList: "trust_list"
    case .log(let error):
      switch error {
      case .fork: "log_fork"
      case .rollback: "log_rollback"
      case .inconsistent: "log_inconsistent"
      case .otherOrigin: "other_log"
      case .unreadable, .cryptoFailed: "log_unreadable"
      default: "log_invalid"
      }
    case .credentialUnknown: "credential_unknown"
    case .recordMissing: "credential_not_published"
    case .recordWrong: "credential_not_as_logged"
    case .notAsLogged: "file_not_as_logged"
    case .notACopy: "not_a_copy"
    }
  }
}

extension FollowFailure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unreachable(let what, let why): "\(what) cannot be read: \(why)"
    case .storage(let path, let why): "\(path): \(why)"
    case .busy(let path): "\(path) is in use by another process"
    case .unsettled(let path): "\(path) is newer than the log beside it; the publisher is at work"
    case .missing(let path): "there is no \(path)"
    case .malformed(let what, let why): "\(what) is malformed: \(why)"
    case .tooLarge(let path, let limit): "\(path) is larger than \(limit) bytes"
    case .trustList(let why): "the list of chambers cannot be used: \(why)"
    case .log(let error): "\(error)"
    case .credentialUnknown(let id): "no certificate has the number \(id)"
    case .recordMissing(let leaf): "entry \(leaf) of the log issues a certificate that is not published"
    case .recordWrong(let id, let why): "the certificate \(id) is not the one that was logged: \(why)"
    case .notAsLogged(let path): "\(path) is not the version that was logged"
    case .notACopy(let path): "\(path) holds other files; a copy needs a folder of its own"
    }
  }
}
