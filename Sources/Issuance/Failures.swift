/// Something about us: the home folder, a key, a disk.
package enum IssuanceFailure: Error, Equatable, Sendable {
  case notAHome(path: String)
  case homeExists(path: String)
  /// Another process writes. `pid` is empty where it could not be learned.
  case busy(pid: String, since: String)
  case passphraseWrong(file: String)
  case passphraseTooShort(minimum: Int)
  case keyUnusable(file: String, why: String)
  case keyMissing(file: String, folder: String)
  case officerKeyMissing(officer: String, folder: String)
  case fileSystem(path: String, call: String, why: String)
  /// A published file stands there with other bytes than the register gives it.
  case publishedDiffers(path: String)
  case register(String)
  case profile(String)
  case cryptography(String)
  case clockWentBack(now: String, newest: String)
  case registryTampered(table: String, row: String)
  /// `public/` shows a log that the register does not know: the register was restored from an old copy.
  case olderThanPublished(registry: Int64, published: Int64)
  /// A checkpoint that was shown, in `public/` or kept beside the register, is of another tree than the register's.
  case anotherLog(path: String, size: Int64)
  /// It cannot be read, or its signature does not hold: whether the register is an old copy cannot be told.
  case checkpointUnreadable(path: String, why: String)
}
