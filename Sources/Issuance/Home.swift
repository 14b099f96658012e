internal import Encodings
internal import Foundation
public import Support

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

extension Home {
  /// The one lock of a home; it is held as long as the result lives.
  /// - Parameter wait: seconds to wait for another process before saying `busy`.
  /// - Parameter now: seconds since 1970, written into the file for whoever finds the lock taken.
  public func lock(wait: Double, now: Int64) throws(IssuanceFailure) -> FileLock {
    do throws(FileFailure) {
      return try FileLock(lockPath, wait: wait, note: "\(getpid()) \(Instant(seconds: now)) ")
    } catch {
      guard case .locked(let holder) = error.reason else { throw IssuanceFailure(error) }
      let words = holder.split(separator: " ")
      throw .busy(pid: words.first.map(String.init) ?? "", since: words.dropFirst().first.map(String.init) ?? "")
    }
  }
}
