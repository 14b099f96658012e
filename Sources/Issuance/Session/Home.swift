internal import Encodings
internal import Foundation
package import Profiles
internal import Registry
internal import Storefronts
package import Support
internal import Yams

/// The folder of one authority: `registry.db`, `keys/` (mode 0700), `profiles/`, `platforms.yaml`, `public/`, `lock`.
package struct Home: Sendable {
  package let path: String
  package init(path: String) { self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path }

  package var registryPath: String { path + "/registry.db" }
  package var publicPath: String { path + "/public" }
  package var keysPath: String { path + "/keys" }
  /// Where officers' own keys are by default; each may keep it elsewhere.
  package var officersPath: String { path + "/officers" }
  /// Signed reports of bulk runs.
  package var reportsPath: String { path + "/reports" }
  package var profilesPath: String { path + "/profiles" }
  package var platformsPath: String { path + "/platforms.yaml" }
  package var anchorPath: String { path + "/anchors/root.pem" }
  /// The newest checkpoint once more, outside the register: a register restored from an old copy is noticed even
  /// without `public/`.
  package var rollbackGuardPath: String { path + "/newest-checkpoint" }
  package var lockPath: String { path + "/lock" }

  package var exists: Bool { FileManager.default.fileExists(atPath: registryPath) }

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
  package func lock(wait: Double, now: Int64) throws(IssuanceFailure) -> FileLock {
    do throws(FileFailure) {
      return try FileLock(lockPath, wait: wait, note: "\(getpid()) \(Instant(seconds: now)) ")
    } catch {
      guard case .locked(let holder) = error.reason else { throw IssuanceFailure(error) }
      let words = holder.split(separator: " ")
      throw .busy(pid: words.first.map(String.init) ?? "", since: words.dropFirst().first.map(String.init) ?? "")
    }
  }
}

extension Home {
  func openRegistry(migrating: Bool = true) throws -> Registry {
    let facts = registryFacts()
    return try Registry.open(
      at: registryPath,
      head: facts.head,
      companions: facts.companions,
      migrating: migrating
    )
  }

  /// The programmes and certificate profiles of a home.
  package func profiles() throws -> ProfileSet { try Self.profiles(in: profilesPath) }

  static func profiles(in folder: String) throws -> ProfileSet {
    let names = try Files.names(in: folder)
    let files = try names.filter { $0.hasSuffix(".yaml") }.map {
      (name: $0, bytes: try Files.read(folder + "/" + $0, limit: 1 << 20) ?? [])
    }
    do {
      return try ProfileSet.load(files)
    } catch {
      throw IssuanceFailure.profile("\(error)")
    }
  }

  func platforms() throws -> PlatformTable { try Self.platforms(at: platformsPath) }

  static func platforms(at path: String) throws -> PlatformTable {
    guard let bytes = try Files.read(path, limit: 1 << 20) else { throw IssuanceFailure.profile("\(path) is missing") }
    do {
      return try YAMLDecoder().decode(PlatformTable.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw IssuanceFailure.profile("\(path): \(error.words)")
    }
  }

  /// What decides about storefront addresses: the public suffix list of the distribution where it is installed, else
  /// the short one that is built in.
  static func bindingRules(platforms: PlatformTable) -> BindingRules {
    // absent or unreadable: the built-in list
    let list = (try? Files.read("/usr/share/publicsuffix/public_suffix_list.dat", limit: 4 << 20)).flatMap { $0 }
      .flatMap { PublicSuffixes(list: $0) }
    return BindingRules(platforms: platforms, publicSuffixes: list ?? .fallback)
  }
}
