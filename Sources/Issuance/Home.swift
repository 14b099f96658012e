internal import Encodings
internal import Foundation

/// The folder of one authority: `registry.db`, `keys/` (mode 0700), `profiles/`, `platforms.yaml`, `public/`, `lock`.
public struct Home: Sendable {
  public let path: String
  public init(path: String) { self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path }

  public var registryPath: String { path + "/registry.db" }
  public var publicPath: String { path + "/public" }
  public var keysPath: String { path + "/keys" }
  /// Where officers' own keys are by default; each may keep it elsewhere.
  public var officersPath: String { path + "/officers" }
  /// Signed reports of bulk runs.
  public var reportsPath: String { path + "/reports" }
  public var profilesPath: String { path + "/profiles" }
  public var platformsPath: String { path + "/platforms.yaml" }
  public var anchorPath: String { path + "/anchors/root.pem" }
  /// The newest checkpoint once more, outside the register: a register restored from an old copy is noticed even
  /// without `public/`.
  public var rollbackGuardPath: String { path + "/newest-checkpoint" }
  public var lockPath: String { path + "/lock" }

  public var exists: Bool { FileManager.default.fileExists(atPath: registryPath) }

  /// First bytes of the register and the names beside it, as `Registry.open` wants them.
  func registryFacts() -> (head: [UInt8]?, companions: [String]) {
    guard let handle = FileHandle(forReadingAtPath: registryPath) else { return (nil, []) }
    defer { try? handle.close() }  // reading only: nothing can be lost
    let head = (try? handle.read(upToCount: 100)).flatMap { $0 } ?? Data()  // too short is judged by the reader
    // an unreadable folder fails when the register is opened
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return (Array(head), names.filter { $0.hasPrefix("registry.db") })
  }
}

/// The one lock of a home: `flock` on a file of its own, since closing any descriptor of a database would drop an
/// `fcntl` lock.
public final class HomeLock: Sendable {
  private let descriptor: Int32
  deinit { close(descriptor) }

  /// - Parameter wait: seconds to wait for another process before saying `busy`.
  /// - Parameter now: seconds since 1970, written into the file for whoever finds the lock taken.
  public init(_ home: Home, wait: Double, now: Int64) throws(IssuanceFailure) {
    let file = open(home.lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw .fileSystem(path: home.lockPath, call: "open", why: Files.reason()) }
    var waited = 0.0
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        let why = Files.reason(); close(file)
        throw .fileSystem(path: home.lockPath, call: "flock", why: why)
      }
      guard waited < wait else {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(file, &bytes, bytes.count, 0)
        close(file)
        let words = String(decoding: bytes[..<max(0, count)], as: UTF8.self).split(separator: " ")
        throw .busy(pid: words.first.map(String.init) ?? "", since: words.dropFirst().first.map(String.init) ?? "")
      }
      usleep(50_000); waited += 0.05
    }
    descriptor = file
    let line = "\(getpid()) \(Instant(seconds: now)) "
    ftruncate(file, 0)
    pwrite(file, line, line.utf8.count, 0)  // only a courtesy to whoever finds the lock taken
  }
}
