import Encodings
import Foundation
import Issuance
import LogClients
import Registry
import Vocabulary

/// What a copy of the whole authority costs when one certificate is revoked.
enum MirrorRow {
  /// A copy is for people with slow lines: 100 kB for one change among 12,000 certificates.
  static let limit = 100.0

  /// - Parameter service: address of a khatmd on the world's folder.
  static func add(_ world: World, service: String, members: Int) throws {
    let anchor = Array(try Data(contentsOf: URL(filePath: world.home.anchorPath)))
    let folder = world.home.path + "-mirror"
    // a temporary folder: the system removes what is left
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let source = try PublicSource.web(service)
    let mirror = Mirror(folder: folder, source: source, anchor: anchor, pause: { usleep(500_000) })
    let first = try mirror.update()
    do {
      let session = try world.session()
      guard let one = try session.registry.credentials.matching(CredentialFilter()).first else {
        throw Load.Failure(what: "no certificate")
      }
      _ = try session.lifecycle.change(try CredentialID(reading: one.id), .revoke, reason: "other", note: "")
    }
    sleep(2)  // the service lists its files anew every five seconds at most
    let change = try mirror.update()
    guard first.records == members, change.records == 1 else {
      throw Load.Failure(what: "the mirror copied \(first.records), then \(change.records)")
    }
    Bench.add("mirror of \(members): first copy", Double(first.transferred) / 1e6, "MB", limit: nil, "")
    Bench.add(
      "mirror of \(members): one revocation",
      Double(change.transferred) / 1e3,
      "kB",
      limit: limit,
      "kB at most"
    )
  }
}
